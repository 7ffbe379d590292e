/*
 * The report for people: first the verdict, then the move to make today, then what can wait, then what was not looked at, then
 * the next command. Plain ASCII where it does not go to a terminal that knows better.
 */
#include "assay/limits.h"
#include "report/report_private.h"
#include "report/text_private.h"

enum { ALIKE_MOST = 5, ALIKE_SHOWN = 3 };

static void write_moves(struct text *text, const struct text_moves *moves)
{
	const char *head = text_moves_head(text->report);
	bool change = text->project->comparison;
	if (change)
		text_title(text, "BLOCKED BY THIS CHANGE");
	if (!change || moves->joined.n) {
		size_t start = text->out->n + 1;
		text_title(text, head);
		if (moves->joined.n) {
			buf_printf(text->out, "%*s", (int)(TEXT_HEAD_COLUMN - strlen(head)), "");
			text_moves_list(text, moves, start);
		}
	}
	buf_add_char(text->out, '\n');
}

static void write_now(struct text *text, const struct text_groups *groups, const struct text_moves *moves)
{
	if (!text_group_count(groups, LEVEL_ERROR))
		return;
	write_moves(text, moves);
	for (size_t i = 0; i < groups->groups.n; i++) {
		const struct text_group *group = &groups->groups.v[i];
		bool cut = !text->report->verbose && group->alike > ALIKE_MOST;
		if (group->level != LEVEL_ERROR || (cut && group->alike_at > ALIKE_SHOWN))
			continue;
		buf_add_char(text->out, '\n');
		if (cut && group->alike_at == ALIKE_SHOWN)
			buf_printf(text->out, "  and %zu more packages with %s: -v shows them\n", group->alike - ALIKE_SHOWN, group->findings[0]->rule->id);
		else {
			text_action_write_head(text, groups, i);
			text_group_write(text, group);
		}
	}
}

static void write_later(struct text *text, const struct text_groups *groups)
{
	size_t n = text_group_count(groups, LEVEL_WARN);
	if (!n)
		return;
	struct str common = text_fix_common(groups, LEVEL_WARN);
	text_title(text, "CAN WAIT");
	if (common.n) {
		buf_printf(text->out, "     %s", n == 2 ? "both" : "all ");
		if (n > 2)
			text_number(text, n);
		buf_add_z(text->out, " come with ");
		text_safe(text, common);
	} else if (!text->report->verbose) {
		buf_add_z(text->out, "     assay explain NAME tells more");
	}
	buf_add_char(text->out, '\n');
	if (!text->report->verbose)
		text_list_write(text, groups, common.n > 0);
	for (size_t i = 0; i < groups->groups.n && text->report->verbose; i++)
		if (groups->groups.v[i].level == LEVEL_WARN)
			text_group_write(text, &groups->groups.v[i]);
}

static void write_informative(struct text *text, const struct text_groups *groups)
{
	if (!groups->informative)
		return;
	if (!text->report->verbose) {
		buf_add_char(text->out, '\n');
		size_t start = text->out->n;
		text_plural(text, groups->informative, "more finding is", "more findings are");
		buf_add_z(text->out, " for information only (low severity, development, install scripts): -v");
		text_end(text, start, 2);
		return;
	}
	if (!text_group_count(groups, LEVEL_INFO))
		return;
	text_title(text, "FOR INFORMATION");
	buf_add_char(text->out, '\n');
	for (size_t i = 0; i < groups->groups.n; i++)
		if (groups->groups.v[i].level == LEVEL_INFO)
			text_group_write(text, &groups->groups.v[i]);
}

/* What is accepted is a line: who wants to know why asks with -v. */
static void write_waived(struct text *text, const struct text_groups *groups)
{
	const struct scan *scan = text->project->scan;
	if (!groups->waived)
		return;
	text_title(text, "WAIVED");
	if (!text->report->verbose) {
		buf_printf(text->out, "       %zu finding%s, accepted in the policy: -v shows why, by whom and until when\n", groups->waived,
			   groups->waived == 1 ? "" : "s");
		return;
	}
	buf_add_char(text->out, '\n');
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		if (finding->waiver_state != WAIVER_ACTIVE)
			continue;
		size_t start = text->out->n;
		buf_add_z(text->out, "  ");
		text_safe(text, package_label(text->arena, &scan->tree->packages[finding->instances[0]]));
		buf_add_z(text->out, "  ");
		text_safe(text, finding->id);
		buf_add_z(text->out, "  ");
		text_safe(text, finding->waiver);
		text_end(text, start, 4);
	}
}

static enum status write_project(struct text *text, struct text_moves *moves, struct error *err)
{
	struct text_groups groups;
	enum status status = text_group_findings(text, &groups, err);
	if (status)
		return status;
	text_moves_find(text, &groups, LEVEL_ERROR, moves);
	text_head_write(text, &groups);
	if (text->report->quiet)
		return STATUS_OK;
	bool alone = text->report->project_count == 1;
	text_base_write(text);
	if (alone)
		text_starter_write(text);
	write_now(text, &groups, moves);
	write_later(text, &groups);
	write_informative(text, &groups);
	write_waived(text, &groups);
	text_change_write(text);
	if ((status = text_gaps_write(text, false, err)))
		return status;
	text_held_back_write(text);
	size_t start = text->out->n;
	text_verified_write(text);
	text_installed_write(text);
	text_wrap_lines(text, start, 13);
	return STATUS_OK;
}

/* What is so whatever the project. */
static enum status write_end(struct text *text, struct text_moves *moves, struct error *err)
{
	enum status status = text->report->project_count == 1 ? STATUS_OK : text_gaps_write(text, true, err);
	if (text->report->project_count != 1)
		buf_clear(&moves->joined); /* which project's? */
	if (status)
		return status;
	text_not_looked_at_write(text);
	text_foot_write(text, moves);
	return STATUS_OK;
}

static void moves_fini(struct text_moves *moves)
{
	buf_fini(&moves->joined);
}

enum status report_text_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err)
{
	CLEANUP(moves_fini) struct text_moves moves = { BUF_PART(out) };
	struct text text = { .report = report, .arena = arena, .out = out };
	if (report->project_count != 1)
		text_overview_write(&text);
	for (size_t i = 0; i < report->project_count; i++) {
		text.project = &report->projects[i];
		enum status status = write_project(&text, &moves, err);
		if (status)
			return status;
		if (i + 1 < report->project_count && !report->quiet)
			buf_add_char(out, '\n');
	}
	enum status status = report->quiet ? STATUS_OK : write_end(&text, &moves, err);
	if (status)
		return status;
	return buf_ok(out, err);
}
