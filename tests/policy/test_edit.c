/* Waivers written into the text of a policy: what was there stays, byte for byte. */
#include "policy/helpers.h"

static const struct policy_new_waiver one = { .id = { "GHSA-1", 6 }, .package = { "p@<2", 4 }, .reason = { "r", 1 } };

static void check_case(const struct policy_case *given)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str out = STR_NONE, wrong = STR("error ");
	struct error err = { .status = STATUS_OK };
	enum status status = policy_add_waivers(given->policy, "assay.policy.json", &one, 1, arena, &out, &err);
	bool fine = str_starts_with(given->expected, wrong) ?
			    status == STATUS_USAGE && str_starts_with(str_of(err.text), str_from(given->expected, wrong.n)) :
			    status == STATUS_OK && str_equal(str_trim(out), given->expected);
	if (!fine)
		fail_msg("%.*s: %s\n%.*s", STR_ARG(given->name), status ? err.text : "", STR_ARG(out));
}

static void test_edits(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str rest = read_fixture(arena, "fixtures/policies/edits.txt");
	struct policy_case given;
	size_t count = 0;
	for (; next_case(&rest, &given); count++)
		check_case(&given);
	assert_true(count >= 12);
}

static void test_a_new_policy_extends_default(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const struct policy_new_waiver two[] = {
		one,
		{ .rule = STR("deprecated"), .package = STR("q"), .reason = STR("\"\\\n\x01 \xff"), .path = STR("a > **"), .owner = STR("web"), .expires = STR("2027-01-31") }
	};
	struct str out;
	struct error err;
	assert_int_equal(policy_add_waivers(STR_NONE, "p", two, 2, arena, &out, &err), STATUS_OK);
	assert_true(str_equal_z(out, "{\n  \"extends\": [\"default\"],\n  \"waivers\": [\n"
				     "    {\"id\": \"GHSA-1\", \"package\": \"p@<2\", \"reason\": \"r\"},\n"
				     "    {\"rule\": \"deprecated\", \"package\": \"q\", \"path\": \"a > **\", "
				     "\"reason\": \"\\\"\\\\\\u000a\\u0001 \\ufffd\", \"owner\": \"web\", \"expires\": \"2027-01-31\"}\n"
				     "  ]\n}\n"));
	struct policy *policy;
	put_policy(arena, "new/assay.policy.json", out);
	assert_int_equal(policy_load(&(struct policy_options){ .folder = path_join(arena, getenv("TEST_TMP"), "new") }, arena, &policy, &err), STATUS_OK);
	assert_true(str_ends_with(str_of(policy_file(policy)), STR("assay.policy.json")));
}

static void test_lines_end_as_they_did(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str out;
	assert_int_equal(policy_add_waivers(STR("{\r\n  \"require\": []\r\n}\r\n"), "p", &one, 1, arena, &out, NULL), STATUS_OK);
	assert_true(str_equal_z(out, "{\r\n  \"require\": [],\r\n  \"waivers\": [\r\n"
				     "    {\"id\": \"GHSA-1\", \"package\": \"p@<2\", \"reason\": \"r\"}\r\n  ]\r\n}\r\n"));
}

static void test_what_could_not_be_read_is_not_written(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	static const struct policy_new_waiver bad[] = {
		{ .id = { "GHSA-1", 6 } },
		{ .reason = { "r", 1 } },
		{ .package = { "p@nonsense range", 16 }, .reason = { "r", 1 } },
		{ .id = { "GHSA-1", 6 }, .reason = { "r", 1 }, .expires = { "2027-02-30", 10 } },
		{ .rule = { "deprecatd", 9 }, .reason = { "r", 1 } },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct str out = STR_NONE;
		struct error err;
		assert_int_equal(policy_add_waivers(STR_NONE, "p", &bad[i], 1, arena, &out, &err), STATUS_USAGE);
		assert_true(str_starts_with(str_of(err.text), STR("the new waiver: ")));
		assert_null(out.p);
	}
}

static void test_a_policy_does_not_grow_past_its_limit(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str out = STR_NONE, empty = STR("{}");
	char *text = arena_alloc(arena, LIMIT_POLICY_BYTES);
	struct error err;
	assert_int_equal(policy_add_waivers(empty, "p", &one, 1, arena, &out, &err), STATUS_OK);
	size_t room = LIMIT_POLICY_BYTES - (out.n - empty.n);
	memset(text, ' ', LIMIT_POLICY_BYTES);
	memcpy(text, empty.p, empty.n);
	assert_int_equal(policy_add_waivers((struct str){ text, room }, "p", &one, 1, arena, &out, &err), STATUS_OK);
	assert_int_equal(out.n, LIMIT_POLICY_BYTES);
	assert_int_equal(policy_add_waivers((struct str){ text, room + 1 }, "p", &one, 1, arena, &out, &err), STATUS_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_a_new_policy_extends_default),
		cmocka_unit_test(test_lines_end_as_they_did),
		cmocka_unit_test(test_what_could_not_be_read_is_not_written),
		cmocka_unit_test(test_a_policy_does_not_grow_past_its_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
