// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds settings that passthrough guides recommend and that are still in place. Never changes one. */
#include "host/leftover.h"

#include "base/parameter.h"
#include "facts/platform.h"
#include "model/finding.h"

#include <limits.h>
#include <stdio.h>

#define MODPROBE_FOLDER "/etc/modprobe.d"
#define MODPROBE_SIZE_MAX (256 * 1024)

static const char *const gpu_modules[] = {
	"nouveau",    "nvidia",	  "nvidia_drm",	   "nvidia_modeset",
	"nvidia_uvm", "nvidiafb", "amdgpu",	   "radeon",
	"i915",	      "xe",	  "snd_hda_intel", "xhci_pci",
};

/* A '-' in the prefix matches '_' too. */
static bool name_begins(const char *name, const char *prefix)
{
	for (; *prefix; name++, prefix++)
		if (*name != *prefix && !(*prefix == '-' && *name == '_'))
			return false;
	return true;
}

static bool is_module(const char *name, const char *module)
{
	return strlen(name) == strlen(module) && name_begins(module, name);
}

static bool is_vfio_module(const char *name)
{
	return is_module(name, "vfio_pci") || is_module(name, "vfio") ||
	       is_module(name, "vfio_iommu_type1");
}

static void take_blacklist(struct findings *findings, const char *where, const char *name)
{
	char quoted[QUOTE_SIZE];

	quote(name, strlen(name), quoted);
	if (strpbrk(name, "*?[")) {
		findings_add(findings, where, SAY_BLACKLIST_PATTERN, quoted);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(gpu_modules); i++)
		if (is_module(name, gpu_modules[i]))
			findings_add(findings, where, SAY_BLACKLIST, quoted);
}

static bool has_option(const char *options, const char *option)
{
	while (*options && !has_prefix(options, option)) {
		options += strcspn(options, " \t");
		options += strspn(options, " \t");
	}
	return *options;
}

static void take_options(struct findings *findings, const char *where, const char *module,
			 const char *options)
{
	if (is_module(module, "vfio_pci") && has_option(options, "ids="))
		findings_add(findings, where, SAY_OPTIONS_IDS);
	if (has_option(options, "allow_unsafe_interrupts"))
		findings_add(findings, where, SAY_OPTIONS_UNSAFE);
}

static void take_softdep(struct findings *findings, const char *where, const char *module,
			 char *rest)
{
	char *word, quoted[QUOTE_SIZE];

	while ((word = strsep(&rest, " \t")))
		if (is_vfio_module(word)) {
			findings_add(findings, where, SAY_SOFTDEP,
				     quote(module, strlen(module), quoted));
			return;
		}
}

static void take_modprobe_line(struct findings *findings, const char *where, char *line)
{
	char *rest = line + strspn(line, " \t"), *keyword, *name;

	keyword = strsep(&rest, " \t");
	if (!rest || *keyword == '#')
		return;
	rest += strspn(rest, " \t");
	name = strsep(&rest, " \t");
	if (!*name)
		return;
	if (streq(keyword, "blacklist"))
		take_blacklist(findings, where, name);
	else if (streq(keyword, "options"))
		take_options(findings, where, name, rest ? rest : "");
	else if (streq(keyword, "softdep"))
		take_softdep(findings, where, name, rest);
}

void leftover_parse_modprobe(const char *where, const char *text, size_t size,
			     struct findings *findings)
{
	_cleanup_free_ char *copy = strndup(text, size);
	char *rest = copy, *line;

	for (unsigned number = 1; (line = strsep(&rest, "\n")); number++) {
		char place[PATH_MAX + 16];

		snprintf(place, sizeof(place), "%s:%u", where, number);
		take_modprobe_line(findings, place, line);
	}
}

static const struct {
	const char *prefix; /* for name_begins() */
	const char *remedy;
	const char *text; /* after the parameter */
} parameters[] = {
	{ "amd-iommu=on", LEFTOVER_AMD_IOMMU_ON },
	{ "vfio-pci.ids=", LEFTOVER_IDS },
	{ "video=efifb:off", LEFTOVER_EFIFB_OFF },
	{ "vfio-iommu-type1.allow-unsafe-interrupts=", LEFTOVER_UNSAFE },
	{ "pcie-acs-override=", LEFTOVER_ACS_OVERRIDE },
	{ "modprobe.blacklist=", LEFTOVER_BLACKLIST },
	{ "rd.driver.blacklist=", LEFTOVER_BLACKLIST },
	{ "rd.driver.pre=vfio", LEFTOVER_DRIVER_PRE },
	{ "initcall-blacklist=sysfb-init", LEFTOVER_SYSFB_INIT },
};

void leftover_parse_cmdline(const char *text, struct findings *findings)
{
	struct parameter parameter;
	char quoted[QUOTE_SIZE];

	while (parameter_next(&text, &parameter))
		for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
			if (name_begins(parameter.text, parameters[i].prefix))
				findings_add(findings, "kernel command line",
					     FINDING_LEFTOVER_CONFIG,
					     parameters[i].remedy, TEXT_PARAMETER,
					     quote(parameter.text, parameter.size, quoted),
					     parameters[i].text);
}

struct scan {
	const struct root *root;
	struct findings *findings;
};

static int take_file(const char *name, void *data)
{
	const struct scan *scan = data;
	_cleanup_free_ char *text = NULL;
	const char *dot = strrchr(name, '.');
	char path[sizeof(MODPROBE_FOLDER) + NAME_MAX + 2];
	size_t size;

	if (!dot || !streq(dot, ".conf"))
		return 0;
	snprintf(path, sizeof(path), MODPROBE_FOLDER "/%s", name);
	if (root_read_file(scan->root, path, MODPROBE_SIZE_MAX, &text, &size) == 0)
		leftover_parse_modprobe(path, text, size, scan->findings);
	return 0;
}

void leftover_find(const struct root *root, struct findings *findings)
{
	struct scan scan = { root, findings };
	_cleanup_free_ char *text = NULL;
	int r;

	r = root_list(root, MODPROBE_FOLDER, take_file, &scan);
	(void)r;
	if (platform_read_cmdline(root, &text) == 0)
		leftover_parse_cmdline(text, findings);
}
