/*
 * Which name and size an entry has can be said by headers before it, and readers disagree about who has the last word: libarchive
 * takes pax records by their stated length and lets a GNU long name win; npm's reader splits them by line, lets the records win and
 * applies the size of a global header. An entry could so be package.json to one and a text file to the other. No packer
 * writes what is refused here.
 */
#include "tar_extension.h"

enum {
	BLOCK = 512,
	SIZE_AT = 124,
	SIZE_END = 136,
	TYPE_AT = 156,
	MAGIC_AT = 257,
	PREFIX_AT = 345,
	NAME_BYTES = 100,
	PREFIX_BYTES = 155,
	PREFIX_SHORT = 130
};
/* npm passes over larger ones. */
#define HEADER_BYTES ((size_t)1024 * 1024)

struct naming {
	bool pax, long_name, long_link;
	bool pax_path, pax_link; /* what the records name */
};

static bool read_size(const char *header, size_t *out)
{
	size_t size = 0, i = SIZE_AT;
	while (i < SIZE_END && header[i] == ' ')
		i++;
	for (; i < SIZE_END && header[i] && header[i] != ' '; i++) {
		if (header[i] < '0' || header[i] > '7')
			return false;
		size = size << 3 | (size_t)(header[i] - '0');
	}
	*out = size;
	return true;
}

/* Takes "LENGTH KEY=VALUE\n" off `rest`. */
static bool take_record(struct str *rest, struct str *key, struct str *value)
{
	uint64_t length;
	size_t blank = str_find(str_head(*rest, 20), ' ');
	if (!str_to_u64(str_head(*rest, blank), &length) || length > rest->n || length < blank + 3)
		return false;
	struct str record = str_from(str_head(*rest, (size_t)length), blank + 1);
	size_t equals = str_find(record, '=');
	*rest = str_from(*rest, (size_t)length);
	if (record.p[record.n - 1] != '\n' || equals == record.n)
		return false;
	*key = str_head(record, equals);
	*value = str_from(str_head(record, record.n - 1), equals + 1);
	return true;
}

/* npm's reader takes for a number whatever JavaScript does: "1e1" is ten. */
static bool is_plain_number(struct str text)
{
	uint64_t number;
	return text.n < 16 && str_to_u64(text, &number);
}

static const char *records_problem(struct str records, bool global, struct naming *naming)
{
	struct str key, value;
	while (records.n) {
		if (!take_record(&records, &key, &value))
			return "a malformed pax record";
		if (str_find(value, '\n') < value.n || str_find(value, '\0') < value.n || str_find(key, '\0') < key.n)
			return "a pax record with a line break or a zero byte in it";
		if (str_equal(key, STR("type")) || str_equal(key, STR("mode")))
			return "a pax record that only npm's reader knows";
		if (str_starts_with(key, STR("GNU.sparse.")))
			return "a sparse file";
		bool path = str_equal(key, STR("path")), link = str_equal(key, STR("linkpath"));
		if ((path || link) && value.n == 0)
			return "a pax record with an empty name";
		bool size = str_equal(key, STR("size"));
		if (global && (path || link || size))
			return "a global pax header that names or sizes every entry";
		if (size && !is_plain_number(value))
			return "a pax record with a size that is no plain number";
		naming->pax_path |= path;
		naming->pax_link |= link;
	}
	return NULL;
}

/* npm cuts a text at its first zero byte, but no further than to the end of that line. */
static bool goes_on(struct str field)
{
	static const char *const ends[] = { "\n", "\r", "\xe2\x80\xa8", "\xe2\x80\xa9" };
	struct str behind = str_from(field, str_find(field, '\0'));
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (str_find_str(behind, str_of(ends[i])) < behind.n)
			return true;
	return false;
}

static const char *header_problem(char type, struct str body, struct naming *naming)
{
	bool *const seen = type == 'x' ? &naming->pax : type == 'L' ? &naming->long_name : &naming->long_link;
	if (type == 'g')
		return records_problem(body, true, naming);
	if (type != 'x' && type != 'L' && type != 'K')
		return "a header of a kind that not every reader knows";
	if (*seen)
		return "two headers of one kind before one entry";
	*seen = true;
	if (type != 'x' && (body.n == 0 || !body.p[0] || goes_on(body)))
		return "a long name that is empty, or goes on behind a zero byte";
	return type == 'x' ? records_problem(body, false, naming) : NULL;
}

/* ---- an entry's own header -------------------------------------------------------------------------- */

static bool is_octal(const char *field, size_t n)
{
	size_t i = 0;
	while (i < n && field[i] == ' ')
		i++;
	while (i < n && field[i] >= '0' && field[i] <= '7')
		i++;
	return i == n || field[i] == '\0' || field[i] == ' ';
}

/* Half of a name stands in POSIX's header alone: npm takes those for such that begin just so, libarchive all that say "ustar"; GNU's have something
 * else there. Where its 131st byte is not zero, npm takes it for a prefix, empty or not. */
static const char *prefix_problem(const char *header)
{
	const char *magic = header + MAGIC_AT, *prefix = header + PREFIX_AT;
	bool posix = memcmp(magic, "ustar\00000", 8) == 0, gnu = memcmp(magic, "ustar  ", 8) == 0;
	if (memcmp(magic, "ustar", 5) != 0 || gnu)
		return NULL;
	if (!posix)
		return *prefix ? "half of a name in a header that not every reader takes for POSIX's" : NULL;
	if (goes_on((struct str){ prefix, PREFIX_BYTES }) || (!*prefix && prefix[PREFIX_SHORT]))
		return "half of a name that begins with a zero byte, or goes on behind one";
	return NULL;
}

const char *tar_header_problem(const char *header)
{
	const char *size = header + SIZE_AT;
	if (goes_on((struct str){ header, NAME_BYTES }))
		return "a name that goes on behind a zero byte";
	if ((unsigned char)*size != 0x80 && !is_octal(size, SIZE_END - SIZE_AT))
		return "a size that is no octal number";
	return prefix_problem(header);
}

const char *tar_extension_problem(struct str headers, char type)
{
	struct naming naming = { .pax = false };
	const char *problem = NULL;
	while (headers.n >= BLOCK && !problem) {
		size_t size;
		if (!read_size(headers.p, &size) || size > headers.n - BLOCK)
			return "a header with a size that cannot be";
		if (size > HEADER_BYTES)
			return "a header that is too large for some";
		problem = header_problem(headers.p[TYPE_AT], str_head(str_from(headers, BLOCK), size), &naming);
		headers = str_from(headers, BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK);
	}
	if (!problem && ((naming.pax_path && naming.long_name) || (naming.pax_link && naming.long_link)))
		problem = "two headers that name one entry";
	if (!problem && (naming.pax_link || naming.long_link) && type != '1' && type != '2')
		problem = "a link's target for what is no link";
	return problem;
}
