/*
 * The room against npm's own configuration: random files of all three layers and random variables, each read by both. What is
 * meant to differ is not asked: what a project's file may not have, and registries that are none, where npm tries the next layer.
 */
#include "npmrc/folders.h"

enum { CASES = 1000, MEMORY = 64 << 20 };

static const char *const urls[] = {
	"https://h1.example/api/npm/a/-/a-1.0.0.tgz",
	"https://h1.example:8443/x",
	"https://h2.example/",
	"https://h2.example/api/npmx/y",
	"https://h3.example/a",
	"http://h1.example/api/npm",
};
enum { URLS = sizeof urls / sizeof *urls };

struct maker {
	uint64_t random;
	struct buf out;
};

static size_t below(struct maker *maker, size_t n)
{
	maker->random ^= maker->random << 13;
	maker->random ^= maker->random >> 7;
	maker->random ^= maker->random << 17;
	return (size_t)(maker->random % n);
}

#define PICK(maker, list) ((list)[below((maker), sizeof(list) / sizeof *(list))])

static void add_blanks(struct maker *maker)
{
	static const char *const blanks[] = { "", "", "", " ", "\t", "  ", "\xc2\xa0" };
	buf_add_z(&maker->out, PICK(maker, blanks));
}

/* The value bare, in quotes of either kind, or with a comment behind it. */
static void add_value(struct maker *maker, const char *value)
{
	static const char *const forms[][2] = { { "", "" },   { "", "" },        { "", "" },   { "\"", "\"" },
						{ "'", "'" }, { "", " ;later" }, { "", "#x" }, { "\"", "" } };
	const char *const *form = PICK(maker, forms);
	bool open = *form[0] && !*form[1];
	add_blanks(maker);
	if (!open)
		buf_add_z(&maker->out, form[0]);
	buf_add_z(&maker->out, value);
	if (!open)
		buf_add_z(&maker->out, form[1]);
	add_blanks(maker);
}

static void add_login(struct maker *maker, bool own)
{
	static const char *const places[] = { "//h1.example/",           "//h1.example/api/npm/", "//h1.example/api",
					      "//h1.example:8443/",      "//h2.example",          "//h2.example/api/npm/",
					      "//h2.example/api/npmx/y", "//H1.example/",         "//${TEST_HOST}/" };
	static const char *const fields[] = { "_authToken", "_authToken", "_auth", "username", "_password" };
	static const char *const values[] = { "abc",
					      "",
					      "true",
					      "null",
					      "a b",
					      "x${TEST_ONE}y",
					      "${TEST_NONE}",
					      "${TEST_NONE?}",
					      "\\${TEST_ONE}",
					      "\\\\\\\\${TEST_ONE}",
					      "${TEST_ONE}${TEST_TWO}",
					      "${}",
					      "${TEST_ONE",
					      "$${TEST_ONE}",
					      "a\\;b",
					      "a\\#b\\c",
					      "false",
					      "undefined?",
					      "${TEST_SELF}" };
	static const char *const coded[] = { "cHc=", "cHc", "eHl6", "" };
	const char *place = PICK(maker, places), *field = PICK(maker, fields);
	if (!own && strchr(place, '$'))
		place = "//h3.example/";
	buf_printf(&maker->out, "%s:%s", place, field);
	add_blanks(maker);
	buf_add_char(&maker->out, '=');
	add_value(maker, strcmp(field, "_password") == 0 ? PICK(maker, coded) : PICK(maker, values));
}

static void add_registry(struct maker *maker)
{
	static const char *const keys[] = { "registry", "@s:registry", "@t:registry", "\"@t:registry\"" };
	static const char *const values[] = { "https://h1.example", "https://h2.example/api/npm/", "https://h3.example/x", "https://h1.example/${TEST_ONE}/" };
	buf_add_z(&maker->out, PICK(maker, keys));
	add_blanks(maker);
	buf_add_char(&maker->out, '=');
	add_value(maker, PICK(maker, values));
}

static void add_other(struct maker *maker, bool own)
{
	static const struct {
		const char *key;
		const char *values[6];
	} rows[] = {
		{ "cache", { "/c", "c", "~/c", "/c d", "/${TEST_ONE}", "/${TEST_ONE?}/\\${TEST_TWO}" } },
		{ "strict-ssl", { "true", "false", "0", "1", "no", "00" } },
		{ "ca", { "one", "null", "a\\;b", "two three", "-", "\\\\x" } },
		{ "ca[]", { "one", "two", "three", "four", "five", "six" } },
		{ "cafile", { "~/ca.pem", "/nowhere/ca.pem", "~/ca.pem", "~/ca.pem", "null", "~/none" } },
		{ "proxy", { "http://p.example:1", "http://u:p@p.example/", "null", "false", "nonsense", "https://p2.example/" } },
		{ "https-proxy", { "http://q.example:1/", "null", "http://q.example:2/", "q", "http://", "https://q2.example/" } },
		{ "noproxy", { "a.example", "a.example,b.example", "localhost", "", "x", "*" } },
		{ "noproxy[]", { "a.example", "b.example", "c", "d", "e", "f" } },
		{ "fetch-retries", { "0", "3", "x", "5", " 1 ", "4" } },
		{ "fetch-retry-mintimeout", { "100", "1e3", "x", "20000", "30000", "1" } },
		{ "fetch-timeout", { "1000", "60000", "x y", "7e4", "3600000", "1500" } },
	};
	size_t row = below(maker, sizeof rows / sizeof *rows);
	buf_add_z(&maker->out, rows[row].key);
	add_blanks(maker);
	buf_add_char(&maker->out, '=');
	const char *value = PICK(maker, rows[row].values);
	add_value(maker, !own && strchr(value, '$') ? "/plain" : value);
}

static void add_noise(struct maker *maker)
{
	static const char *const lines[] = { "; comment", "# registry=x",     "",          "   ",          "=",          "==",
					     "unknown=1", "email=a@b",        "\r",        "\xef\xbb\xbf", "[",          "]",
					     "[x",        "always-auth=true", "registry2", "\"\"=x",       "__proto__=x" };
	buf_add_z(&maker->out, PICK(maker, lines));
}

static struct str make_file(struct maker *maker, bool own)
{
	buf_clear(&maker->out);
	for (size_t i = below(maker, 9); i > 0; i--) {
		size_t kind = below(maker, 16);
		add_blanks(maker);
		if (kind < 5)
			add_login(maker, own);
		else if (kind < 8)
			add_registry(maker);
		else if (kind < 14)
			add_other(maker, own);
		else if (kind < 15)
			add_noise(maker);
		else if (below(maker, 6) == 0)
			buf_add_z(&maker->out, "[section]");
		buf_add_z(&maker->out, below(maker, 8) ? "\n" : "\r\n");
	}
	return buf_str(&maker->out);
}

static const char *const names[] = { "npm_config_registry",    "NPM_CONFIG_CACHE",         "npm_config_strict_ssl",
				     "npm_config_https_proxy", "npm_config_proxy",         "Npm_Config_Noproxy",
				     "npm_config_ca",          "npm_config_fetch_retries", "npm_config_//h1.example/:_authToken",
				     "npm_config_@s:registry" };
static const char *const values[] = {
	"https://v.example/${TEST_ONE}", "/v", "false", "http://v.example:3/", "", " http://w.example ", "one\n\ntwo", "4", "tok${TEST_TWO}", "https://v.example"
};
enum { NAMES = sizeof names / sizeof *names };

static struct str make_variables(struct maker *maker)
{
	buf_clear(&maker->out);
	for (size_t i = 0; i < NAMES; i++)
		if (below(maker, 6) == 0 && !strchr(values[i], '\n'))
			buf_printf(&maker->out, "%s=%s\n", names[i], values[i]);
	buf_add_z(&maker->out, "TEST_ONE=1\nTEST_TWO=zwei\nTEST_HOST=h2.example\nTEST_SELF=${TEST_SELF}\n");
	return buf_str(&maker->out);
}

static void apply_variables(struct str lines, struct arena *arena)
{
	struct str line;
	for (size_t i = 0; i < NAMES; i++)
		unsetenv(names[i]);
	while (str_split(&lines, '\n', &line)) {
		size_t equals = str_find(line, '=');
		if (equals < line.n)
			setenv(arena_copy(arena, str_head(line, equals)).p, arena_copy(arena, str_from(line, equals + 1)).p, 1);
	}
}

/* ---- our answer, in the oracle's words ------------------------------------------------------ */

static void add_field(struct buf *out, struct str text)
{
	if (out->n && out->p[out->n - 1] != '\n')
		buf_add_char(out, '\t');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\' || text.p[i] == '\n')
			buf_add_char(out, '\\');
		buf_add_char(out, text.p[i] == '\n' ? 'n' : text.p[i]);
	}
}

static void add_slashed(struct buf *out, const char *url)
{
	add_field(out, str_of(url));
	if (url && url[strlen(url) - 1] != '/')
		buf_add_char(out, '/');
}

static const char *scope_of(const struct npm_settings *settings, const char *scope)
{
	for (size_t i = 0; i < settings->scope_count; i++)
		if (str_equal_z(settings->scopes[i].scope, scope))
			return settings->scopes[i].registry;
	return NULL;
}

static void add_number(struct buf *out, unsigned set, unsigned otherwise)
{
	char text[32];
	snprintf(text, sizeof text, "%u", set ? set : otherwise);
	add_field(out, str_of(text));
}

static void answer(const char *folder, struct arena *arena, struct buf *out)
{
	const char *const trusted[] = { "https://h1.example/", "https://h1.example:8443/", "https://h2.example/", "https://h3.example/", NULL };
	struct npm_settings_options options = { .project_folder = path_join(arena, folder, "project"), .trusted_urls = trusted };
	struct npm_settings *settings;
	struct npm_access access;
	struct error err = { 0 };
	struct str ca;
	if (npm_settings_read(&options, arena, &settings, &err))
		fail_msg("%s: %s", folder, err.text);
	assert_int_equal(npm_access_find(settings, "https://nobody.example/", arena, &access, NULL), STATUS_OK);
	const struct http_route *route = access.route;
	ca = route->ca_pem;
	if (route->ca_file)
		assert_int_equal(file_read(route->ca_file, 1000, arena, &ca, NULL), STATUS_OK);
	add_slashed(out, settings->registry);
	add_slashed(out, scope_of(settings, "@s"));
	add_slashed(out, scope_of(settings, "@t"));
	add_field(out, str_of(settings->cache));
	add_field(out, route->unchecked ? STR("off") : STR("on"));
	add_field(out, ca);
	add_slashed(out, route->proxy);
	add_field(out, str_of(route->no_proxy));
	add_number(out, settings->tries ? settings->tries - 1 : 0, settings->tries ? 0 : 2);
	add_number(out, settings->backoff_ms, 10000);
	add_number(out, settings->timeout_ms, 300000);
	for (size_t i = 0; i < URLS; i++) {
		assert_int_equal(npm_access_find(settings, urls[i], arena, &access, NULL), STATUS_OK);
		add_field(out, str_of(access.authorization));
	}
	buf_add_char(out, '\n');
}

/* ---- theirs --------------------------------------------------------------------------------------- */

static const char *case_folder(struct arena *arena, const char *work, int number)
{
	return arena_printf(arena, "%s/cases/%d", work, number).p;
}

static void write_case(struct arena *arena, const char *folder, const char *file, struct str bytes)
{
	const char *path = path_join(arena, folder, file);
	assert_int_equal(folder_make(path_folder(arena, path), NULL), STATUS_OK);
	FILE *stream = fopen(path, "w"); /* file_write() syncs, which takes its time */
	assert_non_null(stream);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, stream), bytes.n);
	fclose(stream);
}

static struct str make_case(struct maker *maker, const char *folder, struct arena *arena)
{
	static const struct str pem = { "-----BEGIN CERTIFICATE-----\nX\n-----END CERTIFICATE-----", 55 };
	write_case(arena, folder, "home/.npmrc", make_file(maker, true));
	write_case(arena, folder, "project/.npmrc", make_file(maker, false));
	write_case(arena, folder, "project/package.json", STR("{}"));
	write_case(arena, folder, "global", make_file(maker, true));
	write_case(arena, folder, "home/ca.pem", str_head(pem, str_of(pem.p).n));
	buf_clear(&maker->out);
	for (size_t i = 0; i < URLS; i++)
		buf_printf(&maker->out, "%s\n", urls[i]);
	write_case(arena, folder, "urls", buf_str(&maker->out));
	struct str variables = arena_copy(arena, make_variables(maker));
	write_case(arena, folder, "env", variables);
	return variables;
}

/* npm sends a login with a control character nowhere, and Latin-1 as it is; neither is asked. `error` stands for what npm refuses. */
static size_t compare(struct str theirs, struct str ours, const char *work)
{
	struct str a, b;
	size_t differ = 0;
	for (int i = 0; str_split(&theirs, '\n', &a) && str_split(&ours, '\n', &b) && i < CASES; i++)
		if (!str_equal(a, b) && differ++ < 5)
			print_error("%s/cases/%d\n  npm  %.*s\n  ours %.*s\n", work, i, STR_ARG(a), STR_ARG(b));
	return differ;
}

static void as_npm_reads_them(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	struct maker maker = { .random = 0x9e3779b97f4a7c15, .out = BUF_INIT(MEMORY) };
	CLEANUP(buf_fini) struct buf ours = BUF_INIT(MEMORY);
	struct str theirs;
	const char *work = getenv("TEST_TMP"), *oracle = getenv("ASSAY_ORACLE");
	if (!oracle || !*oracle) {
		arena_free(arena);
		print_message("without Node there is nothing to compare with\n");
		skip();
	}
	for (int i = 0; i < CASES; i++) {
		const char *folder = case_folder(arena, work, i);
		struct str variables = make_case(&maker, folder, arena);
		apply_variables(variables, arena);
		setenv("HOME", path_join(arena, folder, "home"), 1);
		setenv("npm_config_globalconfig", path_join(arena, folder, "global"), 1);
		answer(folder, arena, &ours);
	}
	struct str command = arena_printf(arena, "node '%s/tests/oracle/npmrc.cjs' '%s/cases' %d 2>/dev/null >'%s/answers'", getenv("ASSAY_ROOT"),
					  work, CASES, work);
	int code = system(command.p);
	if (WIFEXITED(code) && WEXITSTATUS(code) == 3)
		skip();
	assert_int_equal(code, 0);
	assert_int_equal(file_read(path_join(arena, work, "answers"), MEMORY, arena, &theirs, NULL), STATUS_OK);
	assert_int_equal(compare(theirs, buf_str(&ours), work), 0);
	buf_fini(&maker.out);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_npm_reads_them) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
