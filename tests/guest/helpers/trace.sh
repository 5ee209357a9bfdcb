# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Measure kernel functions with the function graph tracer. Sourced, never run.
#
#	trace_durations SECONDS FUNCTION...
#				write the sorted durations of all calls, in microseconds, to
#				$durations; time off the CPU does not count

trace=/sys/kernel/tracing
durations=/tmp/durations

grep -q " $trace tracefs" /proc/mounts || mount -t tracefs tracefs $trace || exit 2
grep -qw function_graph $trace/available_tracers ||
	{ echo "this kernel has no function graph tracer" >&2; exit 2; }

trace_durations() {
	trace_seconds=$1
	shift
	echo nop > $trace/current_tracer
	echo > $trace/set_ftrace_filter
	for function; do
		echo "$function" >> $trace/set_ftrace_filter
	done
	echo function_graph > $trace/current_tracer
	echo 0 > $trace/options/sleep-time
	echo > $trace/trace
	sleep "$trace_seconds"
	echo 0 > $trace/tracing_on
	awk '$3 == "us" { print $2 } $4 == "us" { print $3 }' $trace/trace | sort -n > $durations
	echo 1 > $trace/tracing_on
}
