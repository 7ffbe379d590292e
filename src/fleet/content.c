/*
 * Has anything changed? By content, not by date: a digest over the files that a scan reads, each with its name. Which these are follows from what
 * discovery found: the lockfiles and manifests themselves, and in their folders and those above, up to the project's, what judges and settings are
 * called, with the files that a policy names.
 */
#include <stdlib.h>

#include "assay/digest.h"
#include "assay/json.h"
#include "assay/limits.h"
#include "fleet/look.h"

static const char *const beside[] = { "package.json", "assay.policy.json", ".npmrc", "pnpm-workspace.yaml", ".yarnrc.yml", "bunfig.toml",
				      ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS" };

struct content {
	const char *top;
	struct arena *arena, *scratch;
	struct hasher *hasher;
	struct map *seen; /* files, and folders with a slash at their end */
	size_t named;     /* files that policies name */
	bool failed;      /* a file that can be there and not be read: better look again */
};

static bool note(struct content *content, struct str key, bool *is_new)
{
	size_t value, before = map_count(content->seen);
	struct str copy = arena_copy(content->arena, key);
	bool fine = copy.p && map_add(content->seen, copy, 1, &value);
	*is_new = map_count(content->seen) > before;
	return fine;
}

/* Absence is content too. */
static enum status add_file(struct content *content, const char *path, struct str *text, struct error *err)
{
	bool is_new;
	unsigned char head[1 + sizeof(uint64_t)] = { 0 };
	if (!note(content, str_of(path), &is_new))
		return error_memory(err);
	*text = STR_NONE;
	if (!is_new)
		return STATUS_OK;
	arena_reset(content->scratch);
	enum status status = file_read(path, LIMIT_LOCKFILE_BYTES, content->scratch, text, NULL);
	if (status == STATUS_MEMORY)
		return error_memory(err);
	content->failed |= status && status != STATUS_NOT_FOUND;
	uint64_t n = text->n;
	head[0] = text->p != NULL;
	memcpy(head + 1, &n, sizeof n);
	bool below = strncmp(path, content->top, strlen(content->top)) == 0;
	struct str name = str_of(below ? path + strlen(content->top) : path);
	bool fine = hasher_add(content->hasher, (struct str){ name.p, name.n + 1 }) &&
		    hasher_add(content->hasher, (struct str){ (const char *)head, sizeof head }) && hasher_add(content->hasher, *text);
	return fine ? STATUS_OK : error_memory(err);
}

static enum status add_named(struct content *content, const char *path, struct str text, struct error *err);

static enum status add_list(struct content *content, const char *folder, const struct json *list, struct error *err)
{
	const struct json *item = json_is(list, JSON_ARRAY) ? list->child : list;
	enum status status = STATUS_OK;
	for (; item && !status; item = json_is(list, JSON_ARRAY) ? item->next : NULL) {
		struct str name = arena_copy(content->arena, json_text(item)), text;
		const char *path = name.n ? path_join(content->arena, folder, name.p) : NULL;
		if (!path || !(file_exists(path) || str_find(name, '.') < name.n) || ++content->named > LIMIT_POLICY_FILES)
			continue;
		status = add_file(content, path, &text, err);
		if (!status && text.p)
			status = add_named(content, path, text, err);
	}
	return status;
}

/* Files that a policy names, and those that these name. */
static enum status add_named(struct content *content, const char *path, struct str text, struct error *err)
{
	static const char *const keys[] = { "extends", "advisories", "vex" };
	struct json *policy;
	const char *folder = path_folder(content->arena, path);
	struct str kept = arena_copy(content->arena, text);
	if (!folder || !kept.p)
		return error_memory(err);
	if (json_parse(kept, JSON_RELAXED, content->arena, &policy, NULL, NULL))
		return STATUS_OK;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < sizeof keys / sizeof *keys && !status; i++)
		status = add_list(content, folder, json_find(policy, keys[i]), err);
	return status;
}

static enum status add_folder(struct content *content, const char *folder, struct error *err)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < sizeof beside / sizeof *beside && !status; i++) {
		struct str text;
		const char *path = path_join(content->arena, folder, beside[i]);
		status = path ? add_file(content, path, &text, err) : error_memory(err);
		if (!status && text.p && strcmp(beside[i], "assay.policy.json") == 0)
			status = add_named(content, path, text, err);
	}
	return status;
}

/* The folder and those above it, up to the project's. */
static enum status add_folders(struct content *content, const char *folder, struct error *err)
{
	enum status status = STATUS_OK;
	while (!status && folder && strlen(folder) >= strlen(content->top)) {
		bool is_new;
		struct str key = arena_printf(content->arena, "%s/", folder);
		if (!key.p || !note(content, key, &is_new))
			return error_memory(err);
		if (!is_new)
			break;
		status = add_folder(content, folder, err);
		folder = path_folder(content->arena, folder);
	}
	return status;
}

static enum status add_found(struct content *content, const struct lockfile_list *list, struct error *err)
{
	enum status status = add_folders(content, content->top, err);
	for (size_t i = 0; i < list->found.n && !status; i++) {
		const struct lockfile_found *found = &list->found.v[i];
		struct str text;
		content->failed |= found->problem == LOCKFILE_UNREADABLE || (found->format && found->format->is_folder);
		status = add_file(content, found->path, &text, err);
		if (!status && found->folder)
			status = add_folders(content, found->folder, err);
	}
	return status;
}

enum status content_digest(const char *folder, const struct lockfile_list *list, struct arena *arena, struct str *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct content content = { .top = folder, .arena = arena, .scratch = scratch, .hasher = hasher_new(DIGEST_SHA256) };
	struct digest digest;
	*out = STR_NONE;
	content.seen = map_new(arena, 64);
	enum status status = scratch && content.hasher && content.seen ? add_found(&content, list, err) : error_memory(err);
	if (!status && !hasher_finish(content.hasher, &digest))
		status = error_memory(err);
	hasher_free(content.hasher);
	if (status || content.failed)
		return status;
	*out = arena_copy(arena, (struct str){ (const char *)digest.bytes, digest_size(DIGEST_SHA256) });
	return out->p ? STATUS_OK : error_memory(err);
}
