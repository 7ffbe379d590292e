#!/bin/sh
# The fleet's gaps and filters: what could not be read leaves what was known, what is not known clears nobody, and whoever asks for a part gets that part.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_STORE=$TEST_TMP/fleet.db
export ASSAY_STORE
# locked FOLDER VERSION: a project whose lockfile has minimist in VERSION; wanting FOLDER RANGE: one without a lockfile
wanting() {
	mkdir -p "$1"
	echo "{\"name\":\"p\",\"version\":\"1.0.0\",\"dependencies\":{\"minimist\":\"$2\"}}" >"$1/package.json"
}
locked() {
	wanting "$1" '*'
	printf '{"name":"p","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"p","version":"1.0.0","dependencies":{"minimist":"*"}},\n"node_modules/minimist":{"version":"%s"}}}\n' "$2" >"$1/package-lock.json"
}
top=$TEST_TMP/src

# ---- a package.json without a lockfile that cannot be read any more: what it asked for stands, and it is a gap
wanting "$top/loose" '^0.0.8'
"$assay" fleet add "$top/loose" >/dev/null 2>&1
expect 0 "it is read" "$assay" fleet scan
expect 3 "it could have it" "$assay" who minimist@0.0.8
says "1 could have it"
echo '{"dependencies":' >"$top/loose/package.json"
expect 3 "it cannot be read" "$assay" fleet scan
tells "loose: package.json could not be read"
expect 3 "it still could have it" "$assay" who minimist@0.0.8 --gaps
says "1 could have it"
says "package.json could not be read"
wanting "$top/loose" '^2.0.0'
expect 0 "it is mended" "$assay" fleet scan
expect 3 "and asks for another one" "$assay" who minimist@0.0.8
hides "could have it"
expect 0 "it leaves" "$assay" fleet remove loose

# ---- whose it is stays known while CODEOWNERS cannot be read
locked "$top/owned" 1.2.8
echo '* @pay' >"$top/owned/CODEOWNERS"
"$assay" fleet add "$top/owned" >/dev/null 2>&1
expect 0 "read" "$assay" fleet scan
rm "$top/owned/CODEOWNERS" && mkdir "$top/owned/CODEOWNERS"
locked "$top/owned" 1.2.7
expect 3 "owners that cannot be read" "$assay" fleet scan
expect 1 "are those that were" "$assay" who minimist@1.2.7 --owner @pay --format csv
says '@pay","CODEOWNERS"'
rmdir "$top/owned/CODEOWNERS" && echo '* @shop' >"$top/owned/CODEOWNERS"
expect 0 "and others once they can" "$assay" fleet scan
expect 1 "these" "$assay" who minimist@1.2.7 --owner @shop --format csv
says '@shop","CODEOWNERS"'
rm "$top/owned/CODEOWNERS"
expect 0 "or none" "$assay" fleet scan
expect 1 "nobody's" "$assay" who minimist@1.2.7 --format csv
hides '@shop'
expect 0 "it leaves" "$assay" fleet remove owned

# ---- a folder that cannot be listed is a gap, and no lockfile
locked "$top/dark" 1.2.8
locked "$top/dark/deep/inside" 1.2.8
command -v git >/dev/null 2>&1 && (cd "$top/dark" && git init -q . && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm one)
"$assay" fleet add "$top/dark" >/dev/null 2>&1
expect 0 "read" "$assay" fleet scan
if can_restrict && command -v git >/dev/null 2>&1; then
	chmod 0 "$top/dark/deep/inside"
	expect 3 "a folder that cannot be listed" restricted "$assay" fleet scan
	tells "dark: deep/inside could not be read"
	expect 0 "is no lockfile" "$assay" fleet findings --rule lockfile-invalid --format csv
	hides "inside"
	expect 1 "what was in it is known" "$assay" who minimist@1.2.8 --format csv
	says '"deep/inside/package-lock.json"'
	expect 1 "by its history" "$assay" who minimist@1.2.8 --history
	says " of 2 histories"
	chmod 755 "$top/dark/deep/inside"
else
	skip "a folder that cannot be listed" "no right to give up rights, or no git"
fi
expect 0 "it leaves" "$assay" fleet remove dark

# ---- a package.json without a lockfile has no history of packages, but a lockfile that stood beside it has
if command -v git >/dev/null 2>&1; then
	locked "$top/lost" 1.2.8
	git_all() { (cd "$top/lost" && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm "$1"); }
	(cd "$top/lost" && git init -q .) && git_all one
	rm "$top/lost/package-lock.json" && git_all two
	wanting "$top/lost" '^1.0.0' && git_all three
	"$assay" fleet add "$top/lost" >/dev/null 2>&1
	expect 0 "without its lockfile" "$assay" fleet scan --name lost
	expect 1 "it had it" "$assay" who minimist@1.2.8 --history --name lost --gaps
	says "YES        1 had it, 1 could have it"
	says " package-lock.json"
	hides "no lockfile of a kind"
	expect 3 "it never had that" "$assay" who minimist@1.2.7 --history --name lost
	says "2 states of 1 history"
	expect 0 "it leaves" "$assay" fleet remove lost
else
	skip "the history of what has no lockfile" "no git"
fi

# ---- what is read and tells no packages is a gap, as it is of a folder that is asked on the spot
locked "$top/one" 1.2.8
expect 0 "one that tells all" "$assay" fleet add "$top/one"
expect 0 "is read" "$assay" fleet scan
expect 0 "and clears" "$assay" who nothing@1.0.0
rm "$top/one/package-lock.json"
expect 0 "without its lockfile" "$assay" fleet scan
expect 3 "it clears nobody" "$assay" who nothing@1.0.0 --gaps
says "INVENTORY  1 project: 1 of which not all packages are known"
says "  one  no-lockfile  package.json"
says "no lockfile: what its dependencies bring along cannot be known"
expect 0 "it is listed as one" "$assay" fleet list
says "package.json has no lockfile"
says "1 project: 1 seen in the last 24 h, 1 with a gap"
expect 0 "as JSON" "$assay" fleet list --format json
says '"gap":	"package.json has no lockfile"'
expect 0 "and counted" "$assay" fleet stats
says "1: 1 seen in the last 24 h (not all packages of 1 are known), 0 older, 0 with a problem"
expect 0 "and measured" "$assay" fleet metrics
says 'assay_fleet_projects{state="gap"} 1'
expect 0 "nothing has changed" "$assay" fleet scan
tells "1 as before"
expect 3 "it is one still" "$assay" who nothing@1.0.0
echo '{"waivers":[{"rule":"no-lockfile","reason":"r"}],"rules":{"no-lockfile":"off"}}' >"$top/one/assay.policy.json"
expect 0 "whatever a policy says" "$assay" fleet scan
expect 3 "it is one still" "$assay" who nothing@1.0.0
rm "$top/one/package.json" "$top/one/assay.policy.json"
expect 0 "without anything" "$assay" fleet scan
tells "1 with a gap"
expect 3 "it is empty" "$assay" who nothing@1.0.0 --gaps
says "there is neither a lockfile nor a package.json with dependencies"
expect 0 "advisories" "$assay" db import --quiet --db "$TEST_TMP/run.db" "$ASSAY_ROOT/advisories/osv"
expect 3 "a run says so too" "$assay" fleet run --offline --db "$TEST_TMP/run.db"
wanting "$top/one" '*' && : >"$top/one/bun.lockb"
expect 0 "a lockfile of another kind" "$assay" fleet scan
expect 3 "is not read" "$assay" who nothing@1.0.0 --gaps
says "  one  unsupported  bun.lockb"
says "bun install --save-text-lockfile"
locked "$top/one" 1.2.8 && rm "$top/one/bun.lockb"
locked "$top/one/b" 1.2.8
expect 0 "mended" "$assay" fleet scan
expect 0 "it clears again" "$assay" who nothing@1.0.0

# ---- workspaces, which the lockfile at their top covers, are no gap, and nothing in them has changed
mkdir -p "$top/spaces/a"
echo '{"name":"p","version":"1.0.0","workspaces":["a"]}' >"$top/spaces/package.json"
echo '{"name":"a","version":"1.0.0","dependencies":{"minimist":"*"}}' >"$top/spaces/a/package.json"
printf '{"name":"p","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"p","version":"1.0.0","workspaces":["a"]},"a":{"version":"1.0.0","dependencies":{"minimist":"*"}},\n"node_modules/a":{"resolved":"a","link":true},"node_modules/minimist":{"version":"1.2.8"}}}\n' >"$top/spaces/package-lock.json"
"$assay" fleet add "$top/spaces" >/dev/null 2>&1
expect 0 "workspaces" "$assay" fleet scan
expect 0 "are covered" "$assay" who nothing@1.0.0 --name spaces
expect 0 "and read once" "$assay" fleet scan --name spaces
tells "1 as before"
expect 0 "they leave" "$assay" fleet remove spaces

# ---- what is asked for beside a lockfile that does not have it: a gap of nobody, but the next install would bring it
locked "$top/behind" 1.2.8
mkdir "$top/behind/web"
echo '{"name":"p","version":"1.0.0","workspaces":["web"],"dependencies":{"minimist":"*"}}' >"$top/behind/package.json"
echo '{"name":"web","dependencies":{"fresh":"^2.0.0","minimist":"^9.0.0"}}' >"$top/behind/web/package.json"
printf '{"name":"p","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"p","version":"1.0.0","workspaces":["web"],"dependencies":{"minimist":"*"}},\n"web":{"dependencies":{"minimist":"*"}},"node_modules/web":{"resolved":"web","link":true},"node_modules/minimist":{"version":"1.2.8"}}}\n' >"$top/behind/package-lock.json"
printf 'web/ @web\npackage-lock.json @top\n' >"$top/behind/CODEOWNERS"
"$assay" fleet add "$top/behind" >/dev/null 2>&1
expect 0 "it is read" "$assay" fleet scan --name behind
tells "0 with a gap"
expect 3 "it could have it" "$assay" who fresh@2.1.0 --name behind
says "1 could have it"
says 'fresh "^2.0.0"'
says "web/package.json"
says "the lockfile does not have that: the next install would bring it"
hides "leaves"
for rules in '{"lockfile-drift":"off"}' '{"lockfile-drift":[{"when":{"scope":"dev"},"level":"off"}]}'; do
	echo "{\"rules\":$rules}" >"$top/behind/assay.policy.json"
	expect 0 "whatever a policy says of drift" "$assay" fleet scan --name behind
	expect 3 "it could have it" "$assay" who fresh@2.1.0 --name behind
	says "1 could have it"
done
rm "$top/behind/assay.policy.json"
cp "$top/behind/package.json" "$TEST_TMP/kept.json" && wanting "$top/behind" '^9.0.0'
expect 0 "the top asks for more" "$assay" fleet scan --name behind
echo '{' >"$top/behind/package.json"
expect 0 "and cannot be read any more" "$assay" fleet scan --name behind
tells "1 with a gap"
expect 3 "what it asked for stands" "$assay" who minimist@9.1.0 nothing@1.0.0 --name behind --gaps
says 'minimist "^9.0.0"              prod   package.json'
says "  behind  unreadable  package.json"
says "what it asks for that the lockfile does not have cannot be known"
expect 0 "it is listed" "$assay" fleet list --name behind
says "package.json could not be read beside its lockfile"
cp "$TEST_TMP/kept.json" "$top/behind/package.json"
expect 0 "without one" "$assay" fleet scan --name behind
expect 3 "it is of the lockfile's owner" "$assay" who fresh@2.1.0 minimist@9.1.0 --owner @top --format csv
says '"could","behind","fresh","","^2.0.0","prod","manifest","web/package.json"'
says '"could","behind","minimist","","^9.0.0","prod","manifest","web/package.json"'
says "@top"
hides '"gap"'
expect 3 "of nobody else" "$assay" fleet list --owner @web
expect 0 "it tells all that it has" "$assay" fleet list --name behind --format json
says '"gap":	null'
says '"lockfiles":	1'
says '"packages":	3'
expect 0 "read once" "$assay" fleet scan --name behind
tells "1 as before"
echo '{"name":"web","dependencies":{"minimist":"*"}}' >"$top/behind/web/package.json"
expect 0 "mended" "$assay" fleet scan --name behind
expect 0 "it could not" "$assay" who fresh@2.1.0 --name behind
says "NO         nowhere"
echo '{"name":"p","version":"1.0.0","workspaces":["web"],"dependencies":{"minimist":"^9.0.0"}}' >"$top/behind/package.json"
expect 0 "another version is asked for" "$assay" fleet scan --name behind
expect 3 "the next install would bring that" "$assay" who minimist@9.9.9 --name behind
says '1 could have it, 1 near miss'
mv "$top/behind/package-lock.json" "$TEST_TMP/kept.json"
expect 0 "without the lockfile" "$assay" fleet scan --name behind
expect 3 "it is a gap too" "$assay" who minimist@9.9.9 --name behind --gaps
says "  behind  no-lockfile  package.json"
hides "the lockfile does not have that"
mv "$TEST_TMP/kept.json" "$top/behind/package-lock.json"
expect 0 "with it" "$assay" fleet scan --name behind
expect 3 "it is none" "$assay" who minimist@9.9.9 --name behind --format csv
says "the lockfile does not have that"
hides '"gap"'
expect 0 "it leaves" "$assay" fleet remove behind

# ---- of a project of many owners each has his part
rm "$top/one/b/package-lock.json" && wanting "$top/one/b" '^1.2.0'
locked "$top/one/c" 1.2.7
printf 'b/ @b\nc/ @c @lee\n' >"$top/one/CODEOWNERS"
locked "$top/two" 1.2.8
"$assay" fleet add "$top/two" --owner kim --tag red,blue >/dev/null 2>&1
expect 0 "both are read" "$assay" fleet scan
expect 3 "what is b's" "$assay" who minimist --owner @b --format csv
says '"could","one"'
says '"gap","one"'
hides '"now"'
expect 1 "what is c's, one of two" "$assay" who minimist --owner @lee --format csv
says '"c/package-lock.json"'
hides '"could"'
hides '"gap"'
expect 0 "who clears it" "$assay" who nothing@1.0.0 --owner @c
expect 1 "what was given" "$assay" who minimist --owner kim --tag blue
says "1 has it now"
expect 3 "nobody's" "$assay" who minimist --owner kim --tag green
expect 0 "whose they are" "$assay" fleet list --format csv
says '"name","kind","location","branch","owner","tags","seen","commit","problem","gap","owners"'
is "$(sed -n 's/^"one",.*,"\(.*\)",*\r*$/\1/p' "$out")" "'@b, @c @lee" "CODEOWNERS names owners"
is "$(sed -n 's/^"two","folder","[^"]*","",\("[^"]*"\),.*,\("[^"]*"\)\r*$/\1 \2/p' "$out")" '"kim" "kim"' "an owner is given"
for owner in @b @lee '@c @lee'; do
	expect 0 "$owner lists it" "$assay" fleet list --owner "$owner"
	says "@b, @c @lee"
	says "1 project:"
	expect 0 "$owner scans it" "$assay" fleet scan --owner "$owner"
	tells "1 as before"
	expect 0 "$owner counts it" "$assay" fleet stats --owner "$owner"
	says "projects    1:"
	expect 0 "$owner measures it" "$assay" fleet metrics --owner "$owner"
	says 'assay_fleet_lockfiles'
done
# What b's folder lacks is a gap of b's alone: nobody else is alarmed by it, wherever he asks.
locked "$top/given" 1.2.8
wanting "$top/given/b" '*'
printf 'b/ @b\n* @z\n' >"$top/given/CODEOWNERS"
"$assay" fleet add "$top/given" --owner '@given' >/dev/null 2>&1
expect 0 "one of a given owner" "$assay" fleet scan --name given
# told OWNER GAPS EXIT TEXT: what each command says to him of the projects that are his
told() {
	expect 0 "$1 lists $2" "$assay" fleet list --owner "$1"
	says "1 seen in the last 24 h, $2 with a gap"
	[ -z "$4" ] && hides "has no lockfile" || says "$4"
	expect 0 "$1 has $2 in JSON" "$assay" fleet list --owner "$1" --format json
	[ -z "$4" ] && says '"gap":	null' || says "\"gap\":	\"$4\""
	expect 0 "$1 counts $2" "$assay" fleet stats --owner "$1" --format json
	says "\"without_lockfile\":	$2"
	expect 0 "$1 measures $2" "$assay" fleet metrics --owner "$1"
	says "assay_fleet_projects{state=\"gap\"} $2"
	says "assay_fleet_projects{state=\"fresh\"} $((1 - $2))"
	expect 0 "$1 scans $2" "$assay" fleet scan --owner "$1"
	tells "$2 with a gap"
	expect "$3" "$1 runs $2" "$assay" fleet run --offline --db "$TEST_TMP/run.db" --policy "$TEST_TMP/silent.json" --owner "$1"
	expect "$3" "$1 asks $2" "$assay" who nothing@1.0.0 --owner "$1"
	says "INVENTORY  1 project: "
	expect 0 "$1 sees $2" "$assay" fleet report --owner "$1" -o "$TEST_TMP/pages"
	cat "$TEST_TMP/pages/"*.html "$TEST_TMP/pages/p/"*.html >"$out"
	[ -z "$4" ] && hides "Not all of its packages are known" || says "Not all of its packages are known:</b> $4"
	is "$(grep -c 'state gap">not all packages known<' "$TEST_TMP/pages/projects.html")" "$2" "$1 sees it in the list"
}
echo '{"database":{"max_age":"4000d"},"rules":{"no-lockfile":"off"}}' >"$TEST_TMP/silent.json"
told @b 1 3 "b/package.json has no lockfile"
told @lee 0 0 ""
told @given 1 3 "b/package.json has no lockfile"
expect 3 "what was given is all his" "$assay" fleet list --owner @z
expect 0 "without an owner" "$assay" fleet list
says "3 projects: 3 seen in the last 24 h, 2 with a gap"
wanting "$top/one/c/deep" '*' && wanting "$top/one/a" '*'
expect 0 "of several each sees his" "$assay" fleet scan
for gap in '@b:b/package.json has no lockfile' '@lee:c/deep/package.json has no lockfile' '*:b/package.json has no lockfile, nor are the packages of 1 more known'; do
	expect 0 "${gap%%:*}" "$assay" fleet list --name one --owner "${gap%%:*}" --format json
	says "\"gap\":	\"${gap#*:}\""
done
expect 0 "and who asks for all sees all" "$assay" fleet list --name one --format json
says '"gap":	"a/package.json has no lockfile, nor are the packages of 2 more known"'
# One that cannot be read does not hide those that are not there.
echo '{' >"$top/one/c/package-lock.json"
expect 3 "one cannot be read" "$assay" fleet scan --name one
expect 3 "it is a gap" "$assay" who nothing@1.0.0 --owner @lee --format csv
says '"unreadable",'
says '"no-lockfile","c/deep/package.json"'
hides 'b/package.json'
locked "$top/one/c" 1.2.7
rm -r "$top/one/c/deep" "$top/one/a"
expect 0 "they go" "$assay" fleet scan
expect 0 "what was given goes" "$assay" fleet remove given
for owner in '@b 0' '@lee 1' 'kim 1' '* 2'; do
	expect 0 "what is ${owner% *}'s" "$assay" fleet metrics --owner "${owner% *}"
	says "assay_fleet_lockfiles ${owner#* }"
	says "assay_fleet_packages ${owner#* }"
done
expect 0 "what they use is theirs" "$assay" fleet stats --owner @b --format json
hides '"key":	"minimist"'
expect 0 "a page of c's part" "$assay" fleet report --owner @c -o "$TEST_TMP/pages"
tells "1 project"
grep -rhoE ".{12}package-lock.json" "$TEST_TMP/pages" >"$out"
says "c/package-lock.json"
hides ">package-lock.json"
# ---- what nobody has read may be anybody's
locked "$top/three" 1.2.8
echo '* @three' >"$top/three/CODEOWNERS"
"$assay" fleet add "$top/three" >/dev/null 2>&1
expect 3 "nobody has looked at it" "$assay" who nothing@1.0.0 --owner @c --gaps
says "nobody has looked at it yet; whose it is, is not known"
expect 0 "it is no one's yet" "$assay" fleet list --owner @c
says "1 project:"
expect 0 "whose it is shows when it is read" "$assay" fleet scan --owner @three
tells "1 project in"
expect 0 "it is not c's" "$assay" who nothing@1.0.0 --owner @c
expect 1 "it is three's" "$assay" who minimist --owner @three
# ---- a day that is over: known is what was seen then, whatever is unread now
ASSAY_STORE=$TEST_TMP/past.db
mkdir "$top/past"
if command -v sqlite3 >/dev/null 2>&1; then
	locked "$top/past/early" 1.2.8
	"$assay" fleet add "$top/past/early" >/dev/null 2>&1
	expect 3 "of what nobody has read" "$assay" who nothing@1.0.0 --as-of 2026-01-10 --gaps
	says "nobody has looked at it yet"
	expect 0 "it is read" "$assay" fleet scan
	locked "$top/past/late" 1.2.7
	"$assay" fleet add "$top/past/late" >/dev/null 2>&1
	expect 0 "another one" "$assay" fleet scan
	# day PROJECT SQL: as if its looks had been at other times
	day() { sqlite3 "$ASSAY_STORE" "UPDATE $2" "UPDATE project SET looked = max(looked, added, ifnull(seen, 0)) WHERE name = '$1'"; }
	at() { date -u -d "2026-01-$1" +%s; }
	of() { echo "lockfile IN (SELECT l.id FROM lockfile l JOIN project p ON p.id = l.project WHERE p.name = '$1' AND l.path LIKE '$2')"; }
	if at 01 >/dev/null 2>&1; then
		day early "presence SET first = $(at 01) WHERE $(of early %)"
		expect 3 "one was not known" "$assay" who nothing@1.0.0 --as-of 2026-01-10 --gaps
		says "INVENTORY  2 projects: 1 known on that day, 1 not known on that day"
		says "NOT KNOWN  nowhere in what was looked at"
		says "  late  stale  "
		says "first read 20"
		hides "  early  "
		expect 0 "the other was" "$assay" who nothing@1.0.0 --as-of 2026-01-10 --name early
		says "INVENTORY  1 project: 1 known on that day"
		expect 1 "and had it" "$assay" who minimist@1.2.8 --as-of 2026-01-10
		says "1 has it now"
		expect 0 "today both are" "$assay" who nothing@1.0.0
		says "INVENTORY  2 projects: 2 seen in 24 h"
		expect 3 "before both" "$assay" who nothing@1.0.0 --as-of 2025-12-31 --format json
		says '"stale":	2'
		says '"complete":	false'
		expect 3 "a day to come" "$assay" who nothing@1.0.0 --as-of 2199-01-01 --gaps
		says "that day is yet to come"
		# What is unread or stale today was known then, until it was seen for the last time.
		expect 0 "the late one leaves" "$assay" fleet remove late
		day early "project SET seen = $(at 20), problem = 'gone' WHERE name = 'early'"
		expect 3 "it is a gap today" "$assay" who nothing@1.0.0
		expect 0 "it was none" "$assay" who nothing@1.0.0 --as-of 2026-01-20T12:00:00Z
		expect 3 "it was one for days" "$assay" who nothing@1.0.0 --as-of 2026-01-25 --gaps
		says "seen 2026-01-20T00:00:00Z, 5 d before that day"
		# A lockfile that was seen later, and what has told nothing: nobody can say what stood there.
		locked "$top/past/early/sub" 1.2.7
		wanting "$top/past/early/bare" '*'
		expect 0 "more is read" "$assay" fleet scan
		expect 3 "the day before" "$assay" who nothing@1.0.0 --as-of 2026-01-10 --gaps
		says "INVENTORY  1 project: 1 of which not all packages are known"
		says "  early  unreadable  bare/package.json"
		says "  early  stale       sub/package-lock.json"
		locked "$top/past/early/bare" 1.2.8
		expect 0 "one gets a lockfile" "$assay" fleet scan
		expect 3 "the day before" "$assay" who nothing@1.0.0 --as-of 2026-01-10 --format csv
		says 'bare/package.json'
		day early "presence SET first = $(at 02) WHERE $(of early '%/package-lock.json')"
		expect 0 "where that stood then all is known" "$assay" who nothing@1.0.0 --as-of 2026-01-10
		rm -r "$top/past/early/sub"
		expect 0 "one goes" "$assay" fleet scan
		day early "presence SET last = $(at 05), gone = $(at 08) WHERE $(of early 'sub/%')"
		expect 0 "it is known to be gone" "$assay" who minimist@1.2.6 --as-of 2026-01-10
		expect 1 "and to have been there" "$assay" who minimist@1.2.7 --as-of 2026-01-05 --format csv
		expect 3 "not so between" "$assay" who minimist@1.2.6 --as-of 2026-01-07 --gaps
		says "seen 2026-01-05T00:00:00Z, 2 d before that day"
		# A workspace that asked for more than the lockfile had hides none of what it had.
		mkdir "$top/past/early/bare/web" && cp "$top/past/early/bare/package.json" "$TEST_TMP/kept.json" && cp "$top/past/early/bare/package-lock.json" "$TEST_TMP/kept-lock.json"
		echo '{"name":"p","version":"1.0.0","workspaces":["web"],"dependencies":{"minimist":"*"}}' >"$top/past/early/bare/package.json"
		echo '{"name":"web","dependencies":{"fresh":"^2.0.0"}}' >"$top/past/early/bare/web/package.json"
		printf '{"name":"p","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"p","version":"1.0.0","workspaces":["web"],"dependencies":{"minimist":"*"}},\n"web":{},"node_modules/web":{"resolved":"web","link":true},"node_modules/minimist":{"version":"1.2.8"}}}\n' >"$top/past/early/bare/package-lock.json"
		expect 0 "a workspace comes" "$assay" fleet scan
		expect 3 "it could bring that" "$assay" who fresh@2.1.0
		expect 0 "which was another day" "$assay" who fresh@2.1.0 --as-of 2026-01-10
		rm -r "$top/past/early/bare/web" && cp "$TEST_TMP/kept.json" "$top/past/early/bare/package.json" && cp "$TEST_TMP/kept-lock.json" "$top/past/early/bare/package-lock.json"
		expect 0 "it goes" "$assay" fleet scan
		expect 0 "and leaves no gap" "$assay" who fresh@2.1.0 --as-of 2026-01-10
		# It moved: whoever saw its end saw that the other was not there.
		mkdir "$top/past/early/moved" && mv "$top/past/early/bare/package-lock.json" "$top/past/early/bare/package.json" "$top/past/early/moved"
		expect 0 "one moves" "$assay" fleet scan
		day early "presence SET last = $(at 19), gone = $(at 20) WHERE $(of early 'bare/package-lock.json')"
		day early "presence SET first = $(at 20) WHERE $(of early 'moved/%')"
		expect 0 "it was known" "$assay" who nothing@1.0.0 --as-of 2026-01-10
		expect 3 "nobody looks back without git" "$assay" who nothing@1.0.0 --as-of 2025-12-31 --history --gaps
		hides "asks git"
	else
		skip "other days" "date -d is not there"
	fi
else
	skip "days that are over" "no sqlite3"
fi
ASSAY_STORE=$TEST_TMP/fleet.db
# ---- a filter that fits nothing clears nobody
for command in scan "run --offline" list stats metrics "report -o $TEST_TMP/none" findings; do
	# shellcheck disable=SC2086
	expect 3 "fleet $command of nobody" "$assay" fleet $command --name nosuch
	tells "no project of the fleet is one that --name, --owner and --tag ask for"
done
expect 2 "nor is there one on the spot" "$assay" who minimist --owner kim "$top"
tells "pick projects of a fleet's store"
# ---- handles compare as GitHub's do, and a word of somebody's name is nobody
locked "$top/named" 1.2.8
expect 0 "a name with a handle" "$assay" fleet add "$top/named" --owner 'Jane Doe @Acme/Web' --store "$TEST_TMP/named.db"
for owner in '@acme/web' '@ACME/*' 'jane doe @acme/web'; do
	expect 0 "is of $owner" "$assay" fleet list --owner "$owner" --store "$TEST_TMP/named.db"
	says "1 project: 0 seen in the last 24 h, 1 with a gap"
done
for owner in Doe Jane '@acme'; do expect 3 "is not of $owner" "$assay" fleet list --owner "$owner" --store "$TEST_TMP/named.db"; done
finish
