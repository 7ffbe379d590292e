/* Where yarn berry keeps its zips: cacheFolder, globalFolder and enableGlobalCache of the .yarnrc.yml beside the lockfile and of the environment. */
#include <stdlib.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "assay/lockfile.h"
#include "lockfile/yaml.h"

/* A setting; the environment's YARN_… counts before the file. What is not plain text is not there. */
static struct str setting(const struct json *file, const char *key, const char *variable)
{
	const char *value = getenv(variable);
	struct str text = value ? str_of(value) : json_find_text(file, key);
	return str_find_str(text, STR("${")) < text.n ? STR_NONE : text;
}

/* A file that cannot be read says nothing here: where it matters to the tree, the reader of the lockfile complains. */
static const struct json *read_file(const char *folder, struct arena *arena)
{
	struct str text;
	struct json *documents;
	const char *path = path_join(arena, folder, ".yarnrc.yml");
	if (!path || file_read(path, LIMIT_CONFIG_BYTES, arena, &text, NULL) || yaml_parse(text, YAML_ALL_TEXT, arena, &documents, NULL))
		return NULL;
	return documents->child;
}

enum status yarn_caches(const char *folder, struct arena *arena, struct yarn_caches *out, struct error *err)
{
	const struct json *file = read_file(folder, arena);
	struct str own = setting(file, "cacheFolder", "YARN_CACHE_FOLDER");
	struct str global = setting(file, "globalFolder", "YARN_GLOBAL_FOLDER");
	struct str shared = setting(file, "enableGlobalCache", "YARN_ENABLE_GLOBAL_CACHE");
	const char *home = getenv("HOME");
	struct yarn_caches caches = { NULL, NULL };
	if (!str_equal_z(shared, "true") && !str_equal_z(shared, "1"))
		caches.own = path_join(arena, folder, own.n ? arena_copy(arena, own).p : ".yarn/cache");
	if (global.n)
		global = str_of(path_join(arena, folder, arena_copy(arena, global).p));
	else if (home && *home)
		global = str_of(path_join(arena, home, ".yarn/berry"));
	if (global.n)
		caches.global = path_join(arena, global.p, "cache");
	if ((own.n && !caches.own && !str_equal_z(shared, "true") && !str_equal_z(shared, "1")) || (global.n && !caches.global))
		return error_memory(err);
	*out = caches;
	return STATUS_OK;
}
