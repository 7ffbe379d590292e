/*
 * What the dependencies of installed packages mean: as Node looks for them, in the node_modules folders around the package.
 */
#include "assay/limits.h"
#include "lockfile/installed.h"
#include "lockfile/manifest.h"

/* Nearest first. */
static uint32_t resolve(struct installed *in, struct str from, struct str name)
{
	CLEANUP(buf_fini) struct buf path = BUF_INIT((size_t)4 * LIMIT_LOCATION_BYTES);
	for (bool more = true; more;) {
		size_t number, slash = str_find_last(from, '/');
		buf_clear(&path);
		buf_add(&path, from);
		if (!str_equal_z(from, "node_modules") && !str_ends_with(from, STR("/node_modules"))) {
			buf_add_z(&path, from.n ? "/node_modules/" : "node_modules/");
			buf_add(&path, name);
			if (!path.failed && map_find(in->places, buf_str(&path), &number))
				return (uint32_t)number;
		}
		more = from.n > 0 && !str_ends_with(from, STR("..")); /* outside, no folder of the project encloses it */
		from = str_head(from, slash == from.n ? 0 : slash);
	}
	return TREE_NONE;
}

static bool mark_optional_peers(struct installed *in, uint32_t from)
{
	json_each(meta, json_find(in->packages.v[from].manifest, "peerDependenciesMeta")) {
		if (json_is_true(meta, "optional") && !map_set(in->optional, meta->key, from + 1))
			return false;
	}
	return true;
}

static bool is_marked(const struct map *marks, struct str name, uint32_t from)
{
	size_t last;
	return map_find(marks, name, &last) && last == from + 1;
}

static bool add_edges(struct installed *in, uint32_t from)
{
	static const struct {
		const char *key;
		enum edge_type type;
	} sections[] = {
		{ "devDependencies", EDGE_DEV },
		{ "optionalDependencies", EDGE_OPTIONAL },
		{ "dependencies", EDGE_PROD },
		{ "peerDependencies", EDGE_PEER },
	};
	const struct json *manifest = in->packages.v[from].manifest;
	if (!mark_optional_peers(in, from))
		return false;
	for (size_t i = !in->packages.v[from].own; i < sizeof sections / sizeof *sections; i++) {
		const struct json *section = manifest_section(manifest, sections[i].key);
		json_each(spec, section) {
			if (!json_is(spec, JSON_STRING) || is_marked(in->asked, spec->key, from))
				continue;
			struct edge edge = { from, resolve(in, in->tree->packages[from].id, spec->key), spec->key, spec->text, sections[i].type };
			if (edge.type == EDGE_PEER && is_marked(in->optional, spec->key, from))
				edge.type = EDGE_PEER_OPTIONAL;
			if (!map_set(in->asked, spec->key, from + 1) || !tree_add_edge(in->tree, edge))
				return false;
		}
	}
	return true;
}

/* The root has its workspaces: those inside the project. */
static bool add_workspace_edges(struct installed *in)
{
	for (uint32_t i = 1; i < in->tree->package_count; i++) {
		const struct package *package = &in->tree->packages[i];
		if (package->kind != PACKAGE_WORKSPACE || str_starts_with(package->id, STR("..")))
			continue;
		struct str spec = arena_printf(in->arena, "file:%.*s", STR_ARG(package->id));
		struct edge edge = { 0, resolve(in, STR(""), package->name), package->name, spec, EDGE_WORKSPACE };
		if (edge.to == TREE_NONE || in->tree->packages[edge.to].kind != PACKAGE_LINK)
			edge.to = i;
		if (!spec.p || !map_set(in->asked, package->name, 1) || !tree_add_edge(in->tree, edge))
			return false;
	}
	return true;
}

/* What a package lists as bundled stands in its own node_modules, and so does what that needs. */
static void set_bundled(struct installed *in)
{
	for (uint32_t i = 1; i < in->tree->package_count; i++) {
		struct package *package = &in->tree->packages[i];
		struct str modules = installed_modules_folder(package->id);
		size_t parent;
		if (package_is_own(package) || modules.n <= strlen("/node_modules") ||
		    !map_find(in->places, str_head(modules, modules.n - strlen("/node_modules")), &parent) || package_is_own(&in->tree->packages[parent]))
			continue;
		const struct json *manifest = in->packages.v[parent].manifest;
		const struct json *list = json_find(manifest, "bundleDependencies");
		list = list ? list : json_find(manifest, "bundledDependencies");
		package->bundled = (json_is(list, JSON_ARRAY) && list->count) || json_is(list, JSON_TRUE) || in->tree->packages[parent].bundled;
	}
}

enum status installed_add_edges(struct installed *in)
{
	set_bundled(in);
	bool fine = add_workspace_edges(in);
	for (uint32_t i = 0; fine && i < in->tree->package_count; i++)
		fine = add_edges(in, i);
	return fine ? STATUS_OK : error_memory(in->err);
}
