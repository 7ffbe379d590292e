/*
 * The package managers' own settings files, as nodes: .npmrc (flat), pnpm-workspace.yaml, .yarnrc.yml, bunfig.toml. All
 * scalars are texts.
 */
#include "assay/limits.h"
#include "assay/npmrc.h"
#include "lockfile/manifest.h"
#include "lockfile/repository.h"
#include "lockfile/toml.h"
#include "lockfile/yaml.h"

static enum status parse_npmrc(struct str text, struct arena *arena, struct json **out, struct error *err)
{
	struct npmrc_line *lines;
	size_t count;
	enum status status = npmrc_read_lines(text, arena, &lines, &count, err);
	struct json *top = arena_alloc(arena, sizeof *top), **link = top ? &top->child : NULL;
	if (status || !top)
		return status ? status : error_memory(err);
	top->type = JSON_OBJECT;
	for (size_t i = 0; i < count; i++, link = &(*link)->next) {
		if (!(*link = arena_alloc(arena, sizeof **link)))
			return error_memory(err);
		**link = (struct json){ .type = JSON_STRING, .key = lines[i].key, .text = lines[i].value, .line = lines[i].line, .key_line = lines[i].line };
		top->count++;
	}
	*out = top;
	return STATUS_OK;
}

static enum status parse_yaml(struct str text, struct arena *arena, struct json **out, struct error *err)
{
	struct json *documents;
	enum status status = yaml_parse(text, YAML_ALL_TEXT, arena, &documents, err);
	if (!status)
		*out = documents->child;
	return status;
}

enum status lockfile_parse_settings(const char *name, struct str text, struct arena *arena, const struct json **out, struct error *err)
{
	struct json *settings = NULL;
	struct str file = str_of(name);
	enum status status = str_ends_with(file, STR(".json"))  ? json_parse(text, 0, arena, &settings, NULL, err) :
			     str_ends_with(file, STR(".npmrc")) ? parse_npmrc(text, arena, &settings, err) :
			     str_ends_with(file, STR(".toml"))  ? toml_parse(text, arena, &settings, err) :
								  parse_yaml(text, arena, &settings, err);
	if (!status)
		*out = json_is(settings, JSON_OBJECT) ? settings : NULL;
	return status;
}

enum status lockfile_read_settings(const struct tree *tree, const char *name, struct arena *arena, const struct json **out, struct error *err)
{
	const char *path = tree->folder ? path_join(arena, tree->folder, name) : NULL;
	struct str text;
	if (tree->folder && !path)
		return error_memory(err);
	if (!path || !is_beneath(tree->folder, path))
		return error_set(err, STATUS_NOT_FOUND, "%s: not there, or outside of the project", name);
	enum status status = file_read(path, LIMIT_CONFIG_BYTES, arena, &text, err);
	if (status)
		return status;
	status = lockfile_parse_settings(name, text, arena, out, err);
	return status ? error_wrap(err, "%s", path) : STATUS_OK;
}

enum status lockfile_tracks_settings(const struct tree *tree, const char *name, struct arena *arena, bool *tracked, struct error *err)
{
	struct repository repository;
	*tracked = false;
	if (!tree->folder)
		return STATUS_OK;
	enum status status = repository_open(tree->folder, arena, &repository, err);
	if (status)
		return status;
	struct str inside = repository.inside;
	struct str path = arena_printf(arena, "%.*s%s%s", STR_ARG(inside), inside.n ? "/" : "", name);
	if (!path.p)
		return error_memory(err);
	/* An index that cannot be read clears nobody. */
	*tracked = repository.top && (repository.unread || repository_tracks(&repository, path));
	return STATUS_OK;
}
