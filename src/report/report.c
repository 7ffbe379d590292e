/* The table of report formats. */
#include "report/report_private.h"

/* clang-format off */
#define FORMAT(its_name, its_summary, its_write) \
	&(const struct report_format){ .name = its_name, .summary = its_summary, .write = its_write }
/* clang-format on */

const struct report_format *const report_formats[] = {
	FORMAT("text", "for people: verdict, what to do, what can wait", report_text_write),
	FORMAT("compact", "a line for each finding: file:line: level: message [rule]", report_compact_write),
	FORMAT("json", "everything, for programs", report_json_write),
	FORMAT("sarif", "SARIF 2.1.0, for code scanning", report_sarif_write),
	FORMAT("cyclonedx", "CycloneDX 1.6 JSON: components, graph, vulnerabilities", report_cyclonedx_write),
	FORMAT("spdx", "SPDX 2.3 JSON: packages, relationships", report_spdx_write),
	FORMAT("openvex", "OpenVEX 0.2.0: a statement for each advisory", report_openvex_write),
	FORMAT("gitlab", "GitLab's dependency-scanning report, 15.x", report_gitlab_write),
	FORMAT("github", "annotations for GitHub Actions", report_github_write),
	&(const struct report_format){ .name = "github-snapshot",
				       .summary = "GitHub's dependency snapshot, for its submission API",
				       .needs_origin = true,
				       .write = report_github_snapshot_write },
	FORMAT("junit", "JUnit XML", report_junit_write),
	FORMAT("markdown", "for a comment on a pull request, or a job's summary", report_markdown_write),
	FORMAT("csv", "a row for each finding", report_csv_write),
	FORMAT("html", "a page: filters, the map of the tree, who brings what", report_html_write),
	NULL,
};

const struct report_format *report_format_by_name(struct str name)
{
	for (size_t i = 0; report_formats[i]; i++)
		if (str_equal_z(name, report_formats[i]->name))
			return report_formats[i];
	return NULL;
}

enum status report_write(const struct report_format *format, const struct report *report, struct buf *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	enum status status = arena ? format->write(report, arena, out, err) : error_memory(err);
	/* A text that could not be made stands in it as an empty one. */
	return !status && arena_is_exhausted(arena) ? error_memory(err) : status;
}
