// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses selectors, reads this boot's report and prints failures, for every verb. */
#include "cmd/cmd.h"

#include "cmd/selector.h"
#include "decide/config.h"
#include "decide/identity.h"
#include "host/pci-names.h"
#include "report/report-file.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdio.h>

int cmd_fail(const char *what, int r)
{
	fprintf(stderr, "vfio-claim: %s: %s\n", what, strerror(-r));
	return EXIT_NOT_AS_CONFIGURED;
}

static int add_wanted(struct config *config, const char *text,
		      const struct identity *identity)
{
	struct wanted wanted = { .kind = WANTED_GPU, .identity = *identity };

	if (array_reserve(&config->wanted, config->n_wanted, &config->wanted_capacity,
			  sizeof(wanted)) < 0)
		return -ENOMEM;
	wanted.text = strdup(text);
	wanted.origin = strdup(text); /* as the finding's subject: the selector itself */
	if (!wanted.text || !wanted.origin) {
		wanted_done(&wanted);
		return -ENOMEM;
	}
	config->wanted[config->n_wanted++] = wanted;
	return 0;
}

static void forget_wanted(struct config *config)
{
	for (size_t i = 0; i < config->n_wanted; i++)
		wanted_done(&config->wanted[i]);
	config->n_wanted = 0;
}

static int read_identity(const char *text, struct identity *ret_identity)
{
	const char *wrong = identity_parse(text, strlen(text), ret_identity);

	if (wrong)
		fprintf(stderr, "vfio-claim: '%s': %s\n", text, wrong);
	return wrong ? EXIT_USAGE : 0;
}

/* `root` NULL: as in the configuration. */
static int select_all(const struct root *root, struct config *config, char **selectors,
		      size_t n)
{
	int r = 0;

	forget_wanted(config);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct identity identity;

		r = root ? selector_resolve(root, selectors[i], &identity) :
			   read_identity(selectors[i], &identity);
		if (r == 0)
			r = add_wanted(config, selectors[i], &identity);
	}
	if (r < 0)
		cmd_fail("selector", r);
	return r ? EXIT_USAGE : 0;
}

int cmd_select(struct config *config, char **selectors, size_t n)
{
	return select_all(NULL, config, selectors, n);
}

int cmd_select_written(const struct cmd *cmd, struct config *config, char **selectors,
		       size_t n)
{
	return select_all(&cmd->root, config, selectors, n);
}

int cmd_select_function(struct config *config, const struct bdf *address)
{
	struct identity identity = { .has_address = true, .address = *address };
	char text[PCI_ADDRESS_SIZE];

	forget_wanted(config);
	return add_wanted(config, bdf_format(address, text), &identity);
}

char *cmd_report_text(const struct cmd *cmd, const struct report *report)
{
	CLEANUP(pci_names_closep)
	struct pci_names *pci_names = pci_names_open(&cmd->root);
	const struct report_names names = { pci_names_lookup, pci_names, class_words };

	return report_to_text(report, pci_names ? &names : NULL, &cmd->page);
}

int cmd_print_report(const struct cmd *cmd, const struct report *report)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (cmd->wants_json) {
		puts(report_serialize(report, &size));
		return 0;
	}
	text = cmd_report_text(cmd, report);
	if (!text)
		return -ENOMEM;
	fputs(text, stdout);
	return 0;
}

void cmd_say_no_report(void)
{
	fputs("vfio-claim: the agent left no report: it did not run in this boot\n"
	      "'vfio-claim status' says what the next boot does, and what to do\n",
	      stderr);
}

struct report *cmd_read_report(const struct root *root)
{
	static const char path[] = REPORT_PATH;
	struct report *report;
	const char *problem;
	int r;

	report = report_read(root, path, &problem, &r);
	if (!report && r == -ENOENT)
		cmd_say_no_report();
	else if (!report)
		fprintf(stderr, "vfio-claim: '%s': %s\n", path, problem);
	return report;
}
