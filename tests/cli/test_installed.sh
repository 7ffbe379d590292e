#!/bin/sh
# verify --installed: folders laid out as each package manager does, untouched and tampered with. Tarballs come from a store
# that is made here, so that neither a network nor Node is needed.
. "$ASSAY_ROOT/tests/cli/lib.sh"
cache=$TEST_TMP/cache

# pack NAME VERSION: the folder ./pack as a tarball in the store; its SRI goes to $sri. Keeps the folder.
pack() {
	rm -rf package && cp -R pack package
	tar -czf t.tgz --owner=0 --group=0 package
	hex=$(sha512sum t.tgz | cut -c1-128)
	sri=sha512-$(echo "$hex" | tr a-f A-F | basenc --base16 -d | base64 -w0)
	mkdir -p "$cache/tarballs/sha512/$(echo "$hex" | cut -c1-2)"
	mv t.tgz "$cache/tarballs/sha512/$(echo "$hex" | cut -c1-2)/$(echo "$hex" | cut -c3-)"
	rm -rf package
}
# content NAME VERSION [MORE]: ./pack with a package.json, a file and a folder.
content() {
	rm -rf pack && mkdir -p pack/lib
	printf '{"name":"%s","version":"%s"%s}\n' "$1" "$2" "${3:-}" >pack/package.json
	echo "module.exports = '$1 $2'" >pack/index.js
	echo "exports.x = 1" >pack/lib/x.js
	find pack -type f -exec chmod 644 {} +
}
verify() { "$assay" verify --installed --offline --cache-dir "$cache" -A database-starter -A install-script -A integrity-missing -A manifest-mismatch -A lockfile-drift "$@"; }
# fires ID TEXT: the tampered folder gives that finding, with that text.
fires() {
	expect "${3:-1}" "$1" verify -f json
	says "\"installed-mismatch/$1\""
	says "$2"
}
silent() {
	expect 0 "silent: $1" verify -f json
	hides installed-mismatch/
	hides not-compared
}

empty
content plain 1.0.0
mkdir pack/fixtures && echo data >pack/fixtures/data.txt && printf 'x\n' >pack/.gitignore
pack && plain=$sri && cp -R pack ../plain
content nested 2.0.0 ',"bin":"cli.js"'
printf '#!/usr/bin/env node\r\nmore\r\n' >pack/cli.js
pack && nested=$sri && cp -R pack ../nested
content scripted 1.0.0 ',"scripts":{"postinstall":"node index.js"}'
pack && scripted=$sri && cp -R pack ../scripted
content parent 1.0.0 ',"bundleDependencies":["inner"],"dependencies":{"inner":"1.0.0"}'
mkdir -p pack/node_modules/inner && echo '{"name":"inner","version":"1.0.0"}' >pack/node_modules/inner/package.json
echo inner >pack/node_modules/inner/index.js
pack && parent=$sri && cp -R pack ../parent

# npm: hoisted, nested, bundled, a workspace behind a link, an optional one that is not there.
npm_project() {
	empty
	mkdir -p node_modules/plain node_modules/.bin packages/own node_modules/.cache
	echo '{"name":"own","version":"1.0.0"}' >packages/own/package.json
	echo '{"name":"top","version":"1.0.0","workspaces":["packages/*"],"dependencies":{"plain":"1","scripted":"1","parent":"1"}}' >package.json
	cat >package-lock.json <<-EOF
	{"name":"top","version":"1.0.0","lockfileVersion":3,"packages":{
	"":{"name":"top","version":"1.0.0","workspaces":["packages/*"],"dependencies":{"plain":"1","scripted":"1","parent":"1"}},
	"packages/own":{"version":"1.0.0"},
	"node_modules/own":{"resolved":"packages/own","link":true},
	"node_modules/plain":{"version":"1.0.0","resolved":"${PUBLIC_REGISTRY}plain/-/plain-1.0.0.tgz","integrity":"$plain","dependencies":{"nested":"2"},"optionalDependencies":{"absent":"1"}},
	"node_modules/plain/node_modules/nested":{"version":"2.0.0","resolved":"${PUBLIC_REGISTRY}nested/-/nested-2.0.0.tgz","integrity":"$nested","bin":{"nested":"cli.js"}},
	"node_modules/scripted":{"version":"1.0.0","resolved":"${PUBLIC_REGISTRY}scripted/-/scripted-1.0.0.tgz","integrity":"$scripted","hasInstallScript":true},
	"node_modules/parent":{"version":"1.0.0","resolved":"${PUBLIC_REGISTRY}parent/-/parent-1.0.0.tgz","integrity":"$parent","bundleDependencies":["inner"],"dependencies":{"inner":"1.0.0"}},
	"node_modules/parent/node_modules/inner":{"version":"1.0.0","inBundle":true}}}
	EOF
	rm -rf node_modules/plain
	cp -R ../plain node_modules/plain
	cp -R ../scripted ../parent node_modules/
	mv node_modules/plain/.gitignore node_modules/plain/.npmignore # as npm does
	mkdir -p node_modules/plain/node_modules/.bin
	cp -R ../nested node_modules/plain/node_modules/
	printf '#!/usr/bin/env node\nmore\r\n' >node_modules/plain/node_modules/nested/cli.js # as npm does
	chmod 755 node_modules/plain/node_modules/nested/cli.js
	ln -s ../packages/own node_modules/own
	ln -s ../nested/cli.js node_modules/plain/node_modules/.bin/nested
	echo '{}' >node_modules/.package-lock.json
}
npm_project
silent "what npm installs"
says "$(printf '"evaluated":\t5')"
expect 0 "in words" verify
says "INSTALLED    5 packages were compared with their tarballs file by file (5 folders"

plain_at=node_modules/plain
echo tampered >>$plain_at/lib/x.js
fires changed "node_modules/plain: a file is not what its tarball holds: lib/x.js"
npm_project && printf 'x' | dd of=$plain_at/index.js conv=notrunc 2>/dev/null
fires changed ": index.js"
npm_project && rm $plain_at/fixtures/data.txt
fires missing "a file of its tarball is missing: fixtures/data.txt"
npm_project && rm -r "${plain_at:?}/lib"
fires missing "lib/x.js"
npm_project && echo evil >$plain_at/evil.js
fires added "evil.js" 0
npm_project && mkdir $plain_at/deep && echo evil >$plain_at/deep/notes && chmod 755 $plain_at/deep/notes
fires added "deep/notes" 0
npm_project && echo notes >$plain_at/notes.txt
fires added-data "notes.txt" 0
npm_project && mkdir $plain_at/.cache && echo evil >$plain_at/.cache/evil.js
fires added ".cache/evil.js" 0
npm_project && chmod 755 $plain_at/index.js
fires mode "(it was made executable): index.js" 0
npm_project && chmod 4755 $plain_at/index.js
fires mode "(it is setuid or setgid): index.js" 0
npm_project && cp $plain_at/index.js other.js && ln -sf ../../other.js $plain_at/index.js
fires link "a link stands where its tarball has none: index.js"
npm_project && mv $plain_at/lib other && ln -s ../../other $plain_at/lib
fires link ": lib"
hides installed-mismatch/missing
npm_project && ln -s nowhere $plain_at/dangling
fires link ": dangling"
npm_project && mkfifo $plain_at/pipe && rm $plain_at/index.js && mkfifo $plain_at/index.js
fires changed ": index.js"
npm_project && mv $plain_at other && ln -s ../other $plain_at
fires link "node_modules/plain is a link to other"
npm_project && rm -r $plain_at && cp -R ../nested $plain_at
fires version "node_modules/plain holds version 2.0.0, the lockfile has 1.0.0"
hides installed-mismatch/changed
npm_project && cp -R ../nested node_modules/stranger
fires unknown-package "node_modules/stranger, version 2.0.0 is installed and in no entry of the lockfile" 0
npm_project && cp -R ../nested $plain_at/node_modules/stranger
fires unknown-package "node_modules/plain/node_modules/stranger" 0
npm_project && mkdir -p node_modules/stranger/empty
silent "an empty folder"
npm_project && echo evil >node_modules/plain.js
fires unknown-file "node_modules/plain.js lies beside the packages"
npm_project && echo words >node_modules/README.md
silent "a file that Node does not load"
npm_project && echo evil >>$plain_at/node_modules/nested/cli.js
fires changed "node_modules/plain/node_modules/nested"
npm_project && echo evil >>node_modules/parent/node_modules/inner/index.js
fires changed "node_modules/parent: a file is not what its tarball holds: node_modules/inner/index.js"
npm_project && echo evil >node_modules/parent/node_modules/inner/evil.js
fires added "node_modules/inner/evil.js" 0
npm_project && echo built >node_modules/scripted/build.node
fires script-added "build.node" 0
npm_project && echo built >>node_modules/scripted/index.js
fires script-changed "index.js" 0
# patch FILE PATH…: a patch of these, whatever is in them.
patch() {
	mkdir -p "$(dirname "$1")"
	into=$1
	shift
	for touched; do printf -- '--- a/%s\n+++ b/%s\n@@ -1 +1 @@\n-a\n+b\n' "$touched" "$touched"; done >"$into"
}
npm_project && echo patched >>$plain_at/index.js && echo new >$plain_at/new.js && patch patches/plain+1.0.0.patch node_modules/plain/index.js node_modules/plain/new.js
fires patched "2 files differ, and a patch of the project's touches them: index.js, new.js" 0
echo evil >>$plain_at/lib/x.js
fires changed "a file is not what its tarball holds: lib/x.js"
says "2 files differ, and a patch of the project's touches them: index.js, new.js"
npm_project && echo patched >>$plain_at/node_modules/nested/index.js && patch patches/plain++nested+2.0.0+001+why.patch node_modules/plain/node_modules/nested/index.js
fires patched "node_modules/plain/node_modules/nested: a file differs" 0
npm_project && echo patched >>$plain_at/index.js && patch patches/plain+2.0.0.patch node_modules/plain/index.js
fires changed "index.js"
npm_project && echo patched >>$plain_at/index.js && patch patches/plain+1.0.0.patch node_modules/nested/index.js
fires changed "index.js"
npm_project && echo patched >>$plain_at/index.js && patch fixes/plain+1.0.0.patch node_modules/plain/index.js
fires changed "index.js"
sed -i 's|"workspaces"|"scripts":{"postinstall":"patch-package --patch-dir fixes"},"workspaces"|' package.json
fires patched "index.js" 0
mv fixes elsewhere && ln -s elsewhere fixes
fires changed "index.js"
# Names that are no UTF-8, below a package, beside packages and in a tarball: told, made visible, and the report stays JSON.
bad=$(printf 'b\377d')
npm_project && echo evil >"$plain_at/$bad.js"
fires added 'b\\xffd.js' 0
expect 0 "in words" verify
says 'b\xffd.js'
mkdir "$plain_at/lib/$bad" && echo evil >"$plain_at/lib/$bad/x.js"
fires added 'lib/b\\xffd/x.js' 0
npm_project && mkdir "node_modules/$bad" && cp ../nested/index.js "node_modules/$bad/"
fires unknown-package 'node_modules/b\\xffd is installed' 0
npm_project && echo evil >"node_modules/$bad.js"
fires unknown-file 'node_modules/b\\xffd.js lies beside the packages'
npm_project && ln -s nowhere "$plain_at/$bad"
fires link ': b\\xffd'
npm_project && mkdir "node_modules/.$bad" && echo evil >"node_modules/.$bad/x.js"
expect 0 "a hidden folder" verify
says 'node_modules/.b\xffd'
content plain 1.0.0
mkdir pack/fixtures && echo data >pack/fixtures/data.txt && printf 'x\n' >pack/.gitignore && echo x >"pack/$bad.txt"
kept=$plain
pack && plain=$sri
npm_project && printf 'x\n' >"$plain_at/$(printf 'b\357\277\275d.txt')"
silent "a name that npm replaced"
plain=$kept
npm_project && for i in 1 2 3 4 5 6 7 8 9 10 11; do echo evil >$plain_at/evil$i.js; done
fires added "11 files are not in its tarball" 0
says "and 3 more"
npm_project && rm -r node_modules/scripted
fires absent "not installed, though the lockfile has it: scripted@1.0.0" 0
npm_project && mkdir node_modules/.hidden
expect 0 "a hidden folder" verify
says "compared with nothing, as nothing pins it: node_modules/.hidden"
npm_project && mkdir other && ln -sfn ../other node_modules/own
fires link "node_modules/own is a link to other"
npm_project && ln -sfn "$PWD/packages/own" node_modules/own && rm -rf ../elsewhere && mv node_modules ../elsewhere && ln -s ../elsewhere node_modules
silent "node_modules that is a link of the user's"
npm_project && rm -r node_modules
expect 3 "nothing installed" verify
says "there is no node_modules beside the lockfile"
touch .pnp.cjs
expect 3 "Plug'n'Play" verify
says "yarn installs this project without node_modules"
npm_project
expect 0 "scan --installed verifies" "$assay" scan --installed --offline --cache-dir "$cache" -A database-starter -A install-script -A integrity-missing -A manifest-mismatch -A lockfile-drift
says "INSTALLED"
if can_restrict; then
	chmod 0 $plain_at/index.js
	expect 3 "what cannot be read is no pass" restricted "$assay" verify --installed --offline --cache-dir "$cache" -A database-starter -A install-script -A integrity-missing -A manifest-mismatch -A lockfile-drift
	says "node_modules/plain could not be read (Permission denied): index.js"
else
	skip "what cannot be read is no pass" "this user can read everything"
fi

# yarn classic (and berry's node_modules): folders are found by name and version.
yarn_project() {
	empty
	echo '{"name":"top","version":"1.0.0","dependencies":{"plain":"1","as":"npm:nested@2","parent":"1"}}' >package.json
	cat >yarn.lock <<-EOF
	# yarn lockfile v1
	"as@npm:nested@2":
	  version "2.0.0"
	  resolved "${PUBLIC_REGISTRY}nested/-/nested-2.0.0.tgz"
	  integrity $nested

	parent@1:
	  version "1.0.0"
	  resolved "${PUBLIC_REGISTRY}parent/-/parent-1.0.0.tgz"
	  integrity $parent
	  dependencies:
	    plain "1"

	plain@1:
	  version "1.0.0"
	  resolved "${PUBLIC_REGISTRY}plain/-/plain-1.0.0.tgz"
	  integrity $plain
	EOF
	mkdir node_modules && echo >node_modules/.yarn-integrity
	cp -R ../plain ../parent node_modules/
	cp -R ../nested node_modules/as
	cp -R ../plain node_modules/parent/node_modules/
}
yarn_project
silent "what yarn installs"
says "$(printf '"folders":\t5')"
yarn_project && echo evil >>node_modules/parent/node_modules/plain/index.js
fires changed "node_modules/parent/node_modules/plain: a file"
yarn_project && echo evil >>node_modules/as/index.js
fires changed "node_modules/as: a file"
yarn_project && sed -i s/1.0.0/1.0.1/ node_modules/plain/package.json
fires version "node_modules/plain holds version 1.0.1, the lockfile has 1.0.0"
yarn_project && cp -R ../nested node_modules/evil
fires unknown-package "node_modules/evil" 0

# pnpm: a virtual store, links into it, a folder whose name is cut and ends in a hash.
pnpm_project() {
	empty
	echo '{"name":"top","version":"1.0.0","dependencies":{"plain":"1.0.0"}}' >package.json
	cat >pnpm-lock.yaml <<-EOF
	lockfileVersion: '9.0'
	importers:
	  .:
	    dependencies:
	      plain:
	        specifier: 1.0.0
	        version: 1.0.0(nested@2.0.0)
	packages:
	  nested@2.0.0:
	    resolution: {integrity: $nested}
	  plain@1.0.0:
	    resolution: {integrity: $plain}
	    peerDependencies:
	      nested: '*'
	snapshots:
	  nested@2.0.0: {}
	  plain@1.0.0(nested@2.0.0):
	    dependencies:
	      nested: 2.0.0
	EOF
	store=node_modules/.pnpm
	mkdir -p $store/nested@2.0.0/node_modules $store/node_modules "$store/plain@1.0.0_${1:-nested@2.0.0}/node_modules"
	plain_at="$store/plain@1.0.0_${1:-nested@2.0.0}/node_modules/plain"
	cp -R ../nested $store/nested@2.0.0/node_modules/
	cp -R ../plain "$plain_at"
	ln -s ../../nested@2.0.0/node_modules/nested "$plain_at/../nested"
	ln -s "${plain_at#node_modules/}" node_modules/plain
	ln -s ../nested@2.0.0/node_modules/nested $store/node_modules/nested
	touch $store/lock.yaml node_modules/.modules.yaml
}
pnpm_project
silent "what pnpm installs"
pnpm_project 0123456789abcdef0123456789abcdef
silent "a folder's name that pnpm cut"
pnpm_project && echo evil >>"$plain_at/index.js"
fires changed "node_modules/.pnpm/plain@1.0.0_nested@2.0.0/node_modules/plain: a file"
pnpm_project && rm -r "$plain_at" && cp -R ../nested "$plain_at"
fires version "holds version 2.0.0, the lockfile has 1.0.0"
pnpm_project && mkdir other && echo evil >other/index.js && ln -sfn ../other node_modules/plain
fires link "node_modules/plain is a link to other"
pnpm_project && ln -sfn .pnpm/nested@2.0.0/node_modules/nested node_modules/plain
fires link "node_modules/plain is a link to node_modules/.pnpm/nested@2.0.0"
pnpm_project && ln -s .pnpm/nested@2.0.0/node_modules/nested node_modules/nested
silent "a package under its own name"
mkdir -p $store/evil@1.0.0/node_modules && cp -R ../scripted $store/evil@1.0.0/node_modules/evil
fires unknown-package "node_modules/.pnpm/evil@1.0.0/node_modules/evil" 0

# Patches of pnpm's, named in package.json or pnpm-workspace.yaml.
pnpm_project && echo evil >>"$plain_at/index.js" && echo evil >>"$plain_at/lib/x.js" && patch fixes/plain.patch index.js
printf 'patchedDependencies:\n  plain@1.0.0: fixes/plain.patch\n' >pnpm-workspace.yaml
fires changed "node_modules/plain: a file is not what its tarball holds: lib/x.js"
says "a file differs, and a patch of the project's touches it: index.js"
rm pnpm-workspace.yaml
for key in plain plain@1.0.0 'plain@^1'; do
	sed -i '1s|.*|{"name":"top","version":"1.0.0","dependencies":{"plain":"1.0.0"},"pnpm":{"patchedDependencies":{"'"$key"'":"fixes/plain.patch"}}}|' package.json
	patch fixes/plain.patch index.js lib/x.js
	fires patched "index.js, lib/x.js" 0
done
sed -i 's|plain@^1|plain@^2|' package.json
fires changed "index.js, lib/x.js"
for file in fixes/none.patch ../project/fixes/plain.patch ../../etc/passwd /etc/passwd .; do
	sed -i '1s|.*|{"name":"top","version":"1.0.0","dependencies":{"plain":"1.0.0"},"pnpm":{"patchedDependencies":{"plain":"'"$file"'"}}}|' package.json
	fires changed "index.js, lib/x.js"
	says "could not be read (it is no file of the project's, or too large): its patch $file"
done
finish
