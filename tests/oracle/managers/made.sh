#!/bin/sh
# made.sh: has the package managers write lockfiles, once for as long as the scripts here stay as they are, and prints the folder that
# holds them. Where the managers cannot be installed it prints nothing.
set -u
here=$ASSAY_ROOT/tests/oracle/managers
tools=$ASSAY_ORACLE/managers
made=$ASSAY_ORACLE/made-$(cat "$here"/*.cjs "$here/package.json" | cksum | cut -d' ' -f1)
mkdir -p "$ASSAY_ORACLE"
exec 9>"$ASSAY_ORACLE/lock" && flock 9 # another test may want them at the same time
if ! cmp -s "$here/package.json" "$tools/package.json"; then
	rm -rf "$tools"
	mkdir -p "$tools/new" && cp "$here/package.json" "$tools/new/" &&
		(cd "$tools/new" && HOME=$ASSAY_HOME npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error) >&2 &&
		mv "$tools/new/node_modules" "$tools/node_modules" && mv "$tools/new/package.json" "$tools/package.json"
	rm -rf "$tools/new"
	[ -f "$tools/package.json" ] || exit 0
fi
if [ ! -d "$made" ]; then
	rm -rf "$ASSAY_ORACLE"/made-*
	MANAGERS=$tools node "$here/make.cjs" "$made.new" >&2 && mv "$made.new" "$made"
fi
[ -d "$made" ] && echo "$made"
