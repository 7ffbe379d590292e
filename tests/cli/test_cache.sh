#!/bin/sh
# cache status and cache prune.
. "$ASSAY_ROOT/tests/cli/lib.sh"
store=$TEST_TMP/cache/tarballs
expect 0 "status of nothing" "$assay" cache status --cache-dir "$TEST_TMP/cache"
says "store       $store"
says "tarballs    0, 0.0 MB"
says "remembered  0 inspections, 0.0 MB"
if [ -e "$TEST_TMP/cache" ]; then fail "status makes no folder"; else pass "status makes no folder"; fi
name=$(printf '%0126d' 0)
mkdir -p "$store/sha512/00"
head -c 3000000 /dev/zero >"$store/sha512/00/$name"
echo precious >"$store/precious"
expect 0 "status" "$assay" cache status --cache-dir "$TEST_TMP/cache"
says "tarballs    1, 3.0 MB"
expect 0 "prune within the size" "$assay" cache prune --cache-dir "$TEST_TMP/cache"
says "tarballs    1, 3.0 MB"
expect 0 "3M is enough" "$assay" cache prune --max 3M --cache-dir "$TEST_TMP/cache"
says "tarballs    1, 3.0 MB"
expect 0 "2M is not" env ASSAY_CACHE_DIR="$TEST_TMP/cache" "$assay" cache prune --max 2M
says "tarballs    0, 0.0 MB"
says "removed     1, 3.0 MB"
is "$(cat "$store/precious")" precious "what is not the store's stays"
for size in x -1 5T 99999999999999999999 '' 99999999999999999G; do
	expect 2 "--max '$size'" "$assay" cache prune --max "$size" --cache-dir "$TEST_TMP/cache"
done
expect 2 "status has no --max" "$assay" cache status --max 1
expect 2 "cache alone" "$assay" cache
finish
