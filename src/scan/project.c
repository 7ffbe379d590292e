/* One project from its lockfile to its verdict. */
#include "assay/scan.h"

#include "assay/limits.h"
#include "assay/net.h"
#include "assay/registry.h"
#include "scan/records.h"
#include "scan/private.h"

struct job {
	const struct lockfile_found *found;
	const struct scan_options *options;
	struct arena *arena;
	const struct scan_judges *judges;
	const struct policy *policy; /* theirs */
	struct scan *scan;
	const char *judged_by;                /* the folder whose policy and .npmrc count: the project's, or its counterpart in the base */
	struct priors before;                 /* what was found before */
	struct report_comparison *comparison; /* NULL: nothing is compared */
};

static const char *gap_of(enum lockfile_problem problem)
{
	return problem == LOCKFILE_MISSING ? "no-lockfile" : "lockfile-invalid";
}

static enum status add_gap(struct job *job, const char *rule, uint32_t line, struct str message, struct error *err)
{
	struct finding *finding = check_add(job->scan, check_rule_by_id(str_of(rule)), TREE_NONE);
	if (!finding || !message.p)
		return error_memory(err);
	finding->message = message;
	finding->line = line;
	return STATUS_OK;
}

/* What was read from standard input belongs to where the user stands. */
static const char *project_folder(const struct job *job)
{
	return job->found->folder ? job->found->folder : ".";
}

static enum status find_judge(struct job *job, struct error *err)
{
	job->judged_by = project_folder(job);
	return job->options->base ? base_judge_folder(job->options->base, project_folder(job), &job->judged_by, err) : STATUS_OK;
}

/* What stands for a project whose lockfile says nothing: a root, named after its folder. */
static enum status empty_tree(struct job *job, struct tree **out, struct error *err)
{
	struct tree *tree = tree_new(job->arena);
	struct package *root = tree ? tree_add_package(tree, STR(""), err) : NULL;
	if (!root)
		return error_memory(err);
	root->kind = PACKAGE_ROOT;
	tree->root_known = false;
	tree->path = job->found->path;
	tree->folder = job->found->folder;
	tree->format = job->found->format ? job->found->format->kind : "";
	enum status status = tree_finish(tree, err);
	if (!status)
		*out = tree;
	return status;
}

/* The tree, or why there is none: *problem then holds the error. */
static enum status read_tree(struct job *job, const struct tree **out, struct error *problem)
{
	struct tree *tree = NULL;
	enum status status = lockfile_load(job->found, job->arena, &tree, problem);
	if (!status)
		status = tree_mark_build(tree, policy_settings(job->policy)->build_only, problem);
	if (!status)
		*out = tree;
	return status;
}

static struct str problem_text(struct job *job, const struct error *problem)
{
	const char *hint = problem->hint[0] ? problem->hint : "restore it from version control, or have the package manager write it anew";
	return arena_printf(job->arena, "%s; %s", problem->text, hint);
}

/* What was read before: no rule but those about advisories has anything to say of it that it had not then. */
/* An SBOM says of which lockfiles it has nothing: what is not in it may be there all the same. */
static enum status add_unread(struct job *job, struct error *err)
{
	const struct tree_unread *unread = &job->scan->tree->unread;
	if (unread->unnamed) {
		struct str text = arena_printf(job->arena,
					       "of %zu libraries this SBOM gives no package URL (the first: %.*s): whether they are npm's, nobody knows",
					       unread->unnamed, STR_ARG(unread->first_unnamed));
		enum status status = text.p ? add_gap(job, "lockfile-invalid", 0, text, err) : error_memory(err);
		if (status)
			return status;
	}
	if (unread->incomplete) {
		enum status status = add_gap(job, "lockfile-invalid", 0, STR("this SBOM calls itself incomplete: what it lacks, nobody knows"), err);
		if (status)
			return status;
	}
	if (!unread->count)
		return STATUS_OK;
	struct str text = arena_printf(job->arena, "whoever made this SBOM could read no lockfile at %.*s", STR_ARG(unread->first));
	if (unread->count > 1)
		text = arena_printf(job->arena, "%.*s and %zu more", STR_ARG(text), unread->count - 1);
	text = arena_printf(job->arena, "%.*s: their packages are not in it", STR_ARG(text));
	return text.p ? add_gap(job, unread->missing < unread->count ? "lockfile-invalid" : "no-lockfile", 0, text, err) : error_memory(err);
}

static enum status take_stored(struct job *job, struct error *err)
{
	size_t count = 0;
	while (check_rules[count])
		count++;
	struct rule_plan *plans = arena_array(job->arena, count, sizeof *plans);
	if (!plans)
		return error_memory(err);
	for (size_t i = 0; i < count; i++) {
		plans[i] = job->scan->plans[i];
		plans[i].off |= !check_rules[i]->by_advisory;
	}
	job->scan->plans = plans;
	job->scan->tree = job->options->stored;
	enum status status = tree_mark_build(job->options->stored, policy_settings(job->policy)->build_only, err);
	return status ? status : add_unread(job, err);
}

static enum status resolve(struct job *job, struct error *err)
{
	const struct lockfile_found *found = job->found;
	struct error problem = { 0 };
	struct tree *stand_in;
	enum status status;
	if (job->options->stored)
		return take_stored(job, err);
	if (found->format && found->problem == LOCKFILE_FINE) {
		status = read_tree(job, &job->scan->tree, &problem);
		if (status == STATUS_OK)
			return add_unread(job, err);
		if ((status = empty_tree(job, &stand_in, err)))
			return status;
		job->scan->tree = stand_in;
		return add_gap(job, "lockfile-invalid", problem.line, problem_text(job, &problem), err);
	}
	if ((status = empty_tree(job, &stand_in, err)))
		return status;
	job->scan->tree = stand_in;
	const char *remedy = found->remedy ? found->remedy : "this could not be read";
	if (found->problem == LOCKFILE_UNSUPPORTED && found->format)
		return add_gap(job, gap_of(found->problem), 0,
			       arena_printf(job->arena, "lockfiles of kind %s are not read; %s", found->format->kind, remedy), err);
	return add_gap(job, gap_of(found->problem), 0, arena_copy(job->arena, str_of(remedy)), err);
}

/* Discovery saw them side by side; which one is installed from depends on who installs. */
static enum status add_conflict(struct job *job, struct error *err)
{
	const char *others = job->found->conflict;
	struct finding *finding;
	if (!others)
		return STATUS_OK;
	finding = check_add(job->scan, check_rule_by_id(STR("lockfile-conflict")), TREE_NONE);
	if (!finding)
		return error_memory(err);
	finding->message = arena_printf(job->arena,
					"beside %s stands also %s: who installs with another package manager "
					"gets another tree",
					path_base(job->found->path), others);
	return finding->message.p ? STATUS_OK : error_memory(err);
}

static enum status verify(struct job *job, struct tarball_options *settings, struct error *err)
{
	CLEANUP(installed_cleanup) struct installed *installed = NULL;
	struct tarball_result *results;
	struct yarn_caches caches = { NULL, NULL };
	enum status status = STATUS_OK;
	if (strcmp(job->scan->tree->format, "berry") == 0 && job->found->folder)
		status = yarn_caches(job->found->folder, job->arena, &caches, err);
	settings->yarn_cache = caches.own;
	settings->yarn_global_cache = caches.global;
	if (!status && job->options->installed) {
		status = installed_begin(job->scan->tree, job->arena, &installed, err);
		settings->proven = installed_compare;
		settings->proven_context = installed;
	}
	if (!status)
		status = tarball_verify(job->scan->tree, settings, job->arena, &results, err);
	if (!status)
		job->scan->tarballs = results;
	return status || !installed ? status : installed_finish(installed, &job->scan->installed, err);
}

static void add_origin(struct job *job, struct str url, const char **origins, size_t *n)
{
	struct str origin = url_origin(job->arena, url);
	if (origin.n)
		origins[(*n)++] = origin.p;
}

/* What the user's own files say matters where the network is used. */
static enum status report_notes(struct job *job, const struct npm_settings *settings, struct error *err)
{
	for (size_t i = 0; i < settings->note_count; i++) {
		const struct npm_note *note = &settings->notes[i];
		if (!note->project && !job->options->verify)
			continue;
		struct finding *finding = check_add(job->scan, check_rule_by_id(STR("npmrc")), TREE_NONE);
		if (!finding)
			return error_memory(err);
		finding->id = arena_printf(job->arena, "npmrc/%s", note->kind);
		finding->stable_id = arena_printf(job->arena, "npmrc/%s %.*s", note->kind, STR_ARG(note->key));
		finding->message = note->text;
		finding->line = note->line;
		if (!finding->id.p || !finding->stable_id.p)
			return error_memory(err);
	}
	return STATUS_OK;
}

/* Which hosts are known: the configured registries, the public one that it stands for (under both of its names), and what the policy declares. */
static enum status know_hosts(struct job *job, const struct npm_settings *npm, struct error *err)
{
	const struct policy_settings *settings = policy_settings(job->policy);
	const char **origins = arena_array(job->arena, settings->mirror_count + settings->registry_count + npm->scope_count + 4, sizeof *origins);
	size_t n = 0;
	if (!origins)
		return error_memory(err);
	add_origin(job, str_of(npm->registry), origins, &n);
	for (size_t i = 0; i < npm->scope_count; i++)
		add_origin(job, str_of(npm->scopes[i].registry), origins, &n);
	add_origin(job, STR(PUBLIC_REGISTRY_URL), origins, &n);
	add_origin(job, STR("https://" PUBLIC_REGISTRY_YARN_HOST "/"), origins, &n);
	for (size_t i = 0; i < settings->registry_count; i++)
		add_origin(job, settings->registries[i].url, origins, &n);
	for (size_t i = 0; i < settings->mirror_count; i++)
		add_origin(job, settings->mirrors[i], origins, &n);
	job->scan->known_origins = origins;
	return arena_is_exhausted(job->arena) ? error_memory(err) : STATUS_OK;
}

/* ---- what is declared private -------------------------------------------------------- */

struct private_names {
	struct arena *arena;
	const struct npm_settings *npm;
	const struct policy *policy;
};

static bool is_public_registry(struct str url)
{
	while (str_ends_with(url, STR("/")))
		url = str_head(url, url.n - 1);
	struct str public = STR(PUBLIC_REGISTRY_URL);
	return str_equal(url, str_head(public, public.n - 1)) || str_equal(url, STR("https://" PUBLIC_REGISTRY_YARN_HOST));
}

/* The project's own .npmrc declares nothing: whoever writes a lockfile could write one beside it. */
static struct str private_by_npmrc(const struct private_names *declared, struct str scope)
{
	for (size_t i = 0; i < declared->npm->scope_count; i++) {
		const struct npm_scope *bound = &declared->npm->scopes[i];
		if (bound->trusted && str_equal(bound->scope, scope) && !is_public_registry(str_of(bound->registry)))
			return arena_printf(declared->arena, "%.*s is bound to %s in .npmrc", STR_ARG(scope), bound->registry);
	}
	return STR_NONE;
}

static struct str private_by_policy(const struct private_names *declared, struct str scope)
{
	const struct policy_settings *settings = policy_settings(declared->policy);
	for (size_t i = 0; i < settings->registry_count; i++) {
		const struct policy_registry *bound = &settings->registries[i];
		if (str_equal(bound->scope, scope) && !is_public_registry(bound->url))
			return arena_printf(declared->arena, "%.*s is bound to %.*s in the policy", STR_ARG(scope), STR_ARG(bound->url));
	}
	return STR_NONE;
}

static struct str private_because(const void *context, struct str name)
{
	const struct private_names *declared = context;
	struct str entry = policy_private(declared->policy, name);
	if (entry.p)
		return arena_printf(declared->arena, "\"private\" of the policy names %.*s", STR_ARG(entry));
	struct str scope = str_head(name, str_find(name, '/'));
	if (!str_starts_with(name, STR("@")) || scope.n == name.n)
		return STR_NONE;
	struct str because = private_by_policy(declared, scope);
	return because.p ? because : private_by_npmrc(declared, scope);
}

static enum status declare(struct job *job, const struct npm_settings *npm, struct error *err)
{
	struct private_names *declared = arena_alloc(job->arena, sizeof *declared);
	if (!declared)
		return error_memory(err);
	*declared = (struct private_names){ job->arena, npm, job->policy };
	job->scan->private_because = private_because;
	job->scan->private_context = declared;
	return STATUS_OK;
}

/* The network may be used for the known ones and for those that the policy names beside them. */
static enum status allow_hosts(struct job *job, const char *const **out, struct error *err)
{
	const struct policy_settings *settings = policy_settings(job->policy);
	const char *const *known = job->scan->known_origins;
	size_t n = 0, count = 0;
	while (known[count])
		count++;
	const char **origins = arena_array(job->arena, count + settings->host_count + 1, sizeof *origins);
	if (!origins)
		return error_memory(err);
	for (; n < count; n++)
		origins[n] = known[n];
	for (size_t i = 0; i < settings->host_count; i++)
		add_origin(job, settings->hosts[i], origins, &n);
	*out = origins;
	return arena_is_exhausted(job->arena) ? error_memory(err) : STATUS_OK;
}

/* Tarballs and the registry's records at once: neither waits for the other. */
static enum status fetch_all(struct job *job, const struct npm_settings *npm, struct tarball_options *settings, struct error *err)
{
	CLEANUP(scan_records_cleanup) struct scan_records records = { .asking = NULL };
	enum status status = scan_leave_out(job->scan, NULL, &settings->carried, err);
	if (!status)
		status = scan_records_begin(job->scan, job->options, npm, settings->allowed_origins, job->policy, &records, &settings->known, err);
	if (!status)
		status = verify(job, settings, err);
	return status ? status : scan_records_finish(job->scan, &records, err);
}

static enum status fetch(struct job *job, struct error *err)
{
	const struct scan_options *options = job->options;
	struct tarball_options settings = {
		.offline = options->offline,
		.sandbox = options->sandbox,
		.jobs = options->jobs,
		.store = options->tarball_store,
		.memory = options->memory,
		.forget = options->forget,
		.user_agent = options->user_agent,
		.progress = options->progress,
		.note = options->note,
		.context = options->context,
	};
	const struct npm_settings *npm = job->judges->npm;
	enum status status = know_hosts(job, npm, err);
	if (status || (status = declare(job, npm, err)) || (status = report_notes(job, npm, err)))
		return status;
	settings.registry = npm->registry;
	settings.npm_cache = npm->cache;
	settings.folder = project_folder(job);
	settings.settings = npm;
	settings.tries = npm->tries;
	settings.backoff_ms = npm->backoff_ms;
	settings.timeout_ms = npm->timeout_ms;
	if ((status = allow_hosts(job, &settings.allowed_origins, err)))
		return status;
	return options->verify && job->scan->tree->package_count > 1 ? fetch_all(job, npm, &settings, err) : STATUS_OK;
}

/* ---- what there was before -------------------------------------------------------------- */

/* The base's lockfile, judged by the same policy with the same advisories. */
static enum status scan_before(struct job *job, struct error *err)
{
	const struct scan_options *options = job->options;
	struct scan_options before = *options;
	struct lockfile_found found = { 0 };
	struct report_project result = { 0 };
	bool there;
	enum status status = base_find(options->base, job->found, job->arena, &found, &there, err);
	job->comparison->nothing_before = !there;
	if (status || !there)
		return status;
	found.label = job->scan->path; /* the same problem has the same fingerprint on both sides */
	before.base = NULL;
	before.baseline = NULL;
	before.verify = false;
	before.note = NULL;
	before.policy = base_policy(options->base, options->policy);
	before.org_policy = base_policy(options->base, options->org_policy);
	status = scan_project(&found, &before, job->arena, &result, err);
	if (status)
		return status;
	if (result.scan->tree->format_version.n == 0 && result.scan->tree->package_count < 2)
		job->comparison->nothing_before = true; /* it cannot be read */
	else
		job->scan->before = result.scan->tree;
	return priors_of_scan(result.scan, job->arena, &job->before, err);
}

static enum status compare_trees(struct job *job, struct error *err)
{
	struct tree_changes *changes = arena_alloc(job->arena, sizeof *changes);
	struct tree *none = job->scan->before ? NULL : tree_new(job->arena);
	if (!changes || (!job->scan->before && !none))
		return error_memory(err);
	enum status status = check_compare_trees(job->scan->before ? job->scan->before : none, job->scan->tree, job->arena, changes, err);
	job->comparison->changes = changes;
	job->scan->changes = changes->by_package;
	return status;
}

static enum status look_back(struct job *job, struct error *err)
{
	const struct scan_options *options = job->options;
	if (!options->base && !options->baseline)
		return STATUS_OK;
	job->comparison = arena_alloc(job->arena, sizeof *job->comparison);
	if (!job->comparison)
		return error_memory(err);
	if (!options->base) {
		job->comparison->baseline = baseline_path(options->baseline);
		return priors_of_baseline(options->baseline, job->scan->path, job->arena, &job->before, err);
	}
	job->comparison->commit = options->base->commit;
	job->comparison->why = options->base->why;
	enum status status = scan_before(job, err);
	return status ? status : compare_trees(job, err);
}

/* Each finding beside those of before; then what the change does to its own judges. */
static enum status compare(struct job *job, struct error *err)
{
	if (!job->comparison)
		return STATUS_OK;
	enum status status = priors_compare(&job->before, job->scan, job->comparison, err);
	if (!status && job->options->base)
		status = base_add_changes(job->options->base, job->policy, project_folder(job), job->judged_by, job->scan, err);
	return status ? status : check_order(job->scan, err);
}

/* Whose say it is, and what that is. */
static enum status take_judges(struct job *job, struct error *err)
{
	const struct scan_options *options = job->options;
	struct scan_judges *judges = NULL;
	enum status status = STATUS_OK;
	job->judges = options->judges;
	if (!job->judges && !(status = find_judge(job, err)) && !(status = scan_judges_read(job->judged_by, options, job->arena, &judges, err)))
		job->judges = judges;
	if (status)
		return status;
	job->policy = job->judges->policy;
	job->scan->own = job->judges->own;
	return policy_prepare(job->policy, job->scan, err);
}

enum status scan_project(const struct lockfile_found *found, const struct scan_options *options, struct arena *arena, struct report_project *out,
			 struct error *err)
{
	struct scan *scan = arena_alloc(arena, sizeof *scan);
	if (!scan)
		return error_memory(err);
	struct job job = { .found = found, .options = options, .arena = arena, .scan = scan };
	scan->arena = arena;
	scan->path = found->label ? found->label : found->path;
	scan->db = options->db;
	scan->database_problem = options->database_problem;
	scan->now = options->now;
	scan->as_of_given = options->as_of_given;
	scan->only = options->stored ? options->stored_names : NULL;
	enum status status = take_judges(&job, err);
	if (!status)
		status = resolve(&job, err);
	/* The text decides which of the formats that share a file name it is. */
	if (!status && found->format)
		scan->format = lockfile_format_by_kind(scan->tree->format);
	if (!status)
		status = add_conflict(&job, err);
	if (status || (status = look_back(&job, err)) || (status = fetch(&job, err)) || (status = check_run(scan, err)) ||
	    (status = compare(&job, err)) || (status = policy_apply(job.policy, scan, err))) {
		if (options->base)
			base_name_places(options->base, err);
		return status;
	}
	*out = (struct report_project){
		.scan = scan, .path = found->path, .policy = job.policy, .comparison = job.comparison, .kind = scan->format ? scan->format->kind : NULL
	};
	return STATUS_OK;
}
