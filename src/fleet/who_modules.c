/*
 * node_modules: the global ones, those below the given paths, else below the home folder and the current one. Folders are opened below open ones, no link is
 * followed: what links lead to (workspaces, stores) is looked at where it lies. Each package.json is read; npm's hidden lockfile, which npm writes when it
 * has installed, tells what was there then, whatever the folders say now.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/digest.h"
#include "assay/json.h"
#include "assay/limits.h"
#include "fleet/who_machine.h"

struct walk {
	struct machine *machine;
	struct buf path; /* of the folder that is looked at */
	size_t folders;
	bool cut;
};

/* One outermost node_modules. */
struct modules {
	struct walk *walk;
	struct arena *arena;
	const char *project; /* the folder around it */
	VEC(struct installed_find) finds;
	struct map *places; /* of these, by location */
};

static size_t enter(struct walk *walk, const char *name)
{
	size_t before = walk->path.n;
	if (before && walk->path.p[before - 1] != '/')
		buf_add_char(&walk->path, '/');
	buf_add_z(&walk->path, name);
	return before;
}

static void leave(struct walk *walk, size_t before)
{
	walk->path.n = before;
}

static void gap_here(struct walk *walk, const char *why)
{
	const char *path = arena_copy(walk->machine->arena, buf_str(&walk->path)).p;
	walk->machine->out_of_memory |= !path;
	if (path)
		machine_gap(walk->machine, path, why);
}

static bool no_files(const char *name)
{
	(void)name;
	return false;
}

static bool read_folder(struct walk *walk, int fd, bool (*wanted)(const char *name), struct arena *arena, struct folder_entries *out)
{
	struct error err;
	walk->machine->out_of_memory |= !arena;
	if (!arena || walk->machine->out_of_memory)
		return false;
	if (++walk->folders > LIMIT_FOLDERS) {
		walk->cut = true;
		return false;
	}
	if (!folder_read(fd, wanted, arena, out, &err))
		return true;
	gap_here(walk, err.text);
	return false;
}

/* ---- digests of files ------------------------------------------------------------------ */

static bool hash_matches(struct machine *machine, struct str bytes, struct str *asked)
{
	static const enum digest_algorithm all[] = { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA224, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };
	struct digest digest;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (who_wants_algorithm(machine->question, all[i]) && digest_of(all[i], bytes, &digest) && who_has_digest(machine->question, &digest, asked))
			return true;
	return false;
}

static void hash_file(struct modules *modules, int fd, const char *name, struct str package, struct str version)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct walk *walk = modules->walk;
	struct str bytes = arena ? machine_read_at(fd, name, LIMIT_LOCKFILE_BYTES, arena) : STR_NONE, asked;
	size_t before = enter(walk, name);
	walk->machine->count.files_hashed++;
	if (!bytes.p)
		gap_here(walk, "its digest is not known: it cannot be read, or is too large");
	else if (hash_matches(walk->machine, bytes, &asked))
		who_add(walk->machine->gathering, WHO_NOW,
			&(struct who_entry){ .place = "node_modules",
					     .project = who_project_name(modules->project, arena),
					     .lockfile = buf_str(&walk->path),
					     .package = package,
					     .version = version,
					     .since = DATE_NONE,
					     .until = DATE_NONE,
					     .asked = asked,
					     .note = STR("a file with a digest that is asked for") });
	leave(walk, before);
}

static void hash_files(struct modules *modules, int fd, struct str package, struct str version, unsigned depth)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct folder_entries entries = { 0 };
	if (depth > LIMIT_FOLDER_DEPTH || !read_folder(modules->walk, fd, NULL, arena, &entries))
		return;
	for (size_t i = 0; i < entries.list.n; i++) {
		const struct folder_entry *entry = &entries.list.v[i];
		struct stat info;
		if (entry->kind == ENTRY_FILE && fstatat(fd, entry->name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode))
			hash_file(modules, fd, entry->name, package, version);
		if (entry->kind != ENTRY_FOLDER || strcmp(entry->name, "node_modules") == 0)
			continue;
		CLEANUP(file_close) int inner = folder_open_at(fd, entry->name);
		size_t before = enter(modules->walk, entry->name);
		if (inner >= 0)
			hash_files(modules, inner, package, version, depth + 1);
		leave(modules->walk, before);
	}
}

/* ---- packages ------------------------------------------------------------------------------- */

static void look_in_modules(struct modules *modules, int fd, struct str location, unsigned depth);

static struct str name_in(struct str location)
{
	size_t at = 0, next;
	static const char folder[] = "node_modules/";
	while ((next = str_find_str(str_from(location, at), STR("node_modules/"))) < location.n - at)
		at += next + strlen(folder);
	return str_from(location, at);
}

static enum who_match best_match(struct machine *machine, struct str location, struct str name, struct str version, struct str *asked)
{
	enum who_match match = who_match(machine->question, name, version, STR_NONE, asked);
	struct str other;
	if (match == WHO_HIT)
		return match;
	enum who_match by_folder = who_match(machine->question, name_in(location), version, STR_NONE, &other);
	if (by_folder > match)
		*asked = other;
	return by_folder > match ? by_folder : match;
}

static void look_in_package(struct modules *modules, int fd, struct str location, unsigned depth)
{
	struct machine *machine = modules->walk->machine;
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct installed_find find = { .location = location };
	machine->out_of_memory |= !scratch;
	if (!scratch)
		return;
	bool manifest = machine_read_manifest(fd, scratch, &find.name, &find.version);
	machine->count.modules_packages += manifest;
	if (best_match(machine, location, find.name, find.version, &find.asked) != WHO_OTHER) {
		find.name = arena_copy(modules->arena, find.name.n ? find.name : name_in(location));
		find.version = arena_copy(modules->arena, find.version);
		struct installed_find *added = vec_add(modules->arena, &modules->finds);
		machine->out_of_memory |= !added;
		if (added)
			*added = find;
	}
	if (who_digest_count(machine->question))
		hash_files(modules, fd, find.name, find.version, 0);
	CLEANUP(file_close) int inner = folder_open_at(fd, "node_modules");
	struct str below = arena_printf(modules->arena, "%.*s/node_modules", STR_ARG(location));
	if (inner < 0 || !below.p)
		return;
	size_t before = enter(modules->walk, "node_modules");
	look_in_modules(modules, inner, below, depth + 1);
	leave(modules->walk, before);
}

/* What managers keep under a name with a dot: ".pnpm/axios@1.14.1/node_modules/axios". */
static void look_in_hidden(struct modules *modules, int fd, struct str location, unsigned depth, unsigned hidden)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct folder_entries entries = { 0 };
	if (hidden >= LIMIT_HIDDEN_DEPTH) {
		modules->walk->cut = true;
		return;
	}
	if (!read_folder(modules->walk, fd, no_files, scratch, &entries))
		return;
	for (size_t i = 0; i < entries.list.n; i++) {
		const char *name = entries.list.v[i].name;
		CLEANUP(file_close) int inner = entries.list.v[i].kind == ENTRY_FOLDER ? folder_open_at(fd, name) : -1;
		struct str below = inner < 0 ? STR_NONE : arena_printf(modules->arena, "%.*s/%s", STR_ARG(location), name);
		if (!below.p)
			continue;
		size_t before = enter(modules->walk, name);
		if (strcmp(name, "node_modules") == 0)
			look_in_modules(modules, inner, below, depth + 1);
		else
			look_in_hidden(modules, inner, below, depth, hidden + 1);
		leave(modules->walk, before);
	}
}

static void look_at_entry(struct modules *modules, int fd, const char *name, struct str location, unsigned depth)
{
	CLEANUP(file_close) int inner = folder_open_at(fd, name);
	struct str below = arena_printf(modules->arena, "%.*s/%s", STR_ARG(location), name);
	size_t before = enter(modules->walk, name);
	if (inner < 0)
		gap_here(modules->walk, error_number_text(errno));
	else if (below.p && name[0] == '@' && str_ends_with(location, STR("node_modules")))
		look_in_modules(modules, inner, below, depth);
	else if (below.p && name[0] == '.')
		look_in_hidden(modules, inner, below, depth, 0);
	else if (below.p)
		look_in_package(modules, inner, below, depth);
	modules->walk->machine->out_of_memory |= !below.p;
	leave(modules->walk, before);
}

/* A node_modules, or a scope's folder in one. */
static void look_in_modules(struct modules *modules, int fd, struct str location, unsigned depth)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct folder_entries entries = { 0 };
	if (depth > LIMIT_FOLDER_DEPTH) {
		modules->walk->cut = true;
		return;
	}
	if (!read_folder(modules->walk, fd, no_files, scratch, &entries))
		return;
	modules->walk->machine->count.modules_folders += str_ends_with(location, STR("node_modules"));
	for (size_t i = 0; i < entries.list.n; i++)
		if (entries.list.v[i].kind == ENTRY_FOLDER)
			look_at_entry(modules, fd, entries.list.v[i].name, location, depth);
}

/* ---- what npm wrote down ------------------------------------------------------------------------ */

static bool index_finds(struct modules *modules)
{
	bool fine = (modules->places = map_new(modules->arena, modules->finds.n)) != NULL;
	for (size_t i = 0; i < modules->finds.n && fine; i++)
		fine = map_set(modules->places, modules->finds.v[i].location, i);
	return fine;
}

static struct installed_find *find_at(struct modules *modules, struct str location)
{
	size_t at;
	return map_find(modules->places, location, &at) ? &modules->finds.v[at] : NULL;
}

static struct installed_find *add_missing(struct modules *modules, struct str location, const char *folder)
{
	struct installed_find *find = map_set(modules->places, location, modules->finds.n) ? vec_add(modules->arena, &modules->finds) : NULL;
	modules->walk->machine->out_of_memory |= !find;
	if (find)
		*find = (struct installed_find){ .location = location, .missing = !folder_exists(folder) };
	return find;
}

/* By its key, "node_modules/a/node_modules/b"; one that leads elsewhere is npm's word no longer. */
static bool is_inside(struct str location)
{
	return str_starts_with(location, STR("node_modules/")) && str_find_str(location, STR("..")) == location.n && str_find(location, '\0') == location.n;
}

static void look_at_record(struct modules *modules, const struct json *record)
{
	struct machine *machine = modules->walk->machine;
	struct str name = json_find_text(record, "name"), version = json_find_text(record, "version");
	struct str integrity = json_find_text(record, "integrity"), asked = STR_NONE;
	if (!is_inside(record->key) || json_is_true(record, "link"))
		return;
	name = name.n ? name : name_in(record->key);
	enum who_match match = who_match(machine->question, name, version, integrity, &asked);
	struct installed_find *find = match == WHO_OTHER ? NULL : find_at(modules, record->key);
	const char *folder = arena_printf(modules->arena, "%s/%.*s", modules->project, STR_ARG(record->key)).p;
	machine->out_of_memory |= !folder;
	if (match == WHO_HIT && !find && folder)
		find = add_missing(modules, record->key, folder);
	if (!find)
		return;
	find->name = name;
	find->recorded = version;
	find->integrity = integrity;
	find->asked = match == WHO_HIT ? asked : find->asked;
}

static void read_records(struct modules *modules, int fd)
{
	struct json *lockfile;
	struct str text = machine_read_at(fd, ".package-lock.json", LIMIT_LOCKFILE_BYTES, modules->arena);
	struct error err;
	if (!text.p)
		return;
	if (json_parse(text, 0, modules->arena, &lockfile, NULL, &err)) {
		gap_here(modules->walk, arena_printf(modules->arena, "npm's .package-lock.json: %s", err.text).p);
		return;
	}
	if (!index_finds(modules)) {
		modules->walk->machine->out_of_memory = true;
		return;
	}
	json_each(record, json_find(lockfile, "packages"))
		look_at_record(modules, record);
}

/* ---- where node_modules are ----------------------------------------------------------------------- */

/* `fd` is a node_modules, the path is its own. */
static void look_at_outermost(struct walk *walk, int fd)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct modules modules = { .walk = walk, .arena = arena };
	walk->machine->out_of_memory |= !arena;
	if (!arena || machine_knows(walk->machine, fd))
		return;
	struct str path = arena_copy(arena, buf_str(&walk->path));
	modules.project = path.p ? path_folder(arena, path.p) : NULL;
	if (!modules.project)
		return;
	look_in_modules(&modules, fd, STR("node_modules"), 0);
	read_records(&modules, fd);
	if (modules.finds.n)
		machine_add_installed(walk->machine, modules.project, modules.finds.v, modules.finds.n);
}

/* Repositories' own objects, npm's cache, and what is no disk. */
static bool is_left_out(const struct walk *walk, const char *name)
{
	static const char *const names[] = { ".git", "_cacache" }, *const systems[] = { "proc", "sys", "dev", "run" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
		if (walk->path.n == 1 && walk->path.p[0] == '/' && strcmp(systems[i], name) == 0)
			return true;
	return false;
}

/* A project of yarn berry's may keep its zips, and load from them. */
static void look_in_own_zips(struct walk *walk)
{
	buf_add_char(&walk->path, '\0');
	if (!walk->path.failed)
		machine_look_in_zips(walk->machine, machine_path(walk->machine, walk->path.p, "cache"));
	walk->path.n--;
}

static void walk_folder(struct walk *walk, int fd, unsigned depth)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct folder_entries entries = { 0 };
	if (depth > LIMIT_FOLDER_DEPTH) {
		walk->cut = true;
		return;
	}
	if (!read_folder(walk, fd, no_files, scratch, &entries))
		return;
	for (size_t i = 0; i < entries.list.n && !walk->cut; i++) {
		const char *name = entries.list.v[i].name;
		if (entries.list.v[i].kind != ENTRY_FOLDER || is_left_out(walk, name))
			continue;
		CLEANUP(file_close) int inner = folder_open_at(fd, name);
		size_t before = enter(walk, name);
		if (inner >= 0 && strcmp(name, ".yarn") == 0)
			look_in_own_zips(walk);
		if (inner < 0)
			gap_here(walk, error_number_text(errno));
		else if (strcmp(name, "node_modules") == 0)
			look_at_outermost(walk, inner);
		else if (!machine_knows(walk->machine, inner))
			walk_folder(walk, inner, depth + 1);
		leave(walk, before);
	}
}

static void walk_root(struct walk *walk, const char *path, bool needed)
{
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	buf_clear(&walk->path);
	buf_add_z(&walk->path, path);
	if (fd < 0 && (needed || errno != ENOENT))
		gap_here(walk, error_number_text(errno));
	if (fd < 0)
		return;
	if (strcmp(path_base(path), "node_modules") == 0)
		look_at_outermost(walk, fd);
	else
		walk_folder(walk, fd, 0);
	if (walk->cut)
		gap_here(walk, "too many folders, or too deep ones: not all were looked into");
	walk->cut = false;
	walk->folders = 0;
}

/* The prefix that node lies in: /usr/local of /usr/local/bin/node. */
static const char *prefix_of_node(struct machine *machine)
{
	struct str rest = str_of(machine_variable(machine, "PATH")), folder;
	while (rest.n && str_split(&rest, ':', &folder)) {
		const char *node = arena_printf(machine->arena, "%.*s/node", STR_ARG(folder)).p;
		char *real = node && folder.n && access(node, X_OK) == 0 ? realpath(node, NULL) : NULL;
		const char *bin = real ? path_folder(machine->arena, real) : NULL;
		free(real);
		if (bin)
			return path_folder(machine->arena, bin);
	}
	return NULL;
}

void machine_look_in_modules(struct machine *machine)
{
	const struct who_machine_options *options = machine->options;
	struct walk walk = { .machine = machine };
	const char *const prefixes[] = {
		machine_variable(machine, "npm_config_prefix"),
		machine_variable(machine, "NPM_CONFIG_PREFIX"),
		machine_setting(machine, machine_path(machine, options->home, ".npmrc"), "prefix"),
		prefix_of_node(machine),
		"/usr/local",
		"/usr",
	};
	buf_init(&walk.path, 1 << 20);
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (prefixes[i])
			walk_root(&walk, machine_path(machine, prefixes[i], "lib/node_modules"), false);
	for (size_t i = 0; i < options->path_count; i++)
		walk_root(&walk, options->paths[i], true);
	if (!options->path_count) {
		walk_root(&walk, ".", true);
		if (options->home)
			walk_root(&walk, options->home, false);
	}
	machine->out_of_memory |= walk.path.failed;
	buf_fini(&walk.path);
}
