# SPDX-License-Identifier: GPL-2.0
# Compiler flags of the stub that are specific to RISC-V.
STUB_ARCH_CFLAGS := -march=rv64imac_zicsr -mabi=lp64 -mcmodel=medany -msmall-data-limit=0
