// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is this the kernel of a crash dump (kdump)? It has little memory, devices that nobody has reset,
 * and one task: to save the memory of the kernel before it.
 */
#include "facts/crash.h"

#include "base/parameter.h"
#include "facts/platform.h"

/* There when the kernel was given a dump to show: fs/proc/vmcore.c, vmcore_init(). */
#define DUMP "/proc/vmcore"
/* How kexec tells where it is: kexec-tools and the kernel itself (kexec_file_load) add it to the
 * command line on x86; arm64 and powerpc say it in the device tree. */
#define PARAMETER "elfcorehdr"

bool crash_is_kernel_of(const struct root *root, const char *cmdline)
{
	struct parameter parameter;

	return (parameter_find(cmdline, PARAMETER, &parameter) && parameter.value) ||
	       root_exists(root, DUMP);
}

bool crash_is_kernel(const struct root *root)
{
	_cleanup_free_ char *cmdline = NULL;

	return crash_is_kernel_of(root,
				  platform_read_cmdline(root, &cmdline) < 0 ? "" : cmdline);
}
