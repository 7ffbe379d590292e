// What a plain walk makes of FOLDER/bun.lock. JSON with comments and trailing commas is JavaScript: Node itself parses it.
const fs = require('fs')
const path = require('path')
const vm = require('vm')
const { print, source, cut } = require('./tree_lines.cjs')

const lock = vm.runInNewContext('(' + fs.readFileSync(path.join(process.argv[2], 'bun.lock'), 'utf8') + ')')
const packages = new Map(), edges = [], keyed = new Map()

for (const [folder, w] of Object.entries(lock.workspaces)) {
  packages.set(folder, { name: w.name, version: w.version || '', kind: folder ? 'workspace' : 'root' })
  if (folder) edges.push({ from: '', to: folder, name: w.name, spec: 'workspace:' + folder, type: 'workspace' })
}
const infos = new Map()
for (const [key, tuple] of Object.entries(lock.packages)) {
  const [name, from] = cut(tuple[0])
  const installed = /((?:@[^/]+\/)?[^/]+)$/.exec(key)[1]
  const alias = installed === name ? null : installed
  if (from.startsWith('workspace:')) { keyed.set(key, from.slice(10)); continue }
  if (from.startsWith('root:')) { keyed.set(key, ''); continue }
  keyed.set(key, key)
  const info = tuple.find(item => typeof item === 'object')
  const integrity = tuple.slice(1).find(item => /^sha\d+-/.test(item))
  if (typeof tuple[1] === 'string') {
    packages.set(key, { name, alias, version: from, kind: 'registry', resolved: tuple[1] || null, integrity })
  } else if (from.startsWith('link:')) {
    packages.set(key, { name, alias, version: '', kind: 'link', resolved: path.normalize(from.slice(5)), integrity })
  } else {
    const said = source(from)
    packages.set(key, { name, alias, version: said.version || '', kind: said.kind, resolved: from, integrity })
  }
  infos.set(key, info)
}

const above = key => /^@[^/]+\/[^/]+$/.test(key) || !key.includes('/') ? '' : key.replace(/\/((@[^/]+\/)?[^/]+)$/, '')
const find = (key, name) => {
  for (;;) {
    const at = key ? key + '/' + name : name
    if (keyed.has(at)) return keyed.get(at)
    if (!key) return null
    key = above(key)
  }
}
const link = (id, key, info) => {
  const seen = new Set()
  for (const [section, type] of [['optionalDependencies', 'optional'], ['dependencies', 'prod'], ['devDependencies', 'dev'], ['peerDependencies', 'peer']]) {
    for (const [name, spec] of Object.entries(info[section] || {})) {
      if (seen.has(name)) continue
      seen.add(name)
      const to = find(key, name)
      if (id === '' && to !== null && packages.get(to).kind === 'workspace') continue
      const optional = type === 'peer' && (info.optionalPeers || []).includes(name)
      edges.push({ from: id, to, name, spec, type: optional ? 'peerOptional' : type })
    }
  }
}
for (const [folder, w] of Object.entries(lock.workspaces)) link(folder, folder ? w.name : '', w)
for (const [key, info] of infos) if (packages.get(key).kind !== 'link') link(key, key, info)
print(packages, edges)
