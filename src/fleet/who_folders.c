/* Folders on the spot: every lockfile in them is a project. They are read side by side; each by itself. */
#include <pthread.h>
#include <stdlib.h>

#include "assay/check.h"
#include "assay/json.h"
#include "assay/limits.h"
#include "fleet/gap.h"
#include "fleet/who_private.h"

struct look {
	const struct who_question *question;
	const struct who_folder_options *options;
	struct who_gathering *gathering;
	struct arena *arena;
	struct lockfile_list list;
	struct map *known;                            /* real paths of what was found */
	VEC(struct lockfile_repository) repositories; /* below which there may be lockfiles that were lost */
	struct followed followed;                     /* by real path */
	pthread_mutex_t lock;                         /* of the list, and of progress */
	size_t done, total;
	bool out_of_memory;
};

struct task {
	struct look *look;
	struct lockfile_found found;
};

/* ---- names and gaps ----------------------------------------------------------------------- */

struct str who_project_name(const char *folder, struct arena *arena)
{
	char *real = realpath(folder, NULL);
	const char *base = path_base(real ? real : folder);
	struct str name = arena_copy(arena, str_of(base[0] ? base : folder));
	free(real);
	return name;
}

void who_gap_of_error(struct who_gathering *gathering, const char *kind, struct str project, const char *path, const struct error *why)
{
	who_add_gap(gathering,
		    &(struct who_gap){ .kind = kind, .project = project, .path = str_of(path), .why = str_of(why->text), .remedy = str_of(why->hint) });
}

/* ---- a package.json alone -------------------------------------------------------------------- */

static void look_at_request(const struct who_question *question, const struct json *request, struct who_entry *entry, struct who_gathering *gathering)
{
	struct str name, asked;
	if (!json_is(request, JSON_STRING) || !who_admits(question, request->key, request->text, &name, &asked))
		return;
	entry->package = name;
	entry->spec = request->text;
	entry->line = request->key_line;
	entry->asked = asked;
	who_add(gathering, WHO_COULD, entry);
}

enum status who_look_in_manifest(const struct who_question *question, const char *path, struct str project, struct who_gathering *gathering, struct error *err)
{
	static const struct {
		const char *key, *scope;
	} sections[] = { { "dependencies", "prod" }, { "devDependencies", "dev" }, { "optionalDependencies", "prod, optional" }, { "peerDependencies", "peer" } };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(LIMIT_PROJECT_BYTES);
	struct who_entry entry = { .place = "manifest", .project = project, .lockfile = str_of(path), .since = DATE_NONE, .until = DATE_NONE };
	struct json *manifest;
	struct str text;
	if (!arena)
		return error_memory(err);
	enum status status = file_read(path, LIMIT_MANIFEST_BYTES, arena, &text, err);
	if (!status && (status = json_parse(text, 0, arena, &manifest, NULL, err)))
		error_wrap(err, "%s", path);
	if (!status)
		who_find_owner(path, arena, &entry);
	for (size_t i = 0; !status && i < sizeof sections / sizeof *sections; i++) {
		const struct json *section = json_find(manifest, sections[i].key);
		entry.scope = str_of(sections[i].scope);
		json_each(request, json_is(section, JSON_OBJECT) ? section : NULL)
			look_at_request(question, request, &entry, gathering);
	}
	return status;
}

/* ---- one lockfile ------------------------------------------------------------------------------ */

static void show_progress(struct look *look)
{
	pthread_mutex_lock(&look->lock);
	look->done++;
	if (look->options->progress)
		look->options->progress(look->options->context, "reading lockfiles", look->done, look->total);
	pthread_mutex_unlock(&look->lock);
}

static void add_unread_manifest(struct look *look, const struct check_wanted *wanted, struct str project, const char *path)
{
	struct who_gap gap = who_gap_of_lockfile(KEPT_GAP_UNREADABLE, project, str_of(path), NULL);
	gap.why = wanted->problem;
	who_add_gap(look->gathering, &gap);
}

/* What the package.json files beside it ask for and it does not have, or not so. */
static bool add_wanted(struct task *task, const struct tree *tree, const struct who_entry *from, struct arena *arena)
{
	const char *folder = path_folder(arena, task->found.path);
	struct who_entry entry = *from;
	struct check_wanted *wanted;
	size_t count;
	if (!folder || check_find_wanted(tree, arena, &wanted, &count, NULL))
		return false;
	entry.place = "manifest";
	entry.note = STR(WHO_NOTE_BESIDE);
	for (size_t i = 0; i < count; i++) {
		if (wanted[i].problem.p)
			add_unread_manifest(task->look, &wanted[i], from->project, path_join(arena, folder, wanted[i].file));
		if (wanted[i].problem.p || !who_admits(task->look->question, wanted[i].name, wanted[i].spec, &entry.package, &entry.asked))
			continue;
		if (!entry.owner.p)
			who_find_owner(task->found.path, arena, &entry);
		entry.spec = wanted[i].spec;
		entry.line = wanted[i].line;
		entry.scope = who_request_scope(str_of(edge_type_name(wanted[i].type)));
		entry.lockfile = str_of(path_join(arena, folder, wanted[i].file));
		who_add(task->look->gathering, WHO_COULD, &entry);
	}
	return true;
}

static void use_tree(struct task *task, struct tree *tree, struct str project, struct arena *arena)
{
	struct look *look = task->look;
	struct tree_hits hits = { 0 };
	struct past past = { .arena = arena };
	struct who_entry from = { .place = task->found.format->is_folder ? "node_modules" : "lockfile",
				  .project = project,
				  .lockfile = str_of(tree->path),
				  .since = DATE_NONE,
				  .until = DATE_NONE };
	bool fine = tree_find_hits(look->question, tree, arena, &hits);
	if (hits.list.n || look->options->history)
		who_find_owner(task->found.path, arena, &from);
	if (fine && look->options->history && !task->found.format->is_folder)
		fine = who_look_back(look->question, &task->found, tree, &hits, &from, &past, look->gathering);
	if (fine)
		tree_add_hits(look->question, tree, &hits, &from, &past, arena, look->gathering);
	if (!fine || !add_wanted(task, tree, &from, arena))
		who_out_of_memory(look->gathering);
	who_count(look->gathering, &(struct who_inventory){ .projects = 1, .packages = tree->package_count - 1, .oldest = DATE_NONE });
}

struct who_gap who_gap_of_lockfile(const char *kind, struct str project, struct str path, const char *remedy)
{
	static const struct {
		const char *kind, *why, *remedy;
	} gaps[] = {
		{ KEPT_GAP_UNSUPPORTED, "a lockfile of a kind that is not read", NULL },
		{ KEPT_GAP_MISSING, "no lockfile: what its dependencies bring along cannot be known", "npm install --package-lock-only writes one" },
		{ KEPT_GAP_UNNAMED, "libraries without a package URL: whether they are npm's cannot be known", "have the SBOM made with package URLs (purl)" },
		{ KEPT_GAP_INCOMPLETE, "it calls itself incomplete: what it lacks cannot be known", "ask for the project's folder, or have the SBOM made whole" },
		{ KEPT_GAP_UNREADABLE, "what it asks for that the lockfile does not have cannot be known", "make it readable: npm reads it, too" },
	};
	size_t i = 0;
	for (size_t k = 0; k < sizeof gaps / sizeof *gaps; k++)
		i = strcmp(gaps[k].kind, kind) == 0 ? k : i;
	return (struct who_gap){ gaps[i].kind, project, path, str_of(gaps[i].why), str_of(gaps[i].remedy ? gaps[i].remedy : remedy) };
}

/* An SBOM that says itself that it has not all of it. */
static void add_unread(struct look *look, const struct tree *tree, struct str project)
{
	struct str path = str_of(tree->path);
	const char *kind = fleet_gap_of_tree(tree);
	if (kind) {
		struct who_gap gap = who_gap_of_lockfile(kind, project, path, NULL);
		who_add_gap(look->gathering, &gap);
	}
	if (tree->unread.count)
		who_add_gap(look->gathering, &(struct who_gap){ "unreadable", project, path, STR("whoever made this SBOM could not read all lockfiles"),
								STR("ask for the project's folder, or have the SBOM made again") });
}

static void read_one(void *context)
{
	struct task *task = context;
	struct look *look = task->look;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(LIMIT_PROJECT_BYTES);
	struct tree *tree;
	struct error err = { 0 };
	const char *folder = arena ? path_folder(arena, task->found.path) : NULL;
	struct str project = folder ? who_project_name(folder, arena) : STR_NONE;
	if (!project.p) {
		who_out_of_memory(look->gathering);
		return;
	}
	if (lockfile_load(&task->found, arena, &tree, &err)) {
		who_gap_of_error(look->gathering, "unreadable", project, task->found.path, &err);
		who_count(look->gathering, &(struct who_inventory){ .projects = 1, .unreadable = 1, .oldest = DATE_NONE });
	} else {
		pthread_mutex_lock(&look->lock);
		look->out_of_memory |= lockfile_cover(&look->list, tree, &err) != STATUS_OK;
		pthread_mutex_unlock(&look->lock);
		add_unread(look, tree, project);
		use_tree(task, tree, project, arena);
	}
	show_progress(look);
}

/* ---- what has no lockfile, or none that is read ----------------------------------------------------- */

static void look_without(struct look *look, const struct lockfile_found *found)
{
	struct error err;
	const char *folder = path_folder(look->arena, found->path);
	struct str project = folder ? who_project_name(folder, look->arena) : STR_NONE;
	struct who_inventory count = { .projects = 1, .oldest = DATE_NONE };
	struct who_gap gap = { .project = project, .path = str_of(found->path), .remedy = str_of(found->remedy) };
	if (!project.p) {
		who_out_of_memory(look->gathering);
		return;
	}
	if (found->problem == LOCKFILE_MISSING) {
		count.without_lockfile = 1;
		gap = who_gap_of_lockfile(KEPT_GAP_MISSING, project, gap.path, NULL);
		if (who_look_in_manifest(look->question, found->path, project, look->gathering, &err))
			gap = (struct who_gap){ "unreadable", project, str_of(found->path), str_of(err.text), str_of(err.hint) };
	} else {
		count.unreadable = 1;
		gap.kind = "unreadable";
		gap.why = STR("it could not be read");
		if (found->problem == LOCKFILE_UNSUPPORTED)
			gap = who_gap_of_lockfile(KEPT_GAP_UNSUPPORTED, project, gap.path, found->remedy);
	}
	who_add_gap(look->gathering, &gap);
	who_count(look->gathering, &count);
}

/* ---- discovery ------------------------------------------------------------------------------------------ */

static bool add_found(struct look *look, const struct lockfile_found *found)
{
	char *real = realpath(found->path, NULL);
	struct str key = arena_copy(look->arena, str_of(real ? real : found->path));
	size_t known;
	free(real);
	if (!key.p || map_find(look->known, key, &known))
		return key.p != NULL;
	struct lockfile_found *added = vec_add(look->arena, &look->list.found);
	if (added)
		*added = *found;
	return added && map_set(look->known, key, 1);
}

/* Of several lockfiles in a folder nobody can tell which one was installed from: all of them count. */
static bool add_others(struct look *look, const struct lockfile_found *found)
{
	const char *folder = path_folder(look->arena, found->path);
	for (size_t i = 0; folder && lockfile_formats[i]; i++)
		for (size_t k = 0; lockfile_formats[i]->file_names[k]; k++) {
			const struct lockfile_format *format = lockfile_formats[i];
			const char *path = path_join(look->arena, folder, format->file_names[k]);
			struct lockfile_found other = { .path = path,
							.folder = found->folder,
							.format = format,
							.problem = format->read ? LOCKFILE_FINE : LOCKFILE_UNSUPPORTED,
							.remedy = format->remedy };
			if (!path || (file_exists(path) && !add_found(look, &other)))
				return false;
		}
	return folder != NULL;
}

static bool add_repositories(struct look *look, const struct lockfile_list *list)
{
	for (size_t i = 0; i < list->repositories.n; i++) {
		struct lockfile_repository *added = vec_add(look->arena, &look->repositories);
		if (!added)
			return false;
		*added = list->repositories.v[i];
	}
	return true;
}

static enum status find_path(struct look *look, const char *path, struct error *err)
{
	struct lockfile_find_options options = { .no_ignore = look->options->no_ignore, .exclude = look->options->exclude };
	struct lockfile_list list = { 0 };
	enum status status = lockfile_find(path, &options, look->arena, &list, err);
	if (status)
		return status;
	for (size_t i = 0; i < list.found.n; i++)
		if (!add_found(look, &list.found.v[i]) || (list.found.v[i].conflict && !add_others(look, &list.found.v[i])))
			return error_memory(err);
	if (!add_repositories(look, &list))
		return error_memory(err);
	if (list.truncated)
		who_add_gap(look->gathering, &(struct who_gap){ .kind = "folders",
								.path = str_of(path),
								.why = STR("too many folders, or too deep ones: not all were looked into"),
								.remedy = STR("name those that hold lockfiles") });
	if (!list.found.n && !list.truncated)
		who_add_gap(look->gathering, &(struct who_gap){ .kind = "empty",
								.path = str_of(path),
								.why = STR("there is neither a lockfile nor a package.json with dependencies") });
	return STATUS_OK;
}

/* ---- what the history had besides ---------------------------------------------------------------------- */

struct lost_task {
	struct look *look;
	struct who_lost lost;
};

static void look_for_lost(void *context)
{
	struct lost_task *task = context;
	if (!who_look_for_lost(&task->lost, task->look->gathering))
		who_out_of_memory(task->look->gathering);
}

/* What is read now is followed by itself; `tops` are the repositories that this is true of. */
static bool list_followed(struct look *look, struct map *tops)
{
	for (size_t i = 0; i < look->list.found.n; i++) {
		const struct lockfile_found *found = &look->list.found.v[i];
		if (found->problem != LOCKFILE_FINE || found->format->is_folder)
			continue;
		const char *folder = path_folder(look->arena, found->path), *top = folder ? path_repository(look->arena, folder) : NULL;
		char *real = folder ? realpath(folder, NULL) : NULL;
		const char *path = real ? path_join(look->arena, real, path_base(found->path)) : NULL;
		free(real);
		if ((real && !path) || (path && !followed_add(&look->followed, str_of(path))) || (top && !map_set(tops, str_of(top), 1)))
			return false;
	}
	return true;
}

static bool submit_lost(struct look *look, struct pool *pool)
{
	struct map *tops = map_new(look->arena, 0), *known = map_new(look->arena, 0);
	struct lost_task *tasks = arena_array(look->arena, look->repositories.n + 1, sizeof *tasks);
	size_t there;
	if (!tops || !known || !tasks || !followed_init(&look->followed, look->list.found.n, look->arena) || !list_followed(look, tops))
		return false;
	for (size_t i = 0; i < look->repositories.n; i++) {
		const char *folder = look->repositories.v[i].path, *top = path_repository(look->arena, folder);
		char *real = realpath(folder, NULL);
		const char *base = real ? arena_copy(look->arena, str_of(real)).p : NULL;
		free(real);
		if (!top || !base)
			return false;
		if (map_find(known, str_of(base), &there))
			continue;
		tasks[i].look = look;
		tasks[i].lost = (struct who_lost){ .question = look->question,
						   .followed = &look->followed,
						   .base = base,
						   .repository = folder,
						   .shown = folder,
						   .exclude = look->options->exclude,
						   .inside = look->repositories.v[i].inside,
						   .alone = !map_find(tops, str_of(top), &there) };
		tasks[i].lost.from = (struct who_entry){ .place = "lockfile", .since = DATE_NONE, .until = DATE_NONE };
		if (!map_set(known, str_of(base), 1))
			return false;
		pool_submit(pool, look_for_lost, &tasks[i]);
	}
	return true;
}

static bool read_all(struct look *look)
{
	size_t n = look->list.found.n, many = n + look->repositories.n;
	struct task *tasks = arena_array(look->arena, n + 1, sizeof *tasks);
	unsigned jobs = look->options->jobs ? look->options->jobs : cpu_count();
	struct pool *pool = tasks ? pool_new(jobs < many ? jobs : many ? (unsigned)many : 1) : NULL;
	if (!pool)
		return false;
	for (size_t i = 0; i < n; i++)
		tasks[i] = (struct task){ look, look->list.found.v[i] };
	for (size_t i = 0; i < n; i++)
		look->total += tasks[i].found.problem == LOCKFILE_FINE;
	bool fine = !look->options->history || submit_lost(look, pool);
	for (size_t i = 0; i < n; i++)
		if (tasks[i].found.problem == LOCKFILE_FINE)
			pool_submit(pool, read_one, &tasks[i]);
	pool_free(pool);
	for (size_t i = 0; i < look->list.found.n; i++)
		if (look->list.found.v[i].problem != LOCKFILE_FINE)
			look_without(look, &look->list.found.v[i]);
	return fine && !look->out_of_memory;
}

enum status who_look_in_folders(const struct who_question *question, const char *const *paths, size_t count, const struct who_folder_options *options,
				struct arena *arena, struct who_gathering *gathering, struct error *err)
{
	struct look look = { .question = question, .options = options, .gathering = gathering, .arena = arena, .known = map_new(arena, 0) };
	enum status status = look.known ? STATUS_OK : error_memory(err);
	for (size_t i = 0; i < count && !status; i++)
		status = find_path(&look, paths[i], err);
	if (status)
		return status;
	pthread_mutex_init(&look.lock, NULL);
	bool fine = read_all(&look);
	pthread_mutex_destroy(&look.lock);
	return fine ? STATUS_OK : error_memory(err);
}
