/*
 * Where a fleet's store is: one engine behind a narrow door. SQLite is the one there is (sqlite.c); another one answers the same calls.
 *
 * One writer at a time; calls of one state come from one thread at a time. What `record` and the like write between `start` and `finish` is there as a
 * whole or not at all, and is asked for after `finish` only.
 */
#ifndef FLEET_ENGINE_H
#define FLEET_ENGINE_H

#include "fleet/gap.h"
#include "assay/fleet.h"

/* "name\nversion", by which releases are told apart in maps: no name has a newline. .p NULL: out of memory. */
static inline struct str fleet_release_key(struct arena *arena, struct str name, struct str version)
{
	return arena_printf(arena, "%.*s\n%.*s", STR_ARG(name), STR_ARG(version));
}

/* Begins the location of a project that nobody looks at: its name follows. */
#define INGESTED_PLACE "ingested:"

/* ---- what a look at a project gives ------------------------------------------------- */

/* Something that a package.json asks for where no lockfile says what it gets. */
struct look_wanted {
	struct str name, spec;
	const char *type;
};
struct look_lockfile {
	struct str path;              /* from the project's folder */
	const struct scan *scan;      /* its tree and its findings */
	size_t folded;                /* findings at the end that others stand for: they change what stands, and nothing comes of them */
	bool unread;                  /* its tree stands for nothing: what was there before stays */
	bool partial;                 /* it is told in part, with what was known before: of that nothing ends */
	const char *gap;              /* what it is where it was read and does not tell all packages: a KEPT_GAP; NULL: it tells */
	struct str body;              /* of the tree, gzipped; .n 0 where there is none */
	unsigned char digest[32];     /* of the tree's bytes */
	struct str owner, owner_from; /* STR_NONE: nobody says */
	bool owner_unread;            /* whoever was known stays */
	struct look_wanted *wanted;
	size_t wanted_count;
};
struct look {
	const struct fleet_project *project;
	int64_t when;
	int64_t since;      /* what it is true of, where it was told and not looked at; 0: `when` */
	bool unchanged;     /* since the last look, which read everything */
	bool failed;        /* nothing was read at all: what was known stays */
	bool adds;          /* a report: it tells findings, and ends nothing of what an SBOM told */
	struct str problem; /* STR_NONE: everything was read */
	struct str gap;     /* fleet_project's, of what was read; STR_NONE */
	struct str content, commit;
	/* Why the commit of a folder is not known that is in a repository: nothing is judged by it, so it is told and is no gap. STR_NONE */
	struct str commit_problem;
	bool commit_unread; /* so it is of every folder: what reads repositories is missing */
	struct str judges;  /* as content_read() packs them; STR_NONE: no policy of its own */
	struct str judged;  /* by which advisories: their database's digest */
	struct look_lockfile *lockfiles;
	size_t lockfile_count;
};
struct look_result {
	size_t appeared, cleared; /* findings of level error or warn */
};

/* ---- what is kept ------------------------------------------------------------------- */

struct kept_package {
	int64_t id;
	struct str name, version, integrity;
};
/* A package in a lockfile, from `first` on. */
struct kept_place {
	int64_t lockfile, tree, package;
	struct str project, path, format, owner, owner_from, tags, commit, scope;
	int64_t seen;              /* when the project was last read */
	int64_t first, last, gone; /* gone: DATE_NONE while it is there */
	int64_t line;
	bool direct, optional;
	bool told; /* its project is not looked at */
};
struct kept_wanted {
	struct str project, path, owner, tags, spec, name;
	struct str type; /* an edge_type_name() */
	bool beside;     /* a lockfile, which does not have it */
};

/* A lockfile that is or was in a project. */
struct kept_path {
	int64_t id;
	struct str path, format, owner, owner_from;
	struct str gap; /* STR_NONE: it tells its packages, or is no more */
};

/* A lockfile on some day. */
struct kept_past {
	struct str path, owner, gap; /* as kept_path's: of now */
	int64_t begun;               /* when it was read first; DATE_NONE: never */
	bool standing;               /* it was there on that day, in what follows */
	int64_t first, last, gone;   /* last: DATE_NONE while it is there */
	uint64_t packages;
	bool known_format;
	bool watched; /* between that day and `begun` all that there was could be read, and it was not among that */
};

/* A lockfile as it stands, with what judges it. */
struct kept_lockfile {
	int64_t id, tree;
	struct str project, path, format, body, judges; /* the body gzipped; .n 0: it has no tree now */
};

/* One of them judged anew. */
struct rejudged {
	int64_t lockfile, when;
	const struct scan *scan;
	const struct map *names; /* whose advisories have changed */
	/* Do those that judge know an advisory of that id about that package? What a report says of it is theirs to say then. */
	enum status (*knows)(void *context, struct str name, struct str id, bool *out, struct error *err);
	void *context;
};

/* Whom news is told to, and how far it has come. */
struct kept_channel {
	int64_t added;      /* what was gone by then is not told */
	int64_t told;       /* the last news that was */
	int64_t sending;    /* the last one of the message under way, which begins behind `told`; 0: there is none under way */
	struct str message; /* its id */
};

/* Which tree a lockfile held from when to when. */
struct kept_presence {
	struct str project, path, format, owner, commit;
	int64_t lockfile, tree, first, gone; /* gone: DATE_NONE while it stands */
	uint64_t packages;
};
/* By what all findings come: the project's name, the advisory's id (of advisories alone), the package's name (likewise). */
enum kept_order { BY_PROJECT, BY_ADVISORY, BY_PACKAGE };

struct fleet_engine {
	enum status (*open)(const char *where, bool write, void **state, struct error *err);
	void (*close)(void *state);
	enum status (*start)(void *state, struct error *err);
	enum status (*finish)(void *state, struct error *err);
	void (*undo)(void *state); /* what was written since `start` */
	/* The last date that is known; DATE_NONE. */
	enum status (*clock)(void *state, int64_t *out, struct error *err);

	/* Sets the id and the name of the one of that location and branch; id 0: there is none. */
	enum status (*known_project)(void *state, struct arena *arena, struct fleet_project *project, struct error *err);
	/* Changes the one of that id, of what is given; id 0: a new one, whose name must be free. Sets project->id. */
	enum status (*put_project)(void *state, struct fleet_project *project, struct error *err);
	enum status (*name_taken)(void *state, struct str name, bool *out, struct error *err);
	enum status (*drop_project)(void *state, int64_t project, struct error *err);
	/* At most `max` by name behind `after`. */
	enum status (*projects)(void *state, struct str after, size_t max, struct arena *arena, struct fleet_project **out, size_t *count, struct error *err);
	/* How many were read whole since that date and have no gap; how many packages all of them have now. */
	enum status (*count_fresh)(void *state, int64_t since, uint64_t *projects, uint64_t *packages, struct error *err);
	/* All but these, by id: names, places, tags, when they were seen, problems and gaps. DATE_NONE: every one, with its owners. */
	enum status (*survey)(void *state, int64_t since, enum status (*each)(void *context, const struct fleet_project *project, struct error *err),
			      void *context, struct error *err);
	/* Of each owner of its lockfiles (STR_NONE: nobody), how many of these stand now and what they have. */
	enum status (*count_by_owner)(void *state, int64_t project,
				      enum status (*each)(void *context, struct str owner, uint64_t lockfiles, uint64_t packages, struct error *err),
				      void *context, struct error *err);
	/* Its lockfiles, gone or not, on that day, by path. */
	enum status (*past)(void *state, int64_t project, int64_t at, struct arena *arena, struct kept_past **out, size_t *count, struct error *err);
	enum status (*record)(void *state, const struct look *look, struct look_result *out, struct error *err);

	/* All versions of a name; of an integrity. */
	enum status (*packages)(void *state, struct str name, struct arena *arena, struct kept_package **out, size_t *count, struct error *err);
	enum status (*each_integrity)(void *state, enum status (*each)(void *context, const struct kept_package *package, struct error *err),
				      void *context, struct error *err);
	/* By lockfile, then `first`. */
	enum status (*places)(void *state, int64_t package, enum status (*each)(void *context, const struct kept_place *place, struct error *err),
			      void *context, struct error *err);
	/* The packages from a project to one of its tree, "axios@1.14.1 > plain-crypto-js@4.2.1". */
	enum status (*chain)(void *state, int64_t tree, int64_t package, struct arena *arena, struct str *out, struct error *err);
	/* What is wanted under a name where nothing says what it gets; STR_NONE: what is wanted as another name ("npm:axios@1"), whichever that is. */
	enum status (*wanted)(void *state, struct str name, enum status (*each)(void *context, const struct kept_wanted *wanted, struct error *err),
			      void *context, struct error *err);
	/* ---- judging anew ---- */
	/* A word that the store keeps; STR_NONE where it has none. */
	enum status (*get)(void *state, const char *key, struct arena *arena, struct str *out, struct error *err);
	enum status (*set)(void *state, const char *key, struct str value, struct error *err);
	/* Each name that any package has, or that was never matched (`new`), with the digest of the advisories that it was matched with last (STR_NONE:
	 * never). */
	enum status (*each_name)(void *state, bool new, enum status (*each)(void *context, struct str name, struct str digest, struct error *err),
				 void *context, struct error *err);
	enum status (*match)(void *state, struct str name, struct str digest, struct error *err);
	/* Lockfiles that have that package now; in which something stands that advisories say of a package of that name. */
	enum status (*lockfiles_with)(void *state, int64_t package, enum status (*each)(void *context, int64_t lockfile, struct error *err),
				      void *context, struct error *err);
	enum status (*lockfiles_found)(void *state, struct str name, enum status (*each)(void *context, int64_t lockfile, struct error *err),
				       void *context, struct error *err);
	enum status (*lockfile)(void *state, int64_t lockfile, struct arena *arena, struct kept_lockfile *out, struct error *err);
	/* What advisories say now of the packages of these names: findings of others, and of other rules, stay. */
	enum status (*rejudge)(void *state, const struct rejudged *what, struct look_result *out, struct error *err);
	enum status (*lockfile_paths)(void *state, int64_t project, struct arena *arena, struct kept_path **out, size_t *count, struct error *err);
	/* The lockfile's project is to be read anew, and its tree found anew. */
	enum status (*forget)(void *state, int64_t lockfile, struct error *err);
	/* Projects that the old advisories judged are judged by the new ones now. */
	enum status (*judged)(void *state, struct str old, struct str new, struct error *err);
	enum status (*findings)(void *state, const struct fleet_finding_filter *filter,
				bool (*each)(void *context, const struct fleet_finding *finding), void *context, struct error *err);
	/* ---- telling ---- */
	enum status (*channel)(void *state, struct str name, struct arena *arena, struct kept_channel *out, bool *known, struct error *err);
	enum status (*put_channel)(void *state, struct str name, const struct kept_channel *channel, struct error *err);
	/* The id of the last of at most `max` news that the channel was not told, and how many these are: of the message under way, where there is one. */
	enum status (*untold)(void *state, const struct kept_channel *channel, size_t max, int64_t *last, size_t *count, struct error *err);
	/* Those of the message under way, the worst first. */
	enum status (*news)(void *state, const struct kept_channel *channel,
			    enum status (*each)(void *context, const struct fleet_news *news, struct error *err), void *context, struct error *err);

	/* ---- all there is, for whoever shows it whole ---- */
	/* By the project's name, path, `first`. */
	enum status (*presences)(void *state, enum status (*each)(void *context, const struct kept_presence *presence, struct error *err),
				 void *context, struct error *err);
	/* By name, version, id. */
	enum status (*all_packages)(void *state, enum status (*each)(void *context, const struct kept_package *package, struct error *err),
				    void *context, struct error *err);
	/* Of a tree, each version and integrity once. */
	enum status (*tree_packages)(void *state, int64_t tree, enum status (*each)(void *context, const struct kept_package *package, struct error *err),
				     void *context, struct error *err);
	/* Likewise, by package. */
	enum status (*members)(void *state, int64_t tree,
			       enum status (*each)(void *context, int64_t package, struct str scope, bool direct, struct error *err), void *context,
			       struct error *err);
	/* The trees that have a package. */
	enum status (*trees_with)(void *state, int64_t package, enum status (*each)(void *context, int64_t tree, struct error *err), void *context,
				  struct error *err);
	/* Those that are gone too. */
	enum status (*history)(void *state, enum kept_order order,
			       enum status (*each)(void *context, const struct fleet_finding *finding, struct error *err), void *context, struct error *err);
};
extern const struct fleet_engine fleet_sqlite;

struct fleet {
	const struct fleet_engine *engine;
	void *state;
};
/* The policies that the command line names, once for all: what is wrong with them is no project's matter. STATUS_USAGE. */
enum status fleet_check_policies(const struct scan_options *options, struct error *err);
/* What new names were matched with, once they were: for the next fleet_rematch(). */
enum status rematch_note_new(struct fleet *fleet, const char *database, struct error *err);
bool fleet_filter_fits(const struct fleet_filter *filter, const struct fleet_project *project);
/* Is that, the given one or a lockfile's, whom the filter asks for, or anybody? STR_NONE: nobody. */
bool fleet_filter_fits_owner(const struct fleet_filter *filter, struct str owner);
/* Its texts, which a row lent, by copies. False: out of memory. */
bool fleet_keep_project(struct fleet_project *project, struct arena *arena);
bool fleet_keep_finding(struct fleet_finding *finding, struct arena *arena);
/* Sets the project's lockfiles and packages: those that it has now, and of these where an owner is asked for his. */
enum status fleet_count_part(struct fleet *fleet, const struct fleet_filter *filter, struct fleet_project *project, struct error *err);
/* Those of its lockfiles that do not tell all of their packages and are his whom the filter asks for, by path. project->gap is then of these alone: STR_NONE
 * where they are all somebody else's. What is the matter with the project as a whole stays. */
enum status fleet_find_gaps(struct fleet *fleet, const struct fleet_filter *filter, struct fleet_project *project, struct arena *arena,
			    struct kept_path **out, size_t *count, struct error *err);
/* Likewise for who wants no more than project->gap: lockfiles are asked for only where they can make a difference. */
enum status fleet_narrow_gap(struct fleet *fleet, const struct fleet_filter *filter, struct fleet_project *project, struct arena *arena, struct error *err);
/* "web/package.json has no lockfile, nor are the packages of 2 more known". `kind` is a KEPT_GAP. .p NULL: out of memory. */
struct str fleet_gap_words(struct str path, struct str kind, size_t more, struct arena *arena);
/* What is of one lockfile is its owner's alone: `owner` is ifnull(the project's, the lockfile's). */
bool fleet_filter_fits_lockfile(const struct fleet_filter *filter, struct str project, struct str owner, struct str tags);

#endif
