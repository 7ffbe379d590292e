/* See the header. */
#include "net/curl.h"

struct libcurl libcurl;

static void set_up(void)
{
	libcurl.curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct library curl_library = { .name = "libcurl", .functions = LIBCURL(LIBRARY_NAME), .pointers = &libcurl, .set_up = set_up };
