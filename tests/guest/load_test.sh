#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Loading and unloading: refused while mapped, and a hundred times over (or LOADS times),
# while readers come and go, without leaving anything behind. TAP, as the harness prints.

module=/lib/modules/fastvdso.ko
hold=$(dirname "$0")/hold
loads=${LOADS:-100}
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

# memory objects|pages: what the kernel's own objects take, and the pages in use that
# no counter explains, where a page that the module forgot would show; in kB.
memory() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	sleep 1
	awk -v what="$1" '
		$1 == "count:" { cached += $2 }		# free, on the lists of a CPU
		/^(SUnreclaim|KernelStack|Percpu|VmallocUsed):/ { sum["objects"] += $2 }
		/^MemTotal:/ { sum["pages"] += $2 }
		/^(MemFree|Buffers|Cached|SwapCached|AnonPages|Slab|KernelStack|PageTables|SecPageTables|Percpu|VmallocUsed):/ {
			sum["pages"] -= $2
		}
		END { print sum[what] - (what == "pages" ? 4 * cached : 0) }' /proc/zoneinfo /proc/meminfo
}

cycles() {	# COUNT: load and unload, with a reader that comes and goes on its own time
	failures=0
	(while [ -e /tmp/cycling ]; do "$hold" 20 > /dev/null; done) &
	readers=$!
	for _ in $(seq "$1"); do
		insmod $module 2> /dev/null || failures=$((failures + 1))
		"$hold" 5 > /dev/null || failures=$((failures + 1))
		# The other reader may be in; it leaves within 20 ms.
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
result $? unloading_while_mapped_is_refused
kill -0 $holder
result $? the_reader_goes_on
kill $holder
wait $holder 2> /dev/null
rmmod fastvdso
result $? it_unloads_once_nothing_is_mapped
[ ! -e /dev/fastvdso ]
result $? the_device_is_gone

# One page lost in each of the hundred would be 400 kB, each time; what else goes on in the
# kernel is so much only now and then. Debug kernels keep what was freed for a while, and
# kmemleak watches them instead.
limit=250
[ ! -e /sys/kernel/debug/kmemleak ] && [ ! -e /sys/kernel/debug/kcsan ] || limit=8000

touch /tmp/cycling
cycles $((loads / 5))	# caches fill
broken=0 left=1
for _ in 1 2 3; do
	objects=$(memory objects) pages=$(memory pages)
	touch /tmp/cycling
	cycles "$loads" || broken=1
	objects_after=$(memory objects) pages_after=$(memory pages)
	echo "# kernel objects $objects kB before, $objects_after kB after; other pages $pages kB before, $pages_after kB after"
	[ $((objects_after - objects)) -lt $limit ] && [ $((pages_after - pages)) -lt 250 ] && left=0 && break
done
result $broken loads_and_unloads_with_readers
result $left nothing_is_left_behind

# shellcheck disable=SC2086 # words
insmod $module ${FASTVDSO_PARAMS:-}
tap_exit
