/*
 * registry FOLDER RULES LOG: a registry on 127.0.0.1 that serves the files of FOLDER and lies on command. It prints its port,
 * and ends when its standard input does, so that it never outlives the test that started it.
 *
 * RULES has a line per lie, the first that matches decides: METHOD PATH-PATTERN BEHAVIOUR [KEY=VALUE…]
 *
 *     GET /a/-/a-1.0.0.tgz 503 times=2        any status; after `times` requests the line no longer counts
 *     GET /b?-1.tgz 429 retry-after=1
 *     GET /old redirect http://localhost:@PORT@/c
 *     GET /all.zip file etag=auto hash=auto    the file, with an ETag (304 to those who have it) and its checksums; or with hash=crc32c=…
 *     GET /private/x.tgz login Bearer,t0k         401 unless the Authorization header is that, the comma a blank
 *     GET /c slow ms=500 | drip ms=100 | short | garbage | endless | close | nonsense | headers | wrong-type | unsized
 *
 * /<name>/<version> is made from FOLDER/<name>/-/<base>-<version>.tgz where no file says otherwise, and /<name> is FOLDER/<name>/document.json,
 * else made from the tarballs there, without dates and publishers. %2f in a path is a slash, for rules too.
 *
 * LOG gets a line per request: "METHOD PATH" and the headers, in the order of arrival, each behind a tab; "connection: N" is ours, and "body: …" of
 * what was sent, its line ends as blanks.
 */
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "assay/base.h"
#include "assay/digest.h"

enum { MAX_RULES = 256, MAX_HEAD = 512 * 1024, MAX_FILE = 256 * 1024 * 1024 };

struct client {
	int fd;
	unsigned number;
	const struct server *server;
	struct buf in;
	struct str head; /* of the request at hand */
};

struct rule {
	const char *method, *pattern, *behaviour, *target;
	const char *etag, *hash;         /* NULL: none */
	uint64_t times, ms, retry_after; /* times: UINT64_MAX for ever */
};

struct server {
	const char *folder;
	unsigned port;
	int listener, log;
	struct rule *rules;
	size_t rule_count;
	pthread_mutex_t *lock; /* of the rules' counters */
};

struct answer {
	unsigned status;
	const char *type, *extra; /* extra: whole header lines */
	struct str body;
	size_t claimed; /* the Content-Length that is stated */
};

__attribute__((noreturn)) static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void sleep_ms(uint64_t ms)
{
	struct timespec wait = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
	nanosleep(&wait, NULL);
}

/* ---- rules ---------------------------------------------------------------- */

static void read_option(struct rule *rule, struct str word)
{
	static const struct {
		const char *key;
		size_t offset;
	} options[] = {
		{ "times=", offsetof(struct rule, times) },
		{ "ms=", offsetof(struct rule, ms) },
		{ "retry-after=", offsetof(struct rule, retry_after) },
	};
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		struct str key = str_of(options[i].key);
		if (str_starts_with(word, key) && str_to_u64(str_from(word, key.n), (uint64_t *)(void *)((char *)rule + options[i].offset)))
			return;
	}
	if (str_starts_with(word, STR("etag=")))
		rule->etag = word.p + 5;
	else if (str_starts_with(word, STR("hash=")))
		rule->hash = word.p + 5;
	else
		rule->target = word.p;
}

/* "@PORT@" becomes the port. */
static struct str fill_port(struct arena *arena, struct str text, unsigned port)
{
	size_t at = str_find_str(text, STR("@PORT@"));
	if (at == text.n)
		return text;
	struct str rest = str_from(text, at + 6);
	return arena_printf(arena, "%.*s%u%.*s", (int)at, text.p, port, STR_ARG(rest));
}

static void read_rules(struct server *server, const char *path, struct arena *arena)
{
	struct error err;
	struct str text, line, word;
	if (file_read(path, 1 << 20, arena, &text, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(2);
	}
	server->rules = arena_array(arena, MAX_RULES, sizeof *server->rules);
	while (str_split(&text, '\n', &line) && server->rule_count < MAX_RULES) {
		line = str_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		struct rule *rule = &server->rules[server->rule_count++];
		*rule = (struct rule){ .times = UINT64_MAX, .ms = 100 };
		const char **names[] = { &rule->method, &rule->pattern, &rule->behaviour };
		for (size_t i = 0; str_split(&line, ' ', &word);) {
			word = arena_copy(arena, fill_port(arena, word, server->port));
			if (i < 3)
				*names[i++] = word.p;
			else
				read_option(rule, word);
		}
		if (!rule->behaviour)
			die("a rule needs a method, a path and a behaviour");
	}
}

static const struct rule *find_rule(const struct server *server, const char *method, const char *path)
{
	const struct rule *found = NULL;
	pthread_mutex_lock(server->lock);
	for (size_t i = 0; i < server->rule_count && !found; i++) {
		struct rule *rule = &server->rules[i];
		if (rule->times == 0 || strcmp(rule->method, method) != 0 || fnmatch(rule->pattern, path, 0) != 0)
			continue;
		if (rule->times != UINT64_MAX)
			rule->times--;
		found = rule;
	}
	pthread_mutex_unlock(server->lock);
	return found;
}

/* ---- answers ---------------------------------------------------------------- */

static bool send_bytes(int fd, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		bytes = str_from(bytes, (size_t)n);
	}
	return true;
}

__attribute__((format(printf, 2, 3))) static bool send_text(int fd, const char *format, ...)
{
	char text[8192];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return n >= 0 && (size_t)n < sizeof text && send_bytes(fd, (struct str){ text, (size_t)n });
}

static bool send_head(int fd, const struct answer *answer)
{
	return send_text(fd, "HTTP/1.1 %u Whatever\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n", answer->status, answer->type,
			 answer->claimed, answer->extra);
}

static bool send_answer(int fd, const struct answer *answer)
{
	return send_head(fd, answer) && send_bytes(fd, answer->body);
}

static bool lie_slow(int fd, const struct rule *rule, struct answer *answer)
{
	sleep_ms(rule->ms);
	return send_answer(fd, answer);
}

static bool lie_drip(int fd, const struct rule *rule, struct answer *answer)
{
	bool going = send_head(fd, answer);
	for (size_t i = 0; i < answer->body.n && going; i++) {
		sleep_ms(rule->ms);
		going = send_bytes(fd, (struct str){ answer->body.p + i, 1 });
	}
	return going;
}

static bool lie_short(int fd, const struct rule *rule, struct answer *answer)
{
	(void)rule;
	answer->claimed += 1000;
	send_answer(fd, answer);
	return false;
}

static bool lie_garbage(int fd, const struct rule *rule, struct answer *answer)
{
	(void)rule;
	answer->status = 200;
	answer->body = STR("these are other bytes than those that were published\n");
	answer->claimed = answer->body.n;
	return send_answer(fd, answer);
}

static bool lie_endless(int fd, const struct rule *rule, struct answer *answer)
{
	(void)rule;
	(void)answer;
	static const char zeros[65536];
	bool going = send_text(fd, "HTTP/1.1 200 Whatever\r\nTransfer-Encoding: chunked\r\n\r\n");
	while (going)
		going = send_text(fd, "10000\r\n") && send_bytes(fd, (struct str){ zeros, sizeof zeros }) && send_text(fd, "\r\n");
	return false;
}

static bool lie_close(int fd, const struct rule *rule, struct answer *answer)
{
	(void)fd;
	(void)rule;
	(void)answer;
	return false;
}

static bool lie_nonsense(int fd, const struct rule *rule, struct answer *answer)
{
	(void)rule;
	(void)answer;
	send_text(fd, "220 mail.example ESMTP\r\n");
	return false;
}

static bool lie_headers(int fd, const struct rule *rule, struct answer *answer)
{
	(void)rule;
	(void)answer;
	bool going = send_text(fd, "HTTP/1.1 200 Whatever\r\n");
	for (size_t i = 0; going; i++)
		going = send_text(fd, "X-Header-%zu: %0200d\r\n", i, 0);
	return false;
}

static bool lie_wrong_type(int fd, const struct rule *rule, struct answer *answer)
{
	(void)rule;
	answer->type = "text/html";
	return send_answer(fd, answer);
}

/* As HTTP/1.0 did it: the end of the connection is the end of the body. */
static bool lie_unsized(int fd, const struct rule *rule, struct answer *answer)
{
	(void)rule;
	if (send_text(fd, "HTTP/1.1 200 Whatever\r\nConnection: close\r\n\r\n"))
		send_bytes(fd, answer->body);
	return false;
}

static bool lie_redirect(int fd, const struct rule *rule, struct answer *answer)
{
	(void)answer;
	return send_text(fd, "HTTP/1.1 302 Whatever\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", rule->target ? rule->target : "/");
}

static bool lie_status(int fd, const struct rule *rule, struct answer *answer)
{
	uint64_t status = 500;
	str_to_u64(str_of(rule->behaviour), &status);
	char extra[64] = "";
	if (rule->retry_after)
		snprintf(extra, sizeof extra, "Retry-After: %llu\r\n", (unsigned long long)rule->retry_after);
	*answer = (struct answer){ (unsigned)status, "text/plain", extra, STR("no\n"), 3 };
	return send_answer(fd, answer);
}

/* As Google's storage names the checksums of what it serves: in two lines. */
static const char *name_hashes(struct str body, struct arena *arena, uint32_t *crc_value)
{
	CLEANUP(buf_fini) struct buf crc = BUF_INIT(64), md5 = BUF_INIT(64);
	struct crc32c sum;
	struct digest digest;
	unsigned char bytes[CRC32C_SIZE];
	crc32c_init(&sum);
	crc32c_add(&sum, body);
	*crc_value = sum.value;
	crc32c_write(&sum, bytes);
	base64_encode((struct str){ (const char *)bytes, sizeof bytes }, &crc);
	if (digest_of(DIGEST_MD5, body, &digest))
		base64_encode((struct str){ (const char *)digest.bytes, digest_size(DIGEST_MD5) }, &md5);
	return arena_printf(arena, "crc32c=%.*s\r\nX-Goog-Hash: md5=%.*s", STR_ARG(buf_str(&crc)), STR_ARG(buf_str(&md5))).p;
}

static void add_headers(const struct rule *rule, struct str head, struct arena *arena, struct answer *answer)
{
	uint32_t crc;
	const char *hash = name_hashes(answer->body, arena, &crc), *etag = rule->etag ? rule->etag : "";
	if (answer->status != 200)
		return;
	if (strcmp(etag, "auto") == 0)
		etag = arena_printf(arena, "\"%08x\"", crc).p;
	if (rule->hash && strcmp(rule->hash, "auto") != 0)
		hash = rule->hash;
	if (*etag && str_find_str(head, str_of(etag)) != head.n)
		*answer = (struct answer){ 304, "text/plain", "", STR(""), 0 };
	answer->extra = arena_printf(arena, "%s%s%s%s%s%s", *etag ? "ETag: " : "", etag, *etag ? "\r\n" : "", rule->hash ? "X-Goog-Hash: " : "",
				     rule->hash ? hash : "", rule->hash ? "\r\n" : "")
				.p;
}

/* The header's value is `wanted`, where a comma stands for the blank. */
static bool is_authorized(struct str head, struct str wanted)
{
	struct str line, name = STR("Authorization: ");
	while (str_split(&head, '\n', &line)) {
		struct str value = str_trim(str_from(line, name.n));
		size_t comma = str_find(wanted, ',');
		if (str_starts_with(line, name) && value.n == wanted.n && comma < value.n && value.p[comma] == ' ' &&
		    str_equal(str_head(value, comma), str_head(wanted, comma)) && str_equal(str_from(value, comma + 1), str_from(wanted, comma + 1)))
			return true;
	}
	return false;
}

/* A proxy is asked for a whole URL: http://host/path. "%2f" becomes a slash. */
static const char *path_of(const char *asked, struct arena *arena)
{
	const char *host = strncmp(asked, "http://", 7) == 0 ? strchr(asked + 7, '/') : NULL;
	const char *path = host ? host : asked, *slash = strstr(path, "%2f");
	return slash ? arena_printf(arena, "%.*s/%s", (int)(slash - path), path, slash + 3).p : path;
}

/* ---- what a registry knows of the tarballs that it has ---------------------------- */

static struct str base_name(struct str name)
{
	return str_starts_with(name, STR("@")) ? str_from(name, str_find(name, '/') + 1) : name;
}

/* STR_NONE: there is no such tarball. */
static struct str make_manifest(const struct server *server, struct str name, struct str version, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf sri = BUF_INIT(256), shasum = BUF_INIT(64);
	struct str base = base_name(name), bytes;
	struct digest strong, weak;
	const char *path = arena_printf(arena, "%s/%.*s/-/%.*s-%.*s.tgz", server->folder, STR_ARG(name), STR_ARG(base), STR_ARG(version)).p;
	if (file_read(path, MAX_FILE, arena, &bytes, NULL) || !digest_of(DIGEST_SHA512, bytes, &strong) || !digest_of(DIGEST_SHA1, bytes, &weak))
		return STR_NONE;
	digest_write_sri(&strong, &sri);
	digest_write_hex(&weak, &shasum);
	return arena_printf(arena,
			    "{\"name\":\"%.*s\",\"version\":\"%.*s\",\"dist\":{\"integrity\":\"%.*s\",\"shasum\":\"%.*s\","
			    "\"tarball\":\"http://127.0.0.1:%u/%.*s/-/%.*s-%.*s.tgz\"}}",
			    STR_ARG(name), STR_ARG(version), STR_ARG(buf_str(&sri)), STR_ARG(buf_str(&shasum)), server->port, STR_ARG(name),
			    STR_ARG(base), STR_ARG(version));
}

static struct str make_document(const struct server *server, struct str name, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 20);
	struct str base = base_name(name);
	DIR *folder = opendir(arena_printf(arena, "%s/%.*s/-", server->folder, STR_ARG(name)).p);
	size_t versions = 0;
	buf_printf(&out, "{\"name\":\"%.*s\",\"versions\":{", STR_ARG(name));
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		struct str file = arena_copy(arena, str_of(entry->d_name));
		if (!str_starts_with(file, base) || !str_ends_with(file, STR(".tgz")))
			continue;
		struct str version = str_from(str_head(file, file.n - 4), base.n + 1);
		struct str manifest = make_manifest(server, name, version, arena);
		buf_printf(&out, "%s\"%.*s\":%.*s", versions++ ? "," : "", STR_ARG(version), STR_ARG(manifest));
	}
	if (folder)
		closedir(folder);
	buf_add_z(&out, "}}");
	return versions ? arena_copy(arena, buf_str(&out)) : STR_NONE;
}

static bool has_file(const struct server *server, const char *path, struct arena *arena, struct str *out)
{
	const char *file = arena_printf(arena, "%s%s", server->folder, path).p;
	return !strstr(path, "..") && file_read(file, MAX_FILE, arena, out, NULL) == STATUS_OK;
}

/* "/name", "/name/version", the name perhaps with a scope. */
static bool has_record(const struct server *server, const char *path, struct arena *arena, struct str *out)
{
	struct str name = str_from(str_of(path), 1);
	if (strstr(path, "..") || has_file(server, arena_printf(arena, "%s/document.json", path).p, arena, out))
		return !strstr(path, "..");
	*out = make_document(server, name, arena);
	size_t slash = str_find_last(name, '/');
	if (!out->p && slash < name.n)
		*out = make_manifest(server, str_head(name, slash), str_from(name, slash + 1), arena);
	return out->p;
}

/* True: the connection may be used again. */
static bool answer_request(const struct client *client, const char *method, const char *path, struct str head, struct arena *arena)
{
	static const struct {
		const char *name;
		bool (*tell)(int fd, const struct rule *rule, struct answer *answer);
	} lies[] = {
		{ "slow", lie_slow },         { "drip", lie_drip },       { "short", lie_short },
		{ "garbage", lie_garbage },   { "endless", lie_endless }, { "close", lie_close },
		{ "nonsense", lie_nonsense }, { "headers", lie_headers }, { "wrong-type", lie_wrong_type },
		{ "redirect", lie_redirect }, { "unsized", lie_unsized },
	};
	struct answer answer = { 404, "text/plain", "", STR("not found\n"), 10 };
	struct str body;
	if (has_file(client->server, path, arena, &body) || has_record(client->server, path, arena, &body))
		answer = (struct answer){ 200, "application/octet-stream", "", body, body.n };
	const struct rule *rule = find_rule(client->server, method, path);
	bool login = rule && strcmp(rule->behaviour, "login") == 0;
	if (login && !is_authorized(client->head, str_of(rule->target)))
		answer = (struct answer){ 401, "text/plain", "", STR("login\n"), 6 };
	if (!rule || login)
		return send_answer(client->fd, &answer);
	add_headers(rule, head, arena, &answer);
	if (strcmp(rule->behaviour, "file") == 0)
		return send_answer(client->fd, &answer);
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
		if (strcmp(lies[i].name, rule->behaviour) == 0)
			return lies[i].tell(client->fd, rule, &answer);
	return lie_status(client->fd, rule, &answer);
}

/* ---- requests ----------------------------------------------------------------- */

/* The next request's head, without the blank line; STR_NONE at the end of the connection. */
static struct str read_head(struct client *client, struct arena *arena)
{
	for (;;) {
		size_t end = str_find_str(buf_str(&client->in), STR("\r\n\r\n"));
		if (end != client->in.n) {
			struct str head = arena_copy(arena, str_head(buf_str(&client->in), end));
			size_t rest = client->in.n - end - 4;
			memmove(client->in.p, client->in.p + end + 4, rest);
			client->in.n = rest;
			return head;
		}
		if (!buf_reserve(&client->in, 4096))
			return STR_NONE;
		ssize_t n = recv(client->fd, client->in.p + client->in.n, 4096, 0);
		if (n <= 0)
			return STR_NONE;
		client->in.n += (size_t)n;
	}
}

/* What is sent behind the head, as long as it says. */
static struct str read_sent(struct client *client, struct str head, struct arena *arena)
{
	uint64_t size = 0;
	for (struct str line; str_split(&head, '\n', &line);)
		if (str_starts_with(line, STR("Content-Length: ")))
			str_to_u64(str_trim(str_from(line, 16)), &size);
	while (client->in.n < size) {
		ssize_t n = buf_reserve(&client->in, 4096) ? recv(client->fd, client->in.p + client->in.n, 4096, 0) : -1;
		if (n <= 0)
			return STR_NONE;
		client->in.n += (size_t)n;
	}
	struct str sent = arena_copy(arena, str_head(buf_str(&client->in), size));
	for (size_t i = 0; i < sent.n; i++)
		if (sent.p[i] == '\n')
			((char *)(uintptr_t)sent.p)[i] = ' ';
	if (size)
		memmove(client->in.p, client->in.p + size, client->in.n - size);
	client->in.n -= size;
	return sent;
}

static void log_request(const struct client *client, struct str head, struct str sent)
{
	CLEANUP(buf_fini) struct buf line = BUF_INIT(2 * MAX_HEAD);
	for (struct str part; str_split(&head, '\n', &part);) {
		buf_add(&line, str_trim(part));
		buf_add_char(&line, '\t');
	}
	buf_printf(&line, "connection: %u", client->number);
	if (sent.n)
		buf_printf(&line, "\tbody: %.*s", STR_ARG(sent));
	buf_add_char(&line, '\n');
	if (write(client->server->log, line.p, line.n) < 0)
		die("log");
}

static bool serve_request(struct client *client, struct arena *arena)
{
	struct str head = read_head(client, arena), method, path;
	if (!head.p)
		return false;
	log_request(client, head, read_sent(client, head, arena));
	client->head = head;
	if (!str_split(&head, ' ', &method) || !str_split(&head, ' ', &path))
		return false;
	path = str_head(path, str_find(path, '?'));
	return answer_request(client, arena_copy(arena, method).p, path_of(arena_copy(arena, path).p, arena), head, arena);
}

static void *serve_client(void *argument)
{
	struct client *client = argument;
	int at_once = 1; /* head and body are sent apart: 40 ms for each answer otherwise */
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
	struct arena *arena = arena_new(0);
	while (arena && serve_request(client, arena))
		arena_reset(arena);
	arena_free(arena);
	shutdown(client->fd, SHUT_WR); /* what was sent arrives even where the request was not read whole */
	close(client->fd);
	buf_fini(&client->in);
	free(client);
	return NULL;
}

static void *serve(void *argument)
{
	const struct server *server = argument;
	for (unsigned number = 1;; number++) {
		struct client *client = calloc(1, sizeof *client);
		if (!client)
			die("memory");
		buf_init(&client->in, MAX_HEAD);
		client->fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
		client->server = server;
		client->number = number;
		pthread_t thread;
		if (client->fd < 0 || pthread_create(&thread, NULL, serve_client, client) != 0)
			die("accept");
		pthread_detach(thread);
	}
	return NULL;
}

static void listen_anywhere(struct server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof address;
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, size) != 0 || listen(server->listener, 128) != 0 ||
	    getsockname(server->listener, (struct sockaddr *)&address, &size) != 0)
		die("listen");
	server->port = ntohs(address.sin_port);
}

int main(int argc, char **argv)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct server server = { .lock = &lock };
	struct arena *arena = arena_new(0);
	pthread_t thread;
	char byte;
	if (argc != 4 || !arena) {
		fprintf(stderr, "usage: registry FOLDER RULES LOG\n");
		return 2;
	}
	server.folder = argv[1];
	server.log = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	if (server.log < 0)
		die(argv[3]);
	listen_anywhere(&server);
	read_rules(&server, argv[2], arena);
	printf("%u\n", server.port);
	fflush(stdout);
	if (pthread_create(&thread, NULL, serve, &server) != 0)
		die("thread");
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	_exit(0); /* other threads still use what main() owns */
}
