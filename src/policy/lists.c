/* The sections that list packages: private, build_only, install_scripts, ban, licenses. */
#include "assay/license.h"
#include "policy/model.h"

static enum status add_pattern(struct reader *reader, const struct json *value, void *into)
{
	struct pattern_list *list = into;
	struct package_pattern *pattern = vec_add(reader->arena, list);
	return pattern ? package_pattern_read(reader, value, value->text, pattern) : error_memory(reader->err);
}

static enum status read_patterns(struct reader *reader, const struct json *value, struct pattern_list *out)
{
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of packages (\"name\", \"@scope/*\", \"name@range\")");
	return reader_each_text(reader, value, "a package (\"name\", \"@scope/*\", \"name@range\")", add_pattern, out);
}

enum status private_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	enum status status = read_patterns(reader, value, &layer->private_names);
	/* Two packages of one name would be one too many: a range cannot tell them apart. */
	json_each(item, status ? NULL : value)
		if (str_find(str_from(item->text, 1), '@') + 1 < item->text.n)
			return reader_fail(reader, place_of(item), "\"%s\" has a range; a name is private in all of its versions",
					   reader_quote(reader, item->text));
	return status;
}

enum status build_only_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	return read_patterns(reader, value, &layer->build_only);
}

/* ---- install_scripts ------------------------------------------------------------------- */

static enum status read_allow(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	return read_patterns(reader, value, &layer->scripts_allowed);
}

enum status install_scripts_read(struct reader *reader, const struct json *value, void *into)
{
	static const struct key keys[] = { { "allow", read_allow } };
	static const struct object_type type = { "an object: {\"allow\": [...]}", keys, 1 };
	return reader_object(reader, value, &type, into);
}

/* ---- ban ---------------------------------------------------------------------------------- */

static enum status read_ban_package(struct reader *reader, const struct json *value, void *into)
{
	struct layer_ban *ban = into;
	enum status status = reader_text(reader, value, "a package (\"name\", \"name@range\")", &ban->text);
	return status ? status : package_pattern_read(reader, value, ban->text, &ban->package);
}

static enum status read_ban_reason(struct reader *reader, const struct json *value, void *into)
{
	struct layer_ban *ban = into;
	return reader_text(reader, value, "a reason", &ban->reason);
}

static enum status read_ban_instead(struct reader *reader, const struct json *value, void *into)
{
	struct layer_ban *ban = into;
	return reader_text(reader, value, "what to use instead", &ban->instead);
}

static enum status read_ban_parents(struct reader *reader, const struct json *value, void *into)
{
	struct layer_ban *ban = into;
	return read_patterns(reader, value, &ban->except_through);
}

static const struct key ban_keys[] = {
	{ "package", read_ban_package }, { "reason", read_ban_reason }, { "instead", read_ban_instead }, { "except_through", read_ban_parents }
};
static const struct object_type ban_type = { "a ban: {\"package\": \"...\", \"reason\": \"...\"}", ban_keys, sizeof ban_keys / sizeof *ban_keys };

enum status ban_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of bans");
	json_each(item, value) {
		struct layer_ban *ban = vec_add(reader->arena, &layer->bans);
		enum status status = ban ? reader_object(reader, item, &ban_type, ban) : error_memory(reader->err);
		if (status)
			return status;
		if (!ban->text.p)
			return reader_fail(reader, place_of(item), "this ban names no \"package\"");
	}
	return STATUS_OK;
}

/* ---- licenses ------------------------------------------------------------------------------ */

static enum status read_expression(struct reader *reader, const struct json *value, struct str *out)
{
	struct error why = { 0 };
	struct license *license;
	enum status status = reader_text(reader, value, "an SPDX expression (\"MIT\")", out);
	if (status)
		return status;
	status = license_parse(*out, reader->arena, &license, &why);
	if (status == STATUS_MEMORY)
		return error_memory(reader->err);
	return status ? reader_fail(reader, place_of(value), "\"%s\": %s", reader_quote(reader, *out), why.text) : STATUS_OK;
}

enum status licenses_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (!json_is(value, JSON_OBJECT))
		return reader_fail_type(reader, value, "an object: {\"name@range\": \"MIT\"}");
	json_each(member, value) {
		struct layer_license *license = vec_add(reader->arena, &layer->licenses);
		if (!license)
			return error_memory(reader->err);
		struct error why = { 0 };
		enum status status = package_pattern_parse(member->key, reader->arena, &license->package, &why);
		if (status == STATUS_MEMORY)
			return error_memory(reader->err);
		if (status)
			return reader_fail(reader, place_of_key(member), "%s", why.text);
		if ((status = read_expression(reader, member, &license->expression)))
			return status;
	}
	return STATUS_OK;
}
