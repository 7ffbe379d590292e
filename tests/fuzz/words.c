/* Short texts: versions, ranges, digests, licenses, package URLs, vectors, dates, patterns. */
#include "fuzz/fuzz.h"

#include "assay/advisory.h"
#include "assay/digest.h"
#include "assay/license.h"
#include "assay/semver.h"
#include "assay/tree.h"

/* ---- semver: the first line is a range, the others versions -------------------------------------- */

static struct str written_version(const struct semver *version, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(MIB);
	semver_write(version, &out);
	fuzz_require(!out.failed);
	return arena_copy(arena, buf_str(&out));
}

static void check_version(struct str text, unsigned flags, struct arena *arena)
{
	struct semver version, again;
	if (!semver_parse(text, flags, &version))
		return;
	struct str written = written_version(&version, arena);
	if (written.n > LIMIT_SEMVER_LENGTH && !(flags & SEMVER_UNBOUNDED))
		return; /* "1.2.3alpha" grows by a dash */
	fuzz_require(semver_parse(written, flags, &again));
	fuzz_require(semver_compare(&version, &again) == 0);
	fuzz_require(str_equal(written_version(&again, arena), written));
}

static void check_order(struct str a_text, struct str b_text, struct arena *arena)
{
	struct semver a, b;
	(void)arena;
	if (!semver_parse(a_text, SEMVER_UNBOUNDED, &a) || !semver_parse(b_text, SEMVER_UNBOUNDED, &b))
		return;
	int order = semver_compare(&a, &b), back = semver_compare(&b, &a);
	fuzz_require((order < 0) == (back > 0) && (order == 0) == (back == 0));
	fuzz_require(order == 0 || (order < 0) == (semver_compare_build(&a, &b) < 0));
}

/* A range, and the normal form that is written of it, hold the same versions. */
static void check_range(struct str text, struct str versions, unsigned flags, struct arena *arena)
{
	struct semver_range *range, *normal;
	struct str line, before = STR_NONE;
	CLEANUP(buf_fini) struct buf written = BUF_INIT(MIB);
	CLEANUP(buf_fini) struct buf again = BUF_INIT(MIB);
	if (semver_range_parse(text, flags, arena, &range, NULL))
		return;
	semver_range_write(range, &written);
	if (semver_range_parse(buf_str(&written), flags, arena, &normal, NULL))
		return; /* longer than a range may be, or with a number that npm prints and does not read */
	semver_range_write(normal, &again);
	while (str_split(&versions, '\n', &line)) {
		struct semver version;
		check_order(before, line, arena);
		before = line;
		if (!semver_parse(line, flags, &version))
			continue;
		bool matches = semver_range_matches(range, &version);
		fuzz_require(matches == semver_range_matches(normal, &version));
		fuzz_require(matches == semver_satisfies(line, text, flags));
	}
}

static void run_semver(const struct fuzz *fuzz, const void *with)
{
	struct str rest = fuzz->input, range, line;
	(void)with;
	if (!str_split(&rest, '\n', &range))
		return;
	for (unsigned flags = 0; flags < 8; flags++) {
		struct str versions = rest;
		check_range(range, rest, flags, fuzz->arena);
		while (str_split(&versions, '\n', &line))
			check_version(line, flags, fuzz->arena);
	}
}

/* ---- SRI: what was read is written and read the same; two ways to judge agree ---------------------- */

static void run_sri(const struct fuzz *fuzz, const void *with)
{
	struct integrity all, one;
	struct digest computed;
	enum digest_algorithm strongest;
	(void)with;
	if (integrity_parse(fuzz->input, fuzz->arena, &all, NULL))
		return;
	for (size_t i = 0; i < all.count; i++) {
		CLEANUP(buf_fini) struct buf text = BUF_INIT(KIB);
		digest_write_sri(&all.digests[i], &text);
		fuzz_require(integrity_parse(buf_str(&text), fuzz->arena, &one, NULL) == STATUS_OK);
		fuzz_require(one.count == 1 && digest_equal(&one.digests[0], &all.digests[i]));
	}
	enum integrity_verdict verdict = integrity_check(&all, fuzz->input, NULL);
	fuzz_require(verdict != INTEGRITY_MATCH); /* or SHA-1 fell at last */
	fuzz_require((verdict == INTEGRITY_NONE) == !integrity_strongest(&all, &strongest));
	if (verdict != INTEGRITY_NONE && digest_of(strongest, fuzz->input, &computed)) {
		CLEANUP(buf_fini) struct buf more = BUF_INIT(MIB);
		fuzz_require(integrity_judge(&all, &computed) == verdict);
		buf_add(&more, fuzz->input);
		buf_add(&more, STR(" "));
		digest_write_sri(&computed, &more);
		if (integrity_parse(buf_str(&more), fuzz->arena, &one, NULL) == STATUS_OK)
			fuzz_require(integrity_check(&one, fuzz->input, NULL) == INTEGRITY_MATCH);
	}
}

static void run_base64(const struct fuzz *fuzz, const void *with)
{
	unsigned char *bytes = arena_alloc(fuzz->arena, fuzz->input.n + 1), *again = arena_alloc(fuzz->arena, fuzz->input.n + 1);
	size_t n, m;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	(void)with;
	base64_encode(fuzz->input, &text);
	fuzz_require(base64_decode(buf_str(&text), again, fuzz->input.n, &m) && m == fuzz->input.n);
	fuzz_require(m == 0 || memcmp(again, fuzz->input.p, m) == 0);
	if (!base64_decode(fuzz->input, bytes, fuzz->input.n, &n))
		return;
	buf_clear(&text);
	base64_encode((struct str){ (char *)bytes, n }, &text);
	fuzz_require(base64_decode(buf_str(&text), again, n, &m) && m == n && (n == 0 || memcmp(bytes, again, n) == 0));
}

/* ---- licenses ---------------------------------------------------------------------------------------- */

static void run_license(const struct fuzz *fuzz, const void *with)
{
	struct license *license, *again;
	struct license_list *list;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
	CLEANUP(buf_fini) struct buf second = BUF_INIT(MIB);
	enum license_kind kind;
	(void)with;
	fuzz_require(license_read(fuzz->input, fuzz->arena, &kind, &again, NULL) == STATUS_OK);
	if (license_parse(fuzz->input, fuzz->arena, &license, NULL))
		return;
	license_write(license, &text);
	if (text.n > LIMIT_LICENSE_LENGTH)
		return;
	fuzz_require(license_parse(buf_str(&text), fuzz->arena, &again, NULL) == STATUS_OK);
	license_write(again, &second);
	fuzz_require(str_equal(buf_str(&text), buf_str(&second)));
	const struct str any[] = { STR("*") };
	fuzz_require(license_list_parse(any, 1, fuzz->arena, &list, NULL, NULL) == STATUS_OK);
	fuzz_require(license_within(license, list) && license_bound(license, list));
	const struct str some[] = { STR("MIT"), STR("GPL-*"), STR("Apache-2.0") };
	fuzz_require(license_list_parse(some, 3, fuzz->arena, &list, NULL, NULL) == STATUS_OK);
	fuzz_require(license_within(license, list) == license_within(again, list));
	fuzz_require(license_bound(license, list) == license_bound(again, list));
}

/* ---- package URLs, patterns ----------------------------------------------------------------------------- */

static void run_purl(const struct fuzz *fuzz, const void *with)
{
	struct purl purl, again;
	bool npm;
	(void)with;
	if (purl_parse(fuzz->input, fuzz->arena, &npm, &purl, NULL) || !npm || package_name_problem(purl.name))
		return; /* what is no name of npm's is found nowhere */
	struct package package = { .name = purl.name, .version = purl.version };
	struct str text = package_purl(fuzz->arena, &package);
	fuzz_require(purl_parse(text, fuzz->arena, &npm, &again, NULL) == STATUS_OK && npm);
	fuzz_require(str_equal(purl.name, again.name) && str_equal(purl.version, again.version));
}

/* The first line is a pattern, the second a name, the third a version: alone and in a set it matches the same. */
static void run_pattern(const struct fuzz *fuzz, const void *with)
{
	struct str rest = fuzz->input, text = STR_NONE;
	struct package package = { 0 };
	struct package_pattern pattern;
	size_t number = 7;
	(void)with;
	str_split(&rest, '\n', &text);
	str_split(&rest, '\n', &package.name);
	str_split(&rest, '\n', &package.version);
	if (package_pattern_parse(text, fuzz->arena, &pattern, NULL))
		return;
	struct package_patterns *set = package_patterns_new(fuzz->arena);
	fuzz_require(package_patterns_add(set, &pattern, NULL) == STATUS_OK);
	bool alone = package_pattern_matches(&pattern, &package);
	fuzz_require(package_patterns_find(set, &package, &number) == alone && (!alone || number == 0));
}

/* ---- CVSS: a vector that scores does so in any case of reading, and its rating fits --------------------------- */

static void run_cvss(const struct fuzz *fuzz, const void *with)
{
	int tenths = -1, again = -1;
	(void)with;
	if (!cvss_score(fuzz->input, &tenths))
		return;
	fuzz_require(tenths >= 0 && tenths <= 100);
	fuzz_require(cvss_rating(fuzz->input, tenths) != SEVERITY_UNKNOWN);
	struct str cut = str_head(fuzz->input, str_find_last(fuzz->input, '/'));
	if (cvss_score(cut, &again)) /* without its last, optional metric it is a vector too */
		fuzz_require(again >= 0 && again <= 100);
	fuzz_require(!cvss_score(arena_printf(fuzz->arena, "%.*s/", STR_ARG(fuzz->input)), &again));
	fuzz_require(!cvss_score(arena_printf(fuzz->arena, " %.*s", STR_ARG(fuzz->input)), &again));
}

/* ---- dates ---------------------------------------------------------------------------------------------------- */

static void run_date(const struct fuzz *fuzz, const void *with)
{
	int64_t date, again, seconds;
	char text[DATE_TEXT_SIZE];
	(void)with;
	if (duration_parse(fuzz->input, &seconds)) {
		fuzz_require(seconds >= 0);
		duration_format(seconds, text);
	}
	if (!date_parse(fuzz->input, &date))
		return;
	date_format(date, text);
	fuzz_require(date_parse(str_of(text), &again) && again == date);
}

/* ---- globs: against the plainest way to say what they mean ------------------------------------------------------- */

static bool plainly(struct str pattern, struct str text)
{
	if (pattern.n == 0)
		return text.n == 0;
	if (str_starts_with(pattern, STR("**"))) /* says what one says, and takes ages */
		return plainly(str_from(pattern, 1), text);
	if (pattern.p[0] == '*')
		return plainly(str_from(pattern, 1), text) || (text.n && plainly(pattern, str_from(text, 1)));
	return text.n && pattern.p[0] == text.p[0] && plainly(str_from(pattern, 1), str_from(text, 1));
}

static void run_glob(const struct fuzz *fuzz, const void *with)
{
	struct str text = fuzz->input, pattern;
	(void)with;
	if (!str_split(&text, '\n', &pattern) || pattern.n > 12 || text.n > 24)
		return;
	fuzz_require(glob_matches(pattern, text) == plainly(pattern, text));
}

/* What is made visible is plain, and stays as it is when it is made visible again. */
static void run_visible(const struct fuzz *fuzz, const void *with)
{
	CLEANUP(buf_fini) struct buf once = BUF_INIT(64 * MIB);
	CLEANUP(buf_fini) struct buf twice = BUF_INIT(64 * MIB);
	(void)with;
	buf_add_visible(&once, fuzz->input);
	fuzz_require(!once.failed && utf8_is_valid(buf_str(&once)));
	for (size_t i = 0; i < once.n; i++)
		fuzz_require((unsigned char)once.p[i] >= 0x20 && once.p[i] != 0x7f);
	buf_add_visible(&twice, buf_str(&once));
	fuzz_require(str_equal(buf_str(&once), buf_str(&twice)));
}

const struct fuzz_target fuzz_words[] = {
	{ "semver", run_semver, NULL, NULL },
	{ "sri", run_sri, NULL, NULL },
	{ "base64", run_base64, NULL, NULL },
	{ "license", run_license, NULL, NULL },
	{ "purl", run_purl, NULL, NULL },
	{ "pattern", run_pattern, NULL, NULL },
	{ "cvss", run_cvss, NULL, NULL },
	{ "date", run_date, NULL, NULL },
	{ "glob", run_glob, NULL, NULL },
	{ "visible", run_visible, NULL, NULL },
	{ 0 },
};
