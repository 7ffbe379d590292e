/*
 * Case files: blocks of "--- name", a policy, "===", one line for each expectation. And scans of one finding, made from a line.
 */
#ifndef TESTS_POLICY_HELPERS_H
#define TESTS_POLICY_HELPERS_H

#include "tests.h"

#include "assay/limits.h"
#include "assay/policy.h"

/* What cannot be NULL unless the test itself is broken; the compiler does not know that an assertion never returns. */
static inline void *must(const void *p)
{
	if (!p)
		abort();
	return (void *)(uintptr_t)p;
}

struct policy_case {
	struct str name, policy, expected;
};

static inline struct str read_fixture(struct arena *arena, const char *name)
{
	const char *root = getenv("ASSAY_ROOT");
	struct str text;
	struct error err;
	if (file_read(path_join(arena, root ? root : ".", name), 16 * MIB, arena, &text, &err))
		fail_msg("%s", err.text);
	return text;
}

static inline bool next_case(struct str *rest, struct policy_case *out)
{
	size_t at = str_find_str(*rest, STR("--- "));
	if (at == rest->n)
		return false;
	struct str block = str_from(*rest, at + 4);
	size_t end = str_find_str(block, STR("\n--- "));
	*rest = str_from(block, end);
	block = str_head(block, end);
	size_t line = str_find(block, '\n'), divider = str_find_str(block, STR("\n===\n"));
	out->name = str_head(block, line);
	out->policy = str_from(str_head(block, divider), line + 1);
	out->expected = str_trim(str_from(block, divider + 5));
	return true;
}

static inline const char *put_policy(struct arena *arena, const char *name, struct str text)
{
	const char *path = path_join(arena, getenv("TEST_TMP"), name);
	struct error err;
	if (folder_make(path_folder(arena, path), &err) || file_write(path, text, &err))
		fail_msg("%s", err.text);
	return path;
}

/* Of the test's own folder, where no .git stands. */
static inline enum status load_here(struct arena *arena, struct policy **out, struct error *err)
{
	return policy_load(&(struct policy_options){ .folder = getenv("TEST_TMP") }, arena, out, err);
}

static inline struct policy *load_text(struct arena *arena, struct str text)
{
	struct policy *policy = NULL;
	struct error err;
	put_policy(arena, "assay.policy.json", text);
	if (load_here(arena, &policy, &err))
		fail_msg("%s", err.text);
	return policy;
}

/* `times` times the part, between head and tail. */
static inline struct str repeated(struct arena *arena, const char *head, const char *part, size_t times, const char *tail)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	buf_add_z(&text, head);
	for (size_t i = 0; i < times; i++)
		buf_add_z(&text, part);
	buf_add_z(&text, tail);
	assert_false(text.failed);
	return arena_copy(arena, buf_str(&text));
}

/* "a>b>lodash@4.17.15" as a chain below the root "webapp"; gives the last one's number. "packages/x" is a workspace of that path. */
static inline uint32_t add_path(struct tree *tree, struct arena *arena, struct str path)
{
	struct str part;
	uint32_t from = 0;
	while (str_split(&path, '>', &part)) {
		size_t at = 1 + str_find(str_from(part, 1), '@');
		struct str id = arena_printf(arena, "%u/%.*s", tree->package_count, STR_ARG(part));
		struct package *package = must(tree_add_package(tree, id, NULL));
		package->name = str_head(part, at);
		package->version = at < part.n ? str_from(part, at + 1) : STR("1.0.0");
		bool workspace = str_starts_with(part, STR("packages/"));
		if (workspace) {
			package->kind = PACKAGE_WORKSPACE;
			package->folder = part;
		}
		uint32_t to = tree->package_count - 1;
		const struct edge edge = { from, to, str_head(part, at), STR("*"), workspace ? EDGE_WORKSPACE : EDGE_PROD };
		assert_true(tree_add_edge(tree, edge));
		from = to;
	}
	return from;
}

static inline struct tree *new_tree(struct arena *arena)
{
	struct tree *tree = tree_new(arena);
	struct package *root = must(tree_add_package(must(tree), STR(""), NULL));
	root->name = STR("webapp");
	root->kind = PACKAGE_ROOT;
	return tree;
}

static inline const struct rule *rule_by(const char *id)
{
	return must(check_rule_by_id(str_of(id)));
}

/* "scope=dev" and its like. */
static inline struct str option(struct str line, const char *key)
{
	struct str word;
	while (str_split(&line, ' ', &word)) {
		struct str name = str_head(word, str_find(word, '='));
		if (name.n < word.n && str_equal_z(name, key))
			return str_from(word, name.n + 1);
	}
	return STR_NONE;
}

static inline bool has_word(struct str line, const char *word)
{
	struct str part;
	while (str_split(&line, ' ', &part))
		if (str_equal_z(part, word))
			return true;
	return false;
}

static inline enum scope scope_by(struct str name)
{
	for (int i = SCOPE_PROD; i <= SCOPE_UNKNOWN; i++)
		if (str_equal_z(name, scope_name((enum scope)i)))
			return (enum scope)i;
	return SCOPE_PROD;
}

static inline enum fix_kind fix_by(struct str name)
{
	for (int i = FIX_NONE; i <= FIX_OVERRIDE; i++)
		if (str_equal_z(name, fix_kind_name((enum fix_kind)i)))
			return (enum fix_kind)i;
	return FIX_NONE;
}

/* "&" stands for a blank. */
static inline struct str spaced(struct arena *arena, struct str word)
{
	char *text = arena_alloc(arena, word.n + 1);
	assert_non_null(text);
	for (size_t i = 0; i < word.n; i++)
		text[i] = word.p[i] == '&' ? ' ' : word.p[i];
	return word.p ? (struct str){ text, word.n } : STR_NONE;
}

/* A tree for the line; the numbers of the instances that it asks for. */
static inline const struct tree *tree_of_line(struct arena *arena, struct str line, uint32_t numbers[2], size_t *count)
{
	struct tree *tree = new_tree(arena);
	struct str path = option(line, "path"), also = option(line, "also");
	*count = 1 + (also.n > 0);
	numbers[0] = has_word(line, "project") ? 0 : add_path(tree, arena, path.n ? path : STR("lodash@4.17.15"));
	numbers[1] = also.n ? add_path(tree, arena, also) : 0;
	/* through=x>y: one more way to the first instance. */
	struct str through = option(line, "through");
	if (through.n)
		assert_true(tree_add_edge(tree,
					  (struct edge){ .from = add_path(tree, arena, through), .to = numbers[0], .name = STR("again"), .spec = STR("*") }));
	assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
	tree->packages[numbers[0]].scope = scope_by(option(line, "scope"));
	tree->packages[numbers[0]].license = spaced(arena, option(line, "license"));
	tree->packages[numbers[0]].resolved = option(line, "resolved");
	if (has_word(line, "git"))
		tree->packages[numbers[0]].kind = PACKAGE_GIT;
	tree->packages[numbers[0]].direct = has_word(line, "direct");
	tree->packages[numbers[0]].optional = has_word(line, "optional");
	if (also.n)
		tree->packages[numbers[1]].scope = scope_by(option(line, "also_scope"));
	return tree;
}

static inline void describe_finding(struct finding *finding, struct arena *arena, struct str line)
{
	struct str text;
	uint64_t score;
	if ((text = option(line, "id")).n)
		finding->id = text;
	if ((text = option(line, "alias")).n) {
		finding->aliases = arena_array(arena, 1, sizeof *finding->aliases);
		finding->aliases[finding->alias_count++] = text;
	}
	if ((text = option(line, "severity")).n)
		assert_true(severity_by_name(text, &finding->severity));
	if (str_to_u64(option(line, "score"), &score))
		finding->score_tenths = (int)score;
	finding->fix.kind = fix_by(option(line, "fix"));
	finding->kev = has_word(line, "kev");
	if ((text = option(line, "published")).n)
		assert_true(date_parse(text, &finding->published));
	finding->epss = str_to_u64(option(line, "epss"), &score) ? (double)score / 1e6 : -1; /* in millionths */
}

static inline void cover_one(struct scan *scan, const char *rule)
{
	struct coverage *coverage = must(check_cover(scan, rule_by(rule)));
	coverage->evaluated = 1;
}

static inline void give_dates_and_changes(struct scan *scan, struct arena *arena, struct str line, uint32_t number)
{
	struct str released = option(line, "released"), change = option(line, "change");
	if (released.n) {
		int64_t *dates = arena_array(arena, scan->tree->package_count, sizeof *dates);
		assert_true(date_parse(released, &dates[number]));
		scan->released = dates;
	}
	if (change.n) {
		enum package_change *changes = arena_array(arena, scan->tree->package_count, sizeof *changes);
		for (int i = CHANGE_ADDED; i <= CHANGE_CARRIED; i++)
			if (str_equal_z(change, package_change_name((enum package_change)i)))
				changes[number] = (enum package_change)i;
		scan->changes = changes;
	}
}

/*
 * "vulnerability id=GHSA-1 alias=CVE-1 severity=high score=75 scope=dev fix=bump kev direct optional path=a>b@1.0.0 also=c>b@1.0.0
 * also_scope=dev as_of=2026-11-23 license=MIT resolved=URL git published=DATE released=DATE change=added"; `project` is about the root. The advisories count as looked up.
 */
static inline void scan_of_line(struct scan *scan, struct arena *arena, struct str line)
{
	uint32_t *numbers = arena_array(arena, 2, sizeof *numbers);
	size_t count;
	*scan = (struct scan){ .arena = arena };
	scan->tree = tree_of_line(arena, line, numbers, &count);
	struct str as_of = option(line, "as_of");
	assert_true(date_parse(as_of.n ? as_of : STR("2026-11-23T12:00:00Z"), &scan->now));
	cover_one(scan, "vulnerability");
	cover_one(scan, "malware");
	const struct rule *rule = check_rule_by_id(str_head(line, str_find(line, ' ')));
	if (!rule)
		fail_msg("no such rule: %.*s", STR_ARG(line));
	struct finding *finding = must(check_add(scan, rule, numbers[0]));
	describe_finding(finding, arena, line);
	finding->instances = numbers;
	finding->instance_count = count;
	give_dates_and_changes(scan, arena, line, numbers[0]);
}

#endif
