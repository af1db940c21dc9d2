// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens what a verb writes to when --output names a file. The file is one of the running system, whatever
 * --sysroot says. */
#include "cmd/output.h"

int output_open(const char *path, FILE **ret_stream)
{
	*ret_stream = path ? fopen(path, "we") : stdout;
	return *ret_stream ? 0 : -errno;
}

int output_close(const char *path, FILE *stream)
{
	int r = ferror(stream) ? -EIO : 0;

	if ((path ? fclose(stream) : fflush(stream)) != 0 && r == 0)
		r = -errno;
	return r;
}
