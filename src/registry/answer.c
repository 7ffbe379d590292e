/*
 * Reading answers. Of a document's versions only what a history needs is noted: publisher, maintainers, date; who asks for many
 * versions of one package has it read once.
 */
#include "assay/digest.h"
#include "assay/json.h"
#include "assay/semver.h"
#include "registry/answer.h"

/* One version that a document lists or dates. */
struct document_entry {
	struct str version, publisher, maintainers; /* maintainers: each behind a newline, and one at the end */
	int64_t published;
	bool listed;
};

/* ---- a version's manifest -------------------------------------------------------- */

/* A lockfile has a version as npm cleans it: build metadata and a leading v do not count. */
static bool is_version(struct str given, struct str asked)
{
	struct semver a, b;
	if (str_equal(given, asked))
		return true;
	return semver_parse(given, SEMVER_LOOSE, &a) && semver_parse(asked, SEMVER_LOOSE, &b) && semver_compare(&a, &b) == 0;
}

/* Whole, or not at all. */
static struct str short_text(const struct json *object, const char *key)
{
	struct str text = json_find_text(object, key);
	return text.n <= LIMIT_RECORD_TEXT_BYTES ? text : STR_NONE;
}

/* Its beginning, which ends between two characters. */
static struct str cut_text(struct str text)
{
	size_t n = LIMIT_RECORD_TEXT_BYTES;
	if (text.n <= n)
		return text;
	while (n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return str_head(text, n);
}

/* "sha1-…" of 40 hexadecimal digits; nothing for anything else. */
static void add_shasum(struct str hex, struct buf *out)
{
	struct digest digest;
	if (!digest_read_hex(hex, DIGEST_SHA1, &digest))
		return;
	if (out->n)
		buf_add_char(out, ' ');
	digest_write_sri(&digest, out);
}

static struct str read_digests(const struct json *dist, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf sri = BUF_INIT(2 * LIMIT_RECORD_TEXT_BYTES);
	buf_add(&sri, str_trim(short_text(dist, "integrity")));
	add_shasum(short_text(dist, "shasum"), &sri);
	return sri.failed ? STR_NONE : arena_copy(arena, buf_str(&sri));
}

/* Text, or `true` from the days when a flag was enough; npm takes an empty one back. */
static struct str read_deprecated(const struct json *manifest)
{
	const struct json *value = json_find(manifest, "deprecated");
	return json_is(value, JSON_TRUE) ? STR("(no reason is given)") : cut_text(json_text(value));
}

/* Who published: by name, and by which trusted publisher's leave where it was not a person. */
static struct str read_publisher(const struct json *manifest, struct arena *arena)
{
	const struct json *user = json_find(manifest, "_npmUser");
	struct str name = short_text(user, "name"), trusted = short_text(json_find(user, "trustedPublisher"), "id");
	if (name.n && trusted.n)
		return arena_printf(arena, "%.*s (trusted publisher: %.*s)", STR_ARG(name), STR_ARG(trusted));
	return arena_copy(arena, name);
}

static bool fill_record(const struct json *manifest, struct arena *arena, struct registry_record *out)
{
	const struct json *dist = json_find(manifest, "dist");
	out->integrity = read_digests(dist, arena);
	out->tarball = arena_copy(arena, short_text(dist, "tarball"));
	out->deprecated = arena_copy(arena, read_deprecated(manifest));
	out->publisher = read_publisher(manifest, arena);
	return out->integrity.p && out->tarball.p && out->deprecated.p && out->publisher.p;
}

bool answer_read_manifest(struct str text, struct str name, struct str version, struct arena *arena, struct registry_record *out, const char **why)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct json *json;
	*why = NULL;
	enum status status = scratch ? json_parse(text, 0, scratch, &json, NULL, NULL) : STATUS_MEMORY;
	if (status == STATUS_MEMORY)
		return false;
	struct registry_record record = *out;
	struct str its_name = status ? STR_NONE : json_find_text(json, "name"), its_version = STR_NONE;
	if (its_name.n)
		its_version = json_find_text(json, "version");
	if (status || !json_is(json, JSON_OBJECT))
		*why = "answered with something else than a version's record";
	else if (!str_equal(its_name, name) || !is_version(its_version, version))
		*why = "answered with the record of another package or version";
	if (*why || !fill_record(json, arena, &record))
		return false;
	record.state = RECORD_FOUND;
	*out = record;
	return true;
}

/* ---- a package's document ----------------------------------------------------------- */

/* The version's entry, made if need be. NULL: out of memory, or too many. */
static struct document_entry *entry_of(struct document_answer *answer, struct str version)
{
	size_t at;
	if (map_find(answer->by_version, version, &at))
		return &answer->entries.v[at];
	struct str key = arena_copy(answer->notes, version);
	struct document_entry *entry = NULL;
	if (answer->entries.n >= LIMIT_DOCUMENT_VERSIONS)
		answer->why = "lists more versions than are read";
	else
		entry = key.p ? vec_add(answer->notes, &answer->entries) : NULL;
	if (!entry || !map_set(answer->by_version, key, answer->entries.n - 1)) {
		answer->no_memory |= !answer->why;
		return NULL;
	}
	*entry = (struct document_entry){ .version = key, .published = DATE_NONE };
	return entry;
}

static bool read_dates(struct document_answer *answer, const struct json *time)
{
	json_each(member, time) {
		int64_t date;
		if (!date_parse(json_text(member), &date) || str_equal_z(member->key, "created") || str_equal_z(member->key, "modified"))
			continue;
		struct document_entry *entry = entry_of(answer, member->key);
		if (!entry)
			return false;
		entry->published = date;
	}
	return true;
}

static bool parse_part(struct document_answer *answer, struct str text, struct json **out)
{
	arena_reset(answer->scratch);
	enum status status = json_parse(text, 0, answer->scratch, out, NULL, NULL);
	answer->no_memory |= status == STATUS_MEMORY;
	return status == STATUS_OK;
}

static bool take_member(void *context, struct str key, struct str value)
{
	struct document_answer *answer = context;
	struct json *json;
	if (!parse_part(answer, value, &json))
		return false;
	if (str_equal_z(key, "time"))
		return read_dates(answer, json);
	answer->named = str_equal(json_text(json), answer->name);
	return true;
}

/* Mostly those of the version before: then the text is shared. */
static struct str list_maintainers(struct document_answer *answer, const struct json *manifest)
{
	CLEANUP(buf_fini) struct buf list = BUF_INIT(64 * KIB);
	const struct str before = answer->entries.n ? answer->entries.v[answer->entries.n - 1].maintainers : STR_NONE;
	json_each(maintainer, json_find(manifest, "maintainers")) {
		buf_add_char(&list, '\n');
		buf_add(&list, json_find_text(maintainer, "name"));
	}
	buf_add_char(&list, '\n');
	if (str_equal(buf_str(&list), before))
		return before;
	return arena_copy(answer->notes, list.failed ? STR("") : buf_str(&list));
}

static bool take_manifests(struct document_answer *answer, struct str version, struct str text)
{
	for (size_t i = 0; i < answer->question_count; i++) {
		struct document_question *question = &answer->questions[i];
		if (!is_version(version, question->version))
			continue;
		question->listed = true;
		question->why = NULL;
		if (question->wants_manifest && !answer_read_manifest(text, answer->name, question->version, answer->arena, question->record, &question->why))
			answer->no_memory |= !question->why;
	}
	return !answer->no_memory;
}

static bool take_version(void *context, struct str version, struct str text)
{
	struct document_answer *answer = context;
	struct json *json;
	if (!parse_part(answer, text, &json) || !json_is(json, JSON_OBJECT))
		return false;
	struct str maintainers = list_maintainers(answer, json), publisher = read_publisher(json, answer->notes);
	struct document_entry *entry = entry_of(answer, version);
	answer->no_memory |= !maintainers.p || !publisher.p;
	if (!entry || answer->no_memory)
		return false;
	entry->maintainers = maintainers;
	entry->publisher = publisher;
	entry->listed = true;
	return take_manifests(answer, version, text);
}

bool document_answer_begin(struct document_answer *answer)
{
	answer->reader.member = take_member;
	answer->reader.version = take_version;
	answer->reader.context = answer;
	answer->notes = arena_new(LIMIT_DOCUMENT_BYTES);
	answer->scratch = arena_new(LIMIT_DOCUMENT_BYTES);
	answer->by_version = answer->notes ? map_new(answer->notes, 0) : NULL;
	answer->entries.v = NULL;
	answer->entries.n = answer->entries.capacity = 0;
	answer->named = answer->undated = answer->no_memory = false;
	answer->why = NULL;
	return document_begin(&answer->reader) && answer->scratch && answer->by_version;
}

void document_answer_fini(struct document_answer *answer)
{
	document_fini(&answer->reader);
	arena_free(answer->scratch);
	arena_free(answer->notes);
	answer->scratch = answer->notes = NULL;
}

/* ---- histories ------------------------------------------------------------------------- */

/* A mirror that dates everything by the day on which it fetched it knows no date of any. */
static bool is_undated(const struct document_answer *answer)
{
	enum { ENOUGH_TO_TELL = 3 };
	int64_t date = DATE_NONE;
	size_t dated = 0;
	for (size_t i = 0; i < answer->entries.n; i++) {
		if (answer->entries.v[i].published == DATE_NONE)
			continue;
		if (dated++ && answer->entries.v[i].published != date)
			return false;
		date = answer->entries.v[i].published;
	}
	return dated == 0 || dated >= ENOUGH_TO_TELL;
}

static const struct document_entry *find_entry(const struct document_answer *answer, struct str version)
{
	for (size_t i = 0; i < answer->entries.n; i++)
		if (is_version(answer->entries.v[i].version, version))
			return &answer->entries.v[i];
	return NULL;
}

static bool has_line(struct str list, struct str text)
{
	struct str line;
	while (str_split(&list, '\n', &line))
		if (text.n && str_equal(line, text))
			return true;
	return false;
}

/* The one published last before `entry`; also whether its publisher had published any. */
static const struct document_entry *before(const struct document_answer *answer, const struct document_entry *entry, bool *known)
{
	const struct document_entry *last = NULL;
	for (size_t i = 0; i < answer->entries.n && entry->published != DATE_NONE; i++) {
		const struct document_entry *other = &answer->entries.v[i];
		if (!other->listed || other->published == DATE_NONE || other->published >= entry->published)
			continue;
		*known |= other->publisher.n && str_equal(other->publisher, entry->publisher);
		if (!last || other->published > last->published)
			last = other;
	}
	return last;
}

static bool fill_history(const struct document_answer *answer, const struct document_question *question)
{
	struct registry_record *record = question->record;
	const struct document_entry *entry = find_entry(answer, question->version), *last = NULL;
	record->history = HISTORY_GIVEN;
	record->published = DATE_NONE;
	record->publisher_known = record->was_maintainer = false;
	record->before = record->before_publisher = STR_NONE;
	if (entry && !answer->undated) {
		record->published = entry->published;
		last = before(answer, entry, &record->publisher_known);
	}
	if (entry && entry->publisher.n && !(record->publisher = arena_copy(answer->arena, entry->publisher)).p)
		return false;
	if (!last)
		return true;
	record->before = arena_copy(answer->arena, last->version);
	record->before_publisher = arena_copy(answer->arena, last->publisher);
	record->was_maintainer = has_line(last->maintainers, record->publisher);
	return record->before.p && record->before_publisher.p;
}

bool document_answer_end(struct document_answer *answer)
{
	if (answer->no_memory)
		return false;
	if (!answer->why && !document_is_whole(&answer->reader))
		answer->why = "answered with something else than a package's document";
	if (!answer->why && !answer->named)
		answer->why = "answered with the document of another package";
	if (answer->why)
		return false;
	answer->undated = is_undated(answer);
	for (size_t i = 0; i < answer->question_count; i++)
		if (!fill_history(answer, &answer->questions[i]))
			return false;
	return true;
}
