/*
 * npm's cache: cacache's index, a file per bucket with a line per write, "<checksum>\t{"key":…,"integrity":…,"time":…}"; the last line of a key
 * counts, one without integrity takes back what was fetched before (or was a redirect). The key ends with the URL that was asked.
 */
#include "assay/digest.h"
#include "assay/json.h"
#include "assay/limits.h"
#include "fleet/who_machine.h"

struct cached {
	struct str key, integrity;
	int64_t first; /* when these bytes came */
	bool taken;    /* npm took them back, at `gone` */
	int64_t gone;
};
struct bucket {
	struct arena *arena;
	VEC(struct cached) list;
	struct map *keys; /* to `list` */
};

/* Milliseconds, as JavaScript writes them. */
static int64_t time_of(const struct json *line)
{
	uint64_t ms;
	return json_to_u64(json_find(line, "time"), &ms) ? (int64_t)(ms / 1000) : DATE_NONE;
}

static bool add_line(struct bucket *bucket, const struct json *line)
{
	struct str key = json_find_text(line, "key"), integrity = json_find_text(line, "integrity");
	size_t i;
	if (!map_add(bucket->keys, key, bucket->list.n, &i))
		return false;
	struct cached *cached = i < bucket->list.n ? &bucket->list.v[i] : vec_add(bucket->arena, &bucket->list);
	if (!cached)
		return false;
	bool known = cached->key.p && cached->integrity.n;
	if (known && !integrity.n && !cached->taken)
		cached->gone = time_of(line);
	else if (!known || (integrity.n && !str_equal(cached->integrity, integrity)))
		*cached = (struct cached){ .key = key, .integrity = integrity, .first = time_of(line), .gone = DATE_NONE };
	cached->taken = !integrity.n;
	return true;
}

/* Lines of packages' documents are of no interest, and the longest. */
static bool read_bucket(struct str text, struct bucket *bucket)
{
	struct str line;
	struct json *json;
	while (str_split(&text, '\n', &line)) {
		size_t tab = str_find(line, '\t');
		if (tab == line.n || str_find_str(line, STR(".tgz")) == line.n)
			continue;
		if (json_parse(str_from(line, tab + 1), 0, bucket->arena, &json, NULL, NULL) == STATUS_OK && json_find_text(json, "key").n &&
		    !add_line(bucket, json))
			return false;
	}
	return true;
}

/* Where cacache keeps the bytes of a digest. */
static const char *content_path(struct machine *machine, const struct digest *digest, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(2 * DIGEST_MAX_SIZE + 1);
	digest_write_hex(digest, &hex);
	if (hex.failed || hex.n < 6)
		return NULL;
	return arena_printf(arena, "%s/_cacache/content-v2/%s/%.2s/%.2s/%.*s", machine->options->npm_cache, digest_name(digest->algorithm), hex.p,
			    hex.p + 2, (int)hex.n - 4, hex.p + 4)
		.p;
}

/* A tarball by a digest of another kind than the cache has: its bytes are read. */
static bool has_wanted_bytes(struct machine *machine, const char *path, const struct digest *known, struct arena *arena, struct str *asked)
{
	static const enum digest_algorithm all[] = { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA224, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };
	struct digest digest;
	struct str bytes = STR_NONE;
	for (size_t i = 0; path && i < sizeof all / sizeof *all; i++) {
		if (!who_wants_algorithm(machine->question, all[i]) || all[i] == known->algorithm)
			continue;
		if (!bytes.p && file_read(path, LIMIT_TARBALL_PACKED_BYTES, arena, &bytes, NULL))
			return false;
		machine->count.files_hashed++;
		if (digest_of(all[i], bytes, &digest) && who_has_digest(machine->question, &digest, asked))
			return true;
	}
	return false;
}

static void keep_integrity(struct machine *machine, struct str name, struct str version, struct str integrity)
{
	struct str key = arena_printf(machine->arena, "%.*s\n%.*s", STR_ARG(name), STR_ARG(version));
	struct str *kept = vec_add(machine->arena, &machine->digests);
	if (kept)
		*kept = arena_copy(machine->arena, integrity);
	machine->out_of_memory |= !key.p || !kept || !kept->p || !map_set(machine->tarballs, key, machine->digests.n - 1);
}

/* What npm wrote into its index it has fetched, whatever became of that since. */
static struct str why_not_there(const struct cached *cached, bool pinned, const char *path)
{
	bool there = path && file_exists(path);
	if (cached->taken)
		return there ? STR("npm took it out of its index, its bytes are there still: it was fetched") :
			       STR("npm took it out of its index: it was fetched");
	if (!pinned)
		return STR("the index has it, with a digest that is none: it was fetched");
	return there ? STR_NONE : STR("the index has it, its bytes are gone: it was fetched");
}

static void judge_cached(struct machine *machine, const struct cached *cached, struct arena *arena)
{
	struct integrity integrity;
	struct str name, version, asked;
	size_t at = str_find_str(cached->key, STR("http"));
	if (!cached->integrity.n || at == cached->key.n || !lockfile_parse_registry_url(str_from(cached->key, at), arena, &name, &version) ||
	    !name.p || !version.p)
		return;
	machine->count.npm_tarballs += !cached->taken;
	bool digests = who_digest_count(machine->question);
	enum who_match match = who_match(machine->question, name, version, digests ? cached->integrity : STR_NONE, &asked);
	if (match == WHO_OTHER && !digests)
		return;
	bool pinned = integrity_parse(cached->integrity, arena, &integrity, NULL) == STATUS_OK && integrity.count;
	const char *path = pinned ? content_path(machine, &integrity.digests[0], arena) : NULL;
	struct who_entry entry = { .place = "npm-cache",
				   .project = STR("npm cache"),
				   .lockfile = str_of(path),
				   .package = name,
				   .version = version,
				   .since = cached->first,
				   .until = cached->taken ? cached->gone : DATE_NONE,
				   .asked = asked,
				   .note = why_not_there(cached, pinned, path) };
	if (match != WHO_HIT && digests && pinned && has_wanted_bytes(machine, path, &integrity.digests[0], arena, &entry.asked))
		match = WHO_HIT;
	if (match == WHO_OTHER)
		return;
	if (pinned)
		keep_integrity(machine, name, version, cached->integrity);
	who_add(machine->gathering, match != WHO_HIT ? WHO_NEAR_MISS : cached->taken ? WHO_HAD : WHO_NOW, &entry);
}

static void visit_bucket(struct machine *machine, int fd, const char *folder, const struct folder_entry *entry, void *context)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct bucket bucket = { .arena = arena };
	(void)context;
	if (!arena || !(bucket.keys = map_new(arena, 0))) {
		machine->out_of_memory = true;
		return;
	}
	struct str text = machine_read_at(fd, entry->name, LIMIT_CACHE_INDEX_BYTES, arena);
	if (!text.p) {
		const char *path = path_join(arena, folder, entry->name);
		machine_gap(machine, path ? path : folder, "it cannot be read, or is larger than an index is");
		return;
	}
	machine->out_of_memory |= !read_bucket(text, &bucket);
	for (size_t i = 0; i < bucket.list.n; i++)
		judge_cached(machine, &bucket.list.v[i], arena);
}

void machine_look_in_npm_cache(struct machine *machine)
{
	const char *index = machine_path(machine, machine->options->npm_cache, "_cacache/index-v5");
	machine->count.npm_cache = machine_walk(machine, index, 2, visit_bucket, NULL);
}
