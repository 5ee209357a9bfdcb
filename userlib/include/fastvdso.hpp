/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libfastvdso for C++11 and later, as clocks for <chrono>. Header-only: each call is inlined
 * to one of fastvdso.h. See fastvdso.hpp(3).
 *
 *	fastvdso::session session;
 *	auto start = fastvdso::monotonic_clock::now();
 *
 * The clocks are right without a session too, and if the session reports an error.
 */
#ifndef FASTVDSO_HPP
#define FASTVDSO_HPP

#include <chrono>
#include <cstdint>
#include <ctime>

#include "fastvdso.h"

namespace fastvdso {

/* Keeps the library open. error() is 0, or the -errno because of which clocks are read by libc. */
class session {
public:
	explicit session(unsigned int flags = 0) : error_(fastvdso_open_flags(flags)) { }
	~session() { if (!error_) fastvdso_close(); }
	session(const session &) = delete;
	session &operator=(const session &) = delete;
	int error() const noexcept { return error_; }

private:
	int error_;
};

/*
 * Members of a <chrono> clock. Times of this clock and of the clock Epoch have the same epoch,
 * and therefore the same type, and can be compared.
 */
template <class Epoch, clockid_t Id, bool Steady>
struct clock_base {
	using duration = std::chrono::nanoseconds;
	using rep = duration::rep;
	using period = duration::period;
	using time_point = std::chrono::time_point<Epoch, duration>;
	static constexpr bool is_steady = Steady;
	static constexpr clockid_t id = Id;

	static time_point now() noexcept { return time_point(duration(fastvdso_now_ns(Id))); }
};

#if __cplusplus < 201703L
template <class Epoch, clockid_t Id, bool Steady> constexpr bool clock_base<Epoch, Id, Steady>::is_steady;
template <class Epoch, clockid_t Id, bool Steady> constexpr clockid_t clock_base<Epoch, Id, Steady>::id;
#endif

/* CLOCK_MONOTONIC, the clock of std::chrono::steady_clock on Linux. */
struct monotonic_clock : clock_base<monotonic_clock, CLOCK_MONOTONIC, true> {
	template <class D>
	static std::chrono::time_point<std::chrono::steady_clock, D>
	to_steady(const std::chrono::time_point<monotonic_clock, D> &at) noexcept
	{
		return std::chrono::time_point<std::chrono::steady_clock, D>(at.time_since_epoch());
	}
};

/* CLOCK_REALTIME. C++20's clock_cast uses to_sys() and from_sys(). */
struct realtime_clock : clock_base<realtime_clock, CLOCK_REALTIME, false> {
	template <class D>
	static std::chrono::time_point<std::chrono::system_clock, D>
	to_sys(const std::chrono::time_point<realtime_clock, D> &at) noexcept
	{
		return std::chrono::time_point<std::chrono::system_clock, D>(at.time_since_epoch());
	}

	template <class D>
	static std::chrono::time_point<realtime_clock, D>
	from_sys(const std::chrono::time_point<std::chrono::system_clock, D> &at) noexcept
	{
		return std::chrono::time_point<realtime_clock, D>(at.time_since_epoch());
	}

	/* For functions that take times of the standard clock, in its unit. */
	static std::chrono::system_clock::time_point to_system_clock(time_point at) noexcept
	{
		return std::chrono::time_point_cast<std::chrono::system_clock::duration>(to_sys(at));
	}

	static std::time_t to_time_t(time_point at) noexcept
	{
		return std::chrono::system_clock::to_time_t(to_system_clock(at));
	}
};

struct boottime_clock : clock_base<boottime_clock, CLOCK_BOOTTIME, true> { };
struct tai_clock : clock_base<tai_clock, CLOCK_TAI, false> { };
struct monotonic_raw_clock : clock_base<monotonic_raw_clock, CLOCK_MONOTONIC_RAW, true> { };
struct realtime_coarse_clock : clock_base<realtime_clock, CLOCK_REALTIME_COARSE, false> { };
struct monotonic_coarse_clock : clock_base<monotonic_clock, CLOCK_MONOTONIC_COARSE, true> { };

/*
 * The CPU time of the calling thread, and of its process. Not steady, because they stop while nothing runs.
 * Times of different threads are of one type, but only those of the same thread can be compared.
 */
struct thread_cpu_clock : clock_base<thread_cpu_clock, CLOCK_THREAD_CPUTIME_ID, false> { };
struct process_cpu_clock : clock_base<process_cpu_clock, CLOCK_PROCESS_CPUTIME_ID, false> { };

/*
 * Reads a clock by fastvdso_now_ns_unordered(). Not steady, because two readings may be in
 * reverse order.
 */
template <class Clock>
struct unordered : clock_base<typename Clock::time_point::clock, Clock::id, false> {
	using typename clock_base<typename Clock::time_point::clock, Clock::id, false>::time_point;
	using typename clock_base<typename Clock::time_point::clock, Clock::id, false>::duration;

	static time_point now() noexcept
	{
		return time_point(duration(fastvdso_now_ns_unordered(Clock::id)));
	}
};

using monotonic_clock_unordered = unordered<monotonic_clock>;
using realtime_clock_unordered = unordered<realtime_clock>;

/* Nanoseconds since the epoch of Clock. */
template <class Clock>
typename Clock::time_point as(std::int64_t ns) noexcept
{
	return typename Clock::time_point(typename Clock::duration(ns));
}

inline std::uint64_t ticks() noexcept { return fastvdso_ticks(); }

/* Convert a tick to a time of Clock. Returns 0, or -errno like fastvdso_ticks_to_ns(). */
template <class Clock>
int to_time(std::uint64_t tick, typename Clock::time_point &at) noexcept
{
	std::int64_t ns = fastvdso_ticks_to_ns(Clock::id, tick);

	if (ns < 0)
		return static_cast<int>(ns);
	at = as<Clock>(ns);
	return 0;
}

/*
 * A time to spin for. Compares ticks if a counter can be used, and checks the clock at the end
 * and once in a while, because clocks may be slewed or set. Without a counter it reads the clock.
 */
template <class Clock>
class deadline {
public:
	using time_point = typename Clock::time_point;

	explicit deadline(time_point at) noexcept : at_(at) { arm(); }
	explicit deadline(typename Clock::duration from_now) noexcept : deadline(Clock::now() + from_now) { }

	time_point at() const noexcept { return at_; }

	bool reached() noexcept
	{
		std::uint64_t now = armed_ && ++asked_ % look_every ? fastvdso_ticks() : 0;

		if (now && static_cast<std::int64_t>(now - tick_) < 0)
			return false;
		if (Clock::now() >= at_)
			return true;
		arm();
		return false;
	}

	void spin() noexcept
	{
		while (!reached())
			relax();
	}

private:
	enum : unsigned int { look_every = 1024 };

	void arm() noexcept
	{
		armed_ = !fastvdso_ns_to_ticks(Clock::id, at_.time_since_epoch().count(), &tick_);
	}

	static void relax() noexcept
	{
#if defined(__x86_64__) || defined(__i386__)
		__builtin_ia32_pause();
#endif
	}

	time_point at_;
	std::uint64_t tick_ = 0;
	unsigned int asked_ = 0;
	bool armed_ = false;
};

/* All clocks at one instant: fastvdso_snapshot(). */
class snapshot {
public:
	snapshot() noexcept : raw_(), error_(::fastvdso_snapshot(&raw_)) { }

	/* 0, or -errno; then the snapshot is not valid. */
	int error() const noexcept { return error_; }

	realtime_clock::time_point realtime() const noexcept { return as<realtime_clock>(raw_.realtime); }
	monotonic_clock::time_point monotonic() const noexcept { return as<monotonic_clock>(raw_.monotonic); }
	boottime_clock::time_point boottime() const noexcept { return as<boottime_clock>(raw_.boottime); }
	tai_clock::time_point tai() const noexcept { return as<tai_clock>(raw_.tai); }
	monotonic_raw_clock::time_point monotonic_raw() const noexcept
	{
		return as<monotonic_raw_clock>(raw_.monotonic_raw);
	}

	/* How far each clock may be from the result of the system call. */
	std::chrono::nanoseconds bound() const noexcept
	{
		return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(raw_.bound));
	}
	std::uint64_t ticks() const noexcept { return raw_.ticks; }
	unsigned int cpu() const noexcept { return raw_.cpu; }
	unsigned int node() const noexcept { return raw_.node; }
	std::uint32_t generation() const noexcept { return raw_.generation; }

	/* True if no clock was set between the snapshots, so that differences are durations. */
	bool on_one_time_line_with(const snapshot &other) const noexcept
	{
		return raw_.clock_mode != FASTVDSO_CLOCK_NONE && raw_.clock_mode == other.raw_.clock_mode &&
		       raw_.generation == other.raw_.generation;
	}

	const struct ::fastvdso_snapshot &raw() const noexcept { return raw_; }

private:
	struct ::fastvdso_snapshot raw_;
	int error_;
};

/* CPU time of the calling thread and of its process at one instant: fastvdso_cpu_times(). */
class cpu_times {
public:
	cpu_times() noexcept : raw_(), error_(::fastvdso_cpu_times(&raw_)) { }

	/* 0, or -errno; then the times are not valid. */
	int error() const noexcept { return error_; }

	thread_cpu_clock::time_point thread() const noexcept { return as<thread_cpu_clock>(raw_.thread); }
	process_cpu_clock::time_point process() const noexcept
	{
		return as<process_cpu_clock>(raw_.process);
	}
	monotonic_clock::time_point monotonic() const noexcept { return as<monotonic_clock>(raw_.monotonic); }
	std::chrono::nanoseconds bound() const noexcept
	{
		return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(raw_.bound));
	}
	std::uint64_t switches() const noexcept { return raw_.switches; }
	unsigned int cpu() const noexcept { return raw_.cpu; }

	const struct ::fastvdso_cpu_times &raw() const noexcept { return raw_; }

private:
	struct ::fastvdso_cpu_times raw_;
	int error_;
};

} /* namespace fastvdso */

#endif /* FASTVDSO_HPP */
