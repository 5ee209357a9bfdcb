#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The library, the preload library and the launcher for 32-bit programs. Their own tests are those of 64-bit programs. TAP.
# shellcheck disable=SC2016,SC2317 # expanded by a shell in the guest; called by name

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
for name in launched launched_time32; do
	expect "${name}_falls_back_to_libc" 0 '^preload without pages pid [0-9]+ clocks right$' \
		env LD_PRELOAD=libfastvdso-preload.so "$ia32/$name"
done
mv /dev/away /dev/fastvdso
for name in map installed_image status clocks reads snapshot ticks; do
	expect "the_tests_of_${name}_pass" 0 'fail:0 ' own "$name"
done

# With 64-bit time and with 32-bit time, of the same library.
for name in launched launched_time32; do
	expect "${name}_is_served_by_the_preload_library" 0 "$preload" env LD_PRELOAD=libfastvdso-preload.so "$ia32/$name"
	expect "${name}_is_served_with_the_option" 0 "$preload" fastvdso run --preload "$ia32/$name"
done
# glibc's functions say the same.
late='^clock_gettime -1 EOVERFLOW gettimeofday -1 EOVERFLOW timespec_get 0 EOVERFLOW timespec_getres 1 right'
late="$late clock_getres 0 right __gettimeofday -1 EOVERFLOW time -1 EOVERFLOW monotonic 0 right\$"
now=$(date +%s)
date -s @2300000000 > /dev/null
expect seconds_that_do_not_fit_fail_as_in_glibc 0 "$late" env LD_PRELOAD=libfastvdso-preload.so "$ia32/ia32_late"
expect so_does_glibc 0 "$late" "$ia32/ia32_late"
date -s "@$now" > /dev/null
expect a_64_bit_program_and_its_32_bit_child_are_served 0 '^2$' \
	fastvdso run --preload sh -c '{ "$0"; "$1"; } | grep -c "^preload pid .* right$"' "$here/launched" "$ia32/launched"

# Two tests: the program starts without the image and with a warning, and not at all if required.
expect_untouched() {	# NAME REASON OPTIONS
	name=$1 reason=$2
	shift 2
	expect "$name" 0 "$reason: started without the image" fastvdso run "$@" "$ia32/launched"
	expect "${name}_and_fails_if_required" 125 "$reason: not started" fastvdso run --require "$@" "$ia32/launched"
}

expect_untouched a_32_bit_program_needs_its_launcher 'the launcher for those is not installed'
expect preload_without_the_launcher_cannot_be_required 125 'the launcher for those is not installed: not started' \
	fastvdso run --preload --require "$ia32/launched"

# As installed.
mkdir -p /usr/lib/i386-linux-gnu/fastvdso
installed=/usr/lib/i386-linux-gnu/fastvdso
ln -s "$ia32/fastvdso" $installed/fastvdso
expect_untouched the_launcher_must_be_a_file 'the launcher for those is no regular file'
rm $installed/fastvdso
cp "$ia32/fastvdso" $installed/
chmod g+w $installed/fastvdso
expect_untouched the_launcher_must_not_be_writable_by_others 'the launcher for those can be changed by other users'
chmod 755 $installed/fastvdso && chmod o+w $installed
expect_untouched nor_its_folder 'the launcher for those can be changed by other users'
chmod 755 $installed && chown 65534 $installed/fastvdso
expect_untouched the_launcher_must_not_be_owned_by_others 'the launcher for those can be changed by other users'
chown 0 $installed/fastvdso && chmod a-x $installed/fastvdso
expect_untouched an_error_of_its_execution_is_printed 'the launcher for those: Permission denied'
chmod a+x $installed/fastvdso
mkdir -p /tmp/tree/elsewhere /tmp/tree/bin && cp /usr/bin/fastvdso /tmp/tree/elsewhere/
cp -r /usr/lib/i386-linux-gnu /tmp/tree/ && mkdir /tmp/tree/lib && mv /tmp/tree/i386-linux-gnu /tmp/tree/lib/
expect a_command_outside_bin_knows_no_launcher 125 'the launcher for those is not installed: not started' \
	/tmp/tree/elsewhere/fastvdso run --require "$ia32/launched"
mv /tmp/tree/elsewhere/fastvdso /tmp/tree/bin/
expect a_command_in_bin_knows_one 0 '^image' /tmp/tree/bin/fastvdso run --require "$ia32/launched"
ln -f /tmp/tree/bin/fastvdso /tmp/tree/lib/i386-linux-gnu/fastvdso/fastvdso
expect the_launcher_must_be_another_file 125 'the launcher for those is the one for 64-bit programs: not started' \
	/tmp/tree/bin/fastvdso run --require "$ia32/launched"
rm -r /tmp/tree
image='^image pid [0-9]+ clocks right$'
for name in launched launched_static launched_time32; do
	expect "${name}_gets_the_image" 0 "$image" fastvdso run --require "$ia32/$name"
	expect "nothing_is_left_in_$name" 0 '^$' sh -c 'fastvdso run "$0" code; status=$?; echo; exit $status' "$ia32/$name"
	expect "the_kernel_knows_where_the_image_of_${name}_is" 0 '^agrees$' fastvdso run --require "$ia32/$name" vector
done
for way in --require "--preload --require"; do
	# shellcheck disable=SC2086 # a list of words
	expect "nobody_reads_right_clocks_while_signals_come.$way" 0 '^right$' \
		"$here/confined" nobody fastvdso run $way "$ia32/ia32_reads"
done
expect steered_clocks_are_right_on_request 0 "$image" fastvdso run --steered "$ia32/launched"
fast=0
[ "$FASTVDSO_STEERS" = yes ] || fast=1
for way in --require "--preload --require"; do
	# shellcheck disable=SC2086 # a list of words
	expect "steered_clocks_make_no_system_call.$way" $fast '' fastvdso run --steered $way "$ia32/ia32_reads" filtered
done
expect the_exit_status_is_passed_on 127 'nosuch' fastvdso run "$ia32/nosuch"
printf '#!%s\n' "$ia32/launched" > /tmp/script && chmod 755 /tmp/script
expect a_script_of_a_32_bit_program_gets_the_image 0 "$image" fastvdso run --require /tmp/script
expect a_32_bit_child_runs_unserved_without_a_message 0 '^stock traced pid [0-9]+ clocks right$' \
	sh -c 'fastvdso run --follow sh -c "\"\$0\"; true" "$0" 2> /tmp/errors && [ ! -s /tmp/errors ]' "$ia32/launched"
expect so_does_a_64_bit_child 0 'process [0-9]+: it is a program for another architecture: started without the image' \
	fastvdso run --follow --verbose "$ia32/fastvdso" run "$here/launched"

rm /lib/i386-linux-gnu/libfastvdso-preload.so
expect the_preload_library_can_be_required 125 'does not find libfastvdso-preload.so: not started' \
	fastvdso run --preload --require "$ia32/launched"
rm -r /usr/lib/i386-linux-gnu/fastvdso
tap_exit
