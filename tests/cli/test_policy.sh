#!/bin/sh
# Policies from end to end: errors as a compiler gives them, an organisation's floor, what options come to.
. "$ASSAY_ROOT/tests/cli/lib.sh"
day="--as-of 2026-11-23"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" "$ASSAY_ROOT/advisories/osv" || echo "not ok - import"
db="--db $TEST_TMP/osv.db $day"

# ---- errors
project vulnerable
# shellcheck disable=SC2086
{
printf '{\n\t"rules": {"malwre": "error"}\n}\n' >assay.policy.json
expect 2 "an unknown rule" "$assay" scan $db
tells 'assay.policy.json: line 2, column 12: unknown rule "malwre"; did you mean "malware"?'
tells '    2 |  "rules": {"malwre": "error"}'
tells '      |            ^'
printf '{"extends": ["secret.txt"]}\n' >assay.policy.json
printf '//registry.example/:_authToken=hunter2\n' >secret.txt
expect 2 "a file that is no policy" "$assay" policy check
tells "secret.txt: line 2, column 1"
hides hunter2
rm assay.policy.json
ln -s secret.txt assay.policy.json
expect 2 "a link to a file that is no policy" "$assay" scan $db
hides hunter2
expect 2 "such a link, named" "$assay" policy check assay.policy.json
hides hunter2
rm assay.policy.json secret.txt
printf '{"extends": ["./"]}\n' >assay.policy.json
expect 2 "a folder in extends" "$assay" policy check
tells "not a regular file"
printf '{"extends": ["gone.json"]}\n' >assay.policy.json
expect 2 "a file that is not there" "$assay" policy check
tells "there is no such file"
printf '{"extends": ["strict", "permissive"]}\n' >assay.policy.json
expect 0 "presets" "$assay" policy check
printf '{\n  "rules": {"deprecated": "warn", \342\200\256"x": 1}\n}\n' >assay.policy.json
expect 2 "hostile text" "$assay" policy check
tells '\u{202e}'
{ printf '{"private": ["a'; head -c 10000000 /dev/zero | tr '\0' x; printf '"]}'; } >assay.policy.json
expect 2 "10 MB" "$assay" policy check
tells "more than the limit"
rm assay.policy.json

# ---- a floor
echo '{"locked": ["vulnerability"]}' >"$TEST_TMP/org.json"
echo '{"rules": {"vulnerability": "off"}, "waivers": [{"id": "GHSA-4hjh-wcwx-xvwj", "reason": "r"}]}' >assay.policy.json
expect 0 "a project's policy lets all pass" "$assay" scan $db
expect 1 "on a floor it does not" "$assay" scan $db --org-policy "$TEST_TMP/org.json"
says "policy assay.policy.json on the floor of $TEST_TMP/org.json"
says "assay.policy.json rules.vulnerability would loosen what $TEST_TMP/org.json has locked"
says "its waiver does not count: not allowed by $TEST_TMP/org.json"
expect 1 "the floor from a variable" env ASSAY_ORG_POLICY="$TEST_TMP/org.json" "$assay" scan $db --format json
says '"org":	"'
says '"ASSAY_ORG_POLICY"'
expect 1 "an option goes no lower" "$assay" scan $db --org-policy "$TEST_TMP/org.json" -A vulnerability --policy default
says "-A vulnerability would loosen"
expect 2 "a floor that is not there" "$assay" scan $db --org-policy nowhere.json
expect 0 "policy show" "$assay" policy show --org-policy "$TEST_TMP/org.json"
says "vulnerability (locked)"
says "at least"

# ---- observe
expect 0 "--observe" "$assay" scan $db --policy default --observe
says "FAIL"
says "exit 0 (--observe: it would be 1)"
expect 0 "--observe, with gaps" "$assay" scan $day --policy default --observe --format json
says '"observe":	true'
rm assay.policy.json

# ---- build_only, omit
empty
cat >package-lock.json <<'JSON'
{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{
"":{"name":"app","version":"1.0.0","dependencies":{"tool":"1.0.0"},"devDependencies":{"lodash":"4.17.15"}},
"node_modules/tool":{"version":"1.0.0","integrity":"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==","dependencies":{"axios":"0.21.1"}},
"node_modules/axios":{"version":"0.21.1","integrity":"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},
"node_modules/lodash":{"version":"4.17.15","dev":true,"integrity":"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="}}}
JSON
echo '{"build_only": ["tool"], "rules": {"vulnerability": [{"when": {"scope": "build"}, "level": "off"}]}}' >assay.policy.json
expect 0 "what only build tools bring has the scope build" "$assay" scan $db --format json
says '"scope":	"dev"'
hides '"name":	"axios"'
expect 0 "list says so" "$assay" list --format json
says '"scope":	"build"'
rm assay.policy.json
expect 0 "without that it is prod" "$assay" scan $db --format json
says '"name":	"axios"'
expect 0 "--omit dev" "$assay" scan $db --omit dev --format json
says '"omitted"'
hides '"name":	"lodash"'
expect 2 "--omit of an unknown kind" "$assay" scan $db --omit prod
tells "unknown kind of dependency"
expect 0 "--omit is told by policy show" "$assay" policy show --omit dev --omit peer --fail-on high -D deprecated
says "# --omit dev"
says "# --omit peer"
says "# --fail-on high"
says "# -D deprecated"
}
finish
