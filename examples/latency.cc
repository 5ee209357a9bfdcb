// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * latency [COUNT]: measure something many times, and print a histogram of powers of two.
 * Unordered readings cost half as much as ordered ones, and the buckets hide their error of
 * some nanoseconds.
 *
 *	c++ latency.cc $(pkg-config --cflags --libs fastvdso)
 */
#include <fastvdso.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>

using clock_type = fastvdso::monotonic_clock_unordered;

static std::array<unsigned long, 64> buckets;

static void count(std::chrono::nanoseconds took)
{
	unsigned long long ns = took.count() > 0 ? static_cast<unsigned long long>(took.count()) : 0;

	++buckets[ns ? 63 - static_cast<unsigned int>(__builtin_clzll(ns)) : 0];
}

/* Something to measure: allocate memory and free it again. */
static void work()
{
	static volatile unsigned int seed = 1;
	void *volatile piece;

	seed = seed * 1103515245u + 12345u;
	piece = std::malloc(16 + seed / 65536 % 100000);
	std::free(piece);
}

static void print(unsigned long total)
{
	unsigned int first = 0, last = 63;
	unsigned long most = 1;

	for (unsigned long bucket : buckets)
		most = bucket > most ? bucket : most;
	while (first < last && !buckets[first])
		++first;
	while (last > first && !buckets[last])
		--last;
	for (unsigned int i = first; i <= last; ++i) {
		std::printf("%9llu ns %9lu |", 1ull << i, buckets[i]);
		for (unsigned long bar = 0; bar < (buckets[i] * 50 + most - 1) / most; ++bar)
			std::putchar('#');
		std::putchar('\n');
	}
	std::printf("%lu in total\n", total);
}

int main(int argc, char **argv)
{
	unsigned long total = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000000;
	fastvdso::session session;

	if (!total) {
		std::fprintf(stderr, "usage: latency [COUNT]\n");
		return 2;
	}
	if (session.error()) {
		struct fastvdso_status status;

		fastvdso_status(&status, sizeof(status));
		std::fprintf(stderr, "latency: using libc's clock: %s\n",
			     fastvdso_strreason(static_cast<fastvdso_reason>(status.reason)));
	}
	for (unsigned long i = 0; i < total; ++i) {
		auto start = clock_type::now();

		work();
		count(clock_type::now() - start);
	}
	print(total);
	return 0;
}
