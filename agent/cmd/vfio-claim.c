// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs a verb of the command. Each verb has a file of its own; here is the table of them. */
#include "cmd/cmd.h"

#include <stdio.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} verbs[] = {
	{ "list", cmd_list,
	  "the displays here, their groups, drivers, and whether a VM can have them" },
	{ "check", cmd_check,
	  "judge the configured cards, or those named, and say what to do" },
	{ "explain", cmd_explain, "why a function shares its IOMMU group with others" },
	{ "setup", cmd_setup,
	  "configure a card and bring it into every boot image; --rebuild: only the latter" },
	{ "remove", cmd_remove, "undo all that setup did" },
	{ "log", cmd_log,
	  "what the agent saw, decided and did in this boot and those before" },
	{ "status", cmd_status,
	  "one line for each GPU; exit code 0 if all is as configured" },
	{ "verify", cmd_verify,
	  "read back that it still is, ask VFIO itself, and file the report" },
	{ "confirm", cmd_confirm,
	  "mark this boot's claim as good; --again: try one that was given up once more" },
	{ "image-record", cmd_image_record, NULL },
	{ "record", cmd_record, "this machine as a text file, for a bug report or a test" },
};

static void print_usage(FILE *stream)
{
	fputs("Usage: vfio-claim VERB [OPTIONS]\n\nVerbs:\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (verbs[i].summary) /* the others are for programs */
			fprintf(stream, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\nOptions of all verbs:\n"
	      "  --json         machine-readable\n"
	      "  --sysroot DIR  look at the system below DIR\n"
	      "  --help         more on a verb\n",
	      stream);
}

int main(int argc, char **argv)
{
	int exit_code = EXIT_USAGE;

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (streq(argv[1], "--help") || streq(argv[1], "help")) {
		print_usage(stdout);
		return 0;
	}
	if (streq(argv[1], "--version")) {
		puts("vfio-claim " VERSION);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!streq(argv[1], verbs[i].name))
			continue;
		exit_code = verbs[i].run(argc - 1, argv + 1);
		if (fflush(stdout) == EOF || ferror(stdout)) {
			perror("vfio-claim: standard output");
			return EXIT_NOT_AS_CONFIGURED;
		}
		return exit_code;
	}
	fprintf(stderr, "vfio-claim: unknown verb '%s'\n", argv[1]);
	print_usage(stderr);
	return exit_code;
}
