/*
 * What the registry's own record says of the versions that a lockfile pins: the digest they were published with, when, by whom. A
 * poisoned lockfile changes URL and digest together, and then only the record tells.
 */
#include "check/check_private.h"

const struct registry_record *record_of(const struct scan *scan, uint32_t number)
{
	const struct registry_record *record = scan->records ? scan->records[number] : NULL;
	return record && record->state == RECORD_FOUND ? record : NULL;
}

enum judgement judge_record(const struct scan *scan, uint32_t number)
{
	static const enum judgement by_state[] = {
		[RECORD_FOUND] = JUDGED,
		[RECORD_GONE] = UNJUDGED_GONE,
		[RECORD_ELSEWHERE] = UNJUDGED_OTHER_REGISTRY,
		[RECORD_UNREACHABLE] = UNJUDGED_UNREACHABLE,
		[RECORD_ABSENT] = UNJUDGED_OFFLINE,
		[RECORD_IMPOSSIBLE] = UNJUDGED_NO_VERSION,
	};
	const struct package *package = &scan->tree->packages[number];
	enum judgement kind = judge_kind(package);
	if (kind != JUDGED)
		return kind;
	if (package->bundled)
		return UNJUDGED_BUNDLED;
	if (package->kind == PACKAGE_TARBALL)
		return UNJUDGED_URL;
	if (scan->changes && scan->changes[number] == CHANGE_CARRIED && !(scan->records && scan->records[number]))
		return UNJUDGED_CARRIED;
	if (!scan->records)
		return UNJUDGED_NOT_ASKED;
	return scan->records[number] ? by_state[scan->records[number]->state] : UNJUDGED_NOT_ASKED;
}

/* ---- registry-mismatch -------------------------------------------------------------------- */

static bool lists(const struct integrity *integrity, enum digest_algorithm algorithm)
{
	bool found = integrity->hopeless & 1u << algorithm;
	for (size_t i = 0; i < integrity->count && !found; i++)
		found = integrity->digests[i].algorithm == algorithm;
	return found;
}

static bool share(const struct integrity *a, const struct integrity *b, enum digest_algorithm algorithm)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count && a->digests[i].algorithm == algorithm; k++)
			if (digest_equal(&a->digests[i], &b->digests[k]))
				return true;
	return false;
}

/* As ssri merges two of them: each algorithm that both list must have a digest in common. MISMATCH: *at is the strongest that has none. */
static enum integrity_verdict compare(const struct integrity *pinned, const struct integrity *published, enum digest_algorithm *at)
{
	enum integrity_verdict verdict = INTEGRITY_NONE;
	for (enum digest_algorithm algorithm = 0; algorithm < DIGEST_ALGORITHMS; algorithm++) {
		if (!lists(pinned, algorithm) || !lists(published, algorithm))
			continue;
		if (!share(pinned, published, algorithm)) {
			*at = algorithm;
			verdict = INTEGRITY_MISMATCH;
		} else if (verdict == INTEGRITY_NONE) {
			verdict = INTEGRITY_MATCH;
		}
	}
	return verdict;
}

/* The first of that algorithm, "sha512-…". */
static void write_digest(const struct integrity *integrity, enum digest_algorithm algorithm, struct buf *out)
{
	for (size_t i = 0; i < integrity->count; i++) {
		if (integrity->digests[i].algorithm == algorithm) {
			digest_write_sri(&integrity->digests[i], out);
			return;
		}
	}
	buf_printf(out, "a malformed %s", digest_name(algorithm));
}

static struct finding *found_record(struct walk *walk, uint32_t number, const char *id, struct str subject, struct str message)
{
	const struct registry_record *record = walk->scan->records[number];
	struct finding *finding = walk_found(walk, number, (struct problem){ .id = id, .subject = subject, .message = message });
	if (finding && walk->scan->dated && walk->scan->dated[number] && record->history == HISTORY_GIVEN)
		finding->published = record->published;
	return finding;
}

static void add_mismatch(struct walk *walk, uint32_t number, const struct integrity *pinned, const struct integrity *published, enum digest_algorithm algorithm)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	buf_add_z(&text, "the lockfile pins ");
	write_digest(pinned, algorithm, &text);
	buf_add_z(&text, ", the registry published ");
	write_digest(published, algorithm, &text);
	buf_add_z(&text, ": these are not the bytes of that release");
	found_record(walk, number, "registry-mismatch/digest", walk->scan->tree->packages[number].integrity, arena_copy(walk->scan->arena, buf_str(&text)));
}

/* Where no digest can be compared, the name of the file still can: the registry's own URL of another package, or another release. */
static enum judgement compare_urls(struct walk *walk, uint32_t number)
{
	const struct package *package = &walk->scan->tree->packages[number];
	const struct str ours = package->resolved, theirs = walk->scan->records[number]->tarball;
	struct str name, version, its_name, its_version;
	if (!lockfile_parse_registry_url(ours, walk->scratch, &name, &version) || !lockfile_parse_registry_url(theirs, walk->scratch, &its_name, &its_version))
		return UNJUDGED_NO_COMMON_DIGEST;
	if (str_equal(name, its_name) && str_equal(version, its_version))
		return UNJUDGED_NO_COMMON_DIGEST;
	found_record(walk, number, "registry-mismatch/tarball", ours,
		     arena_printf(walk->scan->arena, "the lockfile's URL is that of %.*s %.*s, the registry has it as %.*s %.*s", STR_ARG(name),
				  STR_ARG(version), STR_ARG(its_name), STR_ARG(its_version)));
	return JUDGED;
}

/* The lockfile pins nothing: then what was sent is held against the record. */
static enum judgement compare_bytes(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct package *package = &scan->tree->packages[number];
	const struct tarball_result *result = scan->tarballs ? &scan->tarballs[number] : NULL;
	struct integrity published = { .count = 0 }, sent = { .count = 1 };
	enum digest_algorithm at;
	if (!result || result->state != TARBALL_NO_INTEGRITY || !result->has_digest)
		return package->checksum.n ? UNJUDGED_ZIP : UNJUDGED_NO_DIGEST;
	struct digest digest = result->digest;
	sent.digests = &digest;
	enum status status = integrity_parse(scan->records[number]->integrity, walk->scratch, &published, NULL);
	walk->failed |= status == STATUS_MEMORY;
	enum integrity_verdict verdict = status ? INTEGRITY_NONE : compare(&sent, &published, &at);
	if (verdict == INTEGRITY_NONE)
		return scan->records[number]->integrity.n ? UNJUDGED_NO_COMMON_DIGEST : UNJUDGED_DIGEST_NOT_GIVEN;
	if (verdict == INTEGRITY_MISMATCH) {
		CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
		buf_add_z(&text, "the lockfile pins nothing; the bytes that were sent are ");
		digest_write_sri(&digest, &text);
		buf_add_z(&text, ", the registry published ");
		write_digest(&published, at, &text);
		found_record(walk, number, "registry-mismatch/bytes", STR_NONE, arena_copy(scan->arena, buf_str(&text)));
	}
	return JUDGED;
}

/* One SHA-512, the same on both sides, as nearly all are: nothing in them need be read. */
static bool begins_as_pinned(struct str published, struct str pinned)
{
	enum { SHA512_SRI = 7 + 88 };
	return pinned.n == SHA512_SRI && str_starts_with(published, pinned) && str_starts_with(pinned, STR("sha512-")) &&
	       str_ends_with(pinned, STR("==")) && str_plain_length(pinned) == pinned.n && str_find(pinned, ' ') == pinned.n &&
	       (published.n == pinned.n || published.p[pinned.n] == ' ');
}

static enum judgement judge_mismatch(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct package *package = &scan->tree->packages[number];
	enum judgement judgement = judge_record(scan, number);
	struct integrity pinned, published;
	enum digest_algorithm at;
	if (judgement != JUDGED)
		return judgement;
	if (package->integrity.n == 0)
		return compare_bytes(walk, number);
	if (scan->records[number]->integrity.n == 0)
		return UNJUDGED_DIGEST_NOT_GIVEN;
	if (begins_as_pinned(scan->records[number]->integrity, package->integrity))
		return JUDGED;
	enum status status = integrity_parse(package->integrity, walk->scratch, &pinned, NULL);
	if (status == STATUS_OK)
		status = integrity_parse(scan->records[number]->integrity, walk->scratch, &published, NULL);
	walk->failed |= status == STATUS_MEMORY;
	enum integrity_verdict verdict = status ? INTEGRITY_NONE : compare(&pinned, &published, &at);
	if (verdict == INTEGRITY_NONE)
		return compare_urls(walk, number);
	if (verdict == INTEGRITY_MISMATCH)
		add_mismatch(walk, number, &pinned, &published, at);
	return JUDGED;
}

enum status run_registry_mismatch(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_mismatch, err);
}

/* ---- dates and publishers ------------------------------------------------------------------------ */

/* `wanted`: scan->dated or scan->traced. */
static enum judgement judge_history(const struct scan *scan, uint32_t number, const bool *wanted)
{
	static const enum judgement by_state[] = {
		[HISTORY_UNASKED] = UNJUDGED_HISTORY_NOT_ASKED,
		[HISTORY_GIVEN] = JUDGED,
		[HISTORY_UNREACHABLE] = UNJUDGED_UNREACHABLE,
		[HISTORY_ABSENT] = UNJUDGED_OFFLINE,
	};
	enum judgement judgement = judge_record(scan, number);
	if (judgement != JUDGED)
		return judgement;
	if (!wanted || !wanted[number])
		return UNJUDGED_HISTORY_NOT_ASKED;
	const struct registry_record *record = scan->records[number];
	judgement = by_state[record->history];
	return judgement == JUDGED && record->published == DATE_NONE ? UNJUDGED_DATE_NOT_GIVEN : judgement;
}

static struct str age_message(const struct scan *scan, int64_t published)
{
	char age[DATE_TEXT_SIZE], least[DATE_TEXT_SIZE], opens[DATE_TEXT_SIZE];
	duration_format(scan->min_release_age, least);
	date_format(published + scan->min_release_age, opens);
	if (published > scan->now)
		return arena_printf(scan->arena, "it was published after the time that is judged as of; the gate (%s) opens %s", least, opens);
	duration_format(scan->now - published, age);
	return arena_printf(scan->arena, "it was published %s ago, the policy asks for %s: the gate opens %s", age, least, opens);
}

static enum judgement judge_age(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	enum judgement judgement = judge_history(scan, number, scan->dated);
	if (judgement != JUDGED)
		return judgement;
	const int64_t published = scan->records[number]->published;
	if (published > scan->now || scan->now - published < scan->min_release_age)
		found_record(walk, number, NULL, STR_NONE, age_message(scan, published));
	return JUDGED;
}

enum status run_release_age(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_age, err);
}

static enum judgement judge_undated(struct walk *walk, uint32_t number)
{
	struct arena *arena = walk->scan->arena;
	enum judgement judgement = judge_history(walk->scan, number, walk->scan->dated);
	const struct registry_record *record = walk->scan->records ? walk->scan->records[number] : NULL;
	if (judgement == UNJUDGED_DATE_NOT_GIVEN) {
		walk_found(walk, number,
			   (struct problem){ .message = STR("the registry tells no date of its own for this version: "
							    "how old it is cannot be known") });
	} else if (record && record->state == RECORD_FOUND && judgement == UNJUDGED_UNREACHABLE) {
		struct finding *finding = walk_found(walk, number,
						     (struct problem){ .message = arena_printf(arena, "the package's document: %s", record->history_detail) });
		if (finding)
			finding->retryable |= record->history_retryable;
	}
	return judgement;
}

enum status run_release_date_unknown(struct scan *scan, const struct rule *rule, struct error *err)
{
	return scan->dated ? walk_packages(scan, rule, judge_undated, err) : STATUS_OK;
}

static enum judgement judge_publisher(struct walk *walk, uint32_t number)
{
	enum judgement judgement = judge_history(walk->scan, number, walk->scan->traced);
	if (judgement != JUDGED)
		return judgement;
	const struct registry_record *record = walk->scan->records[number];
	if (record->before.n && (!record->publisher.n || !record->before_publisher.n))
		return UNJUDGED_PUBLISHER_NOT_GIVEN;
	if (record->before.n && !record->publisher_known)
		found_record(walk, number, NULL, record->publisher,
			     arena_printf(walk->scan->arena,
					  "published by %.*s, who published none of the versions before (%.*s was by %.*s) and was %s "
					  "its maintainers then",
					  STR_ARG(record->publisher), STR_ARG(record->before), STR_ARG(record->before_publisher),
					  record->was_maintainer ? "among" : "not among"));
	return JUDGED;
}

enum status run_publisher_changed(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_publisher, err);
}

/* ---- record-unreachable --------------------------------------------------------------------------- */

/* Where the bytes are out of reach as well, that is said once. */
static bool is_told(const struct scan *scan, uint32_t number)
{
	const struct tarball_result *tarball = scan->tarballs ? &scan->tarballs[number] : NULL;
	return tarball && (tarball->state == TARBALL_UNREACHABLE || tarball->state == TARBALL_REFUSED_HOST);
}

static enum judgement judge_unanswered(struct walk *walk, uint32_t number)
{
	const struct registry_record *record = walk->scan->records[number];
	if (!record || record->state != RECORD_UNREACHABLE || is_told(walk->scan, number))
		return JUDGED;
	struct finding *finding = walk_found(walk, number,
					     (struct problem){ .message = str_of(record->detail ? record->detail : "no answer was to be had") });
	if (finding)
		finding->retryable |= record->retryable;
	return JUDGED;
}

enum status run_record_unreachable(struct scan *scan, const struct rule *rule, struct error *err)
{
	return scan->records ? walk_packages(scan, rule, judge_unanswered, err) : STATUS_OK;
}
