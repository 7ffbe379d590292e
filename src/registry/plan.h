/* Which records are asked of which registry, and what became of each. */
#ifndef REGISTRY_PLAN_H
#define REGISTRY_PLAN_H

#include "registry/kept.h"

struct document;

/* One version, whichever packages it is installed as. */
struct inquiry {
	struct kept_record kept;
	struct registry_record record;
	struct document *document; /* of its package */
	const char *url;
	const char *missing; /* what was said in place of the record; NULL: it is not missing */
	bool ask;            /* nothing current is kept, and the network may be used */
	bool wants_history;
	bool authorized; /* a login was sent */
};
/* One package's document, and the versions that it is asked about. */
struct document {
	const char *registry, *url;
	struct str name;
	VEC(uint32_t) inquiries;
};
struct records_plan {
	const struct record_options *options;
	struct arena *arena;
	int64_t now;
	VEC(struct inquiry *) inquiries;
	VEC(struct document *) documents;
	struct map *seen, *seen_documents;
	uint32_t *inquiry_of;        /* by package; TREE_NONE: none */
	bool *impossible, *withheld; /* by package: there is nothing to ask, it is nobody's business */
};
/* Without a request. STATUS_MEMORY. */
enum status plan_records(struct records_plan *plan, const struct tree *tree, struct error *err);
/* Its package's document is asked for: its record is not there, or somebody wants to know its history. */
bool inquiry_needs_document(const struct inquiry *inquiry);
/* All that must be asked is, and is written into the inquiries' records. */
enum status ask_records(struct records_plan *plan, struct error *err);

#endif
