/* list and why: what is in the tree, and how it got there. */
#include <stdio.h>

#include "assay/limits.h"
#include "assay/lockfile.h"
#include "assay/semver.h"
#include "cli/cli.h"

/* The one lockfile that PATH (or --lockfile) means. */
static int find_one(struct cli *cli, const char *path, struct lockfile_found *out)
{
	struct lockfile_list list = { 0 };
	struct error err;
	if (lockfile_find(path, NULL, cli->arena, &list, &err)) {
		cli_fail(&err);
		return EXIT_USAGE;
	}
	size_t n = 0;
	for (size_t i = 0; i < list.found.n; i++) {
		if (list.found.v[i].problem != LOCKFILE_FINE)
			continue;
		*out = list.found.v[i];
		n++;
	}
	if (n == 1)
		return EXIT_FINE;
	if (n == 0)
		return cli_usage_error("%s: no lockfile here%s%s", path, list.found.n ? ": " : "",
				       list.found.n && list.found.v[0].remedy ? list.found.v[0].remedy : "");
	cli_usage_error("%s holds %zu lockfiles; name one of them:", path, n);
	for (size_t i = 0; i < list.found.n; i++)
		if (list.found.v[i].problem == LOCKFILE_FINE)
			cli_usage_error("  %s", list.found.v[i].path);
	return EXIT_USAGE;
}

static int read_tree(struct cli *cli, const char *path, struct tree **tree)
{
	struct lockfile_found found = { 0 };
	struct error err;
	int code = cli->options.lockfile ? cli_given_lockfile(cli, &found) : find_one(cli, path, &found);
	if (code)
		return code;
	return lockfile_load(&found, cli->arena, tree, &err) ? cli_fail(&err) : EXIT_FINE;
}

/* What the project's policy calls build tools gives what only they bring a scope of its own. */
static int mark_build(struct cli *cli, struct tree *tree)
{
	const struct policy_options where = { .name = cli->options.policy, .folder = tree->folder, .org = cli->options.org_policy };
	struct policy *policy;
	struct error err;
	if (policy_load(&where, cli->arena, &policy, &err) || tree_mark_build(tree, policy_settings(policy)->build_only, &err))
		return cli_fail(&err);
	return EXIT_FINE;
}

/* "pkg:npm/%40scope/name@1.2.3": a real name, and a version or none. */
static int parse_purl(struct cli *cli, const char *text, struct purl *out)
{
	struct error err;
	bool is_npm = false;
	if (purl_parse(str_of(text), cli->arena, &is_npm, out, &err))
		return cli_usage_error("%s", err.text);
	return is_npm ? EXIT_FINE : cli_usage_error("\"%s\" is not a package of npm: those begin with pkg:npm/", text);
}

static bool is_purl(const struct cli *cli)
{
	return cli->operands.n && str_starts_with(str_of(cli->operands.v[0]), STR("pkg:"));
}

static int parse_filter(struct cli *cli, struct report_tree_options *out)
{
	static const enum scope scopes[] = { SCOPE_PROD, SCOPE_DEV, SCOPE_BUILD, SCOPE_UNKNOWN };
	const char *wanted = cli->options.scope;
	*out = (struct report_tree_options){ .depth = cli->options.depth, .direct = cli->options.direct, .unicode = cli_unicode(cli) };
	for (size_t i = 0; wanted && i < sizeof scopes / sizeof *scopes; i++) {
		if (strcmp(wanted, scope_name(scopes[i])) != 0)
			continue;
		out->by_scope = true;
		out->scope = scopes[i];
	}
	if (wanted && !out->by_scope)
		return cli_usage_error("--scope takes prod, dev, build or unknown, not \"%s\"", wanted);
	struct purl purl = { 0 };
	int code = is_purl(cli) ? parse_purl(cli, cli->operands.v[0], &purl) : EXIT_FINE;
	out->name = purl.name;
	out->version = purl.version;
	return code;
}

static enum status write_tree(struct cli *cli, struct tree *tree, const char *format, const char *given, const struct report_tree_options *filter,
			      struct buf *out, struct error *err)
{
	if (format[0] == 't')
		return report_tree_text(tree, filter, out, err);
	if (format[0] == 'p')
		return report_tree_purl(tree, filter, out, err);
	const char *label = cli_label(cli, tree->path, given);
	if (label)
		tree->path = label;
	return report_tree_json(tree, filter, out, err);
}

int command_list(struct cli *cli)
{
	const struct option_list *formats = &cli->options.formats;
	const char *format = formats->uses.n ? formats->uses.v[formats->uses.n - 1].value : "tree";
	struct tree *tree;
	struct error err;
	bool known = strcmp(format, "tree") == 0 || strcmp(format, "json") == 0 || strcmp(format, "purl") == 0;
	if (!known)
		return cli_usage_error("list has the formats tree, json and purl, not \"%s\"", format);
	size_t at = is_purl(cli);
	if (cli->operands.n > at + 1)
		return cli_usage_error("usage: assay list [PURL] [PATH]");
	const char *path = cli->operands.n > at ? cli->operands.v[at] : ".";
	struct report_tree_options filter;
	int code = parse_filter(cli, &filter);
	if (code || (code = read_tree(cli, path, &tree)) || (code = mark_build(cli, tree)))
		return code;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	enum status status = write_tree(cli, tree, format, path, &filter, &out, &err);
	return status ? cli_fail(&err) : cli_write_buf(cli, &out);
}

/* ---- why ---------------------------------------------------------------------------- */

struct question {
	struct str name;
	bool real_name;             /* a package URL: no alias is meant */
	struct str version;         /* this one; .n 0: any */
	struct semver_range *range; /* NULL: any version */
};

static int parse_question(struct cli *cli, struct question *out)
{
	struct str range;
	struct error err;
	if (is_purl(cli)) {
		struct purl purl = { 0 };
		int code = parse_purl(cli, cli->operands.v[0], &purl);
		*out = (struct question){ .name = purl.name, .version = purl.version, .real_name = true };
		return code;
	}
	cli_split_package(str_of(cli->operands.v[0]), &out->name, &range);
	if (out->name.n == 0)
		return cli_usage_error("which package? \"%s\" names none", cli->operands.v[0]);
	if (range.p && semver_range_parse(range, SEMVER_LOOSE | SEMVER_INCLUDE_PRERELEASE, cli->arena, &out->range, &err))
		return cli_usage_error("%s", err.text);
	return EXIT_FINE;
}

static bool has_name(const struct question *question, const struct package *package)
{
	return str_equal(package->name, question->name) || (!question->real_name && str_equal(package->alias, question->name));
}

static bool has_version(const struct question *question, const struct package *package)
{
	struct semver version;
	if (question->version.n && !str_equal(package->version, question->version))
		return false;
	return !question->range || (semver_parse(package->version, SEMVER_LOOSE, &version) && semver_range_matches(question->range, &version));
}

/* What is asked about: first all of that name, then those of them that are meant. */
struct named {
	VEC(uint32_t) all, matches;
};

static bool find_named(struct cli *cli, const struct question *question, const struct tree *tree, struct named *out)
{
	for (uint32_t i = 1; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		if (package->kind == PACKAGE_LINK || !has_name(question, package))
			continue;
		uint32_t *named = vec_add(cli->arena, &out->all);
		uint32_t *match = has_version(question, package) ? vec_add(cli->arena, &out->matches) : named;
		if (!named || !match)
			return false;
		*named = *match = i;
	}
	return true;
}

static void write_step(struct buf *out, const struct tree *tree, const struct edge *edge, struct arena *arena)
{
	const struct package *package = &tree->packages[edge->to];
	if (package->kind == PACKAGE_LINK && package->link_target != TREE_NONE)
		package = &tree->packages[package->link_target];
	buf_add_z(out, " > ");
	buf_add_visible(out, package_label(arena, package));
	if (edge->type != EDGE_PROD && edge->type != EDGE_WORKSPACE)
		buf_printf(out, " (%s)", edge_type_name(edge->type));
}

static void write_path(struct buf *out, const struct tree *tree, const struct tree_path *path, struct arena *arena)
{
	const struct package *first = &tree->packages[path->packages[0]];
	buf_add_z(out, "  ");
	buf_add_visible(out, first->name.n ? first->name : STR("(root)"));
	for (size_t i = 0; i + 1 < path->length; i++)
		write_step(out, tree, &tree->edges[path->edges[i]], arena);
	buf_add_char(out, '\n');
}

static int write_match(struct cli *cli, const struct tree *tree, uint32_t match, struct buf *out)
{
	const struct package *package = &tree->packages[match];
	size_t max = cli->options.max ? cli->options.max : 20, count, total;
	bool complete;
	struct tree_path *paths;
	struct error err;
	buf_add_visible(out, package_label(cli->arena, package));
	buf_add_z(out, "   ");
	buf_add_visible(out, package->id);
	buf_printf(out, "   %s%s", scope_name(package->scope), package->optional ? ", optional" : "");
	if (package->alias.n) {
		buf_add_z(out, ", installed as ");
		buf_add_visible(out, package->alias);
	}
	buf_printf(out, "   %s:%u\n", path_base(tree->path), package->line);
	if (tree_paths(tree, match, max, cli->arena, &paths, &count, &total, &complete, &err))
		return cli_fail(&err);
	for (size_t i = 0; i < count; i++)
		write_path(out, tree, &paths[i], cli->arena);
	if (count == 0)
		buf_add_z(out, "  nothing depends on it\n");
	if (total > count || !complete)
		buf_printf(out, "  and %zu more path%s%s: --max N\n", total - count, total - count == 1 ? "" : "s", complete ? "" : ", at least");
	return EXIT_FINE;
}

/* Who asks for a version that is not there may mean one of those that are. */
static int not_found(struct cli *cli, const struct named *named, const struct tree *tree)
{
	enum { MAX_SHOWN = 8 };
	CLEANUP(buf_fini) struct buf others = BUF_INIT(LIMIT_REPORT_BYTES);
	struct str last = STR_NONE;
	uint32_t shown = 0;
	for (size_t i = 0; i < named->all.n; i++) {
		struct str label = package_label(cli->arena, &tree->packages[named->all.v[i]]);
		if (str_equal(label, last) || shown++ >= MAX_SHOWN)
			continue;
		buf_add_z(&others, shown == 1 ? "; there is " : ", ");
		buf_add_visible(&others, label);
		last = label;
	}
	buf_add_z(&others, shown > MAX_SHOWN ? ", ..." : "");
	cli_usage_error("%s is not in %s%.*s", cli->operands.v[0], tree->path, STR_ARG(buf_str(&others)));
	return EXIT_FINDINGS;
}

int command_why(struct cli *cli)
{
	struct question question = { 0 };
	struct tree *tree;
	int code = parse_question(cli, &question);
	if (code || (code = read_tree(cli, cli->operands.n > 1 ? cli->operands.v[1] : ".", &tree)))
		return code;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	struct named named = { 0 };
	struct error err;
	if (!find_named(cli, &question, tree, &named)) {
		error_memory(&err);
		return cli_fail(&err);
	}
	if (named.matches.n > 1)
		buf_printf(&out, "%zu matches\n\n", named.matches.n);
	for (size_t i = 0; i < named.matches.n; i++) {
		buf_add_z(&out, i ? "\n" : "");
		if ((code = write_match(cli, tree, named.matches.v[i], &out)))
			return code;
	}
	return named.matches.n ? cli_write_lines(cli, &out) : not_found(cli, &named, tree);
}
