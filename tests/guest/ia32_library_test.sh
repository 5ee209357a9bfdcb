#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The library and the preload library in 32-bit programs. Their own tests are those of 64-bit programs. TAP.
# shellcheck disable=SC2317 # called by name

here=$(dirname "$0")
# shellcheck source=tests/harness/tap.sh
. "$here/tap.sh"
ia32=$here/ia32
preload='^preload pid [0-9]+ clocks right$'

# Where the dynamic linker looks by itself.
[ -e /lib/ld-linux.so.2 ] || ln -s "$ia32/lib/ld-linux.so.2" /lib/ld-linux.so.2
mkdir -p /lib/i386-linux-gnu
ln -sf "$ia32"/lib/*.so* /lib/i386-linux-gnu/

# The tests of one program, as one test. In the folder, because some read the image's file.
export BRACKETED_READS=10000
own() {	# NAME OPTIONS
	name=$1
	shift
	(
		cd "$ia32" || exit
		"./${name}_test" "$@" > /tmp/own 2>&1
		status=$?
		grep -v -E '^(ok|#  +(RUN|OK))' /tmp/own
		exit "$status"
	)
}

tap ia32_library
# An emulated machine takes longer than the second of that test.
expect the_tests_of_elf_reader_pass 0 'fail:0 ' own elf_reader -T a_large_made_image_is_parsed_in_less_than_a_second
# Most of them are about a machine without the device.
mv /dev/fastvdso /dev/away
expect the_tests_of_library_pass 0 'fail:0 .* skip:0 ' own library
mv /dev/away /dev/fastvdso
for name in map installed_image status clocks reads snapshot ticks; do
	expect "the_tests_of_${name}_pass" 0 'fail:0 ' own "$name"
done

# With 64-bit time and with 32-bit time, of the same library.
for name in launched launched_time32; do
	expect "${name}_is_served_by_the_preload_library" 0 "$preload" env LD_PRELOAD=libfastvdso-preload.so "$ia32/$name"
	expect "${name}_is_served_with_the_option" 0 "$preload" fastvdso run --preload "$ia32/$name"
done
# shellcheck disable=SC2016 # the shell in the guest
expect a_64_bit_program_and_its_32_bit_child_are_served 0 '^2$' \
	fastvdso run --preload sh -c '{ "$0"; "$1"; } | grep -c "^preload pid .* right$"' "$here/launched" "$ia32/launched"
tap_exit
