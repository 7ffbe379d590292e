/*
 * `scan --format openvex`: an OpenVEX 0.2.0 document (https://github.com/openvex/spec): a statement for each advisory and package. That a
 * version is in an affected range is what assay knows: the status is "affected", with what to do. A waiver accepts that and says why; only
 * one with a justification says that the code is not affected.
 */
#include "report/report_private.h"

struct vex {
	struct json_writer *out;
	struct arena *arena;
	struct str timestamp;
};

static void add_vulnerability(struct vex *vex, const struct listed *listed)
{
	struct json_writer *out = vex->out;
	const struct finding *finding = listed->finding;
	struct str url = listed_url(vex->arena, listed);
	json_open_object(out, "vulnerability");
	if (url.n)
		json_add_text(out, "@id", url);
	json_add_text(out, "name", finding->id);
	if (finding->title.n)
		json_add_text(out, "description", finding->title);
	if (finding->alias_count) {
		json_open_array(out, "aliases");
		for (size_t i = 0; i < finding->alias_count; i++)
			json_add_text(out, NULL, finding->aliases[i]);
		json_close(out);
	}
	json_close(out);
}

static struct str action_of(struct vex *vex, const struct listed *listed)
{
	struct str remedy = listed_remedy(vex->arena, listed);
	if (!listed_is_waived(listed))
		return remedy;
	return arena_printf(vex->arena, "accepted for now: %.*s; to clear it: %.*s", STR_ARG(listed->finding->waiver), STR_ARG(remedy));
}

static void add_statement(struct vex *vex, const struct listed *listed)
{
	struct json_writer *out = vex->out;
	const struct package *package = listed_package(listed);
	json_open_object(out, NULL);
	json_add_text(out, "@id", arena_printf(vex->arena, "urn:assay:finding:%.*s", STR_ARG(listed->finding->fingerprint)));
	add_vulnerability(vex, listed);
	json_add_text(out, "timestamp", vex->timestamp);
	json_open_array(out, "products");
	json_open_object(out, NULL);
	struct str purl = package_purl(vex->arena, package);
	json_add_text(out, "@id", purl);
	json_open_object(out, "identifiers");
	json_add_text(out, "purl", purl);
	json_close(out);
	json_close(out);
	json_close(out);
	bool justified = listed_is_waived(listed) && listed->finding->justification.n;
	json_add_text(out, "status", justified ? STR("not_affected") : STR("affected"));
	json_add_text(out, "status_notes", listed_message(vex->arena, listed));
	if (justified) {
		json_add_text(out, "justification", listed->finding->justification);
		json_add_text(out, "impact_statement", listed->finding->waiver);
	} else {
		json_add_text(out, "action_statement", action_of(vex, listed));
		json_add_text(out, "action_statement_timestamp", vex->timestamp);
	}
	json_close(out);
}

static struct str document_id(struct vex *vex, const struct listing *listing)
{
	CLEANUP(buf_fini) struct buf seed = BUF_INIT(1 << 26);
	buf_add(&seed, vex->timestamp);
	for (size_t i = 0; i < listing->n; i++)
		buf_add(&seed, listing->v[i].finding->fingerprint);
	return arena_printf(vex->arena, "urn:uuid:%.*s", STR_ARG(report_uuid(vex->arena, report_keep(vex->arena, &seed))));
}

enum status report_openvex_write(const struct report *report, struct arena *arena, struct buf *buf, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct listing listing;
	if (!writer)
		return error_memory(err);
	struct vex vex = { writer, arena, report_date(arena, report->as_of) };
	enum status status = listing_make(report, arena, &listing, err);
	if (status)
		return status;
	json_open_object(writer, NULL);
	json_add_text(writer, "@context", STR("https://openvex.dev/ns/v0.2.0"));
	json_add_text(writer, "@id", document_id(&vex, &listing));
	json_add_text(writer, "author", STR("assay"));
	json_add_text(writer, "timestamp", vex.timestamp);
	json_add_u64(writer, "version", 1);
	json_add_text(writer, "tooling", arena_printf(arena, "assay " ASSAY_VERSION "; %.*s", STR_ARG(report_database(arena, report))));
	json_open_array(writer, "statements");
	for (size_t i = 0; i < listing.n; i++)
		if (listed_is_advisory(&listing.v[i]) && listed_package(&listing.v[i]) && (!report->only_waived || listed_is_waived(&listing.v[i])))
			add_statement(&vex, &listing.v[i]);
	json_close(writer);
	json_close(writer);
	return json_writer_finish(writer, true, buf, err);
}
