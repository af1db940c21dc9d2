// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads whether this kernel has crashed (oops) or run out of memory. Either ends a process with a
 * SIGKILL that carries no reason.
 */
#include "act/distress.h"

#include "model/finding.h"

/* Documentation/admin-guide/tainted-kernels.rst: 'D', the kernel has met an oops or BUG. */
#define TAINT_DIE (UINT64_C(1) << 7)

/* In /proc/vmstat, since 4.13: processes that the OOM killer has killed. */
#define COUNT "\noom_kill "

static bool has_crashed(const struct root *root)
{
	char text[32];

	return root_read_line(root, "/proc/sys/kernel/tainted", text, sizeof(text)) > 0 &&
	       strtoull(text, NULL, 10) & TAINT_DIE;
}

static bool has_run_out_of_memory(const struct root *root)
{
	_cleanup_free_ char *counts = NULL;
	const char *count;
	size_t size;

	if (root_read_file(root, "/proc/vmstat", 64 * 1024, &counts, &size) < 0)
		return false;
	count = strstr(counts, COUNT);
	return count && strtoull(count + strlen(COUNT), NULL, 10) > 0;
}

const char *distress_find(const struct root *root, const char **ret_remedy)
{
	if (has_crashed(root)) {
		*ret_remedy = REMEDY_OOPS;
		return CLAUSE_OOPS;
	}
	if (has_run_out_of_memory(root)) {
		*ret_remedy = REMEDY_OUT_OF_MEMORY;
		return CLAUSE_OUT_OF_MEMORY;
	}
	return NULL;
}
