/* What is remembered counts for the same file alone, and a damaged memory is an empty one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "assay/limits.h"
#include "tarball/draft.h"
#include "tarball/memory.h"
#include "one_arena.h"

static const struct file_identity file = { .device = 1, .inode = 2, .size = 3, .changed_s = 4, .status_s = 5 };

static const char *path_for(const char *name)
{
	const char *work = getenv("TEST_TMP");
	return path_join(arena, work ? work : ".", name);
}

static const struct inspection *make_inspection(struct buf *out, const char *name, size_t filling)
{
	struct draft draft = { .arena = arena, .name = str_of(name) };
	draft.license = (struct str){ arena_alloc(arena, filling + 1), filling };
	assert_int_equal(draft_write(&draft, LIMIT_INSPECTION_BYTES, out, NULL), STATUS_OK);
	return (const void *)out->p;
}

static struct digest digest_for(uint32_t number)
{
	struct digest digest;
	assert_true(digest_of(DIGEST_SHA512, (struct str){ (const char *)&number, sizeof number }, &digest));
	return digest;
}

static void note(const char *path, bool forget, uint32_t number, const struct file_identity *before, const struct file_identity *after, const char *name)
{
	CLEANUP(buf_fini) struct buf block = BUF_INIT(2 * LIMIT_INSPECTION_BYTES);
	struct digest digest = digest_for(number);
	struct memory *memory = memory_open(path, forget);
	assert_non_null(memory);
	memory_note(memory, &digest, before, after, make_inspection(&block, name, 0));
	memory_flush(memory);
	memory_free(memory);
}

/* The name that is remembered; "" for nothing. */
static const char *recall(const char *path, uint32_t number, const struct file_identity *now)
{
	struct memory *memory = memory_open(path, false);
	assert_non_null(memory);
	struct digest digest = digest_for(number);
	const struct inspection *found = memory_find(memory, &digest, now);
	const char *name = found ? arena_copy(arena, inspection_str(found, found->name)).p : "";
	memory_free(memory);
	return name;
}

static void remembers_the_same_file(void **state)
{
	(void)state;
	const char *path = path_for("folder/that/is/new/inspections");
	size_t count;
	uint64_t bytes;
	assert_string_equal(recall(path, 1, &file), "");
	note(path, false, 1, &file, &file, "one");
	note(path, false, 2, &file, &file, "two");
	note(path, false, 1, &file, &file, "one again");
	assert_string_equal(recall(path, 1, &file), "one again");
	assert_string_equal(recall(path, 2, &file), "two");
	assert_string_equal(recall(path, 3, &file), "");
	assert_int_equal(tarball_memory_status(path, &count, &bytes, NULL), STATUS_OK);
	assert_int_equal(count, 2);
	assert_true(bytes > 0);
	note(path, true, 3, &file, &file, "three");
	assert_string_equal(recall(path, 1, &file), "");
	assert_string_equal(recall(path, 3, &file), "three");
	assert_int_equal(tarball_memory_prune(path, UINT64_MAX, NULL), STATUS_OK);
	assert_true(file_exists(path));
	assert_int_equal(tarball_memory_prune(path, 0, NULL), STATUS_OK);
	assert_false(file_exists(path));
}

static void forgets_another_file(void **state)
{
	(void)state;
	const char *path = path_for("another");
	note(path, false, 1, &file, &file, "one");
	for (size_t at = 0; at < sizeof file; at += sizeof(uint64_t)) {
		struct file_identity other = file;
		((char *)&other)[at]++;
		assert_string_equal(recall(path, 1, &other), "");
	}
	assert_string_equal(recall(path, 1, &file), "one");
}

/* Changed while it was read, or so lately that a later change could bear the same time. */
static void notes_only_what_is_certain(void **state)
{
	(void)state;
	const char *path = path_for("certain");
	struct file_identity other = file, fresh = file;
	other.inode++;
	note(path, false, 1, &other, &file, "changed");
	fresh.status_s = date_now();
	note(path, false, 1, &fresh, &fresh, "status");
	fresh = file;
	fresh.changed_s = date_now() + 100;
	note(path, false, 1, &fresh, &fresh, "future");
	assert_false(file_exists(path));
	fresh.changed_s = date_now() - 3;
	note(path, false, 1, &fresh, &fresh, "old enough");
	assert_string_equal(recall(path, 1, &fresh), "old enough");
}

static void survives_damage(void **state)
{
	(void)state;
	const char *path = path_for("damaged"), *copy = path_for("copy");
	struct str text;
	note(path, false, 1, &file, &file, "one");
	assert_int_equal(file_read(path, LIMIT_MEMORY_BYTES, arena, &text, NULL), STATUS_OK);
	for (size_t cut = 0; cut < text.n; cut += 7) {
		assert_int_equal(file_write_unsynced(copy, str_head(text, cut), NULL), STATUS_OK);
		assert_string_equal(recall(copy, 1, &file), "");
		note(copy, false, 2, &file, &file, "two");
		assert_string_equal(recall(copy, 2, &file), "two");
	}
	for (size_t at = 0; at < text.n; at++) {
		char *changed = arena_alloc(arena, text.n);
		memcpy(changed, text.p, text.n);
		changed[at] ^= 0x10;
		assert_int_equal(file_write_unsynced(copy, (struct str){ changed, text.n }, NULL), STATUS_OK);
		assert_string_equal(recall(copy, 1, &file), "");
	}
}

static void trusts_no_file_of_others(void **state)
{
	(void)state;
	const char *path = path_for("open"), *link = path_for("link");
	note(path, false, 1, &file, &file, "one");
	assert_int_equal(symlink(path, link), 0);
	assert_string_equal(recall(link, 1, &file), "");
	assert_int_equal(chmod(path, 0666), 0);
	assert_string_equal(recall(path, 1, &file), "");
	note(path, false, 2, &file, &file, "two"); /* then it is written anew, for its owner alone */
	assert_string_equal(recall(path, 1, &file), "");
	assert_string_equal(recall(path, 2, &file), "two");
}

/* At the limit nothing is lost; past it the oldest go. */
static void keeps_to_its_limit(void **state)
{
	(void)state;
	enum { RECORDS = 40 };
	const char *path = path_for("large");
	size_t count;
	uint64_t bytes = 0;
	CLEANUP(buf_fini) struct buf block = BUF_INIT(2 * LIMIT_INSPECTION_BYTES);
	for (uint32_t i = 0; i < RECORDS; i++) {
		struct memory *memory = memory_open(path, false);
		struct digest digest = digest_for(i);
		memory_note(memory, &digest, &file, &file, make_inspection(&block, "x", MIB - 4096));
		memory_flush(memory);
		memory_free(memory);
		assert_int_equal(tarball_memory_status(path, &count, &bytes, NULL), STATUS_OK);
		assert_true(bytes <= LIMIT_MEMORY_BYTES);
		if (bytes <= LIMIT_MEMORY_BYTES - MIB && i < 31)
			assert_int_equal(count, i + 1);
		assert_string_equal(recall(path, i, &file), "x");
	}
	assert_true(count < RECORDS);
	assert_string_equal(recall(path, 0, &file), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers_the_same_file), cmocka_unit_test(forgets_another_file),     cmocka_unit_test(notes_only_what_is_certain),
		cmocka_unit_test(survives_damage),         cmocka_unit_test(trusts_no_file_of_others), cmocka_unit_test(keeps_to_its_limit),
	};
	return cmocka_run_group_tests(tests, begin_arena, end_arena);
}
