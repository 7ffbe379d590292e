#!/bin/sh
# What the registry itself says of a version, from end to end: a poisoned lockfile, what was taken back, how old, by whom, and what is kept.
. "$ASSAY_ROOT/tests/cli/lib.sh"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" || echo "not ok - import"
verify() { "$assay" verify --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --no-progress "$@"; }
forget() { rm -rf "${XDG_CACHE_HOME:?}/assay"; : >"$TEST_TMP/log"; }
asked() { is "$(grep -c "^GET $1 " "$TEST_TMP/log")" "$2" "asked $2 times: $1"; }
no_proxy='*' npm_config_globalconfig=/nowhere npm_config_cache="$TEST_TMP/npm" npm_config_fetch_retries=2 npm_config_fetch_retry_mintimeout=1
export no_proxy npm_config_globalconfig npm_config_cache npm_config_fetch_retries npm_config_fetch_retry_mintimeout

served=$TEST_TMP/registry
mkdir -p "$TEST_TMP/pack/package"
publish() { # NAME VERSION
	mkdir -p "$served/$1/-"
	echo '{"name":"'"$1"'","version":"'"$2"'"}' >"$TEST_TMP/pack/package/package.json"
	tar -C "$TEST_TMP/pack" -czf "$served/$1/-/${1#*/}-$2.tgz" package
}
publish @acme/a 1.0.0
publish a 1.0.0
cat >"$TEST_TMP/rules" <<'RULES'
GET /busy/1.0.0 429 times=1
GET /late/-/late-1.0.0.tgz 503 times=1
GET /sick/1.0.0 503
GET /gone/1.0.0 404
GET /gone 404
GET /noversions/1.0.0 405
GET /locked/1.0.0 401
GET /locked 401
GET /locked/* file
GET /page/1.0.0 garbage
GET /endless/1.0.0 endless
GET /tagged/1.0.0 file etag=auto
GET /moved/1.0.0 redirect http://localhost:@PORT@/elsewhere/moved
RULES
mkfifo "$TEST_TMP/in"
"$ASSAY_BUILD/tools/registry" "$served" "$TEST_TMP/rules" "$TEST_TMP/log" <"$TEST_TMP/in" >"$TEST_TMP/port" &
exec 9>"$TEST_TMP/in"
wait_for [ -s "$TEST_TMP/port" ]
registry=http://127.0.0.1:$(cat "$TEST_TMP/port")/
echo "registry=$registry" >"$HOME/.npmrc"

project_of() { # NAME INTEGRITY
	empty
	echo '{"name":"x","version":"1.0.0","dependencies":{"'"$1"'":"1.0.0"}}' >package.json
	printf '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0","dependencies":{"%s":"1.0.0"}},"node_modules/%s":{"version":"1.0.0","integrity":"%s"}}}\n' "$1" "$1" "$2" >package-lock.json
}
digest_of() { # NAME: in base64, without openssl: from what assay itself says of a wrong one
	project_of "$1" "sha512-$(printf '%086d' 0)=="
	verify -v >"$out" 2>&1
	grep -o 'got sha512-[^ ]*' "$out" | head -1 | cut -d' ' -f2
}

# ---- sent elsewhere: to a host that the policy names, and to no other
publish moved 1.0.0
mkdir -p "$served/elsewhere" && echo '{"name":"moved","version":"1.0.0"}' >"$served/elsewhere/moved"
project_of moved "$(digest_of moved)"
forget
verify >"$out" 2>&1
says "which is no allowed host"
asked /elsewhere/moved 0
echo '{"extends":["default"],"hosts":["'"${registry%/}"'","'"$(echo "${registry%/}" | sed 's/127.0.0.1/localhost/')"'"]}' >assay.policy.json
forget
verify >"$out" 2>&1
says "1 registry record compared with the lockfile (0 kept, 1 asked"
asked /elsewhere/moved 1

# ---- the usual
integrity=$(digest_of a)
project_of a "$integrity"
forget
expect 0 "it agrees" verify
says "1 registry record compared with the lockfile (0 kept, 1 asked)"
asked /a/1.0.0 1
asked /a 0
expect 0 "again" verify
says "(1 kept, 0 asked)"
asked /a/1.0.0 1
expect 0 "offline, from what is kept" verify --offline
says "(1 kept, 0 asked)"
rm "$XDG_CACHE_HOME/assay/registry.db"
expect 0 "offline without a record: no failure" verify --offline
says "1 registry record is not at hand"
expect 0 "and the coverage says so" verify --offline -f json
says '"why":	"offline"'
says '"absent":	1'
expect 3 "unless it is required" verify --offline -W registry-mismatch --policy "$(echo '{"require":["registry-mismatch"]}' >"$TEST_TMP/required.json"; echo "$TEST_TMP/required.json")"
says "registry-mismatch is required"
forget
project_of @acme/a "$(digest_of @acme/a)"
forget
expect 0 "a scope, escaped as npm does" verify
asked /@acme%2fa/1.0.0 1

# ---- a poisoned lockfile: other bytes, their URL and their digest
publish evil 1.0.0
poison=$(digest_of evil)
project_of a "$poison"
sed -i 's|"integrity"|"resolved":"'"$registry"'evil/-/evil-1.0.0.tgz","integrity"|' package-lock.json
forget
expect 1 "a poisoned lockfile" verify -v
says "registry-mismatch"
says "the lockfile pins $poison, the registry published $integrity"
hides "integrity-mismatch"

# ---- what is no longer there
publish gone 1.0.0
project_of gone "$(digest_of gone)"
forget
expect 1 "unpublished, though its bytes are to be had" verify
says "the registry does not have this version (any more): answered 404"
asked /gone 1
expect 1 "and for an hour nobody asks again" verify
asked /gone 1
publish @acme/gone 1.0.0
project_of @acme/gone "$(digest_of @acme/gone)"
rm "$served/@acme/gone/-/gone-1.0.0.tgz"
rm "$XDG_CACHE_HOME/assay/registry.db"
expect 1 "private, perhaps" verify
says "no login was sent, which a private package needs"
: >"$TEST_TMP/log"
expect 1 "that is asked again at once" verify
asked /@acme%2fgone/1.0.0 1
publish noversions 1.0.0
project_of noversions "$(digest_of noversions)"
forget
expect 0 "a registry without records of versions: the document tells" verify
says "1 registry record compared"
asked /noversions 1

publish lost 1.0.0
project_of lost "$(digest_of lost)"
rm "$served/lost/-/lost-1.0.0.tgz"
forget
expect 1 "unpublished, and its bytes with it" verify
asked /lost/-/lost-1.0.0.tgz 1
expect 1 "again" verify
says "the registry does not have this version (any more): it answered 404"
asked /lost/-/lost-1.0.0.tgz 1
asked /lost/1.0.0 1

# ---- a lockfile that pins nothing: the registry's own digest tells, and by it the bytes are found again
unpinned() { # NAME
	project_of "$1" none
	sed -i 's|,"integrity":"none"||' package-lock.json
	forget
}
# ---- at once: the record does not wait for the tarball, which needs a second try after a second
publish late 1.0.0
unpinned late
npm_config_fetch_retry_mintimeout=1000 expect 0 "both at once" verify -A integrity-missing
is "$(cut -d' ' -f2 "$TEST_TMP/log" | sed 's|.*/||' | tail -1)" late-1.0.0.tgz "the record was asked meanwhile"
asked /late/-/late-1.0.0.tgz 2
asked /late/1.0.0 1

publish bare 1.0.0
digest=$(digest_of bare)
unpinned bare
expect 0 "nothing pinned" verify -A integrity-missing -f json
says '"state":	"no-integrity"'
says '"digest":	"'"$digest"'"'
says '"source":	"registry"'
expect 0 "again" verify -A integrity-missing -f json
says '"state":	"no-integrity"'
says '"digest":	"'"$digest"'"'
says '"source":	"store"'
expect 0 "offline" verify -A integrity-missing --offline
hides "unreachable"
asked /bare/-/bare-1.0.0.tgz 1
rm -rf "$XDG_CACHE_HOME/assay/tarballs"
printf '{"name":"bare","version":"1.0.0","dist":{"integrity":"%s"}}' "$poison" >"$served/bare/1.0.0"
rm "$XDG_CACHE_HOME/assay/registry.db"
expect 1 "other bytes than were published" verify -A integrity-missing -v
says "the lockfile pins nothing; the bytes that were sent are $digest, the registry published $poison"
printf '{"name":"bare","version":"1.0.0","dist":{"integrity":"md5-XUFAKrxLKna5cZ2REBfFkg=="}}' >"$served/bare/1.0.0"
forget
expect 0 "a digest that is none" verify -A integrity-missing -f json
says '"why":	"no-common-digest"'

# ---- another registry's, and nobody's business
project_of a "$(digest_of a)"
sed -i 's|"integrity"|"resolved":"http://localhost:'"${registry##*:}"'a/-/a-1.0.0.tgz","integrity"|' package-lock.json
forget
mv "$served/a" "$served/hidden"
printf '{"mirrors":["http://localhost:%s"]}' "${registry##*:}" >"$TEST_TMP/mirror.json"
"$assay" verify --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --no-progress -f json --policy "$TEST_TMP/mirror.json" >"$out" 2>"$err"
says '"elsewhere":	1'
mv "$served/hidden" "$served/a"

# ---- deprecated since
publish old 1.0.0
integrity=$(digest_of old)
project_of old "$integrity"
forget
printf '{"name":"old","version":"1.0.0","deprecated":"use\\u001b[2J new","dist":{"integrity":"%s"}}' "$integrity" >"$served/old/1.0.0"
expect 0 "deprecated" verify -v
says 'deprecated: use\x1b[2J new'

mkdir -p "$TEST_TMP/pack/package"
echo '{"name":"old","version":"1.0.0","license":"MIT","deprecated":"by its own word"}' >"$TEST_TMP/pack/package/package.json"
tar -C "$TEST_TMP/pack" -czf "$served/old/-/old-1.0.0.tgz" package
printf '{"name":"old","version":"1.0.0","dist":{}}' >"$served/old/1.0.0"
project_of old "$(digest_of old)"
forget
expect 0 "not so by the registry, which has the last word" verify -v
hides "deprecated:"
rm "$XDG_CACHE_HOME/assay/registry.db"
expect 0 "by its own bytes, where there is no record" verify -v --offline
says "deprecated: by its own word"
verify --offline -f cyclonedx >"$out" 2>"$err"
says '"value":	"by its own word"'
says '"expression":	"MIT"'
verify --offline -f spdx >"$out" 2>"$err"
says '"comment":	"deprecated: by its own word"'
says '"licenseDeclared":	"MIT"'

# ---- bad answers
bad() { # NAME CODE TEXT
	publish "$1" 1.0.0
	integrity=$(digest_of "$1")
	project_of "$1" "$integrity"
	forget
	expect "$2" "bad: $1" verify
	says "$3"
}
bad busy 0 "1 registry record compared"
bad sick 3 "503 after 3 tries (retryable)"
says "record-unreachable"
bad locked 3 "answered 401: it wants a login, and none was sent; npm login, or _authToken for it in ~/.npmrc"
bad page 3 "answered with something else than a version's record"
bad endless 3 "larger than"
publish liar 1.0.0
printf '{"name":"other","version":"1.0.0","dist":{}}' >"$served/liar/1.0.0"
bad liar 3 "answered with the record of another package or version"
printf '{"name":"liar","version":"1.0.0"}' >"$served/liar/1.0.0"
bad liar 0 "1 without a digest"
expect 3 "out of reach, and known before" env npm_config_registry=http://127.0.0.1:1/ "$assay" verify --db "$TEST_TMP/osv.db" --no-progress --as-of 2026-11-23
says "record-unreachable"

# ---- dates and publishers
publish young 1.0.0
integrity=$(digest_of young)
project_of young "$integrity"
document() { # TIME PUBLISHER
	printf '{"name":"young","versions":{"0.9.0":{"name":"young","version":"0.9.0","_npmUser":{"name":"alice"},"maintainers":[{"name":"alice"},{"name":"bob"}]},"1.0.0":{"name":"young","version":"1.0.0","_npmUser":%s}},"time":%s}' \
		"$2" "$1" >"$served/young/document.json"
	forget
}
dates='{"created":"2020-01-01T00:00:00Z","0.9.0":"2020-01-01T00:00:00Z","1.0.0":"2026-11-22T23:11:00.000Z"}'
document "$dates" '{"name":"bob"}'
expect 0 "nobody asks for a date" verify
asked /young 0
expect 1 "too young" verify -D release-age
says "it was published 49 min ago, the policy asks for 1 d: the gate opens 2026-11-23T23:11:00Z"
asked /young 1
expect 1 "the date is kept" verify -D release-age -f json
asked /young 1
says '"published":	"2026-11-22T23:11:00Z"'
expect 0 "nobody asks, though it is kept" verify
hides "release-age"
expect 1 "a policy asks" verify --policy "$(echo '{"min_release_age":"1h","rules":{"release-age":"error"}}' >"$TEST_TMP/hour.json"; echo "$TEST_TMP/hour.json")"
says "the policy asks for 1 h"
expect 0 "old enough for half an hour" verify --policy "$(echo '{"min_release_age":"30m","rules":{"release-age":"error"}}' >"$TEST_TMP/half.json"; echo "$TEST_TMP/half.json")"
expect 1 "a day is a second too long" verify -D release-age --as-of 2026-11-23T23:10:59Z
expect 0 "a day" verify -D release-age --as-of 2026-11-23T23:11:00Z
expect 1 "somebody new" verify -D publisher-changed
says "published by bob, who published none of the versions before (0.9.0 was by alice) and was among its maintainers then"
document "$dates" '{"name":"GitHub Actions","trustedPublisher":{"id":"github"}}'
expect 1 "a workflow" verify -D publisher-changed
says "published by GitHub Actions (trusted publisher: github), who"
says "not among its maintainers"
document "$dates" '{"name":"alice"}'
expect 0 "the same as ever" verify -D publisher-changed
if command -v git >/dev/null 2>&1; then
	# A change that brings it: nobody waits for what is rid of a known problem.
	git() { command git -c user.name=a -c user.email=a@example.com -c init.defaultBranch=main -c commit.gpgsign=false "$@"; }
	cp package-lock.json new.json
	sed -i 's/"1.0.0","integrity":"[^"]*"/"0.9.0"/' package-lock.json
	mkdir -p own && printf '{"id":"OWN-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"young"},"versions":["0.9.0"]}]}' >own/OWN-1.json
	echo '{"advisories":["own"],"rules":{"vulnerability":"error"}}' >assay.policy.json
	git init -q . && git add -A && git commit -qm before
	mv new.json package-lock.json
	expect 0 "a young release that clears an error" verify -v --base HEAD
	says "the gate opens 2026-11-23T23:11:00Z; it clears OWN-1 of 0.9.0"
	sed -i 's/"error"/"warn"/' assay.policy.json && git add assay.policy.json && git commit -qm warn
	expect 1 "one that clears a warning" verify --base HEAD
	hides "it clears"
fi
document '{}' '{"name":"alice"}'
expect 3 "no date" verify -D release-age
says "release-date-unknown"
says "1 without a date"
document "$dates" null
expect 0 "no publisher" verify -D publisher-changed -f json
says '"why":	"publisher-not-given"'
echo 'not JSON' >"$served/young/document.json"
forget
expect 3 "no document" verify -D release-age
says "the package's document: answered with something else than a package's document"

# ---- what --omit leaves out is not fetched, unless an organisation wants it looked at
integrity=$(digest_of a)
project_of a "$integrity"
sed -i 's/"dependencies":/"devDependencies":/' package.json package-lock.json
sed -i 's/"version":"1.0.0","integrity"/"version":"1.0.0","dev":true,"integrity"/' package-lock.json
forget
expect 0 "nothing but what is left out" verify --omit dev --format json
says '"why":	"omitted"'
verify --omit dev >"$out" 2>"$err"
says "NOT LOOKED AT   1 package that --omit leaves out"
asked /a/1.0.0 0
asked /a/-/a-1.0.0.tgz 0
echo '{"rules":{"integrity-mismatch":"error"},"locked":["integrity-mismatch"]}' >"$TEST_TMP/org.json"
expect 0 "a floor" verify --omit dev --org-policy "$TEST_TMP/org.json"
says "1 package's bytes match"
asked /a/-/a-1.0.0.tgz 1

# ---- the cache
project_of @acme/a "$(digest_of @acme/a)"
forget
expect 0 "asked" verify
expect 0 "shown" "$assay" cache status
says "registry    $XDG_CACHE_HOME/assay/registry.db"
says "records     1, "
expect 0 "pruned" "$assay" cache prune --max 0
says "records     0, 0.0 MB"
says "removed     1"
echo garbage >"$XDG_CACHE_HOME/assay/registry.db"
expect 3 "status of a damaged one" "$assay" cache status
expect 0 "which verify begins anew" verify
quiet_err
expect 0 "and fills" "$assay" cache status
says "records     1, "
forget
mkdir -p "$XDG_CACHE_HOME/assay/registry.db"
expect 0 "one that cannot be written fails nothing" verify
tells "the registry's answers are not kept"
forget
writers=
for i in 1 2 3 4 5 6; do
	verify -q >"$TEST_TMP/many.$i" 2>&1 </dev/null &
	writers="$writers $!"
done
for i in $writers; do wait "$i"; done
is "$(cat "$TEST_TMP"/many.? | grep -c '^PASS')" 6 "six at once"
expect 0 "and one file" "$assay" cache status
says "records     1, "
rm -f "$HOME/.npmrc"
exec 9>&-
finish
