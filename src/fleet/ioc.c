/*
 * A list as it circulates. A row whose cells are called "package", "version", "sha256" … is a header: the rows below it are read by its columns until
 * another header, a blank line of Markdown or the end. Everything else is read as a free line.
 */
#include "fleet/ioc.h"

#include "assay/limits.h"
#include "assay/semver.h"

enum column { COLUMN_OTHER, COLUMN_NAME, COLUMN_SCOPE, COLUMN_VERSIONS, COLUMN_DIGEST, COLUMN_PURL, COLUMN_ECOSYSTEM, COLUMN_ADVISORY };
enum { SHOWN = 160 };

struct cells {
	struct str v[LIMIT_IOC_CELLS];
	size_t n;
};

struct document {
	struct ioc ioc;
	struct str text;
	size_t at; /* the next byte */
	uint32_t next_line;
	char separator; /* of the header's table; 0: none */
	enum column columns[LIMIT_IOC_CELLS];
	size_t column_count;
	bool has_version_column, has_digest_column;
};

/* ---- what comes of it --------------------------------------------------------------- */

/* Once for a line, however many of its words it is true of. */
static enum status add_note(struct ioc *ioc, int kind, struct str why)
{
	const struct who_list_note *last = ioc->notes.n ? &ioc->notes.v[ioc->notes.n - 1] : NULL;
	if (last && last->line == ioc->line && last->kind == (unsigned)kind && str_equal(last->why, why))
		return STATUS_OK;
	struct who_list_note *note = vec_add(ioc->arena, &ioc->notes);
	struct str text = arena_copy(ioc->arena, str_head(str_trim(ioc->shown), SHOWN));
	if (!note || !text.p)
		return error_memory(ioc->err);
	*note = (struct who_list_note){ .line = ioc->line, .kind = (unsigned)kind, .text = text, .why = why };
	return STATUS_OK;
}

enum status ioc_not_understood(struct ioc *ioc, const char *why)
{
	return add_note(ioc, WHO_LINE_NOT_UNDERSTOOD, str_of(why ? why : "neither a package with a version nor a digest"));
}

enum status ioc_add_bare_name(struct ioc *ioc, struct str name)
{
	enum status status = question_add_name(ioc->question, name, ioc->asked, ioc->err);
	return status ? status : add_note(ioc, WHO_LINE_NO_VERSION, STR_NONE);
}

enum status ioc_add_digest(struct ioc *ioc, const struct digest *digest)
{
	ioc->list->digests++;
	return question_add_digest(ioc->question, digest, ioc->asked, ioc->err);
}

/* One version or one range; what is neither is told. */
static enum status add_one(struct ioc *ioc, struct str name, struct str text, size_t *added)
{
	struct semver version;
	enum status status;
	if (text_equals_any_case(text, STR("all")) || text_equals_any_case(text, STR("any")) || text_equals_any_case(text, STR("all versions")) ||
	    str_equal_z(text, "*"))
		status = question_add_any(ioc->question, name, ioc->asked, ioc->err);
	else if (semver_parse(text, SEMVER_LOOSE, &version))
		status = question_add_version(ioc->question, name, text, ioc->asked, ioc->err);
	else
		status = question_add_range(ioc->question, name, text, ioc->asked, ioc->err);
	if (status == STATUS_INVALID)
		return ioc_not_understood(ioc, "what stands in the place of a version is none");
	ioc->list->targets++;
	++*added;
	return status;
}

/* Blanks separate versions, unless they stand in a range. */
static bool all_versions(struct str text)
{
	struct str part;
	struct semver version;
	while (text.n && str_split(&text, ' ', &part))
		if (part.n && !semver_parse(part, SEMVER_LOOSE, &version))
			return false;
	return true;
}

enum status ioc_add_version_text(struct ioc *ioc, struct str name, struct str versions, size_t *added)
{
	struct str part;
	enum status status = STATUS_OK;
	versions = str_trim(versions);
	if (!all_versions(versions))
		return add_one(ioc, name, versions, added);
	while (!status && versions.n && str_split(&versions, ' ', &part))
		status = part.n ? add_one(ioc, name, part, added) : STATUS_OK;
	return status;
}

/* ---- rows ------------------------------------------------------------------------------ */

/* Cells of one record: RFC 4180's quotes, Markdown's "\|". */
static bool split_cells(struct str record, char separator, struct arena *arena, struct cells *out)
{
	bool markdown = separator == '|';
	out->n = 0;
	record = str_trim(record);
	if (markdown && record.n && record.p[0] == '|')
		record = str_from(record, 1);
	if (markdown && record.n && record.p[record.n - 1] == '|' && !(record.n > 1 && record.p[record.n - 2] == '\\'))
		record.n--;
	char *copy = arena_alloc(arena, record.n + LIMIT_IOC_CELLS + 1);
	bool quoted = false;
	size_t n = 0, from = 0;
	for (size_t i = 0; copy && i <= record.n; i++) {
		char c = i < record.n ? record.p[i] : separator;
		bool end = i == record.n || (!quoted && c == separator);
		if (!end && !markdown && c == '"') {
			bool doubled = quoted && i + 1 < record.n && record.p[i + 1] == '"';
			i += doubled;
			quoted = doubled || (quoted ? false : str_trim((struct str){ copy + from, n - from }).n == 0);
			if (doubled)
				copy[n++] = '"';
			continue;
		}
		if (!end && markdown && c == '\\' && i + 1 < record.n && record.p[i + 1] == '|') {
			copy[n++] = '|';
			i++;
			continue;
		}
		if (!end) {
			copy[n++] = c == '\n' || c == '\r' ? ' ' : c;
			continue;
		}
		if (out->n == LIMIT_IOC_CELLS)
			return false;
		out->v[out->n++] = str_trim((struct str){ copy + from, n - from });
		from = n;
	}
	return copy != NULL;
}

static enum column column_of(struct str title)
{
	// clang-format off
	static const struct { const char *word; enum column column; } words[] = {
		{ "package", COLUMN_NAME }, { "package name", COLUMN_NAME }, { "package_name", COLUMN_NAME }, { "packagename", COLUMN_NAME },
		{ "package-name", COLUMN_NAME }, { "name", COLUMN_NAME }, { "packages", COLUMN_NAME }, { "npm package", COLUMN_NAME },
		{ "npm_package", COLUMN_NAME }, { "module", COLUMN_NAME }, { "library", COLUMN_NAME }, { "dependency", COLUMN_NAME },
		{ "component", COLUMN_NAME }, { "affected package", COLUMN_NAME }, { "artifact", COLUMN_NAME },
		{ "scope", COLUMN_SCOPE }, { "namespace", COLUMN_SCOPE },
		{ "purl", COLUMN_PURL }, { "package url", COLUMN_PURL }, { "package_url", COLUMN_PURL },
		{ "ecosystem", COLUMN_ECOSYSTEM }, { "package ecosystem", COLUMN_ECOSYSTEM }, { "package manager", COLUMN_ECOSYSTEM },
		{ "advisory", COLUMN_ADVISORY }, { "cve", COLUMN_ADVISORY }, { "ghsa", COLUMN_ADVISORY }, { "id", COLUMN_ADVISORY },
		{ "osv", COLUMN_ADVISORY },
	};
	// clang-format on
	static const char *const digests[] = { "sha1", "sha-1",  "sha224",    "sha256", "sha-256", "sha384", "sha512",   "sha-512",
					       "md5",  "shasum", "integrity", "hash",   "hashes",  "digest", "checksum", "sri" };
	static const char *const not_bad[] = { "fix", "safe", "patch", "clean", "good", "latest", "replace" };
	title = ioc_bare(title);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_equals_any_case(title, str_of(words[i].word)))
			return words[i].column;
	CLEANUP(buf_fini) struct buf lower = BUF_INIT(256);
	for (size_t i = 0; i < title.n && i < 200; i++)
		buf_add_char(&lower, (char)ascii_lower((unsigned char)title.p[i]));
	struct str text = buf_str(&lower);
	for (size_t i = 0; i < sizeof not_bad / sizeof *not_bad; i++)
		if (str_find_str(text, str_of(not_bad[i])) < text.n)
			return COLUMN_OTHER;
	if (str_find_str(text, STR("version")) < text.n)
		return COLUMN_VERSIONS;
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
		if (str_find_str(text, str_of(digests[i])) < text.n && text.n < strlen(digests[i]) + 16)
			return COLUMN_DIGEST;
	return COLUMN_OTHER;
}

/* A header names its first columns; a package that is called "name" stands beside a version. */
static bool read_header(struct document *document, const struct cells *cells, char separator)
{
	size_t useful = 0, names = 0;
	for (size_t i = 0; i < cells->n; i++) {
		enum column column = column_of(cells->v[i]);
		if (ioc_is_version_word(cells->v[i], false))
			return false;
		useful += column == COLUMN_NAME || column == COLUMN_VERSIONS || column == COLUMN_DIGEST || column == COLUMN_PURL;
		names += column == COLUMN_NAME || column == COLUMN_PURL || column == COLUMN_DIGEST;
	}
	if (!names || (useful < 2 && (cells->n != 1 || document->ioc.list->lines)))
		return false;
	/* Of one column, what stands below is read like any other line. */
	if (cells->n == 1) {
		document->separator = 0;
		return true;
	}
	bool one_name = false, versions = false;
	document->has_version_column = document->has_digest_column = false;
	for (size_t i = 0; i < cells->n; i++) {
		enum column column = column_of(cells->v[i]);
		document->columns[i] = column == COLUMN_NAME && one_name ? COLUMN_OTHER : column;
		one_name |= column == COLUMN_NAME;
		versions |= column == COLUMN_VERSIONS;
		document->has_digest_column |= column == COLUMN_DIGEST;
	}
	document->has_version_column = versions;
	document->column_count = cells->n;
	document->separator = separator;
	return true;
}

static bool is_no_version(struct str cell)
{
	static const char *const words[] = { "", "-", "n/a", "na", "unknown", "tbd", "?", "none", "null", "\xe2\x80\x93", "\xe2\x80\x94" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_equals_any_case(cell, str_of(words[i])))
			return true;
	return false;
}

/* "1.0.0 | 1.0.1", "1.0.0, 1.0.1", ">=1.0.0 <1.2.0 || 2.0.0", "[\"1.0.0\"]". */
static enum status add_cell_versions(struct ioc *ioc, struct str name, struct str cell, size_t *added)
{
	enum status status = STATUS_OK;
	size_t from = 0;
	for (size_t i = 0; i <= cell.n && !status; i++) {
		if (i < cell.n && !strchr("|,;&[]", cell.p[i]))
			continue;
		struct str part = ioc_bare(str_head(str_from(cell, from), i - from));
		while (part.n > 4 && str_starts_with(part, STR("and ")))
			part = str_trim(str_from(part, 4));
		if (part.n && !is_no_version(part))
			status = ioc_add_version_text(ioc, name, part, added);
		from = i + 1;
	}
	return status;
}

static enum status add_cell_digests(struct ioc *ioc, struct str cell, size_t *added)
{
	enum status status = STATUS_OK;
	struct digest digest;
	size_t from = 0;
	bool other = false;
	for (size_t i = 0; i <= cell.n && !status; i++) {
		if (i < cell.n && !strchr(" |,;\t\"", cell.p[i]))
			continue;
		struct str part = ioc_bare(str_head(str_from(cell, from), i - from));
		from = i + 1;
		if (!ioc_digest(part, &digest)) {
			other |= !is_no_version(part);
			continue;
		}
		status = ioc_add_digest(ioc, &digest);
		++*added;
	}
	return other && !status ? ioc_not_understood(ioc, "what stands in the place of a digest is none, or not whole") : status;
}

struct row {
	struct str name, scope, versions, purl, ecosystem, advisory, digests;
};

static void read_row(const struct document *document, const struct cells *cells, struct row *row)
{
	for (size_t i = 0; i < cells->n && i < document->column_count; i++) {
		struct str cell = cells->v[i];
		switch (document->columns[i]) {
		case COLUMN_NAME: row->name = ioc_bare(cell); break;
		case COLUMN_SCOPE: row->scope = ioc_bare(cell); break;
		case COLUMN_VERSIONS: row->versions = row->versions.n ? row->versions : cell; break;
		case COLUMN_PURL: row->purl = ioc_bare(cell); break;
		case COLUMN_ECOSYSTEM: row->ecosystem = ioc_bare(cell); break;
		case COLUMN_ADVISORY: row->advisory = ioc_bare(cell); break;
		default: break;
		}
	}
}

static struct str scoped_name(struct ioc *ioc, const struct row *row)
{
	if (!row->scope.n || !row->name.n || row->name.p[0] == '@')
		return row->name;
	return arena_printf(ioc->scratch, "%s%.*s/%.*s", row->scope.p[0] == '@' ? "" : "@", STR_ARG(row->scope), STR_ARG(row->name));
}

static enum status add_all_digests(struct document *document, const struct cells *cells, size_t *added)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < cells->n && i < document->column_count && !status; i++)
		if (document->columns[i] == COLUMN_DIGEST)
			status = add_cell_digests(&document->ioc, cells->v[i], added);
	return status;
}

/* A row of a table with a header. */
static enum status use_row(struct document *document, const struct cells *cells)
{
	struct ioc *ioc = &document->ioc;
	struct row row = { 0 };
	size_t added = 0, digests = 0;
	struct str version = STR_NONE;
	read_row(document, cells, &row);
	if (row.ecosystem.n && !text_equals_any_case(row.ecosystem, STR("npm")) && !text_equals_any_case(row.ecosystem, STR("node")) &&
	    !text_equals_any_case(row.ecosystem, STR("javascript")) && !text_equals_any_case(row.ecosystem, STR("nodejs")))
		return ioc_not_understood(ioc, "of another ecosystem than npm");
	enum status status = add_all_digests(document, cells, &digests);
	struct str name = scoped_name(ioc, &row);
	if (!status && row.purl.n && ioc_address(row.purl, ioc->scratch, &name, &version) && version.n)
		status = ioc_add_version_text(ioc, name, version, &added);
	size_t at = name.n ? str_find(str_from(name, 1), '@') + 1 : 0;
	if (!status && at < name.n && ioc_is_name(str_head(name, at))) {
		status = add_cell_versions(ioc, str_head(name, at), str_from(name, at + 1), &added);
		name = str_head(name, at);
	}
	if (status || (!name.n && digests))
		return status;
	if (!ioc_is_name(name))
		return ioc_not_understood(ioc, name.n ? "the name is none of a package" : "it names no package");
	if (!is_no_version(ioc_bare(row.versions)))
		status = add_cell_versions(ioc, name, row.versions, &added);
	/* Versions that were not quoted: "axios,1.14.1,0.30.4" */
	for (size_t i = document->column_count; i < cells->n && !status; i++)
		if (ioc_is_version_word(ioc_bare(cells->v[i]), false))
			status = add_cell_versions(ioc, name, cells->v[i], &added);
	if (!status && !added && who_is_advisory_id(row.advisory)) {
		struct str *id = vec_add(ioc->arena, &ioc->advisories);
		if (id)
			*id = arena_copy(ioc->arena, row.advisory);
		return id && id->p ? STATUS_OK : error_memory(ioc->err);
	}
	return status || added ? status : ioc_add_bare_name(ioc, name);
}

/* ---- lines ------------------------------------------------------------------------------- */

static struct str take_line(struct document *document)
{
	struct str rest = str_from(document->text, document->at);
	size_t n = 0;
	while (n < rest.n && rest.p[n] != '\n' && rest.p[n] != '\r')
		n++;
	document->at += n;
	if (n < rest.n)
		document->at += rest.p[n] == '\r' && n + 1 < rest.n && rest.p[n + 1] == '\n' ? 2 : 1;
	document->next_line++;
	return str_head(rest, n);
}

static size_t count_quotes(struct str text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '"';
	return n;
}

/* A quoted cell may go on in the next line. A quote that is never closed takes no other line with it. */
static struct str take_record(struct document *document)
{
	struct str line = take_line(document);
	if (!document->separator || document->separator == '|' || count_quotes(line) % 2 == 0)
		return line;
	struct document ahead = *document;
	size_t quotes = count_quotes(line);
	for (int i = 0; i < LIMIT_IOC_JOINED_LINES && ahead.at < ahead.text.n; i++) {
		struct str more = take_line(&ahead);
		quotes += count_quotes(more);
		if (quotes % 2)
			continue;
		document->at = ahead.at;
		document->next_line = ahead.next_line;
		return (struct str){ line.p, (size_t)(more.p + more.n - line.p) };
	}
	return line;
}

static bool is_comment(struct str line)
{
	return str_starts_with(line, STR("#")) || str_starts_with(line, STR("//")) || str_starts_with(line, STR("<!--"));
}

/* "|---|:--:|", "-----", "=====", "```". */
static bool is_rule(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (!strchr("|-:=_ \t`~+", line.p[i]))
			return str_starts_with(line, STR("```"));
	return true;
}

static char separator_of(struct str line)
{
	static const char separators[] = "\t;,";
	if (line.n && line.p[0] == '|')
		return '|';
	for (size_t i = 0; separators[i]; i++)
		if (str_find(line, separators[i]) < line.n)
			return separators[i];
	return str_find_str(line, STR(" | ")) < line.n ? '|' : 0;
}

static enum status read_record(struct document *document, struct str record, struct cells *cells)
{
	struct ioc *ioc = &document->ioc;
	struct str line = ioc_refang(str_trim(record), ioc->scratch);
	if (!line.p)
		return error_memory(ioc->err);
	char separator = separator_of(line);
	bool split = split_cells(line, separator ? separator : ',', ioc->scratch, cells);
	if (split && read_header(document, cells, separator ? separator : ','))
		return STATUS_OK;
	ioc->list->lines++;
	if (document->separator && document->separator != '|' && separator != document->separator)
		split = split_cells(line, document->separator, ioc->scratch, cells);
	bool row = document->separator && split && (document->separator == separator || cells->n > 1);
	return row ? use_row(document, cells) : ioc_read_line(ioc, separator == '|' && line.p[0] == '|' ? str_from(line, 1) : line);
}

static enum status read_lines(struct document *document)
{
	struct ioc *ioc = &document->ioc;
	struct cells *cells = arena_alloc(ioc->arena, sizeof *cells);
	enum status status = cells ? STATUS_OK : error_memory(ioc->err);
	while (!status && document->at < document->text.n) {
		ioc->line = document->next_line;
		struct str record = take_record(document), line = str_trim(record);
		if (ioc->line > LIMIT_IOC_LINES)
			return error_set(ioc->err, STATUS_LIMIT, "%s: more than %d lines", ioc->list->path, LIMIT_IOC_LINES);
		if (!line.n && document->separator == '|')
			document->separator = 0;
		if (!line.n || is_comment(line) || is_rule(line))
			continue;
		ioc->shown = record;
		arena_reset(ioc->scratch);
		ioc->asked = arena_printf(ioc->scratch, "%s:%u", path_base(ioc->list->path), ioc->line);
		if (!ioc->asked.p)
			return error_memory(ioc->err);
		size_t targets = ioc->list->targets, digests = ioc->list->digests;
		status = line.n > LIMIT_IOC_LINE_BYTES ? (ioc->list->lines++, ioc_not_understood(ioc, "the line is too long")) :
							 read_record(document, record, cells);
		if (ioc->list->targets == targets)
			ioc->list->digests_alone += ioc->list->digests - digests;
	}
	return status;
}

/* What is no text, or text of another kind. */
static enum status check_kind(const char *path, struct str text, struct error *err)
{
	if (str_starts_with(text, STR("\xff\xfe")) || str_starts_with(text, STR("\xfe\xff"))) {
		error_set(err, STATUS_INVALID, "%s: it is in UTF-16", path);
		error_hint(err, "save it as UTF-8: iconv -f UTF-16 -t UTF-8");
		return STATUS_INVALID;
	}
	if (str_find(str_head(text, 8192), '\0') < str_head(text, 8192).n)
		return error_set(err, STATUS_INVALID, "%s: it is no text", path);
	struct str start = str_trim(text);
	if (!str_starts_with(start, STR("{")) && !str_starts_with(start, STR("[{")))
		return STATUS_OK;
	error_set(err, STATUS_UNSUPPORTED, "%s: it is JSON; a list is CSV, Markdown or text", path);
	error_hint(err, "OSV records are read by assay db import; of others take names and versions: jq -r '.[] | \"\\(.name)@\\(.version)\"'");
	return STATUS_UNSUPPORTED;
}

enum status who_ask_list(struct who_question *question, const char *path, struct str text, struct who_list *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct arena *arena = question_arena(question);
	struct document *document = scratch ? arena_alloc(arena, sizeof *document) : NULL;
	struct who_list list = { .path = path };
	if (!document)
		return error_memory(err);
	if (str_starts_with(text, STR("\xef\xbb\xbf")))
		text = str_from(text, 3);
	if (text.n > LIMIT_IOC_BYTES)
		return error_set(err, STATUS_LIMIT, "%s: more than %zu MiB", path, (size_t)LIMIT_IOC_BYTES / MIB);
	enum status status = check_kind(path, text, err);
	if (status)
		return status;
	*document = (struct document){ .text = text, .next_line = 1 };
	document->ioc = (struct ioc){ .question = question, .arena = arena, .scratch = scratch, .list = &list, .err = err };
	status = read_lines(document);
	list.notes = document->ioc.notes.v;
	list.note_count = document->ioc.notes.n;
	list.advisories = document->ioc.advisories.v;
	list.advisory_count = document->ioc.advisories.n;
	if (!status)
		*out = list;
	return status;
}
