#!/bin/sh
# Changes: --base from git's objects, --baseline from an earlier report.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_AS_OF=2026-11-23
TMPDIR=$TEST_TMP/scratch # of this test alone: others run beside it
export ASSAY_AS_OF TMPDIR
mkdir "$TMPDIR"
if ! command -v git >/dev/null 2>&1; then
	skip "changes" "no git"
	finish
	exit
fi
for name in GITHUB_EVENT_NAME GITHUB_EVENT_PATH CI_MERGE_REQUEST_DIFF_BASE_SHA CI_COMMIT_BEFORE_SHA BITBUCKET_PR_DESTINATION_COMMIT CHANGE_TARGET; do unset $name; done
git() { command git -c user.name=a -c user.email=a@example.com -c init.defaultBranch=main -c commit.gpgsign=false "$@"; }
commit() { git add -A && git commit -qm "$1"; }

# A lockfile with lodash VERSION, and more packages: lock VERSION [ENTRY…]
lock() {
	version=$1
	shift
	{
		printf '{"name":"web","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"web","version":"1.0.0","dependencies":{"lodash":"^4.0.0","minimist":"*"}},\n'
		printf '"node_modules/lodash":{"version":"%s","integrity":"sha512-%s"}' "$version" "${DIGEST:-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==}"
		for entry; do printf ',\n%s' "$entry"; done
		printf '}}\n'
	} >package-lock.json
}
minimist='"node_modules/minimist":{"version":"0.0.8","integrity":"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="}'
evil='"node_modules/evil":{"version":"1.0.0"}'
start() {
	empty
	git init -q .
	echo '{"name":"web","version":"1.0.0","dependencies":{"lodash":"^4.0.0","minimist":"*"}}' >package.json
	lock 4.17.15 "$minimist"
	commit one
	git checkout -qb change
}
policy='{"database":{"starter":"off"}}'

start
expect 3 "nothing new: only the gap is left" "$assay" scan --base main
says "0 changed, 0 added, 0 removed, 2 unchanged"
says "NOT YOUR CHANGE"
hides "BLOCKED BY THIS CHANGE"
expect 1 "without a base they fail" "$assay" scan

lock 4.17.19 "$minimist"
expect 3 "an update that clears one of three" "$assay" scan --base main --format json
says '"status":	"carried"'
says '"status":	"fixed"'
says "GHSA-p6mc-m468-83gw"
hides '"status":	"introduced"'
says '"changed":	1'
lock 4.17.15
git checkout -qb without && commit "no minimist" && lock 4.17.15 "$minimist"
expect 1 "a package that brings vulnerabilities" "$assay" scan --base without
says "minimist 0.0.8"
says "BLOCKED BY THIS CHANGE"
says "WHAT TO DO   npm "
hides "lodash 4.17.15 ->"
says "1 added"
"$assay" scan --base without --format json >"$out" 2>"$err"
says '"status":	"introduced"'

# ---- the change does not write its own judge
start
lock 4.17.15 "$minimist" "$evil"
echo '{"extends":["default"],"rules":{"integrity-missing":"off"},"waivers":[{"rule":"integrity-missing","reason":"mine"}]}' >assay.policy.json
expect 3 "judged by the base's policy" "$assay" scan --base main
says "integrity-missing"
says "the change adds assay.policy.json"
says "policy default"
commit two
git checkout -q main
echo "$policy" >assay.policy.json
mkdir rules && echo '{"rules":{"integrity-missing":"error"}}' >rules/more.json
echo '{"extends":["default","./rules/more.json"],"database":{"starter":"off"}}' >assay.policy.json
commit policy
git checkout -q change && git merge -q main -X ours -m merge 2>/dev/null
echo '{"database":{"starter":"off"}}' >assay.policy.json
echo '{}' >rules/more.json
expect 1 "a policy's own files are the base's as well" "$assay" scan -v --base main
says "evil 1.0.0"
says "the change alters rules/more.json"
says "the change alters assay.policy.json"
expect 1 "a policy named on the command line too" "$assay" scan --base main --policy assay.policy.json
says "policy assay.policy.json"
mkdir ci && echo '{"rules":{"vulnerability":"off"},"waivers":[{"rule":"vulnerability","reason":"mine"}]}' >ci/new.json && commit named
expect 1 "one that the change brings along judges nothing" "$assay" scan -v --base main --policy ci/new.json --org-policy ci/new.json
says "the change adds ci/new.json"
says "policy assay.policy.json"
git checkout -q main && mkdir ci && echo '{"rules":{"integrity-missing":"off"},"database":{"starter":"off"},"advisories":["../own"]}' >ci/p.json
mkdir own && printf '{"id":"OWN-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"evil"},"versions":["1.0.0"]}]}' >own/OWN-1.json && commit ci
git checkout -q change && git merge -q main -m merge 2>/dev/null
echo '{"rules":{"vulnerability":"off"}}' >ci/p.json
rm own/OWN-1.json && echo '{}' >own/x.json && echo '{}' >own/y.json
expect 0 "one that stands elsewhere is the base's all the same, and so is what it names" "$assay" scan -v --base main --policy ci/p.json
says "OWN-1"
says "the change alters ci/p.json"
says "the change removes own/OWN-1.json and 2 more of own"

# What it honours as well: the change ignores its own advisories.
start
git checkout -q main
echo '{"honour":["pnpm"],"database":{"starter":"off"}}' >assay.policy.json
rm package-lock.json
pnpm() {
	printf "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      lodash:\n        specifier: $1\n        version: $1\npackages:\n  lodash@$1:\n"
	printf '    resolution: {integrity: sha512-8xOcRHvCjnocdS5cpwXQXVzmmh5e5+saE2QGoeQmbKmRS6J3VQppPOIt0MnmE+4xlZoumy0GPG0D0MVIQbNA1A==}\n'
	printf "snapshots:\n  lodash@$1: {}\n"
}
echo '{"name":"web","version":"1.0.0","dependencies":{"lodash":"4.17.21"}}' >package.json
pnpm 4.17.21 >pnpm-lock.yaml
printf 'audit:\n  ignore: [GHSA-1111-1111-1111]\n' >pnpm-workspace.yaml
commit pnpm
git checkout -qB change
echo '{"name":"web","version":"1.0.0","dependencies":{"lodash":"4.17.15"}}' >package.json
pnpm 4.17.15 >pnpm-lock.yaml
printf 'auditConfig:\n  ignoreGhsas: [GHSA-35jh-r3h4-6jhm, GHSA-p6mc-m468-83gw]\naudit:\n  ignore: [ GHSA-1111-1111-1111 ] # as before\n' >pnpm-workspace.yaml
commit ignore
expect 1 "settings that a policy honours are the base's" "$assay" scan --base main
says "GHSA-35jh-r3h4-6jhm"
says "the change sets auditConfig.ignoreGhsas in pnpm-workspace.yaml; it is judged by what the base has"
hides "audit.ignore"
printf 'audit: [\n' >pnpm-workspace.yaml
expect 1 "settings that the change makes unreadable" "$assay" scan -v --base main
says "the change makes unreadable pnpm-workspace.yaml;"

# A policy that is a link is the file that it leads to, or is an error; what is wrong with it is said of the commit.
start
git checkout -q main
mkdir ci && echo '{"rules":{"vulnerability":"off"},"database":{"starter":"off"}}' >ci/p.json && ln -s ci/p.json assay.policy.json && commit link
git checkout -qB change && lock 4.17.15 "$minimist" "$evil"
expect 0 "a policy that is a link" "$assay" scan --base main
git checkout -q main && ln -sf "$TEST_TMP/elsewhere.json" assay.policy.json && commit out && git checkout -qB change
expect 3 "a link that leads out of the repository" "$assay" scan --base main
tells "is a link that leads to no file of that commit"
git checkout -q main && rm assay.policy.json && echo '{"rules":{"vulnerabilty":"off"}}' >assay.policy.json && commit typo && git checkout -qB change
short=$(git rev-parse HEAD | cut -c1-10)
expect 2 "a base whose policy is wrong" "$assay" scan --base main
tells "assay: $short:assay.policy.json: line 1, column 11: unknown rule"

# ---- what is about the project: another one of its kind is no old one
start
git checkout -q main
echo '{"name":"web","version":"1.0.0","dependencies":{"lodash":"^4.0.0","minimist":"*","first":"1"}}' >package.json
echo "$policy" >assay.policy.json
commit drift
git checkout -qB change
expect 0 "a drift that was there" "$assay" scan --base main
echo '{"name":"web","version":"1.0.0","dependencies":{"lodash":"^4.0.0","minimist":"*","first":"1","second":"1"}}' >package.json
expect 1 "one more dependency that the lockfile lacks" "$assay" scan --base main
says "second"
"$assay" scan --format json=before.json >"$out" 2>"$err"
expect 0 "nothing new since that report" "$assay" scan --baseline before.json
echo '{"name":"web","version":"1.0.0","dependencies":{"lodash":"^4.0.0","minimist":"*","first":"1","third":"1"}}' >package.json
expect 1 "another one since that report" "$assay" scan --baseline before.json
says "third"

# ---- tampering
start
DIGEST=BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA== lock 4.17.15 "$minimist"
expect 1 "the same version, other bytes" "$assay" scan --base main
says "lockfile-tamper"

# ---- what is compared with
start
lock 4.17.19 "$minimist" && commit two
git checkout -q main && echo x >other && commit other && git merge -q --no-ff change -m merge
GITHUB_EVENT_NAME=pull_request "$assay" scan --base auto >"$out" 2>"$err"
says "first parent of the merge commit"
says "1 changed"
one=$(git rev-parse main~1)
echo "{\"merge_group\":{\"base_sha\":\"$one\"}}" >"$TEST_TMP/event.json"
GITHUB_EVENT_NAME=merge_group GITHUB_EVENT_PATH=$TEST_TMP/event.json "$assay" scan --base auto >"$out" 2>"$err"
says "named by the workflow's event"
CI_MERGE_REQUEST_DIFF_BASE_SHA=$one "$assay" scan --base auto >"$out" 2>"$err"
says "merge base with $one"
expect 3 "a commit that the clone lacks" env CI_MERGE_REQUEST_DIFF_BASE_SHA=1111111111111111111111111111111111111111 "$assay" scan --base auto
tells "git fetch --depth=1 origin 1111111111111111111111111111111111111111"
expect 3 "a branch that is not there" "$assay" scan --base nowhere
tells "git fetch origin nowhere"
"$assay" scan --base auto >"$out" 2>"$err"
says "merge base with main"
expect 2 "--base and --baseline" "$assay" scan --base auto --baseline x.json

# ---- an .npmrc that CI wrote is no part of the change
start
echo 'fund=false' >.npmrc
"$assay" scan --base main >"$out" 2>"$err"
hides "policy-changed"
commit npmrc
"$assay" scan --base main >"$out" 2>"$err"
says "the change adds .npmrc"

# ---- hostile repositories
start
git config core.fsmonitor "touch $TEST_TMP/ran"
git config core.hooksPath "$TEST_TMP/hooks"
git config filter.evil.smudge "touch $TEST_TMP/ran"
echo '* filter=evil' >.gitattributes
expect 3 "a configuration that names programs" "$assay" scan --base main
[ ! -e "$TEST_TMP/ran" ] && pass "runs none of them" || fail "runs none of them"
start
lock 4.17.19
blob=$(git rev-parse main:package-lock.json)
rm -f ".git/objects/$(echo "$blob" | cut -c1-2)/$(echo "$blob" | cut -c3-)"
expect 3 "an object that is missing" "$assay" scan --base main
tells "package-lock.json"
tells "git fetch"
start
tree=$(git rev-parse "main^{tree}")
file=".git/objects/$(echo "$tree" | cut -c1-2)/$(echo "$tree" | cut -c3-)"
chmod u+w "$file" && printf 'garbage' >"$file"
expect 3 "an object that is damaged" "$assay" scan --base main
# Each tree holds ten times the same one: 10^10 files in eleven objects.
start
blob=$(echo '{}' | git hash-object -w --stdin)
tree=$(printf '100644 blob %s\tx.txt\n' "$blob" | git mktree)
for level in 1 2 3 4 5 6 7 8 9 10; do
	tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\td%s\n' "$tree" "$i"; done | git mktree)
done
bomb=$(git commit-tree -m bomb "$tree")
git branch bomb "$bomb"
expect 3 "a tree without end" "$assay" scan --base bomb
tells "too many"
empty
echo '{}' >package.json
GIT_CEILING_DIRECTORIES=$TEST_TMP expect 3 "no repository" "$assay" scan --base auto
tells "git repository"
for left in "$TMPDIR"/assay-scratch-*; do [ -e "$left" ] && fail "nothing is left behind" "$left"; done
pass "nothing is left behind"

# ---- an earlier report
start
"$assay" scan --format json=before.json >"$out" 2>"$err"
expect 3 "a baseline" "$assay" scan --baseline before.json
says "compared with the report before.json"
hides "BLOCKED BY THIS CHANGE"
lock 4.17.21 "$minimist"
"$assay" scan --baseline before.json >"$out" 2>"$err"
says "CLEARED"
echo '{"schema":"assay.report/2"}' >other.json
expect 2 "another schema" "$assay" scan --baseline other.json
tells "assay.report/1"
expect 2 "no report at all" "$assay" scan --baseline nowhere.json
finish
