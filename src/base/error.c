/* Errors: a status, a place, a text that gathers context outward, a hint. */
#include <errno.h>
#include <stdio.h>

#include "assay/base.h"

__attribute__((format(printf, 5, 0))) static void
set_text(struct error *err, enum status status, uint32_t line, uint32_t column,
         const char *format, va_list args)
{
	char text[sizeof err->text];
	int n = 0;
	if (line)
		n = snprintf(text, sizeof text, "line %u, column %u: ", line, column);
	vsnprintf(text + n, sizeof text - (size_t)n, format, args);
	err->status = status;
	err->line = line;
	err->column = column;
	memcpy(err->text, text, sizeof text);
	err->hint[0] = '\0';
}

enum status error_set(struct error *err, enum status status, const char *format, ...)
{
	if (err) {
		va_list args;
		va_start(args, format);
		set_text(err, status, 0, 0, format, args);
		va_end(args);
	}
	return status;
}

enum status error_at(struct error *err, enum status status, uint32_t line, uint32_t column,
                     const char *format, ...)
{
	if (err) {
		va_list args;
		va_start(args, format);
		set_text(err, status, line, column, format, args);
		va_end(args);
	}
	return status;
}

enum status error_errno(struct error *err, const char *format, ...)
{
	int number = errno;
	enum status status = number == ENOENT || number == ENOTDIR ? STATUS_NOT_FOUND :
	                     number == ENOMEM                      ? STATUS_MEMORY :
	                                                             STATUS_IO;
	if (err) {
		va_list args;
		va_start(args, format);
		set_text(err, status, 0, 0, format, args);
		va_end(args);
		char reason[128];
		size_t n = strlen(err->text);
		snprintf(err->text + n, sizeof err->text - n, ": %s",
		         strerror_r(number, reason, sizeof reason));
	}
	return status;
}

enum status error_memory(struct error *err)
{
	return error_set(err, STATUS_MEMORY, "out of memory");
}

enum status error_wrap(struct error *err, const char *format, ...)
{
	if (!err)
		return STATUS_INVALID;
	char inner[sizeof err->text];
	memcpy(inner, err->text, sizeof inner);
	va_list args;
	va_start(args, format);
	int n = vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	size_t at = n < 0 ? 0 : (size_t)n;
	if (at + 3 < sizeof err->text) {
		memcpy(err->text + at, ": ", 2);
		snprintf(err->text + at + 2, sizeof err->text - at - 2, "%.*s", (int)(sizeof err->text - at - 3), inner);
	}
	return err->status;
}

void error_hint(struct error *err, const char *format, ...)
{
	if (!err)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(err->hint, sizeof err->hint, format, args);
	va_end(args);
}
