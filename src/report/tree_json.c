/*
 * `list --format json`: the whole tree, as INTERFACE.md's assay.tree/1 has it. Packages and edges in the order of the
 * lockfile.
 */
#include "assay/json.h"
#include "report/tree_filter.h"

/* Empty where the package has none. */
static void add_text(struct json_writer *writer, const char *key, struct str text)
{
	json_add_text(writer, key, text.p ? text : STR(""));
}

static void write_lockfile(struct json_writer *writer, const struct tree *tree)
{
	json_open_object(writer, "lockfile");
	json_add_text(writer, "path", str_of(tree->path));
	json_add_text(writer, "kind", str_of(tree->format));
	json_add_text(writer, "version", tree->format_version);
	json_close(writer);
}

static void write_package(struct json_writer *writer, const struct package *package)
{
	json_open_object(writer, NULL);
	add_text(writer, "id", package->id);
	add_text(writer, "name", package->name);
	json_add_text_or_null(writer, "alias", package->alias);
	add_text(writer, "version", package->version);
	json_add_text(writer, "kind", str_of(package_kind_name(package->kind)));
	json_add_text_or_null(writer, "resolved", package->resolved);
	json_add_text_or_null(writer, "integrity", package->integrity);
	json_add_text(writer, "scope", str_of(scope_name(package->scope)));
	json_add_bool(writer, "optional", package->optional);
	json_add_bool(writer, "peer", package->peer);
	json_add_bool(writer, "direct", package->direct);
	json_add_bool(writer, "bundled", package->bundled);
	if (package->shrinkwrapped)
		json_add_bool(writer, "shrinkwrapped", true);
	json_add_bool(writer, "install_script", package->install_script);
	json_add_text_or_null(writer, "link", package->kind == PACKAGE_LINK ? package->link : STR_NONE);
	json_add_text_or_null(writer, "license", package->license);
	json_add_text_or_null(writer, "deprecated", package->deprecated);
	if (package->line)
		json_add_u64(writer, "line", package->line);
	else
		json_add_null(writer, "line");
	json_close(writer);
}

static void write_edge(struct json_writer *writer, const struct tree *tree, const struct edge *edge)
{
	json_open_object(writer, NULL);
	add_text(writer, "from", tree->packages[edge->from].id);
	json_add_text_or_null(writer, "to", edge->to == TREE_NONE ? STR_NONE : tree->packages[edge->to].id);
	add_text(writer, "name", edge->name);
	add_text(writer, "spec", edge->spec);
	json_add_text(writer, "type", str_of(edge_type_name(edge->type)));
	json_close(writer);
}

enum status report_tree_json(const struct tree *tree, const struct report_tree_options *options, struct buf *out, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	if (!writer)
		return error_memory(err);
	json_begin_document(writer, "assay.tree/1");
	write_lockfile(writer, tree);
	json_open_array(writer, "packages");
	for (uint32_t i = 0; i < tree->package_count; i++)
		if (tree_is_shown(tree, options, i))
			write_package(writer, &tree->packages[i]);
	json_close(writer);
	json_open_array(writer, "edges");
	for (uint32_t e = 0; e < tree->edge_count; e++)
		if (tree_edge_is_shown(tree, options, e))
			write_edge(writer, tree, &tree->edges[e]);
	return json_end_document(writer, true, out, err);
}
