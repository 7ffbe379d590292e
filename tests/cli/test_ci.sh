#!/bin/sh
# docs/ci: each template run as far as it can be without the system that it is for. The program comes from a cache, as it does there but for the first time.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_AS_OF=2026-11-23
export ASSAY_AS_OF
ci=$ASSAY_ROOT/docs/ci
if ! command -v git >/dev/null 2>&1; then
	skip "CI" "no git"
	finish
	exit
fi
for name in $(env | sed -n 's/^\(GITHUB_[A-Z_]*\|CI_[A-Z_]*\|CHANGE_TARGET\)=.*/\1/p'); do unset "$name"; done
git() { command git -c user.name=a -c user.email=a@example.org -c init.defaultBranch=main -c commit.gpgsign=false "$@"; }

# What `make install PREFIX=$1` puts there, of this build.
place() {
	mkdir -p "$1/bin" "$1/share/assay"
	cp "$ASSAY_BUILD/bin/assay" "$1/bin/"
	cp "$ASSAY_BUILD/share/assay/starter.db" "$1/share/assay/"
}

# ---- build.sh: builds once; a cache without libraries gets those; a key that follows the sources
mkdir -p "$TEST_TMP/bin" tree/docs/ci tree/src tree/policies tree/advisories tree/docs/rules tree/include tree/.ci
cp "$ci/build.sh" tree/docs/ci/
touch tree/Makefile tree/src/a.c
export ASSAY_BUILD calls="$TEST_TMP/calls"
for name in make apt-get sudo; do
	cat >"$TEST_TMP/bin/$name" <<'STUB'
#!/bin/sh
echo "$(basename "$0") $*" >>"$calls"
prefix=$(echo "$*" | sed -n 's/.*PREFIX=\([^ ]*\).*/\1/p')
[ -z "$prefix" ] || [ -n "${STUB_FAILS:-}" ] || { mkdir -p "$prefix/bin" "$prefix/share/assay" && cp "$ASSAY_BUILD/bin/assay" "$prefix/bin/"; }
[ -z "${STUB_FAILS:-}" ]
STUB
	chmod +x "$TEST_TMP/bin/$name"
done
path=$PATH
PATH=$TEST_TMP/bin:$PATH
expect 0 "the program is built" tree/docs/ci/build.sh made
says "assay "
is "$(grep -c 'PREFIX=.*/made install$' "$calls")" 1 "by make install"
grep -q libsqlite3 made/share/assay/needs || ! command -v dpkg >/dev/null && pass "its libraries are noted" || fail "its libraries are noted"
: >"$calls"
expect 0 "a cache has it" tree/docs/ci/build.sh made
is "$(cat "$calls")" "" "and nothing is done"
printf '#!/bin/sh\ngrep -q "apt-get install" "$calls" && echo assay again\n' >made/bin/assay
echo libneeded1 >made/share/assay/needs
expect 0 "a cache has it without its libraries" tree/docs/ci/build.sh made
grep -q 'install .*libneeded1' "$calls" && ! grep -q '^make' "$calls" && pass "those are installed" || fail "those are installed" "$(cat "$calls")"
rm -r made
if (export STUB_FAILS=1 && tree/docs/ci/build.sh made) >"$out" 2>"$err"; then fail "a build that fails"; else pass "a build that fails"; fi
PATH=$path
key=$(tree/docs/ci/build.sh --key)
is "$(tree/docs/ci/build.sh --key)" "$key" "equal sources, equal keys"
echo x >tree/src/a.c
[ "$(tree/docs/ci/build.sh --key)" != "$key" ] && pass "other sources, another key" || fail "other sources, another key"

# A project with a change: main has vulnerable packages, the change brings another one; merged as GitHub merges.
project vulnerable
git init -q . && git add -A && git commit -qm "first"
base=$(git rev-parse HEAD)
git checkout -qb change
sed -i 's/0\.21\.1/0.20.1/' package-lock.json package.json && git commit -qam "another axios"
git checkout -q main && git commit -q --allow-empty -m "meanwhile" && git merge -q --no-ff -m merge change

# ---- GitHub
if [ -z "$ASSAY_ORACLE" ]; then
	skip "the action and GitLab's job" "no Node"
else
	ASSAY_OFFLINE=1 RUNNER_TEMP=$TEST_TMP/runner PLAY_CACHE=$TEST_TMP/cache GITHUB_STEP_SUMMARY=$TEST_TMP/summary
	export ASSAY_OFFLINE RUNNER_TEMP PLAY_CACHE GITHUB_STEP_SUMMARY
	place "$PLAY_CACHE/assay"
	mkdir "$RUNNER_TEMP"
	action() { expect "$1" "$2" env ACTION_UPDATE=none "$3" "$4" node "$ASSAY_ROOT/tests/oracle/ci.cjs" play "$ci/github/action.yml"; }
	: >"$GITHUB_STEP_SUMMARY"
	GITHUB_EVENT_NAME=push
	export GITHUB_EVENT_NAME
	action 1 "a push" A=b C=d
	says "FIX NOW"
	says "exit-code=1"
	says "verdict=fail"
	says "report=assay-report"
	says "::error file=package-lock.json,line="
	grep -q '^::stop-commands::assay-[0-9a-f]\{32\}$' "$out" && pass "texts give no commands" || fail "texts give no commands"
	is "$(ls assay-report | tr '\n' ' ')" "assay.json assay.md assay.sarif " "its reports"
	is "$(head -c 4 "$GITHUB_STEP_SUMMARY")" "$(head -c 4 assay-report/assay.md)" "the summary"
	GITHUB_EVENT_NAME=pull_request
	action 3 "a pull request" ACTION_ANNOTATIONS=false A=b
	says "base     $(git rev-parse --short=10 HEAD^1)"
	says "NOT YOUR CHANGE"
	says "verdict=incomplete"
	says "exit-code=3"
	hides "::error"
	mkdir '$(touch owned) ;touch owned' && cp package*.json '$(touch owned) ;touch owned'
	ACTION_BASE=none
	export ACTION_BASE
	action 1 "options, a line each; a path that a shell would run" "ACTION_OPTIONS=--deny=deprecated
--as-of=2026-11-24
" 'ACTION_PATH=package-lock.json
$(touch owned) ;touch owned'
	says "2 projects: 0 pass, 2 fail"
	unset ACTION_BASE
	rm -r '$(touch owned) ;touch owned'
	[ -e owned ] && fail "no input is code" || pass "no input is code"
	action 2 "a wrong option" "ACTION_OPTIONS=--nonsense" A=b
	says "exit-code=2"
	says "verdict="
	[ -e assay-report/assay.json ] && fail "no report of an earlier step" || pass "no report of an earlier step"
	unset GITHUB_EVENT_NAME

	# ---- GitLab: the job's shell, with sources from a repository
	mkdir -p "$TEST_TMP/sources/docs/ci"
	cat >"$TEST_TMP/sources/docs/ci/build.sh" <<'STUB'
#!/bin/sh
mkdir -p "$1/bin" "$1/share" && cp "$ASSAY_BUILD/bin/assay" "$1/bin/" && cp -R "$ASSAY_BUILD/share/assay" "$1/share/"
STUB
	chmod +x "$TEST_TMP/sources/docs/ci/build.sh"
	(cd "$TEST_TMP/sources" && git init -q . && git config uploadpack.allowAnySHA1InWant true && git add -A && git commit -qm sources)
	FETCH_ASSAY_FROM=$TEST_TMP/sources FETCH_ASSAY_COMMIT=$(git -C "$TEST_TMP/sources" rev-parse HEAD)
	export FETCH_ASSAY_FROM FETCH_ASSAY_COMMIT
	node "$ASSAY_ROOT/tests/oracle/ci.cjs" job "$ci/gitlab.yml" assay >"$TEST_TMP/job.sh" 2>"$err" && pass "GitLab's job" || fail "GitLab's job" "$(cat "$err")"
	# shallow, as GitLab clones
	git config uploadpack.allowAnySHA1InWant true
	git clone -q --depth 1 --branch main "file://$PWD" "$TEST_TMP/clone" && cd "$TEST_TMP/clone" || exit 1
	CI_PROJECT_DIR=$PWD
	export CI_PROJECT_DIR
	expect 1 "a branch" sh "$TEST_TMP/job.sh"
	says "FIX NOW"
	[ -s gl-dependency-scanning-report.json ] && [ -s assay-junit.xml ] && [ -s assay.html ] && pass "its artifacts" || fail "its artifacts" "$(ls)"
	rm -rf .assay/program
	# A leak of libgit2's own is known by the function that it is called through, which only the slow unwinder sees.
	ASAN_OPTIONS=$ASAN_OPTIONS:fast_unwind_on_malloc=0 LSAN_OPTIONS=suppressions=$ASSAY_ROOT/tests/lsan.supp:print_suppressions=0
	export ASAN_OPTIONS LSAN_OPTIONS
	expect 3 "a merge request, its base fetched" env CI_MERGE_REQUEST_DIFF_BASE_SHA="$base" sh "$TEST_TMP/job.sh"
	says "base     $(echo "$base" | head -c 10)"
	says "NOT YOUR CHANGE"

	# ---- Jenkins: the shell of its step
	sed -n "/sh '''/,/^'''/p" "$ci/Jenkinsfile" | sed "1s/.*'''//; \$d" >"$TEST_TMP/stage.sh"
	head -1 "$TEST_TMP/stage.sh" | grep -q '^#!/bin/sh$' && ! grep -q '\\' "$TEST_TMP/stage.sh" && pass "Jenkins' step, nothing in it that Groovy changes" || fail "Jenkins' step"
	expect 1 "a branch" sh "$TEST_TMP/stage.sh"
	FETCH_ASSAY_FROM=/nowhere
	expect 3 "a pull request; the agent has the program" env CHANGE_TARGET=main sh "$TEST_TMP/stage.sh"
	says "NOT YOUR CHANGE"
	[ -s assay.sarif ] && [ -s assay-junit.xml ] && [ -s assay.html ] && pass "its artifacts" || fail "its artifacts" "$(ls)"

	expect 0 "the README's examples" node "$ASSAY_ROOT/tests/oracle/ci.cjs" blocks "$ci/README.md"
	says "2 blocks"
	unset ASSAY_OFFLINE
fi

# ---- what the systems' own schemas and grammars say of each file, and that they see what is wrong in one
tools=
[ -z "$ASSAY_ORACLE" ] || tools=$(sh "$ASSAY_ROOT/tests/oracle/ci/tools.sh" 2>/dev/null)
# sees KIND FILE EDIT: nothing is wrong in FILE, something is after sed's EDIT
sees() {
	expect 0 "$1: nothing is wrong" node "$ASSAY_ROOT/tests/oracle/ci/check.cjs" "$tools" "$1" "$2"
	sed "$3" "$2" >"$TEST_TMP/wrong"
	expect 1 "$1: an error is seen" node "$ASSAY_ROOT/tests/oracle/ci/check.cjs" "$tools" "$1" "$TEST_TMP/wrong"
}
if [ -z "$tools" ]; then
	skip "schemas and grammars of CI" "they cannot be installed"
else
	sed -n '/^```yaml/,/^```/p' "$ci/README.md" | awk '/^```yaml/ { n++; next } /^```/ { next } n == 1' >"$TEST_TMP/workflow.yml"
	sees action "$ci/github/action.yml" 's/^runs:/run:/'
	sees workflow "$TEST_TMP/workflow.yml" 's/steps\.assay\.outputs/step.assay.outputs/'
	sees gitlab "$ci/gitlab.yml" 's/when: always/when: sometimes/'
	sees groovy "$ci/Jenkinsfile" '$d'
fi
if command -v groovyc >/dev/null 2>&1; then # Jenkins runs Groovy 2.4, as Debian has it
	cp "$ci/Jenkinsfile" "$TEST_TMP/Pipeline.groovy"
	expect 0 "Groovy compiles the Jenkinsfile" groovyc -d "$TEST_TMP/classes" "$TEST_TMP/Pipeline.groovy"
else
	skip "Groovy's own compiler" "no groovyc"
fi

# ---- the hook
project vulnerable
git init -q .
ln -s "$ci/pre-commit.sh" .git/hooks/pre-commit
git config commit.gpgsign false
git config user.name a
git config user.email a@example.org
git add -A
PATH=$ASSAY_BUILD:$PATH
expect 1 "a first commit is judged whole" git commit -m first
tells "FIX NOW"
tells "--no-verify passes it on"
git commit -q --no-verify -m first
printf '{"database":{"starter":"off"}}' >assay.policy.json
git add -A && git commit -q --no-verify -m "a policy"
echo text >notes
git add notes
expect 0 "a commit that touches nothing of it" git commit -m notes
hides "PASS"
sed -i 's/4\.17\.15/4.17.21/' package-lock.json && git add -A
sed -i 's/0\.21\.1/0.10.0/' package-lock.json
expect 0 "an update, as it stands in the index" git commit -m lodash
tells "PASS"
tells "1 changed, 0 added"
expect 1 "with what stood in the work tree" git commit -am axios
tells "axios 0.10.0"
mkdir -p deep/er && cd deep/er || exit 1
expect 1 "from a folder below" git commit -am axios
(cd ../.. && git worktree add -q --detach "$TEST_TMP/worktree" && cp package-lock.json "$TEST_TMP/worktree/")
cd "$TEST_TMP/worktree" || exit 1
expect 1 "in another work tree" git commit -am axios
tells "1 changed, 0 added"
if [ -n "$ASSAY_ORACLE" ]; then
	node "$ASSAY_ROOT/tests/oracle/ci.cjs" hooks "$ASSAY_ROOT/.pre-commit-hooks.yaml" >"$out" 2>&1
	is "$(cut -f2 "$out")" docs/ci/pre-commit.sh "pre-commit's hook is that one"
	missing=
	for name in $(sed -n "s/^names='\(.*\)'/\1/p" "$ci/pre-commit.sh"); do echo "web/$name" | grep -qE "$(cut -f3 "$out")" || missing="$missing $name"; done
	is "$missing" "" "and runs for the same files"
else
	skip "pre-commit's file" "no Node"
fi
finish
