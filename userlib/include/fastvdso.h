/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libfastvdso: the clocks of the kernel, through the pages of /dev/fastvdso
 *
 * Before fastvdso_open(), and wherever the device does not serve, every call gives
 * libc's answer; what the page cannot tell is asked of the kernel. A program needs
 * no second path of its own. No call changes errno; errors come back as negative
 * numbers.
 *
 * All calls may be made from any thread and after fork(), and those that read a
 * clock or the CPU number from signal handlers too. A clock read is ordered like
 * clock_gettime(): it does not happen before earlier loads have their values, and
 * readings compare across threads. See libfastvdso(7).
 */
#ifndef FASTVDSO_H
#define FASTVDSO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#include <linux/fastvdso.h>

/* No call throws: a C++ compiler that knows needs no code for that case. */
#if defined(__cplusplus) && __cplusplus >= 201103L
#define FASTVDSO_NOEXCEPT	noexcept
#else
#define FASTVDSO_NOEXCEPT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum fastvdso_reason - why calls do not go through the page
 * @FASTVDSO_REASON_NONE: they do, for every clock that the page has
 * @FASTVDSO_REASON_NOT_OPEN: fastvdso_open() has not been called
 * @FASTVDSO_REASON_NO_DEVICE: no /dev/fastvdso, or no module behind it
 * @FASTVDSO_REASON_NO_ACCESS: not allowed to open it
 * @FASTVDSO_REASON_NO_EXEC: not allowed to map code: noexec /dev, a policy
 * @FASTVDSO_REASON_VERSION: an ABI that this library does not speak
 * @FASTVDSO_REASON_BAD_PAGES: the pages are not what they should be
 * @FASTVDSO_REASON_BAD_IMAGE: the image is not what it should be
 * @FASTVDSO_REASON_NO_MEMORY: no room in the address space, or no descriptor
 * @FASTVDSO_REASON_CLOCKSOURCE: mapped, but user space cannot read the clocksource
 * @FASTVDSO_REASON_NO_VDSO: the process was given no vDSO: valgrind, vdso=0
 *
 * Names for people: fastvdso_strreason().
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
};

/**
 * struct fastvdso_status - what the calls of this process do, and why
 * @mode: enum fastvdso_mode
 * @reason: enum fastvdso_reason
 * @error: errno behind the reason, or 0
 * @clock_mode: enum fastvdso_clock_mode
 * @abi_version: of the module
 * @page_size: bytes
 * @data_pages: number of pages of data
 * @code_pages: number of pages of code
 * @image_size: bytes
 * @updates: of the time page so far, modulo 2^31
 * @update_age_ns: time since the last one, nanoseconds
 * @data: where the data pages are mapped
 * @image: where the image is mapped; NULL if nothing is
 * @build_id: GNU build-id of the image
 * @clocksource: the kernel's name of its clocksource
 * @steering: enum fastvdso_steering
 * @flags: those of fastvdso_open_flags() that the administrator allows
 * @bound_ns: how far a reading may be from the system call's answer now, nanoseconds;
 *	0 unless @mode is FASTVDSO_MODE_STEERED
 * @pairings: times that a counter and the kernel's clock were read together
 * @losses: times that a counter turned out not to be steady
 * @code_from: the file that the code is mapped from: the device, or the image's installed twin
 *
 * From @clock_mode on all is 0 unless something is mapped. Grows at its end; see fastvdso_status().
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
};

/**
 * FASTVDSO_STEERED - steered readings for clock_gettime() and gettimeofday() too
 *
 * Where user space cannot read the kernel's clocksource, fastvdso_now_ns() and
 * fastvdso_now_ns_bound() are steered: they follow the kernel's clock by the CPU's
 * counter, within a bound. With this flag fastvdso_clock_gettime() and
 * fastvdso_gettimeofday() are as well; without, they make the system call there.
 */
#define FASTVDSO_STEERED	(1u << 0)

/**
 * fastvdso_open() - map the pages into this process
 *
 * May be called more than once; each success wants its fastvdso_close(). Not to
 * be called from a signal handler.
 *
 * Return: 0, or -errno; then calls go on falling back, and fastvdso_status()
 * has the reason.
 */
int fastvdso_open(void) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_open_flags() - fastvdso_open() with wishes
 * @flags: FASTVDSO_STEERED, or 0 for what fastvdso_open() does
 *
 * The administrator may forbid what is wished for; then calls go on as without it.
 *
 * Return: 0, or -errno as fastvdso_open(); -EINVAL for a flag that this library does
 * not know; -EBUSY if it is open already with other flags.
 */
int fastvdso_open_flags(unsigned int flags) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_refresh() - take note of another time namespace
 *
 * To be called after setns(2) into a time namespace, which nobody tells the library
 * of. A call of another thread meanwhile gives the time of the one or the other.
 *
 * Return: 0, also if nothing is mapped; or -errno.
 */
int fastvdso_refresh(void) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_close() - the mirror of fastvdso_open(); the last one unmaps
 *
 * No thread may be within a call, and no function that fastvdso_sym() gave may
 * be used any more, when the last close happens. Calls made later fall back.
 */
void fastvdso_close(void) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_clock_gettime() - clock_gettime(2)
 * @clock: any clock id that the system call takes
 * @ts: filled
 *
 * Return: 0, or -errno. A bad pointer faults where the page serves the clock.
 */
int fastvdso_clock_gettime(clockid_t clock, struct timespec *ts) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_now_ns() - nanoseconds since the epoch of a clock
 * @clock: any clock id that the system call takes
 *
 * May be steered: see fastvdso_now_ns_bound().
 *
 * Return: nanoseconds, valid until the year 2262, or -errno. The clocks of the
 * page do not read below zero.
 */
int64_t fastvdso_now_ns(clockid_t clock) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_now_ns_bound() - fastvdso_now_ns(), and how far off it may be
 * @clock: any clock id that the system call takes
 * @bound: nanoseconds within which the answer of the system call is; 0 where the
 *	reading is the kernel's own
 *
 * Return: as fastvdso_now_ns().
 */
int64_t fastvdso_now_ns_bound(clockid_t clock, uint64_t *bound) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_now_ns_unordered() - fastvdso_now_ns() without the order
 * @clock: any clock id that the system call takes
 *
 * The counter is read whenever the CPU likes: before loads that stand before the call
 * have their values, or after loads that stand behind it. The reading is a true one of
 * some moment close by, some tens of nanoseconds as a rule; but what another thread was
 * told with release and read with acquire may lie on either side of it, and two
 * readings of one thread may come out equal or, seldom, in reverse. Good for
 * histograms, logs and sampling; not for deciding what happened first. Costs half of an
 * ordered reading where the clock is made from the TSC, and is fastvdso_now_ns() elsewhere.
 *
 * Return: as fastvdso_now_ns().
 */
int64_t fastvdso_now_ns_unordered(clockid_t clock) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_ticks() - the counter that the clocks are made from
 *
 * Ordered as fastvdso_now_ns(). Ticks of all CPUs are on one scale. They may be
 * compared and subtracted while the clock mode stays the same (fastvdso_counter_info()).
 *
 * Return: the counter; 0 where no counter serves, so that clocks are system calls.
 */
uint64_t fastvdso_ticks(void) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_ticks_to_ns() - what a clock read at a tick
 * @clock: CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME or CLOCK_TAI
 * @ticks: of fastvdso_ticks() of this process, or yet to come
 *
 * Exact for a tick since the kernel's last update (some milliseconds), to the bound of
 * fastvdso_now_ns_bound() where clocks are steered. An older one is converted with the
 * parameters of now: they may differ from those of then by a millionth, so by a
 * nanosecond for each millisecond at most.
 *
 * Return: nanoseconds since the epoch of the clock; -ESTALE for a tick from before the
 * clocks were set, slewed by more than that, or made from another counter, or older than
 * 2^31 ticks; -ERANGE for one further ahead than a steered clock can tell; -EINVAL for
 * another clock; -EOPNOTSUPP where no counter serves.
 */
int64_t fastvdso_ticks_to_ns(clockid_t clock, uint64_t ticks) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_ns_to_ticks() - the tick at which a clock will read so much
 * @clock: as for fastvdso_ticks_to_ns()
 * @ns: nanoseconds since the epoch of the clock
 * @ticks: the first tick at which the clock reads @ns or more, with the parameters of
 *	now: if the clock is slewed or set meanwhile, it comes out different
 *
 * Return: 0; -ERANGE for centuries; -EINVAL and -EOPNOTSUPP as above.
 */
int fastvdso_ns_to_ticks(clockid_t clock, int64_t ns, uint64_t *ticks) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_counter_info() - what fastvdso_ticks() counts, and how fast
 * @info: filled; zeroes where no counter serves
 *
 * Return: 0, or -EOPNOTSUPP where no counter serves.
 */
int fastvdso_counter_info(struct fastvdso_counter_info *info) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_snapshot() - all clocks, counter and CPU of one instant
 * @snapshot: filled
 *
 * All from one reading of the counter, ordered as fastvdso_now_ns(). Where no counter
 * serves, by system calls one after the other: then clock_mode is FASTVDSO_CLOCK_NONE,
 * ticks and generation are 0, and bound says how long they took.
 *
 * Return: 0, or -errno of the system call.
 */
int fastvdso_snapshot(struct fastvdso_snapshot *snapshot) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_gettimeofday() - gettimeofday(2)
 * @tv: filled, unless NULL
 * @tz: a struct timezone, filled by the system call, or NULL
 *
 * Return: 0, or -errno.
 */
int fastvdso_gettimeofday(struct timeval *tv, void *tz) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_time() - time(2)
 * @t: filled, unless NULL
 *
 * Return: whole seconds of CLOCK_REALTIME, as of the last tick where the page serves.
 */
time_t fastvdso_time(time_t *t) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_clock_getres() - clock_getres(2)
 * @clock: any clock id that the system call takes
 * @res: filled, unless NULL
 *
 * Return: 0, or -errno.
 */
int fastvdso_clock_getres(clockid_t clock, struct timespec *res) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_getcpu() - getcpu(2)
 * @cpu: the CPU of this moment, unless NULL
 * @node: its NUMA node, unless NULL
 *
 * Return: 0, or -errno.
 */
int fastvdso_getcpu(unsigned int *cpu, unsigned int *node) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_status() - what the calls do at this moment, and why
 * @status: filled
 * @size: sizeof(struct fastvdso_status) of the caller
 *
 * Not to be called from a signal handler.
 *
 * Return: 0, or -EINVAL for a size that this library does not know.
 */
int fastvdso_status(struct fastvdso_status *status, size_t size) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_strreason() - a reason in plain English
 * @reason: as in struct fastvdso_status
 *
 * Return: a text, never NULL.
 */
const char *fastvdso_strreason(enum fastvdso_reason reason) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_strsteering() - whether clocks are steered, and why not, in plain English
 * @steering: as in struct fastvdso_status
 *
 * Return: a text, never NULL.
 */
const char *fastvdso_strsteering(enum fastvdso_steering steering) FASTVDSO_NOEXCEPT;

/**
 * fastvdso_sym() - a function of the mapped image
 * @name: "__vdso_clock_gettime"
 * @version: "LINUX_2.6"
 *
 * Not to be called from a signal handler.
 *
 * Return: its address, valid until the last fastvdso_close(); NULL if there is
 * none, or nothing is mapped.
 */
void *fastvdso_sym(const char *name, const char *version) FASTVDSO_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif /* FASTVDSO_H */
