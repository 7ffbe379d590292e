'use strict'
// pacote.cjs FOLDER WORK SEED COUNT: random tarballs, odd and damaged ones included, unpacked in WORK by npm's own package `pacote` (with its `tar`).
// For each: a line with the tarball in base64; "ok" or "error CODE"; a line for each file that was written: size, SHA-256, path in hex, a tab between;
// an empty line.
const crypto = require('crypto')
const fs = require('fs')
const path = require('path')
const zlib = require('zlib')
const [folder, out, seed, count] = process.argv.slice(2)
const pacote = require(path.resolve(folder, 'node_modules/pacote'))

let state = Number(seed) >>> 0
const below = n => { // mulberry32
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) % n
}
const pick = list => list[below(list.length)]
const maybe = percent => below(100) < percent

// ---- headers

const pad = data => Buffer.concat([data, Buffer.alloc((512 - (data.length % 512)) % 512)])
const base256 = (n, size) => {
  const field = Buffer.alloc(size)
  field.writeUInt32BE(n, size - 4)
  field[0] = 0x80
  return field
}
const numbers = [ // how a size may be written in a field of 12 bytes
  n => Buffer.from(n.toString(8).padStart(11, '0') + '\0'),
  n => Buffer.from(n.toString(8).padStart(11, '0') + ' '),
  n => Buffer.from(n.toString(8).padStart(12, '0')),
  n => Buffer.from(n.toString(8).padStart(11, ' ') + '\0'),
  n => Buffer.from((n.toString(8) + '\0').padEnd(12, '\0')),
  n => Buffer.from((n.toString(8) + ' ').padEnd(12, ' ')),
  n => base256(n, 12),
]
const oddNumbers = [
  n => Buffer.from((n.toString(8) + 'x').padEnd(12, '\0')),
  n => Buffer.from(('-' + n.toString(8)).padEnd(12, '\0')),
  n => Buffer.from(('0x' + n.toString(16)).padEnd(12, '\0')),
  n => Buffer.from(('8' + n).padEnd(12, '\0')),
  n => Buffer.alloc(12, 0xff),
  n => Buffer.alloc(12),
  n => Buffer.from((' \0' + n.toString(8)).padEnd(12, '\0')),
  n => Buffer.from(('\0' + n.toString(8)).padEnd(12, '\0')),
]
const checksums = [
  n => n.toString(8).padStart(6, '0') + '\0 ',
  n => n.toString(8).padStart(7, '0') + '\0',
  n => n.toString(8).padStart(7, ' ') + ' ',
  n => n.toString(8).padStart(6, ' ') + '\0 ',
]
const magics = ['ustar\0' + '00', 'ustar  \0', '', 'ustar\0' + '00', 'ustar\0' + '  ']

function header (e) {
  const h = Buffer.alloc(512)
  let name = Buffer.from(e.path, 'latin1')
  const magic = e.magic === undefined ? magics[0] : e.magic
  if (name.length > 100 && magic.startsWith('ustar\0')) {
    let cut = name.lastIndexOf(0x2f, 155)
    if (cut > 0 && name.length - cut - 1 <= 100) {
      name.copy(h, 345, 0, cut)
      name = name.subarray(cut + 1)
    }
  }
  if (e.prefix) h.write(e.prefix, 345, 155, 'latin1')
  name.copy(h, 0, 0, Math.min(100, name.length))
  h.write(e.mode || '0000644\0', 100, 8, 'latin1')
  h.write('0000000\0', 108, 8, 'latin1')
  h.write('0000000\0', 116, 8, 'latin1')
  const size = e.size === undefined ? e.data.length : e.size
  ;(e.number || numbers[0])(size).copy(h, 124)
  h.write('00000000000\0', 136, 12, 'latin1')
  h.write(e.type === undefined ? '0' : e.type, 156, 1, 'latin1')
  if (e.link) h.write(e.link, 157, 100, 'latin1')
  h.write(magic, 257, 8, 'latin1')
  h.fill(' ', 148, 156)
  let sum = 0
  for (const byte of h) sum += byte
  h.write((e.checksum || checksums[0])(sum + (e.badChecksum ? 1 : 0)), 148, 8, 'latin1')
  return h
}
const entry = e => Buffer.concat([header(e), e.bare ? e.data : pad(e.data)])
const record = (key, value) => {
  const rest = Buffer.concat([Buffer.from(' ' + key + '='), Buffer.from(value, 'latin1'), Buffer.from('\n')])
  let n = rest.length
  while (String(n).length + rest.length !== n) n = String(n).length + rest.length
  return Buffer.concat([Buffer.from(String(n)), rest])
}
const pax = (type, records, e = {}) => entry({ path: 'PaxHeader/x', type, data: Buffer.concat(records), ...e })
const long = (type, text, e = {}) => entry({ path: '././@LongLink', type, magic: 'ustar  \0', data: Buffer.from(text, 'latin1'), ...e })

// ---- entries

const deep = 'package/' + 'd'.repeat(60) + '/' + 'e'.repeat(60) + '/f.js'
const paths = [
  'package/package.json', 'package/index.js', 'package/lib/a.js', 'package/lib/b.js', 'package/lib/a.js', 'package/README', 'other/c.js',
  'package/./d.js', 'package//e.js', 'package/lib/../g.js', './package/h.js', 'package', 'top.js', deep, 'package/' + 'n'.repeat(92), 'package/lib',
  'package/lib/a.js/inner.js', '/package/abs.js', 'package/a b', 'package/\xc3\xa9', 'package/\xe9', 'package/x:y', 'package/x\\y', 'package/Index.js',
  'package/lib/', 'package/trailing/',
]
const plainPaths = paths.slice(1, 7).concat(deep)
let bodies = 0
const body = () => {
  const n = pick([0, 1, 5, 511, 512, 513, 1500])
  return Buffer.from(`body ${++bodies} `.padEnd(n, 'x').slice(0, n))
}
const manifest = () => Buffer.from(JSON.stringify({ name: pick(['a', 'b']), version: '1.0.0' }))
const file = (e = {}) => {
  const path = maybe(70) ? pick(plainPaths) : pick(paths)
  return { path, data: maybe(path.endsWith('/package.json') ? 95 : 10) ? manifest() : body(), ...e }
}
const plain = [
  () => entry(file()),
  () => entry(file()),
  () => entry(file({ magic: pick(magics), number: pick(numbers), checksum: pick(checksums), type: pick(['0', '\0', '0', '7']) })),
  () => entry({ path: pick(['package/', 'package/lib/', 'package/made', 'package/lib/a.js', 'package/package.json']), type: '5', data: Buffer.alloc(0) }),
  () => Buffer.concat([pax('x', [record('mtime', '1.5'), record('path', pick(plainPaths)), record('comment', 'c')]), entry(file({ path: 'package/short' }))]),
  () => Buffer.concat([long('L', pick(plainPaths) + pick(['\0', '', '\0\0'])), entry(file({ path: 'package/short', magic: 'ustar  \0' }))]),
  () => Buffer.concat([pax('g', [record('comment', 'c')]), entry(file())]),
]
const odd = [
  () => entry(file({ number: pick(oddNumbers) })),
  () => entry(file({ badChecksum: true })),
  () => entry(file({ type: pick(['1', '2']), link: pick(['package/index.js', '../../x']) })),
  () => entry(file({ type: pick(['1', '2', '3', '4', '6']), data: Buffer.alloc(0), link: 'package/index.js' })),
  () => entry(file({ type: pick(['S', 'V', 'M', 'D', 'N', 'X', 'A', 'I', 'Z', '8', '\x01', ' ']) })),
  () => entry(file({ link: 'package/index.js' })),
  () => entry(file({ type: '5' })),
  () => entry(file({ prefix: pick(['package', 'package/pre', 'a/b/c', '..', '/']) })),
  () => entry(file({ magic: 'ustar  \0', prefix: 'package/pre' })),
  () => entry(file({ magic: pick(['USTAR\0' + '00', 'ustar\0' + '01', 'ustar\x01' + '00']), prefix: 'package/pre' })),
  () => entry(file({ path: pick(['package/x\0\ny', 'package/x\0y', 'package/x\0\ry/z.js']) })),
  () => entry(file({ prefix: pick(['package/pre\0\nx', '\0'.repeat(130) + 'x', 'package/pre\0x', 'package/' + 'q'.repeat(130)]) })),
  () => entry(file({ number: n => Buffer.from((pick(['\n', '\t', '\v', '\xa0']) + n.toString(8)).padEnd(12, '\0'), 'latin1') })),
  () => Buffer.concat([pax('x', [record(pick(['type', 'mode', 'path\0x', 'charset', 'uid']), pick(['Directory', 'SymbolicLink', '2541', '5']))]), entry(file())]),
  () => Buffer.concat([long(pick(['L', 'K']), pick(['', '\0', 'package/l\0\nm'])), entry(file())]),
  () => Buffer.concat([pax('x', [record('path', 'package/large.js'), record('comment', 'c'.repeat(1100000))]), entry(file())]),
  () => Buffer.alloc(512),
  () => Buffer.alloc(1024),
  () => Buffer.alloc(512, 'g'),
  () => Buffer.concat([pax('x', [record('size', pick(['3', '0', '600', '-1', '1e1', 'x']))]), entry(file({ path: 'package/sized' }))]),
  () => Buffer.concat([pax('g', [record(pick(['path', 'size', 'linkpath']), pick(['package/index.js', '3']))]), entry(file()), entry(file())]),
  () => Buffer.concat([pax('x', [record('path', 'package/first.js'), record('path', pick(plainPaths))]), entry(file())]),
  () => Buffer.concat([pax('x', [record('path', pick(['', 'package/a\nb', 'package/a\0b', 'package/index.js\0', '/package/r', 'package/../../r']))]), entry(file())]),
  () => Buffer.concat([pax('x', [record('linkpath', 'package/index.js')]), entry(file())]),
  () => Buffer.concat([pax('x', [record('GNU.sparse.major', '1'), record('GNU.sparse.minor', '0'), record('GNU.sparse.name', pick(plainPaths)), record('GNU.sparse.realsize', '5')]), entry(file())]),
  () => Buffer.concat([pax('x', [Buffer.from(pick(['9 path=x\n', '99 path=package/z\n', '22 path=package/y.js', 'path=package/q.js\n', '0 path=x\n', '\n', '20 path=package/a.js\0\n']))]), entry(file())]),
  () => Buffer.concat([pax('x', [record('path', 'package/a.js')]), pax('x', [record('path', 'package/b.js')]), entry(file())]),
  () => Buffer.concat([pax('x', [record('path', 'package/a.js')]), long('L', 'package/l.js\0'), entry(file())]),
  () => Buffer.concat([long('L', 'package/one.js\0'), long('L', 'package/two.js\0'), entry(file())]),
  () => Buffer.concat([long('L', pick(['package/in\0side.js\0', '\0', 'package/' + 'z'.repeat(300) + '\0'])), entry(file())]),
  () => Buffer.concat([long('K', 'package/index.js\0'), entry(file({ type: pick(['0', '1', '2']) }))]),
  () => Buffer.concat([long('N', 'package/old.js\0'), entry(file())]),
  () => Buffer.concat([pax('X', [record('path', 'package/solaris.js')]), entry(file())]),
  () => pax('x', [record('path', 'package/dangling.js')]),
  () => entry(file({ size: below(3000) })),
  () => entry(file({ bare: true })),
]
const ends = [Buffer.alloc(1024), Buffer.alloc(1024), Buffer.alloc(10240), Buffer.alloc(512), Buffer.alloc(0), Buffer.concat([Buffer.alloc(1024), Buffer.from('behind')]),
  Buffer.concat([Buffer.alloc(1024), entry({ path: 'package/behind.js', data: Buffer.from('behind') }), Buffer.alloc(1024)])]

const withFields = tar => { // FEXTRA, FNAME, FCOMMENT, FHCRC
  const whole = zlib.gzipSync(tar)
  const head = Buffer.from(whole.subarray(0, 10))
  head[3] = 0x1e
  const fields = Buffer.concat([head, Buffer.from([2, 0, 1, 1]), Buffer.from('name\0comment\0')])
  const crc = Buffer.alloc(2)
  crc.writeUInt16LE(crc32(fields) & 0xffff)
  return Buffer.concat([fields, crc, whole.subarray(10)])
}
const crc32 = bytes => {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let k = 0; k < 8; k++) crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
const packs = [
  tar => zlib.gzipSync(tar),
  tar => zlib.gzipSync(tar, { level: 0 }),
  withFields,
  tar => { const cut = below(tar.length + 1); return Buffer.concat([zlib.gzipSync(tar.subarray(0, cut)), zlib.gzipSync(tar.subarray(cut))]) },
]
const oddPacks = [
  tar => Buffer.concat([zlib.gzipSync(tar), Buffer.alloc(below(600))]),
  tar => Buffer.concat([zlib.gzipSync(tar), Buffer.from('garbage')]),
  tar => Buffer.concat([zlib.gzipSync(tar), zlib.gzipSync(entry({ path: 'package/member.js', data: Buffer.from('m') }))]),
  tar => { const whole = zlib.gzipSync(tar); return whole.subarray(0, below(whole.length)) },
  tar => { const whole = zlib.gzipSync(tar); whole[whole.length - 1 - below(8)] ^= 1; return whole },
  tar => tar,
  tar => zlib.deflateSync(tar),
  tar => zlib.brotliCompressSync(tar),
]

function make () {
  const parts = maybe(95) ? [entry({ path: 'package/package.json', data: manifest() })] : []
  for (let i = below(5); i >= 0; i--) parts.push(pick(maybe(75) ? plain : odd)())
  parts.push(maybe(60) ? ends[0] : pick(ends))
  const tar = Buffer.concat(parts)
  return maybe(80) ? packs[maybe(60) ? 0 : below(packs.length)](tar) : pick(oddPacks)(tar)
}

// ---- what npm makes of them

function list (top, below = '') {
  let lines = []
  for (const item of fs.readdirSync(path.join(top, below), { withFileTypes: true, encoding: 'buffer' })) {
    const name = item.name.toString('latin1')
    const inner = below ? below + '/' + name : name
    const whole = Buffer.from(path.join(top, '') + '/' + inner, 'latin1')
    if (item.isDirectory()) lines = lines.concat(list(top, inner))
    else if (item.isFile()) {
      const data = fs.readFileSync(whole)
      lines.push([data.length, crypto.createHash('sha256').update(data).digest('hex'), Buffer.from(inner, 'latin1').toString('hex')].join('\t'))
    } else lines.push(`0\t${'0'.repeat(64)}\t${Buffer.from(inner, 'latin1').toString('hex')}`)
  }
  return lines
}

let fell
process.on('uncaughtException', problem => fell(problem))

async function main () {
  for (let i = 0; i < Number(count); i++) {
    const tgz = path.join(out, `${i}.tgz`)
    const target = path.join(out, `${i}`)
    const bytes = make()
    let verdict = 'ok'
    fs.writeFileSync(tgz, bytes)
    let timer
    try { // some names make it fail where nobody can catch that, or never come back
      const crash = new Promise((resolve, reject) => {
        fell = reject
        timer = setTimeout(reject, 20000, { code: 'LOST' })
      })
      await Promise.race([crash, pacote.extract(`file:${tgz}`, target, { cache: path.join(out, 'cache') })])
    } catch (problem) {
      verdict = `error ${problem.code}`
    }
    clearTimeout(timer)
    const lines = fs.existsSync(target) ? list(target).sort() : []
    process.stdout.write([bytes.toString('base64'), verdict, ...lines].join('\n') + '\n\n')
    fs.rmSync(target, { recursive: true, force: true })
  }
}
main().then(() => { process.exitCode = 0 }, problem => { console.error(problem); process.exit(1) })
