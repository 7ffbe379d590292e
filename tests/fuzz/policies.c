/* Policies, and what stands in for them: other tools' lists of what is accepted, OpenVEX. */
#include "fuzz/fuzz.h"

#include "assay/policy.h"

static const char *write_file(const struct fuzz *fuzz, const char *name, struct str text)
{
	const char *path = path_join(fuzz->arena, fuzz->folder, name);
	fuzz_require(file_write_unsynced(path, text, NULL) == STATUS_OK);
	return path;
}

static enum status load(const struct fuzz *fuzz, const char *path, struct str *written, struct error *err)
{
	struct policy_options options = { .name = path };
	struct policy *policy;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	enum status status = policy_load(&options, fuzz->arena, &policy, err);
	if (status)
		return status;
	policy_write(policy, &text);
	*written = arena_copy(fuzz->arena, buf_str(&text));
	return STATUS_OK;
}

/* Waivers with two ids that no policy holds yet can be added to whatever loads, and then it still loads. */
static void add_waivers(const struct fuzz *fuzz, const char *path)
{
	struct policy_new_waiver waivers[] = {
		{ .id = STR("GHSA-fuzz-fuzz-0001"), .reason = STR("a \"reason\"\n\\ with signs"), .expires = STR("2026-12-31") },
		{ .id = STR("GHSA-fuzz-fuzz-0002"), .package = STR("a@^1"), .reason = STR("b"), .expires = STR("2026-12-31") },
	};
	struct str text, written;
	struct error err = { 0 };
	if (policy_add_waivers(fuzz->input, path, waivers, 2, fuzz->arena, &text, &err))
		return; /* its waivers are no list, or it has them already */
	fuzz_require(text.n > fuzz->input.n);
	const char *changed = write_file(fuzz, "changed.policy.json", text);
	enum status status = load(fuzz, changed, &written, &err);
	if (status)
		fprintf(stderr, "%s\n%.*s\n", err.text, STR_ARG(text));
	fuzz_require(status == STATUS_OK);
	fuzz_require(str_find_str(written, STR("GHSA-fuzz-fuzz-0002")) < written.n);
}

static void run_policy(const struct fuzz *fuzz, const void *with)
{
	struct error err = { 0 };
	struct str once, twice;
	(void)with;
	const char *path = write_file(fuzz, "assay.policy.json", fuzz->input);
	enum status status = load(fuzz, path, &once, &err);
	fuzz_require(!status || err.text[0]);
	fuzz_require(load(fuzz, path, &twice, NULL) == status);
	if (status)
		return;
	fuzz_require(str_equal(once, twice));
	add_waivers(fuzz, path);
}

/* What is translated of another tool's file are waivers that a policy takes. */
static void run_import(const struct fuzz *fuzz, const void *with)
{
	struct policy_imported imported = { 0 };
	struct str text, written;
	struct error err = { 0 };
	size_t known;
	write_file(fuzz, with, fuzz->input);
	const char *path = path_join(fuzz->arena, fuzz->folder, with);
	if (policy_import(path, LIMIT_POLICY_BYTES, fuzz->arena, &imported, &err)) {
		fuzz_require(err.text[0]);
		return;
	}
	size_t count = imported.waivers.n;
	fuzz_require(policy_drop_known_waivers(STR_NONE, "new", imported.waivers.v, &count, &known, fuzz->arena, NULL) == STATUS_OK || count);
	if (count == 0)
		return;
	enum status status = policy_add_waivers(STR_NONE, "new", imported.waivers.v, count, fuzz->arena, &text, &err);
	if (status)
		fprintf(stderr, "%s\n", err.text);
	fuzz_require(status == STATUS_OK);
	path = write_file(fuzz, "imported.policy.json", text);
	fuzz_require(load(fuzz, path, &written, &err) == STATUS_OK);
}

static void run_vex(const struct fuzz *fuzz, const void *with)
{
	struct str once, twice;
	struct error err = { 0 };
	(void)with;
	write_file(fuzz, "document.vex.json", fuzz->input);
	const char *path = write_file(fuzz, "vex.policy.json", STR("{\"vex\":[\"document.vex.json\"]}"));
	enum status status = load(fuzz, path, &once, &err);
	fuzz_require(!status || err.text[0]);
	fuzz_require(load(fuzz, path, &twice, NULL) == status);
	fuzz_require(status || str_equal(once, twice));
}

const struct fuzz_target fuzz_policies[] = {
	{ "policy", run_policy, NULL, "policies/*.json" },
	{ "osv_scanner", run_import, "osv-scanner.toml", "fixtures/imports/osv-scanner.toml" },
	{ "grype", run_import, ".grype.yaml", NULL },
	{ "trivyignore", run_import, ".trivyignore", NULL },
	{ "trivyignore_yaml", run_import, ".trivyignore.yaml", NULL },
	{ "nsprc", run_import, ".nsprc", NULL },
	{ "audit_ci", run_import, "audit-ci.jsonc", "fixtures/imports/audit-ci.jsonc" },
	{ "vex", run_vex, NULL, NULL },
	{ 0 },
};
