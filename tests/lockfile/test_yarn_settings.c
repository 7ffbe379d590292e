/* Where yarn berry keeps its zips: what .yarnrc.yml and the environment say of it, and what neither can make us believe. */
#include "tests.h"

#include "assay/limits.h"
#include "assay/lockfile.h"

/* In `own` and `global` "P" stands for the project's folder, "H" for the user's; NULL: nowhere. */
static const struct fact {
	const char *file;                           /* .yarnrc.yml; NULL: there is none */
	const char *cache, *global_folder, *shared; /* the environment's; NULL: not set */
	const char *own, *global;
} facts[] = {
	{ NULL, NULL, NULL, NULL, "P/.yarn/cache", "H/.yarn/berry/cache" },
	{ "", NULL, NULL, NULL, "P/.yarn/cache", "H/.yarn/berry/cache" },
	{ "nodeLinker: node-modules\n", NULL, NULL, NULL, "P/.yarn/cache", "H/.yarn/berry/cache" },
	{ "cacheFolder: ./zips\n", NULL, NULL, NULL, "P/./zips", "H/.yarn/berry/cache" },
	{ "cacheFolder: \"../zips\"\n", NULL, NULL, NULL, "P/../zips", "H/.yarn/berry/cache" },
	{ "cacheFolder: /var/zips\n", NULL, NULL, NULL, "/var/zips", "H/.yarn/berry/cache" },
	{ "cacheFolder: ./zips\n", "other", NULL, NULL, "P/other", "H/.yarn/berry/cache" },
	{ "cacheFolder: ${HOME}/zips\n", NULL, NULL, NULL, "P/.yarn/cache", "H/.yarn/berry/cache" }, /* not expanded */
	{ "cacheFolder:\n  - a\n", NULL, NULL, NULL, "P/.yarn/cache", "H/.yarn/berry/cache" },
	{ "cacheFolder: \"\"\n", NULL, NULL, NULL, "P/.yarn/cache", "H/.yarn/berry/cache" },
	{ "globalFolder: shared\n", NULL, NULL, NULL, "P/.yarn/cache", "P/shared/cache" },
	{ "globalFolder: /opt/yarn\n", NULL, NULL, NULL, "P/.yarn/cache", "/opt/yarn/cache" },
	{ "globalFolder: /opt/yarn\n", NULL, "/srv/yarn", NULL, "P/.yarn/cache", "/srv/yarn/cache" },
	{ "enableGlobalCache: true\n", NULL, NULL, NULL, NULL, "H/.yarn/berry/cache" },
	{ "enableGlobalCache: true\ncacheFolder: zips\n", NULL, NULL, NULL, NULL, "H/.yarn/berry/cache" },
	{ "enableGlobalCache: false\n", NULL, NULL, NULL, "P/.yarn/cache", "H/.yarn/berry/cache" },
	{ "enableGlobalCache: false\n", NULL, NULL, "1", NULL, "H/.yarn/berry/cache" },
	{ "enableGlobalCache: true\n", NULL, NULL, "false", "P/.yarn/cache", "H/.yarn/berry/cache" },
	{ "enableGlobalCache: true\n", NULL, NULL, "0", "P/.yarn/cache", "H/.yarn/berry/cache" },
	/* What cannot be read says nothing. */
	{ "cacheFolder: [unended\n", NULL, NULL, NULL, "P/.yarn/cache", "H/.yarn/berry/cache" },
	{ "- a\n- list\n", NULL, NULL, NULL, "P/.yarn/cache", "H/.yarn/berry/cache" },
	{ "cacheFolder: one\ncacheFolder: two\n", NULL, NULL, NULL, "P/.yarn/cache", "H/.yarn/berry/cache" },
};

static struct arena *arena;
static const char *project, *home;

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void expect(const char *found, const char *wanted, size_t number)
{
	struct str text = str_of(wanted);
	if (wanted && (*wanted == 'P' || *wanted == 'H'))
		text = arena_printf(arena, "%s%s", *wanted == 'P' ? project : home, wanted + 1);
	if (!str_equal(str_of(found), text) || !found != !wanted)
		fail_msg("fact %zu: %s is not %.*s", number, found ? found : "nowhere", STR_ARG(text));
}

static void as_yarn_has_it(void **state)
{
	(void)state;
	const char *file = path_join(arena, project, ".yarnrc.yml");
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		struct yarn_caches caches = { NULL, NULL };
		remove(file);
		if (facts[i].file)
			assert_int_equal(file_write(file, str_of(facts[i].file), NULL), STATUS_OK);
		set("YARN_CACHE_FOLDER", facts[i].cache);
		set("YARN_GLOBAL_FOLDER", facts[i].global_folder);
		set("YARN_ENABLE_GLOBAL_CACHE", facts[i].shared);
		assert_int_equal(yarn_caches(project, arena, &caches, NULL), STATUS_OK);
		expect(caches.own, facts[i].own, i);
		expect(caches.global, facts[i].global, i);
	}
}

/* LIMIT_CONFIG_BYTES are read, one more is not. */
static void keeps_to_its_size(void **state)
{
	(void)state;
	const struct str line = STR("cacheFolder: zips\n");
	const char *file = path_join(arena, project, ".yarnrc.yml");
	char *text = memset(arena_alloc(arena, LIMIT_CONFIG_BYTES + 1), '\n', LIMIT_CONFIG_BYTES + 1);
	memcpy(text, line.p, line.n);
	set("YARN_CACHE_FOLDER", NULL);
	set("YARN_ENABLE_GLOBAL_CACHE", NULL);
	for (size_t more = 0; more < 2; more++) {
		struct yarn_caches caches;
		assert_int_equal(file_write(file, (struct str){ text, LIMIT_CONFIG_BYTES + more }, NULL), STATUS_OK);
		assert_int_equal(yarn_caches(project, arena, &caches, NULL), STATUS_OK);
		expect(caches.own, more ? "P/.yarn/cache" : "P/zips", more);
	}
}

/* Without a home there is no cache of the user's. */
static void homeless(void **state)
{
	(void)state;
	struct yarn_caches caches;
	remove(path_join(arena, project, ".yarnrc.yml"));
	set("YARN_GLOBAL_FOLDER", NULL);
	static const char *const homes[] = { NULL, "" };
	for (size_t i = 0; i < 2; i++) {
		set("HOME", homes[i]);
		assert_int_equal(yarn_caches(project, arena, &caches, NULL), STATUS_OK);
		assert_null(caches.global);
	}
	set("HOME", home);
}

static int start(void **state)
{
	(void)state;
	arena = arena_new(0);
	home = arena_copy(arena, str_of(getenv("HOME"))).p;
	project = path_join(arena, getenv("TEST_TMP"), "project");
	return folder_make(project, NULL) == STATUS_OK ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_yarn_has_it),
		cmocka_unit_test(keeps_to_its_size),
		cmocka_unit_test(homeless),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
