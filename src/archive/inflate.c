/*
 * gzip, whole files at once: libdeflate wants all of the input and room for all of the output, and is twice as fast for
 * it. How much room is needed nobody honest can say beforehand, so a member that does not fit is begun anew with four times
 * as much: a third of the work is wasted at worst, and pages that were not written to cost nothing.
 */
#include <locale.h>
#include <stdlib.h>

#include <libdeflate.h>

#include "assay/archive.h"
#include "assay/limits.h"

enum { GROWTH = 4, BELIEVED_RATIO = 32, TRAILER_SIZE = 4 };
#define FIRST_BYTES MIB
#define KEPT_BYTES (64 * MIB)

struct inflater {
	struct libdeflate_decompressor *deflate;
	char *out;
	size_t capacity, hold;
	/* Not used here: as long as somebody holds it, its tables stay loaded and utf8_scope_enter() costs
	 * a fiftieth of what it costs to map them for each tarball. */
	locale_t utf8;
};

struct inflater *inflater_new(void)
{
	struct inflater *inflater = calloc(1, sizeof *inflater);
	if (!inflater)
		return NULL;
	inflater->hold = SIZE_MAX;
	inflater->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	inflater->deflate = libdeflate_alloc_decompressor();
	if (inflater->deflate)
		return inflater;
	inflater_free(inflater);
	return NULL;
}

void inflater_free(struct inflater *inflater)
{
	if (!inflater)
		return;
	if (inflater->utf8)
		freelocale(inflater->utf8);
	if (inflater->deflate)
		libdeflate_free_decompressor(inflater->deflate);
	free(inflater->out);
	free(inflater);
}

void inflater_set_hold(struct inflater *inflater, size_t bytes)
{
	inflater->hold = bytes;
}

size_t inflater_hold(const struct inflater *inflater)
{
	return inflater->hold;
}

bool gzip_is(struct str bytes)
{
	return str_starts_with(bytes, STR("\x1f\x8b"));
}

/* Room for `capacity` bytes; the first `kept` ones stay. */
static bool set_capacity(struct inflater *inflater, size_t capacity, size_t kept)
{
	char *out = malloc(capacity);
	if (!out)
		return false;
	if (kept)
		memcpy(out, inflater->out, kept);
	free(inflater->out);
	inflater->out = out;
	inflater->capacity = capacity;
	return true;
}

/* The size that the last member claims, modulo 2^32: nearly always true, and so worth a try where it is plausible. */
static size_t plausible_size(struct str packed)
{
	uint32_t size = 0;
	for (size_t i = 1; i <= TRAILER_SIZE && i <= packed.n; i++)
		size = size << 8 | (unsigned char)packed.p[packed.n - i];
	return size / BELIEVED_RATIO > packed.n ? 0 : size;
}

/* DEFLATE cannot do more than 1032 to 1, and nothing small comes near it: small files need no exception. */
static size_t most_allowed(struct str packed, size_t max)
{
	size_t by_ratio;
	if (__builtin_mul_overflow(packed.n, (size_t)LIMIT_TARBALL_RATIO, &by_ratio))
		by_ratio = SIZE_MAX;
	return by_ratio < max ? by_ratio : max;
}

/* One for the first attempt: what a hostile file left behind is not carried along for ever. */
static bool prepare(struct inflater *inflater, struct str packed, size_t allowed)
{
	size_t want = plausible_size(packed);
	if (want < FIRST_BYTES)
		want = FIRST_BYTES;
	if (want > allowed)
		want = allowed ? allowed : 1;
	if (inflater->capacity >= want && inflater->capacity <= KEPT_BYTES)
		return true;
	return set_capacity(inflater, want, 0);
}

struct progress {
	struct str rest;      /* of the packed bytes */
	size_t done, allowed; /* unpacked bytes */
};

/* A member's header may have a checksum of its own (RFC 1952). libdeflate passes it by; zlib, and so Node, compares it. */
static bool header_is_sound(struct str member)
{
	enum { FIXED = 10, FLAGS = 3, HAS_CHECKSUM = 2, HAS_EXTRA = 4, HAS_NAME = 8, HAS_COMMENT = 16 };
	const unsigned char *bytes = (const unsigned char *)member.p;
	unsigned flags = member.n > FLAGS ? bytes[FLAGS] : 0;
	size_t at = FIXED;
	if (!(flags & HAS_CHECKSUM))
		return true;
	if (flags & HAS_EXTRA)
		at += member.n >= at + 2 ? 2 + (size_t)(bytes[at] | bytes[at + 1] << 8) : member.n;
	for (unsigned text = HAS_NAME; text <= HAS_COMMENT; text *= 2)
		if (flags & text)
			at += str_find(str_from(member, at), '\0') + 1;
	return member.n >= at + 2 && (libdeflate_crc32(0, bytes, at) & 0xffff) == (unsigned)(bytes[at] | bytes[at + 1] << 8);
}

static enum status inflate_member(struct inflater *inflater, struct progress *at, struct error *err)
{
	if (!header_is_sound(at->rest))
		return error_set(err, STATUS_INVALID, "damaged or cut short gzip data");
	for (;;) {
		size_t used, made;
		size_t room = inflater->capacity < at->allowed ? inflater->capacity : at->allowed;
		enum libdeflate_result result = libdeflate_gzip_decompress_ex(inflater->deflate, at->rest.p, at->rest.n, inflater->out + at->done,
									      room - at->done, &used, &made);
		if (result == LIBDEFLATE_SUCCESS) {
			at->rest = str_from(at->rest, used);
			at->done += made;
			return STATUS_OK;
		}
		if (result != LIBDEFLATE_INSUFFICIENT_SPACE)
			return error_set(err, STATUS_INVALID, "damaged or cut short gzip data");
		if (room == at->allowed)
			return error_set(err, STATUS_LIMIT, "inflates to more than the limit of %zu bytes", at->allowed);
		size_t more = inflater->capacity > at->allowed / GROWTH ? at->allowed : inflater->capacity * GROWTH;
		if (!set_capacity(inflater, more, at->done))
			return error_memory(err);
	}
}

/* Bytes left over, unless all of them are zero. */
static size_t count_trailing(struct str rest)
{
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i])
			return rest.n;
	return 0;
}

enum status inflater_run(struct inflater *inflater, struct str packed, size_t max, struct str *out, size_t *trailing, struct error *err)
{
	if (!gzip_is(packed))
		return error_set(err, STATUS_INVALID, "not gzip: it does not begin with 1f 8b");
	struct progress at = { packed, 0, most_allowed(packed, max < inflater->hold ? max : inflater->hold) };
	if (plausible_size(packed) > inflater->hold)
		return error_set(err, STATUS_LIMIT, "inflates to more than the %zu bytes that may be held", inflater->hold);
	if (!prepare(inflater, packed, at.allowed))
		return error_memory(err);
	while (gzip_is(at.rest)) {
		enum status status = inflate_member(inflater, &at, err);
		if (status)
			return status;
	}
	size_t left = count_trailing(at.rest);
	if (left && !trailing)
		return error_set(err, STATUS_INVALID, "%zu bytes behind the gzip data", left);
	if (trailing)
		*trailing = left;
	*out = (struct str){ inflater->out, at.done };
	return STATUS_OK;
}
