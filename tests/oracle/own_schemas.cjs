// Reports against docs/schema: own_schemas.cjs SCHEMA FILE…. The schema lets reports grow; here it does not, so that no key goes undocumented.
const fs = require('fs')
const load = name => require(require.resolve(name, { paths: [process.env.ASSAY_ORACLE] }))
const [name, ...files] = process.argv.slice(2)
const schema = JSON.parse(fs.readFileSync(name))
function close (node) {
  if (node === null || typeof node !== 'object') return
  if (node.properties) node.additionalProperties = false
  for (const child of Object.values(node)) close(child)
}
const ajv = new (load('ajv/dist/2020').default)({ strict: true, strictTypes: false, strictRequired: true })
load('ajv-formats').default(ajv)
ajv.compile(structuredClone({ ...schema, $id: 'urn:assay:open' })) // as it is published
close(schema)
const valid = ajv.compile(schema)
let problems = 0
for (const file of files) {
  if (valid(JSON.parse(fs.readFileSync(file)))) continue
  problems++
  console.log(`${file}: ${JSON.stringify(valid.errors.slice(0, 3))}`)
}
// A test that cannot fail is none: a key that is not documented, and one that is missing.
const sample = JSON.parse(fs.readFileSync(files[0]))
if (valid({ ...sample, undocumented: 1 })) console.log('an undocumented key passes', problems++)
delete sample['schema' in sample ? 'schema' : 'event'] // a line of a log has no schema of its own
if (valid(sample)) console.log('a missing key passes', problems++)
console.log(`${files.length} files, ${problems} problems`)
process.exitCode = problems ? 1 : 0
