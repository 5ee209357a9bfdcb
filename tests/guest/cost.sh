#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What steering costs the machine, by the kernel's own function graph tracer: each of the
# timer's runs, and what the update of the page adds to the kernel's own update of its
# clock, beside what the kernel's own vDSO adds there.
#
#	cost.sh [SECONDS]
seconds=${1:-10}
trace=/sys/kernel/tracing
hold=$(dirname "$0")/hold

grep -q " $trace tracefs" /proc/mounts || mount -t tracefs tracefs $trace || exit 2
grep -qw function_graph $trace/available_tracers ||
	{ echo "cost: this kernel has no function graph tracer" >&2; exit 2; }

# A process that has the page mapped, and CPUs that do not idle.
"$hold" > /dev/null &
holder=$!
busy=
for _ in $(seq "$(nproc)"); do
	sh -c 'while :; do :; done' &
	busy="$busy $!"
done
sleep 2

# measure FUNCTION...: the median of its calls, time away from the CPU not counted.
measure() {
	echo nop > $trace/current_tracer
	echo > $trace/set_ftrace_filter
	for function; do
		echo "$function" >> $trace/set_ftrace_filter
	done
	echo function_graph > $trace/current_tracer
	echo 0 > $trace/options/sleep-time
	echo > $trace/trace
	sleep "$seconds"
	echo 0 > $trace/tracing_on
	awk '$3 == "us" { print $2 } $4 == "us" { print $3 }' $trace/trace | sort -n > /tmp/durations
	awk -v seconds="$seconds" -v names="$*" '
		{ at[NR] = $1 }
		END { median = NR ? at[int((NR + 1) / 2)] : 0
		      printf "%-34s %8.2f us, %6.1f a second, %.3f %% of a CPU\n", names, median,
			     NR / seconds, median * NR / seconds / 1e4 }' /tmp/durations
	echo 1 > $trace/tracing_on
}

echo "medians, with the cost of the tracer itself in every one:"
measure pair_on_cpu pair_somewhere
measure fastvdso_steering_update
measure update_vsyscall
# shellcheck disable=SC2086 # words
kill $holder $busy
