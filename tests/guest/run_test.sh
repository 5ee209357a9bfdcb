#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# `fastvdso run` starts programs with the image, or untouched, and leaves nothing behind. TAP.

here=$(dirname "$0")
# shellcheck source=tests/harness/tap.sh
. "$here/tap.sh"
run() { fastvdso run "$@"; }
launched=$here/launched
image='^image pid [0-9]+ clocks right$'
preload='^preload pid [0-9]+ clocks right$'

# Two tests: the program starts without the image and with a warning, and not at all if required.
expect_untouched() {	# NAME PATTERN COMMAND...
	name=$1 pattern=$2
	shift 2
	expect "$name" 0 "$pattern.*started without the image" run "$@"
	expect "${name}_and_fails_if_required" 125 "not started" run --require "$@"
}

yama=/proc/sys/kernel/yama/ptrace_scope
tests=64
[ ! -e $yama ] || tests=67
# It is for x86.
[ -e "$here/stock_functions" ] || tests=$((tests - 1))
tap run $tests

expect a_dynamic_program_gets_the_image 0 "$image" run "$launched"
expect a_static_program_gets_the_image 0 "$image" run "$here/launched_static"
expect a_static_pie_program_gets_the_image 0 "$image" run "$here/launched_static_pie"
expect a_program_at_a_fixed_address_gets_the_image 0 "$image" run "$here/launched_fixed"
expect steered_clocks_are_right_on_request 0 "$image" run --steered -- "$launched"
expect a_script_gets_the_image_through_its_interpreter 0 '/dev/fastvdso' run "$here/script"
expect preload_option_uses_the_preload_library 0 "$preload" run --preload "$launched"
expect preload_option_can_be_steered 0 "$preload" run --preload --steered "$launched"
expect preload_option_can_be_required 0 "$preload" run --preload --require "$launched"
LD_PRELOAD=$here/fixed_clock.so expect clocks_of_another_preloaded_library_have_precedence 3 'clocks wrong$' \
	run --preload "$launched"
LD_PRELOAD=libfastvdso-preload.so "$launched" > "$out"
grep -q '^preload .* right$' "$out"
result $? preload_library_works_without_the_launcher
expect a_successful_start_prints_nothing 0 '^0$' sh -c "fastvdso run true 2>&1 | wc -c"

# The kernel's own vDSO follows a process that enters a time namespace, and so does the preload library. The
# manual says that the image does not: its page still has the old offsets.
expect stock_clocks_are_right_after_setns 0 '^stock .* right$' "$launched" setns
expect preloaded_clocks_are_right_after_setns 0 '^preload .* right$' run --preload "$launched" setns
expect clocks_of_the_image_are_those_from_before_setns 3 '^image .* wrong$' run "$launched" setns

for kind in "" _static _static_pie _fixed; do
	expect "the_kernel_knows_where_the_image_is$kind" 0 '^agrees$' run --require "$launched$kind" vector
done

[ ! -e "$here/stock_functions" ] ||
	expect every_function_of_the_stock_vdso_is_there 0 '^all functions' run --require "$here/stock_functions"

expect the_exit_status_is_passed_on 7 '^$' run sh -c 'echo; exit 7'
expect a_fatal_signal_is_passed_on 143 '^$' sh -c "fastvdso run sh -c 'echo; kill -TERM \$\$'; exit \$?"
sh -c "echo \$\$; exec fastvdso run sh -c 'echo \$\$'" > "$out"
[ "$(sort -u "$out" | wc -l)" -eq 1 ]
result $? the_program_keeps_the_process_id_of_the_launcher
expect a_missing_program_is_reported 127 'nosuch: No such file' run nosuch
expect a_file_that_is_not_executable_is_reported 126 'denied' run /etc/passwd
expect an_unknown_option_is_reported 125 'unknown option' run --nosuch true
ls -l /proc/self/fd > /tmp/fds-before 2>&1
run ls -l /proc/self/fd > /tmp/fds-after 2>&1
[ "$(wc -l < /tmp/fds-before)" -eq "$(wc -l < /tmp/fds-after)" ]
result $? no_file_descriptor_is_left_open
expect the_environment_is_unchanged 0 '^same$' sh -c "env > /tmp/a; fastvdso run env > /tmp/b; cmp /tmp/a /tmp/b && echo same"

# Start a program that waits, and check what `status --pid` prints.
expect_status() {	# NAME STATUS PATTERN COMMAND...
	name=$1 status=$2 pattern=$3
	shift 3
	: > /tmp/waiting
	"$@" > /tmp/waiting &
	until grep -q clocks /tmp/waiting; do usleep 10000; done
	expect "$name" "$status" "$pattern" fastvdso status --pid $!
	kill $!
	wait $! 2> /dev/null
}
expect_status status_reports_a_launched_process 0 '^used by +libc, as its vDSO' fastvdso run "$launched" sleep
fast=0 mode='exact|steered'
[ "$FASTVDSO_STEERS" = yes ] || fast=1 mode=fallback
expect_status status_reports_how_clock_gettime_works 0 "^clock_gettime ($mode)" fastvdso run --steered "$launched" sleep
expect_status status_reports_a_process_with_the_preload 0 '^used by +libfastvdso-preload' \
	fastvdso run --preload "$launched" sleep
expect_status status_reports_an_unmapped_process 1 '^mapped +nothing' "$launched" sleep
expect_status status_says_how_a_process_may_have_lost_the_image 1 '^why .* --follow' \
	fastvdso run --require sh -c "exec $launched sleep"
expect_status a_followed_program_that_executes_itself_keeps_it 0 '^used by +libc, as its vDSO' \
	fastvdso run --require --follow sh -c "exec $launched sleep"
expect_status a_program_that_executes_itself_keeps_the_preload_library 0 '^used by +libfastvdso-preload' \
	fastvdso run --preload sh -c "exec $launched sleep"
expect status_rejects_a_missing_process 3 'No such file' fastvdso status --pid 99999
expect status_rejects_an_invalid_process_id 2 'not a process' fastvdso status --pid me

# The launcher can reach the program's memory without /proc.
expect launcher_works_with_a_read_only_proc 0 "$image" \
	unshare --mount sh -c "mount -o remount,bind,ro /proc; exec fastvdso run --require $launched"
expect launcher_works_with_the_proc_of_another_pid_namespace 0 "$image" \
	unshare --pid --fork fastvdso run --require "$launched"
expect launcher_works_without_proc 0 'started with the image' \
	unshare --mount sh -c "umount -l /proc; exec fastvdso run --require --verbose $launched"

# Other distributions enable Yama, which lets only ancestors trace a process.
# shellcheck disable=SC2317 # called by expect
as_nobody() { su -s /bin/sh nobody -c "$*"; }
if [ -e $yama ]; then
	echo 1 > $yama
	expect launcher_works_if_only_ancestors_may_trace 0 "$image" as_nobody fastvdso run --require "$launched"
	# The first helper is refused each time, and may end late.
	expect following_works_if_only_ancestors_may_trace 0 '^image traced pid [0-9]+ clocks right$' \
		as_nobody "for i in 1 2 3 4 5 6 7 8 9 10; do fastvdso run --require --follow $launched || exit; done"
	echo 2 > $yama
	expect program_starts_untouched_if_nobody_may_trace 0 'not permitted: started without the image' as_nobody fastvdso run "$launched"
	echo 0 > $yama
fi

cp "$launched" /tmp/set-uid && chmod 4755 /tmp/set-uid
expect_untouched a_set_uid_program_starts_untouched 'set-uid' /tmp/set-uid
printf '\177ELF\001\001\001\0\0\0\0\0\0\0\0\0\002\0\002\0' > /tmp/sparc && chmod 755 /tmp/sparc
expect a_program_for_another_architecture_fails_if_required 125 'another architecture' run --require /tmp/sparc

# Without the variants, of which one has the device's code, the image as built is left: see code_test.sh.
mkdir /tmp/variants
mv /usr/lib/fastvdso/variant-* /tmp/variants/
mount -o remount,noexec /dev
expect launcher_uses_the_installed_image_if_dev_is_noexec 0 "$image" run --require "$launched"
expect status_names_the_installed_image $fast 'from /usr/lib/fastvdso/fastvdso.so' fastvdso status
expect preload_library_uses_the_installed_image_if_dev_is_noexec 0 "$preload" run --preload --steered "$launched"
expect the_installed_image_is_mapped_privately 0 ' r-xp .* /usr/lib/fastvdso/fastvdso.so$' run cat /proc/self/maps
# shellcheck disable=SC2317 # called by expect
follow_over_an_update() {
	run --follow sh -c "$launched; cp /tmp/image /usr/lib/fastvdso/fastvdso.so; $launched; exit \$?" | tr '\n' ' '
}
cp /usr/lib/fastvdso/fastvdso.so /tmp/image
expect an_installed_image_that_was_overwritten_meanwhile_is_not_mapped 0 '^image traced .* stock traced ' \
	follow_over_an_update
chmod g+w /usr/lib/fastvdso/fastvdso.so
expect_untouched an_installed_image_that_others_can_write_is_not_used 'noexec' "$launched"
chmod g-w /usr/lib/fastvdso/fastvdso.so
chown nobody /usr/lib/fastvdso/fastvdso.so
expect_untouched an_installed_image_of_another_owner_is_not_used 'noexec' "$launched"
chown root /usr/lib/fastvdso/fastvdso.so
mv /usr/lib/fastvdso/fastvdso.so /usr/lib/fastvdso/away
cp /bin/busybox /usr/lib/fastvdso/fastvdso.so
expect_untouched an_installed_image_that_is_another_file_is_not_used 'noexec' "$launched"
rm /usr/lib/fastvdso/fastvdso.so
expect_untouched program_starts_untouched_if_dev_is_noexec 'noexec' "$launched"
mv /usr/lib/fastvdso/away /usr/lib/fastvdso/fastvdso.so
mount -o remount,exec /dev
mv /tmp/variants/* /usr/lib/fastvdso/
mv /dev/fastvdso /dev/elsewhere
expect_untouched program_starts_untouched_without_a_device 'no device' "$launched"
mv /dev/elsewhere /dev/fastvdso

expect followed_programs_get_the_image 0 '^image traced pid [0-9]+ clocks right$' \
	run --follow sh -c "$launched; exit \$?"
expect programs_that_are_not_followed_start_untouched 0 '^stock pid [0-9]+ clocks right$' \
	run sh -c "$launched; exit \$?"
# shellcheck disable=SC2317 # called by expect
# The helper writes the statistics after the program's parent has been told of its end.
follow_and_wait() {
	run --follow --stats sh -c "true; (exec env /bin/busybox true) & wait" 2> /tmp/stats
	for _ in $(seq 100); do
		! grep -q "ended after" /tmp/stats || break
		usleep 50000
	done
	cat /tmp/stats
}
expect following_ends_with_the_last_program 0 '[23] with the image, 0 without; ended after' follow_and_wait
expect a_followed_program_can_be_stopped_and_continued 0 '^went on$' \
	run --follow sh -c 'sh -c "kill -STOP \$\$; echo went on" & sleep 1; kill -CONT $!; wait'
expect stats_count_a_start 0 '1 with the image, 0 without; started within' run --stats true

# Neither the programs nor their helpers are left.
! cat /proc/[0-9]*/comm | grep -E 'launched|fastvdso|set-uid'
result $? no_process_is_left
tap_exit
