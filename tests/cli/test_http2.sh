#!/bin/sh
# A registry that speaks HTTP/2 is spoken to in it: many tarballs and records over few connections.
. "$ASSAY_ROOT/tests/cli/lib.sh"
if [ -z "$ASSAY_ORACLE" ] || ! command -v openssl >/dev/null 2>&1; then
	skip "HTTP/2" "no Node, or no openssl"
	finish
	exit
fi
HOME=$TEST_TMP/home
export HOME
mkdir -p "$HOME" served project
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost >/dev/null 2>&1
mkfifo in
node "$ASSAY_ROOT/tests/oracle/http2.cjs" cert.pem key.pem served port counts <in >server 2>&1 &
exec 9>in
wait_for [ -s port ]
at=https://localhost:$(cat port)/
printf 'registry=%s\ncafile=%s\n' "$at" "$TEST_TMP/cert.pem" >"$HOME/.npmrc"
wanted='' packages=''
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	mkdir -p "served/a$i/-" "served/a$i/1.0.0"
	integrity=$("$ASSAY_BUILD/tools/make_tarball" "served/a$i/-/a$i-1.0.0.tgz" "a$i" 0 0 "$i")
	echo "{\"name\":\"a$i\",\"version\":\"1.0.0\",\"dist\":{\"integrity\":\"$integrity\"}}" >"served/a$i/1.0.0/index"
	wanted="$wanted,\"a$i\":\"1.0.0\""
	packages="$packages,\"node_modules/a$i\":{\"version\":\"1.0.0\",\"resolved\":\"${at}a$i/-/a$i-1.0.0.tgz\",\"integrity\":\"$integrity\"}"
done
cd project || exit 1
echo "{\"name\":\"x\",\"version\":\"1.0.0\",\"dependencies\":{${wanted#,}}}" >package.json
echo "{\"name\":\"x\",\"version\":\"1.0.0\",\"lockfileVersion\":3,\"packages\":{\"\":{\"name\":\"x\",\"version\":\"1.0.0\",\"dependencies\":{${wanted#,}}}$packages}}" >package-lock.json
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" 2>/dev/null
expect 0 "all is proven" "$assay" verify --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --cache-dir "$TEST_TMP/cache"
says "20 from the registry"
says "20 registry records compared"
exec 9>&-
wait_for [ -s "$TEST_TMP/counts" ]
read -r sessions _ requests _ _ old _ <"$TEST_TMP/counts"
is "$requests requests in HTTP/2, $old in another" "40 requests in HTTP/2, 0 in another" "every request in HTTP/2"
if [ "$sessions" -le 4 ]; then pass "over few connections"; else fail "over few connections" "$(cat "$TEST_TMP/counts")"; fi
finish
