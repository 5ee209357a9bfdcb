#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The image as a file, to those who read ELF files for a living. TAP.
# shellcheck disable=SC2317 # called by name

image=build/blob/fastvdso.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

# What it has to say goes to standard output; what it has to complain of does not.
uncomplaining() {
	"$@" 2>&1 > "$work/said" | sed 's/^/complaint: /' | tee "$work/complaints"
	[ -s "$work/said" ] && [ ! -s "$work/complaints" ] && echo "none"
}

tap elf 7
expect readelf_reads_all_of_it 0 '^none$' uncomplaining readelf -aW $image
expect eu_readelf_reads_all_of_it 0 '^none$' uncomplaining eu-readelf -a $image
expect elflint_finds_no_error 0 '^No errors' eu-elflint --gnu-ld $image
expect elflint_finds_none_where_there_is_debug_information 0 '^No errors' eu-elflint --gnu-ld $image.dbg
expect objdump_reads_its_code 0 '^none$' uncomplaining objdump -dW $image
expect its_note_is_a_version_string 0 'fastvdso [1-9][0-9]* [1-9].*VERSION' readelf -n $image
# A profiler tells where a function ends by its size, a debugger by its frame.
eu-readelf --debug-dump=frames $image | sed -n 's/^ *0x[0-9a-f]* (offset: *0x\([0-9a-f]*\)).*/\1/p' | sort > "$work/frames"
nm $image.dbg | sed -n 's/^0*\([0-9a-f]*\) [tT] .*/\1/p' | sort -u > "$work/functions"
[ "$(wc -l < "$work/functions")" -gt 20 ] && cmp "$work/frames" "$work/functions"
result $? every_function_has_a_frame_and_no_other_place_has
tap_exit
