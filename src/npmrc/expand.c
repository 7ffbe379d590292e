/* ${NAME} and ${NAME?} in the user's own settings: @npmcli/config's env-replace. */
#include <stdlib.h>

#include "assay/limits.h"
#include "npmrc_private.h"

/* "NAME}" at the start of `s`: the variable's value, and how much to skip. .p NULL: not set. "NAME?}": empty when not set. */
static struct str find_variable(struct arena *arena, struct str s, size_t *skip)
{
	size_t end = str_find(s, '}');
	bool lenient = end && end < s.n && s.p[end - 1] == '?';
	struct str name = str_head(s, lenient ? end - 1 : end);
	if (name.n == 0 || end == s.n || memchr(name.p, '$', name.n) || memchr(name.p, '{', name.n) || memchr(name.p, '?', name.n))
		return STR_NONE;
	*skip = end + 1;
	name = arena_copy(arena, name);
	const char *value = name.p ? getenv(name.p) : NULL;
	return value ? (struct str){ value, strlen(value) } : lenient ? STR("") : STR_NONE;
}

bool has_variable(struct str text)
{
	return str_find_str(text, STR("${")) != text.n;
}

/* One that is not set stays as it is; backslashes before one are halved, an odd one protects it. */
struct str expand_variables(struct str s, struct arena *arena)
{
	if (!has_variable(s))
		return s;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_CONFIG_BYTES);
	size_t slashes = 0;
	for (size_t i = 0; i < s.n; i++) {
		bool variable = s.p[i] == '$' && i + 1 < s.n && s.p[i + 1] == '{';
		size_t skip = 0;
		struct str value = variable ? find_variable(arena, str_from(s, i + 2), &skip) : STR_NONE;
		bool taken = skip && slashes % 2 == 0;
		if (skip)
			out.n -= (slashes + 1) / 2;
		if (taken && value.p)
			buf_add(&out, value);
		else
			buf_add(&out, str_head(str_from(s, i), skip ? skip + 2 : 1));
		slashes = s.p[i] == '\\' ? slashes + 1 : 0;
		i += skip ? skip + 1 : 0;
	}
	return out.failed ? STR_NONE : arena_copy(arena, buf_str(&out));
}
