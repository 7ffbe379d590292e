/*
 * Choices. A license leaves the user some: a side of an OR, one of the later versions. The two questions are the same one asked of all
 * choices: is one of them within the list, is there one that takes nothing of it.
 */
#include "license/private.h"

struct entry {
	struct str pattern; /* has a '*'; STR_NONE: a single license */
	struct term term;
};
struct license_list {
	struct entry *entries;
	size_t count;
};

/* ---- how a license is written ---------------------------------------------------------- */

static void write_spelling(struct buf *out, struct str id, const char *suffix, struct str exception)
{
	buf_add(out, id);
	buf_add_z(out, suffix);
	if (exception.p) {
		buf_add_z(out, " WITH ");
		buf_add(out, exception);
	}
}

static const char *suffix_of(const struct term *term)
{
	if (!term->or_later)
		return has_listed_suffix(term->id, STR("-only")) ? "-only" : "";
	return has_listed_suffix(term->id, STR("-or-later")) ? "-or-later" : "+";
}

static void write_node(const struct license *license, struct buf *out, enum node parent)
{
	bool inside = license->node == NODE_OR && parent == NODE_AND;
	if (license->node == NODE_TERM)
		write_spelling(out, license->term.id, suffix_of(&license->term), license->term.exception);
	buf_add_z(out, inside ? "(" : "");
	for (const struct license *child = license->first; child; child = child->next) {
		if (child != license->first)
			buf_add_z(out, license->node == NODE_AND ? " AND " : " OR ");
		write_node(child, out, license->node);
	}
	buf_add_z(out, inside ? ")" : "");
}

void license_write(const struct license *license, struct buf *out)
{
	write_node(license, out, NODE_TERM);
}

/* ---- one license, one entry ----------------------------------------------------------------- */

static bool pattern_fits(struct str pattern, const struct term *term, const char *suffix)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	write_spelling(&text, term->id, suffix, term->exception);
	return !text.failed && glob_matches_any_case(pattern, buf_str(&text));
}

static bool same_exception(const struct term *a, const struct term *b)
{
	return text_equal(a->exception, b->exception);
}

/* A license without any choice left: this version and no other. */
static bool entry_takes(const struct entry *entry, const struct term *term)
{
	if (entry->pattern.p)
		return pattern_fits(entry->pattern, term, suffix_of(term)) || pattern_fits(entry->pattern, term, "");
	if (!same_exception(&entry->term, term))
		return false;
	return entry->term.or_later ? is_same_or_later(entry->term.id, term->id) : text_equal(entry->term.id, term->id);
}

/* The license with all its later versions at once. */
static bool entry_takes_all(const struct entry *entry, const struct term *term)
{
	if (entry->pattern.p)
		return pattern_fits(entry->pattern, term, suffix_of(term));
	return entry->term.or_later && same_exception(&entry->term, term) && is_same_or_later(entry->term.id, term->id);
}

static bool list_takes(const struct license_list *list, const struct term *term, bool (*takes)(const struct entry *entry, const struct term *term))
{
	for (size_t i = 0; i < list->count; i++)
		if (takes(&list->entries[i], term))
			return true;
	return false;
}

/* ---- expressions -------------------------------------------------------------------------------- */

/* Of the later versions: is there one that the list takes (within), one that it does not (!within)? */
static bool has_version(const struct term *term, const struct license_list *list, bool within)
{
	struct term choice = *term;
	struct str rest = rows_all();
	struct row row;
	choice.or_later = false;
	while (row_next(&rest, &row)) {
		choice.id = row.id;
		if (row.kind != LISTED_EXCEPTION && is_same_or_later(term->id, row.id) && list_takes(list, &choice, entry_takes) == within)
			return true;
	}
	return false;
}

static bool term_within(const struct term *term, const struct license_list *list)
{
	if (!term->or_later)
		return list_takes(list, term, entry_takes);
	return list_takes(list, term, entry_takes_all) || has_version(term, list, true);
}

static bool term_bound(const struct term *term, const struct license_list *list)
{
	if (!term->or_later)
		return list_takes(list, term, entry_takes);
	return list_takes(list, term, entry_takes_all) || !has_version(term, list, false);
}

bool license_within(const struct license *license, const struct license_list *list)
{
	bool all = license->node == NODE_AND;
	if (license->node == NODE_TERM)
		return term_within(&license->term, list);
	for (const struct license *child = license->first; child; child = child->next)
		if (license_within(child, list) != all)
			return !all;
	return all;
}

bool license_bound(const struct license *license, const struct license_list *list)
{
	bool all = license->node == NODE_OR;
	if (license->node == NODE_TERM)
		return term_bound(&license->term, list);
	for (const struct license *child = license->first; child; child = child->next)
		if (license_bound(child, list) != all)
			return !all;
	return all;
}

/* ---- lists ---------------------------------------------------------------------------------------- */

/* A pattern that no license fits is a slip of the pen. What is not listed cannot be checked so. */
static bool pattern_is_plausible(struct str pattern)
{
	static const char *const open[] = { "LicenseRef-", "DocumentRef-", "SEE LICEN", "UNLICENSED" };
	struct str rest = rows_all(), fixed = str_head(pattern, str_find(pattern, '*'));
	struct row row;
	for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
		size_t n = fixed.n < strlen(open[i]) ? fixed.n : strlen(open[i]);
		if (text_equal(str_head(fixed, n), str_head(str_of(open[i]), n)))
			return true;
	}
	if (str_find(pattern, ' ') < pattern.n)
		return true;
	while (row_next(&rest, &row))
		if (row.kind != LISTED_EXCEPTION && glob_matches_any_case(pattern, row.id))
			return true;
	return false;
}

static enum status read_entry(struct str text, struct arena *arena, struct entry *out, struct error *err)
{
	enum license_kind kind;
	struct license *license;
	text = str_trim(text);
	if (str_find(text, '*') < text.n) {
		out->pattern = text;
		return pattern_is_plausible(text) ? STATUS_OK : error_set(err, STATUS_INVALID, "no license that SPDX lists fits this pattern");
	}
	enum status status = license_read(text, arena, &kind, &license, err);
	if (status)
		return status;
	if (kind == LICENSE_OTHER)
		return license_parse(text, arena, &license, err);
	if (kind == LICENSE_NONE)
		return error_set(err, STATUS_INVALID, "this names no license");
	if (license->node != NODE_TERM)
		return error_set(err, STATUS_INVALID, "a list names single licenses: neither AND nor OR");
	out->term = license->term;
	return STATUS_OK;
}

enum status license_list_parse(const struct str *entries, size_t count, struct arena *arena, struct license_list **out, size_t *bad, struct error *err)
{
	struct license_list *list = arena_alloc(arena, sizeof *list);
	if (!list || !(list->entries = arena_array(arena, count, sizeof *list->entries)))
		return error_memory(err);
	for (; list->count < count; list->count++) {
		enum status status = read_entry(entries[list->count], arena, &list->entries[list->count], err);
		if (status && bad)
			*bad = list->count;
		if (status)
			return status;
	}
	*out = list;
	return STATUS_OK;
}
