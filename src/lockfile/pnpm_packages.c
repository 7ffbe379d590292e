/*
 * Entries of `packages`, and in format 9 of `snapshots`: what is installed, and where it comes from.
 *
 * A package's line is that of its entry in `packages`: there stand its version and integrity. (In 9 the snapshots
 * that differ in their peers share it.) `bundledDependencies` is not read: what a tarball brings along has no
 * versions here.
 */
#include "lockfile/npm.h"
#include "lockfile/pnpm.h"

struct fields {
	struct str name, version, deprecated, tarball, integrity, registry, type, directory, repo, commit;
};

static enum status read_fields(struct pnpm_reader *reader, const struct json *entry, struct fields *out)
{
	const struct json *resolution;
	struct fields fields = { 0 };
	enum status status = pnpm_find(reader, entry, "resolution", JSON_OBJECT, &resolution);
	if (!status && !resolution)
		status = pnpm_refuse(reader, entry, entry->key, "has no \"resolution\"");
	if (status)
		return status;
	const struct {
		const struct json *object;
		const char *key;
		struct str *to;
	} table[] = {
		{ entry, "name", &fields.name },
		{ entry, "version", &fields.version },
		{ resolution, "tarball", &fields.tarball },
		{ resolution, "integrity", &fields.integrity },
		{ resolution, "registry", &fields.registry },
		{ resolution, "type", &fields.type },
		{ resolution, "directory", &fields.directory },
		{ resolution, "repo", &fields.repo },
		{ resolution, "commit", &fields.commit },
	};
	for (size_t i = 0; !status && i < sizeof table / sizeof *table; i++)
		status = pnpm_find_text(reader, table[i].object, table[i].key, table[i].to);
	if (status)
		return status;
	/* What the publisher wrote, and so taken as it comes. */
	const struct json *deprecated = json_find(entry, "deprecated");
	fields.deprecated = json_is(deprecated, JSON_TRUE) ? STR("deprecated") : json_text(deprecated);
	*out = fields;
	return STATUS_OK;
}

/* ---- where it comes from -------------------------------------------------------- */

/* A folder, copied. One that is a workspace's is a workspace too: pnpm copies those that are "injected". */
static enum status set_folder(struct pnpm_reader *reader, const struct fields *fields, struct package *package)
{
	struct arena *arena = reader->tree->arena;
	package->kind = PACKAGE_FILE;
	package->resolved = arena_printf(arena, "file:%.*s", STR_ARG(fields->directory));
	if (!package->resolved.p)
		return error_memory(reader->err);
	struct str folder = npm_normalize_path(arena, fields->directory);
	if (!folder.p)
		return STATUS_OK; /* absolute */
	package->folder = folder.n ? folder : STR(".");
	if (pnpm_find_importer(reader, package->folder) != TREE_NONE)
		package->kind = PACKAGE_WORKSPACE;
	return STATUS_OK;
}

static enum status set_repository(struct pnpm_reader *reader, const struct fields *fields, struct package *package)
{
	package->kind = PACKAGE_GIT;
	package->resolved = arena_printf(reader->tree->arena, "%.*s#%.*s", STR_ARG(fields->repo), STR_ARG(fields->commit));
	return package->resolved.p ? STATUS_OK : error_memory(reader->err);
}

/* The registry's own address for it, where the entry or the key names a registry that is not the usual one. */
static struct str registry_address(struct arena *arena, const struct fields *fields, const struct pnpm_key *key)
{
	struct str base = key->name;
	if (str_starts_with(base, STR("@")))
		base = str_from(base, str_find(base, '/') + 1);
	struct str registry = fields->registry.n ? fields->registry : arena_printf(arena, "https://%.*s/", STR_ARG(key->host));
	const char *slash = str_ends_with(registry, STR("/")) ? "" : "/";
	if (fields->tarball.n)
		return arena_printf(arena, "%.*s%s%.*s", STR_ARG(registry), slash,
				    STR_ARG(str_from(fields->tarball, str_starts_with(fields->tarball, STR("/")))));
	return arena_printf(arena, "%.*s%s%.*s/-/%.*s-%.*s.tgz", STR_ARG(registry), slash, STR_ARG(key->name), STR_ARG(base), STR_ARG(key->version));
}

static bool is_address(struct str tarball)
{
	return str_starts_with(tarball, STR("file:")) || str_find_str(tarball, STR("://")) < tarball.n;
}

/* An archive. Tarballs of the usual registry are not named at all. */
static enum status set_archive(struct pnpm_reader *reader, const struct fields *fields, const struct pnpm_key *key, struct package *package)
{
	bool elsewhere = key->version.n && (key->host.n || fields->registry.n);
	if (is_address(fields->tarball)) {
		package->resolved = fields->tarball;
	} else if (elsewhere) {
		package->resolved = registry_address(reader->tree->arena, fields, key);
		if (!package->resolved.p)
			return error_memory(reader->err);
	} else if (!key->version.n) {
		package->resolved = fields->tarball.n ? fields->tarball : key->reference;
	}
	bool file = str_starts_with(package->resolved, STR("file:"));
	package->kind = file ? PACKAGE_FILE : lockfile_resolved_kind(package->resolved);
	return STATUS_OK;
}

static enum status set_source(struct pnpm_reader *reader, const struct json *entry, const struct fields *fields, const struct pnpm_key *key,
			      struct package *package)
{
	if (str_equal_z(fields->type, "directory"))
		return set_folder(reader, fields, package);
	if (str_equal_z(fields->type, "git"))
		return set_repository(reader, fields, package);
	if (fields->type.n) { /* of a resolver of the user's own */
		package->kind = PACKAGE_TARBALL;
		package->resolved = fields->tarball.n ? fields->tarball : fields->type;
		return STATUS_OK;
	}
	enum status status = set_archive(reader, fields, key, package);
	if (!status && package->kind == PACKAGE_REGISTRY && !package->version.n)
		status = pnpm_refuse(reader, entry, entry->key, "is a registry's package without a version");
	return status;
}

/* ---- one package ------------------------------------------------------------------- */

static bool is_bound(const struct json *platform)
{
	return json_is(platform, JSON_STRING) || (json_is(platform, JSON_ARRAY) && platform->count);
}

/* As pnpm does: up to 6 a name in the entry wins, and then the version is the entry's too. */
static enum status set_name(struct pnpm_reader *reader, enum pnpm_major major, const struct json *entry, const struct fields *fields,
			    const struct pnpm_key *key, struct package *package)
{
	bool own = major != PNPM_9 && fields->name.n;
	package->name = own ? fields->name : key->name;
	package->version = own || fields->version.n ? fields->version : key->version;
	if (package->name.n)
		return STATUS_OK;
	return pnpm_refuse(reader, entry, entry->key,
			   major == PNPM_9 ? "is no key of a package: expected name@version" : "tells no name and version, and its entry has no \"name\"");
}

static enum status add_package(struct pnpm_reader *reader, enum pnpm_major major, const struct json *snapshot, const struct json *entry,
			       const struct pnpm_key *key)
{
	struct fields fields;
	struct pnpm_entry *beside;
	enum status status = read_fields(reader, entry, &fields);
	if (status)
		return status;
	struct package *package = pnpm_add_package(reader, snapshot->key, entry, &beside);
	if (!package)
		return reader->err->status;
	beside->package = entry;
	beside->snapshot = snapshot;
	status = set_name(reader, major, entry, &fields, key, package);
	if (!status)
		status = set_source(reader, entry, &fields, key, package);
	package->integrity = fields.integrity;
	package->deprecated = fields.deprecated;
	package->install_script = json_is_true(entry, "requiresBuild");
	package->platform = is_bound(json_find(entry, "os")) || is_bound(json_find(entry, "cpu")) || is_bound(json_find(entry, "libc"));
	/* Whether there are commands, not which. */
	if (!status && json_is_true(entry, "hasBin") &&
	    !tree_add_bin(reader->tree, (struct package_bin){ reader->tree->package_count - 1, STR(""), STR("") }))
		return error_memory(reader->err);
	return status;
}

static enum status check_object(struct pnpm_reader *reader, const struct json *entry)
{
	if (json_is(entry, JSON_OBJECT))
		return STATUS_OK;
	return pnpm_refuse(reader, entry, entry->key, "is not followed by an object");
}

enum status pnpm_add_entry(struct pnpm_reader *reader, const struct pnpm_document *document, const struct json *entry)
{
	struct pnpm_key key;
	const struct json *package = entry;
	enum status status = check_object(reader, entry);
	if (status)
		return status;
	pnpm_parse_key(document->major, entry->key, &key);
	if (key.runtime) {
		reader->tree->runtimes++;
		return STATUS_OK;
	}
	if (str_starts_with(entry->key, STR("link:")))
		return pnpm_refuse(reader, entry, entry->key, "is no key of a package: links have no entry");
	if (document->major == PNPM_9) {
		package = pnpm_index_find(&document->package_index, pnpm_strip_suffix(entry->key));
		if (!package)
			return pnpm_refuse(reader, entry, entry->key, "stands in \"snapshots\" and not in \"packages\"");
		status = check_object(reader, package);
	}
	return status ? status : add_package(reader, document->major, entry, package, &key);
}

const struct json *pnpm_find_entry(const struct pnpm_document *document, struct str key)
{
	bool split = document->major == PNPM_9;
	return pnpm_index_find(split ? &document->snapshot_index : &document->package_index, key);
}

enum status pnpm_add_packages(struct pnpm_reader *reader, const struct pnpm_document *document)
{
	const struct json *entries = document->major == PNPM_9 ? document->snapshots : document->packages;
	enum status status = STATUS_OK;
	if (entries && !tree_reserve(reader->tree, entries->count))
		return error_memory(reader->err);
	for (const struct json *entry = entries ? entries->child : NULL; entry && !status; entry = entry->next)
		status = pnpm_add_entry(reader, document, entry);
	return status;
}
