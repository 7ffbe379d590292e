/*
 * A manifest's lists after npm's own normalisation (@npmcli/package-json: fixDependencies, optionalDedupe,
 * bundleDependencies, bin), which is what its registry and its lockfiles show of them. Facts, not code.
 */
#include "manifest.h"

/* ---- dependencies ------------------------------------------------------------------------------- */

struct naming {
	struct draft *draft;
	struct map *seen; /* names that have a place already */
};

static bool add_dependency(struct naming *naming, enum inspected list, struct str name, struct str spec)
{
	size_t place, next = map_count(naming->seen);
	if (!map_add(naming->seen, name, next, &place))
		return false;
	return place != next || draft_add(naming->draft, list, name, spec);
}

/* "a@^1", "a >=2", as packages of long ago wrote them in a list. */
static bool add_worded(struct naming *naming, enum inspected list, struct str word)
{
	size_t at = 0;
	word = str_trim(word);
	while (at < word.n && !strchr("@><= \t\r\n", word.p[at]))
		at++;
	struct str spec = str_from(word, at);
	if (str_starts_with(spec, STR("@")))
		spec = str_from(spec, 1);
	return add_dependency(naming, list, str_head(word, at), str_trim(spec));
}

static bool add_words(struct naming *naming, enum inspected list, struct str text)
{
	size_t end;
	bool fine = true;
	for (text = str_trim(text); text.n && fine; text = str_from(text, end + 1)) {
		for (end = 0; end < text.n && !ascii_is_blank((unsigned char)text.p[end]) && text.p[end] != ',';)
			end++;
		fine = end == 0 || add_worded(naming, list, str_head(text, end));
	}
	return fine;
}

static bool add_section(struct naming *naming, enum inspected list, const struct json *section)
{
	bool fine = true;
	if (json_is(section, JSON_STRING))
		return add_words(naming, list, section->text);
	for (const struct json *member = section ? section->child : NULL; member && fine; member = member->next) {
		if (!json_is(member, JSON_STRING))
			continue; /* npm drops it */
		fine = section->type == JSON_ARRAY ? add_worded(naming, list, member->text) : add_dependency(naming, list, member->key, member->text);
	}
	return fine;
}

static bool add_peers(struct naming *naming, const struct json *manifest)
{
	const struct json *meta = json_find(manifest, "peerDependenciesMeta");
	const struct json *peers = json_find(manifest, "peerDependencies");
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct map *optional = scratch ? map_new(scratch, 0) : NULL;
	bool fine = optional != NULL;
	if (!json_is(peers, JSON_OBJECT))
		peers = NULL;
	for (const struct json *member = meta ? meta->child : NULL; member && fine; member = member->next)
		if (json_is_true(member, "optional"))
			fine = map_set(optional, member->key, 0);
	for (const struct json *member = peers ? peers->child : NULL; member && fine; member = member->next) {
		size_t found;
		enum inspected list = INSPECTED_PEERS;
		if (map_find(optional, member->key, &found))
			list = INSPECTED_OPTIONAL_PEERS;
		if (json_is(member, JSON_STRING))
			fine = add_dependency(naming, list, member->key, member->text);
	}
	return fine;
}

/* A list of names; true stands for all dependencies; an object for its keys. */
static bool add_bundles(const struct json *manifest, struct draft *draft)
{
	const struct json *bundles = json_find(manifest, "bundleDependencies");
	bool fine = true;
	if (!bundles)
		bundles = json_find(manifest, "bundledDependencies");
	bool all = json_is(bundles, JSON_TRUE);
	if (all)
		bundles = json_find(manifest, "dependencies");
	bool keys = json_is(bundles, JSON_OBJECT);
	for (const struct json *member = bundles ? bundles->child : NULL; member && fine; member = member->next)
		if (keys || json_is(member, JSON_STRING))
			fine = draft_add(draft, INSPECTED_BUNDLES, keys ? member->key : member->text, STR(""));
	return fine;
}

bool manifest_add_dependencies(const struct json *manifest, struct draft *draft)
{
	struct naming naming = { draft, map_new(draft->arena, 0) };
	return naming.seen && add_section(&naming, INSPECTED_OPTIONAL, json_find(manifest, "optionalDependencies")) &&
	       add_section(&naming, INSPECTED_DEPENDENCIES, json_find(manifest, "dependencies")) && add_peers(&naming, manifest) &&
	       add_bundles(manifest, draft);
}

/* ---- bins ------------------------------------------------------------------------------------------ */

/* Behind the last slash of either kind or colon. */
static struct str bin_name(struct str key)
{
	while (key.n && strchr("/\\:", key.p[key.n - 1]))
		key.n--;
	size_t at = key.n;
	while (at && !strchr("/\\:", key.p[at - 1]))
		at--;
	struct str name = str_from(key, at);
	return str_equal(name, STR(".")) || str_equal(name, STR("..")) ? STR("") : name;
}

/* As it is below the package's folder: no root, no "." and no way up. */
static struct str bin_path(struct str text, struct arena *arena)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0, start = 0;
	for (size_t i = 0; out && i <= text.n; i++) {
		if (i < text.n && !strchr("/\\:", text.p[i]))
			continue;
		struct str part = str_head(str_from(text, start), i - start);
		start = i + 1;
		if (part.n == 0 || str_equal(part, STR(".")))
			continue;
		if (str_equal(part, STR(".."))) {
			struct str parent = { out, n };
			size_t slash = str_find_last(parent, '/');
			n = slash < n ? slash : 0;
			continue;
		}
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	return out ? (struct str){ out, n } : STR_NONE;
}

bool bin_normalize(struct str key, struct str target, struct arena *arena, struct str *name, struct str *path)
{
	struct str as = bin_name(key), to = bin_path(target, arena);
	if (as.n == 0 || to.n == 0)
		return false;
	*name = as;
	*path = to;
	return true;
}

static bool add_bin(struct draft *draft, struct str key, struct str target)
{
	struct str name, path;
	return !bin_normalize(key, target, draft->arena, &name, &path) || draft_add(draft, INSPECTED_BINS, name, path);
}

bool manifest_add_bins(const struct json *manifest, struct draft *draft)
{
	const struct json *bin = json_find(manifest, "bin");
	bool fine = true;
	if (json_is(bin, JSON_STRING))
		return !draft->name.n || add_bin(draft, draft->name, bin->text);
	bool keys = json_is(bin, JSON_OBJECT);
	for (const struct json *member = bin ? bin->child : NULL; member && fine; member = member->next)
		if (json_is(member, JSON_STRING))
			fine = add_bin(draft, keys ? member->key : member->text, member->text);
	return fine;
}
