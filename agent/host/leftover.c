// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds settings that passthrough guides recommend and that are still in place. Never changes one. */
#include "host/leftover.h"

#include "base/parameter.h"
#include "facts/platform.h"
#include "host/names.h"
#include "model/finding.h"
#include "model/function.h"

#include <limits.h>
#include <stdio.h>

#define FILE_SIZE_MAX (256 * 1024)

/* Drivers of cards, and of the other functions of one. */
static const char *const gpu_modules[] = {
	"nouveau",
	"nvidia",
	"nvidia_drm",
	"nvidia_modeset",
	"nvidia_uvm",
	"nvidia_current",
	"nvidiafb",
	"nova_core",
	"nova_drm",
	"amdgpu",
	"radeon",
	"i915",
	"xe",
	"ast",
	"mgag200",
	"snd_hda_intel",
	"snd_hda_codec_hdmi",
	"xhci_pci",
	"xhci_hcd",
	"i2c_nvidia_gpu",
	"ucsi_ccg",
};

static const char *const vfio_modules[] = {
	"vfio", "vfio_pci", "vfio_pci_core", "vfio_iommu_type1", "vfio_virqfd",
};

/* A '-' in a name counts as '_'. */
static bool is_module(const char *name, size_t size, const char *module)
{
	if (size != strlen(module))
		return false;
	for (size_t i = 0; i < size; i++)
		if (name[i] != module[i] && !(name[i] == '-' && module[i] == '_'))
			return false;
	return true;
}

static bool is_one_of(const char *const *modules, size_t n, const char *name, size_t size)
{
	while (n--)
		if (is_module(name, size, modules[n]))
			return true;
	return false;
}

static bool is_gpu_module(const char *name, size_t size)
{
	return is_one_of(gpu_modules, ARRAY_SIZE(gpu_modules), name, size);
}

static bool is_vfio_module(const char *name, size_t size)
{
	return is_one_of(vfio_modules, ARRAY_SIZE(vfio_modules), name, size);
}

/* modprobe.d -------------------------------------------------------------------------------- */

/* A line of modprobe.d: keyword, name, and the rest. */
struct line {
	const char *where;
	const char *keyword, *name, *rest;
	struct leftovers *found;
	struct findings *findings; /* those of this line */
};

/*
 * A package may keep drivers out by a file in /usr/lib (NVIDIA's keeps nouveau out). That is no
 * leftover, and comes back with the package. What concerns VFIO there, a person has put there.
 */
static bool is_of_package(const struct line *line)
{
	return has_prefix(line->where, "/usr/lib/") || has_prefix(line->where, "/lib/");
}

static bool is_driver_of_gpu(const struct line *line)
{
	return !is_of_package(line) && is_gpu_module(line->name, strlen(line->name));
}

static void take_blacklist(const struct line *line)
{
	char quoted[QUOTE_SIZE];

	quote(line->name, strlen(line->name), quoted);
	if (strpbrk(line->name, "*?[") && !is_of_package(line))
		findings_add(line->findings, line->where, SAY_BLACKLIST_PATTERN, quoted);
	else if (is_driver_of_gpu(line))
		findings_add(line->findings, line->where, SAY_KEPT_OUT, "blacklist",
			     quoted);
}

static bool has_option(const char *options, const char *option)
{
	while (*options && !has_prefix(options, option)) {
		options += strcspn(options, " \t");
		options += strspn(options, " \t");
	}
	return *options;
}

static void take_options(const struct line *line)
{
	if (is_module(line->name, strlen(line->name), "vfio_pci") &&
	    has_option(line->rest, "ids="))
		findings_add(line->findings, line->where, SAY_OPTIONS_IDS);
	if (!has_option(line->rest, "allow_unsafe_interrupts"))
		return;
	line->found->allows_unsafe = true;
	if (!line->found->is_unsafe_needed)
		findings_add(line->findings, line->where, SAY_OPTIONS_UNSAFE);
}

static void take_softdep(const struct line *line)
{
	struct span rest = { line->rest, strlen(line->rest) };
	char quoted[QUOTE_SIZE];

	while (rest.size) {
		struct span word = span_next(&rest, " \t");

		if (is_vfio_module(word.text, word.size)) {
			findings_add(line->findings, line->where, SAY_SOFTDEP,
				     quote(line->name, strlen(line->name), quoted));
			return;
		}
	}
}

static void add_quoted(const struct line *line)
{
	char text[512], quoted[QUOTE_SIZE];

	snprintf(text, sizeof(text), "%s %s", line->name, line->rest);
	findings_add(line->findings, line->where, SAY_KEPT_OUT, line->keyword,
		     quote(text, strlen(text), quoted));
}

/* A command that loads the driver after others, as guides have it, keeps no driver out. */
static void take_install(const struct line *line)
{
	char quoted[QUOTE_SIZE];

	if (is_vfio_module(line->name, strlen(line->name)))
		findings_add(line->findings, line->where, SAY_INSTALL_VFIO,
			     quote(line->name, strlen(line->name), quoted));
	else if (is_driver_of_gpu(line) &&
		 (strstr(line->rest, "/false") || strstr(line->rest, "/true")))
		add_quoted(line);
}

static void take_alias(const struct line *line)
{
	char quoted[QUOTE_SIZE];

	if (is_vfio_module(line->rest, strlen(line->rest)))
		findings_add(line->findings, line->where, SAY_ALIAS_VFIO,
			     quote(line->name, strlen(line->name), quoted));
	else if (is_driver_of_gpu(line) && streq(line->rest, "off"))
		add_quoted(line);
}

static const struct {
	const char *keyword;
	void (*take)(const struct line *line);
	bool needs_whole_words; /* a carriage return makes another word of the last one */
} keywords[] = {
	{ "blacklist", take_blacklist, true }, { "options", take_options, false },
	{ "softdep", take_softdep, true },     { "install", take_install, false },
	{ "alias", take_alias, true },
};

/* Cuts trailing blanks off; true: one of them was a carriage return. */
static bool cut_end(char *text)
{
	size_t size = strlen(text);
	bool has_return = false;

	for (; size && strchr(TEXT_BLANKS, text[size - 1]); size--)
		has_return |= text[size - 1] == '\r';
	text[size] = '\0';
	return has_return;
}

/* What a line would do without its carriage return, it does not do with it. */
static void add_findings(const struct line *line, bool is_broken)
{
	struct findings *all = line->found->findings;
	char quoted[QUOTE_SIZE];

	if (is_broken && line->findings->n)
		findings_add(all, line->where, SAY_CARRIAGE_RETURN, line->keyword,
			     quote(line->name, strlen(line->name), quoted));
	for (size_t i = 0; !is_broken && i < line->findings->n; i++) {
		const struct finding *finding = &line->findings->items[i];

		findings_add(all, finding->subject, finding->code, finding->remedy, "%s",
			     finding->text);
	}
}

static void take_line(const struct line *line, bool has_return)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
		if (!streq(line->keyword, keywords[i].keyword))
			continue;
		keywords[i].take(line);
		add_findings(line, has_return && keywords[i].needs_whole_words);
	}
}

static void take_modprobe_line(struct leftovers *found, const char *where, char *text)
{
	CLEANUP(findings_done) struct findings findings = {};
	struct line line = { .where = where, .found = found, .findings = &findings };
	bool has_return = cut_end(text);
	char *rest = text + strspn(text, " \t");

	line.keyword = strsep(&rest, " \t");
	if (!rest || *line.keyword == '#')
		return;
	rest += strspn(rest, " \t");
	line.name = strsep(&rest, " \t");
	line.rest = rest ? rest + strspn(rest, " \t") : "";
	if (*line.name)
		take_line(&line, has_return);
}

/* Joins lines that end in a backslash, in place, as kmod does; returns how many follow. */
static unsigned join(char *line, char **rest)
{
	unsigned joined = 0;

	for (size_t end = strlen(line);
	     *rest && end &&
	     (line[end - 1] == '\\' ||
	      (end > 1 && line[end - 1] == '\r' && line[end - 2] == '\\'));
	     joined++) {
		char *next = strsep(rest, "\n");
		size_t size = strlen(next);

		end -= line[end - 1] == '\r';
		memmove(line + end - 1, next, size + 1);
		end += size - 1;
	}
	return joined;
}

void leftover_parse_modprobe(const char *where, const char *text, size_t size,
			     struct leftovers *found)
{
	_cleanup_free_ char *copy = strndup(text, size);
	char *rest = copy, *line;

	for (unsigned number = 1; (line = strsep(&rest, "\n")); number++) {
		char place[PATH_MAX + 16];

		snprintf(place, sizeof(place), "%s:%u", where, number);
		number += join(line, &rest);
		take_modprobe_line(found, place, line);
	}
}

/* Lists of modules ----------------------------------------------------------------------------- */

static void take_module(struct findings *findings, const char *where, char *line)
{
	size_t size = strcspn(line, " \t");
	char quoted[QUOTE_SIZE];

	quote(line, strlen(line), quoted);
	if (is_module(line, size, "vfio_pci") && has_option(line + size, "ids="))
		findings_add(findings, where, SAY_MODULES_IDS, quoted);
	else if (is_vfio_module(line, size))
		findings_add(findings, where, SAY_MODULES, quoted);
	else if (is_module(line, size, "pci_stub"))
		findings_add(findings, where, SAY_MODULES_STUB, quoted);
}

void leftover_parse_modules(const char *where, const char *text, size_t size,
			    struct leftovers *found)
{
	_cleanup_free_ char *copy = strndup(text, size);
	char *rest = copy, *line;

	for (unsigned number = 1; (line = strsep(&rest, "\n")); number++) {
		char place[PATH_MAX + 16];

		snprintf(place, sizeof(place), "%s:%u", where, number);
		cut_end(line);
		take_module(found->findings, place, line + strspn(line, " \t"));
	}
}

/* The kernel command line ---------------------------------------------------------------------- */

static bool lists_gpu_module(const struct parameter *parameter)
{
	struct span rest = { parameter->value, parameter->value_size };

	while (rest.size) {
		struct span word = span_next(&rest, ",");

		if (is_gpu_module(word.text, word.size))
			return true;
	}
	return false;
}

static bool begins_with_vfio(const struct parameter *parameter)
{
	return parameter->value_size >= 4 && !memcmp(parameter->value, "vfio", 4);
}

static bool is_on(const struct parameter *parameter)
{
	return parameter_lists(parameter, "on");
}

static bool is_framebuffer_off(const struct parameter *parameter)
{
	return parameter_lists(parameter, "efifb:off") ||
	       parameter_lists(parameter, "vesafb:off") ||
	       parameter_lists(parameter, "simplefb:off");
}

static bool allows_unsafe(const struct parameter *parameter)
{
	return parameter->value_size && strchr("1yY", *parameter->value);
}

static bool lists_sysfb(const struct parameter *parameter)
{
	return parameter_lists(parameter, "sysfb_init");
}

static const struct {
	const char *name;
	bool (*matches)(const struct parameter *parameter); /* NULL: any value */
	const char *remedy;
	const char *text; /* after the parameter */
} parameters[] = {
	{ "amd_iommu", is_on, LEFTOVER_AMD_IOMMU_ON },
	{ "vfio-pci.ids", NULL, LEFTOVER_IDS },
	{ "pci-stub.ids", NULL, LEFTOVER_STUB },
	{ "xen-pciback.hide", NULL, LEFTOVER_PCIBACK },
	{ "video", is_framebuffer_off, LEFTOVER_FRAMEBUFFER_OFF },
	{ "vfio_iommu_type1.allow_unsafe_interrupts", allows_unsafe, LEFTOVER_UNSAFE },
	{ "iommufd.allow_unsafe_interrupts", allows_unsafe, LEFTOVER_UNSAFE },
	{ "pcie_acs_override", NULL, LEFTOVER_ACS_OVERRIDE },
	{ "module_blacklist", lists_gpu_module, LEFTOVER_BLACKLIST },
	{ "modprobe.blacklist", lists_gpu_module, LEFTOVER_BLACKLIST },
	{ "rd.driver.blacklist", lists_gpu_module, LEFTOVER_BLACKLIST },
	{ "rdblacklist", lists_gpu_module, LEFTOVER_BLACKLIST },
	{ "rd.driver.pre", begins_with_vfio, LEFTOVER_DRIVER_PRE },
	{ "initcall_blacklist", lists_sysfb, LEFTOVER_SYSFB_INIT },
};

static void take_parameter(const struct parameter *parameter, struct leftovers *found)
{
	char quoted[QUOTE_SIZE];

	for (size_t i = 0; parameter->value && i < ARRAY_SIZE(parameters); i++) {
		bool is_unsafe = parameters[i].matches == allows_unsafe;

		if (!parameter_is(parameter, parameters[i].name) ||
		    (parameters[i].matches && !parameters[i].matches(parameter)))
			continue;
		found->allows_unsafe |= is_unsafe;
		if (!is_unsafe || !found->is_unsafe_needed)
			findings_add(found->findings, "kernel command line",
				     FINDING_LEFTOVER_CONFIG, parameters[i].remedy,
				     TEXT_PARAMETER,
				     quote(parameter->text, parameter->size, quoted),
				     parameters[i].text);
	}
}

void leftover_parse_cmdline(const char *text, struct leftovers *found)
{
	struct parameter parameter;

	while (parameter_next(&text, &parameter) && !parameter_is_end(&parameter))
		take_parameter(&parameter, found);
}

/* Files and folders ---------------------------------------------------------------------------- */

typedef void parser(const char *where, const char *text, size_t size,
		    struct leftovers *found);

/* Folders in order of rank: a file hides those of the same name in later ones, even if it is empty. */
struct folders {
	const struct root *root;
	parser *parse;
	const char *const *paths; /* then NULL */
	struct leftovers *found;
	size_t here;
};

/* modprobe.d(5), modules-load.d(5) */
static const char *const modprobe_folders[] = {
	"/etc/modprobe.d",     "/run/modprobe.d", "/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d", "/lib/modprobe.d", NULL
};
static const char *const load_folders[] = { "/etc/modules-load.d", "/run/modules-load.d",
					    "/usr/local/lib/modules-load.d",
					    "/usr/lib/modules-load.d", NULL };
static const char *const module_lists[] = { "/etc/modules", "/etc/initramfs-tools/modules" };

static void read_with(const struct root *root, const char *path, parser *parse,
		      struct leftovers *found)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (root_read_file(root, path, FILE_SIZE_MAX, &text, &size) == 0)
		parse(path, text, size, found);
}

static bool is_hidden(const struct folders *folders, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];

	for (size_t i = 0; i < folders->here; i++) {
		snprintf(path, sizeof(path), "%s/%s", folders->paths[i], name);
		if (root_exists(folders->root, path) ||
		    root_readlink(folders->root, path, target, sizeof(target)) == 0)
			return true;
	}
	return false;
}

static void read_file(const struct folders *folders, const char *name)
{
	char path[PATH_MAX];

	if (!has_suffix(name, ".conf") || is_hidden(folders, name))
		return;
	snprintf(path, sizeof(path), "%s/%s", folders->paths[folders->here], name);
	read_with(folders->root, path, folders->parse, folders->found);
}

static void read_folders(const struct root *root, const char *const *paths, parser *parse,
			 struct leftovers *found)
{
	struct folders folders = { root, parse, paths, found, 0 };

	for (; paths[folders.here]; folders.here++) {
		CLEANUP(strings_done) struct strings names = {};

		(void)!names_list(root, paths[folders.here], &names);
		for (size_t i = 0; i < names.n; i++)
			read_file(&folders, names.items[i]);
	}
}

/* driverctl ------------------------------------------------------------------------------------- */

#define DRIVERCTL "/etc/driverctl.d"

/* Overrides of anything but a card are somebody's other purpose. */
static bool is_of_card(const struct snapshot *snapshot, const struct bdf *address)
{
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (is_gpu(&snapshot->functions[i]) &&
		    bdf_is_same_slot(&snapshot->functions[i].address, address))
			return true;
	return false;
}

static void find_override(const struct root *root, const struct snapshot *snapshot,
			  const char *name, struct findings *findings)
{
	char path[PATH_MAX], driver[64], quoted[QUOTE_SIZE], remedy[256];
	struct bdf address;

	snprintf(path, sizeof(path), DRIVERCTL "/%s", name);
	if (!bdf_parse(name, &address) || !is_of_card(snapshot, &address) ||
	    root_read_line(root, path, driver, sizeof(driver)) <= 0)
		return;
	snprintf(remedy, sizeof(remedy), REMEDY_DRIVERCTL, name);
	findings_add(findings, path, FINDING_LEFTOVER_CONFIG, remedy, TEXT_DRIVERCTL,
		     quote(driver, strlen(driver), quoted), name);
}

/* ------------------------------------------------------------------------------------------------ */

void leftover_find(const struct root *root, struct snapshot *snapshot,
		   struct findings *findings)
{
	const struct iommu *iommu = &snapshot->iommu;
	CLEANUP(strings_done) struct strings overrides = {};
	struct leftovers found = {
		.findings = findings,
		.is_unsafe_needed = iommu->irq_fact == FACT_KNOWN &&
				    !iommu->has_irq_remapping,
	};
	_cleanup_free_ char *text = NULL;

	read_folders(root, modprobe_folders, leftover_parse_modprobe, &found);
	read_folders(root, load_folders, leftover_parse_modules, &found);
	for (size_t i = 0; i < ARRAY_SIZE(module_lists); i++)
		read_with(root, module_lists[i], leftover_parse_modules, &found);
	(void)!names_list(root, DRIVERCTL, &overrides);
	for (size_t i = 0; i < overrides.n; i++)
		find_override(root, snapshot, overrides.items[i], findings);
	if (platform_read_cmdline(root, &text) == 0)
		leftover_parse_cmdline(text, &found);
	snapshot->platform.has_unsafe_option = found.allows_unsafe;
}
