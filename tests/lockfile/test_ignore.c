/*
 * Patterns of .gitignore: facts by hand, and some hundred random files of them against `git check-ignore`.
 */
#include "lockfile/git.h"

#include "lockfile/ignore.h"

static bool excludes(struct arena *arena, const char *file, const char *path, bool folder)
{
	struct ignore_rules *rules = ignore_new(STR(""), NULL, arena);
	assert_int_equal(ignore_add_file(rules, str_of(file), NULL), STATUS_OK);
	return ignore_excludes(rules, str_of(path), folder);
}

static const struct fact {
	const char *file, *path;
	bool folder, excluded;
} facts[] = {
	{ "dist", "a/dist", false, true },
	{ "/dist", "a/dist", false, false },
	{ "/dist", "dist", true, true },
	{ "a/dist", "b/a/dist", false, false },
	{ "dist/", "dist", false, false },
	{ "dist/", "x/dist", true, true },
	{ "*.json\n!package-lock.json", "package-lock.json", false, false },
	{ "*.json\n!package-lock.json", "a/other.json", false, true },
	{ "!a\na", "a", false, true },
	{ "a/**/b", "a/b", false, true },
	{ "a/**/b", "a/x/y/b", false, true },
	{ "**/b", "b", false, true },
	{ "**/b", "x/b", false, true },
	{ "a/**", "a", true, false },
	{ "a/**", "a/x/y", false, true },
	{ "a/*", "a/x/y", false, false },
	{ "a**b/c", "a/b/c", false, false },
	{ "x/a?b", "x/a/b", false, false },
	{ "[a-c]x", "bx", false, true },
	{ "[!a-c]x", "bx", false, false },
	{ "[]-]x", "]x", false, true },
	{ "[[:digit:]]", "7", false, true },
	{ "[[:nothing:]]", "7", false, false },
	{ "[a", "[a", false, false },
	{ "\\#a", "#a", false, true },
	{ "#a", "#a", false, false },
	{ "\\!a", "!a", false, true },
	{ "a  ", "a", false, true },
	{ "a\\ ", "a ", false, true },
	{ "a\\", "a", false, false },
	{ "a\r\nb", "a", false, true },
	{ "\xef\xbb\xbf"
	  "a",
	  "a", false, true },
	{ "\n\n/\n!\n", "a", true, false },
	{ "\xff*", "\xff\xfe", false, true },
};

static void facts_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		struct arena *arena = arena_new(0);
		const struct fact *fact = &facts[i];
		if (excludes(arena, fact->file, fact->path, fact->folder) != fact->excluded)
			fail_msg("\"%s\" and \"%s\"", fact->file, fact->path);
		arena_free(arena);
	}
}

/* Would take ages where every star is tried against every other. */
static void stars_take_no_time(void **state)
{
	CLEANUP(buf_fini) struct buf pattern = BUF_INIT(MIB), path = BUF_INIT(MIB);
	struct arena *arena = arena_new(0);
	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		buf_add_z(&pattern, i % 2 ? "*a" : "**/a");
		buf_add_z(&path, i % 50 ? "aa" : "/a");
	}
	buf_add_z(&pattern, "/b");
	buf_add_char(&pattern, '\0');
	buf_add_char(&path, '\0');
	assert_false(excludes(arena, pattern.p, path.p, false));
	arena_free(arena);
}

static void patterns_are_bounded(void **state)
{
	struct arena *arena = arena_new(0);
	struct ignore_rules *outer = ignore_new(STR(""), NULL, arena);
	(void)state;
	for (size_t i = 0; i + 1 < LIMIT_IGNORE_PATTERNS; i++)
		assert_int_equal(ignore_add_pattern(outer, STR("x"), NULL), STATUS_OK);
	struct ignore_rules *inner = ignore_new(STR("a"), outer, arena);
	assert_int_equal(ignore_add_pattern(inner, STR("x"), NULL), STATUS_OK);
	assert_int_equal(ignore_add_pattern(inner, STR("x"), NULL), STATUS_LIMIT);
	arena_free(arena);
}

/* ---- against git ---------------------------------------------------------------------- */

enum { TRIALS = 400, RULE_FILES = 4 };
static const char *const rule_files[RULE_FILES] = { ".git/info/exclude", ".gitignore", "a/.gitignore", "a/b/.gitignore" };
static const char *const rule_bases[RULE_FILES] = { "", "", "a", "a/b" };
static const char *const names[] = { "a", "b", "ab", "a.b", "foo", "foobar", "x y", "[a]", "#c", "!d", "a b ", "-" };
enum { NAMES = sizeof names / sizeof *names };

struct random {
	uint64_t state;
};
static unsigned pick(struct random *random, unsigned below)
{
	random->state = random->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random->state >> 33) % below;
}

static void add_random_pattern(struct buf *out, struct random *random)
{
	static const char *const pieces[] = { "a",    "b",           "foo",   "bar", "*",    "**",     "?",   "/", "[ab]",      "[!a]", "[^b",
					      "]",    "[[:alpha:]]", "[a-f]", "\\a", "\\*",  "\\",     "x y", " ", "#",         "!",    ".",
					      "/**/", "**/",         "/*",    "-",   "[-a]", "[\\]a]", "c",   "d", "[[:foo:]]", "[[:]" };
	if (pick(random, 4) == 0)
		buf_add_char(out, '!');
	if (pick(random, 5) == 0)
		buf_add_char(out, '/');
	for (unsigned i = pick(random, 4) + 1; i > 0; i--)
		buf_add_z(out, pieces[pick(random, sizeof pieces / sizeof *pieces)]);
	if (pick(random, 4) == 0)
		buf_add_char(out, '/');
	buf_add_z(out, pick(random, 8) ? "\n" : "\r\n");
}

/* Folders three deep: each name is one in one place and a file in another. */
static size_t make_tree(struct arena *arena, const char **paths, bool *folders)
{
	static const char *const tops[] = { "", "a/", "a/b/", "foo/", "a/foo/", "ab/x y/", "a/b/[a]/" };
	size_t count = 0;
	run_command("mkdir -p foo a/foo 'ab/x y' 'a/b/[a]'");
	for (size_t t = 0; t < sizeof tops / sizeof *tops; t++) {
		for (size_t n = 0; n < NAMES; n++) {
			const char *path = arena_printf(arena, "%s%s", tops[t], names[n]).p;
			if (!folder_exists(path))
				put_file(n % 3 == t % 3 ? path_join(arena, path, "a") : path, STR(""));
			folders[count] = folder_exists(path);
			paths[count++] = path;
		}
	}
	return count;
}

static bool is_left_out(const struct ignore_rules *const *rules, const char *path, bool folder)
{
	struct str whole = str_of(path);
	for (size_t i = 1; i <= whole.n; i++) {
		if (i < whole.n && path[i] != '/')
			continue;
		const struct ignore_rules *here = rules[1];
		struct str part = str_head(whole, i);
		if (str_starts_with(part, STR("a/")))
			here = rules[2];
		if (str_starts_with(part, STR("a/b/")))
			here = rules[3];
		if (ignore_excludes(here, part, i < whole.n || folder))
			return true;
	}
	return false;
}

static void one_trial(const char *const *paths, const bool *folders, size_t count, struct random *random)
{
	struct arena *arena = arena_new(0);
	const struct ignore_rules *rules[RULE_FILES];
	struct str answer;
	struct error err;
	for (size_t i = 0; i < RULE_FILES; i++) {
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		for (unsigned n = pick(random, 5); n > 0; n--)
			add_random_pattern(&text, random);
		put_file(rule_files[i], buf_str(&text));
		struct ignore_rules *file = ignore_new(str_of(rule_bases[i]), i ? rules[i - 1] : NULL, arena);
		assert_int_equal(ignore_add_file(file, arena_copy(arena, buf_str(&text)), &err), STATUS_OK);
		rules[i] = file;
	}
	run_command(GIT "check-ignore --no-index -z --stdin <.git/paths >.git/answer || test $? = 1");
	assert_int_equal(file_read(".git/answer", MIB, arena, &answer, &err), STATUS_OK);
	for (size_t i = 0; i < count; i++) {
		bool theirs = str_starts_with(answer, str_of(paths[i])) && answer.p[strlen(paths[i])] == '\0';
		if (theirs)
			answer = str_from(answer, strlen(paths[i]) + 1);
		if (theirs != is_left_out(rules, paths[i], folders[i])) {
			run_command("head -50 .git/info/exclude .gitignore a/.gitignore a/b/.gitignore");
			fail_msg("\"%s\": git says %d", paths[i], theirs);
		}
	}
	assert_int_equal(answer.n, 0);
	arena_free(arena);
}

static void git_decides_alike(void **state)
{
	struct arena *arena = arena_new(0);
	struct random random = { 20261123 };
	const char *paths[200];
	bool folders[200];
	CLEANUP(buf_fini) struct buf list = BUF_INIT(MIB);
	(void)state;
	need_git();
	enter_fresh(arena, "git");
	run_command(GIT "init -q . 2>/dev/null");
	size_t count = make_tree(arena, paths, folders);
	for (size_t i = 0; i < count; i++) {
		buf_add_z(&list, paths[i]);
		buf_add_char(&list, '\0');
	}
	put_file(".git/paths", buf_str(&list));
	for (size_t trial = 0; trial < TRIALS; trial++)
		one_trial(paths, folders, count, &random);
	print_message("%d files of patterns, %zu decisions as git's\n", TRIALS * RULE_FILES, TRIALS * count);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_hold),
		cmocka_unit_test(stars_take_no_time),
		cmocka_unit_test(patterns_are_bounded),
		cmocka_unit_test(git_decides_alike),
	};
	return cmocka_run_group_tests_name("ignore", tests, NULL, NULL);
}
