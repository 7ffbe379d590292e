/* What a change did, for people: what it is compared with, what it brings, what it clears, what is not its doing. */
#include "report/text_private.h"

enum { CLEARED_SHOWN = 5, SHORT_COMMIT = 10 };

void text_base_write(struct text *text)
{
	const struct report_comparison *comparison = text->project->comparison;
	if (!comparison)
		return;
	if (comparison->baseline) {
		buf_add_z(text->out, "  compared with the report ");
		text_safe(text, str_of(comparison->baseline));
		buf_add_char(text->out, '\n');
		return;
	}
	buf_add_z(text->out, "  base     ");
	text_safe(text, str_head(str_of(comparison->commit), SHORT_COMMIT));
	buf_add_z(text->out, " (");
	text_safe(text, str_of(comparison->why));
	buf_add_z(text->out, "), judged by the policy that stands there\n  change   ");
	if (comparison->nothing_before)
		buf_add_z(text->out, "the base has no lockfile here that can be read: all of it is new; ");
	const struct tree_changes *changes = comparison->changes;
	text_number(text, changes->changed);
	buf_add_z(text->out, " changed, ");
	text_number(text, changes->added);
	buf_add_z(text->out, " added, ");
	text_number(text, changes->removed);
	buf_add_z(text->out, " removed, ");
	text_number(text, changes->carried);
	buf_add_z(text->out, " unchanged\n");
}

static void write_cleared(struct text *text, const struct report_comparison *comparison)
{
	if (!comparison->fixed_count)
		return;
	text_title(text, "CLEARED");
	buf_add_z(text->out, "      ");
	text_plural(text, comparison->fixed_count, "finding is gone", "findings are gone");
	buf_add_char(text->out, '\n');
	for (size_t i = 0; i < comparison->fixed_count && (i < CLEARED_SHOWN || text->report->verbose); i++) {
		const struct report_fixed *fixed = &comparison->fixed[i];
		size_t start = text->out->n;
		buf_add_z(text->out, "  ");
		text_safe(text, fixed->name);
		buf_add_char(text->out, ' ');
		text_safe(text, fixed->version);
		text_column(text, start, 34);
		buf_printf(text->out, "%s  ", fixed->rule->id);
		text_safe(text, fixed->id);
		buf_add_char(text->out, '\n');
	}
	if (comparison->fixed_count > CLEARED_SHOWN && !text->report->verbose)
		buf_printf(text->out, "  and %zu more: -v shows them\n", comparison->fixed_count - CLEARED_SHOWN);
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
	text_title(text, "NOT YOUR CHANGE");
	buf_add_z(text->out, "   ");
	text_plural(text, carried, "finding was there before", "findings were there before");
	buf_add_z(text->out, " and cannot fail this run (a scan without ");
	buf_add_z(text->out, comparison->baseline ? "--baseline" : "--base");
	buf_add_z(text->out, " shows them)\n");
}
