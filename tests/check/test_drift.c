/*
 * lockfile-drift over npm lockfiles, as they are read: fixtures/check/drift-npm/cases.txt. Each case is also put to npm, which
 * must find the same dependencies missing or wrong; what npm does not look at (ranges that were recorded, sections) is ours alone.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "assay/check.h"
#include "assay/lockfile.h"
#include "assay/registry.h"

enum { MAX_CASES = 64 };
static const char *const versions[] = { "v3", "v1" };

struct drift_case {
	struct str name, root, workspace, added;
	struct buf wanted[2]; /* by lockfile version: lines "kind file name" */
	struct str unlike[2]; /* a name that npm decides otherwise on */
	struct buf found[2];
	const char *folders[2];
};

struct world {
	struct arena *arena;
	struct drift_case cases[MAX_CASES];
	size_t count;
};
static struct world world; /* cmocka's tests take no arguments but a state */

static struct str read_fixture(const char *name)
{
	const char *root = getenv("ASSAY_ROOT");
	struct str text;
	struct error err;
	const char *path = arena_printf(world.arena, "%s/fixtures/check/drift-npm/%s", root ? root : ".", name).p;
	if (file_read(path, 1 << 20, world.arena, &text, &err))
		fail_msg("%s", err.text);
	return text;
}

static struct drift_case *add_case(struct str name)
{
	assert_true(world.count < MAX_CASES);
	struct drift_case *one = &world.cases[world.count++];
	const struct drift_case *first = &world.cases[0];
	*one = (struct drift_case){ .name = name, .root = first->root, .workspace = first->workspace };
	for (int i = 0; i < 2; i++) {
		buf_init(&one->wanted[i], 1 << 16);
		buf_init(&one->found[i], 1 << 16);
	}
	return one;
}

static void read_line(struct drift_case **one, struct str line)
{
	struct str verb = str_head(line, str_find(line, ' ')), rest = str_from(line, verb.n + 1);
	if (str_equal_z(verb, "case")) {
		*one = add_case(rest);
	} else if (str_equal_z(verb, "root")) {
		(*one)->root = rest;
	} else if (str_equal_z(verb, "w")) {
		(*one)->workspace = rest;
	} else if (str_equal_z(verb, "w2")) {
		(*one)->added = rest;
	} else if (str_starts_with(line, STR("unlike npm v"))) {
		struct str name = str_from(line, strlen("unlike npm v3 "));
		(*one)->unlike[line.p[strlen("unlike npm v")] == '1'] = str_head(name, str_find(name, ':'));
	} else {
		for (int i = 0; i < 2; i++)
			if (str_equal_z(verb, "all") || str_equal_z(verb, versions[i]))
				buf_printf(&(*one)->wanted[i], "%.*s\n", STR_ARG(rest));
	}
}

static struct str with_registry(struct str text)
{
	static const char mark[] = "@PUBLIC_REGISTRY@";
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 20);
	size_t at;
	while ((at = str_find_str(text, str_of(mark))) < text.n) {
		buf_add(&out, str_head(text, at));
		buf_add_z(&out, PUBLIC_REGISTRY_URL);
		text = str_from(text, at + strlen(mark));
	}
	buf_add(&out, text);
	return arena_copy(world.arena, buf_str(&out));
}

static void put(const char *folder, const char *name, struct str text)
{
	assert_int_equal(folder_make(folder, NULL), STATUS_OK);
	assert_int_equal(file_write(path_join(world.arena, folder, name), text, NULL), STATUS_OK);
}

/* Message and stable id hold what the case is about: "lockfile-drift/kind file name". */
static void run(struct drift_case *one, int version, const char *lock)
{
	struct arena *arena = world.arena;
	struct tree *tree;
	struct error err;
	struct lockfile_source source = { .path = path_join(arena, one->folders[version], "package-lock.json"),
					  .folder = one->folders[version],
					  .text = arena_copy(arena, str_of(lock)) };
	if (lockfile_read(lockfile_format_by_kind("npm"), &source, arena, &tree, &err))
		fail_msg("%s", err.text);
	struct scan scan = { .arena = arena, .tree = tree, .format = lockfile_format_by_kind("npm") };
	assert_int_equal(check_run(&scan, &err), STATUS_OK);
	for (size_t i = 0; i < scan.findings.n; i++) {
		const struct finding *finding = &scan.findings.v[i];
		if (strcmp(finding->rule->id, "lockfile-drift") != 0)
			continue;
		assert_true(str_find_str(finding->message, STR("package.json")) < finding->message.n);
		buf_printf(&one->found[version], "%.*s\n", STR_ARG(str_from(finding->stable_id, strlen("lockfile-drift/"))));
	}
}

static void make_folders(void)
{
	const char *base = getenv("TEST_TMP");
	for (size_t i = 0; i < world.count; i++) {
		for (int v = 0; v < 2; v++) {
			struct drift_case *one = &world.cases[i];
			one->folders[v] = arena_printf(world.arena, "%s/%zu-%s", base ? base : ".", i, versions[v]).p;
			put(one->folders[v], "package.json", one->root);
			put(path_join(world.arena, one->folders[v], "packages/w"), "package.json", one->workspace);
			if (one->added.n)
				put(path_join(world.arena, one->folders[v], "packages/w2"), "package.json", one->added);
			put(one->folders[v], "package-lock.json", with_registry(read_fixture(v ? "v1.json" : "v3.json")));
		}
	}
}

static int set_up(void **state)
{
	(void)state;
	world.arena = arena_new(0);
	struct str rest = read_fixture("cases.txt"), line;
	struct drift_case *one = NULL;
	while (str_split(&rest, '\n', &line))
		if (line.n && line.p[0] != '#')
			read_line(&one, line);
	make_folders();
	for (size_t i = 0; i < world.count; i++)
		for (int v = 0; v < 2; v++)
			run(&world.cases[i], v, with_registry(read_fixture(v ? "v1.json" : "v3.json")).p);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < world.count; i++) {
		for (int v = 0; v < 2; v++) {
			buf_fini(&world.cases[i].wanted[v]);
			buf_fini(&world.cases[i].found[v]);
		}
	}
	arena_free(world.arena);
	return 0;
}

static void test_cases(void **state)
{
	(void)state;
	size_t wrong = 0;
	for (size_t i = 0; i < world.count; i++) {
		for (int v = 0; v < 2; v++) {
			const struct drift_case *one = &world.cases[i];
			if (str_equal(buf_str(&one->wanted[v]), buf_str(&one->found[v])))
				continue;
			print_error("%.*s, %s\nwanted:\n%.*sfound:\n%.*s", STR_ARG(one->name), versions[v], STR_ARG(buf_str(&one->wanted[v])),
				    STR_ARG(buf_str(&one->found[v])));
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
	assert_true(world.count >= 20);
}

static int compare_texts(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* Of "kind file name"; a workspace is named by its folder. */
static struct str last_part(struct str line)
{
	struct str name = str_from(line, str_find_last(line, ' ') + 1);
	size_t slash = str_find_last(name, '/');
	return slash < name.n ? str_from(name, slash + 1) : name;
}

/* The names of what npm would also refuse, as the oracle prints them: sorted, each once. */
static struct str refused(const struct drift_case *one, int version, struct buf *out)
{
	static const char *const kinds[] = { "missing", "version", "override", "workspace", NULL };
	struct str names[64], rest = buf_str(&one->found[version]), line;
	size_t n = 0;
	while (rest.n && str_split(&rest, '\n', &line)) {
		struct str kind = str_head(line, str_find(line, ' '));
		for (const char *const *known = kinds; *known; known++)
			if (str_equal_z(kind, *known))
				names[n++] = last_part(line);
	}
	qsort(names, n, sizeof *names, compare_texts);
	for (size_t i = 0; i < n; i++) {
		if ((i && str_equal(names[i], names[i - 1])) || str_equal(names[i], one->unlike[version]))
			continue;
		buf_printf(out, "%s%.*s", out->n ? " " : "", STR_ARG(names[i]));
	}
	return buf_str(out);
}

static FILE *ask_npm(void)
{
	CLEANUP(buf_fini) struct buf command = BUF_INIT(1 << 20);
	const char *root = getenv("ASSAY_ROOT");
	buf_printf(&command, "node '%s/tests/oracle/drift.cjs'", root ? root : ".");
	for (size_t i = 0; i < world.count; i++)
		for (int v = 0; v < 2; v++)
			buf_printf(&command, " '%s'", world.cases[i].folders[v]);
	buf_add_char(&command, '\0');
	assert_false(command.failed);
	return popen(command.p, "r");
}

static void test_like_npm(void **state)
{
	(void)state;
	const char *oracle = getenv("ASSAY_ORACLE");
	if (!oracle || !*oracle) {
		print_message("no Node here: npm's word was not compared\n");
		skip();
	}
	FILE *npm = ask_npm();
	char line[1024];
	size_t wrong = 0, compared = 0;
	assert_non_null(npm);
	for (size_t i = 0; i < 2 * world.count && fgets(line, sizeof line, npm); i++, compared++) {
		const struct drift_case *one = &world.cases[i / 2];
		CLEANUP(buf_fini) struct buf names = BUF_INIT(4096);
		struct str ours = refused(one, i % 2, &names), npms = str_trim(str_of(line));
		if (str_equal(ours, npms))
			continue;
		print_error("%.*s, %s: npm \"%.*s\", we \"%.*s\"\n", STR_ARG(one->name), versions[i % 2], STR_ARG(npms), STR_ARG(ours));
		wrong++;
	}
	assert_int_equal(pclose(npm), 0);
	assert_int_equal(wrong, 0);
	assert_int_equal(compared, 2 * world.count);
	print_message("%zu projects compared with npm\n", compared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_like_npm),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
