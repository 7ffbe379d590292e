#!/bin/sh
# What a package manager has just written is in order: no drift, no gap, nothing that cannot be read.
. "$ASSAY_ROOT/tests/cli/lib.sh"
empty
made=
[ -z "$ASSAY_ORACLE" ] || made=$(sh "$ASSAY_ROOT/tests/oracle/managers/made.sh" 2>/dev/null)
if [ -z "$made" ]; then
	skip "lockfiles of the managers" "the package managers cannot be installed"
	finish
	exit
fi
for folder in "$made"/*/*/; do
	# What was damaged on purpose; and npm 6 leaves out what a linked folder needs for its development: npm ci of today objects too.
	case $folder in */npm-mutated/* | */npm6/local/) continue ;; esac
	name=${folder#"$made"/}
	"$assay" scan --no-ignore --as-of 2026-11-23 --format json "$folder" >"$out" 2>"$err"
	is "$(tr -d "\n\t " <"$out" | grep -oE "\"rule\":\"(lockfile-drift|lockfile-invalid|lockfile-conflict|no-lockfile|version-invalid)\",\"(id|package)\":\"[^\"]*" | sort -u | tr "\n" " ")" "" "$name"
done
finish
