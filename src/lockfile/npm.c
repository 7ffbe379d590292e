/*
 * npm: package-lock.json and npm-shrinkwrap.json, lockfile versions 1, 2 and 3, and the hidden lockfile in
 * node_modules. The document decides which reader takes it; what both share stands here.
 */
#include "assay/limits.h"
#include "lockfile/formats.h"
#include "lockfile/manifest.h"
#include "lockfile/npm.h"
#include "lockfile/refuse.h"

struct package *npm_add_package(struct npm_reader *reader, struct str location, const struct json *at, struct npm_entry **entry)
{
	struct package *package = tree_add_package(reader->tree, location, reader->err);
	if (!package) {
		if (reader->err->status == STATUS_INVALID)
			refuse_place(reader->err, at);
		return NULL;
	}
	*entry = vec_add(reader->tree->arena, &reader->entries);
	if (!*entry) {
		error_memory(reader->err);
		return NULL;
	}
	package->line = at ? (at->key_line ? at->key_line : at->line) : 0;
	return package;
}

enum status npm_read_manifest(struct npm_reader *reader, struct str folder, struct npm_fields *out)
{
	struct arena *arena = reader->tree->arena;
	struct json *manifest;
	if (!reader->source->folder)
		return STATUS_NOT_FOUND;
	struct str name = arena_copy(arena, folder);
	const char *path = name.p ? path_join(arena, reader->source->folder, name.p) : NULL;
	if (!path)
		return error_memory(reader->err);
	enum status status = manifest_read(folder.n ? path : reader->source->folder, arena, &manifest, &reader->tree->duplicate_keys, reader->err);
	if (status)
		return status;
	struct npm_fields fields;
	status = npm_read_fields(manifest, true, &fields, reader->err);
	if (!status)
		status = npm_check_sections(&fields, reader->err);
	if (!status)
		*out = fields;
	return status ? error_wrap(reader->err, "%s/package.json", path) : STATUS_OK;
}

static enum status dangling(struct npm_reader *reader, const struct package *link, bool leads_on)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	buf_add_visible(&text, str_head(link->id, 200));
	buf_add(&text, STR("\" links to \""));
	buf_add_visible(&text, str_head(link->link, 200));
	error_at(reader->err, STATUS_INVALID, link->line, 1, "\"%.*s\", which %s", STR_ARG(buf_str(&text)),
		 leads_on ? "is a link itself" : "has no entry of its own");
	error_hint(reader->err, "npm refuses this lockfile as well: restore the entry or run npm install");
	return STATUS_INVALID;
}

enum status npm_check_links(struct npm_reader *reader)
{
	struct tree *tree = reader->tree;
	for (uint32_t i = 0; i < tree->package_count; i++) {
		struct package *link = &tree->packages[i];
		if (link->kind != PACKAGE_LINK)
			continue;
		uint32_t number = tree_find(tree, link->link);
		const struct package *target = number == TREE_NONE ? NULL : &tree->packages[number];
		if (!target || target->kind == PACKAGE_LINK)
			return dangling(reader, link, target != NULL);
		struct str installed = npm_installed_name(link->id);
		if (target->name.n)
			link->name = target->name;
		link->alias = installed.n && !str_equal(installed, link->name) ? installed : STR_NONE;
	}
	return STATUS_OK;
}

/* ---- the document -------------------------------------------------------------- */

static enum status read_version(const struct json *document, uint64_t *out, struct error *err)
{
	const struct json *version = json_find(document, "lockfileVersion");
	uint64_t number = 0;
	if (!version) {
		error_at(err, STATUS_UNSUPPORTED, document->line, document->column, "there is no \"lockfileVersion\"");
		error_hint(err, "an npm lockfile has one since npm 5: write it anew with npm install --package-lock-only");
		return STATUS_UNSUPPORTED;
	}
	if (!json_is(version, JSON_NUMBER))
		return error_at(err, STATUS_INVALID, version->line, version->column, "\"lockfileVersion\" is %s, expected 1, 2 or 3",
				json_type_name(version->type));
	if (!json_to_u64(version, &number) || number < 1 || number > 3) {
		CLEANUP(buf_fini) struct buf shown = BUF_INIT(256);
		buf_add_visible(&shown, str_head(version->text, 40));
		error_at(err, STATUS_UNSUPPORTED, version->line, version->column, "\"lockfileVersion\" is %.*s; 1, 2 and 3 are known",
			 STR_ARG(buf_str(&shown)));
		error_hint(err, "a newer npm may have written it: update assay, or run npm install --lockfile-version 3");
		return STATUS_UNSUPPORTED;
	}
	*out = number;
	return STATUS_OK;
}

/* npm 7 and later read `packages` whatever the version says, and npm 5 and 6 `dependencies`. */
static enum status read_packages(struct npm_reader *reader, const struct json *document, uint64_t version)
{
	static const char *const untold[] = { "license", "deprecated", "install_script", "dependencies", "peers", "bins", NULL };
	const struct json *packages = json_find(document, "packages");
	if (packages && !json_is(packages, JSON_OBJECT))
		return error_at(reader->err, STATUS_INVALID, packages->line, packages->column, "\"packages\" is %s, expected an object",
				json_type_name(packages->type));
	if (packages) {
		enum status status = npm_read_entries(reader, packages);
		return status ? status : npm_check_legacy(reader, json_find(document, "dependencies"));
	}
	if (version > 1 && !json_find(document, "dependencies"))
		return error_at(reader->err, STATUS_INVALID, document->line, document->column,
				"a lockfile of version %u has \"packages\"; this one has none", (unsigned)version);
	reader->tree->unknown = untold;
	return npm_read_nested(reader, document);
}

static enum status read_npm(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	struct npm_reader reader = { .source = source, .tree = tree, .err = err };
	struct json *document;
	uint64_t version = 0;
	enum status status = json_parse(source->text, JSON_UNIQUE_KEYS, tree->arena, &document, NULL, err);
	if (!status && !json_is(document, JSON_OBJECT))
		status = error_at(err, STATUS_INVALID, document->line, document->column, "found %s, expected an object", json_type_name(document->type));
	if (status || (status = read_version(document, &version, err)))
		return status;
	tree->format_version = json_find(document, "lockfileVersion")->text;
	status = read_packages(&reader, document, version);
	return status ? status : npm_add_edges(&reader);
}

const struct lockfile_format npm_format = {
	.kind = "npm",
	.file_names = (const char *const[]){ "npm-shrinkwrap.json", "package-lock.json", ".package-lock.json", NULL },
	.install_command = "npm install",
	.update_command = "npm update",
	.override_words = &(const struct override_words){ .file = "package.json",
							  .open = "\"overrides\": { ",
							  .close = " }",
							  .before_parent = "\"",
							  .before_name = "\": { \"",
							  .after_version = "\" }",
							  .takes_parent_range = true,
							  .takes_range = true,
							  .must_agree = true },
	.read = read_npm,
};
