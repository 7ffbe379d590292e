#!/bin/sh
# run.sh BUILD_FOLDER TEST…: runs test programs and scripts, all of which speak TAP, JOBS at a time (as many as there are processors), and
# prints what each said in the order given, with its time when that is over a second, and totals.
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
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
ASSAY_HOME=$HOME # where npm's own settings are, for what installs oracles
export ASSAY_HOME
# Node is an oracle, never a need: without it the comparing tests say that they were skipped.
ASSAY_ORACLE=
oracle=$(dirname "$ASSAY_BUILD")/oracle
if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
	mkdir -p "$oracle"
	if ! cmp -s tests/oracle/package.json "$oracle/package.json"; then
		echo "installing the oracles (npm packages to compare with)"
		rm -rf "$oracle/node_modules" "$oracle/package.json" "$oracle/answers"
		mkdir "$oracle/new" 2>/dev/null
		cp tests/oracle/package.json "$oracle/new/" &&
			(cd "$oracle/new" && npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error) &&
			mv "$oracle/new/node_modules" "$oracle/node_modules" && mv "$oracle/new/package.json" "$oracle/package.json"
		rm -rf "$oracle/new"
	fi
	[ -f "$oracle/package.json" ] && ASSAY_ORACLE=$oracle
fi
export ASSAY_ORACLE
if [ -n "$ASSAY_ORACLE" ]; then # tests/oracle/bin/node keeps what Node answered
	ASSAY_NODE=$(command -v node) PATH=$ASSAY_ROOT/tests/oracle/bin:$PATH
	export ASSAY_NODE
fi

# One test: what it said goes to out, its exit code to code, its time to time (tenths of seconds of the clock; minutes and seconds of processor).
cat >"$work/one.sh" <<'END'
n=$1 test=$2 work=$3
TEST_TMP=$work/$n/tmp HOME=$work/$n/home
XDG_CACHE_HOME=$HOME/.cache
export TEST_TMP HOME XDG_CACHE_HOME
mkdir -p "$TEST_TMP" "$HOME"
from=$(date +%s%N)
case $test in *.sh) sh "$test" ;; *) "$test" ;; esac >"$work/$n/out" 2>&1 </dev/null
echo $? >"$work/$n/code"
echo "$((($(date +%s%N) - from) / 100000000))" >"$work/$n/time"
times >"$work/$n/times"
sed -n '2s/[ms]/ /gp' "$work/$n/times" >>"$work/$n/time"
rm -rf "$TEST_TMP" "$HOME"
END

# judge N TEST: what one test said. A program that dies or runs no test is a failure of its own.
passed=0 failed=0 skipped=0
judge() {
	out=$work/$1/out name=${2#"$build"/tests/} code=$(cat "$work/$1/code" 2>/dev/null || echo 255)
	sed -i 's/^not ok \(.*# *SKIP\)/ok \1/' "$out" # cmocka says so of what skip() left
	ok=$(grep -c '^ok ' "$out")
	skip=$(grep -ci '^ok .*# *skip' "$out")
	bad=$(grep -c '^not ok ' "$out")
	if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
	elif [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
		echo "no test ran" >>"$out"
	fi
	passed=$((passed + ok - skip)) skipped=$((skipped + skip)) failed=$((failed + bad))
	printf '%-44s %4d passed' "$name" $((ok - skip))
	[ "$skip" -gt 0 ] && printf ', %d skipped' "$skip"
	[ "$bad" -gt 0 ] && printf ', %d FAILED (exit %d)' "$bad" "$code"
	awk 'NR == 1 { clock = $1 / 10 } NR == 2 { used = $1 * 60 + $2 + $3 * 60 + $4 }
	     END { if (clock >= 1) printf ", %.1f s (%.1f of processor)", clock, used; print "" }' "$work/$1/time"
	[ "$bad" -gt 0 ] && sed 's/^/    /' "$out"
	grep -i '^ok .*# *skip' "$out" | sed 's/^/    /'
	[ -s "$work/$1/time" ] && echo "$name $(head -1 "$work/$1/time")" >>"$work/times"
}

# The tests that ended are judged in the order given, each as soon as all before it are.
judge_all() {
	next=1 ended=
	while [ "$next" -le "$count" ]; do
		[ -n "$ended" ] || read -r ended
		[ "$ended" = all ] || { : >"$work/$ended/ended" && ended=; }
		while [ -e "$work/$next/ended" ] || { [ "$ended" = all ] && [ "$next" -le "$count" ]; }; do
			judge "$next" "$(sed -n "${next}p" "$work/tests")"
			next=$((next + 1))
		done
	done
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}

# The tests that took longest in the last run, of any variant, start first: so none is left running alone at the end.
count=$# known=$(dirname "$ASSAY_BUILD")/times
: >"$work/times"
[ -f "$known" ] || : >"$known"
printf '%s\n' "$@" >"$work/tests"
(cd "$work" && seq "$count" | xargs mkdir && seq -f '%g/out' "$count" | xargs touch && seq -f '%g/time' "$count" | xargs touch)
{ sed 's/^/known /' "$known"; sed "s|^$build/tests/|test |; t; s/^/test /" "$work/tests"; } |
	awk '$1 == "known" { took[$2] = $3; next } { print ++n, took[$2] + 0 }' | sort -s -k2,2nr | cut -d' ' -f1 >"$work/order"
mkfifo "$work/ends"
judge_all <"$work/ends" &
judge=$!
trap 'kill "$judge" 2>/dev/null; exit 1' INT TERM
exec 3>"$work/ends"
xargs -P "${JOBS:-$(nproc 2>/dev/null || echo 1)}" -I{} sh -c \
	'sh "$0/one.sh" "$1" "$(sed -n "$1p" "$0/tests")" "$0"; echo "$1" >&3' "$work" {} <"$work/order"
echo all >&3
wait "$judge"
code=$?
awk '{ took[$1] = $2 } END { for (name in took) print name, took[name] }' "$known" "$work/times" | sort >"$known.$$" && mv "$known.$$" "$known"
exit "$code"
