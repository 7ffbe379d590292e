/* One arena, for all tests of a group or anew for each: begin_arena and end_arena are what comes first and last. */
#ifndef TESTS_ONE_ARENA_H
#define TESTS_ONE_ARENA_H

#include "assay/base.h"

static struct arena *arena;

static int begin_arena(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena ? 0 : -1;
}

static int end_arena(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

#endif
