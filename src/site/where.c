/*
 * Data about every name, for scripts that have a page to read it in: what somebody opens is read, and no more. names.js is what the search looks through;
 * where.js is small and says in which file of some hundred names one stands, and packages-N.js names what projects' pages have as numbers. Names come in
 * their order, so that each says only in what it differs from the one before, and projects in theirs, so that each is told by the step to it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "site/where.h"

enum { SHARD_BYTES = 256 * 1024, SHARED_MAX = 255 };

enum status where_begin(struct where *where, struct site *site)
{
	*where = (struct where){ .site = site, .last = STR(""), .listed = STR("") };
	struct buf *const bufs[] = { &where->names, &where->list, &where->firsts, &where->keys, &where->at };
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_init(bufs[i], LIMIT_REPORT_BYTES);
	buf_add_z(&where->names, "site.take(\"names\",[");
	return buf_ok(&where->names, site->err);
}

void where_fini(struct where *where)
{
	struct buf *const bufs[] = { &where->names, &where->list, &where->firsts, &where->keys, &where->at };
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_fini(bufs[i]);
}

/* data_text() writes into site->data: other buffers take what it made. */
static void add_text(struct where *where, struct buf *out, struct str text)
{
	struct site *site = where->site;
	size_t start = site->data.n;
	data_text(site, text);
	buf_add(out, str_from(buf_str(&site->data), start));
	site->data.n = start;
}

/* How much both begin with, as far as one byte is one character for everybody. */
static size_t shared(struct str a, struct str b)
{
	size_t n = 0;
	while (n < a.n && n < b.n && n < SHARED_MAX && a.p[n] == b.p[n] && a.p[n] > ' ' && a.p[n] <= '~' && a.p[n] != '\\')
		n++;
	return n;
}

/* 7,"-part-12" behind "core-js-part-9". */
static void add_name(struct where *where, struct buf *out, struct str *before, struct str name)
{
	size_t same = shared(*before, name);
	buf_printf(out, "%zu,", same);
	add_text(where, out, str_from(name, same));
	*before = name;
}

static enum status write_data(struct where *where, const char *name, struct buf *data)
{
	char path[64];
	buf_add_z(data, ");\n");
	snprintf(path, sizeof path, "data/%s.js", name);
	enum status status = buf_ok(data, where->site->err);
	return status ? status : site_write_file(where->site, path, buf_str(data));
}

/* ---- what projects' pages have as numbers ----------------------------------------------------- */

static enum status end_list(struct where *where)
{
	char name[32];
	if (!where->list.n)
		return STATUS_OK;
	buf_add_z(&where->list, "]");
	snprintf(name, sizeof name, "packages-%zu", where->lists++);
	enum status status = write_data(where, name, &where->list);
	buf_clear(&where->list);
	return status;
}

static enum status list_versions(struct where *where, struct str name, const struct version *versions, size_t count)
{
	if (!where->list.n) {
		buf_printf(&where->list, "site.take(\"packages-%zu\",[", where->lists);
		buf_printf(&where->at, where->lists ? ",%zu" : "%zu", where->versions);
		where->listed = STR("");
	} else {
		buf_add_z(&where->list, ",\n");
	}
	add_name(where, &where->list, &where->listed, name);
	for (size_t i = 0; i < count; i++) {
		buf_add_z(&where->list, i ? "," : ",[");
		add_text(where, &where->list, versions[i].text);
	}
	buf_add_z(&where->list, "]");
	where->versions += count;
	return where->list.n > SHARD_BYTES ? end_list(where) : STATUS_OK;
}

/* ---- who has what ------------------------------------------------------------------------------ */

static enum status end_shard(struct where *where)
{
	char name[32];
	if (!where->in_shard)
		return STATUS_OK;
	buf_add_z(&where->site->data, "]");
	snprintf(name, sizeof name, "where-%zu", where->shards++);
	where->in_shard = 0;
	return data_end(where->site, name);
}

static void begin_name(struct where *where, struct str name)
{
	struct site *site = where->site;
	char kind[32];
	if (!where->in_shard++) {
		add_text(where, &where->firsts, name);
		buf_add_z(&where->firsts, ",");
		snprintf(kind, sizeof kind, "where-%zu", where->shards);
		data_begin(site, kind);
		buf_add_z(&site->data, "[[");
	} else {
		buf_add_z(&site->data, ",\n[");
	}
	data_text(site, name);
}

static enum status place_versions(struct where *where, struct str name, const struct version *versions, size_t count)
{
	struct site *site = where->site;
	begin_name(where, name);
	buf_add_z(&site->data, ",[");
	for (size_t i = 0; i < count; i++) {
		size_t before = 0;
		buf_add_z(&site->data, i ? ",[" : "[");
		data_text(site, versions[i].text);
		for (size_t k = 0; k < versions[i].projects.n; k++) {
			data_printf(site, k ? ",%zu" : ",[%zu", versions[i].projects.v[k] - before);
			before = versions[i].projects.v[k];
		}
		buf_add_z(&site->data, "]]");
	}
	buf_add_z(&site->data, "]]");
	return site->data.n > SHARD_BYTES ? end_shard(where) : STATUS_OK;
}

/* ---- the whole ----------------------------------------------------------------------------------- */

enum status where_add(struct where *where, struct str name, size_t used, const char *key, const struct version *versions, size_t count, size_t *number)
{
	*number = where->versions;
	if (where->versions)
		buf_add_z(&where->names, ",\n");
	add_name(where, &where->names, &where->last, name);
	buf_printf(&where->names, ",%zu", used);
	if (key) {
		buf_add_z(&where->keys, where->keys.n ? ",\n[" : "[");
		add_text(where, &where->keys, name);
		buf_printf(&where->keys, ",\"%s\"]", key);
	}
	enum status status = place_versions(where, name, versions, count);
	return status ? status : list_versions(where, name, versions, count);
}

enum status where_end(struct where *where)
{
	struct site *site = where->site;
	enum status status = end_shard(where);
	if (!status)
		status = end_list(where);
	buf_add_z(&where->names, "]");
	if (!status)
		status = write_data(where, "names", &where->names);
	if (status || (status = buf_ok(&where->firsts, site->err)) || (status = buf_ok(&where->keys, site->err)) || (status = buf_ok(&where->at, site->err)))
		return status;
	data_begin(site, "where");
	buf_add_z(&site->data, "{firsts:[");
	buf_add(&site->data, str_head(buf_str(&where->firsts), where->firsts.n ? where->firsts.n - 1 : 0));
	buf_add_z(&site->data, "],\nkeys:[");
	buf_add(&site->data, buf_str(&where->keys));
	buf_add_z(&site->data, "],\nlists:[");
	buf_add(&site->data, buf_str(&where->at));
	buf_add_z(&site->data, "]}");
	return data_end(site, "where");
}
