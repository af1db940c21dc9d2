// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim setup`: writes the configuration and brings it into every boot image. Never touches the
 * running system's devices: the claim begins with the next boot.
 */
#include "cmd/setup/child.h"
#include "cmd/setup/setup-document.h"
#include "cmd/setup/say.h"
#include "cmd/setup/setup-parts.h"
#include "decide/advice.h"
#include "decide/config.h"
#include "decide/known-merge.h"
#include "facts/platform.h"
#include "host/known-file.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdio.h>

enum {
	SHARED_GROUP,
	IRQ_REMAPPING,
	BOOT_DISPLAY,
	ATTACHED_DRIVER,
	ON_FAILURE,
	TIMEOUT,
	TRIAL
};

static struct policy policies[] = {
	[SHARED_GROUP] = { .key = "shared-group" },
	[IRQ_REMAPPING] = { .key = "interrupt-remapping" },
	[BOOT_DISPLAY] = { .key = "boot-display" },
	[ATTACHED_DRIVER] = { .key = "attached-driver" },
	[ON_FAILURE] = { .key = "on-failure" },
	[TIMEOUT] = { .key = "timeout" },
	[TRIAL] = { .key = "trial" },
};

static struct {
	bool wants_no_trial, is_from_config, wants_rebuild, wants_menu_entry,
		wants_apply_cmdline, is_dry_run, wants_yes, wants_force, is_verbose;
	struct strings devices;
} options;

static const struct verb_option rows[] = {
	{ "from-config",
	  "take the configuration as it is, and build images only if one does not hold it",
	  .sets = &options.is_from_config, .excludes_next = true },
	{ "rebuild",
	  "build the images for the configuration as it is, whatever they hold, and inspect them",
	  .sets = &options.wants_rebuild },
	{ "device",
	  "also claim this function, which is no display, in place of the devices configured now; "
	  "may be repeated; 'none': no device",
	  .argument = "SELECTOR", .strings = &options.devices },
	{ "shared-group",
	  "if the IOMMU group holds other devices: refuse, claim-all or gpu-only",
	  .argument = "POLICY", .string = &policies[SHARED_GROUP].value,
	  .values = "refuse claim-all gpu-only" },
	{ "interrupt-remapping", "where it is missing: require (refuse the card) or warn",
	  .argument = "POLICY", .string = &policies[IRQ_REMAPPING].value,
	  .values = "require warn" },
	{ "boot-display", "if it is the machine's only display: refuse or allow",
	  .argument = "POLICY", .string = &policies[BOOT_DISPLAY].value,
	  .values = "refuse allow" },
	{ "attached-driver", "if a GPU driver already has it: refuse or unbind",
	  .argument = "POLICY", .string = &policies[ATTACHED_DRIVER].value,
	  .values = "refuse unbind" },
	{ "on-failure",
	  "a card that cannot be claimed: release (to the host's driver) or hold",
	  .argument = "POLICY", .string = &policies[ON_FAILURE].value,
	  .values = "release hold" },
	{ "timeout", "the seconds that all of the agent's work may take at boot",
	  .argument = "SECONDS", .string = &policies[TIMEOUT].value },
	{ "trial",
	  "give a new claim up after this many unfinished boots, 1 to 9, or never (off)",
	  .argument = "BOOTS", .string = &policies[TRIAL].value, .excludes_next = true },
	{ "no-trial", "the same as --trial off", .sets = &options.wants_no_trial },
	{ "menu-entry",
	  "also add an entry that boots without the claim to the end of the boot menu",
	  .sets = &options.wants_menu_entry },
	{ "apply-cmdline",
	  "also change the kernel command line as the machine needs it, where its boot loader takes "
	  "it from, after showing the change; else it is only shown",
	  .sets = &options.wants_apply_cmdline },
	{ "dry-run", "show everything; write and run nothing", .sets = &options.is_dry_run },
	{ "yes", "do not ask", .sets = &options.wants_yes },
	{ "force", "go on even if the card would be refused; the agent still judges at boot",
	  .sets = &options.wants_force },
	{ "verbose", "also print the output of the image builder and of other programs",
	  .letter = 'v', .sets = &options.is_verbose },
	{},
};

/* The configuration and its faults ------------------------------------------------------- */

static void show_faults(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].severity == SEVERITY_ERROR)
			say_error(0, NULL, "%s: %s", findings->items[i].subject,
				  findings->items[i].text);
}

static int read_old(struct setup *setup, struct config *old)
{
	const struct root *root = &setup->cmd->root;
	size_t size;
	int r;

	r = root_read_file(root, CONFIG_PATH, CONFIG_SIZE_MAX, &setup->change.old_text,
			   &size);
	if (r < 0 && r != -ENOENT && r != -EFBIG)
		return cmd_fail(CONFIG_PATH, r);
	r = survey_read_config_file(root, old);
	if (r < 0)
		return cmd_fail(CONFIG_PATH, r);
	if (!findings_have_error(&old->findings))
		return 0;
	show_faults(&old->findings);
	/* For the document. */
	setup->check.survey.config.findings = old->findings;
	old->findings = (struct findings){};
	return say_error(EXIT_USAGE,
			 "correct these lines or move the file elsewhere, then try again",
			 "nothing was changed");
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

/* Does the processor's own display lack its group, because of a word on the line? */
static bool find_display_wish(const struct survey *survey, struct advice *advice)
{
	const struct snapshot *snapshot = &survey->snapshot;

	for (size_t i = 0; i < survey->plan.n_targets; i++) {
		const struct target *target = &survey->plan.targets[i];

		for (size_t k = 0; k < target->n_functions; k++)
			if (advice_is_own_display(&snapshot->iommu,
						  &snapshot->functions[target->functions[k]]))
				return advice_integrated_display(&snapshot->platform,
								 advice);
	}
	return false;
}

/* What the kernel command line must say for the card's IOMMU. */
static int find_wish(struct setup *setup)
{
	const struct survey *survey = &setup->check.survey;
	const struct snapshot *snapshot = &survey->snapshot;
	bool is_off = findings_have(&survey->plan.findings, FINDING_IOMMU_OFF_KERNEL);
	struct advice advice = {};

	if (!(is_off ? advice_iommu(&snapshot->iommu, &snapshot->platform, &advice) :
		       find_display_wish(survey, &advice)) ||
	    !advice.has_wish)
		return 0;
	setup->cmdline.root = &setup->cmd->root;
	setup->cmdline.wish = advice.wish;
	return cmdline_change_prepare(&setup->cmdline);
}

/* Whether the change removes every error. */
static bool is_fixed_by_cmdline(const struct setup *setup)
{
	const struct survey *survey = &setup->check.survey;
	const struct findings *findings = &survey->plan.findings;
	enum finding_code code = setup->cmdline.wish.wants_own_display ?
					 FINDING_IOMMU_NOT_READY :
					 FINDING_IOMMU_OFF_KERNEL;

	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].severity == SEVERITY_ERROR &&
		    findings->items[i].code != code)
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

/* With --apply-cmdline, or as a step of the recipe, the change may remove every error. */
static bool is_claimable(const struct setup *setup, const struct report *report)
{
	bool adds_parameter = options.wants_apply_cmdline || setup->change.builder->recipe;

	return report->result == RESULT_CLAIMABLE ||
	       (setup->cmdline.is_needed && adds_parameter && is_fixed_by_cmdline(setup));
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
	setup_show_cards(setup);
	r = find_wish(setup);
	if (r)
		return r;
	if (setup->cmdline.is_needed && !setup->change.builder->recipe)
		cmdline_change_show(&setup->cmdline);
	if (is_claimable(setup, report))
		return 0;
	if (options.wants_force) {
		say_paragraph(
			"Going on because of --force. The agent judges again at boot and does "
			"not claim a card that it refuses.");
		return 0;
	}
	setup->is_refused = true;
	printf("\n");
	return say_error(
		EXIT_NOT_AS_CONFIGURED,
		setup->cmdline.is_needed ?
			"follow the remedies above, or let --apply-cmdline change the command "
			"line; --force configures the card anyway" :
			"follow the remedies above; --force configures the card anyway",
		"%s claimed at the next boot; nothing was changed",
		setup->check.survey.plan.n_targets > 1 ? "not all of them would be" :
							 "the card would not be");
}

/* What is to be done ------------------------------------------------------------------------- */

static void find_work(struct setup *setup)
{
	struct change *change = &setup->change;
	const char *units[UNITS_MAX];

	setup->changes_cmdline = options.wants_apply_cmdline && setup->cmdline.is_needed &&
				 !cmdline_change_is_made(&setup->cmdline);
	setup->adds_entry = options.wants_menu_entry;
	setup->writes_config = !is_string_equal(change->old_text, change->new_text) ||
			       (change->has_new_cards &&
				!is_string_equal(change->old_cards, change->new_cards));
	setup->builds = options.wants_rebuild || setup->writes_config ||
			(setup->changes_cmdline && setup->cmdline.loader.needs_images) ||
			units_to_enable(change->root, units) > 0 ||
			!change_is_in_images(change, change->new_text);
	trial_change_find(&setup->trial_change, setup->check.survey.config.trial_limit);
}

static bool has_work(const struct setup *setup)
{
	return setup->changes_cmdline || setup->adds_entry || setup->builds ||
	       setup->owner_rule.is_new || setup->trial_change.has_work;
}

static int agree(const struct setup *setup)
{
	bool has_question = setup->changes_cmdline ||
			    ((setup->builds || setup->trial_change.has_work) &&
			     !options.wants_rebuild && !options.is_from_config);

	if (setup->change.is_dry || options.wants_yes || !has_question)
		return 0;
	if (say_can_ask())
		return say_ask("Go on?") ? 0 :
					   say_error(EXIT_NOT_AS_CONFIGURED, NULL,
						     "nothing was changed");
	if (!setup->changes_cmdline)
		return 0;
	return say_error(EXIT_NOT_AS_CONFIGURED, NULL,
			 "changing the kernel command line needs a 'y' on a terminal or --yes; nothing "
			 "was changed");
}

/* Doing it ----------------------------------------------------------------------------------- */

static int change_cmdline(struct setup *setup)
{
	if (!setup->changes_cmdline)
		return 0;
	setup->change.is_changed = true;
	child_guard_changes();
	return cmdline_change_apply(&setup->cmdline);
}

/* Before the images, so that the way out exists before the claim. */
static int add_entry(struct setup *setup)
{
	int r = setup->adds_entry ? menu_change_apply(&setup->menu_change) : 0;

	setup->change.is_changed |= setup->menu_change.is_written;
	return r;
}

/*
 * The images decide: with good ones a failed entry is only a warning. Building them may have rewritten
 * the other entries with another command line.
 */
static void end_entry(struct setup *setup, int r)
{
	if (r) {
		menu_change_put_back(&setup->menu_change);
		return;
	}
	if (menu_change_finish(&setup->menu_change) || menu_change_renew(&setup->cmd->root))
		say_error(0,
			  "fix what failed above, then run 'vfio-claim setup --menu-entry'",
			  "warning: the boot menu's entry without the claim may be an earlier one, which "
			  "boots another kernel or none");
}

static int build(struct setup *setup)
{
	if (!setup->builds)
		return 0;
	return setup->writes_config ? change_make(&setup->change) :
				      change_rebuild(&setup->change);
}

/* After the images: until the claim is made the rule means no device. */
static int write_rule(struct setup *setup)
{
	setup->change.is_changed |= setup->owner_rule.is_new;
	return owner_rule_apply(&setup->cmd->root, &setup->owner_rule);
}

/* Last: only a claim that is in the images can be on trial. */
static void begin_trial(struct setup *setup)
{
	struct trial_change *change = &setup->trial_change;

	setup->change.is_changed |= change->has_work;
	setup->has_menu_trial =
		trial_change_apply(change, setup->change.new_text, setup->builds);
}

static int do_work(struct setup *setup)
{
	int r;

	printf("\n");
	r = change_cmdline(setup);
	if (r == 0)
		r = add_entry(setup);
	if (r == 0) {
		r = build(setup);
		end_entry(setup, r);
	}
	if (r == 0 && setup->changes_cmdline && setup->cmdline.loader.needs_images)
		r = cmdline_change_read_back(&setup->cmdline);
	if (r == 0)
		r = write_rule(setup);
	if (r == 0)
		begin_trial(setup);
	if (r == 0)
		setup_show_end(setup);
	else if (cmdline_change_was_applied(setup->change.root))
		say_error(0, NULL,
			  "the kernel command line keeps the change; 'vfio-claim remove' undoes it");
	return r;
}

static int work(struct setup *setup)
{
	int r;

	find_work(setup);
	if (!setup->writes_config)
		say_paragraph("%s already has this content.", CONFIG_PATH);
	if (options.wants_apply_cmdline && !setup->changes_cmdline)
		say_paragraph("The kernel command line needs no change.");
	r = setup->changes_cmdline ? cmdline_change_check(&setup->cmdline) : 0;
	if (r)
		return r;
	if (!has_work(setup)) {
		say_paragraph("Every boot image holds it: nothing to do.");
		return 0;
	}
	if (setup->change.builder->recipe)
		return setup_show_recipe(setup);
	r = setup->builds ? refusals_check(&setup->change) : 0;
	if (r)
		return r;
	setup_show_plan(setup);
	if (setup->change.is_dry) {
		setup->change.is_changed = true;
		return 0;
	}
	r = agree(setup);
	return r ? r : do_work(setup);
}

static int do_rebuild(struct setup *setup)
{
	int r = add_entry(setup);

	if (r)
		return r;
	r = change_rebuild(&setup->change);
	end_entry(setup, r);
	if (r == 0)
		r = write_rule(setup);
	if (r == 0)
		begin_trial(setup);
	return r;
}

static int find_rule(struct setup *setup)
{
	return owner_rule_find(&setup->cmd->root, &setup->check.survey,
			       setup->change.new_text ?: "", &setup->owner_rule);
}

/* A rebuild judges no card, and only owners need the cards' addresses. */
static int look_for_owners(struct setup *setup, const struct config *config)
{
	int r = 0;

	if (owner_rule_is_configured(config)) {
		r = parse_new(setup);
		if (r)
			return r;
		r = check_look(&setup->check);
	}
	return r < 0 ? cmd_fail("check", r) : find_rule(setup);
}

static int rebuild(struct setup *setup, const struct config *old)
{
	struct change *change = &setup->change;
	int r;

	if (change->old_text && !(change->new_text = strdup(change->old_text)))
		return cmd_fail("setup", -ENOMEM);
	r = refusals_check(change);
	if (r == 0 && !change->builder->recipe)
		r = look_for_owners(setup, old);
	if (r)
		return r;
	setup->adds_entry = options.wants_menu_entry;
	setup->builds = true;
	if (change->builder->recipe)
		return setup_show_recipe(setup);
	trial_change_find(&setup->trial_change, old->n_wanted ? old->trial_limit : 0);
	if (change->is_dry) {
		setup_show_plan(setup);
		change->is_changed = true;
		return 0;
	}
	return do_rebuild(setup);
}

static bool has_policies(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		if (policies[i].value)
			return true;
	return options.devices.n;
}

static int check_file(const struct setup *setup, const struct config *old)
{
	if (old->n_wanted)
		return 0;
	return say_error(EXIT_USAGE,
			 "write the file, or name a card: 'vfio-claim setup 01:00.0'",
			 setup->change.old_text ? "%s names no card; nothing was changed" :
						  "there is no %s; nothing was changed",
			 CONFIG_PATH);
}

static int configure(struct setup *setup, const struct config *old)
{
	bool is_choice = !options.is_from_config &&
			 (setup->cmd->n_arguments || !has_policies() || !old->n_wanted);
	int r;

	r = options.is_from_config ? check_file(setup, old) : 0;
	if (r == 0)
		r = is_choice ? setup_choose_cards(setup, old) : setup_keep_cards(setup);
	if (r == 0)
		r = parse_new(setup);
	if (r == 0 && is_choice)
		setup->check.survey.merge_known = merge_choice;
	if (r == 0)
		r = judge(setup);
	if (r == 0 && is_choice)
		r = remember(setup);
	if (r == 0)
		r = find_rule(setup);
	return r ? r : work(setup);
}

/* The command line --------------------------------------------------------------------------- */

static bool is_menu_entry_alone(const struct cmd *cmd)
{
	return options.wants_menu_entry && !cmd->n_arguments && !options.wants_rebuild &&
	       !options.is_from_config && !has_policies();
}

static int add_entry_alone(struct setup *setup)
{
	int r;

	setup->adds_entry = true;
	if (setup->change.is_dry) {
		setup_show_plan(setup);
		setup->change.is_changed = true;
		return 0;
	}
	r = add_entry(setup);
	return r ? r : menu_change_finish(&setup->menu_change);
}

/* Options that would otherwise be silently ignored. */
static const char *find_contradiction(const struct cmd *cmd)
{
	if (options.wants_no_trial && policies[TRIAL].value &&
	    !streq(policies[TRIAL].value, "off"))
		return "--no-trial and --trial contradict each other";
	if (options.wants_no_trial)
		policies[TRIAL].value = "off";
	if (options.is_from_config && options.wants_rebuild)
		return "--from-config builds images if one needs it, --rebuild in any case: use one of "
		       "them";
	if (options.is_from_config && (cmd->n_arguments || has_policies()))
		return "--from-config takes neither a selector nor a policy: the file has them";
	if (options.wants_rebuild && (cmd->n_arguments || has_policies()))
		return "--rebuild takes neither a selector nor a policy: the file has them";
	if (is_menu_entry_alone(cmd) &&
	    (options.wants_apply_cmdline || options.wants_force || options.wants_yes))
		return "--menu-entry without a selector adds the entry alone: it takes no "
		       "--apply-cmdline, --force or --yes";
	return NULL;
}

static int check_options(const struct cmd *cmd)
{
	const char *wrong;

	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		wrong = policies[i].value ?
				config_find_wrong(policies[i].key, policies[i].value) :
				NULL;
		if (wrong)
			return verb_usage_error(cmd->verb, "--%s takes %s, not '%s'",
						policies[i].key, wrong, policies[i].value);
	}
	wrong = find_contradiction(cmd);
	return wrong ? verb_usage_error(cmd->verb, "%s", wrong) : 0;
}

/* The tool that deploys an image replaces all entries of the menu. */
static int prepare_entry(const struct setup *setup)
{
	const struct builder *builder = builder_find(&setup->cmd->root);

	if (!options.wants_menu_entry)
		return 0;
	if (builder->recipe)
		return say_error(EXIT_NOT_AS_CONFIGURED,
				 "in the menu, add vfio_claim.mode=off to the command line for one "
				 "boot ('e')",
				 "%s, and with it the boot menu; nothing was changed",
				 builder->why);
	return menu_change_prepare(&setup->cmd->root, setup->change.is_dry);
}

static int run(struct setup *setup)
{
	CLEANUP(config_done) struct config old = {};
	_cleanup_close_ int lock = -1;
	int r;

	if (is_menu_entry_alone(setup->cmd))
		r = change_prepare_as_root(&setup->change);
	else
		r = change_prepare(&setup->change);
	if (r == 0)
		r = prepare_entry(setup);
	if (r == 0 && !setup->change.is_dry)
		r = change_lock(&setup->cmd->root, &lock);
	if (r == 0 && is_menu_entry_alone(setup->cmd))
		return add_entry_alone(setup);
	if (r == 0)
		r = read_old(setup, &old);
	if (r)
		return r;
	return options.wants_rebuild ? rebuild(setup, &old) : configure(setup, &old);
}

static int cmd_setup(const struct cmd *cmd)
{
	struct setup setup = { .cmd = cmd,
			       .policies = policies,
			       .n_policies = ARRAY_SIZE(policies),
			       .devices = &options.devices,
			       .check.cmd = cmd,
			       .change.root = &cmd->root,
			       .menu_change.root = &cmd->root,
			       .trial_change.root = &cmd->root };
	int r;

	setup.change.is_dry = options.is_dry_run || !cmd->root.is_live;
	child_guard_nothing_changed();
	r = say_begin(&cmd->page, cmd->wants_json, options.is_verbose);
	if (r < 0)
		return cmd_fail("standard output", r);
	r = check_options(cmd);
	if (r == 0)
		r = run(&setup);
	if (r == 0)
		r = change_say_unreached(&setup.change);
	say_end();
	if (cmd->wants_json)
		r = change_print_document(&cmd->root, &setup.change, &setup, r);
	survey_done(&setup.check.survey);
	cmdline_change_done(&setup.cmdline);
	change_done(&setup.change);
	menu_change_done(&setup.menu_change);
	trial_change_done(&setup.trial_change);
	owner_rule_done(&setup.owner_rule);
	strings_done(&options.devices);
	return r;
}

const struct verb verb_setup = {
	.name = "setup",
	.summary = "configure cards and bring them into every boot image",
	.arguments = "[SELECTOR...]",
	.details =
		"Configures the cards that the selectors name, in place of those configured "
		"now; without a selector it asks on a terminal. SELECTORS in vfio-claim(8) has "
		"the ways to name a card. All other lines of the configuration stay.\nJudges the cards as check does, shows what will be done, and asks on a "
		"terminal whether to go on. Writes " CONFIG_PATH
		" with the cards' fingerprints (the old file is kept as " CONFIG_OLD_PATH
		"), builds every kernel's boot image with the system's own builder, and opens each "
		"image to see that agent, configuration and modules are in it. When any step fails, "
		"the old configuration is put back. The claim takes effect at the next "
		"boot.\nThe options from --shared-group to --trial write the setting of that name "
		"(see vfio-claim.conf(5)). With one of them, or with --device, and without a selector "
		"the cards configured now stay; with --menu-entry alone nothing but the entry "
		"changes. Both --from-config and --rebuild take the file as it is: the first does "
		"nothing where all is done already, the second always builds. Below a sysroot every "
		"run is a dry run. Where the boot image comes from elsewhere, prints what to do "
		"there, and writes nothing. See TRIAL BOOTS, THE ENTRY OF THE BOOT MENU, IMAGE-BASED "
		"SYSTEMS and MANY MACHINES in vfio-claim(8).",
	.exit_codes =
		"Exit code: 0 done, or nothing to do; 1 refused or failed; 2 the configuration, a "
		"selector or an option is wrong.",
	.options = rows,
	.has_json = true,
	.run = cmd_setup,
};
