// Prints "<vector> <base score>" for every base vector of CVSS 2.0, 3.0 and 3.1, and for every STEPth of 4.0 (argument, 1 for all).
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
		lines.push(`${vector} ${new kind(vector).calculateScores(false).base.toFixed(1)}`);
	}
	process.stdout.write(lines.join('\n') + '\n');
}
