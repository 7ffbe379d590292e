/*
 * license: what a package says about its license, and whether a list of licenses has room for it. SPDX license expressions
 * (SPDX 2.3, annex D; SPDX 3.0's AdditionRef-) over the SPDX license list of policies/facts/licenses.tsv, and the values that npm
 * knows besides ("UNLICENSED", "SEE LICENSE IN file").
 *
 * Ids and operators are read in upper or lower case, and written as the list writes them. What a deprecated id stands for is read as
 * that: "GPL-2.0+" is "GPL-2.0-or-later". Licenses live in the caller's arena and borrow from the text they were read
 * from. All texts are untrusted: they may be LIMIT_LICENSE_LENGTH long, parentheses LIMIT_LICENSE_DEPTH deep, and what is asked of
 * them costs at most their length times the list's.
 */
#ifndef ASSAY_LICENSE_H
#define ASSAY_LICENSE_H

#include "assay/base.h"
#include "assay/json.h"

#pragma GCC visibility push(default)

struct license;

/* An expression. STATUS_INVALID with its column, what was expected and the nearest id; STATUS_LIMIT, STATUS_MEMORY. */
enum status license_parse(struct str text, struct arena *arena, struct license **out, struct error *err);

enum license_kind {
	LICENSE_NONE,       /* nothing, NONE, NOASSERTION */
	LICENSE_SPDX,       /* an expression */
	LICENSE_FILE,       /* "SEE LICENSE IN file": only a reader of that file can tell */
	LICENSE_UNLICENSED, /* npm's word for: no rights are given */
	LICENSE_OTHER,      /* any other text ("BSD", "Apache 2.0"); *why says where it stops being an expression */
};
/* Whatever stands in a package.json; what is no expression is one license of that name. `why` may be NULL. STATUS_MEMORY only. */
enum status license_read(struct str text, struct arena *arena, enum license_kind *kind, struct license **out, struct error *why);

/* What a package.json states in `license`, else in the old `licenses`: a text, {"type": text}, or a list of these, any of which may be taken:
 * "MIT OR ISC". Either may be NULL. *out is STR_NONE where nothing is stated; false: out of memory. */
bool license_stated(const struct json *license, const struct json *licenses, struct arena *arena, struct str *out);

/* As the list writes it: "(MIT OR GPL-2.0-or-later WITH Classpath-exception-2.0)" without the outer parentheses. */
void license_write(const struct license *license, struct buf *out);
/* Did a deprecated id stand in it? */
bool license_is_deprecated(const struct license *license);

/*
 * What a policy lists: single licenses ("MIT", "GPL-2.0-or-later", "GPL-2.0-only WITH Classpath-exception-2.0", "UNLICENSED") and
 * patterns with '*' ("AGPL-*", "CC-BY-NC-*", "SEE LICENSE IN *"), which are compared with how a license is written.
 *
 * An expression leaves a choice: OR lets the user take either side, "or later" (and '+') any later version that the list
 * knows. AND binds him to both. So there are two questions:
 */
struct license_list;
/* STATUS_INVALID for an entry that names no license; *bad (may be NULL) is its number. The texts must outlive the list. */
enum status license_list_parse(const struct str *entries, size_t count, struct arena *arena, struct license_list **out, size_t *bad, struct error *err);
/* Is there a choice that stays within the list? For lists of what is allowed: "MIT OR GPL-3.0-only" is within ["MIT"],
 * "MIT AND GPL-3.0-only" is not. Without patterns: satisfies() of the npm package spdx-satisfies, save for its slips
 * (tests/oracle/license.cjs). */
bool license_within(const struct license *license, const struct license_list *list);
/* Does every choice take something of the list? For lists of what is forbidden: "MIT OR GPL-3.0-only" is not bound by ["GPL-*"],
 * "MIT AND GPL-3.0-only" is, "GPL-2.0-or-later" is not bound by ["GPL-3.0-only"]. */
bool license_bound(const struct license *license, const struct license_list *list);

#pragma GCC visibility pop
#endif
