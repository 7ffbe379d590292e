/* One try of one request on one curl handle: what is sent, what is received under caps, what came of it. */
#ifndef ASSAY_NET_TRANSFER_H
#define ASSAY_NET_TRANSFER_H

#include "assay/net.h"
#include "net/curl.h"

enum stop { STOP_NONE, STOP_TOO_LARGE, STOP_HEADERS, STOP_ENOUGH, STOP_MEMORY, STOP_NOT_TAKEN };

struct transfer {
	CURL *easy;
	const struct http_options *options;
	size_t *held;                   /* bytes of all unfinished bodies */
	struct transfer *next;          /* among the idle ones */
	void *owner;                    /* whose try it is */
	const struct http_route *route; /* what the handle is set to */
	bool authorized;                /* also in that a client certificate may be shown */
	/* of the try under way */
	struct curl_slist *headers;
	const struct http_request *request;
	struct http_headers answered;
	bool headed; /* with a login */
	char *body;
	size_t size, capacity, max_bytes;
	size_t header_bytes, discarded;
	enum stop stop;
	char curl_error[CURL_ERROR_SIZE];
};

struct try_result {
	enum http_outcome outcome;
	long code;
	bool retryable;
	bool wants_login, headed; /* headed: one was sent */
	long retry_after_s;       /* 0: the server did not say */
	char *redirect;           /* where it points, malloc'ed; NULL: no redirect */
	char *body;               /* malloc'ed */
	struct http_headers headers;
	size_t size;
	char detail[200];
};

struct transfer *transfer_new(const struct http_options *options, size_t *held); /* NULL: out of memory */
void transfer_free(struct transfer *transfer);
/* False: out of memory. */
bool transfer_start(struct transfer *transfer, CURLM *multi, const char *url, const struct http_request *request, bool authorized);
/* Ends it, whether it was finished or not; the body and the redirect in `out` are the caller's. */
void transfer_finish(struct transfer *transfer, CURLM *multi, CURLcode code, struct try_result *out);

#endif
