/* A finding of the fleet as JSON: the same wherever it stands. */
#include "assay/fleet.h"

void fleet_finding_write_json(struct json_writer *writer, const struct fleet_finding *finding)
{
	const struct {
		const char *key;
		struct str value;
	} texts[] = {
		{ "project", finding->project },
		{ "lockfile", finding->lockfile },
		{ "rule", finding->rule },
		{ "id", finding->problem },
		{ "title", finding->title },
		{ "severity", finding->severity },
		{ "level", finding->level },
		{ "package", finding->name },
		{ "version", finding->version },
		{ "scope", finding->scope },
		{ "fix", finding->fix },
		{ "message", finding->message },
		{ "decided_by", finding->decided_by },
		{ "fingerprint", finding->fingerprint },
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_add_text(writer, texts[i].key, texts[i].value);
	json_add_text_or_null(writer, "owner", finding->owner);
	json_open_array(writer, "aliases");
	struct str aliases = finding->aliases, alias;
	while (str_split(&aliases, ',', &alias))
		if (alias.n)
			json_add_text(writer, NULL, alias);
	json_close(writer);
	if (finding->score < 0)
		json_add_null(writer, "score");
	else
		json_add_tenths(writer, "score", (int)finding->score);
	json_add_bool(writer, "direct", finding->direct);
	json_add_bool(writer, "gap", finding->gap);
	json_add_bool(writer, "waived", finding->waived);
	json_add_u64(writer, "line", (uint64_t)finding->line);
	json_add_date(writer, "first", finding->first);
	json_add_date(writer, "last", finding->last);
	json_add_date(writer, "gone", finding->gone);
}
