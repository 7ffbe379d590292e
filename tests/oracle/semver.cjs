'use strict'
// semver.cjs FOLDER QUESTIONS: asks npm's own package `semver`. FOLDER holds node_modules. A question a line, its
// fields apart by tabs and percent-encoded; an answer a line, '!' where npm refuses. Where there are four columns they
// are strict, loose, with pre-releases, both.
//   v VERSION         valid: strict, loose
//   p VERSION VERSION compareBuild: strict, loose
//   r RANGE           validRange: four columns
//   s VERSION RANGE   satisfies: four columns
const { resolve } = require('path')
const semver = require(resolve(process.argv[2], 'node_modules/semver'))

const all = [0, 1, 2, 3].map(flags => ({ loose: !!(flags & 1), includePrerelease: !!(flags & 2) }))
const orRefused = ask => {
  try {
    const answer = ask()
    return answer === null ? '!' : String(answer)
  } catch {
    return '!'
  }
}
const kinds = {
  v: version => all.slice(0, 2).map(options => orRefused(() => semver.valid(version, options))),
  p: (a, b) => all.slice(0, 2).map(options => orRefused(() => semver.compareBuild(a, b, options))),
  r: range => all.map(options => orRefused(() => semver.validRange(range, options))),
  s: (version, range) => all.map(options => orRefused(() => +semver.satisfies(version, range, options))),
}
const lines = require('fs').readFileSync(process.argv[3], 'utf8').split('\n').slice(0, -1)
process.stdout.write(lines.map(line => {
  const [kind, ...fields] = line.split('\t')
  return kinds[kind](...fields.map(decodeURIComponent)).join('\t') + '\n'
}).join(''))
