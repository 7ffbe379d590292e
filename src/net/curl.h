/* libcurl, bound when it is first needed. curl_need() comes before whatever makes a handle; it sets libcurl up, once. */
#ifndef ASSAY_NET_CURL_H
#define ASSAY_NET_CURL_H

/* Its checks of the arguments are macros that know its functions by their own names alone. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/library.h"

#define LIBCURL(FUNCTION) \
	FUNCTION(curl_easy_cleanup) \
	FUNCTION(curl_easy_getinfo) \
	FUNCTION(curl_easy_init) \
	FUNCTION(curl_easy_reset) \
	FUNCTION(curl_easy_setopt) \
	FUNCTION(curl_easy_strerror) \
	FUNCTION(curl_free) \
	FUNCTION(curl_global_init) \
	FUNCTION(curl_multi_add_handle) \
	FUNCTION(curl_multi_cleanup) \
	FUNCTION(curl_multi_info_read) \
	FUNCTION(curl_multi_init) \
	FUNCTION(curl_multi_perform) \
	FUNCTION(curl_multi_poll) \
	FUNCTION(curl_multi_remove_handle) \
	FUNCTION(curl_multi_setopt) \
	FUNCTION(curl_multi_strerror) \
	FUNCTION(curl_slist_append) \
	FUNCTION(curl_slist_free_all) \
	FUNCTION(curl_url) \
	FUNCTION(curl_url_cleanup) \
	FUNCTION(curl_url_get) \
	FUNCTION(curl_url_set)

extern struct libcurl {
	LIBCURL(LIBRARY_POINTER)
} libcurl;
extern struct library curl_library;

#endif
