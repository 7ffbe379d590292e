/*
 * What clears a package, and the heads under FIX NOW: packages that one action clears stand together below the name of that action, and
 * among them those that one direct dependency brings.
 */
#include "report/text_private.h"

static struct str verb_of(const struct text *text, enum text_action action)
{
	const struct lockfile_format *format = text->project->scan->format;
	if (!format || (action != ACTION_INSTALL && action != ACTION_UPDATE))
		return STR_NONE;
	return str_of(action == ACTION_INSTALL ? format->install_command : format->update_command);
}

static bool has_malware(const struct text_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (strcmp(group->findings[i]->rule->id, "malware") == 0)
			return true;
	return false;
}

enum text_action text_action_of(const struct text *text, const struct text_group *group)
{
	const struct fix *fix = text_fix_of(group);
	if (has_malware(group))
		return ACTION_REMOVE;
	for (enum text_action action = ACTION_INSTALL; fix && action <= ACTION_UPDATE; action++) {
		struct str verb = verb_of(text, action);
		if (verb.n && str_find_str(fix->command, verb) < fix->command.n) /* "(cd web && yarn add …)" too */
			return action;
	}
	return fix && fix->snippet.n ? ACTION_OVERRIDE : ACTION_BY_HAND;
}

/* From `first` on, the groups that stand below one head. */
static size_t count_block(const struct text_groups *groups, size_t first)
{
	size_t n = 0;
	while (first + n < groups->groups.n && groups->groups.v[first + n].block == groups->groups.v[first].block)
		n++;
	return n;
}

/* "4 packages, all with express@4.16.4" */
static void write_size(struct text *text, const struct text_groups *groups, size_t first, size_t n)
{
	const struct text_group *group = &groups->groups.v[first];
	text_plural(text, n, "package", "packages");
	if (n > 1 && group->cluster_size == n && !group->package->direct) {
		buf_printf(text->out, ", %s with ", n == 2 ? "both" : "all");
		text_safe(text, group->bringer);
	}
}

static void write_head(struct text *text, const struct text_groups *groups, size_t first)
{
	static const char *const names[ACTION_BY_HAND + 1] = { [ACTION_REMOVE] = "remove", [ACTION_OVERRIDE] = "override", [ACTION_BY_HAND] = "by hand" };
	static const char *const words[ACTION_BY_HAND + 1] = {
		[ACTION_REMOVE] = ": malware",
		[ACTION_OVERRIDE] = ": by what stands below",
		[ACTION_BY_HAND] = ": no command does it",
	};
	const struct text_group *group = &groups->groups.v[first];
	struct str verb = verb_of(text, group->action);
	size_t start = text->out->n, n = count_block(groups, first);
	text_paint(text, PAINT_BOLD, verb.n ? verb : str_of(names[group->action]));
	text_column(text, start, TEXT_HEAD_COLUMN);
	write_size(text, groups, first, n);
	buf_add_z(text->out, words[group->action] ? words[group->action] : "");
	text_end(text, start, TEXT_HEAD_COLUMN);
}

/* Where all is cleared by one action, the line behind FIX NOW is head enough. */
static bool needs_heads(const struct text_groups *groups)
{
	const struct text_group *first = NULL;
	for (size_t i = 0; i < groups->groups.n; i++) {
		const struct text_group *group = &groups->groups.v[i];
		if (group->level == LEVEL_ERROR && first && group->action != first->action)
			return true;
		first = group->level == LEVEL_ERROR && !first ? group : first;
	}
	return false;
}

void text_action_write_head(struct text *text, const struct text_groups *groups, size_t i)
{
	const struct text_group *group = &groups->groups.v[i], *before = group - (i > 0); /* itself: there is none */
	bool begins = !i || before->block != group->block;
	if (begins && needs_heads(groups))
		write_head(text, groups, i);
	if (group->cluster_size < 2 || group->package->direct || (i && before->cluster == group->cluster) ||
	    (begins && needs_heads(groups) && count_block(groups, i) == group->cluster_size))
		return;
	size_t start = text->out->n;
	buf_add_z(text->out, "  with ");
	text_safe(text, group->bringer);
	buf_printf(text->out, " (%zu packages)", group->cluster_size);
	text_end(text, start, 4);
}

/* ---- the way to more ------------------------------------------------------------------------ */

/* The page of the worst advisory, and how to read the rest; what no advisory says is explained by its rule. */
void text_link_write(struct text *text, const struct text_group *group)
{
	const struct finding *advisory = text_first_advisory(group), *linked = NULL;
	size_t start = text->out->n, advisories = 0;
	if (text->report->verbose)
		return; /* each finding has its own there */
	for (size_t i = 0; i < group->count; i++) {
		advisories += text_is_advisory(group->findings[i]);
		linked = !linked && text_is_advisory(group->findings[i]) && group->findings[i]->url.n ? group->findings[i] : linked;
	}
	buf_add_z(text->out, "    more: ");
	if (linked)
		text_safe(text, linked->url);
	else
		buf_printf(text->out, "assay explain %s", advisory ? advisory->rule->id : group->findings[0]->rule->id);
	if (advisories > 1) {
		buf_printf(text->out, ", the other%s: assay explain ", advisories > 2 ? "s" : "");
		text_safe(text, group->package->name);
	}
	text_end(text, start, 10);
}
