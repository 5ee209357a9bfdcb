// SPDX-License-Identifier: GPL-2.0
/* The benchmark's percentiles are values that were measured. */
#include "statistics.h"

#include "kselftest_harness.h"

TEST(no_values_are_zero)
{
	EXPECT_EQ(0, bench_percentile(NULL, 0, 5000));
}

TEST(all_percentiles_of_one_value_are_that_value)
{
	const double one[] = { 7 };

	EXPECT_EQ(7, bench_percentile(one, 1, 0));
	EXPECT_EQ(7, bench_percentile(one, 1, 5000));
	EXPECT_EQ(7, bench_percentile(one, 1, 10000));
}

TEST(the_median_of_an_even_number_is_the_lower_middle_one)
{
	const double four[] = { 1, 2, 3, 4 };

	EXPECT_EQ(2, bench_percentile(four, 4, 5000));
	EXPECT_EQ(1, bench_percentile(four, 4, 2500));
	EXPECT_EQ(2, bench_percentile(four, 4, 2501));
}

TEST(the_median_of_an_odd_number_is_the_middle_one)
{
	const double five[] = { 1, 2, 3, 40, 50 };

	EXPECT_EQ(3, bench_percentile(five, 5, 5000));
}

TEST(percentiles_of_ten_thousand_values_are_exact)
{
	static double values[10000];
	struct bench_summary summary;
	int i;

	/* From the largest to the smallest: 10000 ... 1. */
	for (i = 0; i < 10000; i++)
		values[i] = 10000 - i;
	summary = bench_summarise(values, 10000);
	EXPECT_EQ(1, values[0]);
	EXPECT_EQ(10000, values[9999]);
	EXPECT_EQ(5000, summary.median);
	EXPECT_EQ(9900, summary.p99);
	EXPECT_EQ(9999, summary.p9999);
	EXPECT_EQ(10000, summary.max);
}

TEST(one_slow_call_of_a_hundred_is_above_p99)
{
	static double values[100];
	struct bench_summary summary;

	values[3] = 1000;
	summary = bench_summarise(values, 100);
	EXPECT_EQ(0, summary.p99);
	EXPECT_EQ(1000, summary.p9999);
}

TEST(millions_of_values_do_not_overflow)
{
	static double values[5000000];

	values[4999999] = 1;
	EXPECT_EQ(0, bench_percentile(values, 5000000, 9999));
	EXPECT_EQ(1, bench_percentile(values, 5000000, 10000));
}

TEST_HARNESS_MAIN
