/* From main() to the command, and what all commands share: errors, output, colour. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "assay/scan.h"
#include "assay/tarball.h"
#include "base/library.h"

int cli_fail(const struct error *err)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * KIB);
	buf_add_z(&text, "assay: ");
	/* Errors quote hostile input; their own line breaks (a source line with a caret) are kept. */
	struct str rest = str_of(err->text), line;
	while (str_split(&rest, '\n', &line)) {
		buf_add_visible(&text, line);
		buf_add_char(&text, '\n');
	}
	if (err->hint[0]) {
		buf_add_z(&text, "       ");
		buf_add_visible(&text, str_of(err->hint));
		buf_add_char(&text, '\n');
	}
	(void)fwrite(text.p, 1, text.n, stderr);
	library_note_told(err);
	return err->status == STATUS_USAGE ? EXIT_USAGE : EXIT_INCOMPLETE;
}

int cli_usage_error(const char *format, ...)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * KIB);
	char message[2048];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	buf_add_visible(&text, str_of(message));
	fprintf(stderr, "assay: %.*s\n", STR_ARG(buf_str(&text)));
	return EXIT_USAGE;
}

static int write_stdout(struct str bytes)
{
	size_t at = 0;
	while (at < bytes.n) {
		ssize_t n = write(STDOUT_FILENO, bytes.p + at, bytes.n - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fprintf(stderr, "assay: standard output cannot be written: %s\n",
				errno == EPIPE ? "nobody reads it any more" : error_number_text(errno));
			return EXIT_INCOMPLETE;
		}
		at += (size_t)n;
	}
	return EXIT_FINE;
}

int cli_write(struct cli *cli, struct str bytes)
{
	const char *path = cli->options.output;
	if (!path || strcmp(path, "-") == 0)
		return write_stdout(bytes);
	struct error err;
	return file_write(path, bytes, &err) ? cli_fail(&err) : EXIT_FINE;
}

int cli_write_buf(struct cli *cli, const struct buf *out)
{
	struct error err;
	return buf_ok(out, &err) ? cli_fail(&err) : cli_write(cli, buf_str(out));
}

int cli_write_lines(struct cli *cli, const struct buf *out)
{
	CLEANUP(buf_fini) struct buf lines = BUF_INIT(SIZE_MAX / 2);
	const char *path = cli->options.output;
	size_t columns = path && strcmp(path, "-") != 0 ? 0 : cli_columns(cli);
	if (!columns || out->failed)
		return cli_write_buf(cli, out);
	screen_add_lines(&lines, buf_str(out), columns);
	return cli_write_buf(cli, &lines);
}

bool cli_unicode(const struct cli *cli)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *locale = NULL;
	for (size_t i = 0; i < 3 && !(locale && *locale); i++)
		locale = getenv(names[i]);
	return cli->out_is_terminal && locale && (strcasestr(locale, "utf-8") || strcasestr(locale, "utf8"));
}

unsigned cli_columns(const struct cli *cli)
{
	enum { LEAST = 40, MOST = 10000 };
	const char *given = getenv("COLUMNS");
	struct winsize size = { 0 };
	if (!cli->out_is_terminal)
		return 0;
	unsigned long columns = given ? strtoul(given, NULL, 10) : 0;
	if (!columns && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		columns = size.ws_col;
	return columns < LEAST ? (columns ? LEAST : 0) : columns < MOST ? (unsigned)columns : MOST;
}

bool cli_color(const struct cli *cli, bool is_terminal)
{
	const char *when = cli->options.color, *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	if (when && strcmp(when, "always") == 0)
		return true;
	if (when && strcmp(when, "never") == 0)
		return false;
	return is_terminal && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}

int cli_levels(struct cli *cli, const struct scan_level **out, size_t *count)
{
	const struct option_list *levels = &cli->options.levels;
	struct scan_level *list = arena_array(cli->arena, levels->uses.n, sizeof *list);
	if (!list)
		return EXIT_INCOMPLETE;
	for (size_t i = 0; i < levels->uses.n; i++) {
		char letter = levels->uses.v[i].option->letter;
		struct str origin = arena_printf(cli->arena, "-%c %s", letter, levels->uses.v[i].value);
		if (!origin.p)
			return EXIT_INCOMPLETE;
		list[i].level = letter == 'D' ? LEVEL_ERROR : letter == 'W' ? LEVEL_WARN : LEVEL_OFF;
		list[i].rule = levels->uses.v[i].value;
		list[i].origin = origin.p;
	}
	*out = list;
	*count = levels->uses.n;
	return EXIT_FINE;
}

const char *const *cli_values(struct cli *cli, const struct option_list *list)
{
	const char **values = arena_array(cli->arena, list->uses.n + 1, sizeof *values);
	for (size_t i = 0; values && i < list->uses.n; i++)
		values[i] = list->uses.v[i].value;
	return values;
}

int cli_start_sandbox(struct cli *cli, bool needed, struct sandbox **out)
{
	struct error err;
	struct sandbox_options options = { .mode = SANDBOX_AUTO, .prepare = unpacker_prepare, .warm_up = unpacker_warm_up };
	const char *mode = cli->options.sandbox;
	if (mode && !sandbox_mode_by_name(str_of(mode), &options.mode))
		return cli_usage_error("--sandbox takes auto, require or off, not \"%s\"", mode);
	/* Its workers can bind nothing any more. */
	bool failed = needed && (archive_prepare(&err) || sandbox_start(&options, out, &err));
	return failed ? cli_fail(&err) : EXIT_FINE;
}

static int run(struct cli *cli, int argc, char **argv)
{
	int code = cli_parse(cli, argc, argv);
	if (code)
		return code;
	if (cli->options.version)
		return write_stdout(STR("assay " ASSAY_VERSION "\n"));
	if (cli->options.help) {
		CLEANUP(buf_fini) struct buf out = BUF_INIT(1 * MIB);
		if (cli->command)
			cli_write_help(cli->command, &out);
		else
			cli_write_commands(cli->group, &out);
		struct error err;
		return buf_ok(&out, &err) ? cli_fail(&err) : write_stdout(buf_str(&out));
	}
	const char *color = cli->options.color;
	if (color && strcmp(color, "auto") != 0 && strcmp(color, "always") != 0 && strcmp(color, "never") != 0)
		return cli_usage_error("--color takes auto, always or never, not \"%s\"", color);
	return cli->command->run(cli);
}

/* A file that is opened while a standard stream is closed would take its number, and get what is meant for the stream. This
 * end of /dev/null takes it instead: what is written to a stream that is closed still fails, and is told. */
static void occupy_streams(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int cli_main(int argc, char **argv)
{
	occupy_streams();
	/* A reader that went away is an error that write() tells; no signal is needed. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* likewise a limit on files: half of one must not stay behind */
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	if (!arena) {
		fprintf(stderr, "assay: out of memory\n");
		return EXIT_INCOMPLETE;
	}
	struct cli cli = { .arena = arena };
	cli.out_is_terminal = isatty(STDOUT_FILENO) == 1;
	cli.err_is_terminal = isatty(STDERR_FILENO) == 1;
	int code = argc > 0 ? run(&cli, argc - 1, argv + 1) : EXIT_USAGE;
	struct error err;
	if (library_lack(&err)) /* whatever was said of what it was needed for */
		return library_is_told() ? EXIT_INCOMPLETE : cli_fail(&err);
	if (code == EXIT_INCOMPLETE && arena_is_exhausted(arena)) /* whoever gave up for that left it to be said here */
		fprintf(stderr, "assay: out of memory\n");
	return code;
}
