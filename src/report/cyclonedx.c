/*
 * `scan --format cyclonedx`: a CycloneDX 1.6 bill of materials in JSON, with the vulnerabilities that were found and what was decided
 * about each (https://cyclonedx.org/docs/1.6/json/). A component is one installed instance; its reference is the lockfile's path and the instance's id.
 * Properties follow CycloneDX' own taxonomy for npm (cdx:npm:package:…).
 */
#include <stdlib.h>

#include "assay/digest.h"
#include "report/report_private.h"

struct bom {
	struct json_writer *out;
	struct arena *arena;
	const struct report *report;
};

static void add(struct bom *bom, const char *key, struct str text)
{
	if (text.n)
		json_add_text(bom->out, key, text);
}

static struct str reference(struct bom *bom, const struct report_project *project, const struct package *package)
{
	return arena_printf(bom->arena, "%s#%.*s", project_path(project), STR_ARG(package->id));
}

/* ---- components ------------------------------------------------------------------ */

/* "@acme/a" is the name "a" in the group "@acme". */
static void add_name(struct bom *bom, const struct package *package)
{
	struct str name = package->name;
	size_t slash = str_starts_with(name, STR("@")) ? str_find(name, '/') : name.n;
	if (slash < name.n) {
		add(bom, "group", str_head(name, slash));
		name = str_from(name, slash + 1);
	}
	json_add_text(bom->out, "name", name.n ? name : package->id.n ? package->id : STR("project"));
	add(bom, "version", package->version);
}

/* `optional`: may be absent where it runs. `excluded`: not part of what runs. */
static const char *scope_word(const struct package *package)
{
	if (package->scope == SCOPE_DEV || package->scope == SCOPE_BUILD)
		return "excluded";
	return package->optional ? "optional" : "required";
}

static void add_hashes(struct bom *bom, const struct package *package)
{
	static const char *const names[] = { "SHA-1", NULL, "SHA-256", "SHA-384", "SHA-512" };
	struct integrity integrity;
	if (!package->integrity.n || integrity_parse(package->integrity, bom->arena, &integrity, NULL) || !integrity.count)
		return;
	json_open_array(bom->out, "hashes");
	for (size_t i = 0; i < integrity.count; i++) {
		char text[256];
		struct buf hex = BUF_FIXED(text);
		if (!names[integrity.digests[i].algorithm])
			continue;
		digest_write_hex(&integrity.digests[i], &hex);
		json_open_object(bom->out, NULL);
		json_add_text(bom->out, "alg", str_of(names[integrity.digests[i].algorithm]));
		json_add_text(bom->out, "content", buf_str(&hex));
		json_close(bom->out);
	}
	json_close(bom->out);
}

static void add_license(struct bom *bom, struct str license)
{
	CLEANUP(buf_fini) struct buf expression = BUF_INIT(1 << 16);
	if (!license.n)
		return;
	json_open_array(bom->out, "licenses");
	json_open_object(bom->out, NULL);
	if (license_as_expression(license, bom->arena, &expression)) {
		json_add_text(bom->out, "expression", buf_str(&expression));
	} else {
		json_open_object(bom->out, "license");
		json_add_text(bom->out, "name", license);
		json_close(bom->out);
	}
	json_close(bom->out);
	json_close(bom->out);
}

static void add_property(struct bom *bom, const char *name, struct str value)
{
	json_open_object(bom->out, NULL);
	json_add_text(bom->out, "name", str_of(name));
	json_add_text(bom->out, "value", value);
	json_close(bom->out);
}

static void add_properties(struct bom *bom, const struct report_project *project, const struct package *package)
{
	const struct str deprecated = check_deprecated(project->scan, package);
	json_open_array(bom->out, "properties");
	add_property(bom, "cdx:npm:package:path", package->id);
	if (package->scope == SCOPE_DEV)
		add_property(bom, "cdx:npm:package:development", STR("true"));
	if (package->bundled)
		add_property(bom, "cdx:npm:package:bundled", STR("true"));
	add_property(bom, "assay:scope", str_of(scope_name(package->scope)));
	add_property(bom, "assay:kind", str_of(package_kind_name(package->kind)));
	if (package->direct)
		add_property(bom, "assay:direct", STR("true"));
	if (package->install_script)
		add_property(bom, "assay:install-script", STR("true"));
	if (deprecated.n)
		add_property(bom, "assay:deprecated", deprecated);
	if (package->kind == PACKAGE_ROOT && report_unread(project->scan))
		add_property(bom, "assay:unchecked", str_of(report_unread(project->scan)));
	add_property(bom, "assay:lockfile", arena_printf(bom->arena, "%s:%u", project_path(project), package->line));
	json_close(bom->out);
}

/* A URL that is one; where from, not whether to trust it. */
static void add_distribution(struct bom *bom, const struct package *package)
{
	bool web = str_starts_with(package->resolved, STR("https://")) || str_starts_with(package->resolved, STR("http://"));
	bool git = package->kind == PACKAGE_GIT;
	if (!web && !git)
		return;
	for (size_t i = 0; i < package->resolved.n; i++)
		if ((unsigned char)package->resolved.p[i] <= ' ' || strchr("\"<>\\^`{|}", package->resolved.p[i]))
			return;
	json_open_array(bom->out, "externalReferences");
	json_open_object(bom->out, NULL);
	json_add_text(bom->out, "type", git ? STR("vcs") : STR("distribution"));
	json_add_text(bom->out, "url", package->resolved);
	json_close(bom->out);
	json_close(bom->out);
}

static void add_component(struct bom *bom, const char *key, const struct report_project *project, const struct package *package)
{
	struct json_writer *out = bom->out;
	bool own = package->kind == PACKAGE_ROOT || package->kind == PACKAGE_WORKSPACE;
	json_open_object(out, key);
	json_add_text(out, "type", own ? STR("application") : STR("library"));
	json_add_text(out, "bom-ref", reference(bom, project, package));
	add_name(bom, package);
	if (!own)
		json_add_text(out, "scope", str_of(scope_word(package)));
	add_hashes(bom, package);
	add_license(bom, check_stated_license(project->scan, package));
	if (package->name.n)
		json_add_text(out, "purl", package_purl_located(bom->arena, package));
	add_distribution(bom, package);
	add_properties(bom, project, package);
	json_close(out);
}

/* What was found out of reach of one lockfile's root: several projects have a component of their own above them. */
static bool is_subject(const struct bom *bom, uint32_t number)
{
	return number == 0 && bom->report->project_count == 1;
}

static void add_components(struct bom *bom)
{
	json_open_array(bom->out, "components");
	for (size_t i = 0; i < bom->report->project_count; i++) {
		const struct tree *tree = bom->report->projects[i].scan->tree;
		for (uint32_t k = 0; tree && k < tree->package_count; k++)
			if (tree->packages[k].kind != PACKAGE_LINK && !is_subject(bom, k))
				add_component(bom, NULL, &bom->report->projects[i], &tree->packages[k]);
	}
	json_close(bom->out);
}

static void add_metadata(struct bom *bom)
{
	struct json_writer *out = bom->out;
	const struct report *report = bom->report;
	const struct tree *only = report->project_count == 1 ? report->projects[0].scan->tree : NULL;
	json_open_object(out, "metadata");
	json_add_text(out, "timestamp", report_date(bom->arena, report->as_of));
	json_open_object(out, "tools");
	json_open_array(out, "components");
	json_open_object(out, NULL);
	json_add_text(out, "type", STR("application"));
	json_add_text(out, "name", STR("assay"));
	json_add_text(out, "version", STR(ASSAY_VERSION));
	json_close(out);
	json_close(out);
	json_close(out);
	if (only) {
		add_component(bom, "component", &report->projects[0], &only->packages[0]);
	} else {
		json_open_object(out, "component");
		json_add_text(out, "type", STR("application"));
		json_add_text(out, "bom-ref", STR("assay:projects"));
		json_add_text(out, "name", STR("projects"));
		json_close(out);
	}
	json_open_array(out, "properties");
	add_property(bom, "assay:database", report_database(bom->arena, report));
	json_close(out);
	json_close(out);
}

/* ---- the graph ---------------------------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	return (a > b) - (a < b);
}

/* Each dependency once, through links to what they lead to. */
static void add_dependencies_of(struct bom *bom, const struct report_project *project, uint32_t number)
{
	const struct tree *tree = project->scan->tree;
	const struct package *package = &tree->packages[number];
	uint32_t *to = arena_array(bom->arena, package->out_count ? package->out_count : 1, sizeof *to);
	size_t n = 0;
	for (uint32_t i = 0; to && i < package->out_count; i++) {
		uint32_t target = tree->edges[tree->out[package->out_first + i]].to;
		if (target != TREE_NONE && tree->packages[target].kind == PACKAGE_LINK)
			target = tree->packages[target].link_target;
		if (target != TREE_NONE && target != number)
			to[n++] = target;
	}
	if (n)
		qsort(to, n, sizeof *to, by_number);
	json_open_object(bom->out, NULL);
	json_add_text(bom->out, "ref", reference(bom, project, package));
	json_open_array(bom->out, "dependsOn");
	for (size_t i = 0; i < n; i++)
		if (!i || to[i] != to[i - 1])
			json_add_text(bom->out, NULL, reference(bom, project, &tree->packages[to[i]]));
	json_close(bom->out);
	json_close(bom->out);
}

static void add_dependencies(struct bom *bom)
{
	const struct report *report = bom->report;
	json_open_array(bom->out, "dependencies");
	if (report->project_count != 1) {
		json_open_object(bom->out, NULL);
		json_add_text(bom->out, "ref", STR("assay:projects"));
		json_open_array(bom->out, "dependsOn");
		for (size_t i = 0; i < report->project_count; i++)
			if (report->projects[i].scan->tree)
				json_add_text(bom->out, NULL, reference(bom, &report->projects[i], &report->projects[i].scan->tree->packages[0]));
		json_close(bom->out);
		json_close(bom->out);
	}
	for (size_t i = 0; i < report->project_count; i++) {
		const struct tree *tree = report->projects[i].scan->tree;
		for (uint32_t k = 0; tree && k < tree->package_count; k++)
			if (tree->packages[k].kind != PACKAGE_LINK)
				add_dependencies_of(bom, &report->projects[i], k);
	}
	json_close(bom->out);
}

/* ---- vulnerabilities -------------------------------------------------------------------- */

static const char *method_of(struct str vector)
{
	static const struct {
		const char *prefix, *method;
	} methods[] = { { "CVSS:4.0/", "CVSSv4" }, { "CVSS:3.1/", "CVSSv31" }, { "CVSS:3.0/", "CVSSv3" } };
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (str_starts_with(vector, str_of(methods[i].prefix)))
			return methods[i].method;
	return vector.n ? "CVSSv2" : "other";
}

static void add_rating(struct bom *bom, const struct finding *finding)
{
	struct json_writer *out = bom->out;
	json_open_array(out, "ratings");
	json_open_object(out, NULL);
	if (finding->score_tenths >= 0)
		json_add_tenths(out, "score", finding->score_tenths);
	json_add_text(out, "severity", str_of(severity_name(finding->severity)));
	json_add_text(out, "method", str_of(method_of(finding->vector)));
	add(bom, "vector", finding->vector);
	json_close(out);
	json_close(out);
}

/* A waiver accepts a risk: it does not say that there is none. */
static void add_analysis(struct bom *bom, const struct listed *listed)
{
	struct json_writer *out = bom->out;
	json_open_object(out, "analysis");
	json_add_text(out, "state", listed_is_waived(listed) ? STR("exploitable") : STR("in_triage"));
	if (listed_is_waived(listed)) {
		json_open_array(out, "response");
		json_add_text(out, NULL, STR("will_not_fix"));
		json_close(out);
		json_add_text(out, "detail", arena_printf(bom->arena, "waived: %.*s", STR_ARG(listed->finding->waiver)));
	}
	json_close(out);
}

static void add_source(struct bom *bom, struct str url)
{
	json_open_object(bom->out, "source");
	json_add_text(bom->out, "name", str_starts_with(url, STR("https://github.com/advisories/")) ? STR("GitHub") : STR("OSV"));
	add(bom, "url", url);
	json_close(bom->out);
}

static void add_affects(struct bom *bom, const struct listed *listed)
{
	const struct tree *tree = listed->project->scan->tree;
	const struct finding *finding = listed->finding;
	json_open_array(bom->out, "affects");
	for (size_t i = 0; i < finding->instance_count; i++) {
		json_open_object(bom->out, NULL);
		json_add_text(bom->out, "ref", reference(bom, listed->project, &tree->packages[finding->instances[i]]));
		json_close(bom->out);
	}
	json_close(bom->out);
}

static void add_vulnerability(struct bom *bom, const struct listed *listed)
{
	struct json_writer *out = bom->out;
	const struct finding *finding = listed->finding;
	struct str url = listed_url(bom->arena, listed);
	json_open_object(out, NULL);
	json_add_text(out, "bom-ref", arena_printf(bom->arena, "finding:%.*s", STR_ARG(finding->fingerprint)));
	json_add_text(out, "id", finding->id);
	add_source(bom, url);
	if (finding->alias_count) {
		json_open_array(out, "references");
		for (size_t i = 0; i < finding->alias_count; i++) {
			json_open_object(out, NULL);
			json_add_text(out, "id", finding->aliases[i]);
			add_source(bom, STR(""));
			json_close(out);
		}
		json_close(out);
	}
	add_rating(bom, finding);
	json_add_text(out, "description", listed_message(bom->arena, listed));
	json_add_text(out, "recommendation", listed_remedy(bom->arena, listed));
	add(bom, "published", report_date(bom->arena, finding->published));
	add_analysis(bom, listed);
	add_affects(bom, listed);
	json_close(out);
}

static enum status add_vulnerabilities(struct bom *bom, struct error *err)
{
	struct listing listing;
	enum status status = listing_make(bom->report, bom->arena, &listing, err);
	json_open_array(bom->out, "vulnerabilities");
	for (size_t i = 0; !status && i < listing.n; i++)
		if (listed_is_advisory(&listing.v[i]))
			add_vulnerability(bom, &listing.v[i]);
	json_close(bom->out);
	return status;
}

/* What could not be checked is said: the list of vulnerabilities is whole only where nothing was left out. */
static void add_completeness(struct bom *bom)
{
	json_open_array(bom->out, "compositions");
	json_open_object(bom->out, NULL);
	json_add_text(bom->out, "aggregate", bom->report->complete ? STR("complete") : STR("incomplete"));
	json_close(bom->out);
	json_close(bom->out);
}

enum status report_cyclonedx_write(const struct report *report, struct arena *arena, struct buf *buf, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct bom bom = { .out = writer, .arena = arena, .report = report };
	if (!writer)
		return error_memory(err);
	json_open_object(writer, NULL);
	json_add_text(writer, "$schema", STR("http://cyclonedx.org/schema/bom-1.6.schema.json"));
	json_add_text(writer, "bomFormat", STR("CycloneDX"));
	json_add_text(writer, "specVersion", STR("1.6"));
	json_add_text(writer, "serialNumber", arena_printf(arena, "urn:uuid:%.*s", STR_ARG(report_identity(arena, report, "cyclonedx"))));
	json_add_u64(writer, "version", 1);
	add_metadata(&bom);
	add_components(&bom);
	add_dependencies(&bom);
	add_completeness(&bom);
	enum status status = add_vulnerabilities(&bom, err);
	json_close(writer);
	return status ? status : json_writer_finish(writer, true, buf, err);
}
