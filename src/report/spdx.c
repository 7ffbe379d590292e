/*
 * `scan --format spdx`: an SPDX 2.3 document in JSON (https://spdx.github.io/spdx-spec/v2.3/): a package for each installed
 * instance, relationships for its dependencies, checksums from the lockfile. Vulnerabilities are no matter of SPDX 2.3's: an
 * advisory is named by reference.
 */
#include <stdlib.h>

#include "assay/digest.h"
#include "report/report_private.h"

struct document {
	struct json_writer *out;
	struct arena *arena;
	const struct report *report;
};

static struct str element_id(struct document *document, size_t project, uint32_t package)
{
	return arena_printf(document->arena, "SPDXRef-Package-%zu-%u", project, package);
}

static void add_checksums(struct document *document, const struct package *package)
{
	static const char *const names[] = { "SHA1", "SHA224", "SHA256", "SHA384", "SHA512" };
	struct integrity integrity;
	if (!package->integrity.n || integrity_parse(package->integrity, document->arena, &integrity, NULL) || !integrity.count)
		return;
	json_open_array(document->out, "checksums");
	for (size_t i = 0; i < integrity.count; i++) {
		char text[256];
		struct buf hex = BUF_FIXED(text);
		digest_write_hex(&integrity.digests[i], &hex);
		json_open_object(document->out, NULL);
		json_add_text(document->out, "algorithm", str_of(names[integrity.digests[i].algorithm]));
		json_add_text(document->out, "checksumValue", buf_str(&hex));
		json_close(document->out);
	}
	json_close(document->out);
}

static void add_reference(struct document *document, const char *category, const char *type, struct str locator)
{
	json_open_object(document->out, NULL);
	json_add_text(document->out, "referenceCategory", str_of(category));
	json_add_text(document->out, "referenceType", str_of(type));
	json_add_text(document->out, "referenceLocator", locator);
	json_close(document->out);
}

/* By package: the advisories about it, so that one walk over the findings serves all. */
struct advisories {
	VEC(const struct finding *) findings;
};

static void add_references(struct document *document, const struct package *package, const struct advisories *advisories, const struct report_project *project)
{
	if (!package->name.n)
		return;
	json_open_array(document->out, "externalRefs");
	add_reference(document, "PACKAGE-MANAGER", "purl", package_purl_located(document->arena, package));
	for (size_t i = 0; i < advisories->findings.n; i++) {
		const struct listed listed = { project, advisories->findings.v[i] };
		struct str url = listed_url(document->arena, &listed);
		if (url.n)
			add_reference(document, "SECURITY", "advisory", url);
	}
	json_close(document->out);
}

/* It has a package URL as any package, and is none of a registry's. */
static void add_own(struct document *document, size_t project, const struct package *package)
{
	const struct report_project *its = &document->report->projects[project];
	const char *unread = package->kind == PACKAGE_ROOT ? report_unread(its->scan) : NULL;
	json_add_text(document->out, "sourceInfo",
		      arena_printf(document->arena, "own code: %s of %s%s%s", package_kind_name(package->kind), project_path(its), unread ? ", " : "",
				   unread ? unread : ""));
}

static void add_package(struct document *document, size_t project, uint32_t number, const struct advisories *advisories)
{
	struct json_writer *out = document->out;
	const struct scan *scan = document->report->projects[project].scan;
	const struct package *package = &scan->tree->packages[number];
	const struct str stated = check_stated_license(scan, package), deprecated = check_deprecated(scan, package);
	bool own = package->kind == PACKAGE_ROOT || package->kind == PACKAGE_WORKSPACE;
	bool web = str_starts_with(package->resolved, STR("https://")) || str_starts_with(package->resolved, STR("http://"));
	CLEANUP(buf_fini) struct buf license = BUF_INIT(1 << 16);
	bool licensed = license_as_expression(stated, document->arena, &license);
	json_open_object(out, NULL);
	json_add_text(out, "SPDXID", element_id(document, project, number));
	json_add_text(out, "name", package->name.n ? package->name : package->id.n ? package->id : STR("project"));
	if (package->version.n)
		json_add_text(out, "versionInfo", package->version);
	json_add_text(out, "downloadLocation", web ? package->resolved : STR("NOASSERTION"));
	json_add_bool(out, "filesAnalyzed", false);
	add_checksums(document, package);
	json_add_text(out, "licenseConcluded", STR("NOASSERTION"));
	json_add_text(out, "licenseDeclared", licensed ? buf_str(&license) : STR("NOASSERTION"));
	if (stated.n && !licensed)
		json_add_text(out, "licenseComments", arena_printf(document->arena, "declared as: %.*s", STR_ARG(stated)));
	json_add_text(out, "copyrightText", STR("NOASSERTION"));
	if (own)
		add_own(document, project, package);
	json_add_text(out, "primaryPackagePurpose", own ? STR("APPLICATION") : STR("LIBRARY"));
	if (deprecated.n)
		json_add_text(out, "comment", arena_printf(document->arena, "deprecated: %.*s", STR_ARG(deprecated)));
	add_references(document, package, advisories, &document->report->projects[project]);
	json_close(out);
}

static enum status add_packages_of(struct document *document, size_t project, struct error *err)
{
	const struct scan *scan = document->report->projects[project].scan;
	const struct tree *tree = scan->tree;
	struct advisories *advisories = arena_array(document->arena, tree->package_count, sizeof *advisories);
	if (!advisories)
		return error_memory(err);
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		for (size_t k = 0; finding->level != LEVEL_OFF && finding->url.n && k < finding->instance_count; k++) {
			const struct finding **slot = vec_add(document->arena, &advisories[finding->instances[k]].findings);
			if (!slot)
				return error_memory(err);
			*slot = finding;
		}
	}
	for (uint32_t i = 0; i < tree->package_count; i++)
		if (tree->packages[i].kind != PACKAGE_LINK)
			add_package(document, project, i, &advisories[i]);
	return STATUS_OK;
}

/* ---- relationships ----------------------------------------------------------------- */

static void add_relationship(struct document *document, struct str from, const char *type, struct str to)
{
	json_open_object(document->out, NULL);
	json_add_text(document->out, "spdxElementId", from);
	json_add_text(document->out, "relationshipType", str_of(type));
	json_add_text(document->out, "relatedSpdxElement", to);
	json_close(document->out);
}

static void add_edge(struct document *document, size_t project, const struct edge *edge)
{
	const struct tree *tree = document->report->projects[project].scan->tree;
	uint32_t to = edge->to;
	if (to != TREE_NONE && tree->packages[to].kind == PACKAGE_LINK)
		to = tree->packages[to].link_target;
	if (to == TREE_NONE || tree->packages[edge->from].kind == PACKAGE_LINK || to == edge->from)
		return;
	struct str from = element_id(document, project, edge->from), target = element_id(document, project, to);
	if (edge->type == EDGE_WORKSPACE)
		add_relationship(document, from, "CONTAINS", target);
	else if (edge->type == EDGE_DEV || edge->type == EDGE_CONFIG)
		add_relationship(document, target, "DEV_DEPENDENCY_OF", from);
	else if (edge->type == EDGE_OPTIONAL || edge->type == EDGE_PEER_OPTIONAL)
		add_relationship(document, target, "OPTIONAL_DEPENDENCY_OF", from);
	else
		add_relationship(document, from, "DEPENDS_ON", target);
}

static void add_relationships(struct document *document)
{
	json_open_array(document->out, "relationships");
	for (size_t i = 0; i < document->report->project_count; i++) {
		const struct tree *tree = document->report->projects[i].scan->tree;
		if (!tree || !tree->package_count)
			continue;
		add_relationship(document, STR("SPDXRef-DOCUMENT"), "DESCRIBES", element_id(document, i, 0));
		for (uint32_t k = 0; k < tree->edge_count; k++)
			add_edge(document, i, &tree->edges[k]);
	}
	json_close(document->out);
}

/* ---- the document ---------------------------------------------------------------------- */

static void add_head(struct document *document)
{
	struct json_writer *out = document->out;
	const struct report *report = document->report;
	json_add_text(out, "spdxVersion", STR("SPDX-2.3"));
	json_add_text(out, "dataLicense", STR("CC0-1.0"));
	json_add_text(out, "SPDXID", STR("SPDXRef-DOCUMENT"));
	json_add_text(out, "name", report->project_count == 1 ? str_of(project_path(&report->projects[0])) : STR("projects"));
	json_add_text(out, "documentNamespace",
		      arena_printf(document->arena, "https://spdx.org/spdxdocs/assay-%.*s", STR_ARG(report_identity(document->arena, report, "spdx"))));
	json_open_object(out, "creationInfo");
	json_add_text(out, "created", report_date(document->arena, report->as_of));
	json_open_array(out, "creators");
	json_add_text(out, NULL, STR("Tool: assay-" ASSAY_VERSION));
	json_close(out);
	json_add_text(out, "comment",
		      arena_printf(document->arena, "Advisories: %.*s.%s", STR_ARG(report_database(document->arena, report)),
				   report->complete ? "" : " Not everything could be checked: see assay's own report."));
	json_close(out);
}

enum status report_spdx_write(const struct report *report, struct arena *arena, struct buf *buf, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct document document = { .out = writer, .arena = arena, .report = report };
	enum status status = STATUS_OK;
	if (!writer)
		return error_memory(err);
	json_open_object(writer, NULL);
	add_head(&document);
	json_open_array(writer, "packages");
	for (size_t i = 0; i < report->project_count && !status; i++)
		if (report->projects[i].scan->tree)
			status = add_packages_of(&document, i, err);
	json_close(writer);
	add_relationships(&document);
	json_close(writer);
	return status ? status : json_writer_finish(writer, true, buf, err);
}
