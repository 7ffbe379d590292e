/* Writing down what was found: which findings came, changed and went; and of the errors among them, what is news. */
#include "fleet/sqlite_record.h"
#include "fleet/told.h"

struct open_finding {
	int64_t id, first;
	struct str fingerprint;
	bool counts, seen;
	bool merged;               /* one that is leaving: the same is told elsewhere in its project */
	bool error;                /* it is one that people were told of */
	bool advisory;             /* an advisory made it */
	bool told;                 /* it is a report's word */
	bool asked;                /* what is found now is all there is to be of it */
	struct str name, ids, key; /* its package, "id,alias,…", the first one's key in `by_problem` */
	struct str release;        /* "name\nversion" */
};
struct open_findings {
	VEC(struct open_finding) v;
	struct map *by_fingerprint;
	struct map *by_problem; /* "rule\nid or alias\nname\nversion" (of the project's own code the message, which says what it is about); the oldest */
	struct map *errors;     /* "rule\nid or alias\nname" of those that are errors, in whatever version */
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

static struct str version_key(struct arena *arena, struct str rule, struct str id, struct str name, struct str version)
{
	return arena_printf(arena, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(rule), STR_ARG(id), STR_ARG(name), STR_ARG(version));
}

static bool note_oldest(struct open_findings *out, struct str key)
{
	size_t last = out->v.n - 1, there;
	bool older = map_find(out->by_problem, key, &there) && there < last && out->v.v[there].first <= out->v.v[last].first;
	return older || map_set(out->by_problem, key, last);
}

static bool note_problem(struct recording *r, struct store_query *query, struct open_findings *out)
{
	struct open_finding *open = &out->v.v[out->v.n - 1];
	struct str id, rule = query_text(query, 4), first = query_text(query, 5), aliases = query_text(query, 6), name = query_text(query, 7);
	struct str version = name.n ? query_text(query, 10) : query_text(query, 12);
	open->ids = arena_printf(r->scratch, "%.*s%s%.*s", STR_ARG(first), aliases.n ? "," : "", STR_ARG(aliases));
	open->key = version_key(r->scratch, rule, first, name, version);
	if (!open->ids.p || !open->key.p || !note_oldest(out, open->key))
		return false;
	open->release = str_from(open->key, rule.n + first.n + 2);
	while (str_split(&aliases, ',', &id)) {
		struct str key = version_key(r->scratch, rule, id, name, version);
		if (!key.p || !note_oldest(out, key))
			return false;
	}
	return copy_text(query, 7, r->scratch, &open->name);
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
		.first = query_int(query, 11),
		.counts = level_counts(query_text(query, 2), query_int(query, 3)),
		.advisory = check_is_by_advisory(query_text(query, 4)),
		.told = str_starts_with(query_text(query, 9), STR(TOLD_BY)),
		.error = is_error(query_text(query, 2), query_int(query, 3), query_int(query, 8)),
	};
	return copy_text(query, 1, r->scratch, &open->fingerprint) && map_set(out->by_fingerprint, open->fingerprint, out->v.n - 1) &&
	       note_problem(r, query, out) && (!open->error || note_error(r, query, out));
}

static bool make_open(struct recording *r, struct open_findings *out)
{
	*out = (struct open_findings){ .by_fingerprint = map_new(r->scratch, 0), .by_problem = map_new(r->scratch, 0), .errors = map_new(r->scratch, 0) };
	return out->by_fingerprint && out->by_problem && out->errors;
}

/* Adds those of a lockfile. `names` NULL: all are asked about; else what advisories say of these. */
static enum status add_open(struct recording *r, const struct map *names, int64_t lockfile, struct open_findings *out)
{
	struct store_query *query = recording_query(r, Q_FINDINGS_OPEN);
	bool row = true;
	size_t value;
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, lockfile);
	enum status status = STATUS_OK;
	while (!status && !(status = query_next(query, &row, r->err)) && row) {
		if (!read_one(r, query, out)) {
			status = error_memory(r->err);
			break;
		}
		struct open_finding *open = &out->v.v[out->v.n - 1];
		open->asked = !names || (open->advisory && map_find(names, query_text(query, 7), &value));
	}
	query_reset(query);
	return status;
}

static enum status read_open(struct recording *r, const struct map *names, int64_t lockfile, struct open_findings *out)
{
	return make_open(r, out) ? add_open(r, names, lockfile, out) : error_memory(r->err);
}

enum status recording_add_leaving(struct recording *r, int64_t lockfile, bool stays)
{
	if (!r->leaving) {
		r->leaving = arena_alloc(r->scratch, sizeof *r->leaving);
		if (!r->leaving || !make_open(r, r->leaving))
			return error_memory(r->err);
	}
	size_t before = r->leaving->v.n;
	enum status status = add_open(r, NULL, lockfile, r->leaving);
	for (size_t i = before; i < r->leaving->v.n && stays; i++)
		r->leaving->v.v[i].seen = true;
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

static bool was_error(struct recording *r, const struct finding *finding, struct str name, const struct open_findings *before)
{
	size_t there;
	struct str rule = str_of(finding->rule->id);
	bool was = map_find(before->errors, problem_key(r->scratch, rule, finding->id, name), &there);
	for (size_t i = 0; i < finding->alias_count && !was; i++)
		was = map_find(before->errors, problem_key(r->scratch, rule, finding->aliases[i], name), &there);
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
	bool waived = finding->waiver_state == WAIVER_ACTIVE, counts = level_counts(level, waived);
	before->seen = true;
	query_bind_int(query, 1, before->id);
	r->result->appeared += counts && !before->counts;
	r->result->cleared += !counts && before->counts;
	enum status status = query_run(query, r->err);
	bool raised = is_error(level, waived, finding->rule->gap) && !before->error;
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
	r->result->appeared += level_counts(level, waived) && !(left && left->counts);
	enum status status = query_run(query, r->err);
	bool news = is_error(level, waived, finding->rule->gap) && !(left && left->error) && !is_carried(r, finding, package, before);
	return status || !news ? status : put_news(r, store_last_key(r->fleet->store), "new");
}

/* By any of its names. */
static struct open_finding *find_problem(struct recording *r, const struct finding *finding, const struct package *package, const struct open_findings *among)
{
	size_t number;
	bool own = package_is_own(package);
	struct str rule = str_of(finding->rule->id), name = own ? STR("") : package->name, version = own ? finding->message : package->version;
	bool found = map_find(among->by_problem, version_key(r->scratch, rule, finding->id, name, version), &number);
	for (size_t i = 0; i < finding->alias_count && !found; i++)
		found = map_find(among->by_problem, version_key(r->scratch, rule, finding->aliases[i], name, version), &number);
	return found && number < among->v.n ? &among->v.v[number] : NULL;
}

static void note_merged(struct recording *r, const struct finding *finding, const struct package *package)
{
	struct open_finding *left = r->leaving ? find_problem(r, finding, package, r->leaving) : NULL;
	if (left)
		left->merged = true;
}

static enum status put_one(struct recording *r, const struct scan *scan, const struct finding *finding, int64_t lockfile,
			   const struct open_findings *before, struct open_finding *open, const struct open_finding *left)
{
	struct store_query *query = recording_query(r, open ? Q_FINDING_CHANGE : Q_FINDING_ADD);
	if (!query)
		return r->err->status;
	note_merged(r, finding, &scan->tree->packages[finding->instances[0]]);
	bind_finding(r, query, scan, finding);
	query_bind_int(query, 2, lockfile);
	return open ? change_finding(r, finding, query, open) : add_finding(r, scan, finding, query, before, left);
}

/* What is not known by its fingerprint stands under another name of its advisory, as a report has it, or stood in a lockfile that is no more: it goes on
 * here, is no news, and has been there since. */
static enum status put_other(struct recording *r, const struct scan *scan, const struct finding *finding, int64_t lockfile, const struct open_findings *before)
{
	const struct package *package = &scan->tree->packages[finding->instances[0]];
	struct open_finding *open = find_problem(r, finding, package, before), *left = NULL;
	if (open && (open->seen || !open->asked))
		open = NULL;
	if (!open && r->leaving)
		left = find_problem(r, finding, package, r->leaving);
	return put_one(r, scan, finding, lockfile, before, left && !left->seen ? left : open, left);
}

/* Takes apart `findings`. */
static enum status put_all(struct recording *r, const struct scan *scan, const struct finding **findings, size_t n, int64_t lockfile,
			   const struct open_findings *before)
{
	enum status status = STATUS_OK;
	size_t number, others = 0;
	for (size_t i = 0; i < n && !status; i++) {
		if (!map_find(before->by_fingerprint, findings[i]->fingerprint, &number) || number >= before->v.n)
			findings[others++] = findings[i];
		else
			status = put_one(r, scan, findings[i], lockfile, before, &before->v.v[number], NULL);
	}
	for (size_t i = 0; i < others && !status; i++)
		status = put_other(r, scan, findings[i], lockfile, before);
	return status;
}

static enum status move_finding(struct recording *r, const struct open_finding *finding, int64_t lockfile)
{
	struct store_query *query = recording_query(r, Q_FINDING_MOVE);
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, finding->id);
	query_bind_int(query, 2, lockfile);
	return query_run(query, r->err);
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
	const struct scan *scan = lockfile->scan;
	size_t n = scan->findings.n, count = 0;
	const struct finding **findings = arena_array(r->scratch, n, sizeof(const struct finding *));
	/* Without a database nothing was asked about advisories: what they said stands. */
	bool unasked = !r->look->judged.p, all = !lockfile->unread && !lockfile->partial;
	enum status status = findings ? read_open(r, NULL, id, &before) : error_memory(r->err);
	for (size_t i = 0; !status && i < n; i++)
		if (scan->findings.v[i].level != LEVEL_OFF && (i < n - lockfile->folded || stands(&scan->findings.v[i], &before)))
			findings[count++] = &scan->findings.v[i];
	if (!status)
		status = put_all(r, scan, findings, count, id, &before);
	for (size_t i = 0; !status && all && i < before.v.n; i++)
		if (!before.v.v[i].seen && (before.v.v[i].told || !before.v.v[i].advisory || !unasked))
			status = close_finding(r, &before.v.v[i]);
	return status;
}

/* ---- what stood in lockfiles that are no more -------------------------------------------------- */

/* The oldest of the same problem of the same release. */
static const struct open_finding *find_oldest(const struct open_findings *leaving, const struct open_finding *finding)
{
	size_t number;
	return map_find(leaving->by_problem, finding->key, &number) && number < leaving->v.n ? &leaving->v.v[number] : finding;
}

/* Two are one now, and it goes on: nothing came to an end. */
static enum status drop_finding(struct recording *r, const struct open_finding *finding)
{
	static const enum sqlite_query queries[] = { Q_FINDING_DROP_NEWS, Q_FINDING_DROP };
	enum status status = STATUS_OK;
	for (size_t i = 0; i < sizeof queries / sizeof *queries && !status; i++) {
		struct store_query *query = recording_query(r, queries[i]);
		if (!query)
			return r->err->status;
		query_bind_int(query, 1, finding->id);
		status = query_run(query, r->err);
	}
	return status;
}

/* What stands in lockfiles that something moves to, by "lockfile\nfingerprint" and "lockfile\nkey". */
static bool note_place(struct recording *r, struct map *places, int64_t lockfile, const struct open_finding *finding)
{
	struct str fingerprint = arena_printf(r->scratch, "%lld\n%.*s", (long long)lockfile, STR_ARG(finding->fingerprint));
	struct str key = arena_printf(r->scratch, "%lld\n%.*s", (long long)lockfile, STR_ARG(finding->key));
	return fingerprint.p && key.p && map_set(places, fingerprint, 1) && map_set(places, key, 1);
}

static bool has_place(struct recording *r, const struct map *places, int64_t lockfile, const struct open_finding *finding)
{
	size_t there;
	return map_find(places, arena_printf(r->scratch, "%lld\n%.*s", (long long)lockfile, STR_ARG(finding->fingerprint)), &there) ||
	       map_find(places, arena_printf(r->scratch, "%lld\n%.*s", (long long)lockfile, STR_ARG(finding->key)), &there);
}

static enum status read_places(struct recording *r, struct map *places, int64_t lockfile)
{
	struct open_findings there;
	size_t known;
	struct str name = arena_printf(r->scratch, "%lld", (long long)lockfile);
	if (!name.p)
		return error_memory(r->err);
	if (map_find(places, name, &known))
		return STATUS_OK;
	enum status status = map_set(places, name, 1) ? read_open(r, NULL, lockfile, &there) : error_memory(r->err);
	for (size_t i = 0; !status && i < there.v.n; i++)
		status = note_place(r, places, lockfile, &there.v.v[i]) ? STATUS_OK : error_memory(r->err);
	return status;
}

/* *moved false: it stands there already. */
static enum status move_to(struct recording *r, struct map *places, const struct open_finding *finding, int64_t heir, bool *moved)
{
	enum status status = read_places(r, places, heir);
	*moved = false;
	if (status || has_place(r, places, heir, finding))
		return status;
	*moved = true;
	status = move_finding(r, finding, heir);
	return status || note_place(r, places, heir, finding) ? status : error_memory(r->err);
}

/* To the first lockfile that has its release and not yet the finding; where they all have it, two are one. What is told of a project is told in whatever
 * pieces: one that is told in another piece now is the same. */
static enum status end_one(struct recording *r, struct map *places, const struct releases *releases, struct open_finding *finding, int64_t heir)
{
	enum status status = STATUS_OK;
	size_t at = 0;
	const struct open_finding *oldest = find_oldest(r->leaving, finding);
	bool moved = false, taken = oldest->seen;
	if (r->look->since && (taken || oldest->merged))
		return drop_finding(r, finding);
	if (!taken && finding->advisory && releases->map)
		(void)!map_find(releases->map, finding->release, &at);
	finding->counts &= !taken && !at && !heir;
	for (; at && !moved && !status; at = releases->places.v[at - 1].next)
		status = move_to(r, places, finding, releases->places.v[at - 1].lockfile, &moved);
	if (!status && !moved && !taken && heir)
		status = move_to(r, places, finding, heir, &moved);
	return status || moved ? status : close_finding(r, finding);
}

enum status recording_end_leaving(struct recording *r, const struct releases *releases, int64_t heir)
{
	struct map *places = map_new(r->scratch, 0);
	enum status status = places ? STATUS_OK : error_memory(r->err);
	for (size_t i = 0; !status && r->leaving && i < r->leaving->v.n; i++)
		if (!r->leaving->v.v[i].seen)
			status = end_one(r, places, releases, &r->leaving->v.v[i], heir);
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
	enum status status = findings ? read_open(r, what->names, what->lockfile, &before) : error_memory(r->err);
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
			status = close_finding(r, finding);
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
