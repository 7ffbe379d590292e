/*
 * Whom the user's own configuration names. A project's file says where a secret of the user's goes only among these hosts: else
 * a pull request could name a host of its author's and take the token.
 *
 * The public registry counts as named, since npm itself names it.
 */
#include "assay/registry.h"
#include "npmrc_private.h"

static struct str host_of(struct str origin)
{
	return str_from(origin, str_find_str(origin, STR("://")) + 3);
}

static bool add_url(struct npmrc *npmrc, struct str url)
{
	struct str origin = url_origin(npmrc->arena, url);
	return origin.p ? map_set(npmrc->known_hosts, host_of(origin), 1) : !arena_is_exhausted(npmrc->arena);
}

/* "//host[:port]/path/:_authToken" */
static bool add_login_key(struct npmrc *npmrc, struct str key)
{
	struct str host = str_from(str_head(key, str_find_last(key, ':')), 2);
	host = str_head(host, str_find(host, '/'));
	return host.n == 0 || map_set(npmrc->known_hosts, host, 1);
}

bool trust_learn(struct npmrc *npmrc)
{
	npmrc->known_hosts = map_new(npmrc->arena, 16);
	if (!npmrc->known_hosts || !add_url(npmrc, STR(PUBLIC_REGISTRY_URL)))
		return false;
	for (const char *const *url = npmrc->trusted_urls; url && *url; url++)
		if (!add_url(npmrc, str_of(*url)))
			return false;
	for (size_t i = 0; i < npmrc->slots.n; i++) {
		const struct slot *slot = &npmrc->slots.v[i];
		bool login = str_starts_with(slot->key, STR("//"));
		bool registry = str_equal(slot->key, STR("registry")) || str_ends_with(slot->key, STR(":registry"));
		for (size_t layer = 0; layer < LAYERS && (login || registry); layer++) {
			const struct entry *entry = &slot->by_layer[layer];
			if (layer == LAYER_PROJECT || !entry->values.n)
				continue;
			if (!(login ? add_login_key(npmrc, slot->key) : add_url(npmrc, entry_value(entry).text)))
				return false;
		}
	}
	return true;
}

bool trust_host(const struct npmrc *npmrc, struct str host)
{
	size_t any;
	return map_find(npmrc->known_hosts, host, &any);
}

/* On this machine, or where the user's own configuration has exactly that. */
bool trust_plain_http(const struct npmrc *npmrc, struct str origin)
{
	static const char *const local[] = { "http://127.0.0.1", "http://localhost", "http://[::1]" };
	for (size_t i = 0; i < sizeof local / sizeof *local; i++) {
		struct str host = str_of(local[i]);
		if (str_starts_with(origin, host) && (origin.n == host.n || origin.p[host.n] == ':'))
			return true;
	}
	for (const char *const *url = npmrc->trusted_urls; url && *url; url++)
		if (str_equal(url_origin(npmrc->arena, str_of(*url)), origin))
			return true;
	for (size_t i = 0; i < npmrc->slots.n; i++) {
		const struct slot *slot = &npmrc->slots.v[i];
		bool registry = str_equal(slot->key, STR("registry")) || str_ends_with(slot->key, STR(":registry"));
		for (size_t layer = 0; layer < LAYERS && registry; layer++)
			if (layer != LAYER_PROJECT && slot->by_layer[layer].values.n &&
			    str_equal(url_origin(npmrc->arena, entry_value(&slot->by_layer[layer]).text), origin))
				return true;
	}
	return false;
}
