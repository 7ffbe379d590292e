/* db show: one advisory, or all that is known about a package or a release. */
#include <stdio.h>

#include "assay/advisory.h"
#include "assay/limits.h"
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

static int hex(char c)
{
	unsigned char lower = ascii_lower((unsigned char)c);
	return ascii_is_digit(lower) ? lower - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* STR_NONE: out of memory. */
static struct str decode_percent(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; out && i < text.n; i++) {
		bool escape = text.p[i] == '%' && i + 2 < text.n && hex(text.p[i + 1]) >= 0 && hex(text.p[i + 2]) >= 0;
		out[n++] = escape ? (char)(hex(text.p[i + 1]) * 16 + hex(text.p[i + 2])) : text.p[i];
		i += escape ? 2 : 0;
	}
	return out ? (struct str){ out, n } : STR_NONE;
}

/* "pkg:npm/%40scope/name@1.0.0?qualifiers#subpath" (the purl specification); anything else is taken as it is. */
static struct question read_question(struct arena *arena, const char *text)
{
	struct question question = { str_of(text), STR_NONE };
	struct str rest = str_of(text), prefix = STR("pkg:npm/");
	if (!str_starts_with(rest, prefix))
		return question;
	rest = str_from(rest, prefix.n);
	rest = str_head(rest, str_find(rest, '#'));
	rest = str_head(rest, str_find(rest, '?'));
	size_t at = str_find_last(rest, '@');
	question.name = decode_percent(arena, at == 0 ? rest : str_head(rest, at));
	if (at > 0 && at < rest.n)
		question.version = decode_percent(arena, str_from(rest, at + 1));
	return question;
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
	struct question question = read_question(cli->arena, cli->operands.v[0]);
	struct str *names = NULL;
	struct affected *affected = NULL;
	const struct advisory *last = NULL;
	size_t count = 0;
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
	return cli_write_buf(cli, &out);
}
