#!/bin/sh
# run: the command runs behind the gate or not at all; then its output, signals and exit code are its own.
. "$ASSAY_ROOT/tests/cli/lib.sh"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" "$ASSAY_ROOT/advisories/osv" || echo "not ok - import"
judge="--offline --db $TEST_TMP/osv.db --as-of 2026-11-23"
marker=$TEST_TMP/ran
not_run() { if [ -e "$marker" ]; then fail "$1"; rm "$marker"; else pass "$1"; fi; }
# shellcheck disable=SC2086
{
project vulnerable
expect 1 "a policy that is violated" "$assay" run $judge -- touch "$marker"
not_run "1: not run"
tells "touch was not run (exit 1)"
tells "FAIL"
is "$(cat "$out")" "" "the report is not on standard output"
expect 2 "a call that is wrong" "$assay" run $judge --policy nowhere -- touch "$marker"
not_run "2: not run"
expect 2 "no command" "$assay" run $judge --
printf '{' >package-lock.json
expect 3 "what could not be checked" "$assay" run $judge touch "$marker"
not_run "3: not run"
empty
expect 3 "no lockfile" "$assay" run $judge touch "$marker"
not_run "no lockfile: not run"

project clean
echo '{"require": [], "rules": {"unreachable": "off", "not-evaluated": "off", "record-unreachable": "off"}}' >assay.policy.json
expect 0 "a clean project" "$assay" run $judge -- printf '%s|' a -q --db "x y"
is "$(cat "$out")" "a|-q|--db|x y|" "standard output is the command's, and so are its words"
tells "PASS"
expect 0 "without --" "$assay" run $judge printf %s -q
is "$(cat "$out")" "-q" "options behind the command are the command's"
expect 7 "its exit code" "$assay" run $judge -q -- sh -c 'exit 7'
expect 0 "its standard input" sh -c "echo in | '$assay' run $judge -q cat"
is "$(cat "$out")" "in" "is passed on"
expect 127 "a command that is not there" "$assay" run $judge -q -- nosuchcommand
tells "nosuchcommand: No such file"
expect 126 "one that cannot be run" "$assay" run $judge -q -- ./package.json
expect 137 "killed" "$assay" run $judge -q -- sh -c 'kill -KILL $$'
expect 0 "-o takes the report" "$assay" run $judge -o report.txt -- true
if grep -q PASS report.txt; then pass "the report is there"; else fail "the report is there"; fi
for signal in INT TERM HUP; do
	rm -f ready
	cat >child.sh <<'END'
trap "echo heard; exit 5" INT TERM HUP
: >ready
while :; do sleep 0.05; done
END
	# A shell that is not interactive starts what is in the background with SIGINT ignored, and nohup all with SIGHUP.
	env --default-signal=INT,TERM,HUP "$assay" run $judge -q -- bash child.sh >"$out" 2>"$err" &
	pid=$!
	wait_for [ -e ready ]
	kill -"$signal" $pid
	wait $pid
	is "$?" 5 "SIG$signal is passed on, and its exit code back"
done
}
finish
