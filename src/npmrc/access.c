/*
 * What travels with a request: the login of the longest prefix that has one, the proxy, the certificates.
 *
 * A login goes no further than its prefix, and where it is the user's own it goes by the user's own route: a project's file
 * that names a proxy and a certificate authority of its author's would read it otherwise. Without a login nothing
 * is at stake that the pinned digests do not protect, and the project's word counts as npm has it.
 */
#include "assay/digest.h"
#include "assay/limits.h"
#include "npmrc_private.h"

/* ---- routes -------------------------------------------------------------------------- */

static bool is_any(const struct entry *entry)
{
	return entry->values.n > 0;
}

/* A URL with a host, or a word for none. */
static bool is_proxy(const struct entry *entry)
{
	struct ini_value value = entry_value(entry);
	size_t at = str_find_str(value.text, STR("://"));
	bool url = value.kind == INI_TEXT && at && at + 3 < value.text.n && value.text.p[at + 3] != '/';
	return url || value.kind == INI_NULL || value.kind == INI_FALSE;
}

static const char *text_of(const struct npmrc *npmrc, const struct entry *entry)
{
	struct ini_value value = entry ? entry_value(entry) : (struct ini_value){ INI_NULL, STR_NONE };
	return value.kind == INI_TEXT && value.text.n ? arena_copy(npmrc->arena, value.text).p : NULL;
}

static const char *find_proxy(const struct npmrc *npmrc, bool own)
{
	const char *https = text_of(npmrc, layers_entry(npmrc, "https-proxy", own, is_proxy));
	return https ? https : text_of(npmrc, layers_entry(npmrc, "proxy", own, is_proxy));
}

/* All values of a list; a text of one value is a list itself, with an empty line between its parts. */
static struct str join(const struct npmrc *npmrc, const struct entry *entry, const char *between)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_CONFIG_BYTES);
	for (size_t i = 0; i < entry->values.n; i++) {
		struct str rest = entry->values.v[i].kind == INI_TEXT ? entry->values.v[i].text : STR_NONE;
		while (rest.n) {
			size_t end = str_find_str(rest, STR("\n\n"));
			buf_add_z(&out, out.n ? between : "");
			buf_add(&out, ini_trim(str_head(rest, end)));
			rest = str_from(rest, end + 2);
		}
	}
	return out.failed ? STR_NONE : arena_copy(npmrc->arena, buf_str(&out));
}

/* npm's checks are off for `false`, 0 and what is neither text nor number. */
static bool is_off(const struct entry *entry)
{
	struct ini_value value = entry_value(entry);
	bool number = value.text.n && (value.kind == INI_TEXT || value.kind == INI_NUMBER);
	for (size_t i = 0; i < value.text.n && number; i++)
		number = value.text.p[i] == '0';
	return value.kind == INI_FALSE || number;
}

/* Of `ca` and `cafile` the one of the stronger layer, of one layer the later. */
static bool is_stronger(const struct entry *a, const struct entry *b)
{
	if (!a || !b)
		return a;
	return a->layer != b->layer ? a->layer < b->layer : a->order > b->order;
}

/* A file that is not there gives way to the next layer's, as in npm, which says nothing about it. NULL: none; or *failed. */
static const struct entry *find_cafile(struct npmrc *npmrc, bool own, const char **path, bool *failed)
{
	const struct slot *slot = layers_find(npmrc, STR("cafile"));
	for (size_t i = 0; slot && i < LAYERS && !*failed; i++) {
		const struct entry *entry = &slot->by_layer[i];
		if (!entry->values.n || (own && i == LAYER_PROJECT) || !entry_is_text(entry) || !entry_value(entry).text.n)
			continue;
		*path = resolve_path(npmrc, entry_value(entry).text, npmrc->arena);
		if (*path && file_exists(*path))
			return entry;
		*failed = !*path || (own && !note_add(npmrc, "cafile", entry, "cafile: there is no file %s", *path));
	}
	return NULL;
}

static bool set_authorities(struct npmrc *npmrc, bool own, struct http_route *route)
{
	const char *path = NULL;
	bool failed = false;
	const struct entry *file = find_cafile(npmrc, own, &path, &failed);
	const struct entry *list = layers_entry(npmrc, "ca", own, is_any);
	if (is_stronger(file, list)) {
		route->ca_file = path;
	} else if (list) {
		route->ca_pem = join(npmrc, list, "\n");
		failed |= !route->ca_pem.p;
	}
	return !failed;
}

static bool fill_route(struct npmrc *npmrc, bool own, struct http_route *route)
{
	const struct entry *without = layers_entry(npmrc, "noproxy", own, is_any);
	const struct entry *strict = layers_entry(npmrc, "strict-ssl", own, is_any);
	route->proxy = find_proxy(npmrc, own);
	if (without) {
		struct str hosts = join(npmrc, without, ",");
		if (!hosts.p)
			return false;
		route->no_proxy = hosts.n ? hosts.p : NULL;
	}
	route->unchecked = strict && is_off(strict);
	if (route->unchecked && (own || strict->layer == LAYER_PROJECT) &&
	    !note_add(npmrc, "strict-ssl", strict,
		      own ? "strict-ssl is off: nobody proves to be the registry" : "strict-ssl is off in a project's file: no login of yours goes that way"))
		return false;
	return set_authorities(npmrc, own, route);
}

enum status routes_read(struct npmrc *npmrc, struct error *err)
{
	return fill_route(npmrc, true, &npmrc->own) && fill_route(npmrc, false, &npmrc->all) ? STATUS_OK : error_memory(err);
}

/* ---- logins ----------------------------------------------------------------------------- */

/* "host[:port]" of "//host[:port]/path/:field". */
static struct str host_of_key(struct str key)
{
	struct str host = str_from(str_head(key, str_find_last(key, ':')), 2);
	return str_head(host, str_find(host, '/'));
}

static struct str field_of_key(struct str key)
{
	return str_from(key, str_find_last(key, ':') + 1);
}

static bool is_file_field(struct str field)
{
	return str_equal(field, STR("certfile")) || str_equal(field, STR("keyfile"));
}

/* `null` gives way to the next layer. */
static bool is_said(const struct entry *entry)
{
	return entry_value(entry).kind != INI_NULL;
}

/* May what a project's file says under this key be used? A secret of the user's only where the user named the host. */
static bool may_use(const struct npmrc *npmrc, struct str key, const struct entry *entry)
{
	if (entry->layer != LAYER_PROJECT)
		return true;
	bool secret = has_variable(entry_value(entry).text) || is_file_field(field_of_key(key));
	return !secret || trust_host(npmrc, host_of_key(key));
}

/* In npm's words: what counts as true, as text. */
static struct str words(const struct ini_value *value)
{
	return value->kind == INI_FALSE ? STR_NONE : value->text;
}

struct found {
	struct str text; /* .n 0: none */
	enum layer layer;
	bool secret; /* it holds something of the user's */
};

/* False: out of memory. */
static bool find_field(const struct npmrc *npmrc, struct str prefix, const char *field, struct arena *arena, struct found *out)
{
	char key[LIMIT_URL_BYTES + 32];
	memcpy(key, prefix.p, prefix.n);
	key[prefix.n] = ':';
	memcpy(key + prefix.n + 1, field, strlen(field) + 1);
	const struct entry *entry = layers_entry(npmrc, key, false, is_said);
	*out = (struct found){ .text = STR_NONE };
	if (!entry || !may_use(npmrc, str_of(key), entry))
		return true;
	struct ini_value value = entry_value(entry);
	out->text = words(&value);
	out->layer = entry->layer;
	out->secret = entry->layer != LAYER_PROJECT || has_variable(value.text) || is_file_field(str_of(field));
	if (entry->layer == LAYER_PROJECT && value.kind == INI_TEXT)
		out->text = expand_variables(ini_trim(out->text), arena);
	return out->text.p || !value.text.p || out->text.n == 0;
}

struct login {
	struct found token, basic, name, password, cert, key;
};

static bool find_login(const struct npmrc *npmrc, struct str prefix, struct arena *arena, struct login *out)
{
	return find_field(npmrc, prefix, "_authToken", arena, &out->token) && find_field(npmrc, prefix, "_auth", arena, &out->basic) &&
	       find_field(npmrc, prefix, "username", arena, &out->name) && find_field(npmrc, prefix, "_password", arena, &out->password) &&
	       find_field(npmrc, prefix, "certfile", arena, &out->cert) && find_field(npmrc, prefix, "keyfile", arena, &out->key);
}

static bool has_login(const struct login *login)
{
	return login->token.text.n || login->basic.text.n || (login->name.text.n && login->password.text.n) || (login->cert.text.n && login->key.text.n);
}

/* "//host/a/b" without its last segment or, where it ends in one, its slash. */
static struct str climb(struct str prefix)
{
	if (str_ends_with(prefix, STR("/")))
		return str_head(prefix, prefix.n - 1);
	return str_head(prefix, str_find_last(prefix, '/') + 1);
}

/* What stands in a header is visible ASCII: a line end in a variable would begin a header of its own. */
static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || (unsigned char)text.p[i] > '~')
			return false;
	return true;
}

static struct str basic_of(const struct login *login, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf pair = BUF_INIT(LIMIT_CONFIG_BYTES), out = BUF_INIT(2 * LIMIT_CONFIG_BYTES);
	struct str coded = login->password.text;
	unsigned char *plain = arena_alloc(arena, coded.n + 1);
	size_t n = 0;
	if (!plain || !base64_decode(coded, plain, coded.n, &n))
		return STR_NONE;
	buf_add(&pair, login->name.text);
	buf_add_char(&pair, ':');
	buf_add(&pair, (struct str){ (char *)plain, n });
	base64_encode(buf_str(&pair), &out);
	return pair.failed || out.failed ? STR_NONE : arena_copy(arena, buf_str(&out));
}

/* *out is STR_NONE where none can be sent. *secret: it is the user's. False: out of memory. */
static bool authorization_of(const struct login *login, struct arena *arena, struct str *out, bool *secret)
{
	struct str text = STR_NONE;
	bool given = login->token.text.n || login->basic.text.n;
	*secret = true;
	if (login->token.text.n) {
		*secret = login->token.secret;
		text = arena_printf(arena, "Bearer %.*s", STR_ARG(login->token.text));
	} else if (login->basic.text.n) {
		*secret = login->basic.secret;
		text = arena_printf(arena, "Basic %.*s", STR_ARG(login->basic.text));
	} else if (login->name.text.n && login->password.text.n) {
		struct str coded = basic_of(login, arena);
		*secret = login->name.secret || login->password.secret;
		text = coded.p ? arena_printf(arena, "Basic %.*s", STR_ARG(coded)) : STR_NONE;
	}
	*out = is_plain(text) ? text : STR_NONE;
	return text.p || !given;
}

static enum status fill_access(const struct npmrc *npmrc, const struct login *login, struct arena *arena, struct npm_access *out, struct error *err)
{
	struct str authorization;
	bool secret;
	if (!authorization_of(login, arena, &authorization, &secret))
		return error_memory(err);
	out->authorization = authorization.p;
	bool certificate = login->cert.text.n && login->key.text.n;
	if (certificate || (out->authorization && secret))
		out->route = &npmrc->own;
	if (!certificate)
		return STATUS_OK;
	struct http_route *route = arena_alloc(arena, sizeof *route);
	if (!route)
		return error_memory(err);
	*route = npmrc->own;
	route->cert_file = resolve_path(npmrc, login->cert.text, arena);
	route->key_file = resolve_path(npmrc, login->key.text, arena);
	if (!route->cert_file || !route->key_file)
		return error_memory(err);
	/* npm goes without where a file is missing. */
	if (file_exists(route->cert_file) && file_exists(route->key_file))
		out->route = route;
	return STATUS_OK;
}

enum status npm_access_find(const struct npm_settings *settings, const char *url, struct arena *arena, struct npm_access *out, struct error *err)
{
	const struct npmrc *npmrc = settings->npmrc;
	struct npm_access access = { .route = &npmrc->all };
	struct str origin = npmrc->has_logins ? url_origin(arena, str_of(url)) : STR_NONE;
	*out = access;
	if (!origin.p)
		return npmrc->has_logins && arena_is_exhausted(arena) ? error_memory(err) : STATUS_OK;
	struct str path = str_from(str_of(url), str_find_str(str_of(url), STR("://")) + 3), scheme = origin;
	path = str_from(path, str_find(path, '/'));
	path = str_head(path, str_find(path, '#'));
	path = str_head(path, str_find(path, '?'));
	scheme = str_head(scheme, str_find(scheme, ':') + 1);
	struct str whole = arena_printf(arena, "%.*s%.*s", STR_ARG(origin), STR_ARG(path));
	if (!whole.p)
		return error_memory(err);
	for (struct str at = str_from(whole, scheme.n); at.n > 2 && at.n <= LIMIT_URL_BYTES; at = climb(at)) {
		struct login login;
		if (!find_login(npmrc, at, arena, &login))
			return error_memory(err);
		if (!has_login(&login))
			continue;
		struct str reach = arena_copy(arena, str_head(whole, scheme.n + at.n));
		if (!reach.p)
			return error_memory(err);
		access.authorized = reach.p;
		enum status status = fill_access(npmrc, &login, arena, &access, err);
		if (!status)
			*out = access;
		return status;
	}
	return STATUS_OK;
}

const char *npm_login_hint(long code)
{
	return code == 401 || code == 403 ? "; npm login, or _authToken for it in ~/.npmrc" : "";
}

/* ---- what is said about them --------------------------------------------------------------- */

static bool check_login(struct npmrc *npmrc, struct str key)
{
	struct str field = field_of_key(key), host = str_head(host_of_key(key), 100);
	const char *name = arena_copy(npmrc->arena, key).p;
	const struct entry *entry = name ? layers_entry(npmrc, name, false, is_said) : NULL;
	if (!entry)
		return name;
	struct str value = entry_value(entry).text;
	if (!may_use(npmrc, key, entry))
		return is_file_field(field) ? note_add(npmrc, "certificate", entry,
						       "a project's file wants a client certificate of yours shown to %.*s, which your own "
						       "configuration does not name: it is not",
						       STR_ARG(host)) :
					      note_add(npmrc, "variable", entry,
						       "a project's file wants a variable of yours sent to %.*s, which your own configuration does "
						       "not name: nothing is sent",
						       STR_ARG(host));
	bool sent = str_equal(field, STR("_authToken")) || str_equal(field, STR("_auth"));
	if (sent && entry->layer == LAYER_PROJECT)
		value = expand_variables(value, npmrc->arena);
	if (sent && !is_plain(value))
		return note_add(npmrc, "login", entry, "the login of %.*s holds what no header may: it is not sent", STR_ARG(host));
	return true;
}

/* npm 9 and later refuse a login without a host; nobody could tell where it belongs. */
static bool check_unscoped(struct npmrc *npmrc, const char *key)
{
	const struct entry *entry = layers_entry(npmrc, key, false, is_any);
	return !entry || note_add(npmrc, "unscoped-login", entry, "%s belongs to no host and is sent to none: write //host/:%s", key, key);
}

enum status logins_check(struct npmrc *npmrc, struct error *err)
{
	static const char *const bare[] = { "_auth", "_authToken", "_password" };
	bool fine = true;
	for (size_t i = 0; i < sizeof bare / sizeof *bare && fine; i++)
		fine = check_unscoped(npmrc, bare[i]);
	for (size_t i = 0; i < npmrc->slots.n && fine; i++)
		if (str_starts_with(npmrc->slots.v[i].key, STR("//")))
			fine = check_login(npmrc, npmrc->slots.v[i].key);
	return fine ? STATUS_OK : error_memory(err);
}
