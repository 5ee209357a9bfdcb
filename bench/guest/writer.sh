#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Measure the update of the page, compared with the kernel's update of its own vDSO, by the function
# graph tracer. Three traces each, in turn; the tracer's overhead is in both. Prints JSON fields.
#
#	writer.sh [SECONDS]
seconds=${1:-5}
# shellcheck source=tests/guest/helpers/trace.sh
. "$(dirname "$0")/trace.sh"

# Keep a CPU busy, because idle CPUs have no ticks and so no updates.
sh -c 'while :; do :; done' &
busy=$!

# The median of the last trace, in nanoseconds.
median() { awk '{ at[NR] = $1 } END { printf "%d\n", NR ? at[int((NR + 1) / 2)] * 1000 : 0 }' "$durations"; }

: > /tmp/ours
: > /tmp/kernels
for _ in 1 2 3; do
	trace_durations "$seconds" 'timekeeping_update:mod:fastvdso'
	median >> /tmp/ours
	wc -l < "$durations" > /tmp/updates
	trace_durations "$seconds" update_vsyscall
	median >> /tmp/kernels
done
kill $busy
ours=$(sort -n /tmp/ours | sed -n 2p)
kernels=$(sort -n /tmp/kernels | sed -n 2p)
printf ', "writer_ns": %d, "update_vsyscall_ns": %d, "updates": %d' "$ours" "$kernels" "$(cat /tmp/updates)"
[ "$ours" -gt 0 ] && [ "$kernels" -gt 0 ]
