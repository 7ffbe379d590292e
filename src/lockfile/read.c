/*
 * The table of formats, and what is the same for every one of them. A new format is one file with its row, and its
 * name here.
 */
#include "lockfile/formats.h"

static const struct lockfile_format bun_binary_format = {
	.kind = "bun-binary",
	.file_names = (const char *const[]){ "bun.lockb", NULL },
	.install_command = "bun add",
	.update_command = "bun update",
	.remedy = "write the text form: bun install --save-text-lockfile --frozen-lockfile --lockfile-only",
};

const struct lockfile_format *const lockfile_formats[] = {
	&npm_format, &pnpm_format, &yarn_format, &berry_format, &bun_format, &bun_binary_format, NULL,
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

static bool shares_file_name(const struct lockfile_format *a, const struct lockfile_format *b)
{
	for (const char *const *left = a->file_names; *left; left++)
		for (const char *const *right = b->file_names; *right; right++)
			if (strcmp(*left, *right) == 0)
				return true;
	return false;
}

const struct lockfile_format *lockfile_format_of_text(const struct lockfile_format *format, struct str text)
{
	if (!format->matches || format->matches(text))
		return format;
	for (const struct lockfile_format *const *other = lockfile_formats; *other; other++)
		if ((*other)->matches && shares_file_name(format, *other) && (*other)->matches(text))
			return *other;
	return format;
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
	format = lockfile_format_of_text(format, source->text);
	tree->path = source->path;
	tree->folder = source->folder;
	tree->format = format->kind;
	enum status status = read_tree(format, source, tree, err);
	if (status)
		return error_wrap(err, "%s", source->path);
	*out = tree;
	return STATUS_OK;
}
