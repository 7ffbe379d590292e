#!/bin/sh
# page.sh BUILD_FOLDER: what it takes to open the HTML report of 5,000 packages and 2,000 rows in headless Chromium, beside a page of 5,000 plain
# rows. Called by run.sh.
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(dirname "$build")/bench/page
mkdir -p "$work"
if ! command -v chromium >/dev/null 2>&1 || ! command -v node >/dev/null 2>&1; then
	echo "page: no chromium, or no node"
	exit 0
fi
"$build/tools/make_lockfile" npm3 5000 "$work"
sed -i 's|https://[a-z.]*/|https://elsewhere.example/|' "$work/package-lock.json"
"$build/assay" scan -W untrusted-registry --no-fail --format "html=$work/report.html" "$work" >"$work/out" 2>&1 || true
{
	echo '<!DOCTYPE html><meta charset="utf-8"><title>plain</title><table>'
	seq 5000 | sed 's|.*|<tr><td>row &</td><td>a</td><td>b</td><td>c</td><td>d</td></tr>|'
	echo '</table>'
} >"$work/plain.html"
echo "page: ms, the least of 7 each: of the clock until the content was there and all was loaded; of work for scripts, layout, style, all of it"
# least FILE STEP…: each column's least
least() {
	for _ in 1 2 3 4 5 6 7; do node "$root/tests/oracle/browser.cjs" "$@"; done | awk '
		{ for (i = 1; i < NF; i += 2) if (!($i in least)) { names[++n] = $i; least[$i] = $(i + 1) } else if ($(i + 1) < least[$i]) least[$i] = $(i + 1) }
		END { for (i = 1; i <= n; i++) if (names[i] != "paint") printf " %s %s", names[i], least[names[i]]; print "" }'
}
printf '  %-28s%s\n' "5,000 plain rows" "$(least "$work/plain.html" cost:)"
printf '  %-28s%s\n' "the report" "$(least "$work/report.html" cost:)"
printf '  %-28s%s\n' "the report, and its map" "$(least "$work/report.html" 'wait:document.querySelector(".box")' cost:)"
