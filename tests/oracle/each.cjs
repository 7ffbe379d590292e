// each.cjs ORACLE FOLDER…: another oracle for each folder in turn, in one process: behind a line "= FOLDER" what it says of that.
const [oracle, ...folders] = process.argv.slice(2)
for (const folder of folders) {
  process.stdout.write(`= ${folder}\n`)
  process.argv[2] = folder
  delete require.cache[oracle]
  require(oracle)
}
