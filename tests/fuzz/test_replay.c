/*
 * The corpora again: every target gets what stands in tests/fuzz/corpus/<target>/ (what fuzzing found once, and small texts to begin
 * with), its fixtures, and each cut short in a few places. test_replay --write FOLDER writes them for libFuzzer, a folder a target.
 */
#include <glob.h>
#include <sys/stat.h>

#include "fuzz/fuzz.h"
#include "tests.h"

enum {
	CUTS = 6,
	MOST_BYTES = 64 * 1024,
	MOST_WRITTEN = 16 * 1024, /* what is changed in a larger one is seldom anything new, and it takes long to read */
};

struct seeds {
	const struct fuzz_target *target;
	void (*use)(const struct fuzz_target *target, struct str seed, const void *with);
	const void *with;
	size_t count;
};

static void each_of(struct seeds *seeds, const char *pattern)
{
	glob_t found;
	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct str text;
		struct stat about;
		if (stat(found.gl_pathv[i], &about) || !S_ISREG(about.st_mode))
			continue;
		fuzz_require(file_read(found.gl_pathv[i], LIMIT_LOCKFILE_BYTES, arena, &text, NULL) == STATUS_OK);
		seeds->use(seeds->target, str_head(fuzz_seed(found.gl_pathv[i], text, arena), MOST_BYTES * 4), seeds->with);
		seeds->count++;
	}
	globfree(&found);
}

static size_t each_seed(struct seeds *seeds)
{
	char pattern[4096];
	const char *root = getenv("ASSAY_ROOT");
	snprintf(pattern, sizeof pattern, "%s/tests/fuzz/corpus/%s/*", root ? root : ".", seeds->target->name);
	each_of(seeds, pattern);
	snprintf(pattern, sizeof pattern, "%s/%s", root ? root : ".", seeds->target->seeds ? seeds->target->seeds : "");
	if (seeds->target->seeds)
		each_of(seeds, pattern);
	return seeds->count;
}

static void replay(const struct fuzz_target *target, struct str seed, const void *with)
{
	(void)with;
	fuzz_run(target, seed);
	for (size_t i = 1; i <= CUTS && seed.n < MOST_BYTES; i++)
		fuzz_run(target, str_head(seed, seed.n * i / (CUTS + 1)));
}

static void replay_target(void **state)
{
	struct seeds seeds = { .target = *state, .use = replay };
	fuzz_run(*state, STR(""));
	if (each_seed(&seeds) == 0)
		fail_msg("%s has no corpus", seeds.target->name);
}

static void write_seed(const struct fuzz_target *target, struct str seed, const void *with)
{
	char path[4096];
	(void)target;
	if (seed.n > MOST_WRITTEN)
		return;
	uint64_t hash = 14695981039346656037u;
	for (size_t i = 0; i < seed.n; i++)
		hash = (hash ^ (unsigned char)seed.p[i]) * 1099511628211u;
	snprintf(path, sizeof path, "%s/%016llx", (const char *)with, (unsigned long long)hash);
	fuzz_require(file_write_unsynced(path, seed, NULL) == STATUS_OK);
}

static int write_all(const char *folder)
{
	const struct fuzz_target *target;
	for (size_t i = 0; (target = fuzz_target_at(i)); i++) {
		char path[2048];
		snprintf(path, sizeof path, "%s/%s", folder, target->name);
		struct seeds seeds = { .target = target, .use = write_seed, .with = path };
		fuzz_require(folder_make(path, NULL) == STATUS_OK);
		each_seed(&seeds);
		puts(target->name);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[200] = { 0 };
	const struct fuzz_target *target;
	size_t count = 0;
	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_all(argv[2]);
	if (argc == 4 && strcmp(argv[1], "--run") == 0 && (target = fuzz_target_by_name(argv[2]))) { /* --run TARGET FILE */
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct str text;
		fuzz_require(file_read(argv[3], LIMIT_LOCKFILE_BYTES, arena, &text, NULL) == STATUS_OK);
		fuzz_run(target, fuzz_seed(argv[3], text, arena));
		return 0;
	}
	for (; (target = fuzz_target_at(count)); count++)
		tests[count] = (struct CMUnitTest){ target->name, replay_target, NULL, NULL, (void *)(uintptr_t)target };
	return _cmocka_run_group_tests("fuzz/replay", tests, count, NULL, NULL);
}
