#!/bin/sh
# Advisories change: what the store knows is judged anew, by each project's own policy, without the projects.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_STORE=$TEST_TMP/fleet.db
export ASSAY_STORE
db=$TEST_TMP/advisories.db
# project_with NAME VERSION: a lockfile with minimist in VERSION
project_with() {
	mkdir -p "$TEST_TMP/src/$1"
	echo "{\"name\":\"$1\",\"version\":\"1.0.0\",\"dependencies\":{\"minimist\":\"*\"}}" >"$TEST_TMP/src/$1/package.json"
	printf '{"name":"%s","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"%s","version":"1.0.0","dependencies":{"minimist":"*"}},\n"node_modules/minimist":{"version":"%s"}}}\n' "$1" "$1" "$2" >"$TEST_TMP/src/$1/package-lock.json"
}
# record ID FIXED MODIFIED [MORE]: an advisory about minimist below FIXED
record() {
	printf '{"schema_version":"1.6.0","id":"%s","modified":"%s","published":"2026-01-01T00:00:00Z"%s,"summary":"s","affected":[{"package":{"ecosystem":"npm","name":"minimist"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"%s"}]}]}],"database_specific":{"severity":"CRITICAL"}}' "$1" "$3" "$4" "$2" >"$TEST_TMP/records/$1.json"
}
import() { "$assay" db import --quiet --db "$db" --replace "$TEST_TMP/records" 2>"$TEST_TMP/import.err" || fail "import" "$(cat "$TEST_TMP/import.err")"; }
mkdir "$TEST_TMP/records"
# same FILE FILE WHAT
same() { if cmp -s "$1" "$2"; then pass "$3"; else fail "$3" "$(diff "$1" "$2")"; fi; }
project_with old 0.0.8
project_with new 1.2.8
project_with strict 1.2.8
mkdir "$TEST_TMP/src/strict/rules"
echo '{"extends":["./rules/ours.policy.json"]}' >"$TEST_TMP/src/strict/assay.policy.json"
echo '{"waivers":[{"id":"ACME-2026-2","package":"minimist","reason":"not reachable"}]}' >"$TEST_TMP/src/strict/rules/ours.policy.json"
record ACME-2026-1 1.0.0 2026-02-01T00:00:00Z
import
expect 0 "projects" "$assay" fleet add "$TEST_TMP/src"
expect 0 "a scan" "$assay" fleet scan --db "$db"
expect 0 "the same advisories" "$assay" fleet rematch --db "$db"
tells "have judged all of it already"
expect 0 "one is affected" "$assay" fleet findings ACME-2026-1 --format csv
is "$(grep -c minimist "$out")" 1 "the old one"

# A new advisory; the projects are not there any more.
record ACME-2026-2 2.0.0 2026-03-01T00:00:00Z
import
mv "$TEST_TMP/src" "$TEST_TMP/away"
expect 0 "a new advisory" "$assay" fleet rematch --db "$db"
tells "3 lockfiles judged anew: 2 findings came, 0 went"
says "NEWLY AFFECTED"
says "ACME-2026-2"
expect 0 "waived by the policy that the store keeps" "$assay" fleet findings ACME-2026-2 --format csv
is "$(grep -c '"true"' "$out")" 1 "strict waives it"
is "$(grep -c '"false"' "$out")" 2 "the others do not"
expect 0 "again there is nothing" "$assay" fleet rematch --db "$db" --format json
says '"current":	true'

# Withdrawn, and another whose range shrinks.
record ACME-2026-2 2.0.0 2026-03-02T00:00:00Z ',"withdrawn":"2026-03-02T00:00:00Z"'
record ACME-2026-1 0.0.5 2026-03-02T00:00:00Z
import
expect 0 "withdrawn" "$assay" fleet rematch --db "$db"
says "WITHDRAWN   3"
says "NO LONGER AFFECTED   1"
expect 0 "none stands" "$assay" fleet findings --format csv --rule vulnerability
is "$(grep -c minimist "$out")" 0 "none"
expect 0 "all are remembered" "$assay" fleet findings --format csv --rule vulnerability --gone
is "$(grep -c minimist "$out")" 4 "four that went"

# A scan with other advisories begins with a rematch, and what is unchanged is not read.
mv "$TEST_TMP/away" "$TEST_TMP/src"
record ACME-2026-3 9.0.0 2026-04-01T00:00:00Z
import
expect 0 "a scan with news" "$assay" fleet scan --db "$db"
tells "3 lockfiles judged anew"
tells "0 changed, 3 as before"
# The whole scan says the same as the rematch did.
"$assay" fleet findings --format csv >"$TEST_TMP/rematched"
expect 0 "all anew" "$assay" fleet scan --db "$db" --again
tells "0 findings came, 0 went"
"$assay" fleet findings --format csv >"$TEST_TMP/scanned"
same "$TEST_TMP/rematched" "$TEST_TMP/scanned" "both say the same"

# Many, with another package that an advisory is about: what has no news stays, and four threads say what one does, and what a whole scan does.
for i in $(seq 40); do
	mkdir -p "$TEST_TMP/many/p$i/app"
	echo "{\"name\":\"p$i\",\"version\":\"1.0.0\",\"dependencies\":{\"minimist\":\"*\",\"qs\":\"*\"}}" >"$TEST_TMP/many/p$i/app/package.json"
	printf '{"name":"p%s","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"p%s","version":"1.0.0","dependencies":{"minimist":"*","qs":"*"}},\n"node_modules/minimist":{"version":"%s.0.0"},"node_modules/qs":{"version":"1.0.0"}}}\n' "$i" "$i" "$((i % 3))" >"$TEST_TMP/many/p$i/app/package-lock.json"
	[ $((i % 4)) -ne 0 ] || echo '{"waivers":[{"id":"ACME-2026-4","package":"minimist","reason":"not reachable"}]}' >"$TEST_TMP/many/p$i/assay.policy.json"
done
sed 's/minimist/qs/; s/ACME-2026-1/ACME-2026-9/; s/0.0.5/2.0.0/' "$TEST_TMP/records/ACME-2026-1.json" >"$TEST_TMP/records/ACME-2026-9.json"
import
expect 0 "many" "$assay" fleet add "$TEST_TMP/many"
expect 0 "are scanned" "$assay" fleet scan --db "$db"
"$assay" fleet findings ACME-2026-9 --format csv >"$TEST_TMP/before"
is "$(grep -c ACME-2026-9 "$TEST_TMP/before")" 40 "forty have qs"
record ACME-2026-3 1.0.0 2026-05-01T00:00:00Z
record ACME-2026-4 1.5.0 2026-05-01T00:00:00Z
import
cp "$ASSAY_STORE" "$TEST_TMP/one.db"
expect 0 "by four threads" "$assay" fleet rematch --jobs 4 --format csv --db "$db"
tells "1 of them with news; 43 lockfiles judged anew"
expect 0 "by one" "$assay" fleet rematch --store "$TEST_TMP/one.db" --jobs 1 --db "$db"
"$assay" fleet findings --format csv | sed 's/"20[0-9T:-]*Z"//g' >"$TEST_TMP/four"
"$assay" fleet findings --store "$TEST_TMP/one.db" --format csv | sed 's/"20[0-9T:-]*Z"//g' >"$TEST_TMP/one"
same "$TEST_TMP/four" "$TEST_TMP/one" "as many threads, as much is found"
"$assay" fleet findings ACME-2026-9 --format csv >"$TEST_TMP/after"
same "$TEST_TMP/before" "$TEST_TMP/after" "what has no news stands as it stood"
expect 0 "all anew" "$assay" fleet scan --db "$db" --again
tells "0 findings came, 0 went"
"$assay" fleet findings --format csv | sed 's/"20[0-9T:-]*Z"//g' >"$TEST_TMP/scanned"
same "$TEST_TMP/four" "$TEST_TMP/scanned" "a whole scan says the same"
finish
