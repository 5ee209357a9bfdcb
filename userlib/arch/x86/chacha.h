/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Three blocks of ChaCha20 (RFC 8439, nonce 0, counters 0 to 2), in registers only: whatever a compiler
 * spills to the stack would stay there, where a fork copies it and a core dump shows it. SSE2 is part of
 * every x86-64 CPU.
 */
#ifndef FASTVDSO_CHACHA_H
#define FASTVDSO_CHACHA_H

#include <stdint.h>

#define CHACHA_KEY	32
#define CHACHA_BLOCKS	192	/* bytes */

/* Row r (A to D) of block b is register 4 * b + r. Registers 12 to 14 are scratch, one for each block. */
#define CHACHA_OP(op, from, to)							\
	op " %%xmm" #from ", %%xmm" #to "\n\t"
#define CHACHA_ADD_B_TO_A							\
	CHACHA_OP("paddd", 1, 0) CHACHA_OP("paddd", 5, 4) CHACHA_OP("paddd", 9, 8)
#define CHACHA_XOR_A_TO_D							\
	CHACHA_OP("pxor", 0, 3) CHACHA_OP("pxor", 4, 7) CHACHA_OP("pxor", 8, 11)
#define CHACHA_ADD_D_TO_C							\
	CHACHA_OP("paddd", 3, 2) CHACHA_OP("paddd", 7, 6) CHACHA_OP("paddd", 11, 10)
#define CHACHA_XOR_C_TO_B							\
	CHACHA_OP("pxor", 2, 1) CHACHA_OP("pxor", 6, 5) CHACHA_OP("pxor", 10, 9)

/* Rotate the words of a row left by 16, and by n with the scratch register t. */
#define CHACHA_ROTATE_16(row)							\
	"pshuflw $0xb1, %%xmm" #row ", %%xmm" #row "\n\t"			\
	"pshufhw $0xb1, %%xmm" #row ", %%xmm" #row "\n\t"
#define CHACHA_ROTATE(n, rest, row, t)						\
	"movdqa %%xmm" #row ", %%xmm" #t "\n\t"					\
	"pslld $" #n ", %%xmm" #row "\n\t"					\
	"psrld $" #rest ", %%xmm" #t "\n\t"					\
	"por %%xmm" #t ", %%xmm" #row "\n\t"
#define CHACHA_ROTATE_B(n, rest)						\
	CHACHA_ROTATE(n, rest, 1, 12) CHACHA_ROTATE(n, rest, 5, 13) CHACHA_ROTATE(n, rest, 9, 14)
#define CHACHA_ROTATE_D(n, rest)						\
	CHACHA_ROTATE(n, rest, 3, 12) CHACHA_ROTATE(n, rest, 7, 13) CHACHA_ROTATE(n, rest, 11, 14)

/* Four quarter rounds of each block at once. */
#define CHACHA_QUARTERS								\
	CHACHA_ADD_B_TO_A CHACHA_XOR_A_TO_D					\
	CHACHA_ROTATE_16(3) CHACHA_ROTATE_16(7) CHACHA_ROTATE_16(11)		\
	CHACHA_ADD_D_TO_C CHACHA_XOR_C_TO_B CHACHA_ROTATE_B(12, 20)		\
	CHACHA_ADD_B_TO_A CHACHA_XOR_A_TO_D CHACHA_ROTATE_D(8, 24)		\
	CHACHA_ADD_D_TO_C CHACHA_XOR_C_TO_B CHACHA_ROTATE_B(7, 25)

/* Rotate rows B, C and D by 1, 2 and 3 words, from columns to diagonals, or back. */
#define CHACHA_TURN(how, row)							\
	"pshufd $" #how ", %%xmm" #row ", %%xmm" #row "\n\t"
#define CHACHA_TURN_ALL(b, d)							\
	CHACHA_TURN(b, 1) CHACHA_TURN(b, 5) CHACHA_TURN(b, 9)			\
	CHACHA_TURN(0x4e, 2) CHACHA_TURN(0x4e, 6) CHACHA_TURN(0x4e, 10)		\
	CHACHA_TURN(d, 3) CHACHA_TURN(d, 7) CHACHA_TURN(d, 11)

#define CHACHA_LOAD(from, row)							\
	"movdqa " from ", %%xmm" #row "\n\t"
#define CHACHA_ADD(from, row)							\
	"paddd " from ", %%xmm" #row "\n\t"
#define CHACHA_STORE(row, at)							\
	"movdqa %%xmm" #row ", " #at "(%[key])\n\t"
#define CHACHA_CLEAR(row)							\
	"pxor %%xmm" #row ", %%xmm" #row "\n\t"
/* What each block starts with: constants, key, counter. Twice: before the rounds, and to add at the end. */
#define CHACHA_INITIAL(insert)							\
	insert("(%[rows])", 0) insert("(%[rows])", 4) insert("(%[rows])", 8)	\
	insert("(%[key])", 1) insert("(%[key])", 5) insert("(%[key])", 9)	\
	insert("16(%[key])", 2) insert("16(%[key])", 6) insert("16(%[key])", 10)	\
	insert("16(%[rows])", 3) insert("32(%[rows])", 7) insert("48(%[rows])", 11)

/* Replace the key at the beginning of the 16-byte aligned array, and all that follows it, by three blocks. */
static inline void chacha_refill(uint8_t key[CHACHA_BLOCKS])
{
	static const uint32_t rows[4][4] __attribute__((__aligned__(16))) = {
		{ 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 },	/* "expand 32-byte k" */
		{ 0 }, { 1 }, { 2 },
	};
	unsigned int rounds = 10;

	__asm__ __volatile__(
		CHACHA_INITIAL(CHACHA_LOAD)
		"1:\n\t"
		CHACHA_QUARTERS
		CHACHA_TURN_ALL(0x39, 0x93)
		CHACHA_QUARTERS
		CHACHA_TURN_ALL(0x93, 0x39)
		"decl %[rounds]\n\t"
		"jnz 1b\n\t"
		CHACHA_INITIAL(CHACHA_ADD)
		CHACHA_STORE(0, 0) CHACHA_STORE(1, 16) CHACHA_STORE(2, 32) CHACHA_STORE(3, 48)
		CHACHA_STORE(4, 64) CHACHA_STORE(5, 80) CHACHA_STORE(6, 96) CHACHA_STORE(7, 112)
		CHACHA_STORE(8, 128) CHACHA_STORE(9, 144) CHACHA_STORE(10, 160) CHACHA_STORE(11, 176)
		CHACHA_CLEAR(0) CHACHA_CLEAR(1) CHACHA_CLEAR(2) CHACHA_CLEAR(3) CHACHA_CLEAR(4)
		CHACHA_CLEAR(5) CHACHA_CLEAR(6) CHACHA_CLEAR(7) CHACHA_CLEAR(8) CHACHA_CLEAR(9)
		CHACHA_CLEAR(10) CHACHA_CLEAR(11) CHACHA_CLEAR(12) CHACHA_CLEAR(13) CHACHA_CLEAR(14)
		: [rounds] "+r" (rounds)
		: [key] "r" (key), [rows] "r" (rows)
		: "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
		  "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14");
}

#endif
