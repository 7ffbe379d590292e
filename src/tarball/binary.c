/* ELF; PE (a DOS program is none); Mach-O of both byte orders and widths; its fat files; WebAssembly. */
#include "binary.h"

enum { PE_AT = 0x3c, FIRST_JAVA_VERSION = 45 };

static uint32_t read_32(struct str bytes, size_t at, bool little)
{
	uint32_t value = 0;
	for (size_t i = 0; i < 4; i++)
		value = value << 8 | (unsigned char)bytes.p[at + (little ? 3 - i : i)];
	return value;
}

static bool is_pe(struct str bytes)
{
	if (bytes.n < PE_AT + 4)
		return false;
	return str_starts_with(str_from(bytes, read_32(bytes, PE_AT, true)), STR("PE\0\0"));
}

/* Java's class files begin alike, with a version where the number of architectures stands. */
static bool is_fat(struct str bytes)
{
	return bytes.n >= 8 && read_32(bytes, 4, false) < FIRST_JAVA_VERSION;
}

static bool is_fat_swapped(struct str bytes)
{
	return bytes.n >= 8 && read_32(bytes, 4, true) < FIRST_JAVA_VERSION;
}

const char *binary_kind(struct str bytes)
{
	static const struct {
		const char magic[5], *kind;
		bool (*holds)(struct str bytes);
	} kinds[] = {
		{ "\x7f\x45\x4c\x46", "elf", NULL },
		{ "MZ", "pe", is_pe },
		{ "\xfe\xed\xfa\xce", "mach-o", NULL },
		{ "\xfe\xed\xfa\xcf", "mach-o", NULL },
		{ "\xce\xfa\xed\xfe", "mach-o", NULL },
		{ "\xcf\xfa\xed\xfe", "mach-o", NULL },
		{ "\xca\xfe\xba\xbe", "mach-o-fat", is_fat },
		{ "\xca\xfe\xba\xbf", "mach-o-fat", is_fat },
		{ "\xbe\xba\xfe\xca", "mach-o-fat", is_fat_swapped },
		{ "\xbf\xba\xfe\xca", "mach-o-fat", is_fat_swapped },
	};
	if (str_starts_with(bytes, STR("\0asm")))
		return "wasm";
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_starts_with(bytes, str_of(kinds[i].magic)) && (!kinds[i].holds || kinds[i].holds(bytes)))
			return kinds[i].kind;
	return NULL;
}
