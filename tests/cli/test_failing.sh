#!/bin/sh
# One allocation, one system call fails, in turn: no crash, no half-written file, and either the same verdict as without a failure or exit 2 or 3 and a
# word why. FAILING=all: each of them; else some, early and late ones. The preloaded library is tests/failing/failing.c.
. "$ASSAY_ROOT/tests/cli/lib.sh"
case $ASSAY_BUILD in */release | */debug) ;; *)
	skip "failing calls" "sanitizers bring their own allocator"
	finish
	exit
	;;
esac
if ! ${CC:-cc} -shared -fPIC -O1 -w -o "$TEST_TMP/failing.so" "$ASSAY_ROOT/tests/failing/failing.c" -ldl 2>"$err"; then
	skip "failing calls" "no C library to preload with"
	finish
	exit
fi
preloaded() { LD_PRELOAD=$TEST_TMP/failing.so "$@"; }

# some COUNT: numbers of calls to fail: all, or 1, 3, 7, 16, … and four over the rest.
some() {
	if [ "${FAILING-}" = all ]; then seq "$1"; else
		awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i = int(i * 2.2) + 1) print i; for (i = 1; i <= 4; i++) print int(n * i / 4) }' | sort -nu | grep -v '^0$'
	fi
}
# under NAME CHECK COMMAND…: CHECK is run after each; false from it is a failure.
under() {
	name=$1 check=$2
	shift 2
	reset
	FAILING_COUNTS=$TEST_TMP/counts preloaded "$@" >"$TEST_TMP/right" 2>/dev/null </dev/null
	right=$?
	bad='' tried=0
	while read -r kind calls; do
		for at in $(some "$calls"); do
			reset
			FAILING_KIND=$kind FAILING_AT=$at preloaded "$@" >"$out" 2>"$err" </dev/null
			got=$?
			tried=$((tried + 1))
			if [ "$got" -ge 4 ]; then
				bad="$bad $kind:$at=$got"
			elif [ "$got" -eq 0 ] && { [ "$right" -ne 0 ] || ! cmp -s "$out" "$TEST_TMP/right"; }; then
				bad="$bad $kind:$at=$got(other)"
			elif [ "$got" -eq 1 ] && [ "$right" -ne 1 ]; then # with findings, a gap more is said in the report
				bad="$bad $kind:$at=$got(other)"
			elif [ "$got" -ge 2 ] && [ "$got" -ne "$right" ] && ! [ -s "$err" ] && ! [ -s "$out" ] && ! [ -s report.json ]; then
				bad="$bad $kind:$at=$got(silent)"
			fi
			"$check" || bad="$bad $kind:$at(file)"
		done
	done <"$TEST_TMP/counts"
	if [ -z "$bad" ] && [ "$tried" -gt 10 ]; then pass "$name: $tried failures"; else fail "$name: $tried failures" "$bad"; fi
}
reset() { :; }
fine() { :; }

project clean
under "a clean scan" fine "$assay" scan --as-of 2026-11-23 --format json --sandbox off
project vulnerable
under "scan" fine "$assay" scan --as-of 2026-11-23 --format json --sandbox off
under "list" fine "$assay" list --format json

# Whole, or not there at all; what was there stays.
whole() { grep -q '^{' report.json && tail -c 3 report.json | grep -q '}' || [ "$(cat report.json)" = before ]; }
reset() { rm -rf report.json* && echo before >report.json; }
under "a report into a file" whole "$assay" scan --as-of 2026-11-23 --sandbox off --format json=report.json

kept() { grep -q '"waivers"' assay.policy.json 2>/dev/null && "$assay" policy check >/dev/null 2>&1 || [ "$(cat assay.policy.json)" = '{"extends":["default"]}' ]; }
reset() { echo '{"extends":["default"]}' >assay.policy.json; }
under "a waiver" kept "$assay" waive GHSA-4hjh-wcwx-xvwj --reason r --for 30d
rm -f assay.policy.json

mkdir records && cp "$ASSAY_ROOT"/advisories/osv/GHSA-[0-9]*.json records/ 2>/dev/null
database() { "$assay" db status --db new.db >"$TEST_TMP/status" 2>&1 || ! [ -e new.db ]; }
reset() { rm -rf new.db*; }
under "a new database" database "$assay" db import --db new.db records
finish
