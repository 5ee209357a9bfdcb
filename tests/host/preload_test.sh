#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The preload library with other preloaded libraries, musl and sanitizers; what --require checks. TAP.
# shellcheck disable=SC2317 # called by name

tool=build/tools/fastvdso
library=libfastvdso-preload.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
# shellcheck source=tests/harness/tap.sh
. "$(dirname "$0")/tap.sh"
export LD_LIBRARY_PATH=$PWD/build/tools

run() { "$tool" run --preload "$@"; }
# shellcheck disable=SC2016 # the program expands it
variables() { run sh -c 'echo "$LD_PRELOAD $ASAN_OPTIONS"'; }

cat > "$work/threads.c" << 'EOF'
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *read_clock(void *ts)
{
	clock_gettime(CLOCK_REALTIME, ts);
	return NULL;
}

int main(void)
{
	/* First, because time() is the coarse clock, which is up to a tick behind. */
	time_t before = time(NULL);
	struct timespec ts = { 0, 0 };
	pthread_t thread;
	int status = 1;

	pthread_create(&thread, NULL, read_clock, &ts);
	pthread_join(thread, NULL);
	if (!fork()) {
		read_clock(&ts);
		_exit(0);
	}
	wait(&status);
	if (status || before < 1600000000 || ts.tv_sec < before)
		return 1;
	return puts("right") < 0;
}
EOF

# skip NAME REASON
skip() {
	tap_number=$((tap_number + 1))
	echo "ok $tap_number $tap_subject.$1 # SKIP $2"
}

# sanitizer COMPILER NAME: a program with it runs with the library, and without an error message.
sanitizer() {
	local name=a_program_with_the_$2_sanitizer_of_$1_runs
	if "$1" "-fsanitize=$2" -o "$work/sanitized" "$work/threads.c" 2> "$work/error"; then
		expect "$name" 0 '^right$' run "$work/sanitized"
	else
		skip "$name" "$1 cannot link it"
	fi
}

tap preload 23
cc -shared -fPIC -o "$work/fixed_clock.so" tests/guest/helpers/fixed_clock.c
LD_PRELOAD=$work/fixed_clock.so expect the_library_comes_after_other_preloaded_libraries 0 \
	"^$work/fixed_clock.so:$library " variables
LD_PRELOAD=$library expect the_library_is_not_added_twice 0 "^$library " variables
ASAN_OPTIONS=verbosity=0 expect options_of_sanitizers_are_kept 0 ' verbosity=0:verify_asan_link_order=0$' variables

for sanitizer in address thread undefined; do
	sanitizer gcc $sanitizer
	if command -v clang > /dev/null; then
		sanitizer clang $sanitizer
	else
		skip "a_program_with_the_${sanitizer}_sanitizer_of_clang_runs" "no clang"
	fi
done

if command -v musl-gcc > /dev/null; then
	musl-gcc -o "$work/musl" "$work/threads.c"
	expect a_dynamic_musl_program_runs 0 '^right$' run "$work/musl"
	expect the_linker_of_musl_finds_the_library 125 'no device' run --require "$work/musl"
else
	skip a_dynamic_musl_program_runs "no musl-gcc (package musl-tools)"
	skip the_linker_of_musl_finds_the_library "no musl-gcc (package musl-tools)"
fi

# Each program would start without the library or without the pages.
expect require_refuses_without_a_device 125 'no device.*not started' run --require true
# As java is, a link to a program with libraries at a place relative to its own.
mkdir "$work/bin" "$work/lib"
echo 'int one(void) { return 1; }' | cc -shared -fPIC -o "$work/lib/libone.so" -x c -
# shellcheck disable=SC2016 # the dynamic linker expands it
echo 'int one(void); int main(void) { return !one(); }' |
	cc -o "$work/bin/program" -x c - -L "$work/lib" -lone -Wl,-rpath,'$ORIGIN/../lib'
ln -s bin/program "$work/link"
expect the_linker_finds_libraries_relative_to_a_linked_program 125 'no device' run --require "$work/link"
cc -static -o "$work/static" "$work/threads.c"
expect require_refuses_a_static_program 125 'static.*not started' run --require "$work/static"
printf '#!%s\n' "$work/static" > "$work/script" && chmod 755 "$work/script"
expect require_refuses_a_script_of_a_static_program 125 'static.*not started' run --require "$work/script"
cp /bin/true "$work/set-uid" && chmod 4755 "$work/set-uid"
expect require_refuses_a_set_uid_program 125 'set-uid.*not started' run --require "$work/set-uid"
printf '\177ELF\001\001\001\0\0\0\0\0\0\0\0\0\002\0\003\0' > "$work/i386" && chmod 755 "$work/i386"
expect require_refuses_an_i386_program_without_its_launcher 125 'launcher for those is not installed: not started' run --require "$work/i386"
LD_LIBRARY_PATH='' expect require_refuses_if_the_library_is_not_found 125 "not find $library.*not started" \
	run --require true

# A dynamic linker that does not say which libraries it loads, for each reason.
linker=$work/linker
cc -o "$work/program" "$work/threads.c" "-Wl,--dynamic-linker=$linker"
refuses() {	# NAME REASON
	expect "$1" 125 "$work/program: $2: not started" run --require "$work/program"
}
refuses require_refuses_a_missing_linker "its dynamic linker $linker cannot be executed: No such file.*"
printf '#!/bin/sh\nkill -SEGV $$\n' > "$linker"
refuses require_refuses_a_linker_that_may_not_be_executed "its dynamic linker $linker cannot be executed: Permission denied"
chmod 755 "$linker"
refuses require_refuses_a_linker_that_is_killed "$linker --list was killed by signal 11"
printf '#!/bin/sh\nexit 3\n' > "$linker"
refuses require_refuses_a_linker_that_lists_no_libraries "$linker --list failed with exit status 3"
expect a_missing_program_is_reported 127 'nosuch' run --require nosuch
tap_exit
