/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libfastvdso: the clocks of the kernel, through the pages of /dev/fastvdso
 *
 * Before fastvdso_open(), and wherever the device or the clocksource does not
 * serve, every call gives libc's answer: a program needs no second path of its
 * own. No call changes errno; errors come back as negative numbers.
 *
 * All clock calls may be made from any thread, from signal handlers and after
 * fork(). A clock read is ordered: it happens neither before earlier loads have
 * their values nor after later ones, so readings compare across threads like
 * those of clock_gettime(). See libfastvdso(7).
 */
#ifndef FASTVDSO_H
#define FASTVDSO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#include <linux/fastvdso.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum fastvdso_reason - why calls fall back to libc
 *
 * Names for people: fastvdso_strreason().
 */
enum fastvdso_reason {
	FASTVDSO_REASON_NONE		= 0,	/* they do not */
	FASTVDSO_REASON_NOT_OPEN	= 1,	/* fastvdso_open() has not been called */
	FASTVDSO_REASON_NO_DEVICE	= 2,	/* no /dev/fastvdso, or no module behind it */
	FASTVDSO_REASON_NO_ACCESS	= 3,	/* not allowed to open it */
	FASTVDSO_REASON_NO_EXEC		= 4,	/* not allowed to map code: noexec /dev, a policy */
	FASTVDSO_REASON_VERSION		= 5,	/* an ABI that this library does not speak */
	FASTVDSO_REASON_BAD_PAGES	= 6,	/* the pages are not what they should be */
	FASTVDSO_REASON_BAD_IMAGE	= 7,	/* the image is not what it should be */
	FASTVDSO_REASON_NO_MEMORY	= 8,	/* no room in the address space, or no descriptor */
	FASTVDSO_REASON_CLOCKSOURCE	= 9,	/* mapped, but user space cannot read the clocksource */
};

/**
 * struct fastvdso_status - what the calls of this process do, and why
 *
 * Grows at its end; see fastvdso_status().
 */
struct fastvdso_status {
	uint32_t	mode;		/* enum fastvdso_mode */
	uint32_t	reason;		/* enum fastvdso_reason */
	int32_t		error;		/* errno behind the reason, or 0 */
	uint32_t	clock_mode;	/* enum fastvdso_clock_mode; below here: 0 unless mapped */
	uint32_t	abi_version;	/* of the module */
	uint32_t	page_size;	/* bytes */
	uint32_t	data_pages;
	uint32_t	code_pages;
	uint32_t	image_size;	/* bytes */
	uint32_t	updates;	/* of the time page so far, modulo 2^31 */
	int64_t		update_age_ns;	/* time since the last one */
	const void	*data;		/* where the data pages are mapped */
	const void	*image;		/* where the image is mapped */
	uint8_t		build_id[FASTVDSO_BUILD_ID_LEN];
	char		clocksource[FASTVDSO_NAME_LEN];
};

/**
 * fastvdso_open() - map the pages into this process
 *
 * May be called more than once; each success wants its fastvdso_close(). Not to
 * be called from a signal handler.
 *
 * Return: 0, or -errno; then calls go on falling back, and fastvdso_status()
 * has the reason.
 */
int fastvdso_open(void);

/**
 * fastvdso_close() - the mirror of fastvdso_open(); the last one unmaps
 *
 * No thread may be within a call, and no function that fastvdso_sym() gave may
 * be used any more, when the last close happens. Calls made later fall back.
 */
void fastvdso_close(void);

/**
 * fastvdso_clock_gettime() - clock_gettime(2)
 *
 * Return: 0, or -errno. A bad pointer faults where the page serves the clock.
 */
int fastvdso_clock_gettime(clockid_t clock, struct timespec *ts);

/**
 * fastvdso_now_ns() - nanoseconds since the epoch of a clock
 *
 * Return: nanoseconds, valid until the year 2262, or -errno. No clock of the
 * kernel reads below zero.
 */
int64_t fastvdso_now_ns(clockid_t clock);

/** fastvdso_gettimeofday() - gettimeofday(2); @tz is a struct timezone, or NULL. 0 or -errno. */
int fastvdso_gettimeofday(struct timeval *tv, void *tz);

/** fastvdso_time() - time(2): whole seconds, as of the last tick */
time_t fastvdso_time(time_t *t);

/** fastvdso_clock_getres() - clock_getres(2). 0 or -errno. */
int fastvdso_clock_getres(clockid_t clock, struct timespec *res);

/** fastvdso_getcpu() - getcpu(2): the CPU and NUMA node of this moment. 0 or -errno. */
int fastvdso_getcpu(unsigned int *cpu, unsigned int *node);

/**
 * fastvdso_status() - what the calls do at this moment, and why
 * @status: filled
 * @size: sizeof(struct fastvdso_status) of the caller
 *
 * Return: 0, or -EINVAL for a size that this library does not know.
 */
int fastvdso_status(struct fastvdso_status *status, size_t size);

/** fastvdso_strreason() - a reason in plain English; never NULL */
const char *fastvdso_strreason(enum fastvdso_reason reason);

/**
 * fastvdso_sym() - a function of the mapped image
 * @name: "__vdso_clock_gettime"
 * @version: "LINUX_2.6"
 *
 * Return: its address, valid until the last fastvdso_close(); NULL if there is
 * none, or nothing is mapped.
 */
void *fastvdso_sym(const char *name, const char *version);

#ifdef __cplusplus
}
#endif

#endif /* FASTVDSO_H */
