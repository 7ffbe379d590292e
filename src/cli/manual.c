/* man: pages in roff's man macros, from the tables that parsing and --help come from. */
#include "assay/limits.h"
#include "cli/cli.h"

/* Text as roff has to read it: it gives a meaning to backslashes, to some quotes, and to dots where a line begins. */
static void add_text(struct buf *out, struct str text)
{
	static const struct {
		char c;
		const char *as;
	} special[] = { { '\\', "\\e" },  { '-', "\\-" },   { '\'', "\\(aq" }, { '`', "\\(ga" },
			{ '^', "\\(ha" }, { '~', "\\(ti" }, { '"', "\\(dq" },  { '\n', " " } };
	while (text.n) {
		uint32_t code = 0;
		size_t n = utf8_next(text, &code), i = 0;
		while (i < sizeof special / sizeof *special && special[i].c != text.p[0])
			i++;
		if (n > 1)
			buf_printf(out, "\\[u%04X]", code);
		else if (i < sizeof special / sizeof *special)
			buf_add_z(out, special[i].as);
		else
			buf_add_char(out, text.p[0]);
		text = str_from(text, n ? n : 1);
	}
}

static void add_line(struct buf *out, struct str text)
{
	if (!text.n)
		return;
	buf_add_z(out, text.p[0] == '.' ? "\\&" : "");
	add_text(out, text);
	buf_add_char(out, '\n');
}

static void add_styled(struct buf *out, char font, const char *text)
{
	buf_printf(out, "\\f%c", font);
	add_text(out, str_of(text));
	buf_add_z(out, "\\fR");
}

/* "db update": "assay-db-update" */
static void add_page_name(struct buf *out, const char *command, bool upper)
{
	buf_add_z(out, upper ? "ASSAY" : "assay");
	if (command)
		buf_add_z(out, "\\-");
	for (; command && *command; command++) {
		if (*command == ' ')
			buf_add_z(out, "\\-");
		else
			buf_add_char(out, upper && ascii_is_alpha((unsigned char)*command) ? (char)(*command - ('a' - 'A')) : *command);
	}
}

static void add_head(struct buf *out, const char *command, const char *summary)
{
	buf_add_z(out, ".TH ");
	add_page_name(out, command, true);
	buf_add_z(out, " 1 \"\" \"assay " ASSAY_VERSION "\" \"User Commands\"\n.SH NAME\n");
	add_page_name(out, command, false);
	buf_add_z(out, " \\- ");
	add_line(out, str_of(summary));
}

static void add_option(struct buf *out, const struct option *option)
{
	buf_add_z(out, ".TP\n");
	if (option->letter)
		buf_printf(out, "\\fB\\-%c\\fR, ", option->letter);
	buf_add_z(out, "\\fB\\-\\-");
	add_text(out, str_of(option->name));
	buf_add_z(out, "\\fR");
	if (option->value) {
		buf_add_z(out, option->kind == OPTION_MAYBE ? "[=" : " ");
		add_styled(out, 'I', option->value);
		buf_add_z(out, option->kind == OPTION_MAYBE ? "]" : "");
	}
	buf_add_char(out, '\n');
	add_line(out, str_of(option->help));
}

static void add_options(struct buf *out, uint64_t groups)
{
	buf_add_z(out, ".SH OPTIONS\n");
	for (const struct option *option = cli_options; option->name; option++)
		if (option->groups & groups)
			add_option(out, option);
}

/* Behind the command, to the end of its line. */
static void add_operands(struct buf *out, const struct command *command)
{
	buf_add_z(out, command->operands[0] ? " " : "");
	add_text(out, str_of(command->operands));
	buf_add_char(out, '\n');
}

/* What --help says: a description, and behind "Exit codes:" their list. */
static void add_details(struct buf *out, const struct command *command)
{
	struct str mark = STR("Exit codes: "), details = str_of(command->details ? command->details : "");
	size_t at = str_find_str(details, mark);
	struct str description = str_trim(str_head(details, at)), codes = str_trim(str_from(details, at + mark.n));
	buf_add_z(out, ".SH DESCRIPTION\n");
	add_line(out, description.n ? description : str_of(command->summary));
	if (!codes.n)
		return;
	buf_add_z(out, ".SH EXIT STATUS\n");
	add_line(out, codes);
}

static void write_command(struct buf *out, const struct command *command)
{
	add_head(out, command->name, command->summary);
	buf_add_z(out, ".SH SYNOPSIS\n\\fBassay ");
	add_text(out, str_of(command->name));
	buf_add_z(out, "\\fR [\\fIOPTION\\fR]...");
	add_operands(out, command);
	add_details(out, command);
	add_options(out, command->groups);
	buf_add_z(out, ".SH ENVIRONMENT\n");
	add_line(out, STR("Every option --some-name has a variable ASSAY_SOME_NAME, which counts where the option is not given."));
	buf_add_z(out, ".SH SEE ALSO\n.BR assay (1)\n");
}

static void write_program(struct buf *out)
{
	add_head(out, NULL, "what is really in this lockfile: vulnerable, malicious, tampered with, against the rules?");
	buf_add_z(out, ".SH SYNOPSIS\n\\fBassay\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIOPERAND\\fR]...\n.SH DESCRIPTION\n");
	add_line(out, STR("Reads lockfiles of npm, pnpm, yarn and bun, a bare node_modules or an SBOM; resolves their trees, matches advisories, "
			  "verifies tarballs, and judges by a policy. Reports go to standard output, everything else to standard error."));
	buf_add_z(out, ".SH COMMANDS\n");
	for (const struct command *command = cli_commands; command->name; command++) {
		buf_add_z(out, ".TP\n");
		add_styled(out, 'B', command->name);
		add_operands(out, command);
		add_line(out, str_of(command->summary));
	}
	add_options(out, GROUP_ALL);
	static const char *const codes[][2] = {
		{ "0", "all that the policy requires was checked, and the policy holds" },
		{ "1", "the policy is violated; of look-ups: nothing was found" },
		{ "2", "the call is wrong; nothing was checked" },
		{ "3", "something required could not be checked, or the report could not be written" },
	};
	buf_add_z(out, ".SH EXIT STATUS\n");
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		buf_printf(out, ".TP\n\\fB%s\\fR\n", codes[i][0]);
		add_line(out, str_of(codes[i][1]));
	}
	buf_add_z(out, ".SH ENVIRONMENT\n");
	add_line(out, STR("Every option --some-name has a variable ASSAY_SOME_NAME, which counts where the option is not given."));
	buf_add_z(out, ".SH SEE ALSO\n");
	for (const struct command *command = cli_commands; command->name; command++) {
		buf_add_z(out, ".BR ");
		add_page_name(out, command->name, false);
		buf_add_z(out, command[1].name ? " (1),\n" : " (1)\n");
	}
}

static const struct command *find_command(struct str name)
{
	const struct command *command = cli_commands;
	while (command->name && !str_equal_z(name, command->name))
		command++;
	return command->name ? command : NULL;
}

static int write_page(const char *folder, const struct command *command)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	CLEANUP(buf_fini) struct buf path = BUF_INIT(8 * KIB);
	struct error err;
	buf_printf(&path, "%s/assay%s%s", folder, command ? "-" : "", command ? command->name : "");
	for (size_t i = strlen(folder) + 1; i < path.n; i++)
		path.p[i] = path.p[i] == ' ' ? '-' : path.p[i];
	buf_add(&path, (struct str){ ".1", sizeof ".1" });
	if (command)
		write_command(&out, command);
	else
		write_program(&out);
	return buf_ok(&path, &err) || buf_ok(&out, &err) || file_write(path.p, buf_str(&out), &err) ? cli_fail(&err) : EXIT_FINE;
}

static int write_all(const char *folder)
{
	struct error err;
	int code = folder_make(folder, &err) ? cli_fail(&err) : write_page(folder, NULL);
	for (const struct command *command = cli_commands; command->name && !code; command++)
		code = write_page(folder, command);
	return code;
}

int command_man(struct cli *cli)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	const char *const *words = (const char *const *)cli->operands.v;
	if (cli->options.man_all)
		return cli->operands.n ? cli_usage_error("--all writes every page: name none") : write_all(cli->options.man_all);
	if (!cli->operands.n) {
		write_program(&out);
		return cli_write_buf(cli, &out);
	}
	struct str name = cli->operands.n == 2 ? arena_printf(cli->arena, "%s %s", words[0], words[1]) : str_of(words[0]);
	const struct command *command = find_command(name);
	if (!command)
		return cli_usage_error("there is no command \"%.*s\"; see assay --help", STR_ARG(name));
	write_command(&out, command);
	return cli_write_buf(cli, &out);
}
