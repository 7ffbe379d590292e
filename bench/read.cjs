// Reads one lockfile as its package manager does, and prints how many packages it found: read.cjs FORMAT FOLDER
// assay gives a resolved graph. Where the manager's parser only gives its entries, each dependency is looked up among them here, by the least
// that the manager itself has to do for it; one that leads nowhere is an error.
const fs = require('fs')
const path = require('path')
const [format, folder] = process.argv.slice(2)
const load = name => require(require.resolve(name, { paths: [process.env.ORACLE || process.cwd()] }))
const text = name => fs.readFileSync(path.join(folder, name), 'utf8')
const npm = async () => {
  const Arborist = load('@npmcli/arborist')
  return (await new Arborist({ path: path.resolve(folder) }).loadVirtual()).inventory.size - 1
}
const follow = (entries, sections, find) => {
  for (const entry of entries)
    for (const section of sections)
      for (const [name, range] of Object.entries(entry[section] || {}))
        if (find(name, range) === undefined) throw new Error(`${name}@${range} leads nowhere`)
}
const readers = {
  npm3: npm,
  npm1: npm,
  yarn: async () => {
    const { object } = load('@yarnpkg/lockfile').parse(text('yarn.lock'))
    follow(Object.values(object), ['dependencies', 'optionalDependencies'], (name, range) => object[`${name}@${range}`])
    return new Set(Object.entries(object).map(([key, entry]) => key.slice(0, key.indexOf('@', 1)) + '@' + entry.version)).size
  },
  berry: async () => {
    const entries = Object.entries(load('@yarnpkg/parsers').parseSyml(text('yarn.lock'))).filter(([key]) => key !== '__metadata')
    const descriptors = new Map()
    for (const [key, entry] of entries) for (const descriptor of key.split(/ *, */)) descriptors.set(descriptor, entry)
    follow(entries.map(([, entry]) => entry), ['dependencies'], (name, range) => descriptors.get(`${name}@${range}`))
    return entries.length - 1 // the project
  },
  pnpm9: async () => {
    const { packages } = await load('@pnpm/lockfile.fs').readWantedLockfile(path.resolve(folder), { ignoreIncompatible: false })
    follow(Object.values(packages), ['dependencies', 'optionalDependencies'], (name, version) => packages[`${name}@${version}`])
    return Object.keys(packages).length
  },
  // What bun's file costs in JavaScript: JSON.parse without the trailing commas, and the same look-up outward.
  bun: async () => {
    const { packages } = JSON.parse(text('bun.lock').replace(/,(\s*[}\]])/g, '$1'))
    for (const [key, [, , info]] of Object.entries(packages))
      follow([info], ['dependencies'], name => packages[`${key}/${name}`] || packages[name])
    return Object.keys(packages).length
  },
  // What a user of bun.lock can take from the registry. It looks a dependency up below the package and at the top, and tells neither scopes nor workspaces.
  lockparse: async () => {
    const { parse } = await import(path.join(path.resolve(process.env.ORACLE || '.'), 'node_modules/lockparse/lib/main.js'))
    return (await parse(text('bun.lock'), 'bun')).packages.length
  },
}
readers[format]().then(count => console.log(count), error => {
  console.error(error.stack)
  process.exit(1)
})
