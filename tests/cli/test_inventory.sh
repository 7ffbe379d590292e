#!/bin/sh
# verify --format json: what is in each package's bytes, against values known by construction and the published schema.
. "$ASSAY_ROOT/tests/cli/lib.sh"
cache=$TEST_TMP/cache
verify() { "$assay" verify --offline --cache-dir "$cache" --no-progress -A database-starter -A install-script -A integrity-missing -A manifest-mismatch -A lockfile-drift -A unsafe-archive "$@"; }
sri_of() { echo "sha512-$(sha512sum "$1" | cut -c1-128 | tr a-f A-F | basenc --base16 -d | base64 -w0)"; }
# keep FILE: into assay's store; its SRI goes to $sri.
keep() {
	sri=$(sri_of "$1")
	hex=$(sha512sum "$1" | cut -c1-128)
	mkdir -p "$cache/tarballs/sha512/$(echo "$hex" | cut -c1-2)"
	cp "$1" "$cache/tarballs/sha512/$(echo "$hex" | cut -c1-2)/$(echo "$hex" | cut -c3-)"
}
# inventory: that of the last report, as it stands there without its indentation.
inventory() { sed -n '/"inventory":/,/^\t*}\]$/p' "$out" | sed 's/^\t*//'; }

mkdir -p package/lib package/bin
cat >package/package.json <<'JSON'
{"name":"full","version":"1.0.0","bin":{"full":"./bin/cli.js","other":"bin/other.js"},
"scripts":{"preinstall":"echo a","postinstall":"node bin/cli.js","test":"no","prepare":"no"}}
JSON
: >package/binding.gyp
printf '#!/usr/bin/env node\n' >package/bin/cli.js
printf '#!/usr/bin/env node\n' >package/bin/other.js
# Native code of each kind, by its first bytes; and what only looks alike.
native() { mkdir -p "$(dirname "package/$1")" && printf "$2" >"package/$1"; }
native lib/a.elf '\177ELF\002\001\001more'
{ printf 'MZ'; head -c 58 /dev/zero; printf '\100\000\000\000PE\000\000more'; } >package/lib/b.exe
native lib/c.macho32be '\376\355\372\316more'
native lib/d.macho64be '\376\355\372\317more'
native lib/e.macho32le '\316\372\355\376more'
native lib/f.macho64le '\317\372\355\376more'
native lib/g.fat '\312\376\272\276\000\000\000\002more'
native lib/h.fat64 '\312\376\272\277\000\000\000\002more'
native lib/i.fatle '\276\272\376\312\002\000\000\000more'
native lib/j.wasm '\000asm\001\000\000\000'
native lib/k.class '\312\376\272\276\000\000\000\064more'
native lib/l.dos 'MZ and no more'
native lib/m.short '\312\376\272'
native lib/n.late ' \177ELF'
tar -czf full.tgz --owner=0 --group=0 package/package.json package/binding.gyp package/bin package/lib/a.elf package/lib/b.exe package/lib/c.macho32be \
	package/lib/d.macho64be package/lib/e.macho32le package/lib/f.macho64le package/lib/g.fat package/lib/h.fat64 package/lib/i.fatle package/lib/j.wasm \
	package/lib/k.class package/lib/l.dos package/lib/m.short package/lib/n.late
files=$(find package -type f | wc -l | tr -d ' ') unpacked=$(find package -type f -exec cat {} + | wc -c | tr -d ' ')
keep full.tgz && full=$sri
rm -rf package && mkdir package && echo '{"name":"bare","version":"1.0.0"}' >package/package.json
tar -czf bare.tgz --owner=0 --group=0 package && keep bare.tgz
packed=$(wc -c <full.tgz | tr -d ' ') bare_packed=$(wc -c <bare.tgz | tr -d ' ') bare_unpacked=$(wc -c <package/package.json | tr -d ' ')

mkdir project && cd project || exit 1
cp ../bare.tgz .
echo '{"name":"top","version":"1.0.0","dependencies":{"full":"1.0.0","bare":"file:bare.tgz","lost":"1.0.0","git":"git+https://git.example/a.git"}}' >package.json
printf '{"name":"top","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"top","version":"1.0.0","dependencies":{"full":"1.0.0","bare":"file:bare.tgz","lost":"1.0.0","git":"git+https://git.example/a.git"}},
"node_modules/bare":{"version":"1.0.0","resolved":"file:bare.tgz"},
"node_modules/full":{"version":"1.0.0","integrity":"%s"},
"node_modules/git":{"version":"1.0.0","resolved":"git+https://git.example/a.git#0123456789012345678901234567890123456789"},
"node_modules/lost":{"version":"1.0.0","integrity":"%s"}}}\n' "$full" "$(sri_of package.json)" >package-lock.json
expect 3 "one is out of reach" verify -f json
cat >"$TEST_TMP/wanted" <<JSON
"inventory":	[{
"id":	"node_modules/bare",
"name":	"bare",
"version":	"1.0.0",
"state":	"no-integrity",
"skipped":	null,
"source":	"file",
"digest":	null,
"packed_bytes":	$bare_packed,
"files":	1,
"unpacked_bytes":	$bare_unpacked,
"scripts":	[],
"bins":	[],
"binaries":	[],
"binaries_total":	0
}, {
"id":	"node_modules/full",
"name":	"full",
"version":	"1.0.0",
"state":	"verified",
"skipped":	null,
"source":	"store",
"digest":	"$full",
"packed_bytes":	$packed,
"files":	$files,
"unpacked_bytes":	$unpacked,
"scripts":	[{
"name":	"preinstall",
"command":	"echo a"
}, {
"name":	"postinstall",
"command":	"node bin/cli.js"
}],
"bins":	[{
"name":	"full",
"path":	"bin/cli.js"
}, {
"name":	"other",
"path":	"bin/other.js"
}],
"binaries":	[{
"name":	"lib/a.elf",
"kind":	"elf"
}, {
"name":	"lib/b.exe",
"kind":	"pe"
}, {
"name":	"lib/c.macho32be",
"kind":	"mach-o"
}, {
"name":	"lib/d.macho64be",
"kind":	"mach-o"
}, {
"name":	"lib/e.macho32le",
"kind":	"mach-o"
}, {
"name":	"lib/f.macho64le",
"kind":	"mach-o"
}, {
"name":	"lib/g.fat",
"kind":	"mach-o-fat"
}, {
"name":	"lib/h.fat64",
"kind":	"mach-o-fat"
}, {
"name":	"lib/i.fatle",
"kind":	"mach-o-fat"
}, {
"name":	"lib/j.wasm",
"kind":	"wasm"
}],
"binaries_total":	10
}, {
"id":	"node_modules/git",
"name":	"git",
"version":	"1.0.0",
"state":	"skipped",
"skipped":	"git",
"source":	null,
"digest":	null,
"packed_bytes":	0
}, {
"id":	"node_modules/lost",
"name":	"lost",
"version":	"1.0.0",
"state":	"unreachable",
"skipped":	null,
"source":	null,
"digest":	null,
"packed_bytes":	0
}]
JSON
inventory >"$TEST_TMP/found"
if diff "$TEST_TMP/wanted" "$TEST_TMP/found" >"$TEST_TMP/diff"; then pass "the inventory is what was packed"; else fail "the inventory is what was packed" "$(head -c 3000 "$TEST_TMP/diff")"; fi
if [ -z "$ASSAY_ORACLE" ]; then
	skip "the schema" "no Node"
elif found=$(node "$ASSAY_ROOT/tests/oracle/own_schemas.cjs" "$ASSAY_ROOT/docs/schema/report-1.schema.json" "$out" 2>&1); then
	pass "the schema: $found"
else
	fail "the schema" "$found"
fi
# A binding.gyp runs node-gyp where no script says otherwise.
mkdir -p ../gyp/package && cd ../gyp || exit 1
echo '{"name":"full","version":"1.0.0"}' >package/package.json && : >package/binding.gyp
tar -czf ../gyp.tgz package && keep ../gyp.tgz
cd ../project || exit 1
sed -i "s|$full|$sri|" package-lock.json
expect 3 "an implicit script" verify -f json
is "$(inventory | grep -A3 '"scripts":.\[{' | tr -d '\n\t')" '"scripts":[{"name":"install","command":"node-gyp rebuild"}],' "node-gyp rebuild"
finish
