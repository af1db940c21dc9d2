# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzing of all readers of outside input; included by the top Makefile. The seeds in tests/fuzz/corpus
# are only read; new inputs are kept in $(BUILD)/fuzz/.

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 600
# Enough for the corpus and for what a new reader does wrong at once; `make check-extended` takes longer.
FUZZ_CHECK_SECONDS ?= 5
FUZZ_EXTENDED_SECONDS ?= 60
# One job for each processor.
FUZZ_JOBS ?= $(JOBS)
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz-%.c,%,$(filter-out %/fuzz-root.c,$(wildcard tests/fuzz/fuzz-*.c)))
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(BUILD)/fuzz-%)
FUZZ_CFLAGS := -std=gnu17 -g -O1 -fno-omit-frame-pointer -Wall -Wextra \
	-Wno-missing-field-initializers -fno-sanitize-recover=all
FUZZ_SANITIZE := address,undefined

# An xz file may demand a dictionary of 4 GiB, and gets it.
FUZZ_FLAGS_image := -malloc_limit_mb=8192
FUZZ_FLAGS_pe := $(FUZZ_FLAGS_image)

fuzz_objects = $(patsubst agent/%.c,$(BUILD)/fuzz-objects/%.o,$(1))

$(FUZZ_PROGRAMS): $(BUILD)/fuzz-%: tests/fuzz/fuzz-%.c tests/fuzz/fuzz.h $(BUILD)/fuzz-objects/all.a
	$(say) FUZZ-CC $@
	$(Q)$(FUZZ_CC) $(CPPFLAGS) -Itests/fuzz $(FUZZ_CFLAGS) -fsanitize=fuzzer,$(FUZZ_SANITIZE) -o $@ \
		$(filter %.c %.a,$^) $(LIBS) $(CLI_LIBS)

# fuzz-root.c replaces the root that the readers look below; fuzz-image.c and fuzz-pe.c have their own.
FUZZ_SOURCES := $(filter-out agent/base/root%,$(COMMON) $(CLI))
$(BUILD)/fuzz-objects/all.a: $(call fuzz_objects,$(FUZZ_SOURCES)) $(BUILD)/fuzz-objects/fuzz-root.o
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/fuzz-objects/fuzz-root.o: tests/fuzz/fuzz-root.c tests/fuzz/fuzz.h
	$(say) FUZZ-CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(CPPFLAGS) -Itests/fuzz $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,$(FUZZ_SANITIZE) -c -o $@ $<

$(BUILD)/fuzz-objects/%.o: agent/%.c Makefile tests/fuzz/fuzz.mk
	$(say) FUZZ-CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_CFLAGS) -MMD -MP -fsanitize=fuzzer-no-link,$(FUZZ_SANITIZE) -c -o $@ $<

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

-include $(patsubst %.o,%.d,$(call fuzz_objects,$(FUZZ_SOURCES)))
