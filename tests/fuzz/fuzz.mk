# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzing of all that reads bytes from outside; included by the top Makefile. The seeds in
# tests/fuzz/corpus are only read; what the fuzzer finds goes to $(BUILD)/fuzz/ and is kept there.

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 600
FUZZ_CHECK_SECONDS ?= 20
FUZZ_TARGETS := caps tables config trial
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(BUILD)/fuzz-%)
FUZZ_CFLAGS := -std=gnu17 -g -O1 -fno-omit-frame-pointer -Wall -Wextra \
	-Wno-missing-field-initializers -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all

FUZZ_SOURCES_caps := caps acs model address
FUZZ_SOURCES_tables := tables
FUZZ_SOURCES_config := config model address
FUZZ_SOURCES_trial := trial model address sha256

fuzz_sources = tests/fuzz/fuzz-$(1).c \
	$(wildcard $(foreach name,$(FUZZ_SOURCES_$(1)),$(SOURCES:%=%/$(name).c)))

# One call to the compiler for each: these are few and small files.
.SECONDEXPANSION:
$(FUZZ_PROGRAMS): $(BUILD)/fuzz-%: $$(call fuzz_sources,$$*) $(wildcard $(SOURCES:%=%/*.h)) \
		tests/fuzz/fuzz.mk | $(BUILD)
	$(say) FUZZ-CC $@
	$(Q)$(FUZZ_CC) -D_GNU_SOURCE $(SOURCES:%=-I%) $(FUZZ_CFLAGS) -o $@ $(filter %.c,$^)

# $(1): the target, $(2): seconds. The last lines hold the number of runs, or the crash.
define run_fuzz
	$(say) FUZZ "$(1), $(2) s"
	$(Q)mkdir -p $(BUILD)/fuzz/$(1)
	$(Q)log=$(BUILD)/fuzz/$(1).log; nice $(BUILD)/fuzz-$(1) -max_total_time=$(2) -timeout=10 \
		-max_len=8192 -print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/$(1)- \
		$(BUILD)/fuzz/$(1) tests/fuzz/corpus/$(1) >$$log 2>&1 || \
		{ tail -n 40 $$log; echo "fuzz-$(1): failed"; exit 1; }; \
	grep -e '^Done' -e number_of_executed_units $$log

endef

fuzz: $(FUZZ_PROGRAMS) ## fuzz each target for FUZZ_SECONDS
	$(foreach target,$(FUZZ_TARGETS),$(call run_fuzz,$(target),$(FUZZ_SECONDS)))

check-fuzz: $(FUZZ_PROGRAMS) ## fuzz each target for FUZZ_CHECK_SECONDS
	$(foreach target,$(FUZZ_TARGETS),$(call run_fuzz,$(target),$(FUZZ_CHECK_SECONDS)))

.PHONY: fuzz check-fuzz
