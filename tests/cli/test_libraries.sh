#!/bin/sh
# libarchive, libcurl and libgit2 come when something of them is needed. Where one is missing, what needs none of it works, and what does says so.
. "$ASSAY_ROOT/tests/cli/lib.sh"
. "$ASSAY_ROOT/tests/failing/lib.sh"
if command -v readelf >/dev/null; then
	is "$(readelf -d "$ASSAY_BUILD/bin/assay" | grep NEEDED | grep -E 'libarchive|libcurl|libgit2')" "" "none of them comes with the program"
fi
cat >"$TEST_TMP/missing.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
void *dlopen(const char *name, int flags)
{
	void *(*next)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
	const char *missing = getenv("MISSING");
	static int times;
	int hit = name && missing && strncmp(name, missing, strlen(missing)) == 0 && (!getenv("ONCE") || !times++);
	return next(hit ? "libmissing.so.1" : name, flags);
}
C
failing_build "missing libraries"
if ! ${CC:-cc} -shared -fPIC -w -o "$TEST_TMP/missing.so" "$TEST_TMP/missing.c" -ldl 2>"$err"; then
	skip "missing libraries" "nothing can be preloaded"
	finish
	exit
fi
without() { # LIBRARY COMMAND…
	MISSING=$1.so
	shift
	MISSING=$MISSING ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" LD_PRELOAD=$TEST_TMP/missing.so "$@"
}

project vulnerable
expect 0 "a list needs none of them" without lib "$assay" list
expect 1 "nor does a scan" without lib "$assay" scan --as-of 2026-11-23
expect 3 "tarballs need libarchive" without libarchive "$assay" verify --offline
tells "libarchive cannot be used: libmissing.so.1"
tells "install it, as in: apt install libarchive"
"$ASSAY_BUILD/tools/make_advisories" 10 all.zip
expect 0 "advisories" "$assay" db import --quiet --sandbox off --db new.db all.zip
expect 3 "they need it in this process too" without libarchive "$assay" db import --quiet --sandbox off --db none.db all.zip
tells "libarchive cannot be used: libmissing.so.1"
expect 3 "a download needs libcurl" without libcurl "$assay" db update --from http://127.0.0.1:1/ --db other.db
tells "libcurl cannot be used: libmissing.so.1"
git init -q . && git add -A && git -c user.name=a -c user.email=a@example.org commit -qm first
expect 3 "a change" "$assay" scan --as-of 2026-11-23 --base HEAD
says "NOT YOUR CHANGE"
expect 3 "a change needs libgit2" without libgit2 "$assay" scan --as-of 2026-11-23 --base HEAD
tells "libgit2 cannot be used: libmissing.so.1"
tells "install it, as in: apt install libgit2-"

# A URL that is read by libcurl's own parser: what cannot be read is not judged.
project clean
sed 's|"version": "\([^"]*\)",$|&"resolved":"https://npm.acme.example:8443/a/-/a-\1.tgz",|' package-lock.json >ported.json && mv ported.json package-lock.json
expect 1 "a registry that nobody knows" "$assay" scan --as-of 2026-11-23
says "https://npm.acme.example:8443"
# What could not be done for that says so and nothing else.
said_once() {
	tells "install it, as in: apt install libcurl"
	is "$(grep -c "libcurl cannot be used: libmissing.so.1" "$err")" 1 "it is said once"
	is "$(grep -cE 'memory|expected|must be' "$err")" 0 "and nothing that is not so"
}
expect 3 "no verdict without libcurl" without libcurl "$assay" scan --as-of 2026-11-23
said_once
expect 3 "a failure that does not last is told all the same" env ONCE=1 MISSING=libcurl.so ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" LD_PRELOAD="$TEST_TMP/missing.so" "$assay" scan --as-of 2026-11-23
said_once
expect 3 "nor are tarballs verified" without libcurl "$assay" verify --offline --no-cache
said_once
cp -r . "$TEST_TMP/later" && sed 's|:8443||' package-lock.json >"$TEST_TMP/later/package-lock.json"
expect 0 "two projects" "$assay" fleet add --store fleet.db . "$TEST_TMP/later"
expect 3 "a fleet's project has a gap" without libcurl "$assay" fleet scan --store fleet.db --jobs 1
tells "project: checking untrusted-registry: libcurl cannot be used: libmissing.so.1"
tells "2 projects in"
tells "1 changed, 0 as before, 1 with a gap" # the other one needs no libcurl
expect 0 "which is kept" "$assay" fleet list --store fleet.db --format json
says '"problem":	"checking untrusted-registry: libcurl cannot be used: libmissing.so.1'

project clean
echo 'registry=http://localhost:4873/' >.npmrc
expect 3 "a registry with a port" without libcurl "$assay" scan --as-of 2026-11-23
said_once
expect 3 "before a command" without libcurl "$assay" run echo ran
said_once
tells "echo was not run (exit 3)"
rm .npmrc

# Nothing is judged by a folder's commit.
git init -q . && git add -A && git -c user.name=a -c user.email=a@example.org commit -qm first
cp -r . "$TEST_TMP/twin"
expect 0 "two checkouts" "$assay" fleet add --store commits.db . "$TEST_TMP/twin"
expect 0 "a fleet is scanned without libgit2" without libgit2 "$assay" fleet scan --store commits.db
tells ": its commit is not known: libgit2 cannot be used: libmissing.so.1"
tells "install it, as in: apt install libgit2-"
is "$(grep -c libgit2 "$err")" 1 "it is said once"
expect 0 "and with it" "$assay" fleet scan --store commits.db
hides "its commit is not known"
"$assay" fleet list --store commits.db --format json >list.json
is "$(grep -c "\"commit\":	\"$(git rev-parse HEAD)\"" list.json)" 2 "the commits are known then"

# By what name a library is found says the one that the linker takes.
late() { (cd "$TEST_TMP/late" && "$ASSAY_ROOT/.ci/late" libcurl libz -- ${CC:-cc} "$@"); }
mkdir "$TEST_TMP/late" && echo 'int assay_none;' >"$TEST_TMP/late/none.c"
if command -v readelf >/dev/null; then
	(cd "$TEST_TMP/late" && mkdir other bare && for soname in libcurl-gnutls.so.4 libz.so.1; do
		to=other/${soname%%[-.]*}.so
		${CC:-cc} -shared -fPIC -nostdlib -Wl,-soname,"$soname" -o "$to" none.c
	done && cp other/libz.so bare && ${CC:-cc} -shared -fPIC -nostdlib -o bare/libcurl.so none.c)
	expect 0 "another flavour" late -Lother
	says "libcurl libcurl-gnutls.so.4 other/libcurl.so"
	says "libz libz.so.1 other/libz.so"
	expect 1 "one without a soname" late -Lbare
	tells "libcurl has no soname, by which the program would find it (bare/libcurl.so)"
	expect 1 "none at all" sh -c 'cd "$1" && shift && "$@"' sh "$TEST_TMP/late" "$ASSAY_ROOT/.ci/late" libassaynone -- ${CC:-cc}
	tells "libassaynone is not there to build with"
else
	skip "names of libraries" "no readelf"
fi
finish
