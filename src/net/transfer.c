/*
 * One try of one request. Redirects are not followed here and nothing is decoded: what arrives is what is
 * counted against the caps, and a body that did not arrive whole is dropped.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "transfer.h"

enum {
	DISCARD_BYTES = 64 * 1024,     /* of an error page: reading it keeps the connection, more is not worth it */
	FIRST_BYTES = 8 * 1024 * 1024, /* at most claimed at once on the word of Content-Length */
	RECEIVE_BYTES = 128 * 1024,
	SLOW_BYTES_PER_S = 100,
	SLOW_SECONDS = 20,
};

static bool is_success(long code)
{
	return code >= 200 && code < 300;
}

static bool is_redirect(long code)
{
	return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

static long answer_code(const struct transfer *transfer)
{
	long code = 0;
	libcurl.curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &code);
	return code;
}

static size_t stop(struct transfer *transfer, enum stop why)
{
	transfer->stop = why;
	return 0; /* fewer than were offered: curl ends the transfer */
}

static bool reserve(struct transfer *transfer, size_t need)
{
	if (need <= transfer->capacity)
		return true;
	size_t capacity = transfer->capacity > transfer->max_bytes / 2 ? transfer->max_bytes : transfer->capacity * 2;
	if (transfer->capacity == 0) {
		curl_off_t length = -1;
		libcurl.curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
		capacity = length > FIRST_BYTES ? FIRST_BYTES : length > 0 ? (size_t)length : RECEIVE_BYTES;
	}
	if (capacity < need)
		capacity = need;
	char *grown = realloc(transfer->body, capacity);
	if (!grown)
		return false;
	*transfer->held += capacity - transfer->capacity;
	transfer->body = grown;
	transfer->capacity = capacity;
	return true;
}

static bool announces_too_much(const struct transfer *transfer)
{
	curl_off_t length = -1;
	libcurl.curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return length > 0 && (uint64_t)length > transfer->max_bytes;
}

/* The receiver has asked for bytes in place of a body. */
static size_t pass_on(struct transfer *transfer, struct str bytes)
{
	static const enum stop stops[] = { [HTTP_MORE] = STOP_NONE, [HTTP_ENOUGH] = STOP_ENOUGH, [HTTP_FAILED] = STOP_NOT_TAKEN };
	enum http_take taken = transfer->request->take(transfer->request->context, transfer->size, bytes);
	transfer->size += bytes.n;
	return taken == HTTP_MORE ? bytes.n : stop(transfer, stops[taken]);
}

static size_t take_body(char *data, size_t one, size_t n, void *context)
{
	(void)one; /* always 1 */
	struct transfer *transfer = context;
	if (!is_success(answer_code(transfer))) {
		transfer->discarded += n;
		return transfer->discarded > DISCARD_BYTES ? stop(transfer, STOP_ENOUGH) : n;
	}
	if (n > transfer->max_bytes - transfer->size || (transfer->size == 0 && announces_too_much(transfer)))
		return stop(transfer, STOP_TOO_LARGE);
	if (transfer->request->take)
		return pass_on(transfer, (struct str){ data, n });
	if (!reserve(transfer, transfer->size + n))
		return stop(transfer, STOP_MEMORY);
	if (n)
		memcpy(transfer->body + transfer->size, data, n);
	transfer->size += n;
	return n;
}

static bool is_header(struct str line, const char *name)
{
	struct str key = str_head(line, str_find(line, ':'));
	bool same = key.n == strlen(name);
	for (size_t i = 0; i < key.n && same; i++)
		same = ascii_lower((unsigned char)key.p[i]) == (unsigned char)name[i];
	return same;
}

/* Behind what is there, since a list may come as several lines. */
static void keep_header(char *field, size_t size, struct str value)
{
	size_t used = strlen(field), comma = used ? 1 : 0;
	bool plain = value.n && used + comma + value.n < size;
	for (size_t i = 0; i < value.n && plain; i++)
		plain = value.p[i] >= ' ' && value.p[i] < 0x7f;
	if (!plain)
		return;
	if (comma)
		field[used] = ',';
	memcpy(field + used + comma, value.p, value.n);
	field[used + comma + value.n] = '\0';
}

static size_t take_header(char *data, size_t one, size_t n, void *context)
{
	(void)one;
	struct transfer *transfer = context;
	struct http_headers *answered = &transfer->answered;
	struct str line = { data, n }, value = str_trim(str_from(line, str_find(line, ':') + 1));
	transfer->header_bytes += n;
	if (transfer->header_bytes > LIMIT_HTTP_HEADER_BYTES)
		return stop(transfer, STOP_HEADERS);
	if (str_starts_with(line, STR("HTTP/"))) /* a proxy's or a "100 Continue" stood before */
		*answered = (struct http_headers){ 0 };
	else if (is_header(line, "etag"))
		keep_header(answered->etag, sizeof answered->etag, value);
	else if (is_header(line, "last-modified"))
		keep_header(answered->last_modified, sizeof answered->last_modified, value);
	else if (is_header(line, "x-goog-hash"))
		keep_header(answered->hashes, sizeof answered->hashes, value);
	return n;
}

static bool add_header(struct transfer *transfer, const char *name, const char *value)
{
	CLEANUP(buf_fini) struct buf line = BUF_INIT(LIMIT_HTTP_HEADER_BYTES);
	buf_printf(&line, "%s: %s", name, value);
	buf_add_char(&line, '\0');
	struct curl_slist *longer = line.failed ? NULL : libcurl.curl_slist_append(transfer->headers, line.p);
	if (longer)
		transfer->headers = longer;
	return longer;
}

static void set_for_all(struct transfer *transfer)
{
	CURL *easy = transfer->easy;
	const struct http_options *options = transfer->options;
	libcurl.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L); /* threads */
	libcurl.curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	libcurl.curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	libcurl.curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	libcurl.curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	libcurl.curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	libcurl.curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	libcurl.curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L); /* rather a stream of a connection than another connection */
	libcurl.curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	libcurl.curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
	libcurl.curl_easy_setopt(easy, CURLOPT_USERAGENT, options->user_agent);
	libcurl.curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
	libcurl.curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
	libcurl.curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_PER_S);
	libcurl.curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
	libcurl.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	libcurl.curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	libcurl.curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	libcurl.curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	libcurl.curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->curl_error);
	libcurl.curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	/* Where OpenSSL programs look for the certificates of a company's own proxy. */
	const char *certificates = getenv("SSL_CERT_FILE");
	if (certificates && *certificates)
		libcurl.curl_easy_setopt(easy, CURLOPT_CAINFO, certificates);
}

/* In place of the usual authorities, as in Node; a proxy that speaks TLS is held to the same. */
static void set_authorities(CURL *easy, const struct http_route *route)
{
	if (!route->ca_file && route->ca_pem.n == 0)
		return;
	libcurl.curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	libcurl.curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
	if (route->ca_file) {
		libcurl.curl_easy_setopt(easy, CURLOPT_CAINFO, route->ca_file);
		libcurl.curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, route->ca_file);
		return;
	}
	char *pem = (char *)(uintptr_t)route->ca_pem.p; /* only read: the blob is not copied */
	struct curl_blob blob = { pem, route->ca_pem.n, CURL_BLOB_NOCOPY };
	libcurl.curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
	libcurl.curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO_BLOB, &blob);
}

static void set_route(CURL *easy, const struct http_route *route, bool authorized)
{
	if (route->proxy)
		libcurl.curl_easy_setopt(easy, CURLOPT_PROXY, route->proxy);
	if (route->no_proxy)
		libcurl.curl_easy_setopt(easy, CURLOPT_NOPROXY, route->no_proxy);
	set_authorities(easy, route);
	if (route->unchecked) {
		libcurl.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		libcurl.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (authorized && route->cert_file) {
		libcurl.curl_easy_setopt(easy, CURLOPT_SSLCERT, route->cert_file);
		libcurl.curl_easy_setopt(easy, CURLOPT_SSLKEY, route->key_file);
	}
}

/* Handles are used again and again: one that was set for another way starts over. Connections stay with the multi handle, which
 * never lends one to another proxy, authority or certificate. */
static void take_route(struct transfer *transfer, const struct http_route *route, bool authorized)
{
	bool same = transfer->route == route && (transfer->authorized == authorized || !route);
	transfer->authorized = authorized;
	if (same)
		return;
	libcurl.curl_easy_reset(transfer->easy);
	set_for_all(transfer);
	transfer->route = route;
	if (route)
		set_route(transfer->easy, route, authorized);
}

struct transfer *transfer_new(const struct http_options *options, size_t *held)
{
	struct transfer *transfer = calloc(1, sizeof *transfer);
	if (!transfer)
		return NULL;
	transfer->options = options;
	transfer->held = held;
	transfer->easy = libcurl.curl_easy_init();
	if (!transfer->easy) {
		free(transfer);
		return NULL;
	}
	set_for_all(transfer);
	return transfer;
}

void transfer_free(struct transfer *transfer)
{
	if (!transfer)
		return;
	libcurl.curl_easy_cleanup(transfer->easy);
	libcurl.curl_slist_free_all(transfer->headers);
	free(transfer->body);
	free(transfer);
}

static void reset(struct transfer *transfer)
{
	libcurl.curl_slist_free_all(transfer->headers);
	free(transfer->body);
	*transfer->held -= transfer->capacity;
	transfer->headers = NULL;
	transfer->body = NULL;
	transfer->size = transfer->capacity = 0;
	transfer->header_bytes = transfer->discarded = 0;
	transfer->answered = (struct http_headers){ 0 };
	transfer->request = NULL;
	transfer->stop = STOP_NONE;
	transfer->curl_error[0] = '\0';
}

/* A body is asked for whatever it is, and never announced first: few receivers answer to that. */
static bool set_method(struct transfer *transfer, const struct http_request *request)
{
	CURL *easy = transfer->easy;
	if (!request->content_type)
		return libcurl.curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	return add_header(transfer, "Content-Type", request->content_type) && add_header(transfer, "Expect", "") &&
	       (!request->idempotency_key || add_header(transfer, "Idempotency-Key", request->idempotency_key)) &&
	       libcurl.curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
	       libcurl.curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n) == CURLE_OK &&
	       libcurl.curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.p) == CURLE_OK;
}

bool transfer_start(struct transfer *transfer, CURLM *multi, const char *url, const struct http_request *request, bool authorized)
{
	reset(transfer);
	transfer->request = request;
	take_route(transfer, request->route, authorized);
	transfer->max_bytes = request->max_bytes;
	transfer->headed = authorized && request->authorization;
	if (!add_header(transfer, "Accept-Encoding", "identity") || (request->accept && !add_header(transfer, "Accept", request->accept)) ||
	    (request->if_none_match && !add_header(transfer, "If-None-Match", request->if_none_match)) ||
	    (request->if_modified_since && !add_header(transfer, "If-Modified-Since", request->if_modified_since)) ||
	    (transfer->headed && !add_header(transfer, "Authorization", request->authorization)) || !set_method(transfer, request))
		return false;
	return libcurl.curl_easy_setopt(transfer->easy, CURLOPT_URL, url) == CURLE_OK &&
	       libcurl.curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK &&
	       libcurl.curl_multi_add_handle(multi, transfer->easy) == CURLM_OK;
}

/* ---- what came of it ------------------------------------------------------ */

static const struct failure {
	CURLcode code;
	bool retryable;
	const char *text;
} failures[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, true, "could not resolve host" },
	{ CURLE_COULDNT_RESOLVE_PROXY, true, "could not resolve the proxy's host" },
	{ CURLE_PROXY, true, "the proxy refused" },
	{ CURLE_PARTIAL_FILE, true, "the connection ended before the answer did" },
	{ CURLE_GOT_NOTHING, true, "the connection ended without an answer" },
	{ CURLE_RECV_ERROR, true, "the connection broke" },
	{ CURLE_SEND_ERROR, true, "the connection broke" },
	{ CURLE_HTTP2, true, "the connection broke" },
	{ CURLE_HTTP2_STREAM, true, "the connection broke" },
	{ CURLE_SSL_CONNECT_ERROR, true, "no secure connection" },
	{ CURLE_SSL_CACERT_BADFILE, false, "the certificates to trust (cafile, ca, SSL_CERT_FILE) cannot be read" },
	{ CURLE_SSL_CERTPROBLEM, false, "the client certificate (certfile, keyfile) cannot be used" },
	{ CURLE_WEIRD_SERVER_REPLY, false, "the answer is not HTTP" },
	{ CURLE_UNSUPPORTED_PROTOCOL, false, "the answer is not HTTP" },
	{ CURLE_HTTP_RETURNED_ERROR, false, "the answer is not HTTP" },
	{ CURLE_OUT_OF_MEMORY, false, "no memory, or a header that is too large" }, /* curl does not tell which */
	{ CURLE_URL_MALFORMAT, false, "the URL is malformed" },
};

static void describe_connection(const struct transfer *transfer, struct try_result *out)
{
	long number = 0;
	char reason[128];
	libcurl.curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
	if (number == ECONNREFUSED)
		snprintf(out->detail, sizeof out->detail, "connection refused");
	else if (number)
		snprintf(out->detail, sizeof out->detail, "could not connect: %s", strerror_r((int)number, reason, sizeof reason));
	else
		snprintf(out->detail, sizeof out->detail, "could not connect");
}

static void describe_timeout(const struct transfer *transfer, struct try_result *out)
{
	const struct http_options *options = transfer->options;
	curl_off_t total_us = 0, connect_us = 0;
	libcurl.curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &total_us);
	libcurl.curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &connect_us);
	unsigned limit_ms = connect_us ? options->timeout_ms : options->connect_timeout_ms;
	if (total_us / 1000 + 1 < (curl_off_t)limit_ms)
		snprintf(out->detail, sizeof out->detail, "too slow: under %d bytes/s for %d s", SLOW_BYTES_PER_S, SLOW_SECONDS);
	else if (limit_ms % 1000)
		snprintf(out->detail, sizeof out->detail, "timed out after %u ms", limit_ms);
	else
		snprintf(out->detail, sizeof out->detail, "timed out after %u s", limit_ms / 1000);
}

/* curl's text quotes the certificate, which anybody can have written: only printable ASCII of it is kept. */
static void describe_certificate(const struct transfer *transfer, struct try_result *out)
{
	struct str why = str_of(transfer->curl_error), prefix = STR("SSL certificate problem: ");
	if (str_starts_with(why, prefix))
		why = str_from(why, prefix.n);
	char shown[100];
	size_t n = why.n < sizeof shown - 1 ? why.n : sizeof shown - 1;
	for (size_t i = 0; i < n; i++)
		shown[i] = why.p[i] >= ' ' && why.p[i] < 0x7f ? why.p[i] : '?';
	shown[n] = '\0';
	snprintf(out->detail, sizeof out->detail, "certificate not trusted: %s (of your own authority? set cafile in ~/.npmrc)", shown);
}

static void judge_failure(const struct transfer *transfer, CURLcode code, struct try_result *out)
{
	out->outcome = HTTP_UNREACHABLE;
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT) {
		out->retryable = true;
		(code == CURLE_COULDNT_CONNECT ? describe_connection : describe_timeout)(transfer, out);
		return;
	}
	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		describe_certificate(transfer, out);
		return;
	}
	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
		if (failures[i].code != code)
			continue;
		out->retryable = failures[i].retryable;
		snprintf(out->detail, sizeof out->detail, "%s", failures[i].text);
		return;
	}
	snprintf(out->detail, sizeof out->detail, "%s", libcurl.curl_easy_strerror(code));
}

static void judge_stop(const struct transfer *transfer, struct try_result *out)
{
	out->outcome = HTTP_UNREACHABLE;
	switch (transfer->stop) {
	case STOP_TOO_LARGE:
		out->outcome = HTTP_TOO_LARGE;
		snprintf(out->detail, sizeof out->detail, "larger than %zu bytes", transfer->max_bytes);
		break;
	case STOP_MEMORY:
		out->outcome = HTTP_NO_MEMORY;
		snprintf(out->detail, sizeof out->detail, "out of memory");
		break;
	case STOP_HEADERS: snprintf(out->detail, sizeof out->detail, "headers larger than %zu bytes", LIMIT_HTTP_HEADER_BYTES); break;
	case STOP_NOT_TAKEN:
		out->outcome = HTTP_NOT_TAKEN;
		snprintf(out->detail, sizeof out->detail, "what arrived could not be kept");
		break;
	case STOP_NONE:
	case STOP_ENOUGH: break;
	}
}

static void judge_answer(struct transfer *transfer, struct try_result *out)
{
	long code = answer_code(transfer);
	out->outcome = HTTP_ANSWER;
	out->code = code;
	out->headers = transfer->answered;
	if (is_success(code)) {
		out->body = transfer->body;
		out->size = transfer->size;
		transfer->body = NULL;
		return;
	}
	out->retryable = code == 429 || code >= 500;
	curl_off_t seconds = 0;
	if (out->retryable && libcurl.curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK)
		out->retry_after_s = seconds > 1000000 ? 1000000 : (long)seconds;
	bool posted = transfer->request->content_type;
	out->wants_login = !posted && (code == 401 || code == 403);
	out->headed = transfer->headed;
	snprintf(out->detail, sizeof out->detail, "answered %ld", code);
	const char *target = NULL;
	if (posted && is_redirect(code))
		snprintf(out->detail, sizeof out->detail, "answered %ld: redirects are not followed with what is sent", code);
	if (posted || !is_redirect(code) || libcurl.curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &target) || !target)
		return;
	out->redirect = strdup(target);
	if (!out->redirect)
		out->outcome = HTTP_NO_MEMORY;
}

void transfer_finish(struct transfer *transfer, CURLM *multi, CURLcode code, struct try_result *out)
{
	*out = (struct try_result){ .outcome = HTTP_UNREACHABLE };
	if (code == CURLE_OK || transfer->stop == STOP_ENOUGH)
		judge_answer(transfer, out);
	else if (transfer->stop != STOP_NONE)
		judge_stop(transfer, out);
	else
		judge_failure(transfer, code, out);
	libcurl.curl_multi_remove_handle(multi, transfer->easy);
	reset(transfer);
}
