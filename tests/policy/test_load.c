/* Which policy is found, and what it stands on. */
#include <unistd.h>

#include "policy/helpers.h"
#include "policy/model.h"

static const char *in_tmp(struct arena *arena, const char *name)
{
	return path_join(arena, getenv("TEST_TMP"), name);
}

static struct policy *load_from(struct arena *arena, const char *folder)
{
	struct policy *policy = NULL;
	struct error err;
	if (policy_load(&(struct policy_options){ .folder = in_tmp(arena, folder) }, arena, &policy, &err))
		fail_msg("%s", err.text);
	return policy;
}

static void expect_failure(struct arena *arena, const char *name, const char *folder, const char *expected)
{
	struct policy *policy;
	struct error err;
	assert_int_equal(policy_load(&(struct policy_options){ .name = name, .folder = folder }, arena, &policy, &err), STATUS_USAGE);
	if (!strstr(err.text, expected))
		fail_msg("\"%s\" is not in: %s", expected, err.text);
}

/* Which clause decides about a finding of that line. */
static void expect_decision(struct arena *arena, const struct policy *policy, const char *line, const char *expected)
{
	struct scan scan;
	scan_of_line(&scan, arena, str_of(line));
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	struct str decided = arena_copy(arena, scan.findings.v[0].decided_by);
	assert_string_equal(decided.p, expected);
}

static void test_search_goes_up_to_the_repository(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	put_policy(arena, "up/assay.policy.json", STR("{\"rules\":{\"malware\":\"info\"}}"));
	put_policy(arena, "up/repo/.git/HEAD", STR("x"));
	put_policy(arena, "up/repo/packages/web/package.json", STR("{}"));
	/* Above the repository is somebody else's. */
	assert_string_equal(policy_source(load_from(arena, "up/repo/packages/web")), "default");
	put_policy(arena, "up/repo/assay.policy.json", STR("{\"rules\":{\"malware\":\"warn\"}}"));
	struct policy *policy = load_from(arena, "up/repo/packages/web");
	assert_string_equal(policy_source(policy), "assay.policy.json");
	expect_decision(arena, policy, "malware", "assay.policy.json rules.malware");
	put_policy(arena, "up/repo/packages/assay.policy.json", STR("{}"));
	assert_string_equal(policy_source(load_from(arena, "up/repo/packages/web")), "packages/assay.policy.json");
	/* A work tree's .git is a file. */
	put_policy(arena, "up/tree/.git", STR("gitdir: elsewhere"));
	put_policy(arena, "up/tree/a/package.json", STR("{}"));
	assert_string_equal(policy_source(load_from(arena, "up/tree/a")), "default");
	/* Without a repository only the folder itself counts. */
	put_policy(arena, "up/loose/package.json", STR("{}"));
	assert_string_equal(policy_source(load_from(arena, "up/loose")), "default");
	assert_string_equal(policy_source(load_from(arena, "up")), "assay.policy.json");
	assert_string_equal(policy_source(load_from(arena, "nowhere")), "default");
}

static void test_what_is_there_is_never_passed_over(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	put_policy(arena, "odd/assay.policy.json/x", STR(""));
	expect_failure(arena, NULL, in_tmp(arena, "odd"), "not a regular file");
	put_policy(arena, "dangling/package.json", STR("{}"));
	assert_int_equal(symlink("nowhere", in_tmp(arena, "dangling/assay.policy.json")), 0);
	expect_failure(arena, NULL, in_tmp(arena, "dangling"), "assay.policy.json");
}

static void test_names(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct policy *policy;
	put_policy(arena, "assay.policy.json", STR("{\"rules\": 1}"));
	const struct policy_options preset = { .name = "default", .folder = getenv("TEST_TMP") }, none = { 0 };
	assert_int_equal(policy_load(&preset, arena, &policy, NULL), STATUS_OK);
	assert_string_equal(policy_source(policy), "default");
	assert_int_equal(policy_load(&none, arena, &policy, NULL), STATUS_OK);
	assert_string_equal(policy_source(policy), "default");
	expect_failure(arena, "defualt", NULL, "unknown preset \"defualt\"; did you mean \"default\"?");
	expect_failure(arena, "./nowhere.json", NULL, "nowhere.json");
	const char *path = put_policy(arena, "mine.json", STR("{}"));
	assert_int_equal(policy_load(&(struct policy_options){ .name = path, .folder = NULL }, arena, &policy, NULL), STATUS_OK);
	assert_string_equal(policy_source(policy), path);
}

static void test_extends(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	put_policy(arena, "ext/org/base.json",
		   STR("{\"extends\": [], \"rules\": {\"malware\": \"warn\", \"deprecated\": \"warn\"},"
		       "\"mirrors\": [\"https://base.example\"], \"database\": {\"max_age\": \"1d\"}}"));
	put_policy(arena, "ext/org/a.json",
		   STR("{\"extends\": [\"base.json\"], \"rules\": {\"deprecated\": \"info\","
		       "\"exotic-source\": \"info\"}}"));
	put_policy(arena, "ext/org/b.json",
		   STR("{\"rules\": {\"exotic-source\": \"off\"}, \"registries\":"
		       "{\"@acme\": \"http://acme.example/npm\"}}"));
	put_policy(arena, "ext/assay.policy.json",
		   STR("{\"extends\": [\"default\", \"org/a.json\", \"./org/b.json\", \"org/../org/a.json\"],"
		       "\"mirrors\": [\"https://own.example/\"]}"));
	struct policy *policy = load_from(arena, "ext");
	expect_decision(arena, policy, "deprecated", "org/a.json rules.deprecated");
	expect_decision(arena, policy, "malware", "org/base.json rules.malware");
	expect_decision(arena, policy, "exotic-source", "org/a.json rules.exotic-source");
	expect_decision(arena, policy, "integrity-weak", "default.rules.integrity-weak");
	const struct policy_settings *settings = policy_settings(policy);
	assert_int_equal(settings->database_max_age, 86400);
	assert_int_equal(settings->database_warn_age, 86400);
	assert_int_equal(settings->mirror_count, 2);
	assert_true(str_equal_z(settings->mirrors[0], "https://own.example/"));
	assert_true(str_equal_z(settings->mirrors[1], "https://base.example/"));
	assert_int_equal(settings->registry_count, 2);
	assert_true(str_equal_z(settings->registries[0].url, "http://acme.example/npm/"));
	assert_true(str_equal_z(settings->registries[1].scope, "*"));
}

/* A file that does not say what it stands on stands on `default`, behind all others. */
static void test_standard_comes_last(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	put_policy(arena, "std/a.json", STR("{\"extends\": [], \"rules\": {\"malware\": \"warn\"}}"));
	put_policy(arena, "std/b.json", STR("{\"rules\": {\"deprecated\": {\"replace\": true, \"clauses\": []}}}"));
	put_policy(arena, "std/assay.policy.json", STR("{\"extends\": [\"a.json\", \"b.json\"]}"));
	struct policy *policy = load_from(arena, "std");
	expect_decision(arena, policy, "malware", "a.json rules.malware");
	expect_decision(arena, policy, "exotic-source", "default.rules.exotic-source");
	expect_decision(arena, policy, "deprecated", "built-in");
}

static void test_cycles_and_chains(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	put_policy(arena, "cyc/assay.policy.json", STR("{\"extends\": [\"a.json\"]}"));
	put_policy(arena, "cyc/a.json", STR("{\"extends\": [\"./b.json\"]}"));
	put_policy(arena, "cyc/b.json", STR("{\"extends\": [\"../cyc/a.json\"]}"));
	expect_failure(arena, NULL, in_tmp(arena, "cyc"), "b.json: line 1, column 14: \"../cyc/a.json\" extends itself");
	put_policy(arena, "cyc/b.json", STR("{\n \"rules\": {\"malwar\": 1}}"));
	expect_failure(arena, NULL, in_tmp(arena, "cyc"), "cyc/b.json: line 2, column 12: unknown rule \"malwar\"");
	for (int i = 0; i <= LIMIT_POLICY_DEPTH; i++) {
		const char *name = arena_printf(arena, "chain/p%d.json", i).p;
		put_policy(arena, name, arena_printf(arena, "{\"extends\": [\"p%d.json\"]}", i + 1));
	}
	put_policy(arena, arena_printf(arena, "chain/p%d.json", LIMIT_POLICY_DEPTH + 1).p, STR("{}"));
	struct policy *policy;
	const char *fits = in_tmp(arena, "chain/p1.json");
	assert_int_equal(policy_load(&(struct policy_options){ .name = fits, .folder = NULL }, arena, &policy, NULL), STATUS_OK);
	expect_failure(arena, in_tmp(arena, "chain/p0.json"), NULL, "more than 16 policies");
}

/* Each layer doubles the ways down to the last one: they must not be walked one by one. */
static void test_diamonds_do_not_explode(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	for (int i = 0; i < 14; i++) {
		struct str both = arena_printf(arena, "{\"extends\": [\"l%d.json\", \"r%d.json\"]}", i + 1, i + 1);
		put_policy(arena, arena_printf(arena, "dia/l%d.json", i).p, both);
		put_policy(arena, arena_printf(arena, "dia/r%d.json", i).p, both);
	}
	put_policy(arena, "dia/l14.json", STR("{\"extends\": [], \"waivers\": [{\"id\": \"A\", \"reason\": \"r\"}]}"));
	put_policy(arena, "dia/r14.json", STR("{\"extends\": []}"));
	struct policy *policy;
	const char *first = in_tmp(arena, "dia/l0.json");
	assert_int_equal(policy_load(&(struct policy_options){ .name = first }, arena, &policy, NULL), STATUS_OK);
	assert_int_equal(policy->layers.n, 29);
	assert_int_equal(policy->waivers.n, 1);
}

static void test_number_of_files_is_limited(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str list = STR("");
	for (int i = 0; i < LIMIT_POLICY_FILES; i++) {
		put_policy(arena, arena_printf(arena, "many/p%d.json", i).p, STR("{\"extends\": []}"));
		list = arena_printf(arena, "%.*s\"p%d.json\",", STR_ARG(list), i);
		if (i == LIMIT_POLICY_FILES - 2) {
			put_policy(arena, "many/assay.policy.json", arena_printf(arena, "{\"extends\": [%.*s]}", STR_ARG(list)));
			assert_non_null(load_from(arena, "many"));
		}
	}
	put_policy(arena, "many/assay.policy.json", arena_printf(arena, "{\"extends\": [%.*s]}", STR_ARG(list)));
	expect_failure(arena, NULL, in_tmp(arena, "many"), "more than 64 policies");
}

/* ---- the schema says what the program knows ---------------------------------------------------------- */

static size_t count_words(const struct words *words)
{
	size_t n = 0;
	while (words->at(words->context, n))
		n++;
	return n;
}

static void expect_members(const struct json *object, const struct words *words)
{
	assert_non_null(object);
	assert_int_equal(object->count, count_words(words));
	for (size_t i = 0; words->at(words->context, i); i++)
		if (!json_find(object, words->at(words->context, i)))
			fail_msg("the schema lacks the %s %s", words->what, words->at(words->context, i));
}

static void test_schema_agrees(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct json *schema;
	struct str text = read_fixture(arena, "policies/policy.schema.json");
	assert_int_equal(json_parse(text, JSON_UNIQUE_KEYS, arena, &schema, NULL, NULL), STATUS_OK);
	const struct json *defs = json_find(schema, "$defs"), *properties = json_find(schema, "properties");
	expect_members(json_find(json_find(properties, "rules"), "properties"), &rule_words);
	expect_members(json_find(json_find(defs, "when"), "properties"), &condition_words);
	assert_int_equal(json_find(json_find(defs, "level"), "enum")->count, count_words(&level_words));
	assert_int_equal(json_find(json_find(defs, "rule"), "enum")->count, count_words(&rule_words));
	/* Each key that the schema allows is one that the program reads. */
	json_each(member, properties) {
		struct policy *policy;
		struct error err;
		put_policy(arena, "assay.policy.json", arena_printf(arena, "{\"%.*s\": null}", STR_ARG(member->key)));
		assert_int_equal(load_here(arena, &policy, &err), STATUS_USAGE);
		assert_null(strstr(err.text, "unknown key"));
	}
	assert_int_equal(properties->count, 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search_goes_up_to_the_repository),
		cmocka_unit_test(test_what_is_there_is_never_passed_over),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_extends),
		cmocka_unit_test(test_standard_comes_last),
		cmocka_unit_test(test_cycles_and_chains),
		cmocka_unit_test(test_diamonds_do_not_explode),
		cmocka_unit_test(test_number_of_files_is_limited),
		cmocka_unit_test(test_schema_agrees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
