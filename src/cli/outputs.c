#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "assay/limits.h"
#include "cli/outputs.h"

static const char *format_name_at(const void *context, size_t i)
{
	(void)context;
	return report_formats[i] ? report_formats[i]->name : NULL;
}

static int parse_format(struct cli *cli, const char *text, struct output *out)
{
	struct str s = str_of(text), name = str_head(s, str_find(s, '='));
	out->format = report_format_by_name(name);
	out->path = name.n < s.n ? text + name.n + 1 : cli->options.output;
	if (out->path && strcmp(out->path, "-") == 0)
		out->path = NULL;
	if (out->format && out->format->needs_origin && !(getenv("GITHUB_SHA") && getenv("GITHUB_REF")))
		return cli_usage_error("%s is of a commit: set GITHUB_SHA and GITHUB_REF, as GitHub Actions does", out->format->name);
	if (out->format)
		return EXIT_FINE;
	const char *nearest = word_nearest(name, format_name_at, NULL);
	if (nearest)
		return cli_usage_error("unknown format \"%.*s\"; did you mean \"%s\"?", STR_ARG(name), nearest);
	CLEANUP(buf_fini) struct buf names = BUF_INIT(1024);
	for (size_t i = 0; report_formats[i]; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", report_formats[i]->name);
	return cli_usage_error("unknown format \"%.*s\"; there are %.*s", STR_ARG(name), STR_ARG(buf_str(&names)));
}

/* The file itself, or where it will lie: NULL where even its folder is not there. */
static char *real_place(struct arena *arena, const char *path)
{
	char *real = realpath(path, NULL);
	if (real)
		return real;
	struct str folder = str_head(str_of(path), (size_t)(path_base(path) - path));
	char *top = realpath(folder.n ? arena_copy(arena, folder).p : ".", NULL);
	char *joined = NULL;
	if (top && asprintf(&joined, "%s/%s", top, path_base(path)) < 0)
		joined = NULL;
	free(top);
	return joined;
}

/* However it is spelled; what is no file (/dev/null) holds more than one. */
static bool same_place(struct arena *arena, const char *a, const char *b)
{
	struct stat there;
	if (!a || !b)
		return a == b;
	char *left = real_place(arena, a), *right = real_place(arena, b);
	bool same = strcmp(a, b) == 0 || (left && right && strcmp(left, right) == 0);
	free(left);
	free(right);
	return same && (stat(a, &there) || S_ISREG(there.st_mode));
}

int outputs_parse(struct cli *cli, struct output **out, size_t *count)
{
	const struct option_list *formats = &cli->options.formats;
	size_t n = formats->uses.n ? formats->uses.n : 1;
	struct output *outputs = arena_array(cli->arena, n, sizeof *outputs);
	if (!outputs)
		return EXIT_INCOMPLETE;
	for (size_t i = 0; i < n; i++) {
		int code = parse_format(cli, formats->uses.n ? formats->uses.v[i].value : "text", &outputs[i]);
		if (code)
			return code;
		for (size_t k = 0; k < i; k++)
			if (same_place(cli->arena, outputs[k].path, outputs[i].path))
				return cli_usage_error("two reports would go to %s", outputs[i].path ? outputs[i].path : "standard output");
	}
	*out = outputs;
	*count = n;
	return EXIT_FINE;
}

static int write_report(struct cli *cli, const struct output *output, struct report *report)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	struct error err;
	report->color = !output->path && cli_color(cli, cli->out_is_terminal);
	report->unicode = !output->path && cli_unicode(cli);
	report->columns = output->path ? 0 : cli_columns(cli);
	if (report_write(output->format, report, &out, &err))
		return cli_fail(&err);
	cli->options.output = output->path;
	return cli_write_buf(cli, &out);
}

int outputs_write(struct cli *cli, const struct output *outputs, size_t count, struct report *report)
{
	const char **written = arena_array(cli->arena, count + 1, sizeof *written);
	size_t n = 0;
	for (size_t i = 0; i < count; i++) {
		if (!outputs[i].path)
			continue;
		if (write_report(cli, &outputs[i], report))
			report->exit_code = EXIT_INCOMPLETE;
		else if (written)
			written[n++] = outputs[i].path;
	}
	report->written = written;
	for (size_t i = 0; i < count; i++)
		if (!outputs[i].path && write_report(cli, &outputs[i], report))
			report->exit_code = EXIT_INCOMPLETE;
	return report->exit_code;
}
