/*
 * Finding policies and reading them, each file once, with what it extends. A policy that is there is used or is an error;
 * it is never passed over, since the preset might forbid less.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/limits.h"
#include "policy/model.h"

static const char file_name[] = "assay.policy.json";

struct loader {
	struct policy *policy;
	struct arena *arena;
	struct error *err;
	size_t depth;       /* of extends */
	bool named;         /* the user names the next file */
	const char *folder; /* the project's */
};

/* Whatever is wrong with a policy is wrong with the request. */
static enum status to_usage(struct error *err, enum status status)
{
	if (status == STATUS_OK || status == STATUS_MEMORY)
		return status;
	if (err)
		err->status = STATUS_USAGE;
	return STATUS_USAGE;
}

/* Without links and "..": NULL where there is no such file (errno tells), or out of memory. */
static const char *real_path(struct arena *arena, const char *path)
{
	char *real = realpath(path, NULL);
	if (!real)
		return NULL;
	const char *copy = arena_copy(arena, str_of(real)).p;
	free(real);
	if (!copy)
		errno = ENOMEM;
	return copy;
}

/* ---- one layer ---------------------------------------------------------------------------- */

static enum status read_schema(struct reader *reader, const struct json *value, void *into)
{
	(void)into;
	return json_is(value, JSON_STRING) ? STATUS_OK : reader_fail_type(reader, value, "the schema's URL");
}

static enum status keep_extends(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (!json_is(value, JSON_ARRAY) && !json_is(value, JSON_STRING))
		return reader_fail_type(reader, value, "a list of presets and files");
	layer->extends_value = value;
	return STATUS_OK;
}

/* Which files these are is known when the layer is: they are read behind it. */
static enum status keep_honour(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of package managers");
	layer->honour_value = value;
	return STATUS_OK;
}

static enum status keep_vex(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of OpenVEX files");
	layer->vex_value = value;
	return STATUS_OK;
}

static const struct key policy_keys[] = {
	{ "$schema", read_schema },
	{ "extends", keep_extends },
	{ "rules", rules_read },
	{ "levels", levels_read },
	{ "require", require_read },
	{ "registries", registries_read },
	{ "mirrors", mirrors_read },
	{ "hosts", hosts_read },
	{ "private", private_read },
	{ "build_only", build_only_read },
	{ "install_scripts", install_scripts_read },
	{ "ban", ban_read },
	{ "licenses", licenses_read },
	{ "min_release_age", min_release_age_read },
	{ "database", database_read },
	{ "advisories", advisories_read },
	{ "waivers", waivers_read },
	{ "honour", keep_honour },
	{ "vex", keep_vex },
	{ "max_waiver", max_waiver_read },
	{ "locked", locked_read },
	{ "repo_may_waive", repo_may_waive_read },
};
static const struct object_type policy_type = { "an object", policy_keys, sizeof policy_keys / sizeof *policy_keys };

static struct layer *add_layer(struct loader *loader, const char *path, struct str label)
{
	struct layer *layer = arena_alloc(loader->arena, sizeof *layer);
	struct layer **slot = vec_add(loader->arena, &loader->policy->layers);
	if (!layer || !slot)
		return NULL;
	*layer = (struct layer){ .path = path,
				 .label = label,
				 .warn_age = -1,
				 .max_age = -1,
				 .max_waiver = -1,
				 .levels = { LEVEL_OFF, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR },
				 .min_release_age = -1,
				 .rules = arena_array(loader->arena, rule_count(), sizeof *layer->rules) };
	*slot = layer;
	return layer->rules ? layer : NULL;
}

static enum status load_extends(struct loader *loader, struct reader *reader);

static enum status read_layer(struct loader *loader, struct layer *layer, struct str text)
{
	struct reader reader = { loader->arena, layer, layer->path, loader->err };
	struct json *root;
	enum status status = json_parse(text, JSON_RELAXED | JSON_UNIQUE_KEYS, loader->arena, &root, NULL, loader->err);
	if (status) {
		error_wrap(loader->err, "%s", layer->path ? layer->path : "preset");
		error_show_line(loader->err, layer->shown);
		return to_usage(loader->err, status);
	}
	layer->reading = true;
	status = reader_object(&reader, root, &policy_type, layer);
	if (!status)
		status = load_extends(loader, &reader);
	if (!status)
		status = honour_load(loader, &reader);
	if (!status)
		status = vex_load(loader, &reader);
	layer->reading = false;
	return status;
}

static enum status load_preset(struct loader *loader, size_t number, struct layer **out)
{
	const struct preset *preset = &presets[number];
	const struct str name = str_of(preset->name);
	for (size_t i = 0; i < loader->policy->layers.n; i++) {
		*out = loader->policy->layers.v[i];
		if ((*out)->preset && str_equal((*out)->label, name))
			return STATUS_OK;
	}
	struct layer *layer = add_layer(loader, NULL, name);
	if (!layer)
		return error_memory(loader->err);
	layer->preset = true;
	*out = layer;
	return read_layer(loader, layer, str_between(preset->begin, preset->end));
}

/* What the file is in truth, behind links: a policy by its name, or the very file that the user named. */
static bool may_show(const struct loader *loader, const char *path, const char *real)
{
	return str_ends_with(str_of(real), STR("policy.json")) || (loader->named && strcmp(path_base(real), path_base(path)) == 0);
}

/* A file that is named on the command line, found beside the project, or named by a policy: then `namer` says where. */
struct namer {
	struct reader *reader;
	const struct json *value;
};

static enum status fail_reading(struct loader *loader, const struct namer *namer, const struct error *why)
{
	if (namer && why->status != STATUS_MEMORY)
		return reader_fail(namer->reader, place_of(namer->value), "what it extends cannot be read: %s", why->text);
	if (loader->err)
		*loader->err = *why;
	return to_usage(loader->err, why->status);
}

static enum status load_file(struct loader *loader, const char *path, const char *real, struct str label, const struct namer *namer, struct layer **out)
{
	struct str text;
	struct error why = { 0 };
	if (loader->policy->layers.n >= LIMIT_POLICY_FILES)
		return error_set(loader->err, STATUS_USAGE, "%s: more than %d policies extend each other", path, LIMIT_POLICY_FILES);
	if (file_read(path, LIMIT_POLICY_BYTES, loader->arena, &text, &why))
		return fail_reading(loader, namer, &why);
	struct layer *layer = add_layer(loader, path, label);
	if (!layer)
		return error_memory(loader->err);
	layer->real_path = real;
	layer->shown = may_show(loader, path, real) ? text : STR_NONE;
	loader->named = false; /* what it extends is not */
	*out = layer;
	return read_layer(loader, layer, text);
}

/* ---- extends --------------------------------------------------------------------------------- */

/* "default" is a preset; what has a slash or a dot is a file. */
static bool is_word(struct str text)
{
	return str_find(text, '/') == text.n && str_find(text, '.') == text.n;
}

static bool is_path(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ')
			return false;
	return text.n > 0 && text.n < 4096;
}

static struct layer *find_layer(const struct policy *policy, const char *real)
{
	for (size_t i = 0; i < policy->layers.n; i++)
		if (policy->layers.v[i]->real_path && strcmp(policy->layers.v[i]->real_path, real) == 0)
			return policy->layers.v[i];
	return NULL;
}

/* `name` is relative to the file that extends it. */
static enum status extend_file(struct loader *loader, struct reader *reader, const struct json *value, struct layer **out)
{
	struct arena *arena = loader->arena;
	if (!is_path(value->text))
		return reader_fail(reader, place_of(value), "\"%s\" is no path", reader_quote(reader, value->text));
	bool dotted = str_starts_with(value->text, STR("./")) && value->text.n > 2;
	const char *name = arena_copy(arena, str_from(value->text, dotted ? 2 : 0)).p;
	const char *folder = path_folder(arena, reader->path ? reader->path : ".");
	const char *label_folder = path_folder(arena, arena_copy(arena, reader->layer->label).p);
	const char *path = name && folder ? path_join(arena, folder, name) : NULL;
	const char *label = name && label_folder ? path_join(arena, label_folder, name) : NULL;
	if (!path || !label)
		return error_memory(loader->err);
	const char *real = real_path(arena, path);
	if (!real)
		return reader_fail(reader, place_of(value), "\"%s\" cannot be read: %s", reader_quote(reader, value->text),
				   errno == ENOENT || errno == ENOTDIR ? "there is no such file" : "it is out of reach");
	*out = find_layer(loader->policy, real);
	if (!*out)
		return load_file(loader, path, real, str_of(label), &(struct namer){ reader, value }, out);
	if ((*out)->reading)
		return reader_fail(reader, place_of(value), "\"%s\" extends itself: it leads back to here", reader_quote(reader, value->text));
	return STATUS_OK;
}

/* Adds one layer; `into` is the loader. */
static enum status extend(struct reader *reader, const struct json *value, void *into)
{
	struct loader *loader = into;
	struct layer *extended = NULL;
	size_t number;
	enum status status;
	if (loader->depth >= LIMIT_POLICY_DEPTH)
		return reader_fail(reader, place_of(value), "more than %d policies extend one another in a chain", LIMIT_POLICY_DEPTH);
	loader->depth++;
	if (!is_word(value->text))
		status = extend_file(loader, reader, value, &extended);
	else if (!(status = words_find(reader, place_of(value), value->text, &preset_words, &number)))
		status = load_preset(loader, number, &extended);
	loader->depth--;
	if (status)
		return status;
	struct layer **slot = vec_add(loader->arena, &reader->layer->extends);
	if (!slot)
		return error_memory(loader->err);
	*slot = extended;
	return STATUS_OK;
}

static enum status load_standard(struct loader *loader, struct layer **out)
{
	const struct reader reader = { .arena = loader->arena, .err = loader->err };
	size_t number;
	enum status status = words_find(&reader, (struct place){ 0, 0 }, STR("default"), &preset_words, &number);
	return status ? status : load_preset(loader, number, out);
}

/* A file that does not say what it extends stands on `default`, which then comes last of all; a preset extends nothing. */
static enum status load_extends(struct loader *loader, struct reader *reader)
{
	struct layer *layer = reader->layer;
	if (layer->extends_value)
		return reader_each_text(reader, layer->extends_value, "a preset or a file", extend, loader);
	return layer->preset ? STATUS_OK : load_standard(loader, &loader->policy->standard);
}

const char *loader_folder(const struct loader *loader)
{
	return loader->folder;
}

enum status loader_lend(struct loader *loader, const struct reader *reader, struct place place, const char *path, struct str label, struct layer **out)
{
	if (loader->policy->layers.n >= LIMIT_POLICY_FILES)
		return reader_fail(reader, place, "more than %d files have a say in one policy", LIMIT_POLICY_FILES);
	struct layer *layer = add_layer(loader, path, label);
	struct layer **slot = layer ? vec_add(loader->arena, &reader->layer->extends) : NULL;
	if (!slot)
		return error_memory(loader->err);
	layer->extends_value = reader->layer->honour_value ? reader->layer->honour_value : reader->layer->vex_value;
	*slot = layer;
	*out = layer;
	return STATUS_OK;
}

/* ---- looking for the project's ------------------------------------------------------------------ */

struct found {
	const char *path;  /* NULL: there is none */
	const char *label; /* from the repository's top */
};

static bool exists(struct arena *arena, const char *folder, const char *name, const char **path)
{
	struct stat info;
	*path = path_join(arena, folder, name);
	return *path && lstat(*path, &info) == 0;
}

/* Shorter for people: without the folder that they are in. */
static const char *from_here(struct arena *arena, const char *path)
{
	const char *here = real_path(arena, ".");
	size_t n = here ? strlen(here) : 0;
	return n > 1 && strncmp(path, here, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

static enum status find_policy(const char *folder, struct arena *arena, struct found *out, struct error *err)
{
	const char *at = real_path(arena, folder), *path;
	*out = (struct found){ NULL, NULL };
	if (!at && (errno == ENOENT || errno == ENOTDIR))
		return STATUS_OK;
	if (!at)
		return to_usage(err, error_errno(err, "%s: looking for %s", folder, file_name));
	const char *top = path_repository(arena, at);
	for (; at && top; at = path_folder(arena, at)) {
		if (exists(arena, at, file_name, &path)) {
			*out = (struct found){ from_here(arena, path), path + strlen(top) + (strcmp(top, "/") != 0) };
			return STATUS_OK;
		}
		if (strcmp(at, top) == 0)
			return STATUS_OK;
	}
	return error_memory(err);
}

/* ---- the whole ------------------------------------------------------------------------------------- */

static enum status load_top_file(struct loader *loader, const char *path, const char *label, struct layer **out)
{
	struct str copy = arena_copy(loader->arena, str_of(label));
	const char *kept = arena_copy(loader->arena, str_of(path)).p, *real;
	if (!copy.p || !kept)
		return error_memory(loader->err);
	real = real_path(loader->arena, path);
	if (!real)
		return to_usage(loader->err, error_errno(loader->err, "%s", path));
	/* The same file may be the organisation's and the project's. */
	*out = find_layer(loader->policy, real);
	return *out ? STATUS_OK : load_file(loader, kept, real, copy, NULL, out);
}

static enum status load_named(struct loader *loader, const char *name, const char *label, struct layer **out)
{
	const struct reader reader = { .arena = loader->arena, .err = loader->err };
	size_t number;
	for (number = 0; presets[number].name; number++)
		if (strcmp(name, presets[number].name) == 0)
			return load_preset(loader, number, out);
	/* A word that names no file was meant as a preset. */
	if (is_word(str_of(name)) && !file_exists(name))
		return words_find(&reader, (struct place){ 0, 0 }, str_of(name), &preset_words, &number);
	loader->named = true;
	return load_top_file(loader, name, label ? label : name, out);
}

static enum status load_top(struct loader *loader, const struct policy_options *options)
{
	struct found found = { NULL, NULL };
	if (options->name)
		return load_named(loader, options->name, options->label, &loader->policy->top);
	enum status status = options->folder ? find_policy(options->folder, loader->arena, &found, loader->err) : STATUS_OK;
	if (status)
		return status;
	if (found.path)
		return load_top_file(loader, found.path, found.label, &loader->policy->top);
	loader->policy->top = loader->policy->org;
	return loader->policy->top ? STATUS_OK : load_standard(loader, &loader->policy->top);
}

enum status policy_load(const struct policy_options *options, struct arena *arena, struct policy **out, struct error *err)
{
	struct error ignored = { 0 }; /* readers may rely on having one */
	struct policy *policy = arena_alloc(arena, sizeof *policy);
	if (!err)
		err = &ignored;
	if (!policy)
		return error_memory(err);
	policy->arena = arena;
	policy->rules = arena_array(arena, rule_count(), sizeof *policy->rules);
	struct loader loader = { .policy = policy, .arena = arena, .err = err, .folder = options->folder };
	enum status status = policy->rules ? STATUS_OK : error_memory(err);
	if (!status && options->org)
		status = load_named(&loader, options->org, options->org_label, &policy->org);
	if (status || (status = load_top(&loader, options)) || (status = effective_build(policy, err)))
		return status;
	*out = policy;
	return STATUS_OK;
}

const char *policy_source(const struct policy *policy)
{
	return policy->top->label.p;
}

const char *policy_org(const struct policy *policy)
{
	return policy->org ? policy->org->label.p : NULL;
}
