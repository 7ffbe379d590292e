/*
 * What a change does to a lockfile: which packages are new, and which releases - the same name and version, which registries never give other bytes -
 * are pinned otherwise than before.
 */
#include "assay/digest.h"
#include "check/check_private.h"

/* The packages of a tree by "name@version", chained: next[i] is another instance of the same release. */
struct releases {
	const struct tree *tree;
	struct map *first, *names;
	uint32_t *next;
};

static bool is_compared(const struct package *package)
{
	return !package_is_own(package) && package->name.n;
}

static struct str release_key(struct arena *arena, const struct package *package)
{
	return arena_printf(arena, "%.*s@%.*s", STR_ARG(package->name), STR_ARG(package->version));
}

static enum status index_releases(const struct tree *tree, struct arena *arena, struct releases *out, struct error *err)
{
	*out = (struct releases){ tree, map_new(arena, tree->package_count), map_new(arena, tree->package_count),
				  arena_array(arena, tree->package_count + (size_t)1, sizeof *out->next) };
	if (!out->first || !out->names || !out->next)
		return error_memory(err);
	for (uint32_t i = tree->package_count; i-- > 0;) {
		const struct package *package = &tree->packages[i];
		size_t there = TREE_NONE;
		if (!is_compared(package))
			continue;
		struct str key = release_key(arena, package);
		if (!key.p)
			return error_memory(err);
		map_find(out->first, key, &there);
		out->next[i] = (uint32_t)there;
		if (!map_set(out->first, key, i) || !map_set(out->names, package->name, i))
			return error_memory(err);
	}
	return STATUS_OK;
}

static uint32_t first_of(const struct releases *releases, struct str key)
{
	size_t number;
	return map_find(releases->first, key, &number) ? (uint32_t)number : TREE_NONE;
}

/* ---- the host and the digest ------------------------------------------------------------ */

/* "https://host" of a URL; empty for what is none: the registry is the configured one then. */
static struct str origin_of(struct str url)
{
	size_t at = str_find_str(url, STR("://"));
	if (at == url.n)
		return STR("");
	struct str rest = str_from(url, at + 3);
	return str_head(url, at + 3 + str_find(rest, '/'));
}

static bool same_pin(const struct package *a, const struct package *b)
{
	return str_equal(a->integrity, b->integrity) && str_equal(a->checksum, b->checksum) &&
	       str_equal(origin_of(a->resolved), origin_of(b->resolved)) && a->install_script == b->install_script;
}

static bool shares_digest(const struct integrity *a, const struct integrity *b, bool *comparable)
{
	*comparable = false;
	for (size_t i = 0; i < a->count; i++) {
		for (size_t k = 0; k < b->count; k++) {
			if (a->digests[i].algorithm != b->digests[k].algorithm)
				continue;
			*comparable = true;
			if (digest_equal(&a->digests[i], &b->digests[k]))
				return true;
		}
	}
	return false;
}

enum tampering { TAMPER_NONE, TAMPER_DIGEST, TAMPER_LOST, TAMPER_WEAKENED, TAMPER_HOST, TAMPER_SCRIPT };

static enum tampering compare_integrity(const struct package *before, const struct package *now, struct arena *arena)
{
	struct integrity old = { 0 }, new = { 0 };
	enum digest_algorithm strong, stronger;
	bool comparable;
	if (!before->integrity.n || str_equal(before->integrity, now->integrity) || integrity_parse(before->integrity, arena, &old, NULL) ||
	    !integrity_strongest(&old, &strong))
		return TAMPER_NONE;
	if (!now->integrity.n || integrity_parse(now->integrity, arena, &new, NULL) || !integrity_strongest(&new, &stronger))
		return TAMPER_LOST;
	/* A text that no digest has matches nothing, and hides that there was one. */
	if (!shares_digest(&old, &new, &comparable) && (comparable || new.hopeless))
		return TAMPER_DIGEST;
	return stronger < strong ? TAMPER_WEAKENED : TAMPER_NONE;
}

/* What one instance has that the one before had not. Two formats do not tell the same: what one of them never says is no loss. */
static enum tampering compare_instances(const struct tree *then, const struct package *before, const struct tree *tree, const struct package *now,
					struct arena *arena)
{
	bool same_format = strcmp(then->format, tree->format) == 0;
	enum tampering found = compare_integrity(before, now, arena);
	if (found == TAMPER_LOST && !same_format)
		found = TAMPER_NONE;
	if (found)
		return found;
	if (before->checksum.n && now->checksum.n && !str_equal(before->checksum, now->checksum) && same_format &&
	    str_equal(str_head(before->checksum, str_find(before->checksum, '/')), str_head(now->checksum, str_find(now->checksum, '/'))))
		return TAMPER_DIGEST;
	struct str from = origin_of(before->resolved), to = origin_of(now->resolved);
	if (from.n && to.n && !str_equal(from, to))
		return TAMPER_HOST;
	if (now->install_script && !before->install_script && same_format && tells(then, "install_script"))
		return TAMPER_SCRIPT;
	return TAMPER_NONE;
}

/* ---- which packages are new ----------------------------------------------------------------- */

static enum package_change change_of(const struct releases *before, const struct package *package, struct str key)
{
	size_t any;
	for (uint32_t i = first_of(before, key); i != TREE_NONE; i = before->next[i])
		if (same_pin(&before->tree->packages[i], package))
			return CHANGE_CARRIED;
	return map_find(before->names, package->name, &any) ? CHANGE_CHANGED : CHANGE_ADDED;
}

static void count_change(struct tree_changes *out, enum package_change change)
{
	out->added += change == CHANGE_ADDED;
	out->changed += change == CHANGE_CHANGED;
	out->carried += change == CHANGE_CARRIED;
}

enum status check_compare_trees(const struct tree *before, const struct tree *now, struct arena *arena, struct tree_changes *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct tree_changes changes = { .by_package = arena_array(arena, now->package_count + (size_t)1, sizeof *changes.by_package) };
	struct releases old, new;
	if (!scratch || !changes.by_package)
		return error_memory(err);
	enum status status = index_releases(before, scratch, &old, err);
	if (status || (status = index_releases(now, scratch, &new, err)))
		return status;
	for (uint32_t i = 0; i < now->package_count; i++) {
		const struct package *package = &now->packages[i];
		changes.by_package[i] = CHANGE_CARRIED;
		if (!is_compared(package))
			continue;
		struct str key = release_key(scratch, package);
		if (!key.p)
			return error_memory(err);
		changes.by_package[i] = change_of(&old, package, key);
		if (first_of(&new, key) == i)
			count_change(&changes, changes.by_package[i]);
	}
	for (uint32_t i = 0; i < before->package_count; i++) {
		const struct package *package = &before->packages[i];
		if (!is_compared(package))
			continue;
		struct str key = release_key(scratch, package);
		if (!key.p)
			return error_memory(err);
		changes.removed += first_of(&old, key) == i && first_of(&new, key) == TREE_NONE;
	}
	*out = changes;
	return STATUS_OK;
}

/* ---- lockfile-tamper -------------------------------------------------------------------------- */

static const struct {
	const char *id, *message;
} tamperings[] = {
	[TAMPER_DIGEST] = { "lockfile-tamper/digest", "is pinned to other bytes" },
	[TAMPER_LOST] = { "lockfile-tamper/lost", "is no longer pinned" },
	[TAMPER_WEAKENED] = { "lockfile-tamper/weakened", "has a weaker digest" },
	[TAMPER_HOST] = { "lockfile-tamper/host", "comes from another host" },
	[TAMPER_SCRIPT] = { "lockfile-tamper/install-script", "now runs a script when it is installed" },
};

static struct str tamper_message(struct arena *arena, enum tampering kind, const struct package *before, const struct package *now)
{
	struct str then = before->integrity.n ? before->integrity : before->checksum;
	struct str today = now->integrity.n ? now->integrity : now->checksum;
	if (kind == TAMPER_SCRIPT)
		return arena_printf(arena, "the same version as before %s", tamperings[kind].message);
	if (kind == TAMPER_HOST) {
		then = origin_of(before->resolved);
		today = origin_of(now->resolved);
	}
	return arena_printf(arena, "the same version as before %s: %.*s before, %.*s now", tamperings[kind].message, STR_ARG(then),
			    STR_ARG(today.n ? today : STR("nothing")));
}

/* Tampered where no instance of before is like it. */
static enum judgement judge_tampering(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct releases *old = walk->context;
	const struct package *package = &scan->tree->packages[number];
	enum judgement judgement = judge_kind(package);
	if (judgement != JUDGED)
		return judgement;
	enum tampering found = TAMPER_NONE;
	const struct package *model = NULL;
	struct str key = release_key(walk->scratch, package);
	for (uint32_t i = first_of(old, key); i != TREE_NONE; i = old->next[i]) {
		const struct package *before = &old->tree->packages[i];
		enum tampering kind = compare_instances(old->tree, before, scan->tree, package, walk->scratch);
		if (kind == TAMPER_NONE)
			return JUDGED;
		if (!model) {
			found = kind;
			model = before;
		}
	}
	if (model)
		walk_found(walk, number, (struct problem){ .id = tamperings[found].id, .message = tamper_message(scan->arena, found, model, package) });
	return JUDGED;
}

enum status run_lockfile_tamper(struct scan *scan, const struct rule *rule, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct releases old;
	if (!scan->before)
		return STATUS_OK;
	if (!scratch)
		return error_memory(err);
	enum status status = index_releases(scan->before, scratch, &old, err);
	return status ? status : walk_packages_with(scan, rule, judge_tampering, &old, err);
}
