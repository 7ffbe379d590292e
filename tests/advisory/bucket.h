/* A local copy of OSV's bucket, for the tests of the update. The test says by which rules it is served. */
#ifndef TESTS_ADVISORY_BUCKET_H
#define TESTS_ADVISORY_BUCKET_H

#include "advisory/support.h"

#include "advisory/zip_write.h"
#include "net/local_registry.h"

static struct local_registry registry;
static struct arena *arena;

static inline int bucket_end_all(void **state)
{
	(void)state;
	local_registry_stop(&registry);
	return 0;
}

static inline int bucket_begin_test(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena ? 0 : -1;
}

static inline int bucket_end_test(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* ---- a bucket ------------------------------------------------------------------------- */

static inline struct str record(const char *id, const char *modified, const char *version, const char *more)
{
	return arena_printf(arena,
			    "{\"id\":\"%s\",\"modified\":\"%s\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\","
			    "\"name\":\"a\"},\"versions\":[\"%s\"]}]%s}",
			    id, modified, version, more);
}

static inline const char *in_bucket(const char *bucket, const char *name)
{
	return arena_printf(arena, "%s/npm/%s", bucket, name).p;
}

static inline void put(const char *bucket, const char *name, struct str text)
{
	local_registry_put(&registry, in_bucket(bucket, name), text);
}

/* all.zip of the ids "A-1 A-2 …", each modified on that day, affecting version 1.0.0 of `a`. */
static inline void put_zip(const char *bucket, const char *ids, const char *modified)
{
	struct zip_writer zip;
	struct str rest = str_of(ids), id;
	put(bucket, "all.zip", STR("x"));
	assert_true(zip_begin(&zip, path_join(arena, registry.folder, in_bucket(bucket, "all.zip"))));
	while (str_split(&rest, ' ', &id)) {
		const char *name = arena_copy(arena, id).p;
		assert_true(zip_add(&zip, str_of(arena_printf(arena, "%s.json", name).p), record(name, modified, "1.0.0", "")));
	}
	assert_true(zip_end(&zip));
}

static inline const char *db_of(const char *bucket)
{
	return support_path(arena, arena_printf(arena, "%s.db", bucket).p);
}

static inline enum status update(const char *bucket, struct advisory_update *how, struct error *err)
{
	how->from = arena_printf(arena, "%s%s", registry.url, bucket).p;
	how->user_agent = "assay/test";
	how->backoff_ms = 1;
	*err = (struct error){ 0 };
	return advisory_update(db_of(bucket), how, err);
}

static inline void expect_update(const char *bucket, enum advisory_update_kind kind)
{
	struct advisory_update how = { 0 };
	struct error err;
	if (update(bucket, &how, &err))
		fail_msg("%s", err.text);
	assert_int_equal(how.kind, kind);
}

/* "A-1 A-2": what the database knows of `a` at this version. */
static inline void expect_ids(const char *bucket, const char *version, const char *expected)
{
	struct advisory_db *db = support_open(db_of(bucket));
	struct affected *found;
	struct str ids = STR("");
	struct semver parsed;
	struct error err;
	size_t count;
	assert_int_equal(advisory_db_check(db, &err), STATUS_OK);
	assert_int_equal(advisory_db_find(db, STR("a"), DATE_NONE, arena, &found, &count, &err), STATUS_OK);
	assert_true(semver_parse(str_of(version), 0, &parsed));
	for (size_t i = 0; i < count; i++)
		if (affected_contains(&found[i], str_of(version), &parsed))
			ids = arena_printf(arena, "%.*s%s%.*s", STR_ARG(ids), ids.n ? " " : "", STR_ARG(found[i].advisory->id));
	advisory_db_close(db);
	if (!str_equal_z(ids, expected))
		fail_msg("%s: \"%.*s\", not \"%s\"", bucket, STR_ARG(ids), expected);
}

static inline size_t asked(const char *bucket, const char *name)
{
	return local_registry_count(&registry, arena_printf(arena, "GET /%s/npm/%s", bucket, name).p, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bucket_begin_test, bucket_end_test)

#endif
