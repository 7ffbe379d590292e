#!/bin/sh
# The JSON that programs read, against the schemas in docs/schema.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_AS_OF=2026-11-23 GIT_AUTHOR_DATE=2026-11-23T00:00:00Z GIT_COMMITTER_DATE=2026-11-23T00:00:00Z
export ASSAY_AS_OF GIT_AUTHOR_DATE GIT_COMMITTER_DATE
mkdir "$TEST_TMP/report" "$TEST_TMP/tree"
# write NAME PATH OPTION…
write() {
	name=$1 path=$2
	shift 2
	"$assay" scan "$@" --format "json=$TEST_TMP/report/$name" "$path" >"$out" 2>"$err" </dev/null
	"$assay" list --format json -o "$TEST_TMP/tree/$name" "$path" >"$out" 2>"$err" </dev/null || rm -f "$TEST_TMP/tree/$name"
}
for folder in "$ASSAY_ROOT"/fixtures/projects/*/; do
	project "$(basename "$folder")"
	write "$(basename "$folder")" .
done
project vulnerable
write verified . --verify --offline --no-cache
write baseline . --baseline "$TEST_TMP/report/vulnerable"
mkdir node_modules
write installed . --installed --offline
write without . --db "$TEST_TMP/nowhere.db"
printf '{"extends":["default"],"waivers":[{"id":"GHSA-xvch-5gv4-984h","package":"minimist","reason":"r","expires":"2027-01-01"},{"id":"GHSA-4hjh-wcwx-xvwj","package":"axios","reason":"r","expires":"2026-01-01"}]}' >assay.policy.json
write waived .
git init -q . && git add -A && git -c user.name=a -c user.email=a@b commit -qm a && sed -i 's/4\.17\.15/4.17.21/g' package-lock.json && write base . --base HEAD
empty
write empty .
echo '{' >package-lock.json
write broken .
if [ -d "$ASSAY_ROOT/../shared/corpus" ]; then
	for folder in "$ASSAY_ROOT"/../shared/corpus/*/*/; do
		write "$(basename "$(dirname "$folder")")-$(basename "$folder")" "$folder"
	done
else
	skip "the corpus" "no ../shared/corpus"
fi
for kind in report tree; do
	if [ -z "$ASSAY_ORACLE" ]; then
		skip "$kind" "no Node"
	elif found=$(node "$ASSAY_ROOT/tests/oracle/own_schemas.cjs" "$ASSAY_ROOT/docs/schema/$kind-1.schema.json" "$TEST_TMP/$kind"/* 2>&1); then
		pass "$kind: $found"
	else
		fail "$kind" "$found"
	fi
done
finish
