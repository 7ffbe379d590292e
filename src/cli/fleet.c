/* fleet add, fleet list, fleet remove: which projects there are. */
#include "cli/fleet.h"

#include <stdio.h>

#include "assay/limits.h"

int fleet_format(struct cli *cli, enum fleet_format *out)
{
	static const char *const names[] = { [FLEET_TEXT] = "text", [FLEET_JSON] = "json", [FLEET_CSV] = "csv" };
	const struct option_list *formats = &cli->options.formats;
	const char *wanted = formats->uses.n ? formats->uses.v[formats->uses.n - 1].value : "text";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(wanted, names[i]) != 0)
			continue;
		*out = (enum fleet_format)i;
		return EXIT_FINE;
	}
	return cli_usage_error("the formats here are text, json and csv, not \"%s\"", wanted);
}

int fleet_open_store(struct cli *cli, bool write, struct fleet **out)
{
	struct error err = { 0 };
	const char *path = cli_fleet_store(cli);
	if (!path)
		return cli_usage_error("where is the fleet's store? Name it with --store FILE");
	if ((write ? fleet_open_to_write : fleet_open)(path, out, &err))
		return cli_fail(&err);
	return EXIT_FINE;
}

struct fleet_filter fleet_filter_of(const struct cli *cli)
{
	return (struct fleet_filter){
		.name = str_of(cli->options.name),
		.owner = str_of(cli->options.owner),
		.tag = str_of(cli->options.tag),
	};
}

static bool note_one(void *context, const struct fleet_project *project)
{
	(void)project;
	*(bool *)context = true;
	return false;
}

int fleet_check_picked(struct fleet *fleet, struct fleet_filter filter)
{
	struct error err = { 0 };
	bool some = !fleet_filter_is_set(&filter);
	if (!some && fleet_each_project(fleet, &filter, note_one, &some, &err))
		return cli_fail(&err);
	if (some)
		return EXIT_FINE;
	error_set(&err, STATUS_NOT_FOUND, "no project of the fleet is one that --name, --owner and --tag ask for");
	error_hint(&err, "assay fleet list names them");
	return cli_fail(&err);
}

/* ---- text ------------------------------------------------------------------------------ */

struct str fleet_ago(int64_t date, int64_t now, char out[DATE_TEXT_SIZE])
{
	if (date == DATE_NONE)
		return STR("never");
	duration_format(now > date ? now - date : 0, out);
	size_t n = strlen(out);
	snprintf(out + n, DATE_TEXT_SIZE - n, " ago");
	return str_of(out);
}

void fleet_add_column(struct buf *out, struct str text, size_t width)
{
	CLEANUP(buf_fini) struct buf visible = BUF_PART(out);
	buf_add_visible(&visible, text);
	struct str shown = buf_str(&visible);
	if (width && screen_width(shown) > width) {
		buf_add(out, screen_head(shown, width > 2 ? width - 2 : width));
		buf_add_z(out, "..");
		return;
	}
	buf_add(out, shown);
	for (size_t n = screen_width(shown); n < width; n++)
		buf_add_char(out, ' ');
}

void fleet_add_owners(struct buf *out, const struct fleet_project *project)
{
	struct str owners = project->owner.p ? project->owner : project->owners, line;
	const char *separator = "";
	while (str_split(&owners, '\n', &line)) {
		buf_add_z(out, separator);
		buf_add(out, line);
		separator = ", ";
	}
}

void fleet_add_csv(struct buf *out, const struct str *cells, size_t count)
{
	for (size_t i = 0; i < count; i++)
		csv_add_field(out, cells[i]);
	buf_add_z(out, "\r\n");
}

int fleet_write(struct cli *cli, enum fleet_format format, struct json_writer *writer, struct buf *out)
{
	struct error err;
	if (format == FLEET_JSON && json_end_document(writer, true, out, &err))
		return cli_fail(&err);
	return cli_write_buf(cli, out);
}

/* ---- add --------------------------------------------------------------------------------- */

struct add_view {
	size_t added, known;
};

static void tell_added(void *context, const struct fleet_project *project, bool is_new)
{
	struct add_view *view = context;
	CLEANUP(buf_fini) struct buf line = BUF_INIT(64 * KIB);
	view->added += is_new;
	view->known += !is_new;
	if (!is_new)
		return;
	fleet_add_column(&line, project->name, 0);
	buf_printf(&line, "  %s  ", fleet_kind_name(project->kind));
	buf_add_visible(&line, project->location);
	printf("added %.*s\n", STR_ARG(buf_str(&line)));
}

static int add(struct fleet *fleet, const struct fleet_new *what, struct add_view *view)
{
	struct error err = { 0 };
	if (!fleet_add(fleet, what, tell_added, view, &err))
		return EXIT_FINE;
	return err.status == STATUS_NOT_FOUND ? (cli_fail(&err), EXIT_USAGE) : cli_fail(&err);
}

static struct fleet_new given_for_all(const struct cli *cli)
{
	return (struct fleet_new){ .owner = str_of(cli->options.owner), .branch = str_of(cli->options.branch), .tags = str_of(cli->options.tag) };
}

static int add_line(struct cli *cli, struct fleet *fleet, const char *path, unsigned number, struct str line, struct add_view *view)
{
	struct fleet_new what = given_for_all(cli);
	struct error err = { 0 };
	if (fleet_read_line(line, cli->arena, &what, &err)) {
		error_wrap(&err, "%s:%u", path, number);
		return cli_fail(&err);
	}
	return what.location.p ? add(fleet, &what, view) : EXIT_FINE;
}

/* One that is wrong does not keep the others out. */
static int add_list(struct cli *cli, struct fleet *fleet, const char *path, struct add_view *view)
{
	struct error err = { 0 };
	struct str text, line;
	int worst = EXIT_FINE;
	if (file_read(path, LIMIT_MANIFEST_BYTES, cli->arena, &text, &err))
		return cli_fail(&err);
	for (unsigned number = 1; str_split(&text, '\n', &line); number++) {
		int code = add_line(cli, fleet, path, number, line, view);
		worst = code > worst ? code : worst;
	}
	return worst;
}

static int add_operand(struct cli *cli, struct fleet *fleet, const char *operand, struct add_view *view)
{
	if (strcmp(operand, "-") == 0)
		return add_list(cli, fleet, operand, view);
	struct fleet_new what = given_for_all(cli);
	what.location = str_of(operand);
	what.name = str_of(cli->options.name);
	return add(fleet, &what, view);
}

int command_fleet_add(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	struct add_view view = { 0 };
	if (!cli->operands.n && !cli->options.list)
		return cli_usage_error("which projects? Name folders, mirrors, git URLs, or --list FILE");
	if (cli->options.name && (cli->operands.n != 1 || cli->options.list))
		return cli_usage_error("--name is for one project");
	int code = fleet_open_store(cli, true, &fleet);
	if (!code && cli->options.list)
		code = add_list(cli, fleet, cli->options.list, &view);
	for (size_t i = 0; fleet && i < cli->operands.n; i++) {
		int one = add_operand(cli, fleet, cli->operands.v[i], &view);
		code = one > code ? one : code;
	}
	if (fleet)
		fprintf(stderr, "%zu added, %zu known already; next: assay fleet scan\n", view.added, view.known);
	return code;
}

/* ---- list ----------------------------------------------------------------------------------- */

struct list_view {
	enum fleet_format format;
	int64_t now;
	struct buf *out;
	struct json_writer *writer;
	size_t projects, fresh, gaps;
};

static void add_texts(struct json_writer *writer, const char *key, struct str texts, char separator)
{
	struct str text;
	json_open_array(writer, key);
	while (str_split(&texts, separator, &text))
		if (text.n)
			json_add_text(writer, NULL, text);
	json_close(writer);
}

void fleet_write_project_json(struct json_writer *writer, const char *key, const struct fleet_project *project)
{
	json_open_object(writer, key);
	json_add_text(writer, "name", project->name);
	json_add_text(writer, "kind", str_of(fleet_kind_name(project->kind)));
	json_add_text(writer, "location", project->location);
	json_add_text_or_null(writer, "branch", project->branch);
	json_add_text_or_null(writer, "owner", project->owner);
	add_texts(writer, "owners", project->owner.p ? project->owner : project->owners, '\n');
	add_texts(writer, "tags", project->tags, ',');
	json_add_date(writer, "added", project->added);
	json_add_date(writer, "looked", project->looked);
	json_add_date(writer, "seen", project->seen);
	json_add_text_or_null(writer, "commit", project->commit);
	json_add_text_or_null(writer, "problem", project->problem);
	json_add_text_or_null(writer, "gap", project->gap);
	json_add_u64(writer, "lockfiles", project->lockfiles);
	json_add_u64(writer, "packages", project->packages);
	json_close(writer);
}

static void write_project_text(struct list_view *view, const struct fleet_project *project)
{
	char ago[DATE_TEXT_SIZE];
	CLEANUP(buf_fini) struct buf owners = BUF_PART(view->out);
	fleet_add_owners(&owners, project);
	fleet_add_column(view->out, project->name, 28);
	buf_printf(view->out, " %-8s ", fleet_kind_name(project->kind));
	fleet_add_column(view->out, owners.n ? buf_str(&owners) : STR("-"), 16);
	buf_printf(view->out, " %-12.*s %4llu %7llu", STR_ARG(fleet_ago(project->seen, view->now, ago)), (unsigned long long)project->lockfiles,
		   (unsigned long long)project->packages);
	if (project->problem.p || project->gap.p) {
		buf_add_z(view->out, "  ");
		fleet_add_column(view->out, project->problem.p ? project->problem : project->gap, 0);
	}
	buf_add_char(view->out, '\n');
}

static void write_project_csv(struct list_view *view, const struct fleet_project *project)
{
	char seen[DATE_TEXT_SIZE] = "";
	CLEANUP(buf_fini) struct buf owners = BUF_PART(view->out);
	fleet_add_owners(&owners, project);
	if (project->seen != DATE_NONE)
		date_format(project->seen, seen);
	const struct str cells[] = { project->name,     str_of(fleet_kind_name(project->kind)),
				     project->location, project->branch,
				     project->owner,    project->tags,
				     str_of(seen),      project->commit,
				     project->problem,  project->gap,
				     buf_str(&owners) };
	fleet_add_csv(view->out, cells, sizeof cells / sizeof *cells);
}

static bool list_one(void *context, const struct fleet_project *project)
{
	struct list_view *view = context;
	enum fleet_state state = fleet_state_of(project, view->now);
	view->projects++;
	view->fresh += state == FLEET_FRESH || state == FLEET_GAP;
	view->gaps += state != FLEET_FRESH;
	if (view->format == FLEET_JSON)
		fleet_write_project_json(view->writer, NULL, project);
	if (view->format == FLEET_TEXT)
		write_project_text(view, project);
	if (view->format == FLEET_CSV)
		write_project_csv(view, project);
	return !view->out->failed;
}

static void begin_list(struct list_view *view)
{
	const struct str heads[] = { STR("name"), STR("kind"),   STR("location"), STR("branch"), STR("owner"), STR("tags"),
				     STR("seen"), STR("commit"), STR("problem"),  STR("gap"),    STR("owners") };
	if (view->format == FLEET_CSV)
		fleet_add_csv(view->out, heads, sizeof heads / sizeof *heads);
	if (view->format == FLEET_TEXT)
		buf_printf(view->out, "%-28s %-8s %-16s %-12s %4s %7s\n", "PROJECT", "KIND", "OWNER", "SEEN", "LOCK", "PKGS");
	if (view->format == FLEET_JSON) {
		json_begin_document(view->writer, "assay.fleet/1");
		json_open_array(view->writer, "projects");
	}
}

int command_fleet_list(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct list_view view = { .now = date_now(), .out = &out, .writer = writer };
	struct fleet_filter filter = fleet_filter_of(cli);
	struct error err = { 0 };
	int code = fleet_format(cli, &view.format);
	if (code || (code = fleet_open_store(cli, false, &fleet)))
		return code;
	if (!writer)
		return error_memory(&err), cli_fail(&err);
	begin_list(&view);
	if (fleet_each_project(fleet, &filter, list_one, &view, &err))
		return cli_fail(&err);
	if (view.format == FLEET_TEXT)
		buf_printf(&out, "%zu project%s: %zu seen in the last 24 h, %zu with a gap\n", view.projects, view.projects == 1 ? "" : "s",
			   view.fresh, view.gaps);
	code = fleet_write(cli, view.format, writer, &out);
	return code || view.projects ? code : fleet_check_picked(fleet, filter);
}

int command_fleet_remove(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	int code = fleet_open_store(cli, true, &fleet);
	for (size_t i = 0; !code && i < cli->operands.n; i++) {
		struct error err = { 0 };
		if (fleet_remove(fleet, str_of(cli->operands.v[i]), cli_cache_folder(cli), &err))
			code = cli_fail(&err);
	}
	return code;
}

int command_fleet_repair(struct cli *cli)
{
	const char *path = cli_fleet_store(cli);
	struct fleet_repair repair;
	struct error err = { 0 };
	if (!path)
		return cli_usage_error("where is the fleet's store? Name it with --store FILE");
	if (fleet_repair(path, cli->arena, &repair, &err))
		return cli_fail(&err);
	fprintf(stderr, "%zu table%s damaged; kept are %llu projects, %llu lockfiles now and before, %llu findings\n", repair.damaged,
		repair.damaged == 1 ? " was" : "s were", (unsigned long long)repair.projects, (unsigned long long)repair.presences,
		(unsigned long long)repair.findings);
	fprintf(stderr, "the damaged store is %s; next: assay fleet scan reads every project anew\n", repair.kept);
	return EXIT_FINE;
}
