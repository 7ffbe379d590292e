/*
 * What the tests of the readers share: a tree as lines of text, to be compared with lines in a file or from an oracle, and tables of refusals.
 *
 *   P id name alias version kind resolved integrity
 *   E from to name spec type
 *   S id scope optional            (of what is reached)
 *
 * Fields are parted by tabs, "-" stands for none; lines are sorted by bytes.
 */
#ifndef TESTS_LOCKFILE_READER_H
#define TESTS_LOCKFILE_READER_H

#include "lockfile/fixture.h"

static inline enum status read_as(struct arena *arena, const char *kind, const char *path, const char *folder, struct str text, struct tree **tree,
				  struct error *err)
{
	struct lockfile_source source = { path, folder, text };
	return lockfile_read(lockfile_format_by_kind(kind), &source, arena, tree, err);
}

/* folder/name as `kind`; fails the test when it cannot be read. */
static inline struct tree *read_lockfile(struct arena *arena, const char *kind, const char *folder, const char *name)
{
	struct error err = { 0 };
	struct tree *tree = NULL;
	struct str text;
	const char *path = path_join(arena, folder, name);
	if (file_read(path, LIMIT_LOCKFILE_BYTES, arena, &text, &err) || read_as(arena, kind, path, folder, text, &tree, &err))
		fail_msg("%s", err.text);
	return tree;
}

static inline struct tree *read_as_string(struct arena *arena, const char *kind, const char *folder, const char *text)
{
	struct error err = { 0 };
	struct tree *tree = NULL;
	if (read_as(arena, kind, "l", folder, str_of(text), &tree, &err))
		fail_msg("%s", err.text);
	return tree;
}

static inline const struct package *package_called(const struct tree *tree, const char *id)
{
	uint32_t number = tree_find(tree, str_of(id));
	if (number == TREE_NONE)
		fail_msg("no package %s", id);
	return &tree->packages[number];
}

/* ---- lines ---------------------------------------------------------------------------- */

struct lines {
	VEC(struct str) list;
};

static inline int compare_lines(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static inline struct lines sorted_lines(struct arena *arena, struct str text)
{
	struct lines lines = { 0 };
	struct str line;
	while (str_split(&text, '\n', &line)) {
		if (line.n == 0 || line.p[0] == '#')
			continue;
		struct str *added = vec_add(arena, &lines.list);
		assert_non_null(added);
		*added = line;
	}
	if (lines.list.n)
		qsort(lines.list.v, lines.list.n, sizeof *lines.list.v, compare_lines);
	return lines;
}

static inline struct str or_dash(struct str text)
{
	return text.p ? text : STR("-");
}

static inline struct str tree_text(struct arena *arena, const struct tree *tree)
{
	struct buf out = BUF_INIT(256 * MIB);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *p = &tree->packages[i];
		buf_printf(&out, "P\t%.*s\t%.*s\t%.*s\t%.*s\t%s\t%.*s\t%.*s\n", STR_ARG(p->id), STR_ARG(p->name), STR_ARG(or_dash(p->alias)),
			   STR_ARG(p->version), package_kind_name(p->kind), STR_ARG(or_dash(p->kind == PACKAGE_LINK ? p->link : p->resolved)),
			   STR_ARG(or_dash(p->integrity)));
		if (p->reachable)
			buf_printf(&out, "S\t%.*s\t%s\t%s\n", STR_ARG(p->id), scope_name(p->scope), p->optional ? "optional" : "-");
	}
	for (uint32_t e = 0; e < tree->edge_count; e++) {
		const struct edge *edge = &tree->edges[e];
		struct str to = edge->to == TREE_NONE ? STR("-") : tree->packages[edge->to].id;
		buf_printf(&out, "E\t%.*s\t%.*s\t%.*s\t%.*s\t%s\n", STR_ARG(tree->packages[edge->from].id), STR_ARG(to), STR_ARG(edge->name),
			   STR_ARG(edge->spec), edge_type_name(edge->type));
	}
	struct str copy = arena_copy(arena, buf_str(&out));
	assert_false(out.failed);
	buf_fini(&out);
	return copy;
}

/* Both as sorted lines; those that only one side has are shown. Returns how many lines agree. */
static inline size_t compare_texts(struct arena *arena, const char *what, struct str ours, struct str theirs)
{
	struct lines a = sorted_lines(arena, ours), b = sorted_lines(arena, theirs);
	size_t i = 0, k = 0, same = 0, differences = 0;
	while (i < a.list.n || k < b.list.n) {
		int order = i == a.list.n ? 1 : k == b.list.n ? -1 : str_compare(a.list.v[i], b.list.v[k]);
		struct str line = order > 0 ? b.list.v[k] : a.list.v[i];
		i += order <= 0;
		k += order >= 0;
		same += order == 0;
		if (order && differences++ < 20)
			fprintf(stderr, "# %s: %s: %.*s\n", what, order < 0 ? "unexpected" : "missing", STR_ARG(line));
	}
	assert_int_equal(differences, 0);
	assert_true(same > 0);
	return same;
}

/* A fixture beside its expected.txt. */
static inline void check_fixture(const char *kind, const char *fixture, const char *name)
{
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct str expected;
	const char *folder = fixture_copy(arena, fixture);
	struct tree *tree = read_lockfile(arena, kind, folder, name);
	struct str text = tree_text(arena, tree);
	if (getenv("FIXTURE_SHOW"))
		fprintf(stderr, "%.*s", STR_ARG(text));
	if (file_read(path_join(arena, folder, "expected.txt"), MIB, arena, &expected, &err))
		fail_msg("%s", err.text);
	compare_texts(arena, fixture, text, expected);
	arena_free(arena);
}

/* ---- the oracle --------------------------------------------------------------------------- */

static inline void skip_unless_oracle(void)
{
	if (!test_env("ASSAY_ORACLE")[0]) {
		print_message("skipped: no Node or no npm packages to compare with\n");
		skip();
	}
}

/* What tests/oracle/SCRIPT makes of each folder, behind a line "= FOLDER". */
static inline struct str ask_oracle(struct arena *arena, const char *script, const struct lockfile_folders *folders)
{
	struct error err = { 0 };
	struct str answers;
	const char *oracles = arena_printf(arena, "%s/tests/oracle", test_env("ASSAY_ROOT")).p;
	CLEANUP(buf_fini) struct buf command = BUF_INIT(MIB);
	buf_printf(&command, "node '%s/each.cjs' '%s/%s'", oracles, oracles, script);
	for (size_t i = 0; i < folders->list.n; i++)
		buf_printf(&command, " '%s'", folders->list.v[i]);
	buf_printf(&command, " >'%s/oracle.txt'", test_env("TEST_TMP"));
	assert_int_equal(system(arena_copy(arena, buf_str(&command)).p), 0);
	if (file_read(path_join(arena, test_env("TEST_TMP"), "oracle.txt"), 256 * MIB, arena, &answers, &err))
		fail_msg("%s", err.text);
	return answers;
}

static inline void compare_with_oracle(const char *script, const char *kind, const struct lockfile_folders *folders, const char *name)
{
	struct arena *arena = arena_new(0);
	struct str answers = ask_oracle(arena, script, folders);
	for (size_t i = 0; i < folders->list.n; i++) {
		const char *folder = folders->list.v[i];
		struct str head = arena_printf(arena, "= %s\n", folder);
		assert_true(str_starts_with(answers, head));
		answers = str_from(answers, head.n);
		struct str theirs = str_head(answers, str_find_str(answers, STR("\n= ")));
		answers = str_from(answers, theirs.n + (theirs.n < answers.n));
		struct tree *tree = read_lockfile(arena, kind, folder, name);
		size_t same = compare_texts(arena, folder, tree_text(arena, tree), theirs);
		fprintf(stderr, "# %s: %u packages, %u edges, %zu lines agree\n", folder, tree->package_count, tree->edge_count, same);
	}
	arena_free(arena);
}

static inline void compare_fixture(const char *script, const char *kind, const char *fixture, const char *name)
{
	skip_unless_oracle();
	struct arena *arena = arena_new(0);
	const char *folder = fixture_copy(arena, fixture);
	compare_with_oracle(script, kind, &(struct lockfile_folders){ { &folder, 1, 1 } }, name);
	arena_free(arena);
}

/* Every lockfile of that kind below ASSAY_CORPUS, or among those that the managers wrote for the tests. */
static inline void compare_corpus(const char *script, const char *kind, const char *name)
{
	struct arena *arena = arena_new(0);
	struct lockfile_folders folders = corpus_folders(arena, kind);
	compare_with_oracle(script, kind, &folders, name);
	arena_free(arena);
}

static inline void compare_made(const char *script, const char *kind, const char *name)
{
	struct arena *arena = arena_new(0);
	struct lockfile_folders folders = made_folders(arena, kind, ".");
	compare_with_oracle(script, kind, &folders, name);
	arena_free(arena);
}

/* ---- refusals ------------------------------------------------------------------------------ */

static inline const char *word_of(enum status status)
{
	return status == STATUS_INVALID ? "invalid" : status == STATUS_UNSUPPORTED ? "unsupported" : status == STATUS_LIMIT ? "limit" : "another";
}

/* A file of cases: "== status", the lockfile, "-> message". */
static inline void check_refusals(const char *kind, const char *file, size_t at_least)
{
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct str rest, line, status = STR_NONE;
	const char *text = NULL;
	size_t cases = 0;
	if (file_read(fixture_path(arena, file), MIB, arena, &rest, &err))
		fail_msg("%s", err.text);
	while (str_split(&rest, '\n', &line)) {
		if (str_starts_with(line, STR("== "))) {
			status = str_from(line, 3);
			text = line.p + line.n + 1;
			continue;
		}
		if (!str_starts_with(line, STR("-> ")))
			continue;
		struct tree *tree = NULL;
		struct str lockfile = { text, (size_t)(line.p - text) };
		enum status got = read_as(arena, kind, "l", NULL, lockfile, &tree, &err);
		struct str expected = arena_printf(arena, "l: %.*s", STR_ARG(str_from(line, 3)));
		if (!str_equal_z(status, word_of(got)) || !str_equal_z(expected, err.text))
			fail_msg("%.*s\n  gave %d: %s\n  expected %.*s: %.*s", STR_ARG(lockfile), got, err.text, STR_ARG(status), STR_ARG(expected));
		cases++;
	}
	assert_true(cases >= at_least);
	arena_free(arena);
}

/* A text cut short anywhere is an error or, at the end of an entry, a shorter lockfile that lacks what is asked for: never a crash. */
static inline void check_cuts(const char *kind, const char *path, bool always_error)
{
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct str text;
	if (file_read(fixture_path(arena, path), MIB, arena, &text, &err))
		fail_msg("%s", err.text);
	for (size_t n = 0; n + 1 < str_trim(text).n; n++) {
		struct arena *own = arena_new(0);
		struct tree *tree = NULL;
		enum status status = read_as(own, kind, "l", NULL, str_head(text, n), &tree, &err);
		assert_true(status == STATUS_INVALID || (!always_error && status == STATUS_OK));
		arena_free(own);
	}
	arena_free(arena);
}

static inline void check_limited_memory(const char *kind, const char *path)
{
	for (size_t ceiling = 1000; ceiling < 200000; ceiling += 1000) {
		struct arena *arena = arena_new(ceiling), *outside = arena_new(0);
		struct error err = { 0 };
		struct tree *tree = NULL;
		struct str text = STR_NONE;
		assert_int_equal(file_read(fixture_path(outside, path), MIB, outside, &text, &err), STATUS_OK);
		enum status status = read_as(arena, kind, "l", NULL, text, &tree, &err);
		assert_true(status == STATUS_MEMORY || (status == STATUS_OK && tree));
		arena_free(arena);
		arena_free(outside);
	}
}

#endif
