#!/bin/sh
# Every report format: against the official schemas in ../shared/schemas and what their makers document, over the whole corpus where it is
# there; several at once; what goes wrong when they are written.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_AS_OF=2026-11-23
GITHUB_SHA=0123456789abcdef0123456789abcdef01234567 GITHUB_REF=refs/heads/main GITHUB_RUN_ID=1 GITHUB_WORKFLOW=ci
export ASSAY_AS_OF GITHUB_SHA GITHUB_REF GITHUB_RUN_ID GITHUB_WORKFLOW
checked="sarif cyclonedx spdx openvex gitlab github-snapshot junit csv"
made=$TEST_TMP/made
mkdir "$made"
schemas=$ASSAY_ROOT/../shared/schemas

# write_into FOLDER NAME FORMATS PATH OPTION…: each format of PATH into FOLDER/FORMAT/NAME, in one run
write_into() {
	folder=$1 name=$2 formats=$3
	shift 3
	for format in $formats; do
		mkdir -p "$folder/$format"
		set -- "$@" --format "$format=$folder/$format/$name"
	done
	"$assay" scan "$@" >"$out" 2>"$err" </dev/null
}
write_all() { write_into "$made" "$1" "$checked" "$2"; }
# With one thread and with many, looking for tarballs, which is what threads share: every format there is.
every="$checked text compact json github markdown html"
compare_threads() {
	write_into "$TEST_TMP/one" "$1" "$every" "$2" --verify --offline --jobs 1
	write_into "$TEST_TMP/many" "$1" "$every" "$2" --verify --offline --jobs 7
}
for fixture in vulnerable clean; do
	project "$fixture"
	write_all "$fixture" .
	compare_threads "$fixture" .
done
# A hostile lockfile: names that every syntax gives a meaning to.
empty
cat >package-lock.json <<'END'
{"name":"<b>","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"<b>","dependencies":{"=a":"1","x]]>|`":"1"}},
"node_modules/=a":{"version":"1.0.0","resolved":"https://evil.example/<a>\"b/-/a-1.0.0.tgz","license":"<script>"},
"node_modules/x]]>|`":{"version":"1.0.0","resolved":"git+ssh://git@host/a b.git#1","deprecated":"\u001b[31m@team ]]> =1\r\n::error::"}}}
END
write_all hostile .
compare_threads hostile .
if [ -d "$ASSAY_ROOT/../shared/corpus" ]; then
	for folder in "$ASSAY_ROOT"/../shared/corpus/*/*/; do
		write_all "$(basename "$(dirname "$folder")")-$(basename "$folder")" "$folder"
	done
	for kind in npm-v3 pnpm-v9 yarn-berry4; do compare_threads "$kind" "$ASSAY_ROOT/../shared/corpus/service/$kind"; done
else
	skip "the corpus" "no ../shared/corpus"
fi
is "$(ls "$TEST_TMP/one" | wc -l)" "$("$assay" scan --format=no 2>&1 | tr ',' '\n' | grep -c .)" "every format is written"
if diff -rq "$TEST_TMP/one" "$TEST_TMP/many" >"$out"; then pass "the same bytes on any number of cores"; else fail "the same bytes on any number of cores" "$(head -5 "$out")"; fi
for format in $checked; do
	if [ -z "$ASSAY_ORACLE" ]; then
		skip "$format" "no Node"
		continue
	fi
	case $format in sarif | cyclonedx | spdx | openvex) [ -d "$schemas" ] || skip "$format: the official schema" "no ../shared/schemas" ;; esac
	if found=$(node "$ASSAY_ROOT/tests/oracle/reports.cjs" "$schemas" "$format" "$made/$format"/* 2>&1); then
		pass "$format: $found"
	else
		fail "$format" "$found"
	fi
done

# ---- several at once, whole or not at all
project vulnerable
expect 3 "two files and the screen" "$assay" scan --format text --format sarif=a.sarif --format csv=b.csv -A vulnerability
says "database starter"
[ -s a.sarif ] && [ -s b.csv ] && pass "both are written" || fail "both are written"
says "written  a.sarif b.csv"
mkdir reports && ln -s reports there && ln -s there/x.csv link.csv
for other in ./a there/../a "$PWD/a"; do expect 2 "two to one file: a, $other" "$assay" scan --format sarif=a --format "csv=$other"; done
: >reports/x.csv
expect 2 "two to one file by links" "$assay" scan --format sarif=link.csv --format csv=there/x.csv
tells "two reports would go to there/x.csv"
expect 1 "what is no file takes both" "$assay" scan --format sarif=/dev/null --format csv=/dev/null
expect 2 "two to one file" "$assay" scan --format sarif=a --format csv=a
tells "two reports would go to a"
expect 2 "an unknown format" "$assay" scan --format sarf
tells 'did you mean "sarif"?'
expect 3 "a path that cannot be written" "$assay" scan --format csv=/proc/nowhere/x.csv
tells "/proc/nowhere"
expect 3 "a full disk" "$assay" scan --format csv=/dev/full
echo before >kept.json
expect 3 "a file that may not grow" sh -c 'ulimit -f 1; exec "$0" scan --format json=kept.json' "$assay"
tells "kept.json: cannot be written"
is "$(cat kept.json)" before "what was there stays whole"
is "$(find . -name '*.tmp')" "" "nothing is left beside it"
# Every format alone and all of them in one run: what was there stays whole, each is named, nothing lies beside it.
set --
# A thread sanitizer writes a temporary file before the program begins, where it can.
for format in $every; do
	echo before >"kept.$format"
	{ (ulimit -f 0 && TMPDIR=/nowhere exec "$assay" scan --format "$format=kept.$format"); echo "exit $?"; } 2>&1 | cat >"$err" # a pipe may grow
	is "$(tail -1 "$err") $(cat "kept.$format") $(grep -c "kept.$format" "$err")" "exit 3 before 1" "$format: a file that may not grow"
	"$assay" scan --format "$format" >/dev/full 2>"$err" </dev/null
	is "$? $(grep -c 'standard output cannot be written' "$err")" "3 1" "$format: standard output on a full disk"
	"$assay" scan --format "$format=nowhere/at/all" >"$out" 2>"$err" </dev/null
	is "$? $(grep -c 'nowhere/at/all' "$err")" "3 1" "$format: a path that is not there"
	set -- "$@" --format "$format=kept.$format"
done
{ (ulimit -f 0 && TMPDIR=/nowhere exec "$assay" scan "$@"); echo "exit $?"; } 2>&1 | cat >"$err"
is "$(tail -1 "$err") $(cat kept.* | sort -u)" "exit 3 before" "all at once"
is "$(grep -c 'cannot be written' "$err")" "$(echo "$every" | wc -w)" "each is named"
is "$(find . -name 'kept.*' | wc -l)" "$(($(echo "$every" | wc -w)))" "nothing lies beside them"
rm -f kept.*
expect 3 "standard output on a full disk" sh -c 'exec "$0" scan >/dev/full' "$assay"
tells "standard output cannot be written"
# A pipe whose reader is gone: half a report is none, whatever the verdict.
mkfifo pipe
exec 5<>pipe 6>pipe 5<&-
for command in "scan -A vulnerability -A database-starter" "list" "scan --help"; do
	# shellcheck disable=SC2086
	"$assay" $command >&6 2>"$err" </dev/null
	is $? 3 "a closed pipe: $command"
	tells "standard output cannot be written: nobody reads it any more"
done
exec 6>&-
# Beside what cannot be written, what can be is.
expect 3 "one of two on a full disk" "$assay" scan --format csv=/dev/full --format json=beside.json
tells "/dev/full"
[ -s beside.json ] && pass "the other is written" || fail "the other is written"
expect 3 "standard output tells how that went" "$assay" scan --format text --format csv=/dev/full --format json=beside.json
says "written  beside.json"
says "exit 3 "
mkdir folder.csv
expect 3 "a folder in the way" "$assay" scan --format csv=folder.csv
tells "folder.csv"
if [ "$(id -u)" = 0 ]; then
	skip "a folder that may not be written" "root may"
else
	mkdir locked && chmod 555 locked
	expect 3 "a folder that may not be written" "$assay" scan --format csv=locked/x.csv
	tells "locked/x.csv"
fi
(unset GITHUB_SHA && expect 2 "a snapshot without a commit" "$assay" scan --format github-snapshot && tells GITHUB_SHA) >"$TEST_TMP/sub"
if grep -q '^not ok' "$TEST_TMP/sub"; then fail "a snapshot without a commit" "$(cat "$TEST_TMP/sub")"; else pass "a snapshot without a commit"; fi
# Two digests in one line: cut for eyes, whole with -v. Plain ASCII in a pipe.
project vulnerable
git init -q . && git add -A && git -c user.name=a -c user.email=a@example.org commit -qm first
sed -i 's|"integrity": "sha512-[^"]*"|"integrity": "sha512-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmg=="|' package-lock.json
expect 1 "another digest" "$assay" scan --base HEAD
says "sha512-0123456789ab..."
hides "sha512-0123456789abc"
expect 1 "all of it" "$assay" scan -v --base HEAD
says "sha512-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmg=="
expect 1 "compact" "$assay" scan --format compact
says "package-lock.json:"
says "[vulnerability]"
# The line is where the package stands in the lockfile; SARIF's region is that line.
sed -n 's/^\([^:]*\):\([0-9]*\): [a-z]*: \([^ ]*\)@[^ ]* is vulnerable.*/\1 \2 \3/p' "$out" >lines
"$assay" scan --format sarif=lines.sarif >"$out" 2>"$err"
wrong=
while read -r file line name; do
	sed -n "${line}p" "$file" | grep -qF "\"node_modules/$name\": {" && grep -q "\"startLine\":[[:blank:]]*$line\$" lines.sarif || wrong="$wrong $name:$line"
done <lines
[ "$(grep -c . lines)" -gt 3 ] && is "$wrong" "" "true lines"
finish
