#!/bin/sh
# scan from end to end: verdicts, exit codes, gaps, determinism, what bad input comes to.
. "$ASSAY_ROOT/tests/cli/lib.sh"
day="--as-of 2026-11-23"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" "$ASSAY_ROOT/advisories/osv" || echo "not ok - import"
db="--db $TEST_TMP/osv.db $day"

# ---- verdicts
project clean
# shellcheck disable=SC2086
{
expect 0 "a clean project passes" "$assay" scan $db
says "PASS"
says "exit 0"
quiet_err
expect 3 "the starter alone never passes" "$assay" scan $day
says "INCOMPLETE"
says "database-starter"
expect 3 "a database that is too old never passes" "$assay" scan --db "$TEST_TMP/osv.db" --as-of 2026-12-01
says "database-stale"
expect 3 "no database never passes" "$assay" scan --db "$TEST_TMP/none.db" $day
says "database-missing"
expect 0 "a policy may accept the starter" sh -c 'echo "{\"database\":{\"starter\":\"info\"}}" >assay.policy.json; exec "$0" scan --as-of 2026-11-23' "$assay"
rm -f assay.policy.json

project vulnerable
expect 1 "known vulnerabilities fail" "$assay" scan $db
says "FAIL"
says "FIX NOW"
says "npm install axios@"
says "GHSA-4hjh-wcwx-xvwj"
says "exit 1"
quiet_err
expect 0 "--no-fail" "$assay" scan --no-fail $db
expect 3 "--no-fail with a gap" "$assay" scan --no-fail $day
expect 1 "-q" "$assay" scan -q $db
is "$(wc -l <"$out")" 1 "-q is one line"
expect 0 "-A turns rules off" "$assay" scan -A vulnerability $db
expect 2 "-A of an unknown rule" "$assay" scan -A vulnerabilty $db
tells 'did you mean "vulnerability"'
expect 1 "--fail-on low" "$assay" scan --fail-on low $db
expect 2 "--fail-on nonsense" "$assay" scan --fail-on terrible $db

# ---- reports
expect 1 "json" "$assay" scan -f json $db
says '"schema":	"assay.report/1"'
cp "$out" "$TEST_TMP/first"
expect 1 "json again" "$assay" scan -f json $db -j 1
if cmp -s "$TEST_TMP/first" "$out"; then pass "equal inputs give equal bytes"; else fail "equal inputs give equal bytes"; fi
expect 1 "two reports at once" "$assay" scan $db -f text -f json=report.json
says "FAIL"
if cmp -s "$TEST_TMP/first" report.json; then pass "the file holds the same report"; else fail "the file holds the same report"; fi
expect 1 "colour where it is asked for" "$assay" scan $db --color always
says "$(printf '\033[31m')"
expect 1 "no colour in a pipe" "$assay" scan $db
hides "$(printf '\033')"
LC_ALL=C grep -q '[^ -~]' "$out" && fail "plain ASCII in a pipe" "$(LC_ALL=C grep '[^ -~]' "$out" | head -3)" || pass "plain ASCII in a pipe"

# ---- where the lockfile comes from
expect 1 "a lockfile by name" "$assay" scan $db package-lock.json
cp package-lock.json strange.name
expect 1 "--lockfile" "$assay" scan $db --lockfile npm:strange.name
expect 2 "--lockfile of an unknown kind" "$assay" scan $db --lockfile cargo:strange.name
tells "KIND one of: npm, "
expect 2 "a file that is no lockfile" "$assay" scan $db strange.name
"$assay" scan $db --lockfile npm:- <package-lock.json >"$out" 2>"$err"
is "$?" 1 "standard input"
mkdir -p ../project/web/api && cp package-lock.json package.json web/ && cp package-lock.json package.json web/api/
expect 1 "several projects" "$assay" scan $db
says "3 projects"
expect 1 "several paths" "$assay" scan $db web/api ./web ../project/web
says "2 projects"
# A lockfile's name and the fingerprints are the same from wherever it is scanned.
marks() { sed -n '/"lockfile":/,/}/s/.*"path"://p; s/.*"fingerprint"://p' "$out"; }
mkdir .git
expect 1 "from the top" "$assay" scan $db -f json web/api
says '"path":	"web/api/package-lock.json"'
marks >"$TEST_TMP/marks"
for where in "$PWD/web/api" "web/api/package-lock.json" "--lockfile npm:./web/api/package-lock.json"; do
	expect 1 "by $where" "$assay" scan $db -f json $where
	is "$(marks)" "$(cat "$TEST_TMP/marks")" "the same fingerprints"
done
cd web/api || exit 1
expect 1 "from the folder" "$assay" scan $db -f json
is "$(marks)" "$(cat "$TEST_TMP/marks")" "the same fingerprints"
cd ../..
rmdir .git
cd ..
expect 1 "in no repository" "$assay" scan $db -f json project/web/api
says '"path":	"package-lock.json"'
cd project || exit 1
expect 0 "list names it likewise" "$assay" list -f json "$PWD/web/api"
says '"path":	"package-lock.json"'
rm -rf web
deep=$(awk 'BEGIN { for (i = 0; i < 80; i++) printf "d/" }')
mkdir -p "$deep" && cp package-lock.json package.json "$deep"
expect 1 "too deep" "$assay" scan $db
says "not all were looked into"
rm package-lock.json package.json
expect 3 "too deep, and nothing else" "$assay" scan $db --allow-empty
project vulnerable

# ---- bad lockfiles: exit 3, the place named, nothing written
empty
bad() { # NAME TEXT EXPECTED
	printf '%b' "$2" >package-lock.json
	expect 3 "$1" "$assay" scan $db
	says "INCOMPLETE"
	says "$3"
}
bad "empty" '' "line 1, column 1"
bad "truncated" '{"lockfileVersion":3,"packages":{"":{' "line 1, column"
bad "binary" '\0\1\2\3' "line 1, column 1"
bad "no version" '{"packages":{"":{"name":"x"}}}' "lockfileVersion"
bad "unknown version" '{"lockfileVersion":99,"packages":{"":{}}}' "99"
bad "packages is a list" '{"lockfileVersion":3,"packages":[]}' "packages"
bad "a key twice" '{"lockfileVersion":3,\n"packages":{"":{},\n"node_modules/a":{"version":"1.0.0"},\n"node_modules/a":{"version":"2.0.0"}}}' "line 4"
bad "merge conflict" '<<<<<<< HEAD\n{}\n' "merge conflict"
awk 'BEGIN { printf "{\"lockfileVersion\":1,\"a\":"; for (i = 0; i < 100000; i++) printf "["; }' >package-lock.json
expect 3 "nested without end" "$assay" scan $db
says "nested deeper"
truncate -s 200M package-lock.json
expect 3 "huge" "$assay" scan $db
says "limit"
rm package-lock.json; mkdir package-lock.json
expect 3 "a folder with a lockfile's name" "$assay" scan $db
rmdir package-lock.json
: >bun.lockb
expect 3 "a lockfile of a kind that is not read" "$assay" scan $db
says "lockfiles of kind bun-binary are not read; write the text form"
rm bun.lockb
echo '{"dependencies":{"a":"1"}}' >package.json
expect 3 "no lockfile" "$assay" scan $db
says "no-lockfile"
rm package.json
expect 3 "nothing at all" "$assay" scan $db
expect 0 "nothing at all, allowed" "$assay" scan --allow-empty $db
printf '{"lockfileVersion":3,"packages":{"":{"name":"a\\u001b[31mb"},"node_modules/x\\u202ey":{"version":"1.0.0\\u0007"}}}' >package-lock.json
"$assay" scan $db >"$out" 2>"$err"
hides "$(printf '\033')"

# ---- bad policies: exit 2, nothing checked
project vulnerable
echo '{"rules":{"vulnerability":"eror"}}' >assay.policy.json
expect 2 "an unknown level" "$assay" scan $db
tells "assay.policy.json"
tells "line 1"
echo '{"waivers":[{"id":"GHSA-35jh-r3h4-6jhm"}]}' >assay.policy.json
expect 2 "a waiver without a reason" "$assay" scan $db
tells "reason"
echo '{"waivers":[{"package":"*","rule":"vulnerability","reason":"test"}]}' >assay.policy.json
expect 0 "a waiver" "$assay" scan $db
says "WAIVED"
echo '{"waivers":[{"package":"*","rule":"vulnerability","reason":"test","expires":"2026-11-22"}]}' >assay.policy.json
expect 1 "a waiver that has expired" "$assay" scan $db
says "expired"
echo '{"waivers":[
{"id":"GHSA-0000-0000-0000","package":"nonesuch","reason":"test"},
{"rule":"unpublished","reason":"test"},
{"package":"*","rule":"vulnerability","reason":"test"}]}' >assay.policy.json
expect 0 "a waiver that matches nothing" "$assay" scan $db
tells "assay.policy.json, line 2: this waiver matched nothing: GHSA-0000-0000-0000, nonesuch"
is "$(wc -l <"$err")" 1 "the one is told, those that matched or could not match are not"
expect 0 "what --omit leaves out could have matched" "$assay" scan $db --omit dev
tells "assay.policy.json: 1 waiver matched nothing here; without --omit it is told"
is "$(wc -l <"$err")" 1 "and which one is not said"
expect 0 "of the lockfile alone" "$assay" scan $db package-lock.json
quiet_err
rm assay.policy.json

# ---- bad databases
cp "$TEST_TMP/osv.db" "$TEST_TMP/bad.db"
for how in "zero bytes" "other bytes" "cut short"; do
	case $how in
	"zero bytes") : >"$TEST_TMP/bad.db" ;;
	"other bytes") echo "no database at all, but long enough to be looked at" >"$TEST_TMP/bad.db" ;;
	"cut short") head -c 5000 "$TEST_TMP/osv.db" >"$TEST_TMP/bad.db" ;;
	esac
	expect 3 "a database of $how" "$assay" scan --db "$TEST_TMP/bad.db" $day -A vulnerability
	says "database-missing"
done
}
finish
