/* What every test program starts with. */
#ifndef TESTS_H
#define TESTS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assay/base.h"

#define assert_str(actual, expected) assert_str_at((actual), (expected), __FILE__, __LINE__)
static inline void assert_str_at(struct str actual, const char *expected, const char *file, int line)
{
	if (str_equal_z(actual, expected))
		return;
	print_error("%s:%d: \"%.*s\" is not \"%s\"\n", file, line, STR_ARG(actual), expected);
	_fail(file, line);
}

#endif
