/* What stands around npm audit: .nsprc (better-npm-audit) and audit-ci's file. */
#include "policy/import.h"

/* "expiry": a day, a moment, or milliseconds since 1970. */
static bool read_expiry(struct import *import, const struct json *value, struct str *expires)
{
	uint64_t ms;
	char text[DATE_TEXT_SIZE];
	bool number = json_to_u64(value, &ms) || (json_is(value, JSON_STRING) && str_to_u64(value->text, &ms));
	if (!number)
		return import_end(import, json_text(value), expires);
	if (ms / 1000 > INT32_MAX)
		return false;
	date_format((int64_t)(ms / 1000), text);
	return import_end(import, str_of(text), expires);
}

/* {"active": true, "notes": "…", "expiry": "…"}; false: it is told why not. */
static bool read_record(struct import *import, const struct json *record, struct policy_new_waiver *waiver)
{
	const struct json *expiry = json_find(record, "expiry"), *active = json_find(record, "active");
	waiver->reason = json_is(record, JSON_STRING) ? record->text : json_find_text(record, "notes");
	if (!waiver->reason.n)
		waiver->reason = json_find_text(record, "reason");
	if (json_is(record, JSON_OBJECT))
		import_leave_unknown(import, record, "active notes reason expiry");
	if (json_is(active, JSON_FALSE)) {
		import_leave(import, active->key_line, "%.*s is not active", STR_ARG(record->key));
		return false;
	}
	if (!expiry || json_is(expiry, JSON_NULL) || (json_is(expiry, JSON_STRING) && !expiry->text.n))
		return true;
	if (!read_expiry(import, expiry, &waiver->expires)) {
		import_leave(import, expiry->key_line, "%.*s: this expiry is not understood", STR_ARG(record->key));
		return false;
	}
	return true;
}

static enum status parse(struct import *import, struct json **out)
{
	return json_parse(import->text, JSON_RELAXED, import->arena, out, NULL, import->err);
}

static void nsprc_entry(struct import *import, const struct json *member)
{
	struct policy_new_waiver waiver = { .id = member->key };
	if (!import_is_advisory(member->key))
		import_leave(import, member->key_line, "\"%.*s\": npm's own numbers and other keys name no advisory", STR_ARG(member->key));
	else if (read_record(import, member, &waiver))
		import_add(import, member->key_line, waiver);
}

enum status import_nsprc(struct import *import)
{
	struct json *top;
	enum status status = parse(import, &top);
	json_each(member, status ? NULL : top)
		nsprc_entry(import, member);
	return status;
}

/* ---- audit-ci (https://github.com/IBM/audit-ci, "Allowlisting") ------------------------------------ */

/* "a>*>c", from a direct dependency on, is ". > a > ** > c". */
static struct str path_of(struct import *import, struct str path)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
	struct str part;
	buf_add_z(&text, str_starts_with(path, STR("*")) ? "" : ".");
	while (str_split(&path, '>', &part)) {
		bool any = str_equal_z(part, "*");
		buf_add_z(&text, text.n ? " > " : "");
		buf_add(&text, any ? STR("**") : part);
	}
	struct str copy = text.failed ? STR_NONE : arena_copy(import->arena, buf_str(&text));
	import->failed |= !copy.p;
	return copy;
}

/* An advisory, "advisory|path", or a module's name. False: told why not. */
static bool read_allowed(struct import *import, uint32_t line, struct str text, struct policy_new_waiver *waiver)
{
	size_t bar = str_find(text, '|');
	struct str head = str_trim(str_head(text, bar)), path = str_trim(str_from(text, bar + 1));
	uint64_t number;
	if (str_to_u64(head, &number) || !head.n) {
		import_leave(import, line, "\"%.*s\": npm's own numbers name no advisory", STR_ARG(text));
		return false;
	}
	if (import_is_advisory(head))
		waiver->id = head;
	else if (str_find(text, '>') < text.n || bar < text.n || str_find(text, '*') < text.n) {
		import_leave(import, line, "\"%.*s\" names no advisory", STR_ARG(text));
		return false;
	} else {
		waiver->rule = STR("vulnerability");
		waiver->package = head;
	}
	if (path.n && !str_equal_z(path, "*"))
		waiver->path = path_of(import, path);
	return true;
}

static void audit_ci_entry(struct import *import, const struct json *item)
{
	if (!json_is(item, JSON_OBJECT)) {
		struct policy_new_waiver waiver = { .until_fix = false };
		struct str text = json_is(item, JSON_NUMBER) ? item->text : json_text(item);
		if (read_allowed(import, item->line, text, &waiver))
			import_add(import, item->line, waiver);
		return;
	}
	json_each(member, item) {
		struct policy_new_waiver waiver = { .until_fix = false };
		if (read_allowed(import, member->key_line, member->key, &waiver) && read_record(import, member, &waiver))
			import_add(import, member->key_line, waiver);
	}
}

enum status import_audit_ci(struct import *import)
{
	static const char *const levels[] = { "low", "moderate", "high", "critical" };
	struct json *top;
	enum status status = parse(import, &top);
	if (status)
		return status;
	import_leave_unknown(import, top, "$schema allowlist low moderate high critical");
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (json_is_true(top, levels[i]))
			import_leave(import, json_find(top, levels[i])->key_line, "\"%s\" is no waiver; write: --fail-on %s", levels[i], levels[i]);
	json_each(item, json_find(top, "allowlist"))
		audit_ci_entry(import, item);
	return STATUS_OK;
}
