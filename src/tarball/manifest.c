/* The package.json inside a tarball: untrusted, read as JavaScript reads it, the last of two equal keys included. */
#include "manifest.h"

#include "assay/license.h"

/* Old packages carry names in Latin-1; JavaScript reads what is malformed as U+FFFD and goes on. */
static enum status parse(struct str text, struct arena *arena, struct json **out, struct error *err)
{
	struct str utf8 = utf8_replace(arena, text);
	if (!utf8.p)
		return error_memory(err);
	enum status status = json_parse(utf8, 0, arena, out, NULL, err);
	if (!status && (*out)->type != JSON_OBJECT)
		return error_set(err, STATUS_INVALID, "%s instead of an object", json_type_name((*out)->type));
	return status;
}

/* npm runs `node-gyp rebuild` where a binding.gyp stands and nobody says what else to do, or to do nothing. */
static bool add_scripts(const struct json *manifest, bool has_gyp, struct draft *draft)
{
	static const char *const names[] = { "preinstall", "install", "postinstall" };
	const struct json *scripts = json_find(manifest, "scripts");
	bool fine = true;
	bool implicit = has_gyp && !json_find_text(scripts, "preinstall").n && !json_find_text(scripts, "install").n &&
			!json_is(json_find(manifest, "gypfile"), JSON_FALSE);
	for (size_t i = 0; i < sizeof names / sizeof *names && fine; i++) {
		struct str text = json_find_text(scripts, names[i]);
		if (i == 1 && implicit)
			text = STR("node-gyp rebuild");
		if (text.n)
			fine = draft_add(draft, INSPECTED_SCRIPTS, str_of(names[i]), text);
	}
	draft->head.install_script = draft->lists[INSPECTED_SCRIPTS].n > 0;
	return fine;
}

enum status manifest_inspect(struct str text, bool has_gyp, struct draft *draft, struct error *err)
{
	struct json *manifest;
	enum status status = parse(text, draft->arena, &manifest, err);
	if (status)
		return status;
	draft->head.has_manifest = true;
	draft->name = json_find_text(manifest, "name");
	draft->version = json_find_text(manifest, "version");
	draft->deprecated = json_find_text(manifest, "deprecated");
	bool fine = license_stated(json_find(manifest, "license"), json_find(manifest, "licenses"), draft->arena, &draft->license) &&
		    add_scripts(manifest, has_gyp, draft) && manifest_add_bins(manifest, draft) && manifest_add_dependencies(manifest, draft);
	return fine ? STATUS_OK : error_memory(err);
}

struct str manifest_label(struct str text, struct arena *arena)
{
	struct json *manifest;
	if (parse(text, arena, &manifest, NULL))
		return STR_NONE;
	struct str name = json_find_text(manifest, "name"), version = json_find_text(manifest, "version");
	return arena_printf(arena, "%.*s@%.*s", STR_ARG(name), STR_ARG(version));
}
