/* How a fix is told on a screen: what has to move, and what to paste. */
#include "report/text_private.h"

const struct fix *text_fix_of(const struct text_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->findings[i]->fix.kind != FIX_NONE)
			return &group->findings[i]->fix;
	return NULL;
}

static bool is_told_by_blocker(const struct fix *fix, struct str direct)
{
	return str_starts_with(fix->blocker, direct) && str_starts_with(str_from(fix->blocker, direct.n), STR(" asks"));
}

static void write_through(struct text *text, const struct fix *fix)
{
	if (fix->through_many)
		buf_printf(text->out, "comes with more than %d direct dependencies", FIX_THROUGH);
	for (uint8_t i = 0; i < fix->through_count; i++) {
		buf_add_z(text->out, i ? ", " : "comes with ");
		text_safe(text, fix->through[i]);
	}
}

void text_fix_write_reason(struct text *text, const struct fix *fix, const struct text_reason *how)
{
	static const char *const words[] = {
		[FIX_NONE] = "no fixed version is known",
		[FIX_IN_RANGE] = "within the ranges that ask for it",
		[FIX_BUMP] = "",
		[FIX_OVERRIDE] = "override only: ",
	};
	const char *caution = fix_step_caution(fix->step);
	bool brings = fix->through_count && !how->brought && !(fix->through_count == 1 && is_told_by_blocker(fix, fix->through[0]));
	if (fix->kind != FIX_NONE || !fix->blocker.n)
		buf_add_z(text->out, words[fix->kind]);
	text_safe(text, fix->blocker);
	if (how->brief && brings) {
		buf_add_z(text->out, "; ");
		write_through(text, fix);
	}
	if (!how->brief && caution)
		buf_printf(text->out, "; %s", caution);
}

/* "to clear it: npm install minimist@0.2.4, and in package.json:", and below what to put there. */
static void write_snippet(struct text *text, const struct fix *fix)
{
	enum { COLUMN = 17 };
	size_t start = text->out->n;
	buf_add_z(text->out, "    to clear it: ");
	text_safe(text, fix->command);
	buf_add_z(text->out, fix->command.n ? ", and in " : "in ");
	text_safe(text, fix->snippet_file);
	buf_add_char(text->out, ':');
	text_end(text, start, COLUMN);
	start = text->out->n;
	buf_printf(text->out, "%*s", COLUMN, "");
	text_safe(text, fix->snippet);
	text_end(text, start, COLUMN + 2);
	start = text->out->n;
	if (fix->kind != FIX_OVERRIDE)
		return;
	buf_printf(text->out, "%*sthen test: packages that ask for another version get this one", COLUMN, "");
	text_end(text, start, COLUMN);
}

void text_fix_write(struct text *text, const struct fix *fix)
{
	const struct lockfile_format *format = text->project->scan->format;
	size_t start = text->out->n;
	if (fix->through_count > 1 || fix->through_many) {
		buf_add_z(text->out, "    ");
		write_through(text, fix);
		text_end(text, start, 6);
		start = text->out->n;
	}
	if (fix->snippet.n) {
		write_snippet(text, fix);
	} else if (fix->kind == FIX_OVERRIDE && format && format->override_words) {
		buf_add_z(text->out, "    what asks for it has to move: no override can be proposed that moves this version alone");
		text_end(text, start, 4);
	}
}

/* What all groups of that level come with. STR_NONE: not all, or not with one. */
struct str text_fix_common(const struct text_groups *groups, enum rule_level level)
{
	struct str common = STR_NONE;
	size_t n = 0;
	for (size_t i = 0; i < groups->groups.n; i++) {
		const struct text_group *group = &groups->groups.v[i];
		if (group->level != level)
			continue;
		const struct fix *fix = text_fix_of(group);
		if (!fix || fix->through_count != 1 || group->package->direct || (n && !str_equal(common, fix->through[0])))
			return STR_NONE;
		common = fix->through[0];
		n++;
	}
	return n > 1 ? common : STR_NONE;
}
