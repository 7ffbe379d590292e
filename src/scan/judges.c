/*
 * What a change does to what judges it: policies, the files that these name, the settings that they honour, .npmrc. It is judged by what the base
 * has; but what comes after it will be judged by what it leaves, and so it is told.
 */
#include <fcntl.h>

#include "assay/limits.h"
#include "scan/private.h"

/* ---- findings ------------------------------------------------------------------------ */

/* `subject` is what the finding is known by; `what` may say more. */
static enum status add_changed(struct scan *scan, const char *does, struct str subject, struct str what, uint32_t line, struct error *err)
{
	struct finding *finding = check_add(scan, check_rule_by_id(STR("policy-changed")), TREE_NONE);
	if (!finding || !subject.p || !what.p)
		return error_memory(err);
	finding->stable_id = arena_printf(scan->arena, "policy-changed %.*s", STR_ARG(subject));
	finding->message = arena_printf(scan->arena, "the change %s %.*s; it is judged by what the base has", does, STR_ARG(what));
	finding->status = FINDING_INTRODUCED;
	finding->line = line;
	return finding->stable_id.p && finding->message.p ? STATUS_OK : error_memory(err);
}

/* "adds", "alters", "removes"; NULL: nothing. */
static const char *what_happened(const struct scan_base *base, const char *path, struct arena *arena, struct error *err, enum status *status)
{
	const char *before = path_join(arena, base->scratch.folder, path), *now = path_join(arena, base->top, path);
	struct str old = STR_NONE, new = STR_NONE;
	if (!before || !now) {
		*status = error_memory(err);
		return NULL;
	}
	bool was = file_read(before, LIMIT_ADVISORY_BYTES, arena, &old, NULL) == STATUS_OK;
	bool is = file_read(now, LIMIT_ADVISORY_BYTES, arena, &new, NULL) == STATUS_OK;
	if ((was && is && str_equal(old, new)) || (!was && !is))
		return NULL;
	return !was ? "adds" : !is ? "removes" : "alters";
}

static enum status compare_file(const struct scan_base *base, const char *path, struct scan *scan, struct error *err)
{
	enum status status = STATUS_OK;
	const char *does = what_happened(base, path, scan->arena, err, &status);
	return does ? add_changed(scan, does, str_of(path), str_of(path), 0, err) : status;
}

/* ---- folders that a policy names -------------------------------------------------------- */

struct records {
	struct arena *arena;
	struct map *known;
	VEC(const char *) paths; /* from the repository's top */
	size_t folders;
};

static bool is_record(const char *name)
{
	return str_ends_with(str_of(name), STR(".json"));
}

/* Of one side: what is deeper than folders are walked, or cannot be listed, is compared with nothing. */
static bool collect(struct records *records, int fd, const char *folder, unsigned depth)
{
	struct folder_entries entries = { 0 };
	if (depth > LIMIT_FOLDER_DEPTH || ++records->folders > LIMIT_FOLDERS)
		return true;
	if (folder_read(fd, is_record, records->arena, &entries, NULL))
		return true;
	for (size_t i = 0; i < entries.list.n; i++) {
		const struct folder_entry *entry = &entries.list.v[i];
		const char *path = path_join(records->arena, folder, entry->name);
		size_t number;
		if (!path)
			return false;
		if (entry->kind == ENTRY_FOLDER) {
			CLEANUP(file_close) int below = folder_open_at(fd, entry->name);
			if (below >= 0 && !collect(records, below, path, depth + 1))
				return false;
		}
		if (entry->kind != ENTRY_FILE)
			continue;
		if (!map_add(records->known, str_of(path), records->paths.n, &number))
			return false;
		const char **slot = number < records->paths.n ? NULL : vec_add(records->arena, &records->paths);
		if (slot)
			*slot = path;
		else if (number == records->paths.n)
			return false;
	}
	return true;
}

static bool collect_side(struct records *records, const char *top, const char *folder)
{
	const char *path = path_join(records->arena, top, folder);
	CLEANUP(file_close) int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	return path && (fd < 0 || collect(records, fd, folder, 0));
}

/* One finding, however many files: the first by name, and how many more. */
static enum status compare_folder(const struct scan_base *base, const char *folder, struct scan *scan, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *lists = arena_new(0), *texts = arena_new(0);
	struct records records = { .arena = lists, .known = lists ? map_new(lists, 0) : NULL };
	const char *first = NULL, *does = NULL;
	size_t more = 0;
	enum status status = STATUS_OK;
	if (!texts || !records.known || !collect_side(&records, base->scratch.folder, folder) || !collect_side(&records, base->top, folder))
		return error_memory(err);
	for (size_t i = 0; i < records.paths.n && !status; i++) {
		arena_reset(texts);
		const char *happened = what_happened(base, records.paths.v[i], texts, err, &status);
		more += happened && first;
		if (happened && (!first || strcmp(records.paths.v[i], first) < 0)) {
			first = records.paths.v[i];
			does = happened;
		}
	}
	if (status || !first)
		return status;
	struct str what = more ? arena_printf(scan->arena, "%s and %zu more of %s", first, more, folder) : arena_copy(scan->arena, str_of(first));
	return add_changed(scan, does, str_of(folder), what, 0, err);
}

/* ---- all of them --------------------------------------------------------------------------- */

static enum status compare_named(const struct scan_base *base, struct scan *scan, struct error *err)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < base->judges.n && !status; i++) {
		struct str path = arena_copy(scan->arena, base->judges.v[i]);
		const char *before = path.p ? path_join(scan->arena, base->scratch.folder, path.p) : NULL;
		const char *now = path.p ? path_join(scan->arena, base->top, path.p) : NULL;
		if (!before || !now)
			return error_memory(err);
		status = folder_exists(before) || folder_exists(now) ? compare_folder(base, path.p, scan, err) : compare_file(base, path.p, scan, err);
	}
	return status;
}

/* In the folder and those above it, where they are looked for. */
static enum status compare_around(const struct scan_base *base, const char *folder, struct scan *scan, struct error *err)
{
	static const char *const names[] = { "assay.policy.json", ".npmrc" };
	const char *inside = base_path(base, folder);
	struct str at = inside ? str_of(inside) : STR("");
	enum status status = STATUS_OK;
	for (bool more = inside != NULL; more && !status;) {
		for (size_t i = 0; i < sizeof names / sizeof *names && !status; i++) {
			struct str path = at.n ? arena_printf(scan->arena, "%.*s/%s", STR_ARG(at), names[i]) : str_of(names[i]);
			size_t number;
			if (path.p && map_find(base->judge_numbers, path, &number))
				continue; /* as one of those that are named */
			status = path.p ? compare_file(base, path.p, scan, err) : error_memory(err);
		}
		more = at.n > 0;
		at = path_parent(at);
	}
	return status;
}

static enum status compare_honoured(const struct policy *policy, const char *before, const char *now, struct scan *scan, struct error *err)
{
	struct policy_honoured_change changes[POLICY_HONOURED];
	size_t count = 0;
	enum status status = policy_compare_honoured(policy, before, now, scan->arena, changes, &count, err);
	for (size_t i = 0; i < count && !status; i++) {
		const char *key = changes[i].key;
		struct str what = arena_printf(scan->arena, "%s%s%s", key ? key : "", key ? " in " : "", changes[i].file);
		status = add_changed(scan, changes[i].does, what, what, changes[i].line, err);
	}
	return status;
}

enum status base_add_changes(const struct scan_base *base, const struct policy *policy, const char *folder, const char *judged_by, struct scan *scan,
			     struct error *err)
{
	enum status status = compare_around(base, folder, scan, err);
	if (!status)
		status = compare_named(base, scan, err);
	return status ? status : compare_honoured(policy, judged_by, folder, scan, err);
}
