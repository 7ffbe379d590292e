/*
 * SBOMs as input: packages by their package URLs, whatever wrote the document. Such a document says what there is, and
 * often little more: what it cannot tell is named in tree->unknown, and components of other ecosystems are counted.
 */
#include "assay/digest.h"
#include "assay/limits.h"
#include "lockfile/refuse.h"
#include "lockfile/sbom.h"

enum status sbom_parse(const struct lockfile_source *source, struct tree *tree, struct json **out, struct error *err)
{
	struct json *document;
	enum status status = json_parse(source->text, 0, tree->arena, &document, &tree->duplicate_keys, err);
	if (status)
		return status;
	if (!json_is(document, JSON_OBJECT))
		return error_at(err, STATUS_INVALID, document->line, document->column, "found %s, expected an object", json_type_name(document->type));
	*out = document;
	return STATUS_OK;
}

bool sbom_has_member(struct str text, const char *key, struct str prefix)
{
	if (str_find_str(text, str_of(key)) == text.n)
		return false;
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	struct json *document;
	return scratch && json_parse(text, 0, scratch, &document, NULL, NULL) == STATUS_OK && json_is(document, JSON_OBJECT) &&
	       str_starts_with(json_find_text(document, key), prefix);
}

enum status sbom_check_list(const struct json *list, const char *name, struct error *err)
{
	const struct json *wrong = list && !json_is(list, JSON_ARRAY) ? list : NULL;
	if (wrong)
		return error_at(err, STATUS_INVALID, wrong->line, wrong->column, "\"%s\" is %s, expected an array", name, json_type_name(wrong->type));
	json_each(item, list) {
		if (!json_is(item, JSON_OBJECT))
			return error_at(err, STATUS_INVALID, item->line, item->column, "found %s in \"%s\", expected an object",
					json_type_name(item->type), name);
	}
	return STATUS_OK;
}

/* ---- digests ------------------------------------------------------------------------ */

static const struct algorithm {
	const char *names[2];
	enum digest_algorithm algorithm;
} algorithms[] = {
	/* the strongest first */
	{ { "SHA-512", "SHA512" }, DIGEST_SHA512 },
	{ { "SHA-384", "SHA384" }, DIGEST_SHA384 },
	{ { "SHA-256", "SHA256" }, DIGEST_SHA256 },
	{ { "SHA-1", "SHA1" }, DIGEST_SHA1 },
};

static const struct json *find_digest(const struct json *list, const struct algorithm *algorithm, const char *alg_key)
{
	json_each(item, list) {
		struct str name = json_find_text(item, alg_key);
		if (str_equal_z(name, algorithm->names[0]) || str_equal_z(name, algorithm->names[1]))
			return item;
	}
	return NULL;
}

enum status sbom_integrity(const struct json *list, const char *alg_key, const char *hex_key, struct arena *arena, struct str *out, struct error *err)
{
	enum status status = sbom_check_list(list, "hashes", err);
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms && !status; i++) {
		const struct json *item = find_digest(list, &algorithms[i], alg_key);
		struct digest digest;
		CLEANUP(buf_fini) struct buf text = BUF_INIT(256);
		if (!item)
			continue;
		if (!digest_read_hex(json_find_text(item, hex_key), algorithms[i].algorithm, &digest))
			return error_at(err, STATUS_INVALID, item->line, item->column, "this is no %s digest: expected %zu hexadecimal digits",
					algorithms[i].names[0], 2 * digest_size(algorithms[i].algorithm));
		digest_write_sri(&digest, &text);
		struct str copy = arena_copy(arena, buf_str(&text));
		if (text.failed || !copy.p)
			return error_memory(err);
		*out = copy;
		break;
	}
	return status;
}

/* ---- packages and edges ---------------------------------------------------------------- */

static struct str make_id(const struct tree *tree, const struct sbom_component *component)
{
	if (component->root || component->id.n)
		return component->id;
	if (tree_find(tree, component->purl) == TREE_NONE)
		return component->purl;
	return arena_printf(tree->arena, "%.*s#%u:%u", STR_ARG(component->purl), component->at->line, component->at->column);
}

static struct package *failed(enum status *status, enum status reason)
{
	*status = reason;
	return NULL;
}

/* Without a package URL nobody knows whether it is npm's. False: out of memory. */
static bool note_unnamed(struct tree *tree, const struct sbom_component *component)
{
	struct tree_unread *unread = &tree->unread;
	if (component->purl.n || !component->library || unread->unnamed++)
		return true;
	struct str name = json_find_text(component->at, "name"), version = json_find_text(component->at, "version");
	if (!version.n)
		version = json_find_text(component->at, "versionInfo");
	unread->first_unnamed = arena_printf(tree->arena, "%.*s%s%.*s", STR_ARG(name), version.n ? "@" : "", STR_ARG(version));
	return unread->first_unnamed.p != NULL;
}

struct package *sbom_add_package(struct tree *tree, const struct sbom_component *component, enum status *status, struct error *err)
{
	struct purl purl = { 0 };
	bool is_npm = false;
	*status = STATUS_OK;
	if (component->purl.n)
		*status = purl_parse(component->purl, tree->arena, &is_npm, &purl, err);
	if (*status) {
		refuse_place(err, component->at);
		return NULL;
	}
	if (!is_npm && !component->root) {
		tree->skipped_components++;
		return note_unnamed(tree, component) ? NULL : failed(status, error_memory(err));
	}
	struct str id = make_id(tree, component);
	if (!id.p && !component->root)
		return failed(status, error_memory(err));
	struct package *package = tree_add_package(tree, id.p ? id : STR(""), err);
	if (!package)
		return failed(status, refuse_place(err, component->at));
	package->name = purl.name;
	package->version = purl.version;
	package->resolved = purl.source;
	package->kind = component->root ? PACKAGE_ROOT : lockfile_resolved_kind(purl.source);
	package->line = component->at ? component->at->line : 0;
	return package;
}

enum status sbom_add_edge(struct tree *tree, struct str from, struct str to, enum edge_type type, struct error *err)
{
	uint32_t f = tree_find(tree, from), t = tree_find(tree, to);
	if (f == TREE_NONE || t == TREE_NONE)
		return STATUS_OK;
	struct edge edge = { f, t, tree->packages[t].name, STR(""), type };
	return tree_add_edge(tree, edge) ? STATUS_OK : error_memory(err);
}

enum status sbom_finish(struct tree *tree, bool root_is_npm, struct error *err)
{
	tree->root_known = false;
	for (uint32_t e = 0; e < tree->edge_count; e++)
		tree->root_known |= tree->edges[e].from == 0;
	if (tree->package_count > 1 || root_is_npm || tree->unread.count)
		return STATUS_OK;
	error_set(err, STATUS_INVALID, "it lists no npm package (%zu components of other kinds, or without a purl)", tree->skipped_components);
	error_hint(err, "scan the project's lockfile, or have the SBOM made with package URLs (purl)");
	return STATUS_INVALID;
}

void sbom_note_unread(struct tree *tree, struct str rule, struct str path)
{
	bool missing = str_equal_z(rule, "no-lockfile");
	if (!missing && !str_equal_z(rule, "lockfile-invalid"))
		return;
	if (!tree->unread.count++)
		tree->unread.first = path;
	tree->unread.missing += missing;
}
