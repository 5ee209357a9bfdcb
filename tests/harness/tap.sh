# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# TAP for tests that are shell scripts, on this machine and in guests. Sourced, never run.
#
#	tap SUBJECT [COUNT]		begin; without a count, tap_exit prints the plan
#	result STATUS NAME		report one test, which passes if the status is 0
#	expect NAME STATUS PATTERN COMMAND...
#					one test: the command's exit status, and a pattern in its output
#	tap_exit			exit with 1 if a test failed

# The output of the last command.
: "${out:=/tmp/tap-out}"

tap() {
	tap_subject=$1 tap_number=0 tap_failed=0
	tap_plan=${2:-}
	echo "TAP version 13"
	[ -z "$tap_plan" ] || echo "1..$tap_plan"
}

result() {
	tap_number=$((tap_number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_number $tap_subject.$2"
	else
		echo "not ok $tap_number $tap_subject.$2"
		tap_failed=$((tap_failed + 1))
	fi
}

expect() {
	tap_name=$1 tap_wanted=$2 tap_pattern=$3
	shift 3
	"$@" > "$out" 2>&1
	tap_status=$?
	[ $tap_status -eq "$tap_wanted" ] && grep -qE -e "$tap_pattern" "$out"
	set -- $?
	result "$1" "$tap_name"
	[ "$1" -eq 0 ] || {
		echo "# status $tap_status, wanted $tap_wanted and '$tap_pattern' in:"
		tail -n 30 "$out" | sed 's/^/# /'
	}
}

tap_exit() {
	[ -n "$tap_plan" ] || echo "1..$tap_number"
	echo "# Totals: pass:$((tap_number - tap_failed)) fail:$tap_failed xfail:0 xpass:0 skip:0 error:0"
	exit $((tap_failed > 0))
}
