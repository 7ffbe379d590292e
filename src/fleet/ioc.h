/* Incident lists: ioc.c takes documents apart into lines and tables, ioc_line.c reads a free line, ioc_words.c knows what a word is. */
#ifndef ASSAY_FLEET_IOC_H
#define ASSAY_FLEET_IOC_H

#include "fleet/question.h"

struct ioc {
	struct who_question *question;
	struct arena *arena;   /* of the question */
	struct arena *scratch; /* of one record */
	struct who_list *list;
	VEC(struct who_list_note) notes;
	VEC(struct str) advisories;
	uint32_t line;    /* where the record begins */
	struct str shown; /* the record as it stands, for notes */
	struct str asked; /* "list.csv:3" */
	struct error *err;
};

/* ---- ioc.c */
enum status ioc_add_version_text(struct ioc *ioc, struct str name, struct str versions, size_t *added);
enum status ioc_add_digest(struct ioc *ioc, const struct digest *digest);
/* Near misses alone, and a note. */
enum status ioc_add_bare_name(struct ioc *ioc, struct str name);
enum status ioc_not_understood(struct ioc *ioc, const char *why);

/* ---- ioc_line.c: anything but a table's row. */
enum status ioc_read_line(struct ioc *ioc, struct str line);

/* ---- ioc_words.c */
/* What was made harmless to click on, as it was: "evil[.]com", "hxxps://". A copy where something changes; .p NULL: out of memory. */
struct str ioc_refang(struct str text, struct arena *arena);
/* Without quotes, backticks, stars of Markdown and blanks around it; of a Markdown link its text. */
struct str ioc_bare(struct str text);
bool ioc_is_name(struct str word);
/* A version, or a piece of a range ("1.2.x", ">=1", "||", "-"); a whole number alone counts only where `numbers`. */
bool ioc_is_version_word(struct str word, bool numbers);
/* "sha256:0123…", "sha512-…=", or hexadecimal of a digest's length. */
bool ioc_digest(struct str word, struct digest *out);
/* A package URL of npm's, the address of a tarball or of a page about a release. .n of *version is 0 where it names none. */
bool ioc_address(struct str word, struct arena *arena, struct str *name, struct str *version);
bool ioc_is_url(struct str word);

#endif
