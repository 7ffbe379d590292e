/* Why a finding has its level: the clauses that were asked before the one that decided, and what in each did not hold. */
#include "assay/limits.h"
#include "policy/model.h"

/* ---- what is so ------------------------------------------------------------------------- */

static void tell_severity(const struct subject *subject, struct buf *out)
{
	buf_add_z(out, severity_name(subject->finding->severity));
}

static void tell_score(const struct subject *subject, struct buf *out)
{
	int tenths = subject->finding->score_tenths;
	if (tenths < 0)
		buf_printf(out, "not known, and counted as the lowest of %s", severity_name(subject->finding->severity));
	else
		buf_printf(out, "%d.%d", tenths / 10, tenths % 10);
}

static void tell_scope(const struct subject *subject, struct buf *out)
{
	buf_add_z(out, scope_name(subject->scope));
}

static void tell_optional(const struct subject *subject, struct buf *out)
{
	buf_add_z(out, subject->optional ? "true" : "false");
}

static void tell_direct(const struct subject *subject, struct buf *out)
{
	buf_add_z(out, subject->direct ? "true" : "false");
}

static void tell_depth(const struct subject *subject, struct buf *out)
{
	if (subject->depth == TREE_NONE)
		buf_add_z(out, "not known");
	else
		buf_printf(out, "%u", subject->depth);
}

static void tell_importer(const struct subject *subject, struct buf *out)
{
	const struct package *importer = subject->importer;
	if (!importer)
		buf_add_z(out, "another one, for at least one of those that bring it");
	else
		buf_add(out, importer->kind == PACKAGE_ROOT ? STR(".") : importer->folder.n ? importer->folder : importer->id);
}

static void tell_fix(const struct subject *subject, struct buf *out)
{
	buf_printf(out, "\"%s\"", fix_kind_name(subject->finding->fix.kind));
}

static void tell_id(const struct subject *subject, struct buf *out)
{
	buf_add(out, subject->finding->id);
	for (size_t i = 0; i < subject->finding->alias_count; i++) {
		buf_add_z(out, ", ");
		buf_add(out, subject->finding->aliases[i]);
	}
}

static void tell_package(const struct subject *subject, struct buf *out)
{
	const struct package *package = subject->package;
	buf_add(out, package && package->name.n ? package->name : STR("the project"));
	if (package && package->version.n)
		buf_printf(out, "@%.*s", STR_ARG(package->version));
}

static void tell_license(const struct subject *subject, struct buf *out)
{
	struct str license = subject->package ? check_license(subject->scan, subject->package) : STR_NONE;
	buf_add(out, license.n ? license : STR("not known"));
}

static void tell_source(const struct subject *subject, struct buf *out)
{
	buf_add_z(out, subject->package ? package_kind_name(subject->package->kind) : "not known");
}

static void tell_age(const struct subject *subject, int64_t since, struct buf *out)
{
	char age[DATE_TEXT_SIZE];
	if (since == DATE_NONE || since > subject->scan->now) {
		buf_add_z(out, "not known");
		return;
	}
	duration_format(subject->scan->now - since, age);
	buf_add_z(out, age);
}

static void tell_advisory_age(const struct subject *subject, struct buf *out)
{
	tell_age(subject, subject->finding->published, out);
}

static void tell_release_age(const struct subject *subject, struct buf *out)
{
	tell_age(subject, subject_released(subject), out);
}

static void tell_kev(const struct subject *subject, struct buf *out)
{
	buf_add_z(out, subject->finding->kev ? "true" : "false");
}

static void tell_epss(const struct subject *subject, struct buf *out)
{
	if (subject->finding->epss < 0)
		buf_add_z(out, "not known");
	else
		buf_printf(out, "%.4g", subject->finding->epss);
}

static void tell_change(const struct subject *subject, struct buf *out)
{
	const struct finding *finding = subject->finding;
	bool known = subject->scan->changes && finding->instance_count;
	buf_add_z(out, known ? package_change_name(subject->scan->changes[finding->instances[0]]) : "not known: nothing is compared");
}

/* A row for each of condition_types; the test of this file keeps them together. */
static const struct fact {
	const char *name;
	void (*tell)(const struct subject *subject, struct buf *out);
} facts[] = {
	{ "severity", tell_severity },
	{ "score", tell_score },
	{ "scope", tell_scope },
	{ "optional", tell_optional },
	{ "direct", tell_direct },
	{ "depth", tell_depth },
	{ "importer", tell_importer },
	{ "fix", tell_fix },
	{ "id", tell_id },
	{ "package", tell_package },
	{ "license", tell_license },
	{ "source", tell_source },
	{ "kev", tell_kev },
	{ "advisory_age", tell_advisory_age },
	{ "epss", tell_epss },
	{ "release_age", tell_release_age },
	{ "change", tell_change },
	{ "license_within", tell_license },
};

/* "fix is "override"". */
static void tell_fact(const char *name, const struct subject *subject, struct buf *out)
{
	buf_printf(out, "%s ", name);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		if (strcmp(facts[i].name, name) != 0)
			continue;
		buf_add_z(out, "is ");
		facts[i].tell(subject, out);
		return;
	}
	buf_add_z(out, "does not hold");
}

/* ---- the steps --------------------------------------------------------------------------------- */

struct explaining {
	struct arena *arena;
	struct subject subject;
	const struct finding *finding;
	VEC(struct policy_step) steps;
	bool decided;
};

/* All that does not hold, not the first alone: who mends one wants to know of the others. */
static void tell_clause(const struct explaining *explaining, const struct clause *clause, struct buf *out)
{
	const char *between = "";
	char day[DATE_TEXT_SIZE];
	for (size_t i = 0; i < clause->when.n; i++) {
		const struct condition *condition = &clause->when.v[i];
		if (condition->type->holds(condition, &explaining->subject))
			continue;
		buf_add_z(out, between);
		tell_fact(condition->type->name, &explaining->subject, out);
		between = ", ";
	}
	if (*between)
		return;
	if (clause_level(clause, explaining->subject.scan->now) == LEVEL_UNSET) {
		date_format(clause->from, day);
		buf_printf(out, "it begins on %.10s", day);
	} else {
		buf_add_z(out, clause->at_most ? "it only caps, and what decides is not above" : "another one is graver");
	}
}

static bool add_step(struct explaining *explaining, const struct clause *clause)
{
	CLEANUP(buf_fini) struct buf because = BUF_INIT(64 * KIB);
	struct policy_step *step = vec_add(explaining->arena, &explaining->steps);
	if (!step)
		return false;
	*step = (struct policy_step){ .origin = clause->origin, .level = clause->level };
	step->decided = str_equal(clause->origin, explaining->finding->decided_by) && clause_holds(clause, &explaining->subject);
	explaining->decided |= step->decided;
	if (step->decided)
		return true;
	tell_clause(explaining, clause, &because);
	step->because = because.failed ? STR_NONE : arena_copy(explaining->arena, buf_str(&because));
	return step->because.p;
}

static enum status add_steps(struct explaining *explaining, const struct effective_rule *rule, struct error *err)
{
	bool fine = true;
	for (size_t i = rule->command_line.n; i-- && fine && !explaining->decided;)
		fine = add_step(explaining, &rule->command_line.v[i]);
	for (size_t i = 0; i < rule->clauses.n && fine && !explaining->decided; i++)
		fine = add_step(explaining, rule->clauses.v[i]);
	for (size_t i = 0; rule->locked && i < rule->floor.n && fine && !explaining->decided; i++)
		fine = add_step(explaining, rule->floor.v[i]);
	return fine ? STATUS_OK : error_memory(err);
}

enum status policy_explain(const struct policy *policy, const struct scan *scan, const struct finding *finding, struct arena *arena,
			   struct policy_step **out, size_t *count, struct error *err)
{
	const struct effective_rule *rule = &policy->rules[rule_number(finding->rule)];
	struct explaining explaining = { .arena = arena, .finding = finding };
	uint32_t *distances = NULL;
	enum status status = STATUS_OK;
	if (scan->tree && rule->needs & NEEDS_DISTANCES)
		status = tree_distances(scan->tree, arena, &distances, err);
	subject_init(&explaining.subject, scan, distances, finding);
	/* Where clauses ask who brings it, it was judged once for each: what is told is of the one that decided. */
	if (scan->tree && finding->decided_for != TREE_NONE)
		explaining.subject.importer = &scan->tree->packages[finding->decided_for];
	if (!status)
		status = add_steps(&explaining, rule, err);
	*out = explaining.steps.v;
	*count = explaining.steps.n;
	return status;
}
