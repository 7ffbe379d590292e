#!/bin/sh
# Registries from end to end: whose login goes where, what an .npmrc of a pull request gets, TLS by cafile and client certificate.
. "$ASSAY_ROOT/tests/cli/lib.sh"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" || echo "not ok - import"
again() { "$assay" verify --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --no-progress "$@"; }
verify() { # from the registry, whatever was kept
	rm -rf "${XDG_CACHE_HOME:?}/assay/tarballs"
	"$assay" verify --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --no-progress "$@"
}
no_proxy='*' npm_config_globalconfig=/nowhere
export no_proxy npm_config_globalconfig

# A tarball as npm makes them, and a registry that wants a login for it.
mkdir -p "$TEST_TMP/pack/package" "$TEST_TMP/registry/@acme/a/-"
echo '{"name":"@acme/a","version":"1.0.0"}' >"$TEST_TMP/pack/package/package.json"
tar -C "$TEST_TMP/pack" -czf "$TEST_TMP/registry/@acme/a/-/a-1.0.0.tgz" package
printf 'GET /@acme/* login Bearer,t0k\n' >"$TEST_TMP/rules"
mkfifo "$TEST_TMP/in"
"$ASSAY_BUILD/tools/registry" "$TEST_TMP/registry" "$TEST_TMP/rules" "$TEST_TMP/log" <"$TEST_TMP/in" >"$TEST_TMP/port" &
exec 9>"$TEST_TMP/in"
wait_for [ -s "$TEST_TMP/port" ]
port=$(cat "$TEST_TMP/port")

project_of() { # the integrity
	empty
	echo '{"name":"x","version":"1.0.0","dependencies":{"@acme/a":"1.0.0"}}' >package.json
	printf '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0","dependencies":{"@acme/a":"1.0.0"}},"node_modules/@acme/a":{"version":"1.0.0","integrity":"%s"}}}\n' "$1" >package-lock.json
}
# The digest in base64 without openssl: from what assay itself says of a wrong one.
echo "@acme:registry=http://127.0.0.1:$port/
//127.0.0.1:$port/:_authToken=t0k" >"$HOME/.npmrc"
project_of "sha512-$(printf '%086d' 0)=="
expect 1 "other bytes" verify -v
integrity=$(grep -o 'got sha512-[^ ]*' "$out" | head -1 | cut -d' ' -f2)
project_of "$integrity"

# ---- a private package without a URL in the lockfile
expect 0 "the scope's registry, with its login" verify
says "1 package"
hides "t0k"
expect 0 "json" verify -f json
hides "t0k"
is "$(grep -c "GET /@acme/a/-/a-1.0.0.tgz.*Bearer t0k" "$TEST_TMP/log")" 3 "the login was sent"
expect 0 "offline, from the store" again --offline
says "1 from assay's store"
mkdir -p "$TEST_TMP/broken" && : >"$TEST_TMP/broken/tarballs"
expect 0 "a store that cannot be written fails nothing" verify --cache-dir "$TEST_TMP/broken"
tells "the tarballs are not kept"
echo "@acme:registry=http://127.0.0.1:$port/" >"$HOME/.npmrc"
expect 3 "without a login" verify
says "127.0.0.1:$port answered 401: it wants a login, and none was sent; npm login, or _authToken for it in ~/.npmrc"
hides "unpublished"

# ---- what a pull request may not have
: >"$HOME/.npmrc"
NPM_TOKEN=t0k
export NPM_TOKEN
printf '@acme:registry=http://127.0.0.1:%s/\n//127.0.0.1:%s/:_authToken=${NPM_TOKEN}\n' "$port" "$port" >.npmrc
: >"$TEST_TMP/log"
expect 3 "a project's file asks for a variable" verify
says "npmrc"
says ".npmrc:2"
hides "t0k"
is "$(grep -c Authorization "$TEST_TMP/log")" 0 "nothing was sent"
echo '{"registries":{"@acme":"http://127.0.0.1:'"$port"'/"}}' >assay.policy.json
expect 3 "a policy that comes with the project vouches for nobody" verify
is "$(grep -c Authorization "$TEST_TMP/log")" 0 "nothing was sent"
mv assay.policy.json "$TEST_TMP/policy.json"
expect 0 "a policy that the command line names does" verify --policy "$TEST_TMP/policy.json"
echo "@acme:registry=http://127.0.0.1:$port/" >"$HOME/.npmrc"
expect 0 "the user's own file does" verify
expect 0 "scan tells of it without asking anybody" "$assay" scan --db "$TEST_TMP/osv.db" --as-of 2026-11-23
: >"$HOME/.npmrc"
"$assay" scan -v --db "$TEST_TMP/osv.db" --as-of 2026-11-23 >"$out" 2>"$err"
says "sent to 127.0.0.1:$port"
echo '@acme:registry=http://npm.acme.example/' >.npmrc
expect 3 "a project's file cannot turn to plain http" verify
tells "plain http"
rm .npmrc

# ---- TLS
if command -v openssl >/dev/null 2>&1; then
	cd "$TEST_TMP/registry" || exit 1
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$TEST_TMP/key.pem" -out "$TEST_TMP/cert.pem" -days 2 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost >/dev/null 2>&1
	serve_tls() { # OPTION…: leaves its port in $port
		rm -f "$TEST_TMP/tls" # the one before has its line in it
		openssl s_server -accept 0 -cert "$TEST_TMP/cert.pem" -key "$TEST_TMP/key.pem" -HTTP "$@" <"$TEST_TMP/in" >"$TEST_TMP/tls" 2>&1 &
		server=$!
		wait_for grep -q '^ACCEPT ' "$TEST_TMP/tls"
		port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$TEST_TMP/tls")
	}
	# s_server -HTTP sends files as they are: each begins with its own head.
	{ printf 'HTTP/1.0 200 OK\r\nContent-Type: x\r\n\r\n'; cat "$TEST_TMP/registry/@acme/a/-/a-1.0.0.tgz"; } >"$TEST_TMP/whole"
	mv "$TEST_TMP/whole" "$TEST_TMP/registry/@acme/a/-/a-1.0.0.tgz"
	mkdir -p "@acme%2fa"
	printf 'HTTP/1.0 200 OK\r\nContent-Type: x\r\n\r\n{"name":"@acme/a","version":"1.0.0","dist":{"integrity":"%s"}}' "$integrity" >"@acme%2fa/1.0.0"
	serve_tls
	project_of "$integrity"
	ours="@acme:registry=https://localhost:$port/"
	echo "$ours" >"$HOME/.npmrc"
	expect 3 "a certificate of nobody's" verify
	says "certificate not trusted"
	says "set cafile in ~/.npmrc"
	printf '%s\ncafile=%s\n' "$ours" "$TEST_TMP/cert.pem" >"$HOME/.npmrc"
	expect 0 "cafile" verify
	printf '%s\nca="%s"\n' "$ours" "$(awk '{ printf "%s\\n", $0 }' "$TEST_TMP/cert.pem")" >"$HOME/.npmrc"
	expect 0 "ca" verify
	printf '%s\nstrict-ssl=false\n' "$ours" >"$HOME/.npmrc"
	expect 0 "strict-ssl=false" verify
	says "nobody proves to be the registry"
	printf '%s\n//localhost:%s/:_authToken=t0k\n' "$ours" "$port" >"$HOME/.npmrc"
	echo 'strict-ssl=false' >.npmrc
	expect 3 "a project's strict-ssl=false does not count where a login goes" verify
	says "certificate not trusted"
	rm .npmrc
	kill "$server"
	# Another host's certificate, and one that has run out: of an authority that is trusted.
	bad_tls() { # NAME TEXT
		mv "$TEST_TMP/cert.pem" "$TEST_TMP/kept.pem" && mv "$TEST_TMP/$1.pem" "$TEST_TMP/cert.pem"
		cd "$TEST_TMP/registry" || exit 1
		serve_tls
		project_of "$integrity"
		printf '@acme:registry=https://localhost:%s/\ncafile=%s\n' "$port" "$TEST_TMP/cert.pem" >"$HOME/.npmrc"
		expect 3 "$1" verify
		says "localhost:$port: certificate not trusted: "
		says "$2"
		echo 'strict-ssl=false' >>"$HOME/.npmrc"
		expect 0 "$1, and nobody looks" verify
		kill "$server"
		mv "$TEST_TMP/kept.pem" "$TEST_TMP/cert.pem"
	}
	sign_tls() { # NAME DAYS HOST
		printf 'subjectAltName=DNS:%s\n' "$3" >"$TEST_TMP/ext"
		openssl req -new -key "$TEST_TMP/key.pem" -subj "/CN=$3" -out "$TEST_TMP/request" >/dev/null 2>&1 &&
			openssl x509 -req -in "$TEST_TMP/request" -signkey "$TEST_TMP/key.pem" -days "$2" -extfile "$TEST_TMP/ext" -out "$TEST_TMP/$1.pem" >/dev/null 2>&1
	}
	if sign_tls another-host 2 other.example; then bad_tls another-host "subject name"; else skip "another host" "this openssl"; fi
	if sign_tls expired -1 localhost; then bad_tls expired "expired"; else skip "expired" "this openssl"; fi
	cd "$TEST_TMP/registry" || exit 1
	serve_tls -Verify 1 -CAfile "$TEST_TMP/cert.pem"
	project_of "$integrity"
	ours="@acme:registry=https://localhost:$port/
cafile=$TEST_TMP/cert.pem"
	echo "$ours" >"$HOME/.npmrc"
	expect 3 "a registry that wants a client certificate" verify
	# s_server may end after a handshake that failed: another one for what comes.
	kill "$server" 2>/dev/null
	cd "$TEST_TMP/registry" || exit 1
	serve_tls -Verify 1 -CAfile "$TEST_TMP/cert.pem"
	project_of "$integrity"
	ours="@acme:registry=https://localhost:$port/
cafile=$TEST_TMP/cert.pem"
	printf '%s\n//localhost:%s/:certfile=%s\n//localhost:%s/:keyfile=%s\n' "$ours" "$port" "$TEST_TMP/cert.pem" "$port" "$TEST_TMP/key.pem" >"$HOME/.npmrc"
	expect 0 "certfile and keyfile" verify
	kill "$server"
else
	skip "TLS" "no openssl"
fi
rm -f "$HOME/.npmrc"
exec 9>&-
finish
