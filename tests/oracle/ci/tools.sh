#!/bin/sh
# tools.sh: installs what looks at docs/ci, once for as long as package.json stays as it is, and prints its folder; nothing where that cannot be.
# Of gitlab-ci-local only GitLab's schema is wanted, and not the hundred packages it needs to run.
set -u
here=$ASSAY_ROOT/tests/oracle/ci
tools=$ASSAY_ORACLE/ci
if ! cmp -s "$here/package.json" "$tools/package.json"; then
	rm -rf "$tools"
	mkdir -p "$tools/new" && cp "$here/package.json" "$tools/new/" && cd "$tools/new" || exit 0
	HOME=$ASSAY_HOME
	export HOME
	schema=$(sed -n 's/.*"\(gitlab-ci-local\)": "\(.*\)".*/\1@\2/p' package.json)
	npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error >&2 &&
		npm pack --silent "$schema" >packed && tar -xzOf "$(cat packed)" package/src/schema/schema.json >node_modules/gitlab-ci.schema.json &&
		mv node_modules ../node_modules && mv package.json ../package.json
	rm -rf "$tools/new"
fi
[ ! -f "$tools/package.json" ] || echo "$tools"
