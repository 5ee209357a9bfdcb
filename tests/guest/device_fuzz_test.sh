#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Random system calls on the device for some seconds: `make fuzz-device` makes more. The same ones each
# time, so that a failure is that of a change. TAP.

# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

tap device_fuzz 1
expect random_calls_are_refused_or_harmless 0 'done after' \
	"$(dirname "$0")/device_fuzz" "${FUZZ_SECONDS:-5}" "${FUZZ_SEED:-3}"
grep 'done after' "$out" | sed 's/^/# /'
tap_exit
