# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzing of all that reads bytes from outside; included by the top Makefile. The seeds in
# tests/fuzz/corpus are only read; what the fuzzer finds goes to $(BUILD)/fuzz/ and is kept there.

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 600
FUZZ_CHECK_SECONDS ?= 60
# As many at once as there are processors.
FUZZ_JOBS ?= $(shell nproc)
FUZZ_TARGETS := caps tables config report record bootdisk facts image aliases edit history trial
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(BUILD)/fuzz-%)
FUZZ_CFLAGS := -std=gnu17 -g -O1 -fno-omit-frame-pointer -Wall -Wextra \
	-Wno-missing-field-initializers -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all

FUZZ_SOURCES_caps := caps acs model address
FUZZ_SOURCES_tables := tables
FUZZ_SOURCES_config := config model address identity
FUZZ_SOURCES_report := report report-document report-text trial trial-record sha256 function judge judge-group extent framebuffer displays plan plan-select plan-steps acs advice caps config select model address judge-usage judge-load identity known
FUZZ_SOURCES_record := record record-needs loader needs model address fuzz-root parameter identity known
FUZZ_SOURCES_bootdisk := $(filter bootdisk%,$(CLI)) device-path model address fuzz-root keyboard
FUZZ_SOURCES_facts := iommu tables display iomem traits usage platform leftover pci caps device-path \
	function judge judge-group extent framebuffer displays plan plan-select plan-steps acs advice config select model address fuzz-root usage-disk keyboard judge-usage judge-load identity known
FUZZ_SOURCES_image := newc image images sha256 model address
FUZZ_SOURCES_aliases := aliases record record-needs needs identity known model address fuzz-root
FUZZ_SOURCES_edit := config-edit bootloader programs boot-entry builder config identity model address fuzz-root
FUZZ_SOURCES_trial := trial trial-record model address sha256
FUZZ_SOURCES_history := history since report-document report-file report-text model address fuzz-root
FUZZ_LIBS_report := $(call libs,json-c)
FUZZ_LIBS_bootdisk := $(call libs,blkid)
FUZZ_LIBS_image := $(call libs,libarchive)
FUZZ_LIBS_history := $(call libs,json-c)
FUZZ_LIBS_facts := $(call libs,libpci)
# An xz file may ask for a dictionary of 4 GiB, and gets it.
FUZZ_FLAGS_image := -malloc_limit_mb=8192

fuzz_sources = tests/fuzz/fuzz-$(1).c \
	$(wildcard $(foreach name,$(FUZZ_SOURCES_$(1)),$(SOURCES:%=%/$(name).c) tests/fuzz/$(name).c))

# One call to the compiler for each: these are few and small files.
.SECONDEXPANSION:
$(FUZZ_PROGRAMS): $(BUILD)/fuzz-%: $$(call fuzz_sources,$$*) $(wildcard $(SOURCES:%=%/*.h)) \
		tests/fuzz/fuzz.h tests/fuzz/fuzz.mk | $(BUILD)
	$(say) FUZZ-CC $@
	$(Q)$(FUZZ_CC) $(CPPFLAGS) -Itests/fuzz $(FUZZ_CFLAGS) -o $@ $(filter %.c,$^) \
		$(FUZZ_LIBS_$*)

# The last lines hold the number of runs, or the crash.
$(FUZZ_TARGETS:%=fuzz-run-%): fuzz-run-%: $(BUILD)/fuzz-%
	$(say) FUZZ "$*, $(FUZZ_NOW) s"
	$(Q)mkdir -p $(BUILD)/fuzz/$*
	$(Q)log=$(BUILD)/fuzz/$*.log; nice $(BUILD)/fuzz-$* -max_total_time=$(FUZZ_NOW) -timeout=10 \
		-max_len=8192 $(FUZZ_FLAGS_$*) -print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/$*- \
		$(BUILD)/fuzz/$* tests/fuzz/corpus/$* >$$log 2>&1 || \
		{ tail -n 40 $$log; echo "fuzz-$*: failed"; exit 1; }; \
	sed -n 's/^Done/fuzz-$*: done/p' $$log

# $(1): seconds for each target.
run_fuzz = $(Q)$(MAKE) --no-print-directory -j $(FUZZ_JOBS) FUZZ_NOW=$(1) \
	$(FUZZ_TARGETS:%=fuzz-run-%)

fuzz: $(FUZZ_PROGRAMS) ## fuzz each target for FUZZ_SECONDS
	$(call run_fuzz,$(FUZZ_SECONDS))

check-fuzz: $(FUZZ_PROGRAMS) ## fuzz each target for FUZZ_CHECK_SECONDS
	$(call run_fuzz,$(FUZZ_CHECK_SECONDS))

.PHONY: fuzz check-fuzz $(FUZZ_TARGETS:%=fuzz-run-%)
