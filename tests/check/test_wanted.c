/* What the next install would bring, by fixtures/check/wanted/cases.txt: a folder for each case, read as it is found. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "assay/check.h"

struct world {
	struct arena *arena;
	size_t cases;
	const char *folder;
	struct str name;
	const char *file; /* the one that is being read */
	struct buf text, wanted;
};

static void write_file(struct world *world)
{
	if (!world->file)
		return;
	const char *path = path_join(world->arena, world->folder, world->file);
	assert_int_equal(folder_make(path_folder(world->arena, path), NULL), STATUS_OK);
	assert_int_equal(file_write(path, buf_str(&world->text), NULL), STATUS_OK);
	buf_clear(&world->text);
	world->file = NULL;
}

static void find(struct world *world, struct buf *out)
{
	struct lockfile_list list = { 0 };
	struct error err = { 0 };
	if (lockfile_find(world->folder, NULL, world->arena, &list, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < list.found.n; i++) {
		struct check_wanted *wanted;
		size_t count;
		struct tree *tree;
		if (list.found.v[i].problem != LOCKFILE_FINE)
			continue;
		if (lockfile_load(&list.found.v[i], world->arena, &tree, &err))
			fail_msg("%.*s: %s", STR_ARG(world->name), err.text);
		assert_int_equal(check_find_wanted(tree, world->arena, &wanted, &count, &err), STATUS_OK);
		for (size_t k = 0; k < count; k++)
			if (wanted[k].problem.p)
				buf_printf(out, "unread %s\n", wanted[k].file);
			else
				buf_printf(out, "%s %.*s %.*s %s %u\n", wanted[k].file, STR_ARG(wanted[k].name), STR_ARG(wanted[k].spec),
					   edge_type_name(wanted[k].type), wanted[k].line);
	}
}

static void end_case(struct world *world)
{
	CLEANUP(buf_fini) struct buf found = BUF_INIT(1 << 16);
	write_file(world);
	if (!world->folder)
		return;
	find(world, &found);
	if (!str_equal(buf_str(&found), buf_str(&world->wanted)))
		fail_msg("%.*s: found\n%.*s, wanted\n%.*s", STR_ARG(world->name), STR_ARG(buf_str(&found)), STR_ARG(buf_str(&world->wanted)));
	buf_clear(&world->wanted);
}

static void read_line(struct world *world, struct str line)
{
	struct str verb = str_head(line, str_find(line, ' ')), rest = str_from(line, verb.n + 1);
	if (str_starts_with(line, STR("|"))) {
		buf_add(&world->text, str_from(line, 1));
		buf_add_char(&world->text, '\n');
	} else if (str_equal_z(verb, "case")) {
		end_case(world);
		world->name = rest;
		world->folder = arena_printf(world->arena, "%s/%zu", getenv("TEST_TMP"), ++world->cases).p;
	} else if (str_equal_z(verb, "file")) {
		write_file(world);
		struct str path = str_head(rest, str_find(rest, ' '));
		world->file = arena_copy(world->arena, path).p;
		buf_printf(&world->text, "%.*s\n", STR_ARG(str_from(rest, path.n + 1)));
	} else if (str_equal_z(verb, "unread")) {
		buf_printf(&world->wanted, "%.*s\n", STR_ARG(line));
	} else if (str_equal_z(verb, "want")) {
		buf_printf(&world->wanted, "%.*s\n", STR_ARG(rest));
	}
}

static void cases(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct world world = { .arena = arena, .text = BUF_INIT(1 << 16), .wanted = BUF_INIT(1 << 16) };
	const char *root = getenv("ASSAY_ROOT");
	struct str text, line;
	struct error err;
	(void)state;
	if (file_read(arena_printf(arena, "%s/fixtures/check/wanted/cases.txt", root ? root : ".").p, 1 << 20, arena, &text, &err))
		fail_msg("%s", err.text);
	while (str_split(&text, '\n', &line))
		read_line(&world, line);
	end_case(&world);
	assert_true(world.cases > 9);
	buf_fini(&world.text);
	buf_fini(&world.wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(cases) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
