#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the update of the page takes, beside the kernel's update of its own vDSO: medians of
# the function graph tracer, in turn, three times each; the tracer's own cost is in both.
# Fields of JSON.
#
#	writer.sh [SECONDS]
seconds=${1:-5}
# shellcheck source=tests/guest/helpers/trace.sh
. "$(dirname "$0")/trace.sh"

# Updates come with ticks, and ticks to CPUs that do not idle.
sh -c 'while :; do :; done' &
busy=$!

# What the last trace says: the median, nanoseconds.
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
