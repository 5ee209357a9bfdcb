#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What the administrator says about steering, and what the tools say where there is no
# module, no device, or next to nothing, as in a container. TAP.

# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

module=/lib/modules/fastvdso.ko
clock=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)
[ "$clock" = tsc ]
slow=$?		# what doctor ends with where only libc is left

# load PARAMETERS...
load() {
	! grep -q '^fastvdso ' /proc/modules || rmmod fastvdso
	insmod $module "$@"
}

# A container's view: an empty /sys, a /dev with what is named and a console.
# shellcheck disable=SC2016,SC2317 # for the shell within; called by expect
in_a_container() {
	unshare -m sh -c '
		mkdir -p /tmp/dev && mount -t tmpfs dev /tmp/dev
		for node in null console $0; do
			touch /tmp/dev/$node && mount --bind /dev/$node /tmp/dev/$node
		done
		mount -t tmpfs sys /sys && mount --move /tmp/dev /dev
		exec "$@"' "$@"
}

tap policy $((slow ? 17 : 8))

! load steered=nonsense 2> /dev/null && ! grep -q '^fastvdso ' /proc/modules
result $? a_policy_that_is_none_is_refused
dmesg | tail -n 5 | grep -q 'invalid steered=nonsense (expected off, on or all)'
result $? and_the_kernel_log_says_so
expect doctor_without_a_module_measures_libc "$slow" 'load the module: modprobe fastvdso' fastvdso doctor
expect status_without_a_module 1 '^why +no device' fastvdso status

load
expect doctor_in_a_container_without_the_device "$slow" 'no device' in_a_container null fastvdso doctor
expect doctor_in_a_container_with_the_device 0 'fastvdso is mapped' in_a_container fastvdso fastvdso doctor
expect doctor_does_not_see_the_log_there 0 'is not readable here' in_a_container fastvdso fastvdso doctor
expect doctor_in_json 0 '"fast": *true' fastvdso doctor --json

if [ "$clock" != tsc ]; then
	expect now_ns_is_steered_by_default 0 '^clock_gettime +system call; steered with' fastvdso status
	expect and_clock_gettime_for_who_asks 0 '^clock_gettime +steered too' fastvdso status --steered
	expect doctor_finds_the_clock_fast 0 '^The clock is fast' fastvdso doctor

	load steered=off
	expect off_is_off 1 '^steering +forbidden' fastvdso status
	expect also_for_who_asks 1 '^why +user space cannot read' fastvdso status --steered
	expect now_asks_the_kernel 1 '^MONOTONIC .* system call$' fastvdso now
	expect doctor_finds_the_clock_slow_and_says_why 1 'does not steer: forbidden' fastvdso doctor

	load steered=all
	expect all_is_for_those_who_do_not_ask 0 '^clock_gettime +steered too' fastvdso status
	load steered=on
	expect on_is_the_default 0 '^clock_gettime +system call; steered with' fastvdso status
fi
# shellcheck disable=SC2086 # words
load ${FASTVDSO_PARAMS:-}
tap_exit
