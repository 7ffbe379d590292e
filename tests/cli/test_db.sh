#!/bin/sh
# db update and scan --update from end to end, against a copy of OSV's bucket on this machine.
. "$ASSAY_ROOT/tests/cli/lib.sh"
bucket=$TEST_TMP/bucket
mkdir -p "$bucket/npm" records
"$ASSAY_BUILD/tools/make_advisories" 300 "$bucket/npm/all.zip"
printf 'GET /npm/all.zip file etag=auto hash=auto\nGET /sick/npm/all.zip 404\n' >rules
mkfifo hold
"$ASSAY_BUILD/tools/registry" "$bucket" rules log <hold >port &
server=$!
exec 9>hold
trap 'exec 9>&-; wait $server' EXIT
wait_for [ -s port ]
from="--from http://127.0.0.1:$(cat port)/"
no_proxy='*'
export no_proxy
db=$TEST_TMP/advisories.db

# shellcheck disable=SC2086
{
expect 0 "the first update" "$assay" db update $from --db "$db"
tells "all of them: "
tells "300 new"
expect 0 "the second" "$assay" db update $from --db "$db"
tells "nothing has changed"
expect 0 "--if-older-than" "$assay" db update $from --db "$db" --if-older-than 6h
tells "updated not long ago"
expect 0 "-q" "$assay" db update $from --db "$db" -q
quiet_err
expect 2 "an age that is none" "$assay" db update $from --db "$db" --if-older-than soon
expect 2 "a URL that is none" "$assay" db update --from nowhere --db "$db"
tells "not from \"nowhere\""
expect 3 "a copy that is none" "$assay" db update ${from}sick --db "$db"
tells "npm/all.zip: answered 404"
expect 0 "the database is as it was" "$assay" db status --db "$db"
says "300 ("
expect 3 "a digest that it has not" "$assay" db update $from --db "$db" --sha256 0000000000000000000000000000000000000000000000000000000000000000
tells "its SHA-256 is"


# ---- EPSS and KEV, by file and by URL
printf 'cve,epss,percentile\nCVE-2021-44906,0.5,0.9\n' | gzip >epss.csv.gz
cp epss.csv.gz "$bucket/"
printf '{"vulnerabilities":[{"cveID":"CVE-2021-44906"}]}' >"$bucket/kev.json"
expect 0 "import with lists" "$assay" db import --db "$TEST_TMP/rich.db" --epss epss.csv.gz --kev "$bucket/kev.json" "$ASSAY_ROOT/advisories/osv"
tells "epss        1 scores"
expect 2 "import of nothing" "$assay" db import --db "$TEST_TMP/rich.db"
expect 0 "update with lists" "$assay" db update $from --db "$db" --epss "http://127.0.0.1:$(cat port)/epss.csv.gz" --kev "$bucket/kev.json"
tells "kev         1 vulnerabilities"
expect 3 "a list that is not there" "$assay" db update $from --db "$db" --kev "http://127.0.0.1:$(cat port)/none.json"
tells "none.json: answered 404"
expect 2 "--with something else" "$assay" db update $from --db "$db" --with eps

# ---- own sources, status, show
mkdir own
printf '{"id":"OWN-1","modified":"2026-01-01","affected":[{"package":{"ecosystem":"npm","name":"@acme/tool"},"versions":["1.0.0"]}]}' >own/1.json
printf '{"id":"OWN-2","modified":"2026-01-01","affected":[{"package":{"ecosystem":"npm","name":"@acme/tool"},"ranges":[{"type":"SEMVER","events":[{"introduced":"2.0.0"}]}]}]}' >own/2.json
expect 0 "own advisories" "$assay" db import --db "$db" --source acme own
expect 0 "status" "$assay" db status --db "$db" --check
says "source      acme, osv"
says "acme: 2 records"
says "osv: 300 records"
says "updated     "
says " from http://127.0.0.1:"
says "epss        "
says "check       every record is as its digest says"
expect 0 "show a package" "$assay" db show --db "$db" @acme/tool
says "OWN-1"
says "OWN-2"
says "source      acme, first seen here 20"
expect 0 "show a release" "$assay" db show --db "$db" pkg:npm/%40acme/tool@2.1.0
hides "OWN-1"
says "OWN-2"
expect 1 "show a good release" "$assay" db show --db "$db" pkg:npm/%40acme/tool@1.1.0
expect 0 "show a purl" "$assay" db show --db "$db" "pkg:npm/@acme/tool?x=y"
says "OWN-1"
expect 0 "export" "$assay" db export --db "$db" "$TEST_TMP/out.zip"
tells "300 records of osv"
expect 0 "import of what was exported" "$assay" db import --db "$TEST_TMP/again.db" "$TEST_TMP/out.zip"
"$assay" db import -q --db "$TEST_TMP/straight.db" "$bucket/npm/all.zip"
digest() { "$assay" db status --db "$1" | grep '^digest'; }
is "$(digest "$TEST_TMP/again.db")" "$(digest "$TEST_TMP/straight.db")" "the digest is the same"
expect 0 "export of an own source" "$assay" db export -q --db "$db" --source acme "$TEST_TMP/own.zip"
expect 3 "export of none" "$assay" db export --db "$db" --source none "$TEST_TMP/none.zip"
if [ -e "$TEST_TMP/none.zip" ] || [ -e "$TEST_TMP/none.zip.part" ]; then fail "nothing is left"; else pass "nothing is left"; fi
expect 0 "the starter, too" "$assay" db export -q --db "$ASSAY_BUILD/share/assay/starter.db" "$TEST_TMP/starter.zip"
"$assay" db import -q --db "$TEST_TMP/starter.db" "$TEST_TMP/starter.zip"
is "$(digest "$TEST_TMP/starter.db")" "$(digest "$ASSAY_BUILD/share/assay/starter.db")" "and its digest is the same"

# ---- the compact form: used where it lies, on a read-only disk too; fetched as one file
expect 0 "export --compact" "$assay" db export --db "$db" --compact "$TEST_TMP/small.db"
tells "302 records of acme, osv"
is "$(digest "$TEST_TMP/small.db")" "$(digest "$db")" "it has the same digest"
expect 0 "status" "$assay" db status --db "$TEST_TMP/small.db" --check
says "(compact)"
says "acme: 2 records"
says "check       every record is as its digest says"
expect 0 "show a package" "$assay" db show --db "$TEST_TMP/small.db" @acme/tool
says "OWN-1"
expect 2 "--compact and --source" "$assay" db export --db "$db" --compact --source acme "$TEST_TMP/none.db"
expect 3 "compact of compact" "$assay" db export --db "$TEST_TMP/small.db" --compact "$TEST_TMP/none.db"
tells "copy it"
expect 0 "a zip of it" "$assay" db export --db "$TEST_TMP/small.db" --source osv "$TEST_TMP/small.zip"
mkdir disk && cp "$TEST_TMP/small.db" "$db" disk && chmod 444 disk/* && chmod 555 disk
readonly_scan() { # without root's right to write anywhere
	if [ "$(id -u)" = 0 ]; then set -- setpriv --bounding-set -dac_override,-dac_read_search "$@"; fi
	HOME=/nonexistent "$@"
}
for name in small.db advisories.db; do
	expect 0 "$name in a read-only folder" readonly_scan "$assay" db show --db "disk/$name" @acme/tool
	says "OWN-1"
done
chmod 755 disk
cp "$TEST_TMP/small.db" "$bucket/small.db"
sum=$(sha256sum "$bucket/small.db" | cut -d' ' -f1)
expect 0 "update from one file" "$assay" db update --db "$TEST_TMP/one.db" ${from}small.db --sha256 "$sum"
tells "300 new"
expect 0 "and again: nothing is asked" "$assay" db update --db "$TEST_TMP/one.db" ${from}small.db --sha256 "$sum"
tells "nothing has changed"
expect 3 "another digest" "$assay" db update --db "$TEST_TMP/one.db" ${from}small.db --sha256 0000000000000000000000000000000000000000000000000000000000000000
tells "small.db: its SHA-256 is"
expect 0 "update from a zip" "$assay" db update --db "$TEST_TMP/one.db" ${from}npm/all.zip
expect 3 "a file that is not there" "$assay" db update --db "$TEST_TMP/one.db" ${from}none.db
tells "or one file: .zip or .db"
rm own/1.json
expect 0 "--replace of one source" "$assay" db import --db "$db" --source acme --replace own
tells "1 removed"
expect 0 "the others stay" "$assay" db status --db "$db"
says "acme: 1 records"
says "osv: 300 records"
LC_ALL=C sed -i 's/Malicious code/Malicious cope/' "$db"
expect 3 "--check finds damage" "$assay" db status --db "$db" --check

project vulnerable
expect 1 "the report says so" "$assay" scan --db "$TEST_TMP/rich.db" --as-of 2026-11-23
says "exploited, prototype pollution in setKey"
expect 1 "and so does JSON" "$assay" scan --db "$TEST_TMP/rich.db" --as-of 2026-11-23 -f json
says '"epss":	0.5'
says '"kev":	true'
says "\"first_seen\":	\"$(date -u +%Y)-"
expect 1 "since when we know it" "$assay" scan -v --db "$TEST_TMP/rich.db" --as-of 2026-11-23
says "  first seen here $(date -u +%Y)-"
expect 1 "which the starter does not tell" "$assay" scan --db "$ASSAY_BUILD/share/assay/starter.db" --as-of 2026-11-23 -f json
hides '"first_seen":	"'

project clean
rm -rf "$TEST_TMP/cache"
expect 3 "scan --update" "$assay" scan --update $from --cache-dir "$TEST_TMP/cache"
tells "300 new"
hides "starter"
expect 3 "scan --update=AGE" "$assay" scan --update=6h $from --cache-dir "$TEST_TMP/cache"
tells "updated not long ago"
expect 3 "an update that fails leaves the scan to the policy" "$assay" scan --update ${from}sick --cache-dir "$TEST_TMP/cache"
tells "going on with those that are there"
says "database-stale"
expect 2 "--update and --offline" "$assay" scan --update --offline
expect 2 "--update of no age" "$assay" scan --update=never $from --cache-dir "$TEST_TMP/cache"
}
finish
