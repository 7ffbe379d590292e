# shellcheck shell=sh
# PUBLIC_REGISTRY: the public npm registry's URL without the slash, as the compiler joins it from the one header that knows it.
PUBLIC_REGISTRY=$(printf '#include "registry.h"\nPUBLIC_REGISTRY_HOST\n' | ${CC:-cc} -E -P -I"$ASSAY_ROOT/include/assay" - | tr -d '" \n')
[ -n "$PUBLIC_REGISTRY" ] || {
	echo "the public registry's address is not in include/assay/registry.h" >&2
	exit 2
}
PUBLIC_REGISTRY=https://$PUBLIC_REGISTRY
