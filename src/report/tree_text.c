/*
 * `list`: the tree for people. What a package brings is shown once, where the shortest path from the root arrives;
 * everywhere else the package is marked "(deduped)". So nothing stands deeper than it must, and the report is linear
 * in the edges. Where packages are picked, those on the shortest path to one are shown as well.
 */
#include <stdlib.h>

#include "report/tree_filter.h"

enum { MAX_INDENT = 64 }; /* levels; deeper ones are numbered instead */

struct marks {
	const char *branch, *last, *bar, *blank, *arrow;
};
static const struct marks unicode_marks = { "├─ ", "└─ ", "│  ", "   ", " → " };
static const struct marks ascii_marks = { "|-- ", "`-- ", "|   ", "    ", " -> " };

/* A package whose dependencies are being printed: its edges, sorted by name. */
struct level {
	const uint32_t *edges;
	uint32_t next, count;
};

struct printer {
	const struct tree *tree;
	const struct marks *marks;
	struct buf *out;
	struct arena *scratch;
	const struct report_tree_options *options;
	uint32_t *sorted; /* as tree->out, each package's share sorted, what is shown first */
	uint32_t *counts; /* by package: how many of its edges are shown */
	bool *on_the_way; /* by package: it is shown, or leads to one that is */
	VEC(struct level) levels;
};

static int compare_edges(const void *a, const void *b, void *context)
{
	const struct edge *edges = context;
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	int order = str_compare(edges[left].name, edges[right].name);
	return order ? order : (left > right) - (left < right);
}

/* Each package is gone through once: the way on from a marked one is marked. */
static bool mark_ways(struct printer *printer)
{
	const struct tree *tree = printer->tree;
	bool *marks = printer->on_the_way = arena_array(printer->scratch, tree->package_count, sizeof *marks);
	for (uint32_t i = 0; marks && i < tree->package_count; i++) {
		uint32_t at = i;
		while (!marks[at] && (at != i || tree_is_shown(tree, printer->options, i))) {
			uint32_t via = tree->packages[at].via;
			marks[at] = true;
			if (via == TREE_NONE)
				break;
			marks[tree->edges[via].to] = true; /* a link, where the edge ends at one */
			at = tree->edges[via].from;
		}
	}
	return marks;
}

static bool edge_is_printed(const struct printer *printer, uint32_t e)
{
	const struct tree *tree = printer->tree;
	const struct edge *edge = &tree->edges[e];
	const struct package *from = &tree->packages[edge->from];
	if (printer->options->depth && from->depth >= printer->options->depth)
		return false;
	if (printer->options->direct && !package_is_own(from))
		return false; /* what is direct stands below the user's own code as well */
	if (edge->to == TREE_NONE)
		return tree_edge_is_shown(tree, printer->options, e);
	uint32_t target = tree->packages[edge->to].link_target;
	if (target == TREE_NONE)
		target = edge->to;
	if (tree->packages[target].via != e)
		return tree_is_shown(tree, printer->options, edge->to);
	return printer->on_the_way[edge->to] || printer->on_the_way[target];
}

static bool sort_edges(struct printer *printer)
{
	const struct tree *tree = printer->tree;
	uint32_t *sorted = printer->sorted = arena_array(printer->scratch, tree->edge_count, sizeof *sorted);
	printer->counts = arena_array(printer->scratch, tree->package_count, sizeof *printer->counts);
	if (!sorted || !printer->counts)
		return false;
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		uint32_t count = 0;
		for (uint32_t k = 0; k < package->out_count; k++)
			if (edge_is_printed(printer, tree->out[package->out_first + k]))
				sorted[package->out_first + count++] = tree->out[package->out_first + k];
		if (count > 1)
			qsort_r(sorted + package->out_first, count, sizeof *sorted, compare_edges, tree->edges);
		printer->counts[i] = count;
	}
	return true;
}

/* ---- one line ------------------------------------------------------------------- */

static void add_label(struct printer *printer, struct str name, struct str version)
{
	buf_add_visible(printer->out, name);
	if (version.n == 0)
		return;
	buf_add_char(printer->out, '@');
	buf_add_visible(printer->out, version);
}

/* Where the user's own lies: a path that cannot be taken for the name of a package. */
static void add_place(struct printer *printer, struct str path)
{
	bool plain = path.n && path.p[0] != '.' && path.p[0] != '/' && path.p[0] != '~';
	buf_add_z(printer->out, printer->marks->arrow);
	buf_add_z(printer->out, plain ? "./" : "");
	buf_add_visible(printer->out, path);
}

static void add_mark(struct printer *printer, bool holds, const char *mark, const char **separator)
{
	if (!holds)
		return;
	buf_add_z(printer->out, *separator);
	buf_add_z(printer->out, mark);
	*separator = ", ";
}

static void add_flags(struct printer *printer, const struct package *package, bool deduped)
{
	const char *separator = " (";
	add_mark(printer, package->scope == SCOPE_DEV, "dev", &separator);
	add_mark(printer, package->scope == SCOPE_BUILD, "build", &separator);
	add_mark(printer, package->optional, "optional", &separator);
	add_mark(printer, package->peer, "peer", &separator);
	add_mark(printer, package->bundled, "bundled", &separator);
	add_mark(printer, package->shrinkwrapped, "shrinkwrapped", &separator);
	add_mark(printer, deduped, "deduped", &separator);
	if (separator[0] == ',')
		buf_add_char(printer->out, ')');
}

static void add_package(struct printer *printer, const struct package *package, bool deduped)
{
	const struct package *target = package->link_target == TREE_NONE ? package : &printer->tree->packages[package->link_target];
	bool link = package->kind == PACKAGE_LINK;
	if (package->alias.p) {
		buf_add_visible(printer->out, package->alias);
		buf_add_z(printer->out, printer->marks->arrow);
	}
	add_label(printer, package->name, link ? target->version : package->version);
	if (link || package->folder.n)
		add_place(printer, link ? package->link : package->folder);
	else if (package->kind != PACKAGE_REGISTRY && !package_is_own(package))
		buf_printf(printer->out, " [%s]", package_kind_name(package->kind));
	add_flags(printer, package, deduped);
	buf_add_char(printer->out, '\n');
}

static void add_missing(struct printer *printer, const struct edge *edge)
{
	bool optional = edge->type == EDGE_OPTIONAL || edge->type == EDGE_PEER_OPTIONAL;
	buf_add_z(printer->out, optional ? "not installed: " : "MISSING: ");
	buf_add_visible(printer->out, edge->name);
	buf_add_char(printer->out, '@');
	buf_add_visible(printer->out, edge->spec);
	if (edge->type != EDGE_PROD)
		buf_printf(printer->out, " (%s)", edge_type_name(edge->type));
	buf_add_char(printer->out, '\n');
}

static void add_indent(struct printer *printer)
{
	size_t depth = printer->levels.n;
	for (size_t i = 0; i + 1 < depth && i < MAX_INDENT; i++) {
		const struct level *level = &printer->levels.v[i];
		buf_add_z(printer->out, level->next < level->count ? printer->marks->bar : printer->marks->blank);
	}
	const struct level *own = &printer->levels.v[depth - 1];
	if (depth > MAX_INDENT)
		buf_printf(printer->out, "[level %zu] ", depth);
	buf_add_z(printer->out, own->next < own->count ? printer->marks->branch : printer->marks->last);
}

/* ---- the walk -------------------------------------------------------------------- */

static bool descend(struct printer *printer, const struct package *package)
{
	uint32_t count = printer->counts[package - printer->tree->packages];
	if (count == 0)
		return true;
	struct level *level = vec_add(printer->scratch, &printer->levels);
	if (level)
		*level = (struct level){ printer->sorted + package->out_first, 0, count };
	return level;
}

/* The edge's line, and what its package brings where this is the place for it. */
static bool print_edge(struct printer *printer, uint32_t e)
{
	const struct tree *tree = printer->tree;
	const struct edge *edge = &tree->edges[e];
	add_indent(printer);
	if (edge->to == TREE_NONE) {
		add_missing(printer, edge);
		return true;
	}
	const struct package *package = &tree->packages[edge->to], *target = package;
	if (package->link_target != TREE_NONE)
		target = &tree->packages[package->link_target];
	bool here = target->via == e;
	add_package(printer, package, !here && printer->counts[target - tree->packages] > 0);
	return !here || descend(printer, target);
}

static bool print_below(struct printer *printer, const struct package *package)
{
	printer->levels.n = 0;
	if (!descend(printer, package))
		return false;
	while (printer->levels.n && !printer->out->failed) {
		struct level *level = &printer->levels.v[printer->levels.n - 1];
		if (level->next == level->count)
			printer->levels.n--;
		else if (!print_edge(printer, level->edges[level->next++]))
			return false;
	}
	return true;
}

/* How many are the user's own and how many are not, as the other reports count them. */
struct counts {
	uint32_t packages, shown, own, scopes[SCOPE_UNKNOWN + 1];
};

static struct counts count(const struct printer *printer)
{
	const struct tree *tree = printer->tree;
	struct counts counts = { 0 };
	for (uint32_t i = 1; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		counts.own += package->kind == PACKAGE_WORKSPACE;
		if (package_is_own(package))
			continue;
		counts.packages++;
		counts.shown += tree_is_shown(tree, printer->options, i);
		counts.scopes[package->scope]++;
	}
	return counts;
}

/* Of the whole tree, where they differ. */
static void add_scopes(struct printer *printer, const struct counts *counts)
{
	static const enum scope scopes[] = { SCOPE_PROD, SCOPE_BUILD, SCOPE_DEV, SCOPE_UNKNOWN };
	const char *separator = " (";
	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
		uint32_t n = counts->scopes[scopes[i]];
		if (n == 0 || n == counts->packages)
			continue;
		buf_printf(printer->out, "%s%u %s", separator, n, scope_name(scopes[i]));
		separator = ", ";
	}
	if (separator[0] == ',')
		buf_add_char(printer->out, ')');
}

static void print_head(struct printer *printer)
{
	const struct tree *tree = printer->tree;
	const struct package *root = &tree->packages[0];
	struct counts counts = count(printer);
	add_label(printer, root->name, root->version);
	buf_add_z(printer->out, root->name.n ? "  " : "");
	buf_add_visible(printer->out, str_of(tree->path));
	buf_printf(printer->out, tree->format_version.n ? " (%s v%.*s)  " : " (%s%.*s)  ", tree->format, STR_ARG(tree->format_version));
	if (counts.shown < counts.packages)
		buf_printf(printer->out, "%u of ", counts.shown);
	buf_printf(printer->out, "%u package%s", counts.packages, counts.packages == 1 ? "" : "s");
	add_scopes(printer, &counts);
	if (counts.own)
		buf_printf(printer->out, ", %u folder%s of its own", counts.own, counts.own == 1 ? "" : "s");
	buf_add_char(printer->out, '\n');
}

/* Where the root's own list is not known, packages that nothing else asks for stand in its place. */
static bool print_starts(struct printer *printer)
{
	const struct tree *tree = printer->tree;
	for (uint32_t i = 1; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		if (!package->reachable || package->depth > 0 || !printer->on_the_way[i])
			continue;
		add_package(printer, package, false);
		if (!print_below(printer, package))
			return false;
	}
	return true;
}

/* What nothing leads to is in the lockfile all the same. */
static void print_unreachable(struct printer *printer)
{
	const struct tree *tree = printer->tree;
	bool first = true;
	for (uint32_t i = 1; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		if (package->reachable || !printer->on_the_way[i])
			continue;
		if (first)
			buf_add_z(printer->out, "in the lockfile, but nothing depends on it:\n");
		first = false;
		buf_add_z(printer->out, "  ");
		buf_add_visible(printer->out, package->id);
		buf_add_z(printer->out, "  ");
		add_package(printer, package, false);
	}
}

enum status report_tree_text(const struct tree *tree, const struct report_tree_options *options, struct buf *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct printer printer = { .tree = tree, .options = options, .out = out, .scratch = scratch };
	printer.marks = options->unicode ? &unicode_marks : &ascii_marks;
	if (!scratch || !mark_ways(&printer) || !sort_edges(&printer))
		return error_memory(err);
	print_head(&printer);
	if (!print_below(&printer, &tree->packages[0]) || !print_starts(&printer))
		return error_memory(err);
	print_unreachable(&printer);
	return buf_ok(out, err);
}
