// npm_sbom.cjs FOLDER KIND: what `npm sbom` writes about the lockfile of a folder: cyclonedx or spdx.
const { execFileSync } = require('child_process')
const [cwd, kind] = process.argv.slice(2)
const flags = ['sbom', '--offline', '--no-update-notifier', '--package-lock-only', '--sbom-format', kind]
process.stdout.write(execFileSync('npm', flags, { cwd, maxBuffer: 1 << 28 }))
