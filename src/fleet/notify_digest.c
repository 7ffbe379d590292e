/* What a chat is told: news put together by problem and version, since in an incident the same one comes from everywhere at once. */
#include "assay/limits.h"
#include "fleet/notify_form.h"

struct gathering {
	const struct fleet_message *message;
	struct notify_digest *digest;
	struct arena *arena;
	struct map *groups, *projects;
};

/* What can be shown anywhere, cut with "…". STR_NONE: out of memory. */
static struct str shorten(struct arena *arena, struct str text, size_t max)
{
	CLEANUP(buf_fini) struct buf visible = BUF_INIT(64 * KIB);
	/* What is longer is cut in any case. */
	buf_add_visible(&visible, str_head(text, 8 * KIB));
	struct str shown = buf_str(&visible);
	size_t at = 0, n = 0;
	for (; at < shown.n && n < max; n++) {
		uint32_t code;
		size_t step = utf8_next(str_from(shown, at), &code);
		at += step ? step : 1;
	}
	if (visible.failed)
		return STR_NONE;
	return at < shown.n ? arena_printf(arena, "%.*s…", STR_ARG(str_head(shown, at))) : arena_copy(arena, shown);
}

static enum status make_group(struct gathering *gathering, const struct fleet_finding *finding, struct str key, size_t *at, struct error *err)
{
	struct arena *arena = gathering->arena;
	struct notify_group *group = vec_add(arena, &gathering->digest->groups);
	struct str kept = arena_copy(arena, key);
	*at = gathering->digest->groups.n - 1;
	if (!group || !kept.p || !map_set(gathering->groups, kept, *at))
		return error_memory(err);
	*group = (struct notify_group){ 0 };
	if (*at >= NOTIFY_GROUPS) /* is counted, not shown */
		return STATUS_OK;
	group->rule = shorten(arena, finding->rule, NOTIFY_NAME_MAX);
	group->problem = shorten(arena, finding->problem, NOTIFY_NAME_MAX);
	group->severity = shorten(arena, finding->severity, NOTIFY_NAME_MAX);
	group->name = shorten(arena, finding->name, NOTIFY_NAME_MAX);
	group->version = shorten(arena, finding->version, NOTIFY_NAME_MAX);
	group->title = shorten(arena, finding->title.n ? finding->title : finding->message, NOTIFY_TEXT_MAX);
	group->fix = shorten(arena, finding->fix, NOTIFY_TEXT_MAX);
	bool fine = group->rule.p && group->problem.p && group->severity.p && group->name.p && group->version.p && group->title.p && group->fix.p;
	return fine ? STATUS_OK : error_memory(err);
}

/* News comes sorted, so that those of one project come one after the other. */
static enum status add_place(struct gathering *gathering, struct notify_group *group, const struct fleet_finding *finding, struct error *err)
{
	struct arena *arena = gathering->arena;
	if (group->project_count && str_equal(group->last_project, finding->project))
		return STATUS_OK;
	group->project_count++;
	group->last_project = arena_copy(arena, finding->project);
	if (!group->last_project.p)
		return error_memory(err);
	if (group->place_count == NOTIFY_PLACES || !group->rule.p)
		return STATUS_OK;
	struct str project = shorten(arena, finding->project, NOTIFY_NAME_MAX), owner = shorten(arena, finding->owner, NOTIFY_NAME_MAX);
	struct str place = owner.n ? arena_printf(arena, "%.*s (%.*s)", STR_ARG(project), STR_ARG(owner)) : project;
	if (!project.p || !owner.p || !place.p)
		return error_memory(err);
	group->places[group->place_count++] = place;
	return STATUS_OK;
}

static enum status gather(void *context, const struct fleet_news *news, struct error *err)
{
	struct gathering *gathering = context;
	const struct fleet_finding *finding = &news->finding;
	struct notify_digest *digest = gathering->digest;
	CLEANUP(buf_fini) struct buf key = BUF_INIT(1 * MIB);
	size_t at, there, before = map_count(gathering->projects);
	struct str project = arena_copy(gathering->arena, finding->project);
	buf_printf(&key, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(finding->rule), STR_ARG(finding->problem), STR_ARG(finding->name), STR_ARG(finding->version));
	if (!project.p || key.failed || !map_add(gathering->projects, project, 1, &there))
		return error_memory(err);
	digest->findings++;
	digest->state |= notify_stands(gathering->message, news);
	digest->gone += finding->gone != DATE_NONE;
	digest->malware += str_equal(finding->rule, STR("malware"));
	digest->projects += map_count(gathering->projects) > before;
	enum status status = STATUS_OK;
	if (!map_find(gathering->groups, buf_str(&key), &at))
		status = make_group(gathering, finding, buf_str(&key), &at, err);
	if (status)
		return status;
	struct notify_group *group = &digest->groups.v[at];
	group->findings++;
	group->gone += finding->gone != DATE_NONE;
	return add_place(gathering, group, finding, err);
}

enum status notify_digest_read(struct fleet *fleet, const struct fleet_message *message, struct arena *arena, struct notify_digest *out, struct error *err)
{
	struct gathering gathering = { message, out, arena, map_new(arena, 0), map_new(arena, 0) };
	*out = (struct notify_digest){ 0 };
	return gathering.groups && gathering.projects ? fleet_message_each(fleet, message, gather, &gathering, err) : error_memory(err);
}

/* ---- words ---------------------------------------------------------------------------------- */

static const char *many(size_t n)
{
	return n == 1 ? "" : "s";
}

struct str notify_headline(const struct notify_digest *digest, struct arena *arena)
{
	struct str first = arena_printf(arena, digest->state ? "%zu error%s in %zu project%s" : "%zu new error%s in %zu project%s", digest->findings,
					many(digest->findings), digest->projects, many(digest->projects));
	if (digest->malware)
		first = arena_printf(arena, "%.*s, %zu of them malware", STR_ARG(first), digest->malware);
	if (digest->gone)
		first = arena_printf(arena, "%.*s, %zu gone again", STR_ARG(first), digest->gone);
	if (digest->state)
		first = arena_printf(arena, "%.*s: what stands as this address is added; from now on it is told what is new", STR_ARG(first));
	return first;
}

void notify_write_places(const struct notify_group *group, size_t max, void (*escape)(struct buf *out, struct str text), struct buf *out)
{
	size_t shown = 0;
	CLEANUP(buf_fini) struct buf place = BUF_INIT(64 * KIB);
	for (size_t used = 0; shown < group->place_count; shown++) {
		buf_clear(&place);
		escape(&place, group->places[shown]);
		used += place.n + 2;
		if (used > max)
			break;
		buf_add_z(out, shown ? ", " : "");
		buf_add(out, buf_str(&place));
	}
	if (shown < group->project_count)
		buf_printf(out, "%s%zu %sproject%s", shown ? " and " : "", group->project_count - shown, shown ? "more " : "",
			   many(group->project_count - shown));
}

struct str notify_rest(const struct notify_digest *digest, size_t shown, struct arena *arena)
{
	size_t findings = 0, problems = digest->groups.n - shown;
	for (size_t i = shown; i < digest->groups.n; i++)
		findings += digest->groups.v[i].findings;
	return problems ? arena_printf(arena, "%zu more problem%s with %zu finding%s", problems, many(problems), findings, many(findings)) : STR("");
}
