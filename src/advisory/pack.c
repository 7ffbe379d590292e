/*
 * Affected packages as bytes: counts and lengths as LEB128, texts as they are. The common ones, "every version of this name" and a
 * short list of versions, take a handful of bytes. What is read back is checked: a database can be damaged.
 */
#include "advisory/private.h"

static void pack_list(const struct str *texts, size_t count, struct buf *out)
{
	put_number(count, out);
	for (size_t i = 0; i < count; i++)
		put_text(texts[i], out);
}

/* Each element takes at least a byte, so that a count larger than what is left is a lie. */
static bool take_count(struct str *rest, size_t *out)
{
	uint64_t count;
	if (!take_number(rest, &count) || count > rest->n)
		return false;
	*out = (size_t)count;
	return true;
}

static bool take_list(struct str *rest, struct arena *arena, struct str **out, size_t *count)
{
	if (!take_count(rest, count) || !(*out = arena_array(arena, *count, sizeof **out)))
		return false;
	for (size_t i = 0; i < *count; i++)
		if (!take_text(rest, &(*out)[i]))
			return false;
	return true;
}

static void pack_interval(const struct affected_interval *interval, struct buf *out)
{
	put_text(interval->introduced, out);
	put_number((uint64_t)interval->end.n << 1 | interval->end_included, out);
	buf_add(out, interval->end);
}

static bool take_interval(struct str *rest, struct affected_interval *out)
{
	uint64_t end;
	if (!take_text(rest, &out->introduced) || !take_number(rest, &end))
		return false;
	out->end_included = end & 1;
	return take_raw(rest, end >> 1, &out->end);
}

void pack_affected(const struct affected *affected, struct buf *out)
{
	put_number(affected->interval_count, out);
	for (size_t i = 0; i < affected->interval_count; i++)
		pack_interval(&affected->intervals[i], out);
	pack_list(affected->versions, affected->version_count, out);
	pack_list(affected->fixed, affected->fixed_count, out);
}

bool unpack_affected(struct str packed, struct arena *arena, struct affected *out)
{
	struct str rest = arena_copy(arena, packed);
	if (!rest.p || !take_count(&rest, &out->interval_count))
		return false;
	out->intervals = arena_array(arena, out->interval_count, sizeof *out->intervals);
	if (!out->intervals)
		return false;
	for (size_t i = 0; i < out->interval_count; i++)
		if (!take_interval(&rest, &out->intervals[i]))
			return false;
	return take_list(&rest, arena, &out->versions, &out->version_count) && take_list(&rest, arena, &out->fixed, &out->fixed_count) && rest.n == 0;
}

void pack_advisory(const struct advisory *advisory, struct buf *out)
{
	put_text(advisory->id, out);
	pack_list(advisory->aliases, advisory->alias_count, out);
	put_text(advisory->title, out);
	put_number((uint64_t)advisory->published, out);
	put_number((uint64_t)advisory->modified, out);
	put_number((uint64_t)advisory->withdrawn, out);
	put_number((uint64_t)advisory->severity, out);
	put_number((uint64_t)advisory->score_tenths + 1, out);
	put_text(advisory->vector, out);
	put_number(advisory->malware, out);
}
