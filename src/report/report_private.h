/*
 * What the formats share: which findings a report shows and in which order, where a finding stands, texts that several formats
 * need in the same words, escaping.
 */
#ifndef ASSAY_REPORT_PRIVATE_H
#define ASSAY_REPORT_PRIVATE_H

#include "assay/json.h"
#include "assay/report.h"

enum status report_compact_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_csv_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_cyclonedx_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_github_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_github_snapshot_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_gitlab_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_html_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_json_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_junit_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_markdown_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_openvex_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_sarif_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_spdx_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);
enum status report_text_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err);

/* The project's "inventory", where its tarballs were read. */
void inventory_add(struct json_writer *out, const struct scan *scan);

/* ---- which, and in which order (listing.c) --------------------------------------- */

/* A finding or a gap, and the project that it is of. */
struct listed {
	const struct report_project *project;
	const struct finding *finding;
};
struct listing {
	struct listed *v;
	size_t n;
};
/* All that is not off, the worst first: what is waived last; by level, severity, score, then as the projects have them. */
enum status listing_make(const struct report *report, struct arena *arena, struct listing *out, struct error *err);
bool listed_is_waived(const struct listed *listed);
/* Waived, or there before the change: nobody has to act on it now. */
bool listed_is_quiet(const struct listed *listed);
/* A known vulnerability or malware: what has an advisory. */
bool listed_is_advisory(const struct listed *listed);

/* ---- where it stands, in words (wording.c) --------------------------------------- */

/* The package it is about; NULL where there is no tree. */
const struct package *listed_package(const struct listed *listed);
/* Where it is to be looked up: the lockfile from the repository's top. Never NULL. */
const char *project_path(const struct report_project *project);
/* The same, percent-encoded where a URI needs it. */
struct str project_uri(struct arena *arena, const struct report_project *project);
/* "axios@0.21.1", "web" for the user's own. */
struct str package_step(struct arena *arena, const struct package *package);
/* "web > axios@0.21.1", the shortest way in; empty where there is none. */
struct str listed_path(struct arena *arena, const struct listed *listed);
/* "axios@0.21.1 is vulnerable: slow regular expression (CVE-…)": names the package whatever the rule. */
struct str listed_message(struct arena *arena, const struct listed *listed);
/* "npm install axios@0.30.2", "update axios to 0.30.2: …", or what can be done where nothing can be updated. Never empty. */
struct str listed_remedy(struct arena *arena, const struct listed *listed);
/* The page of a rule, or of the advisory. */
struct str listed_url(struct arena *arena, const struct listed *listed);
/* SARIF's, GitLab's and others' figure: the score, or the middle of what the severity's word stands for; malware 10.0. */
int listed_score_tenths(const struct listed *listed);
/* "osv, 220615 records of 2026-11-22T07:10:00Z, sha256:…": which database judged, so that others can judge alike. */
struct str report_database(struct arena *arena, const struct report *report);
/* Why nothing of its tree is known, by the rule's id: "lockfile-invalid", "no-lockfile"; NULL: it is known. */
const char *report_unread(const struct scan *scan);
/* Packages of all lockfiles that are not the user's own. */
size_t report_count_packages(const struct report *report);
/* "2026-11-23T09:00:00Z"; empty for DATE_NONE. */
struct str report_date(struct arena *arena, int64_t date);
/* A UUID that follows from the text (RFC 9562, version 8). */
struct str report_uuid(struct arena *arena, struct str text);
/* A UUID for a document of that format about these packages, judged by this database on that day. */
struct str report_identity(struct arena *arena, const struct report *report, const char *format);
/* Cut to `max` bytes, not inside a character, and "..." behind. */
struct str report_shorten(struct arena *arena, struct str text, size_t max);
/* A copy of what was gathered. Where there is not all of it, it is empty and the arena exhausted: report_write() fails. */
struct str report_keep(struct arena *arena, const struct buf *text);
/* Writes the SPDX expression that a package's license is; false where it is none. */
bool license_as_expression(struct str license, struct arena *arena, struct buf *out);
/* "1 finding", "2 findings". */
struct str report_plural(struct arena *arena, size_t n, const char *one, const char *many);

/* ---- who brings it (importers.c) -------------------------------------------------- */

/* Which of the user's own packages bring each package: numbers of roots and workspaces, rising. */
struct importers {
	uint32_t *v;
	size_t n, capacity;
};
/* One list for each package of the tree, in `arena`; those that are not wanted stay empty. */
enum status importers_find(const struct tree *tree, const bool *wanted, struct arena *arena, struct importers **out, struct error *err);

#endif
