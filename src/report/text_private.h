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

/* All findings of one package at one level of urgency. */
struct text_group {
	const struct package *package;
	const struct finding **findings; /* worst first */
	size_t count;
	enum rule_level level; /* the worst */
};
struct text_groups {
	VEC(struct text_group) groups;
	size_t informative, waived, gaps; /* findings; gaps: those of level error */
};

/* The findings that are neither waived nor off nor gaps, by package, in order of urgency. */
enum status text_group_findings(struct text *text, struct text_groups *out, struct error *err);

void text_paint(struct text *text, enum paint paint, struct str s); /* s must be safe already */
void text_safe(struct text *text, struct str s);                    /* from outside */
void text_number(struct text *text, size_t n);                      /* 1,398 */
void text_plural(struct text *text, size_t n, const char *one, const char *many);
void text_title(struct text *text, const char *title); /* a section's, on a line of its own */
enum status text_gaps_write(struct text *text, struct error *err);
/* Every record that is not counted because the package is the user's own. */
void text_held_back_write(struct text *text);
/* Nothing where nothing was compared. */
void text_base_write(struct text *text);
void text_change_write(struct text *text);
void text_verified_write(struct text *text);
void text_installed_write(struct text *text);
void text_not_looked_at_write(struct text *text);
const char *text_dot(const struct text *text);   /* " · " */
const char *text_arrow(const struct text *text);
const char *text_cut(const struct text *text); /* what stands for what was left out */
/* What a finding says, its digests cut to what eyes compare; whole with -v. */
void text_message(struct text *text, struct str message); /* " → " */
/* Pads the current line with blanks to column `column` (at least one blank). */
void text_column(struct text *text, size_t line_start, size_t column);
void text_group_write(struct text *text, const struct text_group *group);
void text_group_write_brief(struct text *text, const struct text_group *group, bool brought);
size_t text_width(struct str s); /* columns on the screen */

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

#endif
