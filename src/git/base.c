/*
 * What a change is compared with. A pull request's own pipeline knows best: GitHub checks out a merge commit whose first parent is
 * the base; others name commits or branches in variables. Each of these systems documents its variables.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "git/private.h"

struct search {
	struct git_store *store;
	const char *(*variable)(const char *name);
	struct arena *arena;
	struct git_base *out;
	struct error *err;
	bool found;
};

static const char *value_of(const struct search *search, const char *name)
{
	const char *value = search->variable(name);
	return value && *value ? value : NULL;
}

static void take(struct search *search, const git_oid *id, const char *why)
{
	libgit2.git_oid_tostr(search->out->commit, sizeof search->out->commit, id);
	search->out->why = why;
	search->found = true;
}

static bool is_commit_name(const char *text)
{
	size_t n = strlen(text), zeros = strspn(text, "0");
	return n == 40 && strspn(text, "0123456789abcdefABCDEF") == n && zeros < n;
}

/* The words that are typed next are the user's; they must not carry a name that does more than name. */
static bool is_plain_name(const char *text)
{
	for (const char *at = text; *at; at++)
		if (!ascii_is_alpha((unsigned char)*at) && !ascii_is_digit((unsigned char)*at) && !strchr("/._-", *at))
			return false;
	return *text && *text != '-';
}

static enum status not_in_clone(struct search *search, const char *name)
{
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(300);
	buf_add_visible(&shown, str_head(str_of(name), 200));
	error_set(search->err, STATUS_NOT_FOUND, "base %.*s is not in this clone", STR_ARG(buf_str(&shown)));
	if (is_commit_name(name))
		error_hint(search->err, "git fetch --depth=1 origin %s", name);
	else if (is_plain_name(name))
		error_hint(search->err, "git fetch origin %s", strncmp(name, "origin/", 7) == 0 ? name + 7 : name);
	return STATUS_NOT_FOUND;
}

/* 0, or libgit2's code. The revision need not be one. */
static int find_commit(const struct search *search, const char *revision, git_oid *out)
{
	git_object *object = NULL, *commit = NULL;
	int code = libgit2.git_revparse_single(&object, search->store->repository, revision);
	if (!code)
		code = libgit2.git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
	if (!code)
		libgit2.git_oid_cpy(out, libgit2.git_object_id(commit));
	libgit2.git_object_free(commit);
	libgit2.git_object_free(object);
	return code;
}

/* This very commit. */
static enum status take_commit(struct search *search, const char *name, const char *why)
{
	git_oid id;
	if (find_commit(search, name, &id))
		return not_in_clone(search, name);
	take(search, &id, why);
	return STATUS_OK;
}

/* Where HEAD left the other's history; a shallow clone may not know. */
static enum status take_merge_base(struct search *search, const char *revision, const char *shown)
{
	git_oid head, other, base;
	int code = find_commit(search, revision, &other);
	if (code == GIT_EINVALIDSPEC || code == GIT_EAMBIGUOUS)
		return error_set(search->err, STATUS_USAGE, "\"%s\" is no revision of this repository", shown);
	if (code)
		return not_in_clone(search, shown);
	if (find_commit(search, "HEAD", &head))
		return error_set(search->err, STATUS_NOT_FOUND, "this repository has no commit yet: there is nothing to compare with");
	if (libgit2.git_merge_base(&base, search->store->repository, &head, &other)) {
		take(search, &other, arena_printf(search->arena, "%s itself: this clone knows no merge base with it", shown).p);
		return STATUS_OK;
	}
	take(search, &base, arena_printf(search->arena, "merge base with %s", shown).p);
	return STATUS_OK;
}

/* ---- GitHub ---------------------------------------------------------------------- */

static bool take_first_parent(struct search *search)
{
	git_commit *commit = NULL;
	git_oid head;
	if (find_commit(search, "HEAD", &head) || libgit2.git_commit_lookup(&commit, search->store->repository, &head))
		return false;
	bool merge = libgit2.git_commit_parentcount(commit) == 2;
	if (merge)
		take(search, libgit2.git_commit_parent_id(commit, 0), "first parent of the merge commit");
	libgit2.git_commit_free(commit);
	return merge;
}

static bool is_pull_request(const char *event)
{
	return strncmp(event, "pull_request", strlen("pull_request")) == 0;
}

const char *git_event_commit(struct str record, const char *event, struct arena *arena)
{
	struct json *json;
	if (json_parse(record, 0, arena, &json, NULL, NULL))
		return NULL;
	struct str sha = is_pull_request(event)            ? json_find_text(json_find(json_find(json, "pull_request"), "base"), "sha") :
			 strcmp(event, "merge_group") == 0 ? json_find_text(json_find(json, "merge_group"), "base_sha") :
			 strcmp(event, "push") == 0        ? json_find_text(json, "before") :
							     STR_NONE;
	const char *text = sha.n && str_find(sha, '\0') == sha.n ? arena_copy(arena, sha).p : NULL;
	return text && is_commit_name(text) ? text : NULL;
}

static enum status ask_github(struct search *search)
{
	const char *event = value_of(search, "GITHUB_EVENT_NAME"), *path = value_of(search, "GITHUB_EVENT_PATH");
	struct str record;
	if (!event)
		return STATUS_OK;
	bool pull = is_pull_request(event);
	if (pull && take_first_parent(search))
		return STATUS_OK;
	const char *sha = path && !file_read(path, LIMIT_EVENT_BYTES, search->arena, &record, NULL) ? git_event_commit(record, event, search->arena) : NULL;
	if (!sha)
		return STATUS_OK;
	return pull ? take_merge_base(search, sha, sha) : take_commit(search, sha, "named by the workflow's event");
}

/* ---- others ----------------------------------------------------------------------- */

/* A variable that names a commit, or a branch of the remote. */
static enum status ask_variables(struct search *search)
{
	static const struct {
		const char *name;
		bool branch;
	} variables[] = {
		{ "CI_MERGE_REQUEST_DIFF_BASE_SHA", false },    /* GitLab */
		{ "BITBUCKET_PR_DESTINATION_COMMIT", false },   /* Bitbucket */
		{ "CHANGE_TARGET", true },                      /* Jenkins */
		{ "SYSTEM_PULLREQUEST_TARGETBRANCH", true },    /* Azure Pipelines: refs/heads/main */
		{ "BUILDKITE_PULL_REQUEST_BASE_BRANCH", true }, /* Buildkite */
		{ "DRONE_TARGET_BRANCH", true },                /* Drone, Woodpecker */
		{ "CI_COMMIT_BEFORE_SHA", false },              /* GitLab, a push */
	};
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *value = value_of(search, variables[i].name);
		if (!value || (!variables[i].branch && !is_commit_name(value)))
			continue;
		if (!variables[i].branch)
			return take_merge_base(search, value, value);
		if (strncmp(value, "refs/heads/", 11) == 0)
			value += 11;
		const char *remote = arena_printf(search->arena, "origin/%s", value).p;
		return remote ? take_merge_base(search, remote, remote) : error_memory(search->err);
	}
	return STATUS_OK;
}

/* At somebody's desk: where the branch left the default one; on that itself, the last commit. */
static enum status ask_branches(struct search *search)
{
	static const char *const names[] = { "origin/HEAD", "origin/main", "origin/master", "main", "master" };
	git_oid id;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!find_commit(search, names[i], &id))
			return take_merge_base(search, names[i], names[i]);
	return take_commit(search, "HEAD", "the last commit: no default branch is known");
}

enum status git_store_find_base(struct git_store *store, const char *revision, const char *(*variable)(const char *name), struct arena *arena,
				struct git_base *out, struct error *err)
{
	struct git_base found = { 0 };
	struct error ignored;
	struct search search = { store, variable, arena, &found, err ? err : &ignored, false };
	enum status status;
	if (strcmp(revision, "auto") != 0)
		status = take_merge_base(&search, revision, revision);
	else if ((status = ask_github(&search)) == STATUS_OK && !search.found && (status = ask_variables(&search)) == STATUS_OK && !search.found)
		status = ask_branches(&search);
	if (status)
		return status;
	if (!found.why)
		return error_memory(err);
	*out = found;
	return STATUS_OK;
}
