/* The commands that clear what is found, as few as can be. */
#include "assay/limits.h"
#include "report/text_private.h"

/* Commands of the plain form "<verb> <words>" can be joined; one with options, or for another folder, stands alone. */
static bool is_plain(struct str command, struct str verb)
{
	return verb.n && str_starts_with(command, verb) && str_find_str(command, STR(" -")) == command.n && str_find(command, '&') == command.n;
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

static void add_other_commands(const struct text_groups *groups, enum rule_level level, const struct str verbs[2], struct text_moves *out)
{
	for (size_t i = 0; i < groups->groups.n; i++) {
		const struct fix *fix = text_fix_of(&groups->groups.v[i]);
		if (groups->groups.v[i].level != level || !fix || !fix->command.n || is_plain(fix->command, verbs[0]) || is_plain(fix->command, verbs[1]))
			continue;
		buf_add(&out->joined, fix->command);
		buf_add_char(&out->joined, '\n');
	}
}

void text_moves_find(struct text *text, const struct text_groups *groups, enum rule_level level, struct text_moves *out)
{
	const struct scan *scan = text->project->scan;
	const struct str verbs[] = { str_of(scan->format ? scan->format->install_command : NULL), str_of(scan->format ? scan->format->update_command : NULL) };
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

/* A line each, the next below the first. */
void text_moves_list(struct text *text, const struct text_moves *moves, size_t start)
{
	struct str rest = buf_str(&moves->joined), line;
	size_t column = text_at(text, start);
	text_paint_on(text, PAINT_BOLD);
	for (bool first = true; rest.n && str_split(&rest, '\n', &line); first = false) {
		CLEANUP(buf_fini) struct buf safe = BUF_PART(text->out);
		buf_add_visible(&safe, line);
		if (!first)
			buf_printf(text->out, "\n%*s", (int)column, "");
		text_command(text, buf_str(&safe), start);
	}
	text_paint_off(text);
}
