// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Detects the kernel of a crash dump (kdump), which has little memory, devices that were never
 * reset, and one task: to save the memory of the crashed kernel.
 */
#include "facts/crash.h"

#include "base/parameter.h"
#include "facts/platform.h"

/* Exists when the kernel has a dump to show: fs/proc/vmcore.c, vmcore_init(). */
#define DUMP "/proc/vmcore"
/* The dump's address: on x86, kexec-tools and the kernel (kexec_file_load) append it to the command
 * line. On arm64 and powerpc it is in the device tree. */
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
