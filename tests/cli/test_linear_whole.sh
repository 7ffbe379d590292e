#!/bin/sh
# As test_linear.sh, for whole commands: instructions of one, two and four times as many packages, tarballs, projects. What a command needs to
# begin with is in all three, and in no difference of two.
. "$ASSAY_ROOT/tests/cli/lib.sh"
case $ASSAY_BUILD in
*/release) ;;
*) skip "instructions are counted" "of the release build alone"; finish; exit ;;
esac
command -v valgrind >/dev/null 2>&1 || { skip "instructions are counted" "no valgrind"; finish; exit; }
HOME=$TEST_TMP/home
export HOME
mkdir -p "$HOME"
most=2.5

# count COMMAND…: adds its instructions to $counts. What it finds, or cannot know, is no failure.
count() {
	valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file="$TEST_TMP/counted" "$@" >"$out" 2>"$err"
	case $? in 0 | 1 | 3) ;; *) fail "it ran: $*" "$(tail -5 "$err")" ;; esac
	counts="$counts $(sed -n 's/^summary: //p' "$TEST_TMP/counted" | tail -1)"
}
# judge NAME: of the three in $counts.
judge() {
	ratio=$(echo "$counts" | awk '{ printf "%.2f", ($3 - $2) / ($2 - $1) }')
	if awk -v ratio="$ratio" -v most=$most 'BEGIN { exit !(ratio > 1.2 && ratio < most) }'; then
		pass "$1:$counts, twice as much more is $ratio"
	else
		fail "$1" "instructions of one, two, four units:$counts: twice as much more is $ratio, expected from 1.2 to $most"
	fi
	counts=
}

# ---- a lockfile in which every package has an advisory, and who has one of them
for units in 1 2 4; do
	"$ASSAY_BUILD/tools/make_lockfile" npm3 $((150 * units)) "work/$units" || exit 1
done
sed -n 's,.*"node_modules/\(.*\)": {,\1,p' work/4/package-lock.json | sed 's,.*node_modules/,,' | sort -u >names
"$ASSAY_BUILD/tools/make_advisories" "$(wc -l <names)" "$TEST_TMP/worst.zip" names 0 worst
"$assay" db import --quiet --db "$TEST_TMP/worst.db" "$TEST_TMP/worst.zip" || fail "advisories of all"
for units in 1 2 4; do
	count "$assay" scan --db "$TEST_TMP/worst.db" --as-of 2025-12-29 --no-progress "work/$units"
	says "$((150 * units)) packages"
done
judge "scan"
for units in 1 2 4; do
	count "$assay" who --no-progress --format json "$(head -1 names)" "work/$units"
done
judge "who"

# ---- what a job says, to who knows an advisory about each
for units in 1 2 4; do
	"$ASSAY_BUILD/tools/make_lockfile" npm3 $((40 * units)) "told/$units" || exit 1
	sed -n 's,.*"node_modules/\(.*\)": {,\1,p' "told/$units/package-lock.json" | sed 's,.*node_modules/,,' | sort -u >"named-$units"
	"$ASSAY_BUILD/tools/make_advisories" "$(wc -l <"named-$units")" told.zip "named-$units" 0 worst
	"$assay" db import --quiet --db "named-$units.db" told.zip && "$assay" db export --quiet --db "named-$units.db" --compact "told-$units.db" >/dev/null
	"$assay" scan --db "named-$units.db" --as-of 2025-12-29 --no-fail --quiet --format json="told-$units.json" "told/$units" >/dev/null 2>&1
	count "$assay" fleet ingest --store "told-$units.fleet" --db "told-$units.db" --project told "told-$units.json"
done
judge "fleet ingest"

# ---- tarballs that lie in npm's cache
seq 40 | while read -r number; do
	"$ASSAY_BUILD/tools/make_tarball" one.tgz "a$number" 0 0 3 >/dev/null || exit 1
	hex=$(sha512sum one.tgz | cut -c1-128)
	folder=$HOME/.npm/_cacache/content-v2/sha512/$(echo "$hex" | cut -c1-2)/$(echo "$hex" | cut -c3-4)
	mkdir -p "$folder" && mv one.tgz "$folder/$(echo "$hex" | cut -c5-)"
	echo "a$number $(echo "$hex" | tr a-f A-F | basenc --base16 -d | base64 -w0)"
done >made
for units in 1 2 4; do
	mkdir -p "verified/$units"
	head -n $((10 * units)) made | awk '
		{ wanted = wanted ",\"" $1 "\":\"1.0.0\""
		  packages = packages ",\"node_modules/" $1 "\":{\"version\":\"1.0.0\",\"resolved\":\"https://npm.acme.example/" $1 "/-/" $1 "-1.0.0.tgz\",\"integrity\":\"sha512-" $2 "\"}" }
		END { print "{\"lockfileVersion\":3,\"packages\":{\"\":{\"dependencies\":{" substr(wanted, 2) "}}" packages "}}" }' >"verified/$units/package-lock.json"
	sed 's/.*"":\({"dependencies":{[^}]*}}\).*/\1/' "verified/$units/package-lock.json" >"verified/$units/package.json"
	count "$assay" verify --offline --no-cache --sandbox off --jobs 1 --cache-dir "$TEST_TMP/cache" --db "$TEST_TMP/worst.db" --as-of 2025-12-29 --no-progress "verified/$units"
	says "$((10 * units)) packages' bytes match"
done
judge "verify"

# ---- projects of a fleet, each of some 800 packages
for units in 1 2 4; do
	NAMES=$ASSAY_ROOT/policies/facts/names.tsv "$ASSAY_BUILD/tools/make_fleet" "fleet-$units" $units || exit 1
	store=$TEST_TMP/fleet-$units.db
	"$assay" fleet add --store "$store" "fleet-$units" >/dev/null 2>&1
	count "$assay" fleet scan --store "$store" --db "$TEST_TMP/worst.db" --jobs 1 --no-progress
done
judge "fleet scan"
finish
