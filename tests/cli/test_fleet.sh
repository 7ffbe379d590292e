#!/bin/sh
# The fleet: which projects there are, what a scan reads, what it writes down when they change.
. "$ASSAY_ROOT/tests/cli/lib.sh"
store=$TEST_TMP/fleet.db
ASSAY_STORE=$store
export ASSAY_STORE
git() { command git -c user.name=a -c user.email=a@example.com -c init.defaultBranch=main -c commit.gpgsign=false "$@"; }
# project_with FOLDER NAME VERSION: a lockfile with minimist in VERSION
project_with() {
	mkdir -p "$1"
	echo "{\"name\":\"$2\",\"version\":\"1.0.0\",\"dependencies\":{\"minimist\":\"*\"}}" >"$1/package.json"
	printf '{"name":"%s","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"%s","version":"1.0.0","dependencies":{"minimist":"*"}},\n"node_modules/minimist":{"version":"%s"}}}\n' "$2" "$2" "$3" >"$1/package-lock.json"
}
top=$TEST_TMP/src
project_with "$top/web" web 0.0.8
project_with "$top/team/web" web 1.2.6
project_with "$top/shop" shop 0.0.8
mkdir -p "$top/shop/.github" "$top/nothing"
echo '* @all
package-lock.json @team-pay' >"$top/shop/.github/CODEOWNERS"

expect 3 "no store yet" "$assay" fleet list
tells "assay fleet add"
expect 0 "a folder of projects" "$assay" fleet add "$top"
says "added shop"
tells "3 added, 0 known already"
expect 0 "again they are known" "$assay" fleet add "$top" --tag red
tells "0 added, 3 known already"
expect 2 "what is no project" "$assay" fleet add "$top/nothing"
expect 2 "what is not there" "$assay" fleet add "$top/gone"
expect 2 "a name that is taken" "$assay" fleet add "$top/shop" --name web
expect 0 "a name of its own" "$assay" fleet add "$top/team/web" --name pay-web --owner lee
expect 0 "they are listed" "$assay" fleet list
says "pay-web"
says "never"
says "3 projects"

expect 0 "a first scan" "$assay" fleet scan
tells "3 projects"
tells "3 changed, 0 as before"
expect 0 "nothing has changed" "$assay" fleet scan
tells "0 changed, 3 as before"
expect 0 "findings of all projects" "$assay" fleet findings GHSA-xvch-5gv4-984h --format csv
is "$(grep -c '"minimist","0.0.8"' "$out")" 2 "two projects have it"
says '"shop","'"'"'@team-pay","package-lock.json","vulnerability","GHSA-xvch-5gv4-984h"'
hides "pay-web"
expect 0 "by alias" "$assay" fleet findings cve-2021-44906 --format json
is "$(grep -c '"project":' "$out")" 2 "likewise"
expect 0 "of one owner's" "$assay" fleet findings --owner '@team-*' --format json
is "$(grep -o '"project":[^,]*' "$out" | sort -u | grep -c .)" 1 "shop alone"
expect 0 "of one project" "$assay" fleet project shop
says "minimist 0.0.8"
expect 1 "of none" "$assay" fleet project nobody

# A change: what went is kept, with since when.
project_with "$top/shop" shop 1.2.6
expect 0 "one has changed" "$assay" fleet scan
tells "1 changed, 2 as before"
expect 0 "it has it no more" "$assay" fleet findings GHSA-xvch-5gv4-984h --format csv
is "$(grep -c minimist "$out")" 1 "one is left"
expect 0 "but had it" "$assay" fleet findings GHSA-xvch-5gv4-984h --gone --format csv
is "$(grep -c '"shop"' "$out")" 1 "shop had it"

# Who has it, who had it: the store answers.
expect 1 "who has it" "$assay" who minimist@0.0.8
says "1 has it now, 1 had it"
expect 1 "who has another" "$assay" who minimist@1.2.6
says "2 have it now"
says "3 projects: 3 seen in 24 h"
expect 0 "nobody" "$assay" who minimist@9.9.9
expect 3 "a name that no project has clears nobody" "$assay" who minimist@9.9.9 --name shpo --gaps
says "no project of the store is one that is asked for"
expect 1 "on that day" "$assay" who minimist@0.0.8 --as-of 2038-01-01 --format csv

# A policy beside the project counts, and a change of it alone is a change.
echo '{"waivers":[{"id":"GHSA-xvch-5gv4-984h","package":"minimist","reason":"r"}]}' >"$top/web/assay.policy.json"
expect 0 "a policy has changed" "$assay" fleet scan
tells "1 changed, 2 as before"
expect 0 "it is waived" "$assay" fleet findings GHSA-xvch-5gv4-984h
says "waived"

# What is broken is recorded, stops nobody, and what was known stays.
echo '{"lockfileVersion":3,' >"$top/web/package-lock.json"
rm -r "$top/team"
expect 3 "two are broken" "$assay" fleet scan
tells "pay-web: "
tells "package-lock.json could not be read"
tells "2 with a gap"
expect 3 "quietly" "$assay" fleet scan --quiet
tells "assay: 2 projects with a gap: assay fleet list"
expect 0 "what was known is kept" "$assay" fleet findings GHSA-vh95-rmgr-6w4m --format csv
says "web"
expect 0 "they are named" "$assay" fleet list --format json
says '"problem":	"package-lock.json could not be read"'
expect 0 "one leaves" "$assay" fleet remove pay-web
expect 3 "it is gone" "$assay" fleet remove pay-web
project_with "$top/web" web 0.0.8
expect 0 "mended" "$assay" fleet scan
tells "1 changed, 1 as before"

# Without a lockfile
mkdir "$top/loose"
echo '{"name":"loose","dependencies":{"minimist":"^0.0.8"}}' >"$top/loose/package.json"
expect 0 "no lockfile" "$assay" fleet add "$top/loose"
expect 0 "is read as well" "$assay" fleet scan
expect 0 "and is a gap of its own" "$assay" fleet findings --rule no-lockfile --format csv
says '"loose"'

if command -v git >/dev/null 2>&1; then
	project_with "$TEST_TMP/origin" origin 0.0.8
	(cd "$TEST_TMP/origin" && git init -q . && git add -A && git commit -qm one)
	git clone -q --bare "$TEST_TMP/origin" "$TEST_TMP/mirror.git"
	expect 0 "a bare mirror" "$assay" fleet add "$TEST_TMP/mirror.git"
	says "mirror  mirror"
	expect 0 "a git URL" "$assay" fleet add "file://$TEST_TMP/origin" --name fetched
	expect 0 "both are read" "$assay" fleet scan --cache-dir "$TEST_TMP/cache"
	expect 0 "by commit" "$assay" fleet findings GHSA-xvch-5gv4-984h --format csv
	says '"mirror",'
	says '"fetched",'
	hides "assay-scratch-"
	expect 0 "the same commit is not read again" "$assay" fleet scan --cache-dir "$TEST_TMP/cache"
	tells "0 changed, 5 as before"
	project_with "$TEST_TMP/origin" origin 1.2.6
	(cd "$TEST_TMP/origin" && git commit -qam two)
	expect 0 "another commit is" "$assay" fleet scan --cache-dir "$TEST_TMP/cache"
	tells "1 changed, 4 as before"
	# A mirror's policy brings along what it names, whatever that is called, and what that names.
	mkdir -p "$TEST_TMP/judged/rules/more"
	project_with "$TEST_TMP/judged" judged 0.0.8
	echo '{"extends":["./rules/base.jsonc"]}' >"$TEST_TMP/judged/assay.policy.json"
	echo '{"extends":["./more/waived"]}' >"$TEST_TMP/judged/rules/base.jsonc"
	echo '{"waivers":[{"id":"GHSA-xvch-5gv4-984h","package":"minimist","reason":"r"}]}' >"$TEST_TMP/judged/rules/more/waived"
	(cd "$TEST_TMP/judged" && git init -q . && git add -A && git commit -qm one)
	git clone -q --bare "$TEST_TMP/judged" "$TEST_TMP/judged.git"
	expect 0 "a mirror with a policy of many files" "$assay" fleet add "$TEST_TMP/judged.git"
	expect 0 "is read" "$assay" fleet scan --name judged
	expect 0 "and judged by all of them" "$assay" fleet findings GHSA-xvch-5gv4-984h --name judged
	says "waived"
	expect 0 "it leaves" "$assay" fleet remove judged
	# What was there before anybody looked, from the history of checkouts and mirrors.
	git clone -q --bare "$TEST_TMP/origin" "$TEST_TMP/second.git"
	expect 0 "a checkout" "$assay" fleet add "$TEST_TMP/origin" --name checkout --owner lee
	expect 0 "and another mirror" "$assay" fleet add "$TEST_TMP/second.git" --branch main
	expect 0 "is read" "$assay" fleet scan --name checkout
	expect 0 "and so is that" "$assay" fleet scan --name second
	expect 1 "who had it" "$assay" who minimist@0.0.8 --history --name checkout --format csv
	says "checkout"
	says "lee"
	# What a store saw and git tells to the commit stands there once; what was never committed is the store's alone.
	project_with "$TEST_TMP/origin" origin 3.3.3
	expect 0 "what is not committed is seen" "$assay" fleet scan --name checkout
	project_with "$TEST_TMP/origin" origin 4.4.4
	git -C "$TEST_TMP/origin" -c user.name=x -c user.email=x@example.org commit -qam four
	expect 0 "what is committed too" "$assay" fleet scan --name checkout
	project_with "$TEST_TMP/origin" origin 5.5.5
	GIT_COMMITTER_DATE="$(date -u -d '+1 minute' +%FT%TZ)" git -C "$TEST_TMP/origin" -c user.name=x -c user.email=x@example.org commit -qam five
	expect 0 "both went" "$assay" fleet scan --name checkout
	expect 1 "once" "$assay" who minimist@4.4.4 --history --name checkout --format csv
	is "$(grep -c '^"had",' "$out")" 1 "from git alone"
	expect 1 "without history" "$assay" who minimist@4.4.4 --name checkout --format csv
	is "$(grep -c '^"had",' "$out")" 1 "from the store alone"
	expect 1 "and what git does not know" "$assay" who minimist@3.3.3 --history --name checkout
	says "1 had it"
	says "package-lock.json:2   lee"
	expect 1 "and of the mirror" "$assay" who minimist@0.0.8 --history --name second
	says "1 had it"
	expect 1 "by one thread" "$assay" who minimist@0.0.8 minimist@4.4.4 --history --jobs 1 --as-of 2038-01-01 --format json
	cp "$out" "$TEST_TMP/one-thread"
	expect 1 "by four" "$assay" who minimist@0.0.8 minimist@4.4.4 --history --jobs 4 --as-of 2038-01-01 --format json
	cmp -s "$out" "$TEST_TMP/one-thread" && pass "is the same answer" || fail "is the same answer" "$(diff "$out" "$TEST_TMP/one-thread")"
	expect 0 "without history nobody knows" "$assay" who minimist@0.0.8 --name second
	expect 3 "of what was fetched nothing older is known" "$assay" who minimist@9.9.9 --history --name fetched --gaps
	says "one commit deep"
	expect 0 "they leave" "$assay" fleet remove checkout second
	expect 0 "a URL that leads nowhere" "$assay" fleet add "file://$TEST_TMP/nowhere" --name nowhere
	expect 3 "is a gap" "$assay" fleet scan --cache-dir "$TEST_TMP/cache" --name nowhere
	tells "git says:"
	# What git would be asked for is looked at before it is asked, and again where the store says it.
	for url in "ext::sh -c touch% $TEST_TMP/ran" "ext://x::sh -c touch% $TEST_TMP/ran" "http://git.example/x" "git://git.example/x" "-u@x:y/z" "https://me:pw@git.example/x" \
		"fd::17/x@y:z/" "$(printf 'https://git.example/\033[31m')"; do
		expect 2 "refused: $(printf %s "$url" | tr -d '\033')" "$assay" fleet add --name refused -- "$url"
	done
	hides "me:pw"
	expect 2 "nor a branch that is none" "$assay" fleet add "file://$TEST_TMP/origin" --branch "--upload-pack=touch"
	expect 0 "a host that is an option to ssh" "$assay" fleet add "ssh://-oProxyCommand=touch\${IFS}$TEST_TMP/ran/x" --name evil
	expect 0 "who would ask a hook" sh -c "mkdir -p '$TEST_TMP/template/hooks' && printf '#!/bin/sh\ntouch %s/ran\n' '$TEST_TMP' >'$TEST_TMP/template/hooks/reference-transaction' && chmod +x '$TEST_TMP/template/hooks/reference-transaction'"
	expect 3 "runs nothing" env GIT_TEMPLATE_DIR="$TEST_TMP/template" "$assay" fleet scan --cache-dir "$TEST_TMP/cache2" --name 'evil'
	expect 0 "from a template either" env GIT_TEMPLATE_DIR="$TEST_TMP/template" "$assay" fleet scan --cache-dir "$TEST_TMP/cache2" --name fetched
	if [ -e "$TEST_TMP/ran" ]; then fail "nothing was run"; else pass "nothing was run"; fi
	expect 0 "evil leaves" "$assay" fleet remove evil nowhere

	# Who never answers is given up in time, with all that git started; what was known stays.
	printf '#!/bin/sh\necho $$ >%s/hanging\nexec sleep 600\n' "$TEST_TMP" >"$TEST_TMP/hang"
	chmod +x "$TEST_TMP/hang"
	expect 0 "a host that hangs" "$assay" fleet add "git@git.example:team/hangs.git"
	expect 3 "is given up" env GIT_SSH_COMMAND="$TEST_TMP/hang" "$assay" fleet scan --cache-dir "$TEST_TMP/cache" --name hangs --fetch-timeout 1s
	tells "hangs: git did not finish within 1 s"
	wait_for sh -c "! kill -0 \"\$(cat '$TEST_TMP/hanging')\""
	if kill -0 "$(cat "$TEST_TMP/hanging")" 2>/dev/null; then fail "nothing is left running"; else pass "nothing is left running"; fi
	expect 2 "no time" "$assay" fleet scan --fetch-timeout soon
	expect 3 "nobody is asked" env GIT_SSH_COMMAND="false" "$assay" fleet scan --cache-dir "$TEST_TMP/cache" --name hangs
	tells "git says:"
	mirrors=$(find "$TEST_TMP/cache/mirrors" -maxdepth 1 -name '*.git' | grep -c .)
	expect 0 "it leaves" "$assay" fleet remove hangs --cache-dir "$TEST_TMP/cache"
	is "$(find "$TEST_TMP/cache/mirrors" -maxdepth 1 -name '*.git' | grep -c .)" $((mirrors - 1)) "with what was fetched"
	# A lock that a killed git left does not stand in the way for ever.
	for repository in "$TEST_TMP"/cache/mirrors/*.git; do : >"$repository/shallow.lock"; done
	expect 0 "after a git that was killed" "$assay" fleet scan --cache-dir "$TEST_TMP/cache" --name fetched
	tells "0 changed, 1 as before"
else
	skip "mirrors" "no git"
fi

# A list of projects, one of them wrong.
printf '# ours\n%s name=renamed owner=kim tags=a,b\n%s\n%s bad=1\n' "$top/web" "$top/gone" "$top/shop" >"$TEST_TMP/list"
expect 2 "a list" "$assay" fleet add --list "$TEST_TMP/list"
tells ":4: \"bad=1\""
expect 0 "what could be added was" "$assay" fleet list --tag b
says "renamed"
printf '%s%%00/../elsewhere\n' "$top/web" >"$TEST_TMP/list"
expect 2 "a NUL in a location" "$assay" fleet add --list "$TEST_TMP/list"
tells ":1: "
tells "a NUL stands in it"
printf '%s\n%s owner=lee\n' "$top/web" "$top/shop" >"$TEST_TMP/list"
expect 0 "a list whose lines say little" "$assay" fleet add --list "$TEST_TMP/list" --owner team-rest --tag listed
is "$("$assay" fleet list --tag listed --format csv | grep -c -e lee -e team-rest)" 2 "the options are for what they do not say"

# Names are shown so that they steer nothing.
project_with "$TEST_TMP/evil" evil 0.0.8
expect 0 "a hostile name" "$assay" fleet add "$TEST_TMP/evil" --name "$(printf 'e\033[31mvil')"
expect 0 "is made visible" "$assay" fleet list
says 'e\x1b[31mvil'

# Killed while it scans, the store is whole and the next scan goes on.
for i in 1 2 3 4 5 6; do project_with "$TEST_TMP/many/p$i" "p$i" 0.0.8; done
expect 0 "more projects" "$assay" fleet add "$TEST_TMP/many"
for i in 1 2 3 4 5; do
	"$assay" fleet scan --again --cache-dir "$TEST_TMP/cache" >/dev/null 2>&1 &
	pid=$!
	sleep 0.0$i
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
done
expect 0 "it goes on" "$assay" fleet scan --cache-dir "$TEST_TMP/cache" --name 'p*'
expect 0 "nothing is lost" "$assay" fleet findings GHSA-xvch-5gv4-984h --name 'p*' --format csv
is "$(grep -c '"p[1-6]"' "$out")" 6 "all six"

# A store of a later assay is left as it is.
cp "$store" "$TEST_TMP/later.db"
printf '\000\000\000\143' | dd of="$TEST_TMP/later.db" bs=1 seek=60 conv=notrunc 2>/dev/null
cp "$TEST_TMP/later.db" "$TEST_TMP/later.copy"
expect 3 "a store of a later assay" "$assay" fleet list --store "$TEST_TMP/later.db"
expect 3 "is not written either" "$assay" fleet scan --store "$TEST_TMP/later.db"
expect 3 "nor told" "$assay" fleet ingest "$top/web/package-lock.json" --project x --store "$TEST_TMP/later.db"
if cmp -s "$TEST_TMP/later.db" "$TEST_TMP/later.copy"; then pass "nothing was changed"; else fail "nothing was changed"; fi

# One project with 200 lockfiles, one of which is broken.
for i in $(seq 200); do project_with "$TEST_TMP/wide/p$i" "p$i" 1.2.8; done
mkdir "$TEST_TMP/wide/.git"
expect 0 "a wide project" "$assay" fleet add "$TEST_TMP/wide"
expect 0 "is read" "$assay" fleet scan --name wide
expect 0 "whole" "$assay" fleet project wide
says "200 lockfiles, 200 packages"
echo x >"$TEST_TMP/wide/p7/package-lock.json"
expect 3 "one breaks" "$assay" fleet scan --name wide
expect 0 "the others stand" "$assay" fleet project wide
says "200 lockfiles, 200 packages"
says "p7/package-lock.json could not be read"
expect 0 "it leaves" "$assay" fleet remove wide

# What programs read, by its schema.
mkdir "$TEST_TMP/json"
"$assay" fleet list --format json >"$TEST_TMP/json/fleet"
"$assay" fleet findings --level info --format json >"$TEST_TMP/json/fleet-findings"
"$assay" fleet project shop --format json >"$TEST_TMP/json/fleet-findings-of-one"
echo '{"schema_version":"1.6.0","id":"ACME-2026-7","modified":"2026-02-01T00:00:00Z","published":"2026-01-01T00:00:00Z","summary":"s","affected":[{"package":{"ecosystem":"npm","name":"minimist"},"versions":["0.0.8"]}]}' >"$TEST_TMP/ACME-2026-7.json"
"$assay" db import --quiet --db "$TEST_TMP/acme.db" "$TEST_TMP/ACME-2026-7.json" 2>/dev/null
"$assay" fleet rematch --db "$TEST_TMP/acme.db" --format json >"$TEST_TMP/json/fleet-rematch" 2>/dev/null
"$assay" fleet rematch --db "$TEST_TMP/acme.db" --format json >"$TEST_TMP/json/fleet-rematch-current" 2>/dev/null
"$assay" fleet stats --format json >"$TEST_TMP/json/fleet-stats"
"$assay" fleet stats --format json --owner nobody-at-all >"$TEST_TMP/json/fleet-stats-of-none"
for kind in fleet fleet-findings fleet-rematch fleet-stats; do
	set -- "$TEST_TMP/json/$kind"
	for more in "$TEST_TMP/json/$kind-of-one" "$TEST_TMP/json/$kind-of-none" "$TEST_TMP/json/$kind-current"; do [ ! -e "$more" ] || set -- "$@" "$more"; done
	if [ -z "$ASSAY_ORACLE" ]; then
		skip "$kind by its schema" "no Node"
	elif found=$(node "$ASSAY_ROOT/tests/oracle/own_schemas.cjs" "$ASSAY_ROOT/docs/schema/$kind-1.schema.json" "$@" 2>&1); then
		pass "$kind: $found"
	else
		fail "$kind by its schema" "$found"
	fi
done

echo "no store" >"$TEST_TMP/other.db"
expect 3 "another file" "$assay" fleet list --store "$TEST_TMP/other.db"
tells "assay fleet repair"
# ---- who answers for it: however long the list is, the last line that fits counts; one that is too large names nobody, and is told
owned=$TEST_TMP/owned.db
project_with "$TEST_TMP/owned" owned 0.0.8
{ awk 'BEGIN { for (i = 0; i < 30000; i++) print "*.js @js" }'; echo '* @last'; } >"$TEST_TMP/owned/CODEOWNERS"
"$assay" fleet add --store "$owned" "$TEST_TMP/owned" >/dev/null 2>&1
expect 0 "a long list of owners" "$assay" fleet scan --store "$owned"
expect 0 "its last line" "$assay" fleet findings --store "$owned" GHSA-xvch-5gv4-984h --format csv
says '@last'
head -c 1100000 /dev/zero | tr '\0' '#' >>"$TEST_TMP/owned/CODEOWNERS"
expect 3 "one that is too large" "$assay" fleet scan --store "$owned"
tells "CODEOWNERS: "
expect 0 "the findings stay" "$assay" fleet findings --store "$owned" GHSA-xvch-5gv4-984h --format csv
says '"minimist","0.0.8"'
# ---- a lockfile that changes while it is read: whatever a scan saw of it, whole, cut or gone, the next one sees what is there
moving=$TEST_TMP/moving.db
project_with "$TEST_TMP/old" moving 0.0.8
project_with "$TEST_TMP/new" moving 1.2.6
cp -R "$TEST_TMP/old" "$TEST_TMP/moving"
"$assay" fleet add --store "$moving" "$TEST_TMP/moving" >/dev/null 2>&1
while [ ! -e "$TEST_TMP/still" ]; do
	cat "$TEST_TMP/old/package-lock.json" >"$TEST_TMP/moving/package-lock.json" # which is empty in between
	cp "$TEST_TMP/new/package-lock.json" "$TEST_TMP/moving/next" && mv "$TEST_TMP/moving/next" "$TEST_TMP/moving/package-lock.json"
	rm "$TEST_TMP/moving/package-lock.json"
done &
mover=$!
odd=
for _ in 1 2 3 4 5 6 7 8 9 10; do
	"$assay" fleet scan --store "$moving" >"$out" 2>"$err"
	case $? in 0 | 3) ;; *) odd="$odd $(cat "$err")" ;; esac
done
touch "$TEST_TMP/still"
wait $mover
is "$odd" "" "it moves while it is scanned"
for version in 1.2.6:new:0 0.0.8:old:1; do
	folder=${version#*:}
	cp "$TEST_TMP/${folder%:*}/package-lock.json" "$TEST_TMP/moving/"
	expect 0 "it rests at ${version%%:*}" "$assay" fleet scan --store "$moving"
	expect 0 "its findings" "$assay" fleet findings --store "$moving" GHSA-xvch-5gv4-984h --format csv
	is "$(grep -c minimist "$out")" "${version##*:}" "those of ${version%%:*}"
	"$assay" who --store "$moving" "minimist@${version%%:*}" >"$out" 2>"$err"
	is "$?" 1 "who has ${version%%:*}"
done
finish

# A lockfile that moves, or another package manager's in its place, takes along what stood in the one before.
moved=$TEST_TMP/moved
mkdir -p "$moved/old" "$moved/two"
printf '{"name":"w","lockfileVersion":3,"packages":{"":{"dependencies":{"minimist":"*","debug":"*"}},\n"node_modules/minimist":{"version":"0.0.8"},\n"node_modules/debug":{"version":"4.4.2"}}}\n' >"$moved/old/package-lock.json"
echo '{"name":"w"}' >"$moved/package.json"
moved() { "$assay" fleet "$@" --store "$TEST_TMP/moved.db"; }
moved_news() { sqlite3 "$TEST_TMP/moved.db" "SELECT count(*) FROM news"; }
expect 0 "a project" moved add "$moved"
expect 0 "is scanned" moved scan --quiet
first=$(sqlite3 "$TEST_TMP/moved.db" "SELECT min(first) FROM finding")
told=$(moved_news)
mkdir "$moved/new"
mv "$moved/old/package-lock.json" "$moved/new/"
expect 0 "it moves" moved scan
tells "0 findings came, 0 went"
cp "$moved/new/package-lock.json" "$moved/two/"
mv "$moved/new" "$moved/again"
expect 0 "it moves, and there are two" moved scan
tells "0 findings came, 0 went"
is "$(moved_news)" "$told" "nobody is told again"
is "$(sqlite3 "$TEST_TMP/moved.db" "SELECT count(DISTINCT lockfile), min(first), max(first) FROM finding WHERE gone IS NULL AND rule = 'malware'")" "2|$first|$first" "in both since"
expect 1 "who has it" "$assay" who debug@4.4.2 --store "$TEST_TMP/moved.db" --format csv
is "$(grep -c '"now"' "$out")" 2 "in both"
hides '"had"'
printf '# yarn lockfile v1\n\n\nminimist@*:\n  version "0.0.8"\n' >"$moved/two/yarn.lock"
echo '{"dependencies":{"minimist":"*"}}' >"$moved/two/package.json"
rm "$moved/two/package-lock.json"
expect 0 "yarn, without one of them" moved scan --quiet
is "$(moved_news)" "$told" "the other one is known"
expect 0 "what is gone" moved findings --gone --format csv
is "$(grep -c '^"moved","[^"]*","two/package-lock.json","malware"' "$out")" 1 "is the malware"
is "$(grep -c 'GHSA-xvch-5gv4-984h' "$out")" 0 "and not the other"

# Without advisories, and while another lockfile cannot be read, too; of two that become one the older one counts; and one problem of the project's own code
# is not another.
mkdir "$moved/last" && mv "$moved/again/package-lock.json" "$moved/last/"
ASSAY_DB=$TEST_TMP/none.db expect 3 "it moves, and there are no advisories" moved scan --again
expect 0 "what stands" moved findings --rule malware --format csv
is "$(grep -c '"last/package-lock.json"' "$out")" 1 "moved along"
expect 0 "there are again" moved scan --again --quiet
is "$(moved_news)" "$told" "nobody is told again"
echo x >"$moved/two/yarn.lock"
mv "$moved/last" "$moved/end"
expect 3 "it moves, and another one cannot be read" moved scan --quiet
is "$(moved_news)" "$told" "nobody is told again"
is "$(sqlite3 "$TEST_TMP/moved.db" "SELECT max(first) FROM finding WHERE gone IS NULL AND rule = 'malware'")" "$first" "it is there since"
printf '# yarn lockfile v1\n\n\nminimist@*:\n  version "0.0.8"\n' >"$moved/two/yarn.lock"
expect 0 "it can be read" moved scan --quiet
is "$(moved_news)" "$told" "nobody is told again"
is "$(sqlite3 "$TEST_TMP/moved.db" "SELECT count(*), max(first) FROM finding WHERE gone IS NULL AND rule = 'malware'")" "1|$first" "it is there once"
echo '{"extends":["default"],"rules":{"lockfile-drift":"error"}}' >"$moved/assay.policy.json"
printf '{"dependencies":{"minimist":"*","debug":"*","one":"1"}}' >"$moved/end/package.json"
expect 0 "it drifts" moved scan --quiet
is "$(moved_news)" "$((told + 1))" "which is news"
printf '{"dependencies":{"minimist":"*","debug":"*","two":"1"}}' >"$moved/end/package.json"
mv "$moved/end" "$moved/there"
expect 0 "it moves, and drifts otherwise" moved scan --quiet
is "$(moved_news)" "$((told + 2))" "which is news"

# A package.json that cannot be read hides no lockfile that is gone.
shut=$TEST_TMP/shut
mkdir "$shut" && cp "$moved/there/package-lock.json" "$shut/" && echo '{"dependencies":{"minimist":"*","debug":"*"}}' >"$shut/package.json"
shut() { "$assay" fleet "$@" --store "$TEST_TMP/shut.db"; }
expect 0 "a project" shut add "$shut"
expect 0 "with a lockfile" shut scan --quiet
echo '{' >"$shut/package.json"
rm "$shut/package-lock.json"
printf "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      ms:\n        specifier: 2.1.3\n        version: 2.1.3\npackages:\n  ms@2.1.3:\n    resolution: {integrity: sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==}\nsnapshots:\n  ms@2.1.3: {}\n" >"$shut/pnpm-lock.yaml"
"$assay" fleet scan --store "$TEST_TMP/shut.db" >/dev/null 2>&1
expect 0 "another one, and a package.json that cannot be read" shut list
says "1 with a gap"
expect 1 "who had it" "$assay" who debug@4.4.2 --store "$TEST_TMP/shut.db" --format csv
says '"had"'
hides '"now"'

# What a store saw on a day came when git says.
mkdir "$TEST_TMP/came" && cd "$TEST_TMP/came" || exit 1
git init -q . && git config user.email a@example.com && git config user.name a
came() {
	mkdir -p sub
	printf '{"lockfileVersion":3,"packages":{"":{"dependencies":{"minimist":"*"}},\n"node_modules/minimist":{"version":"%s"}}}\n' "$1" | tee package-lock.json >sub/package-lock.json
	git add -A && GIT_COMMITTER_DATE=$2 git commit -qm "$1" --date "$2"
}
came 1.2.7 2026-11-01T10:00:00Z
came 0.0.8 2026-11-05T10:00:00Z
commit=$(git rev-parse HEAD)
git commit -q --allow-empty -m nothing
"$assay" fleet add --store "$TEST_TMP/came.db" "$PWD" >/dev/null 2>&1
"$assay" fleet scan --store "$TEST_TMP/came.db" --quiet 2>/dev/null
expect 1 "when a store saw it" "$assay" who minimist@0.0.8 --store "$TEST_TMP/came.db" --format csv
hides "2026-11-05T10:00:00Z"
expect 1 "when it came" "$assay" who minimist@0.0.8 --store "$TEST_TMP/came.db" --history --format csv
is "$(grep -c '"now".*"2026-11-05T10:00:00Z","'"$commit"'"' "$out")" 2 "in both lockfiles"
hides '"had"'
