/* What the files of this room share: records as they are read, and how they are kept. */
#ifndef ADVISORY_PRIVATE_H
#define ADVISORY_PRIVATE_H

#include "assay/advisory.h"
#include "assay/json.h"
#include "store/store.h"

/* ---- severity.c ----------------------------------------------------------- */

/* Severity, score and vector of a record, from its JSON; .malware is already known. */
void severity_read(const struct json *record, struct advisory *advisory);

/* ---- timeline.c: a range's events to intervals ------------------------------- */

/* A version of an event. `lowest` is OSV's "0", below every version. */
struct bound {
	bool lowest;
	struct str text; /* as semver_write() has it */
	struct semver version;
};
/* Strict, else loose, else with the parts that are missing: "1.2" is 1.2.0. False: no version at all. */
bool bound_read(struct str written, struct arena *arena, struct bound *out);
int bound_compare(const struct bound *a, const struct bound *b);

/* In the order in which they stand at equal versions. */
enum event_kind { EVENT_INTRODUCED, EVENT_FIXED, EVENT_LAST_AFFECTED, EVENT_LIMIT };
struct event {
	enum event_kind kind;
	struct bound at;
};
typedef VEC(struct affected_interval) interval_list;
/* Appends the intervals in which OSV's event walk says "vulnerable". Sorts `events`. False: out of memory. */
bool timeline_add(struct event *events, size_t count, struct arena *arena, interval_list *out);

/* ---- osv.c ------------------------------------------------------------------- */

struct osv_record {
	struct advisory advisory;
	struct affected *affected; /* one for each npm package, by name */
	struct str *names;
	size_t count;
	bool foreign; /* of other ecosystems only */
};
/* Reads one record; everything lives in `arena` or in `text`. STATUS_INVALID or STATUS_LIMIT: a broken record. */
enum status osv_read(struct str text, struct arena *arena, struct osv_record *out, struct error *err);
/* Letters, digits and - _ . : from a letter or digit on, at most 128: nothing that could mean another file or host. */
bool osv_id_is_valid(struct str id);
/* Where people read about it. STR_NONE: out of memory. */
struct str osv_url(struct str id, struct arena *arena);

/* ---- pack.c: an affected package as bytes -------------------------------------- */

void pack_affected(const struct affected *affected, struct buf *out);
/* False where the bytes are not of that form (damaged) or memory is out. */
bool unpack_affected(struct str packed, struct arena *arena, struct affected *out);
/* A record's content as bytes, the same for the same content: what its digest is taken of. */
void pack_advisory(const struct advisory *advisory, struct buf *out);

/* ---- kept.c: the tables, and rows of them ----------------------------------------- */

extern const struct store_kind advisory_store_kind;

/* The columns that kept_read() expects, in its order, of `advisory a` and `affected f`. */
#define KEPT_COLUMNS \
	"a.id, a.aliases, a.title, a.published, a.modified, a.withdrawn, a.severity, a.score, a.vector," \
	" a.malware, a.kev, a.epss, f.name, f.ranges, a.source, a.first_seen"
enum { KEPT_COLUMN_COUNT = 16 };
/* One row. `advisory` is filled unless NULL. STATUS_INVALID: damaged. */
enum status kept_read(struct store_query *query, struct arena *arena, struct advisory *advisory, struct affected *affected, struct str *name,
		      struct error *err);

/* The aliases as one text, a line each. STR_NONE: out of memory. */
struct str aliases_join(const struct advisory *advisory, struct arena *arena);
bool aliases_split(struct str joined, struct arena *arena, struct advisory *out);

/* With everything they point to; NULL, false: out of memory. The copy of an affected package is of no advisory yet. */
struct advisory *advisory_copy(const struct advisory *advisory, struct arena *arena);
bool affected_copy(const struct affected *affected, struct arena *arena, struct affected *out);

#define RECORD_DIGEST_SIZE 32
/* Over everything that is kept of a record but what is added to it later (kev, epss). */
bool record_digest(const struct advisory *advisory, const struct affected *affected, const struct str *names, size_t count, struct buf *scratch,
		   unsigned char out[RECORD_DIGEST_SIZE]);
struct hasher;
/* "sha256:…" of what was hashed. */
enum status digest_text(struct hasher *hasher, struct arena *arena, struct str *out, struct error *err);
/* Over all records' digests, by id. */
enum status store_digest(struct store *store, struct arena *arena, struct str *out, struct error *err);

/* ---- write.c: records into a store ------------------------------------------------- */

struct writer;
struct writer_options {
	bool empty;         /* begin with nothing */
	const char *source; /* of the records that are added */
	int64_t now;        /* when they are first seen; DATE_NONE: not told */
};
enum status writer_begin(const char *path, const struct writer_options *options, struct writer **out, struct error *err);
/* Counts in `import` what became of it. */
enum status writer_add(struct writer *writer, const struct osv_record *record, struct arena *arena, struct advisory_import *import, struct error *err);
/* Whether this source's record `id` is there and at least as new. */
enum status writer_has(struct writer *writer, struct str id, int64_t modified, bool *out, struct error *err);
/* Records of this source, and the newest of them (DATE_NONE: none). */
enum status writer_count(struct writer *writer, uint64_t *records, int64_t *newest, struct error *err);
/* Takes away this source's records that were not added (or found unchanged) since writer_begin(). */
enum status writer_drop_unseen(struct writer *writer, uint64_t *dropped, struct error *err);
/* What the database says about itself; STR_NONE or DATE_NONE: nothing, and takes away what was said. */
enum status writer_get_text(struct writer *writer, const char *key, struct arena *arena, struct str *out, struct error *err);
enum status writer_get_date(struct writer *writer, const char *key, int64_t *out, struct error *err);
enum status writer_set_text(struct writer *writer, const char *key, struct str value, struct error *err);
enum status writer_set_date(struct writer *writer, const char *key, int64_t value, struct error *err);
enum status writer_commit(struct writer *writer, struct error *err);
void writer_free(struct writer *writer);
void writer_cleanup(struct writer **writer);

/* Takes over all that a compact database holds, its sources and what it says of itself too. Before anything is added. */
enum status writer_expand(struct writer *writer, struct advisory_db *db, struct error *err);
struct store *writer_store(struct writer *writer);

/* ---- db.c ------------------------------------------------------------------------------- */

/* As of a day: published by then (or it is not known when), and not withdrawn by then. DATE_NONE: now. */
bool advisory_counts(const struct advisory *advisory, int64_t as_of);
struct compact;
struct store *db_store(struct advisory_db *db);
struct compact *db_compact(struct advisory_db *db); /* NULL: it is a full one */
/* Every record of a source, by id (from a compact database in no order), with all its packages as advisory_db_get() has them. A status other than STATUS_OK ends it. */
enum status db_each_record(struct advisory_db *db, struct str source,
			   enum status (*record)(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err),
			   void *context, struct error *err);

/* ---- enrich.c: EPSS and KEV ----------------------------------------------------------- */

enum { ENRICH_EPSS, ENRICH_KEV, ENRICHMENTS };
struct enrichment {
	const char *add, *clear, *all; /* SQL */
	const char *meta;              /* where its date is kept */
	enum status (*read)(struct store_query *add, struct str text, uint64_t *rows, int64_t *date, struct error *err);
};
extern const struct enrichment enrichments[ENRICHMENTS];
/* `text`, gzipped (then it is inflated in the sandbox, where there is one) or not, takes the place of what was known of that kind. */
enum status enrich(struct writer *writer, const struct enrichment *what, struct sandbox *sandbox, struct str text, uint64_t *rows, struct error *err);
/* The same from a file; NULL: nothing is done. */
enum status enrich_file(struct writer *writer, const struct enrichment *what, struct sandbox *sandbox, const char *path, uint64_t *rows, struct error *err);
/* Onto the records. */
enum status enrich_join(struct store *store, struct error *err);

/* ---- import.c: one import, step by step ----------------------------------------------- */

struct import_job {
	struct writer *writer;
	struct advisory_import *import;
	struct arena *arena; /* one record's */
	uint64_t bytes;
};
enum status import_begin(struct import_job *job, const char *path, bool empty, struct advisory_import *import, struct error *err);
/* One text (`context` is the job), as struct walk gives it. */
enum status import_record(void *context, const char *where, struct str text, const struct error *why, struct error *err);
enum status import_input(struct import_job *job, const char *path, struct error *err);
/* At least one record could be read. */
enum status import_check(const struct import_job *job, struct error *err);
void import_fini(struct import_job *job);

/* ---- walk.c: files, folders and zips ------------------------------------------------ */

/* Calls `record` for each text that claims to be one, or says in `why` what kept it from being read. A status other than
 * STATUS_OK ends the walk and is its result. */
struct walk {
	enum status (*record)(void *context, const char *where, struct str text, const struct error *why, struct error *err);
	void *context;
	struct sandbox *sandbox; /* where zips are opened; NULL: in this process */
};
enum status walk_input(const char *path, const struct walk *walk, struct error *err);

#endif
