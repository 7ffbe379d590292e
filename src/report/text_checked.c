/* What was not checked, what was proven, what nobody looked at. */
#include "report/records.h"
#include "report/text_private.h"

static bool is_told(const struct finding *gap)
{
	return gap->rule->gap && gap->level >= LEVEL_WARN && gap->waiver_state != WAIVER_ACTIVE;
}

/* One database judges all projects: what is wrong with it is told once. */
static bool is_everywhere(const struct finding *gap)
{
	return str_starts_with(str_of(gap->rule->id), STR("database-"));
}

/* Gaps of one rule that say the same are one line. */
struct told {
	const struct finding *first;
	const struct package *package; /* NULL: it is about no package */
	size_t count;
};
typedef VEC(struct told) told_list;

static bool collect_gap(struct text *text, const struct scan *scan, const struct finding *gap, struct map *index, told_list *out)
{
	struct str key = arena_printf(text->arena, "%s %.*s", gap->rule->id, STR_ARG(gap->message));
	size_t at;
	if (!key.p || !map_add(index, key, out->n, &at))
		return false;
	if (at >= out->n) {
		struct told *told = vec_add(text->arena, out);
		if (!told)
			return false;
		told->first = gap;
		told->package = gap->instances[0] ? &scan->tree->packages[gap->instances[0]] : NULL;
	}
	out->v[at].count++;
	return true;
}

static bool collect_gaps(struct text *text, bool everywhere, told_list *out)
{
	const struct report *report = text->report;
	struct map *index = map_new(text->arena, 0);
	for (size_t i = 0; index && i < report->project_count; i++) {
		const struct scan *scan = report->projects[i].scan;
		bool wanted = everywhere || &report->projects[i] == text->project;
		for (size_t k = 0; wanted && k < scan->findings.n; k++) {
			const struct finding *gap = &scan->findings.v[k];
			if (is_told(gap) && (report->project_count == 1 || is_everywhere(gap) == everywhere) && !collect_gap(text, scan, gap, index, out))
				return false;
		}
	}
	return index != NULL;
}

static void write_gap(struct text *text, const struct told *told)
{
	const struct finding *gap = told->first;
	size_t start = text->out->n;
	buf_add_z(text->out, "  ");
	text_paint(text, gap->level == LEVEL_ERROR ? PAINT_YELLOW : PAINT_DIM, str_of(gap->rule->id));
	text_column(text, start, 22);
	if (told->package) {
		text_safe(text, package_label(text->arena, told->package));
		if (told->count > 1)
			buf_printf(text->out, " and %zu more", told->count - 1);
		buf_add_z(text->out, ": ");
	}
	text_message(text, gap->message);
	buf_add_z(text->out, gap->retryable ? " (retryable)" : "");
	text_end(text, start, 22);
}

enum status text_gaps_write(struct text *text, bool everywhere, struct error *err)
{
	enum { SHOWN = 10 };
	told_list gaps = { 0 };
	if (!collect_gaps(text, everywhere, &gaps))
		return error_memory(err);
	if (gaps.n)
		text_title(text, everywhere ? "NOT CHECKED, in any of them\n" : "NOT CHECKED\n");
	size_t shown = gaps.n < SHOWN || text->report->verbose ? gaps.n : SHOWN;
	for (size_t i = 0; i < shown; i++)
		write_gap(text, &gaps.v[i]);
	if (gaps.n > shown)
		buf_printf(text->out, "  and %zu more: -v shows them\n", gaps.n - shown);
	return STATUS_OK;
}

static void write_held(struct text *text, const struct finding *held)
{
	size_t start = text->out->n;
	buf_add_z(text->out, "  ");
	text_safe(text, held->id);
	text_column(text, start, 22);
	text_safe(text, package_label(text->arena, &text->project->scan->tree->packages[held->instances[0]]));
	buf_printf(text->out, " (%s): ", held->rule->id);
	text_safe(text, held->message);
	text_end(text, start, 22);
}

/* Malware is named in any case: nobody hides behind a declaration unseen. */
void text_held_back_write(struct text *text)
{
	const struct scan *scan = text->project->scan;
	size_t folded = 0;
	if (scan->held_back.n)
		text_title(text, "HELD BACK, since these are not the public packages of that name\n");
	for (size_t i = 0; i < scan->held_back.n; i++) {
		const struct finding *held = &scan->held_back.v[i];
		if (text->report->verbose || strcmp(held->rule->id, "malware") == 0)
			write_held(text, held);
		else
			folded++;
	}
	if (folded)
		buf_printf(text->out, "  %zu %s of vulnerabilities: -v names %s\n", folded, folded == 1 ? "record" : "records", folded == 1 ? "it" : "them");
}

static void write_bytes(struct text *text, uint64_t bytes)
{
	if (bytes < 100000)
		buf_printf(text->out, "%.1f kB", (double)bytes / 1e3);
	else
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

/* What came of the packages' bytes. */
struct byte_counts {
	size_t proven, by_source[SOURCE_YARN_CACHE + 1]; /* of these */
	size_t remembered, no_digest, bundled, git, folders;
	uint64_t packed, unpacked;
};

static struct byte_counts count_bytes(const struct scan *scan)
{
	struct byte_counts counts = { 0 };
	for (uint32_t i = 0; i < scan->tree->package_count; i++) {
		const struct tarball_result *result = &scan->tarballs[i];
		counts.proven += result->state == TARBALL_VERIFIED;
		counts.by_source[result->source] += result->state == TARBALL_VERIFIED;
		counts.remembered += result->remembered;
		counts.no_digest += result->state == TARBALL_NO_INTEGRITY;
		counts.bundled += result->skip == SKIP_BUNDLED;
		counts.git += result->skip == SKIP_GIT;
		counts.folders += result->skip == SKIP_FILE;
		counts.packed += result->packed_bytes;
		counts.unpacked += result->inspection ? result->inspection->unpacked_bytes : 0;
	}
	return counts;
}

static void write_sources(struct text *text, const struct byte_counts *counts)
{
	static const struct {
		enum tarball_source source;
		const char *from;
		bool always;
	} sources[] = {
		{ SOURCE_STORE, " from assay's store, ", false },       { SOURCE_YARN_CACHE, " from yarn's, ", false },
		{ SOURCE_FILE, " packed beside the project, ", false }, { SOURCE_NPM_CACHE, " from npm's cache, ", true },
		{ SOURCE_REGISTRY, " from the registry; ", true },
	};
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		size_t count = counts->by_source[sources[i].source];
		if (!count && !sources[i].always)
			continue;
		text_number(text, count);
		buf_add_z(text->out, sources[i].from);
	}
}

/* What stands beside the proven ones. */
static void write_others(struct text *text, const struct byte_counts *counts)
{
	const struct {
		size_t count;
		const char *one, *many, *what;
	} lines[] = {
		{ counts->remembered, "of them was", "of them were", " read before, and the file has not changed since: --no-cache reads all again" },
		{ counts->no_digest, "package was", "packages were", " read, but the lockfile pins no digest: only the registry's own could be compared" },
		{ counts->bundled, "bundled package shares", "bundled packages share", " the proof of the package that carries it" },
		{ counts->git, "package", "packages", " from git: no digest can pin what a package manager packs of it, and nothing was read" },
		{ counts->folders, "package", "packages", " from a folder beside the project: your own code, not read" },
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (!lines[i].count)
			continue;
		buf_add_z(text->out, "             ");
		text_plural(text, lines[i].count, lines[i].one, lines[i].many);
		buf_add_z(text->out, lines[i].what);
		buf_add_char(text->out, '\n');
	}
}

/* What was asked for and was not to be had is told to everybody, the rest to who asks. */
static void write_sandbox(struct text *text, const struct sandbox_state *sandbox)
{
	static const struct {
		enum sandbox_layer layer;
		const char *text;
	} layers[] = {
		{ LAYER_SECCOMP, "seccomp" },
		{ LAYER_LANDLOCK_FILES, "Landlock (files" },
		{ LAYER_LANDLOCK_NETWORK, "network" },
		{ LAYER_LANDLOCK_SCOPE, "signals" },
	};
	bool held = sandbox && !sandbox->off && (sandbox->layers & LAYER_SECCOMP);
	if (!sandbox || (!text->report->verbose && (held || !*sandbox->problem)))
		return;
	buf_add_z(text->out, "             archives were opened in ");
	buf_add_z(text->out, sandbox->off ? "assay's own process" : "processes of their own");
	buf_add_z(text->out, sandbox->off ? "" : held ? ", without files and network: no_new_privs, rlimits" : ": no_new_privs, rlimits");
	for (size_t i = 0; i < sizeof layers / sizeof *layers && !sandbox->off; i++)
		if (sandbox->layers & layers[i].layer)
			buf_printf(text->out, ", %s", layers[i].text);
	if (!sandbox->off && (sandbox->layers & LAYER_LANDLOCK_FILES))
		buf_add_char(text->out, ')');
	if (*sandbox->problem) {
		buf_add_z(text->out, "; ");
		text_safe(text, str_of(sandbox->problem));
	} else if (sandbox->off) {
		buf_add_z(text->out, ": --sandbox off");
	}
	buf_add_char(text->out, '\n');
}

void text_verified_write(struct text *text)
{
	const struct scan *scan = text->project->scan;
	if (!scan->tarballs)
		return;
	struct byte_counts counts = count_bytes(scan);
	text_title(text, "VERIFIED");
	buf_add_z(text->out, "     ");
	text_plural(text, counts.proven, "package's bytes match", "packages' bytes match");
	buf_add_z(text->out, " what the lockfile pins (");
	write_sources(text, &counts);
	write_bytes(text, counts.packed);
	buf_add_z(text->out, " packed, ");
	write_bytes(text, counts.unpacked);
	buf_add_z(text->out, " unpacked)\n");
	write_others(text, &counts);
	write_sandbox(text, text->report->sandbox);
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

/* By most rules at least: those that an organisation has locked look at all. */
static size_t count_omitted(const struct scan *scan)
{
	unsigned omit = 0;
	size_t count = 0;
	for (size_t i = 0; scan->plans && check_rules[i]; i++)
		omit |= scan->plans[i].omit;
	for (uint32_t i = 0; scan->tree && omit && i < scan->tree->package_count; i++)
		count += package_is_omitted(&scan->tree->packages[i], omit);
	return count;
}

void text_not_looked_at_write(struct text *text)
{
	const struct report *report = text->report;
	size_t start = text->out->n + 1, omitted = 0;
	bool any = false;
	for (size_t i = 0; i < report->project_count; i++) {
		any |= report->projects[i].kind != NULL;
		omitted += count_omitted(report->projects[i].scan);
	}
	bool bytes = any && !report->verified;
	if (!bytes && !omitted)
		return;
	text_title(text, "NOT LOOKED AT");
	buf_add_z(text->out, "   ");
	if (omitted) {
		text_plural(text, omitted, "package", "packages");
		buf_add_z(text->out, bytes ? " that --omit leaves out; " : " that --omit leaves out");
	}
	if (bytes)
		buf_add_z(text->out, "tarball bytes (digests, manifests, unsafe archives), registry records: assay verify");
	text_end(text, start, 16);
}
