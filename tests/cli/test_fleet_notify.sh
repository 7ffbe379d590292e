#!/bin/sh
# New errors are told, each once: to the log and to every address, whatever the addresses answer and whenever the run is killed.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_STORE=$TEST_TMP/fleet.db ASSAY_DB=$TEST_TMP/advisories.db
export ASSAY_STORE ASSAY_DB
no_proxy='*'
export no_proxy
log=$TEST_TMP/log
# project_with NAME PACKAGE VERSION
project_with() {
	mkdir -p "$TEST_TMP/src/$1"
	printf '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0","dependencies":{"%s":"*"}},\n"node_modules/%s":{"version":"%s"}}}\n' "$2" "$2" "$3" >"$TEST_TMP/src/$1/package-lock.json"
}
# record ID PACKAGE VERSION SEVERITY TITLE
record() {
	printf '{"schema_version":"1.6.0","id":"%s","modified":"%s","published":"2026-01-01T00:00:00Z","summary":"%s","affected":[{"package":{"ecosystem":"npm","name":"%s"},"versions":["%s"],"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"99.0.0"}]}]}],"database_specific":{"severity":"%s"}}' \
		"$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$5" "$2" "$3" "$4" >"$TEST_TMP/records/$1.json"
}
import() { "$assay" db import --quiet --db "$ASSAY_DB" --replace "$TEST_TMP/records" 2>"$TEST_TMP/import.err" || fail "import" "$(cat "$TEST_TMP/import.err")"; }
posts() { grep -c "^POST $1 " "$log"; }
# the ids of the messages to a path, in order
ids() { sed -n "s|^POST $1 .*Idempotency-Key: \([0-9a-f]*\).*|\1|p" "$log"; }
# the projects and findings that a path was told
told() { sed -n "s|^POST $1 .*body: ||p" "$log" | sed 's/{"why"/\n&/g' | sed -n 's/.*"project":"\([^"]*\)".*"fingerprint":"\([^"]*\)".*/\1 \2/p'; }

mkdir "$TEST_TMP/records" "$TEST_TMP/served"
cat >"$TEST_TMP/rules" <<'RULES'
POST /fine* 200
POST /slack* 200
POST /teams* 202
POST /sick-once 500 times=1
POST /sick-once 200
POST /busy 429 times=1 retry-after=1
POST /busy 200
POST /later 429 times=1 retry-after=3600
POST /later 200
POST /cut close times=1
POST /cut 200
POST /moved redirect http://localhost:@PORT@/fine-moved
POST /refused 403
POST /hangs slow times=1 ms=600000
POST /hangs 200
RULES
mkfifo "$TEST_TMP/in"
"$ASSAY_BUILD/tools/registry" "$TEST_TMP/served" "$TEST_TMP/rules" "$log" <"$TEST_TMP/in" >"$TEST_TMP/port" &
exec 9>"$TEST_TMP/in"
wait_for [ -s "$TEST_TMP/port" ]
at=http://127.0.0.1:$(cat "$TEST_TMP/port")
# shellcheck disable=SC2120 # with arguments by way of expect
run() { "$assay" fleet run --offline --no-progress "$@"; }

record ACME-2026-1 a 1.0.0 CRITICAL 'a & <b> *bold* _x_'
import
project_with web a 1.0.0
project_with shop a 1.0.0
project_with calm b 1.0.0
expect 0 "projects" "$assay" fleet add "$TEST_TMP/src" --owner 'team<!channel>&`x`'

# ---- wrong calls show no address
expect 2 "no address" run --notify "ftp://secret.example/t0ken"
hides t0ken
expect 2 "with a login" run --notify "https://me:t0ken@hooks.example/"
hides t0ken
expect 2 "no form" run --notify "carrier-pigeon+https://hooks.example/t0ken"
hides t0ken
expect 2 "likewise" run --notify-form pigeon --notify "$at/fine"
printf '# ours\n%s/fine\n\nnonsense\n' "$at" >"$TEST_TMP/addresses"
expect 2 "in a file the line is named" run --notify-file "$TEST_TMP/addresses"
tells "addresses:4"
expect 3 "a file that is not there" run --notify-file "$TEST_TMP/nowhere"
is "$(posts /fine)" 0 "nothing was sent"

# ---- forms, each once
expect 1 "told in three forms" run --notify "$at/fine?t0ken=1" --notify "slack+$at/slack/t0ken" --notify "teams+$at/teams" --notify "$at/fine?t0ken=1"
hides t0ken
says '"event":"notify","host":"http://127.0.0.1:'
says '"told":true'
is "$(grep -c '"event":"finding"' "$out")" 2 "the log has both"
is "$(posts '/fine?t0ken=1')" 1 "an address that stands twice is told once"
is "$(told '/fine?t0ken=1' | sort -u | grep -c .)" 2 "both findings"
is "$(grep -c 'Content-Type: application/json' "$log")" 3 "as JSON"
cp "$out" "$TEST_TMP/run.log"
sed -n 's|^POST /fine?.*body: ||p' "$log" >"$TEST_TMP/notify.json"
sed -n 's|^POST /slack.*body: ||p' "$log" >"$TEST_TMP/slack.json"
sed -n 's|^POST /teams.*body: ||p' "$log" >"$TEST_TMP/teams.json"
is "$(grep -c 'a &amp; &lt;b&gt; \*bold\* _x_' "$TEST_TMP/slack.json")" 1 "a title is plain text"
is "$(grep -c 'team&lt;!channel&gt;&amp;'"'x'" "$TEST_TMP/slack.json")" 1 "nobody is called"
is "$(grep -c '<!' "$TEST_TMP/slack.json")" 0 "by nothing"
is "$(grep -c '2 errors in 2 projects: what stands' "$TEST_TMP/slack.json")" 1 "it says how many, and that they are not new"
is "$(grep -c '"type":"AdaptiveCard"' "$TEST_TMP/teams.json")" 1 "a card"
is "$(grep -c '"type":"TextRun","text":"a & <b> \*bold\* _x_' "$TEST_TMP/teams.json")" 1 "a text run has no marks"
if [ -n "$ASSAY_ORACLE" ]; then
	found=$(node "$ASSAY_ROOT/tests/oracle/own_schemas.cjs" "$ASSAY_ROOT/docs/schema/notify-1.schema.json" "$TEST_TMP/notify.json" 2>&1) && pass "by its schema: $found" || fail "its schema" "$found"
	mkdir "$TEST_TMP/lines"
	split -l 1 -a 4 "$TEST_TMP/run.log" "$TEST_TMP/lines/"
	found=$(node "$ASSAY_ROOT/tests/oracle/own_schemas.cjs" "$ASSAY_ROOT/docs/schema/fleet-log-1.schema.json" "$TEST_TMP/lines"/* 2>&1) && pass "the log: $found" || fail "the log's schema" "$found"
else
	skip "by its schema" "no Node"
fi
expect 0 "again there is nothing to tell" run --notify "$at/fine?t0ken=1" --notify "slack+$at/slack/t0ken"
is "$(posts '/fine?t0ken=1')" 1 "nothing is sent"

# ---- what is news
project_with calm a 1.0.0
expect 1 "a new one" run --notify "$at/fine?t0ken=1"
is "$(posts '/fine?t0ken=1')" 2 "is told"
is "$(sed -n 's|^POST /fine?.*body: ||p' "$log" | sed 's/.*"why":"\([a-z]*\)".*/\1/' | tr '\n' ' ')" "stands new " "as what is new, unlike what stood there before"
is "$(told '/fine?t0ken=1' | sort | uniq -d)" "" "no finding twice"
project_with calm a 1.0.1
expect 0 "an update that leaves the problem is no news" run --notify "$at/fine?t0ken=1"
project_with calm b 1.0.0
expect 0 "it goes" run --notify "$at/fine?t0ken=1"
project_with calm a 1.0.1
expect 1 "it is back" run --notify "$at/fine?t0ken=1"
says '"why":"again"'
echo '{"rules":{"vulnerability":"warn"}}' >"$TEST_TMP/src/calm/assay.policy.json"
expect 0 "less than an error" run --notify "$at/fine?t0ken=1"
rm "$TEST_TMP/src/calm/assay.policy.json"
expect 1 "an error again" run --notify "$at/fine?t0ken=1"
says '"why":"raised"'
project_with calm c 1.0.0
run >/dev/null 2>&1
record MAL-2026-7 c 1.0.0 CRITICAL malware
import
expect 1 "malware that was there already" run --notify "$at/fine?t0ken=1"
says '"rule":"malware"'
is "$(grep -c '^POST /fine?' "$log")" 5 "five messages"
is "$(told '/fine?t0ken=1' | grep -c .)" 6 "six findings"

# ---- who is new hears of what stands, not of what went
expect 0 "a new address" run --notify "$at/fine-new"
is "$(told /fine-new | grep -c .)" 3 "what stands"

# ---- what addresses answer
project_with web b 1.0.0
run >/dev/null 2>&1
project_with web a 1.0.0
expect 3 "some cannot be told" run --notify "$at/sick-once" --notify "$at/busy" --notify "$at/later" --notify "$at/moved?t0ken" --notify "$at/refused" --notify "$at/fine?t0ken=1"
hides t0ken
is "$(posts /sick-once)" 2 "500, then 200"
is "$(ids /sick-once | sort -u | grep -c .)" 1 "the same message"
is "$(posts /busy)" 2 "429, then 200"
is "$(posts /later)" 1 "who asks for an hour gets it"
tells "asks to wait 3600 s; the next run tells it"
is "$(posts '/fine-moved')" 0 "no redirect is followed"
tells "redirects are not followed"
tells "answered 403; the next run tells it"
hides "login"
is "$(grep -c '^POST /fine?' "$log")" 6 "the others do not wait for them"
expect 0 "the next run tells them" run --notify "$at/later"
is "$(ids /later | sort -u | grep -c .)" 1 "by the same id"
is "$(told /later | sort | uniq -c | grep -cv ' 2 ')" 0 "the same findings"
expect 0 "who hangs up is told once more" run --notify "$at/cut"
is "$(posts /cut)" 2 "at once"
is "$(ids /cut | sort -u | grep -c .)" 1 "by the same id"

# ---- killed between sending and marking
"$assay" fleet run --offline --notify "$at/hangs" >"$out" 2>"$err" &
pid=$!
wait_for grep -q '^POST /hangs' "$log"
kill -9 $pid
wait $pid 2>/dev/null
expect 0 "after a kill" run --notify "$at/hangs"
is "$(posts /hangs)" 2 "it is sent again"
is "$(ids /hangs | sort -u | grep -c .)" 1 "by the same id"
expect 0 "and then no more" run --notify "$at/hangs"
is "$(posts /hangs)" 2 "as the book says"

# ---- killed before anything was told: the next run tells it, and its exit code too
project_with late a 1.0.0
expect 0 "another project" "$assay" fleet add "$TEST_TMP/src/late"
expect 0 "is recorded by a scan that tells nobody" "$assay" fleet scan
ASSAY_NOTIFY="$at/fine?t0ken=1  $at/fine-new" expect 1 "the next run tells it" run
is "$(told '/fine?t0ken=1' | grep -c '^late ')" 1 "once"
is "$(told /fine-new | grep -c .)" 5 "likewise"

# ---- what is taken out of the fleet is told to nobody
expect 3 "untold" run --notify "$at/refused"
for name in web shop calm late; do "$assay" fleet remove "$name"; done
expect 0 "there is nothing left to tell" run --notify "$at/refused"
exec 9>&-
finish
