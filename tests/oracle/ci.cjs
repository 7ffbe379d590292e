'use strict';
// What CI systems do with the files in docs/ci, as far as tests need it.
//   ci.cjs play ACTION.yml    runs a composite action as GitHub's runner does: inputs from ACTION_<NAME> variables, "uses" played by a folder
//                             ($PLAY_CACHE/<last part of the path>), prints the action's outputs as NAME=VALUE
//   ci.cjs job FILE.yml JOB   the shell of a GitLab job, after what its schema demands of the keys that are used
//   ci.cjs blocks FILE.md     parses every ```yaml block
//   ci.cjs hooks FILE.yml     id, entry, files, a line for each hook of .pre-commit-hooks.yaml
const { readFileSync, writeFileSync, existsSync, cpSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const { createRequire } = require('node:module');
const path = require('node:path');
const yaml = createRequire(path.join(process.env.ASSAY_ORACLE, 'package.json'))('js-yaml');

const [mode, file, name] = process.argv.slice(2);
const fail = text => { console.error(`${file}: ${text}`); process.exit(99); };
const read = () => yaml.load(readFileSync(file, 'utf8'));
const only = (object, keys, where) => Object.keys(object).forEach(key => keys.includes(key) || fail(`${where}: no key "${key}"`));
const expressions = text => [...String(text).matchAll(/\$\{\{\s*(.*?)\s*\}\}/g)].map(match => match[1]);

// docs.github.com, "Metadata syntax for GitHub Actions"
function checkAction(action) {
	only(action, ['name', 'description', 'inputs', 'outputs', 'runs'], 'action');
	only(action.runs, ['using', 'steps'], 'runs');
	if (action.runs.using !== 'composite') fail('not composite');
	const known = new Set(Object.keys(action.inputs).map(input => `inputs.${input}`));
	Object.entries(action.inputs).forEach(([input, about]) => {
		only(about, ['description', 'default', 'required'], input);
		if (typeof about.default !== 'string') fail(`${input}: the default is no text`);
	});
	const ask = (text, where) => expressions(text).forEach(e => {
		const ok = known.has(e) || [...known].some(k => k.endsWith('.*') && e.startsWith(k.slice(0, -1)));
		if (!ok) fail(`${where}: nothing is called ${e}`);
	});
	action.runs.steps.forEach((step, i) => {
		only(step, ['id', 'name', 'shell', 'run', 'env', 'uses', 'with'], `step ${i}`);
		if (!step.uses === !step.run || (step.run && !step.shell)) fail(`step ${i}: uses, or run and shell`);
		if (expressions(step.run || '').length) fail(`step ${i}: an expression in a script is code that an input writes`);
		Object.values({ ...step.env, ...step.with }).forEach(text => ask(text, `step ${i}`));
		if (step.id) known.add(`steps.${step.id}.outputs.*`);
	});
	Object.entries(action.outputs).forEach(([output, about]) => ask(about.value, output));
}

function play(action) {
	const values = {}, temporary = process.env.RUNNER_TEMP;
	Object.entries(action.inputs).forEach(([input, about]) => {
		const given = process.env[`ACTION_${input.toUpperCase()}`];
		values[`inputs.${input}`] = given ?? about.default;
	});
	const fill = text => String(text).replace(/\$\{\{\s*(.*?)\s*\}\}/g, (all, e) => values[e] ?? '');
	const fillAll = object => Object.fromEntries(Object.entries(object || {}).map(([key, text]) => [key, fill(text)]));
	let code = 0;
	for (const [i, step] of action.runs.steps.entries()) {
		if (step.uses) {
			const given = fillAll(step.with), kept = path.join(process.env.PLAY_CACHE, path.basename(given.path));
			if (!given.key || !given.path) fail(`step ${i}: a cache without key or path`);
			if (existsSync(kept)) cpSync(kept, given.path, { recursive: true, verbatimSymlinks: true });
			continue;
		}
		const output = path.join(temporary, `output-${i}`);
		writeFileSync(output, '');
		const env = { ...process.env, ...fillAll(step.env), GITHUB_ACTION_PATH: path.dirname(path.resolve(file)), GITHUB_OUTPUT: output };
		code = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], { env, stdio: 'inherit' }).status;
		readFileSync(output, 'utf8').split('\n').filter(Boolean).forEach(line => {
			const at = line.indexOf('=');
			if (at < 1) fail(`step ${i}: not NAME=VALUE: ${line}`);
			if (step.id) values[`steps.${step.id}.outputs.${line.slice(0, at)}`] = line.slice(at + 1);
		});
		if (code) break;
	}
	Object.entries(action.outputs).forEach(([output, about]) => console.log(`${output}=${fill(about.value)}`));
	process.exit(code);
}

// docs.gitlab.com, "CI/CD YAML syntax reference"
function job(all) {
	only(all, ['variables', name], 'top');
	const it = all[name];
	only(it, ['stage', 'image', 'variables', 'rules', 'cache', 'before_script', 'script', 'artifacts'], name);
	it.rules.forEach(rule => only(rule, ['if'], 'rules'));
	it.cache.forEach(cache => only(cache, ['key', 'paths', 'when'], 'cache'));
	only(it.artifacts, ['when', 'paths', 'reports'], 'artifacts');
	only(it.artifacts.reports, ['dependency_scanning', 'junit'], 'reports');
	const made = [...it.artifacts.paths, ...Object.values(it.artifacts.reports)];
	const shell = [...it.before_script, ...it.script].join('\n');
	made.filter(artifact => !shell.includes(`=${artifact}`)).forEach(artifact => fail(`nothing writes ${artifact}`));
	process.stdout.write(shell);
}

function blocks() {
	const found = [...readFileSync(file, 'utf8').matchAll(/```yaml\n([^]*?)```/g)];
	found.forEach(block => yaml.load(block[1]));
	console.log(`${found.length} blocks`);
}

if (mode === 'play') {
	const action = read();
	checkAction(action);
	play(action);
} else if (mode === 'job') job(read());
else if (mode === 'blocks') blocks();
else if (mode === 'hooks') read().forEach(hook => console.log([hook.id, hook.entry, hook.files].join('\t')));
else fail(`no mode ${mode}`);
