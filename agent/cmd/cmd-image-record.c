// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim image-record RELEASE`: prints the facts about this system that a boot image for this
 * kernel holds. The hooks of image builders run it; facts/record.c reads the output at boot.
 */
#include "base/clock.h"
#include "base/parameter.h"
#include "cmd/cmd.h"
#include "decide/known-merge.h"
#include "decide/needs.h"
#include "facts/platform.h"
#include "facts/usage.h"
#include "host/aliases.h"
#include "host/bootdisk/bootdisk.h"
#include "host/deployment.h"
#include "host/known-file.h"
#include "host/units.h"
#include "model/function.h"
#include "trial/efivar.h"

#include <stdio.h>

#define ALIASES_SIZE_MAX (32 << 20)
#define VENDOR_SIZE (sizeof("pci:v000010DE"))

/* Modules that every claim may load, in the order of the record. */
static const char *const claim_modules[] = { GENERIC_VFIO, "vfio_iommu_type1",
					     "virtio_pci", "virtio_iommu" };

/* Whether EFI can hold the trial record; also true if that is unknown, as in a chroot without /sys and in a
 * container, which shows the firmware of no machine. */
static bool is_trial_possible(const struct root *root, const struct survey *survey)
{
	return survey->config.trial_limit &&
	       (efivar_is_efi(root) || !root_exists(root, "/sys/kernel") ||
		deployment_is_in_container(root));
}

/* Whether the configuration may mean this function's slot. */
static bool is_configured(const struct survey *survey, const struct function *function)
{
	for (size_t i = 0; i < survey->config.n_wanted; i++)
		for (size_t k = 0; k < survey->snapshot.n_functions; k++)
			if (bdf_is_same_slot(&survey->snapshot.functions[k].address,
					     &function->address) &&
			    identity_concerns(&survey->config.wanted[i].identity,
					      &survey->snapshot.functions[k]))
				return true;
	return false;
}

/* What the host boots from --------------------------------------------------------------- */

static void print_function(const char *key, const struct function *function,
			   const char *text)
{
	char address[PCI_ADDRESS_SIZE], path[PCI_PATH_SIZE], serial[PCI_SERIAL_SIZE];
	struct identity identity = identity_of(function);

	printf("%s %s %04x:%04x %s %s%s%s%s\n", key,
	       bdf_format(&function->address, address), function->id.vendor,
	       function->id.device,
	       function->path.hops ? pci_path_format(&function->path, path) : "-",
	       identity.has_serial ? "serial=" : "",
	       identity.has_serial ? pci_serial_format(identity.serial, serial) : "",
	       identity.has_serial ? " " : "", text);
}

static int print_parameters(const struct root *root)
{
	_cleanup_free_ char *cmdline = NULL, *words = NULL;
	struct span value = { "", 0 };
	int r;

	if (platform_read_cmdline(root, &cmdline) < 0 && !(cmdline = strdup("")))
		return -ENOMEM;
	(void)parameter_find_value(cmdline, "root", &value);
	printf("root %.*s\n", (int)value.size, value.text);
	r = needs_find_parameters(cmdline, &words);
	if (r == 0 && *words)
		printf("parameters %s\n", words);
	return r;
}

static int print_needs(const struct root *root, const struct survey *survey)
{
	int r = print_parameters(root);

	for (size_t i = 0; r == 0 && i < survey->needs.n; i++) {
		const struct host_need *need = &survey->needs.items[i];

		for (size_t k = 0; k < need->n_functions; k++) {
			const struct function *function =
				snapshot_find(&survey->snapshot, &need->functions[k]);

			if (function)
				print_function("need", function, need->use);
		}
	}
	printf("needs %s\n",
	       survey->snapshot.needs_fact == FACT_KNOWN ? "known" : "unknown");
	return r;
}

/* At boot these functions have no driver yet, and the devices on them cannot be seen. */
static int print_uses(const struct root *root, const struct survey *survey)
{
	for (size_t i = 0; i < survey->snapshot.n_functions; i++) {
		const struct function *function = &survey->snapshot.functions[i];
		struct usage here;
		int r;

		if (CLASS_SUB(function->class) != SUB_USB ||
		    !is_configured(survey, function))
			continue;
		r = usage_read(root, &function->address, &here);
		if (r < 0)
			return r;
		if (*here.in_use)
			print_function("use", function, here.in_use);
	}
	return 0;
}

/* Cards that are to be told apart ---------------------------------------------------------- */

/* Whether the configuration means a card of this kind. */
static bool is_card_of_config(const struct survey *survey, const struct known_card *card)
{
	for (size_t i = 0; i < survey->config.n_wanted; i++) {
		const struct identity *wanted = &survey->config.wanted[i].identity;
		const struct known_card *known =
			known_find(&survey->snapshot.known, wanted);

		if (known_is_alike(card, wanted) ||
		    (known && pci_id_equal(&known->identity.id, &card->identity.id)))
			return true;
	}
	return false;
}

static void print_cards(const struct survey *survey)
{
	for (size_t i = 0; i < survey->snapshot.known.n; i++) {
		const struct known_card *card = &survey->snapshot.known.items[i];
		char line[KNOWN_LINE_SIZE];

		if (is_card_of_config(survey, card))
			printf("%s\n", known_format(card, line));
	}
}

/* A failure is only a warning, because the image has the same lines. */
static void keep_cards(const struct root *root, const struct survey *survey)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (!root->is_live || geteuid() != 0 || survey->is_known_unreadable ||
	    deployment_is_in_container(root))
		return;
	r = known_file_text(&survey->snapshot.known, &text);
	if (r == 0)
		r = known_file_write(root, text);
	if (r < 0)
		fprintf(stderr, "vfio-claim: %s: %s\n", KNOWN_PATH, strerror(-r));
}

/* Rivals ----------------------------------------------------------------------------------- */

/* The exact rivals of the functions that are present now. */
static void print_modaliases(const struct survey *survey)
{
	for (size_t i = 0; i < survey->snapshot.n_functions; i++) {
		const struct function *function = &survey->snapshot.functions[i];

		if (!function->modalias || function->rivals_fact != FACT_KNOWN)
			continue;
		printf("modalias %s", function->modalias);
		for (size_t k = 0; k < function->rivals.n; k++)
			printf(" %s", function->rivals.items[k]);
		printf("\n");
	}
}

static int add_vendor(struct strings *vendors, uint16_t vendor)
{
	char text[VENDOR_SIZE];

	snprintf(text, sizeof(text), "pci:v%08X", vendor);
	return strings_have(vendors, text) ? 0 : strings_add(vendors, text);
}

/* The vendors in the configuration's own ids, and those of the configured cards that are present. */
static int find_vendors(const struct survey *survey, struct strings *vendors)
{
	for (size_t i = 0; i < survey->config.n_wanted; i++)
		if (survey->config.wanted[i].identity.has_id &&
		    add_vendor(vendors, survey->config.wanted[i].identity.id.vendor) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < survey->snapshot.n_functions; i++)
		if (is_configured(survey, &survey->snapshot.functions[i]) &&
		    add_vendor(vendors, survey->snapshot.functions[i].id.vendor) < 0)
			return -ENOMEM;
	return 0;
}

static int print_patterns(const struct root *root, const char *release,
			  const struct survey *survey)
{
	CLEANUP(strings_done) struct strings vendors = {};
	_cleanup_free_ char *path = NULL, *text = NULL;
	const char *pattern, *module;
	char *rest;
	size_t size;
	int r;

	path = text_format("/lib/modules/%s/modules.alias", release);
	if (!path)
		return -ENOMEM;
	r = find_vendors(survey, &vendors);
	if (r < 0)
		return r;
	r = root_read_file(root, path, ALIASES_SIZE_MAX, &text, &size);
	if (r < 0) /* a kernel without modules has no rivals */
		return r == -ENOENT ? 0 : r;
	for (size_t i = 0; i < vendors.n; i++)
		printf("vendor %s\n", vendors.items[i]);
	rest = text;
	while (aliases_next(&rest, &vendors, &pattern, &module))
		if (!modules_is_blacklisted(survey->modules, module))
			printf("alias %s %s\n", pattern, module);
	return 0;
}

/* Modules ------------------------------------------------------------------------------------ */

struct loads {
	struct survey *survey;
	char path[512]; /* of the last file */
};

struct load {
	struct loads *loads;
	const char *name;
	struct strings printed; /* libkmod lists a module once for each user */
};

static void print_step(const struct modules_step *step, void *data)
{
	struct load *load = data;

	if (strings_have(&load->printed, step->name) ||
	    strings_add(&load->printed, step->name) < 0)
		return;
	snprintf(load->loads->path, sizeof(load->loads->path), "%s",
		 step->path ? step->path : "builtin");
	printf("%s %s %s%s%s\n", step->is_needed ? "load" : "softdep", load->name,
	       load->loads->path, *step->options ? " " : "", step->options);
}

static void print_loads(struct loads *loads, const char *name)
{
	struct load load = { loads, name, {} };
	int r;

	printf("module %s\n", name);
	r = modules_list_steps(loads->survey->modules, name, print_step, &load);
	(void)r; /* this kernel lacks the module: the agent asks libkmod again and reports that */
	strings_done(&load.printed);
}

static void print_ids(const struct modules_step *step, void *data)
{
	const char *options = step->given_options;
	struct parameter parameter, *ids = data;

	while (streq(step->name, GENERIC_VFIO) && parameter_next(&options, &parameter)) {
		if (!parameter_is(&parameter, "ids") || !parameter.value)
			continue;
		/* The agent reads the command line of its own boot. */
		if (parameter.value_size == ids->value_size &&
		    !memcmp(parameter.value, ids->value, ids->value_size))
			continue;
		printf("left-out %.*s\n", (int)parameter.size, parameter.text);
		fprintf(stderr,
			"vfio-claim: the agent loads vfio-pci without '%.*s' of modprobe.d\n",
			(int)parameter.size, parameter.text);
	}
}

/* Prints the `ids=` that no `load` line has. */
static void print_left_out(const struct root *root, struct survey *survey)
{
	_cleanup_free_ char *cmdline = NULL;
	struct parameter ids = {};
	int r;

	r = platform_read_cmdline(root, &cmdline);
	if (r < 0 || !parameter_find(cmdline, GENERIC_VFIO ".ids", &ids) || !ids.value)
		ids = (struct parameter){ .value = "" };
	r = modules_list_steps(survey->modules, GENERIC_VFIO, print_ids, &ids);
	(void)r;
}

/* The modules that the image must hold, and how to load them. */
static void print_modules(const struct root *root, struct survey *survey)
{
	CLEANUP(strings_done) struct strings variants = {};
	_cleanup_free_ char *library = NULL, *decompressor = NULL;
	struct loads loads = { survey, "" };

	if (is_trial_possible(root, survey)) {
		if (unit_is_enabled(root, UNIT_CONFIRM) && efivar_can_be_changed(root))
			printf("confirmed-by " UNIT_CONFIRM "\n");
		print_loads(&loads, "efivarfs");
	}
	for (size_t i = 0; i < ARRAY_SIZE(claim_modules); i++)
		print_loads(&loads, claim_modules[i]);
	for (size_t i = 0; i < survey->snapshot.n_functions; i++) {
		const struct function *function = &survey->snapshot.functions[i];
		const char *module = function->vfio_module;

		if (!module || streq(module, GENERIC_VFIO) ||
		    strings_have(&variants, module) || !is_configured(survey, function) ||
		    strings_add(&variants, module) < 0)
			continue;
		print_loads(&loads, module);
	}
	print_left_out(root, survey);
	if (modules_find_libraries(loads.path, &library, &decompressor) == 0)
		printf("library %s\n", library);
	if (decompressor)
		printf("library %s\n", decompressor);
}

/* Displays of other classes than VGA, which are not recognised before their driver is bound. */
static void print_displays(const struct survey *survey)
{
	for (size_t i = 0; i < survey->snapshot.n_functions; i++) {
		const struct function *function = &survey->snapshot.functions[i];

		if (function->has_connectors && CLASS_SUB(function->class) != SUB_VGA)
			print_function("display", function, "connectors");
	}
}

/* The facts of this machine. */
static int print_machine(const struct root *root, const struct survey *survey)
{
	int r = print_needs(root, survey);

	if (r == 0)
		r = print_uses(root, survey);
	if (r < 0)
		return r;
	print_displays(survey);
	print_cards(survey);
	print_modaliases(survey);
	return 0;
}

static int print_record(const struct root *root, const char *release, struct survey *survey)
{
	char when[CLOCK_TEXT_SIZE];
	int r;

	printf("built-at %s\n", clock_format_iso(time(NULL), when));
	/* A container shows the machine that builds, not the one that will boot. */
	r = deployment_is_in_container(root) ? 0 : print_machine(root, survey);
	if (r < 0)
		return r;
	print_modules(root, survey);
	r = print_patterns(root, release, survey);
	if (r == 0 && fflush(stdout) == EOF)
		r = -EIO;
	return r;
}

static int cmd_image_record(const struct cmd *cmd)
{
	CLEANUP(survey_done)
	struct survey survey = { .depth = SNAPSHOT_TOPOLOGY,
				 .find_needs = bootdisk_find,
				 .merge_known = known_merge };
	const char *release = cmd->arguments[0];
	int r;

	/* Modules of the image's kernel, which need not be the running one. */
	r = survey_read_config_file(&cmd->root, &survey.config);
	if (r == 0)
		r = modules_open(&cmd->root, release, &survey.modules);
	if (r == 0)
		modules_add_options(survey.modules, survey.config.vfio_options);
	if (r == 0)
		r = survey_look(&cmd->root, &survey);
	if (r == 0)
		r = known_merge(&survey.record.known, &survey.config, &survey.snapshot);
	if (r == 0)
		keep_cards(&cmd->root, &survey);
	if (r == 0)
		r = print_record(&cmd->root, release, &survey);
	if (r < 0)
		return cmd_fail("cannot make the image record", r);
	for (size_t i = 0; i < survey.config.findings.n; i++)
		fprintf(stderr, "vfio-claim: %s: %s\n",
			survey.config.findings.items[i].subject,
			survey.config.findings.items[i].text);
	return EXIT_AS_CONFIGURED;
}

const struct verb verb_image_record = {
	.name = "image-record",
	.arguments = "RELEASE",
	.details =
		"Prints the facts about this system that a boot image for this kernel release "
		"needs: the devices that the host boots from, the rival modules, and the modules "
		"that the claim needs. For image builders.",
	.run = cmd_image_record,
};
