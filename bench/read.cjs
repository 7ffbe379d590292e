// Reads one lockfile as its package manager does, and prints how many packages it found: read.cjs FORMAT FOLDER
const fs = require('fs')
const path = require('path')
const [format, folder] = process.argv.slice(2)
const load = name => require(require.resolve(name, { paths: [process.env.ORACLE || process.cwd()] }))
const text = name => fs.readFileSync(path.join(folder, name), 'utf8')
const npm = async () => {
  const Arborist = load('@npmcli/arborist')
  return (await new Arborist({ path: path.resolve(folder) }).loadVirtual()).inventory.size - 1
}
const readers = {
  npm3: npm,
  npm1: npm,
  yarn: async () => {
    const { object } = load('@yarnpkg/lockfile').parse(text('yarn.lock'))
    return new Set(Object.entries(object).map(([key, entry]) => key.slice(0, key.indexOf('@', 1)) + '@' + entry.version)).size
  },
  berry: async () => Object.keys(load('@yarnpkg/parsers').parseSyml(text('yarn.lock'))).length - 2, // __metadata and the project
  pnpm9: async () => {
    const lockfile = await load('@pnpm/lockfile.fs').readWantedLockfile(path.resolve(folder), { ignoreIncompatible: false })
    return Object.keys(lockfile.packages).length
  },
  // bun's own reader is native code of bun's; what its file costs in JavaScript is JSON.parse without the trailing commas.
  bun: async () => Object.keys(JSON.parse(text('bun.lock').replace(/,(\s*[}\]])/g, '$1')).packages).length,
}
readers[format]().then(count => console.log(count), error => {
  console.error(error.stack)
  process.exit(1)
})
