#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# ELF tools read the image without an error or a warning. TAP.
# shellcheck disable=SC2317 # called by name

image=build/blob/fastvdso.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

# Results go to standard output, warnings to standard error.
uncomplaining() {
	"$@" 2>&1 > "$work/said" | sed 's/^/complaint: /' | tee "$work/complaints"
	[ -s "$work/said" ] && [ ! -s "$work/complaints" ] && echo "none"
}

tap elf 7
expect readelf_does_not_warn 0 '^none$' uncomplaining readelf -aW $image
expect eu_readelf_does_not_warn 0 '^none$' uncomplaining eu-readelf -a $image
expect elflint_finds_no_error 0 '^No errors' eu-elflint --gnu-ld $image
expect elflint_finds_no_error_in_the_debug_file 0 '^No errors' eu-elflint --gnu-ld $image.dbg
expect objdump_does_not_warn 0 '^none$' uncomplaining objdump -dW $image
expect the_note_is_a_version_string 0 'fastvdso [1-9][0-9]* [1-9].*VERSION' readelf -n $image
# Profilers find a function's end by its symbol's size, debuggers by its frame.
eu-readelf --debug-dump=frames $image | sed -n 's/^ *0x[0-9a-f]* (offset: *0x\([0-9a-f]*\)).*/\1/p' | sort > "$work/frames"
nm $image.dbg | sed -n 's/^0*\([0-9a-f]*\) [tT] .*/\1/p' | sort -u > "$work/functions"
[ "$(wc -l < "$work/functions")" -gt 20 ] && cmp "$work/frames" "$work/functions"
result $? exactly_the_functions_have_frames
tap_exit
