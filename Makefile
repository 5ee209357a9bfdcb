# SPDX-License-Identifier: GPL-2.0
#
# fastvdso: a vDSO that can be loaded. `make help` lists what can be made.

include version.mk

ROOT	:= $(CURDIR)
BUILD	:= $(ROOT)/build
Q	:= $(if $(V),,@)
MAKEFLAGS += --no-print-directory

# Headers of the kernel to build the module for, and where things are installed.
KDIR	?= /lib/modules/$(shell uname -r)/build
prefix	?= /usr/local
DESTDIR	?=

export prefix DESTDIR VERSION Q

all: blob lib tools ## The image, the library and the tools; `make module` needs kernel headers

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  KDIR=FOLDER     kernel headers for the module (now: $(KDIR))"
	@echo "  DESTDIR, prefix where install puts things (now: $(DESTDIR)$(prefix))"
	@echo "  V=1             show commands"

blob: ## The code image, build/blob/fastvdso.so
	$(Q)$(MAKE) -C vdso_blob O=$(BUILD)/blob KDIR=$(KDIR)

# Kbuild wants sources and objects in one folder: one of links for each kernel.
module-release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
module-dir = $(BUILD)/module/$(module-release)
module: blob ## The kernel module for the headers at KDIR, build/module/RELEASE/fastvdso.ko
	@[ -n "$(module-release)" ] || \
		{ echo "no kernel headers at $(KDIR): say KDIR=FOLDER, or install linux-headers-$$(uname -r)"; exit 1; }
	$(Q)mkdir -p $(module-dir)/arch
	$(Q)ln -sf $(addprefix $(ROOT)/module/,$(notdir $(wildcard module/*.[chS]) module/Kbuild)) $(module-dir)/
	$(Q)cp -rsf $(ROOT)/module/arch/. $(module-dir)/arch/
	$(Q)$(MAKE) -C $(KDIR) M=$(module-dir) FASTVDSO_ROOT=$(ROOT) FASTVDSO_BLOB=$(BUILD)/blob \
		FASTVDSO_VERSION=$(VERSION) $(module-flags) modules

lib: ## libfastvdso, static and shared, build/lib
	$(Q)$(MAKE) -C userlib O=$(BUILD)/lib

tools: lib ## The fastvdso command, build/tools/fastvdso
	$(Q)$(MAKE) -C tools O=$(BUILD)/tools LIB=$(BUILD)/lib

install-user: lib tools
	$(Q)$(MAKE) -C userlib O=$(BUILD)/lib install
	$(Q)$(MAKE) -C tools O=$(BUILD)/tools LIB=$(BUILD)/lib install

# --- Tests ---

KERNELS	?= bookworm,bookworm-6.12
CLOCKS	?= tsc,hpet

unit-tests: blob lib
	$(Q)tests/kselftest $(BUILD)/kselftest
	$(Q)$(MAKE) -C tests unit guest O=$(BUILD)/tests BUILD=$(BUILD)

check-host: unit-tests ## The tests that need no guest
	@mkdir -p $(BUILD)/host && rm -f $(BUILD)/host/*.log
	$(Q)tests/run $(BUILD)/tests/unit $(ROOT) > $(BUILD)/host/unit.log 2>&1 || true
	$(Q)tests/tally $(BUILD)/host/unit.log || { grep -v -E '^#  (RUN| +OK)|^ok ' $(BUILD)/host/unit.log; exit 1; }

vmtest: unit-tests tools ## The guest tests: KERNELS=bookworm,bookworm-6.12 CLOCKS=tsc,hpet
	$(Q)tests/vmtest $(BUILD)/vmtest $(KERNELS) $(CLOCKS)

shell: tools ## A shell in a guest with the module loaded: KERNEL=bookworm CLOCK=tsc
	$(Q)tests/qemu/guest --kernel $(or $(KERNEL),bookworm) --clock $(or $(CLOCK),tsc) --shell

.PHONY: all help blob module lib tools install-user unit-tests check-host vmtest shell
