/* What a person asks in words: a package with a version or a range, a package URL, an advisory's id. */
#include "assay/semver.h"
#include "fleet/question.h"

/* ---- what a person types ---------------------------------------------------------- */

static enum status ask_purl(struct who_question *question, struct str text, struct error *err)
{
	struct purl purl;
	bool is_npm = false;
	enum status status = purl_parse(text, question_arena(question), &is_npm, &purl, err);
	if (status == STATUS_INVALID)
		return err ? (err->status = STATUS_USAGE) : STATUS_USAGE;
	if (status)
		return status;
	if (!is_npm)
		return error_set(err, STATUS_USAGE, "\"%.*s\" is not a package of npm: those begin with pkg:npm/", STR_ARG(str_head(text, 200)));
	const char *problem = package_name_problem(purl.name);
	if (problem)
		return error_set(err, STATUS_USAGE, "\"%.*s\" is no name of a package: %s", STR_ARG(str_head(purl.name, 200)), problem);
	return purl.version.n ? question_add_version(question, purl.name, purl.version, text, err) : question_add_any(question, purl.name, text, err);
}

enum status who_ask(struct who_question *question, struct str text, struct error *err)
{
	struct semver version;
	if (str_starts_with(text, STR("pkg:")))
		return ask_purl(question, text, err);
	size_t at = str_find(str_from(text, 1), '@') + 1;
	struct str name = str_head(text, at), range = str_trim(str_from(text, at + 1));
	const char *problem = text.n ? package_name_problem(name) : "it is empty";
	if (problem)
		return error_set(err, STATUS_USAGE, "\"%.*s\" is no name of a package: %s", STR_ARG(str_head(name, 200)), problem);
	if (at >= text.n)
		return question_add_any(question, name, text, err);
	if (semver_parse(range, SEMVER_LOOSE, &version))
		return question_add_version(question, name, range, text, err);
	enum status status = range.n ? question_add_range(question, name, range, text, err) : STATUS_INVALID;
	if (status != STATUS_INVALID)
		return status;
	error_set(err, STATUS_USAGE, "\"%.*s\" is neither a version nor a range", STR_ARG(str_head(range, 200)));
	error_hint(err, "as in: assay who 'chalk@5.6.1' 'debug@>=4.4.2 <4.4.4'");
	return STATUS_USAGE;
}

/* ---- advisories --------------------------------------------------------------------- */

/* Letters, a dash, and a digit somewhere behind it: GHSA-…, CVE-2026-1, MAL-2025-1; no package has capitals in front. */
bool who_is_advisory_id(struct str text)
{
	static const char *const prefixes[] = { "ghsa-", "cve-", "mal-" };
	size_t dash = str_find(text, '-');
	bool capitals = dash >= 2 && dash + 1 < text.n, digit = false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (!ascii_is_alpha(c) && !ascii_is_digit(c) && !strchr("-_.:", c))
			return false;
		capitals &= i >= dash || (c >= 'A' && c <= 'Z');
		digit |= i > dash && ascii_is_digit(c);
	}
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (text.n > strlen(prefixes[i]) && text_equals_any_case(str_head(text, strlen(prefixes[i])), str_of(prefixes[i])))
			return digit || i == 0;
	return capitals && digit;
}

/* GHSA's letters are small behind the prefix; others are capitals. */
static struct str usual_case(struct str id, struct arena *arena)
{
	struct str copy = arena_copy(arena, id);
	bool ghsa = text_equals_any_case(str_head(id, 5), STR("GHSA-"));
	for (size_t i = 0; copy.p && i < copy.n; i++) {
		char *c = &((char *)(uintptr_t)copy.p)[i], lower = (char)ascii_lower((unsigned char)*c);
		*c = ghsa && i > 4 ? lower : lower >= 'a' && lower <= 'z' ? (char)(lower - 'a' + 'A') : *c;
	}
	return copy;
}

enum status who_ask_advisory(struct who_question *question, struct advisory_db *db, struct str id, struct error *err)
{
	struct affected *affected;
	struct str *names;
	size_t count, added = 0;
	enum status status = advisory_db_get(db, id, question_arena(question), &affected, &names, &count, err);
	if (status == STATUS_NOT_FOUND) {
		struct str usual = usual_case(id, question_arena(question));
		status = usual.p ? advisory_db_get(db, usual, question_arena(question), &affected, &names, &count, err) : error_memory(err);
	}
	if (status == STATUS_NOT_FOUND) {
		CLEANUP(buf_fini) struct buf shown = BUF_INIT(1024);
		buf_add_visible(&shown, str_head(id, 200));
		error_set(err, STATUS_NOT_FOUND, "the advisory database knows no %.*s", STR_ARG(buf_str(&shown)));
		error_hint(err, "fetch what is new: assay db update; or ask by name and version: assay who NAME@VERSION");
	}
	for (size_t i = 0; !status && i < count; i++) {
		if (!names[i].p)
			continue;
		status = question_add_affected(question, names[i], &affected[i], err);
		added++;
	}
	if (!status && !added)
		return error_set(err, STATUS_NOT_FOUND, "%.*s names no package of npm's", STR_ARG(str_head(id, 200)));
	return status;
}
