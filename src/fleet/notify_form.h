/* How news is written down for a receiver: one file and one row for each form. notify_digest.c gathers what a chat shows. */
#ifndef FLEET_NOTIFY_FORM_H
#define FLEET_NOTIFY_FORM_H

#include "assay/notify.h"

struct notify_form {
	const char *name;
	size_t max_news; /* in one message; the rest comes in further ones, but for a new address, which is told what stands in one */
	enum status (*write)(struct fleet *fleet, const struct fleet_message *message, struct arena *arena, struct buf *out, struct error *err);
};
extern const struct notify_form notify_json, notify_slack, notify_teams;

enum {
	NOTIFY_GROUPS = 20,    /* that a chat shows */
	NOTIFY_PLACES = 10,    /* of each */
	NOTIFY_NAME_MAX = 100, /* characters of a name, a place */
	NOTIFY_TEXT_MAX = 200, /* of a title, a command */
};

/* One problem of one version, wherever it was found. */
struct notify_group {
	struct str rule, problem, title, severity, name, version, fix; /* short, visible, not yet escaped */
	size_t findings, gone;
	struct str places[NOTIFY_PLACES]; /* "checkout (team-pay)" */
	size_t place_count, project_count;
	struct str last_project;
};
struct notify_digest {
	size_t findings, gone, malware, projects;
	bool state;                      /* it is what stands: the address is new, and nothing of it is news */
	VEC(struct notify_group) groups; /* the worst first */
};
enum status notify_digest_read(struct fleet *fleet, const struct fleet_message *message, struct arena *arena, struct notify_digest *out, struct error *err);
/* Was it there before the address was? The first message alone has such: a clock that was set back makes no news old. */
static inline bool notify_stands(const struct fleet_message *message, const struct fleet_news *news)
{
	return message->after == 0 && news->at < message->added;
}
/* "3 new errors in 2 projects, 1 of them malware". */
struct str notify_headline(const struct notify_digest *digest, struct arena *arena);
/* "checkout (team-pay), shop and 3 more projects": as many as fit into `max` bytes as `escape` writes them. */
void notify_write_places(const struct notify_group *group, size_t max, void (*escape)(struct buf *out, struct str text), struct buf *out);
/* "2 more problems with 5 findings"; "" where `shown` is all. */
struct str notify_rest(const struct notify_digest *digest, size_t shown, struct arena *arena);

#endif
