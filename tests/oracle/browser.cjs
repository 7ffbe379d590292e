'use strict';
// A page in headless Chromium, by hand and eye: driven over a pipe (Chrome DevTools Protocol), so that nothing but Node is needed.
//   browser.cjs FILE[#FRAGMENT] STEP…     prints what the console said as "console: …", and for each STEP a line
//   key:NAME[*N]      presses a key, N times: Tab, Enter, Escape, ArrowDown, Space
//   type:TEXT         types
//   eval:EXPRESSION   what it gives, as JSON
//   media:NAME        light, dark, print
//   size:WxH          of the window
//   shot:FILE         a picture
//   wait:EXPRESSION   until it holds
//   noscript:         loads it again with scripts switched off
//   cost:             what opening took, in ms: of the clock until the content was there, was painted first, was loaded; of work (scripts, layout, style, all)
// A page that does not come in half a minute is a failure (exit 1); a browser that does not start is no browser (exit 77).
const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const os = require('node:os');

const profile = mkdtempSync(path.join(os.tmpdir(), 'browser-'));
const browser = spawn('chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'],
	{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const end = code => { browser.kill('SIGKILL'); try { rmSync(profile, { recursive: true, force: true, maxRetries: 3 }); } catch { /* it is a temporary folder */ } process.exit(code); };
browser.on('error', () => end(77));
browser.on('exit', () => end(77));
const asked = new Map(), waiting = [];
let last = 0, session, read = '';
browser.stdio[4].on('data', data => {
	read += data;
	for (let at; (at = read.indexOf('\0')) >= 0; read = read.slice(at + 1)) hear(JSON.parse(read.slice(0, at)));
});
function hear(message) {
	if (message.id) {
		const { resolve, reject } = asked.get(message.id);
		asked.delete(message.id);
		message.error ? reject(new Error(message.error.message)) : resolve(message.result);
		return;
	}
	if (message.method === 'Runtime.consoleAPICalled') console.log(`console: ${message.params.args.map(arg => arg.value ?? arg.description).join(' ')}`);
	if (message.method === 'Runtime.exceptionThrown') console.log(`console: ${message.params.exceptionDetails.exception?.description ?? message.params.exceptionDetails.text}`);
	if (message.method === 'Log.entryAdded') console.log(`console: ${message.params.entry.text}`);
	waiting.filter(one => one.method === message.method).forEach(one => one.resolve(message.params));
}
const ask = (method, params = {}) => new Promise((resolve, reject) => {
	asked.set(++last, { resolve, reject });
	browser.stdio[3].write(`${JSON.stringify({ id: last, method, params, sessionId: session })}\0`);
});
const wait = method => new Promise(resolve => waiting.push({ method, resolve }));

const keys = { Tab: 9, Enter: 13, Escape: 27, Space: 32, ArrowDown: 40, ArrowUp: 38, ArrowLeft: 37, ArrowRight: 39 };
async function press(name) {
	const key = name === 'Space' ? ' ' : name, text = name === 'Enter' ? '\r' : name === 'Space' ? ' ' : undefined;
	const event = { key, code: name, windowsVirtualKeyCode: keys[name] };
	await ask('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', text, ...event });
	await ask('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
}
const steps = {
	key: async value => { const [name, n] = value.split('*'); for (let i = 0; i < Number(n ?? 1); i++) await press(name); },
	type: text => ask('Input.insertText', { text }),
	eval: async expression => {
		const { result, exceptionDetails } = await ask('Runtime.evaluate', { expression, returnByValue: true });
		console.log(exceptionDetails ? `error: ${exceptionDetails.exception?.description}` : JSON.stringify(result.value));
	},
	media: name => ask('Emulation.setEmulatedMedia', { media: name === 'print' ? 'print' : '', features: [{ name: 'prefers-color-scheme', value: name === 'dark' ? 'dark' : 'light' }] }),
	size: size => { const [width, height] = size.split('x').map(Number); return ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false }); },
	wait: async expression => {
		while (!(await ask('Runtime.evaluate', { expression, returnByValue: true })).result.value) await new Promise(resolve => setTimeout(resolve, 20));
	},
	cost: async () => {
		const { metrics } = await ask('Performance.getMetrics'), work = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
		const expression = `(() => { const at = performance.getEntriesByType('navigation')[0];
			return [at.domContentLoadedEventEnd, performance.getEntriesByType('paint')[0]?.startTime, at.loadEventEnd, document.querySelectorAll('*').length]; })()`;
		const [content, paint, load, elements] = (await ask('Runtime.evaluate', { expression, returnByValue: true })).result.value;
		const ms = { content, paint, load, scripts: work.ScriptDuration * 1e3, layout: work.LayoutDuration * 1e3, style: work.RecalcStyleDuration * 1e3, all: work.TaskDuration * 1e3 };
		console.log(Object.entries(ms).map(([name, value]) => `${name} ${Math.round(value)}`).join(' '), `elements ${elements}`);
	},
	noscript: async () => {
		const loaded = wait('Page.loadEventFired');
		await ask('Emulation.setScriptExecutionDisabled', { value: true });
		await ask('Page.reload');
		await loaded;
	},
	shot: async file => { writeFileSync(file, Buffer.from((await ask('Page.captureScreenshot')).data, 'base64')); },
};
async function main([url, ...rest]) {
	const { targetInfos } = await ask('Target.getTargets');
	const target = targetInfos.find(info => info.type === 'page') ?? await ask('Target.createTarget', { url: 'about:blank' });
	({ sessionId: session } = await ask('Target.attachToTarget', { targetId: target.targetId, flatten: true }));
	for (const domain of ['Page', 'Runtime', 'Log', 'Performance']) await ask(`${domain}.enable`);
	const loaded = wait('Page.loadEventFired');
	await ask('Page.navigate', { url: `file://${path.resolve(url.split('#')[0])}${url.includes('#') ? url.slice(url.indexOf('#')) : ''}` });
	await loaded;
	for (const step of rest) await steps[step.slice(0, step.indexOf(':'))](step.slice(step.indexOf(':') + 1));
}
setTimeout(() => { console.log('the page did not come'); end(1); }, 120000).unref();
main(process.argv.slice(2)).then(() => end(0), error => { console.log(`error: ${error.message}`); end(1); });
