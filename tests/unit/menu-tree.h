/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tree.h"

/* A kernel, its image and the Boot Loader Specification's entry of both. */
#define ENTRY(name, version, more)                                                       \
	"lib/modules/" version " /\nboot/vmlinuz-" version " = k\n"                      \
	"boot/initrd-" version " = i\n"                                                  \
	"boot/loader/entries/" name ".conf = title Linux\\nversion " version             \
	"\\nlinux /vmlinuz-" version "\\ninitrd /initrd-" version                        \
	"\\noptions root=x quiet\\n" more "\n"
