/* db import, db status, db show: the cached advisory database. */
#include <stdio.h>

#include "assay/advisory.h"
#include "assay/limits.h"
#include "cli/cli.h"

/* ---- import --------------------------------------------------------------------------- */

struct import_view {
	struct cli *cli;
	struct progress progress;
	uint64_t told; /* skipped records named so far */
};

static void tell_skipped(void *context, const char *where, const struct error *why)
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

static void show_records(void *context, uint64_t records)
{
	struct import_view *view = context;
	progress_show(&view->progress, "records", (size_t)records, 0, 0);
}

static void tell_import(const char *path, const struct advisory_import *import)
{
	fprintf(stderr, "advisories  %llu read: %llu new, %llu updated, %llu unchanged",
	        (unsigned long long)import->read, (unsigned long long)import->added, (unsigned long long)import->updated,
	        (unsigned long long)import->unchanged);
	if (import->foreign)
		fprintf(stderr, ", %llu of other ecosystems", (unsigned long long)import->foreign);
	if (import->skipped_count)
		fprintf(stderr, ", %llu BROKEN and skipped", (unsigned long long)import->skipped_count);
	fprintf(stderr, "\ndatabase    %s\n", path);
}

int command_db_import(struct cli *cli)
{
	struct import_view view = { .cli = cli };
	struct advisory_import import = {
		.skipped = tell_skipped,
		.progress = show_records,
		.context = &view,
		.source = cli->options.starter ? "starter" : cli->options.source,
		.replace = cli->options.replace,
		.reproducible = cli->options.starter,
	};
	struct error err;
	const char *path = cli->options.db ? cli->options.db : cli_database_default(cli);
	if (!path)
		return cli_usage_error("HOME is not set: say where the database is to be, with --db or --cache-dir");
	if (!cli->options.db && folder_make(cli_cache_folder(cli), &err))
		return cli_fail(&err);
	progress_start(&view.progress, cli);
	enum status status = advisory_import(path, cli->operands.v, cli->operands.n, &import, &err);
	progress_end(&view.progress);
	if (status)
		return cli_fail(&err);
	if (!cli->options.quiet)
		tell_import(path, &import);
	return EXIT_FINE;
}

/* ---- status ---------------------------------------------------------------------------- */

int command_db_status(struct cli *cli)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(64 * KIB);
	struct error err;
	if (cli_open_database(cli, &db, &err))
		return cli_fail(&err);
	const struct advisory_db_info *info = advisory_db_info(db);
	char date[DATE_TEXT_SIZE], age[DATE_TEXT_SIZE];
	date_format(info->modified, date);
	int64_t seconds;
	bool dated = !__builtin_sub_overflow(date_now(), info->modified, &seconds);
	duration_format(dated ? seconds : 0, age);
	buf_add_z(&out, "database    ");
	buf_add_visible(&out, str_of(info->path));
	buf_add_z(&out, "\nsource      ");
	buf_add_visible(&out, info->source);
	buf_printf(&out, "%s\nrecords     %llu (%llu malware) on %llu packages\n",
	           info->starter ? "   (the starter: about 220,000 records are known to the world)" : "",
	           (unsigned long long)info->advisories, (unsigned long long)info->malware,
	           (unsigned long long)info->packages);
	buf_printf(&out, dated ? "modified    %s (%s ago)\n" : "modified    %s\n", date, age);
	if (info->built != DATE_NONE) {
		date_format(info->built, date);
		buf_printf(&out, "imported    %s\n", date);
	}
	buf_printf(&out, "size        %.1f MB\ndigest      ", (double)info->size_bytes / 1e6);
	buf_add_visible(&out, info->digest);
	buf_add_char(&out, '\n');
	return cli_write_buf(cli, &out);
}

/* ---- show ------------------------------------------------------------------------------- */

static void write_interval(struct buf *out, const struct affected_interval *interval)
{
	if (!interval->introduced.n && !interval->end.n) {
		buf_add_z(out, "every version");
		return;
	}
	if (interval->introduced.n) {
		buf_add_z(out, ">=");
		buf_add_visible(out, interval->introduced);
	}
	if (interval->end.n) {
		buf_add_z(out, interval->introduced.n ? " <" : "<");
		buf_add_z(out, interval->end_included ? "=" : "");
		buf_add_visible(out, interval->end);
	}
}

static void write_list(struct buf *out, const char *title, const struct str *items, size_t count)
{
	enum { SHOWN = 20 };
	if (!count)
		return;
	buf_printf(out, "%-11s ", title);
	for (size_t i = 0; i < count && i < SHOWN; i++) {
		buf_add_z(out, i ? ", " : "");
		buf_add_visible(out, items[i]);
	}
	if (count > SHOWN)
		buf_printf(out, " and %zu more", count - SHOWN);
	buf_add_char(out, '\n');
}

static void write_advisory(struct buf *out, const struct advisory *advisory)
{
	char published[DATE_TEXT_SIZE], modified[DATE_TEXT_SIZE];
	buf_add_visible(out, advisory->id);
	buf_add_z(out, "   ");
	buf_add_visible(out, advisory->title);
	buf_printf(out, "\nseverity    %s", advisory->malware ? "critical (malware)" : severity_name(advisory->severity));
	if (advisory->score_tenths >= 0) {
		buf_printf(out, " %d.%d  ", advisory->score_tenths / 10, advisory->score_tenths % 10);
		buf_add_visible(out, advisory->vector);
	}
	buf_add_char(out, '\n');
	write_list(out, "aliases", advisory->aliases, advisory->alias_count);
	date_format(advisory->published, published);
	date_format(advisory->modified, modified);
	buf_printf(out, "published   %s, modified %s\n", published, modified);
	if (advisory->withdrawn != DATE_NONE) {
		date_format(advisory->withdrawn, modified);
		buf_printf(out, "withdrawn   %s\n", modified);
	}
	buf_add_z(out, "link        ");
	buf_add_visible(out, advisory->url);
	buf_add_char(out, '\n');
}

static void write_affected(struct buf *out, struct str name, const struct affected *affected)
{
	buf_add_z(out, "affects     ");
	buf_add_visible(out, name);
	buf_add_z(out, "  ");
	for (size_t i = 0; i < affected->interval_count; i++) {
		buf_add_z(out, i ? " || " : "");
		write_interval(out, &affected->intervals[i]);
	}
	buf_add_char(out, '\n');
	write_list(out, "  versions", affected->versions, affected->version_count);
	write_list(out, "  fixed in", affected->fixed, affected->fixed_count);
}

int command_db_show(struct cli *cli)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	struct error err;
	struct str what = str_of(cli->operands.v[0]), *names = NULL;
	struct affected *affected = NULL;
	size_t count = 0;
	if (cli_open_database(cli, &db, &err))
		return cli_fail(&err);
	enum status status = advisory_db_get(db, what, cli->arena, &affected, &names, &count, &err);
	if (status == STATUS_NOT_FOUND)
		status = advisory_db_find(db, what, cli->options.as_of, cli->arena, &affected, &count, &err);
	if (status)
		return cli_fail(&err);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || affected[i].advisory != affected[i - 1].advisory) {
			buf_add_z(&out, i ? "\n" : "");
			write_advisory(&out, affected[i].advisory);
		}
		write_affected(&out, names ? names[i] : what, &affected[i]);
	}
	if (count == 0) {
		cli_usage_error("%s: neither an advisory nor a package with advisories in this database%s", cli->operands.v[0],
		                advisory_db_info(db)->starter ? " (it is only the starter)" : "");
		return EXIT_FINDINGS;
	}
	return cli_write_buf(cli, &out);
}
