// SPDX-License-Identifier: GPL-2.0-or-later
/* The screens of `setup`: cards and verdicts, what will be done, and what to do next. Changes nothing. */
#include "cmd/setup/say.h"
#include "cmd/setup/setup-parts.h"
#include "decide/config.h"
#include "decide/judge.h"
#include "decide/select.h"
#include "host/pci-names.h"
#include "host/boot-entry.h"
#include "model/function.h"
#include "trial/efivar.h"

#include <stdio.h>

/* Verdicts ----------------------------------------------------------------------------------- */

static bool is_claimed(const struct snapshot *snapshot, const struct target *target)
{
	for (size_t i = 0; i < target->n_functions; i++) {
		const char *driver = snapshot->functions[target->functions[i]].driver;

		if (!driver || !is_vfio_driver(driver))
			return false;
	}
	return target->n_functions;
}

const char *setup_verdict(const struct snapshot *snapshot, const struct target *target)
{
	if (target->verdict != VERDICT_CLAIM)
		return "refused";
	return is_claimed(snapshot, target) ? "claimed" : "claimable";
}

/* Is the finding about this target? */
static bool is_about(const struct finding *finding, const struct snapshot *snapshot,
		     const struct target *target)
{
	char address[PCI_ADDRESS_SIZE];

	if (!finding->subject)
		return false;
	for (size_t i = 0; i < target->n_functions; i++) {
		bdf_format(&snapshot->functions[target->functions[i]].address, address);
		if (streq(finding->subject, address))
			return true;
	}
	return is_string_equal(target->wanted->origin, finding->subject);
}

/* The first error about the target, else the first about the machine. */
const struct finding *setup_find_reason(const struct survey *survey,
					const struct target *target)
{
	const struct findings *findings = &survey->plan.findings;
	const struct finding *first = NULL;

	if (target->verdict == VERDICT_CLAIM)
		return NULL;
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		if (finding->severity != SEVERITY_ERROR)
			continue;
		if (is_about(finding, &survey->snapshot, target))
			return finding;
		if (!first)
			first = finding;
	}
	return first;
}

/* Cards ------------------------------------------------------------------------------------ */

/* The verdict goes to the next line where the page is too narrow. */
static void show_verdict(const char *head, const char *name, enum colour colour,
			 const char *verdict)
{
	_cleanup_free_ char *text = text_format("%s%s%s:", head, *name ? "  " : "", name);
	const struct page *page = say_page();
	unsigned columns = page_columns(text ?: "", strlen(text ?: ""));

	printf("%s", text ?: head);
	if (columns + 1 + strlen(verdict) > page->width)
		printf("\n    ");
	printf(" %s%s%s\n", page_on(page, colour), verdict, page_off(page, colour));
}

static const char *name_of(struct pci_names *names, const struct function *function,
			   char text[static DEVICE_NAME_SIZE])
{
	struct device_name name = {};

	if (names)
		pci_names_read(names, function->id, &name);
	return device_name_format(&name, text);
}

static bool is_configured(const struct config *old, const struct snapshot *snapshot,
			  const struct function *function)
{
	for (size_t i = 0; i < old->n_wanted; i++) {
		struct selection selection =
			identity_resolve(&old->wanted[i].identity, snapshot);

		if (selection.status != SELECTION_CHANGED && selection.function == function)
			return true;
	}
	return false;
}

static int show_choice(struct survey *survey, const struct config *old,
		       struct pci_names *names, const struct function *function,
		       size_t number)
{
	char address[PCI_ADDRESS_SIZE], head[32], name[DEVICE_NAME_SIZE];
	const struct finding *reason;
	const char *verdict;
	int r;

	r = cmd_select_function(&survey->config, &function->address);
	if (r == 0)
		r = survey_decide(survey);
	if (r < 0)
		return r;
	snprintf(head, sizeof(head), "  %zu) %s", number,
		 bdf_format(&function->address, address));
	name_of(names, function, name);
	reason = setup_find_reason(survey, &survey->plan.targets[0]);
	if (reason) {
		show_verdict(head, name, RED, "refused");
		printf("     ");
		say(5, 5, "%s (%s)", reason->text, finding_name(reason->code));
		return 0;
	}
	verdict = setup_verdict(&survey->snapshot, &survey->plan.targets[0]);
	show_verdict(head, name, GREEN,
		     streq(verdict, "claimed") ? "claimed in this boot" :
		     is_configured(old, &survey->snapshot, function) ?
						 "configured, can be claimed" :
						 "can be claimed");
	return 0;
}

int setup_show_choice(struct check *look, const struct config *old, size_t *ret_n)
{
	struct survey *survey = &look->survey;
	struct pci_names *names = pci_names_open(&look->cmd->root);
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < survey->snapshot.n_functions && r == 0; i++) {
		const struct function *function = &survey->snapshot.functions[i];

		if (!is_gpu(function))
			continue;
		if (n == 0)
			say_paragraph("The cards of this machine, and whether a virtual "
				      "machine can own them:");
		r = show_choice(survey, old, names, function, ++n);
	}
	pci_names_close(names);
	*ret_n = n;
	return r;
}

static void show_target(const struct survey *survey, const struct target *target,
			struct pci_names *names)
{
	const struct function *function;
	char head[PCI_ADDRESS_SIZE], name[DEVICE_NAME_SIZE];
	const char *verdict = setup_verdict(&survey->snapshot, target);
	bool is_refused = streq(verdict, "refused");

	if (!target->n_functions) {
		show_verdict(target->wanted->text, "", RED, "not found");
		return;
	}
	function = &survey->snapshot.functions[target->functions[0]];
	bdf_format(&function->address, head);
	show_verdict(head, name_of(names, function, name), is_refused ? RED : GREEN,
		     is_refused		       ? "refused" :
		     streq(verdict, "claimed") ? "claimed in this boot" :
						 "can be claimed");
}

static void show_finding(const struct finding *finding)
{
	enum colour colour = finding->severity == SEVERITY_ERROR ? RED : YELLOW;
	const struct page *page = say_page();
	int column = 2;

	printf("  %s", page_on(page, colour));
	column += printf("%s", finding_name(finding->code));
	printf("%s", page_off(page, colour));
	if (finding->subject)
		column += printf(" %s", finding->subject);
	column += printf(": ");
	say(column, 4, "%s", finding->text);
	if (!finding->remedy)
		return;
	column = printf("    remedy: ");
	say(column, 6, "%s", finding->remedy);
}

static void show_findings(const struct survey *survey, enum severity severity)
{
	const struct findings *all[] = {
		&survey->config.findings,
		&survey->snapshot.findings,
		&survey->plan.findings,
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t k = 0; k < all[i]->n; k++)
			if (all[i]->items[k].severity == severity)
				show_finding(&all[i]->items[k]);
}

void setup_show_cards(const struct setup *setup)
{
	const struct survey *survey = &setup->check.survey;
	struct pci_names *names = pci_names_open(&setup->cmd->root);

	for (size_t i = 0; i < survey->plan.n_targets; i++)
		show_target(survey, &survey->plan.targets[i], names);
	pci_names_close(names);
	show_findings(survey, SEVERITY_ERROR);
	show_findings(survey, SEVERITY_WARNING);
}

/* What will be done, and what is next ------------------------------------------------------- */

void setup_show_plan(const struct setup *setup)
{
	const struct change *change = &setup->change;

	printf("\n%s\n", change->is_dry ? "This would be done:" : "This will be done:");
	if (setup->changes_cmdline)
		say_item("change the kernel command line, as shown above");
	if (setup->adds_entry && menu_change_show(&setup->cmd->root))
		say_item("add an entry without the claim to the boot menu");
	if (setup->builds)
		change_show(change);
	owner_rule_show(&setup->owner_rule);
	trial_change_show(&setup->trial_change, setup->builds);
	if (change->is_dry)
		say_paragraph("Nothing was written or run (dry run).");
	else if (setup->builds)
		say_paragraph("Nothing changes before the next boot.");
}

static void show_trial(unsigned limit, bool has_trial, const char *why_not)
{
	if (has_trial)
		say_paragraph("The claim is on trial: after %u boot%s in a row that %s not come up, or "
			      "%s switched off before that, nothing is claimed any more.",
			      limit, limit == 1 ? "" : "s", limit == 1 ? "does" : "do",
			      limit == 1 ? "is" : "are");
	else
		say_paragraph("There is no trial, as %s%s%s.",
			      limit ? "this machine keeps no EFI variables" : "configured",
			      why_not ? ", and " : "", why_not ? why_not : "");
}

static void show_way_out(const struct root *root, bool has_trial)
{
	const char *way_in = menu_change_way_in(root);

	if (menu_change_is_there(root))
		say_paragraph("If the screen stays black: choose '..." ENTRY_TITLE
			      "' in the boot menu.");
	else
		say_paragraph("If the screen stays black: add vfio_claim.mode=off to the kernel command "
			      "line for one boot ('e' in the boot menu)%s.",
			      has_trial ? "" :
					  "; 'vfio-claim setup --menu-entry' adds an entry "
					  "that does");
	if (way_in)
		say_paragraph("The boot menu is hidden: %s.", way_in);
}

void setup_show_end(const struct setup *setup)
{
	const struct survey *survey = &setup->check.survey;
	const struct root *root = &setup->cmd->root;
	unsigned limit = survey->config.trial_limit;
	bool has_trial = limit && (efivar_is_efi(root) || setup->has_menu_trial);
	size_t n = survey->plan.n_targets;

	printf("\n");
	if (setup->cmdline.is_needed && !setup->changes_cmdline &&
	    !cmdline_change_is_made(&setup->cmdline))
		say_paragraph("First change the kernel command line, as shown above.");
	say_paragraph("Done. The card%s %s claimed at the next boot%s: reboot, then run 'vfio-claim "
		      "status'.",
		      n > 1 ? "s" : "", n > 1 ? "are" : "is",
		      setup->change.images.chain.is_complete ||
				      !setup->change.are_images_read ?
			      "" :
			      " from what was reached");
	show_trial(limit, has_trial, setup->trial_change.why);
	if (setup->has_menu_trial)
		say_paragraph(
			"GRUB counts the boots, each time that it shows its menu: another system that "
			"is started there counts too.");
	show_way_out(root, has_trial);
}
