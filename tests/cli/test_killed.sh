#!/bin/sh
# Killed at one call after the other of those that change something on disk: what is there is whole, the old or the new, what was recorded stays recorded, and
# the next run comes to its end and takes away what was left. FAILING=all: at each call; FAILING=N: at N of each kind; else at some, early and late ones.
. "$ASSAY_ROOT/tests/cli/lib.sh"
. "$ASSAY_ROOT/tests/failing/lib.sh"
failing_build "killed"
TMPDIR=$TEST_TMP/scratch
export TMPDIR
mkdir "$TMPDIR"

# killed NAME CHECK COMMAND…: CHECK is run after each that was killed, AGAIN after each that was run again and must succeed.
killed() {
	name=$1 check=$2 bad='' kills=0
	shift 2
	reset
	FAILING_COUNTS=$TEST_TMP/counts preloaded "$@" >/dev/null 2>"$err" </dev/null
	right=$?
	while read -r kind calls; do
		case $kind in open | write | fsync | rename | unlink) ;; *) continue ;; esac
		for at in $(some "$calls"); do
			reset
			{ FAILING_HOW=kill FAILING_KIND=$kind FAILING_AT=$at preloaded "$@" >/dev/null 2>&1 </dev/null; } 2>/dev/null
			[ $? -eq 137 ] || continue
			kills=$((kills + 1))
			"$check" || bad="$bad $kind:$at"
			"$@" >/dev/null 2>"$err" </dev/null
			got=$?
			[ "$got" -eq "$right" ] || bad="$bad $kind:$at(then $got)"
			again || bad="$bad $kind:$at(again)"
		done
	done <"$TEST_TMP/counts"
	if [ -z "$bad" ] && [ "$kills" -gt 3 ]; then pass "$name: killed $kills times"; else fail "$name: killed $kills times" "$bad" "$(head -c 500 "$err")"; fi
}
# Nothing but what is named stands in the current folder. (Between the two calls that replace a file a second name for the new one is left, whole.)
only() {
	for left in ./*.tmp; do [ -e "$left" ] && { cmp -s "$left" "${left%.*.tmp}" || return 1; } && rm "$left"; done
	only_named "$@"
}
only_named() { [ "$(find . -maxdepth 1 -type f | sort | tr '\n' ' ')" = "$(printf './%s ' "$@")" ]; }

project vulnerable
whole() { [ "$(cat report.json)" = before ] || cmp -s report.json "$TEST_TMP/right.json"; }
again() { cmp -s report.json "$TEST_TMP/right.json" && only assay.db package-lock.json package.json report.json; }
reset() { rm -f report.json* && echo before >report.json; }
"$assay" db import --quiet --db assay.db "$ASSAY_ROOT/fixtures/advisories/scan"
"$assay" scan --db assay.db --as-of 2026-11-23 -f json -o "$TEST_TMP/right.json" >/dev/null 2>&1
killed "a report into a file" whole "$assay" scan --db assay.db --as-of 2026-11-23 -f json -o report.json

# An import, and an update.
empty
failing_goods
failing_serve "$TEST_TMP/registry" "$TEST_TMP/rules"
from=http://127.0.0.1:$port/osv/
"$assay" db import --quiet --db old.db "$ASSAY_ROOT/fixtures/advisories/scan"
records() { "$assay" db status --db "$1" 2>/dev/null | awk '$1 == "records" { print $2 }'; }
old=$(records old.db)
reset() { rm -f new.db* && cp old.db new.db; }
rm -f new.db* && cp old.db new.db
"$assay" db import --quiet --db new.db "$TEST_TMP/registry/osv/npm/all.zip"
new=$(records new.db)
one_of_both() { now=$(records new.db); [ "$now" = "$old" ] || [ "$now" = "$new" ]; }
again() { [ "$(records new.db)" = "$new" ] && only new.db old.db; }
killed "an import" one_of_both "$assay" db import --db new.db "$TEST_TMP/registry/osv/npm/all.zip"
"$assay" db update --quiet --from "$from" --db updated.db
mv updated.db old.db
"$ASSAY_BUILD/tools/make_advisories" 90 "$TEST_TMP/registry/osv/npm/all.zip"
old=$(records old.db)
new=90
killed "an update" one_of_both "$assay" db update --from "$from" --db new.db

# A tarball comes into the store, and a registry record beside it.
empty
"$assay" db update --quiet --from "$from" --db osv.db
failing_project osv.db
reset() { rm -rf cache; }
stored() { failing_store_is_whole cache; }
again() { [ "$(find cache/tarballs -type f | wc -l)" -eq 1 ] && failing_store_is_whole cache; }
killed "verify" stored "$assay" verify --as-of 2025-09-26 --db osv.db --cache-dir cache

# A fleet with a checkout and a repository without one: what it knew it knows, and what it had checked out goes.
empty
failing_fleet fleet 3
failing_record ACME-2026-1 1.0.0
"$assay" db import --quiet --db one.db records
failing_record ACME-2026-2 2.0.0
"$assay" db import --quiet --db two.db records
if command -v git >/dev/null 2>&1; then
	git -C fleet/p3 init -q && git -C fleet/p3 -c user.name=x -c user.email=x@example.org -c commit.gpgsign=false \
		commit -q --allow-empty -m one && git -C fleet/p3 add . && git -C fleet/p3 -c user.name=x -c user.email=x@example.org -c commit.gpgsign=false commit -qm two
	git clone -q --bare fleet/p3 fleet/p3.git && rm -rf fleet/p3
fi
"$assay" fleet add --store before.db "$PWD/fleet" >/dev/null 2>&1
"$assay" fleet scan --store before.db --db one.db --quiet >/dev/null 2>&1
findings() { "$assay" fleet findings "$1" --store fleet.db --format csv 2>&1 | grep -c minimist; }
reset() { rm -rf fleet.db* && cp before.db fleet.db; }
known() { [ "$(findings ACME-2026-1)" -eq 3 ]; }
again() { known && [ "$(findings ACME-2026-2)" -eq 3 ] && [ "$("$assay" fleet list --store fleet.db | grep -c '^ *p[1-3]')" -eq 3 ]; }
killed "a scan of the fleet" known "$assay" fleet scan --again --store fleet.db --db two.db --quiet
expect 0 "a repository without a checkout is read" "$assay" fleet scan --again --store fleet.db --db two.db
is "$(ls -A "$TMPDIR")" "" "what those that were killed had checked out is gone"
killed "advisories that changed" known "$assay" fleet rematch --store fleet.db --db two.db
finish
