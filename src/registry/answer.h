/* What an answer of a registry comes to: a version's manifest, a package's document. */
#ifndef REGISTRY_ANSWER_H
#define REGISTRY_ANSWER_H

#include "assay/registry_record.h"
#include "registry/document.h"

/* Fills in what the manifest of name@version says; its texts are copied into `arena`. False: `why` tells, or is NULL when out of memory. */
bool answer_read_manifest(struct str text, struct str name, struct str version, struct arena *arena, struct registry_record *out, const char **why);

/* One version that is asked about while a document is read. */
struct document_question {
	struct str version;
	bool listed;         /* the document has it */
	bool wants_manifest; /* read it into the record as well */
	struct registry_record *record;
	const char *why; /* its manifest was of no use: answer_read_manifest() */
};
struct document_entry;
struct document_answer {
	struct arena *arena; /* of the records */
	struct arena *notes; /* of what is needed until the end */
	struct arena *scratch;
	struct str name; /* of the package that was asked for */
	struct document_question *questions;
	size_t question_count;
	struct document_reader reader;
	struct map *by_version; /* to entries */
	VEC(struct document_entry) entries;
	bool named, undated; /* undated: no `time`, or all versions bear one date */
	const char *why;     /* the document is of no use; NULL with a failed reader: malformed */
	bool no_memory;
};
/* Sets all but the questions, the name and the arena. False: out of memory. */
bool document_answer_begin(struct document_answer *answer);
/* Bytes go to document_add(&answer->reader). This fills in the records' histories; false: `why` tells, or it is NULL when out of memory. */
bool document_answer_end(struct document_answer *answer);
void document_answer_fini(struct document_answer *answer);

#endif
