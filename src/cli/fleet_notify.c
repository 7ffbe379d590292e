/* What fleet run tells: lines of JSON in its log, and messages to the addresses of --notify. */
#include <stdio.h>

#include "assay/limits.h"
#include "assay/notify.h"
#include "cli/fleet.h"

#define LOG_CHANNEL STR("log")

struct json_writer *fleet_log_begin(const char *event)
{
	struct json_writer *writer = json_writer_new();
	if (!writer)
		return NULL;
	json_open_object(writer, NULL);
	json_add_date(writer, "time", date_now());
	json_add_text(writer, "event", str_of(event));
	return writer;
}

/* At once: whoever reads the log sees how far it has come. */
int fleet_log_end(struct json_writer *writer)
{
	CLEANUP(buf_fini) struct buf line = BUF_INIT(1 * MIB);
	struct error err;
	if (!writer)
		return EXIT_INCOMPLETE;
	json_close(writer);
	enum status status = json_writer_finish(writer, false, &line, &err);
	json_writer_free(writer);
	if (status)
		return cli_fail(&err);
	if (fwrite(line.p, 1, line.n, stdout) == line.n && fflush(stdout) == 0)
		return EXIT_FINE;
	fprintf(stderr, "assay: standard output cannot be written\n");
	return EXIT_INCOMPLETE;
}

/* ---- addresses ---------------------------------------------------------------------------- */

struct reading {
	struct cli *cli;
	const struct notify_form *form; /* of those that do not say; NULL: as their host is known */
	VEC(struct notify_target) targets;
};

/* `origin` says where it stands: an address is a secret and in no message. */
static int add_target(struct reading *reading, struct str text, const char *origin)
{
	struct notify_target target;
	struct error err = { 0 };
	if (notify_target_parse(text, reading->form, reading->cli->arena, &target, &err)) {
		fprintf(stderr, "assay: %s: %s\n", origin, err.text);
		if (err.hint[0])
			fprintf(stderr, "  %s\n", err.hint);
		return err.status == STATUS_USAGE ? EXIT_USAGE : EXIT_INCOMPLETE;
	}
	for (size_t i = 0; i < reading->targets.n; i++)
		if (str_equal(reading->targets.v[i].channel, target.channel))
			return EXIT_FINE;
	struct notify_target *slot = vec_add(reading->cli->arena, &reading->targets);
	if (!slot)
		return EXIT_INCOMPLETE;
	*slot = target;
	return EXIT_FINE;
}

/* One in each line; # begins a comment line. */
static int add_file(struct reading *reading, const char *path)
{
	struct error err = { 0 };
	struct str text, line;
	int code = EXIT_FINE;
	if (file_read(path, LIMIT_MANIFEST_BYTES, reading->cli->arena, &text, &err))
		return cli_fail(&err);
	for (unsigned number = 1; !code && str_split(&text, '\n', &line); number++) {
		line = str_trim(line);
		if (line.n && line.p[0] != '#')
			code = add_target(reading, line, arena_printf(reading->cli->arena, "%s:%u", path, number).p);
	}
	return code;
}

/* A variable holds as many as blanks part. */
static int add_words(struct reading *reading, const char *words)
{
	struct str rest = str_of(words), word;
	int code = EXIT_FINE;
	while (!code && str_split(&rest, ' ', &word))
		if (str_trim(word).n)
			code = add_target(reading, str_trim(word), "--notify");
	return code;
}

int fleet_notify_targets(struct cli *cli, struct notify_target **out, size_t *count)
{
	struct reading reading = { .cli = cli };
	const struct option_list *given = &cli->options.notify, *files = &cli->options.notify_files;
	int code = EXIT_FINE;
	if (cli->options.notify_form && !(reading.form = notify_form_by_name(str_of(cli->options.notify_form))))
		return cli_usage_error("--notify-form takes json, slack or teams, not \"%s\"", cli->options.notify_form);
	for (size_t i = 0; i < given->uses.n && !code; i++)
		code = add_words(&reading, given->uses.v[i].value);
	for (size_t i = 0; i < files->uses.n && !code; i++)
		code = add_file(&reading, files->uses.v[i].value);
	*out = reading.targets.v;
	*count = reading.targets.n;
	return code;
}

/* ---- telling ------------------------------------------------------------------------------------ */

struct telling {
	int code;
	bool *found;
};

static enum status log_one(void *context, const struct fleet_news *news, struct error *err)
{
	struct telling *telling = context;
	struct json_writer *writer = fleet_log_begin("finding");
	if (writer) {
		json_add_text(writer, "why", news->why);
		fleet_finding_write_json(writer, &news->finding);
	}
	*telling->found |= news->finding.gone == DATE_NONE;
	telling->code = fleet_log_end(writer);
	return telling->code ? error_set(err, STATUS_IO, "the log cannot be written") : STATUS_OK;
}

static int tell_log(struct cli *cli, struct fleet *fleet, bool *found)
{
	struct telling telling = { EXIT_FINE, found };
	struct fleet_message message;
	struct error err = { 0 };
	enum status status;
	while (!(status = fleet_message_begin(fleet, LOG_CHANNEL, LIMIT_NOTIFY_LOG_LINES, cli->arena, &message, &err)) && message.count)
		if ((status = fleet_message_each(fleet, &message, log_one, &telling, &err)) || (status = fleet_message_told(fleet, &message, &err)))
			break;
	return telling.code ? telling.code : status ? cli_fail(&err) : EXIT_FINE;
}

static void log_message(void *context, const struct notify_result *result)
{
	int *code = context;
	struct json_writer *writer = fleet_log_begin("notify");
	if (writer) {
		json_add_text(writer, "host", result->target->host);
		json_add_text(writer, "form", str_of(notify_form_name(result->target->form)));
		json_add_text(writer, "id", result->message);
		json_add_u64(writer, "findings", result->findings);
		json_add_bool(writer, "told", result->told);
		json_add_u64(writer, "tries", result->tries);
		json_add_text_or_null(writer, "problem", result->told ? STR_NONE : str_of(result->detail));
	}
	int written = fleet_log_end(writer);
	*code = written ? written : *code;
	if (!result->told)
		fprintf(stderr, "assay: %.*s could not be told of %zu finding%s: %s; the next run tells it\n", STR_ARG(result->target->host),
			result->findings, result->findings == 1 ? "" : "s", result->detail);
}

int fleet_tell_news(struct cli *cli, struct fleet *fleet, const struct notify_target *targets, size_t count, bool *found, bool *untold)
{
	int code = tell_log(cli, fleet, found);
	const struct notify_options options = {
		.targets = targets,
		.count = count,
		.user_agent = "assay/" ASSAY_VERSION,
		.tries = LIMIT_HTTP_TRIES,
		.backoff_ms = LIMIT_NOTIFY_BACKOFF_MS,
		.connect_timeout_ms = LIMIT_NOTIFY_CONNECT_MS,
		.timeout_ms = LIMIT_NOTIFY_MS,
		.patience_ms = LIMIT_NOTIFY_RUN_MS,
		.result = log_message,
		.context = &code,
	};
	struct error err = { 0 };
	size_t left = 0;
	enum status status = code ? STATUS_OK : notify_tell(fleet, &options, &left, &err);
	*untold = left > 0;
	return status ? cli_fail(&err) : code;
}
