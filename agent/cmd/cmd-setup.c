// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim setup`: which card shall a VM own? Writes it down and brings it into every boot
 * image. Nothing of the running system is touched: the claim begins with the next boot.
 */
#include "check.h"
#include "child.h"
#include "config-edit.h"
#include "config.h"
#include "judge.h"
#include "pci.h"
#include "report.h"
#include "select.h"
#include "setup.h"

#include <stdio.h>

static const char usage[] =
	"Usage: vfio-claim setup [SELECTOR...] [--dry-run] [--apply-cmdline] [--yes] [--force]\n"
	"                        [--menu-entry]\n"
	"       vfio-claim setup --rebuild [--menu-entry] [--dry-run]\n"
	"       vfio-claim setup --menu-entry [--dry-run]\n"
	"Configures the cards that the selectors name (an address, id=, path=) in place of those\n"
	"configured now, or asks which; all other lines of the configuration stay. Judges them as\n"
	"`check` does, writes /etc/vfio-claim.conf, keeps the old one as /etc/vfio-claim.conf.old,\n"
	"builds every kernel's boot image anew and looks into each. When anything fails, the old\n"
	"configuration is put back. The claim begins with the next boot.\n"
	"  --dry-run        show all of it; write and run nothing\n"
	"  --apply-cmdline  also add the kernel parameter that the machine needs, after showing it\n"
	"  --yes            do not ask whether that may be done\n"
	"  --force          also where the card would be refused; the agent still judges at boot\n"
	"  --rebuild        build the images for the configuration as it is, and look into them\n"
	"  --menu-entry     also add an entry to the boot menu that boots without the claim, at its\n"
	"                   end; without a SELECTOR: that alone\n"
	"Below --sysroot nothing is ever written: a dry run.\n"
	"Exit code: 0 done (or nothing to do); 1 refused or failed; 2 the configuration or a\n"
	"selector is wrong.\n";

#define INTEL_ON "intel_iommu=on"

struct setup {
	const struct cmd_options *options;
	struct check check;
	struct change change;
	struct menu_change menu_change;
	/* The parameter that --apply-cmdline adds; NULL: none is needed. */
	const char *parameter;
};

bool setup_ask(const char *question)
{
	char answer[16];

	if (!isatty(STDIN_FILENO))
		return false;
	printf("%s [y/N] ", question);
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

/* Which cards ---------------------------------------------------------------------------- */

static int print_display(struct survey *survey, struct pci *names,
			 const struct function *function, size_t number)
{
	char address[PCI_ADDRESS_SIZE], id[16], name[256] = "";
	const char *verdict;
	int r;

	r = check_display(survey, function, &verdict);
	if (r < 0)
		return r;
	snprintf(id, sizeof(id), "%04x:%04x", function->id.vendor, function->id.device);
	if (names)
		pci_names_lookup(names, id, name, sizeof(name));
	printf("  %zu) %s %s  %s  driver %s  %s\n", number,
	       bdf_format(&function->address, address), id, verdict,
	       function->driver ? function->driver : "none", name);
	return 0;
}

static int print_choice(struct survey *survey, size_t *ret_n)
{
	struct pci *names = pci_names_open();
	size_t n = 0;
	int r = 0;

	printf("\nDisplays here, and whether each can be claimed at the next boot:\n");
	for (size_t i = 0; i < survey->snapshot.n_functions && r == 0; i++)
		if (is_display(&survey->snapshot.functions[i]))
			r = print_display(survey, names, &survey->snapshot.functions[i],
					  ++n);
	pci_close(names);
	*ret_n = n;
	return r;
}

static const struct function *nth_display(const struct snapshot *snapshot, size_t number)
{
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (is_display(&snapshot->functions[i]) && --number == 0)
			return &snapshot->functions[i];
	return NULL;
}

/* On a terminal: the numbers that were typed, as what the configuration names. */
static int ask_which(struct survey *survey, size_t n_displays)
{
	char answer[128], *word, *rest = answer, *end;
	struct bdf addresses[16];
	char texts[16][PCI_ADDRESS_SIZE], *selectors[16];
	size_t n = 0;

	printf("Which shall a VM own (1-%zu, several with blanks between, nothing: none)? ",
	       n_displays);
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin))
		*answer = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	while ((word = strsep(&rest, " \t,"))) {
		const struct function *function;
		unsigned long number;

		if (!*word || n == ARRAY_SIZE(addresses))
			continue;
		number = strtoul(word, &end, 10);
		function = *end || !number ? NULL : nth_display(&survey->snapshot, number);
		if (!function) {
			fprintf(stderr,
				"vfio-claim: no display '%s'; nothing was changed\n", word);
			return EXIT_USAGE;
		}
		addresses[n++] = function->address;
	}
	if (!n) {
		fputs("vfio-claim: none chosen; nothing was changed\n", stderr);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < n; i++) {
		bdf_format(&addresses[i], texts[i]);
		selectors[i] = texts[i];
	}
	return cmd_select(&survey->config, selectors, n);
}

static int say_no_display(void)
{
	fputs("vfio-claim: no display function is here; nothing was changed\n"
	      "  remedy: see whether 'lspci' shows the card; if not, look at its seat, its power "
	      "and the firmware setup\n",
	      stderr);
	return EXIT_NOT_AS_CONFIGURED;
}

/* All displays and their verdicts, then the question. */
static int choose(struct setup *setup)
{
	struct check look = { .options = setup->options };
	CLEANUP(report_putp) struct json_object *report = NULL;
	struct survey *survey = &setup->check.survey;
	size_t n = 0;
	int r;

	if (!isatty(STDIN_FILENO)) {
		fprintf(stderr,
			"vfio-claim: no selector, and no terminal to ask on; nothing was "
			"changed\n%s",
			usage);
		return EXIT_USAGE;
	}
	config_init(&look.survey.config);
	r = check_look(&look);
	if (r == 0 && !(report = check_report(&look)))
		r = -ENOMEM;
	if (r < 0) {
		survey_done(&look.survey);
		return cmd_fail("check", r);
	}
	check_print(&look, report);
	r = print_choice(&look.survey, &n);
	survey_done(&look.survey);
	if (r < 0)
		return cmd_fail("check", r);
	if (!n)
		return say_no_display();
	r = survey_look(&setup->options->root, survey);
	return r < 0 ? cmd_fail("setup", r) : ask_which(survey, n);
}

/* The one function that a selector names; NULL after a message. */
static const struct function *resolve(const struct wanted *wanted,
				      const struct snapshot *snapshot)
{
	struct selection selection = selector_resolve(&wanted->selector, snapshot);
	char address[PCI_ADDRESS_SIZE];

	switch (selection.status) {
	case SELECTION_FOUND:
	case SELECTION_MOVED:
		if (is_display(selection.function))
			return selection.function;
		fprintf(stderr,
			"vfio-claim: '%s': %s is no display function (class %06x); nothing was "
			"changed\n  remedy: 'vfio-claim list' shows the displays; another device "
			"is a 'device =' line of %s\n",
			wanted->text, bdf_format(&selection.function->address, address),
			selection.function->class, CONFIG_PATH);
		return NULL;
	case SELECTION_AMBIGUOUS:
		fprintf(stderr,
			"vfio-claim: '%s': %zu cards answer to this; nothing was changed\n"
			"  remedy: name the one meant by its address ('vfio-claim list')\n",
			wanted->text, selection.matches);
		return NULL;
	case SELECTION_CHANGED:
	case SELECTION_NOT_FOUND:
		fprintf(stderr,
			"vfio-claim: '%s': no such card here; nothing was changed\n"
			"  remedy: 'vfio-claim list' shows the displays\n",
			wanted->text);
		return NULL;
	}
	return NULL;
}

/* The line of the old configuration that means the same card. */
static const struct wanted *find_replaced(const struct config *old,
					  const struct snapshot *snapshot,
					  const struct function *function)
{
	for (size_t i = 0; i < old->n_wanted; i++) {
		struct selection selection;

		if (old->wanted[i].kind != WANTED_GPU)
			continue;
		selection = selector_resolve(&old->wanted[i].selector, snapshot);
		if ((selection.status == SELECTION_FOUND ||
		     selection.status == SELECTION_MOVED) &&
		    selection.function == function)
			return &old->wanted[i];
	}
	return NULL;
}

/* The new text, from the cards in survey->config and the old text. EXIT_... after a message. */
static int make_text(struct setup *setup, const struct config *old)
{
	const struct survey *survey = &setup->check.survey;
	size_t n = survey->config.n_wanted;
	char(*values)[CONFIG_GPU_SIZE] = calloc(n + 1, sizeof(*values));
	struct config_gpu *gpus = calloc(n + 1, sizeof(*gpus));
	const char *old_text = setup->change.old_text ? setup->change.old_text : "";
	int r = values && gpus ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct function *function =
			resolve(&survey->config.wanted[i], &survey->snapshot);

		if (!function) {
			r = EXIT_USAGE;
			break;
		}
		gpus[i].value = config_gpu_format(&survey->snapshot, function, values[i]);
		gpus[i].replaces = find_replaced(old, &survey->snapshot, function);
	}
	if (r == 0)
		r = config_edit(old_text, old, gpus, n, &setup->change.new_text);
	free(values);
	free(gpus);
	return r < 0 ? cmd_fail("setup", r) : r;
}

/* The configuration and its faults ------------------------------------------------------- */

static int read_old(struct setup *setup, struct config *ret_config)
{
	const struct root *root = &setup->options->root;
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
		      "  remedy: correct these lines, or move the file away, then try again\n",
		      stderr);
		config_done(&config);
		return EXIT_USAGE;
	}
	*ret_config = config;
	return 0;
}

/* The configuration that the new text gives, with the kernel's parameters. */
static int parse_new(struct setup *setup)
{
	struct survey *survey = &setup->check.survey;
	_cleanup_free_ char *cmdline = NULL;
	const char *text = setup->change.new_text;
	size_t size;
	int r;

	survey_done(survey);
	*survey = (struct survey){};
	config_init(&survey->config);
	r = config_parse(&survey->config, text, strlen(text));
	if (r == 0 && root_read_file(&setup->options->root, "/proc/cmdline", 64 * 1024,
				     &cmdline, &size) == 0)
		r = config_parse_cmdline(&survey->config, cmdline, size);
	if (r < 0)
		return cmd_fail("setup", r);
	return 0;
}

/* May it be done? ---------------------------------------------------------------------------- */

/* What the kernel lacks to use an Intel IOMMU; AMD's needs no parameter (advice.c). */
static const char *find_parameter(const struct survey *survey)
{
	const struct iommu *iommu = &survey->snapshot.iommu;

	if (!findings_have(&survey->plan.findings, FINDING_IOMMU_OFF_KERNEL) ||
	    !iommu->has_dmar || iommu->tables.has_remap_opt_out ||
	    iommu->tables.is_malformed)
		return NULL;
	return INTEL_ON;
}

/* Nothing is wrong but what the parameter mends. */
static bool is_mended_by_parameter(const struct survey *survey)
{
	const struct findings *findings = &survey->plan.findings;

	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].severity == SEVERITY_ERROR &&
		    findings->items[i].code != FINDING_IOMMU_OFF_KERNEL)
			return false;
	return !findings_have_error(&survey->config.findings);
}

static int judge(struct setup *setup)
{
	CLEANUP(report_putp) struct json_object *report = NULL;
	const struct cmd_options *options = setup->options;
	bool is_refused;
	int r;

	r = check_look(&setup->check);
	if (r == 0 && !(report = check_report(&setup->check)))
		r = -ENOMEM;
	if (r < 0)
		return cmd_fail("check", r);
	check_print(&setup->check, report);
	is_refused = !streq(report_string(report, "result"), "claimable");
	setup->parameter = find_parameter(&setup->check.survey);
	if (setup->parameter)
		cmdline_change_show(&options->root, setup->parameter);
	if (!is_refused)
		return 0;
	if (setup->parameter && options->wants_apply_cmdline &&
	    is_mended_by_parameter(&setup->check.survey))
		return 0;
	if (options->wants_force) {
		printf("\nGoing on, as --force was given. The agent judges again at boot and "
		       "claims nothing that it refuses.\n");
		return 0;
	}
	fprintf(stderr,
		"vfio-claim: the card would not be claimed at the next boot; nothing was "
		"changed\n  remedy: do what is said above%s; --force configures it all the same\n",
		setup->parameter ? ", or let --apply-cmdline change the command line" : "");
	return EXIT_NOT_AS_CONFIGURED;
}

/* Doing it ----------------------------------------------------------------------------------- */

static int apply_parameter(struct setup *setup)
{
	const struct cmd_options *options = setup->options;

	if (!options->wants_apply_cmdline || setup->change.is_dry)
		return 0;
	if (!setup->parameter) {
		printf("The kernel command line needs no change.\n");
		return 0;
	}
	if (!options->wants_yes && !setup_ask("Change the kernel command line as shown?")) {
		fputs("vfio-claim: the kernel command line may not be changed (no 'y' on a "
		      "terminal, no --yes); nothing was changed\n",
		      stderr);
		return EXIT_NOT_AS_CONFIGURED;
	}
	child_guard_changes();
	return cmdline_change_apply(&options->root, setup->parameter);
}

static void say_done(const struct setup *setup)
{
	if (setup->change.is_dry)
		return;
	printf("\nDone. The card is claimed at the next boot; after it, 'vfio-claim status' "
	       "and 'vfio-claim log' tell.\n");
	if (setup->parameter && !setup->options->wants_apply_cmdline)
		printf("Not before the kernel command line has '%s' (shown above).\n",
		       setup->parameter);
	menu_change_hint(&setup->options->root);
}

/* Before the images: the way out is there before the claim is. */
static int apply_menu_entry(struct setup *setup)
{
	if (!setup->options->wants_menu_entry)
		return 0;
	if (setup->change.is_dry)
		return menu_change_show(&setup->options->root);
	return menu_change_apply(&setup->menu_change);
}

/* What became of the images decides. With them other entries may have been written anew, with
 * another command line. */
static int end_menu_entry(struct setup *setup, int r)
{
	if (r)
		menu_change_put_back(&setup->menu_change);
	else if (!setup->change.is_dry)
		r = menu_change_renew(&setup->options->root);
	return r;
}

static int write_and_build(struct setup *setup)
{
	struct change *change = &setup->change;
	int r;

	printf("\n");
	r = apply_parameter(setup);
	if (r == 0)
		r = apply_menu_entry(setup);
	if (r)
		return r;
	if (is_string_equal(change->old_text, change->new_text)) {
		printf("%s says this already.\n", CONFIG_PATH);
		if (!change->is_dry && change_is_in_images(change->root, change->new_text)) {
			printf("Every boot image holds it: nothing to do.\n");
			return end_menu_entry(setup, 0);
		}
		r = change_rebuild(change);
	} else {
		r = change_make(change);
	}
	r = end_menu_entry(setup, r);
	if (r == 0)
		say_done(setup);
	else if (cmdline_change_was_applied(change->root))
		fputs("vfio-claim: the kernel command line keeps what was added to it; 'vfio-claim "
		      "remove' takes it back\n",
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
	return r ? r : end_menu_entry(setup, change_rebuild(change));
}

static int configure(struct setup *setup, const struct config *old)
{
	struct survey *survey = &setup->check.survey;
	int r;

	config_init(&survey->config);
	survey->depth = SNAPSHOT_ALL;
	r = setup->options->n_arguments ?
		    cmd_select(&survey->config, setup->options->arguments,
			       setup->options->n_arguments) :
		    choose(setup);
	if (r)
		return r;
	r = survey_look(&setup->options->root, survey);
	if (r < 0)
		return cmd_fail("setup", r);
	if (!nth_display(&survey->snapshot, 1))
		return say_no_display();
	r = make_text(setup, old);
	if (r == 0)
		r = parse_new(setup);
	if (r == 0)
		r = judge(setup);
	return r ? r : write_and_build(setup);
}

static bool is_menu_entry_alone(const struct cmd_options *options)
{
	return options->wants_menu_entry && !options->n_arguments &&
	       !options->wants_rebuild;
}

static int run(struct setup *setup)
{
	_cleanup_close_ int lock = -1;
	struct config old;
	int r;

	if (is_menu_entry_alone(setup->options))
		r = change_prepare_as_root(&setup->change);
	else
		r = change_prepare(&setup->change);
	if (r == 0 && setup->options->wants_menu_entry)
		r = menu_change_prepare(&setup->options->root, setup->change.is_dry);
	if (r == 0 && !setup->change.is_dry)
		r = change_lock(&setup->options->root, &lock);
	if (r == 0 && is_menu_entry_alone(setup->options))
		return apply_menu_entry(setup);
	if (r == 0)
		r = read_old(setup, &old);
	if (r)
		return r;
	r = setup->options->wants_rebuild ? rebuild(setup) : configure(setup, &old);
	config_done(&old);
	return r;
}

int cmd_setup(int argc, char **argv)
{
	CLEANUP(cmd_options_done) struct cmd_options options = { .root.fd = -1 };
	struct setup setup = { .options = &options,
			       .check.options = &options,
			       .change.root = &options.root,
			       .menu_change.root = &options.root };
	int r;

	r = cmd_parse(argc, argv, usage, CMD_ARGUMENTS CMD_CHANGE CMD_SETUP, &options);
	if (r || options.is_done)
		return r;
	if (options.wants_rebuild && options.n_arguments) {
		fprintf(stderr, "vfio-claim: --rebuild takes no selector\n%s", usage);
		return EXIT_USAGE;
	}
	setup.change.is_dry = options.is_dry_run || !options.root.is_live;
	child_guard_nothing_changed();
	r = run(&setup);
	survey_done(&setup.check.survey);
	change_done(&setup.change);
	menu_change_done(&setup.menu_change);
	return r;
}
