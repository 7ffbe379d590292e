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

static const char *const beside[] = { "package.json", "assay.policy.json",  ".npmrc",     "pnpm-workspace.yaml", ".yarnrc.yml",
				      "bunfig.toml",  ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS",     ".gitlab/CODEOWNERS" };

/* Files that judge: a copy of them is kept, so that the project can be judged anew without being opened. Not .npmrc, which may hold logins. */
struct judge_file {
	struct str path, text; /* from the repository's top */
};
struct content {
	const char *top; /* of the repository, or the project's folder */
	struct arena *arena, *scratch;
	VEC(struct judge_file) judges;
	bool has_policy;
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

static bool is_judge(const char *name)
{
	return strcmp(name, "package.json") != 0 && strcmp(name, ".npmrc") != 0 && !strstr(name, "CODEOWNERS");
}

static enum status keep_judge(struct content *content, const char *path, struct str text, struct error *err)
{
	size_t top = strlen(content->top);
	if (strncmp(path, content->top, top) != 0 || path[top] != '/')
		return STATUS_OK; /* who judges from elsewhere is not kept */
	struct str inside = path_join_inside(content->arena, STR(""), str_of(path + top + 1));
	if (!inside.n)
		return STATUS_OK;
	struct judge_file *judge = vec_add(content->arena, &content->judges);
	if (!judge)
		return error_memory(err);
	*judge = (struct judge_file){ inside, arena_copy(content->arena, text) };
	return judge->text.p ? STATUS_OK : error_memory(err);
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
			status = keep_judge(content, path, text, err);
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
		if (!status && text.p && is_judge(beside[i]))
			status = keep_judge(content, path, text, err);
		if (!status && text.p && strcmp(beside[i], "assay.policy.json") == 0) {
			content->has_policy = true;
			status = add_named(content, path, text, err);
		}
	}
	return status;
}

/* The folder and those above it, up to the repository's top. */
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

static enum status add_found(struct content *content, const char *folder, const struct lockfile_list *list, struct error *err)
{
	enum status status = add_folders(content, folder, err);
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

/* As it is written: what lies below begins with it. */
static const char *find_top(const char *folder, struct arena *arena)
{
	size_t n = path_repository_length(str_of(folder));
	return n ? arena_copy(arena, str_head(str_of(folder), n)).p : folder;
}

static enum status pack_judges(struct content *content, const char *folder, struct str *out, struct error *err)
{
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(64 * MIB);
	const char *below = folder + strlen(content->top);
	*out = STR_NONE;
	if (!content->has_policy)
		return STATUS_OK;
	put_text(str_of(below + (*below == '/')), &packed);
	put_number(content->judges.n, &packed);
	for (size_t i = 0; i < content->judges.n; i++) {
		put_text(content->judges.v[i].path, &packed);
		put_text(content->judges.v[i].text, &packed);
	}
	if (packed.failed)
		return buf_ok(&packed, err);
	*out = arena_copy(content->arena, buf_str(&packed));
	return out->p ? STATUS_OK : error_memory(err);
}

/* A preset is its name, a file its text too. */
static enum status add_given(struct content *content, const char *policy, struct error *err)
{
	struct str text = STR_NONE;
	if (!policy)
		return STATUS_OK;
	arena_reset(content->scratch);
	(void)!file_read(policy, LIMIT_POLICY_BYTES, content->scratch, &text, NULL);
	bool fine = hasher_add(content->hasher, (struct str){ policy, strlen(policy) + 1 }) && hasher_add(content->hasher, text);
	return fine ? STATUS_OK : error_memory(err);
}

enum status content_of_text(struct str text, const struct scan_options *judges, struct arena *arena, struct str *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct content content = { .arena = arena, .scratch = scratch, .hasher = hasher_new(DIGEST_SHA256) };
	static const char reader[] = "assay " ASSAY_VERSION; /* with its end: what another one read of it may be less */
	struct digest digest;
	bool fine = scratch && content.hasher && hasher_add(content.hasher, (struct str){ reader, sizeof reader });
	enum status status = fine ? add_given(&content, judges->policy, err) : error_memory(err);
	if (!status)
		status = add_given(&content, judges->org_policy, err);
	if (!status && (!hasher_add(content.hasher, text) || !hasher_finish(content.hasher, &digest)))
		status = error_memory(err);
	hasher_free(content.hasher);
	if (status)
		return status;
	*out = arena_copy(arena, (struct str){ (const char *)digest.bytes, digest_size(DIGEST_SHA256) });
	return out->p ? STATUS_OK : error_memory(err);
}

enum status content_read(const char *folder, const struct scan_options *judges, const struct lockfile_list *list, struct arena *arena,
			 struct content_read *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct content content = { .top = find_top(folder, arena), .arena = arena, .scratch = scratch, .hasher = hasher_new(DIGEST_SHA256) };
	struct digest digest;
	*out = (struct content_read){ STR_NONE, STR_NONE };
	content.seen = map_new(arena, 64);
	bool fine = scratch && content.hasher && content.seen && content.top;
	enum status status = fine ? add_given(&content, judges->policy, err) : error_memory(err);
	if (!status)
		status = add_given(&content, judges->org_policy, err);
	if (!status)
		status = add_found(&content, folder, list, err);
	if (!status && !hasher_finish(content.hasher, &digest))
		status = error_memory(err);
	hasher_free(content.hasher);
	if (!status)
		status = pack_judges(&content, folder, &out->judges, err);
	if (status || content.failed)
		return status;
	out->digest = arena_copy(arena, (struct str){ (const char *)digest.bytes, digest_size(DIGEST_SHA256) });
	return out->digest.p ? STATUS_OK : error_memory(err);
}
