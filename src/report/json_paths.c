/* The report in JSON: who brings a package in. */
#include "report/json_report.h"

/* A search for paths costs up to LIMIT_PATH_STEPS, and a hostile lockfile can ask for one about each of its packages: past that many only
 * the shortest path is shown, and the report says so. What is grave comes first. */
enum { PATHS_SHOWN = 5, PATH_SEARCHES = 5000, CUT_SEARCH = 10, PATH_STEPS = 500000 };

/* The paths to one package, looked for once however many findings are about it. */
struct known_paths {
	struct tree_path *v;
	size_t count, total;
	bool complete, known;
};

bool json_report_begin_paths(struct json_report *json)
{
	json->searches = json->steps = 0;
	json->paths = arena_array(json->scratch, json->tree->package_count, sizeof *json->paths);
	return json->paths != NULL;
}

/* npm calls the root "", people call it ".". */
struct str json_report_importer(const struct package *package)
{
	return package->id.n ? package->id : STR(".");
}

/* The user's own packages go by their name alone, also those that stand elsewhere on the disk. */
static struct str step_label(struct json_report *json, const struct package *package)
{
	if (!package_is_own(package))
		return package_label(json->scratch, package);
	return package->name.n ? package->name : json_report_importer(package);
}

static void add_path(struct json_report *json, const struct tree_path *path)
{
	json_open_array(json->out, NULL);
	for (size_t i = 0; i < path->length; i++)
		json_add_text(json->out, NULL, step_label(json, &json->tree->packages[path->packages[i]]));
	json_close(json->out);
}

static enum status find_shortest(struct json_report *json, uint32_t number, struct known_paths *known, struct error *err)
{
	struct tree_path *path = arena_alloc(json->scratch, sizeof *path);
	enum status status = path ? tree_shortest_path(json->tree, number, json->scratch, path, err) : error_memory(err);
	if (status == STATUS_OK) {
		size_t found = path->length > 0;
		*known = (struct known_paths){ .v = path, .count = found, .total = found, .known = true };
	}
	return status;
}

static enum status find_paths(struct json_report *json, uint32_t number, struct error *err)
{
	struct known_paths *known = &json->paths[number];
	if (known->known)
		return STATUS_OK;
	/* A chain of n packages, a finding for each, has n * n / 2 steps: past a bound no path is told, and it says so. */
	if (json->steps >= PATH_STEPS) {
		*known = (struct known_paths){ .total = json->tree->packages[number].reachable, .known = true };
		return STATUS_OK;
	}
	if (json->tree->packages[number].reachable)
		json->steps += json->tree->packages[number].depth + (size_t)1;
	if (json->searches >= PATH_SEARCHES)
		return find_shortest(json, number, known, err);
	enum status status = tree_paths(json->tree, number, PATHS_SHOWN, json->scratch, &known->v, &known->count, &known->total, &known->complete, err);
	known->known = status == STATUS_OK;
	if (status == STATUS_OK) {
		json->searches += known->complete ? 1 : CUT_SEARCH;
		for (size_t i = 1; i < known->count; i++)
			json->steps += known->v[i].length;
	}
	return status;
}

/* The shortest of `best` and `more`, both in rising order, to `merged`; how many. */
static size_t merge_paths(const struct tree_path *const *best, size_t best_count, const struct known_paths *more, const struct tree_path **merged)
{
	size_t a = 0, b = 0, n = 0;
	while (n < PATHS_SHOWN && (a < best_count || b < more->count)) {
		bool old = b == more->count || (a < best_count && best[a]->length <= more->v[b].length);
		merged[n++] = old ? best[a++] : &more->v[b++];
	}
	return n;
}

enum status json_report_paths(struct json_report *json, const struct finding *finding, struct error *err)
{
	const struct tree_path *best[PATHS_SHOWN] = { 0 }, *merged[PATHS_SHOWN] = { 0 };
	size_t count = 0, total = 0;
	bool complete = true;
	for (size_t i = 0; i < finding->instance_count; i++) {
		enum status status = find_paths(json, finding->instances[i], err);
		if (status != STATUS_OK)
			return status;
		const struct known_paths *known = &json->paths[finding->instances[i]];
		count = merge_paths(best, count, known, merged);
		memcpy(best, merged, sizeof best);
		total += known->total;
		complete &= known->complete;
	}
	json_open_array(json->out, "paths");
	for (size_t i = 0; i < count; i++)
		add_path(json, best[i]);
	json_close(json->out);
	json_add_u64(json->out, "paths_total", total);
	json_add_bool(json->out, "paths_complete", complete);
	return STATUS_OK;
}
