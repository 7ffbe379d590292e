#!/bin/sh
# why: who brings a package, asked by name, by range, by package URL; and what the scan says when package.json moved on.
. "$ASSAY_ROOT/tests/cli/lib.sh"
empty
cat >package.json <<'END'
{"name":"app","version":"1.0.0","dependencies":{"a":"^1.0.0"},"devDependencies":{"@s/b":"^2.0.0"}}
END
cat >package-lock.json <<'END'
{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{
"":{"name":"app","version":"1.0.0","dependencies":{"a":"^1.0.0"},"devDependencies":{"@s/b":"^2.0.0"}},
"node_modules/a":{"version":"1.0.0","dependencies":{"c":"1"}},
"node_modules/c":{"version":"1.5.0","dependencies":{"a":"1"},"optionalDependencies":{"old":"1"}},
"node_modules/old":{"name":"@s/b","version":"1.0.0-rc.1+x","optional":true},
"node_modules/@s/b":{"version":"2.3.4","dev":true,"dependencies":{"c":"^1.0.0"}}}}
END
expect 0 "by name, through a cycle" "$assay" why c
says "c@1.5.0   node_modules/c   prod   package-lock.json:4"
says "  app > a@1.0.0 > c@1.5.0"
says "  app > @s/b@2.3.4 (dev) > c@1.5.0"
expect 0 "a cycle is walked once" "$assay" why a
is "$(grep -c '^  app' "$out")" 2 "two paths"
is "$(sed -n 2p "$out")" "  app > a@1.0.0" "the shortest path comes first"
expect 0 "by package URL" "$assay" why "pkg:npm/%40s/b@2.3.4"
says "@s/b@2.3.4   node_modules/@s/b   dev"
hides "1.0.0-rc.1"
expect 0 "an encoded version, qualifiers, a subpath; the alias is told" "$assay" why 'pkg:npm/%40s/b@1.0.0-rc.1%2Bx?vcs_url=git%2Bssh#lib/x'
says "@s/b@1.0.0-rc.1+x   node_modules/old   prod, optional, installed as old"
says "> @s/b@1.0.0-rc.1+x (optional)"
expect 0 "a package URL without a version" "$assay" why pkg:npm/%40s%2Fb
is "$(head -1 "$out")" "2 matches" "several are counted"
is "$(grep -c '^$' "$out")" 2 "and parted by empty lines"
is "$(grep -c '^@s/b' "$out")" 2 "both versions"
expect 1 "the version is exact" "$assay" why pkg:npm/c@1.5
tells "pkg:npm/c@1.5 is not in package-lock.json; there is c@1.5.0"
expect 1 "the other versions are named" "$assay" why @s/b@^9
tells "@s/b@^9 is not in package-lock.json; there is @s/b@1.0.0-rc.1+x, @s/b@2.3.4"
expect 1 "an alias is no package's name" "$assay" why pkg:npm/old@1.0.0-rc.1+x
tells "pkg:npm/old@1.0.0-rc.1+x is not in package-lock.json"
hides "there is"
expect 2 "another ecosystem" "$assay" why pkg:pypi/c@1
tells "pkg:npm/"
expect 2 "a broken escape" "$assay" why pkg:npm/%4xs/b
tells "encodes nothing"
expect 2 "no name" "$assay" why 'pkg:npm/?x'
tells "it has no name"

is "$( (for i in 1 2 3; do "$assay" list --format json 2>&1 >/dev/full; done) | grep -c "cannot be written")" 3 "a full disk is told"

# ---- package.json moved on
scan() { "$assay" scan --as-of 2026-11-23 --format json "$@"; }
drift() { grep -oE '"id":[[:space:]]*"lockfile-drift/' "$out" | grep -c .; }
expect 3 "package.json and lockfile agree" scan
is "$(drift)" 0 "no drift"
sed -i 's/"a":"^1.0.0"/"a":"^2.0.0","new":"1"/' package.json
expect 1 "what the lockfile lacks is an error" scan
says "package.json line 1 asks for new 1 (dependencies), which the lockfile does not hold"
says "package.json line 1 asks for a ^2.0.0, the lockfile installs a@1.0.0 (recorded for ^1.0.0)"
is "$(drift)" 2 "two drifted"
expect 3 "-A lockfile-drift" scan -A lockfile-drift
expect 3 "from standard input nothing is compared" sh -c '"$0" scan --as-of 2026-11-23 --format json --lockfile npm:- <package-lock.json' "$assay"
is "$(drift)" 0 "no drift"
says '"no-package-json"'
echo '{"dependencies":' >package.json
expect 3 "a malformed package.json" scan
says "lockfile-drift/unreadable"
mkdir -p outside && mv package.json outside/ && mkdir inner && mv package-lock.json inner/ && cd inner || exit 1
ln -s ../outside/package.json package.json
expect 3 "a package.json that is a link out of the project is not read" scan
says "lockfile-drift/unreadable"
says "leads out of the project and was not read"
expect 3 "and nobody knows what it asks for" "$assay" who nobody-has-it@1.0.0 . --gaps
says "leads out of the project and was not read"
rm package-lock.json package.json
echo '{"dependencies":{"a":"1"}}' >package.json
expect 3 "without a lockfile there is no drift" scan
is "$(drift)" 0 "no drift"
finish
