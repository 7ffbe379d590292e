/*
 * A node_modules folder: what is really installed, by the package.json files in it. There is no text to read, and
 * nothing says where a package came from; names, versions, licenses and scripts are its own word.
 *
 * A package goes by its location, the path from the project's folder with every link resolved: as Node does, which then
 * looks for dependencies in the node_modules folders around that place. So stores (pnpm's .pnpm, bun's .bun, npm's
 * .store, and one outside the project) need no rules of their own: a link to a package stands for the package, which is
 * listed once, and the folder that it stands in is looked into as well. A link to a folder that no node_modules encloses
 * is a workspace.
 *
 * npm's hidden lockfile, node_modules/.package-lock.json, knows more (where from, digests); but anybody may have changed
 * the folder since. It is used where it names the very packages and versions that are there, whatever the times of the
 * files say.
 */
#include <stdlib.h>

#include "assay/limits.h"
#include "lockfile/formats.h"
#include "lockfile/installed.h"

static enum status add_root(struct installed *in)
{
	struct json *manifest = NULL;
	enum status status = installed_read_manifest(in, in->project, &manifest);
	if (status && status != STATUS_NOT_FOUND)
		return status;
	in->tree->root_known = in->tree->scopes_known = manifest;
	if (!installed_add_package(in, STR(""), manifest, PACKAGE_ROOT))
		return in->err->status;
	return installed_remember_file(in, in->project) ? STATUS_OK : error_memory(in->err);
}

static enum status read_packages(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct installed in = { .source = source, .tree = tree, .err = err, .arena = tree->arena, .scratch = scratch };
	static const char *const unknown[] = { "resolved", "integrity", "deprecated", "line", "dependencies", "peers", "bins", NULL };
	if (!scratch || !(in.places = map_new(scratch, 64)) || !(in.files = map_new(scratch, 64)) || !(in.seen = map_new(scratch, 64)) ||
	    !(in.asked = map_new(scratch, 64)) || !(in.optional = map_new(scratch, 64)))
		return error_memory(err);
	in.project = source->folder ? source->folder : path_folder(scratch, source->path);
	char *real = in.project ? realpath(in.project, NULL) : NULL;
	if (!real)
		return in.project ? error_errno(err, "%s", in.project) : error_memory(err);
	in.real_project = arena_copy(scratch, str_of(real));
	free(real);
	tree->unknown = unknown;
	enum status status = in.real_project.p ? add_root(&in) : error_memory(err);
	if (!status)
		status = installed_walk(&in);
	return status ? status : installed_add_edges(&in);
}

/* ---- npm's hidden lockfile ---------------------------------------------------------------------- */

/* Do both name the same packages, at the same places, in the same versions? */
static bool agree(const struct tree *installed, const struct tree *written)
{
	if (installed->package_count != written->package_count)
		return false;
	for (uint32_t i = 1; i < written->package_count; i++) {
		const struct package *package = &written->packages[i], *there;
		uint32_t number = tree_find(installed, package->id);
		if (number == TREE_NONE)
			return false;
		there = &installed->packages[number];
		if (!str_equal(package->name, there->name) || !str_equal(package->version, there->version) ||
		    (package->kind == PACKAGE_LINK) != (there->kind == PACKAGE_LINK))
			return false;
	}
	return true;
}

static bool is_fresh(const struct lockfile_source *source, const struct lockfile_source *hidden)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	struct tree *installed = scratch ? tree_new(scratch) : NULL, *written = installed ? tree_new(scratch) : NULL;
	struct error err;
	return written && !read_packages(source, installed, &err) && !npm_format.read(hidden, written, &err) && agree(installed, written);
}

static enum status read_installed(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	const char *path = path_join(tree->arena, source->path, ".package-lock.json");
	struct lockfile_source hidden = { .path = path, .folder = source->folder };
	if (!path)
		return error_memory(err);
	enum status status = file_read(path, LIMIT_LOCKFILE_BYTES, tree->arena, &hidden.text, err);
	if (!status && is_fresh(source, &hidden)) {
		tree->path = path;
		tree->format = npm_format.kind;
		return npm_format.read(&hidden, tree, err);
	}
	if (status != STATUS_NOT_FOUND)
		tree->note = "npm's hidden lockfile in node_modules is left aside: it does not say what is installed";
	return read_packages(source, tree, err);
}

const struct lockfile_format installed_format = {
	.kind = "node_modules",
	.file_names = (const char *const[]){ NULL },
	.is_folder = true,
	.install_command = "npm install",
	.update_command = "npm update",
	.read = read_installed,
};
