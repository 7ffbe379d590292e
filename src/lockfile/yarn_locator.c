/*
 * yarn berry's locators. What comes from where stands in the protocol; patches wrap another locator, percent-encoded, any number of times.
 */
#include "assay/limits.h"
#include "lockfile/npm.h"
#include "lockfile/yarn_berry.h"

/* The text behind `prefix`, or STR_NONE. */
static struct str behind(struct str text, const char *prefix)
{
	return str_starts_with(text, str_of(prefix)) ? str_from(text, strlen(prefix)) : STR_NONE;
}

/* Takes the bindings ("::key=value&…") off a reference. */
static struct str cut_bindings(struct str *reference)
{
	size_t at = str_find_str(*reference, STR("::"));
	struct str bindings = str_from(*reference, at + 2);
	*reference = str_head(*reference, at);
	return bindings;
}

/* One of the bindings, decoded: .p is NULL when it is not there (or out of memory). */
static struct str binding(struct arena *arena, struct str bindings, const char *key)
{
	struct str part, value;
	while (str_split(&bindings, '&', &part)) {
		value = behind(part, key);
		if (str_starts_with(value, STR("=")))
			return percent_decode(arena, str_from(value, 1));
	}
	return STR_NONE;
}

/* A path beside the workspace that the binding `locator` names. As written where it is absolute. */
static struct str bound_path(struct arena *arena, struct str path, struct str bindings)
{
	struct str name, reference, locator = binding(arena, bindings, "locator");
	yarn_split(locator, &name, &reference);
	cut_bindings(&reference);
	struct str folder = behind(reference, "workspace:");
	if (str_starts_with(path, STR("/")))
		return path;
	struct str whole = arena_printf(arena, "%.*s/%.*s", STR_ARG(folder.n ? folder : STR(".")), STR_ARG(path));
	return whole.p ? npm_normalize_path(arena, whole) : STR_NONE;
}

/* Unwraps "virtual:hash#…" and "patch:…#…" until something plain is left. */
static enum status unwrap(struct arena *arena, struct str *name, struct str *reference, struct str *source)
{
	for (size_t i = 0; i <= LIMIT_YARN_WRAPS; i++) {
		struct str inner = behind(*reference, "virtual:");
		if (inner.p) {
			*reference = str_from(inner, str_find(inner, '#') + 1);
			continue;
		}
		inner = behind(*reference, "patch:");
		if (!inner.p)
			return STATUS_OK;
		inner = percent_decode(arena, str_head(inner, str_find(inner, '#')));
		if (!inner.p)
			return STATUS_MEMORY;
		if (!source->p)
			*source = inner;
		yarn_split(inner, name, reference);
	}
	return STATUS_INVALID;
}

/* "jsr:1.0.0" of @scope/name is @jsr/scope__name of JSR's own registry. */
static struct str jsr_name(struct arena *arena, struct str name)
{
	size_t slash = str_find(name, '/');
	if (!str_starts_with(name, STR("@")) || slash == name.n || str_starts_with(name, STR("@jsr/")))
		return name;
	return arena_printf(arena, "@jsr/%.*s__%.*s", STR_ARG(str_from(str_head(name, slash), 1)), STR_ARG(str_from(name, slash + 1)));
}

static enum package_kind remote_kind(struct str reference)
{
	size_t hash = str_find(reference, '#');
	if (str_find_str(str_from(reference, hash), STR("commit=")) < reference.n - hash)
		return PACKAGE_GIT;
	return lockfile_resolved_kind(reference);
}

static void set_registry(struct arena *arena, struct str version, struct str bindings, struct yarn_locator *out)
{
	out->kind = PACKAGE_REGISTRY;
	out->version = version;
	out->resolved = binding(arena, bindings, "__archiveUrl");
	if (out->resolved.p)
		out->kind = lockfile_resolved_kind(out->resolved);
}

static const struct {
	const char *prefix;
	enum package_kind kind;
} local[] = {
	{ "workspace:", PACKAGE_WORKSPACE }, { "portal:", PACKAGE_WORKSPACE }, { "link:", PACKAGE_LINK },
	{ "file:", PACKAGE_FILE },           { "exec:", PACKAGE_FILE },
};

static bool set_local(struct arena *arena, struct str reference, struct str bindings, struct yarn_locator *out)
{
	for (size_t i = 0; i < sizeof local / sizeof *local; i++) {
		struct str prefix = str_of(local[i].prefix);
		if (!str_starts_with(reference, prefix))
			continue;
		struct str path = str_from(reference, prefix.n);
		path = str_head(path, str_find(path, '#'));
		out->kind = local[i].kind;
		out->portal = str_equal_z(prefix, "portal:");
		out->path = bound_path(arena, path, bindings);
		if (out->kind == PACKAGE_FILE)
			out->resolved = str_head(reference, str_find(reference, '#'));
		return true;
	}
	return false;
}

enum status yarn_locator_parse(struct arena *arena, struct str text, struct yarn_locator *out)
{
	struct yarn_locator locator = { 0 };
	struct str reference, version;
	yarn_split(text, &locator.name, &reference);
	enum status status = unwrap(arena, &locator.name, &reference, &locator.source);
	if (status)
		return status;
	struct str bindings = cut_bindings(&reference);
	if (!locator.name.n || !reference.n)
		return STATUS_INVALID;
	if ((version = behind(reference, "npm:")).p) {
		set_registry(arena, version, bindings, &locator);
	} else if ((version = behind(reference, "jsr:")).p) {
		locator.name = jsr_name(arena, locator.name);
		set_registry(arena, version, bindings, &locator);
	} else if (!set_local(arena, reference, bindings, &locator)) {
		locator.kind = remote_kind(reference);
		locator.resolved = reference;
	}
	*out = locator;
	return locator.name.p ? STATUS_OK : STATUS_MEMORY;
}
