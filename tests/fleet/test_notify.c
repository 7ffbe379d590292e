/* Addresses, and messages at their receivers' limits: hostile names, thousands of findings, receivers that never answer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "../net/local_registry.h"
#include "assay/limits.h"
#include "assay/notify.h"
#include "fleet/sqlite.h"

static const char rules[] = "POST /json 200\nPOST /slack 200\nPOST /teams 200\nPOST /never slow ms=600000\n";
static struct local_registry registry;
static struct arena *arena;

/* ---- addresses -------------------------------------------------------------------------- */

static const struct {
	const char *text, *form, *form_found, *host; /* form_found NULL: refused */
} addresses[] = {
	{ "https://hooks.example/x", NULL, "json", "https://hooks.example" },
	{ "https://hooks.example/x", "slack", "slack", "https://hooks.example" },
	{ "slack+https://hooks.example/x", "teams", "slack", "https://hooks.example" },
	{ "json+https://hooks.slack.com/services/T/B/x", NULL, "json", "https://hooks.slack.com" },
	{ "https://hooks.slack.com/services/T/B/x", NULL, "slack", "https://hooks.slack.com" },
	{ "https://hooks.slack.com.evil.example/x", NULL, "json", "https://hooks.slack.com.evil.example" },
	{ "https://evilhooks.slack.com/x", NULL, "json", "https://evilhooks.slack.com" },
	{ "https://prod-1.westeurope.logic.azure.com:443/workflows/x", NULL, "teams", "https://prod-1.westeurope.logic.azure.com" },
	{ "https://acme.webhook.office.com/webhookb2/x", NULL, "teams", "https://acme.webhook.office.com" },
	{ "http://127.0.0.1:8080/x", NULL, "json", "http://127.0.0.1:8080" },
	{ "ftp://hooks.example/x", NULL, NULL, NULL },
	{ "https://me:secret@hooks.example/x", NULL, NULL, NULL },
	{ "file:///etc/passwd", NULL, NULL, NULL },
	{ "pigeon+https://hooks.example/x", NULL, NULL, NULL },
	{ "hooks.example", NULL, NULL, NULL },
	{ "", NULL, NULL, NULL },
};

static void read_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct notify_target target;
		struct error err = { 0 };
		const struct notify_form *form = addresses[i].form ? notify_form_by_name(str_of(addresses[i].form)) : NULL;
		enum status status = notify_target_parse(str_of(addresses[i].text), form, arena, &target, &err);
		if (!addresses[i].form_found) {
			assert_int_equal(status, STATUS_USAGE);
			assert_null(strstr(err.text, "example"));
			continue;
		}
		assert_int_equal(status, STATUS_OK);
		assert_string_equal(notify_form_name(target.form), addresses[i].form_found);
		assert_true(str_equal_z(target.host, addresses[i].host));
	}
	assert_null(notify_form_by_name(STR("pigeon")));
}

/* ---- messages ------------------------------------------------------------------------------ */

static const char *store_path(void)
{
	return arena_printf(arena, "%s/fleet.db", test_env("TEST_TMP")).p;
}

/* `count` findings of level error, each in a project of its own, all of one problem or (`apart`) each its own; `name` in each text. */
static struct fleet *fleet_with(size_t count, bool apart, const char *name)
{
	struct fleet *fleet;
	unlink(store_path());
	assert_int_equal(fleet_open_to_write(store_path(), &fleet, NULL), STATUS_OK);
	struct store *store = ((struct sqlite_fleet *)fleet->state)->store;
	assert_int_equal(store_start(store, NULL), STATUS_OK);
	static const char sql[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %zu)"
				  " INSERT INTO project(id, name, kind, location, owner, added) SELECT i, printf('%%04d', i) || '%s', 'folder', '/' || i, '%s', 1 FROM n;"
				  "INSERT INTO lockfile(id, project, path) SELECT id, id, 'package-lock.json' FROM project;"
				  "INSERT INTO finding(id, lockfile, fingerprint, rule, problem, aliases, title, severity, level, waived, gap, name, version, scope, direct,"
				  " line, fix, message, decided_by, first) SELECT id, id, 'f' || id, 'vulnerability', %s, '', '%s', 'high', 'error', 0, 0, '%s', '%s', 'prod', 1, 1,"
				  " '%s', '%s', '%s', 2 FROM project;"
				  "INSERT INTO news(finding, why, at) SELECT id, 'new', 2 FROM finding";
	const char *problem = apart ? "'GHSA-' || id" : "'GHSA-1'";
	struct str text = arena_printf(arena, sql, count, name, name, problem, name, name, name, name, name, name);
	assert_int_equal(store_run(store, text.p, NULL), STATUS_OK);
	assert_int_equal(store_finish(store, NULL), STATUS_OK);
	return fleet;
}

static struct notify_target target_of(const char *path)
{
	struct notify_target target;
	const struct notify_form *form = notify_form_by_name(str_of(path));
	assert_int_equal(notify_target_parse(arena_printf(arena, "%s%s", registry.url, path), form, arena, &target, NULL), STATUS_OK);
	return target;
}

/* As one that was told before any of it was there. */
static void add_address(struct fleet *fleet, const char *path)
{
	struct store *store = ((struct sqlite_fleet *)fleet->state)->store;
	struct str add = arena_printf(arena, "INSERT INTO channel(name, added, told) VALUES('%.*s', 1, 0)", STR_ARG(target_of(path).channel));
	assert_int_equal(store_run(store, add.p, NULL), STATUS_OK);
}

static struct notify_options options_of(const struct notify_target *target, unsigned timeout_ms, unsigned patience_ms)
{
	return (struct notify_options){ .targets = target,
					.count = 1,
					.user_agent = "assay/test",
					.tries = 2,
					.backoff_ms = 1,
					.connect_timeout_ms = 5000,
					.timeout_ms = timeout_ms,
					.patience_ms = patience_ms };
}

static size_t tell(struct fleet *fleet, const char *path)
{
	const struct notify_form *form = notify_form_by_name(str_of(path));
	const struct notify_target target = target_of(path);
	size_t untold;
	const struct notify_options options = options_of(&target, form ? 20000 : 100, LIMIT_NOTIFY_RUN_MS);
	assert_int_equal(notify_tell(fleet, &options, &untold, NULL), STATUS_OK);
	return untold;
}

/* The bodies that a path got, the last one in `last`. */
static size_t messages(const char *path, struct str *last)
{
	struct str text, line, key = arena_printf(arena, "POST /%s ", path);
	size_t n = 0;
	assert_int_equal(file_read(registry.log, SIZE_MAX, arena, &text, NULL), STATUS_OK);
	while (str_split(&text, '\n', &line)) {
		if (!str_starts_with(line, key))
			continue;
		*last = str_from(line, str_find_str(line, STR("body: ")) + 6);
		n++;
	}
	return n;
}

/* Each message holds at most so many, and together they hold all. */
static void pages(void **state)
{
	static const size_t counts[] = { 1, LIMIT_NOTIFY_NEWS, LIMIT_NOTIFY_NEWS + 1 };
	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct str last;
		size_t before = messages("json", &last);
		struct fleet *fleet = fleet_with(counts[i], true, "a");
		add_address(fleet, "json");
		assert_int_equal(tell(fleet, "json"), 0);
		assert_int_equal(tell(fleet, "json"), 0); /* nothing is left */
		assert_int_equal(messages("json", &last) - before, counts[i] > LIMIT_NOTIFY_NEWS ? 2 : 1);
		struct str wanted = arena_printf(arena, "\"count\":%zu,", counts[i] > LIMIT_NOTIFY_NEWS ? counts[i] - LIMIT_NOTIFY_NEWS : counts[i]);
		assert_true(str_find_str(last, wanted) < last.n);
		fleet_close(fleet);
	}
}

/* An address that is new is told what stands: in one message, which says so, and once. */
static void new_address(void **state)
{
	struct str last, slack;
	(void)state;
	struct fleet *fleet = fleet_with(LIMIT_NOTIFY_NEWS + 1, true, "a");
	size_t before = messages("json", &last), chats = messages("slack", &slack);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tell(fleet, "json"), 0);
		assert_int_equal(tell(fleet, "slack"), 0);
	}
	assert_int_equal(messages("json", &last) - before, 1);
	assert_int_equal(messages("slack", &slack) - chats, 1);
	struct str count = arena_printf(arena, "\"count\":%u,\"left_out\":1,", LIMIT_NOTIFY_NEWS + 1);
	assert_true(str_find_str(last, count) < last.n);
	assert_true(str_find_str(last, STR("\"why\":\"new\"")) == last.n);
	size_t listed = 0;
	for (size_t at; (at = str_find_str(last, STR("\"why\":\"stands\""))) < last.n; last = str_from(last, at + 1))
		listed++;
	assert_int_equal(listed, LIMIT_NOTIFY_NEWS);
	assert_true(str_find_str(slack, STR("what stands as this address is added")) < slack.n);
	fleet_close(fleet);
}

/* The longest texts that Slack and Teams take, whatever the names are made of. */
static void fits(void **state)
{
	static const char *const names[] = { "a", "&", "<", "{{", "\\", "\"", "`", "\xf0\x9f\x92\xa5", "\xe2\x80\xae", "\x01", "\xff" };
	(void)state;
	for (size_t i = 0; i < 2 * sizeof names / sizeof *names; i++) {
		CLEANUP(buf_fini) struct buf name = BUF_INIT(4000);
		struct str slack = STR_NONE, teams = STR_NONE, block;
		while (name.n < 1200)
			buf_add_z(&name, names[i / 2]);
		buf_add_char(&name, '\0');
		struct fleet *fleet = fleet_with(60, i % 2, name.p);
		add_address(fleet, "slack");
		add_address(fleet, "teams");
		assert_int_equal(tell(fleet, "slack"), 0);
		assert_int_equal(tell(fleet, "teams"), 0);
		fleet_close(fleet);
		messages("slack", &slack);
		messages("teams", &teams);
		assert_true(utf8_is_valid(slack) && utf8_is_valid(teams));
		assert_in_range(teams.n, 500, 28 * KIB);
		size_t blocks = 0;
		for (struct str rest = slack; rest.n; blocks++) {
			size_t at = str_find_str(rest, STR("\"text\":\""));
			block = str_head(rest, at);
			assert_in_range(block.n, 0, 3000 * 2 + 200); /* in JSON a backslash is two bytes */
			rest = str_from(rest, at + 8);
		}
		assert_in_range(blocks, 3, 50);
		assert_true(str_find_str(slack, STR("60 new errors in 60 projects")) < slack.n);
		assert_true(str_find_str(teams, STR("60 new errors in 60 projects")) < teams.n);
		assert_true(str_find_str(teams, STR("{{")) == teams.n);
	}
}

/* Who never answers is given up in its time, and told the next time by the same id. */
static void never(void **state)
{
	struct str last;
	struct fleet_message first, second;
	(void)state;
	struct fleet *fleet = fleet_with(3, true, "a");
	assert_int_equal(tell(fleet, "never"), 1);
	assert_int_equal(messages("never", &last), 2);
	const struct notify_target target = target_of("never");
	assert_int_equal(fleet_message_begin(fleet, target.channel, 1, arena, &first, NULL), STATUS_OK);
	assert_int_equal(first.count, 3);
	assert_true(str_find_str(last, first.id) < last.n);
	assert_int_equal(fleet_message_told(fleet, &first, NULL), STATUS_OK);
	assert_int_equal(fleet_message_begin(fleet, target.channel, 1, arena, &second, NULL), STATUS_OK);
	assert_int_equal(second.count, 0);
	fleet_close(fleet);
}

/* What a run has no more time for is told by the next one; one message to each is always begun. */
static void has_patience(void **state)
{
	(void)state;
	const struct notify_target target = target_of("json");
	for (int slow = 0; slow < 2; slow++) {
		struct str last;
		size_t before = messages("json", &last), untold;
		struct fleet *fleet = fleet_with(LIMIT_NOTIFY_NEWS + 1, true, "a");
		add_address(fleet, "json");
		const struct notify_options options = options_of(&target, LIMIT_NOTIFY_MS, slow ? 0 : LIMIT_NOTIFY_RUN_MS);
		assert_int_equal(notify_tell(fleet, &options, &untold, NULL), STATUS_OK);
		assert_int_equal(untold, slow);
		assert_int_equal(messages("json", &last) - before, slow ? 1 : 2);
		assert_int_equal(tell(fleet, "json"), 0);
		assert_int_equal(messages("json", &last) - before, 2);
		fleet_close(fleet);
	}
}

static int start(void **state)
{
	(void)state;
	arena = arena_new(0);
	local_registry_start(&registry, rules);
	return arena == NULL;
}

static int stop(void **state)
{
	(void)state;
	local_registry_stop(&registry);
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_addresses), cmocka_unit_test(pages), cmocka_unit_test(new_address),
		cmocka_unit_test(fits),           cmocka_unit_test(never), cmocka_unit_test(has_patience),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
