/* What this room's tests share: fixtures of lines, records in a folder, a database asked. */
#ifndef TESTS_ADVISORY_SUPPORT_H
#define TESTS_ADVISORY_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "assay/advisory.h"

static inline struct str support_fixture(struct arena *arena, const char *name)
{
	struct str text, path = arena_printf(arena, "%s/fixtures/advisories/%s", getenv("ASSAY_ROOT"), name);
	struct error err;
	if (file_read(path.p, 1 << 20, arena, &text, &err))
		fail_msg("%s", err.text);
	return text;
}

static inline int support_hex(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* %XX is a byte. */
static inline struct str support_unescape(struct arena *arena, struct str s)
{
	char *out = arena_alloc(arena, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		bool escape = s.p[i] == '%' && i + 2 < s.n;
		out[n++] = s.p[i];
		if (escape)
			out[n - 1] = (char)(unsigned char)(support_hex(s.p[i + 1]) * 16 + support_hex(s.p[i + 2]));
		i += escape ? 2 : 0;
	}
	return (struct str){ out, n };
}

/* A path in the test's own folder, in one of a few buffers. */
static inline const char *support_path(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/%s", getenv("TEST_TMP"), name).p;
}

static inline void support_write(const char *path, struct str text)
{
	struct error err;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	assert_int_equal(folder_make(path_folder(arena, path), NULL), STATUS_OK);
	if (file_write(path, text, &err))
		fail_msg("%s", err.text);
}

static inline struct advisory_db *support_open(const char *path)
{
	struct advisory_db *db = NULL;
	struct error err;
	if (advisory_db_open(path, &db, &err))
		fail_msg("%s", err.text);
	return db;
}

static inline void support_import(const char *db, const char *input, struct advisory_import *import)
{
	struct error err;
	if (advisory_import(db, &input, 1, import, &err))
		fail_msg("%s", err.text);
}

#endif
