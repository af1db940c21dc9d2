// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which half-measures of passthrough guides are still in place? Information only.
 */
#include "host/leftover.h"

#include "base/parameter.h"
#include "facts/platform.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#define MODPROBE_FOLDER "/etc/modprobe.d"
#define MODPROBE_SIZE_MAX (256 * 1024)

#define NOT_NEEDED "not needed with vfio-claim; take it away when nothing else wants it"
#define TAKES_ALL                                                                                   \
	"vfio-pci takes every card with such an id, an identical one of the host's too; the agent " \
	"does not hand it on"

static const char *const gpu_modules[] = {
	"nouveau",    "nvidia",	  "nvidia_drm",	   "nvidia_modeset",
	"nvidia_uvm", "nvidiafb", "amdgpu",	   "radeon",
	"i915",	      "xe",	  "snd_hda_intel", "xhci_pci",
};

/* '-' and '_' are the same in module names. */
static bool is_module(const char *name, const char *module)
{
	for (; *name && *module; name++, module++)
		if (*name != *module && !(*name == '-' && *module == '_'))
			return false;
	return !*name && !*module;
}

static bool is_vfio_module(const char *name)
{
	return is_module(name, "vfio_pci") || is_module(name, "vfio") ||
	       is_module(name, "vfio_iommu_type1");
}

static void PRINTF_LIKE(4, 5) say(struct findings *findings, const char *where,
				  const char *remedy, const char *format, ...)
{
	char text[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	findings_add(findings, FINDING_LEFTOVER_CONFIG, where, remedy, "%s", text);
}

static void take_blacklist(struct findings *findings, const char *where, const char *name)
{
	char quoted[QUOTE_SIZE];

	quote(name, strlen(name), quoted);
	if (strpbrk(name, "*?[")) {
		say(findings, where, "take the line away",
		    "'blacklist %s' does nothing: blacklist takes exact module names",
		    quoted);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(gpu_modules); i++)
		if (is_module(name, gpu_modules[i]))
			say(findings, where, NOT_NEEDED,
			    "'blacklist %s' keeps the driver from every card, the host's own too",
			    quoted);
}

static bool has_option(char *rest, const char *option)
{
	char *word;

	while ((word = strsep(&rest, " \t")))
		if (has_prefix(word, option))
			return true;
	return false;
}

static void take_options(struct findings *findings, const char *where, const char *module,
			 char *rest)
{
	char *copy = strdup(rest ? rest : "");

	if (copy && is_module(module, "vfio_pci") && has_option(copy, "ids="))
		say(findings, where, NOT_NEEDED, "'options vfio-pci ids=': " TAKES_ALL);
	free(copy);
	copy = strdup(rest ? rest : "");
	if (copy && has_option(copy, "allow_unsafe_interrupts"))
		say(findings, where, "take it away where interrupt remapping works",
		    "'allow_unsafe_interrupts' lets VFIO go on without interrupt remapping, even "
		    "where that is a mistake of the firmware setup");
	free(copy);
}

static void take_softdep(struct findings *findings, const char *where, const char *module,
			 char *rest)
{
	char *word, quoted[QUOTE_SIZE];

	while ((word = strsep(&rest, " \t")))
		if (is_vfio_module(word)) {
			say(findings, where, NOT_NEEDED,
			    "'softdep %s pre: vfio-pci' orders modules by name: where the file has "
			    "another name (Debian's nvidia) it does nothing, or keeps the driver "
			    "from loading at all",
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
		take_options(findings, where, name, rest);
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
	const char *prefix; /* with '-' for '-' or '_' */
	const char *text;
	const char *remedy;
} parameters[] = {
	{ "amd-iommu=on",
	  "is no option of the kernel and does nothing: AMD's IOMMU is on by default",
	  "take it away" },
	{ "vfio-pci.ids=", TAKES_ALL, NOT_NEEDED },
	{ "video=efifb:off",
	  "keeps the console from one kind of firmware framebuffer only (efifb)",
	  NOT_NEEDED " (vfio-pci takes the framebuffer away itself since Linux 6.0)" },
	{ "vfio-iommu-type1.allow-unsafe-interrupts=",
	  "lets VFIO go on without interrupt remapping",
	  "take it away where interrupt remapping works" },
	{ "pcie-acs-override=",
	  "splits groups on patched kernels although the hardware does not isolate; others ignore it",
	  "better a slot whose group is its own; 'vfio-claim explain' shows which" },
	{ "modprobe.blacklist=", "keeps drivers from every card, the host's own too",
	  NOT_NEEDED },
	{ "rd.driver.blacklist=", "keeps drivers from every card, the host's own too",
	  NOT_NEEDED },
	{ "rd.driver.pre=vfio", "loads vfio-pci early, which claims nothing by itself",
	  NOT_NEEDED },
	{ "initcall-blacklist=sysfb-init",
	  "takes the firmware's console from all displays", NOT_NEEDED },
};

static bool parameter_begins(const char *word, const char *prefix)
{
	for (; *prefix; word++, prefix++)
		if (*word != *prefix && !(*prefix == '-' && *word == '_'))
			return false;
	return true;
}

void leftover_parse_cmdline(const char *text, struct findings *findings)
{
	struct parameter parameter;
	char quoted[QUOTE_SIZE];

	while (parameter_next(&text, &parameter))
		for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
			if (parameter_begins(parameter.text, parameters[i].prefix))
				say(findings, "kernel command line", parameters[i].remedy,
				    "'%s' %s",
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
