# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with tests/harness/qemu/guest
#
# The guest runs on the emulated machine itself. Sourced by tests/harness/qemu/guest.

# Fill `qemu`, `ports` and `consoles`.
host_start() {
	qemu=("${machine[@]}" -accel "$accel" -m "$mem" -kernel "$kdir/vmlinuz" -initrd "$work/initrd"
		-append "console=$console $words" -serial "file:$work/console")
	ports=(-mon chardev=monitor)
	consoles=("$work/console")
}
