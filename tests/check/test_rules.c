/* The cases of fixtures/check/: each is a test of its own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "check/script.h"

struct test_case {
	char name[120];
	struct str lines;
};

static void describe_texts(struct buf *out, const char *key, const struct str *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s%.*s", i ? "," : key, STR_ARG(texts[i]));
}

/* Blanks become "&", so that a value stays one word. */
static void describe_text(struct buf *out, const char *key, struct str text)
{
	if (!text.p)
		return;
	buf_add_z(out, key);
	for (size_t i = 0; i < text.n; i++)
		buf_add_char(out, text.p[i] == ' ' ? '&' : text.p[i]);
}

static void describe_finding(const struct tree *tree, const struct finding *finding, struct buf *out)
{
	const struct package *package = &tree->packages[finding->instances[0]];
	buf_printf(out, "%s %.*s %.*s %.*s x%zu %s", finding->rule->id, STR_ARG(finding->id), STR_ARG(package->name),
		   STR_ARG(package->version.n ? package->version : STR("-")), finding->instance_count, rule_level_name(finding->level));
	if (finding->fix.package.p) {
		buf_printf(out, " %s", severity_name(finding->severity));
		describe_texts(out, " aliases=", finding->aliases, finding->alias_count);
		describe_texts(out, " fixed=", finding->fixed, finding->fixed_count);
		buf_printf(out, " %s", fix_kind_name(finding->fix.kind));
		describe_text(out, " to=", finding->fix.to);
		if (finding->fix.clears)
			buf_printf(out, " clears=%zu", finding->fix.clears);
		describe_text(out, " run=", finding->fix.command);
		describe_text(out, " because=", finding->fix.blocker);
		if (fix_step_caution(finding->fix.step))
			buf_printf(out, " step=%s", fix_step_name(finding->fix.step));
		describe_text(out, " paste=", finding->fix.snippet);
		describe_text(out, " into=", finding->fix.snippet_file);
		describe_texts(out, " through=", finding->fix.through, finding->fix.through_count);
		buf_add_z(out, finding->fix.through_many ? " through-many" : "");
	}
	if (finding->retryable)
		buf_add_z(out, " retryable");
	buf_add_char(out, '\n');
}

static void describe_coverage(const struct coverage *coverage, struct buf *out)
{
	buf_printf(out, "%s %zu", coverage->rule->id, coverage->evaluated);
	for (size_t i = 0; i < coverage->skipped_count; i++)
		buf_printf(out, " %s=%zu", coverage->skipped[i].why, coverage->skipped[i].count);
	buf_add_char(out, '\n');
}

static void describe_held(const struct tree *tree, const struct finding *held, struct buf *out)
{
	const struct package *package = &tree->packages[held->instances[0]];
	buf_printf(out, "%s %.*s %.*s %.*s x%zu %.*s\n", held->rule->id, STR_ARG(held->id), STR_ARG(package->name),
		   STR_ARG(package->version.n ? package->version : STR("-")), held->instance_count, STR_ARG(held->message));
}

static void compare(struct buf *found, struct buf *wanted)
{
	buf_add_char(found, '\0');
	buf_add_char(wanted, '\0');
	assert_false(found->failed || wanted->failed);
	assert_string_equal(found->p, wanted->p);
}

/* Coverage is compared for the rules that the case names. */
static void compare_coverage(struct script *script)
{
	CLEANUP(buf_fini) struct buf found = BUF_INIT(1 << 20);
	struct str rest = buf_str(&script->wanted_coverage), line;
	while (rest.n && str_split(&rest, '\n', &line)) {
		struct str rule = str_head(line, str_find(line, ' '));
		for (size_t i = 0; rule.n && i < script->scan.coverage.n; i++)
			if (str_equal_z(rule, script->scan.coverage.v[i].rule->id))
				describe_coverage(&script->scan.coverage.v[i], &found);
	}
	compare(&found, &script->wanted_coverage);
}

static bool is_shown(const struct script *script, const struct finding *finding)
{
	bool shown = finding->level != LEVEL_OFF;
	for (size_t i = 0; i < script->shown.n; i++)
		shown |= str_equal_z(script->shown.v[i], finding->rule->id);
	return shown;
}

static void run_case(void **state)
{
	const struct test_case *test = *state;
	struct str rest = test->lines, line;
	struct script script;
	script_init(&script);
	while (str_split(&rest, '\n', &line))
		if (str_trim(line).n && line.p[0] != '#')
			run_line(&script, line);
	script_prepare(&script);
	struct error err = { .status = STATUS_OK };
	if (check_run(&script.scan, &err) != STATUS_OK)
		fail_msg("%s", err.text);
	CLEANUP(buf_fini) struct buf found = BUF_INIT(1 << 20);
	for (size_t i = 0; i < script.scan.findings.n; i++) {
		const struct finding *finding = &script.scan.findings.v[i];
		assert_int_equal(finding->fingerprint.n, 32);
		assert_true(finding->message.n > 0);
		if (is_shown(&script, finding) && (script.no_database || strcmp(finding->rule->id, "database-missing") != 0))
			describe_finding(script.tree, finding, &found);
	}
	compare(&found, &script.wanted);
	buf_clear(&found);
	for (size_t i = 0; i < script.scan.held_back.n; i++)
		describe_held(script.tree, &script.scan.held_back.v[i], &found);
	compare(&found, &script.wanted_held);
	compare_coverage(&script);
	script_fini(&script);
}

/* Splits a file at its "case" lines; what stands before the first is a comment. */
static size_t read_cases(struct str text, struct test_case *cases, size_t room)
{
	size_t n = 0;
	struct str rest = text, line;
	while (str_split(&rest, '\n', &line)) {
		if (str_starts_with(line, STR("case "))) {
			assert_true(n < room);
			snprintf(cases[n].name, sizeof cases[n].name, "%.*s", STR_ARG(str_from(line, 5)));
			cases[n++].lines = (struct str){ rest.p, 0 };
		} else if (n && line.n && line.p[0] != '#') {
			cases[n - 1].lines.n = (size_t)(line.p + line.n - cases[n - 1].lines.p);
		}
	}
	return n;
}

int main(void)
{
	static const char *const files[] = { "lockfile.txt", "tarballs.txt", "advisories.txt", "fixes.txt",  "database.txt",
					     "drift.txt",    "hygiene.txt",  "policy.txt",     "records.txt" };
	static struct test_case cases[256];
	static struct CMUnitTest tests[256];
	const char *root = getenv("ASSAY_ROOT");
	struct arena *arena = arena_new(0);
	size_t n = 0;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct str text, path = arena_printf(arena, "%s/fixtures/check/%s", root ? root : ".", files[i]);
		struct error err;
		if (file_read(path.p, 1 << 20, arena, &text, &err) != STATUS_OK) {
			printf("not ok 1 - %s\n", err.text);
			return 1;
		}
		n += read_cases(text, cases + n, 256 - n);
	}
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name, .test_func = run_case, .initial_state = &cases[i] };
	int failed = _cmocka_run_group_tests("rules", tests, n, NULL, NULL);
	arena_free(arena);
	return failed;
}
