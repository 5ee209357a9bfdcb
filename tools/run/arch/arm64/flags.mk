# SPDX-License-Identifier: GPL-2.0
# Compiler flags of the stub that are specific to arm64.
STUB_ARCH_CFLAGS := -mgeneral-regs-only -mbranch-protection=none -mcmodel=tiny
