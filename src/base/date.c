/* Dates (RFC 3339, UTC) and durations. No locale, no time zone database. */
#include <stdio.h>
#include <time.h>

#include "assay/base.h"

/* Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's civil-day arithmetic). */
static int64_t days_of(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* A year of four digits, in UTC: an offset can lead out of them. */
static bool is_in_range(int64_t date)
{
	return date >= days_of(0, 1, 1) * 86400 && date < days_of(10000, 1, 1) * 86400;
}

static bool digits(struct str s, size_t at, size_t n, int *out)
{
	uint64_t value;
	if (s.n < at + n || !str_to_u64(str_head(str_from(s, at), n), &value))
		return false;
	*out = (int)value;
	return true;
}

static bool char_at(struct str s, size_t at, char a, char b)
{
	return s.n > at && (s.p[at] == a || s.p[at] == b);
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

/* "Z" or "+hh:mm" is all that is left of `s`; gives the offset in seconds. */
static bool parse_zone(struct str s, int64_t *offset)
{
	int hour, minute;
	if (s.n == 1 && (s.p[0] == 'Z' || s.p[0] == 'z')) {
		*offset = 0;
		return true;
	}
	if (s.n != 6 || !char_at(s, 0, '+', '-') || !digits(s, 1, 2, &hour) || !char_at(s, 3, ':', ':') || !digits(s, 4, 2, &minute) || hour > 23 ||
	    minute > 59)
		return false;
	*offset = ((int64_t)hour * 3600 + (int64_t)minute * 60) * (s.p[0] == '-' ? -1 : 1);
	return true;
}

bool date_parse(struct str s, int64_t *out)
{
	int year, month, day, hour, minute, second;
	if (!digits(s, 0, 4, &year) || !char_at(s, 4, '-', '-') || !digits(s, 5, 2, &month) || !char_at(s, 7, '-', '-') || !digits(s, 8, 2, &day) ||
	    month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return false;
	int64_t midnight = days_of(year, month, day) * 86400;
	if (s.n == 10) {
		*out = midnight;
		return true;
	}
	if (!(char_at(s, 10, 'T', 't') || char_at(s, 10, ' ', ' ')) || !digits(s, 11, 2, &hour) || !char_at(s, 13, ':', ':') ||
	    !digits(s, 14, 2, &minute) || !char_at(s, 16, ':', ':') || !digits(s, 17, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return false;
	size_t at = 19;
	if (char_at(s, at, '.', '.')) {
		at++;
		while (at < s.n && ascii_is_digit((unsigned char)s.p[at]))
			at++;
		if (at == 20)
			return false;
	}
	int64_t offset;
	if (!parse_zone(str_from(s, at), &offset))
		return false;
	int64_t date = midnight + (int64_t)hour * 3600 + (int64_t)minute * 60 + second - offset;
	if (is_in_range(date))
		*out = date;
	return is_in_range(date);
}

void date_format(int64_t date, char out[DATE_TEXT_SIZE])
{
	time_t seconds = (time_t)date;
	struct tm at;
	/* strftime()'s year is not of four digits before the year 1000. */
	if (!is_in_range(date) || !gmtime_r(&seconds, &at) || snprintf(out, 5, "%04u", (unsigned)(at.tm_year + 1900) % 10000u) != 4 ||
	    !strftime(out + 4, DATE_TEXT_SIZE - 4, "-%m-%dT%H:%M:%SZ", &at))
		snprintf(out, DATE_TEXT_SIZE, "unknown");
}

int64_t date_now(void)
{
	return (int64_t)time(NULL);
}

static const struct {
	char letter;
	int64_t seconds;
	const char *word;
} units[] = {
	{ 'w', 7 * 86400L, NULL }, { 'd', 86400, "d" }, { 'h', 3600, "h" }, { 'm', 60, "min" }, { 's', 1, "s" },
};

bool duration_parse(struct str s, int64_t *seconds)
{
	uint64_t count;
	if (s.n < 2 || !str_to_u64(str_head(s, s.n - 1), &count) || count > 1000000)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (s.p[s.n - 1] == units[i].letter) {
			*seconds = (int64_t)count * units[i].seconds;
			return true;
		}
	}
	return false;
}

void duration_format(int64_t seconds, char out[DATE_TEXT_SIZE])
{
	if (seconds < 0)
		seconds = 0;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (units[i].word && (seconds >= units[i].seconds || units[i].seconds == 1)) {
			snprintf(out, DATE_TEXT_SIZE, "%lld %s", (long long)(seconds / units[i].seconds), units[i].word);
			return;
		}
	}
}
