/*
 * What comes from no registry: git, a URL, a packed file; and whether it is pinned even so.
 */
#include "check/check_private.h"
#include "check/pins.h"

/* ---- exotic-source ---------------------------------------------------------------------------- */

static enum judgement judge_exotic(struct walk *walk, uint32_t number)
{
	static const char *const sources[] = {
		[PACKAGE_GIT] = "a git repository",
		[PACKAGE_TARBALL] = "a URL outside any registry",
		[PACKAGE_FILE] = "a packed file beside the project",
	};
	const struct package *package = &walk->scan->tree->packages[number];
	enum judgement judgement = judge_kind(package);
	if (judgement == UNJUDGED_OWN || judgement == UNJUDGED_LINK)
		return judgement;
	/* A folder is the user's own code; a packed file came from somewhere. */
	if (package->kind == PACKAGE_FILE && !package_is_packed_file(package))
		return UNJUDGED_FILE;
	if (package->kind != PACKAGE_REGISTRY)
		walk_found(walk, number,
			   (struct problem){ .subject = package->resolved,
					     .message = arena_printf(walk->scan->arena, "it comes from %s: %.*s", sources[package->kind],
								     STR_ARG(package->resolved)) });
	return JUDGED;
}

enum status run_exotic_source(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_exotic, err);
}

/* ---- unpinned-source --------------------------------------------------------------------------- */

enum { SHA1_HEX = 40, SHA256_HEX = 64 };

static bool is_commit(struct str text)
{
	return (text.n == SHA1_HEX || text.n == SHA256_HEX) && str_is_hex(text);
}

/* Behind '#': "<commit>", or as yarn writes it "commit=<commit>&workspace=x". */
static bool has_commit(struct str resolved)
{
	struct str rest = str_from(resolved, str_find(resolved, '#') + 1), part;
	while (str_split(&rest, '&', &part))
		if (is_commit(part) || (str_starts_with(part, STR("commit=")) && is_commit(str_from(part, 7))))
			return true;
	return false;
}

static enum judgement judge_unpinned(struct walk *walk, uint32_t number)
{
	const struct package *package = &walk->scan->tree->packages[number];
	enum judgement judgement = judge_kind(package);
	if (judgement == JUDGED)
		return UNJUDGED_NOT_GIT;
	if (judgement != UNJUDGED_GIT)
		return judgement;
	/* bun cuts the commit short, and pins the bytes instead. */
	if (!has_commit(package->resolved) && pin_of(package, walk->scratch) != PIN_STRONG)
		walk_found(walk, number,
			   (struct problem){ .subject = package->resolved,
					     .message = arena_printf(walk->scan->arena,
								     "it comes from git without a full commit, so that whatever "
								     "stands there tomorrow is installed: %.*s",
								     STR_ARG(package->resolved)) });
	return JUDGED;
}

enum status run_unpinned_source(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_unpinned, err);
}
