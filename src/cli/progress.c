/* Progress of long work: one line on standard error, only where a person sits in front of it. */
#include <stdio.h>
#include <time.h>

#include "cli/cli.h"

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_start(struct progress *progress, const struct cli *cli)
{
	*progress = (struct progress){ .on = cli->err_is_terminal && !cli->options.no_progress && !cli->options.quiet };
}

void progress_show(struct progress *progress, const char *what, size_t done, size_t total, uint64_t bytes)
{
	int64_t now = now_ms();
	if (!progress->on || (done != total && now - progress->last_ms < 100))
		return;
	char line[160];
	int n = total ? snprintf(line, sizeof line, "%s %zu of %zu", what, done, total) :
	                snprintf(line, sizeof line, "%s %zu", what, done);
	if (bytes && n > 0 && (size_t)n < sizeof line)
		n += snprintf(line + n, sizeof line - (size_t)n, " (%.1f MB)", (double)bytes / 1e6);
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
	progress->width = (size_t)n;
	progress->last_ms = now;
}

void progress_end(struct progress *progress)
{
	if (progress->on && progress->width)
		fputs("\r\033[K", stderr);
	progress->width = 0;
}
