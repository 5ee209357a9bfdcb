#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Programs under seccomp filters, without executable writable memory, and in user namespaces like
# those of rootless containers. Each has to read the right time with the launcher, with the preload
# library and with libfastvdso. TAP.

here=$(dirname "$0")
# shellcheck source=tests/harness/tap.sh
. "$here/tap.sh"

confined=$here/confined launched=$here/launched
image='^image pid [0-9]+ clocks right$'
preload='^preload pid [0-9]+ clocks right$'
stock='^stock pid [0-9]+ clocks right$'

# Run in a user namespace of root or nobody, with only null and the device in /dev, bind-mounted
# read-only, noexec and nosuid, as rootless podman does with --device. The installed image may be
# bind-mounted read-only too.
# shellcheck disable=SC2016,SC2317 # for the inner shell; called by expect
rootless() {	# root|nobody|nobody_with_the_image_bound COMMAND...
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

expect image_works_under_a_strict_filter 0 '^right$' fastvdso run --require "$confined" strict
expect steered_image_works_under_a_strict_filter 0 '^right$' fastvdso run --require --steered "$confined" strict
expect preload_works_under_a_strict_filter 0 '^right$' fastvdso run --require --preload --steered "$confined" strict
expect libfastvdso_works_under_a_strict_filter 0 '^right$' "$confined" strict library
expect stock_vdso_works_under_a_strict_filter 0 '^right$' "$confined" strict
expect open_behind_a_filter_falls_back 0 '^right$' "$confined" late library
fast=0 mode='exact|steered'
[ "$FASTVDSO_STEERS" = yes ] || fast=1 mode=fallback
if [ "$FASTVDSO_CLOCK_MODE" != none ]; then
	expect image_makes_no_system_call 0 '^right$' fastvdso run --require "$confined" mute
	expect libfastvdso_makes_no_system_call 0 '^right$' "$confined" mute library
else
	expect stock_vdso_makes_system_calls_on_this_clocksource 159 '' "$confined" mute
fi

# Steering ends a second after the last mapping is gone, and begins again with the launcher.
await_no_steering() { sleep 2; }

# Run a command while a program reads the clock, and again while the program lives, at most TIMES.
# The clocks are not steered for some 10 ms of each, which a virtual CPU may sleep through.
# shellcheck disable=SC2317 # called by expect
read_during() {	# TIMES COMMAND strict-until|mute-until OPTIONS...
	times=$1 event=$2 how=$3
	shift 3
	echo > /tmp/end
	: > /tmp/reading
	fastvdso run --steered "$@" "$confined" "$how" /tmp/end > /tmp/reading 2>&1 &
	reader=$!
	for _ in $(seq 1000); do
		! grep -q reading /tmp/reading || break
		usleep 10000
	done
	for _ in $(seq "$times"); do
		[ -e "/proc/$reader/exe" ] || break	# not a zombie either
		eval "$event"
	done
	echo end 1<> /tmp/end	# without truncation, which takes the mapped page away
	wait "$reader"
	status=$?
	cat /tmp/reading
	return "$status"
}

# A filter that kills on a system call kills a steered program when the line ends.
sources=/sys/devices/system/clocksource/clocksource0
clock=$(cat $sources/current_clocksource)
cpu1=/sys/devices/system/cpu/cpu1/online
other=
for name in hpet acpi_pm; do
	[ $name = "$clock" ] || ! grep -qw $name $sources/available_clocksource || other=$name
done
# shellcheck disable=SC2317 # called by expect
switch_clocksource() {
	for source in "$other" "$clock"; do
		echo "$source" > "$sources/current_clocksource"
		usleep 100000
	done
}

if [ "$FASTVDSO_CLOCK_MODE" = none ] && [ "$FASTVDSO_STEERS" != no ]; then
	for way in --require "--require --preload" --preload; do
		name=$(echo "$way" | tr -d ' ')
		await_no_steering
		# shellcheck disable=SC2086 # words
		expect "steered_clocks_make_no_system_call.run$name" 0 '^(right|an update was left out)$' \
			fastvdso run --steered $way "$confined" mute-steered
		if [ "$other" ]; then
			for how in strict-until mute-until; do
				status=0 times=1
				[ $how = strict-until ] || status=159 times=20
				# shellcheck disable=SC2086 # words
				expect "steered_clocks_make_system_calls_after_a_clocksource_switch.$how.run$name" \
					$status '^reading' read_during $times switch_clocksource $how $way
			done
		fi
	done
	if [ -e $cpu1 ]; then
		expect steered_clocks_are_right_while_a_cpu_goes_offline_and_comes_back 0 '^right$' \
			read_during 1 "echo 0 > $cpu1; usleep 300000; echo 1 > $cpu1" strict-until --require
	fi
fi

expect launcher_without_ptrace_starts_the_program_untouched 0 "$stock" \
	"$confined" no-ptrace fastvdso run "$launched"
expect launcher_without_ptrace_prints_a_warning 0 'started without the image' "$confined" no-ptrace fastvdso run "$launched"
expect launcher_without_ptrace_fails_if_required 125 'not started' "$confined" no-ptrace fastvdso run --require "$launched"
expect preload_works_without_ptrace 0 "$preload" "$confined" no-ptrace fastvdso run --preload "$launched"

if "$confined" mdwe true; then
	expect launcher_works_under_mdwe 0 "$image" \
		"$confined" mdwe fastvdso run --require "$launched"
	expect launcher_works_under_mdwe_with_a_static_program 0 "$image" "$confined" mdwe fastvdso run --require "${launched}_static"
	expect preload_works_under_mdwe 0 "$preload" "$confined" mdwe fastvdso run --require --preload "$launched"
	expect libfastvdso_works_under_mdwe $fast "^mode +($mode)\$" "$confined" mdwe fastvdso status --steered
else
	echo "# this kernel has no PR_SET_MDWE"
fi

for user in root nobody_with_the_image_bound; do
	expect "launcher_works_in_a_container_of_$user" 0 "$image" \
		rootless $user fastvdso run --require "$launched"
	expect "preload_works_in_a_container_of_$user" 0 "$preload" \
		rootless $user fastvdso run --require --preload "$launched"
	expect "status_names_the_installed_image_in_a_container_of_$user" $fast '^code .* from /usr/lib/fastvdso/.*fastvdso.so$' \
		rootless $user fastvdso status --steered
done
# Root is mapped to nobody there, who may then own the installed image: it is not trusted.
expect launcher_starts_the_program_untouched_in_a_container_of_nobody 0 "$stock" rootless nobody fastvdso run "$launched"
expect preload_falls_back_in_a_container_of_nobody 0 '^preload without pages pid [0-9]+ clocks right$' \
	rootless nobody fastvdso run --preload "$launched"
expect status_reports_the_noexec_mount_in_a_container_of_nobody 1 '^why .*noexec' rootless nobody fastvdso status --steered
tap_exit
