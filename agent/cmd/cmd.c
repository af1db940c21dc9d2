// SPDX-License-Identifier: GPL-2.0-or-later
/* Gives the verbs what they share: their options, selectors, and this boot's report. */
#include "cmd/cmd.h"

#include "decide/config.h"
#include "decide/identity.h"
#include "report/report-file.h"
#include "report/report.h"

#include <getopt.h>
#include <stdio.h>

static int parse_option(int option, const char *usage, const char **sysroot,
			struct cmd_options *options)
{
	switch (option) {
	case 'j':
		options->wants_json = true;
		return 0;
	case 's':
		*sysroot = optarg;
		return 0;
	case 'a':
		options->wants_all = true;
		return 0;
	case 'n':
		options->wants_headings = false;
		return 0;
	case 'o':
		options->columns = optarg;
		return 0;
	case 'b':
		options->boot = optarg;
		return 0;
	case 'l':
		options->wants_list = true;
		return 0;
	case 'S':
		options->since = optarg;
		return 0;
	case 'm':
		options->wants_metrics = true;
		return 0;
	case 'A':
		options->wants_again = true;
		return 0;
	case 'H':
		options->is_hibernating = true;
		return 0;
	case 'W':
		options->has_resumed = true;
		return 0;
	case 'D':
		options->is_dry_run = true;
		return 0;
	case 'Y':
		options->wants_yes = true;
		return 0;
	case 'C':
		options->wants_apply_cmdline = true;
		return 0;
	case 'F':
		options->wants_force = true;
		return 0;
	case 'R':
		options->wants_rebuild = true;
		return 0;
	case 'T':
		options->wants_no_trial = true;
		return 0;
	case 'M':
		options->wants_menu_entry = true;
		return 0;
	case 'h':
		fputs(usage, stdout);
		options->is_done = true;
		return 0;
	}
	fputs(usage, stderr);
	return EXIT_USAGE;
}

#define CMD_ALWAYS "jsh?" /* and what getopt did not know */

int cmd_parse(int argc, char **argv, const char *usage, const char *known,
	      struct cmd_options *ret_options)
{
	static const struct option all_options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "sysroot", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "all", no_argument, NULL, 'a' },
		{ "noheadings", no_argument, NULL, 'n' },
		{ "output", required_argument, NULL, 'o' },
		{ "boot", required_argument, NULL, 'b' },
		{ "list", no_argument, NULL, 'l' },
		{ "since", required_argument, NULL, 'S' },
		{ "metrics", no_argument, NULL, 'm' },
		{ "again", no_argument, NULL, 'A' },
		{ "hibernating", no_argument, NULL, 'H' },
		{ "resumed", no_argument, NULL, 'W' },
		{ "dry-run", no_argument, NULL, 'D' },
		{ "yes", no_argument, NULL, 'Y' },
		{ "apply-cmdline", no_argument, NULL, 'C' },
		{ "force", no_argument, NULL, 'F' },
		{ "rebuild", no_argument, NULL, 'R' },
		{ "no-trial", no_argument, NULL, 'T' },
		{ "menu-entry", no_argument, NULL, 'M' },
		{},
	};
	struct cmd_options options = { .root.fd = -1, .wants_headings = true };
	const char *sysroot = "/", *no_color = getenv("NO_COLOR");
	int option, r;

	while ((option = getopt_long(argc, argv, "ano:", all_options, NULL)) >= 0) {
		if (!strchr(CMD_ALWAYS, option) && !strchr(known, option)) {
			fprintf(stderr, "vfio-claim: %s takes no such option\n%s",
				argv[0], usage);
			return EXIT_USAGE;
		}
		r = parse_option(option, usage, &sysroot, &options);
		if (r)
			return r;
	}
	options.arguments = argv + optind;
	options.n_arguments = argc - optind;
	if (options.n_arguments && !strstr(known, CMD_ARGUMENTS)) {
		fprintf(stderr, "vfio-claim: unexpected argument '%s'\n%s", argv[optind],
			usage);
		return EXIT_USAGE;
	}
	r = root_open(&options.root, sysroot);
	if (r < 0) {
		fprintf(stderr, "vfio-claim: '%s': %s\n", sysroot, strerror(-r));
		return EXIT_USAGE;
	}
	/* https://no-color.org: any value but none */
	options.wants_colour = isatty(STDOUT_FILENO) && !(no_color && *no_color);
	*ret_options = options;
	return 0;
}

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
	wanted.origin = strdup("argument");
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

int cmd_select(struct config *config, char **selectors, size_t n)
{
	forget_wanted(config);
	for (size_t i = 0; i < n; i++) {
		struct identity identity;
		const char *wrong;
		int r;

		wrong = identity_parse(selectors[i], strlen(selectors[i]), &identity);
		if (wrong) {
			fprintf(stderr, "vfio-claim: '%s': %s\n", selectors[i], wrong);
			return EXIT_USAGE;
		}
		r = add_wanted(config, selectors[i], &identity);
		if (r < 0) {
			cmd_fail("selector", r);
			return EXIT_USAGE;
		}
	}
	return 0;
}

int cmd_select_function(struct config *config, const struct bdf *address)
{
	struct identity identity = { .has_address = true, .address = *address };
	char text[PCI_ADDRESS_SIZE];

	forget_wanted(config);
	return add_wanted(config, bdf_format(address, text), &identity);
}

void cmd_options_done(struct cmd_options *options)
{
	root_done(&options->root);
}

void cmd_say_no_report(void)
{
	fputs("vfio-claim: the agent left no report: it did not run in this boot\n"
	      "  remedy: " REMEDY_REBUILD "\n",
	      stderr);
}

struct report *cmd_read_report(const struct root *root)
{
	static const char path[] = REPORT_FOLDER "/" REPORT_JSON;
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
