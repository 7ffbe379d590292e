/*
 * The table of rules: one row each, in the order in which reports show them - what is certain and grave first, gaps last.
 * A rule whose findings come from discovery or from another rule's function has no function of its own.
 */
#include "check/check_private.h"

#define RULE(its_id, its_title, its_level, its_run) \
	.id = its_id, .title = its_title, .doc = "docs/rules/" its_id ".md", .level = LEVEL_##its_level, .run = its_run
/* From the lockfile and the advisories; from the tarballs' bytes; from these and node_modules; from the registry's record; what could not be
 * checked. */
#define FINDING(id, title, its_severity, level, run) \
	&(const struct rule) \
	{ \
		RULE(id, title, level, run), .severity = SEVERITY_##its_severity \
	}
#define TARBALL(id, title, its_severity, level, run) \
	&(const struct rule) \
	{ \
		RULE(id, title, level, run), .severity = SEVERITY_##its_severity, .needs_tarballs = true \
	}
#define RECORD(id, title, its_severity, level, run) \
	&(const struct rule) \
	{ \
		RULE(id, title, level, run), .severity = SEVERITY_##its_severity, .needs_tarballs = true, .needs_records = true \
	}
#define INSTALLED(id, title, its_severity, level, run) \
	&(const struct rule) \
	{ \
		RULE(id, title, level, run), .severity = SEVERITY_##its_severity, .needs_tarballs = true, .needs_installed = true \
	}
#define GAP(id, title, level, run) \
	&(const struct rule) \
	{ \
		RULE(id, title, level, run), .severity = SEVERITY_NONE, .gap = true \
	}

/* What advisories say; one function makes the findings of both. */
#define MATCHED(id, title, its_severity, level, run, its_also) \
	&(const struct rule) \
	{ \
		RULE(id, title, level, run), .severity = SEVERITY_##its_severity, .by_advisory = true, .also = its_also \
	}

/* clang-format off: a table is read by its columns. Malware and vulnerabilities are matched at once. */
const struct rule *const check_rules[] = {
	MATCHED("malware", "a known malicious package", CRITICAL, ERROR, NULL, NULL),
	MATCHED("vulnerability", "a known vulnerability", UNKNOWN, WARN, run_advisories, "malware"),
	TARBALL("integrity-mismatch", "a tarball is not the one that was pinned", CRITICAL, ERROR, run_integrity_mismatch),
	RECORD("registry-mismatch", "not what the registry published", CRITICAL, ERROR, run_registry_mismatch),
	FINDING("lockfile-tamper", "a change gives a release other bytes, or weakens its pin", CRITICAL, ERROR, run_lockfile_tamper),
	FINDING("name-mismatch", "a URL that belongs to another package", CRITICAL, ERROR, run_name_mismatch),
	FINDING("dependency-confusion", "a private name that comes from elsewhere", CRITICAL, ERROR, run_dependency_confusion),
	FINDING("unpinned-source", "git without a full commit", HIGH, ERROR, run_unpinned_source),
	INSTALLED("installed-mismatch", "node_modules differs from the tarballs", CRITICAL, ERROR, run_installed_mismatch),
	FINDING("banned", "a package that the policy bans", HIGH, ERROR, run_banned),
	TARBALL("unpublished", "the registry no longer has a pinned version", HIGH, ERROR, run_unpublished),
	TARBALL("manifest-mismatch", "a tarball's package.json contradicts the lockfile", HIGH, ERROR, run_manifest_mismatch),
	TARBALL("unsafe-archive", "a tarball that no honest tool makes", HIGH, WARN, run_unsafe_archive),
	FINDING("insecure-url", "a download without TLS", HIGH, ERROR, run_insecure_url),
	FINDING("untrusted-registry", "a host that is no known registry or mirror", MEDIUM, WARN, run_untrusted_registry),
	FINDING("policy-loosened", "a policy that would go below its organisation's", MEDIUM, WARN, NULL),
	RECORD("release-age", "a release younger than the policy allows", MEDIUM, ERROR, run_release_age),
	RECORD("publisher-changed", "published by somebody new", MEDIUM, WARN, run_publisher_changed),
	FINDING("waiver", "a waiver that needs a look", LOW, INFO, NULL),
	FINDING("npmrc", "an .npmrc that does not come to what it asks for", LOW, WARN, NULL),
	FINDING("exotic-source", "a dependency from git, a URL or a file", MEDIUM, WARN, run_exotic_source),
	FINDING("policy-changed", "a change to what judges it", MEDIUM, WARN, NULL),
	FINDING("lockfile-drift", "package.json and the lockfile disagree", MEDIUM, WARN, run_lockfile_drift),
	FINDING("lockfile-conflict", "several lockfiles for one package.json", MEDIUM, WARN, NULL),
	FINDING("integrity-missing", "no digest is pinned", MEDIUM, WARN, run_integrity_missing),
	FINDING("integrity-weak", "only SHA-1 is pinned", LOW, INFO, run_integrity_weak),
	FINDING("install-script", "code runs at installation", LOW, INFO, run_install_script),
	FINDING("deprecated", "a deprecated version", LOW, INFO, run_deprecated),
	FINDING("config-hygiene", "what the package manager's settings leave open", MEDIUM, WARN, run_config_hygiene),
	FINDING("override-stale", "an override that nothing needs, or that holds a known problem", LOW, INFO, run_override_stale),
	FINDING("typosquat", "a name that looks like a far more popular one", HIGH, WARN, run_typosquat),
	FINDING("license", "the license of a package", LOW, OFF, run_license),
	FINDING("license-missing", "a package without a license that can be judged", LOW, OFF, run_license_missing),
	FINDING("duplicate-version", "one package in several versions", LOW, OFF, run_duplicate_version),
	GAP("no-lockfile", "dependencies without a lockfile", ERROR, NULL),
	GAP("lockfile-invalid", "a lockfile that cannot be read", ERROR, NULL),
	GAP("version-invalid", "a version that is no semantic version", ERROR, run_version_invalid),
	GAP("database-missing", "no advisory database", ERROR, run_database_missing),
	GAP("database-starter", "only the starter database", ERROR, run_database_starter),
	GAP("database-stale", "an old advisory database", ERROR, run_database_stale),
	GAP("unreachable", "a tarball out of reach", ERROR, run_unreachable),
	GAP("uninspected", "an archive that could not be looked into", ERROR, run_uninspected),
	GAP("record-unreachable", "a registry's record out of reach", ERROR, run_record_unreachable),
	GAP("release-date-unknown", "a release of unknown age", ERROR, run_release_date_unknown),
	GAP("not-compared", "installed files that were not compared", ERROR, NULL),
	GAP("not-evaluated", "a required rule was not evaluated", ERROR, NULL),
	NULL,
};
/* clang-format on */

const struct rule *check_rule_by_id(struct str id)
{
	for (size_t i = 0; check_rules[i]; i++)
		if (str_equal_z(id, check_rules[i]->id))
			return check_rules[i];
	return NULL;
}

bool check_is_by_advisory(struct str id)
{
	const struct rule *rule = check_rule_by_id(id);
	return rule && rule->by_advisory;
}

size_t check_rule_number(const struct rule *rule)
{
	size_t i = 0;
	while (check_rules[i] && check_rules[i] != rule)
		i++;
	return i;
}

const char *rule_level_name(enum rule_level level)
{
	static const char *const names[] = { "off", "info", "warn", "error" };
	return names[level];
}

bool check_is_unread(struct str rule)
{
	return str_equal_z(rule, "lockfile-invalid") || str_equal_z(rule, "no-lockfile");
}

bool rule_level_by_name(struct str name, enum rule_level *out)
{
	for (enum rule_level level = LEVEL_OFF; level <= LEVEL_ERROR; level++)
		if (str_equal_z(name, rule_level_name(level))) {
			*out = level;
			return true;
		}
	return false;
}

const char *fix_step_name(enum fix_step step)
{
	static const char *const names[] = { "unknown", "compatible", "zero-minor", "major" };
	return names[step];
}

const char *fix_step_caution(enum fix_step step)
{
	static const char *const words[] = { NULL, NULL, "a minor of 0.x may break: test the build", "crosses a major: test the build" };
	return words[step];
}

const char *fix_kind_name(enum fix_kind kind)
{
	static const char *const names[] = { "none", "in-range", "bump", "override" };
	return names[kind];
}

const char *finding_status_name(enum finding_status status)
{
	static const char *const names[] = { NULL, "introduced", "worsened", "carried" };
	return names[status];
}
