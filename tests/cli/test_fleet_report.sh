#!/bin/sh
# A fleet as a folder of pages: whole or not at all, nothing of anybody else's touched, the same bytes from the same store, links that lead somewhere, names that
# are text; and in a browser where there is one: it draws, sorts, filters and finds.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_STORE=$TEST_TMP/fleet.db ASSAY_DB=$TEST_TMP/advisories.db
export ASSAY_STORE ASSAY_DB
day=2036-01-01 # behind all that happens here
# project_with NAME VERSION: has minimist in that version, and twelve others, two of which come with another
project_with() {
	mkdir -p "$TEST_TMP/src/$1"
	asked=$(printf '"minimist":"*"' && for i in 1 2 3 4 5 6 7 8 9 10; do printf ',"part-%s":"*"' $i; done)
	{
		printf '{"name":"web","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"web","version":"1.0.0","dependencies":{%s}},\n"node_modules/minimist":{"version":"%s"}' "$asked" "$2"
		for i in 1 2 3 4 5 6 7 8 9 10; do printf ',\n"node_modules/part-%s":{"version":"1.0.0","dependencies":{"part-11":"*","part-12":"*"}}' $i; done
		printf ',\n"node_modules/part-11":{"version":"2.0.0"},\n"node_modules/part-12":{"version":"1.0.0"},\n"node_modules/part-1/node_modules/part-12":{"version":"3.0.0"}}}\n'
	} >"$TEST_TMP/src/$1/package-lock.json"
	printf '{"name":"web","version":"1.0.0","dependencies":{%s}}\n' "$asked" >"$TEST_TMP/src/$1/package.json"
}
# record ID PACKAGE SUMMARY
record() {
	mkdir -p "$TEST_TMP/records"
	printf '{"schema_version":"1.6.0","id":"%s","aliases":["CVE-2026-1"],"modified":"2026-02-01T00:00:00Z","published":"2026-01-01T00:00:00Z","summary":"%s","affected":[{"package":{"ecosystem":"npm","name":"%s"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.6"}]}]}],"database_specific":{"severity":"CRITICAL"}}' "$1" "$3" "$2" >"$TEST_TMP/records/$1.json"
}
hostile="<img src=x onerror=document.title='run'>"
project_with web 0.0.8
project_with api 1.2.5
project_with clean 1.2.8
project_with ugly 0.0.8
mkdir "$TEST_TMP/src/none" && echo '{"name":"none","dependencies":{"minimist":"*"}}' >"$TEST_TMP/src/none/package.json"
record ACME-2026-1 minimist "</script>$hostile"
record ACME-2026-2 part-3 "a \\\"quoted\\\" one"
record ACME-2026-3 part-4 "one without a fix"
sed -i 's/,{"fixed":"1.2.6"}//' "$TEST_TMP/records/ACME-2026-3.json"
expect 0 "advisories" "$assay" db import --quiet "$TEST_TMP/records"
for name in web api clean none; do "$assay" fleet add "$TEST_TMP/src/$name" --owner team-a >/dev/null 2>&1; done
expect 0 "a hostile name" "$assay" fleet add "$TEST_TMP/src/ugly" --name "$hostile" --owner '"><b>it' --tag "</title>"
expect 0 "a scan" "$assay" fleet scan
project_with api 1.2.8
sleep 1
expect 0 "one is mended" "$assay" fleet scan

expect 2 "where to?" "$assay" fleet report
expect 0 "a site" "$assay" fleet report -o "$TEST_TMP/site" --as-of $day
tells "5 projects, 3 packages with findings, 3 advisories"
expect 0 "again" "$assay" fleet report -o "$TEST_TMP/again/deep" --as-of $day --quiet
quiet_err
if diff -r "$TEST_TMP/site" "$TEST_TMP/again/deep" >"$out" 2>&1; then pass "the same bytes"; else fail "the same bytes" "$(head -5 "$out")"; fi
cp -r "$TEST_TMP/site" "$TEST_TMP/before"
expect 0 "in its own place" "$assay" fleet report -o "$TEST_TMP/site/" --as-of $day
if diff -r "$TEST_TMP/site" "$TEST_TMP/before" >"$out" 2>&1; then pass "the same once more"; else fail "the same once more" "$(head -5 "$out")"; fi
is "$(find "$TEST_TMP" -maxdepth 1 -name '*assay-part*' | wc -l)" 0 "nothing is left beside it"

# Every link leads to a file; nothing comes from elsewhere; names name no files.
cd "$TEST_TMP/site" || exit 1
find . -name '*.html' | while read -r page; do
	grep -oE '(href|src)="[^"]*"' "$page" | sed 's/^[a-z]*="//; s/"$//' | grep -v '^https://osv.dev/vulnerability/[A-Za-z0-9-]*$' | while read -r link; do
		[ -f "$(dirname "$page")/${link%%#*}" ] || echo "$page: $link"
	done
done >"$out"
is "$(head -3 "$out")" "" "all links resolve"
is "$(find . -type f | grep -cvE '^\./(p|a|k)/[0-9a-f]{24}\.html$|^\./[a-z-]*\.(html|css|js|txt)$|^\./data/[a-z0-9-]*\.js$')" 0 "names are digests"
find . -name '*.html' -exec grep -LF "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'self' file:; style-src 'self' file:; base-uri 'none'; form-action 'none'\">" {} + >"$out"
is "$(cat "$out")" "" "a strict policy on every page"
if grep -rnE '<img|<b>it|</title>"|onerror="|style="' --include='*.html' . >"$out"; then fail "hostile names are text" "$(head -3 "$out")"; else pass "hostile names are text"; fi
if grep -n '<' data/*.js >"$out"; then fail "data ends no script" "$(head -3 "$out")"; else pass "data ends no script"; fi
grep -q 'fill="#\|url(\|@import' style.css && fail "the style asks for nothing" || pass "the style asks for nothing"
is "$(find p -type f | wc -l)" 5 "a page for each project"
page=p/$(printf web | sha256sum | cut -c1-24).html
cp "$page" "$out"
says 'minimist</a> 0.0.8'
says '<pre>minimist 0.0.8'
says 'no fixed version is known'
cp "p/$(printf api | sha256sum | cut -c1-24).html" "$out"
says 'gone</summary>'
says '<h2>History</h2>'
cp "a/$(printf ACME-2026-1 | sha256sum | cut -c1-24).html" "$out"
says '<b>2</b> have it now</li><li class="tile"><b>1</b> had it'
cp index.html "$out"
says 'aria-label="Time to fix"'
says 'Judged by 3 advisories, the newest of <time datetime="2026-02-01T00:00:00Z">2026-02-01</time>'
says '2026'
cp projects.html "$out"
says 'state gap'

# What stood on another day; some projects alone.
expect 0 "before anything was there" "$assay" fleet report -o "$TEST_TMP/early" --as-of 2020-01-01
tells "0 projects"
expect 0 "of one project" "$assay" fleet report -o "$TEST_TMP/one" --name 'we*' --as-of $day
tells "1 project, 3 packages with findings"
if grep -rq 'api' "$TEST_TMP/one/data/projects.js" "$TEST_TMP/one/projects.html"; then fail "no other is named"; else pass "no other is named"; fi

(
	ASSAY_STORE=$TEST_TMP/other.db
	unset ASSAY_DB
	ASSAY_CACHE_DIR=$TEST_TMP/none
	export ASSAY_STORE ASSAY_CACHE_DIR
	"$assay" fleet add "$TEST_TMP/src/web" && "$assay" fleet report -o "$TEST_TMP/unlooked" && "$assay" fleet scan
	"$assay" fleet report -o "$TEST_TMP/starter"
) >"$out" 2>&1
grep -q 'No advisories were looked up' "$TEST_TMP/unlooked/index.html" && pass "nothing was looked up" || fail "nothing was looked up" "$(cat "$out")"
grep -q 'Only the starter database was used' "$TEST_TMP/starter/index.html" && pass "only the starter" || fail "only the starter" "$(cat "$out")"

# What is not ours stays.
touch "$TEST_TMP/site/notes.txt"
expect 2 "a file of somebody's" "$assay" fleet report -o "$TEST_TMP/site"
tells "site holds notes.txt, which assay did not write"
[ -f "$TEST_TMP/site/notes.txt" ] && [ -f "$TEST_TMP/site/index.html" ] && pass "all is still there" || fail "all is still there"
rm "$TEST_TMP/site/notes.txt"
mkdir "$TEST_TMP/theirs" "$TEST_TMP/empty" && echo hello >"$TEST_TMP/theirs/index.html"
expect 2 "a site of somebody's" "$assay" fleet report -o "$TEST_TMP/theirs"
is "$(cat "$TEST_TMP/theirs/index.html")" hello "it is as it was"
expect 0 "an empty folder" "$assay" fleet report -o "$TEST_TMP/empty" --as-of $day
ln -s site "$TEST_TMP/link"
expect 2 "a link" "$assay" fleet report -o "$TEST_TMP/link"
expect 2 "a file" "$assay" fleet report -o "$TEST_TMP/src/web/package.json"
# A run that was killed left its half; another one is under way.
cp -r "$TEST_TMP/site" "$TEST_TMP/site.assay-part" && rm "$TEST_TMP/site.assay-part/index.html"
expect 0 "behind a killed run" "$assay" fleet report -o "$TEST_TMP/site" --as-of $day
if diff -r "$TEST_TMP/site" "$TEST_TMP/before" >"$out" 2>&1; then pass "whole"; else fail "whole" "$(head -5 "$out")"; fi
mkdir "$TEST_TMP/site.assay-part"
exec 9<"$TEST_TMP/site.assay-part"
flock 9
expect 3 "beside another run" "$assay" fleet report -o "$TEST_TMP/site"
tells "another process is writing this site"
[ -d "$TEST_TMP/site.assay-part" ] && pass "whose work stays" || fail "whose work stays"
exec 9<&-
rmdir "$TEST_TMP/site.assay-part"
# A project that is gone has no page any more.
expect 0 "one goes" "$assay" fleet remove clean
expect 0 "a new site" "$assay" fleet report -o "$TEST_TMP/site" --as-of $day
is "$(find "$TEST_TMP/site/p" -type f | wc -l)" 4 "its page went"

if [ -z "$ASSAY_ORACLE" ] || [ -z "$(command -v chromium)" ]; then
	skip "in a browser" "no Node, or no chromium"
	finish
	exit
fi
cd "$TEST_TMP/site" || exit 1
# drive NAME FILE STEP…: what each step gave, in $out, a line each; what the console says is among them
drive() {
	name=$1
	shift
	ASSAY_BESIDE="site.js style.css data/*.js" node "$ASSAY_ROOT/tests/oracle/browser.cjs" "$@" >"$out" 2>"$err" </dev/null
	code=$?
	[ "$code" -ne 77 ] || { skip "$name" "chromium cannot be driven here"; return 1; }
	is "$code" 0 "$name"
}
gave() { is "$(grep -v '^undefined$' "$out" | tr '\n' ' ')" "$1 " "$2"; }
drive "the overview" index.html 'eval:document.querySelectorAll("svg[role=img] rect").length > 8' 'eval:document.title' 'eval:getComputedStyle(document.querySelector(".f-critical")).fill' \
	media:dark 'eval:getComputedStyle(document.body).backgroundColor' media:print 'eval:getComputedStyle(document.querySelector(".top nav")).display' \
	media:light size:360x800 'eval:document.documentElement.scrollWidth <= innerWidth' &&
	gave 'true "Overview - assay fleet" "rgb(164, 14, 38)" "rgb(13, 17, 23)" "none" true' "drawn, dark, in print, on a telephone"
drive "the search" search.html 'wait:document.body.dataset.searched === ""' 'eval:document.activeElement.id' type:part-3 'eval:[...document.querySelectorAll("#results h2")].map(h => h.textContent).join()' \
	key:ArrowDown 'eval:document.activeElement.textContent' 'eval:decodeURIComponent(location.hash)' 'eval:document.activeElement.click()' 'wait:document.querySelector("#package td")' \
	'eval:[...document.querySelectorAll("#package td:nth-child(1)")].map(td => td.textContent).sort().join()' &&
	gave "\"q\" \"Packages 1\" \"part-33 projects have it · advisories\" \"#q=part-3\" \"$hostile,api,web\"" "types, goes down, shows who has it"
shown='eval:[...document.querySelectorAll("table.findings tbody tr")].filter(row => row.getClientRects().length).length'
drive "the filter" "$page" "$shown" 'eval:document.querySelector(".filter input").focus()' type:part-7 "$shown" 'eval:document.querySelector(".filter [role=status]").textContent' \
	type:nothing "$shown" 'eval:document.execCommand("selectAll")' type:PART-1 "$shown" 'eval:document.execCommand("selectAll")' 'eval:document.execCommand("delete")' "$shown" 'eval:document.querySelector(".filter [role=status]").textContent' &&
	gave '17 1 " 1 of 17 on this page" 0 true 5 true true 17 ""' "rows go and come"
drive "a hostile name" "search.html#q=onerror" 'wait:document.body.dataset.searched' 'eval:document.querySelector("#results b").textContent' 'eval:document.querySelectorAll("img").length' 'eval:document.title' \
	'eval:document.querySelector("#results a").click()' 'wait:document.querySelector(".facts")' 'eval:document.querySelector("h1").textContent' 'eval:document.querySelectorAll("img").length' &&
	gave "\"$hostile\" 0 \"Search - assay fleet\" \"$hostile\" 0" "is a text, and its page is found"
drive "a project" "$page" 'eval:document.querySelectorAll("details.packages").forEach(one => { one.open = true; })' 'wait:document.querySelectorAll(".packages li a").length > 11' \
	'eval:document.querySelectorAll(".packages li").length' 'eval:[...document.querySelectorAll(".packages")].pop().innerText.split("\n").slice(1).join()' \
	'eval:[...document.querySelectorAll("thead button")][0].click()' 'eval:document.querySelector("th[aria-sort]").getAttribute("aria-sort")' \
	'eval:document.querySelector("#quick").focus()' type:minimist key:Enter 'wait:document.body.dataset.kind === "search" && document.body.dataset.searched' 'eval:document.querySelectorAll("#results a").length' &&
	gave '14 "part-11 2.0.0,part-12 1.0.0,part-12 3.0.0" "ascending" 1' "packages become links, rows sort, the box searches"
finish
