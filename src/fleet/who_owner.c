/* Who answers for a lockfile on the spot. */
#include <stdlib.h>

#include "fleet/look.h"
#include "fleet/who_private.h"

/* The file without links, and the nearest folder above that is there. NULL: nothing is, or out of memory. */
static const char *resolve(const char *file, struct arena *arena, const char **folder)
{
	char *real = realpath(file, NULL);
	const char *behind = real ? NULL : path_base(file);
	*folder = real ? path_folder(arena, real) : path_folder(arena, file);
	while (!real && *folder && !(real = realpath(*folder, NULL))) {
		const char *above = path_folder(arena, *folder);
		if (!above || strcmp(above, *folder) == 0)
			return NULL;
		behind = path_join(arena, path_base(*folder), behind);
		*folder = behind ? above : NULL;
	}
	const char *path = real ? arena_copy(arena, str_of(real)).p : NULL;
	if (path && behind)
		*folder = path;
	free(real);
	return path && behind ? path_join(arena, path, behind) : path;
}

/* What cannot be read names nobody. */
void who_find_owner(const char *lockfile, struct arena *arena, struct who_entry *entry)
{
	const char *folder, *path = resolve(lockfile, arena, &folder);
	const char *top = path && folder ? path_repository(arena, folder) : NULL;
	struct owners *owners = NULL;
	if (!top || owners_read(top, arena, &owners, NULL) || !owners)
		return;
	size_t n = strlen(top);
	struct str owner = owners_of(owners, str_of(path + n + (path[n] == '/')), arena);
	if (!owner.n)
		return;
	entry->owner = owner;
	entry->owner_from = STR("CODEOWNERS");
}
