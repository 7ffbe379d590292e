#!/bin/sh
# What a CI job's key may run (authorized_keys: restrict,command="/usr/local/bin/assay-ingest"): one SBOM on standard input, for the project that
# the call names: ssh fleet@host ingest PROJECT BRANCH COMMIT DATE <bom.json
# Whoever has the key can say of any project of that kind what it likes: a key for each project, its name in place of $2, keeps them apart.
set -eu
# The words of the call, not evaluated: no blanks, no patterns.
set -f
# shellcheck disable=SC2086
set -- ${SSH_ORIGINAL_COMMAND:-}
if [ "$#" -ne 5 ] || [ "$1" != ingest ]; then
	echo "usage: ingest PROJECT BRANCH COMMIT DATE <bom.json" >&2
	exit 2
fi
# A moment's date with an offset is the same moment's in UTC.
date=$(date -u -d "$5" +%Y-%m-%dT%H:%M:%SZ)
exec "${ASSAY:-assay}" fleet ingest --project="$2" --branch="$3" --commit="$4" --date="$date" -- -
