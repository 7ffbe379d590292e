/*
 * Fuzz targets: one for each reader of foreign bytes. A target is a function and a row of its file's table; it is given an input and demands a
 * property of what is read, beyond that nothing crashes. libFuzzer drives them (make fuzz), and the corpora are replayed by test_replay.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "assay/base.h"
#include "assay/json.h"
#include "assay/limits.h"

struct fuzz {
	struct str input;
	struct arena *arena; /* this input's */
	const char *folder;  /* of the process, for what is read from files */
};

struct fuzz_target {
	const char *name;
	void (*run)(const struct fuzz *fuzz, const void *with);
	const void *with;
	const char *seeds; /* NULL, or a pattern of files in fixtures/ that are inputs too */
};

/* Each ends with a row without a name. */
extern const struct fuzz_target fuzz_texts[], fuzz_words[], fuzz_lockfiles[], fuzz_advisories[], fuzz_archives[], fuzz_policies[], fuzz_registries[],
	fuzz_incidents[], fuzz_zips[], fuzz_beside[], fuzz_reports[], fuzz_machine[], fuzz_kept[], fuzz_outside[], fuzz_damaged[];
const struct fuzz_target *fuzz_target_at(size_t index);          /* NULL behind the last */
const struct fuzz_target *fuzz_target_by_name(const char *name); /* NULL: none */
void fuzz_run(const struct fuzz_target *target, struct str input);
/* A seed as it is kept: of a file that ends in .hex, bytes in hexadecimal, "*N" repeating the byte before N times, the rest of a line behind
 * '#' being comment; of any other the text as it is. */
struct str fuzz_seed(const char *path, struct str text, struct arena *arena);

#define fuzz_require(condition) ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))
__attribute__((noreturn)) static inline void fuzz_fail(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: it does not hold that %s\n", file, line, condition);
	abort();
}

/* The input one line further down. What is read of it must be the same, and every place one line further down. */
static inline struct str fuzz_shifted(const struct fuzz *fuzz)
{
	return arena_printf(fuzz->arena, "\n%.*s", STR_ARG(fuzz->input));
}
/* Not where a byte order mark or a NUL gives the first bytes, or the formatted copy, a meaning of their own. */
static inline bool fuzz_can_shift(const struct fuzz *fuzz)
{
	return fuzz->input.n && (unsigned char)fuzz->input.p[0] < 0x80 && str_find(fuzz->input, '\0') == fuzz->input.n;
}
static inline void fuzz_require_shifted(enum status status, const struct error *err, enum status shifted, const struct error *shifted_err)
{
	fuzz_require(status == shifted);
	fuzz_require(!status || (err->line ? err->line + 1 : 0) == shifted_err->line);
	fuzz_require(!status || err->column == shifted_err->column);
}

/* Same nodes, `lines` further down. */
bool fuzz_same_nodes(const struct json *a, const struct json *b, uint32_t lines);

#endif
