#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# `fastvdso run`: programs of all kinds with the image, or untouched; and nothing left. TAP.

here=$(dirname "$0")
# shellcheck source=tests/harness/tap.sh
. "$here/tap.sh"
run() { fastvdso run "$@"; }
launched=$here/launched

# untouched NAME PATTERN COMMAND...: it runs with a line on standard error, and --require forbids it.
untouched() {
	name=$1 pattern=$2
	shift 2
	expect "$name" 0 "$pattern.*started without the image" run "$@"
	expect "${name}_and_an_error_if_required" 125 "not started" run --require "$@"
}

yama=/proc/sys/kernel/yama/ptrace_scope
tests=54
[ ! -e $yama ] || tests=57
tap run $tests

expect a_dynamic_program_has_the_image 0 '^image pid [0-9]+ clocks right$' run "$launched"
expect a_static_program_has_the_image 0 '^image pid [0-9]+ clocks right$' run "$here/launched_static"
expect a_position_independent_static_program_has_it 0 '^image pid [0-9]+ clocks right$' \
	run "$here/launched_static_pie"
expect a_program_at_a_fixed_address_has_it 0 '^image pid [0-9]+ clocks right$' run "$here/launched_fixed"
expect steered_for_whom_asks 0 '^image pid [0-9]+ clocks right$' run --steered -- "$launched"
expect a_script_has_it_through_its_interpreter 0 '/dev/fastvdso' run "$here/script"
expect the_preload_library_serves 0 '^preload pid [0-9]+ clocks right$' run --preload "$launched"
expect and_steered 0 '^preload pid [0-9]+ clocks right$' run --preload --steered "$launched"
LD_PRELOAD=libfastvdso-preload.so "$launched" > "$out"
grep -q '^preload .* right$' "$out"
result $? it_serves_without_the_launcher_too
expect nothing_is_said_where_nothing_is_wrong 0 '^0$' sh -c "fastvdso run true 2>&1 | wc -c"

for kind in "" _static _static_pie _fixed; do
	expect "the_kernel_knows_where_the_image_is$kind" 0 '^agrees$' run --require "$launched$kind" vector
done

expect the_exit_status_is_the_programs 7 '^$' run sh -c 'echo; exit 7'
expect so_is_the_signal_that_ends_it 143 '^$' sh -c "fastvdso run sh -c 'echo; kill -TERM \$\$'; exit \$?"
sh -c "echo \$\$; exec fastvdso run sh -c 'echo \$\$'" > "$out"
[ "$(sort -u "$out" | wc -l)" -eq 1 ]
result $? the_process_is_the_launchers_own
expect a_program_that_is_not_there 127 'nosuch: No such file' run nosuch
expect a_file_that_is_no_program 126 'denied' run /etc/passwd
expect an_unknown_option 125 'unknown option' run --nosuch true
ls -l /proc/self/fd > /tmp/fds-before 2>&1
run ls -l /proc/self/fd > /tmp/fds-after 2>&1
[ "$(wc -l < /tmp/fds-before)" -eq "$(wc -l < /tmp/fds-after)" ]
result $? no_descriptor_is_left_open
expect the_environment_is_the_same 0 '^same$' sh -c "env > /tmp/a; fastvdso run env > /tmp/b; cmp /tmp/a /tmp/b && echo same"

# of NAME PATTERN COMMAND...: what status says of a process that waits.
of() {
	name=$1 status=$2 pattern=$3
	shift 3
	: > /tmp/waiting
	"$@" > /tmp/waiting &
	until grep -q clocks /tmp/waiting; do usleep 10000; done
	expect "$name" "$status" "$pattern" fastvdso status --pid $!
	kill $!
	wait $! 2> /dev/null
}
of status_of_a_launched_process 0 '^used by +libc, as its vDSO' fastvdso run "$launched" sleep
of it_says_what_clock_gettime_does 0 '^clock_gettime (exact|steered)' fastvdso run --steered "$launched" sleep
of status_of_a_process_with_the_preload 0 '^used by +libfastvdso-preload' \
	fastvdso run --preload "$launched" sleep
of status_of_a_process_without 1 '^mapped +nothing' "$launched" sleep
expect status_of_no_process 3 'No such file' fastvdso status --pid 99999
expect status_of_nonsense 2 'not a process' fastvdso status --pid me

# The launcher gets at the program's memory without /proc too.
expect a_proc_that_is_read_only 0 '^image pid [0-9]+ clocks right$' \
	unshare --mount sh -c "mount -o remount,bind,ro /proc; exec fastvdso run --require $launched"
expect a_proc_that_counts_other_processes 0 '^image pid [0-9]+ clocks right$' \
	unshare --pid --fork fastvdso run --require "$launched"
expect no_proc_at_all 0 'started with the image' \
	unshare --mount sh -c "umount -l /proc; exec fastvdso run --require --verbose $launched"

# Yama, as other distributions have it, has none but an ancestor trace.
# shellcheck disable=SC2317 # called by expect
as_nobody() { su -s /bin/sh nobody -c "$*"; }
if [ -e $yama ]; then
	echo 1 > $yama
	expect where_none_but_an_ancestor_may_trace 0 '^image pid [0-9]+ clocks right$' \
		as_nobody fastvdso run --require "$launched"
	# Each time a helper is refused first, and its end may come late.
	expect and_to_follow 0 '^image traced pid [0-9]+ clocks right$' \
		as_nobody "for i in 1 2 3 4 5 6 7 8 9 10; do fastvdso run --require --follow $launched || exit; done"
	echo 2 > $yama
	expect where_nobody_may_trace 0 'not permitted: started without the image' as_nobody fastvdso run "$launched"
	echo 0 > $yama
fi

cp "$launched" /tmp/set-uid && chmod 4755 /tmp/set-uid
untouched a_set_uid_program 'set-uid' /tmp/set-uid
printf '\177ELF\001\001\001\0\0\0\0\0\0\0\0\0\002\0\003\0' > /tmp/i386 && chmod 755 /tmp/i386
expect a_program_for_another_architecture_if_required 125 'another architecture' run --require /tmp/i386

mount -o remount,noexec /dev
expect where_dev_is_noexec_code_is_from_the_twin 0 '^image pid [0-9]+ clocks right$' run --require "$launched"
expect which_status_tells 0 'from /usr/lib/fastvdso/fastvdso.so' fastvdso status
expect the_preload_library_uses_it_too 0 '^preload pid [0-9]+ clocks right$' run --preload --steered "$launched"
expect it_is_mapped_privately 0 ' r-xp .* /usr/lib/fastvdso/fastvdso.so$' run cat /proc/self/maps
chmod g+w /usr/lib/fastvdso/fastvdso.so
untouched a_twin_that_others_may_write 'noexec' "$launched"
chmod g-w /usr/lib/fastvdso/fastvdso.so
chown nobody /usr/lib/fastvdso/fastvdso.so
untouched a_twin_of_somebody_else 'noexec' "$launched"
chown root /usr/lib/fastvdso/fastvdso.so
mv /usr/lib/fastvdso/fastvdso.so /usr/lib/fastvdso/away
cp /bin/busybox /usr/lib/fastvdso/fastvdso.so
untouched a_twin_that_is_none 'noexec' "$launched"
rm /usr/lib/fastvdso/fastvdso.so
untouched noexec_dev 'noexec' "$launched"
mv /usr/lib/fastvdso/away /usr/lib/fastvdso/fastvdso.so
mount -o remount,exec /dev
mv /dev/fastvdso /dev/elsewhere
untouched no_device 'no device' "$launched"
mv /dev/elsewhere /dev/fastvdso

expect followed_programs_have_it_too 0 '^image traced pid [0-9]+ clocks right$' \
	run --follow sh -c "$launched; exit \$?"
expect those_that_are_not_followed_have_not 0 '^stock pid [0-9]+ clocks right$' \
	run sh -c "$launched; exit \$?"
expect following_ends_with_the_last_one 0 '[23] with the image, 0 without; ended after' \
	run --follow --stats sh -c "true; (exec env /bin/busybox true) & wait"
expect stopping_and_going_on_while_followed 0 '^went on$' \
	run --follow sh -c 'sh -c "kill -STOP \$\$; echo went on" & sleep 1; kill -CONT $!; wait'
expect a_start_is_counted 0 '1 with the image, 0 without; started within' run --stats true

# Whatever ran is gone, and so is what helped it.
! cat /proc/[0-9]*/comm | grep -E 'launched|fastvdso|set-uid'
result $? no_process_is_left
tap_exit
