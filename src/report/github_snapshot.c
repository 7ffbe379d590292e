/*
 * `scan --format github-snapshot`: what GitHub's dependency submission API takes (POST /repos/{owner}/{repo}/dependency-graph/snapshots), so that
 * its dependency graph and alerts are about the tree that is really installed. The commit and the job come from the workflow's own variables.
 */
#include "report/report_private.h"

struct snapshot {
	struct json_writer *out;
	struct arena *arena;
};

static void add_dependencies(struct snapshot *snapshot, const struct tree *tree, const struct package *package)
{
	struct map *seen = map_new(snapshot->arena, package->out_count);
	json_open_array(snapshot->out, "dependencies");
	for (uint32_t i = 0; seen && i < package->out_count; i++) {
		uint32_t to = tree->edges[tree->out[package->out_first + i]].to;
		if (to == TREE_NONE || package_is_own(&tree->packages[to]))
			continue;
		struct str purl = package_purl(snapshot->arena, &tree->packages[to]);
		size_t there = 0;
		if (map_add(seen, purl, i, &there) && there == i)
			json_add_text(snapshot->out, NULL, purl);
	}
	json_close(snapshot->out);
}

/* By purl: an instance more of the same release says nothing new here, but that one of them is direct or runs. */
struct resolved {
	const struct package *package;
	bool direct, runtime;
};

static void add_manifest(struct snapshot *snapshot, const struct report_project *project)
{
	struct json_writer *out = snapshot->out;
	const struct tree *tree = project->scan->tree;
	struct resolved *list = arena_array(snapshot->arena, tree->package_count, sizeof *list);
	struct map *by_purl = map_new(snapshot->arena, tree->package_count);
	size_t n = 0;
	for (uint32_t i = 0; list && by_purl && i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		size_t at;
		if (package_is_own(package) || !map_add(by_purl, package_purl(snapshot->arena, package), n, &at))
			continue;
		if (at == n)
			list[n++].package = package;
		list[at].direct |= package->direct;
		list[at].runtime |= package->scope != SCOPE_DEV && package->scope != SCOPE_BUILD;
	}
	json_open_object(out, project_path(project));
	json_add_text(out, "name", str_of(project_path(project)));
	json_open_object(out, "file");
	json_add_text(out, "source_location", str_of(project_path(project)));
	json_close(out);
	json_open_object(out, "resolved");
	for (size_t i = 0; i < n; i++) {
		struct str purl = package_purl(snapshot->arena, list[i].package);
		struct str key = arena_printf(snapshot->arena, "%.*s", STR_ARG(purl));
		json_open_object(out, key.p ? key.p : "");
		json_add_text(out, "package_url", purl);
		json_add_text(out, "relationship", list[i].direct ? STR("direct") : STR("indirect"));
		json_add_text(out, "scope", list[i].runtime ? STR("runtime") : STR("development"));
		add_dependencies(snapshot, tree, list[i].package);
		json_close(out);
	}
	json_close(out);
	json_close(out);
}

enum status report_github_snapshot_write(const struct report *report, struct arena *arena, struct buf *buf, struct error *err)
{
	const struct report_origin *origin = &report->origin;
	if (!origin->sha || !origin->ref) {
		error_set(err, STATUS_USAGE, "a snapshot is of a commit, and nothing says of which");
		error_hint(err, "set GITHUB_SHA and GITHUB_REF, as GitHub Actions does");
		return STATUS_USAGE;
	}
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct snapshot snapshot = { writer, arena };
	if (!writer)
		return error_memory(err);
	json_open_object(writer, NULL);
	json_add_u64(writer, "version", 0);
	json_add_text(writer, "sha", str_of(origin->sha));
	json_add_text(writer, "ref", str_of(origin->ref));
	json_open_object(writer, "job");
	json_add_text(writer, "correlator", str_of(origin->correlator ? origin->correlator : "assay"));
	json_add_text(writer, "id", str_of(origin->job ? origin->job : "0"));
	json_close(writer);
	json_open_object(writer, "detector");
	json_add_text(writer, "name", STR("assay"));
	json_add_text(writer, "version", STR(ASSAY_VERSION));
	json_add_text(writer, "url", STR("urn:assay:detector"));
	json_close(writer);
	json_add_text(writer, "scanned", report_date(arena, report->as_of));
	json_open_object(writer, "manifests");
	for (size_t i = 0; i < report->project_count; i++)
		if (report->projects[i].scan->tree)
			add_manifest(&snapshot, &report->projects[i]);
	json_close(writer);
	json_close(writer);
	return json_writer_finish(writer, false, buf, err);
}
