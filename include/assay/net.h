/*
 * net: HTTP, many requests at once over libcurl, under caps. Talks to the hosts that it was told of and to no other,
 * after redirects too. Credentials go to the registry they belong to and nowhere else; they never appear in an error.
 *
 * Everything that arrives is untrusted: body, headers and time are capped (limits.h), nothing is decoded, and what arrived
 * only in part is dropped. No cookies, no .netrc. Where a request's route says nothing else, proxies come from the environment as
 * curl has it (https_proxy, no_proxy, …) and other certificate authorities from SSL_CERT_FILE. A host that answers none of many tries in a row is given up.
 */
#ifndef ASSAY_NET_H
#define ASSAY_NET_H

#include "assay/base.h"

#pragma GCC visibility push(default)

struct http_options {
	const char *const *allowed_origins; /* "https://host[:port]", NULL-terminated: nothing else is asked or followed */
	const char *user_agent;
	unsigned parallel;                       /* requests under way at once */
	unsigned tries;                          /* at most, for 429, 5xx and broken connections; with backoff */
	unsigned backoff_ms;                     /* before the second try; doubles each time; Retry-After wins within reason */
	unsigned connect_timeout_ms, timeout_ms; /* of one try; a try that moves under 100 bytes/s for 20 s ends too */
};

/* What a receiver of bytes says to them. */
enum http_take { HTTP_MORE, HTTP_ENOUGH, HTTP_FAILED };
/* By which way a request goes. Zeroed: as the environment has it. It must live as long as the struct http that uses it. */
struct http_route {
	const char *proxy;                /* URL, may carry the proxy's own login; NULL: the environment's */
	const char *no_proxy;             /* "a.example,.b.example": hosts that are asked without it; NULL: the environment's */
	const char *ca_file;              /* PEM; these authorities and no others; NULL: the usual ones */
	struct str ca_pem;                /* likewise, as text; .n 0: none */
	const char *cert_file, *key_file; /* PEM of a client certificate; shown where `authorization` would be sent */
	bool unchecked;                   /* the server's certificate is not checked */
};

struct http_request {
	const char *url;
	const char *accept;                            /* Accept header or NULL */
	const char *authorization;                     /* "Bearer …" for exactly this URL's origin, or NULL */
	const char *if_none_match, *if_modified_since; /* of an earlier answer's headers, or NULL; the answer may then be 304 */
	/* POST, in place of GET: `body` as `content_type`, once more for each try, with `idempotency_key` by which the receiver can know them for
	 * one. Sent to this URL alone: no redirect is followed. content_type NULL: GET. */
	const char *content_type, *idempotency_key;
	struct str body;
	const char *authorized;         /* after a redirect: only URLs that begin so get it; NULL: the whole origin */
	const struct http_route *route; /* NULL: the environment's */
	size_t max_bytes;               /* of the body */
	/* Where the body of a 2xx answer goes as it arrives, in place of memory; NULL: memory. `at` is the offset of these bytes: 0 is a
	 * first try or one that starts over, and what came before is void. Only what `done` calls an answer arrived whole (or up to
	 * HTTP_ENOUGH, which ends the transfer and is no failure); then `size` is what was taken. */
	enum http_take (*take)(void *context, uint64_t at, struct str bytes);
	void *context;
};

/* Of an answer's headers; "" where there is none, or one that is too long or not printable ASCII. */
struct http_headers {
	char etag[256], last_modified[64];
	char hashes[256]; /* x-goog-hash: "crc32c=…,md5=…" */
};

enum http_outcome {
	HTTP_ANSWER, /* a status from the server; `code` tells which */
	HTTP_TOO_LARGE,
	HTTP_REFUSED_HOST, /* not allowed, at once or after a redirect */
	HTTP_UNREACHABLE,  /* no answer: name, connection, TLS, time, a short body */
	HTTP_NOT_TAKEN,    /* `take` said HTTP_FAILED */
	HTTP_NO_MEMORY,
};

struct http_response {
	enum http_outcome outcome;
	long code;  /* HTTP status; 0 without an answer */
	char *body; /* of a 2xx answer, else NULL: malloc'ed, of `size` bytes; whoever gets the response may take it and set it NULL */
	size_t size;
	unsigned tries;
	bool retryable;              /* trying later may help */
	struct http_headers headers; /* of an answer */
	/* "503 after 4 tries"; with the host where it wants a login or gave no answer: "localhost:4873: connection refused, after 4 tries"; "" on 2xx; */
	char detail[256]; /* printable ASCII, without secrets or query strings */
};

/* Before several threads use this room at once: libcurl is bound, and what it sets up once for all of them is set up. */
enum status http_prepare(struct error *err);

struct http;
struct http *http_new(const struct http_options *options, struct error *err); /* NULL on failure */
void http_free(struct http *http);
/* Queued; the strings must live until `done`. False: out of memory. */
bool http_add(struct http *http, const struct http_request *request);
/* Works until everything queued is answered; calls `done` on this thread for each, which may add more. */
enum status http_run(struct http *http, void (*done)(void *context, const struct http_request *request, struct http_response *response),
		     void *context, struct error *err);

/* "https://host[:port]" of a URL, lower case, default port left out; STR_NONE when it is no http(s) URL or carries
 * credentials, blanks, controls, backslashes or anything but ASCII, or is longer than 8 KiB; or for want of memory:
 * arena_is_exhausted() then, as where libcurl is missing, which error_memory() tells. */
struct str url_origin(struct arena *arena, struct str url);
/* Appends `s` as a segment of a path: whatever is no letter, digit or harmless mark is percent-encoded. */
void url_add_segment(struct buf *out, struct str s);

#pragma GCC visibility pop
#endif
