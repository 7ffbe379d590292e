/* Looking at one project: what stands there, whether that has changed, and what a scan of it says. */
#ifndef FLEET_LOOK_H
#define FLEET_LOOK_H

#include "fleet/engine.h"
#include "fleet/told.h"

/* One thread's tools. */
struct looker {
	const struct fleet_scan_options *options;
	struct scan_options scan; /* with this thread's own database */
	struct deflater *deflater;
	struct arena *arena; /* of the look at hand; emptied before each */
	int64_t now;
	struct str judged; /* by what projects are judged today: STR_NONE without a database */
};
enum status looker_init(struct looker *looker, const struct fleet_scan_options *options, int64_t now, struct error *err);
void looker_fini(struct looker *looker);

/* Everything in `out` lives until the next look. What is wrong with the project is in out->problem; only what is wrong here (no memory, a wrong
 * policy on the command line) fails. */
enum status looker_look(struct looker *looker, const struct fleet_project *project, struct look *out, struct error *err);

/* What is told in place of a look: a file of that format and name (NULL: as the format's are called), or what was made of a report. STATUS_INVALID: it
 * cannot be read. */
enum status looker_take_file(struct looker *looker, const struct lockfile_format *format, const char *name, struct str text, struct look *out,
			     struct error *err);
enum status looker_take_told(struct looker *looker, const struct told *told, size_t count, struct look *out, struct error *err);

/* ---- content.c: has anything changed? ----------------------------------------------- */

struct content_read {
	struct str digest; /* over every file that a scan of the folder reads, names included; STR_NONE where that cannot be said */
	struct str judges; /* the policy and the files that judge beside it, packed; STR_NONE: no policy of its own */
};
/* Lives in `arena`. The policies that the command line names (`judges`) are part of it. */
enum status content_read(const char *folder, const struct scan_options *judges, const struct lockfile_list *list, struct arena *arena,
			 struct content_read *out, struct error *err);

/* Of what was told in place of files: with what judges it, and what reads it. */
enum status content_of_text(struct str text, const struct scan_options *judges, struct arena *arena, struct str *out, struct error *err);

/* ---- fold.c -------------------------------------------------------------------------- */

/* Those that others stand for come last, *folded of them; what is not kept at all is taken out. The last one of those before them says how many more there are. */
enum status look_fold(struct scan *scan, size_t *folded, struct error *err);

/* ---- look_asking.c: what package.json files ask for that no lockfile has -------------------- */

/* The rows of a look. */
struct look_rows {
	VEC(struct look_lockfile) list;
	struct map *asking; /* of these the package.json files beside a lockfile, by path; NULL: there are none */
};
/* All that the package.json of a tree's root asks for; what is wrong with it is in the findings. */
enum status look_read_wanted(const struct tree *tree, struct arena *arena, struct look_lockfile *out, struct error *err);
/* A row for each package.json that asks for what a lockfile does not have, of the lockfile's owner and kind. `lockfile` is a copy: rows move. */
enum status look_add_asking(struct look_rows *rows, struct look_lockfile lockfile, struct arena *arena, struct error *err);

/* ---- owners.c: CODEOWNERS --------------------------------------------------------------- */

struct owners;
/* Where GitHub, GitLab and Gitea look for it. *out NULL: there is none, or it cannot be read, which is a failure. */
enum status owners_read(const char *folder, struct arena *arena, struct owners **out, struct error *err);
/* Of a path from the folder: as the last line that fits has it ("@acme/pay @lee"); STR_NONE: nobody. */
struct str owners_of(const struct owners *owners, struct str path, struct arena *arena);
bool owners_is_file(const char *path); /* is this where such a file stands? */

/* ---- mirror.c: a repository without a work tree -------------------------------------------- */

/* Files of a project's commit, in a folder of their own. */
struct mirror {
	struct scratch scratch; /* removed by mirror_fini(); no folder: not written, since the commit is the one that is known */
	char commit[41];
};
void mirror_fini(struct mirror *mirror);
/* `known`: the commit that need not be written out again, or STR_NONE. Fetches what a URL names first, for so many seconds at most. */
enum status mirror_open(const struct fleet_project *project, const char *cache, unsigned seconds, struct str known, struct mirror *out, struct error *err);
/* What was fetched of a URL goes. */
void mirror_forget(const struct fleet_project *project, const char *cache);
/* Of a folder's repository, HEAD; empty where there is none, or one without a commit. STATUS_UNSUPPORTED: no repository can be read here. */
enum status mirror_head(const char *folder, char commit[41], struct error *err);

/* ---- fetch.c: the system's git ------------------------------------------------------------- */

#define FETCH_BRANCH "assay" /* what was fetched is called so in the repository */
/* Is that a location that git may be asked for? STATUS_USAGE says why not. */
enum status fetch_check_location(struct str location, struct str branch, struct error *err);
/* One commit of a project that is a URL, into a bare repository of ours. STATUS_NETWORK. */
enum status fetch_mirror(const struct fleet_project *project, const char *repository, unsigned seconds, struct arena *arena, struct error *err);
void fetch_forget(const char *repository);

#endif
