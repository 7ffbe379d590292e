/*
 * npm's own reader (the package `pacote`, with its `tar`) on random tarballs, odd and damaged ones among them: where nothing is said against an
 * archive here, or nothing but what occurs in honest packages of long ago, npm writes just the files that were seen.
 */
#include <sys/stat.h>

#include "assay/archive.h"
#include "assay/digest.h"
#include "assay/limits.h"
#include "assay/tarball.h"
#include "tests.h"

enum { CASES = 80 };

/* What ends in an error, whatever the policy says of the rest. */
#define GRAVE (FAULT_NOT_TAR | FAULT_LIMIT | FAULT_ABSOLUTE | FAULT_ESCAPE | FAULT_LINK | FAULT_DEVICE | FAULT_SECOND_MANIFEST)

struct seen {
	struct arena *arena;
	struct map *paths;
	VEC(struct str) lines; /* of each path the last */
};

static bool note(void *context, const struct tar_entry *entry)
{
	struct seen *seen = context;
	struct str path = tarball_file_path(entry->path, seen->arena);
	CLEANUP(buf_fini) struct buf line = BUF_INIT(4 * LIMIT_TARBALL_PATH);
	struct digest digest;
	size_t at;
	if (entry->type != TAR_FILE || !path.n)
		return true;
	assert_true(digest_of(DIGEST_SHA256, entry->data, &digest));
	buf_printf(&line, "%zu\t", entry->data.n);
	digest_write_hex(&digest, &line);
	buf_add_char(&line, '\t');
	for (size_t i = 0; i < path.n; i++)
		buf_printf(&line, "%02x", (unsigned char)path.p[i]);
	assert_true(map_add(seen->paths, path, seen->lines.n, &at));
	struct str *kept = at == seen->lines.n ? vec_add(seen->arena, &seen->lines) : &seen->lines.v[at];
	*kept = arena_copy(seen->arena, buf_str(&line));
	return true;
}

static int compare_lines(const void *left, const void *right)
{
	return str_compare(*(const struct str *)left, *(const struct str *)right);
}

/* As the oracle lists them; .p NULL where the archive cannot be read whole. */
static struct str list_files(struct str packed, struct inflater *inflater, struct arena *arena)
{
	struct seen seen = { .arena = arena, .paths = map_new(arena, 0) };
	CLEANUP(buf_fini) struct buf out = BUF_INIT(MIB);
	struct str tar = packed;
	size_t trailing;
	if (gzip_is(packed) && inflater_run(inflater, packed, 64 * MIB, &tar, &trailing, NULL))
		return STR_NONE;
	if (tar_walk(tar, 10000, note, &seen, NULL, NULL))
		return STR_NONE;
	if (seen.lines.n)
		qsort(seen.lines.v, seen.lines.n, sizeof *seen.lines.v, compare_lines);
	for (size_t i = 0; i < seen.lines.n; i++) {
		buf_add(&out, seen.lines.v[i]);
		buf_add_char(&out, '\n');
	}
	return arena_copy(arena, out.n ? buf_str(&out) : STR(""));
}

static uint32_t faults_of(struct str packed, struct inflater *inflater)
{
	CLEANUP(buf_fini) struct buf block = BUF_INIT(2 * LIMIT_INSPECTION_BYTES);
	struct proven_tarball proven;
	assert_true(tarball_prove(packed, NULL, &proven, NULL));
	assert_int_equal(tarball_inspect(&proven, inflater, &block, NULL), STATUS_OK);
	return ((const struct inspection *)(const void *)block.p)->faults;
}

struct tally {
	unsigned agreed, told, refused, npm_refused, wrong;
};

/* npm writes U+FFFD for what is no UTF-8; what is a file and a folder is one of them in the end, or neither. Both are said. */
static bool is_told(struct str ours, uint32_t faults)
{
	if (faults & FAULT_CONTROL_NAME)
		return true;
	struct str rest = ours, line;
	while ((faults & FAULT_DUPLICATE) && str_split(&rest, '\n', &line)) {
		struct str path = str_from(line, str_find_last(line, '\t') + 1), others = ours, other;
		while (path.n && str_split(&others, '\n', &other)) {
			struct str inner = str_from(other, str_find_last(other, '\t') + 1);
			if (str_starts_with(inner, path) && str_starts_with(str_from(inner, path.n), STR("2f")))
				return true;
		}
	}
	return false;
}

/* The next line of what the oracle says, without its end; .p NULL: there is none. */
static struct str next_line(FILE *oracle, char **room, size_t *size)
{
	ssize_t n = getline(room, size, oracle);
	return n > 0 ? (struct str){ *room, (size_t)n - 1 } : STR_NONE;
}

/* What it says of one tarball: whether npm wrote it all, and which files. False: it said no more. */
static bool read_case(FILE *oracle, struct arena *arena, struct str *packed, bool *ok, struct str *listed)
{
	CLEANUP(buf_fini) struct buf lines = BUF_INIT(MIB);
	char *room = NULL;
	size_t size = 0, n = 0;
	struct str line = next_line(oracle, &room, &size);
	unsigned char *bytes = arena_alloc(arena, line.n + 1);
	bool fine = line.p && base64_decode(line, bytes, line.n, &n);
	*packed = (struct str){ (char *)bytes, n };
	*ok = fine && str_equal_z(next_line(oracle, &room, &size), "ok");
	while (fine && (line = next_line(oracle, &room, &size)).n) {
		buf_add(&lines, line);
		buf_add_char(&lines, '\n');
	}
	*listed = arena_copy(arena, lines.n ? buf_str(&lines) : STR(""));
	free(room);
	return fine && line.p;
}

static void judge(FILE *oracle, int number, struct inflater *inflater, struct tally *tally)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str packed, listed;
	bool ok;
	if (!read_case(oracle, arena, &packed, &ok, &listed))
		fail_msg("the oracle ended at case %d", number);
	uint32_t faults = faults_of(packed, inflater);
	struct str ours = list_files(packed, inflater, arena);
	if (!ok)
		tally->npm_refused++;
	else if (faults & GRAVE)
		tally->refused++;
	else if (ours.p && str_equal(listed, ours))
		tally->agreed++;
	else if (is_told(ours, faults))
		tally->told++;
	else {
		print_message("case %d, faults %x\nnpm:  %.*s\nours: %.*s\n", number, faults, STR_ARG(listed), STR_ARG(ours));
		tally->wrong++;
	}
}

static void sees_what_npm_writes(void **state)
{
	(void)state;
	const char *oracle = getenv("ASSAY_ORACLE"), *root = getenv("ASSAY_ROOT"), *work = getenv("TEST_TMP");
	char command[4096];
	struct tally tally = { 0 };
	if (!oracle || !*oracle) {
		print_message("no Node, no npm: nothing to compare with\n");
		skip();
	}
	snprintf(command, sizeof command, "node '%s/tests/oracle/pacote.cjs' '%s' '%s' 20261127 %d", root, oracle, work, CASES);
	FILE *npm = popen(command, "r");
	struct inflater *inflater = inflater_new();
	assert_non_null(npm);
	for (int i = 0; i < CASES; i++)
		judge(npm, i, inflater, &tally);
	inflater_free(inflater);
	assert_int_equal(pclose(npm), 0);
	print_message("%u agreed, %u differ and say why, %u refused here, %u by npm\n", tally.agreed, tally.told, tally.refused, tally.npm_refused);
	assert_int_equal(tally.wrong, 0);
	assert_true(tally.agreed > CASES / 4 && tally.refused > CASES / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(sees_what_npm_writes) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
