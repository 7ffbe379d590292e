/* What a JSON report tells of a project: its packages, what is the project's own, how much one finding may hold. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "fleet/ingest.h"

static struct arena *arena;

static int start(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena ? 0 : 1;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* Of one project with one finding, `finding` being all but its fingerprint and rule. */
static enum status read_finding(struct str finding, struct ingest_report *out, struct error *err)
{
	struct json *document;
	struct str text = arena_printf(arena,
				       "{\"schema\":\"assay.report/1\",\"projects\":[{\"lockfile\":{\"path\":\"package-lock.json\",\"kind\":\"npm\"},"
				       "\"findings\":[{\"fingerprint\":\"a1\",\"rule\":\"malware\",\"id\":\"MAL-1\",\"level\":\"error\",%.*s}]}]}",
				       STR_ARG(finding));
	assert_int_equal(json_parse(text, 0, arena, &document, NULL, err), STATUS_OK);
	return ingest_read_report(document, arena, out, err);
}

/* ---- whose code it is ------------------------------------------------------------- */

#define PACKAGE "\"package\":{\"id\":\"x\",\"name\":\"web\",\"version\":\"1.0.0\",\"purl\":\"pkg:npm/web@1.0.0\""

static const struct {
	const char *finding;
	uint32_t packages; /* the root with them */
} owned[] = {
	{ PACKAGE "},\"paths\":[[\"a\",\"web@1.0.0\"]]", 2 },
	{ PACKAGE ",\"own\":false},\"paths\":[[\"a\",\"web@1.0.0\"]]", 2 },
	{ PACKAGE ",\"own\":true},\"paths\":[[\"web\"]]", 1 },
	{ PACKAGE ",\"own\":true},\"paths\":[[\"a\",\"web\"]]", 1 },
	{ PACKAGE ",\"own\":true},\"paths\":[]", 1 },
	/* From before it was said. */
	{ PACKAGE "},\"paths\":[[\"web\"]]", 1 },
	{ PACKAGE "},\"paths\":[[\"a\",\"web\"]]", 1 },
	{ PACKAGE "},\"paths\":[]", 2 },
	{ PACKAGE "}", 2 },
	{ "\"package\":{\"id\":\"\",\"name\":\"\",\"version\":\"\",\"purl\":\"\"}", 1 },
};

static void test_own_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
		struct ingest_report report;
		struct error err;
		if (read_finding(str_of(owned[i].finding), &report, &err))
			fail_msg("case %zu: %s", i, err.text);
		if (report.told[0].tree->package_count != owned[i].packages)
			fail_msg("case %zu: %u packages", i, report.told[0].tree->package_count);
		assert_int_equal(report.told[0].findings[0].instances[0], owned[i].packages - 1);
	}
}

/* ---- limits ------------------------------------------------------------------------ */

static void test_aliases(void **state)
{
	(void)state;
	for (int past = 0; past < 2; past++) {
		CLEANUP(buf_fini) struct buf finding = BUF_INIT(MIB);
		struct ingest_report report;
		struct error err;
		buf_add_z(&finding, PACKAGE "},\"aliases\":[\"CVE-0\"");
		for (int i = 1; i < LIMIT_FINDING_ALIASES + past; i++)
			buf_printf(&finding, ",\"CVE-%d\"", i);
		buf_add_char(&finding, ']');
		assert_int_equal(read_finding(buf_str(&finding), &report, &err), past ? STATUS_LIMIT : STATUS_OK);
		if (past)
			assert_int_equal(err.line, 1);
		else
			assert_int_equal(report.told[0].findings[0].alias_count, LIMIT_FINDING_ALIASES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_code),
		cmocka_unit_test(test_aliases),
	};
	return cmocka_run_group_tests(tests, start, end);
}
