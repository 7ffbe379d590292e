/*
 * What pnpm, yarn and bun keep for all projects. Their layouts are known from the managers themselves: pnpm 7 to 9 (v3) have an index file per tarball
 * beside the files, pnpm 10 names it after the release, pnpm 11 and later have a database of them; yarn classic unpacks into a folder per
 * release, yarn berry keeps zips, bun folders called after the release.
 */
#include <fcntl.h>
#include <unistd.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "fleet/who_machine.h"
#include "store/store.h"

/* ---- pnpm -------------------------------------------------------------------------------- */

/* "sha512-…" of the 128 digits that a v3 index file is called after. */
static struct str integrity_of_hex(struct str head, struct str rest, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf sri = BUF_INIT(256);
	struct digest digest;
	if (!digest_read_hex(arena_printf(arena, "%.*s%.*s", STR_ARG(head), STR_ARG(rest)), DIGEST_SHA512, &digest))
		return STR_NONE;
	digest_write_sri(&digest, &sri);
	return sri.failed ? STR_NONE : arena_copy(arena, buf_str(&sri));
}

/* An index file: name, version, and the digest of each file. */
static void judge_index(struct machine *machine, struct str text, struct str integrity, const char *path, struct arena *arena)
{
	struct json *index;
	if (json_parse(text, 0, arena, &index, NULL, NULL)) {
		machine_gap(machine, path, "an index file of pnpm's that is no JSON");
		return;
	}
	struct str name = json_find_text(index, "name"), version = json_find_text(index, "version");
	machine->count.pnpm_packages++;
	if (machine_judge(machine, "pnpm-store", name, version, integrity, path, DATE_NONE) || !who_digest_count(machine->question))
		return;
	json_each(file, json_find(index, "files"))
		if (machine_judge(machine, "pnpm-store", STR(""), version, json_find_text(file, "integrity"), path, DATE_NONE))
			return;
}

static void visit_index(struct machine *machine, int fd, const char *folder, const struct folder_entry *entry, void *context)
{
	struct str name = str_of(entry->name);
	CLEANUP(arena_cleanup) struct arena *arena = NULL;
	(void)context;
	if (!str_ends_with(name, STR("-index.json")) && !str_ends_with(name, STR(".json")))
		return;
	arena = arena_new(0);
	const char *path = arena ? path_join(arena, folder, entry->name) : NULL;
	if (!path) {
		machine->out_of_memory = true;
		return;
	}
	struct str text = machine_read_at(fd, entry->name, LIMIT_CACHE_INDEX_BYTES, arena);
	struct str integrity = str_ends_with(name, STR("-index.json")) ?
				       integrity_of_hex(str_of(path_base(folder)), str_head(name, name.n - strlen("-index.json")), arena) :
				       STR_NONE;
	if (text.p)
		judge_index(machine, text, integrity, path, arena);
	else
		machine_gap(machine, path, "it cannot be read, or is larger than an index is");
}

/* A row's key: "<SRI>\t<name>@<version>". */
static void judge_key(struct machine *machine, struct str key, const char *path)
{
	size_t tab = str_find(key, '\t');
	struct str release = str_from(key, tab + 1);
	size_t at = str_find(str_from(release, 1), '@') + 1;
	if (tab == key.n || at >= release.n)
		return;
	machine->count.pnpm_packages++;
	machine_judge(machine, "pnpm-store", str_head(release, at), str_from(release, at + 1), str_head(key, tab), path, DATE_NONE);
}

static void read_database(struct machine *machine, const char *path)
{
	static const struct store_kind kind = { .what = "an index of pnpm's store", .remedy = "pnpm store status tells more" };
	CLEANUP(store_cleanup) struct store *store = NULL;
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	struct error err;
	bool row = false;
	if (!file_exists(path))
		return;
	enum status status = store_open(path, &kind, &store, &err);
	if (!status)
		status = store_prepare(store, "SELECT key FROM package_index ORDER BY key", &query, &err);
	while (!status && !(status = query_next(query, &row, &err)) && row)
		judge_key(machine, query_text(query, 0), path);
	if (status)
		machine_gap(machine, path, err.text);
}

static void visit_version(struct machine *machine, int fd, const char *folder, const struct folder_entry *entry, void *context)
{
	(void)fd;
	(void)context;
	if (entry->kind != ENTRY_FOLDER || entry->name[0] != 'v')
		return;
	const char *version = machine_path(machine, folder, entry->name), *database = machine_path(machine, version, "index.db");
	bool index = machine_walk(machine, machine_path(machine, version, "index"), 1, visit_index, NULL);
	bool files = !index && strcmp(entry->name, "v3") == 0 && machine_walk(machine, machine_path(machine, version, "files"), 1, visit_index, NULL);
	if (database)
		read_database(machine, database);
	machine->count.pnpm_store |= index || files || (database && file_exists(database));
}

void machine_look_in_pnpm(struct machine *machine)
{
	const char *home = machine->options->home, *data = machine_variable(machine, "XDG_DATA_HOME"),
		   *config = machine_variable(machine, "XDG_CONFIG_HOME");
	const char *own = machine_variable(machine, "PNPM_HOME");
	config = config ? config : machine_path(machine, home, ".config");
	const char *const places[] = {
		machine_variable(machine, "npm_config_store_dir"),
		machine_variable(machine, "pnpm_config_store_dir"),
		machine_setting(machine, machine_path(machine, home, ".npmrc"), "store-dir"),
		machine_setting(machine, machine_path(machine, config, "pnpm/rc"), "store-dir"),
		machine_path(machine, own, "store"),
		machine_path(machine, data, "pnpm/store"),
		machine_path(machine, home, ".local/share/pnpm/store"),
		machine_path(machine, home, "Library/pnpm/store"),
		machine_path(machine, home, ".pnpm-store"),
		"/.pnpm-store",
	};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		bool seen = !places[i];
		for (size_t k = 0; k < i && !seen; k++)
			seen = places[k] && strcmp(places[k], places[i]) == 0;
		if (!seen)
			machine_walk(machine, places[i], 0, visit_version, NULL);
	}
}

/* ---- yarn ---------------------------------------------------------------------------------- */

static void judge_unpacked(struct machine *machine, int fd, const char *path)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str name, version;
	machine->out_of_memory |= !arena;
	if (!arena)
		return;
	if (machine_read_manifest(fd, arena, &name, &version))
		machine_judge(machine, "yarn-cache", name, version, STR_NONE, path, DATE_NONE);
	else
		machine_gap(machine, path, "a package without a package.json that can be read");
}

/* A package, or a scope's folder of them. */
static void visit_unpacked(struct machine *machine, int fd, const char *folder, const struct folder_entry *entry, void *context)
{
	const char *path = machine_path(machine, folder, entry->name);
	CLEANUP(file_close) int inner = entry->kind == ENTRY_FOLDER ? folder_open_at(fd, entry->name) : -1;
	if (inner < 0 || !path)
		return;
	if (entry->name[0] == '@' && !context)
		machine_walk(machine, path, 0, visit_unpacked, (void *)(uintptr_t)path);
	else
		judge_unpacked(machine, inner, path);
}

static void visit_classic(struct machine *machine, int fd, const char *folder, const struct folder_entry *entry, void *context)
{
	(void)fd;
	(void)context;
	if (entry->kind != ENTRY_FOLDER || strncmp(entry->name, "npm-", 4) != 0)
		return;
	const char *path = machine_path(machine, folder, entry->name);
	machine->count.yarn_packages++;
	machine_walk(machine, machine_path(machine, path, "node_modules"), 0, visit_unpacked, NULL);
}

/* "1.0.0-0123456789-8": in front of the hash of the locator, and of the key or the checksum. */
static struct str version_in_zip(struct str rest)
{
	rest = str_head(rest, str_find_last(rest, '-'));
	return str_head(rest, str_find_last(rest, '-'));
}

/* "@scope-name-npm-1.0.0-0123456789-8.zip": the name's slash is a dash there, so that names are compared in that form. Names and versions may
 * have "-npm-" in them as well: each is where a name could end, behind which a version has to begin. */
static void visit_zip(struct machine *machine, int fd, const char *folder, const struct folder_entry *entry, void *context)
{
	const struct str mark = STR("-npm-");
	struct str file = str_of(entry->name);
	size_t which;
	(void)fd;
	(void)context;
	if (entry->kind != ENTRY_FILE || !str_ends_with(file, STR(".zip")))
		return;
	machine->count.yarn_packages++;
	file = str_head(file, file.n - strlen(".zip"));
	const char *path = machine_path(machine, folder, entry->name);
	for (size_t end = 0; path && (end += str_find_str(str_from(file, end), mark)) < file.n; end++) {
		struct str version = version_in_zip(str_from(file, end + mark.n));
		if (version.n && ascii_is_digit((unsigned char)version.p[0]) && map_find(machine->slugs, str_head(file, end), &which))
			machine_judge(machine, "yarn-cache", machine->names[which], version, STR_NONE, path, DATE_NONE);
	}
}

static bool list_slugs(struct machine *machine)
{
	size_t count = who_names(machine->question, &machine->names);
	machine->slugs = map_new(machine->arena, count);
	bool fine = machine->slugs;
	for (size_t i = 0; fine && i < count; i++) {
		struct str slug = arena_copy(machine->arena, machine->names[i]);
		for (size_t k = 0; slug.p && k < slug.n; k++)
			if (slug.p[k] == '/')
				((char *)(uintptr_t)slug.p)[k] = '-';
		fine = slug.p && map_set(machine->slugs, slug, i);
	}
	machine->out_of_memory |= !fine;
	return fine;
}

void machine_look_in_zips(struct machine *machine, const char *folder)
{
	if (folder && (machine->slugs || list_slugs(machine)) && machine_walk(machine, folder, 0, visit_zip, NULL))
		machine->count.yarn_cache = true;
}

static void visit_classic_version(struct machine *machine, int fd, const char *folder, const struct folder_entry *entry, void *context)
{
	(void)fd;
	(void)context;
	if (entry->kind == ENTRY_FOLDER && entry->name[0] == 'v' && ascii_is_digit((unsigned char)entry->name[1]))
		machine->count.yarn_cache |= machine_walk(machine, machine_path(machine, folder, entry->name), 0, visit_classic, NULL);
}

void machine_look_in_yarn(struct machine *machine)
{
	const char *home = machine->options->home, *cache = machine_variable(machine, "XDG_CACHE_HOME"),
		   *own = machine_variable(machine, "YARN_CACHE_FOLDER");
	const char *const classic[] = { own, machine_path(machine, cache, "yarn"), machine_path(machine, home, ".cache/yarn"),
					machine_path(machine, home, "Library/Caches/Yarn"), "/usr/local/share/.cache/yarn" /* root's */ };
	const char *berry = machine_variable(machine, "YARN_GLOBAL_FOLDER");
	for (size_t i = 0; i < sizeof classic / sizeof *classic; i++)
		if (classic[i] && !(i == 2 && classic[1] && strcmp(classic[1], classic[2]) == 0))
			machine_walk(machine, classic[i], 0, visit_classic_version, NULL);
	machine_look_in_zips(machine, own);
	machine_look_in_zips(machine, machine_path(machine, berry, "cache"));
	machine_look_in_zips(machine, machine_path(machine, home, ".yarn/berry/cache"));
}

/* ---- bun ------------------------------------------------------------------------------------- */

/* "name@1.0.0@@@1", "name@1.0.0@@registry@@@1"; a scope is a folder around them, given as the context. */
static void visit_bun(struct machine *machine, int fd, const char *folder, const struct folder_entry *entry, void *context)
{
	struct str text = str_of(entry->name), scope = str_of(context);
	size_t at = str_find(str_from(text, 1), '@') + 1;
	const char *path = entry->kind == ENTRY_FOLDER ? machine_path(machine, folder, entry->name) : NULL;
	(void)fd;
	if (!path)
		return;
	if (entry->name[0] == '@' && !scope.p) {
		machine_walk(machine, path, 0, visit_bun, (void *)(uintptr_t)path_base(path));
		return;
	}
	struct str version = str_from(text, at + 1);
	version = str_head(version, str_find_str(version, STR("@@")));
	if (at >= text.n || !version.n)
		return;
	machine->count.bun_packages++;
	struct str name = arena_printf(machine->arena, "%.*s%s%.*s", STR_ARG(scope), scope.n ? "/" : "", STR_ARG(str_head(text, at)));
	machine->out_of_memory |= !name.p;
	if (name.p)
		machine_judge(machine, "bun-cache", name, version, STR_NONE, path, DATE_NONE);
}

void machine_look_in_bun(struct machine *machine)
{
	const char *own = machine_variable(machine, "BUN_INSTALL_CACHE_DIR"), *root = machine_variable(machine, "BUN_INSTALL");
	const char *folder = own  ? own :
			     root ? machine_path(machine, root, "install/cache") :
				    machine_path(machine, machine->options->home, ".bun/install/cache");
	machine->count.bun_cache = machine_walk(machine, folder, 0, visit_bun, NULL);
}
