#!/bin/sh
# waive: writes what holds, and nothing else.
. "$ASSAY_ROOT/tests/cli/lib.sh"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" "$ASSAY_ROOT/advisories/osv" || echo "not ok - import"
judge="--db $TEST_TMP/osv.db --as-of 2026-11-23"
project vulnerable
# shellcheck disable=SC2086
{
expect 2 "without a reason" "$assay" waive GHSA-xvch-5gv4-984h $judge
tells "--reason"
expect 1 "an id that is not here" "$assay" waive GHSA-0000-0000-0000 --package minimist --reason r $judge
tells "nothing here is GHSA-0000-0000-0000 in minimist"
expect 1 "an id that is here, in another package" "$assay" waive GHSA-xvch-5gv4-984h --package lodash --reason r $judge
expect 2 "no time" "$assay" waive GHSA-xvch-5gv4-984h --reason r --for soon $judge
expect 2 "too long a time" "$assay" waive GHSA-xvch-5gv4-984h --reason r --for 3661d $judge
if [ -e assay.policy.json ]; then fail "nothing was written so far"; else pass "nothing was written so far"; fi
expect 0 "the package follows from the id" "$assay" waive GHSA-xvch-5gv4-984h --reason "no user input" --for 90d $judge
tells "made assay.policy.json: GHSA-xvch-5gv4-984h in minimist is waived until 2027-02-21, that day included"
expect 0 "and the policy reads it" "$assay" explain GHSA-xvch-5gv4-984h $judge
says "waived: no user input (until 2027-02-21)"
expect 2 "twice" "$assay" waive GHSA-xvch-5gv4-984h --reason again $judge
tells "waived already: no user input"
expect 2 "twice, by another name" "$assay" waive CVE-2021-44906 --package minimist --reason again $judge
tells "GHSA-xvch-5gv4-984h is waived already"
expect 0 "an alias, a path, an owner" "$assay" waive CVE-2020-7598 --reason r --owner web --path "vulnerable > mkdirp > **" $judge
tells "without an end"
is "$(sed -n 5p assay.policy.json)" '    {"id": "CVE-2020-7598", "package": "minimist", "path": "vulnerable > mkdirp > **", "reason": "r", "owner": "web"}' "as it stands"
expect 1 "a rule that found nothing here" "$assay" waive deprecated --package axios --reason r $judge
expect 0 "all the same" "$assay" waive deprecated --package axios --reason r --force $judge
is "$(sed -n 6p assay.policy.json)" '    {"rule": "deprecated", "package": "axios", "reason": "r"}' "as a rule"
expect 2 "an unknown rule" "$assay" waive CVE-2021-3749 --rule deprecatd --reason r $judge
expect 2 "a preset is no file" "$assay" waive CVE-2021-3749 --reason r --policy strict $judge
tells "no policy of the project's"

echo '{"max_waiver": "30d", "locked": ["malware"]}' >"$TEST_TMP/org.json"
floor="--org-policy $TEST_TMP/org.json"
expect 2 "longer than the organisation allows" "$assay" waive CVE-2021-3749 --reason r --for 31d $judge $floor
tells "org.json lets waivers last 30 d at most, not 31d"
expect 0 "no time asked for: as long as it allows" "$assay" waive CVE-2021-3749 --reason r $judge $floor
tells "until 2026-12-23, that day included, the longest that"
echo '{"locked": ["vulnerability"]}' >"$TEST_TMP/org.json"
cp assay.policy.json before
expect 2 "what the organisation locks" "$assay" waive CVE-2023-45857 --reason r $judge $floor
tells "lets no project waive vulnerability"
rm assay.policy.json
expect 2 "and its own policy is not where waivers go" "$assay" waive CVE-2023-45857 --reason r $judge $floor
is "$(cat "$TEST_TMP/org.json")" '{"locked": ["vulnerability"]}' "the floor is as it was"
printf '{"rules": {"malwre": "error"}}\n' >assay.policy.json
expect 2 "a policy that cannot be read is left alone" "$assay" waive CVE-2023-45857 --reason r $judge
is "$(cat assay.policy.json)" '{"rules": {"malwre": "error"}}' "the policy is as it was"
rm assay.policy.json
expect 2 "a folder without a lockfile" "$assay" waive CVE-2023-45857 --reason r $judge "$TEST_TMP/nowhere"
mkdir below
expect 0 "another folder's project" sh -c "cd below && '$assay' waive CVE-2023-45857 --reason r $judge .."
if [ -f assay.policy.json ]; then pass "its policy is made there"; else fail "its policy is made there"; fi
}
finish
