/* db show: one advisory, or all that is known about a package or a release. */
#include <stdio.h>

#include "assay/advisory.h"
#include "assay/limits.h"
#include "assay/tree.h"
#include "cli/cli.h"

static void write_interval(struct buf *out, const struct affected_interval *interval)
{
	if (!interval->introduced.n && !interval->end.n) {
		buf_add_z(out, "every version");
		return;
	}
	if (interval->introduced.n) {
		buf_add_z(out, ">=");
		buf_add_visible(out, interval->introduced);
	}
	if (interval->end.n) {
		buf_add_z(out, interval->introduced.n ? " <" : "<");
		buf_add_z(out, interval->end_included ? "=" : "");
		buf_add_visible(out, interval->end);
	}
}

static void write_list(struct buf *out, const char *title, const struct str *items, size_t count)
{
	enum { SHOWN = 20 };
	if (!count)
		return;
	buf_printf(out, "%-11s ", title);
	for (size_t i = 0; i < count && i < SHOWN; i++) {
		buf_add_z(out, i ? ", " : "");
		buf_add_visible(out, items[i]);
	}
	if (count > SHOWN)
		buf_printf(out, " and %zu more", count - SHOWN);
	buf_add_char(out, '\n');
}

static void write_advisory(struct buf *out, const struct advisory *advisory)
{
	char published[DATE_TEXT_SIZE], modified[DATE_TEXT_SIZE];
	buf_add_visible(out, advisory->id);
	buf_add_z(out, "   ");
	buf_add_visible(out, advisory->title);
	buf_printf(out, "\nseverity    %s", advisory->malware ? "critical (malware)" : severity_name(advisory->severity));
	if (advisory->score_tenths >= 0) {
		buf_printf(out, " %d.%d  ", advisory->score_tenths / 10, advisory->score_tenths % 10);
		buf_add_visible(out, advisory->vector);
	}
	buf_add_char(out, '\n');
	write_list(out, "aliases", advisory->aliases, advisory->alias_count);
	date_format(advisory->published, published);
	date_format(advisory->modified, modified);
	buf_printf(out, "published   %s, modified %s\n", published, modified);
	if (advisory->withdrawn != DATE_NONE) {
		date_format(advisory->withdrawn, modified);
		buf_printf(out, "withdrawn   %s\n", modified);
	}
	buf_add_z(out, "source      ");
	buf_add_visible(out, advisory->source);
	if (advisory->first_seen != DATE_NONE) {
		date_format(advisory->first_seen, modified);
		buf_printf(out, ", first seen here %s", modified);
	}
	if (advisory->kev)
		buf_add_z(out, "\nexploited   on CISA's list of known exploited vulnerabilities");
	if (advisory->epss >= 0)
		buf_printf(out, "\nepss        %.5g: the probability that it is exploited in the next 30 days", advisory->epss);
	buf_add_char(out, '\n');
	buf_add_z(out, "link        ");
	buf_add_visible(out, advisory->url);
	buf_add_char(out, '\n');
}

static void write_affected(struct buf *out, struct str name, const struct affected *affected)
{
	buf_add_z(out, "affects     ");
	buf_add_visible(out, name);
	buf_add_z(out, "  ");
	for (size_t i = 0; i < affected->interval_count; i++) {
		buf_add_z(out, i ? " || " : "");
		write_interval(out, &affected->intervals[i]);
	}
	buf_add_char(out, '\n');
	write_list(out, "  versions", affected->versions, affected->version_count);
	write_list(out, "  fixed in", affected->fixed, affected->fixed_count);
}

/* ---- what is asked for ---------------------------------------------------------------------- */

struct question {
	struct str name;    /* an id, an alias or a package */
	struct str version; /* of a purl; STR_NONE: all */
};

/* A package URL, or an id, an alias, a name as it stands. */
static int read_question(struct cli *cli, struct question *out)
{
	struct str text = str_of(cli->operands.v[0]);
	struct purl purl;
	struct error err;
	bool is_npm = false;
	*out = (struct question){ text, STR_NONE };
	if (!str_starts_with(text, STR("pkg:")))
		return EXIT_FINE;
	if (purl_parse(text, cli->arena, &is_npm, &purl, &err))
		return cli_usage_error("%s", err.text);
	if (!is_npm)
		return cli_usage_error("\"%s\" is not a package of npm: those begin with pkg:npm/", text.p);
	*out = (struct question){ purl.name, purl.version.n ? purl.version : STR_NONE };
	return EXIT_FINE;
}

static bool is_asked_for(const struct question *question, const struct affected *affected)
{
	struct semver version;
	bool parsed = question->version.n && semver_parse(question->version, SEMVER_LOOSE, &version);
	return !question->version.p || affected_contains(affected, question->version, parsed ? &version : NULL);
}

int command_db_show(struct cli *cli)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	struct error err;
	struct question question;
	struct str *names = NULL;
	struct affected *affected = NULL;
	const struct advisory *last = NULL;
	size_t count = 0;
	int code = read_question(cli, &question);
	if (code)
		return code;
	if (cli_open_database(cli, &db, &err))
		return cli_fail(&err);
	enum status status = advisory_db_get(db, question.name, cli->arena, &affected, &names, &count, &err);
	if (status == STATUS_NOT_FOUND)
		status = advisory_db_find(db, question.name, cli->options.as_of, cli->arena, &affected, &count, &err);
	if (status)
		return cli_fail(&err);
	for (size_t i = 0; i < count; i++) {
		if (!is_asked_for(&question, &affected[i]))
			continue;
		if (affected[i].advisory != last) {
			buf_add_z(&out, last ? "\n" : "");
			write_advisory(&out, affected[i].advisory);
		}
		last = affected[i].advisory;
		write_affected(&out, names ? names[i] : question.name, &affected[i]);
	}
	if (!last) {
		cli_usage_error("%s: neither an advisory nor a package with advisories in this database%s", cli->operands.v[0],
				advisory_db_info(db)->starter ? " (it is only the starter)" : "");
		return EXIT_FINDINGS;
	}
	return cli_write_lines(cli, &out);
}
