// What @yarnpkg/parsers, yarn's own parser, and a plain lookup make of FOLDER/yarn.lock and the package.json files beside it.
const fs = require('fs')
const path = require('path')
const { parseSyml, parseResolution } = require(require.resolve('@yarnpkg/parsers', { paths: [process.env.ASSAY_ORACLE, process.cwd()] }))
const { print, source, cut } = require('./tree_lines.cjs')

const folder = process.argv[2]
const lock = parseSyml(fs.readFileSync(path.join(folder, 'yarn.lock'), 'utf8'))
const manifest = at => {
  const file = path.join(folder, at, 'package.json')
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null
}
const settings = fs.existsSync(path.join(folder, '.yarnrc.yml')) ? parseSyml(fs.readFileSync(path.join(folder, '.yarnrc.yml'), 'utf8')) : {}
const root = manifest('.')
const packages = new Map(), edges = [], entries = new Map(), descriptors = new Map(), compat = new Map(), loose = new Map()
let scopes = true

const params = text => Object.fromEntries(new URLSearchParams(text || ''))
const unwrap = text => {
  let [name, reference] = cut(text), patched = null
  for (;;) {
    if (reference.startsWith('virtual:')) reference = reference.slice(reference.indexOf('#') + 1)
    else if (reference.startsWith('patch:')) {
      const inner = decodeURIComponent(reference.slice(6).split('#')[0])
      patched = patched || inner;
      [name, reference] = cut(inner)
    } else return { name, reference, patched }
  }
}
const beside = (where, bindings) => {
  const base = /@workspace:(.*)$/.exec(params(bindings).locator || '')
  return path.isAbsolute(where) ? where : path.normalize(path.join(base ? base[1] : '.', where)).replace(/\/$/, '')
}
const read = text => {
  const { name, reference, patched } = unwrap(text)
  const [plain, bindings] = reference.split('::')
  const [, protocol, rest] = /^([a-z]+:)?(.*)$/.exec(plain)
  const url = params(bindings).__archiveUrl
  switch (protocol) {
    case 'npm:': return { name, version: rest, kind: url ? source(url).kind : 'registry', resolved: url, patched }
    case 'jsr:': return { name: '@jsr/' + name.slice(1).replace('/', '__'), version: rest, kind: url ? source(url).kind : 'registry', resolved: url, patched }
    case 'workspace:': return { name, kind: 'workspace', own: true, folder: rest === '.' ? '' : rest }
    case 'portal:': return { name, version: '', kind: 'workspace', patched }
    case 'link:': return { name, version: '', kind: 'link', resolved: beside(rest, bindings), patched }
    case 'file:': case 'exec:': return { name, kind: 'file', resolved: plain.split('#')[0], patched }
    default: return { name, kind: /#.*commit=/.test(plain) ? 'git' : source(plain).kind, resolved: plain, patched }
  }
}

const add = (key, entry) => {
  const p = read(entry.resolution)
  const id = p.own ? p.folder : entry.resolution
  const asked = key.split(',').map(text => text.trim())
  const own = p.own ? manifest(p.folder || '.') : null
  if (p.own && !own) scopes = false
  packages.set(id, {
    name: p.name, kind: p.own && !id ? 'root' : p.kind, resolved: p.resolved,
    version: p.own ? (own || {}).version || '' : p.version === undefined ? entry.version || '' : p.version,
    alias: p.own || p.kind === 'link' || p.kind === 'workspace' || asked.some(text => cut(text)[0] === p.name) ? null : cut(asked[0])[0],
  })
  entries.set(id, { ...entry, own, isOwn: p.own, patched: p.patched })
  if (p.own && id) edges.push({ from: '', to: id, name: p.name, spec: 'workspace:' + id, type: 'workspace' })
  for (const text of asked) {
    descriptors.set(text, id)
    const bare = decodeURIComponent(text.split('::')[0]).replace(/@npm:/g, '@')
    if (!loose.has(bare)) loose.set(bare, id)
    const patch = /@patch:([^#]*)#.*builtin<compat\//.exec(text)
    if (patch) compat.set(decodeURIComponent(patch[1]).replace('@npm:', '@'), id)
  }
}
const all = Object.entries(lock).filter(([key]) => key !== '__metadata')
const isRoot = entry => entry.resolution.endsWith('@workspace:.')
for (const [key, entry] of all.filter(([, entry]) => isRoot(entry))) add(key, entry)
for (const [key, entry] of all.filter(([, entry]) => !isRoot(entry))) add(key, entry)

const bare = range => range.replace(/^npm:/, '')
const resolutions = Object.entries((root || {}).resolutions || {}).map(([pattern, value]) => ({ ...parseResolution(pattern), value }))
const find = (from, name, spec) => {
  let range = spec, at = from
  for (const one of resolutions) {
    if (one.descriptor.fullName !== name || (one.descriptor.description && bare(one.descriptor.description) !== bare(spec))) continue
    if (one.from && (one.from.fullName !== packages.get(from).name || (one.from.description && bare(one.from.description) !== packages.get(from).version))) continue
    range = one.value
    at = ''
    break
  }
  const catalog = /^catalog:(.*)$/.exec(range)
  if (catalog) range = (catalog[1] && catalog[1] !== 'default' ? (settings.catalogs || {})[catalog[1]] : settings.catalog)[name]
  const locator = encodeURIComponent(entries.get(at).resolution)
  const tries = [compat.get(name + '@' + bare(range)), ...[range, 'npm:' + range, bare(range), range + '::locator=' + locator].map(text => descriptors.get(name + '@' + text)),
    loose.get(decodeURIComponent(name + '@' + range).replace(/@npm:/g, '@'))]
  return tries.find(id => id !== undefined)
}

const inside = new Map() // of each package: name => id
for (const [id, entry] of entries) {
  const names = new Map()
  inside.set(id, names)
  for (const [name, spec] of Object.entries(entry.dependencies || {})) {
    const to = find(id, name, spec)
    const own = entry.own || {}
    const optional = ((entry.dependenciesMeta || {})[name] || {}).optional === 'true' || (own.optionalDependencies || {})[name]
    const dev = (own.devDependencies || {})[name] && !(own.dependencies || {})[name]
    if (id === '' && to !== undefined && entries.get(to).isOwn) continue
    names.set(name, to)
    const shown = /^npm:.[^@]*@./.test(spec) ? spec : bare(spec)
    edges.push({ from: id, to, name, spec: shown, type: dev ? 'dev' : optional ? 'optional' : 'prod' })
  }
  if (entry.patched && packages.has(entry.patched)) {
    const [name, range] = cut(entry.patched)
    names.set(name, entry.patched)
    edges.push({ from: id, to: entry.patched, name, spec: bare(range), type: 'prod' })
  }
}

// Peers: what the package that asks has under the name, found until nothing more is.
const provided = new Map([...entries].map(([id]) => [id, new Map()]))
for (let changed = true; changed;) {
  changed = false
  for (const [owner, names] of inside) {
    const means = new Map([...provided.get(owner), ...[...names].filter(([, to]) => to !== undefined), [packages.get(owner).name, owner]])
    for (const to of names.values()) {
      if (to === undefined || to === owner) continue
      for (const peer of Object.keys(entries.get(to).peerDependencies || {})) {
        if (provided.get(to).has(peer) || !means.has(peer)) continue
        provided.get(to).set(peer, means.get(peer))
        changed = true
      }
    }
  }
}
for (const [id, entry] of entries) {
  for (const [name, spec] of Object.entries(entry.peerDependencies || {})) {
    if (inside.get(id).has(name)) continue
    const optional = ((entry.peerDependenciesMeta || {})[name] || {}).optional === 'true'
    edges.push({ from: id, to: provided.get(id).get(name), name, spec, type: optional ? 'peerOptional' : 'peer' })
  }
}
print(packages, edges, scopes)
