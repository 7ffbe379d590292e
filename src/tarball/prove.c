/* The only maker of a struct proven_tarball: nothing is inflated whose bytes were not compared with what was pinned. */
#include <stdlib.h>

#include "assay/limits.h"
#include "inspect.h"
#include "verifier.h"

#define PIECE_BYTES (256 * KIB)

bool tarball_prove(struct str bytes, const struct integrity *pinned, struct proven_tarball *out, struct digest *actual)
{
	struct digest computed = { 0 };
	enum integrity_verdict verdict = pinned ? integrity_check(pinned, bytes, &computed) : INTEGRITY_NONE;
	if (actual && verdict != INTEGRITY_NONE)
		*actual = computed;
	if (verdict == INTEGRITY_MISMATCH)
		return false;
	*out = (struct proven_tarball){ .bytes = bytes, .verdict = verdict, .digest = computed };
	return true;
}

ptrdiff_t tarball_read_at(const struct tarball_file *file, char *out, size_t size, uint64_t at)
{
	return file->read_at ? file->read_at(file->context, out, size, at) : file_read_at(file->fd, out, size, at);
}

static ptrdiff_t read_at(void *context, char *out, size_t size, uint64_t at)
{
	return tarball_read_at(context, out, size, at);
}

struct byte_file tarball_bytes_of(const struct tarball_file *file)
{
	return (struct byte_file){ read_at, (void *)(uintptr_t)file, file->size };
}

static enum status hash_file(const struct tarball_file *file, struct hasher *hasher, char *piece)
{
	for (uint64_t at = 0; at < file->size;) {
		size_t want = file->size - at < PIECE_BYTES ? (size_t)(file->size - at) : PIECE_BYTES;
		if (tarball_read_at(file, piece, want, at) != (ptrdiff_t)want)
			return STATUS_IO;
		if (!hasher_add(hasher, (struct str){ piece, want }))
			return STATUS_MEMORY;
		at += want;
	}
	return STATUS_OK;
}

static enum status digest_file(const struct tarball_file *file, enum digest_algorithm algorithm, struct digest *out)
{
	struct hasher *hasher = hasher_new(algorithm);
	char *piece = malloc(PIECE_BYTES);
	enum status status = hasher && piece ? hash_file(file, hasher, piece) : STATUS_MEMORY;
	if (!status && !hasher_finish(hasher, out))
		status = STATUS_MEMORY;
	hasher_free(hasher);
	free(piece);
	return status;
}

enum status proven_hash(const struct proven_tarball *proven, struct digest *out)
{
	if (proven->file)
		return digest_file(proven->file, DIGEST_SHA512, out);
	return digest_of(DIGEST_SHA512, proven->bytes, out) ? STATUS_OK : STATUS_MEMORY;
}

enum status tarball_prove_file(const struct tarball_file *file, const struct integrity *pinned, struct proven_tarball *out, struct digest *actual)
{
	enum digest_algorithm strongest;
	struct digest computed = { 0 };
	enum integrity_verdict verdict = INTEGRITY_NONE;
	if (pinned && integrity_strongest(pinned, &strongest)) {
		enum status status = digest_file(file, strongest, &computed);
		if (status)
			return status;
		verdict = integrity_judge(pinned, &computed);
		if (actual)
			*actual = computed;
	}
	if (verdict == INTEGRITY_MISMATCH)
		return STATUS_INVALID;
	*out = (struct proven_tarball){ .file = file, .verdict = verdict, .digest = computed };
	return STATUS_OK;
}
