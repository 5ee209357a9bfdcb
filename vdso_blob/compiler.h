/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Compiler primitives shared by the image, the module and the host programs. */
#ifndef FASTVDSO_COMPILER_H
#define FASTVDSO_COMPILER_H

#include <linux/types.h>

/* The image is built without <stddef.h>. */
#ifndef NULL
#define NULL			((void *)0)
#endif

#define fastvdso_inline		static inline __attribute__((__always_inline__))
#define fastvdso_likely(x)	__builtin_expect(!!(x), 1)
#define fastvdso_unlikely(x)	__builtin_expect(!!(x), 0)

/*
 * One access, neither torn nor repeated. Where registers have 32 bits, 64 bits are two accesses: outside of a
 * sequence count use fastvdso_load_whole() (wide.h).
 */
#ifdef __KERNEL__
#include <linux/compiler.h>
#define fastvdso_load(x)	READ_ONCE(x)
#define fastvdso_store(x, v)	WRITE_ONCE(x, v)
#else
#define fastvdso_load(x)	(*(const volatile __typeof__(x) *)&(x))
#define fastvdso_store(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#endif

/* Load half of a 64-bit value by itself, which saves the instructions to split it. */
typedef __u32 __attribute__((__may_alias__)) fastvdso_half;
#define fastvdso_halves(x)	((const volatile fastvdso_half *)&(x))
#define fastvdso_low_half(x)	(fastvdso_halves(x)[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__])
#define fastvdso_high_half(x)	(fastvdso_halves(x)[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__])

/* Constraint of an operand. With 32-bit registers the compiler may have no pair left for 64 bits, so memory is allowed. */
#if __SIZEOF_LONG__ == 8
#define FASTVDSO_ANYWHERE	"+r"
#else
#define FASTVDSO_ANYWHERE	"+g"
#endif

/* Hide how a value was computed, so that the compiler does not compute it again for each use. */
#define fastvdso_compute_once(value)	__asm__("" : FASTVDSO_ANYWHERE(value))

/*
 * Compute nothing from the value before this point. An ordered read of the counter waits for all
 * instructions before it.
 */
#define fastvdso_compute_later(value)	__asm__ __volatile__("" : FASTVDSO_ANYWHERE(value))

/*
 * A counter value, as a sum: low + (high << 32) + offset. The CPU's own counter has two 32-bit
 * halves, each zero-extended, as RDTSC returns them, and no offset. Other clocks have low only,
 * or low and an offset, which is known before the counter.
 */
struct fastvdso_counter {
	__u64	low;
	__u64	high;
	__u64	offset;
};

/*
 * Why one read of a hypervisor's clock gave no time. Both are 0 if it did. Not an enum, so that a
 * single attempt can test both, and its other conditions, by one branch.
 */
struct fastvdso_hypervisor_failure {
	__u32	invalid;	/* the page says that it has no time */
	__u32	changed;	/* the page changed meanwhile */
};

fastvdso_inline __u64 fastvdso_counter_value(struct fastvdso_counter counter)
{
	return (counter.high << 32) + counter.low + counter.offset;
}

#endif
