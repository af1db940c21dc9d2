/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/kernel-line.h"

/* A kind of file that holds a kernel command line, or a part of one. */
enum line_format {
	LINE_PLAIN,  /* one line with root=: /etc/kernel/cmdline */
	LINE_ENTRY,  /* the options of a Boot Loader Specification's entry */
	LINE_GRUB,   /* GRUB's defaults, which a shell reads */
	LINE_DRACUT, /* dracut's configuration, which a shell reads */
};

/*
 * Adds the swaps that the file's words call for. -EINVAL: the file cannot be edited safely, because of
 * this line of it (0: as a whole).
 */
int MUST_CHECK line_file_find_swaps(enum line_format format, const char *text,
				    const struct line_wish *wish,
				    struct line_swaps *swaps, unsigned *ret_line);

/*
 * The text with the swaps made, to be freed; all other bytes stay. `adds`: words are added too, once in
 * the file. NULL in *ret_text: no change is needed. Errors as above.
 */
int MUST_CHECK line_file_swap(enum line_format format, const char *text,
			      const struct line_swaps *swaps, bool adds, bool is_backward,
			      char **ret_text, unsigned *ret_line);

/* All that the file adds to a command line, in the kernel's order; to be freed. 0, -ENOMEM, -EINVAL. */
int MUST_CHECK line_file_join(enum line_format format, const char *text, char **ret_line);
