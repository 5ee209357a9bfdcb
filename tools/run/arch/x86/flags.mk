# SPDX-License-Identifier: GPL-2.0
# What x86-64 needs beyond the common flags of the stub.
STUB_ARCH_CFLAGS := -m64 -mgeneral-regs-only -fcf-protection=none
