#!/bin/sh
# The fleet's gaps: what could not be read leaves what was known, and clears nobody.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_STORE=$TEST_TMP/fleet.db
export ASSAY_STORE
# locked FOLDER VERSION: a project whose lockfile has minimist in VERSION; wanting FOLDER RANGE: one without a lockfile
wanting() {
	mkdir -p "$1"
	echo "{\"name\":\"p\",\"version\":\"1.0.0\",\"dependencies\":{\"minimist\":\"$2\"}}" >"$1/package.json"
}
locked() {
	wanting "$1" '*'
	printf '{"name":"p","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"p","version":"1.0.0","dependencies":{"minimist":"*"}},\n"node_modules/minimist":{"version":"%s"}}}\n' "$2" >"$1/package-lock.json"
}
top=$TEST_TMP/src

# ---- a package.json without a lockfile that cannot be read any more: what it asked for stands, and it is a gap
wanting "$top/loose" '^0.0.8'
"$assay" fleet add "$top/loose" >/dev/null 2>&1
expect 0 "it is read" "$assay" fleet scan
expect 3 "it could have it" "$assay" who minimist@0.0.8
says "1 could have it"
echo '{"dependencies":' >"$top/loose/package.json"
expect 3 "it cannot be read" "$assay" fleet scan
tells "loose: package.json could not be read"
expect 3 "it still could have it" "$assay" who minimist@0.0.8 --gaps
says "1 could have it"
says "package.json could not be read"
wanting "$top/loose" '^2.0.0'
expect 0 "it is mended" "$assay" fleet scan
expect 3 "and asks for another one" "$assay" who minimist@0.0.8
hides "could have it"
expect 0 "it leaves" "$assay" fleet remove loose

# ---- whose it is stays known while CODEOWNERS cannot be read
locked "$top/owned" 1.2.8
echo '* @pay' >"$top/owned/CODEOWNERS"
"$assay" fleet add "$top/owned" >/dev/null 2>&1
expect 0 "read" "$assay" fleet scan
rm "$top/owned/CODEOWNERS" && mkdir "$top/owned/CODEOWNERS"
locked "$top/owned" 1.2.7
expect 3 "owners that cannot be read" "$assay" fleet scan
expect 1 "are those that were" "$assay" who minimist@1.2.7 --owner @pay --format csv
says '@pay","CODEOWNERS"'
rmdir "$top/owned/CODEOWNERS" && echo '* @shop' >"$top/owned/CODEOWNERS"
expect 0 "and others once they can" "$assay" fleet scan
expect 1 "these" "$assay" who minimist@1.2.7 --owner @shop --format csv
says '@shop","CODEOWNERS"'
rm "$top/owned/CODEOWNERS"
expect 0 "or none" "$assay" fleet scan
expect 1 "nobody's" "$assay" who minimist@1.2.7 --format csv
hides '@shop'
expect 0 "it leaves" "$assay" fleet remove owned

# ---- a folder that cannot be listed is a gap, and no lockfile
locked "$top/dark" 1.2.8
locked "$top/dark/deep/inside" 1.2.8
command -v git >/dev/null 2>&1 && (cd "$top/dark" && git init -q . && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm one)
"$assay" fleet add "$top/dark" >/dev/null 2>&1
expect 0 "read" "$assay" fleet scan
if can_restrict && command -v git >/dev/null 2>&1; then
	chmod 0 "$top/dark/deep/inside"
	expect 3 "a folder that cannot be listed" restricted "$assay" fleet scan
	tells "dark: deep/inside could not be read"
	expect 0 "is no lockfile" "$assay" fleet findings --rule lockfile-invalid --format csv
	hides "inside"
	expect 1 "what was in it is known" "$assay" who minimist@1.2.8 --format csv
	says '"deep/inside/package-lock.json"'
	expect 1 "by its history" "$assay" who minimist@1.2.8 --history
	says " of 2 histories"
	chmod 755 "$top/dark/deep/inside"
else
	skip "a folder that cannot be listed" "no right to give up rights, or no git"
fi
finish
