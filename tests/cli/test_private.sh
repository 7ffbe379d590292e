#!/bin/sh
# A private package that shares its name with public malware: who may declare it private, and what the reports say.
. "$ASSAY_ROOT/tests/cli/lib.sh"
npm_config_globalconfig=/nowhere
export npm_config_globalconfig
mkdir records
printf '{"id":"MAL-2026-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"@acme/a"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}' >records/1.json
printf '{"id":"MAL-2026-2","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}' >records/2.json
"$assay" db import --quiet --db "$TEST_TMP/osv.db" records || fail "import"
scan() { "$assay" scan --db "$TEST_TMP/osv.db" --as-of 2026-01-02 "$@"; }
empty
echo '{"name":"x","version":"1.0.0","dependencies":{"@acme/a":"1.0.0"}}' >package.json
printf '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0","dependencies":{"@acme/a":"1.0.0"}},"node_modules/@acme/a":{"version":"1.0.0","resolved":"https://npm.acme.example/@acme/a/-/a-1.0.0.tgz","integrity":"sha512-%086d=="}}}\n' 0 >package-lock.json

expect 1 "another host in the lockfile is no declaration" scan
says "MAL-2026-1"
says "untrusted-registry"
says "HELD BACK"
says "x@1.0.0 (malware): it is this project itself"

echo "@acme:registry=https://npm.acme.example/" >.npmrc
expect 1 "the project's own .npmrc is none either" scan
echo "@acme:registry=$PUBLIC_REGISTRY" >"$HOME/.npmrc"
rm .npmrc
expect 1 "the public registry is none" scan
echo "@acme:registry=https://npm.acme.example/" >"$HOME/.npmrc"
expect 0 "the user's .npmrc is one" scan
says "MAL-2026-1          @acme/a@1.0.0 (malware): private: @acme is bound to https://npm.acme.example/ in .npmrc"
expect 0 "in JSON" scan -f json
says '"why":	"private: @acme is bound to'
rm "$HOME/.npmrc"

echo '{"registries": {"@acme": "public", "*": "https://npm.acme.example/"}}' >assay.policy.json
expect 1 "an unscoped registry stands for the public one" scan
echo '{"registries": {"@acme": "https://npm.acme.example/"}}' >assay.policy.json
expect 0 "the policy binds the scope" scan
says "private: @acme is bound to https://npm.acme.example/ in the policy"

# ---- the policy's own records: for one scan, and for private names too
mkdir own
printf '{"id":"ACME-1","modified":"2026-01-01T00:00:00Z","published":"2026-01-02T00:00:00Z","database_specific":{"severity":"HIGH"},"affected":[{"package":{"ecosystem":"npm","name":"@acme/a"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.1"}]}]}]}' >own/1.json
printf '{"id":"ACME-2","modified":"2026-01-01T00:00:00Z","withdrawn":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"@acme/a"},"versions":["1.0.0"]}]}' >own/2.json
before=$(sha256sum "$TEST_TMP/osv.db")
echo '{"registries": {"@acme": "https://npm.acme.example/"}, "advisories": ["own"]}' >assay.policy.json
expect 1 "a record of the policy" scan
says "ACME-1"
hides "ACME-2"
says "MAL-2026-1          @acme/a@1.0.0 (malware): private"
expect 0 "which was published later" scan --as-of 2026-01-01
hides "ACME-1"
is "$(sha256sum "$TEST_TMP/osv.db")" "$before" "the database is as it was"
expect 0 "policy show" "$assay" policy show
says "own"
echo '{"id":"ACME-3"}' >own/3.json
expect 2 "a broken one" scan
tells "own/3.json: "
rm own/*
expect 2 "a folder of none" scan
tells "no advisory in it"
echo '{"advisories": ["nowhere"]}' >assay.policy.json
expect 2 "a path that leads nowhere" scan
tells "line 1, column 17: \"nowhere\": there is no such file or folder"
finish
