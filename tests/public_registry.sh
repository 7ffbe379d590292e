# shellcheck shell=sh
# PUBLIC_REGISTRY: the public npm registry's URL without the slash, put together from the one header that knows it.
PUBLIC_REGISTRY=https://$(sed -n 's/^#define PUBLIC_REGISTRY_HOST "\(.*\)"$/\1/p' "$ASSAY_ROOT/include/assay/registry.h" | sed 's/" "//g')
