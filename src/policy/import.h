/*
 * Other tools' files of what is accepted, translated: a file for each family of formats. A waiver must never waive more than what it
 * was made from: what ours cannot say as narrowly is left out, and said.
 */
#ifndef POLICY_IMPORT_H
#define POLICY_IMPORT_H

#include "assay/json.h"
#include "assay/policy.h"

struct import {
	struct arena *arena;
	const char *name; /* the file's, for reasons */
	struct str text;
	struct policy_imported *out;
	struct map *known; /* what was said before */
	struct error *err;
	bool failed; /* out of memory */
};

/* Something in that line that is left out, and why. */
void import_leave(struct import *import, uint32_t line, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A waiver; without a reason it gets one that names the line. The same thing said twice, and what a policy would refuse, is left out, and told. */
void import_add(struct import *import, uint32_t line, struct policy_new_waiver waiver);
/* Is it an id of an advisory database? Numbers of npm's old one are none. */
bool import_is_advisory(struct str id);
/* The other tools forgive until a moment; our last day is the whole day before it. False: no date. */
bool import_end(struct import *import, struct str date, struct str *expires);
/* Tells each key of the object that is not among `known` ("a b c"). */
void import_leave_unknown(struct import *import, const struct json *object, const char *known);

enum status import_osv_scanner(struct import *import);
enum status import_grype(struct import *import);
enum status import_trivy(struct import *import);
enum status import_trivy_yaml(struct import *import);
enum status import_nsprc(struct import *import);
enum status import_audit_ci(struct import *import);

#endif
