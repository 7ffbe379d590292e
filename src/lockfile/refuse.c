/*
 * What readers say when they refuse a lockfile, in one form.
 */
#include "lockfile/refuse.h"

static void quote(struct buf *out, struct str text)
{
	buf_add_char(out, '"');
	buf_add_visible(out, str_head(text, 200));
	buf_add_char(out, '"');
}

enum status refuse_line(struct error *err, uint32_t line, uint32_t column, struct str what, const char *problem)
{
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(4096);
	quote(&shown, what);
	return error_at(err, STATUS_INVALID, line, column, "%.*s %s", STR_ARG(buf_str(&shown)), problem);
}

enum status refuse(struct error *err, const struct json *at, struct str what, const char *problem)
{
	return refuse_line(err, at->key_line ? at->key_line : at->line, at->key_line ? at->key_column : at->column, what, problem);
}

enum status refuse_place(struct error *err, const struct json *at)
{
	if (!at)
		return err->status;
	return error_wrap_at(err, at->key_line ? at->key_line : at->line, at->key_line ? at->key_column : at->column);
}

enum status refuse_unresolved(struct error *err, const struct json *spec, struct str asks)
{
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(4096);
	quote(&shown, spec->key);
	buf_add_z(&shown, " (");
	quote(&shown, spec->text);
	buf_add_z(&shown, "), which ");
	if (asks.n)
		quote(&shown, asks);
	else
		buf_add_z(&shown, "the root");
	error_at(err, STATUS_INVALID, spec->key_line, spec->key_column, "%.*s depends on, has no entry", STR_ARG(buf_str(&shown)));
	error_hint(err, "the lockfile is cut or was not written anew: run the package manager's install and commit it");
	return STATUS_INVALID;
}

enum status require_type(struct error *err, const struct json *json, enum json_type type, const char *what)
{
	if (!json || json->type == type)
		return STATUS_OK;
	return error_at(err, STATUS_INVALID, json->line, json->column, "\"%s\" is %s, expected %s", what, json_type_name(json->type), json_type_name(type));
}
