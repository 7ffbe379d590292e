/* db import, db export, db status: the cached advisory database. */
#include <stdio.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "assay/sandbox.h"
#include "cli/db.h"

/* ---- import --------------------------------------------------------------------------- */

void db_tell_skipped(void *context, const char *where, const struct error *why)
{
	struct import_view *view = context;
	enum { MOST = 20 };
	if (view->told++ >= MOST)
		return;
	CLEANUP(buf_fini) struct buf line = BUF_INIT(64 * KIB);
	buf_add_visible(&line, str_of(where));
	buf_add_z(&line, ": ");
	buf_add_visible(&line, str_of(why->text));
	progress_end(&view->progress);
	fprintf(stderr, "assay: skipped %.*s\n", STR_ARG(buf_str(&line)));
	if (view->told == MOST)
		fprintf(stderr, "assay: further skipped records are only counted\n");
}

void db_show_records(void *context, uint64_t records)
{
	struct import_view *view = context;
	progress_show(&view->progress, "records", (size_t)records, 0, 0);
}

/* Both while there is one thread. */
bool db_zone_enter(void)
{
	return !getenv("TZ") && setenv("TZ", "UTC0", 1) == 0; // NOLINT(concurrency-mt-unsafe): see above
}

void db_zone_leave(bool entered)
{
	if (entered)
		unsetenv("TZ"); // NOLINT(concurrency-mt-unsafe): see above
}

void db_tell_counts(const struct advisory_import *import)
{
	fprintf(stderr, "%llu read: %llu new, %llu updated, %llu unchanged", (unsigned long long)import->read, (unsigned long long)import->added,
		(unsigned long long)import->updated, (unsigned long long)import->unchanged);
	if (import->foreign)
		fprintf(stderr, ", %llu of other ecosystems", (unsigned long long)import->foreign);
	if (import->removed)
		fprintf(stderr, ", %llu removed", (unsigned long long)import->removed);
	if (import->skipped_count)
		fprintf(stderr, ", %llu BROKEN and skipped", (unsigned long long)import->skipped_count);
	fputc('\n', stderr);
}

void db_tell_enrichment(const struct advisory_import *import)
{
	if (import->epss_rows)
		fprintf(stderr, "epss        %llu scores\n", (unsigned long long)import->epss_rows);
	if (import->kev_rows)
		fprintf(stderr, "kev         %llu vulnerabilities known to be exploited\n", (unsigned long long)import->kev_rows);
}

static void tell_import(const char *path, const struct advisory_import *import)
{
	if (import->read) {
		fputs("advisories  ", stderr);
		db_tell_counts(import);
	}
	db_tell_enrichment(import);
	fprintf(stderr, "database    %s\n", path);
}

const char *db_path_to_write(struct cli *cli)
{
	struct error err;
	if (cli->options.db)
		return cli->options.db;
	const char *folder = cli_cache_folder(cli), *path = cli_database_default(cli);
	if (!folder || !path) {
		cli_usage_error("HOME is not set: say where the database is to be, with --db or --cache-dir");
		return NULL;
	}
	enum status status = folder_make(folder, &err);
	if (status)
		cli_fail(&err);
	return status ? NULL : path;
}

int command_db_import(struct cli *cli)
{
	struct import_view view = { .cli = cli };
	struct advisory_import import = {
		.skipped = db_tell_skipped,
		.progress = db_show_records,
		.context = &view,
		.source = cli->options.starter ? "starter" : cli->options.source,
		.replace = cli->options.replace,
		.reproducible = cli->options.starter,
		.epss = cli->options.epss,
		.kev = cli->options.kev,
	};
	struct error err;
	if (cli->operands.n == 0 && !import.epss && !import.kev)
		return cli_usage_error("db import needs a FILE, --epss FILE or --kev FILE");
	CLEANUP(sandbox_cleanup) struct sandbox *sandbox = NULL;
	int code = cli_start_sandbox(cli, true, &sandbox);
	if (code)
		return code;
	import.sandbox = sandbox;
	const char *path = db_path_to_write(cli);
	if (!path)
		return EXIT_USAGE;
	progress_start(&view.progress, cli);
	bool entered = db_zone_enter();
	enum status status = advisory_import(path, cli->operands.v, cli->operands.n, &import, &err);
	db_zone_leave(entered);
	progress_end(&view.progress);
	if (status)
		return cli_fail(&err);
	if (!cli->options.quiet)
		tell_import(path, &import);
	return EXIT_FINE;
}

/* ---- export ---------------------------------------------------------------------------- */

/* Without a name: the only one, else OSV's. */
static const char *source_to_export(struct cli *cli, const struct advisory_db_info *info)
{
	bool several = str_find(info->source, ',') != info->source.n;
	return cli->options.source ? cli->options.source : several ? "osv" : arena_copy(cli->arena, info->source).p;
}

static int export_compact(struct cli *cli, struct advisory_db *db, const char *path)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *written = NULL;
	struct error err;
	if (cli->options.source)
		return cli_usage_error("--compact takes all sources; --source is for the zip");
	if (advisory_export_compact(db, path, &err) || advisory_db_open(path, &written, &err))
		return cli_fail(&err);
	const struct advisory_db_info *info = advisory_db_info(written);
	if (!cli->options.quiet)
		fprintf(stderr, "exported    %llu records of %.*s to %s: %.1f MB, to be used with --db\n", (unsigned long long)info->advisories,
			STR_ARG(info->source), path, (double)info->size_bytes / 1e6);
	return EXIT_FINE;
}

int command_db_export(struct cli *cli)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	uint64_t records;
	struct error err;
	if (cli_open_database(cli, &db, &err))
		return cli_fail(&err);
	if (cli->options.compact)
		return export_compact(cli, db, cli->operands.v[0]);
	const char *source = source_to_export(cli, advisory_db_info(db)), *path = cli->operands.v[0];
	enum status status = source ? advisory_export(db, source, path, &records, &err) : error_memory(&err);
	if (status)
		return cli_fail(&err);
	if (!cli->options.quiet)
		fprintf(stderr, "exported    %llu records of %s to %s (without their prose, which is not kept)\n", (unsigned long long)records, source, path);
	return EXIT_FINE;
}

/* ---- status ---------------------------------------------------------------------------- */

static void write_date(struct buf *out, const char *title, int64_t date, const char *more)
{
	char text[DATE_TEXT_SIZE], age[DATE_TEXT_SIZE];
	if (date == DATE_NONE)
		return;
	date_format(date, text);
	duration_format(date_now() - date, age);
	buf_printf(out, "%-11s %s (%s ago)%s", title, text, age, more);
	buf_add_char(out, '\n');
}

/* One line each where there are several. */
static enum status write_sources(struct cli *cli, struct advisory_db *db, struct buf *out, struct error *err)
{
	struct advisory_source *sources = NULL;
	size_t count = 0;
	enum status status = advisory_db_sources(db, cli->arena, &sources, &count, err);
	for (size_t i = 0; !status && i < count && count > 1; i++) {
		char date[DATE_TEXT_SIZE];
		date_format(sources[i].modified, date);
		buf_add_z(out, "  ");
		buf_add_visible(out, sources[i].name);
		buf_printf(out, ": %llu records, the newest of %s\n", (unsigned long long)sources[i].records, date);
	}
	return status;
}

static void write_update(struct buf *out, const struct advisory_db_info *info)
{
	CLEANUP(buf_fini) struct buf from = BUF_INIT(16 * KIB);
	buf_add_z(&from, " from ");
	buf_add_visible(&from, info->updated_from);
	buf_add_char(&from, '\0');
	write_date(out, "modified", info->modified, "");
	write_date(out, "updated", info->updated, info->updated_from.n && !from.failed ? from.p : "");
	write_date(out, "written", info->built, "");
	write_date(out, "epss", info->epss_date, "");
	write_date(out, "kev", info->kev_date, "");
}

int command_db_status(struct cli *cli)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(64 * KIB);
	struct error err;
	if (cli_open_database(cli, &db, &err))
		return cli_fail(&err);
	const struct advisory_db_info *info = advisory_db_info(db);
	buf_add_z(&out, "database    ");
	buf_add_visible(&out, str_of(info->path));
	buf_add_z(&out, "\nsource      ");
	buf_add_visible(&out, info->source);
	buf_printf(&out, "%s\n", info->starter ? "   (the starter: about 220,000 records are known to the world)" : "");
	if (write_sources(cli, db, &out, &err))
		return cli_fail(&err);
	buf_printf(&out, "records     %llu (%llu malware) on %llu packages\n", (unsigned long long)info->advisories,
		   (unsigned long long)info->malware, (unsigned long long)info->packages);
	write_update(&out, info);
	buf_printf(&out, "size        %.1f MB%s\ndigest      ", (double)info->size_bytes / 1e6, info->compact ? " (compact)" : "");
	buf_add_visible(&out, info->digest);
	buf_add_char(&out, '\n');
	if (cli->options.check && advisory_db_check(db, &err))
		return cli_fail(&err);
	if (cli->options.check)
		buf_add_z(&out, "check       every record is as its digest says\n");
	return cli_write_lines(cli, &out);
}
