// make.cjs OUT: has the package managers write lockfiles for projects of made-up packages. OUT/MANAGER/PROJECT is a folder each; OUT/log
// says what could not be made. MANAGERS names the folder whose node_modules has the managers, ASSAY_ORACLE the one with @npmcli/arborist.
const { execFileSync, spawn } = require('child_process')
const fs = require('fs')
const os = require('os')
const path = require('path')
const { serve } = require('./registry.cjs')
const { universe, projects } = require('./projects.cjs')
const random = require('./random.cjs')

const out = path.resolve(process.argv[2])
const tools = path.join(process.env.MANAGERS, 'node_modules')
const arborist = require.resolve('@npmcli/arborist', { paths: [process.env.ASSAY_ORACLE] })
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'made-'))
const SHOWN = 'https://registry.example' // in the place of the registry's address, which changes

const js = (name, file) => ['node', path.join(tools, name, file)]
const npmFlags = '--no-audit --no-fund --ignore-scripts --force --loglevel=error'.split(' ')
const managers = [
  { name: 'npm6', family: 'npm', alone: true, run: [...js('npm6', 'bin/npm-cli.js'), 'install', '--package-lock-only', ...npmFlags], skip: ['overrides', 'override-alias', 'monorepo'] },
  ...['npm8', 'npm11'].map(name => ({ name, family: 'npm', builder: path.join(tools, name, 'node_modules/@npmcli/arborist') })), // all that npm install does to a lockfile
  ...[7, 8, 10].map(major => ({ name: 'pnpm' + major, family: 'pnpm', major, run: [...js('pnpm' + major, 'bin/pnpm.cjs'), 'install', '--lockfile-only', '--ignore-scripts', '--no-strict-peer-dependencies'] })),
  { name: 'pnpm12', family: 'pnpm', major: 12, alone: true, native: `@pnpm/exe.linux-${process.arch}/pnpm`, run: ['install', '--lockfile-only', '--ignore-scripts'] },
  { name: 'yarn1', family: 'yarn', major: 1, run: [...js('yarn1', 'bin/yarn.js'), 'install', '--ignore-scripts', '--ignore-platform', '--ignore-engines', '--non-interactive', '--no-progress'] },
  ...[2, 3, 4].map(major => ({ name: 'yarn' + major, family: 'berry', major, run: [...js('yarn' + major, 'bin/yarn.js'), 'install', ...(major > 2 ? ['--mode=update-lockfile'] : ['--skip-builds'])] })),
  { name: 'bun', family: 'bun', alone: true, native: `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`, run: ['install', '--lockfile-only', '--ignore-scripts'] },
]

const write = (folder, files) => {
  for (const [name, body] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), body)
  }
}
const git = (folder, ...args) => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.example', '-c', 'init.defaultBranch=main', ...args], { cwd: folder, stdio: 'ignore' })

const settings = (manager, files, address) => ({
  '.npmrc': `registry=${address}/\n${files.npmrc || ''}`,
  ...(manager.family === 'berry' ? {
    '.yarnrc.yml': `npmRegistryServer: '${address}'\nunsafeHttpWhitelist: ['127.0.0.1']\nenableGlobalCache: true\nglobalFolder: '${scratch}/yarn${manager.major}'\nenableTelemetry: false\n`
      + (manager.major > 3 ? 'approvedGitRepositories: ["**"]\nenableScripts: true\nnpmMinimalAgeGate: 0\n' : '') + (files.settings || ''),
  } : {}),
  ...(manager.family === 'bun' ? { 'bunfig.toml': `[install]\nregistry = "${address}/"\n[install.cache]\ndir = "${scratch}/bun"\n` } : {}),
})

// Node itself comes first: what stands before it in the tests' PATH needs the tests' own variables.
const environment = {
  PATH: path.dirname(process.execPath) + path.delimiter + process.env.PATH, HOME: scratch, TMPDIR: scratch, npm_config_cache: path.join(scratch, 'npm'), npm_config_update_notifier: 'false',
  npm_config_store_dir: path.join(scratch, 'store'), YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', DO_NOT_TRACK: '1',
  npm_config_manage_package_manager_versions: 'false', GIT_CONFIG_NOSYSTEM: '1',
}

const problemOf = (code, text) => code === 0 ? null : text.trim().split('\n').slice(-8).join(' / ') || `exit ${code}`

const run = (command, cwd) => new Promise(resolve => {
  const child = spawn(command[0], command.slice(1), { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60000 })
  let text = ''
  child.stdout.on('data', data => { text += data })
  child.stderr.on('data', data => { text += data })
  child.on('error', error => resolve(String(error)))
  child.on('close', code => resolve(problemOf(code, text)))
})

// One process for all the projects of a manager; one that hangs is ended, and the next project starts another.
const start = manager => {
  const child = spawn(process.execPath, [path.join(__dirname, 'again.cjs'), manager.run[1]], { cwd: scratch, env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  child.stdout.on('data', data => { child.said += data })
  child.stderr.on('data', data => { child.said += data })
  child.on('message', code => child.answer(code))
  child.on('close', code => { manager.child = null; child.answer(code || 1) })
  return child
}
const runAgain = (manager, folder) => new Promise(resolve => {
  const child = manager.child = manager.child || start(manager)
  const timer = setTimeout(() => child.kill('SIGKILL'), 60000)
  child.said = ''
  child.answer = code => {
    clearTimeout(timer)
    setImmediate(() => resolve(problemOf(code, child.said))) // its last words may still be on their way
  }
  child.send({ folder, argv: manager.run.slice(2), env: manager.name === 'yarn1' ? { YARN_CACHE_FOLDER: folder + '-cache' } : {} }) // it must not be shared
})
const stop = manager => {
  if (!manager.child) return
  manager.child.answer = () => {}
  manager.child.disconnect()
}

// npm's tree builder, without npm around it; what the registry says of a name is asked once.
const packuments = new Map()
const build = (builder, folder, registry, lockfileVersion) => {
  const Arborist = require(builder)
  if (!packuments.has(builder)) packuments.set(builder, new Map())
  const options = { path: folder, registry, packumentCache: packuments.get(builder), cache: environment.npm_config_cache, force: true, ignoreScripts: true, packageLockOnly: true, lockfileVersion, audit: false, progress: false }
  return new Arborist(options).reify({ ...options, save: true }).then(() => null, error => error.message)
}

// What a manager wrote, without what differs from run to run.
const isLockfile = name => /^(package-lock\.json|pnpm-lock.*\.yaml|yarn\.lock|bun\.lock)$/.test(name)
const keep = (from, to, address) => {
  let lockfiles = 0
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    if (['node_modules', '.git', '.yarn', '.pnp.cjs', '.pnp.js', '.npmrc', 'bunfig.toml', '.pnp.loader.mjs'].includes(entry.name)) continue
    const source = path.join(from, entry.name), target = path.join(to, entry.name)
    if (entry.isDirectory()) { lockfiles += keep(source, target, address); continue }
    if (!entry.isFile()) continue
    lockfiles += isLockfile(entry.name)
    fs.mkdirSync(to, { recursive: true })
    let body = fs.readFileSync(source)
    if (/\.(json|ya?ml|lock)$/.test(entry.name)) {
      body = body.toString().replaceAll(address, SHOWN).replaceAll(encodeURIComponent(address), encodeURIComponent(SHOWN)).replaceAll(scratch, '/made')
    }
    fs.writeFileSync(target, body)
  }
  return lockfiles
}

const log = text => fs.appendFileSync(path.join(out, 'log'), text + '\n')

const make = async (manager, name, files, address, repository) => {
  const folder = path.join(scratch, manager.name, name)
  const fill = body => typeof body === 'string' ? body.replaceAll('@GIT@', repository).replaceAll('@REGISTRY@', address) : body
  const { npmrc, settings: more, git: branch, ...rest } = files
  write(folder, Object.fromEntries(Object.entries({ ...rest, ...settings(manager, files, address) }).map(([file, body]) => [file, fill(body)])))
  if (manager.family === 'berry') fs.writeFileSync(path.join(folder, 'yarn.lock'), '') // the project ends here
  if (branch) { git(folder, 'init', '-q'); git(folder, 'commit', '-q', '--allow-empty', '-m', 'x'); git(folder, 'checkout', '-q', '-b', branch) }
  const problem = await (manager.builder ? build(manager.builder, folder, address) : manager.alone ? run(manager.run, folder) : runAgain(manager, folder))
  if (problem) return log(`${manager.name}/${name}: ${problem}`)
  if (!keep(folder, path.join(out, manager.name, name), address)) log(`${manager.name}/${name}: it wrote no lockfile`)
}

// The same lockfile with parts gone, renamed, doubled: what merges and people leave behind.
const mutate = (lock, random) => {
  const packages = lock.packages || lock.dependencies
  const keys = Object.keys(packages).filter(key => lock.packages ? key.includes('node_modules/') && !packages[key].link : true)
  for (let k = 1 + random(3); k > 0 && keys.length; k--) {
    const key = keys[random(keys.length)], entry = packages[key]
    if (!entry) continue
    const ways = [
      () => { delete packages[key] },
      () => { entry.version = '9.9.9' },
      () => { for (const section of ['dependencies', 'optionalDependencies', 'peerDependencies']) if (lock.packages) delete entry[section] },
      () => { if (lock.packages) packages[`${key}/node_modules/plain`] = { version: '7.7.7' } },
      () => { if (lock.packages) entry.dependencies = { ...entry.dependencies, 'not-there': '1', plain: '*' } },
      () => { if (lock.packages) (entry.peerDependenciesMeta = entry.peerDependenciesMeta || {}).plain = { optional: true } },
      () => { if (lock.packages) entry.name = 'other-name' },
    ]
    ways[random(ways.length)]()
  }
}

const mutated = (seed, to) => {
  const from = path.join(out, 'npm-random', String(seed)), random_ = random.generator(seed + 99)
  const lock = JSON.parse(fs.readFileSync(path.join(from, 'package-lock.json'), 'utf8'))
  if (lock.packages && lock.dependencies) delete lock.dependencies // of version 2, `packages` alone counts
  mutate(lock, random_)
  fs.cpSync(from, to, { recursive: true })
  fs.writeFileSync(path.join(to, 'package-lock.json'), JSON.stringify(lock, null, 2) + '\n')
}

const makeRandomNpm = async (seed, registry) => {
  const folder = path.join(scratch, 'random', String(seed)), version = 1 + seed % 3
  write(folder, random.project(seed, version > 1 && seed % 2 === 0, '*'))
  const problem = await build(arborist, folder, registry, version)
  if (problem) return log(`npm-random/${seed}: ${problem}`)
  keep(folder, path.join(out, 'npm-random', String(seed)), registry)
  mutated(seed, path.join(out, 'npm-mutated', String(seed)))
}

const main = async () => {
  fs.mkdirSync(out, { recursive: true })
  const made = { ...universe, ...random.universe(1) }
  const registry = await serve(made)
  const repository = path.join(scratch, 'repository')
  write(repository, { 'package.json': JSON.stringify({ name: 'from-git', version: '1.2.3', dependencies: { plain: '^1.0.0' } }) })
  git(repository, 'init', '-q'); git(repository, 'add', '.'); git(repository, 'commit', '-q', '-m', 'x')
  const jobs = managers.map(manager => async () => {
    if (manager.native) manager.run = [path.join(tools, manager.native), ...manager.run]
    const program = manager.builder || manager.run[manager.native ? 0 : 1]
    if (!fs.existsSync(program)) return log(`${manager.name}: not installed`)
    const all = Object.entries(projects).map(([name, project]) => [name, (manager.skip || []).includes(name) ? null : project(manager)])
    const between = /npm\d|yarn1/.test(manager.name) && manager.family !== 'pnpm' ? '*' : 'workspace:*'
    for (let seed = 1; seed <= 2 && manager.name !== 'npm6'; seed++) all.push(['random-' + seed, random.project(seed * 2, true, between)])
    for (const [name, files] of all) if (files) await make(manager, name, files, registry.address, repository)
    stop(manager)
  })
  const workers = Array.from({ length: Math.max(2, os.availableParallelism()) }, async () => { while (jobs.length) await jobs.shift()() })
  await Promise.all(workers)
  for (let seed = 1; seed <= 40; seed++) await makeRandomNpm(seed, registry.address)
  registry.close()
  fs.rmSync(scratch, { recursive: true, force: true })
}
main().catch(error => {
  process.stderr.write(error.stack + '\n')
  process.exit(1)
})
