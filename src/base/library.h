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
 * not in the list is told by the linker. The library's name stands in the Makefile's LATE_LIBRARIES, which is where its soname comes from: that of what the
 * linker takes for it. It is tried once in a process, and never let go. On any thread; a worker of the sandbox can open no file, so what it calls is bound before (sandbox_options.prepare).
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
	struct error lack; /* what came of it, if not that */
	atomic_bool told;  /* that was shown */
	pthread_mutex_t lock;
};

/* STATUS_UNSUPPORTED where it cannot be had, with what to install; every later call says the same. */
enum status library_need(struct library *library, struct error *err);
/* For who has no error to tell it by, and gives up as for want of memory: error_memory() says from then on what is missing. */
bool library_need_untold(struct library *library);
/* Is one missing that was needed so? Then whatever came of that counts for nothing. */
enum status library_lack(struct error *err);
/* The error was shown; if that was it, it need not be said again. */
void library_note_told(const struct error *err);
bool library_is_told(void);

#endif
