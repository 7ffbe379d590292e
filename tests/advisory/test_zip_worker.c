/* Zips of records that a worker unpacks: the same entries as here, in whatever parts they come; what no honest worker says ends the walk. */
#include <unistd.h>

#include "advisory/zip_worker.h"
#include "archive/zip_builder.h"
#include "assay/archive.h"
#include "tests.h"

static struct sandbox *sandbox;

struct seen {
	struct buf text;
	size_t most;
};

static bool note(void *context, struct str name, struct str data)
{
	struct seen *seen = context;
	buf_printf(&seen->text, "%.*s=", STR_ARG(name));
	if (data.p)
		buf_add(&seen->text, data);
	else
		buf_printf(&seen->text, "#%zu", data.n);
	buf_add_char(&seen->text, ' ');
	return --seen->most > 0;
}

static void add_entry(struct buf *out, struct zip_stream_head head, const char *name, const char *data)
{
	buf_add(out, (struct str){ (const char *)&head, sizeof head });
	buf_add_z(out, name);
	buf_add_z(out, data);
}

/* Cut at each place, and into single bytes. */
static void parts_do_not_matter(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf whole = BUF_INIT(KIB);
	add_entry(&whole, (struct zip_stream_head){ 6, 1, 2 }, "a.json", "{}");
	add_entry(&whole, (struct zip_stream_head){ 1, 1, 0 }, "b", "");
	add_entry(&whole, (struct zip_stream_head){ 1, 0, LIMIT_ADVISORY_BYTES + 1 }, "c", "");
	add_entry(&whole, (struct zip_stream_head){ 0, 1, 3 }, "", "abc");
	for (size_t step = 1; step <= whole.n; step++) {
		struct seen seen = { BUF_INIT(KIB), SIZE_MAX };
		struct zip_stream stream = { .bytes = BUF_INIT(ZIP_STREAM_BYTES), .entry = note, .context = &seen };
		for (size_t at = 0; at < whole.n; at += step)
			assert_true(zip_stream_take(&stream, str_head(str_from(buf_str(&whole), at), step)));
		assert_str(buf_str(&seen.text), "a.json={} b= c=#16777217 =abc ");
		assert_int_equal(stream.bytes.n, 0);
		buf_fini(&stream.bytes);
		buf_fini(&seen.text);
	}
}

static void distrusts_heads(void **state)
{
	(void)state;
	static const struct {
		struct zip_stream_head head;
		bool broken;
	} cases[] = {
		{ { ZIP_STREAM_NAME, 1, LIMIT_ADVISORY_BYTES }, false },
		{ { ZIP_STREAM_NAME + 1, 1, 0 }, true },
		{ { 1, 1, LIMIT_ADVISORY_BYTES + 1 }, true },
		{ { 1, 1, UINT64_MAX }, true },
		{ { 1, 2, 0 }, true },
		{ { UINT32_MAX, 0, 0 }, true },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct seen seen = { BUF_INIT(KIB), SIZE_MAX };
		struct zip_stream stream = { .bytes = BUF_INIT(ZIP_STREAM_BYTES), .entry = note, .context = &seen };
		assert_int_equal(zip_stream_take(&stream, (struct str){ (const char *)&cases[i].head, sizeof cases[i].head }), !cases[i].broken);
		assert_int_equal(stream.broken, cases[i].broken);
		assert_int_equal(seen.text.n, 0);
		buf_fini(&stream.bytes);
		buf_fini(&seen.text);
	}
}

static const char *make_zip(void)
{
	static char path[4096];
	struct zip_builder zip = { BUF_INIT(MIB), BUF_INIT(MIB), 0 };
	zip_add(&zip, (struct zip_part){ .name = "a.json", .data = STR("{\"id\":1}"), .deflate = true });
	zip_add(&zip, (struct zip_part){ .name = "b/", .data = STR("") });
	zip_add(&zip, (struct zip_part){ .name = "b/c.json", .data = STR("") });
	zip_end(&zip);
	snprintf(path, sizeof path, "%s/records.zip", getenv("TEST_TMP"));
	assert_int_equal(file_write(path, buf_str(&zip.file), NULL), STATUS_OK);
	buf_fini(&zip.file);
	buf_fini(&zip.directory);
	return path;
}

static void same_as_here(void **state)
{
	(void)state;
	const char *path = make_zip();
	for (size_t most = 1; most <= 3; most++) {
		struct seen here = { BUF_INIT(KIB), most }, there = { BUF_INIT(KIB), most };
		assert_int_equal(zip_worker_walk(NULL, path, note, &here, NULL), STATUS_OK);
		assert_int_equal(zip_worker_walk(sandbox, path, note, &there, NULL), STATUS_OK);
		assert_true(here.text.n > 0 && str_equal(buf_str(&here.text), buf_str(&there.text)));
		buf_fini(&here.text);
		buf_fini(&there.text);
	}
}

static int start(void **state)
{
	(void)state;
	return archive_prepare(NULL) || sandbox_start(&(struct sandbox_options){ .mode = SANDBOX_AUTO }, &sandbox, NULL) ? -1 : 0;
}

static int stop(void **state)
{
	(void)state;
	sandbox_free(sandbox);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_do_not_matter),
		cmocka_unit_test(distrusts_heads),
		cmocka_unit_test(same_as_here),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
