/* Whose login goes where, by which way, and what is said about what goes nowhere. */
#include "assay/limits.h"
#include "npmrc/folders.h"

struct fact {
	const char *project, *user, *global;
	const char *url;
	const char *authorization, *authorized; /* NULL: none */
	const char *note;                       /* "kind: a part of the text"; NULL: there must be none */
	const char *trusted;                    /* a URL that the caller vouches for */
};

#define URL "https://npm.acme.example/api/a/-/a-1.0.0.tgz"
#define ACME "//npm.acme.example/"

static const struct fact facts[] = {
	{ .url = URL },
	/* the four ways to log in, in npm's order */
	{ .user = ACME ":_authToken=t0k\n", .url = URL, .authorization = "Bearer t0k", .authorized = "https://npm.acme.example/" },
	{ .user = ACME ":_auth=dTpw\n", .url = URL, .authorization = "Basic dTpw", .authorized = "https://npm.acme.example/" },
	{ .user = ACME ":username=u\n" ACME ":_password=cHc=\n", .url = URL, .authorization = "Basic dTpwdw==", .authorized = "https://npm.acme.example/" },
	{ .user = ACME ":username=u\n", .url = URL },
	{ .user = ACME ":_password=cHc=\n", .url = URL },
	{ .user = ACME ":username=u\n" ACME ":_password=***\n", .url = URL, .authorized = "https://npm.acme.example/" },
	{ .user = ACME ":_auth=dTpw\n" ACME ":_authToken=t0k\n", .url = URL, .authorization = "Bearer t0k", .authorized = "https://npm.acme.example/" },
	{ .user = ACME ":_authToken=\n", .url = URL },
	{ .user = ACME ":_authToken=null\n", .url = URL },
	/* prefixes: the longest that has one, at segments only */
	{ .user = ACME ":_authToken=short\n//npm.acme.example/api/:_authToken=long\n", .url = URL, .authorization = "Bearer long", .authorized = "https://npm.acme.example/api/" },
	{ .user = "//npm.acme.example/api:_authToken=t0k\n", .url = URL, .authorization = "Bearer t0k", .authorized = "https://npm.acme.example/api" },
	{ .user = "//npm.acme.example:_authToken=t0k\n", .url = URL, .authorization = "Bearer t0k", .authorized = "https://npm.acme.example" },
	{ .user = "//npm.acme.example/ap:_authToken=t0k\n", .url = URL },
	{ .user = "//npm.acme.example/other/:_authToken=t0k\n", .url = URL },
	{ .user = "registry=https://npm.acme.example/other/\n//npm.acme.example/other/:_authToken=t0k\n", .url = URL },
	{ .user = ACME ":_authToken=t0k\n", .url = "https://npm.acme.example:8443/a.tgz" },
	{ .user = "//npm.acme.example:8443/:_authToken=t0k\n",
	  .url = "https://npm.acme.example:8443/a.tgz",
	  .authorization = "Bearer t0k",
	  .authorized = "https://npm.acme.example:8443/" },
	{ .user = ACME ":_authToken=t0k\n", .url = "https://NPM.Acme.example:443/a.tgz", .authorization = "Bearer t0k", .authorized = "https://npm.acme.example/" },
	{ .user = ACME ":_authToken=t0k\n", .url = "https://npm.acme.example.evil.example/a.tgz" },
	{ .user = ACME ":_authToken=t0k\n", .url = "https://evil.example/npm.acme.example/a.tgz" },
	{ .user = ACME ":_authToken=t0k\n", .url = "https://evil.example/?//npm.acme.example/" },
	/* layers */
	{ .global = ACME ":_authToken=g\n", .user = ACME ":_authToken=u\n", .url = URL, .authorization = "Bearer u", .authorized = "https://npm.acme.example/" },
	{ .global = ACME ":_authToken=${TEST_TOKEN}\n", .url = URL, .authorization = "Bearer s3cret", .authorized = "https://npm.acme.example/" },
	{ .user = "//${TEST_HOST}/:_authToken=${TEST_TOKEN}\n", .url = URL, .authorization = "Bearer s3cret", .authorized = "https://npm.acme.example/" },
	{ .user = ACME ":_authToken=${TEST_NOT_SET}\n", .url = URL, .authorization = "Bearer ${TEST_NOT_SET}", .authorized = "https://npm.acme.example/" },
	{ .user = ACME ":_authToken=${TEST_NOT_SET?}\n", .url = URL },
	/* a project's file: its own words travel, the user's variables only to whom the user named */
	{ .project = ACME ":_authToken=literal\n", .url = URL, .authorization = "Bearer literal", .authorized = "https://npm.acme.example/" },
	{ .project = ACME ":_authToken=${TEST_TOKEN}\n", .url = URL, .note = "variable: project/.npmrc:1: a project's file wants" },
	{ .project = "registry=https://npm.acme.example/\n" ACME ":_authToken=x${TEST_TOKEN}\n", .url = URL, .note = "variable: :2:" },
	{ .project = ACME ":username=${TEST_TOKEN}\n" ACME ":_password=cHc=\n", .url = URL, .note = "variable: sent to npm.acme.example" },
	{ .project = "//evil.example/:_authToken=${TEST_TOKEN}\n",
	  .user = "@acme:registry=https://npm.acme.example/\n",
	  .url = "https://evil.example/a.tgz",
	  .note = "variable: evil.example" },
	{ .project = "//evil.example/npm.acme.example/:_authToken=${TEST_TOKEN}\n",
	  .user = "@acme:registry=https://npm.acme.example/\n",
	  .url = "https://evil.example/npm.acme.example/a.tgz",
	  .note = "variable: evil.example" },
	{ .project = "//npm.acme.example@evil.example/:_authToken=${TEST_TOKEN}\n",
	  .user = "@acme:registry=https://npm.acme.example/\n",
	  .url = "https://evil.example/a.tgz",
	  .note = "variable: " },
	{ .project = "//npm.acme.example:8443/:_authToken=${TEST_TOKEN}\n",
	  .user = "@acme:registry=https://npm.acme.example/\n",
	  .url = "https://npm.acme.example:8443/a.tgz",
	  .note = "variable: " },
	{ .project = "//${TEST_HOST}/:_authToken=${TEST_TOKEN}\n", .url = URL, .note = "variable: " },
	{ .project = ACME ":_authToken=${TEST_TOKEN}\n",
	  .user = "@acme:registry=https://npm.acme.example/api/\n",
	  .url = URL,
	  .authorization = "Bearer s3cret",
	  .authorized = "https://npm.acme.example/" },
	{ .project = ACME ":_authToken=${TEST_TOKEN}\n",
	  .global = "registry=https://npm.acme.example/\n",
	  .url = URL,
	  .authorization = "Bearer s3cret",
	  .authorized = "https://npm.acme.example/" },
	{ .project = ACME ":_authToken=${TEST_TOKEN}\n", .user = ACME ":username=me\n", .url = URL, .authorization = "Bearer s3cret", .authorized = "https://npm.acme.example/" },
	{ .project = ACME ":_authToken=${TEST_TOKEN}\n", .trusted = "https://npm.acme.example/", .url = URL, .authorization = "Bearer s3cret", .authorized = "https://npm.acme.example/" },
	/* the project cannot name the file that is the user's, nor make the user's login go astray */
	{ .project = "userconfig=./other\nglobalconfig=./other\nprefix=.\n//evil.example/:_authToken=${TEST_TOKEN}\n",
	  .url = "https://evil.example/a.tgz",
	  .note = "variable: " },
	/* no header is begun by a variable */
	{ .user = ACME ":_authToken=${TEST_LINES}\n", .url = URL, .authorized = "https://npm.acme.example/", .note = "login: npm.acme.example" },
	/* a login without a host */
	{ .user = "_authToken=s3cret\n", .url = URL, .note = "unscoped-login: _authToken belongs to no host" },
	{ .project = "_auth=s3cret\n", .url = URL, .note = "unscoped-login: _auth belongs to no host" },
};

static void check_notes(const struct fact *fact, size_t number, const struct npm_settings *settings)
{
	bool found = false;
	for (size_t i = 0; i < settings->note_count; i++) {
		const struct npm_note *note = &settings->notes[i];
		char text[2000];
		snprintf(text, sizeof text, "%s: %.*s", note->kind, STR_ARG(note->text));
		struct str kind = fact->note ? str_head(str_of(fact->note), strcspn(fact->note, " ") + 1) : STR_NONE;
		found |= fact->note && str_starts_with(str_of(text), kind) && strstr(text, fact->note + kind.n);
		assert_null(strstr(text, "s3cret"));
	}
	if (fact->note ? !found : settings->note_count)
		fail_msg("fact %zu: %zu notes, the first \"%s\"", number, settings->note_count, settings->note_count ? settings->notes[0].text.p : "");
}

static void check(const struct fact *fact)
{
	struct arena *arena = arena_new(0);
	const char *urls[] = { fact->trusted, NULL };
	struct npm_settings_options options = { .project_folder = project, .trusted_urls = urls };
	struct npm_settings *settings;
	struct npm_access access;
	struct error err = { 0 };
	size_t number = (size_t)(fact - facts);
	put_all(arena, fact->project, fact->user, fact->global);
	if (npm_settings_read(&options, arena, &settings, &err) || npm_access_find(settings, fact->url, arena, &access, &err))
		fail_msg("fact %zu: %s", number, err.text);
	check_notes(fact, number, settings);
	if (!str_equal(str_of(access.authorization), str_of(fact->authorization)) || !str_equal(str_of(access.authorized), str_of(fact->authorized)))
		fail_msg("fact %zu: %s to %s", number, access.authorization ? access.authorization : "nothing",
			 access.authorized ? access.authorized : "nobody");
	arena_free(arena);
}

static void logins(void **state)
{
	(void)state;
	setenv("TEST_TOKEN", "s3cret", 1);
	setenv("TEST_HOST", "npm.acme.example", 1);
	setenv("TEST_LINES", "a\r\nX-Evil: 1", 1);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		check(&facts[i]);
}

/* ---- routes --------------------------------------------------------------------------- */

static struct npm_access find(struct arena *arena, const char *in_project, const char *of_user, const char *url, struct npm_settings **settings)
{
	struct npm_settings_options options = { .project_folder = project };
	struct npm_access access;
	put_all(arena, in_project, of_user, NULL);
	assert_int_equal(npm_settings_read(&options, arena, settings, NULL), STATUS_OK);
	assert_int_equal(npm_access_find(*settings, url, arena, &access, NULL), STATUS_OK);
	return access;
}

static void routes(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	struct npm_settings *settings;
	const struct http_route *route = find(arena, NULL,
					      "https-proxy=http://p.example:8080\nproxy=http://q.example/\nnoproxy[]=a.example\n"
					      "noproxy[]=b.example\nstrict-ssl=false\nca[]=\"one\\ntwo\"\nca[]=three\n"
					      "fetch-retries=2\nfetch-retry-mintimeout=50\nfetch-timeout=0\n",
					      URL, &settings)
						 .route;
	assert_string_equal(route->proxy, "http://p.example:8080");
	assert_string_equal(route->no_proxy, "a.example,b.example");
	assert_true(route->unchecked);
	assert_str(route->ca_pem, "one\ntwo\nthree");
	assert_int_equal(settings->tries, 3);
	assert_int_equal(settings->backoff_ms, 50);
	assert_int_equal(settings->timeout_ms, 3600000);
	assert_int_equal(settings->note_count, 1);
	assert_string_equal(settings->notes[0].kind, "strict-ssl");
	/* Without a login a project's file has its say. */
	route = find(arena, "proxy=http://evil.example\nca=evil\nstrict-ssl=false\nnoproxy=x\n", NULL, URL, &settings).route;
	assert_string_equal(route->proxy, "http://evil.example");
	assert_str(route->ca_pem, "evil");
	assert_true(route->unchecked);
	/* A login of the user's goes the user's own way. */
	struct npm_access access = find(arena, "proxy=http://evil.example\nca=evil\nstrict-ssl=false\nnoproxy=x\n", ACME ":_authToken=t0k\n", URL, &settings);
	assert_string_equal(access.authorization, "Bearer t0k");
	assert_null(access.route->proxy);
	assert_null(access.route->no_proxy);
	assert_int_equal(access.route->ca_pem.n, 0);
	assert_false(access.route->unchecked);
	/* Also where the project's file only asks for the user's variable; but its own login goes its own way. */
	access = find(arena, "proxy=http://evil.example\n" ACME ":_authToken=${TEST_TOKEN}\n", "@acme:registry=https://npm.acme.example/\n", URL, &settings);
	assert_string_equal(access.authorization, "Bearer s3cret");
	assert_null(access.route->proxy);
	access = find(arena, "proxy=http://p.example\n" ACME ":_authToken=own\n", NULL, URL, &settings);
	assert_string_equal(access.route->proxy, "http://p.example");
	/* What is no number and no proxy gives way to the next layer. */
	route = find(arena, "proxy=nonsense\nfetch-retries=many\n", "proxy=http://p.example\nfetch-retries=1e9\n", URL, &settings).route;
	assert_string_equal(route->proxy, "http://p.example");
	assert_int_equal(settings->tries, 10);
	arena_free(arena);
}

/* What an .npmrc may ask for at most; more is that much. */
static void requests_are_bounded(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct arena *arena = arena_new(0);
		struct npm_settings *settings;
		find(arena, NULL,
		     arena_printf(arena, "fetch-retries=%d\nfetch-retry-mintimeout=%d\nfetch-timeout=%d\n", LIMIT_HTTP_TRIES_SET - 1 + more,
				  LIMIT_HTTP_BACKOFF_MS + more, LIMIT_HTTP_TIMEOUT_MS + more)
			     .p,
		     URL, &settings);
		assert_int_equal(settings->tries, LIMIT_HTTP_TRIES_SET);
		assert_int_equal(settings->backoff_ms, LIMIT_HTTP_BACKOFF_MS);
		assert_int_equal(settings->timeout_ms, LIMIT_HTTP_TIMEOUT_MS);
		find(arena, NULL, "fetch-retries=8\nfetch-retry-mintimeout=29999\nfetch-timeout=3599999\n", URL, &settings);
		assert_int_equal(settings->tries, LIMIT_HTTP_TRIES_SET - 1);
		assert_int_equal(settings->backoff_ms, LIMIT_HTTP_BACKOFF_MS - 1);
		assert_int_equal(settings->timeout_ms, LIMIT_HTTP_TIMEOUT_MS - 1);
		arena_free(arena);
	}
}

/* As large an .npmrc as is read. */
static void files_are_bounded(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct arena *arena = arena_new(0);
		struct npm_settings *settings = NULL;
		struct error err;
		struct npm_settings_options options = { .project_folder = project };
		put_all(arena, arena_printf(arena, "fetch-retries=3\n#%*s", (int)LIMIT_CONFIG_BYTES - 17 + more, "").p, NULL, NULL);
		assert_int_equal(npm_settings_read(&options, arena, &settings, &err), more ? STATUS_LIMIT : STATUS_OK);
		assert_true(!more || strstr(err.text, ".npmrc"));
		arena_free(arena);
	}
}

static void certificates(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	struct npm_settings *settings;
	put(path_join(arena, home, "cert.pem"), "x");
	put(path_join(arena, home, "key.pem"), "x");
	put(path_join(arena, home, "ca.pem"), "x");
	static const char both[] = ACME ":certfile=~/cert.pem\n" ACME ":keyfile=~/key.pem\n";
	struct npm_access access = find(arena, NULL, both, URL, &settings);
	assert_true(str_ends_with(str_of(access.route->cert_file), STR("home/cert.pem")));
	assert_true(str_ends_with(str_of(access.route->key_file), STR("home/key.pem")));
	assert_null(access.authorization);
	access = find(arena, NULL, both, "https://other.example/", &settings);
	assert_null(access.route->cert_file);
	/* A project's file shows the user's certificate to nobody whom the user did not name. */
	access = find(arena, both, NULL, URL, &settings);
	assert_null(access.route->cert_file);
	assert_string_equal(settings->notes[0].kind, "certificate");
	/* One authority: of ca and cafile the stronger layer's, in one file the later; a file that is not there does not count. */
	access = find(arena, NULL, "ca=pem\ncafile=~/ca.pem\n", URL, &settings);
	assert_true(str_ends_with(str_of(access.route->ca_file), STR("home/ca.pem")));
	assert_int_equal(access.route->ca_pem.n, 0);
	access = find(arena, NULL, "cafile=~/ca.pem\nca=pem\n", URL, &settings);
	assert_null(access.route->ca_file);
	assert_str(access.route->ca_pem, "pem");
	access = find(arena, NULL, "cafile=~/none.pem\n", URL, &settings);
	assert_null(access.route->ca_file);
	assert_string_equal(settings->notes[0].kind, "cafile");
	arena_free(arena);
}

static void under_npm_run(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	struct npm_settings *settings;
	static const char evil[] = "registry=https://evil.example/\n//evil.example/:_authToken=${TEST_TOKEN}\n";
	setenv("npm_config_registry", "https://evil.example/", 1);
	struct npm_access access = find(arena, evil, NULL, "https://evil.example/a.tgz", &settings);
	assert_string_equal(access.authorization, "Bearer s3cret"); /* the user's own variable names it */
	setenv("npm_command", "run-script", 1);
	access = find(arena, evil, NULL, "https://evil.example/a.tgz", &settings);
	assert_null(access.authorization); /* npm handed it down from the project's file */
	assert_string_equal(settings->registry, "https://evil.example/");
	unsetenv("npm_command");
	unsetenv("npm_config_registry");
	arena_free(arena);
}

static void scopes(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	struct npm_settings *settings;
	find(arena, "@team:registry=https://team.example/npm\n@acme:registry=https://other.example\n",
	     "registry=https://r.example/\n@acme:registry=https://npm.acme.example\n@none:registry=\n", URL, &settings);
	static const struct {
		const char *name, *registry;
	} names[] = {
		{ "a", "https://r.example/" },       { "@acme/a", "https://other.example/" }, { "@team/a", "https://team.example/npm/" },
		{ "@none/a", "https://r.example/" }, { "@acme2/a", "https://r.example/" },    { "@acme", "https://r.example/" },
		{ "", "https://r.example/" },
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_string_equal(npm_registry_of(settings, str_of(names[i].name)), names[i].registry);
	assert_int_equal(settings->scope_count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_false(settings->scopes[i].trusted);
	arena_free(arena);
}

/* ---- any bytes ------------------------------------------------------------------------------- */

static void hostile(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	struct npm_settings_options options = { .project_folder = project };
	struct npm_settings *settings;
	struct error err = { 0 };
	const char *file = path_join(arena, project, ".npmrc");
	put_all(arena, NULL, NULL, NULL);
	char *bytes = malloc(1 << 20);
	assert_non_null(bytes);
	uint32_t random = 1;
	for (size_t i = 0; i < 1 << 20; i++) {
		random = random * 1664525 + 1013904223;
		bytes[i] = (char)(random >> 24);
	}
	assert_int_equal(file_write(file, (struct str){ bytes, 1 << 20 }, NULL), STATUS_OK);
	assert_int_equal(npm_settings_read(&options, arena, &settings, &err), STATUS_OK);
	/* A name that holds itself is expanded once. */
	setenv("TEST_SELF", "${TEST_SELF}${TEST_SELF}", 1);
	put(path_join(arena, home, ".npmrc"), "cache=/${TEST_SELF}\n");
	put(file, NULL);
	assert_int_equal(npm_settings_read(&options, arena, &settings, &err), STATUS_OK);
	assert_string_equal(settings->cache, "/${TEST_SELF}${TEST_SELF}");
	/* Many variables, many keys, many notes: linear and bounded. */
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
	for (int i = 0; text.n < (1 << 20) - 200; i++)
		buf_printf(&text, "//h%d.example/:_authToken=${TEST_TOKEN}${A${B}${${C}\\\\${D\n", i);
	assert_int_equal(file_write(file, buf_str(&text), NULL), STATUS_OK);
	assert_int_equal(npm_settings_read(&options, arena, &settings, &err), STATUS_OK);
	assert_int_equal(settings->note_count, LIMIT_NPMRC_NOTES + 1);
	assert_int_equal(settings->notes[LIMIT_NPMRC_NOTES - 1].key.n > 1, true);
	assert_non_null(strstr(settings->notes[LIMIT_NPMRC_NOTES].text.p, "and more lines like this one"));
	/* One byte more than the limit. */
	memset(bytes, '#', 1 << 20);
	CLEANUP(buf_fini) struct buf large = BUF_INIT((1 << 20) + 1);
	buf_add(&large, (struct str){ bytes, 1 << 20 });
	assert_int_equal(file_write(file, buf_str(&large), NULL), STATUS_OK);
	assert_int_equal(npm_settings_read(&options, arena, &settings, &err), STATUS_OK);
	buf_add_char(&large, '#');
	assert_int_equal(file_write(file, buf_str(&large), NULL), STATUS_OK);
	assert_int_equal(npm_settings_read(&options, arena, &settings, &err), STATUS_LIMIT);
	assert_non_null(strstr(err.text, ".npmrc"));
	/* Too little memory is told. */
	for (size_t ceiling = 4096; ceiling < 300000; ceiling *= 2) {
		struct arena *small = arena_new(ceiling);
		put(file, "@a:registry=https://a.example/\n//a.example/:_authToken=x\nca=y\n");
		enum status status = npm_settings_read(&options, small, &settings, NULL);
		assert_true(status == STATUS_OK || status == STATUS_MEMORY);
		arena_free(small);
	}
	free(bytes);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logins), cmocka_unit_test(routes),  cmocka_unit_test(certificates),         cmocka_unit_test(under_npm_run),
		cmocka_unit_test(scopes), cmocka_unit_test(hostile), cmocka_unit_test(requests_are_bounded), cmocka_unit_test(files_are_bounded),
	};
	return cmocka_run_group_tests(tests, make_folders, NULL);
}
