/* What stands beside lockfiles or comes from servers: texts that are made of one part, so many times, each with a number. */
#ifndef LINEAR_TEXTS_H
#define LINEAR_TEXTS_H

#include "advisory/changes.h"
#include "assay/policy.h"
#include "assay/who.h"
#include "fleet/ingest.h"
#include "fleet/look.h"
#include "fleet/who_machine.h"
#include "installed/private.h"
#include "lockfile/ignore.h"
#include "lockfile/toml.h"
#include "npmrc/ini.h"
#include "registry/answer.h"
#include "scan/private.h"

/* '#' in the part is its number. */
struct repeated {
	unsigned times; /* in one unit */
	const char *begin, *part, *between, *end;
};

static struct str repeat(struct work *work, const struct repeated *text)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(64 * MIB);
	buf_add_z(&out, text->begin);
	for (unsigned i = 0; i < text->times * work->units; i++) {
		struct str rest = str_of(text->part), piece;
		buf_add_z(&out, i ? text->between : "");
		for (bool first = true; str_split(&rest, '#', &piece); first = false) {
			if (!first)
				buf_printf(&out, "%u", i);
			buf_add(&out, piece);
		}
	}
	buf_add_z(&out, text->end);
	check(!out.failed, "out of memory");
	return arena_copy(work->arena, buf_str(&out));
}

static const char *put_file(struct work *work, const char *name, struct str text)
{
	struct error err;
	const char *path = path_join(work->arena, work->folder, name);
	check_status(file_write_unsynced(path, text, &err), &err);
	return path;
}

/* ---- beside lockfiles ------------------------------------------------------------------------------ */

static void make_ignore(struct work *work, const char *with)
{
	(void)with;
	work->text = repeat(work, &(const struct repeated){ 300, "", "a#/*.js\n!b#\n", "", "" });
}

static void run_ignore(struct work *work, const char *with)
{
	struct ignore_rules *rules = ignore_new(STR(""), NULL, work->arena);
	struct error err;
	(void)with;
	check(rules, "out of memory");
	check_status(ignore_add_file(rules, work->text, &err), &err);
	check(!ignore_excludes(rules, STR("src/lib/c.ts"), false), "not ignored");
}

static void make_npmrc(struct work *work, const char *with)
{
	(void)with;
	work->text = repeat(work, &(const struct repeated){ 500, "", "@s#:registry=https://npm.acme.example/#/\nca[]=\"#\"\n", "", "" });
}

static void run_npmrc(struct work *work, const char *with)
{
	struct ini ini = { 0 };
	struct error err;
	(void)with;
	check_status(ini_read(work->text, work->arena, &ini, &err), &err);
	check(ini.entries.n >= 500 * work->units, "each line");
}

/* Keys of one table, elements of one array, tables of one array that are entered again. */
static void make_toml(struct work *work, const char *with)
{
	struct str keys = repeat(work, &(const struct repeated){ 200, "", "k# = 1\n", "", "" });
	struct str elements = repeat(work, &(const struct repeated){ 200, "all = [", "#", ", ", "]\n" });
	struct str tables = repeat(work, &(const struct repeated){ 200, "", "[[list]]\n[list.a]\nb = #\n", "", "" });
	(void)with;
	work->text = arena_printf(work->arena, "%.*s%.*s%.*s", STR_ARG(keys), STR_ARG(elements), STR_ARG(tables));
}

static void run_toml(struct work *work, const char *with)
{
	struct json *json;
	struct error err;
	(void)with;
	check_status(toml_parse(work->text, work->arena, &json, &err), &err);
	check(json->count == 200 * work->units + 2, "each key");
}

static void make_patch(struct work *work, const char *with)
{
	(void)with;
	work->text = repeat(work, &(const struct repeated){ 500, "", "diff --git a/x# b/x#\n--- a/x#\n+++ b/x#\n@@ -1 +1 @@\n-a\n+b\n", "", "" });
}

static void run_patch(struct work *work, const char *with)
{
	struct patch patch = { .prefix = STR(""), .paths = map_new(work->arena, 0) };
	(void)with;
	check(patch.paths && patch_read_text(work->text, work->arena, &patch), "out of memory");
	check(map_count(patch.paths) == 500 * work->units, "each file");
}

static void make_owners(struct work *work, const char *with)
{
	(void)with;
	put_file(work, "CODEOWNERS", repeat(work, &(const struct repeated){ 500, "* @all\n", "/a#/**/b @team-#\n", "", "" }));
}

static void run_owners(struct work *work, const char *with)
{
	struct owners *owners;
	struct error err;
	(void)with;
	check_status(owners_read(work->folder, work->arena, &owners, &err), &err);
	check(str_equal(owners_of(owners, STR("c/d/package-lock.json"), work->arena), STR("@all")), "whose it is");
}

/* ---- reports, incident lists, other tools' lists -------------------------------------------------------- */

#define FINDING \
	"{\"fingerprint\":\"#\",\"rule\":\"malware\",\"id\":\"MAL-#\",\"level\":\"error\",\"package\":{\"name\":\"p-#\",\"version\":\"1.0.0\",\"purl\":\"pkg:npm/p-#@1.0.0\"},\"paths\":[[\"x\",\"p-#@1.0.0\"]]}"

static void make_findings_told(struct work *work, const char *with)
{
	static const struct repeated findings = {
		50, "{\"schema\":\"assay.report/1\",\"projects\":[{\"lockfile\":{\"path\":\"package-lock.json\",\"kind\":\"npm\"},\"findings\":[",
		FINDING, ",", "]}]}"
	};
	static const struct repeated projects = { 50, "{\"schema\":\"assay.report/1\",\"projects\":[",
						  "{\"lockfile\":{\"path\":\"#/yarn.lock\",\"kind\":\"yarn\"},\"findings\":[" FINDING "]}", ",", "]}" };
	work->text = repeat(work, strcmp(with, "findings") == 0 ? &findings : &projects);
	put_file(work, "baseline.json", work->text);
	work->made = make_findings(work, "small");
}

static void run_ingest(struct work *work, const char *with)
{
	struct json *document;
	struct ingest_report report;
	struct error err;
	check_status(json_parse(work->text, 0, work->arena, &document, NULL, &err), &err);
	check_status(ingest_read_report(document, NULL, work->arena, &report, &err), &err);
	check(report.count == (strcmp(with, "findings") == 0 ? 1 : 50 * work->units), "each project");
}

static void run_baseline(struct work *work, const char *with)
{
	struct scan scan = *(const struct scan *)work->made;
	struct scan_baseline *baseline;
	struct priors priors = { 0 };
	struct report_comparison out = { 0 };
	struct error err;
	(void)with;
	check_status(scan_baseline_read(path_join(work->arena, work->folder, "baseline.json"), work->arena, &baseline, &err), &err);
	check_status(priors_of_baseline(baseline, "package-lock.json", work->arena, &priors, &err), &err);
	check_status(priors_compare(&priors, &scan, &out, &err), &err);
	check(out.fixed_count == 50 * work->units, "each one is fixed");
}

static void make_ioc(struct work *work, const char *with)
{
	(void)with;
	work->text = repeat(work, &(const struct repeated){ 60, "", "| p-# | 1.0.#, 2.0.# |\n", "", "" });
}

static void run_ioc(struct work *work, const char *with)
{
	struct who_question *question = who_question_new(work->arena);
	struct who_list list = { 0 };
	struct error err;
	(void)with;
	check(question, "out of memory");
	check_status(who_ask_list(question, "list", work->text, &list, &err), &err);
	check(list.targets >= 60 * work->units, "each line");
}

static void make_ignored(struct work *work, const char *with)
{
	(void)with;
	put_file(work, ".trivyignore", repeat(work, &(const struct repeated){ 50, "", "CVE-2020-# exp:2027-01-01\n", "", "" }));
}

static void run_ignored(struct work *work, const char *with)
{
	struct policy_imported imported = { 0 };
	struct error err;
	(void)with;
	check_status(policy_import(path_join(work->arena, work->folder, ".trivyignore"), LIMIT_POLICY_BYTES, work->arena, &imported, &err), &err);
	check(imported.waivers.n == 50 * work->units, "each line");
}

static void make_vex(struct work *work, const char *with)
{
	static const struct repeated document = { 200, "{\"@context\":\"https://openvex.dev/ns/v0.2.0\",\"statements\":[",
						  "{\"vulnerability\":{\"name\":\"CVE-2020-#\"},\"products\":[{\"@id\":\"pkg:npm/p-#@1.0.0\"}],"
						  "\"status\":\"not_affected\",\"justification\":\"component_not_present\"}",
						  ",", "]}" };
	(void)with;
	put_file(work, "document.vex.json", repeat(work, &document));
	put_file(work, "vex.policy.json", STR("{\"vex\":[\"document.vex.json\"]}"));
}

static void run_vex(struct work *work, const char *with)
{
	struct policy_options options = { .name = path_join(work->arena, work->folder, "vex.policy.json") };
	struct policy *policy;
	struct error err;
	(void)with;
	check_status(policy_load(&options, work->arena, &policy, &err), &err);
}

/* ---- this machine: lines of npm's index, and npm's record of what it installed; each is asked for -------------- */

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

static void make_machine(struct work *work, const char *with)
{
	static const struct repeated index = { 100, "", "x\t{\"key\":\"https://npm.acme.example/a/-/a-1.0.#.tgz\",\"integrity\":\"sha512-AAAA\"}\n", "", "" };
	static const struct repeated record = { 100, "{\"packages\":{", "\"node_modules/x#/node_modules/a\":{\"version\":\"1.0.0\"}", ",", "}}" };
	const char *home = arena_printf(work->arena, "%s/machine-%u", work->folder, work->units).p;
	bool cache = strcmp(with, "cache") == 0;
	const char *file = path_join(work->arena, home, cache ? "_cacache/index-v5/aa/bb/cc" : "node_modules/.package-lock.json");
	struct error err;
	check_status(folder_make(path_folder(work->arena, file), &err), &err);
	check_status(file_write_unsynced(file, repeat(work, cache ? &index : &record), &err), &err);
	work->made = home;
}

static void run_machine(struct work *work, const char *with)
{
	const char *home = work->made;
	struct who_machine_options options = { .home = home, .variable = no_variable, .npm_cache = home, .paths = &home, .path_count = 1, .jobs = 1 };
	struct who_gathering *gathering = who_gathering_new(work->arena);
	struct machine machine = { .question = who_question_new(work->arena),
				   .options = &options,
				   .gathering = gathering,
				   .arena = work->arena,
				   .tarballs = map_new(work->arena, 0),
				   .walked = map_new(work->arena, 0) };
	struct who_answer *answer;
	struct error err;
	check(gathering && machine.question && machine.tarballs && machine.walked, "out of memory");
	check_status(who_ask(machine.question, STR("a"), &err), &err);
	(strcmp(with, "cache") == 0 ? machine_look_in_npm_cache : machine_look_in_modules)(&machine);
	check_status(who_gathering_finish(gathering, &answer, &err), &err);
	who_gathering_free(gathering);
	check(answer->parts[WHO_NOW].n + answer->parts[WHO_HAD].n + answer->parts[WHO_NEAR_MISS].n >= 100 * work->units, "each is found");
}

/* ---- servers ------------------------------------------------------------------------------------------ */

static enum status has_none(void *context, struct str id, int64_t modified, bool *there, struct error *err)
{
	(void)context;
	(void)id;
	(void)modified;
	(void)err;
	*there = false;
	return STATUS_OK;
}

static void make_changes(struct work *work, const char *with)
{
	(void)with;
	work->text = repeat(work, &(const struct repeated){ 500, "", "2026-01-01T00:00:00Z,MAL-2026-#\n", "", "" });
}

static void run_changes(struct work *work, const char *with)
{
	struct changes out = { 0 };
	struct error err = { 0 };
	struct changes_reader reader = { .out = &out, .arena = work->arena, .has = has_none, .err = &err };
	(void)with;
	changes_begin(&reader);
	changes_add(&reader, work->text);
	check_status(changes_end(&reader), &err);
	changes_fini(&reader);
	check(reader.rows == 500 * work->units, "each row");
}

static void make_document(struct work *work, const char *with)
{
	(void)with;
	work->text = repeat(work, &(const struct repeated){ 80, "{\"name\":\"a\",\"versions\":{",
							    "\"1.0.#\":{\"name\":\"a\",\"version\":\"1.0.#\",\"dist\":{\"integrity\":\"sha512-x\"}}",
							    ",", "}}" });
}

static void run_document(struct work *work, const char *with)
{
	struct registry_record record = { .state = RECORD_ABSENT };
	struct document_question question = { .version = STR("1.0.7"), .wants_manifest = true, .record = &record };
	struct document_answer answer = { .arena = work->arena, .name = STR("a"), .questions = &question, .question_count = 1 };
	(void)with;
	check(document_answer_begin(&answer) && document_add(&answer.reader, work->text) && document_answer_end(&answer), "a document");
	check(question.listed, "the version is there");
	document_answer_fini(&answer);
}

#endif
