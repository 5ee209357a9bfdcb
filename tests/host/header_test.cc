// SPDX-License-Identifier: GPL-2.0
// The public headers are valid C++: compiling and linking this file is one test. The others test the
// <chrono> clocks, without a module.
#include <fastvdso.hpp>

#include <cstdio>
#include <type_traits>

using namespace std::chrono;

template <class Clock, class Epoch>
constexpr bool is_trivial_clock()
{
	return std::is_same<typename Clock::duration, nanoseconds>::value &&
	       std::is_same<typename Clock::duration::rep, typename Clock::rep>::value &&
	       std::is_same<typename Clock::duration::period, typename Clock::period>::value &&
	       std::is_same<typename Clock::time_point, time_point<Epoch, nanoseconds>>::value &&
	       std::is_same<decltype(Clock::is_steady), const bool>::value &&
	       std::is_same<decltype(Clock::now()), typename Clock::time_point>::value && noexcept(Clock::now());
}

using fastvdso::monotonic_clock;
using fastvdso::process_cpu_clock;
using fastvdso::realtime_clock;
using fastvdso::thread_cpu_clock;

static_assert(is_trivial_clock<monotonic_clock, monotonic_clock>(), "");
static_assert(is_trivial_clock<realtime_clock, realtime_clock>(), "");
static_assert(is_trivial_clock<fastvdso::boottime_clock, fastvdso::boottime_clock>(), "");
static_assert(is_trivial_clock<fastvdso::tai_clock, fastvdso::tai_clock>(), "");
static_assert(is_trivial_clock<fastvdso::monotonic_raw_clock, fastvdso::monotonic_raw_clock>(), "");
static_assert(is_trivial_clock<fastvdso::monotonic_coarse_clock, monotonic_clock>(), "");
static_assert(is_trivial_clock<fastvdso::realtime_coarse_clock, realtime_clock>(), "");
static_assert(is_trivial_clock<fastvdso::monotonic_clock_unordered, monotonic_clock>(), "");
static_assert(is_trivial_clock<thread_cpu_clock, thread_cpu_clock>(), "");
static_assert(is_trivial_clock<process_cpu_clock, process_cpu_clock>(), "");
static_assert(!thread_cpu_clock::is_steady && !process_cpu_clock::is_steady, "");
static_assert(thread_cpu_clock::id == CLOCK_THREAD_CPUTIME_ID &&
	      process_cpu_clock::id == CLOCK_PROCESS_CPUTIME_ID, "");
static_assert(monotonic_clock::is_steady && !realtime_clock::is_steady &&
	      !fastvdso::monotonic_clock_unordered::is_steady, "");
static_assert(monotonic_clock::id == CLOCK_MONOTONIC && realtime_clock::id == CLOCK_REALTIME &&
	      fastvdso::boottime_clock::id == CLOCK_BOOTTIME && fastvdso::tai_clock::id == CLOCK_TAI &&
	      fastvdso::monotonic_raw_clock::id == CLOCK_MONOTONIC_RAW, "");
#if __cplusplus >= 202002L && defined(__cpp_lib_chrono) && __cpp_lib_chrono >= 201907L
static_assert(is_clock_v<monotonic_clock> && is_clock_v<fastvdso::unordered<realtime_clock>>);
#endif

// Clocks are distinct types: the difference of two clocks does not compile.
template <class A, class B, class = void> struct subtracts : std::false_type { };
template <class A, class B>
struct subtracts<A, B, decltype(void(A::now() - B::now()))> : std::true_type { };
static_assert(subtracts<monotonic_clock, fastvdso::monotonic_clock_unordered>::value, "");
static_assert(!subtracts<monotonic_clock, realtime_clock>::value, "");
static_assert(!subtracts<fastvdso::tai_clock, realtime_clock>::value, "");
static_assert(!subtracts<thread_cpu_clock, process_cpu_clock>::value, "");

static int tests, failed;

static void test(bool ok, const char *name)
{
	std::printf("%sok %d header.%s\n", ok ? "" : "not ", ++tests, name);
	failed += !ok;
}

template <class Clock>
static bool reads()
{
	struct timespec ts;
	auto before = Clock::now(), kernel = before, after = before;

	clock_gettime(Clock::id, &ts);
	kernel = typename Clock::time_point(seconds(ts.tv_sec) + nanoseconds(ts.tv_nsec));
	after = Clock::now();
	return before - microseconds(1) <= kernel && kernel <= after + microseconds(1);
}

static bool converts()
{
	auto before = system_clock::now();
	auto now = realtime_clock::now();
	auto after = system_clock::now();
	auto steady = steady_clock::now();
	auto ours = monotonic_clock::to_steady(monotonic_clock::now());

	return before <= realtime_clock::to_system_clock(now) && realtime_clock::to_sys(now) <= after &&
	       realtime_clock::from_sys(realtime_clock::to_sys(now)) == now &&
	       realtime_clock::to_time_t(now) == now.time_since_epoch() / seconds(1) &&
	       steady <= ours && ours <= steady_clock::now();
}

static bool waits()
{
	fastvdso::deadline<monotonic_clock> soon(microseconds(200)), past(monotonic_clock::now());

	if (soon.reached() || !past.reached())
		return false;
	soon.spin();
	return monotonic_clock::now() >= soon.at() && monotonic_clock::now() < soon.at() + seconds(5);
}

// Without a counter a snapshot reads its clocks one after the other, within its bound.
static bool snaps()
{
	auto before = fastvdso::boottime_clock::now();
	fastvdso::snapshot first, second;

	return !first.error() && before <= first.boottime() && first.realtime() <= second.realtime() &&
	       first.monotonic() <= second.monotonic() && second.tai() <= fastvdso::tai_clock::now() &&
	       first.monotonic_raw() <= fastvdso::monotonic_raw_clock::now() &&
	       first.bound() >= nanoseconds(0) && first.ticks() == first.raw().ticks &&
	       first.on_one_time_line_with(second) == (first.ticks() != 0);
}

// CPU time advances while the program spins, and not while it sleeps.
template <class Clock>
static bool counts_cpu_time()
{
	auto start = Clock::now();
	fastvdso::deadline<Clock> end(milliseconds(2));
	struct timespec pause = { 0, 20000000 };

	end.spin();
	auto spun = Clock::now();
	nanosleep(&pause, nullptr);
	return spun >= start + milliseconds(2) && Clock::now() - spun < milliseconds(20);
}

static bool has_all_cpu_times()
{
	auto thread = thread_cpu_clock::now();
	auto process = process_cpu_clock::now();
	auto monotonic = monotonic_clock::now();
	fastvdso::cpu_times first, second;

	return !first.error() && thread <= first.thread() && first.thread() <= second.thread() &&
	       process <= first.process() && second.process() <= process_cpu_clock::now() &&
	       monotonic <= first.monotonic() && first.bound() >= nanoseconds(0) &&
	       first.switches() <= second.switches() && first.cpu() == first.raw().cpu;
}

int main()
{
	fastvdso::session session;
	struct fastvdso_status status;
	realtime_clock::time_point at;

	std::printf("TAP version 13\n1..8\n");
	test(!fastvdso_status(&status, sizeof(status)) && fastvdso_now_ns(CLOCK_MONOTONIC) > 0,
	     "compiles_as_cxx_and_links");
	test(reads<monotonic_clock>() && reads<realtime_clock>() && reads<fastvdso::boottime_clock>() &&
	     reads<fastvdso::tai_clock>() && reads<fastvdso::monotonic_raw_clock>() &&
	     reads<fastvdso::monotonic_coarse_clock>() && reads<fastvdso::realtime_coarse_clock>() &&
	     reads<fastvdso::monotonic_clock_unordered>() && reads<fastvdso::realtime_clock_unordered>(),
	     "each_clock_of_chrono_reads_the_clock_of_its_name");
	test(reads<thread_cpu_clock>() && reads<process_cpu_clock>() && counts_cpu_time<thread_cpu_clock>() &&
	     counts_cpu_time<process_cpu_clock>(), "cpu_clocks_count_cpu_time");
	test(has_all_cpu_times(), "cpu_times_has_the_time_of_each_clock");
	test(converts(), "times_become_those_of_the_standards_clocks");
	test(waits(), "a_deadline_is_reached_when_its_clock_says_so");
	test(snaps(), "a_snapshot_has_the_time_of_each_clock");
	test((fastvdso::to_time<realtime_clock>(fastvdso::ticks(), at) == 0) == (fastvdso::ticks() != 0) &&
	     (session.error() == 0) == (status.image != nullptr), "a_tick_becomes_a_time_or_an_error");
	return failed != 0;
}
