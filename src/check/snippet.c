/*
 * The narrowest override that does it. Said of all, it would move what asks for another version as well: that is done only where there is no other,
 * or where the manager's words can tell them apart.
 */
#include "check/fix.h"
#include "check/snippet.h"

static const struct package *parent_of(const struct snippet *snippet, size_t i)
{
	return &snippet->tree->packages[snippet->asking[i]->from];
}

static bool has_one_parent(const struct snippet *snippet)
{
	for (size_t i = 1; i < snippet->asking_count; i++)
		if (!str_equal(parent_of(snippet, i)->name, parent_of(snippet, 0)->name))
			return false;
	return snippet->asking_count > 0;
}

bool snippet_is_of_all(const struct snippet *snippet)
{
	bool nested = has_one_parent(snippet) || (!snippet->alone && !snippet->words->takes_range);
	return !snippet->words->before_parent || !nested;
}

/* "2" of 2.1.0, "0.5" of 0.5.1: what a caret takes for compatible. Empty: the parents are of several such ranges. */
static struct str parent_range(const struct snippet *snippet, size_t i, struct arena *arena)
{
	struct semver first, other;
	struct str version = parent_of(snippet, i)->version;
	if (!semver_parse(version, SEMVER_LOOSE, &first))
		return STR("");
	bool zero = str_equal_z(first.major, "0");
	for (size_t k = 0; k < snippet->asking_count; k++) {
		if (!str_equal(parent_of(snippet, k)->name, parent_of(snippet, i)->name))
			continue;
		if (!semver_parse(parent_of(snippet, k)->version, SEMVER_LOOSE, &other) || !str_equal(first.major, other.major) ||
		    (zero && !str_equal(first.minor, other.minor)))
			return STR("");
	}
	if (semver_has_prerelease(&first))
		return version;
	return zero ? arena_printf(arena, "0.%.*s", STR_ARG(first.minor)) : first.major;
}

/* Of a parent with a range npm takes the range for what that one itself is to be, and refuses that of a direct dependency. */
static bool may_name_range(const struct snippet *snippet, size_t i)
{
	return snippet->words->takes_parent_range && !(snippet->words->must_agree && parent_of(snippet, i)->direct);
}

static void add_of_parent(const struct snippet *snippet, size_t i, struct arena *arena, struct buf *out)
{
	const struct override_words *words = snippet->words;
	struct str range = may_name_range(snippet, i) ? parent_range(snippet, i, arena) : STR("");
	buf_printf(out, "%s%.*s%s%.*s%s%.*s\": \"%.*s%s", words->before_parent, STR_ARG(parent_of(snippet, i)->name), range.n ? "@" : "",
		   STR_ARG(range), words->before_name, STR_ARG(snippet->name), STR_ARG(snippet->to), words->after_version);
}

/* Each parent by its name once, in the order in which they ask. */
static bool add_of_parents(const struct snippet *snippet, struct arena *arena, struct buf *out)
{
	struct map *said = map_new(arena, snippet->asking_count);
	size_t ignored, start = out->n;
	for (size_t i = 0; said && i < snippet->asking_count; i++) {
		if (map_find(said, parent_of(snippet, i)->name, &ignored))
			continue;
		if (!map_set(said, parent_of(snippet, i)->name, 1))
			return false;
		buf_add_z(out, out->n > start ? ", " : "");
		add_of_parent(snippet, i, arena, out);
	}
	return said;
}

static void add_of_all(const struct snippet *snippet, struct buf *out)
{
	bool refer = snippet->words->must_agree && snippet->asked_by_root;
	buf_printf(out, "\"%.*s%s%.*s\": \"%s%.*s\"", STR_ARG(snippet->name), snippet->alone ? "" : "@",
		   STR_ARG(snippet->alone ? STR("") : snippet->from), refer ? "$" : "", STR_ARG(refer ? snippet->name : snippet->to));
}

/* Nobody's names may end a text or begin another key. An alias is overridden under another name than it has. */
static bool is_sayable(const struct snippet *snippet, bool of_all)
{
	if (of_all && !snippet->alone && !snippet->words->takes_range)
		return false;
	for (size_t i = 0; i < snippet->asking_count; i++)
		if (!str_equal(snippet->asking[i]->name, snippet->name) || !fix_is_plain_word(parent_of(snippet, i)->name))
			return false;
	return fix_is_plain_word(snippet->name) && fix_is_plain_word(snippet->from) && fix_is_plain_word(snippet->to);
}

struct str snippet_write(const struct snippet *snippet, struct arena *arena, bool *failed)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	bool of_all = snippet_is_of_all(snippet);
	*failed |= !scratch;
	if (!scratch || !is_sayable(snippet, of_all))
		return STR_NONE;
	buf_add_z(&text, snippet->words->open);
	if (of_all)
		add_of_all(snippet, &text);
	else
		*failed |= !add_of_parents(snippet, scratch, &text);
	buf_add_z(&text, snippet->words->close);
	struct str kept = arena_copy(arena, buf_str(&text));
	*failed |= text.failed || !kept.p;
	return kept;
}
