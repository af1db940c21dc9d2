// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Resets all that the agent inherits from the process that started it: descriptors, environment,
 * umask, signal settings. Ignores failures.
 */
#include "boot/inherit.h"

#include "base/util.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

/* A library that writes to standard error must not write into a file of ours. */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", O_RDWR | O_NOCTTY) != fd)
			return; /* no /dev yet */
}

/* An ignored SIGCHLD would discard how a child ended (wait(2)); a blocked SIGALRM would disarm the
 * supervisor's guard. */
static void reset_signals(void)
{
	sigset_t none;

	signal(SIGCHLD, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN); /* write(2) returns EPIPE when the reader is gone */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void sanitize_process(void)
{
	(void)close_range(3, ~0U, 0); /* since 5.9; older kernels leave them open */
	fill_standard_streams();
	umask(022);
	reset_signals();
	clearenv();
	(void)setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
}
