/*
 * CycloneDX, JSON, versions 1.2 to 1.7. Components are packages by their purl, with bom-ref as id; components inside
 * components count like the others. metadata.component is the root.
 *
 * CycloneDX's `scope` is not npm's: "optional" means that it may be missing at runtime, "excluded" that it is not for
 * runtime at all (tests, documentation), and "required" is what everybody writes who knows nothing. So the first is taken
 * as optional, and none of them as dev. Only where the document marks development packages in npm's own way (property
 * cdx:npm:package:development) are scopes known.
 */
#include "lockfile/formats.h"
#include "lockfile/npm.h"
#include "lockfile/sbom.h"

struct cyclonedx {
	struct tree *tree;
	struct error *err;
	struct arena *scratch;
	VEC(const struct json *) pending; /* components whose inner ones are to be read */
	bool marks_dev, root_is_npm;
};

static const struct json *first_of(const struct json *list)
{
	return json_is(list, JSON_ARRAY) ? list->child : NULL;
}

static struct str license_text(const struct json *choice)
{
	const struct json *license = json_find(choice, "license");
	struct str expression = json_find_text(choice, "expression"), id = json_find_text(license, "id");
	return expression.n ? expression : id.n ? id : json_find_text(license, "name");
}

static void add_license(struct buf *out, struct str text)
{
	bool grouped = str_find(text, ' ') < text.n;
	buf_add_z(out, out->n ? " AND " : "");
	buf_add_z(out, grouped ? "(" : "");
	buf_add(out, text);
	buf_add_z(out, grouped ? ")" : "");
}

/* Several licenses all hold, as far as the document says. */
static bool set_license(struct package *package, const struct json *choices, struct arena *arena)
{
	const struct json *first = first_of(choices);
	CLEANUP(buf_fini) struct buf joined = BUF_INIT((size_t)64 * 1024);
	package->license = license_text(first);
	if (!first || !first->next)
		return true;
	for (const struct json *choice = first; choice; choice = choice->next)
		if (license_text(choice).n)
			add_license(&joined, license_text(choice));
	package->license = joined.n ? arena_copy(arena, buf_str(&joined)) : STR_NONE;
	return !joined.failed && (!joined.n || package->license.p);
}

static struct str find_property(const struct json *component, const char *name)
{
	json_each(property, json_find(component, "properties"))
		if (str_equal_z(json_find_text(property, "name"), name))
			return json_find_text(property, "value");
	return STR_NONE;
}

static bool has_property(const struct json *component, const char *name)
{
	return str_equal_z(find_property(component, name), "true");
}

/* The user's own beside the root: as assay says it; never published; or from a folder that npm does not install into, and from nowhere
 * else. */
static bool is_workspace(const struct package *package, const struct json *component)
{
	struct str kind = find_property(component, "assay:kind"), path = find_property(component, "cdx:npm:package:path");
	if (kind.n)
		return str_equal_z(kind, package_kind_name(PACKAGE_WORKSPACE)) || str_equal_z(kind, package_kind_name(PACKAGE_ROOT));
	return has_property(component, "cdx:npm:package:private") ||
	       (path.n && !package->integrity.n && !package->resolved.n && !package->bundled && !npm_location_problem(path) && !npm_in_modules(path));
}

/* Where the tarball comes from, and its digest where that stands there and not at the component. */
static enum status set_source(struct cyclonedx *reader, struct package *package, const struct json *component)
{
	struct arena *arena = reader->tree->arena;
	enum status status = sbom_integrity(json_find(component, "hashes"), "alg", "content", arena, &package->integrity, reader->err);
	json_each(reference, json_find(component, "externalReferences")) {
		if (status || !str_equal_z(json_find_text(reference, "type"), "distribution"))
			continue;
		struct str url = json_find_text(reference, "url");
		if (!package->resolved.n && url.n)
			package->resolved = url;
		if (!package->integrity.n)
			status = sbom_integrity(json_find(reference, "hashes"), "alg", "content", arena, &package->integrity, reader->err);
	}
	if (package->kind != PACKAGE_ROOT)
		package->kind = lockfile_resolved_kind(package->resolved);
	return status;
}

/* "web/package-lock.json:0" */
static void note_unread(struct tree *tree, const struct json *component)
{
	struct str place = find_property(component, "assay:lockfile");
	sbom_note_unread(tree, find_property(component, "assay:unchecked"), str_head(place, str_find_last(place, ':')));
}

static enum status add_component(struct cyclonedx *reader, const struct json *json, bool root)
{
	struct sbom_component component = { .at = json, .root = root };
	component.id = json_find_text(json, "bom-ref");
	component.purl = json_find_text(json, "purl");
	component.library = str_equal_z(json_find_text(json, "type"), "library") || str_equal_z(json_find_text(json, "type"), "framework");
	note_unread(reader->tree, json);
	enum status status;
	struct package *package = sbom_add_package(reader->tree, &component, &status, reader->err);
	if (!package)
		return status;
	if (root && !package->name.n) {
		package->name = json_find_text(json, "name");
		package->version = json_find_text(json, "version");
	} else if (root) {
		reader->root_is_npm = true;
	}
	status = set_source(reader, package, json);
	if (!status && !set_license(package, json_find(json, "licenses"), reader->tree->arena))
		status = error_memory(reader->err);
	bool dev = has_property(json, "cdx:npm:package:development");
	reader->marks_dev |= dev;
	package->scope = dev ? SCOPE_DEV : SCOPE_PROD;
	package->optional = str_equal_z(json_find_text(json, "scope"), "optional");
	package->bundled = has_property(json, "cdx:npm:package:bundled");
	if (!root && is_workspace(package, json))
		package->kind = PACKAGE_WORKSPACE;
	return status;
}

/* Components in the order of the document, inner ones behind those that hold them. */
static enum status add_components(struct cyclonedx *reader, const struct json *holder)
{
	const struct json *list = json_find(holder, "components");
	enum status status = sbom_check_list(list, "components", reader->err);
	for (const struct json *item = status ? NULL : first_of(list); item && !status; item = item->next) {
		status = add_component(reader, item, false);
		const struct json **added = vec_add(reader->scratch, &reader->pending);
		if (!status && !added)
			status = error_memory(reader->err);
		else if (added)
			*added = item;
	}
	return status;
}

static enum status add_dependency(struct cyclonedx *reader, const struct json *item)
{
	const struct json *list = json_find(item, "dependsOn");
	enum status status = STATUS_OK;
	if (list && !json_is(list, JSON_ARRAY))
		return error_at(reader->err, STATUS_INVALID, list->line, list->column, "\"dependsOn\" is %s, expected an array", json_type_name(list->type));
	for (const struct json *to = first_of(list); to && !status; to = to->next)
		status = sbom_add_edge(reader->tree, json_find_text(item, "ref"), json_text(to), EDGE_PROD, reader->err);
	return status;
}

static enum status add_edges(struct cyclonedx *reader, const struct json *document)
{
	const struct json *list = json_find(document, "dependencies");
	enum status status = sbom_check_list(list, "dependencies", reader->err);
	for (const struct json *item = status ? NULL : first_of(list); item && !status; item = item->next)
		status = add_dependency(reader, item);
	return status;
}

/* "incomplete…" but where what lacks is the user's own code (CycloneDX 1.6, compositions[].aggregate). */
static bool lacks_packages(struct str aggregate)
{
	return str_starts_with(aggregate, STR("incomplete")) && !str_equal_z(aggregate, "incomplete_third_party_only") &&
	       !str_equal_z(aggregate, "incomplete_third_party_opensource_only");
}

/* Assay's own say so of whatever could not be checked; what lacks in them stands at their roots. What is said of vulnerabilities alone is no package's. */
static void note_incomplete(struct tree *tree, const struct json *document)
{
	if (find_property(json_find(document, "metadata"), "assay:database").n)
		return;
	const struct json *compositions = json_find(document, "compositions");
	json_each(composition, compositions) {
		bool of_vulnerabilities = json_find(composition, "vulnerabilities") && !json_find(composition, "assemblies") &&
					  !json_find(composition, "dependencies");
		tree->unread.incomplete |= !of_vulnerabilities && lacks_packages(json_find_text(composition, "aggregate"));
	}
}

/* The document marks packages, not dependencies, and one component may stand for several instances. So what the user's own
 * code has of a marked package is taken for the dev dependency, and what a package for production needs is for production
 * as well, marked or not. Without a graph the marks are all there is. */
static void set_edge_types(struct tree *tree)
{
	for (uint32_t e = 0; e < tree->edge_count; e++) {
		struct edge *edge = &tree->edges[e];
		const struct package *from = &tree->packages[edge->from], *to = &tree->packages[edge->to];
		if (to->scope == SCOPE_DEV && package_is_own(from))
			edge->type = EDGE_DEV;
		else if (to->optional && !from->optional)
			edge->type = EDGE_OPTIONAL;
	}
	for (uint32_t i = 0; i < tree->package_count; i++)
		tree->packages[i].recorded = !tree->root_known;
}

static void set_unknown(const struct cyclonedx *reader)
{
	static const char *const unknown[] = { "scope",    "spec",         "ranges",         "alias",      "integrity",
					       "resolved", "license",      "install_script", "deprecated", "bundled",
					       "peer",     "dependencies", "peers",          "bins",       NULL };
	reader->tree->unknown = unknown + reader->marks_dev; /* all but the scope */
	reader->tree->scopes_known = reader->marks_dev;
}

static enum status check_version(const struct json *document, struct tree *tree, struct error *err)
{
	static const char *const known[] = { "1.2", "1.3", "1.4", "1.5", "1.6", "1.7" };
	const struct json *version = json_find(document, "specVersion");
	if (!str_equal_z(json_find_text(document, "bomFormat"), "CycloneDX"))
		return error_at(err, STATUS_INVALID, document->line, document->column,
				"this is no CycloneDX document: \"bomFormat\" is missing or something else");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!str_equal_z(json_text(version), known[i]))
			continue;
		tree->format_version = version->text;
		return STATUS_OK;
	}
	const struct json *at = version ? version : document;
	return error_at(err, STATUS_UNSUPPORTED, at->line, at->column, "\"specVersion\" is not one of 1.2 to 1.7");
}

static enum status read_cyclonedx(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct cyclonedx reader = { .tree = tree, .err = err, .scratch = scratch };
	struct json *document;
	if (!scratch)
		return error_memory(err);
	enum status status = sbom_parse(source, tree, &document, err);
	if (status || (status = check_version(document, tree, err)))
		return status;
	const struct json *root = json_find(json_find(document, "metadata"), "component");
	if (!(status = add_component(&reader, root, true)))
		status = add_components(&reader, root);
	if (!status)
		status = add_components(&reader, document);
	while (!status && reader.pending.n)
		status = add_components(&reader, reader.pending.v[--reader.pending.n]);
	if (status || (status = add_edges(&reader, document)))
		return status;
	note_incomplete(tree, document);
	status = sbom_finish(tree, reader.root_is_npm, err);
	set_edge_types(tree);
	set_unknown(&reader);
	return status;
}

static bool matches_cyclonedx(struct str text)
{
	return sbom_has_member(text, "bomFormat", STR("CycloneDX"));
}

const struct lockfile_format cyclonedx_format = {
	.kind = "cyclonedx",
	.file_names = (const char *const[]){ NULL },
	.install_command = "npm install",
	.update_command = "npm update",
	.matches = matches_cyclonedx,
	.read = read_cyclonedx,
};
