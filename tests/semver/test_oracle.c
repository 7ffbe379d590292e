/*
 * The whole room against npm's own package `semver`: tens of thousands of random and real versions and ranges are
 * written to a file of questions, Node answers them in one process, and each answer must be ours, byte by byte.
 *
 * Two differences are meant (semver.h): numbers that JavaScript rounds, and those that it prints as "1e+21". An
 * answer that differs is excused only where such a number stands in the question, and few may be.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/semver.h"
#include "semver/make.h"

enum { MEMORY = 256 << 20, MOST_EXCUSED = 40 };

struct paper {
	struct buf questions, answers;
	struct arena *arena;
};

static void add_field(struct buf *out, struct str field)
{
	buf_add_char(out, '\t');
	for (size_t i = 0; i < field.n; i++) {
		unsigned char c = (unsigned char)field.p[i];
		if (c <= ' ' || c == '%' || c >= 0x7f)
			buf_printf(out, "%%%02X", c);
		else
			buf_add_char(out, (char)c);
	}
}

static void answer_version(struct paper *paper, struct str text)
{
	buf_add_char(&paper->questions, 'v');
	add_field(&paper->questions, text);
	for (unsigned flags = 0; flags < 2; flags++) {
		struct semver version;
		if (flags)
			buf_add_char(&paper->answers, '\t');
		if (semver_parse(text, flags, &version))
			semver_write(&version, &paper->answers);
		else
			buf_add_char(&paper->answers, '!');
	}
}

static void answer_pair(struct paper *paper, struct str a, struct str b)
{
	buf_add_char(&paper->questions, 'p');
	add_field(&paper->questions, a);
	add_field(&paper->questions, b);
	for (unsigned flags = 0; flags < 2; flags++) {
		struct semver x, y;
		bool valid = semver_parse(a, flags, &x) && semver_parse(b, flags, &y);
		int order = valid ? semver_compare_build(&x, &y) : 0;
		buf_printf(&paper->answers, "%s%s", flags ? "\t" : "", !valid ? "!" : order < 0 ? "-1" : order > 0 ? "1" : "0");
	}
}

static void answer_range(struct paper *paper, struct str text)
{
	buf_add_char(&paper->questions, 'r');
	add_field(&paper->questions, text);
	for (unsigned flags = 0; flags < 4; flags++) {
		struct semver_range *range;
		if (flags)
			buf_add_char(&paper->answers, '\t');
		arena_reset(paper->arena);
		if (semver_range_parse(text, flags, paper->arena, &range, NULL) == STATUS_OK)
			semver_range_write(range, &paper->answers);
		else
			buf_add_char(&paper->answers, '!');
	}
}

static void answer_satisfies(struct paper *paper, struct str version, struct str range)
{
	buf_add_char(&paper->questions, 's');
	add_field(&paper->questions, version);
	add_field(&paper->questions, range);
	for (unsigned flags = 0; flags < 4; flags++)
		buf_printf(&paper->answers, "%s%d", flags ? "\t" : "", semver_satisfies(version, range, flags));
}

static void end_line(struct paper *paper)
{
	buf_add_char(&paper->questions, '\n');
	buf_add_char(&paper->answers, '\n');
}

static size_t longest_digits(struct str s)
{
	size_t longest = 0, n = 0;
	for (size_t i = 0; i < s.n; i++) {
		n = ascii_is_digit((unsigned char)s.p[i]) ? n + 1 : 0;
		longest = n > longest ? n : longest;
	}
	return longest;
}

/* Pairs are compared by numbers that JavaScript rounds from 16 digits on; ranges go wrong from 10^21 on. */
static bool excused(struct str question)
{
	return longest_digits(question) >= (question.p[0] == 'r' ? 21 : 16);
}

static struct str read_temporary(const char *path, struct arena *arena)
{
	struct str text;
	assert_int_equal(file_read(path, MEMORY, arena, &text, NULL), STATUS_OK);
	return text;
}

/* Asks Node about all of paper->questions; gives its answers. */
static struct str ask_node(const struct paper *paper, const char *folder, struct arena *arena)
{
	const char *tmp = getenv("TEST_TMP");
	struct str asked = arena_printf(arena, "%s/questions", tmp), told = arena_printf(arena, "%s/answers", tmp);
	assert_int_equal(file_write(asked.p, buf_str(&paper->questions), NULL), STATUS_OK);
	struct str command = arena_printf(arena, "node '%s/tests/oracle/semver.cjs' '%s' '%s' > '%s'", getenv("ASSAY_ROOT"), folder, asked.p, told.p);
	assert_int_equal(system(command.p), 0);
	return read_temporary(told.p, arena);
}

static void compare(const struct paper *paper, const char *folder, const char *what, size_t columns)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	assert_false(paper->questions.failed || paper->answers.failed);
	struct str theirs = ask_node(paper, folder, arena), ours = buf_str(&paper->answers);
	struct str questions = buf_str(&paper->questions), question, a, b;
	size_t asked = 0, wrong = 0, excuses = 0;
	while (str_split(&questions, '\n', &question) && question.n) {
		assert_true(str_split(&ours, '\n', &a) && str_split(&theirs, '\n', &b));
		asked++;
		if (str_equal(a, b))
			continue;
		if (excused(question)) {
			excuses++;
		} else if (++wrong <= 20) {
			print_message("# %.*s\n#   npm  %.*s\n#   ours %.*s\n", STR_ARG(question), STR_ARG(b), STR_ARG(a));
		}
	}
	print_message("# %s: %zu questions, %zu answers compared, %zu differ, %zu excused\n", what, asked, asked * columns, wrong, excuses);
	assert_int_equal(wrong, 0);
	assert_true(excuses <= MOST_EXCUSED);
}

static const char *oracle(void)
{
	const char *folder = getenv("ASSAY_ORACLE");
	if (!folder || !*folder) {
		print_message("# Node or npm's package semver is missing\n");
		skip();
	}
	return folder;
}

static void paper_start(struct paper *paper)
{
	buf_init(&paper->questions, MEMORY);
	buf_init(&paper->answers, MEMORY);
	paper->arena = arena_new(0);
	assert_non_null(paper->arena);
}

static void paper_end(struct paper *paper)
{
	buf_fini(&paper->questions);
	buf_fini(&paper->answers);
	arena_free(paper->arena);
}

/* SEED=n in the environment gives other texts. */
static uint64_t seed(uint64_t test)
{
	uint64_t n = 0;
	str_to_u64(str_of(getenv("SEED")), &n);
	return n * 16 + test;
}

/* A random text of one of the kinds, in `buf`. */
static struct str made(struct maker *m, struct buf *buf, void (*make)(struct maker *))
{
	buf_clear(buf);
	m->out = buf;
	if (make_below(m, 40) == 0)
		make = make_noise;
	make(m);
	return buf_str(buf);
}

static void agrees_on_versions(void **state)
{
	(void)state;
	const char *folder = oracle();
	struct paper paper;
	struct maker m = { seed(1), NULL };
	CLEANUP(buf_fini) struct buf a = BUF_INIT(4096);
	CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
	paper_start(&paper);
	for (int i = 0; i < 12000; i++) {
		answer_version(&paper, made(&m, &a, make_version));
		end_line(&paper);
	}
	for (int i = 0; i < 20000; i++) {
		struct str x = made(&m, &a, make_version);
		answer_pair(&paper, x, made(&m, &b, make_version));
		end_line(&paper);
	}
	compare(&paper, folder, "versions and pairs", 2);
	paper_end(&paper);
}

static void agrees_on_ranges(void **state)
{
	(void)state;
	const char *folder = oracle();
	struct paper paper;
	struct maker m = { seed(2), NULL };
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	paper_start(&paper);
	for (int i = 0; i < 30000; i++) {
		answer_range(&paper, made(&m, &text, make_range));
		end_line(&paper);
	}
	for (int i = 0; i < 10000; i++) {
		answer_range(&paper, made(&m, &text, make_noise));
		end_line(&paper);
	}
	compare(&paper, folder, "ranges", 4);
	paper_end(&paper);
}

static void agrees_on_matches(void **state)
{
	(void)state;
	const char *folder = oracle();
	struct paper paper;
	struct maker m = { seed(3), NULL };
	CLEANUP(buf_fini) struct buf a = BUF_INIT(4096);
	CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
	paper_start(&paper);
	for (int i = 0; i < 30000; i++) {
		struct str version = made(&m, &a, make_version);
		answer_satisfies(&paper, version, made(&m, &b, make_range));
		end_line(&paper);
	}
	compare(&paper, folder, "matches", 4);
	paper_end(&paper);
}

/* The lines of a fixture, without its comments. */
struct lines {
	VEC(struct str) list;
};

static void read_lines(const char *name, struct arena *arena, struct lines *out)
{
	struct str path = arena_printf(arena, "%s/fixtures/semver/%s", getenv("ASSAY_ROOT"), name), line;
	struct str rest = read_temporary(path.p, arena);
	while (str_split(&rest, '\n', &line))
		if (line.n && line.p[0] != '#')
			*vec_add(arena, &out->list) = line;
	assert_true(out->list.n > 100);
}

static void agrees_on_real_ones(void **state)
{
	(void)state;
	const char *folder = oracle();
	struct paper paper;
	struct maker m = { seed(4), NULL };
	struct lines versions = { 0 }, ranges = { 0 };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	read_lines("versions.txt", arena, &versions);
	read_lines("ranges.txt", arena, &ranges);
	paper_start(&paper);
	for (size_t i = 0; i < ranges.list.n; i++) {
		answer_range(&paper, ranges.list.v[i]);
		end_line(&paper);
		for (int tries = 0; tries < 12; tries++) {
			size_t at = make_below(&m, (uint32_t)versions.list.n);
			answer_satisfies(&paper, versions.list.v[at], ranges.list.v[i]);
			end_line(&paper);
		}
	}
	compare(&paper, folder, "real ranges", 4);
	paper_end(&paper);
}

/* The shape with its '#' replaced by so many of `fill`. */
static struct str filled(const char *shape, char fill, size_t size, struct buf *out)
{
	buf_clear(out);
	for (; *shape; shape++)
		for (size_t i = *shape == '#' ? size : 1; i; i--)
			buf_add_char(out, *shape == '#' ? fill : *shape);
	return buf_str(out);
}

static void agrees_at_the_limits(void **state)
{
	(void)state;
	static const char *const shapes[] = { "0.0.0-#",      "v0.0.0-#",    "0.0.0+#",     "0.0.#",      ">=0.0.0-#", "^0.0.0-#",
					      "1 || 0.0.0-#", "0.0.0-# - 1", "1 - 0.0.0-#", "1.x.x-#",    "~1.2.#",    "<=#",
					      ">#.x",         "<#",          "1.2.3+#",     "0.0.0-#= 1", "0.0.0#",    "1.2.3 || #",
					      "0.0.0-#v= 1",  "1 - #",       "1 - 1.#",     "1 - 1.2.#" };
	static const size_t sizes[] = { 14, 15, 16, 17, 20, 246, 247, 248, 249, 250, 251, 252, 253, 255, 256, 257, 258, 300, 513 };
	static const char fills[] = { 'a', '-', '9', '0', ' ' };
	const char *folder = oracle();
	struct paper paper;
	CLEANUP(buf_fini) struct buf buf = BUF_INIT(4096);
	paper_start(&paper);
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes * sizeof fills; i++) {
		for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
			struct str text = filled(shapes[i / sizeof fills], fills[i % sizeof fills], sizes[j], &buf);
			answer_version(&paper, text);
			end_line(&paper);
			answer_range(&paper, text);
			end_line(&paper);
		}
	}
	compare(&paper, folder, "texts at the limits", 3);
	paper_end(&paper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_on_versions),  cmocka_unit_test(agrees_on_ranges),     cmocka_unit_test(agrees_on_matches),
		cmocka_unit_test(agrees_on_real_ones), cmocka_unit_test(agrees_at_the_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
