#!/bin/sh
# A registry that lies, from end to end: one bad answer never stops the others, the report names each, nothing half-trusted stays.
. "$ASSAY_ROOT/tests/cli/lib.sh"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" || echo "not ok - import"
verify() { "$assay" verify --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --no-progress "$@"; }
no_proxy='*' npm_config_globalconfig=/nowhere npm_config_cache="$TEST_TMP/npm"
export no_proxy npm_config_globalconfig npm_config_cache
store=$XDG_CACHE_HOME/assay/tarballs
served=$TEST_TMP/registry
mkdir -p "$TEST_TMP/pack/package"
publish() { # NAME…
	for name; do
		mkdir -p "$served/$name/-"
		echo '{"name":"'"$name"'","version":"1.0.0"}' >"$TEST_TMP/pack/package/package.json"
		tar -C "$TEST_TMP/pack" -czf "$served/$name/-/$name-1.0.0.tgz" package
	done
}
sri() { # NAME
	echo "sha512-$(sha512sum "$served/$1/-/$1-1.0.0.tgz" | cut -c1-128 | tr a-f A-F | basenc --base16 -d | base64 -w0)"
}
project_of() { # NAME…
	empty
	list=
	for name; do list="$list${list:+,}\"$name\":\"1.0.0\""; done
	echo '{"name":"x","version":"1.0.0","dependencies":{'"$list"'}}' >package.json
	printf '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0","dependencies":{%s}}' "$list" >package-lock.json
	for name; do printf ',\n"node_modules/%s":{"version":"1.0.0","integrity":"%s"}' "$name" "$(sri "$name")"; done >>package-lock.json
	echo '}}' >>package-lock.json
}
serve() { # RULES: leaves the server's process in $server, its host in $host
	printf '%s\n' "$1" >"$TEST_TMP/rules"
	rm -f "$TEST_TMP/in" "$TEST_TMP/port"
	mkfifo "$TEST_TMP/in"
	"$ASSAY_BUILD/tools/registry" "$served" "$TEST_TMP/rules" "$TEST_TMP/log" <"$TEST_TMP/in" >"$TEST_TMP/port" &
	server=$!
	exec 9>"$TEST_TMP/in"
	wait_for [ -s "$TEST_TMP/port" ]
	host=127.0.0.1:$(cat "$TEST_TMP/port")
	printf 'registry=http://%s/\nfetch-retries=1\nfetch-retry-mintimeout=1\n%s\n' "$host" "${2:-}" >"$HOME/.npmrc"
	rm -rf "${XDG_CACHE_HOME:?}/assay"
}
stop() {
	exec 9>&-
	wait "$server"
}
# names PACKAGE TEXT: a line of the last report is about it and holds the text.
names() { if grep -F "$1@1.0.0" "$out" | grep -qF -- "$2"; then pass "$1: $2"; else fail "$1: $2" "$(head -c 3000 "$out")"; fi; }
kept() { is "$(find "$store" -type f 2>/dev/null | wc -l | tr -d ' ')" "$1" "$1 are kept"; }

good="g1 g2 g3 g4 g5 g6 g7 g8"
fine="wrong-type unsized busy"
bad="short shut nonsense headers disk mail user away sick wait login forbidden drip other"
publish $good $fine $bad gone
serve 'GET /wrong-type/-/* wrong-type
GET /unsized/-/* unsized
GET /busy/-/* 429 retry-after=1 times=1
GET /short/-/* short
GET /shut/-/* close
GET /nonsense/-/* nonsense
GET /headers/-/* headers
GET /disk/-/* redirect file:///etc/passwd
GET /mail/-/* redirect gopher://127.0.0.1:25/x
GET /user/-/* redirect http://me:secret@127.0.0.1:@PORT@/g1/-/g1-1.0.0.tgz
GET /away/-/* redirect https://evil.example/x?token=secret
GET /sick/-/* 503
GET /wait/-/* 429 retry-after=3600
GET /login/-/* 401
GET /forbidden/-/* 403
GET /gone/-/* 404
GET /gone/1.0.0 404
GET /gone 404
GET /drip/-/* drip ms=300
GET /other/-/* garbage' 'fetch-timeout=2500'
project_of $good $fine $bad gone
expect 1 "fourteen bad ones among eleven good ones" verify -v
says "11 packages' bytes match"
names short "$host: the connection ended before the answer did, after 2 tries (retryable)"
names shut "$host: the connection "
names nonsense "$host: the answer is not HTTP"
names headers "$host: headers larger than 262144 bytes"
names disk "redirects to a file: URL, which is never followed"
names mail "redirects to a gopher: URL, which is never followed"
names user "redirects to no plain http(s) URL"
names away "redirects to https://evil.example, which is no allowed host"
names sick "503 after 2 tries (retryable)"
names wait "answered 429 and asks to wait 3600 s (retryable)"
names login "$host answered 401: it wants a login, and none was sent; npm login, or _authToken for it in ~/.npmrc"
names forbidden "$host answered 403: it wants a login, and none was sent"
names drip "$host: timed out after 2500 ms, after 2 tries (retryable)"
says "the registry does not have this version (any more): answered 404"
says "its bytes are not those that were pinned: pinned $(sri other) got sha512-"
hides secret
kept 11
hides "evil.example/x"
expect 1 "in JSON" verify -f json
is "$(grep -c '"state":	"verified"' "$out")" 11 "the good ones are verified"
is "$(grep -c '"state":	"unreachable"' "$out")" 9 "those without an answer"
is "$(grep -c '"state":	"refused-host"' "$out")" 4 "those that lead elsewhere"
is "$(grep -c '"state":	"mismatch"' "$out")" 1 "the one with other bytes"
is "$(grep -c '"state":	"unpublished"' "$out")" 1 "the one that is gone"
kept 11
stop

# Hostile archives whose digests are pinned, among good ones: who wrote the lockfile meant them, and they are named all the same.
hostile="linked hard setuid climbs cut page folded"
archive() { # NAME TAR-OPTION…: of what lies in ./package
	name=$1
	shift
	mkdir -p "$served/$name/-"
	tar -czf "$served/$name/-/$name-1.0.0.tgz" "$@"
	rm -rf package
}
begin() { rm -rf package && mkdir package && echo '{"name":"'"$1"'","version":"1.0.0"}' >package/package.json; }
cd "$TEST_TMP" || exit 1
begin linked && ln -s /etc/passwd package/link && archive linked package
begin hard && echo x >package/x && ln package/x package/y && archive hard package
begin setuid && echo x >package/x && chmod 4755 package/x && archive setuid package
begin climbs && echo x >package/x && archive climbs -P --transform 's|package/x|package/../../x|' package
begin cut && head -c 3000 /dev/urandom >package/x && archive cut package && head -c 1500 "$served/cut/-/cut-1.0.0.tgz" >half && mv half "$served/cut/-/cut-1.0.0.tgz"
mkdir -p "$served/page/-" && echo '<html>' >"$served/page/-/page-1.0.0.tgz"
begin folded && echo x >package/readme && echo y >package/README && archive folded package
serve ''
project_of $good $hostile
expect 1 "seven hostile archives among eight good ones" verify -f json
is "$(grep -c '"state":	"verified"' "$out")" 15 "all are what was pinned"
for id in link link setuid escape not-gzip not-tar folded; do says "\"unsafe-archive/$id\""; done
expect 1 "in words" verify -v
says "package/link"
says "package/../../x"
stop

# A login that goes nowhere else, and one that has run out.
publish home
serve 'GET /home/-/* redirect http://localhost:@PORT@/g1/-/g1-1.0.0.tgz
GET /login/-/* login Bearer,new' 
printf '//%s/:_authToken=0ld-t0ken\n' "$host" >>"$HOME/.npmrc"
project_of home login g1
echo '{"extends":["default"],"hosts":["http://localhost:'"${host#*:}"'"]}' >assay.policy.json
sed -i 's|"integrity":"'"$(sri home)"'"|"integrity":"'"$(sri g1)"'"|' package-lock.json
expect 1 "a redirect to another host" verify -v
names login "$host answered 401: it refuses the login that was sent; npm login, or _authToken for it in ~/.npmrc"
says "2 packages' bytes match"
hides 0ld-t0ken
is "$(grep -c "Host: 127.0.0.1.*0ld-t0ken" "$TEST_TMP/log")" "$(grep -c "Host: 127.0.0.1" "$TEST_TMP/log")" "the login goes to its host"
is "$(grep "Host: localhost" "$TEST_TMP/log" | grep -c Authorization)" 0 "and to no other"
stop

# The network goes away in the middle: what was proven by then is, the rest is a gap, and a second run fetches no more than that.
serve 'GET /g5/-/* slow ms=60000
GET /g6/-/* drip ms=200
GET /g7/-/* slow ms=60000'
project_of $good
verify >"$out" 2>"$err" </dev/null &
run=$!
wait_for sh -c "[ \"\$(find '$store' -type f | wc -l)\" -eq 5 ] && grep -q '^GET /g6/-/' '$TEST_TMP/log' && [ \"\$(grep -c /1.0.0 '$TEST_TMP/log')\" -eq 8 ]"
kill -9 "$server"
wait "$run"
is $? 3 "cut in the middle"
says "3 gaps"
says "g5@1.0.0"
says "$host: " # "connection refused", or that it broke, where the end was near
says "after 2 tries (retryable)"
says "5 packages' bytes match"
kept 5
exec 9>&-
serve '' && rm -rf "$store" && verify -q >/dev/null 2>&1
stop
expect 0 "offline, from a warm cache" verify --offline
says "8 packages' bytes match"
says "(8 kept, 0 asked)"
expect 0 "on-line, and nobody there" verify
rm "$XDG_CACHE_HOME/assay/registry.db"
expect 3 "no records" verify
says "g1@1.0.0 and 7 more: $host: connection refused, after 2 tries (retryable)"
expect 0 "which are nobody's fault offline" verify --offline
says "8 registry records are not at hand: verify once without --offline"
rm -f "$HOME/.npmrc"
finish
