/* The two tables that the command line is made of. */
#include "cli/cli.h"

#define AT(field) offsetof(struct options, field)

const struct option cli_options[] = {
	{ "lockfile", 0, OPTION_TEXT, AT(lockfile), "KIND:FILE",
	  "read FILE as a lockfile of that kind (npm, pnpm, yarn, berry, bun) whatever its name; FILE may be -", GROUP_INPUT },
	{ "verify", 0, OPTION_FLAG, AT(verify), NULL, "also fetch and check every tarball", GROUP_SCAN },
	{ "policy", 0, OPTION_TEXT, AT(policy), "FILE|PRESET",
	  "judge by this policy (else assay.policy.json of the project, else the preset default)", GROUP_SCAN | GROUP_POLICY },
	{ "fail-on", 0, OPTION_TEXT, AT(fail_on), "SEVERITY",
	  "vulnerabilities of at least this severity fail: low, medium, high, critical", GROUP_SCAN | GROUP_POLICY },
	{ "deny", 'D', OPTION_LIST, AT(levels), "RULE", "findings of RULE are errors", GROUP_SCAN | GROUP_POLICY },
	{ "warn", 'W', OPTION_LIST, AT(levels), "RULE", "findings of RULE are warnings", GROUP_SCAN | GROUP_POLICY },
	{ "allow", 'A', OPTION_LIST, AT(levels), "RULE", "RULE is off", GROUP_SCAN | GROUP_POLICY },
	{ "no-fail", 0, OPTION_FLAG, AT(no_fail), NULL, "exit 0 in spite of findings, when all was checked", GROUP_SCAN },
	{ "allow-empty", 0, OPTION_FLAG, AT(allow_empty), NULL, "finding neither a lockfile nor dependencies is fine", GROUP_SCAN },
	{ "db", 0, OPTION_TEXT, AT(db), "FILE", "the advisory database", GROUP_DATABASE },
	{ "as-of", 0, OPTION_DATE, AT(as_of), "DATE", "judge as of that day, for equal results on any day", GROUP_AS_OF },
	{ "offline", 0, OPTION_FLAG, AT(offline), NULL, "use no network", GROUP_SCAN },
	{ "jobs", 'j', OPTION_COUNT, AT(jobs), "N", "threads (else one per core)", GROUP_SCAN },
	{ "format", 'f', OPTION_LIST, AT(formats), "NAME[=FILE]",
	  "text (default) or json; may stand more than once", GROUP_OUTPUT },
	{ "format", 'f', OPTION_LIST, AT(formats), "NAME", "tree (default), json or purl", GROUP_LIST },
	{ "output", 'o', OPTION_TEXT, AT(output), "FILE", "write the report to FILE", GROUP_OUTPUT | GROUP_LIST },
	{ "depth", 0, OPTION_COUNT, AT(depth), "N", "only what is at most N steps from the root", GROUP_LIST },
	{ "scope", 0, OPTION_TEXT, AT(scope), "SCOPE", "only packages of that scope: prod, dev, unknown", GROUP_LIST },
	{ "direct", 0, OPTION_FLAG, AT(direct), NULL, "only what the project itself asks for", GROUP_LIST },
	{ "no-ignore", 0, OPTION_FLAG, AT(no_ignore), NULL, "look into what .gitignore leaves out as well", GROUP_SCAN },
	{ "exclude", 0, OPTION_LIST, AT(exclude), "GLOB", "leave out what matches, as a line of .gitignore would", GROUP_SCAN },
	{ "max", 0, OPTION_COUNT, AT(max), "N", "paths to show for each match (20)", GROUP_WHY },
	{ "range", 'r', OPTION_LIST, AT(ranges), "RANGE", "versions that do not satisfy RANGE are left out", GROUP_SEMVER },
	{ "loose", 'l', OPTION_FLAG, AT(loose), NULL, "read versions and ranges loosely", GROUP_SEMVER },
	{ "include-prerelease", 'p', OPTION_FLAG, AT(include_prerelease), NULL, "pre-releases satisfy ranges too", GROUP_SEMVER },
	{ "replace", 0, OPTION_FLAG, AT(replace), NULL, "begin with an empty database", GROUP_IMPORT },
	{ "source", 0, OPTION_TEXT, AT(source), "NAME", "where the records are from (osv)", GROUP_IMPORT },
	{ "starter", 0, OPTION_FLAG, AT(starter), NULL, "make the reproducible starter database", GROUP_IMPORT },
	{ "cache-dir", 0, OPTION_TEXT, AT(cache_dir), "DIR", "where the database is kept", GROUP_DATABASE },
	{ "color", 0, OPTION_TEXT, AT(color), "WHEN", "auto, always or never", GROUP_ALL },
	{ "no-progress", 0, OPTION_FLAG, AT(no_progress), NULL, "show no progress", GROUP_PROGRESS },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "only the verdict", GROUP_SCAN | GROUP_IMPORT },
	{ "verbose", 'v', OPTION_FLAG, AT(verbose), NULL, "everything, also what is only informative", GROUP_SCAN },
	{ "help", 'h', OPTION_FLAG, AT(help), NULL, "this text", GROUP_ALL },
	{ "version", 0, OPTION_FLAG, AT(version), NULL, "the version", GROUP_ALL },
	{ NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0 },
};

#define SCAN_GROUPS \
	(GROUP_ALL | GROUP_SCAN | GROUP_INPUT | GROUP_DATABASE | GROUP_AS_OF | GROUP_OUTPUT | GROUP_PROGRESS)
#define EXIT_CODES \
	"Exit codes: 0 all was checked and the policy holds; 1 the policy is violated; 2 the call is wrong;\n" \
	"3 something that the policy requires could not be checked.\n"

const struct command cli_commands[] = {
	{ "scan", "[PATH…]", "find lockfiles, match advisories, apply the policy, report",
	  "PATH is a lockfile or a folder (default: this one). Uses no network unless --verify is given.\n" EXIT_CODES,
	  SCAN_GROUPS, 0, SIZE_MAX, command_scan },
	{ "verify", "[PATH…]", "scan, and prove every tarball against what the lockfile pins",
	  "Bytes come from npm's own cache, else from the registry. Nothing is written to disk.\n" EXIT_CODES, SCAN_GROUPS, 0,
	  SIZE_MAX, command_verify },
	{ "list", "[PATH]", "the resolved tree",
	  "Exit codes: 0 listed; 2 the call is wrong, or PATH holds no lockfile or several; 3 the lockfile could not be read.\n",
	  GROUP_ALL | GROUP_INPUT | GROUP_LIST, 0, 1, command_list },
	{ "why", "PKG[@RANGE] [PATH]", "every path by which a package comes in, shortest first",
	  "PKG may be a package URL: pkg:npm/%40scope/name@1.2.3.\n"
	  "Exit codes: 0 it is there; 1 it is not; 2 the call is wrong; 3 the lockfile could not be read.\n",
	  GROUP_ALL | GROUP_INPUT | GROUP_WHY, 1, 2, command_why },
	{ "db import", "FILE…", "read OSV records (.json, folders, .zip) into the database",
	  "A broken record is named, counted and skipped; of two with one id the newer wins. The old database stays\n"
	  "whole until the new one is complete.\n",
	  GROUP_ALL | GROUP_DATABASE | GROUP_IMPORT | GROUP_PROGRESS, 1, SIZE_MAX, command_db_import },
	{ "db status", "", "which database is used, its age, size and counts", NULL, GROUP_ALL | GROUP_DATABASE, 0, 0,
	  command_db_status },
	{ "db show", "ID|PKG", "one advisory, or all that is known about a package",
	  "Exit codes: 0 found; 1 not found; 2 the call is wrong; 3 the database cannot be read.\n",
	  GROUP_ALL | GROUP_DATABASE | GROUP_AS_OF, 1, 1, command_db_show },
	{ "policy check", "[FILE]", "is this policy well-formed?", NULL, GROUP_ALL | GROUP_POLICY, 0, 1, command_policy_check },
	{ "policy show", "[FILE]", "the effective policy, each clause with its origin", NULL, GROUP_ALL | GROUP_POLICY, 0, 1,
	  command_policy_show },
	{ "policy init", "[FILE]", "write a first assay.policy.json", NULL, GROUP_ALL, 0, 1, command_policy_init },
	{ "semver", "-r RANGE [--] VERSION…", "the versions that satisfy RANGE, sorted, like npm's semver",
	  "Exit codes: 0 at least one does; 1 none does; 2 the call is wrong.\n", GROUP_ALL | GROUP_SEMVER, 1, SIZE_MAX,
	  command_semver },
	{ NULL, NULL, NULL, NULL, 0, 0, 0, NULL },
};
