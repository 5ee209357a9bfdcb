#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Without a device, programs run unchanged under the launcher and the preload library. TAP.

tool=build/tools/fastvdso
preload=build/tools/libfastvdso-preload.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

tap run 9
expect a_program_runs_without_the_image 7 'no device.*started without the image' $tool run sh -c 'exit 7'
expect require_without_the_image_is_an_error 125 'no device.*not started' $tool run --require true
expect no_program_is_an_error 125 usage $tool run
expect help_is_no_error 0 usage $tool run --help
expect a_missing_program_is_an_error 127 nosuch $tool run nosuch
expect options_after_the_program_are_the_programs 3 . $tool run sh -c 'exit 3' --nosuch
expect the_preload_library_calls_libc 0 '^[0-9]+$' env LD_PRELOAD=$preload date +%s
# shellcheck disable=SC2016 # perl expands it
expect threads_run_with_the_preload_library 0 '^8 later$' env LD_PRELOAD=$preload perl -Mthreads -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e '
	my $start = clock_gettime(CLOCK_MONOTONIC);
	my @threads = map { threads->create(sub { clock_gettime(CLOCK_MONOTONIC) }) } 1 .. 8;
	my @late = grep { $_->join >= $start } @threads;
	print scalar(@late), " later\n"'
nm -D --defined-only $preload | awk '$2 ~ /[TW]/ { print $3 }' | sort > "$out"
# glibc has these from 2.35 and 2.36 on.
newer=$(getconf GNU_LIBC_VERSION | awk '{ split($2, version, ".") }
	version[2] >= 35 { print "_dl_find_object" }
	version[2] >= 36 { print "arc4random arc4random_buf arc4random_uniform" }')
# shellcheck disable=SC2086 # words
printf '%s\n' __gettimeofday $newer clock_getres clock_gettime dl_iterate_phdr getcpu getentropy getrandom gettimeofday \
	sched_getcpu setns time timespec_get timespec_getres | sort | cmp -s - "$out"
result $? the_preload_library_exports_only_libcs_names
tap_exit
