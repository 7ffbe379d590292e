/* osv-scanner.toml, .grype.yaml, .trivyignore and .trivyignore.yaml. */
#include "assay/lockfile.h"
#include "assay/semver.h"
#include "policy/import.h"

static bool is_true(const struct json *object, const char *key)
{
	return str_equal_z(json_find_text(object, key), "true");
}

/* "name@1.0.0"; a version is one version, never a range, and a name no pattern. STR_NONE: told that it is not so. */
static struct str package_at(struct import *import, uint32_t line, struct str name, struct str version)
{
	struct semver parsed;
	if (str_find(name, '*') < name.n || (version.n && !semver_parse(version, SEMVER_LOOSE, &parsed))) {
		import_leave(import, line, "\"%.*s\", \"%.*s\": no name and version of npm's", STR_ARG(name), STR_ARG(version));
		return STR_NONE;
	}
	struct str text = arena_printf(import->arena, "%.*s%s%.*s", STR_ARG(name), version.n ? "@" : "", STR_ARG(version));
	import->failed |= !text.p;
	return text;
}

static enum status parse(struct import *import, const char *name, const struct json **out)
{
	*out = NULL;
	return lockfile_parse_settings(name, import->text, import->arena, out, import->err);
}

/* ---- osv-scanner (https://google.github.io/osv-scanner/configuration/) ------------------------- */

static void osv_ignored(struct import *import, const struct json *entry)
{
	struct policy_new_waiver waiver = { .id = json_find_text(entry, "id"), .reason = json_find_text(entry, "reason") };
	const struct json *until = json_find(entry, "ignoreUntil");
	import_leave_unknown(import, entry, "id reason ignoreUntil");
	if (!waiver.id.n)
		import_leave(import, entry->line, "an entry without \"id\"");
	else if (until && !import_end(import, json_text(until), &waiver.expires))
		import_leave(import, until->line, "%.*s: \"%.*s\" is no date", STR_ARG(waiver.id), STR_ARG(json_text(until)));
	else
		import_add(import, entry->line, waiver);
}

static void osv_license(struct import *import, const struct json *entry, struct str package)
{
	const struct json *override = json_find(json_find(entry, "license"), "override");
	if (override && override->child)
		import_leave(import, override->key_line, "a license is no waiver; write: \"licenses\": {\"%.*s\": \"%.*s\"}", STR_ARG(package),
			     STR_ARG(json_text(override->child)));
}

/* What it ignores altogether is its vulnerabilities and licenses: it knows of nothing else. */
static void osv_override(struct import *import, const struct json *entry)
{
	struct str name = json_find_text(entry, "name"), ecosystem = json_find_text(entry, "ecosystem"), end = STR_NONE;
	const struct json *until = json_find(entry, "effectiveUntil");
	bool all = is_true(entry, "ignore");
	if (ecosystem.n && !str_equal_z(ecosystem, "npm")) {
		import_leave(import, entry->line, "about packages of %.*s", STR_ARG(ecosystem));
		return;
	}
	if (!name.n || is_true(entry, "nameIsRegex") || json_find(entry, "group")) {
		import_leave(import, entry->line, "packages by %s cannot be said as narrowly",
			     !name.n                   ? "everything but a name" :
			     json_find(entry, "group") ? "group" :
							 "regular expression");
		return;
	}
	if (until && !import_end(import, json_text(until), &end)) {
		import_leave(import, until->line, "\"%.*s\" is no date", STR_ARG(json_text(until)));
		return;
	}
	struct str package = package_at(import, entry->line, name, json_find_text(entry, "version"));
	if (!package.p)
		return;
	struct policy_new_waiver waiver = { .package = package, .expires = end, .reason = json_find_text(entry, "reason") };
	import_leave_unknown(import, entry, "name version ecosystem ignore nameIsRegex group vulnerability license effectiveUntil reason");
	osv_license(import, entry, package);
	waiver.rule = STR("vulnerability");
	if (all || is_true(json_find(entry, "vulnerability"), "ignore"))
		import_add(import, entry->line, waiver);
	waiver.rule = STR("license");
	if (all || is_true(json_find(entry, "license"), "ignore"))
		import_add(import, entry->line, waiver);
}

enum status import_osv_scanner(struct import *import)
{
	const struct json *top;
	enum status status = parse(import, "osv-scanner.toml", &top);
	import_leave_unknown(import, top, "IgnoredVulns PackageOverrides");
	json_each(entry, json_find(top, "IgnoredVulns"))
		osv_ignored(import, entry);
	json_each(entry, json_find(top, "PackageOverrides"))
		osv_override(import, entry);
	return status;
}

/* ---- grype (https://github.com/anchore/grype, "Specifying matches to ignore") ----------------------- */

/* Conditions narrow a rule: one that ours lacks cannot be dropped. NULL: all can be said. */
static const char *grype_narrower(const struct json *entry)
{
	static const char *const keys[] = { "location", "upstream-name" };
	const struct json *package = json_find(entry, "package");
	struct str fix = json_find_text(entry, "fix-state");
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (json_find(package, keys[i]))
			return keys[i];
	if (json_find(entry, "vex-status") || json_find(entry, "vex-justification"))
		return "VEX (name the document in \"vex\")";
	if (json_find(entry, "match-type"))
		return "match-type";
	return str_equal_z(fix, "fixed") ? "fix-state: fixed" : NULL;
}

static bool grype_is_npm(const struct json *entry)
{
	const struct json *package = json_find(entry, "package");
	struct str type = json_find_text(package, "type"), language = json_find_text(package, "language");
	struct str space = json_find_text(entry, "namespace");
	return (!type.n || str_equal_z(type, "npm")) && (!language.n || str_equal_z(language, "javascript")) &&
	       (!space.n || str_ends_with(space, STR(":javascript")) || str_ends_with(space, STR(":npm")));
}

static void grype_entry(struct import *import, const struct json *entry)
{
	const struct json *package = json_find(entry, "package");
	struct str name = json_find_text(package, "name"), version = json_find_text(package, "version");
	struct policy_new_waiver waiver = { .id = json_find_text(entry, "vulnerability"),
					    .reason = json_find_text(entry, "reason"),
					    .until_fix = json_find_text(entry, "fix-state").n };
	const char *narrower = grype_narrower(entry);
	import_leave_unknown(import, entry, "vulnerability include-aliases reason namespace fix-state package vex-status vex-justification match-type");
	if (!grype_is_npm(entry))
		import_leave(import, entry->line, "not about npm packages");
	else if (narrower || (version.n && !name.n))
		import_leave(import, entry->line, "packages by %s cannot be said as narrowly", narrower ? narrower : "version alone");
	else if (!waiver.id.n && !name.n)
		import_leave(import, entry->line,
			     "all vulnerabilities of a kind are a clause, no waiver: {\"when\": {\"fix\": \"none\"}, \"level\": \"info\"}");
	else {
		waiver.package = name.n ? package_at(import, entry->line, name, version) : STR_NONE;
		waiver.rule = waiver.id.n ? STR_NONE : STR("vulnerability");
		if (!name.n || waiver.package.p)
			import_add(import, entry->line, waiver);
	}
}

enum status import_grype(struct import *import)
{
	const struct json *top;
	enum status status = parse(import, "grype.yaml", &top);
	import_leave_unknown(import, top, "ignore fail-on-severity");
	json_each(member, top)
		if (str_equal_z(member->key, "fail-on-severity"))
			import_leave(import, member->key_line, "\"fail-on-severity\" is no waiver; write: --fail-on %.*s", STR_ARG(json_text(member)));
	json_each(entry, json_find(top, "ignore"))
		grype_entry(import, entry);
	return status;
}

/* ---- trivy (https://trivy.dev/latest/docs/configuration/filtering/) ------------------------------------ */

/* "CVE-2019-14697 exp:2026-01-01". */
static void trivy_line(struct import *import, uint32_t line, struct str text, struct str reason)
{
	struct policy_new_waiver waiver = { .id = str_head(text, str_find(text, ' ')), .reason = reason };
	struct str rest = str_trim(str_from(text, waiver.id.n)), word;
	bool fine = true;
	while (fine && rest.n && str_split(&rest, ' ', &word) && !str_starts_with(word, STR("#")))
		fine = !word.n || (str_starts_with(word, STR("exp:")) && import_end(import, str_from(word, 4), &waiver.expires));
	if (!import_is_advisory(waiver.id))
		import_leave(import, line, "\"%.*s\" is no advisory's id", STR_ARG(waiver.id));
	else if (!fine)
		import_leave(import, line, "%.*s: \"%.*s\" is not understood", STR_ARG(waiver.id), STR_ARG(word));
	else
		import_add(import, line, waiver);
}

/* The comment right above says why. */
enum status import_trivy(struct import *import)
{
	struct str rest = import->text, line, reason = STR_NONE;
	for (uint32_t number = 1; str_split(&rest, '\n', &line); number++) {
		struct str text = str_trim(line);
		bool comment = str_starts_with(text, STR("#"));
		if (text.n && !comment)
			trivy_line(import, number, text, reason);
		reason = comment ? str_trim(str_from(text, 1)) : STR_NONE;
	}
	return STATUS_OK;
}

/* One waiver for each package that a purl names; without any, for all. */
static void trivy_purls(struct import *import, const struct json *entry, struct policy_new_waiver waiver)
{
	const struct json *purls = json_find(entry, "purls");
	if (!purls)
		import_add(import, entry->line, waiver);
	json_each(item, purls) {
		struct purl purl = { 0 };
		bool is_npm = false;
		if (purl_parse(json_text(item), import->arena, &is_npm, &purl, NULL) || !is_npm) {
			import_leave(import, item->line, "%.*s: \"%.*s\" is no package of npm", STR_ARG(waiver.id), STR_ARG(json_text(item)));
			continue;
		}
		waiver.package = package_at(import, item->line, purl.name, purl.version);
		if (waiver.package.p)
			import_add(import, item->line, waiver);
	}
}

static void trivy_entry(struct import *import, const struct json *entry)
{
	struct policy_new_waiver waiver = { .id = json_find_text(entry, "id"), .reason = json_find_text(entry, "statement") };
	const struct json *end = json_find(entry, "expired_at"), *paths = json_find(entry, "paths");
	import_leave_unknown(import, entry, "id paths purls statement expired_at");
	if (!import_is_advisory(waiver.id))
		import_leave(import, entry->line, "\"%.*s\" is no advisory's id", STR_ARG(waiver.id));
	else if (paths && paths->child)
		import_leave(import, paths->key_line, "%.*s: \"paths\" cannot be said as narrowly; a policy beside that lockfile can", STR_ARG(waiver.id));
	else if (end && !import_end(import, json_text(end), &waiver.expires))
		import_leave(import, end->line, "%.*s: \"%.*s\" is no date", STR_ARG(waiver.id), STR_ARG(json_text(end)));
	else
		trivy_purls(import, entry, waiver);
}

enum status import_trivy_yaml(struct import *import)
{
	const struct json *top;
	enum status status = parse(import, ".trivyignore.yaml", &top);
	import_leave_unknown(import, top, "vulnerabilities");
	json_each(entry, json_find(top, "vulnerabilities"))
		trivy_entry(import, entry);
	return status;
}
