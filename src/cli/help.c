/* --help, from the two tables. */
#include "cli/cli.h"

static void write_options(uint64_t groups, struct buf *out)
{
	for (const struct option *option = cli_options; option->name; option++) {
		if (!(option->groups & groups))
			continue;
		CLEANUP(buf_fini) struct buf left = BUF_INIT(256);
		if (option->letter)
			buf_printf(&left, "  -%c, --%s", option->letter, option->name);
		else
			buf_printf(&left, "      --%s", option->name);
		if (option->value)
			buf_printf(&left, option->kind == OPTION_MAYBE ? "[=%s]" : " %s", option->value);
		buf_printf(out, "%-30.*s  %s\n", STR_ARG(buf_str(&left)), option->help);
	}
}

static void write_program_help(struct buf *out)
{
	buf_add_z(out, "assay - what is really in this lockfile: vulnerable, malicious, tampered with, against the rules?\n\n"
		       "usage: assay COMMAND [OPTION…] [OPERAND…]\n\ncommands\n");
	for (const struct command *command = cli_commands; command->name; command++)
		buf_printf(out, "  %-14s %s\n", command->name, command->summary);
	buf_add_z(out, "\nassay COMMAND --help tells more. Every option --some-name has a variable ASSAY_SOME_NAME.\n"
		       "First steps: assay scan; assay list; assay why PACKAGE; assay verify\n");
}

void cli_write_help(const struct command *command, struct buf *out)
{
	if (!command) {
		write_program_help(out);
		return;
	}
	buf_printf(out, "assay %s - %s\n\nusage: assay %s [OPTION…] %s\n\n", command->name, command->summary, command->name, command->operands);
	if (command->details)
		buf_printf(out, "%s\n", command->details);
	buf_add_z(out, "options\n");
	write_options(command->groups, out);
}
