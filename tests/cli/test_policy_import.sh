#!/bin/sh
# policy import: each tool's file; what is translated, what is left out, and where.
. "$ASSAY_ROOT/tests/cli/lib.sh"
empty
cp "$ASSAY_ROOT"/fixtures/imports/* "$ASSAY_ROOT"/fixtures/imports/.[a-z]* .
# waiver TEXT: the policy that was printed holds it as a whole line.
waiver() { if grep -qxF -- "    $1" "$out" || grep -qxF -- "    $1," "$out"; then pass "has $1"; else fail "has $1" "$(cat "$out")"; fi; }
reads() { "$assay" policy check "$out" >/dev/null 2>&1 && pass "what it printed is a policy" || fail "what it printed is a policy" "$(cat "$out")"; }

expect 0 "osv-scanner" "$assay" policy import osv-scanner.toml
waiver '{"id": "GHSA-xvch-5gv4-984h", "reason": "arguments are ours", "expires": "2026-12-30"}'
waiver '{"id": "CVE-2021-3749", "reason": "no reason given in osv-scanner.toml, line 7"}'
waiver '{"rule": "vulnerability", "package": "lodash@4.17.15", "reason": "no templates", "expires": "2026-12-31"}'
waiver '{"rule": "vulnerability", "package": "left-pad", "reason": "no reason given in osv-scanner.toml, line 26"}'
waiver '{"rule": "license", "package": "left-pad", "reason": "no reason given in osv-scanner.toml, line 26"}'
tells 'osv-scanner.toml, line 10: left out: said before, in line 7: the first one counts'
tells 'line 16: left out: CVE-2020-7598: "some day" is no date'
tells 'line 31: left out: about packages of PyPI'
tells 'line 36: left out: packages by regular expression cannot be said as narrowly'
tells 'line 41: left out: packages by everything but a name cannot be said as narrowly'
tells 'left out: a license is no waiver; write: "licenses": {"odd": "MIT"}'
tells '5 waivers translated, 6 lines left out'
reads

expect 0 "grype" "$assay" policy import .grype.yaml
waiver '{"id": "CVE-2021-3749", "reason": "ours alone"}'
waiver '{"id": "GHSA-35jh-r3h4-6jhm", "package": "lodash@4.17.15", "reason": "no reason given in .grype.yaml, line 7"}'
waiver '{"rule": "vulnerability", "package": "minimist", "reason": "no reason given in .grype.yaml, line 9", "until": "fix-available"}'
tells 'line 1: left out: "fail-on-severity" is no waiver; write: --fail-on high'
tells 'line 12: left out: not about npm packages'
tells 'line 14: left out: packages by location cannot be said as narrowly'
tells 'line 16: left out: all vulnerabilities of a kind are a clause'
tells 'line 17: left out: packages by VEX'
hides libcurl
reads

expect 0 "trivy" "$assay" policy import .trivyignore
waiver '{"id": "CVE-2021-44906", "reason": "arguments are ours", "expires": "2026-12-31"}'
waiver '{"id": "GHSA-35jh-r3h4-6jhm", "reason": "no reason given in .trivyignore, line 7"}'
tells 'line 6: left out: "AVD-DS-0002" is no advisory'
tells 'line 8: left out: CVE-2020-7598: "exp:soon" is not understood'
reads

expect 0 "trivy, YAML" "$assay" policy import .trivyignore.yaml
waiver '{"id": "CVE-2021-44906", "package": "minimist@0.0.8", "reason": "arguments are ours", "expires": "2026-12-31"}'
waiver '{"id": "CVE-2021-44906", "package": "@acme/args", "reason": "arguments are ours", "expires": "2026-12-31"}'
tells 'line 8: left out: CVE-2021-44906: "pkg:pypi/minimist" is no package of npm'
tells 'line 9: left out: "minimist", ">0": no name and version'
tells 'line 12: left out: CVE-2020-7598: "paths" cannot be said as narrowly'
tells 'line 13: left out: "misconfigurations" is no waiver'
reads

expect 0 "better-npm-audit" "$assay" policy import .nsprc
waiver '{"id": "GHSA-xvch-5gv4-984h", "reason": "arguments are ours", "expires": "2026-12-31"}'
waiver '{"id": "CVE-2021-3749", "reason": "as a text"}'
waiver '{"id": "GHSA-35jh-r3h4-6jhm", "reason": "no reason given in .nsprc, line 7", "expires": "2026-12-31"}'
tells 'line 3: left out: "1337"'
tells 'line 6: left out: CVE-2020-7598 is not active'
tells 'line 8: left out: GHSA-29mw-wpgm-hmr9: this expiry is not understood'
reads

expect 0 "audit-ci" "$assay" policy import audit-ci.jsonc
waiver '{"id": "GHSA-xvch-5gv4-984h", "path": ". > mkdirp > minimist", "reason": "no reason given in audit-ci.jsonc, line 7"}'
waiver '{"id": "GHSA-vh95-rmgr-6w4m", "path": "** > minimist", "reason": "no reason given in audit-ci.jsonc, line 8"}'
waiver '{"rule": "vulnerability", "package": "lodash", "reason": "no reason given in audit-ci.jsonc, line 9"}'
waiver '{"id": "GHSA-35jh-r3h4-6jhm", "reason": "no templates", "expires": "2026-12-31"}'
tells 'line 3: left out: "moderate" is no waiver; write: --fail-on moderate'
tells 'line 10: left out: "1337": npm'
tells 'line 12: left out: "a>b" names no advisory'
reads

# ---- what a policy would refuse is left out: the same in other letters, also in one line, and names that are none
mkdir odd
printf 'ignore: [{vulnerability: CVE-2021-3749}, {vulnerability: cve-2021-3749}, {package: {name: a@b, version: 1.0.0}}]\n' >odd/.grype.yaml
expect 0 "odd ones" "$assay" policy import odd/.grype.yaml
tells 'line 1: left out: said before, in line 1: the first one counts'
tells 'line 1: left out: no waiver: "b@1.0.0" is no range of versions'
tells '1 waiver translated, 2 lines left out'
reads

# ---- into a policy that is there
printf '{\n  // ours\n  "waivers": [\n    {"id": "cve-2021-44906", "reason": "known"},\n  ],\n}\n' >assay.policy.json
expect 0 "into a policy" "$assay" policy import .trivyignore -o assay.policy.json
tells '1 of them there already'
is "$(sed -n 2,5p assay.policy.json)" '  // ours
  "waivers": [
    {"id": "cve-2021-44906", "reason": "known"},
    {"id": "CVE-2021-3749", "reason": "no reason given in .trivyignore, line 4"},' "what was there stays"
cp assay.policy.json before
expect 0 "once more" "$assay" policy import .trivyignore -o assay.policy.json
cmp -s before assay.policy.json && pass "and nothing changes" || fail "and nothing changes"
expect 0 "into a new one" "$assay" policy import .nsprc -o new.json
expect 0 "which is fine" "$assay" policy check new.json

# ---- what cannot be read
expect 2 "of no tool" "$assay" policy import before
tells "osv-scanner:FILE"
cp osv-scanner.toml mine.toml
expect 0 "the tool in front" "$assay" policy import osv-scanner:mine.toml
printf '[[IgnoredVulns]\nid = "x"\n' >osv-scanner.toml
expect 3 "a broken one" "$assay" policy import osv-scanner.toml
tells "osv-scanner.toml: line 1, column 16"
printf 'ignore: [\n' >.grype.yaml
expect 3 "a broken YAML" "$assay" policy import .grype.yaml
printf '{"a": ' >.nsprc
expect 3 "a broken JSON" "$assay" policy import .nsprc
tells ".nsprc: line 1"
printf '[1, 2]' >.nsprc
expect 1 "another shape" "$assay" policy import .nsprc
printf '\377\n' >.trivyignore
expect 3 "no UTF-8" "$assay" policy import .trivyignore
printf 'CVE-1 \033[31m\n' >.trivyignore
expect 1 "hostile text" "$assay" policy import .trivyignore
tells '\x1b[31m'
expect 3 "a file that is not there" "$assay" policy import gone/.trivyignore
head -c 20000000 /dev/zero | tr '\0' '#' >.trivyignore
expect 3 "too large a file" "$assay" policy import .trivyignore
tells "more than the limit"
finish
