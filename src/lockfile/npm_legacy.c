/*
 * The section "dependencies" beside "packages" (lockfile version 2). npm 7 and later read "packages", and so does assay; npm 5 and 6 install from
 * "dependencies", whatever version the file says it has. What they would install that "packages" does not have in that place is refused: it would
 * be installed and never looked at.
 *
 * npm writes both from one tree, and yet not always alike; what is let pass for that reason says so. That "dependencies" has less, or other
 * flags and `requires`, is fine: nothing else is installed for it.
 */
#include "assay/limits.h"
#include "lockfile/npm.h"
#include "lockfile/refuse.h"

struct legacy_level {
	const struct json *next;
	struct str folder; /* the location of the package whose node_modules this is */
};

struct legacy {
	struct npm_reader *reader;
	struct arena *scratch;
	struct buf location;
	VEC(struct legacy_level) levels;
};

struct legacy_entry {
	const struct json *json;
	const struct package *package; /* what "packages" has there */
	struct str version, resolved, integrity;
	const struct json *dependencies;
};

/* How "packages" differs, in words: `what` of it, and both values. */
struct difference {
	const char *what;
	struct str there, here;
};

static enum status refuse_entry(struct legacy *legacy, const struct json *json, const struct difference *difference)
{
	struct error *err = legacy->reader->err;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	buf_add_char(&text, '"');
	buf_add_visible(&text, str_head(buf_str(&legacy->location), 200));
	buf_printf(&text, "\": by \"dependencies\", npm 6 would install %s \"", difference->what);
	buf_add_visible(&text, str_head(difference->there, 200));
	if (difference->here.p) {
		buf_add(&text, STR("\", where \"packages\" has \""));
		buf_add_visible(&text, str_head(difference->here, 200));
		buf_add_char(&text, '"');
	} else {
		buf_add(&text, STR("\", which \"packages\" does not have"));
	}
	error_at(err, STATUS_INVALID, json->key_line, json->key_column, "%.*s", STR_ARG(buf_str(&text)));
	error_hint(err, "npm 5 and 6 install from \"dependencies\", later ones from \"packages\"; find out who changed one of them, "
			"then have npm 7 or later write the file anew: npm install --package-lock-only");
	return STATUS_INVALID;
}

/* ---- the same source, in another form ---------------------------------------------- */

/* Two texts of which one may write '#' as "%23": npm does so in `version` only. */
static bool equal_unescaped(struct str written, struct str path)
{
	size_t i = 0, k = 0;
	while (i < written.n && k < path.n) {
		bool hash = path.p[k] == '#' && str_starts_with(str_from(written, i), STR("%23"));
		if (!hash && written.p[i] != path.p[k])
			return false;
		i += hash ? 3 : 1;
		k++;
	}
	return i == written.n && k == path.n;
}

static struct str without_file(struct str path)
{
	return str_starts_with(path, STR("file:")) ? str_from(path, 5) : path;
}

/* STR_NONE: an absolute path, which npm never writes for what stands in the project. */
static bool same_path(struct legacy *legacy, struct str written, struct str resolved)
{
	struct str a = npm_normalize_path(legacy->scratch, without_file(written)), b = npm_normalize_path(legacy->scratch, without_file(resolved));
	return a.p && b.p && equal_unescaped(a, b);
}

/* "host/user/repository" of a git URL of one of the forms that npm writes for the same one; STR_NONE: of another form. */
static struct str repository_of(struct arena *arena, struct str url)
{
	static const struct {
		const char *start;
		const char *host;
	} forms[] = {
		{ "git+ssh://git@", "" },     { "git+https://", "" },       { "git://", "" },     { "https://", "" },
		{ "github:", "github.com/" }, { "gitlab:", "gitlab.com/" }, { "ssh://git@", "" }, { "bitbucket:", "bitbucket.org/" },
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (!str_starts_with(url, str_of(forms[i].start)))
			continue;
		struct str rest = str_from(url, strlen(forms[i].start));
		rest = str_head(rest, str_find(rest, '#'));
		if (str_ends_with(rest, STR(".git")))
			rest = str_head(rest, rest.n - 4);
		return arena_printf(arena, "%s%.*s", forms[i].host, STR_ARG(rest));
	}
	return STR_NONE;
}

/* npm writes a commit of a well-known host in `resolved` by ssh, however it is fetched, and in `version` as it was asked for. The commit must be
 * the same, and be one. */
static bool same_commit(struct arena *arena, struct str a, struct str b)
{
	struct str commit = str_from(a, str_find(a, '#'));
	if (commit.n < 1 + 40 || !str_equal(commit, str_from(b, str_find(b, '#'))))
		return false;
	struct str left = repository_of(arena, a), right = repository_of(arena, b);
	return left.n && str_equal(left, right);
}

static bool same_source(struct legacy *legacy, struct str written, const struct package *package)
{
	struct str resolved = package->resolved;
	if (str_equal(written, resolved))
		return true;
	if (package->kind == PACKAGE_LINK || package->kind == PACKAGE_FILE)
		return str_starts_with(written, STR("file:")) && same_path(legacy, written, resolved);
	return package->kind == PACKAGE_GIT && same_commit(legacy->scratch, written, resolved);
}

/* Both state it and npm 6 holds to it: it installs the same bytes, or nothing. */
static bool same_bytes(const struct legacy_entry *entry)
{
	static const char *const algorithms[] = { "sha512-", "sha1-", "sha256-", "sha384-" };
	if (!str_equal(entry->integrity, entry->package->integrity))
		return false;
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if (str_starts_with(entry->integrity, str_of(algorithms[i])) &&
		    entry->integrity.n >= strlen(algorithms[i]) + strlen("2jmj7l5rSw0yVb/vlWAYkK/YBwk="))
			return str_find(entry->integrity, ' ') == entry->integrity.n;
	return false;
}

/* ---- one entry ------------------------------------------------------------------------ */

/* What is asked for by a version comes from `resolved`, or from the registry where there is none. npm leaves it out for registries when it is told
 * to, and for a folder that it copies (install-links) and a tarball beside the project that somebody asks for by version. */
static bool same_origin(struct legacy *legacy, const struct legacy_entry *entry)
{
	const struct package *package = entry->package;
	if (entry->resolved.n)
		return same_source(legacy, entry->resolved, package);
	bool folder = package->kind == PACKAGE_FILE && !package->integrity.n;
	return package->kind == PACKAGE_REGISTRY || folder || same_bytes(entry);
}

static bool is_version(struct str version)
{
	return str_find(version, ':') == version.n && str_find(version, '/') == version.n;
}

static enum status compare_version(struct legacy *legacy, const struct legacy_entry *entry, struct str name, struct str version)
{
	const struct package *package = entry->package;
	if (package->kind == PACKAGE_LINK)
		return refuse_entry(legacy, entry->json, &(struct difference){ "version", entry->version, package->resolved });
	if (!str_equal(name, package->name))
		return refuse_entry(legacy, entry->json, &(struct difference){ "the package", name, package->name });
	if (!str_equal(version, package->version))
		return refuse_entry(legacy, entry->json, &(struct difference){ "version", version, package->version });
	if (!same_origin(legacy, entry))
		return refuse_entry(legacy, entry->json,
				    &(struct difference){ "from", entry->resolved.n ? entry->resolved : STR("the registry"), package->resolved });
	return STATUS_OK;
}

/* A `version` that is a URL or a path. npm writes a tarball's path from the folder of whoever asks for it and `resolved` from the project's: then
 * the digest tells. */
static enum status compare_url(struct legacy *legacy, const struct legacy_entry *entry)
{
	const struct package *package = entry->package;
	bool same = same_source(legacy, entry->version, package) || (package->kind != PACKAGE_LINK && same_bytes(entry));
	if (!same)
		return refuse_entry(legacy, entry->json, &(struct difference){ "from", entry->version, package->resolved });
	/* What is there besides wins over the URL. */
	if (entry->resolved.n && !same_source(legacy, entry->resolved, package))
		return refuse_entry(legacy, entry->json, &(struct difference){ "from", entry->resolved, package->resolved });
	return STATUS_OK;
}

static enum status compare_entry(struct legacy *legacy, const struct legacy_entry *entry)
{
	const struct package *package = entry->package;
	struct str name = npm_installed_name(package->id), version = entry->version;
	enum status status;
	if (str_starts_with(version, STR("npm:"))) {
		struct str spec = str_from(version, 4);
		size_t at = str_find_last(spec, '@');
		name = at ? str_head(spec, at) : spec;
		status = compare_version(legacy, entry, name, str_from(spec, name.n + 1));
	} else if (is_version(version)) {
		status = compare_version(legacy, entry, name, version);
	} else {
		status = compare_url(legacy, entry);
	}
	if (!status && !str_equal(entry->integrity, package->integrity)) {
		struct str stated = entry->integrity.n ? entry->integrity : STR("none"), expected = package->integrity.n ? package->integrity : STR("none");
		status = refuse_entry(legacy, entry->json, &(struct difference){ "what has the integrity", stated, expected });
	}
	return status;
}

static enum status read_fields(struct legacy *legacy, const struct json *json, struct legacy_entry *out)
{
	const struct {
		struct str key;
		struct str *text;
	} texts[] = { { STR("version"), &out->version }, { STR("resolved"), &out->resolved }, { STR("integrity"), &out->integrity } };
	enum status status = json_is(json, JSON_OBJECT) ? STATUS_OK : refuse(legacy->reader->err, json, json->key, "in \"dependencies\" is not an object");
	for (const struct json *member = json->child; member && !status; member = member->next) {
		if (npm_is_nothing(member))
			continue;
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			if (str_equal(member->key, texts[i].key)) {
				*texts[i].text = member->text;
				status = require_type(legacy->reader->err, member, JSON_STRING, texts[i].key.p);
			}
		if (str_equal_z(member->key, "dependencies")) {
			out->dependencies = member;
			status = require_type(legacy->reader->err, member, JSON_OBJECT, "dependencies");
		}
	}
	return status;
}

/* The location, and what "packages" has there. */
static enum status find_package(struct legacy *legacy, struct str folder, struct legacy_entry *entry)
{
	struct tree *tree = legacy->reader->tree;
	struct buf *location = &legacy->location;
	buf_clear(location);
	buf_add(location, folder);
	buf_add_z(location, folder.n ? "/node_modules/" : "node_modules/");
	buf_add(location, entry->json->key);
	if (location->failed)
		return error_memory(legacy->reader->err);
	uint32_t number = tree_find(tree, buf_str(location));
	if (number == TREE_NONE)
		return refuse_entry(legacy, entry->json, &(struct difference){ "version", entry->version.n ? entry->version : entry->resolved, STR_NONE });
	entry->package = &tree->packages[number];
	return STATUS_OK;
}

/* What stands below a link stands in the folder that it leads to. */
static enum status enter(struct legacy *legacy, const struct json *dependencies, struct str folder)
{
	struct legacy_level *level = dependencies && dependencies->child ? vec_add(legacy->scratch, &legacy->levels) : NULL;
	if (level)
		*level = (struct legacy_level){ dependencies->child, folder };
	return level || !dependencies || !dependencies->child ? STATUS_OK : error_memory(legacy->reader->err);
}

static enum status check_entry(struct legacy *legacy, const struct json *json, struct str folder)
{
	struct legacy_entry entry = { .json = json };
	enum status status = read_fields(legacy, json, &entry);
	if (!status)
		status = find_package(legacy, folder, &entry);
	if (!status)
		status = compare_entry(legacy, &entry);
	if (status)
		return status;
	return enter(legacy, entry.dependencies, entry.package->kind == PACKAGE_LINK ? entry.package->link : entry.package->id);
}

enum status npm_check_legacy(struct npm_reader *reader, const struct json *dependencies)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct legacy legacy = { .reader = reader, .scratch = scratch, .location = BUF_INIT(LIMIT_LOCKFILE_BYTES) };
	if (!dependencies)
		return STATUS_OK;
	enum status status = require_type(reader->err, dependencies, JSON_OBJECT, "dependencies");
	if (!status)
		status = scratch ? enter(&legacy, dependencies, STR("")) : error_memory(reader->err);
	while (!status && legacy.levels.n) {
		struct legacy_level *level = &legacy.levels.v[legacy.levels.n - 1];
		const struct json *json = level->next;
		if (json) {
			level->next = json->next;
			status = check_entry(&legacy, json, level->folder);
		} else {
			legacy.levels.n--;
		}
	}
	buf_fini(&legacy.location);
	return status;
}
