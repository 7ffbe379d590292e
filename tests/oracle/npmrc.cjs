// npmrc.cjs FOLDER COUNT: what npm's own configuration makes of the cases FOLDER/0 … FOLDER/<COUNT-1>, each with home/, project/,
// global and env (lines NAME=value). One line per case, fields between tabs. Exit 3: there is no npm.
const { readFileSync, realpathSync, existsSync } = require('node:fs')
const { join, dirname } = require('node:path')

const npm = (process.env.PATH || '').split(':').map(p => join(p, 'npm')).filter(existsSync).map(p => dirname(dirname(realpathSync(p))))[0]
if (!npm || !existsSync(join(npm, 'node_modules/@npmcli/config'))) process.exit(3)
const at = name => require(join(npm, 'node_modules', name))
const Config = at('@npmcli/config')
const { definitions, shorthands, flatten, nerfDarts } = at('@npmcli/config/lib/definitions')
const getAuth = at('npm-registry-fetch/lib/auth.js')

const text = value => value === undefined || value === null || value === false ? '' : String(value).replace(/\\/g, '\\\\').replace(/\n/g, '\\n')

async function one (folder) {
	const env = { HOME: join(folder, 'home'), PATH: process.env.PATH, npm_config_globalconfig: join(folder, 'global') }
	for (const line of readFileSync(join(folder, 'env'), 'utf8').split('\n').filter(Boolean)) {
		env[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1)
	}
	process.chdir(join(folder, 'project'))
	const config = new Config({ npmPath: npm, definitions, shorthands, flatten, nerfDarts, env, argv: ['node', 'npm'], warn: false, cwd: join(folder, 'project') })
	await config.load()
	try { config.validate() } catch {}
	const flat = config.flat
	const urls = readFileSync(join(folder, 'urls'), 'utf8').split('\n').filter(Boolean)
	// A registry of no host, so that npm's second look at the registry's own login stays out of it.
	const auth = urls.map(url => getAuth(url, { ...flat, registry: 'https://no.example/' }))
	const bearer = a => a.token ? `Bearer ${a.token}` : a.auth ? `Basic ${a.auth}` : ''
	const slashed = url => url ? String(url).replace(/\/?$/, '/') : url
	return [slashed(flat.registry), slashed(flat['@s:registry']), slashed(flat['@t:registry']), config.get('cache'), flat.strictSSL ? 'on' : 'off', [].concat(flat.ca || []).filter(Boolean).join('\n'),
		slashed(flat.httpsProxy || flat.proxy), String(flat.noProxy || '').split(',').filter(Boolean).join(','), flat.retry.retries, flat.retry.minTimeout, flat.timeout,
		...auth.map(bearer)].map(text).join('\t')
}

async function main () {
	const lines = []
	for (let i = 0; i < Number(process.argv[3]); i++) {
		try { lines.push(await one(join(process.argv[2], String(i)))) } catch (e) { lines.push(`error ${e.message}`.replace(/\s/g, ' ')) }
	}
	process.stdout.write(lines.join('\n') + '\n')
}
process.on('log', () => {})
main()
