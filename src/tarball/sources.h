/* Where a package's bytes may come from: nowhere, a file of npm's cache, one URL. */
#ifndef ASSAY_TARBALL_SOURCES_H
#define ASSAY_TARBALL_SOURCES_H

#include "assay/tarball.h"

/* The registries and the hosts that may be asked, as origins; made once. */
struct hosts {
	const char *registry;                /* with a trailing slash */
	const struct npm_settings *settings; /* for scopes; NULL: none has a registry of its own */
	const char *const *origins;          /* the registries' and the allowed ones, NULL-terminated */
};
enum status hosts_init(struct hosts *hosts, const struct tarball_options *options, struct arena *arena, struct error *err);

/* Why there is nothing to fetch; SKIP_NONE when there is. */
enum tarball_skip source_skip(const struct package *package);
/* "<cache>/_cacache/content-v2/sha512/ab/cd/ef…", NUL-terminated, in place of what `out` holds. */
bool source_cache_path(const char *cache, const struct digest *digest, struct buf *out);
/* The URL to ask, or why none may be asked. Both NULL: out of memory. */
struct source_url {
	const char *url, *reason;
	enum tarball_state state; /* with the reason */
};
struct source_url source_url(const struct hosts *hosts, const struct package *package, struct arena *arena);

#endif
