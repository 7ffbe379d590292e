/* What registries say: a package's document, whole and byte by byte; a version's manifest. */
#include "fuzz/fuzz.h"

#include "registry/answer.h"

static bool read_document(const struct fuzz *fuzz, size_t piece, struct registry_record *record, bool *listed)
{
	struct document_question question = { .version = STR("2.0.0"), .wants_manifest = true, .record = record };
	struct document_answer answer = { .arena = fuzz->arena, .name = STR("a"), .questions = &question, .question_count = 1 };
	*record = (struct registry_record){ .state = RECORD_ABSENT };
	fuzz_require(document_answer_begin(&answer));
	for (size_t at = 0; at < fuzz->input.n && document_add(&answer.reader, str_head(str_from(fuzz->input, at), piece)); at += piece)
		;
	bool read = document_answer_end(&answer);
	fuzz_require(!answer.no_memory);
	*listed = read && question.listed;
	document_answer_fini(&answer);
	return read;
}

static bool same_text(struct str a, struct str b)
{
	return str_equal(a, b);
}

static void run_document(const struct fuzz *fuzz, const void *with)
{
	struct registry_record whole, bytes;
	struct json *json;
	bool listed, listed_again;
	(void)with;
	bool read = read_document(fuzz, fuzz->input.n + 1, &whole, &listed);
	fuzz_require(read == read_document(fuzz, 1, &bytes, &listed_again));
	fuzz_require(listed == listed_again);
	if (read)
		fuzz_require(same_text(whole.integrity, bytes.integrity) && same_text(whole.tarball, bytes.tarball) &&
			     same_text(whole.deprecated, bytes.deprecated) && same_text(whole.publisher, bytes.publisher) && whole.history == bytes.history);
	/* What is JSON and nothing odd is not refused for its form. */
	if (json_parse(fuzz->input, JSON_UNIQUE_KEYS, fuzz->arena, &json, NULL, NULL) == STATUS_OK && json->type == JSON_OBJECT &&
	    str_equal(json_find_text(json, "name"), STR("a")) && !json_find(json, "versions") && !json_find(json, "time"))
		fuzz_require(!listed);
}

static void run_record(const struct fuzz *fuzz, const void *with)
{
	struct registry_record record = { 0 }, again = { 0 };
	const char *why = NULL;
	(void)with;
	bool read = answer_read_manifest(fuzz->input, STR("a"), STR("2.0.0"), fuzz->arena, &record, &why);
	fuzz_require(read || why);
	fuzz_require(answer_read_manifest(fuzz->input, STR("a"), STR("2.0.0"), fuzz->arena, &again, &why) == read);
	if (!read)
		return;
	fuzz_require(same_text(record.integrity, again.integrity) && same_text(record.tarball, again.tarball));
	fuzz_require(record.integrity.n <= LIMIT_RECORD_TEXT_BYTES * 2 && record.tarball.n <= LIMIT_RECORD_TEXT_BYTES &&
		     record.deprecated.n <= LIMIT_RECORD_TEXT_BYTES && record.publisher.n <= LIMIT_RECORD_TEXT_BYTES + 64);
	/* The same manifest inside of a document says the same. */
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	struct registry_record inside;
	bool listed;
	buf_add(&text, STR("{\"name\":\"a\",\"versions\":{\"2.0.0\":"));
	buf_add(&text, fuzz->input);
	buf_add(&text, STR("}}"));
	struct fuzz wrapped = { buf_str(&text), fuzz->arena, fuzz->folder };
	if (fuzz->input.p[0] == '{' && read_document(&wrapped, text.n, &inside, &listed) && listed && inside.state == RECORD_FOUND)
		fuzz_require(same_text(record.integrity, inside.integrity) && same_text(record.deprecated, inside.deprecated));
}

const struct fuzz_target fuzz_registries[] = {
	{ "document", run_document, NULL, NULL },
	{ "record", run_record, NULL, NULL },
	{ 0 },
};
