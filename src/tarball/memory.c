/* A file of records, read whole, appended to under a lock, written anew where it grew too large or is of another inspector. */
#include "memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "assay/limits.h"

enum { RACY_SECONDS = 2, ALIGN = MEMORY_ALIGN };

struct memory {
	const char *path;
	bool forget;
	struct arena *arena;
	struct map *records; /* by algorithm and digest, to where one begins in `bytes` */
	struct buf bytes;    /* the file */
	size_t sound;        /* of these, whole records and the head */
	struct buf noted;
	struct crc32c crc;
};

void file_identity_of(const struct stat *info, struct file_identity *out)
{
	*out = (struct file_identity){
		.device = info->st_dev,
		.inode = info->st_ino,
		.size = (uint64_t)info->st_size,
		.changed_s = info->st_mtim.tv_sec,
		.changed_ns = info->st_mtim.tv_nsec,
		.status_s = info->st_ctim.tv_sec,
		.status_ns = info->st_ctim.tv_nsec,
	};
}

static struct memory_head make_head(void)
{
	return (struct memory_head){ "assay-in", INSPECTOR_VERSION, sizeof(struct inspection) };
}

/* ---- reading -------------------------------------------------------------------------------------- */

/* Nobody else may have written it. */
static bool is_ours(int fd, struct stat *info)
{
	return fstat(fd, info) == 0 && S_ISREG(info->st_mode) && info->st_uid == geteuid() && !(info->st_mode & 022) &&
	       (uint64_t)info->st_size <= LIMIT_MEMORY_BYTES;
}

static bool read_file(int fd, struct buf *out)
{
	struct stat info;
	buf_clear(out);
	if (fd < 0 || !is_ours(fd, &info) || !buf_reserve(out, (size_t)info.st_size + ALIGN))
		return false;
	while (out->n < (size_t)info.st_size) {
		ssize_t n = pread(fd, out->p + out->n, (size_t)info.st_size - out->n, (off_t)out->n);
		if (n <= 0)
			return false;
		out->n += (size_t)n;
	}
	return true;
}

static const struct memory_record *record_at(const struct memory *memory, size_t at)
{
	return (const struct memory_record *)(const void *)(memory->bytes.p + at);
}

/* The key is where the record has it: algorithm and digest stand side by side. */
static struct str key_of(const struct memory_record *record)
{
	return (struct str){ (const char *)&record->algorithm, sizeof record->algorithm + sizeof record->digest };
}

static uint32_t check_of(const struct memory *memory, struct str record)
{
	struct crc32c crc = memory->crc;
	crc32c_add(&crc, str_from(record, offsetof(struct memory_record, file)));
	return crc.value;
}

/* Whole, by its own word; its content is looked at when it is asked for. */
static bool is_whole(const struct memory *memory, size_t at)
{
	size_t left = memory->bytes.n - at;
	if (left < sizeof(struct memory_record))
		return false;
	const struct memory_record *record = record_at(memory, at);
	return record->size % ALIGN == 0 && record->size <= left && record->size >= sizeof *record && record->inspection_size <= record->size - sizeof *record;
}

/* Later records replace earlier ones. False: out of memory. */
static bool index_records(struct memory *memory)
{
	struct memory_head wanted = make_head();
	memory->sound = 0;
	if (memory->bytes.n < sizeof wanted || memcmp(memory->bytes.p, &wanted, sizeof wanted) != 0)
		return true;
	size_t at = sizeof wanted;
	bool fine = true;
	for (; fine && is_whole(memory, at); at += record_at(memory, at)->size)
		fine = map_set(memory->records, key_of(record_at(memory, at)), at);
	memory->sound = at;
	return fine;
}

struct memory *memory_open(const char *path, bool forget)
{
	struct memory *memory = calloc(1, sizeof *memory);
	if (!memory)
		return NULL;
	*memory = (struct memory){ .path = path, .forget = forget, .arena = arena_new(0) };
	buf_init(&memory->bytes, LIMIT_MEMORY_BYTES + ALIGN);
	buf_init(&memory->noted, LIMIT_MEMORY_BYTES);
	crc32c_init(&memory->crc);
	memory->records = memory->arena ? map_new(memory->arena, 0) : NULL;
	CLEANUP(file_close) int fd = forget ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	bool fine = memory->records && (!read_file(fd, &memory->bytes) || index_records(memory));
	if (fine)
		return memory;
	memory_free(memory);
	return NULL;
}

void memory_free(struct memory *memory)
{
	if (!memory)
		return;
	arena_free(memory->arena);
	buf_fini(&memory->bytes);
	buf_fini(&memory->noted);
	free(memory);
}

static void set_digest(struct memory_record *record, const struct digest *digest)
{
	record->algorithm = digest->algorithm;
	memcpy(record->digest, digest->bytes, digest_size(digest->algorithm));
}

const struct inspection *memory_find(const struct memory *memory, const struct digest *digest, const struct file_identity *file)
{
	struct memory_record wanted = { .size = 0 };
	size_t at;
	set_digest(&wanted, digest);
	if (!map_find(memory->records, key_of(&wanted), &at))
		return NULL;
	const struct memory_record *record = record_at(memory, at);
	struct str whole = { memory->bytes.p + at, record->size };
	struct str inspection = str_head(str_from(whole, sizeof *record), record->inspection_size);
	if (memcmp(&record->file, file, sizeof *file) != 0 || record->check != check_of(memory, whole) || !inspection_is_sound(inspection))
		return NULL;
	return (const struct inspection *)(const void *)inspection.p;
}

/* ---- writing --------------------------------------------------------------------------------------- */

static bool is_racy(const struct file_identity *file)
{
	int64_t last = file->changed_s > file->status_s ? file->changed_s : file->status_s;
	return last + RACY_SECONDS >= date_now();
}

void memory_note(struct memory *memory, const struct digest *digest, const struct file_identity *before, const struct file_identity *after,
		 const struct inspection *inspection)
{
	static const char zeros[ALIGN];
	struct memory_record record = { .file = *after, .inspection_size = inspection->size };
	size_t start = memory->noted.n, padding = (ALIGN - (sizeof record + inspection->size) % ALIGN) % ALIGN;
	if (memcmp(before, after, sizeof *after) != 0 || is_racy(after) || memory->noted.failed)
		return;
	set_digest(&record, digest);
	record.size = (uint32_t)(sizeof record + inspection->size + padding);
	buf_add(&memory->noted, (struct str){ (const char *)&record, sizeof record });
	buf_add(&memory->noted, (struct str){ (const char *)inspection, inspection->size });
	buf_add(&memory->noted, (struct str){ zeros, padding });
	if (memory->noted.failed)
		return;
	uint32_t check = check_of(memory, (struct str){ memory->noted.p + start, record.size });
	memcpy(memory->noted.p + start + offsetof(struct memory_record, check), &check, sizeof check);
}

/* What was noted, then the newest of the others that still count, up to half of what may be. */
static void write_anew(struct memory *memory)
{
	struct memory_head head = make_head();
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_MEMORY_BYTES);
	size_t kept = memory->noted.n, at = memory->forget ? 0 : memory->sound;
	size_t first = at;
	VEC(size_t) starts = { 0 };
	for (size_t i = sizeof head; i < at; i += record_at(memory, i)->size) {
		size_t *start = vec_add(memory->arena, &starts);
		if (!start)
			return;
		*start = i;
	}
	while (starts.n && kept + (at - starts.v[starts.n - 1]) <= LIMIT_MEMORY_BYTES / 2)
		first = starts.v[--starts.n];
	buf_add(&out, (struct str){ (const char *)&head, sizeof head });
	for (size_t i = first; i < at; i += record_at(memory, i)->size) {
		size_t last;
		if (map_find(memory->records, key_of(record_at(memory, i)), &last) && last == i)
			buf_add(&out, (struct str){ memory->bytes.p + i, record_at(memory, i)->size });
	}
	buf_add(&out, buf_str(&memory->noted));
	if (out.failed || file_write_unsynced(memory->path, buf_str(&out), NULL) != STATUS_NOT_FOUND)
		return;
	const char *folder = path_folder(memory->arena, memory->path);
	if (folder && folder_make(folder, NULL) == STATUS_OK)
		file_write_unsynced(memory->path, buf_str(&out), NULL);
}

/* Behind the last whole record, which may be another by now. */
static bool append(struct memory *memory)
{
	CLEANUP(file_close) int fd = open(memory->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return true;
	arena_reset(memory->arena);
	memory->records = map_new(memory->arena, 0);
	if (!memory->records)
		return true;
	if (!read_file(fd, &memory->bytes) || !index_records(memory) || !memory->sound || memory->sound + memory->noted.n > LIMIT_MEMORY_BYTES)
		return false;
	if (ftruncate(fd, (off_t)memory->sound) != 0)
		return true;
	/* One that is cut short is cut off by the next who comes. */
	ssize_t n = pwrite(fd, memory->noted.p, memory->noted.n, (off_t)memory->sound);
	(void)n;
	return true;
}

void memory_flush(struct memory *memory)
{
	if (memory->noted.n == 0 || memory->noted.failed)
		return;
	if (memory->forget || !append(memory))
		write_anew(memory);
}

/* ---- for people -------------------------------------------------------------------------------------- */

enum status tarball_memory_status(const char *path, size_t *count, uint64_t *bytes, struct error *err)
{
	struct memory *memory = memory_open(path, false);
	if (!memory)
		return error_memory(err);
	*count = map_count(memory->records);
	*bytes = memory->bytes.n;
	memory_free(memory);
	return STATUS_OK;
}

enum status tarball_memory_prune(const char *path, uint64_t max_bytes, struct error *err)
{
	struct stat info;
	if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode) || (uint64_t)info.st_size <= max_bytes)
		return STATUS_OK;
	return unlink(path) == 0 ? STATUS_OK : error_errno(err, "%s", path);
}
