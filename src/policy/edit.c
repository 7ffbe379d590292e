/*
 * Waivers written into a policy's text. The reader says where things begin; from there on what people wrote is passed over, not
 * rewritten: comments, order and layout stay, and a new entry takes the layout of its neighbours.
 */
#include "assay/limits.h"
#include "policy/model.h"

/* ---- the text of a waiver ---------------------------------------------------------------- */

static void add_quoted(struct buf *out, struct str text)
{
	buf_add_char(out, '"');
	while (text.n) {
		size_t plain = str_plain_length(text);
		buf_add(out, str_head(text, plain));
		text = str_from(text, plain);
		if (!text.n)
			break;
		uint32_t code;
		size_t n = utf8_next(text, &code);
		unsigned char c = (unsigned char)text.p[0];
		if (n > 1)
			buf_add(out, str_head(text, n));
		else if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else
			buf_printf(out, n ? "\\u%04x" : "\\ufffd", c);
		text = str_from(text, n ? n : 1);
	}
	buf_add_char(out, '"');
}

static void write_waiver(const struct policy_new_waiver *waiver, struct buf *out)
{
	const struct {
		const char *key;
		struct str value;
	} members[] = { { "id", waiver->id },           { "rule", waiver->rule },
			{ "package", waiver->package }, { "path", waiver->path },
			{ "reason", waiver->reason },   { "owner", waiver->owner },
			{ "expires", waiver->expires }, { "justification", waiver->justification } };
	const char *between = "";
	buf_add_char(out, '{');
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		if (!members[i].value.n)
			continue;
		buf_printf(out, "%s\"%s\": ", between, members[i].key);
		add_quoted(out, members[i].value);
		between = ", ";
	}
	if (waiver->until_fix)
		buf_printf(out, "%s\"until\": \"fix-available\"", between);
	buf_add_char(out, '}');
}

/* ---- a list or an object in the text -------------------------------------------------------- */

/* All offsets are of bytes in the text. */
struct container {
	size_t open, close; /* its brackets */
	size_t first, last; /* where its first token begins and its last one ends; both 0: it is empty */
	bool comma;         /* the last token is one */
};

/* Behind the comment that begins at `at`; `at` itself where none does. The text was read before: what begins also ends. */
static size_t skip_comment(struct str text, size_t at)
{
	if (str_starts_with(str_from(text, at), STR("//")))
		return at + str_find(str_from(text, at), '\n');
	if (str_starts_with(str_from(text, at), STR("/*")))
		return at + 4 + str_find_str(str_from(text, at + 2), STR("*/"));
	return at;
}

static size_t skip_string(struct str text, size_t at)
{
	for (at++; at < text.n && text.p[at] != '"'; at++)
		at += text.p[at] == '\\';
	return at + 1;
}

static struct container find_container(struct str text, size_t open)
{
	struct container found = { .open = open };
	size_t depth = 0, at = open;
	while (at < text.n) {
		size_t behind = skip_comment(text, at);
		unsigned char c = (unsigned char)text.p[at];
		if (behind != at || ascii_is_blank(c)) {
			at = behind != at ? behind : at + 1;
			continue;
		}
		depth += c == '[' || c == '{';
		depth -= c == ']' || c == '}';
		if (depth == 0)
			break;
		behind = c == '"' ? skip_string(text, at) : at + 1;
		if (at != open) {
			found.first = found.first ? found.first : at;
			found.last = behind;
			found.comma = c == ',';
		}
		at = behind;
	}
	found.close = at;
	return found;
}

/* Where the line begins that holds `at`. */
static size_t line_start(struct str text, size_t at)
{
	size_t newline = str_find_last(str_head(text, at), '\n');
	return newline < at ? newline + 1 : 0;
}

static size_t blanks_end(struct str text, size_t at)
{
	while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
		at++;
	return at;
}

/* ---- putting things in -------------------------------------------------------------------------- */

struct style {
	const char *newline, *step;
};

static struct style style_of(struct str text)
{
	return (struct style){ str_find_str(text, STR("\r\n")) < text.n ? "\r\n" : "\n", str_find_str(text, STR("\n\t")) < text.n ? "\t" : "  " };
}

/* What is put in, made for where it comes to stand. */
struct entries {
	const struct policy_new_waiver *waivers;
	size_t count;
	bool whole; /* with its key and brackets: the policy has no "waivers" yet */
};

static void write_lines(const struct entries *entries, struct str indent, struct style style, struct buf *out)
{
	if (entries->whole)
		buf_printf(out, "%.*s\"waivers\": [%s", STR_ARG(indent), style.newline);
	for (size_t i = 0; i < entries->count; i++) {
		buf_printf(out, "%s%.*s%s", i ? style.newline : "", STR_ARG(indent), entries->whole ? style.step : "");
		write_waiver(&entries->waivers[i], out);
		buf_add_z(out, i + 1 < entries->count ? "," : "");
	}
	if (entries->whole)
		buf_printf(out, "%s%.*s]", style.newline, STR_ARG(indent));
}

static void write_inline(const struct entries *entries, struct buf *out)
{
	buf_add_z(out, entries->whole ? "\"waivers\": [" : "");
	for (size_t i = 0; i < entries->count; i++) {
		buf_add_z(out, i ? ", " : "");
		write_waiver(&entries->waivers[i], out);
	}
	buf_add_z(out, entries->whole ? "]" : "");
}

/* The bracket stands on a line of its own: the entry gets one before it, behind whatever comments stand there. */
static void insert_line(struct str text, const struct container *into, const struct entries *entries, struct buf *out)
{
	struct style style = style_of(text);
	size_t start = line_start(text, into->close), first = line_start(text, into->first);
	struct str closing = str_head(str_from(text, start), into->close - start);
	struct str like = str_head(str_from(text, first), into->first - first);
	struct str indent = like;
	CLEANUP(buf_fini) struct buf deeper = BUF_PART(out);
	buf_printf(&deeper, "%.*s%s", STR_ARG(closing), style.step);
	if (!into->first || str_trim(like).n)
		indent = buf_str(&deeper);
	size_t last = into->first ? into->last : start;
	buf_add(out, str_head(text, last));
	buf_add_z(out, into->first && !into->comma ? "," : "");
	buf_add(out, str_head(str_from(text, last), start - last));
	write_lines(entries, indent, style, out);
	buf_printf(out, "%s%s", into->comma ? "," : "", style.newline);
	buf_add(out, str_from(text, start));
}

/* All on one line; an empty list or object is spread over several. */
static void insert_inline(struct str text, const struct container *into, const struct entries *entries, struct buf *out)
{
	struct style style = style_of(text);
	if (into->first) {
		buf_add(out, str_head(text, into->last));
		buf_add_z(out, into->comma ? " " : ", ");
		write_inline(entries, out);
		buf_add_z(out, into->comma ? "," : "");
		buf_add(out, str_from(text, into->last));
		return;
	}
	size_t start = line_start(text, into->open), end = blanks_end(text, start);
	struct str indent = str_head(str_from(text, start), end - start);
	CLEANUP(buf_fini) struct buf deeper = BUF_PART(out);
	buf_printf(&deeper, "%.*s%s", STR_ARG(indent), style.step);
	buf_add(out, str_head(text, into->close));
	buf_add_z(out, style.newline);
	write_lines(entries, buf_str(&deeper), style, out);
	buf_printf(out, "%s%.*s", style.newline, STR_ARG(indent));
	buf_add(out, str_from(text, into->close));
}

static void insert(struct str text, size_t open, const struct entries *entries, struct buf *out)
{
	struct container into = find_container(text, open);
	size_t start = line_start(text, into.close);
	bool own_line = start > into.open && blanks_end(text, start) == into.close;
	if (own_line)
		insert_line(text, &into, entries, out);
	else
		insert_inline(text, &into, entries, out);
}

/* The byte at a place that the reader named; lines end as the reader's do. */
static size_t offset_of(struct str text, const struct json *node)
{
	size_t at = 0;
	for (uint32_t line = 1; line < node->line && at < text.n; line++)
		at += str_find(str_from(text, at), '\n') + 1;
	return at + node->column - 1;
}

/* ---- the whole ------------------------------------------------------------------------------------- */

static const char first_policy[] = "{\n  \"extends\": [\"default\"]\n}\n";

/* Reads the list as the policy's reader does: what it would refuse later is refused now. */
static enum status read_waivers(struct str text, const char *path, struct arena *arena, struct json **root, struct layer *layer, struct error *err)
{
	*layer = (struct layer){ .path = path, .label = str_of(path) };
	struct reader reader = { arena, layer, path, err };
	enum status status = json_parse(text, JSON_RELAXED | JSON_UNIQUE_KEYS, arena, root, NULL, err);
	if (status)
		return error_wrap(err, "%s", path);
	const struct json *list = json_find(*root, "waivers");
	if (!json_is(*root, JSON_OBJECT))
		return reader_fail_type(&reader, *root, "an object");
	return list ? waivers_read(&reader, list, layer) : STATUS_OK;
}

/* Each by itself, so that errors name what was asked for and not a line that is not there yet. */
enum status waiver_read_new(const struct policy_new_waiver *waiver, struct arena *arena, struct str *key, struct error *err)
{
	CLEANUP(buf_fini) struct buf one = BUF_INIT(LIMIT_POLICY_BYTES);
	struct layer layer;
	struct json *root;
	buf_add_z(&one, "{\"waivers\": [");
	write_waiver(waiver, &one);
	buf_add_z(&one, "]}");
	struct str copy = one.failed ? STR_NONE : arena_copy(arena, buf_str(&one));
	if (!copy.p)
		return error_memory(err);
	enum status status = read_waivers(copy, "the new waiver", arena, &root, &layer, err);
	if (status)
		return status;
	*key = waiver_key(&layer.waivers.v[0], arena);
	return key->p ? STATUS_OK : error_memory(err);
}

/* By what they waive, to their numbers. */
static enum status index_waivers(const struct layer *there, size_t more, struct arena *arena, struct map **out, struct error *err)
{
	*out = map_new(arena, there->waivers.n + more);
	enum status status = *out ? STATUS_OK : error_memory(err);
	for (size_t i = 0; i < there->waivers.n && !status; i++) {
		struct str key = waiver_key(&there->waivers.v[i], arena);
		if (!key.p || !map_set(*out, key, i))
			status = error_memory(err);
	}
	return status;
}

static enum status check_all(const struct layer *there, const struct policy_new_waiver *waivers, size_t count, struct arena *arena, struct error *err)
{
	struct map *known;
	struct str key;
	enum status status = index_waivers(there, count, arena, &known, err);
	for (size_t i = 0; i < count && !status; i++) {
		size_t at;
		if ((status = waiver_read_new(&waivers[i], arena, &key, err)))
			return status;
		if (!map_add(known, key, SIZE_MAX, &at))
			return error_memory(err);
		if (at >= there->waivers.n)
			continue;
		return error_set(err, STATUS_USAGE, "%s, line %u: a waiver for this is there already; change that one", there->path,
				 there->waivers.v[at].line);
	}
	return status;
}

enum status policy_drop_known_waivers(struct str text, const char *path, struct policy_new_waiver *waivers, size_t *count, size_t *known,
				      struct arena *arena, struct error *err)
{
	struct layer layer;
	struct json *root;
	struct map *there;
	struct str key;
	size_t kept = 0, at;
	enum status status = read_waivers(text.p ? text : str_of(first_policy), path, arena, &root, &layer, err);
	if (!status)
		status = index_waivers(&layer, 0, arena, &there, err);
	for (size_t i = 0; i < *count && !status; i++) {
		status = waiver_read_new(&waivers[i], arena, &key, err);
		if (!status && !map_find(there, key, &at))
			waivers[kept++] = waivers[i];
	}
	if (status)
		return status;
	*known = *count - kept;
	*count = kept;
	return STATUS_OK;
}

enum status policy_add_waivers(struct str text, const char *path, const struct policy_new_waiver *waivers, size_t count, struct arena *arena,
			       struct str *out, struct error *err)
{
	CLEANUP(buf_fini) struct buf edited = BUF_INIT(2 * LIMIT_POLICY_BYTES);
	struct str before = text.p ? text : str_of(first_policy);
	struct layer layer;
	struct json *root;
	enum status status = read_waivers(before, path, arena, &root, &layer, err);
	if (status || (status = check_all(&layer, waivers, count, arena, err)))
		return status;
	const struct json *list = json_find(root, "waivers");
	const struct entries entries = { waivers, count, !list };
	if (count)
		insert(before, offset_of(before, list ? list : root), &entries, &edited);
	else
		buf_add(&edited, before);
	if (!edited.failed && edited.n > LIMIT_POLICY_BYTES)
		return error_set(err, STATUS_LIMIT, "%s: it would have more than %zu bytes", path, LIMIT_POLICY_BYTES);
	if ((status = buf_ok(&edited, err)))
		return status;
	struct str copy = arena_copy(arena, buf_str(&edited));
	if (!copy.p)
		return error_memory(err);
	if ((status = read_waivers(copy, path, arena, &root, &layer, err)))
		return status;
	*out = copy;
	return STATUS_OK;
}

/* ---- what bounds them ----------------------------------------------------------------------------------- */

const char *policy_file(const struct policy *policy)
{
	return policy->top == policy->org || policy->top->preset ? NULL : policy->top->path;
}

int64_t policy_max_waiver(const struct policy *policy, struct str *by)
{
	*by = policy->max_waiver_by ? policy->max_waiver_by->label : STR_NONE;
	return policy->max_waiver;
}

bool policy_may_waive(const struct policy *policy, const struct rule *rule)
{
	return policy->rules[rule_number(rule)].waivable;
}
