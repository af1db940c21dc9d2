// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the settings of a card before its driver binds, and reads them back. Each write is bounded: it
 * takes the device's lock or wakes the device (drivers/pci/pci-sysfs.c).
 */
#include "act/execute-setting.h"

#include "decide/card-setting.h"
#include "facts/pci.h"
#include "model/finding.h"

#include <stdio.h>

/* In MiB, as the exponent that resourceN_resize takes. */
static void format_size(uint64_t size, char value[static CARD_VALUE_SIZE])
{
	snprintf(value, CARD_VALUE_SIZE, "%d", __builtin_ctzll(size | 1ULL << 63) - 20);
}

/* 0: it was read back. resourceN_resize reads as the sizes that are possible: the BAR itself has the size. */
static int write_value(const struct function *function, enum card_setting_kind kind,
		       const struct execute_ops *ops, const char *value)
{
	char file[PCI_FILE_SIZE], name[IOMEM_NAME_SIZE] = "resource0_resize";
	unsigned bar = card_setting_bar(function);
	char now[CARD_VALUE_SIZE];
	uint64_t size = 0;
	int r;

	name[strlen("resource")] += bar;
	pci_file(&function->address,
		 kind == CARD_REBAR  ? name :
		 kind == CARD_D3COLD ? "d3cold_allowed" :
				       "reset_method",
		 file);
	/* The kernel would drop what else lies in this memory without asking its owner. */
	if (kind == CARD_REBAR && ops->find_in_bars(ops->data, &function->address, name))
		return -EBUSY;
	r = ops->write_bounded(ops->data, file, value);
	if (r < 0)
		return r;
	r = kind == CARD_REBAR ? ops->read_bar(ops->data, &function->address, bar, &size) :
				 ops->read(ops->data, file, now, sizeof(now));
	if (kind == CARD_REBAR)
		format_size(size, now);
	return r == 0 && streq(now, value) ? 0 : -EIO;
}

void setting_write(const struct snapshot *snapshot, const struct step *step,
		   const struct execute_ops *ops, struct outcome *outcome)
{
	const struct function *function = &snapshot->functions[step->function];
	struct function_outcome *result = &outcome->functions[step->function];
	bool is_bar = step->setting->kind == CARD_REBAR,
	     is_undo = result->resized_by == step;
	char subject[PCI_ADDRESS_SIZE], before[CARD_VALUE_SIZE];
	int r;

	format_size(function->features.bar_sizes[card_setting_bar(function)], before);
	r = write_value(function, step->setting->kind, ops,
			is_undo ? before : step->setting->value);
	if (is_bar)
		result->resized_by = is_undo || r == -ENOENT ? NULL : step;
	if (r == 0 && !is_undo)
		return;
	result->is_stuck = r == -ETIMEDOUT;
	findings_add_as(&outcome->findings,
			r == 0		 ? SEVERITY_INFO :
			result->is_stuck ? SEVERITY_ERROR :
					   SEVERITY_WARNING,
			bdf_format(&function->address, subject), FINDING_SETTING_REFUSED,
			REMEDY_SETTING, TEXT_SETTING_REFUSED,
			is_undo ? CLAUSE_SETTING_UNDONE : CLAUSE_SETTING_REFUSED,
			step->setting->text, strerror(-r));
	if (result->resized_by == step && !result->is_stuck)
		setting_write(snapshot, step, ops, outcome);
}
