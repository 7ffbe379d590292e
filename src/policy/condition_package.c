/* Conditions about the package: its name, license and source, who brings it, whether a change did. */
#include "assay/license.h"
#include "policy/condition.h"

/* The packages of a finding, one after another; NULL behind the last. */
static const struct package *instance(const struct subject *subject, size_t i)
{
	const struct tree *tree = subject->scan->tree;
	return tree && i < subject->finding->instance_count ? &tree->packages[subject->finding->instances[i]] : NULL;
}

static bool any_glob_matches(const struct condition *condition, struct str text)
{
	for (size_t i = 0; i < condition->globs.n; i++)
		if (glob_matches_any_case(condition->globs.v[i], text))
			return true;
	return false;
}

/* ---- name ------------------------------------------------------------------------------ */

static enum status add_package(struct reader *reader, const struct json *value, void *into)
{
	struct condition *condition = into;
	struct package_pattern *pattern = vec_add(reader->arena, &condition->packages);
	if (!pattern)
		return error_memory(reader->err);
	return package_pattern_read(reader, value, value->text, pattern);
}

enum status read_package(struct reader *reader, const struct json *value, struct condition *out)
{
	return reader_each_text(reader, value, "a package (\"name\", \"@scope/*\", \"name@<2\") or a list", add_package, out);
}

bool package_holds(const struct condition *condition, const struct subject *subject)
{
	for (size_t i = 0; subject->package && i < condition->packages.n; i++)
		if (package_pattern_matches(&condition->packages.v[i], subject->package))
			return true;
	return false;
}

/* ---- license ---------------------------------------------------------------------------- */

/* One by one, so that an error has its place. */
static enum status add_license(struct reader *reader, const struct json *value, void *into)
{
	struct license_list *list;
	struct error why;
	enum status status = license_list_parse(&value->text, 1, reader->arena, &list, NULL, &why);
	if (status == STATUS_MEMORY)
		return error_memory(reader->err);
	if (status)
		return reader_fail(reader, place_of(value), "\"%s\": %s", reader_quote(reader, value->text), why.text);
	return condition_add_glob(reader, value, into);
}

enum status read_license(struct reader *reader, const struct json *value, struct condition *out)
{
	enum status status = reader_each_text(reader, value, "a license (\"GPL-3.0-only\", \"AGPL-*\") or a list", add_license, out);
	return status ? status : license_list_parse(out->globs.v, out->globs.n, reader->arena, &out->licenses, NULL, reader->err);
}

/* What no choice of the user's gets around: "MIT OR GPL-3.0-only" is not bound by GPL. */
static bool is_bound(const struct license_list *list, struct str text)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	enum license_kind kind;
	struct license *license;
	/* What cannot be judged for want of memory counts as bound. */
	return !scratch || license_read(text, scratch, &kind, &license, NULL) || license_bound(license, list);
}

/* There is a choice that takes nothing but what is listed; what cannot be judged is not within. */
static bool is_within(const struct license_list *list, struct str text)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	enum license_kind kind;
	struct license *license;
	return scratch && !license_read(text, scratch, &kind, &license, NULL) && kind != LICENSE_NONE && license_within(license, list);
}

/* Of some instance. */
bool license_holds(const struct condition *condition, const struct subject *subject)
{
	const struct package *package;
	for (size_t i = 0; (package = instance(subject, i)); i++) {
		struct str license = check_license(subject->scan, package);
		if (license.n && is_bound(condition->licenses, license))
			return true;
	}
	return false;
}

/* Of all of them. */
bool license_within_holds(const struct condition *condition, const struct subject *subject)
{
	const struct package *package;
	size_t i = 0;
	for (; (package = instance(subject, i)); i++) {
		struct str license = check_license(subject->scan, package);
		if (!license.n || !is_within(condition->licenses, license))
			return false;
	}
	return i > 0;
}

/* ---- source ------------------------------------------------------------------------------ */

static const char *kind_word(const void *context, size_t i)
{
	(void)context;
	return i <= PACKAGE_ROOT ? package_kind_name((enum package_kind)i) : NULL;
}

/* A kind, or a host: hosts have a dot, a star or a port. */
static enum status add_source(struct reader *reader, const struct json *value, void *into)
{
	static const struct words kinds = { "source", kind_word, NULL };
	struct condition *condition = into;
	struct str text = value->text;
	size_t i;
	if (str_find(text, '.') < text.n || str_find(text, '*') < text.n || str_find(text, ':') < text.n) {
		if (str_find(text, '/') < text.n)
			return reader_fail(reader, place_of(value), "\"%s\" is more than a host; expected a kind (\"git\") or a host (\"*.acme.example\")",
					   reader_quote(reader, text));
		return condition_add_glob(reader, value, into);
	}
	enum status status = words_find(reader, place_of(value), text, &kinds, &i);
	if (!status)
		condition->accepted |= 1u << i;
	return status;
}

enum status read_source(struct reader *reader, const struct json *value, struct condition *out)
{
	return reader_each_text(reader, value, "a kind (\"git\"), a host (\"*.acme.example\") or a list", add_source, out);
}

/* "git+ssh://git@host:22/x" gives "host:22"; STR_NONE where no host stands. */
static struct str host_of(struct str url)
{
	size_t at = str_find_str(url, STR("://"));
	if (at == url.n)
		return STR_NONE;
	struct str host = str_from(url, at + 3);
	for (const char *end = "/?#"; *end; end++)
		host = str_head(host, str_find(host, *end));
	size_t user = str_find_last(host, '@');
	return user < host.n ? str_from(host, user + 1) : host;
}

bool source_holds(const struct condition *condition, const struct subject *subject)
{
	const struct package *package;
	for (size_t i = 0; (package = instance(subject, i)); i++) {
		struct str host = host_of(package->resolved);
		if ((condition->accepted >> package->kind & 1) || (host.n && any_glob_matches(condition, host)))
			return true;
	}
	return false;
}

/* ---- importer ------------------------------------------------------------------------------ */

enum status read_importer(struct reader *reader, const struct json *value, struct condition *out)
{
	return reader_each_text(reader, value, "a workspace's path or name (\"packages/*\") or a list", condition_add_glob, out);
}

/* The root is ".". */
bool importer_holds(const struct condition *condition, const struct subject *subject)
{
	const struct package *importer = subject->importer;
	if (!importer)
		return false;
	struct str path = importer->folder.n ? importer->folder : importer->id;
	for (size_t i = 0; i < condition->globs.n; i++)
		if (glob_matches(condition->globs.v[i], path.n ? path : STR(".")) ||
		    (importer->name.n && glob_matches(condition->globs.v[i], importer->name)))
			return true;
	return false;
}

/* ---- change --------------------------------------------------------------------------------- */

static const char *change_word(const void *context, size_t i)
{
	(void)context;
	return i + CHANGE_ADDED <= CHANGE_CARRIED ? package_change_name((enum package_change)(i + CHANGE_ADDED)) : NULL;
}

static enum status add_change(struct reader *reader, const struct json *value, void *into)
{
	static const struct words changes = { "change", change_word, NULL };
	struct condition *condition = into;
	size_t i;
	enum status status = words_find(reader, place_of(value), value->text, &changes, &i);
	if (!status)
		condition->accepted |= 1u << (i + CHANGE_ADDED);
	return status;
}

enum status read_change(struct reader *reader, const struct json *value, struct condition *out)
{
	return reader_each_text(reader, value, "added, changed, carried or a list", add_change, out);
}

/* Some instance is. */
bool change_holds(const struct condition *condition, const struct subject *subject)
{
	const struct finding *finding = subject->finding;
	const enum package_change *changes = subject->scan->changes;
	for (size_t i = 0; changes && i < finding->instance_count; i++)
		if (condition->accepted >> changes[finding->instances[i]] & 1)
			return true;
	return false;
}
