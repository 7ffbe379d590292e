/* cache status, cache prune: the store of tarballs, and what the registry said. */
#include <stdio.h>

#include "assay/limits.h"
#include "assay/registry_record.h"
#include "assay/tarball.h"
#include "cli/cli.h"

/* "0", "4096", "10K", "500M", "2G". */
static bool read_size(struct str text, uint64_t *out)
{
	static const char units[] = "KMG";
	unsigned char last = text.n ? (unsigned char)text.p[text.n - 1] : 0;
	const char *unit = ascii_is_alpha(last) ? strchr(units, ascii_lower(last) - ('a' - 'A')) : NULL;
	uint64_t value;
	if (!str_to_u64(str_head(text, unit ? text.n - 1 : text.n), &value))
		return false;
	uint64_t scale = unit ? (uint64_t)1 << 10 * (unit - units + 1) : 1;
	return !__builtin_mul_overflow(value, scale, out);
}

static void add_date_line(struct buf *out, const char *what, int64_t date)
{
	char text[DATE_TEXT_SIZE];
	if (date == DATE_NONE)
		return;
	date_format(date, text);
	buf_printf(out, "%s %s\n", what, text);
}

/* What is known of tarballs that were read before. */
struct remembered {
	size_t count;
	uint64_t bytes;
};

static void add_store(struct buf *out, const char *folder, const struct tarball_store *store, const struct remembered *known)
{
	buf_add_z(out, "store       ");
	buf_add_visible(out, str_of(folder));
	buf_printf(out, "\ntarballs    %zu, %.1f MB (pruned past %.1f GB)\n", store->tarballs, (double)store->bytes / 1e6, (double)LIMIT_STORE_BYTES / 1e9);
	add_date_line(out, "used        the least since", store->oldest_use);
	buf_printf(out, "remembered  %zu inspections, %.1f MB (pruned past %.1f MB)\n", known->count, (double)known->bytes / 1e6,
		   (double)LIMIT_MEMORY_BYTES / 1e6);
	if (store->removed)
		buf_printf(out, "removed     %zu, %.1f MB\n", store->removed, (double)store->removed_bytes / 1e6);
}

static void add_records(struct buf *out, const char *file, const struct records_kept *kept)
{
	buf_add_z(out, "registry    ");
	buf_add_visible(out, str_of(file));
	buf_printf(out, "\nrecords     %zu, %.1f MB (pruned past %.1f MB)\n", kept->records, (double)kept->bytes / 1e6, (double)LIMIT_RECORDS_BYTES / 1e6);
	add_date_line(out, "asked       the first", kept->oldest);
	if (kept->removed)
		buf_printf(out, "removed     %zu\n", kept->removed);
}

static int prune(struct cli *cli, uint64_t max_bytes, uint64_t max_record_bytes)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(64 * KIB);
	struct error err = { 0 };
	struct tarball_store store;
	struct records_kept kept;
	struct remembered known;
	const char *folder = cli_tarball_store(cli), *file = cli_records_file(cli), *memory = cli_memory(cli);
	if (!folder || !file || !memory)
		return error_memory(&err), cli_fail(&err);
	if (tarball_store_prune(folder, max_bytes, &store, &err) || registry_records_prune(file, max_record_bytes, &kept, &err) ||
	    tarball_memory_prune(memory, max_bytes, &err) || tarball_memory_status(memory, &known.count, &known.bytes, &err))
		return cli_fail(&err);
	add_store(&out, folder, &store, &known);
	add_records(&out, file, &kept);
	return cli_write_lines(cli, &out);
}

int command_cache_status(struct cli *cli)
{
	return prune(cli, UINT64_MAX, UINT64_MAX);
}

int command_cache_prune(struct cli *cli)
{
	const char *given = cli->options.max_size;
	uint64_t max_bytes = LIMIT_STORE_BYTES;
	if (given && !read_size(str_of(given), &max_bytes))
		return cli_usage_error("--max takes a size like 500M or 2G, not \"%s\"", given);
	/* SIZE is the tarballs'; the records are small beside them, and go only where that is smaller still. */
	return prune(cli, max_bytes, max_bytes < LIMIT_RECORDS_BYTES ? max_bytes : LIMIT_RECORDS_BYTES);
}
