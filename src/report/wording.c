/*
 * Texts that several formats need in the same words. What came from a package, a lockfile or an advisory is made visible here:
 * each format then escapes what its own syntax gives a meaning to.
 */
#include "assay/digest.h"
#include "assay/license.h"
#include "assay/limits.h"
#include "report/report_private.h"

/* What a person reads is cut past so many bytes: the format json has it whole. */
enum { MAX_WORDS = 4000, MAX_STEP = 400, MAX_URL = 4000 };

struct str report_shorten(struct arena *arena, struct str text, size_t max)
{
	if (text.n <= max)
		return text;
	while (max && ((unsigned char)text.p[max] & 0xc0) == 0x80)
		max--;
	struct str cut = arena_printf(arena, "%.*s...", STR_ARG(str_head(text, max)));
	return cut.p ? cut : STR("");
}

struct str report_keep(struct arena *arena, const struct buf *text)
{
	if (text->failed)
		arena_exhaust(arena);
	struct str copy = text->failed ? STR_NONE : arena_copy(arena, buf_str(text));
	return copy.p ? copy : STR("");
}

/* No more of it than keep_short() may keep, and enough that it cuts what was longer. */
static void add_visible(struct buf *out, struct str text)
{
	buf_add_visible(out, str_head(text, MAX_WORDS + 4));
}

static struct str keep_short(struct arena *arena, const struct buf *text, size_t max)
{
	struct str cut = text->failed ? STR("") : report_shorten(arena, buf_str(text), max);
	return text->failed || cut.p == text->p ? report_keep(arena, text) : cut;
}

const struct package *listed_package(const struct listed *listed)
{
	const struct tree *tree = listed->project->scan->tree;
	return tree ? &tree->packages[listed->finding->instances[0]] : NULL;
}

const char *project_path(const struct report_project *project)
{
	const char *path = project->scan->path ? project->scan->path : project->path;
	return path ? path : "-";
}

struct str project_uri(struct arena *arena, const struct report_project *project)
{
	static const char plain[] = "-._~/@!$&'()*+,;=";
	CLEANUP(buf_fini) struct buf uri = BUF_INIT(LIMIT_REPORT_BYTES);
	const char *path = project_path(project);
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	for (const char *at = path; *at; at++) {
		unsigned char c = (unsigned char)*at;
		if (ascii_is_alpha(c) || ascii_is_digit(c) || strchr(plain, c))
			buf_add_char(&uri, *at);
		else
			buf_printf(&uri, "%%%02X", c);
	}
	return report_keep(arena, &uri);
}

struct str package_step(struct arena *arena, const struct package *package)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_REPORT_BYTES);
	bool own = package->kind == PACKAGE_ROOT || package->kind == PACKAGE_WORKSPACE;
	struct str label = own ? package->name.n ? package->name : package->id : package_label(arena, package);
	add_visible(&text, label.n ? label : STR("."));
	return keep_short(arena, &text, MAX_STEP);
}

struct str listed_path(struct arena *arena, const struct listed *listed)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_REPORT_BYTES);
	const struct tree *tree = listed->project->scan->tree;
	struct tree_path path;
	if (!tree || tree_shortest_path(tree, listed->finding->instances[0], arena, &path, NULL) || path.length < 2)
		return STR("");
	for (size_t i = 0; i < path.length; i++) {
		buf_add_z(&text, i ? " > " : "");
		buf_add(&text, package_step(arena, &tree->packages[path.packages[i]]));
	}
	return keep_short(arena, &text, MAX_WORDS);
}

struct str listed_message(struct arena *arena, const struct listed *listed)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_REPORT_BYTES);
	const struct finding *finding = listed->finding;
	const struct package *package = listed_package(listed);
	struct str label = package && !package_is_own(package) ? package_label(arena, package) : STR("");
	if (label.n && !str_starts_with(finding->message, label)) {
		buf_add(&text, package_step(arena, package));
		buf_add_z(&text, ": ");
	}
	add_visible(&text, finding->message);
	if (listed_is_advisory(listed)) {
		buf_add_z(&text, " (");
		add_visible(&text, finding->id);
		buf_add_char(&text, ')');
	}
	return keep_short(arena, &text, MAX_WORDS);
}

static void add_fix(const struct listed *listed, struct buf *text)
{
	const struct fix *fix = &listed->finding->fix;
	add_visible(text, fix->command);
	if (fix->snippet.n) {
		buf_add_z(text, fix->command.n ? ", and " : "");
		add_visible(text, fix->snippet);
		buf_add_z(text, " in ");
		add_visible(text, fix->snippet_file);
	}
	if (fix->command.n || fix->snippet.n)
		return;
	buf_add_z(text, fix->kind == FIX_OVERRIDE ? "override " : "update ");
	add_visible(text, fix->package);
	buf_add_z(text, " to ");
	add_visible(text, fix->to);
	if (fix->blocker.n) {
		buf_add_z(text, " (");
		add_visible(text, fix->blocker);
		buf_add_char(text, ')');
	}
}

struct str listed_remedy(struct arena *arena, const struct listed *listed)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_REPORT_BYTES);
	const struct finding *finding = listed->finding;
	bool fixable = finding->fix.kind != FIX_NONE && finding->fix.to.n;
	if (fixable)
		add_fix(listed, &text);
	if (strcmp(finding->rule->id, "malware") == 0)
		buf_printf(&text, "%sremove it; if it was ever installed, treat every secret that the machine could read as exposed", fixable ? "; " : "");
	else if (!fixable && listed_is_advisory(listed))
		buf_add_z(&text, "no fixed version is known");
	else if (!fixable)
		buf_printf(&text, "assay explain %s tells what to do", finding->rule->id);
	return keep_short(arena, &text, MAX_WORDS);
}

/* Nothing but http and https may become a link, and nothing that no browser would follow. */
struct str listed_url(struct arena *arena, const struct listed *listed)
{
	CLEANUP(buf_fini) struct buf url = BUF_INIT(LIMIT_REPORT_BYTES);
	struct str from = listed->finding->url;
	if (from.n > MAX_URL || (!str_starts_with(from, STR("https://")) && !str_starts_with(from, STR("http://"))))
		return STR("");
	for (size_t i = 0; i < from.n; i++) {
		unsigned char c = (unsigned char)from.p[i];
		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}'()[]", c))
			buf_printf(&url, "%%%02X", c);
		else
			buf_add_char(&url, (char)c);
	}
	return report_keep(arena, &url);
}

int listed_score_tenths(const struct listed *listed)
{
	static const int middle[] = {
		[SEVERITY_NONE] = 0,  [SEVERITY_LOW] = 20,     [SEVERITY_MEDIUM] = 55,
		[SEVERITY_HIGH] = 80, [SEVERITY_UNKNOWN] = 80, [SEVERITY_CRITICAL] = 95,
	};
	const struct finding *finding = listed->finding;
	if (strcmp(finding->rule->id, "malware") == 0)
		return 100;
	return finding->score_tenths >= 0 ? finding->score_tenths : middle[finding->severity];
}

size_t report_count_packages(const struct report *report)
{
	size_t n = 0;
	for (size_t i = 0; i < report->project_count; i++) {
		const struct tree *tree = report->projects[i].scan->tree;
		for (uint32_t k = 0; tree && k < tree->package_count; k++)
			n += !package_is_own(&tree->packages[k]);
	}
	return n;
}

struct str report_date(struct arena *arena, int64_t date)
{
	char text[DATE_TEXT_SIZE] = "";
	if (date != DATE_NONE)
		date_format(date, text);
	struct str copy = arena_copy(arena, str_of(text));
	return copy.p ? copy : STR("");
}

const char *report_unread(const struct scan *scan)
{
	for (size_t i = 0; i < scan->findings.n; i++) {
		const char *rule = scan->findings.v[i].rule->id;
		if (check_is_unread(str_of(rule)))
			return rule;
	}
	return NULL;
}

struct str report_database(struct arena *arena, const struct report *report)
{
	const struct advisory_db_info *info = report->database;
	if (!info)
		return STR("no advisory database");
	return arena_printf(arena, "%.*s%s, %llu records of %.*s, %.*s", STR_ARG(info->source), info->starter ? " (a beginning only)" : "",
			    (unsigned long long)info->advisories, STR_ARG(report_date(arena, info->modified)), STR_ARG(info->digest));
}

struct str report_uuid(struct arena *arena, struct str text)
{
	struct digest digest = { 0 };
	digest_of(DIGEST_SHA256, text, &digest);
	unsigned char *b = digest.bytes;
	b[6] = (unsigned char)(0x80 | (b[6] & 0x0f));
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	return arena_printf(arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6],
			    b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

struct str report_identity(struct arena *arena, const struct report *report, const char *format)
{
	CLEANUP(buf_fini) struct buf seed = BUF_INIT(SIZE_MAX / 2);
	buf_printf(&seed, "%s %s", format, report_date(arena, report->as_of).p);
	if (report->database)
		buf_add(&seed, report->database->digest);
	for (size_t i = 0; i < report->project_count; i++) {
		const struct tree *tree = report->projects[i].scan->tree;
		buf_add_z(&seed, project_path(&report->projects[i]));
		for (uint32_t k = 0; tree && k < tree->package_count; k++) {
			buf_add(&seed, tree->packages[k].id);
			buf_add(&seed, tree->packages[k].version);
		}
	}
	return report_uuid(arena, report_keep(arena, &seed));
}

struct str report_plural(struct arena *arena, size_t n, const char *one, const char *many)
{
	return arena_printf(arena, "%zu %s", n, n == 1 ? one : many);
}

bool license_as_expression(struct str license, struct arena *arena, struct buf *out)
{
	struct license *expression;
	if (!license.n || license_parse(license, arena, &expression, NULL))
		return false;
	license_write(expression, out);
	if (buf_ok(out, NULL) == STATUS_MEMORY)
		arena_exhaust(arena);
	return !out->failed;
}
