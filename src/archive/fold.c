/* What disks take for one name: macOS and Windows ignore letter case, macOS the Unicode form too. */
#include <stdlib.h>

#include <utf8proc.h>

#include "assay/archive.h"

static bool is_plain(struct str path)
{
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.p[i] >= 0x80 || (path.p[i] >= 'A' && path.p[i] <= 'Z'))
			return false;
	return true;
}

static bool is_ascii(struct str path)
{
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.p[i] >= 0x80)
			return false;
	return true;
}

static struct str lower(struct str path, struct arena *arena)
{
	char *out = arena_alloc(arena, path.n + 1);
	for (size_t i = 0; i < path.n && out; i++)
		out[i] = (char)ascii_lower((unsigned char)path.p[i]);
	return out ? (struct str){ out, path.n } : STR_NONE;
}

struct str path_fold(struct str path, struct arena *arena)
{
	if (is_plain(path))
		return path.p ? path : STR("");
	if (is_ascii(path) || !utf8_is_valid(path))
		return lower(path, arena);
	utf8proc_uint8_t *folded = NULL;
	const utf8proc_uint8_t *in = (const utf8proc_uint8_t *)path.p;
	utf8proc_ssize_t n = utf8proc_map(in, (utf8proc_ssize_t)path.n, &folded, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
	if (n < 0)
		return n == UTF8PROC_ERROR_NOMEM ? STR_NONE : lower(path, arena);
	struct str out = arena_copy(arena, (struct str){ (const char *)folded, (size_t)n });
	free(folded);
	return out;
}
