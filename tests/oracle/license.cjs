'use strict'
// license.cjs FOLDER SEED COUNT FILE: license expressions - those of FILE, one a line, then random ones - judged by the npm packages
// spdx-expression-parse and spdx-satisfies. FOLDER holds node_modules. Lines, texts in hex:
//   parse ok|bad TEXT
//   listed current|deprecated ID, and for exceptions MIT WITH ID
//   satisfies yes|no TEXT ALLOWED[,ALLOWED]...
//
// Left out are the slips of spdx-satisfies: it takes ids of eight letters for "-or-later" and of four for "-only" (its search
// for the ending answers -1), and its versions end with the year 2018 (EUPL-1.2, CECILL-2.1, …).
const fs = require('fs')
const path = require('path')
const load = name => require(path.resolve(process.argv[2], 'node_modules', name))
const parse = load('spdx-expression-parse'), satisfies = load('spdx-satisfies')
const ids = [...load('spdx-license-ids'), ...load('spdx-license-ids/deprecated')]
const exceptions = load('spdx-exceptions')
const ranges = load('spdx-ranges').flat(2)

let state = Number(process.argv[3]) >>> 0
const below = n => { // mulberry32
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) % n
}
const pick = list => list[below(list.length)]
const sound = id => id.length !== 4 && id.length !== 8
// What is deprecated and means another license is no string to compare by.
const same = id => !/-with-|^BSD-2-Clause-(Free|Net)BSD$|^StandardML-NJ$|^eCos-2.0$|^wxWindows$|no-copyleft/.test(id)
const versioned = ranges.filter(sound).filter(same), single = ids.filter(id => sound(id) && same(id) && !ranges.includes(id) && !/-\d[\d.]*[a-z]?$/.test(id))
const common = ['GPL-2.0', 'GPL-3.0-only', 'GPL-2.0-or-later', 'LGPL-3.0-or-later', 'Apache-2.0', 'Apache-1.1', 'MIT', 'ISC', 'BSD-3-Clause', 'MPL-1.1']

const term = () => {
  const kind = below(10)
  if (kind === 0) return pick(['LicenseRef-a', 'LicenseRef-b.2', 'DocumentRef-d:LicenseRef-a'])
  const plus = kind < 5
  let text = kind < 3 ? pick(versioned) : kind < 8 ? pick(common) : pick(single)
  if (plus && (versioned.includes(text) || common.includes(text)) && !/or-later$/.test(text)) text += '+'
  return below(8) ? text : text + pick([' WITH ', ' with ']) + pick([pick(exceptions), 'Classpath-exception-2.0'])
}
const expression = depth => {
  if (depth === 0 || below(3) === 0) return term()
  const operator = pick([' AND ', ' OR ', ' and ', ' or ', ' AND  ', ' Or '])
  const text = expression(depth - 1) + operator + expression(depth - 1)
  return below(2) ? `(${text})` : text
}
const spoil = text => pick([
  t => t.slice(0, below(t.length)), t => t.slice(below(t.length)), t => t + ')', t => '(' + t, t => t + ' AND', t => 'OR ' + t, t => t.replace(' ', ''),
  t => t.replace('+', ' +'), t => t + '++', t => t + ' WITH MIT', t => t + ' MIT', t => t.replace('-', '_'), t => ' ' + t + ' ', t => t + ' GPLv3', t => '', t => '()',
])(text)

const hex = text => Buffer.from(text).toString('hex')
const attempt = (run, failed) => { try { return run() } catch { return failed } }
const lines = []
const judge = text => {
  // Glued to an operator, a word is an operator and a rest there, and an unknown id here.
  if (/(with|and|or)[A-Za-z0-9.]/i.test(text.replace(/[A-Za-z0-9.-]+/g, word => ids.includes(word) || exceptions.includes(word) ? '' : word))) return false
  const ok = attempt(() => (parse(text), true), false)
  lines.push(`parse ${ok ? 'ok' : 'bad'} ${hex(text)}`)
  return ok
}
const deprecated = new Set(load('spdx-license-ids/deprecated'))
for (const id of ids) lines.push(`listed ${deprecated.has(id) ? 'deprecated' : 'current'} ${hex(id)}`)
for (const id of exceptions) lines.push(`listed current ${hex('MIT WITH ' + id)}`)
for (const text of fs.readFileSync(process.argv[5], 'utf8').split('\n')) if (text && text[0] !== '#') judge(text)
for (let i = 0; i < Number(process.argv[4]); i++) {
  const text = below(4) ? expression(below(4)) : spoil(expression(below(3)))
  if (!judge(text)) continue
  const allowed = Array.from({ length: 1 + below(4) }, () => below(3) ? term() : attempt(() => pick(text.match(/[A-Z][A-Za-z0-9.-]+\d/g)), 'MIT'))
    .filter(entry => attempt(() => !parse(entry).conjunction, false))
  const yes = attempt(() => satisfies(text, allowed), null)
  if (yes !== null && allowed.length) lines.push(`satisfies ${yes ? 'yes' : 'no'} ${hex(text)} ${allowed.map(hex).join(',')}`)
}
process.stdout.write(lines.join('\n') + '\n')
