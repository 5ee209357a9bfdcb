// SPDX-License-Identifier: GPL-2.0
/*
 * scopes N: a profiler that reads the thread's CPU time at both ends of N scopes, as instrumenting profilers do.
 * Prints the cost of an empty scope, and 1 if the sum of the scopes is more than the CPU time around them, else
 * 0. Then waits for the end of standard input.
 */
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace {

constexpr int rounds = 20;

std::int64_t kernel_ns(clockid_t clock)
{
	timespec ts;

	syscall(SYS_clock_gettime, clock, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

std::int64_t cpu_time()
{
	timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

class scope {
public:
	explicit scope(std::int64_t &sum) : sum(sum), begin(cpu_time()) {}
	~scope() { sum += cpu_time() - begin; }

private:
	std::int64_t &sum;
	std::int64_t begin;
};

} // namespace

int main(int argc, char **argv)
{
	const char *slack = std::getenv("CLOCK_SLACK");
	const std::int64_t most = slack && *slack ? std::atoll(slack) : 0;
	const long count = argc > 1 ? std::atol(argv[1]) / rounds : 0;
	std::int64_t best = INT64_MAX;
	bool wrong = false;

	if (count <= 0)
		return 2;
	for (int round = 0; round < rounds; round++) {
		std::this_thread::sleep_for(std::chrono::milliseconds(50));	// see clock.c
		const std::int64_t before = kernel_ns(CLOCK_THREAD_CPUTIME_ID);
		const std::int64_t began = kernel_ns(CLOCK_MONOTONIC);
		std::int64_t sum = 0;

		for (long i = 0; i < count; i++)
			scope timed(sum);
		best = std::min(best, kernel_ns(CLOCK_MONOTONIC) - began);
		wrong |= sum < 0 || sum > kernel_ns(CLOCK_THREAD_CPUTIME_ID) - before + most;
	}
	std::printf("figure %.1f\nwrong %d\ndone\n", static_cast<double>(best) / static_cast<double>(count), wrong);
	std::fflush(stdout);
	while (std::getchar() != EOF)
		;
	return wrong;
}
