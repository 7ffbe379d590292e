/*
 * What the parts of the report in JSON share: json.c is the document, json_project.c a project, json_findings.c its findings, json_paths.c
 * who brings a package in.
 */
#ifndef REPORT_JSON_REPORT_H
#define REPORT_JSON_REPORT_H

#include "report/report_private.h"

struct json_report {
	struct json_writer *out;
	struct arena *scratch; /* emptied before each project */
	/* of the project at hand */
	const struct scan *scan;
	const struct tree *tree;
	struct importers *importers;
	struct known_paths *paths; /* by package */
	size_t searches;           /* one that was cut counts for more */
	size_t steps;              /* of all paths that were kept */
};

enum status json_report_project(struct json_report *json, const struct report_project *project, struct error *err);
enum status json_report_findings(struct json_report *json, struct error *err);
void json_report_package(struct json_report *json, const struct package *package);
/* Before the first finding of a project; false: out of memory. */
bool json_report_begin_paths(struct json_report *json);
enum status json_report_paths(struct json_report *json, const struct finding *finding, struct error *err);
/* npm calls the root "", people call it ".". */
struct str json_report_importer(const struct package *package);

void json_report_text_z(struct json_writer *out, const char *key, const char *text); /* null for NULL */
void json_report_texts(struct json_writer *out, const char *key, const struct str *texts, size_t count);

#endif
