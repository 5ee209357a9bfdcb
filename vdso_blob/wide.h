/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Products of more than 64 bits, division of 64 bits, and loads of 64 bits in one piece.
 *
 * 64-bit machines have instructions for them. Elsewhere the compiler would call libgcc, which the image
 * cannot link, or load the two halves at different times. The functions _by_halves use 32-bit registers.
 * All machines can compile them, so that host tests compare them with the others.
 */
#ifndef FASTVDSO_WIDE_H
#define FASTVDSO_WIDE_H

#include "compiler.h"

/* A number of 128 bits. */
struct fastvdso_wide {
	__u64	low;
	__u64	high;
};

/* @a * @b + @add, which is less than 2^96. */
fastvdso_inline struct fastvdso_wide fastvdso_multiply_add_by_halves(__u64 a, __u32 b, __u64 add)
{
	__u64 low = (a & 0xffffffffu) * b;
	__u64 high = (a >> 32) * b;
	__u64 sum = low + add;
	__u64 top = (high >> 32) + (sum < low);

	low = sum + (high << 32);
	top += low < sum;
	return (struct fastvdso_wide) { .low = low, .high = top };
}

/* The upper half of the product. */
fastvdso_inline __u64 fastvdso_multiply_high_by_halves(__u64 a, __u64 b)
{
	struct fastvdso_wide low = fastvdso_multiply_add_by_halves(a, (__u32)b, 0);

	/* a * b = low + (a * (b >> 32) << 32); nothing below bit 32 of low carries. */
	low = fastvdso_multiply_add_by_halves(a, (__u32)(b >> 32), low.low >> 32 | low.high << 32);
	return low.low >> 32 | low.high << 32;
}

/* @shift is less than 64. Not by a type of 128 bits, for which some compilers call libgcc. */
fastvdso_inline struct fastvdso_wide fastvdso_shift_right(struct fastvdso_wide number, __u8 shift)
{
	/* In two steps, because a shift by 64 is undefined. */
	number.low = number.low >> shift | number.high << 1 << (63 - shift);
	number.high >>= shift;
	return number;
}

/*
 * Load a value that the kernel stores by one instruction. Both halves are loaded twice, because the kernel
 * may store between two loads.
 */
fastvdso_inline __u64 fastvdso_load_by_halves(const void *value)
{
	const __u64 *from = value;
	__u32 low, high;

	do {
		high = fastvdso_high_half(*from);
		low = fastvdso_low_half(*from);
	} while (fastvdso_unlikely(fastvdso_high_half(*from) != high || fastvdso_low_half(*from) != low));
	return (__u64)high << 32 | low;
}

#ifdef __SIZEOF_INT128__

fastvdso_inline struct fastvdso_wide fastvdso_multiply_add(__u64 a, __u32 b, __u64 add)
{
	unsigned __int128 sum = (unsigned __int128)a * b + add;

	return (struct fastvdso_wide) { .low = (__u64)sum, .high = (__u64)(sum >> 64) };
}

/* The upper half of the product, which MUL returns in a register of its own. */
fastvdso_inline __u64 fastvdso_multiply_high(__u64 a, __u64 b)
{
	return (__u64)((unsigned __int128)a * b >> 64);
}

/* Return the quotient, and store the remainder. */
fastvdso_inline __u64 fastvdso_divide(__u64 dividend, __u32 divisor, __u64 *remainder)
{
	__u64 quotient = dividend / divisor;

	*remainder = dividend % divisor;
	return quotient;
}

/* Load 64 bits that no sequence count protects, in one piece. */
#define fastvdso_load_whole(x)	fastvdso_load(x)

#else

#ifndef fastvdso_arch_divide
#include "divide.h"
#endif

#define fastvdso_multiply_add	fastvdso_multiply_add_by_halves
#define fastvdso_multiply_high	fastvdso_multiply_high_by_halves
#define fastvdso_divide		fastvdso_divide_by_halves
#define fastvdso_load_whole(x)	fastvdso_load_by_halves(&(x))

#endif

#ifdef fastvdso_arch_divide

/* Like fastvdso_divide(). The remainder of the upper half is less than the divisor, as DIV requires. */
fastvdso_inline __u64 fastvdso_divide_by_halves(__u64 dividend, __u32 divisor, __u64 *remainder)
{
	__u32 high = (__u32)(dividend >> 32) / divisor;
	__u32 low, low_remainder;

	low = fastvdso_arch_divide((__u32)(dividend >> 32) % divisor, (__u32)dividend, divisor,
				   &low_remainder);
	*remainder = low_remainder;
	return (__u64)high << 32 | low;
}

#endif

#endif /* FASTVDSO_WIDE_H */
