/* Conditions that compare: severities, scores, probabilities, steps, ages. */
#include <math.h>

#include "assay/limits.h"
#include "policy/condition.h"

enum { LESS = 1, EQUAL = 2, GREATER = 4 };

/* ---- severity ---------------------------------------------------------------------- */

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
	} operators[] = { { { ">=", 2 }, GREATER | EQUAL }, { { "<=", 2 }, LESS | EQUAL }, { { ">", 1 }, GREATER }, { { "<", 1 }, LESS } };
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

static unsigned compare(int64_t a, int64_t b)
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
	static const enum severity by_word[] = { SEVERITY_NONE, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL, SEVERITY_UNKNOWN };
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
		return reader_fail(reader, nowhere, "\"%s\" is no threshold; expected low, medium, high or critical", reader_quote(reader, word));
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
		return reader_fail(reader, place_of(value), "\"unknown\" has no order; expected none to critical behind %s", "the comparison");
	condition->accepted |= severity == SEVERITY_UNKNOWN ? 1u << SEVERITY_UNKNOWN : severities(accepted, severity);
	return STATUS_OK;
}

enum status read_severity(struct reader *reader, const struct json *value, struct condition *out)
{
	return reader_each_text(reader, value, "a severity (\">=high\", \"medium\") or a list", add_severity, out);
}

bool severity_holds(const struct condition *condition, const struct subject *subject)
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

enum status read_score(struct reader *reader, const struct json *value, struct condition *out)
{
	struct str text;
	bool ordered;
	enum status status = reader_text(reader, value, "a score as a string (\">=7\", \"<4.5\")", &text);
	if (status)
		return status;
	out->accepted = read_operator(&text, &ordered);
	if (!read_tenths(text, &out->tenths))
		return reader_fail(reader, place_of(value), "found \"%s\", expected a score from 0 to 10 with one decimal at most (\">=7\", \"<4.5\")",
				   reader_quote(reader, value->text));
	return STATUS_OK;
}

bool score_holds(const struct condition *condition, const struct subject *subject)
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

enum status read_epss(struct reader *reader, const struct json *value, struct condition *out)
{
	struct str text;
	bool ordered;
	enum status status = reader_text(reader, value, "a probability as a string (\">=0.1\")", &text);
	if (status)
		return status;
	out->accepted = read_operator(&text, &ordered);
	if (!read_probability(text, &out->millionths))
		return reader_fail(reader, place_of(value), "found \"%s\", expected a probability from 0 to 1 with six decimals at most (\">=0.1\")",
				   reader_quote(reader, value->text));
	return STATUS_OK;
}

/* Where nobody has said how likely it is, nothing that one could say about it holds. */
bool epss_holds(const struct condition *condition, const struct subject *subject)
{
	double epss = subject->finding->epss;
	return epss >= 0 && (condition->accepted & compare((int)lround(epss * 1e6), condition->millionths));
}

/* ---- depth ----------------------------------------------------------------------------------- */

enum status read_depth(struct reader *reader, const struct json *value, struct condition *out)
{
	struct str text;
	bool ordered;
	uint64_t n;
	enum status status = reader_text(reader, value, "a number of steps as a string (\"<=2\", \"1\")", &text);
	if (status)
		return status;
	out->accepted = read_operator(&text, &ordered);
	if (!str_to_u64(text, &n) || n > LIMIT_PACKAGES)
		return reader_fail(reader, place_of(value), "found \"%s\", expected a number of steps (\"<=2\", \"1\")", reader_quote(reader, value->text));
	out->depth = (uint32_t)n;
	return STATUS_OK;
}

bool depth_holds(const struct condition *condition, const struct subject *subject)
{
	return subject->depth != TREE_NONE && (condition->accepted & compare(subject->depth, condition->depth));
}

/* ---- ages --------------------------------------------------------------------------------------- */

/* An age is never met to the second: only the comparisons make sense. */
enum status read_age_condition(struct reader *reader, const struct json *value, struct condition *out)
{
	struct str text;
	bool ordered;
	enum status status = reader_text(reader, value, "an age as a string (\"<7d\", \">=24h\")", &text);
	if (status)
		return status;
	out->accepted = read_operator(&text, &ordered);
	if (!ordered || !duration_parse(text, &out->seconds))
		return reader_fail(reader, place_of(value), "found \"%s\", expected a comparison and a duration: a number and s, m, h, d or w (\"<7d\")",
				   reader_quote(reader, value->text));
	return STATUS_OK;
}

static bool age_holds(const struct condition *condition, const struct subject *subject, int64_t since)
{
	return since != DATE_NONE && (condition->accepted & compare(subject->scan->now - since, condition->seconds));
}

bool advisory_age_holds(const struct condition *condition, const struct subject *subject)
{
	return age_holds(condition, subject, subject->finding->published);
}

/* All instances are of one version. */
int64_t subject_released(const struct subject *subject)
{
	const struct scan *scan = subject->scan;
	return scan->released && subject->finding->instance_count ? scan->released[subject->finding->instances[0]] : DATE_NONE;
}

bool release_age_holds(const struct condition *condition, const struct subject *subject)
{
	return age_holds(condition, subject, subject_released(subject));
}
