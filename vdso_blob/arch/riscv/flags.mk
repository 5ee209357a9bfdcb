# SPDX-License-Identifier: GPL-2.0 OR MIT
# Flags of the image for 64-bit RISC-V: no floating point, which the kernel's vDSO does not use either.
IMAGE_ABI := -march=rv64imac_zicsr -mabi=lp64
IMAGE_CFLAGS += -mcmodel=medany -msmall-data-limit=0 -mno-save-restore \
	$(if $(call cc-options,-momit-leaf-frame-pointer),,-fomit-frame-pointer)
IMAGE_LDFLAGS += -m elf64lriscv
IMAGE_PAGE_SIZE := 4096

# What only the stock vDSO can provide: see stock.h.
IMAGE_STOCK := __vdso_getrandom __vdso_flush_icache __vdso_riscv_hwprobe

# What must not occur in the disassembly: floating-point registers, and the stack protector.
IMAGE_FORBIDDEN := \bf[ats][0-9]+\b|__stack_chk
