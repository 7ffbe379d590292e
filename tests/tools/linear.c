/*
 * linear FOLDER: does one thing after the other three times, to inputs of one, two and four units, and prints the name of each. Under callgrind,
 * which writes down what each call of linear_measured() took (--toggle-collect, --dump-after), that tells whether the work grows as its input does
 * (tests/cli/test_linear.sh). FOLDER holds lockfiles: <format>/<1, 2, 4>/<file>.
 */
#include <stdio.h>

#include "advisory/private.h"
#include "assay/archive.h"
#include "assay/limits.h"
#include "assay/report.h"
#include "assay/semver.h"
#include "tarball/inspect.h"
#include "tarball/tar_builder.h"

struct work {
	struct arena *arena;
	const char *folder; /* of lockfiles */
	unsigned units;     /* 1, 2, 4 */
	struct str text;
	const void *made;
};

struct task {
	const char *name;
	void (*make)(struct work *work, const char *with); /* not counted */
	void (*run)(struct work *work, const char *with);
	const char *with;
};

void linear_measured(const struct task *task, struct work *work);

static void check(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "linear: %s\n", what);
	exit(1);
}

static void check_status(enum status status, const struct error *err)
{
	check(status == STATUS_OK, err->text);
}

/* ---- lockfiles ------------------------------------------------------------------------------- */

static struct lockfile_found find(struct work *work, const char *format)
{
	static const char *const files[] = { "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bom.cdx.json", "bom.spdx.json" };
	struct lockfile_list list = { 0 };
	struct error err;
	const char *folder = arena_printf(work->arena, "%s/%s/%u", work->folder, format, work->units).p;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const char *path = path_join(work->arena, folder, files[i]);
		if (file_exists(path))
			check_status(lockfile_find(path, NULL, work->arena, &list, &err), &err);
	}
	check(list.found.n == 1, format);
	return list.found.v[0];
}

static void make_read(struct work *work, const char *format)
{
	struct lockfile_found *found = arena_alloc(work->arena, sizeof *found);
	*found = find(work, format);
	work->made = found;
}

static void run_read(struct work *work, const char *format)
{
	struct tree *tree;
	struct error err;
	(void)format;
	check_status(lockfile_load(work->made, work->arena, &tree, &err), &err);
}

/* ---- policies: as many waivers as findings, each of one package alone; none of them is of use ------------------------ */

/* A finding of each package. */
static struct scan *make_findings(struct work *work, const char *format)
{
	struct scan *scan = arena_alloc(work->arena, sizeof *scan);
	struct lockfile_found found = find(work, format);
	struct tree *tree;
	struct error err;
	check_status(lockfile_load(&found, work->arena, &tree, &err), &err);
	*scan = (struct scan){ .arena = work->arena, .tree = tree, .now = 1767312000 };
	for (uint32_t i = 1; i < tree->package_count; i++) {
		struct finding *finding = check_add(scan, check_rule_by_id(STR("integrity-missing")), i);
		check(finding, "out of memory");
		finding->message = STR("no digest");
		finding->level = LEVEL_WARN;
	}
	check_status(check_order(scan, &err), &err);
	return scan;
}

static void make_policy(struct work *work, const char *format)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	struct error err;
	buf_add_z(&text, "{\"extends\":\"default\",\"waivers\":[");
	for (unsigned i = 0; i < 100 * work->units; i++)
		buf_printf(&text, "%s{\"rule\":\"integrity-missing\",\"package\":\"p-%u@^1\",\"reason\":\"r\",\"expires\":\"2026-12-31\"}", i ? "," : "", i);
	buf_add_z(&text, "]}");
	work->text = arena_printf(work->arena, "%s/policy.json", work->folder);
	check_status(file_write_unsynced(work->text.p, buf_str(&text), &err), &err);
	work->made = make_findings(work, format);
}

static void run_policy(struct work *work, const char *format)
{
	struct policy_options options = { .name = work->text.p };
	struct scan scan = *(const struct scan *)work->made;
	struct policy *policy;
	struct error err;
	(void)format;
	check_status(policy_load(&options, work->arena, &policy, &err), &err);
	check_status(policy_apply(policy, &scan, &err), &err);
}

/* ---- reports ----------------------------------------------------------------------------------- */

static void make_report(struct work *work, const char *format)
{
	struct report_project *project = arena_alloc(work->arena, sizeof *project);
	(void)format;
	*project = (struct report_project){ .scan = make_findings(work, "small"), .path = "package-lock.json", .kind = "npm" };
	work->made = project;
}

static void run_report(struct work *work, const char *format)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(256 * MIB);
	struct report report = {
		.projects = work->made, .project_count = 1, .as_of = 1767312000, .exit_code = 1, .elapsed_ms = -1, .origin = { "0123", "refs/heads/main", "1", "scan" }
	};
	struct error err;
	check_status(report_write(report_format_by_name(str_of(format)), &report, &out, &err), &err);
}

/* ---- paths: each of as many packages is searched for; what a search costs must not be the tree's size ------------------ */

static void make_flat(struct work *work, const char *with)
{
	struct tree *tree = tree_new(work->arena);
	unsigned count = 1000 * work->units;
	struct error err;
	(void)with;
	check(tree && tree_add_package(tree, STR(""), NULL), "out of memory");
	tree->packages[0].kind = PACKAGE_ROOT;
	for (unsigned i = 0; i < count; i++) {
		struct package *package = tree_add_package(tree, arena_printf(work->arena, "p-%u", i), NULL);
		check(package && tree_add_edge(tree, (struct edge){ .from = 0, .to = i + 1, .type = EDGE_PROD, .name = package->id, .spec = STR("*") }),
		      "out of memory");
		package->kind = PACKAGE_REGISTRY;
		package->name = package->id;
		package->version = STR("1.0.0");
	}
	check_status(tree_finish(tree, &err), &err);
	work->made = tree;
}

static void run_paths(struct work *work, const char *with)
{
	const struct tree *tree = work->made;
	struct tree_path *paths;
	size_t count, total;
	bool complete;
	struct error err;
	(void)with;
	for (uint32_t i = 1; i < tree->package_count; i++) {
		check_status(tree_paths(tree, i, 5, work->arena, &paths, &count, &total, &complete, &err), &err);
		check(count == 1 && complete, "one path");
	}
}

/* ---- advisories ----------------------------------------------------------------------------------- */

/* One record with that many versions and that many intervals. */
static void make_osv(struct work *work, const char *with)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	(void)with;
	buf_add_z(&text, "{\"id\":\"GHSA-2222-3333-4444\",\"modified\":\"2025-01-01T00:00:00Z\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\","
			 "\"name\":\"a\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":[");
	for (unsigned i = 0; i < 200 * work->units; i++)
		buf_printf(&text, "%s{\"introduced\":\"%u.0.0\"},{\"fixed\":\"%u.5.0\"}", i ? "," : "", i + 1, i + 1);
	buf_add_z(&text, "]}],\"versions\":[");
	for (unsigned i = 0; i < 200 * work->units; i++)
		buf_printf(&text, "%s\"%u.7.1\"", i ? "," : "", i + 1);
	buf_add_z(&text, "]}]}");
	work->text = arena_copy(work->arena, buf_str(&text));
}

static void run_osv(struct work *work, const char *with)
{
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(64 * MIB);
	struct osv_record record;
	struct affected again;
	struct error err;
	(void)with;
	check_status(osv_read(work->text, work->arena, &record, &err), &err);
	check(record.count == 1, "one package");
	pack_affected(&record.affected[0], &packed);
	check(unpack_affected(buf_str(&packed), work->arena, &again), "packed");
}

/* That many records into a database. */
static void make_import(struct work *work, const char *with)
{
	struct error err;
	(void)with;
	const char *folder = arena_printf(work->arena, "%s/records-%u", work->folder, work->units).p;
	check_status(folder_make(folder, &err), &err);
	for (unsigned i = 0; i < 60 * work->units; i++) {
		const char *path = arena_printf(work->arena, "%s/%u.json", folder, i).p;
		struct str text = arena_printf(work->arena,
					       "{\"id\":\"GHSA-2222-3333-%04u\",\"modified\":\"2025-01-01T00:00:00Z\",\"affected\":[{\"package\":"
					       "{\"ecosystem\":\"npm\",\"name\":\"p-%u\"},\"versions\":[\"1.0.0\"]}]}",
					       i, i);
		check_status(file_write_unsynced(path, text, &err), &err);
	}
	work->text = str_of(folder);
}

static void run_import(struct work *work, const char *with)
{
	struct advisory_import import = { 0 };
	struct error err;
	(void)with;
	const char *path = arena_printf(work->arena, "%s/%u.db", work->folder, work->units).p;
	remove(path);
	check_status(advisory_import(path, &work->text.p, 1, &import, &err), &err);
	check(import.added == 60 * work->units, "each is added");
}

/* As many intervals, and as many versions that are asked about. */
static void make_match(struct work *work, const char *with)
{
	struct osv_record *record = arena_alloc(work->arena, sizeof *record);
	struct error err;
	make_osv(work, with);
	check_status(osv_read(work->text, work->arena, record, &err), &err);
	work->made = record;
}

static void run_match(struct work *work, const char *with)
{
	const struct osv_record *record = work->made;
	size_t count = 200 * work->units;
	struct semver *versions = arena_array(work->arena, count, sizeof *versions);
	int64_t *steps = arena_array(work->arena, count + 1, sizeof *steps);
	(void)with;
	for (size_t i = 0; i < count; i++)
		check(semver_parse(arena_printf(work->arena, "%zu.4.0", i + 1), 0, &versions[i]), "a version");
	affected_add_steps(&record->affected[0], versions, count, steps);
}

/* ---- semver ----------------------------------------------------------------------------------------- */

static void make_range(struct work *work, const char *piece)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
	for (unsigned i = 0; i < 300 * work->units; i++)
		buf_printf(&text, "%s%s", i ? piece : "", i % 2 ? "^1.2.3" : "~2.0.1");
	work->text = arena_copy(work->arena, buf_str(&text));
}

static void run_range(struct work *work, const char *piece)
{
	struct semver_range *range;
	struct semver version;
	struct error err;
	(void)piece;
	check_status(semver_range_parse(work->text, 0, work->arena, &range, &err), &err);
	check(semver_parse(STR("9.9.9"), 0, &version) && !semver_range_matches(range, &version), "no match");
}

/* ---- a tarball ----------------------------------------------------------------------------------------- */

static void make_tar(struct work *work, const char *with)
{
	CLEANUP(buf_fini) struct buf tar = BUF_INIT(64 * MIB);
	(void)with;
	for (unsigned i = 0; i < 150 * work->units; i++)
		tar_add(&tar, (struct tar_part){ .path = arena_printf(work->arena, "package/lib/f%u.js", i).p, .data = STR("exports.x = 1\n") });
	tar_add(&tar, (struct tar_part){ .path = "package/package.json", .data = STR("{\"name\":\"a\",\"version\":\"1.0.0\"}") });
	for (size_t i = 0; i < 1024; i++)
		buf_add_char(&tar, '\0');
	work->text = arena_copy(work->arena, buf_str(&tar));
}

static void run_tar(struct work *work, const char *with)
{
	static const struct inspect_limits limits = {
		64 * MIB, LIMIT_TARBALL_ENTRIES, LIMIT_TARBALL_PATH, LIMIT_MANIFEST_BYTES, LIMIT_INSPECTION_BYTES, LIMIT_INSPECTION_MEMORY
	};
	CLEANUP(buf_fini) struct buf out = BUF_INIT(4 * MIB);
	struct proven_tarball tarball = { .bytes = work->text };
	struct inflater *inflater = inflater_new();
	struct error err;
	(void)with;
	check_status(inspect_within(&tarball, inflater, &limits, &out, &err), &err);
	check(((const struct inspection *)(const void *)out.p)->files == 150 * work->units + 1, "each file");
	inflater_free(inflater);
}

#include "linear_fleet.h"
#include "linear_texts.h"

/* ---- a zip, as yarn keeps packages ---------------------------------------------------------------------- */

static void make_zip(struct work *work, const char *with)
{
	struct zip_out *zip;
	struct error err;
	(void)with;
	const char *path = path_join(work->arena, work->folder, "made.zip");
	check_status(zip_out_begin(path, &zip, &err), &err);
	for (unsigned i = 0; i < 150 * work->units; i++)
		check_status(zip_out_add(zip, arena_printf(work->arena, "node_modules/a/lib/f%u.js", i), STR("exports.x = 1\n"), &err), &err);
	check_status(zip_out_add(zip, STR("node_modules/a/package.json"), STR("{\"name\":\"a\",\"version\":\"1.0.0\"}"), &err), &err);
	check_status(zip_out_finish(zip, &err), &err);
	zip_out_free(zip);
	check_status(file_read(path, 64 * MIB, work->arena, &work->text, &err), &err);
}

static void run_zip(struct work *work, const char *with)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(4 * MIB);
	const struct proven_tarball tarball = { .bytes = work->text, .zip = true };
	struct error err;
	(void)with;
	check_status(tarball_inspect(&tarball, NULL, &out, &err), &err);
	check(((const struct inspection *)(const void *)out.p)->files == 150 * work->units + 1, "each file");
}

/* ---- all of it --------------------------------------------------------------------------------------------- */

static const struct task tasks[] = {
	{ "read npm v3", make_read, run_read, "npm3" },
	{ "read npm v1", make_read, run_read, "npm1" },
	{ "read yarn", make_read, run_read, "yarn" },
	{ "read berry", make_read, run_read, "berry" },
	{ "read pnpm", make_read, run_read, "pnpm9" },
	{ "read bun", make_read, run_read, "bun" },
	{ "read CycloneDX", make_read, run_read, "cyclonedx" },
	{ "read SPDX", make_read, run_read, "spdx" },
	{ "paths", make_flat, run_paths, NULL },
	{ "policy: waivers", make_policy, run_policy, "npm3" },
	{ "report text", make_report, run_report, "text" },
	{ "report json", make_report, run_report, "json" },
	{ "report sarif", make_report, run_report, "sarif" },
	{ "OSV: one record", make_osv, run_osv, NULL },
	{ "OSV: import", make_import, run_import, NULL },
	{ "OSV: match", make_match, run_match, NULL },
	{ "semver: alternatives", make_range, run_range, " || " },
	{ "semver: comparators", make_range, run_range, " " },
	{ "inspect a tarball", make_tar, run_tar, NULL },
	{ "inspect a zip", make_zip, run_zip, NULL },
	{ "read .gitignore", make_ignore, run_ignore, NULL },
	{ "read .npmrc", make_npmrc, run_npmrc, NULL },
	{ "read bunfig.toml", make_toml, run_toml, NULL },
	{ "read a patch", make_patch, run_patch, NULL },
	{ "read CODEOWNERS", make_owners, run_owners, NULL },
	{ "a report's findings, taken in", make_findings_told, run_ingest, "findings" },
	{ "a report's projects, taken in", make_findings_told, run_ingest, "projects" },
	{ "a report, compared with", make_findings_told, run_baseline, "findings" },
	{ "read an incident list", make_ioc, run_ioc, NULL },
	{ "read .trivyignore", make_ignored, run_ignored, NULL },
	{ "read OpenVEX", make_vex, run_vex, NULL },
	{ "what has changed when", make_changes, run_changes, NULL },
	{ "a registry's document", make_document, run_document, NULL },
	{ "npm's cache index", make_machine, run_machine, "cache" },
	{ "npm's record of node_modules", make_machine, run_machine, "modules" },
	{ "a project's lockfiles, recorded", make_fleet, run_record, NULL },
	{ "a project's lockfiles, asked by owner", make_recorded, run_who, "@o1*" },
	{ "report html", make_report, run_report, "html" },
	{ "report markdown", make_report, run_report, "markdown" },
	{ "report csv", make_report, run_report, "csv" },
	{ "report cyclonedx", make_report, run_report, "cyclonedx" },
	{ "report spdx", make_report, run_report, "spdx" },
	{ "report gitlab", make_report, run_report, "gitlab" },
	{ "report junit", make_report, run_report, "junit" },
};

__attribute__((noinline)) void linear_measured(const struct task *task, struct work *work)
{
	task->run(work, task->with);
}

static void do_task(const struct task *task, const char *folder, unsigned units, bool counted)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct work work = { .arena = arena, .folder = folder, .units = units };
	task->make(&work, task->with);
	if (counted)
		linear_measured(task, &work);
	else
		task->run(&work, task->with);
}

int main(int argc, char **argv)
{
	check(argc == 2, "usage: linear FOLDER");
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
		do_task(&tasks[i], argv[1], 1, false); /* what is set up once for the process is none of the input's */
		for (unsigned units = 1; units <= 4; units *= 2)
			do_task(&tasks[i], argv[1], units, true);
		puts(tasks[i].name);
	}
	return 0;
}
