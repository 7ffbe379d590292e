/* The starter database's records, advisories/osv: each is what the reader expects, and says who it is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>

#include "assay/advisory.h"
#include "assay/json.h"

#define RECORDS 312 /* 275 of the GitHub Advisory Database, 37 of ossf/malicious-packages */

#define check(name, condition) \
	do { \
		if (!(condition)) \
			fail_msg("%s: not so: %s", name, #condition); \
	} while (0)

static bool is_number(struct str s)
{
	uint64_t value;
	return str_to_u64(s, &value) && (s.n == 1 || s.p[0] != '0');
}

/* "1.2.3" or "1.2.3-beta.1". */
static bool is_version(struct str s)
{
	struct str core = str_head(s, str_find(s, '-')), number;
	int numbers = 0;
	if (core.n + 1 == s.n)
		return false;
	while (str_split(&core, '.', &number)) {
		if (!is_number(number))
			return false;
		numbers++;
	}
	return numbers == 3;
}

/* One interval: `introduced`, and after it at most one end. */
static void check_range(const char *name, const struct json *range)
{
	check(name, str_equal_z(json_find_text(range, "type"), "SEMVER"));
	const struct json *events = json_find(range, "events");
	check(name, json_is(events, JSON_ARRAY) && events->count >= 1 && events->count <= 2);
	const struct json *first = events->child;
	struct str introduced = json_find_text(first, "introduced");
	check(name, first->count == 1 && (str_equal_z(introduced, "0") || is_version(introduced)));
	if (!first->next)
		return;
	check(name, first->next->count == 1);
	const struct json *end = first->next->child;
	check(name, str_equal_z(end->key, "fixed") || str_equal_z(end->key, "last_affected"));
	check(name, is_version(json_text(end)));
}

static void check_affected(const char *name, const struct json *affected)
{
	const struct json *package = json_find(affected, "package");
	const struct json *ranges = json_find(affected, "ranges"), *versions = json_find(affected, "versions");
	check(name, str_equal_z(json_find_text(package, "ecosystem"), "npm"));
	check(name, json_find_text(package, "name").n > 0);
	check(name, (ranges && ranges->count) || (versions && versions->count));
	json_each(range, ranges)
		check_range(name, range);
	json_each(version, versions)
		check(name, is_version(json_text(version)));
	const struct json *patched = json_find(json_find(affected, "database_specific"), "first_patched_version");
	if (patched)
		check(name, is_version(json_text(patched)));
}

static bool is_severity(struct str word)
{
	return str_equal_z(word, "LOW") || str_equal_z(word, "MODERATE") || str_equal_z(word, "HIGH") || str_equal_z(word, "CRITICAL");
}

static void check_severity(const char *name, const struct json *record, bool malware)
{
	const struct json *specific = json_find(record, "database_specific");
	check(name, json_find_text(specific, "source").n > 0);
	check(name, malware || is_severity(json_find_text(specific, "severity")));
	json_each(severity, json_find(record, "severity")) {
		int tenths;
		check(name, str_equal_z(json_find_text(severity, "type"), "CVSS_V3"));
		check(name, cvss_score(json_find_text(severity, "score"), &tenths));
	}
}

static void check_record(const char *name, const struct json *record)
{
	struct str id = json_find_text(record, "id"), summary = json_find_text(record, "summary");
	bool malware = str_starts_with(id, STR("MAL-"));
	int64_t published, modified;
	check(name, str_equal(id, str_head(str_of(name), strlen(name) - strlen(".json"))));
	check(name, malware || str_starts_with(id, STR("GHSA-")));
	check(name, str_starts_with(json_find_text(record, "schema_version"), STR("1.6.")));
	check(name, date_parse(json_find_text(record, "published"), &published));
	check(name, date_parse(json_find_text(record, "modified"), &modified) && published <= modified);
	check(name, summary.n > 0 && summary.n <= 80);
	const struct json *affected = json_find(record, "affected"), *references = json_find(record, "references");
	check(name, json_is(affected, JSON_ARRAY) && affected->count > 0);
	json_each(one, affected)
		check_affected(name, one);
	check(name, json_is(references, JSON_ARRAY) && references->count == 1);
	check(name, str_ends_with(json_find_text(references->child, "url"), id));
	check_severity(name, record, malware);
}

static void check_file(const char *folder, const char *name, struct arena *arena)
{
	struct str text;
	struct json *record;
	struct error err = { 0 };
	check(name, str_ends_with(str_of(name), STR(".json")));
	if (file_read(path_join(arena, folder, name), 1 << 20, arena, &text, &err) || json_parse(text, JSON_UNIQUE_KEYS, arena, &record, NULL, &err))
		fail_msg("%s: %s", name, err.text);
	check_record(name, record);
}

static void test_records(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct arena *file_arena = arena_new(0);
	const char *folder = path_join(arena, getenv("ASSAY_ROOT"), "advisories/osv");
	DIR *dir = opendir(folder);
	assert_non_null(dir);
	size_t records = 0;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		check_file(folder, entry->d_name, file_arena);
		arena_reset(file_arena);
		records++;
	}
	closedir(dir);
	arena_free(file_arena);
	assert_int_equal(records, RECORDS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
	};
	return cmocka_run_group_tests_name("advisory/starter_records", tests, NULL, NULL);
}
