/* For people: how much was looked at, the verdict, who has it, who had it, who could have it, what comes near, and what the list did not say. */
#include <stdio.h>

#include "assay/limits.h"
#include "fleet/who_words.h"

enum { COLUMNS = 6, ROWS = 200, WIDEST = 48, NOTES = 10, VERSIONS = 8 };

struct text {
	const struct who_report *report;
	const struct who_answer *answer;
	struct arena *arena;
	struct buf *out;
};

/* ---- tables -------------------------------------------------------------------------- */

struct row {
	struct str cells[COLUMNS];
	struct str below[2]; /* lines of their own, under the second column */
};
struct table {
	const char *title;
	const char *titles[COLUMNS]; /* above the columns; NULL: none */
	VEC(struct row) rows;
	size_t total;
};

static struct str visible(const struct text *text, struct str s)
{
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(1 << 20);
	buf_add_visible(&shown, s);
	return shown.failed ? STR("") : arena_copy(text->arena, buf_str(&shown));
}

static void measure(const struct table *table, size_t widths[COLUMNS])
{
	for (size_t k = 0; k < COLUMNS; k++) {
		bool used = false;
		widths[k] = 0;
		for (size_t i = 0; i < table->rows.n; i++) {
			size_t width = screen_width(table->rows.v[i].cells[k]);
			used |= width > 0;
			widths[k] = width > widths[k] ? width : widths[k];
		}
		size_t title = table->titles[k] && used ? strlen(table->titles[k]) : 0;
		widths[k] = widths[k] < title ? title : widths[k] > WIDEST ? WIDEST : widths[k];
	}
}

static void write_cells(struct buf *out, const struct str cells[COLUMNS], const size_t widths[COLUMNS], size_t first)
{
	size_t owed = 0;
	for (size_t k = 0; k < COLUMNS; k++) {
		size_t width = k ? widths[k] : first, shown = screen_width(cells[k]);
		if (!widths[k] && k)
			continue;
		for (; cells[k].n && owed; owed--)
			buf_add_char(out, ' ');
		buf_add(out, cells[k]);
		owed += shown < width ? width - shown + 2 : 2;
	}
	buf_add_char(out, '\n');
}

static void write_table(struct text *text, const struct table *table)
{
	size_t widths[COLUMNS];
	measure(table, widths);
	size_t head = strlen(table->title), first = widths[0] + 2 > head ? widths[0] + 2 : head;
	struct str titles[COLUMNS] = { str_of(table->title) };
	for (size_t k = 1; k < COLUMNS; k++)
		titles[k] = table->titles[k] && widths[k] ? str_of(table->titles[k]) : STR("");
	buf_add_char(text->out, '\n');
	write_cells(text->out, titles, widths, first);
	for (size_t i = 0; i < table->rows.n; i++) {
		const struct row *row = &table->rows.v[i];
		buf_add_z(text->out, "  ");
		write_cells(text->out, row->cells, widths, first - 2);
		for (size_t k = 0; k < 2; k++) {
			if (!row->below[k].n)
				continue;
			buf_printf(text->out, "%*s", (int)first + 2, "");
			buf_add(text->out, row->below[k]);
			buf_add_char(text->out, '\n');
		}
	}
	if (table->total > table->rows.n)
		buf_printf(text->out, "  and %zu more: --format csv has all\n", table->total - table->rows.n);
}

static struct row *add_row(struct text *text, struct table *table)
{
	return table->total++ < ROWS ? vec_add(text->arena, &table->rows) : NULL;
}

/* ---- cells -------------------------------------------------------------------------------- */

static struct str release(struct text *text, const struct who_entry *entry)
{
	return visible(text, arena_printf(text->arena, "%.*s %.*s", STR_ARG(entry->package), STR_ARG(entry->version)));
}

/* "2026-03-31 00:52" */
static struct str moment(struct text *text, int64_t date)
{
	char shown[DATE_TEXT_SIZE];
	if (date == DATE_NONE)
		return STR("");
	date_format(date, shown);
	shown[10] = ' ';
	return arena_copy(text->arena, str_head(str_of(shown), 16));
}

static struct str since(struct text *text, const struct who_entry *entry)
{
	struct str at = moment(text, entry->since);
	return entry->since_open && at.n ? arena_printf(text->arena, "%.*s or before", STR_ARG(at)) : at;
}

static struct str owner(struct text *text, const struct who_entry *entry)
{
	if (!entry->owner.n)
		return STR("");
	return visible(text, arena_printf(text->arena, "%.*s%s%.*s%s", STR_ARG(entry->owner), entry->owner_from.n ? " (" : "",
					  STR_ARG(entry->owner_from), entry->owner_from.n ? ")" : ""));
}

static struct str where(struct text *text, const struct who_entry *entry)
{
	return visible(text, entry->line ? arena_printf(text->arena, "%.*s:%u", STR_ARG(entry->lockfile), entry->line) : entry->lockfile);
}

static bool is_project(const struct who_entry *entry)
{
	return strcmp(entry->place, "lockfile") == 0 || strcmp(entry->place, "store") == 0 ||
	       (strcmp(entry->place, "node_modules") == 0 && entry->chain.n);
}

/* ---- parts ---------------------------------------------------------------------------------- */

/* How many from `first` on are of one release in one lockfile. */
static size_t group_of(const struct who_part_list *list, size_t first)
{
	const struct who_entry *a = &list->v[first];
	size_t n = 1;
	for (; first + n < list->n; n++) {
		const struct who_entry *b = &list->v[first + n];
		if (!is_project(b) || !str_equal(a->project, b->project) || !str_equal(a->lockfile, b->lockfile) ||
		    !str_equal(a->package, b->package) || !str_equal(a->version, b->version))
			break;
	}
	return n;
}

/* What is installed without --omit=dev, by the shortest way. */
static const struct who_entry *best_of(const struct who_entry *entries, size_t n)
{
	const struct who_entry *best = entries;
	for (size_t i = 1; i < n; i++) {
		bool prod = str_starts_with(entries[i].scope, STR("prod")), best_prod = str_starts_with(best->scope, STR("prod"));
		if (prod != best_prod ? prod : entries[i].chain.n < best->chain.n)
			best = &entries[i];
	}
	return best;
}

static void add_now(struct text *text, struct table *table, const struct who_entry *entry, size_t places)
{
	struct row *row = add_row(text, table);
	if (!row)
		return;
	struct str note = entry->note.n ? arena_printf(text->arena, "   %.*s", STR_ARG(entry->note)) : STR("");
	struct str more = places > 1 ? arena_printf(text->arena, "   and %zu more place%s in it", places - 1, places == 2 ? "" : "s") : STR("");
	*row = (struct row){ .cells = { visible(text, entry->project), release(text, entry), visible(text, entry->scope), since(text, entry),
					str_head(entry->commit, 10), owner(text, entry) },
			     .below = { arena_printf(text->arena, "%.*s%.*s%.*s", STR_ARG(where(text, entry)), STR_ARG(visible(text, note)), STR_ARG(more)),
					visible(text, entry->chain) } };
}

static void write_now(struct text *text)
{
	struct table table = { .title = "NOW", .titles = { NULL, "version", "scope", "since (UTC)", "commit", "owner" } };
	const struct who_part_list *list = &text->answer->parts[WHO_NOW];
	size_t n = 1;
	for (size_t i = 0; i < list->n; i += n) {
		n = is_project(&list->v[i]) ? group_of(list, i) : 1;
		if (is_project(&list->v[i]))
			add_now(text, &table, best_of(&list->v[i], n), n);
	}
	if (table.rows.n)
		write_table(text, &table);
}

static void write_machine(struct text *text)
{
	static const struct {
		const char *place, *shown;
	} places[] = { { "npm-cache", "npm cache" }, { "pnpm-store", "pnpm store" },       { "yarn-cache", "yarn cache" },
		       { "bun-cache", "bun cache" }, { "tarball-store", "assay's store" }, { "node_modules", "node_modules" } };
	struct table table = { .title = "HERE", .titles = { NULL, "version", "stored (UTC)" } };
	const struct who_part_list *list = &text->answer->parts[WHO_NOW];
	for (size_t k = 0; k < sizeof places / sizeof *places; k++)
		for (size_t i = 0; i < list->n; i++) {
			const struct who_entry *entry = &list->v[i];
			bool here = !is_project(entry) && strcmp(entry->place, places[k].place) == 0;
			struct row *row = here ? add_row(text, &table) : NULL;
			if (row)
				*row = (struct row){ .cells = { str_of(places[k].shown), release(text, entry), moment(text, entry->since) },
						     .below = { visible(text, entry->lockfile), visible(text, entry->note) } };
		}
	if (table.rows.n)
		write_table(text, &table);
	if (text->answer->ran)
		buf_add_z(text->out, "\n  An install script probably ran. Treat this machine and every secret it could read as exposed:\n"
				     "  take it off the network, keep the disk, rotate, rebuild. Updating the package is not enough.\n");
	else if (table.rows.n || (text->answer->inventory.machine && text->answer->parts[WHO_HAD].n))
		buf_add_z(text->out,
			  "\n  What lies in a cache or in node_modules was fetched, and may have run when it was installed; that nothing shows it proves nothing.\n"
			  "  If it is known to be malicious: take this machine off the network, keep the disk, rotate every secret it could read, rebuild.\n");
}

static void write_had(struct text *text)
{
	struct table table = { .title = "HAD", .titles = { NULL, "version", "from (UTC)", "commit", "to (UTC)", "commit" } };
	const struct who_part_list *list = &text->answer->parts[WHO_HAD];
	for (size_t i = 0; i < list->n; i++) {
		const struct who_entry *entry = &list->v[i];
		struct row *row = add_row(text, &table);
		if (!row)
			continue;
		struct str note = visible(text, entry->note), place = where(text, entry), whose = owner(text, entry);
		*row = (struct row){ .cells = { visible(text, entry->project), release(text, entry), since(text, entry), str_head(entry->commit, 10),
						moment(text, entry->until), str_head(entry->until_commit, 10) },
				     .below = { arena_printf(text->arena, "%.*s%s%.*s%s%.*s", STR_ARG(place), whose.n ? "   " : "", STR_ARG(whose),
							     note.n ? "   " : "", STR_ARG(note)),
						visible(text, entry->chain) } };
	}
	if (table.rows.n)
		write_table(text, &table);
}

static void write_could(struct text *text)
{
	struct table table = { .title = "COULD HAVE", .titles = { NULL, "asks for what no lockfile has", "scope" } };
	const struct who_part_list *list = &text->answer->parts[WHO_COULD];
	for (size_t i = 0; i < list->n; i++) {
		const struct who_entry *entry = &list->v[i];
		struct row *row = add_row(text, &table);
		if (!row)
			continue;
		struct str asks = arena_printf(text->arena, "%.*s \"%.*s\"", STR_ARG(entry->package), STR_ARG(entry->spec));
		*row = (struct row){ .cells = { visible(text, entry->project), visible(text, asks), visible(text, entry->scope), where(text, entry),
						owner(text, entry) },
				     .below = { visible(text, entry->note) } };
	}
	if (table.rows.n)
		write_table(text, &table);
}

/* "axios 1.14.0 (3 times), 0.30.3": what else there is of each name. */
static void write_near_summary(struct text *text, const struct who_part_list *list)
{
	struct map *seen = map_new(text->arena, list->n), *names = map_new(text->arena, list->n);
	VEC(struct str) releases = { 0 };
	size_t there, shown = 0;
	for (size_t i = 0; seen && names && i < list->n; i++) {
		struct str key = release(text, &list->v[i]);
		if (map_find(seen, key, &there) || !map_set(seen, key, 1))
			continue;
		struct str *added = vec_add(text->arena, &releases);
		if (added)
			*added = key;
	}
	buf_add_z(text->out, "\nNEAR MISS  other versions only: ");
	for (size_t i = 0; i < releases.n && i < VERSIONS; i++, shown++) {
		buf_add_z(text->out, i ? ", " : "");
		buf_add(text->out, releases.v[i]);
	}
	if (releases.n > shown)
		buf_printf(text->out, " and %zu more", releases.n - shown);
	buf_add_z(text->out, ": --near\n");
}

static void write_near(struct text *text)
{
	struct table table = { .title = "NEAR MISS", .titles = { NULL, "version", "scope" } };
	const struct who_part_list *list = &text->answer->parts[WHO_NEAR_MISS];
	if (list->n && !text->report->near)
		write_near_summary(text, list);
	for (size_t i = 0; i < list->n && text->report->near; i++) {
		const struct who_entry *entry = &list->v[i];
		struct row *row = add_row(text, &table);
		if (row)
			*row = (struct row){ .cells = { visible(text, entry->project), release(text, entry), visible(text, entry->scope), where(text, entry) },
					     .below = { visible(text, entry->note) } };
	}
	if (table.rows.n)
		write_table(text, &table);
}

static void write_lists(struct text *text)
{
	for (size_t i = 0; i < text->report->list_count; i++) {
		const struct who_list *list = &text->report->lists[i];
		buf_add_z(text->out, "\nIOC LIST   ");
		buf_add_visible(text->out, str_of(list->path));
		buf_printf(text->out, ": %zu line%s read, %zu version%s or ranges, %zu digest%s\n", list->lines, list->lines == 1 ? "" : "s",
			   list->targets, list->targets == 1 ? "" : "s", list->digests, list->digests == 1 ? "" : "s");
		size_t shown = text->report->gaps || list->note_count < NOTES ? list->note_count : NOTES;
		for (size_t k = 0; k < shown; k++) {
			const struct who_list_note *note = &list->notes[k];
			buf_printf(text->out, "           line %u \"", note->line);
			buf_add_visible(text->out, note->text);
			buf_add_z(text->out, note->kind == WHO_LINE_NO_VERSION ? "\" names no version: treated as near miss only" : "\" is not understood: ");
			buf_add_visible(text->out, note->why);
			buf_add_char(text->out, '\n');
		}
		if (shown < list->note_count)
			buf_printf(text->out, "           and %zu more such lines: --gaps\n", list->note_count - shown);
	}
}

static void write_gaps(struct text *text)
{
	struct table table = { .title = "GAPS", .titles = { NULL } };
	for (size_t i = 0; i < text->answer->gap_count && text->report->gaps; i++) {
		const struct who_gap *gap = &text->answer->gaps[i];
		struct row *row = add_row(text, &table);
		if (row)
			*row = (struct row){ .cells = { visible(text, gap->project.n ? gap->project : STR("-")), str_of(gap->kind), visible(text, gap->path) },
					     .below = { visible(text, gap->why), visible(text, gap->remedy) } };
	}
	if (table.rows.n)
		write_table(text, &table);
}

/* ---- the first lines --------------------------------------------------------------------------- */

static void add_count(struct buf *out, const char **separator, size_t n, const char *one, const char *many)
{
	if (n)
		buf_printf(out, "%s%zu %s", *separator, n, n == 1 ? one : many);
	*separator = n ? ", " : *separator;
}

static void write_looked_in(struct text *text)
{
	const struct who_inventory *in = &text->answer->inventory;
	const struct {
		const char *what, *one, *many;
		size_t n;
		bool there;
	} places[] = {
		{ "npm cache", "tarball", "tarballs", in->npm_tarballs, in->npm_cache },
		{ "pnpm store", "package", "packages", in->pnpm_packages, in->pnpm_store },
		{ "yarn cache", "package", "packages", in->yarn_packages, in->yarn_cache },
		{ "bun cache", "package", "packages", in->bun_packages, in->bun_cache },
	};
	buf_add_z(text->out, "LOOKED IN  ");
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (places[i].there)
			buf_printf(text->out, "%s (%zu %s), ", places[i].what, places[i].n, places[i].n == 1 ? places[i].one : places[i].many);
	buf_printf(text->out, "%zu node_modules (%zu packages)%s\n", in->modules_folders, in->modules_packages,
		   text->answer->gap_count ? "" : ", all readable");
}

static void write_inventory(struct text *text)
{
	const struct who_inventory *in = &text->answer->inventory;
	const char *separator = ": ";
	char age[DATE_TEXT_SIZE] = "";
	if (in->machine)
		write_looked_in(text);
	if (!in->machine || in->projects) {
		buf_printf(text->out, "INVENTORY  %zu project%s", in->projects, in->projects == 1 ? "" : "s");
		size_t read = in->projects - in->unreadable - in->without_lockfile;
		if (in->store) {
			const char *fresh = text->report->past ? "known on that day" : "seen in 24 h",
				   *stale = text->report->past ? "not known on that day" : "older";
			add_count(text->out, &separator, in->fresh, fresh, fresh);
			add_count(text->out, &separator, in->stale, stale, stale);
			if (in->stale && in->oldest != DATE_NONE) {
				duration_format(date_now() - in->oldest, age);
				buf_printf(text->out, " (oldest %s)", age);
			}
		} else {
			add_count(text->out, &separator, read, "read just now", "read just now");
		}
		add_count(text->out, &separator, in->unreadable, "unreadable", "unreadable");
		const char *without = in->store ? "of which not all packages are known" : "without a lockfile";
		add_count(text->out, &separator, in->without_lockfile, without, without);
		if (text->report->history)
			buf_printf(text->out, "%s%zu state%s of %zu histor%s", separator, in->commits, in->commits == 1 ? "" : "s", in->histories,
				   in->histories == 1 ? "y" : "ies");
		buf_add_char(text->out, '\n');
	}
	if (text->answer->gap_count)
		buf_printf(text->out, "           This answer leaves %zu gap%s, and does not clear %s: assay who --gaps\n", text->answer->gap_count,
			   text->answer->gap_count == 1 ? "" : "s", text->answer->gap_count == 1 ? "it" : "them");
}

static void write_verdict(struct text *text)
{
	static const char *const words[] = { "YES        ", "NO         ", "NOT KNOWN  " };
	const struct who_answer *answer = text->answer;
	const char *separator = "";
	enum who_verdict verdict = who_verdict(answer);
	buf_add_z(text->out, words[verdict]);
	if (!answer->parts[WHO_NOW].n && !answer->parts[WHO_HAD].n) {
		buf_add_z(text->out, verdict == WHO_NOWHERE ? "nowhere" : "nowhere in what was looked at");
		separator = ", ";
	}
	add_count(text->out, &separator, answer->parts[WHO_NOW].projects, answer->inventory.machine ? "place here has it now" : "has it now",
		  answer->inventory.machine ? "places here have it now" : "have it now");
	add_count(text->out, &separator, answer->parts[WHO_HAD].projects, "had it", "had it");
	add_count(text->out, &separator, answer->parts[WHO_COULD].projects, "could have it", "could have it");
	add_count(text->out, &separator, answer->parts[WHO_NEAR_MISS].n, "near miss", "near misses");
	if (text->report->elapsed_ms >= 0) {
		buf_add_z(text->out, separator);
		buf_add_elapsed(text->out, text->report->elapsed_ms);
	}
	buf_add_char(text->out, '\n');
}

enum status who_write_text(const struct who_report *report, struct buf *out, struct error *err)
{
	static void (*const parts[])(struct text *) = { write_inventory, write_verdict, write_now,   write_machine, write_had,
							write_could,     write_near,    write_lists, write_gaps };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct text text = { .report = report, .answer = report->answer, .arena = arena, .out = out };
	if (!arena)
		return error_memory(err);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		parts[i](&text);
	buf_printf(out, "\nexit %d\n", report->exit_code);
	return buf_ok(out, err);
}
