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

bool cli_in_group(const struct command *command, const char *group)
{
	size_t n = group ? strlen(group) : 0;
	return !group || (strncmp(command->name, group, n) == 0 && command->name[n] == ' ');
}

void cli_write_commands(const char *group, struct buf *out)
{
	if (group)
		buf_printf(out, "usage: assay %s COMMAND [OPTION…] [OPERAND…]\n\ncommands\n", group);
	else
		buf_add_z(out, "assay - what is really in this lockfile: vulnerable, malicious, tampered with, against the rules?\n\n"
			       "usage: assay COMMAND [OPTION…] [OPERAND…]\n\ncommands\n");
	for (const struct command *command = cli_commands; command->name; command++)
		if (cli_in_group(command, group))
			buf_printf(out, "  %-15s %s\n", command->name, command->summary);
	buf_printf(out, "\nassay %s%sCOMMAND --help tells more. Every option --some-name has a variable ASSAY_SOME_NAME.\n", group ? group : "",
		   group ? " " : "");
	if (!group)
		buf_add_z(out, "First steps: assay scan; assay list; assay why PACKAGE; assay verify\n");
}

void cli_write_help(const struct command *command, struct buf *out)
{
	buf_printf(out, "assay %s - %s\n\nusage: assay %s [OPTION…] %s\n\n", command->name, command->summary, command->name, command->operands);
	if (command->details)
		buf_printf(out, "%s\n", command->details);
	buf_add_z(out, "options\n");
	write_options(command->groups, out);
}
