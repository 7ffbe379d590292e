/* This machine's places, which malware may have written to: npm's and pnpm's caches, the names in yarn's and bun's, node_modules. */
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

#include "fleet/who_machine.h"

#define DIGEST "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==" /* of nothing */

static struct who_question *ask(const struct fuzz *fuzz)
{
	static const char list[] = "a\nb@1.0.0\n@s/c@^2\n" DIGEST "\n";
	struct who_question *question = who_question_new(fuzz->arena);
	struct who_list read;
	fuzz_require(question && who_ask_list(question, "list", str_of(list), &read, NULL) == STATUS_OK);
	return question;
}

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

/* What belongs to all projects was seen already: of this machine's own nothing is to be looked at. */
static void forget_own(struct machine *machine)
{
	static const char *const global[] = { "/usr/local/lib/node_modules", "/usr/lib/node_modules", "/usr/local/share/.cache/yarn", "/.pnpm-store" };
	for (size_t i = 0; i < sizeof global / sizeof *global; i++) {
		CLEANUP(file_close) int fd = open(global[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			machine_knows(machine, fd);
	}
}

static struct who_answer *look(const struct fuzz *fuzz, const char *home, void (*look_in)(struct machine *machine))
{
	struct who_machine_options options = { .home = home, .variable = no_variable, .paths = &home, .path_count = 1, .npm_cache = home, .jobs = 1 };
	struct who_gathering *gathering = who_gathering_new(fuzz->arena);
	struct who_answer *answer;
	struct machine machine = { .question = ask(fuzz),
				   .options = &options,
				   .gathering = gathering,
				   .arena = fuzz->arena,
				   .tarballs = map_new(fuzz->arena, 0),
				   .walked = map_new(fuzz->arena, 0),
				   .count = { .machine = true, .oldest = DATE_NONE } };
	fuzz_require(gathering && machine.tarballs && machine.walked);
	forget_own(&machine);
	look_in(&machine);
	who_count(gathering, &machine.count);
	fuzz_require(!machine.out_of_memory && who_gathering_finish(gathering, &answer, NULL) == STATUS_OK);
	who_gathering_free(gathering);
	return answer;
}

static struct str write_answer(const struct who_answer *answer, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(256 * MIB);
	for (size_t part = 0; part < WHO_PARTS; part++)
		for (size_t i = 0; i < answer->parts[part].n; i++) {
			const struct who_entry *entry = &answer->parts[part].v[i];
			fuzz_require(entry->asked.n);
			buf_printf(&out, "%zu %s %.*s@%.*s asked %.*s in %.*s since %lld ran %d: %.*s\n", part, entry->place, STR_ARG(entry->package),
				   STR_ARG(entry->version), STR_ARG(entry->asked), STR_ARG(entry->lockfile), (long long)entry->since, entry->ran,
				   STR_ARG(entry->note));
		}
	buf_printf(&out, "%zu gaps\n", answer->gap_count);
	fuzz_require(!out.failed);
	return arena_copy(arena, buf_str(&out));
}

static void put(const struct fuzz *fuzz, const char *home, const char *name, struct str text)
{
	const char *path = path_join(fuzz->arena, home, name);
	fuzz_require(folder_make(path_folder(fuzz->arena, path), NULL) == STATUS_OK);
	fuzz_require(file_write_unsynced(path, text, NULL) == STATUS_OK);
}

/* ---- npm's index: written twice it says the same; what a line takes back was there, and is no more ------------------------------- */

static struct who_answer *look_at_index(const struct fuzz *fuzz, struct str text)
{
	const char *home = path_join(fuzz->arena, fuzz->folder, "npm-cache");
	put(fuzz, home, "_cacache/index-v5/aa/bb/cc", text);
	return look(fuzz, home, machine_look_in_npm_cache);
}

static struct str with_line(const struct fuzz *fuzz, struct str text, struct str line)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(64 * MIB);
	buf_add(&out, text);
	buf_add_char(&out, '\n');
	buf_add(&out, line);
	return arena_copy(fuzz->arena, buf_str(&out));
}

static void run_npm_cache(const struct fuzz *fuzz, const void *with)
{
	struct str own = STR("x\t{\"key\":\"https://npm.acme.example/a/-/a-3.2.1.tgz\",\"integrity\":\"" DIGEST "\"}");
	struct str none = STR("x\t{\"key\":\"https://npm.acme.example/a/-/a-3.2.1.tgz\",\"integrity\":null}");
	struct str added = with_line(fuzz, fuzz->input, own);
	(void)with;
	struct str said = write_answer(look_at_index(fuzz, fuzz->input), fuzz->arena);
	fuzz_require(str_equal(said, write_answer(look_at_index(fuzz, with_line(fuzz, fuzz->input, fuzz->input)), fuzz->arena)));
	fuzz_require(look_at_index(fuzz, added)->parts[WHO_NOW].n > 0); /* it has a digest that is asked for */
	const struct who_answer *taken = look_at_index(fuzz, with_line(fuzz, added, none));
	fuzz_require(taken->parts[WHO_HAD].n > 0); /* it was fetched */
	fuzz_require(taken->parts[WHO_NOW].n == look_at_index(fuzz, with_line(fuzz, fuzz->input, none))->parts[WHO_NOW].n);
}

/* ---- pnpm's indices: a line further down they say the same, beside the files and called after the release ------------------------ */

static struct who_answer *look_at_pnpm(const struct fuzz *fuzz, const char *name, struct str text)
{
	const char *home = path_join(fuzz->arena, fuzz->folder, "pnpm-home"), *store = path_join(fuzz->arena, home, ".pnpm-store");
	static const char *const places[] = { "v3/files/cf/83e1-index.json", "v10/index/ab/cdef-a@1.0.0.json" };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		unlink(path_join(fuzz->arena, store, places[i]));
	put(fuzz, store, name, text);
	return look(fuzz, home, machine_look_in_pnpm);
}

static void run_pnpm_index(const struct fuzz *fuzz, const void *with)
{
	struct json *json;
	struct who_answer *one = look_at_pnpm(fuzz, "v10/index/ab/cdef-a@1.0.0.json", fuzz->input);
	(void)with;
	bool read = json_parse(fuzz->input, 0, fuzz->arena, &json, NULL, NULL) == STATUS_OK;
	fuzz_require(one->inventory.pnpm_packages == read && one->gap_count == !read);
	if (!fuzz_can_shift(fuzz))
		return;
	struct str said = write_answer(one, fuzz->arena);
	fuzz_require(str_equal(said, write_answer(look_at_pnpm(fuzz, "v10/index/ab/cdef-a@1.0.0.json", fuzz_shifted(fuzz)), fuzz->arena)));
	struct who_answer *other = look_at_pnpm(fuzz, "v3/files/cf/83e1-index.json", fuzz->input);
	for (size_t part = 0; part < WHO_PARTS; part++)
		fuzz_require(one->parts[part].n == other->parts[part].n);
}

/* ---- names that yarn and bun give: what is found there is what the name says -------------------------------------------------------- */

static void check_named(const struct who_answer *answer, struct str name)
{
	for (size_t part = 0; part < WHO_PARTS; part++)
		for (size_t i = 0; i < answer->parts[part].n; i++) {
			const struct who_entry *entry = &answer->parts[part].v[i];
			struct str base = str_from(entry->package, entry->package.p[0] == '@' ? str_find(entry->package, '/') + 1 : 0);
			fuzz_require(entry->package.n);
			fuzz_require(str_find_str(name, base) < name.n && (!entry->version.n || str_find_str(name, entry->version) < name.n));
		}
}

static void run_cache_names(const struct fuzz *fuzz, const void *with)
{
	struct str name = arena_copy(fuzz->arena, str_head(fuzz->input, str_find(fuzz->input, '\n')));
	const char *home = path_join(fuzz->arena, fuzz->folder, "named-home");
	(void)with;
	if (!name.n || name.n > 200 || str_find(name, '/') < name.n || strlen(name.p) != name.n || name.p[0] == '.')
		return;
	const char *zip = arena_printf(fuzz->arena, "%s/.yarn/berry/cache/%s.zip", home, name.p).p;
	const char *folder = arena_printf(fuzz->arena, "%s/.bun/install/cache/%s", home, name.p).p;
	put(fuzz, "", zip, STR("x"));
	fuzz_require(folder_make(folder, NULL) == STATUS_OK);
	struct who_answer *yarn = look(fuzz, home, machine_look_in_yarn), *bun = look(fuzz, home, machine_look_in_bun);
	fuzz_require(unlink(zip) == 0 && rmdir(folder) == 0);
	fuzz_require(yarn->inventory.yarn_packages == 1 && bun->inventory.bun_packages <= 1);
	check_named(yarn, name);
	check_named(bun, name);
}

/* ---- node_modules: what is at a place is told once; npm's record of a folder that is not there tells that it was ----------------------- */

/* The input is parted at a line of "---": a's package.json, npm's hidden lockfile. */
static void run_modules(const struct fuzz *fuzz, const void *with)
{
	const char *home = path_join(fuzz->arena, fuzz->folder, "modules");
	size_t end = str_find_str(fuzz->input, STR("\n---\n"));
	struct str record = str_from(fuzz->input, end + 5);
	(void)with;
	put(fuzz, home, "node_modules/a/package.json", str_head(fuzz->input, end));
	put(fuzz, home, "node_modules/.package-lock.json", record);
	struct who_answer *answer = look(fuzz, home, machine_look_in_modules);
	struct str said = write_answer(answer, fuzz->arena);
	fuzz_require(answer->inventory.modules_folders == 1 && answer->inventory.modules_packages <= 1);
	fuzz_require(answer->parts[WHO_NOW].n + answer->parts[WHO_HAD].n + answer->parts[WHO_NEAR_MISS].n > 0 || answer->gap_count); /* a is there */
	for (size_t part = 0; part < WHO_PARTS; part++)
		for (size_t i = 0; i < answer->parts[part].n; i++)
			fuzz_require(str_starts_with(answer->parts[part].v[i].lockfile, str_of(home)));
	put(fuzz, home, "node_modules/.package-lock.json", with_line(fuzz, STR(" "), record));
	if (fuzz_can_shift(fuzz) && record.n && (unsigned char)record.p[0] < 0x80)
		fuzz_require(str_equal(said, write_answer(look(fuzz, home, machine_look_in_modules), fuzz->arena)));
}

/* ---- a package.json without a lockfile: each range that admits what is asked for ------------------------------------------------------- */

static void run_manifest_asked(const struct fuzz *fuzz, const void *with)
{
	const char *home = path_join(fuzz->arena, fuzz->folder, "without-lockfile"), *path = path_join(fuzz->arena, home, "package.json");
	struct who_question *question = ask(fuzz);
	struct str said[2] = { STR_NONE, STR_NONE };
	enum status status[2];
	(void)with;
	for (int i = 0; i < 2; i++) {
		struct who_gathering *gathering = who_gathering_new(fuzz->arena);
		struct who_answer *answer;
		put(fuzz, home, "package.json", i && fuzz_can_shift(fuzz) ? fuzz_shifted(fuzz) : fuzz->input);
		status[i] = who_look_in_manifest(question, path, STR("web"), gathering, NULL);
		fuzz_require(gathering && who_gathering_finish(gathering, &answer, NULL) == STATUS_OK);
		who_gathering_free(gathering);
		fuzz_require(answer->parts[WHO_NOW].n == 0 && answer->parts[WHO_HAD].n == 0);
		said[i] = write_answer(answer, fuzz->arena);
	}
	fuzz_require(status[0] == status[1] && str_equal(said[0], said[1]));
}

const struct fuzz_target fuzz_machine[] = {
	{ "npm_cache", run_npm_cache, NULL, NULL },
	{ "pnpm_index", run_pnpm_index, NULL, NULL },
	{ "cache_names", run_cache_names, NULL, NULL },
	{ "modules", run_modules, NULL, NULL },
	{ "manifest_asked", run_manifest_asked, NULL, "fixtures/lockfiles/*/package.json" },
	{ 0 },
};
