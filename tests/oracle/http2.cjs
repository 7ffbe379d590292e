/* A registry over TLS and HTTP/2 (and 1.1 for who can no more): http2.cjs CERT KEY FOLDER PORT_FILE COUNTS_FILE. Serves FOLDER's files, a folder's as its
 * `index`; ends with its standard input, and then writes how many sessions and requests there were, the latter by version. */
const fs = require('fs')
const http2 = require('http2')
const [cert, key, folder, portFile, countsFile] = process.argv.slice(2)

const counts = { sessions: 0 }
const server = http2.createSecureServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key), allowHTTP1: true })
server.on('session', () => counts.sessions++)
server.on('request', (request, response) => {
  counts[request.httpVersion] = (counts[request.httpVersion] || 0) + 1
  const file = `${folder}${decodeURIComponent(request.url)}`
  const found = !request.url.includes('..') && fs.existsSync(file)
  response.writeHead(found ? 200 : 404)
  response.end(found ? fs.readFileSync(fs.statSync(file).isDirectory() ? `${file}/index` : file) : '{}')
})
server.listen(0, () => fs.writeFileSync(portFile, `${server.address().port}\n`))
process.stdin.on('end', () => {
  fs.writeFileSync(countsFile, `${counts.sessions} sessions, ${counts['2.0'] || 0} of HTTP/2, ${counts['1.1'] || 0} of HTTP/1.1\n`)
  process.exit(0)
}).resume()
