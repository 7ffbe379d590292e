/*
 * npmrc: npm's own settings - which registry, whose login, through which proxy, trusting which certificates - from the
 * variables npm_config_…, the project's .npmrc, the user's, the global and the built-in one, read as npm 11 reads them.
 *
 * The project's file comes with the project, perhaps in somebody's pull request; the rest is the user's own. So what could
 * carry the user's secrets away is decided by the user's own configuration: `${VAR}` and client certificates of a project's
 * file count only for hosts that it names, a login of the user's travels with the user's own proxy and certificates, and
 * a project's file turns to plain http only where the user did. What was asked for and not given is noted.
 *
 * Everything lives in the arena that it was read into. Logins leave this room only in struct npm_access; no error and no note holds one.
 */
#ifndef ASSAY_NPMRC_H
#define ASSAY_NPMRC_H

#include "assay/base.h"
#include "assay/net.h"

#pragma GCC visibility push(default)

/* Something in an .npmrc that does not come to what its author may think; or that the user should know of. */
struct npm_note {
	const char *kind; /* "variable", "certificate", "unscoped-login", "strict-ssl", "cafile", "login" */
	struct str key;   /* the setting it is about */
	struct str text;  /* visible, without secrets: "project/.npmrc:3: …" */
	uint32_t line;    /* 0: of a variable */
	bool project;     /* it is about the project's file */
};

struct npm_scope {
	struct str scope;     /* "@acme" */
	const char *registry; /* URL with a trailing slash */
	bool trusted;         /* the user's own configuration says so, not only the project's file */
};

struct npmrc;
struct npm_settings {
	const char *registry; /* URL with a trailing slash */
	struct npm_scope *scopes;
	size_t scope_count;
	const char *cache;                      /* the folder that holds _cacache; NULL: nothing names one and there is no home */
	unsigned tries, backoff_ms, timeout_ms; /* fetch-retries + 1, fetch-retry-mintimeout, fetch-timeout; 0: not set. Within reason */
	struct npm_note *notes;
	size_t note_count;
	struct npmrc *npmrc; /* what the rest is looked up in */
};

/* One line of a file, for rules that judge what it says rather than what it comes to. Nothing is expanded. */
struct npmrc_line {
	struct str key, value; /* a key without '=' has the value "true" */
	uint32_t line;
};
/* The file's lines as npm reads them. STATUS_MEMORY. */
enum status npmrc_read_lines(struct str text, struct arena *arena, struct npmrc_line **out, size_t *count, struct error *err);

struct npm_settings_options {
	const char *project_folder;
	/* Hosts that may be trusted besides those of the user's configuration: URLs; NULL-terminated, or NULL. Plain http ones may be used too. */
	const char *const *trusted_urls;
};

/* STATUS_INVALID with file and line where a registry that wins is no http(s) URL, carries credentials or variables that may not be
 * expanded, or where a file is none; STATUS_LIMIT for one past LIMIT_CONFIG_BYTES; STATUS_MEMORY. */
enum status npm_settings_read(const struct npm_settings_options *options, struct arena *arena, struct npm_settings **out, struct error *err);

/* The registry of a package: its scope's, else the default. */
const char *npm_registry_of(const struct npm_settings *settings, struct str name);

/* Whether this origin is the public registry's, under npm's name for it or yarn's: in a lockfile it stands for the configured registry. */
bool npm_is_public_origin(struct str origin);

/* What travels with a request. */
struct npm_access {
	const char *authorization;      /* "Bearer …", "Basic …"; NULL: nothing */
	const char *authorized;         /* the URLs that begin so may get it: where the login belongs */
	const struct http_route *route; /* proxy, certificates */
};
/* The login of the longest prefix that has one (npm-registry-fetch's regFromURI), nothing for others: unlike npm, a login is never taken to
 * another path of the registry's host. On any thread, each with an arena of its own. STATUS_MEMORY. */
enum status npm_access_find(const struct npm_settings *settings, const char *url, struct arena *arena, struct npm_access *out, struct error *err);

/* What can be done about a registry that answers so: "; npm login, …", or "". */
const char *npm_login_hint(long code);

#pragma GCC visibility pop
#endif
