# SPDX-License-Identifier: GPL-2.0 OR MIT
# Flags of the image for arm64, with 4 KiB pages.
IMAGE_CFLAGS += -mcmodel=tiny -mgeneral-regs-only -mbranch-protection=none -mno-outline-atomics
IMAGE_LDFLAGS += -m aarch64linux -z max-page-size=4096
IMAGE_PAGE_SIZE := 4096

# What only the stock vDSO can provide: see stock.h.
IMAGE_STOCK := __kernel_getrandom

# What must not occur in the disassembly: vector registers, and the stack protector.
IMAGE_FORBIDDEN := \b[qv][0-9]+\b|tpidr_el0|__stack_chk
