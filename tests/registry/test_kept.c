/* Answers that are kept, in as large a file as there may be and one larger: by the same source with a limit of our own. */
#include "assay/limits.h"
#undef LIMIT_RECORDS_BYTES
#define LIMIT_RECORDS_BYTES records_bytes
#include <stdint.h>
static uint64_t records_bytes = UINT64_MAX;
#include "registry/kept.c"

#include "tests.h"

enum { RECORDS = 400 };

static const char *write_records(struct arena *arena, int from, int count)
{
	const char *path = arena_printf(arena, "%s/records.db", getenv("TEST_TMP")).p;
	struct kept_record *records = arena_array(arena, (size_t)count, sizeof *records), **list = arena_array(arena, (size_t)count, sizeof *list);
	struct registry_record record = { .state = RECORD_FOUND, .asked = from, .integrity = STR("sha512-xxx"), .history = HISTORY_UNASKED };
	struct error err;
	for (int i = 0; i < count; i++) {
		records[i] = (struct kept_record){
			.registry = "https://r.example/", .name = arena_printf(arena, "p%d", from + i), .version = STR("1.0.0"), .changed = true, .record = &record
		};
		list[i] = &records[i];
	}
	if (kept_records_write(path, list, (size_t)count, &err))
		fail_msg("%s", err.text);
	return path;
}

static struct records_kept counted(const char *path)
{
	struct store *store;
	struct records_kept kept = { 0 };
	struct error err;
	assert_int_equal(store_open(path, &kind, &store, &err), STATUS_OK);
	assert_int_equal(count_kept(store, &kept, &err), STATUS_OK);
	store_close(store);
	return kept;
}

/* Past the limit the older half goes. */
static void as_large_as_may_be(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct records_kept kept = counted(write_records(arena, 0, RECORDS));
	assert_int_equal(kept.records, RECORDS);
	records_bytes = kept.bytes;
	assert_int_equal(counted(write_records(arena, 0, 1)).records, RECORDS);
	records_bytes--;
	kept = counted(write_records(arena, 1, 1));
	assert_int_equal(kept.records, RECORDS - (RECORDS / 2 + 1));
	assert_true(kept.bytes <= records_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_large_as_may_be) };
	return _cmocka_run_group_tests("registry/kept", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
