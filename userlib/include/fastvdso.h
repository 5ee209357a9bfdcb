/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libfastvdso: read the kernel's clocks from the pages of /dev/fastvdso
 *
 * Before fastvdso_open(), and if the device cannot be used, every call returns what libc
 * would return. If a page does not have what is asked for, the call makes the system call.
 * Programs need no fallback of their own. No call changes errno; errors are returned as
 * negative errno values.
 *
 * All calls may be made from any thread and after fork(). Calls that read a clock or the
 * CPU number may also be made from signal handlers. A clock read is ordered like
 * clock_gettime(): it does not happen before earlier loads have completed, and readings
 * of different threads can be compared. See libfastvdso(7).
 */
#ifndef FASTVDSO_H
#define FASTVDSO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

#include <linux/fastvdso.h>

/* No call throws. Saying so saves C++ callers the code for exceptions. */
#if defined(__cplusplus) && __cplusplus >= 201103L
#define FASTVDSO_NOEXCEPT	noexcept
#else
#define FASTVDSO_NOEXCEPT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* On 32-bit machines: -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64, which glibc knows from 2.34 on. */
FASTVDSO_ASSERT(sizeof(time_t) == 8);

/**
 * enum fastvdso_reason - why calls do not read the pages
 * @FASTVDSO_REASON_NONE: they do, for every clock that the pages have
 * @FASTVDSO_REASON_NOT_OPEN: fastvdso_open() has not been called
 * @FASTVDSO_REASON_NO_DEVICE: no /dev/fastvdso, or no module behind it
 * @FASTVDSO_REASON_NO_ACCESS: not allowed to open the device
 * @FASTVDSO_REASON_NO_EXEC: not allowed to map code: noexec /dev, or a security policy
 * @FASTVDSO_REASON_VERSION: the library does not support the module's ABI version
 * @FASTVDSO_REASON_BAD_PAGES: the data pages are not valid
 * @FASTVDSO_REASON_BAD_IMAGE: the code image is not valid
 * @FASTVDSO_REASON_NO_MEMORY: not enough memory, address space or file descriptors
 * @FASTVDSO_REASON_CLOCKSOURCE: mapped, but user space cannot read the clocksource
 * @FASTVDSO_REASON_NO_VDSO: the process was started without a vDSO (valgrind, vdso=0)
 * @FASTVDSO_REASON_RECORDED: rr records or replays the process, but not what it reads from the pages
 *
 * fastvdso_strreason() returns a description.
 */
enum fastvdso_reason {
	FASTVDSO_REASON_NONE	= 0,
	FASTVDSO_REASON_NOT_OPEN	= 1,
	FASTVDSO_REASON_NO_DEVICE	= 2,
	FASTVDSO_REASON_NO_ACCESS	= 3,
	FASTVDSO_REASON_NO_EXEC	= 4,
	FASTVDSO_REASON_VERSION	= 5,
	FASTVDSO_REASON_BAD_PAGES	= 6,
	FASTVDSO_REASON_BAD_IMAGE	= 7,
	FASTVDSO_REASON_NO_MEMORY	= 8,
	FASTVDSO_REASON_CLOCKSOURCE	= 9,
	FASTVDSO_REASON_NO_VDSO	= 10,
	FASTVDSO_REASON_RECORDED	= 11,
};

/**
 * struct fastvdso_status - how the calls of this process work now, and why
 * @mode: enum fastvdso_mode
 * @reason: enum fastvdso_reason
 * @error: errno value of the failure behind @reason, or 0
 * @clock_mode: enum fastvdso_clock_mode
 * @abi_version: ABI version of the module
 * @page_size: size of a page, bytes
 * @data_pages: number of data pages
 * @code_pages: number of code pages
 * @image_size: size of the code image, bytes
 * @updates: number of updates of the time page, modulo 2^31
 * @update_age_ns: time since the last update, nanoseconds
 * @data: address of the data pages
 * @image: address of the code image; NULL if nothing is mapped
 * @build_id: GNU build-id of the code image
 * @clocksource: name of the kernel's clocksource
 * @steering: enum fastvdso_steering
 * @flags: the flags of fastvdso_open_flags() that the administrator allows
 * @bound_ns: how far a reading may now be from the result of the system call, nanoseconds;
 *	0 unless @mode is FASTVDSO_MODE_STEERED
 * @pairings: how often the counter and the kernel's clock were read together
 * @losses: how often a counter turned out not to be steady
 * @code_from: the file that the code is mapped from: the device or an installed image; valid until the
 *	last fastvdso_close()
 * @steered_since_ns: MONOTONIC of this process when the clocks began to be steered, nanoseconds; 0 if
 *	they are not steered now
 * @bound_max_ns: widest bound since then, or, if they are not steered now, the last time
 * @steering_ended_ns: MONOTONIC of this process when they were last steered, nanoseconds; 0 if never
 * @steering_end: enum fastvdso_steering_end: what ended it then
 * @cpu_time: enum fastvdso_cpu_time
 * @cpu_time_bound_ns: how far a reading of CPU time may be behind the system call, nanoseconds; 0 unless
 *	@cpu_time is FASTVDSO_CPU_TIME_ACTIVE
 * @cpu_time_losses: how often the scheduler's clock stopped following the counter
 *
 * All fields from @clock_mode on are 0 unless the pages are mapped. Later versions may add
 * fields at the end; see fastvdso_status().
 */
struct fastvdso_status {
	uint32_t	mode;
	uint32_t	reason;
	int32_t		error;
	uint32_t	clock_mode;
	uint32_t	abi_version;
	uint32_t	page_size;
	uint32_t	data_pages;
	uint32_t	code_pages;
	uint32_t	image_size;
	uint32_t	updates;
	int64_t		update_age_ns;
	const void	*data;
	const void	*image;
	uint8_t		build_id[FASTVDSO_BUILD_ID_LEN];
	char		clocksource[FASTVDSO_NAME_LEN];
	uint32_t	steering;
	uint32_t	flags;
	uint64_t	bound_ns;
	uint32_t	pairings;
	uint32_t	losses;
	const char	*code_from;
	int64_t		steered_since_ns;
	uint64_t	bound_max_ns;
	int64_t		steering_ended_ns;
	uint32_t	steering_end;
	uint32_t	cpu_time;
	uint32_t	cpu_time_bound_ns;
	uint32_t	cpu_time_losses;
};

/**
 * FASTVDSO_STEERED - steer fastvdso_clock_gettime() and fastvdso_gettimeofday() too
 *
 * If user space cannot read the kernel's clocksource, fastvdso_now_ns() and
 * fastvdso_now_ns_bound() are steered: they follow the kernel's clock, within a bound, by
 * reading the CPU's counter. In that case fastvdso_clock_gettime() and
 * fastvdso_gettimeofday() are steered too with this flag, and make the system call without.
 */
#define FASTVDSO_STEERED	(1u << 0)

/**
 * fastvdso_open() - map the pages into this process
 *
 * May be called more than once; match each successful call with one fastvdso_close(). Must
 * not be called from a signal handler.
 *
 * Return: 0, or -errno. After an error the calls keep falling back, and fastvdso_status()
 * tells the reason.
 */
int fastvdso_open(void) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_open_flags() - fastvdso_open() with flags
 * @flags: FASTVDSO_STEERED, or 0 to do the same as fastvdso_open()
 *
 * If the administrator does not allow a flag, the call succeeds without its effect.
 *
 * Return: 0, or -errno like fastvdso_open(); -EINVAL if @flags has a flag unknown to this
 * library; -EBUSY if the library is already open with other flags.
 */
int fastvdso_open_flags(unsigned int flags) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_refresh() - switch to the time namespace of this process
 *
 * Call this after setns(2) into a time namespace, because the library cannot notice that by
 * itself. Meanwhile calls of other threads return the time of the old or the new namespace.
 *
 * Return: 0, also if nothing is mapped; or -errno.
 */
int fastvdso_refresh(void) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_close() - undo one fastvdso_open(); the last one unmaps the pages
 *
 * When the pages are unmapped, no thread may be inside a call or a function returned by
 * fastvdso_sym(). Later calls fall back.
 */
void fastvdso_close(void) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_clock_gettime() - clock_gettime(2)
 * @clock: any clock id that the system call takes
 * @ts: where to store the time
 *
 * Return: 0, or -errno. If the clock is read from the page, an invalid @ts faults.
 */
int fastvdso_clock_gettime(clockid_t clock, struct timespec *ts) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_now_ns() - read a clock as nanoseconds since its epoch
 * @clock: any clock id that the system call takes
 *
 * The reading may be steered; see fastvdso_now_ns_bound().
 *
 * Return: nanoseconds, until the year 2262; or -errno. Readings from the page are never
 * negative.
 */
int64_t fastvdso_now_ns(clockid_t clock) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_now_ns_bound() - fastvdso_now_ns() with its error bound
 * @clock: any clock id that the system call takes
 * @bound: how far the result of the system call may be from the reading, nanoseconds;
 *	0 if the reading is exact
 *
 * Return: like fastvdso_now_ns().
 */
int64_t fastvdso_now_ns_bound(clockid_t clock, uint64_t *bound) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_now_ns_unordered() - fastvdso_now_ns() without ordering
 * @clock: any clock id that the system call takes
 *
 * The CPU may read the counter before earlier loads have completed, or after later loads.
 * The reading is correct for some moment near the call, usually within some tens of
 * nanoseconds. It is not ordered with release and acquire operations between threads, and
 * two readings of one thread may be equal or, rarely, in reverse order. Use it for
 * histograms, logs and sampling, but not to decide which of two events was first. It costs
 * half of an ordered reading if the clock is computed from the TSC, and is the same as
 * fastvdso_now_ns() otherwise.
 *
 * Return: like fastvdso_now_ns().
 */
int64_t fastvdso_now_ns_unordered(clockid_t clock) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_ticks() - read the counter that the clocks are computed from
 *
 * Ordered like fastvdso_now_ns(). Ticks of all CPUs have the same scale, and can be compared
 * and subtracted as long as the clock mode (fastvdso_counter_info()) does not change.
 *
 * Return: the counter; 0 if no counter can be used, so that clock reads are system calls.
 */
uint64_t fastvdso_ticks(void) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_ticks_to_ns() - convert ticks to the time of a clock
 * @clock: CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME or CLOCK_TAI
 * @ticks: a past or future value of fastvdso_ticks() in this process
 *
 * For ticks since the kernel's last update (some milliseconds ago) the result is exact or, if
 * clocks are steered, within the bound of fastvdso_now_ns_bound(). Older ticks are converted
 * with the current parameters, whose rate may differ by one millionth: by at most a
 * nanosecond per millisecond.
 *
 * Return: nanoseconds since the epoch of the clock; -ESTALE if since then the clocks were
 * set, slewed by more than one millionth, or switched to another counter, or if the ticks
 * are more than 2^31 old; -ERANGE if they are further ahead than a steered clock can be
 * extrapolated, or centuries ahead; -EINVAL for any other clock; -EOPNOTSUPP if no counter
 * can be used.
 */
int64_t fastvdso_ticks_to_ns(clockid_t clock, uint64_t ticks) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_ns_to_ticks() - convert the time of a clock to ticks
 * @clock: as for fastvdso_ticks_to_ns()
 * @ns: nanoseconds since the epoch of the clock
 * @ticks: the first tick at which the clock reads @ns or more, by the current parameters;
 *	no longer right if the clock is slewed or set before then
 *
 * Return: 0; -ERANGE if @ns is centuries away; -EINVAL and -EOPNOTSUPP as above.
 */
int fastvdso_ns_to_ticks(clockid_t clock, int64_t ns, uint64_t *ticks) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_counter_info() - describe the counter of fastvdso_ticks()
 * @info: where to store the description; set to zero if no counter can be used
 *
 * Return: 0, or -EOPNOTSUPP if no counter can be used.
 */
int fastvdso_counter_info(struct fastvdso_counter_info *info) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_snapshot() - read all clocks, the counter and the CPU number at one instant
 * @snapshot: where to store them
 *
 * All values come from one reading of the counter, ordered like fastvdso_now_ns(). If no
 * counter can be used, the clocks are read by system calls, one after another: then
 * clock_mode is FASTVDSO_CLOCK_NONE, ticks and generation are 0, and bound is the time that
 * the calls took.
 *
 * Return: 0, or -errno of the system call.
 */
int fastvdso_snapshot(struct fastvdso_snapshot *snapshot) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_cpu_times() - read the CPU time of this thread and process, at one instant
 * @times: where to store it
 *
 * If the pages do not have all of it, the fields are read one after another, and @times->bound is how long
 * that took.
 *
 * Return: 0, or -errno of the system call.
 */
int fastvdso_cpu_times(struct fastvdso_cpu_times *times) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_gettimeofday() - gettimeofday(2)
 * @tv: where to store the time, or NULL
 * @tz: where the system call is to store a struct timezone, or NULL
 *
 * Return: 0, or -errno.
 */
int fastvdso_gettimeofday(struct timeval *tv, void *tz) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_time() - time(2)
 * @t: where to store the result too, or NULL
 *
 * Return: whole seconds of CLOCK_REALTIME; if read from the page, as of the last kernel tick.
 */
time_t fastvdso_time(time_t *t) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_clock_getres() - clock_getres(2)
 * @clock: any clock id that the system call takes
 * @res: where to store the resolution, or NULL
 *
 * Return: 0, or -errno.
 */
int fastvdso_clock_getres(clockid_t clock, struct timespec *res) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_getcpu() - getcpu(2)
 * @cpu: where to store the number of the current CPU, or NULL
 * @node: where to store its NUMA node, or NULL
 *
 * Return: 0, or -errno.
 */
int fastvdso_getcpu(unsigned int *cpu, unsigned int *node) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_getrandom() - getrandom(2)
 * @buffer: where to store random bytes
 * @length: how many
 * @flags: GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE, as for the system call
 *
 * On kernels before 6.11, at most 4096 bytes are generated without a system call. Newer kernels have
 * a generator in their own vDSO, and libc's getrandom() is called. That can be a cancellation point.
 *
 * Return: the number of bytes stored, or -errno.
 */
ssize_t fastvdso_getrandom(void *buffer, size_t length, unsigned int flags);

/**
 * fastvdso_status() - tell how the calls work now, and why
 * @status: where to store it
 * @size: sizeof(struct fastvdso_status)
 *
 * Must not be called from a signal handler.
 *
 * Return: 0, or -EINVAL if @size is 0 or larger than the structure of this library.
 */
int fastvdso_status(struct fastvdso_status *status, size_t size) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_strreason() - describe an enum fastvdso_reason
 * @reason: from struct fastvdso_status
 *
 * Return: a string, never NULL.
 */
const char *fastvdso_strreason(enum fastvdso_reason reason) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_strsteering() - describe an enum fastvdso_steering
 * @steering: from struct fastvdso_status
 *
 * Return: a string, never NULL.
 */
const char *fastvdso_strsteering(enum fastvdso_steering steering) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_strend() - describe an enum fastvdso_steering_end
 * @end: from struct fastvdso_status
 *
 * Return: a string, never NULL.
 */
const char *fastvdso_strend(enum fastvdso_steering_end end) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_strcputime() - describe an enum fastvdso_cpu_time
 * @cpu_time: from struct fastvdso_status
 *
 * Return: a string, never NULL.
 */
const char *fastvdso_strcputime(enum fastvdso_cpu_time cpu_time) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_sym() - look up a function of the mapped image
 * @name: symbol name, such as "__vdso_clock_gettime"
 * @version: symbol version, such as "LINUX_2.6"
 *
 * Must not be called from a signal handler.
 *
 * Return: the address of the function, valid until the last fastvdso_close(); NULL if the
 * image does not have it, or nothing is mapped.
 */
void *fastvdso_sym(const char *name, const char *version) FASTVDSO_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif /* FASTVDSO_H */
