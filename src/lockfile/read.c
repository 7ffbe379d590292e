/*
 * The table of formats, and what is the same for every one of them. A new format is one file with its row, and its
 * name here.
 */
#include "assay/limits.h"
#include "lockfile/formats.h"
#include "lockfile/manifest.h"

static const struct lockfile_format bun_binary_format = {
	.kind = "bun-binary",
	.file_names = (const char *const[]){ "bun.lockb", NULL },
	.yields_to = "bun.lock",
	.install_command = "bun add",
	.update_command = "bun update",
	.remedy = "write the text form: bun install --save-text-lockfile --frozen-lockfile --lockfile-only",
};

const struct lockfile_format *const lockfile_formats[] = {
	&npm_format,        &pnpm_format,      &yarn_format,      &berry_format, &bun_format,
	&bun_binary_format, &installed_format, &cyclonedx_format, &spdx_format,  NULL,
};

const struct override_words *lockfile_override_words(const struct lockfile_format *format, const struct tree *tree)
{
	const struct override_words *words = format->override_words;
	uint64_t major = 0;
	for (size_t i = 0; i < tree->format_version.n && ascii_is_digit((unsigned char)tree->format_version.p[i]) && major < 1000; i++)
		major = major * 10 + (uint64_t)(tree->format_version.p[i] - '0');
	while (words && words->older && major < words->since)
		words = words->older;
	return words;
}

const struct lockfile_format *lockfile_format_by_kind(const char *kind)
{
	for (const struct lockfile_format *const *format = lockfile_formats; *format; format++)
		if (strcmp((*format)->kind, kind) == 0)
			return *format;
	return NULL;
}

struct str lockfile_branch(const struct lockfile_format *format, const char *name)
{
	struct str all = str_of(name);
	if (!format->branch_prefix || !str_starts_with(all, str_of(format->branch_prefix)) || !str_ends_with(all, str_of(format->branch_suffix)))
		return STR_NONE;
	size_t around = strlen(format->branch_prefix) + strlen(format->branch_suffix);
	if (all.n <= around)
		return STR_NONE;
	return str_head(str_from(all, strlen(format->branch_prefix)), all.n - around);
}

const struct lockfile_format *lockfile_format_by_file_name(const char *name)
{
	for (const struct lockfile_format *const *format = lockfile_formats; *format; format++)
		for (const char *const *known = (*format)->file_names; *known; known++)
			if (strcmp(*known, name) == 0)
				return *format;
	for (const struct lockfile_format *const *format = lockfile_formats; *format; format++)
		if (lockfile_branch(*format, name).n)
			return *format;
	return NULL;
}

/* Formats without file names first: their content is all that they are known by. */
const struct lockfile_format *lockfile_format_by_text(struct str text)
{
	for (int named = 0; named < 2; named++)
		for (const struct lockfile_format *const *format = lockfile_formats; *format; format++)
			if (!(*format)->file_names[0] == !named && (*format)->matches && (*format)->matches(text))
				return *format;
	return NULL;
}

static bool shares_name(const struct lockfile_format *a, const struct lockfile_format *b)
{
	for (const char *const *name = a->file_names; *name; name++)
		for (const char *const *other = b->file_names; *other; other++)
			if (strcmp(*name, *other) == 0)
				return true;
	return false;
}

const struct lockfile_format *lockfile_format_of_text(const struct lockfile_format *format, struct str text)
{
	if (!format->matches || format->matches(text))
		return format;
	for (const struct lockfile_format *const *other = lockfile_formats; *other; other++)
		if (*other != format && (*other)->matches && shares_name(format, *other) && (*other)->matches(text))
			return *other;
	return format;
}

/* Where in its line the package's name stands first, or, where it was written otherwise, its line's first word. */
static uint32_t find_column(struct str text, const struct package *package)
{
	struct str line = STR_NONE;
	for (uint32_t number = 0; number < package->line && str_split(&text, '\n', &line); number++)
		;
	size_t at = package->name.n ? str_find_str(line, package->name) : line.n;
	if (at == line.n)
		for (at = 0; at < line.n && ascii_is_blank((unsigned char)line.p[at]);)
			at++;
	return (uint32_t)at + 1;
}

enum { SOON = 16 };

/* A name that no registry would take is not looked up by anybody: it must not pass as one without advisories. What lies in
 * node_modules or an SBOM is called what its author pleased. */
static enum status check_names(const struct lockfile_format *format, const struct tree *tree, struct str text, struct error *err)
{
	for (uint32_t i = tree->sound_names; format->file_names[0] && !format->is_folder && i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		if (i + SOON < tree->package_count) /* the names lie all over the text */
			__builtin_prefetch(tree->packages[i + SOON].name.p);
		const char *problem = package->kind == PACKAGE_REGISTRY ? package_name_problem(package->name) : NULL;
		if (!problem)
			continue;
		CLEANUP(buf_fini) struct buf name = BUF_INIT(1024);
		buf_add_visible(&name, str_head(package->name, 200));
		return error_at(err, STATUS_INVALID, package->line, find_column(text, package), "\"%.*s\" is no name of a package: %s",
				STR_ARG(buf_str(&name)), problem);
	}
	return STATUS_OK;
}

static enum status read_tree(const struct lockfile_format *format, const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	if (!format->read) {
		error_set(err, STATUS_UNSUPPORTED, "lockfiles of kind %s are not read", format->kind);
		if (format->remedy)
			error_hint(err, "%s", format->remedy);
		return STATUS_UNSUPPORTED;
	}
	enum status status = format->read(source, tree, err);
	if (!tree->unknown)
		tree->unknown = format->unknown;
	if (!status)
		status = check_names(format, tree, source->text, err);
	return status ? status : tree_finish(tree, err);
}

/* ---- a lockfile of which nothing is left ---------------------------------------------- */

static bool has_packages(const struct tree *tree)
{
	for (uint32_t i = 0; i < tree->package_count; i++)
		if (!package_is_own(&tree->packages[i]))
			return true;
	return false;
}

/* What nobody has to install: the project's own packages. */
static struct map *names_not_needed(const struct tree *tree, struct arena *scratch)
{
	struct map *names = map_new(scratch, tree->package_count);
	bool fine = names;
	for (uint32_t i = 1; fine && i < tree->package_count; i++)
		fine = map_set(names, package_installed_name(&tree->packages[i]), 1) && map_set(names, tree->packages[i].name, 1);
	return fine ? names : NULL;
}

/* Does the spec lead to something on this disk? */
static bool is_local_spec(struct str spec)
{
	static const char *const prefixes[] = { "file:", "link:", "portal:", "workspace:", ".", "/", "~/" };
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (str_starts_with(spec, str_of(prefixes[i])))
			return true;
	return false;
}

/* A dependency that has to be in any lockfile for this package.json, else one that the lockfile says it leaves out; NULL where there is neither. */
static const struct json *missing_dependency(const struct tree *tree, const struct json *manifest, const struct map *not_needed, bool *left_out)
{
	static const struct {
		const char *section;
		enum edge_type type;
	} kinds[] = { { "dependencies", EDGE_PROD }, { "devDependencies", EDGE_DEV }, { "optionalDependencies", EDGE_OPTIONAL } };
	const struct json *kept = NULL;
	size_t found;
	*left_out = false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		json_each(spec, manifest_section(manifest, kinds[i].section)) {
			if (!json_is(spec, JSON_STRING) || is_local_spec(spec->text) || map_find(not_needed, spec->key, &found))
				continue;
			if (!lockfile_leaves_out(tree, spec, kinds[i].type))
				return spec;
			kept = kept ? kept : spec;
		}
	}
	*left_out = kept;
	return kept;
}

/* Nothing but the project itself, where its package.json asks for more: not a clean result, but one that was never made. */
static enum status check_not_empty(const struct tree *tree, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	struct json *manifest = NULL;
	size_t duplicates = 0;
	if (!tree->folder || has_packages(tree))
		return STATUS_OK;
	if (!scratch)
		return error_memory(err);
	enum status status = manifest_read(tree->folder, scratch, &manifest, &duplicates, err);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status)
		return status;
	struct map *not_needed = names_not_needed(tree, scratch);
	if (!not_needed)
		return error_memory(err);
	bool left_out;
	const struct json *spec = missing_dependency(tree, manifest, not_needed, &left_out);
	if (!spec)
		return STATUS_OK;
	CLEANUP(buf_fini) struct buf name = BUF_INIT(1024);
	buf_add_visible(&name, str_head(spec->key, 100));
	error_set(err, STATUS_INVALID, "it holds no package, while the package.json beside it asks for \"%.*s\"", STR_ARG(buf_str(&name)));
	error_hint(err, left_out ? "ignoredOptionalDependencies leaves it out, and nothing here is checked: --exclude passes such a folder over" :
				   "it was not written for this package.json: install once more and commit what that writes");
	return STATUS_INVALID;
}

enum status lockfile_read(const struct lockfile_format *format, const struct lockfile_source *source, struct arena *arena, struct tree **out,
			  struct error *err)
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
	if (!status)
		status = check_not_empty(tree, err);
	if (status)
		return error_wrap(err, "%s", source->path);
	*out = tree;
	return STATUS_OK;
}

enum status lockfile_load(const struct lockfile_found *found, struct arena *arena, struct tree **out, struct error *err)
{
	struct lockfile_source source = { .path = found->path, .folder = found->folder, .text = STR("") };
	enum status status = found->format->is_folder ? STATUS_OK : file_read(found->path, LIMIT_LOCKFILE_BYTES, arena, &source.text, err);
	return status ? status : lockfile_read(found->format, &source, arena, out, err);
}
