/* Folders of ours that live for one run: another commit's files, another project's judges, laid out as a repository is. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/base.h"

enum { FILES_OPEN = 16 };

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

void scratch_remove(char **folder)
{
	if (*folder)
		nftw(*folder, remove_entry, FILES_OPEN, FTW_DEPTH | FTW_PHYS);
	free(*folder);
	*folder = NULL;
}

static enum status add_git(const char *folder, struct error *err)
{
	char *git = NULL;
	if (asprintf(&git, "%s/.git", folder) < 0)
		return error_memory(err);
	enum status status = folder_make(git, err);
	free(git);
	return status;
}

enum status scratch_make(const char *what, char **out, struct error *err)
{
	const char *where = getenv("TMPDIR");
	char *made = NULL;
	if (asprintf(&made, "%s/assay-%s-XXXXXX", where && *where ? where : "/tmp", what) < 0)
		return error_memory(err);
	if (!mkdtemp(made)) {
		enum status status = error_errno(err, "making a folder %s", made);
		free(made);
		return status;
	}
	enum status status = add_git(made, err);
	if (status)
		scratch_remove(&made);
	else
		*out = made;
	return status;
}
