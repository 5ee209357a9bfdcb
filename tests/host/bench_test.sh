#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The benchmark runs and writes complete JSON. Its figures are not checked. TAP.
# shellcheck disable=SC2016 # perl expands the expressions

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

# in_json NAME EXPRESSION: a Perl expression on the document, $d.
in_json() {
	perl -MJSON::PP -e '
		local $/;
		our $d = JSON::PP->new->decode(<STDIN>);
		sub ns { my ($who, $what) = @_; map { $_->{ns} } grep { $_->{who} eq $who && $_->{what} eq $what } @{$d->{costs}} }
		sub cpu_has { return scalar `grep -cw $_[0] /proc/cpuinfo` > 0 }
		exit !eval $ARGV[0]' "$2" < "$work/json"
	result $? "$1"
}

tap bench 8
expect a_quick_run_prints_a_table_and_bars 0 '^fastvdso now_ns\(MONOTONIC\) .*[█#]' \
	env LC_ALL=C.UTF-8 build/bench/host --quick --json "$work/json"
expect a_narrow_terminal_shows_bars 0 '^fastvdso now_ns.*#' \
	env LC_ALL=C COLUMNS=40 build/bench/host --quick
! grep -q "$(printf '\033')" "$out"
result $? no_colour_without_a_terminal
in_json a_note_says_that_there_is_no_module '$d->{note} =~ /no module/'
in_json every_call_is_measured_in_all_ways '
	!grep { !(ns(@$_) > 0) } map { my $what = $_; map { [ $_, $what ] } "fastvdso", "stock vDSO", "libc", "system call" }
		"clock_gettime(MONOTONIC)", "clock_gettime(MONOTONIC_COARSE)", "getcpu", "time", "clock_getres(MONOTONIC)"'
in_json counter_instructions_are_measured '
	ns("counter", "rdtsc") > 0 && ns("counter", "rdtscp") > 0 && ns("counter", "lfence; rdtsc") > 0 &&
	ns("fastvdso", "now_ns(MONOTONIC)") > 0 &&
	!grep { !(ns("fastvdso by $_", "now_ns(MONOTONIC)") > 0) } grep { $_ ne $d->{machine}{counter} }
		"lfence; rdtsc", cpu_has("rdtscp") ? "rdtscp" : ()'
in_json each_condition_has_its_latencies '
	!grep { !@{$d->{latencies}{$_} || []} } qw(warm writer_250 writer_1000 cold)'
# Except tail_*, whose percentiles are medians of rounds, and a quick run has too few calls for them.
in_json latencies_ascend_from_the_median_to_the_maximum '
	!grep { $_->{median_ns} > $_->{p99_ns} || $_->{p99_ns} > $_->{p9999_ns} || $_->{p9999_ns} > $_->{max_ns} }
		map { @{$d->{latencies}{$_}} } grep { !/^tail_/ } keys %{$d->{latencies}}'
tap_exit
