/* What others hand over: the record of what a CI system runs for, lists of a fleet's projects, a server's headers. */
#include "fuzz/fuzz.h"

#include "assay/fleet.h"
#include "net/transfer.c"
#include "git/private.h"

/* ---- GitHub's record of an event: nothing but a commit's name comes of it, and the same a line further down ------------------------------ */

static void run_event(const struct fuzz *fuzz, const void *with)
{
	static const char *const events[] = { "pull_request", "pull_request_target", "merge_group", "push", "schedule" };
	(void)with;
	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		const char *commit = git_event_commit(fuzz->input, events[i], fuzz->arena);
		struct str text = str_of(commit);
		fuzz_require(!commit || (text.n == 40 && strspn(commit, "0123456789abcdefABCDEF") == 40 && strspn(commit, "0") < 40));
		fuzz_require(!commit || i + 1 < sizeof events / sizeof *events);
		if (!fuzz_can_shift(fuzz))
			continue;
		struct str again = str_of(git_event_commit(fuzz_shifted(fuzz), events[i], fuzz->arena));
		fuzz_require(str_equal(text, again) && !text.p == !again.p);
	}
}

/* ---- lists of projects: what is written from what was read is read the same ---------------------------------------------------------------- */

static void add_encoded(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_printf(out, "%%%02x", (unsigned)(unsigned char)text.p[i]);
}

static struct str write_line(const struct fleet_new *what, struct arena *arena)
{
	const struct {
		const char *key;
		struct str value;
	} words[] = { { "name", what->name }, { "owner", what->owner }, { "tags", what->tags }, { "branch", what->branch } };
	CLEANUP(buf_fini) struct buf out = BUF_INIT(MIB);
	add_encoded(&out, what->location);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].value.p)
			buf_printf(&out, " %s=%.*s", words[i].key, STR_ARG(words[i].value));
	fuzz_require(!out.failed);
	return arena_copy(arena, buf_str(&out));
}

static bool same(struct str a, struct str b)
{
	return !a.p == !b.p && str_equal(a, b);
}

static void run_fleet_list(const struct fuzz *fuzz, const void *with)
{
	struct str rest = fuzz->input, line;
	(void)with;
	while (str_split(&rest, '\n', &line)) {
		struct fleet_new what = { .owner = STR("all") }, again = { 0 };
		struct error err = { 0 };
		enum status status = fleet_read_line(line, fuzz->arena, &what, &err);
		fuzz_require(status == STATUS_OK || (status == STATUS_USAGE && err.text[0] && !what.location.p && str_equal_z(what.owner, "all")));
		if (status || !what.location.p)
			continue;
		fuzz_require(what.location.n && str_find(what.location, '\0') == what.location.n);
		fuzz_require(fleet_read_line(write_line(&what, fuzz->arena), fuzz->arena, &again, NULL) == STATUS_OK);
		fuzz_require(same(what.location, again.location) && same(what.name, again.name) && same(what.owner, again.owner));
		fuzz_require(same(what.tags, again.tags) && same(what.branch, again.branch));
	}
}

/* ---- a server's headers: what is kept is one line of printable text, and the same when each comes twice as far apart ---------------------------- */

static void require_plain(const char *field, size_t size)
{
	size_t n = strnlen(field, size);
	fuzz_require(n < size);
	for (size_t i = 0; i < n; i++)
		fuzz_require(field[i] >= ' ' && field[i] < 0x7f);
}

static void run_headers(const struct fuzz *fuzz, const void *with)
{
	struct transfer once = { 0 }, again = { 0 };
	struct str rest = fuzz->input, line;
	(void)with;
	while (str_split(&rest, '\n', &line)) {
		char *data = arena_alloc(fuzz->arena, line.n + 1);
		fuzz_require(data != NULL);
		memcpy(data, line.n ? line.p : "", line.n);
		size_t taken = take_header(data, 1, line.n, &once);
		fuzz_require(taken == line.n || once.stop == STOP_HEADERS);
		take_header(data, 1, line.n, &again);
		take_header(data, 1, 0, &again); /* an empty line says nothing */
	}
	fuzz_require(memcmp(&once.answered, &again.answered, sizeof once.answered) == 0);
	require_plain(once.answered.etag, sizeof once.answered.etag);
	require_plain(once.answered.last_modified, sizeof once.answered.last_modified);
	require_plain(once.answered.hashes, sizeof once.answered.hashes);
}

const struct fuzz_target fuzz_outside[] = {
	{ "headers", run_headers, NULL, NULL },
	{ "event", run_event, NULL, NULL },
	{ "fleet_list", run_fleet_list, NULL, NULL },
	{ 0 },
};
