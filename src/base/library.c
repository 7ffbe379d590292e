/* See the header. */
#include <dlfcn.h>

#include "base/library.h"

/* The Makefile asks the libraries that this is built with; who merely looks at the source need not. */
#ifndef ASSAY_SONAMES
#define ASSAY_SONAMES ""
#endif

static _Atomic(struct library *) untold;

/* "libcurl.so.4" of the sonames that the libraries had which this was built with; STR_NONE: it is none of them. */
static struct str soname_of(const char *name)
{
	struct str rest = STR(ASSAY_SONAMES), soname;
	while (str_split(&rest, ' ', &soname))
		if (str_starts_with(soname, str_of(name)) && str_starts_with(str_from(soname, strlen(name)), STR(".so.")))
			return soname;
	return STR_NONE;
}

/* As Debian names packages: libcurl.so.4 is in libcurl4, libgit2.so.1.5 in libgit2-1.5 (Debian Policy, 8.1). */
static enum status refuse(const struct library *library, struct str soname, const char *why, struct error *err)
{
	struct str version = str_from(soname, strlen(library->name) + strlen(".so."));
	bool apart = ascii_is_digit((unsigned char)library->name[strlen(library->name) - 1]);
	error_set(err, STATUS_UNSUPPORTED, "%s cannot be used: %s", library->name, why ? why : "no reason given");
	error_hint(err, "install it, as in: apt install %s%s%.*s", library->name, apart ? "-" : "", STR_ARG(version));
	return STATUS_UNSUPPORTED;
}

/* dlerror() is a text of this thread's own. */
static enum status bind(struct library *library, struct error *err)
{
	char soname[80] = "";
	struct str known = str_head(soname_of(library->name), sizeof soname - 1);
	if (known.n)
		memcpy(soname, known.p, known.n);
	void *handle = known.n ? dlopen(soname, RTLD_NOW | RTLD_LOCAL) : NULL;
	if (!handle)
		return refuse(library, known, known.n ? dlerror() : "it was not there when this program was built", err);
	char *at = library->pointers;
	for (const char *name = library->functions; *name; name += strlen(name) + 1, at += sizeof(void *)) {
		void *function = dlsym(handle, name);
		if (!function)
			return refuse(library, known, dlerror(), err);
		memcpy(at, &function, sizeof function);
	}
	if (library->set_up)
		library->set_up();
	return STATUS_OK;
}

enum status library_need(struct library *library, struct error *err)
{
	if (atomic_load_explicit(&library->bound, memory_order_acquire))
		return STATUS_OK;
	pthread_mutex_lock(&library->lock);
	bool bound = atomic_load_explicit(&library->bound, memory_order_relaxed);
	enum status status = bound ? STATUS_OK : bind(library, err);
	atomic_store_explicit(&library->bound, !status, memory_order_release);
	pthread_mutex_unlock(&library->lock);
	return status;
}

bool library_need_untold(struct library *library)
{
	bool there = library_need(library, NULL) == STATUS_OK;
	if (!there)
		atomic_store(&untold, library);
	return there;
}

enum status library_lack(struct error *err)
{
	struct library *library = atomic_load(&untold);
	return library ? library_need(library, err) : STATUS_OK;
}
