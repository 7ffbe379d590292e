#!/bin/sh
# honour: what a project has told its package manager counts where the policy asks for it, and only there.
. "$ASSAY_ROOT/tests/cli/lib.sh"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" "$ASSAY_ROOT/advisories/osv" || echo "not ok - import"
judge="--db $TEST_TMP/osv.db --as-of 2026-11-23"
policy() { printf '{"honour": [%s], "rules": {"install-script": "error", "config-hygiene": "off"}}\n' "$1" >assay.policy.json; }
# shellcheck disable=SC2086
{
# ---- npm, bun: install scripts in package.json
empty
cat >package.json <<'END'
{"name": "x", "version": "1.0.0", "dependencies": {"esbuild": "0.19.0", "fsevents": "2.3.3"},
 "allowScripts": {"esbuild@0.19.0": true, "fsevents": false}, "trustedDependencies": ["fsevents"]}
END
cat >package-lock.json <<'END'
{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {
 "": {"name": "x", "version": "1.0.0", "dependencies": {"esbuild": "0.19.0", "fsevents": "2.3.3"}},
 "node_modules/esbuild": {"version": "0.19.0", "resolved": "@PUBLIC_REGISTRY@esbuild/-/esbuild-0.19.0.tgz", "hasInstallScript": true},
 "node_modules/fsevents": {"version": "2.3.3", "resolved": "@PUBLIC_REGISTRY@fsevents/-/fsevents-2.3.3.tgz", "hasInstallScript": true}}}
END
sed -i "s|@PUBLIC_REGISTRY@|$PUBLIC_REGISTRY|g" package-lock.json
policy ''
expect 1 "nothing is honoured" "$assay" scan $judge --format csv
is "$(grep -c install-script "$out")" 2 "both scripts are found"
policy '"npm"'
expect 1 "npm" "$assay" scan $judge --format csv
is "$(grep install-script "$out" | grep -c fsevents)" 1 "what is denied is found"
is "$(grep install-script "$out" | grep -c esbuild)" 0 "what is allowed is not"
policy '"bun"'
expect 1 "bun" "$assay" scan $judge --format csv
is "$(grep install-script "$out" | grep -c esbuild)" 1 "trustedDependencies names the other one"
policy '"npm", "bun"'
expect 0 "both" "$assay" scan $judge -q
echo '{"locked": ["install-script"], "rules": {"install-script": "error"}}' >"$TEST_TMP/org.json"
expect 1 "not past a floor" "$assay" scan $judge --org-policy "$TEST_TMP/org.json"
says "package.json install_scripts would loosen what"
policy '"nmp"'
expect 2 "no package manager" "$assay" scan $judge
tells 'unknown package manager "nmp"; did you mean "npm"?'

# ---- pnpm
empty
cat >package.json <<'END'
{"name": "x", "dependencies": {"lodash": "4.17.15"}, "pnpm": {"auditConfig": {"ignoreGhsas": ["GHSA-29mw-wpgm-hmr9"]}}}
END
cat >pnpm-lock.yaml <<'END'
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      lodash:
        specifier: 4.17.15
        version: 4.17.15
packages:
  lodash@4.17.15:
    resolution: {integrity: sha512-8xOcRHvCjnocdS5cpwXQXVzmmh5e5+saE2QGoeQmbKmRS6J3VQppPOIt0MnmE+4xlZoumy0GPG0D0MVIQbNA1A==}
snapshots:
  lodash@4.17.15: {}
END
printf 'auditConfig:\n  ignoreGhsas:\n    - GHSA-35jh-r3h4-6jhm\naudit:\n  ignore: [GHSA-p6mc-m468-83gw]\n' >pnpm-workspace.yaml
policy '"npm"'
expect 1 "another manager's settings" "$assay" scan $judge -q
policy '"pnpm"'
expect 0 "pnpm" "$assay" scan $judge -q
expect 0 "where each comes from" "$assay" explain lodash $judge
says "waived: pnpm ignores it (auditConfig.ignoreGhsas, pnpm-workspace.yaml line 3)"
says "waived: pnpm ignores it (audit.ignore, pnpm-workspace.yaml line 5)"
says "waived: pnpm ignores it (pnpm.auditConfig.ignoreGhsas, package.json line 1)"
echo '{"max_waiver": "30d"}' >"$TEST_TMP/org.json"
expect 1 "an organisation's bound" "$assay" scan $judge --org-policy "$TEST_TMP/org.json"
says "its waiver does not count: without an end, and"
echo '{"honour": ["pnpm"], "max_waiver": "30d"}' >"$TEST_TMP/org.json"
rm assay.policy.json
expect 1 "holds even where it asks for it: the words are the project's" "$assay" scan $judge --org-policy "$TEST_TMP/org.json"
says "its waiver does not count: without an end, and"
policy '"pnpm"'
printf 'audit: [\n' >pnpm-workspace.yaml
expect 2 "settings that cannot be read" "$assay" scan $judge
tells "what is to be honoured cannot be read"
printf 'audit:\n  ignore: GHSA-p6mc-m468-83gw\n' >pnpm-workspace.yaml
expect 2 "settings of another shape" "$assay" scan $judge
tells "pnpm-workspace.yaml: line 2"
rm pnpm-workspace.yaml
ln -s "$TEST_TMP/org.json" pnpm-workspace.yaml
expect 1 "a link that leads elsewhere is not followed" "$assay" scan $judge -q

# ---- yarn
project vulnerable
printf 'npmAuditIgnoreAdvisories: ["GHSA-xvch-5gv4-984h", "1097682"]\nnpmAuditExcludePackages:\n  - axios\n  - "lod*"\n' >.yarnrc.yml
policy '"yarn"'
expect 0 "yarn" "$assay" scan $judge -q
expect 0 "a number of npm's own" "$assay" scan $judge
says ".yarnrc.yml, line 1: 1097682 is a number of npm's own, by which no advisory database knows one: it waives nothing"
expect 0 "an advisory" "$assay" explain GHSA-xvch-5gv4-984h $judge
says "waived: yarn ignores it (npmAuditIgnoreAdvisories, .yarnrc.yml line 1)"
expect 0 "a pattern of packages" "$assay" explain lodash $judge
says "waived: yarn ignores it (npmAuditExcludePackages, .yarnrc.yml line 4)"
}
finish
