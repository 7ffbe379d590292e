#include "fleet/body.h"

#include "assay/digest.h"

enum { BODY_FORM = 1 };

enum package_flag {
	FLAG_OPTIONAL = 1 << 0,
	FLAG_PEER = 1 << 1,
	FLAG_RECORDED = 1 << 2,
	FLAG_BUNDLED = 1 << 3,
	FLAG_INSTALL_SCRIPT = 1 << 4,
	FLAG_PLATFORM = 1 << 5,
	FLAG_ALIAS = 1 << 6,
	FLAG_LINK = 1 << 7,
	FLAG_FOLDER = 1 << 8,
};

static uint64_t flags_of(const struct package *package)
{
	return (package->optional ? FLAG_OPTIONAL : 0) | (package->peer ? FLAG_PEER : 0) | (package->recorded ? FLAG_RECORDED : 0) |
	       (package->bundled ? FLAG_BUNDLED : 0) | (package->install_script ? FLAG_INSTALL_SCRIPT : 0) | (package->platform ? FLAG_PLATFORM : 0) |
	       (package->alias.p ? FLAG_ALIAS : 0) | (package->link.p ? FLAG_LINK : 0) | (package->folder.p ? FLAG_FOLDER : 0);
}

/* What only the policy makes of it is not part of it. */
static enum scope scope_of(const struct package *package)
{
	return package->scope == SCOPE_BUILD ? SCOPE_PROD : package->scope;
}

static void write_package(const struct package *package, struct buf *out)
{
	const struct str optional[] = { package->alias, package->link, package->folder };
	put_text(package->id, out);
	put_text(package->name, out);
	put_text(package->version, out);
	put_number(flags_of(package), out);
	put_number((uint64_t)package->kind << 2 | scope_of(package), out);
	put_number(package->line, out);
	for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
		if (optional[i].p)
			put_text(optional[i], out);
}

/* An edge to nowhere is one to 0: nothing else leads to the root. Edges of one package stand together. */
static void write_edge(const struct edge *edge, uint32_t last, struct buf *out)
{
	put_number(edge->from - last, out);
	put_number(edge->to == TREE_NONE ? 0 : (uint64_t)edge->to + 1, out);
	put_number(edge->type, out);
	put_text(edge->name, out);
	put_text(edge->spec, out);
}

static void write_edges(const struct tree *tree, struct buf *out)
{
	uint32_t last = 0;
	put_number(tree->edge_count, out);
	for (uint32_t i = 0; i < tree->package_count; i++)
		for (uint32_t k = 0; k < tree->packages[i].out_count; k++) {
			const struct edge *edge = &tree->edges[tree->out[tree->packages[i].out_first + k]];
			write_edge(edge, last, out);
			last = edge->from;
		}
}

enum status body_write(const struct tree *tree, struct buf *out, struct error *err)
{
	size_t unknown = 0;
	put_number(BODY_FORM, out);
	put_text(str_of(tree->format), out);
	put_text(tree->format_version, out);
	put_number((tree->root_known ? 1 : 0) | (tree->scopes_known ? 2 : 0), out);
	while (tree->unknown && tree->unknown[unknown])
		unknown++;
	put_number(unknown, out);
	for (size_t i = 0; i < unknown; i++)
		put_text(str_of(tree->unknown[i]), out);
	put_number(tree->package_count, out);
	for (uint32_t i = 0; i < tree->package_count; i++)
		write_package(&tree->packages[i], out);
	write_edges(tree, out);
	return buf_ok(out, err);
}

bool body_digest(struct str body, const struct tree *tree, unsigned char out[32])
{
	struct hasher *hasher = hasher_new(DIGEST_SHA256);
	struct digest digest;
	bool fine = hasher && hasher_add(hasher, body);
	/* The texts are of no use to each other's ends: a zero byte stands behind each. */
	for (uint32_t i = 0; fine && i < tree->package_count; i++)
		fine = hasher_add(hasher, tree->packages[i].integrity) && hasher_add(hasher, (struct str){ "", 1 });
	fine = fine && hasher_finish(hasher, &digest);
	hasher_free(hasher);
	if (fine)
		memcpy(out, digest.bytes, 32);
	return fine;
}

/* ---- back ------------------------------------------------------------------------ */

struct reader {
	struct str rest;
	struct tree *tree;
};

static enum status damaged(struct error *err)
{
	return error_set(err, STATUS_INVALID, "what the store keeps of a lockfile is damaged");
}

static bool take_optional(struct reader *reader, uint64_t flags, uint64_t flag, struct str *out)
{
	return !(flags & flag) || take_text(&reader->rest, out);
}

static enum status read_package(struct reader *reader, struct error *err)
{
	struct package read = { 0 };
	uint64_t flags, kind, line;
	struct str *rest = &reader->rest;
	if (!take_text(rest, &read.id) || !take_text(rest, &read.name) || !take_text(rest, &read.version) || !take_number(rest, &flags) ||
	    !take_number(rest, &kind) || !take_number(rest, &line) || !take_optional(reader, flags, FLAG_ALIAS, &read.alias) ||
	    !take_optional(reader, flags, FLAG_LINK, &read.link) || !take_optional(reader, flags, FLAG_FOLDER, &read.folder) ||
	    kind >> 2 > PACKAGE_ROOT || line > UINT32_MAX)
		return damaged(err);
	read.kind = (enum package_kind)(kind >> 2);
	read.scope = (enum scope)(kind & 3);
	read.line = (uint32_t)line;
	read.optional = flags & FLAG_OPTIONAL;
	read.peer = flags & FLAG_PEER;
	read.recorded = flags & FLAG_RECORDED;
	read.bundled = flags & FLAG_BUNDLED;
	read.install_script = flags & FLAG_INSTALL_SCRIPT;
	read.platform = flags & FLAG_PLATFORM;
	enum status status = tree_put_package(reader->tree, &read, err);
	return !status || status == STATUS_MEMORY ? status : damaged(err);
}

static enum status read_edge(struct reader *reader, uint64_t *from, struct error *err)
{
	struct str name, spec;
	uint64_t step, to, type;
	struct str *rest = &reader->rest;
	if (!take_number(rest, &step) || !take_number(rest, &to) || !take_number(rest, &type) || !take_text(rest, &name) || !take_text(rest, &spec) ||
	    step > reader->tree->package_count || (*from += step) >= reader->tree->package_count || to > reader->tree->package_count || type > EDGE_CONFIG)
		return damaged(err);
	const struct edge edge = { .from = (uint32_t)*from, .to = to ? (uint32_t)to - 1 : TREE_NONE, .name = name, .spec = spec, .type = (enum edge_type)type };
	return tree_add_edge(reader->tree, edge) ? STATUS_OK : error_memory(err);
}

static enum status read_unknown(struct reader *reader, struct error *err)
{
	uint64_t count;
	if (!take_number(&reader->rest, &count) || count > reader->rest.n)
		return damaged(err);
	const char **unknown = arena_array(reader->tree->arena, (size_t)count + 1, sizeof *unknown);
	if (!unknown)
		return error_memory(err);
	for (uint64_t i = 0; i < count; i++) {
		struct str word;
		if (!take_text(&reader->rest, &word))
			return damaged(err);
		unknown[i] = arena_copy(reader->tree->arena, word).p;
		if (!unknown[i])
			return error_memory(err);
	}
	reader->tree->unknown = count ? unknown : NULL;
	return STATUS_OK;
}

static enum status read_head(struct reader *reader, struct error *err)
{
	uint64_t form, flags;
	struct str format;
	struct tree *tree = reader->tree;
	if (!take_number(&reader->rest, &form) || form != BODY_FORM || !take_text(&reader->rest, &format) ||
	    !take_text(&reader->rest, &tree->format_version) || !take_number(&reader->rest, &flags))
		return damaged(err);
	tree->format = arena_copy(tree->arena, format).p;
	tree->root_known = flags & 1;
	tree->scopes_known = flags & 2;
	return tree->format ? read_unknown(reader, err) : error_memory(err);
}

enum status body_read(struct str body, struct arena *arena, struct tree **out, struct error *err)
{
	struct error own = { 0 };
	struct reader reader = { arena_copy(arena, body), tree_new(arena) };
	uint64_t count, from = 0;
	err = err ? err : &own;
	if (!reader.tree || !reader.rest.p)
		return error_memory(err);
	enum status status = read_head(&reader, err);
	if (!status && (!take_number(&reader.rest, &count) || count == 0 || count > reader.rest.n))
		status = damaged(err);
	if (!status && !tree_reserve(reader.tree, (size_t)count))
		status = error_memory(err);
	for (uint64_t i = 0; !status && i < count; i++)
		status = read_package(&reader, err);
	if (!status && (!take_number(&reader.rest, &count) || count > reader.rest.n))
		status = damaged(err);
	for (uint64_t i = 0; !status && i < count; i++)
		status = read_edge(&reader, &from, err);
	if (!status && reader.rest.n)
		status = damaged(err);
	if (!status)
		status = tree_finish(reader.tree, err);
	if (!status)
		*out = reader.tree;
	return status;
}
