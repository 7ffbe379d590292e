/* An answer as it gathers: from many threads, in any order; in the end in one order. */
#include <pthread.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "fleet/who_private.h"

struct who_gathering {
	struct arena *arena; /* the caller's; under `lock` */
	pthread_mutex_t lock;
	VEC(struct who_entry) parts[WHO_PARTS];
	VEC(struct who_entry) sinces;
	VEC(struct who_gap) gaps;
	struct who_inventory inventory;
	bool near_cut;      /* there were more near misses than are kept */
	enum status status; /* the first failure */
};

struct who_gathering *who_gathering_new(struct arena *arena)
{
	struct who_gathering *gathering = calloc(1, sizeof *gathering);
	if (!gathering)
		return NULL;
	gathering->arena = arena;
	gathering->inventory.oldest = DATE_NONE;
	pthread_mutex_init(&gathering->lock, NULL);
	return gathering;
}

void who_gathering_free(struct who_gathering *gathering)
{
	if (!gathering)
		return;
	pthread_mutex_destroy(&gathering->lock);
	free(gathering);
}

void who_gathering_cleanup(struct who_gathering **gathering)
{
	who_gathering_free(*gathering);
}

/* ---- adding -------------------------------------------------------------------- */

static void keep(struct who_gathering *gathering, struct str *text)
{
	if (!text->p)
		return;
	*text = arena_copy(gathering->arena, *text);
	if (!text->p)
		gathering->status = STATUS_MEMORY;
}

static void keep_entry(struct who_gathering *gathering, struct who_entry *entry)
{
	struct str *const texts[] = { &entry->project,    &entry->lockfile, &entry->package, &entry->version,      &entry->spec,
				      &entry->scope,      &entry->chain,    &entry->commit,  &entry->until_commit, &entry->owner,
				      &entry->owner_from, &entry->note,     &entry->asked };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		keep(gathering, texts[i]);
}

/* Near misses past the limit are a gap; finds past it are a failure, for nobody must be left out of these. */
void who_add(struct who_gathering *gathering, enum who_part part, const struct who_entry *entry)
{
	pthread_mutex_lock(&gathering->lock);
	bool full = gathering->parts[part].n >= LIMIT_WHO_ENTRIES;
	struct who_entry *added = full ? NULL : vec_add(gathering->arena, &gathering->parts[part]);
	if (added) {
		*added = *entry;
		keep_entry(gathering, added);
	} else if (full && part == WHO_NEAR_MISS) {
		gathering->near_cut = true;
	} else if (!gathering->status) {
		gathering->status = full ? STATUS_LIMIT : STATUS_MEMORY;
	}
	pthread_mutex_unlock(&gathering->lock);
}

void who_add_since(struct who_gathering *gathering, const struct who_entry *entry)
{
	pthread_mutex_lock(&gathering->lock);
	bool full = gathering->sinces.n >= LIMIT_WHO_ENTRIES;
	struct who_entry *added = full ? NULL : vec_add(gathering->arena, &gathering->sinces);
	if (added) {
		*added = *entry;
		keep_entry(gathering, added);
	} else if (!gathering->status) {
		gathering->status = full ? STATUS_LIMIT : STATUS_MEMORY;
	}
	pthread_mutex_unlock(&gathering->lock);
}

void who_add_gap(struct who_gathering *gathering, const struct who_gap *gap)
{
	pthread_mutex_lock(&gathering->lock);
	bool full = gathering->gaps.n >= LIMIT_WHO_ENTRIES;
	struct who_gap *added = full ? NULL : vec_add(gathering->arena, &gathering->gaps);
	if (added) {
		*added = *gap;
		keep(gathering, &added->project);
		keep(gathering, &added->path);
		keep(gathering, &added->why);
		keep(gathering, &added->remedy);
	} else if (!gathering->status) {
		gathering->status = full ? STATUS_LIMIT : STATUS_MEMORY;
	}
	pthread_mutex_unlock(&gathering->lock);
}

void who_count(struct who_gathering *gathering, const struct who_inventory *more)
{
	static const size_t numbers[] = {
		offsetof(struct who_inventory, projects),
		offsetof(struct who_inventory, unreadable),
		offsetof(struct who_inventory, without_lockfile),
		offsetof(struct who_inventory, fresh),
		offsetof(struct who_inventory, stale),
		offsetof(struct who_inventory, histories),
		offsetof(struct who_inventory, commits),
		offsetof(struct who_inventory, packages),
		offsetof(struct who_inventory, npm_tarballs),
		offsetof(struct who_inventory, pnpm_packages),
		offsetof(struct who_inventory, yarn_packages),
		offsetof(struct who_inventory, bun_packages),
		offsetof(struct who_inventory, modules_folders),
		offsetof(struct who_inventory, modules_packages),
		offsetof(struct who_inventory, files_hashed),
	};
	struct who_inventory *sum = &gathering->inventory;
	pthread_mutex_lock(&gathering->lock);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		*(size_t *)(void *)((char *)sum + numbers[i]) += *(const size_t *)(const void *)((const char *)more + numbers[i]);
	if (more->oldest != DATE_NONE && more->stale && (sum->oldest == DATE_NONE || more->oldest < sum->oldest))
		sum->oldest = more->oldest;
	sum->npm_cache |= more->npm_cache;
	sum->pnpm_store |= more->pnpm_store;
	sum->yarn_cache |= more->yarn_cache;
	sum->bun_cache |= more->bun_cache;
	sum->machine |= more->machine;
	sum->store |= more->store;
	pthread_mutex_unlock(&gathering->lock);
}

void who_out_of_memory(struct who_gathering *gathering)
{
	pthread_mutex_lock(&gathering->lock);
	gathering->status = STATUS_MEMORY;
	pthread_mutex_unlock(&gathering->lock);
}

/* ---- the end ---------------------------------------------------------------------- */

static int compare_dates(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_entries(const void *left, const void *right)
{
	const struct who_entry *a = left, *b = right;
	int order = str_compare(a->project, b->project);
	order = order ? order : str_compare(a->package, b->package);
	order = order ? order : str_compare(a->version, b->version);
	order = order ? order : strcmp(a->place, b->place);
	order = order ? order : str_compare(a->lockfile, b->lockfile);
	order = order ? order : (a->line > b->line) - (a->line < b->line);
	order = order ? order : compare_dates(a->since, b->since);
	order = order ? order : compare_dates(a->until, b->until);
	order = order ? order : str_compare(a->chain, b->chain);
	order = order ? order : str_compare(a->spec, b->spec);
	order = order ? order : str_compare(a->commit, b->commit);
	order = order ? order : str_compare(a->until_commit, b->until_commit);
	order = order ? order : str_compare(a->note, b->note);
	return order ? order : str_compare(a->asked, b->asked);
}

static int compare_gaps(const void *left, const void *right)
{
	const struct who_gap *a = left, *b = right;
	int order = str_compare(a->project, b->project);
	order = order ? order : str_compare(a->path, b->path);
	order = order ? order : strcmp(a->kind, b->kind);
	return order ? order : str_compare(a->why, b->why);
}

/* Sorts and leaves one of those that are equal; how many stay. */
static size_t put_in_order(void *v, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	char *bytes = v;
	size_t kept = n != 0;
	if (n)
		qsort(v, n, size, compare);
	for (size_t i = 1; i < n; i++) {
		if (compare(bytes + (kept - 1) * size, bytes + i * size) == 0)
			continue;
		if (kept != i)
			memcpy(bytes + kept * size, bytes + i * size, size);
		kept++;
	}
	return kept;
}

/* Git tells to the commit what a store saw between two looks: all that was seen lies within one stretch of the history of that lockfile. */
static bool is_told_by(const struct who_entry *seen, const struct who_entry *history)
{
	return history->until_commit.n && str_equal(seen->lockfile, history->lockfile) && history->since <= seen->since && seen->seen <= history->until;
}

static bool is_same_release(const struct who_entry *a, const struct who_entry *b)
{
	return str_equal(a->project, b->project) && str_equal(a->package, b->package) && str_equal(a->version, b->version);
}

/* What one release of a project comes with stands together. How many stay. */
static size_t leave_out_told(struct who_entry *list, size_t n)
{
	size_t kept = 0, first = 0;
	for (size_t i = 0; i < n; i++) {
		bool told = false;
		if (kept == first || !is_same_release(&list[first], &list[i]))
			first = kept;
		for (size_t k = first; k < kept && list[i].seen && !told; k++)
			told = is_told_by(&list[i], &list[k]);
		if (!told)
			list[kept++] = list[i];
	}
	return kept;
}

/* By lockfile, of which two projects of one name have two. */
static bool count_projects(struct who_part_list *part)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct map *seen = scratch ? map_new(scratch, part->n) : NULL;
	size_t there;
	for (size_t i = 0; seen && i < part->n; i++) {
		struct str key = arena_printf(scratch, "%.*s\n%.*s", STR_ARG(part->v[i].project), STR_ARG(part->v[i].lockfile));
		if (!key.p || !map_add(seen, key, i, &there))
			return false;
	}
	part->projects = seen ? map_count(seen) : 0;
	return seen;
}

enum status who_gathering_finish(struct who_gathering *gathering, struct who_answer **out, struct error *err)
{
	struct who_answer *answer = arena_alloc(gathering->arena, sizeof *answer);
	if (gathering->near_cut)
		who_add_gap(gathering, &(struct who_gap){ .kind = "near-misses",
							  .why = STR("there are more near misses than are listed: which ones is chance"),
							  .remedy = STR("ask for fewer packages at once") });
	if (gathering->status == STATUS_LIMIT)
		return error_set(err, STATUS_LIMIT, "more than %d finds: ask for fewer packages at once", LIMIT_WHO_ENTRIES);
	if (!answer || gathering->status)
		return error_memory(err);
	answer->inventory = gathering->inventory;
	for (int part = 0; part < WHO_PARTS; part++) {
		struct who_part_list *list = &answer->parts[part];
		list->v = gathering->parts[part].v;
		list->n = put_in_order(list->v, gathering->parts[part].n, sizeof *list->v, compare_entries);
		if (part == WHO_HAD)
			list->n = leave_out_told(list->v, list->n);
	}
	if (!who_join_stretches(&answer->parts[WHO_NOW], &answer->parts[WHO_HAD]) ||
	    !who_set_sinces(&answer->parts[WHO_NOW], gathering->sinces.v, gathering->sinces.n))
		return error_memory(err);
	for (int part = 0; part < WHO_PARTS; part++) {
		struct who_part_list *list = &answer->parts[part];
		if (!count_projects(list))
			return error_memory(err);
		for (size_t i = 0; i < list->n && part == WHO_NOW; i++)
			answer->ran |= list->v[i].ran;
	}
	answer->gaps = gathering->gaps.v;
	answer->gap_count = put_in_order(answer->gaps, gathering->gaps.n, sizeof *answer->gaps, compare_gaps);
	*out = answer;
	return STATUS_OK;
}

enum who_verdict who_verdict(const struct who_answer *answer)
{
	if (answer->parts[WHO_NOW].n || answer->parts[WHO_HAD].n)
		return WHO_FOUND;
	return answer->gap_count || answer->inventory.stale || answer->parts[WHO_COULD].n ? WHO_UNKNOWN : WHO_NOWHERE;
}
