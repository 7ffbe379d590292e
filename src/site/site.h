/* What the parts of the site share: site.c goes through the store, project.c, advisory.c, package.c and overview.c write pages, page.c is their frame. */
#ifndef SITE_SITE_H
#define SITE_SITE_H

#include "assay/digest.h"
#include "assay/limits.h"
#include "assay/site.h"
#include "fleet/engine.h"

/* A page that opens at once holds so much; what is left out is counted on it. */
enum { SITE_ROWS = 500, SITE_FINDINGS = 1000, SITE_GONE = 200, SITE_CHANGES = 50, SITE_USES = 200, SITE_TOP = 10 };
enum { DAY = 86400, WEEK = 7 * DAY };
/* Of a file's name: enough of a digest that nobody finds two texts with the same. */
enum { SITE_KEY = 24 };

/* In the order in which they weigh. */
enum { SITE_SEVERITIES = 6 };
extern const enum severity site_severities[SITE_SEVERITIES];
size_t site_severity_rank(struct str name); /* among these */

/* ---- what is counted ------------------------------------------------------------ */

struct site_counts {
	size_t error, warn, info, waived, gap;
};
/* A project's row. */
struct site_project {
	struct fleet_project kept;
	char key[SITE_KEY + 1];
	struct str owner; /* as given, or of its first lockfile; STR_NONE */
	struct site_counts counts;
	size_t worst[SITE_SEVERITIES];         /* findings of advisories, level warn and above */
	size_t first_presence, presence_count; /* among the site's */
	int64_t read;                          /* when it was first read; DATE_NONE */
};
struct site_presence {
	struct str path, format, commit;
	size_t project;
	int64_t tree, first, gone;
	uint64_t packages;
};
struct site_package {
	int64_t id;
	struct str name, version;
	size_t number; /* among the versions that are there, as data/packages-N.js has them */
};
/* Where a tree stands. */
struct site_tree {
	int64_t tree;
	size_t project;
};
/* A row of a list: an advisory, or a package with findings. */
struct site_row {
	struct str id, title, aliases;
	char key[SITE_KEY + 1];
	size_t severity; /* rank */
	bool malware;
	int64_t score;
	size_t now, were;    /* projects that have it, or had it and have it no more */
	size_t packages;     /* names; of a package: versions */
	int64_t first, last; /* when it was seen first; last: DATE_NONE while it stands */
	size_t used;         /* of a package: projects */
};
struct site_tally {
	struct map *by_key;
	VEC(struct site_tallied) rows;
};
struct site_tallied {
	struct str key;
	size_t count;
};

/* Two years of days, the last of which is today. */
enum { SITE_DAYS = 731 };
struct site_trend {
	size_t came[SITE_SEVERITIES][SITE_DAYS], went[SITE_SEVERITIES][SITE_DAYS]; /* findings of advisories, by day */
	size_t added[SITE_DAYS], read[SITE_DAYS];                                  /* projects */
	size_t before[SITE_SEVERITIES];                                            /* that stood before the first day */
	size_t added_before, read_before;
	int64_t earliest; /* DATE_NONE: nothing */
};
struct site_fixed {
	size_t severity;
	int64_t seconds;
};

struct site {
	struct fleet *fleet;
	const struct site_options *options;
	struct site_result *result;
	struct error *err;
	struct arena *arena;   /* of the whole */
	struct arena *scratch; /* of one page */
	const char *folder;    /* where the files go */
	int64_t now;
	struct buf page;                   /* the page at hand */
	struct buf data;                   /* the file of data at hand */
	const char *up;                    /* from the page at hand to the top: "" or "../" */
	VEC(struct site_project) projects; /* by name */
	struct map *by_name;
	size_t next_project;                 /* whose page is not written yet */
	size_t *worst_first;                 /* the projects in that order */
	VEC(struct site_presence) presences; /* by project, path, first */
	VEC(struct site_package) packages;   /* by name, version */
	size_t *by_id;                       /* the same by id */
	VEC(struct site_tree) trees;         /* by tree, project */
	struct map *with_page;               /* names of packages that have a page */
	struct walk *walk;                   /* of packages; package.c's own */
	VEC(struct site_row) advisories;
	VEC(struct site_row) affected;  /* packages with findings */
	struct site_row used[SITE_TOP]; /* those that most projects have */
	size_t used_count;
	size_t names; /* of packages that are there */
	struct site_trend trend;
	VEC(struct site_fixed) fixed;
	struct site_tally rules, owners, clears;
	struct site_counts counts;
	size_t malware, worst[SITE_SEVERITIES], hit; /* hit: projects with an error */
};

/* Stood it at the site's date? Had it gone by then? */
bool site_stands(const struct site *site, const struct fleet_finding *finding);
bool site_went(const struct site *site, const struct fleet_finding *finding);
bool site_is_shown(const struct site *site, const struct fleet_finding *finding); /* one of both */
struct site_project *site_project(const struct site *site, struct str name);      /* NULL: it is none of those that are shown */
const struct site_package *site_package(const struct site *site, int64_t id);     /* NULL: a damaged store */
void site_key(struct str text, char out[SITE_KEY + 1]);
enum status site_count(struct site *site, struct site_tally *tally, struct str key);
/* For qsort() of rows: what stands first, then malware, the severity, how many have it, its id. */
int site_worst_row_first(const void *left, const void *right);
void site_sort_tally(struct site_tally *tally);
/* Findings that share a key, in site->scratch. */
struct site_group {
	struct str key;
	VEC(struct fleet_finding) findings;
};
/* Calls `each` for all that is shown, group by group. */
enum status site_each_group(struct site *site, enum kept_order order, enum status (*each)(struct site *site, const struct site_group *group));
bool site_counts(const struct fleet_finding *finding); /* of level warn and above, not waived */
size_t site_count_projects(const struct site *site, const struct site_group *group, bool standing);

/* ---- page.c: the frame of a page, and what goes into it ------------------------------ */

/* `section`: which entry of the menu it is part of; `depth`: folders below the top. */
struct site_page {
	struct str title;
	const char *section, *kind; /* kind: what its script makes of it; NULL: nothing of its own */
	unsigned depth;
};
void page_begin(struct site *site, const struct site_page *page);
/* Writes it. */
enum status page_end(struct site *site, const char *path);
enum status site_write_file(struct site *site, const char *path, struct str bytes);
void page_add(struct site *site, const char *markup);
void page_printf(struct site *site, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_text(struct site *site, struct str text);
void page_count(struct site *site, size_t count); /* "1,398" */
void page_counted(struct site *site, size_t count, const char *one, const char *many);
void page_day(struct site *site, int64_t date); /* "2026-11-26"; DATE_NONE: nothing */
void page_age(struct site *site, int64_t seconds);
void page_severity(struct site *site, size_t rank, int64_t score);
void page_worst(struct site *site, const struct site_row *row, int64_t score); /* "malware", else its severity */
void page_project(struct site *site, const struct site_project *project);      /* a link to it */
void page_owner(struct site *site, struct str owner);
/* An advisory's id, a package's name: with a link to its page where it has one. */
void page_advisory(struct site *site, struct str id);
void page_package(struct site *site, struct str name, bool has_page);
void page_search_package(struct site *site, struct str name, const char *words); /* a link to where a script shows all that have it */
void page_remedy(struct site *site, const struct fleet_finding *finding);        /* what to do */
/* A table's head: words, split by '|'; sortable. */
void page_table(struct site *site, const char *class, const char *words);
/* Rows on as many pages as they need: NAME.html, NAME-2.html, … */
struct site_list {
	const char *name, *section, *title, *note, *heads, *none;
	size_t count;
	void (*row)(struct site *site, size_t number);
};
enum status page_list(struct site *site, const struct site_list *list);

/* ---- data.c: what scripts read --------------------------------------------------------- */

void data_begin(struct site *site, const char *kind); /* site.take("kind", */
void data_text(struct site *site, struct str text);   /* "…" */
void data_printf(struct site *site, const char *format, ...) __attribute__((format(printf, 2, 3)));
enum status data_end(struct site *site, const char *name);
enum status data_write_projects(struct site *site);
enum status data_write_advisories(struct site *site);

/* ---- chart.c: drawn here, so that they are there without a script ------------------------- */

void chart_standing(struct site *site);
void chart_flow(struct site *site);
void chart_inventory(struct site *site);
void chart_time_to_fix(struct site *site);

/* ---- note.c: what the overview is made of ------------------------------------------------- */

enum status site_note_finding(struct site *site, struct site_project *project, const struct fleet_finding *finding);
void site_note_project(struct site *site, struct site_project *project);

/* ---- lockfiles.c: parts of a project's page -------------------------------------------------- */

enum status site_write_lockfiles(struct site *site, const struct site_project *project);
void site_write_history(struct site *site, const struct site_project *project);

/* ---- the pages ------------------------------------------------------------------------------ */

enum status site_write_projects(struct site *site);
enum status site_write_advisories(struct site *site);
enum status site_write_packages(struct site *site);
enum status site_write_overview(struct site *site);

/* ---- folder.c: one whole folder for another ---------------------------------------------------- */

struct site_folder {
	const char *final, *part;
	int lock;
};
enum status site_folder_begin(const char *path, struct arena *arena, struct site_folder *out, struct error *err);
enum status site_folder_finish(struct site_folder *folder, struct error *err);
void site_folder_leave(struct site_folder *folder); /* what was begun and not finished goes */

#endif
