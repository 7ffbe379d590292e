/*
 * notify: news of a fleet, told to the addresses that people gave - as JSON, or as Slack and Teams show it.
 *
 * What is told is in the store before anything is sent, and is marked as told when the address has accepted it (2xx). So each finding is told each
 * address once; only where the answer is lost (killed between the two, the connection cut) a message is sent again, with the same id in its
 * Idempotency-Key. An address is a secret as a whole: only its host is ever shown, and the store knows it by a digest.
 *
 * Names, titles and owners are written by anybody: each form escapes them, and keeps to its receiver's limits of size whatever they hold.
 */
#ifndef ASSAY_NOTIFY_H
#define ASSAY_NOTIFY_H

#include "assay/fleet.h"

#pragma GCC visibility push(default)

struct notify_form;
/* "json", "slack", "teams" as people name them; NULL: there is no such form. */
const struct notify_form *notify_form_by_name(struct str name);
const char *notify_form_name(const struct notify_form *form);

struct notify_target {
	const char *url;    /* secret */
	struct str host;    /* "https://hooks.example": what may be shown */
	struct str channel; /* how the store knows it */
	const struct notify_form *form;
};
/* "https://…", "slack+https://…"; without a prefix `form`, and where that is NULL what the host is known for, else JSON. The target lives in `arena`.
 * STATUS_USAGE, without the address in the text. */
enum status notify_target_parse(struct str text, const struct notify_form *form, struct arena *arena, struct notify_target *out, struct error *err);

struct notify_result {
	const struct notify_target *target;
	struct str message; /* its id */
	size_t findings;
	bool told;
	unsigned tries;
	const char *detail; /* why it was not; without secrets */
};
struct notify_options {
	const struct notify_target *targets; /* each channel once */
	size_t count;
	const char *user_agent;
	unsigned tries, backoff_ms, connect_timeout_ms, timeout_ms; /* as struct http_options has them */
	unsigned patience_ms;                                       /* after that no second message to anybody is begun */
	void (*result)(void *context, const struct notify_result *result);
	void *context;
};
/* Tells each target all that it was not told. What one refuses stays untold, and is no failure: *untold counts the targets that have any left. */
enum status notify_tell(struct fleet *fleet, const struct notify_options *options, size_t *untold, struct error *err);

#pragma GCC visibility pop
#endif
