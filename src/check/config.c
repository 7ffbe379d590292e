/*
 * config-hygiene: what the package manager's own settings leave open. A table of settings, each with the manager that reads it; what a
 * manager does not read is nobody's business.
 */
#include "assay/json.h"
#include "assay/lockfile.h"
#include "assay/semver.h"
#include "check/check_private.h"

enum test { IS_TRUE, IS_FALSE, IS_ALL, IS_LAX, IS_HTTP, IS_FILLED, IS_LOGIN, IS_URL_LOGIN };

struct setting {
	const char *kind, *file; /* "yarn" is yarn 1, "berry" what came after it */
	const char *key;         /* a path with '.', or in .npmrc the whole key; '*' is any run */
	enum test test;
	const char *id, *message;
};

#define LOGIN "config-hygiene/token", "holds a login"
/* clang-format off */
#define LOGINS_OF(kind) \
	{ kind, ".npmrc", "*_authToken", IS_LOGIN, LOGIN }, \
	{ kind, ".npmrc", "*_password", IS_LOGIN, LOGIN }, \
	{ kind, ".npmrc", "*_auth", IS_LOGIN, LOGIN }, \
	{ kind, ".npmrc", "*registry", IS_URL_LOGIN, LOGIN }, \
	{ kind, ".npmrc", "*proxy", IS_URL_LOGIN, LOGIN }
/* clang-format on */
#define PNPM "pnpm-workspace.yaml"
#define YARN ".yarnrc.yml"
#define BUN "bunfig.toml"

static const struct setting settings[] = {
	LOGINS_OF("npm"),
	LOGINS_OF("pnpm"),
	LOGINS_OF("yarn"),
	LOGINS_OF("bun"),
	{ "berry", YARN, "npmAuthToken", IS_LOGIN, LOGIN },
	{ "berry", YARN, "npmAuthIdent", IS_LOGIN, LOGIN },
	{ "berry", YARN, "npmScopes.*.npmAuthToken", IS_LOGIN, LOGIN },
	{ "berry", YARN, "npmScopes.*.npmAuthIdent", IS_LOGIN, LOGIN },
	{ "berry", YARN, "npmRegistries.*.npmAuthToken", IS_LOGIN, LOGIN },
	{ "berry", YARN, "npmRegistries.*.npmAuthIdent", IS_LOGIN, LOGIN },
	{ "berry", YARN, "npmRegistryServer", IS_URL_LOGIN, LOGIN },
	{ "berry", YARN, "npmPublishRegistry", IS_URL_LOGIN, LOGIN },
	{ "berry", YARN, "npmScopes.*.npmRegistryServer", IS_URL_LOGIN, LOGIN },
	{ "berry", YARN, "httpProxy", IS_URL_LOGIN, LOGIN },
	{ "berry", YARN, "httpsProxy", IS_URL_LOGIN, LOGIN },
	{ "pnpm", PNPM, "registry", IS_URL_LOGIN, LOGIN },
	{ "pnpm", PNPM, "registries.*", IS_URL_LOGIN, LOGIN },
	{ "bun", BUN, "install.registry", IS_URL_LOGIN, LOGIN },
	{ "bun", BUN, "install.registry.url", IS_URL_LOGIN, LOGIN },
	{ "bun", BUN, "install.scopes.*", IS_URL_LOGIN, LOGIN },
	{ "bun", BUN, "install.scopes.*.url", IS_URL_LOGIN, LOGIN },
	{ "bun", BUN, "install.registry.token", IS_LOGIN, LOGIN },
	{ "bun", BUN, "install.registry.password", IS_LOGIN, LOGIN },
	{ "bun", BUN, "install.scopes.*.token", IS_LOGIN, LOGIN },
	{ "bun", BUN, "install.scopes.*.password", IS_LOGIN, LOGIN },
	{ "pnpm", PNPM, "strictSsl", IS_FALSE, "config-hygiene/tls", "leaves certificates unchecked" },
	{ "berry", YARN, "enableStrictSsl", IS_FALSE, "config-hygiene/tls", "leaves certificates unchecked" },
	{ "berry", YARN, "unsafeHttpWhitelist", IS_FILLED, "config-hygiene/tls", "allows plain http" },
	{ "berry", YARN, "npmRegistryServer", IS_HTTP, "config-hygiene/tls", "uses plain http" },
	{ "npm", ".npmrc", "dangerously-allow-all-scripts", IS_TRUE, "config-hygiene/scripts", "lets every package run scripts at installation" },
	{ "pnpm", PNPM, "dangerouslyAllowAllBuilds", IS_TRUE, "config-hygiene/scripts", "lets every package run scripts at installation" },
	{ "pnpm", ".npmrc", "dangerously-allow-all-builds", IS_TRUE, "config-hygiene/scripts", "lets every package run scripts at installation" },
	{ "berry", YARN, "checksumBehavior", IS_LAX, "config-hygiene/integrity", "lets bytes change behind the lockfile" },
	{ "pnpm", PNPM, "trustLockfile", IS_TRUE, "config-hygiene/integrity", "believes the lockfile without looking at it again" },
	{ "pnpm", ".npmrc", "trust-lockfile", IS_TRUE, "config-hygiene/integrity", "believes the lockfile without looking at it again" },
	{ "npm", ".npmrc", "allow-git", IS_ALL, "config-hygiene/exotic", "lets dependencies bring packages from git" },
	{ "npm", ".npmrc", "allow-remote", IS_ALL, "config-hygiene/exotic", "lets dependencies bring packages from any URL" },
	{ "pnpm", PNPM, "blockExoticSubdeps", IS_FALSE, "config-hygiene/exotic", "lets dependencies bring packages from git and URLs" },
	{ "pnpm", ".npmrc", "block-exotic-subdeps", IS_FALSE, "config-hygiene/exotic", "lets dependencies bring packages from git and URLs" },
};

/* Each manager counts in a unit of its own. What the packages themselves answer (their `config get`): npm 11.19 has none by default, pnpm 10.34 none
 * and reads .npmrc too, which pnpm 11 does no more; pnpm from 11 and yarn from 4.15 on wait a day by themselves. */
static const struct cooldown {
	const char *kind, *file, *key, *unit;
	int64_t seconds;                  /* of one */
	const char *also;                 /* another key that does the same; NULL: none */
	const char *manager, *waits_from; /* as package.json's "packageManager" names it; from which version on it waits by itself. NULL: none does */
} cooldowns[] = {
	{ "npm", ".npmrc", "min-release-age", "days", 86400, "before", "npm", NULL },
	{ "pnpm", PNPM, "minimumReleaseAge", "minutes", 60, NULL, "pnpm", "11.0.0" },
	{ "berry", YARN, "npmMinimalAgeGate", "minutes", 60, NULL, "yarn", "4.15.0" },
	{ "bun", BUN, "install.minimumReleaseAge", "seconds", 1, NULL, "bun", NULL },
};
static const struct cooldown pnpm_10 = { "pnpm", ".npmrc", "minimum-release-age", "minutes", 60, NULL, "pnpm", "11.0.0" };

enum { MANY_FILES = 4 };

struct file {
	const char *name;
	const struct json *settings; /* NULL: none */
};

struct hygiene {
	struct walk *walk;
	struct arena *arena; /* the scan's */
	struct file files[MANY_FILES];
	size_t file_count;
};

/* ---- looking up --------------------------------------------------------------------- */

/* The built-in levels, where no policy says more. */
static enum rule_level level_of(const char *id)
{
	if (strcmp(id, "config-hygiene/token") == 0)
		return LEVEL_ERROR;
	if (strcmp(id, "config-hygiene/no-cooldown") == 0 || strcmp(id, "config-hygiene/no-trust-policy") == 0)
		return LEVEL_OFF;
	return strcmp(id, "config-hygiene/token-untracked") == 0 ? LEVEL_INFO : LEVEL_WARN;
}

static void add_problem(struct hygiene *hygiene, const char *id, struct str subject, uint32_t line, struct str message)
{
	struct finding *finding = walk_found(hygiene->walk, 0, (struct problem){ id, subject, message });
	if (!finding)
		return;
	finding->line = line;
	finding->level = level_of(id);
}

static const struct json *settings_of(struct hygiene *hygiene, const char *name)
{
	const struct scan *scan = hygiene->walk->scan;
	struct error problem = { .status = STATUS_OK };
	for (size_t i = 0; i < hygiene->file_count; i++)
		if (strcmp(hygiene->files[i].name, name) == 0)
			return hygiene->files[i].settings;
	struct file *file = &hygiene->files[hygiene->file_count++];
	*file = (struct file){ .name = name };
	enum status status = lockfile_read_settings(scan->tree, name, hygiene->arena, &file->settings, &problem);
	hygiene->walk->failed |= status == STATUS_MEMORY;
	if (status && status != STATUS_NOT_FOUND)
		add_problem(hygiene, "config-hygiene/unreadable", str_of(name), problem.line,
			    arena_printf(hygiene->arena, "its settings cannot be judged: %s", problem.text));
	return file->settings;
}

typedef void visit(struct hygiene *hygiene, const void *what, const struct json *value);

/* Calls visit for each value that the path fits: keys of .npmrc are compared whole, others step by step. */
static void each_value(struct hygiene *hygiene, const struct json *node, struct str path, bool flat, visit *found, const void *what)
{
	struct str rest = path, key = path;
	if (!flat)
		str_split(&rest, '.', &key);
	bool last = flat || !rest.p;
	const struct json *object = json_is(node, JSON_OBJECT) ? node : NULL;
	json_each(member, object) {
		if (!glob_matches_any_case(key, member->key))
			continue;
		if (last)
			found(hygiene, what, member);
		else
			each_value(hygiene, member, rest, false, found, what);
	}
}

/* ---- one setting ------------------------------------------------------------------------ */

static bool is_word(const struct json *value, const char *word)
{
	return json_is(value, JSON_STRING) && str_equal_z(value->text, word);
}

/* "https://user:password@host/", unless a variable holds it. */
static bool has_login(struct str url)
{
	size_t at = str_find_str(url, STR("://"));
	struct str authority = str_from(url, at + 3);
	authority = str_head(authority, str_find(authority, '/'));
	struct str user = str_head(authority, str_find_last(authority, '@'));
	return at < url.n && user.n && user.n < authority.n && str_find(user, '$') == user.n;
}

static bool holds(enum test test, const struct json *value)
{
	switch (test) {
	case IS_TRUE: return is_word(value, "true");
	case IS_FALSE: return is_word(value, "false");
	case IS_ALL: return is_word(value, "all");
	case IS_LAX: return is_word(value, "ignore") || is_word(value, "update");
	case IS_HTTP: return json_is(value, JSON_STRING) && str_starts_with(value->text, STR("http://"));
	case IS_FILLED: return json_is(value, JSON_ARRAY) && value->count;
	case IS_URL_LOGIN: return json_is(value, JSON_STRING) && has_login(value->text);
	case IS_LOGIN: /* a variable holds it elsewhere: "${TOKEN}", bun's "$TOKEN" */
		return json_is(value, JSON_STRING) && value->text.n && str_find(value->text, '$') == value->text.n;
	}
	return false;
}

/* In whose hands is a login? The text of it is never repeated. */
static const char *login_id(struct hygiene *hygiene, const char *file)
{
	bool tracked = false;
	struct error problem;
	enum status status = lockfile_tracks_settings(hygiene->walk->scan->tree, file, hygiene->arena, &tracked, &problem);
	hygiene->walk->failed |= status == STATUS_MEMORY;
	return tracked || status ? "config-hygiene/token" : "config-hygiene/token-untracked";
}

static void judge_value(struct hygiene *hygiene, const void *what, const struct json *value)
{
	const struct setting *setting = what;
	if (!holds(setting->test, value))
		return;
	bool login = setting->test == IS_LOGIN || setting->test == IS_URL_LOGIN;
	const char *id = login ? login_id(hygiene, setting->file) : setting->id;
	bool tracked = login && strcmp(id, "config-hygiene/token") == 0;
	struct str subject = arena_printf(hygiene->arena, "%s %.*s", setting->file, STR_ARG(value->key));
	add_problem(hygiene, id, subject, value->key_line,
		    arena_printf(hygiene->arena, "%s line %u: %.*s %s%s", setting->file, value->key_line, STR_ARG(value->key), setting->message,
				 tracked ? ", and git tracks the file: revoke it" :
				 login   ? "; git does not track the file" :
					   ""));
}

/* ---- cooldowns ----------------------------------------------------------------------------- */

/* yarn takes "3d" too. */
static bool read_age(const struct cooldown *cooldown, struct str text, int64_t *seconds)
{
	uint64_t number;
	if (str_to_u64(text, &number)) {
		*seconds = number < 1000000000 ? (int64_t)number * cooldown->seconds : INT64_MAX;
		return true;
	}
	return strcmp(cooldown->kind, "berry") == 0 && duration_parse(text, seconds);
}

static void judge_cooldown(struct hygiene *hygiene, const void *what, const struct json *value)
{
	enum { HOUR = 3600, YEAR = 366 * 86400 };
	const struct cooldown *cooldown = what;
	int64_t seconds = 0;
	char age[DATE_TEXT_SIZE];
	if (!read_age(cooldown, json_text(value), &seconds) || (seconds >= HOUR && seconds <= YEAR))
		return;
	duration_format(seconds, age);
	struct str key = value->key, text = json_text(value);
	struct str message = seconds == 0 ? arena_printf(hygiene->arena, "%s line %u: %.*s turns the cooldown off", cooldown->file, value->key_line,
							 STR_ARG(key)) :
					    arena_printf(hygiene->arena, "%s line %u: %.*s %.*s is %s: it counts in %s", cooldown->file,
							 value->key_line, STR_ARG(key), STR_ARG(text), age, cooldown->unit);
	add_problem(hygiene, seconds ? "config-hygiene/cooldown-unit" : "config-hygiene/cooldown-off", key, value->key_line, message);
}

static bool has_key(const struct json *node, const char *path)
{
	struct str rest = str_of(path), key;
	while (node && str_split(&rest, '.', &key)) {
		const struct json *next = NULL;
		json_each(member, json_is(node, JSON_OBJECT) ? node : NULL)
			if (str_equal(member->key, key))
				next = member;
		node = next;
	}
	return node;
}

/* "pnpm@11.2.0+sha512..." in package.json: a version of this manager that waits by itself. */
static bool waits_by_itself(struct hygiene *hygiene, const struct cooldown *cooldown)
{
	const struct json *manifest = NULL;
	if (!cooldown->waits_from)
		return false;
	/* One that cannot be read is lockfile-drift's business. */
	hygiene->walk->failed |= lockfile_read_settings(hygiene->walk->scan->tree, "package.json", hygiene->arena, &manifest, NULL) == STATUS_MEMORY;
	struct str word = json_find_text(manifest, "packageManager");
	size_t at = str_find(word, '@');
	struct semver used, first;
	return at < word.n && str_equal_z(str_head(word, at), cooldown->manager) && semver_parse(str_from(word, at + 1), SEMVER_LOOSE, &used) &&
	       semver_parse(str_of(cooldown->waits_from), 0, &first) && semver_compare(&used, &first) >= 0;
}

static bool judge_file(struct hygiene *hygiene, const struct cooldown *cooldown)
{
	const struct json *found = settings_of(hygiene, cooldown->file);
	bool flat = strcmp(cooldown->file, ".npmrc") == 0;
	each_value(hygiene, found, str_of(cooldown->key), flat, judge_cooldown, cooldown);
	return has_key(found, cooldown->key) || (cooldown->also && has_key(found, cooldown->also));
}

static void judge_gate(struct hygiene *hygiene, const struct cooldown *cooldown)
{
	bool found = judge_file(hygiene, cooldown), waits = waits_by_itself(hygiene, cooldown);
	if (!found && !waits && strcmp(cooldown->kind, "pnpm") == 0)
		found = judge_file(hygiene, &pnpm_10);
	if (found || waits)
		return;
	const char *from = cooldown->waits_from;
	add_problem(hygiene, "config-hygiene/no-cooldown", STR(""), 0,
		    arena_printf(hygiene->arena, "a version is installed the minute it is published: %s in %s (in %s) keeps new ones out%s%s%s%s%s",
				 cooldown->key, cooldown->file, cooldown->unit, from ? "; " : "", from ? cooldown->manager : "", from ? " " : "",
				 from ? from : "", from ? " and later wait a day by themselves" : ""));
}

/* A release with a weaker proof of origin than those before it, as a stolen token leaves it, is installed like any other. */
static void judge_trust(struct hygiene *hygiene)
{
	const struct json *settings_found = settings_of(hygiene, PNPM);
	if (!is_word(json_find(settings_found, "trustPolicy"), "no-downgrade"))
		add_problem(hygiene, "config-hygiene/no-trust-policy", STR(""), 0,
			    STR("a release with a weaker proof of origin than the ones before it is installed all the same: trustPolicy: "
				"no-downgrade in pnpm-workspace.yaml keeps it out"));
}

/* ---- the rule --------------------------------------------------------------------------------- */

static enum judgement judge_settings(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	struct hygiene hygiene = { .walk = walk, .arena = scan->arena };
	const char *format = scan->tree->format;
	if (number)
		return UNJUDGED_FOREIGN;
	if (!scan->format || !scan->format->install_command || !scan->tree->folder)
		return UNJUDGED_NO_LOCKFILE;
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		const struct setting *setting = &settings[i];
		if (strcmp(setting->kind, format) == 0)
			each_value(&hygiene, settings_of(&hygiene, setting->file), str_of(setting->key), strcmp(setting->file, ".npmrc") == 0,
				   judge_value, setting);
	}
	for (size_t i = 0; i < sizeof cooldowns / sizeof *cooldowns; i++)
		if (strcmp(cooldowns[i].kind, format) == 0)
			judge_gate(&hygiene, &cooldowns[i]);
	if (strcmp(format, "pnpm") == 0)
		judge_trust(&hygiene);
	return JUDGED;
}

enum status run_config_hygiene(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_settings, err);
}
