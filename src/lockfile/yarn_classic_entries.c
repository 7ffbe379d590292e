/*
 * The entries of yarn classic's lockfile: straight from its words to packages and edges, for a node for each word would take more memory
 * and time than all the rest.
 */
#include "assay/digest.h"
#include "assay/limits.h"
#include "lockfile/npm.h"
#include "lockfile/refuse.h"
#include "lockfile/yarn_classic.h"

enum { SAMPLE_BYTES = 1 << 17 };

/* ---- where an entry comes from ------------------------------------------------------------- */

/* A version range or a tag, as the registry knows them. */
static bool is_plain(struct str range)
{
	return str_find(range, '/') == range.n && str_find(range, ':') == range.n;
}

static enum status set_link(struct classic_reader *reader, const struct classic_descriptor *key, struct str path, struct package *package)
{
	package->kind = PACKAGE_LINK;
	package->version = STR("");
	package->link = npm_normalize_path(reader->yarn.tree->arena, path);
	return package->link.p ? STATUS_OK : refuse_line(reader->yarn.err, key->line, key->column, path, "is an absolute path, expected a relative one");
}

static enum status set_source(struct classic_reader *reader, const struct classic_descriptor *key, struct str range, struct package *package)
{
	struct str real;
	bool plain = is_plain(range) || yarn_alias_target(range, &real);
	if (str_starts_with(range, STR("link:")))
		return set_link(reader, key, str_from(range, strlen("link:")), package);
	/* A folder, or what was asked for by URL and was not given one of its own. */
	if (!package->resolved.n && !plain)
		package->resolved = range;
	package->kind = lockfile_resolved_kind(package->resolved);
	/* An offline mirror's file is the registry's tarball all the same. */
	if (plain && is_plain(package->resolved) && package->kind != PACKAGE_GIT)
		package->kind = PACKAGE_REGISTRY;
	return STATUS_OK;
}

/* Before there was an integrity, the SHA-1 stood behind the URL. It is as good as "sha1-…", and checked by yarn like that. */
static struct str fragment_integrity(struct arena *arena, struct str resolved)
{
	CLEANUP(buf_fini) struct buf sri = BUF_INIT(256);
	struct digest digest;
	if (!digest_read_hex(str_from(resolved, str_find(resolved, '#') + 1), DIGEST_SHA1, &digest))
		return STR_NONE;
	digest_write_sri(&digest, &sri);
	return sri.failed ? STR_NONE : arena_copy(arena, buf_str(&sri));
}

/* ---- entries ----------------------------------------------------------------------------------- */

/* "name@version", the id unless another source gives the same. */
static struct str make_id(struct classic_reader *reader, struct str name, struct str version)
{
	size_t n = name.n + 1 + version.n;
	char *id = arena_alloc(reader->yarn.tree->arena, n);
	if (!id)
		return STR_NONE;
	if (name.n)
		memcpy(id, name.p, name.n);
	id[name.n] = '@';
	if (version.n)
		memcpy(id + name.n + 1, version.p, version.n);
	return (struct str){ id, n };
}

/* The name that a descriptor asks for, and the name of the package that this is. */
static struct str split_descriptor(struct str descriptor, struct str *asked, struct str *range)
{
	struct str real;
	yarn_split(descriptor, asked, range);
	return yarn_alias_target(*range, &real) ? real : *asked;
}

static enum status make_first_id(struct classic_reader *reader)
{
	struct classic_entry *entry = &reader->entry;
	struct str asked, range;
	entry->id = make_id(reader, split_descriptor(entry->descriptors.v->text, &asked, &range), entry->version);
	if (!entry->id.p)
		return error_memory(reader->yarn.err);
	entry->id_hash = tree_hash_id(reader->yarn.tree, entry->id);
	return STATUS_OK;
}

/* Another source may give the same name and version: then the descriptor tells them apart. NULL: as its error says. */
static struct package *add_package(struct classic_reader *reader, const struct classic_descriptor *key, struct str name)
{
	const struct classic_entry *entry = &reader->entry;
	struct yarn_reader *yarn = &reader->yarn;
	bool first = key == entry->descriptors.v;
	struct str id = first ? entry->id : make_id(reader, name, entry->version);
	struct package *package = NULL;
	if (id.p)
		package = tree_add_hashed(yarn->tree, id, first ? entry->id_hash : tree_hash_id(yarn->tree, id), yarn->err);
	if (!package && id.p && tree_find(yarn->tree, id) != TREE_NONE) {
		id = arena_printf(yarn->tree->arena, "%.*s(%.*s)", STR_ARG(id), STR_ARG(key->text));
		package = id.p ? tree_add_package(yarn->tree, id, yarn->err) : NULL;
	}
	if (!id.p)
		error_memory(yarn->err);
	return package;
}

static enum status add_entry_package(struct classic_reader *reader, const struct classic_descriptor *key, struct str name, struct str range)
{
	const struct classic_entry *entry = &reader->entry;
	struct package *package = add_package(reader, key, name);
	if (!package)
		return error_wrap_at(reader->yarn.err, key->line, key->column);
	package->name = name;
	package->version = entry->version;
	package->line = key->line;
	package->resolved = entry->resolved;
	package->integrity = entry->integrity;
	enum status status = set_source(reader, key, range, package);
	/* Behind a git URL stands a commit. */
	if (!package->integrity.p && package->kind != PACKAGE_GIT)
		package->integrity = fragment_integrity(reader->yarn.tree->arena, package->resolved);
	return status;
}

/* The entry's package of that name; one past the last where it is new. */
static uint32_t find_named(const struct tree *tree, uint32_t first, struct str name)
{
	uint32_t number = first;
	while (number < tree->package_count && !str_equal(tree->packages[number].name, name))
		number++;
	return number;
}

/* One package for each real name: several names for one tarball are several packages, whatever they hold. */
static enum status add_descriptor(struct classic_reader *reader, const struct classic_descriptor *key, uint32_t first)
{
	struct tree *tree = reader->yarn.tree;
	struct str asked, range, real = split_descriptor(key->text, &asked, &range);
	uint32_t number = find_named(tree, first, real);
	bool new = number == tree->package_count;
	if (new &&number - first >= LIMIT_YARN_NAMES)
		return error_at(reader->yarn.err, STATUS_LIMIT, key->line, key->column, "one entry for more than %d packages", LIMIT_YARN_NAMES);
	enum status status = new ? add_entry_package(reader, key, real, range) : STATUS_OK;
	if (status)
		return status;
	struct package *package = &tree->packages[number];
	if (new && !str_equal(asked, real))
		package->alias = asked;
	else if (package->alias.p && !str_equal(package->alias, asked))
		package->alias = STR_NONE;
	return yarn_add_descriptor(&reader->yarn, key->line, key->column, key->text, key->hash, number);
}

/* A name counts once for each package: where two sections are there, the one that wins comes first. */
static enum status add_dependencies(struct classic_reader *reader, uint32_t from, const struct classic_section *section)
{
	const struct classic_entry *entry = &reader->entry;
	bool both = entry->sections[0] && entry->sections[1];
	for (size_t i = 0; i < entry->dependencies.n; i++) {
		const struct classic_dependency *one = &entry->dependencies.v[i];
		if (one->section != section)
			continue;
		struct yarn_name *name = both ? yarn_name_of(&reader->yarn, one->name) : NULL;
		if (both && !name)
			return error_memory(reader->yarn.err);
		if (both && name->asked_by == from + 1)
			continue;
		if (both)
			name->asked_by = from + 1;
		enum status status = classic_add_edge(reader, (struct edge){ from, TREE_NONE, one->name, one->spec, section->type }, one->hash);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* What the lines up to the next entry have said. */
static enum status finish_entry(struct classic_reader *reader)
{
	struct classic_entry *entry = &reader->entry;
	uint32_t first = reader->yarn.tree->package_count;
	enum status status = STATUS_OK;
	if (entry->descriptors.n && !entry->version.p)
		return refuse_line(reader->yarn.err, entry->descriptors.v->line, entry->descriptors.v->column, entry->descriptors.v->text, "has no version");
	for (size_t i = 0; !status && i < entry->descriptors.n; i++)
		status = add_descriptor(reader, &entry->descriptors.v[i], first);
	for (uint32_t from = first; !status && from < reader->yarn.tree->package_count; from++)
		for (size_t i = 0; !status && i < 2; i++)
			if (entry->sections[i])
				status = add_dependencies(reader, from, entry->sections[i]);
	entry->descriptors.n = entry->dependencies.n = 0;
	entry->version = entry->resolved = entry->integrity = STR_NONE;
	entry->section = entry->sections[0] = entry->sections[1] = NULL;
	return status;
}

/* A member is a text, a section an object: what is known is the one that it must be, what is not may be either. */
static enum status read_member(struct classic_reader *reader, const struct yarn_token *token)
{
	struct classic_entry *entry = &reader->entry;
	const struct {
		struct str key;
		struct str *text;
	} texts[] = { { STR("version"), &entry->version }, { STR("resolved"), &entry->resolved }, { STR("integrity"), &entry->integrity } };
	const char *mistaken = NULL;
	entry->section = NULL;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (!str_equal(token->key, texts[i].key))
			continue;
		*texts[i].text = token->value;
		mistaken = token->kind == YARN_SECTION ? "an object, expected a string" : NULL;
	}
	for (size_t i = 0; i < CLASSIC_SECTIONS && !classic_sections[i].own; i++) {
		if (!str_equal_z(token->key, classic_sections[i].key))
			continue;
		entry->section = entry->sections[i] = &classic_sections[i];
		mistaken = token->kind == YARN_MEMBER ? "a string, expected an object" : NULL;
	}
	if (!mistaken)
		return str_equal(token->key, STR("version")) ? make_first_id(reader) : STATUS_OK;
	uint32_t column = token->kind == YARN_MEMBER ? token->value_column : token->column;
	return error_at(reader->yarn.err, STATUS_INVALID, token->line, column, "\"%.*s\" is %s", STR_ARG(token->key), mistaken);
}

static enum status add_key(struct classic_reader *reader, const struct yarn_token *token)
{
	struct classic_descriptor *descriptor = vec_add(reader->yarn.scratch, &reader->entry.descriptors);
	if (!descriptor)
		return error_memory(reader->yarn.err);
	*descriptor = (struct classic_descriptor){ token->key, token->line, token->column, map_hash(reader->yarn.descriptors, token->key) };
	return STATUS_OK;
}

static enum status add_dependency(struct classic_reader *reader, const struct yarn_token *token)
{
	struct classic_entry *entry = &reader->entry;
	uint32_t hash = 0;
	if (!entry->section)
		return STATUS_OK;
	enum status status = classic_hash(reader, token->key, token->value, &hash);
	if (status)
		return status;
	struct classic_dependency *dependency = vec_add(reader->yarn.scratch, &entry->dependencies);
	if (!dependency)
		return error_memory(reader->yarn.err);
	*dependency = (struct classic_dependency){ token->key, token->value, hash, entry->section };
	return STATUS_OK;
}

static enum status read_token(struct classic_reader *reader, const struct yarn_token *token)
{
	enum status status = token->kind <= YARN_ENTRY ? finish_entry(reader) : STATUS_OK;
	if (status || token->kind == YARN_END)
		return status;
	if (token->kind == YARN_MEMBER || token->kind == YARN_SECTION)
		return read_member(reader, token);
	return token->kind == YARN_DEPENDENCY ? add_dependency(reader, token) : add_key(reader, token);
}

/* Room for all of them, as the file's beginning has it: to grow step by step would touch twice the memory. What is left out grows. */
static bool reserve(struct classic_reader *reader)
{
	struct str text = reader->yarn.source->text, rest = str_head(text, SAMPLE_BYTES), line;
	size_t entries = 0, descriptors = 0, edges = 0;
	if (text.n <= SAMPLE_BYTES)
		return true;
	while (str_split(&rest, '\n', &line)) {
		if (str_starts_with(line, STR("    ")))
			edges++;
		if (!str_ends_with(line, STR(":")) || line.p[0] == ' ')
			continue;
		entries++;
		for (; line.n; line = str_from(line, str_find(line, ',') + 1))
			descriptors++;
	}
	size_t times = text.n / SAMPLE_BYTES + 1;
	return tree_reserve(reader->yarn.tree, entries * times) && tree_reserve_edges(reader->yarn.tree, edges * times) &&
	       vec_reserve(reader->yarn.scratch, &reader->hashes, edges * times) && map_reserve(reader->yarn.descriptors, descriptors * times);
}

enum status classic_read_entries(struct classic_reader *reader)
{
	if (!reserve(reader))
		return error_memory(reader->yarn.err);
	struct yarn_reader *yarn = &reader->yarn;
	struct yarn_text text;
	struct yarn_token token = { .kind = YARN_ENTRY };
	enum status status = yarn_text_open(&text, yarn->source->text, yarn->tree->arena, yarn->err);
	while (!status && token.kind != YARN_END) {
		status = yarn_text_next(&text, &token);
		if (!status)
			status = read_token(reader, &token);
	}
	yarn_text_close(&text);
	return status;
}
