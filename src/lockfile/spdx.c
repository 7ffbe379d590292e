/*
 * SPDX 2.2 and 2.3, JSON. Packages by the purl among their externalRefs, with SPDXID as id. What the document describes is
 * the root; where it describes several packages, the document itself is, and they are what it has.
 *
 * Relationships say which kind of dependency: where some do, scopes follow from them; where all are plain, nobody can
 * tell. CONTAINS says that something is in the document, not that anything depends on it.
 */
#include "lockfile/formats.h"
#include "lockfile/sbom.h"

static const struct relationship {
	const char *name;
	enum edge_type type;
	bool reversed; /* "A is a dependency of B" */
} relationships[] = {
	{ "DEPENDS_ON", EDGE_PROD, false },
	{ "HAS_PREREQUISITE", EDGE_PEER, false },
	{ "DEPENDENCY_OF", EDGE_PROD, true },
	{ "RUNTIME_DEPENDENCY_OF", EDGE_PROD, true },
	{ "OPTIONAL_DEPENDENCY_OF", EDGE_OPTIONAL, true },
	{ "PREREQUISITE_FOR", EDGE_PEER, true },
	{ "PROVIDED_DEPENDENCY_OF", EDGE_PEER, true },
	{ "DEV_DEPENDENCY_OF", EDGE_DEV, true },
	{ "BUILD_DEPENDENCY_OF", EDGE_DEV, true },
	{ "TEST_DEPENDENCY_OF", EDGE_DEV, true },
	{ "DEV_TOOL_OF", EDGE_DEV, true },
	{ "BUILD_TOOL_OF", EDGE_DEV, true },
	{ "TEST_TOOL_OF", EDGE_DEV, true },
};

struct spdx {
	struct tree *tree;
	struct error *err;
	const struct json *document;
	struct map *described;   /* ids */
	struct str only;         /* of the one package described; .n is 0 where there are several, or none */
	bool root_is_npm, typed; /* typed: some relationship tells kinds of dependencies apart */
	bool is_ours;            /* assay says that it made it: in others' documents the same words mean nothing */
};

static bool says_nothing(struct str text)
{
	return text.n == 0 || str_equal_z(text, "NOASSERTION") || str_equal_z(text, "NONE");
}

static struct str find_purl(const struct json *package)
{
	json_each(reference, json_find(package, "externalRefs")) {
		if (str_equal_z(json_find_text(reference, "referenceType"), "purl"))
			return json_find_text(reference, "referenceLocator");
	}
	return STR_NONE;
}

/* "own code: root of web/package-lock.json, lockfile-invalid" */
static void note_unread(struct tree *tree, struct str source)
{
	const struct str own = STR("own code: root of ");
	size_t comma = str_find_last(source, ',');
	if (str_starts_with(source, own) && comma < source.n)
		sbom_note_unread(tree, str_from(source, comma + 2), str_from(str_head(source, comma), own.n));
}

/* What says no purpose is a package like any other. */
static bool is_library(const struct json *package)
{
	struct str purpose = json_find_text(package, "primaryPackagePurpose");
	return !purpose.n || str_equal_z(purpose, "LIBRARY") || str_equal_z(purpose, "FRAMEWORK");
}

static enum status add_package(struct spdx *reader, const struct json *json, bool root)
{
	struct sbom_component component = { .at = json, .root = root };
	component.id = json_find_text(json, "SPDXID");
	component.purl = find_purl(json);
	component.library = is_library(json);
	if (reader->is_ours)
		note_unread(reader->tree, json_find_text(json, "sourceInfo"));
	enum status status;
	struct package *package = sbom_add_package(reader->tree, &component, &status, reader->err);
	if (!package)
		return status;
	struct str declared = json_find_text(json, "licenseDeclared"), from = json_find_text(json, "downloadLocation");
	package->license = says_nothing(declared) ? json_find_text(json, "licenseConcluded") : declared;
	if (says_nothing(package->license))
		package->license = STR_NONE;
	if (!package->resolved.n && !says_nothing(from))
		package->resolved = from;
	if (!root)
		package->kind = lockfile_resolved_kind(package->resolved);
	else if (package->name.n)
		reader->root_is_npm = true;
	else
		package->name = json_find_text(json, "name");
	if (!root && reader->is_ours && str_starts_with(json_find_text(json, "sourceInfo"), STR("own code: ")))
		package->kind = PACKAGE_WORKSPACE;
	return sbom_integrity(json_find(json, "checksums"), "algorithm", "checksumValue", reader->tree->arena, &package->integrity, reader->err);
}

/* ---- what the document describes ------------------------------------------------------- */

static bool describe(struct spdx *reader, struct str id)
{
	size_t known;
	if (!id.n || map_find(reader->described, id, &known))
		return true;
	reader->only = map_count(reader->described) ? STR_NONE : id;
	return map_set(reader->described, id, 1);
}

static enum status find_described(struct spdx *reader)
{
	struct str self = json_find_text(reader->document, "SPDXID");
	bool fine = true;
	json_each(id, json_find(reader->document, "documentDescribes"))
		fine = fine && describe(reader, json_text(id));
	json_each(item, json_find(reader->document, "relationships")) {
		struct str from = json_find_text(item, "spdxElementId"), to = json_find_text(item, "relatedSpdxElement");
		struct str type = json_find_text(item, "relationshipType");
		if (str_equal_z(type, "DESCRIBES") && str_equal(from, self))
			fine = fine && describe(reader, to);
		else if (str_equal_z(type, "DESCRIBED_BY") && str_equal(to, self))
			fine = fine && describe(reader, from);
	}
	return fine ? STATUS_OK : error_memory(reader->err);
}

static const struct json *find_root(const struct spdx *reader)
{
	json_each(package, json_find(reader->document, "packages")) {
		if (reader->only.n && str_equal(json_find_text(package, "SPDXID"), reader->only))
			return package;
	}
	return NULL;
}

/* ---- the whole --------------------------------------------------------------------------- */

static enum status add_packages(struct spdx *reader)
{
	const struct json *list = json_find(reader->document, "packages"), *root = find_root(reader);
	enum status status = sbom_check_list(list, "packages", reader->err);
	if (!status)
		status = add_package(reader, root ? root : reader->document, true);
	for (const struct json *item = list ? list->child : NULL; item && !status; item = item->next)
		if (item != root)
			status = add_package(reader, item, false);
	return status;
}

static enum status add_relationship(struct spdx *reader, const struct json *item)
{
	struct str type = json_find_text(item, "relationshipType");
	struct str ends[] = { json_find_text(item, "spdxElementId"), json_find_text(item, "relatedSpdxElement") };
	for (size_t i = 0; i < sizeof relationships / sizeof *relationships; i++) {
		const struct relationship *known = &relationships[i];
		if (!str_equal_z(type, known->name))
			continue;
		reader->typed |= known->type == EDGE_DEV;
		return sbom_add_edge(reader->tree, ends[known->reversed], ends[!known->reversed], known->type, reader->err);
	}
	return STATUS_OK;
}

static enum status add_relationships(struct spdx *reader)
{
	const struct json *list = json_find(reader->document, "relationships");
	struct str self = json_find_text(reader->document, "SPDXID");
	enum status status = sbom_check_list(list, "relationships", reader->err);
	for (const struct json *item = list ? list->child : NULL; item && !status; item = item->next)
		status = add_relationship(reader, item);
	json_each(package, reader->only.n ? NULL : json_find(reader->document, "packages")) {
		size_t known;
		struct str id = json_find_text(package, "SPDXID");
		if (!status && map_find(reader->described, id, &known))
			status = sbom_add_edge(reader->tree, self, id, EDGE_PROD, reader->err);
	}
	return status;
}

static enum status check_version(const struct json *document, struct tree *tree, struct error *err)
{
	const struct json *version = json_find(document, "spdxVersion");
	if (!str_starts_with(json_text(version), STR("SPDX-")))
		return error_at(err, STATUS_INVALID, document->line, document->column,
				"this is no SPDX document: \"spdxVersion\" is missing or something else");
	if (!str_equal_z(version->text, "SPDX-2.3") && !str_equal_z(version->text, "SPDX-2.2"))
		return error_at(err, STATUS_UNSUPPORTED, version->line, version->column, "\"spdxVersion\" is neither SPDX-2.2 nor SPDX-2.3");
	tree->format_version = str_from(version->text, 5);
	return STATUS_OK;
}

static enum status read_spdx(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	static const char *const unknown[] = { "scope",          "spec",       "ranges",  "alias",        "integrity", "resolved", "license",
					       "install_script", "deprecated", "bundled", "dependencies", "peers",     "bins",     NULL };
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct spdx reader = { .tree = tree, .err = err, .described = scratch ? map_new(scratch, 16) : NULL };
	struct json *document;
	if (!reader.described)
		return error_memory(err);
	enum status status = sbom_parse(source, tree, &document, err);
	if (status || (status = check_version(document, tree, err)))
		return status;
	reader.document = document;
	json_each(creator, json_find(json_find(document, "creationInfo"), "creators"))
		reader.is_ours |= str_starts_with(json_text(creator), STR("Tool: assay-"));
	if ((status = find_described(&reader)) || (status = add_packages(&reader)) || (status = add_relationships(&reader)) ||
	    (status = sbom_finish(tree, reader.root_is_npm, err)))
		return status;
	tree->scopes_known = reader.typed && tree->root_known;
	tree->unknown = unknown + tree->scopes_known; /* all but the scope */
	return STATUS_OK;
}

static bool matches_spdx(struct str text)
{
	return sbom_has_member(text, "spdxVersion", STR("SPDX-"));
}

const struct lockfile_format spdx_format = {
	.kind = "spdx",
	.file_names = (const char *const[]){ NULL },
	.install_command = "npm install",
	.update_command = "npm update",
	.matches = matches_spdx,
	.read = read_spdx,
};
