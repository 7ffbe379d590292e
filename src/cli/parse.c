/* From argv and the environment to struct options. GNU conventions: --name=value, --name value, -xvalue, -x value, -qv, --. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

/* "--cache-dir" has the variable ASSAY_CACHE_DIR. */
static void variable_name(const struct option *option, char out[64])
{
	int n = snprintf(out, 64, "ASSAY_%s", option->name);
	for (int i = 6; i < n && i < 63; i++)
		out[i] = out[i] == '-' ? '_' : (char)(ascii_lower((unsigned char)out[i]) - ('a' - 'A'));
}

static int set_count(const struct option *option, const char *value, unsigned *out)
{
	uint64_t count;
	if (!str_to_u64(str_of(value), &count) || count == 0 || count > 1000000)
		return cli_usage_error("--%s takes a whole number from 1, not \"%s\"", option->name, value);
	*out = (unsigned)count;
	return EXIT_FINE;
}

static int set_option(struct cli *cli, const struct option *option, const char *value)
{
	void *field = (char *)&cli->options + option->offset;
	struct option_use *use;
	switch (option->kind) {
	case OPTION_FLAG: *(bool *)field = true; return EXIT_FINE;
	case OPTION_MAYBE: *(const char **)field = value ? value : ""; return EXIT_FINE;
	case OPTION_TEXT: *(const char **)field = value; return EXIT_FINE;
	case OPTION_COUNT: return set_count(option, value, field);
	case OPTION_DATE:
		if (date_parse(str_of(value), field))
			return EXIT_FINE;
		return cli_usage_error("--%s takes a date like 2026-11-23 or 2026-11-23T09:00:00Z, not \"%s\"", option->name, value);
	case OPTION_LIST:
		use = vec_add(cli->arena, &((struct option_list *)field)->uses);
		if (use)
			*use = (struct option_use){ option, value };
		return use ? EXIT_FINE : EXIT_INCOMPLETE;
	}
	return EXIT_USAGE;
}

static bool takes(const struct command *command, const struct option *option)
{
	return command ? (command->groups & option->groups) != 0 : (option->groups & GROUP_ALL) != 0;
}

static const struct option *find_option(const struct command *command, struct str name, char letter)
{
	for (const struct option *option = cli_options; option->name; option++)
		if (takes(command, option) && (letter ? option->letter == letter : str_equal_z(name, option->name)))
			return option;
	return NULL;
}

static const char *option_name_at(const void *context, size_t i)
{
	(void)context;
	return cli_options[i].name;
}

static const char *command_name_at(const void *context, size_t i)
{
	(void)context;
	return cli_commands[i].name;
}

static int unknown_option(const struct cli *cli, const char *text)
{
	struct str name = str_head(str_of(text + 2), str_find(str_of(text + 2), '='));
	const char *nearest = text[1] == '-' ? word_nearest(name, option_name_at, NULL) : NULL;
	const char *command = cli->command ? cli->command->name : "";
	if (nearest && !find_option(cli->command, str_of(nearest), 0))
		return cli_usage_error("%s does not take %s; see assay %s --help", command, text, command);
	if (nearest)
		return cli_usage_error("unknown option %s; did you mean --%s?", text, nearest);
	return cli_usage_error("unknown option %s; see assay %s--help", text, cli->command ? arena_printf(cli->arena, "%s ", command).p : "");
}

/* "--name" or "--name=value". *used says whether `next` was taken as the value. */
static int parse_long(struct cli *cli, const char *argument, const char *next, bool *used)
{
	struct str text = str_of(argument + 2), name = str_head(text, str_find(text, '='));
	const struct option *option = find_option(cli->command, name, 0);
	const char *value = name.n < text.n ? text.p + name.n + 1 : NULL;
	if (!option)
		return unknown_option(cli, argument);
	if (option->kind == OPTION_FLAG)
		return value ? cli_usage_error("--%s takes no value", option->name) : set_option(cli, option, NULL);
	if (option->kind == OPTION_MAYBE)
		return set_option(cli, option, value);
	if (!value) {
		*used = true;
		value = next;
	}
	if (!value)
		return cli_usage_error("--%s needs a value: --%s %s", option->name, option->name, option->value);
	return set_option(cli, option, value);
}

/* "-q", "-qv", "-ofile", "-o file". */
static int parse_short(struct cli *cli, const char *argument, const char *next, bool *used)
{
	for (const char *at = argument + 1; *at; at++) {
		const struct option *option = find_option(cli->command, STR_NONE, *at);
		if (!option)
			return unknown_option(cli, argument);
		int code = EXIT_FINE;
		if (option->kind == OPTION_FLAG) {
			code = set_option(cli, option, NULL);
		} else {
			*used = at[1] == '\0';
			const char *value = *used ? next : at + 1;
			return value ? set_option(cli, option, value) : cli_usage_error("-%c needs a value: -%c %s", *at, *at, option->value);
		}
		if (code)
			return code;
	}
	return EXIT_FINE;
}

static int flag_value(const char *name, const char *value, bool *on)
{
	static const char *const words[] = { "0", "1", "false", "true", "no", "yes", "off", "on" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(value, words[i]) != 0)
			continue;
		*on = i % 2;
		return EXIT_FINE;
	}
	return cli_usage_error("%s takes 1, true, yes, on or 0, false, no, off; not \"%s\"", name, value);
}

/* A variable counts where its option was not given. */
static int read_environment(struct cli *cli, const struct options *given)
{
	for (const struct option *option = cli_options; option->name; option++) {
		static const struct options empty = { .as_of = DATE_NONE };
		static const size_t sizes[] = { sizeof(bool),  sizeof(char *), sizeof(unsigned), sizeof(int64_t), sizeof(struct option_list),
						sizeof(char *) };
		char name[64];
		variable_name(option, name);
		const char *value = getenv(name);
		bool is_given = memcmp((const char *)given + option->offset, (const char *)&empty + option->offset, sizes[option->kind]) != 0;
		if (!value || !*value || !takes(cli->command, option) || is_given || (option->groups & GROUP_ALL && option->kind == OPTION_FLAG))
			continue;
		bool on = true;
		int code = option->kind == OPTION_FLAG ? flag_value(name, value, &on) : EXIT_FINE;
		if (!code && !on)
			continue;
		bool alone = option->kind == OPTION_MAYBE &&
			     (strcmp(value, "1") == 0 || strcmp(value, "true") == 0 || strcmp(value, "yes") == 0 || strcmp(value, "on") == 0);
		if (!code)
			code = set_option(cli, option, alone ? NULL : value);
		const char **slot = code ? NULL : vec_add(cli->arena, &cli->environment);
		struct str kept = arena_copy(cli->arena, str_of(name));
		if (!slot || !kept.p)
			return code ? code : EXIT_INCOMPLETE;
		*slot = kept.p;
	}
	return EXIT_FINE;
}

/* Takes the command's one or two words off argv. */
static const struct command *find_command(int argc, char **argv, int *words)
{
	for (const struct command *command = cli_commands; command->name; command++) {
		struct str name = str_of(command->name), first = str_head(name, str_find(name, ' '));
		struct str second = str_from(name, first.n + 1);
		if (argc < 1 || !str_equal_z(first, argv[0]))
			continue;
		if (second.n && (argc < 2 || !str_equal_z(second, argv[1])))
			continue;
		*words = second.n ? 2 : 1;
		return command;
	}
	return NULL;
}

/* The second word of the index-th command that begins with the group's name: "import" of "db". */
static const char *group_word_at(const void *context, size_t index)
{
	const char *group = context;
	for (const struct command *command = cli_commands; command->name; command++)
		if (cli_in_group(command, group) && index-- == 0)
			return command->name + strlen(group) + 1;
	return NULL;
}

static int unknown_command(int argc, char **argv)
{
	const char *group = argv[0], *second = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
	bool known = group_word_at(group, 0);
	const char *nearest = !known ? word_nearest(str_of(group), command_name_at, NULL) :
			      second ? word_nearest(str_of(second), group_word_at, group) :
				       NULL;
	if (known && nearest)
		return cli_usage_error("assay %s has no command \"%s\"; did you mean \"%s\"?", group, second, nearest);
	if (known && second)
		return cli_usage_error("assay %s has no command \"%s\"; see assay %s --help", group, second, group);
	if (known)
		return cli_usage_error("assay %s needs a command; see assay %s --help", group, group);
	if (nearest)
		return cli_usage_error("unknown command \"%s\"; did you mean \"%s\"?", group, nearest);
	return cli_usage_error("unknown command \"%s\"; see assay --help", group);
}

/* "db --help", "help policy": half a command, and the help that lists the whole ones. */
static bool asks_for_group(const struct cli *cli, int argc, char **argv)
{
	if (!cli->options.help && (argc < 2 || (strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "-h") != 0)))
		return false;
	return group_word_at(argv[0], 0);
}

static int parse_arguments(struct cli *cli, int argc, char **argv)
{
	bool only_operands = false;
	for (int i = 0; i < argc; i++) {
		const char *argument = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
		bool used = false;
		int code = EXIT_FINE;
		if (!only_operands && strcmp(argument, "--") == 0) {
			only_operands = true;
		} else if (!only_operands && argument[0] == '-' && argument[1]) {
			code = argument[1] == '-' ? parse_long(cli, argument, next, &used) : parse_short(cli, argument, next, &used);
		} else {
			const char **slot = vec_add(cli->arena, &cli->operands);
			if (!slot)
				return EXIT_INCOMPLETE;
			*slot = argument;
			only_operands |= cli->command && cli->command->groups & GROUP_RUN;
		}
		if (code)
			return code;
		i += used;
	}
	return EXIT_FINE;
}

int cli_parse(struct cli *cli, int argc, char **argv)
{
	int words = 0;
	cli->options.as_of = DATE_NONE;
	if (argc > 0 && argv[0][0] != '-') {
		if (strcmp(argv[0], "help") == 0) {
			cli->options.help = true;
			argc--, argv++;
			if (argc == 0)
				return EXIT_FINE;
		}
		cli->command = find_command(argc, argv, &words);
		if (!cli->command && asks_for_group(cli, argc, argv)) {
			cli->options.help = true;
			cli->group = argv[0];
			return EXIT_FINE;
		}
		if (!cli->command)
			return unknown_command(argc, argv);
	}
	int code = parse_arguments(cli, argc - words, argv + words);
	if (code || cli->options.help || cli->options.version)
		return code;
	if (!cli->command)
		return cli_usage_error("which command? See assay --help");
	struct options given = cli->options;
	if ((code = read_environment(cli, &given)))
		return code;
	if (cli->operands.n < cli->command->operands_min || cli->operands.n > cli->command->operands_max)
		return cli_usage_error("usage: assay %s %s", cli->command->name, cli->command->operands);
	return EXIT_FINE;
}
