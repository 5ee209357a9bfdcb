# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with tests/harness/qemu/guest
#
# The guest runs under KVM, in an emulated machine that is the host: a stock Debian 6.12, because
# QEMU's TCG emulates AMD's SVM. The host has a console of its own, and passes the guest's serial ports
# and the inner QEMU's monitor on by its other serial ports. The lines "clocksource NAME" and "migrate" for
# the monitor are for the host: see init-kvm-host. Sourced by tests/harness/qemu/guest.

host_kernel=bookworm-6.12

# Flags of the guest's CPU for Hyper-V. They are added to kvm=off, because Linux prefers KVM's clock to
# Hyper-V's and Xen's where it sees both.
hyperv=hv-relaxed=on,hv-vapic=on,hv-time=on,hv-vpindex=on,hv-synic=on,hv-stimer=on,hv-reset=on
hyperv+=,hv-runtime=on,hv-frequencies=on

# The initrd of the host: QEMU with its firmware, the KVM modules, the guest's kernel and initrd.
make_host_initrd() {
	local tree=$work/host folder file
	new_tree "$tree" "$here/init-kvm-host"
	cp "$("$here/hypervisor" kvm $host_kernel)"/*.ko "$tree/lib/modules/"
	mkdir -p "$tree"/{usr/bin,firmware,guest}
	cp "$emulator" "$tree/usr/bin/qemu"
	add_libraries "$tree"
	for file in bios-256k.bin kvmvapic.bin linuxboot_dma.bin; do
		for folder in "${emulator%/bin/*}"/share/{seabios,qemu}; do
			[ ! -e "$folder/$file" ] || cp -L "$folder/$file" "$tree/firmware/"
		done
	done
	mv "$work/initrd" "$tree/guest/"
	cp "$kdir/vmlinuz" "$tree/guest/"
	printf '%s\n' "$host_clock" > "$tree/clock"
	# shellcheck disable=SC2016 # for the shell of init-kvm-host, which adds words
	{ printf '%q ' "$@"; echo '"$@"'; } > "$tree/qemu.cmd"
	pack_tree "$tree" "$work/host-initrd"
}

host_start() {
	local inner=kvm cpu=host cpus=$smp
	local host_clock=tsc host_words="console=ttyS0 $quiet clocksource=tsc tsc=reliable"
	case $host in
	hyperv)		cpu+=,kvm=off,$hyperv ;;
	xen-hvm)	cpu+=,kvm=off,xen-vapic=on inner+=,xen-version=0x40011,kernel-irqchip=split ;;
	kvm-unstable)	host_clock=hpet host_words="console=ttyS0 $quiet clocksource=hpet" ;;
	esac
	[ "$spare_cpu" = no ] || cpus=cpus=$smp,maxcpus=$((smp + 1)),sockets=$((smp + 1)),cores=1,threads=1
	make_host_initrd qemu -L /firmware -accel "$inner" -cpu "$cpu" -smp "$cpus" -m "$mem" \
		-drive file=/tmp/disk,format=raw,if=none,id=disk -nodefaults -nic none -display none -no-reboot \
		-kernel /guest/vmlinuz -initrd /guest/initrd -append "console=ttyS0 $words" \
		-serial /dev/ttyS2 -serial /dev/ttyS1 -chardev pipe,id=monitor,path=/tmp/monitor -mon chardev=monitor
	# shellcheck disable=SC2054 # commas of QEMU
	qemu=("${machine[@]}" -accel "$accel" -m $((mem * 2 + 600)) -kernel "$("$here/kernel" $host_kernel)/vmlinuz"
		-initrd "$work/host-initrd" -append "$host_words" -serial "file:$work/host-console")
	# By default ttyS2 and ttyS3 share the interrupts of ttyS0 and ttyS1.
	# shellcheck disable=SC2054
	ports=(-chardev "file,id=console,path=$work/console" -device isa-serial,chardev=console,iobase=0x3e8,irq=5
		-device isa-serial,chardev=monitor,iobase=0x2e8,irq=7)
	consoles=("$work/console" "$work/host-console")
}
