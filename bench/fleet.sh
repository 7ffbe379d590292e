#!/bin/sh
# fleet.sh BUILD_FOLDER: a fleet of FLEET projects (1,000; 10,000 on request) with some 800 packages each: first scan, nothing changed, a hundredth changed,
# judged anew after 500 new advisories, and who has a package. Called by run.sh.
set -eu
build=$(cd "$1" && pwd)
assay=$build/assay
measure=$build/tools/measure
projects=${FLEET:-1000}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(dirname "$build")/bench/fleet-$projects
mkdir -p "$work"
NAMES=$root/policies/facts/names.tsv
ASSAY_STORE=$work/fleet.db ASSAY_CACHE_DIR=$work/cache
export NAMES ASSAY_STORE ASSAY_CACHE_DIR
once() { # NAME COMMAND…: one run and no other before it, its seconds in $seconds
	name=$1
	shift
	from=$(date +%s%N)
	if "$@" >"$work/out" 2>"$work/err"; then code=0; else code=$?; fi
	seconds=$(date +%s%N | awk -v from="$from" '{ printf "%.3f", ($1 - from) / 1e9 }')
	printf '  %-42s %9s s    exit %s   %s\n' "$name" "$seconds" "$code" "$(tail -1 "$work/err")"
}
goal() { # TEXT VALUE GOAL: at least as good for 10,000 projects
	printf '  %-42s %9s      (goal: %s)\n' "$1" "$2" "$3"
}
for records in 20000 20500; do
	[ -f "$work/$records.done" ] || {
		"$build/tools/make_advisories" $records "$work/$records.zip" "$NAMES"
		"$assay" db import --quiet --replace --db "$work/$records.db" "$work/$records.zip"
		touch "$work/$records.done"
	}
done
rm -rf "$work/projects" "$ASSAY_STORE"*
"$build/tools/make_fleet" "$work/projects" "$projects"
"$assay" fleet add "$work/projects" >/dev/null 2>&1
echo "fleet: $projects projects, $(find "$work/projects" -name package-lock.json -exec cat {} + | wc -c | awk '{printf "%.0f", $1 / 1e6}') MB of lockfiles"
once 'assay fleet scan, the first' "$assay" fleet scan --db "$work/20000.db"
goal '10,000 projects at that rate, s' "$(awk -v s="$seconds" -v n="$projects" 'BEGIN { printf "%.0f", s * 10000 / n }')" "under 180"
once 'assay fleet scan, nothing changed' "$assay" fleet scan --db "$work/20000.db"
goal 'unchanged projects a minute' "$(awk -v s="$seconds" -v n="$projects" 'BEGIN { printf "%.0f", n * 60 / s }')" "over 20000"
"$build/tools/make_fleet" "$work/projects" "$projects" 1
once 'assay fleet scan, a hundredth changed' "$assay" fleet scan --db "$work/20000.db"
once 'assay fleet rematch, 500 new advisories' "$assay" fleet rematch --format csv --db "$work/20500.db"
goal 'rematch, s' "$seconds" "under 2, for 10,000"
"$assay" fleet rematch --db "$work/20500.db" >/dev/null 2>&1 || true
row() { # NAME COMMAND…
	name=$1
	shift
	# shellcheck disable=SC2046
	set -- "$name" $("$measure" 11 "$@")
	printf '  %-42s %9s ms   least %9s   %7.1f MB   exit %s\n' "$1" "$2" "$3" "$(echo "$5" | awk '{print $1/1024}')" "$6"
}
package=$("$assay" list --format purl "$work/projects/team-1/project-1" | sed -n '600s|^pkg:npm/||; s|%40|@|; 600p')
row "assay who ${package%@*}@9.9.9: near misses" "$assay" who "${package%@*}@9.9.9" --format csv
row "assay who $package" "$assay" who "$package" --format csv
row 'assay who semver@1.1.0' "$assay" who semver@1.1.0 --format csv
goal 'store, MB' "$(wc -c <"$ASSAY_STORE" | awk '{printf "%.0f", $1 / 1e6}')" "under 1500 for 10,000"
