#!/bin/sh
# What CI jobs say of projects that nobody looks at: SBOMs, lockfiles and reports, in and out of order, whole and hostile.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_STORE=$TEST_TMP/fleet.db
export ASSAY_STORE
# made VERSION: a project with minimist in VERSION, its report and its SBOM
made() {
	printf '{"name":"web","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"web","version":"1.0.0","dependencies":{"minimist":"*","ms":"*"}},\n"node_modules/minimist":{"version":"%s"},\n"node_modules/ms":{"version":"2.1.3"}}}\n' "$1" >package-lock.json
	"$assay" scan --no-progress --format "json=$TEST_TMP/report-$1.json" --format "cyclonedx=$TEST_TMP/bom-$1.json" --format "spdx=$TEST_TMP/spdx-$1.json" . >/dev/null 2>&1
}
mkdir job && cd job || exit 1
made 1.2.8
made 0.0.8
cd "$TEST_TMP" || exit 1
ingest() { "$assay" fleet ingest "$@"; }

expect 2 "no project" ingest bom-0.0.8.json
expect 2 "a project without a name" ingest bom-0.0.8.json --project ""
expect 3 "no such file" ingest nowhere.json --project web
expect 2 "tomorrow" ingest bom-0.0.8.json --project web --date 2099-01-01

expect 0 "an SBOM" ingest bom-0.0.8.json --project web --owner team-pay --branch main --commit abc123 --date 2026-11-01T10:00:00Z
tells "web: 1 lockfile, 2 packages as of 2026-11-01T10:00:00Z"
expect 0 "is a project" "$assay" fleet list --format csv
says '"web","ingested","ingested:web","main","team-pay"'
says '"2026-11-01T10:00:00Z","abc123"'
expect 0 "it was judged" "$assay" fleet findings GHSA-xvch-5gv4-984h --format csv
says '"web","team-pay","cyclonedx.json"'
expect 0 "again" ingest bom-0.0.8.json --project web --date 2026-11-02T10:00:00Z
tells "as before, seen 2026-11-02T10:00:00Z"
expect 1 "who has it" "$assay" who minimist@0.0.8 --format csv
says '2026-11-01T10:00:00Z'
expect 0 "another" ingest bom-1.2.8.json --project web --date 2026-11-03T10:00:00Z
expect 0 "an older one that comes late" ingest bom-0.0.8.json --project web --date 2026-11-02T12:00:00Z
tells "what is known is of 2026-11-03T10:00:00Z, this of 2026-11-02T12:00:00Z: nothing was changed"
expect 0 "the newer one stands" "$assay" fleet findings GHSA-xvch-5gv4-984h --format csv
hides '"web"'
expect 1 "who had it" "$assay" who minimist@0.0.8
says "1 had it"
expect 1 "on that day" "$assay" who minimist@0.0.8 --as-of 2026-11-02
says "1 has it now"
expect 1 "or the day after" "$assay" who minimist@1.2.8 --as-of 2026-11-04
says "1 has it now"
expect 0 "what was found on that day" "$assay" fleet findings --at 2026-11-02 --format csv
says 'GHSA-xvch-5gv4-984h","error","false","critical","9.8","minimist","0.0.8","unknown","","2026-11-01T10:00:00Z","2026-11-03T10:00:00Z"'
expect 0 "or the day after" "$assay" fleet findings --at 2026-11-04 --format csv
hides GHSA-xvch-5gv4-984h

# A scan has nothing to look at there, and does not say that it saw it.
expect 0 "a scan" "$assay" fleet scan
tells "0 projects"
expect 0 "changes no date" "$assay" fleet list --format csv
says '"2026-11-03T10:00:00Z"'
expect 3 "what nobody told of for a day is a gap" "$assay" who ms@9.9.9 --gaps
says "web"
says "assay fleet ingest"
hides "assay fleet scan"

# Advisories that change are matched with it.
mkdir records
printf '{"schema_version":"1.6.0","id":"MAL-2026-1","modified":"%s","published":"2026-01-01T00:00:00Z","summary":"s","affected":[{"package":{"ecosystem":"npm","name":"ms"},"versions":["2.1.3"]}]}' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >records/MAL-2026-1.json
"$assay" db import --quiet --db "$TEST_TMP/new.db" records 2>/dev/null
expect 0 "news" "$assay" fleet rematch --db "$TEST_TMP/new.db" --format csv
says '"web","team-pay","cyclonedx.json","malware","MAL-2026-1"'

# From a pipe, and in other forms.
expect 0 "SPDX from a pipe" sh -c "'$assay' fleet ingest - --project piped <spdx-0.0.8.json"
expect 0 "a lockfile" ingest job/package-lock.json --project locked
expect 0 "both have it" "$assay" fleet findings GHSA-xvch-5gv4-984h --format csv
is "$(grep -c minimist "$out")" 2 "twice"
expect 0 "a report" ingest report-0.0.8.json --project reported
tells "it clears nothing"
expect 0 "is judged as well" "$assay" fleet findings GHSA-xvch-5gv4-984h --name reported --format csv
says '"reported","","package-lock.json","vulnerability"'
hides "npm update"
expect 1 "who has it" "$assay" who minimist@0.0.8 --format csv
says 'reported'
expect 3 "but of what it does not name nothing is known" "$assay" who left-pad@1.0.0 --gaps
says "told by a report"

# Whatever the report says beside that is kept as it stands, and goes with the report that does not say it any more.
# told VERSION NAME FINDING…: a report about minimist in VERSION, of a job with these gaps ($unchecked)
unchecked='{"rule":"database-stale"},{"rule":"tarball-missing"}'
database='{"modified":"2026-10-30T00:00:00Z","starter":false}'
told() {
	version=$1 report=$2
	shift 2
	{
		printf '{"schema":"assay.report/1","database":%s,"projects":[{"lockfile":{"path":"package-lock.json","kind":"npm","version":"3"},"unchecked":[%s],%s"findings":[' "$database" "$unchecked" "${inventory-}"
		comma=
		for finding; do
			printf '%s{"fingerprint":"%s","package":{"name":"minimist","version":"%s","purl":"pkg:npm/minimist@%s","scope":"prod"},%s}' "$comma" "${finding%%|*}" "$version" "$version" "${finding#*|}"
			comma=,
		done
		printf ']}]}'
	} >"$report"
}
mismatch='a1|"rule":"integrity-mismatch","id":"integrity-mismatch","title":"not what is pinned","severity":"critical","level":"error","decided_by":"rules.x","line":7,"message":"\u001b[31m differs"'
script='a2|"rule":"install-script","id":"install-script","severity":"low","level":"warn","decided_by":"rules.y","waiver":{"active":true,"reason":"known"},"message":"m"'
evil='a3|"rule":"malware","id":"MAL-2099-1","aliases":["GHSA-aaaa"],"title":"steals","severity":"critical","score":9.8,"level":"error","decided_by":"rules.z","message":"m"'
judged='a4|"rule":"vulnerability","id":"GHSA-xvch-5gv4-984h","title":"as the job had it","severity":"low","level":"info","message":"m"'
strange='a5|"rule":"from-tomorrow","id":"x","level":"error"'
told 0.0.8 told-1.json "$mismatch" "$script" "$evil" "$judged" "$strange" "$mismatch" 'no hex|"rule":"malware","id":"MAL-1","level":"error"' 'a6|"rule":"malware","id":"MAL-1","level":"loud"'
unchecked=
told 0.0.8 told-2.json "$script"
expect 0 "a report with more" ingest told-1.json --project more --date 2026-11-02T10:00:00Z
expect 0 "all of it is kept" "$assay" fleet findings --name more --format csv
says '"more","","package-lock.json","integrity-mismatch","integrity-mismatch","error","false","critical","","minimist","0.0.8","prod"'
says '"install-script","install-script","warn","true","low"'
says '"malware","MAL-2099-1","error","false","critical","9.8","minimist"'
is "$(grep -c integrity-mismatch "$out")" 1 "what stands there twice once"
hides 'MAL-1"'
expect 0 "what is known here is judged here" "$assay" fleet findings GHSA-xvch-5gv4-984h --name more --format csv
hides "as the job had it"
expect 0 "with its line" "$assay" fleet project more
says 'package-lock.json:7'
says "told by a report: of packages without findings nothing is known; its job had old advisories: what others said stands; its job could not check 1 thing; 3 findings are not understood here: update assay"
expect 0 "who decided" "$assay" fleet findings MAL-2099-1 --name more --format json
says '"decided_by":	"report: rules.z"'
# Another advisory about the same package does not end what the report says of it.
printf '{"schema_version":"1.6.0","id":"ACME-2026-2","modified":"%s","published":"2026-01-01T00:00:00Z","summary":"s","affected":[{"package":{"ecosystem":"npm","name":"minimist"},"versions":["0.0.8"]}]}' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >records/ACME-2026-2.json
"$assay" db import --quiet --db "$TEST_TMP/more.db" records 2>/dev/null
expect 0 "news of it" "$assay" fleet rematch --db "$TEST_TMP/more.db" --format csv
says '"more","","package-lock.json","vulnerability","ACME-2026-2"'
expect 0 "it stands" "$assay" fleet findings --name more --format csv
says MAL-2099-1
says integrity-mismatch
expect 0 "the next report" ingest told-2.json --project more --date 2026-11-03T10:00:00Z --db "$TEST_TMP/more.db"
expect 0 "what it does not say is gone" "$assay" fleet findings --name more --format csv
hides MAL-2099-1
hides integrity-mismatch
says install-script
says ACME-2026-2
expect 0 "and stood there" "$assay" fleet findings --name more --gone --format csv
says MAL-2099-1
says integrity-mismatch

# Once the fleet knows such an advisory, under whatever name, it is the fleet's to judge: what stands is the same finding still, and no news.
told 0.0.8 known.json "$evil"
ingest known.json --project known --date 2026-11-02T10:00:00Z >/dev/null 2>&1
first=$("$assay" fleet findings MAL-2099-1 --name known --format csv | sed -n 's/.*"\(2[0-9TZ:-]*\)",.*/\1/p')
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
printf '{"schema_version":"1.6.0","id":"MAL-2026-9","aliases":["GHSA-aaaa"],"modified":"%s","published":"2026-01-01T00:00:00Z","summary":"s","affected":[{"package":{"ecosystem":"npm","name":"minimist"},"versions":["0.0.8"]}]}' "$now" >records/MAL-2026-9.json
"$assay" db import --quiet --db "$TEST_TMP/known.db" records 2>/dev/null
sleep 1
expect 0 "it becomes known" "$assay" fleet rematch --db "$TEST_TMP/known.db" --format csv
hides '"known","","package-lock.json","malware"'
says '"piped"'
expect 0 "it stands once" "$assay" fleet findings --name known --rule malware --format csv
is "$(grep -c '"malware"' "$out")" 1 "under one name"
says '"MAL-2026-9"'
says "\"$first\""
expect 0 "and nothing is gone" "$assay" fleet findings --name known --rule malware --gone --format csv
hides '"malware"'
expect 0 "told again" ingest known.json --project known --date 2026-11-03T10:00:00Z --db "$TEST_TMP/known.db"
expect 0 "or anew" ingest known.json --project anew --date 2026-11-03T10:00:00Z --db "$TEST_TMP/known.db"
expect 0 "it is one still" "$assay" fleet findings --rule malware --format csv
is "$(grep -c '"known".*"malware","MAL-2026-9"' "$out")" 1 "told again, one"
is "$(grep -c '"anew".*"malware","MAL-2026-9"' "$out")" 1 "told anew, one"
# And where it knows better, it goes.
sed -i 's/"0.0.8"/"0.0.7"/' records/MAL-2026-9.json
"$assay" db import --quiet --db "$TEST_TMP/better.db" records 2>/dev/null
told 0.0.8 late.json "$evil"
ingest late.json --project late --date 2026-11-02T10:00:00Z --db "$TEST_TMP/more.db" >/dev/null 2>&1
expect 0 "told by a job" "$assay" fleet findings --name late --rule malware --format csv
says MAL-2099-1
expect 0 "what is known says otherwise" "$assay" fleet rematch --db "$TEST_TMP/better.db"
expect 0 "it is gone" "$assay" fleet findings --name late --rule malware --format csv
hides malware
# One that was withdrawn is known too, and a compact database knows as much.
sed -i 's/"published"/"withdrawn":"2026-02-01T00:00:00Z","published"/; s/"0.0.7"/"0.0.8"/' records/MAL-2026-9.json
"$assay" db import --quiet --db "$TEST_TMP/withdrawn.db" records 2>/dev/null
"$assay" db export --quiet --db "$TEST_TMP/withdrawn.db" --compact "$TEST_TMP/compact.db" >/dev/null 2>&1
ingest late.json --project was --date 2026-11-02T10:00:00Z --db "$TEST_TMP/more.db" >/dev/null 2>&1
for db in withdrawn compact; do
	expect 0 "$db: told anew" ingest late.json --project "not-$db" --date 2026-11-02T10:00:00Z --db "$TEST_TMP/$db.db"
	expect 0 "$db: it is no finding" "$assay" fleet findings --name "not-$db" --rule malware --format csv
	hides '"malware"'
done
expect 0 "one that stands" "$assay" fleet rematch --db "$TEST_TMP/compact.db"
expect 0 "is gone with it" "$assay" fleet findings --name was --rule malware --format csv
hides '"malware"'
rm records/MAL-2026-9.json

# Of hundreds that one rule finds the first ones stand for all; those that stand stay while the report has them, whichever come first.
# many NAME NUMBER…: a report with an install script of each number
many() {
	report=$1
	shift
	for number; do set -- "$@" "$(printf 'b%x|"rule":"install-script","id":"install-script","severity":"low","level":"warn","message":"m%d"' "$number" "$number")"; shift; done
	told 0.0.8 "$report" "$@"
}
# shellcheck disable=SC2046
many rising.json $(seq 101 160)
# shellcheck disable=SC2046
many falling.json $(seq 160 -1 101)
# shellcheck disable=SC2046
many fewer.json $(seq 111 160)
expect 0 "sixty" ingest rising.json --project sixty --date 2026-11-02T10:00:00Z --db "$TEST_TMP/more.db"
expect 0 "are folded" "$assay" fleet findings --name sixty --rule install-script --format json
is "$(grep -c '"fingerprint"' "$out")" 50 "fifty stand"
says "m150; and 10 more packages of this lockfile"
expect 0 "sixty again" ingest falling.json --project sixty --date 2026-11-03T10:00:00Z --db "$TEST_TMP/more.db"
tells "10 findings came, 0 went"
expect 0 "none is lost" "$assay" fleet findings --name sixty --rule install-script --format json
is "$(grep -c '"fingerprint"' "$out")" 60 "sixty stand"
expect 0 "fewer" ingest fewer.json --project sixty --date 2026-11-04T10:00:00Z --db "$TEST_TMP/more.db"
tells "0 findings came, 10 went"

# A report may call its findings what it likes: the fleet's own stay apart.
sed -n 's/.*\("fingerprint":"[0-9a-f]*"\).*/\1/p; s/.*"fingerprint":	\("[0-9a-f]*"\).*/"fingerprint":\1/p' report-0.0.8.json | head -1 >taken
is "$(wc -l <taken)" 1 "a fingerprint of the fleet's"
told 0.0.8 posing.json "$script"
sed -i "s/\"fingerprint\":\"a2\"/$(cat taken)/" posing.json
mkdir -p unrelated
printf '{"schema_version":"1.6.0","id":"ACME-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"nobody"},"versions":["1.0.0"]}]}' >unrelated/ACME-1.json
"$assay" db import --quiet --db "$TEST_TMP/empty.db" unrelated 2>/dev/null
expect 0 "a finding that poses as another" ingest posing.json --project posing --date 2026-11-02T10:00:00Z --db "$TEST_TMP/empty.db" --store "$TEST_TMP/posing.db"
expect 0 "breaks no rematch" "$assay" fleet rematch --store "$TEST_TMP/posing.db"
expect 0 "what advisories say is there" "$assay" fleet findings --store "$TEST_TMP/posing.db" --format csv
says GHSA-xvch-5gv4-984h

# What a job could not see stands, and the package with it; what it could see and does not say is gone.
# blind NAME WHY: after all of it was told, a report that says nothing comes from a job that lacks advisories.
blind() {
	unchecked=
	told 0.0.8 full.json "$mismatch" "$evil" "$judged"
	unchecked=$3 database=$4
	told 0.0.8 blind.json
	expect 0 "$1: all" ingest full.json --project "$1" --date 2026-11-02T10:00:00Z
	expect 0 "$1: nothing" ingest blind.json --project "$1" --date 2026-11-03T10:00:00Z
	expect 0 "$1: findings" "$assay" fleet findings --name "$1" --format csv
	hides integrity-mismatch
	if [ "$2" ]; then
		says '"malware","MAL-2099-1","error","false","critical","9.8","minimist","0.0.8","prod"'
		says GHSA-xvch-5gv4-984h
		expect 0 "$1: why" "$assay" fleet project "$1"
		says "its job had $2: what others said stands"
	else
		hides MAL-2099-1
		hides GHSA-xvch-5gv4-984h
	fi
	database='{"modified":"2026-10-30T00:00:00Z","starter":false}' unchecked=
}
blind missing "no advisories" '{"rule":"database-missing"}' null
blind silent "no advisories" '' null
blind starter "only the starter's advisories" '{"rule":"database-starter"}' '{"starter":true}'
blind stale "old advisories" '{"rule":"database-stale"}' '{"modified":"2020-01-01T00:00:00Z","starter":false}'
blind younger "" '{"rule":"database-stale"}' '{"modified":"2099-01-01T00:00:00Z","starter":false}'
blind well "" '' '{"modified":"2026-10-30T00:00:00Z","starter":false}'
inventory='"inventory":[{"name":"ms","version":"2.1.3"}],'
blind counted "" '' null
inventory='"inventory":[{"name":"minimist","version":"0.0.8"}],'
blind there "no advisories" '' null
inventory=
expect 1 "who has it still" "$assay" who minimist@0.0.8 --name missing --format csv
says '"now","missing"'

# What the fleet's own advisories know since a day that the job's do not reach stands as well, since whenever it is there.
late() {
	rm -rf late && mkdir late
	printf '{"schema_version":"1.6.0","id":"ACME-LATE","modified":"2026-11-%sT00:00:00Z","published":"2026-11-20T00:00:00Z","summary":"%s","affected":[{"package":{"ecosystem":"npm","name":"minimist"},"versions":["0.0.8"]}],"database_specific":{"severity":"CRITICAL"}}' "$1" "$2" >late/ACME-LATE.json
	"$assay" db import --quiet --db "$TEST_TMP/late.db" late 2>"$err"
}
late 20 first
unchecked='' database='{"modified":"2026-10-30T00:00:00Z","starter":false}'
told 0.0.8 early.json "$mismatch"
unchecked='{"rule":"database-stale"}' database='{"modified":"2026-11-10T00:00:00Z","starter":false}'
told 0.0.8 later.json
database='{"modified":"2026-11-20T00:00:00Z","starter":false}'
told 0.0.8 fresh.json
late_store=$TEST_TMP/late-store.db
expect 0 "the fleet knows more than the job" ingest early.json --project late --date 2026-11-01T10:00:00Z --db "$TEST_TMP/late.db" --store "$late_store"
expect 0 "whose advisories are older" ingest later.json --project late --date 2026-11-22T10:00:00Z --db "$TEST_TMP/late.db" --store "$late_store"
expect 0 "what stands then" "$assay" fleet findings --store "$late_store" --format csv
says ACME-LATE
expect 0 "one whose advisories are as new" ingest fresh.json --project late --date 2026-11-23T10:00:00Z --db "$TEST_TMP/late.db" --store "$late_store"
expect 0 "ends it" "$assay" fleet findings --store "$late_store" --format csv
hides ACME-LATE
unchecked='' database='{"modified":"2026-10-30T00:00:00Z","starter":false}'

# An SBOM that lacks a lockfile's packages is joined to what was known; a whole one stands for itself again.
bom() { printf '{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"name":"r"%s}},"components":[{"type":"library","bom-ref":"x","name":"x","purl":"pkg:npm/%s"}]}' "$1" "$2"; }
bom "" ms@2.1.3 >whole.json
bom ',"properties":[{"name":"assay:unchecked","value":"lockfile-invalid"},{"name":"assay:lockfile","value":"b/package-lock.json:0"}]' minimist@0.0.8 >part.json
expect 0 "a whole one" ingest whole.json --project part --date 2026-11-22T10:00:00Z --db "$TEST_TMP/late.db" --store "$late_store"
expect 0 "one that lacks something" ingest part.json --project part --date 2026-11-22T11:00:00Z --db "$TEST_TMP/late.db" --store "$late_store"
late 21 second
expect 0 "another word about it" "$assay" fleet rematch --store "$late_store" --db "$TEST_TMP/late.db"
bom ',"properties":[{"name":"assay:unchecked","value":"no-lockfile"},{"name":"assay:lockfile","value":"c/package.json:0"}]' debug@4.4.1 >none.json
expect 0 "one that found a lockfile missing" ingest none.json --project part --date 2026-11-22T12:00:00Z --db "$TEST_TMP/late.db" --store "$late_store"
tells "what was known of them stands"
expect 1 "and so it does" "$assay" who ms@2.1.3 minimist@0.0.8 debug@4.4.1 --store "$late_store" --format csv
is "$(grep -c '"now","part"' "$out")" 3 "each of them"
says '"now","part","ms","2.1.3","","unknown","lockfile","cyclonedx.json","","part > ms@2.1.3","2026-11-22T10:00:00Z"'
says '"now","part","minimist","0.0.8","","unknown","lockfile","cyclonedx.json","","part > minimist@0.0.8","2026-11-22T11:00:00Z"'
says '"now","part","debug","4.4.1","","unknown","lockfile","cyclonedx.json","1","part > debug@4.4.1","2026-11-22T12:00:00Z"'
expect 0 "what was found" "$assay" fleet findings --name part --store "$late_store" --format csv
says ACME-LATE
expect 0 "a whole one again" ingest whole.json --project part --date 2026-11-22T13:00:00Z --db "$TEST_TMP/late.db" --store "$late_store"
expect 1 "has what it says" "$assay" who ms@2.1.3 minimist@0.0.8 debug@4.4.1 --store "$late_store" --format csv
is "$(grep -c '"now","part"' "$out")" 1 "and no more"
expect 0 "nor is it found" "$assay" fleet findings --name part --store "$late_store" --format csv
hides ACME-LATE

# Nor does a job end anything that could not read the lockfile, or found none.
broken=$TEST_TMP/broken
mkdir -p "$broken/app"
cp job/package-lock.json "$broken/app/"
printf '{"dependencies":{"minimist":"*"}}' >"$broken/app/package.json"
(cd "$broken" && "$assay" scan --no-progress --format "json=$TEST_TMP/whole.json" . >/dev/null 2>&1)
printf '{"packages":{"node_modules/min' >"$broken/app/package-lock.json"
(cd "$broken" && "$assay" scan --no-progress --format "json=$TEST_TMP/broken.json" . >/dev/null 2>&1)
rm "$broken/app/package-lock.json"
(cd "$broken" && "$assay" scan --no-progress --format "json=$TEST_TMP/none.json" . >/dev/null 2>&1)
for how in broken none; do
	expect 0 "before it was $how" ingest whole.json --project "$how" --date 2026-11-02T10:00:00Z
	expect 0 "it is $how" ingest "$how.json" --project "$how" --date 2026-11-03T10:00:00Z
	tells "0 findings came, 0 went"
	expect 0 "$how: what was found stands" "$assay" fleet findings --name "$how" --format csv
	says GHSA-xvch-5gv4-984h
	says integrity-missing
	expect 1 "$how: who has it" "$assay" who minimist@0.0.8 --name "$how" --format csv
	says "\"now\",\"$how\""
done
says "its job found no lockfile at app/package.json"
expect 0 "it is mended" ingest whole.json --project broken --date 2026-11-04T10:00:00Z
tells "0 findings came, 0 went"

# An SBOM is of all lockfiles together, and says which could not be read.
mkdir -p several/a several/b
cp job/package-lock.json several/a/
sed 's/minimist/axios/g; s/0\.0\.8/0.21.1/; s/"web"/"ms"/g; s/"1\.0\.0"/"2.1.3"/' job/package-lock.json >several/b/package-lock.json
sboms() { (cd several && "$assay" scan --no-progress --quiet --no-fail --format "cyclonedx=$TEST_TMP/several-$1.cyclonedx.json" --format "spdx=$TEST_TMP/several-$1.spdx.json" . >/dev/null 2>&1); }
sboms whole
echo '{"packages":{"' >several/b/package-lock.json
sboms broken
rm several/b/package-lock.json
printf '{"name":"ms","version":"2.1.3","dependencies":{"axios":"*"}}' >several/b/package.json
sboms none
for form in cyclonedx spdx; do
	expect 0 "$form: two lockfiles" ingest several-whole.$form.json --project $form --date 2026-11-02T10:00:00Z
	expect 1 "$form: who has it" "$assay" who axios@0.21.1 ms@2.1.3 web@1.0.0 --name $form --format csv --as-of 2026-11-02T12:00:00Z
	is "$(grep -c '"now","'$form'","axios"' "$out")" 1 "$form: the one below"
	is "$(grep -c '"now"' "$out")" 2 "$form: ms is there, and web is the project's own"
	expect 0 "$form: one is broken" ingest several-broken.$form.json --project $form --date 2026-11-03T10:00:00Z
	tells "its job could not read every lockfile: what was known of them stands"
	expect 1 "$form: who has it still" "$assay" who axios@0.21.1 --name $form --format csv
	says '"now"'
	says "its job could read no lockfile at b/package-lock.json"
	expect 0 "$form: or is told anew" ingest several-broken.$form.json --project anew-$form --date 2026-11-03T10:00:00Z
	expect 1 "$form: what is there is there" "$assay" who minimist@0.0.8 --name anew-$form --format csv
	expect 3 "$form: and no more is known" "$assay" who axios@0.21.1 --name anew-$form
	expect 1 "$form: nor by a scan" "$assay" scan --no-progress --format compact several-broken.$form.json
	says "whoever made this SBOM could read no lockfile at b/package-lock.json: their packages are not in it [lockfile-invalid]"
	expect 0 "$form: one is taken away" ingest several-none.$form.json --project $form --date 2026-11-04T10:00:00Z
	expect 1 "$form: nobody knows whether it is there" "$assay" who axios@0.21.1 --name $form --gaps
	says "its job found no lockfile at b/package.json"
done

# What a report told of two lockfiles, an SBOM told of both, and the other way round: nobody hears of it twice, and it has been there since.
mkdir -p twice/a twice/b
cp job/package-lock.json twice/a/
sed 's/0\.0\.8/1.2.0/; s/"ms"/"debug"/; s/_modules\/ms/_modules\/debug/; s/2\.1\.3/4.4.2/' job/package-lock.json >twice/b/package-lock.json
(cd twice && "$assay" scan --no-progress --quiet --no-fail --format "json=$TEST_TMP/twice.json" --format "cyclonedx=$TEST_TMP/twice.bom.json" . >/dev/null 2>&1)
twice_store=$TEST_TMP/twice.db
in_turn() { expect 0 "$1, day $2" ingest "$1" --project turn --date "2026-11-${2}T10:00:00Z" --store "$twice_store"; }
in_turn twice.json 01
expect 0 "what the report says" "$assay" fleet findings GHSA-xvch-5gv4-984h --store "$twice_store" --format csv
is "$(grep -c '"turn"' "$out")" 2 "two versions"
news() { sqlite3 "$twice_store" "SELECT count(*) FROM news"; }
told=$(news)
for day in 02 04; do
	in_turn twice.bom.json "$day"
	expect 0 "it is there since the report" "$assay" fleet findings GHSA-xvch-5gv4-984h --store "$twice_store" --format csv
	is "$(grep -c '"cyclonedx.json".*2026-11-01T10:00:00Z' "$out")" 2 "both, in the SBOM"
	expect 1 "who has it" "$assay" who minimist@0.0.8 --store "$twice_store" --format csv
	says '"cyclonedx.json"'
	says '"2026-11-01T10:00:00Z"'
	hides '"had"'
	in_turn twice.json "0$((${day#0} + 1))"
	expect 1 "who has it" "$assay" who minimist@0.0.8 --store "$twice_store" --format csv
	says '"a/package-lock.json"'
	says '"2026-11-01T10:00:00Z"'
	hides '"had"'
done
echo '{"packages":{"' >twice/b/package-lock.json
(cd twice && "$assay" scan --no-progress --quiet --no-fail --format "cyclonedx=$TEST_TMP/half.bom.json" --format "json=$TEST_TMP/half.json" . >/dev/null 2>&1)
in_turn half.bom.json 06
expect 0 "what an SBOM lacks stands, in it" "$assay" fleet findings --store "$twice_store" --format csv
is "$(grep -c '"cyclonedx.json"' "$out")" "$(grep -c '"turn"' "$out")" "all of it"
is "$(grep -c 'integrity-missing' "$out")" 4 "that of other rules too"
is "$(grep -E 'GHSA|malware' "$out" | grep -vc '2026-11-01T10:00:00Z')" 0 "since the first report"
says "malware"
expect 1 "who has it" "$assay" who debug@4.4.2 --store "$twice_store" --format csv
says '"now","turn","debug","4.4.2"'
says '"2026-11-01T10:00:00Z"'
in_turn twice.json 07
in_turn twice.bom.json 08
in_turn half.json 09
expect 1 "who has it" "$assay" who debug@4.4.2 --store "$twice_store" --format csv
says '"now","turn","debug","4.4.2"'
hides '"had"'
expect 0 "nor does a report end what it could not read" "$assay" fleet findings --store "$twice_store" --format csv
is "$(grep -E 'GHSA|malware' "$out" | grep -c '"cyclonedx.json".*2026-11-01T10:00:00Z')" 5 "since the first report"
in_turn twice.json 10
expect 0 "it goes on" "$assay" fleet findings --store "$twice_store" --format csv
is "$(grep -E 'GHSA|malware' "$out" | grep -c 'b/package-lock.json.*2026-11-01T10:00:00Z')" 3 "where it was"
in_turn twice.bom.json 11
is "$(news)" "$told" "nobody is told again"
expect 0 "nothing is said to be gone" "$assay" fleet findings --gone --store "$twice_store" --format csv
hides GHSA-xvch-5gv4-984h

# A report's word of a release that an SBOM still has, by an advisory that nobody here knows, goes on; and without advisories what they said does.
unknown=$TEST_TMP/unknown.db
sed 's/GHSA-xvch-5gv4-984h/ACME-2026-77/g; s/CVE-2021-44906/ACME-2026-78/g; s/\("fingerprint":[^"]*"\)../\1ac/' twice.json >unknown.json
expect 0 "a report of what is not known here" ingest unknown.json --project un --date 2026-11-01T10:00:00Z --store "$unknown"
expect 0 "an SBOM of the same" ingest twice.bom.json --project un --date 2026-11-02T10:00:00Z --store "$unknown"
expect 0 "it stands" "$assay" fleet findings ACME-2026-77 --store "$unknown" --format csv
is "$(grep -c '"cyclonedx.json".*2026-11-01T10:00:00Z' "$out")" 2 "of both releases, since then"
expect 0 "the next SBOM" ingest bom-0.0.8.json --project un --date 2026-11-03T10:00:00Z --store "$unknown"
expect 0 "it stands" "$assay" fleet findings ACME-2026-77 --store "$unknown" --format csv
is "$(grep -c '"cyclonedx.json".*2026-11-01T10:00:00Z' "$out")" 1 "of the release that it has"
ASSAY_DB=$TEST_TMP/none.db expect 3 "without advisories" ingest job/package-lock.json --project un --date 2026-11-04T10:00:00Z --store "$unknown"
expect 0 "it stands" "$assay" fleet findings GHSA-xvch-5gv4-984h --store "$unknown" --format csv
is "$(grep -c '"package-lock.json".*2026-11-01T10:00:00Z' "$out")" 1 "where its release is"

# A project of a vulnerable package's name is none.
mkdir -p own/packages/ui
printf '{"name":"minimist","version":"0.0.8","lockfileVersion":3,"packages":{"":{"name":"minimist","version":"0.0.8","workspaces":["packages/*"]},\n"packages/ui":{"name":"axios","version":"0.21.1","dependencies":{"ms":"*"}},\n"node_modules/axios":{"resolved":"packages/ui","link":true},\n"node_modules/ms":{"version":"2.1.3"}}}\n' >own/package-lock.json
printf '{"name":"minimist","version":"0.0.8","workspaces":["packages/*"],"dependencies":{"left":"*"}}' >own/package.json
printf '{"name":"axios","version":"0.21.1","dependencies":{"ms":"*","left":"*"}}' >own/packages/ui/package.json
"$assay" scan --no-progress --format json=own.json own >/dev/null 2>&1
expect 0 "its report" ingest own.json --project own
expect 0 "says what is the project's own" "$assay" fleet findings --name own --format csv
is "$(grep -c lockfile-drift/missing "$out")" 2 "the root and a workspace drift"
hides vulnerability
expect 3 "and no package" "$assay" who minimist@0.0.8 axios@0.21.1 --name own --format csv
hides '"now"'

# What a CI job's key runs (docs/fleet/ingest.sh).
ASSAY=$assay
export ASSAY
expect 0 "by ssh" env SSH_ORIGINAL_COMMAND="ingest group/told main abc 2026-11-05T11:00:00+01:00" sh -c "'$ASSAY_ROOT/docs/fleet/ingest.sh' <bom-0.0.8.json"
tells "group/told: 1 lockfile, 2 packages as of 2026-11-05T10:00:00Z"
expect 2 "nothing else" env SSH_ORIGINAL_COMMAND="sh -c id" "$ASSAY_ROOT/docs/fleet/ingest.sh"
expect 3 "nor by a name" env SSH_ORIGINAL_COMMAND='ingest --store=/nowhere/x $(id) abc 2026-11-05' "$ASSAY_ROOT/docs/fleet/ingest.sh"

# Names that are taken.
expect 2 "another branch" ingest bom-0.0.8.json --project web --branch next
tells "web@next"
expect 0 "is a project of its own" ingest bom-0.0.8.json --project web@next --branch next
expect 0 "a folder" "$assay" fleet add job --name folder
expect 2 "is not told of" ingest bom-0.0.8.json --project folder

# What is no such thing changes nothing.
mkdir half
echo '{"lockfileVersion":3,"packages":{"":{}' >half/package-lock.json
while IFS='|' read -r name text; do
	printf '%s' "$text" >bad.json
	expect 3 "refused: $name" ingest bad.json --project bad
	grep -q "assay-scratch" "$err" && is "$(cat "$err")" "" "no folder of ours is shown"
done <<'BAD'
empty|
no JSON|{
a list|[]
another document|{"schema":"assay.report/9"}
no projects|{"schema":"assay.report/1"}
no findings|{"schema":"assay.report/1","projects":[{"lockfile":{"path":"a","kind":"npm"}}]}
no lockfile|{"schema":"assay.report/1","projects":[{"findings":[]}]}
outside|{"schema":"assay.report/1","projects":[{"lockfile":{"path":"../../etc/x","kind":"npm"},"findings":[]}]}
twice|{"schema":"assay.report/1","projects":[{"lockfile":{"path":"a","kind":"npm"},"findings":[]},{"lockfile":{"path":"a","kind":"npm"},"findings":[]}]}
no package|{"schema":"assay.report/1","projects":[{"lockfile":{"path":"a","kind":"npm"},"findings":[{}]}]}
a hostile name|{"schema":"assay.report/1","projects":[{"lockfile":{"path":"a","kind":"npm"},"findings":[{"package":{"name":"../x\n","version":"1","purl":"pkg:npm/x@1"}}]}]}
another ecosystem|{"schema":"assay.report/1","projects":[{"lockfile":{"path":"a","kind":"npm"},"findings":[{"package":{"name":"x","version":"1","purl":"pkg:pypi/x@1"}}]}]}
a package URL that is none|{"schema":"assay.report/1","projects":[{"lockfile":{"path":"a","kind":"npm"},"findings":[{"package":{"name":"x","version":"1","purl":"x@1"}}]}]}
a purl that is none|{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"bom-ref":"a","purl":"pkg:npm/"}]}
no packages|{"bomFormat":"CycloneDX","specVersion":"1.5","components":[]}
BAD
expect 3 "a lockfile" ingest half/package-lock.json --project bad
tells "half/package-lock.json: package-lock.json: line 2"
expect 0 "nothing came of it" "$assay" fleet list --format csv
hides '"bad"'
expect 0 "a hostile project name" ingest bom-0.0.8.json --project "$(printf 'e\033[31mvil')"
tells 'e\x1b[31mvil'

# An SBOM that tells a library without saying of which ecosystem, that calls itself incomplete, or tells nothing but that a lockfile could not be read: nothing is nowhere, and nothing clean.
echo '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"debug","version":"4.4.1","purl":"pkg:npm/debug@4.4.1"},{"type":"library","name":"chalk","version":"5.6.1"}]}' >unnamed.json
echo '{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"name":"r","properties":[{"name":"assay:unchecked","value":"lockfile-invalid"},{"name":"assay:lockfile","value":"package-lock.json:0"}]}}}' >lost.json
echo '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"debug","version":"4.4.1","purl":"pkg:npm/debug@4.4.1"}],"compositions":[{"aggregate":"incomplete"}]}' >incomplete.json
for sbom in unnamed lost incomplete; do
	its_store=$TEST_TMP/$sbom.db
	expect 3 "who in the file itself, $sbom" "$assay" who chalk@5.6.1 $sbom.json
	expect 3 "a scan of it, $sbom" "$assay" scan $sbom.json
	says "lockfile-invalid"
	"$assay" fleet ingest --store "$its_store" $sbom.json --project web >"$out" 2>"$err"
	expect 3 "who in a store that was told it, $sbom" "$assay" who chalk@5.6.1 --store "$its_store"
	expect 0 "the fleet's list, $sbom" "$assay" fleet list --store "$its_store"
	says "1 with a gap"
done

# Many jobs at once: each waits for its turn.
for i in 1 2 3 4 5 6; do ingest "bom-0.0.8.json" --project "many$i" --quiet >/dev/null 2>"many$i.err" & done
wait
expect 0 "all are there" "$assay" fleet list --name 'many*' --format csv
is "$(grep -c '^"many' "$out")" 6 "six"
expect 0 "one leaves" "$assay" fleet remove many1
finish
