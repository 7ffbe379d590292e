/*
 * Where npm looks: variables, the project's .npmrc, the user's, the global one, the one built into npm. A key's slot keeps what each
 * layer says, so that a value that is no good gives way to the next layer's, as in npm.
 *
 * Where the user's and the global file lie is never asked of the project's file (npm asks it): it could name itself.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/limits.h"
#include "npmrc_private.h"

const char *resolve_path(const struct npmrc *npmrc, struct str path, struct arena *arena)
{
	const char *text = arena_copy(arena, path).p;
	if (!text)
		return NULL;
	if (npmrc->home && str_starts_with(path, STR("~/")))
		return path_join(arena, npmrc->home, text + 2);
	return path_join(arena, npmrc->project, text);
}

static bool add_note(struct npmrc *npmrc, const char *kind, struct str key, const struct entry *entry, const char *message)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	buf_add_visible(&text, str_head(str_of(entry->path), 400));
	if (entry->line)
		buf_printf(&text, ":%u", entry->line);
	buf_add_z(&text, ": ");
	buf_add_visible(&text, str_of(message));
	struct str copy = arena_copy(npmrc->arena, buf_str(&text));
	struct npm_note *note = copy.p ? vec_add(npmrc->arena, &npmrc->notes) : NULL;
	if (note)
		*note = (struct npm_note){ kind, key, copy, entry->line, entry->layer == LAYER_PROJECT };
	return note;
}

/* No kind hides behind how often another one comes. */
bool note_add(struct npmrc *npmrc, const char *kind, const struct entry *entry, const char *format, ...)
{
	char message[1024];
	size_t same = 0;
	va_list args;
	for (size_t i = 0; i < npmrc->notes.n; i++)
		same += strcmp(npmrc->notes.v[i].kind, kind) == 0;
	if (same > LIMIT_NPMRC_NOTES)
		return true;
	if (same == LIMIT_NPMRC_NOTES)
		return add_note(npmrc, kind, STR("*"), entry, "and more lines like this one, which are not named: more than can be meant well");
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	return add_note(npmrc, kind, entry->key, entry, message);
}

/* ---- slots ---------------------------------------------------------------------- */

const struct slot *layers_find(const struct npmrc *npmrc, struct str key)
{
	size_t at;
	return map_find(npmrc->by_key, key, &at) ? &npmrc->slots.v[at] : NULL;
}

static struct entry *get_entry(struct npmrc *npmrc, struct str key, enum layer layer)
{
	size_t at;
	if (!map_find(npmrc->by_key, key, &at)) {
		struct slot *slot = vec_add(npmrc->arena, &npmrc->slots);
		at = npmrc->slots.n - 1;
		if (!slot || !map_set(npmrc->by_key, key, at))
			return NULL;
		slot->key = key;
	}
	return &npmrc->slots.v[at].by_layer[layer];
}

struct source {
	const char *path;
	enum layer layer;
};

/* `key[]` begins or goes on with a list; without brackets a list goes on, too, and anything else is replaced. */
static bool add_value(struct npmrc *npmrc, const struct source *source, const struct ini_entry *from)
{
	bool own = source->layer != LAYER_PROJECT;
	struct str key = own ? expand_variables(from->key, npmrc->arena) : from->key;
	struct ini_value value = from->value;
	value.text = ini_trim(value.text);
	if (own && value.kind == INI_TEXT)
		value.text = expand_variables(value.text, npmrc->arena);
	struct entry *entry = key.p && value.text.p ? get_entry(npmrc, key, source->layer) : NULL;
	if (!entry)
		return false;
	entry->list |= from->element;
	if (!entry->list)
		entry->values.n = 0;
	struct ini_value *added = vec_add(npmrc->arena, &entry->values);
	if (!added)
		return false;
	*added = value;
	entry->order = entry->path ? entry->order : npmrc->slots.n;
	entry->key = key;
	entry->layer = source->layer;
	entry->path = source->path;
	entry->line = from->line;
	npmrc->has_logins |= str_starts_with(key, STR("//"));
	return true;
}

struct ini_value entry_value(const struct entry *entry)
{
	return entry->values.v[entry->values.n - 1];
}

bool entry_is_text(const struct entry *entry)
{
	return entry_value(entry).kind == INI_TEXT;
}

const struct entry *layers_entry(const struct npmrc *npmrc, const char *key, bool own, bool (*valid)(const struct entry *entry))
{
	const struct slot *slot = layers_find(npmrc, str_of(key));
	for (size_t i = 0; slot && i < LAYERS; i++) {
		const struct entry *entry = &slot->by_layer[i];
		if (entry->values.n && !(own && i == LAYER_PROJECT) && valid(entry))
			return entry;
	}
	return NULL;
}

/* ---- variables ------------------------------------------------------------------------ */

/* "npm_config_strict_ssl" in any case is strict-ssl; what begins with "//" is taken as it is. */
static struct str key_of_variable(struct str name, struct arena *arena)
{
	static const char prefix[] = "npm_config_";
	if (name.n <= sizeof prefix - 1)
		return STR_NONE;
	for (size_t i = 0; i < sizeof prefix - 1; i++)
		if (ascii_lower((unsigned char)name.p[i]) != (unsigned char)prefix[i])
			return STR_NONE;
	struct str key = str_from(name, sizeof prefix - 1);
	char *out = arena_alloc(arena, key.n + 1);
	bool as_it_is = str_starts_with(key, STR("//"));
	for (size_t i = 0; out && i < key.n; i++) {
		unsigned char c = (unsigned char)key.p[i];
		out[i] = as_it_is ? key.p[i] : c == '_' && i > 0 ? '-' : (char)ascii_lower(c);
	}
	return (struct str){ out, out ? key.n : 0 };
}

/* npm hands its settings to what it runs as variables, those of the project's file among them: they are no word of the user's. */
static bool is_handed_down(const struct npmrc *npmrc, struct str key)
{
	bool under_npm = getenv("npm_lifecycle_event") || getenv("npm_command");
	const struct slot *slot = under_npm ? layers_find(npmrc, key) : NULL;
	return slot && slot->by_layer[LAYER_PROJECT].values.n;
}

/* npm's words for what is no text; what they mean depends on the key. */
static enum ini_kind kind_of_variable(struct str value)
{
	return str_equal_z(value, "true") ? INI_TRUE : str_equal_z(value, "false") ? INI_FALSE : str_equal_z(value, "null") ? INI_NULL : INI_TEXT;
}

static enum status read_variables(struct npmrc *npmrc, struct error *err)
{
	for (char **at = environ; *at; at++) {
		struct str name = str_of(*at), value;
		size_t equals = str_find(name, '=');
		value = str_from(name, equals + 1);
		name = str_head(name, equals);
		if (value.n == 0 || name.n < 12 || ascii_lower((unsigned char)name.p[0]) != 'n')
			continue;
		struct str key = key_of_variable(name, npmrc->arena);
		if (!key.p || is_handed_down(npmrc, key))
			continue;
		struct source source = { arena_copy(npmrc->arena, name).p, LAYER_VARIABLE };
		struct ini_entry entry = { key, { kind_of_variable(value), value }, false, 0 };
		if (!source.path || !add_value(npmrc, &source, &entry))
			return error_memory(err);
	}
	return STATUS_OK;
}

/* ---- files ------------------------------------------------------------------------------ */

static enum status read_layer(struct npmrc *npmrc, struct source source, struct error *err)
{
	struct str text;
	struct ini ini;
	if (!source.path)
		return STATUS_OK;
	enum status status = file_read(source.path, LIMIT_CONFIG_BYTES, npmrc->arena, &text, err);
	if (status)
		return status == STATUS_NOT_FOUND ? STATUS_OK : status;
	status = ini_read(text, npmrc->arena, &ini, err);
	for (size_t i = 0; i < ini.entries.n && !status; i++)
		if (!add_value(npmrc, &source, &ini.entries.v[i]))
			status = error_memory(err);
	return status;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat first, second;
	return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* A path that the user names under `key`. NULL: none. */
static const char *named_path(const struct npmrc *npmrc, const char *key)
{
	const struct entry *entry = layers_entry(npmrc, key, true, entry_is_text);
	return entry && entry_value(entry).text.n ? resolve_path(npmrc, entry_value(entry).text, npmrc->arena) : NULL;
}

/* Where a program of PATH really lies; NULL: there is none. In the arena. */
static const char *find_program(const struct npmrc *npmrc, const char *name)
{
	const char *path = getenv("PATH");
	struct str rest = str_of(path), folder;
	while (str_split(&rest, ':', &folder)) {
		const char *file = arena_printf(npmrc->arena, "%.*s/%s", STR_ARG(folder), name).p;
		if (!file || folder.n == 0 || folder.p[0] != '/' || !file_exists(file))
			continue;
		char *real = realpath(file, NULL);
		const char *copy = real ? arena_copy(npmrc->arena, str_of(real)).p : NULL;
		free(real);
		return copy;
	}
	return NULL;
}

/* <npm>/npmrc, where <npm>/bin/npm-cli.js is npm. */
static const char *builtin_file(const struct npmrc *npmrc)
{
	const char *program = find_program(npmrc, "npm");
	if (!program || strcmp(path_base(program), "npm-cli.js") != 0)
		return NULL;
	const char *bin = path_folder(npmrc->arena, program);
	const char *npm = bin ? path_folder(npmrc->arena, bin) : NULL;
	return npm ? path_join(npmrc->arena, npm, "npmrc") : NULL;
}

/* <prefix>/etc/npmrc, where the prefix is the user's word or <prefix>/bin/node is Node. */
static const char *global_file(const struct npmrc *npmrc)
{
	const char *named = named_path(npmrc, "globalconfig"), *prefix = named_path(npmrc, "prefix");
	if (named)
		return named;
	const char *variable = getenv("PREFIX");
	if (!prefix && variable && *variable)
		prefix = variable;
	const char *node = prefix ? NULL : find_program(npmrc, "node");
	const char *bin = node ? path_folder(npmrc->arena, node) : NULL;
	if (bin)
		prefix = path_folder(npmrc->arena, bin);
	return prefix ? path_join(npmrc->arena, prefix, "etc/npmrc") : NULL;
}

static const char *user_file(const struct npmrc *npmrc)
{
	const char *named = named_path(npmrc, "userconfig");
	return named || !npmrc->home ? named : path_join(npmrc->arena, npmrc->home, ".npmrc");
}

static void forget_layer(struct npmrc *npmrc, enum layer layer)
{
	for (size_t i = 0; i < npmrc->slots.n; i++)
		npmrc->slots.v[i].by_layer[layer].values.n = 0;
}

/* The project's file before the variables, which are held against it; the user's tells where the global one lies. */
enum status layers_read(struct npmrc *npmrc, struct error *err)
{
	const char *project = path_join(npmrc->arena, npmrc->project, ".npmrc");
	npmrc->by_key = map_new(npmrc->arena, 64);
	if (!npmrc->by_key || !project)
		return error_memory(err);
	enum status status = read_layer(npmrc, (struct source){ builtin_file(npmrc), LAYER_BUILTIN }, err);
	if (!status)
		status = read_layer(npmrc, (struct source){ project, LAYER_PROJECT }, err);
	if (!status)
		status = read_variables(npmrc, err);
	const char *user = user_file(npmrc);
	if (!status && user && is_same_file(user, project))
		forget_layer(npmrc, LAYER_PROJECT); /* a scan of the home folder: the file is the user's */
	if (!status)
		status = read_layer(npmrc, (struct source){ user, LAYER_USER }, err);
	if (!status)
		status = read_layer(npmrc, (struct source){ global_file(npmrc), LAYER_GLOBAL }, err);
	return status;
}
