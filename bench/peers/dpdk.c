// SPDX-License-Identifier: GPL-2.0
/*
 * DPDK's way: rte_rdtsc(), and cycles to nanoseconds by its own time counter. All of it is
 * in its headers. A made rate: a rate is a multiplication, whatever it is.
 */
#include <stdint.h>
#include <rte_cycles.h>
#include <rte_time.h>

int64_t peer_now(void);

const char peer_name[] = "DPDK rte_rdtsc, rte_timecounter";

static struct rte_timecounter counter = { .cc_mask = ~0ull };

int64_t peer_now(void)
{
	return (int64_t)rte_timecounter_update(&counter, rte_rdtsc());
}
