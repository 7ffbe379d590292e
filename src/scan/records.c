/*
 * A date and who published before cost a package's whole document. So they are asked for what a change adds; and for everything where
 * the policy, or the command line, has a clause that wants to know.
 */
#include "scan/records.h"

#include <limits.h>

/* By package: what the rule is to judge, which is what a change brings, or all. NULL: nothing. */
static enum status choose(struct scan *scan, const struct policy *policy, const char *rule, const bool **out, struct error *err)
{
	const size_t count = scan->tree->package_count;
	bool all = policy_asks(policy, check_rule_by_id(str_of(rule)));
	bool *chosen = all || scan->changes ? arena_array(scan->arena, count, sizeof *chosen) : NULL;
	if (!chosen && (all || scan->changes))
		return error_memory(err);
	for (size_t i = 0; chosen && i < count; i++)
		chosen[i] = all || scan->changes[i] != CHANGE_CARRIED;
	*out = chosen;
	return STATUS_OK;
}

static enum status choose_histories(struct scan *scan, const struct policy *policy, const bool **out, struct error *err)
{
	const size_t count = scan->tree->package_count;
	bool *either = arena_array(scan->arena, count, sizeof *either);
	enum status status = either ? choose(scan, policy, "release-age", &scan->dated, err) : error_memory(err);
	if (!status)
		status = choose(scan, policy, "publisher-changed", &scan->traced, err);
	const bool all = policy_asks_releases(policy);
	for (size_t i = 0; i < count && !status; i++)
		either[i] = all || (scan->dated && scan->dated[i]) || (scan->traced && scan->traced[i]);
	*out = either;
	return status;
}

/* What --omit leaves out for every rule that bytes or records have something to say to: an organisation's floor looks at all. */
static unsigned omitted_by_all(const struct scan *scan)
{
	static const char *const also[] = { "license", "license-missing", "install-script", "deprecated" };
	unsigned omit = UINT_MAX;
	for (size_t i = 0; check_rules[i]; i++) {
		bool reads = check_rules[i]->needs_tarballs;
		for (size_t k = 0; k < sizeof also / sizeof *also; k++)
			reads |= strcmp(check_rules[i]->id, also[k]) == 0;
		if (reads && !scan->plans[i].off)
			omit &= scan->plans[i].omit;
	}
	return omit;
}

/* Nobody has a use for what is fetched of it. */
enum status scan_leave_out(struct scan *scan, const bool *asked, const bool **out, struct error *err)
{
	const size_t count = scan->tree->package_count;
	const unsigned omit = omitted_by_all(scan);
	bool *left_out = scan->changes || omit ? arena_array(scan->arena, count, sizeof *left_out) : NULL;
	if (!left_out && (scan->changes || omit))
		return error_memory(err);
	for (size_t i = 0; left_out && i < count; i++) {
		bool carried = scan->changes && scan->changes[i] == CHANGE_CARRIED && !(asked && asked[i]);
		left_out[i] = carried || package_is_omitted(&scan->tree->packages[i], omit);
	}
	*out = left_out;
	return STATUS_OK;
}

/* Those of the policy, for scopes of which npm's settings say nothing. */
static enum status policy_scopes(struct scan *scan, const struct policy *policy, struct record_options *out, struct error *err)
{
	const struct policy_settings *settings = policy_settings(policy);
	struct npm_scope *scopes = arena_array(scan->arena, settings->registry_count + 1, sizeof *scopes);
	if (!scopes)
		return error_memory(err);
	for (size_t i = 0; i < settings->registry_count; i++) {
		scopes[i].scope = settings->registries[i].scope;
		scopes[i].registry = arena_copy(scan->arena, settings->registries[i].url).p;
		if (!scopes[i].registry)
			return error_memory(err);
	}
	out->scopes = scopes;
	out->scope_count = settings->registry_count;
	return STATUS_OK;
}

/* For conditions on release_age. */
static enum status give_dates(struct scan *scan, const bool *asked, struct error *err)
{
	int64_t *released = arena_array(scan->arena, scan->tree->package_count, sizeof *released);
	if (!released)
		return error_memory(err);
	for (uint32_t i = 0; i < scan->tree->package_count; i++) {
		const struct registry_record *record = scan->records[i];
		bool given = record && asked[i] && record->history == HISTORY_GIVEN;
		released[i] = given ? record->published : DATE_NONE;
	}
	scan->released = released;
	return STATUS_OK;
}

/* Rooms that do not know each other say the same in words of their own. */
static enum status give_known(struct scan *scan, const struct registry_asking *asking, const struct tarball_known **out, struct error *err)
{
	const struct record_known *known = registry_records_known(asking);
	struct tarball_known *copy = arena_array(scan->arena, scan->tree->package_count, sizeof *copy);
	if (!copy)
		return error_memory(err);
	for (uint32_t i = 0; i < scan->tree->package_count; i++)
		copy[i] = (struct tarball_known){ .published = known[i].integrity, .gone = known[i].gone };
	*out = copy;
	return STATUS_OK;
}

enum status scan_records_begin(struct scan *scan, const struct scan_options *options, const struct npm_settings *npm, const char *const *origins,
			       const struct policy *policy, struct scan_records *out, const struct tarball_known **known, struct error *err)
{
	out->how = (struct record_options){
		.settings = npm,
		.allowed_origins = origins,
		.private_because = scan->private_because,
		.private_context = scan->private_context,
		.kept = options->records,
		.offline = options->offline,
		.tries = npm->tries,
		.backoff_ms = npm->backoff_ms,
		.timeout_ms = npm->timeout_ms,
		.user_agent = options->user_agent,
		.progress = options->asked,
		.note = options->note,
		.context = options->context,
	};
	enum status status = choose_histories(scan, policy, &out->how.history, err);
	if (!status)
		status = scan_leave_out(scan, out->how.history, &out->how.carried, err);
	if (!status)
		status = policy_scopes(scan, policy, &out->how, err);
	scan->min_release_age = policy_settings(policy)->min_release_age;
	if (!status)
		status = registry_records_begin(scan->tree, &out->how, scan->arena, &out->asking, err);
	return status ? status : give_known(scan, out->asking, known, err);
}

enum status scan_records_finish(struct scan *scan, struct scan_records *records, struct error *err)
{
	enum status status = registry_records_finish(records->asking, &scan->records, err);
	return status ? status : give_dates(scan, records->how.history, err);
}

void scan_records_cleanup(struct scan_records *records)
{
	registry_asking_cleanup(&records->asking);
}
