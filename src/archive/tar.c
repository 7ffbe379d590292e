/*
 * tar, through libarchive with nothing but its tar reader enabled: from memory, handing out views into the given bytes, or through a window that moves
 * over what a source gives.
 *
 * What counts is what npm would unpack, and npm reads with its own reader. Where the two part, an attacker can hide: libarchive
 * stops at one empty block where npm wants two, and shows as a file what npm drops (or takes for headers!). So the raw
 * header of each entry is looked at again, and the end mark too.
 */
#include <errno.h>

#include "assay/archive.h"
#include "reader.h"
#include "tar_extension.h"
#include "tar_window.h"
#include "utf8_scope.h"

enum { BLOCK = 512, MARK = 2 * BLOCK, TYPE_AT = 156, LINK_AT = 157 };

struct walk {
	struct tar_window window;
	struct reader reader;
	bool given; /* what is held, to libarchive */
	size_t max_entries;
	struct buf data;                                /* of an entry that comes in pieces */
	void (*piece)(void *context, struct str bytes); /* NULL: nobody wants them */
	void *context;
	uint64_t next; /* where the header behind the present entry would stand */
};

static enum status explain(const struct walk *walk, size_t number, struct error *err)
{
	if (walk->window.failure.status) {
		if (err)
			*err = walk->window.failure;
		return walk->window.failure.status;
	}
	if (reader_lacks_memory(&walk->reader))
		return error_memory(err);
	return error_set(err, STATUS_INVALID, "not tar, damaged or cut short at entry %zu, byte %lld: %s", number,
			 (long long)libarchive.archive_filter_bytes(walk->reader.archive, 0), reader_reason(&walk->reader));
}

static uint64_t position(const struct walk *walk)
{
	la_int64_t at = libarchive.archive_filter_bytes(walk->reader.archive, 0);
	return at > 0 ? (uint64_t)at : 0;
}

/* ---- entries ----------------------------------------------------------------------------- */

/* The header that libarchive has just read ends where its reader stands. */
static const char *raw_header(const struct walk *walk)
{
	uint64_t at = position(walk);
	return at >= BLOCK ? tar_window_view(&walk->window, at - BLOCK, at).p : NULL;
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
	if (libarchive.archive_entry_filetype(entry) == AE_IFDIR)
		return TAR_FOLDER; /* an old file whose name ends in a slash */
	/* npm drops a file that names a link's target, and reads its content as headers. */
	return libarchive.archive_entry_filetype(entry) == AE_IFREG && !header[LINK_AT] ? TAR_FILE : TAR_OTHER;
}

static enum status explain_cut(size_t number, uint64_t wanted, uint64_t there, struct error *err)
{
	return error_set(err, STATUS_INVALID, "cut short: entry %zu wants %llu bytes, %llu are there", number, (unsigned long long)wanted,
			 (unsigned long long)there);
}

/* A piece of an entry, which is kept where it is not all of it. A sparse file has holes, which are not worth the memory. */
static enum status add_piece(struct walk *walk, struct str piece, size_t number, struct tar_entry *out, struct error *err)
{
	if (walk->piece)
		walk->piece(walk->context, piece);
	if (piece.n == out->size) {
		out->data = piece;
		return STATUS_OK;
	}
	if (!walk->window.source)
		return explain_cut(number, out->size, piece.n, err);
	buf_add(&walk->data, str_head(piece, walk->data.max - walk->data.n));
	out->data = buf_str(&walk->data);
	return buf_ok(&walk->data, err);
}

static enum status read_data(struct walk *walk, size_t number, struct tar_entry *out, struct error *err)
{
	out->data = STR("");
	buf_clear(&walk->data);
	for (uint64_t done = 0; done < out->size;) {
		const void *p = "";
		size_t n = 0;
		la_int64_t at = 0;
		int result = libarchive.archive_read_data_block(walk->reader.archive, &p, &n, &at);
		if (result != ARCHIVE_OK && result != ARCHIVE_EOF)
			return walk->window.ended ? explain_cut(number, out->size, done, err) : explain(walk, number, err);
		if (result == ARCHIVE_EOF || at < 0 || (uint64_t)at != done || n > out->size - done) {
			out->type = TAR_OTHER;
			return STATUS_OK;
		}
		enum status status = add_piece(walk, (struct str){ p, n }, number, out, err);
		if (status)
			return status;
		done += n;
	}
	return STATUS_OK;
}

/* This entry's own header, and what stood between it and the entry before. */
static enum status check_headers(const struct walk *walk, size_t number, struct error *err)
{
	la_int64_t start = libarchive.archive_read_header_position(walk->reader.archive);
	uint64_t own = position(walk) - BLOCK;
	const char *header = raw_header(walk);
	const char *problem = header ? tar_header_problem(header) : NULL;
	if (header && !problem && start >= 0 && own > (uint64_t)start) {
		struct str before = tar_window_view(&walk->window, (uint64_t)start, own);
		problem = before.p ? tar_extension_problem(before, header[TYPE_AT]) : "headers that are no longer there";
	}
	if (!problem)
		return STATUS_OK;
	return error_set(err, STATUS_INVALID, "readers differ about entry %zu: %s", number, problem);
}

static enum status read_entry(struct walk *walk, struct archive_entry *entry, size_t number, struct tar_entry *out, struct error *err)
{
	const char *link = libarchive.archive_entry_hardlink(entry);
	la_int64_t size = libarchive.archive_entry_size(entry);
	*out = (struct tar_entry){ .type = type_of(entry, raw_header(walk)),
				   .path = str_of(libarchive.archive_entry_pathname(entry)),
				   .link = str_of(link ? link : libarchive.archive_entry_symlink(entry)),
				   .size = size > 0 ? (uint64_t)size : 0,
				   .mode = libarchive.archive_entry_perm(entry) };
	walk->next = position(walk) + out->size;
	walk->window.keep = UINT64_MAX;
	return out->type == TAR_FILE ? read_data(walk, number, out, err) : STATUS_OK;
}

/* A warning is about something in the header that was left out. A name in malformed UTF-8 is none the worse for it. */
static bool may_go_on(int result, struct archive_entry *entry)
{
	return result == ARCHIVE_OK || (result == ARCHIVE_WARN && !utf8_is_valid(str_of(libarchive.archive_entry_pathname(entry))));
}

/* ---- the end ----------------------------------------------------------------------------- */

static bool is_empty_block(const struct tar_window *window, uint64_t at)
{
	static const char zeros[BLOCK];
	struct str block = tar_window_view(window, at, at + BLOCK);
	return block.p && memcmp(block.p, zeros, BLOCK) == 0;
}

/* Whether the reader, which now stands at `end`, was stopped by one empty block with another one missing. Some
 * releases of libarchive step over the block behind the empty one unseen, some do not. */
static bool is_half_mark(const struct walk *walk, uint64_t end)
{
	const struct tar_window *window = &walk->window;
	bool last = end >= walk->next + BLOCK && is_empty_block(window, end - BLOCK);
	bool one_before = end >= walk->next + MARK && is_empty_block(window, end - MARK);
	if (last && !one_before)
		return tar_window_view(window, end, end + BLOCK).p && !is_empty_block(window, end);
	return !last && one_before;
}

static enum status check_end(struct walk *walk, uint64_t *behind, struct error *err)
{
	struct tar_window *window = &walk->window;
	uint64_t end = position(walk);
	window->keep = end >= MARK ? end - MARK : 0;
	if (!tar_window_reach(window, end + BLOCK))
		return explain(walk, 0, err);
	if (is_half_mark(walk, end))
		return error_set(err, STATUS_INVALID,
				 "the tar data goes on behind half an end mark at byte %llu, where "
				 "not every reader looks",
				 (unsigned long long)end);
	return tar_window_count(window, end, behind) ? STATUS_OK : explain(walk, 0, err);
}

/* What nobody wanted of the entry before is stepped over first, so that it is not kept with the headers that follow. */
static int next_header(struct walk *walk, size_t number)
{
	walk->window.keep = UINT64_MAX;
	if (walk->window.source && number > 1 && libarchive.archive_read_data_skip(walk->reader.archive) < ARCHIVE_WARN)
		return ARCHIVE_FATAL;
	walk->window.keep = position(walk);
	return reader_next(&walk->reader);
}

static enum status walk_entries(struct walk *walk, bool (*callback)(void *context, const struct tar_entry *entry), uint64_t *behind, struct error *err)
{
	for (size_t number = 1;; number++) {
		int result = next_header(walk, number);
		if (result == ARCHIVE_EOF)
			return check_end(walk, behind, err);
		if (!may_go_on(result, walk->reader.entry))
			return explain(walk, number, err);
		if (number > walk->max_entries)
			return error_set(err, STATUS_LIMIT, "more than the limit of %zu entries", walk->max_entries);
		struct tar_entry seen;
		enum status status = check_headers(walk, number, err);
		if (status || (status = read_entry(walk, walk->reader.entry, number, &seen, err)))
			return status;
		if (!callback(walk->context, &seen))
			return STATUS_OK;
	}
}

static la_ssize_t give_bytes(struct archive *archive, void *context, const void **out)
{
	struct walk *walk = context;
	struct tar_window *window = &walk->window;
	struct str fresh = window->held;
	bool held = !window->source && !walk->given;
	walk->given = true;
	if (!held && !tar_window_pull(window, &fresh)) {
		libarchive.archive_set_error(archive, window->failure.status == STATUS_MEMORY ? ENOMEM : EIO, "the source failed");
		return ARCHIVE_FATAL;
	}
	*out = fresh.p;
	return (la_ssize_t)fresh.n;
}

static enum status start(struct walk *walk, struct error *err)
{
	return reader_open(&walk->reader, walk, give_bytes, NULL) == ARCHIVE_OK ? STATUS_OK : explain(walk, 1, err);
}

static enum status run(struct walk *walk, bool (*entry)(void *context, const struct tar_entry *entry), uint64_t *behind, struct error *err)
{
	CLEANUP(utf8_scope_leave) struct utf8_scope scope = utf8_scope_enter();
	(void)scope;
	*behind = 0;
	enum status status = reader_init(&walk->reader, READER_TAR, err);
	if (!status)
		status = start(walk, err);
	if (!status)
		status = walk_entries(walk, entry, behind, err);
	reader_fini(&walk->reader);
	return status;
}

enum status tar_walk(struct str tar, size_t max_entries, bool (*entry)(void *context, const struct tar_entry *entry), void *context, size_t *behind,
		     struct error *err)
{
	struct walk walk = { .window = { .held = tar }, .max_entries = max_entries, .context = context };
	uint64_t count = 0;
	enum status status = run(&walk, entry, &count, err);
	if (behind)
		*behind = (size_t)count;
	return status;
}

static void fini(struct walk *walk)
{
	tar_window_fini(&walk->window);
	buf_fini(&walk->data);
}

enum status tar_walk_source(const struct byte_source *tar, size_t max_entries, size_t max_data,
			    bool (*entry)(void *context, const struct tar_entry *entry), void *context, uint64_t *behind, struct error *err)
{
	CLEANUP(fini) struct walk walk = { .window = { .source = tar }, .max_entries = max_entries, .data = BUF_INIT(max_data), .context = context };
	return run(&walk, entry, behind, err);
}

enum status tar_walk_pieces(const struct byte_source *tar, size_t max_entries, size_t max_data, void (*piece)(void *context, struct str bytes),
			    bool (*entry)(void *context, const struct tar_entry *entry), void *context, struct error *err)
{
	CLEANUP(fini)
	struct walk walk = { .window = { .source = tar }, .max_entries = max_entries, .data = BUF_INIT(max_data), .piece = piece, .context = context };
	uint64_t behind;
	return run(&walk, entry, &behind, err);
}
