/* The compact form: it answers as the full one does, becomes a full one again, and is checked where it is damaged. */
#include "advisory/support.h"

#include "advisory/compact.h"
#include "assay/limits.h"
#include "one_arena.h"

static const char *file(const char *name, struct str text)
{
	const char *path = support_path(arena, name);
	support_write(path, text);
	return path;
}

/* The starter's facts, one record of several names far apart and of several sources, one without packages, scores and a list. */
static const char *make_full(const char *name)
{
	const char *db = support_path(arena, name);
	const char *facts = arena_printf(arena, "%s/advisories/osv", getenv("ASSAY_ROOT")).p;
	const char *own[] = {
		file("own/1.json", STR("{\"id\":\"ACME-1\",\"modified\":\"2026-01-01\",\"aliases\":[\"X-1\",\"CVE-2020-2\"],\"affected\":["
				       "{\"package\":{\"ecosystem\":\"npm\",\"name\":\"zzz\"},\"versions\":[\"1.0.0\"]},"
				       "{\"package\":{\"ecosystem\":\"npm\",\"name\":\"@a/a\"},\"versions\":[\"2.0.0\"]},"
				       "{\"package\":{\"ecosystem\":\"npm\",\"name\":\"lodash\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":"
				       "[{\"introduced\":\"1.0.0\"},{\"last_affected\":\"2.0.0\"}]}]}]}")),
		file("own/2.json", STR("{\"id\":\"ACME-2\",\"modified\":\"1969-01-01\",\"published\":\"1968-01-01\",\"affected\":[{\"package\":"
				       "{\"ecosystem\":\"npm\",\"name\":\"zzz\"},\"versions\":[\"1.0.0\"]}]}")),
		file("own/3.json", STR("{\"id\":\"MAL-2026-1\",\"modified\":\"2026-01-01\",\"summary\":\"Malicious code in zzz (npm)\",\"affected\":[{"
				       "\"package\":{\"ecosystem\":\"npm\",\"name\":\"zzz\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":"
				       "[{\"introduced\":\"0\"}]}]}]}")),
	};
	struct advisory_import import = {
		.epss = file("epss.csv", STR("cve,epss,percentile\nCVE-2020-2,0.973210123,0.9\nCVE-1999-1,0.5,0.5\n")),
		.kev = file("kev.json", STR("{\"vulnerabilities\":[{\"cveID\":\"CVE-2020-2\"}]}")),
	};
	struct advisory_import acme = { .source = "acme" };
	struct error err;
	support_import(db, facts, &import);
	if (advisory_import(db, own, 3, &acme, &err))
		fail_msg("%s", err.text);
	return db;
}

static const char *compact_of(const char *full)
{
	const char *path = arena_printf(arena, "%s.compact", full).p;
	struct advisory_db *db = support_open(full);
	struct error err;
	if (advisory_export_compact(db, path, &err))
		fail_msg("%s", err.text);
	advisory_db_close(db);
	return path;
}

/* All that is known of it, as bytes. */
static void describe(struct buf *out, const struct affected *affected, struct str name)
{
	const struct advisory *a = affected->advisory;
	char seen[DATE_TEXT_SIZE];
	date_format(a->first_seen, seen);
	buf_printf(out, "%.*s %.*s %.*s kev=%d epss=%.17g %s %.*s\n", STR_ARG(name), STR_ARG(a->id), STR_ARG(a->source), a->kev, a->epss, seen,
		   STR_ARG(a->url));
	pack_advisory(a, out);
	pack_affected(affected, out);
}

static struct str ask_name(struct advisory_db *db, struct str name)
{
	struct buf out = BUF_INIT(16 * MIB);
	struct affected *found;
	size_t count;
	struct error err;
	if (advisory_db_find(db, name, DATE_NONE, arena, &found, &count, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < count; i++)
		describe(&out, &found[i], name);
	struct str copy = arena_copy(arena, buf_str(&out));
	buf_fini(&out);
	return copy;
}

static struct str ask_id(struct advisory_db *db, const char *id)
{
	struct buf out = BUF_INIT(16 * MIB);
	struct affected *found;
	struct str *names;
	size_t count;
	if (advisory_db_get(db, str_of(id), arena, &found, &names, &count, NULL))
		return STR_NONE;
	for (size_t i = 0; i < count; i++)
		describe(&out, &found[i], names[i]);
	struct str copy = arena_copy(arena, buf_str(&out));
	buf_fini(&out);
	return copy;
}

struct names {
	VEC(struct str) v;
};

static enum status note_names(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err)
{
	struct names *all = context;
	(void)affected, (void)err;
	for (size_t i = 0; i < count && names[i].p; i++)
		*(struct str *)vec_add(arena, &all->v) = arena_copy(arena, names[i]);
	return STATUS_OK;
}

static void test_it_answers_like_the_full_one(void **state)
{
	(void)state;
	const char *full_path = make_full("same.db"), *compact_path = compact_of(full_path);
	struct advisory_db *full = support_open(full_path), *compact = support_open(compact_path);
	struct names all = { 0 };
	struct error err;
	assert_int_equal(db_each_record(full, STR("osv"), note_names, &all, &err), STATUS_OK);
	assert_true(all.v.n > 300);
	static const char *const others[] = { "zzz", "@a/a", "lodash", "", "nobody", "zzzz", "@a", "Lodash" };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		*(struct str *)vec_add(arena, &all.v) = str_of(others[i]);
	for (size_t i = 0; i < all.v.n; i++)
		if (!str_equal(ask_name(full, all.v.v[i]), ask_name(compact, all.v.v[i])))
			fail_msg("%.*s", STR_ARG(all.v.v[i]));
	static const char *const ids[] = { "ACME-1", "ACME-2", "MAL-2026-1", "X-1", "CVE-2020-2", "CVE-2021-44906", "GHSA-none" };
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (!str_equal(ask_id(full, ids[i]), ask_id(compact, ids[i])))
			fail_msg("%s", ids[i]);
	assert_true(ask_id(compact, "X-1").n > 0);
	struct advisory_source *sources;
	size_t count;
	assert_int_equal(advisory_db_sources(compact, arena, &sources, &count, &err), STATUS_OK);
	assert_int_equal(count, 2);
	assert_true(str_equal_z(sources[0].name, "acme") && sources[0].records == 3);
	assert_true(advisory_db_info(compact)->compact && !advisory_db_info(full)->compact);
	assert_true(str_equal(advisory_db_info(compact)->digest, advisory_db_info(full)->digest));
	if (advisory_db_check(compact, &err))
		fail_msg("%s", err.text);
	assert_int_equal(advisory_export_compact(compact, support_path(arena, "twice"), &err), STATUS_INVALID);
	advisory_db_close(full);
	advisory_db_close(compact);
}

/* An import at its place adds to it, and what it held, said of itself and was first seen when is kept. */
static void test_it_becomes_a_full_one(void **state)
{
	(void)state;
	const char *full_path = make_full("back.db"), *compact_path = compact_of(full_path);
	const char *more = file("more/4.json", STR("{\"id\":\"ACME-4\",\"modified\":\"2026-01-01\",\"affected\":[{\"package\":"
						   "{\"ecosystem\":\"npm\",\"name\":\"zzz\"},\"versions\":[\"9.0.0\"]}]}"));
	struct advisory_import import = { .source = "acme" }, again = { .source = "acme" };
	struct error err;
	support_import(compact_path, more, &import);
	support_import(full_path, more, &again);
	assert_int_equal(import.added, 1);
	struct advisory_db *full = support_open(full_path), *back = support_open(compact_path);
	assert_false(advisory_db_info(back)->compact);
	assert_true(str_equal(advisory_db_info(back)->digest, advisory_db_info(full)->digest));
	assert_int_equal(advisory_db_info(back)->epss_date, advisory_db_info(full)->epss_date);
	assert_true(str_equal(ask_id(full, "ACME-1"), ask_id(back, "ACME-1")));
	assert_int_equal(advisory_db_check(back, &err), STATUS_OK);
	advisory_db_close(full);
	advisory_db_close(back);
}

/* As an input it gives the records of one source, and the scores that are newer. */
static void test_it_is_imported(void **state)
{
	(void)state;
	const char *full_path = make_full("input.db"), *compact_path = compact_of(full_path);
	static const char *const inputs[] = { "from-full.db", "from-compact.db" };
	struct str ids[2], digests[2];
	for (int i = 0; i < 2; i++) {
		struct advisory_import import = { .source = "acme" };
		const char *path = support_path(arena, inputs[i]);
		support_import(path, i ? compact_path : full_path, &import);
		assert_int_equal(import.added, 3);
		struct advisory_db *db = support_open(path);
		ids[i] = ask_id(db, "ACME-1");
		digests[i] = arena_copy(arena, advisory_db_info(db)->digest);
		assert_true(advisory_db_info(db)->kev_date != DATE_NONE);
		advisory_db_close(db);
	}
	assert_true(str_find_str(ids[0], STR("kev=1 epss=0.973210")) < ids[0].n);
	assert_true(str_equal(digests[0], digests[1]));
	struct advisory_import none = { .source = "nobody" };
	struct error err;
	assert_int_equal(advisory_import(support_path(arena, "none.db"), &compact_path, 1, &none, &err), STATUS_INVALID);
	assert_non_null(strstr(err.hint, "acme, osv"));
}

/* Any byte of it changed: an error or another answer, never a crash; --check tells. */
static void test_damage(void **state)
{
	(void)state;
	const char *path = compact_of(make_full("damage.db"));
	struct str whole;
	struct error err;
	assert_int_equal(file_read(path, 64 * MIB, arena, &whole, &err), STATUS_OK);
	size_t told = 0, tries = 0;
	for (size_t at = 4096; at < whole.n; at += 211) {
		char *copy = arena_alloc(arena, whole.n);
		memcpy(copy, whole.p, whole.n);
		copy[at] = (char)(copy[at] ^ 0x20);
		const char *broken = file("broken.db", (struct str){ copy, whole.n });
		struct advisory_db *db = NULL;
		tries++;
		enum status status = advisory_db_open(broken, &db, &err);
		told += status || advisory_db_check(db, &err);
		advisory_db_close(db);
	}
	assert_true(tries > 50);
	assert_true(told > tries / 3); /* more than half of so small a file is empty */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_it_answers_like_the_full_one, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_it_becomes_a_full_one, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_it_is_imported, begin_arena, end_arena),
		cmocka_unit_test_setup_teardown(test_damage, begin_arena, end_arena),
	};
	return cmocka_run_group_tests_name("compact", tests, NULL, NULL);
}
