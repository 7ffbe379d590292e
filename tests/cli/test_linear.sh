#!/bin/sh
# Work grows as its input does: instructions counted (callgrind, the same each time) of inputs of one, two and four units. What comes with the third
# and fourth unit may be a little over twice what came with the second one (sorting, trees of a database), where it would be four times if each part
# were compared with each other one.
. "$ASSAY_ROOT/tests/cli/lib.sh"
case $ASSAY_BUILD in
*/release) ;;
*) skip "instructions are counted" "of the release build alone"; finish; exit ;;
esac
command -v valgrind >/dev/null 2>&1 || { skip "instructions are counted" "no valgrind"; finish; exit; }
most=2.5
for units in 1 2 4; do
	for format in npm3 npm1 yarn berry pnpm9 bun; do
		"$ASSAY_BUILD/tools/make_lockfile" $format $((100 * units)) "work/$format/$units" || exit 1
	done
	mkdir -p work/cyclonedx/$units work/spdx/$units
	"$assay" scan --quiet --no-fail --format cyclonedx --output work/cyclonedx/$units/bom.cdx.json work/npm3/$units >/dev/null 2>&1
	"$assay" scan --quiet --no-fail --format spdx --output work/spdx/$units/bom.spdx.json work/npm3/$units >/dev/null 2>&1
	"$ASSAY_BUILD/tools/make_lockfile" npm3 $((50 * units)) "work/small/$units" || exit 1
done
if valgrind --tool=callgrind --toggle-collect=linear_measured --dump-after=linear_measured --callgrind-out-file=counted \
	"$ASSAY_BUILD/tools/linear" work >names 2>"$err"; then
	pass "it runs to its end"
else
	fail "it runs to its end" "$(tail -5 "$err")"
fi
# Dumps come in the order of the calls: counted.1, counted.2, …
number=0
while read -r name; do
	counts=
	for i in 1 2 3; do
		number=$((number + 1))
		counts="$counts $(sed -n 's/^\(summary\|totals\): //p' counted.$number | tail -1)"
	done
	# shellcheck disable=SC2086
	set -- $counts
	ratio=$(awk -v one="$1" -v two="$2" -v four="$3" 'BEGIN { printf "%.2f", (four - two) / (two - one) }')
	if awk -v ratio="$ratio" -v most=$most 'BEGIN { exit !(ratio > 0 && ratio < most) }'; then
		pass "$name: $counts, twice as much more is $ratio"
	else
		fail "$name" "instructions of one, two, four units:$counts: twice as much more is $ratio, expected less than $most"
	fi
done <names
finish
