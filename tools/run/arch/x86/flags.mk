# SPDX-License-Identifier: GPL-2.0
# Compiler flags of the stub that are specific to x86-64.
STUB_ARCH_CFLAGS := -m64 -mgeneral-regs-only -fcf-protection=none
