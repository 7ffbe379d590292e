/*
 * make_lockfile FORMAT COUNT FOLDER: a lockfile of COUNT made-up packages and the package.json beside it, in the shape of real ones: each
 * package is brought by an earlier one and depends on two more, every twelfth stands in a second version below the package
 * that wants it, a fifth of the direct ones are for development. The formats hold the same tree; the same call gives the same bytes.
 * FORMAT: npm3, npm1, yarn, berry, pnpm9, bun.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assay/base.h"
#include "assay/registry.h"

enum { DIRECT = 40, RANGES = 3 };
#define NONE UINT32_MAX

struct dependency {
	uint32_t to;
	unsigned range; /* which of the three ways to ask for it */
};

struct package {
	struct str name, version;
	unsigned major, minor, patch;
	uint32_t inside;                    /* the package that it is nested below, or NONE */
	uint32_t first_nested, next_nested; /* what is nested below it */
	VEC(struct dependency) dependencies;
	unsigned asked; /* bits: by which ranges */
	bool doubled;   /* there is a second version of it */
	bool prod;
};

struct maker {
	struct arena *arena;
	uint64_t state; /* splitmix64 */
	struct package *packages;
	uint32_t count;
	uint32_t *sorted; /* by name, then version */
	uint32_t *place;  /* where each stands in `sorted` */
	struct buf out;
};

static uint64_t draw(struct maker *m, uint64_t below)
{
	uint64_t z = m->state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (z ^ z >> 31) % below;
}

static void check(bool fine)
{
	if (fine)
		return;
	fprintf(stderr, "make_lockfile: out of memory\n");
	exit(1);
}

/* ---- the tree -------------------------------------------------------------------------------- */

static struct str make_name(struct maker *m, uint32_t number)
{
	static const char *const syllables[] = { "ba", "co", "de", "fi", "gu", "ha", "jo", "ka", "lo", "mi",  "no",
						 "pa", "qu", "re", "so", "ti", "ux", "ve", "wa", "ya", "zen", "kit" };
	enum { SYLLABLES = sizeof syllables / sizeof *syllables };
	CLEANUP(buf_fini) struct buf name = BUF_INIT(256);
	if (draw(m, 4) == 0)
		buf_printf(&name, "@%s%s/", syllables[draw(m, SYLLABLES)], syllables[draw(m, SYLLABLES)]);
	for (uint64_t n = 2 + draw(m, 4); n; n--)
		buf_add_z(&name, syllables[draw(m, SYLLABLES)]);
	buf_printf(&name, "-%x", number);
	return arena_copy(m->arena, buf_str(&name));
}

static void depend(struct maker *m, uint32_t from, uint32_t to)
{
	struct package *package = &m->packages[from];
	for (size_t i = 0; i < package->dependencies.n; i++)
		if (str_equal(m->packages[package->dependencies.v[i].to].name, m->packages[to].name))
			return;
	struct dependency *dependency = vec_add(m->arena, &package->dependencies);
	check(dependency);
	*dependency = (struct dependency){ to, (unsigned)draw(m, RANGES) };
	m->packages[to].asked |= 1u << dependency->range;
}

/* An earlier package with a place of its own. */
static uint32_t earlier(struct maker *m, uint32_t before)
{
	uint32_t number;
	do
		number = (uint32_t)draw(m, before);
	while (m->packages[number].inside != NONE);
	return number;
}

/* The second version of an earlier package, below another one; false where that one already asks for the name. */
static bool make_nested(struct maker *m, uint32_t number)
{
	struct package *package = &m->packages[number];
	uint32_t base = earlier(m, number), parent = earlier(m, number);
	if (base == parent || m->packages[base].doubled)
		return false;
	size_t before = m->packages[parent].dependencies.n;
	package->name = m->packages[base].name;
	package->major = m->packages[base].major + 1;
	depend(m, parent, number);
	if (m->packages[parent].dependencies.n == before)
		return false;
	m->packages[base].doubled = true;
	package->inside = parent;
	package->next_nested = m->packages[parent].first_nested;
	m->packages[parent].first_nested = number;
	return true;
}

static void make_package(struct maker *m, uint32_t number)
{
	struct package *package = &m->packages[number];
	package->inside = package->first_nested = package->next_nested = NONE;
	package->minor = 1 + (unsigned)draw(m, 30); /* never 0, so that the three ranges are three texts */
	package->patch = 1 + (unsigned)draw(m, 40);
	if (number < DIRECT || draw(m, 12) || !make_nested(m, number)) {
		package->name = make_name(m, number);
		package->major = 1 + (unsigned)draw(m, 8);
		if (number >= DIRECT)
			depend(m, earlier(m, number), number);
		else
			package->asked = 1;
	}
	package->version = arena_printf(m->arena, "%u.%u.%u", package->major, package->minor, package->patch);
	check(package->name.p && package->version.p);
}

/* Two more dependencies on average, all of them on later packages: what leads round is rare and costs no more. */
static void make_more(struct maker *m, uint32_t number)
{
	if (m->packages[number].inside != NONE || number + 1 >= m->count)
		return;
	for (uint64_t n = draw(m, 5); n; n--) {
		uint32_t to = number + 1 + (uint32_t)draw(m, m->count - number - 1);
		if (m->packages[to].inside == NONE)
			depend(m, number, to);
	}
}

static int compare_packages(const void *a, const void *b, void *context)
{
	const struct package *packages = context;
	const struct package *left = &packages[*(const uint32_t *)a], *right = &packages[*(const uint32_t *)b];
	int order = str_compare(left->name, right->name);
	return order ? order : (left->major > right->major) - (left->major < right->major);
}

static int compare_dependencies(const void *a, const void *b, void *context)
{
	const uint32_t *place = context;
	uint32_t left = place[((const struct dependency *)a)->to], right = place[((const struct dependency *)b)->to];
	return (left > right) - (left < right);
}

static bool is_dev(uint32_t number)
{
	return number % 5 == 4;
}

static void make_tree(struct maker *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		make_package(m, i);
	for (uint32_t i = 0; i < m->count; i++)
		make_more(m, i);
	for (uint32_t i = 0; i < m->count; i++)
		m->sorted[i] = i;
	qsort_r(m->sorted, m->count, sizeof *m->sorted, compare_packages, m->packages);
	for (uint32_t i = 0; i < m->count; i++)
		m->place[m->sorted[i]] = i;
	for (uint32_t i = 0; i < m->count; i++) { /* what leads here comes from earlier ones */
		struct package *package = &m->packages[i];
		package->prod |= i < DIRECT && !is_dev(i);
		for (size_t k = 0; package->prod && k < package->dependencies.n; k++)
			m->packages[package->dependencies.v[k].to].prod = true;
		if (package->dependencies.n)
			qsort_r(package->dependencies.v, package->dependencies.n, sizeof *package->dependencies.v, compare_dependencies, m->place);
	}
}

/* ---- pieces that formats share ------------------------------------------------------------------ */

#define P(...) buf_printf(&m->out, __VA_ARGS__)

static void add_range(struct maker *m, const struct package *package, unsigned range)
{
	if (range == 0)
		P("^%.*s", STR_ARG(package->version));
	else if (range == 1)
		P("^%u.0.0", package->major);
	else
		P("~%u.%u.0", package->major, package->minor);
}

static void add_digits(struct maker *m, size_t count, const char *alphabet, unsigned size)
{
	for (size_t i = 0; i < count; i++)
		buf_add_char(&m->out, alphabet[draw(m, size)]);
}

static void add_integrity(struct maker *m)
{
	P("sha512-");
	add_digits(m, 85, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64);
	P("A==");
}

static void add_url(struct maker *m, const struct package *package)
{
	size_t slash = str_find(package->name, '/');
	struct str base = slash == package->name.n ? package->name : str_from(package->name, slash + 1);
	P("%s%.*s/-/%.*s-%.*s.tgz", PUBLIC_REGISTRY_URL, STR_ARG(package->name), STR_ARG(base), STR_ARG(package->version));
}

/* {"a": "^1.0.0", …}: the dependencies of a package, or with `package` NULL the project's, of either kind. */
static void add_json_ranges(struct maker *m, const struct package *package, bool dev, const char *indent)
{
	const char *between = "";
	for (uint32_t i = 0; !package && i < m->count; i++) {
		uint32_t number = m->sorted[i];
		if (number >= DIRECT || is_dev(number) != dev)
			continue;
		P("%s\n%s\"%.*s\": \"", between, indent, STR_ARG(m->packages[number].name));
		add_range(m, &m->packages[number], 0);
		P("\"");
		between = ",";
	}
	for (size_t i = 0; package && i < package->dependencies.n; i++) {
		const struct dependency *dependency = &package->dependencies.v[i];
		P("%s\n%s\"%.*s\": \"", between, indent, STR_ARG(m->packages[dependency->to].name));
		add_range(m, &m->packages[dependency->to], dependency->range);
		P("\"");
		between = ",";
	}
}

/* ---- npm ------------------------------------------------------------------------------------------ */

static void write_npm3_entry(struct maker *m, uint32_t number)
{
	const struct package *package = &m->packages[number];
	P(",\n    \"node_modules/");
	if (package->inside != NONE)
		P("%.*s/node_modules/", STR_ARG(m->packages[package->inside].name));
	P("%.*s\": {\n      \"version\": \"%.*s\",\n      \"resolved\": \"", STR_ARG(package->name), STR_ARG(package->version));
	add_url(m, package);
	P("\",\n      \"integrity\": \"");
	add_integrity(m);
	P("\",%s\n      \"license\": \"MIT\"", package->prod ? "" : "\n      \"dev\": true,");
	if (package->dependencies.n) {
		P(",\n      \"dependencies\": {");
		add_json_ranges(m, package, false, "        ");
		P("\n      }");
	}
	P(",\n      \"engines\": {\n        \"node\": \">=%u\"\n      }\n    }", 10 + 2 * (package->major % 5));
	for (uint32_t inner = package->first_nested; inner != NONE; inner = m->packages[inner].next_nested)
		write_npm3_entry(m, inner);
}

static void write_npm3(struct maker *m)
{
	P("{\n  \"name\": \"bench\",\n  \"version\": \"1.0.0\",\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n"
	  "  \"packages\": {\n    \"\": {\n      \"name\": \"bench\",\n      \"version\": \"1.0.0\",\n      \"dependencies\": {");
	add_json_ranges(m, NULL, false, "        ");
	P("\n      },\n      \"devDependencies\": {");
	add_json_ranges(m, NULL, true, "        ");
	P("\n      }\n    }");
	for (uint32_t i = 0; i < m->count; i++)
		if (m->packages[m->sorted[i]].inside == NONE)
			write_npm3_entry(m, m->sorted[i]);
	P("\n  }\n}\n");
}

static void write_npm1_entry(struct maker *m, uint32_t number)
{
	const struct package *package = &m->packages[number];
	P("\n    \"%.*s\": {\n      \"version\": \"%.*s\",\n      \"resolved\": \"", STR_ARG(package->name), STR_ARG(package->version));
	add_url(m, package);
	P("\",\n      \"integrity\": \"");
	add_integrity(m);
	P("\"%s", package->prod ? "" : ",\n      \"dev\": true");
	if (package->dependencies.n) {
		P(",\n      \"requires\": {");
		add_json_ranges(m, package, false, "        ");
		P("\n      }");
	}
	if (package->first_nested != NONE) {
		P(",\n      \"dependencies\": {");
		for (uint32_t inner = package->first_nested; inner != NONE; inner = m->packages[inner].next_nested) {
			write_npm1_entry(m, inner);
			P(m->packages[inner].next_nested == NONE ? "" : ",");
		}
		P("\n      }");
	}
	P("\n    }");
}

static void write_npm1(struct maker *m)
{
	const char *between = "";
	P("{\n  \"name\": \"bench\",\n  \"version\": \"1.0.0\",\n  \"lockfileVersion\": 1,\n  \"requires\": true,\n"
	  "  \"dependencies\": {");
	for (uint32_t i = 0; i < m->count; i++) {
		if (m->packages[m->sorted[i]].inside != NONE)
			continue;
		P("%s", between);
		write_npm1_entry(m, m->sorted[i]);
		between = ",";
	}
	P("\n  }\n}\n");
}

/* ---- yarn ----------------------------------------------------------------------------------------- */

static void write_yarn_key(struct maker *m, const struct package *package)
{
	const char *quote = package->name.p[0] == '@' ? "\"" : "", *between = "";
	for (unsigned range = 0; range < RANGES; range++) {
		if (!(package->asked >> range & 1))
			continue;
		P("%s%s%.*s@", between, quote, STR_ARG(package->name));
		add_range(m, package, range);
		P("%s", quote);
		between = ", ";
	}
	P(":\n");
}

static void write_yarn(struct maker *m)
{
	P("# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.\n# yarn lockfile v1\n\n");
	for (uint32_t i = 0; i < m->count; i++) {
		const struct package *package = &m->packages[m->sorted[i]];
		P("\n");
		write_yarn_key(m, package);
		P("  version \"%.*s\"\n  resolved \"", STR_ARG(package->version));
		add_url(m, package);
		P("#");
		add_digits(m, 40, "0123456789abcdef", 16);
		P("\"\n  integrity ");
		add_integrity(m);
		P("%s", package->dependencies.n ? "\n  dependencies:\n" : "\n");
		for (size_t k = 0; k < package->dependencies.n; k++) {
			const struct package *to = &m->packages[package->dependencies.v[k].to];
			const char *quote = to->name.p[0] == '@' ? "\"" : "";
			P("    %s%.*s%s \"", quote, STR_ARG(to->name), quote);
			add_range(m, to, package->dependencies.v[k].range);
			P("\"\n");
		}
	}
}

static void write_berry_range(struct maker *m, const struct package *to, unsigned range)
{
	const char *quote = to->name.p[0] == '@' ? "\"" : "";
	P("    %s%.*s%s: \"npm:", quote, STR_ARG(to->name), quote);
	add_range(m, to, range);
	P("\"\n");
}

static void write_berry_entry(struct maker *m, const struct package *package)
{
	const char *between = "";
	P("\n\"");
	for (unsigned range = 0; range < RANGES; range++) {
		if (!(package->asked >> range & 1))
			continue;
		P("%s%.*s@npm:", between, STR_ARG(package->name));
		add_range(m, package, range);
		between = ", ";
	}
	P("\":\n  version: %.*s\n  resolution: \"%.*s@npm:%.*s\"\n", STR_ARG(package->version), STR_ARG(package->name), STR_ARG(package->version));
	P("%s", package->dependencies.n ? "  dependencies:\n" : "");
	for (size_t i = 0; i < package->dependencies.n; i++)
		write_berry_range(m, &m->packages[package->dependencies.v[i].to], package->dependencies.v[i].range);
	P("  checksum: 10c0/");
	add_digits(m, 128, "0123456789abcdef", 16);
	P("\n  languageName: node\n  linkType: hard\n");
}

static void write_berry(struct maker *m)
{
	P("# This file is generated by running \"yarn install\" inside your project.\n"
	  "# Manual changes might be lost - proceed with caution!\n\n__metadata:\n  version: 8\n  cacheKey: 10c0\n");
	for (uint32_t i = 0; i < m->count; i++)
		write_berry_entry(m, &m->packages[m->sorted[i]]);
	P("\n\"bench@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"bench@workspace:.\"\n  dependencies:\n");
	for (uint32_t i = 0; i < m->count; i++)
		if (m->sorted[i] < DIRECT)
			write_berry_range(m, &m->packages[m->sorted[i]], 0);
	P("  languageName: unknown\n  linkType: soft\n");
}

/* ---- pnpm ----------------------------------------------------------------------------------------- */

static void write_pnpm_key(struct maker *m, const struct package *package)
{
	const char *quote = package->name.p[0] == '@' ? "'" : "";
	P("\n  %s%.*s@%.*s%s:", quote, STR_ARG(package->name), STR_ARG(package->version), quote);
}

static void write_pnpm_name(struct maker *m, const char *indent, const struct package *package)
{
	const char *quote = package->name.p[0] == '@' ? "'" : "";
	P("%s%s%.*s%s:", indent, quote, STR_ARG(package->name), quote);
}

static void write_pnpm_direct(struct maker *m, bool dev)
{
	P("    %s:\n", dev ? "devDependencies" : "dependencies");
	for (uint32_t i = 0; i < m->count; i++) {
		const struct package *package = &m->packages[m->sorted[i]];
		if (m->sorted[i] >= DIRECT || is_dev(m->sorted[i]) != dev)
			continue;
		write_pnpm_name(m, "      ", package);
		P("\n        specifier: ");
		add_range(m, package, 0);
		P("\n        version: %.*s\n", STR_ARG(package->version));
	}
}

static void write_pnpm9(struct maker *m)
{
	P("lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\nimporters:\n\n  .:\n");
	write_pnpm_direct(m, false);
	write_pnpm_direct(m, true);
	P("\npackages:\n");
	for (uint32_t i = 0; i < m->count; i++) {
		const struct package *package = &m->packages[m->sorted[i]];
		write_pnpm_key(m, package);
		P("\n    resolution: {integrity: ");
		add_integrity(m);
		P("}\n    engines: {node: '>=%u'}\n", 10 + 2 * (package->major % 5));
	}
	P("\nsnapshots:\n");
	for (uint32_t i = 0; i < m->count; i++) {
		const struct package *package = &m->packages[m->sorted[i]];
		write_pnpm_key(m, package);
		P("%s", package->dependencies.n ? "\n    dependencies:\n" : " {}\n");
		for (size_t k = 0; k < package->dependencies.n; k++) {
			const struct package *to = &m->packages[package->dependencies.v[k].to];
			write_pnpm_name(m, "      ", to);
			P(" %.*s\n", STR_ARG(to->version));
		}
	}
}

/* ---- bun ------------------------------------------------------------------------------------------- */

static void write_bun(struct maker *m)
{
	P("{\n  \"lockfileVersion\": 1,\n  \"workspaces\": {\n    \"\": {\n      \"name\": \"bench\",\n      \"dependencies\": {");
	add_json_ranges(m, NULL, false, "        ");
	P(",\n      },\n      \"devDependencies\": {");
	add_json_ranges(m, NULL, true, "        ");
	P(",\n      },\n    },\n  },\n  \"packages\": {");
	for (uint32_t i = 0; i < m->count; i++) {
		const struct package *package = &m->packages[m->sorted[i]];
		P("\n    \"");
		if (package->inside != NONE)
			P("%.*s/", STR_ARG(m->packages[package->inside].name));
		P("%.*s\": [\"%.*s@%.*s\", \"\", {", STR_ARG(package->name), STR_ARG(package->name), STR_ARG(package->version));
		if (package->dependencies.n) {
			P(" \"dependencies\": {");
			add_json_ranges(m, package, false, " ");
			P(" } ");
		}
		P("}, \"");
		add_integrity(m);
		P("\"],\n");
	}
	P("  }\n}\n");
}

/* ---- the call ---------------------------------------------------------------------------------------- */

static const struct format {
	const char *name, *file;
	void (*write)(struct maker *m);
} formats[] = {
	{ "npm3", "package-lock.json", write_npm3 }, { "npm1", "package-lock.json", write_npm1 }, { "yarn", "yarn.lock", write_yarn },
	{ "berry", "yarn.lock", write_berry },       { "pnpm9", "pnpm-lock.yaml", write_pnpm9 },  { "bun", "bun.lock", write_bun },
};

static bool write_file(struct maker *m, const char *folder, const char *name)
{
	struct error err;
	const char *path = path_join(m->arena, folder, name);
	enum status status = buf_ok(&m->out, &err);
	check(path);
	if (!status)
		status = file_write(path, buf_str(&m->out), &err);
	if (status)
		fprintf(stderr, "make_lockfile: %s\n", err.text);
	buf_clear(&m->out);
	return !status;
}

static bool write_all(struct maker *m, const struct format *format, const char *folder)
{
	P("{\n  \"name\": \"bench\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {");
	add_json_ranges(m, NULL, false, "    ");
	P("\n  },\n  \"devDependencies\": {");
	add_json_ranges(m, NULL, true, "    ");
	P("\n  }\n}\n");
	if (!write_file(m, folder, "package.json"))
		return false;
	format->write(m);
	return write_file(m, folder, format->file);
}

int main(int argc, char **argv)
{
	const struct format *format = NULL;
	uint64_t count = 0;
	for (size_t i = 0; argc == 4 && i < sizeof formats / sizeof *formats; i++)
		if (strcmp(argv[1], formats[i].name) == 0)
			format = &formats[i];
	if (!format || !str_to_u64(str_of(argv[2]), &count) || count < DIRECT || count > 1000000) {
		fprintf(stderr, "usage: make_lockfile npm3|npm1|yarn|berry|pnpm9|bun COUNT FOLDER, COUNT from %d to 1000000\n", DIRECT);
		return 2;
	}
	struct maker m = { .arena = arena_new(0), .state = 1, .count = (uint32_t)count };
	check(m.arena);
	buf_init(&m.out, (size_t)1 << 32);
	m.packages = arena_array(m.arena, m.count, sizeof *m.packages);
	m.sorted = arena_array(m.arena, m.count, sizeof *m.sorted);
	m.place = arena_array(m.arena, m.count, sizeof *m.place);
	check(m.packages && m.sorted && m.place);
	make_tree(&m);
	bool fine = folder_make(argv[3], NULL) == STATUS_OK && write_all(&m, format, argv[3]);
	buf_fini(&m.out);
	arena_free(m.arena);
	return fine ? 0 : 1;
}
