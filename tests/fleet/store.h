/* One store for all tests of a group, with rows of its own: a group's first function begins it, end_store is the last. */
#ifndef TESTS_FLEET_STORE_H
#define TESTS_FLEET_STORE_H

#include <stdlib.h>
#include <unistd.h>

#include "fleet/sqlite.h"

static struct arena *arena;
static struct fleet *fleet;

/* Not zero: it could not be made. */
static inline int begin_store(const char *rows)
{
	arena = arena_new(0);
	const char *path = arena_printf(arena, "%s/fleet.db", getenv("TEST_TMP")).p;
	unlink(path);
	return fleet_open_to_write(path, &fleet, NULL) || store_run(((struct sqlite_fleet *)fleet->state)->store, rows, NULL);
}

static inline int end_store(void **state)
{
	(void)state;
	fleet_close(fleet);
	arena_free(arena);
	return 0;
}

#endif
