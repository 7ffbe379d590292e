// Which dependencies npm finds missing or wrong when it reads lockfiles beside package.json files, before it asks any registry:
// for each folder a line with their names. `npm ci` refuses where there is one.
// drift.cjs FOLDER…; ASSAY_ORACLE or the current folder has @npmcli/arborist in its node_modules.
const path = require('path')
const paths = [process.env.ASSAY_ORACLE, process.cwd()]
const Arborist = require(require.resolve('@npmcli/arborist', { paths }))

const main = async () => {
  for (const folder of process.argv.slice(2)) {
    const tree = await new Arborist({ path: path.resolve(folder) }).loadVirtual()
    const names = new Set()
    for (const node of tree.inventory.values()) {
      for (const edge of node.edgesOut.values()) {
        if (edge.error && !edge.type.startsWith('peer')) names.add(edge.name)
      }
    }
    process.stdout.write([...names].sort().join(' ') + '\n')
  }
}
main().catch(error => {
  process.stderr.write(error.stack + '\n')
  process.exit(1)
})
