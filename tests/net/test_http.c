/* HTTP against a registry that lies: what is asked, what is believed, what is said about it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "assay/limits.h"
#include "assay/net.h"
#include "net/local_registry.h"

static const char rules[] = "GET /gone 410\n"
			    "GET /login 401\n"
			    "GET /forbidden 403\n"
			    "GET /sick 503\n"
			    "GET /sick-twice 503 times=2\n"
			    "GET /busy 429 times=1\n"
			    "GET /busy-long 429 retry-after=3600\n"
			    "GET /closes close\n"
			    "GET /closes-once close times=1\n"
			    "GET /short short\n"
			    "GET /short-once short times=1\n"
			    "GET /endless endless\n"
			    "GET /headers headers\n"
			    "GET /nonsense nonsense\n"
			    "GET /slow slow ms=3000\n"
			    "GET /drip drip ms=500\n"
			    "GET /unsized unsized\n"
			    "GET /wrong-type wrong-type\n"
			    "GET /here redirect /file\n"
			    "GET /other redirect http://localhost:@PORT@/file\n"
			    "GET /evil redirect https://evil.example/x?token=secret\n"
			    "GET /disk redirect file:///etc/passwd\n"
			    "GET /mail redirect gopher://127.0.0.1:25/x\n"
			    "GET /user redirect http://me:pw@127.0.0.1:@PORT@/file\n"
			    "GET /loop redirect /loop\n"
			    "GET /r1 redirect /r2\nGET /r2 redirect /r3\nGET /r3 redirect /r4\nGET /r4 redirect /r5\n"
			    "GET /r5 redirect /file\nGET /r0 redirect /r1\n"
			    "POST /taken 202\nPOST /sick-post 503 times=1\nPOST /sick-post 200\nPOST /private 401\nPOST /moved redirect /taken\n"
			    "POST /stops endless\n";

static struct local_registry registry;

enum { BODY = 5000, MOST = 6000 };

struct answers {
	struct http *http;
	size_t n, given_up;
	struct http_response last; /* body taken */
	unsigned order[512];
	const char *follow_up; /* asked from within done() */
};

static void note(void *context, const struct http_request *request, struct http_response *response)
{
	struct answers *answers = context;
	if (answers->n < 512)
		answers->order[answers->n] = (unsigned)(uintptr_t)request->context;
	answers->n++;
	answers->given_up += strstr(response->detail, ": given up, no answer to 12 tries in a row") != NULL;
	free(answers->last.body);
	answers->last = *response;
	response->body = NULL;
	if (answers->follow_up) {
		struct http_request more = { .url = answers->follow_up, .max_bytes = MOST };
		answers->follow_up = NULL;
		assert_true(http_add(answers->http, &more));
	}
}

/* What /r1 and /r0 need, and what is said of /loop and of those that are tried again. */
_Static_assert(LIMIT_HTTP_REDIRECTS == 5 && LIMIT_HTTP_TRIES == 4, "the facts below say so");

static struct http_options options(const char *const *origins)
{
	return (struct http_options){
		.allowed_origins = origins,
		.user_agent = "assay/test",
		.parallel = 8,
		.tries = LIMIT_HTTP_TRIES,
		.backoff_ms = 1,
		.connect_timeout_ms = 5000,
		.timeout_ms = 20000,
	};
}

/* One request of its own; the caller frees the body. */
static struct http_response ask(const struct http_options *how, const char *url, const char *authorization)
{
	struct answers answers = { 0 };
	struct error err = { 0 };
	struct http_request request = { .url = url, .authorization = authorization, .accept = "text/x", .max_bytes = MOST };
	answers.http = http_new(how, &err);
	assert_non_null(answers.http);
	assert_true(http_add(answers.http, &request));
	assert_int_equal(http_run(answers.http, note, &answers, &err), STATUS_OK);
	assert_int_equal(answers.n, 1);
	http_free(answers.http);
	return answers.last;
}

static const char *at(const char *base, const char *path)
{
	static char url[600];
	snprintf(url, sizeof url, "%s%s", base, path[0] == '/' ? path + 1 : path);
	return url;
}

struct fact {
	const char *path;
	enum http_outcome outcome;
	long code;
	unsigned tries;
	bool retryable;
	const char *detail;
};

static const struct fact facts[] = {
	{ "/file", HTTP_ANSWER, 200, 1, false, "" },
	{ "/wrong-type", HTTP_ANSWER, 200, 1, false, "" },
	{ "/unsized", HTTP_ANSWER, 200, 1, false, "" },
	{ "/here", HTTP_ANSWER, 200, 1, false, "" },
	{ "/r1", HTTP_ANSWER, 200, 1, false, "" },
	{ "/nothing", HTTP_ANSWER, 404, 1, false, "answered 404" },
	{ "/gone", HTTP_ANSWER, 410, 1, false, "answered 410" },
	{ "/login", HTTP_ANSWER, 401, 1, false, "HOST answered 401: it wants a login, and none was sent" },
	{ "/forbidden", HTTP_ANSWER, 403, 1, false, "HOST answered 403: it wants a login, and none was sent" },
	{ "/sick", HTTP_ANSWER, 503, 4, true, "503 after 4 tries" },
	{ "/sick-twice", HTTP_ANSWER, 200, 3, false, "" },
	{ "/busy", HTTP_ANSWER, 200, 2, false, "" },
	{ "/busy-long", HTTP_ANSWER, 429, 1, true, "answered 429 and asks to wait 3600 s" },
	{ "/closes", HTTP_UNREACHABLE, 0, 4, true, "HOST: the connection ended without an answer, after 4 tries" },
	{ "/closes-once", HTTP_ANSWER, 200, 2, false, "" },
	{ "/short", HTTP_UNREACHABLE, 0, 4, true, "HOST: the connection ended before the answer did, after 4 tries" },
	{ "/short-once", HTTP_ANSWER, 200, 2, false, "" },
	{ "/endless", HTTP_TOO_LARGE, 0, 1, false, "larger than 6000 bytes" },
	{ "/large", HTTP_TOO_LARGE, 0, 1, false, "larger than 6000 bytes" },
	{ "/most", HTTP_ANSWER, 200, 1, false, "" },
	{ "/empty", HTTP_ANSWER, 200, 1, false, "" },
	{ "/headers", HTTP_UNREACHABLE, 0, 1, false, "HOST: headers larger than 262144 bytes" },
	{ "/nonsense", HTTP_UNREACHABLE, 0, 1, false, "HOST: the answer is not HTTP" },
	{ "/other", HTTP_REFUSED_HOST, 0, 1, false, NULL },
	{ "/evil", HTTP_REFUSED_HOST, 0, 1, false, "redirects to https://evil.example, which is no allowed host" },
	{ "/disk", HTTP_REFUSED_HOST, 0, 1, false, "redirects to a file: URL, which is never followed" },
	{ "/mail", HTTP_REFUSED_HOST, 0, 1, false, "redirects to a gopher: URL, which is never followed" },
	{ "/user", HTTP_REFUSED_HOST, 0, 1, false, "redirects to no plain http(s) URL" },
	{ "/loop", HTTP_UNREACHABLE, 0, 1, false, "HOST: more than 5 redirects" },
	{ "/r0", HTTP_UNREACHABLE, 0, 1, false, "HOST: more than 5 redirects" },
};

static void check_fact(const struct fact *fact, const struct http_response *response)
{
	print_message("%s: %s\n", fact->path, response->detail);
	assert_int_equal(response->outcome, fact->outcome);
	assert_int_equal(response->code, fact->code);
	assert_int_equal(response->tries, fact->tries);
	assert_int_equal(response->retryable, fact->retryable);
	if (fact->detail && strncmp(fact->detail, "HOST", 4) == 0) {
		char whole[400];
		snprintf(whole, sizeof whole, "127.0.0.1:%u%s", registry.port, fact->detail + 4);
		assert_string_equal(response->detail, whole);
	} else if (fact->detail) {
		assert_string_equal(response->detail, fact->detail);
	}
}

static void one_by_one(void **state)
{
	(void)state;
	const char *origins[] = { registry.origin, NULL };
	struct http_options how = options(origins);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		struct http_response response = ask(&how, at(registry.url, facts[i].path), NULL);
		check_fact(&facts[i], &response);
		bool whole = response.outcome == HTTP_ANSWER && response.code == 200;
		if (!whole)
			assert_true(response.size == 0 && !response.body);
		else if (strcmp(facts[i].path, "/most") != 0 && strcmp(facts[i].path, "/empty") != 0)
			assert_true(response.size == BODY && response.body[BODY - 1] == 'b');
		free(response.body);
	}
}

static void not_allowed(void **state)
{
	(void)state;
	const char *origins[] = { "https://a.example", NULL };
	struct http_options how = options(origins);
	struct http_response response = ask(&how, at(registry.url, "/forbidden-host?secret"), NULL);
	assert_int_equal(response.outcome, HTTP_REFUSED_HOST);
	assert_int_equal(response.tries, 0);
	assert_null(strstr(response.detail, "secret"));
	response = ask(&how, "http://a.example/", NULL); /* https was allowed, http was not */
	assert_int_equal(response.outcome, HTTP_REFUSED_HOST);
	assert_int_equal(response.tries, 0);
	response = ask(&how, "file:///etc/passwd", NULL);
	assert_int_equal(response.outcome, HTTP_REFUSED_HOST);
	assert_int_equal(local_registry_count(&registry, "GET /forbidden-host", ""), 0);
}

static void bad_origin(void **state)
{
	(void)state;
	const char *origins[] = { "https://me:secret@a.example", NULL };
	struct http_options how = options(origins);
	struct error err;
	assert_null(http_new(&how, &err));
	assert_int_equal(err.status, STATUS_USAGE);
	assert_null(strstr(err.text, "secret"));
}

static void headers_sent(void **state)
{
	(void)state;
	const char *origins[] = { registry.origin, registry.other_origin, NULL };
	struct http_options how = options(origins);
	struct http_response response = ask(&how, at(registry.url, "/here"), "Bearer hidden1");
	free(response.body);
	assert_int_equal(local_registry_count(&registry, "GET /here ", "Authorization: Bearer hidden1"), 1);
	assert_int_equal(local_registry_count(&registry, "GET /file ", "Authorization: Bearer hidden1"), 1);
	response = ask(&how, at(registry.url, "/other"), "Bearer hidden2");
	assert_int_equal(response.code, 200);
	free(response.body);
	assert_int_equal(local_registry_count(&registry, "GET /other ", "Authorization: Bearer hidden2"), 1);
	assert_int_equal(local_registry_count(&registry, "GET /file ", "hidden2"), 0);
	assert_true(local_registry_count(&registry, "GET /file ", "Host: localhost") > 0);
	assert_int_equal(local_registry_count(&registry, "GET /here ", "User-Agent: assay/test\t"),
			 local_registry_count(&registry, "GET /here ", "Accept-Encoding: identity\t"));
	assert_true(local_registry_count(&registry, "GET /here ", "Accept: text/x\t") > 0);
	assert_int_equal(local_registry_count(&registry, "", "Cookie:"), 0);
}

/* The user's .netrc is for other programs. */
static void no_netrc(void **state)
{
	(void)state;
	char path[600];
	const char *origins[] = { registry.origin, NULL };
	struct http_options how = options(origins);
	snprintf(path, sizeof path, "%s/.netrc", test_env("HOME"));
	assert_int_equal(file_write(path, STR("machine 127.0.0.1 login me password netrc-secret\n"), NULL), STATUS_OK);
	free(ask(&how, at(registry.url, "/netrc"), NULL).body);
	unlink(path);
	assert_int_equal(local_registry_count(&registry, "GET /netrc ", ""), 1);
	assert_int_equal(local_registry_count(&registry, "GET /netrc ", "Authorization"), 0);
}

/* A free port that nobody listens on. */
static unsigned dead_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(bind(fd, (struct sockaddr *)&address, size) == 0 && getsockname(fd, (struct sockaddr *)&address, &size) == 0);
	close(fd);
	return ntohs(address.sin_port);
}

static void nobody_there(void **state)
{
	(void)state;
	char dead[64];
	snprintf(dead, sizeof dead, "http://127.0.0.1:%u", dead_port());
	const char *origins[] = { dead, "http://nowhere.invalid", registry.origin, NULL };
	struct http_options how = options(origins);
	struct http_response response = ask(&how, dead, NULL);
	assert_int_equal(response.outcome, HTTP_UNREACHABLE);
	assert_non_null(strstr(response.detail, "127.0.0.1:"));
	assert_non_null(strstr(response.detail, ": connection refused, after 4 tries"));
	how.tries = 1;
	response = ask(&how, dead, NULL);
	assert_null(strstr(response.detail, "tries"));
	response = ask(&how, "http://nowhere.invalid/x?secret", NULL);
	assert_string_equal(response.detail, "nowhere.invalid: could not resolve host");
	assert_true(response.retryable);
	how.timeout_ms = 200;
	response = ask(&how, at(registry.url, "/slow"), NULL);
	assert_non_null(strstr(response.detail, ": timed out after 200 ms"));
	response = ask(&how, at(registry.url, "/drip"), NULL);
	assert_non_null(strstr(response.detail, ": timed out after 200 ms"));
	assert_true(response.size == 0 && !response.body);
}

static void many(void **state)
{
	(void)state;
	const char *origins[] = { registry.origin, NULL };
	struct http_options how = options(origins);
	static char urls[300][128];
	struct answers answers = { .http = http_new(&how, NULL) };
	for (uintptr_t i = 0; i < 300; i++) {
		snprintf(urls[i], sizeof urls[i], "%smany/%u", registry.url, (unsigned)i);
		struct http_request request = { .url = urls[i], .max_bytes = MOST, .context = (void *)i };
		assert_true(http_add(answers.http, &request));
	}
	char more[128];
	snprintf(more, sizeof more, "%smany/more", registry.url);
	answers.follow_up = more;
	assert_int_equal(http_run(answers.http, note, &answers, NULL), STATUS_OK);
	assert_int_equal(answers.n, 301);
	http_free(answers.http);
	free(answers.last.body);
	assert_int_equal(local_registry_count(&registry, "GET /many/", ""), 301);
	/* Few connections, used again and again: the last request went over one of those. */
	struct arena *arena = arena_new(0);
	struct str text, line;
	size_t connections = 0;
	bool seen[1000] = { false };
	assert_int_equal(file_read(registry.log, SIZE_MAX, arena, &text, NULL), STATUS_OK);
	while (str_split(&text, '\n', &line)) {
		uint64_t number = 0;
		struct str tail = str_from(line, str_find_str(line, STR("connection: ")) + 12);
		if (!str_starts_with(line, STR("GET /many/")) || !str_to_u64(tail, &number) || number >= 1000)
			continue;
		connections += !seen[number];
		seen[number] = true;
	}
	arena_free(arena);
	assert_in_range(connections, 1, 8);
}

/* One that waits for its next try does not hold up the others, even where only one may be under way. */
static void backoff_lets_pass(void **state)
{
	(void)state;
	const char *origins[] = { registry.origin, NULL };
	struct http_options how = options(origins);
	how.parallel = 1;
	how.backoff_ms = 100;
	struct answers answers = { .http = http_new(&how, NULL) };
	char sick[128], fine[128];
	snprintf(sick, sizeof sick, "%ssick", registry.url);
	snprintf(fine, sizeof fine, "%sfile", registry.url);
	for (uintptr_t i = 0; i < 3; i++) {
		struct http_request request = { .url = i ? fine : sick, .max_bytes = MOST, .context = (void *)i };
		assert_true(http_add(answers.http, &request));
	}
	assert_int_equal(http_run(answers.http, note, &answers, NULL), STATUS_OK);
	http_free(answers.http);
	free(answers.last.body);
	assert_int_equal(answers.n, 3);
	assert_int_equal(answers.order[2], 0);
}

/* A host that does not answer costs a few requests' tries, not those of a thousand. */
static void silent_host(void **state)
{
	(void)state;
	const char *origins[] = { registry.origin, NULL };
	struct http_options how = options(origins);
	size_t before = local_registry_count(&registry, "GET /closes ", "");
	how.parallel = 2;
	struct answers answers = { .http = http_new(&how, NULL) };
	char url[128];
	snprintf(url, sizeof url, "%scloses", registry.url);
	struct http_request request = { .url = url, .max_bytes = MOST };
	for (int i = 0; i < 200; i++)
		assert_true(http_add(answers.http, &request));
	assert_int_equal(http_run(answers.http, note, &answers, NULL), STATUS_OK);
	http_free(answers.http);
	assert_int_equal(answers.n, 200);
	assert_in_range(answers.given_up, 180, 200);
	assert_true(answers.last.retryable);
	assert_in_range(local_registry_count(&registry, "GET /closes ", "") - before, LIMIT_HTTP_SILENT_TRIES, LIMIT_HTTP_SILENT_TRIES + 2);
}

static enum http_take enough(void *context, uint64_t at, struct str bytes)
{
	(void)context;
	(void)at;
	(void)bytes;
	return HTTP_ENOUGH;
}

/* What is sent arrives whole, once for each try, and nowhere else; the same connection asks again afterwards. */
static void posted(void **state)
{
	static const struct fact sent[] = {
		{ "taken", HTTP_ANSWER, 202, 1, false, "" },
		{ "sick-post", HTTP_ANSWER, 200, 2, false, "" },
		{ "private", HTTP_ANSWER, 401, 1, false, "answered 401" },
		{ "moved", HTTP_ANSWER, 302, 1, false, "answered 302: redirects are not followed with what is sent" },
		{ "stops", HTTP_ANSWER, 200, 1, false, "" },
		{ "file", HTTP_ANSWER, 200, 1, false, "" },
	};
	const char *origins[] = { registry.origin, NULL };
	struct http_options how = options(origins);
	how.parallel = 1;
	(void)state;
	struct answers answers = { .http = http_new(&how, NULL) };
	for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
		char url[128];
		bool post = strcmp(sent[i].path, "file") != 0;
		snprintf(url, sizeof url, "%s%s", registry.url, sent[i].path);
		struct http_request request = { .url = url, .max_bytes = MOST };
		if (post)
			request = (struct http_request){ .url = url,
							 .max_bytes = SIZE_MAX / 2,
							 .content_type = "application/json",
							 .idempotency_key = "k1",
							 .body = STR("{\"a\":1}"),
							 .take = enough };
		assert_true(http_add(answers.http, &request));
		assert_int_equal(http_run(answers.http, note, &answers, NULL), STATUS_OK);
		assert_int_equal(answers.last.code, sent[i].code);
		assert_int_equal(answers.last.tries, sent[i].tries);
		assert_string_equal(answers.last.detail, sent[i].detail);
	}
	http_free(answers.http);
	free(answers.last.body);
	assert_int_equal(local_registry_count(&registry, "POST /taken ", "body: {\"a\":1}"), 1);
	assert_int_equal(local_registry_count(&registry, "POST /sick-post ", "Idempotency-Key: k1\t"), 2);
	assert_int_equal(local_registry_count(&registry, "POST /private ", "Content-Type: application/json\t"), 1);
	assert_int_equal(local_registry_count(&registry, "POST ", "Expect:"), 0);
}

static void freed_half_way(void **state)
{
	(void)state;
	const char *origins[] = { registry.origin, NULL };
	struct http_options how = options(origins);
	struct http *http = http_new(&how, NULL);
	char url[128];
	snprintf(url, sizeof url, "%sfile", registry.url);
	struct http_request request = { .url = url, .max_bytes = MOST };
	assert_true(http_add(http, &request) && http_add(http, &request));
	http_free(http);
	http_free(NULL);
}

static int start(void **state)
{
	(void)state;
	static char bytes[MOST + 1];
	static const char *same[] = { "file",       "here",        "r5",    "other",      "sick-twice", "busy", "unsized",
				      "wrong-type", "closes-once", "short", "short-once", "drip",       "slow" };
	memset(bytes, 'b', sizeof bytes);
	local_registry_start(&registry, rules);
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		local_registry_put(&registry, same[i], (struct str){ bytes, BODY });
	local_registry_put(&registry, "most", (struct str){ bytes, MOST });
	local_registry_put(&registry, "large", (struct str){ bytes, MOST + 1 });
	local_registry_put(&registry, "empty", STR(""));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	local_registry_stop(&registry);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_by_one),  cmocka_unit_test(not_allowed),  cmocka_unit_test(bad_origin),     cmocka_unit_test(headers_sent),
		cmocka_unit_test(no_netrc),    cmocka_unit_test(nobody_there), cmocka_unit_test(many),           cmocka_unit_test(backoff_lets_pass),
		cmocka_unit_test(silent_host), cmocka_unit_test(posted),       cmocka_unit_test(freed_half_way),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
