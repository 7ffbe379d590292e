/*
 * completion: what a shell offers behind "assay", from the tables that parsing and --help come from. A value's name says what can stand
 * there: FILE and its like are files, words in lower case stand for themselves, and the names below for lists of words.
 */
#include "assay/check.h"
#include "assay/limits.h"
#include "cli/cli.h"

/* What may stand in one place. */
struct offer {
	struct buf words; /* each followed by a space */
	bool files, folders;
};
/* clang-format off */
#define OFFER_INIT { .words = BUF_INIT(LIMIT_REPORT_BYTES) }
/* clang-format on */

static void offer_fini(struct offer *offer)
{
	buf_fini(&offer->words);
}

static void offer_word(struct offer *offer, struct str word)
{
	buf_add(&offer->words, word);
	buf_add_char(&offer->words, ' ');
}

static void offer_rules(struct offer *offer)
{
	for (size_t i = 0; check_rules[i]; i++)
		offer_word(offer, str_of(check_rules[i]->id));
}

static void offer_formats(struct offer *offer)
{
	for (size_t i = 0; report_formats[i]; i++)
		offer_word(offer, str_of(report_formats[i]->name));
}

/* Of "db update", the first of its kind: 2, the letters of "db". 0: another command. */
static size_t begins_group(const struct command *command)
{
	size_t n = strcspn(command->name, " ");
	bool first = command == cli_commands || strncmp(command[-1].name, command->name, n + 1) != 0;
	return command->name[n] && first ? n : 0;
}

static bool is_in_group(const struct command *command, const struct command *first, size_t n)
{
	return command->name && strncmp(command->name, first->name, n + 1) == 0;
}

static void offer_commands(struct offer *offer)
{
	for (const struct command *command = cli_commands; command->name; command++)
		if (!strchr(command->name, ' ') || begins_group(command))
			offer_word(offer, str_head(str_of(command->name), strcspn(command->name, " ")));
}

static void offer_files(struct offer *offer)
{
	offer->files = true;
}

static void offer_folders(struct offer *offer)
{
	offer->folders = true;
}

static const struct choice {
	const char *name;
	void (*offer)(struct offer *offer); /* or the words themselves */
	const char *words;
} choices[] = {
	{ "FILE", offer_files, NULL },
	{ "PATH", offer_files, NULL },
	{ "GLOB", offer_files, NULL },
	{ "DIR", offer_folders, NULL },
	{ "RULE", offer_rules, NULL },
	{ "TOPIC", offer_commands, NULL },
	{ "NAME[=FILE]", offer_formats, NULL },
	{ "PRESET", NULL, "default strict permissive " },
	{ "SEVERITY", NULL, "low medium high critical " },
	{ "SCOPE", NULL, "prod dev build unknown " },
	{ "KIND", NULL, "dev optional peer " },
	{ "KIND:FILE", NULL, "npm: pnpm: yarn: berry: bun: " },
	{ "WHEN", NULL, "auto always never " },
	{ "LIST", NULL, "epss kev epss,kev " },
};

static void offer_choice(struct offer *offer, struct str name)
{
	if (name.n > 1 && ascii_is_alpha((unsigned char)name.p[0]) && ascii_lower((unsigned char)name.p[0]) == (unsigned char)name.p[0])
		offer_word(offer, name);
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		if (!str_equal_z(name, choices[i].name))
			continue;
		if (choices[i].offer)
			choices[i].offer(offer);
		else
			buf_add_z(&offer->words, choices[i].words);
	}
}

/* "FILE|PRESET" */
static void offer_value(struct offer *offer, const struct option *option)
{
	struct str rest = str_of(option->value), name;
	while (str_split(&rest, '|', &name))
		offer_choice(offer, name);
}

/* "ID|PKG|FINGERPRINT|RULE [PATH]": whatever is a word; "-r" is none. */
static void offer_operands(struct offer *offer, const struct command *command)
{
	struct str text = str_of(command->operands);
	for (size_t at = 0; at < text.n;) {
		size_t n = 0;
		while (at + n < text.n && ascii_is_alpha((unsigned char)text.p[at + n]))
			n++;
		if (n)
			offer_choice(offer, str_head(str_from(text, at), n));
		at += n + 1;
	}
}

/* ---- shells ------------------------------------------------------------------------------ */

static bool takes(const struct command *command, const struct option *option)
{
	return (command->groups & option->groups) != 0;
}

static bool wants_value(const struct option *option)
{
	return option->kind != OPTION_FLAG && option->kind != OPTION_MAYBE;
}

/* Help, inside single quotes; `also` is escaped with a backslash too. */
static void add_quoted(struct buf *out, const char *text, const char *quote, char also)
{
	for (; *text; text++) {
		if (*text == '\'') {
			buf_add_z(out, quote);
			continue;
		}
		if (*text == also)
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

static struct str offered_words(const struct offer *offer)
{
	return str_head(buf_str(&offer->words), offer->words.n ? offer->words.n - 1 : 0);
}

static void bash_command(struct buf *out, const struct command *command)
{
	CLEANUP(offer_fini) struct offer operands = OFFER_INIT;
	offer_operands(&operands, command);
	buf_printf(out, "\t'%s')\n\t\toperands='%.*s'\n\t\toptions='", command->name, STR_ARG(offered_words(&operands)));
	for (const struct option *option = cli_options; option->name; option++) {
		if (takes(command, option) && option->letter)
			buf_printf(out, "-%c ", option->letter);
		if (takes(command, option))
			buf_printf(out, "--%s ", option->name);
	}
	buf_add_z(out, "'\n\t\tcase $previous in\n");
	for (const struct option *option = cli_options; option->name; option++) {
		CLEANUP(offer_fini) struct offer value = OFFER_INIT;
		if (!takes(command, option) || !wants_value(option))
			continue;
		offer_value(&value, option);
		buf_printf(out, "\t\t--%s", option->name);
		if (option->letter)
			buf_printf(out, " | -%c", option->letter);
		buf_printf(out, ") value=1 operands='%.*s' folders=%s ;;\n", STR_ARG(offered_words(&value)), value.folders ? "1" : "");
	}
	buf_add_z(out, "\t\tesac\n\t\t;;\n");
}

/* Where nothing is offered, bash offers files by itself (-o default). */
static void write_bash(struct buf *out)
{
	CLEANUP(offer_fini) struct offer commands = OFFER_INIT;
	offer_commands(&commands);
	buf_printf(out,
		   "# bash completion for assay, made by: assay completion bash\n"
		   "_assay() {\n"
		   "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}\n"
		   "\tlocal options='' operands='' value='' folders=''\n"
		   "\tCOMPREPLY=()\n"
		   "\t[[ $current == = ]] && current=''\n"
		   "\t[[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD-2]}\n"
		   "\tif ((COMP_CWORD == 1)); then\n"
		   "\t\tCOMPREPLY=($(compgen -W 'help %.*s --help --version' -- \"$current\"))\n"
		   "\t\treturn\n"
		   "\tfi\n"
		   "\tcase $command in\n",
		   STR_ARG(offered_words(&commands)));
	for (const struct command *command = cli_commands; command->name; command++) {
		size_t n = begins_group(command);
		if (!n)
			continue;
		buf_printf(out, "\t%.*s)\n\t\tif ((COMP_CWORD == 2)); then\n\t\t\tCOMPREPLY=($(compgen -W '", (int)n, command->name);
		for (const struct command *one = command; is_in_group(one, command, n); one++)
			buf_printf(out, "%s ", one->name + n + 1);
		buf_add_z(out, "' -- \"$current\"))\n\t\t\treturn\n\t\tfi\n\t\tcommand=\"$command ${COMP_WORDS[2]}\"\n\t\t;;\n");
	}
	buf_add_z(out, "\tesac\n\tcase $command in\n");
	for (const struct command *command = cli_commands; command->name; command++)
		bash_command(out, command);
	buf_add_z(out, "\tesac\n"
		       "\tif [[ $folders ]]; then\n"
		       "\t\tCOMPREPLY=($(compgen -d -- \"$current\"))\n"
		       "\telif [[ ! $value && $current == -* ]]; then\n"
		       "\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
		       "\telse\n"
		       "\t\tCOMPREPLY=($(compgen -W \"$operands\" -- \"$current\"))\n"
		       "\tfi\n"
		       "}\n"
		       "complete -o default -F _assay assay\n");
}

static void zsh_offer(struct buf *out, const struct offer *offer)
{
	if (offer->words.n)
		buf_printf(out, "compadd -- %.*s; ", STR_ARG(offered_words(offer)));
	if (offer->files)
		buf_add_z(out, "_files; ");
	if (offer->folders)
		buf_add_z(out, "_files -/; ");
}

static void zsh_command(struct buf *out, const struct command *command)
{
	CLEANUP(offer_fini) struct offer operands = OFFER_INIT;
	buf_printf(out, "\t('%s')\n\t\toptions=(\n", command->name);
	for (const struct option *option = cli_options; option->name; option++) {
		if (!takes(command, option))
			continue;
		if (option->letter)
			buf_printf(out, "\t\t\t'-%c:same as --%s'\n", option->letter, option->name);
		buf_printf(out, "\t\t\t'--%s:", option->name);
		add_quoted(out, option->help, "'\\''", ':');
		buf_add_z(out, "'\n");
	}
	buf_add_z(out, "\t\t)\n\t\tcase $previous in\n");
	for (const struct option *option = cli_options; option->name; option++) {
		CLEANUP(offer_fini) struct offer value = OFFER_INIT;
		if (!takes(command, option) || !wants_value(option))
			continue;
		offer_value(&value, option);
		buf_printf(out, "\t\t(--%s", option->name);
		if (option->letter)
			buf_printf(out, "|-%c", option->letter);
		buf_add_z(out, ") ");
		zsh_offer(out, &value);
		buf_add_z(out, "return ;;\n");
	}
	buf_add_z(out, "\t\tesac\n\t\tif [[ $PREFIX == -* ]]; then _describe -o option options; return; fi\n\t\t");
	offer_operands(&operands, command);
	zsh_offer(out, &operands);
	buf_add_z(out, "return ;;\n");
}

static void zsh_describe(struct buf *out, const struct command *command, size_t from)
{
	buf_printf(out, "\t\t\t'%s:", command->name + from);
	add_quoted(out, command->summary, "'\\''", ':');
	buf_add_z(out, "'\n");
}

static void write_zsh(struct buf *out)
{
	buf_add_z(out, "#compdef assay\n"
		       "# zsh completion for assay, made by: assay completion zsh\n"
		       "_assay() {\n"
		       "\tlocal command=$words[2] previous=$words[CURRENT-1]\n"
		       "\tlocal -a options\n"
		       "\tif ((CURRENT == 2)); then\n\t\toptions=(\n");
	for (const struct command *command = cli_commands; command->name; command++)
		if (!strchr(command->name, ' '))
			zsh_describe(out, command, 0);
	for (const struct command *command = cli_commands; command->name; command++) {
		size_t n = begins_group(command);
		if (n)
			buf_printf(out, "\t\t\t'%.*s:%.*s commands'\n", (int)n, command->name, (int)n, command->name);
	}
	buf_add_z(out, "\t\t\t'help:tells about a command'\n\t\t)\n\t\t_describe command options\n\t\treturn\n\tfi\n");
	for (const struct command *command = cli_commands; command->name; command++) {
		size_t n = begins_group(command);
		if (!n)
			continue;
		buf_printf(out, "\tif [[ $command == %.*s ]]; then\n\t\tif ((CURRENT == 3)); then\n\t\toptions=(\n", (int)n, command->name);
		for (const struct command *one = command; is_in_group(one, command, n); one++)
			zsh_describe(out, one, n + 1);
		buf_add_z(out, "\t\t)\n\t\t_describe command options\n\t\treturn\n\t\tfi\n\t\tcommand=\"$command $words[3]\"\n\tfi\n");
	}
	buf_add_z(out, "\tcase $command in\n");
	for (const struct command *command = cli_commands; command->name; command++)
		zsh_command(out, command);
	/* As an autoloaded function it runs at once; when sourced it is registered. */
	buf_add_z(out, "\tesac\n\t_files\n}\n"
		       "if [[ $funcstack[1] == _assay ]]; then _assay \"$@\"; else compdef _assay assay; fi\n");
}

static void fish_command(struct buf *out, const struct command *command)
{
	CLEANUP(offer_fini) struct offer operands = OFFER_INIT;
	offer_operands(&operands, command);
	if (operands.words.n)
		buf_printf(out, "complete -c assay -n '__assay_runs %s' -a '%.*s'\n", command->name, STR_ARG(offered_words(&operands)));
	if (!operands.files)
		buf_printf(out, "complete -c assay -n '__assay_runs %s' -f\n", command->name);
	for (const struct option *option = cli_options; option->name; option++) {
		CLEANUP(offer_fini) struct offer value = OFFER_INIT;
		if (!takes(command, option))
			continue;
		buf_printf(out, "complete -c assay -n '__assay_runs %s' -l %s", command->name, option->name);
		if (option->letter)
			buf_printf(out, " -s %c", option->letter);
		if (wants_value(option)) {
			offer_value(&value, option);
			buf_add_z(out, value.files ? " -r" : " -x");
		}
		if (value.words.n)
			buf_printf(out, " -a '%.*s'", STR_ARG(offered_words(&value)));
		if (value.folders)
			buf_add_z(out, " -a '(__fish_complete_directories)'");
		buf_add_z(out, " -d '");
		add_quoted(out, option->help, "\\'", '\\');
		buf_add_z(out, "'\n");
	}
}

static void write_fish(struct buf *out)
{
	buf_add_z(out, "# fish completion for assay, made by: assay completion fish\n"
		       "function __assay_runs\n"
		       "\tset -l words (commandline -opc)\n"
		       "\tset -e words[1]\n"
		       "\ttest (count $words) -ge (count $argv); and test \"$words[1..\"(count $argv)\"]\" = \"$argv\"\n"
		       "end\n"
		       "function __assay_stands_at\n"
		       "\tset -l words (commandline -opc)\n"
		       "\tset -e words[1]\n"
		       "\ttest \"$words\" = \"$argv\"\n"
		       "end\n"
		       "complete -c assay -n '__assay_stands_at' -f -a help -d 'tells about a command'\n");
	for (const struct command *command = cli_commands; command->name; command++) {
		int n = (int)strcspn(command->name, " ");
		bool half = command->name[n];
		buf_printf(out, "complete -c assay -n '__assay_stands_at%s%.*s' -f -a %s -d '", half ? " " : "", half ? n : 0, command->name,
			   half ? command->name + n + 1 : command->name);
		add_quoted(out, command->summary, "\\'", '\\');
		buf_add_z(out, "'\n");
		if (begins_group(command))
			buf_printf(out, "complete -c assay -n '__assay_stands_at' -f -a %.*s -d '%.*s commands'\n", n, command->name, n, command->name);
	}
	for (const struct command *command = cli_commands; command->name; command++)
		fish_command(out, command);
}

int command_completion(struct cli *cli)
{
	static const struct shell {
		const char *name;
		void (*write)(struct buf *out);
	} shells[] = { { "bash", write_bash }, { "zsh", write_zsh }, { "fish", write_fish } };
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		if (strcmp(shells[i].name, cli->operands.v[0]) != 0)
			continue;
		shells[i].write(&out);
		return cli_write_buf(cli, &out);
	}
	return cli_usage_error("assay completion takes bash, zsh or fish, not \"%s\"", cli->operands.v[0]);
}
