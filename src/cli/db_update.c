/* db update, and scan --update: the advisories as OSV has them now. */
#include <stdio.h>

#include "assay/limits.h"
#include "assay/sandbox.h"
#include "cli/db.h"

static void show_fetched(void *context, const char *what, size_t done, size_t total, uint64_t bytes)
{
	struct import_view *view = context;
	progress_show(&view->progress, what, done, total, bytes);
}

static void tell_note(void *context, const char *text)
{
	struct import_view *view = context;
	progress_note(&view->progress, str_of(text));
}

static void tell_update(const char *path, const struct advisory_update *update)
{
	static const char *const kinds[] = {
		[UPDATE_RECENT] = "updated not long ago; nothing was asked",
		[UPDATE_CURRENT] = "nothing has changed since the last update",
		[UPDATE_INCREMENT] = "what changed: ",
		[UPDATE_WHOLE] = "all of them: ",
	};
	fprintf(stderr, "advisories  %s", kinds[update->kind]);
	if (update->kind == UPDATE_INCREMENT || update->kind == UPDATE_WHOLE)
		db_tell_counts(&update->import);
	else
		fputc('\n', stderr);
	db_tell_enrichment(&update->import);
	fprintf(stderr, "database    %s", path);
	if (update->bytes)
		fprintf(stderr, "   (%.1f MB fetched)", (double)update->bytes / 1e6);
	fputc('\n', stderr);
}

/* "" and NULL: any age will do. */
static int parse_age(const char *option, const char *text, int64_t *out)
{
	if (!text || !*text || (duration_parse(str_of(text), out) && *out > 0))
		return EXIT_FINE;
	return cli_usage_error("--%s takes an age like 6h or 2d, not \"%s\"", option, text);
}

/* --with names what is fetched from where it is published; --epss and --kev name another place. */
static int choose_enrichment(struct cli *cli)
{
	struct str rest = str_of(cli->options.with), name;
	while (cli->options.with && str_split(&rest, ',', &name)) {
		bool epss = str_equal(name, STR("epss"));
		if (!epss && !str_equal(name, STR("kev")))
			return cli_usage_error("--with takes epss, kev or epss,kev, not \"%s\"", cli->options.with);
		const char **from = epss ? &cli->options.epss : &cli->options.kev;
		*from = *from ? *from : epss ? EPSS_URL : KEV_URL;
	}
	return EXIT_FINE;
}

static enum status update(struct cli *cli, const char *path, int64_t max_age_s, struct sandbox *sandbox, struct error *err)
{
	struct import_view view = { .cli = cli };
	struct advisory_update update = {
		.import = { .skipped = db_tell_skipped, .progress = db_show_records, .context = &view, .epss = cli->options.epss, .kev = cli->options.kev, .sandbox = sandbox },
		.from = cli->options.from,
		.sha256 = cli->options.sha256,
		.max_age_s = max_age_s,
		.full = cli->options.full,
		.force = cli->options.force,
		.user_agent = "assay/" ASSAY_VERSION,
		.progress = show_fetched,
		.note = tell_note,
	};
	progress_start(&view.progress, cli);
	bool entered = db_zone_enter();
	enum status status = advisory_update(path, &update, err);
	db_zone_leave(entered);
	progress_end(&view.progress);
	if (!status && !cli->options.quiet)
		tell_update(path, &update);
	return status;
}

int command_db_update(struct cli *cli)
{
	struct error err;
	int64_t max_age_s = 0;
	int code = parse_age("if-older-than", cli->options.if_older_than, &max_age_s);
	code = code ? code : choose_enrichment(cli);
	CLEANUP(sandbox_cleanup) struct sandbox *sandbox = NULL;
	code = code ? code : cli_start_sandbox(cli, true, &sandbox);
	const char *path = code ? NULL : db_path_to_write(cli);
	if (!path)
		return code ? code : EXIT_INCOMPLETE;
	return update(cli, path, max_age_s, sandbox, &err) ? cli_fail(&err) : EXIT_FINE;
}

int cli_refresh(struct cli *cli, struct sandbox *sandbox, bool *failed)
{
	struct error err;
	int64_t max_age_s = 0;
	*failed = false;
	if (!cli->options.update)
		return EXIT_FINE;
	if (cli->options.offline)
		return cli_usage_error("--update fetches advisories; --offline forbids it");
	int code = parse_age("update", cli->options.update, &max_age_s);
	code = code ? code : choose_enrichment(cli);
	const char *path = code ? NULL : db_path_to_write(cli);
	if (!path)
		return code ? code : EXIT_INCOMPLETE;
	if (update(cli, path, max_age_s, sandbox, &err) == STATUS_OK)
		return EXIT_FINE;
	code = cli_fail(&err);
	*failed = true;
	if (code != EXIT_USAGE)
		fprintf(stderr, "assay: the advisories could not be refreshed; going on with those that are there\n");
	return code == EXIT_USAGE ? code : EXIT_FINE;
}
