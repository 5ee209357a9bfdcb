#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
#	cost [SECONDS]
#
# Measure the cost of steering with the kernel's function graph tracer: of each run of the timer,
# of the update of the steered page, and of the kernel's update of its own vDSO for comparison; while
# all CPUs are busy, on an idle machine, and on one where nobody has the pages mapped.
seconds=${1:-10}
# shellcheck source=tests/guest/helpers/trace.sh
. "$(dirname "$0")/trace.sh"
hold=$(dirname "$0")/hold

# Print the median duration of a function's calls.
measure() {	# FUNCTION...
	trace_durations "$seconds" "$@"
	awk -v seconds="$seconds" -v names="$*" '
		{ at[NR] = $1 }
		END { median = NR ? at[int((NR + 1) / 2)] : 0
		      printf "%-34s %8.2f us, %6.1f a second, %.3f %% of a CPU\n", names, median,
			     NR / seconds, median * NR / seconds / 1e4 }' "$durations"
}

measure_all() {	# TITLE
	echo "$1; medians, each including the cost of the tracer:"
	measure pair_on_cpu pair_on_any_cpu
	measure fastvdso_steering_update
	measure update_vsyscall
}

"$hold" > /dev/null &
holder=$!
busy=
for _ in $(seq "$(nproc)"); do
	sh -c 'while :; do :; done' &
	busy="$busy $!"
done
sleep 2
measure_all "all CPUs busy, one process has the pages mapped"
# shellcheck disable=SC2086 # words
kill $busy $holder
fastvdso run sleep 1000 &
sleeper=$!
sleep 2
measure_all "idle, one process has the pages mapped"
kill $sleeper
sleep 3
measure_all "idle, nobody has the pages mapped"
