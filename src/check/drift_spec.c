/*
 * Specs: "^1.2.0", "npm:real@^1", "workspace:*", a tag, a URL. Where a version answers, the version is asked, as the
 * package managers do before they install from a lockfile; for the rest only the text can be compared.
 */
#include "assay/lockfile.h"
#include "assay/semver.h"
#include "check/drift_spec.h"

static const struct semver_range *range_of(struct str text, unsigned flags, struct arena *scratch)
{
	struct semver_range *range;
	return semver_range_parse(text, flags, scratch, &range, NULL) == STATUS_OK ? range : NULL;
}

static bool is_any(struct str range)
{
	return range.n == 0 || str_equal_z(range, "*");
}

/* npm lets a pre-release pass only where the range names one; the others resolve to it and stand by that. */
static unsigned flags_of(const char *format)
{
	return strcmp(format, "npm") == 0 ? SEMVER_LOOSE : SEMVER_LOOSE | SEMVER_INCLUDE_PRERELEASE;
}

static enum fit fit_version(struct str range_text, const struct package *target, const char *format, struct arena *scratch)
{
	const struct semver_range *range = range_of(range_text, flags_of(format), scratch);
	struct semver version;
	if (!range)
		return FIT_UNTOLD;
	if (is_any(range_text) || (!target->version.n && package_is_own(target)))
		return FIT_YES;
	if (!semver_parse(target->version, SEMVER_LOOSE, &version))
		return FIT_UNTOLD;
	return semver_range_matches(range, &version) ? FIT_YES : FIT_NO;
}

/* "npm:real@range"; yarn writes "npm:range" too. */
static enum fit fit_alias(struct str alias, const struct package *target, const char *format, struct arena *scratch)
{
	size_t at = str_find(str_from(alias, 1), '@') + 1;
	struct str name = str_head(alias, at);
	if (at >= alias.n)
		return range_of(alias, flags_of(format), scratch) ? fit_version(alias, target, format, scratch) : FIT_UNTOLD;
	if (!str_equal(name, target->name))
		return FIT_NO;
	return fit_version(str_trim(str_from(alias, at + 1)), target, format, scratch);
}

/* A tarball's URL is what npm pins; the others add to it. */
static enum fit fit_url(struct str url, const struct package *target, const char *format)
{
	bool tarball = target->kind == PACKAGE_TARBALL || target->kind == PACKAGE_REGISTRY;
	if (strcmp(format, "npm") != 0 || !tarball || !target->resolved.n)
		return FIT_UNTOLD;
	return str_equal(url, target->resolved) ? FIT_YES : FIT_NO;
}

enum fit spec_fit(struct str spec, const struct package *target, const char *format, struct arena *scratch)
{
	spec = str_trim(spec);
	if (str_starts_with(spec, STR("npm:")))
		return fit_alias(str_from(spec, 4), target, format, scratch);
	if (str_starts_with(spec, STR("workspace:")))
		return package_is_own(target) ? FIT_YES : FIT_NO;
	enum package_kind kind = lockfile_resolved_kind(spec);
	if (str_starts_with(spec, STR("http")) && (kind == PACKAGE_TARBALL || kind == PACKAGE_REGISTRY))
		return fit_url(spec, target, format);
	return fit_version(spec, target, format, scratch);
}

/* yarn berry puts "npm:" before what package.json says without it. */
static struct str bare(struct str spec)
{
	spec = str_trim(spec);
	struct str rest = str_from(spec, 4);
	return str_starts_with(spec, STR("npm:")) && str_find(str_from(rest, 1), '@') + 1 >= rest.n ? rest : spec;
}

bool spec_equal(struct str a, struct str b, struct arena *scratch)
{
	a = bare(a);
	b = bare(b);
	if (str_equal(a, b) || (is_any(a) && is_any(b)))
		return true;
	const struct semver_range *left = range_of(a, SEMVER_LOOSE, scratch), *right = range_of(b, SEMVER_LOOSE, scratch);
	if (!left || !right)
		return false;
	CLEANUP(buf_fini) struct buf one = BUF_INIT(1 << 20);
	CLEANUP(buf_fini) struct buf two = BUF_INIT(1 << 20);
	semver_range_write(left, &one);
	semver_range_write(right, &two);
	return !one.failed && !two.failed && str_equal(buf_str(&one), buf_str(&two));
}
