/*
 * How yarn (2 to 4) names a zip: "<name>-<protocol>-<version>-<hash of the locator>-<tail>.zip", without a version where the locator has none.
 * The tail is the checksum's beginning in a project's own cache beside a mirror, the cache key elsewhere. Facts from its structUtils and Cache.
 */
#include "yarn_zip.h"

#include "assay/semver.h"

enum { HASH_SHOWN = 10 };

static struct str hash_of_checksum(struct str checksum)
{
	size_t slash = str_find(checksum, '/');
	return slash < checksum.n ? str_from(checksum, slash + 1) : checksum;
}

bool yarn_zip_digest(struct str checksum, struct digest *out)
{
	return digest_read_hex(hash_of_checksum(checksum), DIGEST_SHA512, out);
}

/* SHA-512 of one text behind another, in hexadecimal. */
static struct str hash_texts(struct str first, struct str second, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(2 * DIGEST_MAX_SIZE + 1);
	struct str both = arena_printf(arena, "%.*s%.*s", STR_ARG(first), STR_ARG(second));
	struct digest digest;
	if (!both.p || !digest_of(DIGEST_SHA512, both, &digest))
		return STR_NONE;
	digest_write_hex(&digest, &hex);
	return hex.failed ? STR_NONE : arena_copy(arena, buf_str(&hex));
}

/* "npm:1.0.0" gives "npm-1.0.0", "patch:…#…" gives "patch". */
static struct str readable_reference(struct str reference, struct arena *arena)
{
	size_t colon = str_find(reference, ':'), hash = str_find(reference, '#');
	struct str protocol = colon < hash ? str_head(reference, colon) : STR("exotic");
	struct str selector = hash < reference.n ? str_from(reference, hash + 1) : str_from(reference, colon < reference.n ? colon + 1 : 0);
	selector = str_head(selector, str_find_str(selector, STR("::")));
	struct semver version;
	if (!semver_parse(selector, 0, &version))
		return protocol;
	return arena_printf(arena, "%.*s-%.*s", STR_ARG(protocol), STR_ARG(str_head(selector, str_find(selector, '+'))));
}

/* "@scope-name-npm-1.0.0-0123456789"; STR_NONE where none can be made. */
static struct str slug_of(const struct package *package, struct arena *arena)
{
	struct str name = package->name, scope = STR_NONE, base = name;
	if (name.n && name.p[0] == '@' && str_find(name, '/') < name.n) {
		scope = str_from(str_head(name, str_find(name, '/')), 1);
		base = str_from(name, scope.n + 2);
	}
	if (package->id.n <= name.n + 1 || !str_starts_with(package->id, name) || str_find(base, '/') < base.n)
		return STR_NONE;
	struct str reference = str_from(package->id, name.n + 1);
	struct str ident = hash_texts(scope, base, arena);
	struct str locator = ident.p ? hash_texts(ident, reference, arena) : STR_NONE;
	struct str readable = readable_reference(reference, arena);
	if (!locator.p || !readable.p || str_find(readable, '/') < readable.n)
		return STR_NONE;
	return arena_printf(arena, "%s%.*s%s%.*s-%.*s-%.*s", scope.n ? "@" : "", STR_ARG(scope), scope.n ? "-" : "", STR_ARG(base), STR_ARG(readable),
			    STR_ARG(str_head(locator, HASH_SHOWN)));
}

const char *yarn_zip_find(const char *folder, const struct package *package, struct arena *arena)
{
	struct str slug = slug_of(package, arena), hash = hash_of_checksum(package->checksum);
	struct str key = str_head(package->checksum, str_find(package->checksum, '/'));
	const struct str tails[] = { str_head(hash, HASH_SHOWN), key };
	for (size_t i = 0; i < 2 && slug.p; i++) {
		const char *path = arena_printf(arena, "%s/%.*s-%.*s.zip", folder, STR_ARG(slug), STR_ARG(tails[i])).p;
		if (path && str_find(tails[i], '/') == tails[i].n && file_exists(path))
			return path;
	}
	return NULL;
}
