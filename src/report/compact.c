/* `scan --format compact`: a line for each finding, as compilers write them and editors read them. */
#include "report/report_private.h"

static void write_line(const struct listed *listed, struct arena *arena, struct buf *out)
{
	const struct finding *finding = listed->finding;
	buf_add_visible(out, str_of(project_path(listed->project)));
	buf_printf(out, ":%u: %s: %.*s [%s]", finding->line ? finding->line : 1,
		   listed_is_waived(listed) ? "waived" : rule_level_name(finding->level), STR_ARG(listed_message(arena, listed)), finding->rule->id);
	if (!finding->rule->gap && finding->fix.kind != FIX_NONE)
		buf_printf(out, "; %.*s", STR_ARG(listed_remedy(arena, listed)));
	buf_add_char(out, '\n');
}

enum status report_compact_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err)
{
	struct listing listing;
	enum status status = listing_make(report, arena, &listing, err);
	for (size_t i = 0; i < listing.n && !status; i++)
		if (!listed_is_quiet(&listing.v[i]) || report->verbose)
			write_line(&listing.v[i], arena, out);
	return status ? status : buf_ok(out, err);
}
