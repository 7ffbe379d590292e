#!/bin/sh
# run.sh BUILD_FOLDER TEST…: runs test programs and scripts, all of which speak TAP, and prints totals.
# The last line is "N passed, N failed, N skipped"; the exit code is 1 when a test failed or a program broke.
set -u
build=$1
shift
ASSAY_BUILD=$(cd "$build" && pwd)
ASSAY_ROOT=$(pwd)
export ASSAY_BUILD ASSAY_ROOT CMOCKA_MESSAGE_OUTPUT=TAP
# Nothing of the user's may have a say in a test. (ASSAY_CORPUS: a folder with more lockfiles to compare with npm.)
for name in $(env | sed -n 's/^\(ASSAY_[A-Z_]*\|npm_config_[a-z_]*\|NPM_CONFIG_[A-Z_]*\)=.*/\1/p'); do
	case $name in ASSAY_BUILD | ASSAY_ROOT | ASSAY_CORPUS) ;; *) unset "$name" ;; esac
done
export LC_ALL=C.UTF-8 ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
unset NO_COLOR COLUMNS TERM GITHUB_ACTIONS 2>/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
real_home=$HOME
HOME=$work/home XDG_CACHE_HOME=$work/home/.cache
mkdir -p "$HOME"
ASSAY_HOME=$real_home # where npm's own settings are, for what installs oracles
export HOME XDG_CACHE_HOME ASSAY_HOME
# Node is an oracle, never a need: without it the comparing tests say that they were skipped.
ASSAY_ORACLE=
oracle=$(dirname "$ASSAY_BUILD")/oracle
if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
	mkdir -p "$oracle"
	if ! cmp -s tests/oracle/package.json "$oracle/package.json"; then
		echo "installing the oracles (npm packages to compare with)"
		rm -rf "$oracle/node_modules" "$oracle/package.json"
		mkdir "$oracle/new" 2>/dev/null
		cp tests/oracle/package.json "$oracle/new/" &&
			(cd "$oracle/new" && HOME=$real_home npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error) &&
			mv "$oracle/new/node_modules" "$oracle/node_modules" && mv "$oracle/new/package.json" "$oracle/package.json"
		rm -rf "$oracle/new"
	fi
	[ -f "$oracle/package.json" ] && ASSAY_ORACLE=$oracle
fi
export ASSAY_ORACLE
passed=0 failed=0 skipped=0
for test; do
	name=${test#"$build"/tests/}
	TEST_TMP=$work/$(echo "$name" | tr / _)
	mkdir -p "$TEST_TMP"
	export TEST_TMP
	case $test in *.sh) sh "$test" ;; *) "$test" ;; esac >"$work/out" 2>&1 </dev/null
	code=$?
	sed -i 's/^not ok \(.*# *SKIP\)/ok \1/' "$work/out" # cmocka says so of what skip() left
	ok=$(grep -c '^ok ' "$work/out")
	skip=$(grep -ci '^ok .*# *skip' "$work/out")
	bad=$(grep -c '^not ok ' "$work/out")
	# A program that dies or runs no test is a failure of its own.
	if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
	elif [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
		echo "no test ran" >>"$work/out"
	fi
	passed=$((passed + ok - skip)) skipped=$((skipped + skip)) failed=$((failed + bad))
	printf '%-44s %4d passed' "$name" $((ok - skip))
	[ "$skip" -gt 0 ] && printf ', %d skipped' "$skip"
	[ "$bad" -gt 0 ] && printf ', %d FAILED (exit %d)' "$bad" "$code"
	echo
	[ "$bad" -gt 0 ] && sed 's/^/    /' "$work/out"
	grep -i '^ok .*# *skip' "$work/out" | sed 's/^/    /'
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
