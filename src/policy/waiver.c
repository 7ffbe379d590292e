/*
 * Waivers: somebody's word, with a reason and perhaps an end, that a finding shall not count. One that has ended changes
 * nothing but is named beside its finding; an active one is preferred to one that has ended.
 */
#include "assay/limits.h"
#include "policy/model.h"

/* ---- reading ----------------------------------------------------------------------------- */

static enum status read_waiver_id(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	return reader_text(reader, value, "an advisory's id", &waiver->id);
}

static enum status read_waiver_rule(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	struct str word;
	size_t i;
	enum status status = reader_text(reader, value, "a rule", &word);
	if (status || (status = words_find(reader, place_of(value), word, &rule_words, &i)))
		return status;
	waiver->rule = check_rules[i];
	return STATUS_OK;
}

static enum status read_waiver_package(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	struct str text;
	enum status status = reader_text(reader, value, "a package (\"name\", \"name@<2\")", &text);
	if (status)
		return status;
	waiver->package_text = text;
	waiver->package = arena_alloc(reader->arena, sizeof *waiver->package);
	return waiver->package ? package_pattern_read(reader, value, text, waiver->package) : error_memory(reader->err);
}

static enum status read_waiver_path(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	enum status status = reader_text(reader, value, "a path (\"webapp > legacy > **\")", &waiver->path_text);
	if (status)
		return status;
	waiver->path = arena_alloc(reader->arena, sizeof *waiver->path);
	return waiver->path ? path_pattern_read(reader, value, waiver->path) : error_memory(reader->err);
}

static enum status read_waiver_reason(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	return reader_text(reader, value, "a reason", &waiver->reason);
}

static enum status read_waiver_owner(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	return reader_text(reader, value, "a name", &waiver->owner);
}

/* The day itself still counts, by UTC. */
static enum status read_waiver_expires(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	int64_t day;
	enum status status = reader_day(reader, value, &day);
	if (status)
		return status;
	waiver->expires = value->text;
	waiver->ends = day + 86400;
	return STATUS_OK;
}

static const char *until_word(const void *context, size_t i)
{
	(void)context;
	return i == 0 ? "fix-available" : NULL;
}

static enum status read_waiver_until(struct reader *reader, const struct json *value, void *into)
{
	static const struct words words = { "end", until_word, NULL };
	struct waiver *waiver = into;
	struct str word;
	size_t i;
	enum status status = reader_text(reader, value, "\"fix-available\"", &word);
	if (status || (status = words_find(reader, place_of(value), word, &words, &i)))
		return status;
	waiver->until_fix = true;
	return STATUS_OK;
}

static const struct key waiver_keys[] = {
	{ "id", read_waiver_id },           { "rule", read_waiver_rule },     { "package", read_waiver_package },
	{ "path", read_waiver_path },       { "reason", read_waiver_reason }, { "owner", read_waiver_owner },
	{ "expires", read_waiver_expires }, { "until", read_waiver_until },
};
static const struct object_type waiver_type = { "a waiver: {\"id\": \"...\", \"reason\": \"...\"}", waiver_keys,
						sizeof waiver_keys / sizeof *waiver_keys };

static enum status read_waiver(struct reader *reader, const struct json *value, struct waiver *waiver)
{
	*waiver = (struct waiver){ .ends = INT64_MAX, .line = value->line, .layer = reader->layer };
	enum status status = reader_object(reader, value, &waiver_type, waiver);
	if (status)
		return status;
	if (!waiver->reason.p)
		return reader_fail(reader, place_of(value), "this waiver has no \"reason\"");
	if (!waiver->id.p && !waiver->rule && !waiver->package)
		return reader_fail(reader, place_of(value),
				   "this waiver says not what it waives: \"id\", \"rule\" or \"package\" is missing");
	return STATUS_OK;
}

enum status waivers_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of waivers");
	json_each(item, value) {
		struct waiver *waiver = vec_add(reader->arena, &layer->waivers);
		enum status status = waiver ? read_waiver(reader, item, waiver) : error_memory(reader->err);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* ---- matching ------------------------------------------------------------------------------ */

static bool ids_match(const struct waiver *waiver, const struct finding *finding)
{
	bool match = text_equals_any_case(waiver->id, finding->id);
	for (size_t i = 0; !match && i < finding->alias_count; i++)
		match = text_equals_any_case(waiver->id, finding->aliases[i]);
	return match;
}

/* A package alone is too little for malware, and for what is about the project: its root. */
static bool may_waive_by_package(const struct finding *finding)
{
	return !str_equal_z(str_of(finding->rule->id), "malware") && finding->instance_count &&
	       finding->instances[0] != 0;
}

/* All but the path. */
static bool names_match(const struct waiver *waiver, const struct scan *scan, const struct finding *finding)
{
	if (waiver->rule && waiver->rule != finding->rule)
		return false;
	if (waiver->id.p && !ids_match(waiver, finding))
		return false;
	if (!waiver->rule && !waiver->id.p && !may_waive_by_package(finding))
		return false;
	if (!waiver->package)
		return true;
	return scan->tree && finding->instance_count &&
	       package_pattern_matches(waiver->package, &scan->tree->packages[finding->instances[0]]);
}

/* Every path by which one instance comes in; where they are too many to be looked at, that is no match. */
static enum status all_paths_match(const struct waiver *waiver, const struct tree *tree, uint32_t instance,
				   struct arena *scratch, bool *out, struct error *err)
{
	struct tree_path *paths;
	size_t count, total;
	bool complete;
	enum status status = tree_paths(tree, instance, LIMIT_PATHS, scratch, &paths, &count, &total, &complete, err);
	if (status)
		return status;
	bool match = complete && count && count == total;
	for (size_t i = 0; match && i < count; i++)
		match = path_pattern_matches(waiver->path, tree, &paths[i]);
	*out = match;
	return STATUS_OK;
}

/* An instance, or a way to one, that lies elsewhere is not waived along with the others. */
static enum status paths_match(const struct waiver *waiver, const struct scan *scan, const struct finding *finding,
			       struct arena *scratch, bool *out, struct error *err)
{
	bool match = scan->tree && finding->instance_count;
	for (size_t i = 0; match && i < finding->instance_count; i++) {
		arena_reset(scratch);
		enum status status = all_paths_match(waiver, scan->tree, finding->instances[i], scratch, &match, err);
		if (status)
			return status;
	}
	*out = match;
	return STATUS_OK;
}

static enum status waiver_matches(const struct waiver *waiver, const struct scan *scan, const struct finding *finding,
				  struct arena *scratch, bool *out, struct error *err)
{
	bool match = names_match(waiver, scan, finding);
	if (!match || !waiver->path) {
		*out = match;
		return STATUS_OK;
	}
	return paths_match(waiver, scan, finding, scratch, out, err);
}

enum standing {
	STANDS,
	ENDED,     /* its day has passed */
	FIXED,     /* it waited for a fix, which is there */
	TOO_LONG,  /* it would last longer than the policy lets waivers last */
	FORBIDDEN, /* the organisation lets no project waive this */
};

/* The organisation's own waivers are bound by nothing but their end. */
static enum standing standing_of(const struct policy *policy, const struct waiver *waiver, const struct scan *scan,
				 const struct finding *finding)
{
	bool bound = policy->max_waiver >= 0 && !waiver->layer->floor;
	if (!policy->rules[rule_number(finding->rule)].waivable && !waiver->layer->floor)
		return FORBIDDEN;
	if (scan->now >= waiver->ends)
		return ENDED;
	if (waiver->until_fix && finding->fix.kind != FIX_NONE)
		return FIXED;
	/* The last day counts whole: so much longer may it be. */
	return bound && waiver->ends - 86400 > scan->now + policy->max_waiver ? TOO_LONG : STANDS;
}

static void add_why(const struct policy *policy, const struct waiver *waiver, enum standing standing, struct buf *out)
{
	char bound[DATE_TEXT_SIZE];
	if (standing == ENDED)
		buf_printf(out, "expired %.*s: ", STR_ARG(waiver->expires));
	if (standing == FIXED)
		buf_add_z(out, "ended, since a fix is available: ");
	if (standing == FORBIDDEN)
		buf_printf(out, "not allowed by %.*s: ", STR_ARG(policy->org->label));
	if (standing == TOO_LONG) {
		duration_format(policy->max_waiver, bound);
		buf_printf(out, "%s, and %.*s lets waivers last %s at most: ",
			   waiver->expires.p ? "too long" : "without an end", STR_ARG(policy->max_waiver_by->label), bound);
	}
}

/* "not reachable (web, until 2027-01-31)", "expired 2026-01-31: not reachable (web)". */
static struct str describe(const struct policy *policy, const struct waiver *waiver, enum standing standing,
			   struct arena *arena)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	bool until = standing == STANDS && (waiver->expires.p || waiver->until_fix);
	add_why(policy, waiver, standing, &text);
	buf_add(&text, waiver->reason);
	buf_add_z(&text, waiver->owner.p || until ? " (" : "");
	buf_add(&text, waiver->owner);
	buf_add_z(&text, waiver->owner.p && until ? ", " : "");
	if (until)
		buf_printf(&text, "until %.*s%s%s", STR_ARG(waiver->expires.p ? waiver->expires : STR("")),
			   waiver->expires.p && waiver->until_fix ? " or " : "",
			   waiver->until_fix ? "a fix is available" : "");
	buf_add_z(&text, waiver->owner.p || until ? ")" : "");
	return text.failed ? STR_NONE : arena_copy(arena, buf_str(&text));
}

/* The first that stands, else the first that would if it could, else NULL. */
static enum status find_waiver(const struct policy *policy, const struct scan *scan, const struct finding *finding,
			       struct arena *scratch, const struct waiver **out, enum standing *standing,
			       struct error *err)
{
	*out = NULL;
	for (size_t i = 0; i < policy->waivers.n; i++) {
		const struct waiver *waiver = policy->waivers.v[i];
		bool match;
		enum status status = waiver_matches(waiver, scan, finding, scratch, &match, err);
		if (status)
			return status;
		enum standing its = match ? standing_of(policy, waiver, scan, finding) : STANDS;
		if (!match || (*out && its != STANDS))
			continue;
		*out = waiver;
		*standing = its;
		if (its == STANDS)
			return STATUS_OK;
	}
	return STATUS_OK;
}

enum status waivers_apply(const struct policy *policy, const struct scan *scan, struct finding *finding,
			  struct arena *scratch, struct error *err)
{
	static const enum waiver_state states[] = { [STANDS] = WAIVER_ACTIVE,
						    [ENDED] = WAIVER_EXPIRED,
						    [FIXED] = WAIVER_EXPIRED,
						    [TOO_LONG] = WAIVER_REFUSED,
						    [FORBIDDEN] = WAIVER_REFUSED };
	const struct waiver *waiver = NULL;
	enum standing standing = STANDS;
	enum status status = find_waiver(policy, scan, finding, scratch, &waiver, &standing, err);
	if (status)
		return status;
	struct str text = waiver ? describe(policy, waiver, standing, scan->arena) : STR_NONE;
	if (waiver && !text.p)
		return error_memory(err);
	finding->waiver_state = waiver ? states[standing] : WAIVER_NONE;
	finding->waiver = text;
	return STATUS_OK;
}

/* ---- the unused ---------------------------------------------------------------------------- */

static enum status is_used(const struct waiver *waiver, const struct scan *const *scans, size_t scan_count,
			   struct arena *scratch, bool *out, struct error *err)
{
	bool used = false;
	for (size_t i = 0; !used && i < scan_count; i++) {
		/* Nobody looked for it. */
		used = waiver->rule && waiver->rule->needs_tarballs && !scans[i]->tarballs;
		for (size_t j = 0; !used && j < scans[i]->findings.n; j++) {
			enum status status =
				waiver_matches(waiver, scans[i], &scans[i]->findings.v[j], scratch, &used, err);
			if (status)
				return status;
		}
	}
	*out = used;
	return STATUS_OK;
}

void waiver_write(const struct waiver *waiver, struct buf *out)
{
	const struct str parts[] = { waiver->id, waiver->rule ? str_of(waiver->rule->id) : STR_NONE,
				     waiver->package_text, waiver->path_text };
	const char *between = "";
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!parts[i].p)
			continue;
		buf_add_z(out, between);
		buf_add(out, parts[i]);
		between = ", ";
	}
}

static bool add_unused(const struct waiver *waiver, const struct scan *const *scans, size_t scan_count,
		       struct arena *arena, struct policy_unused_waiver *out)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	waiver_write(waiver, &text);
	*out = (struct policy_unused_waiver){ .path = waiver->layer->path,
					      .line = waiver->line,
					      .text = arena_copy(arena, buf_str(&text)),
					      .expired = scan_count && scans[0]->now >= waiver->ends };
	return !text.failed && out->text.p;
}

enum status policy_unused_waivers(const struct policy *policy, const struct scan *const *scans, size_t scan_count,
				  struct arena *arena, struct policy_unused_waiver **out, size_t *count,
				  struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	VEC(struct policy_unused_waiver) unused = { NULL, 0, 0 };
	if (!scratch)
		return error_memory(err);
	/* Those of what the project extends may be meant for other projects. */
	for (size_t i = 0; !policy->top->preset && i < policy->top->waivers.n; i++) {
		const struct waiver *waiver = &policy->top->waivers.v[i];
		bool used;
		enum status status = is_used(waiver, scans, scan_count, scratch, &used, err);
		if (status)
			return status;
		if (used)
			continue;
		struct policy_unused_waiver *entry = vec_add(arena, &unused);
		if (!entry || !add_unused(waiver, scans, scan_count, arena, entry))
			return error_memory(err);
	}
	*out = unused.v;
	*count = unused.n;
	return STATUS_OK;
}
