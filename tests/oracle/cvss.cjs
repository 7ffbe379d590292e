// Prints "<vector> <score>" for every base vector of CVSS 2.0, 3.0 and 3.1, and for every STEPth of 4.0 (argument, 1 for all); then
// for COUNT vectors of each version (second argument) that hold other metrics as well, drawn with a fixed seed.
const { Cvss2, Cvss3P0, Cvss3P1, Cvss4P0 } = require(`${process.env.ASSAY_ORACLE}/node_modules/ae-cvss-calculator`);

const metrics3 = { AV: 'NALP', AC: 'LH', PR: 'NLH', UI: 'NR', S: 'UC', C: 'NLH', I: 'NLH', A: 'NLH' };
const versions = [
	{ kind: Cvss2, prefix: '', metrics: { AV: 'NAL', AC: 'LMH', Au: 'NSM', C: 'NPC', I: 'NPC', A: 'NPC' } },
	{ kind: Cvss3P0, prefix: 'CVSS:3.0/', metrics: metrics3 },
	{ kind: Cvss3P1, prefix: 'CVSS:3.1/', metrics: metrics3 },
	{
		kind: Cvss4P0,
		prefix: 'CVSS:4.0/',
		metrics: { AV: 'NALP', AC: 'LH', AT: 'NP', PR: 'NLH', UI: 'NPA', VC: 'HLN', VI: 'HLN', VA: 'HLN', SC: 'HLN', SI: 'HLN', SA: 'HLN' },
		step: Number(process.argv[2] ?? 1),
	},
];

for (const { kind, prefix, metrics, step = 1 } of versions) {
	const names = Object.keys(metrics);
	const total = names.reduce((product, name) => product * metrics[name].length, 1);
	const lines = [];
	for (let index = 0; index < total; index += step) {
		let rest = index;
		const parts = names.map((name) => {
			const values = metrics[name];
			const part = `${name}:${values[rest % values.length]}`;
			rest = Math.floor(rest / values.length);
			return part;
		});
		const vector = prefix + parts.join('/');
		lines.push(`${vector} ${new kind(vector).calculateScores(false).overall.toFixed(1)}`);
	}
	process.stdout.write(lines.join('\n') + '\n');
}

const optional3 = {
	E: 'XUPFH', RL: 'XOTWU', RC: 'XURC', CR: 'XLMH', IR: 'XLMH', AR: 'XLMH',
	MAV: 'XNALP', MAC: 'XLH', MPR: 'XNLH', MUI: 'XNR', MS: 'XUC', MC: 'XNLH', MI: 'XNLH', MA: 'XNLH',
};
const optional2 = {
	E: ['ND', 'U', 'POC', 'F', 'H'], RL: ['ND', 'OF', 'TF', 'W', 'U'], RC: ['ND', 'UC', 'UR', 'C'], CDP: ['ND', 'N', 'L', 'LM', 'MH', 'H'],
	TD: ['ND', 'N', 'L', 'M', 'H'], CR: ['ND', 'L', 'M', 'H'], IR: ['ND', 'L', 'M', 'H'], AR: ['ND', 'L', 'M', 'H'],
};
const optional4 = {
	E: 'XAPU', CR: 'XHML', IR: 'XHML', AR: 'XHML', MAV: 'XNALP', MAC: 'XLH', MAT: 'XNP', MPR: 'XNLH', MUI: 'XNPA', MVC: 'XHLN',
	MVI: 'XHLN', MVA: 'XHLN', MSC: 'XHLN', MSI: 'XSHLN', MSA: 'XSHLN',
};
let state = 7n;
const draw = (below) => {
	state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
	return Number((state >> 33n) % BigInt(below));
};
const optional = [optional2, optional3, optional3, optional4];
for (const [number, { kind, prefix, metrics }] of versions.entries()) {
	const lines = [];
	for (let i = 0; i < Number(process.argv[3] ?? 0); i++) {
		const parts = Object.entries(metrics).map(([name, values]) => `${name}:${values[draw(values.length)]}`);
		const share = 1 + draw(4); // few or many of them
		for (const [name, values] of Object.entries(optional[number]))
			if (draw(4) < share) parts.push(`${name}:${values[draw(values.length)]}`);
		const vector = prefix + parts.join('/');
		lines.push(`${vector} ${new kind(vector).calculateScores(false).overall.toFixed(1)}`);
	}
	process.stdout.write(lines.join('\n') + '\n');
}
