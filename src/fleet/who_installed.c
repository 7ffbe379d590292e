/*
 * What the files of a package that is asked for tell about an installation that already ran. Its tarball, where npm's cache or assay's store has it, is
 * proven by the digest that npm wrote down, and compared with the folder; a script that is gone, or a package.json that is another one
 * than came, is what malware leaves that cleans up behind itself.
 */
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/installed.h"
#include "assay/limits.h"
#include "assay/tarball.h"
#include "fleet/who_machine.h"

struct comparison {
	struct machine *machine;
	const char *project;
	const struct installed_find *finds;
	size_t count;
	struct arena *arena;
	struct tree *tree; /* a root, then the finds in their order */
	struct installed *installed;
	const struct installed_result *result; /* NULL: nothing could be compared */
	struct str *scripts;                   /* by package: "postinstall: node setup.js"; under `lock` */
	pthread_mutex_t lock;
};

/* ---- the tree of what is compared ------------------------------------------------------ */

static struct str version_of(const struct installed_find *find)
{
	return find->recorded.n ? find->recorded : find->version;
}

static struct str integrity_of(struct machine *machine, const struct installed_find *find, struct arena *arena)
{
	struct str version = version_of(find), key = arena_printf(arena, "%.*s\n%.*s", STR_ARG(find->name), STR_ARG(version));
	size_t place;
	if (find->integrity.n)
		return find->integrity;
	return key.p && map_find(machine->tarballs, key, &place) ? machine->digests.v[place] : STR_NONE;
}

static bool add_package(struct comparison *at, struct str id, const struct installed_find *find)
{
	struct package *package = tree_add_package(at->tree, id, NULL);
	if (!package)
		return false;
	package->kind = find ? PACKAGE_REGISTRY : PACKAGE_ROOT;
	package->name = find ? find->name : STR("");
	package->version = find ? version_of(find) : STR("");
	package->resolved = STR_NONE;
	package->integrity = find ? integrity_of(at->machine, find, at->arena) : STR_NONE;
	return true;
}

static bool make_tree(struct comparison *at)
{
	at->tree = tree_new(at->arena);
	if (!at->tree)
		return false;
	at->tree->path = at->tree->folder = at->project;
	at->tree->format = "node_modules";
	bool fine = add_package(at, STR(""), NULL);
	for (size_t i = 0; i < at->count && fine; i++)
		fine = add_package(at, at->finds[i].location, &at->finds[i]);
	return fine && tree_finish(at->tree, NULL) == STATUS_OK;
}

/* ---- comparing ---------------------------------------------------------------------------- */

static void keep_scripts(struct comparison *at, const struct inspection *inspection, struct tarball_packages packages)
{
	size_t count;
	const struct inspection_pair *scripts = inspection_list(inspection, INSPECTED_SCRIPTS, &count);
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%.*s: %.*s", i ? "; " : "", STR_ARG(inspection_str(inspection, scripts[i].key)),
			   STR_ARG(inspection_str(inspection, scripts[i].value)));
	pthread_mutex_lock(&at->lock);
	for (size_t i = 0; i < packages.n && !text.failed; i++)
		at->scripts[packages.v[i]] = arena_copy(at->machine->arena, buf_str(&text));
	pthread_mutex_unlock(&at->lock);
}

static void take_tarball(void *context, const struct proven_tarball *tarball, const struct inspection *inspection, struct unpacker *unpacker,
			 struct tarball_packages packages)
{
	struct comparison *at = context;
	if (inspection)
		keep_scripts(at, inspection, packages);
	installed_compare(at->installed, tarball, inspection, unpacker, packages);
}

/* Nothing is fetched: what is not in a cache is not compared. */
static void compare(struct comparison *at)
{
	const struct tarball_options options = { .store = at->machine->options->tarball_store,
						 .npm_cache = at->machine->options->npm_cache,
						 .offline = true,
						 .sandbox = at->machine->options->sandbox,
						 .jobs = at->machine->options->jobs,
						 .user_agent = "assay",
						 .proven = take_tarball,
						 .proven_context = at };
	struct tarball_result *results;
	struct error err;
	enum status status = installed_begin(at->tree, at->arena, &at->installed, &err);
	if (!status)
		status = tarball_verify(at->tree, &options, at->arena, &results, &err);
	if (!status)
		status = installed_finish(at->installed, &at->result, &err);
	if (status)
		machine_gap(at->machine, at->project, arena_copy(at->arena, str_of(err.text)).p);
}

/* ---- what it says ---------------------------------------------------------------------------- */

static bool is_there(struct comparison *at, const struct installed_find *find, struct str file)
{
	const char *path = arena_printf(at->arena, "%s/%.*s/%.*s", at->project, STR_ARG(find->location), STR_ARG(file)).p;
	struct stat info;
	return path && lstat(path, &info) == 0;
}

static void add_name(struct buf *out, struct str name, const char *what)
{
	buf_add_z(out, out->n ? ", " : "");
	buf_add(out, name);
	buf_printf(out, " %s", what);
}

static void add_names(struct comparison *at, const struct installed_find *find, const struct installed_difference *difference, const char *what,
		      struct buf *out)
{
	for (size_t i = 0; i < difference->listed; i++)
		add_name(out, difference->names[i], what ? what : is_there(at, find, difference->names[i]) ? "changed" : "missing");
	if (difference->count > difference->listed)
		buf_printf(out, " and %zu more", difference->count - difference->listed);
}

/* *ran where a script that ran explains it. */
static void add_difference(struct comparison *at, const struct installed_find *find, const struct installed_difference *difference, struct buf *out, bool *ran)
{
	static const char *const words[INSTALLED_KINDS] = { [INSTALLED_ADDED] = "added",           [INSTALLED_ADDED_DATA] = "added",
							    [INSTALLED_SCRIPT_ADDED] = "added",    [INSTALLED_REPLACED] = "replaced by a link",
							    [INSTALLED_UNREADABLE] = "unreadable", [INSTALLED_MODE] = "with another mode" };
	if (difference->kind == INSTALLED_VERSION) {
		buf_printf(out, "%spackage.json changed (it says %.*s)", out->n ? ", " : "", STR_ARG(difference->detail));
		*ran = true;
		return;
	}
	add_names(at, find, difference, words[difference->kind], out);
	*ran |= difference->kind == INSTALLED_SCRIPT_CHANGED || difference->kind == INSTALLED_SCRIPT_ADDED;
}

/* The files that the tarball's scripts name, where one is gone and the comparison did not say so. */
static void add_gone_scripts(struct comparison *at, const struct installed_find *find, struct str scripts, struct buf *out, bool *ran)
{
	static const char *const ends[] = { ".js", ".cjs", ".mjs", ".sh", ".py" };
	struct str word;
	while (scripts.n && str_split(&scripts, ' ', &word)) {
		while (str_starts_with(word, STR("./")))
			word = str_from(word, 2);
		bool script = word.n && word.p[0] != '/' && str_find_str(word, STR("..")) == word.n;
		bool ends_so = false;
		for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
			ends_so |= str_ends_with(word, str_of(ends[i]));
		if (!script || !ends_so || is_there(at, find, word) || str_find_str(buf_str(out), word) < out->n)
			continue;
		add_name(out, word, "missing");
		*ran = true;
	}
}

/* Digest, name and version were npm's: what package.json says now is what came later. */
static bool is_replaced(const struct installed_find *find)
{
	return !find->missing && find->recorded.n && !str_equal(find->recorded, find->version);
}

static struct str note_of(struct comparison *at, size_t index, bool *ran)
{
	const struct installed_find *find = &at->finds[index];
	uint32_t number = (uint32_t)index + 1;
	struct str scripts = at->scripts[number];
	CLEANUP(buf_fini) struct buf text = BUF_INIT((size_t)64 * 1024);
	bool compared = at->result && at->result->states[number] == INSTALLED_COMPARED;
	for (size_t i = 0; at->result && i < at->result->difference_count; i++) {
		const struct installed_difference *difference = &at->result->differences[i];
		compared |= difference->package == number && difference->kind == INSTALLED_VERSION;
		if (difference->package == number && str_equal(difference->location, find->location))
			add_difference(at, find, difference, &text, ran);
	}
	if (find->missing) {
		*ran = false;
		return STR("npm wrote down that it installed it; the folder is not there any more");
	}
	if (!text.n && is_replaced(find))
		add_difference(at, find,
			       &(struct installed_difference){ .kind = INSTALLED_VERSION, .detail = find->version.n ? find->version : STR("nothing") },
			       &text, ran);
	if (compared)
		add_gone_scripts(at, find, scripts, &text, ran);
	struct str found = buf_str(&text);
	const char *script = scripts.n ? ". At installation runs " : "";
	if (found.n)
		return arena_printf(at->arena, "differs from %s: %.*s%s%.*s", compared ? "its tarball" : "what npm installed", STR_ARG(found), script,
				    STR_ARG(scripts));
	return arena_printf(at->arena, "%s%s%.*s", compared ? "its files are those of its tarball" : "its tarball is not at hand: its files were not compared",
			    script, STR_ARG(scripts));
}

static int64_t time_of(struct comparison *at, const struct installed_find *find)
{
	const char *path = arena_printf(at->arena, "%s/%.*s", at->project, STR_ARG(find->location)).p;
	struct stat info;
	return path && lstat(path, &info) == 0 ? (int64_t)info.st_mtime : DATE_NONE;
}

static void add_find(struct comparison *at, size_t index)
{
	const struct installed_find *find = &at->finds[index];
	struct machine *machine = at->machine;
	struct who_entry entry = { .place = "node_modules",
				   .project = who_project_name(at->project, at->arena),
				   .package = find->name,
				   .version = version_of(find),
				   .since = time_of(at, find),
				   .until = DATE_NONE };
	entry.lockfile = str_of(path_join(at->arena, at->project, arena_copy(at->arena, find->location).p));
	enum who_match match = who_match(machine->question, entry.package, entry.version, find->integrity, &entry.asked);
	if (match != WHO_HIT && find->recorded.n)
		match = who_match(machine->question, entry.package, find->version, STR_NONE, &entry.asked);
	if (match == WHO_HIT)
		entry.note = note_of(at, index, &entry.ran);
	entry.asked = entry.asked.p ? entry.asked : find->asked;
	who_add(machine->gathering, match == WHO_HIT ? WHO_NOW : WHO_NEAR_MISS, &entry);
}

void machine_add_installed(struct machine *machine, const char *project, const struct installed_find *finds, size_t count)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(LIMIT_PROJECT_BYTES);
	struct comparison at = { .machine = machine, .project = project, .finds = finds, .count = count, .arena = arena };
	bool any = false;
	at.scripts = arena ? arena_array(arena, count + 1, sizeof *at.scripts) : NULL;
	if (!at.scripts || !make_tree(&at)) {
		machine->out_of_memory = true;
		return;
	}
	pthread_mutex_init(&at.lock, NULL);
	for (uint32_t i = 1; i < at.tree->package_count; i++)
		any |= at.tree->packages[i].integrity.n > 0;
	if (any)
		compare(&at);
	for (size_t i = 0; i < count; i++)
		add_find(&at, i);
	installed_free(at.installed);
	pthread_mutex_destroy(&at.lock);
}
