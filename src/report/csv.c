/* `scan --format csv`: a row for each finding and gap. */
#include "report/report_private.h"

static void add_texts(struct buf *out, const struct str *texts, size_t count)
{
	CLEANUP(buf_fini) struct buf joined = BUF_PART(out);
	for (size_t i = 0; i < count; i++) {
		buf_add_z(&joined, i ? " " : "");
		buf_add(&joined, texts[i]);
	}
	csv_add_field(out, buf_str(&joined));
}

static void write_row(const struct listed *listed, struct arena *arena, struct buf *out)
{
	const struct finding *finding = listed->finding;
	const struct package *package = listed_package(listed);
	csv_add_field(out, str_of(project_path(listed->project)));
	csv_add_field(out, arena_printf(arena, "%u", finding->line));
	csv_add_field(out, str_of(listed_is_waived(listed) ? "waived" : rule_level_name(finding->level)));
	csv_add_field(out, str_of(finding->rule->id));
	csv_add_field(out, finding->id);
	add_texts(out, finding->aliases, finding->alias_count);
	csv_add_field(out, str_of(severity_name(finding->severity)));
	csv_add_field(out, finding->score_tenths < 0 ? STR("") : arena_printf(arena, "%d.%d", finding->score_tenths / 10, finding->score_tenths % 10));
	csv_add_field(out, str_of(finding->kev ? "yes" : "no"));
	csv_add_field(out, package ? package->name : STR(""));
	csv_add_field(out, package ? package->version : STR(""));
	csv_add_field(out, str_of(package ? scope_name(package->scope) : ""));
	csv_add_field(out, str_of(package && package->direct ? "yes" : "no"));
	add_texts(out, finding->fixed, finding->fixed_count);
	csv_add_field(out, str_of(fix_kind_name(finding->fix.kind)));
	csv_add_field(out, listed_remedy(arena, listed));
	csv_add_field(out, listed_path(arena, listed));
	csv_add_field(out, listed_message(arena, listed));
	csv_add_field(out, listed_url(arena, listed));
	csv_add_field(out, finding->waiver);
	csv_add_field(out, finding->fingerprint);
	csv_add_field(out, str_of(finding_status_name(finding->status)));
	buf_add_z(out, "\r\n");
}

enum status report_csv_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err)
{
	struct listing listing;
	enum status status = listing_make(report, arena, &listing, err);
	buf_add_z(out, "lockfile,line,level,rule,id,aliases,severity,score,known_exploited,package,version,scope,direct,fixed_in,fix,"
		       "what_to_do,path,message,url,waiver,fingerprint,status\r\n");
	for (size_t i = 0; i < listing.n && !status; i++)
		write_row(&listing.v[i], arena, out);
	return status ? status : buf_ok(out, err);
}
