# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests and what else can be said of the objects alone; included by the top Makefile.
# Everything here is built with sanitizers, in a folder of its own.

UNIT_TESTS := config model select plan property judge advice needs leftover execute report caps acs tables \
	bootdisk usage images builder setup bootmenu vfio verify history after inherit trial attempt units distress bootnet boots parameter load known framebuffer record
UNIT_PROGRAMS := $(UNIT_TESTS:%=$(BUILD)/tests/test-%)

# One finding of the undefined-behaviour sanitizer ends the program, as one of ASan does.
# _FORTIFY_SOURCE hides accesses from ASan.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_CFLAGS = $(filter-out -D_FORTIFY_SOURCE=%,$(CFLAGS)) -O1 $(SANITIZE)
# A machine of unit.h may have one member overwritten by name.
UNIT_TEST_CFLAGS = $(UNIT_CFLAGS) -Wno-override-init
UNIT_LIBS := $(call libs,libkmod libpci json-c)

UNIT_LIBS_bootdisk := -lblkid
UNIT_LIBS_after := $(call libs,libsystemd libarchive)
UNIT_LIBS_verify := $(call libs,libarchive)
UNIT_LIBS_images := $(call libs,libarchive)
# What plan.c and the pure files beside it need; execute.c takes one name from pci.c.
UNIT_PURE := address model function config select plan plan-select plan-steps extent judge displays judge-group advice acs caps judge-usage judge-load identity known framebuffer
UNIT_LIBS_bootnet := -lblkid
UNIT_OBJECTS_config := $(UNIT_PURE)
UNIT_OBJECTS_model := $(UNIT_PURE)
UNIT_OBJECTS_select := $(UNIT_PURE) known-merge
UNIT_OBJECTS_known := $(UNIT_PURE) known-merge
UNIT_OBJECTS_plan := $(UNIT_PURE)
UNIT_OBJECTS_judge := $(UNIT_PURE)
UNIT_OBJECTS_parameter := parameter model address
UNIT_OBJECTS_load := $(COMMON)
UNIT_OBJECTS_advice := advice model address
UNIT_OBJECTS_needs := $(COMMON)
UNIT_OBJECTS_leftover := leftover model address root
UNIT_OBJECTS_execute := $(UNIT_PURE) execute pci root execute-framebuffer
UNIT_OBJECTS_property := $(UNIT_PURE) execute execute-framebuffer pci root
UNIT_OBJECTS_report := $(UNIT_PURE) report report-document report-text trial trial-record sha256
UNIT_OBJECTS_caps := caps
UNIT_OBJECTS_acs := acs caps model address
UNIT_OBJECTS_tables := tables
UNIT_OBJECTS_bootdisk := $(filter bootdisk%,$(CLI)) keyboard device-path model address root
UNIT_OBJECTS_bootnet := $(UNIT_OBJECTS_bootdisk)
UNIT_OBJECTS_inherit := $(UNIT_PURE) inherit
UNIT_OBJECTS_distress := distress root crash
UNIT_OBJECTS_usage := usage usage-disk keyboard device-path model address root
UNIT_OBJECTS_framebuffer := $(UNIT_PURE) display iomem pci root
UNIT_OBJECTS_setup := $(UNIT_PURE) config-edit bootloader programs boot-entry builder root
UNIT_OBJECTS_bootmenu := model address bootloader programs boot-entry builder root
UNIT_OBJECTS_vfio := vfio root
UNIT_OBJECTS_history := history since report-document report-file report-text model address root
UNIT_OBJECTS_verify := $(COMMON) verify verify-function verify-group vfio images image newc boot-entry
UNIT_OBJECTS_after := $(COMMON) compare status metrics journal verify verify-function verify-group vfio images image newc boot-entry
UNIT_OBJECTS_builder := builder programs model address root
UNIT_OBJECTS_images := newc image images sha256 model address root
UNIT_OBJECTS_trial := $(UNIT_PURE) trial trial-record sha256
UNIT_OBJECTS_record := $(COMMON)
UNIT_OBJECTS_boots := $(UNIT_OBJECTS_trial)
UNIT_OBJECTS_units := units child root
UNIT_OBJECTS_attempt := $(COMMON) attempt execute-live blackbox history trial-status

asan_objects = $(patsubst %,$(BUILD)/asan/%.o,$(1))

.SECONDEXPANSION:
$(BUILD)/tests/test-execute $(BUILD)/tests/test-property: $(BUILD)/asan/tests/fake.o
$(BUILD)/tests/test-judge $(BUILD)/tests/test-plan: $(BUILD)/asan/tests/hold.o
$(patsubst %,$(BUILD)/tests/test-%,bootdisk bootnet usage needs leftover images builder setup bootmenu verify history after attempt units distress load framebuffer record): $(BUILD)/asan/tests/tree.o
$(BUILD)/tests/test-%: $(BUILD)/asan/tests/test-%.o $(BUILD)/asan/tests/unit.o \
		$$(call asan_objects,$$(UNIT_OBJECTS_$$*))
	$(say) LD $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(UNIT_LIBS) $(UNIT_LIBS_$*)

$(BUILD)/asan/tests/%.o: tests/unit/%.c Makefile tests/unit/unit.mk
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(UNIT_TEST_CFLAGS) -c -o $@ $<

$(BUILD)/asan/%.o: %.c Makefile tests/unit/unit.mk
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(UNIT_CFLAGS) -c -o $@ $<

# Both programs with sanitizers: tests/machines feeds them damaged trees.
$(BUILD)/asan/agent: $$(call asan_objects,$$(AGENT) $$(COMMON))
	$(say) LD $@
	$(Q)$(CC) $(UNIT_CFLAGS) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

$(BUILD)/asan/vfio-claim: $$(call asan_objects,$$(CLI) $$(COMMON))
	$(say) LD $@
	$(Q)$(CC) $(UNIT_CFLAGS) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS) $(CLI_LIBS)

# What the plan would do, for tests/machines.
$(BUILD)/tests/steps: $(BUILD)/asan/tests/steps.o $$(call asan_objects,$$(COMMON))
	$(say) LD $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

check-unit: $(UNIT_PROGRAMS) ## run the unit tests
	$(Q)failed=; for program in $^; do \
		"$$program" || failed="$$failed $${program##*/}"; \
	done; \
	if [ -n "$$failed" ]; then echo "check-unit: failed:$$failed"; exit 1; fi

# What decides stays pure: only these names may be undefined in these objects.
PURE := address function plan plan-select plan-steps extent judge displays judge-group select advice acs caps tables trial trial-record judge-usage judge-load parameter identity known known-merge framebuffer
check-pure: tests/unit/pure.symbols $(PURE:%=$(BUILD)/%.o) ## what decides must do no I/O
	$(Q)tests/unit/check-pure $^

# tests/machines takes its programs from there, and feeds damaged trees to the sanitized one.
export VFIO_CLAIM_BUILD := $(abspath $(BUILD))
check-machines: $(BUILD)/asan/agent $(BUILD)/asan/vfio-claim $(BUILD)/tests/steps

-include $(wildcard $(BUILD)/asan/*.d $(BUILD)/asan/tests/*.d)

.PHONY: check-unit check-pure
.SECONDARY: $(UNIT_TESTS:%=$(BUILD)/asan/tests/test-%.o) $(BUILD)/asan/tests/unit.o \
	$(BUILD)/asan/tests/fake.o $(BUILD)/asan/tests/hold.o $(BUILD)/asan/tests/tree.o $(BUILD)/asan/tests/steps.o
