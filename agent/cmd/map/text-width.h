/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* No common sans-serif font is wider than this, in pixels: of the first `bytes` of UTF-8 text. */
unsigned text_width(const char *text, size_t bytes, unsigned size, bool is_bold);

/* How many bytes of the text make a line: broken at a blank, or anywhere if no word fits. */
size_t text_line(const char *text, unsigned width, unsigned size, bool is_bold);
