// What the oracles of yarn and bun share: a tree as the lines that tests/lockfile/reader.h describes.
const or = value => value === undefined || value === null ? '-' : value

// packages: Map id => {name, alias, version, kind, resolved, integrity}; edges: [{from, to, name, spec, type}].
// `scopes` false: the format and the files beside it do not tell.
exports.print = (packages, edges, scopes = true) => {
  const out = []
  const from = new Map()
  for (const edge of edges) {
    if (!from.has(edge.from)) from.set(edge.from, [])
    from.get(edge.from).push(edge)
    out.push(['E', edge.from, or(edge.to), edge.name, edge.spec, edge.type])
  }
  const walk = barred => {
    const seen = new Set([''])
    for (const id of seen) {
      for (const edge of from.get(id) || []) {
        if (edge.to === undefined || edge.to === null || barred.includes(edge.type)) continue
        seen.add(edge.to)
        const target = packages.get(edge.to)
        if (target.kind === 'link' && packages.has(target.resolved)) seen.add(target.resolved)
      }
    }
    return seen
  }
  const optional = ['optional', 'peerOptional']
  const all = walk([]), prod = walk(['dev']), needed = walk(optional), both = walk(['dev', ...optional])
  for (const [id, p] of packages) {
    out.push(['P', id, p.name, or(p.alias), p.version, p.kind, or(p.resolved), or(p.integrity)])
    if (!all.has(id)) continue
    const isOptional = prod.has(id) ? !both.has(id) : !needed.has(id)
    out.push(['S', id, !scopes ? 'unknown' : prod.has(id) ? 'prod' : 'dev', isOptional ? 'optional' : '-'])
  }
  process.stdout.write(out.map(line => line.join('\t') + '\n').join(''))
}

const registry = /^https?:\/\/.*\/(?:(@|%40)[^/]+?(?:\/|%2f))?([^/]+)\/-\/(?:@[^/]+\/)?\2-(\d[^/]*)\.tgz$/i

// What a URL says by its form: {kind, version}.
exports.source = url => {
  const plain = url.replace(/[#?].*$/, '')
  if (/^(git\+|git:|git@|ssh:|github:|gitlab:|bitbucket:)/.test(url) || /^https?:.*\.git$/.test(plain)) return { kind: 'git' }
  const match = registry.exec(plain)
  if (match) return { kind: 'registry', version: match[3] }
  return { kind: /:\/\//.test(url) ? 'tarball' : 'file' }
}

exports.cut = (text, from = 1) => {
  const at = text.indexOf('@', from)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
