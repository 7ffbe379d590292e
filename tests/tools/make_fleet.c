/*
 * make_fleet FOLDER PROJECTS [CHANGED]: a fleet of projects with some 800 packages each, as they are in life: a few names that nearly all have, many that few
 * have, and a handful of versions of each. The same every time. With CHANGED every hundredth-part of that many (1: every hundredth) gets another version of one
 * package, as the day after would have it. FOLDER.names has the names of all packages, the most frequent ones first.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assay/base.h"
#include "assay/limits.h"
#include "assay/registry.h"

enum { PACKAGES = 800, DIRECT = 25, SPREAD = 400, VERSIONS = 4, INVENTED = 30000 };

static struct str *names;
static size_t name_count;

static uint64_t next(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;
	uint64_t z = *state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static double fraction(uint64_t *state)
{
	return (double)(next(state) >> 11) / 9007199254740992.0;
}

/* The first names of the list are in nearly every project, the last ones in few. */
static size_t pick(uint64_t *state)
{
	double f = fraction(state);
	return (size_t)(f * f * f * (double)name_count) % name_count;
}

static void read_names(struct arena *arena, const char *path)
{
	struct str text, line;
	VEC(struct str) found = { 0 };
	if (file_read(path, LIMIT_LOCKFILE_BYTES, arena, &text, NULL))
		exit(1);
	while (str_split(&text, '\n', &line)) {
		struct str name = str_head(line, str_find(line, '\t'));
		if (name.n && name.p[0] != '#')
			*vec_add(arena, &found) = name;
	}
	for (int i = 0; i < INVENTED; i++)
		*vec_add(arena, &found) = arena_printf(arena, "%.*s-part-%d", STR_ARG(found.v[i % 4000]), i);
	names = found.v;
	name_count = found.n;
}

static void add_integrity(struct buf *out, uint64_t seed)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	buf_add_z(out, "sha512-");
	for (int i = 0; i < 85; i++)
		buf_add_char(out, alphabet[next(&seed) & 63]);
	buf_add_z(out, "Q==");
}

struct chosen {
	size_t name;
	unsigned version;
};

static void add_entry(struct buf *out, const struct chosen *chosen, const struct chosen *all, size_t at, size_t count)
{
	struct str name = names[chosen->name], base = str_from(name, str_find(name, '/') < name.n ? str_find(name, '/') + 1 : 0);
	buf_printf(out,
		   ",\n    \"node_modules/%.*s\": {\n      \"version\": \"%zu.%u.%zu\",\n      \"resolved\": \"" PUBLIC_REGISTRY_URL "%.*s/-/%.*s-%zu.%u.%zu.tgz\",\n"
		   "      \"integrity\": \"",
		   STR_ARG(name), chosen->name % 9, chosen->version, chosen->name % 5, STR_ARG(name), STR_ARG(base), chosen->name % 9,
		   chosen->version, chosen->name % 5);
	add_integrity(out, chosen->name * 131 + chosen->version);
	buf_add_z(out, "\",\n      \"license\": \"MIT\"");
	for (size_t k = 0; k < 2; k++) {
		size_t to = DIRECT + (at * 2 + k);
		if (at < DIRECT / 2 * 30 && to < count)
			buf_printf(out, "%s\"%.*s\": \"^%zu.0.0\"%s", k == 0 ? ",\n      \"dependencies\": { " : ", ", STR_ARG(names[all[to].name]),
				   all[to].name % 9, k == 1 || to + 1 == count ? " }" : "");
	}
	buf_add_z(out, "\n    }");
}

static size_t choose(uint64_t project, bool changed, struct chosen *out)
{
	uint64_t state = project * 7919 + 1;
	size_t wanted = PACKAGES - SPREAD + (size_t)(next(&state) % (2 * SPREAD)), n = 0;
	char *taken = calloc(name_count, 1);
	while (n < wanted) {
		size_t name = pick(&state);
		unsigned version = (unsigned)(next(&state) % VERSIONS);
		if (taken[name])
			continue;
		taken[name] = 1;
		out[n++] = (struct chosen){ name, version };
	}
	if (changed)
		out[n / 2].version += VERSIONS;
	free(taken);
	return n;
}

static void write_project(const char *folder, size_t number, bool changed)
{
	struct arena *arena = arena_new(0);
	struct chosen *all = arena_array(arena, PACKAGES + SPREAD, sizeof *all);
	struct buf lock = BUF_INIT(16 * MIB), manifest = BUF_INIT(MIB);
	size_t count = choose(number, changed, all);
	struct str place = arena_printf(arena, "%s/team-%zu/project-%zu", folder, number % 20, number);
	buf_printf(&manifest, "{\n  \"name\": \"project-%zu\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n", number);
	for (size_t i = 0; i < DIRECT; i++)
		buf_printf(&manifest, "    \"%.*s\": \"^%zu.0.0\"%s\n", STR_ARG(names[all[i].name]), all[i].name % 9, i + 1 < DIRECT ? "," : "");
	buf_add_z(&manifest, "  }\n}\n");
	buf_printf(&lock,
		   "{\n  \"name\": \"project-%zu\",\n  \"version\": \"1.0.0\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"\": {\n"
		   "      \"name\": \"project-%zu\",\n      \"version\": \"1.0.0\",\n      \"dependencies\": { ",
		   number, number);
	for (size_t i = 0; i < DIRECT; i++)
		buf_printf(&lock, "\"%.*s\": \"^%zu.0.0\"%s", STR_ARG(names[all[i].name]), all[i].name % 9, i + 1 < DIRECT ? ", " : " }\n    }");
	for (size_t i = 0; i < count; i++)
		add_entry(&lock, &all[i], all, i, count);
	buf_add_z(&lock, "\n  }\n}\n");
	if (!place.p || folder_make(place.p, NULL) || file_write_unsynced(path_join(arena, place.p, "package.json"), buf_str(&manifest), NULL) ||
	    file_write_unsynced(path_join(arena, place.p, "package-lock.json"), buf_str(&lock), NULL))
		exit(1);
	buf_fini(&lock);
	buf_fini(&manifest);
	arena_free(arena);
}

static void write_names(struct arena *arena, const char *folder)
{
	struct buf list = BUF_INIT(16 * MIB);
	for (size_t i = 0; i < name_count; i++)
		buf_printf(&list, "%.*s\n", STR_ARG(names[i]));
	struct str path = arena_printf(arena, "%s.names", folder);
	if (!path.p || file_write_unsynced(path.p, buf_str(&list), NULL))
		exit(1);
	buf_fini(&list);
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	uint64_t projects, percent = 0;
	const char *list = getenv("NAMES");
	if (argc < 3 || !list || !str_to_u64(str_of(argv[2]), &projects) || (argc > 3 && !str_to_u64(str_of(argv[3]), &percent))) {
		fprintf(stderr, "NAMES=names.tsv make_fleet FOLDER PROJECTS [CHANGED]\n");
		return 2;
	}
	read_names(arena, list);
	write_names(arena, argv[1]);
	for (size_t i = 0; i < projects; i++)
		if (!percent || i * percent % 100 < percent)
			write_project(argv[1], i, percent != 0);
	arena_free(arena);
	return 0;
}
