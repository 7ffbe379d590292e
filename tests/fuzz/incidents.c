/* Incidents: lists as they circulate, what a person types. */
#include "fuzz/fuzz.h"

#include "assay/who.h"

static bool same_notes(const struct who_list *a, const struct who_list *b, uint32_t lines)
{
	bool same = a->note_count == b->note_count;
	for (size_t i = 0; same && i < a->note_count; i++)
		same = a->notes[i].line + lines == b->notes[i].line && a->notes[i].kind == b->notes[i].kind &&
		       str_equal(a->notes[i].text, b->notes[i].text) && str_equal(a->notes[i].why, b->notes[i].why);
	return same;
}

/* Both ask for the same names, and find the same versions of these. */
static bool same_question(struct who_question *a, struct who_question *b)
{
	static const char *const probes[] = { "0.0.0", "1.0.0", "1.0.0-rc.1", "1.14.1", "2.0.0", "4.2.1", "5.6.1", "99.0.0", "none" };
	const struct str *names, *others;
	size_t count = who_names(a, &names);
	bool same = count == who_names(b, &others) && who_target_count(a) == who_target_count(b) && who_digest_count(a) == who_digest_count(b);
	for (size_t i = 0; same && i < count; i++) {
		same = str_equal(names[i], others[i]) && !package_name_problem(names[i]);
		for (size_t k = 0; same && k < sizeof probes / sizeof *probes; k++) {
			enum who_match match = who_match(a, names[i], str_of(probes[k]), STR_NONE, NULL);
			same = match != WHO_OTHER && match == who_match(b, names[i], str_of(probes[k]), STR_NONE, NULL);
		}
	}
	return same;
}

/* Every line is a target, a digest, an id, or a note; one line further down it is the same. */
static void run_ioc(const struct fuzz *fuzz, const void *with)
{
	struct who_question *question = who_question_new(fuzz->arena), *other = who_question_new(fuzz->arena);
	struct who_list list = { 0 }, shifted = { 0 };
	struct error err = { 0 }, shifted_err = { 0 };
	(void)with;
	enum status status = who_ask_list(question, "list", fuzz->input, &list, &err);
	fuzz_require(status || list.lines <= list.targets + list.digests + list.advisory_count + list.note_count);
	fuzz_require(who_digest_count(question) <= list.digests || status);
	if (!fuzz_can_shift(fuzz))
		return;
	fuzz_require_shifted(status, &err, who_ask_list(other, "list", fuzz_shifted(fuzz), &shifted, &shifted_err), &shifted_err);
	fuzz_require(status || (list.lines == shifted.lines && list.targets == shifted.targets && list.digests == shifted.digests));
	fuzz_require(status || (same_notes(&list, &shifted, 1) && same_question(question, other)));
}

/* What is typed: a version finds itself, is admitted by "*" and by itself as a range. */
static void run_asked(const struct fuzz *fuzz, const void *with)
{
	struct who_question *question = who_question_new(fuzz->arena);
	struct str name, asked, text = fuzz->input, real;
	struct semver version;
	(void)with;
	(void)who_is_advisory_id(text);
	if (who_ask(question, text, NULL))
		return;
	size_t at = str_find(str_from(text, 1), '@') + 1;
	name = str_head(text, at);
	fuzz_require(who_target_count(question) == 1);
	if (str_starts_with(text, STR("pkg:")))
		return;
	struct str wanted = str_trim(str_from(text, at + 1));
	fuzz_require(who_match(question, name, wanted, STR_NONE, &asked) != WHO_OTHER && str_equal(asked, text));
	if (at < text.n && semver_parse(wanted, SEMVER_LOOSE, &version)) {
		fuzz_require(who_match(question, name, wanted, STR_NONE, NULL) == WHO_HIT);
		fuzz_require(version.prerelease.n || who_admits(question, name, STR("*"), &real, &asked));
	}
	(void)who_admits(question, name, text, &real, &asked);
}

const struct fuzz_target fuzz_incidents[] = {
	{ "ioc", run_ioc, NULL, NULL },
	{ "asked", run_asked, NULL, NULL },
	{ 0 },
};
