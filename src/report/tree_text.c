/*
 * `list`: the tree for people. What a package brings is shown once, where the shortest path from the root arrives;
 * everywhere else the package is marked "(deduped)". So nothing stands deeper than it must, and the report is linear
 * in the edges.
 */
#include <stdlib.h>

#include "assay/report.h"

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
	uint32_t *sorted; /* as tree->out, each package's share sorted */
	VEC(struct level) levels;
};

static int compare_edges(const void *a, const void *b, void *context)
{
	const struct edge *edges = context;
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	int order = str_compare(edges[left].name, edges[right].name);
	return order ? order : (left > right) - (left < right);
}

static bool sort_edges(struct printer *printer)
{
	const struct tree *tree = printer->tree;
	printer->sorted = arena_array(printer->scratch, tree->edge_count, sizeof *printer->sorted);
	if (!printer->sorted)
		return false;
	if (tree->edge_count)
		memcpy(printer->sorted, tree->out, tree->edge_count * sizeof *printer->sorted);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		if (package->out_count > 1)
			qsort_r(printer->sorted + package->out_first, package->out_count, sizeof *printer->sorted,
				compare_edges, tree->edges);
	}
	return true;
}

/* ---- one line ------------------------------------------------------------------- */

static void add_label(struct printer *printer, const struct package *package)
{
	buf_add_visible(printer->out, package->name);
	if (package->version.n == 0)
		return;
	buf_add_char(printer->out, '@');
	buf_add_visible(printer->out, package->version);
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
	add_mark(printer, deduped, "deduped", &separator);
	if (separator[0] == ',')
		buf_add_char(printer->out, ')');
}

static void add_package(struct printer *printer, const struct package *package, bool deduped)
{
	if (package->alias.p) {
		buf_add_visible(printer->out, package->alias);
		buf_add_z(printer->out, printer->marks->arrow);
	}
	add_label(printer, package);
	if (package->kind == PACKAGE_LINK) {
		buf_add_z(printer->out, printer->marks->arrow);
		buf_add_visible(printer->out, package->link);
	} else if (package->kind != PACKAGE_REGISTRY && !package_is_own(package)) {
		buf_printf(printer->out, " [%s]", package_kind_name(package->kind));
	}
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
	if (package->out_count == 0)
		return true;
	struct level *level = vec_add(printer->scratch, &printer->levels);
	if (level)
		*level = (struct level){ printer->sorted + package->out_first, 0, package->out_count };
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
	add_package(printer, package, !here && target->out_count > 0);
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

static void print_head(struct printer *printer)
{
	const struct tree *tree = printer->tree;
	add_label(printer, &tree->packages[0]);
	buf_add_z(printer->out, tree->packages[0].name.n ? "  " : "");
	buf_add_visible(printer->out, str_of(tree->path));
	buf_printf(printer->out, " (%s v%.*s)  %u packages\n", tree->format, STR_ARG(tree->format_version),
		   tree->package_count - 1);
}

/* Where the root's own list is not known, packages that nothing else asks for stand in its place. */
static bool print_starts(struct printer *printer)
{
	const struct tree *tree = printer->tree;
	for (uint32_t i = 1; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		if (!package->reachable || package->depth > 0)
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
		if (package->reachable)
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

enum status report_tree_text(const struct tree *tree, bool unicode, struct buf *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct printer printer = {
		.tree = tree, .out = out, .scratch = scratch, .marks = unicode ? &unicode_marks : &ascii_marks
	};
	if (!scratch || !sort_edges(&printer))
		return error_memory(err);
	print_head(&printer);
	if (!print_below(&printer, &tree->packages[0]) || !print_starts(&printer))
		return error_memory(err);
	print_unreachable(&printer);
	return buf_ok(out, err);
}
