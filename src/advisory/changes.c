#include "advisory/changes.h"

#include "advisory/private.h"
#include "assay/limits.h"

static bool odd(struct changes_reader *reader, const char *what)
{
	reader->out->kind = CHANGES_ODD;
	error_set(&reader->out->why, STATUS_INVALID, "modified_id.csv, line %llu: %s", (unsigned long long)reader->rows, what);
	return false;
}

static bool fail(struct changes_reader *reader, enum status status)
{
	reader->status = status;
	return false;
}

static bool want(struct changes_reader *reader, struct str id, int64_t modified)
{
	bool there;
	enum status status = reader->has(reader->context, id, modified, &there, reader->err);
	if (status)
		return fail(reader, status);
	if (there)
		return true;
	if (reader->out->ids.n == LIMIT_CHANGES) {
		reader->out->kind = CHANGES_TOO_MANY;
		return false;
	}
	const char **slot = vec_add(reader->arena, &reader->out->ids);
	struct str copy = arena_copy(reader->arena, id);
	if (!slot || !copy.p)
		return fail(reader, error_memory(reader->err));
	*slot = copy.p;
	return true;
}

static bool read_row(struct changes_reader *reader, struct str row)
{
	size_t comma = str_find(row, ',');
	struct str id = str_from(row, comma + 1);
	int64_t modified;
	reader->rows++;
	if (reader->rest.failed)
		return odd(reader, "too long");
	if (!date_parse(str_head(row, comma), &modified))
		return odd(reader, "no row of a date and an id");
	if (!osv_id_is_valid(id))
		return odd(reader, "an id with odd characters");
	if (modified > reader->last)
		return odd(reader, "newer than the line before: the newest should stand first");
	reader->last = modified;
	if (reader->rows == 1)
		reader->out->newest = modified;
	return modified >= reader->since && want(reader, id, modified);
}

/* A row of it that is whole by now; what ends the reading is remembered. */
static bool end_row(struct changes_reader *reader)
{
	reader->enough = !read_row(reader, str_trim(buf_str(&reader->rest)));
	buf_clear(&reader->rest);
	return !reader->enough;
}

void changes_begin(struct changes_reader *reader)
{
	*reader->out = (struct changes){ .newest = DATE_NONE };
	reader->rows = 0;
	reader->last = INT64_MAX;
	reader->enough = false;
	reader->status = STATUS_OK;
	buf_fini(&reader->rest);
	buf_init(&reader->rest, LIMIT_CHANGE_ROW_BYTES);
}

bool changes_add(struct changes_reader *reader, struct str bytes)
{
	for (size_t end; !reader->enough && (end = str_find(bytes, '\n')) < bytes.n; bytes = str_from(bytes, end + 1)) {
		buf_add(&reader->rest, str_head(bytes, end));
		end_row(reader);
	}
	if (!reader->enough)
		buf_add(&reader->rest, bytes);
	/* A line without end is not waited for. */
	return !reader->enough && (!reader->rest.failed || end_row(reader));
}

enum status changes_end(struct changes_reader *reader)
{
	if (!reader->enough && reader->rest.n)
		end_row(reader);
	if (reader->rows == 0)
		odd(reader, "it is empty");
	return reader->status;
}

void changes_fini(struct changes_reader *reader)
{
	buf_fini(&reader->rest);
}
