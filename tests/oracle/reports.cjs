// Reports against the official schemas and, where none could be had, against what their makers document:
// reports.cjs SCHEMA_FOLDER FORMAT FILE…; prints what is wrong and, last, how many files were looked at.
const fs = require('fs')
const path = require('path')
const load = name => require(require.resolve(name, { paths: [process.env.ASSAY_ORACLE] }))
const [schemas, format, ...files] = process.argv.slice(2)
const problems = []
const check = (holds, file, what) => { if (!holds) problems.push(`${file}: ${what}`) }

const schemaFiles = {
  sarif: 'sarif-2.1.0.schema.json', cyclonedx: 'bom-1.6.schema.json', spdx: 'spdx-2.3.schema.json', openvex: 'openvex-0.2.0.schema.json',
}
const schema = name => JSON.parse(fs.readFileSync(path.join(schemas, name)))
function validator () {
  const main = schema(schemaFiles[format])
  const draft = main.$schema || ''
  const Ajv = (/draft-04/.test(draft) ? load('ajv-draft-04') : /2020/.test(draft) ? load('ajv/dist/2020') : load('ajv')).default
  const ajv = new Ajv({ strict: false })
  load('ajv-formats').default(ajv)
  for (const name of ['iri', 'iri-reference', 'idn-email']) ajv.addFormat(name, /^[^\s<>"{}|\\^`]*$/)
  if (format === 'cyclonedx') for (const name of ['spdx.schema.json', 'jsf-0.82.schema.json']) ajv.addSchema(schema(name))
  return ajv.compile(main)
}

// GitHub: "SARIF support for code scanning".
function sarif (file, { runs: [run] }) {
  check(run.results.length <= 25000 && run.tool.driver.rules.length <= 25000, file, 'more than GitHub takes')
  const seen = new Set()
  for (const result of run.results) {
    const place = result.locations[0].physicalLocation
    check(run.tool.driver.rules[result.ruleIndex].id === result.ruleId, file, `ruleIndex of ${result.ruleId}`)
    check(!/^(\/|[a-z]+:|.*\\)/i.test(place.artifactLocation.uri), file, `not relative: ${place.artifactLocation.uri}`)
    check(place.region.startLine >= 1, file, 'no line')
    const print = result.partialFingerprints.primaryLocationLineHash
    check(!seen.has(print), file, `two results of one fingerprint: ${print}`)
    seen.add(print)
  }
  for (const rule of run.tool.driver.rules) {
    const score = rule.properties['security-severity']
    check(score === undefined || /^(10\.0|\d\.\d)$/.test(score), file, `security-severity ${score}`)
    check((rule.properties.tags || []).length <= 20 && rule.help.markdown, file, `tags or help of ${rule.id}`)
    if (rule.name === 'malware') check(rule.defaultConfiguration.level === 'error' && score === '10.0', file, 'malware is no error')
  }
}

function cyclonedx (file, bom) {
  const refs = new Set([bom.metadata.component['bom-ref'], ...bom.components.map(component => component['bom-ref'])])
  check(refs.size === bom.components.length + 1, file, 'a bom-ref stands twice')
  const dependencies = new Set(bom.dependencies.map(dependency => dependency.ref))
  check(dependencies.size === bom.dependencies.length, file, 'a dependency stands twice')
  for (const { ref, dependsOn } of bom.dependencies) for (const to of [ref, ...dependsOn]) check(refs.has(to), file, `unknown ${to}`)
  for (const { affects } of bom.vulnerabilities) for (const { ref } of affects) check(refs.has(ref), file, `unknown ${ref}`)
}

function spdx (file, document) {
  const ids = new Set(['SPDXRef-DOCUMENT', ...document.packages.map(item => item.SPDXID)])
  check(ids.size === document.packages.length + 1, file, 'an SPDXID stands twice')
  for (const { spdxElementId: from, relatedSpdxElement: to } of document.relationships) check(ids.has(from) && ids.has(to), file, `${from} ${to}`)
}

// GitLab's security-report-schemas 15.x, dependency scanning.
function gitlab (file, report) {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/
  check(/^15\.\d+\.\d+$/.test(report.version), file, 'version')
  const { scan } = report
  check(scan.type === 'dependency_scanning' && time.test(scan.start_time) && time.test(scan.end_time), file, 'scan')
  check(['success', 'failure'].includes(scan.status), file, 'status')
  for (const tool of [scan.scanner, scan.analyzer]) check(tool.id && tool.name && tool.version && tool.vendor.name, file, 'tool')
  const ids = new Set()
  for (const item of report.vulnerabilities) {
    check(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(item.id) && !ids.has(item.id), file, `id ${item.id}`)
    ids.add(item.id)
    check(['Info', 'Unknown', 'Low', 'Medium', 'High', 'Critical'].includes(item.severity), file, item.severity)
    check(item.name.length <= 255 && item.solution.length <= 7000, file, 'too long')
    check(item.identifiers.length >= 1 && item.identifiers.length <= 20, file, 'identifiers')
    for (const id of item.identifiers) check(id.type && id.name && id.value && (!id.url || /^(https?|ftp):\/\//.test(id.url)), file, 'identifier')
    for (const link of item.links) check(/^(https?|ftp):\/\//.test(link.url), file, 'link')
    check(item.location.file && item.location.dependency.package.name && item.location.dependency.version, file, 'location')
  }
  for (const list of report.dependency_files) {
    check(list.path && list.package_manager, file, 'dependency file')
    for (const item of list.dependencies) check(item.package.name && item.version, file, 'dependency without a version')
  }
}

function snapshot (file, it) {
  check(it.version === 0 && it.sha && it.ref && it.job.id && it.job.correlator && it.detector.name && it.detector.version && it.scanned, file, 'head')
  for (const [name, manifest] of Object.entries(it.manifests)) {
    check(manifest.name === name && manifest.file.source_location, file, name)
    for (const entry of Object.values(manifest.resolved)) {
      check(entry.package_url.startsWith('pkg:npm/') && ['direct', 'indirect'].includes(entry.relationship), file, entry.package_url)
      check(['runtime', 'development'].includes(entry.scope), file, entry.scope)
      for (const to of entry.dependencies) check(manifest.resolved[to], file, `unknown ${to}`)
    }
  }
}

// As the Ant task writes it and Jenkins reads it.
function junit (file, text) {
  const { XMLParser, XMLValidator } = load('fast-xml-parser')
  check(XMLValidator.validate(text) === true, file, 'not well-formed')
  const list = value => value === undefined ? [] : Array.isArray(value) ? value : [value]
  const { testsuites } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(text)
  for (const suite of list(testsuites.testsuite)) {
    const cases = list(suite.testcase)
    const count = kind => cases.filter(item => item[kind] !== undefined).length
    check(Number(suite.tests) === cases.length && Number(suite.failures) === count('failure') && Number(suite.errors) === count('error') &&
      Number(suite.skipped) === count('skipped'), file, `counts of ${suite.name}`)
    for (const item of cases) check(item.name && item.classname && list(item.failure).length <= 1, file, 'case')
  }
}

// RFC 4180: every row has as many fields as the head, quotes are doubled.
function csv (file, text) {
  const rows = text.split('\r\n').slice(0, -1)
  const width = rows[0].split(',').length
  for (const row of rows.slice(1)) {
    const fields = row.match(/"(?:[^"]|"")*"/g) || []
    check(fields.join(',') === row && fields.length === width, file, row.slice(0, 200))
    for (const field of fields) check(!/^"[=+\-@]/.test(field), file, `a formula: ${field.slice(0, 80)}`)
  }
}

const more = { sarif, cyclonedx, spdx, gitlab, 'github-snapshot': snapshot }
const texts = { junit, csv }
const valid = schemaFiles[format] && fs.existsSync(schemas) ? validator() : null
for (const file of files) {
  const text = fs.readFileSync(file, 'utf8')
  if (texts[format]) {
    texts[format](file, text)
    continue
  }
  const document = JSON.parse(text)
  // An OpenVEX document without a statement is what there is to say of a clean project; its schema has no word for that.
  const silent = format === 'openvex' && document.statements.length === 0
  if (valid && !silent && !valid(document)) problems.push(`${file}: ${JSON.stringify(valid.errors.slice(0, 3))}`)
  if (more[format]) more[format](file, document)
}
for (const problem of problems.slice(0, 20)) console.log(problem)
console.log(`${files.length} files, ${problems.length} problems`)
process.exitCode = problems.length ? 1 : 0
