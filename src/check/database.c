/*
 * What the advisories cannot answer: there is no database, it is the starter or old, or a version is no version.
 */
#include "check/check_private.h"
#include "check/group.h"

static enum judgement judge_version(struct walk *walk, uint32_t number)
{
	const struct package *package = &walk->scan->tree->packages[number];
	bool elsewhere = package->kind == PACKAGE_GIT || package->kind == PACKAGE_TARBALL;
	/* Lockfiles may leave out the version of what no registry gave. */
	if ((package->kind != PACKAGE_REGISTRY && !(elsewhere && package->version.n)) || read_version(package->version).valid)
		return JUDGED;
	struct str message = package->version.n ?
				     arena_printf(walk->scan->arena, "\"%.*s\" is no semantic version: ranges of advisories cannot be compared with it",
						  STR_ARG(package->version)) :
				     STR("the lockfile gives no version: advisories cannot be matched");
	walk_found(walk, number, (struct problem){ .message = message });
	return JUDGED;
}

enum status run_version_invalid(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_version, err);
}

/* A gap of the whole project. */
static enum status add_gap(struct scan *scan, const struct rule *rule, const char *id, struct str message, struct error *err)
{
	struct finding *finding = check_add(scan, rule, TREE_NONE);
	if (!finding || !message.p)
		return error_memory(err);
	finding->id = finding->stable_id = str_of(id);
	finding->message = message;
	return STATUS_OK;
}

enum status run_database_missing(struct scan *scan, const struct rule *rule, struct error *err)
{
	if (scan->db)
		return STATUS_OK;
	struct str message = scan->database_problem.n ? scan->database_problem : STR("there is no advisory database: nothing was looked up");
	return add_gap(scan, rule, rule->id, message, err);
}

enum status run_database_starter(struct scan *scan, const struct rule *rule, struct error *err)
{
	const struct advisory_db_info *info = scan->db ? advisory_db_info(scan->db) : NULL;
	if (!info || !info->starter)
		return STATUS_OK;
	return add_gap(scan, rule, rule->id,
		       arena_printf(scan->arena, "only the starter database was used: %llu records out of hundreds of thousands",
				    (unsigned long long)info->advisories),
		       err);
}

/* Two degrees, told apart by id, because the policy gives each its own level. An age of 0 or less is no bound. */
enum status run_database_stale(struct scan *scan, const struct rule *rule, struct error *err)
{
	const struct advisory_db_info *info = scan->db ? advisory_db_info(scan->db) : NULL;
	if (!info || info->starter)
		return STATUS_OK;
	if (info->modified == DATE_NONE)
		return add_gap(scan, rule, "database-stale/gap", STR("the advisory database does not tell its age"), err);
	int64_t date = advisory_db_date(info), age;
	bool by_build = date != info->modified;
	if (__builtin_sub_overflow(scan->now, date, &age))
		age = INT64_MAX;
	bool gap = scan->database_max_age > 0 && age > scan->database_max_age;
	bool warn = scan->database_warn_age > 0 && age > scan->database_warn_age;
	if (!gap && !warn)
		return STATUS_OK;
	char text[DATE_TEXT_SIZE];
	duration_format(age, text);
	enum status status = add_gap(scan, rule, gap ? "database-stale/gap" : "database-stale/warn",
				     by_build ? arena_printf(scan->arena, "the advisory database was built %s ago", text) :
						arena_printf(scan->arena, "the newest record of the advisory database is %s old", text),
				     err);
	if (status == STATUS_OK && !gap)
		scan->findings.v[scan->findings.n - 1].level = LEVEL_WARN;
	return status;
}
