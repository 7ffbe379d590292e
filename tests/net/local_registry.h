/* Starts tests/tools/registry.c for a test program: a folder, rules as text, a log to ask afterwards. */
#ifndef TESTS_NET_LOCAL_REGISTRY_H
#define TESTS_NET_LOCAL_REGISTRY_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assay/base.h"

struct local_registry {
	pid_t pid;
	int in; /* its standard input: closing it ends it */
	unsigned port;
	char url[64];   /* "http://127.0.0.1:PORT/" */
	char other[64]; /* the same server under another origin: "http://localhost:PORT/" */
	char origin[64], other_origin[64];
	char folder[512], log[512];
};

static inline const char *test_env(const char *name)
{
	const char *value = getenv(name);
	assert_non_null(value);
	return value;
}

static inline void local_registry_put(const struct local_registry *registry, const char *path, struct str bytes)
{
	struct arena *arena = arena_new(0);
	const char *file = path_join(arena, registry->folder, path);
	assert_int_equal(folder_make(path_folder(arena, file), NULL), STATUS_OK);
	assert_int_equal(file_write(file, bytes, NULL), STATUS_OK);
	arena_free(arena);
}

static inline void local_registry_read_port(struct local_registry *registry, int out)
{
	char text[16];
	size_t n = 0;
	while (n < sizeof text - 1 && read(out, text + n, 1) == 1 && text[n] != '\n')
		n++;
	uint64_t port = 0;
	assert_true(str_to_u64((struct str){ text, n }, &port));
	registry->port = (unsigned)port;
	snprintf(registry->origin, sizeof registry->origin, "http://127.0.0.1:%u", registry->port);
	snprintf(registry->other_origin, sizeof registry->other_origin, "http://localhost:%u", registry->port);
	snprintf(registry->url, sizeof registry->url, "http://127.0.0.1:%u/", registry->port);
	snprintf(registry->other, sizeof registry->other, "http://localhost:%u/", registry->port);
}

static inline void local_registry_start(struct local_registry *registry, const char *rules)
{
	char program[512], rule_file[512];
	int in[2], out[2];
	setenv("no_proxy", "*", 1); /* a proxy of this machine has no say in a test */
	snprintf(program, sizeof program, "%s/tools/registry", test_env("ASSAY_BUILD"));
	snprintf(registry->folder, sizeof registry->folder, "%s/registry", test_env("TEST_TMP"));
	snprintf(registry->log, sizeof registry->log, "%s/registry.log", test_env("TEST_TMP"));
	snprintf(rule_file, sizeof rule_file, "%s/registry.rules", test_env("TEST_TMP"));
	assert_int_equal(folder_make(registry->folder, NULL), STATUS_OK);
	assert_int_equal(file_write(rule_file, str_of(rules), NULL), STATUS_OK);
	assert_true(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	registry->pid = fork();
	assert_true(registry->pid >= 0);
	if (registry->pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[1]);
		close(out[0]);
		execl(program, program, registry->folder, rule_file, registry->log, (char *)NULL);
		perror(program);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	registry->in = in[1];
	local_registry_read_port(registry, out[0]);
	close(out[0]);
}

static inline void local_registry_stop(struct local_registry *registry)
{
	close(registry->in);
	waitpid(registry->pid, NULL, 0);
}

/* Lines of the log that begin with `start` and hold `part`. */
static inline size_t local_registry_count(const struct local_registry *registry, const char *start, const char *part)
{
	struct arena *arena = arena_new(0);
	struct str text = STR_NONE, line;
	assert_int_equal(file_read(registry->log, SIZE_MAX, arena, &text, NULL), STATUS_OK);
	size_t n = 0;
	while (str_split(&text, '\n', &line))
		n += str_starts_with(line, str_of(start)) && (*part == '\0' || str_find_str(line, str_of(part)) != line.n);
	arena_free(arena);
	return n;
}

#endif
