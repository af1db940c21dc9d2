// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes findings fit this machine: causes in place of symptoms, and no remedy that is so already. For
 * the command, which has read more than the agent does. Pure.
 */
#include "decide/remedies.h"

#include "decide/advice.h"
#include "model/finding.h"

#include <stdio.h>

struct fitting {
	const struct config *config;
	const struct snapshot *snapshot;
	const struct platform *platform;
	struct finding *finding;
	const struct function *function; /* of the finding; NULL: none */
};

static void fit_iommu(const struct fitting *fitting)
{
	struct advice advice;

	if (advice_iommu(&fitting->snapshot->iommu, fitting->platform, &advice))
		finding_amend(fitting->finding, advice.text, advice.remedy);
}

static void fit_group(const struct fitting *fitting)
{
	const struct function *function = fitting->function;
	struct advice advice;

	if (function && advice_is_own_display(&fitting->snapshot->iommu, function) &&
	    advice_integrated_display(fitting->platform, &advice))
		finding_amend(fitting->finding, advice.text, advice.remedy);
}

static void fit_interrupts(const struct fitting *fitting)
{
	char remedy[ADVICE_SIZE];

	advice_interrupts(&fitting->snapshot->iommu, fitting->platform,
			  fitting->config->interrupt_remapping, remedy);
	finding_amend(fitting->finding, NULL, remedy);
}

static void fit_driver(const struct fitting *fitting)
{
	char quoted[QUOTE_SIZE], text[ADVICE_SIZE], remedy[ADVICE_SIZE];
	const char *driver = fitting->function ? fitting->function->driver : NULL;
	struct parameter word;

	if (!is_string_equal(driver, "pci-stub") || !fitting->platform->cmdline ||
	    !parameter_find(fitting->platform->cmdline, "pci-stub.ids", &word))
		return;
	quote(word.text, word.size, quoted);
	snprintf(text, sizeof(text), TEXT_PCI_STUB_IDS, quoted);
	snprintf(remedy, sizeof(remedy), REMEDY_PCI_STUB_IDS, quoted);
	finding_amend(fitting->finding, text, remedy);
}

static void fit_framebuffer(const struct fitting *fitting)
{
	struct parameter word;

	if (advice_find_word(fitting->platform, "initcall_blacklist", "sysfb_init", &word))
		finding_amend(fitting->finding, NULL, REMEDY_FRAMEBUFFER_OTHER);
}

static void fit_bridge(const struct fitting *fitting)
{
	struct parameter word;

	if (advice_find_word(fitting->platform, "initcall_blacklist", "shpcd_init", &word))
		finding_amend(fitting->finding, NULL, REMEDY_BRIDGE_DRIVER_OTHER);
}

/* Selectors given to the command have themselves as their origin: no line of a file is wrong. */
static bool is_about_selector(const struct fitting *fitting)
{
	const struct config *config = fitting->config;

	return config->n_wanted && streq(config->wanted[0].origin, config->wanted[0].text);
}

static void fit_absence(const struct fitting *fitting)
{
	if (is_about_selector(fitting))
		finding_amend(fitting->finding, NULL, REMEDY_NOT_FOUND_HERE);
}

static void fit_change(const struct fitting *fitting)
{
	struct parameter word;

	if (is_about_selector(fitting) &&
	    is_string_equal(fitting->finding->remedy, REMEDY_SETUP))
		finding_amend(fitting->finding, NULL, REMEDY_NAME_ANOTHER);
	if (fitting->function && fitting->function->caps.is_gone &&
	    advice_find_word(fitting->platform, "pcie_port_pm", "off", &word))
		finding_amend(fitting->finding, NULL, REMEDY_POWER_CYCLE);
}

static const struct {
	enum finding_code code;
	void (*fit)(const struct fitting *fitting);
} fits[] = {
	{ FINDING_IOMMU_OFF_FIRMWARE, fit_iommu },
	{ FINDING_IOMMU_OFF_KERNEL, fit_iommu },
	{ FINDING_IOMMU_NOT_READY, fit_group },
	{ FINDING_IRQ_REMAP_OFF, fit_interrupts },
	{ FINDING_DRIVER_ATTACHED, fit_driver },
	{ FINDING_FRAMEBUFFER_IN_BAR, fit_framebuffer },
	{ FINDING_GROUP_BRIDGE_DRIVER, fit_bridge },
	{ FINDING_GPU_CHANGED, fit_change },
	{ FINDING_GPU_NOT_FOUND, fit_absence },
};

static const struct function *function_of(const struct snapshot *snapshot,
					  const struct finding *finding)
{
	struct bdf address;

	return finding->subject && bdf_parse(finding->subject, &address) ?
		       snapshot_find(snapshot, &address) :
		       NULL;
}

void remedies_fit(const struct config *config, const struct snapshot *snapshot,
		  struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		struct finding *finding = &findings->items[i];
		struct fitting fitting = { config, snapshot, &snapshot->platform, finding,
					   function_of(snapshot, finding) };

		for (size_t k = 0; k < ARRAY_SIZE(fits); k++)
			if (fits[k].code == finding->code)
				fits[k].fit(&fitting);
	}
}

static void replace_words(char **remedy, const char *words, const char *by)
{
	const char *at = strstr(*remedy, words);
	char *text;

	if (!at)
		return;
	text = text_format("%.*s%s%s", (int)(at - *remedy), *remedy, by,
			   at + strlen(words));
	if (!text)
		return;
	free(*remedy);
	*remedy = text;
}

void remedy_take_way(char **remedy, const char *way)
{
	if (!*remedy || !way)
		return;
	/* Its image is built in a container or a chroot, which shows another root file system. */
	replace_words(remedy, REMEDY_KNOW_NEEDS, REMEDY_NEEDS_HIDDEN);
	replace_words(remedy, REMEDY_RUN_REBUILD, way);
	replace_words(remedy, CLAUSE_APPLY_CMDLINE, CLAUSE_OWN_TOOL);
}

void remedies_take_way(struct findings *findings, const char *way)
{
	for (size_t i = 0; i < findings->n; i++)
		remedy_take_way(&findings->items[i].remedy, way);
}
