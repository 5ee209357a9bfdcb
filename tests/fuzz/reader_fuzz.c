// SPDX-License-Identifier: GPL-2.0
/* Every function of the image over any pages, with any counter, CPU, clock, tick and time. */
#include "fuzz.h"

#include "image.h"

/* Not const here. The image sees them as const, like the linker script defines them. */
struct fastvdso_ns_page fastvdso_ns_page;
struct fastvdso_time_page fastvdso_time_page, fastvdso_steered_page;
struct fastvdso_cpu_page fastvdso_cpu_page;
struct fastvdso_cpu_time_pages fastvdso_cpu_time_pages;
_Alignas(8) char fastvdso_hypervisor_page[4096];
const struct fastvdso_stock_page fastvdso_stock_page;	/* never called */

struct image_pages image_pages = {
	&fastvdso_ns_page, &fastvdso_time_page, &fastvdso_steered_page, &fastvdso_cpu_page,
	fastvdso_hypervisor_page,
};

struct arguments {
	__u64	counter, ticks;
	__s64	nsec;
	__s32	id;
	__u32	cpunode;
	__u8	changes;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arguments with;

	take(&data, &size, &with, sizeof(with));
	take_structure(&data, &size, &fastvdso_ns_page, ROOM_NS_PAGE);
	take_structure(&data, &size, &fastvdso_time_page, ROOM_TIME_PAGE);
	take_structure(&data, &size, &fastvdso_steered_page, ROOM_TIME_PAGE);
	take(&data, &size, fastvdso_hypervisor_page, 64);
	take(&data, &size, &fastvdso_cpu_page, 64);
	take(&data, &size, &fastvdso_cpu_time_pages, 2 * sizeof(struct fastvdso_cpu_time_line));
	/* A hypervisor that leaves the version of its page odd stops the readers, like the kernel's. */
	fastvdso_hypervisor_page[0] &= ~1;
	image_set(with.counter, with.cpunode, with.changes % 4);
	image_call(with.id, with.ticks, with.nsec);
	return 0;
}
