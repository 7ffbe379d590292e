/*
 * What may stand in a clause's `when`: one row per condition, a function that reads it and one that asks. All conditions of a
 * clause must hold; a list means any of its elements. Where something is not known, the graver case is assumed: an unknown
 * severity is high, an unknown scope is prod as well, a missing score is the lowest of its severity. Of what cannot be guessed
 * (an age, a change, an importer) nothing holds.
 */
#include "policy/condition.h"

/* ---- scope, fix -------------------------------------------------------------------------- */

static const char *scope_word(const void *context, size_t i)
{
	(void)context;
	return i <= SCOPE_UNKNOWN ? scope_name((enum scope)i) : NULL;
}

static enum status add_scope(struct reader *reader, const struct json *value, void *into)
{
	static const struct words scopes = { "scope", scope_word, NULL };
	struct condition *condition = into;
	size_t i;
	enum status status = words_find(reader, place_of(value), value->text, &scopes, &i);
	if (status)
		return status;
	condition->accepted |= 1u << i;
	if (i == SCOPE_PROD)
		condition->accepted |= 1u << SCOPE_UNKNOWN;
	return STATUS_OK;
}

static enum status read_scope(struct reader *reader, const struct json *value, struct condition *out)
{
	return reader_each_text(reader, value, "a scope (\"prod\") or a list", add_scope, out);
}

static bool scope_holds(const struct condition *condition, const struct subject *subject)
{
	return condition->accepted >> subject->scope & 1;
}

static const char *fix_word(const void *context, size_t i)
{
	(void)context;
	return i <= FIX_OVERRIDE ? fix_kind_name((enum fix_kind)i) : NULL;
}

static enum status add_fix(struct reader *reader, const struct json *value, void *into)
{
	static const struct words kinds = { "kind of fix", fix_word, NULL };
	struct condition *condition = into;
	size_t i;
	enum status status = words_find(reader, place_of(value), value->text, &kinds, &i);
	if (!status)
		condition->accepted |= 1u << i;
	return status;
}

static enum status read_fix(struct reader *reader, const struct json *value, struct condition *out)
{
	return reader_each_text(reader, value, "a kind of fix (\"in-range\") or a list", add_fix, out);
}

static bool fix_holds(const struct condition *condition, const struct subject *subject)
{
	return condition->accepted >> subject->finding->fix.kind & 1;
}

/* ---- yes or no ------------------------------------------------------------------------------ */

static enum status read_flag(struct reader *reader, const struct json *value, struct condition *out)
{
	if (!json_is(value, JSON_TRUE) && !json_is(value, JSON_FALSE))
		return reader_fail_type(reader, value, "true or false");
	out->flag = json_is(value, JSON_TRUE);
	return STATUS_OK;
}

static bool kev_holds(const struct condition *condition, const struct subject *subject)
{
	return condition->flag == subject->finding->kev;
}

static bool optional_holds(const struct condition *condition, const struct subject *subject)
{
	return condition->flag == subject->optional;
}

static bool direct_holds(const struct condition *condition, const struct subject *subject)
{
	return condition->flag == subject->direct;
}

/* ---- id ------------------------------------------------------------------------------ */

enum status condition_add_glob(struct reader *reader, const struct json *value, void *into)
{
	struct condition *condition = into;
	struct str *glob = vec_add(reader->arena, &condition->globs);
	if (!glob)
		return error_memory(reader->err);
	*glob = value->text;
	return STATUS_OK;
}

static enum status read_id(struct reader *reader, const struct json *value, struct condition *out)
{
	return reader_each_text(reader, value, "an id (\"GHSA-*\") or a list", condition_add_glob, out);
}

static bool id_holds(const struct condition *condition, const struct subject *subject)
{
	const struct finding *finding = subject->finding;
	for (size_t i = 0; i < condition->globs.n; i++) {
		if (glob_matches_any_case(condition->globs.v[i], finding->id))
			return true;
		for (size_t j = 0; j < finding->alias_count; j++)
			if (glob_matches_any_case(condition->globs.v[i], finding->aliases[j]))
				return true;
	}
	return false;
}

const struct condition_type condition_types[] = {
	{ .name = "severity", read_severity, severity_holds },
	{ .name = "score", read_score, score_holds },
	{ .name = "scope", read_scope, scope_holds },
	{ .name = "optional", read_flag, optional_holds },
	{ .name = "direct", read_flag, direct_holds },
	{ .name = "depth", read_depth, depth_holds, .needs = NEEDS_DISTANCES },
	{ .name = "importer", read_importer, importer_holds, .needs = NEEDS_IMPORTERS },
	{ .name = "fix", read_fix, fix_holds },
	{ .name = "id", read_id, id_holds },
	{ .name = "package", read_package, package_holds },
	{ .name = "license", read_license, license_holds },
	{ .name = "license_within", read_license, license_within_holds },
	{ .name = "source", read_source, source_holds },
	{ .name = "advisory_age", read_age_condition, advisory_age_holds },
	{ .name = "release_age", read_age_condition, release_age_holds, .needs = NEEDS_RELEASES },
	{ .name = "kev", read_flag, kev_holds },
	{ .name = "epss", read_epss, epss_holds },
	{ .name = "change", read_change, change_holds },
	{ .name = NULL },
};

/* ---- what is asked about -------------------------------------------------------------------------- */

/* The most exposed first. */
static int exposure(enum scope scope)
{
	static const int order[] = { [SCOPE_PROD] = 3, [SCOPE_UNKNOWN] = 2, [SCOPE_BUILD] = 1, [SCOPE_DEV] = 0 };
	return order[scope];
}

void subject_init(struct subject *subject, const struct scan *scan, const uint32_t *distances, const struct finding *finding)
{
	*subject = (struct subject){ .scan = scan, .finding = finding, .scope = SCOPE_UNKNOWN, .depth = TREE_NONE, .built_in = finding->level };
	for (size_t i = 0; scan->tree && i < finding->instance_count; i++) {
		const struct package *package = &scan->tree->packages[finding->instances[i]];
		if (!subject->package) {
			subject->package = package;
			subject->scope = package->scope;
			subject->optional = true;
		}
		if (exposure(package->scope) > exposure(subject->scope))
			subject->scope = package->scope;
		if (distances && distances[finding->instances[i]] < subject->depth)
			subject->depth = distances[finding->instances[i]];
		subject->optional &= package->optional;
		subject->direct |= package->direct;
	}
}
