/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Exit codes of both programs. Scripts rely on them: never renumber. */
enum exit_code {
	EXIT_AS_CONFIGURED = 0,
	EXIT_NOT_AS_CONFIGURED = 1,
	EXIT_USAGE = 2, /* the command line or the configuration is wrong */
};
