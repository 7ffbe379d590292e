/* See the header. A system without C.UTF-8 keeps its own character set: names may then look alike, nothing else is lost. */
#include "utf8_scope.h"

struct utf8_scope utf8_scope_enter(void)
{
	struct utf8_scope scope = { newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), (locale_t)0 };
	if (scope.locale)
		scope.before = uselocale(scope.locale);
	return scope;
}

void utf8_scope_leave(struct utf8_scope *scope)
{
	if (!scope->locale)
		return;
	uselocale(scope->before);
	freelocale(scope->locale);
	scope->locale = (locale_t)0;
}
