/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/page.h"

/*
 * The page of standard output. `colour`: "auto", "always" or "never", or NULL, which is "auto": on a
 * terminal that is not dumb, unless NO_COLOR is set. The width is that of COLUMNS, of the terminal, or
 * of a pipe, between PAGE_WIDTH_LEAST and PAGE_WIDTH_MOST.
 */
struct page screen_page(const char *colour);
