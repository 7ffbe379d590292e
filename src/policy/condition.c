/*
 * What may stand in a clause's `when`: one row per condition, a function that reads it and one that asks. All conditions of a
 * clause must hold; a list means any of its elements. Where something is not known, the graver case is assumed: an unknown
 * severity is high, an unknown scope is prod as well, a missing score is the lowest of its severity.
 */
#include "policy/model.h"

/* ---- severity ---------------------------------------------------------------------- */

enum { LESS = 1, EQUAL = 2, GREATER = 4 };

static const char *const severity_word_table[] = { "none", "low", "medium", "high", "critical", "unknown", NULL };

static const char *severity_word(const void *context, size_t i)
{
	(void)context;
	return severity_word_table[i];
}

static const struct words severity_words = { "severity", severity_word, NULL };

/* Takes "<", "<=", ">" or ">=" off the text; EQUAL without one. */
static unsigned read_operator(struct str *text, bool *given)
{
	static const struct {
		struct str sign;
		unsigned accepted;
	} operators[] = { { { ">=", 2 }, GREATER | EQUAL },
			  { { "<=", 2 }, LESS | EQUAL },
			  { { ">", 1 }, GREATER },
			  { { "<", 1 }, LESS } };
	*given = false;
	*text = str_trim(*text);
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		if (str_starts_with(*text, operators[i].sign)) {
			*given = true;
			*text = str_trim(str_from(*text, operators[i].sign.n));
			return operators[i].accepted;
		}
	}
	return EQUAL;
}

static unsigned compare(int a, int b)
{
	return a < b ? LESS : a > b ? GREATER : EQUAL;
}

/* Unknown is gated as high. */
static int severity_rank(enum severity severity)
{
	return severity == SEVERITY_UNKNOWN ? SEVERITY_HIGH : (int)severity;
}

static unsigned severities(unsigned accepted, enum severity than)
{
	unsigned bits = 0;
	for (int s = SEVERITY_NONE; s <= SEVERITY_CRITICAL; s++)
		if (accepted & compare(severity_rank((enum severity)s), severity_rank(than)))
			bits |= 1u << s;
	return bits;
}

unsigned severity_at_least(enum severity least)
{
	return severities(GREATER | EQUAL, least);
}

static enum status find_severity(const struct reader *reader, struct place place, struct str word, enum severity *out)
{
	static const enum severity by_word[] = { SEVERITY_NONE, SEVERITY_LOW,      SEVERITY_MEDIUM,
						 SEVERITY_HIGH, SEVERITY_CRITICAL, SEVERITY_UNKNOWN };
	size_t i;
	if (str_equal_z(word, "moderate"))
		word = STR("medium");
	enum status status = words_find(reader, place, word, &severity_words, &i);
	if (!status)
		*out = by_word[i];
	return status;
}

enum status severity_read_threshold(const struct reader *reader, struct str word, enum severity *out)
{
	const struct place nowhere = { 0, 0 };
	enum severity severity;
	enum status status = find_severity(reader, nowhere, word, &severity);
	if (status)
		return status;
	if (severity == SEVERITY_NONE || severity == SEVERITY_UNKNOWN)
		return reader_fail(reader, nowhere, "\"%s\" is no threshold; expected low, medium, high or critical",
				   reader_quote(reader, word));
	*out = severity;
	return STATUS_OK;
}

static enum status add_severity(struct reader *reader, const struct json *value, void *into)
{
	struct condition *condition = into;
	struct str word = value->text;
	enum severity severity;
	bool ordered;
	unsigned accepted = read_operator(&word, &ordered);
	enum status status = find_severity(reader, place_of(value), word, &severity);
	if (status)
		return status;
	if (ordered && severity == SEVERITY_UNKNOWN)
		return reader_fail(reader, place_of(value),
				   "\"unknown\" has no order; expected none to critical behind %s", "the comparison");
	condition->accepted |= severity == SEVERITY_UNKNOWN ? 1u << SEVERITY_UNKNOWN : severities(accepted, severity);
	return STATUS_OK;
}

static enum status read_severity(struct reader *reader, const struct json *value, struct condition *out)
{
	return reader_each_text(reader, value, "a severity (\">=high\", \"medium\") or a list", add_severity, out);
}

static bool severity_holds(const struct condition *condition, const struct subject *subject)
{
	return condition->accepted >> subject->finding->severity & 1;
}

/* ---- score ----------------------------------------------------------------------------- */

/* "7", "7.5", "10.0". */
static bool read_tenths(struct str text, int *out)
{
	uint64_t whole, tenth = 0;
	size_t dot = str_find(text, '.');
	if (dot > 2 || !str_to_u64(str_head(text, dot), &whole))
		return false;
	if (dot < text.n && (text.n != dot + 2 || !str_to_u64(str_from(text, dot + 1), &tenth)))
		return false;
	int tenths = (int)(whole * 10 + tenth);
	if (tenths > 100)
		return false;
	*out = tenths;
	return true;
}

static enum status read_score(struct reader *reader, const struct json *value, struct condition *out)
{
	struct str text;
	bool ordered;
	enum status status = reader_text(reader, value, "a score as a string (\">=7\", \"<4.5\")", &text);
	if (status)
		return status;
	out->accepted = read_operator(&text, &ordered);
	if (!read_tenths(text, &out->tenths))
		return reader_fail(
			reader, place_of(value),
			"found \"%s\", expected a score from 0 to 10 with one decimal at most (\">=7\", \"<4.5\")",
			reader_quote(reader, value->text));
	return STATUS_OK;
}

static bool score_holds(const struct condition *condition, const struct subject *subject)
{
	/* CVSS 3.1, section 5: where each rating begins. */
	static const int least[] = { [SEVERITY_NONE] = 0,     [SEVERITY_LOW] = 1,   [SEVERITY_MEDIUM] = 40,
				     [SEVERITY_UNKNOWN] = 70, [SEVERITY_HIGH] = 70, [SEVERITY_CRITICAL] = 90 };
	int tenths = subject->finding->score_tenths;
	if (tenths < 0)
		tenths = least[subject->finding->severity];
	return condition->accepted & compare(tenths, condition->tenths);
}

/* ---- epss -------------------------------------------------------------------------------- */

/* "0.1", "1", "0.000425": millionths. */
static bool read_probability(struct str text, int *out)
{
	uint64_t whole, fraction = 0;
	size_t dot = str_find(text, '.');
	struct str decimals = str_from(text, dot + 1);
	if (!str_to_u64(str_head(text, dot), &whole) || decimals.n > 6)
		return false;
	if (dot < text.n && !str_to_u64(decimals, &fraction))
		return false;
	for (size_t i = decimals.n; i < 6; i++)
		fraction *= 10;
	if (whole > 1 || (whole == 1 && fraction))
		return false;
	*out = (int)(whole * 1000000 + fraction);
	return true;
}

static enum status read_epss(struct reader *reader, const struct json *value, struct condition *out)
{
	struct str text;
	bool ordered;
	enum status status = reader_text(reader, value, "a probability as a string (\">=0.1\")", &text);
	if (status)
		return status;
	out->accepted = read_operator(&text, &ordered);
	if (!read_probability(text, &out->millionths))
		return reader_fail(reader, place_of(value),
				   "found \"%s\", expected a probability from 0 to 1 with six decimals at most (\">=0.1\")",
				   reader_quote(reader, value->text));
	return STATUS_OK;
}

/* Where nobody has said how likely it is, nothing that one could say about it holds. */
static bool epss_holds(const struct condition *condition, const struct subject *subject)
{
	double epss = subject->finding->epss;
	return epss >= 0 && (condition->accepted & compare((int)(epss * 1e6 + 0.5), condition->millionths));
}

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

/* ---- id, package ------------------------------------------------------------------------------ */

static enum status add_id(struct reader *reader, const struct json *value, void *into)
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
	return reader_each_text(reader, value, "an id (\"GHSA-*\") or a list", add_id, out);
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

static enum status add_package(struct reader *reader, const struct json *value, void *into)
{
	struct condition *condition = into;
	struct package_pattern *pattern = vec_add(reader->arena, &condition->packages);
	if (!pattern)
		return error_memory(reader->err);
	return package_pattern_read(reader, value, value->text, pattern);
}

static enum status read_package(struct reader *reader, const struct json *value, struct condition *out)
{
	return reader_each_text(reader, value, "a package (\"name\", \"@scope/*\", \"name@<2\") or a list", add_package,
				out);
}

static bool package_holds(const struct condition *condition, const struct subject *subject)
{
	for (size_t i = 0; subject->package && i < condition->packages.n; i++)
		if (package_pattern_matches(&condition->packages.v[i], subject->package))
			return true;
	return false;
}

const struct condition_type condition_types[] = {
	{ "severity", read_severity, severity_holds },
	{ "score", read_score, score_holds },
	{ "scope", read_scope, scope_holds },
	{ "optional", read_flag, optional_holds },
	{ "direct", read_flag, direct_holds },
	{ "fix", read_fix, fix_holds },
	{ "id", read_id, id_holds },
	{ "package", read_package, package_holds },
	{ "kev", read_flag, kev_holds },
	{ "epss", read_epss, epss_holds },
	{ NULL, NULL, NULL },
};

/* ---- what is asked about -------------------------------------------------------------------------- */

/* The most exposed first. */
static int exposure(enum scope scope)
{
	static const int order[] = { [SCOPE_PROD] = 3, [SCOPE_UNKNOWN] = 2, [SCOPE_BUILD] = 1, [SCOPE_DEV] = 0 };
	return order[scope];
}

void subject_init(struct subject *subject, const struct scan *scan, const struct finding *finding)
{
	*subject = (struct subject){ .finding = finding, .scope = SCOPE_UNKNOWN };
	for (size_t i = 0; scan->tree && i < finding->instance_count; i++) {
		const struct package *package = &scan->tree->packages[finding->instances[i]];
		if (!subject->package) {
			subject->package = package;
			subject->scope = package->scope;
			subject->optional = true;
		}
		if (exposure(package->scope) > exposure(subject->scope))
			subject->scope = package->scope;
		subject->optional &= package->optional;
		subject->direct |= package->direct;
	}
}
