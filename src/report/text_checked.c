/* What was not checked, what was proven, what nobody looked at. */
#include "report/records.h"
#include "report/text_private.h"

static bool is_told(const struct finding *gap)
{
	return gap->rule->gap && gap->level >= LEVEL_WARN && gap->waiver_state != WAIVER_ACTIVE;
}

/* Gaps of one rule that say the same are one line. */
struct told {
	const struct finding *first;
	size_t count;
};
typedef VEC(struct told) told_list;

static bool collect_gaps(struct text *text, told_list *out)
{
	const struct scan *scan = text->project->scan;
	struct map *index = map_new(text->arena, 0);
	for (size_t i = 0; index && i < scan->findings.n; i++) {
		const struct finding *gap = &scan->findings.v[i];
		if (!is_told(gap))
			continue;
		struct str key = arena_printf(text->arena, "%s %.*s", gap->rule->id, STR_ARG(gap->message));
		size_t at;
		if (!key.p || !map_add(index, key, out->n, &at))
			return false;
		if (at == out->n) {
			struct told *told = vec_add(text->arena, out);
			if (!told)
				return false;
			told->first = gap;
		}
		out->v[at].count++;
	}
	return index != NULL;
}

static void write_gap(struct text *text, const struct told *told)
{
	const struct finding *gap = told->first;
	const struct package *package = &text->project->scan->tree->packages[gap->instances[0]];
	size_t start = text->out->n;
	buf_add_z(text->out, "  ");
	text_paint(text, gap->level == LEVEL_ERROR ? PAINT_YELLOW : PAINT_DIM, str_of(gap->rule->id));
	text_column(text, start, 22);
	if (gap->instances[0] != 0) {
		text_safe(text, package_label(text->arena, package));
		if (told->count > 1)
			buf_printf(text->out, " and %zu more", told->count - 1);
		buf_add_z(text->out, ": ");
	}
	text_message(text, gap->message);
	buf_add_z(text->out, gap->retryable ? " (retryable)\n" : "\n");
}

enum status text_gaps_write(struct text *text, struct error *err)
{
	enum { SHOWN = 10 };
	told_list gaps = { 0 };
	if (!collect_gaps(text, &gaps))
		return error_memory(err);
	if (gaps.n)
		text_title(text, "NOT CHECKED\n");
	size_t shown = gaps.n < SHOWN || text->report->verbose ? gaps.n : SHOWN;
	for (size_t i = 0; i < shown; i++)
		write_gap(text, &gaps.v[i]);
	if (gaps.n > shown)
		buf_printf(text->out, "  and %zu more: -v shows them\n", gaps.n - shown);
	return STATUS_OK;
}

void text_held_back_write(struct text *text)
{
	const struct scan *scan = text->project->scan;
	if (scan->held_back.n)
		text_title(text, "HELD BACK, since these are not the public packages of that name\n");
	for (size_t i = 0; i < scan->held_back.n; i++) {
		const struct finding *held = &scan->held_back.v[i];
		size_t start = text->out->n;
		buf_add_z(text->out, "  ");
		text_safe(text, held->id);
		text_column(text, start, 22);
		text_safe(text, package_label(text->arena, &scan->tree->packages[held->instances[0]]));
		buf_printf(text->out, " (%s): ", held->rule->id);
		text_safe(text, held->message);
		buf_add_char(text->out, '\n');
	}
}

static void write_bytes(struct text *text, uint64_t bytes)
{
	buf_printf(text->out, "%.1f MB", (double)bytes / 1e6);
}

static void write_record_count(struct text *text, size_t count, const char *what)
{
	if (!count)
		return;
	buf_add_z(text->out, ", ");
	text_number(text, count);
	buf_add_z(text->out, what);
}

static void write_found(struct text *text, const struct record_counts *counts)
{
	buf_add_z(text->out, "             ");
	text_plural(text, counts->found, "registry record", "registry records");
	buf_add_z(text->out, " compared with the lockfile (");
	text_number(text, counts->kept);
	buf_add_z(text->out, " kept, ");
	text_number(text, counts->found - counts->kept);
	buf_add_z(text->out, " asked");
	write_record_count(text, counts->stale, " kept longer than a day");
	write_record_count(text, counts->no_digest, " without a digest");
	write_record_count(text, counts->no_date, " without a date");
	write_record_count(text, counts->no_publisher, " without a publisher");
	buf_add_z(text->out, ")\n");
}

/* What the registry itself was heard to say, and what of it was not to be had. */
static void write_records(struct text *text)
{
	const struct scan *scan = text->project->scan;
	struct record_counts counts = count_records(scan);
	if (!scan->records || counts.packages == 0)
		return;
	if (counts.found)
		write_found(text, &counts);
	if (counts.absent) {
		buf_add_z(text->out, "             ");
		text_plural(text, counts.absent, "registry record is", "registry records are");
		buf_add_z(text->out, " not at hand: verify once without --offline\n");
	}
}

void text_verified_write(struct text *text)
{
	const struct scan *scan = text->project->scan;
	size_t proven = 0, from_store = 0, from_cache = 0, from_yarn = 0, no_digest = 0, bundled = 0, remembered = 0;
	uint64_t packed = 0, unpacked = 0;
	if (!scan->tarballs)
		return;
	for (uint32_t i = 0; i < scan->tree->package_count; i++) {
		const struct tarball_result *result = &scan->tarballs[i];
		proven += result->state == TARBALL_VERIFIED;
		from_store += result->state == TARBALL_VERIFIED && result->source == SOURCE_STORE;
		from_cache += result->state == TARBALL_VERIFIED && result->source == SOURCE_NPM_CACHE;
		from_yarn += result->state == TARBALL_VERIFIED && result->source == SOURCE_YARN_CACHE;
		remembered += result->remembered;
		no_digest += result->state == TARBALL_NO_INTEGRITY;
		bundled += result->skip == SKIP_BUNDLED;
		packed += result->packed_bytes;
		unpacked += result->inspection ? result->inspection->unpacked_bytes : 0;
	}
	text_title(text, "VERIFIED");
	buf_add_z(text->out, "     ");
	text_plural(text, proven, "package's bytes match", "packages' bytes match");
	buf_add_z(text->out, " what the lockfile pins (");
	if (from_store) {
		text_number(text, from_store);
		buf_add_z(text->out, " from assay's store, ");
	}
	if (from_yarn) {
		text_number(text, from_yarn);
		buf_add_z(text->out, " from yarn's, ");
	}
	text_number(text, from_cache);
	buf_add_z(text->out, " from npm's cache, ");
	text_number(text, proven - from_store - from_cache - from_yarn);
	buf_add_z(text->out, " from the registry; ");
	write_bytes(text, packed);
	buf_add_z(text->out, " packed, ");
	write_bytes(text, unpacked);
	buf_add_z(text->out, " unpacked)\n");
	if (remembered) {
		buf_add_z(text->out, "             ");
		text_plural(text, remembered, "of them was", "of them were");
		buf_add_z(text->out, " read before, and the file has not changed since: --no-cache reads all again\n");
	}
	if (no_digest) {
		buf_add_z(text->out, "             ");
		text_plural(text, no_digest, "package was", "packages were");
		buf_add_z(text->out, " read, but the lockfile pins no digest to compare with\n");
	}
	if (bundled) {
		buf_add_z(text->out, "             ");
		text_plural(text, bundled, "bundled package shares", "bundled packages share");
		buf_add_z(text->out, " the proof of the package that carries it\n");
	}
	write_records(text);
}

/* What no package manager put there and nothing was compared with. */
static void write_left_out(struct text *text, const struct installed_result *installed)
{
	enum { SHOWN = 8 };
	for (size_t i = 0; i < installed->left_out_count && i < SHOWN; i++) {
		buf_add_z(text->out, i ? ", " : "             compared with nothing, as nothing pins it: ");
		text_safe(text, installed->left_out[i]);
	}
	if (installed->left_out_count > SHOWN)
		buf_printf(text->out, " and %zu more", installed->left_out_count - SHOWN);
	if (installed->left_out_count)
		buf_add_char(text->out, '\n');
}

void text_installed_write(struct text *text)
{
	const struct scan *scan = text->project->scan;
	const struct installed_result *installed = scan->installed;
	size_t compared = 0, absent = 0;
	if (!installed || installed->problem)
		return;
	for (uint32_t i = 0; i < scan->tree->package_count; i++) {
		bool own = package_is_own(&scan->tree->packages[i]);
		compared += !own && installed->states[i] == INSTALLED_COMPARED;
		absent += !own && installed->states[i] == INSTALLED_ABSENT;
	}
	text_title(text, "INSTALLED");
	buf_add_z(text->out, "    ");
	text_plural(text, compared, "package was compared with its tarball", "packages were compared with their tarballs");
	buf_add_z(text->out, " file by file (");
	text_number(text, installed->compared);
	buf_add_z(text->out, installed->compared == 1 ? " folder, " : " folders, ");
	text_plural(text, installed->files, "file", "files");
	buf_add_z(text->out, ", ");
	write_bytes(text, installed->bytes);
	buf_add_z(text->out, ")");
	if (absent) {
		buf_add_z(text->out, "; ");
		text_number(text, absent);
		buf_add_z(text->out, " not installed");
	}
	buf_add_z(text->out, installed->modes ? "\n" : "; this disk keeps no modes\n");
	write_left_out(text, installed);
}

void text_not_looked_at_write(struct text *text)
{
	const struct report *report = text->report;
	if (report->verified || !text->project->kind)
		return;
	text_title(text, "NOT LOOKED AT");
	buf_add_z(text->out, "   tarball bytes (digests, manifests, unsafe archives), registry records: assay verify\n");
}
