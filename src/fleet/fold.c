/*
 * What is kept of a lockfile's findings. What the database lacks is told of the fleet as a whole; and of what one rule says of hundreds of packages (a mirror that no
 * policy names) the first ones stand for all. Which are the first can change from look to look: those that stand already stay while they are found.
 */
#include "assay/limits.h"
#include "fleet/look.h"

struct folding {
	struct scan *scan;
	struct finding *folded; /* those that others stand for */
	size_t kept, folded_count;
	const struct rule *rule; /* of the one at hand, and of it: */
	size_t of_rule, left;    /* how many are kept, how many are not */
	struct finding *last;
};

static bool is_foldable(const struct finding *finding)
{
	const struct rule *rule = finding->rule;
	return !rule->gap && finding->level < LEVEL_ERROR && !rule->by_advisory;
}

static enum status say_folded(struct folding *folding, struct error *err)
{
	struct finding *last = folding->last;
	if (!folding->left)
		return STATUS_OK;
	last->message = arena_printf(folding->scan->arena, "%.*s; and %zu more packages of this lockfile", STR_ARG(last->message), folding->left);
	return last->message.p ? STATUS_OK : error_memory(err);
}

/* The findings of one rule come one after the other. */
static enum status fold_finding(struct folding *folding, const struct finding *finding, struct error *err)
{
	enum status status = STATUS_OK;
	if (!folding->rule || finding->rule != folding->rule) {
		status = say_folded(folding, err);
		folding->rule = finding->rule;
		folding->of_rule = folding->left = 0;
	}
	if (str_starts_with(str_of(finding->rule->id), STR("database-")))
		return status;
	if (is_foldable(finding) && folding->of_rule >= LIMIT_FLEET_FINDINGS) {
		folding->folded[folding->folded_count++] = *finding;
		folding->left++;
		return status;
	}
	struct finding *kept = &folding->scan->findings.v[folding->kept++];
	*kept = *finding;
	if (is_foldable(finding)) {
		folding->of_rule++;
		folding->last = kept;
	}
	return status;
}

enum status look_fold(struct scan *scan, size_t *folded, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct folding folding = { .scan = scan };
	if (!arena || !(folding.folded = arena_array(arena, scan->findings.n, sizeof *folding.folded)))
		return error_memory(err);
	enum status status = STATUS_OK;
	for (size_t i = 0; i < scan->findings.n && !status; i++)
		status = fold_finding(&folding, &scan->findings.v[i], err);
	if (!status)
		status = say_folded(&folding, err);
	if (folding.folded_count)
		memcpy(scan->findings.v + folding.kept, folding.folded, folding.folded_count * sizeof *folding.folded);
	scan->findings.n = folding.kept + folding.folded_count;
	*folded = folding.folded_count;
	return status;
}
