/* Progress of long work: one line on standard error, only where a person sits in front of it. Two kinds of work may go on at once, on threads. */
#include <stdio.h>
#include <time.h>

#include "cli/cli.h"

enum { BAR_CELLS = 20, MIN_MS = 500 /* before that, a rate says nothing */ };

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_start(struct progress *progress, const struct cli *cli)
{
	*progress = (struct progress){ .on = cli->err_is_terminal && !cli->options.no_progress && !cli->options.quiet };
	pthread_mutex_init(&progress->lock, NULL);
}

static bool is_finished(const struct progress_part *part)
{
	return part->total && part->done >= part->total;
}

static void add_bar(struct buf *line, const struct progress_part *part)
{
	size_t full = (size_t)((double)part->done / (double)part->total * BAR_CELLS);
	buf_add_char(line, '[');
	for (size_t i = 0; i < BAR_CELLS; i++)
		buf_add_char(line, i < full ? '=' : i == full ? '>' : ' ');
	buf_add_z(line, "] ");
}

static void add_part(struct buf *line, const struct progress_part *part, int64_t now)
{
	const int64_t took = now - part->began_ms;
	if (line->n)
		buf_add_z(line, "; ");
	else if (part->total)
		add_bar(line, part);
	buf_printf(line, part->total ? "%s %zu of %zu" : "%s %zu", part->what, part->done, part->total);
	if (part->bytes)
		buf_printf(line, " (%.1f MB", (double)part->bytes / 1e6);
	if (part->bytes && took >= MIN_MS)
		buf_printf(line, ", %.1f MB/s", (double)part->bytes / 1e3 / (double)took);
	buf_add_z(line, part->bytes ? ")" : "");
}

static void draw(struct progress *progress, int64_t now)
{
	CLEANUP(buf_fini) struct buf line = BUF_INIT(400);
	size_t going = 0;
	for (size_t i = 0; i < PROGRESS_PARTS; i++)
		going += progress->parts[i].what && !is_finished(&progress->parts[i]);
	for (size_t i = 0; i < PROGRESS_PARTS; i++)
		if (progress->parts[i].what && (!going || !is_finished(&progress->parts[i])))
			add_part(&line, &progress->parts[i], now);
	fprintf(stderr, "\r%.*s\033[K", STR_ARG(buf_str(&line)));
	fflush(stderr);
	progress->width = line.n;
	progress->last_ms = now;
}

static void show(struct progress *progress, struct progress_part *part, struct progress_part now_is)
{
	if (!progress->on)
		return;
	int64_t now = now_ms();
	pthread_mutex_lock(&progress->lock);
	bool other = !part->what || strcmp(part->what, now_is.what) != 0;
	now_is.began_ms = other ? now : part->began_ms;
	*part = now_is;
	if (part->done == part->total || now - progress->last_ms >= 100)
		draw(progress, now);
	pthread_mutex_unlock(&progress->lock);
}

void progress_show(struct progress *progress, const char *what, size_t done, size_t total, uint64_t bytes)
{
	show(progress, &progress->parts[0], (struct progress_part){ .what = what, .done = done, .total = total, .bytes = bytes });
}

void progress_show_beside(struct progress *progress, const char *what, size_t done, size_t total)
{
	show(progress, &progress->parts[1], (struct progress_part){ .what = what, .done = done, .total = total });
}

static void clear(struct progress *progress)
{
	if (progress->on && progress->width)
		fputs("\r\033[K", stderr);
	progress->width = 0;
}

void progress_note(struct progress *progress, struct str text)
{
	CLEANUP(buf_fini) struct buf line = BUF_INIT(8192);
	buf_add_visible(&line, text);
	pthread_mutex_lock(&progress->lock);
	clear(progress);
	fprintf(stderr, "assay: %.*s\n", STR_ARG(buf_str(&line)));
	pthread_mutex_unlock(&progress->lock);
}

void progress_end(struct progress *progress)
{
	clear(progress);
	memset(progress->parts, 0, sizeof progress->parts);
}
