#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The fastvdso command where the module is loaded: it says what is the case. TAP.

# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"

clock=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)
# What commands end with: 0 where the page serves, 1 where they fall back.
[ "$clock" = tsc ]
served=$?

tap tools 6
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
tap_exit
