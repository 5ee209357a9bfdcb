#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The fastvdso command with the module loaded. TAP.

# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

tap tools 7
if [ "$FASTVDSO_CLOCK_MODE" != none ]; then
	expect status_reports_exact 0 '^mode +exact$' fastvdso status
	expect now_reads_the_page 0 '^MONOTONIC .* page$' fastvdso now
	expect doctor_reports_exact 0 'mapped and exact' fastvdso doctor
else
	expect status_reports_steered 0 '^mode +steered$' fastvdso status
	expect now_is_steered 0 '^MONOTONIC .* steered, within [1-9][0-9]* ns$' fastvdso now
	expect doctor_reports_steered 0 'mapped and steered' fastvdso doctor
fi
expect doctor_finds_the_clock_fast 0 '^The clock is fast' fastvdso doctor
expect now_reads_coarse_clocks_from_the_page 0 '^MONOTONIC_COARSE .* page$' fastvdso now
expect dump_reads_the_device 0 '__fastvdso_now_ns' fastvdso dump /dev/fastvdso
expect bench_prints_its_measurements 0 '^getcpu' fastvdso bench --steered
tap_exit
