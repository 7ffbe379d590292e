/*
 * One project in every format (fixtures/lockfiles/scopes), and what others get wrong in it: a version that only development brings beside another one
 * of the same name, a workspace's own devDependencies, what is optional in production, what stands behind an alias, and what comes by both ways.
 */
#include "lockfile/reader.h"

static const struct {
	const char *name, *version;
	enum scope scope;
	bool optional;
} expected[] = {
	{ "a", "1.0.0", SCOPE_PROD, false },
	{ "a", "2.0.0", SCOPE_DEV, false },
	{ "d", "1.0.0", SCOPE_DEV, false },
	{ "wd", "1.0.0", SCOPE_DEV, false },
	{ "o", "1.0.0", SCOPE_PROD, true },
	/* With development left out it is installed all the same, unless what is optional is left out too. */
	{ "both", "1.0.0", SCOPE_PROD, true },
	{ "real", "1.0.0", SCOPE_PROD, false },
	{ "below", "1.0.0", SCOPE_PROD, false },
};
enum { COUNT = sizeof expected / sizeof *expected };

static const struct package *find(const struct tree *tree, size_t i)
{
	const struct package *found = NULL;
	for (uint32_t k = 0; k < tree->package_count; k++) {
		const struct package *package = &tree->packages[k];
		if (package_is_own(package) || !str_equal_z(package->name, expected[i].name) || !str_equal_z(package->version, expected[i].version))
			continue;
		assert_null(found);
		found = package;
	}
	if (!found)
		fail_msg("%s@%s is missing", expected[i].name, expected[i].version);
	return found;
}

static void check_scopes(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *name = *state;
	const char *kind = arena_copy(arena, str_head(str_of(name), str_find(str_of(name), '-'))).p;
	const struct tree *tree = read_lockfile(arena, kind, fixture_path(arena, "scopes"), arena_printf(arena, "%s.txt", name).p);
	uint32_t own = 0;
	for (uint32_t i = 0; i < tree->package_count; i++)
		own += package_is_own(&tree->packages[i]);
	assert_int_equal(tree->package_count - own, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		const struct package *package = find(tree, i);
		if (package->scope != expected[i].scope || package->optional != expected[i].optional)
			fail_msg("%s@%s is %s%s", expected[i].name, expected[i].version, scope_name(package->scope), package->optional ? ", optional" : "");
	}
	assert_true(str_equal_z(find(tree, 6)->alias, "al"));
}

#define FORMAT(name) \
	{ \
		"scopes of " name, check_scopes, NULL, NULL, (char[]) \
		{ \
			name \
		} \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FORMAT("npm-1"),  FORMAT("npm-3"),  FORMAT("yarn-1"), FORMAT("berry-8"),
		FORMAT("pnpm-5"), FORMAT("pnpm-6"), FORMAT("pnpm-9"), FORMAT("bun-1"),
	};
	return cmocka_run_group_tests_name("scopes", tests, NULL, NULL);
}
