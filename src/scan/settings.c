/* What judges a folder: its policy, with the advisories that it brings, and npm's settings. */
#include "scan/private.h"

static enum status load_policy(const char *folder, const struct scan_options *options, struct arena *arena, struct policy **out, struct error *err)
{
	const struct scan_base *base = options->base;
	const struct policy_options where = { .name = base ? base_policy(base, options->policy) : options->policy,
					      .label = options->policy,
					      .folder = folder,
					      .org = base ? base_policy(base, options->org_policy) : options->org_policy,
					      .org_label = options->org_policy };
	struct policy *policy = NULL;
	enum status status = policy_load(&where, arena, &policy, err);
	if (!status && options->fail_on)
		status = policy_fail_on(policy, str_of(options->fail_on), err);
	for (size_t i = 0; !status && i < options->level_count; i++)
		status = policy_set_level(policy, options->levels[i].level, str_of(options->levels[i].rule), options->levels[i].origin, err);
	for (size_t i = 0; !status && i < options->omit_count; i++)
		status = policy_omit(policy, str_of(options->omit[i]), err);
	*out = policy;
	return status;
}

static enum status read_own(const struct policy *policy, struct sandbox *sandbox, struct arena *arena, struct advisory_own **out, struct error *err)
{
	const struct policy_settings *settings = policy_settings(policy);
	return settings->advisory_count ? advisory_own_read(settings->advisories, settings->advisory_count, sandbox, arena, out, err) : STATUS_OK;
}

/* Whom the user named besides his own .npmrc: the policy that the command line names. One that lies in the project can come with a
 * pull request, as the project's .npmrc does, and so it vouches for nobody there. */
static enum status trusted_urls(const struct policy *policy, bool named, struct arena *arena, const char *const **out, struct error *err)
{
	const struct policy_settings *settings = policy_settings(policy);
	const char **urls = arena_array(arena, settings->mirror_count + settings->registry_count + 1, sizeof *urls);
	size_t n = 0;
	if (!urls)
		return error_memory(err);
	for (size_t i = 0; i < settings->registry_count && named; i++)
		urls[n++] = arena_copy(arena, settings->registries[i].url).p;
	for (size_t i = 0; i < settings->mirror_count && named; i++)
		urls[n++] = arena_copy(arena, settings->mirrors[i]).p;
	*out = urls;
	return STATUS_OK;
}

enum status scan_judges_read(const char *folder, const struct scan_options *options, struct arena *arena, struct scan_judges **out, struct error *err)
{
	struct scan_judges *judges = arena_alloc(arena, sizeof *judges);
	struct npm_settings_options where = { .project_folder = folder };
	if (!judges)
		return error_memory(err);
	enum status status = load_policy(folder, options, arena, &judges->policy, err);
	if (!status)
		status = read_own(judges->policy, options->sandbox, arena, &judges->own, err);
	if (!status)
		status = trusted_urls(judges->policy, options->policy, arena, &where.trusted_urls, err);
	if (!status)
		status = npm_settings_read(&where, arena, &judges->npm, err);
	if (!status)
		*out = judges;
	return status;
}
