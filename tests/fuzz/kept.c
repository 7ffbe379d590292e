/* What assay keeps in files, and whoever can write these may change: remembered inspections, blocks of a compact database. */
#include "fuzz/fuzz.h"

#include "advisory/compact.h"
#include "assay/archive.h"
#include "tarball/draft.h"
#include "tarball/memory.h"

/* ---- remembered inspections: what is given is sound, and a record that is added behind whatever stands there is found ------------------ */

static const struct file_identity identity = { .device = 1, .inode = 2, .size = 3, .changed_s = 4, .status_s = 5 };

static const struct inspection *make_inspection(const struct fuzz *fuzz, struct buf *out)
{
	struct draft draft = { .arena = fuzz->arena, .name = STR("noted") };
	fuzz_require(draft_write(&draft, LIMIT_INSPECTION_BYTES, out, NULL) == STATUS_OK);
	return (const void *)out->p;
}

static const char *put_memory(const struct fuzz *fuzz, struct str bytes)
{
	const char *path = path_join(fuzz->arena, fuzz->folder, "inspections");
	fuzz_require(file_write_unsynced(path, bytes, NULL) == STATUS_OK);
	return path;
}

/* Each record's sum is made right as far as records go: a fuzzer guesses none. What they are is in *out. */
static size_t mend_sums(char *bytes, size_t size, size_t at, struct memory_record *out, size_t most)
{
	size_t count = 0;
	while (count < most && size - at >= sizeof(struct memory_record)) {
		struct memory_record record;
		struct crc32c crc;
		memcpy(&record, bytes + at, sizeof record);
		if (record.size < sizeof record || record.size > size - at || record.size % MEMORY_ALIGN)
			break;
		crc32c_init(&crc);
		crc32c_add(&crc, (struct str){ bytes + at + offsetof(struct memory_record, file), record.size - offsetof(struct memory_record, file) });
		record.check = crc.value;
		memcpy(bytes + at, &record, sizeof record);
		out[count++] = record;
		at += record.size;
	}
	return count;
}

static struct digest digest_of_record(const struct memory_record *record)
{
	struct digest digest = { .algorithm = (enum digest_algorithm)record->algorithm };
	memcpy(digest.bytes, record->digest, sizeof digest.bytes);
	return digest;
}

/* Where it is found; the same bytes must be found again. */
static struct str found_in(const struct memory *memory, const struct memory_record *record, struct arena *arena)
{
	struct digest digest = digest_of_record(record);
	const struct inspection *found = record->algorithm <= DIGEST_SHA512 ? memory_find(memory, &digest, &record->file) : NULL;
	struct str bytes = found ? (struct str){ (const char *)found, found->size } : STR("");
	fuzz_require(!found || inspection_is_sound(bytes));
	return arena_copy(arena, bytes);
}

static void note_one(const struct fuzz *fuzz, const char *path, const struct digest *digest)
{
	CLEANUP(buf_fini) struct buf block = BUF_INIT(2 * LIMIT_INSPECTION_BYTES);
	struct memory *memory = memory_open(path, false);
	fuzz_require(memory != NULL);
	memory_note(memory, digest, &identity, &identity, make_inspection(fuzz, &block));
	memory_flush(memory);
	memory_free(memory);
	memory = memory_open(path, false);
	fuzz_require(memory && memory_find(memory, digest, &identity));
	memory_free(memory);
}

static void run_memory(const struct fuzz *fuzz, const void *with)
{
	enum { MOST = 16 };
	struct memory_head head = { "assay-in", INSPECTOR_VERSION, sizeof(struct inspection) };
	struct memory_record records[MOST];
	struct str before[MOST];
	struct digest digest;
	CLEANUP(buf_fini) struct buf bytes = BUF_INIT(64 * MIB);
	(void)with;
	fuzz_require(digest_of(DIGEST_SHA512, STR("noted"), &digest));
	note_one(fuzz, put_memory(fuzz, fuzz->input), &digest); /* whatever it is */
	buf_add(&bytes, (struct str){ (const char *)&head, sizeof head });
	buf_add(&bytes, fuzz->input);
	size_t count = mend_sums(bytes.p, bytes.n, sizeof head, records, MOST);
	const char *path = put_memory(fuzz, buf_str(&bytes));
	struct memory *memory = memory_open(path, false);
	fuzz_require(memory != NULL);
	for (size_t i = 0; i < count; i++)
		before[i] = found_in(memory, &records[i], fuzz->arena);
	memory_free(memory);
	note_one(fuzz, path, &digest);
	memory = memory_open(path, false);
	fuzz_require(memory != NULL);
	for (size_t i = 0; i < count; i++)
		fuzz_require(str_equal(before[i], found_in(memory, &records[i], fuzz->arena)) ||
			     memcmp(records[i].digest, digest.bytes, sizeof digest.bytes) == 0);
	memory_free(memory);
}

/* ---- a compact database's block: what all of it gives for a name is what the name gives ------------------------------------------------- */

struct rows {
	struct buf text;
	const struct str *wanted; /* NULL: all */
	VEC(struct str) names;
	struct arena *arena;
};

static enum status note_row(void *context, const struct compact_row *row, struct error *err)
{
	struct rows *rows = context;
	const struct advisory *advisory = &row->advisory;
	struct str name = row->name.p ? row->name : STR("");
	(void)err;
	fuzz_require(advisory->url.p && advisory->title.p && advisory->score_tenths >= -1 && advisory->score_tenths <= 100);
	if (!rows->wanted && (!rows->names.n || !str_equal(rows->names.v[rows->names.n - 1], name)))
		*vec_add(rows->arena, &rows->names) = arena_copy(rows->arena, name);
	if (rows->wanted && !str_equal(*rows->wanted, name))
		return STATUS_OK;
	buf_printf(&rows->text, "%.*s %.*s %d %lld %zu\n", STR_ARG(advisory->id), STR_ARG(advisory->title), (int)advisory->severity,
		   (long long)advisory->modified, row->packages);
	pack_affected(&row->affected, &rows->text);
	return STATUS_OK;
}

static void rows_cleanup(struct rows *rows)
{
	buf_fini(&rows->text);
}

/* One block, that any name may stand in. */
static struct store *make_store(const struct fuzz *fuzz, struct str block)
{
	static const char every[64] = { 0 };
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(64 * MIB);
	struct deflater *deflater = deflater_new(DEFLATE_QUICK);
	struct store *store;
	char bits[sizeof every];
	memset(bits, 0xff, sizeof bits);
	fuzz_require(deflater != NULL);
	deflater_run(deflater, block, &packed);
	deflater_free(deflater);
	const char *path = path_join(fuzz->arena, fuzz->folder, "compact.db");
	fuzz_require(store_begin(path, &advisory_compact_kind, true, &store, NULL) == STATUS_OK);
	fuzz_require(store_prepare(store, "INSERT INTO filter(bits) VALUES(?1)", &query, NULL) == STATUS_OK);
	query_bind_blob(query, 1, (struct str){ bits, sizeof bits });
	fuzz_require(query_run(query, NULL) == STATUS_OK);
	query_cleanup(&query);
	fuzz_require(store_run(store, "INSERT INTO first(name, block) VALUES('', 1)", NULL) == STATUS_OK);
	query = NULL;
	fuzz_require(store_prepare(store, "INSERT INTO block(number, data) VALUES(1, ?1)", &query, NULL) == STATUS_OK);
	query_bind_blob(query, 1, buf_str(&packed));
	fuzz_require(query_run(query, NULL) == STATUS_OK);
	return store;
}

static void run_compact(const struct fuzz *fuzz, const void *with)
{
	CLEANUP(store_cleanup) struct store *store = make_store(fuzz, fuzz->input);
	CLEANUP(rows_cleanup) struct rows all = { .text = BUF_INIT(256 * MIB), .arena = fuzz->arena };
	struct compact *compact;
	struct error err = { 0 };
	(void)with;
	fuzz_require(compact_new(store, &compact, NULL) == STATUS_OK);
	enum status status = compact_each(compact, NULL, note_row, &all, &err);
	fuzz_require(status == STATUS_OK || (status == STATUS_INVALID && err.text[0]));
	CLEANUP(rows_cleanup) struct rows parts = { .text = BUF_INIT(256 * MIB), .arena = fuzz->arena };
	for (size_t i = 0; !status && i < all.names.n && i < 50; i++) {
		parts.wanted = &all.names.v[i];
		fuzz_require(compact_each(compact, &all.names.v[i], note_row, &parts, NULL) == STATUS_OK);
	}
	fuzz_require(status || all.names.n > 50 || str_equal(buf_str(&all.text), buf_str(&parts.text)));
	compact_free(compact);
}

const struct fuzz_target fuzz_kept[] = {
	{ "memory", run_memory, NULL, NULL },
	{ "compact", run_compact, NULL, NULL },
	{ 0 },
};
