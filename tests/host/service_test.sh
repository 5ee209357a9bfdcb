#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fastvdso enable and fastvdso disable, with a systemctl that is made up. TAP.

tool=$PWD/build/tools/fastvdso
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

# "show" and "cat" print the files of a unit, and everything else is recorded.
mkdir "$work/bin" "$work/units"
cat > "$work/bin/systemctl" << 'END'
#!/bin/sh
folder=$(dirname "$0")/..
for name; do :; done
case $1 in
show)	cat "$folder/$name.show" 2> /dev/null || echo LoadState=not-found ;;
cat)	cat "$folder/$name.cat" ;;
*)	echo "$1 $([ $# -le 3 ] || echo "$name")" >> "$folder/log"
	[ ! -e "$folder/$1-fails" ] ;;
esac
END
chmod +x "$work/bin/systemctl"
export FASTVDSO_UNIT_DIR=$work/units PATH=$work/bin:$PATH
# Where the dynamic linker finds the preload library, as it would if that were installed.
export LD_LIBRARY_PATH=$PWD/build/tools

# unit NAME COMMAND SETTING...: a unit with an ExecStart= and what systemctl shows of it.
unit() {
	local name=$1 command=$2
	shift 2
	{
		printf '%s\n' LoadState=loaded "Id=$name" \
			"ExecStart={ path=${command%% *} ; argv[]=$command ; ignore_errors=no }"
		printf '%s\n' "$@"
	} > "$work/$name.show"
	printf '%s\n' "# /lib/systemd/system/$name" '[Unit]' 'ExecStart=not here' '[Service]' \
		"ExecStart=$command" '[Install]' > "$work/$name.cat"
	rm -rf "$work/units" "$work/log"
	mkdir "$work/units"
}

# dropin NAME LINE...: the drop-in of a.service consists of these lines.
dropin() {
	local name=$1
	shift
	printf '%s\n' '# Written by fastvdso enable. fastvdso disable removes it.' '[Service]' "$@" |
		diff - "$work/units/a.service.d/zz-fastvdso.conf" > "$out" 2>&1
	result $? "$name"
	sed 's/^/# /' "$out"
}

# enabled NAME OPTIONS LINE...: enable a.service, and compare.
enabled() {
	local name=$1 options=$2
	shift 2
	# shellcheck disable=SC2086 # words
	"$tool" enable $options a > "$work/said" 2>&1 || cat "$work/said"
	dropin "$name" "$@"
}

preload='Environment="LD_PRELOAD=libfastvdso-preload.so"'
device='DeviceAllow=/dev/fastvdso r'
program=/usr/bin/env

tap service
unit a.service "$program x"
enabled a_plain_service_gets_the_library "" "$preload"
expect the_dropin_is_shown 0 '^Environment="LD_PRELOAD=' cat "$work/said"
expect its_path_is_shown 0 "^$work/units/a.service.d/zz-fastvdso.conf:" cat "$work/said"
expect nothing_is_restarted 0 'not restarted.*systemctl restart a.service' cat "$work/said"
expect systemd_reads_the_dropin 0 '^daemon-reload $' cat "$work/log"
[ "$(wc -l < "$work/log")" -eq 1 ]
result $? and_does_nothing_else
expect a_service_is_enabled_once 3 'already enabled.*first fastvdso disable a.service' "$tool" enable a.service
expect disable_removes_the_dropin 0 '^Removed ' "$tool" disable a
[ ! -e "$work/units/a.service.d" ]
result $? and_its_folder
expect disable_needs_an_enabled_service 3 'a.service is not enabled: there is no' "$tool" disable a
sed -i 's/=loaded/=bad-setting/' "$work/a.service.show"
mkdir "$work/units/a.service.d"
touch "$work/units/a.service.d/zz-fastvdso.conf" "$work/units/a.service.d/other.conf"
expect a_service_that_cannot_start_can_be_disabled 0 '^Removed ' "$tool" disable a
[ -e "$work/units/a.service.d/other.conf" ]
result $? other_dropins_stay

unit a.service "$program"
enabled steered_is_for_the_library_too --steered "$preload" Environment=FASTVDSO_PRELOAD=steered
unit a.service "$program"
enabled restart_is_on_request --restart "$preload"
expect the_service_was_restarted 0 '^restart a.service$' cat "$work/log"
unit a.service "$program"
touch "$work/restart-fails"
expect a_failed_restart_is_reported 3 'a.service: systemctl restart failed' "$tool" enable --restart a
rm "$work/restart-fails"

# The unit's own environment.
unit a.service "$program" 'Environment=A=b "C=d e" LD_PRELOAD=/usr/lib/100%.so X=y'
enabled a_library_of_the_unit_comes_first "" 'Environment="LD_PRELOAD=/usr/lib/100%%.so:libfastvdso-preload.so"'
unit a.service "$program" 'Environment="LD_PRELOAD=a.so b.so" MY_LD_PRELOAD=c.so'
enabled several_libraries_come_first "" 'Environment="LD_PRELOAD=a.so b.so:libfastvdso-preload.so"'
unit a.service "$program" 'Environment=MY_LD_PRELOAD=c.so'
enabled another_variable_is_no_matter "" "$preload"
unit a.service "$program" "EnvironmentFiles=/nothing (ignore_errors=yes)" \
	"EnvironmentFiles=$work/default (ignore_errors=no)"
echo LD_PRELOAD=x.so > "$work/default"
expect a_file_of_the_environment_has_precedence 3 'files of the environment sets LD_PRELOAD' "$tool" enable a
echo LD=x > "$work/default"
enabled a_file_without_the_variable_is_no_matter "" "$preload"

# Restricted devices.
unit a.service "$program" DevicePolicy=auto PrivateDevices=no DeviceAllow=
enabled devices_stay_unrestricted "" "$preload"
unit a.service "$program" DevicePolicy=closed
enabled a_closed_policy_needs_the_device "" "$preload" "$device"
unit a.service "$program" DevicePolicy=auto 'DeviceAllow=char-rtc r'
enabled a_list_of_devices_needs_the_device "" "$preload" "$device"
unit a.service "$program" DevicePolicy=closed PrivateDevices=yes
enabled private_devices_need_the_node "" "$preload" "$device" BindReadOnlyPaths=-/dev/fastvdso
unit a.service "$program" NoExecPaths=/
enabled paths_without_execution_need_an_exception "" "$preload" "ExecPaths=-/dev/fastvdso -/usr/lib/fastvdso"
rm -r "$work/units/a.service.d"
enabled and_the_launcher_one_more --run ExecStart= "ExecStart=$tool run -- $program" \
	"ExecPaths=-/dev/fastvdso -/usr/lib/fastvdso $tool"
unit a.service "$program" RootDirectory=/srv/root
expect a_root_folder_is_refused 3 'root folder of its own' "$tool" enable a
[ ! -e "$work/units/a.service.d" ]
result $? and_nothing_is_written

# Filters of system calls, as lists of what is allowed, or after "~" of what is not.
unit a.service "$program" 'SystemCallFilter=close ioctl mmap munmap openat process_vm_readv_x read'
enabled a_filter_that_allows_all_stays "" "$preload"
unit a.service "$program" 'SystemCallFilter=close mmap munmap openat read'
enabled a_filter_gets_the_calls_of_the_library "" "$preload" SystemCallFilter=ioctl
unit a.service "$program" 'SystemCallFilter=~ptrace:EPERM process_vm_readv mount'
enabled the_library_needs_no_ptrace "" "$preload"
rm -r "$work/units/a.service.d"
enabled the_launcher_needs_ptrace --run ExecStart= "ExecStart=$tool run -- $program" \
	SystemCallFilter=ptrace SystemCallFilter=process_vm_readv

# The launcher.
unit a.service "-!$program \"a b\" %i \$X"
enabled the_launcher_keeps_prefixes_and_quotes "--run --steered" \
	ExecStart= "ExecStart=-!$tool run --steered -- $program \"a b\" %i \$X"
unit a.service "$program"
printf '%s\n' '# /etc/systemd/system/a.service.d/override.conf' '[Service]' 'ExecStart=' \
	"ExecStart = $program a \\" '  b' "ExecStart=$program c" >> "$work/a.service.cat"
enabled the_launcher_starts_the_last_commands --run \
	ExecStart= "ExecStart=$tool run -- $program a     b" "ExecStart=$tool run -- $program c"
unit a.service "@$program argv0"
expect the_launcher_refuses_another_first_argument 3 'begins with @' "$tool" enable --run a
printf '#!/bin/sh\n' > "$work/script" && chmod +x "$work/script"
unit a.service "$work/script"
enabled a_script_gets_the_library "" "$preload"
unit a.service "$tool"
if ! readelf -lW "$tool" | grep -q INTERP; then
	expect a_static_program_is_refused 3 'it is static.*fastvdso enable --run may work' "$tool" enable a
fi
unit a.service "$program"
expect a_library_that_is_not_found_is_refused 3 'does not find libfastvdso-preload.so' \
	env -u LD_LIBRARY_PATH "$tool" enable a

unit a.service "/usr/bin/pg_ctlcluster 15-main start"
expect a_script_that_clears_its_environment_is_refused 3 'add LD_PRELOAD = .*/environment$' "$tool" enable a

# Names.
unit a.service "$program"
cp "$work/a.service.show" "$work/alias.service.show"
expect an_alias_is_resolved 0 "^$work/units/a.service.d/" "$tool" enable alias
expect an_unknown_unit_is_an_error 3 'there is no nothing.service' "$tool" enable nothing
expect a_path_is_no_name 3 'not a name of a unit: ../a' "$tool" enable ../a
expect a_socket_is_no_service 3 'a.socket is not a service' "$tool" enable a.socket
expect a_template_needs_an_instance 3 'a@.service is a template' "$tool" enable a@
expect enable_needs_a_unit 2 'usage: fastvdso enable' "$tool" enable
expect disable_has_no_run 2 'fastvdso disable: unknown option: --run' "$tool" disable --run a
expect systemctl_can_be_missing 3 'a.service: systemctl show failed' /usr/bin/env PATH=/nothing "$tool" enable a
tap_exit
