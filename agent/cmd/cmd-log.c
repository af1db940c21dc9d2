// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim log`: what happened in this boot, for people or as the document itself.
 */
#include "cmd.h"
#include "pci.h"
#include "report.h"

#include <stdio.h>

static const char usage[] =
	"Usage: vfio-claim log [--json] [--sysroot DIR]\n"
	"Prints the report that the boot agent left in this boot.\n"
	"Exit code: 0 claimed (or nothing configured), 1 anything else.\n";

static bool is_as_configured(const struct json_object *report)
{
	const char *result = report_string(report, "result");

	return streq(result, "claimed") || streq(result, "nothing-configured");
}

int cmd_log(int argc, char **argv)
{
	CLEANUP(cmd_options_done) struct cmd_options options = { .root.fd = -1 };
	CLEANUP(report_putp) struct json_object *report = NULL;
	CLEANUP(pci_closep) struct pci *pci = NULL;
	_cleanup_free_ char *text = NULL;
	struct report_names names;
	size_t size;
	int r;

	r = cmd_parse(argc, argv, usage, "", &options);
	if (r || options.is_done)
		return r;
	report = cmd_read_report(&options.root);
	if (!report)
		return EXIT_NOT_AS_CONFIGURED;
	if (options.wants_json) {
		puts(report_serialize(report, &size));
	} else {
		pci = pci_names_open();
		names = (struct report_names){ pci_names_lookup, pci };
		text = report_to_text(report, pci ? &names : NULL, options.wants_colour);
		if (!text) {
			fputs("vfio-claim: out of memory\n", stderr);
			return EXIT_NOT_AS_CONFIGURED;
		}
		fputs(text, stdout);
	}
	return is_as_configured(report) ? EXIT_AS_CONFIGURED : EXIT_NOT_AS_CONFIGURED;
}
