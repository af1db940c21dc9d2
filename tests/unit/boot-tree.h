/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of sysfs, of which the tests of host/bootdisk make trees, and a runner for tables: a tree in, one
 * line for each need out.
 */
#pragma once

#include "host/bootdisk/bootdisk.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Pieces of sysfs: a disk with its number, its partition, something made of others. */
#define BLOCK_(name, number, place)                                                      \
	"sys/class/block/" name " -> ../../devices/" place "\n"                          \
	"sys/dev/block/" number " -> ../../devices/" place "\n"                          \
	"sys/devices/" place "/dev = " number "\n"                                       \
	"sys/devices/" place "/size = 1000\n"
#define DISK(name, number, above) BLOCK_(name, number, above "/block/" name)
#define PART(disk, name, number, above)                                                  \
	BLOCK_(name, number, above "/block/" disk "/" name)                              \
	"sys/devices/" above "/block/" disk "/" name "/partition = 1\n"
#define VIRTUAL(name, number) DISK(name, number, "virtual")
#define SLAVE(name, slave)                                                               \
	"sys/devices/virtual/block/" name "/slaves/" slave " -> ../../../../x/" slave "\n"
#define UDEV(number, lines) "run/udev/data/b" number " = " lines "\n"
#define MOUNTINFO(lines) "proc/1/mountinfo = " lines "\n"
#define ROOT_ON(number, type, source)                                                    \
	"27 1 " number " / / rw,relatime shared:1 - " type " " source " rw\\n"
#define CMDLINE(text) "proc/cmdline = BOOT_IMAGE=/vmlinuz " text " quiet\n"

#define AHCI "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0"
#define AHCI2 "pci0000:00/0000:00:1c.0/0000:03:00.0/ata9/host8/target8:0:0/8:0:0:0"
#define NVME "pci0000:00/0000:00:06.0/0000:02:00.0/nvme/nvme0"
#define USB "pci0000:00/0000:00:14.0/usb2/2-3/2-3:1.0/host4/target4:0:0/4:0:0:0"
#define VIRTIO "pci0000:00/0000:00:02.0/virtio1"
#define VMD "pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0"

#define SATA                                                                             \
	DISK("sda", "8:0", AHCI)                                                         \
	PART("sda", "sda1", "8:1", AHCI) PART("sda", "sda2", "8:2", AHCI)
#define SATA2 DISK("sdb", "8:16", AHCI2) PART("sdb", "sdb1", "8:17", AHCI2)

struct bootdisk_case {
	const char *name, *tree, *needs;
};

static char *describe(const struct host_needs *needs)
{
	char *text = NULL, quoted[QUOTE_SIZE], address[PCI_ADDRESS_SIZE];
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < needs->n; i++) {
		const struct host_need *need = &needs->items[i];

		fprintf(stream, "%s %s:", need->use,
			quote(need->source, strlen(need->source), quoted));
		assert_false(need->is_virtual && need->n_functions);
		if (!need->n_functions)
			fputs(need->is_virtual ? " virtual" : " unknown", stream);
		for (size_t k = 0; k < need->n_functions; k++)
			fprintf(stream, " %s", bdf_format(&need->functions[k], address));
		fputc('\n', stream);
	}
	assert_int_equal(fclose(stream), 0);
	return text;
}

/* What the host of this tree needs, to be freed. */
static char *needs_of(const char *text)
{
	struct host_needs needs = {};
	struct tree tree;
	char *found;

	tree_make(&tree, text);
	assert_int_equal(bootdisk_find(&tree.root, &needs), 0);
	found = describe(&needs);
	host_needs_done(&needs);
	tree_remove(&tree);
	return found;
}

static void test_case(void **state)
{
	const struct bootdisk_case *row = *state;
	char *needs = needs_of(row->tree);

	assert_string_equal(needs, row->needs);
	free(needs);
}

static int run_cases(const char *group, const struct bootdisk_case *cases, size_t n)
{
	struct CMUnitTest *tests = calloc(n, sizeof(*tests));
	int failed;

	if (!tests)
		return 1;
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = test_case,
						.initial_state = (void *)&cases[i] };
	failed = _cmocka_run_group_tests(group, tests, n, NULL, NULL);
	free(tests);
	return failed;
}
