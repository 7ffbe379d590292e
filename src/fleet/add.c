/* What a location stands for: a git URL, a mirror, a folder, or a folder of these. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "fleet/look.h"

enum { DEPTH_MAX = 6, NAMES_MAX = 100000 };

struct adding {
	struct fleet *fleet;
	const struct fleet_new *what;
	struct arena *arena;
	int64_t now;
	size_t count;
	void (*added)(void *context, const struct fleet_project *project, bool is_new);
	void *context;
};

static bool is_mirror(struct arena *arena, const char *path)
{
	return file_exists(path_join(arena, path, "HEAD")) && folder_exists(path_join(arena, path, "objects")) &&
	       folder_exists(path_join(arena, path, "refs"));
}

static bool is_checkout(struct arena *arena, const char *path)
{
	const char *git = path_join(arena, path, ".git");
	return git && (folder_exists(git) || file_exists(git));
}

static bool has_lockfile(struct arena *arena, const char *path)
{
	for (size_t i = 0; lockfile_formats[i]; i++)
		for (size_t k = 0; lockfile_formats[i]->file_names && lockfile_formats[i]->file_names[k]; k++)
			if (file_exists(path_join(arena, path, lockfile_formats[i]->file_names[k])))
				return true;
	return file_exists(path_join(arena, path, "package.json"));
}

/* "https://host/team/web.git", "ssh://…", "git@host:team/web.git". */
static bool is_url(struct str location)
{
	size_t colon = str_find(location, ':');
	if (colon == location.n)
		return false;
	return str_starts_with(str_from(location, colon), STR("://")) || (str_find(location, '@') < colon && str_find(location, '/') > colon);
}

static struct str without_ending(struct str name)
{
	return str_ends_with(name, STR(".git")) && name.n > 4 ? str_head(name, name.n - 4) : name;
}

static enum status is_taken(struct adding *adding, struct str name, bool *out, struct error *err)
{
	return adding->fleet->engine->name_taken(adding->fleet->state, name, out, err);
}

static enum status number_name(struct adding *adding, struct str name, struct str *out, struct error *err)
{
	bool taken = true;
	enum status status = STATUS_OK;
	for (int number = 2; !status && taken && number < NAMES_MAX; number++) {
		*out = arena_printf(adding->arena, "%.*s-%d", STR_ARG(name), number);
		status = out->p ? is_taken(adding, *out, &taken, err) : error_memory(err);
	}
	return status || !taken ? status : error_set(err, STATUS_LIMIT, "there are too many projects called \"%.*s\"", STR_ARG(name));
}

/* The last part of the location, more of it where that is taken: "web", "pay/web", "pay/web-2". */
static enum status free_name(struct adding *adding, struct str location, struct str *out, struct error *err)
{
	while (str_ends_with(location, STR("/")))
		location = str_head(location, location.n - 1);
	location = without_ending(location);
	size_t slash = location.n;
	struct str name = location;
	for (int parts = 0; parts < 3 && slash; parts++) {
		bool taken = true;
		slash = str_find_last(str_head(location, slash), '/');
		slash = slash == location.n ? 0 : slash;
		name = str_from(location, location.p[slash] == '/' ? slash + 1 : slash);
		enum status status = name.n ? is_taken(adding, name, &taken, err) : STATUS_OK;
		*out = name;
		if (status || !taken)
			return status;
	}
	return number_name(adding, name, out, err);
}

static enum status put(struct adding *adding, struct fleet_project *project, struct error *err)
{
	const struct fleet_engine *engine = adding->fleet->engine;
	enum status status = engine->start(adding->fleet->state, err);
	if (!status)
		status = engine->put_project(adding->fleet->state, project, err);
	if (!status)
		status = engine->finish(adding->fleet->state, err);
	if (status)
		engine->undo(adding->fleet->state);
	return status;
}

static enum status refuse_taken(struct str name, struct error *err)
{
	error_set(err, STATUS_USAGE, "another project of the fleet is called \"%.*s\"", STR_ARG(name));
	error_hint(err, "give it another name with --name, or take the other one out: assay fleet remove");
	return STATUS_USAGE;
}

/* The name that was given, else the one that it has, else one that is free. */
static enum status choose_name(struct adding *adding, struct str given, struct fleet_project *project, struct error *err)
{
	bool taken = false, same = project->id && str_equal(project->name, given);
	if (given.p && !given.n)
		return error_set(err, STATUS_USAGE, "a project's name cannot be empty");
	enum status status = given.p && !same ? is_taken(adding, given, &taken, err) : STATUS_OK;
	if (status || taken)
		return status ? status : refuse_taken(given, err);
	if (given.p)
		project->name = given;
	return given.p || project->id ? STATUS_OK : free_name(adding, project->location, &project->name, err);
}

/* `alone`: what is given is about this one project. */
static enum status add_one(struct adding *adding, enum fleet_kind kind, struct str location, bool alone, struct error *err)
{
	const struct fleet_new *what = adding->what;
	struct fleet_project project = {
		.kind = kind, .location = location, .branch = what->branch, .owner = what->owner, .tags = what->tags, .added = adding->now, .looked = DATE_NONE, .seen = DATE_NONE
	};
	enum status status = adding->fleet->engine->known_project(adding->fleet->state, adding->arena, &project, err);
	bool is_new = !project.id;
	if (!status)
		status = choose_name(adding, alone ? what->name : STR_NONE, &project, err);
	if (status || (status = put(adding, &project, err)))
		return status;
	adding->count++;
	if (adding->added)
		adding->added(adding->context, &project, is_new);
	return STATUS_OK;
}

static enum status add_folder(struct adding *adding, const char *path, unsigned depth, struct error *err);

/* Folders of folders: none of them a project itself. What cannot be listed is no project. */
static enum status add_children(struct adding *adding, const char *path, unsigned depth, struct error *err)
{
	struct folder_entries entries = { 0 };
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return depth ? STATUS_OK : error_errno(err, "%s", path);
	enum status status = folder_read(fd, NULL, adding->arena, &entries, err);
	for (size_t i = 0; !status && i < entries.list.n; i++) {
		const struct folder_entry *entry = &entries.list.v[i];
		if (entry->kind != ENTRY_FOLDER || strcmp(entry->name, "node_modules") == 0 || entry->name[0] == '.')
			continue;
		const char *child = path_join(adding->arena, path, entry->name);
		status = child ? add_folder(adding, child, depth + 1, err) : error_memory(err);
	}
	return status;
}

static enum status add_folder(struct adding *adding, const char *path, unsigned depth, struct error *err)
{
	if (is_mirror(adding->arena, path))
		return add_one(adding, FLEET_MIRROR, str_of(path), depth == 0, err);
	if (is_checkout(adding->arena, path) || has_lockfile(adding->arena, path))
		return add_one(adding, FLEET_FOLDER, str_of(path), depth == 0, err);
	return depth < DEPTH_MAX ? add_children(adding, path, depth, err) : STATUS_OK;
}

static enum status add_path(struct adding *adding, struct str location, struct error *err)
{
	char *real = realpath(arena_copy(adding->arena, location).p, NULL);
	if (!real)
		return error_errno(err, "%.*s", STR_ARG(location));
	struct str path = arena_copy(adding->arena, str_of(real));
	free(real);
	if (!path.p)
		return error_memory(err);
	if (!folder_exists(path.p))
		return error_set(err, STATUS_USAGE, "%.*s is neither a folder nor a git URL", STR_ARG(location));
	enum status status = add_folder(adding, path.p, 0, err);
	if (!status && !adding->count) {
		error_set(err, STATUS_USAGE, "%.*s: no checkout, no mirror and no lockfile in here", STR_ARG(location));
		error_hint(err, "name a folder of checkouts, a bare repository, or a git URL");
		status = STATUS_USAGE;
	}
	return status;
}

enum status fleet_add(struct fleet *fleet, const struct fleet_new *what,
		      void (*added)(void *context, const struct fleet_project *project, bool is_new), void *context, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct adding adding = { .fleet = fleet, .what = what, .arena = arena, .added = added, .context = context };
	if (!arena)
		return error_memory(err);
	enum status status = fleet_now(fleet, date_now(), &adding.now, err);
	if (status)
		return status;
	if (!is_url(what->location))
		return add_path(&adding, what->location, err);
	status = fetch_check_location(what->location, what->branch, err);
	return status ? status : add_one(&adding, FLEET_URL, what->location, true, err);
}
