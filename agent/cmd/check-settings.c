// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges the settings of cards before a reboot. The agent just tries: whatever the kernel refuses is a
 * finding then. Reads what each step would write; never writes.
 */
#include "cmd/check-settings.h"

#include "decide/card-setting.h"
#include "facts/pci.h"
#include "model/finding.h"

#include <stdio.h>

struct judging {
	const struct root *root;
	struct survey *survey;
	const struct step *step;
};

static const struct function *function_of(const struct judging *judging)
{
	return &judging->survey->snapshot.functions[judging->step->function];
}

static void PRINTF_LIKE(3, 4)
	add(const struct judging *judging, const char *remedy, const char *format, ...)
{
	char subject[PCI_ADDRESS_SIZE], text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	findings_add(&judging->survey->plan.findings,
		     bdf_format(&function_of(judging)->address, subject),
		     FINDING_SETTING_REFUSED, remedy, TEXT_WILL_BE_REFUSED,
		     judging->step->setting->text, text);
}

/* The kernel lists only what was written there last, so it cannot be compared with what is to be written. */
static void judge_reset(const struct judging *judging)
{
	const struct bdf *address = &function_of(judging)->address;

	if (pci_file_exists(judging->root, address, "reset_method"))
		return;
	if (pci_file_exists(judging->root, address, "reset"))
		add(judging, REMEDY_NEWER_KERNEL, WHY_NO_RESET_METHOD);
	else
		add(judging, REMEDY_REMOVE_LINE, WHY_NO_RESET);
}

static void judge_d3cold(const struct judging *judging)
{
	if (!pci_file_exists(judging->root, &function_of(judging)->address,
			     "d3cold_allowed"))
		add(judging, REMEDY_REMOVE_LINE, WHY_NO_D3COLD);
}

/* "256M, 512M, 1G" */
static void list_sizes(uint64_t sizes, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (unsigned i = 0; i < 30 && used < size; i++)
		if (sizes >> i & 1)
			used += snprintf(text + used, size - used, "%s%u%c",
					 used ? ", " : "", 1u << i % 10, "MGT"[i / 10]);
}

static void judge_rebar(const struct judging *judging)
{
	const struct function *function = function_of(judging);
	unsigned bar = card_setting_bar(function);
	char name[] = "resource0_resize", text[32], sizes[160], remedy[200];
	uint64_t possible;

	if (!function->features.resizable_bars) {
		if (function->caps.rebar_fact == FACT_KNOWN)
			add(judging, REMEDY_NEWER_KERNEL, WHY_NO_RESIZE);
		else
			add(judging, REMEDY_REMOVE_LINE, WHY_NO_REBAR);
		return;
	}
	name[strlen("resource")] += bar;
	if (pci_read_line(judging->root, &function->address, name, text, sizeof(text)) <= 0)
		return;
	possible = strtoull(text, NULL, 16);
	if (possible >> strtoul(judging->step->setting->value, NULL, 10) & 1)
		return;
	list_sizes(possible, sizes, sizeof(sizes));
	snprintf(remedy, sizeof(remedy), REMEDY_SIZES, sizes);
	add(judging, remedy, WHY_NO_SIZE, bar);
}

static bool is_for_a_step(const struct survey *survey, const struct card_setting *setting)
{
	for (size_t i = 0; i < survey->plan.n_steps; i++)
		if (survey->plan.steps[i].setting == setting)
			return true;
	return false;
}

static bool is_any_claimed(const struct survey *survey)
{
	for (size_t i = 0; i < survey->plan.n_targets; i++)
		if (survey->plan.targets[i].verdict == VERDICT_CLAIM)
			return true;
	return false;
}

/* Lines that do nothing, because they mean no card that is to be claimed. */
static void judge_idle_lines(struct survey *survey)
{
	for (size_t i = 0; i < survey->config.n_card_settings; i++) {
		const struct card_setting *setting = &survey->config.card_settings[i];

		if (setting->kind <= CARD_REBAR && !is_for_a_step(survey, setting))
			findings_add(&survey->plan.findings, setting->text,
				     SAY_SETTING_OF_NO_CARD);
	}
}

void check_settings(const struct root *root, struct survey *survey)
{
	static void (*const judges[])(const struct judging *) = {
		[CARD_RESET_METHOD] = judge_reset,
		[CARD_D3COLD] = judge_d3cold,
		[CARD_REBAR] = judge_rebar,
	};

	for (size_t i = 0; i < survey->plan.n_steps; i++) {
		struct judging judging = { root, survey, &survey->plan.steps[i] };

		if (judging.step->action == STEP_SETTING)
			judges[judging.step->setting->kind](&judging);
	}
	if (survey->config.mode == MODE_CLAIM && is_any_claimed(survey))
		judge_idle_lines(survey);
}
