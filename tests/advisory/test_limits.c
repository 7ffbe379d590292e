/* As many records, bytes and folders as are read, and one more: by the same sources with limits that are reached sooner. */
#include "assay/limits.h"
#undef LIMIT_OWN_RECORDS
#define LIMIT_OWN_RECORDS 3
#undef LIMIT_DUMP_RECORDS
#define LIMIT_DUMP_RECORDS dump_records
#undef LIMIT_DUMP_BYTES
#define LIMIT_DUMP_BYTES dump_bytes
#undef LIMIT_FOLDERS
#define LIMIT_FOLDERS 4
#undef LIMIT_ENRICHMENT_BYTES
#define LIMIT_ENRICHMENT_BYTES enrichment_bytes
#undef LIMIT_ADVISORY_MEMORY
#define LIMIT_ADVISORY_MEMORY advisory_memory
#undef LIMIT_COMPACT_BLOCK
#define LIMIT_COMPACT_BLOCK compact_block
static unsigned dump_records = 100;
static unsigned long dump_bytes = 1 << 20, enrichment_bytes = 1 << 20, advisory_memory = 1 << 20, compact_block = 1 << 20;
#include "advisory/compact.c"
#include "advisory/compact_write.c"
#include "advisory/enrich.c"
#include "advisory/import.c"
#include "advisory/own.c"
#include "advisory/walk.c"

#include "advisory/support.h"
#include "one_arena.h"

#define RECORD_TEXT \
	"{\"id\":\"A-%02d\",\"modified\":\"2025-01-01T00:00:00Z\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},\"versions\":[\"1.0.0\"]}]}"
enum { RECORD_BYTES = sizeof RECORD_TEXT - 3 };

static const char *put_records(const char *folder, int count, bool folders)
{
	for (int i = 0; i < count; i++)
		support_write(support_path(arena, arena_printf(arena, "%s/%02d%s", folder, i, folders ? "/a.json" : ".json").p),
			      arena_printf(arena, RECORD_TEXT, i));
	return support_path(arena, folder);
}

static enum status read_own(const char *path, struct error *err)
{
	struct advisory_own *own;
	return advisory_own_read(&path, 1, NULL, arena, &own, err);
}

static enum status import_all(const char *folder, const char *epss, struct error *err)
{
	struct advisory_import import = { .epss = epss };
	return advisory_import(support_path(arena, "a.db"), &folder, 1, &import, err);
}

static void as_many_records_of_ones_own(void **state)
{
	(void)state;
	struct error err;
	assert_int_equal(read_own(put_records("own", LIMIT_OWN_RECORDS, false), &err), STATUS_OK);
	assert_int_equal(read_own(put_records("own-more", LIMIT_OWN_RECORDS + 1, false), &err), STATUS_USAGE);
	assert_non_null(strstr(err.text, "own-more/03.json: more than 3 records of one's own"));
}

static void as_many_folders(void **state)
{
	(void)state;
	struct error err;
	assert_int_equal(read_own(put_records("folders", LIMIT_FOLDERS - 1, true), &err), STATUS_OK);
	assert_int_equal(import_all(put_records("folders-more", LIMIT_FOLDERS, true), NULL, &err), STATUS_LIMIT);
	assert_non_null(strstr(err.text, "than 4 folders"));
}

static void as_many_records_and_bytes(void **state)
{
	(void)state;
	struct error err;
	const char *folder = put_records("dump", 4, false);
	dump_records = 4;
	dump_bytes = 4 * RECORD_BYTES;
	assert_int_equal(import_all(folder, NULL, &err), STATUS_OK);
	dump_bytes--;
	assert_int_equal(import_all(folder, NULL, &err), STATUS_LIMIT);
	dump_bytes++;
	dump_records--;
	assert_int_equal(import_all(folder, NULL, &err), STATUS_LIMIT);
	assert_non_null(strstr(err.text, "more than 3 records, or than"));
}

/* As it is, and as it comes out of its gzip. */
static void as_many_bytes_of_scores(void **state)
{
	(void)state;
	struct error err;
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(MIB);
	struct str scores = STR("cve,epss,percentile\nCVE-2025-0001,0.5,0.9\n");
	const char *plain = support_path(arena, "epss.csv"), *gzipped = support_path(arena, "epss.csv.gz");
	struct deflater *deflater = deflater_new(DEFLATE_QUICK);
	deflater_run(deflater, scores, &packed);
	deflater_free(deflater);
	const char *folder = put_records("scored", 1, false);
	dump_records = 100;
	dump_bytes = MIB;
	support_write(plain, scores);
	support_write(gzipped, buf_str(&packed));
	enrichment_bytes = scores.n > packed.n ? scores.n : packed.n;
	assert_int_equal(import_all(folder, plain, &err), STATUS_OK);
	assert_int_equal(import_all(folder, gzipped, &err), STATUS_OK);
	enrichment_bytes = scores.n - 1;
	assert_int_equal(import_all(folder, plain, &err), STATUS_LIMIT);
	assert_int_equal(import_all(folder, gzipped, &err), STATUS_LIMIT);
}

/* A record that takes more memory than one may is skipped, and the next one has it all again. */
static void as_much_memory_for_a_record(void **state)
{
	(void)state;
	struct error err;
	CLEANUP(buf_fini) struct buf deep = BUF_INIT(MIB);
	const char *folder = put_records("memory", 2, false), *head = "{\"id\":\"B-1\",\"modified\":\"2025-01-01T00:00:00Z\",\"database_specific\":[0";
	buf_add_z(&deep, head);
	for (int i = 0; i < 10000; i++)
		buf_add_z(&deep, ",0");
	buf_add_z(&deep, "]}");
	support_write(support_path(arena, "memory/01-large.json"), buf_str(&deep));
	for (unsigned past = 0; past < 2; past++) {
		struct advisory_import import = { 0 };
		advisory_memory = past ? MIB / 4 : 4 * MIB;
		assert_int_equal(advisory_import(support_path(arena, "memory.db"), &folder, 1, &import, &err), STATUS_OK);
		assert_int_equal(import.skipped_count, past);
		assert_int_equal(import.read, 3);
	}
	advisory_memory = MIB;
}

static enum status export_within(const char *full, const char *compact, unsigned long limit, struct error *err)
{
	struct advisory_db *db = support_open(full);
	compact_block = limit;
	enum status status = advisory_export_compact(db, compact, err);
	advisory_db_close(db);
	return status;
}

static enum status check_within(const char *compact, unsigned long limit, struct error *err)
{
	struct advisory_db *db = support_open(compact);
	compact_block = limit;
	enum status status = advisory_db_check(db, err);
	advisory_db_close(db);
	return status;
}

/* The least that holds them is found; with a byte less they are refused, and what was written is not read with less. */
static void as_many_bytes_of_one_name(void **state)
{
	(void)state;
	struct error err;
	const char *folder = put_records("compact", 20, false), *full = support_path(arena, "compact-full.db"), *compact = support_path(arena, "compact.db");
	struct advisory_import import = { 0 };
	unsigned long refused = 100, held = 1 << 20;
	assert_int_equal(advisory_import(full, &folder, 1, &import, &err), STATUS_OK);
	while (held - refused > 1) {
		unsigned long middle = refused + (held - refused) / 2;
		*(export_within(full, compact, middle, &err) ? &refused : &held) = middle;
	}
	assert_int_equal(export_within(full, compact, refused, &err), STATUS_LIMIT);
	assert_non_null(strstr(err.text, "the records of a take more than the"));
	assert_int_equal(export_within(full, compact, held, &err), STATUS_OK);
	assert_int_equal(check_within(compact, held, &err), STATUS_OK);
	assert_int_equal(check_within(compact, held - LENGTHS_BYTES, &err), STATUS_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_many_records_of_ones_own), cmocka_unit_test(as_many_folders),
					    cmocka_unit_test(as_many_records_and_bytes),   cmocka_unit_test(as_many_bytes_of_scores),
					    cmocka_unit_test(as_much_memory_for_a_record), cmocka_unit_test(as_many_bytes_of_one_name) };
	return _cmocka_run_group_tests("advisory/limits", tests, sizeof tests / sizeof *tests, begin_arena, end_arena);
}
