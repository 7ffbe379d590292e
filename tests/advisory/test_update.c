/* Updates from a local copy of the bucket: the whole, what changed, what is refused. */
#include "advisory/bucket.h"

static const char rules[] = "GET /wrong/npm/all.zip file hash=md5=x,crc32c=AAAAAA==\n"
			    "GET /wrong-md5/npm/all.zip file hash=crc32c=x,md5=AAAAAAAAAAAAAAAAAAAAAA==\n"
			    "GET /odd-hash/npm/all.zip file hash=crc32c=x,md5=AAAA,crc64=AAAAAAAAAAA=\n"
			    "GET /cut/npm/all.zip short\n"
			    "GET /cut-once/npm/all.zip short times=1\n"
			    "GET /sick/npm/all.zip 503\n"
			    "GET /list-sick/npm/modified_id.csv 503\n"
			    "GET /*/npm/SICK-1.json 503\n"
			    "GET /*/npm/WRONG-1.json file hash=crc32c=AAAAAA==\n"
			    "GET /*/npm/*.json file hash=auto\n"
			    "GET /plain/npm/all.zip file hash=auto\n"
			    "GET /*/npm/all.zip file etag=auto hash=auto\n";

static int begin_all(void **state)
{
	(void)state;
	local_registry_start(&registry, rules);
	return 0;
}

static void expect_failure(const char *bucket, struct advisory_update how, enum status status, const char *text)
{
	struct error err;
	assert_int_equal(update(bucket, &how, &err), status);
	if (str_find_str(str_of(err.text), str_of(text)) == strlen(err.text))
		fail_msg("\"%s\" does not say \"%s\"", err.text, text);
	assert_false(file_exists(arena_printf(arena, "%s.zip.part", db_of(bucket)).p));
}

/* ---- the way it goes ------------------------------------------------------------------- */

static void test_whole_then_changes(void **state)
{
	(void)state;
	const char *bucket = "way";
	put_zip(bucket, "A-1 A-2 A-3", "2025-01-01");
	expect_update(bucket, UPDATE_WHOLE);
	expect_ids(bucket, "1.0.0", "A-1 A-2 A-3");
	assert_int_equal(asked(bucket, "modified_id.csv"), 0);
	put(bucket, "modified_id.csv", STR("2025-01-01T00:00:00Z,A-1\n2025-01-01T00:00:00Z,A-2\n2025-01-01T00:00:00Z,A-3\n"));
	expect_update(bucket, UPDATE_CURRENT);
	assert_int_equal(asked(bucket, "A-"), 0);
	put(bucket, "modified_id.csv",
	    STR("2025-01-03T10:00:00.5Z,A-4\r\n2025-01-03T09:00:00Z,A-2\n2025-01-02T00:00:00Z,A-3\n"
		"2025-01-01T00:00:00Z,A-1\n2024-01-01T00:00:00Z,A-0"));
	put(bucket, "A-2.json", record("A-2", "2025-01-03T09:00:00Z", "2.0.0", ""));
	put(bucket, "A-3.json", record("A-3", "2025-01-02", "1.0.0", ",\"withdrawn\":\"2025-01-02\""));
	put(bucket, "A-4.json", record("A-4", "2025-01-03T10:00:00.5Z", "1.0.0", ""));
	expect_update(bucket, UPDATE_INCREMENT);
	expect_ids(bucket, "1.0.0", "A-1 A-4");
	expect_ids(bucket, "2.0.0", "A-2");
	expect_update(bucket, UPDATE_CURRENT);
	assert_int_equal(asked(bucket, "all.zip"), 1);
	assert_int_equal(asked(bucket, "A-"), 3);
	/* What OSV has deleted goes with the next whole one. */
	put_zip(bucket, "A-1 A-2 A-4", "2025-01-04");
	struct advisory_update how = { .full = true, .force = true };
	struct error err;
	assert_int_equal(update(bucket, &how, &err), STATUS_OK);
	assert_int_equal(how.import.removed, 1);
	expect_ids(bucket, "1.0.0", "A-1 A-2 A-4");
}

static void test_mirror_with_only_the_zip(void **state)
{
	(void)state;
	put_zip("mirror", "A-1", "2025-01-01");
	expect_update("mirror", UPDATE_WHOLE);
	expect_update("mirror", UPDATE_CURRENT);
	assert_int_equal(local_registry_count(&registry, "GET /mirror/npm/all.zip", "If-None-Match: \""), 1);
	put_zip("mirror", "A-1 A-2", "2025-01-02");
	expect_update("mirror", UPDATE_WHOLE);
	expect_ids("mirror", "1.0.0", "A-1 A-2");
}

static void test_other_sources_stay(void **state)
{
	(void)state;
	struct advisory_import import = { .source = "acme" };
	support_write(support_path(arena, "own/A-1.json"), record("A-1", "2020-01-01", "1.0.0", ""));
	support_write(support_path(arena, "own/OWN-1.json"), record("OWN-1", "2020-01-01", "1.0.0", ""));
	support_import(db_of("own"), support_path(arena, "own"), &import);
	put_zip("own", "A-1 A-2", "2025-01-01");
	expect_update("own", UPDATE_WHOLE);
	expect_ids("own", "1.0.0", "A-1 A-1 A-2 OWN-1");
	put_zip("own", "A-2", "2025-01-02");
	struct error err;
	assert_int_equal(update("own", &(struct advisory_update){ .full = true, .force = true }, &err), STATUS_OK);
	expect_ids("own", "1.0.0", "A-1 A-2 OWN-1");
	struct advisory_db *db = support_open(db_of("own"));
	assert_true(str_equal_z(advisory_db_info(db)->source, "acme, osv"));
	advisory_db_close(db);
}

static void test_broken_record_is_skipped(void **state)
{
	(void)state;
	put_zip("broken", "A-1", "2025-01-01");
	expect_update("broken", UPDATE_WHOLE);
	put("broken", "modified_id.csv",
	    STR("2025-01-03T00:00:00Z,A-2\n2025-01-03T00:00:00Z,A-3\n2025-01-03T00:00:00Z,GONE-1\n"
		"2025-01-02T00:00:00Z,WRONG-1\n"));
	put("broken", "A-2.json", STR("{\"id\":"));
	put("broken", "A-3.json", record("A-3", "2025-01-03", "1.0.0", ""));
	put("broken", "WRONG-1.json", record("WRONG-1", "2025-01-02", "1.0.0", ""));
	struct advisory_update how = { 0 };
	struct error err;
	assert_int_equal(update("broken", &how, &err), STATUS_OK);
	assert_int_equal(how.import.skipped_count, 3);
	expect_ids("broken", "1.0.0", "A-1 A-3");
	/* It is asked for again. */
	put("broken", "A-2.json", record("A-2", "2025-01-03", "1.0.0", ""));
	assert_int_equal(update("broken", &how, &err), STATUS_OK);
	assert_int_equal(how.import.added, 1);
	expect_ids("broken", "1.0.0", "A-1 A-2 A-3");
}

static void count_notes(void *context, const char *text)
{
	struct buf *notes = context;
	buf_add_z(notes, text);
}

static void test_odd_lists(void **state)
{
	(void)state;
	static const struct {
		const char *list, *why;
	} cases[] = {
		{ "<html>\n", "line 1: no row" },
		{ "", "it is empty" },
		{ "2025-01-02T00:00:00Z,../../etc/passwd\n", "odd characters" },
		{ "2025-01-02T00:00:00Z,A-2\n2025-01-03T00:00:00Z,A-3\n", "line 2: newer than the line before" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *bucket = arena_printf(arena, "odd-%zu", i).p;
		CLEANUP(buf_fini) struct buf notes = BUF_INIT(4096);
		struct advisory_update how = { .note = count_notes, .import.context = &notes };
		struct error err;
		put_zip(bucket, "A-1", "2025-01-01");
		expect_update(bucket, UPDATE_WHOLE);
		put(bucket, "modified_id.csv", str_of(cases[i].list));
		put_zip(bucket, "A-1 A-2", "2025-01-02");
		assert_int_equal(update(bucket, &how, &err), STATUS_OK);
		assert_int_equal(how.kind, UPDATE_WHOLE);
		if (str_find_str(buf_str(&notes), str_of(cases[i].why)) == notes.n)
			fail_msg("\"%.*s\" does not say \"%s\"", STR_ARG(buf_str(&notes)), cases[i].why);
		expect_ids(bucket, "1.0.0", "A-1 A-2");
		assert_int_equal(local_registry_count(&registry, "GET /", "passwd"), 0);
	}
}

static void test_too_many_changes(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf list = BUF_INIT(1 << 20);
	put_zip("many", "A-1", "2025-01-01");
	expect_update("many", UPDATE_WHOLE);
	for (int i = 0; i < 5001; i++)
		buf_printf(&list, "2025-01-02T00:00:00Z,B-%d\n", i);
	put("many", "modified_id.csv", buf_str(&list));
	put_zip("many", "A-1 B-1", "2025-01-02");
	expect_update("many", UPDATE_WHOLE);
	assert_int_equal(asked("many", "B-"), 0);
}

/* What cannot be read says nothing about the bytes. */
static void test_hashes_of_other_forms(void **state)
{
	(void)state;
	put_zip("odd-hash", "A-1", "2025-01-01");
	expect_update("odd-hash", UPDATE_WHOLE);
}

/* ---- what is refused --------------------------------------------------------------------- */

static void test_failures(void **state)
{
	(void)state;
	static const struct {
		const char *bucket;
		enum status status;
		const char *text;
	} cases[] = {
		{ "wrong", STATUS_INVALID, "not those that the server's checksum is of (crc32c=AAAAAA==)" },
		{ "wrong-md5", STATUS_INVALID, "not those that the server's checksum is of (md5=AAAAAAAAAAAAAAAAAAAAAA==)" },
		{ "cut", STATUS_NETWORK, "the connection ended before the answer did" },
		{ "sick", STATUS_NETWORK, "503 after 4 tries" },
		{ "none", STATUS_INVALID, "answered 404" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (strcmp(cases[i].bucket, "none") != 0)
			put_zip(cases[i].bucket, "A-1", "2025-01-01");
		expect_failure(cases[i].bucket, (struct advisory_update){ 0 }, cases[i].status, cases[i].text);
		assert_false(file_exists(db_of(cases[i].bucket)));
	}
	put("half", "all.zip", STR("PK\3\4 and no more"));
	expect_failure("half", (struct advisory_update){ 0 }, STATUS_INVALID, "cut short");
	put_zip("cut-once", "A-1", "2025-01-01");
	expect_update("cut-once", UPDATE_WHOLE);
	expect_ids("cut-once", "1.0.0", "A-1");
}

static void test_later_failures_leave_the_old_one(void **state)
{
	(void)state;
	put_zip("list-sick", "A-1", "2025-01-01");
	expect_update("list-sick", UPDATE_WHOLE);
	expect_failure("list-sick", (struct advisory_update){ 0 }, STATUS_NETWORK, "503 after 4 tries");
	expect_ids("list-sick", "1.0.0", "A-1");
	put_zip("record-sick", "A-1", "2025-01-01");
	expect_update("record-sick", UPDATE_WHOLE);
	put("record-sick", "modified_id.csv", STR("2025-01-02T00:00:00Z,A-2\n2025-01-02T00:00:00Z,SICK-1\n"));
	put("record-sick", "A-2.json", record("A-2", "2025-01-02", "1.0.0", ""));
	expect_failure("record-sick", (struct advisory_update){ 0 }, STATUS_NETWORK, "SICK-1.json: 503");
	expect_ids("record-sick", "1.0.0", "A-1");
}

static void test_shrinking(void **state)
{
	(void)state;
	put_zip("shrink", "A-1 A-2 A-3 A-4 A-5 A-6 A-7 A-8 A-9 B-1", "2025-01-01");
	expect_update("shrink", UPDATE_WHOLE);
	put_zip("shrink", "A-1 A-2 A-3 A-4 A-5 A-6 A-7 A-8 A-9", "2025-01-02");
	expect_update("shrink", UPDATE_WHOLE); /* nine tenths */
	put_zip("shrink", "A-1 A-2", "2025-01-03");
	expect_failure("shrink", (struct advisory_update){ 0 }, STATUS_INVALID, "has 2 records where there were 9");
	expect_ids("shrink", "1.0.0", "A-1 A-2 A-3 A-4 A-5 A-6 A-7 A-8 A-9");
	struct error err;
	assert_int_equal(update("shrink", &(struct advisory_update){ .force = true }, &err), STATUS_OK);
	expect_ids("shrink", "1.0.0", "A-1 A-2");
}

static void test_sha256(void **state)
{
	(void)state;
	static const char wrong[] = "0000000000000000000000000000000000000000000000000000000000000000";
	struct error err;
	put_zip("pinned", "A-1", "2025-01-01");
	expect_failure("pinned", (struct advisory_update){ .sha256 = "abc" }, STATUS_USAGE, "64 hexadecimal digits");
	assert_int_equal(update("pinned", &(struct advisory_update){ .sha256 = wrong }, &err), STATUS_INVALID);
	assert_true(str_starts_with(str_of(err.text), STR("all.zip: its SHA-256 is ")));
	const char *right = arena_copy(arena, str_head(str_of(err.text + strlen("all.zip: its SHA-256 is ")), 64)).p;
	struct advisory_update how = { .sha256 = right };
	assert_int_equal(update("pinned", &how, &err), STATUS_OK);
	assert_int_equal(how.kind, UPDATE_WHOLE);
	size_t before = asked("pinned", "");
	assert_int_equal(update("pinned", &how, &err), STATUS_OK);
	assert_int_equal(how.kind, UPDATE_CURRENT);
	assert_int_equal(asked("pinned", ""), before);
}

static void test_age(void **state)
{
	(void)state;
	struct advisory_update how = { .max_age_s = 3600 };
	struct error err;
	put_zip("age", "A-1", "2025-01-01");
	assert_int_equal(update("age", &how, &err), STATUS_OK);
	assert_int_equal(how.kind, UPDATE_WHOLE);
	size_t before = asked("age", "");
	assert_int_equal(update("age", &how, &err), STATUS_OK);
	assert_int_equal(how.kind, UPDATE_RECENT);
	assert_int_equal(asked("age", ""), before);
	expect_update("age", UPDATE_CURRENT);
}

static void test_wrong_urls(void **state)
{
	(void)state;
	static const char *const urls[] = { "ftp://a/", "", "http://me:pw@a/", "https://a/b?c", "a.zip" };
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct advisory_update how = { .from = urls[i] };
		assert_int_equal(advisory_update(support_path(arena, "url.db"), &how, NULL), STATUS_USAGE);
	}
}

static void test_unreadable_old_one(void **state)
{
	(void)state;
	struct error err;
	put_zip("damaged", "A-1", "2025-01-01");
	support_write(db_of("damaged"), STR("this is no database"));
	expect_failure("damaged", (struct advisory_update){ 0 }, STATUS_INVALID, "no database");
	assert_int_equal(update("damaged", &(struct advisory_update){ .force = true }, &err), STATUS_OK);
	expect_ids("damaged", "1.0.0", "A-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole_then_changes),
		TEST(test_mirror_with_only_the_zip),
		TEST(test_other_sources_stay),
		TEST(test_broken_record_is_skipped),
		TEST(test_odd_lists),
		TEST(test_too_many_changes),
		TEST(test_failures),
		TEST(test_hashes_of_other_forms),
		TEST(test_later_failures_leave_the_old_one),
		TEST(test_shrinking),
		TEST(test_sha256),
		TEST(test_age),
		TEST(test_wrong_urls),
		TEST(test_unreadable_old_one),
	};
	return cmocka_run_group_tests(tests, begin_all, bucket_end_all);
}
