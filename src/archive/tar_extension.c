/*
 * Which name and size an entry has can be said by headers before it, and readers disagree about who has the last word: libarchive
 * takes pax records by their stated length and lets a GNU long name win; npm's reader splits them by line, lets the records win and
 * applies the size of a global header. An entry could so be package.json to one and a text file to the other. No packer
 * writes what is refused here.
 */
#include "tar_extension.h"

enum { BLOCK = 512, SIZE_AT = 124, SIZE_END = 136, TYPE_AT = 156 };

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

static const char *records_problem(struct str records, bool global, struct naming *naming)
{
	struct str key, value;
	while (records.n) {
		if (!take_record(&records, &key, &value))
			return "a malformed pax record";
		if (str_find(value, '\n') < value.n || str_find(value, '\0') < value.n)
			return "a pax record with a line break or a zero byte in it";
		if (str_starts_with(key, STR("GNU.sparse.")))
			return "a sparse file";
		bool path = str_equal(key, STR("path")), link = str_equal(key, STR("linkpath"));
		if ((path || link) && value.n == 0)
			return "a pax record with an empty name";
		if (global && (path || link || str_equal(key, STR("size"))))
			return "a global pax header that names or sizes every entry";
		naming->pax_path |= path;
		naming->pax_link |= link;
	}
	return NULL;
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
	return type == 'x' ? records_problem(body, false, naming) : NULL;
}

const char *tar_extension_problem(struct str headers, char type)
{
	struct naming naming = { .pax = false };
	const char *problem = NULL;
	while (headers.n >= BLOCK && !problem) {
		size_t size;
		if (!read_size(headers.p, &size) || size > headers.n - BLOCK)
			return "a header with a size that cannot be";
		problem = header_problem(headers.p[TYPE_AT], str_head(str_from(headers, BLOCK), size), &naming);
		headers = str_from(headers, BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK);
	}
	if (!problem && ((naming.pax_path && naming.long_name) || (naming.pax_link && naming.long_link)))
		problem = "two headers that name one entry";
	if (!problem && (naming.pax_link || naming.long_link) && type != '1' && type != '2')
		problem = "a link's target for what is no link";
	return problem;
}
