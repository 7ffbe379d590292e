/* EPSS and KEV: read, joined by CVE, kept for later records, refused where they are something else. */
#include "advisory/support.h"
#include "one_arena.h"

static const char *file(const char *name, struct str text)
{
	const char *path = support_path(arena, name);
	support_write(path, text);
	return path;
}

static const char *record(const char *id, const char *aliases)
{
	return file(arena_printf(arena, "%s.json", id).p, arena_printf(arena,
								       "{\"id\":\"%s\",\"modified\":\"2025-01-01\",\"aliases\":[%s],\"affected\":[{\"package\":"
								       "{\"ecosystem\":\"npm\",\"name\":\"a\"},\"versions\":[\"1.0.0\"]}]}",
								       id, aliases));
}

/* "GHSA-1:0.5:kev CVE-3:-:-" */
static void expect(const char *db_path, const char *expected)
{
	struct advisory_db *db = support_open(db_path);
	struct affected *found;
	struct str text = STR("");
	struct error err;
	size_t count;
	assert_int_equal(advisory_db_check(db, &err), STATUS_OK);
	assert_int_equal(advisory_db_find(db, STR("a"), DATE_NONE, arena, &found, &count, &err), STATUS_OK);
	for (size_t i = 0; i < count; i++) {
		const struct advisory *a = found[i].advisory;
		text = arena_printf(arena, "%.*s%s%.*s:%s:%s", STR_ARG(text), i ? " " : "", STR_ARG(a->id),
				    a->epss < 0 ? "-" : arena_printf(arena, "%.5g", a->epss).p, a->kev ? "kev" : "-");
	}
	advisory_db_close(db);
	if (!str_equal_z(text, expected))
		fail_msg("\"%.*s\", not \"%s\"", STR_ARG(text), expected);
}

static const char epss[] = "#model_version:v2025.03.14,score_date:2026-11-22T00:00:00+0000\r\ncve,epss,percentile\r\n"
			   "CVE-2020-1,0.00042,0.1\r\nCVE-2020-2,0.5,0.99\r\nCVE-2020-3,1.0,1.0\r\nCVE-2099-9,0.25,0.5\r\n";
static const char kev[] = "{\"title\":\"CISA\",\"dateReleased\":\"2026-11-20T10:00:00.0000Z\",\"vulnerabilities\":"
			  "[{\"cveID\":\"CVE-2020-2\",\"vendorProject\":\"x\"},{\"cveID\":\"CVE-2099-9\"}]}";

static void test_joined_and_kept(void **state)
{
	(void)state;
	const char *db = support_path(arena, "kept.db");
	const char *first[] = { record("GHSA-1", "\"CVE-2020-1\",\"CVE-2020-2\""), record("CVE-2020-3", ""), record("GHSA-4", "\"CVE-2020-4\"") };
	struct advisory_import import = { .epss = file("epss.csv", str_of(epss)), .kev = file("kev.json", str_of(kev)) };
	struct error err;
	assert_int_equal(advisory_import(db, first, 3, &import, &err), STATUS_OK);
	assert_int_equal(import.epss_rows, 4);
	assert_int_equal(import.kev_rows, 2);
	expect(db, "CVE-2020-3:1:- GHSA-1:0.5:kev GHSA-4:-:-");
	struct advisory_db *opened = support_open(db);
	char date[DATE_TEXT_SIZE];
	date_format(advisory_db_info(opened)->epss_date, date);
	assert_string_equal(date, "2026-11-22T00:00:00Z");
	date_format(advisory_db_info(opened)->kev_date, date);
	assert_string_equal(date, "2026-11-20T10:00:00Z");
	struct str digest = arena_copy(arena, advisory_db_info(opened)->digest);
	advisory_db_close(opened);
	/* A record that comes later is joined too. */
	support_import(db, record("GHSA-5", "\"CVE-2099-9\""), &(struct advisory_import){ 0 });
	expect(db, "CVE-2020-3:1:- GHSA-1:0.5:kev GHSA-4:-:- GHSA-5:0.25:kev");
	/* A newer list takes the place of the old one; the other list stays, and so does the digest. */
	struct advisory_import newer = { .kev = file("kev2.json", STR("{\"vulnerabilities\":[{\"cveID\":\"CVE-2020-4\"}]}")) };
	assert_int_equal(advisory_import(db, NULL, 0, &newer, &err), STATUS_OK);
	expect(db, "CVE-2020-3:1:- GHSA-1:0.5:- GHSA-4:-:kev GHSA-5:0.25:-");
	const char *plain = support_path(arena, "plain.db");
	support_import(plain, first[0], &(struct advisory_import){ 0 });
	assert_int_equal(advisory_import(plain, first + 1, 2, &(struct advisory_import){ 0 }, &err), STATUS_OK);
	opened = support_open(plain);
	assert_true(str_equal(advisory_db_info(opened)->digest, digest));
	advisory_db_close(opened);
}

static void test_refused(void **state)
{
	(void)state;
	static const struct {
		const char *epss, *kev, *text;
	} cases[] = {
		{ "", NULL, "no EPSS scores" },
		{ "<html>", NULL, "line 1, column 1: no EPSS scores" },
		{ "cve,epss,percentile\nCVE-2020-1,2,0.5\n", NULL, "line 2, column 1: found \"CVE-2020-1,2,0.5\"" },
		{ "cve,epss,percentile\nCVE-2020-1\n", NULL, "line 2, column 1" },
		{ "cve,epss,percentile\nCVE-2020-1,nan,0\n", NULL, "line 2, column 1" },
		{ "cve,epss,percentile\nCVE-../1,0.1,0\n", NULL, "line 2, column 1" },
		{ "cve,epss,percentile\n", NULL, "no EPSS scores" },
		{ "\x1f\x8b\x08", NULL, "gzip" },
		{ NULL, "", "the text ends here" },
		{ NULL, "{}", "no list \"vulnerabilities\"" },
		{ NULL, "{\"vulnerabilities\":[]}", "no list \"vulnerabilities\"" },
		{ NULL, "{\"vulnerabilities\":[{\"cveId\":\"CVE-2020-1\"}]}", "without a \"cveID\"" },
	};
	const char *db = support_path(arena, "refused.db");
	const char *one = record("GHSA-1", "\"CVE-2020-1\"");
	struct advisory_import good = { .epss = file("good.csv", str_of(epss)) };
	struct error err;
	assert_int_equal(advisory_import(db, &one, 1, &good, &err), STATUS_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct advisory_import import = { 0 };
		if (cases[i].epss)
			import.epss = file("bad.csv", str_of(cases[i].epss));
		if (cases[i].kev)
			import.kev = file("bad.json", str_of(cases[i].kev));
		assert_int_equal(advisory_import(db, NULL, 0, &import, &err), STATUS_INVALID);
		if (!strstr(err.text, cases[i].text))
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.text, cases[i].text);
		expect(db, "GHSA-1:0.00042:-");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_joined_and_kept, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_refused, begin_arena, end_arena),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
