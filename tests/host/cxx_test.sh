#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The C++ header compiles in each standard with each installed compiler, and adds no instructions. TAP.
# shellcheck disable=SC2317 # functions that expect calls

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

flags=(-Wall -Wextra -Wpedantic -Werror -Iuserlib/include -Iuapi)
standards=(11 14 17 20)
compilers=(g++)
! command -v clang++ > /dev/null || compilers+=(clang++)

# The instructions of the function in standard input.
instructions() { "$compiler" -std=c++11 -O2 -S "${flags[@]}" -x c++ -o - - | grep -vE '^[[:space:]]*[.#]'; }

# adds_nothing WRAPPER-BODY CALL-BODY: both compile to the same instructions.
adds_nothing() {
	local body n=0
	for body in "$@"; do
		n=$((n + 1))
		printf '#include <fastvdso.hpp>\nstd::int64_t f() { %s; }\n' "$body" |
			instructions > "$work/$n" || return 1
	done
	diff "$work/1" "$work/2" && grep fastvdso_ "$work/1"
}

runs() {
	"$compiler" "-std=c++$standard" -O2 "${flags[@]}" -o "$work/header" tests/host/header_test.cc \
		build/lib/libfastvdso.a -pthread && "$work/header"
}

tap cxx $((${#compilers[@]} * (${#standards[@]} + 3)))
for compiler in "${compilers[@]}"; do
	for standard in "${standards[@]}"; do
		expect "the_header_is_clean_and_works_with_${compiler}_in_c++$standard" 0 "^ok 6" runs
	done
	expect "a_clock_is_the_plain_call_with_$compiler" 0 fastvdso_now_ns adds_nothing \
		"return fastvdso::monotonic_clock::now().time_since_epoch().count()" \
		"return fastvdso_now_ns(CLOCK_MONOTONIC)"
	expect "a_difference_is_two_plain_calls_with_$compiler" 0 fastvdso_now_ns adds_nothing \
		"auto start = fastvdso::realtime_clock::now(); return (fastvdso::realtime_clock::now() - start).count()" \
		"auto start = fastvdso_now_ns(CLOCK_REALTIME); return fastvdso_now_ns(CLOCK_REALTIME) - start"
	expect "an_unordered_clock_is_the_plain_call_with_$compiler" 0 fastvdso_now_ns_unordered adds_nothing \
		"return fastvdso::monotonic_clock_unordered::now().time_since_epoch().count()" \
		"return fastvdso_now_ns_unordered(CLOCK_MONOTONIC)"
done
tap_exit
