/* One package in full: its headline, each of its findings, the way in, what clears it. */
#include "assay/limits.h"
#include "assay/semver.h"
#include "report/report_private.h"
#include "report/text_private.h"

enum { ID_COLUMN = 18, TITLE_COLUMN = 39, LONGEST_TITLE = 70, FIX_COLUMN = 34, FIXED_SHOWN = 2, PLACES_WIDTH = 26 };

enum paint text_paint_of(const struct finding *finding)
{
	if (finding->level == LEVEL_ERROR)
		return PAINT_RED;
	return finding->level == LEVEL_WARN ? PAINT_YELLOW : PAINT_DIM;
}

bool text_is_advisory(const struct finding *finding)
{
	return finding->rule->by_advisory;
}

void text_score(struct text *text, const struct finding *finding)
{
	if (finding->score_tenths >= 0)
		buf_printf(text->out, " %d.%d", finding->score_tenths / 10, finding->score_tenths % 10);
}

/* Whether it could have been installed instead, as far as versions tell: 0.5.0 is no fix for who has 1.0.0. */
static bool is_above(struct str fixed, struct str version)
{
	struct semver a, b;
	return !semver_parse(fixed, 0, &a) || !semver_parse(version, 0, &b) || semver_compare(&a, &b) > 0;
}

static void add_fixed(const struct text *text, const struct finding *finding, struct str version, struct buf *out)
{
	size_t shown = 0, most = text->report->verbose ? SIZE_MAX : FIXED_SHOWN;
	for (size_t i = 0; i < finding->fixed_count; i++) {
		if (!text->report->verbose && !is_above(finding->fixed[i], version))
			continue;
		if (shown == most) {
			buf_printf(out, ", %s", text_cut(text));
			return;
		}
		buf_add_z(out, shown++ ? ", " : "fixed in ");
		text_add(out, finding->fixed[i]);
	}
}

/* Who says so, since when, and what decided about it. */
static void write_origin(struct text *text, const struct finding *finding)
{
	size_t start = text->out->n;
	buf_printf(text->out, "%*s", ID_COLUMN, "");
	if (finding->url.n)
		text_safe(text, finding->url);
	else
		buf_printf(text->out, "assay explain %s", finding->rule->id);
	if (finding->first_seen != DATE_NONE)
		buf_printf(text->out, "  first seen here %.10s", report_date(text->arena, finding->first_seen).p);
	buf_add_z(text->out, "  ");
	text_safe(text, finding->decided_by);
	text_end(text, start, ID_COLUMN);
}

static void write_what(struct text *text, const struct finding *finding)
{
	if (!text_is_advisory(finding)) {
		text_message(text, finding->message);
		return;
	}
	if (finding->kev) {
		text_paint(text, PAINT_RED, STR("exploited"));
		buf_add_z(text->out, ", ");
	}
	text_safe(text, finding->title);
}

/* Behind the titles, in a column of its own; on a narrow screen behind the end of this title, or below. */
static void write_fixed(struct text *text, size_t start, struct str fixed, size_t column)
{
	if (column) {
		text_column(text, start, column);
	} else {
		text_wrap(text, start, TITLE_COLUMN, " ");
		if (text_fits(text, start, 2 + screen_width(fixed)))
			buf_add_z(text->out, "  ");
		else
			buf_printf(text->out, "\n%*s", TITLE_COLUMN, "");
	}
	buf_add(text->out, fixed);
}

static void write_finding(struct text *text, const struct text_group *group, const struct finding *finding, size_t fixed_column)
{
	CLEANUP(buf_fini) struct buf fixed = BUF_PART(text->out);
	size_t start = text->out->n;
	bool advisory = text_is_advisory(finding), malware = advisory && finding->rule->id[0] == 'm';
	buf_add_z(text->out, "    ");
	text_paint(text, text_paint_of(finding),
		   str_of(malware  ? "malware" :
			  advisory ? severity_name(finding->severity) :
				     rule_level_name(finding->level)));
	if (advisory && !malware)
		text_score(text, finding);
	text_column(text, start, ID_COLUMN);
	text_safe(text, advisory ? finding->id : str_of(finding->rule->id));
	text_column(text, start, TITLE_COLUMN);
	write_what(text, finding);
	if (advisory)
		add_fixed(text, finding, group->package->version, &fixed);
	if (fixed.n)
		write_fixed(text, start, buf_str(&fixed), fixed_column);
	if (finding->waiver_state == WAIVER_EXPIRED || finding->waiver_state == WAIVER_REFUSED) {
		buf_add_z(text->out, "  (its waiver does not count: ");
		text_safe(text, finding->waiver);
		buf_add_char(text->out, ')');
	}
	text_end(text, start, TITLE_COLUMN);
	if (text->report->verbose)
		write_origin(text, finding);
}

/* Where "fixed in" stands in a group: behind its longest title. 0 where the screen is too narrow for that. */
static size_t fixed_column(const struct text *text, const struct text_group *group)
{
	size_t longest = 0, widest = 0;
	for (size_t i = 0; i < group->count; i++) {
		const struct finding *finding = group->findings[i];
		if (!text_is_advisory(finding))
			continue;
		CLEANUP(buf_fini) struct buf fixed = BUF_PART(text->out);
		add_fixed(text, finding, group->package->version, &fixed);
		size_t n = screen_width(finding->title) + (finding->kev ? strlen("exploited, ") : 0), wide = screen_width(buf_str(&fixed));
		longest = n > longest ? n : longest;
		widest = wide > widest ? wide : widest;
	}
	size_t column = TITLE_COLUMN + (longest < LONGEST_TITLE ? longest : LONGEST_TITLE) + 2;
	return text->report->columns && column + widest > text->report->columns ? 0 : column;
}

/* A way in with its middle left out, but for `kept` steps behind the root and the last. */
static void write_steps(struct text *text, const struct tree_path *path, size_t kept)
{
	const struct tree *tree = text->project->scan->tree;
	for (size_t i = 0; i < path->length; i++) {
		const struct package *package = &tree->packages[path->packages[i]];
		buf_add_z(text->out, i ? " > " : "    ");
		if (i == kept + 1 && i + 1 < path->length) {
			buf_printf(text->out, "%s > ", text_cut(text));
			i = path->length - 1;
			package = &tree->packages[path->packages[i]];
		}
		text_safe(text, i == 0 && package->name.n ? package->name : package_label(text->arena, package));
	}
}

/* "webapp > react-scripts@5.0.1 > … > nth-check@1.0.2" */
static void write_path(struct text *text, const struct finding *finding)
{
	struct tree_path path;
	size_t start = text->out->n, places = finding->instance_count - 1;
	bool plain = !places && !text->report->verbose;
	if (tree_shortest_path(text->project->scan->tree, finding->instances[0], text->arena, &path, NULL) || path.length < (plain ? 3u : 2u))
		return;
	size_t kept = text->report->verbose || path.length <= 6 ? path.length : 2;
	write_steps(text, &path, kept);
	while (kept > 1 && path.length > 3 && !text->report->verbose && !text_fits(text, start, places ? PLACES_WIDTH : 0)) {
		kept = kept > path.length - 2 ? path.length - 3 : kept - 1;
		text->out->n = start;
		write_steps(text, &path, kept);
	}
	if (places)
		buf_printf(text->out, "   (and %zu more %s)", places, places == 1 ? "place" : "places");
	text_wrap(text, start, 6, " > ");
	buf_add_char(text->out, '\n');
}

const struct finding *text_first_advisory(const struct text_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (text_is_advisory(group->findings[i]))
			return group->findings[i];
	return NULL;
}

/* Fixes are proposed for advisories only; what else is found says in its message what to do. */
static void write_headline(struct text *text, const struct text_group *group)
{
	const struct fix *fix = text_fix_of(group);
	const struct finding *worst = group->findings[0], *advisory = text_first_advisory(group);
	CLEANUP(buf_fini) struct buf label = BUF_PART(text->out);
	size_t start = text->out->n;
	buf_add_z(text->out, "  ");
	text_group_name(group, &label);
	text_paint(text, PAINT_BOLD, buf_str(&label));
	if (fix) {
		buf_add_z(text->out, text_arrow(text));
		text_safe(text, fix->to);
	}
	text_column(text, start, FIX_COLUMN);
	if (advisory)
		text_fix_write_reason(text, fix ? fix : &advisory->fix, &(struct text_reason){ 0 });
	if (worst->line) {
		buf_add_z(text->out, advisory ? "  " : "");
		text_safe(text, str_of(path_base(text->project->path)));
		buf_printf(text->out, ":%u", worst->line);
	}
	text_end(text, start, FIX_COLUMN);
}

void text_group_write(struct text *text, const struct text_group *group)
{
	const struct fix *fix = text_fix_of(group);
	size_t column = fixed_column(text, group);
	write_headline(text, group);
	for (size_t i = 0; i < group->count; i++)
		write_finding(text, group, group->findings[i], column);
	if (group->package->kind != PACKAGE_ROOT)
		write_path(text, group->findings[0]);
	size_t start = text->out->n;
	if (group->action == ACTION_REMOVE) {
		buf_add_z(text->out, "    remove it; if it was ever installed, treat every secret that the machine could read as exposed");
		text_end(text, start, 4);
	}
	if (fix)
		text_fix_write(text, fix);
	text_link_write(text, group);
}
