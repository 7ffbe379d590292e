#!/bin/sh
# fleet.sh BUILD_FOLDER: a fleet of FLEET projects (1,000; 10,000 on request) with some 800 packages each: first scan, nothing changed, a hundredth changed,
# judged anew after 500 new advisories, and who has a package. Called by run.sh.
# The 500 come in two kinds: as in life (nearly all are malware that nobody has, a few are about names drawn from all that the fleet has), and so that
# every project is hit: each about a name of the fleet in all of its versions, which gives a project some ten findings more.
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
once() { # NAME COMMAND…: one run and no other before it, its seconds in $seconds, its processor time in $cpu
	name=$1
	shift
	# shellcheck disable=SC2046
	set -- "$name" $("$measure" 0 "$@" 2>"$work/err")
	seconds=$(echo "$2" | awk '{printf "%.3f", $1 / 1e3}')
	cpu=$(echo "$4" | awk '{printf "%.3f", $1 / 1e3}')
	printf '  %-42s %9s s    cpu %9s s   %7.1f MB   exit %s   %s\n' "$1" "$seconds" "$cpu" "$(echo "$5" | awk '{print $1/1024}')" "$6" "$(tail -1 "$work/err")"
}
goal() { # TEXT VALUE GOAL: at least as good for 10,000 projects
	printf '  %-42s %9s      (goal: %s)\n' "$1" "$2" "$3"
}
ten_thousand() { # TEXT SECONDS GOAL
	goal "$1" "$(awk -v s="$2" -v n="$projects" 'BEGIN { printf "%.1f", s * 10000 / n }')" "$3"
}
database() { # NAME BEFORE COUNT NAMES [FIRST [worst]]: the database BEFORE, and COUNT more advisories
	name=$1 before=$2 count=$3
	shift 3
	[ ! -f "$work/$name.done" ] || return 0
	"$build/tools/make_advisories" "$count" "$work/$name.zip" "$@"
	rm -f "$work/$name.db"*
	[ -z "$before" ] || cp "$work/$before.db" "$work/$name.db"
	"$assay" db import --quiet --db "$work/$name.db" "$work/$name.zip"
	touch "$work/$name.done"
}
rm -rf "$work/projects" "$ASSAY_STORE"*
"$build/tools/make_fleet" "$work/projects" "$projects"
awk 'NR % 76 == 1' "$work/projects.names" >"$work/spread.names"
database first '' 20000 "$NAMES"
database life first 500 "$work/projects.names" 20001
database worst life 500 "$work/spread.names" 20501 worst
"$assay" fleet add "$work/projects" >/dev/null 2>&1
echo "fleet: $projects projects, $(find "$work/projects" -name package-lock.json -exec cat {} + | wc -c | awk '{printf "%.0f", $1 / 1e6}') MB of lockfiles"
once 'assay fleet scan, the first' "$assay" fleet scan --db "$work/first.db"
ten_thousand '10,000 projects at that rate, s' "$seconds" "under 180"
ten_thousand 'processor time for 10,000, s' "$cpu" "under 360: two cores for 180 s"
once 'assay fleet scan, nothing changed' "$assay" fleet scan --db "$work/first.db"
goal 'unchanged projects a minute' "$(awk -v s="$seconds" -v n="$projects" 'BEGIN { printf "%.0f", n * 60 / s }')" "over 20000"
"$build/tools/make_fleet" "$work/projects" "$projects" 1
once 'assay fleet scan, a hundredth changed' "$assay" fleet scan --db "$work/first.db"
once 'rematch, 500 advisories as in life' "$assay" fleet rematch --format csv --db "$work/life.db"
ten_thousand '10,000 projects at that rate, s' "$seconds" "under 2"
once 'rematch, 500 that hit every project' "$assay" fleet rematch --format csv --db "$work/worst.db"
ten_thousand '10,000 projects at that rate, s' "$seconds" "none: some 100,000 findings are made and shown"
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
