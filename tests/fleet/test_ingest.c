/* What a JSON report tells of a project: its packages, what is the project's own, how much one finding may hold. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "assay/digest.h"
#include "assay/json.h"
#include "assay/limits.h"
#include "fleet/ingest.h"
#include "store.h"

static int start(void **state)
{
	(void)state;
	return begin_store("");
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
	return ingest_read_report(document, NULL, arena, out, err);
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

/* ---- what the job could not see ---------------------------------------------------- */

#define PROJECTS(unchecked) "\"projects\":[{\"lockfile\":{\"path\":\"a/yarn.lock\"},\"unchecked\":[" unchecked "]},{}]}"
#define GAP(rule) "{\"rule\":\"" rule "\"}"
#define DATED "{\"database\":{\"modified\":\"2026-01-02T00:00:00Z\",\"starter\":false},"

static const struct {
	const char *report;
	const char *blind; /* NULL: its advisories lack nothing */
	int64_t until;
	size_t others, unread;
} gapped[] = {
	{ "{" PROJECTS(""), NULL, DATE_NONE, 0, 0 },
	{ DATED PROJECTS(""), NULL, DATE_NONE, 0, 0 },
	{ "{\"database\":null," PROJECTS(""), "no advisories", DATE_NONE, 0, 0 },
	{ DATED PROJECTS(GAP("database-missing")), "no advisories", DATE_NONE, 0, 0 },
	{ "{\"database\":{\"starter\":true}," PROJECTS(""), "only the starter's advisories", DATE_NONE, 0, 0 },
	{ DATED PROJECTS(GAP("database-starter")), "only the starter's advisories", DATE_NONE, 0, 0 },
	{ DATED PROJECTS(GAP("database-stale")), "old advisories", 1767312000, 0, 0 },
	{ "{\"database\":{}," PROJECTS(GAP("database-stale")), "old advisories", DATE_NONE, 0, 0 },
	{ DATED PROJECTS(GAP("database-starter") "," GAP("database-stale")), "only the starter's advisories", DATE_NONE, 0, 0 },
	{ DATED PROJECTS(GAP("database-stale") "," GAP("database-missing")), "no advisories", DATE_NONE, 0, 0 },
	{ DATED PROJECTS(GAP("unreachable") "," GAP("unreachable")), NULL, DATE_NONE, 2, 0 },
	{ DATED PROJECTS(GAP("lockfile-invalid") "," GAP("unreachable")), NULL, DATE_NONE, 1, 1 },
	{ DATED PROJECTS(GAP("no-lockfile")), NULL, DATE_NONE, 0, 1 },
	{ "{\"projects\":7}", NULL, DATE_NONE, 0, 0 },
	{ "{\"projects\":[7,{\"unchecked\":7},{\"unchecked\":[7,{}]}]}", NULL, DATE_NONE, 2, 0 },
};

static void test_gaps(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof gapped / sizeof *gapped; i++) {
		struct json *document;
		struct ingest_gaps gaps;
		assert_int_equal(json_parse(str_of(gapped[i].report), 0, arena, &document, NULL, NULL), STATUS_OK);
		ingest_read_gaps(document, &gaps);
		if (!str_equal(str_of(gaps.blind), str_of(gapped[i].blind)) || gaps.until != gapped[i].until || gaps.others != gapped[i].others ||
		    gaps.unread.count != gapped[i].unread)
			fail_msg("case %zu: %s, %lld, %zu, %zu", i, gaps.blind ? gaps.blind : "-", (long long)gaps.until, gaps.others, gaps.unread.count);
		if (gaps.unread.count)
			assert_true(str_equal(gaps.unread.first, STR("a/yarn.lock")));
	}
}

/* ---- the same again ------------------------------------------------------------------ */

static bool is_read(struct str text, const char *policy)
{
	const struct fleet_ingest what = { .project = STR("web"), .text = text, .file = "package-lock.json", .date = date_now() };
	const struct fleet_scan_options options = { .scan = { .now = date_now(), .policy = policy } };
	struct fleet_ingest_result result;
	struct error err;
	if (fleet_ingest(fleet, &what, &options, &result, &err))
		fail_msg("%s", err.text);
	return !result.unchanged;
}

/* The same bytes are the same where nothing else reads or judges them: an older assay kept their digest alone. */
static void test_same_again(void **state)
{
	(void)state;
	struct str text = STR("{\"lockfileVersion\":3,\"packages\":{\"\":{},\"node_modules/a\":{\"version\":\"1.0.0\"}}}");
	struct digest digest;
	char hex[2 * 32 + 1] = "";
	assert_true(digest_of(DIGEST_SHA256, text, &digest));
	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest.bytes[i]);
	assert_true(is_read(text, NULL));
	assert_false(is_read(text, NULL));
	struct str older = arena_printf(arena, "UPDATE project SET content = x'%s'", hex);
	assert_int_equal(store_run(((struct sqlite_fleet *)fleet->state)->store, older.p, NULL), STATUS_OK);
	assert_true(is_read(text, NULL));
	assert_false(is_read(text, NULL));
	assert_true(is_read(text, "strict"));
	assert_false(is_read(text, "strict"));
	assert_true(is_read(text, NULL));
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
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_same_again),
		cmocka_unit_test(test_aliases),
	};
	return cmocka_run_group_tests(tests, start, end_store);
}
