# SPDX-License-Identifier: GPL-2.0
#
# fastvdso: a vDSO that can be loaded. `make help` lists the targets.

include version.mk

ROOT	:= $(CURDIR)
BUILD	:= $(ROOT)/build
Q	:= $(if $(V),,@)
MAKEFLAGS += --no-print-directory

# Headers of the kernel to build the module for, and where things are installed.
KDIR	?= /lib/modules/$(shell uname -r)/build
prefix	?= /usr/local
DESTDIR	?=

# The guest kernel of the benchmarks and of `make shell`; `make -C tests help` says more on guests.
KERNEL	?= bookworm-6.12
CLOCK	?= tsc

# Not libdir: it follows prefix, which a script called from here may set again.
export prefix DESTDIR VERSION Q

all: blob lib tools ## The image, the library and the tools (the module is `make module`)

help: ## List the targets; `make -C tests help` lists the longer tests
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  KDIR=FOLDER      kernel headers for the module (now: $(KDIR))"
	@echo "  DESTDIR=, prefix=, libdir= where install puts things (now: $(DESTDIR)$(prefix))"
	@echo "  V=1              show commands"

# --- What is built ---

blob: ## The code image, build/blob/fastvdso.so
	$(Q)$(MAKE) -s -C vdso_blob O=$(BUILD)/blob $(blob-flags)

# Kbuild needs sources and objects in one folder: link the sources into one for each kernel.
release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
module-dir = $(BUILD)/module/$(release)
module: blob ## The kernel module for the headers at KDIR, build/module/RELEASE/fastvdso.ko
	@[ -n "$(release)" ] || \
		{ echo "no kernel headers at $(KDIR): set KDIR=FOLDER, or install linux-headers-$$(uname -r)"; exit 1; }
	$(Q)mkdir -p $(module-dir)
	$(Q)cp -rsf $(ROOT)/module/. $(test-modules:%=%/.) $(module-dir)/
	$(Q)$(kbuild-within) $(MAKE) -C $(KDIR) M=$(module-dir) FASTVDSO_ROOT=$(ROOT) FASTVDSO_BLOB=$(BUILD)/blob \
		FASTVDSO_TEST_OBJS='$(patsubst %.c,%.o,$(notdir $(wildcard $(test-modules:%=%/*.c))))' \
		FASTVDSO_VERSION=$(VERSION) $(module-flags) modules

lib: ## libfastvdso, static and shared, build/lib
	$(Q)$(MAKE) -s -C userlib O=$(BUILD)/lib

tools: lib ## The fastvdso command, build/tools/fastvdso
	$(Q)$(MAKE) -s -C tools O=$(BUILD)/tools LIB=$(BUILD)/lib

# --- Installing ---

install: install-user install-module ## Everything, the module for the headers at KDIR too

install-user: blob lib tools
	$(Q)$(MAKE) -C vdso_blob O=$(BUILD)/blob install
	$(Q)$(MAKE) -C userlib O=$(BUILD)/lib install
	$(Q)$(MAKE) -C tools O=$(BUILD)/tools LIB=$(BUILD)/lib install
	$(Q)$(MAKE) -C packaging install-completion install-cdi
	$(Q)$(if $(DESTDIR),,ldconfig 2>/dev/null || true)

# For 32-bit programs too, in a folder of their own: IA32=i686-linux-gnu-
IA32	?=
ia32	= CROSS_COMPILE=$(IA32) VERSION=$(VERSION) libdir=$(prefix)/lib/i386-linux-gnu
install-ia32: ## The libraries and the launcher for 32-bit x86 programs: IA32=i686-linux-gnu-
	@[ -n "$(IA32)" ] || { echo "set IA32 to the prefix of the compiler for i386, for instance i686-linux-gnu-"; exit 1; }
	$(Q)$(MAKE) -C userlib O=$(BUILD)/i386/lib $(ia32) install
	$(Q)$(MAKE) -C tools O=$(BUILD)/i386/tools LIB=$(BUILD)/i386/lib $(ia32) install-other
	$(Q)$(if $(DESTDIR),,ldconfig 2>/dev/null || true)

module-path = $(DESTDIR)/lib/modules/$(release)/updates/fastvdso.ko
install-module: module
	$(Q)install -D -m 644 $(module-dir)/fastvdso.ko $(module-path)
	$(Q)$(MAKE) -C packaging install-system
	$(Q)$(if $(DESTDIR),,depmod $(release))

uninstall: ## Remove the installed files
	$(Q)$(MAKE) -C vdso_blob O=$(BUILD)/blob uninstall
	$(Q)$(MAKE) -C userlib O=$(BUILD)/lib uninstall
	$(Q)$(MAKE) -C tools O=$(BUILD)/tools uninstall
	$(Q)$(MAKE) -C userlib O=$(BUILD)/i386/lib $(ia32) uninstall
	$(Q)$(MAKE) -C tools O=$(BUILD)/i386/tools $(ia32) uninstall-other
	$(Q)$(MAKE) -C packaging uninstall
	$(Q)$(if $(release),rm -f $(module-path))
	$(Q)$(if $(DESTDIR)$(if $(release),,none),,depmod $(release))

install-dkms: ## Copy the sources that DKMS builds to /usr/src/fastvdso-VERSION
	$(Q)$(MAKE) -C packaging install-dkms

# Called by DKMS: put the module where dkms.conf says. If the kernel's compiler is the only one
# installed, it builds the image too.
kernel-cc = $(shell sed -n 's/^CONFIG_CC_VERSION_TEXT="\{0,1\}\([^" ]*\).*/\1/p' $(KDIR)/include/config/auto.conf)
module-dkms: blob-flags = IMAGE_COMPAT_OPTIONAL=yes CC=$(if $(filter default,$(origin CC)),$(notdir \
	$(or $(shell command -v "$(kernel-cc)" 2> /dev/null),cc)),$(CC))
module-dkms: module
	$(Q)mkdir -p $(BUILD)/dkms && cp $(module-dir)/fastvdso.ko $(BUILD)/dkms/

package: ## Build Debian packages into build/; SUITE=bullseye for another release than this machine's
	$(Q)tests/harness/setup build package $(if $(SUITE),roots)
	$(Q)packaging/build-debs $(BUILD) $(VERSION) $(SUITE)
	@ls $(BUILD)/*.deb

release: lib ## A tarball of the committed tree, its checksum, and the library's ABI: build/fastvdso-VERSION.*
	$(Q)tests/harness/setup build release
	$(Q)packaging/release $(BUILD)

# --- Measuring ---

bench: blob lib ## Measure each call, the stock vDSO and other libraries: build/bench.json
	$(Q)tests/harness/setup build guest bench
	$(Q)$(MAKE) -s -C bench O=$(BUILD)/bench BUILD=$(BUILD) all peers guest
	$(Q)$(BUILD)/bench/host --peers $(BUILD)/bench/peers --json $(BUILD)/bench/host.json
	$(Q)bench/guests $(BUILD)/bench $(KERNEL)
	$(Q)bench/figures $(BUILD)/bench $(BUILD)/bench.json

bench-scale: lib ## 1 to 10,000 processes with everything mapped, in a guest; some minutes
	$(Q)tests/harness/setup build guest
	$(Q)$(MAKE) -s -C bench O=$(BUILD)/bench BUILD=$(BUILD) guest
	$(Q)bench/guests $(BUILD)/bench $(KERNEL) 1 100 1000 10000
	$(Q)bench/figures $(BUILD)/bench $(BUILD)/bench.json

bench-clocksources: blob lib tools ## Each clocksource in a guest, written into docs/performance.md and README.md
	$(Q)tests/harness/setup build guest
	$(Q)mkdir -p $(BUILD)/bench
	$(Q)bench/clocksources $(BUILD)/bench $(KERNEL)

bench-cpu-time: lib ## CPU-time clocks in a guest, and the instructions that they add to a switch; OTHERS=1000 processes
	$(Q)tests/harness/setup build guest
	$(Q)$(MAKE) -s -C bench O=$(BUILD)/bench BUILD=$(BUILD) guest
	$(Q)tests/harness/qemu/guest --kernel $(KERNEL) --add $(BUILD)/bench/guest -- /add/guest/cpu_time
	$(Q)echo; echo "Where a nanosecond is an instruction, on one CPU:"
	$(Q)tests/harness/qemu/guest --kernel $(KERNEL) --icount --smp 1 --timeout 600 --mem 3000 --add $(BUILD)/bench/guest -- \
		/add/guest/cpu_time $(OTHERS)

bench-docs: ## Write the measured tables into docs/performance.md: after bench
	$(Q)bench/pages $(BUILD)

# --- Tests: tests/Makefile has these and longer ones, tests/README.md describes them ---

check: ## All tests, on this machine and in guests; installs the packages they need
lint: ## Run the static checkers on the sources
demo: ## Boot a stock Debian kernel, load the module and show what programs gain

tests	:= $(filter-out help,$(shell sed -n 's/^\([a-z-]*\):.* ## .*/\1/p' tests/Makefile))
$(tests):
	$(Q)$(MAKE) -C tests $@

shell: tools ## A shell in a guest with the module loaded: KERNEL=bookworm-6.12 CLOCK=tsc
	$(Q)tests/harness/qemu/guest --kernel $(KERNEL) --clock $(CLOCK) --shell

clean: ## Remove build/; downloads stay in the cache
	$(Q)rm -rf $(BUILD)

# No target is a file.
.PHONY: $(tests) $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))
