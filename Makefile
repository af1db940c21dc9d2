# SPDX-License-Identifier: GPL-2.0-or-later
# vfio-claim: `make help` lists the targets.

VERSION := 0.1.0

PREFIX ?= /usr
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/lib/vfio-claim
INITRAMFSDIR ?= $(PREFIX)/share/initramfs-tools
DRACUTDIR ?= $(PREFIX)/lib/dracut/modules.d
KERNELINSTALLDIR ?= $(PREFIX)/lib/kernel/install.d
SYSTEMDSYSTEMUNITDIR ?= $(PREFIX)/lib/systemd/system
UDEVRULESDIR ?= $(PREFIX)/lib/udev/rules.d
SYSTEMDCATALOGDIR ?= $(PREFIX)/lib/systemd/catalog
DATADIR ?= $(PREFIX)/share/vfio-claim

CC ?= cc
PKG_CONFIG ?= pkg-config
OBJCOPY ?= objcopy
INSTALL ?= install
# Stripped, as debugging symbols would be most of what goes into the image.
INSTALL_PROGRAM ?= $(INSTALL) -s
PYTHON ?= /usr/bin/python3
PYTEST ?= $(PYTHON) -B -m pytest -q -p no:cacheprovider
# Small, for the image; no unwinding happens in C.
CFLAGS ?= -Os -g -fno-asynchronous-unwind-tables
BUILD ?= build

ifneq ($(V),1)
Q := @
endif
say = @printf '  %-8s %s\n'

WARNINGS := -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wmissing-declarations -Wpointer-arith -Wwrite-strings -Wvla -Wundef \
	-Wimplicit-fallthrough -Wno-missing-field-initializers
HARDENING := -fPIE -fstack-protector-strong -fstack-clash-protection
ifeq ($(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),)
HARDENING += -D_FORTIFY_SOURCE=2
endif
override CPPFLAGS += -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Iagent
override CFLAGS += -std=gnu17 -ffunction-sections -fdata-sections -MMD -MP $(WARNINGS) $(EXTRA_CFLAGS)
override LDFLAGS += -Wl,--gc-sections -Wl,--as-needed
ifeq ($(filter -fsanitize=%,$(EXTRA_CFLAGS)),)
override CFLAGS += $(HARDENING)
override LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif

# libkmod is opened at run time: modules.c says why.
# The shell asks pkg-config as the compiler is called: before `make deps` nothing answers.
libs = $$($(PKG_CONFIG) --libs $(1))
LIBS := $(call libs,json-c)
CLI_LIBS := $(call libs,libpci smartcols blkid libsystemd libudev libarchive)
# What the agent links is in every boot image: where json-c has an archive, the part that it calls, and without the
# tables for unwinding. `make AGENT_LIBS=-ljson-c` links the shared library; SECURITY.md has what that means.
AGENT_LIBS ?= $$(archive=$$($(CC) -print-file-name=libjson-c.a); case $$archive in \
	/*) $(OBJCOPY) -R .eh_frame $$archive $(BUILD)/libjson-c.a && echo $(BUILD)/libjson-c.a ;; \
	*) echo $(LIBS) ;; esac)
# For the image, too: code and constants in the same pages, and the addresses that the dynamic linker fills in as a
# bitmap, which glibc reads since 2.36.
AGENT_LDFLAGS := -Wl,-z,noseparate-code $$(! grep -qs GLIBC_ABI_DT_RELR "$$($(CC) -print-file-name=libc.so.6)" || \
	echo -Wl,-z,pack-relative-relocs)
override CPPFLAGS += $$($(PKG_CONFIG) --cflags libkmod libpci json-c smartcols blkid libarchive)

# A folder is a layer: docs/design.md has what each holds, tests/lint that none includes one above it.
COMMON_FOLDERS := base model decide facts trial report act
AGENT_FOLDERS := boot
CLI_FOLDERS := host host/bootdisk host/chain cmd cmd/map cmd/setup cmd/after cmd/live

sources = $(wildcard $(1:%=agent/%/*.c))
COMMON := agent/survey.c $(call sources,$(COMMON_FOLDERS))
AGENT := $(call sources,$(AGENT_FOLDERS))
CLI := $(call sources,$(CLI_FOLDERS))
objects = $(patsubst agent/%.c,$(BUILD)/%.o,$(1))

all: $(BUILD)/agent $(BUILD)/vfio-claim completions ## build both programs

# Of what both programs share, each takes what it calls.
$(BUILD)/common.a: $(call objects,$(COMMON))
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Optimized as a whole, the agent is smaller. The objects can be linked without that, too: tests do.
LTO ?= $(if $(findstring clang,$(CC)),,-flto=auto -ffat-lto-objects)
$(call objects,$(AGENT) $(COMMON)): override CFLAGS += $(LTO)

# Every line of the image's record goes through these, and every path of a device: faster, for a kilobyte and a half.
HOT := agent/base/text.c agent/base/parameter.c agent/facts/record.c agent/model/address.c
$(call objects,$(HOT)): override CFLAGS += -O2

$(BUILD)/agent: $(call objects,$(AGENT)) $(BUILD)/common.a
	$(say) LD $@
	$(Q)$(CC) $(CFLAGS) $(LTO) $(LDFLAGS) $(AGENT_LDFLAGS) -o $@ $^ $(AGENT_LIBS)

$(BUILD)/vfio-claim: $(call objects,$(CLI)) $(BUILD)/common.a
	$(say) LD $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $(CLI_LIBS)

$(BUILD)/%.o: agent/%.c Makefile
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

-include $(patsubst %.o,%.d,$(call objects,$(COMMON) $(AGENT) $(CLI)))

install: all install-docs ## install below DESTDIR
	$(INSTALL_PROGRAM) -D -m 0755 $(BUILD)/vfio-claim $(DESTDIR)$(BINDIR)/vfio-claim
	$(INSTALL_PROGRAM) -D -m 0755 $(BUILD)/agent $(DESTDIR)$(LIBEXECDIR)/agent
	$(INSTALL) -D -m 0755 initramfs-hooks/hooks/vfio-claim $(DESTDIR)$(INITRAMFSDIR)/hooks/vfio-claim
	$(INSTALL) -D -m 0755 initramfs-hooks/scripts/init-top/00-vfio-claim \
		$(DESTDIR)$(INITRAMFSDIR)/scripts/init-top/00-vfio-claim
	$(INSTALL) -D -m 0755 dracut/50vfio-claim/module-setup.sh $(DESTDIR)$(DRACUTDIR)/50vfio-claim/module-setup.sh
	$(INSTALL) -D -m 0755 dracut/50vfio-claim/vfio-claim.sh $(DESTDIR)$(DRACUTDIR)/50vfio-claim/vfio-claim.sh
	$(INSTALL) -D -m 0755 dracut/50vfio-claim/vfio-claim-emergency.sh \
		$(DESTDIR)$(DRACUTDIR)/50vfio-claim/vfio-claim-emergency.sh
	$(INSTALL) -D -m 0755 boot-menu/grub-entry $(DESTDIR)$(LIBEXECDIR)/grub-entry
	$(INSTALL) -D -m 0755 boot-menu/grub-trial $(DESTDIR)$(LIBEXECDIR)/grub-trial
	$(INSTALL) -D -m 0755 boot-menu/95-vfio-claim.install $(DESTDIR)$(KERNELINSTALLDIR)/95-vfio-claim.install
	$(INSTALL) -D -m 0644 systemd/vfio-claim-early.service \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-early.service
	$(INSTALL) -D -m 0644 systemd/vfio-claim-verify.service \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-verify.service
	$(INSTALL) -D -m 0644 systemd/vfio-claim-vf.service \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-vf.service
	$(INSTALL) -D -m 0644 systemd/vfio-claim-images.service \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-images.service
	$(INSTALL) -D -m 0644 systemd/vfio-claim-arrivals.service \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-arrivals.service
	$(INSTALL) -D -m 0644 systemd/vfio-claim-arrival@.service \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-arrival@.service
	$(INSTALL) -D -m 0644 udev/80-vfio-claim.rules $(DESTDIR)$(UDEVRULESDIR)/80-vfio-claim.rules
	$(INSTALL) -D -m 0644 systemd/vfio-claim-confirm.service \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-confirm.service
	$(INSTALL) -D -m 0644 systemd/vfio-claim-hibernate.service \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-hibernate.service
	$(INSTALL) -D -m 0644 systemd/vfio-claim-metrics.service \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-metrics.service
	$(INSTALL) -D -m 0644 systemd/vfio-claim-metrics.timer \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-metrics.timer
	$(INSTALL) -D -m 0644 systemd/vfio-claim-metrics.path \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-metrics.path
	$(INSTALL) -D -m 0644 systemd/vfio-claim-watch.service \
		$(DESTDIR)$(SYSTEMDSYSTEMUNITDIR)/vfio-claim-watch.service
	$(INSTALL) -D -m 0755 initramfs-hooks/scripts/panic/vfio-claim \
		$(DESTDIR)$(INITRAMFSDIR)/scripts/panic/vfio-claim
	$(INSTALL) -D -m 0644 systemd/vfio-claim.catalog \
		$(DESTDIR)$(SYSTEMDCATALOGDIR)/vfio-claim.catalog
	$(INSTALL) -d $(DESTDIR)$(DATADIR)/schemas
	$(INSTALL) -m 0644 schemas/*.json $(DESTDIR)$(DATADIR)/schemas

deps: ## install what building and testing need (Debian, as root)
	$(Q)tests/deps

# `make -j deps all`: nothing is built before all is installed.
ifneq ($(filter deps,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

SCDOC ?= scdoc
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
MANUALS := vfio-claim.8 vfio-claim.conf.5 vfio-claim-report.5

COMPLETIONS := $(patsubst completions/%.in,$(BUILD)/completions/%,$(wildcard completions/*.in))

# What the verbs take is written once, in their tables. For another machine than this one: a
# vfio-claim of the same version that runs here.
TABLES_FROM ?= $(BUILD)/vfio-claim
TABLES := synopsis verbs options completion

$(TABLES:%=$(BUILD)/tables/%): $(TABLES_FROM)
	$(Q)mkdir -p $(@D)
	$(Q)$< tables $(@F) >$@

# The line "@NAME@" becomes the table of that name.
with_tables = sed $(foreach table,$(TABLES),-e '/^@$(table)@$$/{r $(BUILD)/tables/$(table)' -e 'd}')

completions: $(COMPLETIONS)

$(BUILD)/completions/%: completions/%.in $(BUILD)/tables/completion Makefile
	$(say) GEN $@
	$(Q)mkdir -p $(@D)
	$(Q)$(with_tables) $< >$@

man: $(MANUALS:%=$(BUILD)/%) ## build the manual pages

$(BUILD)/vfio-claim.8: $(TABLES:%=$(BUILD)/tables/%)
$(BUILD)/%: man/%.scd Makefile
	$(say) MAN $@
	$(Q)mkdir -p $(@D)
	$(Q)$(with_tables) $< | $(SCDOC) >$@

install-docs: completions
	$(INSTALL) -D -m 0644 $(BUILD)/completions/vfio-claim.bash $(DESTDIR)$(BASHDIR)/vfio-claim
	$(INSTALL) -D -m 0644 $(BUILD)/completions/_vfio-claim $(DESTDIR)$(ZSHDIR)/_vfio-claim
	$(INSTALL) -D -m 0644 $(BUILD)/completions/vfio-claim.fish $(DESTDIR)$(FISHDIR)/vfio-claim.fish
	$(Q)if command -v $(SCDOC) >/dev/null; then \
		$(MAKE) --no-print-directory install-man; \
	else \
		echo "no $(SCDOC): the manual pages are left out" >&2; \
	fi

install-man: man
	$(Q)for page in $(MANUALS); do \
		$(INSTALL) -D -m 0644 $(BUILD)/$$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$$page || exit; \
	done

deb: ## build the Debian package into dist/; DEB_ARCH=arm64: for that architecture
	$(say) DEB
	$(Q)packaging/make-deb $(DEB_ARCH)

rpm: ## build the RPM packages into dist/
	$(say) RPM
	$(Q)packaging/make-rpm

include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/faults/faults.mk

JOBS ?= $(shell nproc)

check: ## all tests; installs what they need
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory -j $$(($(JOBS) + 1)) check-roots check-programs
	$(Q)$(MAKE) --no-print-directory check-fast
	$(Q)$(MAKE) --no-print-directory check-fresh
	$(Q)$(MAKE) --no-print-directory check-faults
	$(Q)$(MAKE) --no-print-directory check-fuzz
	$(Q)$(MAKE) --no-print-directory check-packages
	$(Q)$(MAKE) --no-print-directory check-fleet
	$(Q)$(MAKE) --no-print-directory check-qemu

# The roots in which tests run; a job that mostly waits.
check-roots:
	$(Q)cd tests/qemu && $(PYTHON) -B -m lab prepare all

# All that the tests run; the targets below make what is missing, one after the other.
check-programs: all man $(UNIT_PROGRAMS) $(BUILD)/tests/steps $(BUILD)/asan/agent $(BUILD)/asan/vfio-claim \
	$(BUILD)/tests/faults $(FUZZ_PROGRAMS)

check-fast: all check-pure check-unit check-machines ## the tests that boot nothing

# What depends on the version of a tool and says nothing of the programs: for contributors.
lint: all man ## the sources' style; `make check` does without
	$(say) LINT
	$(Q)BUILD="$(BUILD)" tests/lint
	$(say) TEST "what is marked lint"
	$(Q)$(PYTEST) -n 2 -m lint tests/shipped tests/packaging

check-machines: all man
	$(say) TEST "tests/machines tests/hardening tests/shipped tests/compare"
	$(Q)$(PYTEST) -n 2 -m "not lint" tests/machines tests/hardening tests/shipped tests/compare

check-fresh: ## deps in fresh roots of Debian 12 and 13, unit tests in the latter
	$(say) TEST tests/fresh
	$(Q)$(PYTEST) -n 2 --dist loadgroup -m "not extended" --durations 6 tests/fresh

check-fleet: all ## the Ansible role and the alert rules
	$(say) TEST tests/fleet
	$(Q)$(PYTEST) -n 2 --dist loadfile tests/fleet

check-packages: all man ## the packages
	$(say) TEST tests/packaging
	$(Q)$(PYTEST) -n 2 --dist loadfile -m "not lint and not extended" tests/packaging

check-qemu: all ## the tests in virtual machines
	$(say) TEST tests/qemu
	$(Q)cd tests/qemu && $(PYTHON) -m lab prepare
	$(Q)$(PYTEST) -n 2 -m "not extended" --durations 12 tests/qemu

check-matrix: all ## Debian 12, 13, unstable x initramfs-tools, dracut with and without systemd
	$(say) TEST tests/qemu/matrix
	$(Q)$(PYTEST) -n 2 tests/qemu/matrix/cells.py

check-extended: all ## what `make check` leaves out for its time: more virtual machines, a fresh Debian 12, longer fuzzing
	$(Q)tests/deps packages.extended
	$(say) TEST "tests/qemu, extended"
	$(Q)$(PYTEST) -n 2 tests/qemu/matrix/early.py tests/qemu/matrix/lives.py
	$(Q)$(PYTEST) -n 2 -m extended tests/qemu
	$(say) TEST "tests/fresh and tests/packaging, extended"
	$(Q)$(PYTEST) -n 2 -m extended tests/fresh tests/packaging
	$(Q)$(MAKE) --no-print-directory check-fuzz FUZZ_CHECK_SECONDS=$(FUZZ_EXTENDED_SECONDS)

check-pictures: all ## `map` as Chromium draws it; needs chromium, which `make deps` leaves out
	$(say) TEST tests/pictures
	$(Q)$(PYTEST) tests/pictures

demo: ## boot a VM in which the agent claims a GPU ahead of the real nouveau
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)cd tests/qemu && $(PYTHON) -m lab demo

bench: ## measure speed and size; writes build/bench.json
	$(Q)$(MAKE) --no-print-directory deps all
	$(Q)$(PYTHON) tests/bench/bench.py --build $(BUILD)

compare: ## boot each way to reserve a card; writes docs/comparison.md; NVIDIA=1: beside that driver too
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(PYTHON) -B tests/compare/compare.py --build $(BUILD) $(if $(filter-out 0,$(NVIDIA)),--nvidia)

clean: ## remove what was built
	rm -rf $(BUILD) dist

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

.PHONY: all install deps check check-programs check-roots check-fast check-fresh check-machines check-qemu lint check-matrix check-extended check-pictures demo bench compare clean help
.PHONY: completions install-docs install-man man deb rpm check-packages check-fleet
.DELETE_ON_ERROR:
