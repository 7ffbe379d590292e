'use strict';
// check.cjs TOOLS KIND FILE: what the makers' own grammars and schemas find wrong in a file of docs/ci, a line each; exit 1 where there is something.
//   action     GitHub's schema of an action (action-validator)
//   workflow   GitHub's schema of a workflow, and actionlint: expressions, contexts, keys, events
//   gitlab     GitLab's schema of .gitlab-ci.yml, with the job's file included as it will be
//   groovy     the grammar of Groovy (tree-sitter)
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

const [tools, kind, file] = process.argv.slice(2);
const load = createRequire(path.join(tools, 'package.json'));
const oracle = createRequire(path.join(process.env.ASSAY_ORACLE, 'package.json'));
const text = readFileSync(file, 'utf8');

const bySchema = ({ errors }) => errors.map(error => `${error.path || '/'}: ${error.title}: ${error.detail ?? ''}`);
const kinds = {
	action: () => bySchema(load('@action-validator/core').validateAction(text)),
	workflow: async () => {
		const lint = await load('actionlint').createLinter();
		const found = lint(text, '.github/workflows/assay.yml').map(({ line, column, message }) => `${line}:${column}: ${message}`);
		return [...bySchema(load('@action-validator/core').validateWorkflow(text)), ...found];
	},
	gitlab: () => {
		const schema = JSON.parse(readFileSync(path.join(tools, 'node_modules/gitlab-ci.schema.json'), 'utf8'));
		const ajv = new (oracle('ajv').default)({ strict: false, allErrors: true });
		oracle('ajv-formats').default(ajv);
		const valid = ajv.compile(schema);
		return valid(oracle('js-yaml').load(text)) ? [] : valid.errors.map(({ instancePath, message }) => `${instancePath}: ${message}`);
	},
	groovy: async () => {
		const { Parser, Language } = load('web-tree-sitter');
		await Parser.init();
		const parser = new Parser();
		parser.setLanguage(await Language.load(load.resolve('tree-sitter-groovy/tree-sitter-groovy.wasm')));
		const { rootNode } = parser.parse(text), found = [];
		const walk = node => {
			if (node.isError || node.isMissing) found.push(`${node.startPosition.row + 1}:${node.startPosition.column + 1}: ${node.type}`);
			else node.children.forEach(walk);
		};
		if (rootNode.hasError) walk(rootNode);
		return found;
	},
};
(async () => {
	const found = await kinds[kind]();
	found.forEach(line => console.log(line));
	process.exit(found.length ? 1 : 0);
})().catch(error => { console.log(error.stack); process.exit(2); });
