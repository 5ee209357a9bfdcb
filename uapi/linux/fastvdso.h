/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * fastvdso: the pages, and the device that hands them out
 *
 * /dev/fastvdso (misc device, mode 0444, opened read-only) offers code and data to
 * mmap(). D is FASTVDSO_OFFSET_DATA:
 *
 *	offset 0                            the code: an ELF image, like a vDSO
 *	offset D                            namespace page
 *	offset D + 1 * page_size            time page
 *	offset D + 2 * page_size            steered page
 *	offset D + 3 * page_size            CPU page
 *	offset D + 4 * page_size            CPU-time pages
 *	offset FASTVDSO_OFFSET_HYPERVISOR   the hypervisor's clock page, if there is one
 *
 * Above the code a process may have a page of its own, struct fastvdso_stock_page.
 *
 * The code addresses the data PC-relative, so a process maps the data read-only
 * and the code read-execute right above it, in two calls to mmap(). A mapping is
 * entirely within the data or entirely within the code. Data cannot be mapped
 * executable, nothing can be mapped writable, and mprotect() cannot change either
 * later. read() returns the image as it runs, and the file ends with it. In
 * /proc/PID/maps each mapping has the offset that it was mapped with.
 *
 * 32-bit programs
 * ---------------
 * The code is for the ABI of the system call that opened the device: x86-64, or i386 on kernels that run
 * such programs. read(), lseek(), mmap() and FASTVDSO_IOC_INFO are about that image, also in a
 * process that inherits or receives the file. Data, offsets and structures are the same. open()
 * fails with ENODEV if there is no image for the caller's ABI. The offset of the data needs an off_t of
 * 64 bits (_FILE_OFFSET_BITS=64, mmap2()): cut to 32 bits, it is that of the code. In 32-bit code a load
 * of 64 bits is two loads: load again what no sequence count protects.
 *
 * What a reader can rely on
 * -------------------------
 * While clock_mode is not FASTVDSO_CLOCK_NONE, a clock computed from the time
 * page as in vdso_blob/reader.h is, to the nanosecond, what the clock_gettime()
 * system call would have returned at that instant. The page changes in the same
 * critical section of the kernel as the page of the kernel's own vDSO, and right
 * after it. Until then, readers compute from the previous state. A reader that
 * does not know a clock or a clock mode makes the system call.
 *
 * Steered clocks
 * --------------
 * If user space cannot read the kernel's clocksource (hpet, acpi_pm), the steered
 * page has the same clocks, computed from the CPU's counter and steered by
 * measurement to follow the kernel's clocks. A reading differs from what the system
 * call would have returned by at most bound_ns, which grows with the time since the
 * last update of the page. The kernel updates the page in each tick. If the counters
 * of all CPUs jump, for instance because a virtual machine is stopped, the bound may
 * not hold until the second update after it. If the counter of one CPU jumps, it may
 * not hold until that CPU is compared with the kernel's clocks again, which happens
 * each 100 ms while it is busy.
 *
 * A reading is never below an earlier reading of the same thread, unless the kernel's
 * clock itself was set, or the earlier one was a system call, on a CPU whose counter
 * cannot be used: then it may be below by the bound. When the page becomes active, it
 * is ahead of the kernel's clock by at most the bound, so that it is not behind earlier
 * system calls. Within 10 ms it falls behind the kernel's clock, and from then on it is
 * never above a later system call, except for 20 ms after a step of a hypervisor's
 * clock that is followed on a machine with one CPU. The time page has precedence: the
 * steered page is valid only while clock_mode of the time page is FASTVDSO_CLOCK_NONE.
 *
 * CPU time
 * --------
 * The CPU-time pages belong to one process. Their line of a CPU says what to add to the scheduler's
 * clock to get the CPU time of the thread of this process that the scheduler switched to last on that
 * CPU. The time page says how to compute the scheduler's clock from the counter. A sum of both is what
 * CLOCK_THREAD_CPUTIME_ID would have returned at that instant, less at most bound_ns. As long as the
 * process has had one thread only, it is CLOCK_PROCESS_CPUTIME_ID too. See struct fastvdso_cpu_time_pages.
 *
 * What the pages must never contain
 * ---------------------------------
 * Kernel addresses, anything about another process, anything a process could
 * not have asked the kernel for, and raw kernel enumerations whose values shift
 * from one kernel to the next.
 *
 * The latch
 * ---------
 * The time page holds two copies of everything that changes. `seq` of copy 0
 * says which one to read: even means copy 0, odd means that copy 0 is being
 * written and copy 1 still holds the last state. A reader reads seq, then the
 * copy and the counter, then seq again, and starts over if seq changed. It never
 * waits for the writer, even if the writer stops. vdso_blob/latch.h has the
 * protocol and its barriers.
 *
 * Growth
 * ------
 * Everything here is append-only. Structures grow at their end or into fields
 * named reserved, which read as zero until then; zero means "not provided".
 * New data pages follow the ones listed here. A reader of version N works
 * on every page whose version is >= N and whose compat_version is <= N.
 *
 * All integers have the byte order of the machine. The kernel module writes
 * every field, and any process can map and read it.
 */
#ifndef _UAPI_LINUX_FASTVDSO_H
#define _UAPI_LINUX_FASTVDSO_H

/* Version of this ABI, and the oldest reader that its pages still support. */
#define FASTVDSO_ABI_VERSION	2
#define FASTVDSO_ABI_COMPAT	2

/* Page order: index of a page within the data, in pages. */
#define FASTVDSO_PAGE_NS	0
#define FASTVDSO_PAGE_TIME	1
#define FASTVDSO_PAGE_STEERED	2
#define FASTVDSO_PAGE_CPU	3
#define FASTVDSO_PAGE_CPU_TIME	4
#define FASTVDSO_CPU_TIME_PAGES	8
#define FASTVDSO_DATA_PAGES	12

/* Number of CPUs on the CPU page. Higher CPUs make the system call. */
#define FASTVDSO_CPUS		512
#define FASTVDSO_OFFSET_UNKNOWN	(1ULL << 62)

/* Number of lines on the CPU-time pages. Threads on higher CPUs make the system call. */
#define FASTVDSO_CPU_TIME_CPUS	511

#ifndef __ASSEMBLY__

#include <linux/ioctl.h>
#include <linux/types.h>

#define FASTVDSO_DEVICE		"/dev/fastvdso"
#define FASTVDSO_NAME_LEN	32
#define FASTVDSO_BUILD_ID_LEN	20

#define FASTVDSO_NS_MAGIC	0x534e5646u	/* "FVNS" in memory, little endian */
#define FASTVDSO_TIME_MAGIC	0x4d545646u	/* "FVTM" in memory, little endian */
#define FASTVDSO_CPU_TIME_MAGIC	0x54435646u	/* "FVCT" in memory, little endian */

/* Where the data begins: far above the code, so that the image is a file from 0 to its end. */
#define FASTVDSO_OFFSET_DATA	(1ull << 41)

/*
 * Requests of a data mapping, added to its offset. The namespace page of the mapping records
 * them as flags (see struct fastvdso_ns_page).
 *
 * FASTVDSO_MAP_STEERED: clock_gettime() and gettimeofday() may also be steered in this
 *	mapping, not only fastvdso's own calls that are documented to be.
 * FASTVDSO_MAP_HYPERVISOR: the hypervisor's page is mapped directly below the data.
 * FASTVDSO_MAP_STOCK: a page with a struct fastvdso_stock_page is mapped directly above the code.
 */
#define FASTVDSO_MAP_STEERED	(1ull << 32)
#define FASTVDSO_MAP_HYPERVISOR	(1ull << 33)
#define FASTVDSO_MAP_STOCK	(1ull << 34)
#define FASTVDSO_MAP_REQUESTS	(FASTVDSO_MAP_STEERED | FASTVDSO_MAP_HYPERVISOR | FASTVDSO_MAP_STOCK)

/*
 * The page that the hypervisor writes, unchanged (kvm-clock: struct pvclock_vcpu_time_info of
 * CPU 0; Hyper-V: the reference TSC page). It is a separate mapping of one page. mmap() fails
 * with ENODEV if there is no such page.
 */
#define FASTVDSO_OFFSET_HYPERVISOR	(1ull << 40)

/**
 * enum fastvdso_clock_mode - the counter that the clocks are computed from
 * @FASTVDSO_CLOCK_NONE: none that user space can read: make the system call
 *	for REALTIME, MONOTONIC, BOOTTIME, TAI and MONOTONIC_RAW. The coarse
 *	clocks are still valid.
 * @FASTVDSO_CLOCK_COUNTER: the CPU's own counter (x86: the TSC)
 * @FASTVDSO_CLOCK_STEERED: the CPU's own counter plus the offset of the CPU, see
 *	struct fastvdso_cpu_page; on the steered page only
 * @FASTVDSO_CLOCK_PVCLOCK: kvm-clock, computed from the hypervisor's page
 * @FASTVDSO_CLOCK_HVCLOCK: Hyper-V's reference time, computed from the hypervisor's page
 *
 * A reader treats unknown values as FASTVDSO_CLOCK_NONE.
 */
enum fastvdso_clock_mode {
	FASTVDSO_CLOCK_NONE	= 0,
	FASTVDSO_CLOCK_COUNTER	= 1,
	FASTVDSO_CLOCK_STEERED	= 2,
	FASTVDSO_CLOCK_PVCLOCK	= 3,
	FASTVDSO_CLOCK_HVCLOCK	= 4,
};

/**
 * enum fastvdso_mode - how exact the clocks are at this moment
 * @FASTVDSO_MODE_FALLBACK: all clocks except the coarse ones make the system call
 * @FASTVDSO_MODE_EXACT: exactly what the system call would return
 * @FASTVDSO_MODE_STEERED: what the system call would return, within a published bound.
 *	Applies to fastvdso's own calls that are documented to be steered; with
 *	FASTVDSO_MAP_STEERED, to all calls.
 */
enum fastvdso_mode {
	FASTVDSO_MODE_FALLBACK	= 0,
	FASTVDSO_MODE_EXACT	= 1,
	FASTVDSO_MODE_STEERED	= 2,
};

/**
 * enum fastvdso_steering - whether the steered page is active, and why not
 * @FASTVDSO_STEERING_NONE: not provided
 * @FASTVDSO_STEERING_IDLE: user space can read the clocksource, or no process has the
 *	page mapped, or the machine is about to suspend
 * @FASTVDSO_STEERING_FORBIDDEN: disabled by the module parameter "steered"
 * @FASTVDSO_STEERING_UNSUPPORTED: the counter is not known to run at a constant rate,
 *	or it cannot be read together with the CPU number, or the machine has more
 *	than FASTVDSO_CPUS CPUs, or KVM does not call kvm-clock stable now
 * @FASTVDSO_STEERING_ACQUIRING: the counter is being measured
 * @FASTVDSO_STEERING_UNSTABLE: a counter stopped, jumped or changed its rate. Steering
 *	is tried again after a while
 * @FASTVDSO_STEERING_ACTIVE: the steered page is active
 */
enum fastvdso_steering {
	FASTVDSO_STEERING_NONE		= 0,
	FASTVDSO_STEERING_IDLE		= 1,
	FASTVDSO_STEERING_FORBIDDEN	= 2,
	FASTVDSO_STEERING_UNSUPPORTED	= 3,
	FASTVDSO_STEERING_ACQUIRING	= 4,
	FASTVDSO_STEERING_UNSTABLE	= 5,
	FASTVDSO_STEERING_ACTIVE	= 6,
};

/**
 * enum fastvdso_steering_end - what ended a time of steered clocks
 * @FASTVDSO_END_NONE: not provided, or none has ended
 * @FASTVDSO_END_UNUSED: the last mapping is gone, user space can read the clocksource, or the
 *	machine was about to suspend
 * @FASTVDSO_END_CLOCKSOURCE: the kernel changed to another clocksource
 * @FASTVDSO_END_COUNTER: the counter jumped or changed its rate
 * @FASTVDSO_END_CPUS: the counters of several CPUs disagreed
 * @FASTVDSO_END_CPU_NUMBER: the counter cannot be read together with the CPU number any more
 * @FASTVDSO_END_BOUND: the bound became too wide
 * @FASTVDSO_END_UNMEASURED: the kernel's clocks are updated by CPUs whose counters are not measured,
 *	for instance because the measured ones are offline
 * @FASTVDSO_END_HOST: the host does not call kvm-clock stable any more: its clocksource has changed, or the
 *	guest was moved
 */
enum fastvdso_steering_end {
	FASTVDSO_END_NONE		= 0,
	FASTVDSO_END_UNUSED		= 1,
	FASTVDSO_END_CLOCKSOURCE	= 2,
	FASTVDSO_END_COUNTER		= 3,
	FASTVDSO_END_CPUS		= 4,
	FASTVDSO_END_CPU_NUMBER		= 5,
	FASTVDSO_END_BOUND		= 6,
	FASTVDSO_END_UNMEASURED		= 7,
	FASTVDSO_END_HOST		= 8,
};

/**
 * enum fastvdso_cpu_time - whether CPU-time clocks can be read from the pages, and why not
 * @FASTVDSO_CPU_TIME_NONE: not provided
 * @FASTVDSO_CPU_TIME_IDLE: no process reads them
 * @FASTVDSO_CPU_TIME_FORBIDDEN: disabled by the module parameter "cpu_time"
 * @FASTVDSO_CPU_TIME_UNSUPPORTED: the kernel takes stolen time out of the CPU time of tasks, or is a
 *	real-time kernel that takes out interrupts, or lacks tracepoints; or the counter cannot be read
 *	together with the CPU number, or the machine has more than FASTVDSO_CPU_TIME_CPUS CPUs
 * @FASTVDSO_CPU_TIME_UNSTABLE: the scheduler's clock does not follow the counter. It is measured again
 *	after a while
 * @FASTVDSO_CPU_TIME_ACTIVE: they can be read
 * @FASTVDSO_CPU_TIME_MEASURING: the scheduler's clock is being compared with the counter, which takes a
 *	second on KVM guests
 */
enum fastvdso_cpu_time {
	FASTVDSO_CPU_TIME_NONE		= 0,
	FASTVDSO_CPU_TIME_IDLE		= 1,
	FASTVDSO_CPU_TIME_FORBIDDEN	= 2,
	FASTVDSO_CPU_TIME_UNSUPPORTED	= 3,
	FASTVDSO_CPU_TIME_UNSTABLE	= 4,
	FASTVDSO_CPU_TIME_ACTIVE	= 5,
	FASTVDSO_CPU_TIME_MEASURING	= 6,
};

/*
 * Properties of the counter, in fastvdso_time_page.counter_flags and fastvdso_counter_info.flags.
 *
 * FASTVDSO_COUNTER_CONSTANT: the CPU or the hypervisor reports that its rate does not change
 *	with the CPU's frequency
 * FASTVDSO_COUNTER_NONSTOP: the CPU or the hypervisor reports that it runs in all idle states
 * FASTVDSO_COUNTER_SYNCHRONISED: ticks of all CPUs are on one scale, because the kernel or the
 *	hypervisor says so, or because the module adds an offset for each CPU
 */
#define FASTVDSO_COUNTER_CONSTANT	(1u << 0)
#define FASTVDSO_COUNTER_NONSTOP	(1u << 1)
#define FASTVDSO_COUNTER_SYNCHRONISED	(1u << 2)

/* fastvdso_ns_page.flags: requests of the mapping that the administrator allows. */
#define FASTVDSO_NS_STEERED	(1u << 0)
#define FASTVDSO_NS_HYPERVISOR	(1u << 1)
#define FASTVDSO_NS_STOCK	(1u << 2)

/**
 * struct fastvdso_ns_page - the time namespace of the process, and what its mapping requested
 * @magic: FASTVDSO_NS_MAGIC
 * @version: FASTVDSO_ABI_VERSION of the module
 * @mono_sec: seconds to add to MONOTONIC, MONOTONIC_RAW, MONOTONIC_COARSE
 * @boot_sec: seconds to add to BOOTTIME
 * @mono_nsec: nanoseconds that go with @mono_sec, 0 to 999999999
 * @boot_nsec: nanoseconds that go with @boot_sec, 0 to 999999999
 * @flags: FASTVDSO_NS_STEERED, FASTVDSO_NS_HYPERVISOR, FASTVDSO_NS_STOCK
 * @reserved: zero
 *
 * Chosen when the process first touches the page, and constant from then on. In the
 * root namespace the offsets are zero, and all mappings with the same flags share one
 * page.
 */
struct fastvdso_ns_page {
	__u32		magic;
	__u32		version;
	__s64		mono_sec;
	__s64		boot_sec;
	__u32		mono_nsec;
	__u32		boot_nsec;
	__u32		flags;
	__u32		reserved;
};

/* Index of a function in struct fastvdso_stock_page. */
enum fastvdso_stock {
	FASTVDSO_STOCK_GETRANDOM,
	FASTVDSO_STOCK_SGX_ENTER_ENCLAVE,
	FASTVDSO_STOCK_FUTEX_UNLOCK64,
	FASTVDSO_STOCK_FUTEX_UNLOCK32,
	FASTVDSO_STOCK_FLUSH_ICACHE,
	FASTVDSO_STOCK_RISCV_HWPROBE,
	FASTVDSO_STOCK_COUNT
};

/**
 * struct fastvdso_stock_page - functions of the kernel's own vDSO
 * @function: their addresses in this process, 0 for those that the kernel's vDSO does not have
 *
 * Where the image replaces the kernel's vDSO, it exports these functions as well, and jumps to the
 * kernel's. The process writes this page itself, before it uses the image: neither the module nor
 * libfastvdso does.
 */
struct fastvdso_stock_page {
	__u64		function[FASTVDSO_STOCK_COUNT];
};

/**
 * struct fastvdso_clock - how to convert a counter value to nanoseconds
 * @seq: sequence count of the latch; used in copy 0 only
 * @mult: nanoseconds per cycle, shifted left by @shift
 * @cycle_last: counter value at the last update
 * @addend: nanoseconds past the base second at @cycle_last, shifted left by @shift, minus
 *	the low 32 bits of @cycle_last times @mult; modulo 2^64
 * @max_delta: number of cycles after @cycle_last for which 64-bit arithmetic without a
 *	mask is correct. Beyond it use struct fastvdso_clocksource, or, on the steered
 *	page, make the system call. Always 0xffffffff in mode FASTVDSO_CLOCK_COUNTER, so
 *	that readers can skip the check
 * @shift: see @mult; at most 32
 * @clock_mode: enum fastvdso_clock_mode
 * @reserved: zero
 *
 * If the counter is not behind @cycle_last and has the same high 32 bits:
 * nsec = ((counter & 0xffffffff) * mult + addend) >> shift, modulo 2^64. A reader computes
 * nothing else between the counter and the result.
 */
struct fastvdso_clock {
	__u32		seq;
	__u32		mult;
	__u64		cycle_last;
	__u64		addend;
	__u32		max_delta;
	__u8		shift;
	__u8		clock_mode;
	__u16		reserved;
};

/**
 * struct fastvdso_hres - REALTIME, MONOTONIC, BOOTTIME, TAI: one cache line
 * @clock: conversion at the rate that NTP adjusts
 * @real_sec: base second of CLOCK_REALTIME, and the result of time()
 * @mono_sec: base second of CLOCK_MONOTONIC
 * @mono_nsec: nanoseconds that go with @mono_sec, 0 to 999999999
 * @boot_sec: BOOTTIME minus MONOTONIC, whole seconds
 * @boot_nsec: nanoseconds that go with @boot_sec, 0 to 999999999
 * @tai_offset: TAI minus REALTIME, seconds
 */
struct fastvdso_hres {
	struct fastvdso_clock	clock;
	__s64			real_sec;
	__s64			mono_sec;
	__u32			mono_nsec;
	__u32			boot_sec;
	__u32			boot_nsec;
	__s32			tai_offset;
};

/**
 * struct fastvdso_raw - MONOTONIC_RAW and the coarse clocks: one cache line
 * @clock: conversion at the rate without NTP; its seq is a latch of its own
 * @raw_sec: base second of CLOCK_MONOTONIC_RAW
 * @real_coarse_sec: CLOCK_REALTIME_COARSE
 * @mono_coarse_sec: CLOCK_MONOTONIC_COARSE
 * @real_coarse_nsec: goes with @real_coarse_sec, 0 to 999999999
 * @mono_coarse_nsec: goes with @mono_coarse_sec, 0 to 999999999
 */
struct fastvdso_raw {
	struct fastvdso_clock	clock;
	__s64			raw_sec;
	__s64			real_coarse_sec;
	__s64			mono_coarse_sec;
	__u32			real_coarse_nsec;
	__u32			mono_coarse_nsec;
};

/**
 * struct fastvdso_clocksource - the kernel's clocksource; off the fast path
 * @mask: the counter's valid bits
 * @max_cycles: number of cycles after cycle_last for which the product with mult
 *	fits in 64 bits
 * @name: the kernel's name of the clocksource ("tsc", "hpet"), zero-terminated
 * @bound_ns: largest difference between a reading at cycle_last and the system call,
 *	in nanoseconds; 0 on the time page
 * @bound_growth: growth of that bound in nanoseconds per cycle after cycle_last,
 *	shifted left by 32
 * @reserved: zero
 *
 * There are two copies, protected by the latches of both struct fastvdso_hres and struct
 * fastvdso_raw.
 */
struct fastvdso_clocksource {
	__u64		mask;
	__u64		max_cycles;
	char		name[FASTVDSO_NAME_LEN];
	__u64		bound_ns;
	__u32		bound_growth;
	__u32		reserved;
};

/**
 * struct fastvdso_epoch - since when the clocks have run undisturbed
 * @since: counter value from which ticks can be converted with the current parameters. Since
 *	then the clocks were not set, the clocksource is the same, and the rate has not
 *	changed by more than 1 ppm
 * @generation: number of times that the clocks were set, the clocksource changed or the
 *	machine was suspended, modulo 2^32. Readings of the same generation can be compared
 * @reserved: zero
 *
 * There are two copies, protected by the latch of struct fastvdso_hres.
 */
struct fastvdso_epoch {
	__u64		since;
	__u32		generation;
	__u32		reserved;
};

/**
 * struct fastvdso_steered_time - since when the clocks are steered, and what ended that the last time
 * @since: MONOTONIC of the root time namespace when it began, in nanoseconds; 0: they are not
 * @bound_max: widest bound from then to the last update, or of the last time, in nanoseconds
 * @ended: MONOTONIC when it last ended, in nanoseconds; 0: never
 * @end: enum fastvdso_steering_end
 * @reserved: zero
 *
 * Times are those of the updates. The fields are written one by one, and not protected by a latch.
 */
struct fastvdso_steered_time {
	__s64		since;
	__u64		bound_max;
	__s64		ended;
	__u32		end;
	__u32		reserved;
};

/**
 * struct fastvdso_task_clock - how to compute the scheduler's clock from the counter; one cache line
 * @seq: even if the clock is valid. It is odd while it is not, and changes with every other field
 * @mult: nanoseconds per cycle, shifted left by @shift
 * @offset: the clock minus ((counter * @mult) >> @shift), in nanoseconds, modulo 2^64; never more than
 *	the true offset, so a reading is never ahead of the kernel's
 * @shift: see @mult; at most 63
 * @bound_ns: how far a reading may be behind the system call, in nanoseconds
 * @state: enum fastvdso_cpu_time
 * @losses: number of times that the scheduler's clock turned out not to follow the counter
 * @reserved: zero
 *
 * The clock is nanoseconds since an arbitrary instant, the same for all processes.
 */
struct fastvdso_task_clock {
	__u32		seq;
	__u32		mult;
	__u64		offset;
	__u32		shift;
	__u32		bound_ns;
	__u32		state;
	__u32		losses;
	__u64		reserved[4];
};

/**
 * struct fastvdso_time_page - the state of the kernel's timekeeper; also the steered page
 * @magic: FASTVDSO_TIME_MAGIC
 * @version: FASTVDSO_ABI_VERSION of the module
 * @compat_version: FASTVDSO_ABI_COMPAT of the module
 * @size: sizeof(struct fastvdso_time_page) of the module
 * @hrtimer_res: clock_getres() of the fine clocks, in nanoseconds
 * @coarse_res: clock_getres() of the coarse clocks, in nanoseconds
 * @steering: enum fastvdso_steering; zero on the time page
 * @pairings: number of times that counter and kernel clock were read together; steered page
 * @losses: number of times that a counter turned out to be unsteady; steered page
 * @counter_flags: FASTVDSO_COUNTER_CONSTANT, FASTVDSO_COUNTER_NONSTOP
 * @getcpu_syscall: not zero: no register of the CPU holds its number, make the getcpu() system
 *	call; time page
 * @reserved: zero
 * @random_generation: changes when random numbers that user space generates must come from a new
 *	key of the kernel's: at least each 60 s, after the machine slept, and when a virtual machine
 *	was copied. It does not take a value that it had before. 0: make the getrandom() system
 *	call, because the kernel's generator is not ready, or the kernel's own vDSO has one; time page
 * @reserved2: zero
 * @hres: protected by the latch hres[0].clock.seq
 * @raw: protected by the latch raw[0].clock.seq
 * @clocksource: protected by both latches
 * @epoch: protected by the latch hres[0].clock.seq
 * @steered_time: steered page
 * @task_clock: for the CPU-time pages; time page
 */
struct fastvdso_time_page {
	__u32				magic;
	__u32				version;
	__u32				compat_version;
	__u32				size;
	__u32				hrtimer_res;
	__u32				coarse_res;
	__u32				steering;
	__u32				pairings;
	__u32				losses;
	__u32				counter_flags;
	__u32				getcpu_syscall;
	__u32				reserved;
	__u64				random_generation;
	__u64				reserved2;
	struct fastvdso_hres		hres[2];
	struct fastvdso_raw		raw[2];
	struct fastvdso_clocksource	clocksource[2];
	struct fastvdso_epoch		epoch[2];
	struct fastvdso_steered_time	steered_time;
	struct fastvdso_task_clock	task_clock;
};

/**
 * struct fastvdso_cpu_page - offsets that bring the counters of all CPUs to one scale
 * @offset: indexed by CPU number: add to the counter before using the steered page, modulo 2^64
 *
 * An offset changes to another only while the steered page is not active. It may become
 * FASTVDSO_OFFSET_UNKNOWN at any time: then the counter of that CPU cannot be used.
 */
struct fastvdso_cpu_page {
	__u64		offset[FASTVDSO_CPUS];
};

/**
 * struct fastvdso_cpu_time_line - the CPU time of the thread that runs on a CPU; one cache line
 * @seq: another value each time that the kernel has written the line; 0: it has not yet, or is writing, or
 *	there was an interrupt since, and the kernel does not count interrupts as CPU time of threads
 * @last_seq: for the writer
 * @runtime: the thread's CPU time minus the scheduler's clock, in nanoseconds, modulo 2^64. It does not
 *	change while the thread runs and seq is not 0
 * @switches: how often the thread has been switched out, voluntarily or not
 * @unused: zero
 *
 * Written by the scheduler, on that CPU, when it switches to a thread of the process; and after an interrupt,
 * when it adds up the time of that thread, as for a system call that reads it. The line is not cleared when
 * it switches to another process: see the reading rule of struct fastvdso_cpu_time_pages.
 */
struct fastvdso_cpu_time_line {
	__u32		seq;
	__u32		last_seq;
	__u64		runtime;
	__u64		switches;
	__u64		unused[5];
};

/**
 * struct fastvdso_cpu_time_pages - CPU time of the threads of this process
 * @magic: FASTVDSO_CPU_TIME_MAGIC; 0: this process does not have such pages
 * @version: FASTVDSO_ABI_VERSION of the module
 * @single_threaded: 0 once the process was seen with a second thread. From then on only the system call has
 *	CLOCK_PROCESS_CPUTIME_ID
 * @reserved: zero
 * @line: indexed by CPU number
 *
 * To read: get the CPU number c; read task_clock.seq, which must be even, and line[c].seq, which must not
 * be 0; read the counter and the CPU number in one instruction, which must give c again; read the other
 * fields; read both counts again, which must not have changed. If anything is not as it must be, make the
 * system call. The CPU time is line[c].runtime + task_clock.offset + ((counter * mult) >> shift).
 *
 * The kernel makes these pages when the process first touches one, and charges them to it. Without memory,
 * past the limit of processes, or without permission the pages are all zero. A child of fork() has pages
 * of its own.
 */
struct fastvdso_cpu_time_pages {
	__u32				magic;
	__u32				version;
	__u32				single_threaded;
	__u32				reserved[13];
	struct fastvdso_cpu_time_line	line[FASTVDSO_CPU_TIME_CPUS];
};

/**
 * struct fastvdso_cpu_times - CPU times at one instant, from one read of the counter
 * @thread: CLOCK_THREAD_CPUTIME_ID in nanoseconds, like all below
 * @process: CLOCK_PROCESS_CPUTIME_ID
 * @monotonic: CLOCK_MONOTONIC
 * @switches: how often the thread has been switched out, voluntarily or not
 * @bound: largest difference between each clock and the system call at that instant
 * @cpu: the CPU that the thread ran on
 * @reserved: zero
 *
 * Filled by __fastvdso_cpu_times() of the image.
 */
struct fastvdso_cpu_times {
	__s64		thread;
	__s64		process;
	__s64		monotonic;
	__u64		switches;
	__u64		bound;
	__u32		cpu;
	__u32		reserved;
};

/**
 * struct fastvdso_time_info - a consistent copy of the time page's state
 * @clock_mode: enum fastvdso_clock_mode
 * @seq: hres[0].clock.seq; half of it counts the updates, modulo 2^31
 * @mult: see struct fastvdso_clock
 * @shift: see struct fastvdso_clock
 * @cycle_last: see struct fastvdso_clock
 * @update_sec: MONOTONIC at the last update, in seconds, in the root time namespace
 * @update_nsec: goes with @update_sec, 0 to 999999999
 * @reserved: zero
 * @name: the clocksource's name
 *
 * Filled by __fastvdso_time_info() of the image.
 */
struct fastvdso_time_info {
	__u32		clock_mode;
	__u32		seq;
	__u32		mult;
	__u32		shift;
	__u64		cycle_last;
	__s64		update_sec;
	__u32		update_nsec;
	__u32		reserved;
	char		name[FASTVDSO_NAME_LEN];
};

/**
 * struct fastvdso_snapshot - all clocks at one instant, from one read of the counter
 * @ticks: the counter, like fastvdso_ticks(); 0 if no counter is readable
 * @realtime: CLOCK_REALTIME in nanoseconds since its epoch, like all below
 * @monotonic: CLOCK_MONOTONIC
 * @boottime: CLOCK_BOOTTIME
 * @tai: CLOCK_TAI
 * @monotonic_raw: CLOCK_MONOTONIC_RAW
 * @bound: largest difference between each clock and the system call at that instant, in
 *	nanoseconds; 0 if the clocks are exact
 * @generation: see struct fastvdso_epoch
 * @cpu: the CPU whose counter was read, or which made the system calls
 * @node: its NUMA node
 * @clock_mode: enum fastvdso_clock_mode; FASTVDSO_CLOCK_NONE if the clocks come from
 *	system calls, one after the other, within @bound
 *
 * Filled by __fastvdso_snapshot() of the image.
 */
struct fastvdso_snapshot {
	__u64		ticks;
	__s64		realtime;
	__s64		monotonic;
	__s64		boottime;
	__s64		tai;
	__s64		monotonic_raw;
	__u64		bound;
	__u32		generation;
	__u32		cpu;
	__u32		node;
	__u32		clock_mode;
};

/**
 * struct fastvdso_counter_info - the counter that fastvdso_ticks() reads
 * @frequency: ticks per second of CLOCK_MONOTONIC_RAW; 0 if no counter is readable
 * @resolution_fs: duration of a tick in femtoseconds. A CPU may advance its counter by
 *	more than one tick at a time
 * @flags: FASTVDSO_COUNTER_CONSTANT, _NONSTOP, _SYNCHRONISED
 * @clock_mode: enum fastvdso_clock_mode
 * @name: the name of the kernel's clocksource whose ticks these are ("tsc", also if steered;
 *	"kvm-clock", whose ticks are nanoseconds; Hyper-V's, whose ticks are 100 ns)
 *
 * Filled by __fastvdso_counter_info() of the image.
 */
struct fastvdso_counter_info {
	__u64		frequency;
	__u64		resolution_fs;
	__u32		flags;
	__u32		clock_mode;
	char		name[FASTVDSO_NAME_LEN];
};

/**
 * struct fastvdso_info - result of FASTVDSO_IOC_INFO
 * @abi_version: FASTVDSO_ABI_VERSION of the module
 * @compat_version: FASTVDSO_ABI_COMPAT of the module
 * @page_size: in bytes
 * @data_pages: number of pages before the code
 * @code_pages: number of pages of code
 * @image_size: size of the ELF image in bytes, at most code_pages * page_size
 * @mode: enum fastvdso_mode
 * @clock_mode: enum fastvdso_clock_mode
 * @build_id: GNU build-id of the image
 * @steering: enum fastvdso_steering
 * @clocksource: the kernel's name of its clocksource
 * @cpu_time: enum fastvdso_cpu_time
 * @variant: how the image differs from the image as built; a name for installed copies, not ABI
 */
struct fastvdso_info {
	__u32		abi_version;
	__u32		compat_version;
	__u32		page_size;
	__u32		data_pages;
	__u32		code_pages;
	__u32		image_size;
	__u32		mode;
	__u32		clock_mode;
	__u8		build_id[FASTVDSO_BUILD_ID_LEN];
	__u32		steering;
	char		clocksource[FASTVDSO_NAME_LEN];
	__u32		cpu_time;
	__u32		variant;
};

/*
 * The ioctl number contains the size of the caller's structure. A module with a larger
 * structure fills only that much; one with a smaller structure clears the rest.
 * Errors: EFAULT (bad pointer), ENOTTY (no such call).
 */
#define FASTVDSO_IOC_MAGIC	0xE8
#define FASTVDSO_IOC_INFO	_IOR(FASTVDSO_IOC_MAGIC, 0x00, struct fastvdso_info)

/* The layout is ABI: fields are added, but never moved. */
#if defined(__cplusplus)
#define FASTVDSO_ASSERT(what)	static_assert(what, #what)
#else
#define FASTVDSO_ASSERT(what)	_Static_assert(what, #what)
#endif
#define FASTVDSO_ASSERT_AT(type, field, offset) \
	FASTVDSO_ASSERT(__builtin_offsetof(struct type, field) == (offset))

FASTVDSO_ASSERT(sizeof(struct fastvdso_ns_page) == 40);
FASTVDSO_ASSERT_AT(fastvdso_ns_page, mono_sec, 8);
FASTVDSO_ASSERT_AT(fastvdso_ns_page, boot_sec, 16);
FASTVDSO_ASSERT_AT(fastvdso_ns_page, mono_nsec, 24);
FASTVDSO_ASSERT_AT(fastvdso_ns_page, flags, 32);
FASTVDSO_ASSERT(sizeof(struct fastvdso_clock) == 32);
FASTVDSO_ASSERT_AT(fastvdso_clock, cycle_last, 8);
FASTVDSO_ASSERT_AT(fastvdso_clock, addend, 16);
FASTVDSO_ASSERT_AT(fastvdso_clock, max_delta, 24);
FASTVDSO_ASSERT_AT(fastvdso_clock, shift, 28);
FASTVDSO_ASSERT_AT(fastvdso_clock, clock_mode, 29);
FASTVDSO_ASSERT(sizeof(struct fastvdso_hres) == 64);
FASTVDSO_ASSERT_AT(fastvdso_hres, real_sec, 32);
FASTVDSO_ASSERT_AT(fastvdso_hres, mono_sec, 40);
FASTVDSO_ASSERT_AT(fastvdso_hres, mono_nsec, 48);
FASTVDSO_ASSERT_AT(fastvdso_hres, tai_offset, 60);
FASTVDSO_ASSERT(sizeof(struct fastvdso_raw) == 64);
FASTVDSO_ASSERT_AT(fastvdso_raw, raw_sec, 32);
FASTVDSO_ASSERT_AT(fastvdso_raw, real_coarse_nsec, 56);
FASTVDSO_ASSERT(sizeof(struct fastvdso_clocksource) == 64);
FASTVDSO_ASSERT_AT(fastvdso_clocksource, name, 16);
FASTVDSO_ASSERT_AT(fastvdso_clocksource, bound_ns, 48);
FASTVDSO_ASSERT_AT(fastvdso_time_page, hrtimer_res, 16);
FASTVDSO_ASSERT_AT(fastvdso_time_page, steering, 24);
FASTVDSO_ASSERT_AT(fastvdso_time_page, random_generation, 48);
FASTVDSO_ASSERT_AT(fastvdso_time_page, hres, 64);
FASTVDSO_ASSERT_AT(fastvdso_time_page, raw, 192);
FASTVDSO_ASSERT_AT(fastvdso_time_page, clocksource, 320);
FASTVDSO_ASSERT(sizeof(struct fastvdso_epoch) == 16);
FASTVDSO_ASSERT_AT(fastvdso_time_page, epoch, 448);
FASTVDSO_ASSERT(sizeof(struct fastvdso_steered_time) == 32);
FASTVDSO_ASSERT_AT(fastvdso_time_page, steered_time, 480);
FASTVDSO_ASSERT(FASTVDSO_PAGE_CPU_TIME + FASTVDSO_CPU_TIME_PAGES == FASTVDSO_DATA_PAGES);
FASTVDSO_ASSERT(sizeof(struct fastvdso_task_clock) == 64);
FASTVDSO_ASSERT_AT(fastvdso_task_clock, offset, 8);
FASTVDSO_ASSERT_AT(fastvdso_task_clock, state, 24);
FASTVDSO_ASSERT_AT(fastvdso_time_page, task_clock, 512);
FASTVDSO_ASSERT(sizeof(struct fastvdso_time_page) == 576);
FASTVDSO_ASSERT(sizeof(struct fastvdso_cpu_time_line) == 64);
FASTVDSO_ASSERT_AT(fastvdso_cpu_time_line, runtime, 8);
FASTVDSO_ASSERT_AT(fastvdso_cpu_time_pages, line, 64);
FASTVDSO_ASSERT(sizeof(struct fastvdso_cpu_time_pages) == FASTVDSO_CPU_TIME_PAGES * 4096);
FASTVDSO_ASSERT(sizeof(struct fastvdso_cpu_times) == 48);
FASTVDSO_ASSERT(sizeof(struct fastvdso_snapshot) == 72);
FASTVDSO_ASSERT_AT(fastvdso_snapshot, generation, 56);
FASTVDSO_ASSERT(sizeof(struct fastvdso_counter_info) == 56);
FASTVDSO_ASSERT_AT(fastvdso_counter_info, name, 24);
FASTVDSO_ASSERT(sizeof(struct fastvdso_cpu_page) == 4096);
FASTVDSO_ASSERT(sizeof(struct fastvdso_time_info) == 72);
FASTVDSO_ASSERT(sizeof(struct fastvdso_info) == 96);
FASTVDSO_ASSERT_AT(fastvdso_info, build_id, 32);
FASTVDSO_ASSERT_AT(fastvdso_info, clocksource, 56);
FASTVDSO_ASSERT_AT(fastvdso_info, cpu_time, 88);
FASTVDSO_ASSERT_AT(fastvdso_info, variant, 92);

#endif /* !__ASSEMBLY__ */

#endif /* _UAPI_LINUX_FASTVDSO_H */
