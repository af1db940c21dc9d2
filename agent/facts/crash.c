// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is this the kernel of a crash dump (kdump)? It has little memory, devices that nobody has reset,
 * and one task: to save the memory of the kernel before it.
 */
#include "facts/crash.h"

/* There when the kernel was given a dump to show: fs/proc/vmcore.c, vmcore_init(). */
#define DUMP "/proc/vmcore"
/* How kexec tells where it is: kexec-tools and the kernel itself (kexec_file_load) add it to the
 * command line on x86; arm64 and powerpc say it in the device tree. */
#define PARAMETER "elfcorehdr="

static bool has_parameter(const char *cmdline)
{
	bool is_quoted = false, is_start = true;

	for (const char *at = cmdline; *at; at++) {
		if (is_start && has_prefix(at, PARAMETER))
			return true;
		if (is_start && has_prefix(at, "-- ")) /* what follows is for init */
			return false;
		if (*at == '"')
			is_quoted = !is_quoted;
		is_start = !is_quoted && strchr(" \t\n", *at);
	}
	return false;
}

bool crash_is_kernel_of(const struct root *root, const char *cmdline)
{
	return has_parameter(cmdline) || root_exists(root, DUMP);
}

bool crash_is_kernel(const struct root *root)
{
	_cleanup_free_ char *cmdline = NULL;
	size_t size;
	int r;

	r = root_read_file(root, "/proc/cmdline", 64 * 1024, &cmdline, &size);
	return crash_is_kernel_of(root, r < 0 ? "" : cmdline);
}
