/*
 * Packages that the policy bans. One that is allowed through some parents is there rightly where only those ask for it: each edge that
 * arrives counts, since any of them would bring it alone.
 */
#include "check/check_private.h"

/* The first of its parents that may not bring it; TREE_NONE: none is allowed to begin with, or all are. */
static uint32_t wrong_parent(const struct tree *tree, uint32_t number, const struct ban *ban, bool *allowed)
{
	const struct package *package = &tree->packages[number];
	*allowed = false;
	for (uint32_t i = 0; ban->except_through && i < package->in_count; i++) {
		const struct package *parent = &tree->packages[tree->edges[tree->in[package->in_first + i]].from];
		if (!package_patterns_find(ban->except_through, parent, NULL))
			return tree->edges[tree->in[package->in_first + i]].from;
		*allowed = true;
	}
	return TREE_NONE;
}

static struct str describe(const struct walk *walk, const struct ban *ban, uint32_t parent)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	buf_printf(&text, "the policy bans %.*s", STR_ARG(ban->text));
	if (ban->reason.n)
		buf_printf(&text, ": %.*s", STR_ARG(ban->reason));
	if (parent != TREE_NONE) {
		const struct package *from = &walk->scan->tree->packages[parent];
		struct str label = package_label(walk->scratch, from);
		buf_printf(&text, "; %.*s is none of those through which it may come", STR_ARG(label.n ? label : STR("the project")));
	}
	if (ban->instead.n)
		buf_printf(&text, "; instead: %.*s", STR_ARG(ban->instead));
	return text.failed ? STR_NONE : arena_copy(walk->scan->arena, buf_str(&text));
}

static enum judgement judge_banned(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct package *package = &scan->tree->packages[number];
	size_t which;
	bool allowed;
	if (package_is_own(package))
		return package->kind == PACKAGE_LINK ? UNJUDGED_LINK : UNJUDGED_OWN;
	if (!scan->declared || !package_patterns_find(scan->declared->banned, package, &which))
		return JUDGED;
	const struct ban *ban = &scan->declared->bans[which];
	uint32_t parent = wrong_parent(scan->tree, number, ban, &allowed);
	if (parent != TREE_NONE || !allowed)
		walk_found(walk, number, (struct problem){ .subject = ban->text, .message = describe(walk, ban, parent) });
	return JUDGED;
}

enum status run_banned(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_banned, err);
}
