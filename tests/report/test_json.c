/* The JSON report: one project word for word, and what must hold for any. ASSAY_GOLDEN=1 writes the expected one anew. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "assay/json.h"
#include "assay/report.h"
#include "check/script.h"

static const char *fixture(struct arena *arena, const char *name)
{
	const char *root = getenv("ASSAY_ROOT");
	return arena_printf(arena, "%s/fixtures/report/%s", root ? root : ".", name).p;
}

static struct str read_fixture(struct arena *arena, const char *name)
{
	struct str text;
	struct error err;
	if (file_read(fixture(arena, name), 1 << 20, arena, &text, &err) != STATUS_OK)
		fail_msg("%s", err.text);
	return text;
}

static void run_lines(struct script *script, struct str lines)
{
	struct error err = { .status = STATUS_OK };
	struct str line;
	while (str_split(&lines, '\n', &line))
		if (str_trim(line).n)
			run_line(script, line);
	script_prepare(script);
	if (check_run(&script->scan, &err) != STATUS_OK)
		fail_msg("%s", err.text);
}

/* The version of the program is not part of the format. */
static void hide_version(struct buf *out)
{
	static const char version[] = "\"" ASSAY_VERSION "\"";
	struct str text = buf_str(out);
	size_t at = str_find_str(text, str_of(version));
	assert_true(at < text.n);
	struct buf hidden = BUF_INIT(out->max);
	buf_add(&hidden, str_head(text, at));
	buf_add_z(&hidden, "\"@VERSION@\"");
	buf_add(&hidden, str_from(text, at + strlen(version)));
	buf_fini(out);
	*out = hidden;
}

static void write_report(const struct report *report, struct buf *out)
{
	const struct report_format *format = report_format_by_name(STR("json"));
	struct error err = { .status = STATUS_OK };
	assert_non_null(format);
	if (report_write(format, report, out, &err) != STATUS_OK)
		fail_msg("%s", err.text);
}

static struct report report_of(const struct report_project *project)
{
	return (struct report){ .projects = project, .project_count = 1, .as_of = 1767312000, .verdict = VERDICT_FAIL };
}

static void decide(struct scan *scan)
{
	for (size_t i = 0; i < scan->findings.n; i++) {
		scan->findings.v[i].decided_by = STR("default.rules.x[0]");
		scan->findings.v[i].first_seen = DATE_NONE;
	}
	scan->findings.v[0].epss = 0.97321;
	scan->findings.v[0].first_seen = 1767225600;
	scan->findings.v[scan->findings.n - 1].waiver_state = WAIVER_ACTIVE;
	scan->findings.v[scan->findings.n - 1].waiver = STR("accepted");
}

static void test_word_for_word(void **state)
{
	(void)state;
	struct script script;
	script_init(&script);
	run_lines(&script, read_fixture(script.arena, "project.txt"));
	decide(&script.scan);
	static const struct advisory_db_info info = {
		.path = "advisories.db", .source = { "osv", 3 }, .digest = { "sha256:00", 9 }, .advisories = 220615, .modified = 1767225600
	};
	static const char *const environment[] = { "ASSAY_DB", NULL };
	struct report_project project = { .scan = &script.scan, .path = "package-lock.json", .kind = "npm" };
	struct report report = report_of(&project);
	report.database = &info;
	report.environment = environment;
	report.summary = (struct summary){ .error = 1, .warn = 2, .info = 3, .waived = 4, .carried = 6, .unchecked = 5 };
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 20);
	write_report(&report, &out);
	hide_version(&out);
	if (getenv("ASSAY_GOLDEN"))
		file_write(fixture(script.arena, "project.json"), buf_str(&out), NULL);
	struct str wanted = read_fixture(script.arena, "project.json");
	buf_add_char(&out, '\0');
	assert_string_equal(out.p, wanted.p);
	script_fini(&script);
}

static struct json *parse(struct script *script, struct str text)
{
	struct json *document;
	struct error err;
	if (json_parse(text, JSON_UNIQUE_KEYS, script->arena, &document, NULL, &err) != STATUS_OK)
		fail_msg("%s", err.text);
	return document;
}

/* Of the first project. */
static const struct json *first_of(const struct json *document, const char *key)
{
	const struct json *list = json_find(json_find(document, "projects")->child, key);
	assert_non_null(list);
	return list->child;
}

/* More workspaces than fit into one word of bits; only some of them bring the package. */
static void test_many_importers(void **state)
{
	(void)state;
	struct script script;
	script_init(&script);
	CLEANUP(buf_fini) struct buf lines = BUF_INIT(1 << 20);
	buf_printf(&lines, "package node_modules/a a 1.0.0 registry\n");
	for (int i = 0; i < 150; i++) {
		buf_printf(&lines, "package packages/w%03d w%03d 1.0.0 workspace\n", i, i);
		buf_printf(&lines, "edge . packages/w%03d w%03d * workspace\n", i, i);
		if (i % 2)
			buf_printf(&lines, "edge packages/w%03d node_modules/a a 1.0.0 prod\n", i);
	}
	run_lines(&script, buf_str(&lines));
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 24);
	struct report_project project = { .scan = &script.scan, .path = "package-lock.json", .kind = "npm" };
	struct report report = report_of(&project);
	write_report(&report, &out);
	const struct json *finding = first_of(parse(&script, buf_str(&out)), "findings");
	const struct json *importers = json_find(json_find(finding, "instances")->child, "importers");
	assert_int_equal(importers->count, 75);
	assert_true(str_equal_z(importers->child->text, "packages/w001"));
	assert_int_equal(json_find(finding, "paths")->count, 5);
	script_fini(&script);
}

/* Whatever a lockfile says, the report is JSON and says it. */
static void test_hostile_text(void **state)
{
	(void)state;
	struct script script;
	script_init(&script);
	struct package *package = tree_add_package(script.tree, STR("node_modules/\x1b[31m\"\\\xff"), NULL);
	package->name = STR("a\0b\xc3");
	package->version = STR("</script>\n");
	package->deprecated = STR("\xed\xa0\x80\x7f\"}]");
	package->resolved = STR("https://host/\"\n/-/x");
	run_lines(&script, STR(""));
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 20);
	struct report_project project = { .scan = &script.scan, .path = "package-lock.json", .kind = "npm" };
	struct report report = report_of(&project);
	write_report(&report, &out);
	assert_true(utf8_is_valid(buf_str(&out)));
	const struct json *finding = first_of(parse(&script, buf_str(&out)), "findings");
	struct str name = json_find_text(json_find(finding, "package"), "name");
	assert_true(str_equal_z(name, "a\xef\xbf\xbd"
				      "b\xef\xbf\xbd"));
	script_fini(&script);
}

/* A project whose lockfile could not be read has gaps and nothing else. */
static void test_no_tree(void **state)
{
	(void)state;
	struct script script;
	script_init(&script);
	struct scan *scan = &script.scan;
	scan->path = "web/package.json";
	struct finding *finding = check_add(scan, check_rule_by_id(STR("no-lockfile")), TREE_NONE);
	finding->message = STR("web/package.json has dependencies and no lockfile covers it");
	assert_int_equal(check_order(scan, NULL), STATUS_OK);
	assert_int_equal(scan->findings.v[0].fingerprint.n, 32);
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 20);
	struct report_project project = { .scan = scan, .path = "web" };
	struct report report = report_of(&project);
	write_report(&report, &out);
	const struct json *document = parse(&script, buf_str(&out));
	const struct json *gap = first_of(document, "unchecked");
	assert_true(str_equal_z(json_find_text(gap, "rule"), "no-lockfile"));
	assert_true(json_is(json_find(gap, "package"), JSON_NULL));
	assert_null(first_of(document, "findings"));
	script_fini(&script);
}

/* A chain of packages with a finding for each: all paths together would be 2,000,000 steps. */
static void test_long_chain(void **state)
{
	enum { LENGTH = 2000, MOST_BYTES = 20 << 20 };
	(void)state;
	struct script script;
	script_init(&script);
	CLEANUP(buf_fini) struct buf lines = BUF_INIT(1 << 20);
	for (int i = 0; i < LENGTH; i++)
		buf_printf(&lines, "package node_modules/a%d a%d 1.0.0 registry\n", i, i);
	buf_add_z(&lines, "edge . node_modules/a0 a0 * prod\n");
	for (int i = 1; i < LENGTH; i++)
		buf_printf(&lines, "edge node_modules/a%d node_modules/a%d a%d * prod\n", i - 1, i, i);
	run_lines(&script, buf_str(&lines));
	CLEANUP(buf_fini) struct buf out = BUF_INIT(MOST_BYTES);
	struct report_project project = { .scan = &script.scan, .path = "package-lock.json", .kind = "npm" };
	struct report report = report_of(&project);
	write_report(&report, &out);
	const struct json *finding = first_of(parse(&script, buf_str(&out)), "findings");
	size_t without = 0;
	for (; finding; finding = finding->next) {
		bool complete = json_is_true(finding, "paths_complete");
		assert_int_equal(complete, json_find(finding, "paths")->count > 0);
		without += !complete;
	}
	assert_true(without > 0);
	script_fini(&script);
}

/* What the policy turned off is not shown. */
static void test_off(void **state)
{
	(void)state;
	struct script script;
	script_init(&script);
	run_lines(&script, STR("package node_modules/a a 1.0.0 registry\npackage node_modules/b b x registry"));
	for (size_t i = 0; i < script.scan.findings.n; i++)
		script.scan.findings.v[i].level = LEVEL_OFF;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 20);
	struct report_project project = { .scan = &script.scan, .path = "package-lock.json", .kind = "npm" };
	struct report report = report_of(&project);
	write_report(&report, &out);
	const struct json *document = parse(&script, buf_str(&out));
	assert_null(first_of(document, "findings"));
	assert_null(first_of(document, "unchecked"));
	script_fini(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_word_for_word), cmocka_unit_test(test_many_importers), cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_no_tree),       cmocka_unit_test(test_long_chain),     cmocka_unit_test(test_off),
	};
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
