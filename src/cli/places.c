/* Where the cache and the database are found. */
#include <stdlib.h>
#include <unistd.h>

#include "assay/advisory.h"
#include "assay/lockfile.h"
#include "cli/cli.h"

const char *cli_cache_folder(struct cli *cli)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	if (cli->options.cache_dir)
		return cli->options.cache_dir;
	if (xdg && xdg[0] == '/')
		return path_join(cli->arena, xdg, "assay");
	return home && home[0] == '/' ? path_join(cli->arena, home, ".cache/assay") : NULL;
}

const char *cli_database_default(struct cli *cli)
{
	const char *folder = cli_cache_folder(cli);
	return folder ? path_join(cli->arena, folder, "advisories.db") : NULL;
}

const char *cli_tarball_store(struct cli *cli)
{
	const char *folder = cli_cache_folder(cli);
	return folder ? path_join(cli->arena, folder, "tarballs") : NULL;
}

const char *cli_records_file(struct cli *cli)
{
	const char *folder = cli_cache_folder(cli);
	return folder ? path_join(cli->arena, folder, "registry.db") : NULL;
}

const char *cli_memory(struct cli *cli)
{
	const char *folder = cli_cache_folder(cli);
	return folder ? path_join(cli->arena, folder, "inspections") : NULL;
}

const char *cli_fleet_store(struct cli *cli)
{
	const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	if (cli->options.store)
		return cli->options.store;
	if (xdg && xdg[0] == '/')
		return path_join(cli->arena, xdg, "assay/fleet.db");
	return home && home[0] == '/' ? path_join(cli->arena, home, ".local/share/assay/fleet.db") : NULL;
}

/* ../share/assay/starter.db, seen from the folder that the program lies in: <prefix>/bin. */
static const char *starter_path(struct cli *cli)
{
	char program[4096];
	ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
	if (n <= 0)
		return NULL;
	program[n] = '\0';
	const char *folder = path_folder(cli->arena, program);
	const char *prefix = folder ? path_folder(cli->arena, folder) : NULL;
	return prefix ? path_join(cli->arena, prefix, "share/assay/starter.db") : NULL;
}

enum status cli_open_database(struct cli *cli, struct advisory_db **db, struct error *err)
{
	if (cli->options.db)
		return advisory_db_open(cli->options.db, db, err);
	const char *cached = cli_database_default(cli);
	if (cached && file_exists(cached))
		return advisory_db_open(cached, db, err);
	const char *starter = starter_path(cli);
	if (starter && file_exists(starter))
		return advisory_db_open(starter, db, err);
	error_set(err, STATUS_NOT_FOUND, "there is no advisory database, not even the starter");
	error_hint(err, "fetch one: assay db update; or import one: assay db import all.zip (the npm part of OSV)");
	return STATUS_NOT_FOUND;
}

void cli_split_package(struct str text, struct str *name, struct str *range)
{
	size_t at = str_find(str_from(text, 1), '@') + 1;
	*name = str_head(text, at);
	*range = at < text.n ? str_from(text, at + 1) : STR_NONE;
}

static const char *readable_kinds(struct arena *arena)
{
	const char *kinds = NULL;
	for (const struct lockfile_format *const *format = lockfile_formats; *format; format++)
		if ((*format)->read)
			kinds = arena_printf(arena, "%s%s%s", kinds ? kinds : "", kinds ? ", " : "", (*format)->kind).p;
	return kinds ? kinds : "";
}

int cli_given_lockfile(struct cli *cli, struct lockfile_found *out)
{
	const char *given = cli->options.lockfile, *colon = strchr(given, ':');
	struct str kind = colon ? arena_copy(cli->arena, (struct str){ given, (size_t)(colon - given) }) : STR_NONE;
	const struct lockfile_format *format = kind.p ? lockfile_format_by_kind(kind.p) : NULL;
	if (!format || !format->read)
		return cli_usage_error("--lockfile takes KIND:FILE, KIND one of: %s; not \"%s\"", readable_kinds(cli->arena), given);
	*out = (struct lockfile_found){ .path = colon + 1, .format = format };
	out->folder = strcmp(out->path, "-") == 0 ? NULL : path_folder(cli->arena, out->path);
	return EXIT_FINE;
}

const char *cli_label(const struct cli *cli, const char *path, const char *given)
{
	const char *label = path_in_repository(cli->arena, path);
	size_t n = strlen(given);
	if (!label && cli->operands.n < 2 && strncmp(path, given, n) == 0)
		label = path + n + strspn(path + n, "/");
	return label && !label[0] ? path_base(path) : label;
}
