/*
 * pnpm: pnpm-lock.yaml, formats 5.0 to 9.0. A package is one entry of `packages`, in 9 of `snapshots`: what differs
 * only in the peers that it was given is installed more than once. The key is its id as written; importers go by
 * their folders, the root is ".".
 *
 * Since pnpm 11 two documents may stand in the file. The last one is the project's. The first is pnpm's own: its
 * configDependencies count as dependencies of the root; its packageManagerDependencies are pnpm itself, and only
 * counted.
 *
 * Scopes are found from the importers' edges; the flags `dev` and `optional` that 5 and 6 write follow from them and
 * are not read.
 */
#include "assay/limits.h"
#include "lockfile/formats.h"
#include "lockfile/pnpm.h"
#include "lockfile/refuse.h"
#include "lockfile/yaml.h"

/* ---- what all files use ------------------------------------------------------------ */

enum { FEW_MEMBERS = 12 };

bool pnpm_index(struct arena *arena, const struct json *object, struct pnpm_index *out)
{
	struct pnpm_index index = { .object = object };
	if (object && object->count > FEW_MEMBERS) {
		size_t n = 0;
		index.numbers = map_new(arena, object->count);
		index.members = arena_array(arena, object->count, sizeof *index.members);
		if (!index.numbers || !index.members)
			return false;
		json_each(member, object) {
			index.members[n] = member;
			if (!map_set(index.numbers, member->key, n++))
				return false;
		}
	}
	*out = index;
	return true;
}

const struct json *pnpm_index_find(const struct pnpm_index *index, struct str key)
{
	size_t number;
	if (index->numbers)
		return map_find(index->numbers, key, &number) ? index->members[number] : NULL;
	json_each(member, index->object)
		if (str_equal(member->key, key))
			return member;
	return NULL;
}

enum status pnpm_refuse(struct pnpm_reader *reader, const struct json *at, struct str shown, const char *problem)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(2048);
	buf_add_visible(&text, str_head(shown, 200));
	uint32_t line = !at ? 1 : at->key_line ? at->key_line : at->line;
	uint32_t column = !at ? 1 : at->key_line ? at->key_column : at->column;
	return error_at(reader->err, STATUS_INVALID, line, column, "\"%.*s\" %s", STR_ARG(buf_str(&text)), problem);
}

static enum status wrong_type(struct pnpm_reader *reader, const struct json *member, enum json_type expected)
{
	return error_at(reader->err, STATUS_INVALID, member->line, member->column, "\"%.*s\" is %s, expected %s", STR_ARG(member->key),
			json_type_name(member->type), json_type_name(expected));
}

enum status pnpm_find(struct pnpm_reader *reader, const struct json *object, const char *key, enum json_type type, const struct json **out)
{
	const struct json *member = json_find(object, key);
	if (member && member->type != JSON_NULL && member->type != type)
		return wrong_type(reader, member, type);
	*out = json_is(member, type) ? member : NULL;
	return STATUS_OK;
}

enum status pnpm_find_text(struct pnpm_reader *reader, const struct json *object, const char *key, struct str *out)
{
	const struct json *member = NULL;
	enum status status = pnpm_find(reader, object, key, JSON_STRING, &member);
	if (!status)
		*out = json_text(member);
	return status;
}

struct package *pnpm_add_package(struct pnpm_reader *reader, struct str id, const struct json *at, struct pnpm_entry **entry)
{
	struct package *package = tree_add_package(reader->tree, id, reader->err);
	if (!package) {
		if (reader->err->status == STATUS_INVALID)
			refuse_place(reader->err, at);
		return NULL;
	}
	*entry = vec_add(reader->scratch, &reader->entries);
	if (!*entry) {
		error_memory(reader->err);
		return NULL;
	}
	package->line = !at ? 0 : at->key_line ? at->key_line : at->line;
	return package;
}

/* ---- documents ------------------------------------------------------------------------ */

/* "5.4", "5.4-inlineSpecifiers", "6.0", "9.0": a minor version changes nothing that matters here. */
static bool parse_version(struct str text, enum pnpm_major *out)
{
	static const struct {
		struct str prefix;
		enum pnpm_major major;
	} known[] = { { { "5", 1 }, PNPM_5 }, { { "6", 1 }, PNPM_6 }, { { "9", 1 }, PNPM_9 } };
	if (str_ends_with(text, STR("-inlineSpecifiers")))
		text = str_head(text, text.n - strlen("-inlineSpecifiers"));
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct str minor = str_from(text, 1);
		uint64_t number;
		if (!str_starts_with(text, known[i].prefix))
			continue;
		if (minor.n && (minor.p[0] != '.' || !str_to_u64(str_from(minor, 1), &number)))
			return false;
		*out = known[i].major;
		return true;
	}
	return false;
}

static enum status read_version(struct pnpm_reader *reader, const struct json *json, struct pnpm_document *out)
{
	const struct json *version = json_find(json, "lockfileVersion");
	if (!version) {
		error_at(reader->err, STATUS_UNSUPPORTED, json->line, json->column, "there is no \"lockfileVersion\"");
		error_hint(reader->err, "write the lockfile anew with pnpm install --lockfile-only");
		return STATUS_UNSUPPORTED;
	}
	if (!json_is(version, JSON_STRING))
		return wrong_type(reader, version, JSON_STRING);
	if (!parse_version(version->text, &out->major)) {
		CLEANUP(buf_fini) struct buf shown = BUF_INIT(256);
		buf_add_visible(&shown, str_head(version->text, 40));
		error_at(reader->err, STATUS_UNSUPPORTED, version->line, version->column, "\"lockfileVersion\" is %.*s; 5, 6 and 9 are known",
			 STR_ARG(buf_str(&shown)));
		error_hint(reader->err, "a newer pnpm may have written it: update assay, or use pnpm 7 to 12");
		return STATUS_UNSUPPORTED;
	}
	out->version = version->text;
	return STATUS_OK;
}

static enum status read_document(struct pnpm_reader *reader, const struct json *json, struct pnpm_document *out)
{
	struct pnpm_document document = { .json = json };
	if (!json_is(json, JSON_OBJECT))
		return error_at(reader->err, STATUS_INVALID, json->line, json->column, "found %s, expected an object", json_type_name(json->type));
	enum status status = read_version(reader, json, &document);
	if (!status)
		status = pnpm_find(reader, json, "importers", JSON_OBJECT, &document.importers);
	if (!status)
		status = pnpm_find(reader, json, "packages", JSON_OBJECT, &document.packages);
	if (!status)
		status = pnpm_find(reader, json, "snapshots", JSON_OBJECT, &document.snapshots);
	if (status)
		return status;
	if (document.major == PNPM_9 && !document.importers && (document.packages || document.snapshots))
		return error_at(reader->err, STATUS_INVALID, json->line, json->column, "there are packages, but no \"importers\" that depend on them");
	if (!pnpm_index(reader->scratch, document.packages, &document.package_index) ||
	    !pnpm_index(reader->scratch, document.snapshots, &document.snapshot_index))
		return error_memory(reader->err);
	*out = document;
	return STATUS_OK;
}

/* Settings under which a dependency of a package.json is rightly not in the lockfile. */
static enum status read_left_out(struct pnpm_reader *reader, const struct json *document)
{
	struct tree *tree = reader->tree;
	const struct json *settings = json_find(document, "settings");
	const struct json *ignored = json_find(document, "ignoredOptionalDependencies");
	tree->leaves_out_links = json_is_true(settings, "excludeLinksFromLockfile");
	tree->leaves_out_peers = !json_is_true(settings, "autoInstallPeers");
	if (ignored && ignored->count > LIMIT_STARRED_PATTERNS)
		return error_at(reader->err, STATUS_LIMIT, ignored->line, ignored->column, "more than %d patterns in \"ignoredOptionalDependencies\"",
				LIMIT_STARRED_PATTERNS);
	json_each(name, ignored) {
		struct str *added = vec_add(tree->arena, &tree->leaves_out);
		if (!added)
			return error_memory(reader->err);
		*added = json_text(name);
	}
	return STATUS_OK;
}

static enum status read_project(struct pnpm_reader *reader, const struct pnpm_document *document)
{
	static const char *const untold[] = { "license", "install_script", "spec", "foreign_ranges", NULL };
	static const char *const untold_before_9[] = { "license", "spec", "foreign_ranges", NULL };
	reader->tree->unknown = document->major == PNPM_9 ? untold : untold_before_9;
	reader->tree->format_version = document->version;
	enum status status = read_left_out(reader, document->json);
	if (!status)
		status = pnpm_add_importers(reader, document);
	if (!status)
		status = pnpm_add_packages(reader, document);
	return status ? status : pnpm_add_edges(reader, document, 0);
}

/* A project that depends on nothing may leave pnpm's own document alone in the file, with an empty one behind. */
static enum status read_environment(struct pnpm_reader *reader, const struct json *json, bool alone)
{
	struct pnpm_document document = { 0 };
	enum status status = read_document(reader, json, &document);
	if (status)
		return status;
	document.environment = true;
	if (alone) {
		reader->tree->format_version = document.version;
		status = pnpm_add_importers(reader, &document);
	}
	return status ? status : pnpm_add_edges(reader, &document, reader->tree->package_count);
}

static enum status read_documents(struct pnpm_reader *reader, const struct json *documents)
{
	const struct json *first = documents->child, *last = first ? first->next : NULL;
	struct pnpm_document project;
	if (!first || (!last && json_is(first, JSON_NULL)))
		return error_at(reader->err, STATUS_INVALID, 1, 1, "the file is empty");
	if (last && last->next)
		return error_at(reader->err, STATUS_INVALID, last->next->line, last->next->column,
				"a third document; pnpm writes two at most, its own and the project's");
	if (last && json_is(last, JSON_NULL))
		return read_environment(reader, first, true);
	enum status status = read_document(reader, last ? last : first, &project);
	if (!status)
		status = read_project(reader, &project);
	if (!status && last)
		status = read_environment(reader, first, false);
	return status;
}

static enum status read_pnpm(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	struct pnpm_reader reader = { .source = source, .tree = tree, .err = err, .scratch = scratch, .key = BUF_INIT(LIMIT_LOCKFILE_BYTES) };
	struct json *documents;
	if (!scratch)
		return error_memory(err);
	enum status status = yaml_parse(source->text, 0, tree->arena, &documents, err);
	if (!status)
		status = read_documents(&reader, documents);
	buf_fini(&reader.key);
	if (status)
		return status;
	pnpm_set_aliases(&reader);
	return pnpm_link_workspaces(&reader);
}

/* Lockfile 9.0 is pnpm 9's too, which still reads package.json; pnpm 11 no longer does. */
static const struct override_words older_words = {
	.file = "package.json",
	.open = "\"pnpm\": { \"overrides\": { ",
	.close = " } }",
	.before_parent = "\"",
	.before_name = ">",
	.after_version = "\"",
	.takes_parent_range = true,
	.takes_range = true,
};
static const struct override_words words = {
	.file = "pnpm-workspace.yaml",
	.open = "overrides: { ",
	.close = " }",
	.before_parent = "\"",
	.before_name = ">",
	.after_version = "\"",
	.takes_parent_range = true,
	.takes_range = true,
	.older = &older_words,
	.since = 9,
};

const struct lockfile_format pnpm_format = {
	.kind = "pnpm",
	.file_names = (const char *const[]){ "pnpm-lock.yaml", NULL },
	.branch_prefix = "pnpm-lock.",
	.branch_suffix = ".yaml",
	.install_command = "pnpm add",
	.update_command = "pnpm update",
	.override_words = &words,
	.read = read_pnpm,
};
