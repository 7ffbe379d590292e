// The made-up packages, and the projects that the managers write lockfiles for. Each project is a function of the manager: what is written
// differently for one stands there; null: that manager has no such thing.
const { pack } = require('./registry.cjs')

exports.universe = {
  'plain@1.0.0': {}, 'plain@1.1.0': {}, 'plain@2.0.0': {}, 'plain@3.0.0-rc.1': {},
  '@scope/plain@1.0.0': {}, '@scope/plain@1.2.3': { dependencies: { plain: '^1.0.0' } },
  'uses-old@1.0.0': { dependencies: { plain: '^1.0.0', '@scope/plain': '1.0.0' } },
  'uses-new@1.0.0': { dependencies: { plain: '^2.0.0', 'uses-old': '*' } },
  'uses-alias@1.0.0': { dependencies: { 'plain-one': 'npm:plain@^1.0.0', '@alias/two': 'npm:@scope/plain@^1.0.0', plain: '2.0.0' } },
  'ring-a@1.0.0': { dependencies: { 'ring-b': '^1.0.0' } },
  'ring-b@1.0.0': { dependencies: { 'ring-c': '^1.0.0' } },
  'ring-c@1.0.0': { dependencies: { 'ring-a': '^1.0.0', plain: '1' }, optionalDependencies: { 'ring-b': '1' } },
  'host@1.0.0': {}, 'host@2.0.0': { dependencies: { plain: '^2.0.0' } },
  'plugin@1.0.0': { peerDependencies: { host: '>=1' } },
  'plugin@2.0.0': { peerDependencies: { host: '>=1', '@scope/plain': '^1.0.0' }, peerDependenciesMeta: { '@scope/plain': { optional: true } } },
  '@scope/nest@1.0.0': { dependencies: { plain: '1.0.0' }, peerDependencies: { plugin: '*', host: '*' } },
  '@scope/deep@1.0.0': { peerDependencies: { '@scope/nest': '1', absent: '*' }, peerDependenciesMeta: { absent: { optional: true } } },
  'brings-plugin@1.0.0': { dependencies: { plugin: '^2.0.0', host: '^1.0.0' } },
  'optional-peer@1.0.0': { peerDependencies: { plain: '1' }, peerDependenciesMeta: { plain: { optional: true } } },
  'native@1.0.0': { optionalDependencies: { 'native-linux': '1.0.0', 'native-darwin': '1.0.0', 'native-none': '1.0.0' } },
  'native-linux@1.0.0': { os: ['linux'], libc: ['glibc'], scripts: { install: 'true' } },
  'native-darwin@1.0.0': { os: ['darwin'], cpu: ['arm64'], dependencies: { plain: '^1.0.0' } },
  'native-none@1.0.0': { os: ['aix'], cpu: ['!x64'], engines: { node: '>=0.10' } },
  'both@1.0.0': { dependencies: { plain: '1' }, optionalDependencies: { plain: '1' } },
  'old@1.0.0': { deprecated: 'use plain', license: 'MIT' },
  'bundler@1.0.0': {
    dependencies: { inside: '^1.0.0', plain: '^1.0.0' }, bundleDependencies: ['inside'],
    _inside: [{ name: 'inside', version: '1.0.5', dependencies: { further: '1' } }, { name: 'further', version: '1.0.1' }],
  },
  'inside@1.0.0': {}, 'inside@1.1.0': {}, 'further@1.0.0': {},
  'extended@1.0.0': {},
}

const json = value => JSON.stringify(value, null, 2) + '\n'
const root = rest => ({ 'package.json': json({ name: 'made', version: '1.0.0', ...rest }) })
const own = (name, rest) => json({ name, version: '1.0.0', ...rest })
const workspaces = (m, patterns, more = '') => m.family === 'pnpm' ? { 'pnpm-workspace.yaml': 'packages:\n' + patterns.map(p => `  - '${p}'\n`).join('') + more } : {}
const forced = (m, overrides) => m.family === 'npm' || m.family === 'bun' ? { overrides } : m.family === 'pnpm' ? { pnpm: { overrides } } : { resolutions: overrides }
const local = m => m.family === 'berry' || m.family === 'pnpm' ? 'link:./linked' : 'file:./linked'

exports.projects = {
  empty: m => m.name === 'pnpm7' || m.family === 'bun' ? null : root({}), // those two write no lockfile then
  basic: () => root({
    dependencies: { plain: '^1.0.0', 'uses-new': '1', 'uses-alias': '^1.0.0', renamed: 'npm:plain@1.0.0', '@own/name': 'npm:@scope/plain@1', 'ring-a': '*' },
    devDependencies: { old: '1.0.0', 'uses-old': '1', both: '1' },
    optionalDependencies: { native: '1.0.0' },
  }),
  'dev-only': () => root({ devDependencies: { 'uses-new': '1', plain: '3.0.0-rc.1' } }),
  peers: () => root({
    dependencies: { host: '1.0.0', plugin: '2.0.0', '@scope/nest': '1.0.0', '@scope/deep': '1.0.0', 'optional-peer': '1' },
    devDependencies: { 'brings-plugin': '1' },
  }),
  bundled: () => root({ dependencies: { bundler: '1', inside: '1.0.0' } }),
  overrides: m => root({
    dependencies: { 'uses-old': '1', 'uses-new': '1', '@scope/plain': '^1.0.0' },
    ...forced(m, m.family === 'npm' ? { 'uses-old': { plain: '1.0.0' }, '@scope/plain': '$@scope/plain' }
      : m.family === 'pnpm' ? { 'uses-old>plain': '1.0.0', '@scope/plain@1': '1.2.3' }
        : m.family === 'bun' ? { plain: '1.0.0' }
          : { 'uses-old/plain': '1.0.0', '@scope/plain': '1.2.3' }),
  }),
  'override-alias': m => root({ dependencies: { 'uses-old': '1' }, ...forced(m, { plain: 'npm:@scope/plain@1.0.0' }) }),
  monorepo: m => ({
    ...root({ private: true, workspaces: ['packages/*', 'tools/cli'], devDependencies: { plain: '^1.0.0' } }),
    ...workspaces(m, ['packages/*', 'tools/cli']),
    'packages/core/package.json': own('@mono/core', { dependencies: { plain: '^2.0.0', plugin: '1' }, peerDependencies: { host: '*' } }),
    'packages/web/package.json': own('@mono/web', {
      dependencies: { '@mono/core': m.family === 'npm' || m.name === 'yarn1' ? '^1.0.0' : m.name === 'yarn2' ? 'workspace:*' : 'workspace:^', host: '1.0.0' }, devDependencies: { 'uses-old': '1', host: '1.0.0' },
    }),
    'packages/web-extra/package.json': own('web-extra', { dependencies: { '@mono/core': m.family === 'npm' || m.name === 'yarn1' ? '*' : 'workspace:*', host: '2.0.0' }, optionalDependencies: { native: '1' } }),
    'tools/cli/package.json': own('cli', { devDependencies: { '@mono/web': m.family === 'npm' || m.name === 'yarn1' ? '1.0.0' : 'workspace:*', both: '1' } }),
  }),
  local: m => ({
    ...root({ dependencies: { folder: 'file:./folder', packed: 'file:./packed.tgz', linked: local(m), plain: '1' } }),
    'folder/package.json': own('folder', { dependencies: { plain: '^1.0.0', old: '1' }, devDependencies: { 'ring-a': '1' } }),
    'linked/package.json': own('linked', { dependencies: { plain: '^2.0.0' } }),
    'packed.tgz': pack({ 'package.json': own('packed', { dependencies: { '@scope/plain': '1.0.0' } }) }),
  }),
  portal: m => m.family !== 'berry' ? null : {
    ...root({ dependencies: { portal: 'portal:./portal', ...(m.major > 3 ? { generated: 'exec:./generate.js' } : {}), plain: 'patch:plain@npm%3A1.0.0#./plain.patch' } }),
    'portal/package.json': own('portal', { dependencies: { plain: '^2.0.0' } }),
    'generate.js': "const fs = require('fs'), path = require('path')\nfs.writeFileSync(path.join(execEnv.buildDir, 'package.json'), JSON.stringify({ name: 'generated', version: '0.1.0', dependencies: { old: '1' } }))\n",
    'plain.patch': 'diff --git a/index.js b/index.js\n--- a/index.js\n+++ b/index.js\n@@ -0,0 +1 @@\n+// patched\n',
  },
  // pnpm 7 and 8 cannot read what they write for a repository on this disk, berry would have to build it.
  git: m => m.family === 'berry' || /pnpm[78]/.test(m.name) ? null : { ...root({ dependencies: { 'from-git': 'git+file://@GIT@', plain: '1' } }) },
  url: m => root({ dependencies: { 'by-url': '@REGISTRY@/plain/-/plain-1.0.0.tgz', plain: '2.0.0' } }),
  catalogs: m => m.family === 'npm' || m.name === 'yarn1' || m.major < (m.family === 'pnpm' ? 9 : 4) && m.family !== 'bun' ? null : {
    ...root({
      dependencies: { plain: 'catalog:', '@scope/plain': 'catalog:old' },
      ...(m.family === 'bun' ? { workspaces: { packages: ['packages/*'], catalog: { plain: '^1.0.0' }, catalogs: { old: { '@scope/plain': '1.0.0' } } } } : { workspaces: ['packages/*'] }),
    }),
    ...workspaces(m, ['packages/*'], "catalog:\n  plain: ^1.0.0\ncatalogs:\n  old:\n    '@scope/plain': 1.0.0\n"),
    ...(m.family === 'berry' ? { settings: "catalog:\n  plain: ^1.0.0\ncatalogs:\n  old:\n    '@scope/plain': 1.0.0\n" } : {}),
    'packages/a/package.json': own('a', { devDependencies: { plain: 'catalog:' } }),
  },
  extensions: m => m.family !== 'pnpm' && m.family !== 'berry' ? null : {
    ...root({ dependencies: { extended: '1', host: '1.0.0' }, ...(m.family === 'pnpm' ? { pnpm: { packageExtensions: { 'extended@1': { dependencies: { plain: '1.0.0' }, peerDependencies: { host: '*' } } } } } : {}) }),
    ...(m.family === 'berry' ? { settings: "packageExtensions:\n  'extended@^1.0.0':\n    dependencies:\n      plain: 1.0.0\n    peerDependencies:\n      host: '*'\n" } : {}),
    ...(m.major >= 11 ? { 'pnpm-workspace.yaml': "packageExtensions:\n  extended@1:\n    dependencies:\n      plain: 1.0.0\n    peerDependencies:\n      host: '*'\n" } : {}),
  },
  patched: m => m.family !== 'pnpm' ? null : {
    ...root({ dependencies: { plain: '1.0.0', plugin: '1.0.0', host: '1.0.0' }, pnpm: { patchedDependencies: { 'plain@1.0.0': 'plain.patch', 'plugin@1.0.0': 'plain.patch' } } }),
    ...(m.major >= 11 ? { 'pnpm-workspace.yaml': 'patchedDependencies:\n  plain@1.0.0: plain.patch\n  plugin@1.0.0: plain.patch\n' } : {}),
    'plain.patch': 'diff --git a/index.js b/index.js\n--- a/index.js\n+++ b/index.js\n@@ -0,0 +1 @@\n+// patched\n',
  },
  injected: m => m.family !== 'pnpm' ? null : {
    ...root({ private: true }),
    ...workspaces(m, ['packages/*']),
    'packages/core/package.json': own('core', { dependencies: { plain: '^2.0.0' }, peerDependencies: { host: '*' }, devDependencies: { host: '1.0.0' } }),
    'packages/web/package.json': own('web', { dependencies: { core: 'workspace:*', host: '2.0.0' }, dependenciesMeta: { core: { injected: true } } }),
  },
  'own-lockfiles': m => m.family !== 'pnpm' ? null : {
    ...root({ private: true, dependencies: { plain: '1.0.0' } }),
    ...workspaces(m, ['packages/*'], m.major >= 10 ? 'sharedWorkspaceLockfile: false\n' : ''),
    npmrc: 'shared-workspace-lockfile=false\n',
    'packages/core/package.json': own('core', { dependencies: { plain: '^2.0.0' } }),
    'packages/web/package.json': own('web', { dependencies: { core: 'workspace:*', 'uses-old': '1' } }),
  },
  branch: m => m.family !== 'pnpm' ? null : {
    ...root({ dependencies: { plain: '1.0.0' } }),
    npmrc: 'git-branch-lockfile=true\n',
    ...(m.major >= 10 ? { 'pnpm-workspace.yaml': 'gitBranchLockfile: true\n' } : {}),
    git: 'feature/x',
  },
}
