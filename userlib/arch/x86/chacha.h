/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Blocks of ChaCha20 (RFC 8439, nonce 0, counters from 0), in registers only: whatever a compiler spills
 * to the stack would stay there, where a fork copies it and a core dump shows it. With SSE2, which is part
 * of every x86-64 CPU, three blocks at a time; with AVX2 six, for about the same time.
 */
#ifndef FASTVDSO_CHACHA_H
#define FASTVDSO_CHACHA_H

#include <stdint.h>

#define CHACHA_KEY		32	/* bytes */
#define CHACHA_SIZE_SSE2	192
#define CHACHA_SIZE_AVX2	384
#define CHACHA_SIZE_MAX		CHACHA_SIZE_AVX2

/*
 * Registers 0 to 3 are rows A to D of a block, 4 to 7 and 8 to 11 those of two others, 12 to 14 scratch. With
 * AVX2, each half of a register belongs to a block of its own. F is SSE2 or AVX2.
 */
#define R_SSE2(n)	"%%xmm" #n
#define R_AVX2(n)	"%%ymm" #n
/* to = to OP from; to = FROM shuffled; t = FROM shifted right */
#define OP_SSE2(op, from, to)		op " " R_SSE2(from) ", " R_SSE2(to) "\n\t"
#define OP_AVX2(op, from, to)		"v" op " " R_AVX2(from) ", " R_AVX2(to) ", " R_AVX2(to) "\n\t"
#define SHUFFLE_SSE2(op, how, row)	op " $" #how ", " R_SSE2(row) ", " R_SSE2(row) "\n\t"
#define SHUFFLE_AVX2(op, how, row)	"v" op " $" #how ", " R_AVX2(row) ", " R_AVX2(row) "\n\t"
#define SHIFTS_SSE2(left, right, row, t)			\
	"movdqa " R_SSE2(row) ", " R_SSE2(t) "\n\t"		\
	"pslld $" #left ", " R_SSE2(row) "\n\t"			\
	"psrld $" #right ", " R_SSE2(t) "\n\t"
#define SHIFTS_AVX2(left, right, row, t)			\
	"vpsrld $" #right ", " R_AVX2(row) ", " R_AVX2(t) "\n\t"	\
	"vpslld $" #left ", " R_AVX2(row) ", " R_AVX2(row) "\n\t"

/* The same instruction for each block. */
#define ADD_B_TO_A(F)	OP_##F("paddd", 1, 0) OP_##F("paddd", 5, 4) OP_##F("paddd", 9, 8)
#define ADD_D_TO_C(F)	OP_##F("paddd", 3, 2) OP_##F("paddd", 7, 6) OP_##F("paddd", 11, 10)
#define XOR_A_TO_D(F)	OP_##F("pxor", 0, 3) OP_##F("pxor", 4, 7) OP_##F("pxor", 8, 11)
#define XOR_C_TO_B(F)	OP_##F("pxor", 2, 1) OP_##F("pxor", 6, 5) OP_##F("pxor", 10, 9)

/* Rotate the words of rows to the left. */
#define ROTATE(F, left, right, row, t)	SHIFTS_##F(left, right, row, t) OP_##F("por", t, row)
#define ROTATE_B(F, left, right)						\
	ROTATE(F, left, right, 1, 12) ROTATE(F, left, right, 5, 13) ROTATE(F, left, right, 9, 14)
#define ROTATE_D(F, left, right)						\
	ROTATE(F, left, right, 3, 12) ROTATE(F, left, right, 7, 13) ROTATE(F, left, right, 11, 14)
#define ROTATE_16(F, row)							\
	SHUFFLE_##F("pshuflw", 0xb1, row) SHUFFLE_##F("pshufhw", 0xb1, row)

/* Four quarter rounds of each block at once. */
#define QUARTERS(F)								\
	ADD_B_TO_A(F) XOR_A_TO_D(F) ROTATE_16(F, 3) ROTATE_16(F, 7) ROTATE_16(F, 11)	\
	ADD_D_TO_C(F) XOR_C_TO_B(F) ROTATE_B(F, 12, 20)				\
	ADD_B_TO_A(F) XOR_A_TO_D(F) ROTATE_D(F, 8, 24)				\
	ADD_D_TO_C(F) XOR_C_TO_B(F) ROTATE_B(F, 7, 25)

/* Rotate rows B, C and D by 1, 2 and 3 words, from columns to diagonals, or back. */
#define TURN(F, b, c, d)								\
	SHUFFLE_##F("pshufd", b, 1) SHUFFLE_##F("pshufd", b, 5) SHUFFLE_##F("pshufd", b, 9)	\
	SHUFFLE_##F("pshufd", c, 2) SHUFFLE_##F("pshufd", c, 6) SHUFFLE_##F("pshufd", c, 10)	\
	SHUFFLE_##F("pshufd", d, 3) SHUFFLE_##F("pshufd", d, 7) SHUFFLE_##F("pshufd", d, 11)

#define ROUNDS(F)								\
	"1:\n\t"								\
	QUARTERS(F) TURN(F, 0x39, 0x4e, 0x93) QUARTERS(F) TURN(F, 0x93, 0x4e, 0x39)	\
	"decl %[rounds]\n\t"							\
	"jnz 1b\n\t"

/* What a block starts with: constants, key, counter. Needed twice, before the rounds and to add at the end. */
#define INITIAL(F, insert)							\
	insert("(%[constants])", 0, 4, 8) insert("(%[key])", 1, 5, 9) insert("16(%[key])", 2, 6, 10)
#define LOAD_SSE2(from, x, y, z)						\
	"movdqa " from ", " R_SSE2(x) "\n\t"					\
	"movdqa " R_SSE2(x) ", " R_SSE2(y) "\n\t"				\
	"movdqa " R_SSE2(x) ", " R_SSE2(z) "\n\t"
#define LOAD_AVX2(from, x, y, z)						\
	"vbroadcasti128 " from ", " R_AVX2(x) "\n\t"				\
	"vmovdqa " R_AVX2(x) ", " R_AVX2(y) "\n\t"				\
	"vmovdqa " R_AVX2(x) ", " R_AVX2(z) "\n\t"
#define ADD_SSE2(from, x, y, z)							\
	"movdqa " from ", " R_SSE2(12) "\n\t"					\
	OP_SSE2("paddd", 12, x) OP_SSE2("paddd", 12, y) OP_SSE2("paddd", 12, z)
#define ADD_AVX2(from, x, y, z)							\
	"vbroadcasti128 " from ", " R_AVX2(12) "\n\t"				\
	OP_AVX2("paddd", 12, x) OP_AVX2("paddd", 12, y) OP_AVX2("paddd", 12, z)
/* Row D has a counter and the nonce, and differs from block to block. */
#define COUNTERS_SSE2(op)							\
	op " (%[counters]), " R_SSE2(3) "\n\t"					\
	op " 16(%[counters]), " R_SSE2(7) "\n\t"				\
	op " 32(%[counters]), " R_SSE2(11) "\n\t"
#define LOAD_COUNTERS_AVX2							\
	"vmovdqa (%[counters]), " R_AVX2(3) "\n\t"				\
	"vmovdqa 32(%[counters]), " R_AVX2(7) "\n\t"				\
	"vmovdqa 64(%[counters]), " R_AVX2(11) "\n\t"
#define ADD_COUNTERS_AVX2							\
	"vpaddd (%[counters]), " R_AVX2(3) ", " R_AVX2(3) "\n\t"		\
	"vpaddd 32(%[counters]), " R_AVX2(7) ", " R_AVX2(7) "\n\t"		\
	"vpaddd 64(%[counters]), " R_AVX2(11) ", " R_AVX2(11) "\n\t"

#define STORE_SSE2(row, at)							\
	"movdqa " R_SSE2(row) ", " #at "(%[key])\n\t"
#define STORE_AVX2(row, at)							\
	"vmovdqa " R_SSE2(row) ", " #at "(%[key])\n\t"				\
	"vextracti128 $1, " R_AVX2(row) ", 64+" #at "(%[key])\n\t"
#define CLEAR(row)								\
	OP_SSE2("pxor", row, row)

#define CLOBBERS								\
	"memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",	\
	"xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* "expand 32-byte k" */
static const uint32_t chacha_constants[4] __attribute__((__aligned__(16))) = {
	0x61707865, 0x3320646e, 0x79622d32, 0x6b206574
};

static const uint32_t chacha_counters[6][4] __attribute__((__aligned__(32))) = {
	{ 0 }, { 1 }, { 2 }, { 3 }, { 4 }, { 5 }
};

/*
 * Replace the key at the beginning of a 16-byte aligned array, and what follows it, by the blocks of this
 * key. Nothing is stored before the last use of the key.
 */
static inline void chacha_refill_sse2(uint8_t key[CHACHA_SIZE_SSE2])
{
	unsigned int rounds = 10;

	__asm__ __volatile__(
		INITIAL(SSE2, LOAD_SSE2) COUNTERS_SSE2("movdqa")
		ROUNDS(SSE2)
		INITIAL(SSE2, ADD_SSE2) COUNTERS_SSE2("paddd")
		STORE_SSE2(0, 0) STORE_SSE2(1, 16) STORE_SSE2(2, 32) STORE_SSE2(3, 48)
		STORE_SSE2(4, 64) STORE_SSE2(5, 80) STORE_SSE2(6, 96) STORE_SSE2(7, 112)
		STORE_SSE2(8, 128) STORE_SSE2(9, 144) STORE_SSE2(10, 160) STORE_SSE2(11, 176)
		CLEAR(0) CLEAR(1) CLEAR(2) CLEAR(3) CLEAR(4) CLEAR(5) CLEAR(6) CLEAR(7) CLEAR(8)
		CLEAR(9) CLEAR(10) CLEAR(11) CLEAR(12) CLEAR(13) CLEAR(14)
		: [rounds] "+&r" (rounds)
		: [key] "r" (key), [constants] "r" (chacha_constants), [counters] "r" (chacha_counters)
		: CLOBBERS);
}

static inline void chacha_refill_avx2(uint8_t key[CHACHA_SIZE_AVX2])
{
	unsigned int rounds = 10;

	__asm__ __volatile__(
		INITIAL(AVX2, LOAD_AVX2) LOAD_COUNTERS_AVX2
		ROUNDS(AVX2)
		INITIAL(AVX2, ADD_AVX2) ADD_COUNTERS_AVX2
		STORE_AVX2(0, 0) STORE_AVX2(1, 16) STORE_AVX2(2, 32) STORE_AVX2(3, 48)
		STORE_AVX2(4, 128) STORE_AVX2(5, 144) STORE_AVX2(6, 160) STORE_AVX2(7, 176)
		STORE_AVX2(8, 256) STORE_AVX2(9, 272) STORE_AVX2(10, 288) STORE_AVX2(11, 304)
		"vzeroall\n\t"
		: [rounds] "+&r" (rounds)
		: [key] "r" (key), [constants] "r" (chacha_constants), [counters] "r" (chacha_counters)
		: CLOBBERS);
}

/* What this CPU computes at once, in bytes. */
static inline uint32_t chacha_size(void)
{
	return __builtin_cpu_supports("avx2") ? CHACHA_SIZE_AVX2 : CHACHA_SIZE_SSE2;
}

/* @size: of chacha_size(), which takes longer. */
static inline void chacha_refill(uint8_t key[CHACHA_SIZE_MAX], uint32_t size)
{
	if (size == CHACHA_SIZE_AVX2)
		chacha_refill_avx2(key);
	else
		chacha_refill_sse2(key);
}

#endif
