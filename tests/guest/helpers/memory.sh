# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# How much memory is in use. Sourced, never run.

# memory objects|pages: kB used by kernel objects, or by pages that no counter explains, among
# which a leaked page of the module would be.
memory() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	sleep 1
	awk -v what="$1" '
		$1 == "count:" { cached += $2 }		# free pages on the lists of a CPU
		/^(SUnreclaim|KernelStack|Percpu|VmallocUsed):/ { sum["objects"] += $2 }
		/^MemTotal:/ { sum["pages"] += $2 }
		/^(MemFree|Buffers|Cached|SwapCached|AnonPages|Slab|KernelStack|PageTables|SecPageTables|Percpu|VmallocUsed):/ {
			sum["pages"] -= $2
		}
		END { print sum[what] - (what == "pages" ? 4 * cached : 0) }' /proc/zoneinfo /proc/meminfo
}
