#!/bin/sh
# The command line itself: help, wrong calls, variables, where output goes.
. "$ASSAY_ROOT/tests/cli/lib.sh"

expect 0 "--version" "$assay" --version
says "assay "
expect 0 "--help" "$assay" --help
says "db import"
expect 0 "help scan" "$assay" help scan
says "--no-fail"
quiet_err
expect 2 "no command" "$assay"
tells "which command?"
expect 2 "unknown command" "$assay" scann
tells 'did you mean "scan"?'
expect 2 "unknown sub-command" "$assay" db frob
tells 'has no command "frob"'
expect 2 "nearly a sub-command" "$assay" fleet lst
tells 'assay fleet has no command "lst"; did you mean "list"?'
expect 2 "half a command" "$assay" db
tells "needs a command; see assay db --help"
expect 0 "the help of half a command" "$assay" db --help
says "db import"
hides "fleet add"
expect 2 "unknown option" "$assay" scan --polcy x
tells "did you mean --policy?"
expect 2 "an option of another command" "$assay" list --verify
tells "list does not take --verify"
expect 2 "option without its value" "$assay" scan --db
tells "--db needs a value"
expect 2 "flag with a value" "$assay" scan --quiet=1
tells "takes no value"
expect 2 "not a date" "$assay" scan --as-of yesterday
tells "2026-11-23"
expect 2 "not a number" "$assay" scan -j many
tells "--jobs takes a whole number"
expect 2 "unknown format" "$assay" scan --format jsn
tells 'did you mean "json"?'
expect 2 "two reports to one place" "$assay" scan -f json -f text
tells "two reports would go to standard output"
expect 2 "too many operands" "$assay" list a b c
tells "usage: assay list"
expect 2 "no such path" "$assay" scan /nonexistent/x
tells "/nonexistent/x"
expect 2 "--color" "$assay" scan --color maybe
tells "auto, always or never"
expect 2 "escape sequences in arguments" "$assay" scan "$(printf -- '--x\033[31m')"
hides "$(printf '\033')"

expect 0 "help of half a command" "$assay" db --help
says "db import"
expect 0 "help policy" "$assay" help policy
says "policy check"
expect 0 "list has its own formats" "$assay" list --help
says "tree (default), json or purl"
hides "text (default)"

# Every command's help names each of its options, and nothing goes to standard error.
for command in scan verify list why "db import" "db status" "db show" "policy check" "policy show" "policy init" semver; do
	# shellcheck disable=SC2086
	expect 0 "help $command" "$assay" $command --help
	says "usage: assay $command"
done

empty
expect 0 "policy init" "$assay" policy init
expect 2 "policy init again" "$assay" policy init
expect 0 "policy check reads what init wrote" "$assay" policy check
says "fine"
expect 2 "the variable of an option" env ASSAY_AS_OF=never "$assay" scan
tells "--as-of takes a date"

expect 2 "a variable that is neither on nor off" env ASSAY_OFFLINE=maybe "$assay" scan
tells 'ASSAY_OFFLINE takes 1, true, yes, on or 0, false, no, off; not "maybe"'
expect 2 "no HOME" env -u HOME -u XDG_CACHE_HOME "$assay" db import "$ASSAY_ROOT/advisories/osv"
tells "HOME is not set"
expect 0 "no HOME, but the starter" env -u HOME -u XDG_CACHE_HOME "$assay" db status

project vulnerable
expect 1 "a variable has a say and is reported" env ASSAY_NO_FAIL=0 ASSAY_FORMAT=json "$assay" scan
says '"ASSAY_FORMAT"'
hides ASSAY_NO_FAIL

expect 3 "a full disk" sh -c "exec '$assay' scan >/dev/full"
tells "standard output cannot be written"
expect 3 "a closed pipe" sh -c "'$assay' scan | true; exec '$assay' scan >&-"
expect 3 "a folder in the report's place" "$assay" scan -o .
expect 3 "a folder that is not there" "$assay" scan -o no/such/report.txt
tells "no/such/report.txt"
# Devices of our own: a mistake here must not cost the machine its /dev/null.
if mknod "$TEST_TMP/full" c 1 7 2>"$err" && mknod "$TEST_TMP/null" c 1 3 2>"$err"; then
	expect 3 "a device in the report's place" "$assay" scan -o "$TEST_TMP/full"
	tells "full: cannot be written"
	expect 1 "nowhere" "$assay" scan -o "$TEST_TMP/null" -f json=/dev/stderr
	tells "assay.report/1"
	if [ -c "$TEST_TMP/null" ] && [ -c "$TEST_TMP/full" ]; then pass "devices stay devices"; else fail "devices stay devices"; fi
else
	skip "devices" "only root can make one"
fi
"$assay" scan -f text=text.txt -f json >&- 2>"$err"
is "$?" 3 "closed standard output"
tells "standard output cannot be written"
is "$(grep -c schema text.txt)" 0 "nothing of it ends up in another file"
rm text.txt
is "$(ls)" "package-lock.json
package.json" "nothing is left behind"

# A database in which nothing is about npm has no date.
echo '{"id":"PYSEC-1","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"PyPI","name":"x"}}]}' >"$TEST_TMP/foreign.json"
expect 0 "import of another ecosystem" "$assay" db import --db "$TEST_TMP/foreign.db" "$TEST_TMP/foreign.json"
expect 0 "db status without a date" "$assay" db status --db "$TEST_TMP/foreign.db"
hides "modified"
finish
