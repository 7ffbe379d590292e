/* What the places share: who_tree.c matches trees, who_history.c follows a lockfile back, who_folders.c finds them. */
#ifndef ASSAY_FLEET_WHO_PRIVATE_H
#define ASSAY_FLEET_WHO_PRIVATE_H

#include "assay/who.h"

/* ---- who_tree.c */

/* A package of a tree that is asked for. */
struct tree_hit {
	uint32_t package;
	enum who_match match;
	struct str asked;
};
struct tree_hits {
	VEC(struct tree_hit) list;
};
bool tree_find_hits(const struct who_question *question, const struct tree *tree, struct arena *arena, struct tree_hits *out);
/* The entry of a hit: name, version, scope, path, line; what the template has besides. .package.p NULL: out of memory. */
struct who_entry tree_hit_entry(const struct tree *tree, const struct tree_hit *hit, const struct who_entry *from, struct arena *arena);

/* The scope of what a package.json asks for, by the edge_type_name() of its section. */
struct str who_request_scope(struct str type);

/* Adds them all; `past` says since when, and may be NULL. Returns how many are WHO_HIT. */
struct past;
size_t tree_add_hits(const struct who_question *question, const struct tree *tree, const struct tree_hits *hits, const struct who_entry *from,
		     const struct past *past, struct arena *arena, struct who_gathering *gathering);

/* ---- who_history.c */

/* Since when the lockfile has what it has now: by "name\nversion". */
struct since {
	int64_t time;
	bool open; /* or before */
	struct str commit;
};
struct past {
	struct arena *arena;
	struct map *map; /* to `since` */
	VEC(struct since) list;
};
const struct since *past_find(const struct past *past, struct str name, struct str version); /* NULL: not known */
/* Adds what the lockfiles in its folder had; `now` are the hits that its tree has. What keeps it from being known is a gap.
 * False: out of memory. */
bool who_look_back(const struct who_question *question, const struct lockfile_found *found, const struct tree *tree, const struct tree_hits *now,
		   const struct who_entry *from, struct past *out, struct who_gathering *gathering);

/* Likewise for a lockfile that a store knows, from the folder of a checkout or from the top of a bare repository: only what it had and has no more. */
bool who_look_back_kept(const struct who_question *question, const char *repository, const char *branch, const char *lockfile,
			const struct who_entry *from, struct who_gathering *gathering);

/* The folder below that of a checkout, or below the top of a bare repository, from the repository's top; NULL: it lies elsewhere. */
struct git_store;
const char *who_folder_in_store(const struct git_store *store, const char *repository, const char *folder, struct arena *arena);
/* Adds what one lockfile had that nobody has now; the history is its alone. `path` is as shown. False: out of memory. */
struct git_history;
bool who_follow(const struct who_question *question, struct git_store *store, const struct git_history *history, const char *path,
		const struct who_entry *from, struct who_gathering *gathering);

/* ---- who_lost.c: lockfiles that were deleted or moved */

/* Those that are followed by themselves, with what ever stood beside them. */
struct followed {
	struct map *folders, *paths;
};
bool followed_init(struct followed *followed, size_t count, struct arena *arena);
bool followed_add(struct followed *followed, struct str path);

struct who_lost {
	const struct who_question *question;
	const struct followed *followed;   /* only read */
	const char *base;                  /* before the paths of `followed`; "": nothing */
	const char *repository;            /* a folder of a work tree, or a bare repository */
	const char *branch;                /* NULL: HEAD */
	const char *shown;                 /* before the paths that the user sees; NULL: nothing */
	const char *const *exclude;        /* NULL, or as of lockfile_find_options */
	struct str inside;                 /* before the paths that are excluded */
	struct who_entry from;             /* .project STR_NONE: named after the lockfile's folder */
	const struct fleet_filter *filter; /* whose they must be, where that is known; NULL: anybody's */
	bool alone;                        /* nobody else tells what is not known of this history */
};
/* Adds what lockfiles below the folder had that are not there now and not followed. What keeps it from being known is a gap. False: out of memory. */
bool who_look_for_lost(const struct who_lost *lost, struct who_gathering *gathering);

/* ---- who_store_history.c */

enum status who_store_look_back(const struct who_question *question, struct fleet *fleet, const struct who_store_options *options, size_t projects,
				struct who_gathering *gathering, struct error *err);

/* ---- who_answer.c */

/* Since when a lockfile has what it has now, where whoever adds that knows it from a later day on. From any thread. */
void who_add_since(struct who_gathering *gathering, const struct who_entry *entry);
/* Something is lost: who_gathering_finish() says so. */
void who_out_of_memory(struct who_gathering *gathering);

/* Of what a package.json asks for beside a lockfile, whatever place tells it. */
#define WHO_NOTE_BESIDE "the lockfile does not have that: the next install would bring it"

/* ---- who_stretches.c */

/* What ended as it began elsewhere in its project, or was told in other pieces, goes on: it is no HAD. False: out of memory. */
bool who_join_stretches(struct who_part_list *now, struct who_part_list *had);
/* Takes over what who_add_since() was told, where it is the earlier day. False: out of memory. */
bool who_set_sinces(struct who_part_list *now, const struct who_entry *sinces, size_t n);

/* ---- who_owner.c */

/* By the CODEOWNERS of its repository: entry->owner and owner_from, where somebody is named. */
void who_find_owner(const char *lockfile, struct arena *arena, struct who_entry *entry);

/* ---- who_past.c */

/* A project of a store, on one day. */
struct fleet;
struct who_past {
	struct fleet *fleet;
	const struct fleet_filter *filter;
	struct who_gathering *gathering;
	struct arena *arena;
	int64_t at, now;
	bool history; /* git is asked too */
	bool certain; /* the project is known to be asked for */
};
/* Was it known on that day? Adds what was not as gaps, and counts it. */
enum status who_judge_past(const struct who_past *past, const struct fleet_project *project, struct who_inventory *one, struct error *err);

/* ---- who_folders.c */

/* The last part of a folder's path, resolved; what a project is called. .p NULL: out of memory. */
struct str who_project_name(const char *folder, struct arena *arena);
/* What a lockfile that is missing (`path` is the package.json), or of a kind that is not read, leaves open. `remedy` may be NULL. */
struct who_gap who_gap_of_lockfile(const char *kind, struct str project, struct str path, const char *remedy);
/* A gap of a failure, its text and hint copied. */
void who_gap_of_error(struct who_gathering *gathering, const char *kind, struct str project, const char *path, const struct error *why);

#endif
