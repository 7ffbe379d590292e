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
expect 0 "mended" "$assay" fleet run --offline

expect 0 "figures" "$assay" fleet stats
says "projects    2: 2 seen in the last 24 h"
says "went, after"
expect 0 "figures in JSON" "$assay" fleet stats --format json
says '"schema":	"assay.fleet-stats/1"'
expect 2 "no CSV" "$assay" fleet stats --format csv
expect 0 "for Prometheus" "$assay" fleet metrics
says 'assay_fleet_projects{state="fresh"} 2'
is "$(grep -cvE '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"\})? [0-9]+)$' "$out")" 0 "each line is one of its format"

# One at a time.
if command -v flock >/dev/null 2>&1; then
	flock "$ASSAY_STORE.lock" sleep 5 &
	sleeper=$!
	wait_for sh -c "! flock -n '$ASSAY_STORE.lock' true"
	expect 3 "another one is under way" "$assay" fleet run --offline
	tells "another process is writing it"
	expect 0 "readers do not wait" "$assay" fleet list
	kill $sleeper 2>/dev/null
else
	skip "one at a time" "no flock"
fi
finish
