/* What is kept, what is asked, what comes of both. */
#include <pthread.h>

#include "assay/limits.h"
#include "assay/net.h"
#include "registry/plan.h"

static bool is_current(const struct inquiry *inquiry, int64_t now)
{
	int64_t age = now - inquiry->record.asked;
	int64_t most = inquiry->record.state == RECORD_GONE ? RECORD_GONE_FRESH_S : RECORD_FRESH_S;
	return inquiry->kept.found && age >= 0 && age < most;
}

static void begin_inquiry(struct records_plan *plan, struct inquiry *inquiry)
{
	struct registry_record *record = &inquiry->record;
	bool offline = plan->options->offline;
	bool current = is_current(inquiry, plan->now);
	inquiry->ask = !current && !offline;
	record->stale = inquiry->kept.found && !current;
	if (!inquiry->kept.found)
		*record = (struct registry_record){ .state = RECORD_ABSENT, .published = DATE_NONE };
	if (offline && inquiry->wants_history && record->history != HISTORY_GIVEN)
		record->history = HISTORY_ABSENT;
}

static void tell(const struct record_options *options, const char *what, const struct error *why)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	buf_printf(&text, "%s: %s", what, why->text);
	buf_add_char(&text, '\0');
	if (options->note && !text.failed)
		options->note(options->context, text.p);
}

/* A file that is of no use is as good as none; the next write mends it, or tells why it cannot. */
static enum status read_kept(struct records_plan *plan, struct kept_record *const *records, struct error *err)
{
	enum status status = STATUS_OK;
	if (plan->options->kept)
		status = kept_records_read(plan->options->kept, records, plan->inquiries.n, plan->arena, err);
	if (status == STATUS_MEMORY)
		return status;
	for (size_t i = 0; i < plan->inquiries.n; i++)
		begin_inquiry(plan, plan->inquiries.v[i]);
	return STATUS_OK;
}

/* All that was asked and is to be kept, on a thread of its own: what it makes stands in an arena of its own as well. */
struct registry_asking {
	const struct tree *tree;
	struct arena *arena; /* the caller's */
	struct records_plan plan;
	struct kept_record **records; /* of each inquiry */
	struct record_known *known;   /* by package */
	pthread_t thread;
	bool running;
	enum status status; /* of the thread */
	struct error err;
};

static void *work(void *context)
{
	struct registry_asking *asking = context;
	struct records_plan *plan = &asking->plan;
	struct error why = { .status = STATUS_OK };
	asking->status = ask_records(plan, &asking->err);
	if (!asking->status && plan->options->kept &&
	    kept_records_write(plan->options->kept, asking->records, plan->inquiries.n, &why) != STATUS_OK && why.status != STATUS_BUSY)
		tell(plan->options, "the registry's answers are not kept", &why);
	return NULL;
}

static bool has_questions(const struct records_plan *plan)
{
	bool any = false;
	for (size_t i = 0; i < plan->inquiries.n && !plan->options->offline; i++)
		any |= plan->inquiries.v[i]->ask || inquiry_needs_document(plan->inquiries.v[i]);
	return any;
}

/* Where no thread can be had, everybody waits. */
static enum status start(struct registry_asking *asking, struct error *err)
{
	if (!has_questions(&asking->plan))
		return STATUS_OK;
	enum status status = http_prepare(err);
	if (status)
		return status;
	asking->plan.arena = arena_new(LIMIT_PROJECT_BYTES);
	if (!asking->plan.arena)
		return error_memory(err);
	asking->running = pthread_create(&asking->thread, NULL, work, asking) == 0;
	if (!asking->running)
		work(asking);
	return STATUS_OK;
}

/* The thread's texts live as long as the caller's. */
static void stop(struct registry_asking *asking)
{
	if (asking->running)
		pthread_join(asking->thread, NULL);
	if (asking->plan.arena && asking->plan.arena != asking->arena)
		arena_adopt(asking->arena, asking->plan.arena);
	asking->running = false;
	asking->plan.arena = asking->arena;
}

/* The registry that was asked knows nothing of it, and it is not from there. */
static bool is_elsewhere(const struct package *package, const char *registry, struct arena *scratch)
{
	struct str origin = url_origin(scratch, package->resolved), asked = url_origin(scratch, str_of(registry));
	return origin.n && !str_equal(origin, asked) && !npm_is_public_origin(origin);
}

static const struct registry_record *record_of(const struct records_plan *plan, const struct package *package, uint32_t number, struct arena *scratch)
{
	static const struct registry_record elsewhere = { .state = RECORD_ELSEWHERE, .published = DATE_NONE };
	static const struct registry_record impossible = { .state = RECORD_IMPOSSIBLE, .published = DATE_NONE };
	if (plan->impossible[number])
		return &impossible;
	if (plan->withheld[number])
		return &elsewhere;
	if (plan->inquiry_of[number] == TREE_NONE)
		return NULL;
	const struct inquiry *inquiry = plan->inquiries.v[plan->inquiry_of[number]];
	arena_reset(scratch);
	if (inquiry->record.state == RECORD_GONE && is_elsewhere(package, inquiry->kept.registry, scratch))
		return &elsewhere;
	return &inquiry->record;
}

/* Of what is kept, before anybody is asked. */
static enum status fill_known(struct registry_asking *asking, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	const struct records_plan *plan = &asking->plan;
	asking->known = arena_array(asking->arena, asking->tree->package_count + (size_t)1, sizeof *asking->known);
	if (!asking->known || !scratch)
		return error_memory(err);
	for (uint32_t i = 0; i < asking->tree->package_count; i++) {
		const struct registry_record *record = record_of(plan, &asking->tree->packages[i], i, scratch);
		if (record && record->kept)
			asking->known[i] = (struct record_known){ .integrity = record->integrity, .gone = record->state == RECORD_GONE && !record->stale };
	}
	return arena_is_exhausted(scratch) ? error_memory(err) : STATUS_OK;
}

static enum status begin(struct registry_asking *asking, struct error *err)
{
	struct records_plan *plan = &asking->plan;
	enum status status = plan_records(plan, asking->tree, err);
	if (status)
		return status;
	asking->records = arena_array(plan->arena, plan->inquiries.n + 1, sizeof(struct kept_record *));
	if (!asking->records)
		return error_memory(err);
	for (size_t i = 0; i < plan->inquiries.n; i++)
		asking->records[i] = &plan->inquiries.v[i]->kept;
	status = read_kept(plan, asking->records, err);
	if (!status)
		status = fill_known(asking, err);
	return status ? status : start(asking, err);
}

enum status registry_records_begin(const struct tree *tree, const struct record_options *options, struct arena *arena, struct registry_asking **out,
				   struct error *err)
{
	struct registry_asking *asking = arena_alloc(arena, sizeof *asking);
	if (!asking)
		return error_memory(err);
	asking->tree = tree;
	asking->arena = arena;
	asking->plan = (struct records_plan){ .options = options, .arena = arena, .now = date_now() };
	enum status status = begin(asking, err);
	if (!status)
		*out = asking;
	return status;
}

const struct record_known *registry_records_known(const struct registry_asking *asking)
{
	return asking->known;
}

enum status registry_records_finish(struct registry_asking *asking, const struct registry_record *const **out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	const struct tree *tree = asking->tree;
	const struct registry_record **records = arena_array(asking->arena, tree->package_count + (size_t)1, sizeof(struct registry_record *));
	stop(asking);
	if (!records || !scratch)
		return error_memory(err);
	if (asking->status && err)
		*err = asking->err;
	if (asking->status)
		return asking->status;
	for (uint32_t i = 0; i < tree->package_count; i++)
		records[i] = record_of(&asking->plan, &tree->packages[i], i, scratch);
	*out = records;
	return arena_is_exhausted(scratch) ? error_memory(err) : STATUS_OK;
}

void registry_asking_cleanup(struct registry_asking **asking)
{
	if (*asking)
		stop(*asking);
	*asking = NULL;
}
