#!/bin/sh
# Every cap of include/assay/limits.h has a test that names it; and those of a program's own files, at the limit and one past it.
. "$ASSAY_ROOT/tests/cli/lib.sh"
limits=$ASSAY_ROOT/include/assay/limits.h

# ---- none is without a test
# Not named by a test, since who has it hands it on to something that takes any number and is tested with another one, at it and past it.
handed_on='
LIMIT_PROJECT_BYTES the ceiling of arenas: tests/base/test_base.c
LIMIT_TARBALL_PACKED_BYTES max_bytes of a request: tests/net/test_http.c, /most and /large
LIMIT_DOCUMENT_BYTES max_bytes of a request: tests/net/test_http.c, /most and /large
LIMIT_DUMP_PACKED_BYTES max_bytes of a request: tests/net/test_http.c, /most and /large
LIMIT_CHANGES_BYTES max_bytes of a request: tests/net/test_http.c, /most and /large
LIMIT_TARBALL_UNPACKED_BYTES struct inspect_limits: tests/tarball/test_inspect.c
LIMIT_TARBALL_ENTRIES struct inspect_limits: tests/tarball/test_inspect.c
LIMIT_WORKER_START_MS the time until a worker is there: tests/sandbox/test_sandbox.c
LIMIT_WORKER_MS the time of a task: tests/sandbox/test_sandbox.c
LIMIT_STORE_BYTES what a store may weigh: tests/tarball/test_store.c
LIMIT_NOTIFY_BYTES the maximum of a buffer: tests/base/test_base.c
LIMIT_NOTIFY_LOG_LINES the most news of a message: tests/fleet/test_notify.c
LIMIT_NOTIFY_CONNECT_MS the time of a connection: tests/net/test_http.c
LIMIT_NOTIFY_BACKOFF_MS the pause between tries: tests/net/test_http.c'
unnamed=
for name in $(sed -n 's/^#define \(LIMIT_[A-Z0-9_]*\).*/\1/p' "$limits"); do
	# shellcheck disable=SC2046
	if grep -qlw "$name" $(find "$ASSAY_ROOT/tests" -name '*.[ch]' ! -path '*/fuzz/*' ! -path '*/tools/*') || grep -qw "limit ${name#LIMIT_}" "$ASSAY_ROOT"/tests/cli/test_*.sh; then
		case $handed_on in *"
$name "*) fail "$name is named by a test now: take it out of the list" ;; esac
		continue
	fi
	case $handed_on in *"
$name "*) ;; *) unnamed="$unnamed $name" ;; esac
done
is "$unnamed" "" "each limit has a test"
for file in $(echo "$handed_on" | sed -n 's/.*\(tests[^,]*\).*/\1/p'); do
	[ -f "$ASSAY_ROOT/$file" ] || fail "$file is there"
done
unused=
for name in $(sed -n 's/^#define \(LIMIT_[A-Z0-9_]*\).*/\1/p' "$limits"); do
	grep -qrw "$name" "$ASSAY_ROOT/src" || unused="$unused $name"
done
is "$unused" "" "each limit has a use"

# limit NAME: its number.
limit() {
	expression=$(sed -n "s/^#define LIMIT_$1 *\([^/]*\).*/\1/p" "$limits" | sed 's/(uint64_t)//g; s/MIB/1048576/g; s/KIB/1024/g')
	echo $(($expression))
}
# pad FILE BYTES [CHARACTER]: to so many of them, with blanks or that character.
pad() {
	head -c $(($2 - $(wc -c <"$1"))) /dev/zero | tr '\0' "${3:- }" >"$TEST_TMP/padding"
	cat "$TEST_TMP/padding" >>"$1"
}

# ---- package.json
empty
printf '{"lockfileVersion":3,"packages":{"":{}}}' >package-lock.json
printf '{"name":"a"}' >package.json
pad package.json "$(limit MANIFEST_BYTES)"
"$assay" db import --quiet --db "$TEST_TMP/osv.db" "$ASSAY_ROOT/fixtures/advisories/scan" "$ASSAY_ROOT/advisories/osv"
expect 0 "a package.json as large as may be" "$assay" scan --db "$TEST_TMP/osv.db" --as-of 2026-11-23
echo >>package.json
expect 3 "one byte more" "$assay" scan --db "$TEST_TMP/osv.db" --as-of 2026-11-23
says "package.json: $(($(limit MANIFEST_BYTES) + 1)) bytes, more than the limit of $(limit MANIFEST_BYTES)"

# ---- and one that the system does not let be read: who holds it against the lockfile says so, and what to do
if can_restrict; then
	printf '{"name":"a"}' >package.json
	expect 0 "as long as it may be read" restricted "$assay" scan --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --format json
	hides '"unreadable-package-json"'
	chmod 0 package.json
	expect 3 "one that may not be read is no pass" restricted "$assay" scan --db "$TEST_TMP/osv.db" --as-of 2026-11-23 --format json
	says '"unreadable-package-json"'
	says '"let the package.json be read"'
	says "package.json: Permission denied"
else
	skip "a package.json that may not be read" "this user can read everything"
fi

# ---- a waiver's time
project vulnerable
days=$(limit WAIVER_DAYS)
expect 2 "a day more than a waiver may last" "$assay" waive GHSA-xvch-5gv4-984h --reason r --for $((days + 1))d --db "$TEST_TMP/osv.db" --as-of 2026-11-23
tells "at most $days days"
expect 0 "as long as it may" "$assay" waive GHSA-xvch-5gv4-984h --reason r --for "${days}d" --db "$TEST_TMP/osv.db" --as-of 2026-11-23

# ---- what a CI system writes about what it runs for
if command -v git >/dev/null 2>&1; then
	git() { GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null command git -c user.name=t -c user.email=t@example.com "$@"; }
	git init -q -b main . && git add . && git commit -qm one && echo x >second && git add . && git commit -qm two
	printf '{"before":"%s"}' "$(git rev-parse HEAD~1)" >"$TEST_TMP/event.json"
	pad "$TEST_TMP/event.json" "$(limit EVENT_BYTES)"
	ask() { env GITHUB_EVENT_NAME=push GITHUB_EVENT_PATH="$TEST_TMP/event.json" "$assay" scan --base auto --db "$TEST_TMP/osv.db" >"$out" 2>"$err"; }
	ask
	says "named by the workflow's event"
	echo >>"$TEST_TMP/event.json"
	ask
	hides "named by the workflow's event"
else
	skip "a CI system's event" "no git"
fi

# ---- an index file of npm's cache
empty
export HOME="$PWD/home"
index=$HOME/.npm/_cacache/index-v5/00/11
mkdir -p "$index"
printf '\n0\t{"key":"make-fetch-happen:request-cache:https://registry.test/a/-/a-1.0.0.tgz","integrity":"sha512-x","time":1}' >"$index/a"
pad "$index/a" "$(limit CACHE_INDEX_BYTES)" '\n'
look() { "$assay" who a@1.0.0 --machine --gaps --cache-dir "$TEST_TMP/cache" >"$out" 2>"$err" </dev/null; }
look
hides "00/11/a"
echo >>"$index/a"
look
says "00/11/a"
finish
