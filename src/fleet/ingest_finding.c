/* A finding out of a JSON report, as it stands there: who made it saw more than it tells (tarballs, files, the registry). */
#include "assay/limits.h"
#include "fleet/ingest.h"

enum { FINGERPRINT_MAX = 128 };

static bool is_fingerprint(struct str text)
{
	return text.n && text.n <= FINGERPRINT_MAX && str_is_hex(text);
}

/* "9.8", "10"; -1: there is none. */
static int score_of(const struct json *json)
{
	uint64_t whole, tenths = 0;
	if (!json_is(json, JSON_NUMBER))
		return -1;
	size_t point = str_find(json->text, '.');
	struct str fraction = str_from(json->text, point + 1);
	if (!str_to_u64(str_head(json->text, point), &whole) || whole > 10 || (fraction.n && (!str_to_u64(str_head(fraction, 1), &tenths) || tenths > 9)))
		return -1;
	return (int)(whole * 10 + tenths);
}

static enum status read_aliases(const struct json *aliases, struct arena *arena, struct finding *out, struct error *err)
{
	aliases = json_is(aliases, JSON_ARRAY) ? aliases : NULL;
	if (aliases && aliases->count > LIMIT_FINDING_ALIASES)
		return error_at(err, STATUS_LIMIT, aliases->line, aliases->column, "one finding has more than %d aliases", LIMIT_FINDING_ALIASES);
	out->aliases = arena_array(arena, aliases ? aliases->count : 0, sizeof *out->aliases);
	json_each(alias, out->aliases ? aliases : NULL)
		if (json_text(alias).n)
			out->aliases[out->alias_count++] = json_text(alias);
	return out->aliases ? STATUS_OK : error_memory(err);
}

static bool read_decision(const struct json *json, struct arena *arena, struct finding *out)
{
	struct str clause = json_find_text(json, "decided_by");
	const struct json *waiver = json_find(json, "waiver");
	out->waiver_state = json_is_true(waiver, "active") ? WAIVER_ACTIVE : WAIVER_NONE;
	out->waiver = json_find_text(waiver, "reason");
	out->decided_by = arena_printf(arena, TOLD_BY "%.*s", STR_ARG(clause));
	return out->decided_by.p;
}

enum status ingest_read_finding(const struct json *json, uint32_t package, struct arena *arena, struct finding *out, bool *known, struct error *err)
{
	uint32_t *instances = arena_array(arena, 1, sizeof *instances);
	const struct json *fix = json_find(json, "fix");
	uint64_t line = 0;
	*out = (struct finding){
		.rule = check_rule_by_id(json_find_text(json, "rule")),
		.id = json_find_text(json, "id"),
		.fingerprint = json_find_text(json, "fingerprint"),
		.title = json_find_text(json, "title"),
		.message = json_find_text(json, "message"),
		.published = DATE_NONE,
		.first_seen = DATE_NONE,
		.score_tenths = score_of(json_find(json, "score")),
		.epss = -1,
		.instances = instances,
		.instance_count = 1,
		.decided_for = TREE_NONE,
		.fix = { .command = json_find_text(fix, "command"), .snippet = json_find_text(fix, "snippet"), .snippet_file = json_find_text(fix, "snippet_file") },
	};
	*known = out->rule && out->id.n && is_fingerprint(out->fingerprint) && rule_level_by_name(json_find_text(json, "level"), &out->level);
	if (!*known)
		return STATUS_OK;
	enum status status = read_aliases(json_find(json, "aliases"), arena, out, err);
	if (status)
		return status;
	if (!instances || !read_decision(json, arena, out))
		return error_memory(err);
	instances[0] = package;
	out->title = out->title.p ? out->title : str_of(out->rule->title);
	if (!severity_by_name(json_find_text(json, "severity"), &out->severity))
		out->severity = SEVERITY_UNKNOWN;
	if (json_to_u64(json_find(json, "line"), &line) && line <= UINT32_MAX)
		out->line = (uint32_t)line;
	return STATUS_OK;
}
