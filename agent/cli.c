// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command: one table of verbs, and what they share. Each verb has a file of its own.
 */
#include "cmd.h"
#include "report.h"

#include <getopt.h>
#include <stdio.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} verbs[] = {
	{ "log", cmd_log, "what the agent saw, decided and did in this boot" },
	{ "status", cmd_status,
	  "one line for each GPU; exit code 0 if all is as configured" },
};

static void print_usage(FILE *stream)
{
	fputs("Usage: vfio-claim VERB [OPTIONS]\n\nVerbs:\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(stream, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\nOptions of all verbs:\n"
	      "  --json         machine-readable\n"
	      "  --sysroot DIR  look at the system below DIR\n"
	      "  --help         more on a verb\n",
	      stream);
}

int cmd_parse(int argc, char **argv, const char *usage, struct cmd_options *ret_options)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "sysroot", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	struct cmd_options options = { .root.fd = -1 };
	const char *sysroot = "/";
	int option, r;

	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		switch (option) {
		case 'j':
			options.wants_json = true;
			break;
		case 's':
			sysroot = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			options.is_done = true;
			break;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
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
	options.wants_colour = isatty(STDOUT_FILENO) &&
			       !(getenv("NO_COLOR") && *getenv("NO_COLOR"));
	*ret_options = options;
	return 0;
}

void cmd_options_done(struct cmd_options *options)
{
	root_done(&options->root);
}

struct json_object *cmd_read_report(const struct root *root)
{
	static const char path[] = REPORT_FOLDER "/" REPORT_JSON;
	_cleanup_free_ char *text = NULL;
	struct json_object *report;
	const char *problem;
	size_t size;
	int r;

	r = root_read_file(root, path, REPORT_SIZE_MAX, &text, &size);
	if (r == -ENOENT) {
		fputs("vfio-claim: the agent left no report: it did not run in this boot\n"
		      "  remedy: rebuild the initramfs (update-initramfs -u -k all) and reboot\n",
		      stderr);
		return NULL;
	}
	if (r < 0) {
		fprintf(stderr, "vfio-claim: '%s': %s\n", path, strerror(-r));
		return NULL;
	}
	report = report_parse(text, size, &problem);
	if (!report)
		fprintf(stderr, "vfio-claim: '%s': %s\n", path, problem);
	return report;
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
