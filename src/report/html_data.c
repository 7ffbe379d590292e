/*
 * What the page's script draws from. Packages are numbered through all lockfiles in the order in which the report has them; the
 * script finds paths and sizes itself, when somebody looks.
 */
#include "assay/limits.h"
#include "report/html.h"

enum { MAX_NAME = 200 };

struct page_data {
	struct html *html;
	struct json_writer *out;
};

static struct str shown_text(struct arena *arena, struct str text)
{
	CLEANUP(buf_fini) struct buf visible = BUF_INIT(LIMIT_REPORT_BYTES);
	buf_add_visible(&visible, str_head(text, (size_t)2 * MAX_NAME));
	return report_shorten(arena, report_keep(arena, &visible), MAX_NAME);
}

enum status html_data_choose(struct html *html, struct error *err)
{
	const struct report *report = html->report;
	size_t packages = 0, edges = 0;
	html->first = arena_array(html->arena, report->project_count + 1, sizeof *html->first);
	for (size_t i = 0; html->first && i < report->project_count; i++) {
		const struct tree *tree = report->projects[i].scan->tree;
		html->first[i] = (uint32_t)packages;
		packages += tree ? tree->package_count : 0;
		edges += tree ? tree->edge_count : 0;
		if (packages > HTML_PACKAGES || edges > HTML_EDGES)
			break;
		html->drawn = i + 1;
	}
	return html->first ? STATUS_OK : error_memory(err);
}

static size_t project_number(const struct html *html, const struct listed *listed)
{
	return (size_t)(listed->project - html->report->projects);
}

bool html_data_has_graph(struct html *html, const struct listed *listed)
{
	return project_number(html, listed) < html->drawn && listed_path(html->arena, listed).n;
}

static void add_label(struct page_data *data, const struct package *package)
{
	json_add_text(data->out, NULL, shown_text(data->html->arena, package_step(data->html->arena, package)));
}

static void add_scope(struct page_data *data, const struct package *package)
{
	bool own = package->kind == PACKAGE_ROOT || package->kind == PACKAGE_WORKSPACE || package->kind == PACKAGE_LINK;
	json_add_text(data->out, NULL, str_of(own ? "own" : scope_name(package->scope)));
}

/* One array for each property: names of members would be most of the file. */
static void add_column(struct page_data *data, const char *key, void (*add)(struct page_data *, const struct package *))
{
	json_open_array(data->out, key);
	for (size_t i = 0; i < data->html->drawn; i++) {
		const struct tree *tree = data->html->report->projects[i].scan->tree;
		for (uint32_t k = 0; tree && k < tree->package_count; k++)
			add(data, &tree->packages[k]);
	}
	json_close(data->out);
}

/* Packed bytes, where the tarballs were read. */
static void add_bytes(struct page_data *data)
{
	if (!data->html->report->verified)
		return;
	json_open_array(data->out, "bytes");
	for (size_t i = 0; i < data->html->drawn; i++) {
		const struct scan *scan = data->html->report->projects[i].scan;
		for (uint32_t k = 0; scan->tree && k < scan->tree->package_count; k++)
			json_add_u64(data->out, NULL, scan->tarballs ? scan->tarballs[k].packed_bytes : 0);
	}
	json_close(data->out);
}

/* What stands behind a link is what is drawn. */
static uint32_t behind(const struct tree *tree, uint32_t number)
{
	uint32_t target = tree->packages[number].link_target;
	return tree->packages[number].kind == PACKAGE_LINK && target != TREE_NONE ? target : number;
}

/* From, to, kind, from, to, kind. */
static void add_edges(struct page_data *data)
{
	json_open_array(data->out, "edges");
	for (size_t i = 0; i < data->html->drawn; i++) {
		const struct tree *tree = data->html->report->projects[i].scan->tree;
		for (size_t k = 0; tree && k < tree->edge_count; k++) {
			const struct edge *edge = &tree->edges[k];
			if (edge->to == TREE_NONE)
				continue;
			json_add_u64(data->out, NULL, data->html->first[i] + edge->from);
			json_add_u64(data->out, NULL, data->html->first[i] + behind(tree, edge->to));
			json_add_u64(data->out, NULL, edge->type);
		}
	}
	json_close(data->out);
}

static void add_projects(struct page_data *data)
{
	json_open_array(data->out, "projects");
	for (size_t i = 0; i < data->html->drawn; i++) {
		const struct report_project *project = &data->html->report->projects[i];
		json_open_object(data->out, NULL);
		json_add_text(data->out, "path", shown_text(data->html->arena, str_of(project_path(project))));
		json_add_u64(data->out, "first", data->html->first[i]);
		json_add_u64(data->out, "count", project->scan->tree ? project->scan->tree->package_count : 0);
		json_close(data->out);
	}
	json_close(data->out);
}

/* By row of the table: the packages that it is about. */
static void add_instances(struct page_data *data)
{
	json_open_array(data->out, "rows");
	for (size_t i = 0; i < data->html->shown; i++) {
		const struct listed *listed = &data->html->listing.v[i];
		size_t project = project_number(data->html, listed);
		json_open_array(data->out, NULL);
		for (size_t k = 0; project < data->html->drawn && listed_package(listed) && k < listed->finding->instance_count && k < HTML_INSTANCES; k++)
			json_add_u64(data->out, NULL, data->html->first[project] + behind(listed->project->scan->tree, listed->finding->instances[k]));
		json_close(data->out);
	}
	json_close(data->out);
}

static void add_worst_of(struct page_data *data, size_t project, uint8_t *worst)
{
	const struct scan *scan = data->html->report->projects[project].scan;
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		if (finding->rule->gap || finding->level == LEVEL_OFF || finding->waiver_state == WAIVER_ACTIVE)
			continue;
		size_t rank = html_severity_rank(finding->severity);
		for (size_t k = 0; k < finding->instance_count; k++) {
			uint32_t number = behind(scan->tree, finding->instances[k]);
			worst[number] = worst[number] && worst[number] <= rank ? worst[number] : (uint8_t)(rank + 1);
		}
	}
	for (uint32_t i = 0; i < scan->tree->package_count; i++) {
		if (!worst[i])
			continue;
		json_add_u64(data->out, NULL, data->html->first[project] + i);
		json_add_u64(data->out, NULL, worst[i] - 1u);
	}
}

/* Number, severity, number, severity: of the packages that something was found about. */
static bool add_worst(struct page_data *data)
{
	bool ok = true;
	json_open_array(data->out, "worst");
	for (size_t i = 0; ok && i < data->html->drawn; i++) {
		const struct tree *tree = data->html->report->projects[i].scan->tree;
		uint8_t *worst = tree ? arena_array(data->html->arena, tree->package_count, sizeof *worst) : NULL;
		ok = worst || !tree;
		if (worst)
			add_worst_of(data, i, worst);
	}
	json_close(data->out);
	return ok;
}

/* JSON that neither ends the element nor begins a comment, whatever stands in its strings. */
static void add_escaped(struct buf *out, struct str json)
{
	for (size_t i = 0, from = 0; i <= json.n; i++) {
		unsigned char c = i < json.n ? (unsigned char)json.p[i] : 0;
		bool line = c == 0xe2 && i + 2 < json.n && (unsigned char)json.p[i + 1] == 0x80 && ((unsigned char)json.p[i + 2] & 0xfe) == 0xa8;
		if (i < json.n && c != '<' && c != '>' && c != '&' && !line)
			continue;
		buf_add(out, str_head(str_from(json, from), i - from));
		if (line)
			buf_printf(out, "\\u202%c", (unsigned char)json.p[i + 2] == 0xa8 ? '8' : '9');
		else if (i < json.n)
			buf_printf(out, "\\u%04x", c);
		i += line ? 2 : 0;
		from = i + 1;
	}
}

enum status html_data_write(struct html *html, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	CLEANUP(buf_fini) struct buf json = BUF_INIT(LIMIT_REPORT_BYTES);
	struct page_data data = { .html = html, .out = writer };
	if (!writer)
		return error_memory(err);
	json_open_object(writer, NULL);
	add_projects(&data);
	json_add_u64(writer, "left", html->report->project_count - html->drawn);
	add_column(&data, "labels", add_label);
	add_column(&data, "scopes", add_scope);
	add_bytes(&data);
	add_edges(&data);
	add_instances(&data);
	bool ok = add_worst(&data);
	json_close(writer);
	enum status status = !ok ? error_memory(err) : json_writer_finish(writer, false, &json, err);
	if (status)
		return status;
	html_add_z(html, "<script type=\"application/json\" id=\"data\">");
	add_escaped(html->out, buf_str(&json));
	html_add_z(html, "</script>\n");
	return STATUS_OK;
}
