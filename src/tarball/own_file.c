/*
 * Links may lead anywhere; what counts is where the file is in the end. Outside of the repository nothing is read: whoever writes a lockfile
 * could otherwise have any file of the machine looked into.
 */
#include "own_file.h"

#include <stdlib.h>

enum { SHOWN = 200 };

static struct own_file refuse(struct arena *arena, const char *why, struct str written)
{
	return (struct own_file){ .reason = arena_printf(arena, "%.*s: %s", STR_ARG(str_head(written, SHOWN)), why).p };
}

static bool is_below(const char *top, const char *path)
{
	size_t n = strcmp(top, "/") == 0 ? 0 : strlen(top);
	return strncmp(path, top, n) == 0 && path[n] == '/';
}

/* npm writes a path as part of a URL. .p NULL: out of memory, or it holds what no path does. */
static struct str decode(struct str text, struct arena *arena)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; out && i < text.n; i++) {
		int high = i + 2 < text.n && text.p[i] == '%' ? ascii_hex_value((unsigned char)text.p[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex_value((unsigned char)text.p[i + 2]) : -1;
		out[n] = text.p[i];
		if (low >= 0)
			out[n] = (char)(high << 4 | low);
		n++;
		i += low >= 0 ? 2 : 0;
		if (!out[n - 1])
			return STR_NONE;
	}
	return out ? (struct str){ out, n } : STR_NONE;
}

/* The file's real path; NULL where there is none. */
static const char *find(const char *folder, struct str path, struct arena *arena)
{
	struct str copy = arena_copy(arena, path);
	const char *joined = copy.n ? path_join(arena, folder, copy.p) : NULL;
	char *real = joined ? realpath(joined, NULL) : NULL;
	const char *kept = real ? arena_copy(arena, str_of(real)).p : NULL;
	free(real);
	return kept;
}

struct own_file own_file_find(const char *folder, const char *top, const struct package *package, struct arena *arena)
{
	struct str written = package->resolved, path = package->folder;
	if (!path.n)
		path = str_starts_with(written, STR("file:")) ? str_from(written, strlen("file:")) : written;
	/* Behind '#' yarn keeps a digest, but a file's name can hold one as well. */
	const struct str spellings[] = { path, str_head(path, str_find(path, '#')), decode(path, arena) };
	const char *outside = NULL;
	if (str_find(path, '\0') < path.n)
		return refuse(arena, "no file has such a name", written);
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		const char *real = spellings[i].n ? find(folder, spellings[i], arena) : NULL;
		if (real && is_below(top, real))
			return (struct own_file){ .path = real };
		if (real)
			outside = real;
	}
	return refuse(arena, outside ? "it lies outside of the repository, and so it was not read" : "there is no such file", written);
}
