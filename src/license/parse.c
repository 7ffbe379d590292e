/*
 * License expressions to trees. WITH binds closest, then AND, then OR; a chain of one operator is one node with many children, so that
 * only parentheses make a tree deep.
 */
#include "assay/limits.h"
#include "license/private.h"

struct parser {
	struct str text;
	size_t at;
	unsigned depth;
	struct arena *arena;
	struct error *err;
	bool explain; /* somebody reads the error: look for what was meant */
};

static const struct license *parse_or(struct parser *parser);

/* ---- words ------------------------------------------------------------------------ */

static bool is_id_byte(unsigned char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '.' || c == '-';
}

static void skip_blanks(struct parser *parser)
{
	while (parser->at < parser->text.n && ascii_is_blank((unsigned char)parser->text.p[parser->at]))
		parser->at++;
}

/* The word that stands here, without taking it; empty where none does. */
static struct str peek_word(struct parser *parser)
{
	skip_blanks(parser);
	size_t end = parser->at;
	while (end < parser->text.n && is_id_byte((unsigned char)parser->text.p[end]))
		end++;
	return (struct str){ parser->text.p + parser->at, end - parser->at };
}

static bool take_word(struct parser *parser, struct str word)
{
	bool here = text_equal(peek_word(parser), word);
	if (here)
		parser->at += word.n;
	return here;
}

static bool take_char(struct parser *parser, char c)
{
	bool here = parser->at < parser->text.n && parser->text.p[parser->at] == c;
	parser->at += here;
	return here;
}

static void *fail(struct parser *parser, size_t at, const char *what)
{
	uint32_t column = (uint32_t)at + 1;
	if (!parser->err->status) {
		error_set(parser->err, STATUS_INVALID, "column %u: %s", column, what);
		parser->err->column = column;
	}
	return NULL;
}

static void *fail_word(struct parser *parser, struct str word, bool exception)
{
	CLEANUP(buf_fini) struct buf what = BUF_INIT(1 << 20);
	const char *nearest = parser->explain ? row_nearest(word, exception, parser->arena) : NULL;
	buf_printf(&what, "\"");
	buf_add_visible(&what, word);
	buf_printf(&what, "\" is no %s that SPDX lists%s%s%s", exception ? "exception" : "license", nearest ? "; did you mean \"" : "",
		   nearest ? nearest : "", nearest ? "\"?" : "");
	buf_add_char(&what, '\0');
	return fail(parser, (size_t)(word.p - parser->text.p), what.failed ? "an unknown license" : what.p);
}

/* ---- terms -------------------------------------------------------------------------- */

/* "GPL-2.0-or-later" is GPL-2.0, or later. */
static void split_suffix(struct term *term)
{
	static const struct str only = { "-only", 5 }, later = { "-or-later", 9 };
	if (str_ends_with(term->id, later)) {
		term->id = str_head(term->id, term->id.n - later.n);
		term->or_later = true;
	} else if (str_ends_with(term->id, only)) {
		term->id = str_head(term->id, term->id.n - only.n);
	}
}

static void take_row(struct term *term, const struct row *row)
{
	struct str means = row->means.p ? row->means : row->id;
	size_t with = str_find_str(means, STR(" WITH "));
	term->id = str_head(means, with);
	term->exception = with < means.n ? str_from(means, with + 6) : STR_NONE;
	term->deprecated |= row->kind == LISTED_DEPRECATED;
	split_suffix(term);
}

static bool starts_with_any_case(struct str s, struct str prefix)
{
	return s.n >= prefix.n && text_equal(str_head(s, prefix.n), prefix);
}

/* "LicenseRef-x" and "DocumentRef-y:LicenseRef-x", also where an exception is expected ("AdditionRef-x"). */
static bool take_reference(struct parser *parser, struct str prefix, struct str *out)
{
	struct str word = peek_word(parser);
	size_t begin = parser->at;
	if (starts_with_any_case(word, STR("DocumentRef-")) && word.n > 12) {
		parser->at += word.n;
		if (take_char(parser, ':'))
			word = peek_word(parser);
	}
	if (starts_with_any_case(word, prefix) && word.n > prefix.n && word.p == parser->text.p + parser->at) {
		parser->at += word.n;
		*out = (struct str){ parser->text.p + begin, parser->at - begin };
		return true;
	}
	parser->at = begin;
	return false;
}

static bool take_exception(struct parser *parser, struct term *term)
{
	struct row row;
	if (!take_word(parser, STR("WITH")) || take_reference(parser, STR("AdditionRef-"), &term->exception))
		return true;
	struct str word = peek_word(parser);
	if (word.n == 0)
		return fail(parser, parser->at, "expected an exception behind WITH");
	if (!row_find(word, &row) || row.kind != LISTED_EXCEPTION)
		return fail_word(parser, word, true);
	term->exception = row.id;
	parser->at += word.n;
	return true;
}

static bool take_listed(struct parser *parser, struct term *term)
{
	struct str word = peek_word(parser);
	struct row row;
	if (word.n == 0)
		return fail(parser, parser->at, parser->at < parser->text.n ? "expected a license or '('" : "expected a license");
	if (!row_find(word, &row) || row.kind == LISTED_EXCEPTION)
		return fail_word(parser, word, false);
	take_row(term, &row);
	parser->at += word.n;
	/* "GPL-2.0-only+" contradicts itself: the narrower word counts. */
	if (take_char(parser, '+') && !str_ends_with(row.id, STR("-only")))
		term->or_later = true;
	return true;
}

static struct license *parse_term(struct parser *parser)
{
	struct term term = { .or_later = false };
	if (!take_reference(parser, STR("LicenseRef-"), &term.id) && !take_listed(parser, &term))
		return NULL;
	if (!take_exception(parser, &term))
		return NULL;
	struct license *license = arena_alloc(parser->arena, sizeof *license);
	if (license)
		license->term = term;
	else
		error_memory(parser->err);
	return license;
}

struct license *license_term_new(struct arena *arena, struct str text)
{
	struct license *license = arena_alloc(arena, sizeof *license);
	if (license)
		license->term.id = text;
	return license;
}

/* ---- operators ------------------------------------------------------------------------ */

static const struct license *parse_atom(struct parser *parser)
{
	skip_blanks(parser);
	size_t open = parser->at;
	if (!take_char(parser, '('))
		return parse_term(parser);
	if (++parser->depth > LIMIT_LICENSE_DEPTH) {
		error_set(parser->err, STATUS_LIMIT, "parentheses are more than %u deep", LIMIT_LICENSE_DEPTH);
		return NULL;
	}
	const struct license *inner = parse_or(parser);
	parser->depth--;
	skip_blanks(parser);
	if (inner && !take_char(parser, ')'))
		return fail(parser, parser->at < parser->text.n ? parser->at : open,
			    parser->at < parser->text.n ? "expected AND, OR, WITH or ')'" : "this '(' is never closed");
	return inner;
}

/* A child that stands on its own may already be somebody's: it is copied, and links no sibling but ours. */
static bool add_child(struct parser *parser, struct license *node, struct license **last, const struct license *child)
{
	struct license *copy = arena_alloc(parser->arena, sizeof *copy);
	if (!copy) {
		error_memory(parser->err);
		return false;
	}
	*copy = *child;
	copy->next = NULL;
	if (*last)
		(*last)->next = copy;
	else
		node->first = copy;
	*last = copy;
	return true;
}

static const struct license *parse_chain(struct parser *parser, enum node kind, struct str operator, const struct license * (*parse_child)(struct parser *))
{
	const struct license *child = parse_child(parser);
	struct license *node = NULL, *last = NULL;
	while (child && take_word(parser, operator)) {
		if (!node && (node = arena_alloc(parser->arena, sizeof *node)))
			node->node = kind;
		if (!node) {
			error_memory(parser->err);
			return NULL;
		}
		if ((!last && !add_child(parser, node, &last, child)) || !(child = parse_child(parser)) || !add_child(parser, node, &last, child))
			return NULL;
	}
	return child && node ? node : child;
}

static const struct license *parse_and(struct parser *parser)
{
	return parse_chain(parser, NODE_AND, STR("AND"), parse_atom);
}

static const struct license *parse_or(struct parser *parser)
{
	return parse_chain(parser, NODE_OR, STR("OR"), parse_and);
}

enum status license_parse(struct str text, struct arena *arena, struct license **out, struct error *err)
{
	struct error own = { 0 };
	struct parser parser = { .text = text, .arena = arena, .err = err ? err : &own, .explain = err };
	*parser.err = (struct error){ .status = STATUS_OK };
	if (text.n > (size_t)LIMIT_LICENSE_LENGTH)
		return error_set(parser.err, STATUS_LIMIT, "a license of more than %d bytes", LIMIT_LICENSE_LENGTH);
	const struct license *license = parse_or(&parser);
	skip_blanks(&parser);
	if (license && parser.at < text.n)
		license = fail(&parser, parser.at, "expected AND, OR or WITH");
	struct license *copy = license ? arena_alloc(arena, sizeof *copy) : NULL;
	if (!license)
		return parser.err->status;
	if (!copy)
		return error_memory(parser.err);
	*copy = *license;
	*out = copy;
	return STATUS_OK;
}

/* ---- what else stands in a package.json --------------------------------------------------- */

enum status license_read(struct str text, struct arena *arena, enum license_kind *kind, struct license **out, struct error *why)
{
	struct license *license = NULL;
	enum license_kind found = LICENSE_OTHER;
	text = str_trim(text);
	if (text.n == 0 || text_equal(text, STR("NONE")) || text_equal(text, STR("NOASSERTION")))
		found = LICENSE_NONE;
	else if (text_equal(text, STR("UNLICENSED")))
		found = LICENSE_UNLICENSED;
	else if (starts_with_any_case(text, STR("SEE LICENSE IN ")) || starts_with_any_case(text, STR("SEE LICENCE IN ")))
		found = LICENSE_FILE;
	else if (license_parse(text, arena, &license, why) == STATUS_OK)
		found = LICENSE_SPDX;
	if (!license && !(license = license_term_new(arena, text)))
		return error_memory(why);
	*kind = found;
	*out = license;
	return STATUS_OK;
}

bool license_is_deprecated(const struct license *license)
{
	bool deprecated = license->node == NODE_TERM && license->term.deprecated;
	for (const struct license *child = license->first; child; child = child->next)
		deprecated |= license_is_deprecated(child);
	return deprecated;
}
