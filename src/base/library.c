/* See the header. */
#include <dlfcn.h>

#include "base/library.h"

/* "libcurl=libcurl.so.4 …", of the libraries that the linker took for this program; who merely looks at the source need not have them. */
#ifndef ASSAY_SONAMES
#define ASSAY_SONAMES ""
#endif

static _Atomic(struct library *) untold;

/* STR_NONE: the program was built without it. */
static struct str soname_of(const char *name)
{
	struct str rest = STR(ASSAY_SONAMES), pair;
	while (str_split(&rest, ' ', &pair)) {
		size_t n = str_find(pair, '=');
		if (str_equal_z(str_head(pair, n), name))
			return str_from(pair, n + 1);
	}
	return STR_NONE;
}

/* As Debian names packages: libcurl.so.4 is in libcurl4, libgit2.so.1.5 in libgit2-1.5 (Debian Policy, 8.1). libcurl's other flavours have kept the 3 that
 * they came with: libcurl-gnutls.so.4 is in libcurl3-gnutls (packages.debian.org, bookworm to sid, where libcurl3t64-gnutls provides it). */
static void advise(struct str soname, struct error *err)
{
	size_t n = str_find_str(soname, STR(".so."));
	struct str name = str_head(soname, n), version = str_from(soname, n + strlen(".so."));
	bool apart = n && ascii_is_digit((unsigned char)soname.p[n - 1]);
	if (str_starts_with(name, STR("libcurl-")))
		error_hint(err, "install it, as in: apt install libcurl3-%.*s", STR_ARG(str_from(name, strlen("libcurl-"))));
	else
		error_hint(err, "install it, as in: apt install %.*s%s%.*s", STR_ARG(name), apart ? "-" : "", STR_ARG(version));
}

static enum status refuse(const struct library *library, struct str soname, const char *why, struct error *err)
{
	error_set(err, STATUS_UNSUPPORTED, "%s cannot be used: %s", library->name, why ? why : "no reason given");
	advise(soname, err);
	return STATUS_UNSUPPORTED;
}

/* dlerror() is a text of this thread's own. */
static enum status bind(struct library *library, struct error *err)
{
	char soname[80] = "";
	struct str known = str_head(soname_of(library->name), sizeof soname - 1);
	if (!known.n)
		return error_set(err, STATUS_UNSUPPORTED, "%s cannot be used: this program was built without it", library->name);
	memcpy(soname, known.p, known.n);
	void *handle = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return refuse(library, known, dlerror(), err);
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

/* Tried once: what came of a failure would else be told without its reason, when a later try succeeds. */
enum status library_need(struct library *library, struct error *err)
{
	if (atomic_load_explicit(&library->bound, memory_order_acquire))
		return STATUS_OK;
	pthread_mutex_lock(&library->lock);
	bool bound = atomic_load_explicit(&library->bound, memory_order_relaxed);
	if (!bound && !library->lack.status)
		bound = bind(library, &library->lack) == STATUS_OK;
	atomic_store_explicit(&library->bound, bound, memory_order_release);
	if (!bound && err)
		*err = library->lack;
	pthread_mutex_unlock(&library->lock);
	return bound ? STATUS_OK : STATUS_UNSUPPORTED;
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

void library_note_told(const struct error *err)
{
	struct error lack;
	struct library *library = atomic_load(&untold);
	struct str said = str_of(err->text);
	if (library && library_need(library, &lack) && str_find_str(said, str_of(lack.text)) < said.n)
		atomic_store(&library->told, true);
}

bool library_is_told(void)
{
	struct library *library = atomic_load(&untold);
	return library && atomic_load(&library->told);
}
