// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the command line and runs its verb. */
#include "cmd/cmd.h"
#include "cmd/help.h"

#include <locale.h>

static const struct verb *const verbs[] = {
#define X(name) &verb_##name,
	VERBS(X)
#undef X
		NULL,
};

static int run(struct cmd *cmd)
{
	int r = root_open(&cmd->root, cmd->sysroot);

	if (r < 0) {
		fprintf(stderr, "vfio-claim: '%s': %s\n", cmd->sysroot, strerror(-r));
		return EXIT_USAGE;
	}
	r = cmd->verb->run(cmd);
	root_done(&cmd->root);
	return r;
}

static int answer(struct cmd *cmd)
{
	if (cmd->wants_version)
		puts("vfio-claim " VERSION);
	else if (cmd->verb && cmd->wants_help)
		help_print_verb(cmd->verb);
	else if (cmd->verb)
		return run(cmd);
	else
		help_print_verbs(cmd->wants_help ? stdout : stderr, verbs);
	return cmd->wants_help || cmd->wants_version ? EXIT_AS_CONFIGURED : EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct cmd cmd;
	int r;

	setlocale(LC_CTYPE,
		  ""); /* libsmartcols draws trees with the characters of this locale */
	r = verb_parse(argc, argv, verbs, &cmd);
	if (r == 0)
		r = answer(&cmd);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		perror("vfio-claim: standard output");
		return EXIT_NOT_AS_CONFIGURED;
	}
	return r;
}
