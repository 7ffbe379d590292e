/*
 * report: one file per format over one result. A report is a pure function of its input: equal inputs give equal bytes.
 * Everything that came from a package, an advisory or a lockfile is escaped for the format that it is written to.
 */
#ifndef ASSAY_REPORT_H
#define ASSAY_REPORT_H

#include "assay/base.h"
#include "assay/check.h"
#include "assay/policy.h"
#include "assay/sandbox.h"

#pragma GCC visibility push(default)

/* A finding of the base, or of an earlier report, that is no more. */
struct report_fixed {
	const struct rule *rule;
	struct str id, name, version;
	enum severity severity;
};
/* How one project stands to what it is compared with. */
struct report_comparison {
	const char *commit, *why;           /* --base: "9d03e77…", "first parent of the merge commit"; NULL: a report was compared */
	const char *baseline;               /* --baseline: its file */
	bool nothing_before;                /* this lockfile was not there, or could not be read: all of it is new */
	const struct tree_changes *changes; /* NULL with --baseline */
	const struct report_fixed *fixed;
	size_t fixed_count;
};

struct report_project {
	const struct scan *scan; /* its tree says which lockfile; NULL tree: none could be read */
	const char *path;        /* the lockfile, or the folder that lacks one, for who sits here; scan->path is for who does not */
	const char *kind;        /* NULL when unknown */
	const struct policy *policy;
	const struct report_comparison *comparison; /* NULL: nothing was compared */
};

/* The commit and the job that a report is of, where whoever runs it says so. NULL: nobody does. */
struct report_origin {
	const char *sha, *ref, *job, *correlator;
};

struct report {
	const struct report_project *projects;
	size_t project_count;
	const struct advisory_db_info *database; /* NULL: none */
	int64_t as_of;
	const char *const *environment; /* names of ASSAY_… variables that had a say; NULL-terminated */
	struct summary summary;
	enum verdict verdict;
	bool complete;
	int exit_code;
	bool observe;                        /* --observe: whatever the verdict, the exit code is 0 */
	bool verified;                       /* tarballs were read */
	const struct sandbox_state *sandbox; /* where; NULL: none was */
	bool offline;
	bool only_waived;                      /* openvex: of what is waived alone */
	const struct lockfile_list *discovery; /* what was skipped on the way; NULL: nothing was looked for */
	struct report_origin origin;
	double elapsed_ms; /* <0: not shown (with --as-of) */
	/* text only */
	const char *const *written; /* files that other reports of this run were written to; NULL-terminated, or NULL */
	bool color, quiet, verbose, unicode;
	unsigned columns; /* of the screen: wider lines are broken or cut; 0: there is none */
};

struct report_format {
	const char *name; /* "json" */
	const char *summary;
	bool needs_origin; /* report->origin must say of which commit it is */
	enum status (*write)(const struct report *report, struct arena *arena, struct buf *out, struct error *err); /* for report_write() */
};
extern const struct report_format *const report_formats[]; /* NULL-terminated */
const struct report_format *report_format_by_name(struct str name);
/* Behind what is in `out`. */
enum status report_write(const struct report_format *format, const struct report *report, struct buf *out, struct error *err);

/* `list` and `why`: which packages are shown. The root always is, whatever else holds; `{ 0 }` shows all. */
struct report_tree_options {
	unsigned depth; /* at most so many edges from the root, by the shortest path; 0: however deep */
	bool by_scope;  /* only packages of `scope` */
	enum scope scope;
	bool direct;              /* only what the root or a workspace asks for by name */
	struct str name, version; /* only packages of that real name, and of that version; .n 0: all */
	bool unicode;             /* text: lines of the tree */
};
/* text: a tree; where packages are picked by scope or `direct`, what stands between the root and them is shown as well.
 * json, purl: the packages that hold, and the edges between them. */
enum status report_tree_text(const struct tree *tree, const struct report_tree_options *options, struct buf *out, struct error *err);
enum status report_tree_json(const struct tree *tree, const struct report_tree_options *options, struct buf *out, struct error *err);
enum status report_tree_purl(const struct tree *tree, const struct report_tree_options *options, struct buf *out, struct error *err);

#pragma GCC visibility pop
#endif
