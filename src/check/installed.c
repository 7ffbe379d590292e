/*
 * What lies in node_modules, where it was compared with the tarballs. One finding for each folder and kind of difference, with the
 * first files' names; what the lockfile does not know is found about the project.
 */
#include "check/check_private.h"

/* `what` for one file, for several; the kinds without tell their message by themselves. */
static const struct {
	const char *id, *one, *several;
} kinds[INSTALLED_KINDS] = {
	[INSTALLED_CHANGED] = { "installed-mismatch/changed", "a file is not what its tarball holds", "files are not what its tarball holds" },
	[INSTALLED_MISSING] = { "installed-mismatch/missing", "a file of its tarball is missing", "files of its tarball are missing" },
	[INSTALLED_REPLACED] = { "installed-mismatch/link", "a link stands where its tarball has none", "links stand where its tarball has none" },
	[INSTALLED_MODE] = { "installed-mismatch/mode", "a file has another mode", "files have other modes" },
	[INSTALLED_ADDED] = { "installed-mismatch/added", "a file is not in its tarball", "files are not in its tarball" },
	[INSTALLED_ADDED_DATA] = { "installed-mismatch/added-data", "a file (no code) is not in its tarball", "files (no code) are not in its tarball" },
	[INSTALLED_SCRIPT_CHANGED] = { "installed-mismatch/script-changed", "a file was changed or is missing, perhaps by its install script",
				       "files were changed or are missing, perhaps by its install script" },
	[INSTALLED_SCRIPT_ADDED] = { "installed-mismatch/script-added", "a file is not in its tarball, perhaps left by its install script",
				     "files are not in its tarball, perhaps left by its install script" },
	[INSTALLED_PATCHED] = { "installed-mismatch/patched", "a file differs, and a patch of the project's touches it",
				"files differ, and a patch of the project's touches them" },
	[INSTALLED_VERSION] = { "installed-mismatch/version", NULL, NULL },
	[INSTALLED_UNKNOWN_PACKAGE] = { "installed-mismatch/unknown-package", NULL, NULL },
	[INSTALLED_UNKNOWN_FILE] = { "installed-mismatch/unknown-file", NULL, NULL },
	[INSTALLED_UNREADABLE] = { "not-compared", NULL, NULL },
};

static void add_names(struct buf *text, const struct installed_difference *difference)
{
	for (size_t i = 0; i < difference->listed; i++) {
		buf_add_z(text, i ? ", " : ": ");
		buf_add(text, difference->names[i]);
	}
	if (difference->count > difference->listed && difference->listed)
		buf_printf(text, " and %zu more", difference->count - difference->listed);
}

static void describe_files(struct buf *text, const struct installed_difference *difference)
{
	buf_printf(text, "%.*s: ", STR_ARG(difference->location));
	if (difference->count > 1)
		buf_printf(text, "%zu ", difference->count);
	buf_add_z(text, difference->count > 1 ? kinds[difference->kind].several : kinds[difference->kind].one);
	if (difference->kind == INSTALLED_MODE && difference->detail.n)
		buf_printf(text, " (%.*s)", STR_ARG(difference->detail));
	add_names(text, difference);
}

static void describe(const struct scan *scan, struct buf *text, const struct installed_difference *difference)
{
	const struct package *package = &scan->tree->packages[difference->package];
	struct str at = difference->location, detail = difference->detail;
	if (difference->kind == INSTALLED_VERSION)
		buf_printf(text, "%.*s holds version %.*s, the lockfile has %.*s", STR_ARG(at), STR_ARG(detail), STR_ARG(package->version));
	else if (difference->kind == INSTALLED_UNKNOWN_PACKAGE && difference->package)
		buf_printf(text, "%.*s should have come inside another package's tarball, and did not", STR_ARG(at));
	else if (difference->kind == INSTALLED_UNKNOWN_PACKAGE)
		buf_printf(text, "%.*s%s%.*s is installed and in no entry of the lockfile", STR_ARG(at), detail.n ? ", version " : "", STR_ARG(detail));
	else if (difference->kind == INSTALLED_UNKNOWN_FILE)
		buf_printf(text, "%.*s lies beside the packages: Node loads such a file before a package of that name", STR_ARG(at));
	else if (difference->kind == INSTALLED_REPLACED && !difference->count)
		buf_printf(text, "%.*s is a link to %.*s, where the lockfile has a package of its own", STR_ARG(at), STR_ARG(detail));
	else if (difference->kind == INSTALLED_UNREADABLE) {
		buf_printf(text, "%.*s could not be read (%.*s)", STR_ARG(at), STR_ARG(detail));
		add_names(text, difference);
	} else
		describe_files(text, difference);
}

/* Names are any bytes: what is no UTF-8 in them is spelled out here, since a report in JSON could only replace it. */
static struct str spell_out(struct arena *arena, const struct buf *text)
{
	CLEANUP(buf_fini) struct buf visible = BUF_INIT(4 << 20);
	if (text->failed || utf8_is_valid(buf_str(text)))
		return text->failed ? STR_NONE : arena_copy(arena, buf_str(text));
	buf_add_visible(&visible, buf_str(text));
	return visible.failed ? STR_NONE : arena_copy(arena, buf_str(&visible));
}

static bool add_difference(struct scan *scan, const struct rule *rule, const struct installed_difference *difference)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
	uint32_t package = difference->package ? difference->package : TREE_NONE;
	bool gap = difference->kind == INSTALLED_UNREADABLE;
	struct finding *finding = check_add(scan, gap ? check_rule_by_id(STR("not-compared")) : rule, package);
	if (!finding)
		return false;
	describe(scan, &text, difference);
	finding->id = str_of(kinds[difference->kind].id);
	finding->stable_id = arena_printf(scan->arena, "%.*s %.*s", STR_ARG(finding->id), STR_ARG(difference->location));
	finding->message = spell_out(scan->arena, &text);
	return finding->stable_id.p && finding->message.p;
}

static enum judgement judge_installed(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct installed_result *installed = scan->installed;
	enum judgement judgement = judge_bytes(scan, number);
	if (judgement == UNJUDGED_OWN || judgement == UNJUDGED_LINK)
		return judgement;
	if (!installed)
		return UNJUDGED_UNCOMPARED;
	if (installed->states[number] == INSTALLED_COMPARED)
		return JUDGED;
	if (installed->states[number] == INSTALLED_ABSENT)
		return UNJUDGED_NOT_INSTALLED;
	return judgement == JUDGED ? UNJUDGED_UNPROVEN : judgement;
}

/* Left out of the installation although nothing says that it may be: told once, the first few by name. */
static bool add_absent(struct scan *scan, const struct rule *rule)
{
	CLEANUP(buf_fini) struct buf names = BUF_INIT(1 << 20);
	size_t count = 0;
	for (uint32_t i = 0; i < scan->tree->package_count; i++) {
		const struct package *package = &scan->tree->packages[i];
		if (scan->installed->states[i] != INSTALLED_ABSENT || judge_bytes(scan, i) == UNJUDGED_OWN || package->kind == PACKAGE_LINK ||
		    package->optional || package->peer || package->platform || package->bundled || package->scope != SCOPE_PROD)
			continue;
		if (count++ < INSTALLED_NAMES)
			buf_printf(&names, "%s%.*s@%.*s", count > 1 ? ", " : "", STR_ARG(package->name), STR_ARG(package->version));
	}
	if (!count)
		return true;
	struct finding *finding = check_add(scan, rule, TREE_NONE);
	if (!finding || names.failed)
		return false;
	finding->id = finding->stable_id = STR("installed-mismatch/absent");
	finding->severity = SEVERITY_LOW;
	finding->message = count > INSTALLED_NAMES ?
				   arena_printf(scan->arena, "%zu packages of the lockfile are not installed: %.*s and %zu more", count,
						STR_ARG(buf_str(&names)), count - INSTALLED_NAMES) :
				   arena_printf(scan->arena, "not installed, though the lockfile has it: %.*s", STR_ARG(buf_str(&names)));
	return finding->message.p;
}

enum status run_installed_mismatch(struct scan *scan, const struct rule *rule, struct error *err)
{
	const struct installed_result *installed = scan->installed;
	if (!installed)
		return STATUS_OK;
	enum status status = walk_packages(scan, rule, judge_installed, err);
	if (status)
		return status;
	if (installed->problem) {
		struct finding *gap = check_add(scan, check_rule_by_id(STR("not-compared")), TREE_NONE);
		if (!gap)
			return error_memory(err);
		gap->message = str_of(installed->problem);
		return STATUS_OK;
	}
	for (size_t i = 0; i < installed->difference_count; i++)
		if (!add_difference(scan, rule, &installed->differences[i]))
			return error_memory(err);
	return add_absent(scan, rule) ? STATUS_OK : error_memory(err);
}
