#!/bin/sh
# SECURITY.md names what proves its sentences: that is there, and the numbers in it are the program's.
. "$ASSAY_ROOT/tests/cli/lib.sh"
page=$ASSAY_ROOT/SECURITY.md
missing=
for path in $(grep -oE '`(src|tests|include)/[A-Za-z0-9_./]*' "$page" | tr -d '`' | sort -u) $(grep -oE '\]\((docs|include)/[A-Za-z0-9_./-]*' "$page" | sed 's/.*(//' | sort -u); do
	[ -e "$ASSAY_ROOT/$path" ] || missing="$missing $path"
done
is "$missing" "" "every file and folder that it names is there"
limit() { sed -n "s/^#define $1 (*\([0-9]*\).*/\1/p" "$ASSAY_ROOT/include/assay/limits.h"; }
for sentence in "after $(limit LIMIT_WORKER_TASKS) archives" "a minute ($(limit LIMIT_WORKER_MS)" "a gigabyte ($(limit LIMIT_WORKER_BYTES)"; do
	case $sentence in
	"a minute (60000") sentence="for a minute" ;;
	"a gigabyte (1024") sentence="a gigabyte of memory" ;;
	esac
	if grep -qF "$sentence" "$page"; then pass "says: $sentence"; else fail "says: $sentence"; fi
done
finish
