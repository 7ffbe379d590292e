/* The package.json inside a tarball: untrusted, read as JavaScript reads it, the last of two equal keys included. */
#include "assay/json.h"
#include "manifest.h"

void inspection_set_text(char *out, size_t size, struct str text)
{
	/* Nothing that is shown is shorter than what it stands for, so no more is needed. */
	CLEANUP(buf_fini) struct buf visible = BUF_INIT(16 * size);
	buf_add_visible(&visible, str_head(text, size));
	size_t n = visible.n < size ? visible.n : size - 1;
	/* Not in the midst of a character. */
	while (n && n < visible.n && ((unsigned char)visible.p[n] & 0xc0) == 0x80)
		n--;
	if (n)
		memcpy(out, visible.p, n);
	out[n] = '\0';
}

/* Old packages carry names in Latin-1; JavaScript reads each bad byte as U+FFFD and goes on. */
static struct str as_utf8(struct str text, struct arena *arena)
{
	if (utf8_is_valid(text))
		return text;
	char *out = arena_array(arena, text.n, 3);
	size_t n = 0;
	for (size_t i = 0; out && i < text.n;) {
		uint32_t code;
		size_t length = utf8_next(str_from(text, i), &code);
		memcpy(out + n, length ? text.p + i : "\xef\xbf\xbd", length ? length : 3);
		n += length ? length : 3;
		i += length ? length : 1;
	}
	return out ? (struct str){ out, n } : STR_NONE;
}

static bool has_script(const struct json *scripts, const char *name)
{
	return json_find_text(scripts, name).n > 0;
}

/* npm runs `node-gyp rebuild` where a binding.gyp stands and nobody says what else to do, or to do nothing. */
static bool runs_on_install(const struct json *manifest, bool has_gyp)
{
	const struct json *scripts = json_find(manifest, "scripts");
	if (has_script(scripts, "preinstall") || has_script(scripts, "install") || has_script(scripts, "postinstall"))
		return true;
	return has_gyp && !json_is(json_find(manifest, "gypfile"), JSON_FALSE);
}

static struct str license_of(const struct json *manifest)
{
	const struct json *license = json_find(manifest, "license");
	return json_is(license, JSON_OBJECT) ? json_find_text(license, "type") : json_text(license);
}

enum status manifest_inspect(struct str text, bool has_gyp, struct arena *arena, struct inspection *out, struct error *err)
{
	struct json *manifest;
	struct str utf8 = as_utf8(text, arena);
	if (!utf8.p)
		return error_memory(err);
	enum status status = json_parse(utf8, 0, arena, &manifest, NULL, err);
	if (status)
		return status;
	if (!json_is(manifest, JSON_OBJECT))
		return error_set(err, STATUS_INVALID, "%s instead of an object", json_type_name(manifest->type));
	out->has_manifest = true;
	out->install_script = runs_on_install(manifest, has_gyp);
	inspection_set_text(out->name, sizeof out->name, json_find_text(manifest, "name"));
	inspection_set_text(out->version, sizeof out->version, json_find_text(manifest, "version"));
	inspection_set_text(out->license, sizeof out->license, license_of(manifest));
	return STATUS_OK;
}
