/*
 * `scan --format sarif`: SARIF 2.1.0 (OASIS), within the limits that GitHub's code scanning sets
 * (docs.github.com, "SARIF support for code scanning"): 25,000 results and rules in a run, 10 MB as gzip makes them, the worst ones first.
 *
 * A rule of SARIF is what one alert is about: each advisory is one, so that its severity and help can be its own; findings without an advisory go
 * under the rule that made them. Every result has a place: a file that lacks one is refused as a whole. Gaps are results too: nobody
 * shows a run's notifications.
 */
#include "assay/archive.h"
#include "assay/limits.h"
#include "report/markdown.h"
#include "report/report_private.h"

enum { MAX_RESULTS = 25000, MAX_RELATED = 50, MAX_STEPS = 100, MAX_TITLE = 1000, MAX_ALIASES = 20, MAX_PACKED = 10000000 };

struct sarif {
	struct json_writer *out;
	struct arena *arena;
	struct listing listing;
	size_t shown;          /* of the listing */
	struct map *rules;     /* id to its number */
	size_t *rule_of;       /* by place in the listing */
	VEC(size_t) rule_head; /* the first, worst result of each rule */
};

static struct str rule_id(const struct listed *listed)
{
	return listed_is_advisory(listed) ? listed->finding->id : str_of(listed->finding->rule->id);
}

static const char *level_word(enum rule_level level)
{
	return level == LEVEL_ERROR ? "error" : level == LEVEL_WARN ? "warning" : "note";
}

static enum status collect_rules(struct sarif *sarif, struct error *err)
{
	size_t n = sarif->shown;
	sarif->rules = map_new(sarif->arena, n);
	sarif->rule_of = arena_array(sarif->arena, n ? n : 1, sizeof *sarif->rule_of);
	if (!sarif->rules || !sarif->rule_of)
		return error_memory(err);
	for (size_t i = 0; i < n; i++) {
		size_t number = sarif->rule_head.n;
		if (!map_add(sarif->rules, rule_id(&sarif->listing.v[i]), number, &sarif->rule_of[i]))
			return error_memory(err);
		if (sarif->rule_of[i] != number)
			continue;
		size_t *head = vec_add(sarif->arena, &sarif->rule_head);
		if (!head)
			return error_memory(err);
		*head = i;
	}
	return STATUS_OK;
}

/* ---- rules -------------------------------------------------------------------------- */

static void add_message(struct sarif *sarif, const char *key, struct str text)
{
	json_open_object(sarif->out, key);
	json_add_text(sarif->out, "text", text);
	json_close(sarif->out);
}

static struct str rule_title(struct sarif *sarif, const struct listed *listed)
{
	return listed_is_advisory(listed) ? report_shorten(sarif->arena, listed->finding->title, MAX_TITLE) : str_of(listed->finding->rule->title);
}

/* What a person reads beside the alert. */
static void add_help(struct sarif *sarif, const struct listed *listed)
{
	const struct finding *finding = listed->finding;
	CLEANUP(buf_fini) struct buf markdown = BUF_INIT(LIMIT_REPORT_BYTES);
	struct str url = listed_url(sarif->arena, listed);
	markdown_add_text(&markdown, rule_title(sarif, listed));
	buf_add_z(&markdown, "\n");
	if (listed_is_advisory(listed)) {
		buf_printf(&markdown, "\n| | |\n| --- | --- |\n| severity | %s", severity_name(finding->severity));
		if (finding->score_tenths >= 0)
			buf_printf(&markdown, " %d.%d", finding->score_tenths / 10, finding->score_tenths % 10);
		buf_printf(&markdown, " |\n| known to be exploited | %s |\n| also known as | ", finding->kev ? "yes" : "not listed");
		for (size_t i = 0; i < finding->alias_count && i < MAX_ALIASES; i++) {
			buf_add_z(&markdown, i ? ", " : "");
			markdown_add_text(&markdown, report_shorten(sarif->arena, finding->aliases[i], MAX_TITLE));
		}
		buf_add_z(&markdown, " |\n| fixed in | ");
		for (size_t i = 0; i < finding->fixed_count && i < MAX_ALIASES; i++) {
			buf_add_z(&markdown, i ? ", " : "");
			markdown_add_text(&markdown, report_shorten(sarif->arena, finding->fixed[i], MAX_TITLE));
		}
		buf_add_z(&markdown, finding->fixed_count ? " |\n" : "no version is known |\n");
	}
	if (url.n)
		buf_printf(&markdown, "\n[%s](%.*s)\n", "The advisory", STR_ARG(url));
	else
		buf_printf(&markdown, "\nRule `%s`: %s in assay's documentation says when it fires and what to do.\n", finding->rule->id,
			   finding->rule->doc);
	json_open_object(sarif->out, "help");
	json_add_text(sarif->out, "text", listed_is_advisory(listed) && url.n ? url : str_of(finding->rule->title));
	json_add_text(sarif->out, "markdown", report_keep(sarif->arena, &markdown));
	json_close(sarif->out);
}

static void add_rule_properties(struct sarif *sarif, const struct listed *listed)
{
	struct json_writer *out = sarif->out;
	const struct rule *rule = listed->finding->rule;
	int score = listed_score_tenths(listed);
	json_open_object(out, "properties");
	json_open_array(out, "tags");
	json_add_text(out, NULL, STR("security"));
	json_add_text(out, NULL, str_of(rule->id));
	if (listed->finding->kev)
		json_add_text(out, NULL, STR("known-exploited"));
	json_close(out);
	json_add_text(out, "precision", STR("very-high"));
	if (!rule->gap)
		json_add_text(out, "security-severity", arena_printf(sarif->arena, "%d.%d", score / 10, score % 10));
	json_close(out);
}

static void add_rule(struct sarif *sarif, const struct listed *listed)
{
	struct json_writer *out = sarif->out;
	const struct finding *finding = listed->finding;
	struct str url = listed_url(sarif->arena, listed);
	bool advisory = listed_is_advisory(listed);
	json_open_object(out, NULL);
	json_add_text(out, "id", rule_id(listed));
	json_add_text(out, "name", str_of(finding->rule->id));
	if (advisory && finding->alias_count) {
		json_open_array(out, "deprecatedIds");
		for (size_t i = 0; i < finding->alias_count; i++)
			json_add_text(out, NULL, finding->aliases[i]);
		json_close(out);
	}
	add_message(sarif, "shortDescription", rule_title(sarif, listed));
	add_message(sarif, "fullDescription", rule_title(sarif, listed));
	if (url.n)
		json_add_text(out, "helpUri", url);
	add_help(sarif, listed);
	json_open_object(out, "defaultConfiguration");
	json_add_text(out, "level", str_of(level_word(finding->level)));
	json_close(out);
	add_rule_properties(sarif, listed);
	json_close(out);
}

/* ---- results ------------------------------------------------------------------------- */

static void add_place(struct sarif *sarif, const char *key, const struct listed *listed, uint32_t line)
{
	struct json_writer *out = sarif->out;
	json_open_object(out, key);
	json_open_object(out, "artifactLocation");
	json_add_text(out, "uri", project_uri(sarif->arena, listed->project));
	json_add_text(out, "uriBaseId", STR("%SRCROOT%"));
	json_close(out);
	json_open_object(out, "region");
	json_add_u64(out, "startLine", line ? line : 1);
	json_close(out);
	json_close(out);
}

static void add_location(struct sarif *sarif, const struct listed *listed, const struct package *package, uint32_t line)
{
	struct json_writer *out = sarif->out;
	json_open_object(out, NULL);
	add_place(sarif, "physicalLocation", listed, line);
	if (package) {
		add_message(sarif, "message", package_step(sarif->arena, package));
		json_open_array(out, "logicalLocations");
		json_open_object(out, NULL);
		json_add_text(out, "fullyQualifiedName", package_purl(sarif->arena, package));
		json_add_text(out, "kind", STR("module"));
		json_close(out);
		json_close(out);
	}
	json_close(out);
}

/* The other instances of the same package. */
static void add_related(struct sarif *sarif, const struct listed *listed)
{
	const struct finding *finding = listed->finding;
	const struct tree *tree = listed->project->scan->tree;
	if (!tree || finding->instance_count < 2)
		return;
	json_open_array(sarif->out, "relatedLocations");
	for (size_t i = 1; i < finding->instance_count && i <= MAX_RELATED; i++) {
		const struct package *package = &tree->packages[finding->instances[i]];
		add_location(sarif, listed, package, package->line);
	}
	json_close(sarif->out);
}

/* How it comes in: the shortest path, each step with its line. */
static void add_flow(struct sarif *sarif, const struct listed *listed)
{
	const struct tree *tree = listed->project->scan->tree;
	struct tree_path path;
	struct json_writer *out = sarif->out;
	if (!tree || tree_shortest_path(tree, listed->finding->instances[0], sarif->arena, &path, NULL) || path.length < 2)
		return;
	json_open_array(out, "codeFlows");
	json_open_object(out, NULL);
	json_open_array(out, "threadFlows");
	json_open_object(out, NULL);
	json_open_array(out, "locations");
	for (size_t i = 0; i < path.length && i < MAX_STEPS; i++) {
		const struct package *package = &tree->packages[path.packages[i]];
		json_open_object(out, NULL);
		json_open_object(out, "location");
		add_place(sarif, "physicalLocation", listed, package->line);
		add_message(sarif, "message", package_step(sarif->arena, package));
		json_close(out);
		json_close(out);
	}
	for (int i = 0; i < 5; i++)
		json_close(out);
}

static void add_suppression(struct sarif *sarif, const struct listed *listed)
{
	struct json_writer *out = sarif->out;
	json_open_array(out, "suppressions"); /* an empty one says that it was looked for */
	if (listed_is_waived(listed)) {
		json_open_object(out, NULL);
		json_add_text(out, "kind", STR("external"));
		json_add_text(out, "status", STR("accepted"));
		json_add_text(out, "justification", listed->finding->waiver);
		json_close(out);
	}
	json_close(out);
}

static void add_result_properties(struct sarif *sarif, const struct listed *listed)
{
	struct json_writer *out = sarif->out;
	const struct finding *finding = listed->finding;
	const struct package *package = listed_package(listed);
	json_open_object(out, "properties");
	json_add_text(out, "severity", str_of(severity_name(finding->severity)));
	if (package) {
		json_add_text(out, "purl", package_purl(sarif->arena, package));
		json_add_text(out, "scope", str_of(scope_name(package->scope)));
		json_add_bool(out, "direct", package->direct);
	}
	json_add_text(out, "fix", listed_remedy(sarif->arena, listed));
	json_add_text_or_null(out, "decidedBy", finding->decided_by);
	json_close(out);
}

static struct str result_text(struct sarif *sarif, const struct listed *listed)
{
	struct str path = listed_path(sarif->arena, listed);
	return arena_printf(sarif->arena, "%.*s\n%s%.*s%sWhat to do: %.*s", STR_ARG(listed_message(sarif->arena, listed)),
			    path.n ? "By way of: " : "", STR_ARG(path), path.n ? "\n" : "", STR_ARG(listed_remedy(sarif->arena, listed)));
}

static void add_result(struct sarif *sarif, size_t number)
{
	struct json_writer *out = sarif->out;
	const struct listed *listed = &sarif->listing.v[number];
	const struct finding *finding = listed->finding;
	json_open_object(out, NULL);
	json_add_text(out, "ruleId", rule_id(listed));
	json_add_u64(out, "ruleIndex", sarif->rule_of[number]);
	json_add_text(out, "level", str_of(level_word(finding->level)));
	if (finding->status)
		json_add_text(out, "baselineState",
			      finding->status == FINDING_CARRIED  ? STR("unchanged") :
			      finding->status == FINDING_WORSENED ? STR("updated") :
								    STR("new"));
	add_message(sarif, "message", result_text(sarif, listed));
	json_open_array(out, "locations");
	add_location(sarif, listed, listed_package(listed), finding->line);
	json_close(out);
	add_related(sarif, listed);
	add_flow(sarif, listed);
	/* Not of lines: GitHub follows an alert by this one however the lockfile moves. */
	json_open_object(out, "partialFingerprints");
	json_add_text(out, "primaryLocationLineHash", arena_printf(sarif->arena, "%.*s:1", STR_ARG(finding->fingerprint)));
	json_add_text(out, "assayFingerprint/v1", finding->fingerprint);
	json_close(out);
	add_suppression(sarif, listed);
	add_result_properties(sarif, listed);
	json_close(out);
}

/* ---- the run ----------------------------------------------------------------------------- */

static void add_tool(struct sarif *sarif)
{
	struct json_writer *out = sarif->out;
	json_open_object(out, "tool");
	json_open_object(out, "driver");
	json_add_text(out, "name", STR("assay"));
	json_add_text(out, "version", STR(ASSAY_VERSION));
	json_add_text(out, "semanticVersion", STR(ASSAY_VERSION));
	json_open_array(out, "rules");
	for (size_t i = 0; i < sarif->rule_head.n; i++)
		add_rule(sarif, &sarif->listing.v[sarif->rule_head.v[i]]);
	json_close(out);
	json_close(out);
	json_close(out);
}

static void add_invocation(struct sarif *sarif, const struct report *report)
{
	struct json_writer *out = sarif->out;
	json_open_array(out, "invocations");
	json_open_object(out, NULL);
	json_add_bool(out, "executionSuccessful", report->complete);
	json_add_u64(out, "exitCode", (uint64_t)report->exit_code);
	json_open_array(out, "toolExecutionNotifications");
	if (sarif->listing.n > sarif->shown) {
		json_open_object(out, NULL);
		json_add_text(out, "level", STR("warning"));
		add_message(sarif, "message",
			    arena_printf(sarif->arena, "the %zu worst of %zu results are told here; --format json has all of them", sarif->shown,
					 sarif->listing.n));
		json_close(out);
	}
	json_close(out);
	json_close(out);
	json_close(out);
}

static void add_run(struct sarif *sarif, const struct report *report)
{
	struct json_writer *out = sarif->out;
	json_open_array(out, "runs");
	json_open_object(out, NULL);
	add_tool(sarif);
	add_invocation(sarif, report);
	json_open_object(out, "automationDetails");
	json_add_text(out, "id", STR("assay/"));
	json_close(out);
	json_open_object(out, "originalUriBaseIds");
	json_open_object(out, "%SRCROOT%");
	add_message(sarif, "description", STR("the top of the repository"));
	json_close(out);
	json_close(out);
	json_add_text(out, "columnKind", STR("utf16CodeUnits"));
	json_open_object(out, "properties");
	json_add_text(out, "database", report_database(sarif->arena, report));
	json_close(out);
	json_open_array(out, "results");
	for (size_t i = 0; i < sarif->shown; i++)
		add_result(sarif, i);
	json_close(out);
	json_close(out);
	json_close(out);
}

static enum status write_document(const struct report *report, size_t most, struct arena *arena, struct buf *buf, size_t *shown, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct sarif sarif = { .out = writer, .arena = arena };
	if (!writer)
		return error_memory(err);
	enum status status = listing_make(report, arena, &sarif.listing, err);
	sarif.shown = sarif.listing.n < most ? sarif.listing.n : most;
	if (status || (status = collect_rules(&sarif, err)))
		return status;
	json_open_object(writer, NULL);
	json_add_text(writer, "$schema", STR("https://json.schemastore.org/sarif-2.1.0.json"));
	json_add_text(writer, "version", STR("2.1.0"));
	add_run(&sarif, report);
	json_close(writer);
	*shown = sarif.shown;
	return json_writer_finish(writer, true, buf, err);
}

/* How large gzip makes it: what is small as it is need not be asked. */
static enum status measure_packed(struct str document, size_t *bytes, struct error *err)
{
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(SIZE_MAX / 2);
	*bytes = document.n;
	if (document.n <= MAX_PACKED)
		return STATUS_OK;
	struct deflater *deflater = deflater_new(DEFLATE_QUICK);
	if (deflater)
		deflater_run(deflater, document, &packed);
	bool ok = deflater && !packed.failed;
	deflater_free(deflater);
	*bytes = packed.n;
	return ok ? STATUS_OK : error_memory(err);
}

enum status report_sarif_write(const struct report *report, struct arena *arena, struct buf *buf, struct error *err)
{
	size_t before = buf->n, most = MAX_RESULTS, shown = 0, packed = 0;
	for (;;) {
		enum status status = write_document(report, most, arena, buf, &shown, err);
		if (!status)
			status = measure_packed(str_from(buf_str(buf), before), &packed, err);
		if (status || packed <= MAX_PACKED || shown < 2)
			return status;
		arena_reset(arena);
		most = (size_t)((double)shown * MAX_PACKED / (double)packed * 0.9);
		buf->n = before;
	}
}
