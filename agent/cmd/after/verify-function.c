// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks that a claimed function is still on VFIO, that it answers, and that a VM can map its memory.
 * Writes nothing.
 */
#include "cmd/after/verify-function.h"

#include "decide/framebuffer.h"
#include "decide/judge.h"
#include "facts/iomem.h"
#include "model/finding.h"

#include <stdio.h>
#include <unistd.h>

#define HEADER_BYTES 64 /* of configuration space; reading more needs privilege */

/* True if a VFIO driver is bound. */
static bool check_driver(const struct root *root, const struct bdf *address,
			 const char *subject, char **ret_driver, struct findings *findings)
{
	int r;

	r = pci_read_driver(root, address, ret_driver);
	if (r < 0)
		findings_add(findings, subject, SAY_NOW_UNREADABLE, strerror(-r));
	else if (!*ret_driver)
		findings_add(findings, subject, SAY_NOW_NOT_BOUND);
	else if (!is_vfio_driver(*ret_driver))
		findings_add(findings, subject, SAY_RIVAL_BOUND, *ret_driver);
	else
		return true;
	return false;
}

/* False if it is known not to answer. drivers/pci/access.c returns all ones for a device that does not answer. The kernel wakes a sleeping
 * one before it reads (drivers/pci/proc.c: pci_config_pm_runtime_get()). */
static bool check_answer(const struct root *root, const struct bdf *address,
			 const char *subject, struct findings *findings)
{
	unsigned char config[HEADER_BYTES];
	char path[PCI_FILE_SIZE];
	_cleanup_close_ int fd = root_open_file(root, pci_file(address, "config", path));
	ssize_t n;

	if (fd < 0)
		return true;
	do
		n = read(fd, config, sizeof(config));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return true;
	for (ssize_t i = 0; i < n; i++)
		if (config[i] != 0xff)
			return true;
	findings_add(findings, subject, SAY_NOW_ALL_ONES);
	return false;
}

/* An unset override reads "(null)". The driver stays until something unbinds it. */
static void check_override(const struct root *root, const struct bdf *address,
			   const char *subject, const char *driver,
			   struct findings *findings)
{
	char path[PCI_FILE_SIZE], override[64];

	if (root_read_line(root, pci_file(address, "driver_override", path), override,
			   sizeof(override)) < 0 ||
	    streq(override, driver))
		return;
	if (streq(override, "(null)"))
		findings_add_as(findings, SEVERITY_WARNING, subject, SAY_OVERRIDE_CLEARED,
				driver);
	else
		findings_add_as(findings, SEVERITY_WARNING, subject, SAY_OVERRIDE_CHANGED,
				driver, override);
}

static void check_memory(const struct root *root, const struct bdf *address,
			 const char *subject, struct findings *findings)
{
	char name[IOMEM_NAME_SIZE];

	if (iomem_find_in_bars(root, address, name) > 0)
		findings_add(findings, subject, SAY_IN_BAR, name);
}

enum function_state verify_function(const struct root *root, const struct bdf *address,
				    struct findings *findings)
{
	char subject[PCI_ADDRESS_SIZE], path[PCI_FILE_SIZE];
	_cleanup_free_ char *driver = NULL;
	bool is_answering;

	bdf_format(address, subject);
	if (!root_exists(root, pci_file(address, "vendor", path))) {
		findings_add(findings, subject, SAY_NOW_GONE);
		return FUNCTION_GONE;
	}
	if (!check_driver(root, address, subject, &driver, findings))
		return FUNCTION_LOST;
	is_answering = check_answer(root, address, subject, findings);
	check_override(root, address, subject, driver, findings);
	check_memory(root, address, subject, findings);
	return is_answering ? FUNCTION_HELD : FUNCTION_SILENT;
}
