/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

/*
 * Writes any bytes as text of XML or HTML, also within quotation marks. What is not UTF-8, or not allowed
 * in XML, becomes '?'.
 */
void xml_write(FILE *stream, const char *text);
