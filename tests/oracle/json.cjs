// json.cjs FILE: a document in hexadecimal a line; 1 where JSON.parse takes it, 0 where it refuses.
const lines = require('fs').readFileSync(process.argv[2], 'latin1').trimEnd().split('\n')
console.log(lines.map(line => {
  try {
    JSON.parse(Buffer.from(line, 'hex').toString('utf8'))
    return 1
  } catch {
    return 0
  }
}).join('\n'))
