/*
 * What is asked: targets by name, exact versions by name and version, digests by algorithm and value. So that a list of half a million
 * lines costs a look-up for each package that is looked at, only ranges are tried one by one.
 */
#include "fleet/question.h"

#include <stdlib.h>

#include "assay/limits.h"
#include "assay/semver.h"

enum target_kind { TARGET_NAME, TARGET_ANY, TARGET_VERSION, TARGET_RANGE, TARGET_AFFECTED };
#define TARGET_FLAGS (SEMVER_LOOSE | SEMVER_INCLUDE_PRERELEASE)

struct target {
	enum target_kind kind;
	struct str name, asked;
	struct str version; /* TARGET_VERSION */
	struct semver_range *range;
	const struct affected *affected;
	size_t next;  /* another one of the name that is no exact version; SIZE_MAX: the last */
	size_t other; /* another exact version of the name; likewise */
};

struct named {
	struct str name;
	size_t first;    /* SIZE_MAX: none */
	size_t versions; /* the first exact version; likewise */
};

struct who_question {
	struct arena *arena;
	VEC(struct target) targets;
	VEC(struct named) names;
	struct map *by_name;     /* to names */
	struct map *by_version;  /* "name\nversion" to targets */
	struct map *by_digest;   /* "sha512-…" to asked */
	VEC(struct str) digests; /* how each was asked for */
	bool algorithms[DIGEST_ALGORITHMS + 1];
	struct str *sorted; /* the names; made anew when there are more */
	size_t sorted_count;
};

struct who_question *who_question_new(struct arena *arena)
{
	struct who_question *question = arena_alloc(arena, sizeof *question);
	if (!question)
		return NULL;
	question->arena = arena;
	question->by_name = map_new(arena, 0);
	question->by_version = map_new(arena, 0);
	question->by_digest = map_new(arena, 0);
	return question->by_name && question->by_version && question->by_digest ? question : NULL;
}

struct arena *question_arena(struct who_question *question)
{
	return question->arena;
}

/* ---- adding ---------------------------------------------------------------------- */

static enum status past_limit(struct error *err)
{
	return error_set(err, STATUS_LIMIT, "more than %d packages and digests are asked for", LIMIT_WHO_TARGETS);
}

/* The name's place in `names`, made where there is none; SIZE_MAX: out of memory. */
static size_t name_place(struct who_question *question, struct str name)
{
	size_t there;
	if (map_find(question->by_name, name, &there))
		return there;
	struct named *named = vec_add(question->arena, &question->names);
	struct str kept = arena_copy(question->arena, name);
	there = question->names.n - 1;
	if (!named || !kept.p || !map_set(question->by_name, kept, there))
		return SIZE_MAX;
	*named = (struct named){ kept, SIZE_MAX, SIZE_MAX };
	return there;
}

static enum status add_target(struct who_question *question, struct target target, struct error *err)
{
	if (question->targets.n + question->digests.n >= LIMIT_WHO_TARGETS)
		return past_limit(err);
	size_t place = name_place(question, target.name);
	struct target *added = place == SIZE_MAX ? NULL : vec_add(question->arena, &question->targets);
	struct str asked = arena_copy(question->arena, target.asked);
	if (!added || !asked.p)
		return error_memory(err);
	struct named *named = &question->names.v[place];
	size_t *first = target.kind == TARGET_VERSION ? &named->versions : &named->first;
	target.next = target.kind == TARGET_VERSION ? SIZE_MAX : *first;
	target.other = target.kind == TARGET_VERSION ? *first : SIZE_MAX;
	target.name = named->name;
	target.asked = asked;
	*first = question->targets.n - 1;
	*added = target;
	return STATUS_OK;
}

enum status question_add_name(struct who_question *question, struct str name, struct str asked, struct error *err)
{
	return add_target(question, (struct target){ .kind = TARGET_NAME, .name = name, .asked = asked }, err);
}

enum status question_add_any(struct who_question *question, struct str name, struct str asked, struct error *err)
{
	return add_target(question, (struct target){ .kind = TARGET_ANY, .name = name, .asked = asked }, err);
}

enum { KEY_BYTES = 256 }; /* of a digest */

/* "name\n1.2.3": the version without build metadata where it is one, else as it stands. */
static void write_version_key(struct str name, struct str version, struct buf *out)
{
	struct semver parsed;
	buf_clear(out);
	buf_add(out, name);
	buf_add_char(out, '\n');
	if (semver_parse(version, SEMVER_LOOSE | SEMVER_UNBOUNDED, &parsed))
		semver_write(&parsed, out);
	else
		buf_add(out, version);
}

enum status question_add_version(struct who_question *question, struct str name, struct str version, struct str asked, struct error *err)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(LIMIT_IOC_LINE_BYTES);
	size_t there;
	write_version_key(name, version, &key);
	struct str kept = key.failed ? STR_NONE : arena_copy(question->arena, buf_str(&key));
	if (!kept.p)
		return error_memory(err);
	if (map_find(question->by_version, kept, &there))
		return STATUS_OK;
	struct str text = str_from(kept, name.n + 1);
	enum status status = add_target(question, (struct target){ .kind = TARGET_VERSION, .name = name, .version = text, .asked = asked }, err);
	if (status)
		return status;
	return map_set(question->by_version, kept, question->targets.n - 1) ? STATUS_OK : error_memory(err);
}

enum status question_add_range(struct who_question *question, struct str name, struct str range, struct str asked, struct error *err)
{
	struct target target = { .kind = TARGET_RANGE, .name = name, .asked = asked };
	enum status status = semver_range_parse(range, TARGET_FLAGS, question->arena, &target.range, err);
	return status ? status : add_target(question, target, err);
}

enum status question_add_affected(struct who_question *question, struct str name, const struct affected *affected, struct error *err)
{
	return add_target(question, (struct target){ .kind = TARGET_AFFECTED, .name = name, .affected = affected, .asked = affected->advisory->id }, err);
}

enum status question_add_digest(struct who_question *question, const struct digest *digest, struct str asked, struct error *err)
{
	char room[KEY_BYTES];
	struct buf key = BUF_FIXED(room);
	size_t there;
	digest_write_sri(digest, &key);
	if (question->targets.n + question->digests.n >= LIMIT_WHO_TARGETS)
		return past_limit(err);
	if (map_find(question->by_digest, buf_str(&key), &there))
		return STATUS_OK;
	struct str kept = arena_copy(question->arena, buf_str(&key)), *added = vec_add(question->arena, &question->digests);
	if (!kept.p || !added || !map_set(question->by_digest, kept, question->digests.n - 1))
		return error_memory(err);
	*added = arena_copy(question->arena, asked);
	question->algorithms[digest->algorithm] = true;
	return added->p ? STATUS_OK : error_memory(err);
}

/* ---- matching: without memory, so that none that lacks can hide a match --------------- */

static bool target_contains(const struct target *target, struct str text, const struct semver *version)
{
	switch (target->kind) {
	case TARGET_ANY: return true;
	case TARGET_RANGE: return version && semver_range_matches(target->range, version);
	case TARGET_AFFECTED: return affected_contains(target->affected, text, version);
	default: return false;
	}
}

static void tell(struct str *asked, struct str what)
{
	if (asked)
		*asked = what;
}

bool who_has_digest(const struct who_question *question, const struct digest *digest, struct str *asked)
{
	char room[KEY_BYTES];
	struct buf key = BUF_FIXED(room);
	size_t there;
	if (!question->algorithms[digest->algorithm])
		return false;
	digest_write_sri(digest, &key);
	if (!map_find(question->by_digest, buf_str(&key), &there))
		return false;
	tell(asked, question->digests.v[there]);
	return true;
}

static bool has_integrity(const struct who_question *question, struct str text, struct str *asked)
{
	struct digest digest;
	size_t there;
	if (!question->digests.n || !text.n)
		return false;
	/* Nearly all are one digest, spelled as it is kept here. */
	if (map_find(question->by_digest, text, &there)) {
		tell(asked, question->digests.v[there]);
		return true;
	}
	if (str_find(text, ' ') == text.n && str_find(text, '?') == text.n && str_find(text, '\t') == text.n && str_find(text, '\n') == text.n)
		return false;
	while (integrity_next(&text, &digest))
		if (who_has_digest(question, &digest, asked))
			return true;
	return false;
}

enum who_match who_match(const struct who_question *question, struct str name, struct str version, struct str integrity, struct str *asked)
{
	size_t place, target;
	if (has_integrity(question, integrity, asked))
		return WHO_HIT;
	if (!map_find(question->by_name, name, &place))
		return WHO_OTHER;
	char room[LIMIT_IOC_LINE_BYTES]; /* nothing that is asked for is longer */
	struct buf key = BUF_FIXED(room);
	write_version_key(name, version, &key);
	if (!key.failed && map_find(question->by_version, buf_str(&key), &target)) {
		tell(asked, question->targets.v[target].asked);
		return WHO_HIT;
	}
	const struct named *named = &question->names.v[place];
	struct semver parsed;
	bool valid = semver_parse(version, SEMVER_LOOSE | SEMVER_UNBOUNDED, &parsed);
	for (size_t i = named->first; i != SIZE_MAX; i = question->targets.v[i].next) {
		if (!target_contains(&question->targets.v[i], version, valid ? &parsed : NULL))
			continue;
		tell(asked, question->targets.v[i].asked);
		return WHO_HIT;
	}
	tell(asked, question->targets.v[named->first != SIZE_MAX ? named->first : named->versions].asked);
	return WHO_NEAR;
}

static int compare_texts(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

size_t who_names(struct who_question *question, const struct str **names)
{
	*names = question->sorted;
	if (question->sorted && question->sorted_count == question->names.n)
		return question->sorted_count;
	question->sorted = arena_array(question->arena, question->names.n + 1, sizeof *question->sorted);
	question->sorted_count = question->sorted ? question->names.n : 0;
	*names = question->sorted;
	for (size_t i = 0; i < question->sorted_count; i++)
		question->sorted[i] = question->names.v[i].name;
	if (question->sorted_count)
		qsort(question->sorted, question->sorted_count, sizeof *question->sorted, compare_texts);
	return question->sorted_count;
}

size_t who_digest_count(const struct who_question *question)
{
	return question->digests.n;
}

bool who_wants_algorithm(const struct who_question *question, enum digest_algorithm algorithm)
{
	return question->algorithms[algorithm];
}

size_t who_target_count(const struct who_question *question)
{
	return question->targets.n;
}

/* ---- what a range admits ---------------------------------------------------------------- */

/* Of both sides: where two ranges overlap, they do so at a bound of one of them, or one patch above it. */
struct overlap {
	const struct target *target;
	const struct semver_range *asked;
	bool found;
};

static void try_version(struct overlap *overlap, struct str text)
{
	struct semver version;
	if (overlap->found || !semver_parse(text, SEMVER_LOOSE | SEMVER_UNBOUNDED, &version))
		return;
	overlap->found = semver_range_matches(overlap->asked, &version) && target_contains(overlap->target, text, &version);
}

static void try_bound(struct overlap *overlap, struct str text)
{
	char room[1024];
	struct buf next = BUF_FIXED(room);
	struct semver version;
	uint64_t patch;
	try_version(overlap, text);
	if (overlap->found || !semver_parse(text, SEMVER_LOOSE, &version))
		return;
	if (str_to_u64(version.patch, &patch) && patch < UINT32_MAX)
		buf_printf(&next, "%.*s.%.*s.%llu", STR_ARG(version.major), STR_ARG(version.minor), (unsigned long long)patch + !version.prerelease.n);
	if (!next.failed)
		try_version(overlap, buf_str(&next));
}

/* "0" is OSV's word for the first version. */
static struct str bound_of(struct str introduced)
{
	return !introduced.n || str_equal_z(introduced, "0") ? STR("0.0.0") : introduced;
}

static void try_range_bounds(struct overlap *overlap, const struct semver_range *range)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4 * LIMIT_RANGE_LENGTH);
	semver_range_write(range, &text);
	struct str rest = buf_str(&text), part;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '|')
			text.p[i] = ' ';
	try_bound(overlap, STR("0.0.0"));
	overlap->found |= text.failed; /* who cannot look does not deny */
	while (!overlap->found && str_split(&rest, ' ', &part)) {
		while (part.n && strchr("<>=~^", part.p[0]))
			part = str_from(part, 1);
		try_bound(overlap, part);
	}
}

static bool admits_target(const struct target *target, const struct semver_range *range)
{
	struct overlap overlap = { target, range, false };
	struct semver version;
	if (target->kind == TARGET_ANY)
		return true;
	if (target->kind == TARGET_VERSION)
		return semver_parse(target->version, SEMVER_LOOSE, &version) && semver_range_matches(range, &version);
	if (target->kind == TARGET_NAME)
		return false;
	try_range_bounds(&overlap, range);
	if (target->kind == TARGET_RANGE)
		try_range_bounds(&overlap, target->range);
	for (size_t i = 0; target->affected && i < target->affected->interval_count; i++) {
		try_bound(&overlap, bound_of(target->affected->intervals[i].introduced));
		try_bound(&overlap, bound_of(target->affected->intervals[i].end));
	}
	for (size_t i = 0; target->affected && i < target->affected->version_count && !overlap.found; i++)
		try_version(&overlap, target->affected->versions[i]);
	return overlap.found;
}

/* A tag ("latest") may stand for any version; an address, a path or another protocol leads to no registry. */
static bool is_tag(struct str spec)
{
	for (size_t i = 0; i < spec.n; i++) {
		unsigned char c = (unsigned char)spec.p[i];
		if (!ascii_is_alpha(c) && !ascii_is_digit(c) && !strchr("-_.", c))
			return false;
	}
	return spec.n && ascii_is_alpha((unsigned char)spec.p[0]);
}

static const struct target *first_admitted(const struct who_question *question, const struct named *named, struct str spec)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct semver_range *range = NULL;
	bool valid = scratch && semver_range_parse(spec, SEMVER_LOOSE, scratch, &range, NULL) == STATUS_OK;
	if (!valid && !is_tag(spec))
		return NULL;
	const size_t heads[] = { named->first, named->versions };
	for (size_t k = 0; k < 2; k++)
		for (size_t i = heads[k]; i != SIZE_MAX; i = k ? question->targets.v[i].other : question->targets.v[i].next) {
			const struct target *target = &question->targets.v[i];
			if (target->kind != TARGET_NAME && (!valid || admits_target(target, range)))
				return target;
		}
	return NULL;
}

bool who_admits(const struct who_question *question, struct str name, struct str spec, struct str *real_name, struct str *asked)
{
	size_t place;
	spec = str_trim(spec);
	if (str_starts_with(spec, STR("npm:"))) {
		struct str target = str_from(spec, 4);
		size_t at = str_find(str_from(target, 1), '@') + 1;
		bool named = at < target.n || !target.n || !ascii_is_digit((unsigned char)target.p[0]);
		name = named ? str_head(target, at) : name;
		spec = named ? str_from(target, at + 1) : target;
	}
	if (!map_find(question->by_name, name, &place))
		return false;
	const struct target *target = first_admitted(question, &question->names.v[place], spec);
	if (!target)
		return false;
	*real_name = name;
	tell(asked, target->asked);
	return true;
}
