#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The fastvdso command with the module loaded. TAP.

# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

tap tools 9
fast=0 clock_is=fast mode=exact
if [ "$FASTVDSO_CLOCK_MODE" != none ]; then
	expect status_reports_exact 0 '^mode +exact$' fastvdso status
	expect now_reads_the_page 0 '^MONOTONIC .* page$' fastvdso now
	expect doctor_reports_exact 0 'mapped and exact' fastvdso doctor
elif [ "$FASTVDSO_STEERS" = no ]; then
	fast=1 clock_is=slow mode=fallback
	expect status_reports_a_fallback 1 '^mode +fallback$' fastvdso status
	expect now_makes_system_calls 1 '^MONOTONIC .* system call$' fastvdso now
	expect doctor_reports_unsupported_steering 1 '^It does not steer: ' fastvdso doctor
else
	mode=steered
	expect status_reports_steered 0 '^mode +steered$' fastvdso status
	expect now_is_steered 0 '^MONOTONIC .* steered, within [1-9][0-9]* ns$' fastvdso now
	expect doctor_reports_steered 0 'mapped and steered' fastvdso doctor
fi
expect "doctor_has_metrics_of_mode_$mode" 0 "^fastvdso_mode[{]mode=.$mode.[}] 1$" fastvdso doctor --metrics
expect doctor_judges_the_clock "$fast" "^The clock is $clock_is" fastvdso doctor
expect doctor_judges_cpu_time "$fast" '^A system call for the CPU time .*(within [1-9][0-9]* ns|makes it, because)' \
	fastvdso doctor
expect now_reads_coarse_clocks_from_the_page "$fast" '^MONOTONIC_COARSE .* page$' fastvdso now
expect dump_reads_the_device 0 '__fastvdso_now_ns' fastvdso dump /dev/fastvdso
expect bench_prints_its_measurements "$fast" '^getcpu' fastvdso bench --steered
tap_exit
