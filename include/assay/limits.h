/*
 * limits: every cap in one place. Each has a test at the limit and one past it.
 * Passing one is STATUS_LIMIT (or a finding, where a rule says so), never a crash
 * and never a silently shorter result.
 */
#ifndef ASSAY_LIMITS_H
#define ASSAY_LIMITS_H

#include <stddef.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

/* What one file may weigh. The largest lockfile seen in the wild is about 50 MB. */
#define LIMIT_LOCKFILE_BYTES (128 * MIB)
#define LIMIT_MANIFEST_BYTES (8 * MIB) /* a package.json */
#define LIMIT_POLICY_BYTES (4 * MIB)
/* Policies: how deep one may extend another, and how many files one run reads. */
#define LIMIT_POLICY_DEPTH 16
#define LIMIT_POLICY_FILES 64
/* Statements of the OpenVEX documents that one policy names, counted by package and id. */
#define LIMIT_VEX_STATEMENTS 50000
/* How long `assay waive --for` may let a waiver last: ten years, and dates stay dates. */
#define LIMIT_WAIVER_DAYS 3660
/* Patterns of packages with a star in one list, or of what pnpm's lockfile ignores: each is tried on each package. */
#define LIMIT_STARRED_PATTERNS 1000
#define LIMIT_GIT_FILES 50000             /* read from one commit */
#define LIMIT_GIT_ENTRIES 2000000         /* walked over in one commit */
#define LIMIT_GIT_LINKS 8                 /* followed in a row, inside of one commit */
#define LIMIT_EVENT_BYTES (4 * MIB)       /* what a CI system writes about what it runs for */
#define LIMIT_CONFIG_BYTES (1 * MIB)      /* an .npmrc */
#define LIMIT_ADVISORY_BYTES (16 * MIB)   /* one OSV record */
#define LIMIT_ADVISORY_MEMORY (256 * MIB) /* what reading one may take: JSON that is made to takes up to fifty times its text ("[[[[") */
#define LIMIT_COMPACT_BLOCK (256 * MIB)   /* a block of the compact form: all records of one name at the worst */
#define LIMIT_ADVISORY_ID_BYTES 128
#define LIMIT_ADVISORY_NAME_BYTES 1024 /* of a package in it */

/* JSON: nesting of any document; npm v1 lockfiles take two levels for each nested package. */
#define LIMIT_JSON_DEPTH 1000
/* YAML: lockfiles take six levels, and two documents (pnpm). */
#define LIMIT_YAML_DEPTH 200
#define LIMIT_YAML_DOCUMENTS 16
/* Bytes that one project's arena may take. */
#define LIMIT_PROJECT_BYTES (2048 * MIB)
#define LIMIT_PACKAGES 1000000
/* An npm location: no system installs below a longer path. */
#define LIMIT_LOCATION_BYTES 4096
/* bun: how many folders of packages stand around one; each is looked into for each of its dependencies. */
#define LIMIT_BUN_DEPTH 128
/* yarn berry: what stands in one locator inside of each other, "patch:" in "virtual:" in "patch:". */
#define LIMIT_YARN_WRAPS 15
/* yarn classic: packages of different names that one entry may stand for; each has the entry's dependencies. */
#define LIMIT_YARN_NAMES 64
/* What `workspaces` may list, braces spelled out. */
#define LIMIT_WORKSPACE_PATTERNS 1000
/* A report, in bytes. */
#define LIMIT_REPORT_BYTES (1024 * MIB)

/* Discovery: how deep folders are walked, how many are looked into. */
#define LIMIT_FOLDER_DEPTH 64
#define LIMIT_FOLDERS 1000000
#define LIMIT_HIDDEN_DEPTH 8 /* of what managers keep under a name with a dot inside of node_modules, down to the next node_modules */
/* What says which files are ignored. Past these, nothing is ignored. */
#define LIMIT_IGNORE_BYTES (1 * MIB) /* one .gitignore */
#define LIMIT_IGNORE_PATTERNS 10000  /* in one, and in those around it */
#define LIMIT_GIT_INDEX_BYTES (512 * MIB)
#define LIMIT_GIT_TRACKED_BYTES (256 * MIB) /* the tracked lockfiles' paths */

/* Paths from the root to a package: those kept, and the steps spent looking for more. */
#define LIMIT_PATHS 1000
#define LIMIT_PATH_STEPS 200000

/* npm's semver: lib/internal/constants.js of the npm package `semver`. */
#define LIMIT_SEMVER_LENGTH 256
#define LIMIT_RANGE_LENGTH (64 * KIB)
#define LIMIT_SRI_LENGTH (16 * KIB)
/* A license expression: the longest of the public registry has some hundred bytes. */
#define LIMIT_LICENSE_LENGTH (16 * 1024)
#define LIMIT_LICENSE_DEPTH 100

/* Tarballs: packed and unpacked bytes, entries, unpacked bytes per packed byte, an entry's path. */
#define LIMIT_TARBALL_PACKED_BYTES (512 * MIB)
#define LIMIT_TARBALL_UNPACKED_BYTES (2048 * MIB)
#define LIMIT_TARBALL_ENTRIES 200000
#define LIMIT_TARBALL_RATIO 1000
#define LIMIT_TARBALL_PATH 4096
/* What a project patches, the bytes of one patch, the files that one touches. What goes past it excuses no difference. */
#define LIMIT_PATCHES 1000
#define LIMIT_PATCH_BYTES (16 * MIB)
#define LIMIT_PATCH_NAMES 10000
/* What is noted of one tarball: its manifest's lists, the packages it carries. */
#define LIMIT_INSPECTION_BYTES (1 * MIB)
#define LIMIT_INSPECTION_MEMORY (64 * MIB) /* its paths and its package.json's values, while it is inspected */

/* Worker processes: what one may claim of memory and of processor time, how long it may take to start, on a machine
 * that does a lot besides, and one task (and a second more for each MiB of its input), after how many tasks another one takes its place (of 64,
 * verifying takes 1.198 times as long as without workers; the goal is under 1.3); what is shared with it at once, in and out. */
#define LIMIT_WORKER_BYTES (1024 * MIB)
#define LIMIT_WORKER_CPU_SECONDS 1200
#define LIMIT_WORKER_START_MS 60000
#define LIMIT_WORKER_MS 60000
#define LIMIT_WORKER_TASKS 64
#define LIMIT_WORKER_INPUT_BYTES (16 * MIB + 4 * KIB)
#define LIMIT_WORKER_OUTPUT_BYTES (1 * MIB + 64 * KIB)

/* The file of remembered inspections: about 1,500 bytes each. */
#define LIMIT_MEMORY_BYTES (32 * MIB)
/* What assay's own store of tarballs may weigh, where nobody says otherwise. */
#define LIMIT_STORE_BYTES ((uint64_t)2048 * MIB)

/* What a registry says. A version's manifest, or one of the parts that a package's document is read in; how deep these nest. */
#define LIMIT_RECORD_BYTES (8 * MIB)
#define LIMIT_RECORD_KEY_BYTES (4 * KIB)
#define LIMIT_DOCUMENT_DEPTH 512
/* A package's whole document: the largest known weigh some tens of MB. It is not held. */
#define LIMIT_DOCUMENT_BYTES (256 * MIB)
#define LIMIT_DOCUMENT_VERSIONS 100000
/* Texts of a record that are kept: a digest or URL that is longer counts as not given, other texts are cut. */
#define LIMIT_RECORD_TEXT_BYTES (2 * KIB)
/* The file that they are kept in. */
#define LIMIT_RECORDS_BYTES ((uint64_t)64 * MIB)

/* Archives of advisories. */
#define LIMIT_OWN_RECORDS 10000 /* of a policy's "advisories": read anew for each scan */
#define LIMIT_DUMP_RECORDS 4000000
#define LIMIT_DUMP_BYTES (16384 * MIB)
/* EPSS scores and lists of exploited vulnerabilities, packed or not. */
#define LIMIT_ENRICHMENT_BYTES (256 * MIB)
/* As they are fetched: the zip of all, and the list of what changed when. */
#define LIMIT_DUMP_PACKED_BYTES (4096 * MIB)
#define LIMIT_CHANGES_BYTES (512 * MIB)
#define LIMIT_CHANGES 5000 /* asked for one by one; where more have changed, the zip is fetched */
#define LIMIT_CHANGE_ROW_BYTES 400

/* An incident list, and what is asked for at once; what an answer may hold of each part. */
#define LIMIT_IOC_BYTES (16 * MIB)
#define LIMIT_IOC_LINES 500000
#define LIMIT_IOC_LINE_BYTES (64 * KIB)
#define LIMIT_IOC_CELLS 256       /* of one line */
#define LIMIT_IOC_JOINED_LINES 64 /* that a quoted cell may go on for; a quote that stays open takes no line with it */
#define LIMIT_WHO_TARGETS 500000
#define LIMIT_WHO_ENTRIES 250000
#define LIMIT_GIT_COMMITS 1000000 /* walked back from HEAD */
/* Entries of folders that are compared on the way back; a file that changed counts a hundred times, since it is kept. */
#define LIMIT_GIT_COMPARED 200000000
/* One file of a cache's index. */
#define LIMIT_CACHE_INDEX_BYTES (16 * MIB)

/* A fleet: findings of one rule (but for advisories and gaps) that are kept of one lockfile; the last one says how many more there are. */
#define LIMIT_FLEET_FINDINGS 50
#define LIMIT_FINDING_ALIASES 1000 /* of one finding of a report that is ingested: those of the largest groups have some ten */
/* CODEOWNERS: names between slashes in one pattern. */
#define LIMIT_OWNERS_PARTS 128
/* News in one message of JSON, and lines of the log that are noted as told at once; the rest comes in further ones. */
#define LIMIT_NOTIFY_NEWS 500
#define LIMIT_NOTIFY_LOG_LINES 1000
/* One message, and how long one try may take; after how long a run gives up what it was not yet rid of. Tries are LIMIT_HTTP_TRIES. */
#define LIMIT_NOTIFY_BYTES (64 * MIB)
#define LIMIT_NOTIFY_MS 15000
#define LIMIT_NOTIFY_CONNECT_MS 10000
#define LIMIT_NOTIFY_BACKOFF_MS 1000 /* the first pause between tries */
#define LIMIT_NOTIFY_RUN_MS 300000

/* Network. A URL that is asked, or that is made to be asked; tries in a row without an answer, at least, before a host is given up. */
#define LIMIT_URL_BYTES (8 * KIB)
#define LIMIT_HTTP_SILENT_TRIES 12
#define LIMIT_HTTP_REDIRECTS 5
#define LIMIT_HTTP_HEADER_BYTES (256 * KIB)
#define LIMIT_HTTP_TRIES 4
/* What an .npmrc may ask for at most: tries, the first pause between them, the time of one try. */
#define LIMIT_HTTP_TRIES_SET 10
#define LIMIT_HTTP_BACKOFF_MS 30000 /* any pause: a server that asks for a longer one is not tried again */
#define LIMIT_HTTP_TIMEOUT_MS 3600000
#define LIMIT_NPMRC_NOTES 100 /* of each kind, of what is amiss in it: one more says that there are more */

#endif
