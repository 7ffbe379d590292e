// What pnpm's own packages make of lockfile folders: one line of JSON for each package and each edge. Those of pnpm 10 read format 9, with
// the keys of pnpm 11; those of pnpm 8 read 5 and 6. Scopes come from a walk of our own over their edges.
// pnpm.mjs FOLDER…; ASSAY_ORACLE or the current folder has the packages in its node_modules.
import { createRequire } from 'node:module'
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(path.join(process.env.ASSAY_ORACLE || process.cwd(), 'x.js'))
const yaml = require('js-yaml')
const line = value => process.stdout.write(JSON.stringify(value) + '\n')

// As pnpm's nameVerFromPkgSnapshot.
const tools = {
  new: async () => {
    const path = await import(pathToFileURL(require.resolve('@pnpm/deps.path')))
    const name = (key, entry) => ({ name: path.parse(key).name, version: entry.version ?? path.parse(key).version })
    return { file: require('@pnpm/lockfile.fs'), path, name }
  },
  old: async () => {
    const path = require('pnpm8-dependency-path')
    const name = (key, entry) => entry.name ? { name: entry.name, version: entry.version } : path.parse(key)
    return { file: require('pnpm8-lockfile-file'), path, name }
  },
}

// pnpm 8 turns the keys of format 6 into those of 5; ours are those in the file.
const writtenKeys = (folder, major) => {
  if (major !== 6) return key => key
  const { convertLockfileV6DepPathToV5DepPath: convert } =
    require(path.join(path.dirname(require.resolve('pnpm8-lockfile-file')), 'experiments/inlineSpecifiersLockfileConverters.js'))
  const raw = yaml.loadAll(fs.readFileSync(path.join(folder, 'pnpm-lock.yaml'), 'utf8')).at(-1)
  const written = new Map(Object.keys(raw.packages ?? {}).map(key => [convert(key), key]))
  return key => written.get(key) ?? key
}

const importerSections = { dependencies: 'prod', devDependencies: 'dev', optionalDependencies: 'optional' }

const readEdges = (lockfile, tool, written) => {
  const edges = []
  const add = (from, base, name, ref, type, spec) => {
    if (ref.startsWith('runtime:')) return
    const target = ref.startsWith('link:') ? path.posix.normalize(path.posix.join(base, ref.slice(5))) : null
    const key = target === null ? tool.path.refToRelative(ref, name) : null
    const to = target !== null ? (lockfile.importers[target] ? target : 'link:' + target) : lockfile.packages?.[key] ? written(key) : null
    edges.push({ from, name, type, to, spec })
  }
  for (const [id, importer] of Object.entries(lockfile.importers)) {
    for (const [section, type] of Object.entries(importerSections)) {
      for (const [name, ref] of Object.entries(importer[section] ?? {})) add(id, id, name, ref, type, importer.specifiers[name])
    }
  }
  for (const [key, entry] of Object.entries(lockfile.packages ?? {})) {
    const peers = entry.peerDependencies ?? {}
    const peer = name => !(name in peers) ? 'prod' : entry.peerDependenciesMeta?.[name]?.optional ? 'peerOptional' : 'peer'
    const optional = entry.optionalDependencies ?? {}
    for (const [name, ref] of Object.entries(entry.dependencies ?? {})) {
      if (!(name in optional)) add(written(key), '.', name, ref, peer(name), peers[name] ?? null)
    }
    for (const [name, ref] of Object.entries(optional)) add(written(key), '.', name, ref, 'optional', null)
  }
  return edges
}

const reach = (starts, edges, barred) => {
  const out = new Map()
  for (const e of edges) out.has(e.from) ? out.get(e.from).push(e) : out.set(e.from, [e])
  const seen = new Set(starts)
  for (const id of seen) for (const e of out.get(id) ?? []) if (e.to !== null && !barred.includes(e.type)) seen.add(e.to)
  return seen
}

const dump = async folder => {
  const raw = yaml.loadAll(fs.readFileSync(path.join(folder, 'pnpm-lock.yaml'), 'utf8')).at(-1)
  const major = parseInt(raw.lockfileVersion)
  const tool = await tools[major === 9 ? 'new' : 'old']()
  const lockfile = await tool.file.readWantedLockfile(folder, { ignoreIncompatible: false })
  const written = writtenKeys(folder, major)
  const edges = readEdges(lockfile, tool, written)
  const starts = Object.keys(lockfile.importers)
  const prod = reach(starts, edges, ['dev'])
  const must = reach(starts, edges, ['dev', 'optional', 'peerOptional'])
  const any = reach(starts, edges, ['optional', 'peerOptional'])
  const entries = Object.entries(lockfile.packages ?? {}).filter(([key]) => !key.includes('@runtime:'))
  line({ folder, packages: entries.length, edges: edges.length })
  for (const [key, entry] of entries) {
    const { name, version } = tool.name(key, entry)
    const id = written(key)
    line({
      id, name, version: version ?? '', integrity: entry.resolution.integrity ?? '', dev: !prod.has(id), optional: !(prod.has(id) ? must : any).has(id),
      saysDev: entry.dev ?? null,
    })
  }
  for (const edge of edges) line(edge)
}

for (const folder of process.argv.slice(2)) await dump(path.resolve(folder))
