/*
 * Text to a number: open addressing, linear probing, at most half full. Keys are hashed with NH, the universal hash of UMAC (RFC 4418),
 * under random words of the arena's own, which never leave the process: an attacker who chooses the keys cannot make them collide.
 */
#include "seed.h"

__extension__ typedef unsigned __int128 wide;

/* Where an entry is, beside enough of its key's hash that others are seldom looked at. */
struct slot {
	uint32_t hash;
	uint32_t entry; /* 1 + its number, 0: free */
};

struct entry {
	struct str key;
	size_t value;
};

/* The slots are small, so that most of a lookup stays in the cache and what is free costs little; the entries are dense. */
struct map {
	struct arena *arena;
	struct slot *slots;
	size_t mask;
	VEC(struct entry) entries;
	const uint64_t *seed;
};

/* The first n bytes, n from 0 to 8, as a number; shorter texts may share one, and are told apart by their lengths. */
static inline uint64_t load_short(const char *p, size_t n)
{
	uint64_t whole;
	uint32_t low, high;
	if (n == 8) {
		memcpy(&whole, p, 8);
		return whole;
	}
	if (n >= 4) {
		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		return (uint64_t)high << 32 | low;
	}
	const unsigned char *u = (const unsigned char *)p;
	return n ? (uint64_t)u[0] | (uint64_t)u[n / 2] << 8 | (uint64_t)u[n - 1] << 16 : 0;
}

static inline wide multiply(uint64_t a, uint64_t b, const uint64_t *seed)
{
	return (wide)(a + seed[0]) * (b + seed[1]);
}

static uint32_t hash_key(const struct map *map, struct str key)
{
	const uint64_t *seed = map->seed;
	const char *p = key.p;
	size_t n = key.n, at = 0;
	wide sum = n;
	for (;; at += 2, p += 16, n -= 16) {
		if (at == BLOCK_WORDS) {
			sum = multiply((uint64_t)sum, (uint64_t)(sum >> 64), seed + BLOCK_WORDS);
			at = 0;
		}
		if (n <= 16)
			break;
		sum += multiply(load_short(p, 8), load_short(p + 8, 8), seed + at);
	}
	if (n >= 8) /* the two may overlap */
		sum += multiply(load_short(p, 8), load_short(p + n - 8, 8), seed + at);
	else
		sum += multiply(load_short(p, n), 0, seed + at);
	sum = multiply((uint64_t)sum, (uint64_t)(sum >> 64), seed + BLOCK_WORDS + 2);
	return (uint32_t)((uint64_t)sum ^ (uint64_t)(sum >> 64));
}

struct map *map_new(struct arena *arena, size_t expected)
{
	struct map *map = arena_alloc(arena, sizeof *map);
	size_t slots = 16;
	while (slots / 2 < expected && slots < SIZE_MAX / 4)
		slots *= 2;
	if (!map || !(map->slots = arena_array(arena, slots, sizeof *map->slots)))
		return NULL;
	map->arena = arena;
	map->mask = slots - 1;
	map->seed = arena_seed(arena);
	return map;
}

/* Most keys are short; memcmp() would look past their ends, at memory that nobody has fetched ahead. */
static inline bool is_same(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	if (a.n > 16)
		return memcmp(a.p, b.p, a.n) == 0;
	if (a.n < 8)
		return load_short(a.p, a.n) == load_short(b.p, b.n);
	return load_short(a.p, 8) == load_short(b.p, 8) && load_short(a.p + a.n - 8, 8) == load_short(b.p + b.n - 8, 8);
}

static struct slot *slot_for(const struct map *map, struct str key, uint32_t hash)
{
	size_t i = hash & map->mask;
	for (; map->slots[i].entry; i = (i + 1) & map->mask)
		if (map->slots[i].hash == hash && is_same(map->entries.v[map->slots[i].entry - 1].key, key))
			break;
	return &map->slots[i];
}

static bool grow_to(struct map *map, size_t mask)
{
	struct slot *slots = mask < UINT32_MAX ? arena_array(map->arena, mask + 1, sizeof *slots) : NULL;
	if (!slots)
		return false;
	for (size_t i = 0; i <= map->mask; i++) {
		size_t at = map->slots[i].hash & mask;
		while (slots[at].entry)
			at = (at + 1) & mask;
		slots[at] = map->slots[i];
	}
	map->slots = slots;
	map->mask = mask;
	return true;
}

bool map_reserve(struct map *map, size_t more)
{
	size_t count, mask = map->mask;
	if (__builtin_add_overflow(map->entries.n, more, &count) || count > UINT32_MAX / 2)
		return false;
	while ((mask + 1) / 2 < count)
		mask = mask * 2 + 1;
	return (mask == map->mask || grow_to(map, mask)) && vec_reserve(map->arena, &map->entries, more);
}

/* What belongs to the key; a new one has `value`. NULL: out of memory. */
static struct entry *get_entry(struct map *map, struct str key, uint32_t hash, size_t value)
{
	if (map->entries.n >= (map->mask + 1) / 2 && !grow_to(map, map->mask * 2 + 1))
		return NULL;
	struct slot *slot = slot_for(map, key, hash);
	if (slot->entry)
		return &map->entries.v[slot->entry - 1];
	struct entry *entry = vec_add(map->arena, &map->entries);
	if (!entry)
		return NULL;
	*entry = (struct entry){ key, value };
	*slot = (struct slot){ hash, (uint32_t)map->entries.n };
	return entry;
}

bool map_set(struct map *map, struct str key, size_t value)
{
	struct entry *entry = get_entry(map, key, hash_key(map, key), value);
	if (!entry)
		return false;
	*entry = (struct entry){ key, value };
	return true;
}

uint32_t map_hash(const struct map *map, struct str key)
{
	uint32_t hash = hash_key(map, key);
	map_expect(map, hash);
	return hash;
}

void map_expect(const struct map *map, uint32_t hash)
{
	__builtin_prefetch(&map->slots[hash & map->mask]);
}

bool map_add_hashed(struct map *map, struct str key, uint32_t hash, size_t value, size_t *there)
{
	const struct entry *entry = get_entry(map, key, hash, value);
	if (!entry)
		return false;
	*there = entry->value;
	return true;
}

bool map_add(struct map *map, struct str key, size_t value, size_t *there)
{
	return map_add_hashed(map, key, hash_key(map, key), value, there);
}

bool map_find_hashed(const struct map *map, struct str key, uint32_t hash, size_t *value)
{
	const struct slot *slot = slot_for(map, key, hash);
	if (slot->entry == 0)
		return false;
	*value = map->entries.v[slot->entry - 1].value;
	return true;
}

bool map_find(const struct map *map, struct str key, size_t *value)
{
	return map->entries.n && map_find_hashed(map, key, hash_key(map, key), value);
}

void map_warm(const struct map *map, const uint32_t *hashes, size_t count)
{
	uint32_t found[MAP_WARM_MAX];
	if (count > MAP_WARM_MAX)
		count = MAP_WARM_MAX;
	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(&map->slots[hashes[i] & map->mask]);
	for (size_t i = 0; i < count; i++) {
		size_t at = hashes[i] & map->mask;
		while (map->slots[at].entry && map->slots[at].hash != hashes[i])
			at = (at + 1) & map->mask;
		found[i] = map->slots[at].entry;
		if (found[i]) { /* it may reach into a second line of the cache */
			__builtin_prefetch(&map->entries.v[found[i] - 1].key);
			__builtin_prefetch(&map->entries.v[found[i] - 1].value);
		}
	}
	for (size_t i = 0; i < count; i++)
		if (found[i])
			__builtin_prefetch(map->entries.v[found[i] - 1].key.p);
}

size_t map_count(const struct map *map)
{
	return map->entries.n;
}
