// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the steps of the agent's plan for the system below a folder, one a line: action,
 * function, module. tests/machines needs it, as a dry run plans no steps. Never writes.
 */
#include "base/root.h"
#include "survey.h"

#include <stdio.h>

static const char *const actions[] = {
	[STEP_RELEASE_FRAMEBUFFER] = "release-framebuffer",
	[STEP_OVERRIDE] = "override",
	[STEP_LOAD] = "load",
	[STEP_UNBIND] = "unbind",
	[STEP_PROBE] = "probe",
	[STEP_HOLD] = "hold",
};

static void print_step(const struct survey *survey, const struct step *step)
{
	char address[PCI_ADDRESS_SIZE] = "-";

	if (step->action >= ARRAY_SIZE(actions) || !actions[step->action]) {
		printf("step-%d\n", step->action);
		return;
	}
	if (step->action != STEP_LOAD)
		bdf_format(&survey->snapshot.functions[step->function].address, address);
	printf("%s %s %s\n", actions[step->action], address,
	       step->module ? step->module : "-");
}

int main(int argc, char **argv)
{
	CLEANUP(survey_done) struct survey survey = {};
	struct root root;
	int r;

	if (argc != 2 || root_open(&root, argv[1]) < 0)
		return 2;
	r = survey_read_config(&root, &survey.config);
	if (r == 0 && survey.config.mode == MODE_CLAIM) {
		r = survey_look(&root, &survey);
		if (r == 0)
			r = survey_decide(&survey);
	}
	for (size_t i = 0; r == 0 && i < survey.plan.n_steps; i++)
		print_step(&survey, &survey.plan.steps[i]);
	root_done(&root);
	return r == 0 ? 0 : 1;
}
