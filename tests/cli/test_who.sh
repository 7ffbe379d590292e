#!/bin/sh
# who: folders, incident lists, git history, this machine.
. "$ASSAY_ROOT/tests/cli/lib.sh"
ASSAY_AS_OF=2026-11-23
export ASSAY_AS_OF
# gives EXPRESSION VALUE: of the JSON that the last command printed, as r; all are asked at once at the end.
asked=0
gives() {
	asked=$((asked + 1))
	cp "$out" "$TEST_TMP/asked/$asked.json"
	printf '%s' "$1" >"$TEST_TMP/asked/$asked.expression"
	printf '%s' "$2" >"$TEST_TMP/asked/$asked.value"
}
mkdir "$TEST_TMP/asked"
mkdir "$TEST_TMP/reports"
keep() { cp "$out" "$TEST_TMP/reports/$1"; }

# lock FOLDER AXIOS [ENTRY]: a project with that version of axios.
lock() {
	mkdir -p "$1"
	echo '{"name":"checkout","version":"1.0.0","dependencies":{"axios":"^1.13.0"}}' >"$1/package.json"
	printf '{"name":"checkout","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"checkout","version":"1.0.0","dependencies":{"axios":"^1.13.0"}},
"node_modules/axios":{"version":"%s","integrity":"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==","dependencies":{"plain-crypto-js":"^4.2.1"}}%s}}\n' "$2" "$3" >"$1/package-lock.json"
}
evil=',
"node_modules/plain-crypto-js":{"version":"4.2.1"}'

# ---- folders
empty
lock checkout 1.14.1 "$evil"
lock web 1.14.0
expect 1 "somebody has it" "$assay" who axios@1.14.1 plain-crypto-js@4.2.1
says "INVENTORY  2 projects: 2 read just now"
says "YES        1 has it now, 1 near miss"
says "  checkout  axios 1.14.1           prod"
says "checkout/package-lock.json:3"
says "checkout > axios@1.14.1 > plain-crypto-js@4.2.1"
says "NEAR MISS  other versions only: axios 1.14.0: --near"
says "exit 1"
quiet_err
mkdir -p checkout/.git loose
printf '* @all\npackage-lock.json @team-pay\n' >checkout/CODEOWNERS
echo '{"name":"loose","dependencies":{"axios":"^1.13.0"}}' >loose/package.json
echo '* @tools' >loose/CODEOWNERS
expect 1 "who answers for it" "$assay" who axios@1.14.1 --format csv
says '@team-pay","CODEOWNERS"'
says '@tools","CODEOWNERS"'
rm -r checkout/.git checkout/CODEOWNERS loose
expect 1 "near misses one by one" "$assay" who axios@1.14.1 --near
says "package.json asks ^1.13.0, which admits what is asked for"
expect 0 "nowhere" "$assay" who axios@1.12.0 'plain-crypto-js@<4' .
says "NO         nowhere, 3 near misses"
expect 0 "other names" "$assay" who chalk@5.6.1
says "NO         nowhere"
expect 1 "a range, a package URL, any version" "$assay" who 'axios@>=1.14.1 <1.14.3' web checkout
expect 1 "a package URL" "$assay" who pkg:npm/axios@1.14.0 ./web
expect 1 "any version" "$assay" who plain-crypto-js checkout/package-lock.json
expect 1 "as JSON" "$assay" who axios@1.14.1 --format json
keep now.json
gives 'r.schema' assay.who/1
gives 'r.now.map(e => [e.project, e.package, e.version].join()).join()' checkout,axios,1.14.1
gives 'r.near.map(e => e.project + e.version).join()' web1.14.0
gives 'r.inventory.complete' true
expect 1 "as CSV" "$assay" who axios@1.14.1 --format csv
says '"now","checkout","axios","1.14.1"'
expect 1 "into a file" "$assay" who axios@1.14.1 -o answer.txt
is "$(sed -n 2p answer.txt)" "YES        1 has it now, 1 near miss" "the file has it"
"$assay" who axios plain-crypto-js --format json -j1 >one 2>&1
"$assay" who plain-crypto-js axios --format json -j8 >many 2>&1
if cmp -s one many; then pass "the same bytes whatever the order"; else fail "the same bytes" "$(diff one many | head -5)"; fi

# ---- wrong calls
expect 2 "no target" "$assay" who
expect 2 "no target but a PATH" "$assay" who ./web
expect 2 "neither version nor range" "$assay" who axios@latest
tells "neither a version nor a range"
expect 2 "a PATH that is not there" "$assay" who axios ./nowhere
expect 2 "a format that is none" "$assay" who axios --format sarif
expect 2 "history of a machine" "$assay" who axios --machine --history
expect 2 "a list that is not there" "$assay" who --ioc nowhere.csv
expect 3 "an advisory that nobody knows" "$assay" who GHSA-0000-0000-0000
tells "knows no GHSA-0000-0000-0000"

# ---- advisories
mkdir osv
echo '{"schema_version":"1.6.0","id":"MAL-2026-1","modified":"2026-03-31T10:00:00Z","aliases":["CVE-2026-0001"],"affected":[{"package":{"ecosystem":"npm","name":"axios"},"versions":["1.14.1"]},{"package":{"ecosystem":"npm","name":"plain-crypto-js"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}' >osv/a.json
"$assay" db import --db own.db osv >/dev/null 2>&1
expect 1 "an advisory" "$assay" who MAL-2026-1 --db own.db --format json
keep advisory.json
gives 'r.now.map(e => e.package + e.asked).join()' axiosMAL-2026-1,plain-crypto-jsMAL-2026-1
expect 1 "its alias in small letters" "$assay" who cve-2026-0001 --db own.db
printf 'MAL-2026-1\n' >ids.txt
expect 1 "an advisory in a list" "$assay" who --ioc ids.txt --db own.db
rm -rf own.db osv

# ---- lists
printf '\357\273\277Package,Version,Date\r\naxios,1.14.1,2026-03-31\r\naxios,0.30.4,\r\nplain-crypto-js,4.2.1,\r\n\r\naxios,,\r\n???,1.0.0,\r\n' >axios.csv
expect 1 "a list" "$assay" who --ioc axios.csv . --format json
keep list.json
gives 'r.now.length' 2
gives 'r.now[0].asked' axios.csv:2
gives 'r.lists[0].notes.map(n => n.line + n.kind).join()' 6no-version,7not-understood
expect 1 "as text" "$assay" who --ioc axios.csv
says "IOC LIST   axios.csv: 5 lines read, 3 versions or ranges, 0 digests"
says 'line 6 "axios,," names no version: treated as near miss only'
says 'line 7 "???,1.0.0," is not understood: the name is none of a package'
expect 1 "from standard input" sh -c "echo axios@1.14.1 | '$assay' who --ioc - ."
printf 'nothing to see here\n' >prose.txt
expect 2 "a list that names nothing" "$assay" who --ioc prose.txt
tells "none of its lines was understood"
printf 'axios\n' >bare.txt
expect 0 "a list without versions finds near misses alone" "$assay" who --ioc bare.txt
says "2 near misses"
printf 'sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n' >digest.txt
expect 1 "a tarball by its digest" "$assay" who --ioc digest.txt checkout
says "axios 1.14.1"
printf '%064d  bundle.js\n' 1 >digest.txt
expect 3 "a file's digest is in no lockfile" "$assay" who --ioc digest.txt --gaps
says "NOT KNOWN  nowhere in what was looked at"
says "files were not looked at"
printf 'chalk@5.6.1\n\033[31mevil\033[0m@1.0.0\n' >hostile.txt
expect 0 "a hostile list" "$assay" who --ioc hostile.txt
says '\x1b[31mevil'
printf '{"a":1}' >list.json
expect 3 "JSON is no list" "$assay" who --ioc list.json
tells "it is JSON"

# ---- gaps
mkdir report-gen bad bun
echo '{"dependencies":{"axios":"^1.13.0","other":"1"},"devDependencies":{"http":"npm:axios@1.x","latest":"git+https://x.test/y"}}' >report-gen/package.json
echo '{' >bad/package-lock.json
: >bun/bun.lockb
rm -rf checkout
expect 3 "nobody as far as is known" "$assay" who axios@1.14.1 --gaps
says "NOT KNOWN  nowhere in what was looked at, 1 could have it, 1 near miss"
says "INVENTORY  4 projects: 1 read just now, 2 unreadable, 1 without a lockfile"
says "This answer leaves 3 gaps, and does not clear them: assay who --gaps"
says 'report-gen  axios "^1.13.0"'
says 'report-gen/package.json:1'
says "bad/package-lock.json: line 2, column 1"
says "what its dependencies bring along cannot be known"
expect 3 "as JSON" "$assay" who axios@1.14.1 --format json
keep gaps.json
gives 'r.could.map(e => e.package + e.range).join()' axios^1.13.0,axiosnpm:axios@1.x
gives 'r.gaps.map(g => g.kind).join()' unreadable,unsupported,no-lockfile
expect 3 "an empty folder is no answer" sh -c "mkdir empty && '$assay' who axios ./empty"
mkdir two
cp web/package.json web/package-lock.json two
printf 'axios@^1.13.0:\n  version "1.14.1"\n' >two/yarn.lock
expect 1 "of several lockfiles in a folder all are read" "$assay" who axios@1.14.1 two
says "two/yarn.lock:1"

# ---- what is asked for beside a lockfile that does not have it: the next install would bring it
empty
lock web 1.14.0
printf '{"name":"web","dependencies":{"axios":"^2.0.0",\n"fresh":"^2.0.0"},"devDependencies":{"http":"npm:real@1"},"peerDependencies":{"host":"1"}}' >web/package.json
expect 3 "the lockfile lacks it" "$assay" who fresh@2.1.0
says "NOT KNOWN  nowhere in what was looked at, 1 could have it"
says '  web       fresh "^2.0.0"'
says 'prod   web/package.json:2'
says 'the lockfile does not have that: the next install would bring it'
hides "GAPS"
hides "leaves"
expect 3 "as JSON" "$assay" who fresh@2.1.0 --format json
keep could.json
gives 'r.verdict + r.inventory.complete' unknowntrue
gives '[r.could[0].place, r.could[0].range, r.could[0].lockfile, r.could[0].line, r.could[0].scope].join()' 'manifest,^2.0.0,web/package.json,2,prod'
expect 3 "as CSV" "$assay" who fresh@2.1.0 --format csv
says '"could","web","fresh","","^2.0.0","prod","manifest","web/package.json","2"'
expect 3 "it has another version, which does not fit" "$assay" who axios@2.0.1
says "1 could have it, 1 near miss"
expect 3 "by another name" "$assay" who real@1.0.0
expect 0 "what the range does not admit" "$assay" who fresh@3.0.0
expect 3 "npm brings a peer of its own" "$assay" who host@1.0.0
says 'host "1"'
echo '{' >web/package.json
expect 3 "what cannot be read may ask for it" "$assay" who fresh@2.1.0 --gaps
says "unreadable  web/package.json"
says "package.json: line 2, column 1"
lock web 1.14.0
expect 0 "what it has for it is a near miss alone" "$assay" who axios@1.14.1

# ---- history
if command -v git >/dev/null 2>&1; then
	empty
	git() { command git -c user.name=a -c user.email=a@example.com -c init.defaultBranch=main -c commit.gpgsign=false "$@"; }
	commit() { command git add -A && GIT_COMMITTER_DATE="$1" GIT_AUTHOR_DATE="$1" git commit -qm "$1"; }
	mkdir checkout
	git init -q checkout
	cd checkout || exit 1
	printf 'axios@^1.0.0:\n  version "1.14.1"\n' >yarn.lock && commit 2026-03-01T10:00:00Z
	rm yarn.lock && lock . 1.14.0 && commit 2026-03-30T10:00:00Z
	lock . 1.14.1 "$evil" && commit 2026-03-31T00:52:00Z
	echo note >README && commit 2026-03-31T01:00:00Z
	lock . 1.14.0 && commit 2026-03-31T03:44:00Z
	lock . 1.14.2 && commit 2026-04-01T00:00:00Z
	expect 0 "without history nobody has it" "$assay" who axios@1.14.1
	expect 1 "somebody had it" "$assay" who axios@1.14.1 plain-crypto-js --history
	says "YES        2 had it"
	says "2026-03-31 00:52  $(git rev-parse HEAD~3 | cut -c1-10)  2026-03-31 03:44  $(git rev-parse HEAD~1 | cut -c1-10)"
	says "2026-03-01 10:00"
	expect 1 "as JSON" "$assay" who axios@1.14.1 plain-crypto-js --history --format json
	keep had.json
	gives 'r.had.map(e => e.package + e.version + e.since + "/" + e.until + e.lockfile).join(" ")' \
		"axios1.14.12026-03-31T00:52:00Z/2026-03-31T03:44:00Zpackage-lock.json axios1.14.12026-03-01T10:00:00Z/2026-03-30T10:00:00Zyarn.lock plain-crypto-js4.2.12026-03-31T00:52:00Z/2026-03-31T03:44:00Zpackage-lock.json"
	gives 'r.had[0].until_commit' "$(git rev-parse HEAD~1)"
	expect 1 "since when it is there" "$assay" who axios@1.14.2 --history --format json
	gives 'r.now[0].since + r.now[0].commit' "2026-04-01T00:00:00Z$(git rev-parse HEAD)"
	lock . 1.14.1
	expect 1 "what is not committed has no date" "$assay" who axios@1.14.1 --history --format json
	gives 'r.now[0].since' null
	expect 1 "what the last commit has and the folder lost" "$assay" who axios@1.14.2 --history
	says "the last commit has it, the lockfile in this folder does not"
	git checkout -q . && echo '{' >package-lock.json && commit 2026-04-02T00:00:00Z && lock . 1.14.2 && commit 2026-04-03T00:00:00Z
	expect 3 "a state that cannot be read is a gap" "$assay" who chalk@5.6.1 --history --gaps
	says "as it was from commit $(git rev-parse HEAD~1 | cut -c1-12) on"
	git clone -q --depth=2 "file://$PWD" ../shallow
	expect 3 "so is the end of a shallow clone" "$assay" who chalk@5.6.1 --history --gaps ../shallow
	says "the clone is shallow"
	mkdir ../sbom && cd ../sbom && git init -q .
	bom() { printf '{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library","name":"axios","version":"%s","purl":"pkg:npm/axios@%s"}]}\n' "$1" "$1" >bill.json; }
	bom 1.14.1 && commit 2026-03-31T00:52:00Z && bom 1.14.0 && commit 2026-03-31T03:44:00Z
	expect 1 "an SBOM, whatever it is called" "$assay" who axios@1.14.1 ./bill.json --history
	says "YES        1 had it, 1 near miss"
	says "2026-03-31 00:52  $(git rev-parse HEAD~1 | cut -c1-10)  2026-03-31 03:44  $(git rev-parse HEAD | cut -c1-10)"
	echo nothing >bill.json && commit 2026-04-01T00:00:00Z && bom 1.14.2 && commit 2026-04-02T00:00:00Z
	expect 3 "when it was none" "$assay" who chalk@5.6.1 ./bill.json --history --gaps
	says "bill.json is no lockfile of a kind that is known"
	cd ../checkout || exit 1
	rm -rf .git
	expect 3 "and a folder in no repository" "$assay" who chalk@5.6.1 --history --gaps ../checkout
	says "is in no git repository"
else
	skip "history" "no git"
fi

# ---- this machine: a home of our own; what the machine has besides is not looked at by name
empty
home=$TEST_TMP/project/home
mkdir -p "$home" && ln -s nowhere "$home/link"
unset XDG_CACHE_HOME XDG_DATA_HOME XDG_CONFIG_HOME PNPM_HOME YARN_CACHE_FOLDER YARN_GLOBAL_FOLDER BUN_INSTALL BUN_INSTALL_CACHE_DIR npm_config_cache npm_config_prefix npm_config_store_dir
here() { HOME=$home "$assay" who --machine --cache-dir "$TEST_TMP/cache" "$@"; }

# cached NAME VERSION MORE: packs ./package into npm's cache; ./package stays.
cached() {
	printf '{"name":"%s","version":"%s"%s}\n' "$1" "$2" "$3" >package/package.json
	find package -type f -exec chmod 644 {} +
	tar -czf t.tgz --owner=0 --group=0 package
	hex=$(sha512sum t.tgz | cut -c1-128)
	sri=sha512-$(echo "$hex" | tr a-f A-F | basenc --base16 -d | base64 -w0)
	content=$home/.npm/_cacache/content-v2/sha512/$(echo "$hex" | cut -c1-2)/$(echo "$hex" | cut -c3-4)
	index=$home/.npm/_cacache/index-v5/00/11
	mkdir -p "$content" "$index"
	sha256=$(sha256sum t.tgz | cut -c1-64)
	mv t.tgz "$content/$(echo "$hex" | cut -c5-)"
	printf '\n0\t{"key":"make-fetch-happen:request-cache:https://registry.test/%s/-/%s-%s.tgz","integrity":"%s","time":1774918680000,"size":1}' "$1" "${1#*/}" "$2" "$sri" >>"$index/$1"
}
mkdir package
echo 'steal()' >package/setup.js
echo 'exports.x = 1' >package/index.js
cached plain-evil-js 4.2.1 ',"scripts":{"postinstall":"node setup.js"}'
evil_sri=$sri evil_sha256=$sha256
expect 1 "npm's cache" here plain-evil-js@4.2.1
says "npm cache  plain-evil-js 4.2.1  2026-03-31 00:58"
says "npm cache (1 tarball)"
says "take this machine off the network"
expect 0 "another version is a near miss" here plain-evil-js@4.2.0 .
says "1 near miss"
echo "$evil_sha256" >digest.txt
expect 1 "a tarball by a digest of another kind" here --ioc digest.txt ./home
says "plain-evil-js 4.2.1"
printf '\n0\t{"key":"make-fetch-happen:request-cache:https://registry.test/plain-evil-js/-/plain-evil-js-4.2.1.tgz","integrity":null,"time":1774918690000}\n{"torn' >>"$home/.npm/_cacache/index-v5/00/11/plain-evil-js"
expect 1 "what was taken out of the cache was fetched" here plain-evil-js@4.2.1
says "YES        1 had it"
says "npm cache  plain-evil-js 4.2.1  2026-03-31 00:58  2026-03-31 00:58"
says "npm took it out of its index, its bytes are there still: it was fetched"
says "npm cache (0 tarballs)"
says "take this machine off the network"
printf '\n0\t{"key":"make-fetch-happen:request-cache:https://registry.test/moved-js/-/moved-js-1.0.0.tgz","integrity":null,"time":1774918690000}\n' >"$home/.npm/_cacache/index-v5/00/11/moved-js"
expect 0 "a redirect brought nothing" here moved-js
rm "$home/.npm/_cacache/index-v5/00/11/moved-js"
printf '\n0\t{"key":"make-fetch-happen:request-cache:https://registry.test/plain-evil-js/-/plain-evil-js-4.2.1.tgz","integrity":"%s","time":1774918700000}\n' "$evil_sri" >>"$home/.npm/_cacache/index-v5/00/11/plain-evil-js"
expect 1 "what came again is there" here plain-evil-js@4.2.1
says "1 place here has it now"
sed -i '$d' "$home/.npm/_cacache/index-v5/00/11/plain-evil-js"
sed -i '$d' "$home/.npm/_cacache/index-v5/00/11/plain-evil-js" && sed -i '$d' "$home/.npm/_cacache/index-v5/00/11/plain-evil-js"

printf '\n0\t{"key":"https://registry.test/odd-js/-/odd-js-1.0.0.tgz","integrity":"sha512-AAAA","time":1774918690000}' >"$home/.npm/_cacache/index-v5/00/11/odd-js"
expect 1 "what npm's index names with a digest that is none" here odd-js
says "odd-js 1.0.0"
says "a digest that is none"
rm "$home/.npm/_cacache/index-v5/00/11/odd-js"

# node_modules as npm leaves it, and as malware does.
modules=$home/work/checkout/node_modules
mkdir -p "$modules/@s/other" "$modules/good/node_modules"
cp -R package "$modules/plain-evil-js"
echo '{"name":"@s/other","version":"1.0.0"}' >"$modules/@s/other/package.json"
echo '{"name":"good","version":"1.0.0"}' >"$modules/good/package.json"
cp -R package "$modules/good/node_modules/plain-evil-js"
expect 1 "untouched files" here plain-evil-js@4.2.1
says "its files are those of its tarball. At installation runs postinstall: node setup.js"
says "checkout/node_modules/good/node_modules/plain-evil-js"
says "that nothing shows it proves nothing"
rm "$modules/plain-evil-js/setup.js"
expect 1 "a script that is gone" here plain-evil-js@4.2.1 --format json
keep machine.json
gives 'r.now.filter(e => /checkout.node_modules.plain/.test(e.lockfile))[0].note' "differs from its tarball: setup.js missing. At installation runs postinstall: node setup.js"
gives 'r.script_ran' true
gives 'r.inventory.machine.npm_cache' 1
printf '{"lockfileVersion":3,"packages":{"node_modules/plain-evil-js":{"version":"4.2.1","integrity":"%s"},"node_modules/gone":{"version":"1.0.0"}}}\n' "$evil_sri" >"$modules/.package-lock.json"
echo '{"name":"plain-evil-js","version":"4.2.0"}' >"$modules/plain-evil-js/package.json"
expect 1 "a package.json that is another one than came" here plain-evil-js@4.2.1
says "differs from its tarball: package.json changed (it says 4.2.0), setup.js missing"
says "An install script probably ran. Treat this machine and every secret it could read as exposed:"
expect 1 "what npm wrote down and is not there" here gone@1.0.0
says "the folder is not there any more"
echo '{"name":"innocent","version":"1.0.0"}' >"$modules/plain-evil-js/package.json"
expect 1 "under another name" here plain-evil-js@4.2.1
says "it says 1.0.0"
sha256sum package/index.js >digest.txt
expect 1 "files by their digests" here --ioc digest.txt
says "a file with a digest that is asked for"
says "checkout/node_modules/plain-evil-js/index.js"

# What managers keep under a name with a dot: as deep as may be, and a folder deeper, which is a gap.
deep=.kept
for i in $(seq 2 "$(sed -n 's/^#define LIMIT_HIDDEN_DEPTH \([0-9]*\).*/\1/p' "$ASSAY_ROOT/include/assay/limits.h")"); do deep=$deep/d$i; done # limit HIDDEN_DEPTH
mkdir -p "$home/deep/node_modules/$deep/node_modules/deep-js"
echo '{"name":"deep-js","version":"1.0.0"}' >"$home/deep/node_modules/$deep/node_modules/deep-js/package.json"
expect 1 "as deep as may be" here deep-js ./home/deep --gaps
says "deep-js 1.0.0"
hides "too deep ones"
mv "$home/deep/node_modules/.kept" "$home/deep/node_modules/kept" && mkdir "$home/deep/node_modules/.more" && mv "$home/deep/node_modules/kept" "$home/deep/node_modules/.more/kept"
expect 3 "a folder deeper" here deep-js ./home/deep --gaps
says "too deep ones"
rm -r "$home/deep"

# pnpm 8 and 10, yarn classic and berry, bun: as they name what they keep.
store=$home/.local/share/pnpm/store
mkdir -p "$store/v3/files/ab" "$store/v10/index/cd" "$home/.cache/yarn/v6/npm-@s-evil-3.0.0-0123456789012345678901234567890123456789-integrity/node_modules/@s/evil" \
	"$home/.yarn/berry/cache" "$home/.bun/install/cache/@s/evil@5.0.0@@@1" "$home/pnp/.yarn/cache"
echo '{"name":"@s/evil","version":"1.0.0","files":{}}' >"$store/v3/files/ab/cdef-index.json"
echo '{"name":"@s/evil","version":"2.0.0","files":{}}' >"$store/v10/index/cd/ef-@s+evil@2.0.0.json"
echo '{"name":"@s/evil","version":"3.0.0"}' >"$home/.cache/yarn/v6/npm-@s-evil-3.0.0-0123456789012345678901234567890123456789-integrity/node_modules/@s/evil/package.json"
: >"$home/.yarn/berry/cache/@s-evil-npm-4.0.0-0123456789-10c0.zip"
: >"$home/pnp/.yarn/cache/@s-evil-npm-4.0.1-0123456789-0123456789.zip"
: >"$home/pnp/.yarn/cache/@s-evil-npm-4.0.2-npm-1-0123456789-0123456789.zip" # of the version 4.0.2-npm-1
expect 1 "the other managers' caches" here @s/evil --format json
keep caches.json
gives 'r.now.map(e => e.place + e.version).join()' bun-cache5.0.0,pnpm-store1.0.0,pnpm-store2.0.0,yarn-cache3.0.0,yarn-cache4.0.0,yarn-cache4.0.1,yarn-cache4.0.2-npm-1
echo '{' >"$store/v3/files/ab/0123-index.json"
expect 3 "a broken index is a gap" here @s/evil@9.0.0 --gaps
says "an index file of pnpm's that is no JSON"
truncate -s 16777216 "$store/v3/files/ab/0123-index.json"
expect 3 "an index at the limit is read" here @s/evil@9.0.0 --gaps "$home/pnp"
says "an index file of pnpm's that is no JSON"
truncate -s 16777217 "$store/v3/files/ab/0123-index.json"
expect 3 "one past it is not" here @s/evil@9.0.0 --gaps "$home/pnp"
says "larger than an index is"
rm "$store/v3/files/ab/0123-index.json"
deep=$home/deep$(printf '/d%.0s' $(seq 63))
mkdir -p "$deep/node_modules"
expect 0 "folders as deep as the limit" here nothing-of-that-name@1.0.0 "$home"
mkdir -p "$deep/d"
expect 3 "deeper ones are a gap" here nothing-of-that-name@1.0.0 --gaps "$home"
says "too many folders, or too deep ones"
rm -rf "$home/deep"
mkdir -p "$home/loop/a" && ln -s .. "$home/loop/a/up" && ln -s ../checkout/node_modules "$home/work/node_modules"
expect 0 "links are not followed" here nothing-of-that-name@1.0.0
expect 3 "a PATH that is not there is a gap" here nothing-of-that-name@1.0.0 ./nowhere

# ---- lockfiles that the history had, and the folder has no more
if command -v git >/dev/null 2>&1; then
	empty
	mkdir -p mono/out/kept mono/docs/deep
	git init -q mono
	cd mono || exit 1
	lock . 1.14.0 && lock out/gone 1.14.1 "$evil" && lock moved 1.14.2 && lock node_modules/x 9.9.1 && lock whole/inner 7.7.7
	echo '{"name":"docs"}' >docs/deep/package.json
	echo kept >out/kept/README
	printf 'out/ @team-out\n' >CODEOWNERS
	commit 2026-01-01T00:00:00Z
	rm -r out/gone && commit 2026-02-01T00:00:00Z
	mkdir -p packages && mv moved packages/moved && rm -r whole node_modules && commit 2026-03-01T00:00:00Z
	first=$(git rev-parse HEAD~2) second=$(git rev-parse HEAD~1) third=$(git rev-parse HEAD)
	expect 1 "a lockfile that was deleted" "$assay" who axios@1.14.1 --history --format json
	keep deleted.json
	gives 'r.verdict + r.now.length + r.had.map(e => [e.project, e.lockfile, e.since, e.commit, e.until, e.until_commit, e.owner].join()).join(";")' \
		"found0gone,out/gone/package-lock.json,2026-01-01T00:00:00Z,$first,2026-02-01T00:00:00Z,$second,@team-out"
	expect 1 "as CSV" "$assay" who axios@1.14.1 --history --format csv
	says '"had","gone","axios","1.14.1","","prod","history","out/gone/package-lock.json"'
	expect 1 "as text" "$assay" who axios@1.14.1 --history
	says "YES        1 had it"
	says "  gone  axios 1.14.1  2026-01-01 00:00"
	says "out/gone/package-lock.json   @team-out"
	expect 1 "one that was moved" "$assay" who axios@1.14.2 --history --format json
	gives 'r.now.map(e => e.lockfile + e.commit).join() + r.had.map(e => e.lockfile + e.since + e.until_commit).join()' \
		"packages/moved/package-lock.json${third}moved/package-lock.json2026-01-01T00:00:00Z$third"
	expect 1 "with the whole folder" "$assay" who axios@7.7.7 --history
	says "  inner  axios 7.7.7  2026-01-01 00:00"
	expect 1 "from a folder below" "$assay" who axios@1.14.1 --history out
	says "out/gone/package-lock.json"
	expect 0 "what another folder had" "$assay" who axios@1.14.1 --history packages
	expect 3 "a folder that never had one" "$assay" who axios@1.14.1 --history docs
	hides "had it"
	expect 0 "what is left out" "$assay" who axios@1.14.1 --history --exclude out/
	expect 0 "and what node_modules had" "$assay" who axios@9.9.1 --history --gaps
	expect 1 "a folder of repositories" "$assay" who axios@1.14.1 --history ..
	says "../mono/out/gone/package-lock.json"
	expect 0 "of which a part is left out" "$assay" who axios@1.14.1 --history .. --exclude /mono/out/
	rm -r packages
	expect 1 "what the last commit has" "$assay" who axios@1.14.2 --history .
	says "the last commit has it, the lockfile in this folder does not"
	git checkout -q .
	lock broken 3.3.3 && echo '{' >broken/package-lock.json && commit 2026-03-02T00:00:00Z && rm -r broken && commit 2026-03-03T00:00:00Z
	expect 3 "a state that cannot be read is a gap" "$assay" who chalk@5.6.1 --history --gaps
	says "broken/package-lock.json"
	says "as it was from commit"
	# A fleet's store: of a checkout, of a mirror, of one whose lockfiles are all gone.
	git clone -q --bare . ../mirror.git
	cp -R . ../bare-of-all && (cd ../bare-of-all && rm -r packages package-lock.json package.json && commit 2026-04-01T00:00:00Z)
	fleet() { "$assay" fleet "$@" --store "$TEST_TMP/lost.db"; }
	fleet add "$PWD" --name checkout >/dev/null 2>&1
	fleet add "$PWD/../mirror.git" --name mirror --branch main >/dev/null 2>&1
	fleet add "$PWD/../bare-of-all" --name none >/dev/null 2>&1
	fleet scan >/dev/null 2>&1
	expect 1 "a store's projects" "$assay" who axios@1.14.1 --history --store "$TEST_TMP/lost.db" --format json
	keep lost.json
	gives 'r.had.map(e => [e.project, e.lockfile, e.since, e.until_commit].join()).sort().join(";")' \
		"$(printf '%s,out/gone/package-lock.json,2026-01-01T00:00:00Z,%s\n' checkout "$second" mirror "$second" none "$second" | paste -sd ';')"
	expect 1 "one by one" "$assay" who axios@7.7.7 --history --store "$TEST_TMP/lost.db" --name mirror
	says "whole/inner/package-lock.json"
	expect 3 "which never had that" "$assay" who axios@7.7.8 --history --store "$TEST_TMP/lost.db" --name mirror
	lost() { "$assay" who axios@1.14.1 --history --store "$TEST_TMP/lost.db" "$@"; }
	cp -R . ../owned && (cd ../owned && lock mine 1.14.2 && printf 'out/ @team-out\nmine/ @team-mine\n' >CODEOWNERS && commit 2026-04-01T00:00:00Z)
	fleet add "$PWD/../owned" --name owned >/dev/null 2>&1
	fleet scan --name owned >/dev/null 2>&1
	expect 3 "of another owner" lost --name owned --owner @team-mine
	hides "had it"
	expect 1 "whoever it is" lost --name owned
	says "@team-out"
	# Of a shallow clone in which nothing is read nobody else says so.
	git clone -q --depth=1 "file://$PWD/../bare-of-all" ../shallow
	expect 3 "a shallow clone without lockfiles" "$assay" who axios@1.14.1 --history --gaps ../shallow
	says "the clone is shallow: which lockfiles stood here before is not known"
	cd .. || exit 1
else
	skip "lockfiles that are no more" "no git"
fi

# ---- JSON, and its schema
if [ -z "$ASSAY_ORACLE" ]; then
	skip "JSON" "no Node"
else
	node -e '
		const { readFileSync } = require("fs")
		for (let i = 1; i <= Number(process.argv[2]); i++) {
			const text = kind => readFileSync(`${process.argv[1]}/${i}.${kind}`, "utf8")
			const expression = text("expression"), wanted = text("value")
			let got
			try { const r = JSON.parse(text("json")); got = String(eval(expression)) } catch (err) { got = String(err) }
			console.log(got === wanted ? `= ${expression}` : `! ${expression} is ${got}, not ${wanted}`)
		}' "$TEST_TMP/asked" "$asked" >"$TEST_TMP/answers" 2>&1
	while read -r mark text; do
		if [ "$mark" = = ]; then pass "$text"; else fail "$text"; fi
	done <"$TEST_TMP/answers"
	is "$(grep -c . "$TEST_TMP/answers")" "$asked" "all were asked"
fi
if [ -z "$ASSAY_ORACLE" ]; then
	skip "the schema" "no Node"
elif found=$(node "$ASSAY_ROOT/tests/oracle/own_schemas.cjs" "$ASSAY_ROOT/docs/schema/who-1.schema.json" "$TEST_TMP"/reports/* 2>&1); then
	pass "the schema: $found"
else
	fail "the schema" "$found"
fi

# ---- a lockfile of which old npm reads another section than new npm and we do: not clean, not nowhere
mkdir "$TEST_TMP/two" && cd "$TEST_TMP/two" || exit 1
echo '{"name":"two","version":"1.0.0","dependencies":{"ms":"2.1.3"}}' >package.json
cat >package-lock.json <<'END'
{"name":"two","version":"1.0.0","lockfileVersion":2,"packages":{"":{"name":"two","version":"1.0.0","dependencies":{"ms":"2.1.3"}},
"node_modules/ms":{"version":"2.1.3"}},"dependencies":{"ms":{"version":"2.1.3","requires":{"flatmap-stream":"0.1.1"}},
"flatmap-stream":{"version":"0.1.1"}}}
END
expect 3 "who, of a lockfile with two minds" "$assay" who flatmap-stream@0.1.1
says "1 unreadable"
expect 3 "scan, of a lockfile with two minds" "$assay" scan -A vulnerability -A malware
says "line 3, column 1"
says "npm 6 would install"
finish
