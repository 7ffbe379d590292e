/*
 * The members of an entry, read by a table. What has the wrong type is an error where it matters to the tree; what
 * packages may have written themselves (license, deprecated) is taken as it comes.
 */
#include "assay/license.h"
#include "lockfile/npm.h"

enum field_type { FIELD_TEXT, FIELD_FLAG, FIELD_OBJECT, FIELD_ANY };

static const struct field {
	struct str key;
	enum field_type type;
	size_t offset;
	bool manifest; /* means the same in a package.json */
} fields[] = {
#define FIELD(key, type, member) \
	{ \
		{ key, sizeof key - 1 }, type, offsetof(struct npm_fields, member), false \
	}
#define BOTH(key, type, member) \
	{ \
		{ key, sizeof key - 1 }, type, offsetof(struct npm_fields, member), true \
	}
	BOTH("version", FIELD_TEXT, version),
	FIELD("resolved", FIELD_TEXT, resolved),
	FIELD("integrity", FIELD_TEXT, integrity),
	BOTH("dependencies", FIELD_OBJECT, dependencies),
	FIELD("requires", FIELD_ANY, requires),
	FIELD("license", FIELD_ANY, license),
	FIELD("dev", FIELD_FLAG, dev),
	FIELD("optional", FIELD_FLAG, optional),
	FIELD("peer", FIELD_FLAG, peer),
	FIELD("inBundle", FIELD_FLAG, in_bundle),
	FIELD("devOptional", FIELD_FLAG, dev_optional),
	BOTH("peerDependencies", FIELD_OBJECT, peer_dependencies),
	BOTH("peerDependenciesMeta", FIELD_OBJECT, peer_meta),
	BOTH("optionalDependencies", FIELD_OBJECT, optional_dependencies),
	BOTH("devDependencies", FIELD_OBJECT, dev_dependencies),
	BOTH("name", FIELD_TEXT, name),
	FIELD("link", FIELD_FLAG, link),
	FIELD("bundled", FIELD_FLAG, bundled),
	FIELD("hasInstallScript", FIELD_FLAG, install_script),
	FIELD("hasShrinkwrap", FIELD_FLAG, has_shrinkwrap),
	FIELD("deprecated", FIELD_ANY, deprecated),
	FIELD("from", FIELD_TEXT, from),
	FIELD("os", FIELD_ANY, os),
	FIELD("cpu", FIELD_ANY, cpu),
	FIELD("libc", FIELD_ANY, libc),
	BOTH("workspaces", FIELD_ANY, workspaces),
	FIELD("bin", FIELD_ANY, bin),
#undef FIELD
#undef BOTH
};

static enum status wrong_type(const struct json *member, const char *expected, struct error *err)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(512);
	buf_add_visible(&key, str_head(member->key, 100));
	return error_at(err, STATUS_INVALID, member->line, member->column, "\"%.*s\" is %s, expected %s", STR_ARG(buf_str(&key)),
			json_type_name(member->type), expected);
}

bool npm_is_nothing(const struct json *member)
{
	return member->type == JSON_NULL || member->type == JSON_FALSE || (member->type == JSON_ARRAY && member->count == 0);
}

static enum status set_field(const struct json *member, const struct field *field, struct npm_fields *out, struct error *err)
{
	void *at = (char *)out + field->offset;
	if (field->type == FIELD_ANY || (field->type == FIELD_OBJECT && json_is(member, JSON_OBJECT))) {
		*(const struct json **)at = member;
		return STATUS_OK;
	}
	if (npm_is_nothing(member))
		return STATUS_OK;
	if (field->type == FIELD_TEXT && json_is(member, JSON_STRING)) {
		*(struct str *)at = member->text;
		return STATUS_OK;
	}
	if (field->type == FIELD_FLAG && json_is(member, JSON_TRUE)) {
		*(bool *)at = true;
		return STATUS_OK;
	}
	static const char *const expected[] = { "a string", "true or false", "an object" };
	return wrong_type(member, expected[field->type], err);
}

enum status npm_read_fields(const struct json *object, bool manifest, struct npm_fields *out, struct error *err)
{
	struct npm_fields found = { 0 };
	json_each(member, object) {
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
			if (manifest > fields[i].manifest || !str_equal(member->key, fields[i].key))
				continue;
			enum status status = set_field(member, &fields[i], &found, err);
			if (status)
				return status;
			break;
		}
	}
	*out = found;
	return STATUS_OK;
}

enum status npm_check_specs(const struct json *section, struct error *err)
{
	json_each(spec, section)
		if (!json_is(spec, JSON_STRING))
			return wrong_type(spec, "a string (a version range)", err);
	return STATUS_OK;
}

enum status npm_check_sections(const struct npm_fields *f, struct error *err)
{
	const struct json *const sections[] = { f->dependencies, f->dev_dependencies, f->optional_dependencies, f->peer_dependencies };
	enum status status = STATUS_OK;
	for (size_t i = 0; !status && i < sizeof sections / sizeof *sections; i++)
		status = npm_check_specs(sections[i], err);
	return status;
}

static bool is_bound(const struct json *platform)
{
	return json_is(platform, JSON_STRING) || (json_is(platform, JSON_ARRAY) && platform->count);
}

bool npm_set_common(struct package *package, struct npm_entry *entry, const struct npm_fields *f, struct arena *arena)
{
	package->integrity = f->integrity;
	if (!license_stated(f->license, NULL, arena, &package->license))
		return false;
	package->deprecated = json_is(f->deprecated, JSON_TRUE) ? STR("deprecated") : json_text(f->deprecated);
	package->install_script = f->install_script;
	package->platform = is_bound(f->os) || is_bound(f->cpu) || is_bound(f->libc);
	package->scope = f->dev ? SCOPE_DEV : SCOPE_PROD;
	package->optional = f->optional || f->dev_optional;
	package->peer = f->peer;
	entry->says_optional = f->optional;
	entry->has_shrinkwrap = f->has_shrinkwrap;
	entry->in_bundle = f->in_bundle || f->bundled;
	return true;
}

void npm_set_sections(struct npm_entry *entry, const struct npm_fields *fields_read)
{
	entry->dependencies = fields_read->dependencies;
	entry->dev = fields_read->dev_dependencies;
	entry->optional = fields_read->optional_dependencies;
	entry->peer = fields_read->peer_dependencies;
	entry->peer_meta = fields_read->peer_meta;
	entry->workspaces = fields_read->workspaces;
}
