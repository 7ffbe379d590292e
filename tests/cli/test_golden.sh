#!/bin/sh
# What people see, word for word: each tests/cli/golden/NAME.txt begins with "$ COMMAND", then its output and "exit N".
# GOLDEN=update rewrites the files; read the difference before you commit it.
. "$ASSAY_ROOT/tests/cli/lib.sh"
golden=$ASSAY_ROOT/tests/cli/golden
mkdir records
for id in GHSA-4hjh-wcwx-xvwj GHSA-wf5p-g6vw-rhxx GHSA-35jh-r3h4-6jhm GHSA-29mw-wpgm-hmr9 GHSA-xvch-5gv4-984h GHSA-vh95-rmgr-6w4m; do
	cp "$ASSAY_ROOT/advisories/osv/$id.json" records/
done
cp "$ASSAY_ROOT/fixtures/advisories/scan/"*.json records/
"$assay" db import --quiet --db "$TEST_TMP/golden.db" records
PATH=$ASSAY_BUILD:$PATH ASSAY_DB=$TEST_TMP/golden.db ASSAY_AS_OF=2026-11-23
export PATH ASSAY_DB ASSAY_AS_OF
for file in "$golden"/*.txt; do
	command=$(sed -n '1s/^\$ //p' "$file")
	name=$(basename "$file" .txt)
	project "${name%%-*}"
	{
		echo "\$ $command"
		sh -c "$command" 2>&1
		echo "exit $?"
	} | sed "s|$TEST_TMP|TMP|g; s|$ASSAY_ROOT|ROOT|g; s|\(first.seen[^2]*\)20[-0-9T:Z]*|\1TODAY|" >"$TEST_TMP/actual"
	if [ "${GOLDEN:-}" = update ]; then cp "$TEST_TMP/actual" "$file"; fi
	if cmp -s "$file" "$TEST_TMP/actual"; then pass "$name"; else fail "$name" "$(diff -u "$file" "$TEST_TMP/actual" | head -60)"; fi
done
finish
