/* Each version once, at the registry that npm would ask for it. */
#include "assay/limits.h"
#include "assay/net.h"
#include "assay/registry.h"
#include "assay/semver.h"
#include "registry/plan.h"

/* The scope's own, else the default one. */
static const char *registry_of(const struct record_options *options, struct str name)
{
	const struct npm_settings *settings = options->settings;
	const char *registry = settings ? npm_registry_of(settings, name) : NULL;
	if (registry && registry != settings->registry)
		return registry;
	const struct str scope = str_head(name, str_find(name, '/'));
	for (size_t i = 0; i < options->scope_count; i++)
		if (str_equal(options->scopes[i].scope, scope))
			return options->scopes[i].registry;
	return options->registry ? options->registry : registry ? registry : PUBLIC_REGISTRY_URL;
}

static bool is_segment(struct str s)
{
	return s.n > 0 && s.p[0] != '.' && str_find(s, '/') == s.n;
}

/* "<registry>@scope%2fname", as npm spells it. NULL: no such package can be asked for; or out of memory. */
static const char *document_url(const char *registry, struct str name, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf url = BUF_INIT(LIMIT_URL_BYTES);
	struct str base = name;
	buf_add_z(&url, registry);
	if (name.n && name.p[0] == '@') {
		size_t slash = str_find(name, '/');
		base = str_from(name, slash + 1);
		if (!is_segment(str_head(name, slash)))
			return NULL;
		url_add_segment(&url, str_head(name, slash));
		buf_add_z(&url, "%2f");
	}
	if (!is_segment(base))
		return NULL;
	url_add_segment(&url, base);
	return url.failed ? NULL : arena_copy(arena, buf_str(&url)).p;
}

static const char *version_url(const char *document, struct str version, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf url = BUF_INIT(LIMIT_URL_BYTES);
	buf_printf(&url, "%s/", document);
	url_add_segment(&url, version);
	return url.failed ? NULL : arena_copy(arena, buf_str(&url)).p;
}

static struct document *document_of(struct records_plan *plan, const char *registry, struct str name)
{
	struct str key = arena_printf(plan->arena, "%s\n%.*s", registry, STR_ARG(name));
	size_t at;
	if (!key.p || !map_add(plan->seen_documents, key, plan->documents.n, &at))
		return NULL;
	if (at < plan->documents.n)
		return plan->documents.v[at];
	struct document *document = arena_alloc(plan->arena, sizeof *document);
	struct document **slot = document ? vec_add(plan->arena, &plan->documents) : NULL;
	if (!slot)
		return NULL;
	*slot = document;
	*document = (struct document){ .registry = registry, .name = name, .url = document_url(registry, name, plan->arena) };
	return document;
}

static enum status add_inquiry(struct records_plan *plan, struct document *document, struct str version, struct error *err)
{
	struct inquiry *inquiry = arena_alloc(plan->arena, sizeof *inquiry);
	struct inquiry **slot = inquiry ? vec_add(plan->arena, &plan->inquiries) : NULL;
	uint32_t *number = slot ? vec_add(plan->arena, &document->inquiries) : NULL;
	if (!number)
		return error_memory(err);
	*slot = inquiry;
	*number = (uint32_t)(plan->inquiries.n - 1);
	inquiry->document = document;
	inquiry->url = version_url(document->url, version, plan->arena);
	inquiry->kept = (struct kept_record){ .registry = document->registry, .name = document->name, .version = version, .record = &inquiry->record };
	return inquiry->url ? STATUS_OK : error_memory(err);
}

/* A version that is none could be a tag, which means another version each day. */
static bool is_version(struct str text)
{
	struct semver version;
	return semver_parse(text, SEMVER_LOOSE, &version);
}

/* What is private is not told to everybody. */
static bool is_withheld(const struct records_plan *plan, const char *registry, struct str name)
{
	const struct record_options *options = plan->options;
	struct str origin = str_head(str_of(registry), strlen(registry) - 1);
	return options->private_because && npm_is_public_origin(origin) && options->private_because(options->private_context, name).p;
}

static enum status plan_package(struct records_plan *plan, const struct package *package, uint32_t number, struct error *err)
{
	struct document *document = document_of(plan, registry_of(plan->options, package->name), package->name);
	if (!document)
		return error_memory(err);
	if (!document->url || !is_version(package->version)) {
		plan->impossible[number] = true;
		return STATUS_OK;
	}
	if (is_withheld(plan, document->registry, document->name)) {
		plan->withheld[number] = true;
		return STATUS_OK;
	}
	struct str key = arena_printf(plan->arena, "%p %.*s", (void *)document, STR_ARG(package->version));
	size_t at;
	if (!key.p || !map_add(plan->seen, key, plan->inquiries.n, &at))
		return error_memory(err);
	enum status status = at < plan->inquiries.n ? STATUS_OK : add_inquiry(plan, document, package->version, err);
	if (status)
		return status;
	plan->inquiries.v[at]->wants_history |= plan->options->history && plan->options->history[number];
	plan->inquiry_of[number] = (uint32_t)at;
	return STATUS_OK;
}

enum status plan_records(struct records_plan *plan, const struct tree *tree, struct error *err)
{
	size_t count = tree->package_count;
	plan->seen = map_new(plan->arena, count);
	plan->seen_documents = map_new(plan->arena, count);
	plan->inquiry_of = arena_array(plan->arena, count + 1, sizeof *plan->inquiry_of);
	plan->impossible = arena_array(plan->arena, count + 1, sizeof *plan->impossible);
	plan->withheld = arena_array(plan->arena, count + 1, sizeof *plan->withheld);
	bool made = plan->seen && plan->seen_documents && plan->inquiry_of && plan->impossible && plan->withheld;
	enum status status = made ? STATUS_OK : error_memory(err);
	for (uint32_t i = 0; i < tree->package_count && !status; i++) {
		const struct package *package = &tree->packages[i];
		plan->inquiry_of[i] = TREE_NONE;
		if (package->kind == PACKAGE_REGISTRY && !package->bundled && !(plan->options->carried && plan->options->carried[i]))
			status = plan_package(plan, package, i, err);
	}
	return status;
}
