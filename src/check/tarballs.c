/*
 * What the tarballs' bytes say, where they were read: whether they are what was pinned, whether the archive is one that an honest
 * tool makes, whether the package.json inside is the one that the lockfile speaks of.
 */
#include "check/check_private.h"

enum judgement judge_bytes(const struct scan *scan, uint32_t number)
{
	static const enum judgement by_skip[] = {
		[SKIP_NONE] = UNJUDGED_NOT_READ, [SKIP_OWN] = UNJUDGED_OWN,         [SKIP_LINK] = UNJUDGED_LINK,       [SKIP_GIT] = UNJUDGED_GIT,
		[SKIP_FILE] = UNJUDGED_FILE,     [SKIP_BUNDLED] = UNJUDGED_BUNDLED, [SKIP_CARRIED] = UNJUDGED_CARRIED,
	};
	static const enum judgement by_state[] = {
		[TARBALL_VERIFIED] = JUDGED,
		[TARBALL_MISMATCH] = JUDGED,
		[TARBALL_NO_INTEGRITY] = JUDGED,
		[TARBALL_UNPUBLISHED] = UNJUDGED_UNREACHABLE,
		[TARBALL_UNREACHABLE] = UNJUDGED_UNREACHABLE,
		[TARBALL_UNINSPECTED] = UNJUDGED_UNINSPECTED,
		[TARBALL_REFUSED_HOST] = UNJUDGED_UNREACHABLE,
	};
	const struct package *package = &scan->tree->packages[number];
	if (!scan->tarballs) {
		enum judgement kind = judge_kind(package);
		return kind != JUDGED ? kind : package->bundled ? UNJUDGED_BUNDLED : UNJUDGED_NOT_READ;
	}
	const struct tarball_result *result = &scan->tarballs[number];
	return result->state == TARBALL_SKIPPED ? by_skip[result->skip] : by_state[result->state];
}

static struct str detail_of(const struct tarball_result *result, const char *otherwise)
{
	return str_of(result->detail ? result->detail : otherwise);
}

/* ---- integrity-mismatch -------------------------------------------------------------- */

static enum judgement judge_digest(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	enum judgement judgement = judge_bytes(scan, number);
	if (judgement != JUDGED)
		return judgement;
	const struct tarball_result *result = &scan->tarballs[number];
	if (result->state == TARBALL_NO_INTEGRITY)
		return UNJUDGED_NO_DIGEST;
	if (result->state == TARBALL_MISMATCH)
		walk_found(walk, number,
			   (struct problem){ .message = arena_printf(scan->arena, "its bytes are not those that were pinned: %.*s",
								     STR_ARG(detail_of(result, "the digest differs"))) });
	return judgement;
}

enum status run_integrity_mismatch(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_digest, err);
}

/* ---- unpublished ------------------------------------------------------------------------ */

/* What is in a cache says nothing of what the registry has today: then its record does. */
static enum judgement judge_published(const struct scan *scan, uint32_t number)
{
	const struct tarball_result *result = scan->tarballs ? &scan->tarballs[number] : NULL;
	const struct registry_record *record = record_of(scan, number);
	if (!scan->records || (result && (result->state == TARBALL_SKIPPED || result->source == SOURCE_REGISTRY)))
		return judge_bytes(scan, number);
	return record && record->stale ? UNJUDGED_STALE : judge_record(scan, number);
}

static enum judgement judge_unpublished(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct registry_record *record = scan->records ? scan->records[number] : NULL;
	struct str detail = STR_NONE;
	if (scan->tarballs && scan->tarballs[number].state == TARBALL_UNPUBLISHED)
		detail = detail_of(&scan->tarballs[number], "404");
	else if (record && record->state == RECORD_GONE)
		detail = str_of(record->detail ? record->detail : "404");
	if (!detail.p)
		return judge_published(scan, number);
	walk_found(walk, number,
		   (struct problem){ .message = arena_printf(scan->arena, "the registry does not have this version (any more): %.*s", STR_ARG(detail)) });
	return JUDGED;
}

enum status run_unpublished(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_unpublished, err);
}

/* ---- unreachable ---------------------------------------------------------------------------- */

static enum judgement judge_unreachable(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct tarball_result *result = &scan->tarballs[number];
	bool refused = result->state == TARBALL_REFUSED_HOST;
	if (!refused && result->state != TARBALL_UNREACHABLE)
		return JUDGED;
	struct str detail = detail_of(result, refused ? "its host is not configured: no request was made" : "no bytes were to be had");
	struct finding *finding = walk_found(walk, number, (struct problem){ .message = detail });
	if (finding)
		finding->retryable |= result->retryable;
	return JUDGED;
}

enum status run_unreachable(struct scan *scan, const struct rule *rule, struct error *err)
{
	return scan->tarballs ? walk_packages(scan, rule, judge_unreachable, err) : STATUS_OK;
}

/* ---- uninspected ----------------------------------------------------------------------------- */

static enum judgement judge_uninspected(struct walk *walk, uint32_t number)
{
	const struct tarball_result *result = &walk->scan->tarballs[number];
	if (result->state != TARBALL_UNINSPECTED)
		return JUDGED;
	struct str detail = detail_of(result, "the process that inspected it was lost");
	struct finding *finding = walk_found(walk, number, (struct problem){ .message = detail });
	if (finding)
		finding->retryable |= result->retryable;
	return JUDGED;
}

enum status run_uninspected(struct scan *scan, const struct rule *rule, struct error *err)
{
	return scan->tarballs ? walk_packages(scan, rule, judge_uninspected, err) : STATUS_OK;
}

/* ---- unsafe-archive ---------------------------------------------------------------------------- */

/* `grave` ones are made to do harm, or hide what is installed; the others occur in honest packages of long ago. */
static const struct {
	const char *id;
	bool grave;
} faults[ARCHIVE_FAULTS] = {
	{ "unsafe-archive/not-gzip", false },
	{ "unsafe-archive/not-tar", true },
	{ "unsafe-archive/trailing", false },
	{ "unsafe-archive/limit", true },
	{ "unsafe-archive/absolute", true },
	{ "unsafe-archive/escape", true },
	{ "unsafe-archive/link", true },
	{ "unsafe-archive/device", true },
	{ "unsafe-archive/duplicate", false },
	{ "unsafe-archive/control-name", false },
	{ "unsafe-archive/no-manifest", false },
	{ "unsafe-archive/bad-manifest", false },
	{ "unsafe-archive/second-manifest", true },
	{ "unsafe-archive/setuid", false },
	{ "unsafe-archive/folded", false },
	{ "unsafe-archive/outside", false },
};

static void add_fault(struct walk *walk, uint32_t number, const struct inspection *inspection, size_t fault)
{
	struct arena *arena = walk->scan->arena;
	const char *text = archive_fault_text((enum archive_fault)(1u << fault));
	struct str path = inspection_str(inspection, inspection->fault_path[fault]);
	struct str message = path.n ? arena_printf(arena, "%s: %.*s", text, STR_ARG(path)) : str_of(text);
	struct finding *finding = walk_found(walk, number, (struct problem){ .id = faults[fault].id, .message = message });
	if (finding && faults[fault].grave)
		finding->level = LEVEL_ERROR;
}

static enum judgement judge_archive(struct walk *walk, uint32_t number)
{
	const struct inspection *inspection = walk->scan->tarballs ? walk->scan->tarballs[number].inspection : NULL;
	enum judgement judgement = judge_bytes(walk->scan, number);
	if (!inspection)
		return judgement == JUDGED ? UNJUDGED_UNPROVEN : judgement;
	for (size_t fault = 0; fault < ARCHIVE_FAULTS; fault++)
		if (inspection->faults & (1u << fault))
			add_fault(walk, number, inspection, fault);
	return JUDGED;
}

enum status run_unsafe_archive(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_archive, err);
}
