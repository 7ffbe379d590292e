/* Writing down what was found: which findings came, changed and went; and of the errors among them, what is news. */
#include "fleet/sqlite_finding.h"
#include "fleet/told.h"

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

static bool was_error(struct recording *r, const struct finding *finding, struct str name, const struct open_findings *before)
{
	size_t there;
	struct str rule = str_of(finding->rule->id);
	bool was = map_find(before->errors, finding_problem_key(r->scratch, rule, finding->id, name), &there);
	for (size_t i = 0; i < finding->alias_count && !was; i++)
		was = map_find(before->errors, finding_problem_key(r->scratch, rule, finding->aliases[i], name), &there);
	return was;
}

/* The same problem of the same package stood there before, in another version or under another of its names: an update that leaves it is no news.
 * Malware always is, and what is said of the project's own code, of which one problem is not another. */
static bool is_carried(struct recording *r, const struct finding *finding, const struct package *package, const struct open_findings *before)
{
	if (package_is_own(package) || strcmp(finding->rule->id, "malware") == 0)
		return false;
	return was_error(r, finding, package->name, before) || (r->leaving && was_error(r, finding, package->name, r->leaving));
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
	bool waived = finding->waiver_state == WAIVER_ACTIVE, counts = finding_counts(level, waived);
	before->seen = true;
	query_bind_int(query, 1, before->id);
	r->result->appeared += counts && !before->counts;
	r->result->cleared += !counts && before->counts;
	enum status status = query_run(query, r->err);
	bool raised = finding_is_error(level, waived, finding->rule->gap) && !before->error;
	return status || !raised ? status : put_news(r, before->id, "raised");
}

/* `left`: it stood so in a lockfile that is no more, and goes on in more than one; or NULL. */
static enum status add_finding(struct recording *r, const struct scan *scan, const struct finding *finding, struct store_query *query,
			       const struct open_findings *before, const struct open_finding *left)
{
	const struct package *package = &scan->tree->packages[finding->instances[0]];
	struct str level = str_of(rule_level_name(finding->level));
	bool waived = finding->waiver_state == WAIVER_ACTIVE;
	query_bind_int(query, 21, left ? left->first : recording_since(r));
	r->result->appeared += finding_counts(level, waived) && !(left && left->counts);
	enum status status = query_run(query, r->err);
	bool news = finding_is_error(level, waived, finding->rule->gap) && !(left && left->error) && !is_carried(r, finding, package, before);
	return status || !news ? status : put_news(r, store_last_key(r->fleet->store), "new");
}

/* By any of its names. */
static struct open_finding *find_problem(struct recording *r, const struct finding *finding, const struct package *package, const struct open_findings *among)
{
	size_t number;
	bool own = package_is_own(package);
	struct str rule = str_of(finding->rule->id), name = own ? STR("") : package->name, version = own ? finding->message : package->version;
	bool found = map_find(among->by_problem, finding_version_key(r->scratch, rule, finding->id, name, version), &number);
	for (size_t i = 0; i < finding->alias_count && !found; i++)
		found = map_find(among->by_problem, finding_version_key(r->scratch, rule, finding->aliases[i], name, version), &number);
	return found && number < among->v.n ? &among->v.v[number] : NULL;
}

/* The same one in a lockfile that is no more, which is told here now; NULL. */
static struct open_finding *find_leaving(struct recording *r, const struct finding *finding, const struct package *package)
{
	struct open_finding *left = r->leaving ? find_problem(r, finding, package, r->leaving) : NULL;
	if (left)
		left->merged = true;
	return left;
}

static enum status put_one(struct recording *r, const struct scan *scan, const struct finding *finding, int64_t lockfile,
			   const struct open_findings *before, struct open_finding *open, const struct open_finding *left)
{
	struct store_query *query = recording_query(r, open ? Q_FINDING_CHANGE : Q_FINDING_ADD);
	if (!query)
		return r->err->status;
	bind_finding(r, query, scan, finding);
	query_bind_int(query, 2, lockfile);
	return open ? change_finding(r, finding, query, open) : add_finding(r, scan, finding, query, before, left);
}

/* Nobody has taken it over, and it may be. */
static bool is_free(const struct open_finding *open)
{
	return open && open->asked && !open->seen;
}

/* What is not known by its fingerprint stands under another name of its advisory, as a report has it, or stood in a lockfile that is no more: it goes on
 * here, is no news, and has been there since. */
static enum status put_other(struct recording *r, const struct scan *scan, const struct finding *finding, int64_t lockfile, const struct open_findings *before)
{
	const struct package *package = &scan->tree->packages[finding->instances[0]];
	struct open_finding *left = find_leaving(r, finding, package), *open = find_problem(r, finding, package, before);
	if (!is_free(open))
		open = left;
	return put_one(r, scan, finding, lockfile, before, is_free(open) ? open : NULL, left);
}

/* Takes apart `findings`. */
static enum status put_all(struct recording *r, const struct scan *scan, const struct finding **findings, size_t n, int64_t lockfile,
			   const struct open_findings *before)
{
	enum status status = STATUS_OK;
	size_t number, others = 0;
	for (size_t i = 0; i < n && !status; i++) {
		const struct package *package = &scan->tree->packages[findings[i]->instances[0]];
		if (!map_find(before->by_fingerprint, findings[i]->fingerprint, &number) || number >= before->v.n)
			findings[others++] = findings[i];
		else
			status = put_one(r, scan, findings[i], lockfile, before, &before->v.v[number], find_leaving(r, findings[i], package));
	}
	for (size_t i = 0; i < others && !status; i++)
		status = put_other(r, scan, findings[i], lockfile, before);
	return status;
}

enum status recording_close_finding(struct recording *r, const struct open_finding *finding)
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
	const struct scan *scan = lockfile->scan;
	size_t n = scan->findings.n, count = 0;
	const struct finding **findings = arena_array(r->scratch, n, sizeof(const struct finding *));
	/* Without a database nothing was asked about advisories: what they said stands. */
	bool unasked = !r->look->judged.p, all = !lockfile->unread && !lockfile->partial;
	enum status status = findings ? recording_read_open(r, NULL, id, &before) : error_memory(r->err);
	for (size_t i = 0; !status && i < n; i++)
		if (scan->findings.v[i].level != LEVEL_OFF && (i < n - lockfile->folded || stands(&scan->findings.v[i], &before)))
			findings[count++] = &scan->findings.v[i];
	if (!status)
		status = put_all(r, scan, findings, count, id, &before);
	for (size_t i = 0; !status && all && i < before.v.n; i++)
		if (!before.v.v[i].seen && (before.v.v[i].told || !before.v.v[i].advisory || !unasked))
			status = recording_close_finding(r, &before.v.v[i]);
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

static enum status rejudge(struct recording *r, const struct rejudged *what)
{
	struct open_findings before;
	const struct scan *scan = what->scan;
	size_t count = 0;
	const struct finding **findings = arena_array(r->scratch, scan->findings.n, sizeof(const struct finding *));
	enum status status = findings ? recording_read_open(r, what->names, what->lockfile, &before) : error_memory(r->err);
	for (size_t i = 0; !status && i < scan->findings.n; i++)
		if (scan->findings.v[i].level != LEVEL_OFF && scan->findings.v[i].rule->by_advisory)
			findings[count++] = &scan->findings.v[i];
	if (!status)
		status = put_all(r, scan, findings, count, what->lockfile, &before);
	for (size_t i = 0; !status && i < before.v.n; i++) {
		const struct open_finding *finding = &before.v.v[i];
		bool over = false;
		if (finding->asked && !finding->seen)
			status = is_over(what, finding, &over, r->err);
		if (!status && over)
			status = recording_close_finding(r, finding);
	}
	return status;
}

enum status sqlite_rejudge(void *state, const struct rejudged *what, struct look_result *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	const struct look look = { .when = what->when };
	*out = (struct look_result){ 0 };
	struct recording r = { .fleet = state, .look = &look, .result = out, .scratch = scratch, .err = err };
	return scratch ? rejudge(&r, what) : error_memory(err);
}
