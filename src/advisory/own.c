/*
 * The user's own records, read for one scan and kept nowhere: what a policy names. They are few, are read strictly (who wrote them can mend them),
 * and stand beside the database's under the source "policy".
 */
#include "advisory/private.h"
#include "assay/limits.h"

struct own_affected {
	struct affected affected;
	size_t next; /* of the same name, one more; 0: none */
};

struct advisory_own {
	struct arena *arena;
	struct map *first; /* a name to the first of its places in `all`, one more */
	VEC(struct own_affected) all;
	uint64_t records;
};

static enum status add_affected(struct advisory_own *own, struct str name, const struct affected *affected, const struct advisory *advisory, struct error *err)
{
	struct own_affected *added = vec_add(own->arena, &own->all);
	size_t before = 0;
	if (!added)
		return error_memory(err);
	map_find(own->first, name, &before);
	added->affected = *affected;
	added->affected.advisory = advisory;
	added->next = before;
	return map_set(own->first, name, own->all.n) ? STATUS_OK : error_memory(err);
}

static enum status add_record(void *context, const char *where, struct str text, const struct error *why, struct error *err)
{
	struct advisory_own *own = context;
	struct osv_record record;
	struct error broken;
	enum status status = why ? why->status : STATUS_OK;
	struct str copy = why ? STR_NONE : arena_copy(own->arena, text);
	if (!why && !copy.p)
		return error_memory(err);
	if (!why)
		status = osv_read(copy, own->arena, &record, &broken);
	if (status == STATUS_MEMORY)
		return error_memory(err);
	if (why || status)
		return error_set(err, STATUS_USAGE, "%s: %s", where, why ? why->text : broken.text);
	if (++own->records > LIMIT_OWN_RECORDS)
		return error_set(err, STATUS_USAGE, "%s: more than %d records of one's own; import them into the database", where, LIMIT_OWN_RECORDS);
	record.advisory.source = STR("policy");
	record.advisory.epss = -1;
	record.advisory.first_seen = DATE_NONE;
	struct advisory *advisory = advisory_copy(&record.advisory, own->arena);
	if (!advisory)
		return error_memory(err);
	for (size_t i = 0; i < record.count && !status; i++)
		status = add_affected(own, record.names[i], &record.affected[i], advisory, err);
	return status;
}

enum status advisory_own_read(const char *const *paths, size_t count, struct sandbox *sandbox, struct arena *arena, struct advisory_own **out,
			      struct error *err)
{
	struct advisory_own *own = arena_alloc(arena, sizeof *own);
	struct walk walk = { .record = add_record, .context = own, .sandbox = sandbox };
	if (!own || !(own->first = map_new(arena, 0)))
		return error_memory(err);
	own->arena = arena;
	for (size_t i = 0; i < count; i++) {
		enum status status = walk_input(paths[i], &walk, err);
		if (status == STATUS_MEMORY)
			return status;
		if (status && err)
			err->status = STATUS_USAGE;
		if (status)
			return STATUS_USAGE;
	}
	*out = own;
	return STATUS_OK;
}

enum status advisory_own_add(const struct advisory_own *own, struct str name, int64_t as_of, struct arena *arena, struct affected **known,
			     size_t *count, struct error *err)
{
	size_t at = 0, n = *count, room = n;
	if (!own || !map_find(own->first, name, &at))
		return STATUS_OK;
	for (size_t i = at; i; i = own->all.v[i - 1].next)
		room++;
	struct affected *all = arena_array(arena, room, sizeof *all);
	if (!all)
		return error_memory(err);
	if (n)
		memcpy(all, *known, n * sizeof *all);
	for (; at; at = own->all.v[at - 1].next)
		if (advisory_counts(own->all.v[at - 1].affected.advisory, as_of))
			all[n++] = own->all.v[at - 1].affected;
	*known = all;
	*count = n;
	return STATUS_OK;
}
