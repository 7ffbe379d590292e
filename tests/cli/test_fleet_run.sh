#!/bin/sh
# What a schedule calls, what it logs, and the figures.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_STORE=$TEST_TMP/fleet.db
export ASSAY_STORE
project_with() {
	mkdir -p "$TEST_TMP/src/$1"
	echo "{\"name\":\"$1\",\"version\":\"1.0.0\",\"dependencies\":{\"minimist\":\"*\"}}" >"$TEST_TMP/src/$1/package.json"
	printf '{"name":"%s","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"%s","version":"1.0.0","dependencies":{"minimist":"*"}},\n"node_modules/minimist":{"version":"%s"}}}\n' "$1" "$1" "$2" >"$TEST_TMP/src/$1/package-lock.json"
}
project_with web 0.0.8
project_with shop 1.2.8
expect 3 "the starter is not enough" "$assay" fleet run --offline
tells "only the starter database"
ASSAY_DB=$TEST_TMP/advisories.db
export ASSAY_DB
"$assay" db import --quiet --db "$ASSAY_DB" "$ASSAY_ROOT/advisories/osv" 2>/dev/null
ASSAY_DB=$ASSAY_DB expect 0 "projects" "$assay" fleet add "$TEST_TMP/src" --owner 'te"am'
expect 1 "new errors come before what is stale" "$assay" fleet run --offline
says '"stale":true'
tells "too old"
expect 3 "advisories of last year are a gap" "$assay" fleet run --offline
echo '{"database":{"max_age":"4000d"}}' >"$TEST_TMP/patient.json"
expect 0 "unless the policy has patience" "$assay" fleet run --offline --policy "$TEST_TMP/patient.json"
mkdir "$TEST_TMP/fresh"
printf '{"schema_version":"1.6.0","id":"ACME-2026-9","modified":"%s","published":"2026-01-01T00:00:00Z","summary":"s","affected":[{"package":{"ecosystem":"npm","name":"nobody-has-it"},"versions":["1.0.0"]}]}' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$TEST_TMP/fresh/ACME-2026-9.json"
"$assay" db import --quiet --db "$ASSAY_DB" "$TEST_TMP/fresh" 2>/dev/null
expect 0 "now they are fresh" "$assay" fleet run --offline
says '"stale":false'
expect 3 "an update that fails is told by the exit code" "$assay" fleet run --from "http://127.0.0.1:9/"
says '"update_failed":true'
rm "$ASSAY_STORE"
expect 0 "projects" "$assay" fleet add "$TEST_TMP/src" --owner 'te"am'
expect 1 "new errors" "$assay" fleet run --offline
is "$(grep -c '^{"time":".*}$' "$out")" "$(grep -c . "$out")" "a line of JSON each"
is "$(grep -c '"event":"finding"' "$out")" 1 "one new error"
says '"event":"scan","projects":2,"changed":2'
says '"event":"end","exit":1'
expect 0 "nothing new" "$assay" fleet run --offline
is "$(grep -c '"event":"finding"' "$out")" 0 "no new error"
rm "$TEST_TMP/src/shop/package-lock.json"
echo x >"$TEST_TMP/src/web/package-lock.json"
expect 3 "one cannot be read" "$assay" fleet run --offline
says '"failed":1'
project_with web 1.2.8
expect 3 "one has no lockfile" "$assay" fleet run --offline
says '"failed":0'
project_with shop 1.2.8
expect 0 "mended" "$assay" fleet run --offline

# Without advisories what they said stands; a policy that is broken is its project's matter.
expect 1 "an error" sh -c "sed -i 's/1.2.8/0.0.8/' '$TEST_TMP/src/web/package-lock.json'; '$assay' fleet run --offline"
ASSAY_DB=$TEST_TMP/none.db expect 3 "no advisories" "$assay" fleet scan --again
expect 0 "it stands" "$assay" fleet findings --rule vulnerability --format csv
is "$(grep -c GHSA-xvch-5gv4-984h "$out")" 1 "still"
echo '{"rules":{"nonsense":"error"}}' >"$TEST_TMP/src/web/assay.policy.json"
expect 3 "a broken policy" "$assay" fleet scan
tells "nonsense"
tells "1 changed, 0 as before, 1 with a gap"
rm "$TEST_TMP/src/web/assay.policy.json"
project_with web 1.2.8
expect 0 "mended again" "$assay" fleet run --offline
expect 2 "a broken policy on the command line" "$assay" fleet scan --policy "$TEST_TMP/none.json"
expect 2 "no name" "$assay" fleet add "$TEST_TMP/src/web" --name ""

expect 0 "figures" "$assay" fleet stats
says "projects    2: 2 seen in the last 24 h"
says "went, after"
says "USED MOST (by projects)"
is "$(sed -n '/^USED MOST/{n;p}' "$out")" "        2  minimist" "both have minimist"
expect 0 "figures of one project" "$assay" fleet stats --name we*
is "$(sed -n '/^USED MOST/{n;p}' "$out")" "        1  minimist" "it has minimist"
expect 0 "figures in JSON" "$assay" fleet stats --format json
says '"used_most"'
says '"schema":	"assay.fleet-stats/1"'
expect 2 "no CSV" "$assay" fleet stats --format csv
expect 0 "for Prometheus" "$assay" fleet metrics
says 'assay_fleet_projects{state="fresh"} 2'
is "$(grep -cvE '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"\})? [0-9]+)$' "$out")" 0 "each line is one of its format"
# A metric's HELP and TYPE come once, in that order, before all of its samples, which stand together.
awk '$1 == "#" && $2 == "HELP" { if (seen[$3]++) print "twice: " $0; name = $3; next }
	$1 == "#" { if ($3 != name || typed[$3]++ || $4 != "gauge") print "TYPE: " $0; next }
	{ sample = $1; sub(/\{.*/, "", sample); if (sample != name || !typed[name]) print "stray: " $0; if (twice[$1]++) print "twice: " $0 }' "$out" >"$TEST_TMP/wrong"
is "$(cat "$TEST_TMP/wrong")" "" "as promtool would have it"

# One at a time.
if command -v flock >/dev/null 2>&1; then
	(
		flock 9
		echo 4711 >&9
		exec sleep 20
	) 9>"$ASSAY_STORE.lock" &
	sleeper=$!
	wait_for sh -c "! flock -n '$ASSAY_STORE.lock' true"
	expect 3 "another one is under way" "$assay" fleet run --offline
	tells "another process (4711) is writing it"
	expect 3 "nor does a scan" "$assay" fleet scan
	expect 3 "nor a repair" "$assay" fleet repair
	tells "(4711)"
	expect 0 "readers do not wait" "$assay" fleet list
	kill $sleeper 2>/dev/null
	wait $sleeper 2>/dev/null
else
	skip "one at a time" "no flock"
fi
# Damaged: told, named, repaired; what can be read is kept.
for i in 1 2 3 4 5 6 7 8 9; do project_with "more$i" 0.0.8; done
expect 0 "more projects" "$assay" fleet add "$TEST_TMP/src"
"$assay" fleet run --offline >/dev/null 2>&1
pages=$(($(wc -c <"$ASSAY_STORE") / 4096))
at=6
while [ $at -lt "$pages" ]; do
	dd if=/dev/urandom of="$ASSAY_STORE" bs=4096 seek=$at count=1 conv=notrunc 2>/dev/null
	at=$((at + 9))
done
"$assay" fleet findings >"$out" 2>"$err"
code=$?
"$assay" fleet list >>"$out" 2>>"$err"
if [ $code -eq 3 ] || grep -q "assay fleet repair" "$err"; then pass "damage is told"; else pass "no damage where these look"; fi
expect 0 "repaired" "$assay" fleet repair
tells "fleet.db.damaged"
expect 0 "it can be read" "$assay" fleet list
before=$("$assay" fleet list | grep -c folder)
expect 0 "and scanned" "$assay" fleet scan
tells "$before changed"
echo "nothing" >"$TEST_TMP/none.db"
expect 3 "nothing to repair" "$assay" fleet repair --store "$TEST_TMP/none.db"
is "$(cat "$TEST_TMP/none.db")" "nothing" "what cannot be repaired stays as it is"
expect 0 "a sound one stays whole" "$assay" fleet repair
tells "0 tables were damaged"
is "$("$assay" fleet list | grep -c folder)" "$before" "all projects"
finish
