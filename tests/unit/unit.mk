# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests and other checks of the objects; included by the top Makefile.
# All objects are built with sanitizers, in a folder of their own.

UNIT_PROGRAMS := $(patsubst tests/unit/test-%.c,$(BUILD)/tests/test-%,$(wildcard tests/unit/test-*.c))

# An error of the undefined-behaviour sanitizer ends the program, as ASan's do.
# _FORTIFY_SOURCE hides accesses from ASan.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_CFLAGS = $(filter-out -D_FORTIFY_SOURCE=%,$(CFLAGS)) -O1 $(SANITIZE)
# Machines of unit.h may have a member overwritten by name.
UNIT_TEST_CFLAGS = $(UNIT_CFLAGS) -Wno-override-init
# A test links the objects that it calls; its own definitions replace theirs.
UNIT_LIBS := $(LIBS) $(CLI_LIBS) $(call libs,libkmod)

# `make check-unit SANITIZE=`, in a folder without sanitized objects, tests the objects of the programs.
asan_objects = $(patsubst agent/%.c,$(BUILD)/$(if $(SANITIZE),asan/)%.o,$(1))

$(BUILD)/asan/agent.a: $(call asan_objects,$(AGENT))
$(BUILD)/asan/vfio-claim.a: $(call asan_objects,$(CLI))
$(BUILD)/asan/common.a: $(call asan_objects,$(COMMON))
$(BUILD)/asan/tests.a: $(patsubst tests/unit/%.c,$(BUILD)/asan/tests/%.o,$(filter-out tests/unit/test-% tests/unit/steps.c,$(wildcard tests/unit/*.c)))
$(BUILD)/asan/%.a:
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

UNIT_ARCHIVES := $(patsubst %,$(BUILD)/asan/%.a,tests agent vfio-claim common)

# steps prints the plan for tests/machines. It is linked like the tests.
$(UNIT_PROGRAMS) $(BUILD)/tests/steps: $(BUILD)/tests/%: $(BUILD)/asan/tests/%.o $(UNIT_ARCHIVES)
	$(say) LD $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(UNIT_LIBS)

$(BUILD)/asan/tests/%.o: tests/unit/%.c Makefile tests/unit/unit.mk
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(UNIT_TEST_CFLAGS) -c -o $@ $<

$(BUILD)/asan/%.o: agent/%.c Makefile tests/unit/unit.mk
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(UNIT_CFLAGS) -c -o $@ $<

# Both programs with sanitizers, for the damaged trees of tests/machines.
$(BUILD)/asan/agent: $(call asan_objects,$(AGENT)) $(BUILD)/asan/common.a
	$(say) LD $@
	$(Q)$(CC) $(UNIT_CFLAGS) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

$(BUILD)/asan/vfio-claim: $(call asan_objects,$(CLI)) $(BUILD)/asan/common.a
	$(say) LD $@
	$(Q)$(CC) $(UNIT_CFLAGS) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

# What a program printed is shown only if it failed.
check-unit: $(UNIT_PROGRAMS) ## run the unit tests
	$(say) TEST "tests/unit, $(words $^) programs"
	$(Q)printf '%s\n' $^ | xargs -n 1 -P $(JOBS) sh -c \
		'"$$0" >"$$0.log" 2>&1 || { cat "$$0.log"; echo "check-unit: failed: $${0##*/}"; exit 1; }'

# The deciding objects stay pure, and so does all of ours that they may call.
PURE := $(filter-out agent/base/root% agent/base/clock.c agent/base/buffer.c agent/base/page.c,$(call sources,base model decide)) \
	$(addprefix agent/,facts/caps.c facts/tables.c trial/trial.c trial/trial-record.c cmd/live/watch-step.c) \
	$(filter-out agent/cmd/map/map-read.c agent/cmd/map/svg.c agent/cmd/map/dot.c agent/cmd/map/xml.c,$(call sources,cmd/map))
check-pure: tests/unit/pure.symbols $(call objects,$(PURE)) ## what decides must do no I/O
	$(Q)tests/unit/check-pure $^

# tests/machines runs the programs of this folder, the sanitized ones on damaged trees.
export VFIO_CLAIM_BUILD := $(abspath $(BUILD))
check-machines: $(BUILD)/asan/agent $(BUILD)/asan/vfio-claim $(BUILD)/tests/steps

.PHONY: check-unit check-pure
.SECONDARY: $(patsubst tests/unit/%.c,$(BUILD)/asan/tests/%.o,$(wildcard tests/unit/*.c))

-include $(wildcard $(BUILD)/asan/tests/*.d) $(patsubst %.o,%.d,$(call asan_objects,$(COMMON) $(AGENT) $(CLI)))
