/*
 * Package URLs, read: scheme:type/namespace/name@version?qualifiers#subpath, by the purl specification. The scope's '@'
 * is taken as it is and percent-encoded; case is kept, since npm has old names with capitals.
 */
#include "assay/tree.h"

static enum status bad_purl(struct str purl, const char *problem, struct error *err)
{
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(1024);
	buf_add_visible(&shown, str_head(purl, 150));
	return error_set(err, STATUS_INVALID, "\"%.*s\" is no package URL: %s", STR_ARG(buf_str(&shown)), problem);
}

/* Each '%' encodes a byte, and none is zero. */
static bool is_well_encoded(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		int high = i + 2 < text.n ? ascii_hex_value((unsigned char)text.p[i + 1]) : -1;
		int low = i + 2 < text.n ? ascii_hex_value((unsigned char)text.p[i + 2]) : -1;
		if (text.p[i] == '%' ? high < 0 || low < 0 || (high << 4 | low) == 0 : text.p[i] == '\0')
			return false;
	}
	return true;
}

/* Takes what stands behind the last `c` off the end; STR_NONE where there is no `c`. */
static struct str take_tail(struct str *text, char c)
{
	size_t at = str_find_last(*text, c);
	if (at == text->n)
		return STR_NONE;
	struct str tail = str_from(*text, at + 1);
	*text = str_head(*text, at);
	return tail;
}

static struct str find_source(struct str qualifiers, struct arena *arena)
{
	static const struct str keys[] = { { "download_url=", 13 }, { "vcs_url=", 8 } };
	struct str part;
	while (str_split(&qualifiers, '&', &part))
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
			if (str_starts_with(part, keys[i]))
				return is_well_encoded(part) ? percent_decode(arena, str_from(part, keys[i].n)) : STR_NONE;
	return STR_NONE;
}

/* The '@' before the version is the last one, and stands behind the last '/'; the scope's stands before. */
static struct str take_version(struct str *rest)
{
	size_t at = str_find_last(*rest, '@'), slash = str_find_last(*rest, '/');
	if (at == rest->n || at == 0 || (slash < rest->n && at <= slash + 1))
		return STR("");
	return take_tail(rest, '@');
}

enum status purl_parse(struct str text, struct arena *arena, bool *is_npm, struct purl *out, struct error *err)
{
	struct str rest = text;
	take_tail(&rest, '#');
	struct str qualifiers = take_tail(&rest, '?');
	if (!str_starts_with(rest, STR("pkg:")))
		return bad_purl(text, "it does not begin with \"pkg:\"", err);
	rest = str_from(rest, 4);
	while (str_starts_with(rest, STR("/")))
		rest = str_from(rest, 1);
	size_t slash = str_find(rest, '/');
	struct str type = str_head(rest, slash);
	if (slash == rest.n || slash == 0)
		return bad_purl(text, "it has no type", err);
	*is_npm = type.n == 3 && ascii_lower((unsigned char)type.p[0]) == 'n' && ascii_lower((unsigned char)type.p[1]) == 'p' &&
		  ascii_lower((unsigned char)type.p[2]) == 'm';
	if (!*is_npm)
		return STATUS_OK;
	rest = str_from(rest, slash + 1);
	while (str_ends_with(rest, STR("/")))
		rest.n--;
	struct str version = take_version(&rest);
	if (!is_well_encoded(rest) || !is_well_encoded(version))
		return bad_purl(text, "a '%' in it encodes nothing, or it has a zero byte", err);
	struct purl purl = { percent_decode(arena, rest), percent_decode(arena, version), find_source(qualifiers, arena) };
	if (!purl.name.p || !purl.version.p)
		return error_memory(err);
	if (purl.name.n == 0)
		return bad_purl(text, "it has no name", err);
	*out = purl;
	return STATUS_OK;
}
