'use strict'
// ssri.cjs FOLDER SEED COUNT: random integrity texts, judged by npm's own package `ssri`.
// A line a case: verdict, data, integrity; the last two in hex. FOLDER holds node_modules.
const crypto = require('crypto')
const ssri = require(require('path').resolve(process.argv[2], 'node_modules/ssri'))

let state = Number(process.argv[3]) >>> 0
const below = n => { // mulberry32
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) % n
}
const pick = list => list[below(list.length)]
const ours = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512']
const foreign = ['md5', 'whirlpool', 'sha3-512', 'sha512-256', 'SHA512', 'Sha256', 'blake2b512', 'ripemd160', 'sha', 'sha5120', '', 'constructor', '__proto__']
const spaces = [' ', '  ', '\t', '\n', '\r\n', '\u00a0', '\u2003', '\ufeff', '\u3000', '\v', '\f', '\u0085', '\u200b', '\0', ',']

const digest = (algorithm, data) => crypto.createHash(ours.includes(algorithm) || algorithm === 'md5' ? algorithm : 'sha512').update(data).digest('base64')
const spoil = [
  s => s,
  s => s.replace(/=+$/, ''),
  s => s.replace(/\+/g, '-').replace(/\//g, '_'),
  s => s.slice(0, -4),
  s => s + '=',
  s => s + 'AAAA',
  s => '',
  s => s.slice(0, 10) + '?' + s.slice(10),
  s => s.slice(0, 10) + '!' + s.slice(11),
  s => s.toLowerCase(),
  s => s.replace(/=/, 'A'),
  s => Buffer.from(s, 'base64').toString('hex'),
  s => '-' + s,
]
const options = ['', '', '', '?', '?ct=text/plain', '?a?b', '??', '?é', '?sha512-AAAA']

const part = data => {
  const algorithm = below(4) ? pick(ours) : pick(foreign)
  const text = digest(algorithm, below(2) ? data : data + 'x')
  return algorithm + pick(['-', '-', '-', '-', '-', '-', '-', '-', '_', '']) + (below(3) ? text : pick(spoil)(text)) + pick(options)
}
const verdict = (data, text) => {
  const parsed = ssri.parse(text)
  if (!parsed || !Object.keys(parsed).some(algorithm => ours.includes(algorithm))) return 'none' // the one deviation: digest.h
  return ssri.checkData(data, text) ? 'match' : 'mismatch'
}
const lines = []
for (let i = 0; i < Number(process.argv[4]); i++) {
  const data = 'data ' + below(50)
  let text = pick(['', '', '', ' ', '\n'])
  for (let parts = below(5); parts >= 0; parts--) text += part(data) + (below(5) ? ' ' : pick(spaces))
  lines.push([verdict(data, text), Buffer.from(data).toString('hex'), Buffer.from(text).toString('hex')].join(' '))
}
process.stdout.write(lines.join('\n') + '\n')
