/* What a package.json states about its license, in each of the forms that there have been. */
#include "license/private.h"

/* "MIT", or the old {"type": "MIT", "url": …}. */
static struct str text_of(const struct json *license)
{
	return json_is(license, JSON_OBJECT) ? json_find_text(license, "type") : json_text(license);
}

static void add_choice(struct buf *out, struct str text)
{
	bool grouped = str_find(text, ' ') < text.n && !str_starts_with(text, STR("("));
	buf_add_z(out, out->n ? " OR " : "");
	buf_add_z(out, grouped ? "(" : "");
	buf_add(out, text);
	buf_add_z(out, grouped ? ")" : "");
}

bool license_stated(const struct json *license, const struct json *licenses, struct arena *arena, struct str *out)
{
	CLEANUP(buf_fini) struct buf joined = BUF_INIT(SIZE_MAX / 2);
	const struct json *stated = license ? license : licenses;
	size_t choices = 0;
	if (!json_is(stated, JSON_ARRAY)) {
		*out = text_of(stated);
		return true;
	}
	json_each(choice, stated) {
		struct str text = text_of(choice);
		if (text.n && choices++ == 0)
			*out = text;
		if (text.n)
			add_choice(&joined, text);
	}
	if (choices < 2)
		*out = choices ? *out : STR_NONE;
	else
		*out = joined.failed ? STR_NONE : arena_copy(arena, buf_str(&joined));
	return choices < 2 || out->p;
}
