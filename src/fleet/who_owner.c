/* Who answers for a lockfile on the spot. */
#include <stdlib.h>

#include "fleet/look.h"
#include "fleet/who_private.h"

/* What cannot be read names nobody. */
void who_find_owner(const char *lockfile, struct arena *arena, struct who_entry *entry)
{
	char *real = realpath(lockfile, NULL);
	const char *path = real ? arena_copy(arena, str_of(real)).p : NULL, *folder = path ? path_folder(arena, path) : NULL;
	const char *top = folder ? path_repository(arena, folder) : NULL;
	struct owners *owners = NULL;
	free(real);
	if (!top || owners_read(top, arena, &owners, NULL) || !owners)
		return;
	size_t n = strlen(top);
	struct str owner = owners_of(owners, str_of(path + n + (path[n] == '/')), arena);
	if (!owner.n)
		return;
	entry->owner = owner;
	entry->owner_from = STR("CODEOWNERS");
}
