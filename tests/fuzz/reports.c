/* Reports of assay's own schema that come from elsewhere: what a change is compared with, what a CI job tells a fleet. */
#include "fuzz/fuzz.h"

#include "assay/tree.h"
#include "fleet/ingest.h"
#include "scan/private.h"

static enum status read_baseline(const struct fuzz *fuzz, struct str text, struct scan_baseline **out, struct error *err)
{
	const char *path = path_join(fuzz->arena, fuzz->folder, "baseline.json");
	fuzz_require(file_write_unsynced(path, text, NULL) == STATUS_OK);
	return scan_baseline_read(path, fuzz->arena, out, err);
}

static struct str write_priors(const struct fuzz *fuzz, const struct scan_baseline *baseline, const char *lockfile)
{
	struct priors priors = { 0 };
	CLEANUP(buf_fini) struct buf out = BUF_INIT(256 * MIB);
	fuzz_require(priors_of_baseline(baseline, lockfile, fuzz->arena, &priors, NULL) == STATUS_OK);
	for (size_t i = 0; i < priors.v.n; i++) {
		const struct prior *prior = &priors.v.v[i];
		fuzz_require(prior->rule && prior->id_count > 0 && !prior->matched);
		buf_printf(&out, "%s %d %d %d ", prior->rule->id, (int)prior->level, (int)prior->severity, (int)prior->scope);
		buf_add(&out, prior->name);
		buf_add(&out, prior->version);
		buf_add(&out, prior->fingerprint);
		for (size_t k = 0; k < prior->id_count; k++)
			buf_add(&out, prior->ids[k]);
	}
	fuzz_require(!out.failed);
	return arena_copy(fuzz->arena, buf_str(&out));
}

/* A line further down it says the same, and what is wrong is a line further down. */
static void run_baseline(const struct fuzz *fuzz, const void *with)
{
	static const char *const lockfiles[] = { "package-lock.json", "a/yarn.lock", "" };
	struct scan_baseline *baseline, *shifted;
	struct error err = { 0 }, shifted_err = { 0 };
	(void)with;
	enum status status = read_baseline(fuzz, fuzz->input, &baseline, &err);
	fuzz_require(status == STATUS_OK || (status == STATUS_USAGE && err.text[0]));
	if (!fuzz_can_shift(fuzz))
		return;
	fuzz_require_shifted(status, &err, read_baseline(fuzz, fuzz_shifted(fuzz), &shifted, &shifted_err), &shifted_err);
	for (size_t i = 0; !status && i < sizeof lockfiles / sizeof *lockfiles; i++)
		fuzz_require(str_equal(write_priors(fuzz, baseline, lockfiles[i]), write_priors(fuzz, shifted, lockfiles[i])));
}

static void write_tree(const struct tree *tree, struct buf *out)
{
	buf_printf(out, "%s %s %u %u %d\n", tree->path, tree->format, tree->package_count, tree->edge_count, tree->root_known);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		fuzz_require(tree_find(tree, package->id) == i);
		fuzz_require(i == 0 || !package_name_problem(package->name));
		buf_printf(out, "%d %d ", (int)package->kind, (int)package->scope);
		buf_add(out, package->id);
		buf_add(out, package->integrity);
	}
	for (uint32_t i = 0; i < tree->edge_count; i++) {
		const struct edge *edge = &tree->edges[i];
		fuzz_require(edge->from < tree->package_count && edge->to < tree->package_count);
		buf_printf(out, "%u %u\n", edge->from, edge->to);
	}
}

static void write_told(const struct told *told, struct buf *out)
{
	const char *path = told->tree->path;
	fuzz_require(path[0] && path[0] != '/' && strncmp(path, "../", 3) != 0);
	write_tree(told->tree, out);
	for (size_t i = 0; i < told->finding_count; i++) {
		const struct finding *finding = &told->findings[i];
		fuzz_require(finding->rule && finding->instances[0] < told->tree->package_count && finding->score_tenths <= 109);
		buf_printf(out, "%s %d %d %u ", finding->rule->id, (int)finding->level, finding->score_tenths, finding->instances[0]);
		buf_add(out, finding->fingerprint);
	}
}

/* What stood before, in the one lockfile: a report of a job that saw less than another one keeps it. */
static enum status add_standing(const struct fuzz *fuzz, const struct ingest_gaps *gaps, struct ingest_standing *out, struct error *err)
{
	static struct standing_finding standing = { .finding = { .rule = { "malware", 7 },
								 .problem = { "MAL-1", 5 },
								 .aliases = { "A,B", 3 },
								 .severity = { "high", 4 },
								 .level = { "error", 5 },
								 .name = { "a", 1 },
								 .version = { "1.0.0", 5 },
								 .scope = { "prod", 4 },
								 .decided_by = { TOLD_BY, sizeof TOLD_BY - 1 },
								 .fingerprint = { "aa", 2 } } };
	*out = (struct ingest_standing){ .v = &standing, .n = 1, .first = map_new(fuzz->arena, 0) };
	if (!out->first || (gaps->blind && !map_set(out->first, STR("package-lock.json"), 1)))
		return error_memory(err);
	return STATUS_OK;
}

static enum status ingest(const struct fuzz *fuzz, struct str text, struct buf *out, struct error *err)
{
	struct json *document;
	struct ingest_gaps gaps;
	struct ingest_standing standing;
	struct ingest_report report = { 0 };
	enum status status = json_parse(text, 0, fuzz->arena, &document, NULL, err);
	if (!status && !json_is(document, JSON_OBJECT))
		return error_set(err, STATUS_INVALID, "no object");
	if (!status) {
		ingest_read_gaps(document, &gaps);
		buf_printf(out, "%zu %zu %s\n", gaps.others, gaps.unread.count, gaps.blind ? gaps.blind : "-");
		status = add_standing(fuzz, &gaps, &standing, err);
	}
	if (!status)
		status = ingest_read_report(document, &standing, fuzz->arena, &report, err);
	for (size_t i = 0; !status && i < report.count; i++)
		write_told(&report.told[i], out);
	return status;
}

/* Each lockfile stands inside of the project; a line further down the trees are the same. */
static void run_ingest(const struct fuzz *fuzz, const void *with)
{
	struct error err = { 0 }, shifted_err = { 0 };
	CLEANUP(buf_fini) struct buf once = BUF_INIT(256 * MIB);
	CLEANUP(buf_fini) struct buf shifted = BUF_INIT(256 * MIB);
	(void)with;
	enum status status = ingest(fuzz, fuzz->input, &once, &err);
	fuzz_require(!status || err.text[0]);
	if (!fuzz_can_shift(fuzz))
		return;
	enum status moved = ingest(fuzz, fuzz_shifted(fuzz), &shifted, &shifted_err);
	fuzz_require(status == moved && str_equal(buf_str(&once), buf_str(&shifted)));
}

const struct fuzz_target fuzz_reports[] = {
	{ "baseline", run_baseline, NULL, "fixtures/report/project.json" },
	{ "ingest", run_ingest, NULL, "fixtures/report/project.json" },
	{ 0 },
};
