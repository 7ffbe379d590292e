/* See the header. */
#include "body.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "assay/limits.h"

#define HELD_BYTES (512 * KIB)
#define FIRST_BYTES (64 * KIB)

void body_init(struct body *body, const char *folder)
{
	*body = (struct body){ .folder = folder, .fd = -1 };
}

void body_fini(struct body *body)
{
	free(body->bytes);
	file_close(&body->fd);
	*body = (struct body){ .fd = -1 };
}

static bool reserve(struct body *body, size_t need)
{
	size_t capacity = body->capacity ? body->capacity : FIRST_BYTES;
	while (capacity < need)
		capacity *= 2;
	if (capacity == body->capacity)
		return true;
	char *grown = realloc(body->bytes, capacity);
	if (!grown)
		return false;
	body->bytes = grown;
	body->capacity = capacity;
	return true;
}

static bool write_at(int fd, uint64_t at, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = pwrite(fd, bytes.p, bytes.n, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (uint64_t)n;
		bytes = str_from(bytes, (size_t)n);
	}
	return true;
}

/* A store that cannot be written is no reason to give up. */
static int open_file(const struct body *body)
{
	const char *temporary = getenv("TMPDIR");
	int fd = body->folder ? file_open_nameless(body->folder) : -1;
	return fd >= 0 ? fd : file_open_nameless(temporary && *temporary ? temporary : "/tmp");
}

static bool move_to_file(struct body *body)
{
	body->fd = open_file(body);
	if (body->fd < 0 || !write_at(body->fd, 0, (struct str){ body->bytes, (size_t)body->size }))
		return false;
	free(body->bytes);
	body->bytes = NULL;
	body->capacity = 0;
	return true;
}

static bool add(struct body *body, struct str bytes)
{
	if (body->fd < 0 && body->size + bytes.n > HELD_BYTES && !move_to_file(body))
		return false;
	if (body->fd >= 0)
		return write_at(body->fd, body->size, bytes);
	if (!reserve(body, (size_t)body->size + bytes.n))
		return false;
	if (bytes.n)
		memcpy(body->bytes + body->size, bytes.p, bytes.n);
	return true;
}

enum http_take body_take(struct body *body, uint64_t at, struct str bytes)
{
	if (at == 0)
		body->size = 0;
	if (!add(body, bytes)) {
		body->failure = errno;
		return HTTP_FAILED;
	}
	body->size += bytes.n;
	return HTTP_MORE;
}
