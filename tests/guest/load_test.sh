#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Load and unload the module: refused while it is mapped, and 100 (or LOADS) times while readers
# come and go, without leaking memory. STORM=yes: also while programs are launched, CPU 1 goes
# offline and online, and the machine is suspended up to the last step. TAP.

module=/lib/modules/fastvdso.ko
hold=$(dirname "$0")/hold
loads=${LOADS:-100}
storm=${STORM:+yes}
cpu1=/sys/devices/system/cpu/cpu1/online
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/guest/helpers/memory.sh
. "$(dirname "$0")/memory.sh"

# shellcheck disable=SC2317 # this and the next ones are called by meanwhile
read_briefly() { "$hold" 20 > /dev/null; }
# shellcheck disable=SC2317
launch() { fastvdso run true 2> /dev/null || echo "# a launch ended with status $?"; }
# shellcheck disable=SC2317
unplug_cpu() {
	echo 0 > "$cpu1" && usleep 50000
	echo 1 > "$cpu1" && usleep 50000
} 2> /dev/null	# refused during a suspend
# shellcheck disable=SC2317
suspend() {
	echo core > /sys/power/pm_test && echo mem > /sys/power/state && suspends=$((suspends + 1))
	echo none > /sys/power/pm_test
	sleep 5
}

# Call a function until the loads end, and print how often.
meanwhile() {
	times=0 suspends=0
	while [ -e /tmp/cycling ]; do
		"$1"
		times=$((times + 1))
	done
	[ "$1" != suspend ] || times=$suspends
	[ -z "$storm" ] || echo "# meanwhile $1 $times times"
}

load_and_unload() {	# COUNT
	failures=0
	touch /tmp/cycling
	for event in read_briefly ${storm:+launch unplug_cpu suspend}; do
		meanwhile "$event" &
	done
	for _ in $(seq "$1"); do
		insmod $module 2> /dev/null || failures=$((failures + 1))
		"$hold" 5 > /dev/null || failures=$((failures + 1))
		# The others may have the pages mapped, for 20 ms.
		tries=0
		while ! rmmod fastvdso 2> /dev/null; do
			tries=$((tries + 1))
			[ $tries -lt 500 ] || { failures=$((failures + 1)); break; }
			usleep 2000
		done
	done
	rm -f /tmp/cycling
	wait
	[ $failures -eq 0 ] || echo "# $failures failures"
	return $((failures > 0))
}

tap load 7

"$hold" > /tmp/held &
holder=$!
until grep -q held /tmp/held || ! kill -0 $holder; do usleep 10000; done
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
limit=250 pages_limit=250
[ ! -e /sys/kernel/debug/kmemleak ] && [ ! -e /sys/kernel/debug/kcsan ] || limit=8000
# CPU hotplug and processes cost more; a page leaked by each of 1,000 loads would be 4,000 kB.
[ -z "$storm" ] || limit=1500 pages_limit=1500
[ ! -w /sys/module/suspend/parameters/pm_test_delay ] || echo 1 > /sys/module/suspend/parameters/pm_test_delay

cpus=$(cat /sys/devices/system/cpu/online) others=$(grep -v '^fastvdso ' /proc/modules)
load_and_unload $((loads / 5))	# fill caches
broken=0 left=1
for _ in 1 2 3; do
	objects=$(memory objects) pages=$(memory pages)
	load_and_unload "$loads" || broken=1
	objects_after=$(memory objects) pages_after=$(memory pages)
	echo "# kernel objects $objects kB before, $objects_after kB after; other pages $pages kB before, $pages_after kB after"
	[ $((objects_after - objects)) -lt $limit ] && [ $((pages_after - pages)) -lt $pages_limit ] && left=0 && break
done
result $broken load_and_unload_succeed_while_readers_come_and_go
result $left load_and_unload_leak_no_memory

[ "$(grep -v '^fastvdso ' /proc/modules)" = "$others" ] && [ "$(cat /sys/devices/system/cpu/online)" = "$cpus" ]
result $? other_modules_and_cpus_are_as_before

# shellcheck disable=SC2086 # words
insmod $module ${FASTVDSO_PARAMS:-}
tap_exit
