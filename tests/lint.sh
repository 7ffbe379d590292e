#!/bin/sh
# lint.sh BUILD_FOLDER PART…: what can be said of the sources, and of what was built of them, without running it. A line for each part; exit 1
# where one fails. Parts whose tool is missing say so and fail: who asks for them wants them. tidy and analyzer need seconds for a file (JOBS: so many
# files at a time), so they look again only at what changed since they found nothing in it: BUILD_FOLDER/lint/PART/FILE has the digests of the file, of
# what it includes and of how it was looked at.
#
#   shell         shellcheck, from warnings on
#   banned        no function that cannot be used safely, none that starts a shell
#   headers       each header compiles alone
#   globals       no object file has writable data but what `known` below names
#   hardening     the program is PIE, with RELRO, immediate binding, no executable stack, stack protector, fortified calls, control-flow marks
#   cppcheck      its warnings, without those that tests/lint.cppcheck names and says why
#   reproducible  the library built in two folders is the same to the byte
#   format        clang-format would change nothing (LINT_FILES: in these files)
#   tidy          clang-tidy with the checks of .clang-tidy (LINT_FILES: of these files)
#   analyzer      gcc -fanalyzer (LINT_FILES: of these files)
set -u
build=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
sources=${LINT_FILES:-$(echo src/*.c src/*/*.c)}
: "${CC:=gcc}"
needs() { command -v "$1" >/dev/null 2>&1 || echo "$1 is not installed"; }

lint_shell() {
	needs shellcheck
	# What tests/cli/lib.sh brings, and what it is given, shellcheck does not see.
	git ls-files '*.sh' .ci tests/oracle/bin docs/ci 2>/dev/null | xargs grep -lE '^#!/bin/(ba)?sh|^# shellcheck shell' |
		xargs shellcheck -S warning -e SC1090,SC1091,SC2034
}
lint_banned() {
	grep -nE '(^|[^[:alnum:]_])(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|gets|system|popen|atoi|atol|atoll|atof|sscanf|localtime|gmtime|ctime|asctime|rand|srand|random|tmpnam|tempnam|mktemp|alloca|readdir_r|getwd|setlocale|putenv|strerror)[[:space:]]*\(' \
		src/*.c src/*/*.[ch] include/assay/*.h | grep -vE '^[^:]*:[0-9]*:[[:space:]]*(/?\*|//)'
}
lint_headers() {
	for header in include/assay/*.h src/*/*.h; do
		name=${header#include/}
		printf '#include "%s"\n' "${name#src/}" | $CC -std=gnu17 -D_GNU_SOURCE -Iinclude -Isrc -I"$(dirname "$header")" -Wall -Wextra -Werror \
			-fsyntax-only -x c - || echo "$header"
	done 2>&1
}
# Libraries that are bound once for the process, and the one that could not be; what libgit2 takes is not const.
known='net/curl.c.o (libcurl|curl_library)|git/store.c.o (libgit2|library)|archive/reader.c.o (libarchive|library)|base/library.c.o untold|git/store.c.o extensions'
lint_globals() {
	find "$build/obj" -name '*.o' ! -path '*/obj/fuzz/*' | while read -r object; do
		objdump -t "$object" | awk -v object="${object#"$build/obj/"}" '
			/ \.(data|bss|tdata|tbss|data\.rel|data\.rel\.local)\t|\*COM\*/ && $3 != "d" && $NF !~ /^\./ { sub(/\.[0-9]+$/, "", $NF); print object, $NF }'
	done | grep -vxE "$known"
}
lint_hardening() {
	program=$build/bin/assay
	readelf -hW "$program" | grep -q 'Type: *DYN' || echo "not position-independent"
	readelf -dW "$program" | grep -q 'FLAGS_1.*PIE' || echo "no PIE"
	readelf -dW "$program" | grep -qE 'FLAGS_1.*NOW|BIND_NOW' || echo "functions are bound late"
	readelf -lW "$program" | grep -q GNU_RELRO || echo "no RELRO"
	readelf -lW "$program" | grep -q 'GNU_STACK.* RW ' || echo "an executable stack"
	readelf -dW "$program" | grep -E 'RPATH|RUNPATH|TEXTREL'
	nm -D "$program" | grep -q __stack_chk_fail || echo "no stack protector"
	case $build in */release | release) nm -D "$program" | grep -qE '_chk(@|$)' || echo "no fortified calls" ;; esac
	grep -q -- -fcf-protection "$build/flags" && lint_control_flow "$program"
}
# A program has CET's marks when all that it is linked of has them. Where the C library's own start file has none (Debian 12), ours are looked at.
lint_control_flow() {
	start=$($CC -print-file-name=Scrt1.o)
	if readelf -nW "$start" | grep -q 'IBT, SHSTK'; then
		readelf -nW "$1" | grep -q 'IBT, SHSTK' || echo "no control-flow marks"
		return
	fi
	find "$build/obj" -name '*.o' ! -path '*/obj/fuzz/*' -exec readelf -nW /dev/null {} + 2>/dev/null | awk '
		/^File:/ { if (file) print "no control-flow marks in " file; file = $2 == "/dev/null" ? "" : $2 }
		/IBT, SHSTK/ { file = "" }
		END { if (file) print "no control-flow marks in " file }'
}
lint_cppcheck() {
	needs cppcheck
	cppcheck --enable=warning,performance,portability --inline-suppr --quiet --std=c11 -D_GNU_SOURCE -Iinclude -Isrc -j"$(nproc)" \
		--suppress=missingIncludeSystem --suppressions-list=tests/lint.cppcheck src 2>&1
}
lint_reproducible() {
	for copy in one another/place; do
		mkdir -p "$work/$copy"
		git ls-files src include policies advisories docs/rules Makefile | tar -cf - -T - | tar -C "$work/$copy" -xf -
		make -s -C "$work/$copy" -j"$(nproc)" CC="$CC" build/release/libassay.a build/release/bin/assay >"$work/log" 2>&1 || { tail -5 "$work/log"; return; }
	done
	cmp "$work/one/build/release/libassay.a" "$work/another/place/build/release/libassay.a" 2>&1
	cmp "$work/one/build/release/bin/assay" "$work/another/place/build/release/bin/assay" 2>&1
}
lint_format() {
	needs clang-format
	for file in ${LINT_FILES:-$(echo src/*.c src/*/*.[ch] include/assay/*.h tests/*/*.[ch] tests/*.[ch])}; do
		clang-format "$file" | cmp -s - "$file" || echo "$file"
	done
}
# changed PART ALSO VERSION COMMAND: runs COMMAND, which knows "$source", for each source that is not as it was when COMMAND had nothing to say of it.
flags='-std=gnu17 -D_GNU_SOURCE -Iinclude -Isrc'
cat >"$work/one.sh" <<'END'
stamps=$1 also=$2 command=$3 source=$4 stamp=$1/$4
mkdir -p "${stamp%/*}"
sha256sum "$stamps/how" $also $($CC $flags -MM -MT '' "$source" | tr -d '\\:') >"$stamp.new"
if said=$(eval "$command") && [ -z "$said" ]; then
	mv "$stamp.new" "$stamp"
else
	rm -f "$stamp" "$stamp.new"
	echo "${said:-$source: the tool failed}"
fi
END
export CC flags
changed() {
	stamps=$build/lint/$1
	mkdir -p "$stamps"
	printf '%s\n' "$3" "$4" "$flags" >"$work/how"
	cmp -s "$work/how" "$stamps/how" || cp "$work/how" "$stamps/how"
	for source in $sources; do
		sha256sum -c --status "$stamps/$source" 2>/dev/null || echo "$source"
	done | xargs -r -P "${JOBS:-$(nproc)}" -n 1 sh "$work/one.sh" "$stamps" "$2" "$4"
}
# Paths through a function are followed for as many steps as clang takes by itself; LINT_NODES=75000 takes a third of the time and finds most of it.
lint_tidy() {
	needs clang-tidy
	changed tidy .clang-tidy "$(clang-tidy --version)" 'clang-tidy --quiet "$source" -- -Xclang -analyzer-config -Xclang max-nodes='"${LINT_NODES:-225000}"' $flags -DASSAY_VERSION=\"0\" 2>/dev/null'
}
# Of the analyzer's checks one is off: a view's bytes are never NULL where it has a length, which it cannot know.
lint_analyzer() {
	changed analyzer "" "$($CC --version)" '$CC $flags -DASSAY_VERSION=\"0\" -O1 -fanalyzer -Wno-analyzer-null-argument -c "$source" -o /dev/null 2>&1'
}

for part; do
	if "lint_$part" >"$work/$part" 2>&1; [ ! -s "$work/$part" ]; then
		echo "ok   $part"
	else
		echo "FAIL $part"
		sed 's/^/    /' "$work/$part"
		failed=1
	fi
done
exit "$failed"
