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
	return next(name && missing && strncmp(name, missing, strlen(missing)) == 0 ? "libmissing.so.1" : name, flags);
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
expect 3 "no verdict without libcurl" without libcurl "$assay" scan --as-of 2026-11-23
tells "libcurl cannot be used: libmissing.so.1"
finish
