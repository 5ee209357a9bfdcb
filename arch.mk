# SPDX-License-Identifier: GPL-2.0 OR MIT
#
# The compiler and the architecture that it builds for, by the kernel's name. Another one than this
# machine's: make CROSS_COMPILE=aarch64-linux-gnu- BUILD=FOLDER.

ifdef CROSS_COMPILE
CC	:= $(CROSS_COMPILE)gcc
CXX	:= $(CROSS_COMPILE)g++
AR	:= $(CROSS_COMPILE)ar
endif
LD	:= $(CROSS_COMPILE)ld
OBJCOPY	:= $(CROSS_COMPILE)objcopy
arch	:= $(shell $(CC) -dumpmachine | sed 's/-.*//; s/x86_64/x86/; s/^i.86/i386/; s/aarch64/arm64/; s/riscv.*/riscv/')

# Flags of everything that uses the library: its struct timespec has 64-bit seconds everywhere.
abi-flags := $(if $(filter i386,$(arch)),-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64)
