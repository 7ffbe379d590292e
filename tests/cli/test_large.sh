#!/bin/sh
# Large tarballs: however much is sent or unpacked, memory stays below 150 MB, and what they hold is seen all the same.
. "$ASSAY_ROOT/tests/cli/lib.sh"
no_proxy='*' npm_config_globalconfig=/nowhere
export no_proxy npm_config_globalconfig
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" || echo "not ok - import"
registry=$TEST_TMP/registry
for name in big many bad; do
	mkdir -p "$registry/$name/-"
	printf '{"name":"%s","version":"1.0.0"}' "$name" >"$registry/$name/1.0.0"
done
big=$("$ASSAY_BUILD/tools/make_tarball" "$registry/big/-/big-1.0.0.tgz" big 24 200 0)
many=$("$ASSAY_BUILD/tools/make_tarball" "$registry/many/-/many-1.0.0.tgz" many 12 30 20000)
bad=$("$ASSAY_BUILD/tools/make_tarball" "$registry/bad/-/bad-1.0.0.tgz" other 12 40 10)
mkfifo "$TEST_TMP/in"
: >"$TEST_TMP/rules"
"$ASSAY_BUILD/tools/registry" "$registry" "$TEST_TMP/rules" "$TEST_TMP/log" <"$TEST_TMP/in" >"$TEST_TMP/port" &
exec 9>"$TEST_TMP/in"
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s "$TEST_TMP/port" ] || sleep 0.1; done
echo "registry=http://127.0.0.1:$(cat "$TEST_TMP/port")/" >"$HOME/.npmrc"
project_of() { # NAME=INTEGRITY…
	empty
	packages='' dependencies=''
	for pair; do
		name=${pair%%=*}
		packages="$packages,\"node_modules/$name\":{\"version\":\"1.0.0\",\"integrity\":\"${pair#*=}\"}"
		dependencies="$dependencies${dependencies:+,}\"$name\":\"1.0.0\""
	done
	printf '{"name":"x","version":"1.0.0","dependencies":{%s}}\n' "$dependencies" >package.json
	printf '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0","dependencies":{%s}}%s}}\n' \
		"$dependencies" "$packages" >package-lock.json
}
verify() { "$assay" verify --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --no-progress "$@"; }
peak() { # NAME SETUP OPTION…: what assay took at most, in a run that SETUP came before
	if nm "$assay" 2>/dev/null | grep -q __asan; then
		skip "$1" "a sanitizer's memory is its own"
		return
	fi
	peak_name=$1 setup=$2
	shift 2
	kb=$("$ASSAY_BUILD/tools/measure" 1 sh -c "$setup; exec '$assay' verify --db '$TEST_TMP/osv.db' --as-of 2026-11-23 --no-progress --no-cache $*" | cut -d' ' -f4)
	if [ "$kb" -lt 150000 ]; then pass "$peak_name"; else fail "$peak_name" "$kb KB"; fi
}

project_of "big=$big" "many=$many"
expect 0 "from the registry" verify
says "2 packages' bytes match"
is "$(find "$XDG_CACHE_HOME/assay/tarballs" -type f | wc -l)" 2 "both are kept under their digests, and nothing else"
expect 0 "from the store" verify --offline --no-cache
says "2 from assay's store"
peak "from the registry in less than 150 MB" "rm -rf '$XDG_CACHE_HOME/assay/tarballs'"
peak "from the store in less than 150 MB" :
mkdir -p node_modules/big
tar -xzf "$registry/big/-/big-1.0.0.tgz" -C node_modules/big --strip-components=1
printf x | dd of="$(find node_modules/big -type f -size +90M | head -1)" bs=1 seek=50000000 conv=notrunc 2>"$TEST_TMP/dd"
peak "what was unpacked is compared in less than 150 MB" : --offline --installed "--format=text=$TEST_TMP/report"
if [ -f "$TEST_TMP/report" ]; then cp "$TEST_TMP/report" "$out"; else verify --offline --installed >"$out"; fi
says "node_modules/big: a file is not what its tarball holds"
rm -rf node_modules
verify --offline -f json >"$out" 2>"$err"
is "$(tr -d ' \t\n' <"$out" | grep -o '"files":[0-9]*' | sort | tr '\n' ' ')" '"files":20003 "files":3 ' "all of their files are counted"

project_of "bad=$bad"
expect 1 "the package.json of a large one is read" verify
says 'the package.json in its tarball says "other"'
project_of "big=sha512-$(printf '%086d' 0)=="
expect 1 "other bytes than were pinned" verify
says "integrity-mismatch"
is "$(find "$XDG_CACHE_HOME/assay/tarballs" -type f | wc -l)" 3 "what was not proven has no name"
finish
