// A registry of made-up packages: what the managers resolve when the tests have them write lockfiles. Nothing leaves this machine.
const crypto = require('crypto')
const http = require('http')
const zlib = require('zlib')

const header = (name, size) => {
  const block = Buffer.alloc(512)
  const put = (text, at) => block.write(text, at, 'latin1')
  put(name, 0)
  put('0000644\0' + '0000000\0' + '0000000\0' + size.toString(8).padStart(11, '0') + '\0' + '00000000000\0' + '        ' + '0', 100)
  put('ustar\0' + '00', 257)
  put(block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0') + '\0 ', 148)
  return block
}

// files: name => text. The bytes of a .tgz, always the same for the same files.
const pack = files => {
  const parts = []
  for (const [name, text] of Object.entries(files)) {
    const body = Buffer.from(text)
    parts.push(header('package/' + name, body.length), body, Buffer.alloc((512 - body.length % 512) % 512))
  }
  return zlib.gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]))
}
exports.pack = pack

// What a package holds: its package.json, and in node_modules whatever it bundles.
const filesOf = (manifest, inside) => {
  const files = { 'package.json': JSON.stringify(manifest), 'index.js': '' }
  for (const one of inside) files[`node_modules/${one.name}/package.json`] = JSON.stringify(one)
  return files
}

// universe: "name@version" => the rest of its package.json; `_inside`: what lies in its node_modules.
const publish = universe => {
  const packuments = new Map(), tarballs = new Map()
  for (const [id, { _inside = [], ...rest }] of Object.entries(universe)) {
    const at = id.lastIndexOf('@')
    const name = id.slice(0, at), version = id.slice(at + 1)
    const manifest = { name, version, ...rest }
    const bytes = pack(filesOf(manifest, _inside))
    const path = `/${name}/-/${name.split('/').pop()}-${version}.tgz`
    tarballs.set(path, bytes)
    if (!packuments.has(name)) packuments.set(name, { name, 'dist-tags': {}, versions: {}, time: {} })
    const packument = packuments.get(name)
    packument.versions[version] = {
      ...manifest,
      ...(manifest.scripts && manifest.scripts.install ? { hasInstallScript: true } : {}),
      dist: { tarball: path, shasum: crypto.createHash('sha1').update(bytes).digest('hex'), integrity: 'sha512-' + crypto.createHash('sha512').update(bytes).digest('base64') },
    }
    packument.time[version] = '2024-01-01T00:00:00.000Z'
    packument['dist-tags'].latest = version
  }
  return { packuments, tarballs }
}

// Serves the universe; resolves to { address, close }.
exports.serve = universe => new Promise(resolve => {
  const { packuments, tarballs } = publish(universe)
  const server = http.createServer((request, response) => {
    const path = decodeURIComponent(request.url.split('?')[0])
    response.setHeader('connection', 'close') // nobody waits for what may still come
    const address = `http://127.0.0.1:${server.address().port}`
    if (tarballs.has(path)) return response.end(tarballs.get(path))
    const packument = packuments.get(path.slice(1))
    response.statusCode = packument ? 200 : 404
    response.setHeader('content-type', 'application/json')
    response.end(packument ? JSON.stringify(packument).replaceAll('"tarball":"/', `"tarball":"${address}/`) : '{"error":"not found"}')
  })
  server.listen(0, '127.0.0.1', () => resolve({ address: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); server.close() } }))
})
