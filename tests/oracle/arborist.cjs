// What npm makes of lockfile folders: one line of JSON for each package and edge. Flags come twice: as the lockfile says, and as npm
// finds them anew from the edges.
// arborist.cjs [--anew] FOLDER…; --anew: only the flags that npm finds. ASSAY_ORACLE or the current folder has @npmcli/arborist in its node_modules.
const path = require('path')
const paths = [process.env.ASSAY_ORACLE, process.cwd()]
const Arborist = require(require.resolve('@npmcli/arborist', { paths }))
const calcDepFlags = require(require.resolve('@npmcli/arborist/lib/calc-dep-flags.js', { paths }))

const anew = process.argv[2] === '--anew'
const line = value => process.stdout.write(JSON.stringify(value) + '\n')

// npm gives workspace edges the absolute path.
const spec = (edge, root) => edge.type === 'workspace'
  ? 'file:' + path.relative(root, edge.rawSpec.slice(5)) : edge.rawSpec

const flags = node => ({
  dev: node.dev, optional: node.optional, devOptional: node.devOptional && !node.dev && !node.optional,
  peer: node.peer, extraneous: node.extraneous,
})

const dump = async folder => {
  const tree = await new Arborist({ path: folder }).loadVirtual()
  const nodes = [...tree.inventory.values()]
  line({ folder, packages: nodes.length, edges: nodes.reduce((n, node) => n + (node.isLink ? 0 : node.edgesOut.size), 0) })
  const said = new Map(nodes.map(node => [node, flags(node)]))
  nodes.filter(node => !node.isRoot).forEach(node => node.resetDepFlags())
  calcDepFlags(tree)
  for (const node of nodes) {
    line({
      id: node.location, name: node.packageName || '', version: node.isLink ? '' : node.version, link: node.isLink ? node.target.location : null,
      said: anew ? null : said.get(node), found: flags(node), bundled: node.inDepBundle, shrinkwrapped: !!node.inShrinkwrap,
    })
  }
  for (const node of nodes.filter(node => !node.isLink)) {
    for (const edge of node.edgesOut.values()) {
      line({ from: node.location, name: edge.name, type: edge.type, spec: spec(edge, folder), to: edge.to ? edge.to.location : null })
    }
  }
}

const main = async () => {
  for (const folder of process.argv.slice(anew ? 3 : 2)) await dump(path.resolve(folder))
}
main().catch(error => {
  process.stderr.write(error.stack + '\n')
  process.exit(1)
})
