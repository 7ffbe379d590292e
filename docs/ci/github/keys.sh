#!/bin/sh
# The first step of action.yml: where the program and its cache lie on this runner, and which caches are theirs.
set -eu
{
	echo "program=$RUNNER_TEMP/assay"
	echo "cache=$RUNNER_TEMP/assay-cache"
	echo "sources=$("$GITHUB_ACTION_PATH/../build.sh" --key)"
	echo "day=$(date -u +%Y-%m-%d)"
} >>"$GITHUB_OUTPUT"
