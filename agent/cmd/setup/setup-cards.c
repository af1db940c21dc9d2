// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes the text of a configuration for the cards that are named or chosen on a terminal. Writes
 * nothing.
 */
#include "cmd/check.h"
#include "cmd/setup/config-edit.h"
#include "cmd/setup/setup.h"
#include "decide/config.h"
#include "decide/judge.h"
#include "decide/select.h"
#include "facts/pci.h"
#include "report/report-parse.h"

#include <stdio.h>

static int print_display(struct survey *survey, struct pci *names,
			 const struct function *function, size_t number)
{
	char address[PCI_ADDRESS_SIZE], id[16], name[DEVICE_NAME_SIZE] = "";
	const char *verdict;
	int r;

	r = check_display(survey, function, &verdict);
	if (r < 0)
		return r;
	snprintf(id, sizeof(id), "%04x:%04x", function->id.vendor, function->id.device);
	if (names)
		pci_names_lookup(names, id, name);
	printf("  %zu) %s %s  %s  driver %s  %s\n", number,
	       bdf_format(&function->address, address), id, verdict,
	       function->driver ? function->driver : "none", name);
	return 0;
}

static int print_choice(const struct root *root, struct survey *survey, size_t *ret_n)
{
	struct pci *names = pci_names_open(root);
	size_t n = 0;
	int r = 0;

	printf("\nThe displays, and whether each can be claimed at the next boot:\n");
	for (size_t i = 0; i < survey->snapshot.n_functions && r == 0; i++)
		if (is_gpu(&survey->snapshot.functions[i]))
			r = print_display(survey, names, &survey->snapshot.functions[i],
					  ++n);
	pci_close(names);
	*ret_n = n;
	return r;
}

static const struct function *nth_display(const struct snapshot *snapshot, size_t number)
{
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (is_gpu(&snapshot->functions[i]) && --number == 0)
			return &snapshot->functions[i];
	return NULL;
}

/* Selects the displays whose numbers are typed. */
static int ask_which(struct survey *survey, size_t n_displays)
{
	char answer[128], *word, *rest = answer, *end;
	struct bdf addresses[16];
	char texts[16][PCI_ADDRESS_SIZE], *selectors[16];
	size_t n = 0;

	printf("Which ones shall VMs own (1-%zu, separated by blanks; empty: none)? ",
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
		fputs("vfio-claim: no display was chosen; nothing was changed\n", stderr);
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
	fputs("vfio-claim: no display was found; nothing was changed\n"
	      "  remedy: check whether 'lspci' shows the card; if not, check its seating, its power "
	      "and the firmware setup\n",
	      stderr);
	return EXIT_NOT_AS_CONFIGURED;
}

/* Shows all displays and their verdicts, then asks. */
static int choose(const struct cmd *cmd, struct survey *survey)
{
	struct check look = { .cmd = cmd };
	CLEANUP(report_freep) struct report *report = NULL;
	size_t n = 0;
	int r;

	if (!isatty(STDIN_FILENO)) {
		fputs("vfio-claim: no selector, and no terminal to ask on; nothing was changed\n"
		      "  remedy: name a card ('vfio-claim list' shows them); see 'vfio-claim setup --help'\n",
		      stderr);
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
	r = print_choice(&cmd->root, &look.survey, &n);
	survey_done(&look.survey);
	if (r < 0)
		return cmd_fail("check", r);
	if (!n)
		return say_no_display();
	r = survey_look(&cmd->root, survey);
	return r < 0 ? cmd_fail("setup", r) : ask_which(survey, n);
}

/* The function that a selector names; NULL after a message. */
static const struct function *resolve(const struct wanted *wanted,
				      const struct snapshot *snapshot)
{
	struct selection selection = identity_resolve(&wanted->identity, snapshot);
	char address[PCI_ADDRESS_SIZE];

	switch (selection.status) {
	case SELECTION_FOUND:
	case SELECTION_MOVED:
		if (is_gpu(selection.function))
			return selection.function;
		fprintf(stderr,
			"vfio-claim: '%s': %s is not a display function (class %06x); nothing was "
			"changed\n  remedy: 'vfio-claim list' shows the displays; configure another "
			"device with a 'device =' line in %s\n",
			wanted->text, bdf_format(&selection.function->address, address),
			selection.function->class, CONFIG_PATH);
		return NULL;
	case SELECTION_AMBIGUOUS:
		fprintf(stderr,
			"vfio-claim: '%s' may mean several cards; nothing was changed\n"
			"  remedy: name the card by its address ('vfio-claim list')\n",
			wanted->text);
		return NULL;
	case SELECTION_VIRTUAL:
		fprintf(stderr,
			"vfio-claim: '%s' means a virtual function of %s, which does not exist yet "
			"when the agent runs; nothing was changed\n"
			"  remedy: bind it to vfio-pci in the running system, once it exists\n",
			wanted->text, bdf_format(&selection.physical, address));
		return NULL;
	case SELECTION_CHANGED:
	case SELECTION_NOT_FOUND:
		fprintf(stderr,
			"vfio-claim: no card matches '%s'; nothing was changed\n"
			"  remedy: 'vfio-claim list' shows the displays\n",
			wanted->text);
		return NULL;
	}
	return NULL;
}

/* The line of the old configuration that means this card. */
static const struct wanted *find_replaced(const struct config *old,
					  const struct snapshot *snapshot,
					  const struct function *function)
{
	for (size_t i = 0; i < old->n_wanted; i++) {
		struct selection selection;

		if (old->wanted[i].kind != WANTED_GPU)
			continue;
		selection = identity_resolve(&old->wanted[i].identity, snapshot);
		if (selection.status != SELECTION_CHANGED && selection.function == function)
			return &old->wanted[i];
	}
	return NULL;
}

/* Makes the new text from the cards in survey->config and the old text. EXIT_... after a message. */
static int make_text(const struct survey *survey, const struct config *old,
		     const char *old_text, char **ret_text)
{
	size_t n = survey->config.n_wanted;
	char(*values)[CONFIG_GPU_SIZE] = calloc(n + 1, sizeof(*values));
	struct config_gpu *gpus = calloc(n + 1, sizeof(*gpus));
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
		r = config_edit(old_text, old, gpus, n, ret_text);
	free(values);
	free(gpus);
	return r < 0 ? cmd_fail("setup", r) : r;
}

int setup_choose_cards(const struct cmd *cmd, const struct config *old,
		       const char *old_text, char **ret_text)
{
	/* All of configuration space, as the serial numbers are far back in it. */
	CLEANUP(survey_done) struct survey survey = { .depth = SNAPSHOT_TOPOLOGY };
	int r;

	config_init(&survey.config);
	r = cmd->n_arguments ? cmd_select_written(cmd, &survey.config, cmd->arguments,
						  cmd->n_arguments) :
			       choose(cmd, &survey);
	if (r)
		return r;
	r = survey_look(&cmd->root, &survey);
	if (r < 0)
		return cmd_fail("setup", r);
	if (!nth_display(&survey.snapshot, 1))
		return say_no_display();
	return make_text(&survey, old, old_text ? old_text : "", ret_text);
}

bool setup_ask(const char *question)
{
	char answer[16];

	if (!isatty(STDIN_FILENO))
		return false;
	printf("%s [y/N] ", question);
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}
