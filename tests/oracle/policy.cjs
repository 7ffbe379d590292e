// usage: policy.cjs ORACLE SCHEMA good|bad FILE...: each FILE, JSON with comments, must fit the schema, or must not. Names those that do otherwise.
'use strict';
const fs = require('fs');
const path = require('path');
const [oracle, schema, wanted, ...files] = process.argv.slice(2);
const Ajv = require(path.join(oracle, 'node_modules/ajv/dist/2020'));

// Comments and trailing commas out, strings as they are.
function strict(text) {
  const token = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\/|,(?=(?:\s|\/\/[^\n]*\n|\/\*[^]*?\*\/)*[\]}])/g;
  return text.replace(token, (found) => (found[0] === '"' ? found : ' '));
}

const validate = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(JSON.parse(fs.readFileSync(schema, 'utf8')));
let wrong = 0;
for (const file of files) {
  const good = validate(JSON.parse(strict(fs.readFileSync(file, 'utf8'))));
  if (good === (wanted === 'good')) continue;
  wrong++;
  console.log(`${path.basename(file)}: ${good ? 'fits the schema' : JSON.stringify(validate.errors.slice(-3))}`);
}
process.exit(wrong ? 1 : 0);
