/*
 * The table of formats, and what is the same for every one of them. A new format is one file with its row, and its
 * name here.
 */
#include "lockfile/formats.h"

#define CONVERT                                                                                                        \
	"scan an SBOM of the project, or the package-lock.json that npm install --package-lock-only --ignore-scripts " \
	"writes"

static const struct lockfile_format yarn_format = {
	.kind = "yarn",
	.file_names = (const char *const[]){ "yarn.lock", NULL },
	.install_command = "yarn add",
	.update_command = "yarn up",
	.remedy = CONVERT,
};
static const struct lockfile_format bun_binary_format = {
	.kind = "bun-binary",
	.file_names = (const char *const[]){ "bun.lockb", NULL },
	.install_command = "bun add",
	.update_command = "bun update",
	.remedy = "write the text form: bun install --save-text-lockfile --frozen-lockfile --lockfile-only",
};

const struct lockfile_format *const lockfile_formats[] = {
	&npm_format, &pnpm_format, &yarn_format, &bun_format, &bun_binary_format, NULL,
};

const struct lockfile_format *lockfile_format_by_kind(const char *kind)
{
	for (const struct lockfile_format *const *format = lockfile_formats; *format; format++)
		if (strcmp((*format)->kind, kind) == 0)
			return *format;
	return NULL;
}

const struct lockfile_format *lockfile_format_by_file_name(const char *name)
{
	for (const struct lockfile_format *const *format = lockfile_formats; *format; format++)
		for (const char *const *known = (*format)->file_names; *known; known++)
			if (strcmp(*known, name) == 0)
				return *format;
	return NULL;
}

static enum status read_tree(const struct lockfile_format *format, const struct lockfile_source *source,
			     struct tree *tree, struct error *err)
{
	if (!format->read) {
		error_set(err, STATUS_UNSUPPORTED, "lockfiles of kind %s are not read", format->kind);
		if (format->remedy)
			error_hint(err, "%s", format->remedy);
		return STATUS_UNSUPPORTED;
	}
	enum status status = format->read(source, tree, err);
	return status ? status : tree_finish(tree, err);
}

enum status lockfile_read(const struct lockfile_format *format, const struct lockfile_source *source,
			  struct arena *arena, struct tree **out, struct error *err)
{
	struct error ignored; /* readers may rely on having one */
	struct tree *tree = tree_new(arena);
	if (!err)
		err = &ignored;
	if (!tree)
		return error_memory(err);
	tree->path = source->path;
	tree->folder = source->folder;
	tree->format = format->kind;
	enum status status = read_tree(format, source, tree, err);
	if (status)
		return error_wrap(err, "%s", source->path);
	*out = tree;
	return STATUS_OK;
}
