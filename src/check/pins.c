/*
 * What the lockfile alone tells about a package: whether a digest pins its bytes, whether it runs code at installation, whether
 * its author has given it up.
 */
#include "check/check_private.h"
#include "check/pins.h"

enum pin pin_of(const struct package *package, struct arena *scratch)
{
	struct integrity integrity;
	enum digest_algorithm strongest;
	if (package->integrity.n == 0)
		return PIN_NONE;
	if (integrity_parse(package->integrity, scratch, &integrity, NULL) != STATUS_OK || !integrity_strongest(&integrity, &strongest))
		return PIN_UNUSABLE;
	return strongest == DIGEST_SHA1 ? PIN_SHA1 : PIN_STRONG;
}

/*
 * What travels inside another package shares that one's proof. Yarn berry pins the zips that it makes, not the registry's bytes, and
 * those for other platforms not before it makes them.
 */
static enum judgement judge_pinned(const struct walk *walk, const struct package *package)
{
	const char *format = walk->scan->tree->format;
	bool berry = format && strcmp(format, "berry") == 0;
	enum judgement kind = judge_kind(package);
	if (kind != JUDGED)
		return kind;
	if (package->bundled)
		return UNJUDGED_BUNDLED;
	if (berry && (package->checksum.n || package->platform))
		return UNJUDGED_ZIP;
	return package->integrity.n || tells(walk->scan->tree, "integrity") ? JUDGED : UNJUDGED_NOT_IN_LOCKFILE;
}

static enum judgement judge_missing(struct walk *walk, uint32_t number)
{
	const struct package *package = &walk->scan->tree->packages[number];
	enum judgement judgement = judge_pinned(walk, package);
	enum pin pin = judgement == JUDGED ? pin_of(package, walk->scratch) : PIN_STRONG;
	if (pin == PIN_NONE)
		walk_found(walk, number, (struct problem){ .message = STR("the lockfile pins no digest: whatever the server sends is installed") });
	else if (pin == PIN_UNUSABLE)
		walk_found(walk, number, (struct problem){ .message = STR("the lockfile's integrity holds no digest that can be used") });
	return judgement;
}

enum status run_integrity_missing(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_missing, err);
}

static enum judgement judge_weak(struct walk *walk, uint32_t number)
{
	const struct package *package = &walk->scan->tree->packages[number];
	enum judgement judgement = judge_pinned(walk, package);
	if (judgement == JUDGED && package->integrity.n == 0)
		judgement = UNJUDGED_NO_DIGEST;
	if (judgement == JUDGED && pin_of(package, walk->scratch) == PIN_SHA1)
		walk_found(walk, number, (struct problem){ .message = STR("only SHA-1 is pinned: two packages can be made that share it") });
	return judgement;
}

enum status run_integrity_weak(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_weak, err);
}

/* Anything that is not the user's own, where the input tells this of it. */
static enum judgement judge_foreign(const struct walk *walk, const struct package *package, const char *field)
{
	enum judgement kind = judge_kind(package);
	if (kind == UNJUDGED_OWN || kind == UNJUDGED_LINK)
		return kind;
	return tells(walk->scan->tree, field) ? JUDGED : UNJUDGED_NOT_IN_LOCKFILE;
}

struct str inspection_scripts(const struct inspection *inspection, struct arena *arena)
{
	enum { SHOWN = 200 };
	size_t count;
	const struct inspection_pair *pairs = inspection_list(inspection, INSPECTED_SCRIPTS, &count);
	struct str out = STR("");
	for (size_t i = 0; i < count && out.p; i++) {
		struct str name = inspection_str(inspection, pairs[i].key), text = inspection_str(inspection, pairs[i].value);
		struct str shown = str_head(text, SHOWN);
		out = arena_printf(arena, "%.*s%s%.*s: %.*s%s", STR_ARG(out), i ? "; " : "", STR_ARG(name), STR_ARG(shown), shown.n < text.n ? "…" : "");
	}
	return out;
}

static enum judgement judge_script(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct package *package = &scan->tree->packages[number];
	const struct inspection *inspection = scan->tarballs ? scan->tarballs[number].inspection : NULL;
	enum judgement judgement = judge_foreign(walk, package, "install_script");
	if (judgement == UNJUDGED_NOT_IN_LOCKFILE && (inspection || package->install_script))
		judgement = JUDGED;
	bool allowed = scan->declared && package_patterns_find(scan->declared->scripts_allowed, package, NULL);
	if (judgement != JUDGED || allowed)
		return judgement;
	if (inspection && inspection->install_script) {
		struct str scripts = inspection_scripts(inspection, walk->scratch);
		struct str message = arena_printf(scan->arena, "it runs when it is installed: %.*s", STR_ARG(scripts));
		walk_found(walk, number, (struct problem){ .message = message });
	} else if (package->install_script) {
		walk_found(walk, number, (struct problem){ .message = STR("it runs a script when it is installed") });
	}
	return judgement;
}

enum status run_install_script(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_script, err);
}

static enum judgement judge_deprecated(struct walk *walk, uint32_t number)
{
	const struct package *package = &walk->scan->tree->packages[number];
	enum judgement judgement = judge_foreign(walk, package, "deprecated");
	struct str text = check_deprecated(walk->scan, package);
	if (judgement == UNJUDGED_NOT_IN_LOCKFILE && text.n)
		judgement = JUDGED;
	else if (judgement == UNJUDGED_NOT_IN_LOCKFILE && walk->scan->records)
		judgement = judge_record(walk->scan, number);
	if (judgement == JUDGED && text.n)
		walk_found(walk, number, (struct problem){ .message = arena_printf(walk->scan->arena, "deprecated: %.*s", STR_ARG(text)) });
	return judgement;
}

enum status run_deprecated(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_deprecated, err);
}
