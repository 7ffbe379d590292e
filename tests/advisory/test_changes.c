/* modified_id.csv: what of it is news, what is odd, and how much of it is read. */
#include "advisory/changes.h"
#include "assay/limits.h"
#include "tests.h"
#include "one_arena.h"

struct database {
	const char *have; /* ids, each between spaces */
	enum status fails;
};

static enum status has(void *context, struct str id, int64_t modified, bool *there, struct error *err)
{
	const struct database *database = context;
	(void)modified;
	*there = str_find_str(str_of(database->have), arena_printf(arena, " %.*s ", STR_ARG(id))) < strlen(database->have);
	return database->fails ? error_set(err, database->fails, "the database is broken") : STATUS_OK;
}

static enum status read_list(struct str list, size_t piece, struct database database, struct changes *out)
{
	struct error err;
	struct changes_reader reader = { .out = out, .arena = arena, .has = has, .context = &database, .err = &err };
	assert_true(date_parse(STR("2025-01-02T00:00:00Z"), &reader.since));
	changes_begin(&reader);
	while (list.n && changes_add(&reader, str_head(list, piece)))
		list = str_from(list, piece);
	enum status status = changes_end(&reader);
	changes_fini(&reader);
	return status;
}

static const char *ids_of(const struct changes *changes)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(MIB);
	for (size_t i = 0; i < changes->ids.n; i++)
		buf_printf(&out, "%s%s", i ? " " : "", changes->ids.v[i]);
	return arena_copy(arena, buf_str(&out)).p;
}

static void test_lists(void **state)
{
	(void)state;
	static const struct {
		const char *list, *ids, *why; /* why: it is odd, and this is said of it */
	} cases[] = {
		{ "2025-01-03T00:00:00Z,A-3\n2025-01-02T00:00:00Z,A-2\n", "A-3 A-2", NULL },
		{ "2025-01-03T00:00:00Z,A-3\r\n2025-01-02T00:00:00Z,HAVE-1\r\n", "A-3", NULL },
		{ "2025-01-03T00:00:00.5Z,A-3", "A-3", NULL },
		{ "2025-01-03T00:00:00Z,A-3\n2025-01-01T00:00:00Z,A-1\nwhatever comes behind\n", "A-3", NULL },
		{ "", "", "it is empty" },
		{ "<html>\n", "", "line 1: no row" },
		{ "2025-01-03T00:00:00Z,A-3\n\n", "A-3", "line 2: no row" },
		{ "2025-01-03T00:00:00Z,../a\n", "", "line 1: an id with odd" },
		{ "2025-01-03T00:00:00Z,\n", "", "line 1: an id with odd" },
		{ "2025-01-03T00:00:00Z,A-3\n2025-01-04T00:00:00Z,A-4\n", "A-3", "line 2: newer" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (size_t piece = 1; piece < 100; piece += 17) {
			struct changes changes;
			assert_int_equal(read_list(str_of(cases[i].list), piece, (struct database){ " HAVE-1 ", STATUS_OK }, &changes), STATUS_OK);
			assert_int_equal(changes.kind, cases[i].why ? CHANGES_ODD : CHANGES_LISTED);
			assert_string_equal(ids_of(&changes), cases[i].ids);
			assert_true(!cases[i].why || strstr(changes.why.text, cases[i].why));
		}
	}
}

static void test_what_fails(void **state)
{
	(void)state;
	struct changes changes;
	assert_int_equal(read_list(STR("2025-01-03T00:00:00Z,A-3\n"), 9, (struct database){ "", STATUS_IO }, &changes), STATUS_IO);
}

static void test_as_many_as_are_asked_for(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct changes changes;
		CLEANUP(buf_fini) struct buf list = BUF_INIT(MIB);
		for (int i = 0; i < LIMIT_CHANGES + more; i++)
			buf_printf(&list, "2025-01-03T00:00:00Z,B-%d\n", i);
		assert_int_equal(read_list(buf_str(&list), 4096, (struct database){ "", STATUS_OK }, &changes), STATUS_OK);
		assert_int_equal(changes.ids.n, LIMIT_CHANGES);
		assert_int_equal(changes.kind, more ? CHANGES_TOO_MANY : CHANGES_LISTED);
	}
}

/* Whether its end has come or not. */
static void test_a_row_as_long_as_may_be(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		for (int end = 0; end < 2; end++) {
			struct changes changes;
			struct str list = arena_printf(arena, "2025-01-03T00:00:00Z,%-*s%s", LIMIT_CHANGE_ROW_BYTES - 21 + more, "A-3", end ? "\n" : "");
			assert_int_equal(read_list(list, 64, (struct database){ "", STATUS_OK }, &changes), STATUS_OK);
			assert_int_equal(changes.kind, more ? CHANGES_ODD : CHANGES_LISTED);
			assert_string_equal(ids_of(&changes), more ? "" : "A-3");
			assert_true(!more || strstr(changes.why.text, "line 1: too long"));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lists), cmocka_unit_test(test_what_fails),
					    cmocka_unit_test(test_as_many_as_are_asked_for), cmocka_unit_test(test_a_row_as_long_as_may_be) };
	return _cmocka_run_group_tests("advisory/changes", tests, sizeof tests / sizeof *tests, begin_arena, end_arena);
}
