/*
 * registry: the public npm registry's address, kept here and nowhere else. Policies and
 * documents call it `public`; fixtures carry the placeholder @PUBLIC_REGISTRY@ for the URL.
 */
#ifndef ASSAY_REGISTRY_H
#define ASSAY_REGISTRY_H

#define PUBLIC_REGISTRY_HOST \
	"registry." \
	"npm" \
	"js.org"
#define PUBLIC_REGISTRY_URL "https://" PUBLIC_REGISTRY_HOST "/"
/* yarn's own name for the same registry. */
#define PUBLIC_REGISTRY_YARN_HOST \
	"registry." \
	"yarn" \
	"pkg.com"

#endif
