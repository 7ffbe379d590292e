/*
 * Licenses: each package's as a finding of its own, which the policy's clauses judge by their condition `license`; and those that
 * nobody can judge.
 */
#include "assay/license.h"
#include "check/check_private.h"

static struct str license_of(const struct walk *walk, uint32_t number)
{
	return check_license(walk->scan, &walk->scan->tree->packages[number]);
}

static enum judgement judge_stated(const struct walk *walk, uint32_t number, struct str license)
{
	const struct scan *scan = walk->scan;
	enum judgement kind = judge_kind(&scan->tree->packages[number]);
	if (kind == UNJUDGED_OWN || kind == UNJUDGED_LINK)
		return kind;
	bool read = scan->tarballs && scan->tarballs[number].inspection;
	return license.n || read || tells(scan->tree, "license") ? JUDGED : UNJUDGED_NOT_IN_LOCKFILE;
}

static struct str written(struct walk *walk, const struct license *license)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	license_write(license, &text);
	struct str copy = text.failed ? STR_NONE : arena_copy(walk->scan->arena, buf_str(&text));
	walk->failed |= !copy.p;
	return copy;
}

static enum judgement judge_license(struct walk *walk, uint32_t number)
{
	struct str text = license_of(walk, number);
	enum judgement judgement = judge_stated(walk, number, text);
	enum license_kind kind;
	struct license *license;
	if (judgement != JUDGED)
		return judgement;
	if (license_read(text, walk->scratch, &kind, &license, NULL) != STATUS_OK) {
		walk->failed = true;
		return JUDGED;
	}
	if (kind == LICENSE_NONE) /* license-missing speaks of it */
		return UNJUDGED_NO_LICENSE;
	struct str words = written(walk, license);
	walk_found(walk, number, (struct problem){ .subject = words, .message = arena_printf(walk->scan->arena, "its license is %.*s", STR_ARG(words)) });
	return JUDGED;
}

enum status run_license(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_license, err);
}

static enum judgement judge_license_missing(struct walk *walk, uint32_t number)
{
	struct arena *arena = walk->scan->arena;
	struct str text = license_of(walk, number);
	enum judgement judgement = judge_stated(walk, number, text);
	enum license_kind kind;
	struct license *license;
	if (judgement != JUDGED)
		return judgement;
	if (license_read(text, walk->scratch, &kind, &license, NULL) != STATUS_OK)
		walk->failed = true;
	else if (kind == LICENSE_NONE)
		walk_found(walk, number, (struct problem){ .id = "license-missing/none", .message = STR("it states no license") });
	else if (kind == LICENSE_FILE || kind == LICENSE_OTHER)
		walk_found(walk, number,
			   (struct problem){ .id = "license-missing/unclear",
					     .subject = arena_copy(arena, text),
					     .message = arena_printf(arena, "what it states is no license that SPDX lists: %.*s", STR_ARG(text)) });
	return JUDGED;
}

enum status run_license_missing(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_license_missing, err);
}
