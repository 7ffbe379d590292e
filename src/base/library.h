/*
 * library: shared libraries that are bound when a function of theirs is first needed. libarchive, libcurl and libgit2 bring some forty others along, and
 * most commands call none of them: when the program was linked with them, loading those was three quarters of the time in which it starts.
 *
 * The room that owns such a library lists the functions that it calls, and calls them through a struct of pointers:
 *
 *	#define LIBEXAMPLE(FUNCTION) FUNCTION(example_open) FUNCTION(example_close)
 *	extern struct libexample { LIBEXAMPLE(LIBRARY_POINTER) } libexample;
 *
 *	struct libexample libexample;
 *	static struct library library = { "libexample", LIBEXAMPLE(LIBRARY_NAME), &libexample };
 *
 * Whatever gives the first handle out (a transfer, a repository, a reader) calls library_need() before; who has a handle has the library. A function that is
 * not in the list is told by the linker. The library's name stands in the Makefile's LATE_LIBRARIES, which is where its soname comes from. It is never let
 * go. On any thread; a worker of the sandbox can open no file, so what it calls is bound before (sandbox_options.prepare).
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <pthread.h>
#include <stdatomic.h>

#include "assay/base.h"

#define LIBRARY_POINTER(function) __typeof__(function) *function;
#define LIBRARY_NAME(function) #function "\0"

struct library {
	const char *name;
	const char *functions; /* their names, a NUL behind each */
	void *pointers;        /* to them, in that order */
	void (*set_up)(void);  /* once, when all are there; may be NULL */
	atomic_bool bound;
	pthread_mutex_t lock;
};

/* STATUS_UNSUPPORTED where it cannot be had, with what to install; the next call tries again. */
enum status library_need(struct library *library, struct error *err);
/* For who has no error to tell it by, and gives up as for want of memory. */
bool library_need_untold(struct library *library);
/* Whether one that was needed so is still missing; then whatever came of that counts for nothing. */
enum status library_lack(struct error *err);

#endif
