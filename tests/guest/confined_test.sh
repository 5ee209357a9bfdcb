#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Confined programs: by system call filters, by the kernel's refusal of writable code, in user
# namespaces as rootless containers have them. Each runs and tells the right time: with the
# launcher, with the preload library, and with libfastvdso. TAP.

here=$(dirname "$0")
# shellcheck source=tests/harness/tap.sh
. "$here/tap.sh"

confined=$here/confined launched=$here/launched
clock=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)
image='^image pid [0-9]+ clocks right$'
preload='^preload pid [0-9]+ clocks right$'
stock='^stock pid [0-9]+ clocks right$'

# A user namespace of root or nobody, in which the node is all that /dev has beside null: bind-mounted
# read-only, noexec and nosuid, as rootless podman does with --device. The twin is as it is, or bound
# too, read-only.
# shellcheck disable=SC2016,SC2317 # for the shell within; called by expect
rootless() {	# root|nobody|nobody_with_the_twin_bound COMMAND...
	as="$confined nobody" bound=
	case $1 in
	root)		as="env" ;;
	*_bound)	bound=/usr/lib/fastvdso ;;
	esac
	shift
	mkdir -p /tmp/rootless
	chmod 0777 /tmp/rootless
	$as unshare --user --map-root-user --mount sh -c '
		mount -t tmpfs dev /tmp/rootless
		for node in null fastvdso; do
			touch /tmp/rootless/$node
			mount --bind /dev/$node /tmp/rootless/$node
			mount -o remount,bind,ro,noexec,nosuid /tmp/rootless/$node
		done
		mount --move /tmp/rootless /dev
		if [ "$0" ]; then
			mount --bind $0 $0
			mount -o remount,bind,ro $0
		fi
		exec "$@"' "$bound" "$@"
}

tap confined

expect a_strict_filter_leaves_what_is_mapped 0 '^right$' fastvdso run --require "$confined" strict
expect also_steered 0 '^right$' fastvdso run --require --steered "$confined" strict
expect a_strict_filter_and_the_preload_library 0 '^right$' fastvdso run --require --preload --steered "$confined" strict
expect a_strict_filter_and_libfastvdso 0 '^right$' "$confined" strict library
expect a_strict_filter_and_nothing_of_ours 0 '^right$' "$confined" strict
expect what_is_opened_behind_a_filter_falls_back 0 '^right$' "$confined" late library
if [ "$clock" = tsc ]; then
	expect no_system_call_is_made_at_all 0 '^right$' fastvdso run --require "$confined" mute
	expect nor_by_the_library 0 '^right$' "$confined" mute library
else
	expect the_stock_vdso_makes_system_calls_here 159 '' "$confined" mute
fi

expect a_launcher_that_may_not_trace_starts_the_program_untouched 0 "$stock" \
	"$confined" no-ptrace fastvdso run "$launched"
expect and_says_so 0 'started without the image' "$confined" no-ptrace fastvdso run "$launched"
expect or_refuses_if_it_is_told_to 125 'not started' "$confined" no-ptrace fastvdso run --require "$launched"
expect the_preload_library_needs_no_tracing 0 "$preload" "$confined" no-ptrace fastvdso run --preload "$launched"

if "$confined" mdwe true; then
	expect no_code_that_was_writable_is_needed_by_the_launcher 0 "$image" \
		"$confined" mdwe fastvdso run --require "$launched"
	expect nor_in_a_static_program 0 "$image" "$confined" mdwe fastvdso run --require "${launched}_static"
	expect nor_by_the_preload_library 0 "$preload" "$confined" mdwe fastvdso run --require --preload "$launched"
	expect nor_by_libfastvdso 0 '^mode +(exact|steered)$' "$confined" mdwe fastvdso status --steered
else
	echo "# this kernel does not refuse code that was writable"
fi

for user in root nobody_with_the_twin_bound; do
	expect "a_container_of_${user}_has_the_image_under_the_launcher" 0 "$image" \
		rootless $user fastvdso run --require "$launched"
	expect "a_container_of_${user}_has_it_with_the_preload_library" 0 "$preload" \
		rootless $user fastvdso run --require --preload "$launched"
	expect "a_container_of_${user}_says_that_it_is_of_the_twin" 0 '^code .* from /usr/lib/fastvdso/fastvdso.so$' \
		rootless $user fastvdso status --steered
done
# There root is nobody, and the file could be written to by who is: it is not believed.
expect a_container_of_nobody_runs_a_program_untouched 0 "$stock" rootless nobody fastvdso run "$launched"
expect also_with_the_preload_library 0 '^preload without pages pid [0-9]+ clocks right$' \
	rootless nobody fastvdso run --preload "$launched"
expect and_says_that_it_is_for_the_noexec_mount 1 '^why .*noexec' rootless nobody fastvdso status --steered
tap_exit
