/* What registries and other servers say: a package's document, whole and byte by byte; a version's manifest; checksums. Where they are, and who logs in there. */
#include "fuzz/fuzz.h"

#include "advisory/update.h"
#include "assay/digest.h"
#include "assay/lockfile.h"
#include "assay/net.h"
#include "assay/npmrc.h"
#include "registry/answer.h"

static bool read_document(const struct fuzz *fuzz, size_t piece, struct registry_record *record, bool *listed)
{
	struct document_question question = { .version = STR("2.0.0"), .wants_manifest = true, .record = record };
	struct document_answer answer = { .arena = fuzz->arena, .name = STR("a"), .questions = &question, .question_count = 1 };
	*record = (struct registry_record){ .state = RECORD_ABSENT };
	fuzz_require(document_answer_begin(&answer));
	for (size_t at = 0; at < fuzz->input.n && document_add(&answer.reader, str_head(str_from(fuzz->input, at), piece)); at += piece)
		;
	bool read = document_answer_end(&answer);
	fuzz_require(!answer.no_memory);
	*listed = read && question.listed;
	document_answer_fini(&answer);
	return read;
}

static bool same_text(struct str a, struct str b)
{
	return str_equal(a, b);
}

static void run_document(const struct fuzz *fuzz, const void *with)
{
	struct registry_record whole, bytes;
	struct json *json;
	bool listed, listed_again;
	(void)with;
	bool read = read_document(fuzz, fuzz->input.n + 1, &whole, &listed);
	fuzz_require(read == read_document(fuzz, 1, &bytes, &listed_again));
	fuzz_require(listed == listed_again);
	if (read)
		fuzz_require(same_text(whole.integrity, bytes.integrity) && same_text(whole.tarball, bytes.tarball) &&
			     same_text(whole.deprecated, bytes.deprecated) && same_text(whole.publisher, bytes.publisher) && whole.history == bytes.history);
	/* What is JSON and nothing odd is not refused for its form. */
	if (json_parse(fuzz->input, JSON_UNIQUE_KEYS, fuzz->arena, &json, NULL, NULL) == STATUS_OK && json->type == JSON_OBJECT &&
	    str_equal(json_find_text(json, "name"), STR("a")) && !json_find(json, "versions") && !json_find(json, "time"))
		fuzz_require(!listed);
}

static void run_record(const struct fuzz *fuzz, const void *with)
{
	struct registry_record record = { 0 }, again = { 0 };
	const char *why = NULL;
	(void)with;
	bool read = answer_read_manifest(fuzz->input, STR("a"), STR("2.0.0"), fuzz->arena, &record, &why);
	fuzz_require(read || why);
	fuzz_require(answer_read_manifest(fuzz->input, STR("a"), STR("2.0.0"), fuzz->arena, &again, &why) == read);
	if (!read)
		return;
	fuzz_require(same_text(record.integrity, again.integrity) && same_text(record.tarball, again.tarball));
	fuzz_require(record.integrity.n <= LIMIT_RECORD_TEXT_BYTES * 2 && record.tarball.n <= LIMIT_RECORD_TEXT_BYTES &&
		     record.deprecated.n <= LIMIT_RECORD_TEXT_BYTES && record.publisher.n <= LIMIT_RECORD_TEXT_BYTES + 64);
	/* The same manifest inside of a document says the same. */
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	struct registry_record inside;
	bool listed;
	buf_add(&text, STR("{\"name\":\"a\",\"versions\":{\"2.0.0\":"));
	buf_add(&text, fuzz->input);
	buf_add(&text, STR("}}"));
	struct fuzz wrapped = { buf_str(&text), fuzz->arena, fuzz->folder };
	if (fuzz->input.p[0] == '{' && read_document(&wrapped, text.n, &inside, &listed) && listed && inside.state == RECORD_FOUND)
		fuzz_require(same_text(record.integrity, inside.integrity) && same_text(record.deprecated, inside.deprecated));
}

/* ---- checksums: the first line is what the server states, the rest the bytes ---------------------------------------------------------- */

static enum status check_sum(struct str bytes, const char *stated)
{
	struct checksum checksum = { 0 };
	struct error err = { 0 };
	checksum_begin(&checksum);
	checksum_add(&checksum, bytes);
	enum status status = checksum_check(&checksum, "https://a.example/", stated, &err);
	fuzz_require(!status || err.text[0]);
	checksum_fini(&checksum);
	return status;
}

/* "crc32c=…" of the bytes. */
static const char *crc_of(struct str bytes, struct arena *arena)
{
	struct crc32c crc;
	unsigned char value[CRC32C_SIZE];
	CLEANUP(buf_fini) struct buf text = BUF_INIT(KIB);
	crc32c_init(&crc);
	crc32c_add(&crc, bytes);
	crc32c_write(&crc, value);
	buf_add(&text, STR("crc32c="));
	base64_encode((struct str){ (const char *)value, sizeof value }, &text);
	return arena_copy(arena, buf_str(&text)).p;
}

static void run_checksum(const struct fuzz *fuzz, const void *with)
{
	struct str bytes = fuzz->input, line = STR_NONE;
	(void)with;
	str_split(&bytes, '\n', &line);
	const char *stated = arena_copy(fuzz->arena, line).p, *right = crc_of(bytes, fuzz->arena);
	struct str more = arena_printf(fuzz->arena, "%.*sx", STR_ARG(bytes));
	enum status status = check_sum(bytes, stated);
	fuzz_require(check_sum(bytes, right) == STATUS_OK);
	fuzz_require(check_sum(bytes, arena_printf(fuzz->arena, "%s , %s", stated, right).p) == status);
	fuzz_require(check_sum(bytes, arena_printf(fuzz->arena, "%s,%s", stated, crc_of(more, fuzz->arena)).p) == STATUS_INVALID);
}

/* ---- URLs: an origin is its own; who names a package by one names it the same behind another path ----------------------------------------- */

static void run_url(const struct fuzz *fuzz, const void *with)
{
	struct str origin = url_origin(fuzz->arena, fuzz->input), name = STR_NONE, version = STR_NONE, again, same;
	(void)with;
	if (origin.p) {
		fuzz_require(str_equal(url_origin(fuzz->arena, origin), origin));
		fuzz_require(str_equal(url_origin(fuzz->arena, arena_printf(fuzz->arena, "%.*s/a?b#c@d.example", STR_ARG(origin))), origin));
		fuzz_require(str_find(origin, '@') == origin.n && str_find_last(origin, '/') == str_find(origin, ':') + 2);
		fuzz_require(str_starts_with(origin, STR("https://")) || str_starts_with(origin, STR("http://")));
	}
	bool named = lockfile_parse_registry_url(fuzz->input, fuzz->arena, &name, &version);
	fuzz_require(named == (fuzz->input.n && str_starts_with(fuzz->input, STR("http")) && lockfile_resolved_kind(fuzz->input) == PACKAGE_REGISTRY));
	if (!named || str_find(fuzz->input, '\0') < fuzz->input.n)
		return;
	fuzz_require(lockfile_parse_registry_url(arena_printf(fuzz->arena, "%.*s?x#y", STR_ARG(fuzz->input)), fuzz->arena, &again, &same));
	fuzz_require(str_equal(name, again) && str_equal(version, same));
	CLEANUP(buf_fini) struct buf path = BUF_INIT(MIB);
	url_add_segment(&path, name);
	for (size_t i = 0; i < path.n; i++)
		fuzz_require(path.p[i] > ' ' && path.p[i] < 0x7f && path.p[i] != '/' && path.p[i] != '\\');
}

/* ---- a project's .npmrc: none of the user's words reach a host that he did not name ------------------------------------------------------ */

#define VARIABLE "the-word-of-a-variable"
#define TOKEN "the-token-of-the-user"

static bool has_secret(const char *text, struct arena *arena)
{
	struct str all = str_of(text), rest = all, word;
	unsigned char *bytes = arena_alloc(arena, all.n + 1);
	size_t n;
	if (str_find_str(all, STR(VARIABLE)) < all.n || str_find_str(all, STR(TOKEN)) < all.n)
		return true;
	while (str_split(&rest, ' ', &word)) {
		struct str plain = { (const char *)bytes, 0 };
		if (base64_decode(word, bytes, all.n, &n))
			plain.n = n;
		if (str_find_str(plain, STR(VARIABLE)) < plain.n || str_find_str(plain, STR(TOKEN)) < plain.n)
			return true;
	}
	return false;
}

static const char *make_home(const struct fuzz *fuzz)
{
	const char *home = path_join(fuzz->arena, fuzz->folder, "home"), *project = path_join(fuzz->arena, fuzz->folder, "of-project");
	fuzz_require(folder_make(home, NULL) == STATUS_OK && folder_make(project, NULL) == STATUS_OK);
	setenv("HOME", home, 1);
	setenv("FUZZ_VARIABLE", VARIABLE, 1);
	setenv("npm_config_globalconfig", path_join(fuzz->arena, home, "none"), 1);
	fuzz_require(file_write_unsynced(path_join(fuzz->arena, home, ".npmrc"),
					 STR("@acme:registry=https://npm.acme.example/\n//npm.acme.example/:_authToken=" TOKEN "\n"), NULL) == STATUS_OK);
	return project;
}

static void check_access(const struct fuzz *fuzz, const struct npm_settings *settings, const char *url)
{
	struct npm_access access;
	fuzz_require(npm_access_find(settings, url, fuzz->arena, &access, NULL) == STATUS_OK);
	struct str origin = url_origin(fuzz->arena, str_of(url));
	bool users = str_equal(origin, STR("https://npm.acme.example")) || str_equal(origin, STR("http://npm.acme.example"));
	bool secret = access.authorization && has_secret(access.authorization, fuzz->arena);
	fuzz_require(!secret || users);
	fuzz_require(!secret || (!access.route->proxy && !access.route->unchecked && !access.route->ca_file && !access.route->ca_pem.n));
	fuzz_require(!access.authorization || (access.authorized && str_equal(url_origin(fuzz->arena, str_of(access.authorized)), origin)));
	for (const char *p = access.authorization; p && *p; p++)
		fuzz_require(*p != '\r' && *p != '\n');
}

static void run_login(const struct fuzz *fuzz, const void *with)
{
	static const char *const urls[] = { "https://npm.acme.example/a.tgz",  "http://npm.acme.example/a.tgz",
					    "https://evil.example/a.tgz",      "https://npm.acme.example.evil.example/a.tgz",
					    "https://npm.acme.example:8443/a", "https://evil.example/npm.acme.example/a.tgz" };
	const char *project = make_home(fuzz);
	struct npm_settings_options options = { .project_folder = project };
	struct npm_settings *settings;
	struct error err = { 0 };
	(void)with;
	if (str_find_str(fuzz->input, STR(VARIABLE)) < fuzz->input.n || str_find_str(fuzz->input, STR(TOKEN)) < fuzz->input.n)
		return; /* it knows them already */
	fuzz_require(file_write_unsynced(path_join(fuzz->arena, project, ".npmrc"), fuzz->input, NULL) == STATUS_OK);
	if (npm_settings_read(&options, fuzz->arena, &settings, &err)) {
		fuzz_require(err.text[0] && !has_secret(err.text, fuzz->arena));
		return;
	}
	fuzz_require(url_origin(fuzz->arena, str_of(settings->registry)).p && !has_secret(settings->registry, fuzz->arena));
	for (size_t i = 0; i < settings->note_count; i++)
		fuzz_require(!has_secret(arena_copy(fuzz->arena, settings->notes[i].text).p, fuzz->arena));
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		check_access(fuzz, settings, urls[i]);
	check_access(fuzz, settings, settings->registry);
	for (size_t i = 0; i < settings->scope_count; i++)
		check_access(fuzz, settings, settings->scopes[i].registry);
}

const struct fuzz_target fuzz_registries[] = {
	{ "document", run_document, NULL, NULL }, { "record", run_record, NULL, NULL }, { "checksum", run_checksum, NULL, NULL },
	{ "url", run_url, NULL, NULL },           { "login", run_login, NULL, NULL },   { 0 },
};
