/*
 * Text to a number: open addressing, linear probing, at most half full. Keys are hashed with SipHash-1-3
 * (Aumasson and Bernstein) under a key of the map's own, so that an attacker who chooses the keys cannot make them collide.
 */
#include <sys/random.h>
#include <time.h>

#include "assay/base.h"

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
	uint64_t seed[2];
};

#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))

/* Always inlined, so that the four words stay in registers. */
static inline __attribute__((always_inline)) void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = ROTATE(v[1], 13) ^ v[0];
	v[0] = ROTATE(v[0], 32);
	v[2] += v[3];
	v[3] = ROTATE(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = ROTATE(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = ROTATE(v[1], 17) ^ v[2];
	v[2] = ROTATE(v[2], 32);
}

static uint32_t hash_key(const struct map *map, struct str key)
{
	uint64_t v[4] = { map->seed[0] ^ 0x736f6d6570736575u, map->seed[1] ^ 0x646f72616e646f6du,
		          map->seed[0] ^ 0x6c7967656e657261u, map->seed[1] ^ 0x7465646279746573u };
	uint64_t word;
	size_t i = 0;
	for (; i + 8 <= key.n; i += 8) {
		memcpy(&word, key.p + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)key.n << 56;
	if (key.n > i) {
		uint64_t tail = 0;
		memcpy(&tail, key.p + i, key.n - i);
		word |= tail;
	}
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int round = 0; round < 3; round++)
		sip_round(v);
	return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
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
	if (getrandom(map->seed, sizeof map->seed, GRND_NONBLOCK) != (ssize_t)sizeof map->seed) {
		/* No entropy this early or no such call: addresses and the clock are the next best. */
		struct timespec now = { 0, 0 };
		clock_gettime(CLOCK_MONOTONIC, &now);
		map->seed[0] = (uint64_t)(uintptr_t)map ^ (uint64_t)now.tv_nsec << 20;
		map->seed[1] = (uint64_t)(uintptr_t)&now ^ (uint64_t)now.tv_sec;
	}
	return map;
}

static struct slot *slot_for(const struct map *map, struct str key, uint32_t hash)
{
	size_t i = hash & map->mask;
	for (; map->slots[i].entry; i = (i + 1) & map->mask)
		if (map->slots[i].hash == hash && str_equal(map->entries.v[map->slots[i].entry - 1].key, key))
			break;
	return &map->slots[i];
}

static bool grow(struct map *map)
{
	size_t mask = (map->mask + 1) * 2 - 1;
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

/* What belongs to the key; a new one has `value`. NULL: out of memory. */
static struct entry *get_entry(struct map *map, struct str key, size_t value)
{
	if (map->entries.n >= (map->mask + 1) / 2 && !grow(map))
		return NULL;
	uint32_t hash = hash_key(map, key);
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
	struct entry *entry = get_entry(map, key, value);
	if (!entry)
		return false;
	*entry = (struct entry){ key, value };
	return true;
}

bool map_add(struct map *map, struct str key, size_t value, size_t *there)
{
	const struct entry *entry = get_entry(map, key, value);
	if (!entry)
		return false;
	*there = entry->value;
	return true;
}

bool map_find(const struct map *map, struct str key, size_t *value)
{
	const struct slot *slot = slot_for(map, key, hash_key(map, key));
	if (slot->entry == 0)
		return false;
	*value = map->entries.v[slot->entry - 1].value;
	return true;
}

size_t map_count(const struct map *map)
{
	return map->entries.n;
}
