// Random packages and projects: the same ones for the same seed.
const rounds = { prod: 'dependencies', dev: 'devDependencies', optional: 'optionalDependencies', peer: 'peerDependencies' }
const NAMES = 36

exports.generator = seed => { // xorshift: any numbers will do, as long as they are the same everywhere
  let x = seed * 2654435761 >>> 0 || 1
  return n => {
    x ^= x << 13; x >>>= 0; x ^= x >>> 17; x ^= x << 5; x >>>= 0
    return x % n
  }
}
const nameOf = i => i % 7 === 3 ? `@rnd/p${i}` : `p${i}`
const pick = (random, list) => list[random(list.length)]
const range = random => pick(random, ['*', '^1.0.0', '1.x', '>=1', '~1.0.0', '^2.0.0', '1 || 2', '1.0.0', '>=1 <3'])

exports.universe = seed => {
  const random = exports.generator(seed), universe = {}
  for (let i = 0; i < NAMES; i++) {
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
      const manifest = universe[`${nameOf(i)}@${version}`] = {}
      for (let k = random(5); k > 0; k--) {
        const type = pick(random, ['prod', 'prod', 'prod', 'optional', 'peer'])
        const section = manifest[rounds[type]] = manifest[rounds[type]] || {}
        const other = nameOf(random(NAMES)), spec = type === 'peer' ? '*' : range(random)
        if (other === nameOf(i)) continue
        if (type !== 'peer' && random(12) === 0) section['alias-' + random(6)] = `npm:${other}@^1.0.0`
        else section[other] = spec
        if (type === 'peer' && random(2)) (manifest.peerDependenciesMeta = manifest.peerDependenciesMeta || {})[other] = { optional: true }
      }
      if (random(9) === 0) manifest.os = ['aix']
      if (random(9) === 0) manifest.scripts = { install: 'true' }
    }
  }
  return universe
}

const dependencies = (random, count) => {
  const out = {}
  for (let k = 0; k < count; k++) {
    const section = rounds[pick(random, ['prod', 'prod', 'dev', 'optional'])]
    const to = out[section] = out[section] || {}
    const other = nameOf(random(NAMES))
    if (Object.values(out).some(names => other in names)) continue
    if (random(8) === 0) to['mine-' + random(4)] = `npm:${other}@^1.0.0`
    else to[other] = range(random)
  }
  return out
}

// The files of a project; `workspaces`: it has some, which ask for each other by the spec `between`.
exports.project = (seed, workspaces, between) => {
  const random = exports.generator(seed + 7)
  const json = value => JSON.stringify(value, null, 2) + '\n'
  const files = { 'package.json': json({ name: 'made', version: '1.0.0', private: true, ...(workspaces ? { workspaces: ['packages/*'] } : {}), ...dependencies(random, 2 + random(5)) }) }
  for (let i = 0; workspaces && i < 3; i++) {
    const manifest = { name: 'w' + i, version: '1.0.0', ...dependencies(random, random(4)) }
    if (i) (manifest.dependencies = manifest.dependencies || {})['w' + random(i)] = between
    files[`packages/w${i}/package.json`] = json(manifest)
  }
  if (workspaces) files['pnpm-workspace.yaml'] = 'packages:\n  - packages/*\n'
  return files
}
