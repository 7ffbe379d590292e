/*
 * base: what every other room stands on - text, errors, memory, growing
 * arrays, maps, files, dates, threads.
 *
 * Memory: an arena belongs to whoever made it; everything allocated from it
 * lives exactly as long. A `struct buf` owns its bytes until buf_fini(). A
 * `struct str` owns nothing: it is a view, never NUL-terminated by contract,
 * and may hold any byte, NUL included.
 *
 * Failure: functions that can fail return an enum status and describe the
 * failure in a caller-owned struct error (which may be NULL). Outputs are
 * untouched on failure. Nothing in the library prints or exits.
 */
#ifndef ASSAY_BASE_H
#define ASSAY_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma GCC visibility push(default)

/* ---- text ------------------------------------------------------------- */

struct arena;

struct str {
	const char *p;
	size_t n;
};

/* A string literal as a view; the literal's NUL is not part of it. */
#define STR(literal) ((struct str){ ("" literal), sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For "%.*s". Precision is an int, so views longer than INT_MAX are cut. */
#define STR_ARG(s) ((int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n)), ((s).n ? (s).p : "")

/* What is called for nearly every word that is read stands here, so that it can be inlined. */
static inline struct str str_of(const char *zero_terminated) /* NULL gives STR_NONE */
{
	return zero_terminated ? (struct str){ zero_terminated, strlen(zero_terminated) } : STR_NONE;
}

static inline struct str str_between(const char *begin, const char *end) /* an embedded file, between its two symbols */
{
	return (struct str){ begin, (size_t)(end - begin) };
}
static inline bool str_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_equal_z(struct str a, const char *b)
{
	return str_equal(a, str_of(b));
}

/* The part from `from` (clamped) to the end. */
static inline struct str str_from(struct str s, size_t from)
{
	if (from > s.n)
		from = s.n;
	return (struct str){ from ? s.p + from : s.p, s.n - from };
}

/* The first `n` bytes (clamped). */
static inline struct str str_head(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.n ? n : s.n };
}

static inline bool str_starts_with(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_equal(str_head(s, prefix.n), prefix);
}

static inline bool str_ends_with(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_equal(str_from(s, s.n - suffix.n), suffix);
}

/* Offset of the first `c`, or s.n where there is none. */
static inline size_t str_find(struct str s, char c)
{
	const char *at = s.n ? (const char *)memchr(s.p, c, s.n) : NULL;
	return at ? (size_t)(at - s.p) : s.n;
}

/* Byte order, shorter first on a common prefix: <0, 0, >0. */
int str_compare(struct str a, struct str b);
size_t str_find_last(struct str s, char c); /* likewise, of the last */
/* Offset of the first occurrence of `needle`, or s.n. */
size_t str_find_str(struct str s, struct str needle);
/* Without ASCII blanks (space, tab, CR, LF, FF, VT) at either end. */
struct str str_trim(struct str s);
/* Takes what stands before the next `c` off `rest`; false when `rest` is used up.
 * "a,,b" gives "a", "", "b"; "" gives "", STR_NONE nothing. Start with *rest = text. */
bool str_split(struct str *rest, char c, struct str *part);
/* Decimal digits only, no sign, no blanks; false on overflow or anything else. */
bool str_to_u64(struct str s, uint64_t *out);
/* How many bytes `s` begins with that stand for themselves in a quoted text: printable ASCII but '"' and '\\'. */
size_t str_plain_length(struct str s);
/* How many bytes it begins with that are above ' ' and none of the three. */
size_t str_word_length(struct str s, const char ends[3]);

/* The word that was probably meant by `text`, in either case; NULL when none is near. word_at gives NULL behind the last one. */
const char *word_nearest(struct str text, const char *(*word_at)(const void *context, size_t index), const void *context);

/* ASCII only, whatever the locale. */
bool ascii_is_digit(unsigned char c);
bool ascii_is_alpha(unsigned char c);
bool ascii_is_blank(unsigned char c); /* space \t \r \n \f \v */
unsigned char ascii_lower(unsigned char c);
int ascii_hex_value(unsigned char c); /* 0 to 15, -1: no hexadecimal digit */
bool str_is_hex(struct str s);        /* nothing but such digits */
/* A copy with each %XX replaced by its byte; what is no well-formed escape stays. .p is NULL when out of memory. */
struct str percent_decode(struct arena *arena, struct str text);

/* Well-formed UTF-8 as RFC 3629 has it: no surrogates, nothing overlong. */
bool utf8_is_valid(struct str s);
/* Length in bytes of the well-formed sequence that `s` begins with, its code point
 * in *code; 0 where `s` is empty or begins with a malformed one. */
size_t utf8_next(struct str s, uint32_t *code);
/* As JavaScript decodes it: what is malformed becomes U+FFFD, one for each maximal part of a sequence (WHATWG Encoding). The text itself where nothing
 * is; .p is NULL when out of memory. */
struct str utf8_replace(struct arena *arena, struct str text);

/* ---- globs ------------------------------------------------------------- */

/* '*' stands for any bytes, none included. At most pattern times text steps. */
bool glob_matches(struct str pattern, struct str text);
/* The same, ASCII letters of either case being equal: for ids, hosts. */
bool glob_matches_any_case(struct str pattern, struct str text);
bool text_equals_any_case(struct str a, struct str b); /* '*' is a byte like others */
/* Patterns of anything else than bytes: pattern number `pattern` stands for any number of items, or fits one. */
struct sequence {
	size_t patterns, items;
	bool (*is_star)(const void *context, size_t pattern);
	bool (*fits)(const void *context, size_t pattern, size_t item);
	const void *context;
};
bool sequence_matches(const struct sequence *sequence);

/* ---- status and error -------------------------------------------------- */

/* One for each decision that a caller can make. */
enum status {
	STATUS_OK,
	STATUS_USAGE,       /* the request itself is wrong: tell the user, exit 2 */
	STATUS_INVALID,     /* the input is malformed; the place is in the error */
	STATUS_UNSUPPORTED, /* well-formed, but of a kind or version that is not read */
	STATUS_LIMIT,       /* larger than a cap of limits.h */
	STATUS_NOT_FOUND,   /* what was asked for is not there */
	STATUS_BUSY,        /* somebody else holds it; trying later may help */
	STATUS_IO,          /* the operating system refused */
	STATUS_NETWORK,     /* out of reach; trying later may help */
	STATUS_MEMORY,      /* out of memory, or past an arena's ceiling */
};

/* Gathers context outward: "reading package-lock.json: line 14: expected ':'".
 * `hint` says what to do about it, and may be empty. */
struct error {
	enum status status;
	uint32_t line, column; /* 1-based; 0 when there is no place */
	uint32_t said;         /* where in the text the place ends, and what it was wrapped into: error_said() */
	char text[1024];
	char hint[1024];
};

/* Each returns the status, so that `return error_set(...)` reads well. `err` may be NULL. */
enum status error_set(struct error *err, enum status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* As error_set, with a place; the text is prefixed "line L, column C: ". */
enum status error_at(struct error *err, enum status status, uint32_t line, uint32_t column, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* "No such file or directory"; static, and safe with threads, which strerror() is not. */
const char *error_number_text(int number);
/* From errno: "<what>: <reason>"; ENOENT gives STATUS_NOT_FOUND, ENOMEM STATUS_MEMORY, others STATUS_IO. */
enum status error_errno(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "out of memory", or which library is missing where one was needed that nobody could tell of (url_origin); STATUS_MEMORY. */
enum status error_memory(struct error *err);
/* Whoever reads a caller, and analysers do, sees here what comes back: the status that was given, or in any case no success. */
static inline enum status status_as_given(enum status said, enum status given)
{
	(void)said;
	return given;
}
#define status_failure(said) \
	__extension__({ \
		enum status status_said = (said); \
		status_said ? status_said : STATUS_INVALID; \
	})
#define error_set(err, status, ...) status_as_given(error_set(err, status, __VA_ARGS__), status)
#define error_at(err, status, ...) status_as_given(error_at(err, status, __VA_ARGS__), status)
#define error_errno(...) status_failure(error_errno(__VA_ARGS__))
#define error_memory(err) status_as_given(error_memory(err), STATUS_MEMORY)
/* Puts "<context>: " before what is there; the status stays and is returned (STATUS_INVALID for NULL). */
enum status error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Likewise "line L, column C: ", which becomes its place: for an error that has none. */
enum status error_wrap_at(struct error *err, uint32_t line, uint32_t column);
/* What it says, without its place and without what it was wrapped into. */
struct str error_said(const struct error *err);
/* Puts the line that the error is about below its text, a caret below its column, made visible; `source` is the whole file.
 * Nothing where there is no place, or no room. */
void error_show_line(struct error *err, struct str source);
/* After STATUS_INVALID of a text: where one of its lines begins with a marker of git's merge conflicts, that is what the error says
 * instead. Returns the status. */
enum status error_name_conflict(struct error *err, enum status status, struct str text);
/* Says what the user can do. Replaces an earlier hint. */
void error_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- memory ------------------------------------------------------------- */

/* `CLEANUP(file_close) int fd = ...;` runs file_close(&fd) when the scope is left. */
#define CLEANUP(function) __attribute__((cleanup(function)))

struct arena;

/* At most `ceiling` bytes in all (0: no ceiling). NULL when out of memory. */
struct arena *arena_new(size_t ceiling);
void arena_free(struct arena *arena); /* NULL is fine */
void arena_cleanup(struct arena **arena);
/* Forgets every allocation and keeps one block for the next ones. */
void arena_reset(struct arena *arena);
/* Zeroed, aligned for any type. NULL past the ceiling or out of memory. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size); /* checked for overflow */
/* A copy, NUL-terminated behind its end. .p is NULL on failure, never NULL on success. */
struct str arena_copy(struct arena *arena, struct str s);
/* Each text that is there by a copy of its own. False: out of memory. */
bool arena_keep_texts(struct arena *arena, struct str *const *texts, size_t count);
struct str arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What is in `other`, which is gone afterwards, lives as long as `arena` from now on: for what a thread made in an arena of its own. No map that was
 * made in it may be used any more. */
void arena_adopt(struct arena *arena, struct arena *other);
size_t arena_used(const struct arena *arena);
/* What was to lie in it could not be had elsewhere, for want of memory: as if an allocation of its own had failed. */
void arena_exhaust(struct arena *arena);
bool arena_is_exhausted(const struct arena *arena); /* did an allocation fail, past its ceiling or for want of memory? */
bool arena_is_full(const struct arena *arena);      /* did one for its ceiling's sake, since the last reset? */

/* Bytes that grow up to a stated maximum. Failure sticks: check `failed` (or
 * buf_ok()) once, after the last addition. */
struct buf {
	char *p;
	size_t n, capacity, max;
	bool failed;
	struct buf *whole; /* fails with it; NULL: none */
};

/* clang-format off */
#define BUF_INIT(maximum) { NULL, 0, 0, (maximum), false, NULL }
/* Of what goes into another one: a part that is not all there is never taken for all of it. */
#define BUF_PART(of) { NULL, 0, 0, (of)->max, false, (of) }
/* In an array of the caller's; nothing is to be freed. */
#define BUF_FIXED(array) { (array), 0, sizeof(array), sizeof(array), false, NULL }
/* clang-format on */
void buf_init(struct buf *buf, size_t max);
void buf_fini(struct buf *buf); /* also for CLEANUP */
void buf_clear(struct buf *buf);
bool buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, struct str s);
void buf_add_z(struct buf *buf, const char *zero_terminated);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_add_elapsed(struct buf *buf, double ms); /* "86 ms", "42.9 s", "3 min 7 s" */
struct str buf_str(const struct buf *buf);
/* STATUS_OK, or STATUS_LIMIT/STATUS_MEMORY when an addition failed. */
enum status buf_ok(const struct buf *buf, struct error *err);
/* The text with whatever could steer a terminal made visible: C0, DEL, C1, bidi and zero-width
 * marks, line separators, malformed UTF-8, as \n, \x1b, \u{202e}. Backslash stays itself. */
void buf_add_visible(struct buf *buf, struct str s);

/* Made visible, and with what HTML gives a meaning to as character references: for text and for quoted attributes. */
void html_add_text(struct buf *out, struct str text);

/* ---- screens (screen.c) --------------------------------------------------- */

/* Columns of a terminal that the text takes: East Asian wide characters and emoji two, combining marks none, and none for the escape
 * sequences that assay writes itself. Whatever the locale. */
size_t screen_width(struct str s);
/* As much of it as stands in so many columns. */
struct str screen_head(struct str s, size_t columns);
/* One line, broken behind the last `behind` that fits into `columns` (0: not at all) and going on at column `indent`; " ", " > ". The end of the line is not
 * written. */
void screen_add_line(struct buf *out, struct str line, size_t columns, size_t indent, const char *behind);
/* Whole lines, each broken between words (between the steps of a path where it is one) and going on where its text began: behind its blanks, and behind a
 * label that two blanks end. */
void screen_add_lines(struct buf *out, struct str lines, size_t columns);
/* A command that begins at column `at` and can be pasted from several lines: a shell reads on behind a backslash at the end of a line. */
void screen_add_command(struct buf *out, struct str command, size_t columns, size_t at);

/* A field of a CSV table, quoted and made visible; a comma before it unless it begins a line. */
void csv_add_field(struct buf *out, struct str text);
/* Numbers (LEB128) and texts (their length before them), packed one behind the other. What is taken is views into `rest`. False: there is not
 * as much, or it is no number. */
void put_number(uint64_t value, struct buf *out);
void put_text(struct str text, struct buf *out);
bool take_number(struct str *rest, uint64_t *out);
bool take_raw(struct str *rest, uint64_t n, struct str *out);
bool take_text(struct str *rest, struct str *out);

/* A growing array inside an arena: `VEC(struct edge) edges;` zero-initialised is empty. */
/* clang-format off */
#define VEC(type) struct { type *v; size_t n, capacity; }
/* clang-format on */
/* A pointer to a new zeroed element at the end, or NULL. Pointers to other elements do not survive it. */
#define vec_add(arena, vec) \
	((__typeof__((vec)->v))((vec)->n < (vec)->capacity ? vec_taken_((vec)->v + (vec)->n++) : \
							     vec_add_((arena), (void **)&(vec)->v, &(vec)->n, &(vec)->capacity, sizeof *(vec)->v)))
/* Room for `more` elements behind those that are there, so that adding them moves nothing and leaves no smaller copies behind. */
#define vec_reserve(arena, vec, more) vec_reserve_((arena), (void **)&(vec)->v, (vec)->n, &(vec)->capacity, (more), sizeof *(vec)->v)
bool vec_reserve_(struct arena *arena, void **v, size_t n, size_t *capacity, size_t more, size_t element_size);
void *vec_add_(struct arena *arena, void **v, size_t *n, size_t *capacity, size_t element_size);
static inline void *vec_taken_(void *element) /* so that what is compared with NULL is not known to be none */
{
	return element;
}

/* Text to a number, in an arena. Hashing is seeded per map, so that hostile keys cannot
 * collide on purpose. Keys are not copied: they must live as long as the map. */
struct map;
struct map *map_new(struct arena *arena, size_t expected);
/* Sets or replaces. False when out of memory. */
bool map_set(struct map *map, struct str key, size_t value);
/* Sets what is not there yet; *there is what the key stands for then, `value` or the one before. False when out of memory. */
bool map_add(struct map *map, struct str key, size_t value, size_t *there);
bool map_find(const struct map *map, struct str key, size_t *value);
/* In two steps, for large maps, where to wait for memory is most of a look-up's time: what map_hash gives for a key is good for that key and map
 * from then on, and what is looked at first is on its way already. */
uint32_t map_hash(const struct map *map, struct str key);
void map_expect(const struct map *map, uint32_t hash); /* of another map in the same arena: on its way there as well */
bool map_add_hashed(struct map *map, struct str key, uint32_t hash, size_t value, size_t *there);
bool map_find_hashed(const struct map *map, struct str key, uint32_t hash, size_t *value);
/* The keys of these hashes are about to be asked for: what that needs comes for all of them at once, and not for one after the other. At most
 * MAP_WARM_MAX of them. Changes nothing. */
enum { MAP_WARM_MAX = 64 };
void map_warm(const struct map *map, const uint32_t *hashes, size_t count);
/* Room for `more` keys beside those that are there. False when out of memory. */
bool map_reserve(struct map *map, size_t more);
size_t map_count(const struct map *map);

/* ---- files -------------------------------------------------------------- */

void file_close(int *fd); /* for CLEANUP; -1 is fine */
/* For who keeps what a CLEANUP(file_close) would close. */
static inline int file_take(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}
/* The whole of a regular file (or of standard input for "-"), at most `max` bytes, in the arena,
 * with a NUL behind its end. STATUS_NOT_FOUND, STATUS_LIMIT, STATUS_IO; a folder or a device is STATUS_INVALID. */
enum status file_read(const char *path, size_t max, struct arena *arena, struct str *out, struct error *err);
bool file_exists(const char *path);
bool folder_exists(const char *path);
/* Whole or not at all: written beside `path`, synced, renamed over it. What is there and is no regular file (a device, a pipe) is
 * written into as it is, and of a symbolic link its target is replaced. */
enum status file_write(const char *path, struct str bytes, struct error *err);
/* Likewise, but nobody waits for the disk: for what can be had again and is checked when it is read. */
enum status file_write_unsynced(const char *path, struct str bytes, struct error *err);
/* Likewise, the first `size` bytes of an open file. */
enum status file_copy_unsynced(const char *path, int from, uint64_t size, struct error *err);
/* At most `size` bytes from `at` on, as many as there are; -1 with errno. */
ptrdiff_t file_read_at(int fd, char *out, size_t size, uint64_t at);
/* A file without a name, to read and write, which is gone when it is closed; in `folder`, which is made where it is not there. -1 with errno. */
int file_open_nameless(const char *folder);
/* Makes the folder and its parents, mode 0777 less umask. */
enum status folder_make(const char *path, struct error *err);
/* With all that is in it; follows no link. What cannot be removed stays. */
void folder_remove(const char *path);
/* A folder of ours for one run. */
struct scratch {
	char *folder; /* malloc'ed; NULL: there is none */
	int lock;     /* held while it is ours */
};
/* A new folder "assay-<what>-…" below $TMPDIR, else /tmp, with a .git of its own: whoever looks for the repository's top from within finds this one.
 * What runs that were killed left there goes. scratch_remove() takes it away with all that is in it, and sets the folder NULL; NULL is fine. */
enum status scratch_make(const char *what, struct scratch *out, struct error *err);
void scratch_remove(struct scratch *scratch);
/* "a" + "b" = "a/b", "." + "b" = "b", b absolute gives b; NUL-terminated in the arena. NULL: out of memory. */
const char *path_join(struct arena *arena, const char *folder, const char *name);
/* The folder part: "a/b" gives "a", "b" gives ".", "/b" gives "/". NULL: out of memory. */
const char *path_folder(struct arena *arena, const char *path);
const char *path_base(const char *path); /* behind the last '/' */
struct str path_parent(struct str path); /* before the last '/'; empty where there is none */
/* "a/b" and "../c" give "a/c"; NUL-terminated. Both are as seen from one top: STR_NONE where it leads out of that, is absolute, or out of memory. */
struct str path_join_inside(struct arena *arena, struct str folder, struct str name);
/* `path` as seen from its repository's top, the nearest folder above that holds .git: equal from wherever it is asked.
 * NULL: in no repository, not there, or out of memory. */
const char *path_in_repository(struct arena *arena, const char *path);
/* That top for a folder, without links; the folder itself where there is none. NULL: it is not there, or out of memory. */
const char *path_repository(struct arena *arena, const char *folder);
/* How much of an absolute path, as it is written, leads to that top; 0: there is none. Links are not followed: what begins with the path goes on doing so. */
size_t path_repository_length(struct str folder);

/* The names in a folder, sorted; what a walk is made of. */
struct folder_entry {
	const char *name;
	enum entry_kind { ENTRY_FILE, ENTRY_FOLDER, ENTRY_LINK } kind; /* links to folders; one to a file, or to nothing, is a file */
};
struct folder_entries {
	VEC(struct folder_entry) list;
};
/* Reads the open folder; `wanted` (may be NULL) says which names of files are kept. */
enum status folder_read(int fd, bool (*wanted)(const char *name), struct arena *arena, struct folder_entries *out, struct error *err);
/* A folder below an open one, never through a link; -1 with errno. */
int folder_open_at(int fd, const char *name);

/* ---- dates -------------------------------------------------------------- */

/* Seconds since 1970, UTC. */
#define DATE_NONE INT64_MIN
/* RFC 3339 ("2026-11-23T09:00:00.123Z", any offset) or a day ("2026-11-23": its first second). */
bool date_parse(struct str s, int64_t *out);
/* "2026-11-23T09:00:00Z" into at least 21 bytes. */
#define DATE_TEXT_SIZE 32
void date_format(int64_t date, char out[DATE_TEXT_SIZE]);
int64_t date_now(void);
/* "48h", "7d", "90m", "30s", "2w" to seconds; false on anything else. */
bool duration_parse(struct str s, int64_t *seconds);
/* "3 h", "9 d", "2 min": one unit, rounded down, for people. */
void duration_format(int64_t seconds, char out[DATE_TEXT_SIZE]);

/* ---- threads ------------------------------------------------------------ */

/* Cores this process may run on, at least 1. */
unsigned cpu_count(void);
struct pool;
/* NULL when no thread can be started. */
struct pool *pool_new(unsigned threads);
/* Runs run(context) on some thread; waits while 256 tasks are queued. Not from within a task. */
void pool_submit(struct pool *pool, void (*run)(void *context), void *context);
/* Returns when every task submitted so far has ended. */
void pool_wait(struct pool *pool);
void pool_free(struct pool *pool); /* waits first; NULL is fine */

#pragma GCC visibility pop
#endif
