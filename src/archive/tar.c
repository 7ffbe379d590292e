/*
 * tar, from memory, through libarchive with nothing but its tar reader enabled. It hands out views into the given bytes.
 *
 * What counts is what npm would unpack, and npm reads with its own reader. Where the two part, an attacker can hide: libarchive
 * stops at one empty block where npm wants two, and shows as a file what npm drops (or takes for headers!). So the raw
 * header of each entry is looked at again, and the end mark too.
 */
#include <errno.h>

#include <archive.h>
#include <archive_entry.h>

#include "assay/archive.h"
#include "tar_extension.h"
#include "utf8_scope.h"

enum { BLOCK = 512, TYPE_AT = 156, LINK_AT = 157 };

struct walk {
	struct str tar;
	struct archive *archive;
	size_t max_entries;
	size_t next; /* where the header behind the present entry would stand */
};

static void free_archive(struct archive **archive)
{
	if (*archive)
		archive_read_free(*archive);
}

static enum status explain(const struct walk *walk, size_t number, struct error *err)
{
	if (archive_errno(walk->archive) == ENOMEM)
		return error_memory(err);
	const char *reason = archive_error_string(walk->archive);
	return error_set(err, STATUS_INVALID, "not tar, damaged or cut short at entry %zu, byte %lld: %s", number,
			 (long long)archive_filter_bytes(walk->archive, 0), reason ? reason : "no reason given");
}

static bool is_empty_block(struct str tar, size_t at)
{
	static const char zeros[BLOCK];
	return at <= tar.n && tar.n - at >= BLOCK && memcmp(tar.p + at, zeros, BLOCK) == 0;
}

/* ---- entries ----------------------------------------------------------------------------- */

/* The header that libarchive has just read ends where its reader stands. */
static const char *raw_header(const struct walk *walk)
{
	la_int64_t at = archive_filter_bytes(walk->archive, 0);
	return at >= BLOCK && (uint64_t)at <= walk->tar.n ? walk->tar.p + at - BLOCK : NULL;
}

static const struct {
	char flag;
	enum tar_type type;
} kinds[] = {
	{ '0', TAR_FILE },   { '\0', TAR_FILE },   { '7', TAR_FILE }, /* contiguous: a file to everybody */
	{ '5', TAR_FOLDER }, { '2', TAR_SYMLINK }, { '1', TAR_HARDLINK },
};

static enum tar_type type_of(struct archive_entry *entry, const char *header)
{
	enum tar_type type = TAR_OTHER;
	for (size_t i = 0; header && i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].flag == header[TYPE_AT])
			type = kinds[i].type;
	if (type != TAR_FILE)
		return type;
	if (archive_entry_filetype(entry) == AE_IFDIR)
		return TAR_FOLDER; /* an old file whose name ends in a slash */
	/* npm drops a file that names a link's target, and reads its content as headers. */
	return archive_entry_filetype(entry) == AE_IFREG && !header[LINK_AT] ? TAR_FILE : TAR_OTHER;
}

/* One view of the whole; a sparse file has none, and its holes are not worth the memory. */
static enum status read_data(struct walk *walk, uint64_t size, size_t number, struct tar_entry *out, struct error *err)
{
	const void *p = "";
	size_t n = 0;
	la_int64_t at = 0;
	int result = size ? archive_read_data_block(walk->archive, &p, &n, &at) : ARCHIVE_OK;
	if (result != ARCHIVE_OK && result != ARCHIVE_EOF)
		return explain(walk, number, err);
	if (result == ARCHIVE_EOF || at != 0 || n > size)
		out->type = TAR_OTHER;
	else if (n < size && n == walk->tar.n - (size_t)((const char *)p - walk->tar.p))
		return error_set(err, STATUS_INVALID, "cut short: entry %zu wants %llu bytes, %zu are there", number,
				 (unsigned long long)size, n);
	else if (n < size)
		out->type = TAR_OTHER;
	else
		out->data = (struct str){ p, n };
	return STATUS_OK;
}

/* What stood between the entry before and this one's own header. */
static enum status check_extensions(const struct walk *walk, size_t number, struct error *err)
{
	la_int64_t start = archive_read_header_position(walk->archive);
	const char *own = raw_header(walk);
	struct str before = start >= 0 && (uint64_t)start <= walk->tar.n ? str_from(walk->tar, (size_t)start) : STR_NONE;
	if (!own || !before.p || own <= before.p)
		return STATUS_OK;
	const char *problem = tar_extension_problem(str_head(before, (size_t)(own - before.p)), own[TYPE_AT]);
	if (!problem)
		return STATUS_OK;
	return error_set(err, STATUS_INVALID, "readers differ about entry %zu: %s", number, problem);
}

static enum status read_entry(struct walk *walk, struct archive_entry *entry, size_t number, struct tar_entry *out,
			      struct error *err)
{
	const char *link = archive_entry_hardlink(entry);
	la_int64_t size = archive_entry_size(entry);
	la_int64_t start = archive_filter_bytes(walk->archive, 0);
	*out = (struct tar_entry){ .type = type_of(entry, raw_header(walk)),
				   .path = str_of(archive_entry_pathname(entry)),
				   .link = str_of(link ? link : archive_entry_symlink(entry)),
				   .mode = archive_entry_perm(entry) };
	walk->next = (size_t)start + (size > 0 ? (size_t)size : 0);
	return out->type == TAR_FILE ? read_data(walk, size > 0 ? (uint64_t)size : 0, number, out, err) : STATUS_OK;
}

/* A warning is about something in the header that was left out. A name in malformed UTF-8 is none the worse for it. */
static bool may_go_on(int result, struct archive_entry *entry)
{
	return result == ARCHIVE_OK ||
	       (result == ARCHIVE_WARN && !utf8_is_valid(str_of(archive_entry_pathname(entry))));
}

/* ---- the end ----------------------------------------------------------------------------- */

/* Whether the reader, which now stands at `end`, was stopped by one empty block with another one missing. Some
 * releases of libarchive step over the block behind the empty one unseen, some do not. */
static bool is_half_mark(const struct walk *walk, size_t end)
{
	struct str tar = walk->tar;
	bool last = end >= walk->next + BLOCK && is_empty_block(tar, end - BLOCK);
	bool one_before = end >= walk->next + 2 * BLOCK && is_empty_block(tar, end - 2 * BLOCK);
	if (last && !one_before)
		return tar.n - end >= BLOCK && !is_empty_block(tar, end);
	return !last && one_before;
}

static enum status check_end(const struct walk *walk, size_t *behind, struct error *err)
{
	la_int64_t position = archive_filter_bytes(walk->archive, 0);
	size_t end = position > 0 && (uint64_t)position <= walk->tar.n ? (size_t)position : walk->tar.n;
	if (is_half_mark(walk, end))
		return error_set(err, STATUS_INVALID,
				 "the tar data goes on behind half an end mark at byte %zu, where "
				 "not every reader looks",
				 end);
	if (!behind)
		return STATUS_OK;
	struct str rest = str_from(walk->tar, end);
	while (rest.n && rest.p[0] == '\0')
		rest = str_from(rest, 1);
	*behind = rest.n;
	return STATUS_OK;
}

static enum status walk_entries(struct walk *walk, bool (*callback)(void *context, const struct tar_entry *entry),
				void *context, size_t *behind, struct error *err)
{
	for (size_t number = 1;; number++) {
		struct archive_entry *entry;
		int result = archive_read_next_header(walk->archive, &entry);
		if (result == ARCHIVE_EOF)
			return check_end(walk, behind, err);
		if (!may_go_on(result, entry))
			return explain(walk, number, err);
		if (number > walk->max_entries)
			return error_set(err, STATUS_LIMIT, "more than the limit of %zu entries", walk->max_entries);
		struct tar_entry seen;
		enum status status = check_extensions(walk, number, err);
		if (status || (status = read_entry(walk, entry, number, &seen, err)))
			return status;
		if (!callback(context, &seen))
			return STATUS_OK;
	}
}

enum status tar_walk(struct str tar, size_t max_entries, bool (*entry)(void *context, const struct tar_entry *entry),
		     void *context, size_t *behind, struct error *err)
{
	CLEANUP(utf8_scope_leave) struct utf8_scope scope = utf8_scope_enter();
	(void)scope;
	CLEANUP(free_archive) struct archive *archive = archive_read_new();
	if (!archive || archive_read_support_format_tar(archive) != ARCHIVE_OK)
		return error_memory(err);
	struct walk walk = { tar, archive, max_entries, 0 };
	if (archive_read_open_memory(archive, tar.n ? tar.p : "", tar.n) != ARCHIVE_OK)
		return explain(&walk, 1, err);
	if (behind)
		*behind = 0;
	return walk_entries(&walk, entry, context, behind, err);
}
