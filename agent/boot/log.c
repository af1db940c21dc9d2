// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a few lines to the kernel log, each under 1 KiB. The details are in the report.
 */
#include "boot/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINES_PER_FILE 8

void log_kernel(const struct root *root, enum severity severity, const char *format, ...)
{
	static const int levels[] = {
		[SEVERITY_INFO] = 6,
		[SEVERITY_WARNING] = 4,
		[SEVERITY_ERROR] = 3,
	};
	/* The kernel accepts ten lines per open file (Documentation/admin-guide/kernel-parameters:
	 * printk.devkmsg=ratelimit). */
	static int fd = -1;
	static unsigned told;
	char text[800], line[900];
	va_list arguments;
	ssize_t n;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	snprintf(line, sizeof(line), "<%d>vfio-claim: %s\n", levels[severity], text);
	if (told++ % LINES_PER_FILE == 0) {
		close_fdp(&fd);
		fd = root_open_device(root, "/dev/kmsg");
	}
	n = write(fd, line, strlen(line));
	(void)n; /* nowhere left to report it */
}
