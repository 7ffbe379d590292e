/* OpenVEX documents: what becomes a waiver, what is taken back, what is refused. */
#include "policy/helpers.h"

#include "policy/model.h"

#define HEAD "{\"@context\": \"https://openvex.dev/ns/v0.2.0\", \"timestamp\": \"2026-01-01T00:00:00Z\", \"statements\": ["
#define CVE "\"vulnerability\": {\"name\": \"CVE-1\"}, "
#define LODASH "\"products\": [{\"@id\": \"pkg:npm/lodash@4.17.15\"}], "

/* `wanted`: the waivers as "id package reason", a line each; "error …" for a policy that is refused. */
static const struct {
	const char *name, *document, *wanted;
} cases[] = {
	{ "not affected", HEAD "{" CVE LODASH "\"status\": \"not_affected\", \"justification\": \"component_not_present\"}]}",
	  "CVE-1 lodash@4.17.15 not affected: component_not_present\n" },
	{ "an impact statement", HEAD "{" CVE LODASH "\"status\": \"not_affected\", \"impact_statement\": \"ours alone\"}]}",
	  "CVE-1 lodash@4.17.15 not affected: ours alone\n" },
	{ "fixed", HEAD "{" CVE LODASH "\"status\": \"fixed\"}]}", "CVE-1 lodash@4.17.15 fixed\n" },
	{ "affected", HEAD "{" CVE LODASH "\"status\": \"affected\"}]}", "" },
	{ "aliases, texts, no version",
	  HEAD "{\"vulnerability\": {\"name\": \"CVE-1\", \"aliases\": [\"GHSA-1\"]}, \"products\": [\"pkg:npm/%40a/b\"], \"status\": \"fixed\"},"
	       "{\"vulnerability\": \"CVE-2\", \"products\": [\"pkg:npm/c\"], \"status\": \"fixed\"}]}",
	  "CVE-1 @a/b fixed\nGHSA-1 @a/b fixed\nCVE-2 c fixed\n" },
	{ "identifiers and subcomponents",
	  HEAD "{" CVE "\"status\": \"fixed\", \"products\": [{\"@id\": \"x\", \"identifiers\": {\"purl\": \"pkg:npm/a@1.0.0\"}},"
	       "{\"@id\": \"pkg:oci/app\", \"subcomponents\": [{\"@id\": \"pkg:npm/b@2.0.0\"}, {\"@id\": \"pkg:deb/c\"}]}]}]}",
	  "CVE-1 a@1.0.0 fixed\nCVE-1 b@2.0.0 fixed\n" },
	{ "other products are none of ours", HEAD "{" CVE "\"products\": [{\"@id\": \"pkg:oci/app\"}, {\"@id\": \"pkg:npm/*\"}], \"status\": \"fixed\"}]}", "" },
	{ "a later statement takes an earlier one back",
	  HEAD "{" CVE LODASH "\"status\": \"affected\", \"timestamp\": \"2026-03-01T00:00:00Z\"},"
	       "{" CVE LODASH "\"status\": \"fixed\", \"timestamp\": \"2026-02-01T00:00:00Z\"}]}",
	  "" },
	{ "of the same moment the last one counts",
	  HEAD "{" CVE LODASH "\"status\": \"affected\"}, {\"vulnerability\": \"cve-1\", " LODASH "\"status\": \"fixed\"}]}", "cve-1 lodash@4.17.15 fixed\n" },
	{ "no reason", HEAD "{" CVE LODASH "\"status\": \"not_affected\"}]}", "error v.json: line 1, column 99: not_affected needs a" },
	{ "an unknown status", HEAD "{" CVE LODASH "\"status\": \"fixt\"}]}",
	  "error v.json: line 1, column 195: unknown status \"fixt\"; did you mean \"fixed\"?" },
	{ "no status", HEAD "{" CVE LODASH "\"x\": 1}]}", "error v.json: line 1, column 99: this statement has no \"status\"" },
	{ "no list", "{\"@context\": \"https://openvex.dev/ns\"}", "error v.json: line 1, column 1: this document has no list of \"statements\"" },
	{ "another format", "{\"bomFormat\": \"CycloneDX\"}", "error v.json: line 1, column 1: this is no OpenVEX document" },
	{ "no JSON", "{", "error v.json: line 1, column 2" },
	{ "a product that is no text", HEAD "{" CVE "\"products\": {}, \"status\": \"fixed\"}]}",
	  "error v.json: line 1, column 148: found an object, expected a list of products" },
	{ "a range in place of a version states nothing", HEAD "{" CVE "\"products\": [\"pkg:npm/a@%3E0\"], \"status\": \"fixed\"}]}", "" },
};

static enum status load(struct arena *arena, struct str document, struct policy **out, struct error *err)
{
	put_policy(arena, "vex/v.json", document);
	const char *path = put_policy(arena, "vex/assay.policy.json", STR("{\"vex\": [\"v.json\"]}"));
	return policy_load(&(struct policy_options){ .name = path }, arena, out, err);
}

static void test_documents(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		CLEANUP(buf_fini) struct buf text = BUF_INIT(1 * MIB);
		struct policy *policy = NULL;
		struct error err = { .status = STATUS_OK };
		if (load(arena, str_of(cases[i].document), &policy, &err)) {
			struct str at = str_from(str_of(err.text), str_find_str(str_of(err.text), STR("v.json")));
			buf_printf(&text, "error %.*s", STR_ARG(at));
			assert_int_equal(err.status, STATUS_USAGE);
		}
		for (size_t k = 0; policy && k < policy->waivers.n; k++) {
			const struct waiver *waiver = policy->waivers.v[k];
			buf_printf(&text, "%.*s %.*s %.*s\n", STR_ARG(waiver->id), STR_ARG(waiver->package_text), STR_ARG(waiver->reason));
		}
		struct str wanted = str_of(cases[i].wanted);
		bool fine = policy ? str_equal(buf_str(&text), wanted) : wanted.n && str_starts_with(buf_str(&text), wanted);
		if (!fine)
			fail_msg("%s: %.*s", cases[i].name, STR_ARG(buf_str(&text)));
	}
}

/* Statements are counted by package and id: many of each in one must not come to more than both together. */
static void test_limit(void **state)
{
	(void)state;
	for (int more = 0; more <= 1; more++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY_BYTES);
		struct policy *policy;
		struct error err;
		buf_add_z(&text, HEAD "{\"status\": \"fixed\", \"vulnerability\": {\"aliases\": [");
		for (int i = 0; i < 250; i++)
			buf_printf(&text, "%s\"CVE-%d\"", i ? "," : "", i);
		buf_add_z(&text, "]}, \"products\": [");
		for (int i = 0; i < LIMIT_VEX_STATEMENTS / 250 + more; i++)
			buf_printf(&text, "%s\"pkg:npm/p%d\"", i ? "," : "", i);
		buf_add_z(&text, "]}]}");
		enum status status = load(arena, buf_str(&text), &policy, &err);
		assert_int_equal(status, more ? STATUS_USAGE : STATUS_OK);
		if (more)
			assert_non_null(strstr(err.text, "more than 50000 statements"));
		else
			assert_int_equal(policy->waivers.n, LIMIT_VEX_STATEMENTS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
