/*
 * site: a fleet as a folder of pages - what stands, how it has gone, which project has what, where a package is used, a search. The pages ask nobody for
 * anything and need no server: they work from a file. What others wrote (names, titles, messages) is text in them, and names nothing: files are named by
 * digests.
 */
#ifndef ASSAY_SITE_H
#define ASSAY_SITE_H

#include "assay/fleet.h"

#pragma GCC visibility push(default)

struct site_options {
	const char *folder;
	struct fleet_filter filter; /* which projects */
	int64_t now;                /* what stood then is shown, and ages are as of then */
};
struct site_result {
	size_t projects, packages, advisories, files;
	uint64_t bytes;
};
/* Written whole or not at all: into a folder beside it, which then takes its place. Equal stores at an equal `now` give equal bytes. STATUS_USAGE: the folder
 * is there and holds what assay did not write; nothing of it is touched. STATUS_BUSY: another process writes it. */
enum status site_write(struct fleet *fleet, const struct site_options *options, struct site_result *out, struct error *err);

#pragma GCC visibility pop
#endif
