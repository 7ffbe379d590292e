/* What is kept, what is asked, what comes of both. */
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

static enum status work(struct records_plan *plan, struct error *err)
{
	struct kept_record **records = arena_array(plan->arena, plan->inquiries.n + 1, sizeof(struct kept_record *));
	struct error why = { .status = STATUS_OK };
	if (!records)
		return error_memory(err);
	for (size_t i = 0; i < plan->inquiries.n; i++)
		records[i] = &plan->inquiries.v[i]->kept;
	enum status status = read_kept(plan, records, err);
	if (!status && !plan->options->offline)
		status = ask_records(plan, err);
	if (!status && plan->options->kept && kept_records_write(plan->options->kept, records, plan->inquiries.n, &why) != STATUS_OK &&
	    why.status != STATUS_BUSY)
		tell(plan->options, "the registry's answers are not kept", &why);
	return status;
}

/* The registry that was asked knows nothing of it, and it is not from there. */
static bool is_elsewhere(const struct package *package, const char *registry, struct arena *scratch)
{
	struct str origin = url_origin(scratch, package->resolved), asked = url_origin(scratch, str_of(registry));
	return origin.n && !str_equal(origin, asked) && !npm_is_public_origin(origin);
}

static const struct registry_record *record_of(const struct records_plan *plan, const struct package *package, uint32_t number,
                                               struct arena *scratch)
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

enum status registry_records(const struct tree *tree, const struct record_options *options, struct arena *arena,
                             const struct registry_record *const **out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct records_plan plan = { .options = options, .arena = arena, .now = date_now() };
	const struct registry_record **records = arena_array(arena, tree->package_count + (size_t)1, sizeof(struct registry_record *));
	if (!records || !scratch)
		return error_memory(err);
	enum status status = plan_records(&plan, tree, err);
	if (!status)
		status = work(&plan, err);
	for (uint32_t i = 0; i < tree->package_count && !status; i++)
		records[i] = record_of(&plan, &tree->packages[i], i, scratch);
	if (!status)
		*out = records;
	return status;
}
