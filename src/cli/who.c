/* who: the question of an incident, asked of folders, their history, this machine. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "assay/limits.h"
#include "assay/npmrc.h"
#include "assay/who.h"
#include "cli/fleet.h"

struct who {
	struct cli *cli;
	struct who_question *question;
	struct who_gathering *gathering;
	VEC(const char *) paths;
	VEC(struct str) ids; /* of advisories */
	VEC(struct who_list) lists;
	struct who_report report;
	struct sandbox *sandbox;
	struct progress progress;
	int64_t started_ms;
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the question --------------------------------------------------------------------- */

/* What can be nothing but a path, whether it is there or not. */
static bool is_spelled_as_path(const char *text)
{
	struct str s = str_of(text);
	return str_equal_z(s, ".") || str_equal_z(s, "..") || str_starts_with(s, STR("./")) || str_starts_with(s, STR("../")) ||
	       str_starts_with(s, STR("/")) || str_ends_with(s, STR("/")) ||
	       (s.n && s.p[0] != '@' && str_find(s, '/') < s.n && !str_starts_with(s, STR("pkg:")));
}

static bool is_path(const struct who *who, const char *text)
{
	bool asked = who->ids.n || who_target_count(who->question) || who->cli->options.iocs.uses.n;
	if (is_spelled_as_path(text))
		return true;
	return asked && text[0] != '@' && (folder_exists(text) || file_exists(text));
}

static int add_operand(struct who *who, const char *text)
{
	struct arena *arena = who->cli->arena;
	struct error err;
	if (is_path(who, text)) {
		const char **path = vec_add(arena, &who->paths);
		if (path)
			*path = text;
		return path ? EXIT_FINE : EXIT_INCOMPLETE;
	}
	if (who_is_advisory_id(str_of(text))) {
		struct str *id = vec_add(arena, &who->ids);
		if (id)
			*id = str_of(text);
		return id ? EXIT_FINE : EXIT_INCOMPLETE;
	}
	return who_ask(who->question, str_of(text), &err) ? cli_fail(&err) : EXIT_FINE;
}

static int read_list(struct who *who, const char *path)
{
	struct who_list *list = vec_add(who->cli->arena, &who->lists);
	struct str text;
	struct error err;
	if (!list || file_read(path, LIMIT_IOC_BYTES, who->cli->arena, &text, &err) ||
	    who_ask_list(who->question, strcmp(path, "-") == 0 ? "standard input" : path, text, list, &err)) {
		if (!list)
			error_memory(&err);
		if (err.status == STATUS_NOT_FOUND)
			return cli_usage_error("%s", err.text);
		return cli_fail(&err);
	}
	for (size_t i = 0; i < list->advisory_count; i++) {
		struct str *id = vec_add(who->cli->arena, &who->ids);
		if (!id)
			return EXIT_INCOMPLETE;
		*id = list->advisories[i];
	}
	return EXIT_FINE;
}

static int ask_advisories(struct who *who)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	struct error err;
	if (who->ids.n && cli_open_database(who->cli, &db, &err))
		return cli_fail(&err);
	for (size_t i = 0; i < who->ids.n; i++)
		if (who_ask_advisory(who->question, db, who->ids.v[i], &err))
			return cli_fail(&err);
	return EXIT_FINE;
}

static int read_question(struct who *who)
{
	const struct option_list *iocs = &who->cli->options.iocs;
	int code = EXIT_FINE;
	for (size_t i = 0; i < iocs->uses.n && !code; i++)
		code = read_list(who, iocs->uses.v[i].value);
	for (size_t i = 0; i < who->cli->operands.n && !code; i++)
		code = add_operand(who, who->cli->operands.v[i]);
	if (code || (code = ask_advisories(who)))
		return code;
	if (who_target_count(who->question) || who_digest_count(who->question))
		return EXIT_FINE;
	if (iocs->uses.n)
		return cli_usage_error("%s names neither packages nor digests%s", iocs->uses.v[0].value,
				       who->lists.v[0].note_count ? ": none of its lines was understood" : "");
	return cli_usage_error("who has what? assay who 'chalk@5.6.1', or --ioc FILE");
}

/* ---- the places -------------------------------------------------------------------------- */

static void show_progress(void *context, const char *what, size_t done, size_t total)
{
	progress_show(context, what, done, total, 0);
}

static const char *variable(const char *name)
{
	return getenv(name);
}

static int look_in_folders(struct who *who)
{
	static const char *const here[] = { "." };
	struct cli *cli = who->cli;
	struct error err;
	const struct who_folder_options options = { .exclude = cli_values(cli, &cli->options.exclude),
						    .no_ignore = cli->options.no_ignore,
						    .history = cli->options.history,
						    .jobs = cli->options.jobs,
						    .progress = show_progress,
						    .context = &who->progress };
	if (!options.exclude)
		return EXIT_INCOMPLETE;
	enum status status = who_look_in_folders(who->question, who->paths.n ? who->paths.v : here, who->paths.n ? who->paths.n : 1, &options,
						 cli->arena, who->gathering, &err);
	if (status == STATUS_NOT_FOUND || status == STATUS_UNSUPPORTED)
		return cli_usage_error("%s", err.text);
	return status ? cli_fail(&err) : EXIT_FINE;
}

static int look_in_machine(struct who *who)
{
	struct cli *cli = who->cli;
	struct npm_settings *settings = NULL;
	struct error err;
	const struct npm_settings_options where = { .project_folder = "." };
	if (npm_settings_read(&where, cli->arena, &settings, &err))
		who_add_gap(who->gathering, &(struct who_gap){ .kind = "settings", .why = str_of(err.text), .remedy = str_of(err.hint) });
	const char *home = getenv("HOME");
	const struct who_machine_options options = { .home = home && home[0] == '/' ? home : NULL,
						     .variable = variable,
						     .paths = who->paths.v,
						     .path_count = who->paths.n,
						     .npm_cache = settings ? settings->cache : NULL,
						     .tarball_store = cli_tarball_store(cli),
						     .sandbox = who->sandbox,
						     .jobs = cli->options.jobs,
						     .progress = show_progress,
						     .context = &who->progress };
	return who_look_in_machine(who->question, &options, cli->arena, who->gathering, &err) ? cli_fail(&err) : EXIT_FINE;
}

/* Without a PATH the fleet answers, where there is one. */
static bool asks_store(const struct who *who)
{
	const char *store = cli_fleet_store(who->cli);
	return !who->paths.n && (who->cli->options.store || (store && file_exists(store)));
}

/* On the spot nobody has given anything a name, an owner or tags. */
static int check_filter(const struct who *who)
{
	const struct fleet_filter filter = fleet_filter_of(who->cli);
	if (!fleet_filter_is_set(&filter) || (!who->cli->options.machine && asks_store(who)))
		return EXIT_FINE;
	return cli_usage_error("--name, --owner and --tag pick projects of a fleet's store: ask without a PATH, and not for --machine");
}

static int look_in_store(struct who *who)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	struct cli *cli = who->cli;
	struct error err;
	const struct who_store_options options = { .filter = fleet_filter_of(cli),
						   .now = date_now(),
						   .at = cli->options.as_of,
						   .history = cli->options.history,
						   .jobs = cli->options.jobs,
						   .progress = show_progress,
						   .context = &who->progress };
	int code = fleet_open_store(cli, false, &fleet);
	if (code)
		return code;
	return who_look_in_store(who->question, fleet, &options, cli->arena, who->gathering, &err) ? cli_fail(&err) : EXIT_FINE;
}

/* Digests of files are in no lockfile: who asks for nothing else has no answer from lockfiles. */
static void note_digests(struct who *who)
{
	for (size_t i = 0; i < who->lists.n && !who->cli->options.machine; i++)
		if (who->lists.v[i].digests_alone)
			who_add_gap(who->gathering,
				    &(struct who_gap){ .kind = "digests",
						       .path = str_of(who->lists.v[i].path),
						       .why = STR("digests beside no version were compared with those of the tarballs that lockfiles pin; files were not looked at"),
						       .remedy = STR("assay who --machine compares files too") });
}

/* ---- the answer --------------------------------------------------------------------------- */

typedef enum status (*writer)(const struct who_report *report, struct buf *out, struct error *err);

static writer find_writer(const char *name)
{
	static const struct {
		const char *name;
		writer write;
	} writers[] = { { "text", who_write_text }, { "json", who_write_json }, { "csv", who_write_csv } };
	for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
		if (strcmp(writers[i].name, name) == 0)
			return writers[i].write;
	return NULL;
}

static int write_answer(struct who *who, writer write)
{
	static const int codes[] = { [WHO_FOUND] = EXIT_FINDINGS, [WHO_NOWHERE] = EXIT_FINE, [WHO_UNKNOWN] = EXIT_INCOMPLETE };
	const struct options *options = &who->cli->options;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	struct who_answer *answer;
	struct error err;
	if (who_gathering_finish(who->gathering, &answer, &err))
		return cli_fail(&err);
	who->report = (struct who_report){ .answer = answer,
					   .question = who->question,
					   .lists = who->lists.v,
					   .list_count = who->lists.n,
					   .near = options->near,
					   .gaps = options->gaps,
					   .history = options->history,
					   .past = options->as_of != DATE_NONE && answer->inventory.store,
					   .elapsed_ms = options->as_of == DATE_NONE ? (double)(now_ms() - who->started_ms) : -1,
					   .exit_code = codes[who_verdict(answer)] };
	if (write(&who->report, &out, &err))
		return cli_fail(&err);
	int code = write == who_write_text ? cli_write_lines(who->cli, &out) : cli_write_buf(who->cli, &out);
	return code ? code : who->report.exit_code;
}

int command_who(struct cli *cli)
{
	const struct option_list *formats = &cli->options.formats;
	const char *format = formats->uses.n ? formats->uses.v[formats->uses.n - 1].value : "text";
	CLEANUP(who_gathering_cleanup) struct who_gathering *gathering = who_gathering_new(cli->arena);
	struct who who = { .cli = cli, .gathering = gathering, .question = who_question_new(cli->arena), .started_ms = now_ms() };
	writer write = find_writer(format);
	if (!write)
		return cli_usage_error("who has the formats text, json and csv, not \"%s\"", format);
	if (cli->options.machine && cli->options.history)
		return cli_usage_error("--history is of projects: ask for this machine and for them one after the other");
	if (!gathering || !who.question)
		return EXIT_INCOMPLETE;
	CLEANUP(sandbox_cleanup) struct sandbox *sandbox = NULL;
	int code = cli_start_sandbox(cli, cli->options.machine, &sandbox);
	who.sandbox = sandbox;
	if (code || (code = read_question(&who)) || (code = check_filter(&who)))
		return code;
	progress_start(&who.progress, cli);
	code = cli->options.machine ? look_in_machine(&who) : asks_store(&who) ? look_in_store(&who) : look_in_folders(&who);
	progress_end(&who.progress);
	note_digests(&who);
	return code ? code : write_answer(&who, write);
}
