#!/bin/sh
# explain: a package, an advisory, a fingerprint, a rule.
. "$ASSAY_ROOT/tests/cli/lib.sh"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" "$ASSAY_ROOT/advisories/osv" || echo "not ok - import"
judge="--db $TEST_TMP/osv.db --as-of 2026-11-23"
project vulnerable
# shellcheck disable=SC2086
{
expect 0 "a package" "$assay" explain minimist $judge
says "minimist@0.0.8   node_modules/minimist   prod   package-lock.json:48"
says "vulnerable > mkdirp@0.5.1 > minimist@0.0.8   (only path)"
says "GHSA-vh95-rmgr-6w4m (CVE-2020-7598)  medium 5.6"
says "warn by default.rules.vulnerability[3]; what was asked before it did not hold:"
says 'error  default.rules.vulnerability[2]: severity is medium, fix is "override"'
says 'comes with:   mkdirp@0.5.1'
says 'to clear it:  "overrides": { "mkdirp": { "minimist": "0.2.4" } } in package.json   a minor of 0.x may break: test the build   (mkdirp@0.5.1 asks 0.0.8)'
says 'to accept it: assay waive GHSA-vh95-rmgr-6w4m --package minimist --for 90d --reason "..."'
quiet_err
expect 0 "an alias" "$assay" explain cve-2021-44906 $judge
says "GHSA-xvch-5gv4-984h"
hides "GHSA-vh95-rmgr-6w4m"
print=$(sed -n 's/.*fingerprint \([0-9a-f]*\)$/\1/p' "$out")
expect 0 "a fingerprint, and a lockfile" "$assay" explain "$print" $judge package-lock.json
says "GHSA-xvch-5gv4-984h"
hides "GHSA-vh95-rmgr-6w4m"
expect 1 "not seven letters of it" "$assay" explain "$(echo "$print" | cut -c1-7)" $judge
expect 0 "a range" "$assay" explain 'lodash@<4.17.20' $judge
says "lodash@4.17.15"
expect 1 "a range that the version is not in" "$assay" explain 'lodash@>=4.17.20' $judge
expect 0 "a package URL" "$assay" explain pkg:npm/lodash@4.17.15 $judge
says "lodash@4.17.15"
expect 0 "a package that nothing is known of" "$assay" explain mkdirp $judge
says "nothing was found against it"
expect 1 "what is not there" "$assay" explain left-pad $judge
tells "left-pad: no package, advisory, fingerprint of this project"
expect 2 "no lockfile" "$assay" explain lodash $judge "$TEST_TMP/nowhere"

cat >assay.policy.json <<'END'
{
  "rules": {"vulnerability": [
    {"when": {"scope": "dev", "direct": false, "package": "lodash", "epss": ">=0.5", "advisory_age": "<7d"}, "level": "off"},
    {"when": {"depth": ">=2"}, "level": "info", "from": "2027-01-01"},
    {"when": {"severity": ">=medium"}, "level": "warn"}
  ]},
  "waivers": [{"id": "CVE-2021-3749", "reason": "ours alone", "expires": "2026-01-31"}]
}
END
expect 0 "conditions, one by one" "$assay" explain CVE-2021-3749 $judge
says "off    assay.policy.json rules.vulnerability[0]: scope is prod, direct is true, package is axios@0.21.1, epss is not known, advisory_age is "
says "assay.policy.json rules.vulnerability[1]: depth is 1"
says "; its waiver does not count: expired 2026-01-31: ours alone"
expect 0 "a clause whose day has not come" "$assay" explain CVE-2020-7598 $judge
says "rules.vulnerability[1]: it begins on 2027-01-01"
expect 0 "what the command line caps" "$assay" explain CVE-2020-7598 $judge --fail-on critical
says "--fail-on critical: severity is medium"
echo '{"locked": ["vulnerability"]}' >"$TEST_TMP/org.json"
expect 0 "a floor" "$assay" explain CVE-2021-3749 $judge --org-policy "$TEST_TMP/org.json"
says "error by default.rules.vulnerability[2]"
says "lets no project waive vulnerability"
rm assay.policy.json

# An override of one version moves the others too.
sed -i 's|"node_modules/minimist": {|"node_modules/axios/node_modules/minimist": {"version": "1.2.8", "resolved": "'"$PUBLIC_REGISTRY"'minimist/-/minimist-1.2.8.tgz"},\n    &|' package-lock.json
expect 0 "another copy" "$assay" explain minimist@0.0.8 $judge
says '{ "mkdirp'
says '{ "minimist": "0.2.4" } }'
project vulnerable

# What is pasted into a shell is made of plain words.
sed -i 's|"node_modules/lodash"|"node_modules/lo;dash"|' package-lock.json
expect 3 "a hostile name" "$assay" explain 'lo;dash' $judge
hides "--package lo;dash"
printf '{' >package-lock.json
expect 3 "a lockfile that cannot be read clears nobody" "$assay" explain lodash $judge
}

# ---- the project itself
project vulnerable
sed -i 's/"lodash": "[^"]*"/"lodash": "^5.0.0"/' package.json
"$assay" explain vulnerable >"$out" 2>"$err"
says "lockfile-drift  "
says "assay explain lockfile-drift  fingerprint "

# ---- rules
for page in "$ASSAY_ROOT"/docs/rules/*.md; do
	rule=$(basename "$page" .md)
	"$assay" explain "$rule" >"$out" 2>"$err"
	cmp -s "$page" "$out" || fail "the page of $rule"
done
pass "every rule's page"
"$assay" scan -D no-such-rule >"$out" 2>"$err"
missing=
for rule in $(sed -n 's/.*known here: //p' "$err" | tr -d ,); do [ -s "$ASSAY_ROOT/docs/rules/$rule.md" ] || missing="$missing $rule"; done
is "$missing" "" "a page for every rule"
is "$(sed -n 's/.*known here: //p' "$err" | tr ',' '\n' | grep -c .)" "$(ls "$ASSAY_ROOT"/docs/rules | wc -l)" "and no other"

# ---- whose say it was, where clauses ask who brings it
empty
mkdir -p packages/web packages/legacy
cat >package-lock.json <<'END'
{"name":"mono","version":"1.0.0","lockfileVersion":3,"packages":{
 "":{"name":"mono","version":"1.0.0","workspaces":["packages/*"]},
 "node_modules/legacy":{"resolved":"packages/legacy","link":true},
 "node_modules/web":{"resolved":"packages/web","link":true},
 "node_modules/minimist":{"version":"0.0.8","integrity":"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},
 "packages/legacy":{"name":"legacy","version":"1.0.0","dependencies":{"minimist":"0.0.8"}},
 "packages/web":{"name":"web","version":"1.0.0","dependencies":{"minimist":"0.0.8"}}}}
END
echo '{"rules":{"vulnerability":[{"when":{"importer":"packages/legacy"},"level":"info"},{"when":{"importer":"packages/web"},"level":"error"}]}}' >assay.policy.json
expect 0 "two workspaces bring it" "$assay" explain minimist --as-of 2026-11-23
says "error by assay.policy.json rules.vulnerability[1], for packages/web; what was asked before it did not hold:"
says "rules.vulnerability[0]: importer is packages/web"

# ---- where an override stands
empty
echo '{"name":"x","version":"1.0.0","dependencies":{"lodash":"4.17.21"},"pnpm":{"overrides":{"here":"1.0.0"}}}' >package.json
printf 'packages: ["."]\noverrides:\n  there: 2.0.0\n' >pnpm-workspace.yaml
cat >pnpm-lock.yaml <<'END'
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      lodash: {specifier: 4.17.21, version: 4.17.21}
packages:
  lodash@4.17.21:
    resolution: {integrity: sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==}
snapshots:
  lodash@4.17.21: {}
END
"$assay" scan -v -W override-stale >"$out" 2>"$err"
says "package.json line 1 overrides here with 1.0.0, which nothing asks for"
says "pnpm-workspace.yaml line 3 overrides there with 2.0.0, which nothing asks for"
finish
