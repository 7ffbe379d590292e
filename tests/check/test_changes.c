/* What a change makes of a tree: which packages are new, which releases are pinned otherwise. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "assay/check.h"

#define SHA512(c) "sha512-" c "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define SHA1(c) "sha1-" c "AAAAAAAAAAAAAAAAAAAAAAAAAA="

struct entry {
	const char *name, *version, *integrity, *resolved;
	bool script;
};

static struct tree *make_tree(struct arena *arena, const char *format, const struct entry *entries, size_t count)
{
	struct tree *tree = tree_new(arena);
	struct error err;
	assert_non_null(tree_add_package(tree, STR(""), &err));
	tree->packages[0].kind = PACKAGE_ROOT;
	for (size_t i = 0; i < count; i++) {
		struct package *package = tree_add_package(tree, arena_printf(arena, "node_modules/%zu", i), &err);
		assert_non_null(package);
		package->name = str_of(entries[i].name);
		package->version = str_of(entries[i].version);
		package->integrity = str_of(entries[i].integrity);
		package->resolved = str_of(entries[i].resolved);
		package->install_script = entries[i].script;
		struct edge edge = { .from = 0, .to = (uint32_t)i + 1, .name = package->name, .spec = STR("*") };
		assert_true(tree_add_edge(tree, edge));
	}
	tree->format = format;
	assert_int_equal(tree_finish(tree, &err), STATUS_OK);
	return tree;
}

/* The id of the one finding, or "". */
static const char *tampering(struct arena *arena, const char *format, const struct entry *before, const struct entry *now)
{
	struct scan scan = {
		.arena = arena,
		.tree = make_tree(arena, "npm", now, 1),
		.before = make_tree(arena, format, before, 1),
	};
	const struct rule *rule = check_rule_by_id(STR("lockfile-tamper"));
	struct error err;
	assert_int_equal(rule->run(&scan, rule, &err), STATUS_OK);
	assert_true(scan.findings.n <= 1);
	return scan.findings.n ? arena_copy(arena, scan.findings.v[0].id).p : "";
}

static void test_tampering(void **state)
{
	(void)state;
	static const struct {
		struct entry before, now;
		const char *format, *found;
	} cases[] = {
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", SHA512("A"), NULL, false }, "npm", "" },
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", SHA512("B"), NULL, false }, "npm", "lockfile-tamper/digest" },
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", NULL, NULL, false }, "npm", "lockfile-tamper/lost" },
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", "md5-x", NULL, false }, "npm", "lockfile-tamper/lost" },
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", SHA1("A"), NULL, false }, "npm", "lockfile-tamper/weakened" },
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", "sha512-AAAA", NULL, false }, "npm", "lockfile-tamper/digest" },
		{ { "a", "1.0.0", SHA1("A"), NULL, false }, { "a", "1.0.0", SHA512("A"), NULL, false }, "npm", "" },
		{ { "a", "1.0.0", SHA1("A"), NULL, false }, { "a", "1.0.0", SHA1("B") " " SHA512("A"), NULL, false }, "npm", "lockfile-tamper/digest" },
		{ { "a", "1.0.0", NULL, NULL, false }, { "a", "1.0.0", SHA512("A"), NULL, false }, "npm", "" },
		{ { "a", "1.0.0", SHA512("A"), "https://one/a/-/a-1.0.0.tgz", false },
		  { "a", "1.0.0", SHA512("A"), "https://two/a/-/a-1.0.0.tgz", false },
		  "npm",
		  "lockfile-tamper/host" },
		{ { "a", "1.0.0", SHA512("A"), "https://one/a/-/a-1.0.0.tgz", false }, { "a", "1.0.0", SHA512("A"), "https://one/else/a-1.0.0.tgz", false }, "npm", "" },
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", SHA512("A"), "https://two/a.tgz", false }, "npm", "" },
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", SHA512("A"), NULL, true }, "npm", "lockfile-tamper/install-script" },
		/* Another manager's lockfile says other things; a digest is a digest. */
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", SHA512("A"), NULL, true }, "yarn", "" },
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", NULL, NULL, false }, "yarn", "" },
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", SHA512("B"), NULL, false }, "yarn", "lockfile-tamper/digest" },
		{ { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.1", SHA512("B"), NULL, false }, "npm", "" },
		{ { "b", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", SHA512("B"), NULL, false }, "npm", "" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		const char *found = tampering(arena, cases[i].format, &cases[i].before, &cases[i].now);
		if (strcmp(found, cases[i].found) != 0)
			fail_msg("case %zu: \"%s\", wanted \"%s\"", i, found, cases[i].found);
	}
}

/* One of two instances is as before: then so is the release. */
static void test_any_instance(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	static const struct entry before[] = { { "a", "1.0.0", SHA512("A"), NULL, false }, { "a", "1.0.0", SHA512("B"), NULL, false } };
	static const struct entry now[] = { { "a", "1.0.0", SHA512("B"), NULL, false } };
	struct scan scan = { .arena = arena, .tree = make_tree(arena, "npm", now, 1), .before = make_tree(arena, "npm", before, 2) };
	const struct rule *rule = check_rule_by_id(STR("lockfile-tamper"));
	struct error err;
	assert_int_equal(rule->run(&scan, rule, &err), STATUS_OK);
	assert_int_equal(scan.findings.n, 0);
}

static void test_changes(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	static const struct entry before[] = {
		{ "same", "1.0.0", SHA512("A"), NULL, false },
		{ "moved", "1.0.0", SHA512("A"), NULL, false },
		{ "gone", "1.0.0", SHA512("A"), NULL, false },
		{ "bytes", "1.0.0", SHA512("A"), NULL, false },
	};
	static const struct entry now[] = {
		{ "same", "1.0.0", SHA512("A"), NULL, false },  { "moved", "2.0.0", SHA512("B"), NULL, false },
		{ "new", "1.0.0", SHA512("C"), NULL, false },   { "new", "1.0.0", SHA512("C"), NULL, false },
		{ "bytes", "1.0.0", SHA512("B"), NULL, false },
	};
	static const enum package_change wanted[] = { CHANGE_CARRIED, CHANGE_CARRIED, CHANGE_CHANGED, CHANGE_ADDED, CHANGE_ADDED, CHANGE_CHANGED };
	struct tree_changes changes;
	struct error err;
	assert_int_equal(check_compare_trees(make_tree(arena, "npm", before, 4), make_tree(arena, "npm", now, 5), arena, &changes, &err), STATUS_OK);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		assert_int_equal(changes.by_package[i], wanted[i]);
	assert_int_equal(changes.added, 1);
	assert_int_equal(changes.changed, 2);
	assert_int_equal(changes.carried, 1);
	assert_int_equal(changes.removed, 2); /* moved@1.0.0 and gone@1.0.0 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tampering),
		cmocka_unit_test(test_any_instance),
		cmocka_unit_test(test_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
