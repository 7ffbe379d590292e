/* Records as they are read, against tables: fixtures/advisories/{matching,heads,broken}.txt. */
#include "advisory/support.h"

#include "advisory/private.h"
#include "assay/limits.h"

static struct osv_record record_of(struct arena *arena, struct str text)
{
	struct osv_record record;
	struct error err;
	if (osv_read(text, arena, &record, &err))
		fail_msg("%s: %.*s", err.text, STR_ARG(text));
	return record;
}

static struct osv_record record_about(struct arena *arena, struct str affected)
{
	return record_of(arena, arena_printf(arena, "{\"id\":\"A-1\",\"modified\":\"2025-01-01\",\"affected\":%.*s}", STR_ARG(affected)));
}

/* ---- matching.txt ------------------------------------------------------------------- */

/* As kept in a database: packed, and read back. */
static bool find_affected(const struct osv_record *record, struct str name, struct arena *arena, struct affected *out)
{
	for (size_t i = 0; i < record->count; i++) {
		if (!str_equal(record->names[i], name))
			continue;
		CLEANUP(buf_fini) struct buf packed = BUF_INIT(1 << 20);
		pack_affected(&record->affected[i], &packed);
		assert_false(packed.failed);
		assert_true(unpack_affected(buf_str(&packed), arena, out));
		return true;
	}
	return false;
}

static void check_version(const struct affected *affected, struct str line, struct str text, bool expected)
{
	struct semver version;
	bool none = str_starts_with(text, STR("?"));
	text = str_from(text, none);
	bool parsed = semver_parse(text, SEMVER_LOOSE | SEMVER_UNBOUNDED, &version);
	if (parsed == none)
		fail_msg("%.*s: %.*s: is it a version?", STR_ARG(line), STR_ARG(text));
	bool is = affected && affected_contains(affected, text, none ? NULL : &version);
	if (is != expected)
		fail_msg("%.*s: %.*s is %saffected", STR_ARG(line), STR_ARG(text), is ? "" : "not ");
}

static void check_fixed(const struct affected *affected, size_t at, struct str line, struct str text)
{
	if (at >= affected->fixed_count || !str_equal(affected->fixed[at], text))
		fail_msg("%.*s: fixed version %zu is not %.*s", STR_ARG(line), at, STR_ARG(text));
}

static size_t check_line(const struct osv_record *record, struct str line, struct arena *arena)
{
	struct str rest = str_from(line, 2), name, version;
	struct affected affected;
	size_t n = 0;
	str_split(&rest, ' ', &name);
	bool found = find_affected(record, support_unescape(arena, name), arena, &affected);
	for (; str_split(&rest, ' ', &version); n++) {
		if (line.p[0] == 'f')
			check_fixed(&affected, n, line, version);
		else
			check_version(found ? &affected : NULL, line, version, line.p[0] == '+');
	}
	if (line.p[0] == 'f' && (!found || n != affected.fixed_count))
		fail_msg("%.*s: %zu fixed versions", STR_ARG(line), affected.fixed_count);
	return n;
}

static void test_matching(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str text = support_fixture(arena, "matching.txt"), line;
	struct osv_record record = { 0 };
	size_t checked = 0;
	while (str_split(&text, '\n', &line)) {
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (line.p[0] == '=')
			record = record_about(arena, str_from(line, 2));
		else
			checked += check_line(&record, line, arena);
	}
	assert_true(checked > 100);
}

/* ---- heads.txt ------------------------------------------------------------------------ */

static struct str date_text(struct arena *arena, int64_t date)
{
	char text[DATE_TEXT_SIZE];
	date_format(date, text);
	return arena_copy(arena, str_of(text));
}

static struct str aliases_text(struct arena *arena, const struct advisory *advisory)
{
	struct str text = STR("");
	for (size_t i = 0; i < advisory->alias_count; i++)
		text = arena_printf(arena, "%.*s%s%.*s", STR_ARG(text), i ? "," : "", STR_ARG(advisory->aliases[i]));
	return text;
}

static struct str field_text(struct arena *arena, const struct advisory *a, struct str field)
{
	const struct {
		const char *name;
		struct str value;
	} fields[] = {
		{ "id", a->id },
		{ "aliases", aliases_text(arena, a) },
		{ "title", a->title },
		{ "url", a->url },
		{ "modified", date_text(arena, a->modified) },
		{ "published", date_text(arena, a->published) },
		{ "withdrawn", date_text(arena, a->withdrawn) },
		{ "severity", str_of(severity_name(a->severity)) },
		{ "score", arena_printf(arena, "%d", a->score_tenths) },
		{ "vector", a->vector.p ? a->vector : STR("-") },
		{ "malware", a->malware ? STR("yes") : STR("no") },
	};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (str_equal_z(field, fields[i].name))
			return fields[i].value;
	fail_msg("no field %.*s", STR_ARG(field));
	return STR_NONE;
}

static void test_heads(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str text = support_fixture(arena, "heads.txt"), line, field;
	struct osv_record record = { 0 };
	while (str_split(&text, '\n', &line)) {
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (line.p[0] == '{') {
			record = record_of(arena, line);
			continue;
		}
		str_split(&line, ' ', &field);
		struct str is = field_text(arena, &record.advisory, field);
		if (!str_equal(is, line))
			fail_msg("%.*s: %.*s is \"%.*s\", not \"%.*s\"", STR_ARG(record.advisory.id), STR_ARG(field), STR_ARG(is), STR_ARG(line));
	}
}

static void test_long_titles_are_cut(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	buf_add_z(&text, "{\"id\":\"A-1\",\"modified\":\"2025-01-01\",\"details\":\"");
	for (int i = 0; i < 201; i++)
		buf_add_z(&text, "ü");
	buf_add_z(&text, "\"}");
	assert_int_equal(record_of(arena, buf_str(&text)).advisory.title.n, 200 * 2);
}

/* An id and a package's name as long as they may be, and a byte longer. */
static void test_long_names(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	char *letters = memset(arena_alloc(arena, LIMIT_ADVISORY_NAME_BYTES + 1), 'a', LIMIT_ADVISORY_NAME_BYTES + 1);
	for (int more = 0; more < 2; more++) {
		struct str id = { letters, (size_t)(LIMIT_ADVISORY_ID_BYTES + more) }, name = { letters, (size_t)(LIMIT_ADVISORY_NAME_BYTES + more) };
		struct osv_record record;
		const struct str texts[] = {
			arena_printf(arena, "{\"id\":\"%.*s\",\"modified\":\"2025-01-01\"}", STR_ARG(id)),
			arena_printf(arena, "{\"id\":\"A-1\",\"modified\":\"2025-01-01\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"%.*s\"},\"versions\":[\"1.0.0\"]}]}",
				     STR_ARG(name)),
		};
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			assert_int_equal(osv_read(texts[i], arena, &record, NULL), more ? STATUS_INVALID : STATUS_OK);
	}
}

/* ---- broken.txt --------------------------------------------------------------------------- */

static void test_broken(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str text = support_fixture(arena, "broken.txt"), line, expected;
	while (str_split(&text, '\n', &line)) {
		struct osv_record record;
		struct error err = { 0 };
		if (line.n == 0 || line.p[0] == '#')
			continue;
		str_split(&line, '|', &expected);
		expected = str_trim(expected);
		struct str json = support_unescape(arena, str_trim(line));
		assert_int_equal(osv_read(json, arena, &record, &err), STATUS_INVALID);
		if (str_find_str(str_of(err.text), expected) == strlen(err.text))
			fail_msg("%.*s: \"%s\"", STR_ARG(expected), err.text);
	}
}

/* Whatever a damaged database holds, reading it is an answer or a refusal. */
static void test_unpacking_garbage(void **state)
{
	(void)state;
	uint64_t seed = 1;
	for (int i = 0; i < 20000; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
		unsigned char bytes[24];
		struct affected out = { 0 };
		for (size_t k = 0; k < sizeof bytes; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			bytes[k] = (unsigned char)((seed >> 33) & (seed >> 60 ? 7 : 255));
		}
		(void)unpack_affected((struct str){ (const char *)bytes, sizeof bytes }, arena, &out);
	}
}

static void test_names_of_severities(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum severity severity;
	} rows[] = { { "none", SEVERITY_NONE },       { "Low", SEVERITY_LOW },   { "MEDIUM", SEVERITY_MEDIUM },    { "moderate", SEVERITY_MEDIUM },
		     { "Unknown", SEVERITY_UNKNOWN }, { "HIGH", SEVERITY_HIGH }, { "critical", SEVERITY_CRITICAL } };
	enum severity severity;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(severity_by_name(str_of(rows[i].name), &severity));
		assert_int_equal(severity, rows[i].severity);
		assert_true(severity_by_name(str_of(severity_name(severity)), &severity));
		assert_int_equal(severity, rows[i].severity);
	}
	assert_false(severity_by_name(STR("severe"), &severity));
	assert_false(severity_by_name(STR_NONE, &severity));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matching),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_long_titles_are_cut),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_unpacking_garbage),
		cmocka_unit_test(test_names_of_severities),
	};
	return cmocka_run_group_tests_name("osv", tests, NULL, NULL);
}
