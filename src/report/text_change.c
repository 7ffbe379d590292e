/* What a change did, for people: what it is compared with, what it brings, what it clears, what is not its doing. */
#include "report/text_private.h"

enum { CLEARED_SHOWN = 5, SHORT_COMMIT = 10, COLUMN = 11 };

static void write_counts(struct text *text, const struct report_comparison *comparison)
{
	const struct tree_changes *changes = comparison->changes;
	size_t start = text->out->n;
	buf_add_z(text->out, "  change   ");
	if (comparison->nothing_before)
		buf_add_z(text->out, "the base has no lockfile here that can be read: all of it is new; ");
	text_number(text, changes->changed);
	buf_add_z(text->out, " changed, ");
	text_number(text, changes->added);
	buf_add_z(text->out, " added, ");
	text_number(text, changes->removed);
	buf_add_z(text->out, " removed, ");
	text_number(text, changes->carried);
	buf_add_z(text->out, " unchanged");
	text_end(text, start, COLUMN);
}

void text_base_write(struct text *text)
{
	const struct report_comparison *comparison = text->project->comparison;
	size_t start = text->out->n;
	if (!comparison)
		return;
	if (comparison->baseline) {
		buf_add_z(text->out, "  compared with the report ");
		text_safe(text, str_of(comparison->baseline));
		text_end(text, start, 4);
		return;
	}
	buf_add_z(text->out, "  base     ");
	text_safe(text, str_head(str_of(comparison->commit), SHORT_COMMIT));
	buf_add_z(text->out, " (");
	text_safe(text, str_of(comparison->why));
	buf_add_z(text->out, "), judged by the policy that stands there");
	text_end(text, start, COLUMN);
	write_counts(text, comparison);
}

/* What is gone of one version of a package. */
static size_t count_alike(const struct report_comparison *comparison, size_t from)
{
	const struct report_fixed *first = &comparison->fixed[from];
	size_t n = from + 1;
	while (n < comparison->fixed_count && str_equal(comparison->fixed[n].name, first->name) && str_equal(comparison->fixed[n].version, first->version))
		n++;
	return n - from;
}

static void write_gone(struct text *text, const struct report_fixed *fixed, size_t count)
{
	size_t start = text->out->n;
	buf_add_z(text->out, "  ");
	text_safe(text, fixed->name);
	buf_add_char(text->out, ' ');
	text_safe(text, fixed->version);
	text_column(text, start, 34);
	for (size_t i = 0; i < count; i++) {
		bool same = i && fixed[i].rule == fixed[i - 1].rule;
		buf_printf(text->out, "%s%s", i ? ", " : "", same ? "" : fixed[i].rule->id);
		if (!str_equal_z(fixed[i].id, fixed[i].rule->id)) {
			buf_add_z(text->out, same ? "" : " ");
			text_safe(text, fixed[i].id);
		}
	}
	text_end(text, start, 34);
}

static void write_cleared(struct text *text, const struct report_comparison *comparison)
{
	size_t shown = 0, told = 0;
	if (!comparison->fixed_count)
		return;
	text_title(text, "CLEARED");
	buf_add_z(text->out, "      ");
	text_plural(text, comparison->fixed_count, "finding is gone", "findings are gone");
	buf_add_char(text->out, '\n');
	while (told < comparison->fixed_count && (shown < CLEARED_SHOWN || text->report->verbose)) {
		size_t count = count_alike(comparison, told);
		write_gone(text, &comparison->fixed[told], count);
		told += count;
		shown++;
	}
	if (told < comparison->fixed_count)
		buf_printf(text->out, "  and %zu more: -v shows them\n", comparison->fixed_count - told);
}

void text_change_write(struct text *text)
{
	const struct report_comparison *comparison = text->project->comparison;
	const struct scan *scan = text->project->scan;
	size_t carried = 0;
	if (!comparison)
		return;
	write_cleared(text, comparison);
	for (size_t i = 0; i < scan->findings.n; i++)
		carried += !scan->findings.v[i].rule->gap && scan->findings.v[i].level != LEVEL_OFF &&
			   scan->findings.v[i].status == FINDING_CARRIED && scan->findings.v[i].waiver_state != WAIVER_ACTIVE;
	if (!carried)
		return;
	size_t start = text->out->n + 1;
	text_title(text, "NOT YOUR CHANGE");
	buf_add_z(text->out, "   ");
	text_plural(text, carried, "finding was there before", "findings were there before");
	buf_add_z(text->out, " and cannot fail this run (a scan without ");
	buf_add_z(text->out, comparison->baseline ? "--baseline" : "--base");
	buf_add_z(text->out, " shows them)");
	text_end(text, start, 18);
}
