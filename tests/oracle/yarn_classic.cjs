// What @yarnpkg/lockfile, yarn's own parser, and a plain lookup make of FOLDER/yarn.lock and the package.json files beside it.
const fs = require('fs')
const path = require('path')
const lockfile = require(require.resolve('@yarnpkg/lockfile', { paths: [process.env.ASSAY_ORACLE, process.cwd()] }))
const { print, source, cut } = require('./tree_lines.cjs')

const folder = process.argv[2]
const read = name => JSON.parse(fs.readFileSync(path.join(folder, name, 'package.json'), 'utf8'))
const parsed = lockfile.parse(fs.readFileSync(path.join(folder, 'yarn.lock'), 'utf8'))
if (parsed.type !== 'success') throw new Error(parsed.type)
const root = read('.')
const packages = new Map(), edges = [], byDescriptor = new Map(), workspaces = new Map(), own = new Map()

const addOwn = (id, manifest) => {
  packages.set(id, { name: manifest.name || '', version: manifest.version || '', kind: id ? 'workspace' : 'root' })
  own.set(id, manifest)
  if (!id) return
  workspaces.set(manifest.name, id)
  edges.push({ from: '', to: id, name: manifest.name, spec: 'workspace:' + id, type: 'workspace' })
}
addOwn('', root)
// Only folders and patterns that end in one star, as the fixtures, the corpus and what yarn wrote for the tests have.
for (const pattern of (root.workspaces || {}).packages || root.workspaces || []) {
  const parent = pattern.replace(/\/\*$/, '')
  const folders = parent === pattern ? [pattern] : fs.readdirSync(path.join(folder, parent)).sort().map(name => parent + '/' + name)
  for (const at of folders) if (fs.existsSync(path.join(folder, at, 'package.json'))) addOwn(at, read(at))
}

const entries = new Map() // of the object: real name => id
for (const [descriptor, entry] of Object.entries(parsed.object)) {
  const [asked, range] = cut(descriptor)
  const alias = /^npm:((?:@[^/]+\/)?[^@]+)/.exec(range)
  const name = alias ? alias[1] : asked
  if (!entries.has(entry)) entries.set(entry, new Map())
  const ids = entries.get(entry)
  if (!ids.has(name)) {
    let id = name + '@' + entry.version
    if (packages.has(id)) id += '(' + descriptor + ')'
    ids.set(name, id)
    const link = /^link:(.*)$/.exec(range)
    const plain = alias || !/[:/]/.test(range)
    const resolved = entry.resolved || (plain ? null : range)
    const sha1 = /#([0-9a-f]{40})$/.exec(entry.resolved || '')
    const integrity = entry.integrity || (sha1 ? 'sha1-' + Buffer.from(sha1[1], 'hex').toString('base64') : null)
    if (link) packages.set(id, { name, version: '', kind: 'link', resolved: path.normalize(link[1]) })
    else {
      const kind = !resolved || (plain && !/[/:]/.test(resolved)) ? 'registry' : source(resolved).kind
      packages.set(id, { name, version: entry.version, kind, resolved, integrity: entry.integrity || (kind === 'git' ? null : integrity) })
    }
    if (asked !== name) packages.get(id).alias = asked
  } else {
    const known = packages.get(ids.get(name))
    if (known.alias && known.alias !== asked) known.alias = null
  }
  byDescriptor.set(descriptor, ids.get(name))
}

const resolutions = Object.entries(root.resolutions || {}).map(([pattern, value]) => {
  const steps = pattern.match(/(@[^/]+\/)?[^/]+/g)
  return { name: steps.pop(), deep: steps.length > 1 && steps[steps.length - 1] === '**', parent: steps.filter(step => step !== '**').pop(), value }
})
const overridden = (from, name, deep) => {
  for (const one of resolutions) {
    if (one.name !== name || one.deep !== deep || (one.parent && !deep && one.parent !== packages.get(from).name)) continue
    const found = byDescriptor.get(name + '@' + one.value)
    if (found !== undefined) return found
  }
}
const find = (from, name, spec) => overridden(from, name, false) ?? byDescriptor.get(name + '@' + spec) ??
  workspaces.get(name) ?? overridden(from, name, true)
const link = (from, sections, meta = {}) => {
  const seen = new Set()
  for (const [section, type] of [['optionalDependencies', 'optional'], ['dependencies', 'prod'], ['devDependencies', 'dev'], ['peerDependencies', 'peer']]) {
    for (const [name, spec] of Object.entries(sections[section] || {})) {
      if (seen.has(name)) continue
      seen.add(name)
      const to = find(from, name, spec)
      if (from === '' && to !== undefined && packages.get(to).kind === 'workspace') continue
      edges.push({ from, to, name, spec, type: type === 'peer' && (meta[name] || {}).optional ? 'peerOptional' : type })
    }
  }
}
for (const [id, manifest] of own) link(id, manifest, manifest.peerDependenciesMeta)
for (const [entry, ids] of entries) {
  for (const id of ids.values()) link(id, { dependencies: entry.dependencies, optionalDependencies: entry.optionalDependencies })
}
print(packages, edges)
