/*
 * make_advisories COUNT OUT [NAMES [FIRST [worst]]]: COUNT made-up OSV records in the mix of the npm dump: 98 % malware, of which half is "every
 * version" and half a list of versions, and 2 % vulnerabilities with ranges. OUT is a zip when it ends in .zip, else a folder that is there.
 * The first column of NAMES (a name a line) is drawn from for vulnerabilities, and now and then for malware; a larger dump does not know
 * more about them than one of 20,000 records, as the world's does not. FIRST is the number of the first record: what a dump has behind
 * another one. `worst`: each is a vulnerability of the next of NAMES, in every version. The same call gives the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assay/archive.h"
#include "assay/base.h"

enum { MANY = 20000 };

struct maker {
	uint64_t state; /* splitmix64 */
	uint64_t first, count;
	bool worst;
	struct str *names;
	size_t name_count;
	struct zip_out *zip; /* NULL: into `folder` */
	const char *folder;
};

static uint64_t draw(struct maker *m, uint64_t below)
{
	uint64_t z = m->state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (z ^ z >> 31) % below;
}

/* ---- records ------------------------------------------------------------------------------- */

static void add_word(struct maker *m, struct buf *out)
{
	static const char *const syllables[] = { "ba", "co", "de", "fi", "gu", "ha", "jo", "ka", "lo", "mi",  "no",
						 "pa", "qu", "re", "so", "ti", "ux", "ve", "wa", "ya", "zen", "kit" };
	for (uint64_t n = 2 + draw(m, 3); n; n--)
		buf_add_z(out, syllables[draw(m, sizeof syllables / sizeof *syllables)]);
}

static void add_name(struct maker *m, struct buf *out, unsigned known_percent)
{
	bool known = m->name_count && draw(m, 100) < known_percent;
	if (known && (m->count <= MANY || draw(m, m->count) < MANY)) {
		buf_add(out, m->names[draw(m, m->name_count)]);
		return;
	}
	if (draw(m, 4) == 0) {
		buf_add_char(out, '@');
		add_word(m, out);
		buf_add_char(out, '/');
	}
	add_word(m, out);
	buf_add_char(out, '-');
	add_word(m, out);
}

static void add_version(struct maker *m, struct buf *out)
{
	buf_printf(out, "%llu.%llu.%llu", (unsigned long long)draw(m, 20), (unsigned long long)draw(m, 30), (unsigned long long)draw(m, 40));
}

static void add_date(struct maker *m, struct buf *out, const char *key)
{
	buf_printf(out, ",\"%s\":\"20%02llu-%02llu-%02lluT%02llu:%02llu:00Z\"", key, 22 + (unsigned long long)draw(m, 4),
		   1 + (unsigned long long)draw(m, 12), 1 + (unsigned long long)draw(m, 28), (unsigned long long)draw(m, 24),
		   (unsigned long long)draw(m, 60));
}

static void add_prose(struct maker *m, struct buf *out, uint64_t words)
{
	for (; words; words--) {
		add_word(m, out);
		buf_add_z(out, words % 12 ? " " : ".\\n\\n");
	}
}

static void add_hex(struct maker *m, struct buf *out, unsigned digits)
{
	for (; digits; digits--)
		buf_add_char(out, "0123456789abcdef"[draw(m, 16)]);
}

static void add_malware(struct maker *m, struct buf *out, struct str name)
{
	buf_printf(out, ",\"summary\":\"Malicious code in %.*s (npm)\",\"details\":\"", STR_ARG(name));
	add_prose(m, out, 40 + draw(m, 60));
	buf_printf(out, "\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"%.*s\",", STR_ARG(name));
	buf_printf(out, "\"purl\":\"pkg:npm/%.*s\"},", STR_ARG(name));
	if (draw(m, 2)) {
		buf_add_z(out, "\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"0\"}]}],");
	} else {
		buf_add_z(out, "\"versions\":[");
		for (uint64_t n = draw(m, 50) ? 1 + draw(m, 3) : 30; n; n--) {
			buf_add_char(out, '"');
			add_version(m, out);
			buf_add_z(out, n > 1 ? "\"," : "\"");
		}
		buf_add_z(out, "],");
	}
	buf_add_z(out, "\"database_specific\":{\"cwes\":[{\"cweId\":\"CWE-506\"}]}}],\"database_specific\":{"
		       "\"malicious-packages-origins\":[{\"source\":\"made-up\",\"sha256\":\"");
	add_hex(m, out, 64);
	buf_add_z(out, "\"}]}");
}

static void add_range(struct maker *m, struct buf *out)
{
	if (m->worst) {
		buf_add_z(out, "\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"0\"}]}]");
		return;
	}
	uint64_t major = draw(m, 10);
	buf_printf(out, "\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"%llu.0.0\"},", (unsigned long long)major);
	buf_printf(out, "{\"%s\":\"%llu.%llu.%llu\"}]}]", draw(m, 5) ? "fixed" : "last_affected", (unsigned long long)major,
		   1 + (unsigned long long)draw(m, 30), (unsigned long long)draw(m, 40));
}

static void add_vulnerability(struct maker *m, struct buf *out, struct str name)
{
	static const char *const words[] = { "LOW", "MODERATE", "HIGH", "CRITICAL" };
	static const char *const vectors[] = { "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
					       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" };
	uint64_t level = draw(m, 4);
	buf_printf(out, ",\"aliases\":[\"CVE-20%02llu-%llu\"],\"summary\":\"", 15 + (unsigned long long)draw(m, 11),
		   1000 + (unsigned long long)draw(m, 90000));
	add_prose(m, out, 7);
	buf_add_z(out, "\",\"details\":\"");
	add_prose(m, out, 200 + draw(m, 300));
	buf_printf(out, "\",\"severity\":[{\"type\":\"CVSS_V3\",\"score\":\"%s\"}],\"affected\":[", vectors[level]);
	for (uint64_t n = 1 + draw(m, 3); n; n--) {
		buf_printf(out, "{\"package\":{\"ecosystem\":\"npm\",\"name\":\"%.*s\"},", STR_ARG(name));
		add_range(m, out);
		buf_add_z(out, n > 1 ? "}," : "}");
	}
	buf_printf(out, "],\"database_specific\":{\"severity\":\"%s\",\"github_reviewed\":true}", words[level]);
}

static bool write_record(struct maker *m, struct str id, struct str text)
{
	char path[4096];
	if (m->zip) {
		snprintf(path, sizeof path, "%.*s.json", STR_ARG(id));
		return zip_out_add(m->zip, str_of(path), text, NULL) == STATUS_OK;
	}
	snprintf(path, sizeof path, "%s/%.*s.json", m->folder, STR_ARG(id));
	FILE *file = fopen(path, "w");
	if (!file)
		return false;
	bool written = fwrite(text.p, 1, text.n, file) == text.n;
	return fclose(file) == 0 && written;
}

static bool make_record(struct maker *m, uint64_t number, struct buf *text, struct buf *name)
{
	char id[64];
	bool malware = !m->worst && draw(m, 100) < 98;
	snprintf(id, sizeof id, malware ? "MAL-2025-%llu" : "GHSA-made-up00-%06llu", (unsigned long long)number);
	buf_clear(text);
	buf_clear(name);
	if (m->worst)
		buf_add(name, m->names[(number - m->first) % m->name_count]);
	else
		add_name(m, name, malware ? 1 : 80);
	buf_printf(text, "{\"schema_version\":\"1.7.0\",\"id\":\"%s\"", id);
	add_date(m, text, "modified");
	add_date(m, text, "published");
	(malware ? add_malware : add_vulnerability)(m, text, buf_str(name));
	buf_add_z(text, "}\n");
	return !text->failed && write_record(m, str_of(id), buf_str(text));
}

static bool read_names(struct maker *m, struct arena *arena, const char *path)
{
	struct str text, line;
	VEC(struct str) names = { 0 };
	if (file_read(path, 64 << 20, arena, &text, NULL))
		return false;
	while (str_split(&text, '\n', &line)) {
		struct str name = str_head(line, str_find(line, '\t'));
		struct str *added = name.n ? vec_add(arena, &names) : NULL;
		if (added)
			*added = name;
	}
	m->names = names.v;
	m->name_count = names.n;
	return true;
}

static bool make_all(struct maker *m, uint64_t count)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
	CLEANUP(buf_fini) struct buf name = BUF_INIT(4096);
	for (uint64_t i = 0; i < count; i++)
		if (!make_record(m, m->first + i, &text, &name))
			return false;
	return !m->zip || zip_out_finish(m->zip, NULL) == STATUS_OK;
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct maker maker = { .first = 1, .folder = argv[argc > 2 ? 2 : 0], .worst = argc > 5 && strcmp(argv[5], "worst") == 0 };
	CLEANUP(zip_out_cleanup) struct zip_out *zip = NULL;
	uint64_t count;
	if (!arena || argc < 3 || argc > 6 || !str_to_u64(str_of(argv[1]), &count) || (argc > 4 && !str_to_u64(str_of(argv[4]), &maker.first))) {
		fprintf(stderr, "usage: make_advisories COUNT OUT.zip|FOLDER [NAMES [FIRST [worst]]]\n");
		return 2;
	}
	maker.count = count;
	maker.state = 20261122 + maker.first;
	bool opened = true;
	if (str_ends_with(str_of(argv[2]), STR(".zip"))) {
		opened = zip_out_begin(argv[2], &zip, NULL) == STATUS_OK;
		maker.zip = zip;
	}
	bool made = opened && (argc < 4 || read_names(&maker, arena, argv[3])) && (!maker.worst || maker.name_count) && make_all(&maker, count);
	if (!made)
		fprintf(stderr, "make_advisories: %s cannot be written\n", argv[2]);
	return !made;
}
