# SPDX-License-Identifier: GPL-2.0
# Compiler flags of the stub that are specific to i386: the kernel's vDSO leaves it little room.
STUB_ARCH_CFLAGS := -m32 -march=i686 -mgeneral-regs-only -fcf-protection=none -fomit-frame-pointer -malign-data=abi
