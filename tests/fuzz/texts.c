/* Texts with lines: JSON, YAML, TOML, ini, lists of what is ignored. */
#include <cjson/cJSON.h>
#include <math.h>

#include "fuzz/fuzz.h"
#include "lockfile/ignore.h"
#include "lockfile/toml.h"
#include "lockfile/yaml_private.h"
#include "npmrc/ini.h"

/* ---- JSON: as cJSON reads it, where we read it; what is written is read the same -------------- */

static bool is_type(const struct json *ours, const cJSON *theirs)
{
	switch (ours->type) {
	case JSON_NULL: return cJSON_IsNull(theirs);
	case JSON_FALSE: return cJSON_IsFalse(theirs);
	case JSON_TRUE: return cJSON_IsTrue(theirs);
	case JSON_NUMBER: return cJSON_IsNumber(theirs);
	case JSON_STRING: return cJSON_IsString(theirs);
	case JSON_ARRAY: return cJSON_IsArray(theirs);
	default: return cJSON_IsObject(theirs);
	}
}

static void compare_nodes(const struct json *ours, const cJSON *theirs)
{
	for (; ours; ours = ours->next, theirs = theirs->next) {
		fuzz_require(theirs && is_type(ours, theirs));
		fuzz_require(!ours->key.p || str_equal_z(ours->key, theirs->string));
		fuzz_require(ours->type != JSON_STRING || str_equal_z(ours->text, theirs->valuestring));
		compare_nodes(ours->child, theirs->child);
	}
	fuzz_require(!theirs);
}

static void write_node(struct json_writer *writer, const struct json *node, struct arena *arena)
{
	const char *key = node->key.p ? arena_copy(arena, node->key).p : NULL;
	switch (node->type) {
	case JSON_OBJECT: json_open_object(writer, key); break;
	case JSON_ARRAY: json_open_array(writer, key); break;
	case JSON_STRING: json_add_text(writer, key, node->text); return;
	case JSON_NUMBER: json_add_number(writer, key, strtod(arena_copy(arena, node->text).p, NULL)); return;
	case JSON_TRUE: json_add_bool(writer, key, true); return;
	case JSON_FALSE: json_add_bool(writer, key, false); return;
	default: json_add_null(writer, key); return;
	}
	for (const struct json *child = node->child; child; child = child->next)
		write_node(writer, child, arena);
	json_close(writer);
}

/* What is written once is written the same when it was read again. */
static struct str write_json(const struct json *json, struct arena *arena)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	CLEANUP(buf_fini) struct buf out = BUF_INIT(256 * MIB);
	write_node(writer, json, arena);
	fuzz_require(json_writer_finish(writer, false, &out, NULL) == STATUS_OK);
	return arena_copy(arena, buf_str(&out));
}

/* cJSON cuts keys and strings at a NUL, and nests no deeper than it likes. */
static bool has_nul(const struct json *json)
{
	for (; json; json = json->next)
		if (str_find(json->key, '\0') < json->key.n || str_find(json->text, '\0') < json->text.n || has_nul(json->child))
			return true;
	return false;
}

static void run_json(const struct fuzz *fuzz, const void *with)
{
	struct json *json, *again;
	size_t dropped = 0;
	(void)with;
	if (json_parse(fuzz->input, 0, fuzz->arena, &json, &dropped, NULL))
		return;
	struct str written = write_json(json, fuzz->arena);
	fuzz_require(json_parse(written, JSON_UNIQUE_KEYS, fuzz->arena, &again, NULL, NULL) == STATUS_OK);
	fuzz_require(str_equal(write_json(again, fuzz->arena), written));
	if (dropped || has_nul(json))
		return;
	cJSON *theirs = cJSON_ParseWithLengthOpts(fuzz->input.p, fuzz->input.n, NULL, false);
	if (theirs)
		compare_nodes(json, theirs);
	cJSON_Delete(theirs);
}

static void run_json_places(const struct fuzz *fuzz, const void *with)
{
	const unsigned *flags = with;
	struct json *json, *shifted;
	struct error err = { 0 }, shifted_err = { 0 };
	if (!fuzz_can_shift(fuzz))
		return;
	enum status status = json_parse(fuzz->input, *flags, fuzz->arena, &json, NULL, &err);
	enum status moved = json_parse(fuzz_shifted(fuzz), *flags, fuzz->arena, &shifted, NULL, &shifted_err);
	fuzz_require_shifted(status, &err, moved, &shifted_err);
	fuzz_require(status || fuzz_same_nodes(json->child, shifted->child, 1)); /* the document itself begins in line 1 */
}
static const unsigned relaxed = JSON_RELAXED | JSON_UNIQUE_KEYS;

/* ---- YAML: both readers give the same ----------------------------------------------------------- */

static void run_yaml(const struct fuzz *fuzz, const void *with)
{
	(void)with;
	for (unsigned flags = 0; flags <= YAML_ALL_TEXT; flags += YAML_ALL_TEXT) {
		struct yaml_nodes lines = { .arena = fuzz->arena }, events = lines;
		struct json *by_lines, *by_events;
		struct error err = { 0 };
		bool plain = yaml_parse_lines(fuzz->input, flags, &lines, &by_lines);
		enum status status = yaml_parse_events(fuzz->input, flags, &events, &by_events, &err);
		if (!plain)
			continue;
		fuzz_require(status == STATUS_OK);
		fuzz_require(fuzz_same_nodes(by_lines, by_events, 0));
	}
}

static void run_toml(const struct fuzz *fuzz, const void *with)
{
	struct json *json, *shifted;
	struct error err = { 0 }, shifted_err = { 0 };
	(void)with;
	if (!fuzz_can_shift(fuzz))
		return;
	enum status status = toml_parse(fuzz->input, fuzz->arena, &json, &err);
	enum status moved = toml_parse(fuzz_shifted(fuzz), fuzz->arena, &shifted, &shifted_err);
	fuzz_require_shifted(status, &err, moved, &shifted_err);
	fuzz_require(status || fuzz_same_nodes(json->child, shifted->child, 1)); /* the document itself begins in line 1 */
}

/* ---- .npmrc: a file is its lines, up to the first section ------------------------------------------ */

static void run_npmrc(const struct fuzz *fuzz, const void *with)
{
	struct ini all = { 0 }, parts = { 0 };
	(void)with;
	fuzz_require(ini_read(fuzz->input, fuzz->arena, &all, NULL) == STATUS_OK);
	if (str_find(fuzz->input, '[') < fuzz->input.n || str_find(fuzz->input, '\r') < fuzz->input.n)
		return; /* sections, and lists whose elements know of each other; what ends lines as well */
	struct str rest = fuzz->input, line;
	for (uint32_t number = 1; str_split(&rest, '\n', &line); number++) {
		struct ini one = { 0 };
		fuzz_require(ini_read(line, fuzz->arena, &one, NULL) == STATUS_OK && one.entries.n <= 1);
		for (size_t i = 0; i < one.entries.n; i++) {
			struct ini_entry *entry = vec_add(fuzz->arena, &parts.entries);
			*entry = one.entries.v[i];
			entry->line = number;
		}
	}
	fuzz_require(all.entries.n == parts.entries.n);
	for (size_t i = 0; i < all.entries.n; i++) {
		const struct ini_entry *a = &all.entries.v[i], *b = &parts.entries.v[i];
		fuzz_require(str_equal(a->key, b->key) && a->value.kind == b->value.kind && a->line == b->line);
		fuzz_require(a->value.kind != INI_TEXT || str_equal(a->value.text, b->value.text));
	}
}

/* ---- .gitignore: the first line is a path, asked of the rest; empty lines and comments change nothing --- */

static void run_gitignore(const struct fuzz *fuzz, const void *with)
{
	struct str rest = fuzz->input, path, line;
	CLEANUP(buf_fini) struct buf spread = BUF_INIT(64 * MIB);
	(void)with;
	if (!str_split(&rest, '\n', &path) || path.n == 0 || path.p[0] == '/' || str_ends_with(path, STR("/")))
		return;
	struct str all = rest;
	while (str_split(&rest, '\n', &line)) {
		buf_add(&spread, line);
		buf_add(&spread, STR("\n\n# nothing\n"));
	}
	struct ignore_rules *a = ignore_new(STR(""), NULL, fuzz->arena), *b = ignore_new(STR(""), NULL, fuzz->arena);
	enum status status = ignore_add_file(a, all, NULL);
	fuzz_require(status == ignore_add_file(b, buf_str(&spread), NULL));
	if (!status)
		for (int is_folder = 0; is_folder < 2; is_folder++)
			fuzz_require(ignore_excludes(a, path, is_folder) == ignore_excludes(b, path, is_folder));
}

const struct fuzz_target fuzz_texts[] = {
	{ "json", run_json, NULL, "fixtures/report/project.json" },
	{ "json_places", run_json_places, &(const unsigned){ 0 }, "fixtures/sbom/*.json" },
	{ "json_relaxed", run_json_places, &relaxed, "fixtures/imports/*.jsonc" },
	{ "yaml", run_yaml, NULL, "fixtures/lockfiles/*/pnpm-lock.yaml" },
	{ "toml", run_toml, NULL, "fixtures/imports/*.toml" },
	{ "npmrc", run_npmrc, NULL, NULL },
	{ "gitignore", run_gitignore, NULL, NULL },
	{ 0 },
};
