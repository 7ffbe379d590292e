/*
 * Cases as text: packages, edges, records, tarball results and the findings that must come of them - all findings, so that each
 * case also says which rules stay silent. A line is words separated by blanks; "-" is nothing, "&" in a word is a blank,
 * @PUBLIC_REGISTRY@ the public registry's URL, @SHA512@ and the like some digest; "#" begins a comment.
 *
 *   case WHAT IT SAYS
 *   format KIND VERSION                          npm 3 unless said
 *   package ID NAME VERSION KIND [resolved= integrity= alias= link= deprecated= license=] [bundled] [shrinkwrapped] [script]
 *   edge FROM TO NAME SPEC TYPE                  FROM "." is the root, which is there from the start
 *   advisory ID NAME FROM..TO[,FROM..=LAST] [aliases= severity= vector= published= modified= versions= withdrawn=] [own]
 *                                                own: of the user's own source, "acme"
 *   show RULE                                    its findings are compared although they are off
 *   private NAME|@SCOPE/…                        declared so
 *   held RULE ID NAME VERSION xINSTANCES WHY     a record that must be held back; all of them, as with find
 *   database none|starter                        none: the finding that there is none is wanted
 *   now DATE, ages WARN MAX, known ORIGIN        what the scan is told
 *   scripts NAME, ban NAME@RANGE [reason= instead= through=]    what the policy declares
 *   omit dev|optional|peer, off RULE             what it does not want
 *   manifest FOLDER JSON                         its package.json on disk; FOLDER "." is the root's; JSON is the rest of the line
 *   settings NAME TEXT                           another file beside that; "\n" in it is a new line
 *   bin ID NAME PATH                             a command that the lockfile lists
 *   tarball ID STATE [faults= name= version= detail= lists=KIND:KEY=VALUE,…] [retryable]
 *   record ID STATE [integrity= tarball= deprecated= detail= publisher= published= before= before_publisher=] [known] [maintainer]
 *       [retryable] [stale] [dated|undated-unreachable|undated-offline]     what the registry says; `dated`: its date was asked for
 *   find RULE ID NAME VERSION xINSTANCES LEVEL [fields of advisories and fixes, as describe_finding writes them]
 *   cover RULE EVALUATED [WHY=COUNT]...
 */
#ifndef TESTS_CHECK_SCRIPT_H
#define TESTS_CHECK_SCRIPT_H

#include <stdio.h>
#include <stdlib.h>

#include "assay/check.h"
#include "assay/lockfile.h"
#include "assay/registry.h"
#include "tarball/draft.h"

struct script {
	struct arena *arena;
	struct tree *tree;
	struct tarball_result *tarballs; /* by package, once the tree is whole */
	struct scan scan;
	VEC(struct str) tarball_lines, record_lines;
	VEC(struct str) advisories, own_advisories, private, shown;
	const char *known[8];
	size_t known_count;
	bool no_database, starter;
	struct declarations declared;
	struct package_patterns *scripts, *banned;
	struct ban bans[8];
	struct rule_plan plans[64];
	struct buf wanted, wanted_coverage, wanted_held;
};

struct words {
	struct str v[24];
	size_t n;
};

static struct str next_word(struct str *line)
{
	*line = str_trim(*line);
	struct str word = str_head(*line, str_find(*line, ' '));
	*line = str_from(*line, word.n);
	return word;
}

/* "&" for a blank, "-" for nothing, the placeholder for the registry. */
static struct str value_of(struct arena *arena, struct str word)
{
	static const struct {
		const char *word, *text;
	} placeholders[] = {
		{ "@PUBLIC_REGISTRY@", PUBLIC_REGISTRY_URL },
		{ "@SHA1@", "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
		{ "@SHA256@", "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
		{ "@OTHER512@", "sha512-/////////////////////////////////////////////////////////////////////////////////////w==" },
		{ "@SHA512@", "sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==" },
	};
	enum { COUNT = sizeof placeholders / sizeof *placeholders };
	struct buf text = BUF_INIT(1 << 20);
	if (str_equal_z(word, "-"))
		return STR_NONE;
	for (size_t i = 0; i < word.n; i++) {
		size_t k = 0;
		while (k < COUNT && !str_starts_with(str_from(word, i), str_of(placeholders[k].word)))
			k++;
		if (k < COUNT) {
			buf_add_z(&text, placeholders[k].text);
			i += strlen(placeholders[k].word) - 1;
		} else {
			buf_add_char(&text, word.p[i] == '&' ? ' ' : word.p[i]);
		}
	}
	struct str copy = arena_copy(arena, buf_str(&text));
	buf_fini(&text);
	return copy;
}

static struct words split_words(struct arena *arena, struct str line)
{
	struct words words = { .n = 0 };
	while ((line = str_trim(line)).n) {
		assert_true(words.n < 24);
		words.v[words.n++] = value_of(arena, next_word(&line));
	}
	return words;
}

/* "key=value" among the words from the third on. */
static struct str option(const struct words *words, const char *key)
{
	size_t n = strlen(key);
	for (size_t i = 0; i < words->n; i++)
		if (words->v[i].n > n && words->v[i].p[n] == '=' && memcmp(words->v[i].p, key, n) == 0)
			return str_from(words->v[i], n + 1);
	return STR_NONE;
}

static bool has_word(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->n; i++)
		if (str_equal_z(words->v[i], word))
			return true;
	return false;
}

static struct str id_of(struct str word)
{
	return str_equal_z(word, ".") ? STR("") : word;
}

static void line_package(struct script *script, const struct words *words)
{
	struct package *package = tree_add_package(script->tree, id_of(words->v[0]), NULL);
	assert_non_null(package);
	package->name = words->v[1];
	package->version = words->v[2];
	bool known = false;
	for (enum package_kind kind = PACKAGE_REGISTRY; kind <= PACKAGE_ROOT; kind++) {
		if (str_equal_z(words->v[3], package_kind_name(kind))) {
			package->kind = kind;
			known = true;
		}
	}
	assert_true(known);
	package->resolved = option(words, "resolved");
	package->integrity = option(words, "integrity");
	package->alias = option(words, "alias");
	package->link = option(words, "link");
	package->deprecated = option(words, "deprecated");
	package->license = option(words, "license");
	package->bundled = has_word(words, "bundled");
	package->shrinkwrapped = has_word(words, "shrinkwrapped");
	package->install_script = has_word(words, "script");
	if (package->kind == PACKAGE_WORKSPACE)
		package->folder = package->id;
	package->line = script->tree->package_count * 10;
}

static void line_edge(struct script *script, const struct words *words)
{
	struct edge edge = { .name = words->v[2], .spec = words->v[3] };
	edge.from = tree_find(script->tree, id_of(words->v[0]));
	edge.to = words->v[1].n ? tree_find(script->tree, id_of(words->v[1])) : TREE_NONE;
	for (enum edge_type type = EDGE_PROD; type <= EDGE_CONFIG; type++)
		if (str_equal_z(words->v[4], edge_type_name(type)))
			edge.type = type;
	assert_true(edge.from != TREE_NONE);
	assert_true(tree_add_edge(script->tree, edge));
}

static void add_json_list(struct buf *out, const char *key, struct str list)
{
	struct str part;
	buf_printf(out, ",\"%s\":[", key);
	for (bool first = true; list.p && str_split(&list, ',', &part); first = false)
		buf_printf(out, "%s\"%.*s\"", first ? "" : ",", STR_ARG(part));
	buf_add_char(out, ']');
}

/* "0..1.2.3" to events, "0..=1.2.3" to the last that is affected; no end: no upper bound. */
static void add_events(struct buf *out, struct str ranges)
{
	struct str range;
	buf_add_z(out, "\"ranges\":[{\"type\":\"SEMVER\",\"events\":[");
	for (bool first = true; str_split(&ranges, ',', &range); first = false) {
		size_t dots = str_find_str(range, STR(".."));
		struct str end = str_from(range, dots + 2);
		buf_printf(out, "%s{\"introduced\":\"%.*s\"}", first ? "" : ",", STR_ARG(str_head(range, dots)));
		bool last = str_starts_with(end, STR("="));
		if (end.n)
			buf_printf(out, ",{\"%s\":\"%.*s\"}", last ? "last_affected" : "fixed", STR_ARG(str_from(end, last)));
	}
	buf_add_z(out, "]}]");
}

static void line_advisory(struct script *script, const struct words *words)
{
	struct buf json = BUF_INIT(1 << 20);
	struct str severity = option(words, "severity"), vector = option(words, "vector");
	struct str published = option(words, "published"), modified = option(words, "modified");
	if (!published.p)
		published = STR("2026-01-01");
	buf_printf(&json, "{\"schema_version\":\"1.6.0\",\"id\":\"%.*s\",\"summary\":\"about %.*s\"", STR_ARG(words->v[0]), STR_ARG(words->v[0]));
	buf_printf(&json, ",\"published\":\"%.*sT00:00:00Z\",\"modified\":\"%.*sT00:00:00Z\"", STR_ARG(published),
		   STR_ARG(modified.p ? modified : STR("2026-01-01")));
	if (option(words, "withdrawn").p)
		buf_printf(&json, ",\"withdrawn\":\"%.*sT00:00:00Z\"", STR_ARG(option(words, "withdrawn")));
	add_json_list(&json, "aliases", option(words, "aliases"));
	if (severity.p)
		buf_printf(&json, ",\"database_specific\":{\"severity\":\"%.*s\"}", STR_ARG(severity));
	if (vector.p)
		buf_printf(&json, ",\"severity\":[{\"type\":\"CVSS_V3\",\"score\":\"%.*s\"}]", STR_ARG(vector));
	buf_printf(&json, ",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"%.*s\"},", STR_ARG(words->v[1]));
	add_events(&json, words->v[2]);
	add_json_list(&json, "versions", option(words, "versions"));
	buf_add_z(&json, "}]}");
	struct str *slot = has_word(words, "own") ? vec_add(script->arena, &script->own_advisories) : vec_add(script->arena, &script->advisories);
	*slot = arena_copy(script->arena, buf_str(&json));
	buf_fini(&json);
}

static enum tarball_state state_by_name(struct str name)
{
	static const char *const names[] = { "verified",    "mismatch",    "no-integrity", "unpublished",
					     "unreachable", "uninspected", "refused-host", "skipped" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_equal_z(name, names[i]))
			return (enum tarball_state)i;
	fail_msg("no state is called %.*s", STR_ARG(name));
	return TARBALL_SKIPPED;
}

static void add_faults(struct str list, struct draft *draft)
{
	static const char *const names[ARCHIVE_FAULTS] = {
		"not-gzip",  "not-tar",      "trailing",    "limit",        "absolute",        "escape", "link",   "device",
		"duplicate", "control-name", "no-manifest", "bad-manifest", "second-manifest", "setuid", "folded", "outside",
	};
	struct str part;
	while (list.p && str_split(&list, ',', &part))
		for (size_t i = 0; i < ARCHIVE_FAULTS; i++)
			if (str_equal_z(part, names[i]))
				assert_true(draft_add_fault(draft, (enum archive_fault)(1u << i), STR("package/x")));
}

/* "prod:a=^1,bin:x=cli.js,carried:node_modules/b=b@1.0.0" */
static void add_lists(struct str list, struct draft *draft)
{
	static const struct {
		const char *name;
		enum inspected list;
	} names[] = {
		{ "optional", INSPECTED_OPTIONAL }, { "prod", INSPECTED_DEPENDENCIES },
		{ "peer", INSPECTED_PEERS },        { "peer-optional", INSPECTED_OPTIONAL_PEERS },
		{ "bin", INSPECTED_BINS },          { "carried", INSPECTED_CARRIED },
		{ "bundle", INSPECTED_BUNDLES },    { "script", INSPECTED_SCRIPTS },
	};
	struct str part;
	while (list.p && str_split(&list, ',', &part)) {
		size_t colon = str_find(part, ':'), equals = str_find(part, '=');
		bool known = false;
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			if (!str_equal_z(str_head(part, colon), names[i].name))
				continue;
			struct str key = str_head(str_from(part, colon + 1), equals - colon - 1);
			known = draft_add(draft, names[i].list, key, str_from(part, equals + 1));
		}
		assert_true(known);
	}
}

static void line_tarball(struct script *script, struct str line)
{
	struct words words = split_words(script->arena, line);
	uint32_t number = tree_find(script->tree, words.v[0]);
	assert_true(number != TREE_NONE);
	struct tarball_result *result = &script->tarballs[number];
	struct draft draft = { .arena = script->arena };
	CLEANUP(buf_fini) struct buf block = BUF_INIT(1 << 20);
	result->state = state_by_name(words.v[1]);
	result->detail = option(&words, "detail").p;
	result->retryable = has_word(&words, "retryable");
	if (result->state == TARBALL_SKIPPED)
		result->skip = SKIP_BUNDLED;
	add_faults(option(&words, "faults"), &draft);
	add_lists(option(&words, "lists"), &draft);
	draft.head.has_manifest = option(&words, "name").p != NULL;
	draft.head.install_script = draft.lists[INSPECTED_SCRIPTS].n > 0;
	draft.name = option(&words, "name");
	draft.version = option(&words, "version");
	assert_int_equal(draft_write(&draft, 1 << 20, &block, NULL), STATUS_OK);
	if (result->state == TARBALL_VERIFIED || result->state == TARBALL_NO_INTEGRITY)
		result->inspection = (const void *)arena_copy(script->arena, buf_str(&block)).p;
}

static void line_bin(struct script *script, const struct words *words)
{
	uint32_t number = tree_find(script->tree, words->v[0]);
	assert_true(number != TREE_NONE);
	assert_true(tree_add_bin(script->tree, (struct package_bin){ number, words->v[1], words->v[2] }));
}

static enum record_state record_state_by_name(struct str name)
{
	static const char *const names[] = { "found", "gone", "elsewhere", "unreachable", "absent", "impossible" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_equal_z(name, names[i]))
			return (enum record_state)i;
	fail_msg("no state is called %.*s", STR_ARG(name));
	return RECORD_ABSENT;
}

static enum history_state history_by_word(const struct words *words)
{
	if (has_word(words, "undated-unreachable"))
		return HISTORY_UNREACHABLE;
	return has_word(words, "undated-offline") ? HISTORY_ABSENT : HISTORY_GIVEN;
}

static void line_record(struct script *script, const struct registry_record **records, bool *dated, struct str line)
{
	struct words words = split_words(script->arena, line);
	uint32_t number = tree_find(script->tree, words.v[0]);
	struct registry_record *record = arena_alloc(script->arena, sizeof *record);
	assert_true(number != TREE_NONE);
	*record = (struct registry_record){
		.state = record_state_by_name(words.v[1]),
		.detail = option(&words, "detail").p,
		.retryable = has_word(&words, "retryable"),
		.stale = has_word(&words, "stale"),
		.integrity = option(&words, "integrity"),
		.tarball = option(&words, "tarball"),
		.deprecated = option(&words, "deprecated"),
		.publisher = option(&words, "publisher"),
		.before = option(&words, "before"),
		.before_publisher = option(&words, "before_publisher"),
		.publisher_known = has_word(&words, "known"),
		.was_maintainer = has_word(&words, "maintainer"),
		.history = history_by_word(&words),
		.history_detail = "503 after 4 tries",
		.history_retryable = true,
		.published = DATE_NONE,
	};
	date_parse(option(&words, "published"), &record->published);
	records[number] = record;
	dated[number] = has_word(&words, "dated") || record->history != HISTORY_GIVEN;
}

static void give_records(struct script *script)
{
	const struct registry_record **records = arena_array(script->arena, script->tree->package_count, sizeof(struct registry_record *));
	bool *dated = arena_array(script->arena, script->tree->package_count, sizeof *dated);
	for (size_t i = 0; i < script->record_lines.n; i++)
		line_record(script, records, dated, script->record_lines.v[i]);
	script->scan.records = records;
	script->scan.dated = script->scan.traced = dated;
	script->scan.min_release_age = 86400;
}

static void line_database(struct script *script, const struct words *words)
{
	script->no_database = str_equal_z(words->v[0], "none");
	script->starter = str_equal_z(words->v[0], "starter");
}

static void line_format(struct script *script, const struct words *words)
{
	script->tree->format = words->v[0].p;
	static const char *const untold[] = { "license", "deprecated", "install_script", "dependencies", "peers", "bins", NULL };
	static const char *const no_specs[] = { "spec", "foreign_ranges", NULL };
	script->tree->format_version = words->v[1];
	script->scan.format = lockfile_format_by_kind(script->tree->format);
	if (str_equal_z(words->v[0], "npm") && str_equal_z(words->v[1], "1"))
		script->tree->unknown = untold;
	if (str_equal_z(words->v[0], "pnpm"))
		script->tree->unknown = no_specs;
}

static void line_now(struct script *script, const struct words *words)
{
	assert_true(date_parse(words->v[0], &script->scan.now));
}

static void line_ages(struct script *script, const struct words *words)
{
	assert_true(duration_parse(words->v[0], &script->scan.database_warn_age));
	assert_true(duration_parse(words->v[1], &script->scan.database_max_age));
}

/* As a policy would answer, over the script's own patterns. */
static struct str private_because(const void *context, struct str name)
{
	const struct script *script = context;
	for (size_t i = 0; i < script->private.n; i++) {
		struct str pattern = script->private.v[i];
		bool scope = str_ends_with(pattern, STR("/*"));
		if (scope ? str_starts_with(name, str_head(pattern, pattern.n - 1)) : str_equal(name, pattern))
			return pattern;
	}
	return STR_NONE;
}

static void line_show(struct script *script, const struct words *words)
{
	*(struct str *)vec_add(script->arena, &script->shown) = words->v[0];
}

static void line_private(struct script *script, const struct words *words)
{
	*(struct str *)vec_add(script->arena, &script->private) = words->v[0];
	script->scan.private_because = private_because;
	script->scan.private_context = script;
}

static void line_known(struct script *script, const struct words *words)
{
	assert_true(script->known_count < 7);
	script->known[script->known_count++] = words->v[0].p;
	script->scan.known_origins = script->known;
}

static void add_pattern(struct script *script, struct package_patterns **set, struct str text)
{
	struct package_pattern pattern;
	if (!*set)
		*set = package_patterns_new(script->arena);
	assert_non_null(*set);
	assert_int_equal(package_pattern_parse(text, script->arena, &pattern, NULL), STATUS_OK);
	assert_int_equal(package_patterns_add(*set, &pattern, NULL), STATUS_OK);
}

static void line_scripts(struct script *script, const struct words *words)
{
	add_pattern(script, &script->scripts, words->v[0]);
	script->declared.scripts_allowed = script->scripts;
}

static void line_ban(struct script *script, const struct words *words)
{
	size_t n = package_patterns_count(script->banned);
	struct package_patterns *through = NULL;
	struct str list = option(words, "through"), part;
	assert_true(n < 8);
	while (list.p && str_split(&list, ',', &part))
		add_pattern(script, &through, part);
	script->bans[n] = (struct ban){ words->v[0], option(words, "reason"), option(words, "instead"), through };
	add_pattern(script, &script->banned, words->v[0]);
	script->declared.banned = script->banned;
	script->declared.bans = script->bans;
}

static void line_omit(struct script *script, const struct words *words)
{
	static const char *const kinds[] = { "dev", "optional", "peer" };
	for (size_t i = 0; i < 64; i++)
		for (size_t k = 0; k < 3; k++)
			script->plans[i].omit |= str_equal_z(words->v[0], kinds[k]) ? 1u << k : 0;
	script->scan.plans = script->plans;
}

static void line_off(struct script *script, const struct words *words)
{
	const struct rule *rule = check_rule_by_id(words->v[0]);
	assert_non_null(rule);
	script->plans[check_rule_number(rule)].off = true;
	script->scan.plans = script->plans;
}

static void line_manifest(struct script *script, struct str line)
{
	struct str folder = next_word(&line);
	const char *base = getenv("TEST_TMP");
	static unsigned count;
	if (!script->tree->folder)
		script->tree->folder = arena_printf(script->arena, "%s/project-%u", base ? base : ".", count++).p;
	const char *path = path_join(script->arena, script->tree->folder, arena_copy(script->arena, folder).p);
	assert_int_equal(folder_make(path, NULL), STATUS_OK);
	assert_int_equal(file_write(path_join(script->arena, path, "package.json"), str_trim(line), NULL), STATUS_OK);
}

/* Behind a manifest, which makes the folder. */
static void line_settings(struct script *script, struct str line)
{
	struct str name = arena_copy(script->arena, next_word(&line)), part;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 16);
	line = str_trim(line);
	for (size_t at; line.n; line = str_from(line, at + 2)) {
		at = str_find_str(line, STR("\\n"));
		part = str_head(line, at);
		buf_add(&text, part);
		buf_add_char(&text, '\n');
	}
	assert_non_null(script->tree->folder);
	assert_int_equal(file_write(path_join(script->arena, script->tree->folder, name.p), buf_str(&text), NULL), STATUS_OK);
}

static void run_line(struct script *script, struct str line)
{
	static const struct {
		const char *verb;
		void (*run)(struct script *script, const struct words *words);
	} verbs[] = {
		{ "package", line_package }, { "edge", line_edge }, { "advisory", line_advisory }, { "database", line_database },
		{ "format", line_format },   { "now", line_now },   { "ages", line_ages },         { "known", line_known },
		{ "private", line_private }, { "show", line_show }, { "bin", line_bin },           { "scripts", line_scripts },
		{ "ban", line_ban },         { "omit", line_omit }, { "off", line_off },
	};
	struct str verb = next_word(&line);
	line = str_trim(line);
	if (str_equal_z(verb, "find") || str_equal_z(verb, "cover") || str_equal_z(verb, "held")) {
		struct buf *out = str_equal_z(verb, "find")  ? &script->wanted :
				  str_equal_z(verb, "cover") ? &script->wanted_coverage :
							       &script->wanted_held;
		buf_add(out, line);
		buf_add_char(out, '\n');
		return;
	}
	if (str_equal_z(verb, "settings")) {
		line_settings(script, line);
		return;
	}
	if (str_equal_z(verb, "manifest")) {
		line_manifest(script, line);
		return;
	}
	if (str_equal_z(verb, "record")) {
		*(struct str *)vec_add(script->arena, &script->record_lines) = line;
		return;
	}
	if (str_equal_z(verb, "tarball")) {
		*(struct str *)vec_add(script->arena, &script->tarball_lines) = line;
		return;
	}
	struct words words = split_words(script->arena, line);
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (str_equal_z(verb, verbs[i].verb)) {
			verbs[i].run(script, &words);
			return;
		}
	}
	fail_msg("no verb is called %.*s", STR_ARG(verb));
}

static void script_init(struct script *script)
{
	*script = (struct script){ .arena = arena_new(0) };
	assert_non_null(script->arena);
	script->tree = tree_new(script->arena);
	script->tree->path = "package-lock.json";
	script->tree->format = "npm";
	script->tree->format_version = STR("3");
	script->tree->scopes_known = true;
	struct package *root = tree_add_package(script->tree, STR(""), NULL);
	root->name = STR("app");
	root->version = STR("1.0.0");
	root->kind = PACKAGE_ROOT;
	root->line = 6;
	buf_init(&script->wanted, 1 << 20);
	buf_init(&script->wanted_coverage, 1 << 20);
	buf_init(&script->wanted_held, 1 << 20);
	script->scan = (struct scan){ .arena = script->arena, .format = lockfile_format_by_kind("npm") };
	script->scan.declared = &script->declared;
	assert_true(date_parse(STR("2026-01-02"), &script->scan.now));
}

static void script_fini(struct script *script)
{
	advisory_db_close(script->scan.db);
	buf_fini(&script->wanted);
	buf_fini(&script->wanted_coverage);
	buf_fini(&script->wanted_held);
	arena_free(script->arena);
}

/* Nothing is left where somebody happens to stand. */
static const char *work_folder(void)
{
	const char *base = getenv("TEST_TMP");
	if (!base)
		fail_msg("TEST_TMP names no folder to work in: tests/run.sh sets it");
	return base;
}

/* Each record is a file of its own, as OSV's export has it. */
static void import_records(struct script *script, const struct str *records, size_t count, const char *source)
{
	const char *folder = path_join(script->arena, work_folder(), source);
	const char *path = path_join(script->arena, work_folder(), "advisories.db");
	struct error err = { .status = STATUS_OK };
	assert_int_equal(folder_make(folder, &err), STATUS_OK);
	const char **files = arena_array(script->arena, count, sizeof *files);
	for (size_t i = 0; i < count; i++) {
		files[i] = arena_printf(script->arena, "%s/%zu.json", folder, i).p;
		assert_int_equal(file_write(files[i], records[i], &err), STATUS_OK);
	}
	struct advisory_import import = { .replace = true, .source = source };
	if (advisory_import(path, files, count, &import, &err) != STATUS_OK)
		fail_msg("%s", err.text);
	assert_int_equal(import.read, count);
	assert_int_equal(import.skipped_count, 0);
}

static void open_database(struct script *script)
{
	const char *path = path_join(script->arena, work_folder(), "advisories.db");
	struct error err = { .status = STATUS_OK };
	remove(path);
	import_records(script, script->advisories.v, script->advisories.n, script->starter ? "starter" : "osv");
	if (script->own_advisories.n)
		import_records(script, script->own_advisories.v, script->own_advisories.n, "acme");
	if (advisory_db_open(path, &script->scan.db, &err) != STATUS_OK)
		fail_msg("%s", err.text);
}

/* Everything up to the scan, which the caller runs. */
static void script_prepare(struct script *script)
{
	struct error err = { .status = STATUS_OK };
	if (tree_finish(script->tree, &err) != STATUS_OK)
		fail_msg("%s", err.text);
	if (script->tarball_lines.n) {
		script->tarballs = arena_array(script->arena, script->tree->package_count, sizeof *script->tarballs);
		for (uint32_t i = 0; i < script->tree->package_count; i++)
			script->tarballs[i] = (struct tarball_result){ .state = TARBALL_SKIPPED, .skip = SKIP_OWN };
		for (size_t i = 0; i < script->tarball_lines.n; i++)
			line_tarball(script, script->tarball_lines.v[i]);
		script->scan.tarballs = script->tarballs;
	}
	if (script->record_lines.n)
		give_records(script);
	if (script->advisories.n)
		open_database(script);
	script->scan.tree = script->tree;
}

#endif
