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

# The guests that tests run in: the oldest, the newest, those of bookworm; what is tested on one
# kernel alone is tested on the last. CLOCKS: those of the target, unless you say otherwise.
KERNELS	?= bullseye,trixie-backports,bookworm,bookworm-6.12
check check-debug: CLOCKS ?= tsc,hpet
vmtest: CLOCKS ?= tsc,hpet,acpi_pm

# The guest of `make shell` and `make soak`.
shell: KERNEL ?= bookworm
soak cost check-steered bench bench-scale: KERNEL ?= bookworm-6.12
CLOCK	?= tsc
MINUTES	?= 30

# Not libdir: it follows prefix, which what is called from here may set anew.
export prefix DESTDIR VERSION Q

all: blob lib tools ## The image, the library and the tools (the module is `make module`)

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  KDIR=FOLDER      kernel headers for the module (now: $(KDIR))"
	@echo "  DESTDIR=, prefix=, libdir= where install puts things (now: $(DESTDIR)$(prefix))"
	@echo "  V=1              show commands"

# --- What is built ---

blob: ## The code image, build/blob/fastvdso.so
	$(Q)$(MAKE) -s -C vdso_blob O=$(BUILD)/blob $(blob-flags)

# Kbuild wants sources and objects in one folder: one of links for each kernel.
release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
module-dir = $(BUILD)/module/$(release)
module: blob ## The kernel module for the headers at KDIR, build/module/RELEASE/fastvdso.ko
	@[ -n "$(release)" ] || \
		{ echo "no kernel headers at $(KDIR): say KDIR=FOLDER, or install linux-headers-$$(uname -r)"; exit 1; }
	$(Q)mkdir -p $(module-dir)
	$(Q)cp -rsf $(ROOT)/module/. $(module-dir)/
	$(Q)$(kbuild-within) $(MAKE) -C $(KDIR) M=$(module-dir) FASTVDSO_ROOT=$(ROOT) FASTVDSO_BLOB=$(BUILD)/blob \
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
	$(Q)$(MAKE) -C packaging install-completion
	$(Q)$(if $(DESTDIR),,ldconfig 2>/dev/null || true)

module-path = $(DESTDIR)/lib/modules/$(release)/updates/fastvdso.ko
install-module: module
	$(Q)install -D -m 644 $(module-dir)/fastvdso.ko $(module-path)
	$(Q)$(MAKE) -C packaging install-system
	$(Q)$(if $(DESTDIR),,depmod $(release))

uninstall: ## Take away what install put there
	$(Q)$(MAKE) -C vdso_blob O=$(BUILD)/blob uninstall
	$(Q)$(MAKE) -C userlib O=$(BUILD)/lib uninstall
	$(Q)$(MAKE) -C tools O=$(BUILD)/tools uninstall
	$(Q)$(MAKE) -C packaging uninstall
	$(Q)$(if $(release),rm -f $(module-path))
	$(Q)$(if $(DESTDIR)$(if $(release),,none),,depmod $(release))

install-dkms: ## What DKMS builds from, to /usr/src/fastvdso-VERSION
	$(Q)$(MAKE) -C packaging install-dkms

# What DKMS calls: the module where dkms.conf says it is. There may be no other compiler
# on that machine than the kernel's, which then builds the image too.
kernel-cc = $(shell sed -n 's/^CONFIG_CC_VERSION_TEXT="\{0,1\}\([^" ]*\).*/\1/p' $(KDIR)/include/config/auto.conf)
module-dkms: blob-flags = CC=$(if $(filter default,$(origin CC)),$(notdir \
	$(or $(shell command -v "$(kernel-cc)" 2> /dev/null),cc)),$(CC))
module-dkms: module
	$(Q)mkdir -p $(BUILD)/dkms && cp $(module-dir)/fastvdso.ko $(BUILD)/dkms/

package: ## Debian packages, into build/: SUITE=bullseye for another release than this machine's
	$(Q)tests/harness/setup build package $(if $(SUITE),roots)
	$(Q)packaging/build-debs $(BUILD) $(VERSION) $(SUITE)
	@ls $(BUILD)/*.deb

release: lib ## A tarball of the committed tree, its checksum, and the library's ABI: build/fastvdso-VERSION.*
	$(Q)tests/harness/setup build release
	$(Q)packaging/release $(BUILD)

# --- Measuring ---

bench: blob lib ## What each call costs, beside the stock vDSO and others: build/bench.json
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

bench-docs: ## Write the measured tables into docs/performance.md: after bench
	$(Q)bench/pages $(BUILD)

# --- Tests ---

demo: ## The module in a stock Debian kernel: real programs, and what they gained
	$(Q)tests/harness/setup build guest
	$(Q)tests/harness/demo

check: ## All tests, here and in guests; installs what they need
	$(Q)tests/harness/setup build guest roots check package package-check lint
	$(Q)tests/harness/check $(BUILD) $(KERNELS) $(CLOCKS)

lint: kselftest ## What tools say about the sources
	$(Q)tests/harness/setup build guest roots lint
	$(Q)tests/lint/lint $(BUILD)/kselftest
	$(Q)tests/lint/lint-module $(KERNELS)

kselftest:
	$(Q)tests/harness/kselftest $(BUILD)/kselftest

test-programs: blob tools kselftest
	$(Q)tests/harness/setup build check
	$(Q)$(MAKE) -s -C tests host guest O=$(BUILD)/tests BUILD=$(BUILD)

vmtest: test-programs ## The guest tests: KERNEL=all or KERNELS=bookworm,forky CLOCKS=tsc,hpet,acpi_pm
	$(Q)tests/harness/vmtest $(BUILD)/vmtest $(or $(KERNEL),$(KERNELS)) $(CLOCKS)

kernels-grid: test-programs ## The same on all kernels, and docs/kernels.md from it: CELLS="forky-tsc ..." for some; hours
	$(Q)tests/harness/setup build guest roots check
	$(Q)tests/harness/vmtest $(BUILD)/grid all tsc,hpet,acpi_pm $(or $(JOBS),2); tests/harness/kernels-page $(BUILD)/grid > docs/kernels.md

debug-kernel: ## Build the debug kernels (KASAN and more; KCSAN) into the cache; 20 minutes, once
	$(Q)tests/harness/setup build guest debug
	$(Q)tests/harness/qemu/debug-kernel kasan
	$(Q)tests/harness/qemu/debug-kernel kcsan

# Ten million steered reads each: of the sandwich, five clocks at rest and while they are set,
# and by a thread that moves.
check-steered: test-programs ## Steered clocks on hpet and acpi_pm with 1, 2 and 4 CPUs; 25 minutes
	$(Q)STEERED_READS=10000000 SANDWICH_READS=1000000 tests/harness/vmtest $(BUILD)/steered $(KERNEL) \
		hpet,acpi_pm 2 "steered sandwich" 1,2,4

check-debug: debug-kernel test-programs ## The guest tests in the debug kernels, and proof that these notice
	$(Q)tests/harness/vmtest $(BUILD)/debug kasan,kcsan $(CLOCKS); status=$$?; \
		tests/harness/qemu/detectors > $(BUILD)/debug/detectors.log 2>&1; \
		tests/harness/tally $(BUILD)/debug/detectors.log || { cat $(BUILD)/debug/detectors.log; exit 1; }; \
		exit $$status

check-mutants: kselftest ## Break the code in one place after another, and see each test fail; long
	$(Q)tests/harness/mutants

check-packages: ## The packages in systems of Debian 11 to forky: install, boot, upgrade, remove; long
	$(Q)tests/harness/setup build guest roots package
	$(Q)tests/system/packages $(BUILD)/packages $(or $(SUITES),bullseye bookworm trixie forky)

check-secure-boot: ## A module whose key is enrolled at MokManager, in an emulated machine; 10 minutes
	$(Q)tests/harness/setup build guest roots secure-boot
	$(Q)tests/system/secure-boot $(BUILD)/secure-boot > $(BUILD)/secure-boot.log 2>&1; cat $(BUILD)/secure-boot.log; \
		tests/harness/tally $(BUILD)/secure-boot.log

check-launcher: test-programs ## A thousand launches each way, with signals and kills: KERNEL=bookworm-6.12
	$(Q)tests/harness/qemu/guest --kernel $(or $(KERNEL),bookworm-6.12) --clock hpet --timeout 2400 --add $(BUILD)/tests/guest -- \
		env FASTVDSO_LAUNCHES=1000 /add/guest/launch_storm

check-hypervisor: test-programs ## The clocks of kvm-clock and Hyper-V, by a made page: KERNEL=bookworm
	$(Q)tests/system/hypervisor $(or $(KERNEL),bookworm)

# The time that a guest is stopped for does not count in it.
soak: test-programs ## Everything at random for MINUTES=30: KERNEL=bookworm-6.12 CLOCK=tsc SEED=
	$(Q)tests/harness/qemu/guest --kernel $(KERNEL) --clock $(CLOCK) --timeout $$(($(MINUTES) * 90 + 120)) \
		--params '$(if $(filter tsc,$(CLOCK)),steered=off)' \
		--add $(BUILD)/tests/guest -- /add/guest/soak $$(($(MINUTES) * 60)) $(SEED)

# On hpet by default: the clock that steering is for.
cost: CLOCK := hpet
cost: test-programs ## What steering costs the machine, in a guest: KERNEL=bookworm-6.12
	$(Q)tests/harness/qemu/guest --kernel $(KERNEL) --clock $(CLOCK) --add $(BUILD)/tests/guest -- /add/guest/cost

# Debian's and ours, unmodified: tests/system/programs/run says which.
programs: KERNEL ?= bookworm-6.12
programs: CLOCKS ?= tsc,hpet
programs: test-programs ## Real programs under the launcher and the preload, in guests; 20 minutes
	$(Q)tests/harness/setup build guest roots programs
	$(Q)tests/system/programs/all $(BUILD) $(KERNEL) $(CLOCKS) $(PROGRAMS)

# With systemd, AppArmor, bubblewrap, podman and docker. What needs none of these is in tests/guest.
check-containers: test-programs ## Locked-down places: units, profiles, containers, in a whole system
	$(Q)tests/harness/setup build guest roots
	$(Q)tests/system/containers/all $(BUILD)

# With Debian 12's gdb, perf, valgrind and strace.
check-debuggers: test-programs ## What debuggers, profilers and core dumps make of it: KERNEL=bookworm
	$(Q)tests/harness/setup build guest roots
	$(Q)tests/system/debuggers/all $(BUILD) $(or $(KERNEL),bookworm)

shell: tools ## A shell in a guest with the module loaded: KERNEL=bookworm CLOCK=tsc
	$(Q)tests/harness/qemu/guest --kernel $(KERNEL) --clock $(CLOCK) --shell

clean: ## Remove build/; downloads stay in the cache
	$(Q)rm -rf $(BUILD)

# All of them: nothing is made by its name here.
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))
