#!/bin/sh
# One allocation, one system call fails, in turn: no crash, no half-written file, and either the same verdict as without a failure or exit 2 or 3 and a
# word why. FAILING=all: each of them (FAILING_ONLY=PATTERN: of the runs that are named so); else some, early and late ones. Under ASan nothing leaks on
# the way.
. "$ASSAY_ROOT/tests/cli/lib.sh"
. "$ASSAY_ROOT/tests/failing/lib.sh"
failing_build "failing calls"

# calls_of KIND COUNT: which of them fail. $every: the kind of which each does in any case; $last: how many allocations at the end, where reports are written.
calls_of() {
	[ "$1" = "${every-}" ] || some "$2"
	if [ "$1" = "${every-}" ]; then
		seq "$2"
	elif [ "$1" = malloc ] && [ "${FAILING-}" != all ]; then
		seq $(($2 > ${last-0} ? $2 - ${last-0} + 1 : 1)) "$2"
	fi
}

# under NAME CHECK COMMAND…: CHECK is run after each; false from it is a failure.
under() {
	name=$1 check=$2
	shift 2
	# shellcheck disable=SC2254 # a pattern
	case $name in ${FAILING_ONLY:-*}) ;; *) return ;; esac
	reset
	FAILING_COUNTS=$TEST_TMP/counts preloaded "$@" >"$TEST_TMP/right" 2>/dev/null </dev/null
	right=$?
	bad='' tried=0
	while read -r kind calls; do
		for at in $(calls_of "$kind" "$calls" | sort -nu); do
			reset
			FAILING_KIND=$kind FAILING_AT=$at preloaded "$@" >"$out" 2>"$err" </dev/null
			got=$?
			tried=$((tried + 1))
			if [ "$got" -ge 4 ]; then
				bad="$bad $kind:$at=$got"
			elif [ "$got" -eq 0 ] && { [ "$right" -ne 0 ] || is_lost; }; then # what could not be read may be said besides
				bad="$bad $kind:$at=$got(other)"
			elif [ "$got" -eq 1 ] && [ "$right" -ne 1 ]; then # with findings, a gap more is said in the report
				bad="$bad $kind:$at=$got(other)"
			elif [ "$got" -eq 1 ] && ! cmp -s "$out" "$TEST_TMP/right" && grep -q '"complete":	true' "$out"; then
				bad="$bad $kind:$at=$got(fewer)"
			elif [ "$got" -ge 2 ] && [ "$got" -ne "$right" ] && ! [ -s "$err" ] && ! [ -s "$out" ] && ! [ -s report.json ]; then
				bad="$bad $kind:$at=$got(silent)"
			fi
			"$check" || bad="$bad $kind:$at(file)"
		done
	done <"$TEST_TMP/counts"
	if [ -z "$bad" ] && [ "$tried" -gt 5 ]; then pass "$name: $tried failures"; else fail "$name: $tried failures" "$bad"; fi
}
is_lost() { grep -vxF -f "$out" "$TEST_TMP/right" | grep -q .; }
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

# What was there stays or is replaced, and the next one that is not hindered ends well.
failing_goods
failing_serve "$TEST_TMP/registry" "$TEST_TMP/rules"
from=http://127.0.0.1:$port/osv/
"$assay" db import --quiet --db old.db records 2>/dev/null
old=$("$assay" db status --db old.db | grep -c .)
replaced() { "$assay" db status --db new.db >"$TEST_TMP/status" 2>&1 && [ "$(grep -c . "$TEST_TMP/status")" -ge "$old" ]; }
reset() { rm -rf new.db* && cp old.db new.db; }
under "more for a database" replaced "$assay" db import --db new.db "$TEST_TMP/registry/osv/npm/all.zip"
under "an update" replaced "$assay" db update --force --from "$from" --db new.db
rm -rf new.db* && cp old.db new.db
expect 0 "the next update" "$assay" db update --force --from "$from" --db new.db

# A tarball: stored whole or not at all, and never proved by less than its bytes.
"$assay" db update --quiet --from "$from" --db osv.db 2>/dev/null
failing_project osv.db
stored() { failing_store_is_whole cache; }
reset() { rm -rf cache; }
under "verify" stored "$assay" verify --as-of 2025-09-26 --format csv --db osv.db --cache-dir cache --sandbox off
expect 0 "the next verify" "$assay" verify --as-of 2025-09-26 --db osv.db --cache-dir cache --sandbox off
reset() { :; }
last=10
under "verify what is stored" stored "$assay" verify --as-of 2025-09-26 --format csv --db osv.db --cache-dir cache --sandbox off --offline

# Every report at once.
GITHUB_SHA=0123456789012345678901234567890123456789 GITHUB_REF=refs/heads/main
export GITHUB_SHA GITHUB_REF
formats="json compact text sarif cyclonedx spdx openvex gitlab github github-snapshot junit markdown csv html"
last=60
# shellcheck disable=SC2046
under "every report" fine "$assay" scan --as-of 2026-11-23 --sandbox off $(for format in $formats; do printf -- '--format %s=report.%s ' "$format" "$format"; done)
last=0

# A library that ends the process, as libarchive does without memory, and with the code that means findings, gives no verdict. (Of a library that is
# bound late nothing can be put in the place of a function.)
echo 'void exit(int); void *libdeflate_alloc_decompressor(void) { exit(1); }' >"$TEST_TMP/ends.c"
if ${CC:-cc} -shared -fPIC -w -o "$TEST_TMP/ends.so" "$TEST_TMP/ends.c" 2>"$err"; then
	ends() { ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" LD_PRELOAD=$TEST_TMP/ends.so "$@"; }
	expect 3 "a library that ends the process" ends "$assay" verify --no-cache --db osv.db --cache-dir cache --sandbox off
	tells "nothing of this run counts"
fi

# The fleet's store: as it was, or as it should be, and what it knew it knows.
failing_fleet fleet 3
failing_record ACME-2026-1 1.0.0
mkdir -p earlier && mv records/ACME-2026-1.json earlier/
"$assay" db import --quiet --db one.db earlier 2>/dev/null
failing_record ACME-2026-2 2.0.0
"$assay" db import --quiet --db two.db earlier records/ACME-2026-2.json 2>/dev/null
"$assay" fleet add --store "$TEST_TMP/before.db" "$PWD/fleet" >/dev/null 2>&1
"$assay" fleet scan --store "$TEST_TMP/before.db" --db one.db --quiet >/dev/null 2>&1
known() { "$assay" fleet findings ACME-2026-1 --store fleet.db --format csv >"$TEST_TMP/known" 2>&1 && [ "$(grep -c minimist "$TEST_TMP/known")" -eq 3 ]; }
reset() { rm -rf fleet.db* && cp "$TEST_TMP/before.db" fleet.db; }
every=open # a folder that cannot be opened holds what it held
under "a scan of the fleet" known "$assay" fleet scan --again --store fleet.db --db two.db --jobs 1 --quiet
every=
expect 0 "the next scan of the fleet" "$assay" fleet scan --store fleet.db --db two.db --quiet
rm -rf fleet.db* && cp "$TEST_TMP/before.db" fleet.db
under "advisories that changed" known "$assay" fleet rematch --store fleet.db --db two.db
expect 0 "the next rematch" "$assay" fleet rematch --store fleet.db --db two.db
expect 0 "what is known then" "$assay" fleet findings ACME-2026-2 --store fleet.db --format csv
is "$(grep -c minimist "$out")" 3 "all of it"

# What is told in part never takes away what was known.
bom() { printf '{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"name":"r","properties":[%s]}},"components":[{"type":"library","name":"x","purl":"pkg:npm/%s"}]}' "$1" "$2"; }
bom '' minimist@0.0.8 >whole.json
bom '{"name":"assay:unchecked","value":"lockfile-invalid"},{"name":"assay:lockfile","value":"package-lock.json:0"}' ms@2.1.3 >part.json
tell() { "$assay" fleet ingest "$1.json" --project told --date "2026-11-$2" --store "$3" --db one.db; }
tell whole 01 "$TEST_TMP/told.db" 2>/dev/null
joined() { "$assay" who minimist@0.0.8 --store fleet.db --format csv >"$TEST_TMP/known" 2>&1; grep -q '"now","told","minimist"' "$TEST_TMP/known"; }
reset() { rm -rf fleet.db* && cp "$TEST_TMP/told.db" fleet.db; }
under "an SBOM that lacks packages" joined "$assay" fleet ingest part.json --project told --date 2026-11-02 --store fleet.db --db one.db
expect 0 "the next SBOM" tell part 02 fleet.db
expect 1 "tells both" "$assay" who minimist@0.0.8 ms@2.1.3 --store fleet.db --format csv
is "$(grep -c '"now","told"' "$out")" 2 "packages"

# Who has it: nothing that fails makes a place of it go unseen.
rm -rf fleet.db* && cp "$TEST_TMP/before.db" fleet.db
mkdir -p home/.npm wanting && echo '{"name":"w","version":"1.0.0","dependencies":{"minimist":"^0.0.8"}}' >wanting/package.json
reset() { :; }
last=30
under "who in a store" fine "$assay" who minimist@0.0.8 nobody@1 --store fleet.db
under "who in folders" fine "$assay" who minimist@0.0.8 nobody@1 fleet wanting --jobs 1
last=0

# A run that tells, each time to a new address: whatever fails, all is told when the next one has run, and nothing twice but what carries the same id.
turn=0
run="$assay fleet run --offline --no-progress --store fleet.db --db two.db --jobs 1 --notify-file addresses"
reset() {
	rm -rf fleet.db* && cp "$TEST_TMP/before.db" fleet.db
	turn=$((turn + 1))
	echo "http://127.0.0.1:$port/told$turn" >addresses
}
told() {
	$run >/dev/null 2>&1
	sed -n "s|^POST /told$turn .*Idempotency-Key: \([0-9a-f]*\).*body: |\1 |p" "$TEST_TMP/log" | sort -u >"$TEST_TMP/told"
	known && [ "$(cut -d' ' -f1 "$TEST_TMP/told" | sort | uniq -d)" = "" ] && [ "$(grep -o '"project":"[^"]*","lockfile":"[^"]*","rule":"[^"]*","id":"[^"]*"' "$TEST_TMP/told" | sort | uniq -c | awk '$1 == 1' | grep -c .)" -eq 6 ]
}
# shellcheck disable=SC2086 # words
under "a run that tells" told $run

# full NAME CHECK COMMAND…: from one write on, the disk is full: exit 3 and a word, unless all was written by then; what was there is there.
full() {
	name=$1 check=$2 bad='' tried=0
	shift 2
	reset
	FAILING_COUNTS=$TEST_TMP/counts preloaded "$@" >/dev/null 2>&1 </dev/null
	for at in $(some "$(awk '$1 == "write" { print $2 }' "$TEST_TMP/counts")"); do
		reset
		FAILING_HOW=full FAILING_KIND=write FAILING_AT=$at preloaded "$@" >/dev/null 2>"$err" </dev/null
		got=$?
		tried=$((tried + 1))
		if [ "$got" -eq 0 ]; then all || bad="$bad $at=0"; elif [ "$got" -ne 3 ] || ! grep -qE "disk is full|No space left" "$err"; then bad="$bad $at=$got"; fi
		"$check" || bad="$bad $at(file)"
	done
	if [ -z "$bad" ] && [ "$tried" -gt 0 ]; then pass "$name on a full disk: $tried times"; else fail "$name on a full disk: $tried times" "$bad" "$(head -c 500 "$err")"; fi
}
all() { [ "$("$assay" fleet findings ACME-2026-2 --store fleet.db --format csv 2>&1 | grep -c minimist)" -eq 3 ]; }
reset() { rm -rf fleet.db* && cp "$TEST_TMP/before.db" fleet.db; }
full "a scan of the fleet" known "$assay" fleet scan --again --store fleet.db --db two.db --jobs 1 --quiet
full "advisories that changed" known "$assay" fleet rematch --store fleet.db --db two.db
all() { false; }
reset() { rm -rf new.db* && cp old.db new.db; }
full "an import" replaced "$assay" db import --db new.db "$TEST_TMP/registry/osv/npm/all.zip"
full "an update" replaced "$assay" db update --force --from "$from" --db new.db
finish
