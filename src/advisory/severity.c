/* Severities: their names, and which of a record's statements counts. */
#include "advisory/private.h"

static const char *const names[] = {
	[SEVERITY_NONE] = "none",       [SEVERITY_LOW] = "low",   [SEVERITY_MEDIUM] = "medium",
	[SEVERITY_UNKNOWN] = "unknown", [SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};

const char *severity_name(enum severity severity)
{
	return (unsigned)severity < sizeof names / sizeof *names ? names[severity] : "unknown";
}

static bool equal_any_case(struct str s, const char *lower)
{
	size_t n = strlen(lower);
	if (s.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (ascii_lower((unsigned char)s.p[i]) != (unsigned char)lower[i])
			return false;
	return true;
}

bool severity_by_name(struct str name, enum severity *out)
{
	if (equal_any_case(name, "moderate")) { /* GitHub's and npm's word */
		*out = SEVERITY_MEDIUM;
		return true;
	}
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		if (equal_any_case(name, names[i])) {
			*out = (enum severity)i;
			return true;
		}
	}
	return false;
}

/* Oldest first. A version 2 vector has no prefix, so any that has none counts as one. */
static unsigned vector_rank(struct str vector)
{
	static const struct {
		const char *prefix;
		unsigned rank;
	} versions[] = { { "CVSS:4.", 4 }, { "CVSS:3.1/", 3 }, { "CVSS:3.0/", 2 } };
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		if (str_starts_with(vector, str_of(versions[i].prefix)))
			return versions[i].rank;
	return 1;
}

/* The newest vector that scores wins; where none does, the newest is kept as text. */
static void consider_vectors(const struct json *list, struct advisory *advisory)
{
	if (!json_is(list, JSON_ARRAY))
		return;
	json_each(item, list) {
		struct str vector = json_find_text(item, "score");
		int tenths = -1;
		if (vector.n == 0 || vector.n > 1024 || !str_starts_with(json_find_text(item, "type"), STR("CVSS")))
			continue;
		if (!cvss_score(vector, &tenths))
			tenths = -1;
		bool scores = tenths >= 0, scored = advisory->score_tenths >= 0;
		bool newer = vector_rank(vector) > vector_rank(advisory->vector);
		if (advisory->vector.p && !(scores == scored ? newer : scores))
			continue;
		advisory->vector = vector;
		advisory->score_tenths = tenths;
	}
}

void severity_read(const struct json *record, struct advisory *advisory)
{
	advisory->vector = STR_NONE;
	advisory->score_tenths = -1;
	consider_vectors(json_find(record, "severity"), advisory);
	/* The schema lets the packages carry them instead. */
	if (!advisory->vector.p) {
		json_each(entry, json_find(record, "affected"))
			consider_vectors(json_find(entry, "severity"), advisory);
	}
	struct str word = json_find_text(json_find(record, "database_specific"), "severity");
	if (advisory->malware)
		advisory->severity = SEVERITY_CRITICAL;
	else if (severity_by_name(word, &advisory->severity))
		return;
	else if (advisory->score_tenths >= 0)
		advisory->severity = cvss_rating(advisory->vector, advisory->score_tenths);
	else
		advisory->severity = SEVERITY_UNKNOWN;
}
