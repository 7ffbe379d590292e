#include "cli/pages.h"

/* Names and texts in turn, each with a NUL behind it; an empty name ends them. Made by the Makefile. */
extern const char rule_pages[] __attribute__((visibility("hidden")));

struct str rule_page(struct str name)
{
	for (const char *at = rule_pages; *at;) {
		const char *text = at + strlen(at) + 1;
		struct str page = str_of(text);
		if (str_equal_z(name, at))
			return page;
		at = text + page.n + 1;
	}
	return STR_NONE;
}
