/* What the registry's records came to. */
#include "report/records.h"

static void count_found(const struct scan *scan, const struct registry_record *record, uint32_t number, struct record_counts *counts)
{
	bool given = record->history == HISTORY_GIVEN;
	counts->found++;
	counts->kept += record->kept;
	counts->stale += record->stale;
	counts->no_digest += record->integrity.n == 0;
	counts->no_etag += !record->has_etag;
	counts->no_date += given && scan->dated && scan->dated[number] && record->published == DATE_NONE;
	counts->no_publisher += given && scan->traced && scan->traced[number] && record->publisher.n == 0;
	if (counts->oldest == DATE_NONE || record->asked < counts->oldest)
		counts->oldest = record->asked;
}

struct record_counts count_records(const struct scan *scan)
{
	struct record_counts counts = { .oldest = DATE_NONE };
	for (uint32_t i = 0; scan->records && i < scan->tree->package_count; i++) {
		const struct registry_record *record = scan->records[i];
		if (!record)
			continue;
		counts.packages++;
		counts.gone += record->state == RECORD_GONE;
		counts.elsewhere += record->state == RECORD_ELSEWHERE;
		counts.unreachable += record->state == RECORD_UNREACHABLE;
		counts.absent += record->state == RECORD_ABSENT;
		if (record->state == RECORD_FOUND)
			count_found(scan, record, i, &counts);
	}
	return counts;
}
