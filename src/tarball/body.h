/*
 * body: what a registry sends for one tarball, while it arrives: in memory as long as it is small, then in a file without a name. So no name
 * ever stands for bytes whose digest was not checked, and many large answers at once need little memory.
 */
#ifndef ASSAY_TARBALL_BODY_H
#define ASSAY_TARBALL_BODY_H

#include "assay/net.h"

struct body {
	const char *folder; /* of assay's own store, where such files are made; NULL: the system's folder for temporary files */
	char *bytes;
	size_t capacity;
	uint64_t size;
	int fd;      /* -1: it is in memory */
	int failure; /* errno */
};

void body_init(struct body *body, const char *folder);
void body_fini(struct body *body); /* also one that is zeroed and was never begun */
/* As http_request.take has it. */
enum http_take body_take(struct body *body, uint64_t at, struct str bytes);

#endif
