# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # used by scripts that source this file
#
# How to build and run for another architecture. Sourced, never run: . cross.sh ARCHITECTURE. Needs `here`, this
# folder. Sets `cross`, words for make; `system`, the emulator and its machine; `clock`; `console`;
# `result_port`, where the guest writes its results; and `triplet`.

case $1 in
arm64)	triplet=aarch64-linux-gnu
	system=("$("$here/emulator" arm64)" -M virt -cpu "max,pauth-impdef=on")
	clock=arch_sys_counter
	console=ttyAMA0
	# The machine has one port of its own. The first 8250 on PCI is ttyS0: see init.
	result_port=(-chardev "stdio,id=result" -device "pci-serial,chardev=result")
	;;
riscv64) triplet=riscv64-linux-gnu
	# With the firmware of its own release: older ones do not start newer kernels.
	emulator=$("$here/emulator" riscv64)
	system=("$emulator" -M virt -cpu max
		-bios "${emulator%/bin/*}/lib/$triplet/opensbi/generic/fw_dynamic.bin")
	clock=riscv_clocksource
	console=ttyS0
	result_port=(-chardev "stdio,id=result" -device "pci-serial,chardev=result")
	;;
*)	echo "${0##*/}: no architecture of that name: $1" >&2
	exit 125 ;;
esac
# The last three are for the headers of Debian's kernels, which find out that they are used to cross-build.
cross=(CROSS_COMPILE="$triplet-" BUILD="$root/build/$1"
	DEB_BUILD_ARCH=amd64 DEB_HOST_ARCH="$1" DEB_HOST_GNU_TYPE="$triplet")
