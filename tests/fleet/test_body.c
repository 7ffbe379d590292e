/* What a store keeps of a lockfile gives the same tree back, and damaged bytes give an error. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "assay/lockfile.h"
#include "fleet/body.h"

static const char *root(void)
{
	return getenv("ASSAY_ROOT");
}

static bool same_package(const struct package *a, const struct package *b)
{
	return str_equal(a->id, b->id) && str_equal(a->name, b->name) && str_equal(a->alias, b->alias) && str_equal(a->version, b->version) &&
	       a->kind == b->kind && str_equal(a->link, b->link) && str_equal(a->folder, b->folder) && a->scope == b->scope &&
	       a->optional == b->optional && a->peer == b->peer && a->direct == b->direct && a->bundled == b->bundled &&
	       a->install_script == b->install_script && a->platform == b->platform && a->line == b->line && a->depth == b->depth &&
	       a->reachable == b->reachable && a->out_count == b->out_count && a->in_count == b->in_count && a->link_target == b->link_target;
}

static void compare(const struct tree *a, const struct tree *b)
{
	assert_string_equal(a->format, b->format);
	assert_true(str_equal(a->format_version, b->format_version));
	assert_int_equal(a->package_count, b->package_count);
	assert_int_equal(a->edge_count, b->edge_count);
	for (uint32_t i = 0; i < a->package_count; i++) {
		if (!same_package(&a->packages[i], &b->packages[i]))
			fail_msg("package %.*s differs", STR_ARG(a->packages[i].id));
		for (uint32_t k = 0; k < a->packages[i].out_count; k++) {
			const struct edge *x = &a->edges[a->out[a->packages[i].out_first + k]];
			const struct edge *y = &b->edges[b->out[b->packages[i].out_first + k]];
			assert_true(x->from == y->from && x->to == y->to && x->type == y->type);
			assert_true(str_equal(x->name, y->name) && str_equal(x->spec, y->spec));
		}
	}
}

/* Every lockfile among the fixtures that can be read. */
static void each_fixture(void (*each)(const struct tree *tree, struct arena *arena))
{
	struct arena *arena = arena_new(0);
	struct lockfile_list list = { 0 };
	char folder[4096];
	size_t read = 0;
	snprintf(folder, sizeof folder, "%s/fixtures/lockfiles", root());
	assert_int_equal(lockfile_find(folder, NULL, arena, &list, NULL), STATUS_OK);
	for (size_t i = 0; i < list.found.n; i++) {
		struct tree *tree = NULL;
		if (list.found.v[i].problem != LOCKFILE_FINE || lockfile_load(&list.found.v[i], arena, &tree, NULL))
			continue;
		each(tree, arena);
		read++;
	}
	assert_true(read >= 15);
	arena_free(arena);
}

static void there_and_back(const struct tree *tree, struct arena *arena)
{
	struct buf body = BUF_INIT(64 * MIB), again = BUF_INIT(64 * MIB);
	struct tree *back = NULL;
	struct error err = { 0 };
	assert_int_equal(body_write(tree, &body, &err), STATUS_OK);
	if (body_read(buf_str(&body), arena, &back, &err))
		fail_msg("%s: %s", tree->path, err.text);
	compare(tree, back);
	assert_int_equal(body_write(back, &again, &err), STATUS_OK);
	assert_true(str_equal(buf_str(&body), buf_str(&again)));
	buf_fini(&body);
	buf_fini(&again);
}

static void test_there_and_back(void **state)
{
	(void)state;
	each_fixture(there_and_back);
}

/* Cut anywhere it is an error; with any one byte changed it is an error or a tree. */
static void damage(const struct tree *tree, struct arena *arena)
{
	struct buf body = BUF_INIT(64 * MIB);
	struct tree *back;
	(void)arena;
	if (tree->package_count > 40)
		return;
	assert_int_equal(body_write(tree, &body, NULL), STATUS_OK);
	struct arena *scratch = arena_new(0);
	for (size_t n = 0; n < body.n; n++) {
		arena_reset(scratch);
		assert_int_not_equal(body_read(str_head(buf_str(&body), n), scratch, &back, NULL), STATUS_OK);
		char kept = body.p[n];
		body.p[n] = (char)(kept ^ 0x41);
		arena_reset(scratch);
		(void)!body_read(buf_str(&body), scratch, &back, NULL);
		body.p[n] = kept;
	}
	arena_free(scratch);
	buf_fini(&body);
}

static void test_damaged(void **state)
{
	(void)state;
	each_fixture(damage);
}

static void test_digest_knows_integrity(void **state)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = tree_new(arena);
	unsigned char before[32], after[32];
	struct buf body = BUF_INIT(MIB);
	(void)state;
	tree->format = "npm";
	assert_non_null(tree_add_package(tree, STR(""), NULL));
	struct package *package = tree_add_package(tree, STR("node_modules/a"), NULL);
	package->name = STR("a");
	package->version = STR("1.0.0");
	package->integrity = STR("sha512-a");
	assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
	assert_int_equal(body_write(tree, &body, NULL), STATUS_OK);
	assert_true(body_digest(buf_str(&body), tree, before));
	tree->packages[1].integrity = STR("sha512-b");
	assert_true(body_digest(buf_str(&body), tree, after));
	assert_memory_not_equal(before, after, sizeof before);
	buf_fini(&body);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_digest_knows_integrity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
