/*
 * What a policy makes of a scan: each finding's level and waiver, the sums, the verdict. A failed policy is one thing, what could
 * not be checked another; neither hides the other.
 */
#include "policy/model.h"

static enum status judge(const struct policy *policy, const struct scan *scan, struct finding *finding,
			 struct arena *scratch, struct error *err)
{
	struct subject subject;
	subject_init(&subject, scan, finding);
	finding->level = policy_decide(policy, &subject, &finding->decided_by);
	require_raise(policy, finding);
	return waivers_apply(policy, scan, finding, scratch, err);
}

enum status policy_apply(const struct policy *policy, struct scan *scan, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	if (!scratch)
		return error_memory(err);
	size_t found = scan->findings.n;
	enum status status = require_add_gaps(policy, scan, err);
	for (size_t i = 0; !status && i < found; i++)
		status = judge(policy, scan, &scan->findings.v[i], scratch, err);
	/* The gaps just added have their level; only a waiver can still change what they count for. */
	for (size_t i = found; !status && i < scan->findings.n; i++)
		status = waivers_apply(policy, scan, &scan->findings.v[i], scratch, err);
	return status || found == scan->findings.n ? status : check_order(scan, err);
}

void policy_sum(const struct scan *scan, struct summary *summary)
{
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		size_t *const by_level[] = { NULL, &summary->info, &summary->warn, &summary->error };
		if (finding->level == LEVEL_OFF)
			continue;
		if (finding->waiver_state == WAIVER_ACTIVE)
			summary->waived++;
		else if (!finding->rule->gap)
			++*by_level[finding->level];
		else if (finding->level == LEVEL_ERROR)
			summary->unchecked++;
	}
}

enum verdict policy_verdict(const struct summary *summary, bool *complete)
{
	*complete = summary->unchecked == 0;
	if (summary->error)
		return VERDICT_FAIL;
	return *complete ? VERDICT_PASS : VERDICT_INCOMPLETE;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = { "pass", "fail", "incomplete" };
	return names[verdict];
}
