/*
 * Landlock: no right to any file, whatever the kernel knows as one; from its fourth version no TCP, from its sixth no signals and no
 * abstract sockets outside. By the kernel's own word about its version: headers are often older than it (Debian 12's know
 * files alone). Facts: the kernel's Documentation/userspace-api/landlock.rst.
 */
#include "channel.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

enum { ASK_VERSION = 1 };

/* As the sixth version has it; earlier ones take the first members of it. */
struct ruleset {
	uint64_t files, network, scope;
};

static const struct {
	int version;
	size_t size;
	struct ruleset handled; /* besides what the versions before do */
	enum sandbox_layer layer;
} versions[] = {
	{ 1, 8, { .files = 0x1fff }, LAYER_LANDLOCK_FILES },   { 2, 8, { .files = 1 << 13 }, LAYER_LANDLOCK_FILES }, /* refer */
	{ 3, 8, { .files = 1 << 14 }, LAYER_LANDLOCK_FILES },                                                        /* truncate */
	{ 4, 16, { .network = 3 }, LAYER_LANDLOCK_NETWORK },                                                         /* bind, connect */
	{ 5, 16, { .files = 1 << 15 }, LAYER_LANDLOCK_FILES },                                                       /* ioctl of devices */
	{ 6, 24, { .scope = 3 }, LAYER_LANDLOCK_SCOPE },
};

bool landlock_everything(unsigned *layers, char problem[MESSAGE_TEXT])
{
	struct ruleset handled = { 0 };
	size_t size = 0;
	unsigned gained = 0;
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
	for (size_t i = 0; i < sizeof versions / sizeof *versions && versions[i].version <= version; i++) {
		handled.files |= versions[i].handled.files;
		handled.network |= versions[i].handled.network;
		handled.scope |= versions[i].handled.scope;
		size = versions[i].size;
		gained |= versions[i].layer;
	}
	if (!gained) {
		confine_add_problem(problem, "no Landlock: %s", version < 0 ? error_number_text(errno) : "unknown version");
		return false;
	}
	CLEANUP(file_close) int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	if (rules < 0 || syscall(SYS_landlock_restrict_self, rules, 0) != 0) {
		confine_add_problem(problem, "no Landlock: %s", error_number_text(errno));
		return false;
	}
	*layers |= gained;
	return true;
}
