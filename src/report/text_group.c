/* Findings by package, worst first, and how one such group is shown. */
#include <stdlib.h>

#include "report/report_private.h"
#include "report/text_private.h"

enum { TITLE_COLUMN = 39, LONGEST_TITLE = 70, FIX_COLUMN = 34, BRIEF_FIX_COLUMN = 52 };

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* The most urgent first; then by package, so that what belongs together stays together. */
static int by_urgency(const void *left, const void *right)
{
	const struct finding *a = *(const struct finding *const *)left, *b = *(const struct finding *const *)right;
	int order = compare_u64(b->level, a->level);
	if (!order)
		order = compare_u64(b->severity, a->severity);
	if (!order)
		order = compare_u64((uint64_t)(b->score_tenths + 1), (uint64_t)(a->score_tenths + 1));
	return order ? order : str_compare(a->id, b->id);
}

static int groups_by_urgency(const void *left, const void *right)
{
	const struct text_group *a = left, *b = right;
	int order = compare_u64(b->level, a->level);
	if (!order && (a->package->kind == PACKAGE_ROOT) != (b->package->kind == PACKAGE_ROOT))
		return a->package->kind == PACKAGE_ROOT ? -1 : 1;
	if (!order)
		order = by_urgency(&a->findings[0], &b->findings[0]);
	if (!order || a->findings[0]->severity == b->findings[0]->severity) {
		int by_name = str_compare(a->package->name, b->package->name);
		if (a->level == b->level && a->findings[0]->severity == b->findings[0]->severity)
			return by_name ? by_name : str_compare(a->package->version, b->package->version);
	}
	return order;
}

/* What was there before is told by its number. */
static bool is_shown(const struct finding *finding)
{
	return !finding->rule->gap && finding->status != FINDING_CARRIED && finding->level != LEVEL_OFF && finding->waiver_state != WAIVER_ACTIVE;
}

/* Counts first, so that each group's findings can be one array. */
static enum status count_groups(struct text *text, struct map *index, struct text_groups *out)
{
	const struct scan *scan = text->project->scan;
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		out->waived += finding->waiver_state == WAIVER_ACTIVE;
		out->gaps += finding->rule->gap && finding->level == LEVEL_ERROR && finding->waiver_state != WAIVER_ACTIVE;
		if (!is_shown(finding))
			continue;
		const struct package *package = &scan->tree->packages[finding->instances[0]];
		struct str label = package_label(text->arena, package);
		size_t at;
		if (!label.p || !map_add(index, label, out->groups.n, &at))
			return STATUS_MEMORY;
		if (at == out->groups.n) {
			struct text_group *group = vec_add(text->arena, &out->groups);
			if (!group)
				return STATUS_MEMORY;
			group->package = package;
		}
		out->groups.v[at].count++;
	}
	return STATUS_OK;
}

static enum status fill_groups(struct text *text, struct map *index, struct text_groups *out)
{
	const struct scan *scan = text->project->scan;
	for (size_t i = 0; i < out->groups.n; i++) {
		struct text_group *group = &out->groups.v[i];
		group->findings = arena_array(text->arena, group->count, sizeof(struct finding *));
		if (!group->findings)
			return STATUS_MEMORY;
		group->count = 0;
	}
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		size_t at = 0;
		if (!is_shown(finding))
			continue;
		struct str label = package_label(text->arena, &scan->tree->packages[finding->instances[0]]);
		if (!label.p || !map_find(index, label, &at))
			return STATUS_MEMORY;
		struct text_group *group = &out->groups.v[at];
		group->findings[group->count++] = finding;
		if (finding->level > group->level)
			group->level = finding->level;
		out->informative += finding->level == LEVEL_INFO;
	}
	return STATUS_OK;
}

enum status text_group_findings(struct text *text, struct text_groups *out, struct error *err)
{
	*out = (struct text_groups){ 0 };
	struct map *index = map_new(text->arena, text->project->scan->findings.n);
	if (!index || count_groups(text, index, out) || fill_groups(text, index, out))
		return error_memory(err);
	for (size_t i = 0; i < out->groups.n; i++)
		qsort(out->groups.v[i].findings, out->groups.v[i].count, sizeof(struct finding *), by_urgency);
	if (out->groups.n)
		qsort(out->groups.v, out->groups.n, sizeof *out->groups.v, groups_by_urgency);
	return STATUS_OK;
}

/* ---- moves ----------------------------------------------------------------------- */

/* Commands of the plain form "<verb> <words>" can be joined; one with options, or for another folder, stands alone. */
static bool is_plain(struct str command, struct str verb)
{
	return verb.n && str_starts_with(command, verb) && str_find_str(command, STR(" -")) == command.n &&
	       str_find(command, '&') == command.n;
}

static void join_commands(const struct text_groups *groups, enum rule_level level, struct str verb, struct text_moves *out)
{
	bool begun = false;
	for (size_t i = 0; i < groups->groups.n; i++) {
		const struct fix *fix = text_fix_of(&groups->groups.v[i]);
		if (groups->groups.v[i].level != level || !fix || !is_plain(fix->command, verb))
			continue;
		buf_add(&out->joined, begun ? STR_NONE : verb);
		buf_add(&out->joined, str_from(fix->command, verb.n));
		begun = true;
	}
	if (begun)
		buf_add_char(&out->joined, '\n');
}

static void add_other_commands(const struct text_groups *groups, enum rule_level level, const struct str verbs[2],
                               struct text_moves *out)
{
	for (size_t i = 0; i < groups->groups.n; i++) {
		const struct fix *fix = text_fix_of(&groups->groups.v[i]);
		if (groups->groups.v[i].level != level || !fix || !fix->command.n || is_plain(fix->command, verbs[0]) ||
		    is_plain(fix->command, verbs[1]))
			continue;
		buf_add(&out->joined, fix->command);
		buf_add_char(&out->joined, '\n');
	}
}

void text_moves_find(struct text *text, const struct text_groups *groups, enum rule_level level, struct text_moves *out)
{
	const struct scan *scan = text->project->scan;
	const struct str verbs[] = { str_of(scan->format ? scan->format->install_command : NULL),
		                     str_of(scan->format ? scan->format->update_command : NULL) };
	buf_clear(&out->joined);
	join_commands(groups, level, verbs[0], out);
	join_commands(groups, level, verbs[1], out);
	add_other_commands(groups, level, verbs, out);
	if (out->joined.n)
		out->joined.n--; /* the last line's end */
}

void text_moves_write(const struct text_moves *moves, const char *between, struct buf *out)
{
	struct str rest = buf_str(&moves->joined), line;
	bool first = true;
	while (rest.n && str_split(&rest, '\n', &line)) {
		buf_add_z(out, first ? "" : between);
		buf_add_visible(out, line);
		first = false;
	}
}

/* ---- one group ---------------------------------------------------------------------- */

static enum paint paint_of(const struct finding *finding)
{
	if (finding->level == LEVEL_ERROR)
		return PAINT_RED;
	return finding->level == LEVEL_WARN ? PAINT_YELLOW : PAINT_DIM;
}

static bool is_advisory(const struct finding *finding)
{
	return str_equal_z(str_of(finding->rule->id), "vulnerability") || str_equal_z(str_of(finding->rule->id), "malware");
}

static void write_score(struct text *text, const struct finding *finding)
{
	if (finding->score_tenths >= 0)
		buf_printf(text->out, " %d.%d", finding->score_tenths / 10, finding->score_tenths % 10);
}

static void write_fixed(struct text *text, const struct finding *finding)
{
	if (finding->fixed_count == 0)
		return;
	buf_add_z(text->out, "fixed in ");
	for (size_t i = 0; i < finding->fixed_count && i < 4; i++) {
		buf_add_z(text->out, i ? ", " : "");
		text_safe(text, finding->fixed[i]);
	}
	if (finding->fixed_count > 4)
		buf_add_z(text->out, ", …");
}

/* Who says so, since when, and what decided about it. */
static void write_origin(struct text *text, const struct finding *finding)
{
	buf_add_z(text->out, "                  ");
	text_safe(text, finding->url.n ? finding->url : str_of(finding->rule->doc));
	if (finding->first_seen != DATE_NONE)
		buf_printf(text->out, "  first seen here %.10s", report_date(text->arena, finding->first_seen).p);
	buf_add_z(text->out, "  ");
	text_safe(text, finding->decided_by);
	buf_add_char(text->out, '\n');
}

static void write_finding(struct text *text, const struct finding *finding, size_t fixed_column)
{
	size_t start = text->out->n;
	buf_add_z(text->out, "    ");
	bool malware = is_advisory(finding) && finding->rule->id[0] == 'm';
	bool advisory = is_advisory(finding);
	text_paint(text, paint_of(finding),
	           str_of(malware ? "malware" : advisory ? severity_name(finding->severity) : rule_level_name(finding->level)));
	if (advisory && !malware)
		write_score(text, finding);
	text_column(text, start, 18);
	if (advisory)
		text_safe(text, finding->id);
	else
		buf_add_z(text->out, finding->rule->id);
	text_column(text, start, TITLE_COLUMN);
	if (advisory && finding->kev) {
		text_paint(text, PAINT_RED, STR("exploited"));
		buf_add_z(text->out, ", ");
	}
	if (advisory)
		text_safe(text, finding->title);
	else
		text_message(text, finding->message);
	if (advisory && finding->fixed_count) {
		text_column(text, start, fixed_column);
		write_fixed(text, finding);
	}
	if (finding->waiver_state == WAIVER_EXPIRED || finding->waiver_state == WAIVER_REFUSED) {
		buf_add_z(text->out, "  (its waiver does not count: ");
		text_safe(text, finding->waiver);
		buf_add_char(text->out, ')');
	}
	buf_add_char(text->out, '\n');
	if (text->report->verbose)
		write_origin(text, finding);
}

/* Where "fixed in" stands in a group: behind its longest title. */
static size_t fixed_column(const struct text_group *group)
{
	size_t longest = 0;
	for (size_t i = 0; i < group->count; i++) {
		size_t n = is_advisory(group->findings[i]) ? text_width(group->findings[i]->title) : 0;
		n += is_advisory(group->findings[i]) && group->findings[i]->kev ? strlen("exploited, ") : 0;
		longest = n > longest ? n : longest;
	}
	return TITLE_COLUMN + (longest < LONGEST_TITLE ? longest : LONGEST_TITLE) + 2;
}

/* "webapp > react-scripts@5.0.1 > … > nth-check@1.0.2" */
static void write_path(struct text *text, const struct finding *finding)
{
	const struct tree *tree = text->project->scan->tree;
	struct tree_path path;
	bool plain = finding->instance_count == 1 && !text->report->verbose;
	if (tree_shortest_path(tree, finding->instances[0], text->arena, &path, NULL) || path.length < (plain ? 3u : 2u))
		return;
	buf_add_z(text->out, "    ");
	for (size_t i = 0; i < path.length; i++) {
		bool cut = path.length > 6 && i == 3 && !text->report->verbose;
		buf_add_z(text->out, i ? " > " : "");
		if (cut) {
			buf_printf(text->out, "%s > ", text_cut(text));
			i = path.length - 2;
		}
		const struct package *package = &tree->packages[path.packages[i]];
		text_safe(text, i == 0 && package->name.n ? package->name : package_label(text->arena, package));
	}
	if (finding->instance_count > 1)
		buf_printf(text->out, "   (and %zu more places)", finding->instance_count - 1);
	buf_add_char(text->out, '\n');
}

static void write_place(struct text *text, const struct finding *finding, bool brief)
{
	buf_add_z(text->out, "  ");
	if (!brief)
		text_safe(text, str_of(path_base(text->project->path)));
	buf_printf(text->out, ":%u", finding->line);
}

static const struct finding *first_advisory(const struct text_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (is_advisory(group->findings[i]))
			return group->findings[i];
	return NULL;
}

static bool has_malware(const struct text_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (strcmp(group->findings[i]->rule->id, "malware") == 0)
			return true;
	return false;
}

/* Fixes are proposed for advisories only; what else is found says in its message what to do. */
static void write_headline(struct text *text, const struct text_group *group, const struct text_reason *how)
{
	bool brief = how->brief;
	const struct fix *fix = text_fix_of(group);
	const struct finding *worst = group->findings[0];
	size_t start = text->out->n;
	buf_add_z(text->out, "  ");
	CLEANUP(buf_fini) struct buf label = BUF_INIT(64 * 1024);
	buf_add_visible(&label, group->package->name.n ? group->package->name : STR("(the project)"));
	if (group->package->version.n) {
		buf_add_char(&label, ' ');
		buf_add_visible(&label, group->package->version);
	}
	text_paint(text, PAINT_BOLD, buf_str(&label));
	if (fix && !brief) {
		buf_add_z(text->out, text_arrow(text));
		text_safe(text, fix->to);
	}
	text_column(text, start, FIX_COLUMN);
	if (brief) {
		bool advisory = is_advisory(worst);
		text_paint(text, paint_of(worst), str_of(advisory ? severity_name(worst->severity) : worst->rule->id));
		if (advisory)
			write_score(text, worst);
		if (group->count > 1)
			buf_printf(text->out, " (+%zu)", group->count - 1);
		text_column(text, start, BRIEF_FIX_COLUMN);
	}
	if (first_advisory(group))
		text_fix_write_reason(text, fix ? fix : &first_advisory(group)->fix, how);
	else if (brief)
		text_message(text, worst->message);
	if (worst->line)
		write_place(text, worst, brief);
	buf_add_char(text->out, '\n');
}

void text_group_write_brief(struct text *text, const struct text_group *group, bool brought)
{
	write_headline(text, group, &(struct text_reason){ .brief = true, .brought = brought });
}

void text_group_write(struct text *text, const struct text_group *group)
{
	const struct fix *fix = text_fix_of(group);
	write_headline(text, group, &(struct text_reason){ 0 });
	for (size_t i = 0; i < group->count; i++)
		write_finding(text, group->findings[i], fixed_column(group));
	if (group->package->kind != PACKAGE_ROOT)
		write_path(text, group->findings[0]);
	if (has_malware(group))
		buf_add_z(text->out, "    remove it; if it was ever installed, treat every secret that the machine could read as exposed\n");
	if (fix)
		text_fix_write(text, fix);
}
