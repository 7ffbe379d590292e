/* The block that an inspection is: head, pairs, texts, in that order. */
#include "draft.h"

/* What an archive's header can say at most of a path. */
enum { SHOWN_BYTES = 159 };

struct str inspection_str(const struct inspection *inspection, struct inspection_text text)
{
	return (struct str){ (const char *)inspection + text.at, text.n };
}

const struct inspection_pair *inspection_list(const struct inspection *inspection, enum inspected list, size_t *count)
{
	*count = inspection->lists[list].n;
	return (const struct inspection_pair *)(const void *)((const char *)inspection + inspection->lists[list].at);
}

/* ---- reading one that came from elsewhere --------------------------------------------------- */

static bool is_inside(const struct inspection *inspection, struct inspection_text text)
{
	return text.at <= inspection->size && text.n <= inspection->size - text.at;
}

/* Those that stand in the head: its own words, and what was made visible. */
static bool are_texts_sound(const struct inspection *inspection, size_t *texts)
{
	const struct inspection_text plain[] = { inspection->name, inspection->version, inspection->license, inspection->deprecated };
	bool sound = true;
	for (size_t i = 0; i < sizeof plain / sizeof *plain + ARCHIVE_FAULTS && sound; i++) {
		struct inspection_text text = i < ARCHIVE_FAULTS ? inspection->fault_path[i] : plain[i - ARCHIVE_FAULTS];
		sound = is_inside(inspection, text) && utf8_is_valid(inspection_str(inspection, text));
		*texts += text.n;
	}
	return sound;
}

/* A bool that is neither 0 nor 1 may be taken for both. */
static bool is_bool(const bool *value)
{
	unsigned char byte;
	memcpy(&byte, value, 1);
	return byte <= 1;
}

static bool is_list_sound(const struct inspection *inspection, enum inspected list, size_t *texts)
{
	size_t at = inspection->lists[list].at, n = inspection->lists[list].n, count;
	if (at % _Alignof(struct inspection_pair) || at > inspection->size || n > (inspection->size - at) / sizeof(struct inspection_pair))
		return false;
	const struct inspection_pair *pairs = inspection_list(inspection, list, &count);
	for (size_t i = 0; i < count; i++) {
		if (!is_inside(inspection, pairs[i].key) || !is_inside(inspection, pairs[i].value))
			return false;
		*texts += (size_t)pairs[i].key.n + pairs[i].value.n;
	}
	return true;
}

bool inspection_is_sound(struct str bytes)
{
	struct inspection head;
	if (bytes.n < sizeof head || (uintptr_t)bytes.p % _Alignof(struct inspection))
		return false;
	const struct inspection *inspection = (const struct inspection *)(const void *)bytes.p;
	size_t texts = 0;
	bool sound = inspection->size == bytes.n && inspection->faults < 1u << ARCHIVE_FAULTS && is_bool(&inspection->has_manifest) &&
		     is_bool(&inspection->install_script) && is_bool(&inspection->cut) && are_texts_sound(inspection, &texts);
	for (enum inspected list = 0; list < INSPECTED_LISTS && sound; list++)
		sound = is_list_sound(inspection, list, &texts);
	/* No two share bytes in an honest one: what a block says at most is as long as the block. */
	return sound && texts <= bytes.n;
}

/* ---- making one -------------------------------------------------------------------------------- */

bool draft_add_fault(struct draft *draft, enum archive_fault fault, struct str found)
{
	size_t i = (size_t)__builtin_ctz((unsigned)fault);
	if (draft->head.faults & fault)
		return true;
	draft->head.faults |= fault;
	/* Nothing that is shown is shorter than what it stands for, so no more is needed. */
	CLEANUP(buf_fini) struct buf visible = BUF_INIT((size_t)16 * (SHOWN_BYTES + 1));
	buf_add_visible(&visible, str_head(found, SHOWN_BYTES));
	size_t n = visible.n < SHOWN_BYTES ? visible.n : SHOWN_BYTES;
	/* Not in the midst of a character. */
	while (n && n < visible.n && ((unsigned char)visible.p[n] & 0xc0) == 0x80)
		n--;
	draft->fault_path[i] = arena_copy(draft->arena, str_head(buf_str(&visible), n));
	return draft->fault_path[i].p != NULL;
}

bool draft_add(struct draft *draft, enum inspected list, struct str key, struct str value)
{
	struct draft_pair *pair = vec_add(draft->arena, &draft->lists[list]);
	if (pair)
		*pair = (struct draft_pair){ key, value };
	return pair != NULL;
}

static struct inspection_text add_text(struct buf *out, struct str text)
{
	struct inspection_text at = { (uint32_t)out->n, (uint32_t)text.n };
	buf_add(out, text);
	return at;
}

/* Saturates: what is too much stays too much. */
static void count_bytes(size_t *sum, size_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = SIZE_MAX;
}

static size_t measure(const struct draft *draft, bool lists)
{
	size_t sum = sizeof draft->head;
	const struct str texts[] = { draft->name, draft->version, draft->license, draft->deprecated };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		count_bytes(&sum, texts[i].n);
	for (size_t i = 0; i < ARCHIVE_FAULTS; i++)
		count_bytes(&sum, draft->fault_path[i].n);
	for (size_t list = 0; list < INSPECTED_LISTS && lists; list++) {
		for (size_t i = 0; i < draft->lists[list].n; i++) {
			const struct draft_pair *pair = &draft->lists[list].v[i];
			count_bytes(&sum, sizeof(struct inspection_pair) + pair->key.n);
			count_bytes(&sum, pair->value.n);
		}
	}
	return sum;
}

/* The pairs stand together, so that they are aligned; their texts follow behind the last of them. */
static void add_lists(const struct draft *draft, struct inspection *head, struct buf *out)
{
	size_t at = out->n;
	struct inspection_pair pair = { { 0, 0 }, { 0, 0 } };
	const struct str blank = { (const char *)&pair, sizeof pair };
	for (size_t list = 0; list < INSPECTED_LISTS; list++) {
		head->lists[list].at = (uint32_t)out->n;
		head->lists[list].n = (uint32_t)draft->lists[list].n;
		for (size_t i = 0; i < draft->lists[list].n; i++)
			buf_add(out, blank);
	}
	for (size_t list = 0; list < INSPECTED_LISTS; list++) {
		for (size_t i = 0; i < draft->lists[list].n; i++, at += sizeof pair) {
			pair.key = add_text(out, draft->lists[list].v[i].key);
			pair.value = add_text(out, draft->lists[list].v[i].value);
			if (!out->failed)
				memcpy(out->p + at, &pair, sizeof pair);
		}
	}
}

static void drop_lists(struct draft *draft, size_t max_bytes)
{
	for (size_t list = 0; list < INSPECTED_LISTS; list++)
		draft->lists[list].n = 0;
	draft->head.cut = true;
	if (measure(draft, false) <= max_bytes)
		return;
	/* A name of a megabyte: nothing that can be compared. */
	draft->name = draft->version = draft->license = draft->deprecated = STR("");
}

/* Needs no memory, of which there may be none left below the arena's ceiling. */
static void add_overfull(struct draft *draft)
{
	if (!(draft->head.faults & FAULT_LIMIT))
		draft->fault_path[__builtin_ctz(FAULT_LIMIT)] = STR("more names, more in its package.json, or more packages inside, than is noted");
	draft->head.faults |= FAULT_LIMIT;
}

enum status draft_write(struct draft *draft, size_t max_bytes, struct buf *out, struct error *err)
{
	if (draft->overfull || measure(draft, true) > max_bytes) {
		add_overfull(draft);
		drop_lists(draft, max_bytes);
	}
	struct inspection *head = &draft->head;
	buf_clear(out);
	buf_add(out, (struct str){ (const char *)head, sizeof *head });
	add_lists(draft, head, out);
	for (size_t i = 0; i < ARCHIVE_FAULTS; i++)
		head->fault_path[i] = add_text(out, draft->fault_path[i]);
	head->name = add_text(out, draft->name);
	head->version = add_text(out, draft->version);
	head->license = add_text(out, draft->license);
	head->deprecated = add_text(out, draft->deprecated);
	head->size = (uint32_t)out->n;
	if (out->failed)
		return error_memory(err);
	memcpy(out->p, head, sizeof *head);
	return STATUS_OK;
}
