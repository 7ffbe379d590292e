/*
 * tarball: where a package's bytes come from, whether they are what was pinned, and what is in them.
 *
 * What was downloaded and proven is kept in assay's own store: a file per digest, <store>/sha512/ab/cdef…, put there whole by
 * a rename, so that many processes may share it; proven again whenever it is read; the least used is thrown away past a size.
 *
 * The order is kept by types: only tarball_prove() makes a struct proven_tarball, and only that can be inspected. Nothing
 * that was downloaded is kept under its name before its digest is checked. Inspection takes bytes and gives a
 * flat result, so that it can move into a worker process.
 */
#ifndef ASSAY_TARBALL_H
#define ASSAY_TARBALL_H

#include "assay/base.h"
#include "assay/digest.h"
#include "assay/npmrc.h"
#include "assay/tree.h"

#pragma GCC visibility push(default)

enum tarball_state {
	TARBALL_VERIFIED,     /* the bytes match the pinned digest and were read whole */
	TARBALL_MISMATCH,     /* the bytes are others: finding integrity-mismatch */
	TARBALL_NO_INTEGRITY, /* read, but the lockfile pins no usable digest: finding integrity-missing */
	TARBALL_UNPUBLISHED,  /* 404 or 410 */
	TARBALL_UNREACHABLE,  /* not in a cache, and the registry gave no bytes (or was not asked: offline) */
	TARBALL_REFUSED_HOST, /* in no cache, and the lockfile (or a redirect) names a host that is not configured: it was not asked */
	TARBALL_SKIPPED,      /* nothing to fetch by kind: see tarball_skip */
};
enum tarball_skip { SKIP_NONE, SKIP_OWN, SKIP_LINK, SKIP_GIT, SKIP_FILE, SKIP_BUNDLED };
enum tarball_source { SOURCE_NONE, SOURCE_STORE, SOURCE_NPM_CACHE, SOURCE_REGISTRY, SOURCE_FILE };

/* What can be wrong with an archive; a bit each. Paths are judged as npm takes them: the first component is dropped
 * whatever it is, and an entry without a second one is left out. */
enum archive_fault {
	FAULT_NOT_GZIP = 1 << 0,    /* or damaged. A bare tar is looked into all the same: npm unpacks it */
	FAULT_NOT_TAR = 1 << 1,     /* or damaged, or cut short: what was seen before still counts */
	FAULT_TRAILING = 1 << 2,    /* bytes behind the compressed stream or behind the tar's end mark, other than zeros */
	FAULT_LIMIT = 1 << 3,       /* more entries, bytes or ratio, a longer path or package.json than the limits */
	FAULT_ABSOLUTE = 1 << 4,    /* an absolute path, a drive letter, a backslash path */
	FAULT_ESCAPE = 1 << 5,      /* ".." */
	FAULT_LINK = 1 << 6,        /* a symbolic or hard link */
	FAULT_DEVICE = 1 << 7,      /* a device, fifo, or a kind of entry that npm does not know */
	FAULT_DUPLICATE = 1 << 8,   /* two files for one path: the last one stays */
	FAULT_CONTROL_NAME = 1 << 9,/* control characters or malformed UTF-8 in a path */
	FAULT_NO_MANIFEST = 1 << 10,/* no package.json at the top of the package; not said of an archive that could not be read whole */
	FAULT_BAD_MANIFEST = 1 << 11,/* a package.json that is no JSON object */
	FAULT_SECOND_MANIFEST = 1 << 12, /* two top-level package.json entries, or one whose name differs in case only */
	FAULT_SETUID = 1 << 13,     /* a file with the setuid or setgid bit */
};
#define ARCHIVE_FAULTS 14
const char *archive_fault_text(enum archive_fault fault); /* "a path leaves the package" */

/* Flat: no pointers, so that it can cross a process boundary. Texts are cut to their size, NUL-terminated, and what could
 * steer a terminal is made visible (so no NUL in a name can make it look like another). */
struct inspection {
	uint32_t faults;             /* archive_fault bits */
	char fault_path[ARCHIVE_FAULTS][160]; /* the first offending path of each; of NOT_GZIP, NOT_TAR, LIMIT, BAD_MANIFEST: what was found */
	uint32_t files;              /* those that npm would write */
	uint64_t unpacked_bytes;     /* of these files */
	bool has_manifest;
	char name[256], version[300]; /* of the package.json that stays; "" when it has none */
	bool install_script;          /* preinstall, install, postinstall, or a binding.gyp without the first two (unless "gypfile" is false) */
	char license[128];            /* its string, or the `type` of its object */
	char deprecated[1];           /* not in tarballs: always empty */
};

/* Bytes whose digest was compared with what was pinned. */
struct proven_tarball {
	struct str bytes;
	enum integrity_verdict verdict; /* MATCH, or NONE where nothing was pinned */
};
/* False on a mismatch: then there is nothing to inspect. `actual` as integrity_check() gives it; both may be NULL. */
bool tarball_prove(struct str bytes, const struct integrity *pinned, struct proven_tarball *out,
                   struct digest *actual);

struct inflater;
void tarball_inspect(const struct proven_tarball *tarball, struct inflater *inflater,
                     struct inspection *out);

/* Packages by number, rising, that one tarball stands for. */
struct tarball_packages {
	const uint32_t *v;
	size_t n;
};

struct tarball_result {
	enum tarball_state state;
	enum tarball_skip skip;
	enum tarball_source source;
	bool weak;                /* the strongest pinned digest is SHA-1 */
	bool retryable;
	uint64_t packed_bytes;
	struct inspection *inspection; /* NULL when nothing was read */
	const char *detail;       /* "503 after 4 tries", "pinned sha512-… got sha512-…"; may be NULL; without secrets and query strings */
};

struct tarball_options {
	const char *store;       /* folder of assay's own store, made when it is needed; NULL: nothing is kept */
	uint64_t store_max_bytes; /* 0: LIMIT_STORE_BYTES */
	const char *npm_cache;   /* folder with _cacache inside; NULL: do not look */
	const char *registry;    /* URL with a trailing slash that stands for the public registry; NULL: the public one */
	const struct npm_settings *settings; /* scopes' registries, logins, proxies, certificates; NULL: none of these */
	const char *const *allowed_origins; /* besides the registries; NULL-terminated or NULL */
	bool offline;
	unsigned jobs;           /* threads; 0: as many as cores */
	unsigned tries, backoff_ms, timeout_ms; /* 0: the defaults */
	const char *user_agent;
	/* Called by one thread at a time, not always the same; may be NULL. Counts tarballs, not packages. bytes: packed, read so far. */
	void (*progress)(void *context, size_t done, size_t total, uint64_t bytes);
	/* What failed without failing anything: "the tarballs are not kept: …". On any thread, one at a time; may be NULL. */
	void (*note)(void *context, const char *text);
	void *context;
	/* Called with each tarball whose bytes were read and are not others than what was pinned, on any thread, several at a time; the
	 * bytes and what `inflater` holds live until it returns. Where it is given, no tarball's result comes from memory alone. */
	void (*proven)(void *proven_context, const struct proven_tarball *tarball, struct inflater *inflater,
	               struct tarball_packages packages);
	void *proven_context;
};

/* One result per package of the tree, in `arena`; same tarball (URL and digest) is read once, and its inspection shared.
 * First assay's store and npm's cache, by digest; a file there with other bytes is no finding, the next is asked and `detail` tells. Then `resolved`, where
 * the public registry's host stands for `registry`, or <registry><name>/-/<base>-<version>.tgz without one,
 * where a scope's packages have the scope's registry. A login goes only where the settings have it belong. */
enum status tarball_verify(const struct tree *tree, const struct tarball_options *options,
                           struct arena *arena, struct tarball_result **out, struct error *err);

struct tarball_store {
	size_t tarballs;
	uint64_t bytes;
	int64_t oldest_use; /* DATE_NONE: it is empty */
	size_t removed;
	uint64_t removed_bytes;
};
/* Throws away what was used longest ago until the rest is within `max_bytes` (UINT64_MAX: nothing but what writers left
 * unfinished an hour ago), then counts. Only files that are named as the store names them are touched. A folder that is not there is empty. */
enum status tarball_store_prune(const char *folder, uint64_t max_bytes, struct tarball_store *out, struct error *err);

#pragma GCC visibility pop
#endif
