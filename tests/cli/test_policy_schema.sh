#!/bin/sh
# The schema for editors beside the program: what the program reads fits it, by ajv; and what it refuses for its shape does not.
. "$ASSAY_ROOT/tests/cli/lib.sh"
schema=$ASSAY_ROOT/policies/policy.schema.json

# split FILE FOLDER: the policies of a case file, one file each; of floors both.
split() {
	mkdir -p "$2"
	awk -v to="$2" '
		/^--- / { n++; part = ""; on = 1; next }
		/^===$/ { on = 0; next }
		/^\+\+\+$/ { part = "-project"; next }
		on && length($0) { print > (to "/" n part ".json") }' "$1"
}
split "$ASSAY_ROOT/fixtures/policies/decisions.txt" "$TEST_TMP/good"
split "$ASSAY_ROOT/fixtures/policies/floors.txt" "$TEST_TMP/floors"
cp "$ASSAY_ROOT"/policies/default.json "$ASSAY_ROOT"/policies/strict.json "$ASSAY_ROOT"/policies/permissive.json "$TEST_TMP/good"
(cd "$TEST_TMP/good" && "$assay" policy init first.json 2>/dev/null)
awk '/^```jsonc$/ { n++; on = 1; next } /^```$/ { on = 0 } on { print > ("'"$TEST_TMP"'/good/docs-" n ".json") }' "$ASSAY_ROOT/docs/policy.md"
# Of each kind of mistake in shape one; what only the program can tell (a day that does not exist) is not the schema's.
mkdir "$TEST_TMP/bad"
i=0
while read -r line; do
	i=$((i + 1))
	printf '%s\n' "$line" >"$TEST_TMP/bad/$i.json"
done <<'JSON'
{"rule": {}}
{"rules": {"malwre": "error"}}
{"rules": {"malware": "eror"}}
{"rules": {"malware": [{"when": {}}]}}
{"rules": {"malware": [{"when": {"severty": "high"}, "level": "warn"}]}}
{"rules": {"malware": [{"level": "error", "before": "warn"}]}}
{"rules": {"malware": [{"level": "error", "from": "tomorrow"}]}}
{"rules": {"malware": [{"when": {"release_age": "7d"}, "level": "error"}]}}
{"rules": {"malware": [{"when": {"depth": 1}, "level": "error"}]}}
{"rules": {"malware": [{"when": {"id": []}, "level": "error"}]}}
{"private": "a"}
{"ban": [{"reason": "r"}]}
{"install_scripts": ["a"]}
{"levels": {"warning": "error"}}
{"locked": true}
{"repo_may_waive": "malware"}
{"max_waiver": 90}
{"waivers": [{"id": "GHSA-1"}]}
{"waivers": [{"reason": "r"}]}
{"waivers": [{"id": "GHSA-1", "reason": "r", "until": "fixed"}]}
{"hosts": ["user@host"]}
JSON
for file in "$TEST_TMP"/good/*.json "$TEST_TMP"/floors/*.json; do
	"$assay" policy check "$file" >/dev/null 2>"$err" || fail "the program reads $(basename "$file")" "$(cat "$err")"
done
for file in "$TEST_TMP"/bad/*.json; do
	"$assay" policy check "$file" >/dev/null 2>&1 && fail "the program refuses $(cat "$file")"
done
pass "the program reads the good ones and refuses the bad ones"
for kind in good floors bad; do
	want=good
	[ "$kind" = bad ] && want=bad
	if [ -z "$ASSAY_ORACLE" ]; then
		skip "$kind" "no node"
	elif found=$(node "$ASSAY_ROOT/tests/oracle/policy.cjs" "$ASSAY_ORACLE" "$schema" "$want" "$TEST_TMP/$kind"/*.json 2>&1); then
		pass "$kind"
	else
		fail "$kind" "$found"
	fi
done
finish
