// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim setup`: writes the configuration and brings it into every boot image. Never touches the
 * running system's devices: the claim begins with the next boot.
 */
#include "cmd/check.h"
#include "cmd/setup/child.h"
#include "cmd/setup/config-edit.h"
#include "cmd/setup/setup.h"
#include "decide/config.h"
#include "decide/known-merge.h"
#include "facts/platform.h"
#include "host/known-file.h"
#include "report/report-parse.h"
#include "report/report.h"
#include "trial/efivar.h"

#include <stdio.h>

static struct {
	bool wants_no_trial, wants_rebuild, wants_menu_entry, wants_apply_cmdline,
		is_dry_run, wants_yes, wants_force;
} options;

static const struct verb_option rows[] = {
	{ "no-trial",
	  "also write 'trial = off': a claim that hangs the boot is then not given up by itself",
	  .sets = &options.wants_no_trial, .excludes_next = true },
	{ "rebuild",
	  "build the images for the configuration as it is, after it was edited by hand, and inspect them",
	  .sets = &options.wants_rebuild },
	{ "menu-entry",
	  "also add an entry that boots without the claim to the end of the boot menu",
	  .sets = &options.wants_menu_entry },
	{ "apply-cmdline",
	  "also add the kernel parameter that the machine needs (a drop-in of GRUB, "
	  "/etc/kernel/cmdline, or grubby), after showing it; else it is only shown",
	  .sets = &options.wants_apply_cmdline },
	{ "dry-run", "show everything; write and run nothing", .sets = &options.is_dry_run },
	{ "yes", "do not ask whether the kernel command line may be changed",
	  .sets = &options.wants_yes },
	{ "force", "go on even if the card would be refused; the agent still judges at boot",
	  .sets = &options.wants_force },
	{},
};

#define INTEL_ON "intel_iommu=on"

struct setup {
	const struct cmd *cmd;
	struct check check;
	struct change change;
	struct menu_change menu_change;
	const char *parameter; /* that --apply-cmdline adds; NULL: none is needed */
};

/* The configuration and its faults ------------------------------------------------------- */

static int read_old(struct setup *setup, struct config *ret_config)
{
	const struct root *root = &setup->cmd->root;
	struct config config;
	size_t size;
	int r;

	r = root_read_file(root, CONFIG_PATH, CONFIG_SIZE_MAX, &setup->change.old_text,
			   &size);
	if (r < 0 && r != -ENOENT && r != -EFBIG)
		return cmd_fail(CONFIG_PATH, r);
	r = survey_read_config_file(root, &config);
	if (r < 0)
		return cmd_fail(CONFIG_PATH, r);
	if (findings_have_error(&config.findings)) {
		for (size_t i = 0; i < config.findings.n; i++)
			if (config.findings.items[i].severity == SEVERITY_ERROR)
				fprintf(stderr, "vfio-claim: %s: %s\n",
					config.findings.items[i].subject,
					config.findings.items[i].text);
		fputs("vfio-claim: nothing was changed\n"
		      "  remedy: correct these lines or move the file elsewhere, then try again\n",
		      stderr);
		config_done(&config);
		return EXIT_USAGE;
	}
	*ret_config = config;
	return 0;
}

/* Parses the new text, and the parameters of the kernel command line. */
static int parse_new(struct setup *setup)
{
	struct survey *survey = &setup->check.survey;
	_cleanup_free_ char *cmdline = NULL;
	const char *text = setup->change.new_text;
	int r;

	survey_done(survey);
	*survey = (struct survey){};
	config_init(&survey->config);
	r = config_parse(&survey->config, text, strlen(text));
	if (r == 0 && platform_read_cmdline(&setup->cmd->root, &cmdline) == 0)
		r = config_parse_cmdline(&survey->config, cmdline);
	return r < 0 ? cmd_fail("setup", r) : 0;
}

/* May it be done? ---------------------------------------------------------------------------- */

/* The parameter that the kernel needs to use an Intel IOMMU; AMD's needs none (advice.c). */
static const char *find_parameter(const struct survey *survey)
{
	const struct iommu *iommu = &survey->snapshot.iommu;

	if (!findings_have(&survey->plan.findings, FINDING_IOMMU_OFF_KERNEL) ||
	    !iommu->has_dmar || iommu->tables.has_remap_opt_out ||
	    iommu->tables.is_malformed)
		return NULL;
	return INTEL_ON;
}

/* Whether the parameter removes every error. */
static bool is_fixed_by_parameter(const struct survey *survey)
{
	const struct findings *findings = &survey->plan.findings;

	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].severity == SEVERITY_ERROR &&
		    findings->items[i].code != FINDING_IOMMU_OFF_KERNEL)
			return false;
	return !findings_have_error(&survey->config.findings);
}

/* A new choice of cards replaces the memory of similar ones. */
static int merge_choice(const struct known_cards *remembered, const struct config *config,
			struct snapshot *snapshot)
{
	struct known_cards known = {};
	int r = known_copy(remembered, &known);

	if (r < 0)
		return r;
	known_forget(&known, config);
	r = known_merge(&known, config, snapshot);
	free(known.items);
	return r;
}

static int remember(struct setup *setup)
{
	struct change *change = &setup->change;
	int r;

	change->has_new_cards = true;
	change->old_cards = known_file_read(&setup->cmd->root);
	r = known_file_text(&setup->check.survey.snapshot.known, &change->new_cards);
	return r < 0 ? cmd_fail("setup", r) : 0;
}

static int judge(struct setup *setup)
{
	CLEANUP(report_freep) struct report *report = NULL;
	int r;

	r = check_look(&setup->check);
	if (r == 0 && !(report = check_report(&setup->check)))
		r = -ENOMEM;
	if (r < 0)
		return cmd_fail("check", r);
	check_print(&setup->check, report);
	setup->parameter = find_parameter(&setup->check.survey);
	if (setup->parameter)
		cmdline_change_show(&setup->cmd->root, setup->parameter);
	if (report->result == RESULT_CLAIMABLE ||
	    (setup->parameter && options.wants_apply_cmdline &&
	     is_fixed_by_parameter(&setup->check.survey)))
		return 0;
	if (options.wants_force) {
		printf("\nGoing on because of --force. The agent judges again at boot and does "
		       "not claim a card that it refuses.\n");
		return 0;
	}
	fprintf(stderr,
		"vfio-claim: the card would not be claimed at the next boot; nothing was "
		"changed\n  remedy: follow the remedies above%s; --force configures the card anyway\n",
		setup->parameter ? ", or let --apply-cmdline change the command line" : "");
	return EXIT_NOT_AS_CONFIGURED;
}

/* Doing it ----------------------------------------------------------------------------------- */

static bool shall_apply_parameter(const struct setup *setup)
{
	return options.wants_apply_cmdline && !setup->change.is_dry;
}

static int ask_for_parameter(const struct setup *setup)
{
	if (!shall_apply_parameter(setup) || !setup->parameter || options.wants_yes ||
	    setup_ask("Change the kernel command line as shown?"))
		return 0;
	fputs("vfio-claim: changing the kernel command line needs a 'y' on a terminal or "
	      "--yes; nothing was changed\n",
	      stderr);
	return EXIT_NOT_AS_CONFIGURED;
}

static int apply_parameter(struct setup *setup)
{
	if (!shall_apply_parameter(setup))
		return 0;
	if (!setup->parameter) {
		printf("The kernel command line needs no change.\n");
		return 0;
	}
	child_guard_changes();
	return cmdline_change_apply(&setup->cmd->root, setup->parameter);
}

static void say_trial(const struct root *root, unsigned limit)
{
	if (limit && efivar_is_efi(root)) {
		printf("The claim is on trial: after %u boot%s in a row that %s not come up, or %s switched "
		       "off before that, nothing is claimed any more.\n",
		       limit, limit == 1 ? "" : "s", limit == 1 ? "does" : "do",
		       limit == 1 ? "is" : "are");
		return;
	}
	printf("There is no trial, as %s. If the machine does not come up with this claim, ",
	       limit ? "this machine keeps no EFI variables" : "configured");
	if (menu_change_is_there(root))
		printf("the boot menu has an entry without it.\n");
	else
		printf("boot once with vfio_claim.mode=off; 'vfio-claim setup --menu-entry' adds an "
		       "entry to the boot menu that does.\n");
}

static void say_done(const struct setup *setup)
{
	if (setup->change.is_dry)
		return;
	printf("\nDone. The card is claimed at the next boot; after it, 'vfio-claim status' "
	       "and 'vfio-claim log' show the result.\n");
	say_trial(setup->change.root, setup->check.survey.config.trial_limit);
	if (setup->parameter && !options.wants_apply_cmdline)
		printf("First add '%s' to the kernel command line, as shown above.\n",
		       setup->parameter);
}

/* Before the images, so that the way out exists before the claim. */
static int apply_menu_entry(struct setup *setup)
{
	if (!options.wants_menu_entry)
		return 0;
	if (setup->change.is_dry)
		return menu_change_show(&setup->cmd->root);
	return menu_change_apply(&setup->menu_change);
}

/*
 * The images decide: with good ones a failed entry is only a warning. Building them may have rewritten
 * the other entries with another command line.
 */
static void end_menu_entry(struct setup *setup, int r)
{
	if (setup->change.is_dry)
		return;
	if (r) {
		menu_change_put_back(&setup->menu_change);
		return;
	}
	if (menu_change_finish(&setup->menu_change) || menu_change_renew(&setup->cmd->root))
		fputs("vfio-claim: warning: the boot menu's entry without the claim may be an "
		      "earlier one, which boots another kernel or none\n"
		      "  remedy: fix what failed above, then run 'vfio-claim setup "
		      "--menu-entry'\n",
		      stderr);
}

/* *ret_is_done: a change was needed. */
static int make_change(struct change *change, bool *ret_is_done)
{
	*ret_is_done = true;
	if (!is_string_equal(change->old_text, change->new_text) ||
	    (change->has_new_cards &&
	     !is_string_equal(change->old_cards, change->new_cards)))
		return change_make(change);
	printf("%s already has this content.\n", CONFIG_PATH);
	if (change->is_dry || !change_is_in_images(change->root, change->new_text))
		return change_rebuild(change);
	printf("Every boot image holds it: nothing to do.\n");
	*ret_is_done = false;
	return 0;
}

static int write_and_build(struct setup *setup)
{
	bool is_done = false;
	int r;

	printf("\n");
	r = ask_for_parameter(setup);
	if (r)
		return r;
	r = apply_parameter(setup);
	if (r == 0)
		r = apply_menu_entry(setup);
	if (r == 0) {
		r = make_change(&setup->change, &is_done);
		end_menu_entry(setup, r);
	}
	if (r == 0 && is_done)
		say_done(setup);
	else if (r && cmdline_change_was_applied(setup->change.root))
		fputs("vfio-claim: the kernel command line keeps the added parameter; 'vfio-claim "
		      "remove' removes it\n",
		      stderr);
	return r;
}

static int rebuild(struct setup *setup)
{
	struct change *change = &setup->change;
	int r;

	if (change->old_text && !(change->new_text = strdup(change->old_text)))
		return cmd_fail("setup", -ENOMEM);
	r = apply_menu_entry(setup);
	if (r)
		return r;
	r = change_rebuild(change);
	end_menu_entry(setup, r);
	return r;
}

static int write_no_trial(struct change *change)
{
	_cleanup_free_ char *text = change->new_text;
	int r;

	change->new_text = NULL;
	r = config_edit_setting(text, "trial", "off", &change->new_text);
	return r < 0 ? cmd_fail("setup", r) : 0;
}

static int configure(struct setup *setup, const struct config *old)
{
	struct change *change = &setup->change;
	bool is_choice = !options.wants_no_trial || setup->cmd->n_arguments ||
			 !old->n_wanted;
	int r;

	if (!is_choice) {
		change->new_text = strdup(change->old_text);
		r = change->new_text ? 0 : cmd_fail("setup", -ENOMEM);
	} else {
		r = setup_choose_cards(setup->cmd, old, change->old_text,
				       &change->new_text);
	}
	if (r == 0 && options.wants_no_trial)
		r = write_no_trial(change);
	if (r == 0)
		r = parse_new(setup);
	if (r == 0 && is_choice)
		setup->check.survey.merge_known = merge_choice;
	if (r == 0)
		r = judge(setup);
	if (r == 0 && is_choice)
		r = remember(setup);
	return r ? r : write_and_build(setup);
}

static bool is_menu_entry_alone(const struct cmd *cmd)
{
	return options.wants_menu_entry && !cmd->n_arguments && !options.wants_rebuild &&
	       !options.wants_no_trial;
}

static int add_menu_entry_alone(struct setup *setup)
{
	int r = apply_menu_entry(setup);

	return r ? r : menu_change_finish(&setup->menu_change);
}

/* Options that would otherwise be silently ignored. */
static const char *find_contradiction(const struct cmd *cmd)
{
	if (options.wants_rebuild && (cmd->n_arguments || options.wants_no_trial))
		return "--rebuild takes neither a selector nor --no-trial";
	if (is_menu_entry_alone(cmd) &&
	    (options.wants_apply_cmdline || options.wants_force || options.wants_yes))
		return "--menu-entry without a selector adds the entry alone: it takes no "
		       "--apply-cmdline, --force or --yes";
	return NULL;
}

static int run(struct setup *setup)
{
	_cleanup_close_ int lock = -1;
	struct config old;
	int r;

	if (is_menu_entry_alone(setup->cmd))
		r = change_prepare_as_root(&setup->change);
	else
		r = change_prepare(&setup->change);
	if (r == 0 && options.wants_menu_entry)
		r = menu_change_prepare(&setup->cmd->root, setup->change.is_dry);
	if (r == 0 && !setup->change.is_dry)
		r = change_lock(&setup->cmd->root, &lock);
	if (r == 0 && is_menu_entry_alone(setup->cmd))
		return add_menu_entry_alone(setup);
	if (r == 0)
		r = read_old(setup, &old);
	if (r)
		return r;
	r = options.wants_rebuild ? rebuild(setup) : configure(setup, &old);
	config_done(&old);
	return r;
}

static int cmd_setup(const struct cmd *cmd)
{
	struct setup setup = { .cmd = cmd,
			       .check.cmd = cmd,
			       .change.root = &cmd->root,
			       .menu_change.root = &cmd->root };
	const char *contradiction = find_contradiction(cmd);
	int r;

	if (contradiction)
		return verb_usage_error(cmd->verb, "%s", contradiction);
	setup.change.is_dry = options.is_dry_run || !cmd->root.is_live;
	child_guard_nothing_changed();
	r = run(&setup);
	survey_done(&setup.check.survey);
	change_done(&setup.change);
	menu_change_done(&setup.menu_change);
	return r;
}

const struct verb verb_setup = {
	.name = "setup",
	.summary = "configure cards and bring them into every boot image",
	.arguments = "[SELECTOR...]",
	.details =
		"Configures the cards that the selectors name, in place of those configured "
		"now; without a selector it asks on a terminal. SELECTORS in vfio-claim(8) has "
		"the ways to name a card. All other lines of the configuration "
		"stay.\nJudges the cards as check does, writes " CONFIG_PATH
		" with the cards' fingerprints "
		"(the old file is kept as " CONFIG_OLD_PATH "), builds every kernel's boot "
		"image with the system's own builder, and opens each image to see that agent, "
		"configuration and modules are in it. When any step fails, the old "
		"configuration is put back. The claim takes effect at the next boot.\nWithout a "
		"selector, --no-trial applies to the cards configured now, and --menu-entry only "
		"adds the entry. --rebuild takes no selector. Below a sysroot every run is a "
		"dry run. See TRIAL BOOTS and THE ENTRY OF THE BOOT MENU in vfio-claim(8).",
	.exit_codes =
		"Exit code: 0 done, or nothing to do; 1 refused or failed; 2 the configuration or a "
		"selector is wrong.",
	.options = rows,
	.run = cmd_setup,
};
