/*
 * The fleet's tables. docs/fleet/schema.md says what they mean: people query them. A step that was released is never changed. The key's columns come first:
 * SQLite 3.40's integrity check takes other orders for damage.
 */
#include "fleet/sqlite.h"

static const char *const steps[] = {
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE project(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, location TEXT NOT NULL,"
	" branch TEXT, owner TEXT, tags TEXT NOT NULL DEFAULT '', added INTEGER NOT NULL, looked INTEGER, seen INTEGER,"
	" \"commit\" TEXT, content BLOB, judged TEXT, judge INTEGER REFERENCES judge(id), problem TEXT);"
	"CREATE TABLE judge(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, files BLOB NOT NULL);"
	"CREATE TABLE matched(name TEXT PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID;"
	"CREATE UNIQUE INDEX project_place ON project(location, ifnull(branch, ''));"
	"CREATE TABLE lockfile(id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES project(id), path TEXT NOT NULL,"
	" format TEXT, owner TEXT, owner_from TEXT, UNIQUE(project, path));"
	"CREATE TABLE package(id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, integrity TEXT NOT NULL);"
	"CREATE INDEX package_name ON package(name, version);"
	"CREATE TABLE tree(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, packages INTEGER NOT NULL, body BLOB NOT NULL);"
	"CREATE TABLE member(tree INTEGER NOT NULL, package INTEGER NOT NULL, scope TEXT NOT NULL, direct INTEGER NOT NULL,"
	" optional INTEGER NOT NULL, line INTEGER NOT NULL, via INTEGER, PRIMARY KEY(tree, package)) WITHOUT ROWID;"
	"CREATE INDEX member_package ON member(package);"
	"CREATE TABLE presence(lockfile INTEGER NOT NULL REFERENCES lockfile(id), first INTEGER NOT NULL, tree INTEGER NOT NULL,"
	" last INTEGER, gone INTEGER, \"commit\" TEXT, PRIMARY KEY(lockfile, first)) WITHOUT ROWID;"
	"CREATE INDEX presence_tree ON presence(tree);"
	"CREATE TABLE wanted(lockfile INTEGER NOT NULL REFERENCES lockfile(id), name TEXT NOT NULL, type TEXT NOT NULL, spec TEXT NOT NULL,"
	" PRIMARY KEY(lockfile, name, type)) WITHOUT ROWID;"
	"CREATE TABLE finding(id INTEGER PRIMARY KEY, lockfile INTEGER NOT NULL REFERENCES lockfile(id), fingerprint TEXT NOT NULL,"
	" rule TEXT NOT NULL, problem TEXT NOT NULL, aliases TEXT NOT NULL, title TEXT NOT NULL, severity TEXT NOT NULL, score INTEGER,"
	" level TEXT NOT NULL, waived INTEGER NOT NULL, gap INTEGER NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, scope TEXT NOT NULL,"
	" direct INTEGER NOT NULL, line INTEGER NOT NULL, fix TEXT NOT NULL, message TEXT NOT NULL, decided_by TEXT NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER, gone INTEGER);"
	"CREATE UNIQUE INDEX finding_open ON finding(lockfile, fingerprint) WHERE gone IS NULL;"
	"CREATE INDEX finding_name ON finding(name);"
	"CREATE TABLE run(id INTEGER PRIMARY KEY, what TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER, database TEXT, projects INTEGER,"
	" changed INTEGER, failed INTEGER);",
	/* News has ids that are never given twice: channels know by them how far they are. What stood before there was news counts as told to the log. */
	"CREATE TABLE news(id INTEGER PRIMARY KEY AUTOINCREMENT, finding INTEGER NOT NULL REFERENCES finding(id), why TEXT NOT NULL, at INTEGER NOT NULL);"
	"CREATE INDEX news_finding ON news(finding);"
	"CREATE TABLE channel(name TEXT PRIMARY KEY, added INTEGER NOT NULL, told INTEGER NOT NULL, sending INTEGER, message TEXT) WITHOUT ROWID;"
	"INSERT INTO news(finding, why, at) SELECT id, 'new', first FROM finding WHERE gone IS NULL AND level = 'error' AND waived = 0 AND gap = 0;"
	"INSERT INTO channel(name, added, told) SELECT 'log', max(at), max(id) FROM news HAVING max(id) IS NOT NULL;",
	/* What came and went since a date, and the last date of all, are asked for at each rematch and each project that is added. */
	"CREATE INDEX finding_first ON finding(first);"
	"CREATE INDEX finding_gone ON finding(gone) WHERE gone IS NOT NULL;"
	"CREATE INDEX project_date ON project(ifnull(looked, added));",
	/* How many packages each project has, without reading the pages that bodies are on: whoever asks is told how much was asked. */
	"CREATE INDEX tree_packages ON tree(id, packages);",
	/* What stands now, without what stood before; what is wanted under a name, and what is wanted as another one. */
	"CREATE INDEX presence_open ON presence(tree) WHERE gone IS NULL;"
	"CREATE INDEX wanted_name ON wanted(name);"
	"CREATE INDEX wanted_aliased ON wanted(lockfile) WHERE instr(spec, 'npm:') > 0;",
	/* What is read and says nothing: which lockfile, and of which projects not all is known. What was known of it before stood among the findings. */
	"ALTER TABLE project ADD COLUMN gap TEXT;"
	"ALTER TABLE lockfile ADD COLUMN gap TEXT;"
	"UPDATE lockfile SET gap = CASE WHEN EXISTS (SELECT 1 FROM wanted w WHERE w.lockfile = lockfile.id) THEN 'no-lockfile'"
	" WHEN EXISTS (SELECT 1 FROM finding f WHERE f.lockfile = lockfile.id AND f.gone IS NULL AND f.rule IN ('no-lockfile', 'lockfile-invalid'))"
	" THEN iif(format IS NULL, 'no-lockfile', 'unsupported') END"
	" WHERE NOT EXISTS (SELECT 1 FROM presence r WHERE r.lockfile = lockfile.id AND r.gone IS NULL);"
	"UPDATE project SET gap = ifnull((SELECT l.path || CASE l.gap WHEN 'no-lockfile' THEN ' has no lockfile' ELSE ' is of a kind that is not read' END"
	" FROM lockfile l WHERE l.project = project.id AND l.gap IS NOT NULL ORDER BY l.path LIMIT 1),"
	" CASE WHEN NOT EXISTS (SELECT 1 FROM lockfile l JOIN presence r ON r.lockfile = l.id AND r.gone IS NULL WHERE l.project = project.id)"
	" THEN 'there is neither a lockfile nor a package.json with dependencies' END) WHERE seen IS NOT NULL AND kind <> 'ingested';",
	/* What a lockfile lacks of what is asked for beside it was not read before: everything is read once more. */
	"UPDATE project SET content = NULL, problem = ifnull(problem, 'not read since assay reads more of it') WHERE kind <> 'ingested' AND seen IS NOT NULL;"
	/* One release can have many digests, in an SBOM at least. */
	"DROP INDEX package_name;"
	"CREATE INDEX package_name ON package(name, version, integrity);",
};

const struct store_kind fleet_store_kind = {
	.what = "a fleet's store",
	.application_id = 0x61736674, /* "asft" */
	.version = sizeof steps / sizeof *steps,
	.steps = steps,
	.remedy = "assay fleet repair makes a sound one of what can be read of it",
};
