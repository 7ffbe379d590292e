/*
 * net: HTTP, many requests at once over libcurl, under caps. Talks to the hosts that it was told of and to no other,
 * after redirects too. Credentials go to the registry they belong to and nowhere else; they never appear in an error.
 *
 * Everything that arrives is untrusted: body, headers and time are capped (limits.h), nothing is decoded, and what arrived
 * only in part is dropped. No cookies, no .netrc. Proxies come from the environment as curl has it (https_proxy, no_proxy, …),
 * other certificate authorities from SSL_CERT_FILE. A host that answers none of many tries in a row is given up.
 */
#ifndef ASSAY_NET_H
#define ASSAY_NET_H

#include "assay/base.h"

#pragma GCC visibility push(default)

struct http_options {
	const char *const *allowed_origins; /* "https://host[:port]", NULL-terminated: nothing else is asked or followed */
	const char *user_agent;
	unsigned parallel;       /* requests under way at once */
	unsigned tries;          /* at most, for 429, 5xx and broken connections; with backoff */
	unsigned backoff_ms;     /* before the second try; doubles each time; Retry-After wins within reason */
	unsigned connect_timeout_ms, timeout_ms; /* of one try; a try that moves under 100 bytes/s for 20 s ends too */
};

struct http_request {
	const char *url;
	const char *accept;        /* Accept header or NULL */
	const char *authorization; /* "Bearer …" for exactly this URL's origin, or NULL */
	size_t max_bytes;          /* of the body */
	void *context;
};

enum http_outcome {
	HTTP_ANSWER,   /* a status from the server; `code` tells which */
	HTTP_TOO_LARGE,
	HTTP_REFUSED_HOST, /* not allowed, at once or after a redirect */
	HTTP_UNREACHABLE,  /* no answer: name, connection, TLS, time, a short body */
	HTTP_NO_MEMORY,
};

struct http_response {
	enum http_outcome outcome;
	long code;          /* HTTP status; 0 without an answer */
	char *body;         /* of a 2xx answer, else NULL: malloc'ed, of `size` bytes; whoever gets the response may take it and set it NULL */
	size_t size;
	unsigned tries;
	bool retryable;     /* trying later may help */
	char detail[256];   /* "503 after 4 tries", "connection refused"; "" on 2xx; printable ASCII, without secrets or query strings */
};

struct http;
struct http *http_new(const struct http_options *options, struct error *err); /* NULL on failure */
void http_free(struct http *http);
/* Queued; the strings must live until `done`. False: out of memory. */
bool http_add(struct http *http, const struct http_request *request);
/* Works until everything queued is answered; calls `done` on this thread for each, which may add more. */
enum status http_run(struct http *http,
                     void (*done)(void *context, const struct http_request *request,
                                  struct http_response *response),
                     void *context, struct error *err);

/* "https://host[:port]" of a URL, lower case, default port left out; STR_NONE when it is no http(s) URL or carries
 * credentials, blanks, controls, backslashes or anything but ASCII, or is longer than 8 KiB. */
struct str url_origin(struct arena *arena, struct str url);

#pragma GCC visibility pop
#endif
