/* Writing down what was found: which findings came, changed and went; and of the errors among them, what is news. */
#include "fleet/sqlite_record.h"
#include "fleet/told.h"

struct open_finding {
	int64_t id;
	struct str fingerprint;
	bool counts, seen;
	bool error;           /* it is one that people were told of */
	bool advisory;        /* an advisory made it */
	bool told;            /* it is a report's word */
	bool asked;           /* what is found now is all there is to be of it */
	struct str package;   /* "name\nversion", of one that is judged anew */
	struct str name, ids; /* of one that is an advisory's and told: its package, "id,alias,…" */
};
struct open_findings {
	VEC(struct open_finding) v;
	struct map *by_fingerprint;
	struct map *told;   /* by "rule\nid or alias\nname\nversion" of advisories, the report's word: theirs who know the advisory, once they do */
	struct map *errors; /* "rule\nid or alias\nname" of those that are errors, in whatever version */
};

static bool level_counts(struct str level, bool waived)
{
	return !waived && (str_equal(level, STR("error")) || str_equal(level, STR("warn")));
}

/* Of which people are told: gaps make a run's exit code, and are listed. */
static bool is_error(struct str level, bool waived, bool gap)
{
	return !waived && !gap && str_equal(level, STR("error"));
}

/* ---- those that stand ------------------------------------------------------------------------ */

static struct str problem_key(struct arena *arena, struct str rule, struct str id, struct str name)
{
	return arena_printf(arena, "%.*s\n%.*s\n%.*s", STR_ARG(rule), STR_ARG(id), STR_ARG(name));
}

static struct str told_key(struct arena *arena, struct str rule, struct str id, struct str name, struct str version)
{
	return arena_printf(arena, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(rule), STR_ARG(id), STR_ARG(name), STR_ARG(version));
}

static struct str package_key(struct arena *arena, struct str name, struct str version)
{
	return arena_printf(arena, "%.*s\n%.*s", STR_ARG(name), STR_ARG(version));
}

static bool note_told(struct recording *r, struct store_query *query, struct open_findings *out)
{
	struct open_finding *open = &out->v.v[out->v.n - 1];
	struct str id, aliases = query_text(query, 6);
	open->ids = arena_printf(r->scratch, "%.*s%s%.*s", STR_ARG(query_text(query, 5)), aliases.n ? "," : "", STR_ARG(aliases));
	struct str rest = open->ids;
	while (str_split(&rest, ',', &id)) {
		struct str key = told_key(r->scratch, query_text(query, 4), id, query_text(query, 7), query_text(query, 10));
		if (!key.p || !map_set(out->told, key, out->v.n - 1))
			return false;
	}
	return open->ids.p && copy_text(query, 7, r->scratch, &open->name);
}

static bool note_error(struct recording *r, struct store_query *query, struct open_findings *out)
{
	struct str aliases = query_text(query, 6), id = query_text(query, 5);
	do {
		struct str key = problem_key(r->scratch, query_text(query, 4), id, query_text(query, 7));
		if (!key.p || !map_set(out->errors, key, 1))
			return false;
	} while (str_split(&aliases, ',', &id));
	return true;
}

static bool read_one(struct recording *r, struct store_query *query, struct open_findings *out)
{
	struct open_finding *open = vec_add(r->scratch, &out->v);
	if (!open)
		return false;
	*open = (struct open_finding){
		.id = query_int(query, 0),
		.counts = level_counts(query_text(query, 2), query_int(query, 3)),
		.advisory = check_is_by_advisory(query_text(query, 4)),
		.told = str_starts_with(query_text(query, 9), STR(TOLD_BY)),
		.error = is_error(query_text(query, 2), query_int(query, 3), query_int(query, 8)),
	};
	return copy_text(query, 1, r->scratch, &open->fingerprint) && map_set(out->by_fingerprint, open->fingerprint, out->v.n - 1) &&
	       (!open->error || note_error(r, query, out)) && (!open->told || !open->advisory || note_told(r, query, out));
}

/* `names` NULL: all are asked about; else what advisories say of these. False: out of memory. */
static bool note_asked(struct recording *r, const struct map *names, struct store_query *query, struct open_finding *open)
{
	size_t value;
	open->asked = !names || (open->advisory && map_find(names, query_text(query, 7), &value));
	if (!names || !open->asked)
		return true;
	open->package = package_key(r->scratch, query_text(query, 7), query_text(query, 10));
	return open->package.p;
}

static enum status read_open(struct recording *r, const struct map *names, int64_t lockfile, struct open_findings *out)
{
	struct store_query *query = recording_query(r, Q_FINDINGS_OPEN);
	bool row = true;
	*out = (struct open_findings){ .by_fingerprint = map_new(r->scratch, 0), .told = map_new(r->scratch, 0), .errors = map_new(r->scratch, 0) };
	if (!query || !out->by_fingerprint || !out->told || !out->errors)
		return query ? error_memory(r->err) : r->err->status;
	query_bind_int(query, 1, lockfile);
	enum status status = STATUS_OK;
	while (!status && !(status = query_next(query, &row, r->err)) && row)
		if (!read_one(r, query, out) || !note_asked(r, names, query, &out->v.v[out->v.n - 1]))
			status = error_memory(r->err);
	query_reset(query);
	return status;
}

/* ---- those that are found ----------------------------------------------------------------------- */

static struct str fix_text(struct recording *r, const struct fix *fix)
{
	if (fix->command.n)
		return fix->command;
	if (fix->snippet.n)
		return arena_printf(r->scratch, "in %.*s: %.*s", STR_ARG(fix->snippet_file), STR_ARG(fix->snippet));
	return STR("");
}

/* "A,B"; .p NULL: out of memory. */
static struct str join_aliases(struct arena *arena, const struct finding *finding)
{
	CLEANUP(buf_fini) struct buf joined = BUF_INIT(SIZE_MAX / 2);
	for (size_t i = 0; i < finding->alias_count; i++) {
		if (i)
			buf_add_char(&joined, ',');
		buf_add(&joined, finding->aliases[i]);
	}
	return joined.failed ? STR_NONE : arena_copy(arena, buf_str(&joined));
}

static void bind_finding(struct recording *r, struct store_query *query, const struct scan *scan, const struct finding *finding)
{
	const struct package *package = &scan->tree->packages[finding->instances[0]];
	bool own = package_is_own(package);
	query_bind_text(query, 3, finding->fingerprint);
	query_bind_text(query, 4, str_of(finding->rule->id));
	query_bind_text(query, 5, finding->id);
	query_bind_text(query, 6, join_aliases(r->scratch, finding));
	query_bind_text(query, 7, finding->title);
	query_bind_text(query, 8, str_of(severity_name(finding->severity)));
	if (finding->score_tenths < 0)
		query_bind_null(query, 9);
	else
		query_bind_int(query, 9, finding->score_tenths);
	query_bind_text(query, 10, str_of(rule_level_name(finding->level)));
	query_bind_int(query, 11, finding->waiver_state == WAIVER_ACTIVE);
	query_bind_int(query, 12, finding->rule->gap);
	query_bind_text(query, 13, own ? STR("") : package->name);
	query_bind_text(query, 14, own || !package->version.p ? STR("") : package->version);
	query_bind_text(query, 15, str_of(scope_name(package->scope)));
	query_bind_int(query, 16, package->direct);
	query_bind_int(query, 17, finding->line);
	query_bind_text(query, 18, fix_text(r, &finding->fix));
	query_bind_text(query, 19, finding->message.p ? finding->message : STR(""));
	query_bind_text(query, 20, finding->decided_by.p ? finding->decided_by : STR(""));
}

/* The same problem of the same package stood there before, in another version or under another of its names: an update that leaves it is no news.
 * Malware always is. */
static bool is_carried(struct recording *r, const struct finding *finding, struct str name, const struct open_findings *before)
{
	size_t there;
	struct str rule = str_of(finding->rule->id);
	bool carried = map_find(before->errors, problem_key(r->scratch, rule, finding->id, name), &there);
	for (size_t i = 0; i < finding->alias_count && !carried; i++)
		carried = map_find(before->errors, problem_key(r->scratch, rule, finding->aliases[i], name), &there);
	return carried && !str_equal(rule, STR("malware"));
}

/* In the same transaction as the finding: neither is ever there without the other. */
static enum status put_news(struct recording *r, int64_t finding, const char *why)
{
	struct store_query *query = recording_query(r, Q_NEWS_ADD);
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, finding);
	query_bind_text(query, 2, str_of(why));
	query_bind_int(query, 3, r->look->when);
	return query_run(query, r->err);
}

static enum status change_finding(struct recording *r, const struct finding *finding, struct store_query *query, struct open_finding *before)
{
	struct str level = str_of(rule_level_name(finding->level));
	bool waived = finding->waiver_state == WAIVER_ACTIVE, counts = level_counts(level, waived);
	before->seen = true;
	query_bind_int(query, 1, before->id);
	r->result->appeared += counts && !before->counts;
	r->result->cleared += !counts && before->counts;
	enum status status = query_run(query, r->err);
	bool raised = is_error(level, waived, finding->rule->gap) && !before->error;
	return status || !raised ? status : put_news(r, before->id, "raised");
}

static enum status add_finding(struct recording *r, const struct scan *scan, const struct finding *finding, struct store_query *query,
			       int64_t lockfile, const struct open_findings *before)
{
	struct str level = str_of(rule_level_name(finding->level)), name = scan->tree->packages[finding->instances[0]].name;
	bool waived = finding->waiver_state == WAIVER_ACTIVE;
	query_bind_int(query, 2, lockfile);
	query_bind_int(query, 21, recording_since(r));
	r->result->appeared += level_counts(level, waived);
	enum status status = query_run(query, r->err);
	bool news = is_error(level, waived, finding->rule->gap) && !is_carried(r, finding, name, before);
	return status || !news ? status : put_news(r, store_last_key(r->fleet->store), "new");
}

/* One that stands under another name of its advisory, as a report has it, becomes the one that is found here. */
static struct open_finding *find_told(struct recording *r, const struct finding *finding, const struct package *package, const struct open_findings *before)
{
	size_t number;
	struct str rule = str_of(finding->rule->id);
	bool found = map_find(before->told, told_key(r->scratch, rule, finding->id, package->name, package->version), &number);
	for (size_t i = 0; i < finding->alias_count && !found; i++)
		found = map_find(before->told, told_key(r->scratch, rule, finding->aliases[i], package->name, package->version), &number);
	struct open_finding *open = found && number < before->v.n ? &before->v.v[number] : NULL;
	return open && open->asked && !open->seen ? open : NULL;
}

static bool is_told(const struct finding *finding)
{
	return str_starts_with(finding->decided_by, STR(TOLD_BY));
}

static struct open_finding *find_open(struct recording *r, const struct scan *scan, const struct finding *finding, const struct open_findings *before)
{
	size_t number;
	if (map_find(before->by_fingerprint, finding->fingerprint, &number) && number < before->v.n)
		return &before->v.v[number];
	bool here = finding->rule->by_advisory && !is_told(finding);
	return here ? find_told(r, finding, &scan->tree->packages[finding->instances[0]], before) : NULL;
}

static enum status put_finding(struct recording *r, const struct scan *scan, const struct finding *finding, int64_t lockfile, struct open_findings *before)
{
	struct open_finding *open = find_open(r, scan, finding, before);
	struct store_query *query = recording_query(r, open ? Q_FINDING_CHANGE : Q_FINDING_ADD);
	if (!query)
		return r->err->status;
	bind_finding(r, query, scan, finding);
	return open ? change_finding(r, finding, query, open) : add_finding(r, scan, finding, query, lockfile, before);
}

static enum status close_finding(struct recording *r, const struct open_finding *finding)
{
	struct store_query *query = recording_query(r, Q_FINDING_CLOSE);
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, finding->id);
	query_bind_int(query, 2, recording_since(r));
	r->result->cleared += finding->counts;
	return query_run(query, r->err);
}

static bool stands(const struct finding *finding, const struct open_findings *before)
{
	size_t number;
	return map_find(before->by_fingerprint, finding->fingerprint, &number);
}

enum status recording_put_findings(struct recording *r, const struct look_lockfile *lockfile, int64_t id)
{
	struct open_findings before;
	const struct scan *scan = lockfile ? lockfile->scan : NULL;
	size_t n = scan ? scan->findings.n : 0;
	/* Without a database nothing was asked about advisories: what they said stands. */
	bool unasked = scan && !r->look->judged.p, partial = lockfile && lockfile->unread;
	enum status status = read_open(r, NULL, id, &before);
	for (size_t i = 0; !status && i < n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		if (finding->level != LEVEL_OFF && (i < n - lockfile->folded || stands(finding, &before)))
			status = put_finding(r, scan, finding, id, &before);
	}
	for (size_t i = 0; !status && !partial && i < before.v.n; i++)
		if (!before.v.v[i].seen && (before.v.v[i].told || !before.v.v[i].advisory || !unasked))
			status = close_finding(r, &before.v.v[i]);
	return status;
}

/* ---- those that advisories make, judged anew ----------------------------------------------------- */

/* What a report says of an advisory that is known here now is found here, or was not so. */
static enum status is_over(const struct rejudged *what, const struct open_finding *finding, bool *out, struct error *err)
{
	struct str ids = finding->ids, id;
	enum status status = STATUS_OK;
	*out = !finding->told;
	while (!status && !*out && str_split(&ids, ',', &id))
		status = what->knows(what->context, finding->name, id, out, err);
	return status;
}

/* What the stored tree has. A finding beside it is of an SBOM that lacked a lockfile's packages, so that what was known before stands: nobody has looked
 * for its package here. */
static struct map *map_packages(const struct tree *tree, struct arena *arena)
{
	struct map *map = map_new(arena, tree->package_count);
	for (uint32_t i = 0; map && i < tree->package_count; i++) {
		struct str key = package_key(arena, tree->packages[i].name, tree->packages[i].version);
		if (!key.p || !map_set(map, key, i))
			return NULL;
	}
	return map;
}

static enum status close_over(struct recording *r, const struct rejudged *what, struct map **packages, const struct open_finding *finding)
{
	size_t there;
	bool over = false;
	if (!finding->asked || finding->seen)
		return STATUS_OK;
	if (!*packages && !(*packages = map_packages(what->scan->tree, r->scratch)))
		return error_memory(r->err);
	enum status status = map_find(*packages, finding->package, &there) ? is_over(what, finding, &over, r->err) : STATUS_OK;
	return status || !over ? status : close_finding(r, finding);
}

static enum status rejudge(struct recording *r, const struct rejudged *what)
{
	struct open_findings before;
	struct map *packages = NULL; /* few rematches end anything */
	enum status status = read_open(r, what->names, what->lockfile, &before);
	for (size_t i = 0; !status && i < what->scan->findings.n; i++)
		if (what->scan->findings.v[i].level != LEVEL_OFF && what->scan->findings.v[i].rule->by_advisory)
			status = put_finding(r, what->scan, &what->scan->findings.v[i], what->lockfile, &before);
	for (size_t i = 0; !status && i < before.v.n; i++)
		status = close_over(r, what, &packages, &before.v.v[i]);
	return status;
}

enum status sqlite_rejudge(void *state, const struct rejudged *what, struct look_result *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	const struct look look = { .when = what->when };
	*out = (struct look_result){ 0 };
	struct recording r = { state, &look, out, scratch, err };
	return scratch ? rejudge(&r, what) : error_memory(err);
}
