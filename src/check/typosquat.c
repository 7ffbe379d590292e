/*
 * typosquat: a direct dependency whose name is a slip of the pen away from that of a far more popular package. What somebody typed is
 * asked about, no more: what the packages themselves depend on was typed by their authors.
 *
 * The popular names come with the program, and beside them those that look like one of them and are known all the same; neither is ever
 * accused. Nor is a name in a scope of theirs, where nobody else can publish. The two words of a slip must be long: short ones
 * ("ts-log", "rs-log") are mostly different words, and digits are versions.
 */
#include "check/check_private.h"

extern const char known_names_begin[] __attribute__((visibility("hidden")));
extern const char known_names_end[] __attribute__((visibility("hidden")));

/* Far more popular: no name that is not listed has a fifth of these. */
enum { FEWEST_LETTERS = 5, FEWEST_MILLIONS = 20, MILLIONS_DIGITS = 2 };
/* Separators left out, or put in. */
enum { MOST_LONGER = 4 };

struct known {
	struct str name;
	unsigned millions; /* downloads a month; 0: few */
};

/* ---- the list -------------------------------------------------------------------------- */

static struct str all_names(void)
{
	return str_between(known_names_begin, known_names_end);
}

static bool next_name(struct str *rest, struct known *out)
{
	struct str line;
	uint64_t millions = 0;
	if (!str_split(rest, '\n', &line) || line.n == 0)
		return false;
	str_split(&line, '\t', &out->name);
	str_to_u64(line, &millions);
	out->millions = (unsigned)millions;
	return true;
}

/* The next popular one that is about as long: most lines are passed over without being read. */
static bool next_popular(struct str *rest, size_t length, struct known *out)
{
	while (rest->n) {
		size_t name = str_find(*rest, '\t'), line = name + str_find(str_from(*rest, name), '\n');
		size_t longer = name > length ? name - length : length - name;
		if (longer > MOST_LONGER || line - name <= MILLIONS_DIGITS)
			*rest = str_from(*rest, line + 1);
		else if (next_name(rest, out) && out->millions >= FEWEST_MILLIONS)
			return true;
	}
	return false;
}

/* Where the first line begins whose name is not before `name`; the lines are sorted by bytes. */
static size_t lower_bound(struct str name)
{
	struct str all = all_names();
	size_t low = 0, high = all.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		while (middle > low && all.p[middle - 1] != '\n')
			middle--;
		struct str rest = str_from(all, middle);
		struct known known;
		if (!next_name(&rest, &known))
			return all.n;
		if (str_compare(known.name, name) < 0)
			low = all.n - rest.n;
		else
			high = middle;
	}
	return low;
}

/* The name itself, or another one of its scope. */
static bool is_known(struct str name)
{
	size_t slash = str_find(name, '/');
	struct str scope = str_head(name, slash + 1);
	struct known known;
	struct str at = str_from(all_names(), lower_bound(name));
	if (next_name(&at, &known) && str_equal(known.name, name))
		return true;
	if (!str_starts_with(name, STR("@")) || slash == name.n)
		return false;
	at = str_from(all_names(), lower_bound(scope));
	return next_name(&at, &known) && str_starts_with(known.name, scope);
}

/* ---- slips ---------------------------------------------------------------------------------- */

static bool is_separator(char c)
{
	return strchr("-_./@", c) && c;
}

/* "cross-env" and "crossenv", "@babel/cli" and "babel-cli". */
static bool differ_in_separators(struct str a, struct str b)
{
	size_t i = 0, k = 0, letters = 0;
	while (true) {
		while (i < a.n && is_separator(a.p[i]))
			i++;
		while (k < b.n && is_separator(b.p[k]))
			k++;
		if (i == a.n || k == b.n)
			break;
		if (a.p[i++] != b.p[k++])
			return false;
		letters++;
	}
	return i == a.n && k == b.n && letters >= FEWEST_LETTERS;
}

static bool has_digit_or_separator(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (ascii_is_digit((unsigned char)text.p[i]) || is_separator(text.p[i]))
			return true;
	return false;
}

/* How long is the word of `name` that holds the bytes from..to? */
static size_t word_length(struct str name, size_t from, size_t to)
{
	while (from > 0 && !is_separator(name.p[from - 1]))
		from--;
	while (to < name.n && !is_separator(name.p[to]))
		to++;
	return to - from;
}

/* One letter more, less or another one, or two neighbours swapped. */
static bool differ_in_letter(struct str a, struct str b)
{
	size_t begin = 0, a_end = a.n, b_end = b.n;
	while (begin < a.n && begin < b.n && a.p[begin] == b.p[begin])
		begin++;
	while (a_end > begin && b_end > begin && a.p[a_end - 1] == b.p[b_end - 1]) {
		a_end--;
		b_end--;
	}
	struct str ours = { a.p + begin, a_end - begin }, theirs = { b.p + begin, b_end - begin };
	bool swapped = ours.n == 2 && theirs.n == 2 && ours.p[0] == theirs.p[1] && ours.p[1] == theirs.p[0];
	if (!swapped && (ours.n > 1 || theirs.n > 1))
		return false;
	return !has_digit_or_separator(ours) && !has_digit_or_separator(theirs) && word_length(b, begin, b_end) >= FEWEST_LETTERS;
}

/* The most popular name that `name` may have been meant to be; .name.p NULL: none. */
static struct known find_meant(struct str name)
{
	struct known meant = { .name = STR_NONE }, known;
	struct str rest = all_names();
	while (next_popular(&rest, name.n, &known)) {
		size_t longer = known.name.n > name.n ? known.name.n - name.n : name.n - known.name.n;
		if (known.millions <= meant.millions)
			continue;
		if ((longer <= 1 && differ_in_letter(name, known.name)) || differ_in_separators(name, known.name))
			meant = known;
	}
	return meant;
}

/* ---- the rule ----------------------------------------------------------------------------------- */

static enum judgement judge_typosquat(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct package *package = &scan->tree->packages[number];
	enum judgement judgement = judge_kind(package);
	if (judgement != JUDGED)
		return judgement;
	if (!package->direct)
		return UNJUDGED_NOT_DIRECT;
	if (package->kind != PACKAGE_REGISTRY)
		return UNJUDGED_URL;
	if (is_known(package->name) || (scan->private_because && scan->private_because(scan->private_context, package->name).p))
		return JUDGED;
	struct known meant = find_meant(package->name);
	if (meant.name.p)
		walk_found(walk, number,
			   (struct problem){ .subject = meant.name,
					     .message = arena_printf(scan->arena,
								     "its name looks like that of %.*s, which has %u million "
								     "downloads a month: is that the one you mean?",
								     STR_ARG(meant.name), meant.millions) });
	return JUDGED;
}

enum status run_typosquat(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_typosquat, err);
}
