/*
 * OpenVEX documents (https://github.com/openvex/spec, 0.2.0 and 0.0.1) that a policy names: what they state as not affected or fixed is
 * waived, with their justification. Of two statements about the same thing the later one counts, so that one which takes another back
 * does. Products are npm packages by their package URLs, or their subcomponents are; others are none of our business.
 */
#include "assay/limits.h"
#include "assay/semver.h"
#include "policy/model.h"

enum vex_status { VEX_NOT_AFFECTED, VEX_FIXED, VEX_AFFECTED, VEX_UNDER_INVESTIGATION };
static const char *const status_names[] = { "not_affected", "fixed", "affected", "under_investigation", NULL };

struct statement {
	enum vex_status status;
	struct str id, package, justification, impact;
	int64_t time;
	uint32_t line;
	struct layer *layer; /* the document's */
};

struct vex {
	struct loader *loader;
	struct arena *arena;
	VEC(struct statement) statements;
	struct map *known; /* what each is about, to its number */
};

static const char *status_word(const void *context, size_t i)
{
	(void)context;
	return status_names[i];
}

/* ---- one statement ------------------------------------------------------------------------- */

/* "id|package", the id in lower case. */
static struct str key_of(struct vex *vex, const struct statement *statement)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(LIMIT_POLICY_BYTES);
	for (size_t i = 0; i < statement->id.n; i++)
		buf_add_char(&key, (char)ascii_lower((unsigned char)statement->id.p[i]));
	buf_add_char(&key, '|');
	buf_add(&key, statement->package);
	return key.failed ? STR_NONE : arena_copy(vex->arena, buf_str(&key));
}

static enum status add_statement(struct reader *reader, struct vex *vex, const struct statement *statement)
{
	struct str key = key_of(vex, statement);
	size_t at;
	if (!key.p || !map_add(vex->known, key, vex->statements.n, &at))
		return error_memory(reader->err);
	if (at < vex->statements.n) {
		if (statement->time >= vex->statements.v[at].time)
			vex->statements.v[at] = *statement;
		return STATUS_OK;
	}
	if (vex->statements.n >= LIMIT_VEX_STATEMENTS)
		return reader_fail(reader, (struct place){ statement->line, 1 }, "more than %d statements, counted by package and id", LIMIT_VEX_STATEMENTS);
	struct statement *slot = vec_add(vex->arena, &vex->statements);
	if (!slot)
		return error_memory(reader->err);
	*slot = *statement;
	return STATUS_OK;
}

/* By its name and by each alias: which of them a database has is not for us to know. */
static enum status add_ids(struct reader *reader, struct vex *vex, const struct json *vulnerability, struct statement statement)
{
	enum status status = STATUS_OK;
	statement.id = json_is(vulnerability, JSON_STRING) ? vulnerability->text : json_find_text(vulnerability, "name");
	if (statement.id.n)
		status = add_statement(reader, vex, &statement);
	json_each(alias, json_find(vulnerability, "aliases")) {
		statement.id = json_text(alias);
		if (!status && statement.id.n)
			status = add_statement(reader, vex, &statement);
	}
	return status;
}

/* "lodash@4.17.15" of a package URL; .n is 0 where it is none of npm's. A star would make a pattern of it, a range
 * in place of the version would widen it. */
static struct str package_of(struct vex *vex, const struct json *product)
{
	struct str text = json_is(product, JSON_STRING) ? product->text : json_find_text(json_find(product, "identifiers"), "purl");
	struct purl purl = { 0 };
	struct semver version;
	bool is_npm = false;
	if (!text.n)
		text = json_find_text(product, "@id");
	if (!text.n || purl_parse(text, vex->arena, &is_npm, &purl, NULL) || !is_npm || str_find(purl.name, '*') < purl.name.n ||
	    (purl.version.n && !semver_parse(purl.version, SEMVER_LOOSE, &version)))
		return STR("");
	return arena_printf(vex->arena, "%.*s%s%.*s", STR_ARG(purl.name), purl.version.n ? "@" : "", STR_ARG(purl.version));
}

static enum status add_product(struct reader *reader, struct vex *vex, const struct json *product, const struct json *vulnerability, struct statement statement)
{
	const struct json *parts = json_is(product, JSON_OBJECT) ? json_find(product, "subcomponents") : NULL;
	enum status status = STATUS_OK;
	if (parts && parts->child) {
		json_each(part, parts)
			if (!status)
				status = add_product(reader, vex, part, vulnerability, statement);
		return status;
	}
	statement.package = package_of(vex, product);
	if (!statement.package.p)
		return error_memory(reader->err);
	return statement.package.n ? add_ids(reader, vex, vulnerability, statement) : STATUS_OK;
}

static enum status read_statement(struct reader *reader, struct vex *vex, const struct json *value, int64_t document_time)
{
	static const struct words words = { "status", status_word, NULL };
	const struct json *word = json_find(value, "status"), *products = json_find(value, "products");
	struct statement statement = { .justification = json_find_text(value, "justification"),
				       .impact = json_find_text(value, "impact_statement"),
				       .time = document_time,
				       .line = value->line,
				       .layer = reader->layer };
	size_t number;
	if (!json_is(word, JSON_STRING))
		return reader_fail(reader, place_of(value), "this statement has no \"status\"");
	enum status status = words_find(reader, place_of(word), word->text, &words, &number);
	if (status)
		return status;
	statement.status = (enum vex_status)number;
	if (statement.status == VEX_NOT_AFFECTED && !statement.justification.n && !statement.impact.n)
		return reader_fail(reader, place_of(value), "not_affected needs a \"justification\" or an \"impact_statement\"");
	if (!statement.impact.n)
		statement.impact = json_find_text(value, "status_notes");
	date_parse(json_find_text(value, "timestamp"), &statement.time);
	if (products && !json_is(products, JSON_ARRAY))
		return reader_fail_type(reader, products, "a list of products");
	json_each(product, products)
		if (!status)
			status = add_product(reader, vex, product, json_find(value, "vulnerability"), statement);
	return status;
}

/* ---- one document ----------------------------------------------------------------------------- */

static enum status read_document(struct reader *reader, struct vex *vex, struct str text)
{
	struct json *root;
	enum status status = json_parse(text, 0, vex->arena, &root, NULL, reader->err);
	if (status) {
		error_wrap(reader->err, "%s", reader->path);
		return status == STATUS_MEMORY ? status : (reader->err->status = STATUS_USAGE);
	}
	int64_t time = INT64_MIN;
	const struct json *statements = json_find(root, "statements");
	if (!json_is(root, JSON_OBJECT) || !str_starts_with(json_find_text(root, "@context"), STR("https://openvex.dev/ns")))
		return reader_fail(reader, place_of(root), "this is no OpenVEX document: \"@context\" does not say so");
	if (!json_is(statements, JSON_ARRAY))
		return reader_fail(reader, place_of(root), "this document has no list of \"statements\"");
	date_parse(json_find_text(root, "timestamp"), &time);
	for (const struct json *item = statements->child; item && !status; item = item->next)
		status = json_is(item, JSON_OBJECT) ? read_statement(reader, vex, item, time) : reader_fail_type(reader, item, "a statement");
	return status;
}

/* One file; `into` is the vex. Its path is relative to the policy that names it. */
static enum status load_document(struct reader *reader, const struct json *value, void *into)
{
	struct vex *vex = into;
	struct str name = arena_copy(vex->arena, value->text), text;
	const char *folder = path_folder(vex->arena, reader->path ? reader->path : ".");
	const char *label_folder = path_folder(vex->arena, arena_copy(vex->arena, reader->layer->label).p);
	const char *path = folder && name.p ? path_join(vex->arena, folder, name.p) : NULL;
	const char *label = label_folder && name.p ? path_join(vex->arena, label_folder, name.p) : NULL;
	struct error problem = { 0 };
	if (!path || !label)
		return error_memory(reader->err);
	if (file_read(path, LIMIT_POLICY_BYTES, vex->arena, &text, &problem))
		return problem.status == STATUS_MEMORY ? error_memory(reader->err) : reader_fail(reader, place_of(value), "%s", problem.text);
	struct layer *layer;
	enum status status = loader_lend(vex->loader, reader, place_of(value), path, str_of(label), &layer);
	if (status)
		return status;
	struct reader own = { vex->arena, layer, path, reader->err };
	return read_document(&own, vex, text);
}

/* ---- what becomes of them ------------------------------------------------------------------------ */

static enum status add_waiver(struct vex *vex, const struct statement *statement, struct error *err)
{
	struct layer *layer = statement->layer;
	const struct reader reader = { vex->arena, layer, layer->path, err };
	struct error why = { 0 };
	struct waiver *waiver = vec_add(vex->arena, &layer->waivers);
	struct package_pattern *pattern = arena_alloc(vex->arena, sizeof *pattern);
	bool word = statement->justification.n, text = statement->impact.n;
	if (!waiver || !pattern)
		return error_memory(err);
	*waiver = (struct waiver){ .id = statement->id,
				   .package_text = statement->package,
				   .package = pattern,
				   .justification = statement->justification,
				   .ends = INT64_MAX,
				   .line = statement->line,
				   .layer = layer };
	waiver->reason = arena_printf(vex->arena, "%s%s%.*s%s%.*s", statement->status == VEX_FIXED ? "fixed" : "not affected", word ? ": " : "",
				      STR_ARG(statement->justification), text ? ": " : "", STR_ARG(statement->impact));
	if (!waiver->reason.p)
		return error_memory(err);
	enum status status = package_pattern_parse(statement->package, vex->arena, pattern, &why);
	if (status == STATUS_MEMORY)
		return error_memory(err);
	return status ? reader_fail(&reader, (struct place){ statement->line, 1 }, "%s", why.text) : STATUS_OK;
}

enum status vex_load(struct loader *loader, struct reader *reader)
{
	struct vex vex = { .loader = loader, .arena = reader->arena, .known = map_new(reader->arena, 0) };
	const struct json *value = reader->layer->vex_value;
	if (!value)
		return STATUS_OK;
	enum status status = vex.known ? STATUS_OK : error_memory(reader->err);
	if (!status)
		status = reader_each_text(reader, value, "an OpenVEX file", load_document, &vex);
	for (size_t i = 0; i < vex.statements.n && !status; i++)
		if (vex.statements.v[i].status <= VEX_FIXED)
			status = add_waiver(&vex, &vex.statements.v[i], reader->err);
	return status;
}
