#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The fastvdso command where the module is loaded: it says what is the case. TAP.

clock=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)
number=0 failed=0
# What commands end with: 0 where the page serves, 1 where they fall back.
[ "$clock" = tsc ]
served=$?

# expect NAME STATUS PATTERN COMMAND...
expect() {
	name=$1 wanted=$2 pattern=$3
	shift 3
	"$@" > /tmp/out 2>&1
	status=$?
	number=$((number + 1))
	if [ $status -eq "$wanted" ] && grep -qE "$pattern" /tmp/out; then
		echo "ok $number tools.$name"
	else
		echo "not ok $number tools.$name"
		echo "# status $status, wanted $wanted and '$pattern' in:"
		sed 's/^/# /' /tmp/out
		failed=1
	fi
}

echo "TAP version 13"
echo "1..6"
if [ "$clock" = tsc ]; then
	expect status_says_exact 0 '^mode +exact$' fastvdso status
	expect now_reads_the_page 0 '^MONOTONIC .* page$' fastvdso now
	expect doctor_finds_the_clock_fast 0 '^The clock is fast' fastvdso doctor
else
	expect status_says_fallback_and_why 1 'cannot read the kernel.s clocksource' fastvdso status
	expect now_asks_the_kernel 1 '^MONOTONIC .* system call$' fastvdso now
	expect doctor_finds_the_clock_slow 1 '^The clock is slow' fastvdso doctor
fi
expect coarse_clocks_come_from_the_page $served '^MONOTONIC_COARSE .* page$' fastvdso now
expect dump_reads_the_device 0 '__fastvdso_now_ns' fastvdso dump /dev/fastvdso
expect bench_measures $served '^getcpu' fastvdso bench
exit $failed
