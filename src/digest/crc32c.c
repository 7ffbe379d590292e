/* CRC-32C, four bytes a step. The tables belong to whoever computes one: nothing is shared between threads. */
#include "assay/digest.h"

#define POLYNOMIAL 0x82f63b78u /* reflected */

void crc32c_init(struct crc32c *crc)
{
	crc->value = 0;
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t value = byte;
		for (int bit = 0; bit < 8; bit++)
			value = value & 1 ? POLYNOMIAL ^ value >> 1 : value >> 1;
		crc->table[0][byte] = value;
	}
	for (size_t step = 1; step < 4; step++)
		for (size_t byte = 0; byte < 256; byte++) {
			uint32_t before = crc->table[step - 1][byte];
			crc->table[step][byte] = crc->table[0][before & 0xff] ^ before >> 8;
		}
}

void crc32c_add(struct crc32c *crc, struct str data)
{
	const unsigned char *p = (const unsigned char *)data.p;
	uint32_t value = ~crc->value;
	size_t left = data.n;
	for (; left >= 4; left -= 4, p += 4) {
		value ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		value = crc->table[3][value & 0xff] ^ crc->table[2][value >> 8 & 0xff] ^ crc->table[1][value >> 16 & 0xff] ^ crc->table[0][value >> 24];
	}
	for (; left; left--)
		value = crc->table[0][(value ^ *p++) & 0xff] ^ value >> 8;
	crc->value = ~value;
}

void crc32c_write(const struct crc32c *crc, unsigned char out[CRC32C_SIZE])
{
	for (size_t i = 0; i < CRC32C_SIZE; i++)
		out[i] = (unsigned char)(crc->value >> (24 - 8 * i));
}
