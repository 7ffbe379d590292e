#!/bin/sh
# What needs no tools but the compiler's, of `make lint`.
. "$ASSAY_ROOT/tests/cli/lib.sh"
cd "$ASSAY_ROOT" || exit 1
case $ASSAY_BUILD in
*/release) parts="banned globals hardening" ;;
*) parts=banned ;; # sanitizers bring their own
esac
for part in $parts; do
	if command -v objdump >/dev/null 2>&1; then
		expect 0 "$part" tests/lint.sh "$ASSAY_BUILD" "$part"
	else
		skip "$part" "no binutils"
	fi
done
# It tells what it is there for.
mkdir -p "$TEST_TMP/src/a" "$TEST_TMP/include/assay" "$TEST_TMP/build/obj/a" && cd "$TEST_TMP" || exit 1
: >include/assay/a.h
: >src/main.c
printf 'static int counter;\nint next(void);\nint next(void) { return counter++; }\nint f(const char *s) { return atoi(s); }\n' >src/a/a.c
cc -c src/a/a.c -o build/obj/a/a.c.o 2>/dev/null || gcc -w -c src/a/a.c -o build/obj/a/a.c.o
mkdir -p build/bin
printf 'int main(void) { return 0; }\n' >main.c
cc -fcf-protection=none -c main.c -o build/obj/a/main.c.o 2>/dev/null || gcc -c main.c -o build/obj/a/main.c.o
cc build/obj/a/main.c.o -o build/bin/assay 2>/dev/null || gcc build/obj/a/main.c.o -o build/bin/assay
echo cc -fcf-protection=full >build/flags
expect 1 "a program without hardening" "$ASSAY_ROOT/tests/lint.sh" build hardening
says "no stack protector"
says "no control-flow marks"
expect 1 "a writable global" "$ASSAY_ROOT/tests/lint.sh" build globals
says "a/a.c.o counter"
expect 1 "a function that cannot fail to fail" "$ASSAY_ROOT/tests/lint.sh" build banned
says "atoi"

# What is slow looks again only at what changed, or what was found fault with. (A tool of our own, that names what it was asked about.)
mkdir tools && cat >tools/clang-tidy <<'END'
#!/bin/sh
[ "$1" = --version ] && { echo "${TIDY_VERSION-1}"; exit; }
echo "$2" >>asked
! grep -n fault "$2"
END
chmod +x tools/clang-tidy
: >.clang-tidy
echo 'int f(void);' >include/assay/a.h
echo '#include "assay/a.h"' >src/a/a.c
tidy() {
	rm -f asked
	expect "$1" "$2" env PATH="$PWD/tools:$PATH" "$ASSAY_ROOT/tests/lint.sh" build tidy
	is "$(sort asked 2>/dev/null | tr '\n' ' ')" "$3" "$2: who is asked about"
}
tidy 0 "all of it at first" "src/a/a.c src/main.c "
tidy 0 "nothing changed" ""
echo 'int g(void);' >>include/assay/a.h
tidy 0 "a header changed" "src/a/a.c "
echo '/* fault */' >>src/main.c
tidy 1 "a fault" "src/main.c "
says "1:/* fault */"
tidy 1 "it stays one" "src/main.c "
: >src/main.c
echo 'Checks: x' >.clang-tidy
tidy 0 "other checks" "src/a/a.c src/main.c "
TIDY_VERSION=2
export TIDY_VERSION
tidy 0 "another tool" "src/a/a.c src/main.c "
finish
