/* One job for each tarball, which several packages may share. */
#include "own_file.h"
#include "verifier.h"
#include "yarn_zip.h"

/* A digest of the registry's that cannot be read is none. */
static enum status read_published(const struct tarball_known *known, struct arena *arena, struct job *job, struct error *err)
{
	job->gone |= known && known->gone;
	if (!known || job->pinned.count || job->pinned.hopeless || job->published.count)
		return STATUS_OK;
	enum status status = integrity_parse(known->published, arena, &job->published, NULL);
	return status == STATUS_MEMORY ? error_memory(err) : STATUS_OK;
}

static enum status read_integrity(const struct package *package, struct arena *arena, struct job *job, struct error *err)
{
	struct error why = { 0 };
	enum status status = integrity_parse(package->integrity, arena, &job->pinned, &why);
	if (status == STATUS_MEMORY)
		return error_memory(err);
	job->oversized = status != STATUS_OK; /* then nothing is pinned */
	enum digest_algorithm strongest;
	job->weak = !status && integrity_strongest(&job->pinned, &strongest) && strongest == DIGEST_SHA1;
	return STATUS_OK;
}

/* Where yarn keeps this package's zip, in the project's folder and in the user's. */
static enum status find_zips(struct verifier *verifier, const struct package *package, struct job *job, struct error *err)
{
	const struct tarball_options *options = verifier->options;
	struct digest *digest = arena_alloc(verifier->arena, sizeof *digest);
	if (!digest)
		return error_memory(err);
	job->has_checksum = package->checksum.n > 0;
	if (!yarn_zip_digest(package->checksum, digest))
		return STATUS_OK;
	job->zip_pinned = (struct integrity){ .digests = digest, .count = 1 };
	if (options->yarn_cache)
		job->zip = yarn_zip_find(options->yarn_cache, package, verifier->arena);
	if (options->yarn_global_cache)
		job->global_zip = yarn_zip_find(options->yarn_global_cache, package, verifier->arena);
	return STATUS_OK;
}

/* The URL to ask, or the file of the project's to read: then the reason is what to say where that fails. */
static struct source_url find_source(struct verifier *verifier, const struct package *package, const char **file)
{
	struct own_file own = { .reason = "packed files are not read here" };
	*file = NULL;
	if (!package_is_packed_file(package))
		return source_url(&verifier->hosts, package, verifier->arena);
	if (verifier->top)
		own = own_file_find(verifier->options->folder, verifier->top, package, verifier->arena);
	*file = own.path;
	return (struct source_url){ .state = TARBALL_UNREACHABLE, .reason = own.path ? "the file cannot be read, or is too large" : own.reason };
}

/* The job for this URL and digest, made at its first package. Where no URL may be asked, npm's cache can still have the bytes. */
static enum status plan_job(struct verifier *verifier, const struct package *package, const struct tarball_known *known, struct map *seen,
			    uint32_t *number, struct error *err)
{
	const char *file;
	struct source_url from = find_source(verifier, package, &file);
	const char *what = file ? file : from.url ? from.url : from.reason;
	struct str key = STR_NONE;
	size_t found;
	if (what)
		key = arena_printf(verifier->arena, "%s\n%.*s\n%.*s", what, STR_ARG(package->integrity), STR_ARG(package->checksum));
	if (!key.p)
		return error_memory(err);
	if (map_find(seen, key, &found)) {
		*number = (uint32_t)found;
		return read_published(known, verifier->arena, &verifier->jobs.v[found], err);
	}
	struct job *job = vec_add(verifier->arena, &verifier->jobs);
	if (!job || !map_set(seen, key, verifier->jobs.n - 1))
		return error_memory(err);
	job->from = from;
	job->file = file;
	verifier->has_files |= file != NULL;
	job->scoped = package->name.n && package->name.p[0] == '@';
	*number = (uint32_t)(verifier->jobs.n - 1);
	enum status status = find_zips(verifier, package, job, err);
	if (!status)
		status = read_integrity(package, verifier->arena, job, err);
	return status ? status : read_published(known, verifier->arena, job, err);
}

/* What yarn fetched from a repository or a file lies in the project's cache all the same, and can be proven there. */
static bool is_zipped(const struct verifier *verifier, const struct package *package)
{
	const char *folder = verifier->options->yarn_cache;
	struct digest digest;
	return folder && !package_is_own(package) && yarn_zip_digest(package->checksum, &digest) && yarn_zip_find(folder, package, verifier->arena);
}

static enum status plan_package(struct verifier *verifier, const struct tree *tree, uint32_t number, struct map *seen, struct tarball_result *result,
				struct error *err)
{
	const struct tarball_options *options = verifier->options;
	const struct package *package = &tree->packages[number];
	bool carried = options->carried && options->carried[number];
	uint32_t *job = &verifier->job_of[number];
	*job = TREE_NONE;
	result->skip = source_skip(package);
	if (result->skip == SKIP_NONE && carried)
		result->skip = SKIP_CARRIED;
	if (result->skip == SKIP_CARRIED || (result->skip != SKIP_NONE && !is_zipped(verifier, package))) {
		result->state = TARBALL_SKIPPED;
		return STATUS_OK;
	}
	return plan_job(verifier, package, options->known ? &options->known[number] : NULL, seen, job, err);
}

/* Which packages each job is for: counted, then dealt out from one array. */
static enum status list_packages(struct verifier *verifier, uint32_t count, struct error *err)
{
	uint32_t *numbers = arena_array(verifier->arena, count + (size_t)1, sizeof *numbers);
	size_t *ends = arena_array(verifier->arena, verifier->jobs.n + 1, sizeof *ends);
	size_t used = 0;
	if (!numbers || !ends)
		return error_memory(err);
	for (uint32_t i = 0; i < count; i++)
		if (verifier->job_of[i] != TREE_NONE)
			ends[verifier->job_of[i]]++;
	for (size_t i = 0; i < verifier->jobs.n; i++) {
		verifier->jobs.v[i].packages = (struct tarball_packages){ numbers + used, ends[i] };
		used += ends[i];
		ends[i] = used - ends[i];
	}
	for (uint32_t i = 0; i < count; i++)
		if (verifier->job_of[i] != TREE_NONE)
			numbers[ends[verifier->job_of[i]]++] = i;
	return STATUS_OK;
}

enum status verifier_plan(struct verifier *verifier, const struct tree *tree, struct tarball_result *results, struct error *err)
{
	struct map *seen = map_new(verifier->arena, tree->package_count);
	verifier->job_of = arena_array(verifier->arena, tree->package_count + (size_t)1, sizeof *verifier->job_of);
	if (!seen || !verifier->job_of)
		return error_memory(err);
	if (verifier->options->folder)
		verifier->top = path_repository(verifier->arena, verifier->options->folder);
	enum status status = STATUS_OK;
	for (uint32_t i = 0; i < tree->package_count && !status; i++)
		status = plan_package(verifier, tree, i, seen, &results[i], err);
	return status ? status : list_packages(verifier, tree->package_count, err);
}
