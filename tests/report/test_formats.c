/* What must hold in every format, whatever a lockfile, a package or an advisory says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "assay/archive.h"
#include "assay/json.h"
#include "assay/report.h"
#include "check/script.h"

static const char hostile[] = "\x1b[31m\xe2\x80\xae<script>alert(1)</script>]]>`|@team #1 https://evil/\r\n::error::x\xff\"'\\";

/* A project in which every text is out to do harm, with a finding of each kind. */
static void make_hostile(struct script *script, struct str text)
{
	struct str name = arena_printf(script->arena, "=cmd%.*s", STR_ARG(text));
	for (int i = 0; i < 2; i++) {
		struct str id = arena_printf(script->arena, "node_modules/%d%.*s", i, STR_ARG(text));
		struct package *package = tree_add_package(script->tree, id, NULL);
		assert_non_null(package);
		package->name = name;
		package->version = i ? text : STR("1.0.0");
		package->deprecated = text;
		package->license = text;
		package->resolved = arena_printf(script->arena, "https://host/%.*s", STR_ARG(text));
		package->integrity = i ? text : STR_NONE;
		package->kind = i ? PACKAGE_TARBALL : PACKAGE_REGISTRY;
		package->install_script = true;
		package->line = 7;
		struct edge edge = { .from = 0, .to = script->tree->package_count - 1, .name = name, .spec = text };
		assert_true(tree_add_edge(script->tree, edge));
	}
	struct error err = { 0 };
	script_prepare(script);
	assert_int_equal(check_run(&script->scan, &err), STATUS_OK);
	assert_true(script->scan.findings.n > 3);
	for (size_t i = 0; i < script->scan.findings.n; i++) {
		struct finding *finding = &script->scan.findings.v[i];
		finding->level = LEVEL_ERROR;
		finding->waiver_state = i == 1 ? WAIVER_ACTIVE : WAIVER_NONE;
		finding->waiver = text;
		finding->decided_by = text;
	}
	struct finding *advisory = check_add(&script->scan, check_rule_by_id(STR("vulnerability")), 1);
	advisory->id = advisory->title = advisory->message = text;
	advisory->url = arena_printf(script->arena, "https://host/%.*s", STR_ARG(text));
	advisory->vector = text;
	advisory->level = LEVEL_ERROR;
	advisory->fixed = arena_alloc(script->arena, sizeof *advisory->fixed);
	advisory->fixed[0] = text;
	advisory->fixed_count = 1;
	advisory->aliases = advisory->fixed;
	advisory->alias_count = 1;
	advisory->fix = (struct fix){ .kind = FIX_OVERRIDE, .package = text, .to = text, .blocker = text };
	assert_int_equal(check_order(&script->scan, &err), STATUS_OK);
}

static void write_format(const char *name, struct script *script, struct buf *out)
{
	static char path[] = "a b/package-lock.json";
	const struct report_format *format = report_format_by_name(str_of(name));
	struct report_project project = { .scan = &script->scan, .path = path, .kind = "npm" };
	struct report report = {
		.projects = &project,
		.project_count = 1,
		.as_of = 1767312000,
		.verdict = VERDICT_FAIL,
		.exit_code = 1,
		.elapsed_ms = -1,
		.origin = { "0123", "refs/heads/main", "1", "scan" },
	};
	struct error err = { 0 };
	assert_non_null(format);
	script->scan.path = path;
	if (report_write(format, &report, out, &err) != STATUS_OK)
		fail_msg("%s: %s", name, err.text);
	assert_true(utf8_is_valid(buf_str(out)));
}

static bool holds(const struct buf *out, const char *text)
{
	return str_find_str(buf_str(out), str_of(text)) < out->n;
}

static bool is_json(const char *name)
{
	static const char *const names[] = { "json", "sarif", "cyclonedx", "spdx", "openvex", "gitlab", "github-snapshot" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* No format lets a control byte through; those of JSON are JSON; the same input gives the same bytes. */
static void test_every_format(void **state)
{
	(void)state;
	struct script script;
	script_init(&script);
	make_hostile(&script, str_of(hostile));
	for (size_t i = 0; report_formats[i]; i++) {
		const char *name = report_formats[i]->name;
		CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 24);
		CLEANUP(buf_fini) struct buf again = BUF_INIT(1 << 24);
		write_format(name, &script, &out);
		write_format(name, &script, &again);
		assert_true(str_equal(buf_str(&out), buf_str(&again)));
		assert_true(out.n > 100);
		assert_false(holds(&out, "\x1b"));
		if (is_json(name)) {
			struct json *document;
			struct error err;
			assert_int_equal(json_parse(buf_str(&out), JSON_UNIQUE_KEYS, script.arena, &document, NULL, &err), STATUS_OK);
		} else {
			assert_false(holds(&out, "\xe2\x80\xae"));
		}
	}
	script_fini(&script);
}

/* Without what stands between two backticks of a line: there Markdown reads nothing. */
static void drop_code(struct buf *out)
{
	bool code = false;
	size_t n = 0;
	for (size_t i = 0; i < out->n; i++) {
		bool escaped = !code && i && out->p[i - 1] == '\\';
		code = out->p[i] == '\n' ? false : out->p[i] == '`' && !escaped ? !code : code;
		if (!code)
			out->p[n++] = out->p[i];
	}
	out->n = n;
}

/* What each syntax gives a meaning to. */
static void test_escapes(void **state)
{
	(void)state;
	static const struct {
		const char *format, *never;
	} cases[] = {
		{ "markdown", "<script" },
		{ "markdown", " @team" },
		{ "markdown", "](https://evil" },
		{ "markdown", "\n::error" },
		{ "junit", "<script" },
		{ "junit", "]]>" },
		{ "csv", "\"=cmd" },
		{ "github", "\n::error::x" },
		{ "compact", "\n::error" },
		{ "text", "\n::error" },
		{ "sarif", "| <script" },
		{ "sarif", "\"markdown\":\t\"<script" },
		{ "sarif", "\"uri\":\t\"a b" },
		{ "spdx", "SPDXRef-<" },
		{ "gitlab", "\"url\":\t\"https://host/\\u001b" },
		{ "cyclonedx", "pkg:npm/=cmd<" },
		{ "openvex", "pkg:npm/=cmd<" },
		{ "github-snapshot", "pkg:npm/=cmd<" },
		{ "cyclonedx", "\"url\":\t\"https://host/\\u001b" },
		{ "html", "<script>alert" },
		{ "html", "alert(1)</script" },
		{ "html", "href=\"javascript" },
		{ "html", "|@team #1 https://evil/\r" },
	};
	struct script script;
	script_init(&script);
	make_hostile(&script, str_of(hostile));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 24);
		write_format(cases[i].format, &script, &out);
		if (strcmp(cases[i].format, "markdown") == 0)
			drop_code(&out);
		if (holds(&out, cases[i].never))
			fail_msg("%s holds %s", cases[i].format, cases[i].never);
	}
	script_fini(&script);
}

/* No field begins with what a spreadsheet computes, nor with the blanks and quotes that it drops before it looks. */
static void test_formulas(void **state)
{
	(void)state;
	static const char *const leads[] = { "=", "+", "-", "@", "\t=", "\r=", "\n=", "|", "%", "\"=", " =", "\xef\xbc\x9d" };
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
		struct script script;
		script_init(&script);
		struct str text = arena_printf(script.arena, "%scmd|' /C calc'!A0", leads[i]);
		run_line(&script, arena_printf(script.arena, "package node_modules/a a 1.0.0 registry"));
		script.tree->packages[1].name = script.tree->packages[1].version = text;
		script_prepare(&script);
		struct finding *advisory = check_add(&script.scan, check_rule_by_id(STR("vulnerability")), 1);
		advisory->id = advisory->title = advisory->message = advisory->waiver = text;
		advisory->fixed = advisory->aliases = &text;
		advisory->fixed_count = advisory->alias_count = 1;
		advisory->level = LEVEL_ERROR;
		CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 24);
		write_format("csv", &script, &out);
		size_t fields = 0;
		for (size_t k = 0; k + 2 < out.n; k++) {
			size_t at = k + 1 + (out.p[k + 1] == '"');
			if (out.p[k] != ',' && out.p[k] != '\n')
				continue;
			fields++;
			if (strchr("=+-@\t\r", out.p[at]))
				fail_msg("\"%s\": a field begins with %.8s", leads[i], out.p + at);
		}
		assert_true(fields > 40);
		script_fini(&script);
	}
}

/* Every annotation is a line that begins as one. */
static void test_lines(void **state)
{
	(void)state;
	struct script script;
	script_init(&script);
	make_hostile(&script, str_of(hostile));
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 24);
	write_format("github", &script, &out);
	struct str rest = buf_str(&out), line;
	while (str_split(&rest, '\n', &line))
		assert_true(!line.n || str_starts_with(line, STR("::error file=a b/package-lock.json,line=")));
	script_fini(&script);
}

/* One package and one advisory with texts of 1 MiB, longer than any format shows: each is valid, and no comment grows past what GitHub takes. */
static void test_long_texts(void **state)
{
	(void)state;
	enum { LONG = 1 << 20 };
	struct script script;
	script_init(&script);
	char *text = arena_alloc(script.arena, LONG);
	memset(text, '<', LONG);
	run_line(&script, arena_printf(script.arena, "package node_modules/a a 1.0.0 registry"));
	script.tree->packages[1].name = script.tree->packages[1].license = (struct str){ text, LONG };
	script_prepare(&script);
	struct finding *advisory = check_add(&script.scan, check_rule_by_id(STR("vulnerability")), 1);
	advisory->id = advisory->title = advisory->message = (struct str){ text, LONG };
	advisory->fix = (struct fix){ .kind = FIX_BUMP, .package = advisory->id, .to = advisory->id, .blocker = advisory->id };
	advisory->level = LEVEL_ERROR;
	for (size_t i = 0; report_formats[i]; i++) {
		CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 28);
		const char *name = report_formats[i]->name;
		struct json *document;
		write_format(name, &script, &out);
		if (strcmp(name, "markdown") == 0)
			assert_true(out.n < 65000);
		if (strcmp(name, "text") == 0 || strcmp(name, "compact") == 0 || strcmp(name, "github") == 0)
			assert_true(out.n < 100000);
		if (is_json(name))
			assert_int_equal(json_parse(buf_str(&out), JSON_UNIQUE_KEYS, script.arena, &document, NULL, NULL), STATUS_OK);
	}
	script_fini(&script);
}

/* The worst first, and what did not fit is counted. */
static void test_comment_is_cut(void **state)
{
	(void)state;
	struct script script;
	script_init(&script);
	for (int i = 1; i <= 2000; i++)
		run_line(&script, arena_printf(script.arena, "package node_modules/p%d p%d 1.0.0 registry", i, i));
	script_prepare(&script);
	struct error err = { 0 };
	assert_int_equal(check_run(&script.scan, &err), STATUS_OK);
	struct finding *worst = check_add(&script.scan, check_rule_by_id(STR("malware")), 2000);
	worst->level = LEVEL_ERROR;
	worst->id = STR("MAL-2026-1");
	worst->title = worst->message = STR("bad");
	assert_int_equal(check_order(&script.scan, &err), STATUS_OK);
	for (size_t i = 0; i < script.scan.findings.n; i++)
		if (script.scan.findings.v[i].rule->gap == false && script.scan.findings.v[i].level < LEVEL_WARN)
			script.scan.findings.v[i].level = LEVEL_WARN;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 24);
	write_format("markdown", &script, &out);
	assert_true(out.n > 50000 && out.n < 65000);
	assert_true(str_find_str(buf_str(&out), STR("MALWARE")) < str_find_str(buf_str(&out), STR("integrity-missing")));
	assert_true(holds(&out, "more are not shown"));
	script_fini(&script);
}

/* Lines with it. (To look for it in all that is left, again and again, costs a thread sanitizer the square: it touches all of that each time.) */
static size_t count_in(const struct buf *out, const char *text)
{
	size_t n = 0;
	struct str rest = buf_str(out), line;
	while (str_split(&rest, '\n', &line))
		n += str_find_str(line, str_of(text)) < line.n;
	return n;
}

/* GitHub takes 25,000 results, and 10 MB of them when gzip has packed them: the worst are told, and how many there are. */
static void test_sarif_is_cut(void **state)
{
	(void)state;
	static const struct {
		size_t findings, bytes; /* of text, which gzip halves at best */
		bool cut;
	} cases[] = { { 2000, 0, false }, { 25001, 0, true }, { 4000, 3900, true } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct script script;
		uint64_t seed = 1;
		script_init(&script);
		run_line(&script, STR("package node_modules/a a 1.0.0 registry"));
		script_prepare(&script);
		for (size_t k = 0; k < cases[i].findings; k++) {
			char *text = arena_alloc(script.arena, cases[i].bytes + 1);
			for (size_t at = 0; at < cases[i].bytes; at++)
				text[at] = (char)('0' + ((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 58));
			struct finding *finding = check_add(&script.scan, check_rule_by_id(STR("deprecated")), 0);
			finding->id = arena_printf(script.arena, "deprecated/%zu", k);
			finding->message = (struct str){ text, cases[i].bytes };
			finding->level = k ? LEVEL_WARN : LEVEL_ERROR;
		}
		assert_int_equal(check_order(&script.scan, NULL), STATUS_OK);
		CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 28), packed = BUF_INIT(1 << 28);
		write_format("sarif", &script, &out);
		struct deflater *deflater = deflater_new(DEFLATE_QUICK);
		deflater_run(deflater, buf_str(&out), &packed);
		deflater_free(deflater);
		size_t results = count_in(&out, "\"ruleIndex\"");
		assert_true(packed.n < 10000000 && results <= 25000);
		assert_int_equal(results < cases[i].findings, cases[i].cut);
		assert_int_equal(holds(&out, "worst of"), cases[i].cut);
		assert_int_equal(count_in(&out, "\"level\":\t\"error\""), 2); /* the result, and the rule that it is of */
		assert_true(results > 1000);
		script_fini(&script);
	}
}

/* A snapshot is of a commit. */
static void test_snapshot_needs_a_commit(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct report report = { .project_count = 0 };
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 20);
	assert_int_equal(report_write(report_format_by_name(STR("github-snapshot")), &report, &out, &err), STATUS_USAGE);
	assert_non_null(strstr(err.hint, "GITHUB_SHA"));
}

/* A lockfile that could not be read is told in every format. */
static void test_no_tree(void **state)
{
	(void)state;
	static const char *const tell[] = { "json", "sarif", "compact", "csv", "junit", "github", "gitlab", "markdown", "html" };
	struct script script;
	script_init(&script);
	script.scan.tree = NULL;
	struct finding *finding = check_add(&script.scan, check_rule_by_id(STR("no-lockfile")), TREE_NONE);
	finding->message = STR("web has dependencies and no lockfile");
	finding->level = LEVEL_ERROR;
	assert_int_equal(check_order(&script.scan, NULL), STATUS_OK);
	for (size_t i = 0; i < sizeof tell / sizeof *tell; i++) {
		CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 20);
		write_format(tell[i], &script, &out);
		if (!holds(&out, "web has dependencies and no lockfile"))
			fail_msg("%s does not tell: %.*s", tell[i], STR_ARG(buf_str(&out)));
	}
	script_fini(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_format), cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_formulas),     cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_texts),   cmocka_unit_test(test_comment_is_cut),
		cmocka_unit_test(test_sarif_is_cut), cmocka_unit_test(test_snapshot_needs_a_commit),
		cmocka_unit_test(test_no_tree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
