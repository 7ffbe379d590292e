/*
 * What has to give way for the version to move to, the least of it: the installed tree alone (in-range), what the user's
 * own package.json asks (bump), or a range in somebody else's package (override).
 */
#include <stdlib.h>

#include "check/check_private.h"
#include "check/fix.h"
#include "check/snippet.h"

bool spec_admits(struct str spec, const struct semver *version, struct arena *scratch)
{
	if (str_starts_with(spec, STR("npm:"))) {
		struct str target = str_from(spec, 4);
		size_t at = str_find_last(target, '@');
		/* An @ in front belongs to a scope, and "npm:real" alone is any version of it. */
		spec = at && at < target.n ? str_from(target, at + 1) : STR("*");
	}
	struct semver_range *range;
	return semver_range_parse(spec, SEMVER_LOOSE, scratch, &range, NULL) == STATUS_OK && semver_range_matches(range, version);
}

/* ---- who stands in the way ------------------------------------------------------- */

/* What the edges into all instances say about one version. */
struct survey {
	const struct scan *scan;
	const struct finding *finding;
	const struct read_version *to;
	struct arena *scratch;
	bool alone, admitted;            /* somebody asks for a range that lets it in */
	VEC(const struct edge *) own;    /* those of the user's own packages that refuse it */
	VEC(const struct edge *) root;   /* those of the root that admit it */
	VEC(const struct edge *) others; /* of other people's packages, that refuse it or may */
	struct str blocker;              /* of these: the first by name */
	struct str untold;               /* likewise, where the lockfile does not tell what they ask */
	struct str carrier;              /* what it is moved with, and how it is bound to that */
	const char *bound;
	bool failed;
};

static struct str label_of(struct survey *survey, uint32_t number)
{
	struct str label = package_label(survey->scratch, &survey->scan->tree->packages[number]);
	survey->failed |= !label.p;
	return label;
}

static void keep_first(struct survey *survey, struct str *first, struct str text)
{
	survey->failed |= !text.p;
	if (!first->p || str_compare(text, *first) < 0)
		*first = text;
}

static void take_blocker(struct survey *survey, const struct edge *edge)
{
	bool told = tells(survey->scan->tree, "foreign_ranges");
	struct str label = label_of(survey, edge->from);
	struct str spec = told ? edge->spec : STR("a range that the lockfile does not tell");
	struct str text = arena_printf(survey->scratch, "%.*s asks %.*s", STR_ARG(label), STR_ARG(spec));
	keep_first(survey, told ? &survey->blocker : &survey->untold, text);
}

/* Where the package.json of a workspace lies; nothing for the root's. */
static struct str own_folder(const struct package *own)
{
	if (own->kind != PACKAGE_WORKSPACE)
		return STR_NONE;
	return own->folder.n ? own->folder : own->id;
}

/* Everybody who asks for it stands in one of the lists, or does not stand in the way. */
static void survey_edge(struct survey *survey, const struct edge *edge)
{
	const struct tree *tree = survey->scan->tree;
	bool own = package_is_own(&tree->packages[edge->from]);
	bool told = own || tells(tree, "foreign_ranges");
	bool admits = told && spec_admits(edge->spec, &survey->to->parsed, survey->scratch);
	const struct edge **slot;
	bool peer = edge->type == EDGE_PEER || edge->type == EDGE_PEER_OPTIONAL; /* is content with what others bring */
	survey->admitted |= admits;
	if ((admits && edge->from != 0) || (!told && peer))
		return;
	if (!own)
		take_blocker(survey, edge);
	slot = !own   ? vec_add(survey->scratch, &survey->others) :
	       admits ? vec_add(survey->scratch, &survey->root) :
			vec_add(survey->scratch, &survey->own);
	if (slot)
		*slot = edge;
	survey->failed |= !slot;
}

/* What it travels in, or what pins it: the first package on the way to the root that is not carried itself. */
static void survey_carried(struct survey *survey, const struct package *package)
{
	const struct tree *tree = survey->scan->tree;
	uint32_t number = TREE_NONE;
	if (!survey->carrier.p)
		survey->bound = package->bundled ? "it travels inside " : "it is pinned by the npm-shrinkwrap.json of ";
	while (!survey->carrier.p && (package->bundled || package->shrinkwrapped) && package->via != TREE_NONE) {
		number = tree->edges[package->via].from;
		package = &tree->packages[number];
	}
	if (!survey->carrier.p)
		survey->carrier = number == TREE_NONE ? STR("another package") : label_of(survey, number);
}

static void survey_instances(struct survey *survey)
{
	const struct tree *tree = survey->scan->tree;
	for (size_t i = 0; i < survey->finding->instance_count; i++) {
		const struct package *package = &tree->packages[survey->finding->instances[i]];
		if (package->bundled || package->shrinkwrapped)
			survey_carried(survey, package);
		for (uint32_t k = 0; k < package->in_count; k++)
			survey_edge(survey, &tree->edges[tree->in[package->in_first + k]]);
	}
}

/* ---- the command ---------------------------------------------------------------------- */

bool fix_is_plain_word(struct str word)
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
	command->unsafe |= !fix_is_plain_word(word);
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
	struct str behind = arena_printf(survey->scratch, "@%s%.*s%s%.*s", aliased ? "npm:" : "", STR_ARG(aliased ? package->name : STR_NONE),
					 aliased ? "@" : "", STR_ARG(survey->to->text));
	command->failed |= !behind.p;
	command->unsafe |= !fix_is_plain_word(package->name) || !fix_is_plain_word(survey->to->text);
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
	if (!scan->format || !scan->format->update_command || !command_init(&command, survey, scan->format->update_command))
		return STR_NONE;
	for (size_t i = 0; i < survey->finding->instance_count; i++) {
		const struct package *package = &scan->tree->packages[survey->finding->instances[i]];
		add_word(&command, " ", package_installed_name(package), STR_NONE);
	}
	return command_text(&command, survey);
}

/* ---- the answer ---------------------------------------------------------------------------- */

/* What a caret would not let through. */
static enum fix_step step_of(const struct semver *from, const struct semver *to)
{
	if (!str_equal(from->major, to->major))
		return STEP_MAJOR;
	return str_equal_z(from->major, "0") && !str_equal(from->minor, to->minor) ? STEP_ZERO_MINOR : STEP_COMPATIBLE;
}

/* A range that the lockfile does not tell is taken for a caret, as nearly all are. */
static enum fix_kind kind_of(const struct survey *survey, enum fix_step step)
{
	if (survey->carrier.p)
		return FIX_NONE;
	if (survey->blocker.p || (survey->untold.p && step != STEP_COMPATIBLE))
		return FIX_OVERRIDE;
	return survey->own.n || survey->untold.p ? FIX_BUMP : FIX_IN_RANGE;
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
	struct str text = arena_printf(survey->scan->arena, "%.*s%spackage.json asks %.*s", STR_ARG(folder), folder.n ? "/" : "", STR_ARG(edge->spec));
	survey->failed |= !text.p;
	return text;
}

/* npm wants a direct dependency to be moved before it is overridden: then also what would admit the version. */
static bool ask_root_too(struct survey *survey)
{
	for (size_t i = 0; i < survey->root.n; i++) {
		const struct edge **slot = vec_add(survey->scratch, &survey->own);
		if (!slot)
			return false;
		*slot = survey->root.v[i];
	}
	return true;
}

static bool asks_root(const struct survey *survey)
{
	for (size_t i = 0; i < survey->own.n; i++)
		if (survey->own.v[i]->from == 0)
			return true;
	return survey->root.n > 0;
}

enum reach { OF_NONE, OF_SOME, OF_ALL }; /* what an override moves: what the user's own packages ask for, too */

static enum reach add_override(struct survey *survey, struct fix *fix)
{
	const struct scan *scan = survey->scan;
	const struct package *package = &scan->tree->packages[survey->finding->instances[0]];
	const struct override_words *words = scan->format ? lockfile_override_words(scan->format, scan->tree) : NULL;
	if (!words)
		return OF_NONE;
	struct snippet snippet = { scan->tree,       words,         package->name,    package->version, survey->to->text, survey->others.v,
				   survey->others.n, survey->alone, asks_root(survey) };
	fix->snippet = snippet_write(&snippet, scan->arena, &survey->failed);
	fix->snippet_file = fix->snippet.p ? str_of(words->file) : STR_NONE;
	if (!fix->snippet.p || !snippet_is_of_all(&snippet))
		return OF_SOME;
	survey->failed |= words->must_agree && !ask_root_too(survey);
	return words->must_agree && survey->own.n ? OF_SOME : OF_ALL;
}

/* Every copy that others ask for is overridden, every range of the user's own moves. */
static void add_blockers(struct survey *survey, struct fix *fix)
{
	enum reach reach = survey->others.n ? add_override(survey, fix) : OF_NONE;
	if (survey->blocker.p)
		fix->blocker = keep(survey, "", survey->blocker);
	else if (survey->own.n && !survey->untold.p)
		fix->blocker = own_blocker(survey);
	else
		fix->blocker = keep(survey, "", survey->untold);
	if (survey->own.n && reach != OF_ALL)
		fix->command = bump_command(survey);
	else if (survey->admitted && reach == OF_SOME)
		fix->command = update_command(survey);
}

static struct fix answer(struct survey *survey, enum fix_step step)
{
	struct fix fix = { .kind = kind_of(survey, step), .to = survey->to->text };
	/* An SBOM names no ranges. That somebody has to move it is certain; who, is not. */
	if (fix.kind != FIX_NONE && !tells(survey->scan->tree, "ranges")) {
		fix.kind = FIX_BUMP;
		fix.blocker = STR("this input does not tell which ranges ask for it");
		return fix;
	}
	if (fix.kind == FIX_NONE)
		return (struct fix){ .blocker = keep(survey, survey->bound, survey->carrier) };
	if (fix.kind == FIX_IN_RANGE)
		fix.command = update_command(survey);
	else
		add_blockers(survey, &fix);
	return fix;
}

/* What is direct itself comes with itself: that is told by its blocker. */
static bool add_through(const struct scan *scan, const struct fix_question *question, struct fix *fix)
{
	struct through all = { 0 };
	bool itself = false;
	for (size_t i = 0; i < question->finding->instance_count; i++)
		through_merge(&all, &question->through[question->finding->instances[i]]);
	fix->through_many = all.many;
	for (uint8_t i = 0; i < all.count; i++) {
		itself = false;
		for (size_t k = 0; k < question->finding->instance_count; k++)
			itself |= question->finding->instances[k] == all.direct[i];
		if (itself)
			continue;
		struct str label = package_label(scan->arena, &scan->tree->packages[all.direct[i]]);
		if (!label.p)
			return false;
		fix->through[fix->through_count++] = label;
	}
	return true;
}

static bool refuse(const struct scan *scan, const char *why, struct str version, struct fix *fix)
{
	fix->blocker = arena_printf(scan->arena, "%s%.*s", why, STR_ARG(version));
	return fix->blocker.p;
}

enum status fix_find(const struct scan *scan, const struct fix_question *question, struct fix *out, struct error *err)
{
	const struct finding *finding = question->finding;
	const struct read_version *installed = question->installed;
	const struct read_version *to = clean_versions_after(question->clean, installed);
	struct str banned = to ? STR_NONE : clean_versions_banned(question->clean, installed);
	*out = (struct fix){ .kind = FIX_NONE, .package = scan->tree->packages[finding->instances[0]].name };
	if (!add_through(scan, question, out))
		return error_memory(err);
	if (banned.p)
		return refuse(scan, "the policy bans what is free of it: ", banned, out) ? STATUS_OK : error_memory(err);
	if (!to)
		return STATUS_OK;
	if (semver_has_prerelease(&to->parsed) && !semver_has_prerelease(&installed->parsed))
		return refuse(scan, "only a pre-release is free of it: ", to->text, out) ? STATUS_OK : error_memory(err);
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	if (!scratch)
		return error_memory(err);
	struct survey survey = { .scan = scan, .finding = finding, .to = to, .scratch = scratch, .alone = question->alone };
	survey_instances(&survey);
	const enum fix_step step = step_of(&installed->parsed, &to->parsed);
	struct fix fix = answer(&survey, step);
	if (survey.failed)
		return error_memory(err);
	out->kind = fix.kind;
	out->to = fix.to;
	out->command = fix.command;
	out->blocker = fix.blocker;
	out->snippet = fix.snippet;
	out->snippet_file = fix.snippet_file;
	out->step = fix.kind == FIX_NONE ? STEP_UNKNOWN : step;
	return STATUS_OK;
}
