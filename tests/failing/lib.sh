# shellcheck shell=sh
# lib.sh sets these.
: "${assay:?}" "${err:?}"
# Helpers of the tests that let calls fail, or kill whoever makes them; sourced behind tests/cli/lib.sh. The preloaded library is tests/failing/failing.c.
LSAN_OPTIONS=suppressions=$ASSAY_ROOT/tests/failing/lsan.supp:print_suppressions=0
export LSAN_OPTIONS

# Leaves the script where nothing can be preloaded: with a thread sanitizer, or without a C library that has it.
failing_build() {
	why=
	case $ASSAY_BUILD in */tsan) why="a thread sanitizer brings its own allocator" ;; esac
	[ -n "$why" ] || ${CC:-cc} -shared -fPIC -O1 -fno-omit-frame-pointer -w -o "$TEST_TMP/failing.so" "$ASSAY_ROOT/tests/failing/failing.c" -ldl 2>"$err" || why="no C library to preload with"
	[ -z "$why" ] && return
	skip "$1" "$why"
	finish
	exit
}
preloaded() { ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" LD_PRELOAD=$TEST_TMP/failing.so "$@"; }

# some COUNT: numbers of calls: all of them with FAILING=all, N of them with FAILING=N, else 1, 5, 21, … and two over the rest.
some() {
	case ${FAILING-} in
	all) seq "$1" ;;
	[1-9]*) awk -v n="$1" -v most="$FAILING" 'BEGIN { for (i = 1; i <= n; i += n > most ? n / most : 1) print int(i) }' ;;
	*) awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i = 4 * i + 1) print i; print int(n / 2); print n }' | sort -nu | grep -v '^0$' ;;
	esac
}
# A registry that serves a folder by rules, until the script ends: failing_serve FOLDER RULES; $port.
failing_serve() {
	mkfifo "$TEST_TMP/hold"
	"$ASSAY_BUILD/tools/registry" "$1" "$2" "$TEST_TMP/log" <"$TEST_TMP/hold" >"$TEST_TMP/port" &
	exec 9>"$TEST_TMP/hold"
	wait_for [ -s "$TEST_TMP/port" ]
	port=$(cat "$TEST_TMP/port")
	no_proxy='*' npm_config_globalconfig=/nowhere
	export no_proxy npm_config_globalconfig
}
# What it can serve: a package with its tarball, and a copy of OSV's bucket below osv/; what is posted to /told… is taken.
failing_goods() {
	mkdir -p "$TEST_TMP/pack/package" "$TEST_TMP/registry/a/-" "$TEST_TMP/registry/osv/npm"
	echo '{"name":"a","version":"1.0.0"}' >"$TEST_TMP/pack/package/package.json"
	tar -C "$TEST_TMP/pack" -czf "$TEST_TMP/registry/a/-/a-1.0.0.tgz" package
	"$ASSAY_BUILD/tools/make_advisories" 60 "$TEST_TMP/registry/osv/npm/all.zip"
	printf 'GET /osv/npm/all.zip file etag=auto hash=auto\nPOST /told* 200\n' >"$TEST_TMP/rules"
}
# failing_project DATABASE: a lockfile with that package, in the current folder; its digest is what assay says of a wrong one.
failing_project() {
	for integrity in "sha512-$(printf '%086d' 0)==" ""; do
		[ -n "$integrity" ] || integrity=$("$assay" verify -v --db "$1" --no-progress --cache-dir "$TEST_TMP/other" 2>&1 | grep -o 'got sha512-[^ ]*' | head -1 | cut -d' ' -f2)
		echo '{"name":"x","version":"1.0.0","dependencies":{"a":"1.0.0"}}' >package.json
		printf '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0","dependencies":{"a":"1.0.0"}},"node_modules/a":{"version":"1.0.0","resolved":"http://127.0.0.1:%s/a/-/a-1.0.0.tgz","integrity":"%s"}}}\n' "$port" "$integrity" >package-lock.json
		echo "registry=http://127.0.0.1:$port/" >"$HOME/.npmrc"
	done
}
# failing_fleet FOLDER COUNT: so many projects, with minimist.
failing_fleet() {
	for i in $(seq "$2"); do
		mkdir -p "$1/p$i"
		echo "{\"name\":\"p$i\",\"version\":\"1.0.0\",\"dependencies\":{\"minimist\":\"*\"}}" >"$1/p$i/package.json"
		printf '{"name":"p%s","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"p%s","version":"1.0.0","dependencies":{"minimist":"*"}},\n"node_modules/minimist":{"version":"0.0.8"}}}\n' "$i" "$i" >"$1/p$i/package-lock.json"
	done
}
# failing_record ID FIXED: an advisory about minimist below FIXED, in the current folder's records/
failing_record() {
	mkdir -p records
	printf '{"schema_version":"1.6.0","id":"%s","modified":"2026-03-01T00:00:00Z","published":"2026-01-01T00:00:00Z","summary":"s","affected":[{"package":{"ecosystem":"npm","name":"minimist"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"%s"}]}]}],"database_specific":{"severity":"CRITICAL"}}' "$1" "$2" >"records/$1.json"
}
# What a store of tarballs holds under its final name is what the name says.
failing_store_is_whole() {
	find "$1" -type f -path '*/sha512/??/*' ! -name '*.tmp' 2>/dev/null | while read -r file; do
		is=$(sha512sum <"$file" | cut -d' ' -f1) name=$(basename "$(dirname "$file")")$(basename "$file")
		[ "$is" = "$name" ] || echo "$file"
	done | grep -q . && return 1
	return 0
}
