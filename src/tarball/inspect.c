/*
 * What is in a tarball, and what is wrong with it. Judged is what npm would write to the disk: it drops the first component of
 * each path, leaves out links, devices and paths with "..", and lets a later file overwrite an earlier one of the same path. So
 * the last package.json is the one that counts, and that there were two is a fault.
 */
#include "assay/archive.h"
#include "assay/limits.h"
#include "binary.h"
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
	"two files have one path where letter case or Unicode form do not count",
	"a file stands beside the package's folder",
};

const char *archive_fault_text(enum archive_fault fault)
{
	return fault_texts[__builtin_ctz((unsigned)fault)];
}

/* A package inside the package, by the package.json that stays. */
struct carried {
	struct str folder, manifest;
};

struct inspector {
	const struct inspect_limits *limits;
	struct draft draft;
	struct map *paths;   /* of the files that npm would write, folded, to their number in `exact` */
	struct map *others;  /* paths that are not the first of their fold */
	VEC(struct str) exact;
	VEC(struct carried) carried;
	struct map *carried_at; /* by folder */
	struct str top;      /* the first entry's first component */
	struct str manifest; /* .p NULL: none so far */
	bool passing; /* an entry's bytes are gone when the next one comes */
	bool has_gyp, out_of_memory;
};

static void add_fault(struct inspector *inspector, enum archive_fault fault, struct str found)
{
	inspector->out_of_memory |= !draft_add_fault(&inspector->draft, fault, found);
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

struct str tarball_file_path(struct str entry_path, struct arena *arena)
{
	size_t slash = str_find(entry_path, '/');
	struct str inner = str_from(entry_path, slash + 1);
	return slash == entry_path.n || leaves(entry_path, inner) ? STR("") : plain_path(inner, arena);
}

/* ---- files ---------------------------------------------------------------------------------- */

static bool equal_but_case(struct str a, struct str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (ascii_lower((unsigned char)a.p[i]) != ascii_lower((unsigned char)b.p[i]))
			return false;
	return a.n == b.n;
}

/* What is looked at later; past the limit its size is all that counts. */
static struct str keep_text(struct inspector *inspector, struct str data)
{
	if (!inspector->passing || data.n > inspector->limits->manifest_bytes)
		return data;
	struct str copy = arena_copy(inspector->draft.arena, data);
	inspector->out_of_memory |= !copy.p;
	return copy;
}

static void note_manifest(struct inspector *inspector, struct str path, const struct tar_entry *entry)
{
	struct str name = STR("package.json");
	if (!equal_but_case(path, name))
		return;
	/* On a disk that ignores case the other spelling overwrites it. */
	if (!str_equal(path, name) || inspector->manifest.p)
		add_fault(inspector, FAULT_SECOND_MANIFEST, entry->path);
	if (str_equal(path, name))
		inspector->manifest = keep_text(inspector, entry->data);
}

/* Another file of the same path, or one that some disks take for the same. False: out of memory. */
static bool note_path(struct inspector *inspector, struct str path, const struct tar_entry *entry)
{
	struct arena *arena = inspector->draft.arena;
	size_t place, next = inspector->exact.n;
	struct str folded = path_fold(path, arena), *exact;
	if (!folded.p || !map_add(inspector->paths, folded, next, &place))
		return false;
	if (place == next) {
		exact = vec_add(arena, &inspector->exact);
		if (exact)
			*exact = path;
		return exact != NULL;
	}
	if (str_equal(inspector->exact.v[place], path) || map_find(inspector->others, path, &place)) {
		add_fault(inspector, FAULT_DUPLICATE, entry->path);
		return true;
	}
	add_fault(inspector, FAULT_FOLDED, entry->path);
	return map_set(inspector->others, path, 0);
}

/* "node_modules/a/node_modules/@b/c" is the folder of a package; whatever else lies deeper is some package's own business. */
static bool is_package_folder(struct str folder)
{
	struct str part;
	bool expect_modules = true, scoped = false;
	while (str_split(&folder, '/', &part)) {
		if (expect_modules && !str_equal(part, STR("node_modules")))
			return false;
		if (!expect_modules && !scoped && str_starts_with(part, STR("@"))) {
			scoped = true;
			continue;
		}
		scoped = false;
		expect_modules = !expect_modules;
	}
	return expect_modules;
}

static bool note_carried(struct inspector *inspector, struct str path, const struct tar_entry *entry)
{
	struct str tail = STR("/package.json");
	size_t place, next = inspector->carried.n;
	if (!str_starts_with(path, STR("node_modules/")) || !str_ends_with(path, tail))
		return true;
	struct str folder = str_head(path, path.n - tail.n);
	if (!is_package_folder(folder))
		return true;
	if (!map_add(inspector->carried_at, folder, next, &place))
		return false;
	struct carried *carried = place == next ? vec_add(inspector->draft.arena, &inspector->carried) : &inspector->carried.v[place];
	if (carried)
		*carried = (struct carried){ folder, keep_text(inspector, entry->data) };
	return carried != NULL;
}

static bool note_binary(struct inspector *inspector, struct str path, const struct tar_entry *entry)
{
	const char *kind = binary_kind(entry->data);
	if (!kind)
		return true;
	CLEANUP(buf_fini) struct buf visible = BUF_INIT(LIMIT_TARBALL_PATH * 16);
	if (inspector->draft.head.binaries++ >= INSPECTED_BINARIES_LISTED)
		return true;
	buf_add_visible(&visible, path);
	struct str shown = arena_copy(inspector->draft.arena, buf_str(&visible));
	return shown.p && draft_add(&inspector->draft, INSPECTED_BINARIES, shown, str_of(kind));
}

static bool note_file(struct inspector *inspector, const struct tar_entry *entry, struct str inner)
{
	struct inspection *head = &inspector->draft.head;
	struct str path = plain_path(inner, inspector->draft.arena);
	if (!path.p)
		return false;
	if (path.n == 0)
		return true; /* the package's folder itself, which npm does not let a file replace */
	if (entry->mode & 06000)
		add_fault(inspector, FAULT_SETUID, entry->path);
	head->files++;
	head->unpacked_bytes += entry->data.n;
	inspector->has_gyp |= str_equal(path, STR("binding.gyp"));
	note_manifest(inspector, path, entry);
	return note_path(inspector, path, entry) && note_carried(inspector, path, entry) &&
	       note_binary(inspector, path, entry);
}

static void note_kind(struct inspector *inspector, const struct tar_entry *entry)
{
	if (entry->type == TAR_SYMLINK || entry->type == TAR_HARDLINK)
		add_fault(inspector, FAULT_LINK, entry->path);
	if (entry->type == TAR_OTHER)
		add_fault(inspector, FAULT_DEVICE, entry->path);
}

/* npm drops the first component whatever it is: what lies in another folder lands in the package all the same. */
static bool note_top(struct inspector *inspector, const struct tar_entry *entry, struct str top)
{
	if (!inspector->top.p)
		inspector->top = arena_copy(inspector->draft.arena, top);
	else if (entry->type == TAR_FILE && !str_equal(inspector->top, top))
		add_fault(inspector, FAULT_OUTSIDE, entry->path);
	return inspector->top.p != NULL;
}

/* False: out of memory. */
static bool note_inside(struct inspector *inspector, const struct tar_entry *entry)
{
	size_t slash = str_find(entry->path, '/');
	struct str inner = str_from(entry->path, slash + 1);
	note_kind(inspector, entry);
	for (size_t i = 0; i < sizeof path_rules / sizeof *path_rules; i++)
		if (path_rules[i].holds(entry->path, inner))
			add_fault(inspector, path_rules[i].fault, entry->path);
	if (entry->path.n > inspector->limits->path_bytes) {
		add_fault(inspector, FAULT_LIMIT, entry->path);
		return true;
	}
	bool dropped = slash == entry->path.n || leaves(entry->path, inner);
	return entry->type != TAR_FILE || dropped || note_file(inspector, entry, inner);
}

static bool note_entry(void *context, const struct tar_entry *entry)
{
	struct inspector *inspector = context;
	bool fine = note_top(inspector, entry, str_head(entry->path, str_find(entry->path, '/'))) && note_inside(inspector, entry);
	inspector->out_of_memory |= !fine;
	return !inspector->out_of_memory;
}

/* ---- the archive ------------------------------------------------------------------------------ */

static void add_failure(struct inspector *inspector, enum status status, enum archive_fault fault, const struct error *err)
{
	add_fault(inspector, status == STATUS_INVALID ? fault : FAULT_LIMIT, str_of(err->text));
}

static bool unpack(struct inspector *inspector, struct str bytes, struct inflater *inflater, struct str *tar)
{
	struct error err;
	size_t trailing;
	if (!gzip_is(bytes)) {
		add_fault(inspector, FAULT_NOT_GZIP, STR("it does not begin as a gzip file does"));
		*tar = bytes;
		return true;
	}
	enum status status = inflater_run(inflater, bytes, inspector->limits->unpacked_bytes, tar, &trailing, &err);
	if (status) {
		add_failure(inspector, status, FAULT_NOT_GZIP, &err);
		/* Another inflater may be more lenient: nobody has looked at what npm would then install. */
		if (status == STATUS_INVALID)
			add_fault(inspector, FAULT_NOT_TAR, STR("nothing in it could be read"));
		return false;
	}
	if (trailing)
		add_fault(inspector, FAULT_TRAILING, STR("behind the gzip data"));
	return true;
}

static void read_manifest(struct inspector *inspector)
{
	struct error err;
	if (inspector->manifest.n > inspector->limits->manifest_bytes) {
		add_fault(inspector, FAULT_LIMIT, STR("package.json"));
		return;
	}
	enum status status = manifest_inspect(inspector->manifest, inspector->has_gyp, &inspector->draft, &err);
	if (status)
		add_fault(inspector, status == STATUS_MEMORY ? FAULT_LIMIT : FAULT_BAD_MANIFEST, str_of(err.text));
}

/* What is too large to be read is carried without a name that could be compared. */
static bool read_carried(struct inspector *inspector)
{
	for (size_t i = 0; i < inspector->carried.n; i++) {
		const struct carried *carried = &inspector->carried.v[i];
		struct str label = STR_NONE;
		if (carried->manifest.n <= inspector->limits->manifest_bytes)
			label = manifest_label(carried->manifest, inspector->draft.arena);
		if (!draft_add(&inspector->draft, INSPECTED_CARRIED, carried->folder, label))
			return false;
	}
	return true;
}

/* What the walk over the archive came to, and what can be said when it is over. */
static void conclude(struct inspector *inspector, enum status status, struct error *err)
{
	if (!status && inspector->out_of_memory)
		status = error_memory(err);
	if (status)
		add_failure(inspector, status, FAULT_NOT_TAR, err);
	if (inspector->manifest.p)
		read_manifest(inspector);
	else if (!status)
		add_fault(inspector, FAULT_NO_MANIFEST, STR_NONE);
	if (!read_carried(inspector))
		add_fault(inspector, FAULT_LIMIT, STR("out of memory"));
}

static void inspect_tar(struct inspector *inspector, struct str tar)
{
	struct error err;
	size_t behind = 0;
	enum status status = tar_walk(tar, inspector->limits->entries, note_entry, inspector, &behind, &err);
	conclude(inspector, status, &err);
	if (!status && behind)
		add_fault(inspector, FAULT_TRAILING, STR("behind the end of the tar data"));
}

struct str tarball_zip_folder(struct str path)
{
	struct str modules = STR("node_modules/");
	if (!str_starts_with(path, modules))
		return STR("");
	size_t at = modules.n + str_find(str_from(path, modules.n), '/') + 1;
	if (str_from(path, modules.n).n && path.p[modules.n] == '@')
		at += str_find(str_from(path, at), '/') + 1;
	return at <= path.n ? str_head(path, at) : STR("");
}

/* As if it stood in a tarball: the package's folder, of one component, in place of yarn's. What stands elsewhere keeps its path. */
static bool note_zip_entry(void *context, const struct tar_entry *entry)
{
	struct inspector *inspector = context;
	struct str folder = tarball_zip_folder(entry->path), path = entry->path;
	struct tar_entry as = *entry;
	if (entry->type == TAR_FOLDER)
		return true;
	if (!inspector->top.p && folder.n)
		inspector->top = arena_copy(inspector->draft.arena, folder);
	struct str inner = folder.n && str_equal(folder, inspector->top) ? str_from(path, folder.n) : STR_NONE;
	if (inner.p)
		as.path = arena_printf(inspector->draft.arena, "package/%.*s", STR_ARG(inner));
	else
		add_fault(inspector, FAULT_OUTSIDE, path);
	bool fine = as.path.p && note_inside(inspector, &as);
	inspector->out_of_memory |= !fine;
	return !inspector->out_of_memory;
}

static void inspect_zip(struct inspector *inspector, struct str zip)
{
	struct error err;
	inspector->passing = true;
	enum status status = zip_walk_entries(zip, inspector->limits->entries, inspector->limits->unpacked_bytes, note_zip_entry, inspector, &err);
	conclude(inspector, status, &err);
}

enum status inspect_within(const struct proven_tarball *tarball, struct inflater *inflater,
			   const struct inspect_limits *limits, struct buf *out, struct error *err)
{
	struct str tar;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_BYTES);
	struct inspector inspector = { .limits = limits, .draft = { .arena = arena } };
	if (!arena)
		return error_memory(err);
	inspector.paths = map_new(arena, 0);
	inspector.others = map_new(arena, 0);
	inspector.carried_at = map_new(arena, 0);
	if (!inspector.paths || !inspector.others || !inspector.carried_at)
		return error_memory(err);
	if (tarball->zip)
		inspect_zip(&inspector, tarball->bytes);
	else if (unpack(&inspector, tarball->bytes, inflater, &tar))
		inspect_tar(&inspector, tar);
	return draft_write(&inspector.draft, limits->noted_bytes, out, err);
}

enum status tarball_inspect(const struct proven_tarball *tarball, struct inflater *inflater, struct buf *out, struct error *err)
{
	static const struct inspect_limits limits = {
		.unpacked_bytes = LIMIT_TARBALL_UNPACKED_BYTES,
		.entries = LIMIT_TARBALL_ENTRIES,
		.path_bytes = LIMIT_TARBALL_PATH,
		.manifest_bytes = LIMIT_MANIFEST_BYTES,
		.noted_bytes = LIMIT_INSPECTION_BYTES,
	};
	return inspect_within(tarball, inflater, &limits, out, err);
}
