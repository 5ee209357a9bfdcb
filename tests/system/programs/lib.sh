# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # here is set by the script that sources this
#
# Start an unmodified program in one of three ways, inspect it, count its system calls for the time,
# and report the results. Sourced in the guest, never run.

# shellcheck source=tests/harness/tap.sh
. "$here/tap.sh"

clock=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)
work=$(mktemp -d /tmp/programs.XXXXXX)
chmod 0755 "$work"
tracing=/sys/kernel/tracing

# The allowed error of a reading: for steered clocks, the largest bound that the module publishes.
export CLOCK_SLACK=0
steered=()
[ "$clock" = tsc ] || { steered=(--steered); CLOCK_SLACK=50000; }

# Print a result for the table: tell PROGRAM WAY WHAT VALUE
tell() { printf 'data\t%s\t%s\t%s\t%s\t%s\n' "$clock" "$1" "$2" "$3" "$4"; }

# The command that starts a program in a given way. With $follow, also what it executes.
declare -a way_words
way() {
	case $1 in
	plain)		way_words=() ;;
	run)		way_words=(fastvdso run --require ${follow:+--follow} "${steered[@]}" --) ;;
	preload)	way_words=(fastvdso run --require --preload "${steered[@]}" --) ;;
	esac
}

# start WAY PROGRAM ARGS...: start in the background, with output to $said and input from descriptor 5.
# $pid is the program itself. AS=(setpriv ...) goes before the command.
AS=()
start() {
	way "$1"
	shift
	said=$work/said
	: > "$said"
	rm -f "$work/heard"
	mkfifo "$work/heard"
	"${AS[@]}" "${way_words[@]}" "$@" < "$work/heard" > "$said" 2>&1 5>&- &
	job=$!
	exec 5> "$work/heard"
	pid=
	local exe
	exe=$(readlink -f "$(command -v "$1")")
	for _ in $(seq 600); do
		for one in $job $(cat /proc/$job/task/*/children 2> /dev/null); do
			[ "$(readlink "/proc/$one/exe")" != "$exe" ] || { pid=$one; return 0; }
		done
		[ -d /proc/$job ] || break
		sleep 0.1
	done
	echo "# $* did not start:"
	sed 's/^/# /' "$said"
	return 1
}

# Wait until the program has printed a line that matches.
until_said() {
	for _ in $(seq 1200); do
		! grep -qE "$1" "$said" || return 0
		[ -d "/proc/$pid" ] || break
		sleep 0.1
	done
	echo "# waited in vain for '$1' in:"
	tail -n 20 "$said" | sed 's/^/# /'
	return 1
}

# Close the program's input, which ends the program.
stop() {
	exec 5>&-
	wait "$job"
}

# word NAME: the value in the last line "NAME value" of the output.
word() { sed -n "s/^$1 //p" "$said" | tail -n 1; }

# The mapping at the AT_SYSINFO_EHDR (33) of a program's auxiliary vector. Read it from the stack, because
# libraries and runtimes use that copy: it is the first word of 33 after the number of arguments, since programs
# may have removed arguments and environment before it, and left zeros.
vdso_of() {
	local base start
	start=$(sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 26)
	base=$(dd if="/proc/$1/mem" iflag=skip_bytes,count_bytes skip="$start" count=65536 2> /dev/null |
		od -An -v -t x8 -w8 |
		awk 'wanted { sub(/^0+/, "", $1); print $1; exit } NR > 1 { wanted = /^ 0+21$/ }')
	awk -v base="$base" '{ split($1, ends, "-") } ends[1] == base { print $6 }' "/proc/$1/maps"
}

ours='^(/dev/fastvdso|.*/fastvdso\.so)$'

# image_in_use PROGRAM WAY: check which vDSO the process has, and which code of ours is mapped.
image_in_use() {
	local vdso code
	vdso=$(vdso_of "$pid")
	code=$(awk '$2 ~ /x/ { print $6 }' "/proc/$pid/maps" | grep -E "$ours" | sort -u)
	tell "$1" "$2" vdso "$vdso"
	tell "$1" "$2" code "${code:-none}"
	case $2 in
	plain)	[ "$vdso" = '[vdso]' ] && [ -z "$code" ] ;;
	run)	[[ $vdso =~ $ours ]] && [ -n "$code" ] ;;
	preload) [ "$vdso" = '[vdso]' ] && [ -n "$code" ] ;;
	esac
	result $? "$1.$2.the_image_is_what_it_should_be"
}

# The clocks whose system calls are counted, and whether a program gains on any clocksource: CPU-time clocks
# do, others where the stock vDSO does not work.
clock_ids='0|1|4|7|11'
gains=no
[ "$clock" = tsc ] || gains=yes

# Count the guest's system calls for the time.
count_begin() {
	echo 'hist:keys=which_clock' > $tracing/events/syscalls/sys_enter_clock_gettime/trigger
	for call in gettimeofday time; do
		echo 'hist:keys=common_type' > $tracing/events/syscalls/sys_enter_$call/trigger
	done
}

count_end() {
	local call key
	for call in clock_gettime gettimeofday time; do
		key=common_type
		[ $call != clock_gettime ] || key=which_clock
		sed -n 's/^{ *\([a-z_]*\): *\([0-9]*\) *} hitcount: *\([0-9]*\).*/\1 \2 \3/p' \
			$tracing/events/syscalls/sys_enter_$call/hist
		echo "!hist:keys=$key" > $tracing/events/syscalls/sys_enter_$call/trigger
	done | awk -v ids="^($clock_ids)\$" '$1 != "which_clock" || $2 ~ ids { sum += $3 } END { print sum + 0 }'
}

# gone PROGRAM WAY COUNT: check that at most one in twenty of the plain program's system calls is left.
declare -A plain_count plain_figure
gone() {
	tell "$1" "$2" syscalls "$3"
	if [ "$2" = plain ]; then
		plain_count[$1]=$3
	elif [ $gains = yes ]; then
		[ "$3" -le $((plain_count[$1] / 20)) ]
		result $? "$1.$2.the_system_calls_are_gone"
	fi
}

# figure PROGRAM WAY NAME VALUE UNIT BOUND: report a cost. BOUND is `clock` if reading the clock dominates it.
figure() {
	tell "$1" "$2" "figure:$3:$5" "$4"
	if [ "$2" = plain ]; then
		plain_figure[$1.$3]=$4
	elif [ $gains = yes ] && [ "$6" = clock ]; then
		awk -v plain="${plain_figure[$1.$3]}" -v now="$4" 'BEGIN { exit !(now > 0 && plain >= 5 * now) }'
		result $? "$1.$2.it_is_five_times_as_fast"
	fi
}

# right PROGRAM WAY COMMAND...: the command's status says whether the program worked.
right() {
	local name="$1.$2.its_results_are_right"
	shift 2
	"$@"
	result $? "$name"
}

# agrees BEFORE VALUE AFTER, in nanoseconds. VALUE may have been rounded down to a microsecond.
agrees() {
	[ $(($1 - CLOCK_SLACK - 1000)) -le "$2" ] && [ "$2" -le $(($3 + CLOCK_SLACK)) ] && return
	echo "# $2 is not between $1 and $3"
	return 1
}
truth() { "$here/clock" truth "$@"; }	# [MONOTONIC_RAW]
truth_of() {	# REALTIME|MONOTONIC
	local both
	both=$(truth)
	case $1 in
	REALTIME)	echo "${both% *}" ;;
	MONOTONIC)	echo "${both#* }" ;;
	esac
}
