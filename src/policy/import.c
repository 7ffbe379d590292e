#include "policy/import.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/model.h"

static const struct format {
	const char *kind, *file, *endings; /* the file's name begins so, and ends with one of these */
	enum status (*read)(struct import *import);
} formats[] = {
	{ "osv-scanner", "osv-scanner", ".toml", import_osv_scanner },
	{ "grype", ".grype", ".yaml .yml", import_grype },
	{ "grype", "grype", ".yaml .yml", import_grype },
	{ "trivy-yaml", ".trivyignore", ".yaml .yml", import_trivy_yaml },
	{ "trivy", ".trivyignore", "", import_trivy },
	{ "nsprc", ".nsprc", "", import_nsprc },
	{ "audit-ci", "audit-ci", ".json .jsonc .json5", import_audit_ci },
	{ "audit-ci", ".audit-ci", ".json .jsonc .json5", import_audit_ci },
};

static struct str keep(struct import *import, struct str text)
{
	struct str copy = arena_copy(import->arena, text);
	import->failed |= !copy.p;
	return copy;
}

void import_leave(struct import *import, uint32_t line, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	struct policy_left_out *left = vec_add(import->arena, &import->out->left_out);
	import->failed |= !left;
	if (left)
		*left = (struct policy_left_out){ line, keep(import, str_of(text)) };
}

/* What a policy would refuse, as that says it, without the place in a text that nobody sees. */
static void leave_refused(struct import *import, uint32_t line, const struct error *why)
{
	struct str text = error_said(why);
	import_leave(import, line, "no waiver: %.*s", STR_ARG(text));
}

void import_add(struct import *import, uint32_t line, struct policy_new_waiver waiver)
{
	struct str key;
	struct error why = { 0 };
	size_t first;
	waiver.reason = str_trim(waiver.reason);
	if (!waiver.reason.n)
		waiver.reason = arena_printf(import->arena, "no reason given in %s, line %u", import->name, line);
	enum status status = waiver_read_new(&waiver, import->arena, &key, &why);
	if (status && status != STATUS_MEMORY) {
		leave_refused(import, line, &why);
		return;
	}
	if (!status && map_find(import->known, key, &first)) {
		import_leave(import, line, "said before, in line %zu: the first one counts", first);
		return;
	}
	import->failed |= status || !map_set(import->known, key, line);
	struct policy_new_waiver *slot = import->failed ? NULL : vec_add(import->arena, &import->out->waivers);
	import->failed |= !slot;
	if (slot)
		*slot = waiver;
}

bool import_is_advisory(struct str id)
{
	static const struct str prefixes[] = { { "GHSA-", 5 }, { "CVE-", 4 }, { "MAL-", 4 }, { "OSV-", 4 }, { "SNYK-", 5 } };
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (text_equals_any_case(str_head(id, prefixes[i].n), prefixes[i]) && id.n > prefixes[i].n)
			return true;
	return false;
}

bool import_end(struct import *import, struct str date, struct str *expires)
{
	enum { DAY = 86400 };
	char text[DATE_TEXT_SIZE];
	int64_t end;
	if (!date_parse(str_trim(date), &end) || end < (int64_t)2 * DAY)
		return false;
	date_format(end / DAY * DAY - DAY, text);
	*expires = keep(import, str_head(str_of(text), 10));
	return true;
}

static bool is_word(const char *words, struct str word)
{
	struct str rest = str_of(words), part;
	while (str_split(&rest, ' ', &part))
		if (str_equal(part, word))
			return true;
	return false;
}

void import_leave_unknown(struct import *import, const struct json *object, const char *known)
{
	json_each(member, object)
		if (!is_word(known, member->key))
			import_leave(import, member->key_line, "\"%.*s\" is no waiver", STR_ARG(member->key));
}

/* ---- which format ---------------------------------------------------------------------- */

static bool ends_so(struct str name, const char *endings)
{
	struct str rest = str_of(endings), ending;
	if (rest.n == 0)
		return true;
	while (str_split(&rest, ' ', &ending))
		if (str_ends_with(name, ending))
			return true;
	return false;
}

static const struct format *format_of(const char *path, const char **file)
{
	const char *base = path_base(path), *colon = strchr(path, ':');
	*file = path;
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		const struct format *format = &formats[i];
		size_t n = strlen(format->kind);
		if (colon && (size_t)(colon - path) == n && memcmp(path, format->kind, n) == 0) {
			*file = colon + 1;
			return format;
		}
		if (strncmp(base, format->file, strlen(format->file)) == 0 && ends_so(str_of(base), format->endings))
			return format;
	}
	return NULL;
}

static int by_line(const void *a, const void *b)
{
	const struct policy_left_out *left = a, *right = b;
	return left->line != right->line ? (left->line > right->line) - (left->line < right->line) : str_compare(left->why, right->why);
}

enum status policy_import(const char *path, size_t max, struct arena *arena, struct policy_imported *out, struct error *err)
{
	const char *file;
	const struct format *format = format_of(path, &file);
	if (!format) {
		error_set(err, STATUS_USAGE, "%s: of which tool is this?", path);
		error_hint(err, "say it in front: osv-scanner:FILE, grype:FILE, trivy:FILE, trivy-yaml:FILE, nsprc:FILE, audit-ci:FILE");
		return STATUS_USAGE;
	}
	struct import import = { .arena = arena, .name = path_base(file), .out = out, .known = map_new(arena, 0), .err = err };
	enum status status = import.known ? file_read(file, max, arena, &import.text, err) : error_memory(err);
	if (!status && !utf8_is_valid(import.text))
		status = error_set(err, STATUS_INVALID, "this is no UTF-8");
	if (!status)
		status = format->read(&import);
	if (!status && import.failed)
		status = error_memory(err);
	if (out->left_out.n)
		qsort(out->left_out.v, out->left_out.n, sizeof *out->left_out.v, by_line);
	return status == STATUS_OK || status == STATUS_MEMORY ? status : error_wrap(err, "%s", file);
}
