/* The two tables that the command line is made of. */
#include "cli/cli.h"

#define AT(field) offsetof(struct options, field)

const struct option cli_options[] = {
	{ "lockfile", 0, OPTION_TEXT, AT(lockfile), "KIND:FILE",
	  "read FILE as a lockfile of that kind (npm, pnpm, yarn, berry, bun) whatever its name; FILE may be -", GROUP_INPUT },
	{ "verify", 0, OPTION_FLAG, AT(verify), NULL, "also fetch and check every tarball", GROUP_SCAN },
	{ "installed", 0, OPTION_FLAG, AT(installed), NULL, "and compare node_modules with them, file by file (implies --verify)", GROUP_SCAN },
	{ "policy", 0, OPTION_TEXT, AT(policy), "FILE|PRESET", "judge by this policy (else assay.policy.json of the project, else the preset default)",
	  GROUP_SCAN | GROUP_POLICY | GROUP_LIST | GROUP_JUDGE },
	{ "org-policy", 0, OPTION_TEXT, AT(org_policy), "FILE", "a floor: what it locks no other policy and no option can loosen",
	  GROUP_SCAN | GROUP_POLICY | GROUP_LIST | GROUP_JUDGE },
	{ "base", 0, OPTION_TEXT, AT(base), "REF|auto",
	  "judge the change since REF (auto: what CI compares with, else the default branch), by the policy that stood there", GROUP_SCAN },
	{ "baseline", 0, OPTION_TEXT, AT(baseline), "FILE", "only what an earlier JSON report does not have can fail", GROUP_SCAN },
	{ "fail-on", 0, OPTION_TEXT, AT(fail_on), "SEVERITY", "vulnerabilities of at least this severity fail: low, medium, high, critical",
	  GROUP_SCAN | GROUP_POLICY | GROUP_JUDGE },
	{ "deny", 'D', OPTION_LIST, AT(levels), "RULE", "findings of RULE are errors", GROUP_SCAN | GROUP_POLICY | GROUP_JUDGE },
	{ "warn", 'W', OPTION_LIST, AT(levels), "RULE", "findings of RULE are warnings", GROUP_SCAN | GROUP_POLICY | GROUP_JUDGE },
	{ "allow", 'A', OPTION_LIST, AT(levels), "RULE", "RULE is off", GROUP_SCAN | GROUP_POLICY | GROUP_JUDGE },
	{ "omit", 0, OPTION_LIST, AT(omit), "KIND", "leave out what npm install --omit does: dev, optional, peer", GROUP_SCAN | GROUP_POLICY | GROUP_JUDGE },
	{ "observe", 0, OPTION_FLAG, AT(observe), NULL, "report what would fail, and exit 0", GROUP_SCAN },
	{ "no-fail", 0, OPTION_FLAG, AT(no_fail), NULL, "exit 0 in spite of findings, when all was checked", GROUP_SCAN },
	{ "allow-empty", 0, OPTION_FLAG, AT(allow_empty), NULL, "finding neither a lockfile nor dependencies is fine", GROUP_SCAN },
	{ "db", 0, OPTION_TEXT, AT(db), "FILE", "the advisory database", GROUP_DATABASE },
	{ "as-of", 0, OPTION_DATE, AT(as_of), "DATE", "judge as of that day, for equal results on any day", GROUP_AS_OF },
	{ "offline", 0, OPTION_FLAG, AT(offline), NULL, "use no network", GROUP_SCAN },
	{ "no-cache", 0, OPTION_FLAG, AT(no_cache), NULL, "prove and inspect every tarball again, whatever is remembered", GROUP_SCAN },
	{ "sandbox", 0, OPTION_TEXT, AT(sandbox), "MODE",
	  "archives are opened by processes without files and network: auto (as far as the system allows), require, off",
	  GROUP_SCAN | GROUP_WHO | GROUP_IMPORT | GROUP_UPDATE | GROUP_FLEET_RUN },
	{ "jobs", 'j', OPTION_COUNT, AT(jobs), "N", "threads (else one per core)", GROUP_SCAN | GROUP_WHO },
	{ "ioc", 0, OPTION_LIST, AT(iocs), "FILE",
	  "an incident list: CSV, Markdown or text of names, versions, digests; - is standard input; repeatable", GROUP_WHO },
	{ "history", 0, OPTION_FLAG, AT(history), NULL, "also what each lockfile had before, from git: from which commit to which", GROUP_WHO },
	{ "machine", 0, OPTION_FLAG, AT(machine), NULL, "this machine: the package managers' caches, global and local node_modules", GROUP_WHO },
	{ "near", 0, OPTION_FLAG, AT(near), NULL, "list the near misses: other versions of the same names", GROUP_WHO },
	{ "gaps", 0, OPTION_FLAG, AT(gaps), NULL, "list what the answer does not cover", GROUP_WHO },
	{ "format", 'f', OPTION_LIST, AT(formats), "NAME[=FILE]",
	  "text (default), compact, json, sarif, cyclonedx, spdx, openvex, gitlab, github, github-snapshot, junit, markdown, csv, html; repeatable",
	  GROUP_OUTPUT },
	{ "format", 'f', OPTION_LIST, AT(formats), "tree|json|purl", "tree (default), json or purl", GROUP_LIST },
	{ "format", 'f', OPTION_LIST, AT(formats), "text|json|csv", "text (default), json (assay.who/1) or csv", GROUP_WHO },
	{ "output", 'o', OPTION_TEXT, AT(output), "FILE", "write the report to FILE", GROUP_OUTPUT | GROUP_LIST | GROUP_DOCUMENT | GROUP_WHO },
	{ "output", 'o', OPTION_TEXT, AT(output), "POLICY", "add them to this policy, made where there is none", GROUP_TRANSLATE },
	{ "depth", 0, OPTION_COUNT, AT(depth), "N", "only what is at most N steps from the root", GROUP_LIST },
	{ "scope", 0, OPTION_TEXT, AT(scope), "SCOPE", "only packages of that scope: prod, dev, build, unknown", GROUP_LIST },
	{ "direct", 0, OPTION_FLAG, AT(direct), NULL, "only what the project itself asks for", GROUP_LIST },
	{ "no-ignore", 0, OPTION_FLAG, AT(no_ignore), NULL, "look into what .gitignore leaves out as well", GROUP_SCAN | GROUP_WHO },
	{ "exclude", 0, OPTION_LIST, AT(exclude), "GLOB", "leave out what matches, as a line of .gitignore would", GROUP_SCAN | GROUP_WHO },
	{ "max", 0, OPTION_COUNT, AT(max), "N", "paths to show for each match (20)", GROUP_WHY },
	{ "range", 'r', OPTION_LIST, AT(ranges), "RANGE", "versions that do not satisfy RANGE are left out", GROUP_SEMVER },
	{ "loose", 'l', OPTION_FLAG, AT(loose), NULL, "read versions and ranges loosely", GROUP_SEMVER },
	{ "include-prerelease", 'p', OPTION_FLAG, AT(include_prerelease), NULL, "pre-releases satisfy ranges too", GROUP_SEMVER },
	{ "update", 0, OPTION_MAYBE, AT(update), "AGE", "first fetch the advisories, where the last time is longer ago than AGE (6h)", GROUP_SCAN },
	{ "if-older-than", 0, OPTION_TEXT, AT(if_older_than), "AGE", "do nothing where the last update is younger (6h)", GROUP_UPDATE },
	{ "from", 0, OPTION_TEXT, AT(from), "URL", "fetch advisories from this copy of OSV's bucket, or from one file (.zip, .db)", GROUP_FETCH },
	{ "with", 0, OPTION_TEXT, AT(with), "LIST", "also fetch epss, kev, or epss,kev", GROUP_FETCH },
	{ "epss", 0, OPTION_TEXT, AT(epss), "FILE|URL", "EPSS scores (CSV, gzipped or not); a URL only for updates", GROUP_UPDATE | GROUP_IMPORT },
	{ "kev", 0, OPTION_TEXT, AT(kev), "FILE|URL", "CISA's list of known exploited vulnerabilities (JSON)", GROUP_UPDATE | GROUP_IMPORT },
	{ "compact", 0, OPTION_FLAG, AT(compact), NULL, "all sources in a form of about a sixth of the size, to be used where it lies", GROUP_EXPORT },
	{ "check", 0, OPTION_FLAG, AT(check), NULL, "read all of it and compare it with its digest", GROUP_STATUS },
	{ "sha256", 0, OPTION_TEXT, AT(sha256), "DIGEST", "take npm/all.zip (or the file of --from), and only if it has this SHA-256", GROUP_UPDATE },
	{ "full", 0, OPTION_FLAG, AT(full), NULL, "fetch all of it even where what changed would do", GROUP_UPDATE },
	{ "force", 0, OPTION_FLAG, AT(force), NULL, "also where records would vanish, or the old database cannot be read", GROUP_UPDATE },
	{ "replace", 0, OPTION_FLAG, AT(replace), NULL, "records of this source that are not in FILE go", GROUP_IMPORT },
	{ "source", 0, OPTION_TEXT, AT(source), "NAME", "where the records are from (osv)", GROUP_IMPORT | GROUP_EXPORT },
	{ "starter", 0, OPTION_FLAG, AT(starter), NULL, "make the reproducible starter database", GROUP_IMPORT },
	{ "max", 0, OPTION_TEXT, AT(max_size), "SIZE", "what may stay: 500M, 2G (default), 0", GROUP_PRUNE },
	{ "cache-dir", 0, OPTION_TEXT, AT(cache_dir), "DIR", "where the database, the tarballs and the registry's answers are kept", GROUP_DATABASE | GROUP_CACHE },
	{ "store", 0, OPTION_TEXT, AT(store), "FILE", "the fleet's store (else fleet.db in the user's data folder)", GROUP_STORE },
	{ "name", 0, OPTION_TEXT, AT(name), "NAME", "what the project is called (else after its folder)", GROUP_FLEET_ADD },
	{ "owner", 0, OPTION_TEXT, AT(owner), "NAME", "who answers for it (else CODEOWNERS tells)", GROUP_FLEET_ADD | GROUP_FLEET_INGEST },
	{ "tag", 0, OPTION_TEXT, AT(tag), "TAG[,TAG]", "words to find it by", GROUP_FLEET_ADD | GROUP_FLEET_INGEST },
	{ "branch", 0, OPTION_TEXT, AT(branch), "NAME", "of a mirror or a git URL (else its HEAD)", GROUP_FLEET_ADD },
	{ "project", 0, OPTION_TEXT, AT(name), "NAME", "which project it is", GROUP_FLEET_INGEST },
	{ "branch", 0, OPTION_TEXT, AT(branch), "NAME", "that it was made on", GROUP_FLEET_INGEST },
	{ "commit", 0, OPTION_TEXT, AT(commit), "ID", "that it was made of", GROUP_FLEET_INGEST },
	{ "date", 0, OPTION_DATE, AT(as_of), "DATE", "what it is true of (else now): 2026-11-23T09:00:00Z", GROUP_FLEET_INGEST },
	{ "list", 0, OPTION_TEXT, AT(list), "FILE", "add what FILE lists: a location in each line, then name=, owner=, branch=, tags=", GROUP_FLEET_ADD },
	{ "name", 0, OPTION_TEXT, AT(name), "GLOB", "only projects of that name", GROUP_FLEET_PICK },
	{ "owner", 0, OPTION_TEXT, AT(owner), "GLOB", "only what that owner answers for: as given, else by CODEOWNERS", GROUP_FLEET_PICK },
	{ "tag", 0, OPTION_TEXT, AT(tag), "TAG", "only projects with that tag", GROUP_FLEET_PICK },
	{ "update", 0, OPTION_MAYBE, AT(update), "AGE", "fetch the advisories only where the last time is longer ago than AGE (else: in any case)",
	  GROUP_FLEET_RUN },
	{ "offline", 0, OPTION_FLAG, AT(offline), NULL, "fetch no advisories", GROUP_FLEET_RUN },
	{ "notify", 0, OPTION_LIST, AT(notify), "URL",
	  "tell that address of new errors; slack+https://…, teams+https://… or JSON; repeatable. A secret is better in --notify-file", GROUP_FLEET_RUN },
	{ "notify-file", 0, OPTION_LIST, AT(notify_files), "FILE", "likewise, an address in each line", GROUP_FLEET_RUN },
	{ "notify-form", 0, OPTION_TEXT, AT(notify_form), "json|slack|teams",
	  "of addresses that do not begin with theirs (else as their host is known, else json)", GROUP_FLEET_RUN },
	{ "fetch-timeout", 0, OPTION_TEXT, AT(fetch_timeout), "TIME", "how long git may take for a URL: 300s (default), 30m", GROUP_FLEET_SCAN },
	{ "again", 0, OPTION_FLAG, AT(again), NULL, "also what has not changed", GROUP_FLEET_SCAN },
	{ "policy", 0, OPTION_TEXT, AT(policy), "FILE|PRESET", "instead of each project's own", GROUP_FLEET_SCAN | GROUP_FLEET_REMATCH | GROUP_FLEET_INGEST },
	{ "org-policy", 0, OPTION_TEXT, AT(org_policy), "FILE", "a floor above every project's policy",
	  GROUP_FLEET_SCAN | GROUP_FLEET_REMATCH | GROUP_FLEET_INGEST },
	{ "jobs", 'j', OPTION_COUNT, AT(jobs), "N", "threads (else one per core)", GROUP_FLEET_SCAN | GROUP_FLEET_REMATCH },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "only what went wrong", GROUP_FLEET_SCAN | GROUP_FLEET_INGEST },
	{ "rule", 0, OPTION_TEXT, AT(rule), "RULE", "only findings of that rule", GROUP_FLEET_FINDINGS },
	{ "level", 0, OPTION_TEXT, AT(level), "LEVEL", "at least info, warn (default) or error", GROUP_FLEET_FINDINGS },
	{ "severity", 0, OPTION_TEXT, AT(severity), "SEVERITY", "at least low, medium, high or critical", GROUP_FLEET_FINDINGS },
	{ "since", 0, OPTION_TEXT, AT(since), "DATE|TIME", "first seen since then: 2026-11-01, 7d", GROUP_FLEET_FINDINGS },
	{ "gone", 0, OPTION_FLAG, AT(gone), NULL, "those that stand no more (--since: gone since then)", GROUP_FLEET_FINDINGS },
	{ "at", 0, OPTION_DATE, AT(as_of), "DATE", "what stood on that day", GROUP_FLEET_FINDINGS },
	{ "format", 'f', OPTION_LIST, AT(formats), "text|json|csv", "text (default), json or csv", GROUP_FLEET_ASK },
	{ "output", 'o', OPTION_TEXT, AT(output), "FILE", "write it to FILE", GROUP_FLEET_ASK | GROUP_FLEET_OUT },
	{ "output", 'o', OPTION_TEXT, AT(output), "DIR", "the folder, which it replaces whole the next time", GROUP_FLEET_SITE },
	{ "as-of", 0, OPTION_DATE, AT(as_of), "DATE", "what stood on that day; for equal pages on any day", GROUP_FLEET_SITE },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "only what went wrong", GROUP_FLEET_SITE },
	{ "package", 0, OPTION_TEXT, AT(package), "PKG", "the package that it is waived for: name, name*, name@range", GROUP_WAIVE },
	{ "reason", 0, OPTION_TEXT, AT(reason), "TEXT", "why it is accepted", GROUP_WAIVE },
	{ "for", 0, OPTION_TEXT, AT(waive_for), "TIME", "how long: 90d, 12w; the last day counts", GROUP_WAIVE },
	{ "owner", 0, OPTION_TEXT, AT(owner), "NAME", "who answers for it", GROUP_WAIVE },
	{ "justification", 0, OPTION_TEXT, AT(justification), "WORD", "why the code is not affected, in OpenVEX's words, for policy vex", GROUP_WAIVE },
	{ "rule", 0, OPTION_TEXT, AT(rule), "RULE", "only findings of that rule", GROUP_WAIVE },
	{ "path", 0, OPTION_TEXT, AT(path), "PATH", "only by that way: \"webapp > legacy > **\"", GROUP_WAIVE },
	{ "force", 0, OPTION_FLAG, AT(force), NULL, "also what matches nothing here", GROUP_WAIVE },
	{ "all", 0, OPTION_TEXT, AT(man_all), "DIR", "write every page into DIR: assay.1, assay-scan.1, …", GROUP_MAN },
	{ "color", 0, OPTION_TEXT, AT(color), "WHEN", "auto, always or never", GROUP_ALL },
	{ "no-progress", 0, OPTION_FLAG, AT(no_progress), NULL, "show no progress", GROUP_PROGRESS },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "only the verdict", GROUP_SCAN | GROUP_IMPORT | GROUP_UPDATE | GROUP_EXPORT },
	{ "verbose", 'v', OPTION_FLAG, AT(verbose), NULL, "everything, also what is only informative", GROUP_SCAN | GROUP_JUDGE },
	{ "help", 'h', OPTION_FLAG, AT(help), NULL, "this text", GROUP_ALL },
	{ "version", 0, OPTION_FLAG, AT(version), NULL, "the version", GROUP_ALL },
	{ NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0 },
};

#define SCAN_GROUPS (GROUP_ALL | GROUP_SCAN | GROUP_INPUT | GROUP_DATABASE | GROUP_AS_OF | GROUP_OUTPUT | GROUP_PROGRESS | GROUP_FETCH)
#define EXIT_CODES \
	"Exit codes: 0 all was checked and the policy holds; 1 the policy is violated; 2 the call is wrong;\n" \
	"3 something that the policy requires could not be checked.\n"

const struct command cli_commands[] = {
	{ "scan", "[PATH…]", "find lockfiles, match advisories, apply the policy, report",
	  "PATH is a lockfile or a folder (default: this one). Uses no network unless --verify or --update is given.\n" EXIT_CODES, SCAN_GROUPS, 0,
	  SIZE_MAX, command_scan },
	{ "verify", "[PATH…]", "scan, and prove every tarball against what the lockfile pins",
	  "Bytes come from assay's own store, npm's cache, or the registry; what was downloaded and proven is kept in the store.\n"
	  "What the lockfile pins is compared with the registry's own record of each version, which is kept for a day.\n"
	  "With --sandbox require nothing is read, and the exit code is 3, where the system lets no process be held.\n" EXIT_CODES,
	  SCAN_GROUPS, 0, SIZE_MAX, command_verify },
	{ "list", "[PURL] [PATH]", "the resolved tree",
	  "PURL (pkg:npm/lodash@4.17.15) shows only that package and what brings it.\n"
	  "Exit codes: 0 listed; 2 the call is wrong, or PATH holds no lockfile or several; 3 the lockfile could not be read.\n",
	  GROUP_ALL | GROUP_INPUT | GROUP_LIST, 0, 2, command_list },
	{ "why", "PKG[@RANGE] [PATH]", "every path by which a package comes in, shortest first",
	  "PKG may be a package URL: pkg:npm/%40scope/name@1.2.3.\n"
	  "Exit codes: 0 it is there; 1 it is not; 2 the call is wrong; 3 the lockfile could not be read.\n",
	  GROUP_ALL | GROUP_INPUT | GROUP_WHY, 1, 2, command_why },
	{ "explain", "ID|PKG|FINGERPRINT|RULE [PATH]", "what it is, who brings it, which clause decided, what clears it, how to accept it",
	  "An advisory or its alias, a package (name, name@range, a package URL), a finding's fingerprint (its first 8 letters do), or a\n"
	  "rule, whose page it prints. Clauses are listed as they were asked, with what did not hold in each. Uses no network.\n"
	  "Exit codes: 0 found; 1 not found; 2 the call is wrong; 3 the lockfile could not be read.\n",
	  GROUP_ALL | GROUP_JUDGE | GROUP_INPUT | GROUP_DATABASE | GROUP_AS_OF, 1, 2, command_explain },
	{ "waive", "ID|RULE [PATH]", "write a waiver into the project's policy, keeping its comments",
	  "ID is an advisory's or an alias; a RULE waives its findings for one package. The file is the one that judges the project\n"
	  "(assay.policy.json, made where there is none). What is not found here is refused, unless --force is given; --package may be\n"
	  "left out where only one package has it. Where a policy sets max_waiver, a waiver lasts no longer.\n"
	  "Exit codes: 0 written; 1 nothing here matches; 2 the call is wrong, or it is waived already; 3 it could not be written.\n",
	  GROUP_ALL | GROUP_JUDGE | GROUP_INPUT | GROUP_DATABASE | GROUP_AS_OF | GROUP_WAIVE, 1, 2, command_waive },
	{ "who", "TARGET… [PATH…]", "who has a package, had it, or could have it: the question of an incident",
	  "TARGET is name (any version), name@version, name@range, a package URL, or an advisory's id or alias; --ioc FILE reads many. PATH\n"
	  "is a folder or a lockfile; each lockfile is a project. Without one the fleet's store answers, where there is one, else this folder.\n"
	  "A word that names something on the disk is a PATH, unless no target stands before it; write ./chalk for a folder of a package's\n"
	  "name. Uses no network.\n"
	  "Exit codes: 0 nowhere, and all was looked at; 1 found: somebody has it, or had it; 2 the call is wrong; 3 nowhere as far as is\n"
	  "known, but somebody could have it, something could not be looked at (--gaps), or the list or the database could not be read.\n",
	  GROUP_ALL | GROUP_WHO | GROUP_STORE | GROUP_FLEET_PICK | GROUP_DATABASE | GROUP_AS_OF | GROUP_PROGRESS, 0, SIZE_MAX, command_who },
	{ "run", "[--] COMMAND…", "verify here, and run COMMAND only where all was checked and the policy holds",
	  "As in: assay run -- npm ci. Options of assay stand before COMMAND. The report goes to standard error (or -o FILE), so that\n"
	  "standard output is COMMAND's. Interrupts are passed on. Exit codes: COMMAND's own, 128+N where signal N ended it, 126 and\n"
	  "127 where it cannot be run or found; 1, 2, 3 as those of verify, where COMMAND was not run.\n",
	  SCAN_GROUPS | GROUP_RUN, 1, SIZE_MAX, command_run },
	{ "db update", "", "fetch OSV's npm advisories: all of them at first, then what changed",
	  "From https://storage.googleapis.com/osv-vulnerabilities, or --from a copy of it, which need not have more than\n"
	  "npm/all.zip, or --from one file: a zip of OSV JSON or a database (db export --compact). The old database stays whole until the new one is complete; scans go on meanwhile. Records of other\n"
	  "sources stay. Exit codes: 0 it is current; 2 the call is wrong; 3 it could not be updated, and is as it was.\n",
	  GROUP_ALL | GROUP_DATABASE | GROUP_UPDATE | GROUP_FETCH | GROUP_PROGRESS, 0, 0, command_db_update },
	{ "db import", "[FILE…]", "read OSV records (.json, folders, .zip, databases) into the database",
	  "A broken record is named, counted and skipped; of two with one id the newer wins. The old database stays\n"
	  "whole until the new one is complete.\n",
	  GROUP_ALL | GROUP_DATABASE | GROUP_IMPORT | GROUP_PROGRESS, 0, SIZE_MAX, command_db_import },
	{ "db export", "FILE", "write the records as a zip of OSV JSON, or --compact",
	  "What the database keeps of them: ids, dates, severities, ranges, fixed versions; the prose (malware's above all)\n"
	  "and the references are not kept. An import of FILE gives the same digest. With --compact FILE is a database (some 10 MB\n"
	  "for all of OSV) that others fetch and name with --db, from a read-only disk too.\n"
	  "Exit codes: 0 written; 2 the call is wrong; 3 it could not be written, or there are no such records.\n",
	  GROUP_ALL | GROUP_DATABASE | GROUP_EXPORT, 1, 1, command_db_export },
	{ "db status", "", "which database is used, its sources, age, size and counts",
	  "Exit codes: 0 it can be read; 2 the call is wrong; 3 it cannot, or --check found damage.\n", GROUP_ALL | GROUP_DATABASE | GROUP_STATUS, 0,
	  0, command_db_status },
	{ "db show", "ID|PKG|PURL", "one advisory, or all that is known about a package",
	  "A purl with a version (pkg:npm/lodash@4.17.15) shows what affects that version.\n"
	  "Exit codes: 0 found; 1 not found; 2 the call is wrong; 3 the database cannot be read.\n",
	  GROUP_ALL | GROUP_DATABASE | GROUP_AS_OF, 1, 1, command_db_show },
	{ "policy check", "[FILE]", "is this policy well-formed?", NULL, GROUP_ALL | GROUP_POLICY, 0, 1, command_policy_check },
	{ "policy show", "[FILE]", "the effective policy, each clause with its origin", NULL, GROUP_ALL | GROUP_POLICY, 0, 1, command_policy_show },
	{ "policy init", "[FILE]", "write a first assay.policy.json", NULL, GROUP_ALL, 0, 1, command_policy_init },
	{ "policy import", "FILE", "another tool's ignore file as waivers",
	  "FILE is osv-scanner.toml, .grype.yaml, .trivyignore, .trivyignore.yaml, .nsprc or audit-ci.json; by another name with the tool\n"
	  "in front: osv-scanner:FILE, grype:, trivy:, trivy-yaml:, nsprc:, audit-ci:. No waiver waives more than what it was made from:\n"
	  "what cannot be said as narrowly is left out, and each line that was is named on standard error.\n"
	  "Exit codes: 0 translated; 1 nothing could be; 2 the call is wrong; 3 FILE could not be read, or the policy not written.\n",
	  GROUP_ALL | GROUP_TRANSLATE, 1, 1, command_policy_import },
	{ "policy vex", "[PATH]", "what the policy waives here, as an OpenVEX document",
	  "A statement for each advisory that is waived in the projects at PATH. A waiver with a \"justification\" becomes not_affected,\n"
	  "one that merely accepts stays affected, with its reason as the action. Uses no network.\n"
	  "Exit codes: 0 written, be it without a statement; 2 the call is wrong; 3 a lockfile or the database could not be read.\n",
	  GROUP_ALL | GROUP_JUDGE | GROUP_INPUT | GROUP_DATABASE | GROUP_AS_OF | GROUP_DOCUMENT, 0, 1, command_policy_vex },
	{ "cache status", "", "the tarballs and registry records that are kept: where, how many, how large", NULL, GROUP_ALL | GROUP_CACHE, 0, 0,
	  command_cache_status },
	{ "cache prune", "", "throw away what was used, or asked, longest ago",
	  "verify does so by itself: tarballs past 2G, registry records past 64 MiB. SIZE is for each of the two.\n"
	  "All of it can be fetched again.\n",
	  GROUP_ALL | GROUP_CACHE | GROUP_PRUNE, 0, 0, command_cache_prune },
	{ "semver", "-r RANGE [--] VERSION…", "the versions that satisfy RANGE, sorted, like npm's semver",
	  "Exit codes: 0 at least one does; 1 none does; 2 the call is wrong.\n", GROUP_ALL | GROUP_SEMVER, 1, SIZE_MAX, command_semver },
	{ "fleet add", "[LOCATION…]", "projects to watch: folders, folders of checkouts, bare mirrors, git URLs",
	  "A folder that is no project itself stands for the checkouts and mirrors below it. - reads a list from standard input, as --list\n"
	  "does from a file. What is known already takes over the owner, tags and name that are given.\n"
	  "Exit codes: 0 added; 2 the call is wrong, or there is no project; 3 the store cannot be written.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_ADD, 0, SIZE_MAX, command_fleet_add },
	{ "fleet list", "", "the fleet's projects, what was seen of them and when",
	  "Exit codes: 0 listed; 2 the call is wrong; 3 there is none that is asked for, or the store cannot be read.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_PICK | GROUP_FLEET_ASK, 0, 0, command_fleet_list },
	{ "fleet remove", "NAME…", "take projects out, with all that is known of them",
	  "Exit codes: 0 removed; 2 the call is wrong; 3 there is no such project, or the store cannot be written.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_CACHE, 1, SIZE_MAX, command_fleet_remove },
	{ "fleet scan", "", "look at every project whose files have changed, or that other advisories judged",
	  "By content, on all cores, each project on its own: what is broken is recorded and stops nobody. Killed, it goes on the next\n"
	  "time. Uses the network for projects that are git URLs.\n"
	  "Exit codes: 0 every project was read; 2 the call is wrong; 3 some were not, there is none that is asked for, or the store cannot\n"
	  "be written.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_PICK | GROUP_FLEET_SCAN | GROUP_DATABASE | GROUP_PROGRESS, 0, 0, command_fleet_scan },
	{ "fleet ingest", "FILE|-", "what a CI job says that a project has, in place of a scan",
	  "FILE is a CycloneDX or SPDX SBOM, a lockfile, or a JSON report of assay's, for a project that nobody looks at. It counts from --date\n"
	  "on; what is older than what is known changes nothing, the same again says that it is there still. A report names only packages that\n"
	  "something was found in: it can say who has one, never that nobody does; its findings stand until a later one has them no more. Who\n"
	  "writes the store just now is waited for, for a minute.\n"
	  "Exit codes: 0 recorded, or older than what is known; 2 the call is wrong; 3 it cannot be read, the store cannot be written, or there\n"
	  "are no advisories.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_INGEST | GROUP_DATABASE, 1, 1, command_fleet_ingest },
	{ "fleet rematch", "", "what advisories that have changed make of what the store knows, without opening a project",
	  "Each project is judged by its policy as it stood when it was last read. Names what is newly affected, what no more, and what was\n"
	  "withdrawn. fleet scan begins with it. Exit codes: 0 judged; 2 the call is wrong; 3 there are no advisories, or the store cannot be\n"
	  "written.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_REMATCH | GROUP_FLEET_ASK | GROUP_DATABASE | GROUP_PROGRESS, 0, 0, command_fleet_rematch },
	{ "fleet run", "", "what a schedule calls: fresh advisories, what they change, what has changed in the projects",
	  "db update (unless --offline, or the last one is younger than --update=AGE says), fleet rematch and fleet scan in one, which waits\n"
	  "for nobody: where another one is under way it ends with 3. Standard output has a line of JSON for each step and for each new\n"
	  "error that no run has told yet. Addresses are told of each once, when all is recorded; the one that cannot be told now is told by\n"
	  "the next run.\n"
	  "Exit codes: 0 all was read and no new error came; 1 new errors; 2 the call is wrong; 3 something could not be read or written, a\n"
	  "gap of level error stands, the advisories could not be fetched, are too old or the starter; or, whatever was found, an address\n"
	  "could not be told.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_PICK | GROUP_FLEET_SCAN | GROUP_FLEET_RUN | GROUP_DATABASE | GROUP_FETCH | GROUP_PROGRESS, 0, 0,
	  command_fleet_run },
	{ "fleet stats", "", "how many of what: by severity, age, owner, rule; time to fix; whose update clears most; what is used most",
	  "Of findings of level warn and above. Exit codes: 0 shown; 2 the call is wrong; 3 there is no project that is asked for, or the store\n"
	  "cannot be read.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_PICK | GROUP_FLEET_ASK, 0, 0, command_fleet_stats },
	{ "fleet metrics", "", "the same as Prometheus reads it",
	  "For node_exporter's textfile collector: assay fleet metrics -o FILE. Exit codes: 0 written; 2 the call is wrong; 3 there is\n"
	  "no project that is asked for, or the store cannot be read.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_PICK | GROUP_FLEET_OUT, 0, 0, command_fleet_metrics },
	{ "fleet report", "", "a folder of pages: what stands, how it has gone, projects, packages, advisories, a search",
	  "Opened as files or served by any web server; nothing on them asks for anything elsewhere. DIR is written whole or not at all, and\n"
	  "nothing that assay did not write is touched. Exit codes: 0 written; 2 the call is wrong, or DIR holds something else; 3 there is no\n"
	  "project that is asked for, the store cannot be read, or DIR not written.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_PICK | GROUP_FLEET_SITE, 0, 0, command_fleet_report },
	{ "fleet repair", "", "a sound store of what can be read of a damaged one",
	  "The damaged one is kept beside it, as FILE.damaged. Exit codes: 0 repaired; 2 the call is wrong; 3 nothing of it can be read.\n",
	  GROUP_ALL | GROUP_STORE, 0, 0, command_fleet_repair },
	{ "fleet findings", "[ID|PKG]", "what was found, over all projects, worst first",
	  "ID is an advisory's or an alias; PKG a package's name.\n"
	  "Exit codes: 0 listed; 2 the call is wrong; 3 there is no project that is asked for, or the store cannot be read.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_PICK | GROUP_FLEET_ASK | GROUP_FLEET_FINDINGS, 0, 1, command_fleet_findings },
	{ "fleet project", "NAME", "one project: where it is, what was found, since when",
	  "Exit codes: 0 shown; 1 there is none of that name; 2 the call is wrong; 3 the store cannot be read.\n",
	  GROUP_ALL | GROUP_STORE | GROUP_FLEET_ASK | GROUP_FLEET_FINDINGS, 1, 1, command_fleet_project },
	{ "completion", "bash|zsh|fish", "what the shell completes behind \"assay\"",
	  "bash: source <(assay completion bash). zsh: assay completion zsh > \"${fpath[1]}/_assay\". fish: assay completion fish | source.\n"
	  "make install puts all three where the shells look. Exit codes: 0 written; 2 the call is wrong; 3 it could not be written.\n",
	  GROUP_ALL, 1, 1, command_completion },
	{ "man", "[TOPIC]", "the manual page of assay, or of one of its commands",
	  "In roff: assay man scan | man -l -. TOPIC is a command, in one word or two.\n"
	  "Exit codes: 0 written; 2 the call is wrong; 3 it could not be written.\n",
	  GROUP_ALL | GROUP_MAN, 0, 2, command_man },
	{ NULL, NULL, NULL, NULL, 0, 0, 0, NULL },
};
