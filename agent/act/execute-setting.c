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

#define DEFAULT_METHODS "default" /* reads as the list that the kernel makes of it */

/* In MiB, as the exponent that resourceN_resize takes. */
static void format_size(uint64_t size, char value[static CARD_VALUE_SIZE])
{
	snprintf(value, CARD_VALUE_SIZE, "%d", __builtin_ctzll(size | 1ULL << 63) - 20);
}

static const char *format_file(const struct function *function,
			       enum card_setting_kind kind, char file[static PCI_FILE_SIZE])
{
	char name[IOMEM_NAME_SIZE] = "resource0_resize";

	name[strlen("resource")] += card_setting_bar(function);
	return pci_file(&function->address,
			kind == CARD_REBAR  ? name :
			kind == CARD_D3COLD ? "d3cold_allowed" :
					      "reset_method",
			file);
}

/* resourceN_resize reads as the sizes that are possible: the BAR itself has the size. */
static bool reads_as(const struct function *function, enum card_setting_kind kind,
		     const struct execute_ops *ops, const char *value)
{
	char file[PCI_FILE_SIZE], now[CARD_VALUE_SIZE];
	uint64_t size = 0;
	int r;

	r = kind == CARD_REBAR ? ops->read_bar(ops->data, &function->address,
					       card_setting_bar(function), &size) :
				 ops->read(ops->data, format_file(function, kind, file),
					   now, sizeof(now));
	if (kind == CARD_REBAR)
		format_size(size, now);
	return r == 0 && streq(now, value);
}

/* 0: it was read back. */
static int write_value(const struct function *function, enum card_setting_kind kind,
		       const struct execute_ops *ops, const char *value)
{
	char file[PCI_FILE_SIZE], name[IOMEM_NAME_SIZE];
	int r;

	/* The kernel would drop what else lies in this memory without asking its owner. */
	if (kind == CARD_REBAR && ops->find_in_bars(ops->data, &function->address, name))
		return -EBUSY;
	r = ops->write_bounded(ops->data, format_file(function, kind, file), value);
	if (r < 0)
		return r;
	return streq(value, DEFAULT_METHODS) || reads_as(function, kind, ops, value) ?
		       0 :
		       -EIO;
}

static void add_finding(const struct function *function, const struct card_setting *setting,
			const char *clause, int r, struct outcome *outcome)
{
	char subject[PCI_ADDRESS_SIZE];

	findings_add_as(&outcome->findings,
			r == -ETIMEDOUT ? SEVERITY_ERROR : SEVERITY_WARNING,
			bdf_format(&function->address, subject), FINDING_SETTING_REFUSED,
			REMEDY_SETTING, TEXT_SETTING_REFUSED, clause, setting->text,
			strerror(-r));
}

/* The kernel's own values, but for the BAR's size, which is the firmware's. */
void setting_undo(const struct snapshot *snapshot, size_t index,
		  enum card_setting_kind kind, const struct execute_ops *ops,
		  struct outcome *outcome)
{
	const struct function *function = &snapshot->functions[index];
	struct function_outcome *result = &outcome->functions[index];
	const struct card_setting *setting = result->settings[kind];
	char before[CARD_VALUE_SIZE], subject[PCI_ADDRESS_SIZE];
	int r;

	result->settings[kind] = NULL;
	format_size(function->features.bar_sizes[card_setting_bar(function)], before);
	r = write_value(function, kind, ops,
			kind == CARD_REBAR  ? before :
			kind == CARD_D3COLD ? "1" :
					      DEFAULT_METHODS);
	result->is_stuck = r == -ETIMEDOUT;
	if (r < 0)
		add_finding(function, setting, CLAUSE_SETTING_UNDONE, r, outcome);
	else
		findings_add_as(&outcome->findings, SEVERITY_INFO,
				bdf_format(&function->address, subject),
				SAY_SETTING_UNDONE, setting->text);
}

/* A write that failed may have done its work all the same. The kernel's own refusal has not, except of a
 * BAR's size. */
static bool is_perhaps_written(enum card_setting_kind kind, int r)
{
	return kind == CARD_REBAR ? r != -ENOENT : r == -EINTR || r == -EIO;
}

void setting_write(const struct snapshot *snapshot, const struct step *step,
		   const struct execute_ops *ops, struct outcome *outcome)
{
	const struct function *function = &snapshot->functions[step->function];
	struct function_outcome *result = &outcome->functions[step->function];
	enum card_setting_kind kind = step->setting->kind;
	int r;

	if (reads_as(function, kind, ops, step->setting->value))
		return; /* so nothing of it is ours to undo */
	r = write_value(function, kind, ops, step->setting->value);
	if (r == 0 || is_perhaps_written(kind, r))
		result->settings[kind] = step->setting;
	if (r == 0)
		return;
	result->is_stuck = r == -ETIMEDOUT;
	add_finding(function, step->setting, CLAUSE_SETTING_REFUSED, r, outcome);
	if (result->settings[kind] && !result->is_stuck)
		setting_undo(snapshot, step->function, kind, ops, outcome);
}
