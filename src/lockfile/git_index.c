/*
 * git's index, .git/index: the list of tracked files (gitformat-index(5)). Its entries have no length and its header
 * does not say how long digests are; so it is read with either length, and the one that leads to the end counts: each
 * name as long as its flags say, each extension where the one before it ends, the last one at the checksum.
 */
#include "assay/limits.h"
#include "lockfile/repository.h"

enum { HEADER_SIZE = 12, STAT_SIZE = 40, EXTENDED = 0x4000, NAME_MASK = 0xfff, TREE_MODE = 0160000 };

struct index_reader {
	struct str text; /* without the checksum */
	size_t at;
	size_t digest_size;
	uint32_t version, count;
	struct error *err;
	size_t name_size;
	char name[LIMIT_LOCATION_BYTES];
};

static uint32_t number_at(struct str text, size_t at, size_t size)
{
	uint32_t number = 0;
	for (size_t i = 0; i < size; i++)
		number = number << 8 | (unsigned char)text.p[at + i];
	return number;
}

static enum status broken(struct index_reader *reader, const char *what)
{
	return error_set(reader->err, STATUS_INVALID, "not an index of git: %s at byte %zu", what, reader->at);
}

/* Version 4: how much of the name before is dropped, in groups of seven bits. */
static bool read_dropped(struct index_reader *reader, size_t *out)
{
	size_t number = 0;
	for (size_t i = 0; reader->at < reader->text.n && number <= LIMIT_LOCATION_BYTES; i++) {
		unsigned char byte = (unsigned char)reader->text.p[reader->at++];
		number = (i ? number + 1 : 0) << 7 | (byte & 0x7f);
		if (byte & 0x80)
			continue;
		*out = number;
		return true;
	}
	return false;
}

/* Names end in a zero byte; in versions 2 and 3 more of them follow, up to a multiple of eight from the entry's start. */
static enum status read_name(struct index_reader *reader, size_t start, uint32_t flags)
{
	size_t kept = 0, dropped = 0;
	if (reader->version == 4) {
		if (!read_dropped(reader, &dropped) || dropped > reader->name_size)
			return broken(reader, "a name that drops more than there is");
		kept = reader->name_size - dropped;
	}
	struct str rest = str_from(reader->text, reader->at);
	size_t size = str_find(rest, '\0');
	if (size == rest.n || kept + size == 0)
		return broken(reader, "a name without end");
	if (kept + size > sizeof reader->name)
		return error_set(reader->err, STATUS_LIMIT, "a name in git's index is longer than %d bytes", LIMIT_LOCATION_BYTES);
	memcpy(reader->name + kept, rest.p, size);
	reader->name_size = kept + size;
	if ((flags & NAME_MASK) != (reader->name_size < NAME_MASK ? reader->name_size : NAME_MASK))
		return broken(reader, "a name of another length");
	reader->at += size + 1;
	if (reader->version < 4)
		reader->at = start + ((reader->at - start + 7) & ~(size_t)7);
	return reader->at <= reader->text.n ? STATUS_OK : broken(reader, "an entry that is cut off");
}

static enum status read_entry(struct index_reader *reader, uint32_t *mode)
{
	size_t start = reader->at, fixed = STAT_SIZE + reader->digest_size + 2;
	if (reader->text.n - start < fixed + 2)
		return broken(reader, "an entry that is cut off");
	uint32_t flags = number_at(reader->text, start + fixed - 2, 2);
	if ((flags & EXTENDED) && reader->version < 3)
		return broken(reader, "an extended entry in version 2");
	reader->at = start + fixed + (flags & EXTENDED ? 2 : 0);
	*mode = number_at(reader->text, start + 24, 4);
	return read_name(reader, start, flags);
}

/* Those in lower case must be understood: of them only "sdir" (folders in place of files that are not checked out)
 * changes nothing for what is on the disk. */
static enum status read_extensions(struct index_reader *reader)
{
	while (reader->at < reader->text.n) {
		if (reader->text.n - reader->at < 8)
			return broken(reader, "an extension that is cut off");
		struct str kind = str_head(str_from(reader->text, reader->at), 4);
		size_t size = number_at(reader->text, reader->at + 4, 4);
		if (size > reader->text.n - reader->at - 8)
			return broken(reader, "an extension that is cut off");
		if (!(kind.p[0] >= 'A' && kind.p[0] <= 'Z') && !str_equal(kind, STR("sdir")))
			return error_set(reader->err, STATUS_UNSUPPORTED, "git's index is split or of a newer kind");
		reader->at += 8 + size;
	}
	return STATUS_OK;
}

static enum status read_index(struct index_reader *reader, bool (*take)(struct str, void *), void *context)
{
	enum status status = STATUS_OK;
	for (uint32_t i = 0; !status && i < reader->count; i++) {
		uint32_t mode = 0;
		status = read_entry(reader, &mode);
		if (!status && take && mode < TREE_MODE && !take((struct str){ reader->name, reader->name_size }, context))
			status = error_memory(reader->err);
	}
	return status ? status : read_extensions(reader);
}

enum status git_index_read(struct str index, bool (*take)(struct str path, void *context), void *context, struct error *err)
{
	static const size_t digest_sizes[] = { 20, 32 };
	enum status status = error_set(err, STATUS_INVALID, "not an index of git: too short");
	for (size_t i = 0; i < sizeof digest_sizes / sizeof *digest_sizes; i++) {
		struct index_reader reader = { .digest_size = digest_sizes[i], .err = err, .at = HEADER_SIZE };
		if (index.n < HEADER_SIZE + reader.digest_size)
			break;
		reader.text = str_head(index, index.n - reader.digest_size);
		reader.version = number_at(index, 4, 4);
		reader.count = number_at(index, 8, 4);
		if (!str_starts_with(index, STR("DIRC")) || reader.version < 2 || reader.version > 4)
			return error_set(err, STATUS_INVALID, "not an index of git, or of a newer version");
		status = read_index(&reader, NULL, NULL); /* nothing is taken before all is known to be right */
		if (status)
			continue;
		reader.at = HEADER_SIZE;
		reader.name_size = 0;
		return read_index(&reader, take, context);
	}
	return status;
}
