#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The module parameters steered= and steered_by=, the tools without a module, without a device, and in a container,
# and the self test of a clocksource that becomes readable after the module was loaded. TAP.

# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

module=/lib/modules/fastvdso.ko
# Without the module: doctor's exit status, and what it says.
slow=0 says='vDSO works' gain='little'
[ "$FASTVDSO_CLOCK_MODE" != none ] || slow=1 says='load the module: modprobe fastvdso' gain='read the clock in about [0-9]+ ns instead of [0-9]+, with an error'
[ "$FASTVDSO_HOST" != kvm-unstable ] || says='the clocksource of the KVM host is not tsc' gain='probably gain nothing'
# With the module.
fast=0 is_fast=true found='fastvdso is mapped'
[ "$FASTVDSO_STEERS" = yes ] || fast=1 is_fast=false found='fastvdso falls back: user space'
clocksources=/sys/devices/system/clocksource/clocksource0
clock=$(cat $clocksources/current_clocksource)

reload() {	# PARAMETERS...
	! grep -q '^fastvdso ' /proc/modules || rmmod fastvdso
	insmod $module "$@"
}

# shellcheck disable=SC2317 # called by expect
as_nobody() { su -s /bin/sh nobody -c "$*"; }	# COMMAND...

# Run with an empty /sys, and a /dev of null, console and the named node.
# shellcheck disable=SC2016,SC2317 # for the inner shell; called by expect
in_a_container() {	# NODE COMMAND...
	unshare -m sh -c '
		mkdir -p /tmp/dev && mount -t tmpfs dev /tmp/dev
		for node in null console $0; do
			touch /tmp/dev/$node && mount --bind /dev/$node /tmp/dev/$node
		done
		mount -t tmpfs sys /sys && mount --move /tmp/dev /dev
		exec "$@"' "$@"
}

mark_log() {	# MARK
	mark=$1
	echo "$mark" > /dev/kmsg
}

# The kernel log since the mark, once it has a line that matches, or after a minute. To measure the counters again
# took 32 s in a machine in an emulated machine with four times its load.
# shellcheck disable=SC2317 # called by expect
log_since_mark() {	# REGEX
	for _ in $(seq 300); do
		dmesg | sed "1,/$mark/d" > /tmp/log
		! grep -q -E "$1" /tmp/log || break
		sleep 0.2
	done
	cat /tmp/log
}

# Some kernels reject the TSC of an emulated machine.
case $(cat $clocksources/available_clocksource) in
*tsc*hpet*|*hpet*tsc*)	switches=yes ;;
*)			switches=no ;;
esac

tap policy

! reload steered=nonsense 2> /dev/null && ! grep -q '^fastvdso ' /proc/modules
result $? an_invalid_steered_parameter_is_rejected
dmesg | tail -n 5 | grep -q 'invalid steered=nonsense (expected off, on or all)'
result $? the_kernel_log_names_the_invalid_parameter
! reload steered_by=nobody 2> /dev/null && ! grep -q '^fastvdso ' /proc/modules
result $? an_invalid_steered_by_parameter_is_rejected
expect doctor_measures_libc_without_a_module "$slow" "$says" fastvdso doctor
expect doctor_tells_the_gain_without_a_module "$slow" "^Gain: fastvdso would (gain )?$gain" fastvdso doctor
expect status_reports_a_missing_device 1 '^why +no device' fastvdso status

reload
expect doctor_reports_a_missing_device_in_a_container "$slow" 'no device' in_a_container null fastvdso doctor
expect doctor_finds_the_device_in_a_container $fast "$found" in_a_container fastvdso fastvdso doctor
expect doctor_reports_an_unreadable_log_in_a_container $fast 'kernel log.* is not readable: run this as root' in_a_container fastvdso fastvdso doctor
expect doctor_prints_json $fast "\"fast\": *$is_fast" fastvdso doctor --json

if [ "$FASTVDSO_CLOCK_MODE" = none ] && [ "$FASTVDSO_STEERS" = yes ]; then
	expect now_ns_is_steered_by_default 0 '^clock_gettime +system call, unless opened with FASTVDSO_STEERED' fastvdso status
	expect clock_gettime_is_steered_on_request 0 '^clock_gettime +steered too' fastvdso status --steered
	expect doctor_finds_the_clock_fast 0 '^The clock is fast' fastvdso doctor

	reload steered=off
	expect off_forbids_steering 1 '^steering +disabled by the administrator' fastvdso status
	expect off_forbids_steering_on_request 1 '^why +user space cannot read' fastvdso status --steered
	expect off_makes_now_use_system_calls 1 '^MONOTONIC .* system call$' fastvdso now
	expect off_makes_doctor_report_a_slow_clock 1 'does not steer: disabled by the administrator' fastvdso doctor

	reload steered=all
	expect all_steers_clock_gettime_without_a_request 0 '^clock_gettime +steered too' fastvdso status
	reload steered_by=CAP_SYS_NICE
	expect a_mapping_without_the_capability_causes_no_steering 1 '^steering +not needed now' as_nobody fastvdso status
	expect a_mapping_with_the_capability_causes_steering 0 '^steering +the clocks follow' fastvdso status
	expect status_says_since_when_and_how_well 0 '^bound +[0-9]+ ns, at most [0-9]+ ns for [0-9.]+ s' fastvdso status
	fastvdso status > /dev/null
	sleep 2
	expect status_says_what_ended_the_last_time 0 '^last ended +[0-9.]+ s ago, because no process used it' \
		fastvdso status

	# To the other clocksource that user space cannot read.
	other=acpi_pm
	[ "$clock" != acpi_pm ] || other=hpet
	if grep -q -w $other $clocksources/available_clocksource; then
		"$(dirname "$0")/hold" > /tmp/held &
		holder=$!
		until fastvdso status | grep -q '^mode *steered'; do sleep 0.1; done
		mark_log test-switches-clocksource
		echo $other > $clocksources/current_clocksource
		expect the_kernel_log_says_why_clocks_are_not_steered_any_more 0 \
			'not steered, .*because the kernel changed to another clocksource' log_since_mark 'not steered'
		expect the_kernel_log_says_when_clocks_are_steered_again 0 \
			'clocks steered again after [0-9]+ ms, within [1-9][0-9]+ ns' log_since_mark 'steered again'
		mark_log test-switches-back
		echo "$clock" > $clocksources/current_clocksource
		# The message comes some time after the event.
		log_since_mark 'steered again' > /dev/null
		kill $holder
		mark_log test-unmapped-pages
		sleep 2
		! dmesg | sed "1,/$mark/d" | grep steered
		result $? no_message_if_nobody_has_the_pages_mapped_any_more
	fi

	reload steered=on
	expect on_is_the_default 0 '^clock_gettime +system call, unless opened with FASTVDSO_STEERED' fastvdso status
fi
if [ $switches = yes ]; then
	echo hpet > $clocksources/current_clocksource
	reload
	! fastvdso status | grep -q '^mode *exact'
	result $? an_unreadable_clocksource_is_not_exact
	# Not the TSC everywhere: a guest of Hyper-V may find it unstable, and then takes Hyper-V's page.
	readable=$clock
	[ "$FASTVDSO_CLOCK_MODE" != none ] || readable=tsc
	mark_log test-becomes-readable
	echo "$readable" > $clocksources/current_clocksource
	log_since_mark 'self test passed' | grep -q "self test passed on clocksource $readable"
	result $? the_self_test_runs_again_when_the_clocksource_becomes_readable
	sleep 0.2	# a failed self test takes effect with the next tick
	expect a_clocksource_that_becomes_readable_is_exact 0 '^mode +exact' fastvdso status
	echo "$clock" > $clocksources/current_clocksource
fi
# shellcheck disable=SC2086 # words
reload ${FASTVDSO_PARAMS:-}
tap_exit
