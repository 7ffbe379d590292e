/*
 * utf8_scope: libarchive converts a pax name from UTF-8 to the thread's character set, and in the "C" locale every letter
 * beyond ASCII becomes '?', so that different names look alike. Inside a scope the thread's character set is UTF-8, whatever the
 * program has set. Nothing of it is seen by other threads.
 */
#ifndef ASSAY_ARCHIVE_UTF8_SCOPE_H
#define ASSAY_ARCHIVE_UTF8_SCOPE_H

#include <locale.h>

struct utf8_scope {
	locale_t locale, before;
};

struct utf8_scope utf8_scope_enter(void);
void utf8_scope_leave(struct utf8_scope *scope); /* for CLEANUP */

#endif
