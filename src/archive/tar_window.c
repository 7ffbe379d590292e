/* See the header. What is kept moves to the front as the window goes on; it is little, but for an attacker's headers. */
#include "tar_window.h"

#include <stdlib.h>

#include "assay/limits.h"

#define PIECE_BYTES (256 * KIB)
#define KEPT_BYTES (4 * MIB)

void tar_window_fini(struct tar_window *window)
{
	free(window->room);
	window->room = NULL;
}

struct str tar_window_view(const struct tar_window *window, uint64_t from, uint64_t to)
{
	if (from < window->at || to < from || to - window->at > window->held.n)
		return STR_NONE;
	return (struct str){ window->held.p + (from - window->at), (size_t)(to - from) };
}

static bool reserve(struct tar_window *window, size_t capacity)
{
	if (capacity <= window->capacity)
		return true;
	char *grown = realloc(window->room, capacity);
	if (!grown)
		return error_memory(&window->failure) == STATUS_OK;
	window->room = grown;
	window->capacity = capacity;
	return true;
}

static bool drop_front(struct tar_window *window)
{
	uint64_t end = window->at + window->held.n;
	uint64_t keep = window->keep < window->at ? window->at : window->keep > end ? end : window->keep;
	size_t kept = (size_t)(end - keep);
	if (kept > KEPT_BYTES) {
		error_set(&window->failure, STATUS_LIMIT, "more than %zu bytes of headers before one entry", KEPT_BYTES);
		return false;
	}
	if (kept)
		memmove(window->room, window->room + (keep - window->at), kept);
	window->at = keep;
	window->held.n = kept;
	return reserve(window, kept + PIECE_BYTES);
}

bool tar_window_pull(struct tar_window *window, struct str *fresh)
{
	*fresh = STR("");
	if (!window->source || window->ended)
		return true;
	if (window->failure.status || !drop_front(window))
		return false;
	char *end = window->room + window->held.n;
	ptrdiff_t n = window->source->read(window->source->context, end, PIECE_BYTES, &window->failure);
	if (n < 0)
		return false;
	window->ended = n == 0;
	window->held = (struct str){ window->room, window->held.n + (size_t)n };
	*fresh = (struct str){ end, (size_t)n };
	return true;
}

bool tar_window_reach(struct tar_window *window, uint64_t to)
{
	struct str fresh = STR("-");
	while (fresh.n && window->at + window->held.n < to)
		if (!tar_window_pull(window, &fresh))
			return false;
	return true;
}

bool tar_window_count(struct tar_window *window, uint64_t from, uint64_t *count)
{
	uint64_t end = window->at + window->held.n, n = 0;
	struct str fresh = tar_window_view(window, from < end ? from : end, end);
	window->keep = UINT64_MAX;
	do {
		while (!n && fresh.n && fresh.p[0] == '\0')
			fresh = str_from(fresh, 1);
		n += fresh.n;
		if (!tar_window_pull(window, &fresh))
			return false;
	} while (fresh.n);
	*count = n;
	return true;
}
