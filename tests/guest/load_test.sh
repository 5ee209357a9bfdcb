#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Loading and unloading: refused while mapped, and a hundred times over, while
# readers come and go, without leaving anything behind. TAP, as the harness prints.

module=/lib/modules/fastvdso.ko
hold=$(dirname "$0")/hold
number=0 failed=0

result() {	# STATUS NAME
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number load.$2"
	else
		echo "not ok $number load.$2"
		failed=$((failed + 1))
	fi
}

# memory used|free: in use by the kernel's own objects, or free; in kB.
memory() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	sleep 1
	awk -v what="$1" '
		/^(SUnreclaim|PageTables|KernelStack|Percpu|VmallocUsed):/ { sum["used"] += $2 }
		/^MemFree:/ { sum["free"] = $2 }
		END { print sum[what] }' /proc/meminfo
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

echo "TAP version 13"
echo "1..6"

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

touch /tmp/cycling
cycles 20	# caches fill
used=$(memory used) free=$(memory free)
touch /tmp/cycling
cycles 100
result $? a_hundred_loads_and_unloads_with_readers
used_after=$(memory used) free_after=$(memory free)
echo "# kernel objects $used kB before, $used_after kB after; free $free kB before, $free_after kB after"
# One page lost in each of the hundred would be 400 kB.
[ $((used_after - used)) -lt 300 ] && [ $((free - free_after)) -lt 1000 ]
result $? nothing_is_left_behind

insmod $module
echo "# Totals: pass:$((number - failed)) fail:$failed xfail:0 xpass:0 skip:0 error:0"
exit $((failed > 0))
