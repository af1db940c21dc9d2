# SPDX-License-Identifier: GPL-2.0-or-later
# Faults at every call of the boot agent; included by the top Makefile. Links the agent's objects as
# they are shipped; only its main() is renamed.

FAULT_OBJECTS := $(patsubst %,$(BUILD)/faults/%.o,faults layer layer-files layer-system kernel world jobs fault-table tree agent-main)

$(BUILD)/faults/agent-main.o: agent/boot/agent.c Makefile
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -Dmain=agent_main -Wno-missing-prototypes \
		-Wno-missing-declarations -c -o $@ $<

vpath %.c tests/faults tests/unit
$(BUILD)/faults/%.o: %.c Makefile tests/faults/faults.mk
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests/faults -Itests/unit $(filter-out -D_FORTIFY_SOURCE=%,$(CFLAGS)) \
		-c -o $@ $<

# -rdynamic: json-c calls the program's definitions, too.
$(BUILD)/tests/faults: $(FAULT_OBJECTS) $(call objects,$(filter-out %/agent.c,$(AGENT)) $(COMMON))
	$(say) LD $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -rdynamic -o $@ $^ \
		$(LIBS) -lcmocka

check-faults: $(BUILD)/tests/faults ## every call of the agent made to fail in every way
	$(say) TEST tests/faults
	$(Q)$< tests/machines/intel-twins.tree docs/faults.md

-include $(wildcard $(BUILD)/faults/*.d)

.PHONY: check-faults
