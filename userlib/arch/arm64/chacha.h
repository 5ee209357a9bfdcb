/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Blocks of ChaCha20 (RFC 8439, nonce 0, counters from 0), in registers only, for the reason that x86's has.
 * Four blocks at a time, with Advanced SIMD, which is part of every arm64 CPU that runs Linux programs.
 */
#ifndef FASTVDSO_CHACHA_H
#define FASTVDSO_CHACHA_H

#include <stdint.h>

#define CHACHA_KEY		32	/* bytes */
#define CHACHA_SIZE_MAX		256

/*
 * v0 to v3 are rows A to D of a block, v4 to v7, v16 to v19 and v20 to v23 those of three others, v24 to v27
 * scratch, v28 to v30 the constants and the key. v8 to v15 belong to the caller.
 */
#define THREE(op, to, from, with)	op " v" #to ".4s, v" #from ".4s, v" #with ".4s\n\t"
#define ADD_B_TO_A									\
	THREE("add", 0, 0, 1) THREE("add", 4, 4, 5) THREE("add", 16, 16, 17) THREE("add", 20, 20, 21)
#define ADD_D_TO_C									\
	THREE("add", 2, 2, 3) THREE("add", 6, 6, 7) THREE("add", 18, 18, 19) THREE("add", 22, 22, 23)

#define BYTES(op, to, from, with)	op " v" #to ".16b, v" #from ".16b, v" #with ".16b\n\t"
#define XOR_A_TO_D									\
	BYTES("eor", 3, 3, 0) BYTES("eor", 7, 7, 4) BYTES("eor", 19, 19, 16) BYTES("eor", 23, 23, 20)

#define ROTATE_16(row)	"rev32 v" #row ".8h, v" #row ".8h\n\t"
#define ROTATE_D_16	ROTATE_16(3) ROTATE_16(7) ROTATE_16(19) ROTATE_16(23)

/* row = (row ^ with) rotated to the left, for the same row of each block. */
#define SHIFT(op, to, from, by)		op " v" #to ".4s, v" #from ".4s, #" #by "\n\t"
#define XOR_ROTATE(left, right, row0, with0, row1, with1, row2, with2, row3, with3)	\
	BYTES("eor", 24, row0, with0) BYTES("eor", 25, row1, with1)			\
	BYTES("eor", 26, row2, with2) BYTES("eor", 27, row3, with3)			\
	SHIFT("shl", row0, 24, left) SHIFT("shl", row1, 25, left)			\
	SHIFT("shl", row2, 26, left) SHIFT("shl", row3, 27, left)			\
	SHIFT("sri", row0, 24, right) SHIFT("sri", row1, 25, right)			\
	SHIFT("sri", row2, 26, right) SHIFT("sri", row3, 27, right)
#define XOR_C_TO_B_ROTATE(left, right)	XOR_ROTATE(left, right, 1, 2, 5, 6, 17, 18, 21, 22)
#define XOR_A_TO_D_ROTATE(left, right)	XOR_ROTATE(left, right, 3, 0, 7, 4, 19, 16, 23, 20)

/* Four quarter rounds of each block at once. */
#define QUARTERS							\
	ADD_B_TO_A XOR_A_TO_D ROTATE_D_16				\
	ADD_D_TO_C XOR_C_TO_B_ROTATE(12, 20)				\
	ADD_B_TO_A XOR_A_TO_D_ROTATE(8, 24)				\
	ADD_D_TO_C XOR_C_TO_B_ROTATE(7, 25)

/* Rotate rows B, C and D by some bytes, from columns to diagonals, or back. */
#define SHUFFLE(row, bytes)	"ext v" #row ".16b, v" #row ".16b, v" #row ".16b, #" #bytes "\n\t"
#define TURN(b, c, d)								\
	SHUFFLE(1, b) SHUFFLE(5, b) SHUFFLE(17, b) SHUFFLE(21, b)		\
	SHUFFLE(2, c) SHUFFLE(6, c) SHUFFLE(18, c) SHUFFLE(22, c)		\
	SHUFFLE(3, d) SHUFFLE(7, d) SHUFFLE(19, d) SHUFFLE(23, d)

#define LOAD(a, b, c, d)							\
	BYTES("orr", a, 28, 28) BYTES("orr", b, 29, 29) BYTES("orr", c, 30, 30)
#define ADD(a, b, c, d)								\
	THREE("add", a, a, 28) THREE("add", b, b, 29) THREE("add", c, c, 30)
#define STORE(a, b, c, d, at)							\
	"stp q" #a ", q" #b ", [%[key], #" #at "]\n\t"				\
	"stp q" #c ", q" #d ", [%[key], #" #at "+32]\n\t"
#define CLEAR(a, b, c, d)							\
	"movi v" #a ".4s, #0\n\t" "movi v" #b ".4s, #0\n\t"			\
	"movi v" #c ".4s, #0\n\t" "movi v" #d ".4s, #0\n\t"
/* Row D has a counter and the nonce, and differs from block to block. */
#define LOAD_COUNTERS(a, b, c, d)						\
	"ldp q" #a ", q" #b ", [%[counters]]\n\t"				\
	"ldp q" #c ", q" #d ", [%[counters], #32]\n\t"

/* "expand 32-byte k" */
static const uint32_t chacha_constants[4] __attribute__((__aligned__(16))) = {
	0x61707865, 0x3320646e, 0x79622d32, 0x6b206574
};

static const uint32_t chacha_counters[4][4] __attribute__((__aligned__(16))) = {
	{ 0 }, { 1 }, { 2 }, { 3 }
};

/*
 * Replace the key at the beginning of a 16-byte aligned array, and what follows it, by the blocks of this
 * key. Nothing is stored before the last use of the key.
 */
static inline void chacha_refill_neon(uint8_t key[CHACHA_SIZE_MAX])
{
	unsigned int rounds = 10;

	__asm__ __volatile__(
		"ldr q28, [%[constants]]\n\t"
		"ldp q29, q30, [%[key]]\n\t"
		LOAD(0, 1, 2, 3) LOAD(4, 5, 6, 7) LOAD(16, 17, 18, 19) LOAD(20, 21, 22, 23)
		LOAD_COUNTERS(3, 7, 19, 23)
		"1:\n\t"
		QUARTERS TURN(4, 8, 12) QUARTERS TURN(12, 8, 4)
		"subs %w[rounds], %w[rounds], #1\n\t"
		"b.ne 1b\n\t"
		ADD(0, 1, 2, 3) ADD(4, 5, 6, 7) ADD(16, 17, 18, 19) ADD(20, 21, 22, 23)
		LOAD_COUNTERS(24, 25, 26, 27)
		THREE("add", 3, 3, 24) THREE("add", 7, 7, 25)
		THREE("add", 19, 19, 26) THREE("add", 23, 23, 27)
		STORE(0, 1, 2, 3, 0) STORE(4, 5, 6, 7, 64)
		STORE(16, 17, 18, 19, 128) STORE(20, 21, 22, 23, 192)
		CLEAR(0, 1, 2, 3) CLEAR(4, 5, 6, 7) CLEAR(16, 17, 18, 19) CLEAR(20, 21, 22, 23)
		CLEAR(24, 25, 26, 27) CLEAR(28, 29, 30, 30)
		: [rounds] "+&r" (rounds)
		: [key] "r" (key), [constants] "r" (chacha_constants), [counters] "r" (chacha_counters)
		: "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19",
		  "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30");
}

/* What this CPU computes at once, in bytes; constant. */
static inline uint32_t chacha_size(void)
{
	return CHACHA_SIZE_MAX;
}

static inline void chacha_refill(uint8_t key[CHACHA_SIZE_MAX], uint32_t size)
{
	(void)size;
	chacha_refill_neon(key);
}

#endif
