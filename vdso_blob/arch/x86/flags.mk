# SPDX-License-Identifier: GPL-2.0 OR MIT
# Flags of the image for x86-64.
IMAGE_CFLAGS += -m64 -mcmodel=small -mgeneral-regs-only -fcf-protection=none \
	$(call cc-options,-mindirect-branch=keep -mfunction-return=keep)
IMAGE_LDFLAGS += -m elf_x86_64
IMAGE_PAGE_SIZE := 4096

# The image for 32-bit programs on the same kernel.
IMAGE_COMPAT := i386

# What only the stock vDSO can provide: see stock.h.
IMAGE_STOCK := getrandom __vdso_getrandom __vdso_sgx_enter_enclave __vdso_futex_robust_list64_try_unlock \
	__vdso_futex_robust_list32_try_unlock

# What must not occur in the disassembly: vector and x87 registers, and the stack protector.
IMAGE_FORBIDDEN := %[xyz]mm[0-9]|%st\b|%fs:|__stack_chk
