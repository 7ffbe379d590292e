/* Pictures as SVG. Colours are classes, so that they follow the style; each bar says in words what it stands for. */
#include <stdio.h>
#include <stdlib.h>

#include "site/site.h"

enum { WIDTH = 640, HEIGHT = 200, LEFT = 44, RIGHT = 8, TOP = 10, BOTTOM = 24, MOST_BARS = 60 };
enum { PLOT_W = WIDTH - LEFT - RIGHT, PLOT_H = HEIGHT - TOP - BOTTOM };

/* Days put together, so that there are not too many bars: days, weeks, four weeks. */
struct span {
	int first; /* day among SITE_DAYS */
	int step;  /* days in a bar */
	int bars;
};

static struct span span_of(const struct site *site)
{
	static const int steps[] = { 1, 7, 28 };
	int64_t days = site->trend.earliest == DATE_NONE ? 0 : (site->now - site->trend.earliest) / DAY;
	int span = days >= SITE_DAYS ? SITE_DAYS : (int)(days < 0 ? 0 : days) + 1, step = 28;
	for (size_t i = 3; i-- > 0;)
		if (span <= steps[i] * MOST_BARS)
			step = steps[i];
	int bars = (span + step - 1) / step;
	if (bars < 8) /* a bar or two alone fill no picture */
		bars = 8;
	if (bars * step > SITE_DAYS)
		bars = SITE_DAYS / step;
	return (struct span){ SITE_DAYS - bars * step, step, bars };
}

static size_t sum(const size_t *days, const struct span *span, int bar)
{
	size_t total = 0;
	for (int i = 0; i < span->step; i++)
		total += days[span->first + bar * span->step + i];
	return total;
}

static size_t sum_before(const size_t *days, const struct span *span)
{
	size_t total = 0;
	for (int i = 0; i < span->first; i++)
		total += days[i];
	return total;
}

/* ---- the frame ------------------------------------------------------------------------------- */

/* 1, 2, 5, 10, 20, …: the least that so many steps reach `most`. */
static size_t step_for(size_t most, size_t lines)
{
	size_t step = 1;
	for (int i = 0; step * lines < most && i < 60; i++)
		step = i % 3 == 1 ? step / 2 * 5 : step * 2;
	return step;
}

struct axis {
	size_t step, lines; /* above zero */
	size_t below;       /* lines below zero */
};

static double y_of(const struct axis *axis, double value)
{
	double all = (double)(axis->step * (axis->lines + axis->below));
	return TOP + PLOT_H * ((double)(axis->step * axis->lines) - value) / all;
}

static void begin(struct site *site, const char *title, const char *note)
{
	page_printf(site, "<figure class=\"chart\"><figcaption><b>%s</b> <small>%s</small></figcaption>", title, note);
	page_printf(site, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n", WIDTH, HEIGHT, title);
}

static void draw_axis(struct site *site, const struct axis *axis)
{
	for (size_t i = 0; i <= axis->lines + axis->below; i++) {
		long long value = (long long)axis->step * ((long long)axis->lines - (long long)i);
		double y = TOP + PLOT_H * (double)i / (double)(axis->lines + axis->below);
		page_printf(site, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"tick\" x=\"%d\" y=\"%.1f\">%lld</text>\n",
			    value ? "grid" : "zero", LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, value < 0 ? -value : value);
	}
}

static int64_t day_of(const struct site *site, const struct span *span, int bar)
{
	return (site->now / DAY - (SITE_DAYS - 1) + span->first + (int64_t)bar * span->step) * DAY;
}

static void draw_dates(struct site *site, const struct span *span)
{
	char text[DATE_TEXT_SIZE];
	const int bars[] = { 0, span->bars / 2, span->bars - 1 };
	static const char *const anchors[] = { "start", "middle", "end" };
	for (size_t i = 0; i < 3; i++) {
		double x = LEFT + PLOT_W * (bars[i] + (i == 0 ? 0 : i == 1 ? 0.5 : 1)) / span->bars;
		date_format(i == 2 ? day_of(site, span, span->bars) - DAY : day_of(site, span, bars[i]), text);
		page_printf(site, "<text class=\"date\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.10s</text>", x, HEIGHT - 6, anchors[i], text);
	}
}

/* From `from` to `to` on the axis. */
static void draw_bar(struct site *site, const struct span *span, const struct axis *axis, int bar, double from, double to, const char *class)
{
	double wide = (double)PLOT_W / span->bars, gap = wide > 6 ? 2 : wide * 0.2;
	double high = y_of(axis, from < to ? to : from), low = y_of(axis, from < to ? from : to);
	if (low - high > 0)
		page_printf(site, "<rect class=\"f-%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", class, LEFT + wide * bar + gap / 2,
			    high, wide - gap, low - high);
}

static void begin_bar(struct site *site, const struct span *span, int bar)
{
	char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
	date_format(day_of(site, span, bar), from);
	date_format(day_of(site, span, bar + 1) - DAY, to);
	page_printf(site, "<g><title>%.10s", from);
	if (span->step > 1)
		page_printf(site, " to %.10s", to);
}

static void draw_legend(struct site *site, const bool shown[SITE_SEVERITIES])
{
	page_add(site, "<p class=\"legend note\">");
	for (size_t k = 0; k < SITE_SEVERITIES; k++) {
		const char *name = severity_name(site_severities[k]);
		if (shown[k])
			page_printf(site, "<span><svg class=\"swatch\" aria-hidden=\"true\"><rect width=\"100%%\" height=\"100%%\" class=\"f-%s\"/></svg> %s</span>",
				    name, name);
	}
	page_add(site, "</p>");
}

static void end(struct site *site, const bool shown[SITE_SEVERITIES])
{
	page_add(site, "</svg>\n");
	if (shown)
		draw_legend(site, shown);
	page_add(site, "</figure>\n");
}

static const char *step_name(const struct span *span)
{
	return span->step == 1 ? "by day" : span->step == 7 ? "by week" : "by four weeks";
}

/* ---- findings that stand ------------------------------------------------------------------------ */

typedef size_t standing_rows[MOST_BARS + 8][SITE_SEVERITIES];

static size_t find_standing(const struct site *site, const struct span *span, standing_rows rows)
{
	size_t most = 1;
	size_t stands[SITE_SEVERITIES];
	for (size_t k = 0; k < SITE_SEVERITIES; k++)
		stands[k] = site->trend.before[k] + sum_before(site->trend.came[k], span) - sum_before(site->trend.went[k], span);
	for (int bar = 0; bar < span->bars; bar++) {
		size_t all = 0;
		for (size_t k = 0; k < SITE_SEVERITIES; k++) {
			stands[k] += sum(site->trend.came[k], span, bar) - sum(site->trend.went[k], span, bar);
			rows[bar][k] = stands[k];
			all += stands[k];
		}
		most = all > most ? all : most;
	}
	return most;
}

void chart_standing(struct site *site)
{
	struct span span = span_of(site);
	standing_rows rows;
	size_t most = find_standing(site, &span, rows);
	struct axis axis = { .step = step_for(most, 4) };
	bool shown[SITE_SEVERITIES] = { 0 };
	axis.lines = (most + axis.step - 1) / axis.step;
	begin(site, "Advisories' findings that stand", step_name(&span));
	draw_axis(site, &axis);
	for (int bar = 0; bar < span.bars; bar++) {
		double at = 0;
		begin_bar(site, &span, bar);
		for (size_t k = 0; k < SITE_SEVERITIES; k++)
			if (rows[bar][k])
				page_printf(site, "; %zu %s", rows[bar][k], severity_name(site_severities[k]));
		page_add(site, "</title>");
		for (size_t k = 0; k < SITE_SEVERITIES; k++) {
			draw_bar(site, &span, &axis, bar, at, at + (double)rows[bar][k], severity_name(site_severities[k]));
			at += (double)rows[bar][k];
			shown[k] |= rows[bar][k] > 0;
		}
		page_add(site, "</g>\n");
	}
	draw_dates(site, &span);
	end(site, shown);
}

/* ---- what came and went -------------------------------------------------------------------------- */

static void find_flow(const struct site *site, const struct span *span, int bar, size_t came[SITE_SEVERITIES], size_t went[SITE_SEVERITIES],
		      size_t *all_came, size_t *all_went)
{
	*all_came = *all_went = 0;
	for (size_t k = 0; k < SITE_SEVERITIES; k++) {
		came[k] = sum(site->trend.came[k], span, bar);
		went[k] = sum(site->trend.went[k], span, bar);
		*all_came += came[k];
		*all_went += went[k];
	}
}

/* Above the line what is new, below it what is fixed. */
void chart_flow(struct site *site)
{
	struct span span = span_of(site);
	size_t came[SITE_SEVERITIES], went[SITE_SEVERITIES], up, down, most_up = 0, most_down = 0;
	bool shown[SITE_SEVERITIES] = { 0 };
	for (int bar = 0; bar < span.bars; bar++) {
		find_flow(site, &span, bar, came, went, &up, &down);
		most_up = up > most_up ? up : most_up;
		most_down = down > most_down ? down : most_down;
	}
	struct axis axis = { .step = step_for(most_up + most_down ? most_up + most_down : 1, 4) };
	axis.lines = (most_up + axis.step - 1) / axis.step;
	axis.below = (most_down + axis.step - 1) / axis.step;
	if (!axis.lines)
		axis.lines = 1;
	begin(site, "New above, fixed below", step_name(&span));
	draw_axis(site, &axis);
	for (int bar = 0; bar < span.bars; bar++) {
		double above = 0, below = 0;
		find_flow(site, &span, bar, came, went, &up, &down);
		begin_bar(site, &span, bar);
		page_printf(site, ": %zu new, %zu fixed</title>", up, down);
		for (size_t k = 0; k < SITE_SEVERITIES; k++) {
			const char *name = severity_name(site_severities[k]);
			draw_bar(site, &span, &axis, bar, above, above + (double)came[k], name);
			draw_bar(site, &span, &axis, bar, below, below - (double)went[k], name);
			above += (double)came[k];
			below -= (double)went[k];
			shown[k] |= came[k] || went[k];
		}
		page_add(site, "</g>\n");
	}
	draw_dates(site, &span);
	end(site, shown);
}

/* ---- the inventory ---------------------------------------------------------------------------------- */

/* How many projects there were, and of how many a lockfile had been read. */
void chart_inventory(struct site *site)
{
	struct span span = span_of(site);
	size_t added = site->trend.added_before + sum_before(site->trend.added, &span);
	size_t known = site->trend.read_before + sum_before(site->trend.read, &span);
	struct axis axis = { .step = step_for(site->projects.n ? site->projects.n : 1, 4) };
	axis.lines = (site->projects.n + axis.step - 1) / axis.step;
	if (!axis.lines)
		axis.lines = 1;
	begin(site, "The inventory", step_name(&span));
	draw_axis(site, &axis);
	for (int bar = 0; bar < span.bars; bar++) {
		added += sum(site->trend.added, &span, bar);
		known += sum(site->trend.read, &span, bar);
		begin_bar(site, &span, bar);
		page_printf(site, ": %zu projects, %zu with a tree that was read</title>", added, known);
		draw_bar(site, &span, &axis, bar, 0, (double)known, "known");
		draw_bar(site, &span, &axis, bar, (double)known, (double)(added > known ? added : known), "unread");
		page_add(site, "</g>\n");
	}
	draw_dates(site, &span);
	end(site, NULL);
	page_add(site, "");
}

/* ---- time to fix ------------------------------------------------------------------------------------------ */

static const struct {
	int days;
	const char *name;
} ages[] = { { 1, "a day" }, { 7, "a week" }, { 30, "a month" }, { 90, "a quarter" }, { 365, "a year" }, { 0, "more" } };
enum { AGES = sizeof ages / sizeof *ages };

void chart_time_to_fix(struct site *site)
{
	size_t bins[AGES][SITE_SEVERITIES] = { 0 }, most = 1;
	bool shown[SITE_SEVERITIES] = { 0 };
	struct span span = { .bars = AGES };
	for (size_t i = 0; i < site->fixed.n; i++) {
		size_t bin = 0, all = 0;
		while (bin + 1 < AGES && site->fixed.v[i].seconds >= (int64_t)ages[bin].days * DAY)
			bin++;
		bins[bin][site->fixed.v[i].severity]++;
		for (size_t k = 0; k < SITE_SEVERITIES; k++)
			all += bins[bin][k];
		most = all > most ? all : most;
	}
	struct axis axis = { .step = step_for(most, 4) };
	axis.lines = (most + axis.step - 1) / axis.step;
	begin(site, "Time to fix", "findings of advisories that went, within");
	draw_axis(site, &axis);
	for (int bin = 0; bin < AGES; bin++) {
		double at = 0;
		page_printf(site, "<g><title>%s%s", bin + 1 < AGES ? "within " : "", ages[bin].name);
		for (size_t k = 0; k < SITE_SEVERITIES; k++)
			if (bins[bin][k])
				page_printf(site, "; %zu %s", bins[bin][k], severity_name(site_severities[k]));
		page_add(site, "</title>");
		for (size_t k = 0; k < SITE_SEVERITIES; k++) {
			draw_bar(site, &span, &axis, bin, at, at + (double)bins[bin][k], severity_name(site_severities[k]));
			at += (double)bins[bin][k];
			shown[k] |= bins[bin][k] > 0;
		}
		page_printf(site, "</g><text class=\"date\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
			    LEFT + PLOT_W * (bin + 0.5) / AGES, HEIGHT - 6, ages[bin].name);
	}
	end(site, shown);
}
