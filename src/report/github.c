/*
 * `scan --format github`: workflow commands, which GitHub Actions shows as annotations at their lines, the worst first (it shows ten of each
 * level in a step). docs.github.com, "Workflow commands for GitHub Actions".
 */
#include "report/report_private.h"

static void add_escaped(struct buf *out, struct str text, bool property)
{
	CLEANUP(buf_fini) struct buf safe = BUF_PART(out);
	buf_add_visible(&safe, text);
	for (size_t i = 0; i < safe.n; i++) {
		char c = safe.p[i];
		if (c == '%' || (property && (c == ':' || c == ',')))
			buf_printf(out, "%%%02X", (unsigned char)c);
		else
			buf_add_char(out, c);
	}
}

static void write_annotation(const struct listed *listed, struct arena *arena, struct buf *out)
{
	const struct finding *finding = listed->finding;
	static const char *const commands[] = { [LEVEL_OFF] = "debug", [LEVEL_INFO] = "notice", [LEVEL_WARN] = "warning", [LEVEL_ERROR] = "error" };
	struct str path = listed_path(arena, listed);
	buf_printf(out, "::%s file=", commands[finding->level]);
	add_escaped(out, str_of(project_path(listed->project)), true);
	buf_printf(out, ",line=%u,title=", finding->line ? finding->line : 1);
	add_escaped(out, str_of(finding->rule->id), true);
	buf_add_z(out, "::");
	add_escaped(out, listed_message(arena, listed), false);
	if (path.n) {
		buf_add_z(out, "%0Aby way of ");
		add_escaped(out, path, false);
	}
	buf_add_z(out, "%0A");
	add_escaped(out, listed_remedy(arena, listed), false);
	buf_add_char(out, '\n');
}

enum status report_github_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err)
{
	struct listing listing;
	enum status status = listing_make(report, arena, &listing, err);
	for (size_t i = 0; i < listing.n && !status; i++)
		if (!listed_is_quiet(&listing.v[i]))
			write_annotation(&listing.v[i], arena, out);
	return status ? status : buf_ok(out, err);
}
