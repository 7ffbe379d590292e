#!/bin/sh
# The page, in a browser where there is one: it loads without a word in the console, filters, draws, and runs nothing that a package's name holds.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_AS_OF=2026-11-23
export ASSAY_AS_OF

project vulnerable
expect 1 "a page" "$assay" scan --format html=page.html
expect 1 "again" "$assay" scan --format html=again.html
cmp -s page.html again.html && pass "the same bytes" || fail "the same bytes"
grep -q "default-src 'none'; script-src 'sha256-[A-Za-z0-9+/]*='; style-src 'sha256-[A-Za-z0-9+/]*='; base-uri 'none'; form-action 'none'" page.html &&
	pass "a strict policy" || fail "a strict policy" "$(head -3 page.html)"
if grep -qE '(src|href)="[^"#h]|@import|url\(|<(link|img|iframe|object|base)[ >]' page.html; then fail "nothing from elsewhere"; else pass "nothing from elsewhere"; fi
grep -q '<td><code>lodash@4' page.html && pass "a table without a script" || fail "a table without a script"
vulnerable=$PWD/page.html

# Texts that would end the element they stand in, and one that a browser would run. (Names like that no lockfile may hold.)
mkdir "$TEST_TMP/hostile"
cd "$TEST_TMP/hostile" || exit 1
cat >package-lock.json <<'END'
{"name":"web","version":"</script><script>document.title='run'</script>","lockfileVersion":3,"packages":{
"":{"name":"web","version":"</script><script>document.title='run'</script>","dependencies":{"a":"1","b":"<img src=x onerror=\"document.title='run'\">"}},
"node_modules/a":{"version":"1.0.0","license":"<!--<script>","dependencies":{"b":"<img src=x onerror=\"document.title='run'\">"}},
"node_modules/b":{"version":"1.0.0-<img src=x onerror=\"document.title='run'\">\u2028</style>","hasInstallScript":true,"deprecated":"<img src=x onerror=\"document.title='run'\">&lt;script&gt;\u2029"}}}
END
"$assay" scan --format html=page.html -W deprecated -W install-script >"$out" 2>"$err"
grep -qE '<img|<!--|<script>doc' page.html && fail "hostile names are text" || pass "hostile names are text"

grep -q 'and in package.json: <code>&#34;overrides' "$vulnerable" || grep -q 'in package.json: <code>&#34;overrides' "$vulnerable" && pass "an override" || fail "an override"

if [ -z "$(command -v chromium)" ]; then
	skip "in a browser" "no chromium"
	finish
	exit
fi
# browse FILE[#FRAGMENT]: the document as it is after its script, in $out; what the console said, in $err. The map is drawn last, behind the first picture
# that the browser makes, which one without a screen on a busy machine sometimes never does in its ten seconds: then it is asked again.
browse() {
	for _ in 1 2 3 4; do
		browse_once "$1"
		grep -q 'class="box"' "$out" && break
	done
}
browse_once() {
	timeout 120 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$TEST_TMP/profile" --enable-logging=stderr \
		--virtual-time-budget=10000 --dump-dom "file://$1" >"$out" 2>"$TEST_TMP/log" </dev/null
	grep CONSOLE "$TEST_TMP/log" >"$err"
}
browse "$vulnerable"
if [ ! -s "$out" ]; then
	skip "in a browser" "chromium does not run here"
	finish
	exit
fi
quiet_err
rows=$(grep -c '^<tr data-state' "$vulnerable")
says ">$rows of $rows</span>"
says 'class="box"'
says '<th scope="col"><button type="button">severity</button></th>'
browse "$vulnerable#q=lodash&rule=vulnerability&open=1"
quiet_err
found=$(grep '^<tr data-state.*data-rule="vulnerability"' -A1 "$vulnerable" | grep -c 'lodash@')
[ "$found" -gt 0 ] && [ "$found" -lt "$rows" ] && pass "some are about lodash" || fail "some are about lodash" "$found of $rows"
says ">$found of $rows</span>"
is "$(grep -o '<tr data-state' "$out" | wc -l)" "$found" "the others are not there"
says 'class="node target"'
says 'class="edge short"'
browse "$TEST_TMP/hostile/page.html#open=1"
quiet_err
hides "<title>run</title>"
says 'class="node target"'
is "$(grep -c '<img' "$out")" 0 "no name became an element"

# By keyboard alone, in dark and light, in print; what hostile texts are when they are drawn.
if [ -z "$ASSAY_ORACLE" ]; then
	skip "by keyboard" "no Node"
	finish
	exit
fi
# drive NAME FILE STEP…: what each step gave, in $out, a line each
drive() {
	name=$1
	shift
	node "$ASSAY_ROOT/tests/oracle/browser.cjs" "$@" >"$out" 2>"$err" </dev/null
	code=$?
	[ "$code" -ne 77 ] || { skip "$name" "chromium cannot be driven here"; return 1; }
	is "$code" 0 "$name"
}
if drive "keys" "$vulnerable" 'wait:document.querySelector(".box")' key:Tab key:Enter 'eval:[...document.querySelectorAll("#table tbody tr:not([hidden])")].map(row => row.dataset.state).filter(state => state !== "error").length' \
	'eval:document.querySelector("#filters input").focus()' type:lodash 'eval:[...document.querySelectorAll("#table tbody tr:not([hidden])")].every(row => row.textContent.includes("lodash"))' \
	'eval:document.querySelector("tr:not([hidden]) .who").focus()' key:Enter 'eval:document.querySelectorAll(".node.target").length' key:Enter 'eval:document.querySelectorAll(".node.target").length' \
	'eval:document.querySelector(".box").focus()' 'eval:document.querySelectorAll("#crumbs button").length' key:Enter 'eval:document.querySelectorAll("#crumbs button").length' \
	'eval:document.activeElement === document.body' 'eval:[...document.querySelectorAll("button, input, select, a[href], .box")].filter(it => it.tabIndex < 0).length'; then
	is "$(grep -v '^undefined$' "$out" | tr '\n' ' ')" "0 true 1 0 1 2 false 0 " "a tile filters, text narrows, a graph opens and closes, the map goes down, nothing is out of reach"
fi
if drive "looks" "$vulnerable" media:light 'eval:getComputedStyle(document.body).backgroundColor' media:dark 'eval:getComputedStyle(document.body).backgroundColor' \
	media:print 'eval:[getComputedStyle(document.getElementById("filters")).display, getComputedStyle(document.body).color, document.documentElement.scrollWidth <= innerWidth, getComputedStyle(document.querySelector("#table thead button")).display]' \
	size:360x800 media:light 'eval:document.documentElement.scrollWidth <= innerWidth'; then
	is "$(tr '\n' ' ' <"$out")" '"rgb(255, 255, 255)" "rgb(13, 17, 23)" ["none","rgb(0, 0, 0)",true,"contents"] true ' "light, dark, print (where a head with buttons would not be repeated), a telephone's width"
fi

# 5,000 packages, 5,000 findings: what opens is what is seen; the rest comes when somebody filters, sorts, asks for more or prints.
mkdir "$TEST_TMP/many" && cd "$TEST_TMP/many" || exit 1
"$ASSAY_BUILD/tools/make_lockfile" npm3 5000 . && sed -i 's|https://[a-z.]*/|https://elsewhere.example/|' package-lock.json
"$assay" scan -W untrusted-registry --format html=page.html >"$out" 2>"$err"
page=$PWD/page.html
is "$(grep -c '^<tr data-state' page.html)" 2000 "the worst 2,000 are in the page"
shown='document.querySelectorAll("#table tbody tr[data-state]").length'
if drive "a large page" "$page" "eval:$shown" 'eval:document.querySelectorAll("*").length < 4000' 'eval:document.getElementById("count").textContent' \
	'wait:document.querySelector(".box")' 'eval:document.querySelector("#more button").focus()' key:Enter "eval:$shown" 'eval:[...document.querySelectorAll("#table tbody tr")].indexOf(document.activeElement)' \
	'eval:document.querySelectorAll("#filters select")[2].value = "dev"' 'eval:document.querySelectorAll("#filters select")[2].dispatchEvent(new Event("input"))' \
	'eval:[...document.querySelectorAll("#table tbody tr")].every(row => row.dataset.scope === "dev")' 'eval:document.querySelector(".who").click()' 'eval:document.querySelectorAll(".node.target").length' \
	'eval:[...document.querySelectorAll("#filters button")][0].click()' 'eval:dispatchEvent(new Event("beforeprint"))' "eval:$shown"; then
	is "$(grep -v '^undefined$' "$out" | tr '\n' ' ')" '100 true "2000 of 2000" 1100 100 "dev" true true 1 true 2000 ' \
		"a hundred rows, more when asked for, a filter over all, a graph, all in print"
fi
if drive "without a script" "$page" noscript: 'eval:document.querySelectorAll("tr[data-state]").length' 'eval:[...document.querySelectorAll("noscript")].some(it => it.textContent.includes("need JavaScript"))' \
	'eval:document.querySelectorAll("button, select, #tree").length'; then
	is "$(tr '\n' ' ' <"$out")" "2000 true 0 " "all rows, a word about what is missing, nothing that does nothing"
fi
# Real projects, ten lockfiles on a page each.
for name in exotic monorepo; do
	folder=$ASSAY_ROOT/../shared/corpus/$name
	[ -d "$folder" ] || { skip "the corpus" "no ../shared/corpus"; break; }
	"$assay" scan --format html=corpus.html "$folder" >"$out" 2>"$err"
	if drive "$name" "$PWD/corpus.html" 'wait:document.querySelector(".box")' 'eval:document.querySelector(".who").click()' 'eval:document.querySelectorAll(".node.target").length > 0' \
		'eval:[...document.querySelectorAll("#mapping select")].forEach(it => { it.selectedIndex = it.length - 1; it.dispatchEvent(new Event("input")); })' 'eval:document.querySelectorAll(".box").length > 0'; then
		is "$(grep -v '^undefined$' "$out" | tr '\n' ' ')" "true true " "$name: a graph, the last lockfile's map by scope, and not a word in the console"
	fi
done
finish
