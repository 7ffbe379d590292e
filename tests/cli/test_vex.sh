#!/bin/sh
# OpenVEX documents that a policy names, and the one that policy vex writes; what one writes another run reads.
. "$ASSAY_ROOT/tests/cli/lib.sh"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" "$ASSAY_ROOT/advisories/osv" || echo "not ok - import"
judge="--db $TEST_TMP/osv.db --as-of 2026-11-23"
project vulnerable
# shellcheck disable=SC2086
{
cat >vex.json <<'END'
{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/1", "author": "us", "timestamp": "2026-11-01T00:00:00Z", "version": 1,
 "statements": [
  {"vulnerability": {"name": "CVE-2021-44906"}, "products": [{"@id": "pkg:npm/minimist@0.0.8"}],
   "status": "not_affected", "justification": "vulnerable_code_cannot_be_controlled_by_adversary", "impact_statement": "arguments are ours"},
  {"vulnerability": {"name": "CVE-2021-3749"}, "products": [{"@id": "pkg:npm/axios@1.0.0"}], "status": "fixed"}
 ]}
END
echo '{"vex": ["vex.json"]}' >assay.policy.json
expect 0 "a statement waives" "$assay" explain CVE-2021-44906 $judge
says "waived: not affected: vulnerable_code_cannot_be_controlled_by_adversary: arguments are ours"
expect 0 "one about another version does not" "$assay" explain CVE-2021-3749 $judge
hides "waived"
expect 0 "written again" "$assay" policy vex $judge -o out.json
is "$(grep -c '"status":' out.json)" 1 "one statement"
cp out.json "$out"
says '"status":	"not_affected"'
says '"justification":	"vulnerable_code_cannot_be_controlled_by_adversary"'
says 'pkg:npm/minimist@0.0.8'
echo '{"vex": ["out.json"]}' >assay.policy.json
expect 0 "and read again" "$assay" explain GHSA-xvch-5gv4-984h $judge
says "waived: not affected: vulnerable_code_cannot_be_controlled_by_adversary"
rm assay.policy.json
expect 0 "a waiver with a justification" "$assay" waive CVE-2021-44906 --reason "not there" --justification component_not_present $judge
expect 0 "and one without" "$assay" waive CVE-2021-3749 --reason "not now" --for 30d $judge
expect 2 "a word that OpenVEX does not have" "$assay" waive CVE-2020-7598 --reason r --justification because $judge
tells 'unknown justification "because"'
expect 0 "as a document" "$assay" policy vex $judge
says '"justification":	"component_not_present"'
says '"impact_statement":	"not there"'
says '"status":	"affected"'
says "accepted for now: not now (until 2026-12-23)"
is "$(grep -c '"status":' "$out")" 2 "what is not waived is not stated"
echo '{"locked": ["vulnerability"]}' >"$TEST_TMP/org.json"
echo '{"vex": ["vex.json"]}' >assay.policy.json
expect 0 "a floor that lets nobody waive" "$assay" explain CVE-2021-44906 $judge --org-policy "$TEST_TMP/org.json"
says "its waiver does not count: not allowed by"
echo '{"vex": ["gone.json"]}' >assay.policy.json
expect 2 "a document that is not there" "$assay" scan $judge
tells "assay.policy.json: line 1, column 10: "
tells "gone.json"
printf '{' >package-lock.json
rm assay.policy.json
expect 3 "nothing is stated of what could not be read" "$assay" policy vex $judge
}
finish
