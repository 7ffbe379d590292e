/* cache status, cache prune: the store of tarballs. */
#include <stdio.h>

#include "assay/limits.h"
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

static int write_status(struct cli *cli, const char *folder, const struct tarball_store *store)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(64 * KIB);
	buf_add_z(&out, "store       ");
	buf_add_visible(&out, str_of(folder));
	buf_printf(&out, "\ntarballs    %zu, %.1f MB (pruned past %.1f GB)\n", store->tarballs, (double)store->bytes / 1e6,
	           (double)LIMIT_STORE_BYTES / 1e9);
	if (store->oldest_use != DATE_NONE) {
		char date[DATE_TEXT_SIZE];
		date_format(store->oldest_use, date);
		buf_printf(&out, "used        the least since %s\n", date);
	}
	if (store->removed)
		buf_printf(&out, "removed     %zu, %.1f MB\n", store->removed, (double)store->removed_bytes / 1e6);
	return cli_write(cli, buf_str(&out));
}

static int prune(struct cli *cli, uint64_t max_bytes)
{
	struct error err = { 0 };
	struct tarball_store store;
	const char *folder = cli_tarball_store(cli);
	if (!folder)
		error_memory(&err);
	if (!folder || tarball_store_prune(folder, max_bytes, &store, &err))
		return cli_fail(&err);
	return write_status(cli, folder, &store);
}

int command_cache_status(struct cli *cli)
{
	return prune(cli, UINT64_MAX);
}

int command_cache_prune(struct cli *cli)
{
	const char *given = cli->options.max_size;
	uint64_t max_bytes = LIMIT_STORE_BYTES;
	if (given && !read_size(str_of(given), &max_bytes))
		return cli_usage_error("--max takes a size like 500M or 2G, not \"%s\"", given);
	return prune(cli, max_bytes);
}
