/* The table of report formats. */
#include "report/report_private.h"

static const struct report_format text = { "text", "for people: verdict, what to do, what can wait", report_text_write };
static const struct report_format json = { "json", "everything, for programs", report_json_write };

const struct report_format *const report_formats[] = { &text, &json, NULL };

const struct report_format *report_format_by_name(struct str name)
{
	for (size_t i = 0; report_formats[i]; i++)
		if (str_equal_z(name, report_formats[i]->name))
			return report_formats[i];
	return NULL;
}
