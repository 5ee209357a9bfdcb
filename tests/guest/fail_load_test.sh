#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Let each allocation and each registration of the module's init fail: the load has to return the error
# and leave nothing, and the next load has to work. tests/harness/probe lets kernel functions fail, takes
# the kernel's slots for hotplug callbacks and the device's name. TAP.

module=/lib/modules/fastvdso.ko
probe=/lib/modules/fastvdso_probe.ko
hold=$(dirname "$0")/hold
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/guest/helpers/memory.sh
. "$(dirname "$0")/memory.sh"

load() { insmod $module steered=on > /tmp/load 2>&1; }

is_gone() {
	! grep -q '^fastvdso ' /proc/modules && [ ! -e /sys/module/fastvdso ] &&
		! grep -q fastvdso: /sys/devices/system/cpu/hotplug/states
}

# The kernel warns of some failures. Keep that off the console, and count everything else.
quiet() {
	printk=$(cut -f1 /proc/sys/kernel/printk)
	dmesg -n 1
	dmesg -c > /dev/null
}

loud() {
	dmesg -n "$printk"
	! dmesg | grep -E 'BUG|Oops|general protection|refcount|KASAN|UBSAN' &&
		! dmesg | grep WARNING: | grep -v -E "${1:-no warning} |cpuhp_|kernel/cpu.c"
}

# fails NAME MESSAGE PROBE-PARAMETERS...: with the probe loaded, the module does not load.
fails() {
	name=$1 message=$2 why=""
	shift 2
	if insmod $probe "$@"; then
		! load || why="the module was loaded"
		grep -q "$message" /tmp/load || why="$why $(cat /tmp/load)"
		is_gone || why="$why; it left something"
		rmmod fastvdso_probe
		[ -z "$why" ] || rmmod fastvdso 2> /dev/null
		load && "$hold" 1 > /dev/null || why="$why; the next load fails: $(cat /tmp/load)"
		rmmod fastvdso && is_gone || why="$why; the next unload leaves something"
	else
		why="no probe"
	fi
	[ -z "$why" ]
	result $? "$name"
	[ -z "$why" ] || echo "# $why"
}

# Calls of the function by the module that let the load fail: 0 if the function cannot be probed.
count_failures() {	# FUNCTION ERROR
	for nth in $(seq 20); do
		insmod $probe fail="$1" nth="$nth" error="$2" 2> /dev/null || break
		load
		failed=$?
		rmmod fastvdso_probe
		[ $failed -ne 0 ] || break
		is_gone || { echo "# $1 $nth left something"; return; }
	done
	! grep -q '^fastvdso ' /proc/modules || rmmod fastvdso
	echo $((nth - 1))
}

# alloc_page() is a macro of another function on each kernel.
count_page_failures() {
	for function in alloc_pages_noprof alloc_pages alloc_pages_current __alloc_pages_noprof __alloc_pages \
		__alloc_pages_nodemask; do
		failures=$(count_failures $function 0)
		[ "$failures" = 0 ] || break
	done
	echo "$failures"
}

# Where only the host keeps it from steering, the module is ready to steer later.
steers=yes
[ "$FASTVDSO_HOST" != xen ] || steers=$FASTVDSO_STEERS

rmmod fastvdso
tap fail_load

failures=$(count_page_failures)
[ "$failures" = 3 ]
result $? a_load_fails_without_each_of_three_pages
[ "$failures" = 3 ] || echo "# $failures"

fails a_load_fails_without_the_first_hotplug_callback 'Cannot allocate' fail=__cpuhp_setup_state_cpuslocked
[ "$steers" = no ] ||
	fails a_load_fails_without_the_second_hotplug_callback 'Cannot allocate' fail=__cpuhp_setup_state_cpuslocked nth=2
fails a_load_fails_without_the_suspend_notifier 'Cannot allocate' fail=register_pm_notifier
[ "$steers" = no ] ||
	fails a_load_fails_without_the_second_suspend_notifier 'Cannot allocate' fail=register_pm_notifier nth=2
! grep -qw register_random_vmfork_notifier /proc/kallsyms ||
	fails a_load_fails_without_the_notifier_of_copied_machines 'Cannot allocate' fail=register_random_vmfork_notifier
fails a_load_fails_without_the_timekeeping_notifier 'Cannot allocate' fail=pvclock_gtod_register_notifier
[ "$FASTVDSO_CLOCK_MODE" != none ] ||
	fails a_load_fails_without_the_notifier_of_the_self_test 'Cannot allocate' fail=pvclock_gtod_register_notifier nth=2
fails a_load_fails_without_the_device 'Cannot allocate' fail=misc_register
snapshot=ktime_get_snapshot
! grep -qw ktime_get_snapshot_id /proc/kallsyms || snapshot=ktime_get_snapshot_id
quiet
fails a_load_fails_if_the_self_test_fails '.' fail=$snapshot
loud
result $? a_failed_self_test_causes_no_warning

quiet
fails a_load_fails_if_no_slot_is_left_for_hotplug_callbacks 'No space' slots=0
[ "$steers" = no ] ||
	fails a_load_fails_if_one_slot_is_left_for_hotplug_callbacks 'No space' slots=1
loud cpuhp
result $? the_kernel_warns_of_the_slots_and_of_nothing_else

quiet
fails a_load_fails_if_the_name_of_the_device_is_taken 'exists\|busy' take_name=1
loud kobject
result $? the_kernel_warns_of_the_name_and_of_nothing_else

# What was registered before the failures is called now.
[ ! -e /sys/devices/system/cpu/cpu1/online ] ||
	{ echo 0 > /sys/devices/system/cpu/cpu1/online && echo 1 > /sys/devices/system/cpu/cpu1/online; }
result $? cpu_hotplug_works_afterwards
test_suspend() {
	failed_suspend=1
	echo freezer > $pm_test && echo mem > /sys/power/state && failed_suspend=0
	echo none > $pm_test
	return $failed_suspend
}
pm_test=/sys/power/pm_test
[ ! -e $pm_test ] || test_suspend
result $? suspend_works_afterwards

# 10 loads that fail at the last step, twice each: three leaked pages would be 240 kB. Debug kernels
# keep freed memory for a while, there tests/guest/fail_nth_test.c and kmemleak look for leaks.
fail_at_the_end() {
	insmod $probe fail=misc_register
	load
	rmmod fastvdso_probe
}
left=1
for _ in 1 2 3; do
	before=$(memory pages)
	for _ in $(seq 10); do fail_at_the_end; done
	after=$(memory pages)
	echo "# pages $before kB before, $after kB after"
	[ -e /sys/kernel/debug/kmemleak ] || [ -e /sys/kernel/debug/kcsan ] || [ $((after - before)) -lt 140 ] || continue
	left=0
	break
done
result $left failed_loads_leak_no_pages

# shellcheck disable=SC2086 # words
insmod $module ${FASTVDSO_PARAMS:-}
tap_exit
