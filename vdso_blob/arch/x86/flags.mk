# SPDX-License-Identifier: GPL-2.0 OR MIT
# What x86-64 needs beyond the common flags of the image.
IMAGE_CFLAGS += -m64 -mcmodel=small -mgeneral-regs-only -fcf-protection=none \
	$(call cc-options,-mindirect-branch=keep -mfunction-return=keep)
IMAGE_LDFLAGS += -m elf_x86_64
IMAGE_PAGE_SIZE := 4096

# Registers that the image must not touch, and the stack protector's canary, as objdump shows them.
IMAGE_FORBIDDEN := %[xyz]mm[0-9]|%st\b|%fs:|__stack_chk
