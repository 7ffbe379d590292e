/*
 * tarball: where a package's bytes come from, whether they are what was pinned, and what is in them.
 *
 * What was downloaded and proven is kept in assay's own store: a file per digest, <store>/sha512/ab/cdef…, put there whole by
 * a rename, so that many processes may share it; proven again whenever it is read; the least used is thrown away past a size. What nothing pins is
 * kept as well, under the digest that it has: nobody finds it by another.
 *
 * What was proven and inspected is remembered by digest, together with the file that had it: as long as that is the same file, unchanged, the
 * next run need not read it. Whoever may write the user's own cache could make assay remember what is not so; it is the user.
 *
 * What is large is not held: it arrives in a file without a name, is proven and inspected piece by piece, and is then copied into the store. So
 * memory stays below 150 MB however large a tarball is.
 *
 * The order is kept by types: only tarball_prove() makes a struct proven_tarball, and only that can be inspected. Nothing
 * that was downloaded is kept under its name before its digest is checked. Inspection takes bytes and gives a
 * flat result, so that it can run in a worker process (sandbox.h): digests are computed here, archives are opened there.
 */
#ifndef ASSAY_TARBALL_H
#define ASSAY_TARBALL_H

#include "assay/base.h"
#include "assay/digest.h"
#include "assay/npmrc.h"
#include "assay/sandbox.h"
#include "assay/tree.h"

#pragma GCC visibility push(default)

enum tarball_state {
	TARBALL_VERIFIED,     /* the bytes match the pinned digest and were read whole */
	TARBALL_MISMATCH,     /* the bytes are others: finding integrity-mismatch */
	TARBALL_NO_INTEGRITY, /* read, but the lockfile pins no usable digest: finding integrity-missing */
	TARBALL_UNPUBLISHED,  /* 404 or 410 */
	TARBALL_UNREACHABLE,  /* not in a cache, and the registry gave no bytes (or was not asked: offline) */
	TARBALL_UNINSPECTED,  /* the bytes are the pinned ones, or none are pinned, but whoever looked into them crashed, hung or was killed */
	TARBALL_REFUSED_HOST, /* in no cache, and the lockfile (or a redirect) names a host that is not configured: it was not asked */
	TARBALL_SKIPPED,      /* nothing to fetch by kind: see tarball_skip */
};
enum tarball_skip { SKIP_NONE, SKIP_OWN, SKIP_LINK, SKIP_GIT, SKIP_FILE, SKIP_BUNDLED, SKIP_CARRIED };
const char *tarball_state_name(enum tarball_state state); /* "verified", "no-integrity", … */
const char *tarball_skip_name(enum tarball_skip skip);    /* "git", …; NULL for SKIP_NONE */
enum tarball_source { SOURCE_NONE, SOURCE_STORE, SOURCE_NPM_CACHE, SOURCE_REGISTRY, SOURCE_FILE, SOURCE_YARN_CACHE };
const char *tarball_source_name(enum tarball_source source); /* "npm-cache", …; NULL for SOURCE_NONE */

/* What can be wrong with an archive; a bit each. Paths are judged as npm takes them: the first component is dropped
 * whatever it is, and an entry without a second one is left out. */
enum archive_fault {
	FAULT_NOT_GZIP = 1 << 0,         /* or damaged. A bare tar is looked into all the same: npm unpacks it */
	FAULT_NOT_TAR = 1 << 1,          /* or damaged, or cut short: what was seen before still counts */
	FAULT_TRAILING = 1 << 2,         /* bytes behind the compressed stream or behind the tar's end mark, other than zeros */
	FAULT_LIMIT = 1 << 3,            /* more entries, bytes or ratio, a longer path or package.json than the limits */
	FAULT_ABSOLUTE = 1 << 4,         /* an absolute path, a drive letter, a backslash path */
	FAULT_ESCAPE = 1 << 5,           /* ".." */
	FAULT_LINK = 1 << 6,             /* a symbolic or hard link */
	FAULT_DEVICE = 1 << 7,           /* a device, fifo, or a kind of entry that npm does not know */
	FAULT_DUPLICATE = 1 << 8,        /* two files for one path: the last one stays; or a file where another entry's folder is */
	FAULT_CONTROL_NAME = 1 << 9,     /* control characters or malformed UTF-8 in a path */
	FAULT_NO_MANIFEST = 1 << 10,     /* no package.json at the top of the package; not said of an archive that could not be read whole */
	FAULT_BAD_MANIFEST = 1 << 11,    /* a package.json that is no JSON object */
	FAULT_SECOND_MANIFEST = 1 << 12, /* two top-level package.json entries, or one whose name differs in case only */
	FAULT_SETUID = 1 << 13,          /* a file with the setuid or setgid bit */
	FAULT_FOLDED = 1 << 14,          /* two files whose paths differ in letter case or Unicode form alone: one, on some disks */
	FAULT_OUTSIDE = 1 << 15,         /* a file beside the package's folder, which is that of the first entry */
};
#define ARCHIVE_FAULTS 16
const char *archive_fault_text(enum archive_fault fault); /* "a path leaves the package" */

/* What was found, in one block of `size` bytes without a pointer, so that it can cross a process boundary or lie in a file: texts and
 * lists stand behind the struct and are named by where they begin. Texts are UTF-8 as the package has them, and so are escaped
 * where they leave the program; those that came from an archive's headers are made visible and cut before. */
struct inspection_text {
	uint32_t at, n;
};
struct inspection_pair {
	struct inspection_text key, value;
};
enum inspected {
	/* The package.json's, after npm's own normalisation: a name is in one of the first four, the first that has it. */
	INSPECTED_OPTIONAL,
	INSPECTED_DEPENDENCIES,
	INSPECTED_PEERS,
	INSPECTED_OPTIONAL_PEERS,
	INSPECTED_BUNDLES,  /* names of bundleDependencies */
	INSPECTED_BINS,     /* command, file */
	INSPECTED_SCRIPTS,  /* those that run at installation: preinstall, install ("node-gyp rebuild" for a binding.gyp), postinstall */
	INSPECTED_BINARIES, /* file, "elf", "pe", "mach-o", "mach-o-fat", "wasm"; at most INSPECTED_BINARIES_LISTED */
	INSPECTED_CARRIED,  /* packages inside: "node_modules/b", "b@1.0.0" by its own package.json */
};
#define INSPECTED_LISTS 9
#define INSPECTED_BINARIES_LISTED 200

struct inspection {
	uint32_t size;
	uint32_t faults;                                   /* archive_fault bits */
	struct inspection_text fault_path[ARCHIVE_FAULTS]; /* the first offending path of each; of NOT_GZIP, NOT_TAR, LIMIT, BAD_MANIFEST: what was found */
	uint32_t files;                                    /* those that npm would write */
	uint32_t binaries;                                 /* of these, native code: all of them, listed or not */
	uint64_t unpacked_bytes;                           /* of these files */
	bool has_manifest;
	bool install_script;                  /* INSPECTED_SCRIPTS is not empty */
	bool cut;                             /* past LIMIT_INSPECTION_BYTES: the lists are empty, and FAULT_LIMIT is set */
	struct inspection_text name, version; /* of the package.json that stays; empty when it has none */
	struct inspection_text license;       /* its string, or the `type` of its object */
	struct inspection_text deprecated;    /* hardly ever in a tarball */
	struct {
		uint32_t at, n;
	} lists[INSPECTED_LISTS]; /* n pairs */
};
struct str inspection_str(const struct inspection *inspection, struct inspection_text text);
const struct inspection_pair *inspection_list(const struct inspection *inspection, enum inspected list, size_t *count);
/* A command of `bin` under the name and the path below the package's folder that npm gives it; false where it makes none of it (or is
 * out of memory). */
bool bin_normalize(struct str key, struct str target, struct arena *arena, struct str *name, struct str *path);
/* Whether these bytes are one whole inspection, with every text and list inside. */
bool inspection_is_sound(struct str bytes);

/* A tarball that is too large to be held. Whoever inspects it sees to it that the file stays what it was when it was proven. */
struct tarball_file {
	int fd;
	uint64_t size;
	/* In place of `fd`, where they are not NULL: as in struct byte_file. */
	ptrdiff_t (*read_at)(void *context, char *out, size_t size, uint64_t at);
	void *context;
};

/* Bytes whose digest was compared with what was pinned. */
struct proven_tarball {
	struct str bytes;
	const struct tarball_file *file; /* in place of the bytes; NULL: these are all */
	enum integrity_verdict verdict;  /* MATCH, or NONE where nothing was pinned */
	struct digest digest;            /* with MATCH: the one that was computed */
	bool zip;                        /* one of yarn's, with node_modules/<name>/ inside, in place of a tarball */
};
/* False on a mismatch: then there is nothing to inspect. `actual` as integrity_check() gives it; both may be NULL. */
bool tarball_prove(struct str bytes, const struct integrity *pinned, struct proven_tarball *out, struct digest *actual);
/* The same of a file: STATUS_OK, STATUS_INVALID on a mismatch, STATUS_IO where it cannot be read or is shorter, STATUS_MEMORY. */
enum status tarball_prove_file(const struct tarball_file *file, const struct integrity *pinned, struct proven_tarball *out, struct digest *actual);

/* As many of `size` bytes from `at` on as there are; -1 where they cannot be read. */
ptrdiff_t tarball_read_at(const struct tarball_file *file, char *out, size_t size, uint64_t at);

struct inflater;
/* In this process. What is larger than the inflater may hold is inspected piece by piece, with the same result. In place of what `out` holds; STATUS_MEMORY is the only failure. */
enum status tarball_inspect(const struct proven_tarball *tarball, struct inflater *inflater, struct buf *out, struct error *err);
/* Where npm writes a file of that path in an archive, below the package's folder; empty: nowhere. .p NULL: out of memory. */
struct str tarball_file_path(struct str entry_path, struct arena *arena);
/* "node_modules/<name>/", with which the paths in yarn's zips begin; .n 0: this one does not. */
struct str tarball_zip_folder(struct str path);
/* Where archives are opened: in a worker process, or here. For one thread at a time. */
struct unpacker;
/* `sandbox` NULL, or off: here. NULL: out of memory. */
struct unpacker *unpacker_new(struct sandbox *sandbox);
void unpacker_free(struct unpacker *unpacker); /* NULL is fine */
/* For sandbox_options.prepare and .warm_up. */
void *unpacker_prepare(void);
bool unpacker_warm_up(void *prepared);
/* As inflater_set_hold(). */
void unpacker_set_hold(struct unpacker *unpacker, size_t bytes);
/* Memory for a tarball's bytes, until the next call; what stands there need not be copied to be looked into. NULL: out of memory. */
char *unpacker_room(struct unpacker *unpacker, size_t size);
/* tarball_inspect(), with the same result. STATUS_MEMORY, STATUS_IO, and STATUS_UNSUPPORTED where nobody could look into it: `err` says why. */
enum status unpacker_inspect(struct unpacker *unpacker, const struct proven_tarball *tarball, struct buf *out, struct error *err);
/* A file that npm would write. */
struct unpacked_file {
	struct str path; /* below the package's folder, without empty components, "." and ".." */
	uint64_t size;
	struct str data;             /* its bytes, where the archive is held; else .p is NULL */
	const struct digest *digest; /* SHA-256 of them, where it is not; else NULL */
	uint32_t hashbang;           /* where npm takes a carriage return off: before the first line's end, in what begins with "#!". 0: nowhere */
	bool executable;
};
/* Calls `file` for each, in the archive's order. `data` lives until the unpacker's next call, and as long as the arena at most, all the rest until
 * `file` returns; it returns false to stop. The statuses of unpacker_inspect(), and others where it cannot be read whole. */
enum status unpacker_list(struct unpacker *unpacker, const struct proven_tarball *tarball, struct arena *arena,
			  bool (*file)(void *context, const struct unpacked_file *file), void *context, struct error *err);
/* Raised whenever the same bytes give another inspection, so that none is remembered from before. */
#define INSPECTOR_VERSION 4

/* What somebody else knows of a package. */
struct tarball_known {
	/* SRI by which the registry published it; .n 0: not known. Where the lockfile pins nothing that can be looked for here, the bytes are looked for under
	 * these digests, so that they need not be fetched anew each time; they are no less unpinned. */
	struct str published;
	bool gone; /* the registry said lately that it has no such version: it is not asked for the tarball */
};

/* Packages by number, rising, that one tarball stands for. */
struct tarball_packages {
	const uint32_t *v;
	size_t n;
};

struct tarball_result {
	enum tarball_state state;
	enum tarball_skip skip;
	enum tarball_source source;
	bool weak; /* the strongest pinned digest is SHA-1 */
	bool retryable;
	bool remembered; /* proven before, and its file has not changed since: it was not read again */
	uint64_t packed_bytes;
	bool has_digest;
	struct digest digest; /* by which the bytes were proven; of TARBALL_NO_INTEGRITY: one that the registry published, else their SHA-512 */
	const struct inspection *inspection; /* NULL when nothing was read */
	const char *detail; /* "503 after 4 tries", "pinned sha512-… got sha512-…"; may be NULL; without secrets and query strings */
};

struct tarball_options {
	const char *store;        /* folder of assay's own store, made when it is needed; NULL: nothing is kept */
	uint64_t store_max_bytes; /* 0: LIMIT_STORE_BYTES */
	const char *memory;       /* file of what was proven and inspected before, made when it is needed; NULL: all is read again */
	bool forget;              /* what is remembered does not count, and is replaced */
	/* Folders where yarn berry keeps its zips, which `checksum` is of: a project's own, whose zips somebody may have committed, and the user's.
	 * Another zip in the first is TARBALL_MISMATCH; in the second it is a damaged copy. NULL: not looked into. */
	const char *yarn_cache, *yarn_global_cache;
	const struct tarball_known *known; /* by package; NULL: nothing is */
	const char *npm_cache;             /* folder with _cacache inside; NULL: do not look */
	/* The lockfile's folder, from which packed files ("file:vendor/a.tgz") are named. They are read where they lie in its repository (without one, below
	 * it), links followed; elsewhere they are TARBALL_UNREACHABLE. NULL: none is read. */
	const char *folder;
	const char *registry;                /* URL with a trailing slash that stands for the public registry; NULL: the public one */
	const struct npm_settings *settings; /* scopes' registries, logins, proxies, certificates; NULL: none of these */
	const char *const *allowed_origins;  /* besides the registries; NULL-terminated or NULL */
	const bool *carried;                 /* by package: these are left out, a change did not bring them or the user omits them; NULL: none is */
	bool offline;
	struct sandbox *sandbox;                /* where archives are opened; NULL: in this process */
	unsigned jobs;                          /* threads; 0: as many as cores */
	unsigned tries, backoff_ms, timeout_ms; /* 0: the defaults */
	const char *user_agent;
	/* Called by one thread at a time, not always the same; may be NULL. Counts tarballs, not packages. bytes: packed, read so far. */
	void (*progress)(void *context, size_t done, size_t total, uint64_t bytes);
	/* What failed without failing anything: "the tarballs are not kept: …". On any thread, one at a time; may be NULL. */
	void (*note)(void *context, const char *text);
	void *context;
	/* Called with each tarball whose bytes were read and are not others than what was pinned, on any thread, several at a time; the
	 * bytes, or the file where they are too many to be held, live until it returns. Where it is given, no tarball's result comes from memory alone. */
	void (*proven)(void *proven_context, const struct proven_tarball *tarball, const struct inspection *inspection, struct unpacker *unpacker,
		       struct tarball_packages packages);
	void *proven_context;
};

/* One result per package of the tree, in `arena`; same tarball (URL and digest) is read once, and its inspection shared.
 * A packed file of the project's is read from where it lies, which is what will be installed. Else first assay's store and npm's cache, by digest; a file there with other bytes is no finding, the next is asked and `detail` tells. Then `resolved`, where
 * the public registry's host stands for `registry`, or <registry><name>/-/<base>-<version>.tgz without one,
 * where a scope's packages have the scope's registry. A login goes only where the settings have it belong. */
enum status tarball_verify(const struct tree *tree, const struct tarball_options *options, struct arena *arena, struct tarball_result **out,
			   struct error *err);

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

/* How many tarballs are remembered, in how many bytes; a file that is not there holds none. */
enum status tarball_memory_status(const char *path, size_t *count, uint64_t *bytes, struct error *err);
/* Forgets all where it is larger. */
enum status tarball_memory_prune(const char *path, uint64_t max_bytes, struct error *err);

#pragma GCC visibility pop
#endif
