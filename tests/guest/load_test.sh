#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Load and unload the module: refused while it is mapped, and 100 (or LOADS) times while readers
# come and go, without leaking memory. TAP.

module=/lib/modules/fastvdso.ko
hold=$(dirname "$0")/hold
loads=${LOADS:-100}
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

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

load_and_unload() {	# COUNT: with a second reader that starts and ends independently
	failures=0
	(while [ -e /tmp/cycling ]; do "$hold" 20 > /dev/null; done) &
	readers=$!
	for _ in $(seq "$1"); do
		insmod $module 2> /dev/null || failures=$((failures + 1))
		"$hold" 5 > /dev/null || failures=$((failures + 1))
		# The second reader may have the pages mapped, for 20 ms.
		tries=0
		while ! rmmod fastvdso 2> /dev/null; do
			tries=$((tries + 1))
			[ $tries -lt 500 ] || { failures=$((failures + 1)); break; }
			usleep 2000
		done
	done
	rm -f /tmp/cycling
	wait $readers
	return $((failures > 0))
}

tap load 6

"$hold" > /tmp/held &
holder=$!
until grep -q held /tmp/held; do usleep 10000; done
! rmmod fastvdso 2> /tmp/refusal && grep -qi "temporarily unavailable" /tmp/refusal
result $? unload_is_refused_while_mapped
kill -0 $holder
result $? the_reader_keeps_running
kill $holder
wait $holder 2> /dev/null
rmmod fastvdso
result $? unload_succeeds_when_nothing_is_mapped
[ ! -e /dev/fastvdso ]
result $? unload_removes_the_device

# A page leaked by each of 100 loads would add up to 400 kB in every attempt; other kernel activity
# uses that much only occasionally. Debug kernels keep freed memory for a while; there kmemleak
# finds leaked objects.
limit=250
[ ! -e /sys/kernel/debug/kmemleak ] && [ ! -e /sys/kernel/debug/kcsan ] || limit=8000

touch /tmp/cycling
load_and_unload $((loads / 5))	# fill caches
broken=0 left=1
for _ in 1 2 3; do
	objects=$(memory objects) pages=$(memory pages)
	touch /tmp/cycling
	load_and_unload "$loads" || broken=1
	objects_after=$(memory objects) pages_after=$(memory pages)
	echo "# kernel objects $objects kB before, $objects_after kB after; other pages $pages kB before, $pages_after kB after"
	[ $((objects_after - objects)) -lt $limit ] && [ $((pages_after - pages)) -lt 250 ] && left=0 && break
done
result $broken load_and_unload_succeed_while_readers_come_and_go
result $left load_and_unload_leak_no_memory

# shellcheck disable=SC2086 # words
insmod $module ${FASTVDSO_PARAMS:-}
tap_exit
