#!/bin/sh
# Every door: each manager's lockfile, node_modules, SBOMs, what git ignores, filters of list.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_AS_OF=2026-11-23
export ASSAY_AS_OF

# fixture NAME: a fresh copy of fixtures/lockfiles/NAME, placeholders filled; goes there.
fixture() {
	empty
	cp -R "$ASSAY_ROOT/fixtures/lockfiles/$1/." .
	find . -type f -exec sed -i "s|@PUBLIC_REGISTRY@|$PUBLIC_REGISTRY/|g; s|@YARN_REGISTRY@|$PUBLIC_REGISTRY/|g" {} +
}
for name in exotic-v3:npm pnpm-exotic-v9:pnpm yarn-exotic:yarn berry-exotic:berry bun-exotic:bun; do
	folder=${name%%:*}
	kind=${name#*:}
	[ -d "$ASSAY_ROOT/fixtures/lockfiles/$folder" ] || { skip "$folder" "no such fixture"; continue; }
	fixture "$folder"
	"$assay" scan --format json >"$out" 2>"$err"
	says '"name":	"ansi-regex"'
	says "\"kind\":	\"$kind\""
	hides '"no-lockfile"'
	expect 0 "$kind: list" "$assay" list --format purl
	says "pkg:npm/ansi-regex@3.0.0"
	expect 0 "$kind: why by purl" "$assay" why pkg:npm/ansi-regex@3.0.0
	says "ansi-old"
done

# ---- pnpm: what the lockfile says that it leaves out is no drift; what it does not say is
empty
mkdir lib
echo '{"name":"l","version":"1.0.0"}' >lib/package.json
echo '{"name":"x","dependencies":{"a":"1","l":"link:./lib"},"optionalDependencies":{"fs-a":"1","fs-kept":"1"}}' >package.json
left_out() { # EXCLUDE_LINKS IGNORED: the names that drift finds missing
	printf "lockfileVersion: '9.0'\nsettings:\n  excludeLinksFromLockfile: %s\nignoredOptionalDependencies: [%s]\nimporters:\n" \
		"$1" "$2" >pnpm-lock.yaml
	cat >>pnpm-lock.yaml <<-'EOF'
		  .:
		    dependencies:
		      a: {specifier: '1', version: 1.0.0}
		packages:
		  a@1.0.0: {resolution: {integrity: sha512-x}}
		snapshots:
		  a@1.0.0: {}
	EOF
	"$assay" scan --no-fail --format json | grep -o 'asks for [a-z-]*' | cut -d' ' -f3 | sort -u | tr '\n' ' '
}
is "$(left_out true "fs-*, '!fs-kept'")" "fs-kept " "pnpm: links and optional dependencies left out"
is "$(left_out false "")" "fs-a fs-kept l " "pnpm: nothing left out"

# ---- what git ignores
project vulnerable
mkdir old && mv package.json package-lock.json old/ && echo "/old/" >.gitignore
cp "$ASSAY_ROOT/fixtures/projects/clean/"* .
"$assay" scan >"$out" 2>"$err"
says "clean"
says "1 that git ignores"
hides "FIX NOW"
expect 1 "--no-ignore" "$assay" scan --no-ignore
says "2 projects"
"$assay" scan --no-ignore --exclude old >"$out" 2>"$err"
says "1 excluded"
hides "FIX NOW"

# ---- several lockfiles for one package.json
fixture yarn-exotic
cp "$ASSAY_ROOT/fixtures/lockfiles/bun-exotic/bun.lock" .
"$assay" scan --format json >"$out" 2>"$err"
says '"lockfile-conflict"'

# ---- node_modules and SBOMs
project vulnerable
mkdir -p node_modules/lodash
echo '{"name":"lodash","version":"4.17.15"}' >node_modules/lodash/package.json
expect 1 "a bare node_modules folder" "$assay" scan node_modules
says "(node_modules)"
says "GHSA-35jh-r3h4-6jhm"
for sbom in cyclonedx-1.4.json cyclonedx-1.6.json spdx-2.3.json; do
	cp "$ASSAY_ROOT/fixtures/sbom/$sbom" .
	"$assay" scan -q "$sbom" >"$out" 2>"$err"
	says "(${sbom%%-*} v"
done
expect 2 "an SBOM as something else" "$assay" list --lockfile cargo:spdx-2.3.json
expect 0 "an SBOM by its kind" "$assay" list --lockfile spdx:spdx-2.3.json

# ---- parts of a tree
expect 0 "list --direct" "$assay" list --direct
says "lodash@4.17.15"
hides "minimist"
expect 0 "list --depth" "$assay" list --depth 2
says "minimist"
expect 0 "list of one package" "$assay" list pkg:npm/minimist@0.0.8
says "minimist@0.0.8"
says "mkdirp"
hides "lodash"
expect 2 "list of another ecosystem" "$assay" list pkg:pypi/six
expect 2 "list --scope" "$assay" list --scope some
tells "--scope takes prod, dev, build or unknown"
finish
