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

/* ---- what went on elsewhere */

/* What ended in one lockfile as it began in another one of its project has been there all the time: an SBOM in place of a report, another package manager.
 * As a store saw it: git's history is one lockfile's. */
struct endings {
	struct arena *scratch;
	struct who_part_list *had;
	struct map *map;  /* "project\npackage\nversion\ntime" of an end, to the first place in `had` */
	size_t *next;     /* to others of the same end, counted from 1; 0: there are none */
	struct map *told; /* "project\npackage\nversion\n0" of what was told, likewise */
	bool *goes_on;    /* of each of `had` */
	bool out_of_memory;
};

static struct str moment_key(struct endings *endings, const struct who_entry *entry, int64_t when)
{
	struct str key = arena_printf(endings->scratch, "%.*s\n%.*s\n%.*s\n%lld", STR_ARG(entry->project), STR_ARG(entry->package),
				      STR_ARG(entry->version), (long long)when);
	endings->out_of_memory |= !key.p;
	return key;
}

static bool find_endings(struct endings *endings)
{
	struct who_part_list *had = endings->had;
	endings->map = map_new(endings->scratch, had->n);
	endings->goes_on = arena_array(endings->scratch, had->n, sizeof *endings->goes_on);
	endings->next = arena_array(endings->scratch, had->n, sizeof *endings->next);
	bool fine = endings->map && endings->goes_on && endings->next;
	for (size_t i = 0; i < had->n && fine; i++) {
		size_t other = SIZE_MAX;
		endings->goes_on[i] = false;
		endings->next[i] = 0;
		if (!had->v[i].seen || had->v[i].until_commit.n)
			continue;
		struct str key = moment_key(endings, &had->v[i], had->v[i].until);
		endings->next[i] = key.p && map_find(endings->map, key, &other) ? other + 1 : 0;
		fine = key.p && map_set(endings->map, key, i);
	}
	return fine;
}

/* All that ended as this one began go on in it, from the first of their beginnings on. */
static void go_back(struct endings *endings, struct who_entry *entry)
{
	size_t place;
	while (entry->since != DATE_NONE && !entry->until_commit.n) {
		const struct who_entry *first = entry;
		struct str key = moment_key(endings, entry, entry->since);
		if (!key.p || !map_find(endings->map, key, &place))
			return;
		for (size_t at = place + 1; at; at = endings->next[at - 1]) {
			const struct who_entry *had = &endings->had->v[at - 1];
			if (had == entry || had->since >= entry->since)
				continue;
			endings->goes_on[at - 1] = true;
			first = had->since < first->since ? had : first;
		}
		if (first == entry)
			return;
		entry->since = endings->had->v[place].since = first->since;
		entry->commit = endings->had->v[place].commit = first->commit;
		endings->next[place] = 0; /* it stands for them all: none is walked twice */
	}
}

/* ---- what was told in other pieces */

static bool find_told(struct endings *endings)
{
	size_t other;
	endings->told = map_new(endings->scratch, 0);
	for (size_t i = 0; i < endings->had->n && endings->told; i++) {
		const struct who_entry *had = &endings->had->v[i];
		if (!had->told)
			continue;
		struct str key = moment_key(endings, had, 0);
		endings->next[i] = key.p && map_find(endings->told, key, &other) ? other + 1 : 0;
		if (!key.p || !map_set(endings->told, key, i))
			return false;
	}
	return endings->told;
}

/* What it had until then or later, in whatever piece, it has since. */
static void take_in(struct endings *endings, struct who_entry *now)
{
	struct str key = moment_key(endings, now, 0);
	size_t place;
	bool more = key.p && now->told && now->since != DATE_NONE && map_find(endings->told, key, &place);
	while (more) {
		more = false;
		for (size_t at = place + 1; at; at = endings->next[at - 1]) {
			const struct who_entry *had = &endings->had->v[at - 1];
			if (endings->goes_on[at - 1] || had->until < now->since)
				continue;
			endings->goes_on[at - 1] = more = true;
			if (had->since < now->since) {
				now->since = had->since;
				now->commit = had->commit;
			}
		}
	}
}

/* False: out of memory. */
static bool join_stretches(struct who_part_list *now, struct who_part_list *had)
{
	CLEANUP(arena_cleanup) struct arena *scratch = had->n ? arena_new(0) : NULL;
	struct endings endings = { .scratch = scratch, .had = had };
	size_t kept = 0;
	if (!had->n)
		return true;
	if (!scratch || !find_endings(&endings))
		return false;
	for (size_t i = 0; i < now->n; i++)
		go_back(&endings, &now->v[i]);
	for (size_t i = had->n; i-- > 0;)
		if (!endings.goes_on[i])
			go_back(&endings, &had->v[i]);
	if (!find_told(&endings))
		return false;
	for (size_t i = 0; i < now->n; i++)
		take_in(&endings, &now->v[i]);
	for (size_t i = 0; i < had->n; i++)
		if (!endings.goes_on[i])
			had->v[kept++] = had->v[i];
	had->n = kept;
	return !endings.out_of_memory;
}

static struct str place_key(struct arena *arena, const struct who_entry *entry)
{
	return arena_printf(arena, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(entry->project), STR_ARG(entry->lockfile), STR_ARG(entry->package),
			    STR_ARG(entry->version));
}

/* False: out of memory. */
static bool set_sinces(struct who_part_list *now, const struct who_entry *sinces, size_t n)
{
	CLEANUP(arena_cleanup) struct arena *scratch = n ? arena_new(0) : NULL;
	struct map *map = scratch ? map_new(scratch, n) : NULL;
	size_t place;
	for (size_t i = 0; i < n; i++) {
		struct str key = map ? place_key(scratch, &sinces[i]) : STR_NONE;
		if (!key.p || !map_set(map, key, i))
			return false;
	}
	for (size_t i = 0; i < now->n && n; i++) {
		struct str key = place_key(scratch, &now->v[i]);
		if (!key.p)
			return false;
		if (!map_find(map, key, &place) || sinces[place].since >= now->v[i].since)
			continue;
		now->v[i].since = sinces[place].since;
		now->v[i].since_open = sinces[place].since_open;
		now->v[i].commit = sinces[place].commit;
	}
	return true;
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
	if (!join_stretches(&answer->parts[WHO_NOW], &answer->parts[WHO_HAD]) ||
	    !set_sinces(&answer->parts[WHO_NOW], gathering->sinces.v, gathering->sinces.n))
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
