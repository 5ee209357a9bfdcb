# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with tests/harness/qemu/guest
#
# The guest is dom0 of Xen, paravirtualised, in an emulated machine. The console has the messages of Xen
# and of the guest's kernel. The monitor is the machine's. Sourced by tests/harness/qemu/guest.

host_start() {
	local arguments="console=hvc0 $words"
	# QEMU separates the modules by commas. With x2APIC and two CPUs, Xen 4.17 crashes on its way back
	# from suspend to memory (BUG in send_IPI_mask_x2apic_cluster).
	# shellcheck disable=SC2054
	qemu=("${machine[@]}" -accel tcg,thread=single -m $((mem + 300)) -kernel "$("$here/hypervisor" xen)"
		-initrd "$kdir/vmlinuz ${arguments//,/,,},$work/initrd"
		-append "com1=115200,8n1 console=com1 loglvl=warning x2apic=off dom0_mem=${mem}M" -serial "file:$work/console")
	ports=(-mon chardev=monitor)
	consoles=("$work/console")
}
