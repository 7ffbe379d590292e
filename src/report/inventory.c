/* `verify --format json`: what is in each package's bytes, as far as they were read. */
#include "report/report_private.h"

static void add_object(struct json_writer *out, const char *key, const struct inspection *inspection, enum inspected list)
{
	size_t count;
	const struct inspection_pair *pairs = inspection_list(inspection, list, &count);
	json_open_array(out, key);
	for (size_t i = 0; i < count; i++) {
		json_open_object(out, NULL);
		json_add_text(out, "name", inspection_str(inspection, pairs[i].key));
		json_add_text(out,
			      list == INSPECTED_SCRIPTS ? "command" :
			      list == INSPECTED_BINS    ? "path" :
							  "kind",
			      inspection_str(inspection, pairs[i].value));
		json_close(out);
	}
	json_close(out);
}

static void add_contents(struct json_writer *out, const struct inspection *inspection)
{
	json_add_u64(out, "files", inspection->files);
	json_add_u64(out, "unpacked_bytes", inspection->unpacked_bytes);
	add_object(out, "scripts", inspection, INSPECTED_SCRIPTS);
	add_object(out, "bins", inspection, INSPECTED_BINS);
	add_object(out, "binaries", inspection, INSPECTED_BINARIES);
	json_add_u64(out, "binaries_total", inspection->binaries);
}

static void add_digest(struct json_writer *out, const struct tarball_result *result)
{
	char room[256];
	struct buf text = BUF_FIXED(room);
	if (result->has_digest)
		digest_write_sri(&result->digest, &text);
	json_add_text_or_null(out, "digest", result->has_digest ? buf_str(&text) : STR_NONE);
}

static void add_package(struct json_writer *out, const struct package *package, const struct tarball_result *result)
{
	json_open_object(out, NULL);
	json_add_text(out, "id", package->id);
	json_add_text(out, "name", package->name);
	json_add_text(out, "version", package->version);
	json_add_text(out, "state", str_of(tarball_state_name(result->state)));
	json_add_text_or_null(out, "skipped", str_of(tarball_skip_name(result->skip)));
	json_add_text_or_null(out, "source", str_of(tarball_source_name(result->source)));
	add_digest(out, result);
	json_add_u64(out, "packed_bytes", result->packed_bytes);
	if (result->inspection)
		add_contents(out, result->inspection);
	json_close(out);
}

void inventory_add(struct json_writer *out, const struct scan *scan)
{
	if (!scan->tarballs)
		return;
	json_open_array(out, "inventory");
	for (uint32_t i = 0; i < scan->tree->package_count; i++)
		if (!package_is_own(&scan->tree->packages[i]))
			add_package(out, &scan->tree->packages[i], &scan->tarballs[i]);
	json_close(out);
}
