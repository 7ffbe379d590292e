#!/bin/sh
# verify --installed on what the package managers themselves install: silent when untouched, telling when tampered with. Each
# manager is fetched for the test; without npm or a registry the tests are skipped. What they installed is kept beside the oracles, so that the
# next run, of the same binary or of one with sanitizers, looks at the same folders; it is made anew when this script changes.
. "$ASSAY_ROOT/tests/cli/lib.sh"
cache=$TEST_TMP/cache
export npm_config_cache="$TEST_TMP/npm-cache" npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false npm_config_fetch_retries=0
# A manager that cannot reach the registry is skipped at once; what assay asks is asked again.
verify() { env -u npm_config_fetch_retries "$assay" verify --installed --cache-dir "$cache" -A database-starter -A vulnerability -A deprecated "$@"; }

installed=$ASSAY_ORACLE/installed-$(cksum <"$ASSAY_ROOT/tests/cli/test_installed_real.sh" | cut -d' ' -f1)
if [ -n "$ASSAY_ORACLE" ] && [ ! -d "$installed" ]; then
	rm -rf "$ASSAY_ORACLE"/installed-*
	mkdir "$installed"
fi
keep() { [ ! -d "$installed" ] || { tar -C "$TEST_TMP" -cf "$installed/$1.new" project npm-cache && mv "$installed/$1.new" "$installed/$1.tar"; }; }

# install NAME TOOL COMMAND…: a project installed by that release of a manager; false where it is not to be had.
install() {
	name=$1 tool=$2
	shift 2
	empty
	if [ -f "$installed/$name.tar" ]; then
		tar -C "$TEST_TMP" -xf "$installed/$name.tar"
		return
	fi
	mkdir -p "$TEST_TMP/npm-cache"
	echo '{"name":"top","version":"1.0.0","license":"MIT","dependencies":{"is-odd":"3.0.1","is-number":"7.0.0","esbuild":"0.21.5","mkdirp":"0.5.6","cliui":"8.0.1"}}' >package.json
	if ! command -v npm >/dev/null || { [ -n "$tool" ] && ! npm install --silent --cache "$TEST_TMP/tools-cache" --prefix "$TEST_TMP/tools" "$tool" >"$out" 2>&1; }; then
		skip "$name" "the package manager is not to be had"
		return 1
	fi
	PATH="$TEST_TMP/tools/node_modules/.bin:$PATH" "$@" >"$out" 2>&1 && keep "$name" && return 0
	skip "$name" "nothing can be installed here"
	return 1
}
# check NAME FOLDER: untouched it is silent; each tampering in FOLDER, where is-number 6 or 7 lies, is told.
check() {
	expect 0 "$1: untouched" verify -f json
	hides installed-mismatch/changed
	hides installed-mismatch/missing
	hides installed-mismatch/added
	hides installed-mismatch/mode
	hides installed-mismatch/unknown
	hides installed-mismatch/link
	hides installed-mismatch/absent
	hides installed-mismatch/version
	says is-number
	cp "$2/index.js" "$TEST_TMP/kept.js"
	rm "$2/index.js" # what is linked from a store must not be written into
	{ cat "$TEST_TMP/kept.js"; echo "// evil"; } >"$2/index.js"
	expect 1 "$1: edited" verify
	says "a file is not what its tarball holds: index.js"
	rm "$2/index.js"
	expect 1 "$1: deleted" verify
	says "a file of its tarball is missing: index.js"
	cp "$TEST_TMP/kept.js" "$2/index.js" && chmod 644 "$2/index.js"
	echo evil >"$2/evil.js"
	expect 0 "$1: added" verify
	says "a file is not in its tarball: evil.js"
	rm "$2/evil.js"
	expect 0 "$1: put right" verify
}
install npm "" npm install && check npm node_modules/is-number
install "npm without scripts" "" npm install --ignore-scripts && check "npm without scripts" node_modules/is-number
install yarn yarn@1.22.22 yarn install --non-interactive --cache-folder "$TEST_TMP/yarn" && check yarn node_modules/is-number
install pnpm pnpm@9.15.9 pnpm install --no-frozen-lockfile --store-dir "$TEST_TMP/pnpm" && check pnpm node_modules/.pnpm/is-number@7.0.0/node_modules/is-number
install bun bun@1.2.2 bun install --save-text-lockfile && check bun node_modules/is-number
rm -rf "$TEST_TMP/tools"
install berry @yarnpkg/cli-dist@4.5.3 env YARN_NODE_LINKER=node-modules YARN_GLOBAL_FOLDER="$TEST_TMP/berry" YARN_ENABLE_TELEMETRY=0 yarn install --no-immutable && check berry node_modules/is-number
install "berry with zips" @yarnpkg/cli-dist@4.5.3 env YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=0 YARN_GLOBAL_FOLDER="$TEST_TMP/berry" YARN_ENABLE_TELEMETRY=0 yarn install --no-immutable &&
	check "berry with zips" node_modules/is-number && says "from yarn's"
finish
