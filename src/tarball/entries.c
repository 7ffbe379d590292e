/*
 * What is in a tarball, and what is wrong with it. Judged is what npm would write to the disk: it drops the first component of
 * each path, leaves out links, devices and paths with "..", and lets a later file overwrite an earlier one of the same path. So
 * the last package.json is the one that counts, and that there were two is a fault.
 */
#include <limits.h>

#include "assay/limits.h"
#include "binary.h"
#include "inspector.h"
#include "manifest.h"

/* A path that is longer is known by its digest, so that 200,000 of them need no more memory than short ones. */
enum { KEPT_PATH = 64 };

static const char *const fault_texts[ARCHIVE_FAULTS] = {
	"it is not gzip, or damaged",
	"it is not tar, damaged, or cut short",
	"bytes stand behind the end of the archive",
	"it is larger than the limits",
	"a path is absolute, names a drive or holds a backslash",
	"a path leaves the package",
	"it holds a link",
	"it holds a device, a fifo or an entry of an unknown kind",
	"two entries have one path",
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

void inspector_add_fault(struct inspector *inspector, enum archive_fault fault, struct str found)
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
	return str_starts_with(path, slash) || str_starts_with(inner, slash) || has_drive(path) || has_drive(inner) || str_find(path, '\\') < path.n;
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

/* What is looked at later; past the limit its size is all that counts. The last one stays. */
static struct str keep_manifest(struct inspector *inspector, const struct tar_entry *entry)
{
	if (entry->size > inspector->limits->manifest_bytes)
		return (struct str){ "", (size_t)entry->size };
	if (!inspector->passing)
		return entry->data;
	buf_clear(&inspector->manifest_copy);
	buf_add(&inspector->manifest_copy, entry->data);
	inspector->out_of_memory |= inspector->manifest_copy.failed;
	return entry->size ? buf_str(&inspector->manifest_copy) : STR("");
}

static void note_manifest(struct inspector *inspector, struct str path, const struct tar_entry *entry)
{
	struct str name = STR("package.json");
	if (!equal_but_case(path, name))
		return;
	/* On a disk that ignores case the other spelling overwrites it. */
	if (!str_equal(path, name) || inspector->manifest.p)
		inspector_add_fault(inspector, FAULT_SECOND_MANIFEST, entry->path);
	if (str_equal(path, name))
		inspector->manifest = keep_manifest(inspector, entry);
}

/* What a path is known by for as long as the archive is read. */
static struct str keep_path(struct inspector *inspector, struct str path)
{
	struct digest digest;
	if (path.n <= KEPT_PATH)
		return arena_copy(inspector->draft.arena, path);
	if (!digest_of(DIGEST_SHA256, path, &digest))
		return STR_NONE;
	return arena_copy(inspector->draft.arena, (struct str){ (const char *)digest.bytes, digest_size(DIGEST_SHA256) });
}

/* The folder and those above it, up to one that is known. What is a file already cannot be one as well: which of the two is there in the end, or neither,
 * depends on who unpacks. False: out of memory. */
static bool note_folders(struct inspector *inspector, struct str folder, const struct tar_entry *entry)
{
	for (; folder.n; folder = path_parent(folder)) {
		size_t there;
		struct str folded = path_fold(folder, inspector->scratch);
		struct str key = folded.n > KEPT_PATH ? keep_path(inspector, folded) : folded;
		if (!key.p)
			return false;
		if (map_find(inspector->folders, key, &there))
			return true;
		if (folded.n <= KEPT_PATH && !(key = keep_path(inspector, folded)).p)
			return false;
		if (!map_set(inspector->folders, key, 1))
			return false;
		if (map_find(inspector->paths, key, &there))
			inspector_add_fault(inspector, FAULT_DUPLICATE, entry->path);
	}
	return true;
}

/* Another file of the same path, or one that some disks take for the same. False: out of memory. */
static bool note_path(struct inspector *inspector, struct str path, const struct tar_entry *entry)
{
	struct arena *arena = inspector->draft.arena;
	size_t place, next = inspector->exact.n;
	struct str folded = path_fold(path, inspector->scratch), *exact;
	bool same = folded.p == path.p;
	path = keep_path(inspector, path);
	if (path.p && folded.p)
		folded = same ? path : keep_path(inspector, folded);
	if (!path.p || !folded.p || !map_add(inspector->paths, folded, next, &place))
		return false;
	if (place == next) {
		if (map_find(inspector->folders, folded, &place))
			inspector_add_fault(inspector, FAULT_DUPLICATE, entry->path);
		exact = vec_add(arena, &inspector->exact);
		if (exact)
			*exact = path;
		return exact != NULL;
	}
	if (str_equal(inspector->exact.v[place], path) || map_find(inspector->others, path, &place)) {
		inspector_add_fault(inspector, FAULT_DUPLICATE, entry->path);
		return true;
	}
	inspector_add_fault(inspector, FAULT_FOLDED, entry->path);
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
	struct arena *arena = inspector->draft.arena;
	size_t place, next = inspector->carried.n;
	if (!str_starts_with(path, STR("node_modules/")) || !str_ends_with(path, tail))
		return true;
	struct str folder = str_head(path, path.n - tail.n);
	if (!is_package_folder(folder))
		return true;
	/* What is too large to be read is carried without a name that could be compared. */
	struct str label = STR_NONE;
	if (entry->size <= inspector->limits->manifest_bytes)
		label = manifest_label(entry->data, inspector->scratch);
	inspector->carried_bytes += folder.n + label.n;
	inspector->draft.overfull |= inspector->carried_bytes > inspector->limits->noted_bytes;
	if (inspector->draft.overfull)
		return true;
	folder = arena_copy(arena, folder);
	if (!folder.p || !map_add(inspector->carried_at, folder, next, &place))
		return false;
	struct carried *carried = place == next ? vec_add(arena, &inspector->carried) : &inspector->carried.v[place];
	if (carried)
		*carried = (struct carried){ folder, label.p ? arena_copy(arena, label) : label };
	return carried != NULL;
}

static bool note_binary(struct inspector *inspector, struct str path, const struct tar_entry *entry)
{
	const char *kind = binary_kind(entry->data);
	if (!kind)
		return true;
	CLEANUP(buf_fini) struct buf visible = BUF_INIT((size_t)16 * LIMIT_TARBALL_PATH);
	if (inspector->draft.head.binaries++ >= INSPECTED_BINARIES_LISTED)
		return true;
	buf_add_visible(&visible, path);
	struct str shown = arena_copy(inspector->draft.arena, buf_str(&visible));
	return shown.p && draft_add(&inspector->draft, INSPECTED_BINARIES, shown, str_of(kind));
}

static bool note_file(struct inspector *inspector, const struct tar_entry *entry, struct str inner)
{
	struct inspection *head = &inspector->draft.head;
	struct str path = plain_path(inner, inspector->scratch);
	if (!path.p)
		return false;
	if (path.n == 0)
		return true; /* the package's folder itself, which npm does not let a file replace */
	if (entry->mode & 06000)
		inspector_add_fault(inspector, FAULT_SETUID, entry->path);
	head->files++;
	head->unpacked_bytes += entry->size;
	inspector->has_gyp |= str_equal(path, STR("binding.gyp"));
	note_manifest(inspector, path, entry);
	return note_path(inspector, path, entry) && note_folders(inspector, path_parent(path), entry) && note_carried(inspector, path, entry) &&
	       note_binary(inspector, path, entry);
}

static bool note_folder(struct inspector *inspector, const struct tar_entry *entry, struct str inner)
{
	struct str path = plain_path(inner, inspector->scratch);
	return path.p && note_folders(inspector, path, entry);
}

/* No system has a file of such a name: npm leaves it out. */
static bool has_long_part(struct str path)
{
	struct str part;
	while (path.n > NAME_MAX && str_split(&path, '/', &part))
		if (part.n > NAME_MAX)
			return true;
	return false;
}

static void note_kind(struct inspector *inspector, const struct tar_entry *entry)
{
	if (entry->type == TAR_SYMLINK || entry->type == TAR_HARDLINK)
		inspector_add_fault(inspector, FAULT_LINK, entry->path);
	if (entry->type == TAR_OTHER)
		inspector_add_fault(inspector, FAULT_DEVICE, entry->path);
}

/* npm drops the first component whatever it is: what lies in another folder lands in the package all the same. */
static bool note_top(struct inspector *inspector, const struct tar_entry *entry, struct str top)
{
	if (!inspector->top.p)
		inspector->top = arena_copy(inspector->draft.arena, top);
	else if (entry->type == TAR_FILE && !str_equal(inspector->top, top))
		inspector_add_fault(inspector, FAULT_OUTSIDE, entry->path);
	return inspector->top.p != NULL;
}

/* False: out of memory. */
bool inspector_note_inside(struct inspector *inspector, const struct tar_entry *entry)
{
	size_t slash = str_find(entry->path, '/');
	struct str inner = str_from(entry->path, slash + 1);
	note_kind(inspector, entry);
	for (size_t i = 0; i < sizeof path_rules / sizeof *path_rules; i++)
		if (path_rules[i].holds(entry->path, inner))
			inspector_add_fault(inspector, path_rules[i].fault, entry->path);
	if (entry->path.n > inspector->limits->path_bytes || has_long_part(entry->path)) {
		inspector_add_fault(inspector, FAULT_LIMIT, entry->path);
		return true;
	}
	if (slash == entry->path.n || leaves(entry->path, inner))
		return true; /* dropped */
	return entry->type == TAR_FILE ? note_file(inspector, entry, inner) : entry->type != TAR_FOLDER || note_folder(inspector, entry, inner);
}

bool inspector_note_entry(void *context, const struct tar_entry *entry)
{
	struct inspector *inspector = context;
	arena_reset(inspector->scratch);
	bool fine = note_top(inspector, entry, str_head(entry->path, str_find(entry->path, '/'))) && inspector_note_inside(inspector, entry);
	inspector->out_of_memory |= !fine;
	return !inspector->out_of_memory;
}
