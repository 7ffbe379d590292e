/* What can wait: a line for each package, those that come with one direct dependency below it. */
#include <stdio.h>

#include "assay/limits.h"
#include "report/text_private.h"

enum { SHOWN = 15, ALIKE_SHOWN = 3, NAME_MOST = 34, LEVEL_MOST = 22, GAP = 2, LEAST_REASON = 24 };

/* Where the words of all lines begin. */
struct columns {
	size_t level, reason;
};

static void write_level(struct text *text, const struct text_group *group)
{
	const struct finding *worst = group->findings[0];
	bool advisory = text_is_advisory(worst);
	text_paint(text, text_paint_of(worst), str_of(advisory ? severity_name(worst->severity) : worst->rule->id));
	if (advisory)
		text_score(text, worst);
	if (group->count > 1)
		buf_printf(text->out, " (+%zu)", group->count - 1);
}

static size_t level_width(struct text *text, const struct text_group *group)
{
	size_t start = text->out->n;
	write_level(text, group);
	size_t width = screen_width(str_from(buf_str(text->out), start));
	if (!text->out->failed)
		text->out->n = start;
	return width;
}

/* Many that one action clears are one line. */
static bool is_folded(const struct text_group *group)
{
	return group->alike > ALIKE_SHOWN;
}

static void add_label(const struct text_group *group, struct buf *out)
{
	if (is_folded(group))
		buf_printf(out, "%zu packages", group->alike);
	else
		text_group_name(group, out);
}

static void write_folded(struct text *text, const struct text_group *group, const struct columns *columns)
{
	CLEANUP(buf_fini) struct buf count = BUF_PART(text->out);
	size_t start = text->out->n;
	add_label(group, &count);
	buf_add_z(text->out, "  ");
	text_paint(text, PAINT_BOLD, buf_str(&count));
	text_column(text, start, columns->level);
	text_paint(text, text_paint_of(group->findings[0]), str_of(group->findings[0]->rule->id));
	text_column(text, start, columns->reason);
	text_message(text, group->findings[0]->message);
	buf_add_z(text->out, " (the first: ");
	text_group_name(group, text->out);
	buf_add_char(text->out, ')');
	text_end(text, start, columns->reason);
}

static void write_line(struct text *text, const struct text_group *group, size_t indent, bool brought, const struct columns *columns)
{
	CLEANUP(buf_fini) struct buf name = BUF_PART(text->out);
	const struct finding *worst = group->findings[0];
	const struct fix *fix = text_fix_of(group);
	size_t start = text->out->n;
	char place[24] = "";
	buf_printf(text->out, "%*s", (int)indent, "");
	text_group_name(group, &name);
	text_paint(text, PAINT_BOLD, buf_str(&name));
	text_column(text, start, columns->level);
	write_level(text, group);
	if (worst->line)
		snprintf(place, sizeof place, "  :%u", worst->line);
	size_t from, hang = columns->reason;
	if (text->report->columns && hang + strlen(place) + LEAST_REASON > text->report->columns) {
		buf_add_char(text->out, '\n'); /* too narrow for words behind the level: they stand below */
		hang = indent + 2;
		start = text->out->n;
	}
	text_column(text, start, hang);
	from = text->out->n;
	bool advisory = text_is_advisory(worst);
	if (advisory)
		text_fix_write_reason(text, fix ? fix : &worst->fix, &(struct text_reason){ .brief = true, .brought = brought });
	else
		text_message(text, worst->message);
	if (advisory) /* `explain` has the rest; what another rule found is said nowhere else */
		text_shorten(text, start, from, strlen(place));
	buf_add_z(text->out, place);
	text_end(text, start, hang);
}

/* The direct dependency that the next lines come with, where it is not one of them itself. */
static void write_bringer(struct text *text, struct str bringer)
{
	size_t start = text->out->n;
	buf_add_z(text->out, "  with ");
	text_safe(text, bringer);
	text_end(text, start, 4);
}

static bool is_below(const struct text_groups *groups, size_t i)
{
	const struct text_group *group = &groups->groups.v[i];
	return group->cluster_size > 1 && !group->package->direct;
}

static struct columns find_columns(struct text *text, const struct text_groups *groups, bool flat)
{
	struct columns columns = { 20, 0 };
	size_t levels = 0, shown = 0;
	for (size_t i = 0; i < groups->groups.n && shown < SHOWN; i++) {
		const struct text_group *group = &groups->groups.v[i];
		if (group->level != LEVEL_WARN || (is_folded(group) && group->alike_at))
			continue;
		CLEANUP(buf_fini) struct buf name = BUF_PART(text->out);
		add_label(group, &name);
		size_t width = screen_width(buf_str(&name)) + (!flat && is_below(groups, i) ? 4 : 2) + GAP, level = level_width(text, group) + GAP;
		columns.level = width > columns.level && width <= NAME_MOST ? width : columns.level;
		levels = level > levels && level <= LEVEL_MOST ? level : levels;
		shown++;
	}
	columns.reason = columns.level + levels;
	return columns;
}

void text_list_write(struct text *text, const struct text_groups *groups, bool flat)
{
	struct columns columns = find_columns(text, groups, flat);
	size_t shown = 0, left = 0;
	struct str bringer = STR_NONE;
	for (size_t i = 0; i < groups->groups.n; i++) {
		const struct text_group *group = &groups->groups.v[i];
		bool below = !flat && is_below(groups, i);
		if (group->level != LEVEL_WARN || is_folded(group))
			continue;
		if (shown == SHOWN) {
			left++;
			continue;
		}
		if (below && !str_equal(bringer, group->bringer))
			write_bringer(text, group->bringer);
		bringer = group->cluster_size > 1 ? group->bringer : STR_NONE;
		write_line(text, group, below ? 4 : 2, flat || below, &columns);
		shown++;
	}
	if (left)
		buf_printf(text->out, "  and %zu more: -v shows them\n", left);
	for (size_t i = 0; i < groups->groups.n; i++) {
		const struct text_group *group = &groups->groups.v[i];
		if (group->level == LEVEL_WARN && is_folded(group) && group->alike_at == 0)
			write_folded(text, group, &columns);
	}
}
