// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes the new text of the configuration: for the cards that are named or chosen on a terminal, and for
 * the settings and devices that options name. Writes nothing.
 */
#include "cmd/setup/config-edit.h"
#include "cmd/setup/say.h"
#include "cmd/setup/setup-parts.h"
#include "decide/config.h"
#include "decide/judge.h"
#include "decide/select.h"

#include <stdio.h>

/* Which function ----------------------------------------------------------------------------- */

static int say_wrong_kind(const struct wanted *wanted, const struct function *function,
			  enum wanted_kind kind)
{
	char address[PCI_ADDRESS_SIZE];

	bdf_format(&function->address, address);
	if (kind == WANTED_GPU)
		return say_error(
			EXIT_USAGE,
			"'vfio-claim list' shows the displays; --device configures another "
			"function",
			"'%s': %s is not a display function (class %06x); nothing was changed",
			wanted->text, address, function->class);
	return say_error(EXIT_USAGE, "name the card without --device",
			 "'%s': %s is a display, which is claimed with its whole card; nothing was "
			 "changed",
			 wanted->text, address);
}

static int say_not_found(const struct wanted *wanted, const struct selection *selection,
			 enum wanted_kind kind)
{
	char address[PCI_ADDRESS_SIZE];

	if (selection->status == SELECTION_AMBIGUOUS)
		return say_error(EXIT_USAGE,
				 "name the card by its address ('vfio-claim list')",
				 "'%s' may mean several cards; nothing was changed",
				 wanted->text);
	if (selection->status == SELECTION_VIRTUAL)
		return say_error(EXIT_USAGE,
				 "bind it to vfio-pci in the running system, once it exists",
				 "'%s' means a virtual function of %s, which does not exist yet when the "
				 "agent runs; nothing was changed",
				 wanted->text, bdf_format(&selection->physical, address));
	return say_error(EXIT_USAGE,
			 "'vfio-claim list' shows the displays, --all every function",
			 "no %s matches '%s'; nothing was changed",
			 kind == WANTED_GPU ? "card" : "device", wanted->text);
}

static int resolve(const struct wanted *wanted, const struct snapshot *snapshot,
		   enum wanted_kind kind, const struct function **ret_function)
{
	struct selection selection = identity_resolve(&wanted->identity, snapshot);

	if (selection.status != SELECTION_FOUND && selection.status != SELECTION_MOVED)
		return say_not_found(wanted, &selection, kind);
	if (is_gpu(selection.function) != (kind == WANTED_GPU))
		return say_wrong_kind(wanted, selection.function, kind);
	*ret_function = selection.function;
	return 0;
}

/* The line of the old configuration that means this function. */
static const struct wanted *find_replaced(const struct config *old,
					  const struct snapshot *snapshot,
					  enum wanted_kind kind,
					  const struct function *function)
{
	for (size_t i = 0; i < old->n_wanted; i++) {
		struct selection selection;

		if (old->wanted[i].kind != kind)
			continue;
		selection = identity_resolve(&old->wanted[i].identity, snapshot);
		if (selection.status != SELECTION_CHANGED && selection.function == function)
			return &old->wanted[i];
	}
	return NULL;
}

/* The text ----------------------------------------------------------------------------------- */

/* Replaces the lines of one kind by those of the survey's selectors. EXIT_... after a message. */
static int replace_lines(const struct survey *survey, enum wanted_kind kind,
			 const struct config *old, const char *old_text, char **ret_text)
{
	size_t n = survey->config.n_wanted;
	char(*values)[CONFIG_LINE_SIZE] = calloc(n + 1, sizeof(*values));
	struct config_line *lines = calloc(n + 1, sizeof(*lines));
	int r = values && lines ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct function *function = NULL;

		r = resolve(&survey->config.wanted[i], &survey->snapshot, kind, &function);
		if (!function)
			break;
		lines[i].value = config_line_format(&survey->snapshot, function, values[i]);
		lines[i].replaces = find_replaced(old, &survey->snapshot, kind, function);
	}
	if (r == 0)
		r = config_edit(old_text, old, kind, lines, n, ret_text);
	free(values);
	free(lines);
	return r < 0 ? cmd_fail("setup", r) : r;
}

/* The word "none" removes all of them. */
static int replace_devices(const struct setup *setup, char **text)
{
	/* All of configuration space, as the serial numbers are far back in it. */
	CLEANUP(survey_done) struct survey survey = { .depth = SNAPSHOT_TOPOLOGY };
	CLEANUP(config_done) struct config old;
	const struct strings *devices = setup->devices;
	_cleanup_free_ char *old_text = *text;
	int r;

	*text = NULL;
	config_init(&old);
	config_init(&survey.config);
	r = config_parse(&old, old_text, strlen(old_text));
	if (r < 0)
		return cmd_fail("setup", r);
	if (devices->n != 1 || !streq(devices->items[0], "none"))
		r = cmd_select(&survey.config, devices->items, devices->n);
	if (r)
		return r;
	r = survey_look(&setup->cmd->root, &survey);
	return r < 0 ? cmd_fail("setup", r) :
		       replace_lines(&survey, WANTED_DEVICE, &old, old_text, text);
}

static int write_policies(const struct setup *setup, char **text)
{
	for (size_t i = 0; i < setup->n_policies; i++) {
		const struct policy *policy = &setup->policies[i];
		_cleanup_free_ char *old_text = NULL;
		int r;

		if (!policy->value)
			continue;
		old_text = steal(*text);
		r = config_edit_setting(old_text, policy->key, policy->value, text);
		if (r < 0)
			return cmd_fail("setup", r);
	}
	return 0;
}

/* `text` is that of the new cards. */
static int finish_text(struct setup *setup, char *text)
{
	int r = setup->devices->n ? replace_devices(setup, &text) : 0;

	if (r == 0)
		r = write_policies(setup, &text);
	setup->change.new_text = text;
	return r;
}

int setup_keep_cards(struct setup *setup)
{
	char *text = strdup(setup->change.old_text ?: "");

	return text ? finish_text(setup, text) : cmd_fail("setup", -ENOMEM);
}

/* The question ----------------------------------------------------------------------------- */

static const struct function *nth_display(const struct snapshot *snapshot, size_t number)
{
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (is_gpu(&snapshot->functions[i]) && --number == 0)
			return &snapshot->functions[i];
	return NULL;
}

static int add_selector(const struct function *function, struct strings *selectors)
{
	char address[PCI_ADDRESS_SIZE];

	return strings_add_once(selectors, bdf_format(&function->address, address));
}

/* The displays whose numbers are typed. */
static int read_numbers(const struct snapshot *snapshot, struct strings *selectors)
{
	char answer[128], *word, *rest = answer, *end;

	if (!fgets(answer, sizeof(answer), stdin))
		*answer = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	while ((word = strsep(&rest, " \t,"))) {
		const struct function *function;
		unsigned long number = strtoul(word, &end, 10);

		if (!*word)
			continue;
		function = *end || !number ? NULL : nth_display(snapshot, number);
		if (!function)
			return say_error(EXIT_USAGE, NULL,
					 "no card has the number '%s'; nothing was changed",
					 word);
		if (add_selector(function, selectors) < 0)
			return cmd_fail("setup", -ENOMEM);
	}
	if (!selectors->n)
		return say_error(EXIT_USAGE, NULL,
				 "no card was chosen; nothing was changed");
	return 0;
}

static int say_no_display(void)
{
	return say_error(EXIT_NOT_AS_CONFIGURED,
			 "check whether 'lspci' shows the card; if not, check its seating, its power "
			 "and the firmware setup",
			 "no display was found; nothing was changed");
}

/* The policies that the cards would be judged by, without the cards. */
static int read_policies(const struct setup *setup, struct config *config)
{
	_cleanup_free_ char *text = strdup(setup->change.old_text ?: "");
	int r = text ? write_policies(setup, &text) : cmd_fail("setup", -ENOMEM);

	config_init(config);
	if (r)
		return r;
	r = config_parse(config, text, strlen(text));
	return r < 0 ? cmd_fail("setup", r) : cmd_select(config, NULL, 0);
}

/* Shows all displays and their verdicts, then asks. */
static int ask_which(const struct setup *setup, const struct config *old,
		     struct strings *selectors)
{
	struct check look = { .cmd = setup->cmd };
	size_t n = 0;
	int r;

	r = read_policies(setup, &look.survey.config);
	if (r == 0) {
		r = check_look(&look);
		if (r == 0)
			r = setup_show_choice(&look, old, &n);
		if (r < 0)
			r = cmd_fail("check", r);
	}
	if (r == 0 && !n)
		r = say_no_display();
	if (r == 0) {
		printf("\nWhich cards shall virtual machines own? Type the numbers (Enter: none): ");
		fflush(stdout);
		r = read_numbers(&look.survey.snapshot, selectors);
		printf("\n");
	}
	survey_done(&look.survey);
	return r;
}

static int choose(const struct setup *setup, const struct config *old, struct config *config)
{
	CLEANUP(strings_done) struct strings selectors = {};
	int r;

	if (setup->cmd->n_arguments)
		return cmd_select(config, setup->cmd->arguments, setup->cmd->n_arguments);
	if (!say_can_ask())
		return say_error(EXIT_USAGE,
				 "name a card ('vfio-claim list' shows them); see 'vfio-claim setup "
				 "--help'",
				 "no selector, and no terminal to ask on; nothing was changed");
	r = ask_which(setup, old, &selectors);
	return r ? r : cmd_select(config, selectors.items, selectors.n);
}

int setup_choose_cards(struct setup *setup, const struct config *old)
{
	CLEANUP(survey_done) struct survey survey = { .depth = SNAPSHOT_TOPOLOGY };
	char *text = NULL;
	int r;

	config_init(&survey.config);
	r = choose(setup, old, &survey.config);
	if (r)
		return r;
	r = survey_look(&setup->cmd->root, &survey);
	if (r < 0)
		return cmd_fail("setup", r);
	if (!nth_display(&survey.snapshot, 1))
		return say_no_display();
	r = replace_lines(&survey, WANTED_GPU, old, setup->change.old_text ?: "", &text);
	return r ? r : finish_text(setup, text);
}
