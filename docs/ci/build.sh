#!/bin/sh
# build.sh PREFIX   installs assay under PREFIX from the sources that this file is part of; does next to nothing where a cache brought a PREFIX
#                   whose program runs
# build.sh --key    what such a cache is good for: these sources on this system
# For Debian and Ubuntu; root, or a sudo that does not ask, is needed for the libraries.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)

if [ "${1:-}" = --key ]; then
	cd "$top"
	{
		uname -m
		cat /etc/os-release 2>/dev/null || uname -sr
		find Makefile .ci include src policies advisories docs/rules docs/ci/build.sh -type f | LC_ALL=C sort | xargs sha256sum
	} | sha256sum | cut -c1-32
	exit
fi
[ $# -eq 1 ] || { echo "build.sh PREFIX, or build.sh --key" >&2; exit 2; }
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
needs=$prefix/share/assay/needs # the packages whose libraries the program uses, some of them only when it comes to that

works() { "$prefix/bin/assay" --version >/dev/null 2>&1; }
# shellcheck disable=SC2046
has_libraries() { ! [ -s "$needs" ] || dpkg -s $(cat "$needs") >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
install_packages() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1 || {
		as_root apt-get update -qq
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null
	}
}

# A fresh container has the program from the cache, and not its libraries.
if [ -x "$prefix/bin/assay" ] && ! has_libraries; then
	# shellcheck disable=SC2046
	install_packages $(cat "$needs")
fi
if ! works; then
	command -v make >/dev/null 2>&1 || install_packages make
	make -C "$top" deps
	make -C "$top" -j"$(nproc)" PREFIX="$prefix" install >/dev/null
	{
		make -s -C "$top" late | xargs -r readlink -f
		ldd "$prefix/bin/assay" | sed -n 's/.*=> \([^ ]*\).*/\1/p'
	} | while read -r library; do
		# Debian says /usr/lib where the linker says /lib
		dpkg -S "$library" 2>/dev/null || dpkg -S "/usr$library" 2>/dev/null
	done | cut -d: -f1 | LC_ALL=C sort -u >"$needs"
fi
"$prefix/bin/assay" --version
