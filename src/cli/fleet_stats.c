/* fleet stats, fleet metrics: how many of what, for people and for Prometheus. */
#include <stdio.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "cli/fleet.h"

enum { DAY = 86400, SHOWN = 10 };

/* Counts by a text. */
struct tally_row {
	struct str key;
	size_t count;
};
struct tally {
	VEC(struct tally_row) rows;
	struct map *by_key;
};

struct stats {
	struct arena *arena;
	int64_t now;
	size_t projects, states[FLEET_STATES], lockfiles, packages;
	int64_t oldest, newest; /* when a project was seen */
	size_t open, errors, waived, gaps, gone;
	int64_t fix_seconds; /* of all that went, together */
	struct tally severities, ages, owners, rules, fixes, levels;
	struct tally used; /* the names that most projects have, SHOWN of them */
	bool failed;
	int exit_code; /* where all goes well */
};

static void count(struct stats *stats, struct tally *tally, struct str key)
{
	size_t number;
	if (!tally->by_key && !(tally->by_key = map_new(stats->arena, 0))) {
		stats->failed = true;
		return;
	}
	if (!map_find(tally->by_key, key, &number)) {
		struct str kept = arena_copy(stats->arena, key);
		struct tally_row *row = kept.p ? vec_add(stats->arena, &tally->rows) : NULL;
		number = tally->rows.n - 1;
		if (!row || !map_set(tally->by_key, kept, number)) {
			stats->failed = true;
			return;
		}
		row->key = kept;
	}
	tally->rows.v[number].count++;
}

static int most_first(const void *left, const void *right)
{
	const struct tally_row *a = left, *b = right;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return str_compare(a->key, b->key);
}

static void sort(struct tally *tally)
{
	if (tally->rows.n)
		qsort(tally->rows.v, tally->rows.n, sizeof *tally->rows.v, most_first);
}

static bool add_project(void *context, const struct fleet_project *project)
{
	struct stats *stats = context;
	stats->projects++;
	stats->lockfiles += project->lockfiles;
	stats->packages += project->packages;
	stats->states[fleet_state_of(project, stats->now)]++;
	if (project->seen == DATE_NONE)
		return true;
	stats->oldest = stats->oldest == DATE_NONE || project->seen < stats->oldest ? project->seen : stats->oldest;
	stats->newest = stats->newest == DATE_NONE || project->seen > stats->newest ? project->seen : stats->newest;
	return true;
}

static const char *age_of(int64_t seconds)
{
	static const struct {
		int days;
		const char *name;
	} ages[] = { { 1, "under a day" }, { 7, "under a week" }, { 30, "under a month" }, { 90, "under a quarter" }, { 365, "under a year" } };
	for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
		if (seconds < (int64_t)ages[i].days * DAY)
			return ages[i].name;
	return "a year and more";
}

static bool add_open(void *context, const struct fleet_finding *finding)
{
	struct stats *stats = context;
	CLEANUP(buf_fini) struct buf fix = BUF_INIT(64 * KIB);
	if (finding->waived) {
		stats->waived++;
		return true;
	}
	stats->open++;
	stats->gaps += finding->gap;
	stats->errors += str_equal(finding->level, STR("error")) && !finding->gap;
	count(stats, &stats->levels, finding->level);
	count(stats, &stats->rules, finding->rule);
	count(stats, &stats->owners, finding->owner.n ? finding->owner : STR("nobody"));
	if (!check_is_by_advisory(finding->rule))
		return !stats->failed;
	count(stats, &stats->severities, finding->severity);
	count(stats, &stats->ages, str_of(age_of(stats->now - finding->first)));
	buf_printf(&fix, "%.*s %.*s", STR_ARG(finding->name), STR_ARG(finding->version));
	count(stats, &stats->fixes, buf_str(&fix));
	return !stats->failed;
}

static bool add_gone(void *context, const struct fleet_finding *finding)
{
	struct stats *stats = context;
	if (!check_is_by_advisory(finding->rule))
		return true;
	stats->gone++;
	stats->fix_seconds += finding->gone - finding->first;
	return true;
}

/* Those that are used as much come by name. */
static bool add_used(void *context, const struct fleet_used *used)
{
	struct stats *stats = context;
	size_t at = stats->used.rows.n;
	while (at && stats->used.rows.v[at - 1].count < used->projects)
		at--;
	if (at >= SHOWN)
		return true;
	if (stats->used.rows.n < SHOWN && !vec_add(stats->arena, &stats->used.rows)) {
		stats->failed = true;
		return false;
	}
	for (size_t i = stats->used.rows.n - 1; i > at; i--)
		stats->used.rows.v[i] = stats->used.rows.v[i - 1];
	stats->used.rows.v[at] = (struct tally_row){ arena_copy(stats->arena, used->name), used->projects };
	stats->failed |= !stats->used.rows.v[at].key.p;
	return !stats->failed;
}

static enum status gather(struct fleet *fleet, const struct fleet_filter *filter, struct stats *stats, struct error *err)
{
	struct fleet_finding_filter open = { .project = *filter, .level = LEVEL_WARN, .since = DATE_NONE, .at = DATE_NONE };
	struct fleet_finding_filter gone = open;
	gone.gone = true;
	enum status status = fleet_each_project(fleet, filter, add_project, stats, err);
	if (!status)
		status = fleet_each_finding(fleet, &open, add_open, stats, err);
	if (!status)
		status = fleet_each_finding(fleet, &gone, add_gone, stats, err);
	struct tally *const tallies[] = { &stats->severities, &stats->ages, &stats->owners, &stats->rules, &stats->fixes, &stats->levels };
	for (size_t i = 0; i < sizeof tallies / sizeof *tallies; i++)
		sort(tallies[i]);
	return !status && stats->failed ? error_memory(err) : status;
}

/* ---- for people --------------------------------------------------------------------------- */

static void show_tally(struct buf *out, const char *title, const struct tally *tally)
{
	if (!tally->rows.n)
		return;
	buf_printf(out, "\n%s\n", title);
	for (size_t i = 0; i < tally->rows.n && i < SHOWN; i++) {
		buf_printf(out, "  %7zu  ", tally->rows.v[i].count);
		fleet_add_column(out, tally->rows.v[i].key, 0);
		buf_add_char(out, '\n');
	}
	if (tally->rows.n > SHOWN)
		buf_printf(out, "           %zu more\n", tally->rows.n - SHOWN);
}

static void show_text(const struct stats *stats, struct buf *out)
{
	char age[DATE_TEXT_SIZE];
	const size_t *states = stats->states;
	buf_printf(out, "projects    %zu: %zu seen in the last 24 h (not all packages of %zu are known), %zu older, %zu with a problem, %zu never read\n",
		   stats->projects, states[FLEET_FRESH] + states[FLEET_GAP], states[FLEET_GAP], states[FLEET_STALE], states[FLEET_UNREAD],
		   states[FLEET_NEVER]);
	buf_printf(out, "packages    %zu in %zu lockfiles\n", stats->packages, stats->lockfiles);
	buf_printf(out, "findings    %zu stand (%zu errors, %zu gaps), %zu are waived\n", stats->open, stats->errors, stats->gaps, stats->waived);
	if (stats->gone) {
		duration_format(stats->fix_seconds / (int64_t)stats->gone, age);
		buf_printf(out, "to fix      %zu of advisories went, after %s on average\n", stats->gone, age);
	}
	show_tally(out, "BY SEVERITY (of advisories)", &stats->severities);
	show_tally(out, "BY AGE", &stats->ages);
	show_tally(out, "BY OWNER", &stats->owners);
	show_tally(out, "BY RULE", &stats->rules);
	show_tally(out, "WHOSE UPDATE CLEARS MOST", &stats->fixes);
	show_tally(out, "USED MOST (by projects)", &stats->used);
}

static void add_tally_json(struct json_writer *writer, const char *key, const struct tally *tally)
{
	json_open_array(writer, key);
	for (size_t i = 0; i < tally->rows.n; i++) {
		json_open_object(writer, NULL);
		json_add_text(writer, "key", tally->rows.v[i].key);
		json_add_u64(writer, "count", tally->rows.v[i].count);
		json_close(writer);
	}
	json_close(writer);
}

static enum status show_json(const struct stats *stats, struct buf *out, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = { { "projects", stats->projects },
			{ "fresh", stats->states[FLEET_FRESH] },
			{ "stale", stats->states[FLEET_STALE] },
			{ "without_lockfile", stats->states[FLEET_GAP] },
			{ "problems", stats->states[FLEET_UNREAD] },
			{ "never", stats->states[FLEET_NEVER] },
			{ "lockfiles", stats->lockfiles },
			{ "packages", stats->packages },
			{ "findings", stats->open },
			{ "errors", stats->errors },
			{ "gaps", stats->gaps },
			{ "waived", stats->waived },
			{ "gone", stats->gone } };
	if (!writer)
		return error_memory(err);
	json_open_object(writer, NULL);
	json_add_text(writer, "schema", STR("assay.fleet-stats/1"));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		json_add_u64(writer, numbers[i].key, numbers[i].value);
	if (stats->gone)
		json_add_u64(writer, "mean_seconds_to_fix", (uint64_t)(stats->fix_seconds / (int64_t)stats->gone));
	else
		json_add_null(writer, "mean_seconds_to_fix");
	add_tally_json(writer, "by_severity", &stats->severities);
	add_tally_json(writer, "by_age", &stats->ages);
	add_tally_json(writer, "by_owner", &stats->owners);
	add_tally_json(writer, "by_rule", &stats->rules);
	add_tally_json(writer, "clears_most", &stats->fixes);
	add_tally_json(writer, "used_most", &stats->used);
	json_close(writer);
	return json_writer_finish(writer, true, out, err);
}

/* What is used most goes through all packages: only where somebody reads it. */
static int gather_here(struct cli *cli, bool with_used, struct stats *stats)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	struct fleet_filter filter = fleet_filter_of(cli);
	struct error err = { 0 };
	*stats = (struct stats){ .arena = cli->arena, .now = date_now(), .oldest = DATE_NONE, .newest = DATE_NONE };
	int code = fleet_open_store(cli, false, &fleet);
	if (!code && (gather(fleet, &filter, stats, &err) || (with_used && fleet_each_used(fleet, &filter, add_used, stats, &err)) ||
		      (stats->failed && error_memory(&err))))
		code = cli_fail(&err);
	if (!code && !stats->projects)
		stats->exit_code = fleet_check_picked(fleet, filter);
	return code;
}

int command_fleet_stats(struct cli *cli)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	struct stats stats;
	struct error err = { 0 };
	enum fleet_format format;
	int code = fleet_format(cli, &format);
	if (!code && format == FLEET_CSV)
		code = cli_usage_error("stats has the formats text and json");
	if (code || (code = gather_here(cli, true, &stats)))
		return code;
	if (format == FLEET_TEXT)
		show_text(&stats, &out);
	else if (show_json(&stats, &out, &err))
		return cli_fail(&err);
	code = cli_write_buf(cli, &out);
	return code ? code : stats.exit_code;
}

/* ---- for Prometheus ------------------------------------------------------------------------- */

static void add_metric(struct buf *out, const char *name, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Label values escape backslash, quote and line break. */
static void add_label(struct buf *out, struct str value)
{
	CLEANUP(buf_fini) struct buf visible = BUF_INIT(64 * KIB);
	buf_add_visible(&visible, value);
	for (size_t i = 0; i < visible.n; i++) {
		if (visible.p[i] == '\\' || visible.p[i] == '"')
			buf_add_char(out, '\\');
		buf_add_char(out, visible.p[i]);
	}
}

static void add_labelled(struct buf *out, const char *name, const char *label, const struct tally *tally)
{
	for (size_t i = 0; i < tally->rows.n; i++) {
		buf_printf(out, "%s{%s=\"", name, label);
		add_label(out, tally->rows.v[i].key);
		buf_printf(out, "\"} %zu\n", tally->rows.v[i].count);
	}
}

int command_fleet_metrics(struct cli *cli)
{
	static const char *const states[FLEET_STATES] = {
		[FLEET_FRESH] = "fresh", [FLEET_STALE] = "stale", [FLEET_GAP] = "gap", [FLEET_UNREAD] = "problem", [FLEET_NEVER] = "never",
	};
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	struct stats stats;
	int code = gather_here(cli, false, &stats);
	if (code)
		return code;
	add_metric(&out, "assay_fleet_projects", "Projects by what the last look at them gave.");
	for (int state = 0; state < FLEET_STATES; state++)
		buf_printf(&out, "assay_fleet_projects{state=\"%s\"} %zu\n", states[state], stats.states[state]);
	add_metric(&out, "assay_fleet_lockfiles", "Lockfiles of all projects.");
	buf_printf(&out, "assay_fleet_lockfiles %zu\n", stats.lockfiles);
	add_metric(&out, "assay_fleet_packages", "Installed packages of all lockfiles.");
	buf_printf(&out, "assay_fleet_packages %zu\n", stats.packages);
	add_metric(&out, "assay_fleet_findings", "Findings that stand, by rule.");
	add_labelled(&out, "assay_fleet_findings", "rule", &stats.rules);
	add_metric(&out, "assay_fleet_findings_by_level", "Findings that stand, by level.");
	add_labelled(&out, "assay_fleet_findings_by_level", "level", &stats.levels);
	add_metric(&out, "assay_fleet_advisory_findings", "Vulnerabilities and malware that stand, by severity.");
	add_labelled(&out, "assay_fleet_advisory_findings", "severity", &stats.severities);
	add_metric(&out, "assay_fleet_waived", "Findings that are waived.");
	buf_printf(&out, "assay_fleet_waived %zu\n", stats.waived);
	if (stats.newest != DATE_NONE) {
		add_metric(&out, "assay_fleet_newest_look_timestamp_seconds", "When a project was last read.");
		buf_printf(&out, "assay_fleet_newest_look_timestamp_seconds %lld\n", (long long)stats.newest);
		add_metric(&out, "assay_fleet_oldest_look_timestamp_seconds", "When the project that was not read for longest was read.");
		buf_printf(&out, "assay_fleet_oldest_look_timestamp_seconds %lld\n", (long long)stats.oldest);
	}
	code = cli_write_buf(cli, &out);
	return code ? code : stats.exit_code;
}
