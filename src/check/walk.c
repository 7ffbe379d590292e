/*
 * The walk that most rules are: each package once, each counted as judged or with the reason why not. One problem of one name and
 * version is one finding, however often it is installed.
 */
#include "check/check_private.h"

enum judgement judge_package_json(enum status status)
{
	if (status == STATUS_NOT_FOUND)
		return UNJUDGED_NO_PACKAGE_JSON;
	return status == STATUS_IO || status == STATUS_BUSY ? UNJUDGED_UNREADABLE_PACKAGE_JSON : UNJUDGED_BAD_PACKAGE_JSON;
}

enum judgement judge_kind(const struct package *package)
{
	static const enum judgement by_kind[] = {
		[PACKAGE_REGISTRY] = JUDGED,    [PACKAGE_GIT] = UNJUDGED_GIT,       [PACKAGE_TARBALL] = JUDGED,    [PACKAGE_FILE] = UNJUDGED_FILE,
		[PACKAGE_LINK] = UNJUDGED_LINK, [PACKAGE_WORKSPACE] = UNJUDGED_OWN, [PACKAGE_ROOT] = UNJUDGED_OWN,
	};
	return by_kind[package->kind];
}

void cover(struct coverage *coverage, enum judgement judgement)
{
	static const struct {
		const char *why, *remedy;
	} reasons[] = {
		[UNJUDGED_OWN] = { "own-code", NULL },
		[UNJUDGED_LINK] = { "link", NULL },
		[UNJUDGED_CARRIED] = { "not-changed", NULL },
		[UNJUDGED_GIT] = { "git", NULL },
		[UNJUDGED_PRIVATE] = { "declared-private", NULL },
		[UNJUDGED_NOT_GIT] = { "registry", NULL },
		[UNJUDGED_FILE] = { "file", NULL },
		[UNJUDGED_URL] = { "url", NULL },
		[UNJUDGED_BUNDLED] = { "bundled", NULL },
		[UNJUDGED_ZIP] = { "zip-checksum", NULL },
		[UNJUDGED_NO_URL] = { "no-url", NULL },
		[UNJUDGED_NO_VERSION] = { "no-version", NULL },
		[UNJUDGED_NOT_IN_LOCKFILE] = { "not-in-lockfile", "--verify" },
		[UNJUDGED_NOT_TOLD] = { "not-in-lockfile", NULL },
		[UNJUDGED_NO_DATABASE] = { "no-database", "assay db import" },
		[UNJUDGED_NO_DIGEST] = { "no-digest", NULL },
		[UNJUDGED_NOT_READ] = { "not-read", "--verify" },
		[UNJUDGED_UNPROVEN] = { "unproven", NULL },
		[UNJUDGED_NO_MANIFEST] = { "no-manifest", NULL },
		[UNJUDGED_NO_LICENSE] = { "no-license", NULL },
		[UNJUDGED_NOT_DIRECT] = { "not-direct", NULL },
		[UNJUDGED_UNREACHABLE] = { "unreachable", NULL },
		[UNJUDGED_UNINSPECTED] = { "uninspected", NULL },
		[UNJUDGED_FOREIGN] = { "dependency", NULL },
		[UNJUDGED_NO_PACKAGE_JSON] = { "no-package-json", NULL },
		[UNJUDGED_BAD_PACKAGE_JSON] = { "bad-package-json", "mend the package.json" },
		[UNJUDGED_UNREADABLE_PACKAGE_JSON] = { "unreadable-package-json", "let the package.json be read" },
		[UNJUDGED_OMITTED] = { "omitted", NULL },
		[UNJUDGED_UNCOMPARED] = { "not-read", "--installed" },
		[UNJUDGED_NOT_INSTALLED] = { "not-installed", NULL },
		[UNJUDGED_NO_LOCKFILE] = { "no-lockfile", NULL },
		[UNJUDGED_NOT_ASKED] = { "registry-not-asked", "--verify" },
		[UNJUDGED_OFFLINE] = { "offline", "once without --offline" },
		[UNJUDGED_STALE] = { "stale-record", "once without --offline" },
		[UNJUDGED_GONE] = { "unpublished", NULL },
		[UNJUDGED_OTHER_REGISTRY] = { "other-registry", "@scope:registry in .npmrc" },
		[UNJUDGED_DIGEST_NOT_GIVEN] = { "digest-not-given", NULL },
		[UNJUDGED_NO_COMMON_DIGEST] = { "no-common-digest", NULL },
		[UNJUDGED_HISTORY_NOT_ASKED] = { "history-not-asked", "a clause for this rule" },
		[UNJUDGED_DATE_NOT_GIVEN] = { "date-not-given", NULL },
		[UNJUDGED_PUBLISHER_NOT_GIVEN] = { "publisher-not-given", NULL },
	};
	if (judgement == JUDGED)
		coverage->evaluated++;
	else
		check_skip(coverage, reasons[judgement].why, reasons[judgement].remedy);
}

bool tells(const struct tree *tree, const char *field)
{
	for (const char *const *unknown = tree->unknown; unknown && *unknown; unknown++)
		if (strcmp(*unknown, field) == 0)
			return false;
	return true;
}

static void walk_fini(struct walk *walk)
{
	arena_free(walk->scratch);
	buf_fini(&walk->key);
}

enum status walk_packages_with(struct scan *scan, const struct rule *rule, enum judgement (*judge)(struct walk *walk, uint32_t number), void *context,
			       struct error *err)
{
	CLEANUP(walk_fini)
	struct walk walk = {
		.scan = scan,
		.rule = rule,
		.coverage = rule->gap ? NULL : check_cover(scan, rule),
		.seen = map_new(scan->arena, 0),
		.key = BUF_INIT(SIZE_MAX / 2),
		.scratch = arena_new(0),
		.context = context,
	};
	if (!walk.seen || !walk.scratch || (!walk.coverage && !rule->gap))
		return error_memory(err);
	const unsigned omit = scan->plans ? scan->plans[check_rule_number(rule)].omit : 0;
	for (uint32_t i = 0; i < scan->tree->package_count && !walk.failed; i++) {
		arena_reset(walk.scratch);
		enum judgement judgement = package_is_omitted(&scan->tree->packages[i], omit) ? UNJUDGED_OMITTED : judge(&walk, i);
		if (walk.coverage)
			cover(walk.coverage, judgement);
	}
	return walk.failed || arena_is_exhausted(walk.scratch) ? error_memory(err) : STATUS_OK;
}

enum status walk_packages(struct scan *scan, const struct rule *rule, enum judgement (*judge)(struct walk *walk, uint32_t number), struct error *err)
{
	return walk_packages_with(scan, rule, judge, NULL, err);
}

/* The parts may hold any byte, so each is preceded by its length. */
static void add_part(struct buf *key, struct str part)
{
	buf_printf(key, "%zu:", part.n);
	buf_add(key, part);
}

static struct finding *new_finding(struct walk *walk, uint32_t number, const struct problem *problem)
{
	struct arena *arena = walk->scan->arena;
	struct str key = arena_copy(arena, buf_str(&walk->key));
	struct finding *finding = check_add(walk->scan, walk->rule, number);
	if (!key.p || !finding || !map_set(walk->seen, key, walk->scan->findings.n - 1))
		return NULL;
	if (problem->id)
		finding->id = str_of(problem->id);
	finding->message = problem->message;
	finding->stable_id = problem->subject.n ? arena_printf(arena, "%.*s %.*s", STR_ARG(finding->id), STR_ARG(problem->subject)) : finding->id;
	return finding->stable_id.p && finding->message.p ? finding : NULL;
}

struct finding *walk_found(struct walk *walk, uint32_t number, struct problem problem)
{
	struct scan *scan = walk->scan;
	const struct package *package = &scan->tree->packages[number];
	struct finding *finding = NULL;
	buf_clear(&walk->key);
	add_part(&walk->key, package->name);
	add_part(&walk->key, package->version);
	add_part(&walk->key, str_of(problem.id));
	add_part(&walk->key, problem.subject);
	size_t at;
	if (walk->key.failed) {
		walk->failed = true;
	} else if (!map_find(walk->seen, buf_str(&walk->key), &at)) {
		finding = new_finding(walk, number, &problem);
	} else {
		finding = &scan->findings.v[at];
		if (!finding_add_instance(scan->arena, finding, number))
			finding = NULL;
	}
	walk->failed |= !finding;
	return finding;
}
