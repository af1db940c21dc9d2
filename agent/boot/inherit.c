// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does the agent take over from whoever started it? Nothing: no descriptors, no
 * environment, no umask, no signal settings. Whatever fails here changes nothing, and is passed
 * over.
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
			return; /* no /dev yet: there is nothing to put there */
}

/* An ignored SIGCHLD would take away how a child ended (wait(2)), a blocked SIGALRM the
 * supervisor's last guard. */
static void reset_signals(void)
{
	sigset_t none;

	signal(SIGCHLD, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN); /* who reads is gone: write(2) says so */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void sanitize_process(void)
{
	(void)close_range(3, ~0U, 0); /* Linux 5.9; before that they stay open */
	fill_standard_streams();
	umask(022);
	reset_signals();
	clearenv();
	(void)setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
}
