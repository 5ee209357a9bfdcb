// SPDX-License-Identifier: GPL-2.0
/* The arithmetic of 32-bit machines against that of this machine. */
#include <pthread.h>

#include "arch/i386/divide.h"
#include "wide.h"

#include "kselftest_harness.h"
#include "random_numbers.h"

typedef unsigned __int128 u128;

#define ROUNDS	3000000
#define STORES	1000000

/* A number of any length, often next to a power of two. */
static __u64 any_number(void)
{
	__u64 length = below(65), number = length ? random64() >> (64 - length) : 0;

	switch (below(4)) {
	case 0:
		return ~number;
	case 1:
		return (1ull << (length & 63)) - below(2);
	default:
		return number;
	}
}

static u128 value(struct fastvdso_wide number)
{
	return (u128)number.high << 64 | number.low;
}

TEST(products_are_those_of_128_bits)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		__u64 a = any_number(), b = any_number(), add = any_number();
		u128 expected = (u128)a * (__u32)b + add;

		ASSERT_TRUE(value(fastvdso_multiply_add_by_halves(a, (__u32)b, add)) == expected);
		ASSERT_TRUE(value(fastvdso_multiply_add(a, (__u32)b, add)) == expected);
		ASSERT_EQ((__u64)((u128)a * b >> 64), fastvdso_multiply_high_by_halves(a, b));
		ASSERT_EQ((__u64)((u128)a * b >> 64), fastvdso_multiply_high(a, b));
	}
}

TEST(shifts_are_those_of_128_bits)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct fastvdso_wide number = { .low = any_number(), .high = any_number() };
		__u8 shift = (__u8)below(64);

		ASSERT_TRUE(value(fastvdso_shift_right(number, shift)) == value(number) >> shift);
	}
}

TEST(quotients_are_those_of_64_bits)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		__u64 dividend = any_number(), rest, rest_by_halves;
		__u32 divisor = (__u32)any_number();

		if (!divisor)
			continue;
		ASSERT_EQ(dividend / divisor, fastvdso_divide(dividend, divisor, &rest));
		ASSERT_EQ(dividend / divisor, fastvdso_divide_by_halves(dividend, divisor, &rest_by_halves));
		ASSERT_EQ(dividend % divisor, rest);
		ASSERT_EQ(rest, rest_by_halves);
	}
}

static __u64 shared;
static int stop;

/* Both halves change with each store, and belong together by their values. */
static void *keep_storing(void *unused)
{
	__u32 i;

	for (i = 0; !fastvdso_load(stop); i++) {
		fastvdso_store(shared, (__u64)i << 32 | (__u32)~i);
		/* Sometimes wait for as long as two loads take. */
		for (volatile int pause = i % 64; pause; pause--)
			;
	}
	return NULL;
}

TEST(a_load_by_halves_is_of_one_store)
{
	pthread_t writer;
	__u64 seen;

	shared = (__u32)~0;
	ASSERT_EQ(0, pthread_create(&writer, NULL, keep_storing, NULL));
	do {
		seen = fastvdso_load_by_halves(&shared);
		ASSERT_EQ((__u32)(seen >> 32), (__u32)~seen);
	} while (seen >> 32 < STORES);
	fastvdso_store(stop, 1);
	ASSERT_EQ(0, pthread_join(writer, NULL));
}

TEST_HARNESS_MAIN
