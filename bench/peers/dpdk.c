// SPDX-License-Identifier: GPL-2.0
/*
 * DPDK: rte_rdtsc(), converted to nanoseconds by its rte_timecounter, all inline functions. The rate
 * is arbitrary, since it does not affect the cost.
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
