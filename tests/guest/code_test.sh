#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Code is mapped from the installed image if that has the device's bytes, else from the device, for root and for
# another user; and unwinders in the process get through it. TAP.

here=$(dirname "$0")
# shellcheck source=tests/harness/tap.sh
. "$here/tap.sh"
launched=$here/launched
folder=/usr/lib/fastvdso
from_device=' r-xs .* /dev/fastvdso$'
fast=0
[ "$FASTVDSO_STEERS" = yes ] || fast=1

tap code

file=$(fastvdso status | sed -n 's/^code .* from //p')
expect the_code_comes_from_an_installed_variant $fast "from $folder/variant-[0-9a-f]*/fastvdso.so\$" fastvdso status
[ -f "$file" ] || { echo "# no variant has the bytes of the device: $(fastvdso dump | head -n 5)"; tap_exit; }
cmp "$file" /dev/fastvdso
result $? that_file_has_the_bytes_that_the_device_returns
from_file=" r-xp 00000000 .* $file\$"

# Become that user, and the command.
# shellcheck disable=SC2317 # called by maps, which expect calls
as() {	# root|nobody COMMAND...
	[ "$1" = root ] || exec "$here/confined" "$@"
	shift
	exec "$@"
}

# shellcheck disable=SC2317 # called by expect
maps() {	# run|preload|library [USER]: the mappings of a program that uses the image in this way
	by=${2:-root}
	: > /tmp/begun
	case $1 in
	run)	 (as "$by" fastvdso run --require cat /proc/self/maps); return ;;
	preload) as "$by" fastvdso run --require --preload "$launched" sleep > /tmp/begun & ;;
	library) as "$by" "$here/hold" > /tmp/begun & ;;
	esac
	until [ -s /tmp/begun ]; do usleep 10000; done
	cat /proc/$!/maps
	kill $!
	wait $! 2> /dev/null
	return 0
}
for user in root nobody; do
	for way in run preload library; do
		expect "$way.maps_name_the_installed_image_for_$user" 0 "$from_file" maps $way $user
		grep -q ' r--s .* /dev/fastvdso$' "$out" && ! grep -qE "$from_device" "$out"
		result $? "$way.only_data_comes_from_the_device_for_$user"
	done
done
expect clocks_are_right 0 '^image pid [0-9]+ clocks right$' fastvdso run --require "$launched"
expect clocks_are_right_for_nobody 0 '^image pid [0-9]+ clocks right$' \
	"$here/confined" nobody fastvdso run --require "$launched"

# Profilers in the process unwind from a signal handler.
all='^100 of 100 samples'
for from in file device; do
	export FASTVDSO_CODE=$from
	expect run.backtrace_reaches_main_from_the_$from 0 "$all" fastvdso run --require "$here/unwound"
	expect run.backtrace_reaches_main_from_the_$from.in_a_static_program 0 "$all" \
		fastvdso run --require "$here/unwound_static"
	expect preload.backtrace_reaches_main_from_the_$from 0 "$all" fastvdso run --require --preload "$here/unwound"
	[ -e "$here/libunwind.so" ] || continue
	expect run.libunwind_reaches_main_from_the_$from 0 "$all" \
		fastvdso run --require "$here/unwound" "$here/libunwind.so"
	expect preload.libunwind_reaches_main_from_the_$from 0 "$all" \
		fastvdso run --require --preload "$here/unwound" "$here/libunwind.so"
done
unset FASTVDSO_CODE
FASTVDSO_CODE=device expect the_device_is_used_on_request 0 "$from_device" maps run

# A file that another user could write, or that is not the module's code, is not used.
cp -p "$file" /tmp/same
not_used() {
	for user in root nobody; do
		expect "$1.the_launcher_uses_the_device_for_$user" 0 "$from_device" maps run $user
		expect "$1.the_library_uses_the_device_for_$user" 0 "$from_device" maps library $user
	done
}
chmod g+w "$file"
not_used a_file_that_its_group_can_write
chmod g-w "$file"
chown nobody "$file"
not_used a_file_of_another_user
chown root "$file"
printf x | dd of="$file" bs=1 seek=$(($(wc -c < "$file") - 1)) conv=notrunc 2> /dev/null
not_used a_file_with_one_byte_changed
cp /tmp/same "$file"
printf x >> "$file"
not_used a_file_that_is_one_byte_longer
rm "$file"
ln -s /tmp/same "$file"
not_used a_symbolic_link
rm "$file"
not_used a_missing_file
cp -p /tmp/same "$file"
expect the_file_is_used_again 0 "$from_file" maps run

# What is launched later may not have the file, or another one.
# shellcheck disable=SC2016,SC2317 # for the inner shell; called by expect
follow() { fastvdso run --follow sh -c "$1; cat /proc/self/maps"; }
expect a_followed_program_uses_the_device_without_the_file 0 "$from_device" follow "mv $file /tmp/away"
mv /tmp/away "$file"
expect a_followed_program_uses_the_device_after_the_file_was_overwritten 0 "$from_device" \
	follow "sleep 0.1; cat /bin/busybox > $file"
cp /tmp/same "$file"

mount -o remount,noexec /dev
expect the_file_is_used_if_dev_is_noexec 0 "$from_file" maps run
mount -o remount,exec /dev
tap_exit
