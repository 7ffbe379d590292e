/* Since when it is there: what a store knows in pieces, one stretch of time. */
#include "fleet/who_private.h"

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

bool who_join_stretches(struct who_part_list *now, struct who_part_list *had)
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

bool who_set_sinces(struct who_part_list *now, const struct who_entry *sinces, size_t n)
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
