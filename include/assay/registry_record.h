/*
 * registry: what a registry itself says of the versions that a lockfile pins - the digest it was published with, whether its author
 * gave it up, whether it is still there; and, only where somebody asks for it, when it was published and by whom.
 *
 * A lockfile names a URL and a digest, and whoever can write one can change both together. So the record is asked of the registry that
 * npm's settings name for that package, never of a host that the lockfile names.
 *
 * A version's own manifest (/<name>/<version>, a few KB) tells all but the date and who published before. These stand in the
 * package's whole document (/<name>, up to tens of MB), which is read as it arrives and never held: see document.h.
 *
 * Answers are kept in one file by registry, name and version: RECORD_FRESH_S long, a missing version RECORD_GONE_FRESH_S. A date and
 * publishers do not change and stay as long as their record does. What cannot be asked anew is used whatever its age, and says so (`stale`).
 * Any number of processes may share the file; one that is damaged is begun anew.
 *
 * Every answer is untrusted: sizes are capped (limits.h), and one that speaks of another package or version counts as none.
 */
#ifndef ASSAY_REGISTRY_RECORD_H
#define ASSAY_REGISTRY_RECORD_H

#include "assay/base.h"
#include "assay/npmrc.h"
#include "assay/tree.h"

#pragma GCC visibility push(default)

#define RECORD_FRESH_S (24 * 3600)
#define RECORD_GONE_FRESH_S 3600

enum record_state {
	RECORD_FOUND,
	RECORD_GONE,        /* 404 or 410, and the package's document does not list the version either */
	RECORD_ELSEWHERE,   /* likewise, but the lockfile has the package from another host than the registry that was asked; or it is
	                     * private, and npm's settings name no registry for it but the public one, which was not asked */
	RECORD_UNREACHABLE, /* asked, and no usable answer came: `detail` */
	RECORD_ABSENT,      /* offline, and none was kept */
	RECORD_IMPOSSIBLE,  /* no name or version that a registry could be asked for */
};
enum history_state {
	HISTORY_UNASKED,     /* nobody wanted it */
	HISTORY_GIVEN,       /* published, before, …: each as far as the registry gives it */
	HISTORY_UNREACHABLE, /* history_detail */
	HISTORY_ABSENT,      /* offline, and none was kept */
};

struct registry_record {
	enum record_state state;
	bool kept;  /* from the file; no request was made, or none that changed anything */
	bool stale; /* kept for longer than it counts as current, and could not be asked anew */
	bool retryable;
	const char *detail;    /* "503 after 4 tries", "answered 404"; NULL: nothing to say */
	int64_t asked;         /* when the registry gave this answer */
	struct str integrity;  /* dist.integrity and dist.shasum as one SRI; .n 0: not given */
	struct str tarball;    /* dist.tarball; .n 0: not given */
	struct str deprecated; /* .n 0: it is not */
	struct str publisher;  /* _npmUser: "alice", "GitHub Actions (trusted publisher: github)"; .n 0: not given */
	bool has_etag;
	/* from the package's document */
	enum history_state history;
	const char *history_detail;
	bool history_retryable;
	int64_t published;                   /* DATE_NONE: not given, or all versions bear one date */
	struct str before, before_publisher; /* the version published last before this one, by whom; .n 0: none, not given */
	bool publisher_known;                /* the publisher of this version published an earlier one as well */
	bool was_maintainer;                 /* or was among the maintainers of the one before */
};

struct record_options {
	const char *registry;                /* URL with a trailing slash; NULL: the settings', else the public one */
	const struct npm_settings *settings; /* scopes' registries, logins, proxies, certificates; NULL: none of these */
	const struct npm_scope *scopes;      /* registries of scopes of which the settings say nothing */
	size_t scope_count;
	/* Why a name is private: the public registry is not told of it. NULL: none is; STR_NONE: this one is not. */
	struct str (*private_because)(const void *context, struct str name);
	const void *private_context;
	const char *const *allowed_origins; /* all that may be asked, the registries too; NULL-terminated */
	const char *kept;                   /* the file; made when it is needed. NULL: nothing is kept */
	const bool *history;                /* by package: also the date and who published before; NULL: of none */
	const bool *carried;                /* by package: not asked about, a change did not bring them or the user omits them; NULL: none is */
	bool offline;
	unsigned tries, backoff_ms, timeout_ms; /* 0: the defaults */
	const char *user_agent;
	/* Counts requests; both may be NULL. What failed without failing anything: "the registry's answers are not kept: …". Both are called on a thread of
	 * this room's own. */
	void (*progress)(void *context, size_t done, size_t total);
	void (*note)(void *context, const char *text);
	void *context;
};

/* What was known of a version before anybody is asked: how it was published does not change, however long ago the registry said it. */
struct record_known {
	struct str integrity; /* as in struct registry_record; .n 0: not known */
	bool gone;            /* the registry said within RECORD_GONE_FRESH_S that it has no such version */
};

/* Records are asked while their tarballs are fetched: by a thread of its own, between begin and finish. */
struct registry_asking;
/* Reads what is kept, and asks for the rest. `tree`, `options` and what they name must live until the end. Fails for want of memory alone, as does
 * registry_records_finish(). */
enum status registry_records_begin(const struct tree *tree, const struct record_options *options, struct arena *arena, struct registry_asking **out,
				   struct error *err);
/* By package of the tree, in `arena`. */
const struct record_known *registry_records_known(const struct registry_asking *asking);
/* Waits for the last answer. One for each package of the tree, in `arena`; equal packages share one. NULL: nothing that a registry knows of - own
 * code, links, git, files, other URLs, and what travels inside another package. */
enum status registry_records_finish(struct registry_asking *asking, const struct registry_record *const **out, struct error *err);
void registry_asking_cleanup(struct registry_asking **asking); /* waits too; NULL is fine */

struct records_kept {
	size_t records, removed;
	uint64_t bytes; /* of the file */
	int64_t oldest; /* asked when; DATE_NONE: there are none */
};
/* Throws away what was asked longest ago until the file is within `max_bytes`, then counts. A file that is not there is empty; one of another kind
 * is an error and stays. STATUS_BUSY while another process writes it. */
enum status registry_records_prune(const char *path, uint64_t max_bytes, struct records_kept *out, struct error *err);

#pragma GCC visibility pop
#endif
