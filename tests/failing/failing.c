/*
 * A library to preload: one call of a kind fails, the FAILING_AT-th of FAILING_KIND; with FAILING_HOW=kill the process is killed there
 * instead, with FAILING_HOW=full each later one fails too, as on a full disk.
 * Without them it counts; FAILING_COUNTS names a file that gets "kind count" lines when the process ends. Where ASan is, its allocator stays.
 * For tests alone: nothing of it is in the program.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MALLOC, OPEN, READ, WRITE, FSYNC, RENAME, UNLINK, MMAP, CONNECT, KINDS };
static const char *const names[KINDS] = { "malloc", "open", "read", "write", "fsync", "rename", "unlink", "mmap", "connect" };
static atomic_ulong counts[KINDS];
static unsigned long at;
static int kind = -1;
static const char *how = "";

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("FAILING_KIND"), *number = getenv("FAILING_AT");
	how = getenv("FAILING_HOW") ? getenv("FAILING_HOW") : "";
	at = number ? strtoul(number, NULL, 10) : 0;
	for (int i = 0; name && i < KINDS; i++)
		if (strcmp(name, names[i]) == 0)
			kind = i;
	for (int i = 0; i < KINDS; i++)
		counts[i] = 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAILING_COUNTS");
	int own = kind;
	kind = -1;
	FILE *file = path && own < 0 ? fopen(path, "we") : NULL;
	for (int i = 0; file && i < KINDS; i++)
		fprintf(file, "%s %lu\n", names[i], (unsigned long)counts[i]);
	if (file)
		fclose(file);
}

static int fails(int which, int error)
{
	unsigned long n = ++counts[which];
	if (which != kind || n < at || (n > at && strcmp(how, "full") != 0))
		return 0;
	if (strcmp(how, "kill") == 0)
		kill(getpid(), SIGKILL);
	errno = error;
	return 1;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__interceptor_malloc(size_t size) __attribute__((weak));
void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
void *__interceptor_realloc(void *old, size_t size) __attribute__((weak));
#define REAL(name) (__interceptor_##name ? __interceptor_##name : __libc_##name)
void *malloc(size_t size)
{
	return fails(MALLOC, ENOMEM) ? NULL : REAL(malloc)(size);
}
void *calloc(size_t count, size_t size)
{
	return fails(MALLOC, ENOMEM) ? NULL : REAL(calloc)(count, size);
}
void *realloc(void *old, size_t size)
{
	return fails(MALLOC, ENOMEM) ? NULL : REAL(realloc)(old, size);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRAP(which, error, type, name, parameters, arguments) \
	type name parameters \
	{ \
		static __typeof__(&name) next; \
		if (!next) \
			next = NEXT(name); \
		return fails(which, error) ? (type)-1 : next arguments; \
	}
WRAP(READ, EIO, ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP(READ, EIO, ssize_t, pread, (int fd, void *p, size_t n, off_t o), (fd, p, n, o))
WRAP(READ, EIO, ssize_t, pread64, (int fd, void *p, size_t n, off64_t o), (fd, p, n, o))
WRAP(WRITE, ENOSPC, ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(WRITE, ENOSPC, ssize_t, pwrite, (int fd, const void *p, size_t n, off_t o), (fd, p, n, o))
WRAP(WRITE, ENOSPC, ssize_t, pwrite64, (int fd, const void *p, size_t n, off64_t o), (fd, p, n, o))
WRAP(FSYNC, EIO, int, fsync, (int fd), (fd))
WRAP(FSYNC, EIO, int, fdatasync, (int fd), (fd))
WRAP(RENAME, EACCES, int, rename, (const char *a, const char *b), (a, b))
WRAP(RENAME, EACCES, int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b))
WRAP(RENAME, EACCES, int, linkat, (int d, const char *a, int e, const char *b, int flags), (d, a, e, b, flags))
WRAP(UNLINK, EACCES, int, unlink, (const char *a), (a))
WRAP(WRITE, ENOSPC, int, ftruncate, (int fd, off_t n), (fd, n))
WRAP(WRITE, ENOSPC, int, ftruncate64, (int fd, off64_t n), (fd, n))
WRAP(WRITE, ENOSPC, ssize_t, sendfile, (int to, int from, off_t *o, size_t n), (to, from, o, n))
WRAP(MMAP, ENOMEM, void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t o), (p, n, prot, flags, fd, o))
WRAP(CONNECT, ENETUNREACH, int, connect, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))

#define WRAP_OPEN(name, parameters, arguments) \
	int name parameters \
	{ \
		static int(*next) parameters; \
		va_list list; \
		va_start(list, flags); \
		int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0; \
		va_end(list); \
		if (!next) \
			*(void **)&next = dlsym(RTLD_NEXT, #name); \
		return fails(OPEN, EMFILE) ? -1 : next arguments; \
	}
WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int fd, const char *path, int flags, ...), (fd, path, flags, mode))
WRAP_OPEN(openat64, (int fd, const char *path, int flags, ...), (fd, path, flags, mode))
