/* What the parts of the text report share. */
#ifndef TEXT_PRIVATE_H
#define TEXT_PRIVATE_H

#include "assay/report.h"

enum paint { PAINT_NONE, PAINT_BOLD, PAINT_RED, PAINT_YELLOW, PAINT_GREEN, PAINT_DIM };

struct text {
	const struct report *report;
	const struct report_project *project;
	struct arena *arena;
	struct buf *out;
};

/* What clears it. */
enum text_action { ACTION_REMOVE, ACTION_INSTALL, ACTION_UPDATE, ACTION_OVERRIDE, ACTION_BY_HAND };

/* All findings of one package at one level of urgency. */
struct text_group {
	const struct package *package;
	const struct finding **findings; /* worst first */
	size_t count;
	enum rule_level level; /* the worst */
	/* The direct dependency that it comes with, itself where it is one: "express@4.16.4". STR_NONE: none, or several. */
	struct str bringer;
	enum text_action action;
	size_t block;                       /* what is to be fixed now and by one action; where the first of it stood */
	size_t cluster, cluster_size, rank; /* groups of one level, action and bringer; where the first of them stood, and this one */
	/* Groups that one rule alone, which knows no advisories, makes as urgent as they are: one action clears them all. Which of them this
	 * is, from 0; how many there are, 0 for what is none. */
	size_t alike_at, alike;
};
struct text_groups {
	VEC(struct text_group) groups;
	size_t informative, waived, gaps; /* findings; gaps: those of level error */
};

/* The findings that are neither waived nor off nor gaps, by package, in order of urgency. */
enum status text_group_findings(struct text *text, struct text_groups *out, struct error *err);

size_t text_group_count(const struct text_groups *groups, enum rule_level level);
void text_group_name(const struct text_group *group, struct buf *out);
const struct finding *text_first_advisory(const struct text_group *group); /* NULL: it has none */
bool text_is_advisory(const struct finding *finding);

/* ---- lines (text_line.c) ------------------------------------------------------------ */

void text_paint(struct text *text, enum paint paint, struct str s); /* s must be safe already */
void text_paint_on(struct text *text, enum paint paint);
void text_paint_off(struct text *text);
enum paint text_paint_of(const struct finding *finding);
/* Text from outside, as far as anybody reads it; text_add for what is put together elsewhere first. */
void text_safe(struct text *text, struct str s);
void text_add(struct buf *out, struct str s);
void text_number(struct text *text, size_t n); /* 1,398 */
void text_plural(struct text *text, size_t n, const char *one, const char *many);
void text_score(struct text *text, const struct finding *finding); /* " 7.5", nothing where there is none */
void text_title(struct text *text, const char *title);             /* a section's, on a line of its own */
/* What stands before the commands to type: in a change, what must not come in has a head of its own. */
const char *text_moves_head(const struct report *report);
const char *text_dot(const struct text *text);   /* " · " */
const char *text_arrow(const struct text *text); /* " → " */
const char *text_cut(const struct text *text);   /* what stands for what was left out */
/* What a finding says, its digests cut to what eyes compare; whole with -v. */
void text_message(struct text *text, struct str message);

/* Lines begin at the offset `start` of text->out, and get no wider than the screen, where there is one. */
size_t text_at(const struct text *text, size_t start);              /* the column behind what stands there */
bool text_fits(const struct text *text, size_t start, size_t more); /* that many columns more */
/* Pads with blanks to column `column` (at least one blank). */
void text_column(struct text *text, size_t start, size_t column);
/* Breaks a line that is too wide behind the last `behind` that fits, and goes on below at column `indent`. text_end also ends it. */
void text_wrap(struct text *text, size_t start, size_t indent, const char *behind);
void text_end(struct text *text, size_t start, size_t indent);
/* The same for all whole lines from `start` on. */
void text_wrap_lines(struct text *text, size_t start, size_t indent);
/* Cuts what stands from offset `from` so that `room` columns are left behind it. */
void text_shorten(struct text *text, size_t start, size_t from, size_t room);
/* A command that can be pasted from several lines. */
void text_command(struct text *text, struct str command, size_t start);

/* ---- sections ------------------------------------------------------------------------- */

void text_head_write(struct text *text, const struct text_groups *groups);
void text_starter_write(struct text *text);
/* Above several projects: how many of each verdict. */
void text_overview_write(struct text *text);
/* What can wait, a line for each package; `flat`: what all of them come with was said. */
void text_list_write(struct text *text, const struct text_groups *groups, bool flat);
/* Of this project; with `everywhere`, what is so for each of several projects (the database's), which their own lists then lack. */
enum status text_gaps_write(struct text *text, bool everywhere, struct error *err);
/* Every record that is not counted because the package is the user's own. */
void text_held_back_write(struct text *text);
/* Nothing where nothing was compared. */
void text_base_write(struct text *text);
void text_change_write(struct text *text);
void text_verified_write(struct text *text);
void text_installed_write(struct text *text);
void text_not_looked_at_write(struct text *text); /* once, whatever the number of projects */
void text_group_write(struct text *text, const struct text_group *group);

enum { TEXT_HEAD_COLUMN = 13 }; /* behind "FIX NOW      ", "WHAT TO DO   " */
enum text_action text_action_of(const struct text *text, const struct text_group *group);
/* The head of group `i`, where it is the first that an action clears or a direct dependency brings. */
void text_action_write_head(struct text *text, const struct text_groups *groups, size_t i);
/* Where there is more to read about it. */
void text_link_write(struct text *text, const struct text_group *group);

/* The fix of a group's first finding that has one; NULL: there is none. */
const struct fix *text_fix_of(const struct text_group *group);
struct text_reason {
	bool brief;
	bool brought; /* what it comes with was said already */
};
void text_fix_write_reason(struct text *text, const struct fix *fix, const struct text_reason *how);
void text_fix_write(struct text *text, const struct fix *fix);
struct str text_fix_common(const struct text_groups *groups, enum rule_level level);

/* The commands that clear the groups of one level, a line each; as few as can be. */
struct text_moves {
	struct buf joined;
};
void text_moves_find(struct text *text, const struct text_groups *groups, enum rule_level level, struct text_moves *out);
void text_moves_write(const struct text_moves *moves, const char *between, struct buf *out);
/* The same as lines to paste, the next below the first. */
void text_moves_list(struct text *text, const struct text_moves *moves, size_t start);
void text_foot_write(struct text *text, const struct text_moves *moves);

#endif
