#!/bin/sh
# The report on terminals of several widths, and in a pipe.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_AS_OF=2026-11-23
export ASSAY_AS_OF

# ---- what stands together
mkdir demo && cp "$ASSAY_ROOT"/fixtures/demo/package*.json demo/ && cd demo || exit 1
sed -i "s|@PUBLIC_REGISTRY@|$PUBLIC_REGISTRY|g" package-lock.json
expect 1 "a pipe" "$assay" scan
cp "$out" "$TEST_TMP/pipe"
is "$(LC_ALL=C tr -d '\n\040-\176' <"$out")" "" "plain ASCII"
says "FIX NOW      npm install minimist@0.2.4 axios@0.30.2 node-fetch@2.6.7 ws@7.5.10"
is "$(sed -n '/^CAN WAIT/,/^$/s/^\(  *[a-z-]*\) .*/\1/p' "$out" | head -4 | tr '\n' '|')" "  express|    body-parser|    path-to-regexp|    qs|" "what comes with one direct dependency"
is "$(sed -n '/^FIX NOW/,/^CAN WAIT/s/^\([a-z][a-z ]*[a-z]\)  *\([0-9].*\)/\1: \2/p' "$out" | tr '\n' '|')" "remove: 1 package: malware|npm install: 4 packages|npm update: 1 package|" "a head for each action"
is "$(sed -n '/^FIX NOW/,/^CAN WAIT/p' "$out" | grep -c '^    more: https://')" 6 "each package ends in a link"
hides "5.2.4" # ws 7.4.5 could not have gone there
demo=$PWD

# Many that one action clears are a line.
empty
{
	echo '{"name":"web","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"web","version":"1.0.0","dependencies":{"p1":"1"}}'
	for i in 1 2 3 4 5 6 7 8 9; do
		echo ",\"node_modules/p$i\":{\"version\":\"1.0.0\",\"dependencies\":{\"p$((i + 1))\":\"1\"},\"resolved\":\"https://registry.example/p$i/-/p$i-1.0.0.tgz\",\"integrity\":\"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"}"
	done
	echo '}}'
} >package-lock.json
"$assay" scan -A lockfile-drift >"$out" 2>"$err"
says "  9 packages        untrusted-registry  it comes from https://registry.example"
hides "p5 1.0.0"
"$assay" scan -D untrusted-registry -A lockfile-drift >"$out" 2>"$err"
says "p3 1.0.0"
hides "p4 1.0.0"
says "and 6 more packages with untrusted-registry: -v shows them"
"$assay" scan -v -D untrusted-registry -A lockfile-drift >"$out" 2>"$err"
says "p9 1.0.0"
web=$PWD

# What one direct dependency brings has a head of its own; a rule that no advisory knows is explained by its page.
empty
cp "$demo"/package*.json .
cat >assay.policy.json <<'END'
{"extends":["default"],"rules":{"vulnerability":"error","integrity-missing":"error"}}
END
expect 1 "everything now" "$assay" scan
says "override     6 packages, all with express@4.16.4: by what stands below"
says "by hand      1 package: no command does it"
says "    more: assay explain integrity-missing"

# Several projects: what one database lacks is told once.
mkdir "$TEST_TMP/several" && cp -R "$demo" "$web" "$TEST_TMP/several/" && cd "$TEST_TMP/several" || exit 1
"$assay" scan >"$out" 2>"$err"
for words in "Starter database:" "NOT LOOKED AT" "  database-starter"; do is "$(grep -c -- "$words" "$out")" 1 "once: $words"; done
says "NOT CHECKED, in any of them"

if ! script -qec true /dev/null >"$out" 2>&1 </dev/null; then
	skip "terminals" "no script (util-linux)"
	finish
	exit
fi
# show COLUMNS COMMAND: what a terminal of that width gets, in $out; 0: as wide as the terminal says itself
show() {
	if [ "$1" -gt 0 ]; then COLUMNS=$1 script -qec "$2" /dev/null; else script -qec "stty cols 90; $2" /dev/null; fi </dev/null 2>"$err" | tr -d '\r' >"$out"
}
# narrow NAME COLUMNS COMMAND: no line is wider
narrow() {
	show "$2" "$3"
	widest=$(wc -L <"$out")
	most=$2
	[ "$most" -gt 0 ] || most=90
	if [ -s "$out" ] && [ "$widest" -le "$most" ]; then pass "$1, $most columns"; else fail "$1, $most columns" "$widest" "$(while IFS= read -r line; do [ "$(printf %s "$line" | wc -L)" -le "$most" ] || echo "$line"; done <"$out")"; fi
}
scan="$assay scan --no-progress --color"
cd "$demo" || exit 1
for columns in 0 60 80 100 140; do narrow demo "$columns" "$scan never"; done
says "minimist 0.0.8 → 0.2.4"
says "84 packages (63 prod, 21 dev)"
narrow "all of it" 80 "$scan never -v"
cd "$TEST_TMP/several" || exit 1
narrow "several" 80 "$scan never"
cd "$demo" || exit 1
show 20 "$scan never"
says "FIX NOW"
show 80 "$scan always"
sed 's/\x1b\[[0-9]*m//g' "$out" >"$TEST_TMP/colours"
show 80 "$scan never"
cmp -s "$TEST_TMP/colours" "$out" && pass "colours take no room" || fail "colours take no room" "$(diff "$TEST_TMP/colours" "$out")"
show 80 "LC_ALL=C $scan never"
is "$(LC_ALL=C tr -d '\n\040-\176' <"$out")" "" "a terminal that knows ASCII"
# What stands behind FIX NOW can be pasted, on however many lines.
paste() {
	sed -n '/^FIX NOW/,/^$/p' "$1" | sed 's/^FIX NOW//' >"$TEST_TMP/paste"
	npm() { echo "npm $*"; }
	. "$TEST_TMP/paste"
}
show 50 "$scan never"
grep -q ' \\$' "$out" && pass "it takes several lines" || fail "it takes several lines" "$(cat "$out")"
is "$(paste "$out")" "$(paste "$TEST_TMP/pipe")" "the same commands"
# The other commands that write for people.
cd "$demo" || exit 1
for command in "explain minimist" "explain installed-mismatch" "explain lockfile-drift" "why minimist" "db show GHSA-xvch-5gv4-984h" "who minimist --no-progress"; do
	narrow "$command" 72 "$assay $command"
done
# What can be pasted there can be pasted here.
show 60 "$assay explain minimist"
assay() { echo "assay $*"; }
eval "$(sed -n '/^  to accept it: /{ s/^  to accept it: //; :more; /\\$/{ N; b more; }; p; q }' "$out")" >"$TEST_TMP/pasted"
grep -q '\\$' "$out" && pass "a command of several lines" || fail "a command of several lines"
is "$(cat "$TEST_TMP/pasted")" "assay waive GHSA-xvch-5gv4-984h --package minimist --for 90d --reason ..." "a waiver to paste"
# What the README shows is what is printed: its lines of advisories, moves and overrides.
cd "$ASSAY_ROOT/fixtures/demo" || exit 1
expect 1 "the README's example" "$assay" scan --color never
sed -n '/^FAIL and INCOMPLETE/,/^CAN WAIT/{ /GHSA-\|MAL-\| -> \|overrides/p; }' "$ASSAY_ROOT/README.md" >"$TEST_TMP/shown"
is "$(wc -l <"$TEST_TMP/shown" | tr -d ' ')" 13 "its lines"
is "$(grep -vxFf "$out" "$TEST_TMP/shown")" "" "every one of them is printed"
# Characters of two columns, and marks of none.
empty
cat >package-lock.json <<'END'
{"name":"web","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"web","version":"1.0.0","dependencies":{"a":"1","b":"1"}},
"node_modules/a":{"version":"1.0.0","deprecated":"このパッケージは 使用されて いません 代わりに 別の パッケージを 使用して ください このパッケージは 使用されて いません","integrity":"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},
"node_modules/b":{"version":"1.0.0","deprecated":"e\u0301e\u0301e\u0301e\u0301 \ud83c\udf89\ud83c\udf89\ud83c\udf89\ud83c\udf89\ud83c\udf89 \ud83c\udf89\ud83c\udf89\ud83c\udf89\ud83c\udf89\ud83c\udf89 \ud83c\udf89\ud83c\udf89\ud83c\udf89\ud83c\udf89 end","integrity":"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="}}}
END
for level in D W; do for columns in 60 80; do narrow "wide characters, -$level" $columns "$scan never -$level deprecated"; done; done
says "🎉"
narrow "wide characters, explained" 60 "$assay explain a"
says "使用"
for folder in "$ASSAY_ROOT"/../shared/corpus/*/; do
	[ -d "$folder" ] || { skip "the corpus" "no ../shared/corpus"; break; }
	cd "$folder" || exit 1
	narrow "$(basename "$folder")" 80 "$scan never"
	[ "$(basename "$folder")" != legacy ] || says "  with express@4.16.0 (3 packages)"
done
finish
