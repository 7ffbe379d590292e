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
finish
