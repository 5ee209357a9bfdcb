# SPDX-License-Identifier: GPL-2.0 OR MIT
# Flags of the image for i386: 32-bit programs on 64-bit kernels. Programs of the first ABI of i386 align the stack
# to 4 bytes. Other headers come from arch/x86.
IMAGE_INCLUDES := -Iarch/x86
IMAGE_ABI := -m32
IMAGE_CFLAGS += -march=i686 -mgeneral-regs-only -fcf-protection=none \
	$(call cc-options,-mpreferred-stack-boundary=2 -mstack-alignment=4 -mindirect-branch=keep -mfunction-return=keep)
IMAGE_LDFLAGS += -m elf_i386
IMAGE_SONAME := linux-gate.so.1
IMAGE_PAGE_SIZE := 4096

# In 32-bit code the functions of a call do not fit on a page.
IMAGE_CPPFLAGS := -DFASTVDSO_SECTIONS_OF_ANY_SIZE

# What must not occur in the disassembly: vector and x87 registers, and the stack protector.
IMAGE_FORBIDDEN := %[xyz]?mm[0-9]|%st\b|%gs:|__stack_chk
