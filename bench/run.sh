#!/bin/sh
# run.sh BUILD_FOLDER [PART]: whole processes, side by side in one run, so that the ratios hold on any machine. Counts stand beside
# times, so that a fast empty result cannot win. Work files stay in build/bench and are made once.
# PART: read (lockfiles; read:berry is those of one format), fleet, page (the HTML report in a browser), or scan (all the rest). Without it, all.
set -eu
build=$(cd "$1" && pwd)
part=${2:-all}
[ "$part" != fleet ] || exec "$(dirname "$0")/fleet.sh" "$build"
[ "$part" != page ] || exec "$(dirname "$0")/page.sh" "$build"
assay=$build/assay
measure=$build/tools/measure
work=$(dirname "$build")/bench
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$work"
ASSAY_CACHE_DIR=$work/cache
export ASSAY_CACHE_DIR
unset ASSAY_DB ASSAY_POLICY ASSAY_OFFLINE 2>/dev/null || true

row() { # NAME RUNS COMMAND…: prints a row, leaves the median in $median and the peak in $peak_kb
	name=$1 runs=$2
	shift 2
	# shellcheck disable=SC2046
	set -- "$name" $("$measure" "$runs" "$@")
	median=$2 peak_kb=$5
	printf '  %-42s %9s ms   least %9s   cpu %9s   %7.1f MB   exit %s\n' "$1" "$2" "$3" "$4" "$(echo "$5" | awk '{print $1/1024}')" "$6"
}
ratio() { # NAME A B GOAL
	awk -v name="$1" -v a="$2" -v b="$3" -v goal="$4" 'BEGIN { printf "  %-42s %9.3f      (goal: under %s)\n", name, a / b, goal }'
}

# ---- reading: the same made-up tree in every format, beside the manager's own parser
read_row() { # FORMAT KIND FILE COUNT GOAL: GOAL is how many times faster than the manager's parser, or none
	format=$1 kind=$2 file=$3 count=$4 goal=$5
	case $part in all | read | "read:$format") ;; *) return ;; esac
	folder=$work/read-$format-$count
	[ -f "$folder/$file" ] || "$build/tools/make_lockfile" "$format" "$count" "$folder"
	if ! found=$("$assay" list --lockfile "$kind:$folder/$file" --format purl 2>/dev/null | wc -l) || [ "$found" != "$count" ]; then
		echo "  $format: assay reads $found of $count packages: not measured"
		return
	fi
	row "assay, $format, $count packages" 5 "$assay" why pkg:npm/none@0 --lockfile "$kind:$folder/$file"
	assay_ms=$median
	awk -v name="$format: peak memory, MB" -v peak="$peak_kb" -v bytes="$(wc -c <"$folder/$file")" 'BEGIN {
		printf "  %-42s %9.1f      (goal: under %.1f: six times the file and 20 MB)\n", name, peak / 1024, 6 * bytes / 1048576 + 20 }'
	if [ -z "$oracle" ] || [ "$goal" = none ]; then
		return
	fi
	there=$(ORACLE=$oracle node "$root/bench/read.cjs" "$format" "$folder")
	[ "$there" = "$count" ] || echo "  $format: its own parser finds $there packages"
	row "$(if [ "$format" = bun ]; then echo "JSON.parse"; else echo "its own parser"; fi), dependencies followed" 3 \
		env ORACLE="$oracle" node "$root/bench/read.cjs" "$format" "$folder"
	times_faster "$format" "$goal"
	if [ "$format" = bun ]; then
		row "lockparse, a library of the npm registry" 3 env ORACLE="$oracle" node "$root/bench/read.cjs" lockparse "$folder"
		times_faster "lockparse" "$goal"
	fi
	if [ "$format" = bun ] && bun=$(ls "$oracle"/node_modules/@oven/bun-linux-*/bin/bun 2>/dev/null); then
		cd "$folder"
		row "bun itself (native code): bun why none" 5 "$bun" why none
		cd "$work"
		times_faster "bun itself" "$goal"
	fi
}
times_faster() { # NAME GOAL: the median of the last row over assay's
	awk -v name="$1: times faster" -v a="$median" -v b="$assay_ms" -v goal="$2" 'BEGIN {
		printf "  %-42s %9.1f      (goal: over %s)\n", name, a / b, goal }'
}
# The parsers, once: they need the network.
oracle=
if [ "$part" != scan ] && command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
	oracle=$work/oracle
	cmp -s "$root/bench/package.json" "$oracle/package.json" || {
		rm -rf "$oracle"
		mkdir "$oracle"
		cp "$root/bench/package.json" "$oracle/new.json"
		(cd "$oracle" && mv new.json package.json &&
			npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error) || rm -rf "$oracle"
	}
	[ -d "$oracle/node_modules" ] || { oracle= && echo "  the managers' parsers could not be installed: assay alone is measured"; }
fi
[ "$part" = scan ] || echo "read: 50,000 packages in each format (arborist takes minutes for so many: npm is compared at 2,000)"
read_row npm3 npm package-lock.json 2000 20
read_row npm1 npm package-lock.json 2000 20
read_row npm3 npm package-lock.json 50000 none
read_row npm1 npm package-lock.json 50000 none
read_row yarn yarn yarn.lock 50000 20
read_row berry berry yarn.lock 50000 3
read_row pnpm9 pnpm pnpm-lock.yaml 50000 3
read_row bun bun bun.lock 50000 20
case $part in all | scan) ;; *) exit 0 ;; esac

# ---- a scan of 1,400 packages against 20,000 advisories
[ -f "$work/advisories.done" ] && "$assay" db status --db "$work/advisories.db" >/dev/null 2>&1 || {
	"$assay" list --format purl "$root/bench/webapp" | sed 's|^pkg:npm/||; s|%40|@|; s|@[^@]*$||' | sort -u >"$work/names"
	rm -f "$work/advisories.db"
	"$build/tools/make_advisories" 20000 "$work/advisories.zip" "$work/names"
	"$assay" db import --quiet --replace --db "$work/advisories.db" "$work/advisories.zip" "$root/advisories/osv"
	touch "$work/advisories.done"
}
rm -rf "$work/webapp"
cp -r "$root/bench/webapp" "$work/webapp"
cd "$work/webapp"
echo "scan: webapp, package-lock.json v3"
"$assay" scan --db "$work/advisories.db" --format json >"$work/scan.json" || true
printf '  %s packages, %s advisories, %s findings\n' \
	"$("$assay" list --format purl | wc -l)" \
	"$("$assay" db status --db "$work/advisories.db" | sed -n 's/^records *\([0-9]*\).*/\1/p')" \
	"$(grep -c '"fingerprint"' "$work/scan.json")"
row 'assay scan' 41 "$assay" scan --db "$work/advisories.db"
scan=$median
if command -v node >/dev/null 2>&1; then
	row 'node -e 1' 21 node -e 1
	node=$median
	ratio 'assay scan / node -e 1' "$scan" "$node" 0.5
fi

# ---- the database at full size: 220,000 records, and the scan against it
[ -f "$work/whole.done" ] || {
	"$build/tools/make_advisories" 220000 "$work/whole.zip" "$work/names"
	touch "$work/whole.done"
}
echo "import: 220,000 records, a zip of $(wc -c <"$work/whole.zip" | awk '{printf "%.0f", $1 / 1e6}') MB"
row 'assay db import' 3 "$assay" db import --quiet --replace --db "$work/whole.db" "$work/whole.zip"
import=$median
printf '  database of %s MB (goal: under 100), %s records\n' "$(wc -c <"$work/whole.db" | awk '{printf "%.0f", $1 / 1e6}')" \
	"$("$assay" db status --db "$work/whole.db" | sed -n 's/^records *\([0-9]*\).*/\1/p')"
if command -v python3 >/dev/null 2>&1; then
	row 'python3 zipfile + json, reading it' 3 python3 "$root/bench/read_zip.py" "$work/whole.zip"
	ratio 'assay db import / python3 reading' "$import" "$median" 0.75
fi
row 'assay db import, nothing new' 3 "$assay" db import --quiet --db "$work/whole.db" "$work/whole.zip"
row 'assay scan, 220,000 records' 41 "$assay" scan --db "$work/whole.db"
if command -v node >/dev/null 2>&1; then
	ratio 'assay scan / node -e 1' "$median" "$node" 0.5
fi

if command -v npm >/dev/null 2>&1; then
	row 'npm ls --package-lock-only --all' 5 npm ls --package-lock-only --all
	ratio 'assay scan / npm ls' "$scan" "$median" 0.05

	# ---- its tarballs, from a warm npm cache
	npm_cache=$work/npm-cache
	[ -f "$work/npm-cache.done" ] || {
		npm ci --ignore-scripts --legacy-peer-deps --no-audit --no-fund --cache "$npm_cache" --loglevel=error
		rm -rf node_modules
		touch "$work/npm-cache.done"
	}
	npm_config_cache=$npm_cache
	export npm_config_cache
	echo "verify: its tarballs from npm's warm cache"
	"$assay" verify --offline --db "$work/advisories.db" | sed -n '/^VERIFIED/,/^$/p' | sed 's/^/  /'
	printf '  a bare loop: %s\n' "$("$build/tools/bare_loop" "$npm_cache/_cacache/content-v2")"
	row 'read, digest, inflate, headers: no checks' 11 "$build/tools/bare_loop" "$npm_cache/_cacache/content-v2"
	bare=$median
	row 'assay verify --offline' 11 "$assay" verify --offline --db "$work/advisories.db"
	ratio 'the second run: less than 50 ms' "$median" 50 1
	row 'assay verify --offline --no-cache' 11 "$assay" verify --offline --no-cache --db "$work/advisories.db"
	verify=$median
	ratio 'assay verify / the bare loop' "$verify" "$bare" 2
	row 'assay verify --offline --no-cache --sandbox off' 11 "$assay" verify --offline --no-cache --sandbox off --db "$work/advisories.db"
	off=$median
	row 'assay verify --offline --no-cache --sandbox require' 11 "$assay" verify --offline --no-cache --sandbox require --db "$work/advisories.db"
	ratio 'in worker processes / in this one' "$median" "$off" 1.3
	awk -v peak="$peak_kb" 'BEGIN { printf "  %-42s %9.1f      (goal: under 150)\n", "assay verify: peak memory, MB", peak / 1024 }'
	row 'npm cache verify' 3 npm cache verify --cache "$npm_cache"
	ratio 'assay verify / npm cache verify' "$verify" "$median" 0.1
fi
[ "$part" = scan ] || "$root/bench/fleet.sh" "$build"
[ "$part" = scan ] || "$root/bench/page.sh" "$build"
