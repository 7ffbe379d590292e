/*
 * What has to give way for the version to move to, the least of it: the installed tree alone (in-range), what the user's
 * own package.json asks (bump), or a range in somebody else's package (override).
 */
#include <stdlib.h>

#include "check/check_private.h"
#include "check/fix.h"

bool spec_admits(struct str spec, const struct semver *version, struct arena *scratch)
{
	if (str_starts_with(spec, STR("npm:"))) {
		struct str target = str_from(spec, 4);
		size_t at = str_find_last(target, '@');
		/* An @ in front belongs to a scope, and "npm:real" alone is any version of it. */
		spec = at && at < target.n ? str_from(target, at + 1) : STR("*");
	}
	struct semver_range *range;
	return semver_range_parse(spec, SEMVER_LOOSE, scratch, &range, NULL) == STATUS_OK &&
	       semver_range_matches(range, version);
}

/* ---- who stands in the way ------------------------------------------------------- */

/* What the edges into all instances say about one version. */
struct survey {
	const struct scan *scan;
	const struct finding *finding;
	const struct read_version *to;
	struct arena *scratch;
	VEC(const struct edge *) own; /* those of the user's own packages that refuse it */
	struct str blocker;           /* of the others: the first by name */
	struct str bundler;
	bool failed;
};

static struct str label_of(struct survey *survey, uint32_t number)
{
	struct str label = package_label(survey->scratch, &survey->scan->tree->packages[number]);
	survey->failed |= !label.p;
	return label;
}

static void take_blocker(struct survey *survey, const struct edge *edge)
{
	struct str label = label_of(survey, edge->from);
	struct str text = arena_printf(survey->scratch, "%.*s asks %.*s", STR_ARG(label), STR_ARG(edge->spec));
	survey->failed |= !text.p;
	if (!survey->blocker.p || str_compare(text, survey->blocker) < 0)
		survey->blocker = text;
}

/* Where the package.json of a workspace lies; nothing for the root's. */
static struct str own_folder(const struct package *own)
{
	if (own->kind != PACKAGE_WORKSPACE)
		return STR_NONE;
	return own->folder.n ? own->folder : own->id;
}

static void survey_edge(struct survey *survey, const struct edge *edge)
{
	const struct package *from = &survey->scan->tree->packages[edge->from];
	if (spec_admits(edge->spec, &survey->to->parsed, survey->scratch))
		return;
	if (!package_is_own(from)) {
		take_blocker(survey, edge);
		return;
	}
	const struct edge **slot = vec_add(survey->scratch, &survey->own);
	if (slot)
		*slot = edge;
	survey->failed |= !slot;
}

/* What it travels in: the first package on the way to the root that is not bundled itself. */
static void survey_bundled(struct survey *survey, const struct package *package)
{
	const struct tree *tree = survey->scan->tree;
	uint32_t number = TREE_NONE;
	while (!survey->bundler.p && package->bundled && package->via != TREE_NONE) {
		number = tree->edges[package->via].from;
		package = &tree->packages[number];
	}
	if (!survey->bundler.p)
		survey->bundler = number == TREE_NONE ? STR("another package") : label_of(survey, number);
}

static void survey_instances(struct survey *survey)
{
	const struct tree *tree = survey->scan->tree;
	for (size_t i = 0; i < survey->finding->instance_count; i++) {
		const struct package *package = &tree->packages[survey->finding->instances[i]];
		if (package->bundled)
			survey_bundled(survey, package);
		for (uint32_t k = 0; k < package->in_count; k++)
			survey_edge(survey, &tree->edges[tree->in[package->in_first + k]]);
	}
}

/* ---- the command ---------------------------------------------------------------------- */

/* Commands are pasted into shells, and their words come from a lockfile: no blanks, quotes, `$`, and no leading dash. */
static bool is_plain_word(struct str word)
{
	static const char allowed[] = "@/._~+-";
	if (word.n == 0 || word.p[0] == '-')
		return false;
	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];
		if (!ascii_is_alpha(c) && !ascii_is_digit(c) && !(c && strchr(allowed, c)))
			return false;
	}
	return true;
}

struct command {
	struct buf text;
	struct map *said; /* words that stand in it */
	bool unsafe, failed;
};

/* Adds " <word>" with what comes before and behind it, once. False when the word was there already. */
static void add_word(struct command *command, const char *before, struct str word, struct str behind)
{
	size_t ignored;
	command->unsafe |= !is_plain_word(word);
	if (map_find(command->said, word, &ignored))
		return;
	command->failed |= !map_set(command->said, word, 1);
	buf_add_z(&command->text, before);
	buf_add(&command->text, word);
	buf_add(&command->text, behind);
}

static struct str command_text(struct command *command, struct survey *survey)
{
	struct str text = STR_NONE;
	if (!command->failed && !command->text.failed && !command->unsafe)
		text = arena_copy(survey->scan->arena, buf_str(&command->text));
	survey->failed |= command->failed || command->text.failed || (!command->unsafe && !text.p);
	buf_fini(&command->text);
	return text;
}

static bool command_init(struct command *command, struct survey *survey, const char *verb)
{
	*command = (struct command){ .text = BUF_INIT(SIZE_MAX / 2), .said = map_new(survey->scratch, 0) };
	survey->failed |= !command->said;
	buf_add_z(&command->text, verb);
	return command->said != NULL;
}

/* npm changes the package.json it stands in, unless it is told which workspaces are meant. */
static void add_npm_workspaces(struct command *command, const struct survey *survey)
{
	const struct tree *tree = survey->scan->tree;
	bool root = false, workspaces = false;
	for (size_t i = 0; i < survey->own.n; i++) {
		const struct package *from = &tree->packages[survey->own.v[i]->from];
		if (from->kind == PACKAGE_WORKSPACE)
			add_word(command, " -w ", own_folder(from), STR_NONE);
		root |= from->kind != PACKAGE_WORKSPACE;
		workspaces |= from->kind == PACKAGE_WORKSPACE;
	}
	if (root && workspaces)
		buf_add_z(&command->text, " --include-workspace-root");
}

/* " axios@0.30.2", or " old@npm:axios@0.30.2" for what is installed under another name. */
static void add_target(struct command *command, struct survey *survey, struct str name)
{
	const struct package *package = &survey->scan->tree->packages[survey->finding->instances[0]];
	bool aliased = !str_equal(name, package->name);
	struct str behind = arena_printf(survey->scratch, "@%s%.*s%s%.*s", aliased ? "npm:" : "",
					 STR_ARG(aliased ? package->name : STR_NONE), aliased ? "@" : "",
					 STR_ARG(survey->to->text));
	command->failed |= !behind.p;
	command->unsafe |= !is_plain_word(package->name) || !is_plain_word(survey->to->text);
	add_word(command, " ", name, behind);
}

static struct str npm_bump_command(struct survey *survey)
{
	struct command command;
	if (!command_init(&command, survey, survey->scan->format->install_command))
		return STR_NONE;
	for (size_t i = 0; i < survey->own.n; i++)
		add_target(&command, survey, survey->own.v[i]->name);
	add_npm_workspaces(&command, survey);
	return command_text(&command, survey);
}

/* Every other manager is asked in the folder whose package.json is meant: "(cd packages/web && pnpm add axios@0.30.2)". */
static struct str bump_command(struct survey *survey)
{
	const struct scan *scan = survey->scan;
	struct command command;
	if (!scan->format || !scan->format->install_command)
		return STR_NONE;
	if (strcmp(scan->format->kind, "npm") == 0)
		return npm_bump_command(survey);
	if (!command_init(&command, survey, ""))
		return STR_NONE;
	for (size_t i = 0; i < survey->own.n; i++) {
		const struct package *from = &scan->tree->packages[survey->own.v[i]->from];
		bool nested = from->kind == PACKAGE_WORKSPACE;
		command.said = map_new(survey->scratch, 0);
		command.failed |= !command.said;
		if (command.failed)
			break;
		buf_add_z(&command.text, i ? " && " : "");
		if (nested)
			add_word(&command, "(cd ", own_folder(from), STR(" && "));
		buf_add_z(&command.text, scan->format->install_command);
		add_target(&command, survey, survey->own.v[i]->name);
		buf_add_z(&command.text, nested ? ")" : "");
	}
	return command_text(&command, survey);
}

static struct str update_command(struct survey *survey)
{
	const struct scan *scan = survey->scan;
	struct command command;
	if (!scan->format || !scan->format->update_command ||
	    !command_init(&command, survey, scan->format->update_command))
		return STR_NONE;
	for (size_t i = 0; i < survey->finding->instance_count; i++) {
		const struct package *package = &scan->tree->packages[survey->finding->instances[i]];
		add_word(&command, " ", package_installed_name(package), STR_NONE);
	}
	return command_text(&command, survey);
}

/* ---- the answer ---------------------------------------------------------------------------- */

static enum fix_kind kind_of(const struct survey *survey)
{
	if (survey->bundler.p)
		return FIX_NONE;
	if (survey->blocker.p)
		return FIX_OVERRIDE;
	return survey->own.n ? FIX_BUMP : FIX_IN_RANGE;
}

static struct str keep(struct survey *survey, const char *before, struct str text)
{
	if (!text.p)
		return STR_NONE;
	struct str copy = arena_printf(survey->scan->arena, "%s%.*s", before, STR_ARG(text));
	survey->failed |= !copy.p;
	return copy;
}

/* "package.json asks 0.21.1": the first of the user's own ranges that must move. */
static struct str own_blocker(struct survey *survey)
{
	const struct edge *edge = survey->own.v[0];
	const struct package *from = &survey->scan->tree->packages[edge->from];
	struct str folder = own_folder(from);
	struct str text = arena_printf(survey->scan->arena, "%.*s%spackage.json asks %.*s", STR_ARG(folder),
				       folder.n ? "/" : "", STR_ARG(edge->spec));
	survey->failed |= !text.p;
	return text;
}

static struct fix answer(struct survey *survey)
{
	struct fix fix = { .kind = kind_of(survey), .to = survey->to->text };
	/* An SBOM names no ranges. That somebody has to move it is certain; who, is not. */
	if (fix.kind != FIX_NONE && !tells(survey->scan->tree, "spec")) {
		fix.kind = FIX_BUMP;
		fix.blocker = STR("this input does not tell which ranges ask for it");
		return fix;
	}
	if (fix.kind == FIX_NONE)
		fix = (struct fix){ .blocker = keep(survey, "it travels inside ", survey->bundler) };
	else if (fix.kind == FIX_OVERRIDE)
		fix.blocker = keep(survey, "", survey->blocker);
	else if (fix.kind == FIX_BUMP)
		fix.blocker = own_blocker(survey);
	else
		fix.command = update_command(survey);
	/* npm's override needs it too where the package is a direct dependency as well. */
	bool own_too = fix.kind == FIX_OVERRIDE && survey->scan->format && survey->scan->format->override_must_agree;
	if (survey->own.n && (fix.kind == FIX_BUMP || own_too))
		fix.command = bump_command(survey);
	return fix;
}

enum status fix_find(const struct scan *scan, const struct finding *finding, const struct read_version *installed,
		     const struct read_version *to, struct fix *out, struct error *err)
{
	struct str name = scan->tree->packages[finding->instances[0]].name;
	*out = (struct fix){ .kind = FIX_NONE, .package = name };
	if (!to)
		return STATUS_OK;
	if (semver_has_prerelease(&to->parsed) && !semver_has_prerelease(&installed->parsed)) {
		out->blocker = arena_printf(scan->arena, "only a pre-release is free of it: %.*s", STR_ARG(to->text));
		return out->blocker.p ? STATUS_OK : error_memory(err);
	}
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	if (!scratch)
		return error_memory(err);
	struct survey survey = { .scan = scan, .finding = finding, .to = to, .scratch = scratch };
	survey_instances(&survey);
	struct fix fix = answer(&survey);
	fix.package = name;
	if (survey.failed)
		return error_memory(err);
	*out = fix;
	return STATUS_OK;
}
