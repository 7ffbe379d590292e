/*
 * What is in a tarball, and what is wrong with it. Judged is what npm would write to the disk: it drops the first component of
 * each path, leaves out links, devices and paths with "..", and lets a later file overwrite an earlier one of the same path. So
 * the last package.json is the one that counts, and that there were two is a fault.
 */
#include "assay/archive.h"
#include "assay/limits.h"
#include "inspect.h"
#include "manifest.h"

/* Paths and the package.json's values: 200,000 paths as long as they may be do not fit, and are past a limit, too. */
#define ARENA_BYTES (512 * MIB)

static const char *const fault_texts[ARCHIVE_FAULTS] = {
	"it is not gzip, or damaged",
	"it is not tar, damaged, or cut short",
	"bytes stand behind the end of the archive",
	"it is larger than the limits",
	"a path is absolute, names a drive or holds a backslash",
	"a path leaves the package",
	"it holds a link",
	"it holds a device, a fifo or an entry of an unknown kind",
	"two files have one path",
	"a path holds control characters or malformed UTF-8",
	"no package.json stands at the top",
	"its package.json is no JSON object",
	"two package.json stand at the top",
	"a file has the setuid or setgid bit",
};

const char *archive_fault_text(enum archive_fault fault)
{
	return fault_texts[__builtin_ctz((unsigned)fault)];
}

struct inspector {
	const struct inspect_limits *limits;
	struct inspection *out;
	struct arena *arena;
	struct map *paths;   /* of the files that npm would write */
	struct str manifest; /* .p NULL: none so far */
	bool has_gyp, out_of_memory;
};

static void add_fault(struct inspection *out, enum archive_fault fault, struct str found)
{
	size_t i = (size_t)__builtin_ctz((unsigned)fault);
	if (out->faults & fault)
		return;
	out->faults |= fault;
	inspection_set_text(out->fault_path[i], sizeof out->fault_path[i], found);
}

/* ---- paths ---------------------------------------------------------------------------------- */

static bool has_drive(struct str path)
{
	return path.n >= 2 && path.p[1] == ':' && ascii_is_alpha((unsigned char)path.p[0]);
}

/* Dropping the first component can uncover another root: "package//etc/passwd", "package/C:/x". */
static bool is_absolute(struct str path, struct str inner)
{
	struct str slash = STR("/");
	return str_starts_with(path, slash) || str_starts_with(inner, slash) || has_drive(path) || has_drive(inner) ||
	       str_find(path, '\\') < path.n;
}

/* On Windows both slashes separate. */
static bool leaves(struct str path, struct str inner)
{
	(void)inner;
	size_t start = 0;
	for (size_t i = 0; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/' && path.p[i] != '\\')
			continue;
		if (str_equal(str_head(str_from(path, start), i - start), STR("..")))
			return true;
		start = i + 1;
	}
	return false;
}

static bool has_control(struct str path, struct str inner)
{
	(void)inner;
	for (size_t i = 0; i < path.n;) {
		uint32_t code;
		size_t n = utf8_next(str_from(path, i), &code);
		if (n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0))
			return true;
		i += n;
	}
	return false;
}

static const struct {
	enum archive_fault fault;
	bool (*holds)(struct str path, struct str inner);
} path_rules[] = {
	{ FAULT_ABSOLUTE, is_absolute },
	{ FAULT_ESCAPE, leaves },
	{ FAULT_CONTROL_NAME, has_control },
};

/* The path below the package's folder, without empty components and "."; .p is NULL when out of memory. */
static struct str plain_path(struct str inner, struct arena *arena)
{
	char *out = arena_alloc(arena, inner.n + 1);
	size_t n = 0;
	struct str part;
	if (!out)
		return STR_NONE;
	while (str_split(&inner, '/', &part)) {
		if (part.n == 0 || str_equal(part, STR(".")))
			continue;
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	return (struct str){ out, n };
}

/* ---- files ---------------------------------------------------------------------------------- */

static bool equal_but_case(struct str a, struct str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (ascii_lower((unsigned char)a.p[i]) != ascii_lower((unsigned char)b.p[i]))
			return false;
	return a.n == b.n;
}

static void note_manifest(struct inspector *inspector, struct str path, const struct tar_entry *entry)
{
	struct str name = STR("package.json");
	if (!equal_but_case(path, name))
		return;
	/* On a disk that ignores case the other spelling overwrites it. */
	if (!str_equal(path, name) || inspector->manifest.p)
		add_fault(inspector->out, FAULT_SECOND_MANIFEST, entry->path);
	if (str_equal(path, name))
		inspector->manifest = entry->data;
}

static bool note_file(struct inspector *inspector, const struct tar_entry *entry, struct str inner)
{
	size_t seen;
	struct str path = plain_path(inner, inspector->arena);
	if (!path.p)
		return false;
	if (path.n == 0)
		return true; /* the package's folder itself, which npm does not let a file replace */
	if (map_find(inspector->paths, path, &seen))
		add_fault(inspector->out, FAULT_DUPLICATE, entry->path);
	else if (!map_set(inspector->paths, path, 0))
		return false;
	if (entry->mode & 06000)
		add_fault(inspector->out, FAULT_SETUID, entry->path);
	inspector->out->files++;
	inspector->out->unpacked_bytes += entry->data.n;
	inspector->has_gyp |= str_equal(path, STR("binding.gyp"));
	note_manifest(inspector, path, entry);
	return true;
}

static void note_kind(struct inspection *out, const struct tar_entry *entry)
{
	if (entry->type == TAR_SYMLINK || entry->type == TAR_HARDLINK)
		add_fault(out, FAULT_LINK, entry->path);
	if (entry->type == TAR_OTHER)
		add_fault(out, FAULT_DEVICE, entry->path);
}

static bool note_entry(void *context, const struct tar_entry *entry)
{
	struct inspector *inspector = context;
	size_t slash = str_find(entry->path, '/');
	struct str inner = str_from(entry->path, slash + 1);
	note_kind(inspector->out, entry);
	for (size_t i = 0; i < sizeof path_rules / sizeof *path_rules; i++)
		if (path_rules[i].holds(entry->path, inner))
			add_fault(inspector->out, path_rules[i].fault, entry->path);
	if (entry->path.n > inspector->limits->path_bytes) {
		add_fault(inspector->out, FAULT_LIMIT, entry->path);
		return true;
	}
	bool dropped = slash == entry->path.n || leaves(entry->path, inner);
	if (entry->type == TAR_FILE && !dropped)
		inspector->out_of_memory = !note_file(inspector, entry, inner);
	return !inspector->out_of_memory;
}

/* ---- the archive ------------------------------------------------------------------------------ */

static void add_failure(struct inspection *out, enum status status, enum archive_fault fault, const struct error *err)
{
	add_fault(out, status == STATUS_INVALID ? fault : FAULT_LIMIT, str_of(err->text));
}

static bool unpack(const struct proven_tarball *tarball, struct inflater *inflater, size_t max, struct str *tar,
		   struct inspection *out)
{
	struct error err;
	size_t trailing;
	if (!gzip_is(tarball->bytes)) {
		add_fault(out, FAULT_NOT_GZIP, STR("it does not begin as a gzip file does"));
		*tar = tarball->bytes;
		return true;
	}
	enum status status = inflater_run(inflater, tarball->bytes, max, tar, &trailing, &err);
	if (status) {
		add_failure(out, status, FAULT_NOT_GZIP, &err);
		/* Another inflater may be more lenient: nobody has looked at what npm would then install. */
		if (status == STATUS_INVALID)
			add_fault(out, FAULT_NOT_TAR, STR("nothing in it could be read"));
		return false;
	}
	if (trailing)
		add_fault(out, FAULT_TRAILING, STR("behind the gzip data"));
	return true;
}

static void read_manifest(struct inspector *inspector)
{
	struct inspection *out = inspector->out;
	struct error err;
	if (inspector->manifest.n > inspector->limits->manifest_bytes) {
		add_fault(out, FAULT_LIMIT, STR("package.json"));
		return;
	}
	enum status status = manifest_inspect(inspector->manifest, inspector->has_gyp, inspector->arena, out, &err);
	if (status)
		add_fault(out, status == STATUS_MEMORY ? FAULT_LIMIT : FAULT_BAD_MANIFEST, str_of(err.text));
}

static void inspect_tar(struct inspector *inspector, struct str tar)
{
	struct inspection *out = inspector->out;
	struct error err;
	size_t behind;
	enum status status = tar_walk(tar, inspector->limits->entries, note_entry, inspector, &behind, &err);
	if (!status && inspector->out_of_memory)
		status = error_memory(&err);
	if (status)
		add_failure(out, status, FAULT_NOT_TAR, &err);
	else if (behind)
		add_fault(out, FAULT_TRAILING, STR("behind the end of the tar data"));
	if (inspector->manifest.p)
		read_manifest(inspector);
	else if (!status)
		add_fault(out, FAULT_NO_MANIFEST, STR_NONE);
}

void inspect_within(const struct proven_tarball *tarball, struct inflater *inflater,
		    const struct inspect_limits *limits, struct inspection *out)
{
	struct str tar;
	memset(out, 0, sizeof *out);
	if (!unpack(tarball, inflater, limits->unpacked_bytes, &tar, out))
		return;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_BYTES);
	struct inspector inspector = { .limits = limits, .out = out, .arena = arena };
	inspector.paths = arena ? map_new(arena, 0) : NULL;
	if (inspector.paths)
		inspect_tar(&inspector, tar);
	else
		add_fault(out, FAULT_LIMIT, STR("out of memory"));
}

void tarball_inspect(const struct proven_tarball *tarball, struct inflater *inflater, struct inspection *out)
{
	static const struct inspect_limits limits = {
		.unpacked_bytes = LIMIT_TARBALL_UNPACKED_BYTES,
		.entries = LIMIT_TARBALL_ENTRIES,
		.path_bytes = LIMIT_TARBALL_PATH,
		.manifest_bytes = LIMIT_MANIFEST_BYTES,
	};
	inspect_within(tarball, inflater, &limits, out);
}
