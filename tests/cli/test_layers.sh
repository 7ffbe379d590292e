#!/bin/sh
# The house's order: a room includes only headers of rooms below it, and each third-party header has one room.
cd "${ASSAY_ROOT:-.}" || exit 1
rank() {
	case $1 in
	base) echo 0 ;;
	semver | license | digest | archive | net | store | git | sandbox) echo 1 ;;
	tree | npmrc) echo 2 ;;
	lockfile | advisory | tarball | registry) echo 3 ;;
	installed) echo 4 ;;
	check) echo 5 ;;
	policy) echo 6 ;;
	report) echo 7 ;;
	scan) echo 8 ;;
	fleet) echo 9 ;;
	site) echo 10 ;;
	cli) echo 11 ;;
	*) echo "unknown room $1" >&2; echo 0 ;;
	esac
}
bad=0
for file in src/*/*.c src/*/*.h; do
	room=$(echo "$file" | cut -d/ -f2)
	for other in $(sed -n 's|^#include "assay/\([a-z_]*\)\.h".*|\1|p; s|^#include "\([a-z]*\)/.*|\1|p' "$file" | grep -v '^assay$'); do
		case $other in json | limits | registry) other=base ;; registry_record) other=registry ;; repository) other=git ;; who | notify) other=fleet ;; esac
		[ "$other" = "$room" ] && continue
		if [ "$(rank "$other")" -ge "$(rank "$room")" ]; then
			echo "# $file: room $room must not know room $other"
			bad=1
		fi
	done
done
only() { # HEADER PATTERN-OF-ALLOWED-FILES
	for file in $(grep -lE "^#include <$1" -r src include 2>/dev/null); do
		echo "$file" | grep -qE "$2" || { echo "# $file: <$1> belongs to $2"; bad=1; }
	done
}
only cjson/ '^src/base/json'
only curl/ '^src/net/'
only archive '^src/archive/'
only libdeflate '^src/archive/'
only zlib '^src/archive/'
only utf8proc '^src/(archive/|base/screen\.c)'
only openssl/ '^src/digest/'
only git2 '^src/git/'
only sqlite3 '^src/store/'
only seccomp '^src/sandbox/'
only linux/landlock '^src/sandbox/'
echo 1..1
if [ "$bad" = 0 ]; then echo "ok 1 - rooms know only the rooms below them"; else echo "not ok 1 - rooms know only the rooms below them"; exit 1; fi
