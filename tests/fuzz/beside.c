/* What stands beside lockfiles: settings of package managers, patches, CODEOWNERS. */
#include <fcntl.h>

#include <unistd.h>

#include "fuzz/fuzz.h"

#include "lockfile/repository.h"
#include "assay/lockfile.h"
#include "assay/policy.h"
#include "assay/tree.h"
#include "fleet/look.h"
#include "installed/private.h"

static const char *own_folder(const struct fuzz *fuzz, const char *name)
{
	const char *folder = path_join(fuzz->arena, fuzz->folder, name);
	fuzz_require(folder && folder_make(folder, NULL) == STATUS_OK);
	return folder;
}

static void put_file(const struct fuzz *fuzz, const char *folder, const char *name, struct str text)
{
	fuzz_require(file_write_unsynced(path_join(fuzz->arena, folder, name), text, NULL) == STATUS_OK);
}

/* ---- settings of the kind that `with` names: a line further down they are the same; what they do not change, is not changed ------------- */

static void compare_honoured(const struct fuzz *fuzz, const char *folder)
{
	const char *path = path_join(fuzz->arena, folder, "assay.policy.json");
	const char *other = own_folder(fuzz, "honoured-not");
	struct policy_options options = { .name = path, .folder = folder };
	struct policy *policy, *again;
	struct policy_honoured_change changes[POLICY_HONOURED];
	CLEANUP(buf_fini) struct buf once = BUF_INIT(64 * MIB);
	CLEANUP(buf_fini) struct buf twice = BUF_INIT(64 * MIB);
	struct error err = { 0 };
	size_t count;
	put_file(fuzz, folder, "assay.policy.json", STR("{\"honour\":[\"pnpm\",\"npm\",\"yarn\",\"bun\"]}"));
	enum status status = policy_load(&options, fuzz->arena, &policy, &err);
	fuzz_require(!status || err.text[0]);
	fuzz_require(policy_load(&options, fuzz->arena, &again, NULL) == status);
	if (status)
		return;
	policy_write(policy, &once);
	policy_write(again, &twice);
	fuzz_require(str_equal(buf_str(&once), buf_str(&twice)));
	fuzz_require(policy_compare_honoured(policy, folder, folder, fuzz->arena, changes, &count, NULL) == STATUS_OK && count == 0);
	fuzz_require(policy_compare_honoured(policy, other, folder, fuzz->arena, changes, &count, NULL) == STATUS_OK && count <= POLICY_HONOURED);
}

static void run_settings(const struct fuzz *fuzz, const void *with)
{
	const struct json *settings = NULL, *shifted = NULL;
	struct error err = { 0 }, shifted_err = { 0 };
	const char *folder = own_folder(fuzz, with);
	enum status status = lockfile_parse_settings(with, fuzz->input, fuzz->arena, &settings, &err);
	fuzz_require(!status || err.text[0]);
	if (fuzz_can_shift(fuzz)) {
		fuzz_require_shifted(status, &err, lockfile_parse_settings(with, fuzz_shifted(fuzz), fuzz->arena, &shifted, &shifted_err), &shifted_err);
		fuzz_require(status || !settings == !shifted);
		fuzz_require(status || !settings || fuzz_same_nodes(settings->child, shifted->child, 1));
	}
	put_file(fuzz, folder, with, fuzz->input);
	compare_honoured(fuzz, folder);
}

/* ---- what the workspace asks for, catalogs and overrides: sorted, and the same twice --------------------------------------------- */

static struct str write_requests(const struct lockfile_manifest *manifest, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(64 * MIB);
	for (size_t i = 0; i < manifest->override_count; i++)
		buf_printf(&out, "%.*s > %.*s: %.*s %u\n", STR_ARG(manifest->overrides[i].parent), STR_ARG(manifest->overrides[i].name),
			   STR_ARG(manifest->overrides[i].spec), manifest->overrides[i].line);
	for (size_t i = 0; i < manifest->catalog_count; i++) {
		fuzz_require(i == 0 || str_compare(manifest->catalogs[i - 1].name, manifest->catalogs[i].name) <= 0);
		buf_printf(&out, "%.*s %.*s: %.*s %u\n", STR_ARG(manifest->catalogs[i].parent), STR_ARG(manifest->catalogs[i].name),
			   STR_ARG(manifest->catalogs[i].spec), manifest->catalogs[i].line);
	}
	fuzz_require(!out.failed);
	return arena_copy(arena, buf_str(&out));
}

struct workspace {
	const char *format, *file;
};

static void run_workspace(const struct fuzz *fuzz, const void *with)
{
	const struct workspace *workspace = with;
	const char *folder = own_folder(fuzz, workspace->format);
	struct tree tree = { .arena = fuzz->arena, .path = "lockfile", .folder = folder, .format = workspace->format };
	struct lockfile_manifest manifest = { 0 }, again = { 0 };
	struct error err = { 0 };
	put_file(fuzz, folder, "package.json", STR("{\"dependencies\":{\"a\":\"catalog:\",\"b\":\"catalog:c\"},\"resolutions\":{\"c/d\":\"1.0.0\"}}"));
	put_file(fuzz, folder, workspace->file, fuzz->input);
	enum status status = lockfile_read_manifest(&tree, STR(""), fuzz->arena, &manifest, &err);
	fuzz_require(!status || err.text[0]);
	fuzz_require(lockfile_read_manifest(&tree, STR(""), fuzz->arena, &again, NULL) == status);
	fuzz_require(status || str_equal(write_requests(&manifest, fuzz->arena), write_requests(&again, fuzz->arena)));
}

/* ---- patches: behind a whole patch of another file, that file is touched as well and nothing else changes ------------------------- */

static size_t read_patch(const struct fuzz *fuzz, struct str text, struct str prefix, struct patch *out)
{
	*out = (struct patch){ .prefix = prefix, .paths = map_new(fuzz->arena, 0) };
	fuzz_require(out->paths && patch_read_text(text, fuzz->arena, out));
	return map_count(out->paths);
}

/* The first line is the prefix of the package's files. */
static void run_patch(const struct fuzz *fuzz, const void *with)
{
	struct str text = fuzz->input, prefix = STR_NONE;
	struct patch patch, behind, returned;
	size_t value;
	CLEANUP(buf_fini) struct buf other = BUF_INIT(64 * MIB);
	CLEANUP(buf_fini) struct buf carriage = BUF_INIT(64 * MIB);
	(void)with;
	str_split(&text, '\n', &prefix);
	size_t count = read_patch(fuzz, text, prefix, &patch);
	buf_printf(&other, "diff --git a/%.*sits/other b/%.*sits/other\n--- a/%.*sits/other\n+++ b/%.*sits/other\n@@ -1 +1 @@\n-a\n+b\n",
		   STR_ARG(prefix), STR_ARG(prefix), STR_ARG(prefix), STR_ARG(prefix));
	buf_add(&other, text);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n' && !(i && text.p[i - 1] == '\r'))
			buf_add_char(&carriage, '\r');
		buf_add_char(&carriage, text.p[i]);
	}
	fuzz_require(count <= LIMIT_PATCH_NAMES + 1 && count <= text.n);
	if (!text.n || text.p[text.n - 1] == '\n')
		fuzz_require(read_patch(fuzz, buf_str(&carriage), prefix, &returned) == count);
	bool plain = true; /* else the name in front is no line's, or ends early, or is quoted */
	for (size_t i = 0; i < prefix.n; i++)
		plain = plain && prefix.p[i] > ' ' && prefix.p[i] < 0x7f && prefix.p[i] != '"';
	if (!plain || patch.problem.n || str_starts_with(text, STR("\\")))
		return;
	bool had = map_find(patch.paths, STR("its/other"), &value);
	size_t more = read_patch(fuzz, buf_str(&other), prefix, &behind);
	fuzz_require(behind.problem.n || (map_find(behind.paths, STR("its/other"), &value) && more == count + !had));
}

/* ---- where yarn keeps its zips: the same twice, and no name of a setting -------------------------------------------------------------- */

static void run_yarn_caches(const struct fuzz *fuzz, const void *with)
{
	const char *folder = own_folder(fuzz, "yarn-caches");
	struct yarn_caches once = { NULL, NULL }, twice = { NULL, NULL };
	(void)with;
	put_file(fuzz, folder, ".yarnrc.yml", fuzz->input);
	fuzz_require(yarn_caches(folder, fuzz->arena, &once, NULL) == STATUS_OK);
	put_file(fuzz, folder, ".yarnrc.yml", arena_printf(fuzz->arena, "# of yarn\n%.*s", STR_ARG(fuzz->input)));
	if (!fuzz_can_shift(fuzz))
		return;
	fuzz_require(yarn_caches(folder, fuzz->arena, &twice, NULL) == STATUS_OK);
	fuzz_require(str_equal(str_of(once.own), str_of(twice.own)) && str_equal(str_of(once.global), str_of(twice.global)));
	fuzz_require(!once.own || (*once.own && !strstr(once.own, "${")));
	fuzz_require(!once.global || (*once.global && !strstr(once.global, "${")));
}

/* ---- what a project says that it patches: whatever file is named, nothing outside of the project is read --------------------------------- */

#define SECRET "diff --git a/secret b/secret\n--- a/secret\n+++ b/secret\n@@ -1 +1 @@\n-a\n+b\n"

static size_t count_patches(const struct fuzz *fuzz, const char *folder, struct str locator)
{
	struct tree tree = { .arena = fuzz->arena, .path = "yarn.lock", .folder = folder, .format = "berry" };
	struct package packages[2] = { { .name = STR("") }, { .name = STR("a"), .version = STR("1.0.0"), .id = locator } };
	CLEANUP(file_close) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct installed in = { .tree = &tree, .arena = fuzz->arena, .scratch = fuzz->arena, .project = folder, .project_fd = fd };
	tree.packages = packages;
	tree.package_count = 2;
	size_t count = 0;
	fuzz_require(fd >= 0 && patches_read(&in, NULL) == STATUS_OK);
	for (size_t i = 0; i < in.patches.n; i++)
		fuzz_require(in.patches.v[i].own || in.patches.v[i].problem.n || !patch_touches(&in.patches.v[i], STR("secret")));
	for (const struct patch *patch = patch_next(&in, 1, NULL); patch; patch = patch_next(&in, 1, patch))
		fuzz_require(++count <= in.patches.n);
	return count;
}

/* The first line is a's locator in a yarn.lock, the rest is the package.json. */
static void run_patched(const struct fuzz *fuzz, const void *with)
{
	struct str text = fuzz->input, locator = STR_NONE;
	const char *folder = own_folder(fuzz, "patched");
	(void)with;
	str_split(&text, '\n', &locator);
	put_file(fuzz, fuzz->folder, "secret.patch", STR(SECRET));
	put_file(fuzz, folder, "own.patch", STR("--- a/own\n+++ b/own\n@@ -1 +1 @@\n-a\n+b\n"));
	put_file(fuzz, folder, "package.json", text);
	size_t count = count_patches(fuzz, folder, locator);
	fuzz_require(count == count_patches(fuzz, folder, locator));
}

/* ---- CODEOWNERS: the first line is a path, asked of the rest. Comments change nothing, and the last line that fits counts ---------------- */

static struct str owner_of(const struct fuzz *fuzz, const char *folder, struct str text, struct str path)
{
	struct owners *owners;
	put_file(fuzz, folder, "CODEOWNERS", text);
	fuzz_require(owners_read(folder, fuzz->arena, &owners, NULL) == STATUS_OK);
	return owners_of(owners, path, fuzz->arena);
}

static void run_owners(const struct fuzz *fuzz, const void *with)
{
	struct str text = fuzz->input, path = STR_NONE, line;
	const char *folder = own_folder(fuzz, "owned");
	CLEANUP(buf_fini) struct buf spread = BUF_INIT(64 * MIB);
	(void)with;
	if (!str_split(&text, '\n', &path) || path.n == 0 || path.p[0] == '/' || str_ends_with(path, STR("/")))
		return;
	struct str owner = owner_of(fuzz, folder, text, path), all = text;
	fuzz_require(owner.n == 0 || str_find_str(all, owner) < all.n);
	while (str_split(&text, '\n', &line)) {
		buf_add(&spread, line);
		buf_add(&spread, STR("\n\n# nothing @nobody\n"));
	}
	struct str same = owner_of(fuzz, folder, buf_str(&spread), path);
	fuzz_require(str_equal(owner, same) && !owner.p == !same.p);
	buf_add(&spread, STR("** @last"));
	fuzz_require(str_equal(owner_of(fuzz, folder, buf_str(&spread), path), STR("@last")));
}

/* ---- a file ".git", and a repository's own files of a line each: only a folder that looks like a repository counts --------------------------------- */

static const char *put_line(const struct fuzz *fuzz, const char *folder, const char *name, struct str text)
{
	const char *into = path_join(fuzz->arena, fuzz->folder, folder), *path = path_join(fuzz->arena, into, name);
	fuzz_require(into && path && folder_make(into, NULL) == STATUS_OK && file_write_unsynced(path, text, NULL) == STATUS_OK);
	return into;
}

static void run_git_file(const struct fuzz *fuzz, const void *with)
{
	struct repository found = { 0 }, again = { 0 };
	const char *top = put_line(fuzz, "tree", ".git", fuzz->input);
	(void)with;
	put_line(fuzz, "tree/real", "HEAD", STR("ref: refs/heads/main\n"));
	fuzz_require(repository_open(top, fuzz->arena, &found, NULL) == STATUS_OK);
	/* Named by its own path or by another one, it is the same; else there is none here, whatever stands above. */
	put_line(fuzz, "tree", ".git", STR("gitdir: real\n"));
	fuzz_require(repository_open(top, fuzz->arena, &again, NULL) == STATUS_OK);
	fuzz_require(again.top && str_equal_z(again.branch, "main") && !again.inside.n);
	fuzz_require(!found.top || found.inside.n || str_equal(str_of(found.top), str_of(again.top)));
	/* What HEAD and commondir of one may say. */
	put_line(fuzz, "tree/real", "HEAD", fuzz->input);
	put_line(fuzz, "tree/real", "commondir", fuzz->input);
	fuzz_require(repository_open(top, fuzz->arena, &found, NULL) == STATUS_OK);
	fuzz_require(found.top && str_find(found.branch, '\0') == found.branch.n && str_find(found.branch, '\n') == found.branch.n);
	unlink(path_join(fuzz->arena, fuzz->folder, "tree/real/commondir"));
}

const struct fuzz_target fuzz_beside[] = {
	{ "git_file", run_git_file, NULL, NULL },
	{ "settings_npm", run_settings, ".npmrc", NULL },
	{ "settings_pnpm", run_settings, "pnpm-workspace.yaml", NULL },
	{ "settings_yarn", run_settings, ".yarnrc.yml", NULL },
	{ "settings_bun", run_settings, "bunfig.toml", NULL },
	{ "settings_json", run_settings, "package.json", NULL },
	{ "workspace_pnpm", run_workspace, &(const struct workspace){ "pnpm", "pnpm-workspace.yaml" }, NULL },
	{ "workspace_yarn", run_workspace, &(const struct workspace){ "berry", ".yarnrc.yml" }, NULL },
	{ "patch", run_patch, NULL, NULL },
	{ "patched", run_patched, NULL, NULL },
	{ "yarn_caches", run_yarn_caches, NULL, NULL },
	{ "owners", run_owners, NULL, NULL },
	{ 0 },
};
