/* This machine: the order in which its places are looked into, and what looking into them is made of. */
#include "fleet/who_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "assay/npmrc.h"

/* ---- what is found ------------------------------------------------------------------- */

bool machine_judge(struct machine *machine, const char *place, struct str name, struct str version, struct str integrity, const char *path, int64_t stored)
{
	struct who_entry entry = {
		.place = place, .project = str_of(place), .lockfile = str_of(path), .package = name, .version = version, .since = stored, .until = DATE_NONE
	};
	enum who_match match = who_match(machine->question, name, version, integrity, &entry.asked);
	if (match != WHO_OTHER)
		who_add(machine->gathering, match == WHO_HIT ? WHO_NOW : WHO_NEAR_MISS, &entry);
	return match == WHO_HIT;
}

void machine_gap(struct machine *machine, const char *path, const char *why)
{
	who_add_gap(machine->gathering, &(struct who_gap){ .kind = "unreadable", .path = str_of(path), .why = str_of(why) });
}

/* ---- where things are ------------------------------------------------------------------ */

const char *machine_path(struct machine *machine, const char *folder, const char *name)
{
	const char *path = folder ? path_join(machine->arena, folder, name) : NULL;
	machine->out_of_memory |= folder && !path;
	return path;
}

const char *machine_variable(const struct machine *machine, const char *name)
{
	const char *value = machine->options->variable(name);
	return value && value[0] ? value : NULL;
}

const char *machine_setting(struct machine *machine, const char *file, const char *key)
{
	struct npmrc_line *lines;
	struct str text;
	size_t count;
	const char *value = NULL;
	if (!file || file_read(file, LIMIT_CONFIG_BYTES, machine->arena, &text, NULL) || npmrc_read_lines(text, machine->arena, &lines, &count, NULL))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (str_equal_z(lines[i].key, key) && lines[i].value.n && lines[i].value.p[0] == '/')
			value = arena_copy(machine->arena, lines[i].value).p;
	return value;
}

/* ---- walking ----------------------------------------------------------------------------- */

static void walk_open(struct machine *machine, int fd, const char *path, unsigned depth, machine_visit visit, void *context)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct folder_entries entries = { 0 };
	struct error err;
	if (!scratch || folder_read(fd, NULL, scratch, &entries, &err)) {
		machine->out_of_memory |= !scratch;
		if (scratch)
			machine_gap(machine, path, err.text);
		return;
	}
	for (size_t i = 0; i < entries.list.n; i++) {
		const struct folder_entry *entry = &entries.list.v[i];
		if (!depth) {
			visit(machine, fd, path, entry, context);
			continue;
		}
		CLEANUP(file_close) int inner = entry->kind == ENTRY_FOLDER ? folder_open_at(fd, entry->name) : -1;
		const char *below = path_join(scratch, path, entry->name);
		if (inner >= 0 && below)
			walk_open(machine, inner, below, depth - 1, visit, context);
		else if (entry->kind == ENTRY_FOLDER && below)
			machine_gap(machine, below, error_number_text(errno));
	}
}

bool machine_knows(struct machine *machine, int fd)
{
	struct stat info;
	size_t there;
	if (fstat(fd, &info) != 0)
		return false;
	struct str key = arena_printf(machine->arena, "%llx:%llx", (unsigned long long)info.st_dev, (unsigned long long)info.st_ino);
	if (key.p && map_find(machine->walked, key, &there))
		return true;
	machine->out_of_memory |= !key.p || !map_set(machine->walked, key, 1);
	return false;
}

bool machine_walk(struct machine *machine, const char *path, unsigned depth, machine_visit visit, void *context)
{
	CLEANUP(file_close) int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK) : -1;
	if (fd >= 0 && !machine_knows(machine, fd))
		walk_open(machine, fd, path, depth, visit, context);
	else if (fd < 0 && path && errno != ENOENT && errno != ENOTDIR)
		machine_gap(machine, path, error_number_text(errno));
	return fd >= 0;
}

struct str machine_read_at(int fd, const char *name, size_t max, struct arena *arena)
{
	CLEANUP(file_close) int file = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat info;
	if (file < 0 || fstat(file, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0 || (uint64_t)info.st_size > max)
		return STR_NONE;
	char *bytes = arena_alloc(arena, (size_t)info.st_size + 1);
	ptrdiff_t n = bytes ? file_read_at(file, bytes, (size_t)info.st_size, 0) : -1;
	return n < 0 ? STR_NONE : (struct str){ bytes, (size_t)n };
}

bool machine_read_manifest(int fd, struct arena *arena, struct str *name, struct str *version)
{
	struct str text = machine_read_at(fd, "package.json", LIMIT_MANIFEST_BYTES, arena), found;
	struct json *manifest;
	*name = *version = STR("");
	if (!text.p || json_parse(text, 0, arena, &manifest, NULL, NULL))
		return false;
	found = json_find_text(manifest, "name");
	*name = found.p ? found : *name;
	found = json_find_text(manifest, "version");
	*version = found.p ? found : *version;
	return true;
}

/* ---- the order ------------------------------------------------------------------------------ */

enum status who_look_in_machine(struct who_question *question, const struct who_machine_options *options, struct arena *arena,
				struct who_gathering *gathering, struct error *err)
{
	static const struct {
		const char *what;
		void (*look)(struct machine *machine);
	} places[] = {
		{ "reading npm's cache", machine_look_in_npm_cache }, { "reading pnpm's store", machine_look_in_pnpm },
		{ "reading yarn's cache", machine_look_in_yarn },     { "reading bun's cache", machine_look_in_bun },
		{ "reading node_modules", machine_look_in_modules },
	};
	struct machine machine = { .question = question,
				   .options = options,
				   .gathering = gathering,
				   .arena = arena,
				   .tarballs = map_new(arena, 0),
				   .walked = map_new(arena, 0),
				   .count = { .machine = true, .oldest = DATE_NONE } };
	if (!machine.tarballs || !machine.walked)
		return error_memory(err);
	for (size_t i = 0; i < sizeof places / sizeof *places && !machine.out_of_memory; i++) {
		if (options->progress)
			options->progress(options->context, places[i].what, i, sizeof places / sizeof *places);
		places[i].look(&machine);
	}
	who_count(gathering, &machine.count);
	return machine.out_of_memory ? error_memory(err) : STATUS_OK;
}
