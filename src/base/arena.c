/*
 * Arenas. Blocks grow up to BLOCK_MAX; something larger gets a block of its own. A block is zero when it comes, so that nothing is
 * zeroed twice. Large ones are mapped where the kernel can back them with huge pages: a tenth of the time that a tree of 50,000
 * packages takes would else go into faults. Under ASan what is not handed out is poisoned, and each allocation is followed by a red zone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#include "seed.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#define RED_ZONE 16
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define RED_ZONE 0
#endif

enum { ALIGNMENT = 16, HUGE_PAGE = 2 * 1024 * 1024, BLOCK_MIN = 16 * 1024 };

struct block {
	struct block *next;
	size_t size, used; /* of `bytes` */
	size_t written;    /* behind that many of them, all are zero */
	_Alignas(ALIGNMENT) char bytes[];
};

/* With what stands before its bytes it fills a huge page. */
#define BLOCK_MAX (HUGE_PAGE - sizeof(struct block))

struct arena {
	struct block *blocks; /* the one being filled comes first */
	size_t ceiling, claimed, handed_out;
	bool exhausted; /* an allocation failed */
	bool full;      /* for its ceiling's sake */
	bool seeded;
	uint64_t seed[SEED_WORDS]; /* for its maps */
};

/* ---- blocks ------------------------------------------------------------------------------ */

/* ASan watches what comes from malloc. */
static bool is_mapped(size_t size)
{
	return !RED_ZONE && size >= BLOCK_MAX;
}

/* At a huge page's boundary; NULL where there is no room. The kernel is free not to use huge pages. */
static char *map_aligned(size_t length, int protection)
{
	size_t room = length + HUGE_PAGE;
	char *at = mmap(NULL, room, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	size_t before = (size_t)(-(uintptr_t)at % HUGE_PAGE);
	if (before)
		munmap(at, before);
	munmap(at + before + length, room - before - length);
	madvise(at + before, length, MADV_HUGEPAGE);
	return at + before;
}

static size_t whole_pages(size_t size)
{
	return (sizeof(struct block) + size + 4095) & ~(size_t)4095;
}

static struct block *new_block(size_t size)
{
	if (size > SIZE_MAX / 2)
		return NULL;
	struct block *block = is_mapped(size) ? (void *)map_aligned(whole_pages(size), PROT_READ | PROT_WRITE) : calloc(1, sizeof *block + size);
	if (block)
		block->size = size;
	return block;
}

/* To `size` bytes, more than before; what is new may hold anything. */
static struct block *grow_block(struct block *block, size_t size)
{
	if (!is_mapped(size))
		return realloc(block, sizeof *block + size);
	if (!is_mapped(block->size)) {
		struct block *mapped = new_block(size);
		if (mapped)
			memcpy(mapped, block, sizeof *block + block->size);
		if (mapped)
			free(block);
		return mapped;
	}
	char *to = map_aligned(whole_pages(size), PROT_NONE);
	if (!to)
		return NULL;
	void *moved = mremap(block, whole_pages(block->size), whole_pages(size), MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (moved != MAP_FAILED)
		return moved;
	munmap(to, whole_pages(size));
	return NULL;
}

static void free_block(struct block *block)
{
	ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
	if (is_mapped(block->size))
		munmap(block, whole_pages(block->size));
	else
		free(block);
}

/* ---- arenas ------------------------------------------------------------------------------ */

struct arena *arena_new(size_t ceiling)
{
	struct arena *arena = calloc(1, sizeof *arena);
	if (arena)
		arena->ceiling = ceiling;
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	while (arena->blocks) {
		struct block *block = arena->blocks;
		arena->blocks = block->next;
		free_block(block);
	}
	free(arena);
}

void arena_cleanup(struct arena **arena)
{
	arena_free(*arena);
	*arena = NULL;
}

void arena_reset(struct arena *arena)
{
	struct block *keep = arena->blocks;
	arena->full = false;
	if (!keep)
		return;
	while (keep->next) {
		struct block *block = keep->next;
		keep->next = block->next;
		free_block(block);
	}
	if (keep->written < keep->used)
		keep->written = keep->used;
	keep->used = 0;
	ASAN_POISON_MEMORY_REGION(keep->bytes, keep->size);
	arena->claimed = keep->size;
	arena->handed_out = 0;
}

/* The one that is being filled stays in front. */
void arena_adopt(struct arena *arena, struct arena *other)
{
	struct block **end = &arena->blocks;
	while (*end)
		end = &(*end)->next;
	*end = other->blocks;
	arena->claimed += other->claimed;
	arena->handed_out += other->handed_out;
	arena->exhausted |= other->exhausted;
	arena->full |= other->full;
	free(other);
}

/* Of the next block: four times what is there, up to a huge page. */
static size_t next_size(const struct arena *arena, size_t need)
{
	size_t size = !arena->blocks ? BLOCK_MIN : arena->claimed < BLOCK_MAX / 16 ? arena->claimed * 4 : BLOCK_MAX;
	if (size < need)
		size = need > BLOCK_MAX / 4 && need < BLOCK_MAX ? BLOCK_MAX : need;
	/* The last one may be smaller than usual. */
	bool fits = !arena->ceiling || (size <= arena->ceiling && arena->claimed <= arena->ceiling - size);
	return fits ? size : need;
}

static struct block *add_block(struct arena *arena, size_t need)
{
	size_t size = next_size(arena, need);
	if (arena->ceiling && (size > arena->ceiling || arena->claimed > arena->ceiling - size)) {
		arena->full = true;
		return NULL;
	}
	struct block *block = new_block(size), *current = arena->blocks;
	if (!block)
		return NULL;
	ASAN_POISON_MEMORY_REGION(block->bytes, size);
	arena->claimed += size;
	/* The one with more room is filled on. */
	if (current && current->size - current->used > size - need) {
		block->next = current->next;
		current->next = block;
	} else {
		block->next = current;
		arena->blocks = block;
	}
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX - ALIGNMENT - RED_ZONE)
		return NULL;
	size_t need = ((size ? size : 1) + RED_ZONE + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	struct block *block = arena->blocks;
	if (!block || block->size - block->used < need) {
		block = add_block(arena, need);
		arena->exhausted |= !block;
		if (!block)
			return NULL;
	}
	void *at = block->bytes + block->used;
	block->used += need;
	arena->handed_out += need;
	ASAN_UNPOISON_MEMORY_REGION(at, size);
	if (block->used - need < block->written)
		memset(at, 0, size);
	return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;
	return __builtin_mul_overflow(count, size, &bytes) ? NULL : arena_alloc(arena, bytes);
}

struct str arena_copy(struct arena *arena, struct str s)
{
	char *copy = s.n == SIZE_MAX ? NULL : arena_alloc(arena, s.n + 1);
	if (!copy)
		return STR_NONE;
	if (s.n)
		memcpy(copy, s.p, s.n);
	return (struct str){ copy, s.n };
}

bool arena_keep_texts(struct arena *arena, struct str *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (texts[i]->p && !(*texts[i] = arena_copy(arena, *texts[i])).p)
			return false;
	return true;
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
	char brief[256]; /* most texts are, and are then formatted only once */
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(brief, sizeof brief, format, args);
	va_end(args);
	char *text = n < 0 ? NULL : arena_alloc(arena, (size_t)n + 1);
	if (text && (size_t)n < sizeof brief)
		memcpy(text, brief, (size_t)n);
	else if (text)
		vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text ? (struct str){ text, (size_t)n } : STR_NONE;
}

size_t arena_used(const struct arena *arena)
{
	return arena->handed_out;
}

void arena_exhaust(struct arena *arena)
{
	arena->exhausted = true;
}

bool arena_is_exhausted(const struct arena *arena)
{
	return arena->exhausted;
}

bool arena_is_full(const struct arena *arena)
{
	return arena->full;
}

/* An array that has a block to itself grows there, or moves with it as a whole, so that a large one leaves no smaller copies of
 * itself behind. NULL: it has none, or there is no room. */
static void *grow_alone(struct arena *arena, void *array, size_t old_size, size_t new_size)
{
	struct block **link = &arena->blocks, *block;
	while (*link && (*link)->bytes != (char *)array)
		link = &(*link)->next;
	size_t more = new_size - old_size;
	if (!(block = *link) || block->size > old_size + ALIGNMENT + RED_ZONE || new_size > SIZE_MAX / 2 ||
	    (arena->ceiling && (arena->claimed > arena->ceiling || more > arena->ceiling - arena->claimed)))
		return NULL;
	ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
	size_t size = block->size + more;
	bool zero = is_mapped(block->size) && !block->written;
	block = grow_block(block, size);
	if (!block)
		return NULL;
	*link = block;
	block->size = block->used = size;
	arena->claimed += more;
	arena->handed_out += more;
	if (!zero)
		memset(block->bytes + old_size, 0, new_size - old_size);
	ASAN_POISON_MEMORY_REGION(block->bytes + new_size, block->size - new_size);
	return block->bytes;
}

/* To `more` elements, zeroed behind what was there. Nobody may look at the old place any more. */
static void *grow_array(struct arena *arena, void *array, size_t count, size_t more, size_t element_size)
{
	size_t old_size = count * element_size, new_size;
	if (__builtin_mul_overflow(more, element_size, &new_size))
		return NULL;
	char *grown = old_size >= BLOCK_MAX / 2 ? grow_alone(arena, array, old_size, new_size) : NULL;
	if (grown || !(grown = arena_alloc(arena, new_size)))
		return grown;
	memcpy(grown, array, old_size);
	ASAN_POISON_MEMORY_REGION(array, old_size);
	return grown;
}

void *vec_add_(struct arena *arena, void **v, size_t *n, size_t *capacity, size_t element_size)
{
	if (*n == *capacity) {
		/* What grows in place costs little to grow, and much when it stands half empty. */
		bool large = *capacity >= BLOCK_MAX / element_size;
		size_t more = *capacity ? *capacity + (large ? *capacity / 2 : *capacity) : 8;
		void *grown = *capacity ? grow_array(arena, *v, *capacity, more, element_size) : arena_array(arena, more, element_size);
		if (!grown)
			return NULL;
		*v = grown;
		*capacity = more;
	}
	return (char *)*v + (*n)++ * element_size;
}

bool vec_reserve_(struct arena *arena, void **v, size_t n, size_t *capacity, size_t more, size_t element_size)
{
	size_t count;
	if (__builtin_add_overflow(n, more, &count))
		return false;
	if (count <= *capacity)
		return true;
	void *grown = n ? grow_array(arena, *v, n, count, element_size) : arena_array(arena, count, element_size);
	if (!grown)
		return false;
	*v = grown;
	*capacity = count;
	return true;
}

/* ---- what its maps hash with ------------------------------------------------------------- */

/* No entropy this early or no such call: addresses and the clock are the next best, stirred by splitmix64. */
static void seed_by_clock(struct arena *arena)
{
	struct timespec now = { 0, 0 };
	clock_gettime(CLOCK_MONOTONIC, &now);
	uint64_t state = (uint64_t)(uintptr_t)arena ^ (uint64_t)now.tv_nsec << 20 ^ (uint64_t)now.tv_sec;
	for (size_t i = 0; i < SEED_WORDS; i++) {
		uint64_t z = state += 0x9e3779b97f4a7c15u;
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		arena->seed[i] = z ^ z >> 31;
	}
}

const uint64_t *arena_seed(struct arena *arena)
{
	if (!arena->seeded && getrandom(arena->seed, sizeof arena->seed, GRND_NONBLOCK) != (ssize_t)sizeof arena->seed)
		seed_by_clock(arena);
	arena->seeded = true;
	return arena->seed;
}
