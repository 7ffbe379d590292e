/*
 * What a project has told its package manager already, where the policy asks for it: ignored advisories become waivers, packages that may
 * run scripts at installation are allowed to. Each stands in a layer of the file that says it, so that reports name that file and its line.
 * It is the project's word, whoever's policy asks for it: an organisation's bounds hold for it.
 */
#include "assay/lockfile.h"
#include "policy/model.h"

enum meaning {
	IDS,      /* a list of advisories that are ignored */
	PACKAGES, /* a list of packages whose vulnerabilities are */
	NAMES,    /* a list of packages that may run scripts */
	BUILDS,   /* an object of them: true says so, false denies it */
};

static const struct source {
	const char *manager, *file, *key; /* a path with '.' */
	enum meaning meaning;
} sources[] = {
	{ "pnpm", "pnpm-workspace.yaml", "audit.ignore", IDS },
	{ "pnpm", "pnpm-workspace.yaml", "auditConfig.ignoreGhsas", IDS },
	{ "pnpm", "pnpm-workspace.yaml", "auditConfig.ignoreCves", IDS },
	{ "pnpm", "pnpm-workspace.yaml", "allowBuilds", BUILDS },
	{ "pnpm", "pnpm-workspace.yaml", "onlyBuiltDependencies", NAMES },
	{ "pnpm", "package.json", "pnpm.auditConfig.ignoreGhsas", IDS },
	{ "pnpm", "package.json", "pnpm.auditConfig.ignoreCves", IDS },
	{ "pnpm", "package.json", "pnpm.onlyBuiltDependencies", NAMES },
	{ "npm", "package.json", "allowScripts", BUILDS },
	{ "yarn", ".yarnrc.yml", "npmAuditIgnoreAdvisories", IDS },
	{ "yarn", ".yarnrc.yml", "npmAuditExcludePackages", PACKAGES },
	{ "bun", "package.json", "trustedDependencies", NAMES },
};
enum { SOURCES = sizeof sources / sizeof *sources };
_Static_assert((int)SOURCES <= (int)POLICY_HONOURED, "room for a change of each");

static const char *manager_word(const void *context, size_t i)
{
	static const char *const managers[] = { "pnpm", "npm", "yarn", "bun", NULL };
	(void)context;
	return managers[i];
}

struct honour {
	struct loader *loader;
	struct reader *policy; /* of the file that asks for it */
	const struct json *value;
	const char *folder;
};

/* ---- one entry -------------------------------------------------------------------------- */

static enum status add_waiver(struct reader *reader, const struct source *source, const struct json *item)
{
	struct waiver *waiver = vec_add(reader->arena, &reader->layer->waivers);
	if (!waiver)
		return error_memory(reader->err);
	*waiver = (struct waiver){ .ends = INT64_MAX, .line = item->line, .layer = reader->layer };
	waiver->reason = arena_printf(reader->arena, "%s ignores it (%s, %s line %u)", source->manager, source->key, source->file, item->line);
	if (!waiver->reason.p)
		return error_memory(reader->err);
	if (source->meaning == IDS) {
		waiver->id = item->text;
		return STATUS_OK;
	}
	waiver->rule = check_rule_by_id(STR("vulnerability"));
	waiver->package_text = item->text;
	waiver->package = arena_alloc(reader->arena, sizeof *waiver->package);
	return waiver->package ? package_pattern_read(reader, item, item->text, waiver->package) : error_memory(reader->err);
}

/* What is no pattern of packages (pnpm takes URLs too) allows nothing. */
static enum status allow(struct reader *reader, struct str text)
{
	struct package_pattern pattern, *slot;
	struct error why = { 0 };
	enum status status = package_pattern_parse(text, reader->arena, &pattern, &why);
	if (status)
		return status == STATUS_MEMORY ? error_memory(reader->err) : STATUS_OK;
	if (!(slot = vec_add(reader->arena, &reader->layer->scripts_allowed)))
		return error_memory(reader->err);
	*slot = pattern;
	return STATUS_OK;
}

static bool is_true(const struct json *value)
{
	return json_is(value, JSON_TRUE) || str_equal_z(json_text(value), "true");
}

static enum status read_value(struct reader *reader, const struct source *source, const struct json *value)
{
	enum status status = STATUS_OK;
	if (!json_is(value, source->meaning == BUILDS ? JSON_OBJECT : JSON_ARRAY))
		return reader_fail_type(reader, value, source->meaning == BUILDS ? "an object of packages" : "a list");
	for (const struct json *item = value->child; item && !status; item = item->next) {
		if (source->meaning == BUILDS)
			status = is_true(item) ? allow(reader, item->key) : STATUS_OK;
		else if (!json_is(item, JSON_STRING))
			status = reader_fail_type(reader, item, "a text");
		else
			status = source->meaning == NAMES ? allow(reader, item->text) : add_waiver(reader, source, item);
	}
	return status;
}

/* ---- one file ------------------------------------------------------------------------------ */

static const struct json *find_value(const struct json *node, struct str path)
{
	struct str key;
	while (node && str_split(&path, '.', &key)) {
		const struct json *found = NULL;
		json_each(member, json_is(node, JSON_OBJECT) ? node : NULL)
			if (str_equal(member->key, key))
				found = member;
		node = found;
	}
	return node;
}

/* A file that is not there says nothing; one that cannot be read would say what nobody knows. */
static enum status read_file(const struct honour *honour, const char *file, const struct json **out)
{
	const struct reader *reader = honour->policy;
	const struct tree beside = { .folder = honour->folder };
	struct error problem = { 0 };
	enum status status = lockfile_read_settings(&beside, file, reader->arena, out, &problem);
	if (status == STATUS_NOT_FOUND || status == STATUS_OK)
		return STATUS_OK;
	return status == STATUS_MEMORY ? error_memory(reader->err) :
					 reader_fail(reader, place_of(honour->value), "what is to be honoured cannot be read: %s", problem.text);
}

static enum status honour_file(const struct honour *honour, struct str manager, const char *file)
{
	struct reader *policy = honour->policy;
	const struct json *settings = NULL;
	struct layer *layer = NULL;
	enum status status = read_file(honour, file, &settings);
	for (size_t i = 0; i < SOURCES && !status; i++) {
		const struct source *source = &sources[i];
		if (strcmp(source->file, file) != 0 || !str_equal_z(manager, source->manager))
			continue;
		const struct json *value = find_value(settings, str_of(source->key));
		if (!value)
			continue;
		if (!layer)
			status = loader_lend(honour->loader, policy, place_of(honour->value), file, str_of(file), &layer);
		if (status)
			return status;
		layer->of_project = true;
		struct reader reader = { policy->arena, layer, file, policy->err };
		status = read_value(&reader, source, value);
	}
	return status;
}

/* Each file once for a manager: they stand together in the table. */
static enum status honour_manager(struct reader *reader, const struct json *value, void *into)
{
	static const struct words managers = { "package manager", manager_word, NULL };
	struct honour honour = { into, reader, value, loader_folder(into) };
	const char *before = "";
	size_t number;
	enum status status = words_find(reader, place_of(value), value->text, &managers, &number);
	for (size_t i = 0; i < SOURCES && !status && honour.folder; i++) {
		if (!str_equal_z(value->text, sources[i].manager) || strcmp(sources[i].file, before) == 0)
			continue;
		before = sources[i].file;
		status = honour_file(&honour, value->text, before);
	}
	return status;
}

enum status honour_load(struct loader *loader, struct reader *reader)
{
	const struct json *value = reader->layer->honour_value;
	return value ? reader_each_text(reader, value, "a package manager (\"pnpm\")", honour_manager, loader) : STATUS_OK;
}

/* ---- what a change makes of it ---------------------------------------------------------------- */

static bool is_honoured(const struct policy *policy, const char *manager)
{
	for (size_t i = 0; i < policy->layers.n; i++)
		json_each(item, policy->layers.v[i]->honour_value)
			if (str_equal_z(json_text(item), manager))
				return true;
	return false;
}

/* Its value in a folder's file: *said tells whether that can be read. */
static enum status value_in(const char *folder, const struct source *source, struct arena *arena, const struct json **out, bool *said, struct error *err)
{
	const struct tree beside = { .folder = folder };
	const struct json *settings = NULL;
	enum status status = lockfile_read_settings(&beside, source->file, arena, &settings, NULL);
	*said = status == STATUS_OK || status == STATUS_NOT_FOUND;
	*out = find_value(settings, str_of(source->key));
	return status == STATUS_MEMORY ? error_memory(err) : STATUS_OK;
}

enum status policy_compare_honoured(const struct policy *policy, const char *before, const char *now, struct arena *arena,
				    struct policy_honoured_change *out, size_t *count, struct error *err)
{
	const char *unread = "";
	*count = 0;
	for (size_t i = 0; i < SOURCES; i++) {
		const struct source *source = &sources[i];
		const struct json *was, *is;
		bool was_said, is_said;
		if (!is_honoured(policy, source->manager))
			continue;
		enum status status = value_in(before, source, arena, &was, &was_said, err);
		if (!status)
			status = value_in(now, source, arena, &is, &is_said, err);
		if (status)
			return status;
		if ((is_said && json_equal(was, is)) || strcmp(unread, source->file) == 0)
			continue;
		if (!is_said)
			unread = source->file;
		out[(*count)++] = (struct policy_honoured_change){ .file = source->file,
								   .key = is_said ? source->key : NULL,
								   .line = is ? is->key_line : 0,
								   .does = !is_said ? "makes unreadable" :
									   !was     ? "sets" :
									   !is      ? "removes" :
										      "alters" };
	}
	return STATUS_OK;
}
