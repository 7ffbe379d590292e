/* assay.who/1 as JSON, and the same as rows of CSV: everything that is known, near misses and gaps one by one. */
#include "assay/json.h"
#include "fleet/who_words.h"

const char *who_part_name(enum who_part part)
{
	static const char *const names[] = { "now", "had", "could", "near" };
	return names[part];
}

const char *who_verdict_name(enum who_verdict verdict)
{
	static const char *const names[] = { "found", "nowhere", "unknown" };
	return names[verdict];
}

struct str who_date(int64_t date, struct arena *arena)
{
	char text[DATE_TEXT_SIZE];
	if (date == DATE_NONE)
		return STR_NONE;
	date_format(date, text);
	return arena_copy(arena, str_of(text));
}

/* Empty texts are none. */
static void add_text(struct json_writer *writer, const char *key, struct str value)
{
	json_add_text_or_null(writer, key, value.n ? value : STR_NONE);
}

static void add_entry(struct json_writer *writer, const struct who_entry *entry, struct arena *arena)
{
	json_open_object(writer, NULL);
	json_add_text(writer, "project", entry->project);
	json_add_text(writer, "package", entry->package);
	add_text(writer, "version", entry->version);
	add_text(writer, "range", entry->spec);
	add_text(writer, "scope", entry->scope);
	json_add_text(writer, "place", str_of(entry->place));
	add_text(writer, "lockfile", entry->lockfile);
	json_add_u64(writer, "line", entry->line);
	add_text(writer, "path", entry->chain);
	add_text(writer, "since", who_date(entry->since, arena));
	json_add_bool(writer, "since_or_before", entry->since_open);
	add_text(writer, "commit", entry->commit);
	add_text(writer, "until", who_date(entry->until, arena));
	add_text(writer, "until_commit", entry->until_commit);
	add_text(writer, "owner", entry->owner);
	add_text(writer, "owner_from", entry->owner_from);
	add_text(writer, "note", entry->note);
	add_text(writer, "asked", entry->asked);
	json_close(writer);
}

static void add_inventory(struct json_writer *writer, const struct who_answer *answer, struct arena *arena)
{
	const struct who_inventory *in = &answer->inventory;
	const struct {
		const char *key;
		size_t n;
	} numbers[] = {
		{ "projects", in->projects },   { "unreadable", in->unreadable }, { "without_lockfile", in->without_lockfile },
		{ "fresh", in->fresh },         { "stale", in->stale },           { "packages", in->packages },
		{ "histories", in->histories }, { "commits", in->commits },
	};
	const struct {
		const char *key;
		size_t n;
		bool there;
	} machine[] = {
		{ "npm_cache", in->npm_tarballs, in->npm_cache },    { "pnpm_store", in->pnpm_packages, in->pnpm_store },
		{ "yarn_cache", in->yarn_packages, in->yarn_cache }, { "bun_cache", in->bun_packages, in->bun_cache },
		{ "node_modules", in->modules_folders, true },
	};
	json_open_object(writer, "inventory");
	json_add_text(writer, "source", str_of(in->store ? "store" : in->machine ? "machine" : "folders"));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		json_add_u64(writer, numbers[i].key, numbers[i].n);
	add_text(writer, "oldest", who_date(in->oldest, arena));
	json_add_bool(writer, "complete", !answer->gap_count && !in->stale);
	json_add_u64(writer, "gaps", answer->gap_count);
	if (in->machine) {
		json_open_object(writer, "machine");
		for (size_t i = 0; i < sizeof machine / sizeof *machine; i++)
			if (machine[i].there)
				json_add_u64(writer, machine[i].key, machine[i].n);
			else
				json_add_null(writer, machine[i].key);
		json_close(writer);
	}
	json_close(writer);
}

static void add_list(struct json_writer *writer, const struct who_list *list)
{
	json_open_object(writer, NULL);
	json_add_text(writer, "path", str_of(list->path));
	json_add_u64(writer, "lines", list->lines);
	json_add_u64(writer, "versions", list->targets);
	json_add_u64(writer, "digests", list->digests);
	json_open_array(writer, "notes");
	for (size_t i = 0; i < list->note_count; i++) {
		json_open_object(writer, NULL);
		json_add_u64(writer, "line", list->notes[i].line);
		json_add_text(writer, "kind", str_of(list->notes[i].kind == WHO_LINE_NO_VERSION ? "no-version" : "not-understood"));
		json_add_text(writer, "text", list->notes[i].text);
		add_text(writer, "why", list->notes[i].why);
		json_close(writer);
	}
	json_close(writer);
	json_close(writer);
}

static void add_gap(struct json_writer *writer, const struct who_gap *gap)
{
	json_open_object(writer, NULL);
	json_add_text(writer, "kind", str_of(gap->kind));
	add_text(writer, "project", gap->project);
	add_text(writer, "path", gap->path);
	add_text(writer, "why", gap->why);
	add_text(writer, "remedy", gap->remedy);
	json_close(writer);
}

enum status who_write_json(const struct who_report *report, struct buf *out, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const struct who_answer *answer = report->answer;
	if (!writer || !arena)
		return error_memory(err);
	json_begin_document(writer, "assay.who/1");
	json_add_text(writer, "verdict", str_of(who_verdict_name(who_verdict(answer))));
	json_add_u64(writer, "exit_code", (uint64_t)report->exit_code);
	add_inventory(writer, answer, arena);
	for (int part = 0; part < WHO_PARTS; part++) {
		json_open_array(writer, who_part_name((enum who_part)part));
		for (size_t i = 0; i < answer->parts[part].n; i++)
			add_entry(writer, &answer->parts[part].v[i], arena);
		json_close(writer);
	}
	json_open_array(writer, "gaps");
	for (size_t i = 0; i < answer->gap_count; i++)
		add_gap(writer, &answer->gaps[i]);
	json_close(writer);
	json_open_array(writer, "lists");
	for (size_t i = 0; i < report->list_count; i++)
		add_list(writer, &report->lists[i]);
	json_close(writer);
	json_add_bool(writer, "script_ran", answer->ran);
	return json_end_document(writer, true, out, err);
}

/* ---- CSV ---------------------------------------------------------------------------------- */

static void add_row(struct buf *out, const char *part, const struct who_entry *entry, struct arena *arena)
{
	const struct str fields[] = { str_of(part),
				      entry->project,
				      entry->package,
				      entry->version,
				      entry->spec,
				      entry->scope,
				      str_of(entry->place),
				      entry->lockfile,
				      entry->line ? arena_printf(arena, "%u", entry->line) : STR(""),
				      entry->chain,
				      who_date(entry->since, arena),
				      entry->commit,
				      who_date(entry->until, arena),
				      entry->until_commit,
				      entry->owner,
				      entry->owner_from,
				      entry->note,
				      entry->asked };
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		csv_add_field(out, fields[i]);
	buf_add_z(out, "\r\n");
}

enum status who_write_csv(const struct who_report *report, struct buf *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const struct who_answer *answer = report->answer;
	if (!arena)
		return error_memory(err);
	buf_add_z(out, "answer,project,package,version,range,scope,place,lockfile,line,path,since,commit,until,until_commit,owner,owner_from,"
		       "note,asked\r\n");
	for (int part = 0; part < WHO_PARTS; part++)
		for (size_t i = 0; i < answer->parts[part].n; i++)
			add_row(out, who_part_name((enum who_part)part), &answer->parts[part].v[i], arena);
	for (size_t i = 0; i < answer->gap_count; i++) {
		const struct who_gap *gap = &answer->gaps[i];
		add_row(out, "gap",
			&(struct who_entry){
				.place = gap->kind, .project = gap->project, .lockfile = gap->path, .note = gap->why, .since = DATE_NONE, .until = DATE_NONE },
			arena);
	}
	return buf_ok(out, err);
}
