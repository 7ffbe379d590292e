/* Imports into a database, and what is found in it: files, folders, zips; broken, foreign, older, withdrawn records; a database that is none. */
#include "advisory/support.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "advisory/zip_write.h"
#include "assay/archive.h"
#include "assay/limits.h"
#include "one_arena.h"

/* ---- records and questions ---------------------------------------------------------- */

/* A record about one package; `more` is put in behind ("" or ",\"withdrawn\":…"). */
static struct str record(const char *id, const char *modified, const char *name, const char *version, const char *more)
{
	return arena_printf(arena,
			    "{\"id\":\"%s\",\"modified\":\"%s\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\","
			    "\"name\":\"%s\"},\"versions\":[\"%s\"]}]%s}",
			    id, modified, name, version, more);
}

static const char *path(const char *name)
{
	return support_path(arena, name);
}

static void write_record(const char *name, struct str text)
{
	support_write(path(name), text);
}

/* "A-1 B-2": the ids that the database knows about a name. */
static struct str ids_of(const char *db_name, const char *name, int64_t as_of)
{
	struct advisory_db *db = support_open(path(db_name));
	struct affected *found;
	struct str ids = STR("");
	struct error err;
	size_t count;
	if (advisory_db_find(db, str_of(name), as_of, arena, &found, &count, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < count; i++)
		ids = arena_printf(arena, "%.*s%s%.*s", STR_ARG(ids), i ? " " : "", STR_ARG(found[i].advisory->id));
	advisory_db_close(db);
	return ids;
}

static void expect_ids(const char *db_name, const char *name, const char *expected)
{
	struct str ids = ids_of(db_name, name, DATE_NONE);
	if (!str_equal_z(ids, expected))
		fail_msg("%s: \"%.*s\", not \"%s\"", name, STR_ARG(ids), expected);
}

static struct str digest_of_db(const char *db_name)
{
	struct advisory_db *db = support_open(path(db_name));
	struct error err;
	if (advisory_db_check(db, &err))
		fail_msg("%s", err.text);
	struct str digest = arena_copy(arena, advisory_db_info(db)->digest);
	advisory_db_close(db);
	return digest;
}

/* What was skipped, a line each. */
static void note_skipped(void *context, const char *where, const struct error *why)
{
	struct buf *buf = context;
	buf_printf(buf, "%s: %s\n", path_base(where), why->text);
}

/* ---- what can be imported -------------------------------------------------------------- */

static void test_folder(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf skipped = BUF_INIT(65536);
	struct advisory_import import = { .skipped = note_skipped, .context = &skipped };
	write_record("folder/b/2.json", record("A-2", "2025-01-01", "a", "2.0.0", ""));
	write_record("folder/a.json", record("A-1", "2025-01-01", "a", "1.0.0", ""));
	write_record("folder/c/broken.json", STR("{\"id\":"));
	write_record("folder/c/notes.txt", STR("no record"));
	write_record("folder/d.json", STR("{\"id\":\"P-1\",\"modified\":\"2025-01-01\",\"affected\":["
					  "{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"a\"}}]}"));
	write_record("folder/e.json", STR("{\"id\":\"E-1\",\"modified\":\"2025-01-01\",\"affected\":[]}"));
	support_import(path("folder.db"), path("folder"), &import);
	assert_int_equal(import.read, 5);
	assert_int_equal(import.added, 3);
	assert_int_equal(import.skipped_count, 1);
	assert_int_equal(import.foreign, 1);
	assert_true(str_starts_with(buf_str(&skipped), STR("broken.json: line 1, column 7: the text ends here")));
	expect_ids("folder.db", "a", "A-1 A-2");
	expect_ids("folder.db", "b", "");
	struct advisory_db *db = support_open(path("folder.db"));
	const struct advisory_db_info *info = advisory_db_info(db);
	assert_int_equal(info->advisories, 3);
	assert_int_equal(info->packages, 1);
	assert_int_equal(info->malware, 0);
	assert_true(str_equal_z(info->source, "osv") && !info->starter);
	assert_true(info->built != DATE_NONE && info->size_bytes > 4096);
	advisory_db_close(db);
}

static void test_broken_records(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf skipped = BUF_INIT(65536);
	struct advisory_import import = { .skipped = note_skipped, .context = &skipped };
	struct str text = support_fixture(arena, "broken.txt"), line, message;
	size_t lines = 0;
	while (str_split(&text, '\n', &line)) {
		if (line.n == 0 || line.p[0] == '#')
			continue;
		str_split(&line, '|', &message);
		struct str broken = support_unescape(arena, str_trim(line));
		write_record(arena_printf(arena, "broken/%zu.json", ++lines).p, broken);
	}
	write_record("broken/good.json", record("A-1", "2025-01-01", "a", "1.0.0", ""));
	support_import(path("broken.db"), path("broken"), &import);
	assert_int_equal(import.skipped_count, lines);
	assert_int_equal(import.added, 1);
	for (size_t i = 1; i <= lines; i++) {
		struct str name = arena_printf(arena, "%zu.json: ", i);
		assert_true(str_find_str(buf_str(&skipped), name) < skipped.n);
	}
}

/* Entries "0.json", "1.json", … */
static const char *make_zip(const char *name, const char *extension, size_t count)
{
	struct zip_writer zip;
	assert_true(zip_begin(&zip, path(name)));
	for (size_t i = 0; i < count; i++) {
		struct str text = record(arena_printf(arena, "A-%zu", i).p, "2025-01-01", "a", "1.0.0", "");
		assert_true(zip_add(&zip, arena_printf(arena, "npm/%zu%s", i, extension), text));
	}
	assert_true(zip_end(&zip));
	return path(name);
}

static void test_zip(void **state)
{
	(void)state;
	struct advisory_import import = { 0 };
	support_import(path("zip.db"), make_zip("all.zip", ".json", 50), &import);
	assert_int_equal(import.added, 50);
	assert_false(file_exists(path("npm")));
}

static void expect_no_import(const char *input, enum status status, const char *expected)
{
	struct advisory_import import = { 0 };
	struct error err = { 0 };
	const char *db = path("untouched.db");
	write_record("one.json", record("A-1", "2025-01-01", "a", "1.0.0", ""));
	support_import(db, path("one.json"), &(struct advisory_import){ .replace = true });
	struct str before = digest_of_db("untouched.db");
	import.replace = true;
	assert_int_equal(advisory_import(db, &input, 1, &import, &err), status);
	if (!strstr(err.text, expected))
		fail_msg("\"%s\", not \"%s\"", err.text, expected);
	assert_true(str_equal(digest_of_db("untouched.db"), before));
	assert_false(file_exists(path("untouched.db.new")));
}

static void test_inputs_that_are_none(void **state)
{
	(void)state;
	struct str bytes;
	const char *zip = make_zip("whole.zip", ".json", 50);
	assert_int_equal(file_read(zip, 1 << 20, arena, &bytes, NULL), STATUS_OK);
	support_write(path("cut.zip"), str_head(bytes, bytes.n / 2));
	support_write(path("text.zip"), STR("this is a text"));
	support_write(path("garbage.json"), STR("\xff\xfe"));
	assert_int_equal(folder_make(path("empty-folder"), NULL), STATUS_OK);
	expect_no_import(path("cut.zip"), STATUS_INVALID, "cut.zip");
	expect_no_import(path("text.zip"), STATUS_INVALID, "text.zip");
	expect_no_import(make_zip("other.zip", ".txt", 3), STATUS_INVALID, "no advisory in it");
	expect_no_import(path("empty-folder"), STATUS_INVALID, "no advisory in it");
	expect_no_import(path("garbage.json"), STATUS_INVALID, "none of the 1 records");
	expect_no_import(path("nowhere"), STATUS_NOT_FOUND, "nowhere");
}

/* A record of `size` bytes: its title is what makes it large. */
static struct str large_record(size_t size)
{
	char *text = arena_alloc(arena, size + 1);
	struct str start = STR("{\"id\":\"A-1\",\"modified\":\"2025-01-01\",\"summary\":\"");
	memset(text, 'x', size);
	memcpy(text, start.p, start.n);
	memcpy(text + size - 2, "\"}", 2);
	return (struct str){ text, size };
}

/* Small in bytes, large in memory. */
static struct str costly_record(size_t size)
{
	char *text = arena_alloc(arena, size + 1);
	for (size_t i = 0; i < size; i++)
		text[i] = "[],"[i % 3];
	text[0] = '[';
	memcpy(text, "[1,", 3);
	text[size - 1] = ']';
	return (struct str){ text, size };
}

static void test_limits(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf skipped = BUF_INIT(65536);
	struct advisory_import import = { .skipped = note_skipped, .context = &skipped };
	struct zip_writer zip;
	write_record("limits/1.json", large_record(LIMIT_ADVISORY_BYTES));
	write_record("limits/2.json", large_record(LIMIT_ADVISORY_BYTES + 1));
	write_record("limits/3.json", costly_record(LIMIT_ADVISORY_BYTES - 1));
	support_import(path("limits.db"), path("limits"), &import);
	assert_int_equal(import.added, 1);
	assert_int_equal(import.skipped_count, 2);
	assert_true(str_find_str(buf_str(&skipped), STR("more than the limit of 16777216")) < skipped.n);
	assert_true(str_find_str(buf_str(&skipped), STR("3.json: takes more than")) < skipped.n);
	assert_true(zip_begin(&zip, path("limits.zip")));
	assert_true(zip_add(&zip, STR("1.json"), large_record(LIMIT_ADVISORY_BYTES)));
	assert_true(zip_add(&zip, STR("2\x1b.json"), large_record(LIMIT_ADVISORY_BYTES + 1)));
	assert_true(zip_end(&zip));
	buf_clear(&skipped);
	support_import(path("limits.db"), path("limits.zip"), &import);
	assert_int_equal(import.unchanged, 1);
	assert_true(str_starts_with(buf_str(&skipped), STR("limits.zip: 2\\x1b.json: 16777217 bytes, more than the limit of 16777216")));
}

/* Some kilobytes that become 50 MB, among good records: named, counted and passed over. */
static void test_bomb(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf skipped = BUF_INIT(65536);
	CLEANUP(zip_out_cleanup) struct zip_out *zip = NULL;
	struct advisory_import import = { .skipped = note_skipped, .context = &skipped };
	struct str bytes;
	assert_int_equal(zip_out_begin(path("bomb.zip"), &zip, NULL), STATUS_OK);
	assert_int_equal(zip_out_add(zip, STR("1.json"), record("A-1", "2025-01-01", "a", "1.0.0", ""), NULL), STATUS_OK);
	assert_int_equal(zip_out_add(zip, STR("2.json"), large_record(50 * 1000 * 1000), NULL), STATUS_OK);
	assert_int_equal(zip_out_add(zip, STR("3.json"), record("A-3", "2025-01-01", "a", "1.0.0", ""), NULL), STATUS_OK);
	assert_int_equal(zip_out_finish(zip, NULL), STATUS_OK);
	assert_int_equal(file_read(path("bomb.zip"), 1 << 20, arena, &bytes, NULL), STATUS_OK);
	support_import(path("bomb.db"), path("bomb.zip"), &import);
	assert_int_equal(import.added, 2);
	assert_int_equal(import.skipped_count, 1);
	assert_true(str_starts_with(buf_str(&skipped), STR("bomb.zip: 2.json: ")));
	expect_ids("bomb.db", "a", "A-1 A-3");
}

/* ---- which record counts ------------------------------------------------------------------- */

static void test_the_newer_wins(void **state)
{
	(void)state;
	struct advisory_import import = { 0 };
	const char *db = path("newer.db");
	write_record("newer/1.json", record("A-1", "2025-01-02", "a", "1.0.0", ",\"aliases\":[\"CVE-1\"]"));
	write_record("newer/2.json", record("A-1", "2025-01-03", "b", "1.0.0", ",\"aliases\":[\"CVE-2\"]"));
	write_record("newer/3.json", record("A-1", "2025-01-01", "c", "1.0.0", ""));
	support_import(db, path("newer"), &import);
	assert_int_equal(import.added, 1);
	assert_int_equal(import.updated, 1);
	assert_int_equal(import.unchanged, 1);
	expect_ids("newer.db", "a", "");
	expect_ids("newer.db", "b", "A-1");
	expect_ids("newer.db", "c", "");
	support_import(db, path("newer"), &import);
	assert_int_equal(import.unchanged, 3);
	/* The same date, edited by hand. */
	write_record("edited.json", record("A-1", "2025-01-03", "d", "1.0.0", ""));
	support_import(db, path("edited.json"), &import);
	assert_int_equal(import.updated, 1);
	expect_ids("newer.db", "b", "");
	expect_ids("newer.db", "d", "A-1");
	/* Not about npm any more. */
	write_record("left.json", STR("{\"id\":\"A-1\",\"modified\":\"2025-02-01\",\"affected\":["
				      "{\"package\":{\"ecosystem\":\"Go\",\"name\":\"d\"}}]}"));
	support_import(db, path("left.json"), &import);
	assert_int_equal(import.updated, 1);
	expect_ids("newer.db", "d", "");
	digest_of_db("newer.db");
}

static void expect_as_of(const char *name, const char *day, const char *expected)
{
	int64_t as_of = DATE_NONE;
	assert_true(!day || date_parse(str_of(day), &as_of));
	struct str ids = ids_of("dates.db", name, as_of);
	if (!str_equal_z(ids, expected))
		fail_msg("%s as of %s: \"%.*s\", not \"%s\"", name, day ? day : "now", STR_ARG(ids), expected);
}

static void test_dates(void **state)
{
	(void)state;
	struct advisory_import import = { 0 };
	write_record("dates/1.json", record("A-1", "2025-06-01", "a", "1.0.0",
					    ",\"published\":\"2025-01-10T12:00:00Z\""
					    ",\"withdrawn\":\"2025-03-10T12:00:00Z\""));
	write_record("dates/2.json", record("A-2", "2025-06-01", "a", "1.0.0", ",\"published\":\"2025-02-10\""));
	write_record("dates/3.json", record("A-3", "2025-06-01", "b", "1.0.0", ""));
	write_record("dates/4.json", record("A-4", "2025-06-01", "gone", "1.0.0", ",\"withdrawn\":\"2025-03-10\""));
	support_import(path("dates.db"), path("dates"), &import);
	expect_as_of("a", NULL, "A-2");
	expect_as_of("a", "2025-01-10T11:59:59Z", "");
	expect_as_of("a", "2025-01-10T12:00:00Z", "A-1");
	expect_as_of("a", "2025-03-10T11:59:59Z", "A-1 A-2");
	expect_as_of("a", "2025-03-10T12:00:00Z", "A-2");
	expect_as_of("b", "2001-01-01", "A-3");
	struct advisory_db *db = support_open(path("dates.db"));
	assert_int_equal(advisory_db_info(db)->advisories, 4);
	advisory_db_close(db);
}

/* Of a name that is remembered to be unknown something may have been known on another day. */
static void test_remembered(void **state)
{
	(void)state;
	struct advisory_db *db = support_open(path("dates.db"));
	struct affected *found;
	struct error err;
	size_t count;
	int64_t day;
	assert_true(date_parse(STR("2025-03-09"), &day));
	assert_int_equal(advisory_db_remember(db, &err), STATUS_OK);
	for (int i = 0; i < 2; i++) {
		const struct {
			const char *name;
			int64_t as_of;
			size_t count;
		} asked[] = { { "gone", DATE_NONE, 0 }, { "gone", day, 1 }, { "none", DATE_NONE, 0 }, { "b", DATE_NONE, 1 } };
		for (size_t k = 0; k < sizeof asked / sizeof *asked; k++) {
			assert_int_equal(advisory_db_find(db, str_of(asked[k].name), asked[k].as_of, arena, &found, &count, &err), STATUS_OK);
			assert_int_equal(count, asked[k].count);
		}
	}
	advisory_db_close(db);
}

/* ---- by id and alias -------------------------------------------------------------------------- */

static struct str get(struct advisory_db *db, const char *id)
{
	struct affected *found;
	struct str *names, text = STR(""), none = STR("-");
	struct error err;
	size_t count;
	if (advisory_db_get(db, str_of(id), arena, &found, &names, &count, &err) == STATUS_NOT_FOUND)
		return str_of("not found");
	for (size_t i = 0; i < count; i++)
		text = arena_printf(arena, "%.*s%s%.*s:%.*s", STR_ARG(text), i ? " " : "", STR_ARG(found[i].advisory->id),
				    STR_ARG(names[i].p ? names[i] : none));
	return text;
}

static void test_ids_and_aliases(void **state)
{
	(void)state;
	struct advisory_import import = { 0 };
	write_record("ids/1.json", STR("{\"id\":\"A-1\",\"modified\":\"2025-01-01\",\"aliases\":[\"CVE-1\"],\"affected\":["
				       "{\"package\":{\"ecosystem\":\"npm\",\"name\":\"z\"}},"
				       "{\"package\":{\"ecosystem\":\"npm\",\"name\":\"b\"}},"
				       "{\"package\":{\"ecosystem\":\"npm\",\"name\":\"z\"}}]}"));
	write_record("ids/2.json", record("MAL-1", "2025-01-01", "b", "1.0.0", ",\"aliases\":[\"CVE-1\",\"A-9\"],\"withdrawn\":\"2025-02-01\""));
	write_record("ids/3.json", STR("{\"id\":\"A-3\",\"modified\":\"2025-01-01\",\"affected\":[]}"));
	support_import(path("ids.db"), path("ids"), &import);
	struct advisory_db *db = support_open(path("ids.db"));
	const char *rows[][2] = { { "A-1", "A-1:b A-1:z" }, { "MAL-1", "MAL-1:b" },   { "CVE-1", "A-1:b A-1:z MAL-1:b" },
				  { "A-9", "MAL-1:b" },     { "A-3", "A-3:-" },       { "a-1", "not found" },
				  { "", "not found" },      { "' OR 1", "not found" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct str text = get(db, rows[i][0]);
		if (!str_equal_z(text, rows[i][1]))
			fail_msg("%s: %.*s, not %s", rows[i][0], STR_ARG(text), rows[i][1]);
	}
	struct affected *found;
	struct str *names;
	size_t count;
	assert_int_equal(advisory_db_get(db, STR("MAL-1"), arena, &found, &names, &count, NULL), STATUS_OK);
	const struct advisory *advisory = found[0].advisory;
	assert_true(advisory->malware && advisory->severity == SEVERITY_CRITICAL);
	assert_true(!advisory->kev && advisory->epss < 0);
	assert_int_equal(advisory->alias_count, 2);
	assert_true(str_equal_z(advisory->aliases[0], "A-9") && advisory->withdrawn != DATE_NONE);
	assert_int_equal(advisory_db_info(db)->malware, 1);
	advisory_db_close(db);
}

/* ---- the digest, and the same bytes ------------------------------------------------------------- */

static void import_in_order(const char *db, const char *const *names, size_t count)
{
	struct advisory_import import = { 0 };
	for (size_t i = 0; i < count; i++)
		support_import(path(db), path(names[i]), &import);
}

static void test_digest_does_not_know_the_order(void **state)
{
	(void)state;
	static const char *const order[] = { "order/1.json", "order/2.json", "order/3.json" }, *const reverse[] = { "order/3.json", "order/2.json",
														    "order/1.json", "order/1.json" };
	write_record(order[0], record("A-1", "2025-01-01", "a", "1.0.0", ""));
	write_record(order[1], record("A-2", "2025-01-01", "b", "1.0.0", ",\"aliases\":[\"CVE-1\",\"CVE-2\"]"));
	write_record(order[2], record("A-1", "2025-01-02", "c", "1.0.0", ""));
	import_in_order("order.db", order, 3);
	import_in_order("reverse.db", reverse, 4);
	struct str digest = digest_of_db("order.db");
	assert_true(str_starts_with(digest, STR("sha256:")) && digest.n == 7 + 64);
	assert_true(str_equal(digest, digest_of_db("reverse.db")));
	/* One alias less, another version, another name: another content. */
	const struct str others[] = { record("A-2", "2025-01-01", "b", "1.0.0", ",\"aliases\":[\"CVE-1\"]"),
				      record("A-2", "2025-01-01", "b", "1.0.1", ",\"aliases\":[\"CVE-1\",\"CVE-2\"]"),
				      record("A-2", "2025-01-01", "B", "1.0.0", ",\"aliases\":[\"CVE-1\",\"CVE-2\"]") };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		write_record(order[1], others[i]);
		import_in_order("reverse.db", order + 1, 1);
		assert_false(str_equal(digest, digest_of_db("reverse.db")));
	}
}

static void test_reproducible(void **state)
{
	(void)state;
	struct str bytes[2];
	for (int i = 0; i < 2; i++) {
		struct advisory_import import = { .source = "starter", .reproducible = true, .replace = true };
		const char *db = path(i ? "starter-2.db" : "starter-1.db");
		struct str records = arena_printf(arena, "%s/advisories/osv", getenv("ASSAY_ROOT"));
		support_import(db, records.p, &import);
		assert_int_equal(import.skipped_count + import.foreign, 0);
		assert_true(import.added > 300);
		assert_int_equal(file_read(db, 1 << 26, arena, &bytes[i], NULL), STATUS_OK);
	}
	assert_true(str_equal(bytes[0], bytes[1]));
	struct advisory_db *db = support_open(path("starter-1.db"));
	assert_true(advisory_db_info(db)->starter && advisory_db_info(db)->built == DATE_NONE);
	advisory_db_close(db);
}

/* ---- things that go wrong ---------------------------------------------------------------------- */

static void kill_self(void *context, uint64_t records)
{
	(void)context;
	if (records >= 2000)
		kill(getpid(), SIGKILL);
}

static void test_killed_import(void **state)
{
	(void)state;
	int code;
	const char *db = path("killed.db"), *one = path("killed-one.json");
	const char *zip = make_zip("killed.zip", ".json", 3000);
	support_write(one, record("Z-1", "2025-01-01", "z", "1.0.0", ""));
	support_import(db, one, &(struct advisory_import){ 0 });
	struct str before = digest_of_db("killed.db");
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct advisory_import import = { .progress = kill_self };
		advisory_import(db, &zip, 1, &import, NULL);
		_exit(1);
	}
	waitpid(child, &code, 0);
	assert_true(WIFSIGNALED(code));
	assert_true(str_equal(digest_of_db("killed.db"), before));
	struct advisory_import import = { 0 };
	support_import(db, zip, &import);
	assert_int_equal(import.added, 3000);
	expect_ids("killed.db", "z", "Z-1");
}

static void test_full_disk(void **state)
{
	(void)state;
	int code;
	const char *db = path("full.db"), *one = path("full-one.json");
	const char *zip = make_zip("full.zip", ".json", 3000);
	support_write(one, record("Z-1", "2025-01-01", "z", "1.0.0", ""));
	support_import(db, one, &(struct advisory_import){ 0 });
	struct str before = digest_of_db("full.db");
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit limit = { 200000, 200000 };
		struct advisory_import import = { 0 };
		struct error err = { 0 };
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(advisory_import(db, &zip, 1, &import, &err) == STATUS_IO ? 0 : 1);
	}
	waitpid(child, &code, 0);
	assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
	assert_true(str_equal(digest_of_db("full.db"), before));
	assert_false(file_exists(path("full.db.new")));
}

static void test_damaged_database(void **state)
{
	(void)state;
	struct advisory_import import = { 0 };
	struct advisory_db *db = NULL;
	struct error err;
	struct str bytes;
	size_t at;
	assert_int_equal(advisory_db_open(path("no.db"), &db, &err), STATUS_NOT_FOUND);
	support_write(path("zero.db"), STR(""));
	assert_int_equal(advisory_db_open(path("zero.db"), &db, &err), STATUS_INVALID);
	assert_non_null(strstr(err.hint, "import again"));
	write_record("one.json", record("A-1", "2025-01-01", "findme", "1.0.0", ""));
	assert_int_equal(advisory_import(path("zero.db"), (const char *const[]){ path("one.json") }, 1, &import, &err), STATUS_INVALID);
	support_import(path("flipped.db"), path("one.json"), &import);
	/* One letter of a name inside the file: whoever looks it up finds nothing, but the digest tells. */
	assert_int_equal(file_read(path("flipped.db"), 1 << 20, arena, &bytes, NULL), STATUS_OK);
	at = str_find_str(bytes, STR("findme"));
	assert_true(at < bytes.n);
	char *copy = arena_alloc(arena, bytes.n);
	memcpy(copy, bytes.p, bytes.n);
	copy[at] = 'g';
	support_write(path("flipped.db"), (struct str){ copy, bytes.n });
	db = support_open(path("flipped.db"));
	assert_int_equal(advisory_db_check(db, &err), STATUS_INVALID);
	assert_non_null(strstr(err.text, "damaged"));
	advisory_db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_folder, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_broken_records, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_zip, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_inputs_that_are_none, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_limits, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_bomb, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_the_newer_wins, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_dates, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_remembered, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_ids_and_aliases, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_digest_does_not_know_the_order, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_reproducible, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_killed_import, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_full_disk, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_damaged_database, begin_arena, end_arena),
	};
	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
