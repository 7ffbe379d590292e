#!/bin/sh
# Where archives are opened: what is asked for, what the system allows, what the report says of it; and that nothing else differs.
. "$ASSAY_ROOT/tests/cli/lib.sh"
no_proxy='*' npm_config_globalconfig=/nowhere
export no_proxy npm_config_globalconfig
without=$ASSAY_BUILD/tools/without
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" || echo "not ok - import"
empty
one=$("$ASSAY_BUILD/tools/make_tarball" one.tgz one 0 0 3)
two=$("$ASSAY_BUILD/tools/make_tarball" two.tgz other 1 2 3)
cat >package.json <<'JSON'
{"name":"x","version":"1.0.0","dependencies":{"one":"file:one.tgz","two":"file:two.tgz"}}
JSON
cat >package-lock.json <<JSON
{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0","dependencies":{"one":"file:one.tgz","two":"file:two.tgz"}},
"node_modules/one":{"version":"1.0.0","resolved":"file:one.tgz","integrity":"$one"},
"node_modules/two":{"version":"1.0.0","resolved":"file:two.tgz","integrity":"$two"}}}
JSON
git init -q . 2>/dev/null
verify() { "$assay" verify --offline --no-cache --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --no-progress "$@"; }
# A kernel or a container that has none of it is a system, too: there, only what it says of itself is tested.
verify --format json >"$out" 2>"$err"
held=no
grep -q '"seccomp"' "$out" && held=yes

expect 2 "an unknown mode is a wrong call" verify --sandbox on
tells '--sandbox takes auto, require or off, not "on"'
expect 2 "also where nothing is opened" "$assay" scan --sandbox on
expect 1 "off" verify --sandbox off -v
says "archives were opened in assay's own process: --sandbox off"
verify --sandbox off --format json >"$TEST_TMP/off.json" 2>"$err"
expect 1 "auto says nothing" verify
hides "archives were opened"
ASSAY_SANDBOX=off "$assay" verify --offline --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --format json >"$out" 2>"$err"
says '"ASSAY_SANDBOX"'
says '"mode":	"off"'

# An archive of advisories is one, too.
cd "$TEST_TMP" || exit 1
echo lodash >names
"$ASSAY_BUILD/tools/make_advisories" 300 "$TEST_TMP/osv.zip" names
head -c 20000 osv.zip >cut.zip
for mode in off auto; do
	expect 0 "db import, --sandbox $mode" "$assay" db import --db "$TEST_TMP/$mode.db" --sandbox "$mode" osv.zip
	"$assay" db status --db "$TEST_TMP/$mode.db" | grep '^digest' >"$TEST_TMP/$mode.digest"
	expect 3 "a zip that is cut short, --sandbox $mode" "$assay" db import --db "$TEST_TMP/none.db" --sandbox "$mode" cut.zip
	tells "cut.zip: zip archive cut short: its directory, which stands at the end, is missing"
	expect 3 "no zip at all, --sandbox $mode" "$assay" db import --db "$TEST_TMP/none.db" --sandbox "$mode" gone.zip
	tells "gone.zip: No such file or directory"
done
is "$(cat off.digest)" "$(cat auto.digest)" "both make the same database"
is "$(wc -l <off.digest)" 1 "which has a digest"
cd project || exit 1

# strip FILE: without what it says of the sandbox
strip() { awk '/^\t"sandbox":/ { skip = 1 } !skip { print } skip && /^\t}/ { skip = 0 }' "$1"; }
same() { # NAME OPTION…: the same report as without a sandbox
	name=$1
	shift
	verify --format json "$@" >"$TEST_TMP/on.json" 2>"$err"
	strip "$TEST_TMP/off.json" >"$TEST_TMP/a"
	strip "$TEST_TMP/on.json" >"$TEST_TMP/b"
	if [ -s "$TEST_TMP/a" ] && cmp -s "$TEST_TMP/a" "$TEST_TMP/b"; then pass "$name"; else fail "$name" "$(diff "$TEST_TMP/a" "$TEST_TMP/b" | head -20)"; fi
}
same "the same result in worker processes"
same "one worker for all" --jobs 1

if [ "$held" = no ]; then
	skip "require" "this system lets no process be held"
	finish
	exit
fi
expect 1 "require" verify --sandbox require -v
says "archives were opened in processes of their own, without files and network: no_new_privs, rlimits, seccomp"
verify --sandbox require --format json >"$out"
says '"mode":	"require"'
says '"on":	true'
same "the same result where it is required" --sandbox require

expect 3 "require refuses to run without seccomp" "$without" seccomp "$assay" verify --offline --db "$TEST_TMP/osv.db" --sandbox require
tells "--sandbox require: no seccomp: the system does not allow it"
is "$(wc -c <"$out")" 0 "and reports nothing"
expect 3 "for advisories as well" "$without" seccomp "$assay" db import --db "$TEST_TMP/none.db" --sandbox require "$TEST_TMP/osv.zip"
tells "--sandbox require: no seccomp"
denied() { "$without" "$1" "$assay" verify --offline --no-cache --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --no-progress --format "$2"; }
expect 1 "auto goes on without it" denied seccomp text
says "archives were opened in processes of their own: no_new_privs, rlimits"
says "no seccomp"
denied seccomp json >"$out" 2>"$err"
says '"on":	true'
says '"process"'
hides '"seccomp"'
expect 1 "without Landlock seccomp does it alone" denied landlock text
hides "archives were opened"
denied landlock json >"$out" 2>"$err"
says '"seccomp"'
says "no Landlock: Function not implemented"
hides '"landlock-files"'
expect 1 "require does not need Landlock" "$without" landlock "$assay" verify --offline --db "$TEST_TMP/osv.db" --sandbox require
for call in memfd_create socketpair; do
	expect 1 "auto without $call" denied "$call" text
	says "archives were opened in assay's own process; no sandbox: no"
	denied "$call" json >"$out" 2>"$err"
	says '"on":	false'
	strip "$out" >"$TEST_TMP/b"
	if cmp -s "$TEST_TMP/a" "$TEST_TMP/b"; then pass "and finds the same"; else fail "and finds the same" "$(diff "$TEST_TMP/a" "$TEST_TMP/b" | head)"; fi
	expect 3 "require without $call" "$without" "$call" "$assay" verify --offline --db "$TEST_TMP/osv.db" --sandbox require
	tells "--sandbox require: no sandbox: no"
done
finish
