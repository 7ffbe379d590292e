#!/bin/sh
# The last step of action.yml: one scan, its reports, and its exit code as the step's own.
set -u
assay=$PROGRAM/bin/assay
report=$INPUT_REPORT
mkdir -p "$report" || exit 3

# Each line of a list is one word, whatever stands in it.
set -- scan --no-progress
case $INPUT_BASE in
"") case ${GITHUB_EVENT_NAME:-} in pull_request | merge_group) set -- "$@" --base=auto ;; esac ;;
none) ;;
*) set -- "$@" "--base=$INPUT_BASE" ;;
esac
[ "$INPUT_VERIFY" = true ] && set -- "$@" --verify
[ "$INPUT_UPDATE" != none ] && set -- "$@" "--update=$INPUT_UPDATE"
while IFS= read -r line; do
	[ -n "$line" ] && set -- "$@" "$line"
done <<END_OF_OPTIONS
$INPUT_OPTIONS
END_OF_OPTIONS
set -- "$@" --format=text "--format=sarif=$report/assay.sarif" "--format=json=$report/assay.json" "--format=markdown=$report/assay.md"
[ "$INPUT_ANNOTATIONS" = true ] && set -- "$@" "--format=github=$RUNNER_TEMP/assay-annotations"
set -- "$@" --
while IFS= read -r line; do
	[ -n "$line" ] && set -- "$@" "$line"
done <<END_OF_PATHS
$INPUT_PATH
END_OF_PATHS

# Reports of an earlier step are not this one's.
rm -f "$report/assay.sarif" "$report/assay.json" "$report/assay.md" "$RUNNER_TEMP/assay-annotations"
# What a package's text says on the screen must not be taken for a command to the runner.
stop=assay-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$stop"
"$assay" "$@"
code=$?
echo "::$stop::"
[ -f "$RUNNER_TEMP/assay-annotations" ] && cat "$RUNNER_TEMP/assay-annotations"
[ -f "$report/assay.md" ] && cat "$report/assay.md" >>"$GITHUB_STEP_SUMMARY"
{
	echo "exit-code=$code"
	echo "report=$report"
	[ -f "$report/assay.json" ] && sed -n 's/^	"verdict":	"\([a-z]*\)",$/verdict=\1/p' "$report/assay.json"
} >>"$GITHUB_OUTPUT"
exit "$code"
