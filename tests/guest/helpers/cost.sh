#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What steering costs the machine, by the kernel's own function graph tracer: each of the
# timer's runs, and what the update of the page adds to the kernel's own update of its
# clock, beside what the kernel's own vDSO adds there.
#
#	cost.sh [SECONDS]
seconds=${1:-10}
# shellcheck source=tests/guest/helpers/trace.sh
. "$(dirname "$0")/trace.sh"
hold=$(dirname "$0")/hold

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
	trace_durations "$seconds" "$@"
	awk -v seconds="$seconds" -v names="$*" '
		{ at[NR] = $1 }
		END { median = NR ? at[int((NR + 1) / 2)] : 0
		      printf "%-34s %8.2f us, %6.1f a second, %.3f %% of a CPU\n", names, median,
			     NR / seconds, median * NR / seconds / 1e4 }' "$durations"
}

echo "medians, with the cost of the tracer itself in every one:"
measure pair_on_cpu pair_on_any_cpu
measure fastvdso_steering_update
measure update_vsyscall
# shellcheck disable=SC2086 # words
kill $holder $busy
