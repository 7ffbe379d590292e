/*
 * Origins of URLs. Parsed by the same parser that later connects, so that what was judged and what is
 * asked cannot be two different hosts; and only what both that parser and a browser's read the same way is accepted.
 */
#include "assay/limits.h"
#include "assay/net.h"
#include "net/curl.h"

enum { MAX_HOST = 253 }; /* RFC 1035; a longer one is left to the parser */

/* Printable ASCII without backslash, as RFC 3986 has it: anything else is where parsers part company. */
static bool is_plain(struct str url)
{
	for (size_t i = 0; i < url.n; i++) {
		unsigned char c = (unsigned char)url.p[i];
		if (c <= ' ' || c >= 0x7f || c == '\\')
			return false;
	}
	return url.n > 0 && url.n <= LIMIT_URL_BYTES;
}

static struct str lower_copy(struct arena *arena, const char *scheme, const char *host, const char *port)
{
	struct str out = arena_printf(arena, "%s://%s%s%s", scheme, host, port ? ":" : "", port ? port : "");
	if (!out.p)
		return STR_NONE;
	char *text = arena_alloc(arena, out.n + 1);
	if (!text)
		return STR_NONE;
	for (size_t i = 0; i < out.n; i++)
		text[i] = (char)ascii_lower((unsigned char)out.p[i]);
	return (struct str){ text, out.n };
}

static bool is_web(const char *scheme)
{
	return strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0;
}

/* "https://registry.example/…", as nearly all URLs of a lockfile are: there is nothing to fold, to leave out or to part company about, and what is before
 * the path, if there is one, is the origin. A host that begins with a letter is no number that somebody might write otherwise. 0: it is not of that kind. */
static size_t usual_origin(struct str url)
{
	struct str scheme = STR("https://");
	size_t i = scheme.n;
	if (!str_starts_with(url, scheme) || i == url.n || url.p[i] < 'a' || url.p[i] > 'z')
		return 0;
	while (i < url.n && ((url.p[i] >= 'a' && url.p[i] <= 'z') || ascii_is_digit((unsigned char)url.p[i]) || url.p[i] == '-' || url.p[i] == '.'))
		i++;
	return (i == url.n || url.p[i] == '/') && i - scheme.n <= MAX_HOST ? i : 0;
}

/* STR_NONE: it has none. An IPv6 zone names an interface of this machine: no registry has one. */
static struct str origin_of(CURLU *parts, const char *url, struct arena *arena, CURLUcode *code)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *zone = NULL;
	struct str out = STR_NONE;
	if (!(*code = libcurl.curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER)) &&
	    !(*code = libcurl.curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0)) && is_web(scheme) &&
	    !(*code = libcurl.curl_url_get(parts, CURLUPART_HOST, &host, 0)) && is_plain(str_of(host)) &&
	    (*code = libcurl.curl_url_get(parts, CURLUPART_ZONEID, &zone, 0)) == CURLUE_NO_ZONEID &&
	    (*code = libcurl.curl_url_get(parts, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT)) != CURLUE_OUT_OF_MEMORY)
		out = lower_copy(arena, scheme, host, port);
	libcurl.curl_free(scheme);
	libcurl.curl_free(host);
	libcurl.curl_free(port);
	libcurl.curl_free(zone);
	return out;
}

static struct str ask_parser(struct arena *arena, struct str url)
{
	struct str copy = arena_copy(arena, url), out = STR_NONE;
	CURLU *parts = copy.p && library_need_untold(&curl_library) ? libcurl.curl_url() : NULL;
	CURLUcode code = CURLUE_OUT_OF_MEMORY;
	if (parts) {
		out = origin_of(parts, copy.p, arena, &code);
		libcurl.curl_url_cleanup(parts);
	}
	if (code == CURLUE_OUT_OF_MEMORY)
		arena_exhaust(arena);
	return out;
}

struct str url_origin(struct arena *arena, struct str url)
{
	if (!is_plain(url))
		return STR_NONE;
	size_t usual = usual_origin(url);
	if (usual)
		return arena_copy(arena, str_head(url, usual));
	/* What was decoded may be read otherwise the next time: "%2539" as "%39", "%39" as 9, that as 0.0.0.9. */
	struct str origin = ask_parser(arena, url);
	return origin.p && str_equal(ask_parser(arena, origin), origin) ? origin : STR_NONE;
}

static bool stands_for_itself(unsigned char c)
{
	return c && (ascii_is_alpha(c) || ascii_is_digit(c) || strchr("-._~@+!$()*,", c));
}

void url_add_segment(struct buf *out, struct str s)
{
	while (s.n) {
		size_t n = 0;
		while (n < s.n && stands_for_itself((unsigned char)s.p[n]))
			n++;
		buf_add(out, str_head(s, n));
		if (n < s.n)
			buf_printf(out, "%%%02X", (unsigned char)s.p[n]);
		s = str_from(s, n + 1);
	}
}
