/* Registry and cache as npm would find them: which source wins, how lines are read, what is refused. */
#include "assay/registry.h"
#include "npmrc/folders.h"

#define A "https://a.example/"
#define B "https://b.example/"
#define C "https://c.example/"

struct fact {
	const char *project, *user; /* texts of the two files; NULL: no file */
	const char *name, *value;   /* one variable */
	const char *registry;       /* NULL: refused */
	const char *cache;          /* NULL: ~/.npm; else behind a leading "~" or "." the home or the project's folder */
	const char *error;          /* a part of the text */
};

static const struct fact facts[] = {
	{ .registry = PUBLIC_REGISTRY_URL },
	/* who wins */
	{ .user = "registry=" A "\n", .registry = A },
	{ .project = "registry=" B "\n", .user = "registry=" A "\n", .registry = B },
	{ .project = "registry=" B "\n", .user = "registry=" A, .name = "npm_config_registry", .value = C, .registry = C },
	{ .project = "registry=" B "\n", .name = "NPM_CONFIG_REGISTRY", .value = C, .registry = C },
	{ .project = "registry=" B "\n", .name = "npm_config_registry", .value = "", .registry = B },
	{ .project = "registry=" B "\n", .name = "npm_config_registry_x", .value = C, .registry = B },
	{ .project = "cache=x\n", .user = "registry=" A "\n", .registry = A, .cache = "./x" },
	/* lines */
	{ .user = "registry = " A "\n", .registry = A },
	{ .user = "  registry\t=\t" A "  \r\n", .registry = A },
	{ .user = "\xef\xbb\xbfregistry=" A "\n", .registry = A },
	{ .user = "registry=" A "\nregistry=" B "\n", .registry = B },
	{ .user = "registry=" A "\rregistry=" B, .registry = B },
	{ .user = "; registry=" A "\n# registry=" B "\n", .registry = PUBLIC_REGISTRY_URL },
	{ .user = "registry=" A " ; ours\n", .registry = A },
	{ .user = "registry=" A " # ours\n", .registry = A },
	{ .user = "registry=\"" A "\"\n", .registry = A },
	{ .user = "registry='" A "'\n", .registry = A },
	{ .user = "'registry'=" A "\n", .registry = A },
	{ .user = "registry=\"https:\\/\\/a.example\\/\"\n", .registry = A },
	{ .user = "[other]\nregistry=" A "\n", .registry = PUBLIC_REGISTRY_URL },
	{ .user = "@s:registry=" A "\n//a.example/:_authToken=secret\n", .registry = PUBLIC_REGISTRY_URL },
	{ .user = "Registry=" A "\n", .registry = PUBLIC_REGISTRY_URL },
	{ .user = "registry\n\n=\n==\n", .registry = PUBLIC_REGISTRY_URL },
	/* the trailing slash */
	{ .user = "registry=https://a.example\n", .registry = A },
	{ .user = "registry=https://a.example/api/npm\n", .registry = "https://a.example/api/npm/" },
	{ .user = "registry=http://a.example:4873\n", .registry = "http://a.example:4873/" },
	/* variables: the user's file and the environment, never the project's file */
	{ .user = "registry=${TEST_URL}\n", .name = "TEST_URL", .value = A, .registry = A },
	{ .user = "registry=https://${TEST_HOST}/x${NOT_SET?}/\n", .name = "TEST_HOST", .value = "h.example", .registry = "https://h.example/x/" },
	{ .name = "npm_config_registry", .value = "https://a.example/${HOME_IS_NOT_SET?}", .registry = A },
	{ .user = "cache=/x/\\${TEST_X}\n", .name = "TEST_X", .value = "y", .registry = PUBLIC_REGISTRY_URL, .cache = "/x/${TEST_X}" },
	{ .user = "cache=/x/${NOT_SET}\n", .registry = PUBLIC_REGISTRY_URL, .cache = "/x/${NOT_SET}" },
	{ .user = "cache=/x/${\n", .registry = PUBLIC_REGISTRY_URL, .cache = "/x/${" },
	{ .user = "cache=/x/${}$\n", .registry = PUBLIC_REGISTRY_URL, .cache = "/x/${}$" },
	{ .project = "registry=https://evil.example/${SECRET}/\n", .name = "SECRET", .value = "s3cret", .error = "variables are not expanded in a project's .npmrc for a host" },
	{ .project = "cache=/x/${TEST_X}\n", .name = "TEST_X", .value = "y", .registry = PUBLIC_REGISTRY_URL, .cache = "/x/${TEST_X}" },
	/* the cache */
	{ .user = "cache=~/c\n", .registry = PUBLIC_REGISTRY_URL, .cache = "~/c" },
	{ .user = "cache=/tmp/c d\n", .registry = PUBLIC_REGISTRY_URL, .cache = "/tmp/c d" },
	{ .name = "npm_config_cache", .value = "/c", .user = "cache=/d\n", .registry = PUBLIC_REGISTRY_URL, .cache = "/c" },
	{ .name = "NPM_CONFIG_CACHE", .value = "/c", .registry = PUBLIC_REGISTRY_URL, .cache = "/c" },
	{ .user = "cache=\n", .registry = PUBLIC_REGISTRY_URL },
	/* what is refused: with the file and the line, without secrets */
	{ .project = "\n\nregistry=ftp://a.example/\n", .error = "project/.npmrc: line 3, column 1: registry: found ftp://a.example/" },
	{ .user = "registry=a.example\n", .error = ".npmrc: line 1, column 1: registry: found a.example, expected" },
	{ .user = "registry=\n", .error = "line 1, column 1: registry: found , expected" },
	{ .user = "registry=https://me:s3cret@a.example/\n", .error = "a URL with an '@'" },
	{ .user = "registry=https://a.example/?x\n", .error = "without credentials and query" },
	{ .user = "registry=https://a.example/\x1b[2Jx\n", .error = "\\x1b" },
	{ .name = "npm_config_registry", .value = "nonsense", .error = "npm_config_registry: registry: found nonsense" },
	{ .project = "registry=http://a.example/\n", .error = "cannot turn to plain http" },
	{ .project = "registry=http://localhost.evil.example/\n", .error = "cannot turn to plain http" },
	{ .project = "registry=http://127.0.0.1:4873/\n", .registry = "http://127.0.0.1:4873/" },
	{ .project = "registry=http://localhost:4873/\n", .registry = "http://localhost:4873/" },
	/* the user's own variable makes up for a project's bad line */
	{ .project = "registry=ftp://a.example/\n", .name = "npm_config_registry", .value = B, .registry = B },
};

/* Registry and cache alone. */
static enum status read_settings(const char *folder, struct arena *arena, const char **registry, const char **cache, struct error *err)
{
	struct npm_settings_options options = { .project_folder = folder };
	struct npm_settings *settings;
	enum status status = npm_settings_read(&options, arena, &settings, err);
	if (status)
		return status;
	*registry = settings->registry;
	*cache = settings->cache;
	return STATUS_OK;
}

static void check_cache(const struct fact *fact, const char *cache)
{
	char expected[600];
	const char *want = fact->cache ? fact->cache : "~/.npm";
	const char *folder = want[0] == '~' ? home : want[0] == '.' ? project : "";
	snprintf(expected, sizeof expected, "%s%s", folder, *folder ? want + 1 : want);
	assert_string_equal(cache, expected);
}

static void check(const struct fact *fact)
{
	struct arena *arena = arena_new(0);
	const char *registry = NULL, *cache = NULL;
	struct error err = { 0 };
	put(path_join(arena, project, ".npmrc"), fact->project);
	put(path_join(arena, home, ".npmrc"), fact->user);
	if (fact->name)
		setenv(fact->name, fact->value, 1);
	enum status status = read_settings(project, arena, &registry, &cache, &err);
	if (fact->name)
		unsetenv(fact->name);
	size_t number = (size_t)(fact - facts);
	if (!fact->registry) {
		if (status != STATUS_INVALID || !strstr(err.text, fact->error) || strstr(err.text, "s3cret") || registry || cache)
			fail_msg("fact %zu: status %d, \"%s\"", number, status, err.text);
	} else {
		if (status != STATUS_OK || strcmp(registry, fact->registry) != 0)
			fail_msg("fact %zu: status %d, \"%s\", registry %s", number, status, err.text, registry ? registry : "none");
		check_cache(fact, cache);
	}
	arena_free(arena);
}

static void settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		check(&facts[i]);
}

static void user_file_named(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	const char *registry, *cache;
	put(path_join(arena, home, ".npmrc"), "registry=" A "\n");
	put(path_join(arena, home, "other"), "registry=${TEST_URL}\n");
	put(path_join(arena, project, ".npmrc"), NULL);
	setenv("npm_config_userconfig", "~/other", 1);
	setenv("TEST_URL", B, 1);
	assert_int_equal(read_settings(project, arena, &registry, &cache, NULL), STATUS_OK);
	assert_string_equal(registry, B);
	unsetenv("npm_config_userconfig");
	/* A scan of the home folder reads the user's file as the user's. */
	put(path_join(arena, home, ".npmrc"), "registry=${TEST_URL}\n");
	assert_int_equal(read_settings(home, arena, &registry, &cache, NULL), STATUS_OK);
	assert_string_equal(registry, B);
	arena_free(arena);
}

static void unreadable(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	const char *registry, *cache;
	put(path_join(arena, home, ".npmrc"), NULL);
	put(path_join(arena, project, ".npmrc"), NULL);
	assert_int_equal(folder_make(path_join(arena, project, ".npmrc"), NULL), STATUS_OK);
	assert_int_equal(read_settings(project, arena, &registry, &cache, &err), STATUS_INVALID);
	assert_non_null(strstr(err.text, "project/.npmrc"));
	rmdir(path_join(arena, project, ".npmrc"));
	arena_free(arena);
}

static void no_home(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	const char *registry, *cache = "";
	unsetenv("HOME");
	assert_int_equal(read_settings(project, arena, &registry, &cache, NULL), STATUS_OK);
	assert_null(cache);
	setenv("HOME", home, 1);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings),
		cmocka_unit_test(user_file_named),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(no_home),
	};
	return cmocka_run_group_tests(tests, make_folders, NULL);
}
