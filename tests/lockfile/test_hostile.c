/*
 * Where parsers differ attackers live: the same strange things in a lockfile of every format. Each is an error that says where, or
 * a tree that still holds every package; fixtures/lockfiles/hostile.txt has what each format makes of each. Never a tree that is
 * silently shorter.
 */
#include "lockfile/reader.h"

/* A small lockfile in parts: `entry` stands as often as there are packages. '%' is the name of the package, '^' its version. */
static const struct shape {
	const char *name, *kind, *head, *entry, *separator, *tail;
} shapes[] = {
	{ "npm 3", "npm", "{\"lockfileVersion\":3,\"packages\":{\n\"\":{\"dependencies\":{\"a\":\"1\"}},\n", "\"node_modules/%\":{\"version\":\"^\"}",
	  ",\n", "}}\n" },
	{ "npm 1", "npm", "{\"lockfileVersion\":1,\"dependencies\":{\n", "\"%\":{\"version\":\"^\"}", ",\n", "}}\n" },
	{ "bun", "bun", "{\"lockfileVersion\":1,\"workspaces\":{\"\":{\"name\":\"x\"}},\"packages\":{\n", "\"%\":[\"%@^\",\"\",{}]", ",\n", "}}\n" },
	{ "pnpm 5", "pnpm", "lockfileVersion: 5.4\npackages:\n", "  /%/^:\n    resolution: {integrity: sha512-x}\n", "", "" },
	{ "pnpm 6", "pnpm", "lockfileVersion: '6.0'\npackages:\n", "  /%@^:\n    resolution: {integrity: sha512-x}\n", "", "" },
	{ "berry", "berry", "__metadata:\n  version: 8\n\"x@workspace:.\":\n  resolution: \"x@workspace:.\"\n",
	  "\"%@npm:^\":\n  version: ^\n  resolution: \"%@npm:^\"\n", "", "" },
	{ "yarn", "yarn", "# yarn lockfile v1\n", "\"%@1\":\n  version \"^\"\n", "", "" },
};

/* What is done to it. NULL: nothing. */
struct harm {
	const char *name;
	const char *package, *version;     /* in the place of "a" and "1.0.0" */
	const char *other, *other_version; /* a second package */
	struct str before, after;          /* of the whole text */
	const char *line;                  /* behind the first line */
	const char *newline;               /* in the place of each */
};

#define TEXT(literal) \
	{ \
		literal, sizeof literal - 1 \
	}

static const struct harm harms[] = {
	{ .name = "nothing" },
	{ .name = "a byte order mark", .before = TEXT("\xef\xbb\xbf") },
	{ .name = "lines that end in CR LF", .newline = "\r\n" },
	{ .name = "the name __proto__", .package = "__proto__" },
	{ .name = "names that differ in case", .other = "A", .other_version = "2.0.0" },
	{ .name = "a key twice", .other = "a", .other_version = "1.0.0" },
	{ .name = "an escaped NUL in a name", .package = "a\\u0000b" },
	{ .name = "half a surrogate pair", .package = "a\\ud800" },
	{ .name = "a name with blanks", .package = "a b" },
	{ .name = "a name of another folder", .package = ".." },
	{ .name = "an encoded name", .package = "a%25b" },
	{ .name = "a scope alone", .package = "@s" },
	{ .name = "a version that is none", .version = "latest" },
	{ .name = "a short version", .version = "1.0" },
	{ .name = "a version past 2^53", .version = "9007199254740993.0.0" },
	{ .name = "a NUL byte", .after = TEXT("\0") },
	{ .name = "a byte that is no UTF-8", .version = "1.0.0-\xff" },
	{ .name = "<<<<<<<", .line = "<<<<<<< HEAD" },
	{ .name = "|||||||", .line = "||||||| base" },
	{ .name = "=======", .line = "=======" },
	{ .name = ">>>>>>>", .line = ">>>>>>> theirs" },
	{ .name = "text behind the end", .after = TEXT("x") },
};

static void add_entry(struct buf *out, const char *entry, const char *package, const char *version)
{
	for (; *entry; entry++) {
		if (*entry == '%')
			buf_add_z(out, package);
		else if (*entry == '^')
			buf_add_z(out, version);
		else
			buf_add_char(out, *entry);
	}
}

static struct str make_text(struct arena *arena, const struct shape *shape, const struct harm *harm)
{
	struct buf whole = BUF_INIT(MIB);
	buf_add_z(&whole, shape->head);
	add_entry(&whole, shape->entry, harm->package ? harm->package : "a", harm->version ? harm->version : "1.0.0");
	if (harm->other) {
		buf_add_z(&whole, shape->separator);
		add_entry(&whole, shape->entry, harm->other, harm->other_version);
	}
	buf_add_z(&whole, shape->tail);
	struct buf out = BUF_INIT(MIB);
	struct str rest = buf_str(&whole), line;
	buf_add(&out, harm->before);
	for (bool first = true; str_split(&rest, '\n', &line) && (line.n || rest.n); first = false) {
		buf_add(&out, line);
		buf_add_z(&out, harm->newline ? harm->newline : "\n");
		if (first && harm->line)
			buf_printf(&out, "%s\n", harm->line);
	}
	buf_add(&out, harm->after);
	struct str text = arena_copy(arena, buf_str(&out));
	buf_fini(&whole);
	buf_fini(&out);
	return text;
}

static size_t registry_packages(const struct tree *tree)
{
	size_t n = 0;
	for (uint32_t i = 0; i < tree->package_count; i++)
		n += !package_is_own(&tree->packages[i]);
	return n;
}

static void describe(struct arena *arena, const struct shape *shape, const struct harm *harm, struct buf *out)
{
	struct error err = { 0 };
	struct tree *tree = NULL;
	enum status status = read_as(arena, shape->kind, "l", NULL, make_text(arena, shape, harm), &tree, &err);
	buf_printf(out, "%s\t%s\t", shape->name, harm->name);
	if (status) {
		buf_printf(out, "%s: %s\n", word_of(status), err.text);
		return;
	}
	assert_int_equal(registry_packages(tree), harm->other ? 2 : 1);
	for (uint32_t i = 0; i < tree->package_count; i++)
		if (!package_is_own(&tree->packages[i]))
			buf_printf(out, "%.*s@%.*s %s ", STR_ARG(tree->packages[i].name), STR_ARG(tree->packages[i].version),
				   package_kind_name(tree->packages[i].kind));
	buf_add_z(out, "\n");
}

static void every_format_survives(void **state)
{
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct buf ours = BUF_INIT(MIB);
	struct str expected;
	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		for (size_t k = 0; k < sizeof harms / sizeof *harms; k++)
			describe(arena, &shapes[i], &harms[k], &ours);
	if (getenv("FIXTURE_SHOW"))
		fprintf(stderr, "%.*s", STR_ARG(buf_str(&ours)));
	if (file_read(fixture_path(arena, "hostile.txt"), MIB, arena, &expected, &err))
		fail_msg("%s", err.text);
	compare_texts(arena, "hostile.txt", buf_str(&ours), expected);
	buf_fini(&ours);
	arena_free(arena);
}

/* One line longer than what readers of lines like to take: nothing behind it is lost. */
static void long_lines_are_read_whole(void **state)
{
	enum { DESCRIPTORS = 20000 };
	struct arena *arena = arena_new(0);
	struct buf text = BUF_INIT(4 * MIB);
	(void)state;
	for (int i = 0; i < DESCRIPTORS; i++)
		buf_printf(&text, "%s\"a@%d.0.0\"", i ? ", " : "", i);
	buf_printf(&text, ":\n  version \"1.0.0\"\n\nb@1:\n  version \"1.0.0\"\n# %0*d\n\nc@1:\n  version \"1.0.0\"\n", 200000, 0);
	struct tree *tree = read_as_string(arena, "yarn", NULL, arena_copy(arena, buf_str(&text)).p);
	assert_int_equal(registry_packages(tree), 3);
	buf_clear(&text);
	buf_printf(&text,
		   "lockfileVersion: '6.0'\n# %0*d\npackages:\n  /a@1.0.0:\n    resolution: {integrity: sha512-%0*d}\n"
		   "  /b@1.0.0:\n    resolution: {integrity: sha512-x}\n",
		   200000, 0, 100000, 0);
	tree = read_as_string(arena, "pnpm", NULL, arena_copy(arena, buf_str(&text)).p);
	assert_int_equal(registry_packages(tree), 2);
	buf_fini(&text);
	arena_free(arena);
}

/* ---- circles --------------------------------------------------------------------------------- */

/* What leads back to itself by links and workspaces: all of it is reached, each by a path that ends. */
static const struct circle {
	const char *kind, *text;
	uint32_t packages;
} circles[] = {
	{ "npm",
	  "{\"lockfileVersion\":3,\"packages\":{\"\":{\"name\":\"x\",\"dependencies\":{\"a\":\"*\",\"self\":\"*\"}},"
	  "\"node_modules/self\":{\"resolved\":\"\",\"link\":true},"
	  "\"node_modules/a\":{\"resolved\":\"p/a\",\"link\":true},\"node_modules/b\":{\"resolved\":\"p/b\",\"link\":true},"
	  "\"p/a\":{\"name\":\"a\",\"dependencies\":{\"b\":\"*\"}},\"p/b\":{\"name\":\"b\",\"dependencies\":{\"a\":\"*\",\"self\":\"*\"}}}}",
	  6 },
	{ "pnpm",
	  "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a: {specifier: 'link:a', version: 'link:a'}\n"
	  "      self: {specifier: 'link:.', version: 'link:.'}\n      out: {specifier: 'link:../out', version: 'link:../out'}\n"
	  "  a:\n    dependencies:\n      b: {specifier: 'workspace:*', version: 'link:../b'}\n"
	  "  b:\n    dependencies:\n      a: {specifier: 'workspace:*', version: 'link:../a'}\n"
	  "      x: {specifier: 'link:..', version: 'link:..'}\n",
	  4 },
	{ "berry",
	  "__metadata:\n  version: 8\n\"x@workspace:.\":\n  resolution: \"x@workspace:.\"\n  dependencies:\n    a: \"workspace:a\"\n    p: \"portal:./p\"\n"
	  "\"a@workspace:a\":\n  resolution: \"a@workspace:a\"\n  dependencies:\n    x: \"workspace:.\"\n"
	  "\"p@portal:./p::locator=x%40workspace%3A.\":\n  resolution: \"p@portal:./p::locator=x%40workspace%3A.\"\n"
	  "  version: 0.0.0-use.local\n  dependencies:\n    a: \"workspace:a\"\n",
	  3 },
	{ "bun",
	  "{\"lockfileVersion\":1,\"workspaces\":{\"\":{\"name\":\"x\",\"dependencies\":{\"l\":\"link:l\"}},"
	  "\"a\":{\"name\":\"a\",\"dependencies\":{\"b\":\"workspace:*\"}},\"b\":{\"name\":\"b\",\"dependencies\":{\"a\":\"workspace:*\"}}},"
	  "\"packages\":{\"a\":[\"a@workspace:a\"],\"b\":[\"b@workspace:b\"],\"l\":[\"l@link:.\",{}]}}",
	  4 },
};

static void circles_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof circles / sizeof *circles; i++) {
		struct arena *arena = arena_new(0);
		struct tree *tree = read_as_string(arena, circles[i].kind, NULL, circles[i].text);
		assert_int_equal(tree->package_count, circles[i].packages);
		for (uint32_t p = 0; p < tree->package_count; p++) {
			struct tree_path *paths;
			size_t count, total;
			bool complete;
			assert_true(tree->packages[p].reachable);
			assert_int_equal(tree_paths(tree, p, 10, arena, &paths, &count, &total, &complete, NULL), STATUS_OK);
			assert_true(count > 0 && complete);
		}
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_survives),
		cmocka_unit_test(long_lines_are_read_whole),
		cmocka_unit_test(circles_end),
	};
	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
