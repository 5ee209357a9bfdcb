#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions that expect calls
# Every input that once was a finding, and some seconds of new ones for each target of libFuzzer. TAP.

programs=build/tests/fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

if [ ! -e $programs/elf ]; then
	printf '1..1\nok 1 fuzz.no_finding # SKIP no clang with libFuzzer (packages clang and libclang-rt-dev)\n'
	exit 0
fi
# 15 seconds of CPU time, then the input is kept. libFuzzer's own limit is of real time.
fuzz() { prlimit --cpu=15:30 "$programs/$target" -timeout=100000 "$@"; }

tap fuzz 10
for target in check elf launch process reader; do
	expect "${target}_has_no_finding_in_its_corpus" 0 'Executed' fuzz \
		-artifact_prefix="$work/" "tests/fuzz/corpus/$target/"*
	mkdir "$work/new"
	expect "${target}_has_no_finding_in_two_seconds" 0 '^Done ' fuzz -max_len=4096 \
		-max_total_time=2 -artifact_prefix="build/fuzz-$target-" "$work/new" "tests/fuzz/corpus/$target"
	rm -rf "$work/new"
done
tap_exit
