// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "open.h"
#include "wide.h"

#include <errno.h>
#include <string.h>

static const struct fastvdso_state *const state = &fastvdso_state;

static int is_readable(uint32_t clock_mode)
{
	if (clock_mode == FASTVDSO_CLOCK_PVCLOCK || clock_mode == FASTVDSO_CLOCK_HVCLOCK)
		return state->mapping.below > 0;
	return clock_mode == FASTVDSO_CLOCK_COUNTER;
}

/* From the root time namespace to this process's. 0 means that there is none. */
static int64_t in_namespace(int64_t ns)
{
	const struct fastvdso_ns_page *page = state->mapping.ns;

	return ns ? ns + page->mono_sec * INT64_C(1000000000) + page->mono_nsec : 0;
}

/* For people to read: the fields may be of two states. */
static void fill_cpu_time(struct fastvdso_status *status, const struct fastvdso_task_clock *clock)
{
	status->cpu_time = clock->state;
	status->cpu_time_losses = clock->losses;
	if (status->cpu_time == FASTVDSO_CPU_TIME_ACTIVE)
		status->cpu_time_bound_ns = clock->bound_ns;
}

/* Fill in everything that needs a mapping. */
static void fill_mapped(struct fastvdso_status *status)
{
	const struct fastvdso_mapping *mapping = &state->mapping;
	const struct fastvdso_steered_time *steered = &mapping->steered->steered_time;
	const struct fastvdso_info *info = &mapping->info;
	struct fastvdso_time_info time;
	int64_t updated;

	state->calls.time_info(&time);
	updated = in_namespace(time.update_sec * INT64_C(1000000000) + time.update_nsec);

	status->clock_mode = time.clock_mode;
	status->steering = mapping->steered->steering;
	status->update_age_ns = state->calls.now_ns_bound(CLOCK_MONOTONIC, &status->bound_ns) - updated;
	if (is_readable(time.clock_mode)) {
		status->mode = FASTVDSO_MODE_EXACT;
	} else if (status->bound_ns) {
		/* The state is written before the page is: it was read too early if it says otherwise. */
		status->mode = FASTVDSO_MODE_STEERED;
		status->steering = FASTVDSO_STEERING_ACTIVE;
	} else {
		status->reason = FASTVDSO_REASON_CLOCKSOURCE;
	}
	status->abi_version = info->abi_version;
	status->page_size = info->page_size;
	status->data_pages = info->data_pages;
	status->code_pages = info->code_pages;
	status->image_size = info->image_size;
	status->updates = time.seq / 2;
	status->flags = mapping->ns->flags & FASTVDSO_NS_STEERED ? FASTVDSO_STEERED : 0;
	status->pairings = mapping->steered->pairings;
	status->losses = mapping->steered->losses;
	status->steered_since_ns = in_namespace(fastvdso_load_whole(steered->since));
	status->bound_max_ns = fastvdso_load_whole(steered->bound_max);
	/* The page has the widest one of before the last update. */
	if (status->bound_max_ns < status->bound_ns)
		status->bound_max_ns = status->bound_ns;
	status->steering_ended_ns = in_namespace(fastvdso_load_whole(steered->ended));
	status->steering_end = steered->end;
	if (mapping->time->size >= sizeof(struct fastvdso_time_page))
		fill_cpu_time(status, &mapping->time->task_clock);
	status->data = mapping->base;
	status->image = mapping->elf.base;
	status->code_from = mapping->is_installed ? mapping->image.path : FASTVDSO_DEVICE;
	memcpy(status->build_id, info->build_id, sizeof(status->build_id));
	memcpy(status->clocksource, time.name, sizeof(status->clocksource));
	status->clocksource[sizeof(status->clocksource) - 1] = '\0';
}

int fastvdso_status(struct fastvdso_status *to, size_t size)
{
	struct fastvdso_status status = { .mode = FASTVDSO_MODE_FALLBACK };
	int cancellation;

	if (!size || size > sizeof(status))
		return -EINVAL;
	cancellation = fastvdso_lock();
	status.reason = state->reason;
	status.error = state->error;
	if (state->open_count)
		fill_mapped(&status);
	fastvdso_unlock(cancellation);
	memcpy(to, &status, size);
	return 0;
}

const char *fastvdso_strreason(enum fastvdso_reason why)
{
	switch (why) {
	case FASTVDSO_REASON_NONE:
		return "calls read the page, for every clock that it has";
	case FASTVDSO_REASON_NOT_OPEN:
		return "not open";
	case FASTVDSO_REASON_NO_DEVICE:
		return "no device " FASTVDSO_DEVICE ", or no module behind it";
	case FASTVDSO_REASON_NO_ACCESS:
		return "not allowed to open " FASTVDSO_DEVICE;
	case FASTVDSO_REASON_NO_EXEC:
		return "not allowed to map code from " FASTVDSO_DEVICE " (noexec, or a security policy)";
	case FASTVDSO_REASON_VERSION:
		return "this library does not support the module's ABI version";
	case FASTVDSO_REASON_BAD_PAGES:
		return "the data pages are not valid";
	case FASTVDSO_REASON_BAD_IMAGE:
		return "the code image is not valid";
	case FASTVDSO_REASON_NO_MEMORY:
		return "not enough memory, address space or file descriptors";
	case FASTVDSO_REASON_CLOCKSOURCE:
		return "user space cannot read the kernel's clocksource";
	case FASTVDSO_REASON_NO_VDSO:
		return "the process was started without a vDSO (valgrind, or vdso=0)";
	case FASTVDSO_REASON_RECORDED:
		return "rr records the process, but not what it reads from the pages";
	}
	return "unknown reason";
}

const char *fastvdso_strsteering(enum fastvdso_steering steering)
{
	switch (steering) {
	case FASTVDSO_STEERING_NONE:
		return "not provided";
	case FASTVDSO_STEERING_IDLE:
		return "not needed now";
	case FASTVDSO_STEERING_FORBIDDEN:
		return "disabled by the administrator (module parameter steered)";
	case FASTVDSO_STEERING_UNSUPPORTED:
		return "the counter may not be constant, kvm-clock is not stable, TSC_AUX has no CPU number, "
		       "or too many CPUs";
	case FASTVDSO_STEERING_ACQUIRING:
		return "the counter is being measured";
	case FASTVDSO_STEERING_UNSTABLE:
		return "a counter is not steady; it will be measured again later";
	case FASTVDSO_STEERING_ACTIVE:
		return "the clocks follow the kernel's within a bound";
	}
	return "unknown state";
}

const char *fastvdso_strend(enum fastvdso_steering_end end)
{
	switch (end) {
	case FASTVDSO_END_NONE:
		return "none has ended";
	case FASTVDSO_END_UNUSED:
		return "no process used it, or the machine was suspended";
	case FASTVDSO_END_CLOCKSOURCE:
		return "the kernel changed to another clocksource";
	case FASTVDSO_END_COUNTER:
		return "the counter jumped or changed its rate";
	case FASTVDSO_END_CPUS:
		return "the counters of the CPUs disagreed";
	case FASTVDSO_END_CPU_NUMBER:
		return "TSC_AUX lost the CPU number";
	case FASTVDSO_END_BOUND:
		return "the bound became too wide";
	case FASTVDSO_END_UNMEASURED:
		return "no CPU with a measured counter updated the clocks";
	case FASTVDSO_END_HOST:
		return "the host does not call its clock stable any more";
	}
	return "unknown end";
}

const char *fastvdso_strcputime(enum fastvdso_cpu_time cpu_time)
{
	switch (cpu_time) {
	case FASTVDSO_CPU_TIME_NONE:
		return "not provided";
	case FASTVDSO_CPU_TIME_IDLE:
		return "no process reads them";
	case FASTVDSO_CPU_TIME_FORBIDDEN:
		return "disabled by the administrator (module parameter cpu_time)";
	case FASTVDSO_CPU_TIME_UNSUPPORTED:
		return "this kernel or this machine is not supported, see the kernel log";
	case FASTVDSO_CPU_TIME_UNSTABLE:
		return "the scheduler's clock does not follow the counter";
	case FASTVDSO_CPU_TIME_ACTIVE:
		return "read from the page of the process";
	case FASTVDSO_CPU_TIME_MEASURING:
		return "the scheduler's clock is being measured";
	}
	return "unknown state";
}
