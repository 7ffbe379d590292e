/* What runs a target: the table of all, one input, libFuzzer's door. */
#include <libgen.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

static const struct fuzz_target *const tables[] = {
	fuzz_texts, fuzz_words,  fuzz_lockfiles, fuzz_advisories, fuzz_archives, fuzz_policies, fuzz_registries, fuzz_incidents,
	fuzz_zips,  fuzz_beside, fuzz_reports,   fuzz_machine,    fuzz_kept,     fuzz_outside,  fuzz_damaged,
};

const struct fuzz_target *fuzz_target_at(size_t index)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct fuzz_target *target = tables[i]; target->name; target++)
			if (index-- == 0)
				return target;
	return NULL;
}

const struct fuzz_target *fuzz_target_by_name(const char *name)
{
	const struct fuzz_target *target;
	for (size_t i = 0; (target = fuzz_target_at(i)); i++)
		if (strcmp(target->name, name) == 0)
			return target;
	return NULL;
}

static char folder[64];
static void remove_folder(void)
{
	char command[96];
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	if (system(command))
		fprintf(stderr, "%s stays\n", folder);
}

static const char *own_folder(void)
{
	if (!folder[0]) {
		snprintf(folder, sizeof folder, "%s/assay-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		fuzz_require(mkdtemp(folder) != NULL);
		atexit(remove_folder);
	}
	return folder;
}

void fuzz_run(const struct fuzz_target *target, struct str input)
{
	/* Of exactly its size, so that a sanitizer sees who reads behind the end. */
	char *copy = malloc(input.n ? input.n : 1);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(512 * MIB);
	fuzz_require(copy && arena);
	memcpy(copy, input.n ? input.p : "", input.n);
	struct fuzz fuzz = { { copy, input.n }, arena, own_folder() };
	target->run(&fuzz, target->with);
	free(copy);
}

struct str fuzz_seed(const char *path, struct str text, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(64 * MIB);
	struct str line, word;
	if (!str_ends_with(str_of(path), STR(".hex")))
		return text;
	while (str_split(&text, '\n', &line)) {
		line = str_head(line, str_find(line, '#'));
		while (str_split(&line, ' ', &word)) {
			uint64_t times;
			bool repeat = str_starts_with(word, STR("*"));
			fuzz_require(!repeat || (out.n && str_to_u64(str_from(word, 1), &times)));
			for (uint64_t i = 1; repeat && i < times; i++)
				buf_add_char(&out, out.p[out.n - 1]);
			for (size_t i = 0; !repeat && i + 1 < word.n; i += 2)
				buf_add_char(&out, (char)(ascii_hex_value((unsigned char)word.p[i]) * 16 + ascii_hex_value((unsigned char)word.p[i + 1])));
		}
	}
	fuzz_require(!out.failed);
	return arena_copy(arena, buf_str(&out));
}

bool fuzz_same_nodes(const struct json *a, const struct json *b, uint32_t lines)
{
	for (; a && b; a = a->next, b = b->next) {
		if (a->type != b->type || a->count != b->count || !str_equal(a->key, b->key) || !str_equal(a->text, b->text) ||
		    a->line + lines != b->line || a->column != b->column || !fuzz_same_nodes(a->child, b->child, lines))
			return false;
	}
	return !a && !b;
}

/* libFuzzer's. The target is the name that the program was called by: build/fuzz/targets/<name>. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static const struct fuzz_target *chosen;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	chosen = fuzz_target_by_name(basename((*argv)[0]));
	if (!chosen) {
		fprintf(stderr, "there is no target %s\n", (*argv)[0]);
		exit(2);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_run(chosen, (struct str){ (const char *)data, size });
	return 0;
}
