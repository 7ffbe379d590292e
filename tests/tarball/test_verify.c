/* Where bytes come from and what is said about them, against a registry that lies and a cache that is damaged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "assay/registry.h"
#include "assay/tarball.h"
#include "net/local_registry.h"

static const char rules[] = "GET /gone/-/* 404\n"
			    "GET /gone2/-/* 410\n"
			    "GET /private/-/* 401\n"
			    "GET /sick/-/* 503\n"
			    "GET /sick-once/-/* 503 times=1\n"
			    "GET /cut/-/* short\n"
			    "GET /other-bytes/-/* garbage\n"
			    "GET /page/-/* wrong-type\n"
			    "GET /moved/-/* redirect /a/-/a-1.0.0.tgz\n"
			    "GET /stolen/-/* redirect https://evil.example/a.tgz\n"
			    "GET /login/-/inside-* redirect /login/-/login-1.0.0.tgz\n"
			    "GET /login/-/outside-* redirect /a/-/a-1.0.0.tgz\n"
			    "GET /login/-/away-* redirect http://localhost:@PORT@/login/-/login-1.0.0.tgz\n"
			    "GET /login/* login Bearer,t0k\n"
			    "GET /team/* login Basic,dTpw\n"
			    "GET /empty-answer/-/* 204\n";

enum pin { PIN_NONE, PIN_RIGHT, PIN_WRONG, PIN_SHA1, PIN_BOTH, PIN_WEAKER_WRONG, PIN_OTHER, PIN_LONG };

struct fact {
	const char *name, *version, *resolved; /* '<' in `resolved`: the registry; '>': the same under another origin */
	enum pin pin;
	enum package_kind kind;
	bool bundled;
	enum tarball_state state;
	enum tarball_skip skip;
	enum tarball_source source;
	bool weak, retryable;
	const char *detail; /* a part; NULL: none */
};

#define FROM_REGISTRY .state = TARBALL_VERIFIED, .source = SOURCE_REGISTRY

static const struct fact facts[] = {
	{ .kind = PACKAGE_ROOT, .state = TARBALL_SKIPPED, .skip = SKIP_OWN },
	{ "web", "1.0.0", .kind = PACKAGE_WORKSPACE, .state = TARBALL_SKIPPED, .skip = SKIP_OWN },
	{ "web", .kind = PACKAGE_LINK, .state = TARBALL_SKIPPED, .skip = SKIP_LINK },
	{ "g", "1.0.0", "git+ssh://git@a.example/g.git#1", .kind = PACKAGE_GIT, .state = TARBALL_SKIPPED, .skip = SKIP_GIT },
	{ "f", "1.0.0", "file:f", .kind = PACKAGE_FILE, .state = TARBALL_SKIPPED, .skip = SKIP_FILE },
	{ "b", "1.0.0", .bundled = true, .state = TARBALL_SKIPPED, .skip = SKIP_BUNDLED },
	/* URLs: made, named, the public one in place of ours */
	{ "a", "1.0.0", .pin = PIN_RIGHT, FROM_REGISTRY },
	{ "@s/a", "1.0.0", .pin = PIN_RIGHT, FROM_REGISTRY },
	{ "a", "1.0.0", "</a/-/a-1.0.0.tgz", PIN_RIGHT, FROM_REGISTRY },
	{ "a", "1.0.0", PUBLIC_REGISTRY_URL "a/-/a-1.0.0.tgz", PIN_RIGHT, FROM_REGISTRY },
	{ "a", "1.0.0", "http://" PUBLIC_REGISTRY_HOST "/a/-/a-1.0.0.tgz", PIN_RIGHT, FROM_REGISTRY },
	{ "a", "1.0.0", "https://" PUBLIC_REGISTRY_YARN_HOST "/a/-/a-1.0.0.tgz#0123", PIN_RIGHT, FROM_REGISTRY },
	{ "a", "1.0.0", "</moved/-/moved-1.0.0.tgz", PIN_RIGHT, FROM_REGISTRY },
	{ "u", "1.0.0", "</a/-/a-1.0.0.tgz", PIN_RIGHT, PACKAGE_TARBALL, FROM_REGISTRY },
	{ "a", "1.0.0", "</page/-/page-1.0.0.tgz", PIN_RIGHT, FROM_REGISTRY },
	{ "a", "1.0.0+b c", .pin = PIN_RIGHT, FROM_REGISTRY },
	/* refused without a request */
	{ "a", "1.0.0", ">/refused.tgz", PIN_RIGHT, .state = TARBALL_REFUSED_HOST, .detail = "is no configured host" },
	{ "u", "1.0.0", ">/refused.tgz", PIN_RIGHT, PACKAGE_TARBALL, .state = TARBALL_REFUSED_HOST, .detail = "is no configured host" },
	{ "a", "1.0.0", "https://evil.example/a.tgz?secret", PIN_RIGHT, .state = TARBALL_REFUSED_HOST, .detail = "https://evil.example is no configured host" },
	{ "a", "1.0.0", "https://me:secret@a.example/a.tgz", PIN_RIGHT, .state = TARBALL_REFUSED_HOST, .detail = "no plain http(s) URL" },
	{ "a", "1.0.0", "file:///etc/passwd", PIN_RIGHT, .state = TARBALL_REFUSED_HOST, .detail = "no plain http(s) URL" },
	{ "a", "1.0.0", "https://" PUBLIC_REGISTRY_HOST ".evil.example/a/-/a-1.0.0.tgz", PIN_RIGHT, .state = TARBALL_REFUSED_HOST,
	  .detail = ".evil.example is no configured host" },
	{ "a", "1.0.0", "</a/../../refused.tgz", PIN_RIGHT, .state = TARBALL_REFUSED_HOST, .detail = "none of a tarball" },
	{ "a", "1.0.0", "</a/%2e%2E/refused.tgz", PIN_RIGHT, .state = TARBALL_REFUSED_HOST, .detail = "none of a tarball" },
	{ "a", "1.0.0", PUBLIC_REGISTRY_URL "../refused.tgz", PIN_RIGHT, .state = TARBALL_REFUSED_HOST, .detail = "none of a tarball" },
	{ "../refused", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_UNREACHABLE, .detail = "no URL can be made" },
	{ "refused", "../1.0.0", .pin = PIN_RIGHT, .state = TARBALL_UNREACHABLE, .detail = "no URL can be made" },
	{ "refused", "", .pin = PIN_RIGHT, .state = TARBALL_UNREACHABLE, .detail = "no URL can be made" },
	{ "@refused/../x", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_UNREACHABLE, .detail = "no URL can be made" },
	{ "", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_UNREACHABLE, .detail = "no URL can be made" },
	/* what the registry does */
	{ "gone", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_UNPUBLISHED, .detail = "answered 404" },
	{ "gone2", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_UNPUBLISHED, .detail = "answered 410" },
	{ "private", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_UNREACHABLE,
	  .detail = " answered 401: it wants a login, and none was sent; npm login, or _authToken for it in ~/.npmrc" },
	{ "sick", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_UNREACHABLE, .retryable = true, .detail = "503 after 3 tries" },
	{ "a", "1.0.0", "</sick-once/-/sick-once-1.0.0.tgz", PIN_RIGHT, FROM_REGISTRY },
	{ "cut", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_UNREACHABLE, .retryable = true,
	  .detail = "the connection ended before the answer did, after 3 tries" },
	{ "stolen", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_REFUSED_HOST, .detail = "redirects to https://evil.example" },
	{ "empty-answer", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_UNREACHABLE, .detail = "answered 204 without a tarball" },
	/* digests */
	{ "other-bytes", "1.0.0", .pin = PIN_RIGHT, .state = TARBALL_MISMATCH, .source = SOURCE_REGISTRY, .detail = "pinned sha512-" },
	{ "a", "1.0.0", .pin = PIN_WRONG, .state = TARBALL_MISMATCH, .source = SOURCE_REGISTRY, .detail = " got sha512-" },
	{ "a", "1.0.0", .pin = PIN_SHA1, FROM_REGISTRY, .weak = true },
	{ "a", "1.0.0", .pin = PIN_BOTH, FROM_REGISTRY },
	{ "a", "1.0.0", .pin = PIN_WEAKER_WRONG, FROM_REGISTRY },
	{ "a", "1.0.0", .pin = PIN_NONE, .state = TARBALL_NO_INTEGRITY, .source = SOURCE_REGISTRY },
	{ "a", "1.0.0", .pin = PIN_OTHER, .state = TARBALL_NO_INTEGRITY, .source = SOURCE_REGISTRY },
	{ "a", "1.0.0", .pin = PIN_LONG, .state = TARBALL_NO_INTEGRITY, .source = SOURCE_REGISTRY, .detail = "too long to be read" },
	{ "gone", "1.0.0", .pin = PIN_NONE, .state = TARBALL_UNPUBLISHED, .detail = "answered 404" },
};
enum { FACTS = sizeof facts / sizeof *facts };

static struct local_registry registry;
static struct arena *arena;
static struct str tarball; /* of package a@1.0.0 */

/* ---- a tarball, made here: one file, stored not compressed ------------------------ */

static void add_octal(char *field, size_t size, unsigned long value)
{
	for (size_t i = size - 1; i-- > 0; value >>= 3)
		field[i] = (char)('0' + (value & 7));
}

static void add_tar_file(struct buf *tar, const char *path, struct str data)
{
	char head[512] = "";
	unsigned sum = 0;
	snprintf(head, 100, "%s", path);
	add_octal(head + 100, 8, 0644);
	add_octal(head + 108, 8, 0);
	add_octal(head + 116, 8, 0);
	add_octal(head + 124, 12, data.n);
	add_octal(head + 136, 12, 0);
	memset(head + 148, ' ', 8);
	head[156] = '0';
	memcpy(head + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof head; i++)
		sum += (unsigned char)head[i];
	add_octal(head + 148, 7, sum);
	buf_add(tar, (struct str){ head, sizeof head });
	buf_add(tar, data);
	while (tar->n % 512)
		buf_add_char(tar, '\0');
}

static void add_u32(struct buf *out, uint32_t value)
{
	for (int i = 0; i < 4; i++, value >>= 8)
		buf_add_char(out, (char)(value & 0xff));
}

static uint32_t crc_of(struct str s)
{
	uint32_t crc = 0xffffffff;
	for (size_t i = 0; i < s.n; i++) {
		crc ^= (unsigned char)s.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static struct str make_tarball(const char *manifest)
{
	CLEANUP(buf_fini) struct buf tar = BUF_INIT(60000), gzip = BUF_INIT(70000);
	add_tar_file(&tar, "package/package.json", str_of(manifest));
	for (int i = 0; i < 1024; i++)
		buf_add_char(&tar, '\0');
	buf_add(&gzip, (struct str){ "\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11 });
	add_u32(&gzip, (uint32_t)tar.n | ~(uint32_t)tar.n << 16);
	buf_add(&gzip, buf_str(&tar));
	add_u32(&gzip, crc_of(buf_str(&tar)));
	add_u32(&gzip, (uint32_t)tar.n);
	return arena_copy(arena, buf_str(&gzip));
}

/* ---- pins, trees -------------------------------------------------------------------- */

static void add_sri(struct buf *out, enum digest_algorithm algorithm, struct str bytes)
{
	struct digest digest;
	assert_true(digest_of(algorithm, bytes, &digest));
	buf_add_z(out, out->n ? " " : "");
	digest_write_sri(&digest, out);
}

static struct str make_pin(enum pin pin)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(40000);
	struct str other = STR("other bytes");
	if (pin == PIN_SHA1 || pin == PIN_BOTH)
		add_sri(&out, DIGEST_SHA1, tarball);
	if (pin == PIN_WEAKER_WRONG)
		add_sri(&out, DIGEST_SHA1, other);
	if (pin == PIN_WRONG)
		add_sri(&out, DIGEST_SHA512, other);
	if (pin == PIN_RIGHT || pin == PIN_BOTH || pin == PIN_WEAKER_WRONG)
		add_sri(&out, DIGEST_SHA512, tarball);
	if (pin == PIN_OTHER)
		buf_add_z(&out, "md5-AAAA");
	for (int i = 0; i < 20000 && pin == PIN_LONG; i++)
		buf_add_char(&out, 'x');
	return out.n ? arena_copy(arena, buf_str(&out)) : STR_NONE;
}

static struct str make_resolved(const char *text)
{
	if (!text)
		return STR_NONE;
	const char *base = *text == '<' ? registry.origin : *text == '>' ? registry.other_origin : "";
	return arena_printf(arena, "%s%s", base, *base ? text + 1 : text);
}

static struct tree make_tree(const struct fact *from, size_t n)
{
	struct tree tree = { .arena = arena, .package_count = (uint32_t)n };
	tree.packages = arena_array(arena, n, sizeof *tree.packages);
	for (size_t i = 0; i < n; i++)
		tree.packages[i] = (struct package){
			.name = str_of(from[i].name),
			.version = str_of(from[i].version),
			.kind = from[i].kind,
			.bundled = from[i].bundled,
			.resolved = make_resolved(from[i].resolved),
			.integrity = make_pin(from[i].pin),
		};
	return tree;
}

static struct tarball_options make_options(void)
{
	return (struct tarball_options){ .registry = registry.url, .jobs = 3, .tries = 3, .backoff_ms = 1 };
}

static struct tarball_result *verify(const struct tree *tree, const struct tarball_options *options)
{
	struct tarball_result *results = NULL;
	struct error err = { 0 };
	enum status status = tarball_verify(tree, options, arena, &results, &err);
	if (status)
		fail_msg("status %d: %s", status, err.text);
	return results;
}

/* ---- tests ---------------------------------------------------------------------------- */

static void check(const struct fact *fact, const struct tarball_result *result)
{
	print_message("fact %td %s: %s\n", fact - facts, fact->name ? fact->name : "", result->detail ? result->detail : "");
	assert_int_equal(result->state, fact->state);
	assert_int_equal(result->skip, fact->skip);
	assert_int_equal(result->source, fact->source);
	assert_int_equal(result->weak, fact->weak);
	assert_int_equal(result->retryable, fact->retryable);
	if (!fact->detail)
		assert_null(result->detail);
	else
		assert_true(result->detail && strstr(result->detail, fact->detail));
	assert_true(!result->detail || !strstr(result->detail, "secret"));
	bool read = fact->state == TARBALL_VERIFIED || fact->state == TARBALL_NO_INTEGRITY;
	assert_int_equal(result->inspection != NULL, read);
	if (!read)
		return;
	assert_true(str_equal_z(inspection_str(result->inspection, result->inspection->name), "a"));
	assert_true(str_equal_z(inspection_str(result->inspection, result->inspection->version), "1.0.0"));
	assert_int_equal(result->inspection->faults, 0);
	assert_int_equal(result->packed_bytes, tarball.n);
}

static void from_registry(void **state)
{
	(void)state;
	struct tree tree = make_tree(facts, FACTS);
	struct tarball_options options = make_options();
	struct tarball_result *results = verify(&tree, &options);
	for (size_t i = 0; i < FACTS; i++)
		check(&facts[i], &results[i]);
	assert_int_equal(local_registry_count(&registry, "GET ", "refused"), 0);
	assert_int_equal(local_registry_count(&registry, "GET /sick/-/", ""), 3);
	assert_int_equal(local_registry_count(&registry, "GET /moved/-/", ""), 1);
	assert_int_equal(local_registry_count(&registry, "GET /@s/a/-/a-1.0.0.tgz ", "Accept-Encoding: identity"), 1);
	assert_int_equal(local_registry_count(&registry, "GET /a/-/a-1.0.0+b%20c.tgz ", ""), 1);
	assert_int_equal(local_registry_count(&registry, "", "Authorization"), 0);
}

static const char *make_cache(const char *name)
{
	return arena_printf(arena, "%s/%s", test_env("TEST_TMP"), name).p;
}

/* ---- assay's own store -------------------------------------------------------------------- */

static void note(void *context, const char *text)
{
	const char **last = context;
	*last = arena_copy(arena, str_of(text)).p;
}

static const char *stored_path(const char *store)
{
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(200);
	struct digest digest;
	assert_true(digest_of(DIGEST_SHA512, tarball, &digest));
	digest_write_hex(&digest, &hex);
	return arena_printf(arena, "%s/sha512/%.2s/%.*s", store, hex.p, (int)hex.n - 2, hex.p + 2).p;
}

static void kept_in_the_store(void **state)
{
	(void)state;
	static const struct fact some[] = { { "a", "1.0.0", .pin = PIN_RIGHT },
					    { "other-bytes", "1.0.0", .pin = PIN_WRONG },
					    { "page", "1.0.0", .pin = PIN_NONE } };
	struct tree tree = make_tree(some, 3);
	struct tarball_options options = make_options();
	struct tarball_store store;
	struct str text;
	options.store = make_cache("store");
	assert_int_equal(verify(&tree, &options)[0].source, SOURCE_REGISTRY);
	const char *path = stored_path(options.store);
	assert_true(file_exists(path));
	assert_int_equal(tarball_store_prune(options.store, UINT64_MAX, &store, NULL), STATUS_OK);
	assert_int_equal(store.tarballs, 1); /* neither what did not match nor what nothing was pinned for */
	options.offline = true;
	struct tarball_result *results = verify(&tree, &options);
	assert_int_equal(results[0].state, TARBALL_VERIFIED);
	assert_int_equal(results[0].source, SOURCE_STORE);
	/* A damaged copy goes, and is replaced by what the registry sends. */
	assert_int_equal(file_write(path, STR("other bytes"), NULL), STATUS_OK);
	results = verify(&tree, &options);
	assert_string_equal(results[0].detail, "offline, and in no cache; assay's store held a damaged copy");
	assert_false(file_exists(path));
	assert_int_equal(file_write(path, STR("other bytes"), NULL), STATUS_OK);
	options.offline = false;
	results = verify(&tree, &options);
	assert_int_equal(results[0].state, TARBALL_VERIFIED);
	assert_string_equal(results[0].detail, "assay's store held a damaged copy");
	assert_int_equal(file_read(path, 1 << 20, arena, &text, NULL), STATUS_OK);
	assert_true(str_equal(text, tarball));
	/* Past its size it is pruned. */
	unlink(path);
	options.store_max_bytes = tarball.n - 1;
	verify(&tree, &options);
	assert_false(file_exists(path));
}

static void store_that_cannot_be_written(void **state)
{
	(void)state;
	static const struct fact some[] = { { "a", "1.0.0", .pin = PIN_RIGHT }, { "@s/a", "1.0.0", .pin = PIN_RIGHT } };
	struct tree tree = make_tree(some, 2);
	struct tarball_options options = make_options();
	const char *noted = NULL;
	options.store = make_cache("no-folder");
	options.note = note;
	options.context = &noted;
	assert_int_equal(file_write(options.store, STR("x"), NULL), STATUS_OK);
	struct tarball_result *results = verify(&tree, &options);
	assert_int_equal(results[0].state, TARBALL_VERIFIED);
	assert_int_equal(results[1].state, TARBALL_VERIFIED);
	assert_true(noted && strstr(noted, "the tarballs are not kept: ") && strstr(noted, "no-folder"));
}

/* ---- the settings' say ------------------------------------------------------------------ */

static struct npm_settings *settings_of(const char *in_project, const char *of_user)
{
	const char *work = test_env("TEST_TMP"), *project = path_join(arena, work, "npm-project"), *home = path_join(arena, work, "npm-home");
	struct npm_settings_options options = { .project_folder = project };
	struct npm_settings *settings;
	struct error err = { 0 };
	assert_true(folder_make(project, NULL) == STATUS_OK && folder_make(home, NULL) == STATUS_OK);
	assert_int_equal(file_write(path_join(arena, project, ".npmrc"), str_of(in_project), NULL), STATUS_OK);
	assert_int_equal(file_write(path_join(arena, home, ".npmrc"), str_of(of_user), NULL), STATUS_OK);
	setenv("HOME", home, 1);
	setenv("npm_config_globalconfig", "/nowhere/npmrc", 1);
	if (npm_settings_read(&options, arena, &settings, &err))
		fail_msg("%s", err.text);
	return settings;
}

static void check_logins(const struct tree *tree, const struct npm_settings *settings, const enum tarball_state *states, const char *const *details)
{
	struct tarball_options options = make_options();
	const char *origins[] = { registry.other_origin, NULL };
	options.allowed_origins = origins;
	options.settings = settings;
	struct tarball_result *results = verify(tree, &options);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const char *detail = results[i].detail ? results[i].detail : "";
		if (results[i].state != states[i] || !strstr(detail, details[i] ? details[i] : "") || strstr(detail, "t0k"))
			fail_msg("package %u: state %d, \"%s\"", i, results[i].state, detail);
	}
}

static void logins(void **state)
{
	(void)state;
	static const struct fact some[] = {
		{ "login", "1.0.0", .pin = PIN_RIGHT },
		{ "a", "1.0.0", .pin = PIN_RIGHT },
		{ "x", "1.0.0", "</login/-/inside-1.0.0.tgz", .pin = PIN_RIGHT },
		{ "x", "1.0.0", "</login/-/outside-1.0.0.tgz", .pin = PIN_RIGHT },
		{ "x", "1.0.0", "</login/-/away-1.0.0.tgz", .pin = PIN_RIGHT },
		{ "@team/t", "1.0.0", .pin = PIN_RIGHT },
		{ "@gone/t", "1.0.0", .pin = PIN_RIGHT },
	};
	static const enum tarball_state all[] = { TARBALL_VERIFIED,    TARBALL_VERIFIED, TARBALL_VERIFIED,   TARBALL_VERIFIED,
						  TARBALL_UNREACHABLE, TARBALL_VERIFIED, TARBALL_UNPUBLISHED };
	static const char *const all_details[] = { NULL, NULL, NULL, NULL, "wants a login", NULL, "no login was sent" };
	struct tree tree = make_tree(some, 7);
	size_t before = local_registry_count(&registry, "GET ", "Authorization: Bearer t0k");
	const char *user = arena_printf(arena,
					"@team:registry=%steam/\n//127.0.0.1:%u/login/:_authToken=t0k\n"
					"//127.0.0.1:%u/team/:username=u\n//127.0.0.1:%u/team/:_password=cA==\n",
					registry.url, registry.port, registry.port, registry.port)
				   .p;
	check_logins(&tree, settings_of("", user), all, all_details);
	/* To /login/, before and behind the redirects that stay in it; never to another path, never to the other host. */
	assert_int_equal(local_registry_count(&registry, "GET ", "Authorization: Bearer t0k") - before, 5);
	assert_int_equal(local_registry_count(&registry, "GET /a/", "Authorization"), 0);
	assert_int_equal(local_registry_count(&registry, "GET ",
					      arena_printf(arena, "Host: localhost:%u\tUser-Agent: assay/" ASSAY_VERSION "\tAccept-Encoding: identity\tAccept: */*\tAuthorization",
							   registry.port)
						      .p),
			 0);
	/* A login that is wrong, and one that a project's file asks for. */
	static const enum tarball_state none[] = { TARBALL_UNREACHABLE };
	static const char *const refused[] = { " answered 401: it refuses the login that was sent; npm login" };
	static const char *const wants[] = { " answered 401: it wants a login, and none was sent" };
	tree = make_tree(some, 1);
	check_logins(&tree, settings_of("", arena_printf(arena, "//127.0.0.1:%u/:_authToken=wr0ng\n", registry.port).p), none, refused);
	setenv("TEST_TOKEN", "t0k", 1);
	check_logins(&tree, settings_of(arena_printf(arena, "//127.0.0.1:%u/:_authToken=${TEST_TOKEN}\n", registry.port).p, ""), none, wants);
}

/* The public host in a URL is the default registry also for a scope that has another, as in npm; without a URL it is the scope's. */
static void scopes(void **state)
{
	(void)state;
	static const struct fact some[] = { { "@team/s", "1.0.0", .pin = PIN_RIGHT },
					    { "@team/s", "1.0.0", PUBLIC_REGISTRY_URL "@team/s/-/s-1.0.0.tgz", .pin = PIN_RIGHT },
					    { "@other/s", "1.0.0", .pin = PIN_RIGHT } };
	struct tree tree = make_tree(some, 3);
	struct tarball_options options = make_options();
	options.settings = settings_of(arena_printf(arena, "@team:registry=%steam2", registry.other).p, "");
	verify(&tree, &options);
	assert_int_equal(local_registry_count(&registry, "GET /team2/@team/s/-/s-1.0.0.tgz ", "Host: localhost"), 1);
	assert_int_equal(local_registry_count(&registry, "GET /@team/s/-/s-1.0.0.tgz ", "Host: 127.0.0.1"), 1);
	assert_int_equal(local_registry_count(&registry, "GET /@other/s/-/s-1.0.0.tgz ", "Host: 127.0.0.1"), 1);
}

static void through_a_proxy(void **state)
{
	(void)state;
	static const struct fact one[] = { { "a", "1.0.0", "http://registry.example/a/-/a-1.0.0.tgz", .pin = PIN_RIGHT } };
	const char *origins[] = { "http://registry.example", NULL };
	struct tree tree = make_tree(one, 1);
	struct tarball_options options = make_options();
	options.allowed_origins = origins;
	options.settings = settings_of("", arena_printf(arena, "proxy=%s\nnoproxy=other.example\n", registry.url).p);
	assert_int_equal(verify(&tree, &options)->state, TARBALL_VERIFIED);
	assert_int_equal(local_registry_count(&registry, "GET http://registry.example/a/-/a-1.0.0.tgz ", ""), 1);
}

static void two_digests_in_detail(void **state)
{
	(void)state;
	static const struct fact one[] = { { "a", "1.0.0", .pin = PIN_WRONG } };
	struct tree tree = make_tree(one, 1);
	struct tarball_options options = make_options();
	struct str pinned = make_pin(PIN_WRONG), got = make_pin(PIN_RIGHT);
	struct str expected = arena_printf(arena, "pinned %.*s got %.*s", STR_ARG(pinned), STR_ARG(got));
	assert_string_equal(verify(&tree, &options)->detail, expected.p);
}

static void allowed_host(void **state)
{
	(void)state;
	static const struct fact one[] = { { "a", "1.0.0", ">/a/-/a-1.0.0.tgz", .pin = PIN_RIGHT } };
	const char *origins[] = { registry.other_origin, NULL };
	struct tree tree = make_tree(one, 1);
	struct tarball_options options = make_options();
	options.allowed_origins = origins;
	assert_int_equal(verify(&tree, &options)->state, TARBALL_VERIFIED);
}

static void registry_with_path(void **state)
{
	(void)state;
	static const struct fact two[] = { { "p", "1.0.0", PUBLIC_REGISTRY_URL "p/-/p-1.0.0.tgz", .pin = PIN_RIGHT },
					   { "p", "1.0.0", PUBLIC_REGISTRY_URL "api/npm/p/-/p-1.0.0.tgz", .pin = PIN_RIGHT },
					   { "p", "1.0.0", .pin = PIN_RIGHT } };
	struct tree tree = make_tree(two, 3);
	struct tarball_options options = make_options();
	options.registry = arena_printf(arena, "%sapi/npm/", registry.url).p;
	struct tarball_result *results = verify(&tree, &options);
	for (int i = 0; i < 3; i++)
		assert_int_equal(results[i].state, TARBALL_VERIFIED);
	assert_int_equal(local_registry_count(&registry, "GET /api/npm/p/-/p-1.0.0.tgz ", ""), 1);
}

static const char *put_cached(const char *cache, enum digest_algorithm algorithm, struct str bytes)
{
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(200);
	struct digest digest;
	assert_true(digest_of(algorithm, tarball, &digest));
	digest_write_hex(&digest, &hex);
	struct str path = arena_printf(arena, "%s/_cacache/content-v2/%s/%.2s/%.2s/%.*s", cache, digest_name(algorithm), hex.p, hex.p + 2,
				       (int)hex.n - 4, hex.p + 4);
	assert_int_equal(folder_make(path_folder(arena, path.p), NULL), STATUS_OK);
	assert_int_equal(file_write(path.p, bytes, NULL), STATUS_OK);
	return path.p;
}

/* What the lockfile pins nothing for is kept under its own digest, and found by the one that the registry published. */
static void found_by_what_was_published(void **state)
{
	(void)state;
	static const struct fact one[] = { { "a", "1.0.0", .pin = PIN_NONE } };
	CLEANUP(buf_fini) struct buf sri = BUF_INIT(200);
	struct tree tree = make_tree(one, 1);
	struct tarball_options options = make_options();
	struct tarball_known known = { .gone = false };
	struct digest digest;
	assert_true(digest_of(DIGEST_SHA512, tarball, &digest));
	digest_write_sri(&digest, &sri);
	options.store = path_join(arena, test_env("TEST_TMP"), "store-of-unpinned");
	options.memory = path_join(arena, options.store, "inspections");
	struct tarball_result *results = verify(&tree, &options);
	assert_int_equal(results->state, TARBALL_NO_INTEGRITY);
	assert_int_equal(results->source, SOURCE_REGISTRY);
	assert_true(results->has_digest && digest_equal(&results->digest, &digest));
	options.offline = true;
	assert_int_equal(verify(&tree, &options)->state, TARBALL_UNREACHABLE); /* nobody knows under which digest to look */
	options.known = &known;
	static const char *const useless[] = { "", "md5-XUFAKrxLKna5cZ2REBfFkg==", "sha512-nonsense" };
	for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
		known.published = str_of(useless[i]);
		assert_int_equal(verify(&tree, &options)->state, TARBALL_UNREACHABLE);
	}
	known.published = buf_str(&sri);
	sleep(3); /* what is younger cannot be told from a later change */
	for (int remembered = 0; remembered < 2; remembered++) {
		results = verify(&tree, &options);
		assert_int_equal(results->state, TARBALL_NO_INTEGRITY);
		assert_int_equal(results->source, SOURCE_STORE);
		assert_int_equal(results->remembered, remembered);
		assert_true(results->has_digest && digest_equal(&results->digest, &digest));
	}
	known = (struct tarball_known){ .gone = true };
	options.offline = false;
	size_t before = local_registry_count(&registry, "GET /a/-/a-1.0.0.tgz ", "");
	assert_int_equal(verify(&tree, &options)->state, TARBALL_UNPUBLISHED);
	assert_int_equal(local_registry_count(&registry, "GET /a/-/a-1.0.0.tgz ", ""), before);
}

/* A file that was proven need not be read again, until anything about it moves: also where its size and its date are set back. */
static void remembers_what_was_proven(void **state)
{
	(void)state;
	static const struct fact one[] = { { "a", "1.0.0", .pin = PIN_RIGHT } };
	struct tree tree = make_tree(one, 1);
	struct tarball_options options = make_options();
	struct stat info;
	options.npm_cache = make_cache("cache-remembered");
	options.memory = path_join(arena, options.npm_cache, "inspections");
	options.offline = true;
	const char *path = put_cached(options.npm_cache, DIGEST_SHA512, tarball);
	assert_false(verify(&tree, &options)->remembered);
	assert_false(verify(&tree, &options)->remembered); /* too young to be told from a later change */
	sleep(3);
	assert_false(verify(&tree, &options)->remembered);
	struct tarball_result *results = verify(&tree, &options);
	assert_true(results->remembered);
	assert_int_equal(results->state, TARBALL_VERIFIED);
	assert_int_equal(results->source, SOURCE_NPM_CACHE);
	assert_int_equal(results->packed_bytes, tarball.n);
	assert_true(str_equal_z(inspection_str(results->inspection, results->inspection->name), "a"));
	options.forget = true;
	assert_false(verify(&tree, &options)->remembered);
	options.forget = false;
	assert_true(verify(&tree, &options)->remembered);
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0 && fstat(fd, &info) == 0 && pwrite(fd, "x", 1, 20) == 1);
	const struct timespec times[] = { info.st_atim, info.st_mtim };
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	results = verify(&tree, &options);
	assert_int_equal(results->state, TARBALL_UNREACHABLE);
	assert_string_equal(results->detail, "offline, and in no cache; npm's cache holds a damaged copy");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(verify(&tree, &options)->state, TARBALL_UNREACHABLE);
}

static void from_cache(void **state)
{
	(void)state;
	static const struct fact some[] = {
		{ "cached", "1.0.0", .pin = PIN_RIGHT },
		{ "cached", "1.0.0", .pin = PIN_BOTH },
		{ "cached", "1.0.0", "https://evil.example/cached.tgz", .pin = PIN_RIGHT },
		{ "cached", "1.0.0", "https://evil.example/cached.tgz", .pin = PIN_NONE },
		{ "cached", "1.0.0", .pin = PIN_WRONG },
		{ "cached", "2.0.0", .pin = PIN_NONE },
	};
	static const enum tarball_state states[] = { TARBALL_VERIFIED,     TARBALL_VERIFIED,    TARBALL_VERIFIED,
						     TARBALL_REFUSED_HOST, TARBALL_UNREACHABLE, TARBALL_UNREACHABLE };
	struct tree tree = make_tree(some, 6);
	struct tarball_options options = make_options();
	options.npm_cache = make_cache("cache");
	options.offline = true;
	put_cached(options.npm_cache, DIGEST_SHA512, tarball);
	struct tarball_result *results = verify(&tree, &options);
	for (int i = 0; i < 6; i++)
		assert_int_equal(results[i].state, states[i]);
	assert_int_equal(results[0].source, SOURCE_NPM_CACHE);
	assert_true(str_equal_z(inspection_str(results[0].inspection, results[0].inspection->name), "a"));
	assert_string_equal(results[4].detail, "offline, and in no cache");
	assert_true(results[4].retryable);
	assert_int_equal(local_registry_count(&registry, "GET /cached/", ""), 0);
}

static void only_sha1_cached(void **state)
{
	(void)state;
	static const struct fact some[] = { { "a", "1.0.0", .pin = PIN_SHA1 }, { "a", "1.0.0", .pin = PIN_BOTH } };
	struct tree tree = make_tree(some, 2);
	struct tarball_options options = make_options();
	options.npm_cache = make_cache("cache-sha1");
	options.offline = true;
	put_cached(options.npm_cache, DIGEST_SHA1, tarball);
	struct tarball_result *results = verify(&tree, &options);
	assert_int_equal(results[0].state, TARBALL_VERIFIED);
	assert_true(results[0].weak);
	assert_int_equal(results[1].state, TARBALL_VERIFIED);
	assert_false(results[1].weak);
}

static void damaged_cache(void **state)
{
	(void)state;
	static const struct str damage[] = { { "these are other bytes", 21 }, { "", 0 } };
	static const struct fact one[] = { { "a", "1.0.0", .pin = PIN_RIGHT } };
	struct tree tree = make_tree(one, 1);
	struct tarball_options options = make_options();
	options.npm_cache = make_cache("cache-damaged");
	for (size_t i = 0; i < 2; i++) {
		put_cached(options.npm_cache, DIGEST_SHA512, damage[i]);
		options.offline = false;
		struct tarball_result *results = verify(&tree, &options);
		assert_int_equal(results->state, TARBALL_VERIFIED);
		assert_int_equal(results->source, SOURCE_REGISTRY);
		assert_string_equal(results->detail, "npm's cache holds a damaged copy");
		options.offline = true;
		results = verify(&tree, &options);
		assert_int_equal(results->state, TARBALL_UNREACHABLE);
		assert_string_equal(results->detail, "offline, and in no cache; npm's cache holds a damaged copy");
	}
}

static void offline_asks_nobody(void **state)
{
	(void)state;
	static const struct fact one[] = { { "offline", "1.0.0", .pin = PIN_RIGHT } };
	struct tree tree = make_tree(one, 1);
	struct tarball_options options = make_options();
	options.offline = true;
	struct tarball_result *results = verify(&tree, &options);
	assert_int_equal(results->state, TARBALL_UNREACHABLE);
	assert_int_equal(local_registry_count(&registry, "GET /offline/", ""), 0);
}

struct progress {
	size_t calls, last, total;
	uint64_t bytes;
};

static void note_progress(void *context, size_t done, size_t total, uint64_t bytes)
{
	struct progress *progress = context;
	progress->calls++;
	assert_int_equal(done, progress->last + 1);
	assert_true(bytes >= progress->bytes);
	*progress = (struct progress){ progress->calls, done, total, bytes };
}

/* Many instances of one tarball and many tarballs: each is read once, and progress counts them one by one. */
static void shared_and_counted(void **state)
{
	(void)state;
	enum { N = 400 };
	struct fact *some = arena_array(arena, N, sizeof *some);
	struct progress progress = { 0 };
	for (int i = 0; i < N; i++)
		some[i] = (struct fact){ "many", arena_printf(arena, "%d.0.0", i / 2).p, .pin = PIN_RIGHT };
	for (int i = 0; i < N / 2; i++)
		local_registry_put(&registry, arena_printf(arena, "many/-/many-%d.0.0.tgz", i).p, tarball);
	struct tree tree = make_tree(some, N);
	struct tarball_options options = make_options();
	options.progress = note_progress;
	options.context = &progress;
	struct tarball_result *results = verify(&tree, &options);
	for (int i = 0; i < N; i++)
		assert_int_equal(results[i].state, TARBALL_VERIFIED);
	assert_ptr_equal(results[0].inspection, results[1].inspection);
	assert_int_equal(local_registry_count(&registry, "GET /many/", ""), N / 2);
	assert_int_equal(progress.calls, N / 2);
	assert_int_equal(progress.total, N / 2);
	assert_int_equal(progress.bytes, tarball.n * (N / 2));
}

static void nothing_to_do(void **state)
{
	(void)state;
	struct tree tree = make_tree(facts, 1), empty = { .arena = arena };
	struct tarball_options options = make_options();
	assert_int_equal(verify(&tree, &options)->state, TARBALL_SKIPPED);
	verify(&empty, &options);
}

static void bad_options(void **state)
{
	(void)state;
	static const char *const bad[] = { "a.example", "https://me:secret@a.example/", "https://a.example", "" };
	struct tree tree = make_tree(facts, 1);
	struct tarball_result *results = NULL;
	struct error err;
	for (size_t i = 0; i < 4; i++) {
		struct tarball_options options = make_options();
		options.registry = bad[i];
		assert_int_equal(tarball_verify(&tree, &options, arena, &results, &err), STATUS_USAGE);
		assert_null(strstr(err.text, "secret"));
	}
	assert_null(results);
}

/* A small arena runs out wherever it wants: an error, no crash. */
static void out_of_memory(void **state)
{
	(void)state;
	struct tree tree = make_tree(facts, FACTS);
	struct tarball_options options = make_options();
	struct tarball_result *results = NULL;
	options.npm_cache = make_cache("cache");
	options.offline = true;
	for (size_t ceiling = 1000; ceiling < 60000; ceiling += 1500) {
		struct arena *small = arena_new(ceiling);
		enum status status = tarball_verify(&tree, &options, small, &results, NULL);
		assert_true(status == STATUS_OK || status == STATUS_MEMORY);
		arena_free(small);
	}
}

static int start(void **state)
{
	(void)state;
	static const char *const same[] = { "a/-/a-1.0.0.tgz",         "@s/a/-/a-1.0.0.tgz",
					    "page/-/page-1.0.0.tgz",   "sick-once/-/sick-once-1.0.0.tgz",
					    "cut/-/cut-1.0.0.tgz",     "api/npm/p/-/p-1.0.0.tgz",
					    "a/-/a-1.0.0+b%20c.tgz",   "refused.tgz",
					    "login/-/login-1.0.0.tgz", "team/@team/t/-/t-1.0.0.tgz" };
	arena = arena_new(0);
	tarball = make_tarball("{\"name\":\"a\",\"version\":\"1.0.0\"}");
	local_registry_start(&registry, rules);
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		local_registry_put(&registry, same[i], tarball);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	local_registry_stop(&registry);
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_registry),
		cmocka_unit_test(two_digests_in_detail),
		cmocka_unit_test(allowed_host),
		cmocka_unit_test(registry_with_path),
		cmocka_unit_test(from_cache),
		cmocka_unit_test(only_sha1_cached),
		cmocka_unit_test(damaged_cache),
		cmocka_unit_test(offline_asks_nobody),
		cmocka_unit_test(shared_and_counted),
		cmocka_unit_test(nothing_to_do),
		cmocka_unit_test(bad_options),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(logins),
		cmocka_unit_test(scopes),
		cmocka_unit_test(through_a_proxy),
		cmocka_unit_test(kept_in_the_store),
		cmocka_unit_test(store_that_cannot_be_written),
		cmocka_unit_test(remembers_what_was_proven),
		cmocka_unit_test(found_by_what_was_published),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
