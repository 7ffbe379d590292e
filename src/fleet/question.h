/* What a question is made of, for those who fill it: question.c keeps it, ioc*.c read lists. */
#ifndef ASSAY_FLEET_QUESTION_H
#define ASSAY_FLEET_QUESTION_H

#include "assay/who.h"

/* What it lives in. */
struct arena *question_arena(struct who_question *question);
/* Each copies. `asked`: how the target was written. STATUS_LIMIT, STATUS_MEMORY. */
enum status question_add_name(struct who_question *question, struct str name, struct str asked, struct error *err); /* near misses alone */
enum status question_add_any(struct who_question *question, struct str name, struct str asked, struct error *err);
/* A version as written, be it one of semver or not. */
enum status question_add_version(struct who_question *question, struct str name, struct str version, struct str asked, struct error *err);
/* STATUS_INVALID where it is no range. */
enum status question_add_range(struct who_question *question, struct str name, struct str range, struct str asked, struct error *err);
/* What the advisory affects; it must live as long as the question. */
enum status question_add_affected(struct who_question *question, struct str name, const struct affected *affected, struct error *err);
enum status question_add_digest(struct who_question *question, const struct digest *digest, struct str asked, struct error *err);

#endif
