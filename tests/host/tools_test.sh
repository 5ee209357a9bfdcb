#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The fastvdso command without a device: exit statuses, error messages and valid JSON. TAP.

tool=build/tools/fastvdso
image=build/blob/fastvdso.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"

# json NAME KEY COMMAND...: standard output is JSON, and has the key.
json() {
	local name=$1 key=$2
	shift 2
	"$@" 2> /dev/null |
		perl -MJSON::PP -e '
			my $value = JSON::PP->new->decode(join "", <STDIN>);
			$value = $value->[0] if ref $value eq "ARRAY";
			exit !exists $value->{$ARGV[0]}' "$key"
	result "${PIPESTATUS[1]}" "$name"
}

# metrics NAME COMMAND...: standard output is valid in both formats of Prometheus.
metrics() {
	local name=$1
	shift
	"$@" > "$out" && perl - "$out" << 'EOF'
use strict;
my (%declared, %series, $family, $type, $ended);
while (<>) {
	chomp;
	die "a line after # EOF: $_" if $ended;
	if (/^# HELP ([a-z_]+) \S.*[.]$/) {
		die "$1 is declared twice" if $declared{$1}++;
		($family, $type) = ($1, undef);
	} elsif (/^# TYPE ([a-z_]+) (gauge|counter)$/) {
		die "TYPE of $1 is not below its HELP" if $1 ne $family || defined $type;
		$type = $2;
		die "a counter is declared with its suffix" if $family =~ /_total$/;
	} elsif ($_ eq "# EOF") {
		$ended = 1;
	} elsif (/^(fastvdso_[a-z_]+)(\{[a-z]+="([^"\\]|\\["\\n])*"(,[a-z]+="([^"\\]|\\["\\n])*")*\})? (\S+)$/) {
		my ($name, $labels, $value) = ($1, $2 // "", $6);
		die "$name is not of the family above it" if $name ne $family . ($type eq "counter" ? "_total" : "");
		die "no number: $value" if $value !~ /^[0-9]+([.][0-9]+)?(e[-+][0-9]+)?$/;
		die "printed twice: $name" if $series{"$name$labels"}++;
	} else {
		die "no line of a metric: $_";
	}
}
die "no # EOF" if !$ended;
EOF
	result $? "$name"
}

tap tools 24
[ ! -e /dev/fastvdso ]
result $? this_machine_has_no_device

expect status_says_fallback_and_why 1 '^why *no device' $tool status
expect now_works_without_a_module 1 . $tool now
expect dump_lists_the_functions_of_an_image 0 'LINUX_2.6 *__vdso_clock_gettime' $tool dump $image
expect doctor_works_without_a_module 0 . sh -c "$tool doctor; [ \$? -le 1 ]"
expect doctor_says_what_fastvdso_would_gain 0 '^Gain: fastvdso would ' sh -c "$tool doctor; [ \$? -le 1 ]"
expect doctor_advises_nothing_where_the_vdso_works 0 . \
	sh -c "$tool doctor > '$work/doctor'; cat '$work/doctor'; ! grep -q 'vDSO works' '$work/doctor' || ! grep 'What you can do' '$work/doctor'"

expect help_is_no_error 0 . $tool --help
expect help_of_a_command_is_no_error 0 . $tool status --help
expect no_command_is_an_error 2 . $tool
expect an_unknown_command_is_an_error 2 . $tool frobnicate
expect an_unknown_option_is_an_error 2 'fastvdso status: unknown option: --frobnicate' \
	$tool status --frobnicate
expect a_missing_file_is_an_error 3 . $tool dump "$work/nothing"
expect a_file_other_than_an_image_is_an_error 3 . $tool dump /proc/self/exe
expect a_failed_write_is_an_error 3 . sh -c "$tool status > /dev/full"

cp $tool "$work/alone"
expect the_command_measures_without_other_files 0 steered "$work/alone" bench --help

json status_in_json mode $tool status --json
json now_in_json fastvdso_ns $tool now --json
json dump_in_json build_id $tool dump --json $image
json doctor_in_json advice $tool doctor --json
metrics doctor_in_metrics $tool doctor --metrics
cp "$out" "$work/metrics"
expect metrics_have_the_cost_of_a_reading 0 \
	'^fastvdso_clock_read_seconds[{]clock="MONOTONIC",by="libc"[}] [1-9][0-9.]*e-0[5-9]$' cat "$work/metrics"
expect metrics_and_json_exclude_each_other 2 'exclude each other' $tool doctor --json --metrics
expect metrics_are_of_doctor_only 2 'unknown option: --metrics' $tool status --metrics
tap_exit
