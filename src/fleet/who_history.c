/*
 * What the lockfiles of a folder had: each state of theirs along the main line is read once, and what comes and goes between two of them is noted.
 * All lockfiles that stood in the folder count, also those of another package manager that was left since.
 */
#include <stdlib.h>

#include "assay/limits.h"
#include "assay/repository.h"
#include "fleet/who_private.h"

enum { MAX_NAMES = 32 };

/* A package of one state. */
struct piece {
	struct str key; /* "name\nversion" */
	struct str package, version, scope, chain, asked;
};
struct pieces {
	struct piece *v;
	size_t n;
	bool unread;
};
/* What is there at the moment. */
struct open_piece {
	const struct piece *piece;
	struct since since;
	bool there; /* in the state that is looked at */
	bool gone;
};

struct look_back {
	const struct who_question *question;
	const struct who_entry *from;
	struct who_gathering *gathering;
	struct git_store *store;
	struct arena *arena;
	const char *branch; /* NULL: HEAD */
	const char *folder; /* from the top */
	bool kept;          /* what the lockfile has now is known elsewhere */
	const char *shown;  /* as the user sees it */
	const char *names[MAX_NAMES];
	size_t name_count, current; /* the lockfile that is looked at now; name_count: the package.json of which there is none */
	struct git_history history;
	struct map *blobs; /* to read */
	VEC(struct pieces) read;
	struct map *now; /* what the lockfile has */
	struct past *past;
	bool out_of_memory;
};

const struct since *past_find(const struct past *past, struct str name, struct str version)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(LIMIT_IOC_LINE_BYTES);
	size_t place;
	buf_printf(&key, "%.*s\n%.*s", STR_ARG(name), STR_ARG(version));
	return past->map && !key.failed && map_find(past->map, buf_str(&key), &place) ? &past->list.v[place] : NULL;
}

static void add_gap(struct look_back *look, const char *kind, const char *path, const char *why, const char *remedy)
{
	who_add_gap(look->gathering,
		    &(struct who_gap){ .kind = kind, .project = look->from->project, .path = str_of(path), .why = str_of(why), .remedy = str_of(remedy) });
}

/* ---- one state ----------------------------------------------------------------------- */

static bool copy_piece(struct look_back *look, const struct tree *tree, const struct tree_hit *hit, struct arena *scratch, struct piece *out)
{
	struct who_entry entry = tree_hit_entry(tree, hit, look->from, scratch);
	struct arena *arena = look->arena;
	*out = (struct piece){ .package = arena_copy(arena, entry.package),
			       .version = arena_copy(arena, entry.version),
			       .scope = arena_copy(arena, entry.scope),
			       .chain = arena_copy(arena, entry.chain),
			       .asked = hit->asked };
	out->key = arena_printf(arena, "%.*s\n%.*s", STR_ARG(entry.package), STR_ARG(entry.version));
	return out->package.p && out->version.p && out->scope.p && out->chain.p && out->key.p;
}

static bool keep_hits(struct look_back *look, const struct tree *tree, struct arena *scratch, struct pieces *out)
{
	struct tree_hits hits = { 0 };
	if (!tree_find_hits(look->question, tree, scratch, &hits))
		return false;
	out->v = arena_array(look->arena, hits.list.n + 1, sizeof *out->v);
	for (size_t i = 0; out->v && i < hits.list.n; i++)
		if (hits.list.v[i].match == WHO_HIT && !copy_piece(look, tree, &hits.list.v[i], scratch, &out->v[out->n++]))
			return false;
	return out->v != NULL;
}

static void tell_unread(struct look_back *look, const struct git_change *change, const struct error *err)
{
	const char *path = path_join(look->arena, look->shown, look->names[change->name]);
	const char *why = arena_printf(look->arena, "as it was from commit %.12s on: %s", change->commit, err->text).p;
	if (path && why)
		add_gap(look, "history", path, why, err->hint);
	look->out_of_memory |= !path || !why;
}

/* An SBOM may be called anything. */
static const struct lockfile_format *format_of(const char *name, struct str text)
{
	const struct lockfile_format *named = lockfile_format_by_file_name(name);
	return named ? named : lockfile_format_by_text(text);
}

static bool read_blob(struct look_back *look, const struct git_change *change, struct pieces *out)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	const struct lockfile_format *format = NULL;
	struct lockfile_source source = { .path = look->names[change->name] };
	struct tree *tree;
	struct error err;
	enum status status = scratch ? git_store_read(look->store, change->blob, LIMIT_LOCKFILE_BYTES, scratch, &source.text, &err) : STATUS_MEMORY;
	if (!status && !(format = format_of(look->names[change->name], source.text)))
		status = error_set(&err, STATUS_UNSUPPORTED, "%s is no lockfile of a kind that is known", source.path);
	if (!status)
		status = lockfile_read(format, &source, scratch, &tree, &err);
	if (!status)
		return keep_hits(look, tree, scratch, out);
	out->unread = true;
	if (scratch)
		tell_unread(look, change, &err);
	return scratch != NULL;
}

static const struct pieces *pieces_of(struct look_back *look, const struct git_change *change)
{
	static const struct pieces none;
	struct str key = arena_printf(look->arena, "%zu:%s", change->name, change->blob);
	size_t place;
	if (!change->blob[0])
		return &none;
	if (key.p && map_find(look->blobs, key, &place))
		return &look->read.v[place];
	struct pieces pieces = { 0 };
	bool fine = key.p && read_blob(look, change, &pieces);
	struct pieces *added = fine ? vec_add(look->arena, &look->read) : NULL;
	if (!added || !map_set(look->blobs, key, look->read.n - 1)) {
		look->out_of_memory = true;
		return NULL;
	}
	*added = pieces;
	return added;
}

/* ---- one lockfile ------------------------------------------------------------------------ */

struct line {
	VEC(struct open_piece) open;
	struct map *by_key;
	struct arena *arena;
};

/* As it would be called if it were there still. .lockfile.p NULL: out of memory. */
static struct who_entry entry_of(struct look_back *look, const char *name, const struct open_piece *open)
{
	struct who_entry entry = *look->from;
	const char *path = path_join(look->arena, look->shown, name);
	if (!path || strcmp(name, look->names[look->current]) != 0)
		entry.lockfile = str_of(path);
	entry.package = open->piece->package;
	entry.version = open->piece->version;
	entry.scope = open->piece->scope;
	entry.chain = open->piece->chain;
	entry.asked = open->piece->asked;
	entry.since = open->since.time;
	entry.since_open = open->since.open;
	entry.commit = open->since.commit;
	return entry;
}

static void close_piece(struct look_back *look, const char *name, const struct open_piece *open, const struct git_change *end)
{
	struct who_entry entry = entry_of(look, name, open);
	entry.place = "history";
	entry.until = end ? end->time : DATE_NONE;
	entry.until_commit = end ? str_of(end->commit) : STR_NONE;
	entry.note = end ? STR_NONE : STR("the last commit has it, the lockfile in this folder does not");
	who_add(look->gathering, WHO_HAD, &entry);
	look->out_of_memory |= !entry.lockfile.p;
}

/* What is there still is told elsewhere, and came when git says. */
static void tell_since(struct look_back *look, const struct line *line, size_t name)
{
	for (size_t i = 0; i < line->open.n; i++) {
		struct who_entry entry = entry_of(look, look->names[name], &line->open.v[i]);
		if (str_starts_with(entry.lockfile, STR("./")))
			entry.lockfile = str_from(entry.lockfile, 2);
		if (!line->open.v[i].gone)
			who_add_since(look->gathering, &entry);
		look->out_of_memory |= !entry.lockfile.p;
	}
}

static bool open_pieces(struct look_back *look, struct line *line, const struct pieces *pieces, const struct git_change *change, bool oldest)
{
	size_t place;
	for (size_t i = 0; i < pieces->n; i++) {
		bool known = map_find(line->by_key, pieces->v[i].key, &place) && place < line->open.n;
		if (known && !line->open.v[place].gone) {
			line->open.v[place].there = true;
			continue;
		}
		struct open_piece *added = known ? &line->open.v[place] : vec_add(line->arena, &line->open);
		if (!added || (!known && !map_set(line->by_key, pieces->v[i].key, line->open.n - 1)))
			return false;
		*added = (struct open_piece){ .piece = &pieces->v[i],
					      .there = true,
					      .since = { .time = change->time, .open = oldest && look->history.cut, .commit = str_of(change->commit) } };
	}
	return true;
}

static bool take_state(struct look_back *look, struct line *line, const struct git_change *change, bool oldest)
{
	const struct pieces *pieces = pieces_of(look, change);
	if (!pieces || pieces->unread)
		return pieces != NULL;
	struct pieces copy = *pieces; /* `read` may move, what it holds does not */
	for (size_t i = 0; i < line->open.n; i++)
		line->open.v[i].there = false;
	if (!open_pieces(look, line, &copy, change, oldest))
		return false;
	for (size_t i = 0; i < line->open.n; i++) {
		struct open_piece *open = &line->open.v[i];
		if (open->there || open->gone)
			continue;
		close_piece(look, look->names[change->name], open, change);
		open->gone = true;
	}
	return true;
}

/* What the last commit still has: the lockfile has it too, or lost it since. */
static bool end_line(struct look_back *look, const struct line *line, size_t name)
{
	size_t there;
	if (look->kept)
		tell_since(look, line, name);
	for (size_t i = 0; i < line->open.n && !look->kept; i++) {
		const struct open_piece *open = &line->open.v[i];
		if (open->gone)
			continue;
		bool now = name == look->current && map_find(look->now, open->piece->key, &there);
		if (!now && name == look->current)
			close_piece(look, look->names[name], open, NULL);
		if (!now)
			continue;
		struct since *since = vec_add(look->past->arena, &look->past->list);
		struct str key = arena_copy(look->past->arena, open->piece->key);
		if (!since || !key.p || !map_set(look->past->map, key, look->past->list.n - 1))
			return false;
		*since = open->since;
		since->commit = arena_copy(look->past->arena, since->commit);
	}
	return true;
}

static bool follow(struct look_back *look, size_t name)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct line line = { .arena = arena, .by_key = arena ? map_new(arena, 0) : NULL };
	bool oldest = true;
	if (!line.by_key)
		return false;
	for (size_t i = look->history.change_count; i-- > 0;) {
		const struct git_change *change = &look->history.changes[i];
		if (change->name != name)
			continue;
		if (!take_state(look, &line, change, oldest))
			return false;
		oldest = false;
	}
	return end_line(look, &line, name);
}

/* ---- the folder ---------------------------------------------------------------------------- */

/* What is known by name and has a reader; the binary lockfile of bun is told where it was. */
static void list_names(struct look_back *look, const char *current)
{
	for (size_t i = 0; lockfile_formats[i]; i++)
		for (size_t k = 0; lockfile_formats[i]->file_names[k] && look->name_count < MAX_NAMES - 1; k++) {
			bool there = false;
			for (size_t at = 0; at < look->name_count; at++)
				there |= strcmp(look->names[at], lockfile_formats[i]->file_names[k]) == 0;
			if (!there)
				look->names[look->name_count++] = lockfile_formats[i]->file_names[k];
		}
	look->current = 0;
	while (look->current < look->name_count && strcmp(look->names[look->current], current) != 0)
		look->current++;
	/* A package.json without a lockfile tells no packages: it is not followed, but lockfiles that stood beside it are. */
	look->names[look->current] = current;
	look->name_count += look->current == look->name_count && strcmp(current, "package.json") != 0;
}

/* The folder from the repository's top; NULL where it is not below it. */
static const char *folder_from_top(const char *folder, const char *top, struct arena *arena)
{
	char *real = realpath(folder, NULL), *real_top = realpath(top, NULL);
	struct str path = str_of(real), above = str_of(real_top);
	const char *out = NULL;
	if (real && real_top && str_starts_with(path, above) && (path.n == above.n || path.p[above.n] == '/' || above.n == 1))
		out = arena_copy(arena, str_from(path, path.n == above.n ? path.n : above.n == 1 ? 1 : above.n + 1)).p;
	free(real);
	free(real_top);
	return out;
}

const char *who_folder_in_store(const struct git_store *store, const char *repository, const char *folder, struct arena *arena)
{
	const char *top = git_store_top(store), *above = top ? folder_from_top(repository, top, arena) : "";
	if (!above || strcmp(folder, ".") == 0)
		return above;
	return above[0] ? path_join(arena, above, folder) : folder;
}

static bool make_maps(struct look_back *look, size_t now)
{
	look->now = map_new(look->arena, now);
	look->blobs = map_new(look->arena, 0);
	look->past->map = map_new(look->past->arena, now);
	return look->now && look->blobs && look->past->map;
}

static bool list_now(struct look_back *look, const struct tree *tree, const struct tree_hits *now)
{
	bool fine = make_maps(look, now->list.n);
	for (size_t i = 0; fine && i < now->list.n; i++) {
		const struct package *package = &tree->packages[now->list.v[i].package];
		struct str key = arena_printf(look->arena, "%.*s\n%.*s", STR_ARG(package->name), STR_ARG(package->version));
		fine = key.p && (now->list.v[i].match != WHO_HIT || map_set(look->now, key, 1));
	}
	return fine;
}

static bool walk(struct look_back *look, const char *lockfile)
{
	struct error err;
	if (git_store_history(look->store, look->branch, look->folder, look->names, look->name_count, look->arena, &look->history, &err)) {
		who_gap_of_error(look->gathering, "history", look->from->project, lockfile, &err);
		return err.status != STATUS_MEMORY;
	}
	if (look->history.cut)
		add_gap(look, "history", lockfile, "the clone is shallow: what the lockfile was before is not known", "git fetch --unshallow");
	bool fine = true;
	for (size_t i = 0; i < look->name_count && fine; i++)
		fine = follow(look, i);
	who_count(look->gathering, &(struct who_inventory){ .histories = 1, .commits = look->history.change_count, .oldest = DATE_NONE });
	return fine && !look->out_of_memory;
}

bool who_look_back(const struct who_question *question, const struct lockfile_found *found, const struct tree *tree, const struct tree_hits *now,
		   const struct who_entry *from, struct past *out, struct who_gathering *gathering)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(git_store_cleanup) struct git_store *store = NULL;
	struct look_back look = { .question = question, .from = from, .gathering = gathering, .arena = arena, .past = out };
	struct error err;
	const char *folder = arena ? path_folder(arena, found->path) : NULL;
	if (!folder || !list_now(&look, tree, now))
		return false;
	if (git_store_open(folder, &store, &err)) {
		who_gap_of_error(gathering, "history", from->project, found->path, &err);
		return true;
	}
	look.store = store;
	look.shown = folder;
	look.folder = git_store_top(store) ? who_folder_in_store(store, folder, ".", arena) : NULL;
	list_names(&look, path_base(found->path));
	if (look.folder)
		return walk(&look, found->path);
	add_gap(&look, "history", found->path, "it lies in no work tree", "");
	return true;
}

bool who_look_back_kept(const struct who_question *question, const char *repository, const char *branch, const char *lockfile,
			const struct who_entry *from, struct who_gathering *gathering)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(git_store_cleanup) struct git_store *store = NULL;
	struct past past = { .arena = arena };
	struct look_back look = { .question = question, .from = from, .gathering = gathering, .arena = arena, .past = &past, .kept = true, .branch = branch };
	struct error err;
	const char *shown = arena ? path_folder(arena, lockfile) : NULL;
	if (!shown || !make_maps(&look, 0))
		return false;
	if (git_store_open(repository, &store, &err)) {
		who_gap_of_error(gathering, "history", from->project, repository, &err);
		return true;
	}
	look.store = store;
	look.shown = shown;
	look.folder = who_folder_in_store(store, repository, shown, arena);
	list_names(&look, path_base(lockfile));
	if (look.folder)
		return walk(&look, lockfile);
	add_gap(&look, "history", lockfile, "its folder is not there", "");
	return true;
}

bool who_follow(const struct who_question *question, struct git_store *store, const struct git_history *history, const char *path,
		const struct who_entry *from, struct who_gathering *gathering)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct past past = { .arena = arena };
	struct look_back look = { .question = question, .from = from, .gathering = gathering, .arena = arena, .past = &past };
	look.store = store;
	look.history = *history;
	look.names[look.name_count++] = path_base(path);
	look.shown = arena ? path_folder(arena, path) : NULL;
	return look.shown && make_maps(&look, 0) && follow(&look, 0) && !look.out_of_memory;
}
