/*
 * Some files of a commit, written below a folder. Of a link to a file of the same commit the file is written in the link's place; submodules, other
 * links and names that lead elsewhere are left out.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "git/private.h"

struct extraction {
	struct git_store *store;
	const git_tree *top;
	const char *commit;
	bool (*wanted)(void *context, const char *path);
	void *context;
	const char *into;
	size_t files, entries;
	char *folder; /* the last one that was made */
	struct error *err;
	enum status status;
};

bool git_name_is_safe(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, ".git") != 0;
}

static enum status missing(struct extraction *extraction, int code, const char *path)
{
	CLEANUP(buf_fini) struct buf what = BUF_INIT(1000);
	buf_add_z(&what, "reading ");
	buf_add_visible(&what, str_head(str_of(path), 400));
	buf_printf(&what, " of commit %.12s", extraction->commit);
	buf_add_char(&what, '\0');
	extraction->status = git_store_fail(extraction->err, code, what.failed ? "reading a commit" : what.p);
	if (code == GIT_ENOTFOUND)
		error_hint(extraction->err, "git fetch --depth=1 origin %s", extraction->commit);
	return extraction->status;
}

/* Files of one folder come one after the other. */
static enum status make_folder_once(struct extraction *extraction, const char *folder)
{
	if (extraction->folder && strcmp(extraction->folder, folder) == 0)
		return STATUS_OK;
	free(extraction->folder);
	extraction->folder = strdup(folder);
	return extraction->folder ? folder_make(folder, extraction->err) : error_memory(extraction->err);
}

static enum status write_file(struct extraction *extraction, const char *path, const git_oid *id)
{
	git_blob *blob = NULL;
	int code = libgit2.git_blob_lookup(&blob, extraction->store->repository, id);
	if (code)
		return missing(extraction, code, path);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *file = arena ? path_join(arena, extraction->into, path) : NULL;
	const char *folder = file ? path_folder(arena, file) : NULL;
	enum status status;
	if (!folder)
		status = error_memory(extraction->err);
	else if ((uint64_t)libgit2.git_blob_rawsize(blob) > LIMIT_LOCKFILE_BYTES || ++extraction->files > LIMIT_GIT_FILES)
		status = error_set(extraction->err, STATUS_LIMIT, "commit %.12s holds too many files or too large ones", extraction->commit);
	else if ((status = make_folder_once(extraction, folder)) == STATUS_OK)
		status = file_write_unsynced(file, (struct str){ libgit2.git_blob_rawcontent(blob), (size_t)libgit2.git_blob_rawsize(blob) },
					     extraction->err);
	libgit2.git_blob_free(blob);
	return status;
}

/* Where a link leads: false where that is no file of this commit. Folders that are links are not walked through. */
static bool follow_link(const struct extraction *extraction, const char *path, struct arena *arena, git_oid *id)
{
	for (int i = 0; i < LIMIT_GIT_LINKS; i++) {
		git_blob *blob = NULL;
		git_tree_entry *entry = NULL;
		const char *folder = path_folder(arena, path);
		if (!folder || libgit2.git_blob_lookup(&blob, extraction->store->repository, id))
			return false;
		struct str target = { libgit2.git_blob_rawcontent(blob), (size_t)libgit2.git_blob_rawsize(blob) };
		path = path_join_inside(arena, str_of(folder), str_head(target, 4096)).p;
		libgit2.git_blob_free(blob);
		if (!path || libgit2.git_tree_entry_bypath(&entry, extraction->top, path))
			return false;
		bool file = libgit2.git_tree_entry_type(entry) == GIT_OBJECT_BLOB, link = libgit2.git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK;
		libgit2.git_oid_cpy(id, libgit2.git_tree_entry_id(entry));
		libgit2.git_tree_entry_free(entry);
		if (!file || !link)
			return file;
	}
	return false;
}

static enum status write_entry(struct extraction *extraction, const char *path, const git_tree_entry *entry)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	git_oid id = *libgit2.git_tree_entry_id(entry);
	if (!arena)
		return error_memory(extraction->err);
	if (libgit2.git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK && !follow_link(extraction, path, arena, &id))
		return STATUS_OK;
	return write_file(extraction, path, &id);
}

/* A tree may name one and the same subtree many times over: what is small in the repository can be without end on the way. */
static bool is_past_limits(struct extraction *extraction, const char *folder)
{
	size_t depth = 0;
	for (const char *at = folder; *at; at++)
		depth += *at == '/';
	if (depth <= LIMIT_FOLDER_DEPTH && ++extraction->entries <= LIMIT_GIT_ENTRIES)
		return false;
	extraction->status = error_set(extraction->err, STATUS_LIMIT, "commit %.12s has too many folders, or too deep ones", extraction->commit);
	return true;
}

/* For git_tree_walk: 0 goes on, 1 leaves a folder out, below 0 ends it. */
static int visit(const char *folder, const git_tree_entry *entry, void *payload)
{
	struct extraction *extraction = payload;
	const char *name = libgit2.git_tree_entry_name(entry);
	git_object_t type = libgit2.git_tree_entry_type(entry);
	if (is_past_limits(extraction, folder))
		return -1;
	if (!git_name_is_safe(name) || (type == GIT_OBJECT_TREE && strcmp(name, "node_modules") == 0))
		return 1;
	if (type != GIT_OBJECT_BLOB)
		return 0;
	size_t room = strlen(folder) + strlen(name) + 1;
	char *path = malloc(room);
	if (!path) {
		extraction->status = error_memory(extraction->err);
		return -1;
	}
	snprintf(path, room, "%s%s", folder, name);
	if (extraction->wanted(extraction->context, path))
		extraction->status = write_entry(extraction, path, entry);
	free(path);
	return extraction->status ? -1 : 0;
}

enum status git_store_extract(struct git_store *store, const char *commit, bool (*wanted)(void *context, const char *path), void *context,
			      const char *into, size_t *files, struct error *err)
{
	struct extraction extraction = { store, NULL, commit, wanted, context, into, 0, 0, NULL, err, STATUS_OK };
	git_commit *object = NULL;
	git_tree *tree = NULL;
	git_oid id;
	int code = libgit2.git_oid_fromstr(&id, commit);
	if (!code)
		code = libgit2.git_commit_lookup(&object, store->repository, &id);
	if (!code)
		code = libgit2.git_commit_tree(&tree, object);
	if (code)
		missing(&extraction, code, "the tree");
	extraction.top = tree;
	if (!code && (code = libgit2.git_tree_walk(tree, GIT_TREEWALK_PRE, visit, &extraction)) && !extraction.status)
		missing(&extraction, code, "the folders");
	free(extraction.folder);
	libgit2.git_tree_free(tree);
	libgit2.git_commit_free(object);
	if (!extraction.status)
		*files = extraction.files;
	return extraction.status;
}
