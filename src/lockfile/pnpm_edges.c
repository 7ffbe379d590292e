/*
 * What each dependency means. An importer says a range and what it was resolved to; a package only the latter, and so
 * that is the edge's spec, except for peers, whose ranges stand in the package's entry.
 *
 * Snapshots list peers among the dependencies: a dependency that the package's entry has as a peer is one. A peer
 * that was not resolved gets an edge to nothing.
 */
#include "lockfile/npm.h"
#include "lockfile/pnpm.h"

struct dependency {
	uint32_t from;
	enum edge_type type;
	struct str name, reference, spec;
	const struct json *at;
	struct str folder; /* what a link's path is relative to */
};

static enum status add_edge(struct pnpm_reader *reader, const struct dependency *d, uint32_t to)
{
	struct edge edge = { d->from, to, d->name, d->spec, d->type };
	if (!tree_add_edge(reader->tree, edge))
		return error_memory(reader->err);
	if (to == TREE_NONE)
		return STATUS_OK;
	struct pnpm_entry *entry = &reader->entries.v[to];
	if (str_equal(d->name, reader->tree->packages[to].name))
		entry->own_name = true;
	else if (!entry->alias.p)
		entry->alias = d->name;
	return STATUS_OK;
}

/* ---- where it leads --------------------------------------------------------------- */

/* A folder that is no workspace of this lockfile. Linked from several places it is one. */
static enum status add_link(struct pnpm_reader *reader, const struct dependency *d, struct str path)
{
	struct pnpm_entry *entry;
	struct str id = arena_printf(reader->tree->arena, "link:%.*s", STR_ARG(path));
	if (!id.p)
		return error_memory(reader->err);
	uint32_t number = tree_find(reader->tree, id);
	if (number == TREE_NONE) {
		number = reader->tree->package_count;
		struct package *package = pnpm_add_package(reader, id, d->at, &entry);
		if (!package)
			return reader->err->status;
		package->kind = PACKAGE_LINK;
		package->name = d->name;
		package->resolved = d->reference;
		package->link = path;
	} else if (reader->tree->packages[number].kind != PACKAGE_LINK) {
		return pnpm_refuse(reader, d->at, id, "is the folder of a workspace and a link as well");
	}
	return add_edge(reader, d, number);
}

static enum status follow_link(struct pnpm_reader *reader, const struct dependency *d)
{
	struct arena *arena = reader->tree->arena;
	struct str path = str_from(d->reference, strlen("link:"));
	if (str_starts_with(path, STR("/")))
		return add_link(reader, d, path);
	struct str joined = arena_printf(arena, "%.*s/%.*s", STR_ARG(d->folder.n ? d->folder : STR(".")), STR_ARG(path));
	path = joined.p ? npm_normalize_path(arena, joined) : STR_NONE;
	if (!path.p)
		return error_memory(reader->err);
	if (!path.n)
		path = STR(".");
	uint32_t importer = pnpm_find_importer(reader, path);
	return importer == TREE_NONE ? add_link(reader, d, path) : add_edge(reader, d, importer);
}

/* An optional one too: pnpm writes an entry for what it does not install here, and refuses a lockfile without. */
static enum status missing(struct pnpm_reader *reader, const struct pnpm_document *document, const struct json *at)
{
	pnpm_refuse(reader, at, buf_str(&reader->key),
		    document->major == PNPM_9 ? "is depended on and has no entry in \"snapshots\"" : "is depended on and has no entry in \"packages\"");
	error_hint(reader->err, "the lockfile is not whole: restore it, or run pnpm install --lockfile-only");
	return reader->err->status;
}

/* Both documents may hold a package; then they must agree on what it is. */
static enum status check_same(struct pnpm_reader *reader, const struct pnpm_document *document, const struct json *entry, uint32_t number)
{
	const struct json *here = document->major == PNPM_9 ? pnpm_index_find(&document->package_index, pnpm_strip_suffix(entry->key)) : entry;
	const struct json *there = reader->entries.v[number].package;
	if (here == there || str_equal(json_find_text(json_find(here, "resolution"), "integrity"), reader->tree->packages[number].integrity))
		return STATUS_OK;
	return pnpm_refuse(reader, document->major == PNPM_9 && here ? here : entry, entry->key, "has another integrity in the other document");
}

/* pnpm's own document: only what configDependencies lead to becomes part of the tree. */
static enum status find_in_environment(struct pnpm_reader *reader, const struct pnpm_document *document, uint32_t *number)
{
	const struct json *entry = pnpm_find_entry(document, buf_str(&reader->key));
	if (!entry) {
		*number = TREE_NONE;
		return STATUS_OK;
	}
	if (*number != TREE_NONE)
		return check_same(reader, document, entry, *number);
	*number = reader->tree->package_count;
	return pnpm_add_entry(reader, document, entry);
}

static enum status follow(struct pnpm_reader *reader, const struct pnpm_document *document, const struct dependency *d)
{
	struct pnpm_key key;
	if (str_starts_with(d->reference, STR("link:")))
		return follow_link(reader, d);
	buf_clear(&reader->key);
	pnpm_add_key(document->major, d->name, d->reference, &reader->key);
	if (buf_ok(&reader->key, reader->err))
		return reader->err->status;
	pnpm_parse_key(document->major, buf_str(&reader->key), &key);
	if (key.runtime)
		return STATUS_OK;
	uint32_t number = tree_find(reader->tree, buf_str(&reader->key));
	if (number != TREE_NONE && !reader->entries.v[number].snapshot)
		number = TREE_NONE; /* an importer or a link of that name */
	enum status status = document->environment ? find_in_environment(reader, document, &number) : STATUS_OK;
	if (status)
		return status;
	return number == TREE_NONE ? missing(reader, document, d->at) : add_edge(reader, d, number);
}

/* ---- packages ------------------------------------------------------------------------- */

struct sections {
	struct pnpm_index dependencies, optional, peers, peers_meta;
};

static enum status read_sections(struct pnpm_reader *reader, const struct pnpm_entry *entry, struct arena *scratch, struct sections *out)
{
	struct sections sections = { 0 };
	const struct {
		const struct json *object;
		const char *key;
		struct pnpm_index *to;
	} table[] = {
		{ entry->snapshot, "dependencies", &sections.dependencies },
		{ entry->snapshot, "optionalDependencies", &sections.optional },
		{ entry->package, "peerDependencies", &sections.peers },
		{ entry->package, "peerDependenciesMeta", &sections.peers_meta },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct json *object;
		enum status status = pnpm_find(reader, table[i].object, table[i].key, JSON_OBJECT, &object);
		if (status)
			return status;
		if (!pnpm_index(scratch, object, table[i].to))
			return error_memory(reader->err);
	}
	*out = sections;
	return STATUS_OK;
}

static enum edge_type peer_type(const struct sections *sections, struct str name)
{
	bool optional = json_is_true(pnpm_index_find(&sections->peers_meta, name), "optional");
	return optional ? EDGE_PEER_OPTIONAL : EDGE_PEER;
}

static enum status check_text(struct pnpm_reader *reader, const struct json *member)
{
	return json_is(member, JSON_STRING) ? STATUS_OK : pnpm_refuse(reader, member, member->key, "is not followed by text");
}

static enum status add_section(struct pnpm_reader *reader, const struct pnpm_document *document, uint32_t from, const struct sections *sections, bool optional)
{
	json_each(member, (optional ? &sections->optional : &sections->dependencies)->object) {
		const struct json *peer = pnpm_index_find(&sections->peers, member->key);
		enum edge_type type = optional ? EDGE_OPTIONAL : peer ? peer_type(sections, member->key) : EDGE_PROD;
		enum status status = check_text(reader, member);
		/* A name in both sections is installed once; npm and pnpm take the optional one. */
		if (!status && !optional && pnpm_index_find(&sections->optional, member->key))
			continue;
		struct dependency d = { .from = from, .type = type, .name = member->key, .reference = member->text, .at = member };
		d.spec = peer && json_text(peer).n ? peer->text : member->text;
		if (!status)
			status = follow(reader, document, &d);
		if (status)
			return status;
	}
	return STATUS_OK;
}

static enum status add_open_peers(struct pnpm_reader *reader, uint32_t from, const struct sections *sections)
{
	json_each(peer, sections->peers.object) {
		if (pnpm_index_find(&sections->dependencies, peer->key) || pnpm_index_find(&sections->optional, peer->key))
			continue;
		enum status status = check_text(reader, peer);
		struct edge edge = { from, TREE_NONE, peer->key, peer->text, peer_type(sections, peer->key) };
		if (status)
			return status;
		if (!tree_add_edge(reader->tree, edge))
			return error_memory(reader->err);
	}
	return STATUS_OK;
}

static enum status add_package_edges(struct pnpm_reader *reader, const struct pnpm_document *document, uint32_t from, struct arena *scratch)
{
	struct sections sections;
	enum status status = read_sections(reader, &reader->entries.v[from], scratch, &sections);
	if (!status)
		status = add_section(reader, document, from, &sections, false);
	if (!status)
		status = add_section(reader, document, from, &sections, true);
	return status ? status : add_open_peers(reader, from, &sections);
}

/* ---- importers ---------------------------------------------------------------------------- */

static const struct importer_section {
	const char *key;
	enum edge_type type;
	bool environment; /* stands in pnpm's own document; the others only in the project's */
	bool counted;     /* and nothing else */
} importer_sections[] = {
	{ "dependencies", EDGE_PROD, false, false },
	{ "devDependencies", EDGE_DEV, false, false },
	{ "optionalDependencies", EDGE_OPTIONAL, false, false },
	{ "configDependencies", EDGE_CONFIG, true, false },
	{ "packageManagerDependencies", EDGE_CONFIG, true, true },
};

/* Since 6 (and in "5.4-inlineSpecifiers") {specifier, version}; before, the version alone, and `specifiers` beside. */
static enum status read_dependency(struct pnpm_reader *reader, const struct json *member, const struct pnpm_index *specifiers, struct dependency *d)
{
	const struct json *version = member, *spec = pnpm_index_find(specifiers, member->key);
	if (json_is(member, JSON_OBJECT)) {
		version = json_find(member, "version");
		spec = json_find(member, "specifier");
	}
	if (!json_is(version, JSON_STRING))
		return pnpm_refuse(reader, member, member->key, "has no \"version\" that is text");
	if (spec && !json_is(spec, JSON_STRING))
		return pnpm_refuse(reader, member, member->key, "has a specifier that is not text");
	d->name = member->key;
	d->reference = version->text;
	d->spec = spec ? spec->text : version->text;
	d->at = member;
	return STATUS_OK;
}

static enum status add_importer_section(struct pnpm_reader *reader, const struct pnpm_document *document, const struct importer_section *section,
					const struct json *object, uint32_t from, const struct pnpm_index *specifiers)
{
	struct str folder = reader->tree->packages[from].folder;
	if (object && object->count && document->environment && !section->environment)
		return pnpm_refuse(reader, object, str_of(section->key), "stands in pnpm's own document, where pnpm does not read it");
	if (section->counted) {
		reader->tree->manager_packages += object ? object->count : 0;
		return STATUS_OK;
	}
	json_each(member, object) {
		struct dependency d = { .from = from, .type = section->type, .folder = folder };
		enum status status = read_dependency(reader, member, specifiers, &d);
		if (!status)
			status = follow(reader, document, &d);
		if (status)
			return status;
	}
	return STATUS_OK;
}

static enum status add_importer_edges(struct pnpm_reader *reader, const struct pnpm_document *document, const struct json *importer, uint32_t from)
{
	const struct json *object;
	struct pnpm_index specifiers;
	enum status status = pnpm_find(reader, importer, "specifiers", JSON_OBJECT, &object);
	if (!status && !pnpm_index(reader->scratch, object, &specifiers))
		status = error_memory(reader->err);
	for (size_t i = 0; !status && i < sizeof importer_sections / sizeof *importer_sections; i++) {
		status = pnpm_find(reader, importer, importer_sections[i].key, JSON_OBJECT, &object);
		if (!status)
			status = add_importer_section(reader, document, &importer_sections[i], object, from, &specifiers);
	}
	return status;
}

static enum status add_all_importers(struct pnpm_reader *reader, const struct pnpm_document *document)
{
	if (!document->importers)
		return document->major == PNPM_9 ? STATUS_OK : add_importer_edges(reader, document, document->json, 0);
	json_each(importer, document->importers) {
		uint32_t number = pnpm_find_importer(reader, importer->key);
		if (number == TREE_NONE)
			return pnpm_refuse(reader, importer, importer->key, "is no importer of the project's own document");
		enum status status = add_importer_edges(reader, document, importer, number);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

enum status pnpm_add_edges(struct pnpm_reader *reader, const struct pnpm_document *document, uint32_t first)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	if (!scratch)
		return error_memory(reader->err);
	enum status status = add_all_importers(reader, document);
	/* pnpm's own document adds packages on the way. */
	for (uint32_t i = first; !status && i < reader->tree->package_count; i++) {
		if (reader->entries.v[i].snapshot)
			status = add_package_edges(reader, document, i, scratch);
		arena_reset(scratch);
	}
	return status;
}

void pnpm_set_aliases(struct pnpm_reader *reader)
{
	for (uint32_t i = 0; i < reader->tree->package_count; i++) {
		const struct pnpm_entry *entry = &reader->entries.v[i];
		if (entry->snapshot && !entry->own_name)
			reader->tree->packages[i].alias = entry->alias;
	}
}
